import { type LocalDate, addDays, fullYears } from './dates'
import { fold } from './fold'
import { lookAlikesToCyrillic, lookAlikesToLatin } from './look-alikes'

/** How the key of a type is written: that decides which look-alikes are meant. */
type Shape = 'digits' | 'roman' | 'cyrillic' | 'free'

interface DocumentKind {
  /** ФНС code (order on document kinds, domain.md 1.1). ЦБ numbers the same documents otherwise. */
  taxCode: string
  shape: Shape
  /** What the normalised key looks like. */
  pattern: RegExp
  /** Names met in registers besides the label. */
  names: readonly string[]
}

const FREE = /^(?=.*[0-9])[0-9A-ZА-Я/]{1,25}$/
const TWO_LETTERS = /^[А-Я]{2}\d{6,7}$/

/** The closed list. Order is the order of the list at the desk. Russian labels are in `documentLabels`. */
const KINDS = {
  passport_rf: { taxCode: '21', shape: 'digits', pattern: /^\d{10}$/, names: ['паспорт', 'паспорт рф', 'паспорт гражданина российской федерации', 'паспорт россии', 'passport'] },
  passport_rf_foreign: { taxCode: '22', shape: 'digits', pattern: /^\d{9}$/, names: ['загранпаспорт', 'загранпаспорт рф', 'заграничный паспорт', 'загран паспорт', 'загранпаспорт гражданина рф'] },
  birth_certificate: { taxCode: '03', shape: 'roman', pattern: /^[IVXLC]{1,6}[А-Я]{2}\d{6}$/, names: ['свидетельство о рождении рф', 'св-во о рождении', 'свид. о рождении'] },
  birth_certificate_foreign: { taxCode: '23', shape: 'free', pattern: FREE, names: ['свидетельство о рождении, выданное уполномоченным органом иностранного государства', 'св-во о рождении иностранного гос-ва'] },
  residence_permit: { taxCode: '12', shape: 'free', pattern: FREE, names: ['внж', 'вид на жительство в рф', 'вид на жительство в российской федерации'] },
  temporary_residence: { taxCode: '15', shape: 'free', pattern: FREE, names: ['рвп', 'разрешение на временное проживание в рф', 'разрешение на временное проживание в российской федерации'] },
  temporary_identity: { taxCode: '14', shape: 'free', pattern: FREE, names: ['временное удостоверение личности гражданина рф', 'форма 2п', 'временное удостоверение личности (форма 2п)', 'временное удостоверение личности гражданина российской федерации'] },
  military_id: { taxCode: '07', shape: 'cyrillic', pattern: TWO_LETTERS, names: ['военник'] },
  officer_reserve_military_id: { taxCode: '27', shape: 'cyrillic', pattern: TWO_LETTERS, names: ['военный билет офицера'] },
  serviceman_identity: { taxCode: '24', shape: 'cyrillic', pattern: TWO_LETTERS, names: ['удостоверение личности военнослужащего рф', 'удостоверение личности офицера'] },
  military_id_temporary: { taxCode: '08', shape: 'cyrillic', pattern: TWO_LETTERS, names: ['временное удостоверение, выданное взамен военного билета'] },
  passport_foreign: { taxCode: '10', shape: 'free', pattern: FREE, names: ['паспорт иностранца', 'иностранный паспорт', 'национальный паспорт', 'паспорт иностранного государства'] },
  refugee_application: { taxCode: '11', shape: 'free', pattern: FREE, names: ['свидетельство о рассмотрении ходатайства о признании лица беженцем на территории российской федерации по существу'] },
  refugee_certificate: { taxCode: '13', shape: 'free', pattern: FREE, names: ['удостоверение беженца в рф'] },
  temporary_asylum: { taxCode: '19', shape: 'free', pattern: FREE, names: ['свидетельство о предоставлении временного убежища', 'свидетельство о предоставлении временного убежища на территории российской федерации', 'временное убежище'] },
  other: { taxCode: '91', shape: 'free', pattern: FREE, names: ['иной документ', 'иное', 'прочее', 'другой документ'] },
} as const satisfies Record<string, DocumentKind>

export type DocumentType = keyof typeof KINDS

/** Every type, in the order of the list at the desk. */
export const documentTypes = Object.keys(KINDS) as readonly DocumentType[]

/** Printed and imported Russian names. */
export const documentLabels: Readonly<Record<DocumentType, string>> = {
  passport_rf: 'Паспорт гражданина РФ',
  passport_rf_foreign: 'Заграничный паспорт гражданина РФ',
  birth_certificate: 'Свидетельство о рождении',
  birth_certificate_foreign: 'Свидетельство о рождении иностранного государства',
  residence_permit: 'Вид на жительство',
  temporary_residence: 'Разрешение на временное проживание',
  temporary_identity: 'Временное удостоверение личности',
  military_id: 'Военный билет',
  officer_reserve_military_id: 'Военный билет офицера запаса',
  serviceman_identity: 'Удостоверение личности военнослужащего',
  military_id_temporary: 'Временное удостоверение взамен военного билета',
  passport_foreign: 'Паспорт иностранного гражданина',
  refugee_application: 'Свидетельство о рассмотрении ходатайства о признании беженцем',
  refugee_certificate: 'Удостоверение беженца',
  temporary_asylum: 'Свидетельство о временном убежище',
  other: 'Иной документ',
}

const typeByName = new Map(documentTypes.flatMap((type) => [
  [nameKey(documentLabels[type]), type] as const,
  [type.replaceAll('_', ''), type] as const,
  ...KINDS[type].names.map((name) => [nameKey(name), type] as const),
]))
const typeByTaxCode = new Map(documentTypes.map((type) => [KINDS[type].taxCode as string, type] as const))

export function isDocumentType(text: string): text is DocumentType {
  return Object.hasOwn(KINDS, text)
}

/** The ФНС code for exports. */
export function documentTaxCode(type: DocumentType): string {
  return KINDS[type].taxCode
}

/** A type from a register: our code, the ФНС code («21», «3») or a Russian name; null when unknown. */
export function parseDocumentType(text: string): DocumentType | null {
  const trimmed = text.trim()
  if (/^\d{1,2}$/.test(trimmed)) return typeByTaxCode.get(trimmed.padStart(2, '0')) ?? null
  return typeByName.get(nameKey(trimmed)) ?? null
}

/**
 * One lookup key of a document, however series and number were typed: together or apart, with spaces, dashes, «№», «серия»,
 * Latin look-alikes in Cyrillic letters, Roman numerals typed in Cyrillic or digits. «IУ-AБ № 123456» is «IVАБ123456».
 * The key has no separators; comparing two documents is comparing type and key.
 */
export function normaliseDocument(type: DocumentType, series: string | null, number: string): string {
  return shaped(KINDS[type].shape, compact(`${series ?? ''} ${number}`))
}

function shaped(shape: DocumentKind['shape'], written: string): string {
  switch (shape) {
    case 'digits':
      return written.replace(/[OО]/g, '0').replace(/N/g, '')
    case 'roman':
      return birthCertificateKey(written.replace(/N/g, ''))
    case 'cyrillic': {
      const letters = lookAlikesToCyrillic(written.replace(/N/g, ''))
      return letters.slice(0, 2).replaceAll('0', 'О') + letters.slice(2).replaceAll('О', '0')
    }
    case 'free':
      return lookAlikesToLatin(written)
  }
}

export interface DocumentToCheck {
  type: DocumentType
  series: string | null
  number: string
  issuedOn?: LocalDate | null
  /** Код подразделения. */
  issuerCode?: string | null
  birthDate?: LocalDate | null
}

export interface DocumentProblem {
  problem: 'numberMissing' | 'format' | 'issuerCodeFormat' | 'seriesYearInFuture' | 'issuedInFuture' | 'issuedBeforeBirth' | 'mayHaveExpired'
  /** Errors make the document unusable as a key; warnings are shown and never stop anybody. */
  level: 'error' | 'warning'
}

export function documentProblems(document: DocumentToCheck, today: LocalDate): DocumentProblem[] {
  const { type, series, number, issuedOn, issuerCode, birthDate } = document
  const key = normaliseDocument(type, series, number)
  const problems: DocumentProblem[] = []
  if (key === '') problems.push({ problem: 'numberMissing', level: 'error' })
  else if (!KINDS[type].pattern.test(key)) problems.push({ problem: 'format', level: 'error' })
  else if (type === 'passport_rf' && seriesYearIsInFuture(key, today)) problems.push({ problem: 'seriesYearInFuture', level: 'warning' })
  if (issuedOn && issuedOn > today) problems.push({ problem: 'issuedInFuture', level: 'warning' })
  if (issuedOn && birthDate && issuedOn < birthDate) problems.push({ problem: 'issuedBeforeBirth', level: 'warning' })
  if (type === 'passport_rf') {
    if (issuerCode && !/^\d{3}-\d{3}$/.test(issuerCode.trim())) problems.push({ problem: 'issuerCodeFormat', level: 'warning' })
    if (issuedOn && birthDate && mayHaveExpired(birthDate, issuedOn, today)) problems.push({ problem: 'mayHaveExpired', level: 'warning' })
  }
  return problems
}

export interface PossibleDocument {
  type: DocumentType
  key: string
  /** Bare digits as any account has. */
  isWeak?: boolean
}

/**
 * Which documents a text in the search box may be, of `types` when it names them (then a number may look like anything); otherwise bare digits are a passport by their length,
 * and `isWeak` numbers of other documents.
 */
export function possibleDocuments(text: string, types?: readonly DocumentType[]): PossibleDocument[] {
  const written = compact(text)
  const digits = written.match(/\d/g)?.length ?? 0
  if (written.length > 25 || digits < (types ? 4 : 5)) return []
  // Sixteen types have four shapes, and a search asks at every key.
  const keys = new Map<DocumentKind['shape'], string>()
  const keyOf = (shape: DocumentKind['shape']) => {
    const key = keys.get(shape) ?? shaped(shape, written)
    keys.set(shape, key)
    return key
  }
  const found = (types ?? documentTypes)
    .map((type) => ({ type, key: keyOf(KINDS[type].shape) }))
    .filter(({ type, key }) => KINDS[type].pattern.test(key) && (KINDS[type].shape !== 'free' || types !== undefined || /^(?:\d{6,11}|[A-ZА-Я/]{1,4}\d{5,}[A-ZА-Я/]{0,3})$/.test(key)))
    .map(({ type, key }) => ({ type, key, ...(types === undefined && KINDS[type].shape === 'free' && !looksLikeFreeNumber(key) ? { isWeak: true } : {}) }))
  // Ten digits are a passport, whatever else they might be.
  return found.filter(({ key, isWeak }) => !isWeak || !found.some((other) => other.key === key && !other.isWeak))
}

/** «4510 123456», «75 1234567», «IV-АБ 123456», «АА 1234567»; other documents as their key. */
export function formatDocument(type: DocumentType, key: string): string {
  switch (KINDS[type].shape) {
    case 'digits':
      return type === 'passport_rf' ? key.replace(/^(\d{4})(\d{6})$/, '$1 $2') : key.replace(/^(\d{2})(\d{7})$/, '$1 $2')
    case 'roman':
      return key.replace(/^([IVXLC]+)([А-Я]{2})(\d+)$/, '$1-$2 $3')
    case 'cyrillic':
      return key.replace(/^([А-Я]{2})(\d+)$/, '$1 $2')
    case 'free':
      return key
  }
}

/** Upper case without anything that separates: «серия», «номер», «№», «N°», spaces, dashes, dots. */
function compact(text: string): string {
  return text
    .normalize('NFC')
    .toUpperCase()
    .replaceAll('Ё', 'Е')
    .replace(/(?<![А-Я])(?:СЕРИЯ|СЕР\.?|НОМЕР|НОМ\.?|ПАСПОРТ|СВИДЕТЕЛЬСТВО|С\.(?=\s*\d)|Н\.(?=\s*\d))(?![А-Я])/gu, ' ')
    .replace(/№|#|N[°ºO]\.?(?=\s*\d)/gu, ' ')
    .replace(/[\s\-\u2010-\u2015\u2212.,_'"«»]/gu, '')
}

/**
 * The series of a birth certificate is a Roman number and two Cyrillic letters. People type the Roman part with what looks like it
 * («ІУ», «1У», «П» for II, «Ш» for III) or as an Arabic number.
 */
function birthCertificateKey(written: string): string {
  const match = /^(.{1,6})([^\d]{2})(\d{6})$/.exec(written)
  if (!match) return lookAlikesToCyrillic(written)
  const [, roman = '', letters = '', number = ''] = match
  return romanNumber(roman) + lookAlikesToCyrillic(letters) + number
}

function romanNumber(typed: string): string {
  if (/^\d{1,2}$/.test(typed) && !/^1+$/.test(typed)) return toRoman(Number(typed))
  // «lll», «l»: a small L drawn for the sign; fifty and more are no series.
  if (/^L+$/.test(typed)) return 'I'.repeat(typed.length)
  const meant: Record<string, string> = { 1: 'I', І: 'I', Ӏ: 'I', У: 'V', Y: 'V', Х: 'X', Л: 'L', С: 'C', П: 'II', Ш: 'III' }
  return [...typed].map((letter) => meant[letter] ?? letter).join('')
}

function toRoman(number: number): string {
  const parts: [number, string][] = [[90, 'XC'], [50, 'L'], [40, 'XL'], [10, 'X'], [9, 'IX'], [5, 'V'], [4, 'IV'], [1, 'I']]
  let rest = number
  return parts.map(([value, sign]) => {
    const times = Math.floor(rest / value)
    rest -= times * value
    return sign.repeat(times)
  }).join('')
}

function nameKey(name: string): string {
  return fold(name).replace(/[^а-яa-z0-9]/g, '')
}

/** The third and fourth digits are the year the blank was printed. */
function seriesYearIsInFuture(key: string, today: LocalDate): boolean {
  const year = Number(key.slice(2, 4))
  return year > Number(today.slice(2, 4)) + 1 && year < 97
}

/** A passport is replaced at 20 and at 45 within 90 days. */
function mayHaveExpired(birthDate: LocalDate, issuedOn: LocalDate, today: LocalDate): boolean {
  return [20, 45].some((age) => fullYears(birthDate, issuedOn) < age && fullYears(birthDate, addDays(today, -90)) >= age)
}

/** Letters with a number, as foreign blanks are; nine digits are some foreign passports and residence permits too. */
function looksLikeFreeNumber(key: string): boolean {
  return /^(?:[A-ZА-Я]\d{7,9}|[A-ZА-Я]{2,3}\d{6,9}|\d{9})$/.test(key)
}
