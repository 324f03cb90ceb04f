import type { ReportChart, ReportColumnType } from '@shared/domain/report-entry'
import { cellText, isNumeric, type ReportRow } from '@shared/domain/report-text'
import { reportWords, russianTongue } from '@shared/domain/report-words'
import { gap, paginate, paragraph, type Block } from '../flow'
import { a4, lineHeight, mm, openPdf, type Pdf, type TextStyle } from '../pdf'
import { tableBlocks, type Column } from '../table'
import { chartBlocks } from './report-chart'

export interface ReportSheetColumn {
  key: string
  title: string
  type: ReportColumnType
}

/** A report ready to be written as a file or drawn on paper, in Russian words. */
export interface ReportSheet {
  title: string
  /** «Как считается». */
  how: string
  /** «Период», «01.11.2026–22.11.2026». */
  filters: { label: string; value: string }[]
  columns: ReportSheetColumn[]
  /** In the order they are to stand in. */
  rows: ReportRow[]
  totals: ReportRow | null
  chart: ReportChart | null
  /** «Показаны первые 500 строк…», or null. */
  cut: string | null
  /** As of when, and from where. */
  source: string
  /** Who took it out, when, and its number: stands on every page. */
  mark: string
  /** ISO instant. */
  madeAt: string
  /** Of the office: instants are shown by its clock. */
  timeZone: string
}

const margin = { side: 14 * mm, top: 13 * mm, bottom: 12 * mm }
const text: TextStyle = { font: 'regular', size: 9 }
const small: TextStyle = { font: 'regular', size: 8 }
const title: TextStyle = { font: 'bold', size: 15 }
const { about } = reportWords

/** More columns than this lie across the sheet. */
const uprightColumns = 6

/** A report on A4: title, what was asked, chart, table with its heading on every page and the totals, and on every page who took it, when, and «Лист 1 из 3». */
export async function drawReport(sheet: ReportSheet): Promise<Buffer> {
  const paper = sheet.columns.length > uprightColumns ? { width: a4.height, height: a4.width } : a4
  const left = margin.side
  const width = paper.width - 2 * margin.side
  const pdf = openPdf({ title: sheet.title, madeAt: sheet.madeAt, paper })
  const bottom = paper.height - margin.bottom - lineHeight(small) - 4
  const blocks: Block[] = [
    ...heading(pdf, sheet.title, left, width),
    gap(3),
    ...paragraph(pdf, sheet.filters.map(({ label, value }) => `${label}: ${value}`).join('; '), left, width, text),
    ...paragraph(pdf, sheet.source, left, width, text),
    ...(sheet.how ? paragraph(pdf, `${about.how}: ${sheet.how}`, left, width, small) : []),
    ...(sheet.cut ? paragraph(pdf, sheet.cut, left, width, text) : []),
    gap(6),
    ...chartBlocks(pdf, sheet, left, width),
    ...(sheet.rows.length === 0 ? paragraph(pdf, about.noRows, left, width, text) : tableBlocks(pdf, table(pdf, sheet, left, width))),
  ]
  const pages = paginate(blocks, () => ({ top: margin.top, bottom }))
  for (const [index, placed] of pages.entries()) {
    pdf.addPage()
    for (const { top, draw } of placed) draw(top)
    const page = about.page.replace('{n}', String(index + 1)).replace('{of}', String(pages.length))
    pdf.artifact(() => {
      pdf.rule(left, bottom + 3, left + width, 0.4)
      pdf.lines([pdf.wrap(sheet.mark, small, width - 70)[0] ?? ''], left, bottom + 5, small)
      pdf.lines([page], left, bottom + 5, small, { to: 'right', width })
    })
  }
  return pdf.done()
}

function heading(pdf: Pdf, words: string, x: number, width: number): Block[] {
  const lines = pdf.wrap(words, title, width)
  return [{ height: lines.length * lineHeight(title), keepWithNext: true, draw: (top) => pdf.tag('H1', () => pdf.lines(lines, x, top, title)) }]
}

function table(pdf: Pdf, { columns, rows, totals, timeZone }: ReportSheet, x: number, width: number) {
  const tongue = russianTongue(timeZone)
  const size = columns.length > 9 ? 7.5 : 8.5
  const body: TextStyle = { font: 'regular', size }
  const cell = (row: ReportRow, { key, type }: ReportSheetColumn) => cellText(row[key], type, tongue)
  const titled = (column: ReportSheetColumn) => (column.type === 'money' ? `${column.title},\u00a0₽` : column.title)
  const wanted = columns.map((column) => {
    const cells = [...rows.slice(0, 300), ...(totals ? [totals] : [])].map((row) => pdf.width(cell(row, column), body))
    const longestWord = Math.max(...titled(column).split(/[\s-]/).map((word) => pdf.width(word, { font: 'bold', size: Math.min(size, 7.5) })))
    const least = Math.max(longestWord, isNumeric(column.type) ? Math.max(0, ...cells) : 34) + 7
    return { least, most: Math.max(least, ...cells.map((one) => one + 7)) }
  })
  const widths = share(wanted, width)
  const drawn = columns.map((column, index): Column<ReportRow> => ({
    title: titled(column),
    width: widths[index] ?? 0,
    align: isNumeric(column.type) ? 'right' : 'left',
    value: (row) => cell(row, column),
  }))
  const total = totals ? columns.map((column, index) => (index === 0 ? about.total : totals[column.key] === undefined ? '' : cell(totals, column))) : undefined
  return { x, columns: drawn, rows, size, ...(total ? { total } : {}) }
}

/** Every column its least width, what is left over to those whose cells want more; when even the least do not fit, all shrink alike. */
function share(wanted: { least: number; most: number }[], width: number): number[] {
  const least = wanted.reduce((sum, one) => sum + one.least, 0)
  if (least >= width) return wanted.map((one) => (one.least * width) / least)
  const hunger = wanted.reduce((sum, one) => sum + one.most - one.least, 0)
  const part = hunger > 0 ? Math.min(1, (width - least) / hunger) : 0
  return wanted.map((one) => one.least + (one.most - one.least) * part)
}
