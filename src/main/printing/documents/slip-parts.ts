import { formatDate } from '@shared/domain/dates'
import { lineHeight, mm, a4, type Pdf, type TextStyle } from '../pdf'

/** What every slip of a visit says about where and for whom it was given. */
export interface SlipHead {
  office: { name: string; address: string; phone: string; hours: string }
  timeZone: string
  operatorName: string
  window: string | null
  /** ISO instants. */
  issuedAt: string
  openedAt: string
  visitor: { isOrganisation: boolean; name: string; lastName: string | null; firstName: string | null; middleName: string | null }
}

/** A slip takes the upper half of an A4 sheet; the lower one stays with the office. */
export const half = a4.height / 2
export const slip = { left: 14 * mm, top: 12 * mm, width: a4.width - 28 * mm }

export const text: TextStyle = { font: 'regular', size: 11 }
export const strong: TextStyle = { font: 'bold', size: 11 }
export const small: TextStyle = { font: 'regular', size: 9.5 }
export const heading: TextStyle = { font: 'bold', size: 18 }

/** «Мария Игоревна С.»: the visitor knows it is theirs, somebody who finds the slip does not know whose. Names of organisations are public. */
export function maskedVisitor({ isOrganisation, name, lastName, firstName, middleName }: SlipHead['visitor']): string {
  if (isOrganisation || !firstName) return isOrganisation ? name : (lastName?.slice(0, 1) ?? '').concat('.')
  return [firstName, middleName, lastName && `${lastName.slice(0, 1)}.`].filter(Boolean).join(' ')
}

/** Lines one under another as one paragraph; returns where the next one begins. */
export function write(pdf: Pdf, words: string, top: number, style: TextStyle, { x = slip.left, width = slip.width }: { x?: number; width?: number } = {}): number {
  const lines = pdf.wrap(words, style, width)
  pdf.tag('P', () => pdf.lines(lines, x, top, style))
  return top + lines.length * lineHeight(style)
}

export interface Item {
  words: string
  /** Struck off: it was taken back. */
  undone?: boolean
}

/** A list with a mark before each line: a box to be ticked, a dot for what is done; what does not fit above `bottom` is counted in words. Returns where the next thing begins. */
export function list(pdf: Pdf, items: Item[], top: number, bottom: number, more: (left: number) => string, mark: 'box' | 'dot' = 'box'): number {
  let y = top
  pdf.begin('L')
  for (const [index, { words, undone }] of items.entries()) {
    const lines = pdf.wrap(words, text, slip.width - 18)
    const room = index < items.length - 1 ? lineHeight(text) : 0
    if (y + lines.length * lineHeight(text) + room > bottom) {
      const left = items.length - index
      pdf.tag('LI', () => pdf.lines([more(left)], slip.left + 18, y, text))
      y += lineHeight(text)
      break
    }
    const at = y
    pdf.artifact(() => {
      if (undone) pdf.rule(slip.left + 1, at + 6.5, slip.left + 9, 1.2)
      else if (mark === 'dot') pdf.disc(slip.left + 5, at + 7, 1.8)
      else pdf.frame(slip.left + 1, at + 3, 7.5, 7.5, 0.9)
    })
    pdf.tag('LI', () => pdf.lines(lines, slip.left + 18, at, text))
    y += lines.length * lineHeight(text) + 3
  }
  pdf.end()
  return y
}

/** Where to come and whom to call, above the cut line, and the line itself. */
export function foot(pdf: Pdf, { office }: SlipHead, about: string): void {
  const contact = [office.name, office.address, office.phone && `тел. ${office.phone}`, office.hours].filter(Boolean).join(', ')
  const lines = pdf.wrap(contact, small, slip.width)
  const top = half - 8 * mm - (lines.length + 1) * lineHeight(small)
  pdf.artifact(() => pdf.rule(slip.left, top - 4, slip.left + slip.width, 0.5))
  pdf.tag('P', () => pdf.lines(lines, slip.left, top, small))
  pdf.tag('P', () => pdf.lines([about], slip.left, top + lines.length * lineHeight(small), small))
  pdf.artifact(() => pdf.dashedRule(0, half, a4.width))
}

/** The height that `foot` leaves for what stands above it. */
export const bodyBottom = half - 8 * mm - 4 * lineHeight(small)

export function about({ operatorName, window }: SlipHead, day: string, time: string): string {
  return [`${formatDate(day)} в ${time}`, window && `окно ${window}`, `обслуживал(а): ${operatorName}`].filter(Boolean).join(', ')
}
