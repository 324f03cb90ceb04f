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
  office: z.object({ id, name: z.string(), isTraining: z.boolean(), timeZone: z.string() }),
})
export type StaffMember = z.infer<typeof staffMember>

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

export const sessionContract = {
  status: query({ access: 'everyone', input: nothing, output: sessionStatus }),
  signIn: command({ access: 'everyone', input: z.object({ login: z.string().trim().toLowerCase().min(1).max(63), password: z.string().min(1).max(256) }), output: staffMember }),
  /** The current password is checked by signing in with it again. */
  changePassword: command({ access: 'signedIn', input: z.object({ current: z.string().min(1).max(256), next: newStaffPassword }), output: staffMember }),
  /** Keeps the session and its drafts; every call but unlock, status and signOut is refused until then. Recorded; `idle`: nobody touched the desk. */
  lock: command({ access: 'signedIn', input: z.object({ idle: z.boolean().default(false) }), output: nothing }),
  unlock: command({ access: 'signedIn', input: z.object({ password: z.string().min(1).max(256) }), output: nothing }),
  signOut: command({ access: 'signedIn', input: nothing, output: nothing }),
}
