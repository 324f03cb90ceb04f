import { randomUUID } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import type { RegisterImport, RegisterKind, RegisterMapping, RegisterProgress } from '@shared/contract/registers'
import { AppError } from '@shared/errors'
import type { Database } from '../../db/database'
import type { CsvRow } from './csv-reader'
import { type MatchedHeader, knownNames, matchHeader } from './register-columns'
import { type RegisterFile, openRegister } from './register-file'
import { checkMapping } from './register-mapping'
import { type RegisterProvider, type StagedRow, rowStager } from './register-rows'
import { type StoredVerdict, registersRepository } from './registers-repository'
import { verdictFile } from './verdict-file'
import { readReason, verdictHeader, verdictNames } from './verdict-texts'

export interface ImportOptions {
  kind: RegisterKind
  path: string
  /** Name people know the file by, when `path` is a temporary one. */
  fileName?: string
  /** How columns with other names are taken. */
  mapping?: RegisterMapping | null
  /** The operation id; a second import under it returns the first result and writes nothing. */
  batchId?: string
  /** Where to write the verdict file; without it there is none. */
  verdictPath?: string
  signal?: AbortSignal
  onProgress?: (event: RegisterProgress) => void
}

const verdictsAtOnce = 10_000
const progressEveryMs = 100

/**
 * Takes a register in: COPY into staging, merge, verdict file, all in one transaction under the login of `db`. Whatever fails, or an abort of `signal`
 * (conflict/importCancelled), leaves the database as before and no verdict file.
 *
 * Throws AppError: what `openRegister` and `checkMapping` do; invalidInput registerColumnsMissing {columns}, registerUnreadable {error} (the disk or the share the file is
 * on); printerUnavailable verdictNotWritten {error} (a full disk: the import is taken back with it); conflict importRunning, importCancelled; forbidden for a login that
 * is no administrator.
 */
export async function importRegister(db: Database, options: ImportOptions): Promise<RegisterImport> {
  const { kind, path, fileName = basename(path), mapping = null, batchId = randomUUID(), verdictPath, signal, onProgress } = options
  const startedAt = performance.now()
  const partPath = verdictPath && `${verdictPath}.part`
  let opened: RegisterFile | null = null
  try {
    const file = await readingFile(() => openRegister(path, knownNames))
    opened = file
    signal?.throwIfAborted()
    const header = requiredHeader(kind, file, mapping)
    const providers = await db.call<RegisterProvider[]>('provider_list')
    const report = reporter(batchId, file.lines, onProgress)

    const { batch, isRepeat } = await db.withClient(async (client) => {
      const registers = registersRepository(client)
      const begun = await registers.begin(batchId, kind, fileName, file.sha256, mapping)
      if (begun.done) return { batch: begun.done, isRepeat: true }

      await readingFile(() => registers.stage(kind, stagedRows(file, rowStager(kind, header, providers), report), signal))
      report('merging')
      const batch = await cancellable(db, begun.processId, signal, () => registers.merge(kind, batchId))
      if (partPath) await readingFile(() => writeVerdicts({ file, batchId, partPath, registers, signal, report }))
      await registers.clean(batchId)
      signal?.throwIfAborted()
      return { batch, isRepeat: false }
    })

    // The rows are in by now: a verdict that can't get its name is told by the one it has, not thrown away.
    const verdictFile = verdictPath && partPath && !isRepeat ? await rename(partPath, verdictPath).then(() => verdictPath, () => partPath) : null
    const { accepted, warned, unchanged, refused } = batch
    const ms = Math.round(performance.now() - startedAt)
    return { batchId, kind: batch.kind, fileName: batch.fileName, accepted, warned, unchanged, refused, ms, verdictFile }
  } catch (cause) {
    if (partPath) await rm(partPath, { force: true })
    throw signal?.aborted ? new AppError('conflict', 'importCancelled') : cause
  } finally {
    opened?.close()
  }
}

/** What the system says of the register's file, in words: it was taken away, nobody may read it, the share is gone. */
export async function readingFile<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const code = cause instanceof Error && 'syscall' in cause && 'code' in cause ? String(cause.code) : null
    if (code !== null && !unreachableServer.has(code)) throw new AppError('invalidInput', 'registerUnreadable', { error: code })
    throw cause
  }
}
// A connection to the server ends with codes of the same kind, and has words of its own.
const unreachableServer = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'])

export function requiredHeader(kind: RegisterKind, file: RegisterFile, mapping: RegisterMapping | null): MatchedHeader {
  if (mapping) checkMapping(kind, mapping)
  const header = matchHeader(kind, file.header.fields, mapping)
  if (header.missing.length > 0) {
    throw new AppError('invalidInput', 'registerColumnsMissing', { columns: header.missing.map(({ name }) => name), russian: header.missing.map(({ russian }) => russian) })
  }
  return header
}

async function* stagedRows(file: RegisterFile, stager: (row: CsvRow) => StagedRow, report: Report): AsyncGenerator<StagedRow[]> {
  let rows = 0
  let isHeader = true
  for await (const list of file.rows()) {
    const body = isHeader ? list.slice(1) : list
    if (list.length > 0) isHeader = false
    rows += body.length
    report('reading', rows)
    yield body.map(stager)
  }
}

/** While the merge runs the server is busy on its connection: it is stopped from another one of the same login. */
async function cancellable<T>(db: Database, processId: number, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  signal?.throwIfAborted()
  let isOver = false
  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping = (async () => {
      // The statement may not have reached the server yet.
      while (!isOver && !(await db.call<boolean>('register_cancel', { processId }))) await new Promise((resolve) => setTimeout(resolve, 50))
    })()
  }
  signal?.addEventListener('abort', stop, { once: true })
  try {
    return await work()
  } finally {
    isOver = true
    signal?.removeEventListener('abort', stop)
    await stopping
  }
}

interface VerdictWriting {
  file: RegisterFile
  batchId: string
  partPath: string
  registers: ReturnType<typeof registersRepository>
  signal: AbortSignal | undefined
  report: Report
}

/** Reads the register a second time, beside its verdicts: neither is ever held whole. */
async function writeVerdicts({ file, batchId, partPath, registers, signal, report }: VerdictWriting): Promise<void> {
  const output = verdictFile(partPath, file.header.fields, verdictHeader)
  try {
    let verdicts: StoredVerdict[] = []
    let next = 0
    let rows = 0
    let isHeader = true
    for await (const list of file.rows()) {
      signal?.throwIfAborted()
      const lines = []
      for (const row of isHeader ? list.slice(1) : list) {
        if (next === verdicts.length) {
          verdicts = await registers.verdicts(batchId, row.line, verdictsAtOnce)
          next = 0
        }
        const found = verdicts[next++]
        if (found?.line !== row.line) throw new AppError('conflict', 'registerChangedWhileRead')
        lines.push({ row, verdict: verdictNames[found.verdict], reasons: found.reasons.map((reason) => readReason(reason).text).join('; ') })
      }
      if (list.length > 0) isHeader = false
      rows += lines.length
      report('writingVerdicts', rows)
      await output.write(lines)
    }
    await output.close()
  } catch (cause) {
    output.abandon()
    throw cause
  }
}

type Report = (phase: RegisterProgress['phase'], rows?: number) => void

function reporter(batchId: string, lines: number, onProgress: ImportOptions['onProgress']): Report {
  let last = 0
  let lastPhase: RegisterProgress['phase'] | null = null
  return (phase, rows) => {
    const now = performance.now()
    if (!onProgress || (phase === lastPhase && now - last < progressEveryMs)) return
    last = now
    lastPhase = phase
    onProgress({ batchId, phase, rows: rows ?? 0, of: rows === undefined ? null : Math.max(lines - 1, rows) })
  }
}
