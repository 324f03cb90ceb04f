import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatPhone, isMobile, lastTenDigits, normalisePhone, parsePhone } from '@shared/domain/phone'

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
