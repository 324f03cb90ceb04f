import { z } from 'zod'
import { anyStaff } from '../roles'
import { command, query } from './call'
import { nothing } from './values'

export const form = z.enum(['memo', 'paymentDocument', 'visitSlip', 'application', 'consent'])
export type Form = z.infer<typeof form>

/** Where a sheet goes: to a printer (null: the desk's own for the form), or to a file chosen in a native dialog. */
export const sheetOutput = z.discriminatedUnion('how', [z.object({ how: z.literal('print'), printer: z.string().max(200).nullable() }), z.object({ how: z.literal('save') })])
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
      /** Chosen on this desk. */
      chosen: z.partialRecord(form, z.string()),
    }),
  }),
  choose: command({ access: anyStaff, input: z.object({ form, printer: z.string().max(200) }), output: nothing }),
  job: query({
    access: anyStaff,
    input: z.object({ jobId: z.string().max(200) }),
    output: z.object({ state: z.enum(['queued', 'printing', 'printed', 'held', 'failed']), reason: z.string().nullable(), message: z.string().nullable() }),
  }),
}
