import { parseDate, parsePeriod } from '@shared/domain/dates'
import { parseDecimal, scaled } from '@shared/domain/decimal'
import { fold } from '@shared/domain/fold'
import { parseDocumentType } from '@shared/domain/identity-document'
import { parseMoney } from '@shared/domain/money'
import type { ChargeFacts } from '@shared/domain/payment-document'
import type { RegisterKind, RegisterMapping } from '@shared/contract/registers'

/**
 * The six registers as data (registers.md): names of columns, what a value may be and what is required. Matching of the header, reading of the values,
 * the preview and the texts of the verdict file all come from this table.
 */
export interface RegisterColumn {
  /** English name, lower case; also the name in reasons and in `cleared`. */
  name: string
  russian: string
  /** An empty or unreadable value refuses the row. */
  required?: true
  /** `-` cannot clear it: the record is nothing without it. */
  kept?: true
  /** Not a column of the database: a key of `charge.facts`, which hardly any row has. */
  fact?: keyof ChargeFacts | 'gisNumber'
  value: ValueKind
}

export type ValueKind =
  | { is: 'text'; max: number }
  | { is: 'date' | 'period' | 'money' | 'documentType' }
  /** Whole thousandths are staged. */
  | { is: 'reading' }
  | { is: 'decimal'; decimals: number; least?: number; negative?: true }
  | { is: 'int'; least: number; most: number }
  /** Code and the other words for it, folded. An unknown word of a `strict` column refuses the row even when the column may be empty. */
  | { is: 'word'; words: Record<string, readonly string[]>; strict?: true }

const text = (max: number): ValueKind => ({ is: 'text', max })
const money: ValueKind = { is: 'money' }
const date: ValueKind = { is: 'date' }
const reading: ValueKind = { is: 'reading' }
const volume: ValueKind = { is: 'decimal', decimals: 6, negative: true }

/** The five metered services and what registers call them. */
const meteredWords = {
  cold_water: ['хвс', 'холодная вода', 'холодное водоснабжение', 'хол вода'],
  hot_water: ['гвс', 'горячая вода', 'горячее водоснабжение', 'гор вода'],
  electricity: ['электроэнергия', 'электричество', 'ээ', 'электроснабжение'],
  gas: ['газ', 'газоснабжение'],
  heat: ['отопление', 'тепло', 'теплоэнергия', 'тепловая энергия'],
} as const
const meteredService: ValueKind = { is: 'word', words: meteredWords, strict: true }

/** A metered service by its code or name, or null: the rest of the services are the provider's own. */
export function meteredServiceOf(value: string): string | null {
  return wordOf(meteredWords, value)
}

const account: RegisterColumn[] = [
  { name: 'provider', russian: 'поставщик', required: true, value: text(40) },
  { name: 'account', russian: 'лицевой_счет', required: true, value: text(40) },
]

export const registerColumns: Record<RegisterKind, readonly RegisterColumn[]> = {
  subscribers: [
    { name: 'subscriber_id', russian: 'код_абонента', required: true, value: text(40) },
    {
      name: 'kind', russian: 'вид', required: true,
      value: { is: 'word', words: { person: ['физлицо', 'физ лицо', 'физическое лицо'], organisation: ['юрлицо', 'юр лицо', 'юридическое лицо'], entrepreneur: ['ип', 'индивидуальный предприниматель'] } },
    },
    { name: 'last_name', russian: 'фамилия', value: text(100) },
    { name: 'first_name', russian: 'имя', value: text(100) },
    { name: 'middle_name', russian: 'отчество', value: text(100) },
    { name: 'birth_date', russian: 'дата_рождения', value: date },
    { name: 'org_name', russian: 'наименование', value: text(300) },
    { name: 'inn', russian: 'инн', value: text(20) },
    { name: 'kpp', russian: 'кпп', value: text(20) },
    { name: 'ogrn', russian: 'огрн', value: text(20) },
    { name: 'snils', russian: 'снилс', value: text(20) },
    { name: 'doc_type', russian: 'тип_документа', value: { is: 'documentType' } },
    { name: 'doc_series', russian: 'серия', value: text(25) },
    { name: 'doc_number', russian: 'номер', value: text(25) },
    { name: 'doc_issued_by', russian: 'кем_выдан', value: text(300) },
    { name: 'doc_issued_on', russian: 'дата_выдачи', value: date },
    { name: 'doc_issuer_code', russian: 'код_подразделения', value: text(20) },
    { name: 'phone', russian: 'телефон', value: text(100) },
    { name: 'email', russian: 'почта', value: text(254) },
  ],
  accounts: [
    ...account,
    { name: 'contract', russian: 'договор', value: text(60) },
    { name: 'contract_date', russian: 'дата_договора', value: date },
    { name: 'subscriber_id', russian: 'код_абонента', required: true, value: text(40) },
    { name: 'region', russian: 'регион', value: text(120) },
    { name: 'locality', russian: 'город', value: text(120) },
    { name: 'street', russian: 'улица', value: text(120) },
    { name: 'house', russian: 'дом', kept: true, value: text(40) },
    { name: 'building', russian: 'корпус', value: text(40) },
    { name: 'flat', russian: 'квартира', value: text(40) },
    { name: 'flat_as_printed', russian: 'квартира_как_в_квитанции', value: text(60) },
    { name: 'area_m2', russian: 'площадь', value: { is: 'decimal', decimals: 2, least: 0 } },
    { name: 'rooms', russian: 'комнат', value: { is: 'int', least: 0, most: 999 } },
    { name: 'residents', russian: 'проживает', value: { is: 'int', least: 0, most: 9999 } },
    { name: 'els', russian: 'елс', value: text(40) },
    { name: 'zhku_id', russian: 'ижку', value: text(40) },
    { name: 'status', russian: 'статус', kept: true, value: { is: 'word', words: { active: ['действует', 'активен', 'открыт'], suspended: ['приостановлен'], closed: ['закрыт'] } } },
    { name: 'opened_on', russian: 'открыт', value: date },
    { name: 'closed_on', russian: 'закрыт', value: date },
    { name: 'bill_delivery', russian: 'доставка', value: { is: 'word', words: { paper: ['бумага', 'бумажная', 'на бумаге'], email: ['почта', 'эл почта', 'электронная почта', 'e-mail'] } } },
    { name: 'tariff', russian: 'тариф', value: text(60) },
  ],
  meters: [
    ...account,
    { name: 'serial', russian: 'заводской_номер', required: true, value: text(40) },
    { name: 'service', russian: 'услуга', required: true, value: meteredService },
    { name: 'digits', russian: 'разрядность', required: true, value: { is: 'int', least: 3, most: 9 } },
    { name: 'decimals', russian: 'знаков_после_запятой', kept: true, value: { is: 'int', least: 0, most: 3 } },
    { name: 'zones', russian: 'зон', kept: true, value: { is: 'int', least: 1, most: 3 } },
    { name: 'ratio', russian: 'коэффициент', kept: true, value: { is: 'decimal', decimals: 4, least: 1 } },
    { name: 'installed_on', russian: 'установлен', value: date },
    { name: 'verified_until', russian: 'поверка_до', value: date },
    { name: 'removed_on', russian: 'снят', value: date },
    { name: 'initial_t1', russian: 'нач_т1', value: reading },
    { name: 'initial_t2', russian: 'нач_т2', value: reading },
    { name: 'initial_t3', russian: 'нач_т3', value: reading },
  ],
  readings: [
    ...account,
    { name: 'serial', russian: 'заводской_номер', required: true, value: text(40) },
    { name: 'service', russian: 'услуга', value: meteredService },
    { name: 'taken_on', russian: 'дата', required: true, value: date },
    { name: 't1', russian: 'т1', required: true, value: reading },
    { name: 't2', russian: 'т2', value: reading },
    { name: 't3', russian: 'т3', value: reading },
    {
      name: 'channel', russian: 'канал',
      value: { is: 'word', words: { desk: ['окно', 'касса', 'офис'], phone: ['телефон'], portal: ['портал', 'лк', 'личный кабинет'], paper: ['бумага', 'квитанция'], act: ['акт'], import: ['импорт', 'реестр'] } },
    },
  ],
  charges: [
    ...account,
    { name: 'period', russian: 'период', required: true, value: { is: 'period' } },
    { name: 'service', russian: 'услуга', required: true, value: text(120) },
    { name: 'unit', russian: 'ед_изм', value: text(20) },
    { name: 'volume', russian: 'объем', value: volume },
    { name: 'volume_common', russian: 'объем_сои', value: volume },
    { name: 'tariff', russian: 'тариф', value: volume },
    { name: 'accrued', russian: 'начислено', required: true, value: money },
    { name: 'accrued_common', russian: 'начислено_сои', value: money },
    { name: 'recalculated', russian: 'перерасчет', value: money },
    { name: 'recalculation_reason', russian: 'основание', value: text(500) },
    { name: 'benefit', russian: 'льгота', value: money },
    { name: 'penalty', russian: 'пени', value: money },
    { name: 'opening', russian: 'долг_на_начало', required: true, value: money },
    { name: 'paid', russian: 'оплачено', required: true, value: money },
    { name: 'closing', russian: 'к_оплате', required: true, value: money },
    { name: 'norm', russian: 'норматив', fact: 'norm', value: volume },
    { name: 'norm_common', russian: 'норматив_сои', fact: 'normCommon', value: volume },
    { name: 'house_reading', russian: 'показание_одпу', fact: 'houseReading', value: volume },
    { name: 'house_volume', russian: 'объем_помещений_дома', fact: 'houseVolume', value: volume },
    { name: 'house_volume_common', russian: 'объем_сои_дома', fact: 'houseVolumeCommon', value: volume },
    { name: 'coefficient', russian: 'повышающий_коэффициент', fact: 'coefficient', value: { is: 'decimal', decimals: 4, least: 1 } },
    { name: 'excess', russian: 'превышение', fact: 'excess', value: money },
    { name: 'instalment_current', russian: 'рассрочка_текущая', fact: 'instalmentCurrent', value: money },
    { name: 'instalment_past', russian: 'рассрочка_прошлая', fact: 'instalmentPast', value: money },
    { name: 'instalment_percent', russian: 'рассрочка_процент', fact: 'instalmentPercent', value: { is: 'decimal', decimals: 4, least: 0 } },
    { name: 'instalment_interest', russian: 'рассрочка_проценты', fact: 'instalmentInterest', value: money },
    { name: 'instalment_due', russian: 'рассрочка_к_оплате', fact: 'instalmentDue', value: money },
    { name: 'gis_document', russian: 'идентификатор_пд', fact: 'gisNumber', value: text(40) },
  ],
  payments: [
    ...account,
    { name: 'payment_id', russian: 'номер_платежа', required: true, value: text(60) },
    { name: 'paid_on', russian: 'дата', required: true, value: date },
    { name: 'amount', russian: 'сумма', required: true, value: money },
    { name: 'channel', russian: 'канал', value: text(60) },
    { name: 'purpose', russian: 'назначение', value: text(300) },
  ],
}

const kinds = Object.keys(registerColumns) as RegisterKind[]
const headerKey = (name: string) => fold(name).trim().replace(/[\s_]+/g, '_')
const columnsByHeader = new Map(kinds.map((kind) => [kind, new Map(registerColumns[kind].flatMap((column) => [[column.name, column], [headerKey(column.russian), column]]))]))

export interface MatchedHeader {
  /** One entry per cell of the header; null: unknown, not taken, or the second one of its kind. */
  columns: (RegisterColumn | null)[]
  /** Columns every row has the same value of. */
  fixed: { column: RegisterColumn; value: string }[]
  missing: RegisterColumn[]
}

/** Finds the columns of a register in a header: by a mapping where it names the cell, else by the English or Russian name, any order, any letter case. */
export function matchHeader(kind: RegisterKind, header: readonly string[], mapping: RegisterMapping | null = null): MatchedHeader {
  const known = columnsByHeader.get(kind)
  const mapped = new Map(mapping?.columns.map(({ from, to }) => [headerKey(from), to === null ? null : (known?.get(to) ?? null)]))
  const found = new Set<RegisterColumn>()
  const take = (column: RegisterColumn | null | undefined) => {
    if (!column || found.has(column)) return null
    found.add(column)
    return column
  }
  // What was mapped by hand goes before what only bears a name of ours.
  const byHand = header.map((name) => (mapped.has(headerKey(name)) ? take(mapped.get(headerKey(name))) : undefined))
  const columns = header.map((name, index) => (byHand[index] === undefined ? take(known?.get(headerKey(name))) : (byHand[index] ?? null)))
  const fixed = (mapping?.fixed ?? []).flatMap(({ column: name, value }) => {
    const column = take(known?.get(name))
    return column ? [{ column, value }] : []
  })
  return { columns, fixed, missing: registerColumns[kind].filter((column) => column.required && !found.has(column)) }
}

/** Two headers that differ in letter case, spaces and underscores are one. */
export const sameColumn = (a: string, b: string) => headerKey(a) === headerKey(b)

/** The register a header is of: every required column is there, and most columns are known. */
export function guessKind(header: readonly string[]): RegisterKind | null {
  const candidates = kinds
    .map((kind) => ({ kind, match: matchHeader(kind, header) }))
    .filter(({ match }) => match.missing.length === 0)
    .map(({ kind, match }) => ({ kind, known: match.columns.filter(Boolean).length }))
  return candidates.sort((a, b) => b.known - a.known)[0]?.kind ?? null
}

/** How many cells are column names of some register, for finding the separator. */
export function knownNames(header: readonly string[]): number {
  return Math.max(...kinds.map((kind) => matchHeader(kind, header).columns.filter(Boolean).length))
}

/** The Russian name of a column as the verdict file shows it. */
export function russianName(name: string): string {
  return russianNames.get(name) ?? name
}
const russianNames = new Map(kinds.flatMap((kind) => registerColumns[kind].map((column) => [column.name, column.russian])))

/** Trimmed, NFC, each run of spaces and line breaks one space. */
export function tidy(value: string): string {
  // Nearly every value of a register is tidy already; the test is several times cheaper than the work.
  return /^[\x21-\x7e\u0401\u0410-\u044f\u0451]*$/.test(value) ? value : value.normalize('NFC').replace(/[\s\u200b\ufeff]+/gu, ' ').trim()
}

/** The value as the staging column takes it; null: unreadable; 'tooLong' is refused even in an optional column. */
export function readValue(kind: ValueKind, value: string): { value: string } | 'tooLong' | null {
  switch (kind.is) {
    case 'text':
      if (value.includes('\uFFFD')) return null
      return value.length > kind.max ? 'tooLong' : { value }
    case 'date':
      return remembered(dates, value, () => given(parseDate(value)))
    case 'period':
      return remembered(periods, value, () => {
        const period = parsePeriod(value)
        return period === null ? null : { value: `${period}-01` }
      })
    case 'money': {
      const kopecks = plainMoney(value) ?? parseMoney(unspaced(value))
      return kopecks === null || Math.abs(kopecks) > 1e14 ? null : { value: String(kopecks) }
    }
    case 'documentType':
      return given(parseDocumentType(value))
    case 'decimal':
      return given(decimalOf(value, kind))
    case 'reading': {
      if (/^\d{1,9}$/.test(value)) return { value: String(Number(value) * 1000) }
      const read = decimalOf(value, { decimals: 3, least: 0 })
      return read === null || read.replace(/\..*$/, '').length > 9 ? null : { value: String(scaled(read, 3)) }
    }
    case 'int': {
      const read = parseDecimal(unspaced(value))
      return read !== null && /^-?\d{1,9}$/.test(read) && Number(read) >= kind.least && Number(read) <= kind.most ? { value: read } : null
    }
    case 'word':
      return given(wordOf(kind.words, value))
  }
}

/** «267,63», «100»: what nearly every sum of a register looks like, several times faster than the exact reading of everything else. */
function plainMoney(value: string): number | null {
  if (/^\d{1,9}$/.test(value)) return Number(value) * 100
  return /^\d{1,9}[.,]\d{2}$/.test(value) ? Number(value.slice(0, -3)) * 100 + Number(value.slice(-2)) : null
}

// A register of a million rows has a few hundred different days.
const dates = new Map<string, { value: string } | null>()
const periods = new Map<string, { value: string } | null>()

function remembered(known: Map<string, { value: string } | null>, text: string, read: () => { value: string } | null): { value: string } | null {
  const before = known.get(text)
  if (before !== undefined) return before
  const value = read()
  if (known.size > 20_000) known.clear()
  known.set(text, value)
  return value
}

const given = (value: string | null) => (value === null ? null : { value })
const unspaced = (value: string) => value.replace(/\s/gu, '')

function decimalOf(value: string, { decimals, least, negative }: { decimals: number; least?: number; negative?: true }): string | null {
  const read = parseDecimal(unspaced(value))
  if (read === null) return null
  const [whole = '', fraction = ''] = read.replace('-', '').split('.')
  if (fraction.length > decimals || whole.length > (decimals === 2 ? 8 : 12)) return null
  if (read.startsWith('-') && !negative) return null
  return least !== undefined && Number(read) < least ? null : read
}

const wordMaps = new Map<Record<string, readonly string[]>, Map<string, string>>()

function wordOf(words: Record<string, readonly string[]>, value: string): string | null {
  let map = wordMaps.get(words)
  if (!map) {
    map = new Map(Object.entries(words).flatMap(([code, others]) => [[code, code], ...others.map((word): [string, string] => [wordKey(word), code])]))
    wordMaps.set(words, map)
  }
  return map.get(value) ?? map.get(wordKey(value)) ?? null
}

const wordKey = (word: string) => fold(word).replace(/[.\s]+/g, ' ').trim()
