import { app } from 'electron'
import { declarePageScheme, openWindow, servePages, showWindow } from './window'

if (app.requestSingleInstanceLock()) {
  declarePageScheme()
  app.on('second-instance', showWindow)
  app.on('window-all-closed', () => app.quit())
  void app.whenReady().then(async () => {
    servePages()
    await openWindow()
  })
} else {
  app.quit()
}
