import { lineHeight, type Pdf, type TextStyle } from './pdf'

/** A piece of a sheet that is never cut by a page: it knows its height and draws itself from `top` down. */
export interface Block {
  height: number
  draw(top: number): void
  /** Heading to be drawn again when a page begins with this block. */
  head?: { height: number; draw(top: number): void }
  /** Must not be the last one on a page: a title, the row before a total. */
  keepWithNext?: boolean
  /** Empty space: dropped at the top of a page. */
  gap?: boolean
  /** Begins a new page, the back of the sheet for instance. */
  breakBefore?: boolean
}

export interface Placed {
  top: number
  draw(top: number): void
}

export function gap(height: number): Block {
  return { height, draw: () => undefined, gap: true }
}

export function heightOf(blocks: Block[]): number {
  return blocks.reduce((sum, block) => sum + block.height, 0)
}

/**
 * Spreads blocks over pages before anything is drawn, so that «лист 1 из 3» is known on the first page without keeping pages in memory.
 * `room` gives the top and the bottom of the free area of a page (0 is the first).
 */
export function paginate(blocks: Block[], room: (page: number) => { top: number; bottom: number }): Placed[][] {
  const pages: Placed[][] = []
  let page: Placed[] = []
  let { top, bottom } = room(0)
  let y = top
  pages.push(page)

  const turn = () => {
    page = []
    pages.push(page)
    ;({ top, bottom } = room(pages.length - 1))
    y = top
  }

  for (const [index, block] of blocks.entries()) {
    if (block.gap && page.length === 0) continue
    if (block.breakBefore && page.length > 0) turn()
    else if (page.length > 0 && y + block.height + companyOf(blocks, index) > bottom) {
      turn()
      if (block.gap) continue
    }
    if (page.length === 0 && pages.length > 1 && block.head) {
      page.push({ top: y, draw: (at) => block.head?.draw(at) })
      y += block.head.height
    }
    page.push({ top: y, draw: (at) => block.draw(at) })
    y += block.height
  }
  return pages
}

/** Height of the blocks that have to stand on the same page after this one. */
function companyOf(blocks: Block[], index: number): number {
  let height = 0
  for (let i = index; blocks[i]?.keepWithNext; i++) height += blocks[i + 1]?.height ?? 0
  return height
}

/** A paragraph, one block a line, so that a long one may go on over the page. */
export function paragraph(pdf: Pdf, text: string, x: number, width: number, style: TextStyle): Block[] {
  const lines = pdf.wrap(text, style, width)
  return lines.map((line, index) => ({
    height: lineHeight(style),
    keepWithNext: index === 0 && lines.length > 1,
    draw(top) {
      if (index === 0) pdf.begin('P')
      pdf.content(() => pdf.lines([line], x, top, style))
      if (index === lines.length - 1) pdf.end()
    },
  }))
}
