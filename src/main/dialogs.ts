import { randomUUID } from 'node:crypto'
import { basename, join } from 'node:path'
import { app, dialog, shell, type BrowserWindow } from 'electron'
import type { RegisterFiles } from './features/registers/registers-service'
import type { ChooseFile } from './printing/sheets'

type OurWindow = () => BrowserWindow | null

/** The system's «Сохранить как»; the page proposes neither folder nor name. */
export function savePathByDialog(window: OurWindow): ChooseFile {
  return async (suggestedName) => {
    const options = { defaultPath: join(app.getPath('documents'), suggestedName), filters: [{ name: 'PDF', extensions: ['pdf'] }] }
    const ours = window()
    const { canceled, filePath } = await (ours ? dialog.showSaveDialog(ours, options) : dialog.showSaveDialog(options))
    return canceled || !filePath ? null : filePath
  }
}
