// Reads workbooks back with unzip and nothing that wrote them.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface ReadCell {
  text?: string
  number?: number
  style: number
}

function partOf(bytes: Uint8Array, part: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'okno-xlsx-'))
  try {
    writeFileSync(join(folder, 'book.xlsx'), bytes)
    return execFileSync('unzip', ['-p', join(folder, 'book.xlsx'), part], { maxBuffer: 1e9 }).toString('utf8')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const unescaped = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&apos;', "'").replaceAll('&amp;', '&')

/** Cells by their address, with the format of the number where it has one; n is 1 for the first sheet. */
export function sheetOf(bytes: Uint8Array, n: number): { cells: Record<string, ReadCell>; formats: Record<number, string>; xml: string } {
  const xml = partOf(bytes, `xl/worksheets/sheet${n}.xml`)
  const strings = [...partOf(bytes, 'xl/sharedStrings.xml').matchAll(/<si>(.*?)<\/si>/gs)].map(([, inside = '']) => unescaped([...inside.matchAll(/<t[^>]*>(.*?)<\/t>/gs)].map(([, text]) => text).join('')))
  const styles = partOf(bytes, 'xl/styles.xml')
  const codes = new Map([...styles.matchAll(/<numFmt numFmtId="(\d+)" formatCode="([^"]*)"/g)].map(([, id, code = '']) => [Number(id), unescaped(code)]))
  const used = [.../<cellXfs[^>]*>(.*?)<\/cellXfs>/s.exec(styles)![1]!.matchAll(/<xf [^>]*>/g)].map(([tag]) => Number(/numFmtId="(\d+)"/.exec(tag)?.[1] ?? 0))
  const formats = Object.fromEntries(used.map((id, style) => [style, codes.get(id) ?? (id === 3 ? '#,##0' : id === 4 ? '#,##0.00' : String(id))]))
  const cells: Record<string, ReadCell> = {}
  for (const [, attributes = '', inside = ''] of xml.matchAll(/<c ([^>]*?)(?:\/>|>(.*?)<\/c>)/gs)) {
    const at = /r="([A-Z]+\d+)"/.exec(attributes)![1]!
    const style = Number(/s="(\d+)"/.exec(attributes)?.[1] ?? 0)
    const value = /<v>(.*?)<\/v>/s.exec(inside)?.[1]
    const type = /t="(\w+)"/.exec(attributes)?.[1]
    if (type === 's') cells[at] = { text: strings[Number(value)]!, style }
    else if (type === 'inlineStr') cells[at] = { text: unescaped(/<t[^>]*>(.*?)<\/t>/s.exec(inside)?.[1] ?? ''), style }
    else if (value !== undefined) cells[at] = { number: Number(value), style }
  }
  return { cells, formats, xml }
}

export const textsOf = (bytes: Uint8Array, n: number): string[] => Object.values(sheetOf(bytes, n).cells).flatMap(({ text }) => text ?? [])
