import { expect, test } from 'vitest'
import { amountInWords } from '../../../src/main/printing/amount-in-words'

test.each([
  [0, 'Ноль рублей 00 копеек'],
  [202, 'Два рубля 02 копейки'],
  [2150, 'Двадцать один рубль 50 копеек'],
  [100101, 'Одна тысяча один рубль 01 копейка'],
  [1234567, 'Двенадцать тысяч триста сорок пять рублей 67 копеек'],
  [200000005, 'Два миллиона рублей 05 копеек'],
  [123456789, 'Один миллион двести тридцать четыре тысячи пятьсот шестьдесят семь рублей 89 копеек'],
  [1111, 'Одиннадцать рублей 11 копеек'],
])('%i kopecks are spelled «%s»', (kopecks, words) => {
  expect(amountInWords(kopecks)).toBe(words)
})

test('a sum beyond exact binary fractions keeps its kopecks', () => {
  expect(amountInWords(9007199254740991)).toMatch(/рублей 91 копейка$|рубль 91 копейка$/)
})
