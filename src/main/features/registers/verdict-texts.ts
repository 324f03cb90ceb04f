import type { RegisterVerdict } from '@shared/contract/registers'
import { formatDate } from '@shared/domain/dates'
import { decimalOfThousandths, formatDecimal } from '@shared/domain/decimal'
import { formatAmount } from '@shared/domain/money'
import { russianName } from './register-columns'

/** The words of the verdict file: a document people read in Russian, so its texts are here and not in the catalogues of the page. */
export const verdictNames: Record<RegisterVerdict, string> = {
  accepted: 'принята',
  warned: 'принята с замечаниями',
  unchanged: 'без изменений',
  refused: 'отклонена',
}

export const verdictHeader = { line: 'строка_файла', verdict: 'вердикт', reasons: 'причины' }

const column = (name: string) => `«${russianName(name)}»`
const dial = (thousandths: string) => formatDecimal(decimalOfThousandths(Number(thousandths)))
const sum = (kopecks: string) => `${formatAmount(Number(kopecks))} руб.`
const day = (date: string) => (date === '' ? '' : ` от ${formatDate(date)}`)

/** Each reason of this application and of 0010-registers.sql: code → text from its details. */
export const reasonTexts = {
  wrongColumnCount: (found: string, expected: string) => `столбцов в строке ${found}, в заголовке ${expected}`,
  nulByte: () => 'в строке нулевой байт',
  brokenQuote: () => 'кавычка не закрыта или закрыта не на месте',
  rowTooLong: () => 'строка слишком длинная',

  valueMissing: (name: string) => `не заполнено ${column(name)}`,
  unreadable: (name: string) => `не удалось прочитать ${column(name)}`,
  tooLong: (name: string, max: string) => `${column(name)} длиннее ${max} знаков`,
  cannotClear: (name: string) => `${column(name)} нельзя очистить, значение оставлено`,
  checksum: (name: string) => `контрольное число ${column(name)} не сходится`,
  contactUnusable: (name: string) => `${column(name)} не годится для связи, записано в примечание`,
  contactKept: (name: string) => `${column(name)} не заменено: в Okno подтверждено у окна или подтверждается`,
  documentIncomplete: () => 'документ записан не полностью: нужны тип и номер',
  documentFormat: () => 'номер документа не похож на документ этого типа, записан как есть',

  unknownProvider: (code: string) => `нет поставщика «${code}»`,
  unknownService: (service: string) => `у поставщика нет услуги «${service}»`,
  unknownSubscriber: (id: string) => `нет абонента с кодом «${id}»`,
  unknownAccount: (number: string) => `нет лицевого счёта «${number}» у этого поставщика`,
  unknownMeter: (serial: string) => `на лицевом счёте нет прибора № ${serial}`,
  serviceNeeded: () => 'на счёте несколько приборов с таким номером: укажите услугу',
  accountFormat: () => 'лицевой счёт не подходит под формат поставщика',
  accountOfAnotherSubscriber: () => 'лицевой счёт принадлежит другому абоненту',
  repeatedKey: (line: string) => `тот же ключ с другими данными уже в строке ${line}`,

  zonesOfMeterWithReadings: (zones: string) => `у прибора есть показания по зонам (${zones}): число зон не меняется, это другой прибор`,
  digitsOfMeterWithReadings: (digits: string) => `у прибора есть показания большей разрядности (сейчас ${digits})`,
  removedBeforeInstalled: () => 'дата снятия раньше даты установки',
  initialUnfit: () => 'начальные показания не подходят к прибору (зоны или разрядность) и не записаны',

  zonesMissing: (zones: string) => `нужны показания по всем зонам: ${zones}`,
  zonesExtra: (zones: string) => `показаний больше, чем зон у прибора: ${zones}`,
  digitsExceeded: (digits: string) => `превышена разрядность прибора: не более ${digits} знаков до запятой`,
  decimalsExceeded: (decimals: string) => `не более ${decimals} знаков после запятой`,
  dateInFuture: () => 'дата позже сегодняшней',
  beforeInstalled: (date: string) => `прибор установлен позже: ${formatDate(date)}`,
  afterRemoved: (date: string) => `прибор снят раньше: ${formatDate(date)}`,
  readingCalculated: (value: string) => `за этот день уже есть рассчитанное показание ${dial(value)}`,
  readingOfDesk: (value: string) => `за этот день показание ${dial(value)} уже принято в Okno`,
  readingReplaced: (value: string) => `заменено показание этого дня ${dial(value)}`,
  verificationExpired: (date: string) => `срок поверки истёк: ${formatDate(date)}`,
  belowPrevious: (value: string, date: string) => `показание меньше предыдущего: ${dial(value)}${day(date)}`,
  aboveNext: (value: string, date: string) => `показание больше следующего: ${dial(value)}${day(date)}`,
  rollover: (used: string) => `похоже на переход счётчика через ноль, расход ${dial(used)}`,
  aboveMaximum: (used: string) => `превышен допустимый расход: ${dial(used)}`,

  lowersClosedTotal: (name: string, kopecks: string) => `уменьшает закрытую сумму ${column(name)}: было ${sum(kopecks)}`,
  closingMismatch: (kopecks: string) => `${column('closing')} не сходится: по строке выходит ${sum(kopecks)}`,
  amountZero: () => 'сумма платежа равна нулю',
  paymentOfAnotherAccount: () => 'платёж с этим номером принадлежит другому лицевому счёту',
  paymentAmountDiffers: (kopecks: string) => `платёж с этим номером уже записан на ${sum(kopecks)}: исправляется сторно`,
} satisfies Record<string, (...details: string[]) => string>

export type ReasonCode = keyof typeof reasonTexts

/** A reason as it is staged: `code|detail|detail`. */
export function reason(code: ReasonCode, ...details: string[]): string {
  return [code, ...details.map((detail) => detail.replaceAll('|', '/'))].join('|')
}

export function readReason(staged: string): { code: string; details: string[]; text: string } {
  const [code = '', ...details] = staged.split('|')
  const text: ((...details: string[]) => string) | undefined = code in reasonTexts ? reasonTexts[code as ReasonCode] : undefined
  return { code, details, text: text ? text(...details) : code }
}
