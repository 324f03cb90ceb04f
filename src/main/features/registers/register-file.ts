import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { AppError } from '@shared/errors'
import { type CsvEncoding, type CsvRow, type CsvSeparator, csvRows, inspectCsv } from './csv-reader'
import { asWritten, isOurs } from './verdict-file'
import { openXlsxFile } from './xlsx-reader'

/** registers.md, "File". */
export const mostBytes = 2 ** 30
export const mostRows = 2_000_000

/** A register as a file, whatever its format: a header and rows that can be read any number of times, each time as a stream. */
export interface RegisterFile {
  format: 'csv' | 'xlsx'
  /** Null for a workbook, as is the separator. */
  encoding: CsvEncoding | null
  separator: CsvSeparator | null
  /** Name of the first sheet of a workbook. */
  sheet: string | null
  header: CsvRow
  bytes: number
  /** Lines of the file or rows of the sheet, the header included; an estimate of the rows. */
  lines: number
  /** SHA-256 of the bytes, hex. */
  sha256: string
  /** Rows in order in lists of some hundreds, the header first. Throws invalidInput registerTooLarge beyond two million. */
  rows(): AsyncGenerator<CsvRow[]>
  /** Lets go of the file and of what was put aside of it. */
  close(): void
}

/**
 * Recognises a file by its content, never by its name. `recognised` counts the cells it knows among those of a header.
 *
 * Throws AppError invalidInput: registerEmpty, registerNotText, registerTooLarge {megabytes | rows}, and of a workbook registerDamaged, registerProtected (a password),
 * registerOldExcel (.xls, whatever it is called), registerNotSheet. What the file system says (ENOENT, EACCES) passes as it is.
 */
export async function openRegister(path: string, recognised: (cells: string[]) => number): Promise<RegisterFile> {
  const { size } = await stat(path)
  if (size > mostBytes) throw new AppError('invalidInput', 'registerTooLarge', { megabytes: mostBytes / 2 ** 20 })
  const start = await head(path)
  if (start.subarray(0, 8).equals(compound)) throw new AppError('invalidInput', await compoundProblem(path))
  if (!start.subarray(0, 4).equals(archive)) {
    const csv = await inspectCsv(path, recognised)
    return { ...csv, format: 'csv', sheet: null, rows: () => (isOurs(csv.header.fields) ? disarmed(counted(csvRows(path, csv))) : counted(csvRows(path, csv))), close: () => undefined }
  }
  const sha256 = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 262_144 }) as AsyncIterable<Buffer>) sha256.update(chunk)
  const workbook = await openXlsxFile(path)
  if (!workbook) throw new AppError('invalidInput', 'registerEmpty')
  const { sheet, header, lines, rows, close } = workbook
  return { format: 'xlsx', encoding: null, separator: null, sheet, header, bytes: size, lines, sha256: sha256.digest('hex'), rows: () => counted(rows()), close }
}

async function* counted(lists: AsyncGenerator<CsvRow[]>): AsyncGenerator<CsvRow[]> {
  let rows = -1
  for await (const list of lists) {
    rows += list.length
    if (rows > mostRows) throw new AppError('invalidInput', 'registerTooLarge', { rows: mostRows })
    yield list
  }
}

/** What kept a spreadsheet from running a cell of our own file is none of its value. */
async function* disarmed(lists: AsyncGenerator<CsvRow[]>): AsyncGenerator<CsvRow[]> {
  for await (const list of lists) yield list.map((row) => (row.fields.some((field) => field.startsWith("'")) ? { ...row, fields: row.fields.map(asWritten) } : row))
}

const archive = Buffer.from([0x50, 0x4b, 3, 4])
/** The container of Excel 97 and of every workbook encrypted with a password (MS-CFB). */
const compound = Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])

async function head(path: string): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** The names of the first streams tell an encrypted workbook from an old one. */
async function compoundProblem(path: string): Promise<'registerProtected' | 'registerOldExcel' | 'registerNotText'> {
  const file = await open(path, 'r')
  try {
    const { buffer } = await file.read(Buffer.alloc(512), 0, 512, 0)
    const sector = 2 ** Math.min(buffer.readUInt16LE(30), 16)
    const { buffer: directory, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, (buffer.readUInt32LE(48) + 1) * sector)
    const names = directory.subarray(0, bytesRead).toString('utf16le')
    if (names.includes('EncryptedPackage') || names.includes('EncryptionInfo')) return 'registerProtected'
    return names.includes('Workbook') || names.includes('Book') ? 'registerOldExcel' : 'registerNotText'
  } finally {
    await file.close()
  }
}
