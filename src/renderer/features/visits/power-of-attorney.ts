import { addMonths, parseDate, type LocalDate } from '@shared/domain/dates'

export type PowerProblem = 'dateMalformed' | 'dateFuture' | 'expired'

export interface PowerOfAttorney {
  date: LocalDate | null
  /** As written; null when the paper names no term. */
  until: LocalDate | null
  /** Until when it is valid: without a term for one year (ГК РФ ст. 186). */
  validUntil: LocalDate | null
  problems: { date?: PowerProblem; until?: PowerProblem }
}

/** Reads the two dates of a power of attorney as they are typed, «05.03.2026», and says what is wrong with them today. */
export function powerOfAttorney(typedDate: string, typedUntil: string, today: LocalDate): PowerOfAttorney {
  const date = parseDate(typedDate)
  const until = typedUntil.trim() ? parseDate(typedUntil) : null
  const validUntil = until ?? (date ? addMonths(date, 12) : null)
  const problems: PowerOfAttorney['problems'] = {}
  if (typedDate.trim() && !date) problems.date = 'dateMalformed'
  else if (date && date > today) problems.date = 'dateFuture'
  if (typedUntil.trim() && !until) problems.until = 'dateMalformed'
  else if (validUntil && validUntil < today) problems.until = 'expired'
  return { date, until, validUntil, problems }
}

/** «05032026» becomes «05.03.2026» while it is typed: the point is far from the numeric keypad's digits. */
export function typedDate(text: string): string {
  const match = /^(\d{2})\.?(\d{1,2})\.?(\d{0,4})$/.exec(text)
  // «5.3» has its points already; «05.» is on its way back.
  if (!match || /\.$/.test(text)) return text
  return [match[1], match[2], match[3]].filter(Boolean).join('.')
}
