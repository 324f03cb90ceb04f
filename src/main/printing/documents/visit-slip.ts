import { formatDate } from '@shared/domain/dates'
import { shortNameOf } from '@shared/domain/person-name'
import { openPdf } from '../pdf'
import { localTime } from '../text'
import { about, bodyBottom, foot, heading, list, maskedVisitor, slip, strong, text, write, type Item, type SlipHead } from './slip-parts'

/** What `visit_slip` answers. */
export interface VisitSlip extends SlipHead {
  done: { kind: string; at: string; details: Record<string, unknown>; undone: boolean }[]
}

/**
 * Draws the slip of a visit: what was done, in words for the visitor. No secret, no full name, number or address is on it: slips are left on tables.
 * The same content always gives the same bytes.
 */
export async function drawVisitSlip(content: VisitSlip): Promise<Buffer> {
  const { date, time } = localTime(content.issuedAt, content.timeZone)
  const pdf = openPdf({ title: 'Талон посетителя', madeAt: content.issuedAt })
  pdf.addPage()
  pdf.begin('Sect')
  pdf.tag('H1', () => pdf.lines(['Талон посетителя'], slip.left, slip.top, heading))
  let y = slip.top + 28
  y = write(pdf, `${maskedVisitor(content.visitor)}, обслуживание ${formatDate(date)}`, y, text) + 10
  const items = content.done.flatMap(({ kind, details, undone }): Item[] => {
    const words = forVisitor(kind, details)
    return words ? [{ words: undone ? `${words} — отменено` : words, undone }] : []
  })
  y = write(pdf, items.length > 0 ? 'Что сделано' : 'В этот раз ничего не изменено.', y, strong) + 4
  list(pdf, items, y, bodyBottom, (left) => `и ещё: ${left}. Всё сделанное есть в истории у оператора.`, 'dot')
  foot(pdf, content, about({ ...content, operatorName: shortNameOf(content.operatorName) }, date, time))
  pdf.end()
  return pdf.done()
}

/** A thing done as the visitor would say it; null for what concerns only the desk. */
function forVisitor(kind: string, details: Record<string, unknown>): string | null {
  const value = (name: string) => (typeof details[name] === 'string' || typeof details[name] === 'number' ? String(details[name]) : null)
  const account = value('account') && `лицевой счёт …${value('account')?.slice(-4)}`
  const day = value('takenOn')
  const sentence = (...parts: (string | null | undefined)[]) => parts.filter(Boolean).join(', ')
  switch (kind) {
    case 'contacts.changeEmail':
      return value('way') === 'none' ? `Записана электронная почта ${value('to') ?? ''}, без подтверждения` : `На новую почту ${value('to') ?? ''} ${value('way') === 'link' ? 'отправлена ссылка для подтверждения' : 'отправлен код'}`
    case 'contacts.confirmEmail':
      return details['confirmed'] === true ? `Электронная почта подтверждена: ${value('to') ?? ''}` : null
    case 'contacts.changePhone':
      return value('way') === 'none' ? `Записан номер телефона ${value('to') ?? ''}, без подтверждения` : `На новый номер ${value('to') ?? ''} отправлен код`
    case 'contacts.confirmPhone':
      return details['confirmed'] === true ? `Номер телефона подтверждён: ${value('to') ?? ''}` : null
    case 'contacts.removeEmail':
      return `Электронная почта удалена: ${value('from') ?? ''}`
    case 'contacts.removePhone':
      return `Номер телефона удалён: ${value('from') ?? ''}`
    case 'contacts.revertEmail':
      return `Смена электронной почты отменена${value('to') ? `, снова ${value('to') ?? ''}` : ''}`
    case 'contacts.revertPhone':
      return `Смена номера телефона отменена${value('to') ? `, снова ${value('to') ?? ''}` : ''}`
    case 'contacts.revokePassword':
      return `Отозван пароль личного кабинета${value('memoNumber') ? `: памятка № ${value('memoNumber') ?? ''}` : ''}`
    case 'portalAccess.reissuePassword':
      return value('to') ? `Новый пароль личного кабинета отправлен: ${value('to')}` : `Выдан новый пароль личного кабинета: памятка № ${value('memoNumber') ?? ''}`
    case 'readings.save':
      return sentence('Приняты показания приборов учёта', account, day && `дата ${formatDate(day)}`)
    case 'paymentDocuments.print':
    case 'paymentDocuments.save':
      return `Выдан платёжный документ за ${value('period') ? formatPeriodWords(value('period') ?? '') : 'период'}`
    case 'visits.recordApplication':
      return `Принято заявление № ${value('number') ?? ''}`
    default:
      return kind.startsWith('requests.') && value('number') ? `Принята заявка № ${value('number')}` : null
  }
}

const formatPeriodWords = (period: string) => period.replace(/^(\d{4})-(\d{2})$/, '$2.$1')
