import { harmless, quoted } from '@shared/domain/csv-cell'
import { cellText, isNumeric, type ReportValue } from '@shared/domain/report-text'
import { reportWords, russianTongue } from '@shared/domain/report-words'
import type { ReportSheet, ReportSheetColumn } from '../../printing/documents/report'

/**
 * A report as CSV for Excel in Russian: UTF-8 with a mark of order, semicolons, decimal commas, dates ДД.ММ.ГГГГ. Lines: title, filters, source, who took it; an empty one; headings;
 * rows; totals. Numbers carry no group spaces and no currency. A text that a spreadsheet could take for a formula is preceded by an apostrophe (OWASP, CSV injection).
 */
export function reportCsv(content: ReportSheet): Buffer {
  const head = [[content.title], ...content.filters.map(({ label, value }) => [label, value]), [content.source], ...(content.cut ? [[content.cut]] : []), [content.mark], []]
  const { columns } = content
  const lines = [
    ...head.map((cells) => cells.map(harmless)),
    columns.map(({ title, type }) => harmless(titleWithUnit(title, type))),
    ...content.rows.map((row) => columns.map((column) => csvCell(row[column.key], column, content))),
    ...(content.totals ? [columns.map((column, index) => (index === 0 ? reportWords.about.total : csvCell(content.totals?.[column.key], column, content)))] : []),
  ]
  return Buffer.from('\ufeff' + lines.map((cells) => cells.map(quoted).join(';')).join('\r\n') + '\r\n', 'utf8')
}

/** «Долг, ₽»: the cells are bare numbers. */
export function titleWithUnit(title: string, type: ReportSheetColumn['type']): string {
  const unit = type === 'money' ? '₽' : type === 'share' ? '%' : type === 'seconds' ? 'с' : null
  return unit ? `${title},\u00a0${unit}` : title
}

function csvCell(value: ReportValue | undefined, { type }: ReportSheetColumn, { timeZone }: ReportSheet): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number' && isNumeric(type)) return plainNumber(type === 'money' ? value / 100 : type === 'share' ? value * 100 : value, type)
  return harmless(cellText(value, type, russianTongue(timeZone)).replaceAll('\u00a0', ' '))
}

function plainNumber(value: number, type: ReportSheetColumn['type']): string {
  return value.toFixed(type === 'money' ? 2 : type === 'share' ? 1 : type === 'seconds' ? 0 : Number.isInteger(value) ? 0 : 2).replace('.', ',')
}
