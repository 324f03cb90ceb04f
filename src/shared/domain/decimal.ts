// Volumes, tariffs and readings are exact: decimal strings or scaled integers, never binary fractions.

const NBSP = '\u00a0'
const MINUS = '\u2212'

/**
 * Reads «1 234,567», «-12.5», «0042» into a plain decimal string «1234.567», «-12.5», «42»; null for anything else.
 * Spaces of any kind are accepted between groups of three digits only: «12 34» is more likely two numbers.
 */
export function parseDecimal(text: string): string | null {
  const match = /^([-\u2212]?)(\d{1,3}(?: \d{3})+|\d+)(?:[.,](\d+))?$/.exec(text.trim().replace(/\s/gu, ' '))
  if (!match) return null
  const whole = (match[2] ?? '').replaceAll(' ', '').replace(/^0+(?=\d)/, '')
  const fraction = (match[3] ?? '').replace(/0+$/, '')
  const written = fraction === '' ? whole : `${whole}.${fraction}`
  return match[1] === '' || written === '0' ? written : `-${written}`
}

/** A decimal string as an integer of its last kept digit: scaled('5.533', 3) is 5533n. Throws when the string holds more digits. */
export function scaled(decimal: string, digits: number): bigint {
  const { units, digits: own } = exactly(decimal)
  if (own > digits) throw new RangeError('more decimals than asked for')
  return units * 10n ** BigInt(digits - own)
}

/** The integer and the number of decimals a decimal string stands for: «5.533» is 5533 and 3. */
export function exactly(decimal: string): { units: bigint; digits: number } {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal)
  if (!match) throw new RangeError('not a decimal string')
  const fraction = match[3] ?? ''
  const units = BigInt((match[2] ?? '') + fraction)
  return { units: match[1] === '-' ? -units : units, digits: fraction.length }
}

/** Divides and rounds half away from zero, as PostgreSQL does with numeric, so that a reversal cancels its line exactly. */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  if (denominator <= 0n) throw new RangeError('denominator must be positive')
  const doubled = (numerator < 0n ? -numerator : numerator) * 2n + denominator
  const quotient = doubled / (denominator * 2n)
  return numerator < 0n ? -quotient : quotient
}

/** «1 234,567» for people: comma, NBSP between thousands, real minus sign. */
export function formatDecimal(decimal: string): string {
  const [whole = '', fraction] = decimal.replace('-', '').split('.')
  const grouped = whole.length < 4 ? whole : whole.replace(/\B(?=(\d{3})+$)/g, NBSP)
  return (decimal.startsWith('-') ? MINUS : '') + (fraction === undefined ? grouped : `${grouped},${fraction}`)
}

/** Thousandths of a unit as a decimal string: 5533 is «5.533», 5500 is «5.5». */
export function decimalOfThousandths(thousandths: number): string {
  const written = decimalWithDigits(thousandths, 3)
  return written.includes('.') ? written.replace(/\.?0+$/, '') : written
}

/** A dial value for people: formatReading(5533, 3) is «5,533». Digits that the meter does not show are cut, as on its dial. */
export function formatReading(thousandths: number, decimals: number): string {
  return decimalWithDigits(thousandths, decimals).replace('.', ',').replace('-', MINUS)
}

function decimalWithDigits(thousandths: number, digits: number): string {
  const size = String(Math.abs(thousandths)).padStart(4, '0')
  const fraction = size.slice(-3).slice(0, digits)
  return (thousandths < 0 ? '-' : '') + size.slice(0, -3) + (fraction === '' ? '' : `.${fraction}`)
}
