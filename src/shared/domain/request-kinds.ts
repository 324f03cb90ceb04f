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

export type RequestRules = z.infer<typeof requestRules>

/** Papers that have words of their own on screens and sheets; any other is written as it is. */
export const requestPapers = ['passport', 'ownership', 'application', 'evidence'] as const

/** What a kind is where a provider says nothing: the rows of table request_kind (0021-requests.sql). `of`: offered by providers of this kind, null by all. */
export const usualRequests: Record<RequestKind, { of: 'utility' | 'internet' | null; dueDays: number; documents: readonly string[]; maxDays: number | null; pauseDays: number | null }> = {
  connection: { of: null, dueDays: 10, documents: ['passport', 'ownership'], maxDays: null, pauseDays: null },
  termination: { of: null, dueDays: 10, documents: ['passport', 'application'], maxDays: null, pauseDays: null },
  tariffChange: { of: 'internet', dueDays: 3, documents: [], maxDays: null, pauseDays: null },
  serviceChange: { of: null, dueDays: 5, documents: [], maxDays: null, pauseDays: null },
  promisedPayment: { of: 'internet', dueDays: 0, documents: [], maxDays: 5, pauseDays: 30 },
  suspension: { of: 'internet', dueDays: 1, documents: [], maxDays: 180, pauseDays: null },
  specialist: { of: null, dueDays: 3, documents: [], maxDays: null, pauseDays: null },
  recalculation: { of: 'utility', dueDays: 10, documents: ['evidence'], maxDays: null, pauseDays: null },
  correction: { of: null, dueDays: 7, documents: ['passport', 'evidence'], maxDays: null, pauseDays: null },
  letter: { of: null, dueDays: 30, documents: [], maxDays: null, pauseDays: null },
  complaint: { of: null, dueDays: 30, documents: [], maxDays: null, pauseDays: null },
}

/** What a provider of a kind offers at the desk by its rules, in the order of the list. */
export function requestsOffered(rules: RequestRules | undefined, providerKind: 'utility' | 'internet') {
  return requestKinds.flatMap((kind) => {
    const usual = usualRequests[kind]
    const own = rules?.[kind] ?? {}
    const isOffered = own.isOffered ?? (usual.of === null || usual.of === providerKind)
    return isOffered ? [{ kind, dueDays: own.dueDays ?? usual.dueDays, documents: own.documents ?? usual.documents, maxDays: own.maxDays ?? usual.maxDays, pauseDays: own.pauseDays ?? usual.pauseDays }] : []
  })
}
