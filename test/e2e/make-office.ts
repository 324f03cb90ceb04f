import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { admin, okno } from './office'

/** One training office for the whole run, made by the command that IT uses; every file of tests works on a copy of its data folder. */
export default async function makeOffice(): Promise<() => void> {
  // For somebody who writes tests: an office made before is used again.
  if (process.env['OKNO_E2E_OFFICE'] && existsSync(process.env['OKNO_E2E_OFFICE'])) return () => undefined
  const folder = mkdtempSync(join(tmpdir(), 'okno-e2e-office-'))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  try {
    const made = await okno(folder, ['init', '--training', '--admin', admin.login], { password: admin.password })
    if (made.exitCode !== 0) throw new Error(`the training office was not made:\n${made.stdout}${made.stderr}`)
  } catch (cause) {
    remove()
    throw cause
  }
  process.env['OKNO_E2E_OFFICE'] = folder
  return remove
}
