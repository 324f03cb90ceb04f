/** A civil date 'YYYY-MM-DD' without a time zone. Such strings compare correctly with < and >. */
export type LocalDate = string

/** A billing month 'YYYY-MM'. Such strings compare correctly with < and >. */
export type Period = string

const NBSP = '\u00a0'
const EARLIEST_YEAR = 1800
const LATEST_YEAR = 2199
const MONTHS = ['январь', 'февраль', 'март', 'апрель', 'май', 'июнь', 'июль', 'август', 'сентябрь', 'октябрь', 'ноябрь', 'декабрь']
const MONTHS_OF_DAY = ['января', 'февраля', 'марта', 'апреля', 'мая', 'июня', 'июля', 'августа', 'сентября', 'октября', 'ноября', 'декабря']
const WEEKDAYS = ['понедельник', 'вторник', 'среда', 'четверг', 'пятница', 'суббота', 'воскресенье']

/** ФЗ 24.06.2025 № 177-ФЗ: bills for March 2026 and later are due on the 15th, the earlier ones on the 10th. */
const FIRST_PERIOD_DUE_ON_THE_15TH: Period = '2026-03'

/** Reads «22.11.2026» or «2026-11-22»; null for anything else, and for days the calendar does not have. */
export function parseDate(text: string): LocalDate | null {
  const trimmed = text.trim()
  const russian = /^(\d{2})\.(\d{2})\.(\d{4})$/.exec(trimmed)
  if (russian) return realDate(Number(russian[3]), Number(russian[2]), Number(russian[1]))
  const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(trimmed)
  return iso ? realDate(Number(iso[1]), Number(iso[2]), Number(iso[3])) : null
}

export function isLocalDate(text: string): boolean {
  return parseDate(text) === text
}

/** Reads «11.2026» or «2026-11»; null for anything else. */
export function parsePeriod(text: string): Period | null {
  const trimmed = text.trim()
  const russian = /^(\d{2})\.(\d{4})$/.exec(trimmed)
  const iso = /^(\d{4})-(\d{2})$/.exec(trimmed)
  const year = Number(russian?.[2] ?? iso?.[1])
  const month = Number(russian?.[1] ?? iso?.[2])
  return realDate(year, month, 1)?.slice(0, 7) ?? null
}

export function isPeriod(text: string): boolean {
  return parsePeriod(text) === text
}

export function addDays(date: LocalDate, days: number): LocalDate {
  return dateOfDayNumber(dayNumber(date) + days)
}

/** 31 January plus one month is the last day of February. */
export function addMonths(date: LocalDate, months: number): LocalDate {
  const { day } = partsOf(date)
  const period = addMonthsToPeriod(periodOf(date), months)
  return `${period}-${twoDigits(Math.min(day, daysInPeriod(period)))}`
}

/** Days from one date to another: tomorrow is 1, yesterday is -1. */
export function daysBetween(from: LocalDate, to: LocalDate): number {
  return dayNumber(to) - dayNumber(from)
}

/** 1 is Monday, 7 is Sunday. */
export function weekday(date: LocalDate): number {
  // 1 January 1970 was a Thursday.
  return ((((dayNumber(date) + 3) % 7) + 7) % 7) + 1
}

export function weekdayName(date: LocalDate): string {
  return named(WEEKDAYS, weekday(date))
}

export function isWeekday(date: LocalDate): boolean {
  return weekday(date) <= 5
}

export function periodOf(date: LocalDate): Period {
  return date.slice(0, 7)
}

export function addMonthsToPeriod(period: Period, months: number): Period {
  const { year, month } = partsOf(firstDay(period))
  const index = year * 12 + month - 1 + months
  return `${fourDigits(Math.floor(index / 12))}-${twoDigits((((index % 12) + 12) % 12) + 1)}`
}

export function firstDay(period: Period): LocalDate {
  return `${period}-01`
}

export function lastDay(period: Period): LocalDate {
  return `${period}-${twoDigits(daysInPeriod(period))}`
}

export function daysInPeriod(period: Period): number {
  return daysBetween(firstDay(period), firstDay(addMonthsToPeriod(period, 1)))
}

/** «22.11.2026» */
export function formatDate(date: LocalDate): string {
  const [year, month, day] = date.split('-')
  return `${day}.${month}.${year}`
}

/** «22 ноября 2026 г.»; no break inside. */
export function formatDateLong(date: LocalDate): string {
  const { year, month, day } = partsOf(date)
  return [day, named(MONTHS_OF_DAY, month), year, 'г.'].join(NBSP)
}

/** «11.2026» */
export function formatPeriod(period: Period): string {
  const [year, month] = period.split('-')
  return `${month}.${year}`
}

/** «ноябрь 2026 г.»; no break inside. */
export function periodName(period: Period): string {
  const { year, month } = partsOf(firstDay(period))
  return [named(MONTHS, month), year, 'г.'].join(NBSP)
}

/**
 * The last day to pay for a period without пени: the 15th of the next month (the 10th before the bill for March 2026),
 * moved to the next working day by ГК ст. 193. Holidays are known only to the caller's production calendar.
 */
export function paymentDeadline(period: Period, isWorkingDay: (date: LocalDate) => boolean = isWeekday): LocalDate {
  const day = period >= FIRST_PERIOD_DUE_ON_THE_15TH ? '15' : '10'
  let deadline: LocalDate = `${addMonthsToPeriod(period, 1)}-${day}`
  while (!isWorkingDay(deadline)) deadline = addDays(deadline, 1)
  return deadline
}

/** Whole years lived by a date; a birthday on 29 February is kept on 1 March of a common year. */
export function fullYears(born: LocalDate, on: LocalDate): number {
  const years = Number(on.slice(0, 4)) - Number(born.slice(0, 4))
  return on.slice(5) < born.slice(5) ? years - 1 : years
}

function realDate(year: number, month: number, day: number): LocalDate | null {
  if (!(year >= EARLIEST_YEAR && year <= LATEST_YEAR && month >= 1 && month <= 12 && day >= 1 && day <= 31)) return null
  const written = `${fourDigits(year)}-${twoDigits(month)}-${twoDigits(day)}`
  return dateOfDayNumber(dayNumber(written)) === written ? written : null
}

function dayNumber(date: LocalDate): number {
  const { year, month, day } = partsOf(date)
  return Math.round(Date.UTC(year, month - 1, day) / 86_400_000)
}

function dateOfDayNumber(number: number): LocalDate {
  return new Date(number * 86_400_000).toISOString().slice(0, 10)
}

function partsOf(date: LocalDate): { year: number; month: number; day: number } {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date)
  if (!match) throw new RangeError('not a date YYYY-MM-DD')
  return { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) }
}

function named(names: readonly string[], number: number): string {
  const name = names[number - 1]
  if (name === undefined) throw new RangeError('no such month or weekday')
  return name
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}

function fourDigits(number: number): string {
  return String(number).padStart(4, '0')
}
