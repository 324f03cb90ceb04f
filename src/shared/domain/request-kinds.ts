import { z } from 'zod'

/** What a subscriber may ask for (product Q). Terms and papers of each are data: table request_kind, and the provider's own `requests` over it. */
export const requestKinds = ['connection', 'termination', 'tariffChange', 'serviceChange', 'promisedPayment', 'suspension', 'specialist', 'recalculation', 'correction', 'letter', 'complaint'] as const
export const requestKind = z.enum(requestKinds)
export type RequestKind = z.infer<typeof requestKind>

/** How a provider departs from the office's usual rules; what is left out stays as usual. */
export const requestRules = z.partialRecord(
  requestKind,
  z
    .object({
      isOffered: z.boolean(),
      /** Days until the answer. */
      dueDays: z.int().min(0).max(365),
      /** Codes of papers to be seen, or their names. */
      documents: z.array(z.string().trim().min(1).max(80)).max(10),
      /** The longest term: of a promised payment from today, of a suspension from its first day. */
      maxDays: z.int().min(1).max(730),
      /** Days after the last request of the account before the next. */
      pauseDays: z.int().min(0).max(365),
    })
    .partial(),
)
