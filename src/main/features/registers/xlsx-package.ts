import type { Readable } from 'node:stream'
import { posix } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import type { Entry, ZipFile } from 'yauzl'
import { AppError } from '@shared/errors'
import { type CellStyle, styleOf } from './xlsx-cells'

/** A part of text that is longer than this without a tag is no workbook: Excel holds 32,767 characters a cell. */
const longestText = 1_000_000
const mostParts = 20_000
/** Elements of a workbook stand some ten deep; the parser keeps each that is open. */
const deepest = 64
/** Excel knows 65,490 formats of cells; relations are fewer than parts. */
const mostStyles = 70_000
/** A sheet of repeated rows is packed a hundredfold at most; deflate can do a thousandfold, which only a bomb does. */
const bomb = { from: 64 * 2 ** 20, times: 250, most: 12 * 2 ** 30 }

export interface XlsxPackage {
  sheet: { name: string; entry: Entry }
  strings: Entry | null
  styles: CellStyle[]
  is1904: boolean
  open(entry: Entry): Promise<Readable>
  close(): void
}

/** What a handler of XML hears: names without their prefix. */
export interface XmlHandler {
  open?(name: string, attributes: Record<string, string>): void
  text?(text: string): void
  close?(name: string): void
}

/**
 * Opens a workbook: its first sheet, its formats, where its strings lie. Throws AppError invalidInput: registerDamaged (no zip, a broken one, a bomb),
 * registerProtected (encrypted), registerNotSheet (a zip without a workbook: a document, an archive, a binary workbook).
 */
export async function openXlsx(path: string): Promise<XlsxPackage> {
  const { openPromise } = await import('yauzl')
  const zip = await openPromise(path, { autoClose: false, validateEntrySizes: true }).catch(damaged)
  try {
    const parts = await partsOf(zip)
    const open = async (entry: Entry) => zip.openReadStreamPromise(entry).catch(damaged)
    const read = async (name: string, handler: XmlHandler) => {
      const entry = parts.get(name.toLowerCase())
      if (!entry) return false
      for await (const _ of xmlPieces(await open(entry), handler)) void _
      return true
    }
    const root = await relations(read, '_rels/.rels', '')
    const workbookName = root.find(({ type }) => type === 'officeDocument')?.target ?? 'xl/workbook.xml'
    const workbook = await workbookOf(read, workbookName)
    const related = await relations(read, posix.join(posix.dirname(workbookName), '_rels', `${posix.basename(workbookName)}.rels`), posix.dirname(workbookName))
    const target = related.find(({ id }) => id === workbook.first?.id)
    const sheet = parts.get((target?.target ?? '').toLowerCase())
    if (!workbook.first || !sheet || target?.type !== 'worksheet') throw new AppError('invalidInput', 'registerNotSheet')
    const partOf = (wanted: string) => related.find(({ type }) => type === wanted)?.target
    return {
      sheet: { name: workbook.first.name, entry: sheet },
      strings: parts.get((partOf('sharedStrings') ?? '').toLowerCase()) ?? null,
      styles: await stylesOf(read, partOf('styles')),
      is1904: workbook.is1904,
      open,
      close: () => zip.close(),
    }
  } catch (cause) {
    zip.close()
    throw cause
  }
}

type Read = (name: string, handler: XmlHandler) => Promise<boolean>

async function partsOf(zip: ZipFile): Promise<Map<string, Entry>> {
  const parts = new Map<string, Entry>()
  if (zip.entryCount > mostParts) damaged()
  try {
    for await (const entry of zip.eachEntry()) parts.set(entry.fileName.toLowerCase(), entry)
  } catch (cause) {
    damaged(cause)
  }
  for (const entry of parts.values()) {
    if (entry.isEncrypted()) throw new AppError('invalidInput', 'registerProtected')
    const { compressedSize, uncompressedSize } = entry
    if (uncompressedSize > bomb.most || (uncompressedSize > bomb.from && uncompressedSize > compressedSize * bomb.times)) damaged()
  }
  return parts
}

async function relations(read: Read, name: string, folder: string): Promise<{ id: string; type: string; target: string }[]> {
  const found: { id: string; type: string; target: string }[] = []
  await read(name, {
    open(tag, { Id = '', Type = '', Target = '', TargetMode }) {
      if (tag !== 'Relationship' || TargetMode === 'External') return
      if (found.length >= mostParts) damaged()
      found.push({ id: Id, type: Type.slice(Type.lastIndexOf('/') + 1), target: Target.startsWith('/') ? posix.normalize(Target).slice(1) : posix.join(folder, Target) })
    },
  })
  return found
}

async function workbookOf(read: Read, name: string): Promise<{ first: { name: string; id: string } | null; is1904: boolean }> {
  let first: { name: string; id: string } | null = null
  let is1904 = false
  const found = await read(name, {
    open(tag, attributes) {
      if (tag === 'workbookPr') is1904 = attributes['date1904'] === '1' || attributes['date1904'] === 'true'
      if (tag === 'sheet' && !first) first = { name: attributes['name'] ?? '', id: Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1] ?? '' }
    },
  })
  if (!found) throw new AppError('invalidInput', 'registerNotSheet')
  return { first, is1904 }
}

/** By the number that stands in the cell. */
async function stylesOf(read: Read, name: string | undefined): Promise<CellStyle[]> {
  const codes = new Map<number, string>()
  const styles: CellStyle[] = []
  let isOfCells = false
  await read(name ?? '', {
    open(tag, attributes) {
      if (styles.length > mostStyles || codes.size > mostStyles) damaged()
      if (tag === 'numFmt') codes.set(Number(attributes['numFmtId']), attributes['formatCode'] ?? '')
      if (tag === 'cellXfs') isOfCells = true
      if (tag === 'xf' && isOfCells) {
        const id = Number(attributes['numFmtId'] ?? 0)
        styles.push(styleOf(id, codes.get(id) ?? null))
      }
    },
    close(tag) {
      if (tag === 'cellXfs') isOfCells = false
    },
  })
  return styles
}

/**
 * Feeds a part to a handler; yields after each piece, so that whoever listens may hand on what it has. Entities beyond the five of XML and document types are
 * refused (registerDamaged): a register has none, an attack has.
 */
export async function* xmlPieces(stream: Readable, { open, text, close }: XmlHandler): AsyncGenerator<void> {
  const { SaxesParser } = await import('saxes')
  const parser = new SaxesParser({ position: false })
  let since = 0
  let depth = 0
  const local = (name: string) => (name.includes(':') ? name.slice(name.indexOf(':') + 1) : name)
  parser.on('opentag', ({ name, attributes }) => {
    since = 0
    if (++depth > deepest) damaged()
    // Without namespaces an attribute is its text.
    open?.(local(name), attributes as Record<string, string>)
  })
  parser.on('closetag', ({ name }) => {
    since = 0
    depth -= 1
    close?.(local(name))
  })
  if (text) {
    parser.on('text', text)
    parser.on('cdata', text)
  }
  parser.on('doctype', () => damaged())
  let decoder: StringDecoder | null = null
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      decoder ??= new StringDecoder(chunk[0] === 0xff && chunk[1] === 0xfe ? 'utf16le' : 'utf8')
      since += chunk.length
      parser.write(decoder.write(chunk))
      if (since > longestText + chunk.length) damaged()
      yield
    }
    parser.close()
  } catch (cause) {
    damaged(cause)
  } finally {
    stream.destroy()
  }
  yield
}

/** A refusal stands, and so does an abort; whatever else a parser or the zip said means that the file is broken. */
export function damaged(cause?: unknown): never {
  if (cause instanceof AppError || (cause instanceof Error && 'code' in cause && ['ENOENT', 'EACCES', 'EPERM', 'EIO', 'ENOTCONN', 'ESTALE', 'EHOSTDOWN'].includes(String(cause.code)))) throw cause
  throw new AppError('invalidInput', 'registerDamaged')
}
