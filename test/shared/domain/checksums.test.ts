import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bankAccountKey, formatSnils, isBankAccount, isBic, isInn, isKpp, isOgrn, isOgrnip, isOrganisationInn, isPersonInn, isSnils,
} from '@shared/domain/checksums'

describe('СНИЛС', () => {
  test.each(['11223344595', '08765430300', '00150881500', '00143754400', '00699668200', '12345678964', '13655423865', '19888989000', '00100199800'])('%s is valid', (digits) => {
    expect(isSnils(digits)).toBe(true)
  })
  test.each(['11223344596', '12345678965', '00000000000', '1122334459', '112-233-445 95', ''])('%s is not', (digits) => expect(isSnils(digits)).toBe(false))
  test('is shown with dashes', () => expect(formatSnils('11223344595')).toBe('112-233-445 95'))
})

describe('ИНН', () => {
  test.each([
    '7707083893', '7707049388', '7736520080', '7736050003', '7710140679', '7704217370', '3328415442', '7400000015', '1435000015', '7700000016',
  ])('%s is of an organisation', (digits) => expect([isOrganisationInn(digits), isInn(digits), isPersonInn(digits)]).toEqual([true, true, false]))
  test.each(['500100732259', '123456789047', '100000000074', '741500000012', '143500123413'])('%s is of a person', (digits) => {
    expect([isOrganisationInn(digits), isInn(digits), isPersonInn(digits)]).toEqual([false, true, true])
  })
  test.each(['7707083894', '6200098765', '7701234567', '123456789012', '0000000000', '000000000000', '77070838931', ''])('%s is not valid', (digits) => expect(isInn(digits)).toBe(false))
  test('any one wrong digit of an organisation is noticed', () => {
    fc.assert(fc.property(fc.constantFrom('7707083893', '7736050003', '7400000015'), fc.nat(8), fc.integer({ min: 1, max: 9 }), (digits, place, shift) => {
      const wrong = digits.slice(0, place) + String((Number(digits[place]) + shift) % 10) + digits.slice(place + 1)
      expect(isOrganisationInn(wrong)).toBe(false)
    }))
  })
})

describe('ОГРН and ОГРНИП', () => {
  test.each(['1027700132195', '1027700198767', '1057746557329', '1027700070518', '1027739642281', '1027400000000', '1187448012344'])('%s is an ОГРН', (digits) => {
    expect([isOgrn(digits), isOgrnip(digits)]).toEqual([true, false])
  })
  test.each(['304500116000157', '304770000133140', '312741500000120', '320143500123452'])('%s is an ОГРНИП', (digits) => expect([isOgrn(digits), isOgrnip(digits)]).toEqual([false, true]))
  test.each(['304500116000150', '1027700132196', '2027700132195', '0000000000000', ''])('%s is neither', (digits) => expect([isOgrn(digits), isOgrnip(digits)]).toEqual([false, false]))
})

test('КПП and БИК have a shape only', () => {
  expect(['740001001', '7400AB001', '74000100', '740001001 '].map(isKpp)).toEqual([true, true, false, false])
  expect(['044525225', '04452522', '0445252250'].map(isBic)).toEqual([true, false, false])
})

describe('the key of a bank account', () => {
  test.each([
    ['40602810000000000025', '049805746', 'client', 7],
    ['30101810000000000746', '049805000', 'correspondent', 8],
    ['40102810000000010001', '040305000', 'correspondent', 1],
    ['30114В84000000000501', '044541312', 'client', 6],
    ['40702810900000000001', '044525225', 'client', 2],
    ['30101810600000000609', '049805609', 'correspondent', 4],
  ] as const)('of %s in %s (%s) is %i', (account, bic, kind, key) => {
    expect(bankAccountKey(account, bic, kind)).toBe(key)
    expect(isBankAccount(`${account.slice(0, 8)}${key}${account.slice(9)}`, bic, kind)).toBe(true)
    expect(isBankAccount(`${account.slice(0, 8)}${(key + 1) % 10}${account.slice(9)}`, bic, kind)).toBe(false)
  })

  test.each([
    ['044525225', '30101810400000000225'], ['047501602', '30101810700000000602'], ['049805609', '30101810400000000609'], ['041708602', '30101810000000000602'],
    ['044030653', '30101810500000000653'], ['044525187', '30101810700000000187'], ['044525593', '30101810200000000593'], ['044525974', '30101810145250000974'],
    ['044525823', '30101810200000000823'], ['044525700', '30101810200000000700'], ['044525201', '30101810000000000201'],
  ])('the correspondent account of %s is right', (bic, account) => expect(isBankAccount(account, bic, 'correspondent')).toBe(true))

  test.each([
    ['044525225', '40702810138250123017'], ['044525225', '40702810338090107569'], ['044525225', '40702810938000000001'], ['041708602', '40702810710020102692'],
    ['044030653', '40702810455000024248'], ['044525201', '40802810700020000317'], ['047501602', '40702810572000000017'], ['049805609', '40702810376000000021'],
    ['044525225', '40702810838000000033'],
  ])('a settlement account in %s is right', (bic, account) => expect(isBankAccount(account, bic, 'client')).toBe(true))

  test.each([['044525225', '40702810900000000001'], ['047501602', '40702810572000001234'], ['044525225', '4070281013825012301'], ['04452522', '40702810138250123017']])(
    'a wrong one in %s is noticed: %s', (bic, account) => expect(isBankAccount(account, bic, 'client')).toBe(false),
  )
  test('treasury accounts are not checked by this rule', () => expect(isBankAccount('03100643000000016900', '017501500', 'client')).toBe(true))
})
