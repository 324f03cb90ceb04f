import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { AppError } from '@shared/errors'

/** A wrong password at this desk: `key` is the SHA-256 of the login that was typed, which may have been a password in the wrong field. `at`: ISO. */
export interface FailedAttempt {
  key: string
  at: string
}

const mostUntold = 200
const minute = 60

const kept = z.object({
  locks: z.record(z.string(), z.object({ count: z.int(), until: z.number() })),
  untold: z.array(z.object({ key: z.string().length(64), at: z.iso.datetime() })).max(mostUntold),
})

/**
 * What this desk does about wrong passwords (ФСТЭК 21, УПД.6): free, 1, 2, 4 seconds, and from the fifth on a quarter of an hour, then half an hour. Counted per login, whether it exists or not,
 * so that the answer tells nothing. PostgreSQL refuses a wrong password before any code of the office runs, so the lock is this desk's own; it outlives a restart in `file`, and what
 * failed is told to the database at the next sign-in here. `file` null: kept in memory only.
 */
export function signInAttempts({ now, file }: { now: () => number; file: string | null }) {
  let locks = new Map<string, { count: number; until: number }>()
  let untold: FailedAttempt[] = []
  let writing: Promise<void> = Promise.resolve()
  const turns = new Map<string, Promise<void>>()

  const reading = read()
  async function read(): Promise<void> {
    if (!file) return
    try {
      const read = kept.parse(JSON.parse(await readFile(file, 'utf8')))
      locks = new Map(Object.entries(read.locks))
      untold = read.untold
    } catch {
      // Nothing failed yet, or the file can't be read: then it begins anew, the database keeps what it was told.
    }
  }

  function keep(): Promise<void> {
    if (!file) return Promise.resolve()
    const text = JSON.stringify({ locks: Object.fromEntries(locks), untold })
    writing = writing
      .then(async () => {
        await mkdir(dirname(file), { recursive: true })
        await writeFile(`${file}.new`, text, { mode: 0o600 })
        await rename(`${file}.new`, file)
      })
      // A full disk must keep nobody from signing in.
      .catch(() => undefined)
    return writing
  }

  return {
    /**
     * The turn of one attempt at this login; the next waits for its end, or many at once would each find the login free. AppError forbidden 'signInDelayed' {waitSeconds} while it is
     * locked.
     */
    async turn(login: string): Promise<{ end(): void }> {
      await reading
      const key = keyOf(login)
      const before = turns.get(key)
      let end = () => undefined as void
      const mine = new Promise<void>((resolve) => (end = resolve))
      const last = (before ?? Promise.resolve()).then(() => mine)
      turns.set(key, last)
      void last.then(() => turns.get(key) === last && turns.delete(key))
      await before
      const waitSeconds = Math.max(0, Math.ceil(((locks.get(key)?.until ?? 0) - now()) / 1000))
      if (waitSeconds === 0) return { end }
      end()
      throw new AppError('forbidden', 'signInDelayed', { waitSeconds })
    },
    async failed(login: string): Promise<number> {
      const key = keyOf(login)
      const count = (locks.get(key)?.count ?? 0) + 1
      const seconds = count < 2 ? 0 : count < 5 ? 2 ** (count - 2) : count === 5 ? 15 * minute : 30 * minute
      locks.set(key, { count, until: now() + seconds * 1000 })
      untold = [...untold, { key, at: new Date(now()).toISOString() }].slice(-mostUntold)
      await keep()
      return seconds
    },
    async succeeded(login: string): Promise<void> {
      if (locks.delete(keyOf(login))) await keep()
    },
    untold: (): readonly FailedAttempt[] => untold,
    /** The database has these. */
    async told(attempts: readonly FailedAttempt[]): Promise<void> {
      if (attempts.length === 0) return
      untold = untold.filter((attempt) => !attempts.includes(attempt))
      await keep()
    },
  }
}

const keyOf = (login: string) => createHash('sha256').update(login).digest('hex')
