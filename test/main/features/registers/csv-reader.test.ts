import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import iconv from 'iconv-lite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { csvRows, csvSplitter, inspectCsv, longestRow } from '../../../../src/main/features/registers/csv-reader'
import { knownNames } from '../../../../src/main/features/registers/register-columns'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'okno-csv-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(content: string | Buffer): string {
  const path = join(folder, 'register.csv')
  writeFileSync(path, content)
  return path
}

function split(text: string, separator: ';' | ',' | '\t' = ';') {
  const splitter = csvSplitter(separator)
  return [...splitter.push(text), ...splitter.end()]
}

const brief = (text: string) => split(text).map(({ line, fields, problem }) => [line, problem ?? fields])

const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`

test('whatever is written by RFC 4180 is read back, with any separator and line break, however the stream is cut', () => {
  // A cell that begins with a quote, or holds what ends a cell, must be quoted; the others may be.
  const cellText = fc.string({ unit: fc.constantFrom('а', 'Ё', '"', ';', ',', '\t', ' ', '\n', '\r\n', 'x', '1', ''), maxLength: 8 })
  const table = fc.integer({ min: 2, max: 3 }).chain((width) => fc.array(fc.array(cellText, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }))
  fc.assert(
    fc.property(table, fc.constantFrom<';' | ',' | '\t'>(';', ',', '\t'), fc.constantFrom('\n', '\r\n'), fc.integer({ min: 1, max: 9 }), (rows, separator, lineBreak, step) => {
      const text = rows.map((cells) => cells.map((cell) => (/^[а-яЁx1 ]+$/.test(cell) ? cell : quote(cell))).join(separator)).join(lineBreak)
      const splitter = csvSplitter(separator)
      const read = []
      for (let at = 0; at < text.length; at += step) read.push(...splitter.push(text.slice(at, at + step)))
      read.push(...splitter.end())
      expect(read.map(({ fields }) => fields)).toEqual(rows)
      expect(read.every(({ problem }) => problem === null)).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('where the stream is cut never changes what is read, even from rubbish', () => {
  const rubbish = fc.string({ unit: fc.constantFrom('a', 'Ж', '"', '""', ';', '\n', '\r\n', '\r', '\0', '";"', '\n1;2;3;4\n'), maxLength: 60 })
  fc.assert(
    fc.property(rubbish, fc.integer({ min: 1, max: 7 }), (text, step) => {
      const splitter = csvSplitter(';')
      const read = []
      for (let at = 0; at < text.length; at += step) read.push(...splitter.push(text.slice(at, at + step)))
      read.push(...splitter.end())
      expect(read).toEqual(split(text))
    }),
    { numRuns: 1000 },
  )
})

test('a damaged row costs that row only: sound lines around it are read with their line numbers', () => {
  const damage = fc.constantFrom('9;"не закрыта;9;9', '9;"a"b;9;9', '9;9', '9;9;9;9;9', '9;\0;9;9', '"', '9;"";"x;9')
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 8 }), fc.array(fc.boolean(), { maxLength: 8 }), damage, (before, after, broken) => {
      const sound = (isQuoted: boolean) => (isQuoted ? '1;"с ""кавычкой""; и";3;4' : '1;2;3;4')
      const lines = ['a;b;c;d', ...before.map(sound), broken, ...after.map(sound)]
      const read = split(lines.join('\n'))
      expect(read.map(({ line }) => line)).toEqual(lines.map((_, index) => index + 1))
      expect(read.filter(({ problem }) => problem).map(({ line }) => line)).toEqual([before.length + 2])
    }),
  )
})

test.each<[string, string, unknown]>([
  ['an unclosed quote at the end of the file', 'a;b\n1;"x', [[1, ['a', 'b']], [2, 'brokenQuote']]],
  ['a quote that swallows rows up to another stray quote', 'a;b;c;d\n1;"x;3;4\n1;2;3;4\n1;2;3;4\n1;5";3;4\n1;2;3;4', [
    [1, ['a', 'b', 'c', 'd']], [2, 'brokenQuote'], [3, ['1', '2', '3', '4']], [4, ['1', '2', '3', '4']], [5, ['1', '5"', '3', '4']], [6, ['1', '2', '3', '4']],
  ]],
  ['line breaks inside quotes', 'a;b\n"1\n2";3\n4;5', [[1, ['a', 'b']], [2, ['1\n2', '3']], [4, ['4', '5']]]],
  ['a quote inside a plain cell', 'a;b\nООО "Луч";2', [[1, ['a', 'b']], [2, ['ООО "Луч"', '2']]]],
  ['empty lines', 'a;b\n\r\n\n1;2\n', [[1, ['a', 'b']], [4, ['1', '2']]]],
])('%s', (_name, text, expected) => {
  expect(brief(text)).toEqual(expected)
})

test('a line longer than any row is refused and does not stay in memory', () => {
  const splitter = csvSplitter(';')
  const rows = splitter.push('a;b\n1;')
  for (let i = 0; i < 50; i += 1) rows.push(...splitter.push('x'.repeat(longestRow / 4)))
  rows.push(...splitter.push('\n2;3\n'), ...splitter.end())
  expect(rows.map(({ line, fields, problem }) => [line, problem ?? fields])).toEqual([[1, ['a', 'b']], [2, 'rowTooLong'], [3, ['2', '3']]])
  expect(rows[1]?.raw.length).toBeLessThanOrEqual(1000)
})

test.each<[string, Buffer, string]>([
  ['UTF-8', Buffer.from('provider;account\nэник;Ёж'), 'utf-8'],
  ['UTF-8 with a mark', Buffer.from('\uFEFFprovider;account\nэник;Ёж'), 'utf-8'],
  ['UTF-8 with one damaged character', Buffer.concat([Buffer.from('provider;account\nпоставщик;Ёж'), Buffer.from([0xd0, 10]), Buffer.from('б;в')]), 'utf-8'],
  ['windows-1251', iconv.encode('provider;account\nэник;Ёжик № 5 «Луч»', 'win1251'), 'windows-1251'],
  ['windows-1251 after a megabyte of Latin', Buffer.concat([Buffer.from(`provider;account\n${'1;2\n'.repeat(300_000)}`), iconv.encode('Ёж;ёлка', 'win1251')]), 'windows-1251'],
])('the encoding is recognised by content: %s', async (_name, content, encoding) => {
  const path = file(content)
  const found = await inspectCsv(path, knownNames)
  expect(found).toMatchObject({ encoding, separator: ';', header: { fields: ['provider', 'account'] } })
  const read = []
  for await (const rows of csvRows(path, found)) read.push(...rows)
  expect(read.at(-1)?.fields.join()).toMatch(/Ёж|б,в/)
})

test('a UTF-8 character cut by the end of a piece is still a character', async () => {
  const path = file(`provider;account\n${'ё;ё\n'.repeat(60_000)}`)
  const found = await inspectCsv(path, knownNames)
  expect(found.encoding).toBe('utf-8')
  let odd = 0
  for await (const rows of csvRows(path, found)) odd += rows.filter(({ line, fields }) => line > 1 && fields.join() !== 'ё,ё').length
  expect(odd).toBe(0)
})

test.each([
  [';', 'поставщик;лицевой_счет;дата,время\n'],
  [',', 'provider,account,"a;b;c;d"\n'],
  ['\t', 'provider\taccount\tsome;other;thing\n'],
] as const)('the separator %j is the one that makes the header known', async (separator, content) => {
  expect((await inspectCsv(file(content), knownNames)).separator).toBe(separator)
})

test('an empty file and one that is no text are refused in words', async () => {
  await expect(inspectCsv(file(''), knownNames)).rejects.toMatchObject({ code: 'invalidInput', reason: 'registerEmpty' })
  await expect(inspectCsv(file(Buffer.from('\uFEFFa;b', 'utf16le')), knownNames)).rejects.toMatchObject({ reason: 'registerNotText' })
  await expect(inspectCsv(file(Buffer.from([0x50, 0x4b, 3, 4, 20])), knownNames)).rejects.toMatchObject({ reason: 'registerNotText' })
})
