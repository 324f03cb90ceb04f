import { z } from 'zod'
import { confirmationWays, contactKinds, contactPurposes, normaliseContact } from '../domain/contact'
import { deskAndSupervisors, operators } from '../roles'
import { command, query } from './call'
import { id, instant, nothing, operationId } from './values'

export const contactKind = z.enum(contactKinds)
export const contactPurpose = z.enum(contactPurposes)
export const confirmationWay = z.enum(confirmationWays)
/** Of the letter or SMS: queued → sending → sent; failed = refused, given up or stopped. */
export const delivery = z.enum(['queued', 'sending', 'sent', 'failed'])

/** A contact that waits for the code the visitor reads out, or for a link to be followed. What it is to replace stays in force until then. */
export const pendingConfirmation = z.object({
  id,
  contactId: id,
  kind: contactKind,
  purpose: contactPurpose,
  way: confirmationWay,
  /** In full when it was typed in this visit, else masked. */
  value: z.string(),
  /** Masked; null when it replaces nothing or is in force already. */
  replaces: z.string().nullable(),
  expiresAt: instant,
  /** null of a link. */
  attemptsLeft: z.int().nullable(),
  resendAllowedAt: instant,
  resendsLeft: z.int(),
  delivery,
  /** Code of docs/portal.md and `OutboxPage`: smtp550, unreachable… */
  error: z.string().nullable(),
})
export type PendingConfirmation = z.infer<typeof pendingConfirmation>

/** Details of `changedByAnotherDesk`: who changed a contact, when and how (null: a register or the portal), and what the main one is now, masked. */
export const contactConflict = z.object({
  staffName: z.string().nullable(),
  at: instant.nullable(),
  kind: z.string().nullable(),
  current: z.object({ value: z.string().nullable(), state: z.string().nullable(), awaiting: z.string().nullable() }),
})

/**
 * What hangs on the main contact of a kind, when it is changed or removed. `logins`: cabinets whose login is this e-mail and follows it (`taken`: another cabinet has the
 * new one, the change will be refused). `bills`: accounts whose bill goes to this e-mail. Details of `contactInUse` and `billsGoThere`.
 */
export const contactImpact = z.object({
  logins: z.array(z.object({ portalName: z.string(), taken: z.boolean() })),
  consents: z.array(z.object({ providerName: z.string(), purpose: z.enum(['service', 'advertising']), channel: z.enum(['sms', 'email']) })),
  bills: z.array(z.string()),
})
export type ContactImpact = z.infer<typeof contactImpact>

export const contactEvent = z.object({
  at: instant,
  kind: contactKind,
  purpose: contactPurpose,
  what: z.enum(['added', 'changed', 'confirmed', 'removed', 'reverted', 'cancelled']),
  /** Masked, like `to`. */
  from: z.string().nullable(),
  to: z.string().nullable(),
  how: z.enum(['desk', 'codeAtDesk', 'link', 'portal', 'register']),
  /** null: not by staff. */
  staffName: z.string().nullable(),
})
export type ContactEvent = z.infer<typeof contactEvent>

const ways = z.array(z.enum([...confirmationWays, 'none']))
const told = z.array(z.enum(['email', 'sms']))
const isContact = ({ kind, value }: { kind: (typeof contactKinds)[number]; value: string }) => normaliseContact(kind, value) !== null
const malformed = { path: ['value'], error: 'contactMalformed' }
const value = z.string().trim().min(3).max(254)

export const contactsContract = {
  /** How many other subscribers have this contact, with up to three masked names («И*** П. С.»), and what hangs on the one it would replace. Audited. */
  check: query({
    access: operators,
    input: z.object({ visitId: id, kind: contactKind, value }).refine(isContact, malformed),
    output: z.object({ usedByOthers: z.int(), hints: z.array(z.string()), isCurrent: z.boolean(), impact: contactImpact }),
  }),
  /**
   * A new contact, or another one in place of `contactId` (null: in place of the main one when `purpose` is main, else one more). It comes into force when it is confirmed,
   * with way 'none' at once and unconfirmed. `version`: `subscriber.version` of the card the form was opened on; other contacts by now are the conflict
   * `changedByAnotherDesk`, details `contactConflict`. The logins that are the old main e-mail follow; refused with `emailIsAnotherLogin` when another cabinet has the new one.
   */
  change: command({
    access: operators,
    input: z
      .object({ operationId, visitId: id, kind: contactKind, purpose: contactPurpose, contactId: id.nullable(), value, way: z.enum([...confirmationWays, 'none']), version: z.int() })
      .refine(isContact, malformed),
    output: z.object({ contactId: id, confirmation: pendingConfirmation.nullable() }),
  }),
  /** Confirms a contact that is in force and unconfirmed, without typing it again. */
  ask: command({ access: operators, input: z.object({ operationId, visitId: id, contactId: id, way: confirmationWay }), output: pendingConfirmation }),
  /** What waits (codes of this visit, links of any) and the rules for this subscriber, by all providers of the open accounts together. */
  pending: query({
    access: operators,
    input: z.object({ visitId: id }),
    output: z.object({
      confirmations: z.array(pendingConfirmation),
      /** Of a main contact, in the order of the desk: codes, a link; 'none' only where it may go unconfirmed. Other purposes and phones that take no SMS may always go with 'none'. */
      ways: z.object({ email: ways, phone: ways }),
      /** By what the old e-mail and phone are told of a change. */
      told: z.object({ email: told, phone: told }),
      codeMinutes: z.int(),
      linkMinutes: z.int(),
      revertHours: z.int(),
      /** In force or waiting, of a kind. */
      maxContacts: z.int(),
    }),
  }),
  /** Another code or link; the earlier one is good for nothing then. */
  resend: command({ access: operators, input: z.object({ operationId, visitId: id, confirmationId: id }), output: pendingConfirmation }),
  /** A wrong code is an outcome, not an error. */
  confirm: command({
    access: operators,
    input: z.object({ operationId, visitId: id, confirmationId: id, code: z.string().regex(/^\d{6}$/) }),
    output: z.object({ confirmed: z.boolean(), attemptsLeft: z.int() }),
  }),
  cancel: command({ access: operators, input: z.object({ operationId, visitId: id, confirmationId: id }), output: nothing }),
  /**
   * Refused with `contactInUse` (details `contactImpact`) while consents or logins hang on it and `despite` is false: the visitor must be told; with `billsGoThere`
   * while bills go to it, whatever `despite` says.
   */
  remove: command({ access: operators, input: z.object({ operationId, visitId: id, contactId: id, version: z.int(), despite: z.boolean().default(false) }), output: nothing }),
  /**
   * Takes back the change that brought this contact, or its removal, whoever made it, until its `revertUntil`. Passwords issued since are revoked, logins go back, everybody
   * is told. `changedSince` after a further change, `revertTooLate` after its time.
   */
  revert: command({
    access: operators,
    input: z.object({ operationId, visitId: id, contactId: id, version: z.int() }),
    output: z.object({ restored: z.string().nullable(), passwordsRevoked: z.int(), loginsChanged: z.int() }),
  }),
  /** Old and new, newest first, at most 200. Within an own visit of the subscriber; a supervisor also without. */
  history: query({ access: deskAndSupervisors, input: z.object({ subscriberId: id }), output: z.object({ entries: z.array(contactEvent) }) }),
  /** One contact in full; logged with its reason. */
  unmask: command({
    access: operators,
    input: z.object({ operationId, visitId: id, contactId: id, reason: z.enum(['verify', 'dictate', 'other']) }),
    output: z.object({ value: z.string() }),
  }),
}
