import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, type ElectronApplication, type Page } from '@playwright/test'

export interface RunningOkno {
  app: ElectronApplication
  page: Page
  /** Closes the program and forgets what it stored. */
  close(): Promise<void>
}

/** Starts the built program as an operator would, with an empty settings folder of its own unless one is given. */
export async function launchOkno({ env = {}, settings }: { env?: Record<string, string>; settings?: string } = {}): Promise<RunningOkno> {
  if (!existsSync('out/main/index.js')) throw new Error('the program is not built: npm run build')
  const folder = settings ?? mkdtempSync(join(tmpdir(), 'okno-e2e-'))
  const inherited = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined))
  const app = await _electron.launch({ args: [`--user-data-dir=${folder}`, '--disable-gpu', '.'], env: { ...inherited, LANG: 'ru_RU.UTF-8', ...env } })
  const page = await app.firstWindow()
  return {
    app,
    page,
    async close() {
      await app.close()
      if (settings === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
