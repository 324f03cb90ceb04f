import { z } from 'zod'
import { anyStaff } from '../roles'
import { command, query } from './call'
import { nothing } from './values'

export const form = z.enum(['memo', 'paymentDocument', 'invoice', 'statement', 'visitSlip', 'application', 'consent', 'act', 'notice', 'report', 'separator'])
export type Form = z.infer<typeof form>

/** Two-sided: turned over the long edge (as a book), over the short one (as a pad), or not at all. */
export const duplex = z.enum(['none', 'long', 'short'])
export type Duplex = z.infer<typeof duplex>

/** How this desk prints a form. `printer` null: the system's default one. `tray` null: the printer decides; else a tray of that very printer. */
export const formOptions = z.object({ printer: z.string().max(200).nullable(), tray: z.string().max(100).nullable(), duplex, copies: z.int().min(1).max(99) })
export type FormOptions = z.infer<typeof formOptions>
export const plainOptions: FormOptions = { printer: null, tray: null, duplex: 'none', copies: 1 }

/**
 * Where a sheet goes: to a printer (null: the desk's own for the form), or to a file chosen in a native dialog.
 * What is not said of the printing is as the desk prints that form.
 */
export const sheetOutput = z.discriminatedUnion('how', [
  z.object({ how: z.literal('print'), printer: z.string().max(200).nullable(), tray: z.string().max(100).nullable().optional(), duplex: duplex.optional(), copies: z.int().min(1).max(99).optional() }),
  z.object({ how: z.literal('save') }),
])
export type SheetOutput = z.infer<typeof sheetOutput>
/** Where it went: printer and job, or the file. */
export const sheetGiven = z.object({ printer: z.string().nullable(), jobId: z.string().nullable(), fileName: z.string().nullable() })
export type SheetGiven = z.infer<typeof sheetGiven>

export const printingContract = {
  printers: query({
    access: anyStaff,
    input: nothing,
    output: z.object({
      printers: z.array(z.object({ name: z.string(), isDefault: z.boolean(), state: z.enum(['ready', 'printing', 'stopped', 'rejecting']), message: z.string().nullable() })),
      /** Of this desk. */
      options: z.record(form, formOptions),
    }),
  }),
  /** Changes what is given; another printer without a tray has the tray it takes itself. */
  choose: command({ access: anyStaff, input: formOptions.partial().extend({ form }), output: nothing }),
  job: query({
    access: anyStaff,
    input: z.object({ jobId: z.string().max(200) }),
    output: z.object({ state: z.enum(['queued', 'printing', 'printed', 'held', 'failed']), reason: z.string().nullable(), message: z.string().nullable() }),
  }),
}
