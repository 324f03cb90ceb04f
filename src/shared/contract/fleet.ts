import { z } from 'zod'
import { installMoment } from '../domain/update-policy'
import { feedChannels, version } from '../domain/signed-feed'
import { admins, supervisorsAndAdmins } from '../roles'
import { command, query } from './call'
import { id, instant, nothing, operationId } from './values'

/** on: tells of itself now. off: nobody is signed in. lost: somebody is, and it has been silent for three minutes. gone: not seen for two weeks. */
export const presence = z.enum(['on', 'off', 'lost', 'gone'])
export type Presence = z.infer<typeof presence>

/** Where a window of the rollout's channel is in it. waiting: its turn has come, it has done nothing yet; later: outside the share; newer: needs none. */
export const rolloutPlace = z.enum(['updated', 'failing', 'installing', 'downloaded', 'waiting', 'later', 'newer'])
export type RolloutPlace = z.infer<typeof rolloutPlace>

export const fleetWindow = z.object({
  id,
  /** Name of the computer. */
  desk: z.string(),
  officeId: id,
  office: z.string(),
  /** Who told of it last, and the window of the hall that person has. */
  staffName: z.string(),
  window: z.string().nullable(),
  version: z.string(),
  /** Below the minimum version: nobody but an administrator can sign in there any more. */
  isTooOld: z.boolean(),
  channel: z.enum(feedChannels),
  schema: z.int(),
  runtime: z.string(),
  os: z.string(),
  /** Free on the disk of its data, MiB. */
  freeMb: z.int().nullable(),
  printerTest: z.object({ printer: z.string(), outcome: z.enum(['good', 'wrong', 'missing']), at: instant }).nullable(),
  /** By codes: what broke last since Okno was started there. */
  lastError: z.object({ code: z.string(), at: instant }).nullable(),
  /** By the words of UpdateState. */
  update: z.object({ state: z.string(), version: z.string().nullable(), reason: z.string().nullable() }),
  firstSeenAt: instant,
  seenAt: instant,
  presence,
  /** In the latest rollout of its channel; null: there was none. */
  rollout: z.object({ state: rolloutPlace, reason: z.string().nullable() }).nullable(),
})
export type FleetWindow = z.infer<typeof fleetWindow>

const count = z.int().nonnegative()

export const rollout = z.object({
  id,
  channel: z.enum(feedChannels),
  version: z.string(),
  /** Back to a lower version than the rollout before it, or than every window of the channel had. */
  isReturn: z.boolean(),
  /** stopped: for good. replaced: another one was started for the channel. */
  state: z.enum(['running', 'held', 'stopped', 'replaced']),
  /** Held by itself: too much failed. */
  heldByFailures: z.boolean(),
  percent: z.int(),
  /** It holds itself when more than this share of the windows that tried has failed, and `atLeast` of them. */
  limitPercent: z.int(),
  atLeast: z.int(),
  revision: z.int(),
  startedAt: instant,
  startedBy: z.string(),
  /** Windows of the channel seen within 30 days, by place. `failingNew`: since it was started or last resumed. */
  progress: z.object({ windows: count, updated: count, failing: count, failingNew: count, installing: count, downloaded: count, waiting: count, later: count, newer: count }),
  /** Newest first; staffName null: by itself. */
  history: z.array(
    z.object({
      at: instant,
      kind: z.enum(['started', 'percent', 'limit', 'held', 'heldByFailures', 'resumed', 'stopped', 'replaced']),
      staffName: z.string().nullable(),
      facts: z.object({ percent: z.int(), limit: z.int(), from: z.int(), to: z.int(), failing: z.int(), updated: z.int(), by: z.string() }).partial(),
      comment: z.string().nullable(),
    }),
  ),
})
export type Rollout = z.infer<typeof rollout>

export const fleetSettings = z.object({
  minimumVersion: z.string().nullable(),
  installAt: installMoment,
  revision: z.int(),
  changedBy: z.string().nullable(),
  changedAt: instant.nullable(),
})
export type FleetSettings = z.infer<typeof fleetSettings>

export const fleetState = z.object({
  asOf: instant,
  /** Of the database. */
  schema: z.int(),
  /** Every office; else the one of who asks. */
  isWhole: z.boolean(),
  /** By office and name of the computer. */
  windows: z.array(fleetWindow),
  settings: fleetSettings,
  /** The latest one of each channel, ended ones too. */
  rollouts: z.array(rollout),
  /** Newest first. `offered`: the channels whose windows a feed has offered it to in 90 days, by commas. */
  versions: z.array(z.object({ version: z.string(), windows: count, offered: z.string().nullable() })),
})
export type FleetState = z.infer<typeof fleetState>

export const fleetHistory = z.object({
  /** Newest first, 200 at most. `at` by the clock of that computer, `toldAt` by the server's: nobody was signed in between. */
  events: z.array(z.object({ at: instant, toldAt: instant, kind: z.enum(['offered', 'downloaded', 'refused', 'failed', 'installed', 'started', 'returned']), version: z.string(), reason: z.string().nullable(), staffName: z.string() })),
  rollouts: z.array(z.object({ version: z.string(), channel: z.enum(feedChannels), state: z.enum(['downloaded', 'installing', 'updated', 'failing']), reason: z.string().nullable(), at: instant, startedAt: instant })),
})
export type FleetHistory = z.infer<typeof fleetHistory>

export const shutOut = z.object({ windows: count, first: z.array(z.object({ desk: z.string(), office: z.string(), version: z.string() })) })
export type ShutOut = z.infer<typeof shutOut>

const comment = z.string().trim().max(500).nullable()
const percent = z.int().min(1).max(100)
const ids = z.array(id).min(1).max(1000)

export const fleetContract = {
  /** The whole page in one reading: a few hundred windows. */
  state: query({ access: supervisorsAndAdmins, input: nothing, output: fleetState }),
  /** notFound 'fleetWindow'. */
  history: query({ access: supervisorsAndAdmins, input: z.object({ id }), output: fleetHistory }),
  /** Newest first, 30 at most. */
  rollouts: query({ access: supervisorsAndAdmins, input: nothing, output: z.array(rollout) }),
  /** `replaces`: the latest rollout of the channel as it was seen. conflict 'rolloutChanged', 'rolloutBelowMinimum' {minimum}; invalidInput 'versionForm'. */
  start: command({
    access: admins,
    input: z.object({ operationId, channel: z.enum(feedChannels), version: z.string().trim().max(60), percent, replaces: id.nullable(), limitPercent: percent.default(10), atLeast: z.int().min(1).max(1000).default(3), comment: comment.default(null) }),
    output: rollout,
  }),
  /** conflict 'rolloutEnded', 'rolloutStateAlready'. */
  hold: command({ access: admins, input: z.object({ operationId, rolloutId: id, comment: comment.default(null) }), output: rollout }),
  /** What has failed so far counts no more. conflict 'rolloutChanged', 'rolloutEnded', 'rolloutStateAlready'. */
  resume: command({ access: admins, input: z.object({ operationId, rolloutId: id, revision: z.int(), comment: comment.default(null) }), output: rollout }),
  /** For good; whoever has updated stays so. conflict 'rolloutEnded'. */
  stop: command({ access: admins, input: z.object({ operationId, rolloutId: id, comment: comment.default(null) }), output: rollout }),
  /** Less than before is allowed: who has not begun waits again. conflict 'rolloutChanged', 'rolloutEnded'. */
  percent: command({ access: admins, input: z.object({ operationId, rolloutId: id, revision: z.int(), percent }), output: rollout }),
  limit: command({ access: admins, input: z.object({ operationId, rolloutId: id, revision: z.int(), limitPercent: percent }), output: rollout }),
  /** Whom a minimum version would keep from signing in. */
  shutOut: query({ access: admins, input: z.object({ version: z.string().trim().max(60) }), output: shutOut }),
  /** `shutOut`: how many windows whoever decides was told. conflict 'minimumShutsOut' {windows}, 'fleetSettingChanged'; invalidInput 'versionForm'. */
  minimum: command({ access: admins, input: z.object({ operationId, version: version.nullable(), shutOut: count, revision: z.int() }), output: fleetSettings }),
  installAt: command({ access: admins, input: z.object({ operationId, installAt: installMoment, revision: z.int() }), output: fleetSettings }),
  channel: command({ access: admins, input: z.object({ operationId, ids, channel: z.enum(feedChannels) }), output: z.object({ changed: count }) }),
  /** Computers that are no more. conflict 'windowInUse'. */
  forget: command({ access: admins, input: z.object({ operationId, ids }), output: z.object({ forgotten: count }) }),
}
