// Reads PDFs back with programs that share nothing with the one that drew them: poppler for text and pixels, jsQR for codes.
import { execFileSync } from 'node:child_process'
import jsQR from 'jsqr'
import { PNG } from 'pngjs'

function poppler(program: string, args: string[], input: Uint8Array): Buffer {
  return execFileSync(program, args, { input, maxBuffer: 256 * 1024 * 1024, stdio: ['pipe', 'pipe', 'ignore'] })
}

/** Text of the whole document in the order it was drawn, with runs of any spaces as one, so that a sentence can be looked for across lines. */
export function textOf(pdf: Uint8Array): string {
  return poppler('pdftotext', ['-raw', '-', '-'], pdf).toString('utf8').replace(/[\s\u00a0]+/g, ' ').trim()
}

/** Lines as they stand on a page (1 is the first), columns kept apart by spaces. */
export function layoutOf(pdf: Uint8Array, page: number): string[] {
  return poppler('pdftotext', ['-layout', '-f', String(page), '-l', String(page), '-', '-'], pdf).toString('utf8').replaceAll('\u00a0', ' ').split('\n')
}

export function infoOf(pdf: Uint8Array): Record<string, string> {
  const lines = poppler('pdfinfo', ['-'], pdf).toString('utf8').split('\n')
  return Object.fromEntries(lines.filter(Boolean).map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]))
}

export interface Word {
  page: number
  text: string
  left: number
  top: number
  right: number
  bottom: number
}

/** Every word with its box in points from the top left corner. */
export function wordsOf(pdf: Uint8Array): Word[] {
  const html = poppler('pdftotext', ['-bbox', '-', '-'], pdf).toString('utf8')
  let page = 0
  const words: Word[] = []
  for (const match of html.matchAll(/<page |<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)<\/word>/g)) {
    if (match[5] === undefined) page++
    else words.push({ page, text: match[5], left: Number(match[1]), top: Number(match[2]), right: Number(match[3]), bottom: Number(match[4]) })
  }
  return words
}

/** The QR code of the upper half of an A4 page as a 300 dpi printer sets it: its bytes and the width of its symbol in millimetres; null when there is none. */
export function qrOf(pdf: Uint8Array, page = 1): { bytes: Uint8Array; millimetres: number } | null {
  const upperHalf = ['-x', '0', '-y', '0', '-W', '2480', '-H', '1754']
  const { data, width, height } = PNG.sync.read(poppler('pdftoppm', ['-r', '300', '-gray', '-png', ...upperHalf, '-f', String(page), '-l', String(page), '-'], pdf))
  const code = jsQR(new Uint8ClampedArray(data.buffer, data.byteOffset, data.byteLength), width, height)
  if (!code) return null
  const { topLeftCorner: from, topRightCorner: to } = code.location
  return { bytes: Uint8Array.from(code.binaryData), millimetres: (Math.hypot(to.x - from.x, to.y - from.y) / 300) * 25.4 }
}

/** Whether the paper is black at a place, in millimetres from the top left corner of a page, as a 300 dpi printer sets it. */
export function darknessOf(pdf: Uint8Array, page: number): (x: number, y: number) => boolean {
  const { data, width } = PNG.sync.read(poppler('pdftoppm', ['-r', '300', '-gray', '-png', '-f', String(page), '-l', String(page), '-'], pdf))
  return (x, y) => (data[(Math.round((y / 25.4) * 300) * width + Math.round((x / 25.4) * 300)) * 4] ?? 255) < 128
}
