import { parseDate, type LocalDate } from '@shared/domain/dates'
import { powerProblem, powerValidUntil, type PowerProblem } from '@shared/domain/identification'

export type PaperProblem = PowerProblem | 'dateMalformed'

export interface PowerOfAttorney {
  date: LocalDate | null
  /** As written; null when the paper names no term. */
  until: LocalDate | null
  /** Until when it is valid: without a term for one year (ГК РФ ст. 186). */
  validUntil: LocalDate | null
  problems: { date?: PaperProblem; until?: PaperProblem }
}

/** Reads the two dates of a power of attorney as they are typed, «05.03.2026», and says what is wrong with them today. */
export function powerOfAttorney(typedOn: string, typedUntil: string, today: LocalDate): PowerOfAttorney {
  const date = parseDate(typedOn)
  const until = typedUntil.trim() ? parseDate(typedUntil) : null
  const problems: PowerOfAttorney['problems'] = {}
  if (typedOn.trim() && !date) problems.date = 'dateMalformed'
  if (typedUntil.trim() && !until) problems.until = 'dateMalformed'
  if (!date || problems.until) return { date, until, validUntil: null, problems }
  const problem = powerProblem({ madeOn: date, until }, today)
  if (problem) problems[problem === 'powerOfAttorneyNotYet' ? 'date' : 'until'] = problem
  return { date, until, validUntil: powerValidUntil(date, until), problems }
}
