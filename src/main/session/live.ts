import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { z } from 'zod'
import type { Events } from '@shared/events'
import { chooseHost, clientConfig, type DatabaseAddress, type Login } from '../db/connection'
import { toAppError } from '../ipc/to-app-error'
import type { Log } from '../log'

export interface LiveOptions {
  address(): DatabaseAddress
  login: Login
  staffId: number
  officeId: number
  /** Sends the token by another connection of the same login: only a listener that hears that hears the other desks. */
  probe(token: string): Promise<unknown>
  changed(change: Events['desk.changed']): void
  /** Something about the desks or flags of the own office. */
  officeChanged(change: Events['liveDesk.changed']): void
  listening(is: boolean): void
  log: Log
  /** Milliseconds: how long the probe may take, the first and the longest pause before another attempt. */
  waits?: { probe: number; first: number; longest: number }
}

/** Whoever can connect can notify without end, and every message may make every desk read: so many are passed on in a second, what comes besides is told as one. */
const messagesASecond = 30

const kind = z.string().regex(/^[A-Za-z][A-Za-z.]{0,59}$/)
/** Whoever can connect can notify, so a message is checked like any input and is only ever a reason to read again. */
const message = z.union([
  z.strictObject({ probe: z.uuid() }),
  z.strictObject({ subscriberId: z.int().positive().nullable(), staffId: z.int().positive().nullable(), kind }),
  z.strictObject({ office: z.int().positive(), kind }),
])

const usualWaits = { probe: 5_000, first: 1_000, longest: 5 * 60_000 }

/*
 * off ──connect, listen, probe heard──> listening ──connection lost──> off ──(1 s, 2 s, 4 s … 5 min)──> connect
 *  └──probe not heard (a pooler shares connections), refused, no connection left──> off, and later once more
 */
/** Follows the changes of all subscribers on one connection while somebody is signed in. Without it nothing is lost: the page looks when it gets the focus. */
export function startLive({ address, login, staffId, officeId, probe, changed, officeChanged, listening, log, waits = usualWaits }: LiveOptions) {
  let stopped = false
  let endPause: () => void = () => undefined
  let endListening: () => void = () => undefined
  let isListening = false
  let pause = waits.first
  let second: NodeJS.Timeout | null = null
  let passed = 0
  let held = { cards: false, office: false }

  function tell(is: boolean): void {
    if (is !== isListening) listening((isListening = is))
  }

  /** Passes on what was heard, or remembers that there was more: anything may have changed then. */
  function pass(told: Exclude<z.infer<typeof message>, { probe: string }>): void {
    if ('office' in told && told.office !== officeId) return
    second ??= setTimeout(overflow, 1_000)
    if (++passed > messagesASecond) {
      if ('office' in told) held.office = true
      else held.cards = true
    } else if ('office' in told) officeChanged({ kind: told.kind })
    else changed({ subscriberId: told.subscriberId, by: told.staffId === staffId ? 'self' : 'other', kind: told.kind })
  }

  function overflow(): void {
    const { cards, office } = held
    second = null
    passed = 0
    held = { cards: false, office: false }
    if (stopped) return
    if (cards) changed({ subscriberId: null, by: 'other', kind: 'live.many' })
    if (office) officeChanged({ kind: 'live.many' })
  }

  /** Resolves when the connection has ended; throws when it can't be used. */
  async function listen(): Promise<void> {
    await chooseHost(address(), login)
    const client = new Client({ ...clientConfig(address(), login), application_name: 'okno live' })
    const token = randomUUID()
    let hear: () => void = () => undefined
    const heard = new Promise<void>((resolve) => (hear = resolve))
    const ended = new Promise<void>((resolve) => (endListening = resolve))
    client.on('error', () => endListening())
    client.on('end', () => endListening())
    client.on('notification', ({ payload }) => {
      const told = read(payload)
      if (!told) return
      if ('probe' in told) {
        if (told.probe === token) hear()
      } else if (isListening) pass(told)
    })
    try {
      await client.connect()
      await client.query('listen okno_subscriber')
      await probe(token)
      if (!(await inTime(Promise.race([heard, ended.then(() => Promise.reject(new Error('connection ended')))]), waits.probe))) throw new Error('notifications do not arrive')
      if (stopped) return
      pause = waits.first
      tell(true)
      await ended
    } finally {
      // A server that is gone can't be told goodbye.
      await client.end().catch(() => undefined)
    }
  }

  async function run(): Promise<void> {
    while (!stopped) {
      try {
        await listen()
      } catch (cause) {
        if (stopped) break
        log.info('live refresh is off for a moment', { cause, waitMs: pause })
        // A login that is refused will be refused again; the session itself finds out at its next call.
        if (toAppError(cause).code === 'notSignedIn') break
      }
      if (!stopped) tell(false)
      if (!stopped) await sleep(pause)
      pause = Math.min(pause * 2, waits.longest)
    }
  }

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
  const running = run()

  return {
    async stop(): Promise<void> {
      stopped = true
      if (second) clearTimeout(second)
      endPause()
      endListening()
      await running
    },
  }
}

export type Live = ReturnType<typeof startLive>

function read(payload: string | undefined): z.infer<typeof message> | null {
  try {
    return message.safeParse(JSON.parse(payload ?? '')).data ?? null
  } catch {
    return null
  }
}

async function inTime(work: Promise<void>, ms: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)))
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}
