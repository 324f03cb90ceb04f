import { join } from 'node:path'
import { app } from 'electron'
import { commandIn, runInThread } from './headless/in-thread'
import { declarePageScheme, showWindow } from './window'

const command = commandIn(process.argv)
if (command) app.exit(runInThread(join(__dirname, 'okno.js'), command))
else if (app.requestSingleInstanceLock()) {
  declarePageScheme()
  app.on('second-instance', showWindow)
  app.on('window-all-closed', () => app.quit())
  const program = import('./program')
  void Promise.all([program, app.whenReady()]).then(([{ start }]) => start())
} else {
  app.quit()
}
