import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { plainOptions, type Duplex, type Form, type SheetOutput } from '@shared/contract/printing'
import { AppError } from '@shared/errors'
import type { DataFolder } from '../data-folder'
import type { Log } from '../log'
import { saveWhole } from '../whole-file'
import { deskJobs } from './desk-jobs'
import type { JobState, Printer } from './printer'

/** Where a file is saved: a native dialog in the window, a path given beforehand in a headless command. Null: the person changed their mind. */
export type ChooseFile = (suggestedName: string) => Promise<string | null>

export interface Delivery {
  jobId?: string
  printer?: string
  fileName?: string
}

/** Where and how a sheet is printed; `tray` null: the printer decides. */
export interface QueueOptions {
  queue: string
  tray: string | null
  duplex: Duplex
  copies: number
}

interface SheetToPrint extends Partial<QueueOptions> {
  form: Form
  queue: string
  title: string
  secret?: boolean
  media?: 'A4' | 'A5'
  /** The operation that gave it out, when its content is kept for another printer. */
  sheetOf?: string | null
  /** A batch follows it and knows what was on it. */
  ofBatch?: boolean
}

/** A program that ends waits so long for a sheet on its way to the printer. */
const patienceMs = 8_000

/** Draws a sheet again from what the database keeps of it: nothing but its content and what issuing it answered. */
export type Draw<Content, Issued> = (content: Content, issued: Issued) => Promise<Buffer>
/** A way of drawing that has a name, so that a sheet which never came out can be drawn for another printer, also after a restart. */
export interface Drawing<Content, Issued> {
  name: string
  draw: Draw<Content, Issued>
}

interface SheetsDeps {
  printer: Printer
  folder: DataFolder
  chooseFile: ChooseFile
  log: Log
  /** The list of this desk's jobs has changed. */
  jobsChanged?: () => void
  /** Who is signed in: whose sheets these are. */
  staffId?: () => number | null
}

/**
 * Hands sheets to the print system or to a file. A sheet with a secret leaves no copy of ours, and the copy the print system keeps
 * is removed as soon as its job has ended, also after Okno was killed meanwhile: notes of jobs without a word of their content wait in `run/print-jobs/`.
 */
export function sheets({ printer, folder, chooseFile, log, jobsChanged = () => undefined, staffId = () => null }: SheetsDeps) {
  const jobs = deskJobs({ printer, folder: join(folder.path, 'run', 'print-jobs'), log, changed: jobsChanged })
  const drawings = new Map<string, Draw<unknown, unknown>>()
  let lastNamed = 0

  /** How a job of ours ended: of one with a secret the print system no longer knows, and the operator waits to read it. */
  function endOf(jobId: string): JobState | null {
    const job = jobs.get(jobId)
    if (job?.state === 'printed') return { state: 'printed', reason: null, message: job.message }
    if (job?.state !== 'failed') return null
    const reason = job.reason === 'withdrawn' || job.reason === 'moved' || job.reason === 'printSystemAway' ? 'cancelled' : job.reason
    return { state: 'failed', reason, message: job.message }
  }

  async function defaultQueue(): Promise<string> {
    const byDefault = (await printer.printers()).find((queue) => queue.isDefault)
    if (!byDefault) throw new AppError('printerUnavailable', 'noDefaultPrinter')
    return byDefault.name
  }

  return {
    jobs,

    /** A drawing under a name of its own, to be made once. `draw` may use nothing that belongs to one call. */
    drawing<Content, Issued>(name: string, draw: Draw<Content, Issued>): Drawing<Content, Issued> {
      drawings.set(name, draw as Draw<unknown, unknown>)
      return { name, draw }
    },

    /** The drawing of that name; null: an earlier version had it, this one does not. */
    drawingNamed: (name: string): Draw<unknown, unknown> | null => drawings.get(name) ?? null,

    /**
     * How a form is printed: as asked for, else as this desk prints it, else on the system's default queue.
     * The tray is the desk's own only on the printer it belongs to. AppError printerUnavailable 'noDefaultPrinter'.
     */
    async optionsFor(form: Form, asked: Partial<Omit<Extract<SheetOutput, { how: 'print' }>, 'how'>> = {}): Promise<QueueOptions> {
      const own = (await folder.readSettings()).printing.forms[form] ?? plainOptions
      const queue = asked.printer ?? own.printer ?? (await defaultQueue())
      const isOwn = asked.printer == null || asked.printer === own.printer
      const tray = asked.tray !== undefined ? asked.tray : isOwn ? own.tray : null
      return { queue, tray, duplex: asked.duplex ?? own.duplex, copies: asked.copies ?? own.copies }
    },

    /** Not yet printed when it returns: see `jobs`. AppErrors of the print system. */
    async print(pdf: Uint8Array, { form, queue, tray = null, duplex = 'none', copies = 1, title, secret = false, media = 'A4', sheetOf = null, ofBatch = false }: SheetToPrint): Promise<Delivery> {
      const { jobId } = await printer.print(pdf, { printer: queue, tray, duplex, copies, media, title })
      await jobs.add(jobId, { form, printer: queue, sentAt: new Date().toISOString(), secret, ofBatch, sheetOf, staffId: staffId() })
      return { jobId, printer: queue }
    },

    /** AppError notFound 'printJob'; printerUnavailable. */
    async jobState(jobId: string): Promise<JobState> {
      return endOf(jobId) ??
        printer.jobState(jobId).catch((cause: unknown) => {
          // It ended, and was forgotten, while the print system was being asked.
          const end = endOf(jobId)
          if (end) return end
          throw cause
        })
    },

    /** Asked before anything is changed, so that «Отмена» changes nothing. */
    async choosePath(kind: string, extension = 'pdf'): Promise<string> {
      // With the time: the next sheet must not propose to replace this one, which may be another subscriber's. Two within one second are told a second apart.
      lastNamed = Math.max(Date.now(), lastNamed + 1000)
      const path = await chooseFile(`${kind} ${timeStamp(new Date(lastNamed))}.${extension}`)
      if (path === null) throw new AppError('conflict', 'saveCancelled')
      return path
    },

    /** Whole or not at all, readable by its owner only, also when it replaces a file that was not. AppError printerUnavailable 'fileNotWritten' {error}. */
    async save(pdf: Uint8Array, path: string): Promise<Delivery> {
      return { fileName: await saveWhole(path, [pdf]) }
    },

    /** Takes back a sheet whose transaction failed after all: what it says never came into force. */
    async withdraw({ jobId }: Delivery, path: string | null): Promise<void> {
      if (jobId !== undefined) {
        await printer.forget(jobId).then(
          () => jobs.dismiss(jobId),
          (cause: unknown) => log.error('sheet not withdrawn', { cause }),
        )
      } else if (path !== null) await rm(path, { force: true }).catch((cause: unknown) => log.error('sheet not withdrawn', { cause }))
    },

    /** Jobs of ours with this title that the print system knows, ended ones too; null where it does not tell (Windows). AppError printerUnavailable. */
    async jobsTitled(title: string): Promise<string[] | null> {
      return process.platform === 'win32' ? null : printer.jobsTitled(title)
    },

    /** The same for a sheet whose program was killed before it knew the job's id: its title, which no other job has, tells. */
    async withdrawTitled(title: string): Promise<void> {
      const jobs = await printer.jobsTitled(title).catch((cause: unknown) => {
        log.error('sheet not withdrawn', { cause })
        return []
      })
      for (const jobId of jobs) await printer.forget(jobId).catch((cause: unknown) => log.error('sheet not withdrawn', { cause }))
    },

    /**
     * For a program that ends. What is on its way may arrive; a sheet with a secret that still waits then, before a jammed printer for instance,
     * is withdrawn: printed later, it would lie open before whoever comes by, and a new one takes a minute. Other sheets stay in their queues.
     */
    async withdrawSecrets(): Promise<void> {
      const waiting = new AbortController()
      await Promise.race([jobs.secretsEnded(), delay(patienceMs, undefined, { signal: waiting.signal })])
      waiting.abort()
      await jobs.close()
    },
  }
}

export type Sheets = ReturnType<typeof sheets>

/** «2026-11-22 14-05-33»: sorts by itself and is a file name everywhere. */
function timeStamp(at: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-')
  return `${date} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join('-')}`
}
