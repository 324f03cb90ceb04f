import { type Period, parsePeriod } from './dates'
import { isInn } from './checksums'
import { type Kopecks, parseMoney } from './money'

// ГОСТ Р 56042-2014 «Двумерные символы штрихового кода для осуществления платежей физических лиц».
// The rules are those on which five independent implementations agree (domain.md 2.6).

const MANDATORY = ['Name', 'PersonalAcc', 'BankName', 'BIC', 'CorrespAcc'] as const
const ADDITIONAL = ['Sum', 'Purpose', 'PayeeINN', 'PayerINN', 'DrawerStatus', 'KPP', 'CBC', 'OKTMO', 'PaytReason', 'TaxPeriod', 'DocNo', 'DocDate', 'TaxPaytKind'] as const
const OTHER = [
  'LastName', 'FirstName', 'MiddleName', 'PayerAddress', 'PersonalAccount', 'DocIdx', 'PensAcc', 'Contract', 'PersAcc', 'Flat', 'Phone', 'PayerIdType', 'PayerIdNum',
  'ChildFio', 'BirthDate', 'PaymTerm', 'PaymPeriod', 'Category', 'ServiceName', 'CounterId', 'CounterVal', 'QuittId', 'QuittDate', 'InstNum', 'ClassNum', 'SpecFio',
  'AddAmount', 'RuleId', 'ExecId', 'RegType', 'UIN', 'TechCode',
] as const
const KEYS = [...MANDATORY, ...ADDITIONAL, ...OTHER]

export type GostQrKey = (typeof KEYS)[number]
export type GostQrEncoding = 'windows-1251' | 'utf-8' | 'koi8-r'

/** Texts by the standard's keys. `Sum` and `AddAmount` are kopecks; an empty or missing text is left out; no `CorrespAcc` is written as 0. */
export type GostQrFields = Partial<Record<Exclude<GostQrKey, 'Sum' | 'AddAmount'>, string | null>> & {
  Name: string
  PersonalAcc: string
  BankName: string
  BIC: string
  Sum?: Kopecks | null
  AddAmount?: Kopecks | null
}

export interface GostQrPayload {
  /** To be encoded as bytes of `encoding` into one byte-mode segment without ECI. */
  text: string
  /** utf-8 when a text does not fit the wished windows-1251. */
  encoding: 'windows-1251' | 'utf-8'
  /** Keys whose text was cut to the standard's length; the payment still finds its way by the account. */
  shortened: GostQrKey[]
}

const LONGEST: Partial<Record<GostQrKey, number>> = {
  Name: 160, BankName: 45, Purpose: 210, PayeeINN: 12, PayerINN: 12, DrawerStatus: 2, KPP: 9, CBC: 20, OKTMO: 11, PaytReason: 2, TaxPeriod: 10, DocNo: 15, DocDate: 10, TaxPaytKind: 2,
}
const MANDATORY_BLOCK_BYTES = 300
const SEPARATORS = '|#;:^_~{}!$%&()*+,/@'
const ENCODING_DIGITS: Record<string, GostQrEncoding> = { 1: 'windows-1251', 2: 'utf-8', 3: 'koi8-r' }
const CP1251 =
  'ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—™љ›њќћџЎўЈ¤Ґ¦§Ё©Є«¬®Ї°±Ііґµ¶·ё№є»јЅѕїАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюя'

/**
 * The text of a payment QR. Fields come in the standard's order, separated by `|` or by the first sign that no value holds.
 * Throws RangeError when the requisites cannot make a payment: wrong length of an account or БИК, a sum that is no number of kopecks.
 */
export function buildGostQr(fields: GostQrFields, wished: 'windows-1251' | 'utf-8' = 'utf-8'): GostQrPayload {
  const values = new Map<GostQrKey, string>()
  const shortened: GostQrKey[] = []
  for (const key of KEYS) {
    const value = valueOf(key, fields)
    const longest = LONGEST[key] ?? Infinity
    if (value.length > longest) shortened.push(key)
    if (value !== '') values.set(key, value.slice(0, longest).trimEnd())
  }
  assertRequisites(values)
  const encoding = wished === 'windows-1251' && [...values.values()].every(fitsCp1251) ? 'windows-1251' : 'utf-8'
  if (shortenName(values, encoding) && !shortened.includes('Name')) shortened.push('Name')
  const separator = [...SEPARATORS].find((sign) => ![...values.values()].some((value) => value.includes(sign)))
  const header = `ST0001${encoding === 'utf-8' ? 2 : 1}`
  const pairs = [...values].map(([key, value]) => `${key}=${separator === undefined ? value.replaceAll('|', '/') : value}`)
  return { text: [header, ...pairs].join(separator ?? '|'), encoding, shortened }
}

/** A period as most bills write it: MMYYYY. */
export function gostQrPeriod(period: Period): string {
  return period.slice(5) + period.slice(0, 4)
}

/** Reads PaymPeriod of bills in the wild: «102026», «10.2026», «1026»; null for anything else. */
export function parseGostQrPeriod(text: string): Period | null {
  const match = /^(\d{2})\.?(\d{4}|\d{2})$/.exec(text.trim())
  if (!match) return null
  const year = match[2] ?? ''
  return parsePeriod(`${match[1]}.${year.length === 2 ? `20${year}` : year}`)
}

export type GostQrFailure = { problem: 'notGostQr' | 'version' | 'encoding' } | { problem: 'fieldMissing'; key: GostQrKey }
export type GostQrWarning = 'sumInRoubles' | 'sumUnreadable' | 'innChecksum' | 'repeatedKey'

export interface ParsedGostQr {
  encoding: GostQrEncoding
  separator: string
  /** By the standard's spelling of a key; unknown keys stay as they were. */
  fields: Readonly<Partial<Record<GostQrKey, string>> & Record<string, string>>
  sum: Kopecks | null
  period: Period | null
  warnings: GostQrWarning[]
}

/**
 * Reads a scanned payment QR, generous to what real bills do: any order of fields, keys in any case or with look-alike letters,
 * a trailing separator, «null» for absent, a sum in roubles with decimals (warned about), an ИНН with a wrong control digit (warned about).
 */
export function parseGostQr(text: string): ParsedGostQr | GostQrFailure {
  const written = text.replace(/^\ufeff/, '').trim()
  if (!written.startsWith('ST') || written.length < 8) return { problem: 'notGostQr' }
  if (written.slice(2, 6) !== '0001') return { problem: 'version' }
  const encoding = ENCODING_DIGITS[written.charAt(6)]
  if (encoding === undefined) return { problem: 'encoding' }
  const separator = written.charAt(7)
  const { fields, isRepeated } = fieldsOf(written.slice(8).split(separator))
  const missing = MANDATORY.find((key) => fields[key] === undefined)
  if (missing !== undefined) return { problem: 'fieldMissing', key: missing }

  const warnings: GostQrWarning[] = isRepeated ? ['repeatedKey'] : []
  const sum = sumOf(fields.Sum, warnings)
  if (fields.PayeeINN !== undefined && !isInn(fields.PayeeINN)) warnings.push('innChecksum')
  return { encoding, separator, fields, sum, period: fields.PaymPeriod === undefined ? null : parseGostQrPeriod(fields.PaymPeriod), warnings }
}

/** Only the fields, of any text that begins like a payment QR: enough to find the account when requisites are missing. Keys in the standard's spelling. */
export function gostQrFields(text: string): Readonly<Record<string, string | undefined>> {
  const written = text.replace(/^\ufeff/, '').trim()
  return fieldsOf(written.slice(8).split(written.charAt(7))).fields
}

function valueOf(key: GostQrKey, fields: GostQrFields): string {
  if (key === 'Sum' || key === 'AddAmount') {
    const amount = fields[key]
    if (amount === undefined || amount === null) return ''
    if (!Number.isSafeInteger(amount) || amount < 0) throw new RangeError(`${key} must be a number of kopecks`)
    return String(amount)
  }
  const value = (fields[key] ?? '').normalize('NFC').replace(/\s+/gu, ' ').trim()
  return key === 'CorrespAcc' && value === '' ? '0' : value
}

function assertRequisites(values: ReadonlyMap<GostQrKey, string>): void {
  const shapes: [GostQrKey, RegExp][] = [['Name', /./], ['PersonalAcc', /^\d{20}$/], ['BankName', /./], ['BIC', /^\d{9}$/], ['CorrespAcc', /^(?:0|\d{20})$/]]
  for (const [key, shape] of shapes) if (!shape.test(values.get(key) ?? '')) throw new RangeError(`${key} is not what the standard asks for`)
}

/** The mandatory block has a limit in bytes, which a long name breaks first. Changes the map; true when the name was cut. */
function shortenName(values: Map<GostQrKey, string>, encoding: 'windows-1251' | 'utf-8'): boolean {
  const size = () => byteLength(MANDATORY.map((key) => `${key}=${values.get(key) ?? ''}`).join('|'), encoding)
  const before = values.get('Name') ?? ''
  let letters = [...before]
  while (size() > MANDATORY_BLOCK_BYTES && letters.length > 1) {
    letters = letters.slice(0, -1)
    values.set('Name', letters.join('').trimEnd())
  }
  return values.get('Name') !== before
}

function byteLength(text: string, encoding: 'windows-1251' | 'utf-8'): number {
  if (encoding === 'windows-1251') return text.length
  return [...text].reduce((bytes, letter) => {
    const code = letter.codePointAt(0) ?? 0
    return bytes + (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4)
  }, 0)
}

function fitsCp1251(text: string): boolean {
  return [...text].every((letter) => letter <= '\x7f' || CP1251.includes(letter))
}

function fieldsOf(pairs: readonly string[]): { fields: Record<string, string>; isRepeated: boolean } {
  const fields: Record<string, string> = Object.create(null) as Record<string, string>
  let isRepeated = false
  for (const pair of pairs.flatMap(withoutForeignSeparator)) {
    const equals = pair.indexOf('=')
    const key = standardKey(pair.slice(0, Math.max(0, equals)).trim())
    const value = pair.slice(equals + 1).trim()
    if (key === '' || value === '' || value === 'null') continue
    if (fields[key] === undefined) fields[key] = value
    else isRepeated = true
  }
  return { fields, isRepeated }
}

/**
 * QRCoder ends the mandatory block with the separator of the header and joins all further fields with `|`, whatever that separator is. A correspondent account is digits, so what comes
 * behind them is no part of it; in any other value a `|` may be meant.
 */
function withoutForeignSeparator(pair: string): string[] {
  return /^\s*CorrespAcc\s*=\s*\d*\s*\|/i.test(pair) ? pair.split('|') : [pair]
}

const keyBySpelling = new Map(KEYS.map((key) => [spelling(key), key]))

function standardKey(written: string): string {
  return keyBySpelling.get(spelling(written)) ?? written
}

/** Common libraries write «СВС» in Cyrillic and «Docldx», «PayerldType» with a small L for a capital I. */
function spelling(key: string): string {
  return key.toLowerCase().replaceAll('с', 'c').replaceAll('в', 'b').replaceAll('l', 'i')
}

function sumOf(written: string | undefined, warnings: GostQrWarning[]): Kopecks | null {
  if (written === undefined) return null
  if (/^\d{1,15}$/.test(written)) return Number(written)
  const roubles = /[.,]/.test(written) ? parseMoney(written) : null
  warnings.push(roubles === null ? 'sumUnreadable' : 'sumInRoubles')
  return roubles
}
