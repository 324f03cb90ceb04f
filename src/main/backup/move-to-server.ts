import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '@shared/errors'
import type { DataFolder, MachineSettings } from '../data-folder'
import { connect, type DatabaseAddress, type Login } from '../db/connection'
import { startEmbeddedServer } from '../db/embedded-server'
import { clusterPaths } from '../db/postgres-cluster'
import type { Place } from './backup-jobs'
import { finish } from './backup-jobs'
import { rowsOf, type OfficeHeader } from './office-header'
import { readOffice, withOfficeClient } from './read-office'
import { fill, migrateTo, type Doing } from './side-office'

export type ServerSettings = Extract<MachineSettings['database'], { kind: 'server' }>

export interface Moved {
  /** Rows that were counted and compared on the server. */
  tables: number
  rows: number
  holds: OfficeHeader['holds']
  logins: number
  auditProblems: number | null
  /** Folder of the data folder with the cluster that was left. */
  kept: string
}

/**
 * Moves the office of an embedded database to a server: tables, sequences, logins with their passwords. The database is made when it is not there; it has to be empty.
 * Nothing is switched before every table has been read back from the server and agrees. The settings of this machine then name the server; the old cluster stays beside, under another name.
 *
 * `owner` has to be a superuser of the server, once: logins with their verifiers are made and rows are written past the triggers.
 * AppError invalidInput 'notEmbedded'; conflict 'otherProgramsUseTheDatabase', 'databaseNotEmpty', 'loginTaken' {login}; forbidden 'ownerNeedsSuperuser';
 * schemaMismatch 'serverTooOld' {server}, 'migrationChanged'; databaseUnavailable 'databaseNotUtf8' and those of the connection.
 */
export async function moveToServer(place: Place, data: DataFolder, settings: ServerSettings, target: DatabaseAddress, owner: Login, { step, signal }: Doing = {}): Promise<Moved> {
  const { folder, log, appVersion } = place
  if ((await data.readSettings()).database.kind !== 'embedded') throw new AppError('invalidInput', 'notEmbedded')
  await prepare(target, owner)
  const server = await startEmbeddedServer({ folder, log, alone: true })
  let moved: Omit<Moved, 'kept'>
  try {
    const source = { host: server.host, port: server.port, database: server.database }
    await finish(source, server.owner, appVersion)
    moved = await readOffice(source, server.owner, { appVersion }, async (stream) => {
      await migrateTo(target, owner, stream.header, appVersion)
      const { auditProblems } = await withOfficeClient(target, owner, (client) => fill(client, stream, { step, signal }))
      return { tables: stream.header.tables.length, rows: rowsOf(stream.header), holds: stream.header.holds, logins: stream.header.roles.length, auditProblems }
    })
    // Portals go on from their cursors; what waited in the outbox goes out from the server now.
    await withOfficeClient(target, owner, (client) => client.query('select backup_moved($1)', [JSON.stringify({ rows: moved.rows, logins: moved.logins })]))
  } finally {
    await server.stop()
  }
  const { cluster } = clusterPaths(folder)
  const kept = `postgres-moved-${new Date().toISOString().replaceAll(':', '-').slice(0, 19)}`
  const sends = (await data.readSecret('outbox-sender')) !== null
  await data.updateSettings((before) => ({
    ...before,
    database: settings,
    ...(sends ? { outbox: { login: 'okno_sender', passwordFile: join(data.secrets, 'outbox-sender') } } : {}),
  }))
  await rename(cluster, join(folder, kept))
  log.info('office moved to a server', { tables: moved.tables, rows: moved.rows })
  return { ...moved, kept }
}

/** The database is there, speaks UTF-8 and is new enough. */
async function prepare(target: DatabaseAddress, owner: Login): Promise<void> {
  const knex = connect({ ...target, database: 'postgres' }, owner, { max: 1 })
  try {
    const { rows } = await knex.raw(`select current_setting('server_version_num')::int as version, exists (select from pg_database where datname = ?) as "isThere", (select rolsuper from pg_roles where rolname = session_user) as "isSuper"`, [target.database])
    const [{ version, isThere, isSuper }] = rows as [{ version: number; isThere: boolean; isSuper: boolean }]
    if (version < 150_000) throw new AppError('schemaMismatch', 'serverTooOld', { server: Math.floor(version / 10_000), least: 15 })
    if (!isSuper) throw new AppError('forbidden', 'ownerNeedsSuperuser')
    if (!isThere) await knex.raw(`create database ?? template template0 encoding 'UTF8'`, [target.database])
  } finally {
    await knex.destroy()
  }
  const there = connect(target, owner, { max: 1 })
  try {
    const { rows } = await there.raw(`select current_setting('server_encoding') = 'UTF8' and lower('Ё') = 'ё' and 'щ' ~ '^\\w$' as "isFit", to_regclass('public.schema_migration') is not null as "isOkno",
      exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind = 'r') as "hasTables"`)
    const [{ isFit, isOkno, hasTables }] = rows as [{ isFit: boolean; isOkno: boolean; hasTables: boolean }]
    if (!isFit) throw new AppError('databaseUnavailable', 'databaseNotUtf8', { database: target.database })
    if (hasTables && !isOkno) throw new AppError('conflict', 'databaseNotEmpty')
  } finally {
    await there.destroy()
  }
}
