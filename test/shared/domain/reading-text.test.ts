import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatReading } from '@shared/domain/decimal'
import { parseReadingText } from '@shared/domain/reading-text'

const water = { digits: 5, decimals: 3 }

describe('what an operator types from the dial', () => {
  test.each([
    ['1234,567', 1_234_567], ['1234.567', 1_234_567], ['01234,5', 1_234_500], ['0000000012', 12_000], ['1 234', 1_234_000], ['1234,', 1_234_000], ['0', 0], ['99999,999', 99_999_999],
  ])('%s', (text, value) => expect(parseReadingText(text, water)).toEqual({ value }))

  test.each([
    ['', { problem: 'empty', details: {} }],
    ['12a', { problem: 'notANumber', details: {} }],
    ['-5', { problem: 'notANumber', details: {} }],
    ['1,2,3', { problem: 'notANumber', details: {} }],
    ['12 м3', { problem: 'notANumber', details: {} }],
    [',5', { problem: 'notANumber', details: {} }],
    ['123456', { problem: 'tooManyDigits', details: { digits: 5 } }],
    ['01234567', { problem: 'tooManyDigits', details: { digits: 5, suggestion: 1_234_567 } }],
    ['1,2345', { problem: 'tooManyDecimals', details: { decimals: 3 } }],
  ])('«%s» is refused with words', (text, problem) => expect(parseReadingText(text, water)).toEqual(problem))

  test('decimals that the provider does not take are cut, not rounded', () => {
    expect(parseReadingText('1234,999', water, 0)).toEqual({ value: 1_234_000 })
    expect(parseReadingText('1234,999', water, 2)).toEqual({ value: 1_234_990 })
    expect(parseReadingText('12,5', { digits: 6, decimals: 0 })).toEqual({ problem: 'tooManyDecimals', details: { decimals: 0 } })
  })

  test('every value a dial can show is read back from how it is shown', () => {
    fc.assert(fc.property(fc.integer({ min: 3, max: 9 }), fc.integer({ min: 0, max: 3 }), fc.nat(), (digits, decimals, seed) => {
      const unit = 10 ** (3 - decimals)
      const value = (seed % (10 ** digits * 10 ** decimals)) * unit
      expect(parseReadingText(formatReading(value, decimals), { digits, decimals })).toEqual({ value })
    }))
  })
})
