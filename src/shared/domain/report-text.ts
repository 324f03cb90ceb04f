import { addDays, formatDate, type LocalDate } from './dates'
import { formatAmount } from './money'
import type { Grain, ReportColumn, ReportColumnType } from './report-entry'
import type { ReportWords } from './report-words'

const NBSP = '\u00a0'
const MINUS = '\u2212'

/** What a cell of a report holds; null is «нет данных», never zero. */
export type ReportValue = string | number | null
export type ReportRow = Record<string, ReportValue>

/** In what the words and numbers of cells are written. */
export interface ReportTongue {
  locale: 'ru-RU' | 'en-GB'
  /** Of the office: instants are shown by its clock. */
  timeZone: string
  values: ReportWords['values']
  /** «ч», «мин», «с». */
  units: { hours: string; minutes: string; seconds: string }
}

/** Types whose cells are numbers: right-aligned, sorted by size. */
const numeric = new Set<ReportColumnType>(['count', 'money', 'share', 'seconds'])
export const isNumeric = (type: ReportColumnType): boolean => numeric.has(type)

const momentTypes = { hour: 'hour', weekday: 'weekday', day: 'date', week: 'week', month: 'month' } as const satisfies Record<Grain, ReportColumnType>
/** What the cells of a column are: a moment is what the asked grain makes of it. */
export const typeOf = ({ type }: Pick<ReportColumn, 'type'>, grain: Grain | undefined): ReportColumnType => (type === 'moment' ? momentTypes[grain ?? 'day'] : type)

/**
 * A cell in words. count: whole number; money: kopecks as «1 234,56» (the column's heading names the currency); share: 0…1 as per cent with one digit;
 * seconds: «4 мин 05 с»; month 'YYYY-MM'; week: its Monday; weekday 1…7 from Monday; hour 0…23; any other type with words in `values`: its word.
 */
export function cellText(value: ReportValue | undefined, type: ReportColumnType, tongue: ReportTongue): string {
  if (value === null || value === undefined || value === '') return '—'
  if (typeof value === 'number') return numberText(value, type, tongue)
  if (type === 'date') return formatDate(value)
  if (type === 'instant') return instantOf(value, tongue)
  if (type === 'month') return monthText(value, tongue)
  if (type === 'week') return `${formatDate(value).slice(0, 5)}–${formatDate(addDays(value, 6))}`
  if (type === 'signs') return value.split(' ').map((sign) => wordOf(sign, 'sign', tongue)).join(', ')
  return wordOf(value, type, tongue)
}

const wordOf = (code: string, type: string, { values }: ReportTongue) => values[type]?.[code.replaceAll('.', '_')] ?? code

function numberText(value: number, type: ReportColumnType, tongue: ReportTongue): string {
  if (type === 'money') return formatAmount(value)
  if (type === 'share') return `${digits(value * 100, 1, tongue)}${NBSP}%`
  if (type === 'seconds') return durationText(value, tongue)
  if (type === 'weekday') return weekdayText(value, 'long', tongue)
  if (type === 'hour') return `${two(value)}:00–${two((value + 1) % 24)}:00`
  return digits(value, 0, tongue)
}

const two = (n: number) => String(n).padStart(2, '0')

// Made once for each way of writing: making one takes longer than a thousand numbers.
const numberFormats = new Map<string, Intl.NumberFormat>()
function numbersOf(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options)
  const known = numberFormats.get(key) ?? new Intl.NumberFormat(locale, options)
  numberFormats.set(key, known)
  return known
}
const dateFormats = new Map<string, Intl.DateTimeFormat>()
function datesOf(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options)
  const known = dateFormats.get(key) ?? new Intl.DateTimeFormat(locale, options)
  dateFormats.set(key, known)
  return known
}

/** «1 234,5» with no-break spaces and a real minus. */
function digits(value: number, after: number, { locale }: ReportTongue): string {
  return numbersOf(locale, { minimumFractionDigits: after, maximumFractionDigits: after, useGrouping: true }).format(value).replace(/\s/g, NBSP).replace('-', MINUS)
}

/** «45 с», «4 мин 05 с», «2 ч 07 мин»: two units say enough. */
export function durationText(seconds: number, { units }: Pick<ReportTongue, 'units'>): string {
  const whole = Math.round(Math.abs(seconds))
  const sign = seconds < 0 && whole > 0 ? MINUS : ''
  const part = (...pairs: [string | number, string][]) => sign + pairs.map(([n, unit]) => `${n}${NBSP}${unit}`).join(NBSP)
  if (whole < 60) return part([whole, units.seconds])
  if (whole < 3600) return part([Math.floor(whole / 60), units.minutes], [two(whole % 60), units.seconds])
  return part([Math.floor(whole / 3600), units.hours], [two(Math.floor((whole % 3600) / 60)), units.minutes])
}

/** «ноябрь 2026». */
export function monthText(month: string, { locale }: Pick<ReportTongue, 'locale'>): string {
  const name = datesOf(locale, { month: 'long', timeZone: 'UTC' }).format(new Date(`${month}-01T00:00:00Z`))
  return `${name}${NBSP}${month.slice(0, 4)}`
}

/** «понедельник» or «пн»; 1 is Monday. */
export function weekdayText(day: number, length: 'long' | 'short', { locale }: Pick<ReportTongue, 'locale'>): string {
  // 5 January 1970 was a Monday.
  return datesOf(locale, { weekday: length, timeZone: 'UTC' }).format(new Date((4 + day - 1) * 86_400_000))
}

function instantOf(instant: string, { locale, timeZone }: ReportTongue): string {
  return datesOf(locale, { timeZone, day: '2-digit', month: '2-digit', year: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(instant))
}

/** A cell short enough for an axis or the label of a bar: «12,3 тыс.» for money, «пн», «09», «16.11», «ноя 26». */
export function axisText(value: ReportValue | undefined, type: ReportColumnType, tongue: ReportTongue): string {
  if (value === null || value === undefined) return '—'
  if (typeof value === 'number') {
    if (type === 'weekday') return weekdayText(value, 'short', tongue)
    if (type === 'hour') return two(value)
    if (type === 'money') return numbersOf(tongue.locale, { notation: 'compact', maximumFractionDigits: 1 }).format(value / 100)
    if (type === 'count' && Math.abs(value) >= 100_000) return numbersOf(tongue.locale, { notation: 'compact', maximumFractionDigits: 1 }).format(value)
    return numberText(value, type, tongue)
  }
  if (type === 'date' || type === 'week') return formatDate(value as LocalDate).slice(0, 5)
  if (type === 'month') return `${datesOf(tongue.locale, { month: 'short', timeZone: 'UTC' }).format(new Date(`${value}-01T00:00:00Z`)).replace('.', '')}${NBSP}${value.slice(2, 4)}`
  return cellText(value, type, tongue)
}

/** Rows by one column: numbers by size, words by the alphabet of what is shown, what is not known always last. Equal rows keep their order. */
export function sortRows<Row extends ReportRow>(rows: readonly Row[], { key, type }: { key: string; type: ReportColumnType }, down: boolean, tongue: ReportTongue): Row[] {
  const collator = new Intl.Collator('ru', { numeric: true })
  const isText = (value: ReportValue | undefined): value is string => typeof value === 'string'
  // What is shown decides about codes, what is stored about dates: «01.12» is not before «30.11».
  const shown = (value: string) => (['date', 'instant', 'month', 'week'].includes(type) ? value : cellText(value, type, tongue))
  const words = new Map<string, string>()
  const wordsOf = (value: string) => {
    const known = words.get(value) ?? shown(value)
    words.set(value, known)
    return known
  }
  return [...rows].sort((one, other) => {
    const [a, b] = [one[key] ?? null, other[key] ?? null]
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
    const order = isText(a) || isText(b) ? collator.compare(wordsOf(String(a)), wordsOf(String(b))) : a - b
    return down ? -order : order
  })
}

export const russianUnits = { hours: 'ч', minutes: 'мин', seconds: 'с' }
