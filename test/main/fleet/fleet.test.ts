import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { UpdatePolicy } from '@shared/domain/update-policy'
import { AppError } from '@shared/errors'
import { openDataFolder, type DataFolder } from '../../../src/main/data-folder'
import { createFleet, type Fleet, type FleetOptions } from '../../../src/main/fleet/fleet'
import { rememberErrors } from '../../../src/main/fleet/last-error'
import { windowFacts } from '../../../src/main/fleet/window-facts'
import { silentLog } from '../../../src/main/log'

let folder: DataFolder
beforeEach(async () => {
  folder = await openDataFolder({ OKNO_DATA: mkdtempSync(join(tmpdir(), 'okno-fleet-')) })
})
afterEach(() => rmSync(folder.path, { recursive: true, force: true }))

const policy: UpdatePolicy = { channel: 'main', minimumVersion: null, installAt: 'quit', rollout: { version: '1.3.0', state: 'running', percent: 10 }, schema: 42 }
const fleetOf = (other: Partial<FleetOptions> = {}) =>
  createFleet({ folder, appVersion: '1.2.0', schema: 42, facts: windowFacts({ folder, lastError: () => null, desk: 'ОКНО-1' }), log: silentLog, ...other })

type Database = Parameters<Fleet['attach']>[0]
const databaseOf = (call: (name: string, args: never) => Promise<unknown>): Database => ({ call }) as unknown as Database

/** The database at the other end of the wire: what it was asked, and what it answers. */
function wire(answer: () => unknown = () => policy) {
  const asked: { name: string; p: { windowId: string; update?: unknown; events?: { id: string; kind: string; reason: string | null }[] } }[] = []
  const call = async (name: string, args: { told: (typeof asked)[number]['p'] }): Promise<unknown> => {
    asked.push({ name, p: args.told })
    return name === 'fleet_beat' ? answer() : { taken: args.told.events?.length }
  }
  return { asked, db: databaseOf(call), events: () => asked.filter(({ name }) => name === 'fleet_event_tell').flatMap(({ p }) => p.events ?? []) }
}
const events = () => JSON.parse(readFileSync(join(folder.path, 'fleet', 'events.json'), 'utf8')) as { id: string; kind: string; version: string }[]

test('a window has one id for good, also when two programs of one computer start at once', async () => {
  const [one, other] = await Promise.all([fleetOf().windowId(), fleetOf().windowId()])
  expect(one).toBe(other)
  expect(await fleetOf().windowId()).toBe(one)
  expect((await folder.readSettings()).windowId).toBe(one)
})

describe('the policy', () => {
  test('is none before the first sign-in, and holds before the next one', async () => {
    expect(await fleetOf().policy()).toBeNull()
    const fleet = fleetOf()
    fleet.attach(wire().db, 's')
    await fleet.beat()
    expect(await fleet.policy()).toEqual(policy)
    expect(await fleetOf().policy()).toEqual(policy)
  })

  test('that was damaged on the disk is none: nothing is installed by it', async () => {
    const fleet = fleetOf()
    fleet.attach(wire().db, 's')
    await fleet.beat()
    writeFileSync(join(folder.path, 'fleet', 'policy.json'), '{"channel": "ma')
    expect(await fleetOf().policy()).toBeNull()
  })

  test('is told to who follows it, once for each change', async () => {
    let present = policy
    const fleet = fleetOf()
    const heard: unknown[] = []
    fleet.follow((next) => heard.push(next.rollout?.state))
    fleet.attach(wire(() => present).db, 's')
    await fleet.beat()
    await fleet.beat()
    present = { ...policy, rollout: { version: '1.3.0', state: 'stopped', percent: 10 } }
    await fleet.beat()
    expect(heard).toEqual(['running', 'stopped'])
  })

  test('comes with the refusal of a version that is too old, of the channel of this window', async () => {
    const fleet = fleetOf()
    fleet.attach(wire(() => ({ ...policy, channel: 'pilot' })).db, 's')
    await fleet.beat()
    await fleet.tooOld({ version: '1.2.0', minimum: '1.3.0', installAt: 'lock', schema: 43, rollouts: { main: null, pilot: { version: '1.4.0', state: 'running', percent: 1 } } })
    expect(await fleetOf().policy()).toEqual({ channel: 'pilot', minimumVersion: '1.3.0', installAt: 'lock', schema: 43, rollout: { version: '1.4.0', state: 'running', percent: 1 } })
    await fleet.tooOld({ nonsense: true })
    expect((await fleet.policy())?.minimumVersion).toBe('1.3.0')
  })
})

describe('what happened', () => {
  test('while nobody was signed in is kept through a restart and told after the sign-in, in order', async () => {
    await fleetOf().tell({ version: '1.3.0', kind: 'installed' })
    await fleetOf().tell({ version: '1.3.0', kind: 'started', reason: null })
    const fleet = fleetOf()
    const { db, events: told } = wire()
    fleet.attach(db, 's')
    await fleet.beat()
    expect(told().map(({ kind }) => kind)).toEqual(['installed', 'started'])
    expect(events()).toEqual([])
  })

  test('waits when the database fails, with the id it had, and is told with the next heartbeat', async () => {
    const fleet = fleetOf()
    const first = wire()
    const broken = databaseOf((name, args) => (name === 'fleet_event_tell' ? Promise.reject(new AppError('databaseUnavailable', 'unreachable')) : first.db.call(name, args)))
    fleet.attach(broken, 's')
    await fleet.tell({ version: '1.3.0', kind: 'failed', reason: 'damaged' })
    const [kept] = events()
    fleet.attach(first.db, 's')
    await fleet.beat()
    expect(first.events()).toMatchObject([{ id: kept!.id, kind: 'failed', reason: 'damaged' }])
  })

  test('of a window nobody signs in at for months fills no disk: the newest two hundred stay', async () => {
    const fleet = fleetOf()
    for (let n = 0; n < 205; n++) await fleet.tell({ version: `1.3.${n}`, kind: 'offered' })
    const kept = events()
    expect(kept).toHaveLength(200)
    expect(kept[0]!.version).toBe('1.3.5')
    const { db, asked } = wire()
    fleet.attach(db, 's')
    await fleet.beat()
    // Fifty at a time.
    expect(asked.filter(({ name }) => name === 'fleet_event_tell').map(({ p }) => p.events!.length)).toEqual([50, 50, 50, 50])
  })

  test('that a power cut left half written is forgotten, and what comes next is kept', async () => {
    await fleetOf().tell({ version: '1.3.0', kind: 'offered' })
    writeFileSync(join(folder.path, 'fleet', 'events.json'), '[{"id"')
    await fleetOf().tell({ version: '1.3.0', kind: 'downloaded' })
    expect(events()).toMatchObject([{ kind: 'downloaded' }])
  })

  test('is refused where the disk takes nothing, so that nobody installs untold', async () => {
    writeFileSync(join(folder.path, 'fleet'), 'a file where the folder should be')
    await expect(fleetOf().tell({ version: '1.3.0', kind: 'installed' })).rejects.toThrow()
  })
})

describe('the state of the update', () => {
  test('is told at once when it is another one, and percents are not', async () => {
    const fleet = fleetOf()
    const { db, asked } = wire()
    fleet.attach(db, 's')
    for (const state of ['downloading', 'downloading', 'downloaded', 'installing']) await fleet.state({ state, version: '1.3.0' })
    expect(asked.map(({ p }) => p.update)).toEqual(['downloading', 'downloaded', 'installing'].map((state) => ({ state, version: '1.3.0', reason: null })))
  })

  test('keeps nobody waiting for a database that does not answer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const fleet = fleetOf()
      fleet.attach(databaseOf(() => new Promise(() => undefined)), 's')
      const told = fleet.state({ state: 'installing', version: '1.3.0' })
      await vi.advanceTimersByTimeAsync(1_500)
      await told
    } finally {
      vi.useRealTimers()
    }
  })

  test('goes nowhere after signing out, nor with the goodbye of an earlier session', async () => {
    const fleet = fleetOf()
    const { db, asked } = wire()
    fleet.attach(db, 'first')
    fleet.attach(db, 'second')
    fleet.detach('first')
    await fleet.state({ state: 'downloading', version: '1.3.0' })
    expect(asked).toHaveLength(1)
    fleet.detach('second')
    await fleet.state({ state: 'downloaded', version: '1.3.0' })
    expect(asked).toHaveLength(1)
  })
})

test('a data folder copied to another computer gets an id of its own when the database says that its id is at work elsewhere', async () => {
  const before = await fleetOf().windowId()
  const fleet = fleetOf()
  const { db, asked } = wire()
  const copied = databaseOf((name, args: { told: { windowId: string } }) => (args.told.windowId === before ? Promise.reject(new AppError('conflict', 'windowIdTwice')) : db.call(name, args)))
  fleet.attach(copied, 's')
  await fleet.beat()
  expect(asked).toHaveLength(1)
  expect(await fleetOf().windowId()).toBe(asked[0]!.p.windowId)
  expect(asked[0]!.p.windowId).not.toBe(before)
})

describe('what a window tells of its machine', () => {
  test('is the latest test page and the free disk, in steps that do not differ with every heartbeat', async () => {
    await folder.updateSettings((settings) => ({ ...settings, printing: { forms: {}, tests: { Старый: { at: '2026-01-01T10:00:00Z', outcome: 'good' }, HP: { at: '2026-11-01T10:00:00Z', outcome: 'wrong' } } } }))
    const facts = await windowFacts({ folder, lastError: () => null, desk: 'ОКНО-1' })()
    expect(facts).toMatchObject({ desk: 'ОКНО-1', runtime: `Node ${process.versions.node}`, printerTest: { printer: 'HP', outcome: 'wrong' } })
    expect(facts.freeMb! % 100 === 0 || facts.freeMb! % 1024 === 0).toBe(true)
  })

  test('is its last error by codes, never by what somebody typed', () => {
    const { log, lastError } = rememberErrors(silentLog, () => Date.parse('2026-11-22T10:00:00Z'))
    expect(lastError()).toBeNull()
    log.info('call refused', { code: 'invalidInput', reason: 'shape' })
    expect(lastError()).toBeNull()
    log.info('call refused', { code: 'printerUnavailable', reason: 'printerStopped' })
    expect(lastError()).toEqual({ code: 'printerUnavailable · printerStopped', at: '2026-11-22T10:00:00.000Z' })
    log.error('print job not noted', { cause: Object.assign(new Error('Соколова Мария, 7404 123456'), { code: 'ENOSPC' }) })
    expect(lastError()?.code).toBe('print job not noted · ENOSPC')
  })
})
