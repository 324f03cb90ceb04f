import { type LocalDate, daysBetween } from './dates'
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

export interface Penalty {
  amount: Kopecks
  daysOverdue: number
  /** Days 31 to 90, at 1/300 of the rate. */
  daysAt300: number
  /** Days from 91, at 1/130 of the rate. */
  daysAt130: number
}

/** Пени of a household by ЖК РФ ст. 155 ч. 14: nothing for 30 days, computed exactly and rounded once. No пени on пени. */
export function penalty({ debt, deadline, paidOn, rateBasisPoints, isCapitalRepair = false }: PenaltyInput): Penalty {
  const daysOverdue = Math.max(0, daysBetween(deadline, paidOn))
  const afterGrace = Math.max(0, daysOverdue - 30)
  const daysAt300 = isCapitalRepair ? afterGrace : Math.min(60, afterGrace)
  const daysAt130 = afterGrace - daysAt300
  const shares = BigInt(daysAt300 * 130 + daysAt130 * 300)
  const amount = debt <= 0 ? 0n : divideRounded(BigInt(debt) * BigInt(rateBasisPoints) * shares, 10_000n * 39_000n)
  return { amount: Number(amount), daysOverdue, daysAt300, daysAt130 }
}
