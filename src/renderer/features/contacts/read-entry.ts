import type { ContactKind } from '@shared/domain/contact'
import { emailHints, normaliseEmail } from '@shared/domain/email'
import { isMobile, normalisePhone, phoneHints } from '@shared/domain/phone'

/** What stands in the one field for both kinds. */
export interface Entry {
  kind: ContactKind
  /** As it is stored: an e-mail in lower case, a phone as E.164; null while it is neither. */
  value: string | null
  /** A phone that can get an SMS. */
  isMobile: boolean
  /** Digits typed so far, to say how many a phone lacks. */
  digits: number
}

/** «8 912 345-67-8» is a number with a digit forgotten, not the city code 891: no code begins with 9, and nobody writes a code of three digits as «8 ». */
const LACKS_A_DIGIT = /^[78](?=9|[\s(-])(?:[\s(-]*\d){9}$/

/** Digits and what stands between them are a phone, or what could be one after a slip; all else is an e-mail; an address may begin with digits, so it turns into one as its letters come. */
export function readEntry(text: string): Entry {
  const phone = LACKS_A_DIGIT.test(text.replace(/[^\d\s(-]/g, '').trim()) ? null : normalisePhone(text)
  const email = normaliseEmail(text)
  const isPhone = phone !== null || (email === null && emailHints(text).length === 0 && phoneHints(text).length > 0) || /^[+\d][\d\s().\-\u2010-\u2015]*$/u.test(text.trim())
  return {
    kind: isPhone ? 'phone' : 'email',
    value: isPhone ? phone : email,
    isMobile: phone !== null && isMobile(phone),
    digits: text.replace(/\D/g, '').length,
  }
}
