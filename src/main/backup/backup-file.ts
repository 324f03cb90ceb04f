import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open, readdir, readFile, rename, rm, stat, statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { z } from 'zod'
import { backupNote, type BackupNote } from '@shared/contract/backups'
import { AppError } from '@shared/errors'
import { errorCode, replaceFile } from '../data-folder'
import { decrypted, encrypted, type Lock, type Unlock } from './age-file'
import { officeHeader, officeTotals, type OfficeHeader, type OfficeStream } from './office-header'
import { damagedBackup, readTar, writeTar, type TarEntry } from './tar'

/** Parts of a table in the archive; one is in memory at a time. */
const partBytes = 4 * 1024 * 1024
const spaceToSpare = 64 * 1024 * 1024

export const fileName = (madeAt: string, id: string): string => `okno-${madeAt.replace(/\.\d+Z$/, 'Z').replaceAll(':', '-')}-${id.slice(0, 8)}.age`
export type { BackupNote }

const noteName = (file: string): string => `${file}.json`

/** Writes the office into a file whole: encrypted before it reaches the disk, flushed, and under a name of its own until it is complete. Returns its size. */
export async function writeBackup(file: string, stream: OfficeStream, lock: Lock, signal?: AbortSignal): Promise<number> {
  try {
    let bytes = 0
    const counted = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        bytes += chunk.length
        done(null, chunk)
      },
    })
    // Level 1: the data is text; more would halve the size no further and take three times as long.
    await pipeline(
      Readable.from(writeTar(entriesOf(stream)), { objectMode: false }),
      createGzip({ level: 1 }),
      (packed: AsyncIterable<Uint8Array>) => encrypted(packed, lock),
      counted,
      createWriteStream(file, { flags: 'wx', mode: 0o600 }),
      signal ? { signal } : {},
    )
    const handle = await open(file, 'r')
    await handle.sync().finally(() => handle.close())
    return bytes
  } catch (cause) {
    await rm(file, { force: true }).catch(() => undefined)
    signal?.throwIfAborted()
    throw backupFolderError(cause, file)
  }
}

async function* entriesOf(stream: OfficeStream): AsyncGenerator<{ name: string; bytes: Uint8Array }> {
  yield { name: 'okno.json', bytes: json(stream.header) }
  let number = 0
  for await (const { table, chunks } of stream.tables()) {
    const folder = `data/${String(++number).padStart(4, '0')}-${table.name.slice(0, 50)}`
    let part = 0
    for await (const bytes of inParts(chunks)) yield { name: `${folder}/${String(++part).padStart(6, '0')}`, bytes }
  }
  yield { name: 'totals.json', bytes: json(await stream.totals()) }
}

async function* inParts(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    parts.push(chunk)
    size += chunk.length
    if (size < partBytes) continue
    yield Buffer.concat(parts)
    parts = []
    size = 0
  }
  if (size > 0) yield Buffer.concat(parts)
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

/**
 * Opens a backup and hands over what it holds, decrypted on the way and never on the disk.
 * AppError invalidInput 'backupLocked', 'backupDamaged', 'notABackup', 'backupFormatNewer' {format}; notFound 'backupFile' {file}.
 */
export async function readBackup<T>(file: string, unlock: Unlock, work: (stream: OfficeStream) => Promise<T>): Promise<T> {
  const found = await stat(file).catch(() => null)
  if (!found?.isFile()) throw new AppError('notFound', 'backupFile', { file: basename(file) })
  const plain = Readable.from(unpacked(decrypted(createReadStream(file), unlock)), { objectMode: false })
  const entries = readTar(plain as AsyncIterable<Uint8Array>)
  try {
    const first = await nextOf(entries)
    if (first?.name !== 'okno.json' || first.size > 64 * 1024 * 1024) throw new AppError('invalidInput', 'notABackup')
    const header = headerFrom(await textOf(first))
    let totals: z.infer<typeof officeTotals> | undefined
    let ahead: TarEntry | undefined = await nextOf(entries)
    async function* tables() {
      for (const [index, table] of header.tables.entries()) {
        const folder = `data/${String(index + 1).padStart(4, '0')}-`
        async function* chunks(): AsyncGenerator<Uint8Array> {
          while (ahead?.name.startsWith(folder)) {
            yield* ahead.body
            ahead = await nextOf(entries)
          }
        }
        yield { table, chunks: chunks() }
      }
      if (ahead?.name !== 'totals.json') throw damagedBackup()
      totals = parsed(officeTotals, await textOf(ahead))
      // To the end of the file: the last block tells that nothing is missing.
      if (await nextOf(entries)) throw damagedBackup()
    }
    return await work({
      header,
      tables,
      totals: () => (totals ? Promise.resolve(totals) : Promise.reject(damagedBackup())),
    })
  } finally {
    plain.destroy()
  }
}

async function* unpacked(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  let failure: unknown
  const feeding = pipeline(Readable.from(source, { objectMode: false }), gunzip).catch((cause: unknown) => {
    failure = cause
  })
  try {
    yield* gunzip as AsyncIterable<Uint8Array>
  } catch (cause) {
    await feeding
    const error = failure ?? cause
    if (error instanceof AppError || errorCode(error)?.startsWith('E')) throw error
    throw damagedBackup()
  } finally {
    gunzip.destroy()
  }
}

const nextOf = async (entries: AsyncGenerator<TarEntry>): Promise<TarEntry | undefined> => {
  const next = await entries.next()
  return next.done ? undefined : next.value
}

async function textOf({ body }: TarEntry): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of body) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

function headerFrom(text: string): OfficeHeader {
  const format = parsed(z.object({ format: z.int() }), text).format
  if (format > 1) throw new AppError('schemaMismatch', 'backupFormatNewer', { format })
  return parsed(officeHeader, text)
}

function parsed<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    throw damagedBackup()
  }
}

/** Names of a backup while it is being written and verified; one that was left by a killed program is recognised by its ending. */
export const unfinished = (file: string): string => `${file}.${randomBytes(3).toString('hex')}.part`

/** Gives a verified file its name. The note comes first: a note without its file is nothing, a file without its note would look like one that nobody verified. */
export async function publish(part: string, file: string, note: BackupNote): Promise<void> {
  await renote(file, note)
  await rename(part, file).catch(async (cause: unknown) => {
    await rm(noteName(file), { force: true })
    throw cause
  })
}

/** AppError databaseUnavailable 'backupDiskFull', 'backupFolderNotWritable' {folder}. */
export async function renote(file: string, note: BackupNote): Promise<void> {
  await replaceFile(noteName(file), `${JSON.stringify(note, null, 2)}\n`).catch((cause: unknown) => {
    const reason = cause instanceof AppError ? { diskFull: 'backupDiskFull', dataFolderNotWritable: 'backupFolderNotWritable' }[cause.reason ?? ''] : undefined
    throw reason === undefined ? cause : new AppError('databaseUnavailable', reason, { folder: dirname(file) })
  })
}

export interface ListedBackup {
  file: string
  /** Null: no note lies beside it. */
  note: BackupNote | null
  bytes: number
  changedAt: string
}

/** Newest first. AppError notFound 'backupFolder' {folder}. */
export async function listBackups(folder: string): Promise<ListedBackup[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw backupFolderError(cause, folder)
  })
  const listed: ListedBackup[] = []
  for (const name of names) {
    if (!/^okno-.*\.age$/.test(name)) continue
    const file = join(folder, name)
    const found = await stat(file).catch(() => null)
    if (!found?.isFile()) continue
    const note = backupNote.safeParse(await readFile(noteName(file), 'utf8').then((text) => JSON.parse(text) as unknown, () => null))
    // Another size than at its verification: it is not that file any more.
    const isSame = note.success && note.data.bytes === found.size
    listed.push({ file, note: note.success ? (isSame ? note.data : { ...note.data, verifiedAt: null }) : null, bytes: found.size, changedAt: found.mtime.toISOString() })
  }
  return listed.sort((a, b) => (b.note?.madeAt ?? b.changedAt).localeCompare(a.note?.madeAt ?? a.changedAt))
}

/** The oldest verified copies of an office beyond the `keep` newest are removed; copies of others and unverified ones are nobody's to remove. Returns their names. */
export async function removeOld(folder: string, origin: string, keep: number): Promise<string[]> {
  const own = (await listBackups(folder)).filter(({ note }) => note?.origin === origin && note.verifiedAt !== null)
  const old = own.slice(Math.max(1, keep))
  for (const { file } of old) {
    await rm(file, { force: true })
    await rm(noteName(file), { force: true })
  }
  return old.map(({ file }) => basename(file))
}

/** Parts that a killed program left more than a day ago, in a folder that others may use, too. */
export async function removeLeftParts(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!/^okno-.*\.part$/.test(name)) continue
    const file = join(folder, name)
    const found = await stat(file).catch(() => null)
    if (found && found.mtimeMs < Date.now() - 24 * 3600_000) await rm(file, { force: true })
  }
}

/** AppError databaseUnavailable 'backupDiskFull' {folder, freeBytes, neededBytes}; notFound 'backupFolder'. */
export async function requireSpace(folder: string, neededBytes: number): Promise<void> {
  // Never made here: where a share is not mounted, its empty place is on this computer's own disk.
  const freeBytes = await freeSpace(folder).catch((cause: unknown) => {
    throw backupFolderError(cause, folder)
  })
  if (freeBytes < neededBytes + spaceToSpare) throw new AppError('databaseUnavailable', 'backupDiskFull', { folder, freeBytes, neededBytes: neededBytes + spaceToSpare })
}

export async function freeSpace(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

/** Errors of the file system under the folder of backups, in words. */
export function backupFolderError(cause: unknown, folder: string): unknown {
  switch (errorCode(cause)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new AppError('databaseUnavailable', 'backupDiskFull', { folder })
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EIO':
    case 'ENODEV':
    case 'EHOSTDOWN':
    case 'ENOTCONN':
      return new AppError('notFound', 'backupFolder', { folder })
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new AppError('databaseUnavailable', 'backupFolderNotWritable', { folder })
    default:
      return cause
  }
}

export const noteOf = ({ id, origin, office, madeAt, appVersion, postgres, migrations, tables }: OfficeHeader, bytes: number, lock: Lock | null, verifiedAt: string | null, auditProblems: number | null): BackupNote => ({
  id,
  origin,
  office: office.name,
  isTraining: office.isTraining,
  madeAt,
  appVersion,
  schema: migrations.at(-1)?.version ?? 0,
  postgres,
  bytes,
  rows: tables.reduce((sum, { rows }) => sum + rows, 0),
  recipients: lock && 'recipients' in lock ? lock.recipients : null,
  verifiedAt,
  auditProblems,
})
