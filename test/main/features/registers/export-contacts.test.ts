import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openTestOffice, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf } from '../../../support/visit'

let office: TestOffice
let admin: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  admin = await office.desk('admin')
  admin.saveTo.path = join(dirname(admin.saveTo.path!), 'contacts.csv')
})
afterEach(() => office.close())

const lines = () => readFileSync(admin.saveTo.path!, 'utf8').replace('\uFEFF', '').trimEnd().split('\r\n').slice(1)
const give = (more: object = {}) => admin.api.registers.exportContacts({ operationId: randomUUID(), provider: null, encoding: 'utf-8', again: null, ...more })

/** A subscriber of one account whose main e-mail a register brought and nobody has touched. */
async function somebody(): Promise<{ subscriberId: number; contactId: number; email: string; account: string; provider: string }> {
  const { rows } = await office.owner.raw(`select k.subscriber_id as "subscriberId", k.id as "contactId", k.value as email, a.number as account, p.code as provider
    from subscriber_contact k join account a on a.subscriber_id = k.subscriber_id and a.status = 'active' join provider p on p.id = a.provider_id
    where k.kind = 'email' and k.purpose = 'main' and k.is_current and k.operation_id is null and k.confirmed_how is null
      and (select count(*) from account x where x.subscriber_id = k.subscriber_id) = 1 order by k.id limit 1`)
  return { ...rows[0], subscriberId: Number(rows[0].subscriberId), contactId: Number(rows[0].contactId) }
}

/** As the operations of a desk leave it: 0023-contacts.sql. */
async function change(subscriberId: number, value: string, how: string | null): Promise<void> {
  await office.owner.raw(`update subscriber_contact set state = 'replaced', is_current = false, ended_at = now() where subscriber_id = ? and kind = 'email' and purpose = 'main' and is_current`, [subscriberId])
  await office.owner.raw(`insert into subscriber_contact (subscriber_id, kind, value, key, state, is_current, in_force_at, confirmed_at, confirmed_how, operation_id)
    values (?, 'email', ?, lower(?), ?, true, now(), ?::timestamptz, ?, gen_random_uuid())`, [subscriberId, value, value, how ? 'confirmed' : 'unconfirmed', how ? new Date() : null, how])
}

test('a change is told once, with old, new and how it was confirmed; asked again the file is the same to the byte', async () => {
  const one = await somebody()
  await give()
  await change(one.subscriberId, 'new@mail.example', 'codeAtDesk')
  const first = await give()
  const told = lines().filter((line) => line.includes('new@mail.example'))
  expect(told).toHaveLength(1)
  expect(told[0]).toMatch(new RegExp(`^${one.provider};${one.account};email;${one.email};new@mail\\.example;codeAtDesk;\\d{2}\\.\\d{2}\\.\\d{4} \\d{2}:\\d{2};`))
  const bytes = readFileSync(admin.saveTo.path!)
  expect((await give()).rows).toBe(0)
  expect(await give({ again: first.batchId })).toMatchObject({ rows: first.rows })
  expect(readFileSync(admin.saveTo.path!).equals(bytes)).toBe(true)
  expect((await admin.api.registers.contactExports({}))[0]).toMatchObject({ provider: null, rows: 0 })
})

test('of several changes the last counts against what billing knows; one that was taken back is not told', async () => {
  const one = await somebody()
  await give()
  await change(one.subscriberId, 'first@mail.example', null)
  await change(one.subscriberId, 'second@mail.example', null)
  await give()
  expect(lines().filter((line) => line.includes(`;${one.account};`))).toEqual([expect.stringContaining(`;${one.email};second@mail.example;;;`)])
  // Back to what billing had: it was told of the second one, so it is told.
  await change(one.subscriberId, one.email, null)
  await give()
  expect(lines().filter((line) => line.includes(`;${one.account};`))).toEqual([expect.stringContaining(`;second@mail.example;${one.email};;;`)])
  await change(one.subscriberId, 'third@mail.example', null)
  await change(one.subscriberId, one.email, null)
  expect((await give()).rows).toBe(0)
})

test('a removal is told; what billing itself has sent since is not', async () => {
  const one = await somebody()
  await change(one.subscriberId, 'gone@mail.example', 'link')
  await give()
  await office.owner.raw(`update subscriber_contact set state = 'removed', is_current = false, ended_at = now() where value = 'gone@mail.example'`)
  await give()
  expect(lines().filter((line) => line.includes(`;${one.account};`))).toEqual([expect.stringContaining(';gone@mail.example;;;;')])
  await office.owner.raw(`insert into subscriber_contact (subscriber_id, kind, value, key, state, is_current) values (?, 'email', 'billing@mail.example', 'billing@mail.example', 'unconfirmed', true)`, [one.subscriberId])
  expect((await give()).rows).toBe(0)
})

test('a provider is told of its own accounts, and the others still are later', async () => {
  const one = await somebody()
  await give()
  await change(one.subscriberId, 'new@mail.example', null)
  const other = ['eis24', 'enser', 'smorodina'].find((code) => code !== one.provider)!
  expect((await give({ provider: other })).rows).toBe(0)
  expect((await give({ provider: one.provider })).rows).toBe(1)
})

test('a value that a spreadsheet would run is disarmed; letters the encoding lacks refuse, and nothing is marked', async () => {
  const one = await somebody()
  await give()
  await change(one.subscriberId, '=cmd|①@mail.example', null)
  expect(await failureOf(admin, 'registers.exportContacts', { operationId: randomUUID(), encoding: 'windows-1251' })).toMatchObject({ reason: 'exportEncoding' })
  expect((await give()).rows).toBe(1)
  expect(lines()[0]).toContain(`;'=cmd|①@mail.example;`)
})

test('administrators only, and who took the file stands in the log without a contact', async () => {
  const desk = await office.desk('first')
  expect(await failureOf(desk, 'registers.exportContacts', { operationId: randomUUID() })).toMatchObject({ code: 'forbidden' })
  const psql = await office.psql('first')
  await expect(psql.query('select contact_exports()')).rejects.toMatchObject({ code: '42501' })
  const one = await somebody()
  await change(one.subscriberId, 'secret@mail.example', null)
  const { batchId } = await give()
  const { rows } = await office.owner.raw(`select details from audit_event where action = 'registers.exportContacts'`)
  expect(rows).toEqual([{ details: expect.objectContaining({ batchId, encoding: 'utf-8', again: false }) }])
  expect(JSON.stringify(rows)).not.toContain('secret@')
})
