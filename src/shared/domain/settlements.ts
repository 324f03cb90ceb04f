import { addMonthsToPeriod, firstDay, lastDay, periodOf, type LocalDate, type Period } from './dates'
import type { Kopecks } from './money'

/** One service in one month, as billing settled it. */
export interface SettlementRow {
  period: Period
  service: string
  name: string
  opening: Kopecks
  accrued: Kopecks
  recalculated: Kopecks
  benefit: Kopecks
  penalty: Kopecks
  paid: Kopecks
  closing: Kopecks
}

export interface SettlementFacts {
  from: Period
  to: Period
  /** The last month billing has charged; payments after it are known, charges not yet. */
  chargedThrough: Period | null
  rows: readonly SettlementRow[]
  payments: readonly { paidOn: LocalDate; amount: Kopecks; channel: string | null }[]
}

/** A line of a statement. A charge raises the balance, a payment lowers it; the balance after it is what was owed (positive) or paid in advance. */
export type SettlementLine = { on: LocalDate; balance: Kopecks } & (
  | { kind: 'charge'; period: Period; amount: Kopecks; rows: SettlementRow[] }
  | { kind: 'payment'; amount: Kopecks; channel: string | null }
  /** What billing counts otherwise than the payments known here, or than its own rows: its figures are the ones in force. */
  | { kind: 'difference'; period: Period; amount: Kopecks }
)

export interface Settlement {
  opening: Kopecks
  /** Sums of the lines. */
  accrued: Kopecks
  paid: Kopecks
  difference: Kopecks
  closing: Kopecks
  lines: SettlementLine[]
}

/**
 * A statement of settlements with a running balance: payments on their days, the charges of a month on its last day, after which the balance is billing's closing one
 * (a line of difference says so where payments and billing disagree). opening + accrued − paid + difference = closing, always.
 */
export function settlementOf({ from, to, rows, payments }: SettlementFacts): Settlement {
  const sum = (list: readonly SettlementRow[], value: (row: SettlementRow) => Kopecks) => list.reduce((total, row) => total + value(row), 0)
  const ofMonth = (period: Period) => rows.filter((row) => row.period === period)
  const first = rows.filter((row) => row.period >= from).reduce<Period | null>((least, { period }) => (least === null || period < least ? period : least), null)
  const lines: SettlementLine[] = []
  let balance = first === null ? 0 : sum(ofMonth(first), ({ opening }) => opening)
  const opening = balance

  for (let period = from; period <= to; period = addMonthsToPeriod(period, 1)) {
    for (const { paidOn, amount, channel } of payments.filter((one) => periodOf(one.paidOn) === period)) {
      balance -= amount
      lines.push({ kind: 'payment', on: paidOn, amount, channel, balance })
    }
    const month = ofMonth(period)
    if (month.length === 0) continue
    const amount = sum(month, (row) => row.accrued + row.recalculated - row.benefit + row.penalty)
    balance += amount
    lines.push({ kind: 'charge', on: lastDay(period), period, amount, rows: month, balance })
    const closing = sum(month, (row) => row.closing)
    if (closing === balance) continue
    lines.push({ kind: 'difference', on: lastDay(period), period, amount: closing - balance, balance: closing })
    balance = closing
  }
  const total = (kind: SettlementLine['kind']) => lines.reduce((all, line) => all + (line.kind === kind ? line.amount : 0), 0)
  return { opening, accrued: total('charge'), paid: total('payment'), difference: total('difference'), closing: balance, lines }
}

/** Months a statement is usually asked for: the last twelve that are charged, or everything there is when it is less. */
export function usualStatement(periods: readonly Period[]): { from: Period; to: Period } | null {
  const sorted = [...periods].sort()
  const to = sorted.at(-1)
  const least = sorted[0]
  if (to === undefined || least === undefined) return null
  const from = addMonthsToPeriod(to, -11)
  return { from: from < least ? least : from, to }
}

/** First day of a statement and its last one: the end of its last month, or today while that goes on. */
export function statementDays({ from, to }: Pick<SettlementFacts, 'from' | 'to'>, today: LocalDate): { from: LocalDate; to: LocalDate } {
  const end = lastDay(to)
  return { from: firstDay(from), to: today < end ? today : end }
}
