/** Hundredths of a point as PDF writes them; there are few different ones on a page, and many pages. */
export function hundredths(value: number): string {
  if (value < 0) return `-${hundredths(-value)}`
  let written = written100[value]
  if (written === undefined) {
    const part = value % 100
    const whole = (value - part) / 100
    written = part === 0 ? String(whole) : `${whole === 0 ? '' : whole}.${part % 10 === 0 ? part / 10 : part < 10 ? `0${part}` : part}`
    if (value < keptNumbers) written100[value] = written
  }
  return written
}

const keptNumbers = 100_000
const written100: (string | undefined)[] = []

export function points(value: number): string {
  return hundredths(Math.round(value * 100))
}

/** Black shapes of a page, gathered by thickness and drawn first: text is never hidden, and the shapes of a page are one artifact. */
export class Shapes {
  private readonly strokes = new Map<string, string>()
  /** Left end, height and length of each, by thickness. */
  private readonly rules = new Map<string, number[]>()
  private filled = ''

  constructor(private readonly height: number) {}

  rule(x1: number, y: number, x2: number, thickness: number): void {
    const key = `${points(thickness)} w`
    const rules = this.rules.get(key)
    const rule = [Math.round(x1 * 100), Math.round((this.height - y) * 100), Math.round((x2 - x1) * 100)]
    if (rules) rules.push(...rule)
    else this.rules.set(key, rule)
  }

  dashedRule(x1: number, y: number, x2: number): void {
    const at = points(this.height - y)
    this.stroke('[5 4]0 d .8 w', `${points(x1)} ${at} m ${points(x2)} ${at} l`)
  }

  frame(x: number, y: number, width: number, height: number, thickness: number, radius: number): void {
    const [left, right, bottom, top] = [x, x + width, this.height - y - height, this.height - y]
    if (!radius) return this.stroke(`${points(thickness)} w`, `${points(left)} ${points(bottom)} ${points(width)} ${points(height)} re`)
    const k = radius * (1 - curve)
    const corner = (...places: number[]) => `${places.map(points).join(' ')} c`
    const path = [
      `${points(left + radius)} ${points(top)} m ${points(right - radius)} ${points(top)} l`,
      corner(right - k, top, right, top - k, right, top - radius),
      `${points(right)} ${points(bottom + radius)} l`,
      corner(right, bottom + k, right - k, bottom, right - radius, bottom),
      `${points(left + radius)} ${points(bottom)} l`,
      corner(left + k, bottom, left, bottom + k, left, bottom + radius),
      `${points(left)} ${points(top - radius)} l`,
      corner(left, top - k, left + k, top, left + radius, top),
      'h',
    ]
    this.stroke(`${points(thickness)} w`, path.join(' '))
  }

  fill(x: number, y: number, width: number, height: number): void {
    this.filled += `${points(x)} ${points(this.height - y - height)} ${points(width)} ${points(height)} re `
  }

  disc(x: number, y: number, radius: number): void {
    const at = this.height - y
    const k = radius * curve
    const arc = (...places: number[]) => `${places.map(points).join(' ')} c `
    this.filled +=
      `${points(x + radius)} ${points(at)} m ` +
      arc(x + radius, at + k, x + k, at + radius, x, at + radius) +
      arc(x - k, at + radius, x - radius, at + k, x - radius, at) +
      arc(x - radius, at - k, x - k, at - radius, x, at - radius) +
      arc(x + k, at - radius, x + radius, at - k, x + radius, at)
  }

  /** Operators of all of them, an artifact; empty when there are none. */
  toString(): string {
    let drawn = ''
    for (const [how, path] of this.strokes) drawn += `${how}\n${path}S\n${how.startsWith('[') ? '[]0 d\n' : ''}`
    for (const [how, rules] of this.rules) {
      // Each begins where the one before began: rows of a table are alike and pack into next to nothing.
      let [x, y] = [0, 0]
      drawn += `q ${how}\n`
      for (let at = 0; at < rules.length; at += 3) {
        const [left, height, length] = [rules[at] ?? 0, rules[at + 1] ?? 0, rules[at + 2] ?? 0]
        drawn += `1 0 0 1 ${hundredths(left - x)} ${hundredths(height - y)} cm 0 0 m ${hundredths(length)} 0 l S\n`
        x = left
        y = height
      }
      drawn += 'Q\n'
    }
    if (this.filled) drawn += `${this.filled}f\n`
    return drawn && `/Artifact BMC\n${drawn}EMC\n`
  }

  private stroke(how: string, path: string): void {
    this.strokes.set(how, `${this.strokes.get(how) ?? ''}${path} `)
  }
}

/** How far the handles of a cubic curve stand out for a quarter of a circle. */
const curve = 0.5523
