import { axisText, type ReportRow, type ReportTongue } from '@shared/domain/report-text'
import { reportWords, russianTongue } from '@shared/domain/report-words'
import { gap, type Block } from '../flow'
import { lineHeight, type Pdf, type TextStyle } from '../pdf'
import type { ReportSheet, ReportSheetColumn } from './report'

const label: TextStyle = { font: 'regular', size: 7.5 }
const name: TextStyle = { font: 'bold', size: 8 }

/** So many bars are read at a glance; the table below holds all. */
const mostBars = 15
const inTime = new Set(['date', 'week', 'month', 'hour', 'weekday', 'time'])

type Patterned = (pdf: Pdf, x: number, y: number, width: number, height: number) => void
/** Told apart without any colour: full, hollow, lines across, lines down, dots, grid. */
const patterns: Patterned[] = [
  (pdf, x, y, width, height) => pdf.fill(x, y, width, height),
  (pdf, x, y, width, height) => pdf.frame(x, y, width, height, 0.6),
  (pdf, x, y, width, height) => {
    pdf.frame(x, y, width, height, 0.5)
    for (let at = y + 1.6; at < y + height - 0.4; at += 1.6) pdf.rule(x, at, x + width, 0.4)
  },
  (pdf, x, y, width, height) => {
    pdf.frame(x, y, width, height, 0.5)
    for (let at = x + 2; at < x + width - 0.3; at += 2) pdf.fill(at, y, 0.4, height)
  },
  (pdf, x, y, width, height) => {
    pdf.frame(x, y, width, height, 0.5)
    for (let down = y + 1.8; down < y + height - 0.6; down += 2.4) for (let at = x + 1.6; at < x + width - 0.6; at += 2.4) pdf.disc(at, down, 0.5)
  },
  (pdf, x, y, width, height) => {
    patterns[2]?.(pdf, x, y, width, height)
    for (let at = x + 2; at < x + width - 0.3; at += 2) pdf.fill(at, y, 0.4, height)
  },
]

interface Drawn {
  pdf: Pdf
  rows: ReportRow[]
  x: ReportSheetColumn
  series: ReportSheetColumn[]
  tongue: ReportTongue
  left: number
  width: number
}

const valueOf = (row: ReportRow, { key }: ReportSheetColumn) => {
  const value = row[key]
  return typeof value === 'number' ? value : 0
}

/** The report's chart as blocks of black and white, named by numbers where there is room; the table below says the same to whoever hears it. Nothing where a picture would say nothing. */
export function chartBlocks(pdf: Pdf, { chart, columns, rows, timeZone }: ReportSheet, left: number, width: number): Block[] {
  const tongue = russianTongue(timeZone)
  const column = (key: string | undefined) => columns.find((one) => one.key === key)
  const x = column(chart?.x)
  const series = (chart?.series ?? []).flatMap((key) => column(key) ?? [])
  if (!chart || !x || series.length === 0 || rows.length < 2 || !rows.some((row) => series.some((one) => valueOf(row, one) > 0))) return []
  const drawn: Drawn = { pdf, rows, x, series, tongue, left, width }
  const y = column(chart.y)
  if (chart.kind === 'heat') return y ? heat(drawn, y) : []
  // By the calendar, whatever order the rows are in on the screen.
  if (inTime.has(x.type)) return series.slice(0, 4).flatMap((one) => upright({ ...drawn, rows: [...rows].sort((a, b) => order(a[x.key], b[x.key])) }, one))
  return lying(drawn)
}

const order = (a: ReportRow[string] | undefined, b: ReportRow[string] | undefined) => (typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : 1)

/** One series over time: columns from left to right, as many labels as there is room for. */
function upright({ pdf, rows, x, tongue, left, width }: Drawn, series: ReportSheetColumn): Block[] {
  const height = 62
  const sums = new Map<string, number>()
  for (const row of rows) sums.set(String(row[x.key]), (sums.get(String(row[x.key])) ?? 0) + valueOf(row, series))
  const points = [...new Map(rows.map((row) => [String(row[x.key]), row])).entries()]
  const most = Math.max(...sums.values())
  if (most <= 0) return []
  const step = Math.min(40, width / points.length)
  const bar = Math.max(step * 0.7, Math.min(step, 0.8))
  const every = Math.ceil(26 / step)
  const foot = lineHeight(name) + 4 + height
  return [
    {
      height: foot + lineHeight(label) + 8,
      draw(top) {
        pdf.tag('P', () => pdf.lines([series.title], left, top, name))
        pdf.artifact(() => {
          for (const [index, [key]] of points.entries()) {
            const tall = ((sums.get(key) ?? 0) * (height - lineHeight(label))) / most
            if (tall > 0) pdf.fill(left + index * step, top + foot - tall, bar, tall)
          }
          pdf.rule(left, top + foot, left + points.length * step, 0.6)
        })
        pdf.tag('P', () => {
          for (const [index, [key, row]] of points.entries()) {
            const value = sums.get(key) ?? 0
            // A peak is named by its number; with room enough every column is.
            if (value > 0 && (step >= 22 || value === most)) {
              const tall = (value * (height - lineHeight(label))) / most
              pdf.lines([axisText(value, series.type, tongue)], left + index * step + bar / 2 - 20, top + foot - tall - lineHeight(label), label, { to: 'center', width: 40 })
            }
            if (index % every === 0) pdf.lines([axisText(row[x.key], x.type, tongue)], left + index * step + bar / 2 - 20, top + foot + 2, label, { to: 'center', width: 40 })
          }
        })
      },
    },
  ]
}

/** Bars lying one under another, several series end to end, each with its pattern and its name above. */
function lying({ pdf, rows, x, series, tongue, left, width }: Drawn): Block[] {
  const sums = new Map<string, { row: ReportRow; values: number[] }>()
  for (const row of rows) {
    const key = String(row[x.key])
    const known = sums.get(key) ?? { row, values: series.map(() => 0) }
    known.values = known.values.map((value, index) => value + (series[index] ? Math.max(0, valueOf(row, series[index])) : 0))
    sums.set(key, known)
  }
  const all = [...sums.values()]
  const bars = all.slice(0, mostBars)
  const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0)
  const most = Math.max(...bars.map(({ values }) => total(values)))
  if (most <= 0) return []
  const names = Math.min(width * 0.32, Math.max(...bars.map(({ row }) => pdf.width(axisText(row[x.key], x.type, tongue), label))) + 6)
  const numbers = 46
  const room = width - names - numbers
  const type = series[0]?.type ?? 'count'
  const legend: Block[] = series.length === 1
    ? [{ height: lineHeight(name) + 3, keepWithNext: true, draw: (top) => pdf.tag('P', () => pdf.lines([series[0]?.title ?? ''], left, top, name)) }]
    : legendLines(pdf, series, left, width)
  return [
    ...legend,
    ...bars.map(({ row, values }, index): Block => ({
      height: 12,
      keepWithNext: index < bars.length - 1 && index < 3,
      draw(top) {
        const words = pdf.wrap(axisText(row[x.key], x.type, tongue), label, names - 4)[0] ?? ''
        pdf.tag('P', () => {
          pdf.lines([words], left, top + 1, label)
          pdf.lines([axisText(total(values), type, tongue)], left + names + (total(values) * room) / most + 3, top + 1, label)
        })
        pdf.artifact(() => {
          let at = left + names
          for (const [place, value] of values.entries()) {
            const wide = (value * room) / most
            if (wide >= 0.4) patterns[place % patterns.length]?.(pdf, at, top + 1.5, wide, 8)
            at += wide
          }
        })
      },
    })),
    ...(all.length > mostBars ? [note(pdf, reportWords.about.chartOfFirst.replace('{n}', String(mostBars)), left)] : []),
    gap(8),
  ]
}

function legendLines(pdf: Pdf, series: ReportSheetColumn[], left: number, width: number): Block[] {
  const lines: { column: ReportSheetColumn; index: number; at: number }[][] = [[]]
  let at = 0
  for (const [index, column] of series.entries()) {
    const wide = 18 + pdf.width(column.title, label) + 12
    if (at + wide > width && at > 0) {
      lines.push([])
      at = 0
    }
    lines.at(-1)?.push({ column, index, at })
    at += wide
  }
  return lines.map((line) => ({
    height: 12,
    keepWithNext: true,
    draw(top) {
      pdf.artifact(() => line.forEach((one) => patterns[one.index % patterns.length]?.(pdf, left + one.at, top + 1.5, 14, 7)))
      pdf.tag('P', () => line.forEach((one) => pdf.lines([one.column.title], left + one.at + 18, top + 0.5, label)))
    },
  }))
}

const note = (pdf: Pdf, words: string, left: number): Block => ({ height: lineHeight(label) + 2, draw: (top) => pdf.tag('P', () => pdf.lines([words], left, top + 2, label)) })

/** Hours across, weekdays down: the blacker square is the larger one, so that a copy of a copy still shows it. */
function heat({ pdf, rows, x, series, tongue, left, width }: Drawn, y: ReportSheetColumn): Block[] {
  const [value] = series
  if (!value) return []
  const across = [...new Set(rows.map((row) => row[x.key]))].sort((a, b) => order(a, b))
  const down = [...new Set(rows.map((row) => row[y.key]))].sort((a, b) => order(a, b))
  const most = Math.max(...rows.map((row) => valueOf(row, value)))
  const names = 30
  const side = Math.min(22, (width - names) / across.length)
  const words: Block = {
    height: lineHeight(name) + lineHeight(label) + 4,
    keepWithNext: true,
    draw(top) {
      pdf.tag('P', () => pdf.lines([value.title], left, top, name))
      pdf.tag('P', () => across.forEach((one, index) => pdf.lines([axisText(one, x.type, tongue)], left + names + index * side, top + lineHeight(name) + 2, label, { to: 'center', width: side })))
    },
  }
  return [
    words,
    ...down.map((day, place): Block => ({
      height: side,
      keepWithNext: place < down.length - 1,
      draw(top) {
        pdf.tag('P', () => pdf.lines([axisText(day, y.type, tongue)], left, top + side / 2 - 5, label))
        pdf.artifact(() => {
          for (const [index, hour] of across.entries()) {
            const cell = rows.find((row) => row[x.key] === hour && row[y.key] === day)
            const part = cell ? Math.sqrt(valueOf(cell, value) / most) * (side - 2) : 0
            if (part > 0.3) pdf.fill(left + names + index * side + (side - part) / 2, top + (side - part) / 2, part, part)
          }
        })
      },
    })),
    gap(8),
  ]
}
