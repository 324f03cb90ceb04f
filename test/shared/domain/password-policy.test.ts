import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type PasswordPolicy, generatePassword, groups, passwordBits, passwordProblems, spellRussian } from '@shared/domain/password-policy'

const ensk: PasswordPolicy = { min: 8, max: 20, length: 12, alphabet: 'dfghjkmnqrstuvwz23456789', requireLetter: true, requireDigit: true }
const gas: PasswordPolicy = { min: 5, max: 10, length: 10, alphabet: '23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz', requireLetter: true, requireDigit: true }
const random = (max: number) => randomInt(max)

/** Draws the given characters in turn, so that a test decides what comes. */
const drawing = (policy: PasswordPolicy, characters: string) => {
  const rest = [...characters]
  return () => policy.alphabet.indexOf(rest.shift() ?? 'd')
}

describe('the policy of a portal', () => {
  test.each([
    ['df2gh3jk', []],
    ['df2gh3j', ['tooShort']],
    ['df2gh3jkdf2gh3jkdf2gh', ['tooLong']],
    ['df2gh3jО', ['unexpectedCharacter']],
    ['dfghjkmn', ['digitMissing']],
    ['23456789', ['letterMissing']],
    ['', ['tooShort', 'letterMissing', 'digitMissing']],
  ])('«%s»: %o', (password, problems) => expect(passwordProblems(ensk, password)).toEqual(problems))

  test('a password never repeats what its owner is known by', () => {
    const owner = { login: 'DGHJ2345@mail.ru', account: '2345-6789', lastName: 'Фёдоров', phone: '+7 (923) 456-78-92' }
    const free = { ...ensk, min: 1, alphabet: `${ensk.alphabet}1ФЁДОРВфедорв0 `, requireLetter: false, requireDigit: false }
    expect(passwordProblems(free, 'dghj2345', owner)).toEqual(['equalsLogin'])
    expect(passwordProblems(free, '23456789', owner)).toEqual(['equalsAccount'])
    expect(passwordProblems(free, 'федоров', owner)).toEqual(['equalsLastName'])
    expect(passwordProblems(free, '9234567892', owner)).toEqual(['equalsPhone'])
    expect(passwordProblems(free, '89234567892', owner)).toEqual(['equalsPhone'])
    expect(passwordProblems(free, 'dghj2346', { login: '', account: null })).toEqual([])
  })
})

describe('a generated password', () => {
  test.each([['ensk', ensk], ['gas', gas]])('meets the policy %s every time', (_name, policy) => {
    const made = Array.from({ length: 2000 }, () => generatePassword(policy, random))
    for (const password of made) {
      expect(password).toHaveLength(policy.length)
      expect(passwordProblems(policy, password)).toEqual([])
    }
    expect(new Set(made).size).toBe(made.length)
  })

  test('a draw without a digit is thrown away whole', () => {
    expect(generatePassword({ ...ensk, length: 8 }, drawing(ensk, 'dfghjkmn' + 'dfghjkm2'))).toBe('dfghjkm2')
  })

  test('a draw equal to the login is thrown away', () => {
    expect(generatePassword({ ...ensk, length: 8 }, drawing(ensk, 'dfghjkm2' + 'dfghjkm3'), { login: 'DFGHJKM2' })).toBe('dfghjkm3')
  })

  test('every character is as likely as any other', () => {
    const counts = new Map<string, number>()
    const policy = { ...ensk, requireLetter: false, requireDigit: false }
    for (let index = 0; index < 4000; index++) for (const character of generatePassword(policy, random)) counts.set(character, (counts.get(character) ?? 0) + 1)
    // 48,000 draws over 24 characters: 2,000 each, deviation about 44; eight deviations never happen by chance.
    expect(counts.size).toBe(24)
    for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(350)
  })

  test('a policy nobody can meet is refused, not waited for', () => {
    expect(() => generatePassword({ ...ensk, alphabet: 'dfghjkmnqr' }, random)).toThrow(RangeError)
    expect(() => generatePassword({ ...ensk, alphabet: 'dd2' }, random)).toThrow(RangeError)
    expect(() => generatePassword({ ...ensk, length: 4 }, random)).toThrow(RangeError)
    expect(() => generatePassword(ensk, (max) => max)).toThrow(RangeError)
  })
})

describe('a password on the sheet', () => {
  test('is spelled in Russian', () => {
    expect(spellRussian('tQ7').join(', ')).toBe('тэ строчная, ку заглавная, семь')
    expect(spellRussian('-w')).toEqual(['дефис', 'дубль-вэ строчная'])
  })
  test('has a different name for every character', () => {
    const all = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789']
    expect(new Set(spellRussian(all.join(''))).size).toBe(all.length)
  })
  test('is printed in groups of four that join into it', () => {
    expect(groups('tQ7k9mPw2x')).toEqual(['tQ7k', '9mPw', '2x'])
    fc.assert(fc.property(fc.string(), (password) => {
      expect(groups(password).join('')).toBe(password)
    }))
  })
})

describe('the strength of a generated password', () => {
  test('counts exactly the passwords that the policy accepts', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...'abc234!'), { minLength: 2, maxLength: 5 }), fc.integer({ min: 1, max: 4 }), fc.boolean(), fc.boolean(), (characters, length, requireLetter, requireDigit) => {
        const policy = { min: 1, max: 20, length, alphabet: characters.join(''), requireLetter, requireDigit }
        let words = ['']
        for (let i = 0; i < length; i++) words = words.flatMap((word) => characters.map((character) => word + character))
        const accepted = words.filter((word) => passwordProblems(policy, word).length === 0).length
        if (accepted === 0) expect(passwordBits(policy)).toBe(-Infinity)
        else expect(passwordBits(policy)).toBeCloseTo(Math.log2(accepted), 6)
      }),
    )
  })

  test('of the ready alphabets it is what domain §4.2 says', () => {
    expect(passwordBits({ ...ensk, requireLetter: false, requireDigit: false })).toBeCloseTo(55.02, 1)
    expect(passwordBits(gas)).toBeGreaterThan(57)
  })
})
