import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isFigure, typeset } from '../text'
import { BoundedCache } from './bounded-cache'
import { PrintFont } from './print-font'

const fontFiles = {
  regular: 'PTSans-Regular',
  bold: 'PTSans-Bold',
  italic: 'PTSans-Italic',
  boldItalic: 'PTSans-BoldItalic',
  mono: 'PTMono-Regular',
} as const

export type FontName = keyof typeof fontFiles

/** Names of the fonts in a document's resources; a part of a face beyond the first has its number behind. */
const resourceNames: Record<FontName, string> = { regular: 'R', bold: 'B', italic: 'I', boldItalic: 'J', mono: 'M' }

/**
 * Where the application's own files are: beside `out/` in a build, inside the package or beside it in an installed application,
 * in the repository under vitest. One walk upward serves all of them.
 */
export function resourcesFolder(): string {
  const sample = `${fontFiles.regular}.ttf`
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, 'resources')
    if (existsSync(join(candidate, 'fonts', sample))) return candidate
    if (dirname(folder) === folder) break
  }
  // Electron only; a file put outside the package by the installer.
  const installed: unknown = Reflect.get(process, 'resourcesPath')
  if (typeof installed === 'string' && existsSync(join(installed, 'fonts', sample))) return installed
  throw new Error('The fonts of printed sheets are missing: resources/fonts')
}

/**
 * The characters of Russian sheets by their codes: one byte each, so that a page needs half the bytes of glyph numbers. ASCII and Cyrillic stand where windows-1251 has them; some
 * signs it lacks take control codes (not those a PDF string changes: 10 and 13). Anything else is found in further parts by its glyph's number.
 */
const windows1251 =
  'ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—\u0000™љ›њќћџ\u00a0ЎўЈ¤Ґ¦§Ё©Є«¬\u00ad®Ї°±Ііґµ¶·ё№є»јЅѕїАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюя'
const added = '₽−²³ҮүҺһӨөәӘңҢ×÷≤≥≈é'
const addedCodes = [1, 2, 3, 4, 5, 6, 7, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31]
const firstCodes = new Map<number, number>()
for (let code = 0x20; code < 0x7f; code++) firstCodes.set(code, code)
for (const [index, sign] of [...windows1251].entries()) if (sign !== '\u0000') firstCodes.set(sign.codePointAt(0) ?? 0, 0x80 + index)
for (const [index, sign] of [...added].entries()) firstCodes.set(sign.codePointAt(0) ?? 0, addedCodes[index] ?? 0)

const perPart = 255

/** A piece of a line in one font of the document: `show` is the operator that draws it. */
export interface Segment {
  font: string
  show: string
  /** In thousandths of the size. */
  width: number
  signs: number
}

/** A line of text as it will be drawn, made once for a text and a face. */
export interface Run {
  width: number
  /** How many characters, for spacing between them. */
  signs: number
  segments: Segment[]
  /** Part × 256 + code of each sign it needs. */
  codes: number[]
  /** The document that has noted them last. */
  notedBy: object | null
}

interface Sign {
  part: number
  code: number
  glyph: number
  codePoint: number
}

/** One of the fonts, with the lines that were set in it. Shared by all documents of a process. */
export class Face {
  readonly font: PrintFont
  private readonly resource: string
  private readonly signs = new Map<number, Sign>()
  private readonly byCode = new Map<number, Sign>()
  private readonly runs = new BoundedCache<Run>(2000)
  /** Sums are hardly ever met again: kept for the bill they stand on, they are garbage before they are old. */
  private readonly figures = new BoundedCache<Run>(400)
  private last: { text: string; run: Run } | null = null
  /** A single space, which typesetting would drop. */
  readonly space: Run

  constructor(name: FontName) {
    this.font = new PrintFont(join(resourcesFolder(), 'fonts', `${fontFiles[name]}.ttf`))
    this.resource = resourceNames[name]
    this.space = this.set(' ')
  }

  run(text: string): Run {
    // A figure is measured, fitted and drawn.
    if (this.last?.text === text) return this.last.run
    const known = isFigure(text) ? this.figures : this.runs
    let run = known.get(text)
    if (!run) {
      run = this.set(typeset(text))
      known.set(text, run)
    }
    this.last = { text, run }
    return run
  }

  /** Width of a text that is typeset already and may be a part of a word, in thousandths of the size. */
  widthOf(text: string): number {
    let width = 0
    let last: Sign | null = null
    for (const letter of text) {
      const sign = this.signOf(letter.codePointAt(0) ?? 0)
      width += this.font.advanceOf(sign.glyph) + (last ? this.kerning(last, sign) : 0)
      last = sign
    }
    return width
  }

  signAt(code: number): { glyph: number; codePoint: number } | undefined {
    return this.byCode.get(code)
  }

  fontOf(part: number): string {
    return part === 0 ? this.resource : `${this.resource}${part}`
  }

  private set(text: string): Run {
    const run: Run = { width: 0, signs: 0, segments: [], codes: [], notedBy: null }
    const codes = new Set<number>()
    let segment: Segment | null = null
    let part = -1
    let shown = ''
    let isKerned = false
    let last: Sign | null = null
    const close = () => {
      if (segment) segment.show = isKerned ? `[(${shown})]TJ` : `(${shown})Tj`
    }
    for (const letter of text) {
      const sign = this.signOf(letter.codePointAt(0) ?? 0)
      const kerning = last ? this.kerning(last, sign) : 0
      if (sign.part !== part || !segment) {
        close()
        part = sign.part
        segment = { font: this.fontOf(part), show: '', width: 0, signs: 0 }
        run.segments.push(segment)
        shown = ''
        isKerned = false
        // What would stand between two fonts is left out on both sides of the sum.
      } else if (kerning !== 0) {
        shown += `)${-kerning}(`
        isKerned = true
        segment.width += kerning
        run.width += kerning
      }
      shown += sign.code === 0x28 || sign.code === 0x29 || sign.code === 0x5c ? `\\${String.fromCharCode(sign.code)}` : String.fromCharCode(sign.code)
      const advance = this.font.advanceOf(sign.glyph)
      segment.width += advance
      segment.signs++
      run.width += advance
      run.signs++
      codes.add(sign.part * 256 + sign.code)
      last = sign
    }
    close()
    run.codes = [...codes]
    return run
  }

  private signOf(codePoint: number): Sign {
    let sign = this.signs.get(codePoint)
    if (!sign) {
      const glyph = this.font.glyphOf(codePoint)
      const code = firstCodes.get(codePoint)
      const [part, own] = code !== undefined && glyph !== 0 ? [0, code] : [1 + Math.floor(glyph / perPart), 1 + (glyph % perPart)]
      // Strings of PDF read a carriage return as a line feed.
      sign = { part, code: own === 13 ? 0 : own, glyph, codePoint: glyph === 0 ? 0xfffd : codePoint }
      this.signs.set(codePoint, sign)
      const place = part * 256 + sign.code
      const other = this.byCode.get(place)
      // Two characters may share a glyph: which one a copy gives must not depend on what was drawn before.
      if (!other || codePoint < other.codePoint) this.byCode.set(place, sign)
    }
    return sign
  }

  /** Digits and spaces keep their widths: figures stand in columns, and a line is the sum of its words. */
  private kerning(left: Sign, right: Sign): number {
    if (left.part !== right.part || left.glyph === 0 || right.glyph === 0 || isRigid(left.codePoint) || isRigid(right.codePoint)) return 0
    const kerning = this.font.kerningOf(left.codePoint, right.codePoint)
    return Math.abs(kerning) < leastKerning ? 0 : kerning
  }
}

/** In thousandths: less is a fifth of a point in a heading, and three bytes in a file. */
const leastKerning = 20

function isRigid(codePoint: number): boolean {
  return codePoint === 0x20 || codePoint === 0xa0 || (codePoint >= 0x30 && codePoint <= 0x39)
}

const faces = new Map<FontName, Face>()

export function face(name: FontName): Face {
  let known = faces.get(name)
  if (!known) {
    known = new Face(name)
    faces.set(name, known)
  }
  return known
}

export const fontNames = Object.keys(fontFiles) as FontName[]
