import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { silentLog } from '../../../src/main/log'
import { startLive, type Live } from '../../../src/main/session/live'
import { cast } from '../../../src/main/training'
import { needsNotifications } from '../../support/pooler'
import { staff } from '../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../support/test-app'
import { mainEmail, openVisit } from '../../support/visit'

let office: TestOffice
let desk: TestDesk
let other: TestDesk
beforeEach(async (context) => {
  needsNotifications(context)
  office = await openTestOffice()
  desk = await office.desk('first', { followChanges: true })
  other = await office.desk('second')
  await listening(true)
})
afterEach(() => office?.close())

const listening = (is: boolean) => vi.waitFor(() => expect(desk.events['desk.live']?.at(-1)).toEqual({ listening: is }), 15_000)
const told = () => desk.events['desk.changed'] ?? []
const livePids = async () => {
  const { rows } = await office.owner.raw(`select pid from pg_stat_activity where application_name = 'okno live' and datname = current_database()`)
  return rows.map(({ pid }: { pid: number }) => pid)
}

describe('what another desk does', () => {
  test('is told at once, with whose card it is and what kind, and nothing else', async () => {
    const { visit } = await openVisit(other, cast.maria)
    await vi.waitFor(() => expect(told()).toContainEqual({ subscriberId: visit.subscriberId, by: 'other', kind: 'visits.identify' }))
    for (const change of told()) expect(Object.keys(change).sort()).toEqual(['by', 'kind', 'subscriberId'])
  })

  test('is told apart from what is done here', async () => {
    const { visit } = await openVisit(desk, cast.maria)
    await vi.waitFor(() => expect(told()).toContainEqual({ subscriberId: visit.subscriberId, by: 'self', kind: 'visits.identify' }))
    expect(told().filter(({ by }) => by === 'other')).toEqual([])
  })

  test('holds also for what the portal or a register changes', async () => {
    const { visit } = await openVisit(desk, cast.maria)
    await office.owner.raw(`update subscriber_contact set confirmed_how = 'portal' where subscriber_id = ? and kind = 'email'`, [visit.subscriberId])
    await vi.waitFor(() => expect(told()).toContainEqual({ subscriberId: visit.subscriberId, by: 'other', kind: 'contacts.changedElsewhere' }))
    await office.owner.raw(`insert into import_batch (id, kind, file_name, file_sha256) values (?, 'payments', 'x.csv', 'x')`, [operation()])
    await office.owner.raw('update import_batch set finished_at = now(), accepted = 3')
    await vi.waitFor(() => expect(told()).toContainEqual({ subscriberId: null, by: 'other', kind: 'registers.import' }))
  })

  test('that was taken back before its end is not told', async () => {
    const { visit } = await openVisit(other, cast.maria)
    await vi.waitFor(() => expect(told()).toHaveLength(2))
    // An e-mail that is in force and confirmed is refused after the operation has begun.
    await other.dispatch('contacts.change', { operationId: operation(), visitId: visit.id, ...mainEmail(cast.maria.email), version: 0 })
    await other.api.visits.close({ operationId: operation(), visitId: visit.id })
    await vi.waitFor(() => expect(told().at(-1)?.kind).toBe('visits.close'))
    expect(told()).toHaveLength(3)
  })
})

describe('a connection that is lost', () => {
  test('is told, and is followed again after a moment', async () => {
    const [pid] = await livePids()
    await office.owner.raw('select pg_terminate_backend(?)', [pid])
    await vi.waitFor(() => expect(desk.events['desk.live']).toEqual([{ listening: true }, { listening: false }, { listening: true }]), 15_000)
    expect(await livePids()).not.toEqual([pid])
    const { visit } = await openVisit(other, cast.maria)
    await vi.waitFor(() => expect(told()).toContainEqual({ subscriberId: visit.subscriberId, by: 'other', kind: 'visits.open' }))
  })

  test('takes nobody’s session with it', async () => {
    const [pid] = await livePids()
    await office.owner.raw('select pg_terminate_backend(?)', [pid])
    await listening(false)
    expect(await desk.dispatch('visits.mine', {})).toEqual({ ok: true, value: [] })
    expect(desk.events['session.ended']).toBeUndefined()
  })
})

test('signing out ends it, and another person’s own begins', async () => {
  await desk.api.session.signOut({})
  await vi.waitFor(async () => expect(await livePids()).toEqual([]))
  await desk.api.session.signIn({ login: staff.senior.login, password: staff.senior.password })
  await vi.waitFor(async () => expect(await livePids()).toHaveLength(1))
})

test('a login has one connection for it, however often its password is checked', async () => {
  await desk.api.session.lock({})
  await desk.api.session.unlock({ password: staff.first.password })
  expect(await livePids()).toHaveLength(1)
})

test('a flood of messages makes no flood of readings: some are passed on, and that there were more is told once a second', async () => {
  const flooder = await office.psql('second')
  await flooder.query(`select pg_notify('okno_subscriber', json_build_object('subscriberId', null, 'staffId', null, 'kind', 'visits.handOver', 'x', n)::text) from generate_series(1, 10) n`)
  await flooder.query(`select pg_notify('okno_subscriber', json_build_object('subscriberId', n, 'staffId', null, 'kind', 'visits.handOver')::text) from generate_series(1, 5000) n`)
  await vi.waitFor(() => expect(told()).toContainEqual({ subscriberId: null, by: 'other', kind: 'live.many' }), 10_000)
  expect(told().length).toBeLessThan(200)
  // And it is heard again what colleagues do.
  await vi.waitFor(async () => {
    const { visit } = await openVisit(other, cast.maria)
    await other.api.visits.close({ operationId: operation(), visitId: visit.id })
    expect(told()).toContainEqual({ subscriberId: visit.subscriberId, by: 'other', kind: 'visits.close' })
  }, 10_000)
})

test('anybody may notify, so what does not look like ours is ignored, and what does only says whose card to read', async () => {
  const forger = await office.psql('second')
  const payloads = [
    '', 'x', '[]', '{}', '{"subscriberId":"1","staffId":1,"kind":"a.b"}', '{"subscriberId":-1,"staffId":1,"kind":"a.b"}', '{"subscriberId":1,"staffId":1,"kind":"<img src=x>"}',
    '{"subscriberId":1,"staffId":1,"kind":"a.b","name":"Иванов"}', `{"subscriberId":1,"staffId":1,"kind":"${'a'.repeat(61)}"}`, '{"probe":"x"}', 'null', `"${'x'.repeat(7000)}"`,
    '{"subscriberId":7,"staffId":999,"kind":"contacts.forged"}',
  ]
  for (const payload of payloads) await forger.query('select pg_notify($1, $2)', ['okno_subscriber', payload])
  await vi.waitFor(() => expect(told()).toEqual([{ subscriberId: 7, by: 'other', kind: 'contacts.forged' }]))
  expect(await desk.dispatch('visits.mine', {})).toEqual({ ok: true, value: [] })
})

describe('where notifications do not arrive, behind a pooler that shares connections', () => {
  let live: Live | undefined
  afterEach(() => live?.stop())

  test('nobody is told that they do', async () => {
    const heard: boolean[] = []
    const attempts: string[] = []
    live = startLive({
      address: () => office.address, login: { user: staff.first.login, password: staff.first.password }, staffId: 1, officeId: 1,
      // Goes nowhere, as a notification to the connection of somebody else does.
      probe: (token) => Promise.resolve(attempts.push(token)),
      changed: () => undefined, officeChanged: () => undefined, listening: (is) => heard.push(is), log: silentLog, waits: { probe: 20, first: 5, longest: 10 },
    })
    await vi.waitFor(() => expect(attempts.length).toBeGreaterThan(2))
    expect(heard).toEqual([])
    expect(new Set(attempts).size).toBe(attempts.length)
  })

  test('a login that is refused is not tried again', async () => {
    const log: string[] = []
    live = startLive({
      address: () => office.address, login: { user: staff.first.login, password: 'no-longer-this-one' }, staffId: 1, officeId: 1, probe: () => Promise.resolve(),
      changed: () => undefined, officeChanged: () => undefined, listening: () => undefined, log: { ...silentLog, info: (text) => void log.push(text) }, waits: { probe: 20, first: 1, longest: 1 },
    })
    await vi.waitFor(() => expect(log).toHaveLength(1))
    await live.stop()
    expect(log).toHaveLength(1)
  })
})
