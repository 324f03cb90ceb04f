import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import iconv from 'iconv-lite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { addDays, addMonthsToPeriod } from '@shared/domain/dates'
import type { Period } from '@shared/domain/dates'
import { cast } from '../../../../src/main/training'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'
import { giveMeters } from '../readings/meters'

let office: TestOffice
let desk: TestDesk
let admin: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
  admin = await office.desk('admin')
  admin.saveTo.path = join(dirname(admin.saveTo.path!), 'readings.csv')
})
afterEach(() => office.close())

/** Two meters at an account, the last of twelve readings 133 m³; one of them read today, 136 m³. */
async function atMeters() {
  const { visit, account } = await openVisit(desk, cast.pyotrElder, 'readingsOnly')
  const { id: accountId, number } = account('eis24')
  const { rows } = await office.owner.raw('select office_today()::text as today')
  const today: string = rows[0].today
  const ids = await giveMeters(office.owner, accountId, today, [{ serial: 'A1' }, { serial: '=B;2', service: 'hot_water' }])
  const target = { visitId: visit.id, accountId }
  const save = async (meterId: number, value: number, takenOn = today) =>
    (await desk.api.readings.save({ operationId: operation(), ...target, takenOn, entries: [{ meterId, values: [value], reasons: ['confirmedByVisitor'] }] })).saved[0]!
  const first = await save(ids[0]!, 136_500)
  return { visit, target, today, number, ids, save, first, ref: { meterId: ids[0]!, takenOn: today, readingId: first.readingId } }
}
const give = (period: Period, more: Partial<Parameters<TestDesk['api']['registers']['exportReadings']>[0]> = {}) =>
  admin.api.registers.exportReadings({ operationId: operation(), period, provider: null, encoding: 'utf-8', again: null, ...more })
const bytes = () => readFileSync(admin.saveTo.path!)
const lines = (text = bytes().toString('utf8')) => text.split('\r\n').slice(1, -1)
const dotted = (date: string) => date.split('-').reverse().join('.')

test('what was taken goes to billing once, with who took it, and is marked with its batch', async () => {
  const { visit, today, number, first, ids, save } = await atMeters()
  const done = await give(first.period)
  expect(done).toMatchObject({ rows: 1, cancelled: 0, fileName: 'readings.csv' })
  expect(bytes().toString('utf8')).toBe(
    '\uFEFFprovider;account;serial;service;taken_on;t1;t2;t3;channel;operator;visit;status;reason;period\r\n'
    + `eis24;${number};A1;cold_water;${dotted(today)};136,5;;;desk;Ветрова Анна Павловна;${visit.id};entered;confirmedByVisitor;${first.period.slice(5)}.${first.period.slice(0, 4)}\r\n`,
  )
  expect(statSync(admin.saveTo.path!).mode & 0o777).toBe(0o600)
  expect(await office.owner('meter_reading').where({ id: first.readingId }).select('export_id')).toEqual([{ export_id: done.batchId }])

  // A serial that a spreadsheet would run, and a separator in it.
  const second = await save(ids[1]!, 136_000)
  expect(second.period).toBe(first.period)
  const next = await give(first.period)
  expect(lines()).toEqual([expect.stringContaining(`;"'=B;2";hot_water;${dotted(today)};136;`)])
  expect((await give(first.period)).rows).toBe(0)
  expect(lines()).toEqual([])
  const batches = await admin.api.registers.exports({})
  expect(batches.map(({ rows }) => rows)).toEqual([0, 1, 1])
  expect(batches[1]).toMatchObject({ batchId: next.batchId, period: first.period, provider: null, encoding: 'utf-8', staffName: 'Снегирёв Лев Андреевич' })
})

test('a batch asked for again is the same to the byte, whatever became of its readings; so is a repeated operation', async () => {
  const { target, first, ref } = await atMeters()
  const operationId = operation()
  const done = await give(first.period, { operationId, provider: 'eis24', encoding: 'windows-1251' })
  const before = bytes()
  expect(iconv.decode(before, 'win1251')).toContain('Ветрова Анна Павловна')
  await desk.api.readings.cancel({ operationId: operation(), visitId: target.visitId, reading: ref, reason: 'wrongValue', comment: null })
  rmSync(admin.saveTo.path!)
  expect(await give(addMonthsToPeriod(first.period, 1), { again: done.batchId })).toEqual(done)
  expect(bytes().equals(before)).toBe(true)
  rmSync(admin.saveTo.path!)
  expect(await give(first.period, { operationId, provider: 'eis24', encoding: 'windows-1251' })).toEqual(done)
  expect(bytes().equals(before)).toBe(true)
  expect(await admin.api.registers.exports({})).toHaveLength(1)
  expect(await failureOf(admin, 'registers.exportReadings', { operationId: operation(), period: first.period, again: randomUUID() })).toMatchObject({ code: 'notFound', reason: 'exportBatch' })
})

test('what was given and cancelled since is told in the next batch, of whatever period, with what stands in its place; and once', async () => {
  const { target, today, first, ref } = await atMeters()
  await give(first.period)
  const { saved } = await desk.api.readings.correct({ operationId: operation(), visitId: target.visitId, reading: ref, reason: 'wrongValue', takenOn: today, values: [137_000], reasons: ['confirmedByVisitor'] })
  const later = addMonthsToPeriod(first.period, 1)
  expect(await give(later)).toMatchObject({ rows: 2, cancelled: 1 })
  expect(lines()).toEqual([expect.stringMatching(/;136,5;.*;cancelled;wrongValue;/), expect.stringMatching(/;137;.*;entered;confirmedByVisitor;/)])
  expect((await give(later)).rows).toBe(0)
  expect((await give(first.period)).rows).toBe(0)
  expect(await office.owner('meter_reading').where({ id: saved.readingId }).whereNotNull('export_id')).toHaveLength(1)
})

test('a cancellation that was told and then undone is taken back: the reading is given again', async () => {
  const { target, first, ref } = await atMeters()
  await give(first.period)
  const operationId = operation()
  await desk.api.readings.cancel({ operationId, visitId: target.visitId, reading: ref, reason: 'wrongMeter', comment: null })
  expect(await give(first.period)).toMatchObject({ rows: 1, cancelled: 1 })
  await desk.api.visits.undo({ operationId: operation(), target: operationId })
  expect(await give(first.period)).toMatchObject({ rows: 1, cancelled: 0 })
  expect(lines()).toEqual([expect.stringMatching(/;136,5;.*;entered;/)])
  expect((await give(first.period)).rows).toBe(0)
})

test('a reading cancelled before it was given is never told; another period or provider, and what came by a register, stay', async () => {
  const { target, first, ref, ids, save, today } = await atMeters()
  await desk.api.readings.cancel({ operationId: operation(), visitId: target.visitId, reading: ref, reason: 'wrongValue', comment: null })
  expect((await give(first.period)).rows).toBe(0)
  await save(ids[1]!, 136_000)
  expect((await give(addMonthsToPeriod(first.period, 1))).rows).toBe(0)
  expect((await give(first.period, { provider: 'enser' })).rows).toBe(0)
  const file = join(dirname(admin.saveTo.path!), 'register.csv')
  const { number } = await office.owner('account').where({ id: target.accountId }).first('number')
  writeFileSync(file, `provider;account;serial;taken_on;t1\neis24;${number};A1;${addDays(today, -1)};136\n`)
  expect(await admin.api.registers.run({ operationId: operation(), file, kind: 'readings' })).toMatchObject({ refused: 0 })
  expect((await give(first.period)).rows).toBe(1)
  expect(lines()[0]).toContain('hot_water')
})

test('our own file taken in as a register changes nothing', async () => {
  const { first, ids, save } = await atMeters()
  await save(ids[1]!, 135_125)
  await office.owner('meter').where({ id: ids[1]! }).update({ serial: 'B-2' })
  await give(first.period)
  expect(await admin.api.registers.run({ operationId: operation(), file: admin.saveTo.path!, kind: 'readings' })).toMatchObject({ unchanged: 2, refused: 0, accepted: 0, warned: 0 })
})

test('two at once: each reading is in one of the two batches', async () => {
  const { first } = await atMeters()
  const other = await office.desk('admin')
  const both = await Promise.all([give(first.period), other.api.registers.exportReadings({ operationId: operation(), period: first.period, provider: null, encoding: 'utf-8', again: null })])
  expect(both.map(({ rows }) => rows).sort()).toEqual([0, 1])
})

test('a disk that refuses loses nothing: the batch stands and its file is written again; a closed dialog marks nothing', async () => {
  const { first } = await atMeters()
  const good = admin.saveTo.path!
  admin.saveTo.path = null
  expect(await failureOf(admin, 'registers.exportReadings', { operationId: operation(), period: first.period })).toMatchObject({ reason: 'saveCancelled' })
  expect(await admin.api.registers.exports({})).toEqual([])
  admin.saveTo.path = join(dirname(good), 'no such folder', 'readings.csv')
  expect(await failureOf(admin, 'registers.exportReadings', { operationId: operation(), period: first.period })).toMatchObject({ reason: 'exportNotWritten', details: { error: 'ENOENT' } })
  admin.saveTo.path = good
  const [batch] = await admin.api.registers.exports({})
  expect(await give(first.period, { again: batch!.batchId })).toMatchObject({ rows: 1 })
  expect(lines()).toHaveLength(1)
  expect(readdirSync(dirname(good)).filter((name) => name.endsWith('.okno'))).toEqual([])
})

test('characters the encoding does not have refuse the batch, and nothing is marked', async () => {
  const { first, ids } = await atMeters()
  await office.owner('meter').where({ id: ids[0]! }).update({ serial: 'A①' })
  expect(await failureOf(admin, 'registers.exportReadings', { operationId: operation(), period: first.period, encoding: 'windows-1251' })).toMatchObject({ code: 'invalidInput', reason: 'exportEncoding' })
  expect((await give(first.period)).rows).toBe(1)
})

test('administrators only; who took the file stands in the log, and the parts are nobody else’s', async () => {
  const { first } = await atMeters()
  expect(await failureOf(desk, 'registers.exportReadings', { operationId: operation(), period: first.period })).toMatchObject({ code: 'forbidden' })
  const done = await give(first.period)
  const { rows } = await office.owner.raw(`select details from audit_event where action = 'registers.exportReadings'`)
  expect(rows.map(({ details }: { details: unknown }) => details)).toEqual([{ batchId: done.batchId, period: first.period, encoding: 'utf-8', rows: 1, cancelled: 0, again: false }])

  const psql = await office.psql('admin')
  // Without having asked for it by a transaction that stands in the log.
  await office.owner('reading_export').update({ given_at: new Date(0) })
  await expect(psql.query('select reading_export_bytes($1, 1)', [done.batchId])).rejects.toMatchObject({ code: 'OK404' })
  await psql.query('begin')
  await psql.query('select reading_export($1, $2, null, $3, $4)', [randomUUID(), `${first.period}-01`, 'utf-8', done.batchId])
  await expect(psql.query('select reading_export_bytes($1, 1)', [done.batchId])).rejects.toMatchObject({ code: 'OK404' })
  await psql.query('rollback')
  const stranger = await office.psql('first')
  await expect(stranger.query('select reading_export_bytes($1, 1)', [done.batchId])).rejects.toMatchObject({ code: '42501' })
})
