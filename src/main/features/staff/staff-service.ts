import type { Service } from '../../ipc/context'
import { scramVerifier } from '../../session/scram'

export function staffService(): Service<'staff'> {
  return {
    list: (_input, { db }) => db.call('staff_list'),
    create: async ({ password, ...person }, { db }) => db.call('staff_create', { ...person, verifier: await scramVerifier(password) }),
    setRoles: (input, { db }) => db.call('staff_set_roles', input),
    setGrants: (input, { db }) => db.call('staff_set_grants', input),
    resetPassword: async ({ login, password }, { db }) => db.call('staff_reset_password', { login, verifier: await scramVerifier(password) }),
  }
}
