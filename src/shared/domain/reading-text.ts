import type { Meter } from './meter-dial'

export type ReadingTextProblem = 'empty' | 'notANumber' | 'tooManyDigits' | 'tooManyDecimals'

/** `suggestion` (thousandths): the whole dial, red digits too, was typed without the comma. */
export type ParsedReading = { value: number } | { problem: ReadingTextProblem; details: { digits?: number; decimals?: number; suggestion?: number } }

/**
 * What an operator typed, in thousandths: comma or point, leading zeros of the dial, spaces. More decimals than the dial has are a mistake;
 * those that the provider does not take (`acceptDecimals`) are cut, not rounded, because a meter never shows a rounded value.
 */
export function parseReadingText(text: string, meter: Pick<Meter, 'digits' | 'decimals'>, acceptDecimals = meter.decimals): ParsedReading {
  const written = text.replace(/\s/gu, '')
  if (written === '') return { problem: 'empty', details: {} }
  const match = /^(\d+)(?:[.,](\d*))?$/.exec(written)
  if (!match) return { problem: 'notANumber', details: {} }
  const [, typed = '', fraction = ''] = match
  if (fraction.length > meter.decimals) return { problem: 'tooManyDecimals', details: { decimals: meter.decimals } }
  const whole = typed.replace(/^0+(?=\d)/, '')
  if (whole.length > meter.digits) {
    const isWholeDial = fraction === '' && meter.decimals > 0 && typed.length === meter.digits + meter.decimals
    return { problem: 'tooManyDigits', details: isWholeDial ? { digits: meter.digits, suggestion: Number(whole) * 10 ** (3 - meter.decimals) } : { digits: meter.digits } }
  }
  const kept = fraction.slice(0, Math.max(0, acceptDecimals))
  return { value: Number(whole) * 1000 + Number(kept.padEnd(3, '0')) }
}
