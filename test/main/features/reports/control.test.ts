import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signsOf } from '@shared/domain/lookup-signs'
import { cast } from '../../../../src/main/training'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { identifiedVisitOf, numberOf, visitOf } from '../visits/visit-of'
import { byHand, movedTo, officeDay, reportsOf } from './asked'

// Who looked at whom and when: done at two windows and by a supervisor, recounted from the journal.

let office: TestOffice
let first: TestDesk
let second: TestDesk
let seniorDesk: TestDesk
let senior: ReturnType<typeof reportsOf>
let today: { from: string; to: string }
let mariaId: number

beforeAll(async () => {
  office = await openTestOffice()
  first = await office.desk('first')
  second = await office.desk('second')
  seniorDesk = await office.desk('senior')
  senior = reportsOf(seniorDesk)
  today = { from: await officeDay(office, -1), to: await officeDay(office, 1) }

  // With a visit, as it should be: found by the passport, opened, one contact dictated.
  await first.api.desk.search({ text: numberOf(cast.maria) })
  const visit = await identifiedVisitOf(first, cast.maria)
  mariaId = visit.subscriberId
  const card = await first.api.desk.card({ subscriberId: mariaId })
  await first.api.contacts.unmask({ operationId: operation(), visitId: visit.id, contactId: card.contacts[0]!.id, reason: 'dictate' })
  // Without one, as only a supervisor can: two cards, the second twice, and its history.
  const zoya = await visitOf(second, cast.zoya)
  await seniorDesk.api.desk.card({ subscriberId: zoya.subscriberId })
  await seniorDesk.api.desk.card({ subscriberId: mariaId })
  await seniorDesk.api.desk.card({ subscriberId: mariaId })
  await seniorDesk.api.desk.timeline({ subscriberId: mariaId, before: new Date().toISOString() })
  // A document that nobody has, one of somebody whose card is not opened.
  await second.api.desk.search({ text: '7400 000001' })
  await second.api.desk.search({ text: numberOf(cast.nina) })
  await seniorDesk.api.desk.unmask({ operationId: operation(), visitId: null, subscriberId: mariaId, reason: 'verify' })
})
afterAll(() => office.close())

describe('cards without a visit', () => {
  test('are told by who opened them, with how many people and days', async () => {
    const { rows, totals } = await senior.run('cardsWithoutVisit', today)
    expect(rows.find(({ staffName }) => staffName === staff.senior.fullName)).toMatchObject({ cards: 3, subscribers: 2, otherLooks: 2, days: 1, mostInADay: 3 })
    expect(rows.find(({ staffName }) => staffName === staff.first.fullName)).toBeUndefined()
    const [journal] = await byHand<{ cards: number; others: number; people: number }>(
      office,
      `select count(*) filter (where action = 'desk.openCard')::int as cards, count(*) filter (where action <> 'desk.openCard')::int as others, count(distinct subscriber_id) filter (where action = 'desk.openCard')::int as people
       from audit_event where details ->> 'withoutVisit' = 'true'`,
    )
    expect(totals).toMatchObject({ cards: journal!.cards, otherLooks: journal!.others, subscribers: journal!.people })
    expect(journal!.cards).toBe(3)
  })

  test('lead to the looks themselves', async () => {
    const row = (await senior.rows('cardsWithoutVisit', today)).find(({ staffName }) => staffName === staff.senior.fullName)!
    const lines = await senior.details('cardsWithoutVisit', { ...today, staffId: Number(row['staffId']) })
    expect(lines.map(({ kind, subscriberId }) => [kind, subscriberId === mariaId])).toEqual([['desk.unmask', true], ['desk.timeline', true], ['desk.openCard', true], ['desk.openCard', true], ['desk.openCard', false]])
  })
})

describe('searches by document', () => {
  test('are told by day and person, with what came of them', async () => {
    const rows = await senior.rows('documentLookups', today)
    expect(rows.find(({ staffName }) => staffName === staff.first.fullName)).toMatchObject({ searches: 1, foundNothing: 0, openedAfter: 1, unmasked: 1, cards: 0, stopped: 0, signs: null })
    expect(rows.find(({ staffName }) => staffName === staff.second.fullName)).toMatchObject({ searches: 2, foundNothing: 1, openedAfter: 0, unmasked: 0, cards: 0, signs: null })
    expect(rows.find(({ staffName }) => staffName === staff.senior.fullName)).toMatchObject({ searches: 0, unmasked: 1, cards: 3 })
  })

  test('are what the page of look-ups counts', async () => {
    const page = await seniorDesk.api.audit.lookups(today)
    const rows = await senior.rows('documentLookups', today)
    expect(rows.map(({ day, staffName, searches, foundNothing, stopped, openedAfter, unmasked, cards }) => ({ day, staffName, searches, foundNothing, refused: stopped, openedAfter, unmasked, openedWithoutVisit: cards }))).toEqual(
      page.map(({ day, staffName, searches, foundNothing, refused, openedAfter, unmasked, openedWithoutVisit }) => ({ day, staffName, searches, foundNothing, refused, openedAfter, unmasked, openedWithoutVisit })),
    )
    expect(page.length).toBeGreaterThan(1)
  })

  test('are conspicuous by the thresholds of that page', async () => {
    // Around each threshold, and at random (the same each time).
    let seed = 7
    const next = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
    const cases = Array.from({ length: 400 }, () => {
      const searches = [0, 4, 5, 9, 10, 119, 120, next(200)][next(8)]!
      const nothing = Math.min(searches, [0, 4, 5, Math.floor(searches / 2), Math.ceil(searches / 2), next(120)][next(6)]!)
      const opened = next(searches - nothing + 1)
      return { searches, nothing, opened, refused: next(2), unmasked: [0, 29, 30, 31][next(4)]!, cards: [0, 19, 20, 21][next(4)]! }
    })
    const rows = await byHand<{ signs: string[] }>(
      office,
      `select lookup_signs(c.searches, c.nothing, c.opened, c.refused, c.unmasked, c.cards) as signs from jsonb_to_recordset(?::jsonb) as c(searches bigint, nothing bigint, opened bigint, refused bigint, unmasked bigint, cards bigint)`,
      [JSON.stringify(cases)],
    )
    expect(rows.map(({ signs }) => signs)).toEqual(
      cases.map(({ searches, nothing, opened, refused, unmasked, cards }) =>
        signsOf({ staffLogin: '', staffName: '', day: '2026-11-22', searches, foundNothing: nothing, refused, openedAfter: opened, unmasked, openedWithoutVisit: cards })),
    )
    expect(new Set(rows.flatMap(({ signs }) => signs)).size).toBe(6)
  })
})

test('what was shown in full is told by who, what and why', async () => {
  expect(await senior.rows('unmasking', today)).toMatchObject([
    { staffName: staff.first.fullName, what: 'contact', unmaskReason: 'dictate', times: 1, subscribers: 1, withoutVisit: 0 },
    { staffName: staff.senior.fullName, what: 'identity', unmaskReason: 'verify', times: 1, subscribers: 1, withoutVisit: 1 },
  ])
  // The same person was shown twice, by two.
  expect(await senior.totals('unmasking', today)).toEqual({ times: 2, withoutVisit: 1, subscribers: 1 })
  expect(await senior.details('unmasking', { ...today, what: 'identity', unmaskReason: 'verify' })).toMatchObject([{ kind: 'desk.unmask', staffName: staff.senior.fullName, visitId: null, subscriberId: mariaId }])
  expect(await senior.details('unmasking', { ...today, what: 'identity', unmaskReason: 'other' })).toEqual([])
})

describe('hours', () => {
  const week = 'пн–пт 8:00–19:00, сб 9:00–15:00'

  test.each([
    [week, [480, 1140, 480, 1140, 480, 1140, 480, 1140, 480, 1140, 540, 900, null, null]],
    ['ежедневно 9–21', Array.from({ length: 14 }, (_, i) => (i % 2 ? 1260 : 540))],
    ['круглосуточно', Array.from({ length: 14 }, (_, i) => (i % 2 ? 1440 : 0))],
    ['пн, ср с 10 до 18.30; вс выходной', [600, 1110, null, null, 600, 1110, null, null, null, null, null, null, null, null]],
    ['Пн-Вс: 0:00 – 24:00', Array.from({ length: 14 }, (_, i) => (i % 2 ? 1440 : 0))],
    ['', null],
    ['звоните', null],
    ['пн–пт', null],
    ['пн–пт 19:00–8:00', null],
    ['сб–пн 9–15', null],
    ['пн–пт 8:00–19:00, перерыв 13:00–14:00', null],
  ])('of an office written «%s» are read or admitted not to be', async (text, open) => {
    const [row] = await byHand<{ open: (number | null)[] | null }>(office, 'select office_open(?) as open', [text])
    expect(row!.open).toEqual(open)
  })

  test.each([
    ['2026-11-20', 6, true], ['2026-11-20', 7, false], ['2026-11-20', 19, false], ['2026-11-20', 20, true], ['2026-11-21', 8, false], ['2026-11-21', 15, false], ['2026-11-21', 16, true], ['2026-11-22', 12, true],
  ])('of work on %s from %i o’clock are off: %s', async (day, hour, off) => {
    const [row] = await byHand<{ off: boolean }>(office, 'select is_off_hour(office_open(?), ?::date, ?::int) as off', [week, day, hour])
    expect(row!.off).toBe(off)
  })

  test('of work outside the office’s and one’s own are counted, with the operations behind them', async () => {
    // Sixty ordinary visits of one Monday from ten to eleven, and one on Sunday night; of another person one at half past six, too few to have a habit.
    const ids = await byHand<{ id: string }>(
      office,
      `insert into operation (id, kind, visit_id, subscriber_id, staff_id, office_id, at, result)
       select gen_random_uuid(), 'visits.open', v.id, v.subscriber_id, s.id, s.office_id, (timestamp '2026-06-01 10:00' + n * interval '1 minute') at time zone 'Europe/Moscow', '{}'
       from staff s, generate_series(0, 60) n, (select * from visit limit 1) v where s.login = ? returning id`,
      [staff.first.login],
    )
    await movedTo(office, ids[60]!.id, '2026-06-07 23:59:59')
    const [late] = await byHand<{ id: string }>(
      office,
      `insert into operation (id, kind, visit_id, subscriber_id, staff_id, office_id, at, result) select gen_random_uuid(), 'visits.open', v.id, v.subscriber_id, s.id, s.office_id, now(), '{}' from staff s, (select * from visit limit 1) v where s.login = ? returning id`,
      [staff.second.login],
    )
    await movedTo(office, late!.id, '2026-06-02 06:30:00')
    const june = { from: '2026-06-01', to: '2026-06-07' }
    const { rows, totals } = await senior.run('workingHours', june)
    expect(rows).toMatchObject([
      { staffName: staff.first.fullName, actions: 61, days: 2, usualFrom: '10:00', usualTo: '11:00', outsideUsual: 1, outsideOffice: 1, outsideOfficeShare: 0.0164 },
      { staffName: staff.second.fullName, actions: 1, days: 1, usualFrom: null, usualTo: null, outsideUsual: 0, outsideOffice: 1, outsideOfficeShare: 1 },
    ])
    expect(totals).toMatchObject({ actions: 62, days: 3, outsideUsual: 1, outsideOffice: 2 })
    expect((await senior.details('workingHours', june)).map(({ at }) => at)).toEqual([expect.stringContaining('2026-06-07T20:59:59'), expect.stringContaining('2026-06-02T03:30:00')])
    // The day before ended at midnight of the office, not of Greenwich.
    expect(await senior.totals('workingHours', { from: '2026-06-08', to: '2026-06-08' })).toMatchObject({ actions: 0, outsideOffice: 0 })
  })

  test('of an office that nobody can read are compared with nothing', async () => {
    await office.owner.raw(`update office set hours = 'как получится'`)
    const [row] = await senior.rows('workingHours', { from: '2026-06-01', to: '2026-06-07' })
    expect(row).toMatchObject({ actions: 61, outsideUsual: 1, outsideOffice: null, outsideOfficeShare: null })
  })
})
