import { getDocument, GlobalWorkerOptions, type PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
// A file of ours beside the page: the policy of the page admits no remote and no blob worker.
import workerUrl from 'pdfjs-dist/legacy/build/pdf.worker.min.mjs?url'

GlobalWorkerOptions.workerSrc = workerUrl

export interface PdfPages {
  count: number
  /** Draws page `number` (from 1) so that it is `width` CSS pixels wide, sharp at this screen's scale. */
  draw(number: number, canvas: HTMLCanvasElement, width: number): Promise<void>
  close(): void
}

/** Opens a PDF from memory. The bytes are copied: pdf.js takes what it is given over to its worker. */
export async function openPdf(bytes: Uint8Array): Promise<PdfPages> {
  const task = getDocument({ data: bytes.slice(), isEvalSupported: false, enableXfa: false, useSystemFonts: false })
  const pdf: PDFDocumentProxy = await task.promise
  return {
    count: pdf.numPages,
    async draw(number, canvas, width) {
      const page = await pdf.getPage(number)
      const scale = width / page.getViewport({ scale: 1 }).width
      const viewport = page.getViewport({ scale: scale * (window.devicePixelRatio || 1) })
      const context = canvas.getContext('2d')
      if (!context) return
      canvas.width = Math.round(viewport.width)
      canvas.height = Math.round(viewport.height)
      await page.render({ canvasContext: context, viewport }).promise
    },
    close() {
      void task.destroy()
    },
  }
}
