import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAmount, formatMoney, multiplyRounded, parseMoney, roublesOf, vatInside } from '@shared/domain/money'

const anySum = fc.integer({ min: -1e15, max: 1e15 })

describe('reading a sum', () => {
  test.each([
    ['1 234,56 ₽', 123456],
    ['1\u00a0234,56\u00a0₽', 123456],
    ['1234.5', 123450],
    ['1234', 123400],
    ['0,01', 1],
    ['1.10', 110],
    ['500 руб.', 50000],
    ['500руб', 50000],
    ['12 руб. 05 коп.', 1205],
    ['1 000 р. 00 к.', 100000],
    ['7 р.', 700],
    ['-15,20', -1520],
    ['\u221215,20 ₽', -1520],
    ['90071992547409,91', 9007199254740991],
  ])('%s is %i kopecks', (text, kopecks) => expect(parseMoney(text)).toBe(kopecks))

  test.each(['', '₽', '1.005', '12,345', '1,234.56', '1.234,56', '12 34', 'сто', '5,', '1e3', '12 руб. 5', '90071992547409,92', 'Infinity'])(
    '%s is not a sum', (text) => expect(parseMoney(text)).toBeNull(),
  )

  test('every printed sum reads back as itself', () => {
    fc.assert(fc.property(anySum, (kopecks) => {
      expect(parseMoney(formatMoney(kopecks))).toBe(kopecks)
      expect(parseMoney(roublesOf(kopecks))).toBe(kopecks)
    }))
  })
})

test('a sum on paper is never torn apart and shows a real minus', () => {
  expect(formatMoney(123456)).toBe('1\u00a0234,56\u00a0₽')
  expect(formatMoney(-123450)).toBe('\u22121\u00a0234,50\u00a0₽')
  expect(formatMoney(0)).toBe('0,00\u00a0₽')
  expect(formatAmount(-5)).toBe('\u22120,05')
  expect(formatAmount(100_000_000)).toBe('1\u00a0000\u00a0000,00')
  expect(() => formatMoney(0.5)).toThrow(RangeError)
})

describe('a line of a bill', () => {
  test.each([
    ['5.533', '48.37', 26763],
    ['1', '1.005', 101],
    ['1', '2.675', 268],
    ['-5.533', '48.37', -26763],
    ['0.001', '4.99', 0],
    ['0.001', '5', 1],
    ['0', '100', 0],
  ])('%s × %s is %i kopecks', (volume, tariff, kopecks) => expect(multiplyRounded(volume, tariff)).toBe(kopecks))

  test('a recalculation by the same volume cancels its line exactly', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 1e7 }), (volume, tariff) => {
      const written = `${Math.floor(volume / 1000)}.${String(volume % 1000).padStart(3, '0')}`
      const price = `${Math.floor(tariff / 100)}.${String(tariff % 100).padStart(2, '0')}`
      expect(multiplyRounded(written, price) + multiplyRounded(`-${written}`, price)).toBe(0)
    }))
  })
})

test.each([
  [435267, 22, 78491], [100000, 22, 18033], [100000, 20, 16667], [100000, 10, 9091], [100000, 7, 6542], [100000, 5, 4762], [75000, 22, 13525],
])('in %i kopecks at %i %% there are %i kopecks of VAT', (sum, rate, vat) => expect(vatInside(sum, rate)).toBe(vat))
