import { afterAll, beforeAll, expect, test } from 'vitest'
import { reportCodes, type ReportCode } from '@shared/domain/report-catalogue'
import { createDatabase } from '../../../src/main/db/database'
import { workMonth } from '../../../src/main/training/month'
import { cast } from '../../../src/main/training'
import { openTestOffice, type TestOffice } from '../../support/test-app'
import { byHand, officeDay, reportsOf } from '../features/reports/asked'

// The month a supervisor of the training office looks back on.

let office: TestOffice
let senior: ReturnType<typeof reportsOf>
let asked: { from: string; to: string }

beforeAll(async () => {
  office = await openTestOffice()
  await office.owner.raw(
    `select set_config('okno.operation', 'test', false);
     insert into staff (login, full_name, roles, office_id, window_code) select l, initcap(l), array['operator'], (select min(id) from office), w
     from (values ('zaytseva', '3'), ('belkin', '4'), ('kim', '6')) x(l, w)`,
  )
  await createDatabase(office.owner).withClient(workMonth)
  senior = reportsOf(await office.desk('senior'))
  asked = { from: await officeDay(office, -35), to: await officeDay(office) }
})
afterAll(() => office.close())

/** What a month of windows does not show: nobody has taken a reading back. */
const besides: ReportCode[] = ['readingCancellations']

test.each(reportCodes.filter((code) => !besides.includes(code)))('gives the report %s something to show', async (code) => {
  const wide = code.startsWith('verification') ? { from: '2020-01-01', to: '2024-12-31' } : asked
  const { rows } = await senior.run(code, code.startsWith('verification') ? { from: asked.from, to: await officeDay(office, 1500) } : wide)
  expect(rows).not.toEqual([])
})

test('leaves a journal that is whole and has what was done', async () => {
  const verdict = await (await office.desk('senior')).api.audit.verify({})
  expect([verdict.problems, verdict.takenBack]).toEqual([[], []])
  const [counts] = await byHand<{ operations: number; events: number }>(
    office,
    `select count(*)::int as operations, (select count(*)::int from audit_event e where e.details ->> 'operation' in (select id::text from operation)) as events from operation`,
  )
  expect(counts!.operations).toBe(counts!.events)
  expect(counts!.operations).toBeGreaterThan(500)
})

test('is of working hours, but for one evening, and of nobody the guides name', async () => {
  const sundays = await byHand(office, `select from visit where extract(isodow from opened_at at time zone 'Europe/Moscow') = 7`)
  expect(sundays).toEqual([])
  const [span] = await byHand<{ days: number; today: number }>(office, `select count(distinct (opened_at at time zone 'Europe/Moscow')::date)::int as days, count(*) filter (where opened_at >= office_day_start())::int as today from visit`)
  expect(span!.days).toBeGreaterThan(23)
  expect(span!.today).toBe(0)
  const late = await byHand<{ login: string }>(office, `select distinct s.login from visit v join staff s on s.id = v.staff_id where extract(hour from v.opened_at at time zone 'Europe/Moscow') not between 8 and 18`)
  expect(late).toEqual([{ login: 'belkin' }])
  const named = await byHand(office, `select from visit v join subscriber s on s.id = v.subscriber_id where s.external_id = any(?)`, [Object.values(cast).map(({ subscriberId }) => subscriberId)])
  expect(named).toEqual([])
})

test('gives nobody two main addresses in force', async () => {
  const double = await byHand(office, `select from subscriber_contact where is_current and purpose = 'main' group by subscriber_id, kind having count(*) > 1`)
  expect(double).toEqual([])
  expect(await senior.totals('contactChanges', asked)).toMatchObject({ asked: (await byHand<{ n: number }>(office, `select count(*)::int as n from operation where kind = 'contacts.changeEmail'`))[0]!.n })
})
