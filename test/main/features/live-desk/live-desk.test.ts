import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { DeskState, LiveWindow } from '@shared/contract/live-desk'
import { cast } from '../../../../src/main/training'
import { needsNotifications } from '../../../support/pooler'
import { staff, type StaffKey } from '../../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'

let office: TestOffice
let senior: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  // Only those the tests sign in; the training office has people of its own.
  await office.owner.raw(`select set_config('okno.operation', 'test', false)`)
  await office.owner.raw('delete from desk_session')
  await office.owner.raw(`update staff set roles = array['admin'] where login <> all (?)`, [[staff.first.login, staff.second.login, staff.senior.login]])
  await office.owner.raw(`update staff set window_code = case login when ? then '1' when ? then '2' end where login in (?, ?)`, [staff.first.login, staff.second.login, staff.first.login, staff.second.login])
  senior = await office.desk('senior')
})
afterEach(() => office.close())

const windowOf = async (person: StaffKey): Promise<LiveWindow> => (await senior.api.liveDesk.state({})).windows.find(({ login }) => login === staff[person].login)!
/** The heartbeat goes out by itself, so it is waited for. */
const becomes = (person: StaffKey, state: DeskState) => vi.waitFor(async () => expect((await windowOf(person)).state).toBe(state), 5000)
const aged = (column: string, interval: string) => office.owner.raw(`update desk_session set ${column} = ${column} - interval '${interval}'`)

describe('the state of a window', () => {
  test('goes from nobody there to free, serving, locked and nobody there again', async () => {
    expect(await windowOf('first')).toMatchObject({ state: 'signedOut', window: '1', sessionId: null, visits: [] })
    const desk = await office.desk('first', { followChanges: true })
    await becomes('first', 'free')
    expect(await windowOf('first')).toMatchObject({ staffName: staff.first.fullName, version: 'test', unsent: 0, printers: [] })

    const { visit, account } = await openVisit(desk, cast.maria)
    expect(await windowOf('first')).toMatchObject({
      state: 'serving', since: visit.openedAt,
      visits: [{ visitId: visit.id, subscriberId: visit.subscriberId, lastKind: 'visits.identify', identification: 'document', account: account(cast.maria.accounts[0]!.provider).number }],
    })

    await desk.api.session.lock({ idle: true })
    expect(await windowOf('first')).toMatchObject({ state: 'locked', visits: [{ visitId: visit.id }] })
    await desk.api.session.unlock({ password: staff.first.password })
    expect((await windowOf('first')).state).toBe('serving')

    await desk.api.session.signOut({})
    // The visit is still open, and the window says whose it is.
    expect(await windowOf('first')).toMatchObject({ state: 'signedOut', visits: [{ visitId: visit.id }], staffName: staff.first.fullName })
  })

  test('is lost when a desk has not told of itself for two minutes, and comes back with its next word', async () => {
    const psql = await office.psql('first')
    const session = operation()
    const beat = () => psql.query('select desk_beat($1, $2, $3)', [session, 'desk-1', '1.0'])
    await beat()
    await aged('seen_at', '119 seconds')
    expect((await windowOf('first')).state).toBe('free')
    await aged('seen_at', '2 seconds')
    expect((await windowOf('first')).state).toBe('lost')
    await beat()
    expect((await windowOf('first')).state).toBe('free')
  })

  test('tells away only where nobody is served, and since when nothing was touched in any case', async () => {
    const psql = await office.psql('first')
    const awayAt = new Date(Date.now() - 240_000).toISOString()
    await psql.query('select desk_beat($1, $2, $3, p_away_at => $4)', [operation(), 'desk-1', '1.0', awayAt])
    expect(await windowOf('first')).toMatchObject({ state: 'away', awayAt: expect.any(String) })
    const desk = await office.desk('first')
    await openVisit(desk, cast.maria)
    const { state, awayAt: told } = await windowOf('first')
    expect({ state, at: new Date(told!).getTime() }).toEqual({ state: 'serving', at: new Date(awayAt).getTime() })
  })

  test('tells what the page told main: which card is in front, what is not written yet', async () => {
    const desk = await office.desk('first')
    await openVisit(desk, cast.maria)
    const shown = await openVisit(desk, cast.fyodor)
    await openVisit(desk, cast.alyona)
    const psql = await office.psql('first')
    await psql.query('select desk_beat($1, $2, $3, p_shown_subscriber_id => $4, p_unsent => 3, p_printers => $5)', [
      operation(), 'desk-1', '1.0', shown.visit.subscriberId, JSON.stringify([{ printer: 'HP', trouble: 'printerStopped', held: 2, secret: 'x' }, { printer: null }]),
    ])
    const { visits, unsent, printers, since } = await windowOf('first')
    expect(visits[0]).toMatchObject({ visitId: shown.visit.id, isShown: true })
    expect(visits).toHaveLength(3)
    expect({ unsent, printers, since }).toEqual({ unsent: 3, printers: [{ printer: 'HP', trouble: 'printerStopped', held: 2 }], since: shown.visit.openedAt })
  })

  test('one window that was switched off and on again is one row', async () => {
    const psql = await office.psql('first')
    await psql.query('select desk_beat($1, $2, $3)', [operation(), 'desk-1', '1.0'])
    await psql.query('select desk_beat($1, $2, $3)', [operation(), 'desk-1', '1.1'])
    const { windows } = await senior.api.liveDesk.state({})
    expect(windows.filter(({ login }) => login === staff.first.login)).toMatchObject([{ version: '1.1' }])
  })
})

test('a desk that tells of a time no clock shows does not take the windows from the supervisor’s page', async () => {
  const psql = await office.psql('first')
  const before = Date.now()
  for (const time of ['infinity', '-infinity', '290000-01-01', '0044-03-15 BC']) {
    await psql.query('select desk_beat($1, $2, $3, p_locked_at => $4, p_away_at => $4)', [operation(), 'ОКНО-1', 'test', time])
    const { state, since, awayAt } = await windowOf('first')
    expect([state, awayAt]).toEqual(['locked', null])
    expect(Math.abs(before - Date.parse(since!)), time).toBeLessThan(8 * 24 * 3600_000)
  }
})

describe('what else waits', () => {
  test('visits handed over and drafts, by account and age', async () => {
    const desk = await office.desk('first')
    const given = await openVisit(desk, cast.maria)
    await desk.api.visits.handOver({ operationId: operation(), visitId: given.visit.id, to: null, action: null, accountId: null, note: null })
    const later = await openVisit(desk, cast.fyodor)
    await desk.api.visits.postpone({ operationId: operation(), visitId: later.visit.id, items: ['notarialPower'], freeLine: null, action: 'changeEmail', accountId: null, email: null, note: null })
    const state = await senior.api.liveDesk.state({})
    expect(state.handOvers).toMatchObject([{ visitId: given.visit.id, fromName: staff.first.fullName, toName: null, handedAt: expect.any(String) }])
    expect(state.drafts).toMatchObject({ total: 1, rows: [{ visitId: later.visit.id, action: 'changeEmail', staffName: staff.first.fullName, account: later.card.accounts[0]!.number }] })
    // No name of a subscriber is in any of it.
    for (const { name } of [cast.maria, cast.fyodor]) expect(JSON.stringify(state)).not.toContain(name.split(' ')[0])
  })

  test('totals of the day, by hand-counted visits', async () => {
    const desk = await office.desk('first')
    const ids: number[] = []
    for (const person of [cast.maria, cast.fyodor, cast.alyona]) {
      const { visit } = await openVisit(desk, person, 'none')
      await desk.api.visits.close({ operationId: operation(), visitId: visit.id })
      ids.push(visit.id)
    }
    expect((await senior.api.liveDesk.totals({})).visits).toBe(3)
    // 60 s, 120 s and 600 s; one more that nobody ended.
    for (const [index, seconds] of [60, 120, 600].entries()) await office.owner.raw(`update visit set closed_at = opened_at + make_interval(secs => ?) where id = ?`, [seconds, ids[index]!])
    const forgotten = await openVisit(desk, cast.maria, 'none')
    await office.owner.raw(`update visit set closed_at = opened_at + interval '9 hours', closed_how = 'forgotten' where id = ?`, [forgotten.visit.id])
    const totals = await senior.api.liveDesk.totals({})
    expect(totals).toMatchObject({ visits: 3, medianSeconds: 120, perHour: 3, longest: { visitId: ids[2], seconds: 600, staffName: staff.first.fullName }, staff: [{ visits: 3, medianSeconds: 120 }] })
  })

  test('a name is told once asked for, and who asked stands in the audit', async () => {
    const desk = await office.desk('first')
    const { visit } = await openVisit(desk, cast.maria)
    expect(await senior.api.liveDesk.name({ visitId: visit.id })).toEqual({ name: cast.maria.name })
    const { rows } = await office.owner.raw(`select staff_login, visit_id::int, subscriber_id::int from audit_event where action = 'liveDesk.name'`)
    expect(rows).toEqual([{ staff_login: staff.senior.login, visit_id: visit.id, subscriber_id: visit.subscriberId }])
  })

  test('the day of an operator, visit by visit', async () => {
    const desk = await office.desk('first')
    const served = await openVisit(desk, cast.maria)
    await desk.api.visits.close({ operationId: operation(), visitId: served.visit.id })
    const now = await openVisit(desk, cast.fyodor, 'readingsOnly')
    const { staffId } = await windowOf('first')
    const today = served.card.today
    const day = await senior.api.liveDesk.day({ staffId, day: today })
    expect(day).toMatchObject({
      staffName: staff.first.fullName,
      visits: [{ visitId: now.visit.id, closedAt: null, kinds: ['visits.readingsOnly'] }, { visitId: served.visit.id, how: 'served', kinds: ['visits.identify'] }],
    })
    expect((await senior.api.liveDesk.day({ staffId, day: '2020-01-01' })).visits).toEqual([])
  })
})

test('limits are the office’s, and the second to change them learns of the first', async () => {
  const { limits } = await senior.api.liveDesk.state({})
  expect(limits).toEqual({ longMinutes: 10, tooLongMinutes: 20, version: 1 })
  await senior.api.liveDesk.limits({ operationId: operation(), longMinutes: 7, tooLongMinutes: 15, version: 1 })
  expect((await senior.api.liveDesk.state({})).limits).toEqual({ longMinutes: 7, tooLongMinutes: 15, version: 2 })
  expect(await failureOf(senior, 'liveDesk.limits', { operationId: operation(), longMinutes: 8, tooLongMinutes: 16, version: 1 })).toMatchObject({ code: 'conflict', reason: 'limitsChanged' })
})

test('locking and unlocking stand in the audit, and a supervisor’s page is told at once', async (context) => {
  needsNotifications(context)
  await senior.api.session.signOut({})
  senior = await office.desk('senior', { followChanges: true })
  await vi.waitFor(() => expect(senior.events['desk.live']).toEqual([{ listening: true }]), 15_000)
  const desk = await office.desk('first', { followChanges: true })
  await becomes('first', 'free')
  await desk.api.session.lock({ idle: true })
  await desk.api.session.unlock({ password: staff.first.password })
  await desk.api.session.signOut({})
  await vi.waitFor(() => expect(senior.events['liveDesk.changed']?.map(({ kind }) => kind).slice(-4)).toEqual(['desk.signedIn', 'desk.locked', 'desk.locked', 'desk.signedOut']), 5000)
  const { rows } = await office.owner.raw(`select action, (details -> 'idle')::text as idle from audit_event where staff_login = ? and action in ('session.lock', 'session.unlock') order by at`, [staff.first.login])
  expect(rows).toEqual([{ action: 'session.lock', idle: 'true' }, { action: 'session.unlock', idle: null }])
})

test('a heartbeat writes one row and nothing else: no audit, no message', async () => {
  const psql = await office.psql('first')
  const session = operation()
  await psql.query('select desk_beat($1, $2, $3)', [session, 'desk-1', '1.0'])
  const heard: string[] = []
  const listener = await office.psql('second', { straight: true })
  listener.on('notification', ({ payload }: pg.Notification) => heard.push(payload ?? ''))
  await listener.query('listen okno_subscriber')
  const count = async () => (await office.owner.raw('select (select count(*) from audit_event)::int as events, (select count(*) from desk_session)::int as sessions')).rows[0]
  const before = await count()
  for (let n = 0; n < 20; n++) await psql.query('select desk_beat($1, $2, $3)', [session, 'desk-1', '1.0'])
  expect(await count()).toEqual(before)
  await psql.query('select live_probe($1)', [session])
  await vi.waitFor(() => expect(heard).toHaveLength(1))
})

describe('an operator with psql', () => {
  test.each(['select live_desk_state()', 'select live_desk_totals()', 'select live_desk_name(1)', 'select live_desk_day(1, current_date)', 'select * from desk_session', 'update desk_session set seen_at = now()', `select office_told(1, 'x.y')`])(
    'can’t: %s', async (sql) => {
      const psql = await office.psql('first')
      await expect(psql.query(sql)).rejects.toMatchObject({ code: '42501' })
    },
  )

  test('can’t tell of another’s desk, lock it or sign it out', async () => {
    const [own, forger] = [await office.psql('first'), await office.psql('second')]
    const session = operation()
    await own.query('select desk_beat($1, $2, $3)', [session, 'desk-1', '1.0'])
    await expect(forger.query('select desk_beat($1, $2, $3, now())', [session, 'desk-1', '9.9'])).rejects.toMatchObject({ message: 'deskOfAnother' })
    await forger.query('select desk_locked($1, true)', [session])
    await forger.query('select desk_left($1)', [session])
    // A computer of the same name does not take it over while it tells of itself.
    await forger.query('select desk_beat($1, $2, $3)', [operation(), 'desk-1', '9.9'])
    expect(await windowOf('first')).toMatchObject({ sessionId: session, state: 'free', version: '1.0' })
  })

  test.each([
    ['a desk without a name', [operation(), '', '1.0', 0, '[]']],
    ['more unsent than there can be', [operation(), 'desk', '1.0', 1_000_000, '[]']],
    ['printers that are none', [operation(), 'desk', '1.0', 0, '{}']],
    ['a book about printers', [operation(), 'desk', '1.0', 0, JSON.stringify([{ printer: 'x'.repeat(9000), held: 1 }])]],
  ])('is refused %s', async (_what, values) => {
    const psql = await office.psql('first')
    await expect(psql.query('select desk_beat($1, $2, $3, p_unsent => $4, p_printers => $5)', values)).rejects.toMatchObject({ message: 'shape' })
  })
})

test('an operator is refused the live desk, and a supervisor of another office sees nothing of this one', async () => {
  const desk = await office.desk('first')
  expect(await failureOf(desk, 'liveDesk.state', {})).toMatchObject({ reason: 'roleMissing' })
  const { visit } = await openVisit(desk, cast.maria)
  await office.owner.raw(`insert into office (code, name) values ('other', 'Другой офис')`)
  await office.owner.raw(`update staff set office_id = (select id from office where code = 'other') where login = ?`, [staff.senior.login])
  expect(await senior.api.liveDesk.state({})).toMatchObject({ windows: [], handOvers: [] })
  expect((await senior.api.liveDesk.totals({})).visits).toBe(0)
  expect(await failureOf(senior, 'liveDesk.name', { visitId: visit.id })).toMatchObject({ reason: 'visit' })
})
