import { contractKey, housingSystemCode } from './account-number'
import { type AddressQuery, readAddress } from './address-query'
import { isInn, isOgrn, isOgrnip, isSnils } from './checksums'
import { emailHints, normaliseEmail } from './email'
import { isFirstName, likelyFirstNames, likelyPatronymics, surnamesOfOtherGender } from './first-names'
import { fold } from './fold'
import { parseGostQr } from './gost-qr'
import { type DocumentType, possibleDocuments } from './identity-document'
import { toEnglishLayout, toRussianLayout } from './layout'
import { serialKey } from './meter-serial'
import { namesLegalForm, organisationKey, tidyName } from './person-name'
import { lastTenDigits } from './phone'
import { toCyrillic, toLatin } from './transliteration'

/** How a text was understood: as typed, under the other keyboard layout, after repairing a slip, from another alphabet, or from a scanned payment QR. */
export type LookupReason = 'typed' | 'otherLayout' | 'repaired' | 'transliterated' | 'paymentQr'

export type LookupTarget =
  /** Digits without the letter index; leading zeros stay. */
  | { kind: 'account'; digits: string; raw: string }
  | { kind: 'contract'; key: string }
  | { kind: 'document'; key: string; types: DocumentType[] }
  /** Ten digits of a Russian number. */
  | { kind: 'phone'; last10: string }
  | { kind: 'email'; value: string }
  | { kind: 'serial'; key: string }
  | { kind: 'snils' | 'inn' | 'ogrn'; digits: string }
  | { kind: 'els' | 'zhkuId'; key: string }
  | NameLookup
  /** Words of an organisation's name without the legal form, folded. */
  | { kind: 'organisation'; text: string }
  | ({ kind: 'address' } & AddressQuery)

/** Folded beginnings of the parts of a name; one letter is an initial. */
export interface NameLookup {
  kind: 'name'
  last: string
  first?: string
  middle?: string
}

export type Lookup = LookupTarget & { why: LookupReason }

// A shorter text would list half of the office: what is typed so far is not yet a question.
const FEWEST_DIGITS = 4
const FEWEST_LETTERS_OF_SURNAME = 3
const FEWEST_LETTERS_WITH_FIRST_NAME = 2
const LONGEST_QUERY = 200

/** Everything the one search box may mean, the likelier first; a caller asks for all of them and shows why each was found. */
export function understand(text: string): Lookup[] {
  const written = text.normalize('NFC').replace(/\s+/gu, ' ').trim()
  if (/^ST\d{5}/.test(written)) return ofPaymentQr(text)
  if (written.length > LONGEST_QUERY) return []
  const exact = [...ofEmail(written), ...ofNumbers(written)]
  // An address is nothing else; a full phone with + is nothing else either.
  if (exact.some(({ kind, why }) => kind === 'email' && why === 'typed') || written.startsWith('+')) return withoutRepeats(exact)
  return withoutRepeats([...exact, ...ofAddress(written), ...ofWords(written)])
}

/** How else a name may be written in the register; all folded. */
export interface NameSpellings {
  /** Whole surnames: of the other gender, in the other alphabet. */
  others: string[]
  /** Whole first names and patronymics: other spellings of one that is known, or those one slip away from one that is not. */
  firsts: string[]
  middles: string[]
  /** Whether to look for surnames one or two slips away: not under a reading that another one makes unlikely. */
  similar: boolean
}

/** What to try beside the beginnings of a name when they alone find too little. `all`: every lookup of the same text. */
export function spellingsOf({ last, first, middle, why }: NameLookup & Lookup, all: readonly Lookup[]): NameSpellings {
  const isCyrillic = /\p{sc=Cyrillic}/u.test(last)
  // «Мария Соколова» is asked for in both orders, but nobody's surname is «Мария» when «Соколова» is no first name.
  const isReversed = first !== undefined && isFirstName(last) && !isFirstName(first) && !isInitial(first)
  const hasRussian = all.some((other) => other.kind === 'name' && other.why !== why && /\p{sc=Cyrillic}/u.test(other.last))
  return {
    others: [...surnamesOfOtherGender(last), ...(isCyrillic ? [toLatin(last)] : [])],
    firsts: first === undefined ? [] : [...likelyFirstNames(first), ...(isCyrillic ? [toLatin(first)] : [])],
    middles: middle === undefined ? [] : [...likelyPatronymics(middle), ...(isCyrillic ? [toLatin(middle)] : [])],
    similar: !isReversed && (isCyrillic || !hasRussian),
  }
}

function ofAddress(written: string): Lookup[] {
  const typed = readAddress(written)
  const found: Lookup[] = typed.map((address) => ({ kind: 'address', ...address, why: 'typed' }))
  // Digits and the signs between them are the same keys, or meant as typed.
  const retyped = written.split(/(\d+(?:[/.,-]\d+)*)/).map((part, index) => (index % 2 === 0 ? toRussianLayout(part) : part)).join('')
  if (isPlausibleLayout(written, retyped)) found.push(...readAddress(retyped).map((address) => ({ kind: 'address' as const, ...address, why: 'otherLayout' as const })))
  return found
}

function ofPaymentQr(text: string): Lookup[] {
  const bill = parseGostQr(text)
  if ('problem' in bill) return []
  const { PersAcc, PersonalAccount, Contract } = bill.fields
  const why = 'paymentQr'
  return withoutRepeats([
    ...[PersAcc, PersonalAccount].flatMap((account) => (account === undefined ? [] : [...accountOf(account, why), ...housingCodeOf(account, why)])),
    ...(Contract === undefined ? [] : [...accountOf(Contract, why), { kind: 'contract' as const, key: contractKey(Contract), why: why as LookupReason }]),
  ])
}

function ofEmail(written: string): Lookup[] {
  const value = normaliseEmail(written)
  if (value !== null) return [{ kind: 'email', value, why: 'typed' }]
  // «"» is where the @ is under the Russian layout.
  if (!/[@"]/.test(written)) return []
  return emailHints(written).map(({ suggestion, slips }) => ({ kind: 'email', value: suggestion, why: slips.includes('layout') ? 'otherLayout' : 'repaired' }))
}

function ofNumbers(written: string): Lookup[] {
  return [
    ...ofOfficialNumber(written),
    ...housingCodeOf(written, 'typed'),
    // Codes are Cyrillic: a letter without a Cyrillic look-alike was typed under the other layout.
    ...(/[A-Z]/.test(housingSystemCode(written)?.key ?? 'A') ? housingCodeOf(toRussianLayout(written), 'otherLayout') : []),
    ...ofDocument(written),
    ...ofPhone(written),
    ...accountOf(written, 'typed'),
    ...ofContractAndSerial(written),
  ]
}

/** СНИЛС, ИНН, ОГРН: only with a right control digit or named in words, otherwise every account would be one. */
function ofOfficialNumber(written: string): Lookup[] {
  const named = /^(снилс|инн|огрнип|огрн)[:\s№]*([\d\s-]+)$/i.exec(written)
  const name = named?.[1]?.toLowerCase()
  const number = named?.[2] ?? written
  if (!/^[\d\s-]+$/.test(number)) return []
  const digits = number.replace(/\D/g, '')
  const found: Lookup[] = []
  if (digits.length === 11 && (isSnils(digits) || name === 'снилс' || /^\d{3}-\d{3}-\d{3}[\s-]\d{2}$/.test(number))) found.push({ kind: 'snils', digits, why: 'typed' })
  if (isInn(digits) || (name === 'инн' && /^(?:\d{10}|\d{12})$/.test(digits))) found.push({ kind: 'inn', digits, why: 'typed' })
  if (isOgrn(digits) || isOgrnip(digits) || (name?.startsWith('огрн') && /^(?:\d{13}|\d{15})$/.test(digits))) found.push({ kind: 'ogrn', digits, why: 'typed' })
  return found
}

function housingCodeOf(written: string, why: LookupReason): Lookup[] {
  const code = housingSystemCode(written)
  if (!code) return []
  // The bill's own number begins with the identifier of the flat.
  return [code.kind === 'els' ? { kind: 'els', key: code.key, why } : { kind: 'zhkuId', key: code.key.slice(0, 13), why }]
}

function ofDocument(written: string): Lookup[] {
  const types = new Map<string, DocumentType[]>()
  for (const { type, key } of possibleDocuments(written)) types.set(key, [...(types.get(key) ?? []), type])
  return [...types].map(([key, ofKey]) => ({ kind: 'document', key, types: ofKey, why: 'typed' }))
}

function ofPhone(written: string): Lookup[] {
  const last10 = lastTenDigits(written)
  return last10 === null ? [] : [{ kind: 'phone', last10, why: 'typed' }]
}

/** Digits with at most a letter index before or after them. */
function accountOf(written: string, why: LookupReason): Lookup[] {
  const raw = written.toUpperCase().replace(/^(?:Л\/С|ЛС|Л\.С\.|ЛИЦЕВОЙ СЧ[ЕЁ]Т|ДОГОВОР|СЧ[ЕЁ]Т)?[\s:№]*/u, '')
  if (!/^(?:[A-ZА-ЯЁ]{1,3}[\s-]?)?[\d\s./\-\u2010-\u2015]+(?:[\s-]?[A-ZА-ЯЁ]{1,3})?$/u.test(raw)) return []
  const digits = raw.replace(/\D/g, '')
  return digits.length >= FEWEST_DIGITS && digits.length <= 20 ? [{ kind: 'account', digits, raw, why }] : []
}

function ofContractAndSerial(written: string): Lookup[] {
  const number = written.replace(/^(?:договор|счётчик|счетчик|прибор|серийный|заводской)\s*(?:номер)?[\s:№]*/iu, '')
  // «ленина 10 15» is an address: a number has no long words in it.
  const isNumber = /^[\p{L}\d\s№/.\-\u2010-\u2015]+$/u.test(number) && !/\p{L}{5}/u.test(number) && number.split(' ').length <= 4
  if (!isNumber || (number.match(/\d/g)?.length ?? 0) < FEWEST_DIGITS) return []
  const contract = contractKey(number)
  const serial = serialKey(number)
  return [
    ...(contract.length <= 30 ? [{ kind: 'contract', key: contract, why: 'typed' } as const] : []),
    ...(serial.length <= 30 ? [{ kind: 'serial', key: serial, why: 'typed' } as const] : []),
  ]
}

function ofWords(written: string): Lookup[] {
  const found: Lookup[] = [...namesIn(written, 'typed')]
  if (isPlausibleLayout(written, toRussianLayout(written))) found.push(...namesIn(toRussianLayout(written), 'otherLayout'))
  if (isPlausibleLayout(written, toEnglishLayout(written))) found.push(...namesIn(toEnglishLayout(written), 'otherLayout'))
  // A passport for travel: «Shcherbakov Iurii».
  if (/^[a-z\s.,'\u2019-]+$/i.test(written) && vowels(written) >= 0.2) found.push(...namesIn(toCyrillic(written), 'transliterated'))
  found.push(...organisationIn(written, 'typed'))
  if (isPlausibleLayout(written, toRussianLayout(written))) found.push(...organisationIn(toRussianLayout(written), 'otherLayout'))
  return found
}

/**
 * «Иванов Пётр Сергеевич», «Пётр Сергеевич Иванов», «Иванов П. С.», «п с иванов»: initials are never the surname, a patronymic shows the order,
 * and where neither tells, both orders are asked for.
 */
function namesIn(written: string, why: LookupReason): Lookup[] {
  if (namesLegalForm(written) || !/^[\p{L}\s.,'\u2019-]+$/u.test(written) || /^[.,]/.test(written)) return []
  const words = tidyName(written.replaceAll(',', ' ')).split(/[\s.]+/).map(fold).filter((word) => /\p{L}/u.test(word))
  return nameOrders(joinSuffix(words)).filter(isLongEnough).map((name) => ({ ...name, why }))
}

function nameOrders(words: readonly string[]): NameLookup[] {
  const [one, two, three, ...rest] = words
  if (one === undefined || rest.length > 0) return []
  if (two === undefined) return [name(one)]
  if (three === undefined) {
    if (isInitial(one)) return [name(two, one)]
    if (isInitial(two) || isPatronymic(two)) return [name(one, two)]
    // The likelier order first; «Римская Залесская» may be one surname.
    if (isFirstName(one) && !isFirstName(two)) return [name(two, one), name(one, two)]
    return [name(one, two), name(two, one), ...(isFirstName(two) || one.length < 4 || two.length < 4 ? [] : [name(`${one}-${two}`)])]
  }
  if (isInitial(one) || isPatronymic(two)) return [name(three, one, two)]
  if (isInitial(two) || isPatronymic(three)) return [name(one, two, three)]
  const isNameOfThree = isFirstName(two) || isFirstName(one)
  return [name(one, two, three), name(three, one, two), ...(isNameOfThree || one.length < 4 || two.length < 4 ? [] : [name(`${one}-${two}`, three)])]
}

function name(last: string, first?: string, middle?: string): NameLookup {
  return { kind: 'name', last, ...(first === undefined ? {} : { first }), ...(middle === undefined ? {} : { middle }) }
}

/** «Али оглы» is one patronymic. */
function joinSuffix(words: readonly string[]): string[] {
  const last = words.at(-1)
  return words.length === 4 && last !== undefined && /^(?:оглы|кызы|оглу|улы)$/.test(last) ? [...words.slice(0, 2), `${words[2]} ${last}`] : [...words]
}

function isLongEnough({ last, first }: NameLookup): boolean {
  return last.length >= (first === undefined ? FEWEST_LETTERS_OF_SURNAME : FEWEST_LETTERS_WITH_FIRST_NAME)
}

function isInitial(word: string): boolean {
  return word.length === 1
}

function isPatronymic(word: string): boolean {
  return /(?:вич|вна|ична|инична|ьич|мич|нич|кич|тич| оглы| кызы)$/.test(word)
}

function organisationIn(written: string, why: LookupReason): Lookup[] {
  const text = organisationKey(written)
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  const isNamed = namesLegalForm(written) || /["«»]/.test(written) || /\p{L}{3}/u.test(written)
  return isNamed && letters >= FEWEST_LETTERS_OF_SURNAME ? [{ kind: 'organisation', text, why }] : []
}

/** Real words have vowels; «bdfyjd» has fewer of them than «иванов». */
function isPlausibleLayout(typed: string, retyped: string): boolean {
  if (!/\p{L}/u.test(typed) || /\p{sc=Cyrillic}/u.test(typed) === /\p{sc=Cyrillic}/u.test(retyped)) return false
  return vowels(retyped) >= 0.2 || vowels(retyped) > vowels(typed)
}

function vowels(text: string): number {
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  return letters === 0 ? 0 : (text.match(/[аеёиоуыэюяaeiou]/giu)?.length ?? 0) / letters
}

function withoutRepeats(lookups: readonly Lookup[]): Lookup[] {
  const seen = new Set<string>()
  return lookups.filter(({ why: _why, ...target }) => {
    const identity = JSON.stringify(target)
    return seen.has(identity) ? false : Boolean(seen.add(identity))
  })
}
