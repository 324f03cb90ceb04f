import { readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { AppError } from '@shared/errors'
import { folderError, type DataFolder } from '../data-folder'
import { connect, type DatabaseAddress, type Login } from '../db/connection'
import { isClusterUsed } from '../db/embedded-server'
import { migrate } from '../db/migrate'
import { findPostgresBinaries } from '../db/postgres-binaries'
import { replaceCluster } from '../db/replace-cluster'
import type { Log } from '../log'
import { newKeyPair, type Lock, type Unlock } from './age-file'
import { fileName, freeSpace, listBackups, noteOf, publish, readBackup, removeLeftParts, renote, requireSpace, unfinished, writeBackup, type BackupNote } from './backup-file'
import { schemaOf, type OfficeHeader } from './office-header'
import { readOffice, withOfficeClient } from './read-office'
import { fillOffice, withSideCluster, type Doing, type Restored } from './side-office'

export interface Place {
  /** The data folder. */
  folder: string
  log: Log
  appVersion: string
}

export interface MadeBackup {
  file: string
  note: BackupNote
  seconds: number
  /** Of the file. */
  bytes: number
}

/**
 * Makes a backup of the running office and verifies it by restoring the file, read back from its disk, into a cluster of its own. Only then has it its name.
 * With public keys nobody's private key is needed: the file is also made for a key that lives in memory until it is verified.
 *
 * AppError notFound 'backupFolder'; databaseUnavailable 'backupDiskFull', 'backupFolderNotWritable', 'diskFull' (no room to verify); invalidInput 'backupDamaged' (what was written is not what is read);
 * the signal's reason when it is cancelled. Nothing of an unfinished file stays.
 */
export async function makeBackup({ folder, log, appVersion }: Place, source: { address: DatabaseAddress; owner: Login }, target: { folder: string; lock: Lock; trainingStaff?: string | null }, { step, signal }: Doing = {}): Promise<MadeBackup> {
  const startedAt = performance.now()
  await removeLeftParts(target.folder)
  const size = await databaseSize(source)
  // The text of the rows is about half of what they take with their indexes, packed a sixth of that.
  await requireSpace(target.folder, Math.round(size / 6))
  await requireRoom(folder, size)
  const verifying = 'recipients' in target.lock ? await newKeyPair() : null
  const lock: Lock = verifying && 'recipients' in target.lock ? { recipients: [...target.lock.recipients, verifying.recipient] } : target.lock
  const unlock: Unlock = verifying ? { identity: verifying.identity } : (target.lock as { passphrase: string })
  const written = await readOffice(source.address, source.owner, { appVersion, trainingStaff: target.trainingStaff ?? null, step }, async (stream) => {
    const file = join(target.folder, fileName(stream.header.madeAt, stream.header.id))
    const part = unfinished(file)
    return { file, part, header: stream.header, bytes: await writeBackup(part, stream, lock, signal) }
  })
  try {
    const restored = await restoreAside({ folder, log, appVersion }, written.part, unlock, { step, signal })
    if (restored.header.id !== written.header.id) throw new AppError('invalidInput', 'backupDamaged')
    const note = noteOf(written.header, written.bytes, target.lock, new Date().toISOString(), restored.auditProblems)
    await publish(written.part, written.file, note)
    return { file: written.file, note, bytes: written.bytes, seconds: Math.round((performance.now() - startedAt) / 100) / 10 }
  } catch (cause) {
    await rm(written.part, { force: true }).catch(() => undefined)
    signal?.throwIfAborted()
    throw folderError(cause, folder)
  }
}

/** Restores a backup into a cluster that is thrown away, and notes it beside the file. Errors as of readBackup and fillOffice. */
export async function verifyBackup(place: Place, file: string, unlock: Unlock, doing: Doing = {}): Promise<BackupNote> {
  const { header, auditProblems } = await restoreAside(place, file, unlock, doing)
  const known = (await listBackups(join(file, '..'))).find((listed) => basename(listed.file) === basename(file))
  const note = { ...noteOf(header, known?.bytes ?? 0, null, new Date().toISOString(), auditProblems), recipients: known?.note?.recipients ?? null }
  if (known) await renote(file, note)
  return note
}

function restoreAside(place: Place, file: string, unlock: Unlock, doing: Doing): Promise<Restored> {
  return readBackup(file, unlock, (stream) =>
    withSideCluster(place.folder, place.log, (_side, server) => fillOffice(server, stream, { ...doing, appVersion: place.appVersion })),
  )
}

/** What a backup holds: its first pages are enough. */
export function previewBackup(file: string, unlock: Unlock): Promise<OfficeHeader> {
  return readBackup(file, unlock, ({ header }) => Promise.resolve(header))
}

export interface RestoredOffice {
  header: OfficeHeader
  auditProblems: number | null
  /** Folder of the data folder where the office that was there before lies; null: there was none. */
  kept: string | null
}

/**
 * Makes the office of a backup the office of this data folder. It is built and checked beside the one that is there, which keeps working; only when everything agrees is the place taken,
 * and the cluster that was there stays under another name. `stop` leaves the office and its server before that. Killed at any moment there is the one office or the other.
 *
 * AppError as of readBackup; schemaMismatch 'appIsOlder', 'migrationChanged'; databaseUnavailable 'diskFull'; conflict 'otherProgramsUseTheDatabase'.
 */
export async function restoreBackup(place: Place, file: string, unlock: Unlock, by: string, data: DataFolder, { step, signal, stop = () => Promise.resolve() }: Doing & { stop?: (() => Promise<void>) | undefined } = {}): Promise<RestoredOffice> {
  const { folder, log, appVersion } = place
  try {
    return await readBackup(file, unlock, async (stream) =>
      withSideCluster(folder, log, async (side, server) => {
        const { header, auditProblems } = await fillOffice(server, stream, { step, signal, appVersion })
        const address = { host: server.host, port: server.port, database: server.database }
        await finish(address, server.owner, appVersion)
        await withOfficeClient(address, server.owner, (client) =>
          client.query('select backup_restored($1, $2, $3, $4)', [header.madeAt, header.transaction, by, { file: basename(file), schema: schemaOf(header), appVersion: header.appVersion }]),
        )
        signal?.throwIfAborted()
        step?.({ phase: 'replacing', rows: 0, of: 0 })
        await server.stop()
        await stop()
        const kept = await replaceCluster(folder, side, findPostgresBinaries(), 'before-restore', (paths) => isClusterUsed(paths, log))
        await data.setSecret('training-staff', header.office.isTraining ? header.trainingStaff : null)
        log.info('office restored', { schema: schemaOf(header) })
        return { header, auditProblems, kept }
      }),
    )
  } catch (cause) {
    signal?.throwIfAborted()
    throw folderError(cause, folder)
  }
}

/** To the schema of this build. */
export async function finish(address: DatabaseAddress, login: Login, appVersion: string): Promise<void> {
  const knex = connect(address, login, { max: 2 })
  try {
    await migrate(knex, { appVersion })
  } finally {
    await knex.destroy()
  }
}

async function databaseSize({ address, owner }: { address: DatabaseAddress; owner: Login }): Promise<number> {
  return withOfficeClient(address, owner, async (client) => Number((await client.query<{ size: string }>('select pg_database_size(current_database())::text as size')).rows[0]?.size ?? 0))
}

/** A second database of the same size has to fit beside the first. */
async function requireRoom(folder: string, size: number): Promise<void> {
  const needed = size + 128 * 1024 * 1024
  const free = await freeSpace(folder)
  if (free < needed) throw new AppError('databaseUnavailable', 'diskFull', { folder, freeBytes: free, neededBytes: needed })
}

/** The text of a file with a private key or a passphrase, as IT gives it to a command. */
export async function secretFrom(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new AppError('notFound', 'backupKeyFile')
  })
  return text.replace(/^\uFEFF/, '').trim()
}
