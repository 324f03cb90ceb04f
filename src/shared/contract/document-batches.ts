import { z } from 'zod'
import { supervisors } from '../roles'
import { command, query } from './call'
import { duplex, tray } from './printing'
import { instant, kopecks, nothing, operationId, period } from './values'

const name = z.string().trim().max(120)

/**
 * Whose bills: accounts of a provider with a bill of the period. `street`, `town`: words that all stand in the name («Ленина» is ул. and пр., «ул. Ленина» one of them).
 * `house`: «10», «10А», «10 корп. 2». `delivery`: only those who get it this way (e-mail: chosen for the period, and a confirmed address). Debt is what was left unpaid of
 * the months before, in kopecks; `onlyDebtors`: one kopeck and more. `onlyUnprinted`: nobody has got this bill yet.
 */
export const documentFilter = z.object({
  provider: z.string().min(1).max(40),
  period,
  town: name.nullable().default(null),
  street: name.nullable().default(null),
  house: z.string().trim().max(30).nullable().default(null),
  delivery: z.enum(['paper', 'email']).nullable().default(null),
  debtFrom: kopecks.nullable().default(null),
  debtTo: kopecks.nullable().default(null),
  onlyDebtors: z.boolean().default(false),
  onlyUnprinted: z.boolean().default(true),
})
export type DocumentFilter = z.infer<typeof documentFilter>

const house = z.object({ town: z.string(), street: z.string(), house: z.string(), building: z.string(), documents: z.int(), byEmail: z.int() })
export type DocumentHouse = z.infer<typeof house>

/** Documents of a batch. `inDoubt`: their job failed, was taken back or was lost sight of; a person says what came out. `spoiled`: copies that were printed again. `sheets`: handed over so far. */
export const documentCounts = z.object({
  documents: z.int(), byEmail: z.int(), mailed: z.int(), waiting: z.int(), failed: z.int(), handed: z.int(), printed: z.int(), inDoubt: z.int(), spoiled: z.int(), sheets: z.int(),
})
export type DocumentCounts = z.infer<typeof documentCounts>

const summary = z.object({
  batchId: operationId,
  name: z.string(),
  provider: z.string(),
  providerName: z.string(),
  period,
  filter: documentFilter,
  separators: z.boolean(),
  createdAt: instant,
  createdBy: z.string(),
  state: z.enum(['ready', 'running', 'paused', 'done']),
  /** asked, retry, spoiled, toPaper, or the reason of the failure that stopped the run; null: nothing stopped it, or its program was killed. */
  pausedBecause: z.string().nullable(),
  /** Computer of the last run. */
  runDesk: z.string().nullable(),
  endedAt: instant.nullable(),
  counts: documentCounts,
})
export type DocumentBatchSummary = z.infer<typeof summary>

export const documentBatch = summary.extend({
  /** The run is on this computer; 'running' and not here: on another one, or killed. */
  runningHere: z.boolean(),
  /** Sheets of jobs nobody knows the end of: the last good one has to be told before anything more is printed. */
  inDoubt: z.object({ from: z.int(), to: z.int(), printer: z.string().nullable(), state: z.enum(['failed', 'withdrawn', 'unsure']) }).nullable(),
  /** Documents that could not be given, letters that did not arrive: the first 200. `reason` is a failure's, or the outbox's word. */
  failures: z.array(z.object({ n: z.int(), account: z.string(), address: z.string(), delivery: z.enum(['paper', 'email']), reason: z.string() })),
  mail: z.object({ queued: z.int(), sent: z.int(), failed: z.int() }),
  /** The last 50, newest first. `job`: of the print system, or the name of the file. */
  chunks: z.array(
    z.object({
      n: z.int(), state: z.enum(['begun', 'drawn', 'handed', 'printed', 'failed', 'withdrawn', 'unsure', 'interrupted']), target: z.enum(['printer', 'folder']), printer: z.string().nullable(), job: z.string().nullable(),
      firstSheet: z.int().nullable(), sheets: z.int().nullable(), documents: z.int(), handedAt: instant.nullable(),
    }),
  ),
})
export type DocumentBatch = z.infer<typeof documentBatch>

/** To a print queue, in jobs of whole houses with about `perJob` bills, or as PDF files into a folder chosen in a native dialog: one for each house, or whole houses while they fit into so many sheets. */
export const documentOutput = z.discriminatedUnion('how', [
  z.object({ how: z.literal('print'), printer: z.string().max(200).nullable(), tray: tray.optional(), duplex: duplex.optional(), perJob: z.int().min(1).max(500).default(250) }),
  z.object({ how: z.literal('folder'), per: z.enum(['house', 'sheets']), sheets: z.int().min(10).max(5000).default(500), duplex: duplex.optional() }),
])
export type DocumentOutput = z.infer<typeof documentOutput>
/** As it is asked for: what is left out is usual. */
export type DocumentOutputAsked = z.input<typeof documentOutput>

const batch = z.object({ batchId: operationId })

export const documentBatchesContract = {
  /**
   * What a batch would hold; changes nothing. Houses in the postman's order, the first 1,000. Pages and sheets on paper are reckoned from a few documents of the choice
   * (null: none could be laid out), separators included when asked for. AppError notFound 'provider'.
   */
  preview: query({
    access: supervisors,
    input: z.object({ filter: documentFilter, separators: z.boolean(), duplex: duplex.default('none') }),
    output: z.object({ documents: z.int(), byEmail: z.int(), houses: z.int(), pages: z.int().nullable(), sheets: z.int().nullable(), list: z.array(house) }),
  }),
  /** Keeps the choice, made again, in the postman's order. Conflict 'documentBatchEmpty'. */
  create: command({ access: supervisors, input: z.object({ operationId, name: name.min(1), filter: documentFilter, separators: z.boolean() }), output: documentBatch }),
  /**
   * Mails and prints what waits until nothing does, somebody pauses it or the printer refuses; progress comes as events. A run that was killed is taken up here, also
   * one of another computer, which is refused from then on. `lastGoodSheet`: everything on later sheets is printed again first, as the same giving-out; jobs still on
   * their way are withdrawn. Conflicts batchDone, batchRunning (here), batchTakenOver, documentBatchAsksSheet {from, to}: `lastGoodSheet` is needed; saveCancelled.
   */
  run: command({ access: supervisors, input: batch.extend({ output: documentOutput, lastGoodSheet: z.int().min(0).nullable().default(null) }), output: documentBatch }),
  /** After the chunk on its way; jobs that wait before a stopped printer are taken back. */
  pause: command({ access: supervisors, input: batch, output: documentBatch }),
  /** Failed documents wait again (null: all of them), letters that did not arrive wait for paper. Conflict 'documentsNothingToRetry'. */
  retry: command({ access: supervisors, input: batch.extend({ operationId, items: z.array(z.int()).min(1).max(200).nullable() }), output: documentBatch }),
  state: query({ access: supervisors, input: batch, output: documentBatch }),
  /** The last 30, newest first. */
  list: query({ access: supervisors, input: nothing, output: z.array(summary) }),
}

/** Progress of a run on this computer. */
export interface DocumentBatchProgress {
  batchId: string
  doing: 'mailing' | 'drawing' | 'printing' | 'held'
  /** Why the print job is held: printerStopped, heldInQueue, and the other reasons of a job. */
  heldBecause: string | null
  /** Given or mailed, of all that are not failed. */
  done: number
  of: number
  /** The last sheet handed over. */
  sheet: number
  /** Documents a minute of this run, and the seconds it will take yet; null: too early to tell. */
  perMinute: number | null
  secondsLeft: number | null
}
