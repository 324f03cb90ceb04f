import { randomUUID } from 'node:crypto'
import type { DocumentBatch, DocumentBatchProgress, DocumentHouse, DocumentOutput } from '@shared/contract/document-batches'
import { AppError } from '@shared/errors'
import type { Database } from '../../db/database'
import type { Service } from '../../ipc/context'
import { batchRuns, type BatchRun } from '../../printing/batch-runs'
import type { QueueOptions, Sheets } from '../../printing/sheets'
import type { BillDrawing } from '../../printing/worker/drawing'
import { aboutOf, titleOf } from './document-names'
import { runBatch } from './run-batch'

/** The folder PDF files go into: a native dialog in the window, a path given beforehand in a headless command. Null: the person changed their mind. */
export type ChooseFolder = () => Promise<string | null>

export interface DocumentBatchesDeps {
  sheets: Sheets
  drawing: BillDrawing
  chooseFolder: ChooseFolder
  progress: (event: DocumentBatchProgress) => void
  /** Name of this computer, for whoever looks where a batch runs. */
  desk: string
  timeZone(): string
}

export type Stored = Omit<DocumentBatch, 'runningHere'>

/** Where the sheets of a run go. */
export type Target = { how: 'print'; place: Omit<QueueOptions, 'copies'>; perJob: number } | { how: 'folder'; path: string; per: 'house' | 'sheets'; sheets: number; twoSided: boolean }

/** A run on this computer. */
export interface Run extends BatchRun {
  target: Target
  lastGoodSheet: number | null
}

/**
 * Payment documents of a period in one go. What is on each sheet is written down before the print system gets it, and counted in the transaction that hands it over;
 * at most two chunks lie before the printer. Nothing is kept here that a run needs after a kill.
 */
export function documentBatchesService(deps: DocumentBatchesDeps): Service<'documentBatches'> {
  const { sheets, drawing, chooseFolder, timeZone } = deps
  const runs = batchRuns<Run>()
  const here = (batch: Stored): DocumentBatch => ({ ...batch, runningHere: runs.has(batch.batchId) })
  const stateOf = (db: Database, batchId: string) => db.call<Stored>('document_batch_state', { batchId })

  async function targetOf(output: DocumentOutput): Promise<Target> {
    if (output.how === 'print') {
      const { copies: _, ...place } = await sheets.optionsFor('paymentDocument', output)
      return { how: 'print', place, perJob: output.perJob }
    }
    const path = await chooseFolder()
    if (path === null) throw new AppError('conflict', 'saveCancelled')
    return { how: 'folder', path, per: output.per, sheets: output.sheets, twoSided: (output.duplex ?? 'none') !== 'none' }
  }

  /** Pages of a document by a few of them; null when none could be laid out. */
  async function pagesOf(sample: object | null, twoSided: boolean): Promise<{ pages: number; sheets: number } | null> {
    if (!sample) return null
    const job = { text: JSON.stringify(sample), twoSided, mostSheets: null, printedAt: new Date().toISOString(), operator: '', timeZone: timeZone(), title: '', about: '' }
    const { pages, sheets: found, documents } = await drawing.lay(job)
    return documents === 0 ? null : { pages: pages / documents, sheets: found / documents }
  }

  return {
    async preview({ filter, separators, duplex }, { db }) {
      const { sample, packs, ...found } = await db.call<{ documents: number; byEmail: number; houses: number; packs: number; list: DocumentHouse[]; sample: object | null }>('document_batch_preview', { filter })
      const each = await pagesOf(sample, duplex !== 'none')
      const onPaper = found.documents - found.byEmail
      const more = separators ? packs : 0
      const total = (one: number | undefined) => (onPaper === 0 ? 0 : one === undefined ? null : Math.round(onPaper * one) + more)
      return { ...found, pages: total(each?.pages), sheets: total(each?.sheets) }
    },

    create: async (input, { db }) => here(await db.call<Stored>('document_batch_create', input)),

    async run({ batchId, output, lastGoodSheet }, { db }) {
      if (runs.has(batchId)) throw new AppError('conflict', 'batchRunning')
      const before = await stateOf(db, batchId)
      const target = await targetOf(output)
      // Everything was printed, and sheets turned out to be spoiled.
      if (before.state === 'done' && lastGoodSheet !== null) await db.call('document_batch_continue_from', { operationId: randomUUID(), batchId, lastGoodSheet })
      const begin = (base: BatchRun): Run => ({ ...base, target, lastGoodSheet: before.state === 'done' ? null : lastGoodSheet })
      const names = { title: (chunk: number) => titleOf(before, chunk), about: aboutOf(before) }
      const stop = ({ runId }: Run, reason?: string) => db.call<Stored>('document_batch_stop', { batchId, runId, reason })
      return here(await runs.run(batchId, begin, db, (run) => runBatch(run, { ...deps, names, batch: before }), stop))
    },

    async pause({ batchId }, { db }) {
      runs.pause(batchId)
      return here(await db.call<Stored>('document_batch_pause', { batchId }))
    },

    retry: async (input, { db }) => here(await db.call<Stored>('document_batch_retry', input)),
    state: async ({ batchId }, { db }) => here(await stateOf(db, batchId)),
    list: (_input, { db }) => db.call('document_batch_list'),
  }
}
