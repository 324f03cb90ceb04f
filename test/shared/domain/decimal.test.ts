import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decimalOfThousandths, divideRounded, exactly, formatDecimal, formatReading, parseDecimal, scaled } from '@shared/domain/decimal'

describe('reading a decimal number from a register', () => {
  test.each([
    ['1 234,567', '1234.567'],
    ['1\u00a0234.5', '1234.5'],
    ['1\u202f234\u202f567', '1234567'],
    ['0042', '42'],
    ['-12,50', '-12.5'],
    ['\u221212', '-12'],
    ['0,000', '0'],
    ['-0', '0'],
    [' 5 ', '5'],
  ])('%s is %s', (text, decimal) => expect(parseDecimal(text)).toBe(decimal))

  test.each(['', '-', ',5', '5,', '1,2,3', '1.234,5', '12 34', '1e5', 'NaN', '٣', '5 м3', '+5'])('%s is refused', (text) => expect(parseDecimal(text)).toBeNull())
})

test('scaling is exact and refuses to lose digits', () => {
  expect(scaled('5.533', 3)).toBe(5533n)
  expect(scaled('-48.37', 4)).toBe(-483700n)
  expect(exactly('0.05')).toEqual({ units: 5n, digits: 2 })
  expect(() => scaled('5.5335', 3)).toThrow(RangeError)
  expect(() => exactly('5,5')).toThrow(RangeError)
})

test.each([
  [5n, 2n, 3n], [-5n, 2n, -3n], [4n, 3n, 1n], [0n, 7n, 0n], [-4n, 3n, -1n], [1n, 3n, 0n], [2n, 3n, 1n],
])('%s / %s rounds to %s', (numerator, denominator, rounded) => expect(divideRounded(numerator, denominator)).toBe(rounded))

test('a rounded quotient is never further than half from the exact one', () => {
  fc.assert(fc.property(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.bigInt({ min: 1n, max: 10n ** 9n }), (numerator, denominator) => {
    const rest = numerator - divideRounded(numerator, denominator) * denominator
    expect((rest < 0n ? -rest : rest) * 2n <= denominator).toBe(true)
  }))
})

test('people see commas and unbroken thousands', () => {
  expect(formatDecimal('1234567.89')).toBe('1\u00a0234\u00a0567,89')
  expect(formatDecimal('-0.5')).toBe('\u22120,5')
  expect(formatDecimal('123456')).toBe('123\u00a0456')
})

describe('dial values', () => {
  test.each([
    [5533, 3, '5,533'], [5533, 0, '5'], [5999, 2, '5,99'], [7, 3, '0,007'], [0, 0, '0'], [99_999_876, 3, '99999,876'], [-500, 1, '\u22120,5'],
  ])('%i thousandths on a dial with %i decimals show %s', (value, decimals, text) => expect(formatReading(value, decimals)).toBe(text))

  test('thousandths and decimal strings are the same number', () => {
    expect([decimalOfThousandths(5533), decimalOfThousandths(5500), decimalOfThousandths(10_000), decimalOfThousandths(-20)]).toEqual(['5.533', '5.5', '10', '-0.02'])
    fc.assert(fc.property(fc.integer({ min: -1e12, max: 1e12 }), (value) => { expect(scaled(decimalOfThousandths(value), 3)).toBe(BigInt(value)) }))
  })

  test('any decimal shown to people reads back', () => {
    fc.assert(fc.property(fc.integer({ min: -1e12, max: 1e12 }), (value) => {
      const decimal = decimalOfThousandths(value)
      expect(parseDecimal(formatDecimal(decimal))).toBe(decimal)
    }))
  })
})
