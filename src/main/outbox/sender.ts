import { Client, type Notification } from 'pg'
import { z } from 'zod'
import type { MessageChannel, MessageOverrides } from '@shared/domain/message-templates'
import { paymentDocumentOf } from '@shared/domain/payment-document'
import { chooseHost, clientConfig, isShared, noteSharing, type DatabaseAddress, type Login } from '../db/connection'
import type { Log } from '../log'
import { sendMail, type SendResult, type Transport } from './mail'
import { writeMessage, type WrittenMessage } from './message'
import type { SenderKeys } from './sealed'
import { sendSms, type Gateway } from './sms'

/** The ways out of the office; a channel without one waits, and the card says so. */
export interface Ways {
  mail: Transport | null
  sms: Gateway | null
}

export interface SenderOptions {
  address(): DatabaseAddress
  login: Login
  /** Used while the office has set none of its own (a training office). */
  fallback: Ways
  keys: SenderKeys
  /** Draws the bill a letter brings: JSON of outbox_bill. */
  drawBill(text: string): Promise<Uint8Array>
  log: Log
}

const claimed = z.array(
  z.object({
    id: z.int(), claim: z.string(), operationId: z.string(), channel: z.enum(['email', 'sms']), recipient: z.string(), template: z.string(),
    params: z.record(z.string(), z.unknown()).nullable(), attempts: z.int(), messages: z.custom<MessageOverrides | null>(),
  }),
)
type Claimed = z.infer<typeof claimed>[number]
const sealedBoxes = z.record(z.string(), z.string())

const channels: MessageChannel[] = ['email', 'sms']
const idleMs = 30_000
/** Behind a pooler that shares connections nobody hears of a new message: the outbox is looked into. */
const sharedIdleMs = 2_000
const reconnectMs = 5_000

/**
 * Sends what lies in the outbox, under a login of its own that staff don't have: codes pass through here and nowhere else.
 * Wakes on NOTIFY, at the time of the next retry, and every half minute. Desks share the work: a message is claimed by one.
 * Letters and SMS go side by side, so that a mail server that hangs holds up no code by SMS.
 */
export function startSender(options: SenderOptions) {
  const { address, login, keys, log } = options
  let stopped = false
  const lanes = channels.map((channel) => ({ channel, isAwake: false, endSleep: (): void => undefined }))
  let connection: Promise<Client> | null = null
  const outcomes = untoldOutcomes()

  // Word of a new message may come while the outbox is being read: then there is no sleep yet to end.
  function wake(): void {
    for (const lane of lanes) {
      lane.isAwake = true
      lane.endSleep()
    }
  }

  async function open(): Promise<Client> {
    await chooseHost(address(), login)
    const fresh = new Client(clientConfig(address(), login))
    fresh.on('error', () => {
      if (connection === opening) connection = null
      wake()
    })
    fresh.on('notification', (_message: Notification) => wake())
    const opening = connection
    await fresh.connect()
    await noteSharing(fresh)
    if (!isShared(fresh)) await fresh.query('listen outbox')
    await tellKey(fresh)
    return fresh
  }

  function connected(): Promise<Client> {
    connection ??= open()
    return connection
  }

  async function disconnect(broken: Promise<Client> | null): Promise<void> {
    if (connection === broken) connection = null
    await broken?.then((client) => client.end()).catch(() => undefined)
  }

  /** Whoever seals a secret does it for the senders that have lately been heard of. */
  async function tellKey(db: Client): Promise<void> {
    await db.query('select outbox_sender_seen($1)', [(await keys.current()).publicKey])
  }
  const heartbeat = setInterval(() => {
    void connection?.then(tellKey).catch(() => undefined)
  }, idleMs)
  heartbeat.unref()

  async function pauseMs(db: Client, channel: MessageChannel): Promise<number> {
    const result = await db.query('select outbox_next_in($1, $2) as result', [[channel], keys.ids()])
    const nextIn = z.coerce.number().nullable().parse(result.rows[0].result)
    const longest = isShared(db) ? sharedIdleMs : idleMs
    return nextIn === null ? longest : Math.min(longest, Math.max(250, nextIn * 1000))
  }

  function sleep(lane: (typeof lanes)[number], ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (lane.isAwake) return resolve()
      const timer = setTimeout(resolve, ms)
      lane.endSleep = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async function run(lane: (typeof lanes)[number]): Promise<void> {
    while (!stopped) {
      let ms = reconnectMs
      const used = connected()
      try {
        const db = await used
        lane.isAwake = false
        while (!stopped && (await sendDue(db, lane.channel, options, outcomes))) continue
        ms = (await waysOut(db, options.fallback))[lane.channel] ? await pauseMs(db, lane.channel) : idleMs
      } catch (cause) {
        log.error('outbox stopped for a moment', { channel: lane.channel, cause })
        lane.isAwake = false
        await disconnect(used)
      }
      if (!stopped) await sleep(lane, ms)
    }
  }
  const running = Promise.all(lanes.map(run))

  return {
    async stop(): Promise<void> {
      stopped = true
      clearInterval(heartbeat)
      wake()
      await running
      await disconnect(connection)
    },
  }
}

export type Sender = ReturnType<typeof startSender>

/** Sends what is due now and returns: for a command that ends at once. */
export async function drainOutbox(options: SenderOptions): Promise<void> {
  await chooseHost(options.address(), options.login)
  const db = new Client(clientConfig(options.address(), options.login))
  // The statement under way tells of a lost connection; without a listener the event would end the program.
  db.on('error', () => undefined)
  await db.connect()
  try {
    for (const channel of channels) while (await sendDue(db, channel, options, untoldOutcomes())) continue
  } finally {
    await db.end()
  }
}

async function waysOut(db: Client, fallback: Ways): Promise<{ email: Transport | null; sms: Gateway | null }> {
  const own = z.custom<Ways>().parse((await db.query('select outbox_transports() as result')).rows[0].result)
  return { email: own.mail ?? fallback.mail, sms: own.sms ?? fallback.sms }
}

/**
 * Sends one message; false when there was nothing to send or nothing to send it with. One at a time: a message that waited in the hands of a slow
 * sender would be given to another before its turn came.
 */
async function sendDue(db: Client, channel: MessageChannel, { fallback, keys, drawBill, log }: SenderOptions, outcomes: UntoldOutcomes): Promise<boolean> {
  await outcomes.tell(db)
  const ways = await waysOut(db, fallback)
  if (!ways[channel]) return false
  const [message] = claimed.parse((await db.query('select outbox_claim($1, $2, 1) as result', [[channel], keys.ids()])).rows[0].result)
  if (!message) return false
  const mayStart = async () => (await db.query('select outbox_started($1, $2) as started', [message.id, message.claim])).rows[0].started === true
  const bill = message.template === 'bill' ? await billOf(db, message, drawBill, log) : null
  const result = bill?.result ?? (await attempt(ways, message, keys, mayStart, log, bill?.letter))
  log.info('message', { outboxId: message.id, channel, template: message.template, attempt: message.attempts, ...result })
  outcomes.add(message, result)
  await outcomes.tell(db)
  return true
}

async function attempt(ways: { email: Transport | null; sms: Gateway | null }, message: Claimed, keys: SenderKeys, mayStart: () => Promise<boolean>, log: Log, bill?: BillLetter): Promise<SendResult> {
  const { id, operationId, channel, recipient, template, messages } = message
  const { sealed, ...params } = message.params ?? {}
  const boxes = sealedBoxes.safeParse(sealed ?? {})
  const secret = sealed === undefined ? {} : boxes.success ? await keys.open(boxes.data, operationId) : null
  if (secret === null) return { outcome: 'refused', error: 'secretLost' }
  let written: WrittenMessage
  try {
    written = writeMessage(template, channel, { ...params, ...bill?.params, ...secret }, messages)
  } catch {
    // What is missing is told by the template's name; the cause could quote a parameter.
    log.error('message not written', { outboxId: id, channel, template })
    return { outcome: 'refused', error: 'letterNotWritten' }
  }
  if (channel === 'email' && ways.email) return sendMail(ways.email, { id, to: recipient, letter: bill ? { ...written, attachment: bill.attachment } : written }, mayStart)
  if (channel === 'sms' && ways.sms) return sendSms(ways.sms, { id, to: recipient, text: written.text }, mayStart)
  return { outcome: 'later', error: 'notConfigured' }
}

interface BillLetter {
  params: Record<string, unknown>
  attachment: { fileName: string; pdf: Uint8Array }
}

/** What a letter with a bill says, and the bill, drawn now from what was stored when it was made. `lost`: the subscriber takes no bills there any more, and the message is cancelled. */
async function billOf(db: Client, { id, claim, template }: Claimed, drawBill: SenderOptions['drawBill'], log: Log): Promise<{ letter: BillLetter; result?: undefined } | { result: SendResult }> {
  const text = z.string().nullable().parse((await db.query('select outbox_bill($1, $2) as bill', [id, claim])).rows[0].bill)
  if (text === null) return { result: { outcome: 'lost' } }
  try {
    const { issuer, own } = billParts.parse(JSON.parse(text))
    const content = paymentDocumentOf(issuer, own)
    return {
      letter: {
        params: { account: content.payer.account, period: content.period, due: content.totals.due, dueOn: content.dueOn },
        attachment: { fileName: `Квитанция ${content.period}.pdf`, pdf: await drawBill(text) },
      },
    }
  } catch {
    // The cause could quote the document.
    log.error('bill not drawn', { outboxId: id, template })
    return { result: { outcome: 'refused', error: 'documentNotDrawn' } }
  }
}
const billParts = z.object({ issuer: z.unknown(), own: z.unknown() })

/** Outcomes that the database doesn't know yet. A connection that is lost between sending and telling must not leave a sent message uncertain. */
function untoldOutcomes() {
  const untold: { message: Claimed; result: SendResult }[] = []
  return {
    add(message: Claimed, result: SendResult): void {
      if (result.outcome !== 'lost') untold.push({ message, result })
    },
    async tell(db: Client): Promise<void> {
      for (let next = untold[0]; next; next = untold[0]) {
        const { message, result } = next
        if (result.outcome === 'sent') await db.query('select outbox_sent($1, $2)', [message.id, message.claim])
        else if (result.outcome !== 'lost') await db.query('select outbox_failed($1, $2, $3, $4, $5)', [message.id, message.claim, result.error, result.outcome, result.waitSeconds ?? null])
        if (untold[0] === next) untold.shift()
      }
    },
  }
}
type UntoldOutcomes = ReturnType<typeof untoldOutcomes>
