import { z } from 'zod'
import { operators, supervisors } from '../roles'
import { command, query } from './call'
import { factorCode } from './session'
import { id, instant, nothing, operationId } from './values'
import { identification } from './visits'

/** Operations that may need a supervisor. */
export const approvedKind = z.enum(['portalAccess.reissuePassword'])
const deliver = z.enum(['paper', 'email', 'sms'])

/** outdated: a contact was changed after the question, so the supervisor has decided about something else. */
export const approvalState = z.enum(['waiting', 'granted', 'refused', 'withdrawn', 'expired', 'outdated', 'used'])

/** The consent of a supervisor to one operation on one account in one visit: decided within 15 minutes, used once within 15 more. */
export const approval = z.object({
  id,
  state: approvalState,
  /** It covers this way of delivery only. */
  deliver,
  askedAt: instant,
  expiresAt: instant,
  decidedBy: z.string().nullable(),
  decidedAt: instant.nullable(),
  /** here: the supervisor came to the operator's window. */
  how: z.enum(['here', 'remote']).nullable(),
  comment: z.string().nullable(),
})
export type Approval = z.infer<typeof approval>

/** What the supervisor decides about: what the operator sees, contacts masked. */
export const waitingApproval = approval.extend({
  askedBy: z.string(),
  window: z.string().nullable(),
  subscriberId: id,
  subscriberName: z.string(),
  account: z.string(),
  provider: z.string(),
  identification,
  documentType: z.string().nullable(),
  represented: z.object({ by: z.string(), name: z.string().nullable() }).nullable(),
  /** The masked contact the password would go to; null: on paper. */
  sendTo: z.string().nullable(),
  login: z.string().nullable(),
  linkedAccounts: z.int(),
  esiaLinks: z.int(),
  lastSignInAt: instant.nullable(),
  passwordIssuedAt: instant.nullable(),
  /** Main contacts changed within the hours of the policy, masked, newest first; `to` null: removed. */
  changes: z.array(z.object({ kind: z.enum(['email', 'phone']), from: z.string().nullable(), to: z.string().nullable(), at: instant })),
})
export type WaitingApproval = z.infer<typeof waitingApproval>

const target = { visitId: id, accountId: id, kind: approvedKind }

export const approvalsContract = {
  /** Asks the supervisors; an earlier question of this visit about the same gives way. Conflict 'approvalNotNeeded'. */
  ask: command({ access: operators, input: z.object({ operationId, ...target, deliver }), output: approval }),
  /** The latest one of this visit. */
  state: query({ access: operators, input: z.object(target), output: z.object({ approval: approval.nullable() }) }),
  withdraw: command({ access: operators, input: z.object({ operationId, visitId: id, approvalId: id }), output: approval }),
  /**
   * A supervisor types their own login and password at the operator's window: main opens a connection of theirs for this one call and closes it. Wrong ones are answered as at
   * sign-in, with the same growing delay ('wrongLoginOrPassword', 'signInDelayed' {waitSeconds}, and of the second factor 'codeNeeded', 'wrongCode', 'codeUsed', 'codeDelayed'); 'notSupervisor', 'approvalOwn' when it is the operator's own login.
   */
  decideHere: command({
    access: operators,
    input: z.object({ operationId, approvalId: id, login: z.string().trim().toLowerCase().min(1).max(63), password: z.string().min(1).max(256), code: factorCode.optional() }),
    output: approval,
  }),
  /** Questions of others that wait, oldest first. */
  waiting: query({ access: supervisors, input: nothing, output: z.object({ approvals: z.array(waitingApproval) }) }),
  /** At the supervisor's own desk. A refusal says why ('approvalCommentMissing'). */
  decide: command({
    access: supervisors,
    input: z.object({ operationId, approvalId: id, granted: z.boolean(), comment: z.string().trim().max(300).nullable() }),
    output: approval,
  }),
}
