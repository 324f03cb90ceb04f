import { z } from 'zod'
import { requestKind } from '../domain/request-kinds'
import { deskAndSupervisors, operators } from '../roles'
import { command, query } from './call'
import { sheetGiven, sheetOutput } from './printing'
import { id, instant, kopecks, localDate, operationId } from './values'

export { requestKinds, type RequestKind } from '../domain/request-kinds'

export const requestStatuses = ['new', 'inProgress', 'waiting', 'done', 'refused', 'withdrawn'] as const
export const requestStatus = z.enum(requestStatuses)
export type RequestStatus = z.infer<typeof requestStatus>

/** What a kind asks for beside the text. */
export const requestField = z.enum(['from', 'until', 'tariff', 'amount'])
export type RequestField = z.infer<typeof requestField>

export const requestDetails = z.object({ from: localDate, until: localDate, tariff: z.string().trim().min(1).max(120), amount: kopecks.positive() }).partial()
export type RequestDetails = z.infer<typeof requestDetails>

/** Papers a kind wants to see, and the steps of a termination: codes, the words are the screen's. */
export const requestPaper = z.string().max(40)

export const request = z.object({
  id,
  /** «З-2026-000123», counted from 1 each year. */
  number: z.string(),
  kind: requestKind,
  status: requestStatus,
  text: z.string(),
  details: requestDetails,
  checklist: z.array(z.object({ item: z.string(), doneBy: z.string().nullable(), doneAt: instant.nullable() })),
  dueOn: localDate,
  isOverdue: z.boolean(),
  createdAt: instant,
  createdBy: z.string(),
  closedAt: instant.nullable(),
  assignee: z.object({ login: z.string(), fullName: z.string() }).nullable(),
  subscriberId: id,
  accountId: id.nullable(),
  accountNumber: z.string().nullable(),
  provider: z.string().nullable(),
  version: z.int(),
})
export type SubscriberRequest = z.infer<typeof request>

export const requestStory = request.extend({
  subscriberName: z.string(),
  address: z.string().nullable(),
  history: z.array(z.object({ at: instant, staffName: z.string(), kind: z.enum(['created', 'status', 'assigned', 'comment', 'checklist']), status: requestStatus.nullable(), text: z.string().nullable() })),
})
export type RequestStory = z.infer<typeof requestStory>

export const requestOffer = z.object({
  kinds: z.array(
    z.object({
      kind: requestKind,
      dueDays: z.int(),
      documents: z.array(requestPaper),
      fields: z.array(requestField),
      maxDays: z.int().nullable(),
      /** The same is asked already and not answered yet. */
      open: z.object({ number: z.string(), createdAt: instant, status: requestStatus }).nullable(),
    }),
  ),
  tariff: z.string().nullable(),
  today: localDate,
})
export type RequestOffer = z.infer<typeof requestOffer>

export const requestsContract = {
  /** What may be asked for this account (null: for the subscriber as such), by the provider's own rules. */
  offer: query({ access: operators, input: z.object({ visitId: id, accountId: id.nullable() }), output: requestOffer }),
  /** The same still open: conflict 'requestOpen' {number, createdAt, status}; taken all the same with `despiteOpen`. */
  create: command({
    access: operators,
    input: z.object({
      operationId,
      visitId: id,
      accountId: id.nullable(),
      kind: requestKind,
      text: z.string().trim().max(1000),
      details: requestDetails.default({}),
      despiteOpen: z.boolean().default(false),
    }),
    output: request,
  }),
  /** One step. Refusing and withdrawing want a comment; a termination is done only with its checklist. In a visit of the subscriber, else for supervisors and the assignee. */
  change: command({
    access: deskAndSupervisors,
    input: z.object({
      operationId,
      requestId: id,
      visitId: id.nullable(),
      version: z.int(),
      status: requestStatus.exclude(['new']).optional(),
      assignee: z.string().max(63).optional(),
      checklistItem: z.string().max(40).optional(),
      comment: z.string().trim().max(1000).optional(),
    }),
    output: request,
  }),
  open: query({ access: deskAndSupervisors, input: z.object({ requestId: id, visitId: id.nullable() }), output: requestStory }),
  /** Soonest due first. An operator sees own requests and those that nobody has taken. */
  queue: query({
    access: deskAndSupervisors,
    input: z.object({
      state: z.enum(['open', 'closed']).default('open'),
      kind: requestKind.nullable().default(null),
      assignee: z.string().max(63).nullable().default(null),
      onlyOverdue: z.boolean().default(false),
      limit: z.int().min(1).max(500).default(100),
    }),
    output: z.object({ requests: z.array(request.extend({ subscriberName: z.string() })), total: z.int(), overdue: z.int() }),
  }),
  /** The application (заявление) with its fields filled, for the signature. */
  application: command({ access: operators, input: z.object({ operationId, visitId: id, requestId: id, output: sheetOutput }), output: sheetGiven }),
}
