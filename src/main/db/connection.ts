import knex, { type Knex } from 'knex'
import pg, { type PoolClient } from 'pg'
import { hostname } from 'node:os'
import type { ConnectionOptions } from 'node:tls'

/** Where the office's database is. `ca` is the text of a PEM file; without TLS only a loopback address is sensible. */
export interface DatabaseAddress {
  host: string
  port: number
  database: string
  tls?: { ca?: string }
}

export interface Login {
  user: string
  password: string
}

// Dates are civil dates here, not instants: pg would turn 2026-03-01 into midnight of the workstation's zone. The database speaks ISO in json anyway.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text)
pg.types.setTypeParser(pg.types.builtins.INT8, (text) => Number(text))

export function clientConfig(address: DatabaseAddress, login: Login) {
  const ssl: ConnectionOptions | false = address.tls ? { rejectUnauthorized: true, ...(address.tls.ca ? { ca: address.tls.ca } : {}) } : false
  return {
    host: address.host,
    port: address.port,
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
export async function noteSharing(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  if (rows[0]?.pid !== (client as PoolClient & { processID: number }).processID) shared.add(client)
}

/** A small pool under one login. Connections open when first needed and are kept: SCRAM costs tens of milliseconds. */
export function connect(address: DatabaseAddress, login: Login, { max = 4, connectWithinMs }: { max?: number; connectWithinMs?: number } = {}): Knex {
  return knex({
    client: 'pg',
    connection: { ...clientConfig(address, login), ...(connectWithinMs === undefined ? {} : { connectionTimeoutMillis: connectWithinMs }) },
    pool: { min: 0, max, idleTimeoutMillis: 60_000, afterCreate: (client: PoolClient, done: (cause: unknown, client: PoolClient) => void) => noteSharing(client).then(() => done(null, client), (cause: unknown) => done(cause, client)) },
    acquireConnectionTimeout: 12_000,
    // What goes wrong is told by the error that is thrown; knex would print it as well, with logins, into the output that IT's scripts read.
    log: { debug: ignore, warn: ignore, error: ignore, deprecate: ignore },
  })
}
