import { z } from 'zod'
import { operators } from '../roles'
import { command, query } from './call'
import { approvalState } from './approvals'
import { sheetGiven, sheetOutput } from './printing'
import { id, instant, operationId } from './values'

export const passwordDelivery = z.enum(['paper', 'email', 'sms'])
export type PasswordDelivery = z.infer<typeof passwordDelivery>

/** A letter or SMS that carries a password; `failed` also when nobody knows whether it went out, or an hour has passed: the operator issues another. */
export const passwordLetter = z.object({
  channel: z.enum(['email', 'sms']),
  /** masked */
  to: z.string(),
  state: z.enum(['queued', 'sent', 'failed']),
  /** The outbox's code of the last failed attempt. */
  error: z.string().nullable(),
})
export type PasswordLetter = z.infer<typeof passwordLetter>

export const impact = z.object({
  provider: z.string(),
  portalName: z.string(),
  /** null = a portal user will be registered with `login`. */
  portalUserId: id.nullable(),
  login: z.string().nullable(),
  /** Why access can't be given now; 'emailNotConfirmed' where the login is the e-mail. */
  refusal: z.enum(['emailNotConfirmed', 'accountClosed', 'portalUserBlocked']).nullable(),
  blocked: z.boolean(),
  linkedAccounts: z.array(z.object({ number: z.string(), address: z.string() })),
  esiaLinks: z.array(z.object({ number: z.string(), linkedAt: instant, maskedName: z.string() })),
  pinRequests: z.int(),
  lastSignInAt: instant.nullable(),
  passwordIssuedAt: instant.nullable(),
  passwordExpiresAt: instant.nullable(),
  /** 'subscriber': chosen at the portal since the last memo. */
  passwordChosenBy: z.enum(['office', 'subscriber']).nullable(),
  /** How the password in force was sent; null: on paper, or by nobody. */
  letter: passwordLetter.nullable(),
  /** The main e-mail or phone was changed within the hours of the provider's policy. */
  recentContactChange: z.boolean(),
  /** Of a supervisor, by the provider's policy; the state of the one asked for in this visit. */
  approval: z.enum(['none', 'needed', ...approvalState.options]),
  /** What the provider allows; e-mail and SMS also need the confirmed contact below. */
  deliverBy: z.array(passwordDelivery),
  /** The office has a way out for them. */
  canSend: z.object({ email: z.boolean(), sms: z.boolean() }),
  emailMasked: z.string().nullable(),
  phoneMasked: z.string().nullable(),
  policy: z.object({ length: z.int(), oneTime: z.boolean(), ttlHours: z.int().nullable(), alphabet: z.string() }),
})
export type Impact = z.infer<typeof impact>

export const memoIssued = z.object({
  memoNumber: z.string(),
  login: z.string(),
  issuedAt: instant,
  expiresAt: instant.nullable(),
  delivered: z.discriminatedUnion('how', [
    z.object({ how: z.literal('printed'), printer: z.string(), jobId: z.string() }),
    z.object({ how: z.literal('saved'), fileName: z.string() }),
    /** Put into the outbox; `to` is masked, `letter` tells how it fares. */
    z.object({ how: z.literal('sent'), channel: z.enum(['email', 'sms']), to: z.string() }),
  ]),
})
export type MemoIssued = z.infer<typeof memoIssued>

/** What a typed sheet turned out to be. */
export const sheetCheck = z.object({
  /** current: the password in force; replaced: of an earlier memo; none: of none of the last five, or mistyped. */
  matches: z.enum(['current', 'replaced', 'none']),
  memoNumber: z.string().nullable(),
  issuedAt: instant.nullable(),
  /** Its term has passed. */
  expired: z.boolean(),
  replacedAt: instant.nullable(),
  /** By a later memo, or by the subscriber at the portal. */
  replacedBy: z.enum(['office', 'subscriber']).nullable(),
  /** Wrong sheets that may still be tried for this subscriber today. */
  triesLeft: z.int(),
})
export type SheetCheck = z.infer<typeof sheetCheck>

const target = { visitId: id, accountId: id }
/** A larger memo for whoever sees badly. */
const large = z.boolean().default(false)

export const portalAccessContract = {
  impact: query({ access: operators, input: z.object(target), output: impact }),
  /**
   * Makes a password by the provider's policy, stores its hash and prints, saves or sends it, all or nothing: when the printer refuses, the old password stays in force.
   * By e-mail and SMS only where the profile allows it and the contact is confirmed; conflict 'noSenderOfSecrets' while no desk of the office sends letters.
   * The secret is in no result. A repeat of the operation id is a conflict ('memoAlreadyIssued'): a memo can't be reprinted, only reissued.
   * Forbidden 'approvalNeeded' where the policy wants a supervisor (feature approvals).
   */
  reissuePassword: command({
    access: operators,
    input: z.object({ operationId, ...target, output: z.discriminatedUnion('how', [
      z.object({ how: z.literal('print'), printer: z.string().max(200).nullable(), large }),
      /** main asks where, in a native dialog; headless gives a path beforehand. */
      z.object({ how: z.literal('save'), large }),
      z.object({ how: z.literal('email') }),
      z.object({ how: z.literal('sms') }),
    ]) }),
    output: memoIssued,
  }),
  /** How the letter with the password in force fares; null: it went on paper. */
  letter: query({ access: operators, input: z.object(target), output: z.object({ letter: passwordLetter.nullable() }) }),
  /** The office's receipt of the password issued in this visit, without the secret. Conflict 'noMemoInVisit'. */
  receipt: command({ access: operators, input: z.object({ operationId, ...target, output: sheetOutput }), output: sheetGiven }),
  /**
   * A disputed sheet: what stands on it, against the last five passwords of the office. Spaces of the groups don't count. Five wrong ones a day and subscriber
   * ('sheetTriesExceeded'), thirty a minute and member of staff ('sheetGuessesTooMany' {waitSeconds}).
   */
  checkSheet: command({ access: operators, input: z.object({ operationId, ...target, password: z.string().trim().min(1).max(128) }), output: sheetCheck }),
}
