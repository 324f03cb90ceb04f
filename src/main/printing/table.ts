import type { Block } from './flow'
import { lineHeight, type Pdf, type TextStyle } from './pdf'

export interface Column<Row> {
  title: string
  /** Neighbouring columns with the same group stand under one common heading. */
  group?: string
  width: number
  align?: 'left' | 'right' | 'center'
  value(row: Row): string
}

export interface TableOptions<Row> {
  x: number
  columns: Column<Row>[]
  rows: Row[]
  /** Cells of the total row, one for each column. */
  total?: string[]
  size: number
  /** Whether the next row says nothing without this one: another zone of the same meter. They are never parted by a page. */
  goesOn?(row: Row, next: Row): boolean
}

const padding = { x: 2.5, y: 1.6 }

/**
 * A table as blocks: a heading repeated on each page it reaches, rows that are never cut, never a single row on a page of its own: the first two stay together, the last two, and the total with the
 * row before it.
 * Words wrap inside their cell. Figures never wrap: a figure that is too wide is set smaller, since half a number on the next line would be misread.
 */
export function tableBlocks<Row>(pdf: Pdf, { x, columns, rows, total, size, goesOn }: TableOptions<Row>): Block[] {
  const body: TextStyle = { font: 'regular', size }
  const bold: TextStyle = { font: 'bold', size }
  const headStyle: TextStyle = { font: 'bold', size: Math.min(size, 7.5) }
  const left: number[] = []
  let right = x
  for (const column of columns) {
    left.push(right)
    right += column.width
  }
  const inner = (index: number) => (columns[index]?.width ?? 0) - 2 * padding.x
  const textLeft = (index: number) => (left[index] ?? x) + padding.x

  const groups = groupsOf(columns)
  const groupHeight = groups.length ? lineHeight(headStyle) + 2 : 0
  const titles = columns.map((column, index) => pdf.wrap(column.title, headStyle, inner(index)))
  const titleHeight = Math.max(...titles.map((lines) => lines.length)) * lineHeight(headStyle)
  const headHeight = 2 * padding.y + groupHeight + titleHeight

  const drawHeadRules = (top: number) => {
    pdf.rule(x, top, right, 1)
    pdf.rule(x, top + headHeight, right, 0.7)
    for (const group of groups) {
      const first = left[group.from] ?? x
      const last = (left[group.to] ?? x) + (columns[group.to]?.width ?? 0)
      pdf.rule(first + padding.x, top + padding.y + groupHeight - 1, last - padding.x, 0.4)
    }
  }
  const drawGroup = (top: number, group: Group) => {
    const width = (left[group.to] ?? x) + (columns[group.to]?.width ?? 0) - (left[group.from] ?? x)
    pdf.lines([group.title], left[group.from] ?? x, top + padding.y, headStyle, { to: 'center', width })
  }
  const drawTitle = (top: number, index: number) => {
    const lines = titles[index] ?? []
    const from = top + headHeight - padding.y - lines.length * lineHeight(headStyle)
    pdf.lines(lines, textLeft(index), from, headStyle, alignment(columns[index], inner(index)))
  }
  const head: Block = {
    height: headHeight,
    keepWithNext: true,
    draw(top) {
      pdf.artifact(() => drawHeadRules(top))
      pdf.begin('Table')
      pdf.begin('TR')
      for (const [index] of columns.entries()) {
        pdf.tag('TH', () => {
          const group = groups.find(({ from }) => from === index)
          if (group) drawGroup(top, group)
          drawTitle(top, index)
        })
      }
      pdf.end()
    },
  }
  const repeated = {
    height: headHeight,
    draw: (top: number) =>
      pdf.artifact(() => {
        drawHeadRules(top)
        for (const group of groups) drawGroup(top, group)
        for (const [index] of columns.entries()) drawTitle(top, index)
      }),
  }

  const rowBlock = (cells: string[], { last, sum }: { last: boolean; sum: boolean }): Block => {
    const style = sum ? bold : body
    const set = cells.map((cell, index) => {
      const figures = columns[index]?.align === 'right'
      return figures ? { lines: [cell], style: pdf.fit(cell, style, inner(index)) } : { lines: pdf.wrap(cell, style, inner(index)), style }
    })
    const height = Math.max(...set.map(({ lines }) => lines.length)) * lineHeight(style) + 2 * padding.y
    return {
      height,
      head: repeated,
      draw(top) {
        pdf.artifact(() => {
          if (sum) pdf.rule(x, top, right, 0.7)
          pdf.rule(x, top + height, right, last ? 1 : 0.25)
        })
        pdf.begin('TR')
        for (const [index, { lines, style: own }] of set.entries()) {
          // A smaller figure keeps the baseline of its row.
          const drop = (style.size - own.size) * 0.95
          pdf.tag('TD', () => pdf.lines(lines, textLeft(index), top + padding.y + drop, own, alignment(columns[index], inner(index))))
        }
        pdf.end()
        if (last) pdf.end()
      },
    }
  }

  const blocks = rows.map((row, index) => {
    const last = index === rows.length - 1
    const block = rowBlock(
      columns.map((column) => column.value(row)),
      { last: last && !total, sum: false },
    )
    const next = rows[index + 1]
    const isBeforeEnd = total ? last : index === rows.length - 2
    const keepWithNext = isBeforeEnd || (next !== undefined && (index === 0 || goesOn?.(row, next) === true))
    return keepWithNext ? { ...block, keepWithNext } : block
  })
  if (total) blocks.push(rowBlock(total, { last: true, sum: true }))
  return [head, ...blocks]
}

function alignment<Row>(column: Column<Row> | undefined, width: number): { to: 'right' | 'center'; width: number } | undefined {
  return column?.align === 'right' || column?.align === 'center' ? { to: column.align, width } : undefined
}

interface Group {
  title: string
  from: number
  to: number
}

function groupsOf<Row>(columns: Column<Row>[]): Group[] {
  const groups: Group[] = []
  for (const [index, { group }] of columns.entries()) {
    const last = groups.at(-1)
    if (!group) continue
    if (last?.title === group && last.to === index - 1) last.to = index
    else groups.push({ title: group, from: index, to: index })
  }
  return groups
}
