/** Columns of the register files in the order they are written; names as in the description of the registers. */
export const registerColumns = {
  subscribers: [
    'subscriber_id', 'kind', 'last_name', 'first_name', 'middle_name', 'birth_date', 'org_name', 'inn', 'kpp', 'ogrn', 'snils',
    'doc_type', 'doc_series', 'doc_number', 'doc_issued_by', 'doc_issued_on', 'doc_issuer_code', 'phone', 'email',
  ],
  accounts: [
    'provider', 'account', 'contract', 'contract_date', 'subscriber_id', 'region', 'locality', 'street', 'house', 'building', 'flat', 'flat_as_printed',
    'area_m2', 'rooms', 'residents', 'els', 'zhku_id', 'status', 'opened_on', 'closed_on', 'bill_delivery', 'tariff',
  ],
  meters: [
    'provider', 'account', 'serial', 'service', 'digits', 'decimals', 'zones', 'ratio', 'installed_on', 'verified_until', 'removed_on',
    'initial_t1', 'initial_t2', 'initial_t3',
  ],
  readings: ['provider', 'account', 'serial', 'service', 'taken_on', 't1', 't2', 't3', 'channel'],
  charges: [
    'provider', 'account', 'period', 'service', 'unit', 'volume', 'volume_common', 'tariff', 'accrued', 'accrued_common', 'recalculated',
    'recalculation_reason', 'benefit', 'penalty', 'opening', 'paid', 'closing',
    'norm', 'norm_common', 'house_reading', 'house_volume', 'house_volume_common', 'instalment_current', 'instalment_past', 'instalment_percent', 'instalment_interest', 'instalment_due',
  ],
  payments: ['provider', 'account', 'payment_id', 'paid_on', 'amount', 'channel', 'purpose'],
} as const

export type RegisterKind = keyof typeof registerColumns

/** Order in which the files can be imported: each refers only to those before it. */
export const registerKinds = Object.keys(registerColumns) as RegisterKind[] // Object.keys knows no literal types.

/** A row as it stands in the file: all values are text, dates DD.MM.YYYY, decimals with a comma, money in roubles. */
export type RegisterRow<Kind extends RegisterKind = RegisterKind> = Record<(typeof registerColumns)[Kind][number], string>

/** Header of payments in Russian: the training files show both languages. */
export const russianPaymentColumns: Record<(typeof registerColumns)['payments'][number], string> = {
  provider: 'поставщик',
  account: 'лицевой_счет',
  payment_id: 'номер_платежа',
  paid_on: 'дата',
  amount: 'сумма',
  channel: 'канал',
  purpose: 'назначение',
}

/** 26763 kopecks → «267,63» */
export function rubles(kopecks: number): string {
  const text = String(Math.abs(kopecks)).padStart(3, '0')
  return `${kopecks < 0 ? '-' : ''}${text.slice(0, -2)},${text.slice(-2)}`
}

/** Thousandths without trailing zeros: 5533 → «5,533», 120000 → «120». */
export const thousandths = (value: number): string => (value % 1000 === 0 ? String(value / 1000) : decimal(value, 3, 1))

/** 1/10000 rouble, at least two decimals: 83524 → «8,3524», 483700 → «48,37». */
export const price = (value: number): string => decimal(value, 4, 2)

function decimal(value: number, places: number, least: number): string {
  const text = String(value).padStart(places + 1, '0')
  let end = text.length
  while (end > text.length - places + least && text[end - 1] === '0') end -= 1
  return `${text.slice(0, -places)},${text.slice(text.length - places, end)}`
}
