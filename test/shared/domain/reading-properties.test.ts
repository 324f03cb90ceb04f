import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDays, addMonths, addMonthsToPeriod, lastDay } from '@shared/domain/dates'
import { daysCounted, isInReadingWindow, lastDayCounted, naturalPeriod, periodCounted } from '@shared/domain/reading-period'
import { type Meter, type PastReading, type ReadingPolicy, type ReadingToJudge, judgeReading } from '@shared/domain/reading-rules'

// What must hold of the rules whatever the numbers; what single rules say is in reading-rules.test.ts.

const day = fc.integer({ min: 0, max: 2_000 }).map((n) => addDays('2024-01-01', n))
const windows = fc.record({ windowFromDay: fc.integer({ min: 1, max: 31 }), windowToDay: fc.integer({ min: 1, max: 31 }), graceDays: fc.integer({ min: 0, max: 10 }) })
const policy: ReadingPolicy = {
  windowFromDay: 15, windowToDay: 25, acceptDecimals: 3, expiredVerification: 'inform', averageFactor: 3,
  maxMonthly: { cold_water: 50_000, hot_water: 50_000, electricity: 3_000_000, gas: 1_000_000, heat: 20_000 },
}
const meter: Meter = {
  service: 'cold_water', digits: 4, decimals: 3, zones: 1, ratio: 1, installedOn: '2020-01-10', removedOn: null, verifiedUntil: '2035-01-10', isAutomatic: false,
}
const takenOn = '2026-11-20'
const past = (on: string, ...values: number[]): PastReading => ({ takenOn: on, values, isControl: false })
const judged = (changes: Partial<ReadingToJudge>) => judgeReading({ meter, values: [0], takenOn, today: '2026-11-22', channel: 'desk', history: [], policy, closedThrough: null, ...changes })
const rulesOf = (changes: Partial<ReadingToJudge>) => judged(changes).verdicts.map(({ rule }) => rule as string)

test('every day counts for one period: periods follow each other without a gap, also over the end of a month and with grace', () => {
  fc.assert(fc.property(day, windows, (on, window) => {
    const period = naturalPeriod(on, window)
    const { from, to } = daysCounted(period, window)
    expect(from <= on && on <= to).toBe(true)
    expect(addDays(to, 1)).toBe(daysCounted(addMonthsToPeriod(period, 1), window).from)
    expect(naturalPeriod(addDays(to, 1), window)).toBe(addMonthsToPeriod(period, 1))
  }))
})

test('a day of grace never brings a period nearer, and a closed period is never counted for', () => {
  fc.assert(fc.property(day, windows, fc.integer({ min: -3, max: 3 }), (on, window, months) => {
    expect(naturalPeriod(on, { ...window, graceDays: window.graceDays + 1 }) <= naturalPeriod(on, window)).toBe(true)
    const closed = addMonthsToPeriod(naturalPeriod(on, window), months)
    expect(periodCounted(on, window, closed)).toBe([naturalPeriod(on, window), addMonthsToPeriod(closed, 1)].sort().at(-1))
  }))
})

test('a window from the 25th to the 5th is open on its days and counts for the month it began in', () => {
  const window = { windowFromDay: 25, windowToDay: 5 }
  fc.assert(fc.property(day, (on) => {
    const number = Number(on.slice(8))
    expect(isInReadingWindow(on, window)).toBe(number >= 25 || number <= 5)
    expect(naturalPeriod(on, window)).toBe(number <= 5 ? addMonthsToPeriod(on.slice(0, 7), -1) : on.slice(0, 7))
    expect(lastDayCounted('2026-02', { windowFromDay: 20, windowToDay: 31 })).toBe(lastDay('2026-02'))
  }))
})

test('the dial turns by modulo: what was used is the difference, whether it turned or not; 9999 to 0 is one, to 1 is two', () => {
  fc.assert(fc.property(fc.integer({ min: 9_000_000, max: 9_999_999 }), fc.integer({ min: 0, max: 50_000 }), (before, used) => {
    expect(judged({ values: [(before + used) % 10_000_000], history: [past('2026-10-20', before)] }).consumption).toEqual([used])
  }))
  for (const [after, used] of [[0, 1_000], [1_000, 2_000]] as const) {
    expect(judged({ values: [after], history: [past('2026-10-20', 9_999_000)] }).consumption).toEqual([used])
    expect(rulesOf({ values: [after], history: [past('2026-10-20', 9_999_000)] })).toContain('rollover')
  }
})

test('a reading lies between its neighbours by date, in whatever order they are known', () => {
  fc.assert(fc.property(fc.integer({ min: 100_000, max: 500_000 }), fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: 20_000 }), fc.boolean(), (before, used, later, turnedAround) => {
    const neighbours = [past('2026-10-20', before), past('2026-11-21', before + used + later)]
    const history = turnedAround ? [...neighbours].reverse() : neighbours
    expect(judged({ values: [before + used], history }).consumption).toEqual([used])
    expect(rulesOf({ values: [before + used], history })).not.toContain('belowPrevious')
    expect(rulesOf({ values: [before + used], history })).not.toContain('aboveNext')
    expect(rulesOf({ values: [before + used + later + 1], history })).toContain('aboveNext')
    expect(rulesOf({ values: [before - 1], history })).toContain('belowPrevious')
  }))
})

test('each zone has its own past: what one zone does changes nothing of another', () => {
  const zoned = { ...meter, service: 'electricity' as const, digits: 6, zones: 2 }
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 90_000 }), { minLength: 2, maxLength: 2 }), fc.integer({ min: 0, max: 90_000 }), ([first, second], other) => {
    const history = Array.from({ length: 8 }, (_, index) => past(addMonths(takenOn, -8 + index), 1_000_000 + index * 40_000, 5_000_000 + index * 20_000))
    const of = (value: number, zone: number) => judged({ meter: zoned, history, values: [1_280_000 + first!, value] }).verdicts.filter((verdict) => verdict.zone === zone)
    expect(of(5_140_000 + second!, 0)).toEqual(of(5_140_000 + other, 0))
    expect(judged({ meter: zoned, history, values: [1_280_000 + first!, 5_140_000 + second!] }).consumption).toEqual([first, second])
  }))
})

test('digits the dial has not are refused, never rounded', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 200_000, max: 240_000 }), (decimals, value) => {
    const fits = value % 10 ** (3 - decimals) === 0
    expect(rulesOf({ meter: { ...meter, decimals }, values: [value], history: [past('2026-10-20', 200_000)] }).includes('tooManyDecimals')).toBe(!fits)
  }))
})

test('consumption is compared per day: the same use in a short or a long month is nothing odd', () => {
  fc.assert(fc.property(fc.integer({ min: 100, max: 500 }), fc.integer({ min: 20, max: 60 }), (daily, days) => {
    const history = Array.from({ length: 12 }, (_, index) => past(addDays(takenOn, -days - index * 30), 1_000_000 - index * 30 * daily))
    const rules = rulesOf({ values: [1_000_000 + days * daily], history })
    expect(rules).not.toContain('aboveUsual')
    expect(rules).not.toContain('belowUsual')
  }))
})

test('heat is compared with the same season: the first cold month after a summer is nothing odd', () => {
  const heat = { ...meter, service: 'heat' as const }
  fc.assert(fc.property(fc.integer({ min: 1_000, max: 8_000 }), (winter) => {
    let value = 100_000
    const history = Array.from({ length: 25 }, (_, index) => {
      const on = addMonths('2024-10-20', index)
      const month = Number(on.slice(5, 7))
      value += month >= 5 && month <= 10 ? 0 : winter
      return past(on, value)
    })
    expect(rulesOf({ meter: heat, values: [value + winter], history })).not.toContain('aboveUsual')
  }))
})
