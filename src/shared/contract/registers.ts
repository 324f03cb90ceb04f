import { z } from 'zod'
import { admins } from '../roles'
import { command, query } from './call'
import { instant, nothing, operationId } from './values'

export const registerKinds = ['subscribers', 'accounts', 'meters', 'readings', 'charges', 'payments'] as const
export const registerKind = z.enum(registerKinds)
export type RegisterKind = z.infer<typeof registerKind>

/** accepted; warned: accepted with warnings; unchanged: the office already holds what the row says; refused: nothing of the row is taken. */
export const registerVerdict = z.enum(['accepted', 'warned', 'unchanged', 'refused'])
export type RegisterVerdict = z.infer<typeof registerVerdict>

/** Why a row got its verdict: a code and its details in order, as in the verdict file's table of texts (`verdict-texts.ts`), and that text. */
export const registerReason = z.object({ code: z.string(), details: z.array(z.string()), text: z.string() })

const counts = z.object({ accepted: z.int(), warned: z.int(), unchanged: z.int(), refused: z.int() })

const fileToken = z.string().min(1).max(4096)

export const registerPreview = z.object({
  fileName: z.string(),
  bytes: z.int(),
  encoding: z.enum(['utf-8', 'windows-1251']),
  separator: z.enum([';', ',', '\t']),
  /** Guessed by the header unless given; null: the header is of no known register. */
  kind: registerKind.nullable(),
  /** `name` as in the file, `column` the English name it was recognised as, null: unknown and ignored. */
  columns: z.array(z.object({ name: z.string(), column: z.string().nullable() })),
  /** Required columns (English and Russian name) the file does not have; the import is refused while there are any. */
  missing: z.array(z.object({ column: z.string(), russian: z.string() })),
  /** Rows by the count of line breaks: a text with line breaks makes it more. */
  rowEstimate: z.int(),
  /** The first rows as they would be taken now; each was tried and taken back. */
  rows: z.array(z.object({ line: z.int(), cells: z.array(z.string()), verdict: registerVerdict, reasons: z.array(registerReason) })),
})
export type RegisterPreview = z.infer<typeof registerPreview>

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

export const registersContract = {
  /** A file dialog of the system; the page gets a token for the chosen file and never names a path. Null: nothing chosen. */
  chooseFile: command({ access: admins, input: nothing, output: z.object({ file: fileToken, fileName: z.string() }).nullable() }),
  /** Writes nothing. Fails with registerEmpty, registerNotText, importRunning. */
  preview: query({ access: admins, input: z.object({ file: fileToken, kind: registerKind.optional() }), output: registerPreview }),
  /** All or nothing of the batch; refused rows stop nobody. A repeat of the operation id returns the first result. Progress comes as events. */
  run: command({ access: admins, input: z.object({ operationId, file: fileToken, kind: registerKind }), output: registerImport }),
  /** The database stays as before the batch; `cancelled` is false when the batch is not running here (any more). */
  cancel: command({ access: admins, input: z.object({ batchId: operationId }), output: z.object({ cancelled: z.boolean() }) }),
  /** Shows the verdict file of a batch in the system's file manager; false when it was written elsewhere or removed. */
  showVerdict: command({ access: admins, input: z.object({ batchId: operationId }), output: z.object({ shown: z.boolean() }) }),
  history: query({ access: admins, input: nothing, output: z.array(registerBatch) }),
}

/** Progress of a running import: `rows` of `of` in this phase. `of` is an estimate by line breaks; null where there is nothing to count. */
export interface RegisterProgress {
  batchId: string
  phase: 'reading' | 'merging' | 'writingVerdicts'
  rows: number
  of: number | null
}
