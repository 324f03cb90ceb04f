import type { ReportEntry } from '@shared/domain/report-entry'
import { cellText, type ReportRow, type ReportTongue } from '@shared/domain/report-text'
import type { ChartColumn } from './chart-options'

export interface TotalLine {
  label: string
  cells: Record<string, string>
  strong: boolean
}

/** The lines below a table: totals and, when compared, those of the period before and how much it changed: numbers by per cent, shares by points. */
export function totalLines(
  entry: Pick<ReportEntry, 'columns'>, columns: readonly ChartColumn[], totals: ReportRow, before: { totals: ReportRow; label: string } | null, tongue: ReportTongue,
  words: { total: string; change: string; noChange: string },
): TotalLine[] {
  const added = columns.filter(({ key }) => entry.columns.some((column) => column.key === key && column.total !== 'none'))
  if (added.length === 0) return []
  const cells = (of: ReportRow) => Object.fromEntries(added.map(({ key, type }) => [key, cellText(of[key], type, tongue)]))
  const lines: TotalLine[] = [{ label: words.total, cells: cells(totals), strong: true }]
  if (before) {
    lines.push({ label: before.label, cells: cells(before.totals), strong: false })
    lines.push({ label: words.change, cells: Object.fromEntries(added.map((column) => [column.key, changeText(totals[column.key], before.totals[column.key], column, tongue, words.noChange)])), strong: false })
  }
  return lines
}

function changeText(now: ReportRow[string] | undefined, before: ReportRow[string] | undefined, { type }: ChartColumn, tongue: ReportTongue, noChange: string): string {
  if (typeof now !== 'number' || typeof before !== 'number') return '—'
  if (now === before) return noChange
  const sign = now > before ? '+' : '\u2212'
  const size = Math.abs(now - before)
  if (type === 'share') return `${sign}${cellText(size, 'share', tongue)}`
  // From nothing there is no per cent: the number itself says it.
  if (before === 0) return `${sign}${cellText(size, type, tongue)}`
  return `${sign}${cellText(size / Math.abs(before), 'share', tongue)}`
}
