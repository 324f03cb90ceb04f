import { join, normalize, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { app, BrowserWindow, net, protocol, session } from 'electron'

const pages = join(__dirname, '../renderer')
const start = 'app://main/index.html'

/** The page is served from `app://main/`, not from `file:`, so that it has an origin of its own. Call before the app is ready. */
export function declarePageScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } }])
}

/** Serves the built page and nothing outside its folder, and refuses every permission a page can ask for. */
export function servePages(): void {
  protocol.handle('app', (request) => {
    const { host, pathname } = new URL(request.url)
    const file = normalize(join(pages, decodeURIComponent(pathname)))
    if (host !== 'main' || !file.startsWith(pages + sep)) return new Response(null, { status: 404 })
    return net.fetch(pathToFileURL(file).toString()).catch(() => new Response(null, { status: 404 }))
  })
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  session.defaultSession.setPermissionCheckHandler(() => false)
}

/** The operator's window: sandboxed, and it neither leaves its page nor opens another. */
export async function openWindow(): Promise<BrowserWindow> {
  const window = new BrowserWindow({
    title: 'Okno',
    width: 1366,
    height: 768,
    minWidth: 1280,
    minHeight: 720,
    show: false,
    autoHideMenuBar: true,
    webPreferences: {
      preload: join(__dirname, '../preload/index.js'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false, // Chromium would fetch its dictionary from the internet.
    },
  })
  window.once('ready-to-show', () => window.show())
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }))
  window.webContents.on('will-navigate', (event) => event.preventDefault())

  // `npm run dev` names the server that Vite rebuilds the page on.
  const development = app.isPackaged ? undefined : process.env['ELECTRON_RENDERER_URL']
  await window.loadURL(development ?? start)
  return window
}

/** A second start of the program brings the first one forward. */
export function showWindow(): void {
  const [window] = BrowserWindow.getAllWindows()
  if (window?.isMinimized()) window.restore()
  window?.focus()
}
