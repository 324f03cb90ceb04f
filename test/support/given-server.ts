import knex from 'knex'
import type { ServerAddress } from './postgres'
import { template } from './staff'

/** A server that somebody else runs, and a pooler before it that desks go through. */
export interface GivenServer {
  server: ServerAddress
  pooler: { host: string; port: number } | null
}

/**
 * `OKNO_TEST_DATABASE_URL` (postgres://superuser:password@host:port) names a server to test on instead of one of our own, `OKNO_TEST_POOLER` (host:port) a PgBouncer before it.
 * Null: neither is asked for.
 */
export function givenServer(env: NodeJS.ProcessEnv = process.env): GivenServer | null {
  const url = env['OKNO_TEST_DATABASE_URL']
  if (!url) return null
  const { hostname, port, username, password } = new URL(url)
  const [poolerHost, poolerPort] = env['OKNO_TEST_POOLER']?.split(':') ?? []
  return {
    server: { host: hostname, port: Number(port || 5432), user: decodeURIComponent(username), password: decodeURIComponent(password) },
    pooler: poolerHost ? { host: poolerHost, port: Number(poolerPort ?? 6432) } : null,
  }
}

/** What an earlier run left is removed. A server with any other database is refused: logins belong to the whole server, and those of an office must not be touched. */
export async function clearGivenServer(server: ServerAddress): Promise<void> {
  const cluster = knex({ client: 'pg', connection: { ...server, database: 'postgres' }, pool: { min: 0, max: 1 } })
  const names = async (sql: string) => ((await cluster.raw(sql)).rows as { name: string }[]).map(({ name }) => name)
  try {
    const databases = await names(`select datname as name from pg_database where not datistemplate and datname <> 'postgres'`)
    const strange = databases.filter((name) => name !== template && !/^(?:office|registers|migrate|empty)(?:_[0-9a-f]{8,12})+$/.test(name))
    if (strange.length > 0) throw new Error(`OKNO_TEST_DATABASE_URL names a server that holds other databases (${strange.join(', ')}): the tests need one of their own`)
    for (const name of databases) await cluster.raw('drop database ?? with (force)', [name])
    // Quoted by the server: knex takes the point in a login for one between names.
    for (const role of await names(`select quote_ident(rolname) as name from pg_roles where not rolsuper and rolname !~ '^pg_'`)) {
      await cluster.raw(`drop owned by ${role}`)
      await cluster.raw(`drop role ${role}`)
    }
  } finally {
    await cluster.destroy()
  }
}
