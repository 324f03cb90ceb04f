import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PNG } from 'pngjs'
import { beforeEach, expect, test } from 'vitest'
import { a4, mm, openPdf, qrSide, resourcesFolder, type Pdf, type TextStyle } from '../../../src/main/printing/pdf'
import { darknessOf, infoOf, qrOf, textOf } from '../../support/pdf/read-pdf'
import { oneBit } from '../../support/pdf/one-bit-png'

const style: TextStyle = { font: 'regular', size: 10 }
let pdf: Pdf

beforeEach(() => {
  pdf = openPdf({ title: 'Проба № 1 <&>', madeAt: '2026-11-22T09:05:00Z' })
  pdf.addPage()
})

test('the fonts travel with their licence', () => {
  const licence = readFileSync(join(resourcesFolder(), 'fonts/LICENSE-PTSans.txt'), 'utf8')
  expect(licence).toContain('SIL OPEN FONT LICENSE')
})

test('every sign an office prints comes out of the PDF as it went in', async () => {
  const signs = 'Ёё Йй Щщ Ъъ № ₽ « » „ “ — – − м³ кВт·ч °C ҮүҺһӨө'
  pdf.tag('P', () => pdf.lines([signs], 40, 40, style))
  pdf.tag('P', () => pdf.lines(['Ёж 1 234,56 ₽'], 40, 60, { font: 'mono', size: 12 }))
  const text = textOf(await pdf.done())
  expect(text).toContain(signs)
  expect(text).toContain('Ёж 1 234,56 ₽')
})

test('the file is a tagged PDF 1.7 in Russian with the title for the window', async () => {
  pdf.tag('H1', () => pdf.lines(['Заголовок'], 40, 40, style))
  const bytes = await pdf.done()
  expect(infoOf(bytes)).toMatchObject({ Title: expect.stringContaining('Проба № 1'), Tagged: 'yes', 'PDF version': '1.7', Pages: '1', 'Page size': expect.stringContaining('A4') })
  expect(bytes.toString('latin1')).toMatch(/\/Lang \(ru-RU\)/)
})

test.each([
  ['a name of many words', 'Муниципальное унитарное предприятие «Жилищно-эксплуатационное управление»', 90],
  ['a name without a single space', 'Жилищноэксплуатационноеуправлениесеверозападногоокруга', 60],
  ['a sum wider than its column', '1 234 567,89 ₽'.replaceAll(' ', '\u00a0'), 30],
  ['one letter in no room at all', 'Щ', 1],
])('%s is wrapped inside its column and loses nothing', (_, text, width) => {
  const lines = pdf.wrap(text, style, width)
  for (const line of lines) if (line.length > 1) expect(pdf.width(line, style)).toBeLessThanOrEqual(width)
  expect(lines.join('').replace(/[\s\u00a0]/g, '')).toBe(text.replace(/[\s\u00a0]/g, ''))
})

test('a sum is not torn apart at its thousands', () => {
  expect(pdf.wrap('к оплате 1\u00a0234,56\u00a0₽', style, pdf.width('к оплате 1 234', style))).toEqual(['к оплате', '1\u00a0234,56\u00a0₽'])
})

test('digits are equally wide, so that columns of money stand under each other', () => {
  for (const font of ['regular', 'bold', 'mono'] as const) {
    const widths = [...'0123456789'].map((digit) => pdf.width(digit, { font, size: 10 }))
    expect(new Set(widths).size).toBe(1)
  }
})

test.each([20, 300, 620])('a QR of %i bytes keeps any byte, has its least size and whole printer dots', async (length) => {
  const bytes = Uint8Array.from({ length }, (_, index) => (index * 37 + 128) % 256)
  const least = 40 * mm
  pdf.qr(bytes, 50, 50, least, 'код')
  const read = qrOf(await pdf.done())
  expect(read?.bytes).toEqual(bytes)
  expect(read?.millimetres).toBeGreaterThanOrEqual(39.5)
  const dots = (qrSide(bytes, least) / 72) * 600
  expect(Math.abs(dots - Math.round(dots))).toBeLessThan(1e-6)
})

test('the same sheet drawn twice is the same file', async () => {
  const draw = () => {
    const again = openPdf({ title: 'Проба', madeAt: '2026-11-22T09:05:00Z' })
    again.addPage()
    again.tag('P', () => again.lines(['Ёлка'], 40, a4.height / 2, style))
    return again.done()
  }
  expect((await draw()).equals(await draw())).toBe(true)
})

test('a logo of one bit a dot is drawn black on the paper, and is in the file once however many pages show it', async () => {
  const png = oneBit(16, 8, (x) => x < 8)
  pdf.image(png, 20 * mm, 20 * mm, { width: 40 * mm, height: 20 * mm }, 'Логотип')
  pdf.addPage()
  pdf.image(png, 20 * mm, 20 * mm, { width: 40 * mm, height: 20 * mm }, 'Логотип')
  const bytes = await pdf.done()
  expect(bytes.toString('latin1').split('/Subtype/Image').length - 1).toBe(1)
  for (const page of [1, 2]) {
    const isDark = darknessOf(bytes, page)
    expect([isDark(30, 30), isDark(50, 30), isDark(19, 30), isDark(30, 41)]).toEqual([true, false, false, false])
  }
})

test('a picture of another kind is refused', () => {
  const colour = PNG.sync.write(new PNG({ width: 2, height: 2 }))
  expect(() => pdf.image(colour, 0, 0, { width: 10, height: 10 }, 'Логотип')).toThrow(RangeError)
  expect(() => pdf.image(Buffer.from('GIF89a'), 0, 0, { width: 10, height: 10 }, 'Логотип')).toThrow(RangeError)
})
