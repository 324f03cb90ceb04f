import QRCode from 'qrcode'

/** `rows`: `size` rows of whole bytes, the leftmost module in the highest bit; 1 is dark. */
export interface QrSymbol {
  size: number
  rows: Buffer
}

type Level = 'L' | 'M'

/** Any of the eight masks makes a right symbol, and a reader takes its number from the symbol; judging all of them takes ten times as long. The test reads symbols of this mask back. */
const mask = 3
const isMasked = (row: number, column: number) => (row + column) % 3 === 0

/**
 * Correction codewords of a block and blocks of a symbol, by version from 1 (ISO/IEC 18004, table 9). Beyond version 20 a symbol of level M on 40 mm has modules below 0.4 mm; level L of
 * the same bytes has larger ones (domain 2.6).
 */
const corrections = {
  L: [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30],
  M: [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26],
}
const blockCounts = {
  L: [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25],
  M: [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16],
}

/**
 * What all symbols of a version and level have in common. The package `qrcode` draws it, and could draw all of the symbol; that took a tenth of a batch of bills, mostly to find out anew
 * which modules are free.
 */
interface Frame {
  size: number
  /** Finders, timing, format and version, and the mask where data will stand. */
  rows: Buffer
  /** Where the bits of the codewords stand, as numbers of bits in `rows`. */
  places: Uint16Array
}

const frames = new Map<string, Frame>()

function frameOf(version: number, level: Level): Frame {
  const key = `${level}${version}`
  let frame = frames.get(key)
  if (!frame) frames.set(key, (frame = drawnFrame(version, level)))
  return frame
}

function drawnFrame(version: number, level: Level): Frame {
  const { modules } = QRCode.create([{ data: new Uint8Array(1), mode: 'byte' }], { version, errorCorrectionLevel: level, maskPattern: mask })
  const { size, data, reservedBit } = modules
  const stride = (size + 7) >> 3
  const rows = Buffer.alloc(stride * size)
  const places: number[] = []
  const take = (row: number, column: number) => {
    const isFree = !reservedBit[row * size + column]
    if (isFree) places.push(row * stride * 8 + column)
    const byte = row * stride + (column >> 3)
    if (isFree ? isMasked(row, column) : data[row * size + column]) rows[byte] = (rows[byte] ?? 0) | (0x80 >> (column & 7))
  }
  // Pairs of columns from the right, upwards and downwards in turn; the sixth column is the timing pattern's.
  for (let right = size - 1, isUp = true; right > 0; right -= 2, isUp = !isUp) {
    if (right === 6) right = 5
    for (let step = 0; step < size; step++) {
      const row = isUp ? size - 1 - step : step
      take(row, right)
      take(row, right - 1)
    }
  }
  for (let row = 0; row < size; row++) take(row, 6)
  return { size, rows, places: Uint16Array.from(places) }
}

/** How a symbol divides its codewords: all of them, its blocks, and correction codewords of each. */
interface Division {
  version: number
  level: Level
  codewords: number
  blocks: number
  correction: number
}

/** By level and version, smallest first: M as far as it is not too dense, then L. */
const divisions: readonly Division[] = (['M', 'L'] as const).flatMap((level) =>
  corrections[level].map((correction, index) => {
    const version = index + 1
    const alignments = Math.floor(version / 7) + 2
    const modules = (16 * version + 128) * version + 64 - (version < 2 ? 0 : (25 * alignments - 10) * alignments - 55) - (version < 7 ? 0 : 36)
    return { version, level, codewords: modules >> 3, blocks: blockCounts[level][index] ?? 0, correction }
  }),
)

// The mode and the count of bytes stand before them: 12 bits, 20 from version 10 on.
const capacityOf = ({ version, codewords, blocks, correction }: Division) => codewords - blocks * correction - (version < 10 ? 2 : 3)

/** Powers of 2 in the field of the code (polynomial 0x11d), twice around, and their logarithms. */
const powers = new Uint8Array(512)
const logarithms = new Uint8Array(256)
for (let power = 0, value = 1; power < 255; power++) {
  powers[power] = value
  powers[power + 255] = value
  logarithms[value] = power
  value = value < 128 ? value * 2 : (value * 2) ^ 0x11d
}

/** Logarithms of the factors of x^degree's remainder: ∏ (x − 2^i), highest power left out. */
const generators = new Map<number, Uint8Array>()

function generatorOf(degree: number): Uint8Array {
  let known = generators.get(degree)
  if (!known) {
    const factors = new Uint8Array(degree)
    factors[degree - 1] = 1
    for (let root = 0; root < degree; root++) {
      for (let at = 0; at < degree; at++) {
        const factor = factors[at] ?? 0
        factors[at] = (factor === 0 ? 0 : (powers[(logarithms[factor] ?? 0) + root] ?? 0)) ^ (factors[at + 1] ?? 0)
      }
    }
    // None of them is zero for the degrees of QR codes.
    known = factors.map((factor) => logarithms[factor] ?? 0)
    generators.set(degree, known)
  }
  return known
}

/** Reed–Solomon codewords of a block, into `out`. */
function correct(data: Uint8Array, out: Uint8Array): void {
  const degree = out.length
  const factors = generatorOf(degree)
  out.fill(0)
  for (const byte of data) {
    const lead = byte ^ (out[0] ?? 0)
    out.copyWithin(0, 1)
    out[degree - 1] = 0
    if (lead === 0) continue
    const logarithm = logarithms[lead] ?? 0
    for (let at = 0; at < degree; at++) out[at] = (out[at] ?? 0) ^ (powers[logarithm + (factors[at] ?? 0)] ?? 0)
  }
}

/** Mode, count, the bytes, and what fills the symbol up. */
function dataOf(bytes: Uint8Array, length: number, version: number): Uint8Array {
  const data = new Uint8Array(length)
  const count = version < 10 ? [bytes.length] : [bytes.length >> 8, bytes.length & 255]
  let at = 0
  // Mode 4 is bytes. It has four bits: everything behind it stands half a byte aside.
  let half = 4
  for (const part of [count, bytes]) {
    for (const byte of part) {
      data[at++] = (half << 4) | (byte >> 4)
      half = byte & 15
    }
  }
  data[at++] = half << 4
  for (let fill = 0xec; at < length; fill ^= 0xec ^ 0x11) data[at++] = fill
  return data
}

/** The symbol of some bytes, level M; L when M would be too dense. RangeError beyond 2,953 bytes. */
export function qrSymbol(bytes: Uint8Array): QrSymbol {
  // One byte segment with the exact bytes and no guessing of a charset: mixed segments make some bank apps misread Cyrillic.
  const division = divisions.find((one) => bytes.length <= capacityOf(one))
  if (!division) throw new RangeError(`${bytes.length} bytes are too much for a QR code`)
  const { version, level, codewords, blocks, correction } = division
  const { size, places, rows: empty } = frameOf(version, level)
  const data = dataOf(bytes, codewords - blocks * correction, version)
  const short = Math.floor(data.length / blocks)
  // The last blocks have a codeword more when they can't all be alike.
  const firstLong = blocks - (data.length % blocks)
  const rows = Buffer.from(empty)
  const put = (codeword: number, at: number) => {
    for (let bit = 0; bit < 8; bit++) {
      if ((codeword & (0x80 >> bit)) === 0) continue
      const place = places[at * 8 + bit] ?? 0
      rows[place >> 3] = (rows[place >> 3] ?? 0) ^ (0x80 >> (place & 7))
    }
  }
  const check = new Uint8Array(correction)
  for (let block = 0, from = 0; block < blocks; block++) {
    const length = short + (block >= firstLong ? 1 : 0)
    for (let at = 0; at < length; at++) put(data[from + at] ?? 0, at < short ? at * blocks + block : short * blocks + block - firstLong)
    correct(data.subarray(from, from + length), check)
    for (let at = 0; at < correction; at++) put(check[at] ?? 0, data.length + at * blocks + block)
    from += length
  }
  return { size, rows }
}
