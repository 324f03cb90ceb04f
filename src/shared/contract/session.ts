import { z } from 'zod'
import { grants, roles } from '../roles'
import { command, query } from './call'
import { id, instant, nothing } from './values'

export const staffMember = z.object({
  id,
  login: z.string(),
  fullName: z.string(),
  roles: z.array(z.enum(roles)),
  grants: z.array(z.enum(grants)),
  window: z.string().nullable(),
  mustChangePassword: z.boolean(),
  lastSignInAt: instant.nullable(),
  version: z.int(),
  /** `waiting`: has never come in; `removed`: without roles, the row stays. */
  status: z.enum(['waiting', 'active', 'blocked', 'removed']),
  /** The second factor; `due`: the office asks for it, and until it is set up nothing else is allowed. */
  factor: z.enum(['none', 'due', 'on']),
  /** `idleLockMinutes`: after so many minutes without a touch the desk locks itself. */
  office: z.object({ id, name: z.string(), isTraining: z.boolean(), timeZone: z.string(), idleLockMinutes: z.int().min(1).max(15) }),
})
export type StaffMember = z.infer<typeof staffMember>

/** What the person is told right after signing in: when and where they came last, and what went wrong under their login since (ФСТЭК 21, УПД.8). */
export const signedIn = staffMember.extend({
  signIn: z.object({
    previous: z.object({ at: instant, desk: z.string().nullable() }).nullable(),
    failures: z.array(z.object({ at: instant, desk: z.string().nullable(), kind: z.enum(['password', 'code']) })),
    /** How many recovery codes are left, when one has just been used. */
    recoveryLeft: z.int().nullable(),
  }),
})
export type SignedIn = z.infer<typeof signedIn>

/** Ways the database may not be usable before anybody signs in; the reasons are those of AppError('databaseUnavailable' | 'schemaMismatch'). */
export const databaseState = z.discriminatedUnion('state', [
  z.object({ state: z.literal('ready') }),
  z.object({ state: z.literal('starting'), step: z.string() }),
  z.object({ state: z.literal('unavailable'), code: z.string(), reason: z.string().optional(), details: z.record(z.string(), z.unknown()).optional() }),
])
export type DatabaseState = z.infer<typeof databaseState>

export const sessionStatus = z.object({
  version: z.string(),
  database: databaseState,
  staff: staffMember.nullable(),
  locked: z.boolean(),
  /** Present only for a training office; shown on the sign-in screen and nowhere else. */
  training: z.array(z.object({ login: z.string(), fullName: z.string(), roles: z.array(z.enum(roles)), password: z.string() })).nullable(),
})
export type SessionStatus = z.infer<typeof sessionStatus>

/** Staff passwords: 10 characters or more; length beats rules people work around. */
export const newStaffPassword = z.string().min(10).max(128)

/** Six digits of the authenticator, or a recovery code; spaces and hyphens don't matter. */
export const factorCode = z.string().trim().min(6).max(40)
const password = z.string().min(1).max(256)
const recoveryCodes = z.array(z.string()).min(1)

export const sessionContract = {
  status: query({ access: 'everyone', input: nothing, output: sessionStatus }),
  /**
   * forbidden 'wrongLoginOrPassword' {waitSeconds}, 'signInDelayed' {waitSeconds}, 'codeNeeded': the password is right, now the code; 'wrongCode', 'codeUsed', 'codeDelayed' {waitSeconds};
   * 'blockedIdle' {days}; conflict 'signedInElsewhere' {desk, since}: the same again with `endOther` ends that session (the code is not needed again for two minutes).
   */
  signIn: command({
    access: 'everyone',
    input: z.object({ login: z.string().trim().toLowerCase().min(1).max(63), password, code: factorCode.optional(), endOther: z.boolean().default(false) }),
    output: signedIn,
  }),
  /** The current password is checked by signing in with it again. */
  changePassword: command({ access: 'signedIn', input: z.object({ current: z.string().min(1).max(256), next: newStaffPassword }), output: staffMember }),
  /** Keeps the session and its drafts; every call but unlock, status and signOut is refused until then. Recorded; `idle`: nobody touched the desk. */
  lock: command({ access: 'signedIn', input: z.object({ idle: z.boolean().default(false) }), output: nothing }),
  unlock: command({ access: 'signedIn', input: z.object({ password: z.string().min(1).max(256) }), output: nothing }),
  signOut: command({ access: 'signedIn', input: nothing, output: nothing }),
  /** One's own second factor. `isRequired`: the office asks for it, so it can't be taken off. */
  factor: query({ access: 'signedIn', input: nothing, output: z.object({ state: z.enum(['none', 'due', 'on']), isRequired: z.boolean(), since: instant.nullable(), recoveryLeft: z.int() }) }),
  /** A new key for the authenticator, shown this once: in groups to be typed, and as a QR code (`path` of an SVG `size` by `size`). conflict 'factorExists'. */
  beginFactor: command({ access: 'signedIn', input: nothing, output: z.object({ key: z.string(), uri: z.string(), qr: z.object({ size: z.int(), path: z.string() }) }) }),
  /** The first code proves that the authenticator has the key. From then on signing in takes a code. The recovery codes are shown this once. invalidInput 'wrongCode'; conflict 'factorNotBegun'. */
  enrolFactor: command({ access: 'signedIn', input: z.object({ code: factorCode }), output: z.object({ staff: staffMember, recoveryCodes }) }),
  /** forbidden 'wrongCode', 'codeUsed', 'codeDelayed' {waitSeconds}, 'wrongCurrentPassword'; conflict 'factorRequired'. */
  removeFactor: command({ access: 'signedIn', input: z.object({ password, code: factorCode }), output: staffMember }),
  /** Ten new codes; the old ones are void. */
  renewRecoveryCodes: command({ access: 'signedIn', input: z.object({ code: factorCode }), output: z.object({ recoveryCodes }) }),
}
