import { periodName, type Period } from '@shared/domain/dates'
import { currentLocale } from '@renderer/i18n'

/** «ноябрь 2026 г.» or “November 2026”. */
export function periodText(period: Period): string {
  if (currentLocale() === 'ru') return periodName(period)
  return new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(new Date(`${period}-01T00:00:00Z`))
}
