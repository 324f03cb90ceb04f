import { expect, test } from 'vitest'
import { isInReadingWindow, periodCounted } from '@shared/domain/reading-period'

const usual = { windowFromDay: 20, windowToDay: 25 }
const overMonthEnd = { windowFromDay: 15, windowToDay: 3 }

test.each([
  ['2026-11-05', usual, null, '2026-11', false],
  ['2026-11-20', usual, null, '2026-11', true],
  ['2026-11-25', usual, null, '2026-11', true],
  ['2026-11-26', usual, null, '2026-12', false],
  ['2026-12-31', usual, null, '2027-01', false],
  ['2026-11-02', overMonthEnd, null, '2026-10', true],
  ['2026-11-02', overMonthEnd, '2026-09', '2026-10', true],
  ['2026-11-02', overMonthEnd, '2026-10', '2026-11', true],
  ['2026-11-10', overMonthEnd, null, '2026-11', false],
  ['2026-11-15', overMonthEnd, null, '2026-11', true],
])('a reading of %s in the window %o with %s closed goes to %s', (date, window, closedThrough, period, inWindow) => {
  expect(periodCounted(date, window, closedThrough)).toBe(period)
  expect(isInReadingWindow(date, window)).toBe(inWindow)
})
