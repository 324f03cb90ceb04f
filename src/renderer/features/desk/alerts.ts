import type { Card, CardAccount, CardMeter } from '@shared/contract/desk'
import { daysBetween, type LocalDate } from '@shared/domain/dates'

/** What the operator should notice at once. `level` is its colour; the order is the order of urgency. */
export type Alert = { level: 'danger' | 'warning' | 'info'; account: CardAccount | null } & (
  | { kind: 'suspended' }
  | { kind: 'debt'; amount: number }
  | { kind: 'verificationExpired'; meter: CardMeter; until: LocalDate }
  | { kind: 'verificationSoon'; meter: CardMeter; days: number }
  | { kind: 'portalBlocked' }
  | { kind: 'passwordExpired' }
  | { kind: 'emailAwaiting' }
  | { kind: 'emailUnconfirmed' }
  | { kind: 'noEmail' }
  | { kind: 'note'; text: string }
)

/** A verification takes weeks to arrange: earlier than this nobody does anything about it. */
const VERIFICATION_NOTICE_DAYS = 60

/** Money owed first after a suspension: both end the service. Then what spoils the next bill, then contacts. */
const URGENCY: Alert['kind'][] = ['suspended', 'debt', 'verificationExpired', 'portalBlocked', 'emailAwaiting', 'verificationSoon', 'passwordExpired', 'emailUnconfirmed', 'noEmail', 'note']

export function alertsOf(card: Card): Alert[] {
  const alerts = [...card.accounts.filter(({ status }) => status !== 'closed').flatMap((account) => accountAlerts(account, card.today)), ...contactAlerts(card)]
  return alerts
    .map((alert, index) => ({ alert, index }))
    .sort((left, right) => rank(left.alert) - rank(right.alert) || size(right.alert) - size(left.alert) || left.index - right.index)
    .map(({ alert }) => alert)
}

/** What is owed now: the closed period less what came after it. Debt is positive. */
export function owed(account: CardAccount): number {
  return account.balance ? account.balance.closing - account.balance.paidAfter : 0
}

function accountAlerts(account: CardAccount, today: LocalDate): Alert[] {
  const alerts: Alert[] = []
  if (account.status === 'suspended') alerts.push({ kind: 'suspended', level: 'danger', account })
  if (owed(account) > 0 && hadOpeningDebt(account)) alerts.push({ kind: 'debt', level: 'danger', account, amount: owed(account) })
  for (const meter of account.meters) alerts.push(...verificationAlerts(meter, account, today))
  const user = account.portalUser
  if (user?.state === 'blocked') alerts.push({ kind: 'portalBlocked', level: 'warning', account })
  if (user?.passwordExpiresAt && user.passwordExpiresAt.slice(0, 10) < today) alerts.push({ kind: 'passwordExpired', level: 'info', account })
  return alerts
}

/** A bill that has just been made is not a debt: something of an earlier period must be left unpaid. */
function hadOpeningDebt(account: CardAccount): boolean {
  const { services = [], paidAfter = 0 } = account.balance ?? {}
  const opening = services.reduce((sum, service) => sum + service.opening, 0)
  const paid = services.reduce((sum, service) => sum + service.paid, 0)
  return opening - paid - paidAfter > 0
}

function verificationAlerts(meter: CardMeter, account: CardAccount, today: LocalDate): Alert[] {
  if (!meter.verifiedUntil || meter.removedOn) return []
  const days = daysBetween(today, meter.verifiedUntil)
  if (days < 0) return [{ kind: 'verificationExpired', level: 'warning', account, meter, until: meter.verifiedUntil }]
  return days <= VERIFICATION_NOTICE_DAYS ? [{ kind: 'verificationSoon', level: 'info', account, meter, days }] : []
}

function contactAlerts({ contacts, subscriber }: Card): Alert[] {
  const alerts: Alert[] = []
  const emails = contacts.filter(({ kind }) => kind === 'email')
  const current = emails.find(({ isCurrent }) => isCurrent)
  if (emails.some(({ state }) => state === 'awaiting')) alerts.push({ kind: 'emailAwaiting', level: 'warning', account: null })
  else if (current?.state === 'unconfirmed') alerts.push({ kind: 'emailUnconfirmed', level: 'info', account: null })
  else if (!current) alerts.push({ kind: 'noEmail', level: 'info', account: null })
  if (subscriber.contactNote) alerts.push({ kind: 'note', level: 'info', account: null, text: subscriber.contactNote })
  return alerts
}

const rank = (alert: Alert) => URGENCY.indexOf(alert.kind)
/** Among alerts of one kind: the larger debt, the nearer date. */
const size = (alert: Alert) => (alert.kind === 'debt' ? alert.amount : alert.kind === 'verificationSoon' ? -alert.days : 0)
