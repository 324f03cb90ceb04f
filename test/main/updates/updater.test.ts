import { mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DeskReason } from '@shared/domain/update'
import type { UpdatePolicy } from '@shared/domain/update-policy'
import { feedText, release, sum } from './feed-server'
import { base, deb, pair, parts, publish, rest, running, server, start, useWindows } from './update-window'

useWindows()

describe('a new version', () => {
  test('is found, comes in behind the work, and goes in when the desk is locked and nothing is open', async () => {
    publish()
    const window = await start()
    expect(await window.checked()).toMatchObject({ state: 'downloaded', release: { version: '1.4.0', size: deb.length } })
    expect(window.installed).toEqual([])

    window.updater.tellDesk(['visit', 'draft'])
    rest(window, 'locked')
    expect(await window.reaches('waitingForDesk')).toMatchObject({ why: ['visit', 'draft'] })
    expect(window.quits).toBe(0)

    rest(window, 'work')
    expect(window.updater.status().state.state).toBe('waitingForDesk')
    window.updater.tellDesk([])
    expect(window.updater.status().state.state).toBe('downloaded')
    rest(window, 'locked')
    await window.reaches('installing')
    await expect.poll(() => window.quits).toBe(1)
    await window.leave()
    expect(window.installed).toEqual([{ sha512: sum(deb), restart: true }])
    expect(window.told).toEqual(['offered', 'downloaded'])

    const after = await start({ folder: join(window.pending, '..'), version: '1.4.0' })
    expect(after.told).toEqual(['started', 'installed'])
    expect(after.updater.status()).toMatchObject({ version: '1.4.0', notes: { version: '1.4.0', text: 'Поиск понимает «ё»', isReturn: false } })
    await after.updater.notesRead()
    expect(await after.checked()).toEqual({ state: 'none' })
    const again = await start({ folder: join(window.pending, '..'), version: '1.4.0' })
    expect([again.updater.status().notes, again.told]).toEqual([null, []])
  })

  test('goes in as Okno is closed, without starting it again', async () => {
    publish()
    const window = await start({ policy: { ...running, installAt: 'quit' } })
    await window.checked()
    rest(window, 'locked')
    expect(window.updater.status().state.state).toBe('downloaded')
    await window.leave()
    expect(window.installed).toEqual([{ sha512: sum(deb), restart: false }])
  })

  test('does not go in while the computer shuts down', async () => {
    publish()
    const window = await start()
    await window.checked()
    await window.updater.leave({ ask: false })
    expect(window.installed).toEqual([])
  })

  test('waits for the end of a batch, told by main itself', async () => {
    publish()
    const window = await start()
    await window.checked()
    window.desk.working = true
    rest(window, 'locked')
    expect(await window.reaches('waitingForDesk')).toMatchObject({ why: ['batch'] })
    expect(() => window.updater.install()).toThrowError(expect.objectContaining({ reason: 'updateBusy', details: { why: ['batch'] } }))
    window.desk.working = false
    window.updater.deskChanged()
    await window.reaches('installing')
  })

  test('goes in at once by hand when nothing is open, and not when something is', async () => {
    publish()
    const window = await start({ policy: { ...running, installAt: { hour: 3 } } })
    expect(() => window.updater.install()).toThrowError(expect.objectContaining({ reason: 'updateNotReady' }))
    await window.checked()
    window.updater.tellDesk(['unsent'])
    expect(() => window.updater.install()).toThrowError(expect.objectContaining({ reason: 'updateBusy' }))
    window.updater.tellDesk([])
    window.updater.install()
    await expect.poll(() => window.quits).toBe(1)
  })

  test('goes in at the hour of the policy on a desk at rest, and not before a time it was put off to', async () => {
    publish()
    let clock = new Date(2026, 10, 22, 2, 59).getTime()
    const window = await start({ policy: { ...running, installAt: { hour: 3 } }, now: () => clock })
    await window.checked()
    rest(window, 'signedOut')
    expect(window.updater.status().state.state).toBe('downloaded')
    window.updater.postpone(1)
    clock += 30 * 60_000
    window.updater.deskChanged()
    expect(window.updater.status().state.state).toBe('downloaded')
    clock += 29 * 60_000
    window.updater.deskChanged()
    expect(window.updater.status().state.state).toBe('downloaded')
    clock += 60_000
    window.updater.deskChanged()
    await window.reaches('installing')
  })

  test('below the minimum version goes in at the sign-in screen and can not be put off', async () => {
    publish()
    const window = await start({ policy: { ...running, installAt: 'quit', minimumVersion: '1.4.0' } })
    await window.checked()
    expect(window.updater.status().required).toBe('tooOld')
    expect(() => window.updater.postpone(1)).toThrowError(expect.objectContaining({ reason: 'updateRequired' }))
    rest(window, 'signedOut')
    await window.reaches('installing')
  })

  test('is brought by a file share as well as by a web server', async () => {
    const share = mkdtempSync(join(base, 'share '))
    writeFileSync(join(share, 'latest-linux.yml'), feedText(release(pair, deb)))
    writeFileSync(join(share, 'okno_1.4.0_amd64.deb'), deb)
    for (const source of [share, `file://${share.replaceAll(' ', '%20')}`]) {
      const window = await start({ source })
      expect(await window.checked()).toMatchObject({ state: 'downloaded' })
      await window.leave()
      expect(window.installed).toEqual([{ sha512: sum(deb), restart: false }])
    }
  })
})

describe('what the office decides', () => {
  test('a version nobody has started the rollout of waits, and begins the moment it is started', async () => {
    publish()
    const window = await start({ policy: { ...running, rollout: null } })
    expect(await window.checked()).toMatchObject({ state: 'waitingRollout', reason: 'rolloutMissing' })
    expect(server.asked.map(({ path }) => path)).toEqual(['latest-linux.yml'])
    window.policy(running)
    await window.reaches('downloaded')
  })

  test('a window moved to the pilot looks at the feed of the pilot at once, and a rollout of a version not heard of is looked for: nobody waits an hour for either', async () => {
    publish()
    const window = await start()
    await window.checked()
    const pilot = (version: string, sequence: number) => {
      publish({ version, sequence, channel: 'pilot' })
      server.files.set('pilot-linux.yml', server.files.get('latest-linux.yml')!)
    }
    pilot('1.5.0', 1)
    window.policy({ ...running, channel: 'pilot', rollout: { version: '1.5.0', state: 'running', percent: 100 } })
    await expect.poll(() => window.updater.status().state).toMatchObject({ state: 'downloaded', release: { version: '1.5.0', channel: 'pilot' } })
    pilot('1.6.0', 2)
    server.asked.length = 0
    const next = { ...running, channel: 'pilot', rollout: { version: '1.6.0', state: 'running', percent: 100 } } as const
    window.policy(next)
    await expect.poll(() => window.updater.status().state).toMatchObject({ state: 'downloaded', release: { version: '1.6.0' } })
    // A change that brings nothing new asks nobody.
    const before = server.asked.length
    window.policy({ ...next, installAt: 'quit' })
    await window.checked()
    expect(server.asked.length).toBe(before + 1)
  })

  test('the stop button ends a download in the middle and keeps what has come for later', async () => {
    publish()
    const window = await start()
    let stopped = false
    server.holes.before = (request, response) => {
      if (!request.url?.endsWith('.deb') || stopped) return false
      stopped = true
      response.writeHead(200, { 'content-length': deb.length })
      response.write(deb.subarray(0, 100_000))
      return true
    }
    const over = window.checked()
    await window.reaches('downloading')
    window.policy({ ...running, rollout: { version: '1.4.0', state: 'stopped', percent: 100 } })
    expect(await over).toMatchObject({ state: 'waitingRollout', reason: 'rolloutStopped' })
    await window.leave()
    expect(window.installed).toEqual([])
    const folder = join(window.pending, '..')
    const had = statSync(join(folder, 'updates', parts(folder)[0]!)).size
    server.asked.length = 0
    const later = await start({ folder })
    expect(await later.checked()).toMatchObject({ state: 'downloaded' })
    expect(server.asked.find(({ path }) => path.endsWith('.deb'))).toEqual({ path: 'okno_1.4.0_amd64.deb', range: `bytes=${had}-` })
  })

  test('the stop button keeps a downloaded version from going in, also as Okno is closed', async () => {
    publish()
    const window = await start()
    await window.checked()
    window.policy({ ...running, rollout: { version: '1.4.0', state: 'stopped', percent: 100 } })
    await window.reaches('waitingRollout')
    await window.leave()
    expect(window.installed).toEqual([])
  })

  test('a version that does not fit the database is not offered; one of this machine is migrated by it', async () => {
    publish({ schema: { from: 43, to: 44 } })
    expect(await (await start()).checked()).toMatchObject({ state: 'waitingRollout', reason: 'schemaTooNew' })
    expect(await (await start({ own: true })).checked()).toMatchObject({ state: 'downloaded' })
    publish({ schema: { from: 40, to: 41 }, sequence: 8 })
    expect(await (await start({ own: true })).checked()).toMatchObject({ state: 'waitingRollout', reason: 'schemaTooOld' })
  })

  test('a window too old for the database takes what fits it before anybody can sign in, but nothing that was stopped', async () => {
    publish({ schema: { from: 43, to: 43 } })
    const lastKnown = { ...running, rollout: { version: '1.3.0', state: 'running', percent: 100 } } as UpdatePolicy
    const window = await start({ policy: lastKnown })
    expect(await window.checked()).toMatchObject({ state: 'waitingRollout' })
    window.desk.is = 'signedOut'
    window.updater.databaseIsNewer(43)
    await window.reaches('installing')
    expect(window.updater.status().required).toBe('olderThanDatabase')

    const stopped = await start({ policy: { ...running, rollout: { version: '1.4.0', state: 'stopped', percent: 100 } } })
    stopped.updater.databaseIsNewer(43)
    expect(await stopped.reaches('waitingRollout')).toMatchObject({ reason: 'rolloutStopped' })
    const fresh = await start({ policy: null })
    fresh.updater.databaseIsNewer(44)
    expect(await fresh.reaches('waitingRollout')).toMatchObject({ reason: 'policyUnknown' })
  })

  test('a return to an earlier version goes the way of any release, and the release before it is a replay then', async () => {
    const before = release(pair, deb, { version: '1.4.0', sequence: 7 })
    const window = await start({ version: '1.4.0', policy: { ...running, rollout: { version: '1.3.0', state: 'running', percent: 100 } } })
    publish({ version: '1.3.0', sequence: 8 })
    expect(await window.checked()).toMatchObject({ state: 'refused', reason: 'feedOlder' })
    publish({ version: '1.3.0', sequence: 9, isReturn: true })
    expect(await window.checked()).toMatchObject({ state: 'downloaded', release: { version: '1.3.0', isReturn: true } })
    await window.leave()
    expect(window.installed).toHaveLength(1)
    const after = await start({ folder: join(window.pending, '..'), version: '1.3.0' })
    expect(after.told).toEqual(['started', 'returned'])
    expect(after.updater.status().notes).toMatchObject({ version: '1.3.0', isReturn: true })
    server.files.set('latest-linux.yml', feedText(before))
    expect(await after.checked()).toMatchObject({ state: 'refused', reason: 'feedReplayed' })
  })
})

test('reasons of the page and of main are told together', async () => {
  publish()
  const window = await start()
  await window.checked()
  window.updater.tellDesk(['visit', 'batch'] satisfies DeskReason[])
  rest(window, 'locked')
  expect(await window.reaches('waitingForDesk')).toMatchObject({ why: ['visit', 'batch'] })
})
