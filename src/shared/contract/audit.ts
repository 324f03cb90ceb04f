import { z } from 'zod'
import { supervisors, supervisorsAndAdmins } from '../roles'
import { query } from './call'
import { id, instant, localDate, nothing } from './values'

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

/** What a member of staff looked up on one day of the office. Searches are those by document or СНИЛС. */
export const lookupDay = z.object({
  staffLogin: z.string(),
  /** Null when the login is in the audit but not in the list of staff. */
  staffName: z.string().nullable(),
  day: localDate,
  searches: z.int(),
  foundNothing: z.int(),
  refused: z.int(),
  /** Searches after which a card that was found was opened within ten minutes. */
  openedAfter: z.int(),
  unmasked: z.int(),
  openedWithoutVisit: z.int(),
})
export type LookupDay = z.infer<typeof lookupDay>

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
  /** «Поиск по документам и просмотры»: who looks for whom, at most a year, the latest day first. */
  lookups: query({ access: supervisors, input: z.object({ from: localDate, to: localDate }), output: z.array(lookupDay) }),
  /** The story of a visit, of a day (in the office's zone), or the latest events; `lookups`: only what the call of that name counts. */
  events: query({
    access: supervisorsAndAdmins,
    input: z.object({ visitId: id.optional(), subscriberId: id.optional(), staffLogin: z.string().max(63).optional(), day: localDate.optional(), lookups: z.boolean().optional(), limit: z.int().min(1).max(500).default(200) }),
    output: z.array(auditEvent),
  }),
}
