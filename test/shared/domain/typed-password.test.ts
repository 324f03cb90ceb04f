import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toRussianLayout } from '@shared/domain/layout'
import { typedPasswordHints } from '@shared/domain/typed-password'

const policy = { length: 12, alphabet: 'dfghjkmnqrstuvwz23456789' }
const password = fc.string({ unit: fc.constantFrom(...policy.alphabet), minLength: 12, maxLength: 12 })

test('a password typed as the sheet says it gives no hint, spaces of its groups or not', () => {
  fc.assert(
    fc.property(password, (typed) => {
      const quiet = { russian: [], byKeys: null, byLooks: null, unexpected: [], otherLength: null }
      expect(typedPasswordHints(typed, policy)).toEqual(quiet)
      expect(typedPasswordHints(typed.replace(/(.{4})/g, '$1 '), policy)).toEqual(quiet)
    }),
  )
})

test('typed under the Russian layout it is read by its keys', () => {
  fc.assert(
    fc.property(password.filter((typed) => /[a-z]/.test(typed)), (typed) => {
      const { russian, byKeys, unexpected } = typedPasswordHints(toRussianLayout(typed), policy)
      expect(byKeys).toBe(typed)
      expect(russian.length).toBeGreaterThan(0)
      expect(unexpected).toEqual([])
    }),
  )
})

test('Russian letters that look like Latin ones are read by their looks as well', () => {
  expect(typedPasswordHints('Тор5сух7', { length: 8, alphabet: 'Topcyx57' })).toMatchObject({ russian: ['Т', 'о', 'р', 'с', 'у', 'х'], byKeys: 'Njh5ce[7', byLooks: 'Top5cyx7' })
  expect(typedPasswordHints('пароль12', { length: 8, alphabet: 'a' })).toMatchObject({ byLooks: null })
})

test('signs that no sheet of the provider holds are spelled, and a sheet of another length is told', () => {
  expect(typedPasswordHints('lO5', policy)).toMatchObject({ unexpected: ['l (эль строчная)', 'O (о заглавная)'], otherLength: 3 })
  expect(typedPasswordHints('', policy)).toMatchObject({ unexpected: [], otherLength: null })
})
