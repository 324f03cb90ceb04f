import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reportCodes, reportFunction } from '@shared/domain/report-catalogue'
import { cast } from '../../../../src/main/training'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type TestOffice } from '../../../support/test-app'
import { openVisit } from '../../../support/visit'
import { byHand, officeDay } from './asked'

// Two offices on one database. What a supervisor of one can find out of the other by any report, table or trick of psql: nothing, until an administrator grants every office.

let office: TestOffice
let senior: pg.Client
let operator: pg.Client
let admin: pg.Client
let other: { office: number; staff: number; visit: number; staffName: string }
let own: { office: number; visit: number }
let period: { from: string; to: string }

beforeAll(async () => {
  office = await openTestOffice()
  const [second] = await byHand<{ id: number }>(office, `insert into office (code, name) values ('other', 'Другой офис') returning id`)
  await office.owner.raw(`update staff set office_id = ?, window_code = '99' where login = ?`, [second!.id, staff.second.login])
  const [here, there] = [await office.desk('first'), await office.desk('second')]
  const [a, b] = [await openVisit(here, cast.maria), await openVisit(there, cast.fyodor)]
  await here.api.desk.addNote({ operationId: operation(), visitId: a.visit.id, text: 'Заметка', expiresOn: null })
  await there.api.desk.addNote({ operationId: operation(), visitId: b.visit.id, text: 'Заметка', expiresOn: null })
  for (const [desk, visitId] of [[here, a.visit.id], [there, b.visit.id]] as const) await desk.api.visits.close({ operationId: operation(), visitId })
  // Of days that are kept too.
  await office.owner.raw(`insert into operation (id, kind, staff_id, office_id, at, result)
    select gen_random_uuid(), 'desk.editNote', id, office_id, now() - interval '3 days', '{}' from staff where login in (?, ?)`, [staff.first.login, staff.second.login])
  await office.owner.raw(`insert into meter_reading (meter_id, account_id, taken_on, period, t1, channel, status, warnings, reasons, staff_id, office_id)
    select m.id, m.account_id, current_date - 200, date '2026-01-01', 1000, 'desk', 'rejected', '{aboveUsual}', '{rollover}', s.id, s.office_id
    from staff s cross join lateral (select * from meter order by id limit 1) m where s.login in (?, ?)`, [staff.first.login, staff.second.login])
  await office.owner.raw('select report_fold()')
  const [ids] = await byHand<{ here: number; staff: number }>(office, `select (select office_id from staff where login = ?) as here, (select id from staff where login = ?) as staff`, [staff.senior.login, staff.second.login])
  other = { office: second!.id, staff: ids!.staff, visit: b.visit.id, staffName: staff.second.fullName }
  own = { office: ids!.here, visit: a.visit.id }
  period = { from: await officeDay(office, -30), to: await officeDay(office, 1) }
  senior = await office.psql('senior')
  operator = await office.psql('first')
  admin = await office.psql('admin')
})
afterAll(() => office.close())

const noRight = { code: '42501' }
const run = async (client: pg.Client, report: string, filters: object = period): Promise<{ rows: Record<string, unknown>[]; totals: Record<string, unknown> }> =>
  (await client.query('select report_run($1, $2) as answer', [report, JSON.stringify(filters)])).rows[0].answer
const snake = (code: (typeof reportCodes)[number]) => reportFunction(code).replace(/^report_/, '')
const granted = (grants: string[]) => office.owner.raw('update staff set grants = ? where login = ?', [grants, staff.senior.login])

test.each(reportCodes)('%s says nothing of another office, whatever is asked', async (code) => {
  for (const filters of [period, { ...period, officeId: other.office }, { ...period, staffId: other.staff }, { ...period, window: '99' }]) {
    const answer = JSON.stringify(await run(senior, snake(code), filters))
    expect(answer).not.toContain(other.staffName)
    expect(answer).not.toContain(`"visitId": ${other.visit},`)
    expect(answer).not.toContain('"window": "99"')
  }
})

test('visits, operations and readings of the own office are counted, those of the other are not there; with the grant both are', async () => {
  const [counted] = await byHand<{ visits: number; operations: number; theirs: number }>(office,
    `select (select count(*)::int from visit where office_id = ?) as visits, (select count(*)::int from operation where coalesce(office_id, 0) in (0, ?)) as operations, (select count(*)::int from operation where office_id = ?) as theirs`,
    [own.office, own.office, other.office])
  expect(counted!.theirs).toBeGreaterThan(3)
  expect((await run(senior, 'visits_by_staff')).totals).toMatchObject({ visits: counted!.visits })
  expect((await run(senior, 'operations_by_kind')).totals).toMatchObject({ operations: counted!.operations })
  expect((await run(senior, 'operations_by_kind', { ...period, officeId: other.office })).rows).toEqual([])
  const overrides = async () => (await run(senior, 'reading_warnings', { ...period, from: await officeDay(office, -1) })).totals['readings']
  const ownOnly = await overrides()
  await granted(['allOffices'])
  try {
    expect((await run(senior, 'visits_by_staff')).totals).toMatchObject({ visits: counted!.visits + 1 })
    expect((await run(senior, 'operations_by_kind')).totals).toMatchObject({ operations: counted!.operations + counted!.theirs })
    expect((await run(senior, 'operations_by_kind', { ...period, officeId: other.office })).totals).toMatchObject({ operations: counted!.theirs })
    expect(JSON.stringify(await run(senior, 'operations_by_staff'))).toContain(other.staffName)
    expect(await overrides()).toBe(ownOnly)
  } finally {
    await granted([])
  }
})

test('a member of staff who moves takes nothing of what was done along', async () => {
  await office.owner.raw('update staff set office_id = ? where login = ?', [own.office, staff.second.login])
  try {
    const { rows } = await run(senior, 'operations_by_staff')
    expect(JSON.stringify(rows)).not.toContain(other.staffName)
  } finally {
    await office.owner.raw('update staff set office_id = ? where login = ?', [other.office, staff.second.login])
  }
})

describe('behind a row', () => {
  test('stand only things of offices one may see, and looking is logged', async () => {
    const { rows } = await senior.query(`select report_details('operations_by_staff', $1) as answer`, [JSON.stringify({ ...period, staffId: other.staff })])
    expect(rows[0].answer).toEqual({ rows: [], more: false })
    const mine = await senior.query(`select report_details('visits_by_time', $1) as answer`, [JSON.stringify({ ...period, grain: 'day' })])
    expect(mine.rows[0].answer.rows.map(({ visitId }: { visitId: number }) => visitId)).toEqual([own.visit])
    const logged = await byHand<{ details: object }>(office, `select details from audit_event where action = 'reports.details' and staff_login = ? order by at`, [staff.senior.login])
    expect(logged.map(({ details }) => details)).toEqual([
      { report: 'operations_by_staff', filters: { ...period, staffId: other.staff }, rows: 0 }, { report: 'visits_by_time', filters: { ...period, grain: 'day' }, rows: 1 },
    ])
  })

  test('the course of a visit of another office is not there; that of an own one is logged as a look without a visit', async () => {
    await expect(senior.query('select report_visit($1)', [other.visit])).rejects.toMatchObject({ code: 'OK404', message: 'visit' })
    const { rows } = await senior.query('select report_visit($1) as answer', [own.visit])
    expect(rows[0].answer.entries.map(({ kind }: { kind: string }) => kind)).toEqual(['visits.open', 'visits.identify', 'desk.addNote', 'visits.close'])
    const logged = await byHand(office, `select details from audit_event where action = 'desk.timeline' and staff_login = ?`, [staff.senior.login])
    expect(logged).toEqual([{ details: { withoutVisit: true, visit: own.visit } }])
  })
})

test('filters can be set to what one may see and nothing else', async () => {
  const choices = async () => (await senior.query('select report_choices() as answer')).rows[0].answer
  expect(JSON.stringify(await choices())).not.toMatch(/Другой офис|Лугова|"99"/)
  await granted(['allOffices'])
  try {
    const { offices, staff: people, windows } = await choices()
    expect(offices).toContainEqual({ id: other.office, name: 'Другой офис' })
    expect(people).toContainEqual({ id: other.staff, fullName: other.staffName })
    expect(windows).toContain('99')
  } finally {
    await granted([])
  }
})

describe('with psql', () => {
  test.each(['report_run', 'report_asked_for', 'report_details'])('an operator and an administrator get nothing of %s', async (name) => {
    for (const client of [operator, admin]) await expect(client.query(`select ${name}('visits_by_staff', $1)`, [JSON.stringify(period)])).rejects.toMatchObject(noRight)
  })

  test('no supervisor reads the tables, calls a report past its trace, or becomes the role of the reports', async () => {
    for (const table of ['visit', 'operation', 'operation_day', 'reading_cell', 'reading_cell_change', 'look', 'meter_reading', 'audit_event', 'charge']) {
      await expect(senior.query(`select count(*) from ${table}`)).rejects.toMatchObject(noRight)
    }
    for (const code of reportCodes) await expect(senior.query(`select ${reportFunction(code)}('{}')`)).rejects.toMatchObject(noRight)
    for (const call of ['report_offices()', `operation_counts('2026-01-01', '2026-12-31')`, `reading_counts('2026-01-01', '2026-12-31')`, 'report_asked_of(\'{}\')', 'reading_cells_rebuild()', `report_guard('visit', 'true')`]) {
      await expect(senior.query(`select ${call}`)).rejects.toMatchObject(noRight)
    }
    await expect(senior.query('set role okno_reports')).rejects.toMatchObject(noRight)
  })

  test('what stands in the filters is never SQL, and no filter is a report of its own', async () => {
    await expect(run(senior, `visits_by_staff(jsonb) --`)).rejects.toMatchObject({ code: 'OK404', message: 'report' })
    await expect(run(senior, 'run')).rejects.toMatchObject({ code: 'OK404' })
    await expect(run(senior, 'offices')).rejects.toMatchObject({ code: 'OK404' })
    for (const filters of [[], 'x', null, { ...period, officeId: [1] }, { ...period, officeId: { x: 1 } }, { ...period, officeId: 'one' }, { ...period, note: 'x'.repeat(5000) }]) {
      await expect(run(senior, 'visits_by_staff', filters as object)).rejects.toMatchObject({ code: 'OK400', message: 'filtersOfReport' })
    }
    for (const filters of [{}, { from: period.to, to: period.from }, { from: '1990-01-01', to: '2026-01-01' }, { from: 'infinity', to: 'infinity' }, { from: period.from }]) {
      await expect(run(senior, 'visits_by_staff', filters)).rejects.toMatchObject({ code: 'OK400', message: 'reportPeriod' })
    }
    await expect(run(senior, 'operations_by_kind', { ...period, provider: `x' or true --` })).rejects.toMatchObject({ code: 'OK404', message: 'provider' })
    const { rows } = await run(senior, 'operations_by_staff', { ...period, kind: `' or true or '` })
    expect(rows).toEqual([])
  })

  test('a search path and settings of one’s own change nothing', async () => {
    const before = await run(senior, 'visits_by_staff')
    await office.owner.raw(`grant temporary on database ?? to ??`, [office.address.database, staff.senior.login])
    try {
      await senior.query('create temp table visit as select 1 as id; create temp table staff (id int, login text, office_id int, grants text[], roles text[])')
      await senior.query(`create function pg_temp.report_offices() returns int[] language sql as $$ select array[0, ${own.office}, ${other.office}] $$`)
      await senior.query('create function pg_temp.current_staff() returns int language sql as $$ select 1 $$')
      await senior.query('set search_path = pg_temp, public; set row_security = off')
      await expect(senior.query('select public.report_run($1, $2) as answer', ['visits_by_staff', JSON.stringify(period)])).rejects.toMatchObject({ code: '42501' })
      await senior.query('reset row_security')
      const { rows } = await senior.query('select public.report_run($1, $2) as answer', ['visits_by_staff', JSON.stringify(period)])
      expect(rows[0].answer.rows).toEqual(before.rows)
    } finally {
      await senior.query('reset all; discard temp')
      await office.owner.raw(`revoke temporary on database ?? from ??`, [office.address.database, staff.senior.login])
    }
  })

  test('a report that leaves the program is no register of other offices and who works there', async () => {
    const names = async (filters: object) => {
      await senior.query('begin')
      try {
        return (await senior.query(`select report_export(gen_random_uuid(), 'debtAging', $1, 'pdf', 1, 'save') as answer`, [JSON.stringify(filters)])).rows[0].answer.content.names
      } finally {
        await senior.query('rollback')
      }
    }
    expect(await names({ officeId: other.office, staffId: other.staff })).toEqual({})
    expect(await names({ officeId: own.office })).toEqual({ officeId: expect.any(String) })
  })

  test('each report that was asked for stands in the log with what it was asked for', async () => {
    await run(senior, 'visits_heat', { ...period, window: '1' })
    const [last] = await byHand<{ details: object }>(office, `select details from audit_event where action = 'reports.run' and staff_login = ? order by at desc limit 1`, [staff.senior.login])
    expect(last!.details).toEqual({ report: 'visits_heat', filters: { ...period, window: '1' } })
  })
})
