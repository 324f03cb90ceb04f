import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, type ElectronApplication, type Page } from '@playwright/test'

export interface LaunchOptions {
  /** The data folder (OKNO_DATA). */
  data: string
  /** What Electron itself keeps; an empty folder of its own unless one is given. Two programs with the same one are one desk. */
  settings?: string
  env?: Record<string, string | undefined>
}

export interface RunningOkno {
  app: ElectronApplication
  page: Page
  settings: string
  /** Asks the program to leave, as closing its window does, and waits until it has. The data folder stays. */
  close(): Promise<void>
}

export function launchArguments(settings: string): string[] {
  return [`--user-data-dir=${settings}`, '--disable-gpu', '.']
}

export function launchEnvironment(data: string, env: Record<string, string | undefined> = {}): Record<string, string> {
  const all = { ...process.env, LANG: 'ru_RU.UTF-8', TZ: 'Europe/Moscow', OKNO_DATA: data, ...env }
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** Starts the built program as an operator would. */
export async function launchOkno({ data, settings, env }: LaunchOptions): Promise<RunningOkno> {
  if (!existsSync('out/main/index.js')) throw new Error('the program is not built: npm run build')
  const folder = settings ?? mkdtempSync(join(tmpdir(), 'okno-e2e-settings-'))
  const app = await _electron.launch({ args: launchArguments(folder), env: launchEnvironment(data, env) })
  const page = await app.firstWindow()
  return {
    app,
    page,
    settings: folder,
    async close() {
      await app.close()
      if (settings === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
