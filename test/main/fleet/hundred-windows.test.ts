import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import type { Knex } from 'knex'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Rollout } from '@shared/contract/fleet'
import { mayInstall, type InstallQuestion } from '@shared/domain/update-policy'
import { openDataFolder, type DataFolder } from '../../../src/main/data-folder'
import { connect } from '../../../src/main/db/connection'
import { createDatabase, type Database } from '../../../src/main/db/database'
import { createFleet, type Fleet } from '../../../src/main/fleet/fleet'
import { windowFacts } from '../../../src/main/fleet/window-facts'
import { silentLog } from '../../../src/main/log'
import { scramVerifier, staffPassword } from '../../../src/main/session/scram'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../support/test-app'

// A hundred windows of one office, each with its own data folder and the fleet object that a real window has, on a real database under twenty-five operators' logins. What is not there is
// Electron and a package: whether a window whose turn has come gets on with the new version is said here. A step is a heartbeat of every window.

const windowsThere = 100
const operators = 25
const password = 'окно за окном 1'

interface Window {
  fleet: Fleet
  folder: DataFolder
  db: Database
  n: number
  version: string
  /** The new version does not start on this computer. */
  isBad: boolean
  state: 'idle' | 'downloaded' | 'failed'
}

let office: TestOffice
let admin: TestDesk
let base: string
const pools: Knex[] = []
let logins: Database[]
let windows: Window[]

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'okno-hundred-'))
  office = await openTestOffice()
  admin = await office.desk('admin')
  const verifier = await scramVerifier(password)
  await office.owner.raw(`select set_config('okno.operation', 'test', false)`)
  logins = await Promise.all(Array.from({ length: operators }, async (_, n) => {
    const login = `w${office.address.database.slice(-6)}_${n}`
    await office.owner.raw('select staff_create(p_login => ?, p_full_name => ?, p_roles => ?, p_window => ?, p_verifier => ?, p_must_change_password => false)', [login, `Оператор ${n}`, ['operator'], String(n), verifier])
    const pool = connect(office.deskAddress, { user: login, password: staffPassword(password) }, { max: 1 })
    pools.push(pool)
    return createDatabase(pool)
  }))
}, 120_000)
afterAll(async () => {
  for (const pool of pools) await pool.destroy()
  await office.close()
  rmSync(base, { recursive: true, force: true })
})

beforeEach(async () => {
  await office.owner.raw(`select set_config('okno.operation', 'test', false)`)
  await office.owner.raw('truncate fleet_window, rollout, rollout_event, rollout_window, fleet_event')
  const round = mkdtempSync(join(base, 'round-'))
  windows = await Promise.all(Array.from({ length: windowsThere }, async (_, n) => {
    const folder = await openDataFolder({ OKNO_DATA: join(round, String(n)) })
    return { folder, n, db: logins[n % operators]!, version: '1.2.0', isBad: false, state: 'idle', fleet: fleetOf(folder, n, '1.2.0') } satisfies Window
  }))
  for (const window of windows) window.fleet.attach(window.db, randomUUID())
  await everyone((window) => window.fleet.beat())
}, 120_000)

const fleetOf = (folder: DataFolder, n: number, version: string): Fleet =>
  createFleet({ folder, appVersion: version, schema: 42, facts: windowFacts({ folder, lastError: () => null, desk: `ОКНО-${String(n).padStart(3, '0')}` }), log: silentLog })

/** As many at once as there are logins, as in an office. */
async function everyone(work: (window: Window) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < windows.length; from += operators) await Promise.all(windows.slice(from, from + operators).map(work))
}

const release: InstallQuestion['release'] = { version: '1.3.0', channel: 'main', schema: { from: 1, to: 99 } }
async function may(window: Window): Promise<boolean> {
  const policy = await window.fleet.policy()
  return policy !== null && mayInstall(policy, { windowId: await window.fleet.windowId(), current: window.version, migratesItself: false, release }).verdict === 'yes'
}

/** Half a minute of every window: it tells and hears, downloads when it may, and one step later installs if it still may. */
async function step(): Promise<void> {
  await everyone(async (window) => {
    await window.fleet.beat()
    if (!(await may(window))) return
    if (window.state === 'idle') {
      window.state = 'downloaded'
      await window.fleet.tell({ version: '1.3.0', kind: 'downloaded' })
    } else if (window.state === 'downloaded') await install(window)
  })
}

/** Okno ends, the installer runs, Okno starts again and somebody signs in: another process, hence another object on the same folder. */
async function install(window: Window): Promise<void> {
  await window.fleet.state({ state: 'installing', version: '1.3.0' })
  window.fleet = fleetOf(window.folder, window.n, window.isBad ? '1.2.0' : '1.3.0')
  await window.fleet.tell(window.isBad ? { version: '1.3.0', kind: 'failed', reason: 'didNotStart' } : { version: '1.3.0', kind: 'started' })
  window.state = window.isBad ? 'failed' : 'idle'
  if (!window.isBad) window.version = '1.3.0'
  window.fleet.attach(window.db, randomUUID())
  await window.fleet.beat()
}

const rollout = async (): Promise<Rollout> => (await admin.api.fleet.state({})).rollouts[0]!
const start = (percent: number) => admin.api.fleet.start({ operationId: operation(), channel: 'main', version: '1.3.0', percent, replaces: null })
const grow = async (percent: number) => {
  const { id, revision } = await rollout()
  await admin.api.fleet.percent({ operationId: operation(), rolloutId: id, revision, percent })
}
const updated = () => windows.filter(({ version }) => version === '1.3.0').length

describe('a hundred windows', () => {
  test('nobody updates before a rollout, then as many as the share says, and the same ones are in the greater share', async () => {
    await step()
    await step()
    expect(updated()).toBe(0)

    await start(10)
    for (let n = 0; n < 4; n++) await step()
    const first = windows.filter(({ version }) => version === '1.3.0')
    expect(first.length).toBeGreaterThan(2)
    expect(first.length).toBeLessThan(22)
    expect((await rollout()).progress).toMatchObject({ windows: 100, updated: first.length, failing: 0, later: 100 - first.length })

    await grow(50)
    for (let n = 0; n < 4; n++) await step()
    expect(updated()).toBeGreaterThan(35)
    expect(updated()).toBeLessThan(65)
    await grow(100)
    for (let n = 0; n < 4; n++) await step()
    expect((await rollout()).progress).toEqual({ windows: 100, updated: 100, failing: 0, failingNew: 0, installing: 0, downloaded: 0, waiting: 0, later: 0, newer: 0 })
  }, 180_000)

  test('twelve of them fail: it holds itself, the others keep their version; resumed, the rest go on', async () => {
    // Spread over offices' desks as trouble is: twelve computers, twelve people.
    for (const window of windows.slice(0, 12)) window.isBad = true
    await start(100)
    for (let n = 0; n < 4; n++) await step()
    const held = await rollout()
    expect(held).toMatchObject({ state: 'held', heldByFailures: true })
    expect(held.history[0]).toMatchObject({ kind: 'heldByFailures', staffName: null })
    expect(held.progress.failing).toBeGreaterThanOrEqual(3)

    // Held means held: nothing moves any more, whatever was downloaded.
    const before = updated()
    expect(before).toBeLessThan(88)
    for (let n = 0; n < 3; n++) await step()
    expect(updated()).toBe(before)

    // Somebody has found why: those computers lack something the rest have.
    await admin.api.fleet.resume({ operationId: operation(), rolloutId: held.id, revision: held.revision, comment: 'нет места на диске C: у компьютеров 2019 года' })
    for (let n = 0; n < 8 && (await rollout()).state === 'running' && updated() < 88; n++) await step()
    let now = await rollout()
    // The failures that were still to come may hold it once more: everything that was seen by then is counted no more.
    while (now.state === 'held') {
      await admin.api.fleet.resume({ operationId: operation(), rolloutId: now.id, revision: now.revision })
      for (let n = 0; n < 4; n++) await step()
      now = await rollout()
    }
    expect(updated()).toBe(88)
    expect(now.progress).toMatchObject({ windows: 100, updated: 88, failing: 12 })
  }, 180_000)

  test('stopped in the middle, within one heartbeat no window begins any more, and one that was off does not either', async () => {
    await start(100)
    await step()
    // Half of them have it on the disk and were about to install.
    const asleep = windows[7]!
    const { id } = await rollout()
    await admin.api.fleet.stop({ operationId: operation(), rolloutId: id, comment: 'не та сборка' })
    await everyone((window) => (window === asleep ? Promise.resolve() : window.fleet.beat()))
    for (const window of windows) if (window !== asleep) expect(await may(window)).toBe(false)
    // It comes back with the policy of yesterday in its file, and hears of the stop before anything else.
    expect(await may(asleep)).toBe(true)
    const again = fleetOf(asleep.folder, asleep.n, '1.2.0')
    again.attach(asleep.db, randomUUID())
    await again.beat()
    asleep.fleet = again
    expect(await may(asleep)).toBe(false)
    for (let n = 0; n < 2; n++) await step()
    expect(updated()).toBe(0)
    expect(await rollout()).toMatchObject({ state: 'stopped', progress: { updated: 0 } })
  }, 180_000)
})
