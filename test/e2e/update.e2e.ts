import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import type { UpdatePolicy } from '@shared/domain/update-policy'
import { feedText, keyPair, release, serveFeed, type FeedServer } from '../main/updates/feed-server'
import { followUpdates, makeDebs, newRoot, type Root } from './installed'
import { admin, call, copyOfOffice, databaseProcesses, forgetFolder } from './office'

/*
 * IT installs Okno from its deb, and it updates itself from a web server, through whatever happens on the way. The real program, package, dpkg and signatures; the office's decision lies in
 * the data folder as the last sign-in left it.
 */
test.describe.configure({ mode: 'serial', timeout: 150_000 })
test.skip(process.platform !== 'linux' || existsSync('build/update-key.pub'), 'a deb is for Linux, and a build with a key of its own believes no other')

const [N, NEXT] = ['9.0.0', '9.0.1']
const pair = keyPair()
const policy: UpdatePolicy = { channel: 'main', minimumVersion: null, installAt: 'quit', rollout: { version: NEXT, state: 'running', percent: 100 }, schema: 1 }

let folder: string
let root: Root
let data: string
let server: FeedServer
let packages: Record<string, Buffer>
let follow: ReturnType<typeof followUpdates>

const publish = (version: string, sequence: number, over: Parameters<typeof release>[2] = {}, by = pair) => {
  const feed = release(by, packages[version]!, { version, sequence, schema: { from: 0, to: 9999 }, ...over })
  server.files.set('latest-linux.yml', feedText(feed))
  server.files.set(feed.files[0]!.url, packages[version]!)
}
const decide = (next: UpdatePolicy) => {
  mkdirSync(join(data, 'fleet'), { recursive: true })
  writeFileSync(join(data, 'fleet', 'policy.json'), JSON.stringify(next))
}
const start = () => {
  follow.forget()
  server.asked.length = 0
  root.start(data, { OKNO_UPDATE_KEY: join(folder, 'update-key.pub') })
}
const says = (words: string) => expect.poll(() => follow.said(), { timeout: 60_000, message: words }).toContain(words)
const ended = () => expect.poll(() => [...root.running(), ...databaseProcesses(data)], { timeout: 60_000 }).toEqual([])
/** The database outlives it, as it does any crash; the next start takes it over. */
const kill = async () => {
  root.signal('SIGKILL')
  await expect.poll(() => root.running(), { timeout: 60_000 }).toEqual([])
}
const leave = async () => {
  root.signal('SIGTERM')
  await ended()
}
const askedForPackage = () => server.asked.filter(({ path }) => path.endsWith('.deb')).map(({ range }) => range)
const state = () => JSON.parse(readFileSync(join(data, 'updates', 'state.json'), 'utf8')) as { seen: { main: number }; notes: unknown; installing: unknown }

test.beforeAll(async () => {
  test.setTimeout(300_000)
  // For somebody who writes tests: packages made before are used again.
  folder = process.env['OKNO_E2E_DEBS'] ?? mkdtempSync(join(tmpdir(), 'okno-debs-'))
  const { deb, nextDeb } = makeDebs(folder, N, NEXT)
  packages = { [N]: readFileSync(deb), [NEXT]: readFileSync(nextDeb) }
  writeFileSync(join(folder, 'update-key.pub'), pair.publicKey)
  server = await serveFeed()
  root = newRoot()
  root.install(deb)
  data = copyOfOffice()
  follow = followUpdates(data)
  writeFileSync(join(data, 'settings.json'), JSON.stringify({ updates: { source: server.url } }))
  decide(policy)
})
test.afterAll(async () => {
  root.signal('SIGKILL')
  await server.close()
  root.forget()
  forgetFolder(data)
  if (!process.env['OKNO_E2E_DEBS']) rmSync(folder, { recursive: true, force: true })
})

test('a feed signed by another key, and one that is not there, leave everything as it is', async () => {
  start()
  await says('failed feedAway')
  await leave()
  publish(NEXT, 1, {}, keyPair())
  start()
  await says('refused feedSignature')
  await says('event refused feedSignature')
  expect(askedForPackage()).toEqual([])
  await leave()
  expect([root.installed(), root.installs()]).toEqual([N, 1])
})

test('a damaged package is refused and removed', async () => {
  publish(NEXT, 1)
  const damaged = Buffer.from(packages[NEXT]!)
  damaged[damaged.length >> 1]! ^= 1
  server.files.set(`okno_${NEXT}_amd64.deb`, damaged)
  start()
  await says('refused packageDamaged')
  await leave()
  expect([root.installed(), root.installs()]).toEqual([N, 1])
})

test('killed in the middle of the download it goes on from there; killed with the package on the disk it needs no second one', async () => {
  publish(NEXT, 1)
  const size = packages[NEXT]!.length
  server.holes.before = (request, response) => {
    if (!request.url?.endsWith('.deb')) return false
    response.writeHead(200, { 'content-length': size })
    response.write(packages[NEXT]!.subarray(0, size >> 1)) // And then nothing more.
    return true
  }
  start()
  await says('downloading')
  await expect.poll(() => partSize(), { timeout: 30_000 }).toBeGreaterThan(size >> 2)
  await kill()
  server.holes.before = null

  start()
  await says('downloaded')
  expect(askedForPackage()).toEqual([expect.stringMatching(/^bytes=\d{5,}-$/)])
  await kill()

  start()
  await says('downloaded')
  expect(askedForPackage()).toEqual([])
})

test('an installer that fails and says it succeeded brings the old version back once, and makes no circle', async () => {
  writeFileSync(join(root.tools, 'refuse'), '')
  await leave()
  expect([root.installed(), root.installs()]).toEqual([N, 2])
  rmSync(join(root.tools, 'refuse'))
  start()
  await says('event failed notInstalled')
  await says('failed notInstalled')
  await leave()
  expect([root.installed(), root.installs()]).toEqual([N, 2])
})

test('what the office has stopped is not installed', async () => {
  publish(NEXT, 2)
  decide({ ...policy, minimumVersion: NEXT, rollout: { version: NEXT, state: 'stopped', percent: 100 } })
  start()
  await says('waitingRollout rolloutStopped')
  await leave()
  expect([root.installed(), root.installs()]).toEqual([N, 2])
})

test('the next version is found, downloaded, installed and started, with the data of the office', async () => {
  decide({ ...policy, minimumVersion: NEXT })
  start()
  await says('installing')
  await says('event installed')
  expect(follow.said()).toContain('event started')
  expect([root.installed(), root.installs()]).toEqual([NEXT, 3])
  await expect.poll(() => root.running().length).toBe(1)
  expect(state()).toMatchObject({ seen: { main: 2 }, installing: null, notes: { version: NEXT, text: 'Поиск понимает «ё»' } })
  await says('none')
  const staff = await call<{ login: string }[]>(data, 'staff.list', {}, admin)
  expect(staff.map(({ login }) => login)).toContain(admin.login)
  await leave()
})

test('an earlier feed put back is a replay; killed while dpkg works, the next start finds out; a signed return brings the version before', async () => {
  publish(NEXT, 1)
  start()
  await says('refused feedReplayed')
  await leave()

  publish(N, 3, { isReturn: true })
  decide({ ...policy, rollout: { version: N, state: 'running', percent: 100 } })
  start()
  await says('downloaded')
  writeFileSync(join(root.tools, 'wait'), '')
  root.signal('SIGTERM')
  await expect.poll(() => root.installs(), { timeout: 30_000 }).toBe(4)
  root.signal('SIGKILL')
  rmSync(join(root.tools, 'wait'))
  // dpkg writes its first line to nobody and ends before it has touched anything.
  await expect.poll(() => root.isInstalling(), { timeout: 30_000 }).toBe(false)
  expect(root.installed()).toBe(NEXT)

  publish(N, 4, { isReturn: true })
  start()
  await says('event failed notInstalled')
  await says('downloaded')
  expect(askedForPackage()).toEqual([])
  await leave()
  expect([root.installed(), root.installs()]).toEqual([N, 5])
  start()
  await says('event returned')
  await says('none')
  await leave()
})

function partSize(): number {
  const parts = join(data, 'updates')
  const sizes = existsSync(parts) ? readdirSync(parts).filter((name) => name.endsWith('.part')).map((name) => statSync(join(parts, name)).size) : []
  return Math.max(0, ...sizes)
}
