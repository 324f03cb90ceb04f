import { writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Form } from '@shared/contract/printing'
import { AppError } from '@shared/errors'
import type { DataFolder } from '../data-folder'
import type { Log } from '../log'
import type { Printer } from './printer'

/** Where a file is saved: a native dialog in the window, a path given beforehand in a headless command. Null: the person changed their mind. */
export type ChooseFile = (suggestedName: string) => Promise<string | null>

export interface Delivery {
  jobId?: string
  printer?: string
  fileName?: string
}

/**
 * Hands sheets to the print system or to a file. A sheet with a secret leaves no copy of ours, and the copy the print system keeps
 * is removed as soon as its job has ended.
 */
export function sheets({ printer, folder, chooseFile, log }: { printer: Printer; folder: DataFolder; chooseFile: ChooseFile; log: Log }) {
  /** Jobs with a secret whose copy the print system still holds. */
  const secretJobs = new Set<string>()

  async function forgetWhenEnded(jobId: string): Promise<void> {
    for (let pauseMs = 500; secretJobs.has(jobId); pauseMs = Math.min(pauseMs * 1.5, 10_000)) {
      const { state, reason } = await printer.jobState(jobId)
      // notFollowed: this print system does not tell; it keeps no copy either.
      if (state === 'printed' || state === 'failed' || reason === 'notFollowed') return forget(jobId)
      await new Promise((resolve) => setTimeout(resolve, pauseMs).unref())
    }
  }

  async function forget(jobId: string): Promise<void> {
    if (secretJobs.delete(jobId)) await printer.forget(jobId)
  }

  return {
    /** The queue a form goes to: the one named, the one chosen on this desk, or the system's default. */
    async queueFor(form: Form, named: string | null): Promise<string> {
      const chosen = named ?? (await folder.readSettings()).printing.printers[form]
      if (chosen) return chosen
      const byDefault = (await printer.printers()).find((queue) => queue.isDefault)
      if (!byDefault) throw new AppError('printerUnavailable', 'noDefaultPrinter')
      return byDefault.name
    },

    async print(pdf: Uint8Array, { queue, title, copies = 1, secret = false }: { queue: string; title: string; copies?: number; secret?: boolean }): Promise<Delivery> {
      const { jobId } = await printer.print(pdf, { printer: queue, copies, media: 'A4', duplex: false, title })
      if (secret) {
        secretJobs.add(jobId)
        forgetWhenEnded(jobId).catch((cause: unknown) => log.error('print job not followed', { cause }))
      }
      return { jobId, printer: queue }
    },

    /** Asked before anything is changed, so that «Отмена» changes nothing. */
    async choosePath(suggestedName: string): Promise<string> {
      const path = await chooseFile(suggestedName)
      if (path === null) throw new AppError('conflict', 'saveCancelled')
      return path
    },

    async save(pdf: Uint8Array, path: string): Promise<Delivery> {
      try {
        await writeFile(path, pdf, { mode: 0o600 })
      } catch (cause) {
        throw new AppError('printerUnavailable', 'fileNotWritten', { error: cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown' })
      }
      return { fileName: basename(path) }
    },

    /**
     * For a program that ends: a sheet with a secret that still waits, before a jammed printer for instance, is withdrawn. Printed later, it would
     * lie open before whoever comes by; a new one takes a minute.
     */
    withdrawSecrets: () => Promise.allSettled([...secretJobs].map(forget)),
  }
}

export type Sheets = ReturnType<typeof sheets>
