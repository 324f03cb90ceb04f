import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { addDays, addMonthsToPeriod, periodOf } from '@shared/domain/dates'
import { cast } from '../../../../src/main/training'
import { cupsIsThere, startCups, type Cups } from '../../../support/cups/cups'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'
import { giveMeters, type GivenMeter } from './meters'

let office: TestOffice
let desk: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
})
afterEach(() => office.close())

/** A visit with these meters at the account; the last of twelve readings is 133 m³ of the 10th of last month. */
async function atMeters(meters: GivenMeter[]) {
  const { visit, account } = await openVisit(desk, cast.pyotrElder, 'readingsOnly')
  const accountId = account('eis24').id
  const { rows } = await office.owner.raw('select office_today()::text as today')
  const today: string = rows[0].today
  const ids = await giveMeters(office.owner, accountId, today, meters)
  return { visit, today, ids, meterId: ids[0]!, target: { visitId: visit.id, accountId }, act: { number: 'А-17', date: today } }
}
const installed = (today: string) => ({ serial: 'НОВЫЙ-1', digits: 5, decimals: 3, zones: 1, installedOn: today, initial: [12_000], verifiedUntil: '2032-01-01', sealNumber: 'П-5' })

describe('a meter is replaced', () => {
  test('in one step: the last values of the old, the first of the new; no rule compares the two', async () => {
    const { target, today, meterId, act } = await atMeters([{ serial: 'A1' }])
    const done = await desk.api.readings.replaceMeter({ operationId: operation(), ...target, meterId, act, cause: 'verification', removal: { takenOn: today, values: [136_000] }, installed: installed(today) })
    expect(done.consumption).toEqual([3_000])
    const { meters } = await desk.api.readings.sheet(target)
    const fresh = meters.find(({ id }) => id === done.meterId)!
    expect(fresh).toMatchObject({ replacesId: meterId, isCommissioned: true, sealNumber: 'П-5', expected: [null] })
    expect(fresh.history.some((row) => row.meterId === meterId)).toBe(true)
    expect(meters.find(({ id }) => id === meterId)).toMatchObject({ removedOn: today, replacedById: done.meterId })
    await office.owner.raw('update meter set installed_on = ? where id = ?', [addDays(today, -1), done.meterId])
    const { saved } = await desk.api.readings.save({ operationId: operation(), ...target, takenOn: today, entries: [{ meterId: done.meterId, values: [12_400], reasons: [] }] })
    expect(saved[0]).toMatchObject({ consumption: [400], warnings: [] })
  })

  test('and comes back under its own number after its verification, at once or in place of the one that stood in for it', async () => {
    const { target, today, meterId, act } = await atMeters([{ serial: 'A1' }, { serial: 'A2', service: 'cold_water' }])
    const replace = (from: number, serial: string, value: number) =>
      desk.api.readings.replaceMeter({ operationId: operation(), ...target, meterId: from, act, cause: 'verification', removal: { takenOn: today, values: [value], reasons: ['confirmedByVisitor'] }, installed: { ...installed(today), serial, initial: [value] } })
    const back = await replace(meterId, 'A1', 136_000)
    expect(back.meterId).not.toBe(meterId)
    const standIn = await replace(back.meterId, 'НА-ВРЕМЯ', 136_000)
    const again = await replace(standIn.meterId, 'a1', 136_000)
    const { meters } = await desk.api.readings.sheet(target)
    expect(meters.filter(({ removedOn }) => removedOn === null).map(({ id }) => id).sort()).toEqual([again.meterId, meters.find(({ serial }) => serial === 'A2')!.id].sort())
    // The number of a meter that is in service next to it stays its own.
    expect(await failureOf(desk, 'readings.replaceMeter', { operationId: operation(), ...target, meterId: again.meterId, act, cause: 'broken', removal: { takenOn: today, values: [136_000], reasons: ['confirmedByVisitor'] }, installed: { ...installed(today), serial: 'A2' } }))
      .toMatchObject({ code: 'conflict', reason: 'serialTaken' })
  })

  test('a removal can’t be undone once the same number stands here again', async () => {
    const { target, today, ids, act } = await atMeters([{ serial: 'A1' }, { serial: 'A2' }])
    const removal = { takenOn: today, values: [136_000], reasons: ['confirmedByVisitor' as const] }
    const operationId = operation()
    await desk.api.readings.removeMeter({ operationId, ...target, meterId: ids[0]!, act, cause: 'verification', removal })
    const back = { operationId: operation(), ...target, meterId: ids[1]!, act, cause: 'other' as const, removal, installed: { ...installed(today), serial: 'A1' } }
    await desk.api.readings.replaceMeter(back)
    expect(await failureOf(desk, 'visits.undo', { operationId: operation(), target: operationId })).toMatchObject({ code: 'conflict', reason: 'changedSince' })
    await desk.api.visits.undo({ operationId: operation(), target: back.operationId })
    await desk.api.visits.undo({ operationId: operation(), target: operationId })
    expect((await desk.api.readings.sheet(target)).meters.map(({ serial, removedOn }) => [serial, removedOn]).sort()).toEqual([['A1', null], ['A2', null]])
  })

  test('a register finds the one of the day', async () => {
    const { target, today, meterId } = await atMeters([{ serial: 'A1' }])
    const away = addDays(today, -40)
    await office.owner('meter_reading').where({ meter_id: meterId }).where('taken_on', '>', away).del()
    await office.owner('meter').where({ id: meterId }).update({ removed_on: away })
    const [{ id: back }] = await office.owner('meter').insert({ account_id: target.accountId, serial: 'A1', service: 'cold_water', digits: 5, decimals: 3, zones: 1, installed_on: addDays(today, -20), initial: [130_000] }).returning('id')
    const { number } = await office.owner('account').where({ id: target.accountId }).first('number')
    const admin = await office.desk('admin')
    const file = join(dirname(admin.saveTo.path!), 'register.csv')
    const day = addDays(today, -60)
    writeFileSync(file, `provider;account;serial;taken_on;t1\neis24;${number};A1;${day};131\neis24;${number};A1;${today};132\n`)
    expect(await admin.api.registers.run({ operationId: operation(), file, kind: 'readings' })).toMatchObject({ refused: 0 })
    const { rows } = await office.owner.raw('select meter_id::int as id, taken_on::text as day from meter_reading where import_batch_id is not null and meter_id in (?, ?) order by taken_on', [meterId, back])
    expect(rows).toEqual([{ id: meterId, day }, { id: back, day: today }])
    writeFileSync(file, `provider;account;serial;service;digits;decimals;verified_until\neis24;${number};A1;cold_water;5;3;2033-01-01\n`)
    expect(await admin.api.registers.run({ operationId: operation(), file, kind: 'meters' })).toMatchObject({ refused: 0 })
    expect((await office.owner('meter').where({ serial: 'A1', account_id: target.accountId }).whereNotNull('verified_until').select('id')).map(({ id }) => Number(id))).toEqual([back])
  })

  test('and the replacement is taken back as it was, until the new one has been read', async () => {
    const { target, today, meterId, act } = await atMeters([{ serial: 'A1' }])
    const first = operation()
    const { meterId: fresh } = await desk.api.readings.replaceMeter({ operationId: first, ...target, meterId, act, cause: 'broken', removal: { takenOn: today, values: [136_000] }, installed: installed(today) })
    await desk.api.visits.undo({ operationId: operation(), target: first })
    const { meters } = await desk.api.readings.sheet(target)
    expect(meters.map(({ id }) => id)).not.toContain(fresh)
    expect(meters[0]).toMatchObject({ id: meterId, removedOn: null, replacedById: null })
    expect(meters[0]!.history[0]).toMatchObject({ takenOn: today, status: 'cancelled', statusReason: 'undone' })
    expect((await desk.api.readings.acts(target)).every(({ cancelled }) => cancelled)).toBe(true)
  })

  test('not by what cannot be: a serial that is in service, values the dial has not, a day before the removal, twice', async () => {
    const { target, today, meterId, act } = await atMeters([{ serial: 'A1' }, { serial: 'A2' }])
    const ask = (changes: object, removal = { takenOn: today, values: [136_000] }) =>
      failureOf(desk, 'readings.replaceMeter', { operationId: operation(), ...target, meterId, act, cause: 'other', removal, installed: { ...installed(today), ...changes } })
    expect(await ask({ serial: 'A2' })).toMatchObject({ code: 'conflict', reason: 'serialTaken' })
    expect(await ask({ initial: [123_456_789] })).toMatchObject({ reason: 'initialUnfit' })
    expect(await ask({ installedOn: addDays(today, -1) })).toMatchObject({ reason: 'installedBeforeRemoval' })
    expect(await ask({}, { takenOn: today, values: [1_000] })).toMatchObject({ reason: 'reasonRequired' })
    await desk.api.readings.removeMeter({ operationId: operation(), ...target, meterId, act, cause: 'broken', removal: { takenOn: today, values: [136_000] } })
    expect(await ask({})).toMatchObject({ code: 'conflict', reason: 'meterAlreadyRemoved' })
  })
})

test('a meter that was read is not removed, not even by the owner of the database', async () => {
  const { meterId } = await atMeters([{ serial: 'A1' }])
  await expect(office.owner('meter').where({ id: meterId }).del()).rejects.toThrow('the meter has readings')
  await expect(office.owner('meter').where({ id: meterId }).update({ id: 999_999_999 })).rejects.toThrow()
  await office.owner('meter_reading').where({ meter_id: meterId }).del()
  expect(await office.owner('meter').where({ id: meterId }).del()).toBe(1)
})

test('a broken seal and two acts of no access stop readings until the seal is mended and a control reading is taken', async () => {
  const { target, today, meterId, act } = await atMeters([{ serial: 'A1' }])
  const save = { ...target, takenOn: today, entries: [{ meterId, values: [136_000], reasons: [] }] }
  const rules = async () => Object.values((await failureOf(desk, 'readings.save', { operationId: operation(), ...save })).details!['meters'] as Record<string, { rule: string }[]>)[0]!.map(({ rule }) => rule)
  await desk.api.readings.breakSeal({ operationId: operation(), ...target, meterId, act })
  expect(await rules()).toContain('sealBroken')
  await desk.api.readings.sealMeter({ operationId: operation(), ...target, meterId, act, sealNumber: 'П-9', verifiedUntil: '2031-05-05' })
  for (const number of ['Н-1', 'Н-2']) await desk.api.readings.noAccess({ operationId: operation(), ...target, meterId: null, act: { ...act, number } })
  expect(await rules()).toContain('controlReadingRequired')
  expect(await failureOf(desk, 'readings.noAccess', { operationId: operation(), ...target, meterId: null, act: { ...act, number: 'Н-2' } })).toMatchObject({ reason: 'actExists' })
  await desk.api.readings.control({ operationId: operation(), ...target, takenOn: today, act: { ...act, number: 'К-1' }, controller: 'контролёр', entries: [{ meterId, values: [135_500], reasons: [] }] })
  const { meters } = await desk.api.readings.sheet(target)
  expect(meters[0]).toMatchObject({ noAccessActs: 0, sealBrokenOn: null, sealNumber: 'П-9', verifiedUntil: '2031-05-05' })
  expect(meters[0]!.history[0]).toMatchObject({ isControl: true, channel: 'act', actNumber: 'К-1', reader: 'controller' })
  expect(await rules()).toContain('controlSameDay')
})

test('a correction cancels with a reason and refers to what it corrects; a calculated one is a supervisor’s', async () => {
  const { target, today, meterId, visit } = await atMeters([{ serial: 'A1' }])
  const { saved } = await desk.api.readings.save({ operationId: operation(), ...target, takenOn: today, entries: [{ meterId, values: [136_000], reasons: [] }] })
  const reading = { meterId, takenOn: today, readingId: saved[0]!.readingId }
  const corrected = await desk.api.readings.correct({ operationId: operation(), visitId: visit.id, reading, reason: 'wrongValue', takenOn: today, values: [136_500], reasons: [] })
  const { meters } = await desk.api.readings.sheet(target)
  expect(meters[0]!.history.slice(0, 2)).toMatchObject([
    { id: corrected.saved.readingId, values: [136_500], status: 'entered', replacesId: reading.readingId }, { id: reading.readingId, status: 'cancelled', statusReason: 'wrongValue' },
  ])
  const old = meters[0]!.history.find(({ status }) => status === 'calculated')!
  const cancel = { operationId: operation(), visitId: visit.id, reading: { meterId, takenOn: old.takenOn, readingId: old.id }, reason: 'wrongValue' as const }
  expect(await failureOf(desk, 'readings.cancel', cancel)).toMatchObject({ code: 'forbidden', reason: 'supervisorNeeded' })
  const senior = await office.desk('senior')
  expect(await senior.api.readings.cancel({ ...cancel, operationId: operation(), visitId: null })).toEqual({ readingId: old.id, status: 'cancelled' })
})

test('a photo is kept by what its bytes are and shown to whoever has the visit, with a trace', async () => {
  const { target, today, meterId } = await atMeters([{ serial: 'A1' }])
  const bytes = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3])
  const { attachmentId, mediaType, size } = await desk.api.readings.attach({ operationId: operation(), ...target, fileName: 'счётчик.png', bytes })
  expect([mediaType, size]).toEqual(['image/png', 11])
  await desk.api.readings.save({ operationId: operation(), ...target, takenOn: today, entries: [{ meterId, values: [136_000], reasons: [], attachmentId }] })
  expect((await desk.api.readings.sheet(target)).meters[0]!.history[0]).toMatchObject({ attachmentId })
  expect([...(await desk.api.readings.attachment({ visitId: target.visitId, attachmentId })).bytes]).toEqual([...bytes])
  const other = await office.desk('second')
  const theirs = await openVisit(other, cast.maria, 'readingsOnly')
  expect(await failureOf(other, 'readings.attachment', { visitId: theirs.visit.id, attachmentId })).toMatchObject({ code: 'forbidden', reason: 'accountOfAnotherSubscriber' })
  expect(await failureOf(desk, 'readings.attach', { operationId: operation(), ...target, fileName: 'a.png', bytes: new Uint8Array([1, 2, 3, 4]) })).toMatchObject({ reason: 'attachmentType' })
  const { rows } = await office.owner.raw(`select count(*)::int as n from audit_event where action = 'readings.attachment'`)
  expect(rows[0].n).toBe(1)
})

test('a portal would refuse what the desk only asks about, and says so in its words', async () => {
  const { target, today, meterId } = await atMeters([{ serial: 'A1' }])
  const said = await desk.api.readings.portalVerdict({ ...target, takenOn: today, entries: [{ meterId, values: [120_000] }] })
  expect(said).toMatchObject({ accepted: false, meters: [{ meterId, accepted: false, verdicts: expect.arrayContaining([expect.objectContaining({ rule: 'belowPrevious', level: 'block' })]) }] })
  expect(said.meters[0]!.texts[0]).toMatch(/^Показание меньше предыдущего \(133 от \d\d\.\d\d\.\d{4}\)$/)
  expect((await desk.api.readings.portalVerdict({ ...target, takenOn: today, entries: [{ meterId, values: [136_000] }] })).accepted).toBe(true)
})

test('what was taken in spite of a warning waits for a supervisor, who reviews it and tunes the rule after a trial', async () => {
  const { target, today, meterId } = await atMeters([{ serial: 'A1' }])
  await desk.api.readings.save({ operationId: operation(), ...target, takenOn: today, entries: [{ meterId, values: [160_000], reasons: ['confirmedByVisitor'] }] })
  const senior = await office.desk('senior')
  const ask = (changes = {}) => senior.api.readings.exceptions({ from: today, to: today, state: 'open', ...changes })
  const found = await ask()
  const mine = found.rows.find(({ reading }) => reading.meterId === meterId)!
  expect(mine).toMatchObject({ warnings: expect.arrayContaining(['aboveUsual']), reasons: ['confirmedByVisitor'], consumption: [27_000], meterType: 'general' })
  expect(found.counts.rule['aboveUsual']).toBeGreaterThan(0)
  expect(found.counts.staff[0]!.n).toBeGreaterThan(0)
  expect((await ask({ rule: 'looksSwapped' })).total).toBe(0)
  expect(await senior.api.readings.review({ operationId: operation(), readings: [mine.reading, { ...mine.reading, readingId: 999_999 }], decision: 'orderControl' })).toMatchObject({ done: 1, skipped: [{ reason: 'notFound' }] })
  expect((await ask()).rows.some(({ reading }) => reading.meterId === meterId)).toBe(false)
  expect((await ask({ state: 'controlOrdered' })).total).toBe(1)
  expect(await failureOf(desk, 'readings.exceptions', { from: today, to: today, state: 'open' })).toMatchObject({ code: 'forbidden' })

  const provider = (await senior.api.providers.list({})).find(({ code }) => code === 'eis24')!
  const rules = [{ rule: 'aboveUsual' as const, service: 'cold_water' as const, desk: 'off' as const }]
  const trial = await senior.api.readings.previewRules({ provider: 'eis24', rules, period: periodOf(today) })
  expect((trial.before['aboveUsual'] ?? 0) - (trial.after['aboveUsual'] ?? 0)).toBe(1)
  expect(trial.changed).toHaveLength(1)
  expect((await senior.api.readings.previewRules({ provider: 'eis24', rules, period: addMonthsToPeriod(periodOf(today), -1) })).readings).toBeGreaterThan(0)
  const { version } = await senior.api.readings.tuneRules({ operationId: operation(), provider: 'eis24', rules, version: provider.version })
  expect(version).toBe(provider.version + 1)
  expect(await failureOf(senior, 'readings.tuneRules', { operationId: operation(), provider: 'eis24', rules: [], version: provider.version })).toMatchObject({ code: 'conflict', reason: 'changedByAnotherDesk' })
  expect((await desk.api.readings.sheet(target)).policy.rules).toHaveLength(1)
})

test('a notice names the meters whose verification is over', async () => {
  const { target, meterId } = await atMeters([{ serial: 'A1', verifiedUntil: '2020-01-01' }])
  const { pdf, meters } = await desk.api.readings.verificationNotice(target)
  expect(meters).toEqual([{ meterId, serial: 'A1', service: 'cold_water', verifiedUntil: '2020-01-01', state: 'expired' }])
  expect(Buffer.from(pdf.slice(0, 5)).toString()).toBe('%PDF-')
})

test('a notice is given out under one operation, to a file or to the print system', async () => {
  const { target } = await atMeters([{ serial: 'A1', verifiedUntil: '2020-01-01' }])
  const input = { operationId: operation(), ...target, output: { how: 'save' as const } }
  const given = await desk.api.readings.printVerificationNotice(input)
  expect(given).toEqual({ printer: null, jobId: null, fileName: 'saved.pdf' })
  expect(readFileSync(desk.saveTo.path!).subarray(0, 5).toString()).toBe('%PDF-')
  rmSync(desk.saveTo.path!)
  expect(await desk.api.readings.printVerificationNotice(input)).toEqual(given)
  expect(existsSync(desk.saveTo.path!)).toBe(false)
})

describe.skipIf(!cupsIsThere)('on a real printer', () => {
  let cups: Cups
  beforeAll(async () => {
    cups = await startCups({ OFFICE: 'capture' })
  })
  afterAll(() => cups.stop())

  test('a notice comes out once', async () => {
    desk = await office.desk('first', { printingEnv: { CUPS_SERVER: cups.socket } })
    const { target } = await atMeters([{ serial: 'A1', verifiedUntil: '2020-01-01' }])
    const input = { operationId: operation(), ...target, output: { how: 'print' as const, printer: 'OFFICE' } }
    const { jobId, printer } = await desk.api.readings.printVerificationNotice(input)
    expect(printer).toBe('OFFICE')
    await vi.waitFor(() => expect(cups.job(jobId!)).not.toBeNull(), { timeout: 20_000, interval: 100 })
    expect(await desk.api.readings.printVerificationNotice(input)).toMatchObject({ jobId })
  })
})
