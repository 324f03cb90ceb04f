import { typedDate, withPoints } from '@renderer/typed-date'
import { expect, test } from 'vitest'

test.each([
  ['22.11.2026', '2026-11-22'],
  ['22112026', '2026-11-22'],
  ['22,11', '2026-11-22'],
  ['2211', '2026-11-22'],
  ['1.2', '2026-02-01'],
  ['22.11.26', '2026-11-22'],
  ['2026-11-22', '2026-11-22'],
  ['221126', '2026-11-22'],
])('the keypad’s «%s» is the day %s', (text, date) => {
  expect(typedDate(text, '2026-11-30')).toBe(date)
})

test.each(['', '31.02.2026', '13', '22112', 'вчера', '00.01'])('«%s» is no day of the calendar', (text) => {
  expect(typedDate(text, '2026-11-30')).toBeNull()
})

test('points appear while the digits of a date are typed, and do not come back while they are deleted', () => {
  let typed = ''
  for (const digit of '05032026') typed = withPoints(typed + digit)
  expect(typed).toBe('05.03.2026')
  while (typed.length > 0) {
    const shorter = withPoints(typed.slice(0, -1))
    expect(shorter.length).toBeLessThan(typed.length)
    typed = shorter
  }
})
