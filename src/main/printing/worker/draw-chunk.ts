import { joinPaymentDocument, paymentDocumentIssuer, paymentDocumentOf } from '@shared/domain/payment-document'
import { drawPaymentDocument, layPaymentDocument } from '../documents/payment-document'
import { addSeparatorSheet } from '../documents/separator-sheet'
import { PdfWriter } from '../pdf'

/** A bill of a chunk as the database gives it (document_batch_next). */
interface Bill {
  n: number
  issuer: string
  rendering: number
  own: unknown
  duplicate: number | null
}

interface Pack {
  n: number
  address: string
  part: number
  parts: number
  flatFrom: string | null
  flatTo: string | null
  documents: number
  separator: boolean
  items: Bill[]
}

interface Chunk {
  n: number
  issuers: Record<string, unknown>
  packs: Pack[]
}

export interface ChunkToDraw {
  /** JSON of document_batch_next, read in the drawing thread and nowhere else. */
  text: string
  /** Two pages a sheet: each document begins on a sheet of its own. */
  twoSided: boolean
  /** Packs that begin after so many sheets are left for the next chunk; null: all are drawn. */
  mostSheets: number | null
  printedAt: string
  operator: string
  timeZone: string
  /** Of the file; names nobody. */
  title: string
  /** On separators: «Квитанции за октябрь 2026 г., Водоканал». */
  about: string
}

export interface LaidChunk {
  sheets: number
  pages: number
  documents: number
  /** Numbers of packs that did not fit. */
  left: number[]
}

export interface DrawnChunk {
  pdf: Uint8Array
  sheets: number
  items: { n: number; sheet: number; sheets: number; duplicate: number | null }[]
  separators: { pack: number; sheet: number }[]
  failed: { n: number; reason: 'documentNotDrawn' }[]
  left: number[]
}

interface LaidBill {
  n: number
  duplicate: number | null
  pages: number
  sheets: number
  draw(label: (page: number) => string): void
}

/**
 * A chunk whose documents know their pages, and nothing is drawn yet: numbers of sheets are given when the chunk before it is known. A document that can't be laid out
 * or drawn is left out and told; the sheets after one that broke in drawing keep their numbers.
 */
export function layChunk(job: ChunkToDraw): { laid: LaidChunk; draw(firstSheet: number): Promise<DrawnChunk> } {
  const { packs, issuers } = JSON.parse(job.text) as Chunk
  const pdf = new PdfWriter({ title: job.title, madeAt: job.printedAt })
  const failed: DrawnChunk['failed'] = []
  const issuerOf = once((id: string) => paymentDocumentIssuer.parse(issuers[id]))

  function lay(bill: Bill): LaidBill[] {
    try {
      const marks = { duplicate: bill.duplicate, printedAt: job.printedAt, operator: job.operator, timeZone: job.timeZone }
      const { pages, draw } = layPaymentDocument(pdf, joinPaymentDocument(issuerOf(bill.issuer), bill.own), marks, bill.rendering)
      return [{ n: bill.n, duplicate: bill.duplicate, pages, sheets: job.twoSided ? Math.ceil(pages / 2) : pages, draw }]
    } catch {
      // What is odd about it stands in its content, which names people: the number of the row says enough.
      failed.push({ n: bill.n, reason: 'documentNotDrawn' })
      return []
    }
  }
  const { fit, left, sheets } = fitting(packs.map((pack) => laidPack(pack, pack.items.flatMap(lay))), job.mostSheets)
  const bills = fit.flatMap((pack) => pack.bills)

  async function draw(firstSheet: number): Promise<DrawnChunk> {
    const items: DrawnChunk['items'] = []
    const separators: DrawnChunk['separators'] = []
    let sheet = firstSheet
    for (const { pack, bills: own, sheets: count } of fit) {
      if (pack.separator && own.length > 0) {
        addSeparatorSheet(pdf, { ...pack, documents: own.length, about: job.about, sheet, sheetTo: sheet + count - 1 })
        if (job.twoSided) pdf.addPage()
        pdf.commit()
        separators.push({ pack: pack.n, sheet })
        sheet++
      }
      for (const bill of own) {
        const first = sheet
        sheet += bill.sheets
        try {
          bill.draw((page) => `лист ${first + (job.twoSided ? Math.floor(page / 2) : page)}`)
        } catch {
          pdf.abandon()
          failed.push({ n: bill.n, reason: 'documentNotDrawn' })
          continue
        }
        if (job.twoSided && bill.pages % 2 === 1) pdf.addPage()
        pdf.commit()
        items.push({ n: bill.n, sheet: first, sheets: bill.sheets, duplicate: bill.duplicate })
      }
    }
    return { pdf: await pdf.done(), sheets, items, separators, failed, left }
  }

  return { laid: { sheets, pages: bills.reduce((sum, bill) => sum + bill.pages, 0), documents: bills.length, left }, draw }
}

interface LaidPack {
  pack: Pack
  bills: LaidBill[]
  /** Its separator included. */
  sheets: number
}

const laidPack = (pack: Pack, bills: LaidBill[]): LaidPack => ({ pack, bills, sheets: bills.reduce((sum, bill) => sum + bill.sheets, pack.separator && bills.length > 0 ? 1 : 0) })

/** Packs that fit into one file, the first one always: a house larger than a file is a file of its own. */
function fitting(packs: LaidPack[], most: number | null): { fit: LaidPack[]; left: number[]; sheets: number } {
  let sheets = 0
  for (const [index, one] of packs.entries()) {
    if (index > 0 && most !== null && sheets + one.sheets > most) return { fit: packs.slice(0, index), left: packs.slice(index).map(({ pack }) => pack.n), sheets }
    sheets += one.sheets
  }
  return { fit: packs, left: [], sheets }
}

function once<Value>(make: (key: string) => Value): (key: string) => Value {
  const made = new Map<string, Value>()
  return (key) => {
    const value = made.get(key) ?? make(key)
    made.set(key, value)
    return value
  }
}

interface BillOfLetter {
  issuer: unknown
  own: unknown
  rendering: number
  duplicate: number | null
  at: string
  operatorName: string
  timeZone: string
}

/** A bill for a letter: JSON of outbox_bill. */
export async function drawBill(text: string): Promise<Uint8Array> {
  const { issuer, own, rendering, duplicate, at, operatorName, timeZone } = JSON.parse(text) as BillOfLetter
  return drawPaymentDocument(paymentDocumentOf(issuer, own), { duplicate, printedAt: at, operator: operatorName, timeZone }, rendering)
}
