import type { SheetMeter } from '@shared/contract/readings'
import { addMonthsToPeriod, periodOf, type LocalDate, type Period } from '@shared/domain/dates'
import { capacity } from '@shared/domain/reading-rules'
import { pastReadings } from '@shared/domain/readings-sheet'

export interface MonthOfUse {
  period: Period
  /** Thousandths of the unit, all zones together; null: no readings to tell it by. */
  used: number | null
}

export const MONTHS_SHOWN = 24

/** Consumption by months for the two years up to a day, oldest first; over a longer silence it is spread evenly. A dial that went back counts as unknown, one that turned over as turned. */
export function monthlyUse(meter: SheetMeter, today: LocalDate, months = MONTHS_SHOWN): MonthOfUse[] {
  const past = pastReadings(meter).sort((left, right) => (left.takenOn < right.takenOn ? -1 : 1))
  const used = new Map<Period, number>()
  past.forEach((reading, index) => {
    const before = past[index - 1]
    const amount = before && usedBetween(meter, before.values, reading.values)
    if (!before || amount === undefined || amount === null) return
    // A silence of many months is no peak of the month that ends it.
    const covered = monthsAfter(before.takenOn, reading.takenOn)
    for (const period of covered) used.set(period, (used.get(period) ?? 0) + Math.round(amount / covered.length))
  })
  const last = periodOf(today)
  return Array.from({ length: months }, (_, index) => addMonthsToPeriod(last, index + 1 - months)).map((period) => ({ period, used: used.get(period) ?? null }))
}

/** The months a reading speaks for: those after the one before it, and its own. */
function monthsAfter(before: LocalDate, takenOn: LocalDate): Period[] {
  const months: Period[] = [periodOf(takenOn)]
  for (let period = addMonthsToPeriod(periodOf(takenOn), -1); period > periodOf(before); period = addMonthsToPeriod(period, -1)) months.push(period)
  return months
}

/** Thousandths used between two readings, turned over where the dial must have turned, times the ratio; null when the dial only went back. */
export function usedBetween(meter: SheetMeter, before: readonly number[], after: readonly number[]): number | null {
  const differences = after.map((value, zone) => {
    const from = before[zone] ?? 0
    if (value >= from) return value - from
    return from >= capacity(meter) * 0.9 ? value + capacity(meter) - from : null
  })
  if (differences.some((difference) => difference === null)) return null
  return Math.round(differences.reduce<number>((sum, difference) => sum + (difference ?? 0), 0) * meter.ratio)
}
