import type { Database } from '../db/database'
import type { Fleet } from '../fleet/fleet'
import { toAppError } from '../ipc/to-app-error'
import type { Log } from '../log'

/** What the page tells main of this desk. Instants are ISO. */
export interface DeskNews {
  shownSubscriberId: number | null
  /** Since when nobody has touched the keyboard or the mouse. */
  awayAt: string | null
  /** Readings of visitors who have gone that are not written yet. */
  unsent: number
}

export interface DeskPrinterState {
  printer: string
  trouble: string | null
  held: number
}

export interface DeskBeatOptions {
  db: Pick<Database, 'call'>
  /** Name of this computer. */
  desk: string
  appVersion: string
  /** Of this sign-in, in the database's list of sessions. */
  sessionId: string
  /** Another desk or an administrator has ended this session. */
  ended?(how: 'takenOver' | 'endedByAdministrator'): void
  /** Printers of this desk that have trouble or hold jobs; it answers soon and never throws. */
  printers(): Promise<DeskPrinterState[]>
  /** This window among the others: it tells of itself at the same rhythm, and hears what the office has decided about updates. */
  fleet?: Pick<Fleet, 'attach' | 'detach' | 'beat'>
  log: Log
  /** Milliseconds between heartbeats, and how long a goodbye may take. */
  waits?: { beat: number; goodbye: number }
}

const usualWaits = { beat: 30_000, goodbye: 1_500 }

/**
 * Tells the database every half a minute that this desk is there and how it is: one row, written anew, and nothing between. What changes meanwhile waits for the next
 * heartbeat, but for locking, which is told at once. A heartbeat that fails is none: two minutes without one and the supervisor sees a lost desk.
 */
export function startDeskBeat({ db, desk, appVersion, sessionId, ended, printers, fleet, log, waits = usualWaits }: DeskBeatOptions) {
  let news: DeskNews = { shownSubscriberId: null, awayAt: null, unsent: 0 }
  let lockedAt: string | null = null
  let stopped = false
  let beating: Promise<void> = Promise.resolve()

  async function beat(): Promise<void> {
    try {
      const state = await printers()
      if (stopped) return
      const answer = await db.call<{ ended?: 'takenOver' | 'administrator' }>('desk_beat', { sessionId, desk: desk.slice(0, 80), appVersion: appVersion.slice(0, 40), lockedAt, ...news, printers: JSON.stringify(state) })
      if (answer.ended && !stopped) ended?.(answer.ended === 'takenOver' ? 'takenOver' : 'endedByAdministrator')
    } catch (cause) {
      const { reason } = toAppError(cause)
      if (!stopped && (reason === 'sessionEnded' || reason === 'notActiveStaff')) return ended?.('endedByAdministrator')
      log.info('desk did not tell of itself', { cause })
    }
    if (stopped) return
    await fleet?.beat().catch((cause: unknown) => log.info('window did not tell of itself', { cause }))
  }
  // One at a time: a slow database must not collect them.
  let isBeating = false
  function beatNow(): void {
    if (isBeating) return
    isBeating = true
    beating = beat().finally(() => (isBeating = false))
  }
  fleet?.attach(db, sessionId)
  beatNow()
  const timer = setInterval(beatNow, waits.beat)
  timer.unref()

  return {
    /** Without waiting for the half minute. */
    now: beatNow,
    tell(told: DeskNews): void {
      news = told
    },
    /** Nobody is kept from locking or unlocking a desk by a database that does not answer. */
    async locked(is: boolean, idle: boolean): Promise<void> {
      lockedAt = is ? new Date().toISOString() : null
      news = { ...news, awayAt: null }
      await tellLocked(db, { sessionId, desk, is, idle, log })
    },
    /** Signs this desk out of the supervisor's list; a lost database keeps nobody. */
    async stop(): Promise<void> {
      stopped = true
      clearInterval(timer)
      fleet?.detach(sessionId)
      let late: ReturnType<typeof setTimeout> | undefined
      const goodbye = beating.then(() => db.call('desk_left', { sessionId })).catch(() => undefined)
      await Promise.race([goodbye, new Promise((resolve) => (late = setTimeout(resolve, waits.goodbye)))])
      clearTimeout(late)
    },
  }
}

export type DeskBeat = ReturnType<typeof startDeskBeat>

/** Locking stands in the audit also where no heartbeat runs; `sessionId` is then of no desk. */
export async function tellLocked(db: Pick<Database, 'call'>, { sessionId, desk, is, idle, log }: { sessionId: string; desk: string; is: boolean; idle: boolean; log?: Log | undefined }): Promise<void> {
  try {
    await db.call('desk_locked', { sessionId, locked: is, idle, desk: desk.slice(0, 80) })
  } catch (cause) {
    log?.info('locking was not recorded', { cause })
  }
}
