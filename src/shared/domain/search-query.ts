import { contractKey, housingSystemCode, withoutLeadingZeros } from './account-number'
import { type AddressQuery, readAddress } from './address-query'
import { isInn, isOgrn, isOgrnip, isSnils } from './checksums'
import { emailHints, likelyEmails, normaliseEmail } from './email'
import { firstNamesByLatin, isFirstName, likelyFirstNames, likelyPatronymics, patronymicsByLatin, similarFirstNames, similarPatronymics, surnamesOfOtherGender } from './first-names'
import { fold } from './fold'
import { gostQrFields } from './gost-qr'
import { type DocumentType, documentTypes, possibleDocuments } from './identity-document'
import { toEnglishLayout, toRussianLayout } from './layout'
import { lookAlikesToCyrillic } from './look-alikes'
import { serialKey } from './meter-serial'
import { readableSpellings } from './mojibake'
import { namesLegalForm, organisationKey, tidyName } from './person-name'
import { lastTenDigits } from './phone'
import { cyrillicSpellings, latinKey, toCyrillic, toLatin } from './transliteration'
import { parseVisitCode } from './visit-code'

/** How a text was understood: as typed, under the other keyboard layout, after repairing a slip, from another alphabet, or from a scanned payment QR. */
export type LookupReason = 'typed' | 'otherLayout' | 'repaired' | 'transliterated' | 'paymentQr'

export type LookupTarget =
  /** Digits without the letter index; leading zeros stay. */
  | { kind: 'account'; digits: string; raw: string }
  | { kind: 'contract'; key: string }
  /** `isWeak`: bare digits such as any account has; worth asking for when they are nothing else. */
  | { kind: 'document'; key: string; types: DocumentType[]; isWeak?: boolean }
  /** Ten digits of a Russian number. */
  | { kind: 'phone'; last10: string }
  | { kind: 'email'; value: string }
  | { kind: 'serial'; key: string }
  | { kind: 'snils' | 'inn' | 'ogrn'; digits: string }
  | { kind: 'els' | 'zhkuId'; key: string }
  /** In the stored form of `visit-code.ts`. */
  | { kind: 'visitCode'; code: string }
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
  const bill = billText(text)
  if (bill !== null) return ofPaymentQr(bill)
  const written = text.normalize('NFC').replace(/[\u200b-\u200d\u2060\ufeff]/g, '').replace(/\s+/gu, ' ').trim()
  if (written.length > LONGEST_QUERY) return []
  const code = parseVisitCode(written)
  if (code !== null) return [{ kind: 'visitCode', code, why: 'typed' }]
  // Most of what is scanned or typed in a hurry: no letter, hence no word, no caption, no e-mail.
  if (/^[\d\s/.,()+-]+$/.test(written)) return withoutRepeats(ofNumbers(written).filter(({ kind }) => !written.startsWith('+') || kind === 'phone'))
  const captioned = ofCaptioned(written)
  if (captioned.length > 0) return withoutRepeats(captioned)
  const exact = [...ofEmail(written), ...(/\d/.test(written) ? ofNumbers(written) : [])]
  // An address is nothing else; a full phone with + is nothing else either.
  if (exact.some(({ kind, why }) => kind === 'email' && why === 'typed') || (written.startsWith('+') && exact.length > 0)) return withoutRepeats(exact.filter(({ kind }) => kind === 'email' || kind === 'phone'))
  return withoutRepeats([...exact, ...ofAddress(written), ...ofWords(written)])
}

/** What a number is called before it is said, as folded beginnings; the longer first. */
const CAPTIONS: readonly [pattern: RegExp, kinds: readonly Lookup['kind'][], types?: readonly DocumentType[]][] = [
  [/^(?:загран\p{L}*\.?(?: паспорт)?|заграничный паспорт)(?: гражданина)?(?: рф| россии)?/u, ['document'], ['passport_rf_foreign']],
  [/^(?:свид\p{L}*\.?|св-во|св\.)(?: ?о? ?(?:рожд\p{L}*\.?|р\.))?(?: рф)?/u, ['document'], ['birth_certificate', 'birth_certificate_foreign', 'refugee_application', 'temporary_asylum']],
  [/^(?:временное удостоверение(?: личности)?|вр\.? ?удост\p{L}*\.?(?: личности)?|форма 2-?п|ф\.? ?2-?п)/u, ['document'], ['temporary_identity', 'military_id_temporary']],
  [/^(?:военный билет(?: офицера)?(?: запаса)?|военник|воен\.? ?бил\p{L}*\.?|в\/б)/u, ['document'], ['military_id', 'officer_reserve_military_id', 'military_id_temporary']],
  [/^(?:удостоверение|удост\.?)(?: личности)?(?: \p{L}+)?/u, ['document'], ['serviceman_identity', 'refugee_certificate', 'temporary_identity']],
  [/^(?:вид на жительство|внж)/u, ['document'], ['residence_permit']],
  [/^(?:разрешение на временное проживание|рвп)/u, ['document'], ['temporary_residence']],
  [/^(?:иностранный паспорт|паспорт иностр\p{L}*\.?(?: гр\p{L}*\.?| государства)?|национальный паспорт|(?:passport|pass))/u, ['document'], ['passport_foreign', 'passport_rf', 'passport_rf_foreign']],
  [/^паспорт (?!гражданина|рф|росс|сер|ном)\p{L}{4,}/u, ['document'], ['passport_foreign']],
  [/^(?:паспорт|пасп?\.?|пспт)(?: гражданина)?(?: рф| россии| российской федерации)?/u, ['document'], ['passport_rf', 'passport_rf_foreign', 'passport_foreign']],
  [/^(?:документ|док\.?|временное убежище|беженец)/u, ['document']],
  [/^снилс/u, ['snils']],
  [/^инн(?: ?\/ ?кпп)?/u, ['inn']],
  [/^(?:огрнип|огрн)/u, ['ogrn']],
  [/^(?:телефон\p{L}*|тел|т|моб\p{L}*|сот\p{L}*|номер телефона|phone)/u, ['phone']],
  [/^(?:электронная почта|эл\.? ?почта|почта|емейл|имейл|мейл|e-?mail|mail)/u, ['email']],
  [/^(?:елс|единый лицевой(?: сч[её]т)?|ижку|идентификатор(?: жку)?|гис жкх)/u, ['els', 'zhkuId']],
  [/^(?:лицевой(?: сч[её]т\p{L}*)?|л ?\/ ?с(?:ч[её]т)?|л\. ?с|лс|лиц\.? ?сч?\p{L}*|номер сч[её]та|сч[её]т(?!ч))/u, ['account', 'contract']],
  [/^(?:договор\p{L}*|дог|д-р|контракт)/u, ['contract', 'account']],
  [/^(?:сч[её]тчик\p{L}*|прибор(?: уч[её]та)?|пу|заводской|зав|серийный|сер\.? номер|сч)/u, ['serial']],
]

/** «паспорт 7404 123456», «л/с № 0412», «k/c 0412» typed in the other layout: only what is named, and generously. */
function ofCaptioned(written: string): Lookup[] {
  const spellings: [string, LookupReason][] = [[written, 'typed']]
  const retyped = lettersRetyped(written)
  if (/^[a-z[\]{};:'",.<>/ ]/i.test(written) && retyped !== written) spellings.push([retyped, 'otherLayout'], [toRussianLayout(written), 'otherLayout'])
  for (const [spelling, why] of spellings) {
    const plain = fold(spelling)
    for (const [pattern, kinds, types] of CAPTIONS) {
      const caption = pattern.exec(plain)?.[0]
      if (caption === undefined || /^\p{L}/u.test(plain.slice(caption.length)) || !/^[\s.:№,=#-]*(?:(?:номер|ном|сер)|[^\p{L}]|\p{L}{1,6}[\s-]*[\d№]|.*@)/u.test(plain.slice(caption.length))) continue
      const isBareLetter = caption.length <= 2 && !/^[\s.:№]/.test(plain.slice(caption.length))
      if (isBareLetter && !['лс', 'пу'].includes(caption)) continue
      // Digits are the same keys in both layouts, letters behind the caption may be meant as typed: «bpre 75DA533315».
      const rest = written.length === spelling.length ? written.slice(caption.length) : spelling.slice(caption.length)
      const number = rest.replace(/^[\s.:№,=#-]*(?:номер|ном\.?)?[\s.:№=#]*/iu, '').trim()
      const found = named(number, kinds, types).map((lookup): Lookup => (why === 'typed' ? lookup : { ...lookup, why }))
      if (found.length > 0) return found
    }
  }
  return []
}

/** Everything of these kinds that a number may be when it has been named: control digits and lengths may be wrong. */
function named(number: string, kinds: readonly Lookup['kind'][], types?: readonly DocumentType[]): Lookup[] {
  if (kinds.includes('email')) return ofEmail(number)
  if (!/\d/.test(number)) return []
  const digits = number.replace(/\D/g, '')
  const isDigits = /^[\d\s./\-\u2010-\u2015]+$/u.test(number)
  if (kinds.includes('snils')) return isDigits && digits.length === 11 ? [{ kind: 'snils', digits, why: 'typed' }] : []
  if (kinds.includes('inn')) {
    const inn = /^\d{10}(?:\d{2})?(?!\d)/.exec(number.replace(/[\s-]/g, ''))?.[0]
    return inn === undefined ? [] : [{ kind: 'inn', digits: inn, why: 'typed' }]
  }
  if (kinds.includes('ogrn')) return isDigits && (digits.length === 13 || digits.length === 15) ? [{ kind: 'ogrn', digits, why: 'typed' }] : []
  if (kinds.includes('phone')) return ofPhone(number)
  if (kinds.includes('document')) return ofDocument(number, types ?? documentTypes)
  if (kinds.includes('serial')) return ofContractAndSerial(number).filter(({ kind }) => kind === 'serial')
  if (kinds.includes('els')) return [number, lettersRetyped(number)].flatMap((code, index) => housingCodeOf(code, index === 0 ? 'typed' : 'otherLayout'))
  const dated = number.replace(/\s*(?:от|г\.?)\s+[\d.\s]+(?:г\.?|года)?$/iu, '')
  return [...accountOf(dated, 'typed'), ...ofContractAndSerial(dated).filter(({ kind }) => kind === 'contract')]
}

/** Letters as the Russian layout has them; digits and the signs between them stay, but for «|», which is its «/». */
function lettersRetyped(written: string): string {
  return written.split(/(\d+(?:[/.,-]\d+)*)/).map((part, index) => (index % 2 === 1 ? part : [...part].map((sign) => (/[a-z|#`]/i.test(sign) ? toRussianLayout(sign) : sign)).join(''))).join('')
}

/** The same for Cyrillic letters typed instead of Latin ones: «п4-00318845» is «g4-00318845». */
function lettersToLatin(written: string): string {
  return [...written].map((sign) => (/[а-яё]/i.test(sign) ? toEnglishLayout(sign) : sign)).join('')
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

/** What to try beside the beginnings of a name when they alone find too little. `all`: every lookup of the same text; `far`: also known names one slip from a known one. */
export function spellingsOf({ last, first, middle, why }: NameLookup & Lookup, all: readonly Lookup[], { far = false } = {}): NameSpellings {
  const isCyrillic = /\p{sc=Cyrillic}/u.test(last)
  // «Мария Соколова» is asked for in both orders, but nobody's surname is «Мария» when «Соколова» is no first name.
  const isReversed = first !== undefined && first !== '' && isFirstName(last) && !isFirstName(first) && !isInitial(first)
  const hasRussian = all.some((other) => other.kind === 'name' && other.why !== why && /\p{sc=Cyrillic}/u.test(other.last))
  const fromLatin = why === 'transliterated'
  const surnames = [...surnamesOfOtherGender(last), ...(fromLatin ? cyrillicSpellings(last).flatMap((surname) => [surname, ...surnamesOfOtherGender(surname)]) : []), ...(isCyrillic ? [toLatin(last)] : [])]
  const spellings = (word: string | undefined, likely: (word: string) => string[], sameInLatin: (key: string) => string[]) =>
    word === undefined || word === '' ? [] : [...likely(word), ...(fromLatin ? sameInLatin(latinKey(toLatin(word))) : []), ...(isCyrillic ? [toLatin(word)] : [])]
  return {
    others: unique(surnames, last),
    firsts: unique(spellings(first, far ? similarFirstNames : likelyFirstNames, firstNamesByLatin), first),
    middles: unique(spellings(middle, far ? similarPatronymics : likelyPatronymics, patronymicsByLatin), middle),
    similar: !isReversed && (isCyrillic || !hasRussian),
  }
}

/** The database takes no more than this of each. */
const MOST_SPELLINGS = 16

function unique(words: readonly string[], typed: string | undefined): string[] {
  return [...new Set(words)].filter((word) => word !== typed && word !== '').slice(0, MOST_SPELLINGS)
}

function ofAddress(written: string): Lookup[] {
  const addressesIn = (text: string, why: LookupReason) => readAddress(text).map((address): Lookup => ({ kind: 'address', ...address, why }))
  if (!/[a-z]/i.test(written)) return addressesIn(written, 'typed')
  // Digits and the signs between them are the same keys, or meant as typed.
  const retyped = written.split(/(\d+(?:[/.,-]\d+)*)/).map((part, index) => (index % 2 === 0 ? toRussianLayout(part) : part)).join('')
  const isMixed = /\p{sc=Cyrillic}/u.test(written)
  const found: Lookup[] = []
  if (!isMixed && vowels(written) >= 0.2) found.push(...addressesIn(toCyrillic(written), 'transliterated'))
  if (isMixed || isPlausibleLayout(written, retyped)) found.push(...addressesIn(retyped, 'otherLayout'))
  return [...(vowels(retyped) > vowels(written) ? found.reverse() : found), ...addressesIn(written, 'typed')]
}

/** The text of a scanned payment QR, whatever the layout the scanner's keys fell into; null when it is none. */
function billText(text: string): string | null {
  const written = text.replace(/^\ufeff/, '').trim()
  if (/^st\d{5}/i.test(written)) return written.replace(/^st/i, 'ST')
  // «ЫЕ00012/Тфьу=…»: «|» of the English layout is «/» of the Russian one.
  return /^ые\d{5}/i.test(written) ? toEnglishLayout(written).replace(/^st/i, 'ST') : null
}

/** A bill is found by its account; the payer's name on it may be anybody's. */
function ofPaymentQr(text: string): Lookup[] {
  const fields = gostQrFields(text)
  const why = 'paymentQr'
  const accounts = [fields['PersAcc'], fields['PersonalAccount']].filter((account) => account !== undefined)
  const contracts = [fields['Contract'], ...accounts].filter((contract) => contract !== undefined).flatMap(readableSpellings)
  const said = /(?:л\/?с|лиц\p{L}*\.?\s*сч\p{L}*|договор\p{L}*)[\s.:№]*([\p{L}\d][\p{L}\d/-]*\d)/iu.exec(fields['Purpose'] ?? '')?.[1]
  const all = [...accounts, ...contracts, ...(accounts.length + contracts.length === 0 && said !== undefined ? [said] : [])]
  return withoutRepeats([
    ...all.flatMap((account) => [...accountOf(account, why), ...housingCodeOf(account, why)]),
    ...(fields['Contract'] === undefined && !/\p{L}/u.test(contracts.join('')) ? [] : contracts).map((contract): Lookup => ({ kind: 'contract', key: contractKey(contract), why })),
  ])
}

function ofEmail(written: string): Lookup[] {
  const value = normaliseEmail(written)
  const repaired = emailHints(written).map(({ suggestion, slips }): Lookup => ({ kind: 'email', value: suggestion, why: slips.includes('layout') ? 'otherLayout' : 'repaired' }))
  if (value !== null) return [{ kind: 'email', value, why: 'typed' }, ...repaired]
  // «"» is where the @ is under the Russian layout.
  if (/[@"]/.test(written) && repaired.length > 0) return repaired
  return likelyEmails(written).map((value) => ({ kind: 'email', value, why: 'repaired' }))
}

function ofNumbers(written: string): Lookup[] {
  // Letters of a number may have been typed under the other layout.
  const others = /\d/.test(written) ? [lettersRetyped(written), lettersToLatin(written)].filter((spelling) => spelling !== written && spelling.length <= 40) : []
  const lettered = (read: (text: string) => Lookup[]): Lookup[] => others.flatMap((spelling) => read(spelling).map((lookup): Lookup => ({ ...lookup, why: 'otherLayout' })))
  return [
    ...ofOfficialNumber(written),
    ...housingCodeOf(written, 'typed'),
    // Codes are Cyrillic: a letter without a Cyrillic look-alike was typed under the other layout.
    ...(/\d{6}/.test(written) && /[A-Z]/.test(housingSystemCode(written)?.key ?? 'A') ? [lettersRetyped(written), toRussianLayout(written)].flatMap((spelling) => housingCodeOf(spelling, 'otherLayout')) : []),
    ...ofDocument(written),
    ...ofPhone(written),
    ...accountOf(written, 'typed'),
    ...ofContractAndSerial(written),
    // «II-FR»: the Roman number is the same letters under the layout that hides the two behind it.
    ...ofDocument(written.replace(/^([ivxlc]{1,6})([\s-]+)([^\s\d-]{2})(?=[\s№-]*\d)/i, (_, roman: string, gap: string, letters: string) => roman + gap + toRussianLayout(letters)))
      .map((lookup): Lookup => ({ ...lookup, why: 'otherLayout' })),
    ...lettered((text) => ofDocument(text).filter((lookup) => lookup.kind === 'document' && !lookup.types.includes('passport_foreign'))),
    ...lettered(ofContractAndSerial),
  ]
}

/** СНИЛС, ИНН, ОГРН: only with a right control digit or their own punctuation, otherwise every account would be one. */
function ofOfficialNumber(written: string): Lookup[] {
  if (!/^[\d\s-]+$/.test(written)) return []
  const digits = written.replace(/\D/g, '')
  const found: Lookup[] = []
  if (digits.length === 11 && (isSnils(digits) || /^\d{3}-\d{3}-\d{3}[\s-]\d{2}$/.test(written))) found.push({ kind: 'snils', digits, why: 'typed' })
  if (isInn(digits)) found.push({ kind: 'inn', digits, why: 'typed' })
  if (isOgrn(digits) || isOgrnip(digits)) found.push({ kind: 'ogrn', digits, why: 'typed' })
  return found
}

function housingCodeOf(written: string, why: LookupReason): Lookup[] {
  const code = housingSystemCode(written)
  if (!code) return []
  // The bill's own number begins with the identifier of the flat.
  return [code.kind === 'els' ? { kind: 'els', key: code.key, why } : { kind: 'zhkuId', key: code.key.slice(0, 13), why }]
}

/** `types`: those the text names; then a number may be of any length. */
function ofDocument(written: string, types?: readonly DocumentType[]): Lookup[] {
  const byKey = new Map<string, { types: DocumentType[]; isWeak: boolean }>()
  for (const { type, key, isWeak } of possibleDocuments(written, types)) {
    const known = byKey.get(key) ?? { types: [], isWeak: true }
    byKey.set(key, { types: [...known.types, type], isWeak: known.isWeak && isWeak === true })
  }
  return [...byKey].map(([key, { types: ofKey, isWeak }]) => ({ kind: 'document', key, types: ofKey, ...(isWeak ? { isWeak } : {}), why: 'typed' }))
}

function ofPhone(written: string): Lookup[] {
  const last10 = lastTenDigits(written)
  return last10 === null ? [] : [{ kind: 'phone', last10, why: 'typed' }]
}

/** Digits with at most a letter index before or after them. */
function accountOf(written: string, why: LookupReason): Lookup[] {
  const raw = written.toUpperCase().replace(/^[\s:№#,.;'<[{]+/u, '')
  if (!/^(?:[A-ZА-ЯЁ]{1,3}[\s-]?)?[\d\s./\\\-\u2010-\u2015]+(?:[\s-]?[A-ZА-ЯЁ]{1,3})?$/u.test(raw)) return []
  const digits = raw.replace(/\D/g, '')
  return digits.length >= FEWEST_DIGITS && digits.length <= 20 ? [{ kind: 'account', digits, raw, why }] : []
}

/** Ten digits of a passport, or letters with at least as many digits as their document has: a key that need not be asked for again when more is typed. */
export function isWholeDocument(key: string): boolean {
  return /^\d{10}$|\D.*\d{6}$/.test(key)
}

/** The same number with fewer or more zeros in front: bills and barcodes are filled up with them, people leave them out. */
export function similarAccounts(digits: string): string[] {
  const own = withoutLeadingZeros(digits)
  if (own.length < FEWEST_DIGITS || digits.length > 20) return []
  const padded = Array.from({ length: Math.max(0, 13 - own.length) }, (_, zeros) => '0'.repeat(zeros) + own)
  return [...new Set([own, ...padded])].filter((key) => key !== digits)
}

function ofContractAndSerial(written: string): Lookup[] {
  const number = written.replaceAll('\\', '/').replace(/^(?:номер)?[\s:№#]*/iu, '')
  // «ленина 10 15» is an address: a number has no long words in it.
  const isNumber = /^[\p{L}\d\s№/.\-\u2010-\u2015]+$/u.test(number) && !/\p{L}{5}/u.test(number) && number.split(' ').length <= 4
  if (!isNumber || (number.match(/\d/g)?.length ?? 0) < FEWEST_DIGITS) return []
  const serial = serialKey(number)
  return [
    ...slashSpellings(number).map(contractKey).filter((key) => key.length <= 30).map((key): Lookup => ({ kind: 'contract', key, why: 'typed' })),
    ...(serial.length <= 30 ? [{ kind: 'serial', key: serial, why: 'typed' } as const] : []),
  ]
}

/** «ГС 2315 2018», «ГС-2315-2018», «ГС23152018» may be «ГС-2315/2018»: the slash is what people leave out. */
function slashSpellings(number: string): string[] {
  if (number.includes('/') || !/\p{L}/u.test(number)) return [number]
  return [...new Set([number, number.replace(/(\d)[\s.-]+(\d)/g, '$1/$2'), number.replace(/(\d)((?:19|20)\d{2})$/, '$1/$2')])]
}

function ofWords(written: string): Lookup[] {
  const retyped = toRussianLayout(written)
  const isRetyped = isPlausibleLayout(written, retyped)
  const found: Lookup[] = [...namesIn(unmixed(written), 'typed')]
  if (isRetyped) found.push(...namesIn(retyped, 'otherLayout'))
  if (isPlausibleLayout(written, toEnglishLayout(written))) found.push(...namesIn(toEnglishLayout(written), 'otherLayout'))
  // «Иванов gtnh»: the layout was changed on the way.
  if (/\p{sc=Cyrillic}/u.test(written) && /(?<!\p{sc=Cyrillic})[a-z]{3}/iu.test(written)) {
    found.push(...namesIn(written.split(' ').map((word) => (/\p{sc=Cyrillic}/u.test(word) ? word : toRussianLayout(word))).join(' '), 'otherLayout'))
  }
  // A passport for travel: «Shcherbakov Iurii».
  if (/^[a-z\s.,'\u2019-]+$/i.test(written) && vowels(written) >= 0.2) found.push(...namesIn(cyrillicName(written), 'transliterated'))
  found.push(...organisationsIn(written, 'typed'))
  if (isRetyped) found.push(...organisationsIn(retyped, 'otherLayout'))
  return found
}

/** First names by the dictionary, whatever the system they were spelled by; surnames as they sound. */
function cyrillicName(written: string): string {
  return written.split(' ').map((word) => firstNamesByLatin(latinKey(word))[0] ?? patronymicsByLatin(latinKey(word))[0] ?? toCyrillic(word)).join(' ')
}

/** A Latin letter that looks Cyrillic inside a Russian word: «Ивaнов». */
function unmixed(written: string): string {
  return written.split(' ').map((word) => (/\p{sc=Cyrillic}/u.test(word) && /[a-z]/i.test(word) ? lookAlikesToCyrillic(word.toUpperCase()) : word)).join(' ')
}

/**
 * «Иванов Пётр Сергеевич», «Пётр Сергеевич Иванов», «Иванов П. С.», «п с иванов», «Иванов ПС»: initials are never the surname, a patronymic shows the order,
 * and where neither tells, several orders are asked for.
 */
function namesIn(written: string, why: LookupReason): Lookup[] {
  if (namesLegalForm(written) || !/^[\p{L}\s.,'\u2019-]+$/u.test(written) || /^[.,]/.test(written)) return []
  const words = withoutSuffix(tidyName(written.replaceAll(',', ' ')).split(/[\s.]+/).map(fold).filter((word) => /\p{L}/u.test(word)))
  // «иванов пс»: two initials in one go.
  const joined = words.length === 2 && words.findIndex((word) => /^[^аеёиоуыэюяaeiou]{2}$|^[а-я]{2}$/.test(word) && !isFirstName(word))
  const apart = typeof joined === 'number' && joined >= 0 ? [...words.slice(0, joined), ...(words[joined] ?? ''), ...words.slice(joined + 1)] : null
  return [...nameOrders(words), ...(apart ? nameOrders(apart) : [])].filter(isLongEnough).map((name) => ({ ...name, why }))
}

type Role = 'last' | 'first' | 'middle'
const ORDERS_OF_THREE: readonly (readonly [order: readonly Role[], usual: number])[] = [
  [['last', 'first', 'middle'], 1], [['first', 'middle', 'last'], 0.8], [['last', 'middle', 'first'], -0.5], [['first', 'last', 'middle'], 0], [['middle', 'first', 'last'], -1], [['middle', 'last', 'first'], -1],
]
const MOST_ORDERS = 3

function nameOrders(words: readonly string[]): NameLookup[] {
  const [one, two, three, four, ...rest] = words
  if (one === undefined || rest.length > 0) return []
  if (two === undefined) return [name(one)]
  if (three === undefined) {
    if (isInitial(one)) return [name(two, one)]
    if (isInitial(two)) return [name(one, two)]
    // «Иванов Сергеевич»: no first name is known.
    if (isPatronymic(two) && !isPatronymic(one)) return isFirstName(one) ? [name(two, one)] : [name(one, two), { ...name(one), first: '', middle: two }]
    // The likelier order first; «Римская Залесская» may be one surname.
    if (isFirstName(one) && !isFirstName(two)) return [name(two, one), name(one, two)]
    return [name(one, two), name(two, one), ...(isFirstName(two) || one.length < 4 || two.length < 4 ? [] : [name(`${one}-${two}`)])]
  }
  if (four !== undefined) {
    // A double surname without its hyphen, in front or behind.
    const front = ordersOfThree([`${one}-${two}`, three, four])
    const behind = ordersOfThree([one, two, `${three}-${four}`])
    return [...front.slice(0, 1), ...behind.slice(0, 1)].map(({ found }) => found)
  }
  const orders = ordersOfThree([one, two, three])
  const best = orders[0]?.score ?? 0
  const isDouble = [one, two, three].every((word) => !isInitial(word) && !isPatronymic(word)) && one.length >= 4 && two.length >= 4
  return [...orders.filter(({ score }) => score >= best - 2).slice(0, MOST_ORDERS).map(({ found }) => found), ...(isDouble && !isFirstName(one) && !isFirstName(two) ? [name(`${one}-${two}`, three)] : [])]
}

/** Every order of three words that may be a name, the likeliest first. */
function ordersOfThree(words: readonly string[]): { found: NameLookup; score: number }[] {
  return ORDERS_OF_THREE.map(([order, usual]) => {
    const part = (role: Role) => words[order.indexOf(role)] ?? ''
    const score = usual + asLast(part('last')) + asFirst(part('first')) + asMiddle(part('middle'))
    // Initials stand in their usual order.
    const isTurned = isInitial(part('first')) && isInitial(part('middle')) && order.indexOf('first') > order.indexOf('middle')
    return { found: name(part('last'), part('first'), part('middle')), score: isTurned ? -100 : score }
  }).filter(({ score }) => score > -50).sort((left, right) => right.score - left.score)
}

const SURNAME_ENDING = /(?:ов|ев|ин|ын|ова|ева|ина|ына|ский|ская|цкий|цкая|енко|ко|ук|юк|як|ян|дзе|швили|ых|их|ец|ик|ой)$/

function asLast(word: string): number {
  if (isInitial(word)) return -100
  return (isPatronymic(word) ? -3 : 0) + (isFirstName(word) ? -2 : 0) + (SURNAME_ENDING.test(word) ? 1.5 : 0) + (word.includes('-') ? 2 : 0)
}

function asFirst(word: string): number {
  if (isInitial(word)) return 0.5
  if (isPatronymic(word)) return -4
  return isFirstName(word) ? 3 : likelyFirstNames(word).length > 0 ? 1.5 : 0
}

function asMiddle(word: string): number {
  if (isInitial(word)) return 0.5
  return isPatronymic(word) ? 3 : likelyPatronymics(word).length > 0 ? 2 : -1.5
}

function name(last: string, first?: string, middle?: string): NameLookup {
  return { kind: 'name', last, ...(first === undefined ? {} : { first }), ...(middle === undefined ? {} : { middle }) }
}

/** «Али оглы», «Али-оглы»: the beginning of the patronymic finds all its spellings. */
function withoutSuffix(words: readonly string[]): string[] {
  return words.filter((word, index) => index === 0 || !/^(?:оглы|оглу|кызы|гызы|кизи|улы|углы)$/.test(word)).map((word) => word.replace(/-(?:оглы|оглу|кызы|гызы|кизи|улы|углы)$/, ''))
}

function isLongEnough({ last, first }: NameLookup): boolean {
  return last.length >= (first === undefined ? FEWEST_LETTERS_OF_SURNAME : FEWEST_LETTERS_WITH_FIRST_NAME)
}

function isInitial(word: string): boolean {
  return word.length === 1
}

function isPatronymic(word: string): boolean {
  return /(?:вич|вна|ична|ьич|мич|нич|кич|тич)$/.test(word)
}

/** «управляющая компания уют», «средняя школа 5»: also by what it is called short. */
function organisationsIn(written: string, why: LookupReason): Lookup[] {
  const text = organisationKey(written)
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  const isNamed = namesLegalForm(written) || /["«»]/.test(written) || (/\p{L}{2}/u.test(written) && !/\d{4}/.test(written)) || /\p{L}{3}/u.test(written)
  if (!isNamed || letters < 2 || text.length < FEWEST_LETTERS_OF_SURNAME) return []
  const words = text.split(' ')
  const initials = (length: number) => words.slice(0, length).map((word) => word.charAt(0)).join('')
  const named = words.findIndex((word) => !/^\p{L}{2}/u.test(word))
  const short = [
    ...(named >= 2 && words.slice(0, named).every((word) => word.length >= 4) ? [[initials(named), ...words.slice(named)].join(' ')] : []),
    ...[2, 3, 4].filter((length) => words.length > length && namesLegalForm(initials(length))).map((length) => words.slice(length).join(' ')),
  ]
  return [text, ...short].filter((key) => key.length >= FEWEST_LETTERS_OF_SURNAME).map((key) => ({ kind: 'organisation', text: key, why }))
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
