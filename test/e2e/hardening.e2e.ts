import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { expect, test } from '@playwright/test'
import { openDesk } from './desk'

/*
 * Electron's security checklist (docs/security.md, «Electron»), each point attacked from inside the page, as somebody would who got a script into it. What the page complains
 * about here is its rules at work.
 */
const okno = openDesk({ size: null, defects: 'expected' })

/** Whatever reaches it has got out of the page. */
let outside: Server
let address = ''
const reached: string[] = []

test.beforeAll(async () => {
  outside = createServer((request, response) => {
    reached.push(request.url ?? '')
    response.setHeader('access-control-allow-origin', '*')
    response.end('outside')
  })
  await new Promise<void>((done) => outside.listen(0, '127.0.0.1', done))
  address = `http://127.0.0.1:${(outside.address() as { port: number }).port}`
})
test.afterAll(() => void outside.close())
test.afterEach(async () => {
  expect(reached, 'what got out').toEqual([])
  expect(okno.page.url()).toMatch(/^app:\/\/main\/index\.html/)
})

test('nothing is fetched from outside, whatever asks for it', async () => {
  const answers = await okno.page.evaluate(async (address) => {
    const failed = async (ask: () => Promise<unknown>) => ask().then(() => 'answered', () => 'refused')
    const element = (tag: string, attributes: Record<string, string>) =>
      new Promise((done, refuse) => {
        const made = Object.assign(document.createElement(tag), attributes)
        made.addEventListener('load', done)
        made.addEventListener('error', refuse)
        document.body.append(made)
      })
    return {
      fetch: await failed(() => fetch(`${address}/fetch`)),
      opaque: await failed(() => fetch(`${address}/opaque`, { mode: 'no-cors' })),
      image: await failed(() => element('img', { src: `${address}/image.png` })),
      script: await failed(() => element('script', { src: `${address}/script.js` })),
      style: await failed(() => element('link', { rel: 'stylesheet', href: `${address}/style.css` })),
      beacon: navigator.sendBeacon(`${address}/beacon`, 'secret'),
      socket: await failed(() => new Promise((done, refuse) => {
        const socket = new WebSocket(address.replace('http', 'ws'))
        socket.onopen = done
        socket.onerror = refuse
      })),
      events: await failed(() => new Promise((done, refuse) => {
        const source = new EventSource(`${address}/events`)
        source.onopen = done
        source.onerror = () => (source.close(), refuse(new Error()))
      })),
    }
  }, address)
  // A beacon says that it was queued, not that it was sent: what counts is that nothing arrived.
  expect(answers).toEqual({ fetch: 'refused', opaque: 'refused', image: 'refused', script: 'refused', style: 'refused', beacon: expect.any(Boolean), socket: 'refused', events: 'refused' })
})

test('the network is closed below the policy of the page, too', async () => {
  // As if the policy were not there: asked by the session itself.
  const answer = await okno.app.evaluate(({ session }, address) => session.defaultSession.fetch(`${address}/session`).then(() => 'answered', (cause: unknown) => String(cause)), address)
  expect(answer).toContain('ERR_BLOCKED_BY_CLIENT')
})

test('the page goes nowhere: by a link, a form, a frame, a redirect or a new window', async () => {
  const opened = await okno.page.evaluate((address) => {
    const made = <T extends HTMLElement>(tag: string, attributes: object) => {
      const element = Object.assign(document.createElement(tag), attributes) as T
      document.body.append(element)
      return element
    }
    made<HTMLAnchorElement>('a', { href: `${address}/link` }).click()
    made<HTMLAnchorElement>('a', { href: `${address}/new`, target: '_blank' }).click()
    made<HTMLAnchorElement>('a', { href: 'file:///etc/passwd' }).click()
    made<HTMLFormElement>('form', { action: `${address}/form`, method: 'post' }).submit()
    made('iframe', { src: `${address}/frame` })
    made('iframe', { srcdoc: '<script>parent.leaked = true</script>' })
    made('object', { data: `${address}/object` })
    made('webview', { src: `${address}/webview` })
    location.assign(`${address}/assign`)
    return [window.open(`${address}/open`), window.open('app://main/index.html'), window.open('about:blank')].map((one) => one === null)
  }, address)
  expect(opened).toEqual([true, true, true])
  await expect.poll(() => okno.page.evaluate(() => [document.readyState, 'leaked' in globalThis])).toEqual(['complete', false])
  expect(await okno.app.evaluate(({ BrowserWindow, webContents }) => [BrowserWindow.getAllWindows().length, webContents.getAllWebContents().length])).toEqual([1, 1])
})

test('no code is made from text', async () => {
  // In a turn of its own: what a debugger evaluates may call eval.
  const ran = await okno.page.evaluate(
    () =>
      new Promise<Record<string, unknown>>((done) =>
        setTimeout(() => {
          const made = (make: () => unknown) => {
            try {
              return make()
            } catch (cause) {
              return (cause as Error).name
            }
          }
          const button = document.createElement('button')
          button.setAttribute('onclick', 'globalThis.injected = true')
          button.click()
          const link = Object.assign(document.createElement('a'), { href: 'javascript:globalThis.injected = true' })
          document.body.append(link)
          link.click()
          setTimeout('globalThis.injected = true')
          const worker = made(() => new Worker(URL.createObjectURL(new Blob(['postMessage(1)']))))
          const told = { eval: made(() => (0, eval)('1')), maker: made(() => Function('return 1')()) }
          const ended = (outcome: string) => done({ ...told, worker: outcome, injected: 'injected' in globalThis })
          if (!(worker instanceof Worker)) return ended('refused')
          worker.onmessage = () => ended('ran')
          worker.onerror = () => ended('refused')
        }),
      ),
  )
  expect(ran).toEqual({ eval: 'EvalError', maker: 'EvalError', worker: 'refused', injected: false })
})

test('the page reads no file of the computer and only its own folder', async () => {
  const answers = await okno.page.evaluate(async () => {
    const asked = (path: string, options: RequestInit = {}) => fetch(path, options).then((answer) => answer.status, () => 'refused')
    const paths = ['%2e%2e%2f%2e%2e%2fpackage.json', '..%2fmain%2findex.js', '..%5cmain%5cindex.js', '%00index.html', '%zz', 'index.html%00.js', '/%2fetc%2fpasswd', 'assets']
    return {
      file: await asked('file:///etc/passwd'),
      outside: await Promise.all(paths.map((path) => asked(`app://main/${path}`))),
      host: await asked('app://other/index.html'),
      written: await asked('app://main/index.html', { method: 'POST', body: 'x' }),
      own: await asked('app://main/index.html'),
    }
  })
  expect(answers).toMatchObject({ file: 'refused', written: 405, own: 200 })
  // Some addresses Chromium itself takes for none.
  for (const answer of [...answers.outside, answers.host]) expect([404, 'refused']).toContain(answer)
})

test('the page is served with the policy it names itself, as what it is, for nobody else to embed', async () => {
  const headers = await okno.page.evaluate(async () => Object.fromEntries((await fetch('app://main/index.html')).headers))
  const [, own = ''] = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(readFileSync('src/renderer/index.html', 'utf8')) ?? []
  expect(headers['content-security-policy']).toBe(`${own}; frame-ancestors 'none'`)
  expect(own).toContain("script-src 'self';")
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'content-type': 'text/html; charset=utf-8' })
})

test('every permission and every device is refused', async () => {
  const asked = await okno.page.evaluate(async () => {
    const names = ['camera', 'microphone', 'geolocation', 'notifications', 'midi', 'clipboard-read', 'persistent-storage', 'screen-wake-lock', 'accelerometer']
    const states = await Promise.all(names.map(async (name) => (await navigator.permissions.query({ name: name as PermissionName }).catch(() => ({ state: 'denied' }))).state))
    const refused = (ask: () => unknown) => Promise.resolve().then(ask).then((given) => (Array.isArray(given) && given.length === 0 ? 'nothing' : 'given'), (cause: Error) => cause.name)
    const page = navigator as unknown as Record<'usb' | 'hid' | 'serial' | 'bluetooth', Record<string, (options: object) => Promise<unknown>> | undefined>
    return {
      states,
      devices: {
        camera: await refused(() => navigator.mediaDevices.getUserMedia({ video: true })),
        screen: await refused(() => navigator.mediaDevices.getDisplayMedia({ video: true })),
        clipboard: await refused(() => navigator.clipboard.readText()),
        usb: await refused(() => page.usb?.['getDevices']?.({})),
        hid: await refused(() => page.hid?.['getDevices']?.({})),
        serial: await refused(() => page.serial?.['getPorts']?.({})),
      },
    }
  })
  expect(new Set(asked.states)).toEqual(new Set(['denied']))
  for (const [name, outcome] of Object.entries(asked.devices)) expect(outcome, name).not.toBe('given')
})

test('nothing is downloaded', async () => {
  const begun = await okno.app.evaluate(({ session }) => {
    const seen: boolean[] = []
    session.defaultSession.on('will-download', (event) => setImmediate(() => seen.push(event.defaultPrevented)))
    Object.assign(globalThis, { seen })
    return seen.length
  })
  expect(begun).toBe(0)
  await okno.page.evaluate(() => {
    const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(new Blob(['x'])), download: 'x.exe' })
    document.body.append(link)
    link.click()
  })
  await expect.poll(() => okno.app.evaluate(() => (globalThis as unknown as { seen: boolean[] }).seen)).toEqual([true])
})

test('there are neither DevTools nor a menu that opens them', async () => {
  const found = await okno.app.evaluate(async ({ BrowserWindow, Menu }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents
    contents?.openDevTools()
    for (const [keyCode, modifiers] of [['I', ['control', 'shift']], ['F12', []], ['J', ['control', 'shift']]] as const) contents?.sendInputEvent({ type: 'keyDown', keyCode, modifiers: [...modifiers] })
    // Opening takes turns of the loop; closing what never opened does, too.
    await contents?.executeJavaScript('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
    return { opened: contents?.isDevToolsOpened(), menu: Menu.getApplicationMenu() === null }
  })
  expect(found).toEqual({ opened: false, menu: true })
})

test('a frame that is not the page gets no answer from main', async () => {
  const answer = await okno.app.evaluate(async ({ app, BrowserWindow }) => {
    // A second window with our preload, as if somebody had opened one: it can speak, and is not heard.
    const other = new BrowserWindow({ show: false, webPreferences: { sandbox: true, contextIsolation: true, preload: `${app.getAppPath()}/out/preload/index.js` } })
    await other.loadURL('app://main/index.html')
    const said: unknown = await other.webContents.executeJavaScript("bridge.call('session.status', {})")
    other.destroy()
    return said
  })
  expect(answer).toEqual({ ok: false, failure: { code: 'forbidden', reason: 'untrustedFrame' } })
})

test('letters grow and shrink by keys, as the menu had it', async () => {
  const pressed = (keyCode: string) =>
    okno.app.evaluate(({ BrowserWindow }, keyCode) => BrowserWindow.getAllWindows()[0]?.webContents.sendInputEvent({ type: 'keyDown', keyCode, modifiers: ['control'] }), keyCode)
  const level = () => okno.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.zoomLevel)
  await pressed('=')
  await expect.poll(level).toBe(0.5)
  await pressed('0')
  await expect.poll(level).toBe(0)
})
