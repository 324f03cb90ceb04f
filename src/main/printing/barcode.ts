import { BoundedCache } from './writer/bounded-cache'

/** Widths of bars and gaps by value: signs of the sets, 103–105 starts of the sets A, B and C, 106 the stop with its last bar (ISO/IEC 15417, table 1). */
const patterns = (
  '212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 123221 ' +
  '223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 ' +
  '112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 ' +
  '311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 ' +
  '122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 ' +
  '214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112'
)
  .split(' ')
  .map((pattern) => [...pattern].map(Number))

const [startB, startC, stop, toB, toC] = [104, 105, 106, 100, 99]
const kept = new BoundedCache<number[]>(200)

/**
 * Widths of the bars and gaps of a Code 128 symbol, in modules, the first one a bar; without its quiet zones. Pairs of digits take one sign where four or more digits stand together
 * (at the beginning or the end, else six). Null for a text that is empty or has signs beyond printable ASCII: a scanner would not give it back.
 */
export function code128(text: string): number[] | null {
  if (!/^[\x20-\x7e]+$/.test(text)) return null
  const known = kept.get(text)
  if (known) return known
  const values = valuesOf(text)
  const check = values.reduce((sum, value, index) => sum + value * Math.max(1, index), 0) % 103
  const widths = [...values, check, stop].flatMap((value) => patterns[value] ?? [])
  kept.set(text, widths)
  return widths
}

function valuesOf(text: string): number[] {
  const digitsAt = (at: number) => /^\d*/.exec(text.slice(at))?.[0].length ?? 0
  /** Whether set C pays from here: two changes of set cost two signs. */
  const paysC = (at: number) => {
    const digits = digitsAt(at)
    return digits >= (at === 0 || at + digits === text.length ? 4 : 6) || (digits === 2 && text.length === 2)
  }
  let isC = paysC(0)
  const values = [isC ? startC : startB]
  for (let at = 0; at < text.length; ) {
    if (isC && digitsAt(at) >= 2) {
      values.push(Number(text.slice(at, at + 2)))
      at += 2
    } else if (isC) {
      values.push(toB)
      isC = false
    } else if (digitsAt(at) % 2 === 0 && paysC(at)) {
      values.push(toC)
      isC = true
    } else values.push(text.charCodeAt(at++) - 32)
  }
  return values
}
