import { join } from 'node:path'
import type { UpdateStatus } from '@shared/contract/updates'
import { AppError } from '@shared/errors'
import { checkFeed, compareVersions, feedFileName, packageOf, type FeedChannel, type SignedFeed } from '@shared/domain/signed-feed'
import { releaseIn, releaseOf, stepUpdate, type DeskReason, type InstallMoment, type Release, type UpdateEffect, type UpdateEvent, type UpdateState, type Verdict } from '@shared/domain/update'
import { isTooOld, mayInstall, type UpdatePolicy } from '@shared/domain/update-policy'
import { isDiskFull } from '../data-folder'
import type { Fleet } from '../fleet/fleet'
import type { Log } from '../log'
import { downloadPackage, moveFile } from './download'
import { parseFeed, sha512Of, signatureCheck } from './feed-file'
import type { UpdateMeans } from './means'
import { readFeed, sourceOf, UpdateTrouble, type Source } from './source'
import { updateRecords, type Attempt } from './update-record'

export interface UpdaterOptions {
  means: UpdateMeans | null
  /** The data folder. */
  folder: string
  /** `updates.source` of the settings; null: the build's. */
  source(): Promise<string | null>
  appVersion: string
  /** The database is this machine's own: a new version migrates it. */
  migratesItself(): Promise<boolean>
  fleet: Pick<Fleet, 'windowId' | 'policy' | 'follow' | 'tell' | 'state'> | null
  /** Calls that run now, by main's own knowledge: a batch, a register. */
  working(): boolean
  /** Nobody is signed in, or the desk is locked. */
  desk(): 'work' | 'locked' | 'signedOut'
  changed(status: UpdateStatus): void
  log: Log
  now?: () => number
  random?: () => number
}

const usualWaits = { first: 3_000, every: 3_600_000, jitter: 0.5 }
const minute = 60_000

/**
 * Updates of this window: checks at the start and on a schedule, downloads behind the work, and installs when nobody works. What may happen when is `stepUpdate`'s; here its effects are done.
 * The policy and what happened go through the fleet, which keeps both without a database.
 */
export function createUpdater({ means, folder, source: ownSource, appVersion, migratesItself, fleet, working, desk, changed, log, now = Date.now, random = Math.random }: UpdaterOptions) {
  const place = join(folder, 'updates')
  const records = updateRecords(place, log)
  let address: string | null = null
  let source: Source | null = null
  let state: UpdateState = means ? { state: 'idle' } : { state: 'off', reason: 'noPackages' }
  let policy: UpdatePolicy | null = null
  let notes: UpdateStatus['notes'] = null
  let checkedAt: string | null = null
  let postponedUntil: number | null = null
  /** Highest schema the database was heard to have, when it was too new for this build. */
  let newerDatabase: number | null = null
  let pageBusy: DeskReason[] = []
  let offered: { feed: SignedFeed; file: SignedFeed['files'][number] } | null = null
  let ready: string | null = null
  let stopping: AbortController | null = null
  let restart = false
  let left = false
  /** Of the last look at a feed: the channel it was of, and the version that a rollout made us look for. */
  const looked: { channel: FeedChannel | null; version: string | null } = { channel: null, version: null }
  const timers = new Set<ReturnType<typeof setTimeout>>()

  const status = (): UpdateStatus => ({
    version: appVersion,
    state,
    channel: policy?.channel ?? 'main',
    source: address,
    checkedAt,
    installAt: policy?.installAt ?? null,
    required: newerDatabase !== null ? 'olderThanDatabase' : policy && isTooOld(appVersion, policy.minimumVersion) ? 'tooOld' : null,
    postponedUntil: postponedUntil === null ? null : new Date(postponedUntil).toISOString(),
    notes,
  })

  const busy = (): DeskReason[] => (desk() === 'signedOut' ? [] : [...pageBusy.filter((reason) => reason !== 'batch'), ...(working() || pageBusy.includes('batch') ? (['batch'] as const) : [])])

  /** Every change of state goes through here. */
  function happen(event: UpdateEvent): void {
    const before = state
    const step = stepUpdate(state, event)
    state = step.state
    if (state !== before) {
      const release = releaseIn(state)
      if (state.state !== before.state) log.info('update', { state: state.state, version: release?.version, reason: 'reason' in state ? state.reason : undefined })
      changed(status())
      // Installing is told by whoever restarts: a window that is closed for the night is no silent one.
      if (state.state !== 'installing') void fleet?.state({ state: state.state, version: release?.version ?? null, reason: 'reason' in state ? state.reason : null })
    }
    for (const effect of step.effects) void run(effect).catch((cause: unknown) => log.error('a step of an update broke', { effect: effect.effect, cause }))
  }

  async function run(effect: UpdateEffect): Promise<void> {
    switch (effect.effect) {
      case 'readFeed':
        return check()
      case 'download':
        return download(effect.release)
      case 'stopDownload':
        stopping?.abort()
        return
      case 'install':
        return install(effect.restart)
      case 'tell':
        return tell(effect.kind, effect.version, effect.reason)
    }
  }

  async function tell(kind: 'offered' | 'downloaded' | 'refused' | 'failed' | 'installed' | 'started' | 'returned', version: string, reason: string | null): Promise<void> {
    log.info('update event', { kind, version, reason })
    await fleet?.tell({ version, kind, reason }).catch((cause: unknown) => log.error('an event of an update was not kept', { cause }))
  }

  function troubled(cause: unknown): void {
    if (cause instanceof UpdateTrouble) {
      log.info('update not taken', { reason: cause.outcome.reason, cause: cause.cause })
      happen(cause.outcome)
    } else {
      log.error('update broke', { cause })
      happen({ type: 'failed', reason: isDiskFull(cause) ? 'diskFull' : 'internal' })
    }
  }

  async function check(): Promise<void> {
    if (!means || !source || means.key === null || means.ending === null) return
    try {
      policy = (await fleet?.policy()) ?? null
      const channel = (looked.channel = policy?.channel ?? 'main')
      const text = await readFeed(source, feedFileName(channel, means.platform), means.fetch, AbortSignal.timeout(30_000))
      const { seen, tried } = await records.read()
      const checked = checkFeed(await parseFeed(text), { isSigned: signatureCheck(means.key), current: { version: appVersion, sequence: seen[channel] ?? 0 }, platform: means.platform, channel, now: new Date(now()) })
      checkedAt = new Date(now()).toISOString()
      if (!checked.ok) return happen({ type: 'refused', reason: checked.reason })
      const { feed } = checked
      await records.see(channel, feed.okno.sequence)
      const file = packageOf(feed, means.ending)
      if (!file) return happen({ type: 'refused', reason: 'noPackage' })
      const release = releaseOf(feed, file.size)
      const verdict = await judge(release)
      if (left) return
      offered = { feed, file }
      happen({ type: 'feed', release, verdict, tried: tried === release.sequence })
      if (verdict === 'otherChannel') happen({ type: 'check' }) // It was moved to the other one while this was read.
    } catch (cause) {
      troubled(cause)
    } finally {
      changed(status())
    }
  }

  /** By the policy as it is known now. Who can't work at all does not wait for a turn or for a rollout that was never heard of, but a stopped one stops it, too. */
  async function judge(release: Release): Promise<Verdict> {
    if (compareVersions(release.version, appVersion) === 0) return 'notNewer'
    policy = (await fleet?.policy()) ?? policy
    if (!policy) return newerDatabase !== null && release.schema.from <= newerDatabase && newerDatabase <= release.schema.to ? 'yes' : 'policyUnknown'
    const known = newerDatabase === null ? policy : { ...policy, schema: Math.max(policy.schema, newerDatabase) }
    const verdict = mayInstall(known, { windowId: (await fleet?.windowId()) ?? '', current: appVersion, migratesItself: await migratesItself(), release })
    if (verdict.verdict === 'yes') return 'yes'
    const cannotWait = newerDatabase !== null && (verdict.reason === 'rolloutMissing' || verdict.reason === 'rolloutShare')
    return cannotWait ? 'yes' : verdict.reason
  }

  async function download(release: Release): Promise<void> {
    if (!means || !source || !offered || offered.feed.okno.sequence !== release.sequence) return
    const { feed, file } = offered
    const from = source
    stopping?.abort()
    const mine = (stopping = new AbortController())
    ready = null
    try {
      const path = await means.installer.take(feed, file, async (destination) => {
        const part = await downloadPackage({ source: from, file, folder: place, fetch: means.fetch, signal: mine.signal, ...(means.reserve === undefined ? {} : { reserve: means.reserve }), progress: (percent) => !mine.signal.aborted && happen({ type: 'progress', percent }) })
        await moveFile(part, destination)
      })
      if (mine.signal.aborted) return
      ready = path
      happen({ type: 'fetched' })
      consider()
    } catch (cause) {
      if (!mine.signal.aborted) troubled(cause)
    }
  }

  /** The policy, the signature and the file once more, since hours may lie between: then Okno is left, and `leave` installs. */
  async function install(andRestart: boolean): Promise<void> {
    restart = andRestart
    if (left) return
    const release = releaseIn(state)
    if (!release) return
    const verdict = await judge(release)
    if (verdict !== 'yes') return happen({ type: 'verdict', verdict })
    await fleet?.state({ state: 'installing', version: release.version, reason: null })
    if (state.state === 'installing') means?.quit()
  }

  /** Whether now is the time the policy means; a moment that finds the desk at work is remembered in the state. */
  function consider(): void {
    if (left || (state.state !== 'downloaded' && state.state !== 'waitingForDesk')) return
    const where = desk()
    if (where === 'work') return happen({ type: 'desk', busy: busy() })
    const moment = momentNow(where)
    if (moment) happen({ type: 'moment', moment, busy: busy() })
  }

  function momentNow(where: 'locked' | 'signedOut'): InstallMoment | null {
    if (status().required) return 'required'
    if (!policy || (postponedUntil !== null && now() < postponedUntil)) return null
    if (policy.installAt === 'lock') return where === 'locked' ? 'lock' : null
    if (policy.installAt === 'quit') return null
    return new Date(now()).getHours() === policy.installAt.hour ? 'hour' : null
  }

  function later(wait: number, work: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      if (!left) work()
    }, wait)
    timer.unref()
    timers.add(timer)
  }

  const spread = (wait: number, jitter: number): number => wait * (1 - jitter + 2 * jitter * random())

  function schedule(wait: number): void {
    const { every, jitter } = means?.waits ?? usualWaits
    later(spread(wait, jitter), () => {
      happen({ type: 'check' })
      schedule(every)
    })
  }

  async function compareWithLastTime(): Promise<void> {
    const { installing, lastVersion } = await records.read()
    const isUp = installing?.version === appVersion
    // Told before it is forgotten: a kill between tells it twice, never not at all.
    if (lastVersion !== null && lastVersion !== appVersion) await tell('started', appVersion, null)
    if (installing) await tell(isUp ? (installing.isReturn ? 'returned' : 'installed') : 'failed', installing.version, isUp ? null : 'notInstalled')
    const news = installing && isUp ? { version: installing.version, text: installing.notes, isReturn: installing.isReturn } : undefined
    const { notes: unread } = await records.change({
      lastVersion: appVersion,
      installing: null,
      ...(installing && !isUp ? { tried: installing.sequence } : {}),
      ...(isUp ? { tried: null } : {}),
      ...(news ? { notes: news } : {}),
    })
    notes = unread?.version === appVersion ? unread : null
  }

  async function lookWhere(): Promise<void> {
    stopping?.abort()
    ready = offered = null
    address = (await ownSource()) ?? means?.defaultSource ?? null
    source = sourceOf(address ?? '')
    state = firstState(means, address, source)
    log.info('update', { state: state.state, reason: 'reason' in state ? state.reason : undefined })
    changed(status())
  }

  const end = fleet?.follow((next) => {
    policy = next
    void heed(next).catch((cause: unknown) => log.error('an update was not judged', { cause }))
    changed(status())
  })

  /** What is known is judged anew; another channel, or a rollout of a version never heard of, is looked for at once: whoever starts one waits for it, and the next look may be an hour away. */
  async function heed({ channel, rollout }: UpdatePolicy): Promise<void> {
    const release = releaseIn(state)
    if (release) {
      happen({ type: 'verdict', verdict: await judge(release) })
      consider()
    }
    if (left || looked.channel === null) return // The first look is still to come.
    const awaited = rollout?.state === 'running' && rollout.version !== appVersion && rollout.version !== releaseIn(state)?.version ? rollout.version : null
    if (channel === looked.channel && (awaited === null || awaited === looked.version)) return
    looked.version = awaited
    happen({ type: 'check' })
  }

  return {
    status,

    /** What came of the last installing is told, then checks begin. Never throws: a program without updates still works. */
    async start(): Promise<void> {
      try {
        policy = (await fleet?.policy()) ?? null
        if (means) await compareWithLastTime()
      } catch (cause) {
        log.error('the record of updates can not be kept', { cause })
      }
      await lookWhere().catch((cause: unknown) => log.error('where updates come from is not known', { cause }))
      if (left || !means) return
      schedule((means?.waits ?? usualWaits).first)
      const eachMinute = () => { consider(); later(minute, eachMinute) }
      later(minute, eachMinute)
    },

    /** The settings name another source. */
    async sourceChanged(): Promise<UpdateStatus> {
      if (state.state === 'installing') throw new AppError('conflict', 'updateBusy', { why: [] })
      await lookWhere()
      happen({ type: 'check' })
      return status()
    },

    /** By hand; also a release that did not come up is tried once more. */
    async check(): Promise<UpdateStatus> {
      if (state.state === 'off') return status()
      await records.change({ tried: null }).catch((cause: unknown) => log.error('the record of updates can not be kept', { cause }))
      happen({ type: 'check' })
      return status()
    },

    /** By hand. AppError conflict 'updateNotReady', 'updateBusy' {why}. */
    install(): void {
      if (state.state !== 'downloaded' && state.state !== 'waitingForDesk') throw new AppError('conflict', 'updateNotReady')
      const why = busy()
      if (why.length > 0) throw new AppError('conflict', 'updateBusy', { why })
      happen({ type: 'moment', moment: 'hand', busy: [] })
    },

    postpone(hours: number): UpdateStatus {
      if (status().required) throw new AppError('conflict', 'updateRequired')
      postponedUntil = now() + hours * 3_600_000
      changed(status())
      return status()
    },

    async notesRead(): Promise<UpdateStatus> {
      notes = null
      await records.change({ notes: null })
      return status()
    },

    tellDesk(reasons: DeskReason[]): void {
      pageBusy = reasons
      consider()
    },

    /** Somebody has locked, unlocked, signed in or out. */
    deskChanged(): void {
      if (desk() === 'signedOut') pageBusy = []
      consider()
    },

    /** The database has a schema this build does not know: nobody can work until it is updated. */
    databaseIsNewer(schema: number): void {
      if (newerDatabase === schema) return
      newerDatabase = schema
      changed(status())
      happen({ type: 'check' })
    },

    /** The program ends, and everything else of it has: installs what is downloaded, if it may. `ask: false`, when the computer shuts down: nothing is begun that it would not wait for. */
    async leave({ ask = true } = {}): Promise<void> {
      left = true
      end?.()
      stopping?.abort()
      for (const timer of timers) clearTimeout(timer)
      if (!ask || !means || !offered || ready === null) return
      if (state.state !== 'installing') happen({ type: 'moment', moment: 'quit', busy: [] })
      const release = releaseIn(state)
      if (state.state !== 'installing' || !release) return
      try {
        await handOver(means, ready, offered, release)
      } catch (cause) {
        log.error('update not installed', { cause })
        if (restart) means.installer.relaunch()
      }
    },
  }

  async function handOver({ key, installer }: UpdateMeans, path: string, { feed, file }: NonNullable<typeof offered>, release: Release): Promise<void> {
    const again = async (kind: 'failed' | 'refused', reason: string) => {
      await tell(kind, release.version, reason)
      if (restart) installer.relaunch()
    }
    const verdict = await judge(release)
    if (verdict !== 'yes') return restart ? installer.relaunch() : undefined
    const attempt: Attempt = { version: release.version, sequence: release.sequence, from: appVersion, isReturn: release.isReturn, notes: release.notes }
    await records.change({ installing: attempt })
    // Last of all: between this look and the installer lies nothing that waits.
    const checked = checkFeed(feed, { isSigned: signatureCheck(key ?? ''), current: { version: appVersion, sequence: release.sequence }, platform: feed.okno.platform, channel: feed.okno.channel, now: new Date(now()) })
    const isTheSigned = checked.ok && (await sha512Of(path).catch(() => '')) === file.sha512
    if (!isTheSigned) {
      await records.change({ installing: null })
      return again('refused', checked.ok ? 'packageDamaged' : checked.reason)
    }
    if (installer.install(restart)) return log.info('update handed to the system', { version: release.version, restart })
    await records.change({ installing: null, tried: release.sequence })
    await again('failed', 'installRefused')
  }
}

export type Updater = ReturnType<typeof createUpdater>

function firstState(means: UpdateMeans | null, address: string | null, source: Source | null): UpdateState {
  if (!means || means.ending === null) return { state: 'off', reason: 'noPackages' }
  if (means.key === null) return { state: 'off', reason: 'noKey' }
  if (address === null) return { state: 'off', reason: 'noSource' }
  return source ? { state: 'idle' } : { state: 'off', reason: 'sourceRefused' }
}
