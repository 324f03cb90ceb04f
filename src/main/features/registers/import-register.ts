import { randomUUID } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import type { RegisterImport, RegisterKind, RegisterPreview, RegisterProgress } from '@shared/contract/registers'
import { AppError } from '@shared/errors'
import type { Database } from '../../db/database'
import { type CsvFile, type CsvRow, csvRows, inspectCsv } from './csv-reader'
import { type MatchedHeader, guessKind, knownNames, matchHeader } from './register-columns'
import { type RegisterProvider, type StagedRow, rowStager } from './register-rows'
import { type StoredVerdict, registersRepository } from './registers-repository'
import { verdictFile } from './verdict-file'
import { readReason, verdictHeader, verdictNames } from './verdict-texts'

export interface ImportOptions {
  kind: RegisterKind
  path: string
  /** Name people know the file by, when `path` is a temporary one. */
  fileName?: string
  /** The operation id; a second import under it returns the first result and writes nothing. */
  batchId?: string
  /** Where to write the verdict file; without it there is none. */
  verdictPath?: string
  signal?: AbortSignal
  onProgress?: (event: RegisterProgress) => void
}

const previewRows = 20
const verdictsAtOnce = 10_000
const progressEveryMs = 100

/**
 * Takes a register in: COPY into staging, merge, verdict file, all in one transaction under the login of `db`. Whatever fails, or an abort of `signal`
 * (conflict/importCancelled), leaves the database as before and no verdict file.
 *
 * Throws AppError: invalidInput registerEmpty, registerNotText, registerColumnsMissing {columns}; conflict importRunning, importCancelled; forbidden for a
 * login that is no administrator.
 */
export async function importRegister(db: Database, options: ImportOptions): Promise<RegisterImport> {
  const { kind, path, fileName = basename(path), batchId = randomUUID(), verdictPath, signal, onProgress } = options
  const startedAt = performance.now()
  const partPath = verdictPath && `${verdictPath}.part`
  try {
    const file = await inspectCsv(path, knownNames)
    const header = requiredHeader(kind, file)
    const providers = await db.call<RegisterProvider[]>('provider_list')
    const report = reporter(batchId, file.lines, onProgress)

    const { batch, isRepeat } = await db.withClient(async (client) => {
      const registers = registersRepository(client)
      const begun = await registers.begin(batchId, kind, fileName, file.sha256)
      if (begun.done) return { batch: begun.done, isRepeat: true }

      await registers.stage(kind, stagedRows(path, file, rowStager(kind, header, providers), report), signal)
      report('merging')
      const batch = await cancellable(db, begun.processId, signal, () => registers.merge(kind, batchId))
      if (partPath) await writeVerdicts({ path, file, batchId, partPath, registers, signal, report })
      await registers.clean(batchId)
      signal?.throwIfAborted()
      return { batch, isRepeat: false }
    })

    if (verdictPath && partPath && !isRepeat) await rename(partPath, verdictPath)
    const { accepted, warned, unchanged, refused } = batch
    const ms = Math.round(performance.now() - startedAt)
    return { batchId, kind: batch.kind, fileName: batch.fileName, accepted, warned, unchanged, refused, ms, verdictFile: isRepeat ? null : (verdictPath ?? null) }
  } catch (cause) {
    if (partPath) await rm(partPath, { force: true })
    throw signal?.aborted ? new AppError('conflict', 'importCancelled') : cause
  }
}

/**
 * What the file is and what would become of its first rows: they go through the real merge in a transaction that is taken back, so the verdicts are
 * those the import would give them now.
 */
export async function previewRegister(db: Database, { path, fileName = basename(path), kind: asked }: { path: string; fileName?: string; kind?: RegisterKind }): Promise<RegisterPreview> {
  const file = await inspectCsv(path, knownNames)
  const kind = asked ?? guessKind(file.header.fields)
  const header = kind && matchHeader(kind, file.header.fields)
  const rows = kind && header && header.missing.length === 0 ? await tryRows(db, kind, path, file, header) : await untriedRows(path, file)
  return {
    fileName,
    bytes: file.bytes,
    encoding: file.encoding,
    separator: file.separator,
    kind,
    columns: file.header.fields.map((name, index) => ({ name, column: header?.columns[index]?.name ?? null })),
    missing: (header?.missing ?? []).map(({ name, russian }) => ({ column: name, russian })),
    rowEstimate: Math.max(file.lines - 1, rows.length),
    rows,
  }
}

async function tryRows(db: Database, kind: RegisterKind, path: string, file: CsvFile, header: MatchedHeader): Promise<RegisterPreview['rows']> {
  const providers = await db.call<RegisterProvider[]>('provider_list')
  const rows = await firstRows(path, file)
  const takenBack = new Error('preview')
  let verdicts: StoredVerdict[] = []
  try {
    await db.withClient(async (client) => {
      const registers = registersRepository(client)
      const batchId = randomUUID()
      await registers.begin(batchId, kind, basename(path), file.sha256)
      const stager = rowStager(kind, header, providers)
      await registers.stage(kind, once(rows.map(stager)))
      await registers.merge(kind, batchId)
      verdicts = await registers.verdicts(batchId, 0, previewRows)
      throw takenBack
    })
  } catch (cause) {
    if (cause !== takenBack) throw cause
  }
  return rows.map(({ line, fields, raw, problem }, index) => {
    const { verdict, reasons } = verdicts[index] ?? { verdict: 'refused' as const, reasons: [] }
    return { line, cells: problem ? [raw] : fields, verdict, reasons: reasons.map(readReason) }
  })
}

/** A file that is no register yet is shown as it is, so that its header can be mended. */
async function untriedRows(path: string, file: CsvFile): Promise<RegisterPreview['rows']> {
  const rows = await firstRows(path, file)
  return rows.map(({ line, fields, raw, problem }) => ({ line, cells: problem ? [raw] : fields, verdict: 'refused', reasons: [] }))
}

async function firstRows(path: string, file: CsvFile): Promise<CsvRow[]> {
  const rows: CsvRow[] = []
  for await (const list of csvRows(path, file)) {
    rows.push(...list)
    if (rows.length > previewRows) break
  }
  return rows.slice(1, previewRows + 1)
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value
}

function requiredHeader(kind: RegisterKind, file: CsvFile): MatchedHeader {
  const header = matchHeader(kind, file.header.fields)
  if (header.missing.length > 0) {
    throw new AppError('invalidInput', 'registerColumnsMissing', { columns: header.missing.map(({ name }) => name), russian: header.missing.map(({ russian }) => russian) })
  }
  return header
}

async function* stagedRows(path: string, file: CsvFile, stager: (row: CsvRow) => StagedRow, report: Report): AsyncGenerator<StagedRow[]> {
  let rows = 0
  let isHeader = true
  for await (const list of csvRows(path, file)) {
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
  path: string
  file: CsvFile
  batchId: string
  partPath: string
  registers: ReturnType<typeof registersRepository>
  signal: AbortSignal | undefined
  report: Report
}

/** Reads the register a second time, beside its verdicts: neither is ever held whole. */
async function writeVerdicts({ path, file, batchId, partPath, registers, signal, report }: VerdictWriting): Promise<void> {
  const output = verdictFile(partPath, file.header.fields, verdictHeader)
  try {
    let verdicts: StoredVerdict[] = []
    let next = 0
    let rows = 0
    let isHeader = true
    for await (const list of csvRows(path, file)) {
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
