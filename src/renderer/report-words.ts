import { reportWords, type ReportWords } from '@shared/domain/report-words'
import { currentLocale } from './i18n'
import english from './i18n/en/report-words'

/** The words of reports in the language of the screen; paper is always Russian. */
export const reportWordsNow = (): ReportWords => (currentLocale() === 'en' ? english : reportWords)
