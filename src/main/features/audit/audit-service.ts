import type { Service } from '../../ipc/context'

export function auditService(): Service<'audit'> {
  return {
    verify: (_input, { db }) => db.call('audit_verify'),
    events: (input, { db }) => db.call('audit_events', input),
  }
}
