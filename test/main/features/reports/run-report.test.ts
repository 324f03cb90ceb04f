import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { silentLog } from '../../../../src/main/log'
import { reportRunner } from '../../../../src/main/features/reports/run-report'
import type { Database } from '../../../../src/main/db/database'
import { openTestOffice, type TestDesk, type TestOffice } from '../../../support/test-app'
import { officeDay } from './asked'

// A report that takes long: what is told of it, and what is left of it on the server once it is stopped.

let office: TestOffice
let desk: TestDesk
let filters: { from: string; to: string }
beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('senior')
  // Kept already: what a held table keeps waiting is the counting itself.
  await office.owner.raw('select report_fold()')
  filters = { from: await officeDay(office, -30), to: await officeDay(office) }
})
afterEach(() => office.close())

/** Statements of reports that run on the server now. */
async function counting(): Promise<number> {
  const { rows } = await office.owner.raw(`select count(*)::int as n from pg_stat_activity where datname = current_database() and state = 'active' and query like '%report_run%' and pid <> pg_backend_pid()`)
  return rows[0].n
}

/** Reports of visits wait until this is let go: somebody holds their table. */
async function heldVisits() {
  const holder = await office.owner.transaction()
  await holder.raw('lock table visit in access exclusive mode')
  return { letGo: () => holder.rollback() }
}

const visits = (runId: string) => desk.dispatch('reports.run', { runId, report: 'visitsByStaff', filters })
const kinds = (runId: string) => desk.dispatch('reports.run', { runId, report: 'imports', filters })

test('a report tells how far it is, and what it usually takes from the second time on', async () => {
  const [one, two] = [randomUUID(), randomUUID()]
  expect(await visits(one)).toMatchObject({ ok: true, value: { source: 'primary', lagSeconds: null } })
  await visits(two)
  const told = desk.events['reports.progress'] ?? []
  expect(told.map(({ runId, step }) => [runId, step])).toEqual([[one, 'preparing'], [one, 'counting'], [two, 'preparing'], [two, 'counting']])
  expect(told[0]!.usualMs).toBeNull()
  expect(told[2]!.usualMs).toBeGreaterThan(0)
})

test('a report that is stopped ends on the server too', async () => {
  const held = await heldVisits()
  const runId = randomUUID()
  try {
    const asked = visits(runId)
    await vi.waitFor(async () => expect(await counting()).toBe(1), 10_000)
    expect(await desk.api.reports.stop({ runId: randomUUID() })).toEqual({ stopped: false })
    expect(await counting()).toBe(1)
    expect(await desk.api.reports.stop({ runId })).toEqual({ stopped: true })
    expect(await asked).toMatchObject({ ok: false, failure: { code: 'conflict', reason: 'reportStopped' } })
    // The table is still held: what has ended was stopped, not let through.
    await vi.waitFor(async () => expect(await counting()).toBe(0), 10_000)
  } finally {
    await held.letGo()
  }
  expect(await desk.api.reports.stop({ runId })).toEqual({ stopped: false })
  expect(await visits(randomUUID())).toMatchObject({ ok: true })
})

test('another run stops the one before; the same report of the period before runs beside it', async () => {
  const held = await heldVisits()
  try {
    const runId = randomUUID()
    const both = [visits(runId), visits(runId)]
    await vi.waitFor(async () => expect(await counting()).toBe(2), 10_000)
    const next = kinds(randomUUID())
    for (const answer of await Promise.all(both)) expect(answer).toMatchObject({ ok: false, failure: { reason: 'reportSuperseded' } })
    expect(await next).toMatchObject({ ok: true })
    await vi.waitFor(async () => expect(await counting()).toBe(0), 10_000)
  } finally {
    await held.letGo()
  }
})

test('signing out leaves no report behind', async () => {
  const held = await heldVisits()
  try {
    const runId = randomUUID()
    const asked = visits(runId)
    await vi.waitFor(async () => expect(await counting()).toBe(1), 10_000)
    await desk.api.session.signOut({})
    expect(await asked).toMatchObject({ ok: false, failure: { reason: 'reportStopped' } })
    await vi.waitFor(async () => expect(await counting()).toBe(0), 10_000)
  } finally {
    await held.letGo()
  }
})

test('a report that takes too long is given up, with the seconds it had', async () => {
  const waits = (_name: string, _args: unknown, { signal }: { signal?: AbortSignal } = {}) =>
    new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)))
  const db = { call: waits } as unknown as Database
  const runner = reportRunner({ replica: () => null, progress: () => undefined, log: silentLog, limit: 20 })
  await expect(runner.run({ runId: randomUUID(), report: 'visitsByStaff', filters }, db)).rejects.toMatchObject({ code: 'conflict', reason: 'reportTooLong', details: { seconds: 0.02 } })
})
