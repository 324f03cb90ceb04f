import { formatDate, formatDateLong } from '@shared/domain/dates'
import { shortNameOf } from '@shared/domain/person-name'
import type { MeteredService } from '@shared/domain/provider-profile'
import { gap, paginate, type Block } from '../flow'
import { a4, lineHeight, mm, openPdf, type Pdf, type TextStyle } from '../pdf'
import { tableBlocks } from '../table'
import { localTime } from '../text'

/** What `reading_verification_facts` answers (0018-readings.sql). */
export interface VerificationNotice {
  /** ISO instant. */
  issuedAt: string
  today: string
  accountNumber: string
  address: string
  subscriberName: string
  operatorName: string
  office: string
  provider: { name: string; legalName: string; address: string | null; phone: string | null; site: string | null }
  meters: { meterId: number; serial: string; service: MeteredService; verifiedUntil: string; state: 'expired' | 'endsSoon' }[]
}

const left = 20 * mm
const right = 15 * mm
const width = a4.width - left - right
const top = 18 * mm
const bottom = a4.height - 22 * mm
const text: TextStyle = { font: 'regular', size: 11.5 }
const small: TextStyle = { font: 'regular', size: 9 }
const strong: TextStyle = { font: 'bold', size: 11.5 }
const heading: TextStyle = { font: 'bold', size: 16 }

const services: Record<MeteredService, string> = { cold_water: 'Холодная вода', hot_water: 'Горячая вода', electricity: 'Электроэнергия', gas: 'Газ', heat: 'Отопление' }
const states = { expired: 'срок истёк', endsSoon: 'срок истекает' }

/**
 * The notice that meters must be verified (ПП РФ 354 п. 81(12), п. 59 «а», п. 60): which meters, until when, what happens otherwise. `timeZone` is the office's.
 * The same facts always give the same bytes.
 */
export async function drawVerificationNotice(notice: VerificationNotice, { timeZone }: { timeZone?: string } = {}): Promise<Buffer> {
  const { provider, meters } = notice
  const pdf = openPdf({ title: `Уведомление о поверке, лицевой счёт ${notice.accountNumber}`, madeAt: notice.issuedAt })
  const hasExpired = meters.some(({ state }) => state === 'expired')
  const blocks: Block[] = [
    paragraph(pdf, provider.legalName, strong),
    paragraph(pdf, [provider.address, provider.phone && `тел. ${provider.phone}`, provider.site].filter(Boolean).join(', '), small),
    gap(16),
    paragraph(pdf, 'Уведомление о поверке приборов учёта', heading, 'H1'),
    gap(8),
    paragraph(pdf, `Абонент: ${notice.subscriberName}`, text),
    paragraph(pdf, `Лицевой счёт: ${notice.accountNumber}`, text),
    paragraph(pdf, `Адрес: ${notice.address}`, text),
    gap(10),
    paragraph(pdf, hasExpired
      ? 'Срок поверки приборов учёта истёк или истекает. Прибор с истёкшим сроком поверки считается вышедшим из строя (пункт 81(12) Правил, утверждённых постановлением Правительства РФ от 06.05.2011 № 354).'
      : 'Срок поверки приборов учёта истекает. После этого дня прибор считается вышедшим из строя (пункт 81(12) Правил, утверждённых постановлением Правительства РФ от 06.05.2011 № 354).', text),
    gap(8),
    ...tableBlocks(pdf, {
      x: left, rows: meters, size: 10.5,
      columns: [
        { title: 'Услуга', width: width * 0.3, value: ({ service }) => services[service] },
        { title: 'Заводской номер', width: width * 0.3, value: ({ serial }) => serial },
        { title: 'Поверен до', width: width * 0.2, align: 'center', value: ({ verifiedUntil }) => formatDate(verifiedUntil) },
        { title: 'Состояние', width: width * 0.2, value: ({ state }) => states[state] },
      ],
    }),
    gap(12),
    paragraph(pdf, 'Что сделать', strong, 'H2'),
    paragraph(pdf, '1. Закажите поверку или замену прибора у аккредитованной организации. Результат действителен, когда он внесён в ФГИС «Аршин» (fgis.gost.ru).', text),
    paragraph(pdf, '2. Сообщите о поверке или замене в офис обслуживания: понадобятся номер прибора, дата и показания.', text),
    paragraph(pdf, '3. До этого дня плата рассчитывается по среднемесячному объёму, не более трёх расчётных периодов подряд, затем по нормативу (пункты 59 и 60 тех же Правил).', text),
    gap(26),
    signature(pdf, notice),
  ]
  const pages = paginate(blocks, () => ({ top, bottom }))
  const { date, time } = localTime(notice.issuedAt, timeZone)
  pages.forEach((page, index) => {
    pdf.addPage()
    for (const { top: at, draw } of page) draw(at)
    pdf.artifact(() => {
      pdf.line(`${notice.office}, ${formatDate(date)} ${time}, оператор ${shortNameOf(notice.operatorName)}`, left, a4.height - 12 * mm, small)
      pdf.line(`лист ${index + 1} из ${pages.length}`, left, a4.height - 12 * mm, small, { to: 'right', width })
    })
  })
  return pdf.done()
}

function paragraph(pdf: Pdf, words: string, style: TextStyle, tag: 'P' | 'H1' | 'H2' = 'P'): Block {
  const lines = pdf.wrap(words, style, width)
  return { height: lines.length * lineHeight(style) + 3, keepWithNext: tag !== 'P', draw: (at) => pdf.tag(tag, () => void pdf.lines(lines, left, at, style)) }
}

function signature(pdf: Pdf, { today }: VerificationNotice): Block {
  const lines = ['Уведомление получил(а):', `Дата: ${formatDateLong(today)}`]
  return {
    height: 2 * lineHeight(text) + 12,
    draw(at) {
      pdf.tag('P', () => void pdf.lines(lines, left, at, text))
      pdf.artifact(() => pdf.rule(left + pdf.width('Уведомление получил(а): ', text), at + lineHeight(text) - 3, left + width * 0.8, 0.7))
    },
  }
}
