import { type LocalDate, type Period, addMonthsToPeriod, periodOf } from './dates'
import type { ReadingPolicy } from './meter-dial'

type Window = Pick<ReadingPolicy, 'windowFromDay' | 'windowToDay'>

/**
 * The bill that takes a reading: its own month up to the last day of the window, later the next one. A window over the end of a month
 * (15–3) gives the first days to the month before, unless that is closed.
 */
export function periodCounted(takenOn: LocalDate, { windowFromDay, windowToDay }: Window, closedThrough: Period | null): Period {
  const period = periodOf(takenOn)
  const day = dayOfMonth(takenOn)
  if (windowFromDay <= windowToDay) return day <= windowToDay ? period : addMonthsToPeriod(period, 1)
  const before = addMonthsToPeriod(period, -1)
  return day <= windowToDay && (closedThrough === null || before > closedThrough) ? before : period
}

export function isInReadingWindow(date: LocalDate, { windowFromDay, windowToDay }: Window): boolean {
  const day = dayOfMonth(date)
  return windowFromDay <= windowToDay ? day >= windowFromDay && day <= windowToDay : day >= windowFromDay || day <= windowToDay
}

function dayOfMonth(date: LocalDate): number {
  return Number(date.slice(8))
}
