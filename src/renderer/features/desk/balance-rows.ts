import type { CardAccount, PeriodBalance, ServiceBalance } from '@shared/contract/desk'
import type { Period } from '@shared/domain/dates'

export const amountColumns = ['opening', 'accrued', 'recalculated', 'penalty', 'paid', 'closing'] as const
export type AmountColumn = (typeof amountColumns)[number]

/** A line of the table of settlements: a service of a period, or (`service` null) all of a period together. Amounts in kopecks. */
export interface AmountRow {
  period: Period
  service: string | null
  /** The service's name; null for a sum of the period. */
  name: string | null
  amounts: Record<AmountColumn, number>
}

/** Benefits are taken off what is accrued, as the totals of the periods have it: so every line adds up to its closing sum. */
export function rowsOfServices(period: Period, services: readonly ServiceBalance[], total: PeriodBalance | undefined): AmountRow[] {
  const rows = services.map((service): AmountRow => {
    const { opening, accrued, benefit, recalculated, penalty, paid, closing } = service
    return { period, service: service.service, name: service.name, amounts: { opening, accrued: accrued - benefit, recalculated, penalty, paid, closing } }
  })
  return total ? [...rows, rowOfPeriod(total)] : rows
}

/** Newest first. */
export function rowsOfPeriods(balance: CardAccount['balance']): AmountRow[] {
  return (balance?.periods ?? []).map(rowOfPeriod)
}

/** Corrections and penalties have no column where there are none. */
export function columnsOf(rows: readonly AmountRow[]): AmountColumn[] {
  const isUsual = (column: AmountColumn) => column !== 'recalculated' && column !== 'penalty'
  return amountColumns.filter((column) => isUsual(column) || rows.some(({ amounts }) => amounts[column] !== 0))
}

function rowOfPeriod({ period, opening, accrued, recalculated, penalty, paid, closing }: PeriodBalance): AmountRow {
  return { period, service: null, name: null, amounts: { opening, accrued, recalculated, penalty, paid, closing } }
}
