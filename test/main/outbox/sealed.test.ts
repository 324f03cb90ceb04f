import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openSenderKeys, seal } from '../../../src/main/outbox/sealed'
import { openTestOffice, type TestOffice } from '../../support/test-app'
import { openMailOffice, type MailOffice } from './mail-office'
import { memoryKeys } from './memory-keys'

let office: TestOffice
let post: MailOffice
beforeEach(async () => {
  office = await openTestOffice()
  post = await openMailOffice(office)
})
afterEach(async () => {
  await post.close()
  await office.close()
})

const hour = 3_600_000
const one = '11111111-1111-4111-8111-111111111111'
const another = '22222222-2222-4222-8222-222222222222'

test('what is sealed to a sender opens there, for that operation, and nowhere else', async () => {
  const keys = await memoryKeys()
  const others = await memoryKeys()
  const boxes = await seal({ password: 't7qk-m9wd' }, [await keys.current(), await others.current()], one)
  expect(Object.keys(boxes).sort()).toEqual([...keys.ids(), ...others.ids()].sort())
  expect(JSON.stringify(boxes)).not.toContain('t7qk')
  expect(await keys.open(boxes, one)).toEqual({ password: 't7qk-m9wd' })
  expect(await others.open(boxes, one)).toEqual({ password: 't7qk-m9wd' })
  expect(await keys.open(boxes, another)).toBeNull()
  expect(await (await memoryKeys()).open(boxes, one)).toBeNull()
  const [id, box] = Object.entries(boxes)[0]!
  const spoilt = Buffer.from(box, 'base64')
  spoilt[40]! ^= 1
  expect(await keys.open({ ...boxes, [keys.ids()[0]!]: spoilt.toString('base64') }, one)).toBeNull()
  expect(id).toMatch(/^[0-9a-f]{32}$/)
})

test('the same secret sealed twice looks different each time', async () => {
  const keys = await memoryKeys()
  const key = await keys.current()
  expect(await seal({ pin: '604173' }, [key], one)).not.toEqual(await seal({ pin: '604173' }, [key], one))
})

test('the key lies in the secrets of the data folder, for its owner alone, and is a new one every day; the one before opens what was sealed to it', async () => {
  const { folder } = await office.desk(null)
  let clock = Date.parse('2026-11-22T09:00:00Z')
  const keys = await openSenderKeys(folder, () => clock)
  const first = await keys.current()
  const file = join(folder.secrets, 'outbox-keys')
  expect(statSync(file).mode & 0o077).toBe(0)
  expect(readFileSync(file, 'utf8')).toContain(first.publicKey)
  const boxes = await seal({ password: 'x' }, [first], one)
  clock += 23 * hour
  expect(await keys.current()).toEqual(first)
  clock += 2 * hour
  const restarted = await openSenderKeys(folder, () => clock)
  const second = await restarted.current()
  expect(second).not.toEqual(first)
  expect(await restarted.open(boxes, one)).toEqual({ password: 'x' })
  clock += 26 * hour
  await restarted.current()
  expect(readFileSync(file, 'utf8')).not.toContain(first.publicKey)
  expect(await restarted.open(boxes, one)).toBeNull()
})

test('a damaged file of keys is no obstacle: a new key is made', async () => {
  const { folder } = await office.desk(null)
  await folder.writeSecret('outbox-keys', '{"half')
  const keys = await openSenderKeys(folder)
  expect(keys.ids()).toEqual([])
  expect((await keys.current()).id).toBe(keys.ids()[0])
})

const keysOf = async () => (await (await office.psql('first')).query('select outbox_sender_keys() as keys')).rows[0].keys as { id: string; publicKey: string }[]
const put = (sealed: Record<string, string>, recipient = 'a@example.org') =>
  office.owner.raw(`select outbox_put(?, 'email', ?, 'portalPassword', jsonb_build_object('sealed', ?::jsonb, 'login', '0012345', 'url', 'https://lk.example.org/', 'portalName', 'ЛК', 'expires', null), null) as id`, [one, recipient, JSON.stringify(sealed)])
    .then(({ rows }) => Number(rows[0].id))
const message = async (id: number) => (await office.owner.raw('select state, error, params, expires_at - created_at as life from outbox_message where id = ?', [id])).rows[0]

test('a desk seals to the senders that live, and the letter brings the secret that nothing else holds', async () => {
  expect(await keysOf()).toEqual([])
  post.sender()
  await vi.waitFor(async () => expect(await keysOf()).toHaveLength(1), { timeout: 15_000, interval: 50 })
  expect((await keysOf())[0]).toEqual(await post.keys.current())
  const id = await put(await seal({ password: 't7qk-m9wd-3zfn' }, await keysOf(), one))
  await vi.waitFor(() => expect(post.mail.letters).toHaveLength(1), { timeout: 15_000, interval: 50 })
  expect(post.mail.letters[0]!.text).toContain('t7qk-m9wd-3zfn')
  await vi.waitFor(async () => expect(await message(id)).toMatchObject({ state: 'sent', params: null, life: { hours: 1 } }), { timeout: 15_000, interval: 50 })
  const log = post.logFiles().map((file) => readFileSync(file, 'utf8')).join('')
  expect(log).toContain('portalPassword')
  expect(log).not.toContain('t7qk')
})

test('a sender without the key leaves it to the one that has it; nobody else’s letter waits for that, and after an hour it is over', async () => {
  const lost = await memoryKeys()
  const id = await put(await seal({ password: 'x' }, [await lost.current()], one))
  await office.owner.raw(`select outbox_put(?, 'email', 'a@example.org', 'test', '{}', null)`, [another])
  await post.drain()
  expect(post.mail.letters).toMatchObject([{ subject: 'Проверка отправки писем' }])
  expect(await message(id)).toMatchObject({ state: 'queued' })
  await office.owner.raw(`update outbox_message set expires_at = now() - interval '1 second' where id = ?`, [id])
  await post.drain()
  expect(await message(id)).toMatchObject({ state: 'expired', error: 'expired', params: null })
})

test('a box that was put under another operation’s message is refused, not sent', async () => {
  const id = await put(await seal({ password: 'x' }, [await post.keys.current()], another))
  await post.drain()
  expect(post.mail.letters).toEqual([])
  expect(await message(id)).toMatchObject({ state: 'failed', error: 'secretLost' })
})

test('keys of senders that have not been heard of are not sealed to, and are forgotten after a day', async () => {
  for (const [age, keys] of [['3 minutes', await memoryKeys()], ['25 hours', await memoryKeys()]] as const) {
    const { publicKey } = await keys.current()
    await office.owner.raw('select outbox_sender_seen(?)', [publicKey])
    await office.owner.raw(`update outbox_sender_key set seen_at = now() - interval '${age}' where public_key = ?`, [publicKey])
  }
  expect(await keysOf()).toEqual([])
  await office.owner.raw('select outbox_sender_seen(?)', [(await post.keys.current()).publicKey])
  expect(await keysOf()).toEqual([await post.keys.current()])
  const { rows } = await office.owner.raw('select count(*)::int as n from outbox_sender_key')
  expect(rows[0].n).toBe(2)
})
