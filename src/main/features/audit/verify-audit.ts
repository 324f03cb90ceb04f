import type { AuditVerdict } from '@shared/contract/audit'
import type { Events } from '@shared/events'
import { AppError } from '@shared/errors'
import type { Database } from '../../db/database'

interface Step {
  events: number
  of: number
  result: AuditVerdict | null
}

/**
 * Recounts the journal in chunks, so that a year of it can be watched and stopped, and no statement holds the server for minutes.
 * One check a session: a second one stops the first. AppError conflict `verifyStopped`.
 */
export function auditChecks(progress: (told: Events['audit.checking']) => void) {
  const underWay = new WeakMap<Database, AbortController>()
  const stopped = () => new AppError('conflict', 'verifyStopped')
  return {
    async run(db: Database, incremental: boolean): Promise<AuditVerdict> {
      underWay.get(db)?.abort(stopped())
      const own = new AbortController()
      underWay.set(db, own)
      try {
        const { id } = await db.call<{ id: number; of: number }>('audit_check_begin', { incremental }, { signal: own.signal })
        for (;;) {
          const { events, of, result } = await db.call<Step>('audit_check_next', { id }, { signal: own.signal })
          progress({ events, of })
          if (result) return result
        }
      } finally {
        if (underWay.get(db) === own) underWay.delete(db)
      }
    },
    stop(db: Database): boolean {
      const own = underWay.get(db)
      own?.abort(stopped())
      return own !== undefined
    },
  }
}
