import { createHash } from 'node:crypto'
import { PdfDocument, type DrawnPage } from './writer/document'
import { face, type FontName, type Run } from './writer/faces'
import { hundredths, points, Shapes } from './writer/page-content'
import { pngMask } from './writer/png-mask'
import { qrSymbol, type QrSymbol } from './writer/qr-symbol'
import { element, type Element, type Tag } from './writer/tag-tree'
import { BoundedCache } from './writer/bounded-cache'
import { typeset } from './text'

export { resourcesFolder, type FontName } from './writer/faces'
export type { Tag } from './writer/tag-tree'

/** Points of a millimetre; everything in this folder is measured in points from the top left corner. */
export const mm = 72 / 25.4

export const a4 = { width: 210 * mm, height: 297 * mm }
export const a5 = { width: 148 * mm, height: 210 * mm }

/** Print is pure black or white: grey letters become dots on an office laser. `spacing` is added between characters, in points. */
export interface TextStyle {
  font: FontName
  size: number
  white?: boolean
  spacing?: number
}

interface Alignment {
  to: 'right' | 'center'
  width: number
}

export interface Pdf {
  addPage(): void
  /** Width of a line, in points. */
  width(text: string, style: TextStyle): number
  /** Lines no wider than `width`. A word that is wider alone is broken inside, so that nothing leaves its column. */
  wrap(text: string, style: TextStyle, width: number): string[]
  /** The same style, smaller if need be, so that the line fits the width. */
  fit(text: string, style: TextStyle, width: number): TextStyle
  /** Draws one line; `baseline` is where the letters stand. Belongs inside `tag` or `content`; anywhere else it is an artifact. */
  line(text: string, x: number, baseline: number, style: TextStyle, align?: Alignment): void
  /** Draws lines one under another from `top` and returns where the next one would begin. */
  lines(lines: string[], x: number, top: number, style: TextStyle, align?: Alignment): number
  /** What a screen reader reads as one thing. */
  tag(type: Tag, draw: () => void): void
  begin(type: Tag): void
  content(draw: () => void): void
  end(): void
  /** What a screen reader skips: rules, frames, page numbers. */
  artifact(draw: () => void): void
  /** Shapes are artifacts wherever they are drawn, and lie under the text of the page. */
  rule(x1: number, y: number, x2: number, thickness: number): void
  dashedRule(x1: number, y: number, x2: number): void
  frame(x: number, y: number, width: number, height: number, thickness: number, radius?: number): void
  fill(x: number, y: number, width: number, height: number): void
  disc(x: number, y: number, radius: number): void
  /** Hollow letters across the whole page, over what is drawn: «Образец». */
  stamp(words: string): void
  /** Draws a QR code with its quiet zone inside the square of `qrSide(bytes, least)` points. `meaning` is said by a screen reader. */
  qr(bytes: Uint8Array, x: number, y: number, least: number, meaning: string): void
  /** Draws a black and white picture: a PNG of one grey bit a dot, not interlaced (the only kind a provider's logo has). Throws RangeError for any other. */
  image(png: Uint8Array, x: number, y: number, size: { width: number; height: number }, meaning: string): void
  /** Draws a linear barcode centred in `width`: widths of bars and gaps in modules, the first one a bar. Returns the width of the symbol without its quiet zones. */
  bars(modules: number[], x: number, y: number, size: { width: number; height: number }, meaning: string): number
  /** Closes the document and gives its bytes. */
  done(): Promise<Buffer>
}

/** Height of a line of text with its leading. */
export function lineHeight(style: TextStyle): number {
  return style.size * 1.24
}

function baselineOf(style: TextStyle): number {
  return style.size * 0.95
}

/**
 * A tagged document in Russian, of A4 pages unless `paper` says otherwise, with embedded PT Sans and PT Mono. `madeAt` is the only date inside, so that one content always gives the same bytes:
 * a stored hash of a sheet stays comparable. The title goes into the file and the window caption of a viewer; it holds no personal data.
 */
export function openPdf(about: { title: string; madeAt: string; paper?: { width: number; height: number } }): Pdf {
  return new PdfWriter(about)
}

/** Lines by style and width, then by text: bills of one provider say the same on every sheet. */
const wraps = new Map<FontName, Map<number, BoundedCache<string[]>>>()

function wrapsOf(style: TextStyle, width: number): BoundedCache<string[]> {
  let ofFont = wraps.get(style.font)
  if (!ofFont) wraps.set(style.font, (ofFont = new Map()))
  // Widths of paper stay below a thousand points: no two styles meet in one number.
  const key = style.size * 1e7 + (style.spacing ?? 0) * 1e4 + width
  let kept = ofFont.get(key)
  if (!kept) {
    // Letters fitted to their lines have sizes without end.
    if (ofFont.size >= 1000) ofFont.clear()
    ofFont.set(key, (kept = new BoundedCache(1000)))
  }
  return kept
}

/** `openPdf`, and what a batch needs besides (draw-documents.ts). */
export class PdfWriter implements Pdf {
  private readonly document: PdfDocument
  private readonly paper: { width: number; height: number }
  private pages: DrawnPage[] = []
  private tops: Element[] = []
  private open: Element[] = []
  /** The text that is being gathered: of an element, or of an artifact (null). */
  private owner: Element | null = null
  private isContent = false
  private piece = ''
  private pen: Pen = newPen()

  constructor({ title, madeAt, paper = a4 }: { title: string; madeAt: string; paper?: { width: number; height: number } }) {
    this.paper = paper
    this.document = new PdfDocument({ title, madeAt, paper })
  }

  addPage(): void {
    this.closePiece()
    const { width, height } = this.paper
    this.pages.push({ width, height, shapes: new Shapes(height), content: [], marks: 0 })
  }

  width(text: string, style: TextStyle): number {
    return widthOf(face(style.font).run(text), style)
  }

  wrap(text: string, style: TextStyle, width: number): string[] {
    const kept = wrapsOf(style, width)
    let lines = kept.get(text)
    if (!lines) {
      lines = wrapped(text, style, width)
      kept.set(text, lines)
    }
    return lines
  }

  fit(text: string, style: TextStyle, width: number): TextStyle {
    const wide = this.width(text, style)
    return wide <= width ? style : { ...style, size: (style.size * width) / wide }
  }

  line(text: string, x: number, baseline: number, style: TextStyle, align?: Alignment): void {
    const run = face(style.font).run(text)
    if (run.segments.length === 0) return
    const left = !align ? x : align.to === 'right' ? x + align.width - widthOf(run, style) : x + (align.width - widthOf(run, style)) / 2
    const owner = this.isContent ? this.innermost() : null
    if (this.piece !== '' && owner !== this.owner) this.closePiece()
    this.owner = owner
    this.document.use(style.font, run)
    this.show(run, left, baseline, style)
  }

  lines(lines: string[], x: number, top: number, style: TextStyle, align?: Alignment): number {
    let y = top
    for (const line of lines) {
      this.line(line, x, y + baselineOf(style), style, align)
      y += lineHeight(style)
    }
    return y
  }

  tag(type: Tag, draw: () => void): void {
    this.begin(type)
    this.content(draw)
    this.end()
  }

  begin(type: Tag): void {
    const its = element(type)
    this.add(its)
    this.open.push(its)
  }

  content(draw: () => void): void {
    const before = this.isContent
    this.isContent = true
    draw()
    this.isContent = before
  }

  end(): void {
    this.open.pop()
  }

  artifact(draw: () => void): void {
    const before = this.isContent
    this.isContent = false
    draw()
    this.isContent = before
  }

  rule(x1: number, y: number, x2: number, thickness: number): void {
    this.page().shapes.rule(x1, y, x2, thickness)
  }

  dashedRule(x1: number, y: number, x2: number): void {
    this.page().shapes.dashedRule(x1, y, x2)
  }

  frame(x: number, y: number, width: number, height: number, thickness: number, radius = 0): void {
    this.page().shapes.frame(x, y, width, height, thickness, radius)
  }

  fill(x: number, y: number, width: number, height: number): void {
    this.page().shapes.fill(x, y, width, height)
  }

  disc(x: number, y: number, radius: number): void {
    this.page().shapes.disc(x, y, radius)
  }

  stamp(words: string): void {
    const { width, height } = this.paper
    const run = face('bold').run(words)
    const diagonal = Math.hypot(width, height) * 0.6
    const size = (1000 * diagonal) / run.width
    const angle = Math.atan2(height, width)
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
    // Letters begin half a diagonal before the middle of the page and a third of their height below it.
    const [back, down] = [diagonal / 2, size * 0.35]
    const [x, y] = [width / 2 - back * cos + down * sin, height / 2 - back * sin - down * cos]
    this.closePiece()
    this.document.use('bold', run)
    this.document.useStamp()
    const turn = [cos, sin, -sin, cos].map((part) => part.toFixed(5)).join(' ')
    const shown = run.segments.map(({ font, show }) => `/${font} ${points(size)} Tf ${show}`).join(' ')
    this.page().content.push(`/Artifact BMC q/G gs 1 w 1 Tr BT ${turn} ${points(x)} ${points(y)} Tm ${shown} ET Q EMC\n`)
  }

  qr(bytes: Uint8Array, x: number, y: number, least: number, meaning: string): void {
    const { symbol, module, side } = qrGeometry(bytes, least)
    const { size, rows } = symbol
    const [left, top] = [snapped(x) + quietZone * module, snapped(y) + quietZone * module]
    const across = decimals(size * module)
    const place = `${decimals(left)} ${decimals(this.paper.height - top - size * module)}`
    // One bit a module, which no viewer may smooth (the standard's default for masks); a bit that is set stays white.
    const mask = { name: `Q${this.page().marks}`, key: null, dictionary: `/Width ${size}/Height ${size}`, data: Buffer.from(rows.map((byte) => ~byte)) }
    this.figure(`q ${across} 0 0 ${across} ${place} cm/${mask.name} Do Q`, meaning, x, y, side, side)
    this.page().content.push(mask)
  }

  image(png: Uint8Array, x: number, y: number, { width, height }: { width: number; height: number }, meaning: string): void {
    const { dictionary, data } = pngMask(png)
    const key = createHash('sha256').update(png).digest('base64')
    const mask = { name: `I${this.page().marks}`, key, dictionary, data }
    this.figure(`q ${points(width)} 0 0 ${points(height)} ${points(x)} ${points(this.paper.height - y - height)} cm/${mask.name} Do Q`, meaning, x, y, width, height)
    this.page().content.push(mask)
  }

  bars(modules: number[], x: number, y: number, { width, height }: { width: number; height: number }, meaning: string): number {
    const count = modules.reduce((sum, module) => sum + module, 0)
    // A quiet zone of ten modules at each side belongs to the symbol.
    const module = Math.max(1, Math.floor(width / (count + 20) / dot + 1e-9)) * dot
    const start = snapped(x + (width - count * module) / 2)
    let shapes = ''
    let left = 0
    for (const [index, wide] of modules.entries()) {
      if (index % 2 === 0) shapes += `${left} 0 ${wide} 1 re `
      left += wide
    }
    const place = `${decimals(start)} ${points(this.paper.height - y - height)}`
    this.figure(`q ${decimals(module)} 0 0 ${points(height)} ${place} cm ${shapes}f Q`, meaning, x, y, width, height)
    return count * module
  }

  async done(): Promise<Buffer> {
    this.commit()
    await this.document.finish()
    return this.document.file.take()
  }

  /** What is drawn so far is whole: its pages are written and forgotten. How many they were. */
  commit(): number {
    this.closePiece()
    const { pages, tops } = this
    this.abandon()
    this.document.write(pages, tops)
    return pages.length
  }

  /** Drops what was drawn since the last commit. */
  abandon(): void {
    this.pages = []
    this.tops = []
    this.open = []
    this.owner = null
    this.isContent = false
    this.piece = ''
  }

  get pageCount(): number {
    return this.document.pageCount
  }

  /** Bytes that are ready and not taken. */
  get waiting(): number {
    return this.document.file.size
  }

  take(): Buffer {
    return this.document.file.take()
  }

  /** Ends the file: SHA-256 and length of all its bytes. The last of them are to be taken. */
  async finish(): Promise<{ sha256: string; bytes: number }> {
    const sha256 = await this.document.finish()
    return { sha256, bytes: this.document.file.length }
  }

  private page(): DrawnPage {
    const page = this.pages.at(-1)
    if (!page) throw new Error('Nothing can be drawn before the first page')
    return page
  }

  private innermost(): Element | null {
    return this.open.at(-1) ?? null
  }

  private add(its: Element): void {
    const parent = this.open.at(-1)
    if (parent) parent.kids.push(its)
    else this.tops.push(its)
  }

  private show(run: Run, left: number, baseline: number, style: TextStyle): void {
    const { pen } = this
    // Tenths of a point are half a dot of a 300 dpi printer, and a digit less on two hundred places of a page.
    let x = Math.round(left * 10) * 10
    const y = Math.round((this.paper.height - baseline) * 10) * 10
    const isFirst = this.piece === ''
    if (isFirst) {
      this.page()
      this.pen = newPen()
      this.piece = 'BT'
    }
    const its = isFirst ? this.pen : pen
    let operators = ''
    // Lines and columns of one tag are words apart for whoever listens to them or copies them.
    if (!isFirst && its.face) {
      const { space } = face(its.face)
      this.document.use(its.face, space)
      if (its.font.startsWith(`/${space.segments[0]?.font ?? ''} `)) operators += '( )Tj'
    }
    its.face = style.font
    if ((style.white ?? false) !== its.white) {
      its.white = !its.white
      operators += its.white ? ' 1 g' : ' 0 g'
    }
    const spacing = style.spacing ?? 0
    if (spacing !== its.spacing) {
      its.spacing = spacing
      operators += ` ${points(spacing)} Tc`
    }
    for (const segment of run.segments) {
      const font = `/${segment.font} ${points(style.size)} Tf`
      if (font !== its.font) {
        its.font = font
        operators += font
      }
      operators += ` ${hundredths(x - its.x)} ${hundredths(y - its.y)} Td${segment.show}`
      its.x = x
      its.y = y
      x += Math.round((segment.width * style.size) / 10 + segment.signs * spacing * 100)
    }
    this.piece += operators
  }

  private closePiece(): void {
    if (this.piece === '') return
    const page = this.page()
    const { pen, owner } = this
    // Colour and spacing stay after a text ends.
    const piece = `${this.piece}${pen.white ? ' 0 g' : ''}${pen.spacing === 0 ? '' : ' 0 Tc'} ET `
    this.piece = ''
    if (owner === null) page.content.push('/Artifact BMC ', piece, 'EMC\n')
    else {
      owner.kids.push({ page: this.pages.length - 1, mark: page.marks })
      page.content.push(`/${owner.tag}<</MCID ${page.marks++}>>BDC `, piece, 'EMC\n')
    }
  }

  private figure(operators: string, meaning: string, x: number, y: number, width: number, height: number): void {
    this.closePiece()
    const page = this.page()
    const bottom = this.paper.height - y - height
    const its = element('Figure', { meaning, box: [x, bottom, x + width, bottom + height].map(points).join(' ') })
    its.kids.push({ page: this.pages.length - 1, mark: page.marks })
    this.add(its)
    page.content.push(`/Figure<</MCID ${page.marks++}>>BDC ${operators} EMC\n`)
  }
}

/** Where the text that is being gathered stands, and how its next letters would look. */
interface Pen {
  x: number
  y: number
  face: FontName | null
  font: string
  white: boolean
  spacing: number
}

function newPen(): Pen {
  return { x: 0, y: 0, face: null, font: '', white: false, spacing: 0 }
}

function widthOf(run: Run, style: TextStyle): number {
  return (run.width * style.size) / 1000 + run.signs * (style.spacing ?? 0)
}

function wrapped(text: string, style: TextStyle, width: number): string[] {
  const its = face(style.font)
  const spacing = style.spacing ?? 0
  const measure = (part: string) => (its.widthOf(part) * style.size) / 1000 + (spacing ? [...part].length * spacing : 0)
  const lines: string[] = []
  let line = ''
  // Only the ordinary space divides: a no-break space holds «15 декабря» and «1 234,56 ₽» together. A line may also end after a hyphen.
  for (const piece of typeset(text).split(/(?<= )|(?<=[^\s\d]-)(?=[^\s\d])/)) {
    if (measure((line + piece).trimEnd()) <= width) {
      line += piece
      continue
    }
    if (line) lines.push(line.trimEnd())
    line = piece
    while (measure(line.trimEnd()) > width) {
      let taken = 1
      while (taken < line.length - 1 && measure(line.slice(0, taken + 1)) <= width) taken++
      lines.push(line.slice(0, taken))
      line = line.slice(taken)
    }
  }
  if (line.trimEnd() || lines.length === 0) lines.push(line.trimEnd())
  return lines
}

/** A dot of a 300 dpi printer, two or four of better ones. Modules are whole dots, else those of one symbol differ in width and scanners fail. */
const dot = 72 / 300
const quietZone = 4

function snapped(value: number): number {
  return Math.round(value / dot) * dot
}

/** Codes keep their dots: more digits than text needs. */
function decimals(value: number): string {
  return String(Math.round(value * 1e5) / 1e5)
}

/** The symbol of a page is asked for several times: for its side, whenever the page is laid out anew, then to be drawn. */
let lastSymbol: { bytes: Uint8Array; symbol: QrSymbol } | null = null

function qrGeometry(bytes: Uint8Array, least: number) {
  if (lastSymbol === null || Buffer.compare(lastSymbol.bytes, bytes) !== 0) lastSymbol = { bytes: bytes.slice(), symbol: qrSymbol(bytes) }
  const { symbol } = lastSymbol
  const module = Math.ceil(least / symbol.size / dot - 1e-9) * dot
  return { symbol, module, side: (symbol.size + 2 * quietZone) * module }
}

/** Side of the square a QR code takes, quiet zone included, when the symbol itself is to be at least `least` points. */
export function qrSide(bytes: Uint8Array, least: number): number {
  return qrGeometry(bytes, least).side
}
