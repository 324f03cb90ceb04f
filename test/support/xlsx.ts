import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { createDeflateRaw, crc32 as zlibCrc32 } from 'node:zlib'

/** A part of a workbook; text in pieces is packed as it comes. */
export type Part = string | Iterable<string>

/** Flags of an entry that a test makes wrong on purpose. */
export interface ZipLies {
  encrypted?: boolean
  /** Declared instead of the real size. */
  size?: number
}

/** Writes a zip as a spreadsheet program does: deflated parts, sizes in the central directory. No zip64: parts stay below 4 GiB. */
export async function writeZip(path: string, parts: Record<string, Part>, lies: Record<string, ZipLies> = {}): Promise<void> {
  const file = createWriteStream(path)
  const central: Buffer[] = []
  let at = 0
  const put = async (bytes: Buffer) => {
    at += bytes.length
    if (!file.write(bytes)) await once(file, 'drain')
  }
  for (const [name, part] of Object.entries(parts)) {
    const { encrypted = false, size } = lies[name] ?? {}
    const offset = at
    const bytesOfName = Buffer.from(name)
    const flags = 0x0808 | (encrypted ? 1 : 0)
    await put(Buffer.concat([head(0x04034b50, [20, flags, 8, 0, 0x5a21], [0, 0, 0], [bytesOfName.length, 0]), bytesOfName]))
    const deflate = createDeflateRaw()
    let real = 0
    let crc = 0
    const feeding = (async () => {
      for (const piece of typeof part === 'string' ? [part] : part) {
        const bytes = Buffer.from(piece)
        real += bytes.length
        crc = crcOf(bytes, crc)
        if (!deflate.write(bytes)) await once(deflate, 'drain')
      }
      deflate.end()
    })()
    let packed = 0
    for await (const chunk of deflate as AsyncIterable<Buffer>) {
      packed += chunk.length
      await put(chunk)
    }
    await feeding
    await put(head(0x08074b50, [], [crc, packed, size ?? real], []))
    central.push(Buffer.concat([head(0x02014b50, [20, 20, flags, 8, 0, 0x5a21], [crc, packed, size ?? real], [bytesOfName.length, 0, 0, 0, 0]), uint32(0), uint32(offset), bytesOfName]))
  }
  const directory = Buffer.concat(central)
  const start = at
  await put(directory)
  await put(Buffer.concat([head(0x06054b50, [0, 0, central.length, central.length], [directory.length, start], [0])]))
  file.end()
  await once(file, 'close')
}

function head(signature: number, shorts: number[], longs: number[], after: number[]): Buffer {
  return Buffer.concat([uint32(signature), ...shorts.map(uint16), ...longs.map(uint32), ...after.map(uint16)])
}
function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}
function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}

const table = Array.from({ length: 256 }, (_, n) => {
  let value = n
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
  return value >>> 0
})
/** Node 20.15 has its own, some thirty times faster; the runtime of the tests may be older. */
function crcOf(bytes: Buffer, before: number): number {
  if (typeof zlibCrc32 === 'function') return zlibCrc32(bytes, before)
  let crc = ~before
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)
  return ~crc >>> 0
}

const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
const relation = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

export interface WorkbookOptions {
  /** XML of `<sheetData>`'s inside, or pieces of it. */
  rows: Part
  /** Items of the shared strings, XML of `<si>`'s inside. */
  strings?: Iterable<string>
  /** Codes of number formats; style n + 1 of a cell is the n-th of them, style 0 is general. Numbers are built-in formats. */
  formats?: readonly (string | number)[]
  is1904?: boolean
  /** Before the root of the sheet: what an attack puts there. */
  prologue?: string
}

/** Parts of a workbook with one sheet, as Excel packs it. */
export function workbook({ rows, strings, formats = [], is1904 = false, prologue = '' }: WorkbookOptions): Record<string, Part> {
  function* sheet(): Generator<string> {
    yield `${xml}${prologue}<worksheet ${main}><sheetData>`
    if (typeof rows === 'string') yield rows
    else yield* rows
    yield '</sheetData></worksheet>'
  }
  function* shared(): Generator<string> {
    yield `${xml}<sst ${main}>`
    for (const item of strings ?? []) yield `<si>${item}</si>`
    yield '</sst>'
  }
  const custom = formats.map((format, index) => (typeof format === 'string' ? { id: 164 + index, code: format } : { id: format, code: null }))
  return {
    '_rels/.rels': `${xml}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `${xml}<workbook ${main} xmlns:r="${relation}"><workbookPr${is1904 ? ' date1904="1"' : ''}/><sheets><sheet name="Лист1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `${xml}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${relation}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${relation}/styles" Target="styles.xml"/>${strings ? `<Relationship Id="rId3" Type="${relation}/sharedStrings" Target="sharedStrings.xml"/>` : ''}</Relationships>`,
    'xl/styles.xml': `${xml}<styleSheet ${main}><numFmts>${custom.map(({ id, code }) => (code === null ? '' : `<numFmt numFmtId="${id}" formatCode="${escaped(code)}"/>`)).join('')}</numFmts><cellXfs><xf numFmtId="0"/>${custom.map(({ id }) => `<xf numFmtId="${id}"/>`).join('')}</cellXfs></styleSheet>`,
    'xl/worksheets/sheet1.xml': sheet(),
    ...(strings ? { 'xl/sharedStrings.xml': shared() } : {}),
  }
}

export const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')

/** A table as a workbook: every text shared, in the order of its first appearance, as Excel writes it. */
export async function writeWorkbook(path: string, table: Iterable<readonly string[]>): Promise<void> {
  const numbers = new Map<string, number>()
  function* rows(): Generator<string> {
    let line = 0
    let text = ''
    for (const cells of table) {
      line += 1
      text += `<row r="${line}">`
      for (const [column, cell] of cells.entries()) {
        if (cell === '') continue
        let number = numbers.get(cell)
        if (number === undefined) {
          number = numbers.size
          numbers.set(cell, number)
        }
        text += `<c r="${letters(column)}${line}" t="s"><v>${number}</v></c>`
      }
      text += '</row>'
      if (text.length < 100_000) continue
      yield text
      text = ''
    }
    yield text
  }
  function* strings(): Generator<string> {
    for (const text of numbers.keys()) yield `<t xml:space="preserve">${escaped(text)}</t>`
  }
  const { 'xl/sharedStrings.xml': shared, ...rest } = workbook({ rows: rows(), strings: strings() })
  // The strings are known when the sheet has been written.
  await writeZip(path, { ...rest, 'xl/sharedStrings.xml': shared ?? '' })
}

function letters(column: number): string {
  const first = Math.floor(column / 26)
  return `${first > 0 ? String.fromCharCode(64 + first) : ''}${String.fromCharCode(65 + (column % 26))}`
}
