import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '@shared/errors'
import type { Database } from '../db/database'
import { toAppError } from '../ipc/to-app-error'
import type { JobState } from './printer'
import type { Sheets } from './sheets'

/** What the runs of all batches of sheets share (0028-memo-batches.sql: print_batch). */

/** A run on this computer. */
export interface BatchRun {
  db: Database
  batchId: string
  runId: string
  /** Somebody at this computer wants no further chunk. */
  paused: boolean
}

/** printed; failed: thrown out by the print system; withdrawn: taken back by us; unsure: the print system no longer knows. */
export type ChunkOutcome = 'printed' | 'failed' | 'withdrawn' | 'unsure'

/** Where a job that is not over stands; `reason` says why it is held: printerStopped, heldInQueue. */
export interface Waiting {
  doing: 'printing' | 'held'
  reason: JobState['reason']
}

/** The runs of one feature on this computer. `stop` tells the database that a run is over and why. */
export function batchRuns<Run extends BatchRun>() {
  const running = new Map<string, Run>()
  return {
    has: (batchId: string): boolean => running.has(batchId),

    /** The run stops after its chunk; false when the batch does not run here. */
    pause(batchId: string): boolean {
      const run = running.get(batchId)
      if (run) run.paused = true
      return run !== undefined
    },

    /**
     * Does the work of one run at a time. Conflict 'batchRunning' when the batch runs here already. When the work fails, `stop` is told the reason,
     * unless another run has taken the batch over: that one has its state. Without the database it stays as it is, and the next run finds out.
     */
    async run<Batch>(batchId: string, begin: (base: BatchRun) => Run, db: Database, work: (run: Run) => Promise<void>, stop: (run: Run, reason?: string) => Promise<Batch>): Promise<Batch> {
      if (running.has(batchId)) throw new AppError('conflict', 'batchRunning')
      const run = begin({ db, batchId, runId: randomUUID(), paused: false })
      running.set(batchId, run)
      try {
        await work(run)
        return await stop(run)
      } catch (cause) {
        const { reason, code } = toAppError(cause)
        if (reason !== 'batchTakenOver') await stop(run, reason ?? code).catch(() => undefined)
        throw cause
      } finally {
        running.delete(batchId)
      }
    },
  }
}

/** Waits for the end of a job, however long the printer takes. A job that waits before a stopped printer is taken back when the run is paused. */
export async function outcomeOf(sheets: Sheets, jobId: string, run: { paused: boolean }, told: (waiting: Waiting) => Promise<void>): Promise<ChunkOutcome> {
  let last: string | null = null
  for (let pauseMs = 200; ; pauseMs = Math.min(pauseMs * 1.5, 2_000)) {
    const job = await sheets.jobState(jobId).catch((cause: unknown): JobState | null => {
      if (cause instanceof AppError && cause.code === 'notFound') return null
      throw cause
    })
    if (job === null) return 'unsure'
    // A system that does not tell about its jobs (Windows) has taken it; the paper itself is the proof.
    if (job.state === 'printed' || job.reason === 'notFollowed') return 'printed'
    if (job.state === 'failed') return 'failed'
    if (job.state === 'held' && run.paused) {
      await sheets.withdraw({ jobId }, null)
      return 'withdrawn'
    }
    const doing = job.state === 'held' ? 'held' : 'printing'
    if (last !== `${doing} ${job.reason}`) {
      last = `${doing} ${job.reason}`
      await told({ doing, reason: job.reason })
    }
    await delay(pauseMs, undefined, { ref: false })
  }
}
