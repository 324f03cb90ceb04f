import { z } from 'zod'
import { admins } from '../roles'
import { command, query } from './call'
import { instant, nothing, operationId, period } from './values'

export const registerKinds = ['subscribers', 'accounts', 'meters', 'readings', 'charges', 'payments'] as const
export const registerKind = z.enum(registerKinds)
export type RegisterKind = z.infer<typeof registerKind>

/** accepted; warned: accepted with warnings; unchanged: the office already holds what the row says; refused: nothing of the row is taken. */
export const registerVerdict = z.enum(['accepted', 'warned', 'unchanged', 'refused'])
export type RegisterVerdict = z.infer<typeof registerVerdict>

/** Why a row got its verdict: a code and its details in order, as in the verdict file's table of texts (`verdict-texts.ts`), and that text. */
export const registerReason = z.object({ code: z.string(), details: z.array(z.string()), text: z.string() })

/** How the columns of a file with names of its own are taken. */
export const registerMapping = z.object({
  /** `from` as it stands in the file (letter case, spaces and underscores do not matter), `to` our English name; null: not taken, whatever it is called. */
  columns: z.array(z.object({ from: z.string().min(1).max(200), to: z.string().max(40).nullable() })).max(100),
  /** Values of our columns the file does not have, written as in a file: the provider, a period. */
  fixed: z.array(z.object({ column: z.string().max(40), value: z.string().trim().min(1).max(300) })).max(40),
})
export type RegisterMapping = z.infer<typeof registerMapping>

/** Remembered for a provider (its code; null: the files name it themselves, or need none) and a kind. */
export const savedMapping = registerMapping.extend({ kind: registerKind, provider: z.string().nullable(), version: z.int(), savedBy: z.string(), savedAt: instant })
export type SavedMapping = z.infer<typeof savedMapping>

const counts = z.object({ accepted: z.int(), warned: z.int(), unchanged: z.int(), refused: z.int() })

/** utf-8 with BOM. */
export const exportEncoding = z.enum(['utf-8', 'windows-1251'])
export type ExportEncoding = z.infer<typeof exportEncoding>

const fileToken = z.string().min(1).max(4096)

const registerRow = z.object({ line: z.int(), cells: z.array(z.string()), verdict: registerVerdict, reasons: z.array(registerReason) })
export type RegisterRow = z.infer<typeof registerRow>

export const registerPreview = z.object({
  fileName: z.string(),
  bytes: z.int(),
  format: z.enum(['csv', 'xlsx']),
  /** Null for a workbook, as is the separator. */
  encoding: z.enum(['utf-8', 'windows-1251']).nullable(),
  separator: z.enum([';', ',', '\t']).nullable(),
  /** Name of the first sheet of a workbook. */
  sheet: z.string().nullable(),
  /** Guessed by the header unless given; null: the header is of no known register. */
  kind: registerKind.nullable(),
  /** `name` as in the file, `column` the English name it was recognised as, null: unknown and ignored. */
  columns: z.array(z.object({ name: z.string(), column: z.string().nullable() })),
  /** Required columns (English and Russian name) the file does not have; the import is refused while there are any. */
  missing: z.array(z.object({ column: z.string(), russian: z.string() })),
  /** How they were matched: as asked, or as remembered for this header; null: by our names alone. `provider` and `version` of a remembered one. */
  mapping: registerMapping.extend({ provider: z.string().nullable(), version: z.int().nullable() }).nullable(),
  /** Columns of this kind, those that are required first; empty while the kind is not known. */
  ours: z.array(z.object({ column: z.string(), russian: z.string(), required: z.boolean() })),
  /** Rows by the count of line breaks: a text with line breaks makes it more. */
  rowEstimate: z.int(),
  /** The first rows as they would be taken now; each was tried and taken back. */
  rows: z.array(registerRow),
})
export type RegisterPreview = z.infer<typeof registerPreview>

/** Rows with the same trouble: `text` is that of the first, on `line`. */
const registerTrouble = z.object({ verdict: z.enum(['refused', 'warned']), code: z.string(), text: z.string(), rows: z.int(), line: z.int() })
export type RegisterTrouble = z.infer<typeof registerTrouble>

/** What a quick look at the whole file found, before anything is written. */
export const registerCheck = z.object({
  /** Rows looked at; not all of them when `isWhole` is false: time was up. */
  rows: z.int(),
  isWhole: z.boolean(),
  refused: z.int(),
  warned: z.int(),
  /** Most rows first. Only what can be said of a row by itself. */
  troubles: z.array(registerTrouble),
  /** The first rows in trouble, those refused before those warned about. */
  first: z.array(registerRow),
  /** Good rows from all over the file that were tried against the database and taken back; null when there were none or time was up. */
  sample: counts.extend({ rows: z.int(), troubles: z.array(registerTrouble) }).nullable(),
})
export type RegisterCheck = z.infer<typeof registerCheck>

export const registerImport = counts.extend({
  batchId: operationId,
  kind: registerKind,
  fileName: z.string(),
  ms: z.int(),
  /** Where the verdict file was written; null when this import was done before and only its result is returned. */
  verdictFile: z.string().nullable(),
})
export type RegisterImport = z.infer<typeof registerImport>

export const registerBatch = counts.extend({
  batchId: operationId,
  kind: registerKind,
  fileName: z.string(),
  startedBy: z.string(),
  startedAt: instant,
  finishedAt: instant.nullable(),
})

/** Readings given to billing in one file. */
export const readingExport = z.object({
  batchId: operationId,
  period,
  /** Code; null: of all providers. */
  provider: z.string().nullable(),
  encoding: exportEncoding,
  rows: z.int(),
  /** Of the rows: given before, cancelled since. */
  cancelled: z.int(),
  at: instant,
  staffName: z.string(),
})
export type ReadingExport = z.infer<typeof readingExport>

/** Which files of a watched folder are which register: the first pattern that fits the name (`*`, `?`). `provider`: whose remembered columns are used; null: by the header. */
export const watchRule = z.object({ pattern: z.string().trim().min(1).max(100).refine((pattern) => !/[/\\]/.test(pattern)), kind: registerKind, provider: z.string().max(40).nullable() })
export type WatchRule = z.infer<typeof watchRule>

/** A folder of this machine or the network whose files are taken in by themselves. */
export const watchSettings = z.object({ folder: z.string().min(1).max(1000), isOn: z.boolean(), everyMinutes: z.int().min(1).max(1440), rules: z.array(watchRule).min(1).max(50) })
export type WatchSettings = z.infer<typeof watchSettings>

/** A file the folder brought. unchanged: these very bytes were taken before; failed: it lies in `failed/` with a text that says why. */
export const watchEntry = counts.extend({
  at: instant,
  fileName: z.string(),
  kind: registerKind,
  outcome: z.enum(['taken', 'unchanged', 'failed']),
  batchId: operationId.nullable(),
  reason: z.string().nullable(),
})
export type WatchEntry = z.infer<typeof watchEntry>

export const registerWatch = z.object({
  settings: watchSettings.nullable(),
  lastPassAt: instant.nullable(),
  nextPassAt: instant.nullable(),
  isPassing: z.boolean(),
  /** Why files wait: the folder is away, the server is. */
  problem: z.object({ reason: z.string(), details: z.record(z.string(), z.unknown()).optional() }).nullable(),
  history: z.array(watchEntry),
})
export type RegisterWatch = z.infer<typeof registerWatch>

/** Contacts told to billing in one file. */
export const contactExport = z.object({ batchId: operationId, provider: z.string().nullable(), encoding: exportEncoding, rows: z.int(), at: instant, staffName: z.string() })
export type ContactExport = z.infer<typeof contactExport>

export const registersContract = {
  /** A file dialog of the system; the page gets a token for the chosen file and never names a path. Null: nothing chosen. */
  chooseFile: command({ access: admins, input: nothing, output: z.object({ file: fileToken, fileName: z.string() }).nullable() }),
  /**
   * Writes nothing. Without `mapping` one that is remembered for this header is applied; null: none. Fails with registerEmpty, registerNotText, registerDamaged,
   * registerProtected, registerOldExcel, registerNotSheet, registerTooLarge, registerUnreadable, mappingInvalid, importRunning.
   */
  preview: query({ access: admins, input: z.object({ file: fileToken, kind: registerKind.optional(), mapping: registerMapping.nullable().optional() }), output: registerPreview }),
  /** Looks through the whole file, half a minute at most, and writes nothing; `cancel` of `checkId` stops it (importCancelled). Progress comes as events of that id. */
  check: query({ access: admins, input: z.object({ checkId: operationId, file: fileToken, kind: registerKind, mapping: registerMapping.nullable().default(null) }), output: registerCheck }),
  /** All or nothing of the batch; refused rows stop nobody. A repeat of the operation id returns the first result. Progress comes as events. */
  run: command({ access: admins, input: z.object({ operationId, file: fileToken, kind: registerKind, mapping: registerMapping.nullable().default(null) }), output: registerImport }),
  mappings: query({ access: admins, input: nothing, output: z.array(savedMapping) }),
  /** Remembers how files of a provider and kind are taken. `baseVersion` 0: there was none. Fails with mappingInvalid {column, problem}, mappingChanged {by, at}, provider. */
  saveMapping: command({
    access: admins,
    input: registerMapping.extend({ kind: registerKind, provider: z.string().max(40).nullable(), baseVersion: z.int().min(0).nullable().default(null) }),
    output: savedMapping,
  }),
  removeMapping: command({ access: admins, input: z.object({ kind: registerKind, provider: z.string().max(40).nullable() }), output: z.object({ removed: z.boolean() }) }),
  /** The database stays as before the batch; `cancelled` is false when the batch is not running here (any more). */
  cancel: command({ access: admins, input: z.object({ batchId: operationId }), output: z.object({ cancelled: z.boolean() }) }),
  /** Shows the verdict file of a batch in the system's file manager; false when it was written elsewhere or removed. */
  showVerdict: command({ access: admins, input: z.object({ batchId: operationId }), output: z.object({ shown: z.boolean() }) }),
  history: query({ access: admins, input: nothing, output: z.array(registerBatch) }),
  /**
   * Readings taken in Okno that count for `period` and were not given to billing yet, with what was given and cancelled since, into a CSV file (registers.md, exports)
   * chosen in the system's dialog. They are marked and not given again. `again` writes the file of that batch once more, the same to the byte, whatever the rest says;
   * so does a repeat of the operation. Fails with saveCancelled (nothing is marked), exportNotWritten (the batch is kept: ask for it again), exportEncoding.
   */
  exportReadings: command({
    access: admins,
    input: z.object({ operationId, period, provider: z.string().max(40).nullable().default(null), encoding: exportEncoding.default('utf-8'), again: operationId.nullable().default(null) }),
    output: z.object({ batchId: operationId, rows: z.int(), cancelled: z.int(), fileName: z.string() }),
  }),
  /**
   * Main contacts that changed in Okno or on a portal since billing was last told of them, one row an account, into a CSV file (registers.md, exports) chosen in the system's
   * dialog: old, new, confirmed how and when. Told once; `again` and failures as of readings.
   */
  exportContacts: command({
    access: admins,
    input: z.object({ operationId, provider: z.string().max(40).nullable().default(null), encoding: exportEncoding.default('utf-8'), again: operationId.nullable().default(null) }),
    output: z.object({ batchId: operationId, rows: z.int(), fileName: z.string() }),
  }),
  contactExports: query({ access: admins, input: nothing, output: z.array(contactExport) }),
  /** The watched folder of this machine and what it brought, newest first. */
  watch: query({ access: admins, input: nothing, output: registerWatch }),
  /** A folder dialog of the system; only a folder chosen there can be watched. */
  chooseWatchFolder: command({ access: admins, input: nothing, output: z.object({ folder: z.string() }).nullable() }),
  /** Fails with watchFolderNotChosen. */
  saveWatch: command({ access: admins, input: watchSettings, output: registerWatch }),
  /** Looks into the folder now and takes in what is finished. Fails with watchNotSet, watchRunning. */
  watchNow: command({ access: admins, input: nothing, output: z.object({ entries: z.array(watchEntry), problem: registerWatch.shape.problem }) }),
  /** The last 200, newest first. */
  exports: query({ access: admins, input: nothing, output: z.array(readingExport) }),
}

/** Progress of a running import: `rows` of `of` in this phase. `of` is an estimate by line breaks; null where there is nothing to count. */
export interface RegisterProgress {
  batchId: string
  phase: 'checking' | 'reading' | 'merging' | 'writingVerdicts'
  rows: number
  of: number | null
}
