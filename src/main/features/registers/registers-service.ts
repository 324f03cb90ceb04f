import { mkdir, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { firstDay } from '@shared/domain/dates'
import type { ReadingExport, RegisterProgress } from '@shared/contract/registers'
import { AppError } from '@shared/errors'
import type { Service } from '../../ipc/context'
import type { ChooseFile } from '../../printing/sheets'
import { exportReadings } from './export-readings'
import { importRegister, previewRegister } from './import-register'
import type { StoredBatch } from './registers-repository'

export interface RegistersDeps {
  /**
   * The page may be hostile, so it holds tokens of files a person chose in the system's dialog. The commands of IT pass paths: there a token is the path.
   */
  files: {
    /** Null when the dialog was closed. */
    choose(): Promise<{ file: string; fileName: string } | null>
    /** Path of a token; throws AppError notFound for one it did not give out. */
    open(file: string): string
    reveal(path: string): void
  }
  /** Where a file for billing goes. */
  chooseSavePath: ChooseFile
  folders: { verdicts: string }
  progress: (event: RegisterProgress) => void
}

export function registersService({ files, chooseSavePath, folders, progress }: RegistersDeps): Service<'registers'> {
  const running = new Map<string, AbortController>()

  return {
    chooseFile: () => files.choose(),

    preview: async ({ file, kind }, { db }) => previewRegister(db, { path: files.open(file), ...(kind && { kind }) }),

    async run({ operationId, file, kind }, { db }) {
      const path = files.open(file)
      if (running.has(operationId)) throw new AppError('conflict', 'importRunning')
      const controller = new AbortController()
      running.set(operationId, controller)
      try {
        await mkdir(folders.verdicts, { recursive: true })
        const verdictPath = join(folders.verdicts, verdictName(kind, operationId))
        return await importRegister(db, { kind, path, fileName: basename(path), batchId: operationId, verdictPath, signal: controller.signal, onProgress: progress })
      } finally {
        running.delete(operationId)
      }
    },

    cancel({ batchId }) {
      const controller = running.get(batchId)
      controller?.abort()
      return { cancelled: controller !== undefined }
    },

    async showVerdict({ batchId }) {
      const names = await readdir(folders.verdicts).catch(() => [])
      const name = names.find((name) => name.endsWith(`-${batchId}.csv`))
      if (name) files.reveal(join(folders.verdicts, name))
      return { shown: name !== undefined }
    },

    history: (_input, { db }) => db.call<StoredBatch[]>('register_history'),

    async exportReadings({ period, again, ...rest }, { db }) {
      // Asked before anything is marked, so that «Отмена» changes nothing.
      const path = await chooseSavePath(`Показания ${period}${rest.provider === null ? '' : ` ${rest.provider}`}.csv`)
      if (path === null) throw new AppError('conflict', 'saveCancelled')
      const { batchId, rows, cancelled, parts } = await db.call<ReadingExport & { parts: number }>('reading_export', { ...rest, period: firstDay(period), again })
      const fileName = await exportReadings(path, parts, async (n) => Buffer.from(await db.call<string>('reading_export_bytes', { batchId, n }), 'base64'))
      return { batchId, rows, cancelled, fileName }
    },

    exports: (_input, { db }) => db.call<ReadingExport[]>('reading_exports'),
  }
}

const verdictName = (kind: string, batchId: string) => `${kind}-${new Date().toISOString().slice(0, 10)}-${batchId}.csv`
