import type { FleetWindow } from '@shared/contract/fleet'
import { compareVersions } from '@shared/domain/signed-feed'

export interface FleetFilter {
  quick: 'all' | 'on' | 'silent' | 'failing' | 'tooOld'
  text: string
  /** '' is any. */
  version: string
  place: string
  office: string
  channel: string
}

export const sortKeys = ['desk', 'version', 'channel', 'update', 'seen', 'disk', 'error'] as const
export type SortKey = (typeof sortKeys)[number]

/** Somebody is signed in and it tells nothing, or nobody has seen it for long, or it went silent while installing. */
export const isSilent = ({ presence, rollout }: Pick<FleetWindow, 'presence' | 'rollout'>): boolean => presence === 'lost' || presence === 'gone' || rollout?.reason === 'silent'

export function fitsQuick(window: FleetWindow, quick: FleetFilter['quick']): boolean {
  if (quick === 'on') return window.presence === 'on'
  if (quick === 'silent') return isSilent(window)
  if (quick === 'failing') return window.rollout?.state === 'failing'
  if (quick === 'tooOld') return window.isTooOld
  return true
}

const folded = (text: string) => text.toLocaleLowerCase('ru').replaceAll('ё', 'е')

/** Every word that was typed stands somewhere in the computer's name, the office or the person. */
export function fitsFilter(window: FleetWindow, { quick, text, version, place, office, channel }: FleetFilter): boolean {
  const words = folded(text).split(/\s+/).filter(Boolean)
  const where = folded(`${window.desk} ${window.office} ${window.staffName}`)
  return (
    fitsQuick(window, quick) && words.every((word) => where.includes(word)) && (version === '' || window.version === version) && (place === '' || window.rollout?.state === place) &&
    (office === '' || String(window.officeId) === office) && (channel === '' || window.channel === channel)
  )
}

// The most pressing first.
const placeOrder = ['failing', 'installing', 'downloaded', 'waiting', 'later', 'updated', 'newer'] as const

const by: Record<SortKey, (a: FleetWindow, b: FleetWindow) => number> = {
  desk: (a, b) => a.office.localeCompare(b.office, 'ru') || byDesk(a, b),
  version: (a, b) => compareVersions(a.version, b.version),
  channel: (a, b) => a.channel.localeCompare(b.channel),
  update: (a, b) => placeOf(a) - placeOf(b),
  seen: (a, b) => Date.parse(b.seenAt) - Date.parse(a.seenAt),
  disk: (a, b) => (a.freeMb ?? Number.MAX_SAFE_INTEGER) - (b.freeMb ?? Number.MAX_SAFE_INTEGER),
  error: (a, b) => Number(b.lastError !== null) - Number(a.lastError !== null) || (b.lastError?.at ?? '').localeCompare(a.lastError?.at ?? ''),
}
const byDesk = (a: FleetWindow, b: FleetWindow) => a.desk.localeCompare(b.desk, 'ru', { numeric: true }) || a.id - b.id
const placeOf = ({ rollout }: FleetWindow) => (rollout ? placeOrder.indexOf(rollout.state) : placeOrder.length)

/** Equal ones stay by the name of the computer; the numbers in it count as numbers. */
export function inOrder(windows: readonly FleetWindow[], key: SortKey, isDown: boolean): FleetWindow[] {
  const direction = isDown ? -1 : 1
  return [...windows].sort((a, b) => direction * by[key](a, b) || byDesk(a, b))
}
