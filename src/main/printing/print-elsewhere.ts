import { form, duplex, type SheetGiven } from '@shared/contract/printing'
import { AppError } from '@shared/errors'
import { z } from 'zod'
import type { Database } from '../db/database'
import { given } from './give-sheet'
import type { Printer } from './printer'
import type { Delivery, Sheets } from './sheets'

/** What `printing_retry` answers: the sheet as it was kept when it was given out. */
const keptSheet = z.object({
  title: z.string(), media: z.enum(['A4', 'A5']), copies: z.int(), form, duplex, drawing: z.string(), content: z.unknown(), issued: z.record(z.string(), z.unknown()),
})

interface Elsewhere {
  operationId: string
  jobId: string
  queue: string
}

/** Jobs whose sheet is on its way to another printer: of two presses at once one prints. */
const moving = new Set<string>()

/**
 * Prints a sheet that waits or failed on one printer on another: the same sheet with the same mark, drawn from what the database keeps of it. The first job is
 * withdrawn before the second is made, and no further giving-out is counted; when the second printer refuses, the first job stays withdrawn and can be tried again.
 * AppErrors: notFound 'printJob'; conflict 'secretNotRepeated', 'sheetOfBatch', 'sheetNotKept', 'sheetMoved', 'samePrinter', 'jobAlreadyPrinted', 'jobMayBeOut',
 * 'jobNotWithdrawn'; forbidden 'sheetOfAnother'; those of the print system.
 */
export async function printElsewhere({ sheets, printer }: { sheets: Sheets; printer: Printer }, db: Database, { operationId, jobId, queue }: Elsewhere): Promise<SheetGiven> {
  const job = sheets.jobs.get(jobId)
  if (!job) throw new AppError('notFound', 'printJob')
  if (job.secret) throw new AppError('conflict', 'secretNotRepeated')
  if (job.ofBatch) throw new AppError('conflict', 'sheetOfBatch')
  if (job.sheetOf === null) throw new AppError('conflict', 'sheetNotKept')
  if (job.state === 'printed') throw new AppError('conflict', 'jobAlreadyPrinted')
  // The audit says that it did not come out.
  if (job.reason === 'withdrawn') throw new AppError('conflict', 'sheetNotKept')
  if (job.state === 'lost') throw new AppError('conflict', 'jobMayBeOut')
  // Where it failed it may be tried again; where it waits it comes out by itself.
  if (queue === job.printer && job.state !== 'failed') throw new AppError('conflict', 'samePrinter')
  await assertTakesJobs(printer, queue)

  const sheetOf = job.sheetOf
  const handed: { delivery?: Delivery } = {}
  let isMoving = false
  try {
    const done = await db.transaction(async (transaction) => {
      const answer = await transaction.call<Partial<SheetGiven> & { sheet?: unknown }>('printing_retry', { operationId, sheetOf, fromPrinter: job.printer, toPrinter: queue })
      if (!answer.sheet) return given(answer)
      if (moving.has(jobId) || sheets.jobs.get(jobId)?.reason === 'moved') throw new AppError('conflict', 'sheetMoved')
      isMoving = true
      moving.add(jobId)
      const kept = keptSheet.parse(answer.sheet)
      const draw = sheets.drawingNamed(kept.drawing)
      if (!draw) throw new AppError('conflict', 'sheetNotKept')
      // Drawn first: what can't be drawn must not cost the job that still waits.
      const pdf = await draw(kept.content, kept.issued)
      await sheets.jobs.withdraw(jobId, 'cancelled')
      const { form, title, media, copies, duplex } = kept
      handed.delivery = await sheets.print(pdf, { form, queue, title, media, copies, duplex, sheetOf })
      await transaction.call('operation_delivered', { operationId, delivery: handed.delivery })
      return given(handed.delivery)
    })
    if (done.jobId !== null && done.jobId !== jobId) await sheets.jobs.moved(jobId, done.jobId)
    return done
  } catch (cause) {
    if (handed.delivery) await sheets.withdraw(handed.delivery, null)
    throw cause
  } finally {
    if (isMoving) moving.delete(jobId)
  }
}

async function assertTakesJobs(printer: Printer, queue: string): Promise<void> {
  const found = (await printer.printers()).find(({ name }) => name === queue)
  if (!found) throw new AppError('printerUnavailable', 'unknownPrinter', { printer: queue })
  if (found.state === 'rejecting') throw new AppError('printerUnavailable', 'printerRejectsJobs', { printer: queue, message: found.message })
}
