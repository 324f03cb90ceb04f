import { describe, expect, test } from 'vitest'
import { readyProvider } from '../../../src/main/features/providers/ready-profiles'
import { judgeReading } from '../../../src/shared/domain/reading-rules'
import { pastReadings, readingOnSheet, swappedMeters, type MeterOnSheet } from '../../../src/shared/domain/readings-sheet'

const policy = readyProvider('eis24')!.profile.readings
const sheet = { policy, closedThrough: '2026-10', today: '2026-11-22' }

const meter = (change: Partial<MeterOnSheet> = {}): MeterOnSheet => ({
  id: 1, service: 'cold_water', digits: 5, decimals: 3, zones: 1, ratio: 1, installedOn: '2024-01-15', removedOn: null, verifiedUntil: null, isAutomatic: false, initial: null,
  history: Array.from({ length: 6 }, (_, index) => ({ takenOn: `2026-${String(10 - index).padStart(2, '0')}-20`, values: [100_000 - index * 3_000], channel: 'portal' as const, status: 'calculated' })),
  ...change,
})
const desk = { takenOn: '2026-11-22', channel: 'desk' as const }
const rulesOf = (of: MeterOnSheet, value: number) => judgeReading(readingOnSheet(sheet, of, { values: [value], ...desk })).verdicts.map(({ rule }) => rule)

describe('a new reading is compared with readings in force only', () => {
  test.each(['cancelled', 'rejected'])('one that was %s counts for nothing', (status) => {
    const history = [{ takenOn: '2026-11-20', values: [900_000], channel: 'desk' as const, status }, ...meter().history]
    expect(pastReadings(meter({ history })).map(({ values }) => values[0])).not.toContain(900_000)
    expect(rulesOf(meter({ history }), 103_000)).toEqual([])
  })

  test.each(['entered', 'accepted', 'calculated'])('one that is %s counts', (status) => {
    const history = [{ takenOn: '2026-11-20', values: [900_000], channel: 'desk' as const, status }, ...meter().history]
    expect(rulesOf(meter({ history }), 103_000)).toContain('belowPrevious')
  })
})

test('what the meter showed at its installation is a reading to compare with', () => {
  const fresh = meter({ history: [], initial: [5_000], installedOn: '2026-11-02' })
  expect(judgeReading(readingOnSheet(sheet, fresh, { values: [7_000], ...desk })).consumption).toEqual([2_000])
  expect(rulesOf(fresh, 4_000)).toContain('belowPrevious')
  expect(pastReadings(meter({ history: [], initial: [5_000], installedOn: null }))).toEqual([])
})

test('a reading of an act is a control reading: below it is not a matter of opinion', () => {
  const checked = meter({ history: [{ takenOn: '2026-11-01', values: [101_000], channel: 'act', status: 'accepted' }, ...meter().history] })
  expect(pastReadings(checked).filter(({ isControl }) => isControl)).toHaveLength(1)
  expect(rulesOf(checked, 100_500)).toContain('belowControl')
})

describe('cold and hot water in each other’s rows', () => {
  const cold = meter()
  const hot = meter({ id: 2, service: 'hot_water', history: cold.history.map((past) => ({ ...past, values: [past.values[0]! / 2] })) })
  const typed = (ofCold: number, ofHot: number) =>
    swappedMeters(new Map([
      [1, readingOnSheet(sheet, cold, { values: [ofCold], ...desk })],
      [2, readingOnSheet(sheet, hot, { values: [ofHot], ...desk })],
    ]))

  test('are noticed at both meters', () => {
    const found = typed(51_500, 103_000)
    expect([...found.keys()]).toEqual([1, 2])
    expect(found.get(1)).toMatchObject({ rule: 'looksSwapped', level: 'warn' })
  })

  test('are not suspected when each fits its own meter, or when one of them fits neither', () => {
    expect(typed(103_000, 51_500).size).toBe(0)
    expect(typed(51_500, 900_000).size).toBe(0)
  })

  test('are looked for between cold and hot only', () => {
    const other = { ...hot, service: 'gas' as const }
    const found = swappedMeters(new Map([
      [1, readingOnSheet(sheet, cold, { values: [51_500], ...desk })],
      [2, readingOnSheet(sheet, other, { values: [103_000], ...desk })],
    ]))
    expect(found.size).toBe(0)
  })
})
