import { createHash, type Hash } from 'node:crypto'
import { isAscii, isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import iconv from 'iconv-lite'
import { AppError } from '@shared/errors'

/**
 * Reader of register files (registers.md, "File"). Written here because csv-parse ends the file at an unclosed quote, and an office whose
 * billing forgot one quote still wants the other rows: here a damaged row costs that row only.
 */
export type CsvEncoding = 'utf-8' | 'windows-1251'
export const csvSeparators = [';', ',', '\t'] as const
export type CsvSeparator = (typeof csvSeparators)[number]
export type CsvProblem = 'wrongColumnCount' | 'nulByte' | 'brokenQuote' | 'rowTooLong'

/** `line` is the physical line the row starts at (the header is on 1); `raw` is the row as it stands in the file, without its last line break. */
export interface CsvRow {
  line: number
  fields: string[]
  raw: string
  problem: CsvProblem | null
}

export interface CsvFile {
  encoding: CsvEncoding
  separator: CsvSeparator
  header: CsvRow
  bytes: number
  /** Line breaks counted, so that progress has an end; a quoted text with line breaks makes it more than the rows. */
  lines: number
  /** SHA-256 of the bytes, hex. */
  sha256: string
}

/** Longest row in characters, quotes and line breaks inside included. It bounds the memory and how far an unclosed quote is followed. */
export const longestRow = 65_536

const rawOfTooLong = 1_000

/**
 * Splits text that comes in pieces of any size into rows; where the pieces are cut changes nothing. The first row sets the number of columns.
 *
 * A quote that is opened is followed over line breaks until it is closed. It counts as unclosed when text follows the closing quote, when the file or
 * `longestRow` ends first, when the row comes out with a wrong number of columns, or when a line swallowed whole is itself a row of the file. Then only the line
 * it was opened on is refused, and reading goes on at the next line break. Empty lines are skipped.
 */
export function csvSplitter(separator: CsvSeparator) {
  let text = ''
  let at = 0
  let line = 1
  let columns = 0
  let skipping = false
  let ended = false
  // Positions of the next quote and NUL in `text`: looking for them once a piece, not once a row, is what makes plain rows cheap.
  let quote = -1
  let nul = -1

  function pieces(piece: string): CsvRow[] {
    text = at < text.length ? text.slice(at) + piece : piece
    at = 0
    quote = text.indexOf('"')
    nul = text.indexOf('\0')
    const rows: CsvRow[] = []
    while (at < text.length) {
      const row = next()
      if (row === 'more') break
      if (row !== 'blank') rows.push(row)
    }
    return rows
  }

  function next(): CsvRow | 'more' | 'blank' {
    let end = text.indexOf('\n', at)
    if (end === -1) {
      if (skipping) {
        at = text.length
        return ended ? 'blank' : 'more'
      }
      if (!ended && text.length - at <= longestRow + 1) return 'more'
      if (text.length - at > longestRow + 1) {
        const row = refused('rowTooLong', text.slice(at, at + rawOfTooLong))
        skipping = true
        at = text.length
        return row
      }
      end = text.length
    }
    if (skipping) {
      skipping = false
      at = end + 1
      line += 1
      return 'blank'
    }
    const raw = text.slice(at, text[end - 1] === '\r' && end > at ? end - 1 : end)
    if (raw.length > longestRow) return lineRefused('rowTooLong', raw.slice(0, rawOfTooLong), end)
    if (raw === '') {
      at = end + 1
      line += 1
      return 'blank'
    }
    if (nul !== -1 && nul < at) nul = text.indexOf('\0', at)
    if (nul !== -1 && nul < end) return lineRefused('nulByte', raw, end)
    if (quote !== -1 && quote < at) quote = text.indexOf('"', at)
    if (quote === -1 || quote >= end) return whole(raw.split(separator), raw, end, 1)

    const parsed = quoted()
    if (parsed === 'more') return 'more'
    if (parsed === 'broken') return lineRefused('brokenQuote', raw, end)
    if (parsed.lines > 1 && (wrongWidth(parsed.fields) || swallowsRow(parsed.raw))) return lineRefused('brokenQuote', raw, end)
    return whole(parsed.fields, parsed.raw, parsed.end, parsed.lines)
  }

  function quoted(): { fields: string[]; raw: string; end: number; lines: number } | 'more' | 'broken' {
    const limit = Math.min(text.length, at + longestRow)
    const outOfText = () => (limit === text.length && !ended ? 'more' : 'broken')
    const fields: string[] = []
    let lines = 1
    let from = at
    for (;;) {
      if (text[from] === '"') {
        let field = ''
        let start = from + 1
        for (;;) {
          const close = text.indexOf('"', start)
          if (close === -1 || close >= limit) return outOfText()
          field += text.slice(start, close)
          if (close + 1 >= text.length && !ended) return 'more'
          if (text[close + 1] !== '"') {
            from = close + 1
            break
          }
          field += '"'
          start = close + 2
        }
        if (field.includes('\0')) return 'broken'
        for (let i = field.indexOf('\n'); i !== -1; i = field.indexOf('\n', i + 1)) lines += 1
        fields.push(field)
        if (text[from] === '\r') {
          if (from + 1 >= text.length && !ended) return 'more'
          if (text[from + 1] === '\n') from += 1
        }
        if (from >= text.length || text[from] === '\n') return { fields, raw: rawUpTo(from), end: from, lines }
        if (text[from] !== separator) return 'broken'
        from += 1
        continue
      }
      const nextSeparator = text.indexOf(separator, from)
      const lineEnd = text.indexOf('\n', from)
      if (lineEnd === -1 && !ended) return outOfText()
      const stop = lineEnd === -1 ? text.length : lineEnd
      if (nextSeparator === -1 || nextSeparator > stop) {
        fields.push(text.slice(from, text[stop - 1] === '\r' && stop > from ? stop - 1 : stop))
        return stop - at > longestRow ? 'broken' : { fields, raw: rawUpTo(stop), end: stop, lines }
      }
      fields.push(text.slice(from, nextSeparator))
      from = nextSeparator + 1
    }
  }

  const rawUpTo = (end: number) => text.slice(at, text[end - 1] === '\r' ? end - 1 : end)
  const wrongWidth = (fields: string[]) => columns !== 0 && fields.length !== columns

  // With three columns a sentence inside quotes may well hold as many separators as a row; with four it hardly does.
  function swallowsRow(raw: string): boolean {
    return columns > 3 && raw.split('\n').slice(1, -1).some((inner) => inner.split(separator).length === columns)
  }

  function whole(fields: string[], raw: string, end: number, lines: number): CsvRow {
    const row: CsvRow = { line, fields, raw, problem: wrongWidth(fields) ? 'wrongColumnCount' : null }
    if (columns === 0) columns = fields.length
    at = end + 1
    line += lines
    return row
  }

  function lineRefused(problem: CsvProblem, raw: string, end: number): CsvRow {
    const row = refused(problem, raw)
    at = end + 1
    line += 1
    return row
  }

  const refused = (problem: CsvProblem, raw: string): CsvRow => ({ line, fields: [], raw, problem })

  return {
    push: (piece: string) => pieces(piece),
    end: () => {
      ended = true
      return pieces('')
    },
  }
}

/** Rows of the file in order, the header included, in lists of some hundreds; memory does not depend on the size of the file. */
export async function* csvRows(path: string, { encoding, separator }: Pick<CsvFile, 'encoding' | 'separator'>): AsyncGenerator<CsvRow[]> {
  const splitter = csvSplitter(separator)
  const decoder = decoderOf(encoding)
  let first = true
  for await (const chunk of createReadStream(path, { highWaterMark: 65_536 }) as AsyncIterable<Buffer>) {
    let piece = decoder.write(chunk)
    if (first) piece = withoutMark(piece)
    first = first && piece === ''
    yield splitter.push(piece)
  }
  yield [...splitter.push(decoder.end() ?? ''), ...splitter.end()]
}

/**
 * Reads the whole file once: what encoding it is in, how many lines, its SHA-256, and its header row.
 * `recognised` counts the cells it knows among those of a header; the separator that makes most of them known wins.
 * Fails with invalidInput/registerEmpty and invalidInput/registerNotText (UTF-16, a spreadsheet, an archive).
 */
export async function inspectCsv(path: string, recognised: (cells: string[]) => number): Promise<CsvFile> {
  const sha256 = createHash('sha256')
  const evidence = { utf8: 0, other: 0 }
  let head = Buffer.alloc(0)
  let tail: Buffer = Buffer.alloc(0)
  let bytes = 0
  let lines = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 262_144 }) as AsyncIterable<Buffer>) {
    if (bytes === 0) refuseBinary(chunk)
    if (head.length < longestRow * 2) head = Buffer.concat([head, chunk])
    tail = count(chunk, tail, evidence, sha256)
    bytes += chunk.length
    lines += lineBreaks(chunk)
  }
  if (tail.length > 0) evidence.other += 1
  if (bytes === 0) throw new AppError('invalidInput', 'registerEmpty')
  // Bytes of windows-1251 almost never make a character of UTF-8, so a damaged UTF-8 file still shows what it is.
  const encoding: CsvEncoding = evidence.utf8 >= evidence.other ? 'utf-8' : 'windows-1251'
  const { separator, header } = headerOf(head, bytes, encoding, recognised)
  return { encoding, separator, header, bytes, lines, sha256: sha256.digest('hex') }
}

function headerOf(head: Buffer, bytes: number, encoding: CsvEncoding, recognised: (cells: string[]) => number): Pick<CsvFile, 'separator' | 'header'> {
  const decoder = decoderOf(encoding)
  const text = withoutMark(decoder.write(head))
  const candidates = csvSeparators.flatMap((separator) => {
    const splitter = csvSplitter(separator)
    const [header] = [...splitter.push(text), ...(head.length >= bytes ? splitter.end() : [])]
    return header ? [{ separator, header, known: recognised(header.fields) }] : []
  })
  const best = candidates.sort((a, b) => b.known - a.known || b.header.fields.length - a.header.fields.length)[0]
  if (!best) throw new AppError('invalidInput', 'registerEmpty')
  return best
}

function refuseBinary(start: Buffer): void {
  const utf16 = (start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff)
  const archive = start[0] === 0x50 && start[1] === 0x4b && start[2] === 3 && start[3] === 4
  if (utf16 || archive) throw new AppError('invalidInput', 'registerNotText')
}

/** Adds the piece to the evidence; returns the bytes of a character cut by its end. */
function count(chunk: Buffer, before: Buffer, evidence: { utf8: number; other: number }, sha256: Hash): Buffer {
  sha256.update(chunk)
  if (before.length === 0 && isAscii(chunk)) return before
  const piece = before.length > 0 ? Buffer.concat([before, chunk]) : chunk
  const cut = unfinished(piece)
  const body = piece.subarray(0, piece.length - cut)
  if (isUtf8(body)) {
    if (!isAscii(body)) evidence.utf8 += body.length
  } else {
    scan(body, evidence)
  }
  return Buffer.from(piece.subarray(piece.length - cut))
}

function unfinished(piece: Buffer): number {
  for (let back = 1; back <= Math.min(3, piece.length); back += 1) {
    const byte = piece[piece.length - back] ?? 0
    if (byte >= 0xc2 && byte <= 0xf4) return sequenceLength(byte) > back ? back : 0
    if (byte < 0x80 || byte > 0xbf) return 0
  }
  return 0
}

function scan(body: Buffer, evidence: { utf8: number; other: number }): void {
  for (let i = 0; i < body.length; i += 1) {
    const byte = body[i] ?? 0
    if (byte < 0x80) continue
    const length = byte >= 0xc2 && byte <= 0xf4 ? sequenceLength(byte) : 0
    let follows = 1
    while (follows < length && ((body[i + follows] ?? 0) & 0xc0) === 0x80) follows += 1
    if (length > 0 && follows === length) {
      evidence.utf8 += 1
      i += length - 1
    } else {
      evidence.other += 1
    }
  }
}

const sequenceLength = (lead: number) => (lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4)

function lineBreaks(chunk: Buffer): number {
  let found = 0
  for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) found += 1
  return found
}

function decoderOf(encoding: CsvEncoding): { write(chunk: Buffer): string; end(): string | undefined } {
  return encoding === 'utf-8' ? new StringDecoder('utf8') : iconv.getDecoder('win1251')
}

const withoutMark = (text: string) => (text.startsWith('\uFEFF') ? text.slice(1) : text)
