import { z } from 'zod'
import { anyStaff } from '../roles'
import { command, query } from './call'
import { nothing } from './values'

export const form = z.enum(['memo', 'paymentDocument', 'visitSlip', 'application'])
export type Form = z.infer<typeof form>

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
