import type { PaymentDocumentPayer, PaymentDocumentProvider } from '@shared/domain/payment-document'
import { formatDecimal } from '@shared/domain/decimal'
import { paragraph, type Block } from '../../flow'
import { a4, lineHeight, mm, type Pdf, type TextStyle } from '../../pdf'
import type { Column } from '../../table'

export const margin = 11 * mm
export const left = margin
export const width = a4.width - 2 * margin
export const right = left + width
export const dash = '—'

/** A sheet that is being laid out: where it is drawn, and how large its letters are. */
export interface Sheet {
  pdf: Pdf
  scale: number
  text: TextStyle
  strong: TextStyle
  sectionTitle: TextStyle
  tableSize: number
}

export type Provider = PaymentDocumentProvider
export type Payer = PaymentDocumentPayer

export function sheetOf(pdf: Pdf, scale: number): Sheet {
  return {
    pdf,
    scale,
    text: { font: 'regular', size: 9 * scale },
    strong: { font: 'bold', size: 9 * scale },
    sectionTitle: { font: 'bold', size: 10 * scale },
    // Smaller than this, figures of a table are no reading for older people.
    tableSize: Math.max(7, 8 * scale),
  }
}

/** Draws blocks one under another. */
export function stack(blocks: readonly Block[], top: number): void {
  let y = top
  for (const block of blocks) {
    block.draw(y)
    y += block.height
  }
}

export function label({ pdf, text }: Sheet, title: string, x: number): Block {
  return { height: lineHeight(text), draw: (top) => pdf.tag('P', () => pdf.lines([title], x, top, text)) }
}

/** «Name   value» lines; what is not known is left out. */
export function factBlocks({ pdf, text, strong }: Sheet, facts: [string, string | null][], x: number, wide: number, labelWidth: number, style = strong): Block[] {
  return facts.flatMap(([title, value]) => {
    if (!value) return []
    const lines = pdf.wrap(value, style, wide - labelWidth)
    const block: Block = {
      height: lines.length * lineHeight(text) + 0.4,
      draw: (top) =>
        pdf.tag('P', () => {
          pdf.lines([title], x, top, text)
          pdf.lines(lines, x + labelWidth, top, style)
        }),
    }
    return [block]
  })
}

/** The heading of half a sheet, with a rule under it. */
export function columnTitle({ pdf, sectionTitle }: Sheet, title: string, x: number, wide: number): Block {
  const height = lineHeight(sectionTitle) + 3.5
  return {
    height,
    keepWithNext: true,
    draw(top) {
      pdf.artifact(() => pdf.rule(x, top + height - 2, x + wide, 0.7))
      pdf.tag('H2', () => pdf.lines([title], x, top, sectionTitle))
    },
  }
}

/** The heading of a section over the whole width, with the space before it. */
export function section({ pdf, sectionTitle, scale }: Sheet, title: string): Block[] {
  const lines = pdf.wrap(title, sectionTitle, width)
  return [
    { height: 8 * scale, draw: () => undefined, gap: true },
    {
      height: lines.length * lineHeight(sectionTitle) + 2,
      keepWithNext: true,
      draw: (top) => pdf.tag('H2', () => pdf.lines(lines, left, top, sectionTitle)),
    },
  ]
}

/** Words over the whole width, a paragraph for each line of the source. */
export function words({ pdf, text, scale }: Sheet, source: string): Block[] {
  return source
    .split(/\n+/)
    .filter((part) => part.trim())
    .flatMap((part) => [...paragraph(pdf, part, left, width, text), { height: 2 * scale, draw: () => undefined, gap: true }])
}

/** The first column takes what the others leave of the sheet's width. */
export function nameColumn<Row extends { name: string }>(others: Column<Row>[], title = 'Услуга'): Column<Row> {
  return { title, width: width - others.reduce((total, column) => total + column.width, 0), value: (row) => row.name }
}

export const figure = (value: string | null) => (value === null ? dash : formatDecimal(value))
/** A tariff is money: kopecks always, more digits where the tariff has them. */
export const price = (value: string | null) => figure(value?.replace(/^-?\d+$/, '$&.00').replace(/\.\d$/, '$&0') ?? null)
