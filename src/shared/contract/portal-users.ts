import { z } from 'zod'
import { deskAndSupervisors, operators } from '../roles'
import { command, query } from './call'
import { accountStatus, id, instant, operationId } from './values'

/** «ended»: the provider's access ends with the last contract. A blocked user keeps the password; it counts again when the block is lifted. */
export const portalUserAccess = z.enum(['open', 'blocked', 'ended'])

export const blockReasons = ['compromised', 'asked', 'deceased', 'dispute', 'other'] as const
export const unblockReasons = ['restored', 'mistake', 'other'] as const
export const pinRefusals = ['notSubscriber', 'contactNotConfirmed', 'comeWithDocument', 'repeated', 'other'] as const
export const linkProofs = ['number', 'surname', 'password'] as const
export type BlockReason = (typeof blockReasons)[number]
export type UnblockReason = (typeof unblockReasons)[number]
export type PinRefusal = (typeof pinRefusals)[number]
export type LinkProof = (typeof linkProofs)[number]

/**
 * A request for the PIN of a portal's full version, or a registration that its letter has not confirmed yet. pin: waiting → issued → used | refused | expired;
 * registration: waiting → confirmed | cancelled | expired (a new letter brings it back).
 */
export const portalRequest = z.object({
  kind: z.enum(['pin', 'registration']),
  id,
  version: z.int(),
  state: z.enum(['waiting', 'issued', 'used', 'refused', 'expired', 'confirmed', 'cancelled']),
  /** Something can still be done about it; one that has expired by itself as well. */
  isOpen: z.boolean(),
  askedAt: instant,
  askedHow: z.enum(['portal', 'desk']),
  provider: z.string(),
  /** Masked when it is an e-mail. */
  login: z.string(),
  portalUserId: id.nullable(),
  /** Whose cabinet it is; null: nobody's for certain. */
  subscriberId: id.nullable(),
  subscriberName: z.string().nullable(),
  accountNumber: z.string().nullable(),
  address: z.string().nullable(),
  /** Where the PIN or the letter goes or went: a PIN only to a confirmed main contact of whose cabinet it is. */
  recipient: z.object({ channel: z.enum(['email', 'sms']), masked: z.string() }).nullable(),
  /** Why a PIN can't be issued now; a reason of a failure. */
  problem: z.string().nullable(),
  /** The login is an e-mail other than the recipient's: somebody may have linked an account that is not theirs. */
  loginDiffers: z.boolean(),
  /** The contacts were changed a short while ago, and the provider's policy wants a supervisor for it. */
  approvalNeeded: z.boolean(),
  sentAt: instant.nullable(),
  expiresAt: instant.nullable(),
  resendAllowedAt: instant.nullable(),
  resendsLeft: z.int(),
  attemptsLeft: z.int().nullable(),
  delivery: z.enum(['queued', 'sending', 'sent', 'failed']).nullable(),
  refusal: z.object({ reason: z.enum(pinRefusals), text: z.string().nullable() }).nullable(),
  /** Who dealt with it last; null: nobody, or the portal. */
  staffName: z.string().nullable(),
  handledAt: instant.nullable(),
})
export type PortalRequest = z.infer<typeof portalRequest>

export const listedPortalUser = z.object({
  id,
  /** Masked when it is an e-mail. */
  login: z.string(),
  /** False: somebody else's cabinet that holds an account of this subscriber. Of that one only the account is shown. */
  isOwn: z.boolean(),
  access: portalUserAccess,
  registeredAt: instant,
  fullVersionAt: instant.nullable(),
  lastSignInAt: instant.nullable(),
  /** `staffName` null: the portal did it. */
  block: z.object({ reason: z.enum(blockReasons), comment: z.string().nullable(), at: instant, staffName: z.string().nullable() }).nullable(),
  /** The password in force; null: none. `memoNumber` null: chosen at the portal. */
  credential: z.object({ issuedAt: instant, expiresAt: instant.nullable(), mustChange: z.boolean(), memoNumber: z.string().nullable() }).nullable(),
  /** The last ten, latest first. */
  signIns: z.array(z.object({ at: instant, channel: z.enum(['password', 'esia']), outcome: z.enum(['entered', 'wrongPassword', 'passwordExpired', 'blocked', 'ended']) })),
  /** `isOwn`: of this subscriber. `isLogin`: its number is the login, so the cabinet is its own and it can't be unlinked. */
  links: z.array(z.object({ accountId: id, number: z.string(), address: z.string(), status: accountStatus, linkedAt: instant, isOwn: z.boolean(), isLogin: z.boolean() })),
  esiaLinks: z.array(z.object({ id, number: z.string(), linkedAt: instant, maskedName: z.string() })),
  /** The last five, latest first. */
  pinRequests: z.array(portalRequest),
})
export type ListedPortalUser = z.infer<typeof listedPortalUser>

export const portalUserList = z.object({
  provider: z.string(),
  portalName: z.string(),
  scheme: z.enum(['email', 'account', 'contract']),
  hasPin: z.boolean(),
  hasEsia: z.boolean(),
  /** What links another person's account. */
  proofs: z.array(z.enum(linkProofs)),
  users: z.array(listedPortalUser),
  registrations: z.array(portalRequest),
  /** How the account's own cabinet could be registered; null: it has one. */
  registration: z.object({ login: z.string().nullable(), ways: z.array(z.enum(['now', 'link'])), refusal: z.enum(['accountClosed', 'emailMissing', 'emailNotConfirmed']).nullable() }).nullable(),
})
export type PortalUserList = z.infer<typeof portalUserList>

/** `accountId` is an account of the visit's own subscriber: its provider's portal it is about, its provider's rules that count. */
const target = { operationId, visitId: id, accountId: id }
const nothing = z.object({})

export const portalUsersContract = {
  /** Users of the account's provider that hold accounts of this subscriber. Audited. */
  list: query({ access: operators, input: z.object({ visitId: id, accountId: id }), output: portalUserList }),
  /**
   * By the provider's scheme. 'now': at once, the password is issued next; 'link': a letter, behind whose link the subscriber chooses the password.
   * conflict accountClosed, portalUserExists, emailNotConfirmed, emailMissing, linkNotOffered, portalLoginTaken, loginOfAnotherSubscriber.
   */
  register: command({ access: operators, input: z.object({ ...target, way: z.enum(['now', 'link']) }), output: z.object({ portalUserId: id.nullable(), registrationId: id.nullable() }) }),
  /**
   * Own accounts freely, another person's by what the provider's portal asks for. That nothing agrees is an outcome, the same whatever was wrong.
   * conflict alreadyLinked, accountClosed, portalUserBlocked, proofNotOffered; forbidden linkAttemptsExceeded, portalUserOfAnother.
   */
  linkAccount: command({
    access: operators,
    input: z.object({
      ...target,
      portalUserId: id,
      /** As written on the bill; the provider's normaliser reads it. */
      number: z.string().trim().min(1).max(60),
      proof: z.discriminatedUnion('by', [
        z.object({ by: z.literal('own') }),
        z.object({ by: z.literal('number') }),
        z.object({ by: z.literal('surname'), surname: z.string().trim().min(2).max(120) }),
        z.object({ by: z.literal('password'), password: z.string().min(4).max(128) }),
      ]),
    }),
    output: z.object({ linked: z.boolean(), attemptsLeft: z.int() }),
  }),
  /** From the own cabinet any account, from another's the own account. Can be taken back. conflict ownAccountLink, changedByAnotherDesk. */
  unlinkAccount: command({ access: operators, input: z.object({ ...target, portalUserId: id, linkedAccountId: id }), output: nothing }),
  /** For good: only its owner can link again, at the portal. The subscriber is told by the provider's channels. */
  unlinkEsia: command({ access: operators, input: z.object({ ...target, esiaLinkId: id }), output: nothing }),
  block: command({ access: operators, input: z.object({ ...target, portalUserId: id, reason: z.enum(blockReasons), comment: z.string().trim().max(300).nullable() }), output: nothing }),
  /** The password before works again; not so soon after a change of contacts where the provider wants an approval: then it ends, and the next one needs the approval. */
  unblock: command({ access: operators, input: z.object({ ...target, portalUserId: id, reason: z.enum(unblockReasons) }), output: nothing }),
}

/** In the queue `visitId` is null: who asked had signed in at the portal. */
const ofQueue = { operationId, requestId: id, version: z.int(), visitId: id.nullable() }

export const portalRequestsContract = {
  /** 'waiting': oldest first; 'sent': PINs not typed yet; 'closed': of the last thirty days, latest first. Audited with the subscribers shown. */
  list: query({
    access: deskAndSupervisors,
    input: z.object({ state: z.enum(['waiting', 'sent', 'closed']).default('waiting'), kind: z.enum(['pin', 'registration']).nullable().default(null), limit: z.int().min(1).max(500).default(100) }),
    output: z.object({ requests: z.array(portalRequest), waiting: z.object({ pin: z.int(), registration: z.int() }), now: instant }),
  }),
  /** A request in the name of an identified visitor. conflict pinNotNeeded, tooManyPinRequests, portalUserBlocked, portalAccessEnded. */
  askPin: command({ access: operators, input: z.object({ ...target, portalUserId: id }), output: portalRequest }),
  /**
   * The digits are made in the database and go to the confirmed contact of whose cabinet it is, whoever asked; nobody here sees them.
   * conflict changedByAnotherDesk {staffName, at, kind, current}, portalRequestClosed, portalOwnerUnclear, contactNotConfirmed, portalUserBlocked, portalAccessEnded; forbidden supervisorForRecentContacts.
   */
  issuePin: command({ access: deskAndSupervisors, input: z.object(ofQueue), output: portalRequest }),
  /** Another PIN in place of the one sent, at most three times, a minute apart. */
  resendPin: command({ access: deskAndSupervisors, input: z.object(ofQueue), output: portalRequest }),
  /** Also takes back a PIN that was not used yet. `text` is for 'other' and goes to the subscriber. */
  refusePin: command({ access: deskAndSupervisors, input: z.object({ ...ofQueue, reason: z.enum(pinRefusals), text: z.string().trim().max(200).nullable() }), output: portalRequest }),
  /** Another letter with a new link to the same address, at most five times, a minute apart. */
  resendRegistration: command({ access: deskAndSupervisors, input: z.object(ofQueue), output: portalRequest }),
  /** At the desk, for an identified visitor. Where the e-mail is the login it must be their confirmed one. The password is issued next. */
  confirmRegistration: command({ access: operators, input: z.object({ ...target, requestId: id, version: z.int() }), output: z.object({ portalUserId: id }) }),
}
