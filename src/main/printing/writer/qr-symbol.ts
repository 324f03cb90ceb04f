// QR Code by ISO/IEC 18004:2015, byte mode only: one segment with the exact bytes and no guessing of a charset, since mixed segments make some bank apps misread Cyrillic
// (domain 2.6). Written for batches: what depends on the version alone is made once, and the eight masks are judged 32 modules at a time.

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

  const { across, down, rowPlaces, columnPlaces } = plan
  const rows = plan.fixed.slice()
  const columns = plan.fixed.slice()
  for (let bit = 0; bit < stream.length * 8; bit++) {
    if ((((stream[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 0) continue
    const [row, column] = [rowPlaces[bit] ?? 0, columnPlaces[bit] ?? 0]
    rows[row >> 5] = (rows[row >> 5] ?? 0) | (first >>> (row & 31))
    columns[column >> 5] = (columns[column >> 5] ?? 0) | (first >>> (column & 31))
  }
  let best = 0
  let least = Infinity
  for (let mask = 0; mask < 8; mask++) {
    const penalty = penaltyOf(plan, masked(rows, across[level][mask] ?? rows, maskedRows), masked(columns, down[level][mask] ?? columns, maskedColumns), least)
    if (penalty < least) [best, least] = [mask, penalty]
  }
  return packed(masked(rows, across[level][best] ?? rows, maskedRows), plan)
}

/** Module 0 of a word. */
const first = 0x80000000

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
  let product: Uint8Array = Uint8Array.of(1)
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

/**
 * What symbols of one version share. Modules are bits of words, module 0 of a line in the highest bit of its first word, lines of `words` words one after another; everything is kept by
 * rows and by columns. The fixed patterns are the same both ways.
 */
interface Plan {
  size: number
  words: number
  fixed: Int32Array
  /** By bit of the stream: which module it is (word × 32 + bit). */
  rowPlaces: Int32Array
  columnPlaces: Int32Array
  /** What each mask turns, with the format that names it, by rows and by columns. */
  across: Record<Level, Int32Array[]>
  down: Record<Level, Int32Array[]>
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
  const words = (size + 31) >> 5
  const columnOf = (place: number) => (place % size) * size + Math.floor(place / size)
  const bitOf = (place: number) => Math.floor(place / size) * words * 32 + (place % size)
  const asWords = (isDark: (place: number) => boolean) => {
    const lines = new Int32Array(size * words)
    for (let place = 0; place < size * size; place++) if (isDark(place)) lines[bitOf(place) >> 5] = (lines[bitOf(place) >> 5] ?? 0) | (first >>> (bitOf(place) & 31))
    return lines
  }
  const masksOf = (level: Level, turned: (place: number) => number) =>
    maskRules.map((rule, mask) => {
      const format = formatOf(size, level, mask)
      return asWords((place) => {
        const its = turned(place)
        return format.get(its) ?? (isFixed[its] === 0 && rule(Math.floor(its / size), its % size))
      })
    })
  const both = (turned: (place: number) => number) => ({ L: masksOf('L', turned), M: masksOf('M', turned) })
  const plan: Plan = {
    size,
    words,
    fixed: asWords((place) => fixed[place] === 1),
    rowPlaces: places.map(bitOf),
    columnPlaces: places.map((place) => bitOf(columnOf(place))),
    across: both((place) => place),
    down: both(columnOf),
  }
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

/** The format modules by their places (row × size + column). */
function formatOf(size: number, level: Level, mask: number): Map<number, boolean> {
  const data = (formatBits[level] << 3) | mask
  let rest = data
  for (let step = 0; step < 10; step++) rest = (rest << 1) ^ ((rest >>> 9) * 0x537)
  const written = ((data << 10) | rest) ^ 0x5412
  return new Map(formatPlaces(size).map(([row, column], index) => [row * size + column, ((written >>> (index % 15)) & 1) === 1]))
}

const longest = 177 * 6
const maskedRows = new Int32Array(longest)
const maskedColumns = new Int32Array(longest)

function masked(lines: Int32Array, mask: Int32Array, into: Int32Array): Int32Array {
  for (let word = 0; word < lines.length; word++) into[word] = (lines[word] ?? 0) ^ (mask[word] ?? 0)
  return into
}

/** The four rules of 7.8.3.1; gives up, with Infinity, where it is clear that `least` is not beaten. */
function penaltyOf({ size, words }: Plan, rows: Int32Array, columns: Int32Array, least: number): number {
  let penalty = 0
  let dark = 0
  for (let line = 0; line < size; line++) {
    penalty += linePenalty(rows, line * words, words, size)
    if (line > 0) penalty += 3 * squares(words)
    for (let word = 0; word < words; word++) dark += ones(rows[line * words + word] ?? 0)
    for (let word = 0; word < words; word++) {
      above[word] = here[word] ?? 0
      aboveSame[word] = same[word] ?? 0
    }
    penalty += linePenalty(columns, line * words, words, size)
    if (penalty >= least) return Infinity
  }
  return penalty + 10 * Math.floor(Math.abs((dark * 100) / (size * size) - 50) / 5)
}

// Words of the line at hand, one more than a line has so that the last one has a neighbour.
const here = new Int32Array(8)
const same = new Int32Array(8)
const pairs = new Int32Array(8)
const clears = new Int32Array(8)
const light = new Int32Array(8)
const lights = new Int32Array(8)
const finders = new Int32Array(8)
const above = new Int32Array(8)
const aboveSame = new Int32Array(8)

/**
 * Runs of five and more (rule 1) and what looks like a finder pattern, 1:1:3:1:1 with four light modules on a side (rule 3), along one row or column. A bit of `same` says that a module
 * is like the next one, a bit of `five` that it begins five alike; `clears` tells where four light modules begin: a run of n has n − 4 of them.
 */
function linePenalty(lines: Int32Array, from: number, words: number, size: number): number {
  const rest = size & 31
  const inLast = rest === 0 ? -1 : -1 << (32 - rest)
  const beforeLast = inLast << 1
  for (let word = 0; word < words; word++) here[word] = lines[from + word] ?? 0
  here[words] = 0
  for (let word = 0; word < words; word++) {
    const module = here[word] ?? 0
    const next = (module << 1) | ((here[word + 1] ?? 0) >>> 31)
    same[word] = ~(module ^ next) & (word === words - 1 ? beforeLast : -1)
    light[word] = ~module & (word === words - 1 ? inLast : -1)
  }
  same[words] = light[words] = 0
  for (let word = 0; word < words; word++) {
    const [alike, clear] = [same[word] ?? 0, light[word] ?? 0]
    pairs[word] = alike & ((alike << 1) | ((same[word + 1] ?? 0) >>> 31))
    lights[word] = clear & ((clear << 1) | ((light[word + 1] ?? 0) >>> 31))
  }
  pairs[words] = lights[words] = clears[words] = finders[words] = 0
  let penalty = 0
  let carried = 0
  for (let word = 0; word < words; word++) {
    const pair = pairs[word] ?? 0
    const five = pair & ((pair << 2) | ((pairs[word + 1] ?? 0) >>> 30))
    if (five !== 0) penalty += ones(five) + 2 * ones(five & ~((five >>> 1) | (carried << 31)))
    carried = five & 1
    const clear = lights[word] ?? 0
    clears[word] = clear & ((clear << 2) | ((lights[word + 1] ?? 0) >>> 30))
    const [a, b] = [here[word] ?? 0, here[word + 1] ?? 0]
    finders[word] = a & ~((a << 1) | (b >>> 31)) & ((a << 2) | (b >>> 30)) & ((a << 3) | (b >>> 29)) & ((a << 4) | (b >>> 28)) & ~((a << 5) | (b >>> 27)) & ((a << 6) | (b >>> 26))
  }
  for (let word = 0; word < words; word++) {
    const finder = finders[word] ?? 0
    const later = (finder << 4) | ((finders[word + 1] ?? 0) >>> 28)
    const clear = clears[word] ?? 0
    if (finder !== 0) penalty += 40 * ones(finder & ((clear << 7) | ((clears[word + 1] ?? 0) >>> 25)))
    if (later !== 0) penalty += 40 * ones(clear & later)
  }
  return penalty
}

/** Squares of two by two alike (rule 2) between the row at hand and the one above. */
function squares(words: number): number {
  let count = 0
  for (let word = 0; word < words; word++) count += ones((same[word] ?? 0) & (aboveSame[word] ?? 0) & ~((here[word] ?? 0) ^ (above[word] ?? 0)))
  return count
}

function ones(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

function packed(lines: Int32Array, { size, words }: Plan): QrSymbol {
  const stride = (size + 7) >> 3
  const rows = new Uint8Array(stride * size)
  for (let row = 0; row < size; row++) {
    for (let byte = 0; byte < stride; byte++) rows[row * stride + byte] = ((lines[row * words + (byte >> 2)] ?? 0) >>> (24 - 8 * (byte & 3))) & 255
  }
  return { size, stride, rows }
}
