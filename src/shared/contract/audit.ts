import { z } from 'zod'
import { supervisorsAndAdmins } from '../roles'
import { query } from './call'
import { id, instant, nothing } from './values'

export const auditEvent = z.object({
  chain: z.string(),
  seq: z.int(),
  at: instant,
  staffLogin: z.string(),
  action: z.string(),
  visitId: id.nullable(),
  subscriberId: id.nullable(),
  details: z.record(z.string(), z.unknown()),
})

export const auditContract = {
  /** Recounts every chain; `problems` is empty when nobody has touched the log. */
  verify: query({
    access: supervisorsAndAdmins,
    input: nothing,
    output: z.object({
      chains: z.int(),
      events: z.int(),
      problems: z.array(z.object({ chain: z.string(), seq: z.int().nullable(), problem: z.enum(['changed', 'gap', 'truncated', 'unknownChain']) })),
    }),
  }),
  /** The story of a visit, or the latest events. */
  events: query({
    access: supervisorsAndAdmins,
    input: z.object({ visitId: id.optional(), subscriberId: id.optional(), staffLogin: z.string().max(63).optional(), limit: z.int().min(1).max(500).default(200) }),
    output: z.array(auditEvent),
  }),
}
