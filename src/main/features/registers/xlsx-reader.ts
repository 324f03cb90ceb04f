import type { CsvRow } from './csv-reader'
import { longestRow } from './csv-reader'
import { type CellStyle, cellText, columnOf } from './xlsx-cells'
import { type XmlHandler, type XlsxPackage, damaged, openXlsx, xmlPieces } from './xlsx-package'
import { type XlsxStrings, xlsxStrings } from './xlsx-strings'

/**
 * Rows of the first sheet of a workbook, as those of a text file: `line` is the number of the row in the sheet. The first row that is not empty is the header and
 * sets the number of columns. Read as a stream; what stays in memory does not grow with the file.
 */
export interface XlsxFile {
  sheet: string
  header: CsvRow
  /** Rows of the sheet with the header, counted without reading them. */
  lines: number
  rows(): AsyncGenerator<CsvRow[]>
  close(): void
}

/** Throws what `openXlsx` does, and invalidInput registerEmpty. */
export async function openXlsxFile(path: string): Promise<XlsxFile | null> {
  const pack = await openXlsx(path)
  const strings = xlsxStrings()
  let isRead = false
  const close = () => {
    strings.dispose()
    pack.close()
  }
  async function* rows(): AsyncGenerator<CsvRow[]> {
    if (!isRead && pack.strings) await readStrings(pack, strings)
    isRead = true
    yield* sheetRows(pack, strings)
  }
  try {
    let header: CsvRow | undefined
    for await (const [first] of rows()) {
      header = first
      if (header) break
    }
    if (header) return { sheet: pack.sheet.name, header, lines: await countRows(pack), rows, close }
    close()
    return null
  } catch (cause) {
    close()
    throw cause
  }
}

/** Runs of rich text are one text; how a Japanese name is read (rPh) is none of it. */
async function readStrings(pack: XlsxPackage, strings: XlsxStrings): Promise<void> {
  if (!pack.strings) return
  const text = textCollector()
  const handler: XmlHandler = {
    ...text,
    close(name) {
      text.close(name)
      if (name === 'si') strings.add(text.take())
    },
  }
  for await (const _ of xmlPieces(await pack.open(pack.strings), handler)) void _
}

function textCollector() {
  let collected = ''
  let isText = false
  let isReading = 0
  return {
    open(name: string): void {
      if (name === 'rPh') isReading += 1
      isText = (name === 't' || name === 'v') && isReading === 0
    },
    text(piece: string): void {
      // A text beyond the longest row makes its row too long anyway.
      if (isText && collected.length <= longestRow) collected += piece
    },
    close(name: string): void {
      if (name === 'rPh') isReading -= 1
      isText = false
    },
    take(): string {
      const text = collected
      collected = ''
      return text
    },
  }
}

async function* sheetRows(pack: XlsxPackage, strings: XlsxStrings): AsyncGenerator<CsvRow[]> {
  const sheet = sheetParser(pack, strings)
  for await (const _ of xmlPieces(await pack.open(pack.sheet.entry), sheet.handler)) {
    void _
    const rows = sheet.take()
    if (rows.length > 0) yield rows
    if (sheet.isOver()) return
  }
}

function sheetParser({ styles, is1904 }: Pick<XlsxPackage, 'styles' | 'is1904'>, strings: XlsxStrings): { handler: XmlHandler; take(): CsvRow[]; isOver(): boolean } {
  const general: CellStyle = { is: 'general' }
  const collector = textCollector()
  let done: CsvRow[] = []
  let columns = 0
  let line = 0
  let fields: string[] = []
  let size = 0
  let column = -1
  let type = ''
  let style: CellStyle = general
  let isFormula = false
  let isOver = false

  function startRow(given: string | undefined): void {
    const number = given === undefined ? line + 1 : Number(given)
    // A sheet's rows stand in order; the line is what a verdict is found by.
    if (!Number.isInteger(number) || number <= line || number > 10_000_000) damaged()
    line = number
    fields = []
    size = 0
    column = -1
  }

  function startCell(attributes: Record<string, string>): void {
    const reference = attributes['r']
    const next = reference === undefined ? column + 1 : columnOf(reference)
    if (next === null || next <= column || next > 16_383) damaged()
    column = next
    type = attributes['t'] ?? ''
    style = styles[Number(attributes['s'] ?? 0)] ?? general
    isFormula = false
    collector.take()
  }

  function endCell(): void {
    let text = collector.take()
    if (type === 's' && text !== '') text = strings.get(Number(text)) ?? damaged()
    const value = cellText({ type: type === 'n' ? '' : type, text, isFormula }, style, is1904)
    if (value === '') return
    size += value.length
    if (size > longestRow) return
    while (fields.length < column) fields.push('')
    fields[column] = value
  }

  function endRow(): void {
    while (fields.at(-1) === '') fields.pop()
    if (fields.length === 0 && size === 0) return
    if (columns === 0) columns = fields.length
    const raw = fields.join(';')
    if (size > longestRow) done.push({ line, fields: [], raw: raw.slice(0, 1_000), problem: 'rowTooLong' })
    else if (raw.includes('\0')) done.push({ line, fields: [], raw, problem: 'nulByte' })
    else {
      const isWide = fields.length > columns
      while (fields.length < columns) fields.push('')
      done.push({ line, fields, raw, problem: isWide ? 'wrongColumnCount' : null })
    }
  }

  const handler: XmlHandler = {
    open(name, attributes) {
      collector.open(name)
      if (name === 'c') startCell(attributes)
      else if (name === 'f') isFormula = true
      else if (name === 'row') startRow(attributes['r'])
    },
    text: collector.text,
    close(name) {
      collector.close(name)
      if (name === 'c') endCell()
      else if (name === 'row') endRow()
      else if (name === 'sheetData') isOver = true
    },
  }
  return {
    handler,
    take() {
      const rows = done
      done = []
      return rows
    },
    isOver: () => isOver,
  }
}

/** By the ends of rows: good enough for a bar that shows how far it is. */
async function countRows(pack: XlsxPackage): Promise<number> {
  let rows = 0
  for await (const chunk of (await pack.open(pack.sheet.entry)) as AsyncIterable<Buffer>) {
    for (let at = chunk.indexOf('row>'); at !== -1; at = chunk.indexOf('row>', at + 4)) rows += 1
  }
  return rows
}
