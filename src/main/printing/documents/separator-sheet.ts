import { counted } from '@shared/domain/plural'
import { a4, lineHeight, mm, type Pdf, type TextStyle } from '../pdf'

/** The sheet before the bills of one house, or of a part of a large one: what the stack under it holds. */
export interface SeparatorSheet {
  /** «г. Миасс, ул. Ленина, д. 10». */
  address: string
  part: number
  parts: number
  /** Bills in the stack, and the flats of the first and the last of them; null: houses without flats. */
  documents: number
  flatFrom: string | null
  flatTo: string | null
  /** «Платёжные документы за октябрь 2026 г., Водоканал». */
  about: string
  /** Its own number in the batch, and that of the last sheet of the stack. */
  sheet: number
  sheetTo: number
}

const left = 18 * mm
const width = a4.width - 2 * left
const plain: TextStyle = { font: 'regular', size: 16 }
const strong: TextStyle = { font: 'bold', size: 20 }
const small: TextStyle = { font: 'regular', size: 11 }

/** Large enough to be read on a shelf; the black band at its edge shows in the side of a stack where a house begins. */
export function addSeparatorSheet(pdf: Pdf, { address, part, parts, documents, flatFrom, flatTo, about, sheet, sheetTo }: SeparatorSheet): void {
  pdf.addPage()
  pdf.begin('Sect')
  pdf.artifact(() => pdf.fill(a4.width - 12 * mm - 14, 40 * mm, 14, 60 * mm))
  let y = 40 * mm
  const write = (tag: 'H1' | 'P', words: string, style: TextStyle, gap: number) => {
    const lines = pdf.wrap(words, style, width - 14 * mm)
    pdf.tag(tag, () => pdf.lines(lines, left, y, style))
    y += lines.length * lineHeight(style) + gap
  }
  write('H1', address, { font: 'bold', size: 34 }, 18)
  if (parts > 1) write('P', `Часть ${part} из ${parts}`, strong, 8)
  write('P', counted(documents, ['документ', 'документа', 'документов']), strong, 4)
  if (flatFrom) write('P', flatTo && flatTo !== flatFrom ? `Квартиры с ${flatFrom} по ${flatTo}` : `Квартира ${flatFrom}`, plain, 4)
  write('P', sheetTo > sheet + 1 ? `Листы с ${sheet + 1} по ${sheetTo}` : `Лист ${sheetTo}`, plain, 24)
  write('P', about, small, 4)
  pdf.end()
  pdf.artifact(() => pdf.lines([`лист ${sheet}`], left, a4.height - 16 * mm, small, { to: 'right', width }))
}
