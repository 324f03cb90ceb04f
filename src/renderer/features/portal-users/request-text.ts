import { plural, t } from '@renderer/i18n'
import { failureWords } from '@renderer/failure-text'
import { instantText } from '@renderer/text-of'
import type { PortalRequest } from '@shared/contract/portal-users'

const minute = 60_000

/** «3 дня», «2 часа», «5 минут»: how long somebody has been waiting. */
export function ageText(since: string, now: string): string {
  const minutes = Math.floor((Date.parse(now) - Date.parse(since)) / minute)
  if (minutes < 1) return t('portalUsers.page.age.now')
  if (minutes < 60) return plural('portalUsers.page.age.minutes', minutes)
  return minutes < 48 * 60 ? plural('portalUsers.page.age.hours', Math.floor(minutes / 60)) : plural('portalUsers.page.age.days', Math.floor(minutes / 60 / 24))
}

export function requestTone({ state, problem }: Pick<PortalRequest, 'state' | 'problem'>): 'neutral' | 'success' | 'warning' | 'danger' | 'info' {
  if (state === 'waiting') return problem ? 'danger' : 'info'
  if (state === 'used' || state === 'confirmed') return 'success'
  return state === 'expired' || state === 'refused' ? 'warning' : 'neutral'
}

/** When it was asked for, sent, until when it counts, how its letter fares, who dealt with it: a line each. */
export function requestLines(request: PortalRequest, timeZone: string | undefined): string[] {
  const at = (instant: string) => instantText(instant, timeZone)
  const { kind, askedAt, askedHow, sentAt, expiresAt, delivery, state, attemptsLeft, staffName, handledAt, refusal } = request
  const counts = state === 'issued' || state === 'waiting'
  const sent = sentAt && t(kind === 'pin' ? 'portalUsers.request.sent' : 'portalUsers.request.letterSent', { at: at(sentAt) })
  return [
    t('portalUsers.request.asked', { at: at(askedAt), how: t(`portalUsers.request.askedHow.${askedHow}`) }),
    [sent, sent && delivery && t(`portalUsers.request.delivery.${delivery}`), sent && counts && expiresAt && t('portalUsers.request.until', { at: at(expiresAt) })].filter(Boolean).join(', '),
    attemptsLeft !== null && attemptsLeft < 5 ? plural('portalUsers.request.attempts', attemptsLeft) : '',
    refusal ? (refusal.text ?? t(`portalUsers.request.refusals.${refusal.reason}`)) : '',
    staffName && handledAt ? t('portalUsers.request.handled', { name: staffName, at: at(handledAt) }) : '',
  ].filter((line) => line !== '')
}

/** What to know before a PIN is sent: why it can't be, whose decision it is, that somebody may have linked what is not theirs. */
export function requestWarnings({ problem, approvalNeeded, loginDiffers }: PortalRequest): string[] {
  return [
    problem ? failureWords({ code: 'conflict', reason: problem }).what : '',
    approvalNeeded ? t('portalUsers.request.approvalNeeded') : '',
    loginDiffers ? t('portalUsers.request.loginDiffers') : '',
  ].filter((line) => line !== '')
}

type Reason = string | null

/** Why the PIN of a request can't be sent the first time; null: it can. */
export function whyNotIssue({ kind, state, isOpen, problem }: PortalRequest): Reason {
  if (kind !== 'pin') return t('portalUsers.request.notPin')
  if (state !== 'waiting') return t(isOpen ? 'portalUsers.request.sentAlready' : 'portalUsers.request.notOpen')
  return problem ? failureWords({ code: 'conflict', reason: problem }).what : null
}

/** Why the PIN or the letter can't be sent again. `now`: the server's clock. */
export function whyNotResend({ kind, state, isOpen, problem, resendsLeft, resendAllowedAt }: PortalRequest, now: string): Reason {
  if (!isOpen) return t('portalUsers.request.notOpen')
  if (kind === 'pin' && state === 'waiting') return t('portalUsers.request.notSent')
  if (problem) return failureWords({ code: 'conflict', reason: problem }).what
  if (resendsLeft === 0) return t('portalUsers.request.noResends')
  return resendAllowedAt && Date.parse(resendAllowedAt) > Date.parse(now) ? t('portalUsers.request.waitResend') : null
}

export function whyNotRefuse({ kind, isOpen }: PortalRequest): Reason {
  if (kind !== 'pin') return t('portalUsers.request.notPin')
  return isOpen ? null : t('portalUsers.request.notOpen')
}
