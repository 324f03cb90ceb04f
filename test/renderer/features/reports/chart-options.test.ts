import { chartData, chartOption, chartValues, mostBars, type ChartColumn } from '@renderer/features/reports/chart-options'
import { totalLines } from '@renderer/features/reports/total-lines'
import { paletteOf } from '@renderer/theme'
import { russianUnits, type ReportTongue } from '@shared/domain/report-text'
import { reportWords } from '@shared/domain/report-words'
import { describe, expect, test } from 'vitest'

const tongue: ReportTongue = { locale: 'ru-RU', timeZone: 'Europe/Moscow', values: reportWords.values, units: russianUnits }
const column = (key: string, type: ChartColumn['type'], title = key): ChartColumn => ({ key, type, title })
const columns = [column('staffName', 'text', 'Сотрудник'), column('day', 'date', 'День'), column('done', 'count', 'Сделано'), column('refused', 'count', 'Отказы'), column('part', 'share', 'Доля')]
const draw = (data: NonNullable<ReturnType<typeof chartData>>, isDark = false) => chartOption(data, { palette: paletteOf(isDark), isDark, still: true, tongue })

describe('what a chart shows', () => {
  test('rows of one name are one bar, in the order of the table', () => {
    const rows = [{ staffName: 'Ветрова', done: 3 }, { staffName: 'Лугова', done: 5 }, { staffName: 'Ветрова', done: 4 }]
    expect(chartData({ chart: { kind: 'bar', x: 'staffName', series: ['done'] }, columns, rows })).toMatchObject({ kind: 'lying', points: ['Ветрова', 'Лугова'], series: [{ values: [7, 5] }], rest: 0 })
  })
  test('days stand in the order of the calendar, whatever the table is sorted by', () => {
    const rows = [{ day: '2026-11-30', done: 1 }, { day: '2026-11-02', done: 2 }, { day: '2026-12-01', done: 3 }]
    expect(chartData({ chart: { kind: 'line', x: 'day', series: ['done'] }, columns, rows })).toMatchObject({ kind: 'line', points: ['2026-11-02', '2026-11-30', '2026-12-01'], series: [{ values: [2, 1, 3] }] })
  })
  test('of very many names the first are drawn, and it says how many are not', () => {
    const rows = Array.from({ length: mostBars + 7 }, (_, index) => ({ staffName: `Сотрудник ${index}`, done: 1 }))
    expect(chartData({ chart: { kind: 'bar', x: 'staffName', series: ['done'] }, columns, rows })).toMatchObject({ points: { length: mostBars }, rest: 7 })
  })
  test('shares of several rows are never added up: each has a line of its own', () => {
    const rows = [{ day: '2026-11-01', staffName: 'А', part: 0.5 }, { day: '2026-11-01', staffName: 'Б', part: 0.75 }, { day: '2026-11-02', staffName: 'А', part: 0.25 }]
    const data = chartData({ chart: { kind: 'line', x: 'day', series: ['part'] }, columns, rows })
    expect(data).toMatchObject({ caption: 'Доля', series: [{ column: { title: 'А' }, values: [0.5, 0.25] }, { column: { title: 'Б' }, values: [0.75, null] }] })
  })
  test('a single bar, or nothing but zeros, is no chart', () => {
    const chart = { kind: 'bar', x: 'staffName', series: ['done'] } as const
    expect(chartData({ chart, columns, rows: [{ staffName: 'А', done: 5 }] })).toBeNull()
    expect(chartData({ chart, columns, rows: [{ staffName: 'А', done: 0 }, { staffName: 'Б', done: null }] })).toBeNull()
  })
  test('a heat map has a cell for each hour and weekday there is', () => {
    const heat = [column('hour', 'hour'), column('weekday', 'weekday'), column('visits', 'count')]
    const rows = [{ hour: 9, weekday: 2, visits: 4 }, { hour: 8, weekday: 1, visits: 1 }]
    expect(chartData({ chart: { kind: 'heat', x: 'hour', y: 'weekday', series: ['visits'] }, columns: heat, rows })).toMatchObject({ kind: 'heat', points: [8, 9], y: { points: [1, 2], cells: [[1, 1, 4], [0, 0, 1]] } })
  })
})

describe('how it is drawn', () => {
  const rows = [{ staffName: 'Ветрова', done: 3, refused: 1 }, { staffName: 'Лугова', done: 5, refused: 2 }]
  const data = chartData({ chart: { kind: 'stacked', x: 'staffName', series: ['done', 'refused'] }, columns, rows })!

  test('series are told apart without any colour: patterns on bars, marks and dashes on lines', () => {
    expect(draw(data)).toMatchObject({ aria: { decal: { show: true } } })
    const line = chartData({ chart: { kind: 'line', x: 'day', series: ['done', 'refused'] }, columns, rows: [{ day: '2026-11-01', done: 1, refused: 2 }, { day: '2026-11-02', done: 2, refused: 1 }] })!
    const series = draw(line)['series'] as { symbol: string; lineStyle: { type: unknown } }[]
    expect(new Set(series.map(({ symbol }) => symbol)).size).toBe(2)
    expect(new Set(series.map(({ lineStyle }) => JSON.stringify(lineStyle.type))).size).toBe(2)
  })
  test('nothing moves for whoever does not want it', () => expect(draw(data)).toMatchObject({ animation: false }))
  test('a stack is named by its sum', () => {
    const series = draw(data)['series'] as { label: { show: boolean; formatter: (at: { dataIndex: number }) => string } }[]
    expect(series.map(({ label }) => label.show)).toEqual([false, true])
    expect(series[1]!.label.formatter({ dataIndex: 1 })).toBe('7')
  })
  test('it says in words what it shows, the largest first', () => {
    expect(chartValues(data, tongue)).toEqual({ what: 'Сделано, Отказы', values: 'Лугова: 5, 2; Ветрова: 3, 1', rest: 0 })
  })
})

test('totals are compared by per cent, shares by points, and nothing is divided by nothing', () => {
  const entry = { columns: [{ key: 'staffName', type: 'text', total: 'none' }, { key: 'done', type: 'count', total: 'sum' }, { key: 'refused', type: 'count', total: 'sum' }, { key: 'part', type: 'share', total: 'weighted' }] } as const
  const lines = totalLines(entry, columns, { done: 150, refused: 3, part: 0.5 }, { totals: { done: 120, refused: 0, part: 0.55 }, label: 'Раньше' }, tongue, { total: 'Итого', change: 'Изменение', noChange: 'без изменений' })
  expect(lines.map(({ label }) => label)).toEqual(['Итого', 'Раньше', 'Изменение'])
  expect(Object.values(lines[2]!.cells).map((text) => text.replaceAll('\u00a0', ' '))).toEqual(['+25,0 %', '+3', '−5,0 %'])
})
