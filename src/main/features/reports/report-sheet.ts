import { formatDate } from '@shared/domain/dates'
import type { ReportEntry, ReportFilters } from '@shared/domain/report-entry'
import { cellText, typeOf, type ReportRow, type ReportTongue } from '@shared/domain/report-text'
import { reportWords, russianTongue } from '@shared/domain/report-words'
import type { ReportSheet } from '../../printing/documents/report'

/** What the database says about a report that leaves the screen. */
export interface ReportIssue {
  staffName: string
  office: string
  timeZone: string
  /** ISO instant. */
  madeAt: string
  /** By which the journal finds it: the beginning of the operation's id. */
  number: string
  /** Names of the office, the provider and the member of staff the report was narrowed to. */
  names: Partial<Record<string, string>>
}

/** What was counted. */
export interface ReportFigures {
  rows: ReportRow[]
  totals: ReportRow | null
  /** ISO instant the figures are of. */
  asOf: string
  source: 'primary' | 'replica'
  lagSeconds: number | null
}

const { about } = reportWords

/** Puts figures, what was asked and who asks into one thing to be written. Rows are in the order given. */
export function reportSheet(code: string, entry: ReportEntry, filters: ReportFilters, { rows, totals, asOf, source, lagSeconds }: ReportFigures, issue: ReportIssue): ReportSheet {
  const tongue = russianTongue(issue.timeZone)
  const grain = filters.grain ?? entry.grains?.[0]
  const words = reportWords.reports[code] ?? { title: code, how: '' }
  const time = (instant: string) => cellText(instant, 'instant', tongue)
  return {
    title: words.title,
    how: words.how,
    filters: filterLines(entry, filters, issue, tongue),
    columns: entry.columns.map((column) => ({ key: column.key, title: reportWords.columns[column.key] ?? column.key, type: typeOf(column, grain) })),
    rows,
    totals,
    chart: entry.chart,
    cut: entry.limit && rows.length >= entry.limit ? about.cut.replace('{n}', String(entry.limit)) : null,
    source: [`${about.asOf} ${time(asOf)}`, source === 'replica' ? about.replica.replace('{lag}', lagSeconds === null ? about.lagUnknown : cellText(lagSeconds, 'seconds', tongue)) : null].filter(Boolean).join(', '),
    mark: `${about.takenBy}: ${issue.staffName}, ${issue.office}, ${time(issue.madeAt)}, № ${issue.number}`,
    madeAt: issue.madeAt,
    timeZone: issue.timeZone,
  }
}

function filterLines(entry: ReportEntry, filters: ReportFilters, { names }: ReportIssue, tongue: ReportTongue): ReportSheet['filters'] {
  const { from, to, ...rest } = filters
  const lines: ReportSheet['filters'] = []
  if (from && to) lines.push({ label: about.filters['period'] ?? 'period', value: from === to ? formatDate(from) : `${formatDate(from)}–${formatDate(to)}` })
  for (const [key, value] of Object.entries(rest)) {
    if (value === undefined) continue
    if (key === 'grain') lines.push({ label: about.filters['grain'] ?? key, value: about.grains[String(value)] ?? String(value) })
    else {
      const column = entry.columns.find((one) => one.key === key)
      const code = typeof value === 'string' && column === undefined ? wordAnywhere(key, value) : undefined
      lines.push({ label: about.filters[key] ?? reportWords.columns[key] ?? key, value: names[key] ?? code ?? cellText(value, column?.type ?? 'text', tongue) })
    }
  }
  if (lines.length === 0 || (entry.ofNow && !from)) lines.unshift({ label: about.filters['period'] ?? 'period', value: about.ofNow })
  return lines
}

/** The word of a code a drill-down was narrowed by that is no column of this report. */
function wordAnywhere(key: string, value: string): string | undefined {
  return (reportWords.values[key] ?? {})[value.replaceAll('.', '_')]
}
