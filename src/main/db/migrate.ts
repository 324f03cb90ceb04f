import { createHash } from 'node:crypto'
import type { Knex } from 'knex'
import type { PoolClient } from 'pg'
import { AppError } from '@shared/errors'

export interface Migration {
  version: number
  name: string
  up: string
}

export interface MigrationProgress {
  version: number
  name: string
  /** 1-based place among the `total` migrations of this run. */
  step: number
  total: number
}

/** All there are, oldest first. */
export const builtMigrations = collectMigrations(import.meta.glob<string>('./migrations/*.sql', { eager: true, query: '?raw', import: 'default' }))

/** The schema this build of the application works with. */
export const schemaVersion = builtMigrations.at(-1)?.version ?? 0

/** Files `NNNN-name.sql` in the order of their numbers. Two branches that both add 0007 meet here and not in an office. */
export function collectMigrations(files: Record<string, string>): Migration[] {
  const found = Object.entries(files).map(([path, sql]) => {
    const [, version, name] = /(\d{4})-([a-z0-9-]+)\.sql$/.exec(path) ?? []
    if (!version || !name) throw new Error(`migration is not named NNNN-name.sql: ${path}`)
    // A checkout on Windows may have other line ends; the checksum must not.
    return { version: Number(version), name, up: sql.replaceAll('\r\n', '\n') }
  })
  found.sort((a, b) => a.version - b.version)
  found.forEach(({ version, name }, index) => {
    if (version === found[index - 1]?.version) throw new Error(`two migrations have number ${version}: ${name}, ${found[index - 1]?.name}`)
  })
  return found
}

export interface MigrateOptions {
  appVersion: string
  migrations?: Migration[]
  onProgress?: (progress: MigrationProgress) => void
}

// Any constant that other programs are unlikely to use as an advisory lock.
const lockKey = 0x6f6b6e6f

/**
 * Brings the database to the schema of this build: forward only, each migration in one transaction of its own. What was applied before a failure stays,
 * and the next run goes on from there. Several processes may migrate at once: each step is taken under an advisory lock and looked up again inside it.
 * Returns the versions before and after.
 *
 * Throws AppError schemaMismatch `appIsOlder` {database, app}, `migrationChanged` {version, name}; an error of the SQL itself as pg throws it,
 * with `migration` (file name) added.
 */
export async function migrate(knex: Knex, { appVersion, migrations: list = builtMigrations, onProgress = () => undefined }: MigrateOptions): Promise<{ from: number; to: number }> {
  return withClient(knex, async (client) => {
    await inTransaction(client, async () => {
      await client.query(`
        create table if not exists public.schema_migration (
          version int primary key,
          name text not null,
          checksum text not null,
          app_version text not null,
          applied_at timestamptz not null default now()
        );
        comment on table public.schema_migration is 'Migrations applied to this database; every desk reads the newest version at start.';
        grant select on public.schema_migration to public;`)
    })
    const before = checkApplied(await applied(client), list)
    for (let step = 1; ; step++) {
      const isDone = await inTransaction(client, async () => {
        const [next, ...rest] = checkApplied(await applied(client), list).pending
        if (!next) return true
        onProgress({ version: next.version, name: next.name, step, total: step + rest.length })
        await apply(client, next, appVersion)
        return false
      })
      if (isDone) return { from: before.databaseVersion, to: list.at(-1)?.version ?? 0 }
    }
  })
}

async function apply(client: PoolClient, { version, name, up }: Migration, appVersion: string): Promise<void> {
  try {
    // Straight to pg: knex takes every question mark of the SQL for a binding.
    await client.query(up)
  } catch (cause) {
    if (cause instanceof Error) Object.assign(cause, { migration: `${String(version).padStart(4, '0')}-${name}` })
    throw cause
  }
  const values = [version, name, checksum(up), appVersion]
  await client.query('insert into public.schema_migration (version, name, checksum, app_version) values ($1, $2, $3, $4)', values)
}

/** What `migrate` would do: nothing pending for a database that is current, version 0 for a new one. */
export async function pendingMigrations(knex: Knex, list: Migration[] = builtMigrations): Promise<{ databaseVersion: number; pending: Migration[] }> {
  return withClient(knex, async (client) => checkApplied(await applied(client), list))
}

/**
 * A desk works only with the schema it was built for.
 * Throws AppError schemaMismatch: `appIsOlder`, `databaseIsOlder` {database, app}, `migrationChanged` {version, name}.
 */
export async function assertSchemaIsCurrent(knex: Knex, list: Migration[] = builtMigrations): Promise<void> {
  const { databaseVersion, pending } = await pendingMigrations(knex, list)
  if (pending.length > 0) throw new AppError('schemaMismatch', 'databaseIsOlder', { database: databaseVersion, app: list.at(-1)?.version ?? 0 })
}

interface AppliedMigration {
  version: number
  name: string
  checksum: string
}

async function applied(client: PoolClient): Promise<AppliedMigration[]> {
  const { rows: found } = await client.query<{ exists: boolean }>(`select to_regclass('public.schema_migration') is not null as exists`)
  if (!found[0]?.exists) return []
  const { rows } = await client.query<AppliedMigration>('select version, name, checksum from public.schema_migration order by version')
  return rows
}

/** The version of the database and what it lacks, once it is sure that it was made by these very migrations in this order. */
function checkApplied(rows: AppliedMigration[], list: Migration[]): { databaseVersion: number; pending: Migration[] } {
  const databaseVersion = rows.at(-1)?.version ?? 0
  const app = list.at(-1)?.version ?? 0
  if (databaseVersion > app) throw new AppError('schemaMismatch', 'appIsOlder', { database: databaseVersion, app })
  const known = new Map(list.map((migration) => [migration.version, migration]))
  for (const { version, name, checksum: kept } of rows) {
    const migration = known.get(version)
    if (!migration || checksum(migration.up) !== kept) throw new AppError('schemaMismatch', 'migrationChanged', { version, name })
    known.delete(version)
  }
  const pending = [...known.values()]
  const late = pending.find(({ version }) => version < databaseVersion)
  if (late) throw new AppError('schemaMismatch', 'migrationChanged', { version: late.version, name: late.name })
  return { databaseVersion, pending }
}

/** Of a million characters altogether, and asked for at the start and at each sign-in. */
const checksums = new Map<string, string>()

function checksum(sql: string): string {
  const known = checksums.get(sql) ?? createHash('sha256').update(sql).digest('hex')
  checksums.set(sql, known)
  return known
}

async function withClient<T>(knex: Knex, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client: PoolClient = await knex.client.acquireConnection()
  try {
    return await work(client)
  } finally {
    await knex.client.releaseConnection(client)
  }
}

async function inTransaction<T>(client: PoolClient, work: () => Promise<T>): Promise<T> {
  await client.query('begin')
  try {
    await client.query('select pg_advisory_xact_lock($1)', [lockKey])
    const result = await work()
    await client.query('commit')
    return result
  } catch (cause) {
    // A broken connection cannot roll back, and need not: the server does it.
    await client.query('rollback').catch(() => undefined)
    throw cause
  }
}
