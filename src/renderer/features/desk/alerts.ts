import type { Card, CardAccount, CardMeter, CardVisit, Contact, Note } from '@shared/contract/desk'
import type { SubscriberRequest } from '@shared/contract/requests'
import { addMonths, daysBetween, fullYears, type LocalDate } from '@shared/domain/dates'

/** What the operator should notice at once. `level` is its colour; the order is the order of urgency. */
export type Alert = { level: 'danger' | 'warning' | 'info'; account: CardAccount | null } & (
  | { kind: 'suspended' }
  | { kind: 'debt'; amount: number }
  /** Meters of one account, the longest expired first. */
  | { kind: 'verificationExpired'; meters: CardMeter[]; until: LocalDate }
  | { kind: 'verificationSoon'; meter: CardMeter; days: number }
  | { kind: 'readingsMissing'; meters: CardMeter[] }
  | { kind: 'otherVisit'; visit: CardVisit }
  | { kind: 'minor'; age: number }
  | { kind: 'contactChanged'; contact: Contact; at: string }
  | { kind: 'pinned'; note: Note }
  | { kind: 'requestOverdue'; request: SubscriberRequest }
  | { kind: 'portalBlocked' }
  | { kind: 'passwordExpired' }
  | { kind: 'contactAwaiting'; contact: Contact }
  | { kind: 'emailUnconfirmed' }
  | { kind: 'noEmail' }
  | { kind: 'allClosed' }
  | { kind: 'note'; text: string }
)

/** A verification takes weeks to arrange: earlier than this nobody does anything about it. */
const VERIFICATION_NOTICE_DAYS = 60
/** ПП 354 п. 59–60: without readings the average is billed for three months, then the norm. */
const MONTHS_BILLED_BY_AVERAGE = 3
/** An adult signs for himself (ГК РФ ст. 21). */
const ADULT = 18
/** A visit that another desk left open longer ago was forgotten there: nobody stands at that window any more. */
const VISIT_IS_GOING_ON_MS = 2 * 3_600_000

/**
 * Who stands here and whether another desk serves the same person now; then what ends or spoils the service; then what colleagues and
 * the day's changes say; then what only should be arranged.
 */
const URGENCY: Alert['kind'][] = [
  'otherVisit',
  'minor',
  'suspended',
  'verificationExpired',
  'debt',
  'pinned',
  'requestOverdue',
  'contactChanged',
  'portalBlocked',
  'contactAwaiting',
  'emailUnconfirmed',
  'readingsMissing',
  'verificationSoon',
  'passwordExpired',
  'noEmail',
  'allClosed',
  'note',
]

/**
 * Everything to notice about a card, most urgent first. `visitId` is the own visit; another open one is told.
 * `now` as an ISO instant.
 */
export function alertsOf(card: Card, { visitId = null, now = new Date().toISOString() }: { visitId?: number | null; now?: string } = {}): Alert[] {
  const open = card.accounts.filter(({ status }) => status !== 'closed')
  const alerts: Alert[] = [
    ...card.visits.filter((visit) => visit.closedAt === null && visit.id !== visitId && ageOf(visit.openedAt, now) < VISIT_IS_GOING_ON_MS).map((visit): Alert => ({ kind: 'otherVisit', level: 'danger', account: null, visit })),
    ...open.flatMap((account) => accountAlerts(account, card.today)),
    ...personAlerts(card),
    ...card.notes.map((note): Alert => ({ kind: 'pinned', level: 'warning', account: null, note })),
    ...card.requests.filter(({ isOverdue }) => isOverdue).map((request): Alert => ({ kind: 'requestOverdue', level: 'warning', account: null, request })),
    ...contactAlerts(card, now),
  ]
  return alerts
    .map((alert, index) => ({ alert, index }))
    .sort((left, right) => rank(left.alert) - rank(right.alert) || size(right.alert) - size(left.alert) || left.index - right.index)
    .map(({ alert }) => alert)
}

/** What is owed now in kopecks: the closed period less what came after it. Debt is positive. */
export function owed(account: CardAccount): number {
  return account.balance ? account.balance.closing - account.balance.paidAfter : 0
}

/** Whether the certificate of a meter in use has run out. */
export function isVerificationExpired(meter: CardMeter, today: LocalDate): boolean {
  return meter.verifiedUntil !== null && !meter.removedOn && daysBetween(today, meter.verifiedUntil) < 0
}

function accountAlerts(account: CardAccount, today: LocalDate): Alert[] {
  const alerts: Alert[] = []
  if (account.status === 'suspended') alerts.push({ kind: 'suspended', level: 'danger', account })
  if (owed(account) > 0 && hadOpeningDebt(account)) alerts.push({ kind: 'debt', level: 'danger', account, amount: owed(account) })
  alerts.push(...meterAlerts(account, today))
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

function meterAlerts(account: CardAccount, today: LocalDate): Alert[] {
  const alerts: Alert[] = []
  const inUse = account.meters.filter(({ removedOn }) => !removedOn)
  const expired = inUse.filter((meter) => isVerificationExpired(meter, today)).sort((left, right) => (left.verifiedUntil ?? '').localeCompare(right.verifiedUntil ?? ''))
  const until = expired[0]?.verifiedUntil
  if (until) alerts.push({ kind: 'verificationExpired', level: 'danger', account, meters: expired, until })
  for (const meter of inUse) {
    const days = meter.verifiedUntil === null ? -1 : daysBetween(today, meter.verifiedUntil)
    if (days >= 0 && days <= VERIFICATION_NOTICE_DAYS) alerts.push({ kind: 'verificationSoon', level: 'info', account, meter, days })
  }
  // Heat is read once a season or by the house: its silence means nothing.
  const silent = inUse.filter(({ service, lastReading }) => service !== 'heat' && lastReading !== null && addMonths(lastReading.takenOn, MONTHS_BILLED_BY_AVERAGE) < today)
  if (silent.length > 0) alerts.push({ kind: 'readingsMissing', level: 'info', account, meters: silent })
  return alerts
}

function personAlerts({ subscriber, accounts, today }: Card): Alert[] {
  const alerts: Alert[] = []
  const age = subscriber.kind === 'person' && subscriber.birthDate ? fullYears(subscriber.birthDate, today) : ADULT
  if (age < ADULT) alerts.push({ kind: 'minor', level: 'danger', account: null, age })
  if (accounts.length > 0 && accounts.every(({ status }) => status === 'closed')) alerts.push({ kind: 'allClosed', level: 'info', account: null })
  if (subscriber.contactNote) alerts.push({ kind: 'note', level: 'info', account: null, text: subscriber.contactNote })
  return alerts
}

/** A change that can still be taken back is a fresh one. */
function contactAlerts({ contacts }: Card, now: string): Alert[] {
  const email = contacts.find(({ kind, purpose, isCurrent }) => kind === 'email' && purpose === 'main' && isCurrent)
  const awaited = contacts.filter(({ awaiting }) => awaiting !== null)
  const alerts = [
    ...contacts.filter(({ isCurrent, purpose, revertUntil }) => isCurrent && purpose === 'main' && revertUntil !== null && ageOf(revertUntil, now) < 0).map((contact): Alert => ({ kind: 'contactChanged', level: 'warning', account: null, contact, at: contact.confirmedAt ?? contact.createdAt })),
    ...awaited.map((contact): Alert => ({ kind: 'contactAwaiting', level: 'warning', account: null, contact })),
  ]
  // What is being confirmed needs no second line; a phone that is not confirmed is the usual thing, registers bring them so.
  if (email?.state === 'unconfirmed' && !awaited.some(({ kind }) => kind === 'email')) alerts.push({ kind: 'emailUnconfirmed', level: 'info', account: null })
  else if (!email && !awaited.some(({ kind }) => kind === 'email')) alerts.push({ kind: 'noEmail', level: 'info', account: null })
  return alerts
}

const ageOf = (instant: string, now: string) => Date.parse(now) - Date.parse(instant)
const rank = (alert: Alert) => URGENCY.indexOf(alert.kind)
/** Among alerts of one kind: the larger debt, the nearer date. */
const size = (alert: Alert) => (alert.kind === 'debt' ? alert.amount : alert.kind === 'verificationSoon' ? -alert.days : 0)
