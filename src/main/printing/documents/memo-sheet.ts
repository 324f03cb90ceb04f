import { formatDateLong } from '@shared/domain/dates'
import type { ProviderProfile } from '@shared/domain/provider-profile'
import { gap, heightOf, paginate, type Block } from '../flow'
import { a4, a5, mm, openPdf, type Pdf } from '../pdf'
import { localTime } from '../text'
import { accessCard, heading, steps, subscriber, valuesOf } from './memo-access'
import { beside, designOf, joined, largeScale, plain, scaleOf, shortest, stack, type Clock, type Frame, type Sheet } from './memo-blocks'
import { memoMedia } from './memo-media'
import { cutLine, receiptBlocks, termsBlocks } from './memo-receipt'
import { connection, designs, notes, payment, warning, type Section } from './memo-sections'

type MemoTexts = ProviderProfile['memo']

/** Everything a memo sheet says. It holds the portal password in the clear, so it is drawn, handed to the printer and forgotten: never stored, logged or sent to the page. */
export interface MemoSheet {
  number: string
  /** ISO instant. */
  issuedAt: string
  provider: {
    name: string
    legalName: string
    address: string
    phone: string
    site: string | null
    hours: string
    portal: Pick<ProviderProfile['portal'], 'name' | 'url' | 'scheme' | 'firstSteps'>
    /** As stored: a profile saved before a text was thought of lacks it. */
    memo: Pick<MemoTexts, 'title' | 'appendixTo' | 'wifi' | 'securityNote' | 'howToPay'> & Partial<MemoTexts>
    paymentDocument?: Pick<ProviderProfile['paymentDocument'], 'kind'>
    phones: ProviderProfile['phones']
    emergency?: string | null
    readings?: Pick<ProviderProfile['readings'], 'windowFromDay' | 'windowToDay' | 'windows'>
    password?: Pick<ProviderProfile['password'], 'min' | 'max'>
  }
  subscriberName: string
  account: string
  contract: string | null
  address: string
  /** As billing names it; null or absent: not known. */
  tariff?: string | null
  login: string
  password: string
  /** ISO instant the password stops working unless it is changed; null: no limit. */
  expiresAt: string | null
  oneTime: boolean
  operatorName: string
  office: string
  /** Who was given the sheet: `name` of a representative (null: the subscriber), `documentType` a code of `identity-document.ts`. Absent: written by hand on the receipt. */
  receiver?: { name: string | null; documentType: string | null } | null
  /** Masked e-mail or phone the password went to instead of paper: the receipt says so. */
  sentTo?: string | null
}

export interface MemoOptions {
  /** Zone of the office; by default that of this computer. */
  timeZone?: string | undefined
  /** For who can't read small print: at least 16 pt, two A4 pages at most, the receipt on one of its own. */
  large?: boolean | undefined
  /** 'memo' leaves the office's receipt out; 'receipt' is the receipt alone; `password` may be '' then. */
  part?: 'all' | 'memo' | 'receipt' | undefined
  /** Stamped across every page. */
  stamp?: string | undefined
}

/**
 * One sheet for one subscriber. A4: above the line the memo with login and password, below it the office receipt without them (or the provider's terms, the receipt apart).
 * A5: the memo, then the receipt on a sheet of its own. Nothing is kept: the caller prints the bytes and drops them.
 */
export function drawMemoSheet(memo: MemoSheet, options: MemoOptions = {}): Promise<Buffer> {
  return drawMemoSheets([memo], { ...options, title: `${memo.provider.memo.title} № ${memo.number}` })
}

/** Memos of one provider one after another, each on sheets of its own, in one document. `title` is seen at the queue: it names nobody. */
export async function drawMemoSheets(memos: MemoSheet[], options: MemoOptions & { title: string }): Promise<Buffer> {
  const { pdf } = laidOut(memos, options)
  return pdf.done()
}

/** Sides of paper a memo takes, its receipt included. */
export function countMemoPages(memo: MemoSheet, options: MemoOptions = {}): number {
  return laidOut([memo], { ...options, title: '' }).pages()
}

function laidOut(memos: MemoSheet[], { title, timeZone, large = false, part = 'all', stamp }: MemoOptions & { title: string }): { pdf: Pdf; pages(): number } {
  const [first] = memos
  if (!first) throw new RangeError('no memo to draw')
  const media = memoMedia(first, large)
  const pdf = openPdf({ title, madeAt: first.issuedAt, paper: media === 'A5' ? a5 : a4 })
  let pages = 0
  const addPage = pdf.addPage.bind(pdf)
  pdf.addPage = () => {
    pages++
    addPage()
    if (stamp !== undefined) pdf.artifact(() => pdf.stamp(stamp))
  }
  const clock: Clock = (instant) => localTime(instant, timeZone)
  for (const memo of memos) {
    const until = memo.expiresAt === null ? null : clock(memo.expiresAt)
    const frame = media === 'A5' ? frameOf(a5, 10.6 * mm) : frameOf(a4, 10.6 * mm)
    const sheet: Sheet = { pdf, memo, clock, frame, scale: scaleOf(smallest), values: valuesOf(memo, until && `${formatDateLong(until.date)}, ${until.time}`) }
    if (part !== 'receipt') {
      if (large) drawLarge(sheet)
      else if (media === 'A5') drawSmall(sheet)
      else if (drawHalves(sheet, part)) continue
    }
    if (part !== 'memo') {
      pdf.addPage()
      stack(receiptBlocks(sheet), frame.top)
    }
  }
  return { pdf, pages: () => pages }
}

function frameOf(paper: { width: number; height: number }, margin: number): Frame {
  return { left: margin, right: paper.width - margin, width: paper.width - 2 * margin, top: margin, bottom: paper.height - margin }
}

const half = a4.height / 2
const cutHeight = 14
const sizes = [12, 11.5, 11, 10.5, 10]
const smallest = 10

/** Memo above the line, receipt or terms below it; true when the receipt is drawn as well. A memo that is too long takes the whole sheet, or as many as it needs. */
function drawHalves(sheet: Sheet, part: 'all' | 'memo'): boolean {
  const { pdf, memo, frame } = sheet
  const hasTerms = memo.provider.memo.lowerHalf === 'terms' && (memo.provider.memo.terms ?? []).length > 0
  const lower = hasTerms ? termsBlocks(sheet) : part === 'all' ? receiptBlocks(sheet) : []
  const wholePage = frame.bottom - frame.top
  const lowerHeight = heightOf(lower)
  const upper = lowerHeight > 0 ? largestWithin(sheet, wholePage - cutHeight - lowerHeight) : null
  if (!upper) {
    drawWhole(sheet, wholePage)
    if (!hasTerms) return false
    pdf.addPage()
    stack(lower, frame.top)
    return false
  }
  const end = frame.top + heightOf(upper)
  const cut = Math.max(half, (end + frame.bottom - lowerHeight) / 2)
  pdf.addPage()
  stack(upper, frame.top)
  cutLine(pdf, cut)
  stack(lower, Math.max(cut + cutHeight / 2, frame.bottom - lowerHeight))
  return !hasTerms
}

/** One page at the largest size that fits, else pages with a footer. */
function drawWhole(sheet: Sheet, room: number): void {
  const blocks = largestWithin(sheet, room)
  if (blocks) {
    sheet.pdf.addPage()
    stack(blocks, sheet.frame.top)
  } else drawPages(sheet, memoBlocks({ ...sheet, scale: scaleOf(smallest) }, 'flow'))
}

function largestWithin(sheet: Sheet, room: number): Block[] | null {
  for (const size of sizes) {
    const blocks = memoBlocks({ ...sheet, scale: scaleOf(size) }, 'columns')
    if (heightOf(blocks) <= room) return blocks
  }
  return null
}

/** A5: too narrow for columns; as many pages as it takes, usually two. */
function drawSmall(sheet: Sheet): void {
  const scale = { ...scaleOf(smallest), heading: 18, password: 24 }
  drawPages(sheet, memoBlocks({ ...sheet, scale }, 'flow'))
}

/** Sections a large sheet does without when two pages don't hold them all, the first one first. */
const dispensable: Section[] = [payment, notes, connection]

function drawLarge(sheet: Sheet): void {
  const large = { ...sheet, scale: largeScale }
  const design = designOf(sheet.memo)
  const all = [...designs[design], connection]
  for (let left = 0; left <= dispensable.length; left++) {
    const without = dispensable.slice(0, left)
    const blocks = flow(large, all.filter((section) => !without.includes(section)), 12)
    if (left === dispensable.length || pagesOf(blocks, sheet.frame).length <= 2) return drawPages(large, blocks)
  }
}

const footerRoom = 16
const pagesOf = (blocks: Block[], { top, bottom }: Frame) => paginate(blocks, () => ({ top, bottom: bottom - footerRoom }))

function drawPages({ pdf, memo, frame, scale }: Sheet, blocks: Block[]): void {
  const pages = pagesOf(blocks, frame)
  for (const [index, placed] of pages.entries()) {
    pdf.addPage()
    for (const { top, draw } of placed) draw(top)
    if (pages.length === 1) continue
    const footer = `Памятка № ${memo.number}, лист ${index + 1} из ${pages.length}`
    pdf.artifact(() => pdf.lines([footer], frame.left, frame.bottom - 12, plain(Math.min(scale.label, 12)), { to: 'right', width: frame.width }))
  }
}

function memoBlocks(sheet: Sheet, layout: 'columns' | 'flow'): Block[] {
  const design = designOf(sheet.memo)
  const { left, width } = sheet.frame
  if (layout === 'flow') return flow(sheet, [...designs[design], connection], 8)
  const athome = connection(sheet, left, width)
  return [...head(sheet), ...shortest(columnWays(sheet, designs[design])), ...(athome.length > 0 ? [gap(6), ...athome] : [])]
}

function head(sheet: Sheet): Block[] {
  return [heading(sheet), gap(5), subscriber(sheet), gap(6), accessCard(sheet), gap(7)]
}

function flow(sheet: Sheet, sections: Section[], air: number): Block[] {
  const { left, width } = sheet.frame
  return [...head(sheet), ...joined([steps, ...sections, warning].map((section) => section(sheet, left, width)), air)]
}

/** Shares of the width that the left column may take; providers write more in one column or in the other. */
const columnShares = [0.42, 0.48, 0.54, 0.6]

/** Steps at the left, the other sections at either side, the warning below both or under the shorter column: all ways there are. */
function columnWays(sheet: Sheet, sections: Section[]): Block[][] {
  const { left, width } = sheet.frame
  const between = 20
  const air = 6
  const below = warning(sheet, left, width)
  return columnShares.flatMap((share) => {
    const column = (width - between) * share
    const [second, rest] = [left + column + between, width - column - between]
    const first = steps(sheet, left, column)
    const atLeft = sections.map((section) => section(sheet, left, column))
    const atRight = sections.map((section) => section(sheet, second, rest))
    const [warnLeft, warnRight] = [warning(sheet, left, column), warning(sheet, second, rest)]
    return Array.from({ length: 2 ** sections.length - 1 }, (_, way) => {
      const isLeft = (index: number) => ((way >> index) & 1) === 1
      const one = joined([first, ...atLeft.filter((_blocks, index) => isLeft(index))], air)
      const other = joined(atRight.filter((_blocks, index) => !isLeft(index)), air)
      const inside = heightOf(one) < heightOf(other) ? beside([...one, gap(air), ...warnLeft], other) : beside(one, [...other, gap(air), ...warnRight])
      const outside = [beside(one, other), gap(air), ...below]
      return inside.height < heightOf(outside) ? [inside] : outside
    })
  })
}

