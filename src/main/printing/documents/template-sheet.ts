import { formatDate, formatDateLong, periodName } from '@shared/domain/dates'
import { formatDecimal, formatReading } from '@shared/domain/decimal'
import { formatMoney, type Kopecks } from '@shared/domain/money'
import { fillSheetLine, readSheetText, type SheetLine, type SheetPiece, type SheetValues } from '@shared/domain/sheet-template'
import type { RequestDetails, RequestKind } from '@shared/contract/requests'
import { amountInWords } from '../amount-in-words'
import { gap, paginate, paragraph, type Block } from '../flow'
import { lineHeight, openPdf, type Pdf, type TextStyle } from '../pdf'
import { tableBlocks } from '../table'
import { receiptSentences } from './application'
import { formBody, formPage, formSmall, officeMark, signatureBlock } from './form-parts'

/** What `sheet_facts` answers (0032-sheet-templates.sql). */
export interface SheetFacts {
  /** ISO instant. */
  printedAt: string
  today: string
  operatorName: string
  office: { name: string; address: string; phone: string }
  subscriber: { name: string; kind: 'person' | 'organisation' | 'entrepreneur' }
  representative: string | null
  account: {
    number: string
    contract: string | null
    contractDate: string | null
    tariff: string | null
    areaM2: string | null
    residents: number | null
    address: string
    provider: string
    providerInn: string
    providerAddress: string | null
    providerPhone: string | null
    /** The last closed period and what is owed after it; null before the first. */
    period: string | null
    closing: Kopecks | null
    balances: { name: string; closing: Kopecks }[]
    meters: { name: string; serial: string; decimals: number; verifiedUntil: string | null; values: number[] | null; takenOn: string | null }[]
  } | null
}

/** The request whose application the form is. */
export interface RequestOfSheet {
  number: string
  kind: RequestKind
  text: string
  details: RequestDetails
  createdAt: string
  dueOn: string
}

export interface TemplateSheet {
  title: string
  text: string
  facts: SheetFacts
  /** In the order of the questions of the text; an empty one is left to handwriting. */
  answers?: string[]
  request?: RequestOfSheet | null
}

const { left, top, width, right, bottom } = formPage
const titleStyle: TextStyle = { font: 'bold', size: 16 }
const headingStyle: TextStyle = { font: 'bold', size: 13 }
const boxSide = 10

/** A form filled from the record. The title of the file names no person; the same facts always give the same bytes. `timeZone` is the office's. */
export async function drawTemplateSheet({ title, text, facts, answers = [], request = null }: TemplateSheet, { timeZone }: { timeZone?: string } = {}): Promise<Buffer> {
  const pdf = openPdf({ title, madeAt: facts.printedAt })
  const { lines, questions } = readSheetText(text)
  const said = new Map(questions.map((question, index) => [question, answers[index] ?? '']))
  const values = valuesOf(facts, request)
  const blocks = lines.flatMap((line) => blocksOf(pdf, line, (words) => fillSheetLine(words, values, said), facts, request, timeZone))
  const pages = paginate(blocks, () => ({ top, bottom: bottom - 16 }))
  for (const [index, placed] of pages.entries()) {
    pdf.addPage()
    for (const { top: at, draw } of placed) draw(at)
    if (pages.length > 1) pdf.artifact(() => pdf.lines([`${title}, лист ${index + 1} из ${pages.length}`], left, bottom - 12, formSmall, { to: 'right', width }))
  }
  return pdf.done()
}

function blocksOf(pdf: Pdf, line: SheetLine, fill: (words: string) => string, facts: SheetFacts, request: RequestOfSheet | null, timeZone: string | undefined): Block[] {
  switch (line.kind) {
    case 'gap':
      return [gap(12)]
    case 'rule':
      return [{ height: 9, draw: (at) => pdf.rule(left, at + 4, right, 0.7) }]
    case 'blank':
      return [{ height: 22, draw: (at) => pdf.rule(left, at + 18, right, 0.5) }]
    case 'title':
      return headed(pdf, 'H1', fill(line.text), titleStyle, 'center')
    case 'heading':
      return [gap(4), ...headed(pdf, 'H2', fill(line.text), headingStyle)]
    case 'addressee': {
      const x = left + width * 0.45
      return [...paragraph(pdf, fill(line.text), x, right - x, formBody), gap(2)]
    }
    case 'item':
      return [...marked(pdf, fill(line.text), (at) => pdf.disc(left + 5, at + lineHeight(formBody) * 0.55, 1.6), 14), gap(2)]
    case 'box':
      return [...marked(pdf, fill(line.text), (at) => pdf.frame(left, at + 2, boxSide, boxSide, 0.8), 18), gap(4)]
    case 'paragraph':
      // «… 2026 г.» ends the sentence by itself.
      return [...paragraph(pdf, fill(line.text).replaceAll('г..', 'г.'), left, width, formBody), gap(4)]
    case 'piece':
      return piece(pdf, line.piece, facts, request, timeZone)
  }
}

function headed(pdf: Pdf, tag: 'H1' | 'H2', words: string, style: TextStyle, to?: 'center'): Block[] {
  const lines = pdf.wrap(words, style, width)
  return [{ height: lines.length * lineHeight(style) + 4, keepWithNext: true, draw: (at) => pdf.tag(tag, () => pdf.lines(lines, left, at, style, to && { to, width })) }]
}

/** A paragraph behind its mark. */
function marked(pdf: Pdf, words: string, mark: (top: number) => void, indent: number): Block[] {
  return paragraph(pdf, words, left + indent, width - indent, formBody).map((block, index) => ({
    ...block,
    draw(at) {
      if (index === 0) mark(at)
      block.draw(at)
    },
  }))
}

function piece(pdf: Pdf, name: SheetPiece, facts: SheetFacts, request: RequestOfSheet | null, timeZone: string | undefined): Block[] {
  const { account, subscriber, representative, operatorName, office, today } = facts
  switch (name) {
    case 'signature':
      return [gap(14), signatureBlock(pdf, representative ?? subscriber.name, subscriber.kind === 'organisation')]
    case 'receipt':
      return [
        gap(18),
        officeMark(
          pdf,
          request
            ? receiptSentences({ ...request, operatorName, office }, timeZone)
            : [`Выдано: ${formatDateLong(today)}, сотрудник: ${operatorName} ____________________`, [office.name, office.address, office.phone && `тел. ${office.phone}`].filter(Boolean).join(', ')],
        ),
      ]
    case 'meters':
      if (!account?.meters.length) return paragraph(pdf, 'Приборов учёта нет.', left, width, formBody)
      return tableBlocks(pdf, {
        x: left,
        size: 10,
        rows: account.meters,
        columns: [
          { title: 'Услуга', width: width * 0.26, value: (meter) => meter.name },
          { title: 'Заводской номер', width: width * 0.2, value: (meter) => meter.serial },
          { title: 'Последнее показание', width: width * 0.24, align: 'right', value: (meter) => meter.values?.map((value) => formatReading(value, meter.decimals)).join(' / ') ?? '—' },
          { title: 'Дата', width: width * 0.15, align: 'right', value: (meter) => (meter.takenOn ? formatDate(meter.takenOn) : '—') },
          { title: 'Поверен до', width: width * 0.15, align: 'right', value: (meter) => (meter.verifiedUntil ? formatDate(meter.verifiedUntil) : '—') },
        ],
      })
    case 'balances':
      if (!account?.balances.length) return paragraph(pdf, 'Начислений нет.', left, width, formBody)
      return tableBlocks(pdf, {
        x: left,
        size: 10,
        rows: account.balances,
        columns: [
          { title: 'Услуга', width: width * 0.65, value: ({ name: service }) => service },
          { title: 'Долг (переплата со знаком минус)', width: width * 0.35, align: 'right', value: ({ closing }) => formatMoney(closing) },
        ],
        total: ['Итого', formatMoney(account.balances.reduce((sum, { closing }) => sum + closing, 0))],
      })
  }
}

function valuesOf({ account, today, operatorName, office, subscriber, representative }: SheetFacts, request: RequestOfSheet | null): SheetValues {
  const long = (date: string | null | undefined) => (date ? formatDateLong(date) : null)
  const { from, until, tariff, amount } = request?.details ?? {}
  const owed = account?.closing ?? null
  return {
    subscriber: subscriber.name,
    representative,
    address: account?.address ?? null,
    account: account?.number ?? null,
    contract: account?.contract ?? null,
    contractDate: long(account?.contractDate),
    tariff: account?.tariff ?? null,
    area: account?.areaM2 ? `${formatDecimal(account.areaM2)}\u00a0м²` : null,
    residents: account?.residents == null ? null : String(account.residents),
    provider: account?.provider ?? null,
    providerInn: account?.providerInn ?? null,
    providerAddress: account?.providerAddress ?? null,
    providerPhone: account?.providerPhone ?? null,
    debt: owed === null ? null : formatMoney(Math.max(0, owed)),
    debtWords: owed === null ? null : amountInWords(Math.max(0, owed)),
    overpaid: owed === null ? null : formatMoney(Math.max(0, -owed)),
    debtPeriod: account?.period ? periodName(account.period) : null,
    office: office.name,
    officeAddress: office.address,
    officePhone: office.phone,
    operator: operatorName,
    today: formatDateLong(today),
    request: request?.number ?? null,
    requestText: request?.text ?? null,
    dueOn: long(request?.dueOn),
    from: long(from),
    until: long(until),
    newTariff: tariff ?? null,
    amount: amount === undefined ? null : formatMoney(amount),
  }
}

/** Facts an editor and the specimens show a form with. */
export const sampleSheet: { facts: SheetFacts; request: RequestOfSheet } = {
  facts: {
    printedAt: '2026-11-22T09:06:00+05:00',
    today: '2026-11-22',
    operatorName: 'Ветрова Анна Павловна',
    office: { name: 'Центральный офис обслуживания', address: 'г. Энск, пр. Мира, д. 5', phone: '8-800-000-00-00' },
    subscriber: { name: 'Иванов Пётр Сергеевич', kind: 'person' },
    representative: null,
    account: {
      number: '100200300', contract: '12345678', contractDate: '2020-03-01', tariff: 'Домашний 300', areaM2: '54.3', residents: 3, address: 'г. Энск, ул. Ленина, д. 10, кв. 15',
      provider: 'ООО «Тепловые сети Энска»', providerInn: '7400000015', providerAddress: 'г. Энск, ул. Заводская, д. 1', providerPhone: '8-800-000-00-00',
      period: '2026-10', closing: 435_267, balances: [{ name: 'Отопление', closing: 310_000 }, { name: 'Холодная вода', closing: 125_267 }],
      meters: [
        { name: 'Холодная вода', serial: '18-045612', decimals: 0, verifiedUntil: '2029-05-14', values: [245_000], takenOn: '2026-10-23' },
        { name: 'Электроэнергия', serial: '009876543', decimals: 0, verifiedUntil: null, values: [15_234_000, 7_102_000], takenOn: '2026-10-24' },
      ],
    },
  },
  request: { number: 'З-2026-000123', kind: 'recalculation', text: 'Прошу пересчитать плату за отопление за октябрь.', details: { from: '2026-12-01', until: '2027-01-31', tariff: 'Домашний 500', amount: 150_000 }, createdAt: '2026-11-22T09:05:00+05:00', dueOn: '2026-12-22' },
}
