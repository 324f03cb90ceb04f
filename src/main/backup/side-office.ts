import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, realpath, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { AppError } from '@shared/errors'
import { connect } from '../db/connection'
import { startEmbeddedServer, type EmbeddedServer } from '../db/embedded-server'
import { builtMigrations, migrate } from '../db/migrate'
import { clusterPaths } from '../db/postgres-cluster'
import { isProcess, livingProcess, thisProcess } from '../db/process-lock'
import { readSecret, replaceFile, writeSecret } from '../data-folder'
import type { Log } from '../log'
import type { BackupStep, OfficeHeader, OfficeStream, OfficeTotals } from './office-header'
import { withOfficeClient } from './read-office'
import { checkOffice, writeOffice } from './write-office'

export interface Doing {
  step?: ((step: BackupStep) => void) | undefined
  signal?: AbortSignal | undefined
}

/** What a copy turned out to hold when it was put into a database. */
export interface Restored {
  header: OfficeHeader
  totals: OfficeTotals
  /** Chains of the audit that don't agree, as `audit verify` counts them: what the office had when it was copied. Null: they could not be recounted there either. */
  auditProblems: number | null
}

const prefix = 'side-'

/**
 * A second cluster inside the data folder, with the rights of the office's own, for what is not (or not yet) the office: a backup that is being verified, an office that is being restored.
 * `work` leaves it stopped when it says so; otherwise nothing of it stays. What a killed program left is removed by the next one.
 */
export async function withSideCluster<T>(folder: string, log: Log, work: (side: string, server: EmbeddedServer) => Promise<T>): Promise<T> {
  await removeLeftSides(folder)
  const side = join(await realpath(folder), 'run', `${prefix}${randomBytes(4).toString('hex')}`)
  await mkdir(join(side, 'secrets'), { recursive: true, mode: 0o700 })
  await replaceFile(join(side, 'owner'), JSON.stringify(thisProcess(side)))
  // One password for both, so that the place can be taken without another step.
  const password = await readSecret(folder, 'database-owner')
  if (password !== null) await writeSecret(side, 'database-owner', password)
  const server = await startEmbeddedServer({ folder: side, log, careless: true }).catch(async (cause: unknown) => {
    await rm(side, { recursive: true, force: true })
    throw cause
  })
  try {
    return await work(side, server)
  } finally {
    await server.stop().catch((cause: unknown) => log.error('side cluster not stopped', { cause }))
    await rm(side, { recursive: true, force: true, maxRetries: 5 })
  }
}

export async function removeLeftSides(folder: string): Promise<void> {
  const run = join(await realpath(folder), 'run')
  for (const name of await readdir(run).catch(() => [])) {
    if (!name.startsWith(prefix)) continue
    const side = join(run, name)
    const owner = await readFile(join(side, 'owner'), 'utf8').catch(() => '')
    if (livingProcess(owner, side)) continue
    // Made this very moment, its owner not written yet.
    if (owner === '' && (await stat(side)).mtimeMs > Date.now() - 60_000) continue
    await stopLeft(side)
    await rm(side, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** The server of a side cluster outlives a killed program. */
async function stopLeft(side: string): Promise<void> {
  const { pidFile, cluster } = clusterPaths(side)
  try {
    const pid = Number(readFileSync(pidFile, 'latin1').split('\n')[0])
    if (pid && (process.platform !== 'linux' || readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').includes(cluster))) {
      process.kill(pid, 'SIGQUIT')
      for (let waited = 0; isProcess(pid) && waited < 10_000; waited += 50) await delay(50)
    }
  } catch {
    // It is gone, or was never there.
  }
}

/**
 * Fills an empty database with an office: migrated to the schema of the copy first, read back and compared after.
 * AppError schemaMismatch 'appIsOlder' {database, app}, 'migrationChanged'; see writeOffice.
 */
export async function fillOffice(server: Pick<EmbeddedServer, 'host' | 'port' | 'database' | 'owner'>, stream: OfficeStream, { step, signal, appVersion }: Doing & { appVersion: string }): Promise<Restored> {
  const address = { host: server.host, port: server.port, database: server.database }
  await migrateTo(address, server.owner, stream.header, appVersion)
  return withOfficeClient(address, server.owner, (client) => fill(client, stream, { step, signal }))
}

export async function fill(client: pg.Client, stream: OfficeStream, { step, signal }: Doing): Promise<Restored> {
  const totals = await writeOffice(client, stream, { step, signal })
  await checkOffice(client, stream.header, totals, { step, signal })
  return { header: stream.header, totals, auditProblems: await auditProblems(client, signal) }
}

/** Chains of the audit that don't agree, recounted in steps like `audit verify`. */
async function auditProblems(client: pg.Client, signal: AbortSignal | undefined): Promise<number | null> {
  try {
    return await recounted(client, signal)
  } catch (cause) {
    signal?.throwIfAborted()
    // Every row is as it was: an office whose audit breaks its own check is to be copied all the more.
    if (cause instanceof pg.DatabaseError) return null
    throw cause
  }
}

async function recounted(client: pg.Client, signal: AbortSignal | undefined): Promise<number> {
  const { rows: begun } = await client.query<{ id: number }>(`select (audit_check_begin(false) ->> 'id')::int as id`)
  for (;;) {
    signal?.throwIfAborted()
    const { rows } = await client.query<{ result: { problems: unknown[] } | null }>(`select audit_check_next($1, 200000) -> 'result' as result`, [begun[0]?.id])
    if (rows[0]?.result) return rows[0].result.problems.length
  }
}

export async function migrateTo(address: Parameters<typeof connect>[0], login: Parameters<typeof connect>[1], { migrations }: OfficeHeader, appVersion: string): Promise<void> {
  const schema = migrations.at(-1)?.version ?? 0
  const app = builtMigrations.at(-1)?.version ?? 0
  if (schema > app) throw new AppError('schemaMismatch', 'appIsOlder', { database: schema, app })
  const knex = connect(address, login, { max: 2 })
  try {
    await migrate(knex, { appVersion, migrations: builtMigrations.filter(({ version }) => version <= schema) })
  } finally {
    await knex.destroy()
  }
}
