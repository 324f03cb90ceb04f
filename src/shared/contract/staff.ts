import { z } from 'zod'
import { admins, grants, roles, supervisorsAndAdmins } from '../roles'
import { command, query } from './call'
import { newStaffPassword, staffMember } from './session'
import { nothing } from './values'

export const staffLogin = z.string().regex(/^[a-z][a-z0-9._-]{1,31}$/)
const staffRoles = z.array(z.enum(roles)).max(3)

export const staffContract = {
  list: query({ access: supervisorsAndAdmins, input: nothing, output: z.array(staffMember) }),
  /** The first password is told to the person and must be changed at the first sign-in. */
  create: command({
    access: admins,
    input: z.object({ login: staffLogin, fullName: z.string().trim().min(3).max(120), roles: staffRoles.min(1), window: z.string().max(20).nullable(), password: newStaffPassword }),
    output: staffMember,
  }),
  /** Removing all roles is the status «Удалён»; open sessions end at once. */
  setRoles: command({ access: admins, input: z.object({ login: staffLogin, roles: staffRoles, version: z.int() }), output: staffMember }),
  /** What a supervisor may do besides; in force at once. The journal keeps what it was and what it is. */
  setGrants: command({ access: admins, input: z.object({ login: staffLogin, grants: z.array(z.enum(grants)).max(grants.length), version: z.int() }), output: staffMember }),
  resetPassword: command({ access: admins, input: z.object({ login: staffLogin, password: newStaffPassword }), output: staffMember }),
}
