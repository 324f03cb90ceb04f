import { formatDate, formatDateLong } from '@shared/domain/dates'
import { documentLabels, isDocumentType } from '@shared/domain/identity-document'
import { gap, type Block } from '../flow'
import { a4, lineHeight, type Pdf } from '../pdf'
import { aligned, beside, blank, bold, bullets, plain, title, type Frame, type Sheet } from './memo-blocks'

const size = 10

/** Stays in the office: who got which sheet, when, by which document and from whom; login and password are not on it. */
export function receiptBlocks({ pdf, memo, clock, frame }: Sheet): Block[] {
  const { left, width } = frame
  const style = plain(size)
  const issued = clock(memo.issuedAt)
  const numbers = memo.contract && memo.contract !== memo.account ? `${memo.account}, договор ${memo.contract}` : memo.account
  const receiver = memo.receiver ?? null
  const document = receiver?.documentType ?? null
  const sentTo = memo.sentTo ?? null
  const facts: [string, string][] = [
    ['Абонент', memo.subscriberName],
    ['Лицевой счёт', `${numbers}; ${memo.address}`],
    ['Выдал(а)', `${memo.provider.legalName}, ${memo.office}, ${memo.operatorName}, ${formatDate(issued.date)} в ${issued.time}`],
    ...(sentTo ? [['Отправлен', `${sentTo.includes('@') ? 'письмом' : 'СМС'} на ${sentTo}`] as [string, string]] : []),
    ...(receiver ? [['Кому', receiver.name ? `представителю: ${receiver.name}` : 'абоненту лично'] as [string, string]] : []),
    ...(document ? [['Документ', isDocumentType(document) ? documentLabels[document] : document] as [string, string]] : []),
  ]
  const labelWidth = 92
  const of = `№ ${memo.number} от ${formatDateLong(issued.date)}`
  const statement = sentTo
    ? `Мне отправлен пароль для входа в личный кабинет (${of}). Правила хранения пароля мне разъяснены.`
    : `Памятку ${of} с логином и паролем для входа в личный кабинет получил(а). Правила хранения пароля мне разъяснены.`
  return [
    beside(
      aligned(pdf, 'H1', sentTo ? 'Расписка в выдаче пароля' : 'Расписка в получении памятки', left, width * 0.6, bold(15)),
      [gap(4), ...aligned(pdf, 'P', `№ ${memo.number}, остаётся в офисе`, left + width * 0.6, width * 0.4, style, 'right')],
    ),
    gap(3),
    ...facts.map(([name, value]): Block => {
      const lines = pdf.wrap(value, bold(size), width - labelWidth)
      return {
        height: lines.length * lineHeight(style) + 0.5,
        draw: (top) =>
          pdf.tag('P', () => {
            pdf.lines([name], left, top, style)
            pdf.lines(lines, left + labelWidth, top, bold(size))
          }),
      }
    }),
    ...(receiver ? [] : checkBoxes(pdf, ['абоненту лично', 'представителю (ФИО):'], frame, labelWidth)),
    ...(document ? [] : [blank(pdf, 'Предъявлен документ (вид, без номера)', left, frame.right, size)]),
    gap(5),
    ...aligned(pdf, 'P', statement, left, width, style),
    gap(10),
    ...signature(pdf, frame, sentTo ? 'Пароль получил(а)' : 'Памятку получил(а)'),
  ]
}

function checkBoxes(pdf: Pdf, [self, other]: [string, string], { left, right }: Frame, labelWidth: number): Block[] {
  const style = plain(size)
  const box = size * 0.85
  const first = left + labelWidth
  const beside = first + box + 6 + pdf.width(self, style) + 18
  const fits = beside + box + 6 + pdf.width(other, style) + 110 <= right
  const second = fits ? beside : first
  const row = lineHeight(style) + 5
  const draw = (top: number) => {
    const y = top + 3
    const below = fits ? y : y + row
    const line = second + box + 6 + pdf.width(other, style) + 6
    pdf.artifact(() => {
      pdf.frame(first, y + size * 0.12, box, box, 0.9)
      pdf.frame(second, below + size * 0.12, box, box, 0.9)
      pdf.rule(line, below + size + 2, right, 0.6)
    })
    pdf.tag('P', () => pdf.lines(['Выдано'], left, y, style))
    pdf.tag('P', () => pdf.lines([self], first + box + 6, y, style))
    pdf.tag('P', () => pdf.lines([other], second + box + 6, below, style))
  }
  return [{ height: fits ? row : 2 * row, draw }]
}

function signature(pdf: Pdf, { left, right, width }: Frame, words: string): Block[] {
  const captions = plain(10)
  const narrow = width < 400
  const fields: [string, number][] = [
    ['подпись', narrow ? 90 : 110],
    ['фамилия, инициалы', narrow ? 130 : 150],
    ['дата', narrow ? 70 : 90],
  ]
  const start = narrow ? left : left + pdf.width(words, bold(size)) + 10
  const between = (right - start - fields.reduce((sum, [, wide]) => sum + wide, 0)) / (fields.length - 1)
  const lines: Block = {
    height: lineHeight(plain(size)) + lineHeight(captions) + 3,
    draw(top) {
      if (!narrow) pdf.tag('P', () => pdf.lines([words], left, top, bold(size)))
      let x = start
      for (const [caption, wide] of fields) {
        const at = x
        pdf.artifact(() => pdf.rule(at, top + size + 2, at + wide, 0.6))
        pdf.tag('P', () => pdf.lines([caption], at, top + size + 3.5, captions, { to: 'center', width: wide }))
        x += wide + between
      }
    },
  }
  return narrow ? [...aligned(pdf, 'P', words, left, width, bold(size)), gap(8), lines] : [lines]
}

/** The lower half where the provider wants its terms there: the receipt then has a page of its own. */
export function termsBlocks(sheet: Sheet): Block[] {
  const { memo, frame } = sheet
  return [title(sheet, 'Условия пользования личным кабинетом', frame.left, frame.width), ...bullets(sheet, memo.provider.memo.terms ?? [], frame.left, frame.width)]
}

export function cutLine(pdf: Pdf, y: number): void {
  const words = 'линия отреза'
  const style = plain(10)
  const wide = pdf.width(words, style) + 16
  const middle = a4.width / 2
  pdf.artifact(() => {
    pdf.dashedRule(0, y, middle - wide / 2)
    pdf.dashedRule(middle + wide / 2, y, a4.width)
    pdf.line(words, middle - wide / 2, y + 3.2, style, { to: 'center', width: wide })
  })
}

