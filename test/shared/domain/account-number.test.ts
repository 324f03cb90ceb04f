import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accountKey, accountNumberProblem, contractKey, housingSystemCode, withoutLeadingZeros } from '@shared/domain/account-number'

const digits = { digitsOnly: true, minLength: 6, maxLength: 12 }
const letters = { digitsOnly: false, minLength: 3, maxLength: 10 }

describe('numbers are compared in one form', () => {
  test.each([['А-123456', '123456'], ['123456-А', '123456'], ['№ 1002 003 00', '100200300'], ['04067759', '04067759']])(
    '%s is the account %s of a provider that counts digits', (text, key) => expect(accountKey(text, digits)).toBe(key),
  )
  test.each([['д-12/345', 'Д12/345'], ['K 0012', 'К0012'], ['№ 12 345\u2011678', '12345678'], ['00\u00a0123', '00123']])(
    '%s is the contract %s', (text, key) => expect(contractKey(text)).toBe(key),
  )
  test('leading zeros go only where matching asks for it', () => {
    expect(['04067759', '000', '0', ''].map(withoutLeadingZeros)).toEqual(['4067759', '0', '0', ''])
  })
  test('a key is its own key', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'0123АВДHKЁё/ -№') }), fc.boolean(), (text, digitsOnly) => {
      const key = accountKey(text, { digitsOnly })
      expect(accountKey(key, { digitsOnly })).toBe(key)
    }))
  })
})

test.each([
  ['100200300', digits, null], ['А-100200300', digits, null], ['', digits, 'missing'], ['А', digits, 'missing'], ['12345', digits, 'tooShort'],
  ['1234567890123', digits, 'tooLong'], ['счёт 100200300', digits, 'unexpectedCharacter'], ['100200300?', digits, 'unexpectedCharacter'],
  ['Д-12', letters, null], ['Д*12', letters, 'unexpectedCharacter'], ['Д1', letters, 'tooShort'], ['Д1234567890', letters, 'tooLong'],
] as const)('«%s» by the format %o: %s', (text, format, problem) => expect(accountNumberProblem(text, format)).toBe(problem))

describe('codes of ГИС ЖКХ', () => {
  test.each([
    ['75ДА533315', 'els', '75ДА533315'],
    ['75да533315-01', 'zhkuId', '75ДА533315-01'],
    ['75ДA533315 \u2013 01', 'zhkuId', '75ДА533315-01'],
    ['40AE12345601', 'zhkuId', '40АЕ123456-01'],
    ['75ДА533315-01-6101', 'paymentDocumentId', '75ДА533315-01-6101'],
  ])('%s is %s %s', (text, kind, key) => expect(housingSystemCode(text)).toEqual({ kind, key }))
  test.each(['7533315', '75Д533315', '75ДАА533315', '75ДА53331', '75ДА533315-1', '', '75ДА533315-01-61'])('%s is none', (text) => expect(housingSystemCode(text)).toBeNull())
})
