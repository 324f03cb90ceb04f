import { basename } from 'node:path'
import type { RegisterCheck, RegisterKind, RegisterMapping, RegisterProgress, RegisterRow, RegisterTrouble, RegisterVerdict } from '@shared/contract/registers'
import { AppError } from '@shared/errors'
import type { Database } from '../../db/database'
import type { CsvRow } from './csv-reader'
import { readingFile, requiredHeader } from './import-register'
import { rehearse } from './preview-register'
import { knownNames } from './register-columns'
import { openRegister } from './register-file'
import { type RegisterProvider, type StagedRow, rowStager } from './register-rows'
import { readReason } from './verdict-texts'

export interface CheckOptions {
  checkId: string
  path: string
  kind: RegisterKind
  mapping?: RegisterMapping | null
  /** How long the file is looked through; what was found until then is told. */
  withinMs?: number
  signal?: AbortSignal
  onProgress?: (event: RegisterProgress) => void
}

const rowsShown = 50
const troublesShown = 100
const sampleRows = 1_000

/**
 * Looks through the whole file without the database: what is wrong with rows by themselves, counted by reason, and the first of them. Then a thousand good rows from all
 * over the file are tried against the database and taken back. Throws what `openRegister` and `requiredHeader` do, and conflict importCancelled.
 */
export async function checkRegister(db: Database, { checkId, path, kind, mapping = null, withinMs = 30_000, signal, onProgress }: CheckOptions): Promise<RegisterCheck> {
  return readingFile(async () => {
    const until = performance.now() + withinMs
    const file = await openRegister(path, knownNames)
    try {
      const stage = rowStager(kind, requiredHeader(kind, file, mapping), await db.call<RegisterProvider[]>('provider_list'))
      const troubles = counter()
      const shown: Record<'refused' | 'warned', RegisterRow[]> = { refused: [], warned: [] }
      const counts = { refused: 0, warned: 0 }
      const sample = reservoir<StagedRow>(sampleRows)
      let rows = -1
      let isWhole = true
      let told = 0
      for await (const list of file.rows()) {
        if (signal?.aborted) throw new AppError('conflict', 'importCancelled')
        for (const row of list) {
          rows += 1
          if (rows === 0) continue
          const staged = stage(row)
          const verdict = staged.refused.length > 0 ? 'refused' : staged.warnings.length > 0 ? 'warned' : null
          if (verdict !== 'refused') sample.offer(staged)
          if (!verdict) continue
          const reasons = verdict === 'refused' ? staged.refused : staged.warnings
          counts[verdict] += 1
          for (const reason of reasons) troubles.add(verdict, reason, row.line)
          if (shown[verdict].length < rowsShown) shown[verdict].push(rowOf(row, verdict, reasons))
        }
        const now = performance.now()
        if (now - told > 100) {
          told = now
          onProgress?.({ batchId: checkId, phase: 'checking', rows, of: Math.max(file.lines - 1, rows) })
        }
        if (now > until) {
          isWhole = false
          break
        }
        // The window's main process is one thread: calls of the page come between two pieces of the file.
        await new Promise((resolve) => setImmediate(resolve))
      }
      const tried = isWhole ? sample.kept().sort((a, b) => a.line - b.line) : []
      if (signal?.aborted) throw new AppError('conflict', 'importCancelled')
      return {
        rows: Math.max(rows, 0), isWhole, ...counts,
        troubles: troubles.list(),
        first: [...shown.refused, ...shown.warned].slice(0, rowsShown),
        sample: tried.length > 0 ? await sampleOf(db, kind, basename(path), file.sha256, tried) : null,
      }
    } finally {
      file.close()
    }
  })
}

async function sampleOf(db: Database, kind: RegisterKind, fileName: string, sha256: string, tried: StagedRow[]): Promise<RegisterCheck['sample']> {
  const counts: Record<RegisterVerdict, number> = { accepted: 0, warned: 0, unchanged: 0, refused: 0 }
  const troubles = counter()
  const known = new Set(tried.flatMap(({ line, warnings }) => warnings.map((warning) => `${line} ${warning}`)))
  for (const { line, verdict, reasons } of await rehearse(db, kind, fileName, sha256, tried)) {
    counts[verdict] += 1
    if (verdict !== 'refused' && verdict !== 'warned') continue
    for (const reason of reasons) if (!known.has(`${line} ${reason}`)) troubles.add(verdict, reason, line)
  }
  return { rows: tried.length, ...counts, troubles: troubles.list() }
}

const rowOf = ({ line, fields, raw, problem }: CsvRow, verdict: RegisterVerdict, reasons: readonly string[]): RegisterRow => ({ line, cells: problem ? [raw] : fields, verdict, reasons: reasons.map(readReason) })

/** Reasons whose first detail is the name of a column are told apart by it; the details of the others are values, each row its own. */
const ofColumn = new Set(['valueMissing', 'unreadable', 'tooLong', 'cannotClear', 'checksum', 'contactUnusable', 'contactKept', 'lowersClosedTotal'])

function counter() {
  const found = new Map<string, RegisterTrouble>()
  return {
    add(verdict: 'refused' | 'warned', staged: string, line: number): void {
      const [code = '', name = ''] = staged.split('|', 2)
      const key = `${verdict} ${code} ${ofColumn.has(code) ? name : ''}`
      const known = found.get(key)
      if (known) known.rows += 1
      else if (found.size < troublesShown) found.set(key, { verdict, code, text: readReason(staged).text, rows: 1, line })
    },
    list: () => [...found.values()].sort((a, b) => Number(a.verdict === 'warned') - Number(b.verdict === 'warned') || b.rows - a.rows),
  }
}

/** Each row has the same chance to be kept, however many there are (Vitter's algorithm R). */
function reservoir<T>(size: number) {
  const kept: T[] = []
  let seen = 0
  return {
    offer(item: T): void {
      seen += 1
      if (kept.length < size) kept.push(item)
      else {
        const at = Math.floor(Math.random() * seen)
        if (at < size) kept[at] = item
      }
    },
    kept: () => kept,
  }
}
