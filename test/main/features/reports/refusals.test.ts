import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cast } from '../../../../src/main/training'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit, type OpenVisit } from '../../../support/visit'
import { giveMeters } from '../readings/meters'
import { byHand, officeDay, reportsOf } from './asked'

// Readings that a rule kept out leave no reading; a supervisor sees all the same which rule it was, of which meters and at whose window.

let office: TestOffice
let first: TestDesk
let second: TestDesk
let seniorDesk: TestDesk
let senior: ReturnType<typeof reportsOf>
let today: string
let near: { from: string; to: string }
let pyotr: OpenVisit
let accountId: number
let plain: number
let zoned: number

beforeAll(async () => {
  office = await openTestOffice()
  first = await office.desk('first')
  second = await office.desk('second')
  seniorDesk = await office.desk('senior')
  senior = reportsOf(seniorDesk)
  today = await officeDay(office)
  near = { from: await officeDay(office, -1), to: await officeDay(office, 1) }
  pyotr = await openVisit(first, cast.pyotrElder, 'readingsOnly')
  accountId = pyotr.account('eis24').id
  ;[plain, zoned] = (await giveMeters(office.owner, accountId, today, [{ serial: '12345678' }, { serial: '87654321', service: 'electricity', zones: 2, decimals: 0 }])) as [number, number]
})
afterAll(() => office.close())

const save = (entries: { meterId: number; values: number[] }[], channel: 'desk' | 'phone' = 'desk') =>
  failureOf(first, 'readings.save', { operationId: operation(), visitId: pyotr.visit.id, accountId, takenOn: today, channel, entries })

describe('what was refused', () => {
  test('is counted when the database refused it: each rule and meter once in a visit, however often it was tried', async () => {
    const tooLarge = [{ meterId: plain, values: [999_999_999_000] }]
    expect(await save(tooLarge)).toMatchObject({ reason: 'readingsRefused' })
    expect(await save(tooLarge)).toMatchObject({ reason: 'readingsRefused' })
    expect(await save([{ meterId: zoned, values: [1_000] }], 'phone')).toMatchObject({ reason: 'readingsRefused' })
    expect((await senior.rows('readingRefusals', near)).map(({ refusedRule, times, general, zones }) => [refusedRule, times, general, zones]).sort()).toEqual([
      ['exceedsCapacity', 1, 1, 0],
      ['zonesMissing', 1, 0, 1],
    ])
    const hand = await byHand<{ rule: string }>(office, 'select rule from reading_refusal order by rule')
    expect(hand.map(({ rule }) => rule)).toEqual(['exceedsCapacity', 'zonesMissing'])
  })

  test('is counted when the sheet itself kept it back', async () => {
    await first.api.readings.tellRefused({ visitId: pyotr.visit.id, accountId, channel: 'desk', meters: [{ meterId: plain, rules: ['dateInFuture', 'exceedsCapacity'] }] })
    expect(await senior.totals('readingRefusals', near)).toEqual({ times: 3, general: 2, zones: 1, automatic: 0 })
    expect((await senior.rows('readingsByChannel', near)).map(({ channel, refused }) => [channel, refused])).toEqual(expect.arrayContaining([['desk', 1], ['phone', 1]]))
    expect(await senior.totals('readingsByChannel', near)).toMatchObject({ refused: 2 })
  })

  test('is told by who it was, and of a rule alone', async () => {
    expect(await senior.rows('readingRefusalsByStaff', near)).toMatchObject([{ staffName: staff.first.fullName, times: 3, general: 2, zones: 1, automatic: 0 }])
    expect(await senior.rows('readingRefusalsByStaff', { ...near, rule: 'zonesMissing' })).toMatchObject([{ times: 1, zones: 1 }])
    expect(await senior.rows('readingRefusals', { ...near, provider: 'enser' })).toEqual([])
  })

  test('holds no value, no invented rule and no meter of somebody else', async () => {
    const columns = await byHand<{ column_name: string }>(office, `select column_name from information_schema.columns where table_name = 'reading_refusal' order by 1`)
    expect(columns.map(({ column_name }) => column_name)).toEqual(['account_id', 'at', 'channel', 'id', 'meter_id', 'office_id', 'rule', 'staff_id', 'visit_id'])
    const psql = await office.psql('first')
    const before = await byHand(office, 'select from reading_refusal')
    const [foreign] = await byHand<{ id: number }>(office, 'select id::int from meter where account_id <> ? limit 1', [accountId])
    const tell = (meters: object) => psql.query('select reading_refusal_tell($1, $2, $3, $4)', [pyotr.visit.id, accountId, 'desk', JSON.stringify(meters)])
    await tell({ [plain]: ['Иванов Пётр'], [foreign!.id]: ['sealBroken'] })
    expect(await byHand(office, 'select from reading_refusal')).toHaveLength(before.length)
    await expect(tell({ [plain]: 'sealBroken' })).rejects.toMatchObject({ code: 'OK400' })
  })

  test('is nobody’s else’s to tell: another window is not in this visit', async () => {
    expect(await failureOf(second, 'readings.tellRefused', { visitId: pyotr.visit.id, accountId, channel: 'desk', meters: [{ meterId: plain, rules: ['sealBroken'] }] })).toMatchObject({ code: 'forbidden' })
  })

  test('of another office is not there for a supervisor of this one', async () => {
    const [added] = await byHand<{ id: number }>(office, `insert into office (code, name) values ('other', 'Другой офис') returning id`)
    await office.owner.raw(`update reading_refusal set office_id = ? where rule = 'zonesMissing'`, [added!.id])
    expect(await senior.totals('readingRefusals', near)).toMatchObject({ times: 2, zones: 0 })
    const psql = await office.psql('senior')
    await expect(psql.query('select * from reading_refusal')).rejects.toMatchObject({ code: '42501' })
  })
})
