import { join } from 'node:path'
import { app } from 'electron'
import { commandIn, runInThread } from './headless/in-thread'
import { refusedSwitch } from './refused-switches'
import { declarePageScheme, openWindow, servePages, showWindow } from './window'

const command = commandIn(process.argv)
const refused = app.isPackaged ? refusedSwitch(process.argv.slice(1)) : null
if (refused !== null) {
  console.error(`Okno: ${refused} is refused.`)
  app.exit(2)
} else if (command) {
  app.exit(runInThread(join(__dirname, 'okno.js'), command))
} else if (app.requestSingleInstanceLock()) {
  declarePageScheme()
  app.on('second-instance', showWindow)
  app.on('window-all-closed', () => app.quit())
  void app.whenReady().then(async () => {
    servePages()
    const window = openWindow()
    // Its process comes up meanwhile.
    const { start } = await import('./program')
    start(window, __dirname)
  })
} else {
  app.quit()
}
