import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { UpdateState } from '@shared/domain/update'
import type { UpdatePolicy } from '@shared/domain/update-policy'
import { silentLog } from '../../../src/main/log'
import type { UpdateMeans } from '../../../src/main/updates/means'
import { createUpdater } from '../../../src/main/updates/updater'
import { feedText, keyPair, release, serveFeed, sum, type FeedServer } from './feed-server'

/*
 * The updater of a window with a real server on loopback, real files and real signatures. The system that installs a package stands at the end of the process and is played here:
 * it puts the file where it would be installed from and says yes or no. The real one is in the end-to-end tests.
 */
export const pair = keyPair()
export const other = keyPair()
export const deb = randomBytes(300_000)
export let base: string
export let server: FeedServer

export const running: UpdatePolicy = { channel: 'main', minimumVersion: null, installAt: 'lock', rollout: { version: '1.4.0', state: 'running', percent: 100 }, schema: 42 }

export interface Window {
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
export async function start({ folder = mkdtempSync(join(base, 'window-')), version = '1.3.0', policy = running as UpdatePolicy | null, means = {} as Partial<UpdateMeans>, own = false, source = null as string | null, now = Date.now } = {}): Promise<Window> {
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

export const publish = (over: Parameters<typeof release>[2] = {}, bytes: Uint8Array = deb, by = pair): void => {
  const feed = release(by, bytes, over)
  server.files.set('latest-linux.yml', feedText(feed))
  server.files.set(feed.files[0]!.url, bytes)
}
export const rest = (window: Window, is: 'work' | 'locked' | 'signedOut') => {
  window.desk.is = is
  window.updater.deskChanged()
}
export const parts = (folder: string) => (existsSync(join(folder, 'updates')) ? readdirSync(join(folder, 'updates')).filter((name) => name.endsWith('.part')) : [])

/** To be called once by a file of tests: a folder for all of them, a server for each. */
export function useWindows(): void {
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
}
