import { type LocalDate, addDays, daysBetween } from './dates'
import { divideRounded } from './decimal'
import type { Kopecks } from './money'

export interface PenaltyInput {
  debt: Kopecks
  /** Last day to pay without пени. */
  deadline: LocalDate
  /** The day of payment itself counts («по день фактической оплаты»). */
  paidOn: LocalDate
  /** Key rate in hundredths of a per cent: 950 is 9,5 %. Dated data: until 01.01.2027 the lower of 9,5 % and the current rate. */
  rateBasisPoints: number
  /** Взносы на капитальный ремонт grow at 1/300 only (ст. 155 ч. 14.1). */
  isCapitalRepair?: boolean
}

export interface PenaltyDays {
  /** Days 31 to 90 after the deadline, at 1/300 of the rate. */
  daysAt300: number
  /** Days from 91, at 1/130 of the rate. */
  daysAt130: number
}

export interface Penalty extends PenaltyDays {
  amount: Kopecks
  daysOverdue: number
}

/** Пени of a household by ЖК РФ ст. 155 ч. 14: nothing for 30 days, computed exactly and rounded once. No пени on пени. */
export function penalty({ debt, deadline, paidOn, rateBasisPoints, isCapitalRepair = false }: PenaltyInput): Penalty {
  const days = penaltyDays(deadline, addDays(deadline, 1), paidOn, isCapitalRepair)
  return { amount: penaltySum([{ debt, ...days }], rateBasisPoints), daysOverdue: Math.max(0, daysBetween(deadline, paidOn)), ...days }
}

/** How many days from `first` to `last`, both counted, cost пени, and at which share of the rate. */
export function penaltyDays(deadline: LocalDate, first: LocalDate, last: LocalDate, isCapitalRepair: boolean): PenaltyDays {
  const from = Math.max(1, daysBetween(deadline, first))
  const to = daysBetween(deadline, last)
  const within = (least: number, most: number) => Math.max(0, Math.min(to, most) - Math.max(from, least) + 1)
  return isCapitalRepair ? { daysAt300: within(31, Infinity), daysAt130: 0 } : { daysAt300: within(31, 90), daysAt130: within(91, Infinity) }
}

/** Sum of debts that stood for so many days, rounded once: Σ D·R/100·(n₃₀₀/300 + n₁₃₀/130). */
export function penaltySum(debts: readonly (PenaltyDays & { debt: Kopecks })[], rateBasisPoints: number): Kopecks {
  const numerator = debts.reduce((sum, { debt, daysAt300, daysAt130 }) => sum + (debt <= 0 ? 0n : BigInt(debt) * BigInt(daysAt300 * 130 + daysAt130 * 300)), 0n)
  return Number(divideRounded(numerator * BigInt(rateBasisPoints), 10_000n * 39_000n))
}
