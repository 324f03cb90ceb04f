import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { FleetWindow, Rollout } from '@shared/contract/fleet'
import { compareVersions } from '@shared/domain/signed-feed'
import { shareOf } from '@shared/domain/update-policy'
import { staff, type StaffKey } from '../../../support/staff'
import { DeskFailure, openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'

let office: TestOffice
let admin: TestDesk
let psql: Record<'first' | 'second' | 'admin', pg.Client>
beforeAll(async () => {
  office = await openTestOffice()
  admin = await office.desk('admin')
  psql = { first: await office.psql('first'), second: await office.psql('second'), admin: await office.psql('admin') }
})
afterAll(() => office.close())
beforeEach(async () => {
  await office.owner.raw(`select set_config('okno.operation', 'test', false)`)
  await office.owner.raw('truncate fleet_window, rollout, rollout_event, rollout_window, fleet_event')
  await office.owner.raw(`update fleet_setting set minimum_version = null, install_at = '"quit"'`)
})

interface Told {
  version?: string
  desk?: string
  update?: { state: string; version?: string | null; reason?: string | null }
  [key: string]: unknown
}
const beat = async (who: keyof typeof psql, windowId: string, { version = '1.2.0', ...told }: Told = {}) => {
  const { rows } = await psql[who].query('select fleet_beat($1) as policy', [
    JSON.stringify({ windowId, sessionId: randomUUID(), desk: `ОКНО-${windowId.slice(0, 4)}`, version, schema: 42, runtime: 'Electron 43.1.0', os: 'Windows 10', freeMb: 90_000, printerTest: null, lastError: null, update: { state: 'idle' }, ...told }),
  ])
  return rows[0].policy
}
const tell = (who: keyof typeof psql, windowId: string, kind: string, version: string, reason: string | null = null, id = randomUUID(), at = new Date().toISOString()) =>
  psql[who].query('select fleet_event_tell($1) as told', [JSON.stringify({ windowId, events: [{ id, at, version, kind, reason }] })]).then(({ rows }) => rows[0].told)
/** Windows that were there before any rollout. */
const windowsOf = async (who: keyof typeof psql, n: number): Promise<string[]> => {
  const ids = Array.from({ length: n }, () => randomUUID())
  for (const windowId of ids) await beat(who, windowId)
  return ids
}
const start = (percent = 100, other: Partial<Parameters<TestDesk['api']['fleet']['start']>[0]> = {}) =>
  admin.api.fleet.start({ operationId: operation(), channel: 'main', version: '1.3.0', percent, replaces: null, ...other })
const state = () => admin.api.fleet.state({})
const current = async (channel = 'main'): Promise<Rollout> => (await state()).rollouts.find((one) => one.channel === channel)!
const failed = async (call: Promise<unknown>): Promise<unknown> => {
  const answer = await call.then((value) => new Error(`it went well: ${JSON.stringify(value)}`), (cause: unknown) => cause)
  if (answer instanceof DeskFailure) return answer.failure
  throw answer
}
const windowOf = async (windowId: string): Promise<FleetWindow> => (await state()).windows.find(({ desk }) => desk === `ОКНО-${windowId.slice(0, 4)}`)!

describe('the database counts as the windows do', () => {
  test('the share of a window', async () => {
    const ids = fc.sample(fc.uuid(), 50)
    for (const version of ['1.3.0', '2.0.0-pilot.1']) {
      const { rows } = await office.owner.raw('select fleet_share(i::uuid, ?)::float8 as share from unnest(?::text[]) with ordinality u (i, n) order by n', [version, ids])
      expect(rows.map(({ share }: { share: number }) => share)).toEqual(ids.map((windowId) => shareOf(windowId, version)))
    }
  })

  test('the order of versions', async () => {
    const part = fc.constantFrom('0', '1', '2', '10', 'a', 'pilot', 'rc1', '1a')
    const version = fc.tuple(fc.constantFrom(0, 1, 9, 10), fc.constantFrom(0, 2, 11), fc.nat(3), fc.array(part, { maxLength: 3 })).map(([a, b, c, tail]) => `${a}.${b}.${c}${tail.length ? `-${tail.join('.')}` : ''}`)
    const pairs = fc.sample(fc.tuple(version, version), 300)
    const { rows } = await office.owner.raw('select version_is_less(a, b) as less from unnest(?::text[], ?::text[]) with ordinality u (a, b, n) order by n', [pairs.map(([a]) => a), pairs.map(([, b]) => b)])
    pairs.forEach(([a, b], index) => expect([a, b, rows[index].less]).toEqual([a, b, compareVersions(a, b) < 0]))
  })
})

describe('a window', () => {
  test('is shown as it tells of itself', async () => {
    const windowId = randomUUID()
    const at = '2026-11-20T08:00:00.000Z'
    expect(await beat('first', windowId, { printerTest: { printer: 'HP', outcome: 'wrong', at }, lastError: { code: 'call broke · 57014', at }, update: { state: 'downloading', version: '1.3.0' } })).toEqual({
      channel: 'main', minimumVersion: null, installAt: 'quit', rollout: null, schema: (await state()).schema,
    })
    expect(await windowOf(windowId)).toMatchObject({
      version: '1.2.0', channel: 'main', runtime: 'Electron 43.1.0', os: 'Windows 10', freeMb: 90_000, presence: 'on', staffName: staff.first.fullName, isTooOld: false, rollout: null,
      printerTest: { printer: 'HP', outcome: 'wrong' }, lastError: { code: 'call broke · 57014' }, update: { state: 'downloading', version: '1.3.0', reason: null },
    })
    // Nothing on the page tells the id by which a window is believed.
    expect(JSON.stringify(await state())).not.toContain(windowId)
  })

  test('that tells nonsense is refused, or shown without it', async () => {
    for (const wrong of [{ desk: '' }, { version: 'x'.repeat(61) }, { schema: -1 }, { freeMb: 'much' }, { update: {} }, { runtime: null }]) await expect(beat('first', randomUUID(), wrong as Told)).rejects.toMatchObject({ code: 'OK400', message: 'shape' })
    const windowId = randomUUID()
    await beat('first', windowId, { printerTest: { printer: 'HP', outcome: 'good', at: '2026-13-45T99:00:00Z' }, lastError: { code: 'x', at: '290000-01-01T00:00:00Z' } })
    expect(await windowOf(windowId)).toMatchObject({ printerTest: null, lastError: null })
  })

  test('that writes nothing new is not written again within two minutes', async () => {
    const windowId = randomUUID()
    const told = { sessionId: randomUUID() }
    await beat('first', windowId, told)
    const versionOf = async () => (await office.owner.raw('select xmin::text as x from fleet_window where window_id = ?', [windowId])).rows[0].x
    const before = await versionOf()
    for (let times = 0; times < 3; times++) await beat('first', windowId, told)
    expect(await versionOf()).toBe(before)
    await office.owner.raw(`update fleet_window set seen_at = seen_at - interval '3 minutes'`)
    await beat('first', windowId, told)
    expect((await windowOf(windowId)).presence).toBe('on')
  })

  test('whose data folder was copied to another computer does not pass for that one while it works', async () => {
    const windowId = randomUUID()
    const sessionId = randomUUID()
    await psql.first.query('select desk_beat($1, $2, $3)', [sessionId, 'ОКНО-1', '1.2.0'])
    await beat('first', windowId, { sessionId, desk: 'ОКНО-1' })
    await expect(beat('second', windowId, { desk: 'ОКНО-2' })).rejects.toMatchObject({ code: 'OK409', message: 'windowIdTwice' })
    await psql.first.query('select desk_left($1)', [sessionId])
    // A computer that was given another name is the same window.
    await beat('second', windowId, { desk: 'ОКНО-2' })
  })

  test('stays of its office when an administrator of another one signs in there', async () => {
    const windowId = randomUUID()
    await beat('first', windowId)
    const { rows } = await office.owner.raw(`insert into office (code, name) values ('far', 'Дальний') on conflict (code) do update set name = excluded.name returning id`)
    await office.owner.raw('update staff set office_id = ? where login = ?', [rows[0].id, staff.admin.login])
    await beat('admin', windowId)
    expect((await windowOf(windowId)).office).not.toBe('Дальний')
    await office.owner.raw('update staff set office_id = (select office_id from staff where login = ?) where login = ?', [staff.first.login, staff.admin.login])
  })
})

describe('a rollout', () => {
  test('is told to the windows of its channel with their next heartbeat, and so is its stop', async () => {
    const [main, pilot] = [randomUUID(), randomUUID()]
    await beat('first', main)
    await beat('first', pilot)
    await admin.api.fleet.channel({ operationId: operation(), ids: [(await windowOf(pilot)).id], channel: 'pilot' })
    const { id } = await start(10)
    expect((await beat('first', main)).rollout).toEqual({ version: '1.3.0', state: 'running', percent: 10 })
    expect(await beat('first', pilot)).toMatchObject({ channel: 'pilot', rollout: null })
    await admin.api.fleet.stop({ operationId: operation(), rolloutId: id })
    expect((await beat('first', main)).rollout).toMatchObject({ state: 'stopped' })
    expect(await failed(admin.api.fleet.resume({ operationId: operation(), rolloutId: id, revision: 2 }))).toMatchObject({ code: 'conflict', reason: 'rolloutEnded' })
  })

  test('counts who has updated, fails, is on the way and waits', async () => {
    const ids = await windowsOf('admin', 8)
    await start(50)
    await beat('admin', ids[0]!, { version: '1.3.0' })
    await tell('admin', ids[1]!, 'failed', '1.3.0', 'damaged')
    await beat('admin', ids[2]!, { update: { state: 'installing', version: '1.3.0' } })
    await tell('admin', ids[3]!, 'downloaded', '1.3.0')
    await beat('admin', ids[4]!, { version: '1.4.0' })
    const rest = ids.slice(5)
    const inShare = rest.filter((windowId) => shareOf(windowId, '1.3.0') < 50).length
    expect((await current()).progress).toEqual({ windows: 8, updated: 1, failing: 1, failingNew: 1, installing: 1, downloaded: 1, newer: 1, waiting: inShare, later: rest.length - inShare })
    expect((await windowOf(ids[1]!)).rollout).toEqual({ state: 'failing', reason: 'damaged' })
    // It got there after all.
    await beat('admin', ids[1]!, { version: '1.3.0' })
    expect((await current()).progress).toMatchObject({ updated: 2, failing: 0 })
  })

  test('holds itself when more than its limit of those who tried fails, is told in the audit, and goes on where it was resumed', async () => {
    const ids = [...(await windowsOf('admin', 16))]
    const { id } = await start(100, { limitPercent: 20 })
    for (const windowId of ids.slice(0, 8)) await beat('admin', windowId, { version: '1.3.0' })
    await tell('admin', ids[8]!, 'failed', '1.3.0', 'damaged')
    await tell('admin', ids[9]!, 'failed', '1.3.0', 'damaged')
    // Two of ten are not three, and not more than a fifth.
    expect((await current()).state).toBe('running')
    await tell('admin', ids[10]!, 'failed', '1.3.0', 'damaged')
    const held = await current()
    expect(held).toMatchObject({ state: 'held', heldByFailures: true, history: [{ kind: 'heldByFailures', staffName: null, facts: { failing: 3, updated: 8, limit: 20 } }, { kind: 'started' }] })
    expect((await beat('first', ids[11]!)).rollout).toMatchObject({ state: 'held' })
    const { rows } = await office.owner.raw(`select details from audit_event where action = 'fleet.heldByItself' order by at desc limit 1`)
    expect(rows[0].details).toMatchObject({ rollout: id, version: '1.3.0', failing: 3, updated: 8 })

    await admin.api.fleet.resume({ operationId: operation(), rolloutId: id, revision: held.revision })
    await tell('admin', ids[12]!, 'failed', '1.3.0', 'damaged')
    await tell('admin', ids[13]!, 'failed', '1.3.0', 'damaged')
    // Those from before count no more.
    expect(await current()).toMatchObject({ state: 'running', heldByFailures: false, progress: { failing: 5, failingNew: 2 } })
    await tell('admin', ids[14]!, 'failed', '1.3.0', 'damaged')
    expect((await current()).state).toBe('held')
  })

  test('three failures among many successes hold nothing', async () => {
    const ids = await windowsOf('admin', 40)
    await start(100)
    for (const windowId of ids.slice(0, 35)) await beat('admin', windowId, { version: '1.3.0' })
    for (const windowId of ids.slice(35, 38)) await tell('admin', windowId, 'failed', '1.3.0')
    expect((await current()).state).toBe('running')
    await tell('admin', ids[38]!, 'failed', '1.3.0')
    expect((await current()).state).toBe('held')
  })

  test('takes a window that began to install and is silent for a quarter of an hour for failing, while its office works', async () => {
    const ids = await windowsOf('admin', 8)
    await start(100)
    for (const windowId of ids.slice(0, 3)) await beat('admin', windowId, { update: { state: 'installing', version: '1.3.0' } })
    await office.owner.raw(`update rollout_window set at = at - interval '16 minutes'`)
    await office.owner.raw(`update fleet_window set seen_at = seen_at - interval '16 minutes', first_seen_at = first_seen_at - interval '1 hour'`)
    await office.owner.raw(`update rollout set started_at = started_at - interval '20 minutes', counted_from = counted_from - interval '20 minutes'`)
    // Night: nobody tells anything, silence is no failure. One window alone is not the office at work.
    await beat('admin', ids[7]!)
    expect((await current()).progress).toMatchObject({ installing: 3, failing: 0 })
    for (const windowId of ids.slice(3, 7)) await beat('admin', windowId)
    await beat('admin', ids[7]!)
    expect(await current()).toMatchObject({ state: 'held', heldByFailures: true, progress: { installing: 0, failing: 3 } })
    expect((await windowOf(ids[0]!)).rollout).toEqual({ state: 'failing', reason: 'silent' })
    // Whoever comes back has updated all the same.
    await beat('admin', ids[0]!, { version: '1.3.0' })
    expect((await current()).progress).toMatchObject({ updated: 1, failing: 2 })
  })

  test('is another one for the channel only with eyes open, and a percentage too', async () => {
    const first = await start(10)
    expect(await failed(start(10))).toMatchObject({ code: 'conflict', reason: 'rolloutChanged' })
    const next = await start(20, { version: '1.4.0', replaces: first.id })
    expect((await admin.api.fleet.rollouts({})).map(({ version, state }) => [version, state])).toEqual([['1.4.0', 'running'], ['1.3.0', 'replaced']])
    const changed = await admin.api.fleet.percent({ operationId: operation(), rolloutId: next.id, revision: next.revision, percent: 60 })
    expect(changed).toMatchObject({ percent: 60, history: [{ kind: 'percent', facts: { from: 20, to: 60 } }, {}] })
    expect(await failed(admin.api.fleet.percent({ operationId: operation(), rolloutId: next.id, revision: next.revision, percent: 70 }))).toMatchObject({ reason: 'rolloutChanged' })
    // In a hurry nobody is asked for the revision.
    expect(await admin.api.fleet.hold({ operationId: operation(), rolloutId: next.id, comment: 'жалобы из офиса 3' })).toMatchObject({ state: 'held', heldByFailures: false, history: [{ comment: 'жалобы из офиса 3' }, {}, {}] })
  })

  test('of a lower version than before is a way back: windows that are newer are to take it', async () => {
    const [newer, older] = await windowsOf('admin', 2)
    const { id } = await start(100, { version: '1.4.0' })
    await beat('admin', newer!, { version: '1.4.0' })
    expect(await start(100, { version: '1.3.0', replaces: id })).toMatchObject({ isReturn: true, progress: { waiting: 2, newer: 0 } })
    await beat('admin', newer!, { version: '1.3.0' })
    await beat('admin', older!, { version: '1.3.0' })
    expect((await current()).progress).toMatchObject({ windows: 2, updated: 2 })
  })

  test('asked for twice is one', async () => {
    const operationId = operation()
    const once = await start(10, { operationId })
    expect(await start(10, { operationId })).toMatchObject({ id: once.id })
    expect(await admin.api.fleet.rollouts({})).toHaveLength(1)
  })

  test('of no version, and of one that nobody could sign in with, is refused', async () => {
    expect(await failed(start(10, { version: '1.3' }))).toMatchObject({ reason: 'versionForm' })
    const { revision } = (await state()).settings
    await admin.api.fleet.minimum({ operationId: operation(), version: '1.4.0', shutOut: 0, revision })
    expect(await failed(start(10))).toMatchObject({ reason: 'rolloutBelowMinimum', details: { minimum: '1.4.0' } })
  })
})

describe('the minimum version', () => {
  test('is set by somebody who knows how many windows it shuts out, and then those are not let in', async () => {
    await windowsOf('first', 2)
    const { revision } = (await state()).settings
    expect(await admin.api.fleet.shutOut({ version: '1.2.1' })).toMatchObject({ windows: 2, first: [{ version: '1.2.0' }, { version: '1.2.0' }] })
    expect(await failed(admin.api.fleet.minimum({ operationId: operation(), version: '1.2.1', shutOut: 1, revision }))).toMatchObject({ code: 'conflict', reason: 'minimumShutsOut', details: { windows: 2 } })
    expect(await admin.api.fleet.minimum({ operationId: operation(), version: '1.2.1', shutOut: 2, revision })).toMatchObject({ minimumVersion: '1.2.1', changedBy: staff.admin.fullName })
    expect((await state()).windows.every(({ isTooOld }) => isTooOld)).toBe(true)
  })
})

describe('with psql an operator', () => {
  test('can’t start, hold or stop anything, or see the windows', async () => {
    const { id } = await start(10)
    for (const sql of [
      `select rollout_start(gen_random_uuid(), 'main', '9.9.9', 100)`, `select rollout_change(gen_random_uuid(), ${id}, 'stop')`, `select fleet_minimum(gen_random_uuid(), '9.9.9', 0, 1)`,
      `select fleet_install_at(gen_random_uuid(), '"lock"', 1)`, `select fleet_channel(gen_random_uuid(), '{1}', 'pilot')`, `select fleet_forget(gen_random_uuid(), '{1}')`, 'select fleet_state()', 'select rollout_list()',
      'select fleet_history(1)', `select fleet_shut_out('9.9.9')`, `select rollout_evaluate(${id})`, 'select window_id from fleet_window', 'update rollout set percent = 100', 'select * from fleet_event',
    ]) await expect(psql.first.query(sql), sql).rejects.toMatchObject({ code: '42501' })
  })

  test('makes up no fleet: five new windows a day, and none that came after the beginning counts', async () => {
    await start(100)
    const made = await windowsOf('first', 5)
    await expect(beat('first', randomUUID())).rejects.toMatchObject({ message: 'windowsTooMany' })
    for (const windowId of made) await tell('first', windowId, 'failed', '1.3.0')
    expect(await current()).toMatchObject({ state: 'running', progress: { failing: 5 } })
  })

  test('alone holds no rollout with the windows they know; two do', async () => {
    const own = await windowsOf('first', 4)
    const others = await windowsOf('second', 2)
    await start(100)
    for (const windowId of own) await tell('first', windowId, 'failed', '1.3.0')
    expect((await current()).state).toBe('running')
    await tell('second', others[0]!, 'failed', '1.3.0')
    expect((await current()).state).toBe('held')
  })

  test('tells nothing of a window they do not know, and nothing twice', async () => {
    await start(100)
    await expect(tell('first', randomUUID(), 'failed', '1.3.0')).rejects.toMatchObject({ code: 'OK404', message: 'fleetWindow' })
    const windowId = (await windowsOf('first', 1))[0]!
    const event = randomUUID()
    expect(await tell('first', windowId, 'offered', '1.3.0', null, event)).toEqual({ taken: 1 })
    expect(await tell('first', windowId, 'offered', '1.3.0', null, event)).toEqual({ taken: 0 })
    await expect(tell('first', windowId, 'invented', '1.3.0')).rejects.toMatchObject({ code: 'OK400' })
  })

  test('fills nothing: of two hundred events a day the rest are thrown away', async () => {
    const windowId = (await windowsOf('first', 1))[0]!
    const many = (n: number) => JSON.stringify({ windowId, events: Array.from({ length: n }, () => ({ id: randomUUID(), at: new Date().toISOString(), version: '1.3.0', kind: 'offered', reason: null })) })
    for (let times = 0; times < 5; times++) await psql.first.query('select fleet_event_tell($1)', [many(50)])
    expect((await office.owner.raw('select count(*)::int as n from fleet_event')).rows).toEqual([{ n: 200 }])
    await expect(psql.first.query('select fleet_event_tell($1)', [many(51)])).rejects.toMatchObject({ code: 'OK400' })
  })
})

test('a supervisor sees the windows of the own office and decides nothing', async () => {
  const [here, there] = [randomUUID(), randomUUID()]
  await beat('first', here)
  await beat('second', there)
  const { rows } = await office.owner.raw(`insert into office (code, name) values ('far', 'Дальний') on conflict (code) do update set name = excluded.name returning id`)
  await office.owner.raw('update fleet_window set office_id = ? where window_id = ?', [rows[0].id, there])
  const far = (await windowOf(there)).id
  const senior = await office.desk('senior')
  const seen = await senior.api.fleet.state({})
  expect(seen).toMatchObject({ isWhole: false, windows: [{ desk: `ОКНО-${here.slice(0, 4)}` }] })
  expect(await failed(senior.api.fleet.history({ id: far }))).toMatchObject({ code: 'notFound', reason: 'fleetWindow' })
  expect(await failed(senior.api.fleet.hold({ operationId: operation(), rolloutId: 1 }))).toMatchObject({ code: 'forbidden', reason: 'roleMissing' })
})

test('a computer that is no more is taken off the list, one that works is not', async () => {
  const windowId = (await windowsOf('first', 1))[0]!
  const { id } = await windowOf(windowId)
  expect(await failed(admin.api.fleet.forget({ operationId: operation(), ids: [id] }))).toMatchObject({ reason: 'windowInUse' })
  await office.owner.raw(`update fleet_window set seen_at = now() - interval '20 days'`)
  expect((await windowOf(windowId)).presence).toBe('gone')
  expect(await admin.api.fleet.forget({ operationId: operation(), ids: [id] })).toEqual({ forgotten: 1 })
  expect((await state()).windows).toEqual([])
})

test('the moment of updates is quit, lock or an hour', async () => {
  const set = async (installAt: 'quit' | 'lock' | { hour: number }) => (await admin.api.fleet.installAt({ operationId: operation(), installAt, revision: (await state()).settings.revision })).installAt
  expect(await set('lock')).toBe('lock')
  expect(await set({ hour: 3 })).toEqual({ hour: 3 })
  expect(await beat('first', randomUUID())).toMatchObject({ installAt: { hour: 3 } })
  const person: StaffKey = 'admin'
  await expect((await office.psql(person)).query(`select fleet_install_at(gen_random_uuid(), '{"hour": 24}', 1)`)).rejects.toMatchObject({ code: 'OK400' })
})
