import { join } from 'node:path'
import { app, dialog, powerMonitor, type BrowserWindow } from 'electron'
import { createApp, type App } from './app'
import { backupThreads } from './backup/backup-threads'
import { openDataFolder, type DataFolder } from './data-folder'
import { backupFilesByDialog, configurationFilesByDialog, folderByDialog, registerFilesByDialog, savePathByDialog } from './dialogs'
import { emitTo, serve } from './ipc/transport'
import { toAppError } from './ipc/to-app-error'
import { openLog, type Log } from './log'
import { createTrainingOffice, officeExists, openOffice } from './office'
import { openSenderKeys } from './outbox/sealed'
import { startSender, type Sender } from './outbox/sender'
import { openTrainingMailbox } from './outbox/training-mailbox'
import { systemPrinter } from './printing/printer'
import type { BillDrawing } from './printing/worker/drawing'
import { drawingThreads } from './printing/worker/drawing-threads'
import { electronMeans } from './updates/electron-means'
import { isOurPage } from './window'

let office: Awaited<ReturnType<typeof openOffice>> | null = null
/** There is no office in the database of this computer, or it can't be opened. */
let unusable = false
let sender: Sender | null = null
let okno: App | null = null
let left = false
/** The database on its way up: somebody who closes the window meanwhile leaves no server behind that nobody ended. */
let opening: Promise<void> = Promise.resolve()
const openingWithinMs = 15_000
/** The computer goes off: it would not wait for an installer. */
let isShuttingDown = false

/** The program behind its window, whose page is loading: it is answered from the first call on. `built`: the folder of the built files; this one may end in a folder below it. */
export function start(window: BrowserWindow, built: string): void {
  app.on('before-quit', leave)
  powerMonitor.on('shutdown', () => (isShuttingDown = true))
  window.on('session-end', () => (isShuttingDown = true)) // Windows.
  const ours = () => (window.isDestroyed() ? null : window)
  const opened = open(ours, built)
  opened.catch(failToStart)
  serve(async (name, input) => (await opened).dispatch(name, input), ours, isOurPage)
}

/** The application; its database is still being opened when it is there: the page tells what it is doing, and why it can't. */
async function open(ours: () => BrowserWindow | null, built: string): Promise<App> {
  const folder = await openDataFolder()
  const log = openLog(folder.logs)
  ours()?.once('ready-to-show', () => log.info('window shown', { version: app.getVersion(), electron: process.versions.electron, installed: app.isPackaged, ms: Math.round(performance.now()) }))
  let falls = 0
  ours()?.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (left) return
    log.error('page gone', { reason, exitCode })
    if (falls++ < 3) ours()?.reload() // Main keeps the session; the page asks for it.
  })
  const emit = emitTo(ours)
  const drawing = drawingThreads(join(built, 'drawing-thread.js'), log)
  const closeOffice = async (step: string) => {
    const closing = office
    office = null // A sender that is just being made for it is not started.
    await sender?.stop()
    sender = null
    await application.leaveOffice()
    application.tellDatabaseState({ state: 'starting', step })
    await closing?.close()
  }
  const application = createApp({
    folder,
    printer: systemPrinter({ privateFolder: join(folder.path, 'run') }),
    chooseSavePath: savePathByDialog(ours),
    chooseFolder: folderByDialog(ours),
    drawing,
    registerFiles: registerFilesByDialog(ours),
    configurationFiles: configurationFilesByDialog(ours),
    backups: {
      data: folder,
      log,
      jobs: backupThreads(join(built, 'backup-thread.js'), { folder: folder.path, appVersion: app.getVersion(), log }),
      source: () => (office?.owner && !unusable ? { address: office.owner.address, owner: office.owner.login } : null),
      isWithoutOffice: () => unusable,
      closeOffice: () => closeOffice('restoringOffice'),
      openOffice: () => openDatabase(application, options, drawing, emit),
      ...backupFilesByDialog(ours),
    },
    reopen: async () => {
      await closeOffice('connecting')
      await openDatabase(application, options, drawing, emit)
    },
    emit,
    log,
    appVersion: app.getVersion(),
    followChanges: true,
    updates: electronMeans(log),
  })
  okno = application
  void application.updater.start()
  const options = { folder, log, appVersion: app.getVersion(), onStep: (step: string) => application.tellDatabaseState({ state: 'starting', step }) }
  opening = openDatabase(application, options, drawing, emit)
  application.backups.follow()
  return application
}

async function openDatabase(application: App, options: Parameters<typeof openOffice>[0] & { log: Log }, drawing: BillDrawing, emit: ReturnType<typeof emitTo>): Promise<void> {
  try {
    unusable = false
    const opened = await openOffice(options)
    office = opened
    // Started from sources there is nobody to run `okno init`, so a first start makes the training office.
    if (opened.owner && !(await officeExists(opened.owner))) {
      if (app.isPackaged) {
        unusable = true
        application.tellDatabaseState({ state: 'unavailable', code: 'databaseUnavailable', reason: 'noOffice' })
        return
      }
      await createTrainingOffice(opened.owner, options)
    }
    await application.useOffice(opened)
    application.tellDatabaseState({ state: 'ready' })
    // Nobody waits for letters at the sign-in.
    await sendLetters(opened, options, drawing, emit)
  } catch (cause) {
    const { code, reason, details } = toAppError(cause)
    options.log.error('database not opened', { cause })
    unusable = await isEmbedded(options.folder)
    application.tellDatabaseState({ state: 'unavailable', code, reason, details })
  }
}

/** Sends the office's letters from this desk, where it is the one that does; nothing when the office has been left meanwhile. */
async function sendLetters(opened: NonNullable<typeof office>, { folder, log }: { folder: DataFolder; log: Log }, drawing: BillDrawing, emit: ReturnType<typeof emitTo>): Promise<void> {
  if (!opened.outboxLogin) return
  const isTraining = (await opened.training()) !== null
  const mailbox = isTraining ? await openTrainingMailbox((letter) => emit('training.letter', letter)) : null
  const keys = await openSenderKeys(folder)
  if (office !== opened) return void (await mailbox?.close())
  sender = startSender({ address: opened.address, login: opened.outboxLogin, fallback: mailbox?.ways ?? { mail: null, sms: null }, keys, drawBill: drawing.bill, log })
}

/** Whose settings can't be read: nobody knows what would be restored where. */
const isEmbedded = (folder: DataFolder) => folder.readSettings().then(({ database }) => database.kind === 'embedded', () => false)

/** Letters under way and the server are ended before the program is. */
function leave(event: Electron.Event): void {
  if (left) return
  left = true
  event.preventDefault()
  const ends = async () => {
    await Promise.race([opening, new Promise((resolve) => setTimeout(resolve, openingWithinMs))])
    await sender?.stop()
    await okno?.close()
    await office?.close()
    // Last of all: an installer replaces the files that everything above was using.
    await okno?.updater.leave({ ask: !isShuttingDown })
  }
  void ends().finally(() => app.quit())
}

/** Before there is a window: the data folder can't be used. */
function failToStart(cause: unknown): void {
  // Somebody closed the program while it was starting: a page that did not come up any more is no failure.
  if (left) return
  const { reason, details } = toAppError(cause)
  const place = typeof details?.['folder'] === 'string' ? details['folder'] : typeof details?.['file'] === 'string' ? details['file'] : ''
  dialog.showErrorBox('Okno', `Программа не может начать работу: ${reason ?? 'internal'}.\n${place}`)
  app.exit(1)
}
