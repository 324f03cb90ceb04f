import type { RegisterVerdict } from '@shared/contract/registers'
import { decimalOfThousandths, formatDecimal } from '@shared/domain/decimal'
import { formatAmount } from '@shared/domain/money'
import type { AppError, FailureDetails } from '@shared/errors'
import { ruleBook, verdictText } from '@shared/domain/reading-rule-book'
import { readingRules, type ReadingRule } from '@shared/domain/reading-verdict'
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

  readingCalculated: (value: string) => `за этот день уже есть рассчитанное показание ${dial(value)}`,
  readingOfDesk: (value: string) => `за этот день показание ${dial(value)} уже принято в Okno`,
  readingReplaced: (value: string) => `заменено показание этого дня ${dial(value)}`,

  periodFinal: (period: string) => `период ${period.slice(5)}.${period.slice(0, 4)} закрыт, его платёжные документы составлены: передайте изменение перерасчётом следующего периода`,
  lowersClosedTotal: (name: string, kopecks: string) => `уменьшает закрытую сумму ${column(name)}: было ${sum(kopecks)}`,
  closingMismatch: (kopecks: string) => `${column('closing')} не сходится: по строке выходит ${sum(kopecks)}`,
  amountZero: () => 'сумма платежа равна нулю',
  paymentOfAnotherAccount: () => 'платёж с этим номером принадлежит другому лицевому счёту',
  paymentAmountDiffers: (kopecks: string) => `платёж с этим номером уже записан на ${sum(kopecks)}: исправляется сторно`,
} satisfies Record<string, (...details: string[]) => string>

export type ReasonCode = keyof typeof reasonTexts

/** Why a file was not taken at all, for the text that is put beside it in a watched folder; null: not the file's fault. */
export function fileProblemText({ reason, details }: AppError): string | null {
  const known = fileProblems[reason as keyof typeof fileProblems]
  return known === undefined ? null : known(details ?? {})
}

const fileProblems = {
  registerEmpty: () => 'Файл пуст. Ничего не загружено.',
  registerNotText: () => 'Это не текстовый файл CSV и не книга Excel. Ничего не загружено.',
  registerDamaged: () => 'Книга Excel повреждена. Ничего не загружено: сохраните её заново.',
  registerProtected: () => 'Книга Excel закрыта паролем. Ничего не загружено: снимите пароль.',
  registerOldExcel: () => 'Это книга Excel старого вида (97–2003). Ничего не загружено: сохраните её как XLSX.',
  registerNotSheet: () => 'В файле нет листа Excel. Ничего не загружено.',
  registerTooLarge: () => 'Файл больше 2 000 000 строк или 1 ГБ. Ничего не загружено: разделите его на части.',
  registerColumnsMissing: ({ russian }: FailureDetails) => `Нет обязательных столбцов: ${Array.isArray(russian) ? russian.join(', ') : ''}. Ничего не загружено: проверьте первую строку файла, его вид и сопоставление столбцов.`,
  mappingInvalid: ({ column: name }: FailureDetails) => `Сопоставление столбцов составлено неверно${typeof name === 'string' ? ` (${name})` : ''}. Ничего не загружено: исправьте его на странице «Реестры».`,
} satisfies Record<string, (details: FailureDetails) => string>

/** A reason as it is staged: `code|detail|detail`. */
export function reason(code: ReasonCode, ...details: string[]): string {
  return [code, ...details.map((detail) => detail.replaceAll('|', '/'))].join('|')
}

export function readReason(staged: string): { code: string; details: string[]; text: string } {
  const [code = '', ...details] = staged.split('|')
  const rule = readingRules.find((known) => known === code)
  if (rule) return { code, details, text: ruleText(rule, details) }
  const text: ((...details: string[]) => string) | undefined = code in reasonTexts ? reasonTexts[code as ReasonCode] : undefined
  return { code, details, text: text ? text(...details) : code }
}

/** A rule of readings in the words of its book; SQL writes `rule|zone|details` in the book's order. */
function ruleText(rule: ReadingRule, [zone = '', ...values]: string[]): string {
  const details = Object.fromEntries(ruleBook[rule].details.flatMap((name, index) => {
    const value = values[index]
    return value === undefined ? [] : [[name, /^-?\d+$/.test(value) ? Number(value) : value]]
  }))
  // Zones are told apart only where there are several: T1 of an ordinary meter is its only dial.
  const said = verdictText({ rule, details, zone: zone === '' || zone === '0' ? undefined : Number(zone) })
  return `${said.charAt(0).toLowerCase()}${said.slice(1)}`
}
