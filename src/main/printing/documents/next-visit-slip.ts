import { formatDate } from '@shared/domain/dates'
import type { VisitAction } from '@shared/domain/identification'
import { neededItem, neededItemLabels, purposes } from '@shared/domain/next-visit'
import { shortNameOf } from '@shared/domain/person-name'
import { formatVisitCode } from '@shared/domain/visit-code'
import { code128 } from '../barcode'
import { mm, openPdf, type TextStyle } from '../pdf'
import { localTime } from '../text'
import { about, bodyBottom, foot, heading, list, maskedVisitor, slip, small, strong, text, write, type Item, type SlipHead } from './slip-parts'

/** What `visit_next_slip` answers. */
export interface NextVisitSlip extends SlipHead {
  /** Stored form, «V123456782». */
  code: string
  expiresOn: string
  action: VisitAction | null
  items: string[]
  freeLine: string | null
}

const codeStyle: TextStyle = { font: 'mono', size: 28 }
const barcode = { width: 92 * mm, height: 16 * mm }

/**
 * Draws the slip «что принести в следующий раз» with the code that opens the draft at any window: in large letters and as Code 128.
 * The code lets nobody in: it only finds the draft for an operator, who asks for a document anew. The same content always gives the same bytes.
 */
export async function drawNextVisitSlip(content: NextVisitSlip): Promise<Buffer> {
  const { date, time } = localTime(content.issuedAt, content.timeZone)
  const modules = code128(content.code)
  const pdf = openPdf({ title: 'Что принести в следующий раз', madeAt: content.issuedAt })
  pdf.addPage()
  pdf.begin('Sect')
  pdf.tag('H1', () => pdf.lines(['Что принести в следующий раз'], slip.left, slip.top, heading))
  let y = slip.top + 27
  y = write(pdf, [maskedVisitor(content.visitor), content.action && `чтобы ${purposes[content.action]}`].filter(Boolean).join(', '), y, text) + 8

  const codeTop = bodyBottom - 30 * mm
  const items: Item[] = [...content.items.flatMap((item) => (neededItem.safeParse(item).success ? [{ words: neededItemLabels[neededItem.parse(item)] }] : [])), ...(content.freeLine ? [{ words: content.freeLine }] : [])]
  y = write(pdf, 'Возьмите с собой', y, strong) + 4
  list(pdf, items, y, codeTop - 4, (left) => `и ещё: ${left}. Уточните по телефону.`)

  pdf.artifact(() => pdf.rule(slip.left, codeTop, slip.left + slip.width, 0.5))
  const words = slip.width - barcode.width - 10
  const label = codeTop + 8
  pdf.tag('P', () => pdf.lines(['Код обслуживания'], slip.left, label, strong))
  const large = pdf.fit(formatVisitCode(content.code), codeStyle, words)
  pdf.tag('P', () => pdf.lines([formatVisitCode(content.code)], slip.left, label + 15, large))
  write(pdf, `Назовите или покажите код в любом окне до ${formatDate(content.expiresOn)}: оператор продолжит с того же места.`, label + 50, small, { width: words })
  if (modules) pdf.bars(modules, slip.left + slip.width - barcode.width, label + 2, barcode, `Штрихкод ${formatVisitCode(content.code)}`)

  foot(pdf, content, about({ ...content, operatorName: shortNameOf(content.operatorName) }, date, time))
  pdf.end()
  return pdf.done()
}
