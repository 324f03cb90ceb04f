import { lookAlikesToCyrillic } from './look-alikes'

/** The part of a provider's profile that says how its numbers are written. */
export interface AccountNumberFormat {
  /** Only digits count: «А-123456» and «123456» are one account. */
  digitsOnly: boolean
  minLength: number
  maxLength: number
}

export type AccountNumberProblem = 'missing' | 'tooShort' | 'tooLong' | 'unexpectedCharacter'

/** The form numbers are compared in; shown is always the number as registered. Leading zeros stay: they distinguish accounts. */
export function accountKey(text: string, format: Pick<AccountNumberFormat, 'digitsOnly'>): string {
  return format.digitsOnly ? text.replace(/\D/g, '') : contractKey(text)
}

/** A contract or account number with letters: upper case, no spaces, dashes, dots or «№», Latin look-alikes as Cyrillic. */
export function contractKey(text: string): string {
  const written = text.normalize('NFC').toUpperCase().replaceAll('Ё', 'Е')
  return lookAlikesToCyrillic(written.replace(/[\s№\-\u2010-\u2015\u2212.,_]/gu, ''))
}

/** For matching only, with providers whose subscribers leave the zeros out. */
export function withoutLeadingZeros(key: string): string {
  return key.replace(/^0+(?=.)/, '')
}

/** What keeps a number from being one of this provider's; null when it fits. */
export function accountNumberProblem(text: string, format: AccountNumberFormat): AccountNumberProblem | null {
  const key = accountKey(text, format)
  if (key === '') return 'missing'
  // A letter index is short; a word is not a number.
  if (format.digitsOnly && /[^\s\d№\-\u2010-\u2015\u2212./A-ZА-ЯЁ]|[A-ZА-ЯЁ]{4}/iu.test(text)) return 'unexpectedCharacter'
  if (!format.digitsOnly && !/^[0-9A-ZА-Я/]+$/.test(key)) return 'unexpectedCharacter'
  if (key.length < format.minLength) return 'tooShort'
  return key.length > format.maxLength ? 'tooLong' : null
}

/** els: единый лицевой счёт; zhkuId: идентификатор ЖКУ; paymentDocumentId: идентификатор платёжного документа. */
export interface HousingSystemCode {
  kind: 'els' | 'zhkuId' | 'paymentDocumentId'
  /** «75ДА533315», «75ДА533315-01», «75ДА533315-01-6101» */
  key: string
}

/** A code of ГИС ЖКХ in any case, with Latin look-alikes, with or without its dashes; null when it is not one. */
export function housingSystemCode(text: string): HousingSystemCode | null {
  const written = lookAlikesToCyrillic(text.normalize('NFC').toUpperCase()).replace(/[\s\-\u2010-\u2015\u2212]/gu, '')
  const match = /^(\d{2}[А-ЯA-Z]{2}\d{6})(?:(\d{2})(\d{4})?)?$/.exec(written)
  if (!match) return null
  const [, els = '', flat, bill] = match
  if (flat === undefined) return { kind: 'els', key: els }
  return bill === undefined ? { kind: 'zhkuId', key: `${els}-${flat}` } : { kind: 'paymentDocumentId', key: `${els}-${flat}-${bill}` }
}
