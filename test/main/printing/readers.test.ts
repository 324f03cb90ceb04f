// A second reader of PDF beside poppler: pdf.js, which shares nothing with the program that wrote the file, and is what the preview shows pages with.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { getDocument, VerbosityLevel, type PDFPageProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { addPaymentDocument, drawPaymentDocument } from '../../../src/main/printing/documents/payment-document'
import { drawDocuments } from '../../../src/main/printing/draw-documents'
import { internetDocument, utilityDocument } from './documents/examples'

const marks = { duplicate: null, printedAt: '2026-11-22T14:05:00+05:00', operator: 'Смирнова О. А.', timeZone: 'Asia/Yekaterinburg' }

/** What pdf.js says aloud: its warnings go to the console. */
const said: unknown[] = []
beforeEach(() => {
  said.length = 0
  for (const way of ['log', 'warn', 'error'] as const) vi.spyOn(console, way).mockImplementation((...words) => void said.push(words.join(' ')))
})
afterEach(() => vi.restoreAllMocks())

const opened = (pdf: Uint8Array) => getDocument({ data: Uint8Array.from(pdf), verbosity: VerbosityLevel.WARNINGS, stopAtErrors: true }).promise

interface Node {
  role?: string
  type?: string
  id?: string
  alt?: string
  children?: Node[]
}

/** The texts of a page in the order of its tag tree, with the roles above each; artifacts have no place in it. */
async function readAloud(page: PDFPageProxy): Promise<{ roles: string[]; text: string }[]> {
  const { items } = await page.getTextContent({ includeMarkedContent: true })
  const texts = new Map<string, string>()
  const open: (string | null)[] = []
  for (const item of items) {
    if ('str' in item) {
      const id = open.findLast((one) => one !== null)
      if (id) texts.set(id, (texts.get(id) ?? '') + item.str)
    } else if (item.type === 'endMarkedContent') open.pop()
    else open.push('id' in item && typeof item.id === 'string' ? item.id : null)
  }
  const read: { roles: string[]; text: string }[] = []
  const walk = (node: Node, roles: string[]) => {
    if (node.type === 'content') read.push({ roles, text: (texts.get(node.id ?? '') ?? '').replaceAll('\u00a0', ' ') })
    const above = node.role ? [...roles, node.role] : roles
    if (node.alt) read.push({ roles: above, text: node.alt })
    for (const kid of node.children ?? []) walk(kid, above)
  }
  walk((await page.getStructTree()) as Node, [])
  return read
}

const order = ['Платёжный документ', 'Лицевой счёт', 'К оплате', 'Исполнитель услуг', 'Реквизиты для оплаты', 'Холодное водоснабжение', 'Итого начислено']

describe.each([['a bill of a house', utilityDocument, order], ['a bill of a connection', internetDocument, ['Счёт за услуги связи', 'Договор', 'К оплате']]])('%s', (_, content, words) => {
  test('is opened by a second reader without a warning, and each of its pages can be shown', async () => {
    const document = await opened(await drawPaymentDocument(content, marks))
    expect((await document.getMetadata()).info).toMatchObject({ PDFFormatVersion: '1.7', Language: 'ru-RU', Title: expect.stringContaining(content.number) })
    expect(await document.getMarkInfo()).toMatchObject({ Marked: true })
    for (let number = 1; number <= document.numPages; number++) {
      const { fnArray } = await (await document.getPage(number)).getOperatorList()
      expect(fnArray.length).toBeGreaterThan(50)
    }
    expect(said).toEqual([])
    await document.destroy()
  })

  test('is read in order by its tags: headings, payer, sum, table by rows; nothing in a tag is without words', async () => {
    const document = await opened(await drawPaymentDocument(content, marks))
    const read: { roles: string[]; text: string }[] = []
    for (let number = 1; number <= document.numPages; number++) read.push(...(await readAloud(await document.getPage(number))))
    const places = words.map((word) => read.findIndex(({ text }) => text.startsWith(word)))
    expect(places).not.toContain(-1)
    expect([...places].sort((a, b) => a - b)).toEqual(places)
    expect(read.filter(({ roles, text }) => text === '' && roles.at(-1) !== 'Figure' && roles.at(-1) !== 'TD')).toEqual([])
    expect(read.filter(({ roles }) => roles.at(-1) === 'TD').every(({ roles }) => roles.at(-2) === 'TR' && roles.at(-3) === 'Table')).toBe(true)
    expect(read.find(({ roles }) => roles.at(-1) === 'H1')).toBeDefined()
    expect(said).toEqual([])
    await document.destroy()
  })
})

test('a batch of more pages than a node of its page tree holds is opened without a warning, each bill where it was told to be', async () => {
  const chunks: Uint8Array[] = []
  const firsts: [number, number][] = []
  const bills = Array.from({ length: 70 }, (_, index) => index + 1)
  await drawDocuments({ title: 'Квитанции', madeAt: '2026-11-22T09:05:00Z' }, bills, (pdf, bill) => addPaymentDocument(pdf, { ...utilityDocument, number: `Н-${bill}.` }, marks), {
    sink: (bytes) => void chunks.push(bytes),
    drawn: (bill, { first }) => firsts.push([bill, first]),
  })
  const document = await opened(Buffer.concat(chunks))
  expect(document.numPages).toBeGreaterThan(64)
  for (const [bill, first] of [firsts[0]!, firsts[34]!, firsts[69]!]) {
    const read = await readAloud(await document.getPage(first))
    expect(read.map(({ text }) => text).join(' ')).toContain(`№ Н-${bill}.`)
    expect(read.filter(({ roles }) => roles.includes('TD')).length).toBeGreaterThan(10)
  }
  expect(said).toEqual([])
  await document.destroy()
})
