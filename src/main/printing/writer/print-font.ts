import { readFileSync } from 'node:fs'
import { create, type Font } from 'fontkit'

/** A font file as printing needs it (fontkit); widths and heights are in thousandths of the letter size, as PDF counts. */
export class PrintFont {
  private readonly font: Font
  private readonly perThousand: number
  private readonly advances = new Map<number, number>()
  private readonly kernings = new Map<string, number>()

  constructor(file: string) {
    const font = create(readFileSync(file))
    if (!('glyphForCodePoint' in font)) throw new Error(`${file} holds several fonts`)
    this.font = font
    this.perThousand = 1000 / font.unitsPerEm
  }

  get name(): string {
    return this.font.postscriptName
  }

  /** What a PDF tells of a font besides its glyphs. */
  get metrics() {
    const { ascent, descent, capHeight, italicAngle, bbox } = this.font
    const [left, bottom, right, top] = [bbox.minX, bbox.minY, bbox.maxX, bbox.maxY].map((units) => units * this.perThousand) as [number, number, number, number]
    return { ascent: ascent * this.perThousand, descent: descent * this.perThousand, capHeight: capHeight * this.perThousand, italicAngle, box: [left, bottom, right, top] }
  }

  /** 0 is the box of a character the font lacks. */
  glyphOf(codePoint: number): number {
    return this.font.glyphForCodePoint(codePoint).id
  }

  advanceOf(glyph: number): number {
    let advance = this.advances.get(glyph)
    if (advance === undefined) {
      advance = this.font.getGlyph(glyph).advanceWidth * this.perThousand
      this.advances.set(glyph, advance)
    }
    return advance
  }

  /** How much closer (negative) or wider two characters stand. */
  kerningOf(left: number, right: number): number {
    const pair = String.fromCodePoint(left, right)
    let kerning = this.kernings.get(pair)
    if (kerning === undefined) {
      const { glyphs, positions } = this.font.layout(pair)
      const [first, place] = [glyphs[0], positions[0]]
      kerning = glyphs.length === 2 && first && place ? (place.xAdvance - first.advanceWidth) * this.perThousand : 0
      this.kernings.set(pair, kerning)
    }
    return kerning
  }

  /** A font file of these glyphs and the box, and the numbers they have in it, in the order given. */
  subset(glyphs: readonly number[]): { file: Buffer; numbers: number[] } {
    const subset = this.font.createSubset()
    // Its type says boolean; it is the glyph's new number.
    const numbers = glyphs.map((glyph) => Number(subset.includeGlyph(this.font.getGlyph(glyph))))
    return { file: Buffer.from(subset.encode()), numbers }
  }
}
