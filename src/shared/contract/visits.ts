import { z } from 'zod'
import { documentTypes } from '../domain/identity-document'
import { operators } from '../roles'
import { command, query } from './call'
import { id, instant, localDate, operationId } from './values'

export const identification = z.enum(['none', 'document', 'representative', 'readingsOnly'])
export type Identification = z.infer<typeof identification>

export const visit = z.object({
  id,
  subscriberId: id,
  subscriberName: z.string(),
  address: z.string().nullable(),
  state: z.enum(['open', 'closed']),
  openedAt: instant,
  closedAt: instant.nullable(),
  identification,
  identifiedAt: instant.nullable(),
  /** Type of the document that agreed, or of the representative's own. */
  documentType: z.string().nullable(),
  /** Wrong numbers left before a supervisor is needed. */
  attemptsLeft: z.int(),
})
export type Visit = z.infer<typeof visit>

export const visitsContract = {
  /** Opening a card starts a visit; an open visit of the same operator and subscriber is continued. */
  open: command({ access: operators, input: z.object({ operationId, subscriberId: id }), output: visit }),
  /** The operator types the number from the document in hand, the database compares. A difference is an outcome, not an error. */
  identify: command({
    access: operators,
    input: z.object({ operationId, visitId: id, documentType: z.enum(documentTypes), number: z.string().trim().min(1).max(60) }),
    output: z.object({ agrees: z.boolean(), visit }),
  }),
  identifyRepresentative: command({
    access: operators,
    input: z.object({
      operationId,
      visitId: id,
      name: z.string().trim().min(3).max(120),
      documentType: z.enum(documentTypes),
      documentNumber: z.string().trim().min(3).max(60),
      powerNumber: z.string().trim().min(1).max(60),
      powerDate: localDate,
      /** Without a term a power of attorney is valid for one year (ГК РФ ст. 186). */
      powerUntil: localDate.nullable(),
    }),
    output: z.object({ visit }),
  }),
  /** The visitor is not identified: readings and payment documents only. */
  readingsOnly: command({ access: operators, input: z.object({ operationId, visitId: id }), output: z.object({ visit }) }),
  /** Own open visits, newest first: after a restart nothing is lost. */
  mine: query({ access: operators, input: z.object({}), output: z.array(visit) }),
  /** Takes back an own action of an open visit by its exact inverse. */
  undo: command({ access: operators, input: z.object({ operationId, target: z.uuid() }), output: z.object({ undone: z.string() }) }),
  close: command({
    access: operators,
    input: z.object({ operationId, visitId: id }),
    output: z.object({ visit, done: z.array(z.object({ kind: z.string(), at: instant, details: z.record(z.string(), z.unknown()), undone: z.boolean() })) }),
  }),
}
