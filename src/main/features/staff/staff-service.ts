import type { Service } from '../../ipc/context'
import { scramVerifier } from '../../session/scram'

export function staffService(): Service<'staff'> {
  return {
    list: (_input, { db }) => db.call('staff_list'),
    create: async ({ password, ...person }, { db }) => db.call('staff_create', { ...person, verifier: await scramVerifier(password) }),
    change: (input, { db }) => db.call('staff_change', input),
    setRoles: (input, { db }) => db.call('staff_set_roles', input),
    setGrants: (input, { db }) => db.call('staff_set_grants', input),
    block: (input, { db }) => db.call('staff_block', input),
    unblock: (input, { db }) => db.call('staff_unblock', input),
    resetPassword: async ({ login, password }, { db }) => db.call('staff_reset_password', { login, verifier: await scramVerifier(password) }),
    resetFactor: (input, { db }) => db.call('staff_reset_factor', input),
    history: (input, { db }) => db.call('staff_history', input),
    strayFailures: (_input, { db }) => db.call('staff_stray_failures'),
  }
}
