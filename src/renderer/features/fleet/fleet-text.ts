import type { FleetHistory, FleetSettings, FleetWindow, Presence, Rollout, RolloutPlace } from '@shared/contract/fleet'
import { hasText, t } from '@renderer/i18n'
import { sizeText } from '@renderer/text-of'

export const placeTone = { updated: 'success', failing: 'danger', installing: 'info', downloaded: 'info', waiting: 'warning', later: 'neutral', newer: 'neutral' } as const satisfies Record<RolloutPlace, string>
export const presenceTone = { on: 'success', off: 'neutral', lost: 'danger', gone: 'warning' } as const satisfies Record<Presence, string>

/** Everybody who takes part has it: a word of the page, not a state of the rollout. */
export const isDone = ({ state, percent, progress: { windows, updated, newer } }: Rollout): boolean => state === 'running' && percent === 100 && windows > 0 && updated + newer === windows

export function rolloutState(rollout: Rollout): { text: string; tone: 'success' | 'danger' | 'warning' | 'info' | 'neutral' } {
  if (isDone(rollout)) return { text: t('fleet.rollout.state.done'), tone: 'success' }
  const tone = { running: 'info', held: rollout.heldByFailures ? 'danger' : 'warning', stopped: 'neutral', replaced: 'neutral' } as const
  return { text: t(`fleet.rollout.state.${rollout.state}`), tone: tone[rollout.state] }
}

/** Why, in words: of the fleet, of updates; a code nobody has words for stays a code. */
export function reasonText(reason: string | null): string {
  if (reason === null) return ''
  const key = [`fleet.reason.${reason}`, `updates.reasons.failed.${reason}`, `updates.reasons.refused.${reason}`, `updates.reasons.waitingRollout.${reason}`, `updates.reasons.off.${reason}`].find(hasText)
  return key && hasText(key) ? t(key) : reason
}

/** What the window itself says of its update, in a few words; why is `reasonText`. */
export function updateText({ update: { state, version } }: Pick<FleetWindow, 'update'>): string {
  const key = `fleet.says.${state}`
  return hasText(key) ? t(key, { version: version ?? '' }).trim() : state
}

/** The same with the reason, where there is room for a sentence. */
export const updateSentence = ({ update }: Pick<FleetWindow, 'update'>): string => [updateText({ update }), reasonText(update.reason)].filter(Boolean).join('. ')

/** What a window's log calls its errors (src/main/fleet/last-error.ts), by what somebody would look at; the first that fits. */
const errorAreas = [
  ['page', /^page gone/],
  ['updates', /update|^installer/],
  ['backup', /backup/],
  ['schema', /^schemaMismatch/],
  ['upkeep', /month/],
  ['printing', /^printerUnavailable|print|sheet/],
  ['drawing', /draw/],
  ['outbox', /outbox|message not written/],
  ['folder', /^watched folder/],
  ['database', /^databaseUnavailable|database|initdb|cluster/],
  ['call', /^(internal|call broke|command broke)/],
] as const

/** «сбой печати» for 'print job not followed'; the code itself is for IT and stands beside it. */
export function errorText({ code }: { code: string }): string {
  // What follows is the cause, in which anything may stand.
  const [event = ''] = code.split(' · ')
  const area = errorAreas.find(([, fits]) => fits.test(event))?.[0] ?? 'other'
  return t(`fleet.errors.${area}`)
}

export const diskText = (freeMb: number | null): string => (freeMb === null ? t('common.nothing') : sizeText(freeMb * 2 ** 20))

/** Below this an update would not fit beside its download. */
export const isDiskLow = (freeMb: number | null): boolean => freeMb !== null && freeMb < 2048

export const eventText = ({ kind, version }: FleetHistory['events'][number]): string => t(`fleet.event.${kind}`, { version })

export const momentText = (installAt: FleetSettings['installAt']): string =>
  typeof installAt === 'string' ? t(`fleet.settings.moment.${installAt}`) : t('fleet.settings.moment.hour', { hour: installAt.hour })

export const historyText = ({ kind, facts }: Rollout['history'][number]): string => t(`fleet.history.kind.${kind}`, Object.fromEntries(Object.entries(facts).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))))

/** A whole number a field may hold; null: it is none of that. */
export function wholeOf(text: string, least: number, most: number): number | null {
  const value = /^\d{1,3}$/.test(text.trim()) ? Number(text) : -1
  return value >= least && value <= most ? value : null
}
