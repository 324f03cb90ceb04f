import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Meter, type ReadingPolicy, capacity, dialStep, differenceOnDial, readingsByDate } from '@shared/domain/meter-dial'

const meter = (digits: number, changes: Partial<Meter> = {}): Meter => ({
  service: 'cold_water', digits, decimals: 3, zones: 1, ratio: 1, installedOn: null, removedOn: null, verifiedUntil: null, isAutomatic: false, ...changes,
})
const policy: ReadingPolicy = {
  windowFromDay: 15, windowToDay: 25, acceptDecimals: 3, expiredVerification: 'warn', averageFactor: 3,
  maxMonthly: { cold_water: 100_000, hot_water: 100_000, electricity: 3_000_000, gas: 1_000_000, heat: 20_000 },
}

test.each([
  [5, 99_995_000, 12_000, 17_000],
  [5, 99_999_876, 3_125, 3_249],
  [5, 1_234_567, 1_240_100, 5_533],
  [5, 1_234_000, 1_200_000, null],
  [4, 9_999_000, 0, 1_000],
  [4, 9_999_000, 1_000, 2_000],
  [4, 8_999_000, 0, null],
  [5, 90_000_000, 89_999_000, null],
  [5, 5_000, 5_000, 0],
])('a dial of %i digits from %i to %i went %s', (digits, before, after, difference) => expect(differenceOnDial(meter(digits), policy, before, after, 30)).toBe(difference))

test('a turn must be possible with the ratio of the meter and in the days that passed', () => {
  expect(differenceOnDial(meter(5, { ratio: 20 }), policy, 99_995_000, 12_000, 30)).toBeNull()
  expect(differenceOnDial(meter(5, { ratio: 20 }), policy, 99_995_000, 12_000, 120)).toBe(17_000)
})

test('a turned dial shows the same consumption as one that did not turn', () => {
  fc.assert(fc.property(fc.integer({ min: 3, max: 9 }), fc.integer({ min: 0, max: 90_000 }), fc.nat(), (digits, used, seed) => {
    const top = capacity({ digits })
    const before = top - 1 - (seed % Math.min(top / 10 - 1, 100_000))
    const after = (before + used) % top
    fc.pre(used < top / 10)
    expect(differenceOnDial(meter(digits), policy, before, after, 30)).toBe(used)
  }))
})

test('readings come by date, those of another number of dials are left out', () => {
  const history = [
    { takenOn: '2026-11-20', values: [3], isControl: true }, { takenOn: '2026-11-20', values: [2], isControl: false },
    { takenOn: '2026-10-20', values: [1], isControl: false }, { takenOn: '2026-12-20', values: [1, 2], isControl: false },
  ]
  expect(readingsByDate({ zones: 1 }, history).map(({ values }) => values[0])).toEqual([1, 2, 3])
  expect([dialStep({ decimals: 0 }), dialStep({ decimals: 3 })]).toEqual([1000, 1])
})
