import { addMonthsToPeriod, firstDay, lastDay, paymentDeadline, periodOf, type LocalDate, type Period } from './dates'
import type { Kopecks } from './money'
import { COURT_COSTS } from './payment-document'
import { penaltyDays, penaltySum } from './penalty'

/** Взносы на капитальный ремонт have a rate of their own (ЖК РФ ст. 155 ч. 14.1). */
const CAPITAL_REPAIR = 'capital_repair'

export interface SettledRow {
  period: Period
  service: string
  opening: Kopecks
  accrued: Kopecks
  recalculated: Kopecks
  benefit: Kopecks
  penalty: Kopecks
  paid: Kopecks
}

export interface PenaltyFacts {
  /** Every month the office knows, in order, up to the one asked about. */
  rows: readonly SettledRow[]
  payments: readonly { paidOn: LocalDate; amount: Kopecks }[]
  penaltyRates: readonly { since: LocalDate; until: LocalDate | null; basisPoints: number }[]
  payerKind: 'person' | 'organisation' | 'entrepreneur'
  provider: { kind: 'utility' | 'internet' }
}

export interface PenaltyLine {
  /** The month the debt is for; null: the balance with which the known history begins. */
  period: Period | null
  capitalRepair: boolean
  /** What of it was still owed when its days of this month began. */
  debt: Kopecks
  deadline: LocalDate
  daysAt300: number
  daysAt130: number
  amount: Kopecks
}

export interface PenaltyReckoning {
  period: Period
  billed: Kopecks
  reckoned: Kopecks | null
  why: 'organisation' | 'noRate' | 'internet' | null
  rateBasisPoints: number | null
  lines: PenaltyLine[]
}

interface Debt {
  period: Period | null
  deadline: LocalDate
  /** Пени of before are owed too, but no пени grow on пени. */
  grows: boolean
  left: Kopecks
  settled: { amount: Kopecks; on: LocalDate }[]
}

/**
 * How the пени of a month come about by ЖК РФ ст. 155 ч. 14: debts month by month, the oldest settled first, the days of this month that are past the thirtieth.
 * An explanation beside billing's figure and never instead of it: billing knows agreements, postponements and dates that Okno does not.
 */
export function penaltyOf(facts: PenaltyFacts, period: Period): PenaltyReckoning {
  const billed = facts.rows.reduce((sum, row) => sum + (row.period === period ? row.penalty : 0), 0)
  const last = lastDay(period)
  const rate = facts.penaltyRates.find(({ since, until }) => since <= last && (until === null || last <= until))
  const why = facts.provider.kind === 'internet' ? 'internet' : facts.payerKind === 'organisation' ? 'organisation' : rate ? null : 'noRate'
  if (why !== null || !rate) return { period, billed, reckoned: null, why, rateBasisPoints: null, lines: [] }

  const rows = facts.rows.filter((row) => row.period <= period && row.service !== COURT_COSTS)
  const lines = [false, true].flatMap((capitalRepair) =>
    debtsOf(rows.filter(({ service }) => (service === CAPITAL_REPAIR) === capitalRepair), facts, rows).flatMap((debt) => lineOf(debt, period, capitalRepair, rate.basisPoints)),
  )
  return { period, billed, reckoned: lines.reduce((sum, { amount }) => sum + amount, 0), why: null, rateBasisPoints: rate.basisPoints, lines }
}

/** Debts with what was settled of each and when. Billing's `paid` of the services decides how much; the payments say on which days. */
function debtsOf(rows: readonly SettledRow[], { payments }: PenaltyFacts, all: readonly SettledRow[]): Debt[] {
  const debts: Debt[] = []
  let credit = 0
  const owe = (debt: Omit<Debt, 'left' | 'settled'>, amount: Kopecks, on: LocalDate) => {
    if (amount <= 0) return settle(-amount, on)
    const fromCredit = Math.min(credit, amount)
    credit -= fromCredit
    debts.push({ ...debt, left: amount - fromCredit, settled: fromCredit > 0 ? [{ amount: fromCredit, on }] : [] })
  }
  function settle(amount: Kopecks, on: LocalDate) {
    let rest = amount
    for (const debt of debts) {
      const part = Math.min(rest, debt.left)
      if (part <= 0) continue
      debt.left -= part
      debt.settled.push({ amount: part, on })
      rest -= part
    }
    credit += rest
  }

  const months = [...new Set(rows.map(({ period }) => period))].sort()
  const sum = (list: readonly SettledRow[], value: (row: SettledRow) => Kopecks) => list.reduce((total, row) => total + value(row), 0)
  for (const [index, month] of months.entries()) {
    const own = rows.filter((row) => row.period === month)
    if (index === 0) {
      const before = addMonthsToPeriod(month, -1)
      owe({ period: null, deadline: paymentDeadline(before), grows: true }, sum(own, ({ opening }) => opening), firstDay(month))
    }
    const share = { paid: sum(own, ({ paid }) => paid), ofAll: sum(all.filter((row) => row.period === month), ({ paid }) => paid) }
    for (const { amount, on } of dated(share, payments.filter(({ paidOn }) => periodOf(paidOn) === month), month)) settle(amount, on)
    owe({ period: month, deadline: paymentDeadline(month), grows: true }, sum(own, (row) => row.accrued + row.recalculated - row.benefit), lastDay(month))
    owe({ period: month, deadline: paymentDeadline(month), grows: false }, sum(own, ({ penalty }) => penalty), lastDay(month))
  }
  return debts
}

/** Divides what billing counted as paid among the days of the payments; without payments it counts from the first of the month: nobody is blamed for what is not known. */
function dated({ paid, ofAll }: { paid: Kopecks; ofAll: Kopecks }, payments: PenaltyFacts['payments'], month: Period): { amount: Kopecks; on: LocalDate }[] {
  if (paid === 0) return []
  const total = payments.reduce((sum, { amount }) => sum + amount, 0)
  if (total <= 0 || ofAll === 0) return [{ amount: paid, on: firstDay(month) }]
  let rest = paid
  return payments.map(({ paidOn, amount }, index) => {
    const part = index === payments.length - 1 ? rest : Math.round((paid * amount) / total)
    rest -= part
    return { amount: part, on: paidOn }
  })
}

function lineOf({ period: origin, deadline, grows, left, settled }: Debt, period: Period, capitalRepair: boolean, rateBasisPoints: number): PenaltyLine[] {
  if (!grows) return []
  const first = firstDay(period)
  const last = lastDay(period)
  const pieces = [...settled, { amount: left, on: last }]
    .filter(({ amount, on }) => amount > 0 && on >= first)
    .map(({ amount, on }) => ({ debt: amount, ...penaltyDays(deadline, first, on < last ? on : last, capitalRepair) }))
    .filter(({ daysAt300, daysAt130 }) => daysAt300 + daysAt130 > 0)
  if (pieces.length === 0) return []
  const most = (days: (piece: (typeof pieces)[number]) => number) => Math.max(...pieces.map(days))
  return [
    {
      period: origin,
      capitalRepair,
      debt: pieces.reduce((sum, { debt }) => sum + debt, 0),
      deadline,
      daysAt300: most(({ daysAt300 }) => daysAt300),
      daysAt130: most(({ daysAt130 }) => daysAt130),
      amount: penaltySum(pieces, rateBasisPoints),
    },
  ]
}
