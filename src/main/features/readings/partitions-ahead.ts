import type { Database } from '../../db/database'
import type { Log } from '../../log'

const dayMs = 24 * 60 * 60 * 1000

/**
 * Sees to it that the months ahead have their partitions: asked when somebody signs in, once a day at most (epoch ms of `now`).
 * Nobody is kept from signing in by it: a failure and rows without a month are only written to the log.
 */
export function partitionsAhead({ log, now = Date.now }: { log: Log; now?: () => number }): (db: Database) => Promise<void> {
  let askedAt = -Infinity
  return async (db) => {
    if (now() - askedAt < dayMs) return
    askedAt = now()
    try {
      const { stray } = await db.call<{ made: number; stray: number }>('reading_partitions_ahead')
      if (stray > 0) log.error('readings without a month', { stray })
      const journal = await db.call<{ made: number; stray: number }>('audit_partitions_ahead')
      if (journal.stray > 0) log.error('events of the journal without a month', { stray: journal.stray })
    } catch (cause) {
      log.error('months not made', { cause })
    }
  }
}
