import { z } from 'zod'
import { compareVersions, feedChannels, version, type FeedChannel } from './signed-feed'

/** When a downloaded version goes in: as Okno is closed, as the window is locked, or at this hour of the office (0–23). Never in the middle of a visit, whichever it is. */
export const installMoment = z.union([z.enum(['quit', 'lock']), z.object({ hour: z.int().min(0).max(23) })])
export type InstallMoment = z.infer<typeof installMoment>

/** What the office has decided about updates, as one window is told it with every heartbeat (`fleet_beat`). */
export const updatePolicy = z.object({
  /** Which feed this window reads. */
  channel: z.enum(feedChannels),
  /** Older windows are not let in; null: any version is. */
  minimumVersion: version.nullable(),
  installAt: installMoment,
  /** The latest one of the channel; null: none was ever started. `percent`: of the windows, by `shareOf`. */
  rollout: z.object({ version, state: z.enum(['running', 'held', 'stopped']), percent: z.int().min(0).max(100) }).nullable(),
  /** Of the database: number of its highest migration. */
  schema: z.int().nonnegative(),
})
export type UpdatePolicy = z.infer<typeof updatePolicy>

/** What is asked about: this window, what runs on it, and what a signed feed offers. */
export interface InstallQuestion {
  windowId: string
  current: string
  /** A database of this machine's own is migrated by the new version itself: it may be older than the release asks for. */
  migratesItself: boolean
  /** `isReturn`: signed as a way back, so it may be lower than what runs. */
  release: { version: string; channel: FeedChannel; schema: { from: number; to: number }; isReturn?: boolean | undefined }
}

/** `rolloutMissing`: nobody has started one for this very version. `rolloutShare`: the turn of this window has not come. */
export const installRefusals = ['notNewer', 'belowMinimum', 'otherChannel', 'schemaTooOld', 'schemaTooNew', 'rolloutMissing', 'rolloutStopped', 'rolloutHeld', 'rolloutShare'] as const
export type InstallRefusal = (typeof installRefusals)[number]
export type InstallVerdict = { verdict: 'yes' } | { verdict: 'no'; reason: InstallRefusal }

/**
 * Whether this window may download and install that release now. Asked again right before installing: a rollout that is stopped meanwhile stops it.
 * A window below the minimum version waits for no share (it could not work), but a rollout that is held or stopped holds it too: that version may be what is wrong.
 */
export function mayInstall(policy: UpdatePolicy, { windowId, current, migratesItself, release }: InstallQuestion): InstallVerdict {
  if (release.isReturn ? compareVersions(release.version, current) === 0 : !isNewer(release.version, current)) return no('notNewer')
  if (isTooOld(release.version, policy.minimumVersion)) return no('belowMinimum')
  if (release.channel !== policy.channel) return no('otherChannel')
  if (release.schema.to < policy.schema) return no('schemaTooOld')
  if (release.schema.from > policy.schema && !migratesItself) return no('schemaTooNew')
  const { rollout } = policy
  if (rollout?.version !== release.version) return no('rolloutMissing')
  if (rollout.state === 'stopped') return no('rolloutStopped')
  if (rollout.state === 'held') return no('rolloutHeld')
  if (shareOf(windowId, release.version) >= rollout.percent && !isTooOld(current, policy.minimumVersion)) return no('rolloutShare')
  return { verdict: 'yes' }
}

const no = (reason: InstallRefusal): InstallVerdict => ({ verdict: 'no', reason })

/** Whether `current` may not work any more. What is no version (a build from sources) is never too old. */
export function isTooOld(current: string, minimum: string | null): boolean {
  return minimum !== null && isVersion(current) && compareVersions(current, minimum) < 0
}

/** By the order of semver: 1.10.0 after 1.9.0, 2.0.0-pilot.1 before 2.0.0. What is no version is older than all. */
export function isNewer(newer: string, than: string): boolean {
  return compareVersions(newer, than) > 0
}

const isVersion = (text: string): boolean => version.safeParse(text).success

/**
 * The place of a window in a rollout, 0 ≤ x < 100 in hundredths: it is inside every share greater than x, hence inside 50 % when it was inside 10 %. Another version, another
 * order: it is not always the same windows that go first. FNV-1a of 32 bits; `fleet_share` (0042-fleet.sql) counts the same.
 */
export function shareOf(windowId: string, offered: string): number {
  let hash = 0x811c9dc5
  // Versions and window ids are ASCII: a character is a byte.
  for (const character of `${offered} ${windowId.toLowerCase()}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0
  return (hash % 10_000) / 100
}
