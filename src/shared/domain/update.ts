import type { FeedChannel, FeedRefusal, SignedFeed } from './signed-feed'
import type { InstallRefusal } from './update-policy'

/** A version that a believed feed offers; `size` of its package in bytes. */
export interface Release {
  version: string
  channel: FeedChannel
  sequence: number
  schema: { from: number; to: number }
  isReturn: boolean
  notes: string
  size: number
}

export const releaseOf = ({ version, okno: { channel, sequence, schema, isReturn = false, notes } }: SignedFeed, size: number): Release => ({ version, channel, sequence, schema, isReturn, notes, size })

/** What must be over before Okno may end: a visit, something typed and not saved, a batch or a register, readings that are not written yet. */
export const deskReasons = ['visit', 'draft', 'batch', 'unsent'] as const
export type DeskReason = (typeof deskReasons)[number]

/** noKey: the build knows no key to check with. noSource: nobody told where to look. sourceRefused: http, or no address. noPackages: started from sources, or installed by other means. */
export const offReasons = ['noKey', 'noSource', 'sourceRefused', 'noPackages'] as const
export type OffReason = (typeof offReasons)[number]

/**
 * Why a feed or a package is not believed. Besides what `checkFeed` says: noPackage (the feed has none for this computer), feedOversized, redirected (the source sends to another place),
 * packageDamaged (not the signed one), packagePublisher (Windows: signed by somebody else).
 */
export type UpdateRefusal = FeedRefusal | 'noPackage' | 'feedOversized' | 'redirected' | 'packageDamaged' | 'packagePublisher'

/** feedAway: the source does not answer. installRefused: the system did not install it. notInstalled: it said it did, and the version before is back. */
export const updateFailures = ['feedAway', 'downloadBroken', 'diskFull', 'installRefused', 'notInstalled', 'internal'] as const
export type UpdateFailure = (typeof updateFailures)[number]

/** Why a version that is there has to wait: what the policy says of it, or that no policy was ever heard. */
export type WaitReason = InstallRefusal | 'policyUnknown'

/** Where the update of this window stands. docs/rollout.md draws it. */
export type UpdateState =
  | { state: 'off'; reason: OffReason }
  | { state: 'idle' }
  | { state: 'checking' }
  | { state: 'none' }
  | { state: 'refused'; reason: UpdateRefusal; release: Release | null }
  | { state: 'waitingRollout'; release: Release; reason: WaitReason }
  | { state: 'offered'; release: Release }
  | { state: 'downloading'; release: Release; percent: number }
  | { state: 'downloaded'; release: Release }
  | { state: 'waitingForDesk'; release: Release; why: DeskReason[] }
  | { state: 'installing'; release: Release }
  | { state: 'failed'; reason: UpdateFailure; release: Release | null }

/** quit: somebody has closed Okno. lock, hour: by policy. required: below the minimum version. hand: «Установить сейчас». */
export type InstallMoment = 'quit' | 'lock' | 'hour' | 'required' | 'hand'

export type Verdict = 'yes' | WaitReason

export type UpdateEvent =
  /** `tried`: this very release was installed once and did not come up; only a hand tries it again. */
  | { type: 'feed'; release: Release; verdict: Verdict; tried: boolean }
  | { type: 'check' }
  | { type: 'refused'; reason: UpdateRefusal }
  | { type: 'failed'; reason: UpdateFailure }
  | { type: 'verdict'; verdict: Verdict }
  | { type: 'progress'; percent: number }
  | { type: 'fetched' }
  | { type: 'moment'; moment: InstallMoment; busy: DeskReason[] }
  | { type: 'desk'; busy: DeskReason[] }

export type UpdateEffect =
  | { effect: 'readFeed' }
  | { effect: 'download'; release: Release }
  | { effect: 'stopDownload' }
  | { effect: 'install'; release: Release; restart: boolean }
  | { effect: 'tell'; kind: 'offered' | 'downloaded' | 'refused' | 'failed'; version: string; reason: string | null }

export interface UpdateStep {
  state: UpdateState
  effects: UpdateEffect[]
}

const stay = (state: UpdateState): UpdateStep => ({ state, effects: [] })

/** The version a state is about; null where there is none to speak of. */
export const releaseIn = (state: UpdateState): Release | null => ('release' in state ? state.release : null)

/** A downloaded package waits only in these: they survive a check that finds the same release, or nobody at all. */
const hasPackage = (state: UpdateState): state is Extract<UpdateState, { state: 'downloaded' | 'waitingForDesk' }> => state.state === 'downloaded' || state.state === 'waitingForDesk'

/**
 * The next state, and what is to be done. Pure: whoever runs it does the effects and sends what came of them back as events. An event that does not fit the state is too late and changes nothing.
 */
export function stepUpdate(state: UpdateState, event: UpdateEvent): UpdateStep {
  // Nothing leads out of these but the end of the program.
  if (state.state === 'off') return stay(state)
  switch (event.type) {
    case 'check':
      if (state.state === 'checking' || state.state === 'offered' || state.state === 'downloading' || state.state === 'installing') return stay(state)
      return { state: hasPackage(state) ? state : { state: 'checking' }, effects: [{ effect: 'readFeed' }] }
    case 'feed':
      return found(state, event)
    case 'refused':
      return refused(state, event.reason)
    case 'failed':
      return failed(state, event.reason)
    case 'verdict':
      return judged(state, event.verdict)
    case 'progress':
      return state.state === 'offered' || state.state === 'downloading' ? stay({ state: 'downloading', release: state.release, percent: event.percent }) : stay(state)
    case 'fetched':
      if (state.state !== 'offered' && state.state !== 'downloading') return stay(state)
      return { state: { state: 'downloaded', release: state.release }, effects: [{ effect: 'tell', kind: 'downloaded', version: state.release.version, reason: null }] }
    case 'moment':
      if (!hasPackage(state)) return stay(state)
      if (event.busy.length > 0) return stay({ state: 'waitingForDesk', release: state.release, why: event.busy })
      return { state: { state: 'installing', release: state.release }, effects: [{ effect: 'install', release: state.release, restart: event.moment !== 'quit' }] }
    case 'desk':
      if (state.state !== 'waitingForDesk') return stay(state)
      // Not at once: whoever has just finished with a visitor is about to take the next one.
      return stay(event.busy.length > 0 ? { ...state, why: event.busy } : { state: 'downloaded', release: state.release })
  }
}

function found(state: UpdateState, { release, verdict, tried }: Extract<UpdateEvent, { type: 'feed' }>): UpdateStep {
  if (state.state === 'installing') return stay(state)
  if (verdict === 'notNewer') return stay({ state: 'none' })
  if (tried) return stay({ state: 'failed', reason: 'notInstalled', release })
  if (verdict !== 'yes') return stay({ state: 'waitingRollout', release, reason: verdict })
  if (hasPackage(state) && state.release.sequence === release.sequence) return stay({ ...state, release })
  return { state: { state: 'offered', release }, effects: [{ effect: 'tell', kind: 'offered', version: release.version, reason: null }, { effect: 'download', release }] }
}

function refused(state: UpdateState, reason: UpdateRefusal): UpdateStep {
  if (state.state === 'idle' || state.state === 'none') return stay(state)
  // A package that is here was signed; a feed that somebody has spoiled since does not take it away, but it is told.
  const keeps = hasPackage(state) && reason !== 'packageDamaged'
  const release = releaseIn(state)
  return { state: keeps ? state : { state: 'refused', reason, release }, effects: [{ effect: 'tell', kind: 'refused', version: release?.version ?? '', reason }] }
}

function failed(state: UpdateState, reason: UpdateFailure): UpdateStep {
  if (state.state === 'idle' || state.state === 'none' || hasPackage(state)) return stay(state)
  const release = releaseIn(state)
  // That a source does not answer is everyday life of a network and no failing window.
  const tell: UpdateEffect[] = release === null ? [] : [{ effect: 'tell', kind: 'failed', version: release.version, reason }]
  return { state: { state: 'failed', reason, release }, effects: tell }
}

/** The policy has changed, or is asked once more before installing. */
function judged(state: UpdateState, verdict: Verdict): UpdateStep {
  if (state.state === 'waitingRollout') {
    if (verdict !== 'yes') return stay(verdict === 'notNewer' ? { state: 'none' } : { ...state, reason: verdict })
    const { release } = state
    return { state: { state: 'offered', release }, effects: [{ effect: 'tell', kind: 'offered', version: release.version, reason: null }, { effect: 'download', release }] }
  }
  if (verdict === 'yes') return stay(state)
  if (state.state === 'offered' || state.state === 'downloading') return { state: verdict === 'notNewer' ? { state: 'none' } : { state: 'waitingRollout', release: state.release, reason: verdict }, effects: [{ effect: 'stopDownload' }] }
  if (hasPackage(state) || state.state === 'installing') return stay(verdict === 'notNewer' ? { state: 'none' } : { state: 'waitingRollout', release: state.release, reason: verdict })
  return stay(state)
}
