import type { ParsedInputOf } from '@shared/contract/call'
import type { ReportFigures, reportsContract } from '@shared/contract/reports'
import { reportFunction, type ReportCode, type ReportFilters } from '@shared/domain/report-catalogue'
import { AppError } from '@shared/errors'
import type { Events } from '@shared/events'
import type { Database } from '../../db/database'
import { toAppError } from '../../ipc/to-app-error'
import type { Log } from '../../log'

/** A database server that repeats the office's own and only answers reports. */
export interface ReportReplica {
  db: Database
  /** Seconds its figures may be behind; more, and the office's own server is asked. */
  maxLagSeconds: number
}

export interface RunReportDeps {
  /** That of whoever is signed in, under the same login; null: there is none. */
  replica(): ReportReplica | null
  progress(told: Events['reports.progress']): void
  log: Log
  /** Milliseconds after which counting is given up. */
  limit?: number
}

/** A report never takes that long on a server that works. */
const usualLimit = 120_000
/** Milliseconds a report waits for what is kept to be brought up to date. */
const patience = 3_000
/** Milliseconds a replica that did not answer is left alone. */
const replicaRest = 30_000

type Answer = Omit<ReportFigures, 'source' | 'lagSeconds'>
interface Asked {
  report: string
  filters: ReportFilters
}
interface Run {
  runId: string
  counting: Set<AbortController>
}

/** How reports are counted: where, how they are told of and stopped. One run at a time for each session. */
export function reportRunner({ replica, progress, log, limit = usualLimit }: RunReportDeps) {
  // The database of a session is its own.
  const underWay = new WeakMap<Database, Run>()
  const keeping = new WeakMap<Database, { own: AbortController; done: Promise<void> }>()
  /** Until when the replica is left alone; epoch ms. */
  let restUntil = 0
  /** Milliseconds the last counting of a report took: what the next one may take. */
  const took = new Map<ReportCode, number>()

  const stopAll = (run: Run | undefined, reason: string) => {
    for (const own of run?.counting ?? []) own.abort(new AppError('conflict', reason))
  }

  /** Counts one report; the statement ends on the server when the signal aborts. */
  async function count(db: Database, code: ReportCode, filters: ReportFilters, signal: AbortSignal, tell: (step: 'preparing' | 'counting') => void): Promise<ReportFigures> {
    const asked: Asked = { report: reportName(code), filters }
    const startedAt = performance.now()
    const figures = (await fromReplica(db, asked, signal, tell)) ?? (await fromPrimary(db, asked, signal, tell))
    took.set(code, performance.now() - startedAt)
    return figures
  }

  /**
   * Brings what is kept for reports up to date. A report waits for it a moment at most: it is right either way, only slower without, and the first time of a large office takes minutes.
   */
  async function keep(db: Database, signal: AbortSignal): Promise<void> {
    let under = keeping.get(db)
    if (!under) {
      const own = new AbortController()
      const done = keepParts(db, own.signal).finally(() => keeping.delete(db))
      keeping.set(db, (under = { own, done }))
    }
    let timer: ReturnType<typeof setTimeout> | undefined
    let stopped: () => void = () => undefined
    const noLonger = new Promise<void>((resolve) => {
      stopped = resolve
      timer = setTimeout(resolve, patience)
      signal.addEventListener('abort', stopped, { once: true })
    })
    await Promise.race([under.done, noLonger])
    clearTimeout(timer)
    signal.removeEventListener('abort', stopped)
    signal.throwIfAborted()
  }

  async function keepParts(db: Database, signal: AbortSignal): Promise<void> {
    try {
      for (const part of ['counts', 'debts', 'portals']) await db.call('report_fold', { part }, { signal })
    } catch (cause) {
      if (!signal.aborted) log.info('nothing was kept for the reports', { cause })
    }
  }

  async function fromPrimary(db: Database, asked: Asked, signal: AbortSignal, tell: (step: 'preparing' | 'counting') => void): Promise<ReportFigures> {
    tell('preparing')
    await keep(db, signal)
    tell('counting')
    return { ...(await db.call<Answer>('report_run', { ...asked }, { signal })), source: 'primary', lagSeconds: null }
  }

  /** Null when there is no replica, it does not answer or is too far behind: the office's own server knows as much. */
  async function fromReplica(db: Database, asked: Asked, signal: AbortSignal, tell: (step: 'preparing' | 'counting') => void): Promise<ReportFigures | null> {
    const found = Date.now() < restUntil ? null : replica()
    if (!found) return null
    // What is kept for the reports is written on the primary, as is who asked for what.
    tell('preparing')
    await keep(db, signal)
    const { position } = await db.call<{ position: string }>('report_asked_for', { ...asked }, { signal })
    try {
      const { isReplica, lagSeconds } = await found.db.call<{ isReplica: boolean; lagSeconds: number }>('report_lag', { position }, { signal })
      if (!isReplica || lagSeconds > found.maxLagSeconds) return null
      tell('counting')
      return { ...(await found.db.call<Answer>('report_run', { ...asked }, { signal })), source: 'replica', lagSeconds }
    } catch (cause) {
      signal.throwIfAborted()
      const { code, reason } = toAppError(cause)
      // Not there, of another version, a login it has not heard of yet, or the statement was in the way of what came from the primary (40001).
      if (!['databaseUnavailable', 'schemaMismatch', 'notSignedIn'].includes(code) && reason !== 'tryAgain') throw cause
      restUntil = Date.now() + replicaRest
      log.info('replica of the reports is left alone for a while', { code, reason })
      return null
    }
  }

  async function run({ runId, report, filters }: ParsedInputOf<typeof reportsContract.run>, db: Database): Promise<ReportFigures> {
    let current = underWay.get(db)
    if (current?.runId !== runId) {
      stopAll(current, 'reportSuperseded')
      underWay.set(db, (current = { runId, counting: new Set() }))
    }
    const own = new AbortController()
    current.counting.add(own)
    const tooLong = setTimeout(() => own.abort(new AppError('conflict', 'reportTooLong', { seconds: limit / 1000 })), limit)
    try {
      return await count(db, report, filters as ReportFilters, own.signal, (step) => progress({ runId, step, usualMs: took.get(report) ?? null }))
    } finally {
      clearTimeout(tooLong)
      current.counting.delete(own)
      if (current.counting.size === 0 && underWay.get(db) === current) underWay.delete(db)
    }
  }

  return {
    run,
    /** For files and prints of a report, which are not shown as they come. */
    count: (db: Database, report: ReportCode, filters: ReportFilters, signal: AbortSignal = AbortSignal.timeout(limit)) => count(db, report, filters, signal, () => undefined),
    /** Stops whatever a session that ends is counting. */
    leave(db: Database): void {
      keeping.get(db)?.own.abort(new AppError('conflict', 'reportStopped'))
      stopAll(underWay.get(db), 'reportStopped')
    },
    stop({ runId }: { runId: string }, db: Database): { stopped: boolean } {
      const current = underWay.get(db)
      if (current?.runId !== runId) return { stopped: false }
      stopAll(current, 'reportStopped')
      return { stopped: current.counting.size > 0 }
    },
  }
}

export type ReportRunner = ReturnType<typeof reportRunner>

/** The function's name without its prefix, as the database knows the report. */
export const reportName = (code: ReportCode): string => reportFunction(code).replace(/^report_/, '')
