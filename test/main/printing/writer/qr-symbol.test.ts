import QRCode from 'qrcode'
import { describe, expect, test } from 'vitest'
import { qrSymbol } from '../../../../src/main/printing/writer/qr-symbol'

/** The same symbol by the package alone. */
function byPackage(bytes: Uint8Array, level: 'L' | 'M'): { size: number; dark: boolean[] } {
  const { modules } = QRCode.create([{ data: bytes, mode: 'byte' }], { errorCorrectionLevel: level, maskPattern: 3 })
  return { size: modules.size, dark: Array.from(modules.data, Boolean) }
}

function unpacked({ size, rows }: { size: number; rows: Buffer }): { size: number; dark: boolean[] } {
  const stride = rows.length / size
  const dark = Array.from({ length: size * size }, (_, place) => {
    const [row, column] = [Math.floor(place / size), place % size]
    return (rows[row * stride + (column >> 3)]! & (0x80 >> (column & 7))) !== 0
  })
  return { size, dark }
}

let seed = 1
const bytesOf = (length: number) => Uint8Array.from({ length }, () => (seed = (seed * 48_271) % 2_147_483_647) & 255)

describe('a payment code of any length is module by module what the package draws', () => {
  // Level M holds 666 bytes in version 20, the densest one; more than that is of level L.
  const lengths = [0, 1, 14, 15, 84, 106, 122, 180, 181, 213, 214, 251, 287, 288, 331, 362, 412, 450, 504, 560, 624, 665, 666]

  test.each(lengths)('%i bytes of level M', (length) => {
    const bytes = bytesOf(length)
    expect(unpacked(qrSymbol(bytes))).toEqual(byPackage(bytes, 'M'))
  })

  test.each([667, 717, 718, 858, 1000, 1171, 1465, 1853, 2071, 2303, 2563, 2809, 2952, 2953])('%i bytes of level L', (length) => {
    const bytes = bytesOf(length)
    expect(unpacked(qrSymbol(bytes))).toEqual(byPackage(bytes, 'L'))
  })

  test('of zeros, too', () => {
    expect(unpacked(qrSymbol(new Uint8Array(300)))).toEqual(byPackage(new Uint8Array(300), 'M'))
  })
})

test('more than a symbol holds is told', () => {
  expect(() => qrSymbol(new Uint8Array(2954))).toThrow(RangeError)
})
