import bwip from 'bwip-js/node'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { code128 } from '../../../src/main/printing/barcode'

/** Modules a symbol of another encoder has. */
function lengthByAnother(text: string): number {
  const [symbol] = bwip.raw({ bcid: 'code128', text })
  return symbol && 'sbs' in symbol ? [...symbol.sbs].reduce((sum, width) => sum + width, 0) : NaN
}

test.each(['04012345', '100200300', 'V123456782', '7', '12', '75ДА'.slice(0, 2), 'AB-12/2026', '7700123456', 'A123456B', '1A2B3C'])('%s has the very bars of the reference encoder', (text) => {
  const [symbol] = bwip.raw({ bcid: 'code128', text })
  expect(code128(text)).toEqual(symbol && 'sbs' in symbol ? [...symbol.sbs] : null)
})

test('any printable text is as short as the reference encoder makes it, within two signs', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789ABz-/. '), minLength: 1, maxLength: 24 }), (text) => {
      const widths = code128(text) ?? []
      expect(widths.reduce((sum, width) => sum + width, 0)).toBeLessThanOrEqual(lengthByAnother(text) + 22)
    }),
  )
})

test.each(['', 'ЛС-15', '12\n34'])('«%s» has no symbol: a scanner would not give it back', (text) => expect(code128(text)).toBeNull())
