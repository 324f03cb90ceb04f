import { formatDate, formatDateLong, periodName } from '@shared/domain/dates'
import type { DocumentSection } from '@shared/domain/document-layout'
import type { PaymentDocumentContent } from '@shared/domain/payment-document'
import { shortNameOf } from '@shared/domain/person-name'
import { code128 } from '../barcode'
import { gap, heightOf, paginate, type Block, type Placed } from '../flow'
import { paymentPurpose, paymentQr } from '../payment-qr'
import { a4, lineHeight, mm, openPdf, type Pdf, type TextStyle } from '../pdf'
import { localTime } from '../text'
import { balances, charges, coefficients, instalments, recalculations, settlement } from './bill/charges'
import { header, payerAndAmount, providerAndRequisites, type Amount } from './bill/head'
import { house, meters, notices } from './bill/reference'
import { left, margin, right, sheetOf, width, type Sheet } from './bill/sheet'
import { readingsStub, stub } from './bill/stub'

/** How this very copy came to be. `duplicate` is the number of the reprint, null on the first print. */
export interface PrintMarks {
  duplicate: number | null
  /** ISO instant. */
  printedAt: string
  operator: string
  /** IANA zone of the office; without it, the zone of this computer. */
  timeZone?: string
  /** Across each page: a sample is nobody's bill. */
  stamp?: string
}

/** A document laid out, nothing drawn yet. `label` names a page of it (from 0) in the footer: the number of the sheet in a batch, typed in after a jam. */
export interface LaidDocument {
  pages: number
  draw(label?: (page: number) => string): void
}

/** The layout documents are made for now. A changed layout is a new number here; the old one stays drawable, because a reprint looks as the first print did. */
export const currentRendering = 1
const renderings: Record<number, (pdf: Pdf, content: PaymentDocumentContent, marks: PrintMarks) => LaidDocument> = { 1: layFirst }

/**
 * Draws the payment document (счёт, квитанция) of a period from its stored content.
 * Content: ПП РФ 354 п. 69 and the six sections of Приказ Минстроя 43/пр; payment QR by ГОСТ Р 56042-2014.
 * The same content, marks and rendering always give the same bytes.
 */
export async function drawPaymentDocument(content: PaymentDocumentContent, marks: PrintMarks, rendering = currentRendering): Promise<Buffer> {
  const pdf = openPdf({ title: `${documentName(content)} № ${content.number}`, madeAt: marks.printedAt })
  addPaymentDocument(pdf, content, marks, rendering)
  return pdf.done()
}

/** Adds the pages of one payment document to an open PDF; a batch puts thousands into one. */
export function addPaymentDocument(pdf: Pdf, content: PaymentDocumentContent, marks: PrintMarks, rendering = currentRendering): void {
  layPaymentDocument(pdf, content, marks, rendering).draw()
}

/** Spreads a document over its pages. Throws RangeError for a rendering this version does not know. */
export function layPaymentDocument(pdf: Pdf, content: PaymentDocumentContent, marks: PrintMarks, rendering = currentRendering): LaidDocument {
  const lay = renderings[rendering]
  if (!lay) throw new RangeError(`unknown rendering ${rendering}`)
  return lay(pdf, content, marks)
}

const textSizes = { small: 0.92, normal: 1, large: 1.14 }
/** How much tighter a bill may be set to stay on its page; below that it is no reading. */
const tighter = [1, 0.96, 0.92, 0.88]
const runningHead = 22

function layFirst(pdf: Pdf, content: PaymentDocumentContent, marks: PrintMarks): LaidDocument {
  const { textSize, pages: wanted, footerText } = content.provider.layout
  const printed = localTime(marks.printedAt, marks.timeZone)
  const duplicate = marks.duplicate === null ? null : `ДУБЛИКАТ № ${marks.duplicate} от ${formatDate(printed.date)}`
  const account = accountLine(content)
  const small: TextStyle = { font: 'regular', size: 8.5 }
  const own = footerText ? pdf.wrap(footerText, small, width) : []
  const footer = pdf.wrap(`Документ № ${content.number}, ${account}. Напечатано ${formatDate(printed.date)} в ${printed.time}, оператор: ${shortNameOf(marks.operator)}`, small, width - 100)
  const footerTop = a4.height - margin - (own.length + footer.length) * lineHeight(small)
  const room = (page: number) => ({ top: margin + (page === 0 ? 0 : runningHead), bottom: footerTop - 6 })

  const scales = tighter.map((step) => step * textSizes[textSize])
  const lay = (backApart: boolean) => (scale: number) => {
    const blocks = blocksOf(sheetOf(pdf, scale), content, duplicate, backApart)
    return { pages: paginate(blocks, room), height: heightOf(blocks) }
  }
  // A document that takes more pages than wanted is set as usual on as many as it takes.
  const placed = wanted === 'two' ? (fitting(scales, 2, room, lay(true)).fit ?? lay(false)(textSizes[textSize]).pages) : (({ fit, usual }) => fit ?? usual)(fitting(scales, 1, room, lay(false)))

  return {
    pages: placed.length,
    draw(label) {
      pdf.begin('Sect')
      for (const [index, blocks] of placed.entries()) {
        pdf.addPage()
        for (const { top, draw } of blocks) draw(top)
        if (marks.stamp) pdf.stamp(marks.stamp)
        pdf.artifact(() => {
          if (index > 0) {
            pdf.lines([`${documentName(content)} № ${content.number}, ${account}`], left, margin, small)
            if (duplicate) pdf.lines([duplicate], left, margin, { ...small, font: 'bold' }, { to: 'right', width })
            pdf.rule(left, margin + 14, right, 0.7)
          }
          pdf.rule(left, footerTop - 3, right, 0.4)
          pdf.lines([...own, ...footer], left, footerTop, small)
          const batch = label ? `${label(index)} · ` : ''
          pdf.lines([`${batch}Лист ${index + 1} из ${placed.length}`], left, footerTop + own.length * lineHeight(small), small, { to: 'right', width })
        })
      }
      pdf.end()
    },
  }
}

interface Laid {
  pages: Placed[][]
  height: number
}

/** Letters of 0.88 save an eighth of a line's height and now and then a line: what is this much longer than its pages fits them at no size. */
const hopeless = 1.3

/** The document at the largest of these sizes, largest first, at which it takes no more pages than wanted (`fit`; null: none does), and at the usual size. */
function fitting([first = 1, ...tighter]: readonly number[], wanted: number, room: (page: number) => { top: number; bottom: number }, lay: (scale: number) => Laid): { fit: Placed[][] | null; usual: Placed[][] } {
  const fits = ({ pages }: Laid) => pages.length <= wanted
  const { pages: usual, height } = lay(first)
  if (usual.length <= wanted) return { fit: usual, usual }
  let free = 0
  for (let page = 0; page < wanted; page++) free += room(page).bottom - room(page).top
  const tightest = tighter.pop()
  if (tightest === undefined || height > hopeless * free) return { fit: null, usual }
  // Most of those that do not fit as usual do not fit at all: asked first, that saves laying them out at every size between.
  const last = lay(tightest)
  if (!fits(last)) return { fit: null, usual }
  for (const scale of tighter) {
    const laid = lay(scale)
    if (fits(laid)) return { fit: laid.pages, usual }
  }
  return { fit: last.pages, usual }
}

/** `backApart`: reference information begins on the back of the sheet. */
function blocksOf(sheet: Sheet, content: PaymentDocumentContent, duplicate: string | null, backApart: boolean): Block[] {
  const { layout } = content.provider
  const shown = (section: DocumentSection, blocks: (sheet: Sheet, content: PaymentDocumentContent) => Block[]) => (layout.hidden.includes(section) ? [] : blocks(sheet, content))
  const back = [...shown('meters', meters), ...shown('house', house), ...notices(sheet, content)]
  return [
    header(sheet, { title: documentName(content), about: aboutOf(content), mark: duplicate }, content.provider),
    gap(8),
    payerAndAmount(sheet, { provider: content.provider, payer: content.payer, amount: amountOf(content), under: shown('barcode', barcode) }),
    gap(8),
    providerAndRequisites(sheet, content.provider, paymentPurpose(content)),
    ...settlement(sheet, content),
    ...charges(sheet, content),
    ...(content.provider.kind === 'internet' ? [] : coefficients(sheet, content)),
    ...shown('recalculations', recalculations),
    ...shown('instalments', instalments),
    ...shown('balances', balances),
    ...(backApart && back.length > 0 ? [{ height: 0, draw: () => undefined, breakBefore: true }] : []),
    ...back,
    ...shown('readingsStub', readingsStub),
    ...shown('stub', stub),
  ]
}

/** Code 128 of the account number: the scanner of any window opens the account by it. */
function barcode({ pdf }: Sheet, { payer }: PaymentDocumentContent): Block[] {
  const modules = code128(payer.account)
  if (modules === null) return []
  const size = { width: 62 * mm, height: 9 * mm }
  return [
    gap(6),
    {
      height: size.height + 2,
      draw: (top) => pdf.bars(modules, left, top, size, `Штриховой код лицевого счёта ${payer.account}`),
    },
  ]
}

function documentName({ provider }: PaymentDocumentContent): string {
  return provider.kind === 'internet' ? 'Счёт за услуги связи' : 'Платёжный документ'
}

function accountLine({ provider, payer }: PaymentDocumentContent): string {
  return provider.kind === 'internet' ? `договор ${payer.contract ?? payer.account}` : `лицевой счёт ${payer.account}`
}

function aboutOf({ provider, period, number, madeOn, gisNumber }: PaymentDocumentContent): string[] {
  const subject = provider.kind === 'internet' ? 'Услуги связи' : 'Жилищно-коммунальные услуги'
  return [`${subject} за ${periodName(period)}`, `№ ${number} от ${formatDate(madeOn)}`, ...(gisNumber ? [`Идентификатор в ГИС ЖКХ: ${gisNumber}`] : [])]
}

function amountOf(content: PaymentDocumentContent): Amount {
  const { totals, dueOn, provider } = content
  const { due } = totals
  const inWords = !provider.layout.hidden.includes('words')
  if (due < 0) {
    const isAdvance = provider.kind === 'internet'
    return {
      title: isAdvance ? 'Остаток на счёте' : 'Переплата',
      sum: -due,
      inWords: false,
      notes: [],
      lead: isAdvance ? 'Платить не нужно: услуги оплачены вперёд.' : 'Платить не нужно: эта сумма будет зачтена в следующих периодах.',
      code: null,
    }
  }
  if (due === 0) return { title: 'К оплате', sum: 0, inWords, notes: [], lead: 'Платить не нужно: задолженности нет.', code: null }
  return {
    title: due === totals.closing ? 'К оплате' : 'К оплате с учётом рассрочки',
    sum: due,
    inWords,
    notes: provider.vatNote ? [provider.vatNote] : [],
    lead: dueOn ? `Срок оплаты: до\u00a0${formatDateLong(dueOn)}` : null,
    code: paymentQr(content),
  }
}
