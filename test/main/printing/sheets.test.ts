import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openDataFolder } from '../../../src/main/data-folder'
import { silentLog } from '../../../src/main/log'
import { runProgram, systemPrinter } from '../../../src/main/printing/printer'
import { sheets } from '../../../src/main/printing/sheets'

const path = mkdtempSync(join(tmpdir(), 'okno-sheets-'))
afterAll(() => rmSync(path, { recursive: true }))

test('two files saved within one second are proposed two names, and neither replaces the other subscriber’s', async () => {
  const folder = await openDataFolder({ OKNO_DATA: path })
  const proposed: string[] = []
  const saved = sheets({
    printer: systemPrinter({ run: runProgram({}), privateFolder: folder.path }),
    folder,
    chooseFile: (name) => Promise.resolve(proposed[proposed.push(name) - 1]!),
    log: silentLog,
  })
  for (let sheet = 0; sheet < 3; sheet++) await saved.choosePath('Памятка абонента')
  expect(new Set(proposed).size).toBe(3)
  expect(proposed).toEqual([...proposed].sort())
  for (const name of proposed) expect(name).toMatch(/^Памятка абонента \d{4}-\d\d-\d\d \d\d-\d\d-\d\d\.pdf$/)
})
