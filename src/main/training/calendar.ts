/** Civil dates are 'YYYY-MM-DD' and periods 'YYYY-MM' strings: they sort as text and know no time zone. */
export function isDate(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false
  const date = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === value
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** The same day in another year; 29 February becomes the 28th. */
export function addYears(date: string, years: number): string {
  const year = String(Number(date.slice(0, 4)) + years).padStart(4, '0')
  return date.slice(5) === '02-29' ? `${year}-02-28` : `${year}${date.slice(4)}`
}

export const periodOf = (date: string): string => date.slice(0, 7)

export function addMonths(period: string, months: number): string {
  const total = Number(period.slice(0, 4)) * 12 + Number(period.slice(5, 7)) - 1 + months
  return `${Math.floor(total / 12)}-${String((total % 12) + 1).padStart(2, '0')}`
}

export const dayOf = (period: string, day: number): string => `${period}-${String(day).padStart(2, '0')}`

export function lastDayOf(period: string): string {
  return addDays(dayOf(addMonths(period, 1), 1), -1)
}

export const monthOf = (period: string): number => Number(period.slice(5, 7))

/** 2026-11-22 → 22.11.2026; an absent date stays empty. */
export const russianDate = (date: string | null): string => (date ? `${date.slice(8, 10)}.${date.slice(5, 7)}.${date.slice(0, 4)}` : '')

/** 2026-11 → 11.2026 */
export const russianPeriod = (period: string): string => `${period.slice(5, 7)}.${period.slice(0, 4)}`
