import { lstat, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RegisterMapping, RegisterProgress, SavedMapping, WatchEntry, WatchRule, WatchSettings } from '@shared/contract/registers'
import { AppError } from '@shared/errors'
import type { Database } from '../../../db/database'
import { toAppError } from '../../../ipc/to-app-error'
import { importRegister, readingFile } from '../import-register'
import { knownNames } from '../register-columns'
import { openRegister } from '../register-file'
import { chooseMapping } from '../register-mapping'
import type { StoredBatch } from '../registers-repository'
import { fileProblemText } from '../verdict-texts'
import { inOrder, ruleOf } from './watch-rules'

export interface WatchPassOptions {
  settings: WatchSettings
  db: Database
  /** Resolves when a file that is being written must have grown since. */
  settle(): Promise<void>
  now(): Date
  signal?: AbortSignal
  onProgress?: (event: RegisterProgress) => void
}

export interface WatchPass {
  entries: WatchEntry[]
  /** Why something waits for the next time: the folder is away, the server is, another import runs. */
  problem: { reason: string; details?: Record<string, unknown> | undefined } | null
}

interface Waiting {
  name: string
  rule: WatchRule
  changedAt: number
}

/**
 * One look into the watched folder. A file that has stopped growing is moved to `work/`, taken in, and moved to `done/` with its verdict file beside, or to `failed/`
 * with a text that says why. Others write into the folder, so no link in it is followed: it would have us read, move or write what they may not. What could not be tried at all (no server, a full disk, a file that cannot be read) stays in `work/` and is tried again; so is what a killed process left there.
 */
export async function watchPass({ settings, db, settle, now, signal, onProgress }: WatchPassOptions): Promise<WatchPass> {
  const { folder, rules } = settings
  const places = { work: join(folder, 'work'), done: join(folder, 'done'), failed: join(folder, 'failed') }
  const entries: WatchEntry[] = []
  try {
    await present(folder)
    for (const place of Object.values(places)) await ownPlace(place)
    for (const name of await readdir(places.done)) if (name.endsWith('.verdict.csv.part')) await rm(join(places.done, name), { force: true })
    await putBack()
    await claim()
  } catch (cause) {
    return { entries, problem: awayProblem(cause, folder) }
  }

  let problem: WatchPass['problem'] = null
  for (const file of inOrder(await found(places.work))) {
    if (signal?.aborted) break
    try {
      const entry = await take(file)
      if (entry) entries.push(entry)
    } catch (cause) {
      const { reason = 'internal', code, details } = toAppError(cause)
      if (reason === 'registerUnreadable' && !isFull(details?.['error'])) {
        // Locked by another program, or nobody may read it: that is this file's own trouble. Rows of the others that refer to it are told in their verdicts, and can be given again.
        problem ??= { reason: 'watchFileUnreadable', details: { file: file.name, ...details } }
        continue
      }
      problem = reason === 'registerUnreadable' ? { reason: 'watchFolderFull', details: { folder, ...details } } : { reason: reason === 'internal' ? code : reason, details }
      // The next file would meet the same server, or the same disk.
      break
    }
  }
  return { entries, problem }

  /** Files of a folder that a rule is for. */
  async function found(place: string): Promise<Waiting[]> {
    const files: Waiting[] = []
    for (const name of await readdir(place)) {
      const rule = ruleOf(name, rules)
      const facts = rule && (await lstat(join(place, name)).catch(() => null))
      if (rule && facts?.isFile()) files.push({ name, rule, changedAt: facts.mtimeMs })
    }
    return files
  }

  /** A rule may have been taken away while its file waited. */
  async function putBack(): Promise<void> {
    for (const name of await readdir(places.work)) {
      if (!ruleOf(name, rules) && !(await exists(join(folder, name)))) await rename(join(places.work, name), join(folder, name))
    }
  }

  /** Moving is what makes a file ours: of two machines that watch one folder only one succeeds. */
  async function claim(): Promise<void> {
    const before = new Map(await Promise.all((await found(folder)).map(async ({ name }) => [name, await shape(join(folder, name))] as const)))
    if (before.size === 0) return
    await settle()
    for (const [name, seen] of before) {
      const path = join(folder, name)
      if (seen === null || (await shape(path)) !== seen || (await exists(join(places.work, name)))) continue
      // A program that still holds it open may keep it from being moved; then it is not finished.
      await rename(path, join(places.work, name)).catch(() => undefined)
    }
  }

  async function take({ name, rule }: Waiting): Promise<WatchEntry | null> {
    const path = join(places.work, name)
    const at = now().toISOString()
    const stamped = `${at.slice(0, 19).replace(/:/g, '-')} ${name}`
    const entry = { at, fileName: name, kind: rule.kind }
    try {
      // Minutes may lie between the look into the folder and this file's turn: what has taken its place meanwhile is not followed either.
      if (!(await lstat(path)).isFile()) throw new AppError('invalidInput', 'registerUnreadable', { error: 'EISDIR' })
      const { mapping, sha256 } = await lookAt(path, rule)
      const before = await db.call<StoredBatch | null>('register_taken', { kind: rule.kind, fileSha256: sha256, mapping: mapping && JSON.stringify(mapping) })
      if (before) {
        await rename(path, join(places.done, stamped))
        const { batchId, accepted, warned, unchanged } = before
        return { ...entry, outcome: 'unchanged', batchId, accepted: 0, warned: 0, unchanged: accepted + warned + unchanged, refused: 0, reason: null }
      }
      const done = await importRegister(db, {
        kind: rule.kind, path, fileName: name, mapping, verdictPath: join(places.done, `${stamped}.verdict.csv`),
        ...(signal && { signal }), ...(onProgress && { onProgress }),
      })
      await rename(path, join(places.done, stamped))
      const { batchId, accepted, warned, unchanged, refused } = done
      return { ...entry, outcome: 'taken', batchId, accepted, warned, unchanged, refused, reason: null }
    } catch (cause) {
      // Another machine was quicker.
      if (!(await exists(path))) return null
      const words = cause instanceof AppError && cause.code === 'invalidInput' && cause.reason !== 'registerUnreadable' ? fileProblemText(cause) : null
      if (words === null) throw cause
      await writeFile(join(places.failed, `${stamped}.verdict.txt`), `\uFEFF${words}\r\n`, { mode: 0o600, flag: 'wx' })
      await rename(path, join(places.failed, stamped))
      return { ...entry, outcome: 'failed', batchId: null, accepted: 0, warned: 0, unchanged: 0, refused: 0, reason: (cause as AppError).reason ?? 'internal' }
    }
  }

  async function lookAt(path: string, { kind, provider }: WatchRule): Promise<{ mapping: RegisterMapping | null; sha256: string }> {
    return readingFile(async () => {
      const saved = await db.call<SavedMapping[]>('register_mappings')
      const names = new Set(saved.flatMap(({ columns }) => columns.map(({ from }) => from.trim().toLowerCase())))
      const file = await openRegister(path, (cells) => Math.max(knownNames(cells), cells.filter((cell) => names.has(cell.trim().toLowerCase())).length))
      file.close()
      const ofProvider = provider === null ? null : saved.find((one) => one.kind === kind && one.provider === provider)
      const chosen = ofProvider ?? chooseMapping(file.header.fields, saved, kind).mapping
      return { mapping: chosen && { columns: chosen.columns, fixed: chosen.fixed }, sha256: file.sha256 }
    })
  }
}

async function present(folder: string): Promise<void> {
  const facts = await stat(folder)
  if (!facts.isDirectory()) throw new AppError('notFound', 'watchFolderAway')
}

async function ownPlace(place: string): Promise<void> {
  await mkdir(place, { recursive: true })
  if (!(await lstat(place)).isDirectory()) throw new AppError('forbidden', 'watchFolderLink')
}

function awayProblem(cause: unknown, folder: string): WatchPass['problem'] {
  if (cause instanceof AppError && cause.reason === 'watchFolderLink') return { reason: cause.reason, details: { folder } }
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : null
  return { reason: isFull(code) ? 'watchFolderFull' : code === 'EACCES' || code === 'EPERM' || code === 'EROFS' ? 'watchFolderClosed' : 'watchFolderAway', details: { folder, ...(code && { error: code }) } }
}

const isFull = (code: unknown): boolean => code === 'ENOSPC' || code === 'EDQUOT'

/** Size and time of the last change: while they change somebody is writing. */
async function shape(path: string): Promise<string | null> {
  const facts = await lstat(path).catch(() => null)
  return facts && `${facts.size} ${facts.mtimeMs}`
}

const exists = async (path: string) => (await lstat(path).catch(() => null)) !== null
