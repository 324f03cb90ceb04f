export interface Phone {
  /** «+79123456789» */
  e164: string
  isRussian: boolean
  /** Only a Russian mobile number gets an SMS from us. */
  isMobile: boolean
}

/** What was repaired to get a suggestion. */
export type PhoneSlip = 'layout' | 'lookAlikes' | 'doublePrefix' | 'internationalPrefix' | 'severalNumbers'

export interface PhoneHint {
  /** E.164 */
  suggestion: string
  slips: PhoneSlip[]
}

const MOST_HINTS = 3
// The row of digits with Shift held, under the Russian and the English layout; the brackets are on the same keys in both.
const SHIFTED = [new Map([...'!"№;%:?*()'].map((sign, index) => [sign, '1234567890'.charAt(index)])), new Map([...'!@#$%^&*()'].map((sign, index) => [sign, '1234567890'.charAt(index)]))]
const LETTERS_LIKE_DIGITS = new Map(Object.entries({ 0: 'OoОо', 1: 'lIІ|', 3: 'Зз', 4: 'Чч', 6: 'б', 8: 'BВ' }).flatMap(([digit, letters]) => [...letters].map((letter) => [letter, digit] as const)))

const EXTENSION = /\s*(?:доб|вн|ext)\.?\s*\d*\s*$/iu
const CAPTION = /^\s*(?:тел(?:ефон)?|моб(?:ильный)?|т|м)\s*[.:]?\s*/iu

/**
 * Reads a phone in any punctuation: «8 (351) 255-57-24», «+7 (351) 2 555 724», «9123456789».
 * A foreign number needs its +; +7 6… and +7 7… are Kazakhstan. Null when it is no phone.
 */
export function parsePhone(text: string): Phone | null {
  const written = text.replace(CAPTION, '').replace(EXTENSION, '').trim()
  if (!/^\+?[\d\s().\-\u2010-\u2015]+$/u.test(written)) return null
  const digits = written.replace(/\D/g, '')
  const isInternational = written.startsWith('+')
  const national = nationalPart(digits, isInternational)
  if (national !== null && /^[3489]/.test(national)) return { e164: `+7${national}`, isRussian: true, isMobile: national.startsWith('9') }
  if (national !== null && /^[67]/.test(national) && digits.length === 11) return { e164: `+7${national}`, isRussian: false, isMobile: false }
  if (isInternational && /^(?![07]|8[39])\d{8,15}$/.test(digits)) return { e164: `+${digits}`, isRussian: false, isMobile: false }
  return null
}

/** E.164 («+79123456789»), or null when it is no phone. */
export function normalisePhone(text: string): string | null {
  return parsePhone(text)?.e164 ?? null
}

/** The ten digits that identify a Russian number however it was typed; null for foreign ones and for no phone. */
export function lastTenDigits(text: string): string | null {
  const phone = parsePhone(text)
  return phone?.isRussian ? phone.e164.slice(-10) : null
}

export function isMobile(e164: string): boolean {
  return /^\+79\d{9}$/.test(e164)
}

/** «+7 (912) 345-67-89»; a foreign number stays as it is. */
export function formatPhone(e164: string): string {
  return e164.replace(/^\+7(\d{3})(\d{3})(\d{2})(\d{2})$/, '+7 ($1) $2-$3-$4')
}

/**
 * What the visitor's number may be where the text is none: typed with Shift held, with letters for digits, with «7» and «8» both, dialled through 00 or 8-10, or two numbers
 * in one field. Empty for what reads as a phone and for what can't be told; at most three.
 */
export function phoneHints(text: string): PhoneHint[] {
  if (parsePhone(text)) return []
  const found = new Map<string, PhoneSlip[]>()
  const tried = (candidate: string, slips: PhoneSlip[]) => {
    const e164 = normalisePhone(candidate)
    if (e164 && !found.has(e164)) found.set(e164, slips)
  }
  const parts = text.split(/[,;/]|\s(?:или|и)\s/u).filter((part) => /\d/.test(part))
  for (const { written, slips } of [...SHIFTED.map((keys) => ({ written: withDigits(text, keys), slips: ['layout' as const] })), ...parts.map((written) => ({ written, slips: parts.length > 1 ? ['severalNumbers' as const] : [] }))]) {
    if (written === null) continue
    const letters = replaced(written, LETTERS_LIKE_DIGITS)
    const readable = mostlyDigits(letters) ? letters : written
    const repaired: PhoneSlip[] = readable === written ? slips : [...slips, 'lookAlikes']
    tried(readable, repaired)
    const digits = readable.replace(/\D/g, '')
    if (/^[78][78][3489]\d{9}$/.test(digits)) tried(digits.slice(2), [...repaired, 'doublePrefix'])
    const [, abroad] = /^(?:00|810)(\d{8,15})$/.exec(digits) ?? []
    if (abroad) tried(`+${abroad}`, [...repaired, 'internationalPrefix'])
  }
  return [...found].slice(0, MOST_HINTS).map(([suggestion, slips]) => ({ suggestion, slips }))
}

/** A number nobody has: «8 900 000-00-00», «8 999 999-99-99», typed to get past a field. Russian ones only. */
export function isMadeUp(e164: string): boolean {
  return /^\+7\d{2,3}(\d)\1{6,7}$/.test(e164)
}

const replaced = (text: string, signs: ReadonlyMap<string, string>) => [...text].map((sign) => signs.get(sign) ?? sign).join('')
const mostlyDigits = (text: string) => /^\+?[\d\s().\-\u2010-\u2015]+$/u.test(text.trim())

/** The text with its signs read as digits; null unless it holds nothing but them and what stands between the digits of a number. */
function withDigits(text: string, keys: ReadonlyMap<string, string>): string | null {
  const signs = [...text.replace(/[\s-]/g, '')]
  return signs.length >= 10 && signs.every((sign) => keys.has(sign)) ? signs.map((sign) => keys.get(sign)).join('') : null
}

function nationalPart(digits: string, isInternational: boolean): string | null {
  if (digits.length === 10 && !isInternational) return digits
  if (digits.length !== 11) return null
  if (digits.startsWith('7')) return digits.slice(1)
  // «+8 912…» is a habit of dialling through 8; no country has the codes 83 and 89.
  return digits.startsWith('8') && (!isInternational || /^8[39]/.test(digits)) ? digits.slice(1) : null
}
