import QRCode from 'qrcode'

/** `rows`: `size` rows of whole bytes, the leftmost module in the highest bit; 1 is dark. */
export interface QrSymbol {
  size: number
  rows: Buffer
}

/** Beyond this version a symbol of level M on 40 mm has modules below 0.4 mm; level L of the same bytes has larger ones (domain 2.6). */
const densestM = 20

/**
 * Any of the eight masks makes a right symbol, and a reader takes its number from the symbol. Judging all of them takes 2.6 ms of a bill's three, one that is named 0.25 ms; the test
 * reads symbols of this mask back after blur, noise and a turn.
 */
const mask = 3

/** The symbol of some bytes, level M; L when M would be too dense. Throws beyond 2,953 bytes. */
export function qrSymbol(bytes: Uint8Array): QrSymbol {
  // One byte segment with the exact bytes and no guessing of a charset: mixed segments make some bank apps misread Cyrillic.
  const segments = [{ data: bytes, mode: 'byte' as const }]
  const create = (errorCorrectionLevel: 'L' | 'M') => QRCode.create(segments, { errorCorrectionLevel, maskPattern: mask })
  let symbol = create(bytes.length > 1000 ? 'L' : 'M')
  if (symbol.version > densestM) symbol = create('L')
  const { size, data } = symbol.modules
  const stride = (size + 7) >> 3
  const rows = Buffer.alloc(stride * size)
  for (let row = 0, place = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (data[place++]) {
        const byte = row * stride + (column >> 3)
        rows[byte] = (rows[byte] ?? 0) | (0x80 >> (column & 7))
      }
    }
  }
  return { size, rows }
}
