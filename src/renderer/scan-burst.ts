/** One character of a burst: what the layout made of the key, what the key means on a US keyboard (null: it has no such place), and milliseconds since the key before it. */
export interface Stroke {
  typed: string
  byPlace: string | null
  gap: number
  /** The key before it was still down: fingers overlap, scanners let go of every key first. */
  overlaps: boolean
}

/** Of one burst: a longer pause ends it. */
export const LONGEST_GAP = 120
/** A key that comes sooner than this after the one before may be a scanner's; it waits that long for the next one. */
export const QUICK = 60
const SHORTEST_CODE = 6
const LONGEST_BARCODE = 64
/** The fastest hands keep 60–80 ms between keys for more than a few letters; scanners 5–50 ms. */
const BEYOND_HANDS = 30
const SLOWEST_SCANNER = 55
const MOST_LETTERS = 4

/** Payment QR codes and links of other QR codes; everything else is a barcode. */
const beginnings = ['ST0001', 'HTTP://', 'HTTPS://']

/**
 * Whether a whole burst came from a scanner. Decided by everything at once: enough characters, what they are, the middle gap, how even the gaps are, and whether
 * keys overlap. A single quick pair says nothing: fast typists make many.
 */
export function isScan(strokes: readonly Stroke[]): boolean {
  if (strokes.length < SHORTEST_CODE || !isCode(scannedText(strokes))) return false
  const gaps = strokes.slice(1).map(({ gap }) => gap)
  const middle = median(gaps)
  const odd = gaps.filter((gap) => gap > QUICK).length
  if (middle <= BEYOND_HANDS) return odd * 4 <= gaps.length
  if (middle > SLOWEST_SCANNER || strokes.some(({ overlaps }) => overlaps)) return false
  // A device keeps its beat, whatever it is; one hiccup in eight is the computer's.
  const offBeat = gaps.filter((gap) => Math.abs(gap - middle) > middle * 0.4).length
  return offBeat * 8 <= gaps.length
}

/** Whether what has come so far may still become a code; letters of words and addresses need not wait for more. */
export function mayBecomeCode(strokes: readonly Stroke[]): boolean {
  const text = scannedText(strokes)
  const upper = text.toUpperCase()
  if (beginnings.some((beginning) => beginning.startsWith(upper) || upper.startsWith(beginning))) return true
  return /^[\p{L}\d/-]*$/u.test(text) && text.length <= LONGEST_BARCODE && letters(text) <= Math.max(MOST_LETTERS, digits(text))
}

/**
 * What the scanner read. It types as a US keyboard whatever the layout of the system is, so the places of its keys are the truth; unless it was set up for
 * another keyboard and what was typed is right already, or it sends characters that have no key.
 */
export function scannedText(strokes: readonly Stroke[]): string {
  const typed = strokes.map((stroke) => stroke.typed).join('')
  if (typed.startsWith('ST0001')) return typed
  return strokes.every(({ byPlace }) => byPlace !== null) ? strokes.map(({ byPlace }) => byPlace).join('') : typed
}

function isCode(text: string): boolean {
  const upper = text.toUpperCase()
  if (beginnings.some((beginning) => upper.startsWith(beginning))) return true
  return /^[\p{L}\d/-]+$/u.test(text) && text.length <= LONGEST_BARCODE && digits(text) * 2 >= text.length
}

const digits = (text: string) => text.match(/\d/g)?.length ?? 0
const letters = (text: string) => text.match(/\p{L}/gu)?.length ?? 0

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((left, right) => left - right)
  const half = sorted.length >> 1
  return sorted.length % 2 ? (sorted[half] ?? 0) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2
}
