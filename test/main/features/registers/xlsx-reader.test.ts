import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CsvRow } from '../../../../src/main/features/registers/csv-reader'
import { openRegister } from '../../../../src/main/features/registers/register-file'
import { cellText, columnOf, dateOfSerial, styleOf } from '../../../../src/main/features/registers/xlsx-cells'
import { xlsxStrings } from '../../../../src/main/features/registers/xlsx-strings'
import { type WorkbookOptions, workbook, writeWorkbook, writeZip } from '../../../support/xlsx'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'okno-xlsx-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const path = () => join(folder, 'register.xlsx')
const none = () => 0

async function rowsOf(options: WorkbookOptions): Promise<CsvRow[]> {
  await writeZip(path(), workbook(options))
  return read()
}
async function read(): Promise<CsvRow[]> {
  const file = await openRegister(path(), none)
  try {
    const rows: CsvRow[] = []
    for await (const list of file.rows()) rows.push(...list)
    return rows
  } finally {
    file.close()
  }
}
const reasonOf = async (work: Promise<unknown>) => work.then(() => 'taken', (cause: { reason?: string }) => cause.reason ?? String(cause))

test('a cell is read as Excel holds it: shared, inline and rich texts, numbers, dates by their format, booleans, formulas by their value', async () => {
  const rows = await rowsOf({
    formats: [14, 'dd\\.mm\\.yyyy;@', '[$-419]mmmm yyyy', '00000000', '#,##0.00"д"', 17],
    strings: ['<t>счёт</t>', '<r><rPr><b/></rPr><t xml:space="preserve">Иванов </t></r><r><t>Пётр</t></r><rPh sb="0" eb="1"><t>чтение</t></rPh>', '<t>00412_x000D_</t>'],
    rows: `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>имя</t></is></c><c r="C1" t="str"><v>итог</v></c></row>
      <row r="3"><c r="A3" t="s"><v>2</v></c><c r="B3" t="s"><v>1</v></c></row>
      <row r="4"><c r="A4"><v>136.69999999999999</v></c><c r="B4"><v>0.30000000000000004</v></c><c r="C4"><v>40702810500000012345</v></c></row>
      <row r="5"><c r="A5" s="1"><v>45000</v></c><c r="B5" s="2"><v>45000.75</v></c><c r="C5" s="3"><v>45000</v></c></row>
      <row r="6"><c r="A6" s="4"><v>412</v></c><c r="B6" s="5"><v>267.63</v></c><c r="C6" s="6"><v>45000</v></c></row>
      <row r="7"><c r="A7"><f>1+1</f><v>2</v></c><c r="B7" t="str"><f>A1&amp;B1</f><v>да</v></c><c r="C7" t="b"><v>1</v></c></row>
      <row r="8"><c r="B8"><f>now()</f></c><c r="C8" t="e"><v>#N/A</v></c></row>
      <row r="9"><c r="A9"><v>1.2345678901234501E+19</v></c><c r="B9" t="d"><v>2026-10-25T00:00:00</v></c></row>`,
  })
  expect(rows.map(({ line, fields }) => [line, ...fields])).toEqual([
    [1, 'счёт', 'имя', 'итог'],
    [3, '00412\r', 'Иванов Пётр', ''],
    [4, '136.7', '0.3', '40702810500000012345'],
    [5, '15.03.2023', '15.03.2023', '03.2023'],
    [6, '00000412', '267.63', '03.2023'],
    [7, '2', 'да', 'ИСТИНА'],
    [8, '', '\uFFFD', '\uFFFD#N/A'],
    [9, '\uFFFD1.2345678901234501E+19', '25.10.2026', ''],
  ])
  expect(rows.every(({ problem }) => problem === null)).toBe(true)
})

test('days are those of the workbook’s calendar, of 1900 with its day that never was, or of 1904', async () => {
  expect([1, 59, 60, 61, 45_000, 2_958_465, 2_958_466, 0].map((serial) => dateOfSerial(serial, false))).toEqual(['1900-01-01', '1900-02-28', null, '1900-03-01', '2023-03-15', '9999-12-31', null, null])
  expect([0, 43_538, -1].map((serial) => dateOfSerial(serial, true))).toEqual(['1904-01-01', '2023-03-15', null])
  const [, row] = await rowsOf({ is1904: true, formats: [14], rows: '<row><c><v>1</v></c></row><row><c s="1"><v>43538</v></c></row>' })
  expect(row?.fields).toEqual(['15.03.2023'])
})

test.each([
  ['dd.mm.yyyy', 'date'], ['ДД.ММ.ГГГГ', 'date'], ['[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy', 'date'], ['"год" 0', 'general'], ['0.00_д', 'general'], ['[Red]0.00', 'general'], ['@', 'general'], ['h:mm', 'general'], ['000', 'zeros'],
])('the format «%s» shows a %s', (code, is) => expect(styleOf(170, code).is).toBe(is))

test('a number is never written with an exponent, and a small one keeps its digits', () => {
  expect(cellText({ type: '', text: '1.0E-3', isFormula: false }, { is: 'general' }, false)).toBe('0.001')
  expect(cellText({ type: '', text: '1E-7', isFormula: false }, { is: 'general' }, false)).toBe('0.0000001')
  expect(columnOf('AB12')).toBe(27)
  expect(columnOf('XFD1')).toBe(16_383)
  expect(columnOf('XFE1')).toBeNull()
  expect(columnOf('12')).toBeNull()
})

test('cells without references follow each other; what stands beyond the header refuses its row only', async () => {
  const rows = await rowsOf({ rows: '<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row><row r="9"><c r="A9"><v>4</v></c><c r="D9"><v>5</v></c></row><row><c/></row><row><c r="B11"><v>6</v></c></row>' })
  expect(rows.map(({ line, fields, problem }) => [line, problem, ...fields])).toEqual([[1, null, '1', '2'], [2, null, '3', ''], [9, 'wrongColumnCount', '4', '', '', '5'], [11, null, '', '6']])
})

test('prefixed names are read as any other', async () => {
  const parts = workbook({ rows: '' })
  await writeZip(path(), { ...parts, 'xl/worksheets/sheet1.xml': '<x:worksheet xmlns:x="m"><x:sheetData><x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>а</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>' })
  expect((await read())[0]?.fields).toEqual(['а'])
})

test('a row that is too long, or holds a NUL, is refused and the others are read', async () => {
  const rows = await rowsOf({ rows: `<row><c t="inlineStr"><is><t>а</t></is></c></row><row><c t="inlineStr"><is><t>${'ш'.repeat(70_000)}</t></is></c></row><row><c t="inlineStr"><is><t>_x0000_</t></is></c></row><row><c t="inlineStr"><is><t>б</t></is></c></row>` })
  expect(rows.map(({ problem }) => problem)).toEqual([null, 'rowTooLong', 'nulByte', null])
})

test('entities, document types and endless texts are refused before they cost anything', async () => {
  const laughs = '<!DOCTYPE x [<!ENTITY a "ха"><!ENTITY b "&a;&a;&a;&a;">]>'
  expect(await reasonOf(rowsOf({ prologue: laughs, rows: '<row><c t="inlineStr"><is><t>&b;</t></is></c></row>' }))).toBe('registerDamaged')
  expect(await reasonOf(rowsOf({ rows: '<row><c t="inlineStr"><is><t>&xxe;</t></is></c></row>' }))).toBe('registerDamaged')
  function* endless(): Generator<string> {
    yield '<row><c t="inlineStr"><is><t>а</t></is></c></row>'
    for (let n = 0; n < 200; n++) yield ' '.repeat(100_000)
  }
  expect(await reasonOf(rowsOf({ rows: endless() }))).toBe('registerDamaged')
})

test('what a small file makes large in memory is refused at once: elements without end in one another, formats and relations by the million', async () => {
  function* nested(): Generator<string> {
    yield '<row><c t="inlineStr"><is><t>а</t></is></c></row>'
    for (let n = 0; n < 10; n++) yield '<x>'.repeat(10_000)
    for (let n = 0; n < 10; n++) yield '</x>'.repeat(10_000)
  }
  expect(await reasonOf(rowsOf({ rows: nested() }))).toBe('registerDamaged')
  const parts = workbook({ rows: '<row><c t="inlineStr"><is><t>а</t></is></c></row>' })
  const relations = 'xl/_rels/workbook.xml.rels'
  const given = String(parts[relations])
  await writeZip(path(), { ...parts, [relations]: given.replace('</Relationships>', '<Relationship Id="x" Target="y"/>'.repeat(30_000) + '</Relationships>') })
  expect(await reasonOf(read())).toBe('registerDamaged')
  await writeZip(path(), {
    ...parts,
    [relations]: given.replace('</Relationships>', '<Relationship Id="s" Type="http://x/styles" Target="styles.xml"/></Relationships>'),
    'xl/styles.xml': `<styleSheet><cellXfs>${'<xf/>'.repeat(100_000)}</cellXfs></styleSheet>`,
  })
  expect(await reasonOf(read())).toBe('registerDamaged')
})

test('a zip bomb is told by its sizes, true or false ones', async () => {
  function* zeros(): Generator<string> {
    for (let n = 0; n < 800; n++) yield '<row></row>'.repeat(10_000)
  }
  expect(await reasonOf(rowsOf({ rows: zeros() }))).toBe('registerDamaged')
  await writeZip(path(), workbook({ rows: zeros() }), { 'xl/worksheets/sheet1.xml': { size: 1_000 } })
  expect(await reasonOf(read())).toBe('registerDamaged')
})

test('what is no workbook is told apart: a password, an old book, another document, a torn file', async () => {
  const compound = (stream: string) => {
    const bytes = Buffer.alloc(2048)
    Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]).copy(bytes)
    bytes.writeUInt16LE(9, 30)
    bytes.writeUInt32LE(1, 48)
    bytes.write('Root Entry', 1024, 'utf16le')
    bytes.write(stream, 1152, 'utf16le')
    return bytes
  }
  writeFileSync(path(), compound('EncryptedPackage'))
  expect(await reasonOf(read())).toBe('registerProtected')
  writeFileSync(path(), compound('Workbook'))
  expect(await reasonOf(read())).toBe('registerOldExcel')
  writeFileSync(path(), compound('WordDocument'))
  expect(await reasonOf(read())).toBe('registerNotText')
  await writeZip(path(), workbook({ rows: '' }), { 'xl/workbook.xml': { encrypted: true } })
  expect(await reasonOf(read())).toBe('registerProtected')
  await writeZip(path(), { mimetype: 'application/vnd.oasis.opendocument.spreadsheet', 'content.xml': '<office/>' })
  expect(await reasonOf(read())).toBe('registerNotSheet')
  await writeZip(path(), { 'word/document.xml': '<w/>', '_rels/.rels': '<Relationships><Relationship Id="a" Type="x/officeDocument" Target="word/document.xml"/></Relationships>' })
  expect(await reasonOf(read())).toBe('registerNotSheet')
  writeFileSync(path(), Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), Buffer.alloc(200)]))
  expect(await reasonOf(read())).toBe('registerDamaged')
  expect(await reasonOf(rowsOf({ rows: '<row><c t="s"><v>5</v></c></row>', strings: [] }))).toBe('registerDamaged')
  expect(await reasonOf(rowsOf({ rows: '<row r="5"><c><v>1</v></c></row><row r="2"><c><v>1</v></c></row>' }))).toBe('registerDamaged')
  expect(await reasonOf(rowsOf({ rows: '<row><c><v>1</v></c>' }))).toBe('registerDamaged')
  expect(await reasonOf(rowsOf({ rows: '' }))).toBe('registerEmpty')
})

test('strings beyond what memory may hold are put aside, sealed, and come back as they were', () => {
  const strings = xlsxStrings(10_000)
  const text = (n: number) => `Берёзкина Инна ${n} «${'\u{1f600}'.repeat(n % 3)}»`
  for (let n = 0; n < 20_000; n++) strings.add(text(n))
  expect(strings.spilled()).toBeGreaterThan(500_000)
  // Far more than are remembered, there and back.
  for (const n of [0, 19_999, 5, 10_000, ...Array.from({ length: 500 }, (_, i) => (i * 7919) % 20_000)]) expect(strings.get(n)).toBe(text(n))
  expect(strings.get(20_000)).toBeUndefined()
  strings.dispose()
})

test('a table written with shared texts is read back row by row', async () => {
  const table = Array.from({ length: 30_000 }, (_, n) => [`счёт ${n}`, n % 3 === 0 ? '' : 'действует', String(n), n % 1000 === 0 ? '=cmd|calc' : 'я'])
  await writeWorkbook(path(), table)
  const rows = await read()
  expect(rows.map(({ fields }) => fields)).toEqual(table)
  expect(rows.at(-1)?.line).toBe(30_000)
})
