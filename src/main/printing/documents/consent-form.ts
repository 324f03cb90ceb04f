import { formatDateLong } from '@shared/domain/dates'
import { formatPhone } from '@shared/domain/phone'
import type { consentChannels, consentPurposes } from '@shared/contract/consents'
import { gap, paginate, paragraph, type Block } from '../flow'
import { a4, lineHeight, mm, openPdf, type Pdf, type TextStyle } from '../pdf'
import { localTime } from '../text'

/** A consent on paper: one purpose, one channel, a document of its own (152-ФЗ ст. 9 as of 156-ФЗ of 24.06.2025). */
export interface ConsentForm {
  purpose: (typeof consentPurposes)[number]
  channel: (typeof consentChannels)[number]
  version: string
  /** What is agreed to, with {contact} where the number or address stands. */
  text: string
  /** E.164 or an e-mail, in full; null of a consent that came without one. */
  contact: string | null
  subscriberName: string
  representative: string | null
  address: string
  accountNumber: string
  legalName: string
  providerAddress: string
  operatorName: string
  issuedAt: string
  /** When it was given; null of one that is still to be. */
  givenAt: string | null
}

const margin = 20 * mm
const left = margin
const width = a4.width - 2 * margin
const right = left + width
const body: TextStyle = { font: 'regular', size: 12 }
const small: TextStyle = { font: 'regular', size: 9.5 }

const titles: Record<ConsentForm['purpose'], string> = { service: 'Согласие на получение справочных сообщений', advertising: 'Согласие на получение рекламы' }

/** One A4: who agrees to what with whom, until when, how to withdraw, the signature. The title names no person. */
export async function drawConsentForm(form: ConsentForm, { timeZone }: { timeZone?: string } = {}): Promise<Buffer> {
  const pdf = openPdf({ title: titles[form.purpose], madeAt: form.issuedAt })
  const { date } = localTime(form.issuedAt, timeZone)
  const sentences = [
    `Я, ${form.subscriberName}${form.representative === null ? '' : `, в лице представителя ${form.representative}`}, адрес: ${form.address}, лицевой счёт ${form.accountNumber}, даю согласие ${form.legalName}${form.providerAddress ? ` (${form.providerAddress})` : ''}.`,
    form.text.replace('{contact}', form.contact === null ? '—' : formatPhone(form.contact)),
    'Согласие действует до отзыва. Отозвать его можно в любое время: в офисе обслуживания, в личном кабинете или письмом по адресу организации. Отзыв не влияет на договор, расчёты и обязательные уведомления по закону.',
    'На обработку персональных данных для исполнения договора согласие не требуется (152-ФЗ, ст. 6, ч. 1, п. 5).',
  ]
  const blocks: Block[] = [
    ...title(pdf, titles[form.purpose]),
    gap(18),
    ...sentences.flatMap((sentence) => [...paragraph(pdf, sentence, left, width, body), gap(8)]),
    gap(26),
    signature(pdf, form.representative ?? form.subscriberName, formatDateLong(date)),
    gap(24),
    ...paragraph(pdf, `Принял(а): ${form.operatorName}. ${form.givenAt === null ? 'Текст согласия' : `Дано ${formatDateLong(localTime(form.givenAt, timeZone).date)}, текст согласия`}: редакция ${form.version}.`, left, width, small),
  ]
  for (const placed of paginate(blocks, () => ({ top: margin, bottom: a4.height - margin }))) {
    pdf.addPage()
    for (const { top, draw } of placed) draw(top)
  }
  return pdf.done()
}

function title(pdf: Pdf, words: string): Block[] {
  const style: TextStyle = { font: 'bold', size: 16 }
  const lines = pdf.wrap(words, style, width)
  return [{ height: lines.length * lineHeight(style), keepWithNext: true, draw: (top) => pdf.tag('H1', () => pdf.lines(lines, left, top, style, { to: 'center', width })) }]
}

function signature(pdf: Pdf, who: string, date: string): Block {
  const nameWidth = width * 0.45
  const lines = pdf.wrap(who, body, nameWidth)
  return {
    height: lines.length * lineHeight(body) + 14,
    draw(top) {
      const line = top + lineHeight(body)
      pdf.artifact(() => pdf.rule(left + width * 0.27, line, left + width * 0.52, 0.7))
      pdf.tag('P', () => pdf.lines([date], left, top, body))
      pdf.tag('P', () => pdf.lines(['подпись'], left + width * 0.27, line + 2, small, { to: 'center', width: width * 0.25 }))
      pdf.tag('P', () => pdf.lines(lines, right - nameWidth, top, body, { to: 'right', width: nameWidth }))
    },
  }
}
