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
