import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from '@playwright/test'
import { launchOkno } from '../support/launch'
import { openDesk } from './desk'
import { copyOfOffice, databaseProcesses, forgetFolder } from './office'

// The window's own size is looked at, so the page is not given one; what it complains about when it is attacked here is its rules at work.
const okno = openDesk({ size: null, defects: 'expected' })

test('the program opens one window of its name, at the size of a small office screen', async () => {
  await expect(okno.page).toHaveTitle(/Okno/)
  expect(okno.page.url()).toMatch(/^app:\/\/main\/index\.html/)
  const windows = () =>
    okno.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().map((window) => ({ visible: window.isVisible(), size: window.getSize(), least: window.getMinimumSize() })),
    )
  await expect.poll(windows).toEqual([{ visible: true, size: [1366, 768], least: [1280, 720] }])
})

test('the first screen loads what it shows: neither charts, nor PDF, nor the other language, nor the pages behind the sign-in', async () => {
  const signIn = okno.page.locator('input[type=password]')
  await expect(signIn).toBeVisible({ timeout: 30_000 })
  const asked = new Set<string>()
  okno.page.on('request', (request) => asked.add(new URL(request.url()).pathname))
  await okno.page.reload()
  await expect(signIn).toBeVisible()
  const files = [...asked].map((name) => join('out/renderer', name))
  expect(files).toContain('out/renderer/index.html')
  expect(files.length).toBeGreaterThan(4)
  expect(files.filter((name) => /ChartCanvas|PdfPreview|AppShell|SearchPage|\/en-/.test(name))).toEqual([])
  // Text as it crosses a network would be gzip; here it is what has to be read and compiled. A screen that grows has to be split, not this number raised.
  const kilobytes = { raw: files.reduce((sum, name) => sum + statSync(name).size, 0) / 1000, gzip: files.reduce((sum, name) => sum + gzipSync(readFileSync(name)).length, 0) / 1000 }
  console.warn(`first load: ${kilobytes.raw.toFixed(0)} kB, ${kilobytes.gzip.toFixed(0)} kB gzip, ${files.length} files`)
  expect(kilobytes.gzip).toBeLessThan(800)
})

test('the page sees the bridge and nothing of Node or Electron', async () => {
  const seen = await okno.page.evaluate(() => ({
    node: ['require', 'process', 'Buffer', 'global', 'module', '__dirname'].filter((name) => name in globalThis),
    bridge: Object.keys((globalThis as unknown as { bridge: object }).bridge),
  }))
  expect(seen).toEqual({ node: [], bridge: ['call', 'on'] })
})

test('every process of the page runs in the sandbox settings of the program', async () => {
  const settings = await okno.app.evaluate(({ BrowserWindow }) => {
    // Not part of the public types, and the only way to ask what a running window was made with.
    const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> }
    const { sandbox, contextIsolation, nodeIntegration, webSecurity } = contents.getLastWebPreferences()
    return { sandbox, contextIsolation, nodeIntegration, webSecurity }
  })
  expect(settings).toEqual({ sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true })
})

test('a link cannot take the operator away from the program', async () => {
  const prevented = okno.app.evaluate(
    ({ BrowserWindow }) =>
      new Promise((heard) => {
        BrowserWindow.getAllWindows()[0]?.webContents.once('will-frame-navigate', (event) => setImmediate(() => heard(event.defaultPrevented)))
      }),
  )
  await okno.page.evaluate(() => {
    location.href = 'https://example.invalid/'
  })
  expect(await prevented).toBe(true)
  expect(okno.page.url()).toMatch(/^app:\/\/main\/index\.html/)
})

test('the page cannot open a second window', async () => {
  expect(await okno.page.evaluate(() => window.open('https://example.invalid/'))).toBeNull()
  expect(okno.app.windows()).toHaveLength(1)
})

test('the page cannot run code that did not come with the program', async () => {
  const ran = await okno.page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'globalThis.injected = true'
    document.head.append(script)
    return 'injected' in globalThis
  })
  expect(ran).toBe(false)
})

test('the page cannot read files beside its own folder', async () => {
  const answers = await okno.page.evaluate(async () => {
    const status = async (path: string) => (await fetch(path)).status
    return { own: await status('app://main/index.html'), above: await status('app://main/%2e%2e%2f%2e%2e%2fpackage.json'), missing: await status('app://main/none.js') }
  })
  expect(answers).toEqual({ own: 200, above: 404, missing: 404 })
})

test('a page is refused the camera, the place and notifications', async () => {
  const states = await okno.page.evaluate(() =>
    Promise.all(['camera', 'geolocation', 'notifications'].map(async (name) => (await navigator.permissions.query({ name: name as PermissionName })).state)),
  )
  expect(states).toEqual(['denied', 'denied', 'denied'])
})

test('a program closed before its page has come up leaves without a word', async () => {
  const data = copyOfOffice()
  const running = await launchOkno({ data })
  await running.close()
  expect(databaseProcesses(data)).toEqual([])
  forgetFolder(data)
})
