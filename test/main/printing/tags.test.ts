import { inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drawDocuments } from '../../../src/main/printing/draw-documents'
import { addPaymentDocument, drawPaymentDocument } from '../../../src/main/printing/documents/payment-document'
import { mm, openPdf } from '../../../src/main/printing/pdf'
import { tableBlocks } from '../../../src/main/printing/table'
import { infoOf, textOf, wordsOf } from '../../support/pdf/read-pdf'
import { structureOf } from '../../support/pdf/structure'
import { internetDocument, utilityDocument } from './documents/examples'

const marks = { duplicate: null, printedAt: '2026-11-22T14:05:00+05:00', operator: 'Смирнова О. А.', timeZone: 'Asia/Yekaterinburg' }

/** What the pages draw: the unpacked streams that are neither fonts nor objects. */
function contentsOf(pdf: Buffer): string[] {
  const text = pdf.toString('latin1')
  return [...text.matchAll(/\d+ 0 obj<<(\/Filter\/FlateDecode)\/Length (\d+)>>stream\n/g)]
    .map((match) => inflateSync(pdf.subarray(match.index + match[0].length, match.index + match[0].length + Number(match[2]))).toString('latin1'))
    .filter((content) => content.includes('BDC'))
}

describe.each([['a bill of a house', utilityDocument], ['a bill of a connection', internetDocument]])('%s', (_, content) => {
  test('has every word inside a tag or an artifact, and nothing is opened that is not closed', async () => {
    const contents = contentsOf(await drawPaymentDocument(content, marks))
    expect(contents.length).toBeGreaterThan(0)
    for (const page of contents) {
      let open = 0
      let shown = 0
      for (const [operator] of page.replace(/\((?:\\.|[^\\)])*\)/gs, '()').matchAll(/\bB[DM]C\b|\bEMC\b|T[jJ]\b|\bDo\b/g)) {
        if (operator === 'BDC' || operator === 'BMC') open++
        else if (operator === 'EMC') open--
        else {
          expect(open).toBe(1)
          shown++
        }
      }
      expect([open, shown > 0]).toEqual([0, true])
    }
  })

  test('tells a screen reader its tables with headings of columns, its code in words, and its title, language and size of print', async () => {
    const pdf = await drawPaymentDocument(content, marks)
    const tree = structureOf(pdf)
    expect(tree[0]).toBe('Document')
    expect(tree.filter((line) => line.trim() === 'Table (block)' || line.trim().startsWith('Table')).length).toBeGreaterThan(0)
    const level = (line: string) => line.length - line.trimStart().length
    // Every table begins with a row of headings and has rows as wide as that.
    for (const [at, line] of tree.entries()) {
      if (!line.trim().startsWith('Table')) continue
      const end = tree.findIndex((other, index) => index > at && level(other) <= level(line))
      const inside = tree.slice(at + 1, end < 0 ? undefined : end)
      const rows = inside.filter((other) => /^TR/.test(other.trim())).length
      const headings = inside.filter((other) => /^TH/.test(other.trim())).length
      const cells = inside.filter((other) => /^TD/.test(other.trim())).length
      expect(headings).toBeGreaterThan(1)
      expect(cells).toBe(headings * (rows - 1))
    }
    const text = pdf.toString('latin1')
    for (const words of ['/Lang (ru-RU)', '/DisplayDocTitle true', '/PrintScaling/None', '/Marked true']) expect(text).toContain(words)
    expect(infoOf(pdf)['Title']).toContain(content.number)
  })
})

test('a bill is read in the order people read it', async () => {
  const text = textOf(await drawPaymentDocument(utilityDocument, marks))
  const order = ['Платёжный документ', 'Лицевой счёт', 'Иванов Пётр Сергеевич', 'К оплате', 'Исполнитель услуг', 'Реквизиты для оплаты', 'Состояние расчётов', 'Холодное водоснабжение', 'Итого начислено', 'Приборы учёта']
  const places = order.map((words) => text.indexOf(words))
  expect(places).not.toContain(-1)
  expect([...places].sort((a, b) => a - b)).toEqual(places)
})

test('whatever stands in a table, nothing leaves its column and nothing is lost', async () => {
  const word = fc.string({ unit: fc.constantFrom(...'абвгдЩЖёxyz—-№«»'), minLength: 1, maxLength: 60 })
  const cell = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(' '))
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, fc.integer({ min: -1e12, max: 1e12 })), { minLength: 1, maxLength: 8 }), async (rows) => {
      const pdf = openPdf({ title: 'Проба', madeAt: '2026-11-22T09:05:00Z' })
      const left = 20 * mm
      const columns = [
        { title: 'Название', width: 60 * mm, value: ([name]: [string, number]) => name },
        { title: 'Сумма', width: 22 * mm, align: 'right' as const, value: ([, sum]: [string, number]) => (sum / 100).toFixed(2).replace('.', ',') },
      ]
      pdf.addPage()
      drawAll(tableBlocks(pdf, { x: left, columns, rows, size: 8 }))
      const words = wordsOf(await pdf.done())
      const edge = left + 60 * mm
      for (const { left: from, right: to } of words) {
        expect(from).toBeGreaterThanOrEqual(left - 0.1)
        expect(to).toBeLessThanOrEqual(left + 82 * mm + 0.1)
        // No word crosses the line between the columns.
        expect(from < edge - 0.1 && to > edge + 0.1).toBe(false)
      }
    }),
    { numRuns: 8 },
  )
})

function drawAll(blocks: ReturnType<typeof tableBlocks>): void {
  let y = 20 * mm
  for (const block of blocks) {
    block.draw(y)
    y += block.height
  }
}

describe('many documents in one file', () => {
  const draw = async (documents: number[], failed?: (document: number, error: unknown) => void) => {
    const chunks: Uint8Array[] = []
    const drawn: { document: number; first: number; count: number }[] = []
    const result = await drawDocuments(
      { title: 'Квитанции', madeAt: '2026-11-22T09:05:00Z' },
      documents,
      (pdf, document) => {
        addPaymentDocument(pdf, { ...utilityDocument, number: `Н-${document}` }, marks)
        if (document < 0) throw new Error('not to be drawn')
      },
      { sink: (bytes) => void chunks.push(bytes), drawn: (document, { first, count }) => drawn.push({ document, first, count }), ...(failed ? { failed } : {}) },
    )
    return { result, drawn, pdf: Buffer.concat(chunks) }
  }

  test('each document is told with its pages, and the file holds them in that order', async () => {
    const { result, drawn, pdf } = await draw([1, 2, 3])
    expect(drawn).toEqual([{ document: 1, first: 1, count: 2 }, { document: 2, first: 3, count: 2 }, { document: 3, first: 5, count: 2 }])
    expect(result).toMatchObject({ documents: 3, pages: 6, bytes: pdf.length })
    expect(infoOf(pdf)).toMatchObject({ Pages: '6', Tagged: 'yes' })
    const text = textOf(pdf)
    expect([1, 2, 3].map((document) => text.indexOf(`№ Н-${document}`) >= 0)).toEqual([true, true, true])
    expect(structureOf(pdf).filter((line) => line === '  Sect')).toHaveLength(3)
  })

  test('a document that fails leaves nothing behind, the others are whole', async () => {
    const failures: number[] = []
    const { result, pdf } = await draw([1, -2, 3], (document) => failures.push(document))
    expect([failures, result.documents, result.pages]).toEqual([[-2], 2, 4])
    expect(textOf(pdf)).not.toContain('Н--2')
    await expect(draw([1, -2])).rejects.toThrow('not to be drawn')
  })

  test('the same documents are the same bytes, whatever was drawn before', async () => {
    const first = await draw([1, 2])
    await draw([7, 8, 9])
    const again = await draw([1, 2])
    expect(again.pdf.equals(first.pdf)).toBe(true)
    expect(again.result.sha256).toBe(first.result.sha256)
  })
})
