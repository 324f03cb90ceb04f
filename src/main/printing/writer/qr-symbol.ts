// QR Code by ISO/IEC 18004:2015, byte mode only: one segment with the exact bytes and no guessing of a charset, since mixed segments make some bank apps misread Cyrillic
// (domain 2.6). Written for batches: what depends on the version alone is made once, and the eight masks are judged over bytes.

/** `rows`: `size` rows of whole bytes, the leftmost module in the highest bit; 1 is dark. */
export interface QrSymbol {
  size: number
  stride: number
  rows: Uint8Array
}

type Level = 'L' | 'M'

/** Error correction codewords of a block, and blocks, by version (table 9). */
const eccPerBlock: Record<Level, number[]> = {
  L: [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30],
  M: [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28],
}
const blockCount: Record<Level, number[]> = {
  L: [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25],
  M: [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49],
}
const formatBits: Record<Level, number> = { L: 1, M: 0 }

/** Beyond this version a symbol of level M on 40 mm has modules below 0.4 mm; level L of the same bytes has larger ones (domain 2.6). */
const densestM = 20

/** The symbol of some bytes, level M; L when M would be too dense. Throws RangeError beyond 2,953 bytes. */
export function qrSymbol(bytes: Uint8Array): QrSymbol {
  const m = versionFor(bytes.length, 'M')
  const level = m === null || m > densestM ? 'L' : 'M'
  const version = level === 'M' ? m : versionFor(bytes.length, 'L')
  if (version === null) throw new RangeError('Too many bytes for a QR code')
  const plan = planOf(version)
  const stream = withErrorCorrection(dataCodewords(bytes, version, level), version, level)

  const base = plan.fixed.slice()
  const { places } = plan
  for (let bit = 0; bit < stream.length * 8; bit++) base[places[bit] ?? 0] = ((stream[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1
  let best = base
  let least = Infinity
  for (let mask = 0; mask < 8; mask++) {
    const masked = applied(base, plan.masks[mask] ?? base)
    drawFormat(masked, plan.size, level, mask)
    const penalty = penaltyOf(masked, plan.size, least)
    if (penalty < least) [best, least] = [masked, penalty]
  }
  return packed(best, plan.size)
}

function rawCodewords(version: number): number {
  let modules = (16 * version + 128) * version + 64
  if (version >= 2) {
    const marks = Math.floor(version / 7) + 2
    modules -= (25 * marks - 10) * marks - 55
    if (version >= 7) modules -= 36
  }
  return modules >> 3
}

function dataCount(version: number, level: Level): number {
  return rawCodewords(version) - (eccPerBlock[level][version - 1] ?? 0) * (blockCount[level][version - 1] ?? 0)
}

function versionFor(length: number, level: Level): number | null {
  for (let version = 1; version <= 40; version++) if (4 + (version < 10 ? 8 : 16) + 8 * length <= 8 * dataCount(version, level)) return version
  return null
}

function dataCodewords(bytes: Uint8Array, version: number, level: Level): Uint8Array {
  const words = new Uint8Array(dataCount(version, level))
  // Mode 0100 and the count shift everything by half a byte.
  let at = 0
  let half = 4
  const put = (byte: number) => {
    words[at++] = ((half << 4) | (byte >> 4)) & 0xff
    half = byte & 15
  }
  if (version >= 10) put(bytes.length >> 8)
  put(bytes.length & 0xff)
  for (const byte of bytes) put(byte)
  words[at++] = half << 4
  for (let pad = 0xec; at < words.length; pad ^= 0xec ^ 0x11) words[at++] = pad
  return words
}

const exponent = new Uint8Array(512)
const logarithm = new Uint8Array(256)
for (let power = 0, value = 1; power < 255; power++) {
  exponent[power] = exponent[power + 255] = value
  logarithm[value] = power
  value = (value << 1) ^ (value & 0x80 ? 0x11d : 0)
}

const divisors = new Map<number, Uint8Array>()

/** Logarithms of the coefficients of the generator polynomial, without its leading 1. */
function divisorOf(degree: number): Uint8Array {
  const known = divisors.get(degree)
  if (known) return known
  let product = Uint8Array.of(1)
  for (let root = 0; root < degree; root++) {
    const next = new Uint8Array(product.length + 1)
    for (const [index, factor] of product.entries()) {
      next[index] = (next[index] ?? 0) ^ factor
      next[index + 1] = (next[index + 1] ?? 0) ^ (exponent[(logarithm[factor] ?? 0) + root] ?? 0)
    }
    product = next
  }
  const logs = product.slice(1).map((factor) => logarithm[factor] ?? 0)
  divisors.set(degree, logs)
  return logs
}

function remainder(data: Uint8Array, divisor: Uint8Array): Uint8Array {
  const degree = divisor.length
  const rest = new Uint8Array(degree)
  for (const byte of data) {
    const factor = byte ^ (rest[0] ?? 0)
    rest.copyWithin(0, 1)
    rest[degree - 1] = 0
    if (factor === 0) continue
    const log = logarithm[factor] ?? 0
    for (let index = 0; index < degree; index++) rest[index] = (rest[index] ?? 0) ^ (exponent[(divisor[index] ?? 0) + log] ?? 0)
  }
  return rest
}

function withErrorCorrection(data: Uint8Array, version: number, level: Level): Uint8Array {
  const blocks = blockCount[level][version - 1] ?? 1
  const degree = eccPerBlock[level][version - 1] ?? 0
  const total = rawCodewords(version)
  const short = Math.floor(total / blocks) - degree
  const shortBlocks = blocks - (total % blocks)
  const stream = new Uint8Array(total)
  for (let block = 0, from = 0; block < blocks; block++) {
    const length = short + (block < shortBlocks ? 0 : 1)
    const part = data.subarray(from, (from += length))
    // Codewords of the blocks take turns; the last one of the longer blocks follows the turns of all.
    for (let index = 0; index < length; index++) stream[index < short ? index * blocks + block : short * blocks + block - shortBlocks] = part[index] ?? 0
    const check = remainder(part, divisorOf(degree))
    for (let index = 0; index < degree; index++) stream[data.length + index * blocks + block] = check[index] ?? 0
  }
  return stream
}

/** What symbols of one version share: the fixed patterns, where each bit of the stream goes, and the masks (fixed modules are 0 in them). */
interface Plan {
  size: number
  fixed: Uint8Array
  places: Int32Array
  masks: Uint8Array[]
}

const plans = new Map<number, Plan>()

function planOf(version: number): Plan {
  const known = plans.get(version)
  if (known) return known
  const size = 17 + 4 * version
  const fixed = new Uint8Array(size * size)
  const isFixed = new Uint8Array(size * size)
  const set = (row: number, column: number, dark: boolean) => {
    if (row < 0 || column < 0 || row >= size || column >= size) return
    fixed[row * size + column] = dark ? 1 : 0
    isFixed[row * size + column] = 1
  }
  for (let at = 0; at < size; at++) {
    set(6, at, at % 2 === 0)
    set(at, 6, at % 2 === 0)
  }
  for (const [row, column] of [[3, 3], [3, size - 4], [size - 4, 3]] as const) {
    for (let y = -4; y <= 4; y++) for (let x = -4; x <= 4; x++) set(row + y, column + x, ![2, 4].includes(Math.max(Math.abs(x), Math.abs(y))))
  }
  const marks = alignmentPlaces(version, size)
  const corner = marks.length - 1
  for (const [i, row] of marks.entries()) {
    for (const [j, column] of marks.entries()) {
      if ((i === 0 && j === 0) || (i === 0 && j === corner) || (i === corner && j === 0)) continue
      for (let y = -2; y <= 2; y++) for (let x = -2; x <= 2; x++) set(row + y, column + x, Math.max(Math.abs(x), Math.abs(y)) !== 1)
    }
  }
  for (const [row, column] of formatPlaces(size)) set(row, column, false)
  set(size - 8, 8, true)
  if (version >= 7) {
    let rest = version
    for (let step = 0; step < 12; step++) rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25)
    const written = (version << 12) | rest
    for (let bit = 0; bit < 18; bit++) {
      const [far, near] = [size - 11 + (bit % 3), Math.floor(bit / 3)]
      set(far, near, ((written >>> bit) & 1) === 1)
      set(near, far, ((written >>> bit) & 1) === 1)
    }
  }

  const places = new Int32Array(rawCodewords(version) * 8)
  let count = 0
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5
    for (let step = 0; step < size; step++) {
      for (const column of [right, right - 1]) {
        const row = ((right + 1) & 2) === 0 ? size - 1 - step : step
        const place = row * size + column
        if (isFixed[place] === 0 && count < places.length) places[count++] = place
      }
    }
  }
  const masks = maskRules.map((rule) => Uint8Array.from(fixed, (_, place) => (isFixed[place] === 0 && rule(Math.floor(place / size), place % size) ? 1 : 0)))
  const plan = { size, fixed, places, masks }
  plans.set(version, plan)
  return plan
}

const maskRules: ((row: number, column: number) => boolean)[] = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (_, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => (Math.floor(row / 2) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => ((row * column) % 2) + ((row * column) % 3) === 0,
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
  (row, column) => (((row + column) % 2) + ((row * column) % 3)) % 2 === 0,
]

function alignmentPlaces(version: number, size: number): number[] {
  if (version === 1) return []
  const count = Math.floor(version / 7) + 2
  const step = version === 32 ? 26 : Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2
  return [6, ...Array.from({ length: count - 1 }, (_, index) => size - 7 - (count - 2 - index) * step)]
}

/** Both copies of the fifteen format bits, lowest first. */
function formatPlaces(size: number): [number, number][] {
  const first: [number, number][] = [[0, 8], [1, 8], [2, 8], [3, 8], [4, 8], [5, 8], [7, 8], [8, 8], [8, 7], [8, 5], [8, 4], [8, 3], [8, 2], [8, 1], [8, 0]]
  const second = Array.from({ length: 15 }, (_, bit): [number, number] => (bit < 8 ? [8, size - 1 - bit] : [size - 15 + bit, 8]))
  return [...first, ...second]
}

function drawFormat(modules: Uint8Array, size: number, level: Level, mask: number): void {
  const data = (formatBits[level] << 3) | mask
  let rest = data
  for (let step = 0; step < 10; step++) rest = (rest << 1) ^ ((rest >>> 9) * 0x537)
  const written = ((data << 10) | rest) ^ 0x5412
  for (const [index, [row, column]] of formatPlaces(size).entries()) modules[row * size + column] = (written >>> (index % 15)) & 1
}

function applied(base: Uint8Array, mask: Uint8Array): Uint8Array {
  const masked = new Uint8Array(base.length)
  for (let place = 0; place < base.length; place++) masked[place] = (base[place] ?? 0) ^ (mask[place] ?? 0)
  return masked
}

/** The four rules of 7.8.3.1; gives up, with Infinity, where it is clear that `least` is not beaten. */
function penaltyOf(modules: Uint8Array, size: number, least: number): number {
  let penalty = 0
  let dark = 0
  for (let line = 0; line < size; line++) {
    penalty += linePenalty(modules, line * size, 1, size) + linePenalty(modules, line, size, size)
    if (line > 0) {
      const [upper, lower] = [(line - 1) * size, line * size]
      for (let column = 1; column < size; column++) {
        const sum = (modules[upper + column - 1] ?? 0) + (modules[upper + column] ?? 0) + (modules[lower + column - 1] ?? 0) + (modules[lower + column] ?? 0)
        if (sum === 0 || sum === 4) penalty += 3
      }
    }
    if (penalty >= least) return Infinity
  }
  for (const module of modules) dark += module
  return penalty + 10 * Math.floor(Math.abs((dark * 100) / modules.length - 50) / 5)
}

/** Runs of five and more (rule 1) and what looks like a finder pattern, 1:1:3:1:1 with four light modules on a side (rule 3), along one row or column. */
function linePenalty(modules: Uint8Array, from: number, step: number, size: number): number {
  let penalty = 0
  let run = 0
  let colour = 2
  let window = 0
  for (let index = 0, place = from; index < size; index++, place += step) {
    const module = modules[place] ?? 0
    if (module === colour) {
      run++
      if (run === 5) penalty += 3
      else if (run > 5) penalty++
    } else {
      colour = module
      run = 1
    }
    window = ((window << 1) | module) & 0x7ff
    if (index >= 10 && (window === 0x5d0 || window === 0x05d)) penalty += 40
  }
  return penalty
}

function packed(modules: Uint8Array, size: number): QrSymbol {
  const stride = (size + 7) >> 3
  const rows = new Uint8Array(stride * size)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) if (modules[row * size + column]) rows[row * stride + (column >> 3)] = (rows[row * stride + (column >> 3)] ?? 0) | (0x80 >> (column & 7))
  }
  return { size, stride, rows }
}
