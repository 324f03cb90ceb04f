import { hasText, t } from '@renderer/i18n'
import type { DeskState, LiveDeskState, LiveDeskTotals, LiveVisit, LiveWindow } from '@shared/contract/live-desk'
import { shortNameOf } from '@shared/domain/person-name'

/** «12 мин», «1 ч 05 мин», «до минуты». */
export function lastsText(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  if (minutes < 1) return t('liveDesk.less')
  if (minutes < 60) return t('liveDesk.minutes', { minutes })
  return t('liveDesk.hours', { hours: Math.floor(minutes / 60), minutes: String(minutes % 60).padStart(2, '0') })
}

export const secondsSince = (instant: string, now: number) => Math.max(0, (now - Date.parse(instant)) / 1000)

export const chipTone = { serving: 'success', free: 'neutral', away: 'neutral', locked: 'info', lost: 'danger', signedOut: 'neutral' } as const satisfies Record<DeskState, string>

/** long and tooLong by the limits of the office; null: an ordinary time. */
export function lengthOf(seconds: number, { longMinutes, tooLongMinutes }: LiveDeskState['limits']): 'long' | 'tooLong' | null {
  return seconds >= tooLongMinutes * 60 ? 'tooLong' : seconds >= longMinutes * 60 ? 'long' : null
}

/** The trouble of a printer in words where the printing feature has them. */
export function troubleText(trouble: string): string {
  const key = [`printing.trouble.${trouble}`, `liveDesk.printerTrouble.${trouble}`].find(hasText)
  return key && hasText(key) ? t(key) : t('liveDesk.trouble')
}

export const accountText = ({ account }: Pick<LiveVisit, 'account'>) => (account ? t('liveDesk.account', { account }) : t('liveDesk.noAccount'))

/** «Последнее: показания внесены» — what the latest operation was, without its details. */
export function kindText(kind: string | null): string {
  if (!kind) return t('common.nothing')
  const key = `audit.action.${kind.replace('.', '_')}`
  return hasText(key) ? t(key) : t('desk.timeline.kinds.other')
}

export const operatorText = ({ staffName }: Pick<LiveWindow, 'staffName'>) => shortNameOf(staffName)

/** What a supervisor should notice of a window, the most pressing first. `own`: the version of this program. */
export function signsOf(window: LiveWindow, now: number, own: string): { key: string; text: string; tone: 'warning' | 'danger' | 'info' | 'neutral' }[] {
  const signs: ReturnType<typeof signsOf> = []
  if (window.state === 'signedOut' && window.visits.length > 0) signs.push({ key: 'open', text: t('liveDesk.sign.open'), tone: 'danger' })
  if (window.approvals > 0) signs.push({ key: 'approval', text: t('liveDesk.sign.approval'), tone: 'warning' })
  for (const { printer, trouble, held } of window.printers) {
    if (trouble) signs.push({ key: `printer ${printer}`, text: t('liveDesk.sign.printer', { trouble: troubleText(trouble) }), tone: 'warning' })
    else if (held > 0) signs.push({ key: `held ${printer}`, text: t('liveDesk.sign.held', { n: held }), tone: 'info' })
  }
  if (window.unsent > 0) signs.push({ key: 'unsent', text: t('liveDesk.sign.unsent', { n: window.unsent }), tone: 'warning' })
  if (window.state === 'serving' && window.awayAt) signs.push({ key: 'idle', text: t('liveDesk.sign.idle', { time: lastsText(secondsSince(window.awayAt, now)) }), tone: 'info' })
  if (window.visits.length > 1) signs.push({ key: 'more', text: t('liveDesk.sign.more', { n: window.visits.length - 1 }), tone: 'neutral' })
  if (window.version && window.version !== own) signs.push({ key: 'version', text: t('liveDesk.sign.version', { version: window.version }), tone: 'neutral' })
  return signs
}

/** Since when the window is in its state: a free one since its last visitor or the sign-in. */
export function sinceOf(window: LiveWindow, totals: LiveDeskTotals | null): string | null {
  if (window.since) return window.since
  const last = totals?.staff.find(({ staffId }) => staffId === window.staffId)?.lastClosedAt ?? null
  if (!last || !window.signedInAt) return last ?? window.signedInAt
  return last > window.signedInAt ? last : window.signedInAt
}
