import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatVisitCode, luhnDigit, parseVisitCode } from '@shared/domain/visit-code'

const code = fc.integer({ min: 0, max: 99_999_999 }).map((number) => {
  const digits = String(number).padStart(8, '0')
  return `V${digits}${luhnDigit(digits)}`
})

test('the check digit is the published one (ISO/IEC 7812)', () => {
  expect(luhnDigit('7992739871')).toBe(3)
})

test('a code is read as it was written, spaced, dictated small or typed under the Russian layout', () => {
  fc.assert(
    fc.property(code, (stored) => {
      for (const text of [stored, formatVisitCode(stored), stored.toLowerCase(), stored.replace('V', 'м'), ` ${stored.replace('V', 'М')} `, stored.replace(/(...)(...)$/, '-$1-$2')]) expect(parseVisitCode(text)).toBe(stored)
    }),
  )
})

test('one wrong digit is never another’s code', () => {
  fc.assert(
    fc.property(code, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (stored, at, by) => {
      const wrong = stored.slice(0, at) + String((Number(stored[at]) + by) % 10) + stored.slice(at + 1)
      expect(parseVisitCode(wrong)).toBeNull()
    }),
  )
})

test('two neighbouring digits changed places are noticed, but for 09 and 90', () => {
  fc.assert(
    fc.property(code, fc.integer({ min: 1, max: 8 }), (stored, at) => {
      const [left = '', right = ''] = [stored[at], stored[at + 1]]
      fc.pre(left !== right && ![left, right].every((digit) => '09'.includes(digit)))
      expect(parseVisitCode(stored.slice(0, at) + right + left + stored.slice(at + 2))).toBeNull()
    }),
  )
})

test.each(['', 'V', '123456782', 'V12345678', 'V1234567820', 'B123456782', 'V12345678A'])('%j is no code', (text) => {
  expect(parseVisitCode(text)).toBeNull()
})

test('a code is written in groups that do not break', () => {
  expect(formatVisitCode('V123456782')).toBe('V123\u00a0456\u00a0782')
})
