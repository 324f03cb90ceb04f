import type { Palette } from '@renderer/theme'
import type { ReportChart, ReportColumnType } from '@shared/domain/report-entry'
import { axisText, cellText, type ReportRow, type ReportTongue, type ReportValue } from '@shared/domain/report-text'
import type { EChartsCoreOption } from 'echarts/core'

export interface ChartColumn {
  key: string
  title: string
  type: ReportColumnType
}

export interface ChartSource {
  chart: ReportChart
  columns: readonly ChartColumn[]
  rows: readonly ReportRow[]
}

/** More bars than this are not read at a glance; the table has them all. */
export const mostBars = 15

/** Types that stand in the order of the calendar or the clock, from left to right. */
const inTime = new Set<ReportColumnType>(['date', 'week', 'month', 'hour', 'weekday', 'time', 'instant'])

/** What is to be drawn: points of the first axis in their order, and what each series has there. */
export interface ChartData {
  kind: 'lying' | 'upright' | 'line' | 'heat'
  isStacked: boolean
  x: ChartColumn
  points: ReportValue[]
  series: { column: ChartColumn; values: (number | null)[] }[]
  /** Only of a heat map. */
  y: { column: ChartColumn; points: ReportValue[]; cells: [across: number, down: number, value: number][] } | null
  /** Points left out. */
  rest: number
  /** What the lines are of, where each is somebody's or something's. */
  caption: string | null
}

/** Null where a picture would say nothing: no numbers, or a single point. Rows of one point are added up, but for shares and medians, which can't be. */
export function chartData({ chart, columns, rows }: ChartSource): ChartData | null {
  const column = (key: string | undefined) => columns.find((one) => one.key === key)
  const x = column(chart.x)
  const series = chart.series.flatMap((key) => column(key) ?? [])
  if (!x || series.length === 0) return null
  const found = [...new Set(rows.map((row) => row[x.key] ?? null))].filter((point) => point !== null)
  const isOrdered = inTime.has(x.type)
  if (isOrdered) found.sort((a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : 1))
  const place = (points: readonly (string | number)[], value: ReportValue | undefined) => (value === null || value === undefined ? -1 : points.indexOf(value))
  const y = column(chart.y)
  if (chart.kind === 'heat' && y) {
    const [value] = series
    if (!value) return null
    const down = [...new Set(rows.map((row) => row[y.key] ?? null))].filter((point) => point !== null).sort((a, b) => Number(a) - Number(b))
    const cells = rows.flatMap((row): [number, number, number][] => {
      const [across, below, number] = [place(found, row[x.key]), place(down, row[y.key]), row[value.key]]
      return typeof number === 'number' && across >= 0 && below >= 0 ? [[across, below, number]] : []
    })
    return cells.length > 1 ? { kind: 'heat', isStacked: false, x, points: found, series: [{ column: value, values: [] }], y: { column: y, points: down, cells }, rest: 0, caption: null } : null
  }
  const points = isOrdered ? found : found.slice(0, mostBars)
  if (points.length < 2) return null
  const apart = isOrdered ? bySomething(rows, columns, x, points, series[0]) : null
  const drawn = apart?.series ?? series.map((one) => ({ column: one, values: points.map((point) => valueAt(rows, x, point, one)) }))
  if (!drawn.some(({ values }) => values.some((value) => value !== null && value !== 0))) return null
  const kind = chart.kind === 'line' ? (isOrdered ? 'line' : 'lying') : isOrdered ? 'upright' : 'lying'
  return { kind, isStacked: chart.kind === 'stacked', x, points, series: drawn, y: null, rest: found.length - points.length, caption: apart?.caption ?? null }
}

/** Shares and medians of several rows can't be put together: then the first of them is drawn, a line for each provider, member of staff or whatever the rows are by. */
function bySomething(rows: readonly ReportRow[], columns: readonly ChartColumn[], x: ChartColumn, points: ReportValue[], of: ChartColumn | undefined): { series: ChartData['series']; caption: string } | null {
  const by = columns.find(({ key, type }) => key !== x.key && type === 'text')
  if (!of || !by || (of.type !== 'share' && of.type !== 'seconds') || rows.length === new Set(rows.map((row) => row[x.key])).size) return null
  const names = [...new Set(rows.map((row) => row[by.key] ?? null))].filter((name) => name !== null).slice(0, 6)
  const series = names.map((name) => {
    const own = rows.filter((row) => row[by.key] === name)
    return { column: { ...of, title: String(name) }, values: points.map((point) => valueAt(own, x, point, of)) }
  })
  return { series, caption: of.title }
}

function valueAt(rows: readonly ReportRow[], x: ChartColumn, point: ReportValue, { key, type }: ChartColumn): number | null {
  const values = rows.filter((row) => (row[x.key] ?? null) === point).flatMap((row) => (typeof row[key] === 'number' ? [row[key]] : []))
  if (values.length === 0) return null
  if (type === 'share' || type === 'seconds') return values.length === 1 ? (values[0] ?? null) : null
  return values.reduce((sum, value) => sum + value, 0)
}

/** Colours apart for colour-blind eyes (after Okabe and Ito) on a light and on a dark page; patterns of the decals tell the rest. */
const colours = { light: ['#0b5f57', '#d98600', '#3f7fc4', '#a3261c', '#8a6fb0', '#5c6660'], dark: ['#6ac5b7', '#f0b84a', '#7fb4ea', '#f19d93', '#c3aee8', '#b1bcb7'] }
const symbols = ['circle', 'rect', 'triangle', 'diamond', 'emptyCircle', 'pin']
const dashes = ['solid', 'dashed', 'dotted', [8, 3, 2, 3], [12, 4], [3, 3]]

/** What ECharts draws. Nothing moves when `still`; every series and, where there is room, every bar is named by words, not only by its colour. */
export function chartOption(data: ChartData, { palette, isDark, still, tongue }: { palette: Palette; isDark: boolean; still: boolean; tongue: ReportTongue }): EChartsCoreOption {
  const short = (value: ReportValue | undefined, type: ReportColumnType) => axisText(value, type, tongue)
  const long = (value: ReportValue | undefined, type: ReportColumnType) => cellText(value, type, tongue)
  const text = { color: palette.text2, fontFamily: "'PT Sans', sans-serif", fontSize: 12 }
  const line = { lineStyle: { color: palette.lineStrong } }
  const main = data.series[0]?.column.type ?? 'count'
  const base = {
    animation: !still,
    animationDuration: 250,
    textStyle: { fontFamily: text.fontFamily, color: palette.text },
    color: isDark ? colours.dark : colours.light,
    // The page describes the chart in its own words.
    aria: { enabled: true, label: { enabled: false }, decal: { show: data.kind !== 'line' && data.series.length > 1, decals: decals(isDark) } },
    tooltip: {
      trigger: data.kind === 'heat' ? 'item' : 'axis',
      axisPointer: { type: data.kind === 'line' ? 'line' : 'shadow' },
      backgroundColor: palette.raised,
      borderColor: palette.lineStrong,
      textStyle: { ...text, color: palette.text, fontSize: 13 },
      confine: true,
      renderMode: 'richText',
    },
  }
  const categories = (points: ReportValue[], type: ReportColumnType, more: object = {}) => ({
    type: 'category', data: points.map((point) => short(point, type)), axisTick: { show: false }, axisLine: line, axisLabel: { ...text, hideOverlap: true, ...more },
  })
  const values = { type: 'value', minInterval: main === 'count' ? 1 : 0, splitLine: { lineStyle: { color: palette.line } }, axisLabel: { ...text, formatter: (value: number) => short(value, main) } }

  if (data.kind === 'heat' && data.y) {
    const most = Math.max(1, ...data.y.cells.map(([, , value]) => value))
    const [from, to] = isDark ? [palette.sunken, '#6ac5b7'] : ['#eef3f1', '#0b5f57']
    return {
      ...base,
      tooltip: { ...base.tooltip, formatter: ({ value: [across, down, value] }: { value: [number, number, number] }) => `${long(data.y?.points[down] ?? null, data.y?.column.type ?? 'text')}, ${long(data.points[across] ?? null, data.x.type)}: ${long(value, main)}` },
      grid: { left: 8, right: 8, top: 8, bottom: 4, containLabel: true },
      xAxis: categories(data.points, data.x.type),
      yAxis: { ...categories(data.y.points, data.y.column.type), inverse: true },
      visualMap: { show: false, min: 0, max: most, inRange: { color: [from, to] } },
      series: [{
        type: 'heatmap', name: data.series[0]?.column.title, itemStyle: { borderColor: palette.surface, borderWidth: 1 },
        // A number on a dark cell is light, on a light one dark, in both looks.
        data: data.y.cells.map((value) => ({ value, label: { color: value[2] > most * 0.7 ? (isDark ? '#06201d' : '#ffffff') : palette.text } })),
        label: { show: data.points.length <= 24, formatter: ({ value }: { value: [number, number, number] }) => (value[2] === 0 ? '' : short(value[2], main)), fontSize: 11, fontFamily: text.fontFamily },
      }],
    }
  }
  const tooltip = {
    ...base.tooltip,
    formatter: (parts: { dataIndex: number; seriesIndex: number; value: number | null }[]) => {
      const [first] = parts
      return [long(data.points[first?.dataIndex ?? 0] ?? null, data.x.type), ...parts.map(({ seriesIndex, dataIndex }) => `${data.series[seriesIndex]?.column.title}: ${long(data.series[seriesIndex]?.values[dataIndex] ?? null, data.series[seriesIndex]?.column.type ?? 'count')}`)].join('\n')
    },
  }
  const legend = data.series.length > 1 ? { show: true, top: 0, left: 0, itemWidth: 22, itemHeight: 12, textStyle: { ...text, color: palette.text }, selectedMode: false } : { show: false }
  const top = data.series.length > 1 ? 30 : 10
  // More names would lie over each other; marks and dashes of the legend tell the lines apart.
  const areNamedAtTheEnd = data.series.length > 1 && data.series.length <= 4
  if (data.kind === 'line') {
    return {
      ...base, tooltip, legend,
      grid: { left: 8, right: areNamedAtTheEnd ? 150 : 24, top, bottom: 4, containLabel: true },
      xAxis: { ...categories(data.points, data.x.type), boundaryGap: false },
      yAxis: values,
      series: data.series.map(({ column, values: own }, index) => ({
        type: 'line', name: column.title, data: own, symbol: symbols[index % symbols.length], symbolSize: 7, showSymbol: data.points.length <= 62, lineStyle: { width: 2, type: dashes[index % dashes.length] },
        endLabel: { show: areNamedAtTheEnd, formatter: '{a}', width: 135, overflow: 'truncate', color: palette.text, fontFamily: text.fontFamily, fontSize: 12 },
        labelLayout: { moveOverlap: 'shiftY' },
        emphasis: { disabled: true },
      })),
    }
  }
  const isLying = data.kind === 'lying'
  const points = categories(data.points, data.x.type, isLying ? { width: 230, overflow: 'truncate', hideOverlap: false, interval: 0, color: palette.text } : {})
  const isRoomy = isLying || data.points.length * (data.isStacked ? 1 : data.series.length) <= 31
  return {
    ...base, tooltip, legend,
    grid: { left: 8, right: isLying ? 56 : 12, top, bottom: 4, containLabel: true },
    xAxis: isLying ? { ...values, splitNumber: 4 } : points,
    yAxis: isLying ? { ...points, inverse: true } : values,
    series: data.series.map(({ column, values: own }, index) => ({
      type: 'bar', name: column.title, data: own, barMaxWidth: isLying ? 18 : 40, ...(data.isStacked ? { stack: 'all' } : {}),
      itemStyle: { borderColor: palette.surface, borderWidth: data.isStacked ? 1 : 0 },
      // A stack is named by its sum at the end, a bar by its own number.
      label: { show: isRoomy && (!data.isStacked || index === data.series.length - 1), position: isLying ? 'right' : 'top', color: palette.text, fontFamily: text.fontFamily, fontSize: 12,
        formatter: ({ dataIndex }: { dataIndex: number }) => labelOf(data, index, dataIndex, short) },
      emphasis: { disabled: true },
    })),
  }
}

function labelOf(data: ChartData, series: number, point: number, short: (value: ReportValue, type: ReportColumnType) => string): string {
  const type = data.series[series]?.column.type ?? 'count'
  const value = data.isStacked ? data.series.reduce((sum, { values }) => sum + (values[point] ?? 0), 0) : (data.series[series]?.values[point] ?? null)
  return value === null || value === 0 ? '' : short(value, type)
}

/** Patterns over the colours: full, slant, dots, back slant, grid, across. A copy in black and white tells them apart. */
function decals(isDark: boolean) {
  const color = isDark ? 'rgba(0, 0, 0, 0.55)' : 'rgba(255, 255, 255, 0.65)'
  return [
    { color: 'none' },
    { color, dashArrayX: [1, 0], dashArrayY: [3, 4], rotation: Math.PI / 4 },
    { color, symbol: 'circle', symbolSize: 0.8, dashArrayX: [[6, 6], [0, 6, 6, 0]], dashArrayY: [6, 0] },
    { color, dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4 },
    { color, symbol: 'rect', symbolSize: 0.7, dashArrayX: [4, 4], dashArrayY: [4, 4] },
    { color, dashArrayX: [1, 0], dashArrayY: [2, 3], rotation: 0 },
  ]
}

/** For whoever does not see the chart: what is drawn and its largest values, in words. */
export function chartValues(data: ChartData, tongue: ReportTongue, most = 5): { what: string; values: string; rest: number } {
  const what = [data.caption, data.series.map(({ column }) => column.title).join(', ')].filter(Boolean).join(': ')
  if (data.y) {
    const { y } = data
    const cells = [...y.cells].sort(([, , one], [, , other]) => other - one)
    return {
      what,
      values: cells.slice(0, most).map(([across, down, value]) => `${cellText(y.points[down], y.column.type, tongue)} ${cellText(data.points[across], data.x.type, tongue)} ${cellText(value, data.series[0]?.column.type ?? 'count', tongue)}`).join('; '),
      rest: Math.max(0, cells.length - most),
    }
  }
  const sums = data.points.map((point, index) => ({ point, index, size: data.series.reduce((sum, { values }) => sum + (values[index] ?? 0), 0) }))
  const largest = data.kind === 'line' || data.kind === 'upright' ? sums : [...sums].sort((one, other) => other.size - one.size)
  return {
    what,
    values: largest.slice(0, most).map(({ point, index }) => `${cellText(point, data.x.type, tongue)}: ${data.series.map(({ column, values }) => cellText(values[index], column.type, tongue)).join(', ')}`).join('; '),
    rest: Math.max(0, largest.length - most),
  }
}
