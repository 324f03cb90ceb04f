import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import iconv from 'iconv-lite'
import type { TrainingOffice } from './office'
import { registerColumns, registerKinds, russianPaymentColumns, type RegisterKind } from './registers'

const linesPerChunk = 2000

/**
 * Writes the six register files of an office into a folder, made if missing: `;`, CRLF, UTF-8, and payments in windows-1251
 * with a Russian header, so that the import meets both. Existing files are replaced. Returns the paths in the order of import.
 */
export async function writeRegisters(folder: string, office: TrainingOffice): Promise<Record<RegisterKind, string>> {
  await mkdir(folder, { recursive: true })
  const paths = Object.fromEntries(registerKinds.map((kind) => [kind, join(folder, `${kind}.csv`)])) as Record<RegisterKind, string> // Keys are the kinds.
  for (const kind of registerKinds) await pipeline(Readable.from(chunks(kind, office)), createWriteStream(paths[kind]))
  return paths
}

function* chunks(kind: RegisterKind, office: TrainingOffice): Generator<Buffer> {
  const encode = (text: string) => (kind === 'payments' ? iconv.encode(text, 'windows-1251') : Buffer.from(text, 'utf-8'))
  const header = kind === 'payments' ? Object.values(russianPaymentColumns) : registerColumns[kind]
  let lines = [header.join(';')]
  for (const row of office.rows(kind)) {
    // Rows are written in the order of the columns; a test holds them to it.
    const values = Object.values(row)
    // One look at the whole row: almost none needs quotes.
    lines.push((special.test(values.join('')) ? values.map(quoted) : values).join(';'))
    if (lines.length === linesPerChunk) {
      yield encode(`${lines.join('\r\n')}\r\n`)
      lines = []
    }
  }
  if (lines.length > 0) yield encode(`${lines.join('\r\n')}\r\n`)
}

const special = /[;"\r\n]/
const quoted = (value: string) => (special.test(value) ? `"${value.replace(/"/g, '""')}"` : value)
