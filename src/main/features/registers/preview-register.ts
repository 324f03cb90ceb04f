import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import type { RegisterKind, RegisterMapping, RegisterPreview, RegisterRow, SavedMapping } from '@shared/contract/registers'
import type { Database } from '../../db/database'
import type { CsvRow } from './csv-reader'
import { readingFile } from './import-register'
import { type MatchedHeader, knownNames, matchHeader, registerColumns } from './register-columns'
import { type RegisterFile, openRegister } from './register-file'
import { chooseMapping, checkMapping } from './register-mapping'
import { type RegisterProvider, type StagedRow, rowStager } from './register-rows'
import { type StoredVerdict, registersRepository } from './registers-repository'
import { readReason } from './verdict-texts'

const previewRows = 20

export interface PreviewOptions {
  path: string
  /** Name people know the file by, when `path` is a temporary one. */
  fileName?: string
  kind?: RegisterKind | undefined
  /** Undefined: one that is remembered for this header; null: none. */
  mapping?: RegisterMapping | null | undefined
}

/**
 * What the file is and what would become of its first rows: they go through the real merge in a transaction that is taken back, so the verdicts are
 * those the import would give them now. Throws what `openRegister` and `checkMapping` do.
 */
export async function previewRegister(db: Database, { path, fileName = basename(path), kind: asked, mapping: given }: PreviewOptions): Promise<RegisterPreview> {
  return readingFile(async () => {
    const saved = given === undefined ? await db.call<SavedMapping[]>('register_mappings') : []
    const names = namesOf(saved, given ?? null)
    const file = await openRegister(path, (cells) => Math.max(knownNames(cells), cells.filter((cell) => names.has(cell.trim().toLowerCase())).length))
    try {
      const chosen = given === undefined ? chooseMapping(file.header.fields, saved, asked) : { kind: asked ?? chooseMapping(file.header.fields, []).kind, mapping: null }
      const { kind } = chosen
      if (kind && given) checkMapping(kind, given)
      const mapping = given ?? chosen.mapping
      const header = kind && matchHeader(kind, file.header.fields, mapping)
      const rows = await firstRows(file)
      const ours = kind ? registerColumns[kind].map(({ name, russian, required = false }) => ({ column: name, russian, required })) : []
      return {
        fileName,
        bytes: file.bytes,
        format: file.format,
        encoding: file.encoding,
        separator: file.separator,
        sheet: file.sheet,
        kind,
        columns: file.header.fields.map((name, index) => ({ name, column: header?.columns[index]?.name ?? null })),
        missing: (header?.missing ?? []).map(({ name, russian }) => ({ column: name, russian })),
        mapping: mapping && { columns: mapping.columns, fixed: mapping.fixed, provider: chosen.mapping?.provider ?? null, version: chosen.mapping?.version ?? null },
        ours: [...ours.filter(({ required }) => required), ...ours.filter(({ required }) => !required)],
        rowEstimate: Math.max(file.lines - 1, rows.length),
        rows: kind && header && header.missing.length === 0 ? await tryRows(db, kind, fileName, file, rows, header) : rows.map(untried),
      }
    } finally {
      file.close()
    }
  })
}

/** The separator of a file with names of its own is found by those that are remembered. */
const namesOf = (saved: readonly SavedMapping[], given: RegisterMapping | null) =>
  new Set([...saved, ...(given ? [given] : [])].flatMap(({ columns }) => columns.map(({ from }) => from.trim().toLowerCase())))

async function tryRows(db: Database, kind: RegisterKind, fileName: string, file: RegisterFile, rows: CsvRow[], header: MatchedHeader): Promise<RegisterRow[]> {
  const providers = await db.call<RegisterProvider[]>('provider_list')
  const verdicts = await rehearse(db, kind, fileName, file.sha256, rows.map(rowStager(kind, header, providers)))
  return rows.map(({ line, fields, raw, problem }, index) => {
    const { verdict, reasons } = verdicts[index] ?? { verdict: 'refused' as const, reasons: [] }
    return { line, cells: problem ? [raw] : fields, verdict, reasons: reasons.map(readReason) }
  })
}

/** The verdicts rows would get now: they are merged, and the transaction is taken back. `rows` in the order of the file. */
export async function rehearse(db: Database, kind: RegisterKind, fileName: string, sha256: string, rows: readonly StagedRow[]): Promise<StoredVerdict[]> {
  const takenBack = new Error('preview')
  let verdicts: StoredVerdict[] = []
  try {
    await db.withClient(async (client) => {
      const registers = registersRepository(client)
      const batchId = randomUUID()
      await registers.begin(batchId, kind, fileName, sha256)
      await registers.stage(kind, once(rows))
      await registers.merge(kind, batchId)
      verdicts = await registers.verdicts(batchId, 0, rows.length)
      throw takenBack
    })
  } catch (cause) {
    if (cause !== takenBack) throw cause
  }
  return verdicts
}

/** A file that is no register yet is shown as it is, so that its header can be mended. */
const untried = ({ line, fields, raw, problem }: CsvRow): RegisterRow => ({ line, cells: problem ? [raw] : fields, verdict: 'refused', reasons: [] })

async function firstRows(file: RegisterFile): Promise<CsvRow[]> {
  const rows: CsvRow[] = []
  for await (const list of file.rows()) {
    rows.push(...list)
    if (rows.length > previewRows) break
  }
  return rows.slice(1, previewRows + 1)
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value
}
