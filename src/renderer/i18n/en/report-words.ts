import type { ReportWords } from '@shared/domain/report-words'
import audit from './audit'
import common from './common'
import readings from './readings'
import titles from './report-titles'

/** The words of reports as reportWords has them in Russian; not by way of vue-i18n: they hold any sign. */
const words: ReportWords = {
  groups: { visits: 'Visits', readings: 'Readings', access: 'Contacts and portal users', control: 'Looks and safety', documents: 'Documents', billing: 'Debts and verification', exchange: 'Messages and registers' },
  reports: { ...titles.reports },
  columns: { ...titles.columns },
  values: { kind: audit.action, channel: readings.channels, reason: readings.reason, service: common.services, ...titles.values },
  about: {
    total: 'Total',
    takenBy: 'Taken by',
    asOf: 'Figures of',
    replica: 'from a copy of the database, {lag} behind',
    lagUnknown: 'unknown time',
    cut: 'The first {n} rows, totals of all.',
    ofNow: 'today',
    filters: { period: 'Period', officeId: 'Office', provider: 'Provider', staffId: 'Staff', window: 'Window', grain: 'By', days: 'Days', locality: 'Locality', streetName: 'Street', houseName: 'House' },
    grains: { hour: 'hours', weekday: 'weekdays', day: 'days', week: 'weeks', month: 'months' },
    rows: 'Rows',
    how: 'How it is counted',
    figures: 'Source',
    watermark: 'Mark',
    sheet: 'Report',
    notes: 'About',
    page: 'Page {n} of {of}',
    noRows: 'There is no row for this period and these filters.',
    chartOfFirst: 'The chart shows the first {n} rows of the table.',
  },
}
export default words
