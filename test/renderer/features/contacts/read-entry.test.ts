import { readEntry } from '@renderer/features/contacts/read-entry'
import fc from 'fast-check'
import { expect, test } from 'vitest'

test.each([
  ['liza@mail.ru', 'email', 'liza@mail.ru'],
  [' Liza@Mail.RU ', 'email', 'liza@mail.ru'],
  ['1985anna@mail.ru', 'email', '1985anna@mail.ru'],
  ['лиза', 'email', null],
  ['8 (912) 345-67-89', 'phone', '+79123456789'],
  ['+7 912 345 67 89', 'phone', '+79123456789'],
  ['тел. 9123456789', 'phone', '+79123456789'],
  ['89123', 'phone', null],
  ['8 912 345-67-8', 'phone', null],
  ['8912345678', 'phone', null],
  ['7 (912) 345-67-8', 'phone', null],
  ['8 (351) 255-57-2', 'phone', null],
  ['8352620101', 'phone', '+78352620101'],
  ['9123456789', 'phone', '+79123456789'],
  ['', 'email', null],
] as const)('«%s» is taken for the kind %s, stored as %s', (text, kind, value) => {
  expect(readEntry(text)).toMatchObject({ kind, value })
})

test('an SMS goes to mobile phones only, and digits are counted for who types them', () => {
  expect(readEntry('8 351 255-57-24')).toMatchObject({ kind: 'phone', value: '+73512555724', isMobile: false })
  expect(readEntry('8 912 345-67-89').isMobile).toBe(true)
  expect(readEntry('8 912 34').digits).toBe(6)
})

test('what reads as an e-mail is one, whatever digits it has', () => {
  fc.assert(fc.property(fc.emailAddress(), (address) => {
    fc.pre(address.length <= 200)
    expect(readEntry(address)).toMatchObject({ kind: 'email' })
  }))
})

test.each(['*(!"№;%:?*(', '8 9О0 111-22-ЗЗ', '8 912 345-67-89, 8 351 255-57-24'])('«%s» is a phone with a slip', (text) => {
  expect(readEntry(text)).toMatchObject({ kind: 'phone', value: null })
})
