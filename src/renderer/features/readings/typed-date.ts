import { parseDate, type LocalDate } from '@shared/domain/dates'

/** «22.11.2026», «22112026», «22.11» and «2211» of the numeric keypad, where the comma stands for the point; the year is today's unless typed. */
export function typedDate(text: string, today: LocalDate): LocalDate | null {
  const written = text.trim().replace(/[,/\- ]/g, '.').replace(/\.$/, '')
  const match = /^(\d{1,2})\.(\d{1,2})(?:\.(\d{4}|\d{2}))?$/.exec(written) ?? /^(\d{2})(\d{2})(\d{4}|\d{2})?$/.exec(written)
  if (!match) return parseDate(text)
  const [, day = '', month = '', year = today.slice(0, 4)] = match
  return parseDate(`${day.padStart(2, '0')}.${month.padStart(2, '0')}.${year.length === 2 ? `20${year}` : year}`)
}
