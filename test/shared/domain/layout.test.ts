import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toEnglishLayout, toRussianLayout } from '@shared/domain/layout'

describe('typed in the wrong layout', () => {
  test.each([
    ['bdfyjd', 'иванов'], ['Gtnhjd', 'Петров'], ['<jhbcjd', 'Борисов'], ['Tkbpfdtnf', 'Елизавета'], ['ek/', 'ул.'], ['`;', 'ёж'],
  ])('%s is meant as %s', (typed, meant) => expect(toRussianLayout(typed)).toBe(meant))

  test.each([
    ['шмфтщм', 'ivanov'], ['зфыызщке', 'passport'], ['еуые"ьфшдюкг', 'test@mail.ru'], ['еуые@ьфшдюкг', 'test@mail.ru'],
  ])('%s is meant as %s', (typed, meant) => expect(toEnglishLayout(typed)).toBe(meant))

  test('digits, spaces and dashes are the same keys', () => {
    expect(toRussianLayout('12 34-56')).toBe('12 34-56')
    expect(toEnglishLayout('12 34-56')).toBe('12 34-56')
  })

  test('switching there and back gives the typed text', () => {
    const english = fc.string({ unit: fc.constantFrom(...'`qwertyuiop[]asdfghjkl;\'zxcvbnm,.~QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>/?|@#$^&1234567890 -=!%*()_+') })
    fc.assert(fc.property(english, (text) => { expect(toEnglishLayout(toRussianLayout(text))).toBe(text) }))
  })
})
