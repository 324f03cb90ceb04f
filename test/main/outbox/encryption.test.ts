import { readFileSync } from 'node:fs'
import type { SMTPServerOptions } from 'smtp-server'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { MailTransport } from '@shared/contract/settings'
import { sendMail, type SendResult, type Transport } from '../../../src/main/outbox/mail'
import { startMailServer, type MailServer } from './mail-office'

// A real SMTP server with a certificate of an authority of the test's own.

const pem = (name: string) => readFileSync(new URL(`../../support/tls/${name}`, import.meta.url), 'utf8')
const ca = pem('ca.pem')
const key = pem('server.key')
const rightLogin: SMTPServerOptions = {
  onAuth: ({ username, password }, _session, done) => (username === 'office' && password === 'right' ? done(null, { user: 'office' }) : done(new Error('no'))),
}

const open: MailServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})
async function server(options: Parameters<typeof startMailServer>[0]): Promise<MailServer> {
  const started = await startMailServer(options)
  open.push(started)
  return started
}

let started: number
beforeEach(() => (started = 0))
function send({ port }: MailServer, security: MailTransport['security'], own: Partial<Transport> = {}): Promise<SendResult> {
  const transport: Transport = { host: '127.0.0.1', port, security, fromAddress: 'office@okno.example', fromName: 'Офис', ...own }
  return sendMail(transport, { id: 1, to: 'a@example.org', letter: { subject: 'Код', text: 'Текст' } }, () => {
    started++
    return Promise.resolve(true)
  })
}

describe.each([
  ['STARTTLS', 'starttls', {}],
  ['TLS from the first byte', 'tls', { secure: true }],
] as const)('%s', (_name, security, options) => {
  const encrypted = { ...options, key, cert: pem('server.pem'), disabledCommands: [] as string[] }

  test('with the right certificate and password the letter passes', async () => {
    const mail = await server({ ...encrypted, authOptional: false, ...rightLogin })
    expect(await send(mail, security, { ca, username: 'office', password: 'right' })).toEqual({ outcome: 'sent' })
    expect(mail.letters).toMatchObject([{ to: 'a@example.org', subject: 'Код' }])
  })

  test('a certificate nobody vouches for gets neither the password nor the letter, and the letter waits', async () => {
    const asked: string[] = []
    const mail = await server({ ...encrypted, authOptional: false, onAuth: ({ password }, _session, done) => {
      asked.push(String(password))
      done(null, { user: 'office' })
    } })
    expect(await send(mail, security, { username: 'office', password: 'right' })).toEqual({ outcome: 'later', error: 'certificate' })
    expect([asked, mail.letters, started]).toEqual([[], [], 0])
  })

  test('nor does one of another host', async () => {
    const mail = await server({ ...encrypted, cert: pem('other.pem') })
    expect(await send(mail, security, { ca })).toEqual({ outcome: 'later', error: 'certificate' })
    expect([mail.letters, started]).toEqual([[], 0])
  })

  test('a wrong password lets the letter wait', async () => {
    const mail = await server({ ...encrypted, authOptional: false, ...rightLogin })
    expect(await send(mail, security, { ca, username: 'office', password: 'wrong' })).toEqual({ outcome: 'later', error: 'authentication' })
    expect(started).toBe(0)
  })
})

test('a server that offers no STARTTLS gets nothing when it is demanded', async () => {
  const mail = await server({ disabledCommands: ['STARTTLS'] })
  expect(await send(mail, 'starttls', { ca })).toEqual({ outcome: 'later', error: 'encryption' })
  expect([mail.letters, started]).toEqual([[], 0])
})

test('a server that speaks plainly where TLS is expected is no encryption', async () => {
  const mail = await server({ disabledCommands: ['STARTTLS'] })
  expect(await send(mail, 'tls', { ca })).toMatchObject({ outcome: 'later', error: 'encryption' })
})

test('a letter that has become somebody else’s is not sent, though the server was ready for its text', async () => {
  const mail = await server({ disabledCommands: ['STARTTLS'] })
  const result = await sendMail({ host: '127.0.0.1', port: mail.port, security: 'none', fromAddress: 'office@okno.example', fromName: 'Офис' }, { id: 1, to: 'a@example.org', letter: { subject: 'Код', text: 'Текст' } }, () => Promise.resolve(false))
  expect(result).toEqual({ outcome: 'lost' })
  expect(mail.letters).toEqual([])
})

test('the way is asked for only after the server has said «go on»', async () => {
  const mail = await server({ disabledCommands: ['STARTTLS'] })
  mail.rules.recipient = () => 550
  expect(await send(mail, 'none')).toMatchObject({ outcome: 'refused' })
  expect(started).toBe(0)
  mail.rules.recipient = () => null
  expect(await send(mail, 'none')).toEqual({ outcome: 'sent' })
  expect(started).toBe(1)
})
