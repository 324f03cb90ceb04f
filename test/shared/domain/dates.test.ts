import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addDays, addMonths, addMonthsToPeriod, daysBetween, daysInPeriod, formatDate, formatDateLong, formatPeriod, fullYears,
  isLocalDate, isPeriod, lastDay, parseDate, parsePeriod, paymentDeadline, periodName, weekday, weekdayName,
} from '@shared/domain/dates'

const anyDate = fc.integer({ min: -40_000, max: 60_000 }).map((days) => addDays('1970-01-01', days))

describe('reading a date', () => {
  test.each([
    ['22.11.2026', '2026-11-22'],
    ['2026-11-22', '2026-11-22'],
    [' 01.03.2026 ', '2026-03-01'],
    ['29.02.2024', '2024-02-29'],
  ])('%s is a date', (text, date) => expect(parseDate(text)).toBe(date))

  test.each(['29.02.2026', '31.11.2026', '00.01.2026', '01.13.2026', '1.1.2026', '22.11.26', '22/11/2026', '2026-1-1', '22.11.0026', '', 'вчера', '2026-11-22T00:00'])(
    '%s is not a date', (text) => expect(parseDate(text)).toBeNull(),
  )

  test('a date printed in a document reads back as the same date', () => {
    fc.assert(fc.property(anyDate, (date) => {
      expect(parseDate(formatDate(date))).toBe(date)
      expect(isLocalDate(date)).toBe(true)
    }))
  })
})

describe('calendar arithmetic', () => {
  test('adding days and counting them back agree', () => {
    fc.assert(fc.property(anyDate, fc.integer({ min: -5000, max: 5000 }), (date, days) => {
      expect(daysBetween(date, addDays(date, days))).toBe(days)
    }))
  })

  test.each([
    ['2026-01-31', 1, '2026-02-28'],
    ['2024-01-31', 1, '2024-02-29'],
    ['2026-11-22', 2, '2027-01-22'],
    ['2026-01-15', -1, '2025-12-15'],
    ['2026-03-31', -1, '2026-02-28'],
  ])('%s plus %i months is %s', (date, months, expected) => expect(addMonths(date, months)).toBe(expected))

  test('weekdays follow one another', () => {
    expect(weekday('2026-11-22')).toBe(7)
    expect(weekdayName('2026-11-23')).toBe('понедельник')
    fc.assert(fc.property(anyDate, (date) => { expect(weekday(addDays(date, 1))).toBe((weekday(date) % 7) + 1) }))
  })

  test('February knows its length', () => {
    expect([daysInPeriod('2026-02'), daysInPeriod('2024-02'), daysInPeriod('1900-02'), lastDay('2026-11')]).toEqual([28, 29, 28, '2026-11-30'])
  })

  test('a person turns twenty on the birthday, not the day before', () => {
    expect([fullYears('2006-11-22', '2026-11-21'), fullYears('2006-11-22', '2026-11-22')]).toEqual([19, 20])
  })
})

describe('periods', () => {
  test.each([['11.2026', '2026-11'], ['2026-11', '2026-11'], [' 01.2026', '2026-01']])('%s is a period', (text, period) => {
    expect(parsePeriod(text)).toBe(period)
    expect(isPeriod(period)).toBe(true)
  })
  test.each(['13.2026', '00.2026', '1.2026', '112026', '2026-11-01', '', 'ноябрь'])('%s is not a period', (text) => expect(parsePeriod(text)).toBeNull())

  test('a year turns over between December and January', () => {
    expect([addMonthsToPeriod('2026-12', 1), addMonthsToPeriod('2026-01', -1), addMonthsToPeriod('2026-06', -18)]).toEqual(['2027-01', '2025-12', '2024-12'])
    expect(formatPeriod('2026-11')).toBe('11.2026')
  })

  test('printed dates and months hold together on one line', () => {
    expect(formatDateLong('2026-11-22')).toBe('22\u00a0ноября\u00a02026\u00a0г.')
    expect(periodName('2026-11')).toBe('ноябрь\u00a02026\u00a0г.')
  })
})

describe('the last day to pay', () => {
  test.each([
    ['2026-03', '2026-04-15', 'the first bill under the new law'],
    ['2026-02', '2026-03-10', 'the last bill under the old law'],
    ['2026-01', '2026-02-10', 'the 10th is a Tuesday'],
    ['2026-10', '2026-11-16', '15 November 2026 is a Sunday'],
    ['2026-07', '2026-08-17', '15 August 2026 is a Saturday'],
    ['2026-11', '2026-12-15', 'a plain Tuesday'],
    ['2027-04', '2027-05-17', '15 May 2027 is a Saturday'],
    ['2027-07', '2027-08-16', '15 August 2027 is a Sunday'],
  ])('the bill for %s is payable to %s: %s', (period, deadline) => expect(paymentDeadline(period)).toBe(deadline))

  test('a production calendar moves it past a holiday', () => {
    expect(paymentDeadline('2026-11', (date) => date !== '2026-12-15')).toBe('2026-12-16')
  })
})
