import { randomUUID } from 'node:crypto'
import { basename, extname, join } from 'node:path'
import { AppError } from '@shared/errors'
import { app, dialog, shell, type BrowserWindow } from 'electron'
import type { ChooseFolder } from './features/document-batches/document-batches-service'
import type { ConfigurationDeps } from './features/configuration/configuration-service'
import type { BackupsHost } from './features/backups/backups-host'
import type { RegistersDeps } from './features/registers/registers-service'
import type { ChooseFile } from './printing/sheets'

type OurWindow = () => BrowserWindow | null

/** The system's «Сохранить как»; the page proposes neither folder nor name. */
export function savePathByDialog(window: OurWindow): ChooseFile {
  return async (suggestedName) => {
    const extension = extname(suggestedName).slice(1)
    const options = { defaultPath: join(app.getPath('documents'), suggestedName), filters: [{ name: extension.toUpperCase(), extensions: [extension] }] }
    const ours = window()
    const { canceled, filePath } = await (ours ? dialog.showSaveDialog(ours, options) : dialog.showSaveDialog(options))
    return canceled || !filePath ? null : filePath
  }
}

/** Where the files of a batch go. */
export function folderByDialog(window: OurWindow): ChooseFolder {
  return async () => {
    const options: Electron.OpenDialogOptions = { defaultPath: app.getPath('documents'), properties: ['openDirectory', 'createDirectory'] }
    const ours = window()
    const { canceled, filePaths } = await (ours ? dialog.showOpenDialog(ours, options) : dialog.showOpenDialog(options))
    return canceled ? null : (filePaths[0] ?? null)
  }
}

/** Files of configurations, in the same way. */
export function configurationFilesByDialog(window: OurWindow): ConfigurationDeps['files'] {
  const chosen = new Map<string, string>()
  return {
    async choose() {
      const options: Electron.OpenDialogOptions = { defaultPath: app.getPath('documents'), properties: ['openFile'], filters: [{ name: 'JSON', extensions: ['json'] }] }
      const ours = window()
      const { canceled, filePaths } = await (ours ? dialog.showOpenDialog(ours, options) : dialog.showOpenDialog(options))
      const [path] = filePaths
      if (canceled || !path) return null
      const file = randomUUID()
      chosen.set(file, path)
      return { file, fileName: basename(path) }
    },
    open(file) {
      const path = chosen.get(file)
      if (!path) throw new AppError('notFound', 'configurationFile')
      return path
    },
  }
}

/** Backups and their keys. A key goes where whoever makes it says: a memory stick, not this computer. */
export function backupFilesByDialog(window: OurWindow): Pick<BackupsHost, 'chooseFile' | 'chooseFolder' | 'chooseKeyPath'> {
  return {
    async chooseFile(what) {
      const filters = what === 'backup' ? [{ name: 'Okno', extensions: ['age'] }] : [{ name: 'AGE', extensions: ['txt', 'key'] }]
      const options: Electron.OpenDialogOptions = { properties: ['openFile'], filters: [...filters, { name: '*', extensions: ['*'] }] }
      const ours = window()
      const { canceled, filePaths } = await (ours ? dialog.showOpenDialog(ours, options) : dialog.showOpenDialog(options))
      return canceled ? null : (filePaths[0] ?? null)
    },
    chooseFolder: folderByDialog(window),
    chooseKeyPath: savePathByDialog(window),
  }
}

/** Registers chosen in the system's dialog. The page gets a token and never a path, so it can't name a file nobody chose. */
export function registerFilesByDialog(window: OurWindow): RegistersDeps['files'] {
  const chosen = new Map<string, string>()
  return {
    async choose() {
      const options: Electron.OpenDialogOptions = { properties: ['openFile'], filters: [{ name: 'CSV, XLSX', extensions: ['csv', 'txt', 'xlsx'] }] }
      const ours = window()
      const { canceled, filePaths } = await (ours ? dialog.showOpenDialog(ours, options) : dialog.showOpenDialog(options))
      const [path] = filePaths
      if (canceled || !path) return null
      const file = randomUUID()
      chosen.set(file, path)
      return { file, fileName: basename(path) }
    },
    open(file) {
      const path = chosen.get(file)
      if (!path) throw new AppError('notFound', 'registerFile')
      return path
    },
    reveal: (path) => shell.showItemInFolder(path),
  }
}
