import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import type { Events } from '@shared/events'
import type { Transport } from './mail'
import type { Ways } from './sender'
import type { Gateway } from './sms'

type Received = (letter: Events['training.letter']) => void

/**
 * A training office has no mail server, no gateway, and its subscribers neither mailboxes nor telephones: letters and SMS end here, on loopback
 * servers inside the program, and are shown on the screen so that a trainee finds the code. They are kept in memory only.
 */
export async function openTrainingMailbox(received: Received): Promise<{ ways: Ways; close(): Promise<void> }> {
  const [post, telephone] = await Promise.all([openMailServer(received), openSmsGateway(received)])
  return {
    ways: { mail: post.transport, sms: telephone.gateway },
    close: async () => {
      await Promise.all([post.close(), telephone.close()])
    },
  }
}

async function openMailServer(received: Received) {
  const { SMTPServer } = await import('smtp-server')
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    async onData(stream, session, done) {
      const { simpleParser } = await import('mailparser')
      const mail = await simpleParser(stream)
      const to = session.envelope.rcptTo.map((recipient) => recipient.address).join(', ')
      received({ channel: 'email', to, subject: mail.subject ?? '', text: mail.text ?? '', at: new Date().toISOString() })
      done()
    },
  })
  // A client that breaks off is its own problem; without a listener it would be ours.
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.server.address() as AddressInfo
  const transport: Transport = { host: '127.0.0.1', port, security: 'none', fromAddress: 'office@okno.invalid', fromName: 'Учебный офис' }
  return { transport, close: () => new Promise<void>((resolve) => server.close(() => resolve())) }
}

const sms = z.object({ to: z.string(), text: z.string() })

async function openSmsGateway(received: Received) {
  const secret = randomBytes(18).toString('base64url')
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const parsed = request.headers.authorization === `Bearer ${secret}` ? sms.safeParse(jsonOf(Buffer.concat(parts).toString('utf8'))) : null
      if (parsed?.success) received({ channel: 'sms', ...parsed.data, subject: '', at: new Date().toISOString() })
      response.writeHead(parsed === null ? 401 : 200, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify({ status: parsed?.success ? 'ok' : 'error' }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.address() as AddressInfo
  const gateway: Gateway = {
    url: `http://127.0.0.1:${port}/send`,
    method: 'POST',
    headers: [{ name: 'Authorization', value: 'Bearer {secret}' }],
    contentType: 'json',
    body: '{"to": "{phone}", "text": "{text}", "id": "{id}"}',
    login: '',
    sender: '',
    statuses: [200],
    check: { kind: 'jsonPath', path: 'status', values: ['ok'] },
    laterPattern: '',
    knowsRepeats: false,
    timeoutSeconds: 10,
    allowPlain: false,
    secret,
  }
  return {
    gateway,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
