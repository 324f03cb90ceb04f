import { ipcMain, type BrowserWindow } from 'electron'
import type { EventName, Events } from '@shared/events'
import type { Result } from '@shared/errors'
import type { Dispatch } from './router'

/** Answers the main frame of our own window while it shows our page, and nobody else: neither a frame that a page might get to embed nor a page that took ours's place. */
export function serve(dispatch: Dispatch, window: () => BrowserWindow | null, isOurPage: (url: string) => boolean): void {
  ipcMain.handle('call', (event, name: unknown, input: unknown): Promise<Result<unknown>> => {
    const ours = window()
    if (!ours || event.sender !== ours.webContents || event.senderFrame !== ours.webContents.mainFrame || !isOurPage(event.senderFrame.url)) {
      return Promise.resolve({ ok: false, failure: { code: 'forbidden', reason: 'untrustedFrame' } })
    }
    return dispatch(String(name), input)
  })
}

/** Events go to our window only. */
export function emitTo(window: () => BrowserWindow | null) {
  return <Name extends EventName>(name: Name, payload: Events[Name]): void => {
    const ours = window()
    if (ours && !ours.isDestroyed()) ours.webContents.send('event', name, payload)
  }
}
