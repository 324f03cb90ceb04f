import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AppError } from '@shared/errors'
import { parseCommand } from '../../../src/main/headless/commands'
import { runRollout } from '../../../src/main/headless/rollout'
import { openTestOffice, type TestDesk, type TestOffice } from '../../support/test-app'

// What a script of IT's says and gets; starting the program and the login are okno.test.ts's.

let office: TestOffice
let admin: TestDesk
let senior: TestDesk
beforeAll(async () => {
  office = await openTestOffice()
  admin = await office.desk('admin')
  senior = await office.desk('senior')
  const psql = await office.psql('admin')
  for (const [desk, version] of [['OKNO-1', '1.2.0'], ['OKNO-2', '1.2.0'], ['OKNO-3', '1.1.0']]) {
    await psql.query('select fleet_beat($1)', [JSON.stringify({ windowId: randomUUID(), sessionId: randomUUID(), desk, version, schema: 42, runtime: 'Electron', os: 'Windows', freeMb: null, update: { state: 'none' } })])
  }
})
afterAll(() => office.close())

/** The exit code and what is printed; a refusal as it is printed too. */
async function okno(line: string, desk: TestDesk = admin): Promise<{ code: number; json: unknown }> {
  try {
    const given = parseCommand(line.split(' '))
    if ('show' in given) return { code: 0, json: given.show }
    const { value, exitCode = 0 } = await runRollout(desk, given.command, given.positionals, given.options)
    return { code: exitCode, json: value }
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause
    return { code: cause.reason === 'usage' ? 2 : 1, json: { reason: cause.reason, details: cause.details } }
  }
}

test('a release goes out step by step and is stopped', async () => {
  expect(await okno('rollout hold')).toMatchObject({ code: 1, json: { reason: 'rollout' } })
  expect(await okno('rollout channel pilot OKNO-1')).toMatchObject({ code: 0, json: { changed: 1 } })
  expect(await okno('rollout start 1.3.0 --channel pilot --percent 100 --comment первая')).toMatchObject({ code: 0, json: { version: '1.3.0', channel: 'pilot', percent: 100, limitPercent: 10, atLeast: 3 } })
  expect(await okno('rollout start 1.3.0')).toMatchObject({ code: 0, json: { channel: 'main', percent: 10, progress: { windows: 2 } } })
  expect(await okno('rollout percent 50')).toMatchObject({ json: { percent: 50 } })
  expect(await okno('rollout hold')).toMatchObject({ json: { state: 'held' } })
  // Somebody's decision is no alarm.
  expect(await okno('rollout status --channel main')).toMatchObject({ code: 0, json: { windows: 3, rollouts: [{ channel: 'main', state: 'held' }] } })
  expect(await okno('rollout resume')).toMatchObject({ json: { state: 'running' } })
  expect(await okno('rollout stop --channel pilot')).toMatchObject({ json: { state: 'stopped' } })
  expect(await okno('rollout resume --channel pilot')).toMatchObject({ code: 1, json: { reason: 'rolloutEnded' } })
})

test('a rollout that has held itself is an alarm for a monitor', async () => {
  await office.owner.raw(`select set_config('okno.operation', 'test', false)`)
  await office.owner.raw(`update rollout set state = 'held', held_by_failures = true where channel = 'main'`)
  expect(await okno('rollout status')).toMatchObject({ code: 1 })
})

test('the minimum version changes nothing until the number of windows is said', async () => {
  expect(await okno('rollout minimum 1.2.0')).toMatchObject({ code: 1, json: { reason: 'minimumShutsOut', details: { windows: 1, first: [{ desk: 'OKNO-3', version: '1.1.0' }] } } })
  expect(await okno('rollout minimum 1.2.0 --shut-out 1')).toMatchObject({ code: 0, json: { minimumVersion: '1.2.0' } })
  expect(await okno('rollout minimum none')).toMatchObject({ code: 0, json: { minimumVersion: null } })
})

test('windows are listed by what is asked, and silent ones are an alarm', async () => {
  expect(await okno('rollout windows --version 1.1.0')).toMatchObject({ code: 0, json: [{ desk: 'OKNO-3' }] })
  expect(await okno('rollout windows --channel pilot')).toMatchObject({ code: 0, json: [{ desk: 'OKNO-1' }] })
  expect(await okno('rollout windows --silent')).toEqual({ code: 0, json: [] })
  await office.owner.raw(`update fleet_window set seen_at = now() - interval '20 days' where desk = 'OKNO-2'`)
  expect(await okno('rollout windows --silent')).toMatchObject({ code: 1, json: [{ desk: 'OKNO-2', presence: 'gone' }] })
})

test('the moment of updates is told in words or as an hour', async () => {
  expect(await okno('rollout moment lock')).toMatchObject({ json: { installAt: 'lock' } })
  expect(await okno('rollout moment 3')).toMatchObject({ json: { installAt: { hour: 3 } } })
})

test.each(['rollout percent 0', 'rollout percent many', 'rollout start 1.3.0 --percent 101', 'rollout status --channel beta', 'rollout moment 24', 'rollout channel pilot ,', 'rollout minimum'])('«okno %s» is a wrong argument', async (line) => {
  expect((await okno(line)).code).toBe(2)
})

test('a computer nobody knows and a supervisor who decides are refused in the program’s words', async () => {
  expect(await okno('rollout channel pilot OKNO-9')).toMatchObject({ code: 1, json: { reason: 'fleetWindow', details: { desks: ['OKNO-9'] } } })
  expect(await okno('rollout status', senior)).toMatchObject({ json: { windows: expect.any(Number) } })
  expect(await okno('rollout stop', senior)).toMatchObject({ code: 1, json: { reason: 'roleMissing' } })
})
