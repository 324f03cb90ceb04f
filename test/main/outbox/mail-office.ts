import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { Login } from '../../../src/main/db/connection'
import { openLog, type Log } from '../../../src/main/log'
import type { SenderKeys } from '../../../src/main/outbox/sealed'
import { drainOutbox, startSender, type Sender } from '../../../src/main/outbox/sender'
import { drawHere } from '../../../src/main/printing/worker/drawing'
import type { TestOffice } from '../../support/test-app'
import { memoryKeys } from './memory-keys'

export interface ReceivedLetter {
  to: string
  from: string
  subject: string
  text: string
  messageId: string
  attachments: { fileName: string; contentType: string; content: Buffer }[]
}

export interface MailServer {
  port: number
  letters: ReceivedLetter[]
  /** Decides what happens to the next recipient and the next text; both let everything through at first. */
  rules: {
    /** An SMTP answer that refuses the recipient, 'hangUp' before the text is asked for, 'hang': no answer at all, or null. */
    recipient(address: string): number | 'hangUp' | 'hang' | null
    /** After the whole text has come: an SMTP answer, 'hangUp' instead of one, 'hang', or null. */
    text(letter: ReceivedLetter): number | 'hangUp' | 'hang' | null
    /** What happens before the server greets a client, and before it says that it has taken a letter. */
    greeting(): PromiseLike<unknown>
    taking(): PromiseLike<unknown>
  }
  lettersTo(address: string): ReceivedLetter[]
  close(): Promise<void>
}

const answer = (responseCode: number) => Object.assign(new Error('refused by the rules of the test'), { responseCode })

/** A real SMTP server on the loopback. */
export async function startMailServer(options: SMTPServerOptions = {}, port = 0): Promise<MailServer> {
  const letters: ReceivedLetter[] = []
  const rules: MailServer['rules'] = { recipient: () => null, text: () => null, greeting: () => Promise.resolve(), taking: () => Promise.resolve() }
  const hangUp = () => {
    for (const connection of server.connections) (connection as unknown as { _socket: { destroy(): void } })._socket.destroy()
  }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onConnect(_session, done) {
      void rules.greeting().then(() => done())
    },
    onRcptTo({ address }, _session, done) {
      const verdict = rules.recipient(address)
      if (verdict === 'hangUp') hangUp()
      else if (verdict !== 'hang') done(verdict === null ? null : answer(verdict))
    },
    onData(stream, session, done) {
      void simpleParser(stream).then((mail) => {
        const letter = {
          to: session.envelope.rcptTo.map(({ address }) => address).join(),
          from: mail.from?.text ?? '', subject: mail.subject ?? '', text: mail.text ?? '', messageId: mail.messageId ?? '',
          attachments: mail.attachments.map(({ filename, contentType, content }) => ({ fileName: filename ?? '', contentType, content })),
        }
        const verdict = rules.text(letter)
        if (typeof verdict === 'number') return done(answer(verdict))
        letters.push(letter)
        if (verdict === 'hangUp') hangUp()
        else if (verdict !== 'hang') void rules.taking().then(() => done())
      // A client that goes away in the middle of the text has sent no letter.
      }, () => undefined)
    },
    ...options,
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()))
  return {
    port: (server.server.address() as AddressInfo).port,
    letters,
    rules,
    lettersTo: (address) => letters.filter(({ to }) => to === address),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** The sender's login as office.ts makes it: okno_outbox and nothing else. Roles belong to the server, hence a name of its own. */
export async function outboxLogin(office: TestOffice): Promise<Login> {
  const user = `sender_${randomBytes(5).toString('hex')}`
  const password = randomBytes(9).toString('hex')
  await office.owner.raw(`create role ${user} login password '${password}'`)
  await office.owner.raw(`grant okno_outbox to ${user}`)
  await office.owner.raw('grant connect on database ?? to ??', [office.address.database, user])
  return { user, password }
}

export interface MailOffice {
  mail: MailServer
  login: Login
  keys: SenderKeys
  log: Log
  logFiles(): string[]
  /** Sends what is due now. */
  drain(): Promise<void>
  sender(): Sender
  close(): Promise<void>
}

/** An office whose letters leave through a mail server of the test, set by its administrator. */
export async function openMailOffice(office: TestOffice, options?: SMTPServerOptions): Promise<MailOffice> {
  const mail = await startMailServer(options)
  const admin = await office.desk('admin')
  await admin.api.settings.saveMail({ host: '127.0.0.1', port: mail.port, security: 'none', fromAddress: 'office@okno.example', fromName: 'Центр обслуживания' })
  const login = await outboxLogin(office)
  const log = openLog(admin.folder.logs)
  const keys = await memoryKeys()
  const sending = { address: () => office.deskAddress, login, fallback: { mail: null, sms: null }, keys, drawBill: drawHere().bill, log }
  const senders: Sender[] = []
  return {
    mail,
    login,
    keys,
    log,
    logFiles: () => readdirSync(admin.folder.logs).map((name) => join(admin.folder.logs, name)),
    drain: () => drainOutbox(sending),
    sender() {
      const sender = startSender(sending)
      senders.push(sender)
      return sender
    },
    async close() {
      await Promise.all(senders.map((sender) => sender.stop()))
      await mail.close()
    },
  }
}

/** The six digits of a letter. */
export const codeIn = ({ subject }: ReceivedLetter): string => /\d{6}/.exec(subject)![0]
