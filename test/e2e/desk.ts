import { type ElectronApplication, expect, type Page, test } from '@playwright/test'
import { launchOkno, type RunningOkno } from '../support/launch'
import { copyOfOffice, databaseProcesses, forgetFolder } from './office'
import { SignIn } from './screens/sign-in'

/** The running program of a file of tests and the data folder it works on. */
export interface Desk {
  readonly page: Page
  readonly app: ElectronApplication
  readonly data: string
  readonly settings: string
}

interface DeskOptions {
  /** Who signs in first; nobody unless said. */
  as?: 'operator' | 'supervisor' | 'admin'
  /** Makes the data folder; a copy of the training office unless another is needed. */
  office?: () => Promise<string>
  env?: () => Promise<Record<string, string | undefined>>
  /** Of the page; null leaves it as the program opened its window. */
  size?: { width: number; height: number } | null
  /** `expected` for tests that provoke complaints. */
  defects?: 'none' | 'expected'
}

/**
 * One program for the tests of a file, on a copy of the training office. After every test it must have thrown nothing, and after the last one
 * it must leave no database behind.
 */
export function openDesk({ as, office = () => Promise.resolve(copyOfOffice()), env, size = { width: 1366, height: 768 }, defects: allowed = 'none' }: DeskOptions = {}): Desk {
  let running: RunningOkno
  let data = ''
  let defects: string[] = []

  test.beforeAll(async () => {
    data = await office()
    running = await launchOkno({ data, env: env ? await env() : {} })
    watchForDefects(running.page, (defect) => defects.push(defect))
    if (size) await running.page.setViewportSize(size)
    if (as) await new SignIn(running.page).as(as)
  })

  test.afterEach(async ({ browserName: _ }, info) => {
    if (info.status !== info.expectedStatus) await info.attach('screen', { body: await running.page.screenshot(), contentType: 'image/png' })
    const seen = defects
    defects = []
    if (allowed === 'none') expect(seen, 'what the page complained about').toEqual([])
  })

  test.afterAll(async () => {
    await running.close()
    const left = databaseProcesses(data)
    forgetFolder(data)
    expect(left, 'processes of the database after the program has left').toEqual([])
  })

  return {
    get page() {
      return running.page
    },
    get app() {
      return running.app
    },
    get data() {
      return data
    },
    get settings() {
      return running.settings
    },
  }
}

/** Errors nobody caught and complaints of the page about its own rules (CSP, Vue). */
export function watchForDefects(page: Page, seen: (defect: string) => void): void {
  page.on('pageerror', (error) => seen(error.stack ?? error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' || (message.type() === 'warning' && message.text().includes('[Vue'))) seen(message.text())
  })
}
