import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { link, mkdir, readdir, readFile, realpath, rm, truncate, writeFile } from 'node:fs/promises'
import { uptime } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** A process that a file speaks of. The number alone is not enough: systems give it to another process later. */
export interface ProcessIdentity {
  pid: number
  /** Boot and moment of the start (Linux); null where the system does not tell it cheaply. */
  startedAt: string | null
  /** When the file was written, milliseconds since the epoch. */
  notedAt: number
  /** The folder the file was written for: in a copy of a data folder it speaks of nobody. */
  place: string
}

export function thisProcess(place: string): ProcessIdentity {
  return { pid: process.pid, startedAt: startOf(process.pid), notedAt: Date.now(), place }
}

/** The living process that a file of `place` speaks of; null for one that ended, and for what cannot be read. */
export function livingProcess(text: string, place: string): ProcessIdentity | null {
  const identity = parseIdentity(text)
  return identity && identity.place === place && isAlive(identity) ? identity : null
}

/** False for a process that ended, is a zombie, or got the number of the one that was noted. */
function isAlive({ pid, startedAt, notedAt }: ProcessIdentity): boolean {
  if (!isProcess(pid)) return false
  if (startedAt !== null) return startOf(pid) === startedAt
  const bootedAt = Date.now() - uptime() * 1000
  return notedAt > bootedAt - 60_000 // a minute of slack for a clock that was set
}

function parseIdentity(text: string): ProcessIdentity | null {
  try {
    const { pid, startedAt, notedAt, place } = JSON.parse(text) as Partial<ProcessIdentity>
    if (!Number.isInteger(pid) || typeof notedAt !== 'number' || typeof place !== 'string') return null
    return { pid: Number(pid), startedAt: typeof startedAt === 'string' ? startedAt : null, notedAt, place }
  } catch {
    return null
  }
}

/** Is there a running process of this number? Zombies are not running: in a container nobody may ever reap them. */
export function isProcess(pid: number): boolean {
  if (process.platform === 'linux') return startOf(pid) !== null
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM'
  }
}

function startOf(pid: number): string | null {
  if (process.platform !== 'linux') return null
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name of the program stands in brackets and may hold spaces and brackets itself.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z' || state === 'X') return null
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}:${fields[18]}`
  } catch {
    return null
  }
}

/**
 * Runs `work` while no other process (and no other call in this one) runs it for the same folder.
 *
 * The folder holds numbered files; the highest number is the lock. It is taken by linking the next number, which only one process can do,
 * and left by emptying the file. So a lock whose holder was killed at any point is taken over without deleting it first,
 * and two processes that find it at the same moment cannot both win.
 */
export async function withProcessLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  // One folder, one name, whichever way it was reached.
  const folder = await realpath(path)
  const number = await acquire(folder)
  try {
    return await work()
  } finally {
    // Emptying works on a full disk too. Without it the lock frees itself when this process ends.
    await truncate(join(folder, String(number)), 0).catch(() => undefined)
  }
}

async function acquire(folder: string): Promise<number> {
  const card = join(folder, `card-${process.pid}-${randomBytes(4).toString('hex')}`)
  try {
    await writeFile(card, JSON.stringify(thisProcess(folder)), { mode: 0o600 })
    for (;;) {
      const top = await highest(folder)
      if (top > 0 && (await isHeld(folder, top))) {
        await delay(20)
        continue
      }
      const mine = top + 1
      if (!(await linked(card, join(folder, String(mine))))) continue
      // The list that `top` came from may have been old: whoever holds a higher number by now has the lock.
      if ((await highest(folder)) === mine) {
        await cleanBelow(folder, mine)
        return mine
      }
      await rm(join(folder, String(mine)), { force: true })
    }
  } finally {
    await rm(card, { force: true }).catch(() => undefined)
  }
}

async function highest(folder: string): Promise<number> {
  const numbers = (await readdir(folder)).filter((name) => /^\d+$/.test(name)).map(Number)
  return Math.max(0, ...numbers)
}

async function isHeld(folder: string, number: number): Promise<boolean> {
  const text = await readFile(join(folder, String(number)), 'utf8').catch(() => '')
  return livingProcess(text, folder) !== null
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false
    throw cause
  }
}

async function cleanBelow(folder: string, mine: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const isOldNumber = /^\d+$/.test(name) && Number(name) < mine
    const writer = /^card-(\d+)-/.exec(name)?.[1]
    const isLeftCard = writer !== undefined && !isProcess(Number(writer))
    if (isOldNumber || isLeftCard) await rm(join(folder, name), { force: true })
  }
}
