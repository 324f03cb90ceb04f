import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fold } from '@shared/domain/fold'

test.each([
  ['Фёдор', 'федор'],
  ['ФЁДОР', 'федор'],
  ['Фе\u0308дор', 'федор'],
  ['Андреи\u0306', 'андрей'],
  ['Римский-Корсаков', 'римский-корсаков'],
])('%s is found as %s', (text, folded) => expect(fold(text)).toBe(folded))

test('й is not и', () => expect(fold('Й')).not.toBe(fold('И')))

test('folding twice changes nothing', () => {
  const letter = fc.constantFrom('Ё', 'ё', 'Е\u0308', 'и\u0306', 'Й', 'А', 'я', 'Z', ' ', '-')
  fc.assert(fc.property(fc.string({ unit: letter }), (text) => {
    expect(fold(fold(text))).toBe(fold(text))
    expect(fold(text.toUpperCase())).toBe(fold(text))
  }))
})
