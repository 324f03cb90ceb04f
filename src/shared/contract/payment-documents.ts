import { z } from 'zod'
import { operators } from '../roles'
import { command, query } from './call'
import { id, instant, kopecks, operationId, pdf, period } from './values'

export const documentPeriod = z.object({
  period,
  accrued: kopecks,
  closing: kopecks,
  /** Set once the document has been made; then it never changes. */
  number: z.string().nullable(),
  /** How many times it was given out; the next one is «ДУБЛИКАТ № issues». */
  issues: z.int(),
})

const which = { visitId: id, accountId: id, period }
const issued = z.object({ number: z.string(), duplicate: z.int().nullable(), issuedAt: instant })

export const paymentDocumentsContract = {
  periods: query({ access: operators, input: z.object({ visitId: id, accountId: id }), output: z.array(documentPeriod) }),
  /** As it would be printed now, with its mark; not counted as given out. */
  preview: query({ access: operators, input: z.object(which), output: z.object({ number: z.string(), duplicate: z.int().nullable(), pdf }) }),
  /** Counted only when the queue has taken it. */
  print: command({
    access: operators,
    input: z.object({ operationId, ...which, printer: z.string().max(200).nullable(), copies: z.int().min(1).max(9).default(1) }),
    output: issued.extend({ printer: z.string(), jobId: z.string() }),
  }),
  /** Saved through a native dialog. */
  save: command({ access: operators, input: z.object({ operationId, ...which }), output: issued.extend({ fileName: z.string() }) }),
}
