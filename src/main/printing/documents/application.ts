import type { RequestDetails, RequestKind } from '@shared/contract/requests'
import { formatDate, formatDateLong } from '@shared/domain/dates'
import { formatMoney } from '@shared/domain/money'
import { gap, paginate, paragraph, type Block } from '../flow'
import { lineHeight, openPdf, type Pdf, type TextStyle } from '../pdf'
import { localTime } from '../text'
import { formBody as body, formPage, formSmall as small, officeMark, signatureBlock } from './form-parts'

/** What an application (заявление) is filled from: the request, who asks, for which account, where it was taken. */
export interface Application {
  number: string
  kind: RequestKind
  text: string
  details: RequestDetails
  createdAt: string
  dueOn: string
  subscriberName: string
  subscriberKind: 'person' | 'organisation' | 'entrepreneur'
  /** Who acts for the subscriber in this visit. */
  representative: string | null
  operatorName: string
  printedAt: string
  office: { name: string; address: string; phone: string }
  account: { number: string; contract: string | null; contractDate: string | null; tariff: string | null; address: string; provider: string; legalName: string } | null
}

const { left, top: margin, width, right, bottom } = formPage

/** «О чём»: stands after «Заявление». */
const subjects: Record<RequestKind, string> = {
  connection: 'о подключении услуг',
  termination: 'о расторжении договора',
  tariffChange: 'о смене тарифа',
  serviceChange: 'об изменении услуг',
  promisedPayment: 'об отсрочке платежа («Обещанный платёж»)',
  suspension: 'о приостановлении услуг',
  specialist: 'о вызове специалиста',
  recalculation: 'о перерасчёте',
  correction: 'об исправлении данных',
  letter: '(обращение)',
  complaint: '(жалоба)',
}

/** One A4 with the fields filled, a line for the signature and the office's mark of receipt. A long text goes on over the page. */
export async function drawApplication(application: Application, { timeZone }: { timeZone?: string } = {}): Promise<Buffer> {
  const pdf = openPdf({ title: `Заявление № ${application.number}`, madeAt: application.printedAt })
  const blocks = [...addressee(pdf, application), gap(26), ...title(pdf, application), gap(16), ...request(pdf, application), gap(26), signature(pdf, application), gap(30), receipt(pdf, application, timeZone)]
  const pages = paginate(blocks, () => ({ top: margin, bottom: bottom - 16 }))
  for (const [index, placed] of pages.entries()) {
    pdf.addPage()
    for (const { top, draw } of placed) draw(top)
    if (pages.length > 1) {
      const footer = `Заявление № ${application.number}, лист ${index + 1} из ${pages.length}`
      pdf.artifact(() => pdf.lines([footer], left, bottom - 12, small, { to: 'right', width }))
    }
  }
  return pdf.done()
}

/** Upper right, as on any Russian application: to whom, from whom. */
function addressee(pdf: Pdf, { account, office, subscriberName, representative }: Application): Block[] {
  const x = left + width * 0.45
  const wide = right - x
  const lines = [
    `В ${account?.legalName ?? office.name}`,
    `от: ${subscriberName}`,
    ...(representative === null ? [] : [`представитель: ${representative}`]),
    ...(account ? [`адрес: ${account.address}`, `лицевой счёт: ${account.number}`, ...contractLine(account)] : []),
  ]
  return lines.flatMap((line) => [...paragraph(pdf, line, x, wide, body), gap(2)])
}

function contractLine({ number, contract, contractDate }: NonNullable<Application['account']>): string[] {
  if (!contract || contract === number) return []
  return [`договор: ${contract}${contractDate ? ` от ${formatDate(contractDate)}` : ''}`]
}

function title(pdf: Pdf, { kind, number }: Application): Block[] {
  const style: TextStyle = { font: 'bold', size: 16 }
  const lines = pdf.wrap(`Заявление ${subjects[kind]}`, style, width)
  return [
    {
      height: lines.length * lineHeight(style) + 4,
      keepWithNext: true,
      draw: (top) => pdf.tag('H1', () => pdf.lines(lines, left, top, style, { to: 'center', width })),
    },
    { height: lineHeight(body), draw: (top) => pdf.tag('P', () => pdf.lines([`№ ${number}`], left, top, body, { to: 'center', width })) },
  ]
}

function request(pdf: Pdf, application: Application): Block[] {
  const paragraphs = [wish(application), ...(application.text ? [application.text] : []), ...answer(application)]
  // «… 2026 г.» ends the sentence by itself.
  return paragraphs.flatMap((text) => [...paragraph(pdf, text.replaceAll('г..', 'г.'), left, width, body), gap(8)])
}

/** The wish itself, as a person would write it. */
function wish({ kind, details: { from, until, tariff, amount }, account }: Application): string {
  const since = from ? ` с ${formatDateLong(from)}` : ''
  const at = account ? ` по адресу: ${account.address}` : ''
  switch (kind) {
    case 'connection':
      return `Прошу подключить услуги${at}.`
    case 'termination':
      return `Прошу расторгнуть договор и прекратить оказание услуг${since}. О расчётах на день расторжения и о возврате оборудования мне сообщено.`
    case 'tariffChange':
      return `Прошу${since} перевести меня${account?.tariff ? ` с тарифа «${account.tariff}»` : ''} на тариф «${tariff ?? ''}».`
    case 'serviceChange':
      return `Прошу${since} изменить состав услуг:`
    case 'promisedPayment':
      return `Прошу не ограничивать услуги до ${until ? formatDateLong(until) : ''}. Обязуюсь до этого дня внести ${amount === undefined ? 'платёж' : formatMoney(amount)}.`
    case 'suspension':
      return `Прошу приостановить оказание услуг${since}${until ? ` по ${formatDateLong(until)}` : ''}.`
    case 'specialist':
      return `Прошу направить специалиста${at}${from ? ` не ранее ${formatDateLong(from)}` : ''}.`
    case 'recalculation':
      return 'Прошу произвести перерасчёт:'
    case 'correction':
      return 'Прошу исправить мои данные:'
    case 'letter':
    case 'complaint':
      return 'Прошу рассмотреть обращение:'
  }
}

/** Only what is asked in writing is answered in writing; the rest is done. */
function answer({ kind, dueOn }: Application): string[] {
  return ['recalculation', 'correction', 'letter', 'complaint'].includes(kind) ? [`Ответ прошу дать до ${formatDateLong(dueOn)}.`] : []
}

function signature(pdf: Pdf, { subscriberName, subscriberKind, representative }: Application): Block {
  return signatureBlock(pdf, representative ?? subscriberName, subscriberKind === 'organisation')
}

function receipt(pdf: Pdf, application: Application, timeZone: string | undefined): Block {
  return officeMark(pdf, receiptSentences(application, timeZone))
}

/** What the office says of an application it has taken. */
export function receiptSentences({ number, createdAt, dueOn, operatorName, office }: Pick<Application, 'number' | 'createdAt' | 'dueOn' | 'operatorName' | 'office'>, timeZone: string | undefined): string[] {
  const { date, time } = localTime(createdAt, timeZone)
  return [
    `Принято: ${formatDateLong(date)}, ${time}. Регистрационный № ${number}. Срок ответа: до ${formatDate(dueOn)}.`,
    `Принял(а): ${operatorName} ____________________`,
    [office.name, office.address, office.phone && `тел. ${office.phone}`].filter(Boolean).join(', '),
  ]
}
