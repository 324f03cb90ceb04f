import { divideRounded, exactly, formatDecimal, parseDecimal } from './decimal'

/** Money is always an integer number of kopecks. */
export type Kopecks = number

const NBSP = '\u00a0'
const CURRENCY = /\s*(?:₽|руб(?:\.|лей|ля|ль)?|р\.?)$/iu
const ROUBLES_AND_KOPECKS = /^(.*?)\s*(?:₽|руб(?:\.|лей|ля|ль)?|р\.?)\s*(\d{2})\s*(?:коп(?:\.|еек|ейки|ейка)?|к\.?)$/iu

/** Reads «1 234,56 ₽», «1234.5», «12 руб. 05 коп.» into kopecks, exactly; null when it is not a sum or has parts of a kopeck. */
export function parseMoney(text: string): Kopecks | null {
  const trimmed = text.trim()
  const both = ROUBLES_AND_KOPECKS.exec(trimmed)
  const written = both ? `${both[1]}.${both[2]}` : trimmed.replace(CURRENCY, '')
  if (/[.,]\d{3,}$/.test(written)) return null
  const decimal = parseDecimal(written)
  if (decimal === null) return null
  const { units, digits } = exactly(decimal)
  return safeNumber(units * 10n ** BigInt(2 - digits))
}

/** «1 234,56 ₽»: NBSP between groups and before the sign, U+2212 for minus, so that a sum is never torn apart on paper. */
export function formatMoney(kopecks: Kopecks): string {
  return `${formatAmount(kopecks)}${NBSP}₽`
}

/** «1 234,56», for columns that name the currency in their heading. */
export function formatAmount(kopecks: Kopecks): string {
  return formatDecimal(roublesOf(kopecks))
}

/** «1234.56»: roubles as a decimal string for files and calculations. */
export function roublesOf(kopecks: Kopecks): string {
  if (!Number.isSafeInteger(kopecks)) throw new RangeError('kopecks must be an integer')
  const size = String(Math.abs(kopecks)).padStart(3, '0')
  return `${kopecks < 0 ? '-' : ''}${size.slice(0, -2)}.${size.slice(-2)}`
}

/**
 * Volume × tariff in roubles, as kopecks, rounded half up once («5.533» × «48.37» is 267,63 ₽).
 * A total is the sum of rounded lines and is not rounded again (domain: money, VAT, rounding).
 */
export function multiplyRounded(volume: string, tariff: string): Kopecks {
  const left = exactly(volume)
  const right = exactly(tariff)
  return exactNumber(divideRounded(left.units * right.units * 100n, 10n ** BigInt(left.digits + right.digits)))
}

/** The VAT contained in a sum: S·r/(100+r), rounded half up. The rate is in whole per cent. */
export function vatInside(sum: Kopecks, ratePercent: number): Kopecks {
  return exactNumber(divideRounded(BigInt(sum) * BigInt(ratePercent), BigInt(100 + ratePercent)))
}

function safeNumber(value: bigint): number | null {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : null
}

function exactNumber(value: bigint): number {
  const number = safeNumber(value)
  if (number === null) throw new RangeError('sum is too large')
  return number
}
