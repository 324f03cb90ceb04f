import { formatDate, periodName } from '@shared/domain/dates'
import { formatAmount, formatMoney } from '@shared/domain/money'
import { paymentDocumentPayer, paymentDocumentProvider, type PaymentDocumentPayer, type PaymentDocumentProvider } from '@shared/domain/payment-document'
import { penaltyOf, type PenaltyFacts, type PenaltyLine } from '@shared/domain/penalty-account'
import { shortNameOf } from '@shared/domain/person-name'
import { settlementOf, statementDays, type Settlement, type SettlementFacts, type SettlementLine, type SettlementRow } from '@shared/domain/settlements'
import { gap, heightOf, paginate, paragraph, type Block } from '../flow'
import { a4, lineHeight, openPdf, type Pdf, type TextStyle } from '../pdf'
import { tableBlocks, type Column } from '../table'
import { localTime } from '../text'
import { header, payerBlocks } from './bill/head'
import { columnTitle, dash, factBlocks, left, margin, nameColumn, right, section, sheetOf, stack, width, type Sheet } from './bill/sheet'
import type { PrintMarks } from './payment-document'

/** Facts of a statement of settlements (выписка) for whole months; rows before `from` are there only for the reckoning of пени. */
export interface StatementContent extends SettlementFacts, Omit<PenaltyFacts, 'rows' | 'payments' | 'provider'> {
  madeOn: string
  /** With the reckoning of пени. */
  withPenalty: boolean
  provider: PaymentDocumentProvider
  payer: PaymentDocumentPayer
}

/** Draws a statement: what was owed, charged and paid from month to month, with a running balance that ends in billing's. */
export async function drawStatement(stored: StatementContent, marks: Omit<PrintMarks, 'duplicate'>): Promise<Buffer> {
  const content = { ...stored, provider: paymentDocumentProvider.parse(stored.provider), payer: paymentDocumentPayer.parse(stored.payer) }
  const pdf = openPdf({ title: `Выписка о расчётах за ${content.from} – ${content.to}`, madeAt: marks.printedAt })
  addStatement(pdf, content, marks)
  return pdf.done()
}

function addStatement(pdf: Pdf, content: StatementContent, marks: Omit<PrintMarks, 'duplicate'>): void {
  const sheet = sheetOf(pdf, { small: 0.92, normal: 1, large: 1.14 }[content.provider.layout.textSize])
  const printed = localTime(marks.printedAt, marks.timeZone)
  const small: TextStyle = { font: 'regular', size: 9 }
  const title = `Выписка о расчётах, ${accountLine(content)}`
  const footer = pdf.wrap(`Напечатано ${formatDate(printed.date)} в ${printed.time}, оператор: ${shortNameOf(marks.operator)}`, small, width - 70)
  const footerTop = a4.height - margin - footer.length * lineHeight(small)
  const pages = paginate(blocksOf(sheet, content), (page) => ({ top: margin + (page === 0 ? 0 : 22), bottom: footerTop - 6 }))
  pdf.begin('Sect')
  for (const [index, placed] of pages.entries()) {
    pdf.addPage()
    for (const { top, draw } of placed) draw(top)
    pdf.artifact(() => {
      if (index > 0) {
        pdf.lines([title], left, margin, small)
        pdf.rule(left, margin + 14, right, 0.7)
      }
      pdf.rule(left, footerTop - 3, right, 0.4)
      pdf.lines(footer, left, footerTop, small)
      pdf.lines([`Лист ${index + 1} из ${pages.length}`], left, footerTop, small, { to: 'right', width })
    })
  }
  pdf.end()
}

const accountLine = ({ provider, payer }: StatementContent) => (provider.kind === 'internet' ? `договор ${payer.contract ?? payer.account}` : `лицевой счёт ${payer.account}`)
const inAdvance = ({ provider }: StatementContent) => (provider.kind === 'internet' ? 'На счёте' : 'Переплата')
/** A balance as people say it: a debt as it is, an advance with its name. */
const balanceText = (content: StatementContent, balance: number) => (balance < 0 ? `${inAdvance(content)} ${formatMoney(-balance)}` : balance === 0 ? 'Долга нет' : `Долг ${formatMoney(balance)}`)

function blocksOf(sheet: Sheet, content: StatementContent): Block[] {
  const settled = settlementOf({ ...content, rows: content.rows.filter(({ period }) => period >= content.from), payments: content.payments.filter(({ paidOn }) => paidOn >= `${content.from}-01`) })
  const days = statementDays(content, content.madeOn)
  return [
    header(sheet, { title: 'Выписка о расчётах', about: [`с ${formatDate(days.from)} по ${formatDate(days.to)}`], mark: null }, content.provider),
    gap(8),
    heads(sheet, content, settled, days),
    ...(settled.lines.length === 0 ? [gap(8), ...paragraph(sheet.pdf, 'Начислений и платежей за эти месяцы нет.', left, width, sheet.text)] : movements(sheet, settled)),
    ...byService(sheet, settled),
    ...penalties(sheet, content),
    gap(8),
    ...paragraph(sheet.pdf, notesOf(content, settled), left, width, sheet.text),
  ]
}

/** Side by side: whose account it is, and the sums of the whole period. */
function heads(sheet: Sheet, content: StatementContent, settled: Settlement, days: { from: string; to: string }): Block {
  const half = (width - 16) / 2
  const who = payerBlocks(sheet, content.provider, content.payer, left, half)
  const x = left + half + 16
  const sums = [
    columnTitle(sheet, 'Итоги', x, half),
    ...factBlocks(
      sheet,
      [
        [`На ${formatDate(days.from)}`, balanceText(content, settled.opening)],
        ['Начислено', formatMoney(settled.accrued)],
        ['Оплачено', formatMoney(settled.paid)],
        ['Разница с биллингом', settled.difference === 0 ? null : formatMoney(settled.difference)],
        [`На ${formatDate(days.to)}`, balanceText(content, settled.closing)],
        ['Получатель', content.provider.legalName],
      ],
      x, half, 110 * sheet.scale,
    ),
  ]
  return {
    height: Math.max(heightOf(who), heightOf(sums)),
    draw(top) {
      stack(who, top)
      stack(sums, top)
    },
  }
}

/** Every charge and payment in the order of days, with the balance after it. */
function movements(sheet: Sheet, { opening, lines, closing, accrued, paid }: Settlement): Block[] {
  const what = (line: SettlementLine) => {
    if (line.kind === 'charge') return `Начислено за ${periodName(line.period)}`
    if (line.kind === 'difference') return `По данным поставщика за ${periodName(line.period)} учтено иначе`
    return line.amount < 0 ? ['Возврат платежа', line.channel].filter(Boolean).join(', ') : ['Платёж', line.channel].filter(Boolean).join(', ')
  }
  interface Row { name: string; on: string; charged: string; paid: string; balance: number }
  const rows: Row[] = [
    { name: 'Остаток на начало', on: '', charged: '', paid: '', balance: opening },
    ...lines.map((line) => ({
      name: what(line),
      on: formatDate(line.on),
      charged: line.kind === 'payment' ? '' : formatAmount(line.amount),
      paid: line.kind === 'payment' ? formatAmount(line.amount) : '',
      balance: line.balance,
    })),
  ]
  const columns: Column<Row>[] = [
    { title: 'Дата', width: 60, value: ({ on }) => on },
    { title: 'Что', width: width - 330, value: ({ name }) => name },
    { title: 'Начислено,\u00a0₽', width: 90, align: 'right', value: ({ charged }) => charged },
    { title: 'Оплачено,\u00a0₽', width: 90, align: 'right', value: (row) => row.paid },
    { title: 'Остаток,\u00a0₽', width: 90, align: 'right', value: ({ balance }) => formatAmount(balance) },
  ]
  return [
    ...section(sheet, 'Движение (остаток со знаком минус — переплата)'),
    ...tableBlocks(sheet.pdf, { x: left, columns, rows, total: ['', 'Итого', formatAmount(accrued), formatAmount(paid), formatAmount(closing)], size: sheet.tableSize }),
  ]
}

/** The same months by service, as billing settled them. */
function byService(sheet: Sheet, { lines }: Settlement): Block[] {
  const rows = lines.flatMap((line) => (line.kind === 'charge' ? line.rows : []))
  if (rows.length === 0) return []
  const amount = (title: string, value: (row: SettlementRow) => number): Column<SettlementRow> => ({ title, width: 57, align: 'right', value: (row) => formatAmount(value(row)) })
  const others: Column<SettlementRow>[] = [
    amount('Долг на начало,\u00a0₽', (row) => row.opening),
    amount('Начислено,\u00a0₽', (row) => row.accrued),
    amount('Перерасчёт,\u00a0₽', (row) => row.recalculated),
    amount('Льготы,\u00a0₽', (row) => -row.benefit),
    amount('Пени,\u00a0₽', (row) => row.penalty),
    amount('Оплачено,\u00a0₽', (row) => row.paid),
    amount('Долг на конец,\u00a0₽', (row) => row.closing),
  ]
  const month: Column<SettlementRow> = { title: 'Период', width: 44, value: (row) => `${row.period.slice(5)}.${row.period.slice(0, 4)}` }
  const name = nameColumn([month, ...others])
  return [...section(sheet, 'По месяцам и услугам'), ...tableBlocks(sheet.pdf, { x: left, columns: [month, name, ...others], rows, size: Math.min(sheet.tableSize, 7.5) })]
}

/** How пени of the last month come about, beside the provider's figure. */
function penalties(sheet: Sheet, content: StatementContent): Block[] {
  if (!content.withPenalty) return []
  const asked = content.rows.reduce<string | null>((last, { period, penalty }) => (period >= content.from && penalty !== 0 && (last === null || period > last) ? period : last), null)
  if (asked === null) return [gap(8), ...paragraph(sheet.pdf, 'Пени за эти месяцы не начислены.', left, width, sheet.text)]
  const { billed, reckoned, rateBasisPoints, lines } = penaltyOf(content, asked)
  if (reckoned === null || rateBasisPoints === null) return []
  const columns: Column<PenaltyLine>[] = [
    { title: 'Долг за', width: width - 330, value: ({ period, capitalRepair }) => `${period === null ? 'прежние месяцы' : periodName(period)}${capitalRepair ? ', капитальный ремонт' : ''}` },
    { title: 'Долг,\u00a0₽', width: 90, align: 'right', value: ({ debt }) => formatAmount(debt) },
    { title: 'Срок оплаты', width: 70, align: 'right', value: ({ deadline }) => formatDate(deadline) },
    { title: 'дней по 1/300', width: 50, align: 'right', value: ({ daysAt300 }) => (daysAt300 ? String(daysAt300) : dash) },
    { title: 'дней по 1/130', width: 50, align: 'right', value: ({ daysAt130 }) => (daysAt130 ? String(daysAt130) : dash) },
    { title: 'Пени,\u00a0₽', width: 70, align: 'right', value: ({ amount }) => formatAmount(amount) },
  ]
  const rate = String(rateBasisPoints / 100).replace('.', ',')
  return [
    ...section(sheet, `Расчёт пени за ${periodName(asked)}`),
    ...paragraph(
      sheet.pdf,
      `Жилищный кодекс, статья 155, часть 14: с 31-го дня просрочки 1/300, с 91-го дня 1/130 ставки ${rate}\u00a0% за каждый день. Расчёт справочный: действует сумма поставщика, ${formatMoney(billed)}.`,
      left, width, sheet.text,
    ),
    gap(3),
    ...tableBlocks(sheet.pdf, { x: left, columns, rows: lines, total: ['Итого по расчёту', '', '', '', '', formatAmount(reckoned)], size: sheet.tableSize }),
  ]
}

function notesOf({ chargedThrough, to, provider }: StatementContent, { difference }: Settlement): string {
  return [
    chargedThrough !== null && chargedThrough < to ? `Начисления известны по ${periodName(chargedThrough)} включительно, платежи — по день выписки.` : null,
    difference === 0 ? null : 'Строка «учтено иначе» — разница между платежами и остатком, который передал поставщик: действует остаток поставщика.',
    provider.phone ? `Вопросы по начислениям: ${provider.phone}.` : null,
  ]
    .filter((part) => part !== null)
    .join(' ')
}
