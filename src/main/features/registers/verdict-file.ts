import { createWriteStream, rmSync, type WriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { AppError } from '@shared/errors'
import type { CsvRow } from './csv-reader'
import { verdictHeader } from './verdict-texts'

/**
 * The verdict file: UTF-8 with BOM, `;`, CRLF, so that Excel opens it by double click. Columns: the line in the register, the columns of the register as they
 * came, verdict, reasons. The names of the added columns are unknown to the import, so a corrected verdict file is itself a register.
 */
export interface VerdictFile {
  /** AppError printerUnavailable verdictNotWritten {error}: the disk is full, the folder is gone. */
  write(rows: readonly { row: CsvRow; verdict: string; reasons: string }[]): Promise<void>
  close(): Promise<void>
  abandon(): void
}

export function verdictFile(path: string, header: readonly string[], names: { line: string; verdict: string; reasons: string }): VerdictFile {
  // A new file, whatever stood there: a link left in a folder of others would take the rows elsewhere.
  rmSync(path, { force: true })
  const file: WriteStream = createWriteStream(path, { encoding: 'utf8', mode: 0o600, flags: 'wx' })
  // A full disk is met at the next write or at the end; until then the event must not be unhandled.
  file.on('error', () => undefined)
  file.write(`\uFEFF${line([names.line, ...header, names.verdict, names.reasons])}`)
  return {
    async write(rows) {
      if (file.errored) notWritten(file.errored)
      const text = rows.map(({ row, verdict, reasons }) => line([String(row.line), ...aligned(row, header.length), verdict, reasons])).join('')
      if (text !== '') await new Promise<void>((resolve, reject) => file.write(text, (error) => (error ? reject(error) : resolve()))).catch(notWritten)
    },
    async close() {
      file.end()
      await finished(file).catch(notWritten)
      // The only proof of what became of each row is on the disk before the rows are in; some disks tell only here that there was no room.
      const written = await open(path, 'r+').catch(notWritten)
      await written.datasync().catch(notWritten).finally(() => written.close())
    },
    abandon() {
      file.destroy()
    },
  }
}

function notWritten(cause: unknown): never {
  throw new AppError('printerUnavailable', 'verdictNotWritten', { error: cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown' })
}

/** A row that could not be split stands whole in the first column, so that verdict and reasons stay under their names. */
function aligned({ fields, raw, problem }: CsvRow, columns: number): string[] {
  const cells = problem ? [raw] : fields
  return Array.from({ length: columns }, (_, index) => cells[index] ?? '')
}

const line = (cells: readonly string[]) => `${cells.map(cell).join(';')}\r\n`

/** One cell, quoted where needed; what a spreadsheet would run as a formula gets an apostrophe. A bare number or `-` is none. NUL ends a file for many programs. */
export function cell(value: string): string {
  // Nearly every cell is plain words and numbers.
  if (/^[\wА-яЁё][\wА-яЁё .,:/()@-]*$/.test(value) || value === '') return value
  const written = value.replaceAll('\0', '\uFFFD')
  // One more apostrophe for what begins with some already: one is taken off when the file is read back.
  const safe = /^'*[=+\-@\t\r]/.test(written) && !/^[+-]?[\d\s.,]*$/.test(written) ? `'${written}` : written
  return /[";\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** A cell of a file we have written, as it was before `cell`. */
export const asWritten = (value: string): string => (value.startsWith("'") && /^''*[=+\-@\t\r]/.test(value) ? value.slice(1) : value)

/** Whether a header is that of a verdict file, or of the readings given to billing (0019-reading-registers.sql). */
export function isOurs(header: readonly string[]): boolean {
  const names = new Set(header.map((name) => name.trim()))
  return [Object.values(verdictHeader), readingsHeader].some((ours) => ours.every((name) => names.has(name)))
}
const readingsHeader = 'provider;account;serial;service;taken_on;t1;t2;t3;channel;operator;visit;status;reason;period'.split(';')
