import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import { app, BrowserWindow, Menu, protocol, session, type Session, type WebContents } from 'electron'

const pages = join(__dirname, '../renderer')
const origin = 'app://main'

/** `npm run dev` names the server that Vite rebuilds the page on. Never in an installed program. */
const development = app.isPackaged ? undefined : process.env['ELECTRON_RENDERER_URL']

/** The page says the same of itself (index.html); a frame can only be forbidden by a header. Naive UI writes <style> elements while it runs. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-src 'none'; frame-ancestors 'none'"

/** What a page consists of. Anything else in its folder is not served. */
const kinds: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ttf': 'font/ttf',
  '.woff2': 'font/woff2',
}

const headers = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-dns-prefetch-control': 'off',
}

/** The page is served from `app://main/`, not from `file:`, so that it has an origin of its own. Call before the app is ready. */
export function declarePageScheme(): void {
  // Root can have none (a container).
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
  protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } }])
}

/** Whether a frame shows our page: the one whose calls are answered. */
export function isOurPage(url: string): boolean {
  return url.startsWith(`${origin}/index.html`) || (development !== undefined && url.startsWith(development))
}

/** Serves the built page and nothing outside its folder; refuses whatever else a page can ask of the computer or the network. */
export function servePages(): void {
  protocol.handle('app', answer)
  closeSession(session.defaultSession)
  app.on('web-contents-created', (_event, contents) => closeContents(contents))
  // The usual menu opens DevTools, reloads the page under a draft and closes the window by a key. macOS needs one to copy and paste.
  Menu.setApplicationMenu(process.platform === 'darwin' ? Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }]) : null)
}

async function answer(request: Request): Promise<Response> {
  if (request.method !== 'GET') return new Response(null, { status: 405, headers })
  const file = fileOf(request.url)
  const kind = file && kinds[extname(file)]
  if (!file || !kind) return new Response(null, { status: 404, headers })
  try {
    return new Response(new Uint8Array(await readFile(file)), { headers: { ...headers, 'content-type': kind } })
  } catch {
    return new Response(null, { status: 404, headers })
  }
}

/** The file an address means, null when it means none of the page's. */
function fileOf(address: string): string | null {
  try {
    const { host, pathname } = new URL(address)
    const path = decodeURIComponent(pathname)
    const file = normalize(join(pages, path))
    return host === 'main' && !path.includes('\0') && file.startsWith(pages + sep) ? file : null
  } catch {
    return null // `%zz` is no address.
  }
}

/** No permission, no device, no download, no network: main speaks to the database and the feed by itself. */
function closeSession(ours: Session): void {
  ours.setPermissionRequestHandler((_contents, _permission, decide) => decide(false))
  ours.setPermissionCheckHandler(() => false)
  ours.setDevicePermissionHandler(() => false)
  ours.on('select-hid-device', (event, _details, choose) => (event.preventDefault(), choose(null)))
  ours.on('select-serial-port', (event, _ports, _contents, choose) => (event.preventDefault(), choose('')))
  ours.on('select-usb-device', (event, _details, choose) => (event.preventDefault(), choose()))
  ours.on('will-download', (event) => event.preventDefault())
  ours.webRequest.onBeforeRequest(({ url }, decide) => decide({ cancel: !isLocal(url) }))
}

/** Ours, or made by the page in memory. */
function isLocal(url: string): boolean {
  const { protocol: scheme, host } = new URL(url)
  if (scheme === 'app:' || scheme === 'blob:' || scheme === 'data:') return true
  return development !== undefined && (scheme === 'devtools:' || host === new URL(development).host)
}

/** Whatever contents there will be: they neither leave their page nor open another, embed nothing and reach nobody. */
function closeContents(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  contents.on('will-navigate', (event) => event.preventDefault())
  contents.on('will-frame-navigate', (event) => event.preventDefault())
  contents.on('will-redirect', (event) => event.preventDefault())
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.on('select-bluetooth-device', (event, _devices, choose) => (event.preventDefault(), choose('')))
  contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp')
  contents.on('before-input-event', (event, { type, control, meta, alt, key }) => {
    // The menu had these. Larger letters are for somebody who sees badly.
    if (type !== 'keyDown' || alt || !(control || meta)) return
    const level = { '+': contents.zoomLevel + 0.5, '=': contents.zoomLevel + 0.5, '-': contents.zoomLevel - 0.5, '0': 0 }[key]
    if (level === undefined) return
    contents.setZoomLevel(Math.max(-2, Math.min(4, level)))
    event.preventDefault()
  })
}

/** The operator's window: sandboxed, and it shows our page only, which is loading when this returns. */
export function openWindow(): BrowserWindow {
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
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      navigateOnDragDrop: false,
      webviewTag: false,
      devTools: development !== undefined,
      spellcheck: false, // Chromium would fetch its dictionary from the internet.
    },
  })
  window.once('ready-to-show', () => window.show())
  // A window closed before its page has come up is no failure.
  window.loadURL(development ?? `${origin}/index.html`).catch(() => undefined)
  return window
}

/** A second start of the program brings the first one forward. */
export function showWindow(): void {
  const [window] = BrowserWindow.getAllWindows()
  if (window?.isMinimized()) window.restore()
  window?.focus()
}
