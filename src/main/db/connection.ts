import type { EventEmitter } from 'node:events'
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import type { ConnectionOptions } from 'node:tls'
import knex, { type Knex } from 'knex'
import pg, { type ClientBase, type PoolClient } from 'pg'
import { AppError } from '@shared/errors'

export interface Host {
  host: string
  port: number
}

/** Where the office's database is. `others` are servers that take over when `host` is gone. `ca` is the text of a PEM file; without TLS only a loopback address is sensible. */
export interface DatabaseAddress extends Host {
  database: string
  tls?: { ca?: string }
  others?: readonly Host[]
}

export interface Login {
  user: string
  password: string
}

// Dates are civil dates here, not instants: pg would turn 2026-03-01 into midnight of the workstation's zone. The database speaks ISO in json anyway.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text)
pg.types.setTypeParser(pg.types.builtins.INT8, (text) => Number(text))

interface Handshake {
  _handleAuthCleartextPassword(): void
  _handleAuthMD5Password(): void
  _handleErrorEvent(cause: Error): void
  connection: { stream: { destroy(): void } }
}

/**
 * pg tells the password, or a digest that can be guessed at leisure, to any server that asks for it so. Okno's logins are SCRAM: who asks otherwise is somebody else's server, or one set up
 * wrong, and gets nothing.
 */
function tellNoPassword(this: Handshake): void {
  this._handleErrorEvent(new AppError('databaseUnavailable', 'passwordAsked'))
  this.connection.stream.destroy()
}
const handshake = pg.Client.prototype as unknown as Handshake
handshake._handleAuthCleartextPassword = tellNoPassword
handshake._handleAuthMD5Password = tellNoPassword

/** The host in use of an address with several; by what the address says, because it is read from the settings more than once. */
const inUse = new Map<string, Host>()
const keyOf = ({ host, port, others = [] }: DatabaseAddress): string => [{ host, port }, ...others].map((one) => `${one.host}:${one.port}`).join(' ')

export function useHost(address: DatabaseAddress, host: Host): void {
  inUse.set(keyOf(address), host)
}

/** All hosts of an address, the one in use first. */
export function hostsOf(address: DatabaseAddress): Host[] {
  const first = inUse.get(keyOf(address))
  const all = [{ host: address.host, port: address.port }, ...(address.others ?? []).map(({ host, port }) => ({ host, port }))]
  return first ? [first, ...all.filter(({ host, port }) => host !== first.host || port !== first.port)] : all
}

export function clientConfig(address: DatabaseAddress, login: Login) {
  const ssl: ConnectionOptions | false = address.tls ? { rejectUnauthorized: true, ...(address.tls.ca ? { ca: address.tls.ca } : {}) } : false
  return {
    ...(inUse.get(keyOf(address)) ?? { host: address.host, port: address.port }),
    database: address.database,
    user: login.user,
    password: login.password,
    ssl,
    // The journal keeps it: at which computer somebody was signed in.
    application_name: `okno ${hostname()}`.slice(0, 63),
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  }
}

const ignore = () => undefined

/**
 * Connections of which each transaction may be served by another backend: a pooler (PgBouncer in transaction mode) stands before the server. Known by the number of the backend, which
 * is not the one that was told when the connection was opened. Nothing that belongs to a session is kept there: no prepared statements, no notifications.
 */
const shared = new WeakSet<object>()

export const isShared = (client: object): boolean => shared.has(client)

/** To be called with every new connection before it is used. */
export async function noteSharing(client: ClientBase): Promise<void> {
  // Compiling a statement costs a third of a second, and PostgreSQL 15 to 17 think every search worth it: its functions avoid reading whole tables by a cost of 10^10. Our own server does not compile.
  const { rows } = await client.query<{ pid: number }>(`select pg_backend_pid() as pid, set_config('jit', 'off', false)`)
  if (rows[0]?.pid !== (client as ClientBase & { processID: number }).processID) shared.add(client)
}

/** Long enough for a busy server, short enough to try three of them before an operator wonders. */
const hostWithinMs = 3_000

/** A server that answers and refuses would refuse at every host: it is about the login or the database. */
const refusals = new Set(['28P01', '28000', '3D000', '42501', '08P01'])

/**
 * Of several hosts of one office, the first that answers and takes changes becomes the one in use; the one in use is asked first. An only host is used without asking.
 * AppError databaseUnavailable 'standby' when those that answer only repeat another server; otherwise what the first of them said.
 */
export async function chooseHost(address: DatabaseAddress, login: Login): Promise<void> {
  const hosts = hostsOf(address)
  if (hosts.length === 1) return
  const failures: unknown[] = []
  let standby = false
  for (const host of hosts) {
    const client = new pg.Client({ ...clientConfig(address, login), ...host, connectionTimeoutMillis: hostWithinMs })
    // What goes wrong is thrown by the call under way; without a listener the event would end the program.
    client.on('error', ignore)
    try {
      await client.connect()
      const { rows } = await client.query<{ standby: boolean }>('select pg_is_in_recovery() as standby')
      if (!rows[0]?.standby) return useHost(address, host)
      standby = true
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && refusals.has(String(cause.code))) throw cause
      failures.push(cause)
    } finally {
      await client.end().catch(ignore)
    }
  }
  throw standby ? new AppError('databaseUnavailable', 'standby') : failures[0]
}

/**
 * PgBouncer tells every client of a login so for a moment (`server_login_retry`) after the server has refused that login, also to whoever comes with the password that was just set. It takes the connection
 * first, so this is the answer to the first query.
 */
const poolerRests = /server login has been failing/
const poolerRestsMs = 3_000

async function whenPoolerHasRested<T>(open: () => Promise<T>): Promise<T> {
  const until = Date.now() + poolerRestsMs
  for (;;) {
    try {
      return await open()
    } catch (cause) {
      if (!(cause instanceof Error && poolerRests.test(cause.message)) || Date.now() > until) throw cause
      await pause(250)
    }
  }
}

const endsConnection = /^08|^57P|^25P03$/

/** Tells of the end of a connection by the server, the pooler or the net: also when the server has only said so and the socket is not yet seen to be closed. */
function noteEnd(client: PoolClient, lost: () => void): void {
  const { connection } = client as PoolClient & { connection: EventEmitter }
  connection.on('errorMessage', ({ code }: { code?: string }) => {
    if (code !== undefined && endsConnection.test(code)) lost()
  })
  client.on('error', lost)
}

/** A small pool under one login. Connections open when first needed and are kept: SCRAM costs tens of milliseconds. */
export function connect(address: DatabaseAddress, login: Login, { max = 4, connectWithinMs }: { max?: number; connectWithinMs?: number } = {}): Knex {
  // A connection that ends is seldom the only one: a member is blocked, a server is started anew. Those opened before it ended are not given out either, also where nothing is seen of their end yet.
  let ends = 0
  const openedAfter = new WeakMap<object, number>()
  const config = () => ({ ...clientConfig(address, login), ...(connectWithinMs === undefined ? {} : { connectionTimeoutMillis: connectWithinMs }) })
  const pool = knex({
    client: 'pg',
    connection: config(),
    pool: { min: 0, max, idleTimeoutMillis: 60_000, validate: (client: PoolClient) => openedAfter.get(client) === ends },
    acquireConnectionTimeout: 12_000,
    // What goes wrong is told by the error that is thrown; knex would print it as well, with logins, into the output that IT's scripts read.
    log: { debug: ignore, warn: ignore, error: ignore, deprecate: ignore },
  })
  const open = pool.client.acquireRawConnection.bind(pool.client)
  async function openNoted(): Promise<PoolClient> {
    const client: PoolClient & { end(): Promise<void> } = await open()
    try {
      await noteSharing(client)
    } catch (cause) {
      await client.end().catch(ignore)
      throw cause
    }
    const after = ends
    openedAfter.set(client, after)
    noteEnd(client, () => {
      if (after === ends) ends += 1
    })
    return client
  }
  pool.client.acquireRawConnection = async () => {
    if (address.others?.length) {
      // Every new connection goes to the host of that moment. knex's own way, an async `connection`, gives up the connections it has whenever it asks.
      await chooseHost(address, login)
      pool.client.connectionSettings = config()
    }
    return whenPoolerHasRested(openNoted)
  }
  return pool
}
