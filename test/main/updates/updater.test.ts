import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { DeskReason, UpdateState } from '@shared/domain/update'
import type { UpdatePolicy } from '@shared/domain/update-policy'
import { silentLog } from '../../../src/main/log'
import type { UpdateMeans } from '../../../src/main/updates/means'
import { sourceOf } from '../../../src/main/updates/source'
import { createUpdater } from '../../../src/main/updates/updater'
import { feedText, keyPair, release, serveFeed, sum, type FeedServer } from './feed-server'

/*
 * The updater of a window with a real server on loopback, real files and real signatures. The system that installs a package stands at the end of the process and is played here:
 * it puts the file where it would be installed from and says yes or no. The real one is in the end-to-end tests.
 */
const pair = keyPair()
const other = keyPair()
const deb = randomBytes(300_000)
let base: string
let server: FeedServer

const running: UpdatePolicy = { channel: 'main', minimumVersion: null, installAt: 'lock', rollout: { version: '1.4.0', state: 'running', percent: 100 }, schema: 42 }

interface Window {
  updater: ReturnType<typeof createUpdater>
  /** Events of the fleet: 'refused feedSignature'. */
  told: string[]
  /** What was handed to the system, and whether Okno starts again. */
  installed: { sha512: string; restart: boolean }[]
  relaunched: number
  quits: number
  pending: string
  desk: { is: 'work' | 'locked' | 'signedOut'; working: boolean }
  says: { takes: boolean }
  policy(next: UpdatePolicy | null): void
  reaches(state: UpdateState['state'], within?: number): Promise<UpdateState>
  checked(): Promise<UpdateState>
  leave(): Promise<void>
}
const open: Window[] = []

/** A window of version 1.3.0 in `folder`; another one in the same folder is its next start. */
async function start({ folder = mkdtempSync(join(base, 'window-')), version = '1.3.0', policy = running as UpdatePolicy | null, means = {} as Partial<UpdateMeans>, own = false, source = null as string | null, now = Date.now } = {}): Promise<Window> {
  const told: string[] = []
  const installed: Window['installed'] = []
  const says = { takes: true }
  const desk: Window['desk'] = { is: 'work', working: false }
  const pending = join(folder, 'pending')
  mkdirSync(pending, { recursive: true })
  let known = policy
  let follower: ((policy: UpdatePolicy) => void) | null = null
  let path: string | null = null
  const waiting = new Set<(state: UpdateState) => void>()
  const window: Window = {
    told, installed, relaunched: 0, quits: 0, pending, desk, says,
    policy(next) {
      known = next
      if (next) follower?.(next)
    },
    reaches: (name, within = 5_000) =>
      new Promise((done, failed) => {
        const { state } = updater.status()
        if (state.state === name) return done(state)
        const late = setTimeout(() => failed(new Error(`not ${name} but ${JSON.stringify(updater.status().state)} after ${told.join(', ')}`)), within)
        const look = (next: UpdateState) => {
          if (next.state !== name) return
          clearTimeout(late)
          waiting.delete(look)
          done(next)
        }
        waiting.add(look)
      }),
    async checked() {
      // A check that is over has been neither 'idle' nor 'checking'.
      const over = new Promise<UpdateState>((done) => {
        const look = (next: UpdateState) => {
          if (['none', 'refused', 'waitingRollout', 'failed', 'downloaded', 'waitingForDesk'].includes(next.state)) {
            waiting.delete(look)
            done(next)
          }
        }
        waiting.add(look)
      })
      await updater.check()
      return over
    },
    leave: () => updater.leave(),
    updater: undefined as never,
  }
  const updater = createUpdater({
    means: {
      key: pair.publicKey, platform: 'linux', ending: 'deb', defaultSource: server.url, fetch: (url, options) => fetch(url, options), reserve: 0, waits: { first: 3_600_000, every: 3_600_000, jitter: 0 },
      quit: () => void (window.quits += 1),
      installer: {
        async take({ version: next }, file, bring) {
          const destination = join(pending, `${next}-${file.url}`)
          if (!existsSync(destination)) await bring(destination)
          return (path = destination)
        },
        install(restart) {
          if (says.takes && path) installed.push({ sha512: sum(readFileSync(path)), restart })
          return says.takes
        },
        relaunch: () => void (window.relaunched += 1),
      },
      ...means,
    },
    folder,
    source: () => Promise.resolve(source),
    appVersion: version,
    migratesItself: () => Promise.resolve(own),
    fleet: {
      windowId: () => Promise.resolve(randomUUID()),
      policy: () => Promise.resolve(known),
      follow: (listener) => {
        follower = listener
        return () => (follower = null)
      },
      tell: ({ kind, reason = null }) => {
        told.push(reason ? `${kind} ${reason}` : kind)
        return Promise.resolve()
      },
      state: () => Promise.resolve(),
    },
    working: () => desk.working,
    desk: () => desk.is,
    changed: ({ state }) => {
      for (const look of waiting) look(state)
    },
    log: silentLog,
    now,
    random: () => 0.5,
  })
  window.updater = updater
  open.push(window)
  await updater.start()
  return window
}

const publish = (over: Parameters<typeof release>[2] = {}, bytes: Uint8Array = deb, by = pair): void => {
  const feed = release(by, bytes, over)
  server.files.set('latest-linux.yml', feedText(feed))
  server.files.set(feed.files[0]!.url, bytes)
}
const rest = (window: Window, is: 'work' | 'locked' | 'signedOut') => {
  window.desk.is = is
  window.updater.deskChanged()
}
const parts = (folder: string) => (existsSync(join(folder, 'updates')) ? readdirSync(join(folder, 'updates')).filter((name) => name.endsWith('.part')) : [])

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'okno-updates-'))
})
afterAll(() => rmSync(base, { recursive: true, force: true }))
beforeEach(async () => {
  server = await serveFeed()
})
afterEach(async () => {
  for (const window of open.splice(0)) await window.updater.leave({ ask: false })
  await server.close()
})

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

describe('a source that can not be trusted', () => {
  test.each<[string, (deb: Buffer) => void, string]>([
    ['signed by another key', () => publish({}, deb, other), 'feedSignature'],
    ['not signed', () => server.files.set('latest-linux.yml', feedText({ ...release(pair, deb), signature: undefined })), 'feedUnsigned'],
    ['with another version written into it', () => server.files.set('latest-linux.yml', feedText({ ...release(pair, deb), version: '1.9.0' })), 'feedSignature'],
    ['with another package and its own hash', () => server.files.set('latest-linux.yml', feedText({ ...release(pair, deb), files: release(other, randomBytes(10)).files })), 'feedSignature'],
    ['of the pilot channel under the name of the main one', () => publish({ channel: 'pilot' }), 'feedOtherChannel'],
    ['of another system', () => publish({ platform: 'windows' }), 'feedOtherPlatform'],
    ['that has expired', () => publish({ expiresAt: '2026-11-01T00:00:00Z' }), 'feedExpired'],
    ['that is no feed', () => server.files.set('latest-linux.yml', '<html>'), 'feedMalformed'],
    ['with an alias bomb', () => server.files.set('latest-linux.yml', `a: &a [x,x]\nb: &b [*a,*a]\nfiles: [*b,*b]`), 'feedMalformed'],
    ['that is endless', () => server.files.set('latest-linux.yml', Buffer.alloc(200_000, 32)), 'feedOversized'],
    ['without a package for this computer', () => publish({ url: 'okno-1.4.0-setup.exe' }), 'noPackage'],
  ])('a feed %s is refused, told, and nothing is asked for', async (_what, spoil, reason) => {
    spoil(deb)
    const window = await start()
    expect(await window.checked()).toMatchObject({ state: 'refused', reason })
    expect(window.told).toEqual([`refused ${reason}`])
    expect(server.asked.map(({ path }) => path)).toEqual(['latest-linux.yml'])
    await window.leave()
    expect(window.installed).toEqual([])
  })

  test('an earlier feed put back is a replay, also after a restart', async () => {
    publish({ sequence: 9, version: '1.5.0' })
    const window = await start({ policy: { ...running, rollout: null } })
    await window.checked()
    publish({ sequence: 8 })
    const again = await start({ folder: join(window.pending, '..') })
    expect(await again.checked()).toMatchObject({ state: 'refused', reason: 'feedReplayed' })
    expect(again.told).toEqual(['refused feedReplayed'])
  })

  test('one that sends elsewhere is not followed, neither for the feed nor for the package', async () => {
    const elsewhere = await serveFeed()
    elsewhere.files.set('latest-linux.yml', feedText(release(pair, deb)))
    elsewhere.files.set('okno_1.4.0_amd64.deb', deb)
    const away = (what: string) => {
      server.holes.before = (request, response) => {
        if (!request.url?.includes(what)) return false
        response.writeHead(302, { location: `${elsewhere.url}${what}` }).end()
        return true
      }
    }
    away('latest-linux.yml')
    expect(await (await start()).checked()).toMatchObject({ state: 'refused', reason: 'redirected' })
    away('okno_1.4.0_amd64.deb')
    publish()
    const window = await start()
    expect(await window.checked()).toMatchObject({ state: 'refused', reason: 'redirected', release: { version: '1.4.0' } })
    expect(window.told).toEqual(['offered', 'refused redirected'])
    expect(elsewhere.asked).toEqual([])
    await elsewhere.close()
  })

  test('a package that is not the signed one is refused: one byte other, longer, or another one of the same length', async () => {
    const spoiled = Buffer.from(deb)
    spoiled[150_000] = (spoiled[150_000]! + 1) % 256
    for (const bytes of [spoiled, Buffer.concat([deb, Buffer.from('x')]), randomBytes(deb.length)]) {
      publish()
      server.files.set('okno_1.4.0_amd64.deb', bytes)
      const window = await start()
      expect(await window.checked()).toMatchObject({ state: 'refused', reason: 'packageDamaged' })
      expect(window.told).toEqual(['offered', 'refused packageDamaged'])
      expect(parts(join(window.pending, '..'))).toEqual([])
      await window.leave()
      expect(window.installed).toEqual([])
    }
  })

  test('a package exchanged between the download and the installing is not installed', async () => {
    publish()
    const window = await start()
    await window.checked()
    const [name] = readdirSync(window.pending)
    writeFileSync(join(window.pending, name!), randomBytes(deb.length))
    await window.leave()
    expect(window.installed).toEqual([])
    expect(window.told.at(-1)).toBe('refused packageDamaged')
  })

  test('a feed that expires between the download and the installing is not installed', async () => {
    let clock = Date.parse('2026-11-22T12:00:00Z')
    publish({ expiresAt: '2026-11-23T00:00:00Z' })
    const window = await start({ now: () => clock })
    await window.checked()
    clock = Date.parse('2026-11-24T00:00:00Z')
    await window.leave()
    expect([window.installed, window.told.at(-1)]).toEqual([[], 'refused feedExpired'])
  })

  test.each(['http://updates.example/okno', 'ftp://updates.example/okno', 'https://user:secret@updates.example/okno', 'updates.example/okno', 'https://updates.example/okno?token=1', 'javascript:alert(1)'])('%s is no address of a source', async (source) => {
    expect(sourceOf(source)).toBeNull()
    const window = await start({ source })
    expect(await window.updater.check()).toMatchObject({ state: { state: 'off', reason: 'sourceRefused' } })
  })

  test('an address is https, a folder of this system or of the other, or a file URL', () => {
    expect(sourceOf('https://updates.example/okno')).toEqual({ kind: 'web', base: new URL('https://updates.example/okno/') })
    expect(sourceOf(' /mnt/okno ')).toEqual({ kind: 'folder', path: '/mnt/okno' })
    expect(sourceOf('\\\\server\\share\\okno')).toEqual({ kind: 'folder', path: '\\\\server\\share\\okno' })
    expect(sourceOf('D:\\okno')).toEqual({ kind: 'folder', path: 'D:\\okno' })
    expect(sourceOf('file://server/share/okno')).toEqual({ kind: 'folder', path: '\\\\server\\share\\okno' })
    expect(sourceOf('file:///D:/okno%20new')).toEqual({ kind: 'folder', path: 'D:/okno new' })
  })

  test('a build without a key, without a source or without a package takes no updates and says so', async () => {
    for (const [means, reason] of [[{ key: null }, 'noKey'], [{ defaultSource: null }, 'noSource'], [{ ending: null }, 'noPackages']] as const) {
      const window = await start({ means })
      expect(await window.updater.check()).toMatchObject({ state: { state: 'off', reason } })
    }
    expect(server.asked).toEqual([])
  })
})

describe('what goes wrong', () => {
  test('a download that breaks off goes on from where it was, not from the beginning', async () => {
    publish()
    server.holes.brokenAfter = 120_000
    const window = await start()
    expect(await window.checked()).toMatchObject({ state: 'failed', reason: 'downloadBroken' })
    const folder = join(window.pending, '..')
    const had = statSync(join(folder, 'updates', parts(folder)[0]!)).size
    expect(had).toBeGreaterThan(0)
    server.holes.brokenAfter = null
    server.asked.length = 0
    expect(await window.checked()).toMatchObject({ state: 'downloaded' })
    expect(server.asked.filter(({ path }) => path.endsWith('.deb'))).toEqual([{ path: 'okno_1.4.0_amd64.deb', range: `bytes=${had}-` }])
    await window.leave()
    expect(window.installed).toEqual([{ sha512: sum(deb), restart: false }])
  })

  test('a part that another program has spoiled costs a second download, no wrong package', async () => {
    publish()
    server.holes.brokenAfter = 120_000
    const window = await start()
    await window.checked()
    const folder = join(window.pending, '..')
    const part = join(folder, 'updates', parts(folder)[0]!)
    writeFileSync(part, randomBytes(statSync(part).size))
    server.holes.brokenAfter = null
    expect(await window.checked()).toMatchObject({ state: 'downloaded' })
    await window.leave()
    expect(window.installed).toEqual([{ sha512: sum(deb), restart: false }])
  })

  test('a server that knows no ranges gives the whole package', async () => {
    publish()
    server.holes.brokenAfter = 120_000
    const window = await start()
    await window.checked()
    Object.assign(server.holes, { brokenAfter: null, ranges: false })
    expect(await window.checked()).toMatchObject({ state: 'downloaded' })
    await window.leave()
    expect(window.installed).toEqual([{ sha512: sum(deb), restart: false }])
  })

  test('a truncated package on a share is broken, not taken', async () => {
    const share = mkdtempSync(join(base, 'share-'))
    writeFileSync(join(share, 'latest-linux.yml'), feedText(release(pair, deb)))
    writeFileSync(join(share, 'okno_1.4.0_amd64.deb'), deb.subarray(0, 1000))
    const window = await start({ source: share })
    expect(await window.checked()).toMatchObject({ state: 'failed', reason: 'downloadBroken' })
    writeFileSync(join(share, 'okno_1.4.0_amd64.deb'), deb)
    expect(await window.checked()).toMatchObject({ state: 'downloaded' })
  })

  test('a source that is away troubles nobody, and a version that is here still goes in', async () => {
    const window = await start()
    expect(await window.checked()).toMatchObject({ state: 'failed', reason: 'feedAway' })
    expect(window.told).toEqual([])
    publish()
    await window.checked()
    server.files.clear()
    await window.updater.check()
    await expect.poll(() => server.asked.filter(({ path }) => path.endsWith('.yml')).length).toBe(3)
    expect(window.updater.status().state.state).toBe('downloaded')
    await window.leave()
    expect(window.installed).toHaveLength(1)
  })

  test('a disk with too little room is left alone', async () => {
    publish()
    const window = await start({ means: { reserve: Number.MAX_SAFE_INTEGER } })
    expect(await window.checked()).toMatchObject({ state: 'failed', reason: 'diskFull' })
    expect(window.told).toEqual(['offered', 'failed diskFull'])
    expect(parts(join(window.pending, '..'))).toEqual([])
    expect(server.asked.map(({ path }) => path)).toEqual(['latest-linux.yml'])
  })

  test('a version that the system did not install is told, comes up as it was, and is tried again only by hand', async () => {
    publish()
    const window = await start()
    await window.checked()
    window.says.takes = false
    window.updater.install()
    await expect.poll(() => window.quits).toBe(1)
    await window.leave()
    expect([window.relaunched, window.told.at(-1)]).toEqual([1, 'failed installRefused'])

    const again = await start({ folder: join(window.pending, '..'), means: { waits: { first: 1, every: 3_600_000, jitter: 0 } } })
    expect(await again.reaches('failed')).toMatchObject({ reason: 'notInstalled' })
    await again.leave()
    expect(again.installed).toEqual([])
    const byHand = await start({ folder: join(window.pending, '..') })
    expect(await byHand.checked()).toMatchObject({ state: 'downloaded' })
  })

  test('an installer that says it succeeded and brings the old version back makes no circle', async () => {
    publish()
    const window = await start()
    await window.checked()
    await window.leave()
    expect(window.installed).toHaveLength(1)
    const back = await start({ folder: join(window.pending, '..'), means: { waits: { first: 1, every: 3_600_000, jitter: 0 } } })
    expect(back.told).toEqual(['failed notInstalled'])
    expect(await back.reaches('failed')).toMatchObject({ reason: 'notInstalled', release: { version: '1.4.0' } })
    await back.leave()
    expect(back.installed).toEqual([])
    publish({ version: '1.4.1', sequence: 8 })
    const next = await start({ folder: join(window.pending, '..'), policy: { ...running, rollout: { version: '1.4.1', state: 'running', percent: 100 } }, means: { waits: { first: 1, every: 3_600_000, jitter: 0 } } })
    expect(await next.reaches('downloaded')).toMatchObject({ release: { version: '1.4.1' } })
  })

  test('a damaged record begins anew, and still no lower version goes in', async () => {
    publish()
    const window = await start()
    await window.checked()
    const folder = join(window.pending, '..')
    for (const text of ['', '{"seen":', '[]', '{"seen":{"main":"x"}}']) {
      writeFileSync(join(folder, 'updates', 'state.json'), text)
      publish({ version: '1.2.0' })
      const again = await start({ folder })
      expect(await again.checked()).toMatchObject({ state: 'refused', reason: 'feedOlder' })
    }
  })

  test('checks begin by themselves, spread by chance so that not all windows ask at once', async () => {
    publish()
    const window = await start({ means: { waits: { first: 20, every: 3_600_000, jitter: 0.5 } } })
    await window.reaches('downloaded')
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
