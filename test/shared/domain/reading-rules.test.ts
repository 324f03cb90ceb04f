import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addMonths } from '@shared/domain/dates'
import { reasonsAnswering, reasonsFor, unanswered } from '@shared/domain/reading-reasons'
import {
  type Meter, type PastReading, type ReadingPolicy, type ReadingToJudge, type ReadingVerdict, expectedReading, judgeReading, looksSwapped, readingRules,
} from '@shared/domain/reading-rules'

const policy: ReadingPolicy = {
  windowFromDay: 15, windowToDay: 25, acceptDecimals: 3, expiredVerification: 'inform', averageFactor: 3,
  maxMonthly: { cold_water: 50_000, hot_water: 50_000, electricity: 3_000_000, gas: 1_000_000, heat: 20_000 },
}
const meter: Meter = {
  service: 'cold_water', digits: 5, decimals: 3, zones: 1, ratio: 1, installedOn: '2024-01-10', removedOn: null, verifiedUntil: '2030-01-10', isAutomatic: false,
}
const past = (takenOn: string, ...values: number[]): PastReading => ({ takenOn, values, isControl: false })
/** 5 m³ a month on the 20th, up to 1 234,567 on 20.10.2026. */
const history = Array.from({ length: 12 }, (_, index) => past(addMonths('2026-10-20', -index), 1_234_567 - index * 5_000))

const reading = (changes: Partial<ReadingToJudge> = {}): ReadingToJudge => ({
  meter, values: [1_240_100], takenOn: '2026-11-20', today: '2026-11-22', channel: 'desk', history, policy, closedThrough: '2026-10', ...changes,
})
const judged = (changes: Partial<ReadingToJudge> = {}) => judgeReading(reading(changes))
const said = (verdicts: readonly ReadingVerdict[]) => verdicts.map(({ level, rule }) => `${level} ${rule}`)
const saidOf = (changes: Partial<ReadingToJudge> = {}) => said(judged(changes).verdicts)

test('an ordinary reading is taken without a word', () => {
  expect(judged()).toEqual({ verdicts: [], consumption: [5_533], countsFor: '2026-11' })
})

describe('the shape of a reading', () => {
  test.each<[string, Partial<ReadingToJudge>, string[]]>([
    ['more digits than the dial', { values: [100_000_000] }, ['block exceedsCapacity']],
    ['more decimals than the dial', { meter: { ...meter, decimals: 2 }, values: [1_240_101] }, ['block tooManyDecimals']],
    ['half of a thousandth', { values: [1_240_100.5] }, ['block invalidValue']],
    ['a negative value', { values: [-1] }, ['block invalidValue']],
    ['no number', { values: [NaN] }, ['block invalidValue']],
    ['a zone too many', { values: [1_240_100, 5] }, ['block zonesMissing']],
    ['a zone missing', { meter: { ...meter, zones: 2 } }, ['block zonesMissing']],
  ])('%s', (_what, changes, expected) => {
    expect(saidOf(changes)).toEqual(expected)
    expect(judged(changes).consumption).toBeNull()
  })
})

describe('circumstances', () => {
  test.each<[string, Partial<ReadingToJudge>, string[]]>([
    ['tomorrow', { takenOn: '2026-11-23' }, ['block dateInFuture']],
    ['before the meter was installed', { takenOn: '2024-01-09', history: [], closedThrough: null }, ['block beforeInstallation', 'inform outsideWindow', 'inform firstReading']],
    ['after the meter was removed', { meter: { ...meter, removedOn: '2026-11-19' } }, ['block meterRemoved']],
    ['the final reading on the day of removal', { meter: { ...meter, removedOn: '2026-11-20' } }, []],
    ['a closed period: it counts for the next one', { closedThrough: '2026-11' }, ['inform periodClosed']],
    ['after the window, into the next period', { takenOn: '2026-11-26', today: '2026-11-26', closedThrough: '2026-11' }, ['inform outsideWindow']],
    ['before the window', { takenOn: '2026-11-14' }, ['inform outsideWindow']],
    ['an automatic meter by hand', { meter: { ...meter, isAutomatic: true } }, ['block automaticMeter']],
    ['an automatic meter by an act', { meter: { ...meter, isAutomatic: true }, channel: 'act' }, []],
    ['an automatic meter in a register', { meter: { ...meter, isAutomatic: true }, channel: 'import' }, []],
    ['a broken seal', { sealBroken: true }, ['block sealBroken']],
    ['one act of no access', { noAccessActs: 1 }, []],
    ['two acts of no access', { noAccessActs: 2 }, ['block controlReadingRequired']],
    ['two acts of no access, then a control reading', { noAccessActs: 2, isControl: true }, []],
    ['verification expired, provider informs', { meter: { ...meter, verifiedUntil: '2026-11-19' } }, ['inform verificationExpired']],
    ['verification valid on its last day', { meter: { ...meter, verifiedUntil: '2026-11-20' } }, ['inform verificationEndsSoon']],
    ['verification expired, provider asks', { meter: { ...meter, verifiedUntil: '2026-11-19' }, policy: { ...policy, expiredVerification: 'warn' } }, ['warn verificationExpired']],
    ['verification expired, provider refuses', { meter: { ...meter, verifiedUntil: '2026-11-19' }, policy: { ...policy, expiredVerification: 'block' } }, ['block verificationExpired']],
    ['verification expired, on the portal', { meter: { ...meter, verifiedUntil: '2026-11-19' }, channel: 'portal' }, ['block verificationExpired']],
    ['verification ends in 60 days', { meter: { ...meter, verifiedUntil: '2027-01-19' } }, ['inform verificationEndsSoon']],
    ['verification ends in 61 days', { meter: { ...meter, verifiedUntil: '2027-01-20' } }, []],
  ])('%s', (_what, changes, expected) => expect(saidOf(changes)).toEqual(expected))
})

describe('against the previous reading', () => {
  test('a lower value is asked about at the desk and refused on the portal', () => {
    expect(judged({ values: [1_200_000] })).toMatchObject({
      consumption: null, verdicts: [{ rule: 'belowPrevious', level: 'warn', zone: 0, details: { previous: 1_234_567, previousOn: '2026-10-20' } }],
    })
    expect(saidOf({ values: [1_200_000], channel: 'portal' })).toEqual(['block belowPrevious'])
  })

  test('a value below a control reading is refused, unless the provider reads again', () => {
    const checked = [...history.slice(1), { ...past('2026-10-20', 1_234_567), isControl: true }]
    expect(saidOf({ history: checked, values: [1_200_000] })).toEqual(['block belowControl'])
    expect(saidOf({ history: checked, values: [1_200_000], channel: 'act' })).toEqual(['warn belowPrevious'])
  })

  test('an old control reading says nothing once the dial went back since', () => {
    const replaced = [{ ...past('2026-08-20', 1_224_567), isControl: true }, past('2026-09-20', 4_000), past('2026-10-20', 9_000)]
    expect(saidOf({ history: replaced, values: [8_000] })).toEqual(['warn belowPrevious'])
    expect(saidOf({ history: replaced, values: [14_000] })).toEqual([])
  })

  test.each([
    [99_995_000, 12_000, 17_000],
    [99_999_876, 3_125, 3_249],
  ])('a dial that stood at %i and shows %i turned over', (before, value, consumption) => {
    const turned = Array.from({ length: 6 }, (_, index) => past(addMonths('2026-10-20', -index), before - index * 8_000))
    expect(judged({ history: turned, values: [value] })).toMatchObject({ consumption: [consumption], verdicts: [{ rule: 'rollover', level: 'warn', details: { consumption } }] })
  })

  test('the turn is off by none: 9999 to 0 is one, 9999 to 1 is two', () => {
    const whole: Meter = { ...meter, digits: 4, decimals: 0 }
    const used = (value: number) => judged({ meter: whole, history: [past('2026-10-20', 9_999_000)], values: [value] }).consumption
    expect([used(0), used(1_000)]).toEqual([[1_000], [2_000]])
  })

  test('consumption is multiplied by the ratio of the transformer', () => {
    expect(judged({ meter: { ...meter, ratio: 2 } }).consumption).toEqual([11_066])
  })

  test('no consumption is only told, and asked about the third time', () => {
    const idle = (months: number) => [...Array.from({ length: months }, (_, index) => past(addMonths('2026-10-20', -index), 1_234_567)), past('2025-01-20', 1_000_000)]
    expect(saidOf({ history: idle(1), values: [1_234_567] })).toEqual(['inform zeroConsumption'])
    expect(saidOf({ history: idle(2), values: [1_234_567] })).toEqual(['inform zeroConsumption'])
    expect(saidOf({ history: idle(3), values: [1_234_567] })).toEqual(['warn zeroConsumptionRepeated'])
    expect(saidOf({ history: idle(3), values: [1_234_567], meter: { ...meter, service: 'heat' } })).toEqual(['inform zeroConsumption'])
  })

  test('consumption three times the usual is asked about, twice is not', () => {
    expect(saidOf({ values: [1_244_567] })).toEqual([])
    expect(judged({ values: [1_254_567] }).verdicts).toMatchObject([
      { rule: 'aboveUsual', level: 'warn', zone: 0, details: { consumption: 20_000, days: 31 } },
    ])
    expect(judged({ values: [1_254_567] }).consumption).toEqual([20_000])
  })

  test('the cap of the provider is asked about at the desk and refused on the portal', () => {
    expect(saidOf({ history: [past('2026-10-20', 1_000_000)], values: [1_060_000] })).toEqual(['warn aboveMaximum'])
    expect(saidOf({ history: [past('2026-10-20', 1_000_000)], values: [1_060_000], channel: 'portal' })).toEqual(['block aboveMaximum'])
    expect(saidOf({ history: [past('2026-09-20', 1_000_000)], values: [1_060_000] })).toEqual([])
  })

  test('somebody who hardly uses water is not asked about a single cubic metre', () => {
    const sparing = Array.from({ length: 6 }, (_, index) => past(addMonths('2026-10-20', -index), 100_000 - index * 100))
    expect(saidOf({ history: sparing, values: [101_000] })).toEqual([])
    expect(saidOf({ history: sparing, values: [103_000] })).toContain('warn aboveUsual')
  })

  test('much less than usual is told', () => expect(saidOf({ values: [1_235_000] })).toEqual(['inform belowUsual']))

  test('summer water in the garden is compared with last summer', () => {
    const monthly = [1, 1, 1, 1, 1, 20, 20, 20, 1, 1, 1, 1]
    let value = 100_000
    const garden = Array.from({ length: 19 }, (_, index) => {
      value += (monthly[(index + 1) % 12] ?? 0) * 1000
      return past(addMonths('2025-01-20', index + 1), value)
    }).filter(({ takenOn }) => takenOn < '2026-06-20')
    const last = garden.at(-1)?.values[0] ?? 0
    expect(saidOf({ history: garden, takenOn: '2026-06-20', closedThrough: '2026-05', values: [last + 22_000] })).toEqual([])
    expect(saidOf({ history: garden.slice(-6), takenOn: '2026-06-20', closedThrough: '2026-05', values: [last + 22_000] })).toEqual(['warn aboveUsual'])
  })

  test('a few days are compared with half a month, so that a Sunday of washing is nothing odd', () => {
    const recent = [...history, past('2026-11-18', 1_239_000)]
    const rest = { history: recent, closedThrough: '2026-11', takenOn: '2026-11-26', today: '2026-11-26' }
    expect(saidOf({ ...rest, values: [1_244_000] })).toEqual(['inform outsideWindow'])
    expect(saidOf({ ...rest, values: [1_249_000] })).toContain('warn aboveUsual')
  })

  test('after more than three months of silence the operator asks why', () => {
    expect(saidOf({ history: history.slice(3), values: [1_240_100] })).toEqual(['warn longSilence'])
    expect(saidOf({ history: history.slice(2), values: [1_240_100] })).toEqual([])
  })

  test('the first reading of a meter is only told', () => {
    expect(judged({ history: [] })).toEqual({ consumption: null, countsFor: '2026-11', verdicts: [{ rule: 'firstReading', level: 'inform', details: {} }] })
  })

  test('initial values are a previous reading but nobody has submitted them', () => {
    const fresh = { ...meter, installedOn: '2026-11-16' }
    expect(judged({ meter: fresh, history: [past('2026-11-16', 0)], values: [1_000] })).toEqual({ verdicts: [], consumption: [1_000], countsFor: '2026-11' })
  })
})

describe('slips of the fingers', () => {
  const typo = (value: number) => judged({ values: [value] }).verdicts.find(({ rule }) => rule === 'looksMistyped')
  test.each([
    [12_401_000, 'extraDigit'], [12_440_100, 'extraDigit'], [1_420_100, 'transposed'], [124_010, 'missingDigit'], [140_100, 'missingDigit'], [1_240, 'shiftedPoint'],
  ])('%i is asked about as %s', (value, kind) => expect(typo(value)).toMatchObject({ level: 'warn', zone: 0, details: { kind } }))
  test.each([1_100_000, 1_300_000, 0])('%i is no single slip', (value) => expect(typo(value)).toBeUndefined())
  test('the value that was meant is suggested', () => expect(typo(1_420_100)?.details).toEqual({ kind: 'transposed', suggestion: 1_240_100 }))
  test('a value that fits is not suspected', () => expect(typo(1_240_100)).toBeUndefined())
})

describe('neighbours by date', () => {
  test('a backdated reading lies between its neighbours', () => {
    const around = [...history.slice(1), past('2026-11-20', 1_240_000)]
    expect(judged({ history: around, takenOn: '2026-10-20', closedThrough: null, values: [1_234_567] })).toMatchObject({ verdicts: [], consumption: [5_000] })
    expect(judged({ history: around, takenOn: '2026-10-20', closedThrough: null, values: [1_241_000] }).verdicts).toMatchObject([
      { rule: 'aboveNext', level: 'warn', details: { next: 1_240_000, nextOn: '2026-11-20' } },
    ])
  })

  test('the dial may turn between a backdated reading and the next one', () => {
    const turned = [past('2026-09-20', 99_990_000), past('2026-11-20', 4_000)]
    expect(judged({ history: turned, takenOn: '2026-10-20', closedThrough: null, values: [99_998_000] }).verdicts).toMatchObject([{ rule: 'rollover', details: { consumption: 6_000 } }])
  })

  test('a second reading of a period is asked about, the same one is the same entry', () => {
    const given = [...history, past('2026-11-16', 1_238_000)]
    expect(judged({ history: given }).verdicts).toEqual([{ rule: 'secondInPeriod', level: 'warn', details: { takenOn: '2026-11-16', period: '2026-11', value: 1_238_000 } }])
    expect(saidOf({ history: [...history, past('2026-11-20', 1_240_100)] })).toEqual(['inform sameAsAccepted'])
    expect(saidOf({ history: given, channel: 'act' })).toEqual([])
  })

  test('the order of the history does not matter', () => {
    fc.assert(fc.property(fc.shuffledSubarray(history, { minLength: history.length }), fc.integer({ min: 0, max: 99_999_999 }), (shuffled, value) => {
      expect(judged({ history: shuffled, values: [value] })).toEqual(judged({ values: [value] }))
    }))
  })
})

describe('zones', () => {
  const zoned: Meter = { ...meter, service: 'electricity', digits: 6, decimals: 0, zones: 2 }
  const months = Array.from({ length: 6 }, (_, index) => past(addMonths('2026-10-20', -index), 5_000_000 - index * 100_000, 2_000_000 - index * 50_000))
  test('each zone has its own history', () => {
    expect(judged({ meter: zoned, history: months, values: [5_100_000, 1_900_000] })).toMatchObject({ consumption: null, verdicts: [{ rule: 'belowPrevious', zone: 1 }] })
    expect(judged({ meter: zoned, history: months, values: [5_100_000, 2_050_000] })).toEqual({ verdicts: [], consumption: [100_000, 50_000], countsFor: '2026-11' })
  })
  test('one idle zone is told, its fellow is not', () => {
    expect(judged({ meter: zoned, history: months, values: [5_100_000, 2_000_000] }).verdicts).toMatchObject([{ rule: 'zeroConsumption', level: 'inform', zone: 1 }])
  })
  test('each zone turns over by itself', () => {
    const top = Array.from({ length: 6 }, (_, index) => past(addMonths('2026-10-20', -index), 999_950_000 - index * 100_000, 2_000_000 - index * 50_000))
    expect(judged({ meter: zoned, history: top, values: [50_000, 2_050_000] })).toMatchObject({ consumption: [100_000, 50_000], verdicts: [{ rule: 'rollover', zone: 0 }] })
  })
})

describe('what the dial probably shows', () => {
  test('is told before typing, by own consumption per day', () => {
    expect(expectedReading(reading())).toMatchObject([{ previous: 1_234_567, previousOn: '2026-10-20', low: expect.any(Number), high: expect.any(Number) }])
    const [range] = expectedReading(reading())
    expect(range?.expected).toBeGreaterThan(1_239_400)
    expect(range?.expected).toBeLessThan(1_239_900)
    expect(range?.low).toBeLessThan(range?.expected ?? 0)
    expect(range?.high).toBeGreaterThan(range?.expected ?? Infinity)
  })
  test('is rounded to what the dial can show', () => {
    const [range] = expectedReading(reading({ meter: { ...meter, decimals: 0 } }))
    expect([range?.low, range?.expected, range?.high].map((value) => (value ?? 1) % 1000)).toEqual([0, 0, 0])
  })
  test('of heat is what the same days of last year were', () => {
    const heat: Meter = { ...meter, service: 'heat' }
    const values: [string, number][] = [['2025-10-20', 10_000], ['2025-11-20', 12_000], ['2025-12-20', 15_000], ['2026-05-20', 20_000], ['2026-10-20', 20_000]]
    expect(expectedReading(reading({ meter: heat, history: values.map(([date, value]) => past(date, value)) }))).toMatchObject([{ expected: 22_000, low: 21_000, high: 24_000 }])
  })
  test('is not known without two readings, and goes over the turn of the dial', () => {
    expect(expectedReading(reading({ history: history.slice(0, 1) }))).toEqual([null])
    expect(expectedReading(reading({ history: [past('2026-09-20', 99_989_000), past('2026-10-20', 99_997_000)], values: [0] }))[0]?.expected).toBeLessThan(10_000)
  })
})

test('cold and hot water typed into each other are noticed', () => {
  const hot = Array.from({ length: 6 }, (_, index) => past(addMonths('2026-10-20', -index), 600_000 - index * 3_000))
  const cold = (value: number) => reading({ values: [value] })
  const warm = (value: number) => reading({ values: [value], history: hot, meter: { ...meter, service: 'hot_water' } })
  expect(looksSwapped(cold(603_000), warm(1_240_100))).toBe(true)
  expect(looksSwapped(cold(1_240_100), warm(603_000))).toBe(false)
  expect(looksSwapped(cold(603_000), warm(603_000))).toBe(false)
})

describe('reasons', () => {
  test('every warning has a reason that answers it, a block has none', () => {
    const { verdicts } = judged({ values: [1_200_000], history: history.slice(3), policy: { ...policy, expiredVerification: 'warn' }, meter: { ...meter, verifiedUntil: '2026-01-01' } })
    expect(said(verdicts)).toEqual(expect.arrayContaining(['warn belowPrevious', 'warn longSilence', 'warn verificationExpired']))
    for (const { rule, level } of verdicts) if (level === 'warn') expect(reasonsAnswering(rule).length).toBeGreaterThan(0)
    expect(reasonsFor(verdicts)).toEqual(['controllerChecked'])
    expect(unanswered(verdicts, ['meterReplaced']).map(({ rule }) => rule)).toEqual(['verificationExpired'])
    expect(unanswered(verdicts, ['meterReplaced', 'verificationInProgress'])).toEqual([])
    expect(reasonsFor(judged({ values: [-1] }).verdicts)).toEqual([])
    expect(reasonsAnswering('exceedsCapacity')).toEqual([])
  })

  test('whatever is typed, the desk can take it by a reason or says what blocks', () => {
    fc.assert(fc.property(fc.integer({ min: -5, max: 100_000_005 }), fc.integer({ min: 0, max: 11 }), (value, missing) => {
      const { verdicts, consumption } = judged({ values: [value], history: history.slice(missing) })
      expect(unanswered(verdicts, ['controllerChecked']).every(({ level }) => level === 'block')).toBe(true)
      expect(verdicts.every(({ rule }) => readingRules.includes(rule))).toBe(true)
      if (consumption) expect(consumption.every((used) => used >= 0)).toBe(true)
    }))
  })
})
