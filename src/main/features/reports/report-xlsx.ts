import { isNumeric, cellText, type ReportValue } from '@shared/domain/report-text'
import { reportWords, russianTongue } from '@shared/domain/report-words'
import type { Cell, CellObject } from 'write-excel-file/node'
import { titleWithUnit } from './report-csv'
import type { ReportSheet, ReportSheetColumn } from '../../printing/documents/report'

const { about } = reportWords
const strong = { fontWeight: 'bold' } as const

/** Real types: sums in roubles as numbers with the format of money, shares as per cent, durations as time, dates as dates. Texts are marked as such, so that «=1+1» stays what somebody wrote. */
const formats: Partial<Record<ReportSheetColumn['type'], string>> = { count: '#,##0', money: '#,##0.00', share: '0.0%', seconds: '[h]:mm:ss', date: 'dd.mm.yyyy', week: 'dd.mm.yyyy', instant: 'dd.mm.yyyy hh:mm', month: 'mmmm yyyy' }

/** A workbook of two sheets: the table with a frozen heading and totals, and «Об отчёте»: what was asked, how it is counted, from where, by whom and when it was taken. */
export async function reportXlsx(content: ReportSheet): Promise<Buffer> {
  const { columns, rows, totals } = content
  const heading = columns.map(({ title, type }): Cell => ({ type: String, value: type === 'money' ? titleWithUnit(title, type) : title, ...strong, wrap: true, align: isNumeric(type) ? 'right' : 'left', backgroundColor: '#E9EDE8', bottomBorderStyle: 'thin' }))
  const body = rows.map((row) => columns.map((column) => xlsxCell(row[column.key], column, content)))
  const total = totals && columns.map((column, index): Cell => ({ ...(index === 0 ? textCell(about.total) : xlsxCell(totals[column.key], column, content)), ...strong, topBorderStyle: 'thin' }))
  const line = (label: string, value: string): Cell[] => [{ ...textCell(label), ...strong, alignVertical: 'top' }, { ...textCell(value), wrap: true }]
  const notes = [
    [{ ...textCell(content.title), ...strong, fontSize: 14 }],
    ...content.filters.map(({ label, value }) => line(label, value)),
    line(about.rows, String(rows.length)),
    ...(content.cut ? [line('', content.cut)] : []),
    line(about.how, content.how),
    line(about.figures, content.source),
    line(about.watermark, content.mark),
  ]
  const { default: writeExcelFile } = await import('write-excel-file/node')
  return writeExcelFile(
    [
      { sheet: about.sheet, data: [heading, ...body, ...(total ? [total] : [])], columns: columns.map((column) => ({ width: widthOf(column, content) })), stickyRowsCount: 1, ...(columns.length > 6 ? { orientation: 'landscape' as const } : {}) },
      { sheet: about.notes, data: notes, columns: [{ width: 24 }, { width: 90 }] },
    ],
    { fontFamily: 'Calibri', fontSize: 11 },
  ).toBuffer()
}

const textCell = (value: string): CellObject => ({ type: String, value, format: '@' })

function xlsxCell(value: ReportValue | undefined, { type }: ReportSheetColumn, { timeZone }: ReportSheet): CellObject {
  if (value === null || value === undefined) return textCell('')
  const format = formats[type]
  if (typeof value === 'number' && isNumeric(type) && format) {
    return { type: Number, value: type === 'money' ? value / 100 : type === 'seconds' ? value / 86_400 : value, format }
  }
  if (typeof value === 'string' && format) {
    const date = type === 'month' ? `${value}-01` : value
    // The workbook's dates have no zone: what is written is the clock of the office.
    return { type: Date, value: type === 'instant' ? officeClock(date, timeZone) : new Date(`${date}T00:00:00Z`), format }
  }
  return textCell(cellText(value, type, russianTongue(timeZone)))
}

/** The instant whose UTC fields are what the office's clock showed. */
function officeClock(instant: string, timeZone: string): Date {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(new Date(instant))
  return new Date(`${parts.replace(' ', 'T')}Z`)
}

/** In characters: as wide as the longest of the first rows, within reason. */
function widthOf(column: ReportSheetColumn, { rows, timeZone }: ReportSheet): number {
  const cells = rows.slice(0, 200).map((row) => cellText(row[column.key], column.type, russianTongue(timeZone)).length)
  return Math.min(60, Math.max(9, Math.ceil(column.title.length * 0.7), ...cells) + 2)
}
