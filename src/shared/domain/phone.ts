export interface Phone {
  /** «+79123456789» */
  e164: string
  isRussian: boolean
  /** Only a Russian mobile number gets an SMS from us. */
  isMobile: boolean
}

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

function nationalPart(digits: string, isInternational: boolean): string | null {
  if (digits.length === 10 && !isInternational) return digits
  if (digits.length !== 11) return null
  if (digits.startsWith('7')) return digits.slice(1)
  // «+8 912…» is a habit of dialling through 8; no country has the codes 83 and 89.
  return digits.startsWith('8') && (!isInternational || /^8[39]/.test(digits)) ? digits.slice(1) : null
}
