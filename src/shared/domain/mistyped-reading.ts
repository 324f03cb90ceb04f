import { type ExpectedReading, expectedReading, isExpected } from './expected-reading'
import { type Meter, capacity, dialStep } from './meter-dial'

export interface MistypedReading {
  /** shiftedPoint: cubic metres typed as litres or the other way round. */
  kind: 'transposed' | 'extraDigit' | 'missingDigit' | 'shiftedPoint'
  /** The value that was probably meant, in thousandths. */
  suggestion: number
}

/** One slip of the fingers between the typed value and the expected range; null when no single slip explains it. */
export function mistypedReading(meter: Meter, expected: ExpectedReading, value: number): MistypedReading | null {
  const unit = dialStep(meter)
  const typed = String(value / unit)
  const candidates: [MistypedReading['kind'], string[]][] = [
    ['transposed', places(typed).map((at) => typed.slice(0, at) + typed.charAt(at + 1) + typed.charAt(at) + typed.slice(at + 2))],
    ['extraDigit', places(typed).map((at) => typed.slice(0, at) + typed.slice(at + 1))],
    ['missingDigit', [...places(typed), typed.length].flatMap((at) => [...'0123456789'].map((digit) => typed.slice(0, at) + digit + typed.slice(at)))],
    ['shiftedPoint', [`${typed}000`, typed.slice(0, -3)]],
  ]
  for (const [kind, written] of candidates) {
    const fitting = written
      .filter((digits) => digits !== '' && digits !== typed)
      .map((digits) => Number(digits) * unit)
      .filter((meant) => meant < capacity(meter) && isExpected(meter, expected, meant))
      .sort((left, right) => Math.abs(left - expected.expected) - Math.abs(right - expected.expected))
    if (fitting[0] !== undefined) return { kind, suggestion: fitting[0] }
  }
  return null
}

type TypedReading = Parameters<typeof expectedReading>[0] & { values: readonly number[] }

/**
 * Cold and hot water typed into each other's row: neither fits its own meter, each fits the other.
 * To be asked about the pairs of one account; a verdict `looksSwapped` belongs to both.
 */
export function looksSwapped(first: TypedReading, second: TypedReading): boolean {
  const [mine] = first.values
  const [theirs] = second.values
  if (mine === undefined || theirs === undefined || first.meter.zones !== 1 || second.meter.zones !== 1) return false
  const [ofFirst] = expectedReading(first)
  const [ofSecond] = expectedReading(second)
  if (!ofFirst || !ofSecond) return false
  return (
    !isExpected(first.meter, ofFirst, mine) && !isExpected(second.meter, ofSecond, theirs) &&
    isExpected(first.meter, ofFirst, theirs) && isExpected(second.meter, ofSecond, mine)
  )
}

function places(typed: string): number[] {
  return [...typed].map((_, at) => at)
}
