import fc from 'fast-check'
import QRCode from 'qrcode'
import { expect, test } from 'vitest'
import { qrSymbol } from '../../../../src/main/printing/writer/qr-symbol'

/** Rows of «1» and «0» of the same bytes by another encoder. */
function byAnotherEncoder(bytes: Uint8Array, errorCorrectionLevel: 'L' | 'M', maskPattern?: number): string[] {
  const { modules } = QRCode.create([{ data: bytes, mode: 'byte' }], { errorCorrectionLevel, ...(maskPattern === undefined ? {} : { maskPattern: maskPattern as 0 }) })
  return Array.from({ length: modules.size }, (_, row) => Array.from({ length: modules.size }, (__, column) => modules.get(row, column)).join(''))
}

function rowsOf(bytes: Uint8Array): string[] {
  const { size, stride, rows } = qrSymbol(bytes)
  return Array.from({ length: size }, (_, row) => [...rows.subarray(row * stride, (row + 1) * stride)].map((byte) => byte.toString(2).padStart(8, '0')).join('').slice(0, size))
}

test('a symbol is, module by module, one of the eight that another encoder makes of the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 660 }), (bytes) => {
      const all = Array.from({ length: 8 }, (_, mask) => byAnotherEncoder(bytes, 'M', mask).join('\n'))
      expect(all).toContain(rowsOf(bytes).join('\n'))
    }),
    { numRuns: 40 },
  )
})

test.each([1, 14, 100, 213, 359, 413, 520, 666])('%i bytes: every version in use has its patterns in place', (length) => {
  const bytes = Uint8Array.from({ length }, (_, index) => (index * 89 + 7) % 256)
  const all = Array.from({ length: 8 }, (_, mask) => byAnotherEncoder(bytes, 'M', mask).join('\n'))
  expect(all).toContain(rowsOf(bytes).join('\n'))
})

test('a code that level M would make too dense has level L', () => {
  const bytes = new Uint8Array(900).fill(0xd0)
  const rows = rowsOf(bytes)
  expect(rows).toHaveLength(byAnotherEncoder(bytes, 'L').length)
  expect(rows.length).toBeLessThan(byAnotherEncoder(bytes, 'M').length)
  expect(() => qrSymbol(new Uint8Array(2954))).toThrow(RangeError)
})
