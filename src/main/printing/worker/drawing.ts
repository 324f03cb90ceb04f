import type { ChunkToDraw, DrawnChunk, LaidChunk } from './draw-chunk'

/**
 * The heap that drawing may take, MiB; above it V8 collects instead of asking for more. Measured on bills: 50 MiB live after ten thousand pages, and without a limit the heap grows to 400 MiB
 * over a hundred thousand, for nothing.
 */
export const drawingHeapMib = 256

/** A chunk laid out: its sheets are counted, and drawing begins when the number of its first one is known. */
export interface Laid extends LaidChunk {
  draw(firstSheet: number): Promise<DrawnChunk>
}

/** Draws payment documents in large numbers, so that the one who asks stays free for other things. */
export interface BillDrawing {
  /** How many chunks it draws at a time. */
  lanes: number
  lay(job: ChunkToDraw): Promise<Laid>
  /** A bill for a letter: what outbox_bill answered. */
  bill(text: string): Promise<Uint8Array>
  /** What was asked for and is not ready never comes. */
  close(): Promise<void>
}

/** In this very thread: for programs that do nothing else meanwhile, and for tests. */
export function drawHere(): BillDrawing {
  return {
    lanes: 1,
    async lay(job) {
      const { laid, draw } = (await import('./draw-chunk')).layChunk(job)
      return { ...laid, draw }
    },
    bill: async (text) => (await import('./draw-chunk')).drawBill(text),
    close: () => Promise.resolve(),
  }
}
