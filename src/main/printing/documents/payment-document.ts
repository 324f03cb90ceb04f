import { formatDate, formatDateLong, firstDay, periodName } from '@shared/domain/dates'
import { formatDecimal, formatReading } from '@shared/domain/decimal'
import { formatAmount, formatMoney, type Kopecks } from '@shared/domain/money'
import type { PaymentDocumentContent, PaymentDocumentMeter, PaymentDocumentRow } from '@shared/domain/payment-document'
import { shortNameOf } from '@shared/domain/person-name'
import { amountInWords } from '../amount-in-words'
import { gap, heightOf, paginate, paragraph, type Block } from '../flow'
import { paymentPurpose, paymentQr } from '../payment-qr'
import { a4, lineHeight, mm, openPdf, qrSide, type Pdf, type TextStyle } from '../pdf'
import { tableBlocks, type Column } from '../table'
import { localTime } from '../text'

/** How this very copy came to be. `duplicate` is the number of the reprint, null on the first print. */
export interface PrintMarks {
  duplicate: number | null
  /** ISO instant. */
  printedAt: string
  operator: string
  /** IANA zone of the office; without it, the zone of this computer. */
  timeZone?: string
}

const margin = 11 * mm
const left = margin
const width = a4.width - 2 * margin
const right = left + width

const text: TextStyle = { font: 'regular', size: 9 }
const strong: TextStyle = { font: 'bold', size: 9 }
const sectionTitle: TextStyle = { font: 'bold', size: 10 }
const tableSize = 8
/** The least side of the payment QR (domain: dense ГОСТ symbols need 40 mm to be read by phones off office paper). */
const qrLeast = 40 * mm

const dash = '—'

/**
 * Draws the payment document (счёт, квитанция) of a period from its stored content.
 * Content: ПП РФ 354 п. 69 and the sections of Приказ Минстроя 43/пр as far as billing gave figures; payment QR by ГОСТ Р 56042-2014.
 * The same content and marks always give the same bytes.
 */
export async function drawPaymentDocument(content: PaymentDocumentContent, marks: PrintMarks): Promise<Buffer> {
  const pdf = openPdf({ title: `${documentName(content)} № ${content.number}`, madeAt: marks.printedAt })
  addPaymentDocument(pdf, content, marks)
  return pdf.done()
}

/** Adds the pages of one payment document to an open PDF; a batch puts thousands into one. */
export function addPaymentDocument(pdf: Pdf, content: PaymentDocumentContent, marks: PrintMarks): void {
  const printed = localTime(marks.printedAt, marks.timeZone)
  const duplicate = marks.duplicate === null ? null : `ДУБЛИКАТ № ${marks.duplicate} от ${formatDate(printed.date)}`
  const account = accountLine(content)
  const footer = pdf.wrap(
    `Документ № ${content.number}, ${account}. Напечатано ${formatDate(printed.date)} в ${printed.time}, оператор: ${shortNameOf(marks.operator)}`,
    text,
    width - 70,
  )
  const footerTop = a4.height - margin - footer.length * lineHeight(text)
  const runningHead = 22

  const blocks = [
    header(pdf, content, duplicate),
    gap(8),
    payerAndAmount(pdf, content),
    gap(8),
    providerAndRequisites(pdf, content),
    ...settlement(pdf, content),
    ...charges(pdf, content),
    ...recalculations(pdf, content),
    ...balances(pdf, content),
    ...meters(pdf, content),
    ...notice(pdf, content),
  ]
  const pages = paginate(blocks, (page) => ({ top: margin + (page === 0 ? 0 : runningHead), bottom: footerTop - 6 }))

  pdf.begin('Sect')
  for (const [index, placed] of pages.entries()) {
    pdf.addPage()
    for (const { top, draw } of placed) draw(top)
    pdf.artifact(() => {
      if (index > 0) {
        pdf.lines([`${documentName(content)} № ${content.number}, ${account}`], left, margin, text)
        if (duplicate) pdf.lines([duplicate], left, margin, strong, { to: 'right', width })
        pdf.rule(left, margin + 14, right, 0.7)
      }
      pdf.rule(left, footerTop - 3, right, 0.4)
      pdf.lines(footer, left, footerTop, text)
      pdf.lines([`Лист ${index + 1} из ${pages.length}`], left, footerTop, text, { to: 'right', width })
    })
  }
  pdf.end()
}

function documentName({ provider }: PaymentDocumentContent): string {
  return provider.kind === 'internet' ? 'Счёт за услуги связи' : 'Платёжный документ'
}

function accountLine({ provider, payer }: PaymentDocumentContent): string {
  return provider.kind === 'internet' ? `договор ${payer.contract ?? payer.account}` : `лицевой счёт ${payer.account}`
}

function header(pdf: Pdf, content: PaymentDocumentContent, duplicate: string | null): Block {
  const { provider, period, number, madeOn } = content
  const title: TextStyle = { font: 'bold', size: 19 }
  const subtitle: TextStyle = { font: 'regular', size: 11 }
  const subject = provider.kind === 'internet' ? 'Услуги связи' : 'Жилищно-коммунальные услуги'
  const mark: TextStyle = { font: 'bold', size: 11 }
  const markWidth = duplicate ? pdf.width(duplicate, mark) + 16 : 0
  const nameWidth = 200
  const nameStyle: TextStyle = { font: 'bold', size: 12 }
  const name = pdf.wrap(provider.name, nameStyle, nameWidth)
  const about = [`${subject} за ${periodName(period)}`, `№ ${number} от ${formatDate(madeOn)}`]
  const subtitleLines = about.flatMap((line) => pdf.wrap(line, subtitle, width - nameWidth - 10))
  const second = lineHeight(title) + 1
  const height = second + Math.max(subtitleLines.length * lineHeight(subtitle), name.length * lineHeight(nameStyle)) + 5
  return {
    height,
    draw(top) {
      pdf.artifact(() => {
        pdf.rule(left, top + height, right, 1.6)
        if (duplicate) pdf.frame(right - markWidth + 0.6, top + 0.6, markWidth - 1.2, 19, 1.2)
      })
      pdf.tag('H1', () => pdf.lines([documentName(content)], left, top, title))
      if (duplicate) pdf.tag('P', () => pdf.lines([duplicate], right - markWidth, top + 3.2, mark, { to: 'center', width: markWidth }))
      pdf.tag('P', () => pdf.lines(subtitleLines, left, top + second, subtitle))
      const nameTop = top + height - 6 - name.length * lineHeight(nameStyle)
      pdf.tag('P', () => pdf.lines(name, right - nameWidth, nameTop, nameStyle, { to: 'right', width: nameWidth }))
    },
  }
}

/** Side by side: who pays, and the framed sum with the QR beside it. */
function payerAndAmount(pdf: Pdf, content: PaymentDocumentContent): Block {
  const cardWidth = 296
  const payer = payerBlocks(pdf, content, left, width - cardWidth - 14)
  const card = amountCard(pdf, content, right - cardWidth, cardWidth)
  const height = Math.max(heightOf(payer), card.height)
  return {
    height,
    draw(top) {
      stack(payer, top)
      card.draw(top, height)
    },
  }
}

function stack(blocks: Block[], top: number): void {
  let y = top
  for (const block of blocks) {
    block.draw(y)
    y += block.height
  }
}

function payerBlocks(pdf: Pdf, { provider, payer }: PaymentDocumentContent, x: number, wide: number): Block[] {
  const internet = provider.kind === 'internet'
  const facts: [string, string | null][] = internet
    ? [['Лицевой счёт', payer.contract && payer.account !== payer.contract ? payer.account : null]]
    : [
        ['Договор', payer.contract],
        ['Единый лицевой счёт', payer.els],
        ['Идентификатор ЖКУ', payer.zhkuId],
        ['Площадь', payer.areaM2 === null ? null : `${formatDecimal(payer.areaM2)} м²`],
        ['Проживает', payer.residents === null ? null : `${payer.residents} чел.`],
      ]
  return [
    label(pdf, internet ? 'Договор' : 'Лицевой счёт', x),
    ...paragraph(pdf, internet ? (payer.contract ?? payer.account) : payer.account, x, wide, { font: 'bold', size: 17 }),
    gap(4),
    label(pdf, internet ? 'Абонент' : 'Плательщик', x),
    ...paragraph(pdf, payer.name, x, wide, { font: 'bold', size: 12 }),
    ...paragraph(pdf, payer.address, x, wide, { font: 'regular', size: 10.5 }),
    gap(5),
    ...factBlocks(pdf, facts, x, wide, 92),
  ]
}

function label(pdf: Pdf, title: string, x: number): Block {
  return { height: lineHeight(text), draw: (top) => pdf.tag('P', () => pdf.lines([title], x, top, text)) }
}

/** «Name   value» lines; what is not known is left out. */
function factBlocks(pdf: Pdf, facts: [string, string | null][], x: number, wide: number, labelWidth: number, style = strong): Block[] {
  return facts.flatMap(([title, value]) => {
    if (!value) return []
    const lines = pdf.wrap(value, style, wide - labelWidth)
    const block: Block = {
      height: lines.length * lineHeight(text) + 0.4,
      draw: (top) =>
        pdf.tag('P', () => {
          pdf.lines([title], x, top, text)
          pdf.lines(lines, x + labelWidth, top, style)
        }),
    }
    return [block]
  })
}

/** The sum, its words, its deadline and the QR; for an overpayment there is nothing to pay and nothing to scan. */
function amountCard(pdf: Pdf, content: PaymentDocumentContent, x: number, wide: number) {
  const { totals, dueOn, provider } = content
  const qr = paymentQr(content)
  const side = qr ? qrSide(qr.bytes, qrLeast) : 0
  const padding = 9
  const column = wide - 2 * padding - (qr ? side : 0)
  const amount = Math.abs(totals.closing)
  const big = pdf.fit(formatMoney(amount), { font: 'bold', size: 25 }, column)
  const lead: TextStyle = { font: 'bold', size: 11 }
  const inCard = x + padding

  const blocks: Block[] = [
    ...paragraph(pdf, totals.closing < 0 ? 'Переплата' : 'К оплате', inCard, column, lead),
    { height: lineHeight(big), draw: (top) => pdf.tag('P', () => pdf.lines([formatMoney(amount)], inCard, top, big)) },
    gap(2),
  ]
  if (totals.closing >= 0) blocks.push(...paragraph(pdf, amountInWords(amount).replace(/ (?=\S+$)/, '\u00a0'), inCard, column, text))
  if (totals.closing > 0) {
    if (provider.vatNote) blocks.push(...paragraph(pdf, provider.vatNote, inCard, column, text))
    if (dueOn) blocks.push(gap(7), ...paragraph(pdf, `Срок оплаты: до\u00a0${formatDateLong(dueOn)}`, inCard, column, lead))
  } else {
    const note = totals.closing < 0 ? 'Платить не нужно: эта сумма будет зачтена в следующих периодах.' : 'Платить не нужно: задолженности нет.'
    blocks.push(gap(7), ...paragraph(pdf, note, inCard, column, { font: 'regular', size: 10.5 }))
  }
  const caption = qr ? pdf.wrap('Код для оплаты в\u00a0приложении\u00a0банка', text, side) : []
  const height = Math.max(heightOf(blocks) + 2 * padding, qr ? side + caption.length * lineHeight(text) + 8 : 0)

  return {
    height,
    draw(top: number, tall: number) {
      pdf.artifact(() => pdf.frame(x + 0.8, top + 0.8, wide - 1.6, tall - 1.6, 1.6, 5))
      stack(blocks, top + padding)
      if (!qr) return
      const qrLeft = x + wide - side - 3
      pdf.qr(qr.bytes, qrLeft, top + 2, qrLeast, `Код для оплаты: ${qr.text}`)
      pdf.tag('P', () => pdf.lines(caption, qrLeft, top + side + 1, text, { to: 'center', width: side }))
    },
  }
}

function providerAndRequisites(pdf: Pdf, content: PaymentDocumentContent): Block {
  const { provider } = content
  const between = 16
  const column = (width - between) / 2
  const second = left + column + between
  const about = [
    columnTitle(pdf, provider.kind === 'internet' ? 'Оператор связи' : 'Исполнитель услуг', left, column),
    ...paragraph(pdf, provider.legalName, left, column, strong),
    ...factBlocks(
      pdf,
      [
        ['Адрес', provider.address],
        ['Телефон', provider.phone],
        ['Аварийная служба', provider.emergency],
        ['Часы работы', provider.hours],
        ['Эл. почта', provider.email],
        ['Сайт', provider.site],
        ['ОГРН', provider.ogrn],
      ],
      left,
      column,
      82,
      text,
    ),
  ]
  const correspondent = provider.correspondentAccount === '0' ? null : provider.correspondentAccount
  const requisites = [
    columnTitle(pdf, 'Реквизиты для оплаты', second, column),
    ...factBlocks(
      pdf,
      [
        ['Получатель', provider.legalName],
        ['ИНН', provider.inn],
        ['КПП', provider.kpp],
        ['Расчётный счёт', provider.settlementAccount],
        ['Банк', provider.bankName],
        ['БИК', provider.bic],
        ['Корр. счёт', correspondent],
        ['Назначение', paymentPurpose(content)],
      ],
      second,
      column,
      72,
    ),
  ]
  return {
    height: Math.max(heightOf(about), heightOf(requisites)),
    draw(top) {
      stack(about, top)
      stack(requisites, top)
    },
  }
}

function columnTitle(pdf: Pdf, title: string, x: number, wide: number): Block {
  const height = lineHeight(sectionTitle) + 3.5
  return {
    height,
    keepWithNext: true,
    draw(top) {
      pdf.artifact(() => pdf.rule(x, top + height - 2, x + wide, 0.7))
      pdf.tag('H2', () => pdf.lines([title], x, top, sectionTitle))
    },
  }
}

function section(pdf: Pdf, title: string): Block[] {
  return [
    gap(8),
    {
      height: lineHeight(sectionTitle) + 2,
      keepWithNext: true,
      draw: (top) => pdf.tag('H2', () => pdf.lines([title], left, top, sectionTitle)),
    },
  ]
}

/** Accrued money of a row before benefits and penalties: own consumption and the common property of the house. */
function accruedOf(row: PaymentDocumentRow): Kopecks {
  return row.accrued + row.accruedCommon
}

function totalOf(row: PaymentDocumentRow): Kopecks {
  return accruedOf(row) + row.recalculated - row.benefit
}

function sum(rows: PaymentDocumentRow[], value: (row: PaymentDocumentRow) => Kopecks): Kopecks {
  return rows.reduce((total, row) => total + value(row), 0)
}

/** The path from the old balance to the sum due, in one line that adds up. */
function settlement(pdf: Pdf, content: PaymentDocumentContent): Block[] {
  const { totals, rows, period, provider } = content
  const accrued = rows.length ? sum(rows, accruedOf) : totals.accrued
  const figures: [string, string][] = [
    [`${totals.opening < 0 ? 'Переплата' : 'Долг'} на ${formatDate(firstDay(period))}`, formatAmount(Math.abs(totals.opening))],
    ['Начислено за период', formatAmount(accrued)],
    ['Перерасчёты', formatAmount(totals.recalculated)],
    [provider.kind === 'internet' ? 'Скидки' : 'Льготы', formatAmount(-totals.benefit)],
    ['Пени', formatAmount(totals.penalty)],
    [totals.lastPaidOn ? `Оплачено, последний платёж ${formatDate(totals.lastPaidOn)}` : 'Оплачено', formatAmount(totals.paid)],
    [totals.closing < 0 ? 'Переплата' : 'К оплате', formatAmount(Math.abs(totals.closing))],
  ]
  const columns: Column<string[]>[] = figures.map(([title], index) => ({
    title,
    width: width / figures.length,
    align: 'right',
    value: (cells) => cells[index] ?? '',
  }))
  const cells = figures.map(([, value]) => value)
  return [...section(pdf, 'Состояние расчётов, ₽'), ...tableBlocks(pdf, { x: left, columns, rows: [], total: cells, size: 8.5 })]
}

function charges(pdf: Pdf, content: PaymentDocumentContent): Block[] {
  const { rows, provider } = content
  const title = section(pdf, provider.kind === 'internet' ? 'Начисления за период' : 'Расчёт размера платы')
  if (rows.length === 0) return [...title, ...paragraph(pdf, 'Начислений за этот период нет.', left, width, text)]
  const internet = provider.kind === 'internet'
  const figure = (value: string | null) => (value === null ? dash : formatDecimal(value))
  // A tariff is money: kopecks always, more digits where the tariff has them.
  const price = (value: string | null) => figure(value?.replace(/^-?\d+$/, '$&.00').replace(/\.\d$/, '$&0') ?? null)
  const fixed: Column<PaymentDocumentRow>[] = internet
    ? [
        { title: 'Ед. изм.', width: 42, align: 'center', value: (row) => row.unit ?? dash },
        { title: 'Количество', width: 58, align: 'right', value: (row) => figure(row.volume) },
        { title: 'Цена, ₽', width: 62, align: 'right', value: (row) => price(row.tariff) },
        { title: 'Начислено, ₽', width: 62, align: 'right', value: (row) => formatAmount(accruedOf(row)) },
        { title: 'Перерасчёт, ₽', width: 60, align: 'right', value: (row) => formatAmount(row.recalculated) },
        { title: 'Скидка, ₽', width: 52, align: 'right', value: (row) => formatAmount(-row.benefit) },
        { title: 'Итого, ₽', width: 62, align: 'right', value: (row) => formatAmount(totalOf(row)) },
      ]
    : [
        { title: 'Ед. изм.', width: 34, align: 'center', value: (row) => row.unit ?? dash },
        { title: 'индивид.', group: 'Объём', width: 40, align: 'right', value: (row) => figure(row.volume) },
        { title: 'общедом.', group: 'Объём', width: 40, align: 'right', value: (row) => figure(row.volumeCommon) },
        { title: 'Тариф, ₽', width: 46, align: 'right', value: (row) => price(row.tariff) },
        { title: 'индивид.', group: 'Начислено, ₽', width: 54, align: 'right', value: (row) => formatAmount(row.accrued) },
        { title: 'общедом.', group: 'Начислено, ₽', width: 50, align: 'right', value: (row) => formatAmount(row.accruedCommon) },
        { title: 'Перерасчёт, ₽', width: 52, align: 'right', value: (row) => formatAmount(row.recalculated) },
        { title: 'Льготы, ₽', width: 46, align: 'right', value: (row) => formatAmount(-row.benefit) },
        { title: 'Итого, ₽', width: 56, align: 'right', value: (row) => formatAmount(totalOf(row)) },
      ]
  const columns = [nameColumn(fixed), ...fixed]
  const sums = [sum(rows, (row) => row.recalculated), -sum(rows, (row) => row.benefit), sum(rows, totalOf)].map(formatAmount)
  const total = internet
    ? ['Итого начислено', '', '', '', formatAmount(sum(rows, accruedOf)), ...sums]
    : ['Итого начислено', '', '', '', '', formatAmount(sum(rows, (row) => row.accrued)), formatAmount(sum(rows, (row) => row.accruedCommon)), ...sums]
  return [...title, ...tableBlocks(pdf, { x: left, columns, rows, total, size: tableSize })]
}

/** The first column takes what the others leave of the sheet's width. */
function nameColumn<Row extends { name: string }>(others: Column<Row>[], title = 'Услуга'): Column<Row> {
  return { title, width: width - others.reduce((total, column) => total + column.width, 0), value: (row) => row.name }
}

/** Section 5 of 43/пр: a recalculation is shown with its ground (ПП 354 п. 69 «ж»). */
function recalculations(pdf: Pdf, { rows }: PaymentDocumentContent): Block[] {
  const changed = rows.filter((row) => row.recalculated !== 0 || row.recalculationReason)
  if (changed.length === 0) return []
  const others: Column<PaymentDocumentRow>[] = [
    { title: 'Основание', width: 300, value: (row) => row.recalculationReason ?? dash },
    { title: 'Сумма, ₽', width: 70, align: 'right', value: (row) => formatAmount(row.recalculated) },
  ]
  return [...section(pdf, 'Перерасчёты'), ...tableBlocks(pdf, { x: left, columns: [nameColumn(others), ...others], rows: changed, size: tableSize })]
}

/** Balance of each service, penalties apart from charges. With one service the line of totals above says the same. */
function balances(pdf: Pdf, { rows, totals }: PaymentDocumentContent): Block[] {
  if (rows.length < 2 || !rows.some((row) => row.opening || row.penalty || row.paid)) return []
  const others: Column<PaymentDocumentRow>[] = [
    { title: 'Долг на начало, ₽', width: 80, align: 'right', value: (row) => formatAmount(row.opening) },
    { title: 'Начислено, ₽', width: 80, align: 'right', value: (row) => formatAmount(totalOf(row)) },
    { title: 'Пени, ₽', width: 70, align: 'right', value: (row) => formatAmount(row.penalty) },
    { title: 'Оплачено, ₽', width: 80, align: 'right', value: (row) => formatAmount(row.paid) },
    { title: 'К оплате, ₽', width: 80, align: 'right', value: (row) => formatAmount(row.closing) },
  ]
  const total = ['Итого', ...[totals.opening, sum(rows, totalOf), totals.penalty, totals.paid, totals.closing].map(formatAmount)]
  return [...section(pdf, 'Расчёты по услугам (переплата — со знаком минус)'), ...tableBlocks(pdf, { x: left, columns: [nameColumn(others), ...others], rows, total, size: tableSize })]
}

interface MeterZone {
  name: string
  meter: PaymentDocumentMeter
  zone: number
}

function meters(pdf: Pdf, content: PaymentDocumentContent): Block[] {
  if (content.provider.kind === 'internet' || content.meters.length === 0) return []
  const rows = content.meters.flatMap((meter) =>
    Array.from({ length: meter.zones }, (_, zone): MeterZone => ({ name: zone === 0 ? meter.name : '', meter, zone })),
  )
  const zoned = content.meters.some((meter) => meter.zones > 1)
  const zoneColumn: Column<MeterZone> = { title: 'Зона', width: 30, align: 'center', value: ({ meter, zone }) => (meter.zones > 1 ? `Т${zone + 1}` : dash) }
  const dial = (values: number[] | null, { meter, zone }: MeterZone) => {
    const value = values?.[zone]
    return value === undefined ? 'нет' : formatReading(value, meter.decimals)
  }
  const others: Column<MeterZone>[] = [
    { title: 'Заводской номер', width: 72, value: ({ meter, zone }) => (zone === 0 ? meter.serial : '') },
    ...(zoned ? [zoneColumn] : []),
    { title: 'показание', group: 'Предыдущее', width: 56, align: 'right', value: (row) => dial(row.meter.previous, row) },
    { title: 'дата', group: 'Предыдущее', width: 48, align: 'right', value: ({ meter }) => dateOrDash(meter.previousOn) },
    { title: 'показание', group: 'Текущее', width: 56, align: 'right', value: (row) => dial(row.meter.current, row) },
    { title: 'дата', group: 'Текущее', width: 48, align: 'right', value: ({ meter }) => dateOrDash(meter.currentOn) },
    { title: 'Расход', width: 50, align: 'right', value: consumption },
    { title: 'Поверка до', width: 74, align: 'right', value: ({ meter, zone }) => (zone === 0 ? verification(meter, content.madeOn) : '') },
  ]
  return [
    ...section(pdf, 'Приборы учёта'),
    ...tableBlocks(pdf, { x: left, columns: [nameColumn(others, 'Прибор учёта'), ...others], rows, size: tableSize }),
  ]
}

function dateOrDash(date: string | null): string {
  return date ? formatDate(date) : dash
}

/** A dial that went past its end shows less than before; how much was used then stands in the charges. */
function consumption({ meter, zone }: MeterZone): string {
  const previous = meter.previous?.[zone]
  const current = meter.current?.[zone]
  if (previous === undefined || current === undefined || current < previous) return dash
  return formatReading(current - previous, meter.decimals)
}

function verification(meter: PaymentDocumentMeter, madeOn: string): string {
  if (!meter.verifiedUntil) return dash
  return meter.verifiedUntil < madeOn ? `истекла ${formatDate(meter.verifiedUntil)}` : formatDate(meter.verifiedUntil)
}

function notice(pdf: Pdf, { provider }: PaymentDocumentContent): Block[] {
  if (!provider.notice) return []
  const paragraphs = provider.notice.split(/\n+/).filter((part) => part.trim())
  return [...section(pdf, 'Уведомление'), ...paragraphs.flatMap((part) => [...paragraph(pdf, part, left, width, text), gap(2)])]
}
