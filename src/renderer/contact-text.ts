import type { Card, Contact } from '@shared/contract/desk'
import { t } from './i18n'
import { outboxErrorText } from './outbox-error'
import { dayOf, instantText, timeText } from './text-of'

/** The one that logins and notices use; null when there is none. */
export function mainOf(card: Pick<Card, 'contacts'>, kind: Contact['kind']): Contact | null {
  return card.contacts.find((contact) => contact.kind === kind && contact.isCurrent && contact.purpose === 'main') ?? null
}

/** «подтверждена кодом в офисе», «не подтверждена» */
export function stateText({ kind, state, confirmedHow }: Contact): string {
  const how = state === 'confirmed' && confirmedHow ? t(`contacts.how.${confirmedHow}`) : null
  return [t(`contacts.states.${kind}.${state}`), how].filter(Boolean).join(' ')
}

/** «ждёт подтверждения по ссылке до 23.11.2026, 14:20», of today only the time; what has run out says when. Null: nothing is awaited. */
export function awaitingText({ awaiting }: Contact, now: number, timeZone?: string): string | null {
  if (!awaiting) return null
  const isToday = dayOf(awaiting.expiresAt, timeZone) === dayOf(new Date(now).toISOString(), timeZone)
  const at = isToday ? timeText(awaiting.expiresAt, timeZone) : instantText(awaiting.expiresAt, timeZone)
  return t(`contacts.awaiting.${Date.parse(awaiting.expiresAt) <= now ? 'expired' : awaiting.way}`, { at })
}

/** «Почта», «Почта для счетов», «Телефон, дополнительный»: the main one has no word while it is the only one of its kind. */
export function kindText({ kind, purpose }: Pick<Contact, 'kind' | 'purpose'>, isOnlyOne = false): string {
  return isOnlyOne && purpose === 'main' ? t(`contacts.kinds.${kind}`) : `${t(`contacts.kinds.${kind}`)}, ${t(`contacts.purposes.${kind}.${purpose}`)}`
}

/** «ещё 23 ч», «ещё 40 мин»; null when it is too late. */
export function leftText(until: string | null, now: number): string | null {
  const minutes = until === null ? 0 : Math.ceil((Date.parse(until) - now) / 60_000)
  if (minutes <= 0) return null
  return minutes < 60 ? t('contacts.revert.leftMinutes', { n: minutes }) : t('contacts.revert.left', { n: Math.floor(minutes / 60) })
}

/** Why a code or a link did not arrive, and whether the address itself may be at fault; without a code only that it did not. */
export function notDeliveredText(kind: Contact['kind'], error: string | null): string {
  const isTheirs = error === null || /^(?:smtp5|addressRefused|gatewayRefused)/.test(error)
  return [t(`contacts.code.failed.${kind}`), error && outboxErrorText(error), isTheirs && t(`contacts.code.checkIt.${kind}`)].filter(Boolean).join(' ')
}
