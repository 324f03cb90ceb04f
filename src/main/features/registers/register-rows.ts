import type { RegisterKind } from '@shared/contract/registers'
import { accountKey, accountNumberProblem, contractKey, housingSystemCode } from '@shared/domain/account-number'
import { isKpp, isOgrn, isOgrnip, isOrganisationInn, isPersonInn, isSnils } from '@shared/domain/checksums'
import { normaliseEmail } from '@shared/domain/email'
import { fold } from '@shared/domain/fold'
import { type DocumentType, documentProblems, normaliseDocument } from '@shared/domain/identity-document'
import { lastTenDigits, normalisePhone } from '@shared/domain/phone'
import type { ProviderCard } from '@shared/domain/provider-profile'
import type { CsvRow } from './csv-reader'
import { type MatchedHeader, type RegisterColumn, meteredServiceOf, readValue, tidy } from './register-columns'
import { reason } from './verdict-texts'

/** What the import must know of a provider. */
export interface RegisterProvider {
  id: number
  code: string
  profile: Pick<ProviderCard['profile'], 'accountNumber'>
  services: readonly { code: string; name: string }[]
}

type Values = Record<string, string | undefined>

/** A row as it is put into staging; undefined values are unknown. */
export interface StagedRow {
  line: number
  values: Values
  /** Columns the row clears with `-`. */
  cleared: string[]
  warnings: string[]
  refused: string[]
}

/** Columns of the staging tables in the order they are copied (0010-registers.sql). */
const accountColumns = ['provider_id', 'number', 'number_key']
export const stagedColumns: Record<RegisterKind, readonly string[]> = {
  subscribers: [
    'external_id', 'kind', 'last_name', 'first_name', 'middle_name', 'birth_date', 'org_name', 'inn', 'kpp', 'ogrn', 'snils', 'doc_type', 'doc_series', 'doc_number', 'doc_key',
    'doc_issued_by', 'doc_issued_on', 'doc_issuer_code', 'phone', 'phone_key', 'email', 'email_key', 'contact_note',
  ],
  accounts: [
    ...accountColumns, 'contract', 'contract_key', 'contract_date', 'external_id', 'region', 'locality', 'street', 'house', 'building', 'flat', 'flat_as_printed', 'area_m2', 'rooms',
    'residents', 'els', 'zhku_id', 'status', 'opened_on', 'closed_on', 'bill_delivery', 'tariff',
  ],
  meters: [
    ...accountColumns, 'serial', 'service', 'digits', 'decimals', 'zones', 'ratio', 'installed_on', 'verified_until', 'removed_on', 'initial_t1', 'initial_t2', 'initial_t3',
  ],
  readings: [...accountColumns, 'serial', 'service', 'taken_on', 't1', 't2', 't3', 'channel'],
  charges: [
    ...accountColumns, 'period', 'service', 'unit', 'volume', 'volume_common', 'tariff', 'accrued', 'accrued_common', 'recalculated', 'recalculation_reason', 'benefit', 'penalty',
    'opening', 'paid', 'closing', 'facts',
  ],
  payments: [...accountColumns, 'payment_id', 'paid_on', 'amount', 'channel', 'purpose'],
}

/** Reads rows of one register into staged ones; everything that can be said of a row without the database is said here. */
export function rowStager(kind: RegisterKind, { columns, fixed }: MatchedHeader, providers: readonly RegisterProvider[]): (row: CsvRow) => StagedRow {
  const providerByCode = new Map(providers.map((provider) => [provider.code, { ...provider, services: servicesOf(provider) }]))
  const finish = kind === 'subscribers' ? finishSubscriber : finishAccountRow
  const facts = [...columns, ...fixed.map(({ column }) => column)].filter((column) => column?.fact !== undefined) as RegisterColumn[]

  return (row) => {
    const staged: StagedRow = { line: row.line, values: {}, cleared: [], warnings: [], refused: [] }
    if (row.problem) {
      const details = row.problem === 'wrongColumnCount' ? [String(row.fields.length), String(columns.length)] : []
      staged.refused.push(reason(row.problem, ...details))
      return staged
    }
    columns.forEach((column, index) => {
      if (column) readCell(staged, column, tidy(row.fields[index] ?? ''))
    })
    for (const { column, value } of fixed) readCell(staged, column, value)
    if (staged.refused.length === 0) finish(staged)
    return staged
  }

  function finishAccountRow(staged: StagedRow): void {
    const { values } = staged
    const { provider: code = '', account: number = '' } = values
    const provider = providerByCode.get(code.toLowerCase())
    if (!provider) {
      staged.refused.push(reason('unknownProvider', code))
      return
    }
    const format = provider.profile.accountNumber
    values['provider_id'] = String(provider.id)
    values['number'] = number
    values['number_key'] = accountKey(number, format)
    if (kind === 'accounts') finishAccount(staged, number, format)
    if (kind === 'charges') {
      finishCharge(staged, facts)
      const given = values['service'] ?? ''
      values['service'] = meteredServiceOf(given) ?? provider.services.get(given) ?? provider.services.get(fold(given))
      if (!values['service']) staged.refused.push(reason('unknownService', given))
    }
    if (kind === 'payments' && values['amount'] === '0') staged.refused.push(reason('amountZero'))
  }
}

function readCell(staged: StagedRow, column: RegisterColumn, cell: string): void {
  const { name, required } = column
  if (cell === '' || (cell === '-' && required)) {
    if (required) staged.refused.push(reason('valueMissing', name))
    return
  }
  if (cell === '-') {
    if (column.kept) staged.warnings.push(reason('cannotClear', name))
    else staged.cleared.push(name)
    return
  }
  const read = readValue(column.value, cell)
  if (read === 'tooLong') {
    staged.refused.push(reason('tooLong', name, String(column.value.is === 'text' ? column.value.max : '')))
  } else if (read !== null) {
    staged.values[name] = read.value
  } else if (column.value.is === 'word' && column.value.strict) {
    staged.refused.push(reason('unknownService', cell))
  } else {
    ;(required ? staged.refused : staged.warnings).push(reason('unreadable', name))
  }
}

function finishSubscriber(staged: StagedRow): void {
  const { values, warnings } = staged
  values['external_id'] = values['subscriber_id']
  const isValidInn = values['kind'] === 'organisation' ? isOrganisationInn : isPersonInn
  checkNumber(staged, 'inn', isValidInn)
  checkNumber(staged, 'kpp', isKpp)
  checkNumber(staged, 'ogrn', (digits) => isOgrn(digits) || isOgrnip(digits))
  checkNumber(staged, 'snils', isSnils)

  const { doc_type: type, doc_series: series = null, doc_number: number } = values
  if (type && number) {
    // Only the form of the number is looked at here, and that does not depend on the day.
    const problem = documentProblems({ type: type as DocumentType, series, number }, '9999-12-31').find(({ level }) => level === 'error')?.problem
    if (problem === 'format') warnings.push(reason('documentFormat'))
    if (problem === 'numberMissing') warnings.push(reason('documentIncomplete'))
    else values['doc_key'] = normaliseDocument(type as DocumentType, series, number)
  } else if (number || series) {
    warnings.push(reason('documentIncomplete'))
  }

  const notes: string[] = []
  const { phone, email } = values
  if (phone) {
    const e164 = normalisePhone(phone)
    values['phone'] = e164 ?? undefined
    if (e164) values['phone_key'] = lastTenDigits(e164) ?? e164.slice(1)
    else unusable('phone', phone)
  }
  if (email) {
    const address = normaliseEmail(email)
    values['email'] = values['email_key'] = address ?? undefined
    if (!address) unusable('email', email)
  }
  if (notes.length > 0) values['contact_note'] = notes.join('; ')

  function unusable(name: string, value: string): void {
    warnings.push(reason('contactUnusable', name))
    notes.push(value)
  }
}

/** What a payment document must tell besides the charge goes into one value; cleared columns are named as its keys. Sums are numbers there, the rest is text. */
function finishCharge(staged: StagedRow, columns: readonly RegisterColumn[]): void {
  const { values, cleared } = staged
  const facts: Record<string, string | number> = {}
  for (const { name, fact, value } of columns) {
    if (fact === undefined) continue
    const given = values[name]
    if (given !== undefined) facts[fact] = value.is === 'money' ? Number(given) : given
    const at = cleared.indexOf(name)
    if (at >= 0) cleared[at] = fact
  }
  if (Object.keys(facts).length > 0) values['facts'] = JSON.stringify(facts)
}

/** A right number is stored as bare digits, the form it is searched by; a wrong one as given. */
function checkNumber({ values, warnings }: StagedRow, name: string, isValid: (digits: string) => boolean): void {
  const given = values[name]
  if (given === undefined) return
  const bare = given.replace(/[\s\u00a0-]/g, '').toUpperCase()
  if (isValid(bare)) values[name] = bare
  else warnings.push(reason('checksum', name))
}

function finishAccount(staged: StagedRow, number: string, format: RegisterProvider['profile']['accountNumber']): void {
  const { values, warnings } = staged
  values['external_id'] = values['subscriber_id']
  if (accountNumberProblem(number, format)) staged.refused.push(reason('accountFormat'))
  if (values['contract']) values['contract_key'] = contractKey(values['contract'])
  for (const [name, kind] of [['els', 'els'], ['zhku_id', 'zhkuId']] as const) {
    const given = values[name]
    if (given === undefined) continue
    const code = housingSystemCode(given)
    values[name] = code?.kind === kind ? code.key : undefined
    if (!values[name]) warnings.push(reason('unreadable', name))
  }
}

function servicesOf(provider: RegisterProvider): Map<string, string> {
  return new Map(provider.services.flatMap(({ code, name }) => [[fold(name), code], [code, code]]))
}
