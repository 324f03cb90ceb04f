import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ElectronApplication, expect } from '@playwright/test'
import { type Cups, cupsIsThere, startCups } from '../support/cups/cups'

export { cupsIsThere }

export const queue = 'OFFICE'
/** Another printer of the office, at the far end of the hall. */
export const otherQueue = 'HALL'

export interface PrintOffice {
  /** For `openDesk({ env })`: the program sees this print server only. */
  env(): Promise<Record<string, string | undefined>>
  /** The sheet that came out `number`-th, 1 is the first. */
  sheet(number: number): Promise<{ pdf: Buffer; options: string }>
  sheets(): number
  /** The printer of the desk stops as told by the reason (RFC 8011: media-jam-error…), until somebody helps it. */
  jam(reason: string): void
  mend(): void
  stop(): Promise<void>
}

/** A real CUPS of the test's own; what it prints lies as PDF in a folder. */
export function printOffice(): PrintOffice {
  let cups: Cups | null = null
  const arrived = (number: number) => cups?.job(`${queue}-${number}`) ?? null
  return {
    async env() {
      if (!cupsIsThere) return { CUPS_SERVER: join(tmpdir(), 'no-print-server-here') }
      cups = await startCups({ [queue]: 'capture', [otherQueue]: 'capture' })
      return { CUPS_SERVER: cups.socket }
    },
    async sheet(number) {
      await expect.poll(() => arrived(number) !== null, { message: `sheet ${number} came out` }).toBe(true)
      const { file, options } = arrived(number)!
      return { pdf: readFileSync(file), options }
    },
    sheets() {
      let count = 0
      while (arrived(count + 1)) count++
      return count
    },
    jam: (reason) => cups?.jam(queue, reason),
    mend: () => cups?.mend(queue),
    async stop() {
      await cups?.stop()
    },
  }
}

/** «Сохранить как» answers with this folder and the name the program proposed; null is «Отмена». */
export async function answerSaveDialog(app: ElectronApplication, folder: string | null): Promise<void> {
  await app.evaluate(({ dialog }, target) => {
    // Electron has two forms of the call; the options are the last argument of both.
    dialog.showSaveDialog = ((...args: unknown[]) => {
      const { defaultPath = '' } = args.at(-1) as Electron.SaveDialogOptions
      const name = defaultPath.split(/[\\/]/).at(-1) ?? ''
      return Promise.resolve(target === null ? { canceled: true, filePath: '' } : { canceled: false, filePath: `${target}/${name}` })
    }) as typeof dialog.showSaveDialog
  }, folder)
}

export async function answerOpenDialog(app: ElectronApplication, file: string): Promise<void> {
  await app.evaluate(({ dialog }, path) => {
    dialog.showOpenDialog = (() => Promise.resolve({ canceled: false, filePaths: [path] })) as typeof dialog.showOpenDialog
  }, file)
}

export function folderForFiles(): string {
  return mkdtempSync(join(tmpdir(), 'okno-e2e-files-'))
}
