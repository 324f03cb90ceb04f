import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import type { DocumentBatchProgress, DocumentCounts } from '@shared/contract/document-batches'
import { toAppError } from '../../ipc/to-app-error'
import { outcomeOf } from '../../printing/batch-runs'
import type { Delivery, Sheets } from '../../printing/sheets'
import type { DrawnChunk } from '../../printing/worker/draw-chunk'
import type { BillDrawing, Laid } from '../../printing/worker/drawing'
import type { Run, Stored } from './document-batches-service'
import { fileNameOf } from './document-names'

interface Tools {
  sheets: Sheets
  drawing: BillDrawing
  desk: string
  progress: (event: DocumentBatchProgress) => void
  timeZone(): string
  names: { title(chunk: number): string; about: string }
  batch: Stored
}

interface Begun {
  nextSheet: number
  at: string
  operatorName: string
  counts: DocumentCounts
  handed: { n: number; jobId: string }[]
  drawn: number[]
}

/** A chunk on its way from the database to the printer. */
interface Coming {
  n: number
  /** Of its house, when it is of one. */
  address: string | null
  firstSheet: number
  drawn: DrawnChunk
}

const lettersAtOnce = 200
/** Jobs that have not ended: the printer never waits for a drawing, and little lies before one that has stopped. */
const mostJobs = 2

/** Everything of the batch that waits, until nothing does or somebody pauses it. */
export async function runBatch(run: Run, tools: Tools): Promise<void> {
  const { db, batchId, runId, target } = run
  const { sheets, names, batch } = tools
  const begun = await db.call<Begun>('document_batch_run', { batchId, runId, desk: tools.desk })
  const { tell, given } = teller(run, tools, begun)
  /** Handed over, and not known to have ended; the oldest first. */
  const jobs: { n: number; jobId: string }[] = []
  let hasFailed = false

  /** Waits for the oldest job. When one fails, nothing behind it is of use: its sheets would lie in the wrong place. */
  async function followOldest(): Promise<void> {
    const oldest = jobs[0]
    if (!oldest) return
    const outcome = await outcomeOf(sheets, oldest.jobId, run, ({ doing, reason }) => Promise.resolve(tell(doing, doing === 'held' ? reason : null)))
    await db.call('document_batch_told', { batchId, runId, chunk: oldest.n, outcome })
    jobs.shift()
    if (outcome === 'printed') return
    hasFailed = true
    while (jobs[0]) await takeBackOldest()
  }
  async function takeBackOldest(): Promise<void> {
    const oldest = jobs.shift()
    if (!oldest) return
    const state = await sheets.jobState(oldest.jobId).catch(() => null)
    const isOut = state !== null && (state.state === 'printed' || state.reason === 'notFollowed')
    if (!isOut) await sheets.withdraw({ jobId: oldest.jobId }, null)
    await db.call('document_batch_told', { batchId, runId, chunk: oldest.n, outcome: isOut ? 'printed' : state === null ? 'unsure' : 'withdrawn' })
  }

  /** What a killed run may have handed over without having been able to say so. */
  async function findDrawn(): Promise<void> {
    for (const n of begun.drawn) {
      const found = await sheets.jobsTitled(names.title(n))
      const [jobId] = found ?? []
      begun.nextSheet = await db.call<number>('document_batch_found', { batchId, runId, chunk: n, jobId: found === null ? null : (jobId ?? ''), printer: target.how === 'print' ? target.place.queue : null })
      if (jobId) jobs.push({ n, jobId })
    }
  }

  async function mail(): Promise<void> {
    for (let left = true; left && !run.paused; ) {
      const mailed = await db.call<{ mailed: number; left: boolean }>('document_batch_mail', { batchId, runId, limit: lettersAtOnce })
      given(mailed.mailed)
      tell('mailing')
      left = mailed.left
    }
  }

  /** Counted and handed over, both or neither. False: the marks have changed since it was drawn, or nothing of it is left. */
  async function hand({ n, address, firstSheet, drawn }: Coming): Promise<boolean> {
    const { pdf, sheets: count, items, separators, failed, left } = drawn
    const isWhole = await db.call<boolean>('document_batch_drawn', { batchId, runId, chunk: n, firstSheet, sheets: count, items: JSON.stringify(items), separators: JSON.stringify(separators), failed: JSON.stringify(failed), left })
    if (!isWhole) return false
    const handed: { delivery?: Delivery } = {}
    try {
      await db.transaction(async (transaction) => {
        await transaction.call('document_batch_issue', { batchId, runId, chunk: n })
        handed.delivery =
          target.how === 'folder'
            ? await sheets.save(pdf, join(target.path, fileNameOf(batch, firstSheet, count, address)))
            : await sheets.print(pdf, { ...target.place, form: 'paymentDocument', title: names.title(n), ofBatch: true })
        await transaction.call('document_batch_handed', { batchId, runId, chunk: n, jobId: handed.delivery.jobId ?? handed.delivery.fileName, printer: handed.delivery.printer ?? null })
      })
    } catch (cause) {
      // What the print system has may come out: the chunk stays drawn, and the next run finds its job.
      if (!handed.delivery) await db.call('document_batch_put_back', { batchId, runId, chunk: n }).catch(() => undefined)
      if (toAppError(cause).reason === 'documentMarksChanged') return false
      throw cause
    }
    given(items.length, firstSheet + count - 1)
    if (handed.delivery?.jobId !== undefined) jobs.push({ n, jobId: handed.delivery.jobId })
    return true
  }

  async function print(): Promise<void> {
    const line = drawingLine(run, tools, begun)
    try {
      for (let coming = await line.next(); coming && !run.paused && !hasFailed; coming = await line.next()) {
        while (jobs.length >= mostJobs && !hasFailed) await followOldest()
        if (hasFailed || run.paused) break
        tell(jobs.length > 0 ? 'printing' : 'drawing')
        // Sheets drawn behind one that is not handed over have the wrong numbers, and packs that wait again must not come out of order.
        if (!(await hand(coming))) await line.restart()
      }
    } finally {
      line.stop()
    }
    while (jobs.length > 0 && !hasFailed) await followOldest()
  }

  await findDrawn()
  jobs.unshift(...begun.handed)
  if (run.lastGoodSheet !== null) {
    // A person has looked: what still waits before a printer is on later sheets, or they would have waited for it.
    while (jobs.length > 0) await takeBackOldest()
    const { counts } = await db.call<Stored>('document_batch_continue_from', { operationId: randomUUID(), batchId, lastGoodSheet: run.lastGoodSheet, runId })
    begun.nextSheet = counts.sheets + 1
    begun.counts = counts
  }
  await mail()
  while (jobs.length > 0 && !hasFailed) await followOldest()
  if (hasFailed || run.paused) return
  await print()
}

/**
 * Chunks in order, drawn ahead: one is claimed, laid out and drawn while those before it are printed, as many at a time as the drawing has lanes. Each knows the
 * number of its first sheet as soon as those before it are laid out.
 */
function drawingLine(run: Run, { drawing, timeZone, names }: Tools, begun: Begun) {
  const { db, batchId, runId, target } = run
  type Claimed = { n: number; address: string | null; laid: Laid } | null
  let ahead: Promise<Coming | null>[] = []
  let claimed: Promise<Claimed> = Promise.resolve(null)
  let nextSheet = Promise.resolve(begun.nextSheet)
  let isOver = false

  const twoSided = target.how === 'print' ? target.place.duplex !== 'none' : target.twoSided
  const mostSheets = target.how === 'folder' && target.per === 'sheets' ? target.sheets : null
  const documents = target.how === 'print' ? target.perJob : target.sheets
  const isOnePack = target.how === 'folder' && target.per === 'house'

  async function claim(): Promise<Claimed> {
    if (isOver || run.paused) return null
    const text = await db.call<string | null>('document_batch_next', { batchId, runId, documents, onePack: isOnePack, target: target.how === 'print' ? 'printer' : 'folder' })
    if (text === null) {
      isOver = true
      return null
    }
    // The text is megabytes and the drawing thread's to read; its number and address stand at the front.
    const n = Number(/^\{"n": (\d+)/.exec(text)?.[1])
    const address = isOnePack ? (JSON.parse(/^\{"n": \d+, "first": ("(?:[^"\\]|\\.)*")/.exec(text)?.[1] ?? 'null') as string | null) : null
    const laid = await drawing.lay({ text, twoSided, mostSheets, printedAt: begun.at, operator: begun.operatorName, timeZone: timeZone(), title: names.title(n), about: names.about })
    // What did not fit begins the next file, which is claimed after this.
    if (laid.left.length > 0) await db.call('document_batch_put_back', { batchId, runId, chunk: n, packs: laid.left })
    return { n, address, laid }
  }
  function begin(): void {
    const own = claimed.then(claim)
    claimed = own
    const first = nextSheet
    const coming = Promise.all([own, first]).then(async ([chunk, firstSheet]) => (chunk ? { n: chunk.n, address: chunk.address, firstSheet, drawn: await chunk.laid.draw(firstSheet) } : null))
    nextSheet = Promise.all([own, first]).then(([chunk, firstSheet]) => firstSheet + (chunk?.laid.sheets ?? 0))
    // Whoever waits for it hears of a failure; nobody waits when the run has ended before.
    for (const promise of [coming, nextSheet]) promise.catch(() => undefined)
    ahead.push(coming)
  }

  return {
    /** Null when nothing waits. */
    async next(): Promise<Coming | null> {
      while (ahead.length <= drawing.lanes && !isOver) begin()
      const coming = (await ahead.shift()) ?? null
      return coming
    },
    /** The chunks ahead are given back and claimed anew, from the sheet after the last one handed over. */
    async restart(): Promise<void> {
      const given = await Promise.allSettled(ahead)
      ahead = []
      for (const one of given) if (one.status === 'fulfilled' && one.value) await db.call('document_batch_put_back', { batchId, runId, chunk: one.value.n })
      const { counts } = await db.call<Stored>('document_batch_state', { batchId })
      nextSheet = Promise.resolve(counts.sheets + 1)
      claimed = Promise.resolve(null)
      isOver = false
    },
    stop(): void {
      isOver = true
    },
  }
}

/** Progress events with the pace of this run. */
function teller(run: Run, { progress }: Tools, { counts, nextSheet }: Begun) {
  const startedAt = performance.now()
  const of = counts.documents - counts.failed
  const doneBefore = counts.handed + counts.printed + counts.mailed
  let done = 0
  let sheet = nextSheet - 1
  return {
    given(documents: number, lastSheet = sheet): void {
      done += documents
      sheet = lastSheet
    },
    tell(doing: DocumentBatchProgress['doing'], heldBecause: string | null = null): void {
      const minutes = (performance.now() - startedAt) / 60_000
      const perMinute = done > 0 && minutes > 0.05 ? Math.max(1, Math.round(done / minutes)) : null
      const left = Math.max(0, of - doneBefore - done)
      progress({ batchId: run.batchId, doing, heldBecause, done: doneBefore + done, of, sheet, perMinute, secondsLeft: perMinute === null ? null : Math.round((left / perMinute) * 60) })
    },
  }
}
