import { type LocalDate, type Period, addDays, addMonthsToPeriod, lastDay, periodOf } from './dates'
import type { ReadingPolicy } from './meter-dial'
import type { MeteredService } from './provider-profile'

export interface ReadingWindow {
  windowFromDay: number
  /** A window whose last day is before its first one runs over the end of the month (25–5). */
  windowToDay: number
  /** Days after the window an operator may still count a reading to its period. */
  graceDays?: number | undefined
}

/** The window of a service: the provider's own for it, or the one for all. */
export function windowOf(policy: Pick<ReadingPolicy, 'windowFromDay' | 'windowToDay' | 'graceDays' | 'windows'>, service: MeteredService): Required<ReadingWindow> & { graceDays: number } {
  const own = policy.windows?.find((window) => window.service === service)
  return own
    ? { windowFromDay: own.fromDay, windowToDay: own.toDay, graceDays: own.graceDays ?? 0 }
    : { windowFromDay: policy.windowFromDay, windowToDay: policy.windowToDay, graceDays: policy.graceDays ?? 0 }
}

/** The last day a reading is counted to a period, grace included. */
export function lastDayCounted(period: Period, { windowFromDay, windowToDay, graceDays = 0 }: ReadingWindow): LocalDate {
  const month = windowFromDay <= windowToDay ? period : addMonthsToPeriod(period, 1)
  const last = lastDay(month)
  const day = `${month}-${String(windowToDay).padStart(2, '0')}`
  return addDays(day < last ? day : last, graceDays)
}

/** The earliest period that still takes a reading of this day, whatever is closed. */
export function naturalPeriod(takenOn: LocalDate, window: ReadingWindow): Period {
  let period = addMonthsToPeriod(periodOf(takenOn), -2)
  while (lastDayCounted(period, window) < takenOn) period = addMonthsToPeriod(period, 1)
  return period
}

/** The days whose readings count to a period, whatever is closed. */
export function daysCounted(period: Period, window: ReadingWindow): { from: LocalDate; to: LocalDate } {
  return { from: addDays(lastDayCounted(addMonthsToPeriod(period, -1), window), 1), to: lastDayCounted(period, window) }
}

/**
 * The bill that takes a reading: the earliest one whose window (and grace) is not over on its day. What belongs to a closed period counts for
 * the first one that is open (ПП 354 п. 61; practice of domain.md §3.1).
 */
export function periodCounted(takenOn: LocalDate, window: ReadingWindow, closedThrough: Period | null): Period {
  const period = naturalPeriod(takenOn, window)
  return closedThrough !== null && period <= closedThrough ? addMonthsToPeriod(closedThrough, 1) : period
}

export function isInReadingWindow(date: LocalDate, { windowFromDay, windowToDay }: ReadingWindow): boolean {
  const day = Number(date.slice(8))
  // The window of a month that has no 31st ends with the month.
  const to = windowToDay >= Number(lastDay(periodOf(date)).slice(8)) ? 31 : windowToDay
  return windowFromDay <= windowToDay ? day >= windowFromDay && day <= to : day >= windowFromDay || day <= windowToDay
}

