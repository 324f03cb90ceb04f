import { firstDay, formatDate } from '@shared/domain/dates'
import { formatDecimal } from '@shared/domain/decimal'
import { formatAmount, type Kopecks } from '@shared/domain/money'
import type { PaymentDocumentContent, PaymentDocumentRow } from '@shared/domain/payment-document'
import { paragraph, type Block } from '../../flow'
import { tableBlocks, type Column } from '../../table'
import { dash, figure, left, nameColumn, price, section, width, type Sheet } from './sheet'

type Row = PaymentDocumentRow
type Content = PaymentDocumentContent

/** Accrued money of a row before benefits and penalties: own consumption and the common property of the house. */
const accruedOf = (row: Row): Kopecks => row.accrued + row.accruedCommon
const totalOf = (row: Row): Kopecks => accruedOf(row) + row.recalculated - row.benefit
const sum = (rows: readonly Row[], value: (row: Row) => Kopecks): Kopecks => rows.reduce((total, row) => total + value(row), 0)
const isInternet = ({ provider }: Content) => provider.kind === 'internet'

/** The path from the old balance to the sum due, in one line that adds up. */
export function settlement(sheet: Sheet, content: Content): Block[] {
  const { totals, rows, period } = content
  const inAdvance = isInternet(content) ? 'На счёте' : 'Переплата'
  const accrued = (rows.length ? sum(rows, accruedOf) : totals.accrued) - totals.courtCosts
  const deferred = totals.due !== totals.closing
  const figures: [string, string][] = [
    [`${totals.opening < 0 ? inAdvance : 'Долг'} на ${formatDate(firstDay(period))}`, formatAmount(Math.abs(totals.opening))],
    ['Начислено за период', formatAmount(accrued)],
    ['Перерасчёты', formatAmount(totals.recalculated)],
    [isInternet(content) ? 'Скидки' : 'Льготы', formatAmount(-totals.benefit)],
    ['Пени', formatAmount(totals.penalty)],
    ...(totals.courtCosts ? [['Штрафы, судебные расходы', formatAmount(totals.courtCosts)] as [string, string]] : []),
    [totals.lastPaidOn ? `Оплачено, последний платёж ${formatDate(totals.lastPaidOn)}` : 'Оплачено', formatAmount(totals.paid)],
    [totals.closing < 0 ? inAdvance : deferred ? 'Остаток долга' : 'К оплате', formatAmount(Math.abs(totals.closing))],
    ...(deferred ? [['К оплате с учётом рассрочки', formatAmount(totals.due)] as [string, string]] : []),
  ]
  const columns: Column<string[]>[] = figures.map(([title], index) => ({ title, width: width / figures.length, align: 'right', value: (cells) => cells[index] ?? '' }))
  return [
    ...section(sheet, 'Состояние расчётов,\u00a0₽'),
    ...tableBlocks(sheet.pdf, { x: left, columns, rows: [], total: figures.map(([, value]) => value), size: Math.max(7.5, 8.5 * sheet.scale) }),
  ]
}

/** Section 3 of 43/пр: the charge of each service, own consumption and the common property in columns of their own. */
export function charges(sheet: Sheet, content: Content): Block[] {
  const { rows } = content
  const internet = isInternet(content)
  const title = section(sheet, internet ? 'Начисления за период' : 'Расчёт размера платы за жилое помещение и коммунальные услуги')
  if (rows.length === 0) return [...title, ...paragraph(sheet.pdf, 'Начислений за этот период нет.', left, width, sheet.text)]
  const fixed: Column<Row>[] = internet
    ? [
        { title: 'Ед. изм.', width: 42, align: 'center', value: (row) => row.unit ?? dash },
        { title: 'Количество', width: 58, align: 'right', value: (row) => figure(row.volume) },
        { title: 'Цена,\u00a0₽', width: 62, align: 'right', value: (row) => price(row.tariff) },
        { title: 'Начислено,\u00a0₽', width: 62, align: 'right', value: (row) => formatAmount(accruedOf(row)) },
        { title: 'Перерасчёт,\u00a0₽', width: 60, align: 'right', value: (row) => formatAmount(row.recalculated) },
        { title: 'Скидка,\u00a0₽', width: 52, align: 'right', value: (row) => formatAmount(-row.benefit) },
        { title: 'Итого,\u00a0₽', width: 62, align: 'right', value: (row) => formatAmount(totalOf(row)) },
      ]
    : [
        { title: 'Ед. изм.', width: 34, align: 'center', value: (row) => row.unit ?? dash },
        { title: 'индивид.', group: 'Объём', width: 40, align: 'right', value: (row) => figure(row.volume) },
        { title: 'общедом.', group: 'Объём', width: 40, align: 'right', value: (row) => figure(row.volumeCommon) },
        { title: 'Тариф,\u00a0₽', width: 46, align: 'right', value: (row) => price(row.tariff) },
        { title: 'индивид.', group: 'Начислено, ₽', width: 54, align: 'right', value: (row) => formatAmount(row.accrued) },
        { title: 'общедом.', group: 'Начислено, ₽', width: 50, align: 'right', value: (row) => formatAmount(row.accruedCommon) },
        { title: 'Перерасчёт,\u00a0₽', width: 52, align: 'right', value: (row) => formatAmount(row.recalculated) },
        { title: 'Льготы,\u00a0₽', width: 46, align: 'right', value: (row) => formatAmount(-row.benefit) },
        { title: 'Итого,\u00a0₽', width: 56, align: 'right', value: (row) => formatAmount(totalOf(row)) },
      ]
  const columns = [nameColumn(fixed), ...fixed]
  const sums = [sum(rows, (row) => row.recalculated), -sum(rows, (row) => row.benefit), sum(rows, totalOf)].map(formatAmount)
  const total = internet
    ? ['Итого начислено', '', '', '', formatAmount(sum(rows, accruedOf)), ...sums]
    : ['Итого начислено', '', '', '', '', formatAmount(sum(rows, (row) => row.accrued)), formatAmount(sum(rows, (row) => row.accruedCommon)), ...sums]
  return [...title, ...tableBlocks(sheet.pdf, { x: left, columns, rows, total, size: sheet.tableSize })]
}

/** ПП 354 п. 69 «к(1)»: the increasing coefficient and by how much it raised the payment. A table of its own: hardly any bill has it, and the charges need their width. */
export function coefficients(sheet: Sheet, { rows }: Content): Block[] {
  const raised = rows.filter((row) => row.coefficient !== null || row.excess !== 0)
  if (raised.length === 0) return []
  const others: Column<Row>[] = [
    { title: 'Повышающий коэффициент', width: 90, align: 'right', value: (row) => figure(row.coefficient) },
    { title: 'Плата без коэффициента,\u00a0₽', width: 90, align: 'right', value: (row) => formatAmount(row.accrued - row.excess) },
    { title: 'Размер превышения платы,\u00a0₽', width: 90, align: 'right', value: (row) => formatAmount(row.excess) },
    { title: 'Начислено,\u00a0₽', width: 80, align: 'right', value: (row) => formatAmount(row.accrued) },
  ]
  return [
    ...section(sheet, 'Повышающие коэффициенты (превышение входит в начисленное)'),
    ...tableBlocks(sheet.pdf, { x: left, columns: [nameColumn(others), ...others], rows: raised, size: sheet.tableSize }),
  ]
}

/** Section 5 of 43/пр: a recalculation is shown with its ground (ПП 354 п. 69 «ж»). */
export function recalculations(sheet: Sheet, { rows }: Content): Block[] {
  const changed = rows.filter((row) => row.recalculated !== 0 || row.recalculationReason)
  if (changed.length === 0) return []
  const others: Column<Row>[] = [
    { title: 'Основание', width: 300, value: (row) => row.recalculationReason ?? dash },
    { title: 'Сумма,\u00a0₽', width: 70, align: 'right', value: (row) => formatAmount(row.recalculated) },
  ]
  return [...section(sheet, 'Сведения о перерасчётах'), ...tableBlocks(sheet.pdf, { x: left, columns: [nameColumn(others), ...others], rows: changed, size: sheet.tableSize })]
}

/** Section 6 of 43/пр, ПП 354 п. 69 «к». */
export function instalments(sheet: Sheet, { rows }: Content): Block[] {
  const divided = rows.filter((row) => row.instalmentDue !== null)
  if (divided.length === 0) return []
  const others: Column<Row>[] = [
    { title: 'от платы за период,\u00a0₽', group: 'Сумма с учётом рассрочки', width: 84, align: 'right', value: (row) => formatAmount(row.instalmentCurrent) },
    { title: 'от прошлых периодов,\u00a0₽', group: 'Сумма с учётом рассрочки', width: 84, align: 'right', value: (row) => formatAmount(row.instalmentPast) },
    { title: '% годовых', group: 'Проценты за рассрочку', width: 56, align: 'right', value: (row) => (row.instalmentPercent === null ? dash : formatDecimal(row.instalmentPercent)) },
    { title: '₽', group: 'Проценты за рассрочку', width: 64, align: 'right', value: (row) => formatAmount(row.instalmentInterest) },
    { title: 'К оплате,\u00a0₽', width: 76, align: 'right', value: (row) => formatAmount(row.instalmentDue ?? 0) },
  ]
  const total = ['Итого', ...[sum(divided, (row) => row.instalmentCurrent), sum(divided, (row) => row.instalmentPast)].map(formatAmount), '', ...[sum(divided, (row) => row.instalmentInterest), sum(divided, (row) => row.instalmentDue ?? 0)].map(formatAmount)]
  return [...section(sheet, 'Расчёт суммы оплаты с учётом рассрочки платежа'), ...tableBlocks(sheet.pdf, { x: left, columns: [nameColumn(others), ...others], rows: divided, total, size: sheet.tableSize })]
}

/** Balance of each service, penalties apart from charges. With one service the line of totals above says the same. */
export function balances(sheet: Sheet, { rows, totals }: Content): Block[] {
  if (rows.length < 2 || !rows.some((row) => row.opening || row.penalty || row.paid)) return []
  const others: Column<Row>[] = [
    { title: 'Долг на начало,\u00a0₽', width: 80, align: 'right', value: (row) => formatAmount(row.opening) },
    { title: 'Начислено,\u00a0₽', width: 80, align: 'right', value: (row) => formatAmount(totalOf(row)) },
    { title: 'Пени,\u00a0₽', width: 70, align: 'right', value: (row) => formatAmount(row.penalty) },
    { title: 'Оплачено,\u00a0₽', width: 80, align: 'right', value: (row) => formatAmount(row.paid) },
    { title: totals.due === totals.closing ? 'К оплате, ₽' : 'Остаток, ₽', width: 80, align: 'right', value: (row) => formatAmount(row.closing) },
  ]
  const total = ['Итого', ...[totals.opening, sum(rows, totalOf), totals.penalty, totals.paid, totals.closing].map(formatAmount)]
  return [
    ...section(sheet, 'Расчёты по услугам (переплата — со знаком минус)'),
    ...tableBlocks(sheet.pdf, { x: left, columns: [nameColumn(others), ...others], rows, total, size: sheet.tableSize }),
  ]
}
