import { PdfWriter, type Pdf } from './pdf'

const chunk = 64 * 1024

/** Where a batch goes. `sink` is awaited: a slow disk or queue holds the drawing up instead of filling the memory. */
export interface DocumentsOut<T> {
  sink(bytes: Uint8Array): void | Promise<void>
  /** A document is in the file. `first` is the number of its first page, from 1. */
  drawn?(document: T, pages: { first: number; count: number }): void
  /** A document could not be drawn: nothing of it is in the file. Without this, the batch ends with the error. */
  failed?(document: T, error: unknown): void
}

/**
 * Draws many documents into one PDF that leaves piece by piece: memory stays the same for ten pages and for a hundred thousand. The same documents and `madeAt` (ISO instant)
 * give the same bytes; `sha256` is of all of them. Without a single document there are no pages (`pages` 0), and the file is no use to a printer.
 */
export async function drawDocuments<T>(
  about: { title: string; madeAt: string; paper?: { width: number; height: number } },
  documents: Iterable<T> | AsyncIterable<T>,
  draw: (pdf: Pdf, document: T) => void,
  { sink, drawn, failed }: DocumentsOut<T>,
): Promise<{ documents: number; pages: number; bytes: number; sha256: string }> {
  const pdf = new PdfWriter(about)
  let count = 0
  for await (const document of documents) {
    try {
      draw(pdf, document)
    } catch (error) {
      if (!failed) throw error
      pdf.abandon()
      failed(document, error)
      continue
    }
    const first = pdf.pageCount + 1
    const pages = pdf.commit()
    count++
    drawn?.(document, { first, count: pages })
    if (pdf.waiting >= chunk) await sink(pdf.take())
  }
  const pages = pdf.pageCount
  const { sha256, bytes } = await pdf.finish()
  await sink(pdf.take())
  return { documents: count, pages, bytes, sha256 }
}
