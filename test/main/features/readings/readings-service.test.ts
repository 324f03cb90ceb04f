import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addDays, addMonthsToPeriod, periodOf } from '@shared/domain/dates'
import { cast } from '../../../../src/main/training'
import type { CastMember } from '../../../../src/main/training/cast'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'
import { enteredRows, giveMeters, tenth, type GivenMeter } from './meters'

let office: TestOffice
let desk: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
})
afterEach(() => office.close())

/** A visit for readings only, with these meters at the account. The last of twelve readings is 133 m³ of the 10th of last month unless said otherwise. */
async function atMeters(meters: GivenMeter[], { person = cast.pyotrElder, provider = 'eis24', at = desk }: { person?: CastMember; provider?: string; at?: TestDesk } = {}) {
  const { visit, account } = await openVisit(at, person, 'readingsOnly')
  const accountId = account(provider).id
  const { rows } = await office.owner.raw('select office_today()::text as today')
  const today: string = rows[0].today
  const ids = await giveMeters(office.owner, accountId, today, meters)
  const target = { visitId: visit.id, accountId }
  const request = (values: number[], { meterId = ids[0]!, reasons = [] as string[], takenOn = today, operationId = operation() } = {}) => ({
    operationId, ...target, takenOn, entries: [{ meterId, values, reasons }],
  })
  return { visit, accountId, today, ids, target, request, meterId: ids[0]! }
}
const save = (request: object) => desk.api.readings.save(request as Parameters<TestDesk['api']['readings']['save']>[0])
const refused = (request: object, at = desk) => failureOf(at, 'readings.save', request)
/** Rules by meter of a refusal. */
function rulesOf({ details }: { details?: Record<string, unknown> | undefined }): Record<string, string[]> {
  const meters = details?.['meters'] as Record<string, { rule: string }[]>
  return Object.fromEntries(Object.entries(meters).map(([id, verdicts]) => [id, [...new Set(verdicts.map(({ rule }) => rule))].sort()]))
}

describe('the sheet of an account', () => {
  test('shows every meter with its history, limits and window', async () => {
    const { visit, account } = await openVisit(desk, cast.maria, 'readingsOnly')
    const sheet = await desk.api.readings.sheet({ visitId: visit.id, accountId: account('smorodina').id })
    expect(sheet).toMatchObject({ accountNumber: '04012345', provider: 'Смородина', status: 'active', policy: { windowFromDay: 20, windowToDay: 25, expiredVerification: 'warn' } })
    expect(sheet.closedThrough).toBe(addMonthsToPeriod(periodOf(sheet.today), -1))
    expect(sheet.meters.map(({ serial, service, zones }) => [serial, service, zones])).toEqual([['01174200018', 'electricity', 2], ['G4-00318845', 'gas', 1]])
    for (const { history, zones } of sheet.meters) {
      expect(history.length).toBeGreaterThanOrEqual(12)
      expect(history.every(({ values }) => values.length === zones)).toBe(true)
      expect(history.map(({ takenOn }) => takenOn)).toEqual(history.map(({ takenOn }) => takenOn).sort().reverse())
    }
  })

  test('puts a removed meter last and still shows what it counted', async () => {
    const { visit, account } = await openVisit(desk, cast.nina, 'readingsOnly')
    const { meters } = await desk.api.readings.sheet({ visitId: visit.id, accountId: account('eis24').id })
    expect(meters.map(({ serial, removedOn }) => [serial, removedOn !== null])).toEqual([['00910106', false], ['00110106', true]])
    expect(meters[1]!.history.length).toBeGreaterThan(0)
  })

  test('holds no name and no contact of the subscriber: for readings nobody is identified', async () => {
    const { visit, account } = await openVisit(desk, cast.maria, 'readingsOnly')
    const sheet = JSON.stringify(await desk.api.readings.sheet({ visitId: visit.id, accountId: account('enser').id }))
    for (const secret of ['Соколова', 'Мария', 'maria.sokolova', '9431002030']) expect(sheet).not.toContain(secret)
  })
})

describe('a reading that fits', () => {
  test('is taken with its consumption, for the bill of its month or of the next one after the window', async () => {
    const { request, meterId, today, target } = await atMeters([{ serial: 'A1' }])
    const { saved } = await save(request([136_400]))
    const period = Number(today.slice(8)) <= 25 ? periodOf(today) : addMonthsToPeriod(periodOf(today), 1)
    expect(saved).toEqual([{ meterId, readingId: expect.any(Number), takenOn: today, consumption: [3_400], period, warnings: [] }])
    const { meters } = await desk.api.readings.sheet(target)
    expect(meters[0]!.history[0]).toMatchObject({ takenOn: today, values: [136_400], status: 'entered', channel: 'desk', period })
  })

  test('keeps how it came', async () => {
    const { request, target } = await atMeters([{ serial: 'A1' }])
    await save({ ...request([136_000]), channel: 'phone' })
    expect((await desk.api.readings.sheet(target)).meters[0]!.history[0]).toMatchObject({ channel: 'phone' })
    expect(await refused({ ...request([137_000]), channel: 'act' })).toMatchObject({ code: 'invalidInput', reason: 'shape' })
  })

  test('sent twice under one operation is one reading', async () => {
    const { request, meterId } = await atMeters([{ serial: 'A1' }])
    const once = request([136_000])
    const first = await save(once)
    expect(await save(once)).toEqual(first)
    expect(await enteredRows(office.owner, meterId)).toHaveLength(1)
  })

  test('may be zero: the operator only sees it', async () => {
    const { request } = await atMeters([{ serial: 'A1' }])
    expect((await save(request([133_000]))).saved[0]).toMatchObject({ consumption: [0], warnings: [] })
  })

  test('of a day after the window counts for the next bill, though the month of the day is closed', async () => {
    const { request, today } = await atMeters([{ serial: 'A1' }])
    const lastMonth = addMonthsToPeriod(periodOf(today), -1)
    expect((await save(request([135_000], { takenOn: `${lastMonth}-28` }))).saved[0]).toMatchObject({ period: periodOf(today) })
  })

  test('of a month whose bill is made is taken for the next one: nobody is turned away', async () => {
    const { request, today } = await atMeters([{ serial: 'A1' }])
    const takenOn = `${addMonthsToPeriod(periodOf(today), -1)}-20`
    const { saved } = await save(request([134_000], { takenOn, reasons: ['confirmedByVisitor'] }))
    expect(saved).toMatchObject([{ takenOn, period: periodOf(today) }])
  })

  test('is taken by all zones at once', async () => {
    const { request } = await atMeters([{ serial: 'E2', service: 'electricity', zones: 2, decimals: 0, monthly: 100_000 }])
    expect((await save(request([1_300_000, 1_250_000]))).saved[0]).toMatchObject({ consumption: [100_000, 50_000] })
  })
})

describe('a reading that cannot be is refused', () => {
  const cases: [string, GivenMeter, number[], string][] = [
    ['more digits than the dial has', { serial: 'A1' }, [100_000_000], 'exceedsCapacity'],
    ['a fraction the dial does not show', { serial: 'A1', decimals: 0 }, [136_500], 'tooManyDecimals'],
    ['one zone of three', { serial: 'A1', service: 'electricity', zones: 3 }, [136_000], 'zonesMissing'],
    ['more zones than there are', { serial: 'A1' }, [136_000, 1], 'zonesMissing'],
    ['a meter that sends its readings itself', { serial: 'A1', isAutomatic: true }, [136_000], 'automaticMeter'],
  ]
  test.each(cases)('%s', async (_words, meter, values, rule) => {
    const { request, meterId } = await atMeters([meter])
    const failure = await refused(request(values, { reasons: ['controllerChecked'] }))
    expect(failure).toMatchObject({ code: 'invalidInput', reason: 'readingsRefused' })
    expect(rulesOf(failure)[meterId]).toEqual([rule])
    expect(await enteredRows(office.owner, meterId)).toEqual([])
  })

  test('of tomorrow', async () => {
    const { request, meterId, today } = await atMeters([{ serial: 'A1' }])
    const failure = await refused(request([136_000], { takenOn: addDays(today, 1) }))
    expect(rulesOf(failure)[meterId]).toEqual(['dateInFuture'])
  })

  test('of a meter after its removal', async () => {
    const { request, meterId, today } = await atMeters([{ serial: 'A1' }])
    await office.owner.raw('update meter set removed_on = ? where id = ?', [addDays(today, -1), meterId])
    expect(rulesOf(await refused(request([136_000])))[meterId]).toEqual(['meterRemoved'])
  })

  test('with the meter of another subscriber, and with an account of another subscriber', async () => {
    const { request, target } = await atMeters([{ serial: 'A1' }])
    const { rows } = await office.owner.raw('select m.id, m.account_id from meter m join account a on a.id = m.account_id where a.number = ?', ['0701000103'])
    expect(await refused(request([1_000], { meterId: rows[0].id }))).toMatchObject({ code: 'forbidden', reason: 'meterOfAnotherAccount' })
    expect(await refused({ ...request([1_000], { meterId: rows[0].id }), accountId: rows[0].account_id })).toMatchObject({ code: 'forbidden', reason: 'accountOfAnotherSubscriber' })
    expect(await failureOf(desk, 'readings.sheet', { ...target, accountId: rows[0].account_id })).toMatchObject({ code: 'forbidden', reason: 'accountOfAnotherSubscriber' })
  })

  test('with one meter twice on the sheet, or a reason that nobody knows', async () => {
    const { request, meterId } = await atMeters([{ serial: 'A1' }])
    const twice = request([136_000])
    expect(await refused({ ...twice, entries: [...twice.entries, { meterId, values: [999_000], reasons: [] }] })).toMatchObject({ code: 'invalidInput', reason: 'meterRepeated' })
    expect(await refused(request([136_000], { reasons: ['because'] }))).toMatchObject({ code: 'invalidInput', reason: 'unknownReason' })
    expect(await enteredRows(office.owner, meterId)).toEqual([])
  })

  test('for a closed account', async () => {
    const { request } = await atMeters([{ serial: 'A1' }])
    await office.owner.raw(`update account set status = 'closed' where number = '0701000102'`)
    expect(await refused(request([136_000]))).toMatchObject({ code: 'conflict', reason: 'accountClosed' })
  })
})

describe('an odd reading is taken with the operator’s reason', () => {
  const cases: [string, GivenMeter, number[], string[], string, number[] | null][] = [
    ['lower than before', { serial: 'A1' }, [120_000], ['belowPrevious'], 'previousEntryWrong', null],
    ['a digit too many', { serial: 'A1' }, [1_365_000], ['aboveMaximum', 'aboveUsual', 'looksMistyped'], 'confirmedByVisitor', [1_232_000]],
    ['the dial has turned over', { serial: 'A1', service: 'hot_water', decimals: 0, from: 99_965_000 }, [3_000], ['rollover'], 'rollover', [5_000]],
  ]
  test.each(cases)('%s', async (_words, meter, values, rules, reason, consumption) => {
    const { request, meterId, target } = await atMeters([meter])
    const failure = await refused(request(values))
    expect(failure).toMatchObject({ code: 'invalidInput', reason: 'reasonRequired' })
    expect(rulesOf(failure)).toEqual({ [meterId]: rules })
    // A reason that does not answer the warning is none.
    expect(await refused(request(values, { reasons: ['nobodyLivesThere'] }))).toMatchObject({ reason: 'reasonRequired' })
    expect(await enteredRows(office.owner, meterId)).toEqual([])

    const { saved } = await save(request(values, { reasons: [reason] }))
    expect(saved[0]!.consumption).toEqual(consumption)
    expect([...saved[0]!.warnings].sort()).toEqual(rules)
    expect((await desk.api.readings.sheet(target)).meters[0]!.history[0]).toMatchObject({ values, reasons: [reason] })
    const { rows } = await office.owner.raw(`select details from audit_event where action = 'readings.save'`)
    expect(rows).toMatchObject([{ details: { reasons: [reason], meters: 1 } }])
  })

  test('the real meter of the office that has turned over goes on from there', async () => {
    const { visit, account } = await openVisit(desk, cast.fyodor, 'readingsOnly')
    const { meters } = await desk.api.readings.sheet({ visitId: visit.id, accountId: account('enser').id })
    const values = meters.find(({ serial }) => serial === '00009805')!.history.map(({ values }) => values[0])
    const turn = values.indexOf(99_998_000)
    expect(turn).toBeGreaterThan(0)
    expect(values[turn - 1]).toBe(3_000)
  })

  test('cold and hot water in each other’s rows are noticed at both', async () => {
    const { ids, request } = await atMeters([{ serial: 'C1' }, { serial: 'H1', service: 'hot_water', from: 20_000 }])
    const sheet = request([56_000])
    const failure = await refused({ ...sheet, entries: [{ meterId: ids[0], values: [55_500], reasons: [] }, { meterId: ids[1], values: [136_000], reasons: [] }] })
    expect(rulesOf(failure)[ids[0]!]).toContain('looksSwapped')
    expect(rulesOf(failure)[ids[1]!]).toContain('looksSwapped')
  })

  test('a back-dated one above the next one needs a reason too', async () => {
    const { request, meterId, today } = await atMeters([{ serial: 'A1' }])
    const lastMonth = addMonthsToPeriod(periodOf(today), -1)
    await save(request([134_000]))
    const failure = await refused(request([140_000], { takenOn: `${lastMonth}-28` }))
    expect(failure).toMatchObject({ reason: 'reasonRequired' })
    expect(rulesOf(failure)[meterId]).toContain('aboveNext')
  })
})

describe('an expired verification is the provider’s to judge', () => {
  test('ЭнСер asks for a reason', async () => {
    const { request, meterId, today } = await atMeters([{ serial: 'A1' }], { person: cast.fyodor, provider: 'enser' })
    await office.owner.raw('update meter set verified_until = ? where id = ?', [addDays(today, -1), meterId])
    expect(rulesOf(await refused(request([136_000])))).toEqual({ [meterId]: ['verificationExpired'] })
    expect((await save(request([136_000], { reasons: ['verificationInProgress'] }))).saved[0]).toMatchObject({ warnings: ['verificationExpired'] })
  })

  test('EIS24 takes none, whatever the reason', async () => {
    const { request, meterId, today } = await atMeters([{ serial: 'A1' }])
    await office.owner.raw('update meter set verified_until = ? where id = ?', [addDays(today, -1), meterId])
    expect(await refused(request([136_000], { reasons: ['verificationInProgress'] }))).toMatchObject({ reason: 'readingsRefused' })
  })

  test('one that only tells takes it', async () => {
    const { request, meterId, today } = await atMeters([{ serial: 'A1' }])
    await office.owner.raw('update meter set verified_until = ? where id = ?', [addDays(today, -1), meterId])
    await office.owner.raw(`update provider set profile = jsonb_set(profile, '{readings,expiredVerification}', '"inform"') where code = 'eis24'`)
    expect((await save(request([136_000]))).saved[0]).toMatchObject({ warnings: [] })
  })
})

test('a sheet is taken whole or not at all', async () => {
  const { ids, request } = await atMeters([{ serial: 'C1' }, { serial: 'C2' }])
  const sheet = { ...request([]), entries: [{ meterId: ids[0], values: [136_000], reasons: [] }, { meterId: ids[1], values: [100_000_000], reasons: [] }] }
  expect(Object.keys(rulesOf(await refused(sheet)))).toEqual([String(ids[1])])
  expect(await enteredRows(office.owner, ids[0]!)).toEqual([])
  const mended = { ...sheet, entries: [sheet.entries[0], { meterId: ids[1], values: [135_000], reasons: [] }] }
  expect((await save(mended)).saved.map(({ meterId }) => meterId)).toEqual(ids)
})

describe('a second reading of one day', () => {
  test('takes the place of the first, which stays on record with the reason', async () => {
    const { request, meterId, target } = await atMeters([{ serial: 'A1' }])
    await save(request([136_000]))
    const failure = await refused(request([135_000]))
    expect(rulesOf(failure)).toEqual({ [meterId]: ['secondInPeriod'] })
    await save(request([135_000], { reasons: ['previousEntryWrong'] }))
    const [first, second] = await enteredRows(office.owner, meterId)
    expect(first).toMatchObject({ t1: 136_000, status: 'cancelled', status_reason: 'replaced' })
    expect(second).toMatchObject({ t1: 135_000, status: 'entered', replaces_id: first!.id })
    const { meters } = await desk.api.readings.sheet(target)
    expect(meters[0]!.history.slice(0, 2).map(({ status, statusReason }) => [status, statusReason])).toEqual([['entered', null], ['cancelled', 'replaced']])
  })

  test('does not touch one that billing has used', async () => {
    const { request, meterId } = await atMeters([{ serial: 'A1' }])
    await save(request([136_000]))
    await office.owner.raw(`update meter_reading set status = 'calculated' where meter_id = ? and operation_id is not null`, [meterId])
    expect(await refused(request([135_000], { reasons: ['previousEntryWrong'] }))).toMatchObject({ code: 'conflict', reason: 'readingAlreadyCalculated' })
    expect(await enteredRows(office.owner, meterId)).toMatchObject([{ t1: 136_000, status: 'calculated' }])
  })

  test('from another desk at the same moment neither doubles nor swallows the first', async () => {
    const { ids, request } = await atMeters(['A1', 'A2', 'A3', 'A4'].map((serial) => ({ serial })))
    const other = await office.desk('second')
    const theirs = await openVisit(other, cast.pyotrElder, 'readingsOnly')
    for (const meterId of ids) {
      const mine = request([136_000], { meterId })
      const [left, right] = await Promise.all([
        desk.dispatch('readings.save', mine),
        other.dispatch('readings.save', { ...request([137_000], { meterId }), visitId: theirs.visit.id }),
      ])
      const results = [left!, right!]
      expect(results.filter(({ ok }) => ok)).toHaveLength(1)
      const lost = results.find(({ ok }) => !ok) as { failure: { reason: string } }
      expect(['changedByAnotherDesk', 'reasonRequired']).toContain(lost.failure.reason)
      expect(await enteredRows(office.owner, meterId)).toMatchObject([{ t1: left!.ok ? 136_000 : 137_000, status: 'entered' }])
    }
  })

  test('that the judging desk could not see is not replaced unseen', async () => {
    const { request, meterId } = await atMeters([{ serial: 'A1' }])
    const other = await office.desk('second')
    const { visit } = await openVisit(other, cast.pyotrElder, 'readingsOnly')
    await save(request([136_000]))
    const theirs = { ...request([137_000]), visitId: visit.id }
    expect(await refused(theirs, other)).toMatchObject({
      code: 'conflict', reason: 'changedByAnotherDesk', details: { meterId, staffName: expect.any(String), at: expect.any(String), current: { values: [136_000] } },
    })
    // Knowing of it they may replace it.
    await other.api.readings.save({ ...request([137_000], { reasons: ['previousEntryWrong'] }), visitId: visit.id })
    expect((await enteredRows(office.owner, meterId)).map(({ t1, status }) => [Number(t1), status])).toEqual([[136_000, 'cancelled'], [137_000, 'entered']])
  })
})

describe('taking back', () => {
  test('puts the reading before in force again, as it was', async () => {
    const first = await atMeters([{ serial: 'A1' }])
    await save(first.request([136_000]))
    await desk.api.visits.close({ operationId: operation(), visitId: first.visit.id })
    expect(await enteredRows(office.owner, first.meterId)).toMatchObject([{ status: 'accepted' }])

    const { visit } = await openVisit(desk, cast.pyotrElder, 'readingsOnly')
    const second = { ...first.request([135_000], { reasons: ['previousEntryWrong'] }), visitId: visit.id }
    await save(second)
    expect(await desk.api.visits.undo({ operationId: operation(), target: second.operationId })).toEqual({ undone: 'readings.save' })
    expect(await enteredRows(office.owner, first.meterId)).toMatchObject([
      { t1: 136_000, status: 'accepted', status_reason: null },
      { t1: 135_000, status: 'cancelled', status_reason: 'undone' },
    ])
    expect(await failureOf(desk, 'visits.undo', { operationId: operation(), target: second.operationId })).toMatchObject({ reason: 'alreadyUndone' })
  })

  test('is not possible over what another desk entered since', async () => {
    const { request, meterId } = await atMeters([{ serial: 'A1' }])
    const mine = request([136_000])
    await save(mine)
    const other = await office.desk('second')
    const theirs = await openVisit(other, cast.pyotrElder, 'readingsOnly')
    await other.api.readings.save({ ...request([137_000], { reasons: ['previousEntryWrong'] }), visitId: theirs.visit.id })
    expect(await failureOf(desk, 'visits.undo', { operationId: operation(), target: mine.operationId })).toMatchObject({ code: 'conflict', reason: 'changedSince' })
    expect((await enteredRows(office.owner, meterId)).map(({ status }) => status)).toEqual(['cancelled', 'entered'])
  })

  test('ends with the visit, which accepts what was entered and not what was taken back', async () => {
    const { request, ids, visit } = await atMeters([{ serial: 'A1' }, { serial: 'A2' }])
    const kept = request([136_000])
    const undone = request([137_000], { meterId: ids[1]! })
    await save(kept)
    await save(undone)
    await desk.api.visits.undo({ operationId: operation(), target: undone.operationId })
    const { done } = await desk.api.visits.close({ operationId: operation(), visitId: visit.id })
    expect(done.filter(({ kind }) => kind === 'readings.save').map((entry) => entry.undone)).toEqual([false, true])
    expect((await enteredRows(office.owner, ids[0]!)).map(({ status }) => status)).toEqual(['accepted'])
    expect((await enteredRows(office.owner, ids[1]!)).map(({ status }) => status)).toEqual(['cancelled'])
    expect(await failureOf(desk, 'visits.undo', { operationId: operation(), target: kept.operationId })).toMatchObject({ reason: 'visitClosed' })
    expect(await refused(request([138_000]))).toMatchObject({ reason: 'visitClosed' })
  })
})

describe('psql under an operator’s login can do no more', () => {
  async function asking() {
    const prepared = await atMeters([{ serial: 'A1' }])
    const client = await office.psql('first')
    const ask = (entry: object, { takenOn = prepared.today, channel = 'desk' } = {}) =>
      client.query('select reading_save($1, $2, $3, $4, $5, $6) as result', [
        operation(), prepared.visit.id, prepared.accountId, takenOn, channel, JSON.stringify([{ meterId: prepared.meterId, values: [136_000], reasons: [], ...entry }]),
      ])
    return { ...prepared, client, ask }
  }

  test('nothing impossible gets in', async () => {
    const { ask, meterId, today, client } = await asking()
    const attempts: [object, Parameters<typeof ask>[1], string][] = [
      [{ values: [-1] }, {}, 'readingsRefused'],
      [{ values: [100_000_000] }, {}, 'readingsRefused'],
      [{ values: [136_000, 1] }, {}, 'readingsRefused'],
      [{ values: [] }, {}, 'readingsRefused'],
      [{ values: [null] }, {}, 'readingsRefused'],
      [{}, { takenOn: addDays(today, 1) }, 'readingsRefused'],
      [{}, { takenOn: tenth(today, 31) }, 'readingsRefused'],
      [{ values: [1_000] }, {}, 'reasonRequired'],
      [{ values: [133_000] }, { takenOn: addDays(tenth(today, 3), 1) }, 'reasonRequired'],
      [{ values: [120_000] }, { takenOn: tenth(today, 1), }, 'reasonRequired'],
      [{}, { channel: 'act' }, 'readingChannel'],
      [{}, { channel: 'import' }, 'readingChannel'],
    ]
    for (const [entry, how, reason] of attempts) await expect(ask(entry, how), JSON.stringify([entry, how])).rejects.toMatchObject({ message: reason })
    await office.owner.raw('update meter set is_automatic = true where id = ?', [meterId])
    await expect(ask({})).rejects.toMatchObject({ message: 'readingsRefused', detail: expect.stringContaining('automaticMeter') })
    await office.owner.raw('update meter set is_automatic = false where id = ?', [meterId])
    expect(await enteredRows(office.owner, meterId)).toEqual([])
    await expect(client.query(`insert into meter_reading (meter_id, account_id, taken_on, period, t1, channel, status) values ($1, 1, now(), '2026-01-01', 1, 'desk', 'accepted')`, [meterId])).rejects.toMatchObject({ code: '42501' })
    await expect(client.query('update meter_reading set t1 = 0')).rejects.toMatchObject({ code: '42501' })
    expect((await ask({})).rows[0].result.saved).toHaveLength(1)
  })
})
