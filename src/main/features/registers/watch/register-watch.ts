import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { RegisterProgress, RegisterWatch, WatchSettings } from '@shared/contract/registers'
import { AppError } from '@shared/errors'
import type { DataFolder } from '../../../data-folder'
import type { Database } from '../../../db/database'
import { withProcessLock } from '../../../db/process-lock'
import type { Log } from '../../../log'
import { watchPass, type WatchPass } from './watch-pass'
import { watchState } from './watch-state'

export interface RegisterWatchOptions {
  folder: DataFolder
  /** The database under an administrator who is signed in here; null while there is none. */
  administrator(): Database | null
  /** Something has come in, or a problem has come or gone: a hint to look again. */
  changed(): void
  progress(event: RegisterProgress): void
  log: Log
  now?: () => Date
  /** Time a file must stand still to count as finished. */
  settle?: () => Promise<void>
}

const lookEveryMs = 20_000
const standsStillMs = 10_000

/**
 * The watched folder of this machine: settings in settings.json, what it brought in register-watch.json. A window looks while an administrator is signed in; without a
 * window `okno import watch` does. Both may run: a lock of the data folder lets one pass go on at a time.
 */
export function registerWatch({ folder, administrator, changed, progress, log, now = () => new Date(), settle = () => delay(standsStillMs) }: RegisterWatchOptions) {
  const state = watchState(folder.path)
  let passing: { db: Database; controller: AbortController; done: Promise<unknown> } | null = null
  let timer: NodeJS.Timeout | null = null

  const settings = async (): Promise<WatchSettings | null> => (await folder.readSettings()).registers?.watch ?? null

  /** One pass now. AppError notFound watchNotSet, conflict watchRunning. */
  async function pass(db: Database): Promise<WatchPass> {
    const watched = await settings()
    if (!watched) throw new AppError('notFound', 'watchNotSet')
    if (passing) throw new AppError('conflict', 'watchRunning')
    const controller = new AbortController()
    const work = withProcessLock(join(folder.path, 'run', 'register-watch-lock'), async () => {
      const { problem: before } = await state.read()
      const done = await watchPass({ settings: watched, db, settle, now, signal: controller.signal, onProgress: progress })
      await state.passed(now().toISOString(), done.problem, done.entries)
      for (const { kind, outcome, batchId, reason } of done.entries) log.info('register watched', { kind, outcome, batchId, reason })
      if (done.problem) log.error('watched folder', { reason: done.problem.reason })
      if (done.entries.length > 0 || done.problem?.reason !== before?.reason) changed()
      return done
    })
    passing = { db, controller, done: work.catch(() => undefined) }
    try {
      return await work
    } finally {
      passing = null
    }
  }

  async function look(): Promise<void> {
    const db = administrator()
    const watched = db && !passing ? await settings() : null
    if (!db || !watched?.isOn) return
    const { lastPassAt } = await state.read()
    if (lastPassAt !== null && now().getTime() - Date.parse(lastPassAt) < watched.everyMinutes * 60_000) return
    await pass(db)
  }

  return {
    pass,
    async tell(): Promise<RegisterWatch> {
      const watched = await settings()
      const { lastPassAt, problem, history } = await state.read()
      const next = watched?.isOn ? new Date((lastPassAt === null ? now().getTime() : Date.parse(lastPassAt)) + watched.everyMinutes * 60_000).toISOString() : null
      return { settings: watched, lastPassAt, nextPassAt: next, isPassing: passing !== null, problem, history }
    },
    async save(watch: WatchSettings): Promise<void> {
      await folder.updateSettings((known) => ({ ...known, registers: { ...known.registers, watch } }))
      changed()
    },
    start(): void {
      timer ??= setInterval(() => void look().catch((cause: unknown) => log.error('watched folder', { cause })), lookEveryMs)
      timer.unref()
    },
    /** Whoever was signed in leaves: what runs under their login ends first, and is taken back. */
    leave(db: Database): void {
      if (passing?.db === db) passing.controller.abort()
    },
    async stop(): Promise<void> {
      if (timer) clearInterval(timer)
      timer = null
      passing?.controller.abort()
      await passing?.done
    },
  }
}
export type RegisterWatching = ReturnType<typeof registerWatch>
