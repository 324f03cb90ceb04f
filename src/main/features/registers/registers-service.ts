import { mkdir, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { firstDay } from '@shared/domain/dates'
import type { ContactExport, ReadingExport, RegisterProgress, SavedMapping } from '@shared/contract/registers'
import { AppError } from '@shared/errors'
import type { Database } from '../../db/database'
import type { Service } from '../../ipc/context'
import type { ChooseFile } from '../../printing/sheets'
import { saveWhole } from '../../whole-file'
import { checkRegister } from './check-register'
import { importRegister } from './import-register'
import { previewRegister } from './preview-register'
import { checkMapping } from './register-mapping'
import type { RegisterWatching } from './watch/register-watch'
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
    /** A folder may be named by its path. */
    anyFolder?: true
  }
  /** Where a file for billing goes. */
  chooseSavePath: ChooseFile
  folders: { verdicts: string }
  chooseFolder: () => Promise<string | null>
  watching: RegisterWatching
  progress: (event: RegisterProgress) => void
}

export function registersService({ files, chooseSavePath, folders, chooseFolder, watching, progress }: RegistersDeps): Service<'registers'> {
  const running = new Map<string, AbortController>()
  const chosenFolders = new Set<string>()

  /** Under an id that `cancel` knows. */
  async function until<T>(id: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (running.has(id)) throw new AppError('conflict', 'importRunning')
    const controller = new AbortController()
    running.set(id, controller)
    try {
      return await work(controller.signal)
    } finally {
      running.delete(id)
    }
  }

  return {
    chooseFile: () => files.choose(),

    preview: async ({ file, kind, mapping }, { db }) => previewRegister(db, { path: files.open(file), kind, mapping }),

    check: ({ checkId, file, kind, mapping }, { db }) => until(checkId, (signal) => checkRegister(db, { checkId, path: files.open(file), kind, mapping, signal, onProgress: progress })),

    run: ({ operationId, file, kind, mapping }, { db }) =>
      until(operationId, async (signal) => {
        const path = files.open(file)
        await mkdir(folders.verdicts, { recursive: true })
        const verdictPath = join(folders.verdicts, verdictName(kind, operationId))
        return importRegister(db, { kind, path, fileName: basename(path), mapping, batchId: operationId, verdictPath, signal, onProgress: progress })
      }),

    mappings: (_input, { db }) => db.call<SavedMapping[]>('register_mappings'),

    async saveMapping({ kind, provider, columns, fixed, baseVersion }, { db }) {
      checkMapping(kind, { columns, fixed })
      return db.call<SavedMapping>('register_mapping_save', { kind, provider, columns: JSON.stringify(columns), fixed: JSON.stringify(fixed), baseVersion })
    },

    removeMapping: async (which, { db }) => ({ removed: await db.call<boolean>('register_mapping_remove', which) }),

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
      const fileName = await saveWhole(path, exportParts(db, 'reading_export_bytes', batchId, parts), 'exportNotWritten')
      return { batchId, rows, cancelled, fileName }
    },

    async exportContacts({ again, ...rest }, { db }) {
      const path = await chooseSavePath(`Контакты${rest.provider === null ? '' : ` ${rest.provider}`}.csv`)
      if (path === null) throw new AppError('conflict', 'saveCancelled')
      const { batchId, rows, parts } = await db.call<ContactExport & { parts: number }>('contact_export', { ...rest, again })
      const fileName = await saveWhole(path, exportParts(db, 'contact_export_bytes', batchId, parts), 'exportNotWritten')
      return { batchId, rows, fileName }
    },

    contactExports: (_input, { db }) => db.call<ContactExport[]>('contact_exports'),

    watch: () => watching.tell(),

    async chooseWatchFolder() {
      const folder = await chooseFolder()
      if (folder === null) return null
      chosenFolders.add(folder)
      return { folder }
    },

    async saveWatch(watch) {
      const { settings } = await watching.tell()
      if (!files.anyFolder && watch.folder !== settings?.folder && !chosenFolders.has(watch.folder)) throw new AppError('forbidden', 'watchFolderNotChosen')
      await watching.save(watch)
      return watching.tell()
    },

    watchNow: (_input, { db }) => watching.pass(db),

    exports: (_input, { db }) => db.call<ReadingExport[]>('reading_exports'),
  }
}

/** A batch given to billing, as the database keeps it. A file that could not be written is asked for again: the batch stands. */
async function* exportParts(db: Database, name: string, batchId: string, parts: number): AsyncGenerator<Buffer> {
  for (let n = 0; n < parts; n++) yield Buffer.from(await db.call<string>(name, { batchId, n }), 'base64')
}

const verdictName = (kind: string, batchId: string) => `${kind}-${new Date().toISOString().slice(0, 10)}-${batchId}.csv`
