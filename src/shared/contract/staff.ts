import { z } from 'zod'
import { admins, grants, roles, supervisorsAndAdmins } from '../roles'
import { command, query } from './call'
import { newStaffPassword, staffMember } from './session'
import { id, instant, nothing } from './values'

export const staffLogin = z.string().regex(/^[a-z][a-z0-9._-]{1,31}$/)
const staffRoles = z.array(z.enum(roles)).max(3)

const version = z.int()

/** A member with what an administrator looks at. `failures`: of the last 30 days. `now`: where they are signed in. */
export const listedMember = staffMember.extend({
  createdAt: instant,
  blocked: z.object({ at: instant, why: z.enum(['administrator', 'idle']) }).nullable(),
  lastDesk: z.string().nullable(),
  now: z.object({ desk: z.string().nullable(), since: instant }).nullable(),
  failures: z.object({ count: z.int(), lastAt: instant.nullable(), desks: z.array(z.string()) }),
})
export type ListedMember = z.infer<typeof listedMember>

/** `details` are those of the audit: from and to, roles, why. */
export const staffHistory = z.object({
  changes: z.array(z.object({ at: instant, action: z.string(), staffName: z.string().nullable(), details: z.record(z.string(), z.unknown()) })),
  sessions: z.array(z.object({ desk: z.string().nullable(), startedAt: instant, endedAt: instant.nullable(), endedHow: z.enum(['signedOut', 'takenOver', 'administrator', 'renewed']).nullable(), lives: z.boolean() })),
  failures: z.array(z.object({ at: instant, desk: z.string().nullable(), kind: z.enum(['password', 'code']) })),
})
export type StaffHistory = z.infer<typeof staffHistory>

export const staffContract = {
  list: query({ access: supervisorsAndAdmins, input: nothing, output: z.array(listedMember) }),
  /** The first password is told to the person and must be changed at the first sign-in. */
  create: command({
    access: admins,
    input: z.object({ login: staffLogin, fullName: z.string().trim().min(3).max(120), roles: staffRoles.min(1), window: z.string().trim().min(1).max(20).nullable(), officeId: id.optional(), password: newStaffPassword }),
    output: staffMember,
  }),
  /** Name, office and window; a window that the office does not list yet is listed from then on. conflict 'changedByAnotherDesk'. */
  change: command({
    access: admins,
    input: z.object({ login: staffLogin, fullName: z.string().trim().min(3).max(120), officeId: id, window: z.string().trim().min(1).max(20).nullable(), version }),
    output: staffMember,
  }),
  /** Nobody comes in under this login, open sessions end at once. conflict 'ownBlock', 'notActive', 'changedByAnotherDesk'. */
  block: command({ access: admins, input: z.object({ login: staffLogin, version }), output: staffMember }),
  unblock: command({ access: admins, input: z.object({ login: staffLogin, version }), output: staffMember }),
  /** Removing all roles is the status «Удалён»; open sessions end at once. */
  setRoles: command({ access: admins, input: z.object({ login: staffLogin, roles: staffRoles, version }), output: staffMember }),
  /** What a supervisor may do besides; in force at once. The journal keeps what it was and what it is. */
  setGrants: command({ access: admins, input: z.object({ login: staffLogin, grants: z.array(z.enum(grants)).max(grants.length), version }), output: staffMember }),
  /** Open sessions end at once; the new password must be changed at the next sign-in. conflict 'ownPassword'. */
  resetPassword: command({ access: admins, input: z.object({ login: staffLogin, password: newStaffPassword }), output: staffMember }),
  /** For whoever lost the telephone and the recovery codes. The password stays. notFound 'factor', conflict 'ownFactor'. */
  resetFactor: command({ access: admins, input: z.object({ login: staffLogin }), output: staffMember }),
  history: query({ access: admins, input: z.object({ login: staffLogin }), output: staffHistory }),
  /** Wrong passwords for logins nobody has, by desk, of the last 30 days; what was typed is not kept. */
  strayFailures: query({ access: admins, input: nothing, output: z.array(z.object({ desk: z.string().nullable(), count: z.int(), lastAt: instant })) }),
}
