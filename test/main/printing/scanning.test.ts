// Sheets as they meet a phone: set by a printer, photographed a little askew, blurred and dirty, and read by decoders that share nothing with the program that drew them.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import jsQR from 'jsqr'
import { afterAll, describe, expect, test } from 'vitest'
import type { PaymentDocumentContent } from '../../../src/shared/domain/payment-document'
import { drawPaymentDocument } from '../../../src/main/printing/documents/payment-document'
import { paymentQr } from '../../../src/main/printing/payment-qr'
import { spoilt, type Picture } from '../../support/pdf/spoil'
import { internetDocument, utilityDocument } from './documents/examples'

const folder = mkdtempSync(join(tmpdir(), 'okno-scan-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A part of the first page as a printer of `dpi` sets it; places in millimetres. */
function printed(pdf: Uint8Array, dpi: number, part: { left: number; top: number; width: number; height: number }): Picture {
  const dots = (millimetres: number) => String(Math.round((millimetres / 25.4) * dpi))
  const area = ['-x', dots(part.left), '-y', dots(part.top), '-W', dots(part.width), '-H', dots(part.height)]
  const pgm = execFileSync('pdftoppm', ['-r', String(dpi), '-gray', '-f', '1', '-l', '1', ...area, '-'], { input: pdf, maxBuffer: 256 * 1024 * 1024, stdio: ['pipe', 'pipe', 'ignore'] })
  const head = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(pgm.toString('latin1', 0, 40))!
  return { width: Number(head[1]), height: Number(head[2]), dots: Uint8Array.from(pgm.subarray(head[0].length)) }
}

function byZbar({ width, height, dots }: Picture, symbology: 'qrcode' | 'code128'): Buffer | null {
  const file = join(folder, 'picture.pgm')
  writeFileSync(file, Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), dots]))
  // Its exit code says that nothing was found.
  const read = spawnSync('zbarimg', ['-q', '--raw', '-Sdisable', `-S${symbology}.enable`, '-Sbinary', '--oneshot', file], { stdio: ['ignore', 'pipe', 'ignore'] })
  return read.status === 0 ? read.stdout : null
}

function byJsQr({ width, height, dots }: Picture): Buffer | null {
  const colours = new Uint8ClampedArray(width * height * 4).fill(255)
  for (const [index, dot] of dots.entries()) colours.fill(dot, 4 * index, 4 * index + 3)
  const read = jsQR(colours, width, height, { inversionAttempts: 'dontInvert' })
  return read && Buffer.from(read.binaryData)
}

/** A camera does not see single dots of 600 to the inch. */
function halved({ width, height, dots }: Picture): Picture {
  const [wide, tall] = [width >> 1, height >> 1]
  const at = (x: number, y: number) => dots[y * width + x]!
  return { width: wide, height: tall, dots: Uint8Array.from({ length: wide * tall }, (_, place) => {
    const [x, y] = [2 * (place % wide), 2 * Math.floor(place / wide)]
    return (at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)) >> 2
  }) }
}

const marks = { duplicate: null, printedAt: '2026-11-22T14:05:00+05:00', operator: 'Смирнова О. А.', timeZone: 'Asia/Yekaterinburg' }
const codeArea = { left: 130, top: 20, width: 80, height: 80 }
const barArea = { left: 5, top: 20, width: 100, height: 110 }

/** As dense as codes of an office get: a long name and a long address, 700 bytes. */
const dense: PaymentDocumentContent = {
  ...utilityDocument,
  payer: {
    ...utilityDocument.payer,
    lastName: 'Римский-Корсаков',
    address: 'Республика Саха (Якутия), с. Верхневилюйск, мкр. Промышленно-Строительный, ул. 50-летия Великой Октябрьской социалистической революции, д. 110/2, кв. 1205А',
  },
}

describe.each<[string, PaymentDocumentContent]>([
  ['a bill of a house', utilityDocument],
  ['a bill of a connection, windows-1251', internetDocument],
  ['a bill with the densest code', dense],
])('%s', (_, content) => {
  const wanted = Buffer.from(paymentQr(content)!.bytes)

  test.each([300, 600])('printed at %i dpi, its code is read: clean by two decoders, after dust on 2 dots in 100, a turn of 3° and blur by one of them at least', async (dpi) => {
    const clean = printed(await drawPaymentDocument(content, marks), dpi, codeArea)
    const dirty = spoilt(clean, { degrees: 3, radius: dpi / 300, noise: 0.02, seed: content.number })
    const readers = [byJsQr, (picture: Picture) => byZbar(picture, 'qrcode')]
    const reads = (picture: Picture) => readers.filter((read) => read(picture)?.subarray(0, wanted.length).equals(wanted)).length
    expect(reads(clean)).toBe(2)
    expect(reads(dirty)).toBeGreaterThanOrEqual(1)
  })

  test.each([300, 600])('printed at %i dpi, its account is read from the bars, clean and as a camera sees it after dust, a turn of 3° and blur', async (dpi) => {
    const clean = printed(await drawPaymentDocument(content, marks), dpi, barArea)
    const dirty = spoilt(clean, { degrees: 3, radius: dpi / 300, noise: 0.02, seed: content.number })
    for (const picture of [clean, dirty]) expect(byZbar(dpi === 600 ? halved(halved(picture)) : picture, 'code128')?.toString('latin1') ?? '').toContain(content.payer.account)
  })
})

test('modules are whole dots of a 300 dpi printer: each run of dots in the rows of the code is a multiple of one width', async () => {
  const { width, height, dots } = printed(await drawPaymentDocument(utilityDocument, marks), 300, codeArea)
  // Down to the caption.
  const rows = Array.from({ length: Math.min(height, dotsOf(62)) }, (_, y) => [...dots.subarray(y * width, (y + 1) * width)].map((dot) => (dot < 128 ? '#' : '.')).join(''))
  // Rows through the symbol change between black and white dozens of times; the margins and the frame of the card stand at the ends, its text at the left.
  const runs = rows.map((row) => row.slice(dotsOf(20.5), dotsOf(65)).match(/#+|\.+/g) ?? []).filter(({ length }) => length > 30).flatMap((all) => all.slice(1, -1).map(({ length }) => length))
  expect(runs.length).toBeGreaterThan(10_000)
  const counts = new Map<number, number>()
  for (const run of runs) counts.set(run, (counts.get(run) ?? 0) + 1)
  const [module] = [...counts].sort((a, b) => b[1] - a[1])[0]!
  expect(module).toBeGreaterThanOrEqual(4)
  // The renderer of the test rounds a picture up to whole dots: one module of a row may be a dot wider. Modules of parts of dots would break half of the runs.
  expect(runs.filter((run) => run % module !== 0).length).toBeLessThan(runs.length * 0.05)
})

function dotsOf(millimetres: number): number {
  return Math.round((millimetres / 25.4) * 300)
}
