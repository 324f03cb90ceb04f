import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import PDFDocument from 'pdfkit'
import QRCode from 'qrcode'
import { typeset } from './text'

/** Points of a millimetre; everything in this folder is measured in points from the top left corner. */
export const mm = 72 / 25.4

export const a4 = { width: 210 * mm, height: 297 * mm }
export const a5 = { width: 148 * mm, height: 210 * mm }

const fontFiles = {
  regular: 'PTSans-Regular.ttf',
  bold: 'PTSans-Bold.ttf',
  italic: 'PTSans-Italic.ttf',
  boldItalic: 'PTSans-BoldItalic.ttf',
  mono: 'PTMono-Regular.ttf',
} as const

export type FontName = keyof typeof fontFiles

/** Print is pure black or white: grey letters become dots on an office laser. `spacing` is added between characters, in points. */
export interface TextStyle {
  font: FontName
  size: number
  white?: boolean
  spacing?: number
}

export type Tag = 'H1' | 'H2' | 'P' | 'Table' | 'TR' | 'TH' | 'TD' | 'L' | 'LI' | 'Figure' | 'Sect'

export interface Pdf {
  addPage(): void
  /** Width of a line, in points. */
  width(text: string, style: TextStyle): number
  /** Lines no wider than `width`. A word that is wider alone is broken inside, so that nothing leaves its column. */
  wrap(text: string, style: TextStyle, width: number): string[]
  /** The same style, smaller if need be, so that the line fits the width. */
  fit(text: string, style: TextStyle, width: number): TextStyle
  /** Draws one line; `baseline` is where the letters stand. Belongs inside `tag`, `content` or `artifact`. */
  line(text: string, x: number, baseline: number, style: TextStyle, align?: { to: 'right' | 'center'; width: number }): void
  /** Draws lines one under another from `top` and returns where the next one would begin. */
  lines(lines: string[], x: number, top: number, style: TextStyle, align?: { to: 'right' | 'center'; width: number }): number
  /** What a screen reader reads as one thing. */
  tag(type: Tag, draw: () => void): void
  begin(type: Tag): void
  content(draw: () => void): void
  end(): void
  /** What a screen reader skips: rules, frames, page numbers. */
  artifact(draw: () => void): void
  rule(x1: number, y: number, x2: number, thickness: number): void
  dashedRule(x1: number, y: number, x2: number): void
  frame(x: number, y: number, width: number, height: number, thickness: number, radius?: number): void
  fill(x: number, y: number, width: number, height: number): void
  disc(x: number, y: number, radius: number): void
  /** Hollow letters across the whole page, over what is drawn: «Образец». */
  stamp(words: string): void
  /** Draws a QR code with its quiet zone inside the square of `qrSide(bytes, least)` points. `meaning` is its text for a screen reader. */
  qr(bytes: Uint8Array, x: number, y: number, least: number, meaning: string): void
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
 * Where the application's own files are: beside `out/` in a build, inside the package or beside it in an installed application,
 * in the repository under vitest. One walk upward serves all of them.
 */
export function resourcesFolder(): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, 'resources')
    if (existsSync(join(candidate, 'fonts', fontFiles.regular))) return candidate
    if (dirname(folder) === folder) break
  }
  // Electron only; a file put outside the package by the installer.
  const installed: unknown = Reflect.get(process, 'resourcesPath')
  if (typeof installed === 'string' && existsSync(join(installed, 'fonts', fontFiles.regular))) return installed
  throw new Error('The fonts of printed sheets are missing: resources/fonts')
}

const fontBytes = new Map<FontName, Buffer>()

function font(name: FontName): Buffer {
  const known = fontBytes.get(name)
  if (known) return known
  const bytes = readFileSync(join(resourcesFolder(), 'fonts', fontFiles[name]))
  fontBytes.set(name, bytes)
  return bytes
}

/**
 * A tagged document in Russian, of A4 pages unless `paper` says otherwise, with embedded PT Sans and PT Mono. `madeAt` is the only date inside, so that one content always gives the same bytes:
 * a stored hash of a sheet stays comparable. The title goes into the file and the window caption of a viewer; it holds no personal data.
 */
export function openPdf({ title, madeAt, paper = a4 }: { title: string; madeAt: string; paper?: { width: number; height: number } }): Pdf {
  const doc = new PDFDocument({
    autoFirstPage: false,
    size: [paper.width, paper.height],
    margin: 0,
    pdfVersion: '1.7',
    tagged: true,
    displayTitle: true,
    lang: 'ru-RU',
    // pdfkit's default would be Helvetica, which has no Cyrillic and is not embedded: with it «Пароль: Ёж» comes out as «Aô0D>C´L».
    font: '',
    // pdfkit copies the title into XML as it is.
    info: { Title: title.replace(/[<>&]/g, ' '), Producer: 'Okno', Creator: 'Okno', CreationDate: new Date(madeAt) },
  })
  const chunks: Buffer[] = []
  doc.on('data', (chunk: Buffer) => chunks.push(chunk))
  const finished = new Promise<void>((resolve, reject) => {
    doc.on('end', resolve)
    doc.on('error', reject)
  })
  for (const name of Object.keys(fontFiles) as FontName[]) doc.registerFont(name, font(name))

  const root = doc.struct('Document')
  doc.addStructure(root)
  const open = [root]
  const innermost = () => open.at(-1) ?? root

  const use = (style: TextStyle) => doc.font(style.font).fontSize(style.size)
  const spacing = (style: TextStyle) => (style.spacing ? { characterSpacing: style.spacing } : {})

  const pdf: Pdf = {
    addPage() {
      doc.addPage()
    },

    width(text, style) {
      use(style)
      return doc.widthOfString(typeset(text), spacing(style))
    },

    wrap(text, style, width) {
      use(style)
      const measure = (part: string) => doc.widthOfString(part, spacing(style))
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
    },

    fit(text, style, width) {
      const wide = pdf.width(text, style)
      return wide <= width ? style : { ...style, size: (style.size * width) / wide }
    },

    line(text, x, baseline, style, align) {
      const clean = typeset(text)
      use(style)
      const wide = align ? doc.widthOfString(clean, spacing(style)) : 0
      const left = !align ? x : align.to === 'right' ? x + align.width - wide : x + (align.width - wide) / 2
      doc.fillColor(style.white ? 'white' : 'black')
      doc.text(clean, left, baseline, { lineBreak: false, baseline: 'alphabetic', ...spacing(style) })
    },

    lines(lines, x, top, style, align) {
      let y = top
      for (const line of lines) {
        pdf.line(line, x, y + baselineOf(style), style, align)
        y += lineHeight(style)
      }
      return y
    },

    tag(type, draw) {
      pdf.begin(type)
      pdf.content(draw)
      pdf.end()
    },

    begin(type) {
      const element = doc.struct(type)
      innermost().add(element)
      open.push(element)
    },

    content(draw) {
      innermost().add(draw)
    },

    end() {
      open.pop()?.end()
    },

    artifact(draw) {
      doc.markContent('Artifact', { type: 'Layout' })
      draw()
      doc.endMarkedContent()
    },

    rule(x1, y, x2, thickness) {
      doc.lineWidth(thickness).moveTo(x1, y).lineTo(x2, y).stroke('black')
    },

    dashedRule(x1, y, x2) {
      doc.lineWidth(0.8).dash(5, { space: 4 }).moveTo(x1, y).lineTo(x2, y).stroke('black').undash()
    },

    frame(x, y, width, height, thickness, radius = 0) {
      doc.lineWidth(thickness)
      if (radius) doc.roundedRect(x, y, width, height, radius)
      else doc.rect(x, y, width, height)
      doc.stroke('black')
    },

    fill(x, y, width, height) {
      doc.rect(x, y, width, height).fill('black')
    },

    disc(x, y, radius) {
      doc.circle(x, y, radius).fill('black')
    },

    stamp(words) {
      const { width, height } = paper
      use({ font: 'bold', size: 100 })
      const diagonal = Math.hypot(width, height) * 0.6
      const size = (100 * diagonal) / doc.widthOfString(words)
      use({ font: 'bold', size })
      doc.save()
      doc.rotate((-Math.atan2(height, width) * 180) / Math.PI, { origin: [width / 2, height / 2] })
      doc.lineWidth(1).strokeColor('black').strokeOpacity(0.25)
      doc.text(words, (width - diagonal) / 2, height / 2 + size * 0.35, { lineBreak: false, baseline: 'alphabetic', stroke: true, fill: false })
      doc.restore()
    },

    qr(bytes, x, y, least, meaning) {
      const { modules, module, side } = qrGeometry(bytes, least)
      const snap = (value: number) => Math.round(value / dot) * dot
      const [left, top] = [snap(x) + quietZone * module, snap(y) + quietZone * module]
      // The types of pdfkit do not know `bbox`, which a figure of a tagged PDF needs.
      const place = { alt: meaning, bbox: [x, y, x + side, y + side], placement: 'Block' }
      const figure = doc.struct('Figure', place)
      innermost().add(figure)
      figure.add(() => {
        for (let row = 0; row < modules.size; row++) {
          let start = -1
          for (let column = 0; column <= modules.size; column++) {
            const dark = column < modules.size && modules.get(row, column) === 1
            if (dark && start < 0) start = column
            if (!dark && start >= 0) {
              doc.rect(left + start * module, top + row * module, (column - start) * module, module)
              start = -1
            }
          }
        }
        // One fill for the whole symbol: separate fills would show hairlines between rows on screens.
        doc.fill('black')
      })
      figure.end()
    },

    bars(modules, x, y, { width, height }, meaning) {
      const count = modules.reduce((sum, module) => sum + module, 0)
      // A quiet zone of ten modules at each side belongs to the symbol.
      const module = Math.max(1, Math.floor(width / (count + 20) / dot)) * dot
      const start = Math.round((x + (width - count * module) / 2) / dot) * dot
      const figure = doc.struct('Figure', { alt: meaning, bbox: [x, y, x + width, y + height], placement: 'Block' } as { alt: string })
      innermost().add(figure)
      figure.add(() => {
        let left = start
        for (const [index, wide] of modules.entries()) {
          if (index % 2 === 0) doc.rect(left, y, wide * module, height)
          left += wide * module
        }
        doc.fill('black')
      })
      figure.end()
      return count * module
    },

    async done() {
      root.end()
      doc.end()
      await finished
      return Buffer.concat(chunks)
    },
  }
  return pdf
}

/** A dot of a 600 dpi printer. Modules are whole dots, else bars of one symbol differ in width and scanners fail. */
const dot = 72 / 600
const quietZone = 4

function qrGeometry(bytes: Uint8Array, least: number) {
  // One byte segment with the exact bytes and no guessing of a charset: mixed segments make some bank apps misread Cyrillic.
  const { modules } = QRCode.create([{ data: bytes, mode: 'byte' }], { errorCorrectionLevel: 'M' })
  const module = Math.ceil(least / modules.size / dot - 1e-9) * dot
  return { modules, module, side: (modules.size + 2 * quietZone) * module }
}

/** Side of the square a QR code takes, quiet zone included, when the symbol itself is to be at least `least` points. */
export function qrSide(bytes: Uint8Array, least: number): number {
  return qrGeometry(bytes, least).side
}
