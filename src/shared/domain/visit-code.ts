/**
 * The code of a visit that goes on another day: «V» and nine digits, the last of them by Luhn, so that a slip of one finger or two digits
 * changed places is never somebody else's code. Written in groups, «V123 456 782»; stored and put into the barcode as «V123456782».
 */
const CODE = /^V(\d{9})$/

/** The code in its stored form, however it was typed or scanned («м123-456 782» under the Russian layout); null when it is none. */
export function parseVisitCode(text: string): string | null {
  const compact = text.replace(/[\s\u00a0-]/g, '').toUpperCase()
  // «М» stands on the key of «V».
  const [, digits] = CODE.exec(compact.replace(/^М/, 'V')) ?? []
  return digits !== undefined && luhnDigit(digits.slice(0, 8)) === Number(digits[8]) ? `V${digits}` : null
}

/** «V123 456 782»; no break inside. The argument is a stored code. */
export function formatVisitCode(code: string): string {
  return code.replace(/^(V\d{3})(\d{3})(\d{3})$/, '$1\u00a0$2\u00a0$3')
}

/** The digit that belongs behind these digits (ISO/IEC 7812-1, annex B). */
export function luhnDigit(digits: string): number {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 2 : 1)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return (10 - (sum % 10)) % 10
}
