import { addDays, daysBetween } from '@shared/domain/dates'
import { rangeBefore, rangeOf } from '@shared/domain/report-periods'
import { axisText, cellText, russianUnits, sortRows, typeOf, type ReportTongue } from '@shared/domain/report-text'
import { reportWords } from '@shared/domain/report-words'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const tongue: ReportTongue = { locale: 'ru-RU', timeZone: 'Asia/Yekaterinburg', values: reportWords.values, units: russianUnits }
const plain = (text: string) => text.replace(/\u00a0/g, ' ')
const cell = (...[value, type]: [Parameters<typeof cellText>[0], Parameters<typeof cellText>[1]]) => plain(cellText(value, type, tongue))

describe('a cell is written the Russian way', () => {
  test.each([
    [1234567, 'count', '1 234 567'],
    [-3, 'count', '−3'],
    [123456, 'money', '1 234,56'],
    [0.1234, 'share', '12,3 %'],
    [0, 'share', '0,0 %'],
    [45, 'seconds', '45 с'],
    [245, 'seconds', '4 мин 05 с'],
    [7620, 'seconds', '2 ч 07 мин'],
    [59.6, 'seconds', '1 мин 00 с'],
    [1, 'weekday', 'понедельник'],
    [7, 'weekday', 'воскресенье'],
    [9, 'hour', '09:00–10:00'],
    [23, 'hour', '23:00–00:00'],
    ['2026-11-22', 'date', '22.11.2026'],
    ['2026-11-23', 'week', '23.11–29.11.2026'],
    ['2026-11', 'month', 'ноябрь 2026'],
    // By the clock of the office, not of the computer.
    ['2026-11-22T20:30:00Z', 'instant', '23.11.2026, 01:30'],
    ['contacts.changeEmail', 'kind', 'Смена электронной почты'],
    ['portal', 'channel', 'Личный кабинет'],
    ['Ветрова Анна', 'text', 'Ветрова Анна'],
    [null, 'count', '—'],
    [0, 'count', '0'],
  ] as const)('%s as %s is «%s»', (value, type, words) => expect(cell(value, type)).toBe(words))

  test('a code nobody has words for is shown as it is, not hidden', () => expect(cell('somethingNew', 'kind')).toBe('somethingNew'))
  test('a moment is what the asked grain makes of it', () => {
    expect(typeOf({ type: 'moment' }, 'weekday')).toBe('weekday')
    expect(typeOf({ type: 'moment' }, 'day')).toBe('date')
    expect(typeOf({ type: 'count' }, 'day')).toBe('count')
  })
  test('labels of an axis are short', () => {
    expect(plain(axisText(123456700, 'money', tongue))).toBe('1,2 млн')
    expect(axisText(1, 'weekday', tongue)).toBe('пн')
    expect(plain(axisText('2026-11', 'month', tongue))).toBe('нояб 26')
    expect(axisText('2026-11-02', 'date', tongue)).toBe('02.11')
  })
})

describe('rows are sorted', () => {
  const rows = [{ name: 'Яшин', n: 2, on: '2026-11-30', kind: 'visits.open' }, { name: 'Ёлкин', n: null, on: '2026-12-01', kind: 'contacts.changeEmail' }, { name: 'Абрамов', n: 10, on: '2025-12-31', kind: 'visits.close' }]
  const names = (column: Parameters<typeof sortRows>[1], down = false) => sortRows(rows, column, down, tongue).map(({ name }) => name)
  test('names by the Russian alphabet, ё after е', () => expect(names({ key: 'name', type: 'text' })).toEqual(['Абрамов', 'Ёлкин', 'Яшин']))
  test('numbers by size, what is not known last either way', () => {
    expect(names({ key: 'n', type: 'count' })).toEqual(['Яшин', 'Абрамов', 'Ёлкин'])
    expect(names({ key: 'n', type: 'count' }, true)).toEqual(['Абрамов', 'Яшин', 'Ёлкин'])
  })
  test('dates by the calendar', () => expect(names({ key: 'on', type: 'date' })).toEqual(['Абрамов', 'Яшин', 'Ёлкин']))
  test('codes by the words that are shown', () => expect(names({ key: 'kind', type: 'kind' })).toEqual(['Абрамов', 'Яшин', 'Ёлкин']))
  test('nothing is lost, whatever the values', () => {
    const value = fc.oneof(fc.constant(null), fc.integer(), fc.string())
    fc.assert(fc.property(fc.array(value), fc.boolean(), (values, down) => {
      const sorted = sortRows(values.map((v, id) => ({ v, id })), { key: 'v', type: 'text' }, down, tongue)
      expect(sorted.map(({ id }) => id).sort((a, b) => a - b)).toEqual(values.map((_, id) => id))
      expect(sorted.findIndex(({ v }) => v === null) === -1 || sorted.slice(sorted.findIndex(({ v }) => v === null)).every(({ v }) => v === null)).toBe(true)
    }))
  })
})

describe('periods', () => {
  test.each([
    ['today', '2026-11-22', '2026-11-22'],
    ['yesterday', '2026-11-21', '2026-11-21'],
    ['week', '2026-11-16', '2026-11-22'],
    ['month', '2026-11-01', '2026-11-22'],
    ['quarter', '2026-10-01', '2026-11-22'],
    ['year', '2026-01-01', '2026-11-22'],
  ] as const)('«%s» on a Sunday of November is %s to %s', (preset, from, to) => {
    expect(rangeOf(preset, '2026-11-22')).toEqual({ from, to })
  })

  test.each([
    ['a day is compared with the day before', '2026-11-22', '2026-11-22', '2026-11-21', '2026-11-21'],
    ['a month that has begun, with the same days of the one before', '2026-11-01', '2026-11-22', '2026-10-01', '2026-10-22'],
    ['a whole month, with the whole one before, however long', '2026-03-01', '2026-03-31', '2026-02-01', '2026-02-28'],
    ['a quarter, with the quarter before', '2026-04-01', '2026-06-30', '2026-01-01', '2026-03-31'],
    ['a quarter that has begun, with the same part of the one before', '2026-10-01', '2026-11-22', '2026-07-01', '2026-08-22'],
    ['the year so far, with the same days of last year', '2026-01-01', '2026-11-22', '2025-01-01', '2025-11-22'],
    ['two months that are no part of a quarter, with the two before', '2026-11-01', '2026-12-31', '2026-09-01', '2026-10-31'],
    ['the last day of a long month, with the last day of a short one', '2026-03-01', '2026-03-30', '2026-02-01', '2026-02-28'],
    ['ten days, with the ten before', '2026-11-11', '2026-11-20', '2026-11-01', '2026-11-10'],
  ])('%s', (_, from, to, beforeFrom, beforeTo) => expect(rangeBefore({ from, to })).toEqual({ from: beforeFrom, to: beforeTo }))

  test('the range before ends before the range and is never empty', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 0, max: 800 }), (start, length) => {
      const from = addDays('2020-01-01', start)
      const before = rangeBefore({ from, to: addDays(from, length) })
      expect(before.to < from).toBe(true)
      expect(daysBetween(before.from, before.to)).toBeGreaterThanOrEqual(0)
    }))
  })
})
