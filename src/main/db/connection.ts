import knex, { type Knex } from 'knex'
import pg from 'pg'
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
    application_name: 'okno',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  }
}

const ignore = () => undefined

/** A small pool under one login. Connections open when first needed and are kept: SCRAM costs tens of milliseconds. */
export function connect(address: DatabaseAddress, login: Login, { max = 4, connectWithinMs }: { max?: number; connectWithinMs?: number } = {}): Knex {
  return knex({
    client: 'pg',
    connection: { ...clientConfig(address, login), ...(connectWithinMs === undefined ? {} : { connectionTimeoutMillis: connectWithinMs }) },
    pool: { min: 0, max, idleTimeoutMillis: 60_000 },
    acquireConnectionTimeout: 12_000,
    // What goes wrong is told by the error that is thrown; knex would print it as well, with logins, into the output that IT's scripts read.
    log: { debug: ignore, warn: ignore, error: ignore, deprecate: ignore },
  })
}
