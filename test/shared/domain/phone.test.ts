import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatPhone, isMadeUp, isMobile, lastTenDigits, normalisePhone, parsePhone, phoneHints } from '@shared/domain/phone'

describe('a phone in any punctuation', () => {
  test.each([
    ['8 (351) 255-57-24', '+73512555724'],
    ['+7 (351) 2 555 724', '+73512555724'],
    ['8(800) 505 20 11', '+78005052011'],
    ['8-800-000-00-00', '+78000000000'],
    ['9123456789', '+79123456789'],
    ['891234567-89', '+79123456789'],
    ['7 912 345 67 89', '+79123456789'],
    ['+8 912 345-67-89', '+79123456789'],
    ['тел. 8\u00a0912\u00a0345\u20116789', '+79123456789'],
    ['8 (351) 255-57-24 доб. 105', '+73512555724'],
  ])('%s is %s', (text, e164) => {
    expect(normalisePhone(text)).toBe(e164)
    expect(lastTenDigits(text)).toBe(e164.slice(-10))
  })

  test.each(['12345', '', '+', '1234567890', '89123456', '891234567890', 'мой номер 9123456789', '9123456789 или 9123456780', '0123456789'])(
    '%s is no phone', (text) => expect(normalisePhone(text)).toBeNull(),
  )

  test.each([['+375 29 123-45-67', '+375291234567'], ['+7 701 234 56 78', '+77012345678'], ['87012345678', '+77012345678'], ['+84 912 345 678', '+84912345678']])(
    '%s is foreign and never gets an SMS', (text, e164) => {
      expect(parsePhone(text)).toEqual({ e164, isRussian: false, isMobile: false })
      expect(lastTenDigits(text)).toBeNull()
    },
  )
})

test('a shown number reads back as itself', () => {
  fc.assert(fc.property(fc.constantFrom('3', '4', '8', '9'), fc.integer({ min: 0, max: 999_999_999 }), (first, rest) => {
    const e164 = `+7${first}${String(rest).padStart(9, '0')}`
    expect(normalisePhone(formatPhone(e164))).toBe(e164)
    expect(normalisePhone(e164.replace('+7', '8'))).toBe(e164)
    expect(isMobile(e164)).toBe(first === '9')
  }))
})

test('a number is written the way people read it', () => {
  expect(formatPhone('+79123456789')).toBe('+7 (912) 345-67-89')
})

describe('what the visitor may have meant', () => {
  test.each([
    ['*(!"№;%:?*(', '+79123456789', 'layout'],
    ['*(!@#$%^&*(', '+79123456789', 'layout'],
    ['8 9l2 З45-67-89', '+79123456789', 'lookAlikes'],
    ['8 (9О5) 5ОО-ОО-1О', '+79055000010', 'lookAlikes'],
    ['+7 8 912 345-67-89', '+79123456789', 'doublePrefix'],
    ['8 7 (351) 255-57-24', '+73512555724', 'doublePrefix'],
    ['00 375 29 123-45-67', '+375291234567', 'internationalPrefix'],
    ['8 10 375 29 123 45 67', '+375291234567', 'internationalPrefix'],
  ])('by «%s»: %s', (text, suggestion, slip) => {
    expect(phoneHints(text)).toEqual([{ suggestion, slips: [slip] }])
  })

  test('by two numbers in one field: each of them', () => {
    expect(phoneHints('8 912 345-67-89, 8 (351) 255-57-24')).toEqual([{ suggestion: '+79123456789', slips: ['severalNumbers'] }, { suggestion: '+73512555724', slips: ['severalNumbers'] }])
    expect(phoneHints('89123456789 или 89123456780').map(({ suggestion }) => suggestion)).toEqual(['+79123456789', '+79123456780'])
  })

  test.each(['', '12345', '8 912 345-67-8', 'ivan@mail.ru', 'звонить соседу', '8 912 345-67-890', '()'])('can’t be told of «%s»', (text) => expect(phoneHints(text)).toEqual([]))

  const number = fc.tuple(fc.constantFrom('3', '4', '8', '9'), fc.integer({ min: 0, max: 999_999_999 })).map(([first, rest]) => `${first}${String(rest).padStart(9, '0')}`)

  test('a number is found again whatever slip it was typed with, and one that reads as it is gets no hint', () => {
    const withShift = (signs: string) => (digits: string) => [...digits].map((digit) => signs[(Number(digit) + 9) % 10]).join('')
    const slips = [withShift('!"№;%:?*()'), withShift('!@#$%^&*()'), (digits: string) => digits.replaceAll('0', 'О').replaceAll('1', 'l'), (digits: string) => digits.replace(/^8/, '+7 8 ')]
    fc.assert(fc.property(number, fc.constantFrom(...slips), (national, slip) => {
      const written = slip(`8${national}`)
      const read = normalisePhone(written)
      if (read) expect(read).toBe(`+7${national}`)
      else expect(phoneHints(written).map(({ suggestion }) => suggestion)).toContain(`+7${national}`)
      for (const text of [`8${national}`, `+7 (${national.slice(0, 3)}) ${national.slice(3)}`, formatPhone(`+7${national}`)]) expect(phoneHints(text)).toEqual([])
    }))
  })

  test('whatever is typed, each suggestion is a phone as it is stored, and there are three at most', () => {
    const signs = fc.string({ unit: fc.constantFrom(...'0123456789+()-., ;/!"№%:?*@#$^&OОlIЗЧбB|'), maxLength: 40 })
    fc.assert(fc.property(fc.oneof(signs, fc.string({ maxLength: 60 })), (text) => {
      const hints = phoneHints(text)
      expect(hints.length).toBeLessThanOrEqual(3)
      for (const { suggestion, slips } of hints) {
        expect(normalisePhone(suggestion)).toBe(suggestion)
        expect(slips.length).toBeGreaterThan(0)
      }
    }), { numRuns: 1000 })
  })
})

test.each([['+79000000000', true], ['+79999999999', true], ['+79111111111', true], ['+79123456789', false], ['+73512555724', false], ['+78005555555', true], ['+79125555555', true], ['+79125555551', false]])('%s made up: %s', (e164, madeUp) => {
  expect(isMadeUp(e164)).toBe(madeUp)
})
