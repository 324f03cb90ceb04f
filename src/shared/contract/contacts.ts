import { z } from 'zod'
import { operators } from '../roles'
import { command, query } from './call'
import { id, instant, operationId } from './values'

export const emailAddress = z.string().trim().max(254).pipe(z.email())

/** A change that waits for the code the visitor reads out. The old address stays in force until then. */
export const pendingConfirmation = z.object({
  id,
  contactId: id,
  /** The new address in full: this operator has typed it in this visit. */
  value: z.string(),
  expiresAt: instant,
  attemptsLeft: z.int(),
  resendAllowedAt: instant,
  /** Of the letter: queued → sending → sent; failed = refused or given up, `error` says how. */
  delivery: z.enum(['queued', 'sending', 'sent', 'failed']),
  error: z.string().nullable(),
})
export type PendingConfirmation = z.infer<typeof pendingConfirmation>

/** Details of `changedByAnotherDesk` for an e-mail: who changed it, when and how (null: a register or the portal), and what it is now, masked. */
export const emailConflict = z.object({
  staffName: z.string().nullable(),
  at: instant.nullable(),
  kind: z.string().nullable(),
  current: z.object({ email: z.string().nullable(), state: z.string().nullable(), awaiting: z.string().nullable() }),
})

export const contactsContract = {
  /** How many other subscribers have this address; whose is not told. */
  checkEmail: query({ access: operators, input: z.object({ visitId: id, email: emailAddress }), output: z.object({ usedByOthers: z.int(), isCurrent: z.boolean() }) }),
  changeEmail: command({
    access: operators,
    /** `version`: `subscriber.version` of the card the form was opened on. Another e-mail by now is the conflict `changedByAnotherDesk`, details `emailConflict`. */
    input: z.object({ operationId, visitId: id, email: emailAddress, version: z.int() }),
    output: pendingConfirmation,
  }),
  /** The state of the change that waits in this visit, for the screen to follow. */
  pending: query({ access: operators, input: z.object({ visitId: id }), output: z.object({ confirmation: pendingConfirmation.nullable() }) }),
  resendCode: command({ access: operators, input: z.object({ operationId, visitId: id, confirmationId: id }), output: pendingConfirmation }),
  /** A wrong code is an outcome, not an error. */
  confirmEmail: command({
    access: operators,
    input: z.object({ operationId, visitId: id, confirmationId: id, code: z.string().regex(/^\d{6}$/) }),
    output: z.object({ confirmed: z.boolean(), attemptsLeft: z.int() }),
  }),
  /** One contact in full; logged with its reason. */
  unmask: command({
    access: operators,
    input: z.object({ operationId, visitId: id, contactId: id, reason: z.enum(['verify', 'dictate', 'other']) }),
    output: z.object({ value: z.string() }),
  }),
}
