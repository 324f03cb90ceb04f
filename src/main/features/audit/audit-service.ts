import type { AuditEvent } from '@shared/contract/audit'
import { actionsOf } from '@shared/domain/audit-groups'
import type { Events } from '@shared/events'
import type { Service } from '../../ipc/context'
import type { Sheets } from '../../printing/sheets'
import { archiveMonth, saveAnchor } from './archive-audit'
import { exportAudit } from './export-audit'
import { auditChecks } from './verify-audit'

export interface AuditDeps {
  sheets: Sheets
  progress: (told: Events['audit.checking']) => void
}

export function auditService({ sheets, progress }: AuditDeps): Service<'audit'> {
  const checks = auditChecks(progress)
  return {
    verify: ({ incremental = false }, { db }) => checks.run(db, incremental),
    stopVerify: (_input, { db }) => Promise.resolve({ stopped: checks.stop(db) }),
    lookups: (input, { db }) => db.call('audit_lookups', input),
    search: ({ group, before, ...input }, { db }) =>
      db.call('audit_search', { ...input, ...(group && { actions: actionsOf(group) }), ...(before && { beforeAt: before.at, beforeChain: before.chain, beforeSeq: before.seq }) }),
    events: async ({ day, ...input }, { db }) => (await db.call<{ events: AuditEvent[] }>('audit_search', { ...input, from: day, to: day })).events,
    choices: (_input, { db }) => db.call('audit_choices'),
    export: (input, { db }) => exportAudit(input, db, sheets),
    anchor: (_input, { db }) => saveAnchor(db, sheets),
    compare: ({ heads }, { db }) => db.call('audit_compare', { heads }),
    retention: (_input, { db }) => db.call('audit_retention'),
    saveRetention: (input, { db }) => db.call('audit_retention_save', input),
    archive: (input, { db }) => archiveMonth(input, db, sheets),
  }
}
