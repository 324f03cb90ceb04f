import { z } from 'zod'
import { supervisors } from '../roles'
import { command, query } from './call'
import { sheetGiven, sheetOutput } from './printing'
import { id, instant, nothing, operationId } from './values'

/**
 * What a row of the list is. 'ready' is printed; anything else is not: a batch is for new contracts, a password in force is reissued at a window, to an identified
 * visitor. repeated: another row of the list has the same login (`sameAs` is its line). ambiguous: several accounts of the provider have this number.
 */
export const memoVerdict = z.enum(['ready', 'repeated', 'unknown', 'ambiguous', 'accountClosed', 'portalUserBlocked', 'emailNotConfirmed', 'loginOfAnotherSubscriber', 'passwordInForce'])

const row = z.object({
  n: z.int(),
  /** Line of the pasted text or file, from 1. */
  line: z.int(),
  typed: z.string(),
  verdict: memoVerdict,
  sameAs: z.int().nullable(),
  account: z.string().nullable(),
  contract: z.string().nullable(),
  subscriberName: z.string().nullable(),
  address: z.string().nullable(),
})
export type MemoRow = z.infer<typeof row>

const item = row.extend({
  /** issued: in force, its sheet is on its way to the printer; printed: the print system says so, or somebody who looked. */
  state: z.enum(['refused', 'waiting', 'issued', 'printed', 'failed']),
  /** Of a failure: a verdict found at the moment of issuing, printFailed, memoNotMade. */
  reason: z.string().nullable(),
  chunk: z.int().nullable(),
  memoNumber: z.string().nullable(),
})
export type MemoItem = z.infer<typeof item>

export const memoCounts = z.object({ rows: z.int(), refused: z.int(), waiting: z.int(), issued: z.int(), printed: z.int(), failed: z.int() })
export type MemoCounts = z.infer<typeof memoCounts>

const summary = z.object({
  batchId: operationId,
  name: z.string(),
  /** Code of the provider. */
  provider: z.string(),
  providerName: z.string(),
  large: z.boolean(),
  createdAt: instant,
  createdBy: z.string(),
  state: z.enum(['ready', 'running', 'paused', 'done']),
  /** asked, retry, or the reason of the failure that stopped the run; null: nothing stopped it, or its program was killed. */
  pausedBecause: z.string().nullable(),
  /** Computer of the last run. */
  runDesk: z.string().nullable(),
  endedAt: instant.nullable(),
  counts: memoCounts,
})
export type MemoBatchSummary = z.infer<typeof summary>

export const memoBatch = summary.extend({
  /** The run is on this computer; 'running' and not here: on another one, or killed. */
  runningHere: z.boolean(),
  items: z.array(item),
  /**
   * interrupted: stopped before its passwords came into force, sheets that may have come out open nothing.
   * unsure: handed over, and the print system can't tell any more whether it came out: a person settles it.
   */
  chunks: z.array(z.object({ n: z.int(), state: z.enum(['begun', 'handed', 'printed', 'failed', 'unsure', 'interrupted']), printer: z.string().nullable(), jobId: z.string().nullable(), handedAt: instant.nullable(), sheets: z.int() })),
})
export type MemoBatch = z.infer<typeof memoBatch>

/** A list as it was pasted or read from a file: `numbersOf` finds the numbers in it, 500 at most. */
const list = z.object({ provider: z.string().min(1).max(40), text: z.string().min(1).max(200_000) })
const batch = z.object({ batchId: operationId })

export const memoBatchesContract = {
  /** What would become of each row; changes nothing. `pages` is of all memos that are ready, by a memo of usual length. Fails with memoListLength, notFound 'provider'. */
  check: query({ access: supervisors, input: list.extend({ large: z.boolean() }), output: z.object({ rows: z.array(row), pages: z.int(), media: z.enum(['A4', 'A5']) }) }),
  /** Keeps the list, checked again. Conflict 'memoListEmpty' when nothing of it is ready. */
  create: command({ access: supervisors, input: list.extend({ operationId, name: z.string().trim().min(1).max(120), large: z.boolean() }), output: memoBatch }),
  /**
   * Issues and prints what waits, chunk by chunk, until nothing does, somebody pauses it or the printer refuses; progress comes as events. A run that was
   * killed is taken up here, also one of another computer, which is refused from then on. Conflicts batchDone, batchRunning (here), batchTakenOver;
   * printerUnavailable: what was handed over before is in force, the rest waits.
   */
  run: command({ access: supervisors, input: batch.extend({ printer: z.string().max(200).nullable(), chunkSize: z.int().min(1).max(50).default(10) }), output: memoBatch }),
  /** After the chunk on its way; sheets that wait before a stopped printer are taken back. */
  pause: command({ access: supervisors, input: batch, output: memoBatch }),
  /** Rows that failed, or whose sheet came out spoiled: the old sheet opens nothing from now on, the next run makes a new one. */
  retry: command({ access: supervisors, input: batch.extend({ operationId, items: z.array(id).min(1).max(500) }), output: memoBatch }),
  /** Somebody looked whether the sheets of an unsure chunk came out. */
  settle: command({ access: supervisors, input: batch.extend({ operationId, chunk: z.int(), printed: z.boolean() }), output: memoBatch }),
  state: query({ access: supervisors, input: batch, output: memoBatch }),
  /** The last 50, newest first. */
  list: query({ access: supervisors, input: nothing, output: z.array(summary) }),
  /** The sheets in force with their numbers, for the installer's signature. Conflict 'memoNothingPrinted'. */
  coveringList: command({ access: supervisors, input: batch.extend({ operationId, output: sheetOutput }), output: sheetGiven }),
}

/** Progress of a run on this computer. */
export interface MemoBatchProgress {
  batchId: string
  counts: MemoCounts
  /** Sheets handed over per minute of this run; null: too early to tell. */
  perMinute: number | null
  doing: 'making' | 'printing' | 'held'
  /** Why the print job is held: printerStopped, heldInQueue. */
  heldBecause: string | null
}
