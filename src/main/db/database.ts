import { createHash } from 'node:crypto'
import type { Knex } from 'knex'
import type { PoolClient } from 'pg'
import { isShared } from './connection'

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
    call: async (name, args = {}, { signal } = {}) => {
      // Its connection may be somebody else's by now.
      if (trx.isCompleted()) throw new Error(`${name} is called after the end of its transaction`)
      return signal ? callUntil(signal, trx, pool, name, args) : callFunction(trx, name, args)
    },
    transaction: (work) => work(inTransaction(trx, pool)),
    withClient: async (work) => work(await trx.client.acquireConnection()),
  }
}

/** The same, stopped from another connection of the pool when the signal aborts. */
async function callUntil<T>(signal: AbortSignal, knex: Knex, pool: Knex, name: string, args: Record<string, unknown>): Promise<T> {
  signal.throwIfAborted()
  const client: PoolClient & { processID: number } = await knex.client.acquireConnection()
  let stopping: Promise<unknown> = Promise.resolve()
  let backend = client.processID
  const stop = () => (stopping = Promise.resolve(pool.raw('select pg_cancel_backend(?)', [backend])).catch(() => undefined))
  // Behind a pooler only a transaction stays with one backend.
  const own = isShared(client) && !isTransaction(knex)
  try {
    if (isShared(client)) {
      if (own) await client.query('begin')
      backend = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid ?? backend
    }
    signal.throwIfAborted()
    signal.addEventListener('abort', stop, { once: true })
    const result = await callFunction<T>(knex, name, args, client)
    signal.removeEventListener('abort', stop)
    await stopping
    if (own) await client.query('commit')
    return result
  } catch (cause) {
    if (own) await client.query('rollback').catch(() => undefined)
    signal.throwIfAborted()
    throw cause
  } finally {
    signal.removeEventListener('abort', stop)
    // Given back before the cancellation has arrived, the connection could lose somebody else's statement.
    await stopping
    await knex.client.releaseConnection(client)
  }
}

const isTransaction = (knex: Knex): boolean => knex.isTransaction === true

/** Straight to pg on a connection of knex's pool: knex's own raw query costs half as much as the lookup itself. */
async function callFunction<T>(knex: Knex, name: string, args: Record<string, unknown>, client?: PoolClient): Promise<T> {
  const given = Object.entries(args).filter(([, value]) => value !== undefined)
  const statement = statementOf(name, given.map(([key]) => key))
  const own: PoolClient = client ?? (await knex.client.acquireConnection())
  try {
    const { rows } = await own.query<{ result: T }>({ ...(isShared(own) ? { text: statement.text } : statement), values: given.map(([, value]) => toParameter(value)) })
    return (rows[0] as { result: T }).result
  } finally {
    if (!client) await knex.client.releaseConnection(own)
  }
}

const statements = new Map<string, { name: string; text: string }>()

/** Named, hence prepared once per connection: planning costs more than running (performance.md, lesson 1). As many as there are kinds of calls. */
function statementOf(name: string, keys: readonly string[]): { name: string; text: string } {
  const call = `${name} ${keys.join(' ')}`
  const known = statements.get(call)
  if (known) return known
  const parameters = keys.map((key, index) => `p_${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)} => $${index + 1}`)
  const text = `select ${name}(${parameters.join(', ')}) as result`
  // PostgreSQL reads 63 bytes of a name: a list of arguments cut there could be that of another call of the same function.
  const statement = { name: `${name.slice(0, 46)} ${createHash('sha256').update(text).digest('hex').slice(0, 16)}`, text }
  statements.set(call, statement)
  return statement
}

// pg writes a list as an SQL array; lists of objects are meant as json.
function toParameter(value: unknown): unknown {
  const isJson = typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && !(Array.isArray(value) && value.every((item) => typeof item !== 'object'))
  return isJson ? JSON.stringify(value) : value
}
