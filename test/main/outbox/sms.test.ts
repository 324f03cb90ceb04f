import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { SmsGateway } from '@shared/domain/sms-gateway'
import { sendSms } from '../../../src/main/outbox/sms'
import { openTestOffice, type TestDesk, type TestOffice } from '../../support/test-app'
import { failureOf } from '../../support/visit'
import { gatewaySettings, startGateway, type TestGateway } from './gateway'
import { openMailOffice, type MailOffice } from './mail-office'

const pem = (name: string) => readFileSync(new URL(`../../support/tls/${name}`, import.meta.url), 'utf8')

let office: TestOffice
let post: MailOffice
let admin: TestDesk
let gateway: TestGateway
beforeEach(async () => {
  office = await openTestOffice()
  post = await openMailOffice(office)
  admin = await office.desk('admin')
  gateway = await startGateway()
})
afterEach(async () => {
  await gateway.close()
  await post.close()
  await office.close()
})

const phone = '+79430000001'
async function set(own: Partial<SmsGateway> = {}, secret: string | null = 'gate-secret-1'): Promise<void> {
  await admin.api.settings.saveSms({ gateway: gatewaySettings(gateway.port, own), ...(secret ? { secret } : {}) })
}
async function queue(code = '482915', to = phone): Promise<number> {
  const { rows } = await office.owner.raw(`select outbox_put(gen_random_uuid(), 'sms', ?, 'contactCode', jsonb_build_object('code', ?::text, 'minutes', 10), null) as id`, [to, code])
  return Number(rows[0].id)
}
async function message(id: number): Promise<{ state: string; error: string | null; attempts: number; wait: number; params: unknown }> {
  const { rows } = await office.owner.raw('select state, error, attempts, params, round(extract(epoch from next_attempt_at - now()))::int as wait from outbox_message where id = ?', [id])
  return rows[0]
}
const timePasses = () => office.owner.raw(`update outbox_message set next_attempt_at = now() - interval '1 second'`)

test('an SMS leaves as the gateway wants it, in the words of the template, and nothing of it stays', async () => {
  await set()
  const id = await queue()
  await post.drain()
  expect(gateway.requests).toMatchObject([{ method: 'POST', url: '/send', headers: { authorization: 'Bearer gate-secret-1', 'content-type': 'application/json' } }])
  expect(JSON.parse(gateway.requests[0]!.body)).toEqual({ to: phone, text: expect.stringContaining('482915'), id: `okno-${id}` })
  expect(gateway.connections).toBe(1)
  expect(await message(id)).toMatchObject({ state: 'sent', error: null, params: null })
})

describe('what is said is escaped for where it stands', () => {
  const nasty = 'Код "1" \\ & <2> {secret}\r\nX-Evil: yes %41 ё'
  const send = (own: Partial<SmsGateway>) => sendSms({ ...gatewaySettings(gateway.port, own), secret: 'gate-secret-1' }, { id: 7, to: phone, text: nasty }, () => Promise.resolve(true))

  test('in JSON', async () => {
    await send({})
    expect(JSON.parse(gateway.requests[0]!.body)).toEqual({ to: phone, text: nasty, id: 'okno-7' })
  })
  test('in a form', async () => {
    await send({ contentType: 'form', body: 'to={phoneDigits}&text={text}&key={secret}' })
    expect(Object.fromEntries(new URLSearchParams(gateway.requests[0]!.body))).toEqual({ to: '79430000001', text: nasty, key: 'gate-secret-1' })
  })
  test('in the address', async () => {
    await send({ method: 'GET', contentType: 'none', body: '', url: `http://127.0.0.1:${gateway.port}/send?to={phoneDigits}&text={text}` })
    expect(Object.fromEntries(new URL(gateway.requests[0]!.url, 'http://x').searchParams)).toEqual({ to: '79430000001', text: nasty })
    expect(gateway.requests[0]!.headers).not.toHaveProperty('x-evil')
  })
  test('in XML', async () => {
    await send({ contentType: 'xml', body: '<sms to="{phone}"><text>{text}</text></sms>' })
    const { body } = gateway.requests[0]!
    expect(body.match(/</g)).toHaveLength(4)
    expect(body.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))).toBe(`<sms to="${phone}"><text>${nasty}</text></sms>`)
  })
  test('in a header', async () => {
    await send({ headers: [{ name: 'X-Text', value: '{text}' }, { name: 'Authorization', value: 'Basic {basic}' }], login: 'office' })
    expect(gateway.requests[0]!.headers['x-evil']).toBeUndefined()
    expect(gateway.requests[0]!.headers['x-text']).toContain('X-Evil: yes')
    expect(Buffer.from(gateway.requests[0]!.headers.authorization!.replace('Basic ', ''), 'base64').toString()).toBe('office:gate-secret-1')
  })
})

describe('a gateway that answers', () => {
  test('200 with an error in its body has refused: nothing is sent again by itself', async () => {
    await set()
    gateway.answer = { status: 200, body: '{"status": "error", "text": "wrong number"}' }
    const id = await queue()
    await post.drain()
    await timePasses()
    await post.drain()
    expect(gateway.requests).toHaveLength(1)
    expect(await message(id)).toMatchObject({ state: 'failed', error: 'gatewayRefused' })
  })

  test('200 with something else than what was expected has refused as well', async () => {
    await set()
    const id = await queue()
    gateway.answer = { status: 200, body: '<html>Please sign in</html>' }
    await post.drain()
    expect(await message(id)).toMatchObject({ state: 'failed', error: 'gatewayRefused' })
  })

  test('what the office calls «later» (no money) waits and is sent when there is some', async () => {
    await set({ check: { kind: 'pattern', pattern: '^OK' }, laterPattern: 'balance' })
    gateway.answer = { status: 200, body: 'ERROR: balance too low' }
    const id = await queue()
    await post.drain()
    expect(await message(id)).toMatchObject({ state: 'queued', error: 'gatewayRefused' })
    gateway.answer = { status: 200, body: 'OK 1' }
    await timePasses()
    await post.drain()
    expect(await message(id)).toMatchObject({ state: 'sent', attempts: 2 })
  })

  test('429 is asked again, not before it said', async () => {
    await set()
    gateway.answer = { status: 429, body: '', headers: { 'Retry-After': '120' } }
    const id = await queue()
    await post.drain()
    expect(await message(id)).toMatchObject({ state: 'queued', error: 'gateway429', wait: expect.toSatisfy((wait: number) => wait > 110 && wait <= 120) })
  })

  test('500 may have sent it: it is not sent again by itself', async () => {
    await set()
    gateway.answer = { status: 500, body: '' }
    const id = await queue()
    await post.drain()
    await timePasses()
    await post.drain()
    expect(gateway.requests).toHaveLength(1)
    expect(await message(id)).toMatchObject({ state: 'uncertain', error: 'gateway500' })
  })

  test('500, but knows a repeated message by its id, is asked again with the same id', async () => {
    await set({ knowsRepeats: true })
    gateway.answer = { status: 500, body: '' }
    const id = await queue()
    await post.drain()
    gateway.answer = { status: 200, body: '{"status": "ok"}' }
    await timePasses()
    await post.drain()
    expect(gateway.requests.map(({ body }) => JSON.parse(body).id)).toEqual([`okno-${id}`, `okno-${id}`])
    expect(await message(id)).toMatchObject({ state: 'sent' })
  })

  test.each([[401, 'authentication'], [403, 'authentication'], [404, 'gatewayMisconfigured']])('%i is between the office and the gateway: messages wait and leave once the settings are put right', async (status, error) => {
    await set()
    gateway.answer = { status, body: '' }
    const id = await queue()
    await post.drain()
    expect(await message(id)).toMatchObject({ state: 'queued', error })
    gateway.answer = { status: 200, body: '{"status": "ok"}' }
    await set()
    await post.drain()
    expect(await message(id)).toMatchObject({ state: 'sent' })
  })

  test('400 refuses this message only', async () => {
    await set()
    gateway.answer = { status: 400, body: '' }
    const id = await queue()
    await post.drain()
    expect(await message(id)).toMatchObject({ state: 'failed', error: 'gateway400' })
  })

  test('with a redirect is not followed: the secret is for one host', async () => {
    const elsewhere = await startGateway()
    try {
      await set()
      gateway.answer = { status: 307, body: '', headers: { Location: `http://127.0.0.1:${elsewhere.port}/send` } }
      const id = await queue()
      await post.drain()
      expect(elsewhere.requests).toEqual([])
      expect(await message(id)).toMatchObject({ state: 'queued', error: 'gatewayRedirects' })
    } finally {
      await elsewhere.close()
    }
  })
})

describe('a gateway that does not answer', () => {
  test.each(['hang', 'hangUp', 'halfAnswer'] as const)('after it has the request (%s) may have sent it', async (answer) => {
    await set()
    gateway.answer = answer
    const id = await queue()
    await post.drain()
    expect(await message(id)).toMatchObject({ state: 'uncertain', error: 'noAnswer' })
    await timePasses()
    await post.drain()
    expect(gateway.requests).toHaveLength(1)
  })

  test('at all has sent nothing: the message waits', async () => {
    await set()
    const id = await queue()
    await gateway.close()
    await post.drain()
    expect(await message(id)).toMatchObject({ state: 'queued', error: 'unreachable' })
  })

  test('holds up no letters', async () => {
    await set({ timeoutSeconds: 30 })
    gateway.answer = 'hang'
    const id = await queue()
    post.sender()
    await vi.waitFor(() => expect(gateway.requests).toHaveLength(1), { timeout: 15_000, interval: 20 })
    await office.owner.raw(`select outbox_put(gen_random_uuid(), 'email', 'a@example.org', 'test', '{}', null)`)
    await vi.waitFor(() => expect(post.mail.letters).toHaveLength(1), { timeout: 15_000, interval: 20 })
    expect(await message(id)).toMatchObject({ state: 'sending' })
    await gateway.close()
  })
})

describe('over TLS', () => {
  const send = (port: number, own: Partial<SmsGateway>) => sendSms({ ...gatewaySettings(port, { url: `https://127.0.0.1:${port}/send`, ...own }), secret: 'x' }, { id: 1, to: phone, text: 'Текст' }, () => Promise.resolve(true))
  test.each([
    ['of an authority the office trusts is taken', 'server.pem', { ca: pem('ca.pem') }, { outcome: 'sent' }, 1],
    ['nobody vouches for gets nothing', 'server.pem', {}, { outcome: 'later', error: 'certificate' }, 0],
    ['of another host gets nothing', 'other.pem', { ca: pem('ca.pem') }, { outcome: 'later', error: 'certificate' }, 0],
  ])('a certificate %s', async (_what, cert, own, result, requests) => {
    const secure = await startGateway({ key: pem('server.key'), cert: pem(cert) })
    try {
      expect(await send(secure.port, own)).toEqual(result)
      expect(secure.requests).toHaveLength(requests)
    } finally {
      await secure.close()
    }
  })
})

describe('the settings of the gateway', () => {
  test('are the administrator’s; the secret goes in and never comes out', async () => {
    expect(await admin.api.settings.sms({})).toEqual({ gateway: null, hasSecret: false })
    await set()
    const shown = await admin.api.settings.sms({})
    expect(shown).toEqual({ gateway: gatewaySettings(gateway.port), hasSecret: true })
    await set({ timeoutSeconds: 9 }, null)
    expect((await office.owner.raw('select secret from sms_gateway')).rows).toEqual([{ secret: 'gate-secret-1' }])
    const { rows } = await office.owner.raw(`select string_agg(e::text, ' ') as audit from audit_event e where action like 'settings.%'`)
    expect(rows[0].audit).toContain('settings.saveSmsGateway')
    expect(rows[0].audit).not.toContain('gate-secret-1')
    for (const person of ['first', 'senior'] as const) {
      const other = await office.desk(person)
      expect(await failureOf(other, 'settings.sms', {})).toMatchObject({ code: 'forbidden', reason: 'roleMissing' })
      const psql = await office.psql(person)
      for (const sql of ['select sms_gateway_get()', `select sms_gateway_save('{}', 'x')`, 'select outbox_transports()']) await expect(psql.query(sql), sql).rejects.toMatchObject({ code: '42501' })
    }
    const psql = await office.psql('admin')
    for (const sql of ['select secret from sms_gateway', 'select outbox_transports()']) await expect(psql.query(sql), sql).rejects.toMatchObject({ code: '42501' })
    await admin.api.settings.removeSms({})
    expect(await admin.api.settings.sms({})).toEqual({ gateway: null, hasSecret: false })
  })

  test('keep the secret for the host it was typed for', async () => {
    await set()
    expect(await failureOf(admin, 'settings.saveSms', { gateway: gatewaySettings(gateway.port, { url: 'https://thief.example.org/send' }) })).toMatchObject({ reason: 'secretOfAnotherHost' })
    await admin.api.settings.saveMail({ host: 'mail.example.org', port: 587, security: 'starttls', username: 'office', password: 'mail-secret-1', fromAddress: 'a@example.org', fromName: 'Офис' })
    expect(await failureOf(admin, 'settings.saveMail', { host: 'thief.example.org', port: 587, security: 'starttls', username: 'office', fromAddress: 'a@example.org', fromName: 'Офис' })).toMatchObject({ reason: 'secretOfAnotherHost' })
  })

  test('demand encryption to any other computer unless the office says otherwise, in the program and in the database', async () => {
    const plain = gatewaySettings(80, { url: 'http://sms.example.org/send' })
    expect(await failureOf(admin, 'settings.saveSms', { gateway: plain, secret: 'x' })).toMatchObject({ code: 'invalidInput' })
    const psql = await office.psql('admin')
    await expect(psql.query('select sms_gateway_save($1, $2)', [JSON.stringify(plain), 'x'])).rejects.toMatchObject({ message: 'encryptionRequired' })
    await admin.api.settings.saveSms({ gateway: { ...plain, allowPlain: true }, secret: 'x' })
    await expect(psql.query('select mail_transport_save($1)', [JSON.stringify({ host: 'mail.example.org', port: 25, security: 'none', fromAddress: 'a@b.ru', fromName: 'x' })])).rejects.toMatchObject({ message: 'encryptionRequired' })
  })

  test('are tried with a test message that goes the way of all others', async () => {
    await set()
    const sent = await admin.api.settings.testMessage({ operationId: crypto.randomUUID(), channel: 'sms', recipient: '8 (943) 000-00-01' })
    expect(await admin.api.outbox.message({ id: sent.id })).toMatchObject({ state: 'queued', recipient: '+7 *** ***-**-01' })
    await post.drain()
    expect(await admin.api.outbox.message({ id: sent.id })).toMatchObject({ state: 'sent' })
    expect(JSON.parse(gateway.requests[0]!.body)).toMatchObject({ to: phone, text: expect.stringContaining('Проверка связи') })
    expect(await failureOf(admin, 'settings.testMessage', { operationId: crypto.randomUUID(), channel: 'sms', recipient: 'почта' })).toMatchObject({ reason: 'phoneMalformed' })
    for (let n = 0; n < 4; n++) await admin.api.settings.testMessage({ operationId: crypto.randomUUID(), channel: 'email', recipient: 'admin@example.org' })
    expect(await failureOf(admin, 'settings.testMessage', { operationId: crypto.randomUUID(), channel: 'email', recipient: 'admin@example.org' })).toMatchObject({ reason: 'tooManyTests' })
  })
})
