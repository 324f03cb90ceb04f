import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { random } from '../../../../src/main/training/random'
import type { ReportCode, ReportFilters } from '@shared/domain/report-catalogue'
import { staff } from '../../../support/staff'
import { openTestOffice, type TestDesk, type TestOffice } from '../../../support/test-app'
import { byHand, officeDay, reportsOf } from './asked'

// One database, ten hours of clocks between its offices: what was done at 23:50 in Kamchatka was done in the afternoon of Kaliningrad, and belongs to the day and the hour of Kamchatka, whoever asks.
// Everything is counted by hand from the rows, by the clock of the office of each.

let office: TestOffice
let desk: TestDesk
let senior: ReturnType<typeof reportsOf>
let west: number
let east: number
let period: { from: string; to: string }

beforeAll(async () => {
  office = await openTestOffice()
  await office.owner.raw(`update office set time_zone = 'Europe/Kaliningrad'`)
  const [added] = await byHand<{ id: number }>(office, `insert into office (code, name, time_zone) values ('east', 'Восточный офис', 'Asia/Kamchatka') returning id`)
  const [here] = await byHand<{ office_id: number }>(office, `update staff set grants = '{allOffices}' where login = ? returning office_id`, [staff.senior.login])
  west = here!.office_id
  east = added!.id
  await office.owner.raw(`update staff set office_id = ? where login = ?`, [east, staff.second.login])
  const days = [await officeDay(office, -9), await officeDay(office, -7)]
  period = { from: days[0]!, to: days[1]! }
  const roll = random('clocks of reports')
  const zones = { [west]: 'Europe/Kaliningrad', [east]: 'Asia/Kamchatka' }
  // Most of them around midnights and noons, so that a wrong clock moves many to another day.
  for (let n = 0; n < 160; n++) {
    const place = roll.chance(0.5) ? west : east
    const day = await officeDay(office, roll.int(-10, -6))
    const minute = roll.pick([0, 3, 29, 700, 719, 721, 1_415, 1_439])
    const local = `${day} ${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:${String(roll.int(0, 59)).padStart(2, '0')}`
    const how = roll.pick(['served', 'served', 'postponed', 'forgotten'])
    const login = place === west ? staff.first.login : staff.second.login
    await office.owner.raw(
      `with v as (insert into visit (subscriber_id, staff_id, office_id, window_code, opened_at, closed_at, closed_how)
         select (select min(id) from subscriber), s.id, ?, '1', i.at, i.at + make_interval(secs => ?), ? from staff s, (select ?::timestamp at time zone ? as at) i where s.login = ? returning *)
       insert into operation (id, kind, visit_id, subscriber_id, staff_id, office_id, at, result) select gen_random_uuid(), 'desk.editNote', v.id, v.subscriber_id, v.staff_id, v.office_id, v.opened_at, '{}' from v`,
      [place, roll.int(20, 4_000), how, local, zones[place]!, login])
    if (n % 4 === 0) {
      await office.owner.raw(
        `insert into request (number, kind, subscriber_id, text, due_on, created_by, office_id, created_at, status, closed_at)
         select ?, 'letter', (select min(id) from subscriber), 'Письмо', (i.at at time zone ?)::date, s.id, ?, i.at, 'done', i.at + interval '3 hours' from staff s, (select ?::timestamp at time zone ? as at) i where s.login = ?`,
        [`З-К-${n}`, zones[place]!, place, local, zones[place]!, login])
    }
  }
  desk = await office.desk('senior')
  senior = reportsOf(desk)
})
afterAll(() => office.close())

/** Visits of the period by hand: a key by the clock of the office each was in, and how many. */
const visitsBy = (key: string, where = 'true') =>
  byHand<{ key: string; n: number }>(office, `
    select ${key} as key, count(*)::int as n
    from (select t.*, timezone((select f.time_zone from office f where f.id = t.office_id), t.opened_at) as l from visit t) t
    where to_char(l, 'YYYY-MM-DD') between ? and ? and ${where} group by 1 order by 1`, [period.from, period.to])
const grains = { day: `to_char(l, 'YYYY-MM-DD')`, hour: `extract(hour from l)::int::text`, weekday: `to_char(l, 'ID')`, week: `to_char(date_trunc('week', l), 'YYYY-MM-DD')`, month: `to_char(l, 'YYYY-MM')` } as const

describe.each(Object.keys(grains) as (keyof typeof grains)[])('by %s', (grain) => {
  test.each(['visitsByTime', 'operationsByTime'] as ReportCode[])('%s is by the clock of the office it was in, and so is what stands behind a row', async (code) => {
    const filters: ReportFilters = { ...period, grain }
    const rows = await senior.rows(code, filters)
    const hand = await visitsBy(grains[grain])
    expect(hand.length).toBeGreaterThan(0)
    const figure = code === 'visitsByTime' ? 'visits' : 'operations'
    expect(Object.fromEntries(rows.map((row) => [String(row['moment']), row[figure]]))).toEqual(Object.fromEntries(hand.map(({ key, n }) => [key, n])))
    for (const { key, n } of hand) expect(await senior.details(code, { ...filters, moment: key }), key).toHaveLength(n)
  })
})

test('visits and operations of one row are of the same hours', async () => {
  for (const row of await senior.rows('visitsByTime', { ...period, grain: 'hour' })) expect(row['operations'], String(row['moment'])).toBe(row['visits'])
})

test('the heat of the week and the cells behind it are by the clock of each office', async () => {
  const rows = await senior.rows('visitsHeat', period)
  const hand = await visitsBy(`to_char(l, 'ID') || ' ' || extract(hour from l)::int`)
  expect(Object.fromEntries(rows.map((row) => [`${String(row['weekday'])} ${String(row['hour'])}`, row['visits']]))).toEqual(Object.fromEntries(hand.map(({ key, n }) => [key, n])))
  const [first] = rows
  expect(await senior.details('visitsHeat', { ...period, weekday: Number(first!['weekday']), hour: Number(first!['hour']) })).toHaveLength(Number(first!['visits']))
})

test('visits by staff, the slowest and their medians are of the days of each office', async () => {
  const rows = await senior.rows('visitsByStaff', period)
  const hand = await byHand<{ name: string; n: number; median: string; p90: string; longest: string }>(office, `
    select s.full_name as name, count(*)::int as n, percentile_cont(0.5) within group (order by t.took) as median, percentile_cont(0.9) within group (order by t.took) as p90, max(t.took) as longest
    from (select x.*, case when x.closed_how = 'served' then extract(epoch from x.closed_at - x.opened_at) end as took, timezone((select f.time_zone from office f where f.id = x.office_id), x.opened_at) as l from visit x) t
    join staff s on s.id = t.staff_id where to_char(l, 'YYYY-MM-DD') between ? and ? group by 1`, [period.from, period.to])
  expect(hand).toHaveLength(2)
  const tenth = (value: unknown) => Math.round(Number(value) * 10) / 10
  expect(rows.map(({ staffName, visits, medianSeconds, p90Seconds, longestSeconds }) => [staffName, visits, medianSeconds, p90Seconds, longestSeconds]).sort())
    .toEqual(hand.map(({ name, n, median, p90, longest }) => [name, n, tenth(median), tenth(p90), tenth(longest)]).sort())
  expect((await senior.rows('slowVisits', period)).length).toBe((await visitsBy(`'all'`, `closed_how = 'served'`))[0]!.n)
})

test('requests are of the day they were taken on at their own office, and late by its clock', async () => {
  const hand = await byHand<{ n: number; late: number }>(office, `
    select count(*)::int as n, (count(*) filter (where timezone(z, closed_at)::date > due_on))::int as late
    from (select r.*, (select f.time_zone from office f where f.id = r.office_id) as z from request r where number like 'З-К-%') r
    where to_char(timezone(z, created_at), 'YYYY-MM-DD') between ? and ?`, [period.from, period.to])
  expect(hand[0]!.late).toBeGreaterThan(0)
  expect(await senior.totals('requests', period)).toMatchObject({ created: hand[0]!.n, overdue: hand[0]!.late })
  expect((await senior.rows('requestList', period)).filter(({ overdue }) => overdue === 1)).toHaveLength(hand[0]!.late)
})
