import { formatDateLong, periodName } from '@shared/domain/dates'
import { formatReading } from '@shared/domain/decimal'
import { formatMoney } from '@shared/domain/money'
import type { PaymentDocumentContent } from '@shared/domain/payment-document'
import { gap, heightOf, type Block } from '../../flow'
import { paymentPurpose } from '../../payment-qr'
import { lineHeight } from '../../pdf'
import { factBlocks, label, left, right, stack, width, type Sheet } from './sheet'

/** «Извещение» for a cashier, cut off along the line. Of nothing due there is nothing to cut off. */
export function stub(sheet: Sheet, content: PaymentDocumentContent): Block[] {
  const { payer, provider, totals, period, dueOn } = content
  if (totals.due <= 0) return []
  const { pdf, strong, scale } = sheet
  const half = (width - 16) / 2
  const labelWidth = 78 * scale
  const payee = factBlocks(
    sheet,
    [
      ['Получатель', provider.legalName],
      ['ИНН, КПП', [provider.inn, provider.kpp].filter(Boolean).join(', ')],
      ['Счёт', `${provider.settlementAccount}, БИК ${provider.bic}`],
      ['Банк', provider.bankName],
      ['Назначение', paymentPurpose(content)],
    ],
    left, half, labelWidth, sheet.text,
  )
  const from = factBlocks(
    sheet,
    [
      ['Плательщик', payer.name],
      ['Адрес', payer.address],
      [provider.kind === 'internet' ? 'Договор' : 'Лицевой счёт', provider.kind === 'internet' ? (payer.contract ?? payer.account) : payer.account],
      ['Период', periodName(period)],
      ['К оплате', formatMoney(totals.due) + (dueOn ? ` до ${formatDateLong(dueOn)}` : '')],
      ['Дата, подпись', '______________________'],
    ],
    left + half + 16, half, labelWidth,
  )
  const height = cutHeight(sheet) + lineHeight(strong) + 3 + Math.max(heightOf(payee), heightOf(from)) + 4
  return [
    gap(8),
    {
      height,
      draw(top) {
        const y = cut(sheet, top)
        pdf.tag('H2', () => pdf.lines(['Извещение'], left, y, strong))
        stack(payee, y + lineHeight(strong) + 3)
        stack(from, y + lineHeight(strong) + 3)
      },
    },
  ]
}

/** A slip the subscriber fills in and hands over or drops into a box; it names no sum. */
export function readingsStub(sheet: Sheet, { meters, payer, provider }: PaymentDocumentContent): Block[] {
  if (provider.kind === 'internet' || meters.length === 0) return []
  const { pdf, text, strong } = sheet
  const lines = meters.flatMap((meter) =>
    Array.from({ length: meter.zones }, (_, zone) => {
      const last = (meter.current ?? meter.previous)?.[zone]
      const zoneName = meter.zones > 1 ? `, Т${zone + 1}` : ''
      return { what: `${meter.name}, № ${meter.serial}${zoneName}`, last: last === undefined ? '' : `последнее ${formatReading(last, meter.decimals)}` }
    }),
  )
  const row = lineHeight(text) + 5
  const head = [`Показания приборов учёта. Лицевой счёт ${payer.account}`]
  const height = cutHeight(sheet) + lineHeight(strong) + 3 + lines.length * row + lineHeight(text) + 6
  return [
    gap(8),
    {
      height,
      draw(top) {
        let y = cut(sheet, top)
        pdf.tag('H2', () => pdf.lines(head, left, y, strong))
        y += lineHeight(strong) + 3
        for (const { what, last } of lines) {
          pdf.tag('P', () => {
            pdf.lines(pdf.wrap(what, text, width * 0.5).slice(0, 1), left, y, text)
            pdf.lines([last], left + width * 0.52, y, text)
          })
          pdf.artifact(() => pdf.rule(left + width * 0.76, y + row - 3, right, 0.6))
          y += row
        }
        label(sheet, 'Дата снятия «____» ______________ 20____ г.     Подпись ________________', left).draw(y + 4)
      },
    },
  ]
}

const cutHeight = ({ text }: Sheet) => lineHeight(text) + 6

function cut({ pdf, text }: Sheet, top: number): number {
  pdf.artifact(() => {
    pdf.dashedRule(left, top + lineHeight(text) / 2, right - 66)
    pdf.lines(['линия отреза'], left, top, text, { to: 'right', width })
  })
  return top + lineHeight(text) + 6
}
