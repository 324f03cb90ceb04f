import { monthlyUse, usedBetween } from '@renderer/features/readings/consumption'
import { expect, test } from 'vitest'
import { cold, power } from './sheet'

test('two years before a day are 24 months, and those without readings are unknown', () => {
  const months = monthlyUse(cold, '2026-11-22')
  expect(months).toHaveLength(24)
  expect([months[0]?.period, months.at(-1)?.period]).toEqual(['2024-12', '2026-11'])
  expect(months.at(-1)?.used).toBeNull()
  expect(months.at(-2)?.used).toBe(5_500)
  expect(months[0]?.used).toBeNull()
})

test('zones are added up and the ratio of a transformer multiplies them', () => {
  expect(usedBetween({ ...power, ratio: 20 }, [1_000, 2_000], [2_000, 4_000])).toBe(60_000)
})

test('a dial that turned over counts forward, one that merely went back counts as unknown', () => {
  expect(usedBetween(cold, [99_995_000], [12_000])).toBe(17_000)
  expect(usedBetween(cold, [1_234_000], [1_200_000])).toBeNull()
})

test('a cancelled reading moves no bar', () => {
  const cancelled = { ...cold.history[0]!, id: 900, takenOn: '2026-10-25', values: [9_000_000], status: 'cancelled' as const }
  expect(monthlyUse({ ...cold, history: [cancelled, ...cold.history] }, '2026-11-22')).toEqual(monthlyUse(cold, '2026-11-22'))
})

test('what was used in a silence of many months is spread over them, not heaped on the month that ends it', () => {
  const first = cold.history.at(-1)!
  const silent = { ...cold, installedOn: '2025-03-10', initial: [first.values[0]! - 12_000] }
  const months = monthlyUse(silent, '2026-11-22')
  const ofMonth = (period: string) => months.find((month) => month.period === period)?.used
  // From 2025-04 to 2026-03, the month of the first reading: twelve months.
  expect([ofMonth('2025-03'), ofMonth('2025-04'), ofMonth('2026-03')]).toEqual([null, 1_000, 1_000])
})
