// Control digits of official numbers. Arguments are digits without separators; anything else is simply not valid.

/**
 * СНИЛС, 11 digits (Постановление Правления ПФР, control number since 001-001-998).
 * All zeros are refused although their sum matches.
 */
export function isSnils(digits: string): boolean {
  if (!/^\d{11}$/.test(digits) || /^0+$/.test(digits)) return false
  if (digits.slice(0, 9) <= '001001998') return true
  const sum = weighted(digits.slice(0, 9), [9, 8, 7, 6, 5, 4, 3, 2, 1])
  return Number(digits.slice(9)) === (sum % 101) % 100
}

/** ИНН: 10 digits of an organisation or 12 of a person. */
export function isInn(digits: string): boolean {
  return isOrganisationInn(digits) || isPersonInn(digits)
}

export function isOrganisationInn(digits: string): boolean {
  return /^\d{10}$/.test(digits) && !/^0+$/.test(digits) && Number(digits[9]) === (weighted(digits, [2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10
}

export function isPersonInn(digits: string): boolean {
  return (
    /^\d{12}$/.test(digits) &&
    !/^0+$/.test(digits) &&
    Number(digits[10]) === (weighted(digits, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10 &&
    Number(digits[11]) === (weighted(digits, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10
  )
}

/** ОГРН of an organisation: 13 digits, the first is 1 or 5. */
export function isOgrn(digits: string): boolean {
  return /^[15]\d{12}$/.test(digits) && (Number(digits.slice(0, 12)) % 11) % 10 === Number(digits[12])
}

/** ОГРНИП of an entrepreneur: 15 digits, the first is 3. */
export function isOgrnip(digits: string): boolean {
  return /^3\d{14}$/.test(digits) && (Number(digits.slice(0, 14)) % 13) % 10 === Number(digits[14])
}

/** КПП has no control digit; letters are Latin capitals. */
export function isKpp(text: string): boolean {
  return /^\d{4}[0-9A-Z]{2}\d{3}$/.test(text)
}

export function isBic(text: string): boolean {
  return /^\d{9}$/.test(text)
}

/** client: an account in a bank. correspondent: an account of the bank itself in ЦБ. */
export type BankAccountKind = 'client' | 'correspondent'

/**
 * The key (9th digit) of a 20-digit account with the БИК of its bank (ЦБ РФ 08.09.1997 № 515).
 * Treasury accounts (БИК 01…, accounts 0…) have another rule and are accepted unchecked.
 */
export function isBankAccount(account: string, bic: string, kind: BankAccountKind): boolean {
  const digits = accountDigits(account)
  if (digits === null || !isBic(bic)) return false
  if (bic.startsWith('01') || account.startsWith('0')) return true
  return keySum(digits, bic, kind) % 10 === 0
}

/** The digit that belongs on the 9th place; null when the account or the БИК is malformed. */
export function bankAccountKey(account: string, bic: string, kind: BankAccountKind): number | null {
  const digits = accountDigits(account)
  if (digits === null || !isBic(bic)) return null
  return (keySum(`${digits.slice(0, 8)}0${digits.slice(9)}`, bic, kind) * 3) % 10
}

/** «112-233-445 95» */
export function formatSnils(digits: string): string {
  return digits.replace(/^(\d{3})(\d{3})(\d{3})(\d{2})$/, '$1-$2-$3 $4')
}

function keySum(account: string, bic: string, kind: BankAccountKind): number {
  const prefix = kind === 'client' ? bic.slice(6) : `0${bic.slice(4, 6)}`
  const weights = [7, 1, 3]
  return [...(prefix + account)].reduce((sum, digit, index) => sum + ((Number(digit) * (weights[index % 3] ?? 0)) % 10), 0)
}

/** A letter on the 6th place (clearing currency) counts as its number in this row. */
function accountDigits(account: string): string | null {
  if (!/^\d{5}[\dАВСЕНКМРТХ]\d{14}$/.test(account)) return null
  const letter = 'АВСЕНКМРТХ'.indexOf(account.charAt(5))
  return letter < 0 ? account : `${account.slice(0, 5)}${letter}${account.slice(6)}`
}

function weighted(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0)
}
