/**
 * A TrueType font as far as printing needs it: glyphs and widths of characters, kerning (GPOS pairs), and subsets for embedding (OpenType 1.9: cmap 4, hmtx, GPOS 2, glyf, loca).
 * Everything is in thousandths of the letter size, as PDF counts.
 */
export class TrueType {
  readonly ascent: number
  readonly descent: number
  readonly capHeight: number
  readonly box: [number, number, number, number]
  readonly italicAngle: number
  private readonly tables = new Map<string, Buffer>()
  private readonly perThousand: number
  private readonly longAdvances: number
  private readonly longOffsets: boolean
  private readonly characters = new Map<number, number>()
  private readonly pairTables: PairTable[]
  private readonly kernings = new Map<number, number>()

  constructor(
    /** PostScript name. */
    readonly name: string,
    file: Buffer,
  ) {
    for (let entry = 12; entry < 12 + 16 * file.readUInt16BE(4); entry += 16) {
      const [offset, length] = [file.readUInt32BE(entry + 8), file.readUInt32BE(entry + 12)]
      this.tables.set(file.toString('latin1', entry, entry + 4), file.subarray(offset, offset + length))
    }
    const [head, hhea, os2, post] = ['head', 'hhea', 'OS/2', 'post'].map((tag) => this.table(tag)) as [Buffer, Buffer, Buffer, Buffer]
    this.perThousand = 1000 / head.readUInt16BE(18)
    this.box = [36, 38, 40, 42].map((at) => this.scaled(head.readInt16BE(at))) as [number, number, number, number]
    this.longOffsets = head.readInt16BE(50) === 1
    this.ascent = this.scaled(hhea.readInt16BE(4))
    this.descent = this.scaled(hhea.readInt16BE(6))
    this.longAdvances = hhea.readUInt16BE(34)
    this.capHeight = os2.readUInt16BE(0) >= 2 ? this.scaled(os2.readInt16BE(88)) : this.ascent
    this.italicAngle = post.readInt32BE(4) / 65536
    this.readCharacters()
    this.pairTables = this.tables.has('GPOS') ? pairTablesOf(this.table('GPOS')) : []
  }

  /** 0 is the box of a character the font lacks. */
  glyphOf(codePoint: number): number {
    return this.characters.get(codePoint) ?? 0
  }

  advanceOf(glyph: number): number {
    return this.scaled(this.table('hmtx').readUInt16BE(4 * Math.min(glyph, this.longAdvances - 1)))
  }

  /** How much closer (negative) or wider two glyphs stand. */
  kerningOf(left: number, right: number): number {
    const pair = left * 65536 + right
    let kerning = this.kernings.get(pair)
    if (kerning === undefined) {
      kerning = 0
      for (const table of this.pairTables) {
        const value = table(left, right)
        if (value === null) continue
        kerning = this.scaled(value)
        break
      }
      this.kernings.set(pair, kerning)
    }
    return kerning
  }

  /** A font file of these glyphs only: code `n` (1 to 255) shows the glyph `glyphs[n]`; codes without one show the box. */
  subset(glyphs: readonly (number | undefined)[]): Buffer {
    const kept = [0]
    const numbers = new Map([[0, 0]])
    const keep = (glyph: number): number => {
      let number = numbers.get(glyph)
      if (number === undefined) {
        number = kept.push(glyph) - 1
        numbers.set(glyph, number)
      }
      return number
    }
    const codes = Buffer.alloc(256)
    for (const [code, glyph] of glyphs.entries()) if (glyph !== undefined) codes[code] = keep(glyph)
    const outlines: Buffer[] = []
    // Parts of accented letters join the list while it is walked.
    for (let index = 0; index < kept.length; index++) {
      const outline = Buffer.from(this.outlineOf(kept[index] ?? 0))
      for (const part of partsOf(outline)) outline.writeUInt16BE(keep(outline.readUInt16BE(part)), part)
      outlines.push(Buffer.concat([outline, Buffer.alloc(-outline.length & 3)]))
    }

    const loca = Buffer.alloc(4 * (kept.length + 1))
    let end = 0
    for (const [index, { length }] of outlines.entries()) loca.writeUInt32BE((end += length), 4 * (index + 1))
    const hmtx = Buffer.alloc(4 * kept.length)
    for (const [index, glyph] of kept.entries()) {
      const metrics = this.table('hmtx')
      hmtx.writeUInt16BE(metrics.readUInt16BE(4 * Math.min(glyph, this.longAdvances - 1)), 4 * index)
      hmtx.writeInt16BE(metrics.readInt16BE(glyph < this.longAdvances ? 4 * glyph + 2 : 4 * this.longAdvances + 2 * (glyph - this.longAdvances)), 4 * index + 2)
    }
    const [head, hhea, maxp] = ['head', 'hhea', 'maxp'].map((tag) => Buffer.from(this.table(tag))) as [Buffer, Buffer, Buffer]
    head.writeInt16BE(1, 50)
    hhea.writeUInt16BE(kept.length, 34)
    maxp.writeUInt16BE(kept.length, 4)
    // One Macintosh Roman table of format 0: what viewers look up for a font that says it is symbolic (ISO 32000-1, 9.6.6.4).
    const cmap = Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 12, 0, 0, 1, 6, 0, 0]), codes])
    const tables: [string, Buffer][] = [
      ['cmap', cmap],
      ...(['cvt ', 'fpgm'] as const).flatMap((tag): [string, Buffer][] => (this.tables.has(tag) ? [[tag, this.table(tag)]] : [])),
      ['glyf', Buffer.concat(outlines)],
      ['head', head],
      ['hhea', hhea],
      ['hmtx', hmtx],
      ['loca', loca],
      ['maxp', maxp],
      ...(this.tables.has('prep') ? [['prep', this.table('prep')] as [string, Buffer]] : []),
    ]
    return fontFile(tables)
  }

  private table(tag: string): Buffer {
    const table = this.tables.get(tag)
    if (!table) throw new Error(`The font ${this.name} has no table ${tag}`)
    return table
  }

  private scaled(units: number): number {
    return units * this.perThousand
  }

  private outlineOf(glyph: number): Buffer {
    const loca = this.table('loca')
    const at = (index: number) => (this.longOffsets ? loca.readUInt32BE(4 * index) : 2 * loca.readUInt16BE(2 * index))
    return this.table('glyf').subarray(at(glyph), at(glyph + 1))
  }

  private readCharacters(): void {
    const cmap = this.table('cmap')
    for (let entry = 4; entry < 4 + 8 * cmap.readUInt16BE(2); entry += 8) {
      const table = cmap.subarray(cmap.readUInt32BE(entry + 4))
      if (cmap.readUInt16BE(entry) !== 3 || cmap.readUInt16BE(entry + 2) !== 1 || table.readUInt16BE(0) !== 4) continue
      const segments = table.readUInt16BE(6)
      for (let segment = 0; segment < segments; segment += 2) {
        const last = table.readUInt16BE(14 + segment)
        const first = table.readUInt16BE(16 + segments + segment)
        const delta = table.readUInt16BE(16 + 2 * segments + segment)
        const rangeAt = 16 + 3 * segments + segment
        const range = table.readUInt16BE(rangeAt)
        for (let code = first; code <= last && code !== 0xffff; code++) {
          const raw = range === 0 ? code : table.readUInt16BE(rangeAt + range + 2 * (code - first))
          const glyph = raw === 0 && range !== 0 ? 0 : (raw + delta) & 0xffff
          if (glyph !== 0) this.characters.set(code, glyph)
        }
      }
    }
  }
}

/** Where a composite outline names its parts. */
function partsOf(outline: Buffer): number[] {
  if (outline.length < 10 || outline.readInt16BE(0) >= 0) return []
  const places: number[] = []
  for (let at = 10, more = true; more; ) {
    const flags = outline.readUInt16BE(at)
    places.push(at + 2)
    const scale = flags & 0x08 ? 2 : flags & 0x40 ? 4 : flags & 0x80 ? 8 : 0
    at += 4 + (flags & 0x01 ? 4 : 2) + scale
    more = (flags & 0x20) !== 0
  }
  return places
}

/** Kerning of a pair of glyphs in font units; null when the table says nothing of the left one. */
type PairTable = (left: number, right: number) => number | null

/** The pair tables of the feature `kern`, in the order they are asked. */
function pairTablesOf(gpos: Buffer): PairTable[] {
  const [features, lookups] = [gpos.subarray(gpos.readUInt16BE(6)), gpos.subarray(gpos.readUInt16BE(8))]
  const wanted = new Set<number>()
  for (let entry = 2; entry < 2 + 6 * features.readUInt16BE(0); entry += 6) {
    if (features.toString('latin1', entry, entry + 4) !== 'kern') continue
    const feature = features.subarray(features.readUInt16BE(entry + 4))
    for (let index = 0; index < feature.readUInt16BE(2); index++) wanted.add(feature.readUInt16BE(4 + 2 * index))
  }
  return [...wanted].sort((a, b) => a - b).flatMap((index) => {
    const lookup = lookups.subarray(lookups.readUInt16BE(2 + 2 * index))
    return Array.from({ length: lookup.readUInt16BE(4) }, (_, number) => lookup.subarray(lookup.readUInt16BE(6 + 2 * number))).flatMap((table) => {
      const type = lookup.readUInt16BE(0)
      if (type === 2) return [pairTable(table)]
      if (type === 9 && table.readUInt16BE(2) === 2) return [pairTable(table.subarray(table.readUInt32BE(4)))]
      return []
    })
  })
}

function pairTable(table: Buffer): PairTable {
  const covered = coverageOf(table.subarray(table.readUInt16BE(2)))
  const [first, second] = [table.readUInt16BE(4), table.readUInt16BE(6)]
  // Only the advance of the left glyph matters on a line; placements come before it in a value.
  const advanceAt = 2 * bits(first & 0x03)
  const hasAdvance = (first & 0x04) !== 0
  const [firstSize, valueSize] = [2 * bits(first), 2 * (bits(first) + bits(second))]
  if (firstSize === 0) return () => null
  if (table.readUInt16BE(0) === 1) {
    const pairs = new Map<number, number>()
    for (const [left, index] of covered) {
      const set = table.subarray(table.readUInt16BE(10 + 2 * index))
      for (let pair = 0; pair < set.readUInt16BE(0); pair++) {
        const at = 2 + pair * (2 + valueSize)
        pairs.set(left * 65536 + set.readUInt16BE(at), hasAdvance ? set.readInt16BE(at + 2 + advanceAt) : 0)
      }
    }
    return (left, right) => pairs.get(left * 65536 + right) ?? null
  }
  const leftClasses = classesOf(table.subarray(table.readUInt16BE(8)))
  const rightClasses = classesOf(table.subarray(table.readUInt16BE(10)))
  const rightCount = table.readUInt16BE(14)
  return (left, right) => {
    if (!covered.has(left)) return null
    const at = 16 + ((leftClasses.get(left) ?? 0) * rightCount + (rightClasses.get(right) ?? 0)) * valueSize
    return hasAdvance ? table.readInt16BE(at + advanceAt) : 0
  }
}

function bits(mask: number): number {
  let count = 0
  for (let rest = mask & 0xff; rest; rest &= rest - 1) count++
  return count
}

function coverageOf(table: Buffer): Map<number, number> {
  const glyphs = new Map<number, number>()
  const count = table.readUInt16BE(2)
  for (let index = 0; index < count; index++) {
    if (table.readUInt16BE(0) === 1) glyphs.set(table.readUInt16BE(4 + 2 * index), index)
    else {
      const [from, to, start] = [0, 2, 4].map((part) => table.readUInt16BE(4 + 6 * index + part)) as [number, number, number]
      for (let glyph = from; glyph <= to; glyph++) glyphs.set(glyph, start + glyph - from)
    }
  }
  return glyphs
}

function classesOf(table: Buffer): Map<number, number> {
  const classes = new Map<number, number>()
  if (table.readUInt16BE(0) === 1) {
    for (let index = 0; index < table.readUInt16BE(4); index++) classes.set(table.readUInt16BE(2) + index, table.readUInt16BE(6 + 2 * index))
    return classes
  }
  for (let index = 0; index < table.readUInt16BE(2); index++) {
    const [from, to, its] = [0, 2, 4].map((part) => table.readUInt16BE(4 + 6 * index + part)) as [number, number, number]
    for (let glyph = from; glyph <= to; glyph++) classes.set(glyph, its)
  }
  return classes
}

/** The tables, sorted by their tags, behind their directory with checksums. */
function fontFile(tables: [string, Buffer][]): Buffer {
  const power = 2 ** Math.floor(Math.log2(tables.length))
  const directory = Buffer.alloc(12 + 16 * tables.length)
  directory.writeUInt32BE(0x00010000, 0)
  directory.writeUInt16BE(tables.length, 4)
  directory.writeUInt16BE(16 * power, 6)
  directory.writeUInt16BE(Math.log2(power), 8)
  directory.writeUInt16BE(16 * (tables.length - power), 10)
  const parts = [directory]
  let offset = directory.length
  for (const [index, [tag, table]] of tables.entries()) {
    if (tag === 'head') table.writeUInt32BE(0, 8)
    const padded = Buffer.concat([table, Buffer.alloc(-table.length & 3)])
    directory.write(tag, 12 + 16 * index, 'latin1')
    directory.writeUInt32BE(checksum(padded), 16 + 16 * index)
    directory.writeUInt32BE(offset, 20 + 16 * index)
    directory.writeUInt32BE(table.length, 24 + 16 * index)
    parts.push(padded)
    offset += padded.length
  }
  const file = Buffer.concat(parts)
  const headAt = tables.findIndex(([tag]) => tag === 'head')
  file.writeUInt32BE((0xb1b0afba - checksum(file)) >>> 0, file.readUInt32BE(20 + 16 * headAt) + 8)
  return file
}

function checksum(padded: Buffer): number {
  let sum = 0
  for (let at = 0; at < padded.length; at += 4) sum = (sum + padded.readUInt32BE(at)) >>> 0
  return sum
}
