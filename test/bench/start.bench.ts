import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron } from '@playwright/test'
import { launchOkno } from '../support/launch'
import { figuresOf, type Finding } from './harness'
import { box, signIn } from './window.bench'
import { queriesOf } from './queries'
import type { Topic } from './topic'

/** A window with a word in it, on the same Electron: what no program can go below. */
const minimal = `const { app, BrowserWindow } = require('electron')
app.whenReady().then(() => new BrowserWindow({ width: 1366, height: 768, webPreferences: { sandbox: true } }).loadURL('data:text/html,<input aria-label=ready>'))
app.on('window-all-closed', () => app.quit())`

/** From the start of the process to the sign-in that can be typed into, and on to the first list of hits; beside a minimal window. The database is running. */
export const start: Topic = async ({ office, options }) => {
  const folder = mkdtempSync(join(tmpdir(), 'okno-bench-window-'))
  writeFileSync(join(folder, 'main.js'), minimal)
  writeFileSync(join(folder, 'package.json'), '{"name":"minimal","version":"1.0.0","main":"main.js"}')
  const times = { minimal: [] as number[], signIn: [] as number[], search: [] as number[] }
  const rounds = Math.min(options.rounds, 10)
  try {
    // A name: Enter behind a number of somebody's own opens the card.
    const texts = queriesOf('exact name', office.data, rounds + 1).map(({ text }) => text)
    // In turns, each with a folder of settings that stays, as on a desk. The first start of each fills the caches of the file system.
    for (let round = 0; round <= rounds; round++) {
      let startedAt = performance.now()
      const bare = await _electron.launch({ args: [`--user-data-dir=${join(folder, 'settings')}`, '--disable-gpu', folder] })
      try {
        await (await bare.firstWindow()).getByLabel('ready').waitFor()
        times.minimal.push(performance.now() - startedAt)
      } finally {
        await bare.close()
      }

      startedAt = performance.now()
      const { page, close } = await launchOkno({ data: office.path, settings: join(folder, 'settings of okno') })
      await page.getByLabel('Логин', { exact: true }).waitFor()
      times.signIn.push(performance.now() - startedAt)
      await signIn(page, office.staff.operators[4]!)
      await box(page).fill(texts[round] ?? '')
      await page.keyboard.press('Enter')
      await page.locator('[role=listbox][aria-busy=false] [role=option]').first().waitFor()
      times.search.push(performance.now() - startedAt)
      await close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  const warm = (list: number[]) => figuresOf(list.slice(1), list[0])
  const baseline = warm(times.minimal)
  const finding = (what: string, list: number[], most: number): Finding => {
    const figures = warm(list)
    return { what, times: figures, baseline: { name: 'a minimal window', p50: baseline.p50, p99: baseline.p99 }, target: { text: `p50 ≤ ${most} ×`, met: figures.p50 <= most * baseline.p50 } }
  }
  return [{ what: 'a minimal window', times: baseline }, finding('to sign-in', times.signIn, 2), finding('to the first search, typed without a pause', times.search, 3)]
}
