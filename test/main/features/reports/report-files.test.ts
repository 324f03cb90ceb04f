import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReportEntry, ReportFilters } from '@shared/domain/report-entry'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Database } from '../../../../src/main/db/database'
import { reportExport } from '../../../../src/main/features/reports/export-report'
import { harmless } from '@shared/domain/csv-cell'
import { reportCsv } from '../../../../src/main/features/reports/report-csv'
import { reportSheet } from '../../../../src/main/features/reports/report-sheet'
import { reportXlsx } from '../../../../src/main/features/reports/report-xlsx'
import { drawReport } from '../../../../src/main/printing/documents/report'
import type { Sheets } from '../../../../src/main/printing/sheets'
import { infoOf, layoutOf, textOf } from '../../../support/pdf/read-pdf'
import { sheetOf, textsOf } from './read-xlsx'

const entry: ReportEntry = {
  group: 'billing',
  filters: ['period', 'provider'],
  columns: [
    { key: 'staffName', type: 'text', total: 'none' },
    { key: 'issuedAt', type: 'instant', total: 'none' },
    { key: 'day', type: 'date', total: 'none' },
    { key: 'passwords', type: 'count', total: 'sum' },
    { key: 'debt', type: 'money', total: 'sum' },
    { key: 'refusedShare', type: 'share', total: 'weighted' },
    { key: 'medianTime', type: 'seconds', total: 'weighted' },
  ],
  chart: { kind: 'bar', x: 'staffName', series: ['passwords'] },
  drillDown: null,
}
const rows = [
  { staffName: 'Ветрова Анна Павловна', issuedAt: '2026-11-22T20:30:00Z', day: '2026-11-22', passwords: 1234, debt: 123456789, refusedShare: 0.125, medianTime: 245 },
  { staffName: '=HYPERLINK("http://evil")', issuedAt: null, day: '2026-11-21', passwords: 2, debt: -50, refusedShare: null, medianTime: 0 },
]
const totals = { passwords: 1236, debt: 123456739, refusedShare: 0.1, medianTime: 200 }
const issue = { staffName: 'Громов Игорь Станиславович', office: 'Офис на Ленина', timeZone: 'Asia/Yekaterinburg', madeAt: '2026-11-22T09:05:00Z', number: 'A1B2C3D4', names: { provider: 'Энергосбыт' } }
const figures = { rows, totals, asOf: '2026-11-22T09:04:00Z', source: 'replica' as const, lagSeconds: 75 }
const filters: ReportFilters = { from: '2026-11-01', to: '2026-11-22', provider: 'energo' }
const sheet = reportSheet('passwordIssues', entry, filters, figures, issue)
const many = (n: number) => reportSheet('passwordIssues', entry, filters, { ...figures, rows: Array.from({ length: n }, (_, index) => ({ ...rows[0]!, staffName: `Сотрудник ${index + 1}` })) }, issue)
const mark = 'Выгрузил(а): Громов Игорь Станиславович, Офис на Ленина, 22.11.2026, 14:05, № A1B2C3D4'

describe('CSV', () => {
  const text = reportCsv(sheet).toString('utf8')
  const lines = text.split('\r\n')

  test('opens in a Russian Excel: mark of order, semicolons, decimal commas, dates of the office', () => {
    expect(text.startsWith('\ufeff')).toBe(true)
    expect(lines).toContain('Ветрова Анна Павловна;23.11.2026, 01:30;22.11.2026;1234;1234567,89;12,5;245')
    expect(lines).toContain('Итого;;;1236;1234567,39;10,0;200')
  })
  test('tells what was asked, from where, by whom and when', () => {
    expect(lines).toContain('Период;01.11.2026–22.11.2026')
    expect(lines).toContain('Поставщик;Энергосбыт')
    expect(text).toContain('с копии базы, отставание 1\u00a0мин\u00a015\u00a0с'.replaceAll('\u00a0', '\u00a0'))
    expect(lines).toContain(mark)
  })
  test('a text that begins like a formula is no formula; a negative sum stays a number', () => {
    expect(text).toContain(`"'=HYPERLINK(""http://evil"")"`)
    expect(text).toContain(';2;-0,50;;0')
  })
  test('no text of any kind can begin a formula, and none is lost', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom('', ' ', '\t', '\u00a0'), fc.constantFrom('=', '+', '-', '@', '−', '＝', ''), (tail, space, sign) => {
        const safe = harmless(space + sign + tail)
        expect(safe.endsWith(tail)).toBe(true)
        expect('=+-@'.includes(safe.trim().charAt(0) || 'x')).toBe(false)
      }),
    )
  })
})

describe('XLSX', () => {
  test('numbers are numbers, dates are dates, sums have the format of money, the heading is frozen and totals stand below', async () => {
    const bytes = await reportXlsx(sheet)
    const { cells, formats, xml } = sheetOf(bytes, 1)
    expect(cells['A1']).toMatchObject({ text: 'Сотрудник' })
    expect(cells['E1']).toMatchObject({ text: expect.stringContaining('₽') })
    expect(cells['D2']).toMatchObject({ number: 1234 })
    expect(cells['E2']).toMatchObject({ number: 1234567.89 })
    expect(formats[cells['E2']!.style]).toBe('#,##0.00')
    expect(cells['F2']).toMatchObject({ number: 0.125 })
    // 22 November 2026 is day 46348 of a workbook; 01:30 by the clock of Yekaterinburg is the next day.
    expect(cells['C2']).toMatchObject({ number: 46348 })
    expect(cells['B2']!.number).toBeCloseTo(46349 + 1.5 / 24, 6)
    expect(cells['G2']!.number).toBeCloseTo(245 / 86400, 9)
    expect(cells['A4']).toMatchObject({ text: 'Итого' })
    expect(cells['D4']).toMatchObject({ number: 1236 })
    expect(xml).toMatch(/<pane[^>]*ySplit="1"[^>]*state="frozen"/)
    expect(xml).not.toContain('<f>')
  })
  test('a text that begins like a formula is a text', async () => {
    const { cells } = sheetOf(await reportXlsx(sheet), 1)
    expect(cells['A3']).toMatchObject({ text: '=HYPERLINK("http://evil")' })
  })
  test('«Об отчёте» says what was asked, how it is counted, by whom and when it was taken', async () => {
    const words = textsOf(await reportXlsx(sheet), 2)
    expect(words).toEqual(expect.arrayContaining(['Период', '01.11.2026–22.11.2026', 'Энергосбыт', 'Как считается', mark]))
    expect(words.join(' ')).toContain('с копии базы')
  })
})

describe('PDF', () => {
  test('title, what was asked, every figure, totals, and on each page who took it and which page of how many it is', async () => {
    const pdf = await drawReport(many(80))
    const pages = Number(infoOf(pdf)['Pages'])
    expect(pages).toBeGreaterThan(1)
    for (let page = 1; page <= pages; page++) {
      const text = layoutOf(pdf, page).join('\n')
      expect(text).toContain('№ A1B2C3D4')
      expect(text).toContain(`Лист ${page} из ${pages}`)
      expect(text, `heading of page ${page}`).toContain('Сотрудник')
    }
    const text = textOf(pdf)
    expect(text).toContain('Период: 01.11.2026–22.11.2026')
    for (let n = 1; n <= 80; n++) expect(text).toContain(`Сотрудник ${n} 23.11.2026, 01:30 22.11.2026 1 234 1 234 567,89 12,5 % 4 мин 05 с`)
    expect(text).toContain('Итого 1 236 1 234 567,39 10,0 % 3 мин 20 с')
  })
  test('a wide table lies across the sheet, a narrow one stands', async () => {
    expect(infoOf(await drawReport(sheet))['Page size']).toMatch(/^841\.89 x 595/)
    expect(infoOf(await drawReport({ ...sheet, columns: sheet.columns.slice(0, 4) }))['Page size']).toMatch(/^595/)
  })
  test('a report without rows says so', async () => {
    expect(textOf(await drawReport({ ...sheet, rows: [], totals: null }))).toContain('нет ни одной строки')
  })
  test('the same report drawn twice is the same file', async () => {
    expect(Buffer.compare(await drawReport(sheet), await drawReport(sheet))).toBe(0)
  })
})

test('five thousand rows are written in a few seconds', { timeout: 60_000 }, async () => {
  const large = many(5000)
  const folder = mkdtempSync(join(tmpdir(), 'okno-report-'))
  try {
    writeFileSync(join(folder, 'large.xlsx'), await reportXlsx(large))
    expect(execFileSync('unzip', ['-p', join(folder, 'large.xlsx'), 'xl/worksheets/sheet1.xml'], { maxBuffer: 1e9 }).toString()).toContain('r="A5002"')
    expect(reportCsv(large).toString().match(/Сотрудник \d+;/g)).toHaveLength(5000)
    expect(textOf(await drawReport(large))).toContain('Сотрудник 5000 ')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('more rows than anybody reads on paper are refused in words, before anything is recorded or written; XLSX takes them', async () => {
  const asked: string[] = []
  const saved: string[] = []
  const db: Database = {
    call: (name: string) => {
      asked.push(name)
      return Promise.resolve(name === 'report_export' ? { content: issue } : {})
    },
    transaction: (work: (own: unknown) => unknown) => work(db),
  } as unknown as Database
  const sheets = { drawing: (name: string, draw: unknown) => ({ name, draw }), choosePath: () => Promise.resolve('chosen'), save: (_bytes: Uint8Array, path: string) => Promise.resolve({ fileName: saved[saved.push(path) - 1] }) } as unknown as Sheets
  const exportReport = reportExport({ sheets, count: () => Promise.resolve({ ...figures, rows: Array.from({ length: 3001 }, () => rows[0]!) }) })
  const input = { operationId: '', report: 'passwordIssues', filters: {}, sort: null, output: { how: 'save' } } as const
  await expect(exportReport({ ...input, format: 'pdf' }, db)).rejects.toMatchObject({ code: 'invalidInput', reason: 'reportTooLongForPaper', details: { rows: 3001, most: 3000 } })
  expect([asked, saved]).toEqual([['report_export_allowed'], []])
  expect(await exportReport({ ...input, format: 'csv' }, db)).toMatchObject({ rows: 3001 })
  expect(saved).toEqual(['chosen'])
})
