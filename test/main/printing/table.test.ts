import { expect, test } from 'vitest'
import { heightOf, paginate, type Block } from '../../../src/main/printing/flow'
import { openPdf } from '../../../src/main/printing/pdf'
import { tableBlocks, type TableOptions } from '../../../src/main/printing/table'

// Rows of a table over pages: none is left alone, whatever stands before the table.

interface Row {
  name: string
  zone: number
}

/** Rows of each page by their names, «Итого» for the total; the table begins after so many points of something else. */
function pagesOf(rows: Row[], before: number, options: Partial<TableOptions<Row>> = {}): string[][] {
  const pdf = openPdf({ title: 'Таблица', madeAt: '2026-11-23T09:00:00+05:00' })
  const blocks = tableBlocks(pdf, { x: 30, columns: [{ title: 'Услуга', width: 200, value: ({ name }) => name }], rows, size: 8, ...options })
  const names = ['', ...rows.map(({ name }) => name), 'Итого']
  const pages: string[][] = []
  let page: string[] = []
  const told = blocks.map((block, index): Block => ({
    ...block, ...(block.head ? { head: { ...block.head, draw: () => undefined } } : {}), draw: () => void (index > 0 && page.push(names[index]!)),
  }))
  for (const placed of paginate([{ height: before, draw: () => undefined }, ...told], () => ({ top: 0, bottom: 200 }))) {
    page = []
    for (const { top, draw } of placed) draw(top)
    pages.push(page)
  }
  return pages.filter((one) => one.length > 0)
}

const rowsOf = (count: number): Row[] => Array.from({ length: count }, (_, n) => ({ name: `Услуга ${n + 1}`, zone: 0 }))

test.each([[false], [true]])('no page has a single row of a longer table (with a total: %s)', (withTotal) => {
  let spread = 0
  for (let count = 2; count <= 40; count++) {
    for (let before = 100; before < 200; before += 7) {
      const pages = pagesOf(rowsOf(count), before, withTotal ? { total: ['Итого'] } : {})
      if (pages.length > 1) spread++
      for (const page of pages) expect(page.length, `${count} rows after ${before} points: ${JSON.stringify(pages)}`).toBeGreaterThan(1)
      expect(pages.flat()).toEqual([...rowsOf(count).map(({ name }) => name), ...(withTotal ? ['Итого'] : [])])
    }
  }
  expect(spread).toBeGreaterThan(100)
})

test('the zones of one meter are never parted: the second one has no name of its own', () => {
  const rows = Array.from({ length: 24 }, (_, n): Row => ({ name: `Прибор ${Math.floor(n / 3) + 1}, Т${(n % 3) + 1}`, zone: n % 3 }))
  let spread = 0
  for (let before = 60; before < 200; before += 3) {
    const pages = pagesOf(rows, before, { goesOn: (_row, next) => next.zone > 0 })
    if (pages.length > 1) spread++
    for (const [first] of pages) expect(first).toMatch(/, Т1$/)
  }
  expect(spread).toBeGreaterThan(10)
})

test('a table of one row stands where there is room for it', () => {
  const pdf = openPdf({ title: 'Таблица', madeAt: '2026-11-23T09:00:00+05:00' })
  const blocks = tableBlocks(pdf, { x: 30, columns: [{ title: 'Услуга', width: 200, value: ({ name }: Row) => name }], rows: rowsOf(1), size: 8 })
  expect(pagesOf(rowsOf(1), 200 - heightOf(blocks))).toEqual([['Услуга 1']])
  expect(paginate([{ height: 200 - heightOf(blocks), draw: () => undefined }, ...blocks], () => ({ top: 0, bottom: 200 }))).toHaveLength(1)
})
