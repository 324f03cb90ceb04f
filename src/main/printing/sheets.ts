import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { plainOptions, type Duplex, type Form, type SheetOutput } from '@shared/contract/printing'
import { AppError } from '@shared/errors'
import type { DataFolder } from '../data-folder'
import type { Log } from '../log'
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
  queue: string
  title: string
  secret?: boolean
  media?: 'A4' | 'A5'
}

/** A program that ends waits so long for a sheet on its way to the printer. */
const patienceMs = 8_000

/**
 * Hands sheets to the print system or to a file. A sheet with a secret leaves no copy of ours, and the copy the print system keeps
 * is removed as soon as its job has ended, also after Okno was killed meanwhile: ids of such jobs (nothing else) wait in `run/secret-jobs/`.
 */
export function sheets({ printer, folder, chooseFile, log }: { printer: Printer; folder: DataFolder; chooseFile: ChooseFile; log: Log }) {
  /** Jobs with a secret whose copy the print system still holds. */
  const following = new Map<string, Promise<void>>()
  /** How those jobs ended: the print system no longer knows, and the operator waits to read it. */
  const ended = new Map<string, JobState>()
  const closing = new AbortController()
  const notes = join(folder.path, 'run', 'secret-jobs')
  // The name of a queue may hold a slash.
  const noteOf = (jobId: string) => join(notes, Buffer.from(jobId).toString('base64url'))
  const jobOf = (name: string) => Buffer.from(name, 'base64url').toString()

  async function defaultQueue(): Promise<string> {
    const byDefault = (await printer.printers()).find((queue) => queue.isDefault)
    if (!byDefault) throw new AppError('printerUnavailable', 'noDefaultPrinter')
    return byDefault.name
  }

  async function forgetWhenEnded(jobId: string): Promise<void> {
    for (let pauseMs = 300; !(await isForgotten(jobId)); pauseMs = Math.min(pauseMs * 1.5, 10_000)) {
      await delay(pauseMs, undefined, { signal: closing.signal, ref: false })
    }
    await rm(noteOf(jobId), { force: true })
  }

  async function isForgotten(jobId: string): Promise<boolean> {
    try {
      const found = await printer.jobState(jobId)
      const { state, reason } = found
      // A system that does not tell about jobs (Windows) keeps no document of a printed one.
      if (state !== 'printed' && state !== 'failed' && reason !== 'notFollowed') return false
      ended.set(jobId, found)
      await printer.forget(jobId)
      return true
    } catch (cause) {
      if (cause instanceof AppError && cause.code === 'notFound') return true
      // A print system that is being restarted answers again later.
      log.error('print job not cleared yet', { cause })
      return false
    }
  }

  async function followToTheEnd(jobId: string): Promise<void> {
    await forgetWhenEnded(jobId).catch((cause: unknown) => {
      if (!closing.signal.aborted) log.error('print job not followed', { cause })
    })
  }

  // Jobs that an earlier run could not see to the end, or that another program of this folder sees to itself.
  void readdir(notes)
    .catch(() => [])
    .then((left) => left.forEach((name) => void followToTheEnd(jobOf(name))))

  return {
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

    /** Not yet printed when it returns: see `jobState`. AppErrors of the print system. */
    async print(pdf: Uint8Array, { queue, tray = null, duplex = 'none', copies = 1, title, secret = false, media = 'A4' }: SheetToPrint): Promise<Delivery> {
      const { jobId } = await printer.print(pdf, { printer: queue, tray, duplex, copies, media, title })
      if (secret) {
        await mkdir(notes, { recursive: true, mode: 0o700 })
          .then(() => writeFile(noteOf(jobId), '', { mode: 0o600 }))
          .catch((cause: unknown) => log.error('print job not noted', { cause }))
        following.set(
          jobId,
          followToTheEnd(jobId).then(() => void (closing.signal.aborted || following.delete(jobId))),
        )
      }
      return { jobId, printer: queue }
    },

    /** AppError notFound 'printJob'; printerUnavailable. */
    async jobState(jobId: string): Promise<JobState> {
      return (
        ended.get(jobId) ??
        printer.jobState(jobId).catch((cause: unknown) => {
          // It ended, and was forgotten, while the print system was being asked.
          const end = ended.get(jobId)
          if (end) return end
          throw cause
        })
      )
    },

    /** Asked before anything is changed, so that «Отмена» changes nothing. */
    async choosePath(kind: string): Promise<string> {
      // With the time: the next sheet must not propose to replace this one, which may be another subscriber's.
      const path = await chooseFile(`${kind} ${timeStamp(new Date())}.pdf`)
      if (path === null) throw new AppError('conflict', 'saveCancelled')
      return path
    },

    /** Whole or not at all, readable by its owner only, also when it replaces a file that was not. AppError printerUnavailable 'fileNotWritten' {error}. */
    async save(pdf: Uint8Array, path: string): Promise<Delivery> {
      const temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.okno`)
      try {
        const file = await open(temporary, 'wx', 0o600)
        try {
          await file.writeFile(pdf)
          await file.sync()
        } finally {
          await file.close()
        }
        await rename(temporary, path)
      } catch (cause) {
        await rm(temporary, { force: true }).catch(() => undefined)
        throw new AppError('printerUnavailable', 'fileNotWritten', { error: cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown' })
      }
      return { fileName: basename(path) }
    },

    /** Takes back a sheet whose transaction failed after all: what it says never came into force. */
    async withdraw({ jobId }: Delivery, path: string | null): Promise<void> {
      if (jobId !== undefined) await printer.forget(jobId).catch((cause: unknown) => log.error('sheet not withdrawn', { cause }))
      else if (path !== null) await rm(path, { force: true }).catch((cause: unknown) => log.error('sheet not withdrawn', { cause }))
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
     * is withdrawn: printed later, it would lie open before whoever comes by, and a new one takes a minute.
     */
    async withdrawSecrets(): Promise<void> {
      const waiting = new AbortController()
      await Promise.race([Promise.all(following.values()), delay(patienceMs, undefined, { signal: waiting.signal })])
      waiting.abort()
      closing.abort()
      for (const jobId of following.keys()) {
        await printer.forget(jobId).then(
          () => rm(noteOf(jobId), { force: true }),
          (cause: unknown) => log.error('sheet not withdrawn', { cause }),
        )
      }
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
