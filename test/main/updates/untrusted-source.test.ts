import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sourceOf } from '../../../src/main/updates/source'
import { feedText, release, serveFeed, sum } from './feed-server'
import { base, deb, other, pair, parts, publish, running, server, start, useWindows } from './update-window'

useWindows()

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

  test.skipIf(process.platform === 'win32')('what is no file on a share is not waited for: a pipe or a folder in the place of the feed, of the package, a link to an endless device', async () => {
    const share = mkdtempSync(join(base, 'share-'))
    const feed = join(share, 'latest-linux.yml')
    const packed = join(share, 'okno_1.4.0_amd64.deb')
    const window = await start({ source: share })
    for (const put of [(file: string) => execFileSync('mkfifo', [file]), (file: string) => mkdirSync(file), (file: string) => symlinkSync('/dev/zero', file)]) {
      put(feed)
      expect(await window.checked()).toMatchObject({ state: 'failed', reason: 'feedAway' })
      rmSync(feed, { recursive: true })
      writeFileSync(feed, feedText(release(pair, deb)))
      put(packed)
      expect(await window.checked()).toMatchObject({ state: 'failed', reason: 'downloadBroken' })
      for (const file of [feed, packed]) rmSync(file, { recursive: true })
    }
    expect(window.installed).toEqual([])
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
