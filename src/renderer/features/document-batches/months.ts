import { addMonthsToPeriod, periodName, type Period } from '@shared/domain/dates'

const thisMonth = (): Period => {
  const now = new Date()
  return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, '0')}`
}

/** The month bills are made for as a rule: the one before this. */
export const lastMonth = (): Period => addMonthsToPeriod(thisMonth(), -1)

/** This month and the year before it, newest first. */
export const months = (): { value: Period; label: string }[] =>
  Array.from({ length: 13 }, (_, index) => addMonthsToPeriod(thisMonth(), -index)).map((value) => ({ value, label: periodName(value) }))
