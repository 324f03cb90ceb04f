import { addDays, formatDate, formatPeriod, periodOf } from '@shared/domain/dates'

/**
 * What a cell of a workbook means as the text a register holds (ECMA-376 part 1, 18.3.1.4 and 18.8.30). Numbers come with a point, dates as DD.MM.YYYY,
 * a date shown without its day as MM.YYYY. What can't be read honestly begins with U+FFFD, which no column takes: a formula without its value, an error
 * of the sheet, a number that has lost digits.
 */
export type CellStyle = { is: 'general' } | { is: 'date'; showsDay: boolean } | { is: 'zeros'; width: number }

export interface RawCell {
  /** `t` of the cell; '' is a number. A shared string comes as its text already. */
  type: string
  text: string
  /** The cell has a formula. */
  isFormula: boolean
}

export const unreadable = '\uFFFD'
const general: CellStyle = { is: 'general' }

/** Built-in formats that are dates (18.8.30, the East Asian ones included); 17 is «mmm-yy». Times of day alone are numbers. */
const builtInDates = new Set([14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58])

/** `code` is null for a built-in format. */
export function styleOf(formatId: number, code: string | null): CellStyle {
  if (code === null) return builtInDates.has(formatId) ? { is: 'date', showsDay: formatId !== 17 } : general
  // The first section is that of positive numbers; quoted and escaped text, colours and locales say nothing of the value.
  const bare = (code.replace(/"[^"]*"|\\.|[_*]./g, '').split(';')[0] ?? '').replace(/\[[^\]]*\]/g, '').trim()
  if (/^0{2,}$/.test(bare)) return { is: 'zeros', width: bare.length }
  // Some programs write the letters of their own language: ДД.ММ.ГГГГ.
  return /[ydгд]/i.test(bare) && !/[#0?]/.test(bare) ? { is: 'date', showsDay: /[dд]/i.test(bare) } : general
}

/** Day of a serial number; null outside 1900–9999. The system of 1900 counts a 29 February 1900 that never was, as number 60. */
export function dateOfSerial(serial: number, is1904: boolean): string | null {
  // Half a second: midnight computed by a formula is often a hair before it.
  const days = Math.floor(serial + 0.5 / 86_400)
  if (is1904) return days < 0 || days > 2_957_003 ? null : addDays('1904-01-01', days)
  if (days < 1 || days > 2_958_465 || days === 60) return null
  return addDays(days < 60 ? '1899-12-31' : '1899-12-30', days)
}

export function cellText({ type, text, isFormula }: RawCell, style: CellStyle, is1904: boolean): string {
  if (text === '') return isFormula && type !== 'str' ? unreadable : ''
  switch (type) {
    case 's':
    case 'str':
    case 'inlineStr':
      return unescaped(text)
    case 'b':
      return text === '1' || text === 'true' ? 'ИСТИНА' : 'ЛОЖЬ'
    case 'e':
      return unreadable + text
    case 'd':
      return dayOf(text, style) ?? unreadable + text
    default:
      return numberText(text.trim(), style, is1904)
  }
}

function numberText(text: string, style: CellStyle, is1904: boolean): string {
  const value = Number(text)
  if (text === '' || !Number.isFinite(value)) return unreadable + text
  if (style.is === 'date') {
    const date = dateOfSerial(value, is1904)
    return date === null ? unreadable + text : shown(date, style.showsDay)
  }
  // Whole digits stand as they are written, however many: no account number passes through a floating point.
  if (/^-?\d+$/.test(text)) return padded(text, style)
  // Excel keeps fifteen digits; a longer number typed into a cell has lost its end, and nobody can tell what it was.
  if (Math.abs(value) >= 1e15) return unreadable + text
  // 136.69999999999999 is how a file holds 136.7.
  return padded(plain(Number(value.toPrecision(15))), style)
}

/** «0.0000001», never «1e-7». */
function plain(value: number): string {
  const text = String(value)
  return text.includes('e') ? value.toFixed(15).replace(/\.?0+$/, '') : text
}

const padded = (text: string, style: CellStyle) => (style.is === 'zeros' && /^\d+$/.test(text) ? text.padStart(style.width, '0') : text)
const shown = (date: string, showsDay: boolean) => (showsDay ? formatDate(date) : formatPeriod(periodOf(date)))

function dayOf(text: string, style: CellStyle): string | null {
  const day = /^\d{4}-\d{2}-\d{2}/.exec(text)?.[0]
  return day === undefined ? null : shown(day, style.is !== 'date' || style.showsDay)
}

/** Characters that XML can't hold stand as `_x000D_` (22.9.2.19). */
function unescaped(text: string): string {
  return text.includes('_x') ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16))) : text
}

/** «AB12» → 27; null for what is no reference of a cell. */
export function columnOf(reference: string): number | null {
  let column = 0
  let at = 0
  for (; at < reference.length; at += 1) {
    const letter = reference.charCodeAt(at) - 64
    if (letter < 1 || letter > 26) break
    column = column * 26 + letter
  }
  return at === 0 || at > 3 || column > 16_384 ? null : column - 1
}
