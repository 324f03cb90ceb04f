import { z } from 'zod'
import { powerForms, representations, visitAction, type VisitAction } from '../domain/identification'
import { documentTypes } from '../domain/identity-document'
import { neededItem } from '../domain/next-visit'
import { parseVisitCode } from '../domain/visit-code'
import { deskAndSupervisors, operators, supervisors } from '../roles'
import { command, query } from './call'
import { sheetGiven, sheetOutput } from './printing'
import { id, instant, localDate, nothing, operationId } from './values'

export const identification = z.enum(['none', 'document', 'representative', 'readingsOnly'])
export type Identification = z.infer<typeof identification>

/** null: may be done. Otherwise why not; words are in `visits.denied`. */
const denial = z.string().nullable()

/** What the visitor came for and what was written down for it: from a postponed visit, or from the colleague who handed this one over. */
export const visitDraft = z.object({
  code: z.string().nullable(),
  action: visitAction.nullable(),
  accountId: id.nullable(),
  /** Only for a visitor for whom the e-mail may be changed. */
  email: z.string().nullable(),
  note: z.string().nullable(),
  items: z.array(z.string()),
  freeLine: z.string().nullable(),
})
export type VisitDraft = z.infer<typeof visitDraft>

export const visit = z.object({
  id,
  subscriberId: id,
  subscriberName: z.string(),
  address: z.string().nullable(),
  /** waiting: handed over and not taken yet. */
  state: z.enum(['open', 'waiting', 'closed']),
  openedAt: instant,
  closedAt: instant.nullable(),
  identification,
  identifiedAt: instant.nullable(),
  /** Type of the document that agreed, or of the representative's own. */
  documentType: z.string().nullable(),
  /** Who acts for the subscriber, and by what. `until`: the last day of the power of attorney. */
  represented: z.object({ by: z.enum(representations), name: z.string(), form: z.enum(powerForms).nullable(), until: localDate.nullable() }).nullable(),
  /** The signed application that an organisation has handed in. */
  application: z.object({ number: z.string(), date: localDate }).nullable(),
  /** Wrong numbers left for this subscriber today, at all desks together, before a supervisor is needed. */
  attemptsLeft: z.int(),
  /**
   * What may be done in this visit, by the providers' matrices (domain/identification.ts): of the subscriber as a whole the strictest provider counts,
   * `accounts` has only what differs for an account. Read it with `denialOf`.
   */
  allowed: z.object({ subscriber: z.record(visitAction, denial), accounts: z.record(z.string(), z.partialRecord(visitAction, denial)) }),
  draft: visitDraft.nullable(),
})
export type Visit = z.infer<typeof visit>

/** Why an action can't be done in this visit, for an account or for the subscriber as a whole; null: it can. */
export function denialOf(visit: Pick<Visit, 'allowed'>, action: VisitAction, accountId: number | null = null): string | null {
  const own = accountId === null ? undefined : visit.allowed.accounts[accountId]
  return own && action in own ? (own[action] ?? null) : visit.allowed.subscriber[action]
}

const person = { name: z.string().trim().min(3).max(120), documentType: z.enum(documentTypes), documentNumber: z.string().trim().min(3).max(60) }
const paper = z.string().trim().min(1).max(120)
const power = {
  powerNumber: z.string().trim().min(1).max(60),
  powerDate: localDate,
  /** Without a term a power of attorney is valid for one year (ГК РФ ст. 186). */
  powerUntil: localDate.nullable(),
}
const certified = { ...power, certifiedBy: paper }

/** Who acts for the subscriber and what they show. */
export const representative = z.discriminatedUnion('by', [
  z.discriminatedUnion('form', [
    z.object({ by: z.literal('power'), ...person, form: z.literal('notary'), ...certified, registerNumber: z.string().trim().min(1).max(40) }),
    z.object({ by: z.literal('power'), ...person, form: z.enum(['equalToNotary', 'organisation']), ...certified }),
    z.object({ by: z.literal('power'), ...person, form: z.literal('plain'), ...power }),
  ]),
  z.object({ by: z.literal('parent'), ...person, certificateType: z.enum(['birth_certificate', 'birth_certificate_foreign']), certificateNumber: z.string().trim().min(3).max(60) }),
  z.object({ by: z.literal('guardian'), ...person, actNumber: z.string().trim().min(1).max(60), actDate: localDate, actIssuer: paper }),
  z.object({ by: z.literal('head'), ...person, post: paper, basis: paper }),
  z.object({ by: z.literal('proxy'), ...person, ...power, signedBy: paper }),
])
export type Representative = z.infer<typeof representative>

const doneEntry = z.object({ kind: z.string(), at: instant, details: z.record(z.string(), z.unknown()), undone: z.boolean() })

/** What a visit leaves unfinished; `what` is masked. */
const unfinished = z.object({ kind: z.enum(['emailCode', 'smsCode', 'letter', 'letterFailed', 'printWaits', 'printFailed']), what: z.string().nullable() })

const note = z.string().trim().max(300).nullable()

export const visitsContract = {
  /** Opening a card starts a visit; an open visit of the same operator and subscriber is continued, one that waits for this operator is taken. */
  open: command({ access: operators, input: z.object({ operationId, subscriberId: id }), output: visit }),
  /** The operator types the number from the document in hand, the database compares. A difference is an outcome, not an error. */
  identify: command({
    access: operators,
    input: z.object({ operationId, visitId: id, documentType: z.enum(documentTypes), number: z.string().trim().min(1).max(60) }),
    output: z.object({ agrees: z.boolean(), visit }),
  }),
  /** `agrees` is false only when a child's birth certificate differs from the one on record: that costs an attempt. */
  identifyRepresentative: command({
    access: operators,
    input: z.object({ operationId, visitId: id, representative }),
    output: z.object({ agrees: z.boolean(), visit }),
  }),
  /** An organisation's signed application, where its provider changes nothing without one. */
  recordApplication: command({ access: operators, input: z.object({ operationId, visitId: id, number: z.string().trim().min(1).max(60), date: localDate }), output: z.object({ visit }) }),
  /** The visitor is not identified: readings and payment documents only. */
  readingsOnly: command({ access: operators, input: z.object({ operationId, visitId: id }), output: z.object({ visit }) }),
  /** Own open visits, newest first: after a restart nothing is lost. Those of earlier days are ended by this question. */
  mine: query({ access: operators, input: z.object({}), output: z.array(visit) }),
  /** Takes back an own action of an open visit by its exact inverse. */
  undo: command({ access: operators, input: z.object({ operationId, target: z.uuid() }), output: z.object({ undone: z.string() }) }),
  /** What was done so far, and what the end of the visit would leave unfinished. */
  summary: query({ access: operators, input: z.object({ visitId: id }), output: z.object({ done: z.array(doneEntry), waiting: z.array(unfinished) }) }),
  close: command({ access: operators, input: z.object({ operationId, visitId: id }), output: z.object({ visit, done: z.array(doneEntry) }) }),
  /** The slip of what was done, for an open visit or one that ended within the hour. */
  slip: command({ access: operators, input: z.object({ operationId, visitId: id, output: sheetOutput }), output: sheetGiven }),

  /** Operators of this office, with the number of their open visits. */
  colleagues: query({ access: deskAndSupervisors, input: nothing, output: z.array(z.object({ id, fullName: z.string(), window: z.string().nullable(), openVisits: z.int() })) }),
  /** `to` null: whoever is free. The visit is not this desk's any more at once; identification and a waiting code go along. */
  handOver: command({ access: operators, input: z.object({ operationId, visitId: id, to: id.nullable(), action: visitAction.nullable(), accountId: id.nullable(), note }), output: z.object({ visit }) }),
  /** Visits handed to this operator or to anybody, and own ones nobody has taken yet; the longest waiting first. */
  waiting: query({
    access: operators,
    input: nothing,
    output: z.array(z.object({ visit, fromName: z.string(), fromWindow: z.string().nullable(), toName: z.string().nullable(), handedAt: instant, waitsFor: z.enum(['me', 'anybody', 'colleague']) })),
  }),
  /** Takes a waiting visit, or takes it back. Conflict: visitNotWaiting, subscriberServedAlready. */
  accept: command({ access: operators, input: z.object({ operationId, visitId: id }), output: visit }),

  /** Ends the visit with a list of what to bring and a code that opens the draft at any desk for 30 days. */
  postpone: command({
    access: operators,
    input: z.object({
      operationId,
      visitId: id,
      items: z.array(neededItem).max(20),
      freeLine: z.string().trim().max(200).nullable(),
      action: visitAction.nullable(),
      accountId: id.nullable(),
      email: z.email().max(254).nullable(),
      note,
    }),
    output: z.object({ visit, code: z.string(), expiresOn: localDate, done: z.array(doneEntry) }),
  }),
  nextSlip: command({ access: operators, input: z.object({ operationId, visitId: id, output: sheetOutput }), output: sheetGiven }),
  /** A visit of this desk with the draft of that code, which is used up by it. A code that opens nothing is an outcome; tries are limited like those of documents. */
  reopen: command({
    access: operators,
    input: z.object({ operationId, code: z.string().max(40).refine((text) => parseVisitCode(text) !== null) }),
    output: z.object({ visit: visit.nullable(), problem: z.enum(['unknown', 'used', 'expired']).nullable() }),
  }),

  /** Moves the visit of somebody who is not at their window to a colleague (null: whoever is free). */
  reassign: command({ access: supervisors, input: z.object({ operationId, visitId: id, to: id.nullable(), reason: z.string().trim().min(3).max(200) }), output: z.object({ visitId: id }) }),
  /** Subscribers for whom no more documents can be tried today. */
  exhausted: query({ access: supervisors, input: nothing, output: z.array(z.object({ subscriberId: id, subscriberName: z.string(), lastAt: instant, staffNames: z.array(z.string()) })) }),
  releaseAttempts: command({ access: supervisors, input: z.object({ operationId, subscriberId: id, reason: z.string().trim().min(3).max(200) }), output: z.object({ released: z.int() }) }),
}
