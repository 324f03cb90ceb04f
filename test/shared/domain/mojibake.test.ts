import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readableSpellings } from '@shared/domain/mojibake'

const bytes = (text: string, encoding: 'utf-8' | 'windows-1251' | 'koi8-r'): Uint8Array => {
  if (encoding === 'utf-8') return new TextEncoder().encode(text)
  const decoder = new TextDecoder(encoding)
  const table = new Map(Array.from({ length: 256 }, (_, byte) => [decoder.decode(Uint8Array.of(byte)), byte]))
  return Uint8Array.from([...text].map((letter) => table.get(letter)!))
}

test.each([
  ['utf-8', 'windows-1252'], ['utf-8', 'windows-1251'], ['windows-1251', 'windows-1252'], ['koi8-r', 'windows-1252'], ['koi8-r', 'windows-1251'],
] as const)('what was %s and was read as %s is read again', (written, read) => {
  const letters = fc.string({ unit: fc.constantFrom(...'АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЭЮЯабвгдежзиклмнопрстуфхцчшщэюя0123456789-/'), minLength: 1, maxLength: 20 }).filter((text) => /[А-я]/.test(text))
  fc.assert(fc.property(letters, (text) => {
    expect(readableSpellings(new TextDecoder(read).decode(bytes(text, written)))).toContain(text)
  }))
})

test('the text itself comes first, and alone when there is nothing to repair', () => {
  expect(readableSpellings('GS-2315/2018')).toEqual(['GS-2315/2018'])
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
    expect(readableSpellings(text)[0]).toBe(text)
  }))
})
