import { z } from 'zod'
import { anyStaff } from '../roles'
import { command, query } from './call'
import { id, instant, nothing, operationId, pdf } from './values'

export const form = z.enum(['memo', 'paymentDocument', 'invoice', 'statement', 'visitSlip', 'application', 'consent', 'act', 'notice', 'report', 'separator'])
export type Form = z.infer<typeof form>

/** Two-sided: turned over the long edge (as a book), over the short one (as a pad), or not at all. */
export const duplex = z.enum(['none', 'long', 'short'])
export type Duplex = z.infer<typeof duplex>

/** As the driver calls it, in whatever language. Signs that part the options of a print system would let a page print forty copies of a memo. */
export const tray = z.string().trim().min(1).max(100).regex(/^[^,;=:"'`\\|\p{Cc}]+$/u).nullable()

/** How this desk prints a form. `printer` null: the system's default one. `tray` null: the printer decides; else a tray of that very printer. */
export const formOptions = z.object({ printer: z.string().max(200).nullable(), tray, duplex, copies: z.int().min(1).max(99) })
export type FormOptions = z.infer<typeof formOptions>
export const plainOptions: FormOptions = { printer: null, tray: null, duplex: 'none', copies: 1 }

/**
 * Where a sheet goes: to a printer (null: the desk's own for the form), or to a file chosen in a native dialog.
 * What is not said of the printing is as the desk prints that form.
 */
export const sheetOutput = z.discriminatedUnion('how', [
  z.object({ how: z.literal('print'), printer: z.string().max(200).nullable(), tray: tray.optional(), duplex: duplex.optional(), copies: z.int().min(1).max(99).optional() }),
  z.object({ how: z.literal('save') }),
  /** As it would be given out now; nothing is recorded but the look. */
  z.object({ how: z.literal('preview') }),
])
export type SheetOutput = z.infer<typeof sheetOutput>
/** Where it went: printer and job, or the file; a preview went nowhere and is here. */
export const sheetGiven = z.object({ printer: z.string().nullable(), jobId: z.string().nullable(), fileName: z.string().nullable(), pdf: pdf.optional() })
export type SheetGiven = z.infer<typeof sheetGiven>

export const printerTrouble = z.enum(['mediaEmpty', 'mediaJam', 'coverOpen', 'tonerEmpty', 'trayMissing', 'outputFull', 'offline'])

const printerInfo = z.object({
  name: z.string(),
  isDefault: z.boolean(),
  /** `stopped` keeps jobs and prints none, `rejecting` takes none. */
  state: z.enum(['ready', 'printing', 'stopped', 'rejecting']),
  trouble: printerTrouble.nullable(),
  /** The print system's own words. */
  message: z.string().nullable(),
  /** Null: the system does not tell; then a tray is typed as the driver calls it. */
  trays: z.array(z.string()).nullable(),
  canDuplex: z.boolean().nullable(),
  paper: z.array(z.enum(['A4', 'A5'])).nullable(),
})
export type PrinterInfo = z.infer<typeof printerInfo>

/** A sheet this desk has sent to a printer, until it is out or somebody has seen to it. */
export const deskJob = z.object({
  jobId: z.string(),
  form,
  /** Of the document, as printed on it; null: it has none, or somebody else gave it out. */
  number: z.string().nullable(),
  printer: z.string(),
  /** lost: the print system does not know, or does not tell (reason notFollowed). */
  state: z.enum(['queued', 'printing', 'held', 'printed', 'failed', 'lost']),
  /** held: a trouble of the printer, heldInQueue, printerStopped, printSystemAway; failed: cancelled, aborted, queueGone, withdrawn (by its operator), moved. */
  reason: z.enum([...printerTrouble.options, 'heldInQueue', 'printerStopped', 'printSystemAway', 'cancelled', 'aborted', 'queueGone', 'withdrawn', 'moved', 'notFollowed']).nullable(),
  message: z.string().nullable(),
  sentAt: instant,
  /** When it came into this state. */
  since: instant,
  /** The job of the same sheet on another printer. */
  movedTo: z.string().nullable(),
  secret: z.boolean(),
  ofBatch: z.boolean(),
  /** Given out by whoever is signed in. */
  mine: z.boolean(),
  /** It waits or failed, and what it says is kept for another printer. */
  canRetry: z.boolean(),
  /** Whose card it was given out from. */
  subscriberId: id.nullable(),
  accountId: id.nullable(),
})
export type DeskJob = z.infer<typeof deskJob>

/** What the person who looked at it said of a test page: good, wrong (scale, margins, unreadable), or it did not come out. */
export const testOutcome = z.enum(['good', 'wrong', 'missing'])
export const printerTest = z.object({ at: instant, outcome: testOutcome })
export type PrinterTest = z.infer<typeof printerTest>

const whichJob = { jobId: z.string().max(200) }

export const printingContract = {
  printers: query({
    access: anyStaff,
    input: nothing,
    output: z.object({
      printers: z.array(printerInfo),
      /** Of this desk. */
      options: z.record(form, formOptions),
      /** What came of the last test page of each printer that had one on this desk. */
      tests: z.record(z.string(), printerTest),
    }),
  }),
  /** Changes what is given; another printer without a tray has the tray it takes itself. */
  choose: command({ access: anyStaff, input: formOptions.partial().extend({ form }), output: nothing }),
  /** What this desk has on its printers, newest first; `printing.changed` tells when it is another. */
  jobs: query({ access: anyStaff, input: nothing, output: z.array(deskJob) }),
  /** Takes a sheet off its printer for good; it stays counted as given out. */
  cancel: command({ access: anyStaff, input: z.object(whichJob), output: nothing }),
  /** The same sheet on another printer: the job is withdrawn first, and nothing more is counted. */
  retry: command({ access: anyStaff, input: z.object({ operationId, ...whichJob, printer: z.string().max(200) }), output: sheetGiven }),
  /** Somebody has seen to a sheet that failed or was lost. */
  dismiss: command({ access: anyStaff, input: z.object(whichJob), output: nothing }),
  /** Margins, a ruler, small text, a QR code, grey: what a printer does with our sheets. Printed as the form is printed here. */
  testPage: command({ access: anyStaff, input: z.object({ form, printer: z.string().max(200) }), output: sheetGiven }),
  testOutcome: command({ access: anyStaff, input: z.object({ printer: z.string().max(200), outcome: testOutcome }), output: nothing }),
  job: query({
    access: anyStaff,
    input: z.object(whichJob),
    output: z.object({ state: z.enum(['queued', 'printing', 'printed', 'held', 'failed']), reason: z.string().nullable(), message: z.string().nullable() }),
  }),
}
