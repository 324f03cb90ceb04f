import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { cast } from '../../../../src/main/training'
import { prepareTemplate } from '../../../support/global-setup'
import { startPostgres, type TestPostgres } from '../../../support/postgres'
import { staff } from '../../../support/staff'
import { openTestOffice, type TestDesk, type TestOffice } from '../../../support/test-app'
import { openVisit } from '../../../support/visit'
import { byHand, officeDay, reportsOf } from './asked'

// A real standby that streams from the office's server: reports go there while it is not too far behind, and nothing is lost when it is or is gone.

let primary: TestPostgres
let standby: TestPostgres
let office: TestOffice
/** The standby past the application. */
let there: pg.Client
let patient: TestDesk
let strict: TestDesk
let first: TestDesk
let filters: { from: string; to: string }

beforeAll(async () => {
  primary = await startPostgres()
  const { host, port, user, password } = primary
  await prepareTemplate({ host, port, user, password })
  office = await openTestOffice({ host, port, user, password })
  standby = await primary.standby()
  const address = { ...office.address, port: standby.port }
  there = new pg.Client({ ...address, user, password })
  await there.connect()
  patient = await office.desk('senior', { reports: { address, maxLagSeconds: 3600 } })
  strict = await office.desk('senior', { reports: { address, maxLagSeconds: 0 } })
  first = await office.desk('first')
  filters = { from: await officeDay(office, -1), to: await officeDay(office, 1) }
}, 180_000)
afterAll(async () => {
  await there.end().catch(() => undefined)
  await office.close()
  await standby.stop()
  await primary.stop()
})

const visits = (desk: TestDesk) => reportsOf(desk).run('visitsByStaff', filters)
const caughtUp = () => vi.waitFor(async () => {
  const { rows } = await office.owner.raw('select pg_current_wal_insert_lsn()::text as lsn')
  const { rows: answer } = await there.query('select pg_last_wal_replay_lsn() >= $1::pg_lsn as done', [rows[0].lsn])
  expect(answer[0].done).toBe(true)
}, 20_000)

test('a report is counted on the replica under the same login, and who asked stands in the journal of the primary', async () => {
  expect((await there.query('select pg_is_in_recovery() as is_replica')).rows).toEqual([{ is_replica: true }])
  await openVisit(first, cast.maria)
  await caughtUp()
  const answer = await visits(patient)
  expect(answer).toMatchObject({ source: 'replica', totals: { visits: 1 } })
  expect(answer.lagSeconds).toBeGreaterThanOrEqual(0)
  expect(answer.lagSeconds).toBeLessThan(3600)
  const logged = await byHand(office, `select details ->> 'report' as report from audit_event where action = 'reports.run' and staff_login = ?`, [staff.senior.login])
  expect(logged).toEqual([{ report: 'visits_by_staff' }])
})

test('a replica that stands still is told of with its lag, or not asked when it is further behind than it may be', async () => {
  await there.query('select pg_wal_replay_pause()')
  await vi.waitFor(async () => expect((await there.query('select pg_get_wal_replay_pause_state() as state')).rows).toEqual([{ state: 'paused' }]), 10_000)
  await openVisit(first, cast.fyodor)
  const stale = await visits(patient)
  expect(stale).toMatchObject({ source: 'replica', totals: { visits: 1 } })
  expect(stale.lagSeconds).toBeGreaterThan(0)
  expect(await visits(strict)).toMatchObject({ source: 'primary', lagSeconds: null, totals: { visits: 2 } })
  await there.query('select pg_wal_replay_resume()')
  await caughtUp()
  expect(await visits(patient)).toMatchObject({ source: 'replica', totals: { visits: 2 } })
})

test('the rights hold on the replica, and nothing is written there', async () => {
  const senior = new pg.Client({ ...office.address, port: standby.port, user: staff.senior.login, password: staff.senior.password })
  await senior.connect()
  try {
    await expect(senior.query('select count(*) from visit')).rejects.toMatchObject({ code: '42501' })
    await expect(senior.query(`select report_asked_for('visits_by_staff', '{}')`)).rejects.toMatchObject({ code: '55000' })
    const { rows } = await senior.query('select report_run($1, $2) as answer', ['visits_by_staff', JSON.stringify({ ...filters, officeId: 999 })])
    expect(rows[0].answer.rows).toEqual([])
  } finally {
    await senior.end()
  }
})

test('a report that is stopped ends on the replica too', async () => {
  // On a standby nobody can hold a table; the lock comes from the primary.
  await office.owner.raw('select report_fold()')
  const holder = await office.owner.transaction()
  try {
    await holder.raw('lock table visit in access exclusive mode')
    await holder.raw('select pg_current_xact_id()')
    await office.owner.raw('select pg_switch_wal()')
    const counting = async () => (await there.query(`select count(*)::int as n from pg_stat_activity where state = 'active' and query like '%report_run%' and usename = $1`, [staff.senior.login])).rows[0].n
    await vi.waitFor(async () => expect((await there.query(`select count(*)::int as n from pg_locks where relation = 'visit'::regclass and mode = 'AccessExclusiveLock'`)).rows[0].n).toBe(1), 20_000)
    const runId = '11111111-1111-4111-8111-111111111111'
    const asked = patient.dispatch('reports.run', { runId, report: 'visitsByStaff', filters })
    await vi.waitFor(async () => expect(await counting()).toBe(1), 10_000)
    expect(await patient.api.reports.stop({ runId })).toEqual({ stopped: true })
    expect(await asked).toMatchObject({ ok: false, failure: { reason: 'reportStopped' } })
    await vi.waitFor(async () => expect(await counting()).toBe(0), 10_000)
  } finally {
    await holder.rollback()
  }
})

test('without the replica the office’s own server answers, at once the next time', async () => {
  await there.end()
  await standby.stop()
  expect(await visits(patient)).toMatchObject({ source: 'primary', lagSeconds: null, totals: { visits: 2 } })
  expect(await visits(patient)).toMatchObject({ source: 'primary', totals: { visits: 2 } })
})
