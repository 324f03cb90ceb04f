import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { cupsIsThere, startCups, type Cups } from '../../../support/cups/cups'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf } from '../../../support/visit'
import { filter, flats, house, pagesOf } from './houses'
import type { KilledRun } from './killed-run'

const repository = resolve(import.meta.dirname, '../../../..')
const programFolder = join(repository, 'node_modules', '.tmp', `killed-run-${process.pid}`)
const soon = { timeout: 30_000, interval: 50 }
/** Houses of as many flats, each a job of its own. OKNO_KILL_FLATS=200 OKNO_KILL_HOUSES=50 is ten thousand sheets. */
const perHouse = Number(process.env['OKNO_KILL_FLATS'] ?? 13)
const houseCount = Number(process.env['OKNO_KILL_HOUSES'] ?? 3)

describe.skipIf(!cupsIsThere)('a batch whose program was killed', { timeout: 60_000 + perHouse * houseCount * 100 }, () => {
  let office: TestOffice
  let senior: TestDesk
  let cups: Cups
  let printedBefore: Set<string>
  beforeAll(async () => {
    cups = await startCups({ OFFICE: 'capture' })
    await build({
      configFile: false, logLevel: 'error', resolve: { alias: { '@shared': join(repository, 'src/shared') } },
      build: { ssr: join(import.meta.dirname, 'killed-run.ts'), outDir: programFolder, emptyOutDir: true, rollupOptions: { output: { format: 'cjs', entryFileNames: 'killed-run.cjs' } } },
    })
  }, 120_000)
  afterAll(async () => {
    await cups.stop()
    rmSync(programFolder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    office = await openTestOffice()
    senior = await office.desk('senior', { printingEnv: { CUPS_SERVER: cups.socket } })
    printedBefore = new Set(outputs())
  }, 60_000)
  afterEach(() => office.close())

  const outputs = () => readdirSync(join(dirname(cups.socket), 'out')).filter((name) => name.endsWith('.bin'))
  const paper = () => outputs().filter((name) => !printedBefore.has(name)).flatMap((name) => pagesOf(readFileSync(join(dirname(cups.socket), 'out', name))))
  const output = { how: 'print', printer: null, perJob: perHouse + 1 } as const
  const total = perHouse * houseCount

  async function batchOfHouses(): Promise<string> {
    for (let number = 1; number <= houseCount; number++) await house(office.owner, String(number), flats(perHouse))
    return (await senior.api.documentBatches.create({ operationId: operation(), name: 'Пакетная', filter: filter(), separators: true })).batchId
  }
  /** Kills a desk in the middle of a job; the database has noticed when this resolves. */
  async function kill(batchId: string, at: KilledRun['at'], job: number): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'okno-killed-'))
    try {
      const { login, password } = staff.senior
      const given: KilledRun = { folder, address: office.deskAddress, login, password, cups: cups.socket, batchId, perJob: perHouse + 1, at, job }
      const child = spawn(process.execPath, [join(programFolder, 'killed-run.cjs'), JSON.stringify(given)], { stdio: ['ignore', 'pipe', 'inherit'] })
      const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
      expect(line).toBe('stopped')
      child.kill('SIGKILL')
      await once(child, 'exit')
      await vi.waitFor(async () => {
        const { rows } = await office.owner.raw(`select count(*)::int as n from pg_stat_activity where datname = ? and usename = ? and state <> 'idle'`, [office.address.database, login])
        expect(rows[0].n).toBe(0)
      }, soon)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  /** Everybody has one bill, none is marked as a duplicate, each is counted once, the sheets are numbered through. */
  async function expectOneEach(): Promise<void> {
    const pages = paper()
    const accounts = pages.flatMap(({ account }) => account ?? [])
    expect(new Set(accounts).size).toBe(total)
    expect(accounts).toHaveLength(total)
    expect(pages.filter(({ text }) => text.includes('ДУБЛИКАТ'))).toEqual([])
    expect(pages.map(({ sheet }) => sheet).sort((a, b) => (a ?? 0) - (b ?? 0))).toEqual(Array.from({ length: total + houseCount }, (_, index) => index + 1))
    const { rows } = await office.owner.raw(`select min(issues) as least, max(issues) as most, count(*)::int as n from payment_document d join account a on a.id = d.account_id where a.number like 'П%'`)
    expect(rows).toEqual([{ least: 1, most: 1, n: total }])
  }

  test.each([
    ['before its job went to the printer', 'beforePrinting'],
    ['between the printer and the database', 'printed'],
    ['after both', 'following'],
  ] as const)('%s gives everybody one bill when it is gone on with', async (_when, at) => {
    const batchId = await batchOfHouses()
    const begun = performance.now()
    await kill(batchId, at, Math.min(2, houseCount))
    expect(await senior.api.documentBatches.state({ batchId })).toMatchObject({ state: 'running', runningHere: false })
    // What the print system had been given comes out, whoever lives.
    if (at !== 'beforePrinting') await vi.waitFor(() => expect(paper().length).toBeGreaterThan(perHouse + 1), soon)
    const batch = await senior.api.documentBatches.run({ batchId, output })
    expect(batch).toMatchObject({ state: 'done', counts: { documents: total, printed: total, spoiled: 0, waiting: 0, sheets: total + houseCount }, inDoubt: null })
    await expectOneEach()
    if (process.env['OKNO_KILL_HOUSES']) process.stderr.write(`${at}: ${total} documents in ${Math.round((performance.now() - begun) / 1000)} s\n`)
  })

  test('on another computer, in the moment of printing, is in doubt: nobody there can ask that printer', async () => {
    const batchId = await batchOfHouses()
    await kill(batchId, 'printed', 1)
    await office.owner.raw(`update print_batch_chunk set desk = 'another computer' where batch_id = ?`, [batchId])
    expect(await failureOf(senior, 'documentBatches.run', { batchId, output })).toMatchObject({ reason: 'documentBatchAsksSheet', details: { from: 1, to: perHouse + 1 } })
    await vi.waitFor(() => expect(paper().length).toBe(perHouse + 1), soon)
    // All of its sheets came out there.
    expect(await senior.api.documentBatches.run({ batchId, output, lastGoodSheet: perHouse + 1 })).toMatchObject({ state: 'done', counts: { printed: total, spoiled: 0 } })
    await expectOneEach()
  })

  test('before a printer that jammed in the middle goes on after the last good sheet', async () => {
    const batchId = await batchOfHouses()
    await cups.admin('cupsdisable', 'OFFICE')
    try {
      await kill(batchId, 'following', 1)
    } finally {
      await cups.admin('cupsenable', 'OFFICE')
    }
    await vi.waitFor(() => expect(paper().length).toBeGreaterThan(perHouse), soon)
    const batch = await senior.api.documentBatches.run({ batchId, output, lastGoodSheet: 11 })
    // The separator and ten bills were good.
    expect(batch).toMatchObject({ state: 'done', counts: { printed: total, spoiled: perHouse - 10, sheets: total + houseCount } })
    const twice = paper().flatMap(({ account }) => account ?? []).filter((account, index, all) => all.indexOf(account) !== index)
    expect(twice).toHaveLength(perHouse - 10)
    expect(paper().filter(({ text }) => text.includes('ДУБЛИКАТ'))).toEqual([])
  })
})
