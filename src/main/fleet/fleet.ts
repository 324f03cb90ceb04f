import { randomUUID } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { updatePolicy, type UpdatePolicy } from '@shared/domain/update-policy'
import { errorCode, replaceFile, type DataFolder } from '../data-folder'
import type { Database } from '../db/database'
import { toAppError } from '../ipc/to-app-error'
import type { Log } from '../log'
import type { WindowFacts } from './window-facts'

/** `started`: a version runs for the first time on this window. `returned`: the version before was put back. `refused`: a feed or a package that is not ours. */
export const fleetEventKinds = ['offered', 'downloaded', 'refused', 'failed', 'installed', 'started', 'returned'] as const
export type FleetEventKind = (typeof fleetEventKinds)[number]

export interface FleetEvent {
  /** What it is about: the version that was offered, failed, started; '' where a feed told none that can be believed. */
  version: string
  kind: FleetEventKind
  /** A camelCase code, never a path, a name or a message of somebody else's program. */
  reason?: string | null
}

/** Where the update of this window stands, by the words of `UpdateState`. */
export interface WindowUpdate {
  state: string
  version?: string | null
  reason?: string | null
}

export interface FleetOptions {
  folder: Pick<DataFolder, 'path' | 'readSettings' | 'updateSettings'>
  appVersion: string
  /** Highest migration this build knows. */
  schema: number
  /** What a heartbeat tells of this machine; it answers soon and never throws. */
  facts(): Promise<WindowFacts>
  log: Log
  now?: () => number
}

type FleetDatabase = Pick<Database, 'call'>

const keptEvent = z.object({ id: z.uuid(), at: z.iso.datetime(), version: z.string(), kind: z.enum(fleetEventKinds), reason: z.string().nullable() })
type KeptEvent = z.infer<typeof keptEvent>

/** A window nobody signs in at for months must not fill the disk; the oldest go first. */
const eventsKept = 200
const eventsAtOnce = 50

/** What the database says to a window it does not let in for its age: enough of the policy to become younger without signing in. */
const tooOldDetails = z.object({ minimum: z.string(), installAt: z.unknown(), schema: z.int(), rollouts: z.object({ main: z.unknown(), pilot: z.unknown() }) })

/**
 * This window among the others of the office: what it tells of itself, and what it is told about updates. Only staff logins reach the database, so the last policy and what
 * happened without anybody signed in are kept in `fleet/` of the data folder: the policy holds before the next sign-in, the events are told after it.
 */
export function createFleet({ folder, appVersion, schema, facts, log, now = Date.now }: FleetOptions) {
  const place = join(folder.path, 'fleet')
  const policyFile = join(place, 'policy.json')
  const eventsFile = join(place, 'events.json')
  let session: { db: FleetDatabase; id: string } | null = null
  let known: UpdatePolicy | null | undefined
  let update: WindowUpdate = { state: 'idle' }
  const listeners = new Set<(policy: UpdatePolicy) => void>()

  let ownId: Promise<string> | null = null
  /** Made once for this data folder and never again. */
  function windowId(): Promise<string> {
    ownId ??= identify().catch((cause: unknown) => {
      ownId = null
      throw cause
    })
    return ownId
  }
  async function identify(): Promise<string> {
    const { windowId: kept } = await folder.readSettings()
    if (kept) return kept
    // Two programs at once: the first one's stays.
    return (await folder.updateSettings((settings) => (settings.windowId ? settings : { ...settings, windowId: randomUUID() }))).windowId ?? ''
  }

  // One writer at a time: the queue is read, changed and replaced.
  let writing: Promise<unknown> = Promise.resolve()
  function alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = writing.then(work, work)
    writing = turn.catch(() => undefined)
    return turn
  }

  async function readEvents(): Promise<KeptEvent[]> {
    const text = await readFile(eventsFile, 'utf8').catch((cause: unknown) => {
      if (errorCode(cause) === 'ENOENT') return '[]'
      throw cause
    })
    try {
      return z.array(keptEvent).parse(JSON.parse(text))
    } catch {
      log.error('events of updates were damaged and are forgotten')
      return []
    }
  }
  async function write(file: string, content: unknown): Promise<void> {
    await mkdir(place, { recursive: true, mode: 0o700 })
    await replaceFile(file, `${JSON.stringify(content, null, 2)}\n`)
  }

  async function keepPolicy(policy: UpdatePolicy): Promise<void> {
    if (JSON.stringify(known) === JSON.stringify(policy)) return
    known = policy
    await write(policyFile, policy).catch((cause: unknown) => log.error('the policy of updates was not kept', { cause }))
    for (const listener of listeners) listener(policy)
  }

  async function policy(): Promise<UpdatePolicy | null> {
    if (known !== undefined) return known
    // Damaged or of another version it is none: nothing is installed by it.
    const read = await readFile(policyFile, 'utf8').then((text) => updatePolicy.parse(JSON.parse(text))).catch(() => null)
    // A heartbeat may have brought a newer one meanwhile.
    known = known === undefined ? read : known
    return known
  }

  /** Tells what waits; each event has an id, so one that was told twice counts once. */
  function flush(): Promise<void> {
    return alone(async () => {
      for (let kept = await readEvents(); session && kept.length > 0; kept = await readEvents()) {
        const told = kept.slice(0, eventsAtOnce)
        await session.db.call('fleet_event_tell', { told: { windowId: await windowId(), events: told } })
        await write(eventsFile, kept.slice(told.length))
      }
    })
  }

  async function tellState({ db, id }: { db: FleetDatabase; id: string }): Promise<void> {
    const own = { sessionId: id, version: appVersion.slice(0, 60), schema, update: { version: null, reason: null, ...update }, ...(await facts()) }
    const tellAs = async () => db.call('fleet_beat', { told: { windowId: await windowId(), ...own } })
    const told = await tellAs().catch(async (cause: unknown) => {
      if (toAppError(cause).reason !== 'windowIdTwice') throw cause
      // The data folder was copied from another computer, with its id.
      ownId = folder.updateSettings((settings) => ({ ...settings, windowId: randomUUID() })).then((settings) => settings.windowId ?? '')
      log.info('this window had the id of another one and has its own now')
      return tellAs()
    })
    await keepPolicy(updatePolicy.parse(told))
  }

  /** With every heartbeat of the desk, and when the update has come to another state. Throws what the database does; the next one tells it all again. */
  async function beat(): Promise<void> {
    if (!session) return
    await tellState(session)
    await flush()
  }

  return {
    windowId,
    policy,
    /** Hears of every other policy; the answer ends it. */
    follow(listener: (policy: UpdatePolicy) => void): () => void {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    /** Kept in the file first, so that it is told even if Okno ends now; then told, if somebody is signed in. Throws when the file can't be written (disk full). */
    async tell({ version, kind, reason = null }: FleetEvent): Promise<void> {
      const event: KeptEvent = { id: randomUUID(), at: new Date(now()).toISOString(), version: version.slice(0, 60), kind, reason: reason?.slice(0, 60) ?? null }
      await alone(async () => write(eventsFile, [...(await readEvents()), event].slice(-eventsKept)))
      if (session) await flush().catch((cause: unknown) => log.info('an event of an update waits', { cause }))
    },
    /**
     * Where the update stands. Another state or version is told at once (await it before `installing`: it waits for the database, `patience` ms at most); percents are not told.
     * Never throws.
     */
    async state(next: WindowUpdate, patience = 1_500): Promise<void> {
      const isOther = next.state !== update.state || (next.version ?? null) !== (update.version ?? null) || (next.reason ?? null) !== (update.reason ?? null)
      update = next
      if (!isOther || !session) return
      let late: ReturnType<typeof setTimeout> | undefined
      const told = beat().catch((cause: unknown) => log.info('the state of the update was not told', { cause }))
      await Promise.race([told, new Promise((resolve) => (late = setTimeout(resolve, patience)))])
      clearTimeout(late)
    },
    /** Somebody has signed in: from now on there is a database to tell. */
    attach(db: FleetDatabase, sessionId: string): void {
      session = { db, id: sessionId }
    },
    detach(sessionId: string): void {
      if (session?.id === sessionId) session = null
    },
    beat,
    /** The database did not let this version in; the details of its refusal are kept as the policy, so that the window can update itself before anybody signs in. */
    async tooOld(details: unknown): Promise<void> {
      const told = tooOldDetails.safeParse(details)
      if (!told.success) return
      const { minimum, installAt, schema: databaseSchema, rollouts } = told.data
      const channel = (await policy())?.channel ?? 'main'
      const next = updatePolicy.safeParse({ channel, minimumVersion: minimum, installAt, rollout: rollouts[channel], schema: databaseSchema })
      if (next.success) await keepPolicy(next.data)
    },
  }
}

export type Fleet = ReturnType<typeof createFleet>
