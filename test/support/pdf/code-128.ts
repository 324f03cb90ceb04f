import { execFileSync } from 'node:child_process'
import { PNG } from 'pngjs'

/** Set B and C values by the widths of their bars and gaps (ISO/IEC 15417, table 1); 106 is the stop. */
const patterns = (
  '212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 ' +
  '311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 ' +
  '313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 ' +
  '122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 ' +
  '114311 411113 411311 113141 114131 311141 411131 211412 211214 211232'
).split(' ')

/** What a scanner reads on the row `at` points from the top of the first page, on paper from a 300 dpi printer; null when there is no symbol. */
export function code128Of(pdf: Uint8Array, at: number): string | null {
  const png = PNG.sync.read(execFileSync('pdftoppm', ['-r', '300', '-gray', '-png', '-f', '1', '-l', '1', '-'], { input: pdf, maxBuffer: 256 * 1024 * 1024, stdio: ['pipe', 'pipe', 'ignore'] }))
  const y = Math.round((at / 72) * 300)
  const runs: number[] = []
  let dark = false
  for (let x = 0; x < png.width; x++) {
    const isDark = (png.data[(y * png.width + x) * 4] ?? 255) < 128
    if (isDark !== dark) runs.push(0)
    dark = isDark
    if (runs.length > 0) runs[runs.length - 1]! += 1
  }
  // A symbol is a start, signs of six runs, a check sign and the stop with one bar more; the last run is the paper behind it.
  for (let from = 0; from + 20 < runs.length; from += 2) {
    const text = read(runs.slice(from, -1))
    if (text !== null) return text
  }
  return null
}

function read(runs: number[]): string | null {
  const module = runs.slice(0, 6).reduce((sum, run) => sum + run, 0) / 11
  const values: number[] = []
  let at = 0
  for (; at + 6 < runs.length; at += 6) {
    const value = patterns.indexOf(runs.slice(at, at + 6).map((run) => Math.round(run / module)).join(''))
    if (value < 0) break
    values.push(value)
  }
  const stop = runs.slice(at, at + 7).map((run) => Math.round(run / module)).join('')
  const [start, ...rest] = values
  const check = rest.pop()
  if (stop !== '2331112' || check === undefined || (start !== 104 && start !== 105)) return null
  if (rest.reduce((sum, value, index) => sum + value * (index + 1), start) % 103 !== check) return null
  let set: 'B' | 'C' = start === 104 ? 'B' : 'C'
  let text = ''
  for (const value of rest) {
    if (value === 99) set = 'C'
    else if (value === 100) set = 'B'
    else text += set === 'C' ? String(value).padStart(2, '0') : String.fromCharCode(value + 32)
  }
  return text
}
