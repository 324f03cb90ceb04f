import { Client, type Notification } from 'pg'
import { z } from 'zod'
import { clientConfig, type DatabaseAddress, type Login } from '../db/connection'
import type { Log } from '../log'
import { writeLetter, type Letter } from './letters'
import { sendMail, type SendResult, type Transport } from './mail'

export interface SenderOptions {
  address(): DatabaseAddress
  login: Login
  /** Used while the office has set no mail server of its own (a training office). */
  fallback: Transport | null
  log: Log
}

const claimed = z.array(
  z.object({ id: z.int(), channel: z.enum(['email', 'sms']), recipient: z.string(), template: z.string(), params: z.unknown(), attempts: z.int() }),
)
type Claimed = z.infer<typeof claimed>[number]

const idleMs = 30_000
const reconnectMs = 5_000

/**
 * Sends what lies in the outbox, under a login of its own that staff don't have: codes pass through here and nowhere else.
 * Wakes on NOTIFY, at the time of the next retry, and every half minute. Desks share the work: a letter is claimed by one.
 */
export function startSender({ address, login, fallback, log }: SenderOptions) {
  let stopped = false
  let endSleep: () => void = () => undefined
  let isAwake = false
  let client: Client | null = null

  // Word of a new letter may come while the outbox is being read: then there is no sleep yet to end.
  function wake(): void {
    isAwake = true
    endSleep()
  }

  async function connected(): Promise<Client> {
    if (client) return client
    const fresh = new Client(clientConfig(address(), login))
    fresh.on('error', () => {
      if (client === fresh) client = null
      wake()
    })
    fresh.on('notification', (_message: Notification) => wake())
    await fresh.connect()
    await fresh.query('listen outbox')
    client = fresh
    return fresh
  }

  async function pauseMs(db: Client): Promise<number> {
    const nextIn = z.coerce.number().nullable().parse((await db.query('select outbox_next_in() as result')).rows[0].result)
    return nextIn === null ? idleMs : Math.min(idleMs, Math.max(100, nextIn * 1000))
  }

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (isAwake) return resolve()
      const timer = setTimeout(resolve, ms)
      endSleep = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async function run(): Promise<void> {
    while (!stopped) {
      let ms = reconnectMs
      try {
        const db = await connected()
        isAwake = false
        while (!stopped && (await sendDue(db, fallback, log))) continue
        ms = await pauseMs(db)
      } catch (cause) {
        log.error('outbox stopped for a moment', { cause })
        isAwake = false
        await client?.end().catch(() => undefined)
        client = null
      }
      if (!stopped) await sleep(ms)
    }
    await client?.end().catch(() => undefined)
  }
  const running = run()

  return {
    async stop(): Promise<void> {
      stopped = true
      wake()
      await running
    },
  }
}

export type Sender = ReturnType<typeof startSender>

async function attempt(transport: Transport, { id, channel, recipient, template, params }: Claimed, log: Log): Promise<SendResult> {
  if (channel === 'sms') return { sent: false, error: 'smsNotConfigured', retry: false }
  let letter: Letter
  try {
    letter = writeLetter(template, params)
  } catch (cause) {
    log.error('letter not written', { outboxId: id, template, cause })
    return { sent: false, error: 'letterNotWritten', retry: false }
  }
  return sendMail(transport, { id, to: recipient, letter })
}

/** Sends what is due now and returns: for a command that ends at once. */
export async function drainOutbox({ address, login, fallback, log }: SenderOptions): Promise<void> {
  const db = new Client(clientConfig(address(), login))
  // The statement under way tells of a lost connection; without a listener the event would end the program.
  db.on('error', () => undefined)
  await db.connect()
  try {
    while (await sendDue(db, fallback, log)) continue
  } finally {
    await db.end()
  }
}

/**
 * Sends one letter; false when there was nothing to send or nothing to send it with. One at a time: a letter that waited in the hands of a slow
 * sender would be given up as lost (`uncertain`) before its turn came.
 */
async function sendDue(db: Client, fallback: Transport | null, log: Log): Promise<boolean> {
  const transport = z.custom<Transport | null>().parse((await db.query('select outbox_transport() as result')).rows[0].result) ?? fallback
  // Without a mail server letters wait; the card says so.
  if (!transport) return false
  const [letter] = claimed.parse((await db.query('select outbox_claim(1) as result')).rows[0].result)
  if (!letter) return false
  const result = await attempt(transport, letter, log)
  if (result.sent) await db.query('select outbox_sent($1)', [letter.id])
  else await db.query('select outbox_failed($1, $2, $3)', [letter.id, result.error, result.retry])
  log.info('letter', { outboxId: letter.id, template: letter.template, attempt: letter.attempts, ...result })
  return true
}
