import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OutboxList } from '@shared/contract/outbox'
import { openTestOffice, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf } from '../../../support/visit'
import { openMailOffice, type MailOffice } from '../../outbox/mail-office'

let office: TestOffice
let post: MailOffice
let admin: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  post = await openMailOffice(office)
  admin = await office.desk('admin')
})
afterEach(async () => {
  await post.close()
  await office.close()
})

async function queue(recipient: string, template = 'contactCode', expires: string | null = null): Promise<number> {
  const { rows } = await office.owner.raw(
    `select outbox_put(gen_random_uuid(), 'email', ?, ?, '{"code": "482915", "minutes": 10}', (select min(id) from provider), now() + ?::interval) as id`,
    [recipient, template, expires],
  )
  return Number(rows[0].id)
}
const list = async (what: OutboxList, more: object = {}) => (await admin.api.outbox.list({ what, ...more })).messages
const params = async (id: number) => (await office.owner.raw('select params from outbox_message where id = ?', [id])).rows[0].params as unknown
const audit = async (action: string) => (await office.owner.raw('select details from audit_event where action = ? order by seq', [action])).rows.map(({ details }: { details: object }) => details)

/** A letter refused for good, and one that may have arrived. */
async function dead(): Promise<{ refused: number; uncertain: number }> {
  post.mail.rules.recipient = () => 550
  const refused = await queue('refused@example.org')
  await post.drain()
  post.mail.rules.recipient = () => null
  post.mail.rules.text = () => 'hangUp'
  const uncertain = await queue('uncertain@example.org')
  await post.drain()
  post.mail.rules.text = () => null
  post.mail.letters.length = 0
  return { refused, uncertain }
}

test('what could not be sent is listed with the reason, without text and whole address', async () => {
  const { refused, uncertain } = await dead()
  const messages = await list('dead')
  expect(messages).toMatchObject([
    { id: uncertain, channel: 'email', template: 'contactCode', recipient: 'u***@example.org', state: 'uncertain', error: 'brokenOff', resend: 'mayRepeat', provider: expect.any(String) },
    { id: refused, recipient: 'r***@example.org', state: 'failed', error: 'smtp550', resend: 'plain', attempts: 1 },
  ])
  expect(JSON.stringify(messages)).not.toMatch(/482915|refused@|uncertain@/)
})

test('counts tell the states of each template, whether anybody sends, and what is set', async () => {
  await dead()
  await queue('waiting@example.org', 'contactLink')
  expect(await admin.api.outbox.overview({})).toEqual({
    counts: [
      { state: 'failed', channel: 'email', template: 'contactCode', count: 1, oldestAt: expect.any(String) },
      { state: 'uncertain', channel: 'email', template: 'contactCode', count: 1, oldestAt: expect.any(String) },
      { state: 'queued', channel: 'email', template: 'contactLink', count: 1, oldestAt: expect.any(String) },
    ],
    senders: 0, mail: true, sms: false,
  })
  await office.owner.raw('select outbox_sender_seen(?)', [(await post.keys.current()).publicKey])
  expect(await admin.api.outbox.overview({})).toMatchObject({ senders: 1 })
})

test('a long list comes in pages, and by template', async () => {
  const ids: number[] = []
  for (let n = 0; n < 5; n++) ids.unshift(await queue(`a${n}@example.org`, n % 2 ? 'contactLink' : 'contactCode'))
  const first = await list('waiting', { limit: 2 })
  expect(first.map(({ id }) => id)).toEqual(ids.slice(0, 2))
  expect((await list('waiting', { limit: 50, before: first[1]!.id })).map(({ id }) => id)).toEqual(ids.slice(2))
  expect(await list('waiting', { template: 'contactLink' })).toHaveLength(2)
})

describe('sending again', () => {
  test('brings a refused letter to its recipient, once, under the id it had', async () => {
    const { refused } = await dead()
    expect(await admin.api.outbox.resend({ ids: [refused], evenIfArrived: false })).toEqual({ resent: 1, left: [] })
    expect(await admin.api.outbox.resend({ ids: [refused], evenIfArrived: false })).toEqual({ resent: 0, left: [refused] })
    await post.drain()
    expect(post.mail.letters).toMatchObject([{ to: 'refused@example.org', messageId: `<okno-${refused}@okno.example>`, subject: expect.stringContaining('482915') }])
    expect(await list('sent')).toMatchObject([{ id: refused, state: 'sent', resend: 'no' }])
    expect(await params(refused)).toBeNull()
    expect(await admin.api.outbox.resend({ ids: [refused], evenIfArrived: true })).toEqual({ resent: 0, left: [refused] })
  })

  test('leaves what may have arrived alone until somebody says that a second one is wanted', async () => {
    const { uncertain } = await dead()
    expect(await admin.api.outbox.resend({ ids: [uncertain], evenIfArrived: false })).toEqual({ resent: 0, left: [uncertain] })
    await post.drain()
    expect(post.mail.letters).toEqual([])
    expect(await admin.api.outbox.resend({ ids: [uncertain], evenIfArrived: true })).toEqual({ resent: 1, left: [] })
    await post.drain()
    expect(post.mail.lettersTo('uncertain@example.org')).toHaveLength(1)
  })

  test('is written into the audit, with the mask only', async () => {
    const { refused } = await dead()
    await admin.api.outbox.resend({ ids: [refused], evenIfArrived: false })
    expect(await audit('outbox.resend')).toEqual([{ outboxId: refused, template: 'contactCode', state: 'failed', to: 'r***@example.org', error: 'smtp550' }])
  })

  test('is over when the code in it has expired, and its text is wiped', async () => {
    post.mail.rules.recipient = () => 550
    const id = await queue('late@example.org', 'contactCode', '10 minutes')
    await post.drain()
    expect(await params(id)).not.toBeNull()
    await office.owner.raw(`update outbox_message set expires_at = now() - interval '1 second' where id = ?`, [id])
    expect(await list('dead')).toMatchObject([{ id, resend: 'no' }])
    expect(await admin.api.outbox.resend({ ids: [id], evenIfArrived: true })).toEqual({ resent: 0, left: [id] })
    await post.drain()
    expect(await params(id)).toBeNull()
  })

  test('is over after a week for what never expires', async () => {
    const { refused } = await dead()
    await office.owner.raw(`update outbox_message set finished_at = now() - interval '8 days' where id = ?`, [refused])
    await post.drain()
    expect(await params(refused)).toBeNull()
    expect(await list('dead')).toMatchObject([{ resend: 'mayRepeat' }, { id: refused, resend: 'no' }])
  })
})

describe('cancelling', () => {
  test('takes a letter out of the queue for good', async () => {
    const id = await queue('a@example.org')
    expect(await admin.api.outbox.cancel({ ids: [id] })).toEqual({ cancelled: 1, left: [] })
    await post.drain()
    expect(post.mail.letters).toEqual([])
    expect(await list('cancelled')).toMatchObject([{ id, state: 'cancelled', resend: 'no' }])
    expect(await params(id)).toBeNull()
    expect(await audit('outbox.cancel')).toMatchObject([{ outboxId: id, state: 'queued' }])
  })

  test('comes in time as long as nothing has gone out, also for a letter that a sender has in hand', async () => {
    const id = await queue('a@example.org')
    post.mail.rules.greeting = () => admin.api.outbox.cancel({ ids: [id] })
    await post.drain()
    expect(post.mail.letters).toEqual([])
    expect(await list('cancelled')).toMatchObject([{ id }])
  })

  test('is too late once the text is on its way', async () => {
    const id = await queue('a@example.org')
    let answer: unknown
    post.mail.rules.taking = async () => {
      answer = await admin.api.outbox.cancel({ ids: [id] })
    }
    await post.drain()
    expect(answer).toEqual({ cancelled: 0, left: [id] })
    expect(await list('sent')).toMatchObject([{ id }])
  })

  test('clears the list of the dead', async () => {
    const { refused, uncertain } = await dead()
    expect(await admin.api.outbox.cancel({ ids: [refused, uncertain] })).toEqual({ cancelled: 2, left: [] })
    expect(await list('dead')).toEqual([])
  })
})

test('the outbox is the administrator’s, in the program and in the database', async () => {
  for (const person of ['first', 'senior'] as const) {
    const desk = await office.desk(person)
    for (const call of ['outbox.overview', 'outbox.list', 'outbox.resend', 'outbox.cancel']) expect(await failureOf(desk, call, { what: 'dead', ids: [1], evenIfArrived: true })).toMatchObject({ code: 'forbidden' })
    const psql = await office.psql(person)
    for (const sql of ['select outbox_overview()', `select outbox_list('dead')`, `select outbox_resend('{1}', true)`, `select outbox_cancel('{1}')`, 'select outbox_one(1)']) {
      await expect(psql.query(sql), sql).rejects.toMatchObject({ code: '42501' })
    }
  }
  expect(await failureOf(admin, 'outbox.message', { id: 999_999 })).toMatchObject({ code: 'notFound', reason: 'outboxMessage' })
})
