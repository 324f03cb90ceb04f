import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type PluralForms, counted, plural } from '@shared/domain/plural'

const roubles: PluralForms = ['рубль', 'рубля', 'рублей']

test.each([[1, 'рубль'], [2, 'рубля'], [5, 'рублей'], [0, 'рублей'], [11, 'рублей'], [14, 'рублей'], [21, 'рубль'], [112, 'рублей'], [1.5, 'рубля'], [-2, 'рубля'], [1001, 'рубль']])(
  '%d %s', (count, form) => expect(plural(count, roubles)).toBe(form),
)

test('agrees with CLDR for every number', () => {
  const cldr = new Intl.PluralRules('ru')
  const form: Record<string, string> = { one: 'рубль', few: 'рубля', many: 'рублей', other: 'рубля' }
  fc.assert(fc.property(fc.oneof(fc.nat(), fc.nat(2000).map((tenths) => tenths / 10)), (count) => {
    expect(plural(count, roubles)).toBe(form[cldr.select(count)])
  }))
})

test('a counted noun is not torn from its number', () => expect(counted(5, roubles)).toBe('5\u00a0рублей'))
