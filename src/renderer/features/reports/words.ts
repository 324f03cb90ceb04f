import { currentLocale } from '@renderer/i18n'
import { reportWordsNow } from '@renderer/report-words'
import { useSessionStore } from '@renderer/session-store'
import type { ReportColumnType, ReportEntry } from '@shared/domain/report-entry'
import { cellText, russianUnits, type ReportTongue, type ReportValue } from '@shared/domain/report-text'
import { computed } from 'vue'

/** Words and figures of reports in the language of the screen; paper is always Russian. */
export function useReportWords() {
  const session = useSessionStore()
  const words = computed(reportWordsNow)
  const tongue = computed<ReportTongue>(() => ({
    locale: currentLocale() === 'en' ? 'en-GB' : 'ru-RU',
    timeZone: session.staff?.office.timeZone ?? 'Europe/Moscow',
    values: words.value.values,
    units: currentLocale() === 'en' ? { hours: 'h', minutes: 'min', seconds: 's' } : russianUnits,
  }))
  return {
    words,
    tongue,
    titleOf: (code: string) => words.value.reports[code]?.title ?? code,
    howOf: (code: string) => words.value.reports[code]?.how ?? '',
    groupOf: (group: ReportEntry['group']) => words.value.groups[group] ?? group,
    columnOf: (key: string) => words.value.columns[key] ?? key,
    cell: (value: ReportValue | undefined, type: ReportColumnType) => cellText(value, type, tongue.value),
  }
}
