import { randomUUID } from 'node:crypto'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '@shared/errors'
import type { Printer, PrinterInfo } from './printer'

const sides = { none: 'simplex', long: 'duplexlong', short: 'duplexshort' } as const

/**
 * Printing through the Windows queues. SumatraPDF, which pdf-to-printer brings along, reads only files, so the sheet is a file for the moment of
 * printing: in the application's private folder (a user's own profile on Windows; mode 600 elsewhere), under a random name, removed in any case.
 * Windows does not tell this way what became of a job, so a job handed over stays `queued` with reason `notFollowed`.
 */
export function windowsPrinter({ privateFolder }: { privateFolder: string }): Printer {
  const folder = join(privateFolder, 'printing')
  // What a crash left behind must not outlive the next start. A print waits for this, lest its own file be swept away.
  const swept = rm(folder, { recursive: true, force: true }).catch(() => undefined)

  async function printers(): Promise<PrinterInfo[]> {
    // Loaded here only: the package refuses other systems when it is used.
    const windows = await import('pdf-to-printer')
    const [all, main] = await Promise.all([windows.getPrinters(), windows.getDefaultPrinter()]).catch(() => {
      throw new AppError('printerUnavailable', 'printSystemStopped')
    })
    return all.map(({ name, paperSizes }) => ({
      name, isDefault: name === main?.name, state: 'ready', trouble: null, message: null, trays: null, canDuplex: null,
      paper: paperSizes.length === 0 ? null : (['A4', 'A5'] as const).filter((size) => paperSizes.some((paper) => paper.split(' ')[0] === size)),
    }))
  }

  return {
    printers,

    async print(pdf, { printer, copies, media, duplex, tray }) {
      if (!Number.isInteger(copies) || copies < 1 || copies > 99) throw new AppError('invalidInput', 'copiesOutOfRange')
      const known = await printers()
      const queue = known.find(({ name, isDefault }) => (printer === undefined ? isDefault : name === printer))
      if (!queue) {
        throw printer === undefined ? new AppError('printerUnavailable', 'noDefaultPrinter') : new AppError('printerUnavailable', 'unknownPrinter', { printer })
      }
      const jobId = randomUUID()
      const file = join(folder, `${jobId}.pdf`)
      await swept
      await mkdir(folder, { recursive: true, mode: 0o700 })
      try {
        await writeFile(file, pdf, { mode: 0o600 })
        await chmod(file, 0o600)
        const windows = await import('pdf-to-printer')
        await windows.print(file, { printer: queue.name, copies, paperSize: media, side: sides[duplex], scale: 'noscale', silent: true, ...(tray ? { bin: tray } : {}) })
      } catch {
        throw new AppError('printerUnavailable', 'printFailed', { printer: queue.name })
      } finally {
        await rm(file, { force: true })
      }
      return { jobId }
    },

    async jobState() {
      return { state: 'queued', reason: 'notFollowed', message: null }
    },

    // Handed over, it is the spooler's: its own window cancels it.
    cancel: () => Promise.reject(new AppError('printerUnavailable', 'jobNotCancelled')),

    jobsTitled: () => Promise.resolve([]),

    // The spooler drops a document when it is printed.
    async forget() {},
  }
}
