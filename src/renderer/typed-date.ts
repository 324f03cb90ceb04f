import { parseDate, type LocalDate } from '@shared/domain/dates'

/** «22.11.2026», «22112026», «22.11» and «2211» of the numeric keypad, where the comma stands for the point; the year is today's unless typed. Null: no such day. */
export function typedDate(text: string, today: LocalDate): LocalDate | null {
  const written = text.trim().replace(/[,/\- ]/g, '.').replace(/\.$/, '')
  const match = /^(\d{1,2})\.(\d{1,2})(?:\.(\d{4}|\d{2}))?$/.exec(written) ?? /^(\d{2})(\d{2})(\d{4}|\d{2})?$/.exec(written)
  if (!match) return parseDate(text)
  const [, day = '', month = '', year = today.slice(0, 4)] = match
  return parseDate(`${day.padStart(2, '0')}.${month.padStart(2, '0')}.${year.length === 2 ? `20${year}` : year}`)
}

/** «05032026» becomes «05.03.2026» while it is typed: the point is far from the numeric keypad's digits. */
export function withPoints(text: string): string {
  const match = /^(\d{2})\.?(\d{1,2})\.?(\d{0,4})$/.exec(text)
  // «5.3» has its points already; «05.» is on its way back.
  if (!match || /\.$/.test(text)) return text
  return [match[1], match[2], match[3]].filter(Boolean).join('.')
}
