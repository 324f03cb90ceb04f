import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { RegisterKind } from '@shared/contract/registers'
import { addDays, addMonthsToPeriod, formatDate, formatPeriod, periodOf } from '@shared/domain/dates'
import { writeWorkbook } from '../support/xlsx'

/** Files of all six registers for an office that has none of their rows yet: row n of each is about subscriber n, so that each refers to those before it. */
export interface FileOptions {
  rows: number
  /** 'YYYY-MM-DD' of the office: readings and charges are of the month before it. */
  today: string
  /** Code of a provider whose numbers are eight digits. */
  provider: string
}

const header: Record<RegisterKind, readonly string[]> = {
  subscribers: ['subscriber_id', 'kind', 'last_name', 'first_name', 'middle_name', 'birth_date', 'snils', 'doc_type', 'doc_series', 'doc_number', 'doc_issued_on', 'phone', 'email'],
  accounts: ['provider', 'account', 'subscriber_id', 'locality', 'street', 'house', 'flat', 'area_m2', 'residents', 'status', 'opened_on', 'bill_delivery'],
  meters: ['provider', 'account', 'serial', 'service', 'digits', 'decimals', 'zones', 'installed_on', 'verified_until', 'initial_t1'],
  readings: ['provider', 'account', 'serial', 'service', 'taken_on', 't1', 'channel'],
  charges: ['provider', 'account', 'period', 'service', 'unit', 'volume', 'tariff', 'accrued', 'opening', 'paid', 'closing'],
  payments: ['provider', 'account', 'payment_id', 'paid_on', 'amount', 'channel'],
}

const surnames = ['Берёзкин', 'Осинин', 'Клёнов', 'Рябинин', 'Ольхин', 'Тополев', 'Дубравин', 'Вязов', 'Липин', 'Ясенев', 'Орешкин', 'Ивин']
const endings = ['ский', 'цев', 'енко', 'ов', 'ин', 'ых', 'евич', 'аев']
const names = ['Глеб', 'Инна', 'Пётр', 'Вера', 'Лев', 'Нина', 'Яков', 'Ольга', 'Игнат', 'Зоя']
const middle = ['Ильич', 'Тимуровна', 'Львович', 'Петровна', 'Глебович', 'Яковлевна']

const rouble = (kopecks: number) => `${Math.floor(kopecks / 100)},${String(kopecks % 100).padStart(2, '0')}`
const at = <T>(list: readonly T[], n: number): T => list[n % list.length] as T // The list is not empty.

/** One row, values as in `header`. One row in a hundred is bad in a way its register is usually bad: no number, an account nobody has, a sum that is none. */
export function registerRow(kind: RegisterKind, n: number, { today, provider }: FileOptions): string[] {
  const bad = n % 100 === 7
  const account = bad ? `9999${n}` : String(20_000_000 + n)
  const month = addMonthsToPeriod(periodOf(today), -1)
  const id = `R${String(n).padStart(7, '0')}`
  switch (kind) {
    case 'subscribers': {
      const born = formatDate(addDays('1950-01-01', (n * 37) % 20_000))
      return [bad ? '' : id, 'person', `${at(surnames, n)}${at(endings, Math.floor(n / 12))}${at(endings, Math.floor(n / 96))}`, at(names, n * 7), at(middle, n * 3), born, '',
        'паспорт', String(7400 + (n % 30)), String(100_000 + (n % 900_000)), formatDate(addDays('2001-01-01', n % 8000)), `8 9${String(100_000_000 + n * 7).slice(-9)}`, `person${n}@mail.example`]
    }
    case 'accounts':
      return [provider, String(20_000_000 + n), bad ? `нет-${n}` : id, 'г. Энск', `ул. ${at(surnames, n >> 9)}а ${n >> 13}`, String(1 + ((n >> 6) % 150)), String(1 + (n & 63)), `${30 + (n % 60)},${n % 10}`,
        String(1 + (n % 5)), 'действует', formatDate(addDays('2005-01-01', n % 5000)), n % 3 === 0 ? 'почта' : 'бумага']
    case 'meters':
      return [provider, account, `М-${10_000_000 + n}`, at(['хвс', 'гвс'], n), '5', '3', '1', formatDate(addDays('2019-01-01', n % 1500)), formatDate(addDays(today, 100 + (n % 1500))), String(n % 40)]
    case 'readings':
      return [provider, account, `М-${10_000_000 + n}`, at(['хвс', 'гвс'], n), formatDate(addDays(today, -1 - (n % 3))), `${45 + (n % 90)},${n % 10}`, 'телефон']
    case 'charges': {
      const accrued = 10_000 + (n % 50_000)
      const opening = n % 7 === 0 ? 12_345 : 0
      return [provider, account, formatPeriod(month), 'хвс', 'м³', `${1 + (n % 9)},5`, '48,37', rouble(accrued), rouble(opening), rouble(0), rouble(opening + accrued)]
    }
    case 'payments':
      return [provider, account, `П-${n}`, formatDate(addDays(today, -(n % 25))), bad ? 'сто' : rouble(10_000 + (n % 70_000)), 'касса']
  }
}

/** Rows of the header are those of the columns above; the file is written as it grows. */
export async function writeRegisterFile(path: string, kind: RegisterKind, options: FileOptions): Promise<void> {
  const file = createWriteStream(path)
  file.write(`${header[kind].join(';')}\r\n`)
  let text = ''
  for (let n = 0; n < options.rows; n++) {
    text += `${registerRow(kind, n, options).join(';')}\r\n`
    if (text.length < 200_000) continue
    if (!file.write(text)) await once(file, 'drain')
    text = ''
  }
  file.end(text)
  await once(file, 'close')
}

/** The same rows as a spreadsheet program writes them: one sheet, texts shared. */
export async function writeRegisterWorkbook(path: string, kind: RegisterKind, options: FileOptions): Promise<void> {
  function* rows(): Generator<readonly string[]> {
    yield header[kind]
    for (let n = 0; n < options.rows; n++) yield registerRow(kind, n, options)
  }
  await writeWorkbook(path, rows())
}
