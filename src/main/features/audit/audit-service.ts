import type { Service } from '../../ipc/context'

export function auditService(): Service<'audit'> {
  return {
    verify: (_input, { db }) => db.call('audit_verify'),
    lookups: (input, { db }) => db.call('audit_lookups', input),
    events: (input, { db }) => db.call('audit_events', input),
  }
}
