import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { form } from '@shared/contract/printing'
import { AppError } from '@shared/errors'
import { z } from 'zod'
import type { Log } from '../log'
import type { JobState, Printer } from './printer'

/** All that is written down of a job: ids and kinds, nothing of whom the sheet is about. */
const noted = z.object({
  form,
  printer: z.string(),
  sentAt: z.string(),
  secret: z.boolean(),
  /** A batch follows its jobs itself and knows what each of them held. */
  ofBatch: z.boolean(),
  /** The operation that gave out the sheet; null: a test page, a batch. */
  sheetOf: z.string().nullable(),
  staffId: z.number().nullable(),
})
export type NotedJob = z.infer<typeof noted>

/**
 * queued ─→ printing ─→ printed
 *   │  ╲        ├─────→ failed   (cancelled, aborted, queueGone; withdrawn by its operator, moved to another printer)
 *   └─→ held ───┴─────→ lost     (the print system knows it no more, or does not tell: the tray is the truth)
 */
export interface DeskJob extends NotedJob {
  jobId: string
  state: JobState['state'] | 'lost'
  reason: JobState['reason'] | 'printSystemAway' | 'withdrawn' | 'moved'
  message: string | null
  /** When it came into this state, ISO. */
  since: string
  /** The job of the same sheet on another printer. */
  movedTo: string | null
}

export const isOver = ({ state }: Pick<DeskJob, 'state'>) => state === 'printed' || state === 'failed' || state === 'lost'

/** Ended jobs that are still told of. */
const remembered = 50
const firstPauseMs = 300
const longestPauseMs = 3_000
const cancelPatienceMs = 10_000
/** A job left in a folder that nobody opened for so long is history. */
const staleMs = 7 * 86_400_000

interface Deps {
  printer: Printer
  /** Private to this user; holds a note for each job that has not ended, or has failed and nobody has seen to it. */
  folder: string
  log: Log
  /** Something in the list is another now. */
  changed: () => void
}

/**
 * The sheets this desk has sent to printers, each followed until it is printed, fails or is lost, also after a restart of Okno. Nothing is asked while
 * nothing is on its way. The document of a job with a secret is removed from the print system as soon as the job has ended.
 */
export function deskJobs({ printer, folder, log, changed }: Deps) {
  const jobs = new Map<string, DeskJob>()
  const following = new Map<string, Promise<void>>()
  /** Sent by this program: another one of this folder (a command, the window) ends without taking along what is not its own. */
  const own = new Set<string>()
  const closing = new AbortController()
  // The name of a queue may hold a slash.
  const noteOf = (jobId: string) => join(folder, Buffer.from(jobId).toString('base64url'))

  function put(jobId: string, next: Pick<DeskJob, 'state' | 'reason' | 'message'>): void {
    const job = jobs.get(jobId)
    if (!job) return
    const isNews = job.state !== next.state || job.reason !== next.reason
    if (!isNews && job.message === next.message) return
    jobs.set(jobId, { ...job, ...next, since: isNews ? new Date().toISOString() : job.since })
    changed()
  }

  /** Its state now; null when the print system can't be asked. */
  async function look(jobId: string): Promise<Pick<DeskJob, 'state' | 'reason' | 'message'> | null> {
    try {
      const found = await printer.jobState(jobId)
      return found.reason === 'notFollowed' ? { ...found, state: 'lost' } : found
    } catch (cause) {
      if (cause instanceof AppError && cause.code === 'notFound') return { state: 'lost', reason: null, message: null }
      if (!(cause instanceof AppError)) log.error('print job not asked for', { cause })
      return null
    }
  }

  /** The print system's copy of a secret has gone, or there was none. */
  async function isForgotten(job: DeskJob): Promise<boolean> {
    if (!job.secret || job.state === 'lost') return true
    try {
      await printer.forget(job.jobId)
      return true
    } catch (cause) {
      if (cause instanceof AppError && cause.code === 'notFound') return true
      // A print system that is being restarted answers again later.
      log.error('print job not cleared yet', { cause })
      return false
    }
  }

  async function followToTheEnd(jobId: string): Promise<void> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
      const before = jobs.get(jobId)
      if (!before) return
      if (!isOver(before)) {
        const found = await look(jobId)
        if (closing.signal.aborted) return
        // Meanwhile its operator may have withdrawn it.
        const current = jobs.get(jobId)
        if (current && !isOver(current)) put(jobId, found ?? { state: 'held', reason: 'printSystemAway', message: null })
      }
      const now = jobs.get(jobId)
      if (!now || (isOver(now) && (await isForgotten(now)))) break
      await delay(pauseMs, undefined, { signal: closing.signal, ref: false })
    }
    const ended = jobs.get(jobId)
    // A failed sheet is still somebody's business after a restart, unless it was a secret: that is made anew in any case.
    if (!ended || ended.state !== 'failed' || ended.secret) await rm(noteOf(jobId), { force: true })
    forgetOld()
  }

  function follow(jobId: string): Promise<void> {
    const end = followToTheEnd(jobId)
      .catch((cause: unknown) => {
        if (!closing.signal.aborted) log.error('print job not followed', { cause })
      })
      .then(() => void (closing.signal.aborted || following.delete(jobId)))
    following.set(jobId, end)
    return end
  }

  const isOwnSecret = (jobId: string): boolean => own.has(jobId) && jobs.get(jobId)?.secret === true

  function forgetOld(): void {
    const ended = [...jobs.values()].filter(isOver)
    for (const { jobId, state } of ended.slice(0, Math.max(0, ended.length - remembered))) if (state !== 'failed') jobs.delete(jobId)
  }

  async function readNote(name: string): Promise<void> {
    const jobId = Buffer.from(name, 'base64url').toString()
    const read = noted.safeParse(JSON.parse(await readFile(join(folder, name), 'utf8')))
    if (!read.success || Date.now() - Date.parse(read.data.sentAt) > staleMs) return rm(join(folder, name), { force: true })
    if (jobs.has(jobId)) return
    jobs.set(jobId, { ...read.data, jobId, state: 'queued', reason: null, message: null, since: read.data.sentAt, movedTo: null })
    void follow(jobId)
    changed()
  }

  // Jobs that an earlier run could not see to the end, or that another program of this folder sees to itself.
  void readdir(folder)
    .catch(() => [])
    .then((left) => Promise.all(left.map((name) => readNote(name).catch((cause: unknown) => log.error('print job not read', { cause })))))

  return {
    /** Newest first. */
    list: (): DeskJob[] => [...jobs.values()].sort((one, two) => two.sentAt.localeCompare(one.sentAt)),

    get: (jobId: string): DeskJob | undefined => jobs.get(jobId),

    async add(jobId: string, note: NotedJob): Promise<void> {
      own.add(jobId)
      jobs.set(jobId, { ...note, jobId, state: 'queued', reason: null, message: null, since: note.sentAt, movedTo: null })
      await mkdir(folder, { recursive: true, mode: 0o700 })
        .then(() => writeFile(noteOf(jobId), JSON.stringify(note), { mode: 0o600 }))
        .catch((cause: unknown) => log.error('print job not noted', { cause }))
      void follow(jobId)
      changed()
    },

    /**
     * Takes a job off its printer and waits until that is certain. AppError notFound 'printJob'; conflict 'jobAlreadyPrinted', 'jobMayBeOut' (nobody can tell),
     * 'jobNotWithdrawn' (the printer still holds it); printerUnavailable: the print system can't be asked, the job stays.
     */
    async withdraw(jobId: string, reason: 'cancelled' | 'withdrawn'): Promise<void> {
      const job = jobs.get(jobId)
      if (!job) throw new AppError('notFound', 'printJob')
      if (job.state !== 'failed') {
        await printer.cancel(jobId)
        const end = Date.now() + cancelPatienceMs
        for (;;) {
          const found = await look(jobId)
          if (found?.state === 'printed') throw new AppError('conflict', 'jobAlreadyPrinted')
          if (found?.state === 'lost') throw new AppError('conflict', 'jobMayBeOut')
          if (found?.state === 'failed') break
          if (Date.now() > end) throw new AppError('conflict', 'jobNotWithdrawn')
          await delay(100)
        }
      }
      put(jobId, { state: 'failed', reason, message: null })
      if (reason === 'withdrawn') await rm(noteOf(jobId), { force: true })
    },

    /** Its sheet is another job now. */
    async moved(jobId: string, to: string): Promise<void> {
      const job = jobs.get(jobId)
      if (job) jobs.set(jobId, { ...job, movedTo: to })
      put(jobId, { state: 'failed', reason: 'moved', message: null })
      await rm(noteOf(jobId), { force: true })
    },

    /** Nobody has to know of it any more. */
    async dismiss(jobId: string): Promise<void> {
      if (jobs.delete(jobId)) changed()
      await rm(noteOf(jobId), { force: true })
    },

    /** Ends when every own sheet with a secret that is on its way has ended. */
    secretsEnded: (): Promise<unknown> => Promise.all([...following].flatMap(([jobId, end]) => (isOwnSecret(jobId) ? [end] : []))),

    /** For a program that ends: follows nothing any more. Own sheets with a secret that have not ended are withdrawn; the others stay in their queues. */
    async close(): Promise<void> {
      closing.abort()
      for (const jobId of following.keys()) {
        if (!isOwnSecret(jobId)) continue
        await printer.forget(jobId).then(
          () => rm(noteOf(jobId), { force: true }),
          (cause: unknown) => log.error('sheet not withdrawn', { cause }),
        )
      }
    },
  }
}
