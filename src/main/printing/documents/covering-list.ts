import { formatDate, formatDateLong } from '@shared/domain/dates'
import { counted } from '@shared/domain/plural'
import { gap, paginate, type Block } from '../flow'
import { a4, lineHeight, mm, openPdf, type Pdf, type TextStyle } from '../pdf'
import { localTime } from '../text'

/** Memos of a batch that are in force. Holds no login and no password. */
export interface CoveringList {
  /** Of the batch, as the supervisor named it. */
  name: string
  provider: string
  office: string
  timeZone: string
  operatorName: string
  /** ISO instant. */
  madeAt: string
  rows: { account: string; contract: string | null; subscriberName: string; address: string; memoNumber: string }[]
}

const left = 20 * mm
const width = a4.width - left - 12 * mm
const top = 14 * mm
const bottom = a4.height - 14 * mm
const plain: TextStyle = { font: 'regular', size: 10 }
const bold: TextStyle = { font: 'bold', size: 10 }

const columns = [
  { title: '№', width: 24 },
  { title: 'Договор', width: 84 },
  { title: 'Памятка №', width: 82 },
  { title: 'Абонент и адрес', width: width - 24 - 84 - 82 - 90 },
  { title: 'Выдана, подпись', width: 90 },
]
const inset = 4

/** Which memos an installer takes along, with a line for each subscriber's receipt and one for the installer's own signature. A sheet whose number is not on it opens nothing. */
export async function drawCoveringList(list: CoveringList): Promise<Buffer> {
  const pdf = openPdf({ title: 'Сопроводительный список памяток', madeAt: list.madeAt })
  const made = localTime(list.madeAt, list.timeZone)
  const head = rowBlock(pdf, columns.map((column) => [column.title]), bold, 'TH')
  const blocks: Block[] = [
    ...text(pdf, 'H1', 'Сопроводительный список памяток', { font: 'bold', size: 16 }),
    gap(2),
    ...text(pdf, 'P', `${list.provider}. ${list.office}, ${formatDateLong(made.date)}, ${made.time}`, plain),
    ...text(pdf, 'P', `Список: ${list.name}. Выдал(а): ${list.operatorName}`, plain),
    gap(4),
    ...text(pdf, 'P', 'Действуют только памятки с номерами из этого списка. Лист с другим номером уничтожьте: пароль на нём ничего не открывает.', bold),
    gap(6),
    head,
    ...list.rows.map((row, index): Block => {
      const names = pdf.wrap(row.subscriberName, bold, inner(3))
      const cells = [
        pdf.wrap(String(index + 1), plain, inner(0)),
        pdf.wrap(row.contract ?? row.account, plain, inner(1)),
        pdf.wrap(row.memoNumber, plain, inner(2)),
        [...names, ...pdf.wrap(row.address, plain, inner(3))],
        [],
      ]
      return { ...rowBlock(pdf, cells, plain, 'TD', names.length), head }
    }),
    gap(14),
    ...signature(pdf, list.rows.length, formatDate(made.date)),
  ]
  const pages = paginate(blocks, () => ({ top, bottom: bottom - 16 }))
  for (const [index, placed] of pages.entries()) {
    pdf.addPage()
    for (const { top: at, draw } of placed) draw(at)
    pdf.artifact(() => pdf.lines([`Список памяток от ${formatDate(made.date)}, лист ${index + 1} из ${pages.length}`], left, bottom - 12, plain, { to: 'right', width }))
  }
  return pdf.done()
}

const inner = (column: number) => (columns[column]?.width ?? 0) - 2 * inset

function text(pdf: Pdf, tag: 'H1' | 'P', words: string, style: TextStyle): Block[] {
  const lines = pdf.wrap(words, style, width)
  return [{ height: lines.length * lineHeight(style), draw: (at) => pdf.tag(tag, () => pdf.lines(lines, left, at, style)) }]
}

/** A row with rules around its cells; a row of the list is tall enough to sign in. `names`: lines of the name, which stand in bold above the address. */
function rowBlock(pdf: Pdf, cells: string[][], style: TextStyle, tag: 'TH' | 'TD', names = 0): Block {
  const height = Math.max(tag === 'TD' ? 30 : 0, Math.max(...cells.map((lines) => lines.length)) * lineHeight(style) + 6)
  const draw = (at: number) => {
    pdf.artifact(() => {
      let x = left
      for (const column of columns) {
        pdf.frame(x, at, column.width, height, 0.6)
        x += column.width
      }
    })
    let x = left
    for (const [index, lines] of cells.entries()) {
      const from = x + inset
      if (lines.length > 0) pdf.tag('P', () => lines.forEach((line, n) => pdf.lines([line], from, at + 3 + n * lineHeight(style), index === 3 && n < names ? bold : style)))
      x += columns[index]?.width ?? 0
    }
  }
  return { height, draw }
}

function signature(pdf: Pdf, count: number, date: string): Block[] {
  const words = `Получил(а) для выдачи абонентам ${counted(count, ['памятку', 'памятки', 'памяток'])} ${date}:`
  const fields: [string, number, number][] = [['монтажник (фамилия, инициалы)', 0, 220], ['подпись', 240, 110]]
  return [
    ...text(pdf, 'P', words, bold).map((block) => ({ ...block, keepWithNext: true })),
    {
      height: 40,
      draw(at) {
        for (const [caption, from, wide] of fields) {
          pdf.artifact(() => pdf.rule(left + from, at + 22, left + from + wide, 0.6))
          pdf.tag('P', () => pdf.lines([caption], left + from, at + 24, plain, { to: 'center', width: wide }))
        }
      },
    },
  ]
}
