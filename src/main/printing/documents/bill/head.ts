import { pngSize } from '@shared/domain/document-layout'
import { formatDecimal } from '@shared/domain/decimal'
import { formatMoney } from '@shared/domain/money'
import { amountInWords } from '../../amount-in-words'
import { gap, heightOf, paragraph, type Block } from '../../flow'
import type { PaymentCode } from '../../payment-qr'
import { lineHeight, mm, qrSide, type TextStyle } from '../../pdf'
import { columnTitle, factBlocks, label, left, right, stack, width, type Payer, type Provider, type Sheet } from './sheet'

/** The least side of the payment QR (domain: dense ГОСТ symbols need 40 mm to be read by phones off office paper). */
const qrLeast = 40 * mm
const logoSpace = { width: 42 * mm, height: 14 * mm }

export interface Heading {
  title: string
  /** Lines under the title: period, number. */
  about: string[]
  /** «ДУБЛИКАТ № 2 от …», framed. */
  mark: string | null
}

/** The title with the provider's logo or name at the right, and the provider's own words under a rule. */
export function header(sheet: Sheet, { title, about, mark }: Heading, provider: Provider): Block {
  const { pdf, scale, text } = sheet
  const big: TextStyle = pdf.fit(title, { font: 'bold', size: 19 * scale }, width - (mark ? 170 : 0))
  const subtitle: TextStyle = { font: 'regular', size: 11 * scale }
  const markStyle: TextStyle = { font: 'bold', size: 11 }
  const markWidth = mark ? pdf.width(mark, markStyle) + 16 : 0
  const nameWidth = 200
  const nameStyle: TextStyle = { font: 'bold', size: 12 * scale }
  const logo = logoOf(provider.layout.logo)
  const name = pdf.wrap(provider.name, nameStyle, nameWidth)
  const nameHeight = logo ? logo.height : name.length * lineHeight(nameStyle)
  const lines = about.flatMap((line) => pdf.wrap(line, subtitle, width - nameWidth - 10))
  const second = lineHeight(big) + 1
  const top2 = mark ? second : 0
  const height = Math.max(second + lines.length * lineHeight(subtitle), top2 + nameHeight) + 5
  const own = provider.layout.headerText ? pdf.wrap(provider.layout.headerText, text, width) : []
  return {
    height: height + (own.length ? own.length * lineHeight(text) + 4 : 0),
    draw(top) {
      pdf.artifact(() => {
        pdf.rule(left, top + height, right, 1.6)
        if (mark) pdf.frame(right - markWidth + 0.6, top + 0.6, markWidth - 1.2, 19, 1.2)
      })
      pdf.tag('H1', () => pdf.lines([title], left, top, big))
      if (mark) pdf.tag('P', () => pdf.lines([mark], right - markWidth, top + 3.2, markStyle, { to: 'center', width: markWidth }))
      pdf.tag('P', () => pdf.lines(lines, left, top + second, subtitle))
      const nameTop = top + height - 5 - nameHeight
      if (logo) pdf.image(logo.png, right - logo.width, nameTop, logo, provider.name)
      else pdf.tag('P', () => pdf.lines(name, right - nameWidth, nameTop, nameStyle, { to: 'right', width: nameWidth }))
      if (own.length) pdf.tag('P', () => pdf.lines(own, left, top + height + 3, text))
    },
  }
}

/** The logo scaled into its place; its own proportions stay. */
function logoOf(base64: string | null): { png: Uint8Array; width: number; height: number } | null {
  const size = base64 === null ? null : pngSize(base64)
  if (base64 === null || size === null) return null
  const scale = Math.min(logoSpace.width / size.width, logoSpace.height / size.height)
  return { png: Buffer.from(base64, 'base64'), width: size.width * scale, height: size.height * scale }
}

/** Side by side: who pays, with what else stands `under` it, and the framed sum with the QR beside it. */
export function payerAndAmount(sheet: Sheet, { provider, payer, amount, under = [] }: { provider: Provider; payer: Payer; amount: Amount; under?: Block[] }): Block {
  const cardWidth = 296
  const who = [...payerBlocks(sheet, provider, payer, left, width - cardWidth - 14), ...under]
  const card = amountCard(sheet, amount, right - cardWidth, cardWidth)
  const height = Math.max(heightOf(who), card.height)
  return {
    height,
    draw(top) {
      stack(who, top)
      card.draw(top, height)
    },
  }
}

export function payerBlocks(sheet: Sheet, provider: Provider, payer: Payer, x: number, wide: number): Block[] {
  const { pdf, scale } = sheet
  const internet = provider.kind === 'internet'
  const facts: [string, string | null][] = internet
    ? [['Лицевой счёт', payer.contract && payer.account !== payer.contract ? payer.account : null]]
    : [
        ['Договор', payer.contract],
        ['Единый лицевой счёт', payer.els],
        ['Идентификатор ЖКУ', payer.zhkuId],
        ['Общая площадь', payer.areaM2 === null ? null : `${formatDecimal(payer.areaM2)} м²`],
        ['Проживает', payer.residents === null ? null : `${payer.residents} чел.`],
      ]
  return [
    label(sheet, internet ? 'Договор' : 'Лицевой счёт', x),
    ...paragraph(pdf, internet ? (payer.contract ?? payer.account) : payer.account, x, wide, { font: 'bold', size: 17 * scale }),
    gap(4 * scale),
    label(sheet, internet ? 'Абонент' : 'Плательщик', x),
    ...paragraph(pdf, payer.name, x, wide, { font: 'bold', size: 12 * scale }),
    ...paragraph(pdf, payer.address, x, wide, { font: 'regular', size: 10.5 * scale }),
    gap(5 * scale),
    ...factBlocks(sheet, facts, x, wide, 92 * scale),
  ]
}

export interface Amount {
  /** «К оплате», «Переплата». */
  title: string
  /** Kopecks, not negative. */
  sum: number
  inWords: boolean
  /** Under the sum in ordinary letters. */
  notes: string[]
  /** In bold letters, apart: the deadline, «платить не нужно». */
  lead: string | null
  code: PaymentCode | null
}

/** Points the words under the QR keep from the frame. */
const captionAside = 5

/** The sum, its words, its deadline and the QR; for an overpayment there is nothing to pay and nothing to scan. */
function amountCard({ pdf, text, scale }: Sheet, { title, sum, inWords, notes, lead, code }: Amount, x: number, wide: number) {
  const side = code ? qrSide(code.bytes, qrLeast) : 0
  const padding = 9
  const column = wide - 2 * padding - (code ? side : 0)
  const big = pdf.fit(formatMoney(sum), { font: 'bold', size: 25 }, column)
  const leadStyle: TextStyle = { font: 'bold', size: 11 * scale }
  const inCard = x + padding

  const blocks: Block[] = [
    ...paragraph(pdf, title, inCard, column, leadStyle),
    { height: lineHeight(big), draw: (top) => pdf.tag('P', () => pdf.lines([formatMoney(sum)], inCard, top, big)) },
    gap(2),
  ]
  if (inWords) blocks.push(...paragraph(pdf, amountInWords(sum).replace(/ (?=\S+$)/, '\u00a0'), inCard, column, text))
  for (const note of notes) blocks.push(...paragraph(pdf, note, inCard, column, text))
  if (lead) blocks.push(gap(7), ...paragraph(pdf, lead, inCard, column, leadStyle))
  const caption = code ? pdf.wrap('Код для оплаты в\u00a0приложении\u00a0банка', text, side - 2 * captionAside) : []
  const height = Math.max(heightOf(blocks) + 2 * padding, code ? side + caption.length * lineHeight(text) + 8 : 0)

  return {
    height,
    draw(top: number, tall: number) {
      pdf.artifact(() => pdf.frame(x + 0.8, top + 0.8, wide - 1.6, tall - 1.6, 1.6, 5))
      stack(blocks, top + padding)
      if (!code) return
      const qrLeft = x + wide - side - 3
      pdf.qr(code.bytes, qrLeft, top + 2, qrLeast, `Код для оплаты ${formatMoney(sum)} в приложении банка`)
      pdf.tag('P', () => pdf.lines(caption, qrLeft, top + side + 1, text, { to: 'center', width: side }))
    },
  }
}

/** Side by side: who provides the services (43/пр, section 1), and where to pay (section 2). */
export function providerAndRequisites(sheet: Sheet, provider: Provider, purpose: string): Block {
  const { scale, strong, text, pdf } = sheet
  const between = 16
  const column = (width - between) / 2
  const second = left + column + between
  const about = [
    columnTitle(sheet, provider.kind === 'internet' ? 'Оператор связи' : 'Исполнитель услуг', left, column),
    ...paragraph(pdf, provider.legalName, left, column, strong),
    ...factBlocks(
      sheet,
      [
        ['Адрес', provider.address],
        ['Телефон', provider.phone],
        ['Факс', provider.fax ?? null],
        ['Аварийная служба', provider.emergency],
        ['Часы работы', provider.hours],
        ['Эл. почта', provider.email],
        ['Сайт', provider.site],
        ['ОГРН', provider.ogrn],
      ],
      left,
      column,
      82 * scale,
      text,
    ),
  ]
  const requisites = [
    columnTitle(sheet, 'Реквизиты для оплаты', second, column),
    ...factBlocks(
      sheet,
      [
        ['Получатель', provider.legalName],
        ['ИНН', provider.inn],
        ['КПП', provider.kpp],
        ['Расчётный счёт', provider.settlementAccount],
        ['Банк', provider.bankName],
        ['БИК', provider.bic],
        ['Корр. счёт', provider.correspondentAccount === '0' ? null : provider.correspondentAccount],
        ['Назначение', purpose],
      ],
      second,
      column,
      72 * scale,
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
