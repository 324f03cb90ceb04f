import { a4, lineHeight, mm, type Pdf, type TextStyle } from '../pdf'
import type { Block } from '../flow'

/** What applications, acts and certificates have in common: an A4 to be filed (ГОСТ Р 7.0.97: 20 mm at the left), the signature, the office's mark. */
export const formPage = { left: 20 * mm, top: 20 * mm, width: a4.width - 40 * mm, right: a4.width - 20 * mm, bottom: a4.height - 15 * mm } as const
export const formBody: TextStyle = { font: 'regular', size: 12 }
export const formSmall: TextStyle = { font: 'regular', size: 9.5 }

/** Date, signature, and the name beside them. */
export function signatureBlock(pdf: Pdf, signer: string, isOrganisation: boolean): Block {
  const { left, right, width } = formPage
  const nameWidth = width * 0.4
  const lines = pdf.wrap(signer, formBody, nameWidth)
  const height = Math.max(lines.length * lineHeight(formBody), lineHeight(formBody)) + 14
  return {
    height,
    draw(top) {
      const line = top + lineHeight(formBody)
      pdf.artifact(() => {
        pdf.rule(left, line, left + width * 0.22, 0.7)
        pdf.rule(left + width * 0.28, line, left + width * 0.54, 0.7)
      })
      pdf.tag('P', () => pdf.lines(['дата'], left, line + 2, formSmall, { to: 'center', width: width * 0.22 }))
      pdf.tag('P', () => pdf.lines([isOrganisation ? 'подпись, печать' : 'подпись'], left + width * 0.28, line + 2, formSmall, { to: 'center', width: width * 0.26 }))
      pdf.tag('P', () => pdf.lines(lines, right - nameWidth, top, formBody, { to: 'right', width: nameWidth }))
    },
  }
}

/** What the office writes, in a frame: never cut by a page. */
export function officeMark(pdf: Pdf, sentences: string[]): Block {
  const { left, width } = formPage
  const lines = sentences.flatMap((line) => pdf.wrap(line, formSmall, width - 20))
  const height = lines.length * (lineHeight(formSmall) + 2) + 16
  return {
    height,
    draw(top) {
      pdf.artifact(() => pdf.frame(left, top, width, height, 0.7))
      let y = top + 8
      for (const line of lines) {
        const at = y
        pdf.tag('P', () => pdf.lines([line], left + 10, at, formSmall))
        y += lineHeight(formSmall) + 2
      }
    },
  }
}
