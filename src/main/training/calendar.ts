import { addMonths, type LocalDate, type Period } from '@shared/domain/dates'

export const addYears = (date: LocalDate, years: number): LocalDate => addMonths(date, years * 12)

export const dayOf = (period: Period, day: number): LocalDate => `${period}-${String(day).padStart(2, '0')}`
