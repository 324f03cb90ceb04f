import { formatDate, formatDateLong, periodName } from '@shared/domain/dates'
import { formatReading } from '@shared/domain/decimal'
import { formatAmount, formatMoney } from '@shared/domain/money'
import { paymentDocumentPayer, paymentDocumentProvider, type PaymentDocumentPayer, type PaymentDocumentProvider } from '@shared/domain/payment-document'
import { shortNameOf } from '@shared/domain/person-name'
import { gap, paginate, paragraph, type Block } from '../flow'
import { paymentCode } from '../payment-qr'
import { a4, lineHeight, openPdf, type Pdf, type TextStyle } from '../pdf'
import { tableBlocks, type Column } from '../table'
import { localTime } from '../text'
import { header, payerAndAmount, providerAndRequisites } from './bill/head'
import { left, margin, nameColumn, right, section, sheetOf, width, type Sheet } from './bill/sheet'
import type { PrintMarks } from './payment-document'

interface Reading {
  name: string
  serial: string
  decimals: number
  /** Thousandths of the unit, one per zone. */
  values: number[]
  takenOn: string
}

/** What an invoice (счёт на оплату) says: the debt of this day or another sum the visitor wants to pay. Money in kopecks. */
export interface InvoiceContent {
  /** Null in a preview: the number is given when the sheet is. */
  number: string | null
  madeOn: string
  provider: PaymentDocumentProvider
  payer: PaymentDocumentPayer
  purpose: 'debt' | 'sum'
  amount: number
  /** Last period billing has charged; null: none yet. */
  period: string | null
  closing: number
  paidSince: number
  parts: { name: string; amount: number }[]
  readings: Reading[]
}

/** Draws an invoice: who, whom, how much, for what, the code for the bank's app. The same content and marks give the same bytes. */
export async function drawInvoice(stored: InvoiceContent, marks: Omit<PrintMarks, 'duplicate'>): Promise<Buffer> {
  const content = { ...stored, provider: paymentDocumentProvider.parse(stored.provider), payer: paymentDocumentPayer.parse(stored.payer) }
  const pdf = openPdf({ title: content.number === null ? 'Счёт' : `Счёт № ${content.number}`, madeAt: marks.printedAt })
  addInvoice(pdf, content, marks)
  return pdf.done()
}

function addInvoice(pdf: Pdf, content: InvoiceContent, marks: Omit<PrintMarks, 'duplicate'>): void {
  const sheet = sheetOf(pdf, { small: 0.92, normal: 1, large: 1.14 }[content.provider.layout.textSize])
  const printed = localTime(marks.printedAt, marks.timeZone)
  const small: TextStyle = { font: 'regular', size: 9 }
  const footer = pdf.wrap(`Напечатано ${formatDate(printed.date)} в ${printed.time}, оператор: ${shortNameOf(marks.operator)}`, small, width - 70)
  const footerTop = a4.height - margin - footer.length * lineHeight(small)
  const pages = paginate(blocksOf(sheet, content), () => ({ top: margin, bottom: footerTop - 6 }))
  pdf.begin('Sect')
  for (const [index, placed] of pages.entries()) {
    pdf.addPage()
    for (const { top, draw } of placed) draw(top)
    pdf.artifact(() => {
      pdf.rule(left, footerTop - 3, right, 0.4)
      pdf.lines(footer, left, footerTop, small)
      pdf.lines([`Лист ${index + 1} из ${pages.length}`], left, footerTop, small, { to: 'right', width })
    })
  }
  pdf.end()
}

/** What the payment is for, as the bank writes it into the payment order. */
export function invoicePurpose({ provider, payer, purpose, madeOn }: Pick<InvoiceContent, 'provider' | 'payer' | 'purpose' | 'madeOn'>): string {
  if (provider.kind === 'internet') return `Оплата услуг связи по договору ${payer.contract ?? payer.account}`
  return purpose === 'debt' ? `Оплата задолженности за ЖКУ на ${formatDate(madeOn)}, л/с ${payer.account}` : `Оплата ЖКУ, л/с ${payer.account}`
}

function blocksOf(sheet: Sheet, content: InvoiceContent): Block[] {
  const { provider, payer, amount, number, madeOn, readings } = content
  const [only] = readings
  const counter = readings.length === 1 && only?.values.length === 1 ? { id: only.serial, value: formatReading(only.values[0] ?? 0, only.decimals).replace(',', '.') } : null
  const code = paymentCode({ provider, payer, sum: amount, purpose: invoicePurpose(content), period: content.purpose === 'debt' ? content.period : null, counter })
  return [
    header(sheet, { title: 'Счёт на оплату', about: [number === null ? `от ${formatDateLong(madeOn)}` : `№ ${number} от ${formatDateLong(madeOn)}`], mark: null }, provider),
    gap(8),
    payerAndAmount(sheet, {
      provider, payer,
      amount: { title: 'К оплате', sum: amount, inWords: true, notes: provider.vatNote ? [provider.vatNote] : [], lead: null, code },
    }),
    gap(8),
    providerAndRequisites(sheet, provider, invoicePurpose(content)),
    ...wherefrom(sheet, content),
    ...parts(sheet, content),
    ...taken(sheet, content),
    ...note(sheet),
  ]
}

/** Where the debt comes from, in a sentence that adds up; nothing of it for a sum the visitor named. */
function wherefrom(sheet: Sheet, { purpose, period, closing, paidSince, amount }: InvoiceContent): Block[] {
  if (purpose === 'sum' || period === null) return []
  const balance = `${closing < 0 ? 'Переплата' : 'Долг'} по счёту за ${periodName(period)}: ${formatMoney(Math.abs(closing))}.`
  const since = paidSince === 0 ? 'После этого оплат не поступало.' : `После этого оплачено ${formatMoney(paidSince)}.`
  return [...section(sheet, 'Задолженность на сегодня'), ...paragraph(sheet.pdf, `${balance} ${since} Остаётся заплатить ${formatMoney(amount)}.`, left, width, sheet.text)]
}

function parts(sheet: Sheet, content: InvoiceContent): Block[] {
  if (content.parts.length === 0) return []
  const sum: Column<InvoiceContent['parts'][number]> = { title: 'Сумма,\u00a0₽', width: 90, align: 'right', value: (part) => formatAmount(part.amount) }
  return [
    ...section(sheet, 'В том числе'),
    ...tableBlocks(sheet.pdf, { x: left, columns: [nameColumn([sum]), sum], rows: content.parts, total: ['Итого', formatAmount(content.amount)], size: sheet.tableSize }),
  ]
}

function taken(sheet: Sheet, { readings }: InvoiceContent): Block[] {
  if (readings.length === 0) return []
  const rows = readings.flatMap((reading) => reading.values.map((value, zone) => ({ ...reading, value, zone })))
  const others: Column<(typeof rows)[number]>[] = [
    { title: 'Заводской номер', width: 110, value: ({ serial }) => serial },
    { title: 'Зона', width: 40, align: 'center', value: ({ values, zone }) => (values.length > 1 ? `Т${zone + 1}` : '—') },
    { title: 'Показание', width: 80, align: 'right', value: ({ value, decimals }) => formatReading(value, decimals) },
    { title: 'Дата', width: 60, align: 'right', value: ({ takenOn }) => formatDate(takenOn) },
  ]
  return [...section(sheet, 'Показания, принятые сегодня'), ...tableBlocks(sheet.pdf, { x: left, columns: [nameColumn(others, 'Прибор учёта'), ...others], rows, size: sheet.tableSize })]
}

function note(sheet: Sheet): Block[] {
  return [gap(8), ...paragraph(sheet.pdf, 'Счёт выписан по просьбе абонента. Платёжный документ за период приходит отдельно.', left, width, sheet.text)]
}
