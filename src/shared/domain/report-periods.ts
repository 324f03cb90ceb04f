import { addDays, addMonths, daysBetween, firstDay, lastDay, periodOf, weekday, type LocalDate } from './dates'

/** Days a report is about, both of them in it. */
export interface DayRange {
  from: LocalDate
  to: LocalDate
}

export const periodPresets = ['today', 'yesterday', 'week', 'month', 'quarter', 'year'] as const
export type PeriodPreset = (typeof periodPresets)[number]

/** The days of a preset; week, month, quarter and year are the calendar's, from their first day to today. */
export function rangeOf(preset: PeriodPreset, today: LocalDate): DayRange {
  if (preset === 'today') return { from: today, to: today }
  if (preset === 'yesterday') return { from: addDays(today, -1), to: addDays(today, -1) }
  if (preset === 'week') return { from: addDays(today, 1 - weekday(today)), to: today }
  if (preset === 'month') return { from: firstDay(periodOf(today)), to: today }
  if (preset === 'year') return { from: `${today.slice(0, 4)}-01-01`, to: today }
  const month = Number(today.slice(5, 7))
  return { from: `${today.slice(0, 4)}-${String(month - ((month - 1) % 3)).padStart(2, '0')}-01`, to: today }
}

/**
 * What a range is compared with. From the first of a month: the same days one month earlier, three for a quarter, a year for more of a year than that; whole months
 * with whole months, however long they are. Any other range with as many days right before it.
 */
export function rangeBefore({ from, to }: DayRange): DayRange {
  if (from !== firstDay(periodOf(from))) {
    const days = daysBetween(from, to) + 1
    return { from: addDays(from, -days), to: addDays(from, -1) }
  }
  const months = monthsBetween(from, to) + 1
  const month = Number(from.slice(5, 7))
  const back = months === 1 ? 1 : months <= 3 && month % 3 === 1 ? 3 : months <= 12 && month === 1 ? 12 : months
  const end = addMonths(to, -back)
  return { from: addMonths(from, -back), to: to === lastDay(periodOf(to)) ? lastDay(periodOf(end)) : end }
}

function monthsBetween(from: LocalDate, to: LocalDate): number {
  return (Number(to.slice(0, 4)) - Number(from.slice(0, 4))) * 12 + Number(to.slice(5, 7)) - Number(from.slice(5, 7))
}
