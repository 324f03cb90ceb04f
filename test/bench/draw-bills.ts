// A program of the bench: draws a batch of so many bills and tells how it went, as one line of JSON. A process of its own, so that its peak of memory is of nothing else.
import { addPaymentDocument } from '../../src/main/printing/documents/payment-document'
import { drawDocuments } from '../../src/main/printing/draw-documents'
import { billMarks, billOf } from './data/bills'

export interface DrawnBatch {
  pages: number
  bytes: number
  seconds: number
  peakMib: number
}

async function draw(count: number): Promise<{ pages: number; bytes: number }> {
  // A thousand different ones again and again: making them is not what is measured.
  const bills = Array.from({ length: Math.min(count, 1000) }, (_, index) => billOf(index))
  function* all() {
    for (let index = 0; index < count; index++) yield bills[index % bills.length]!
  }
  return drawDocuments({ title: 'Платёжные документы', madeAt: billMarks.printedAt }, all(), (pdf, bill) => addPaymentDocument(pdf, bill, billMarks), { sink: () => undefined })
}

async function main(): Promise<void> {
  // The first bills compile the program.
  await draw(300)
  const startedAt = performance.now()
  const { pages, bytes } = await draw(Number(process.argv[2]))
  const drawn: DrawnBatch = { pages, bytes, seconds: (performance.now() - startedAt) / 1000, peakMib: process.resourceUsage().maxRSS / 1024 }
  process.stdout.write(`${JSON.stringify(drawn)}\n`)
}

void main()
