import { createHash } from 'node:crypto'
import type { Knex } from 'knex'
import type { PoolClient } from 'pg'

/**
 * What the rest of main may do with the database: call its functions. Rights, audit and rules live behind them (README, "The database is the boundary").
 * Results are the jsonb the function returns; the router checks them against the contract.
 */
export interface Database {
  /** `call('visit_open', { operationId, subscriberId })` runs `visit_open(p_operation_id => …, p_subscriber_id => …)`; undefined arguments are left out. */
  call<T = unknown>(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<T>
  /** All calls of `work` in one transaction; when `work` throws, nothing of it stays. */
  transaction<T>(work: (db: Database) => Promise<T>): Promise<T>
  /** One connection in one transaction for COPY streams and cursors of the registers. */
  withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T>
}

export interface CallOptions {
  /** Stops the statement on the server too; the call then throws the signal's reason. What the function changed is undone. */
  signal?: AbortSignal
}

export function createDatabase(knex: Knex): Database {
  return {
    call: (name, args = {}, { signal } = {}) => (signal ? callUntil(signal, knex, knex, name, args) : callFunction(knex, name, args)),
    transaction: (work) => knex.transaction((trx) => work(inTransaction(trx, knex))),
    withClient: (work) =>
      knex.transaction(async (trx) => {
        const client: PoolClient = await trx.client.acquireConnection()
        return work(client)
      }),
  }
}

function inTransaction(trx: Knex.Transaction, pool: Knex): Database {
  return {
    call: (name, args = {}, { signal } = {}) => (signal ? callUntil(signal, trx, pool, name, args) : callFunction(trx, name, args)),
    transaction: (work) => work(inTransaction(trx, pool)),
    withClient: async (work) => work(await trx.client.acquireConnection()),
  }
}

/** The same, stopped from another connection of the pool when the signal aborts. */
async function callUntil<T>(signal: AbortSignal, knex: Knex, pool: Knex, name: string, args: Record<string, unknown>): Promise<T> {
  signal.throwIfAborted()
  const client: PoolClient & { processID: number } = await knex.client.acquireConnection()
  let stopping: Promise<unknown> = Promise.resolve()
  const stop = () => (stopping = Promise.resolve(pool.raw('select pg_cancel_backend(?)', [client.processID])).catch(() => undefined))
  try {
    signal.throwIfAborted()
    signal.addEventListener('abort', stop, { once: true })
    return await callFunction(knex, name, args, client)
  } catch (cause) {
    signal.throwIfAborted()
    throw cause
  } finally {
    signal.removeEventListener('abort', stop)
    // Given back before the cancellation has arrived, the connection could lose somebody else's statement.
    await stopping
    await knex.client.releaseConnection(client)
  }
}

async function callFunction<T>(knex: Knex, name: string, args: Record<string, unknown>, client?: PoolClient): Promise<T> {
  const given = Object.entries(args).filter(([, value]) => value !== undefined)
  const parameters = given.map(([key]) => `p_${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)} => ?`)
  const bindings = given.map(([, value]) => toParameter(value))
  // Named, hence prepared once per connection: planning costs more than running (performance.md, lesson 1).
  const sql = `select ${name}(${parameters.join(', ')}) as result`
  const query = knex.raw(sql, bindings as Knex.RawBinding[]).options({ name: statementName(name, sql) })
  const answer = await (client ? query.connection(client) : query)
  return answer.rows[0].result
}

// PostgreSQL reads 63 bytes of a name: a list of arguments cut there could be that of another call of the same function.
function statementName(name: string, sql: string): string {
  return `${name.slice(0, 46)} ${createHash('sha256').update(sql).digest('hex').slice(0, 16)}`
}

// pg writes a list as an SQL array; lists of objects are meant as json.
function toParameter(value: unknown): unknown {
  const isJson = typeof value === 'object' && value !== null && !(Array.isArray(value) && value.every((item) => typeof item !== 'object'))
  return isJson ? JSON.stringify(value) : value
}
