import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { DocumentBatch, DocumentOutputAsked } from '@shared/contract/document-batches'
import { cupsIsThere, startCups, type Cups } from '../../../support/cups/cups'
import { infoOf } from '../../../support/pdf/read-pdf'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf } from '../../../support/visit'
import { auditedActions } from '../portal-access/memo'
import { filter, flats, house, pagesOf, period } from './houses'

const soon = { timeout: 20_000, interval: 50 }

let office: TestOffice
let senior: TestDesk
let folder: string
beforeEach(async () => {
  office = await openTestOffice()
  folder = mkdtempSync(join(tmpdir(), 'okno-bills-'))
})
afterEach(async () => {
  await office.close()
  rmSync(folder, { recursive: true, force: true })
})

const create = (more: Parameters<typeof filter>[0] = {}, separators = true) => senior.api.documentBatches.create({ operationId: operation(), name: 'Пакетная', filter: filter(more), separators })
const run = (batchId: string, output: DocumentOutputAsked, lastGoodSheet: number | null = null) => senior.api.documentBatches.run({ batchId, output, lastGoodSheet })
/** Accounts with how often their bill was counted as given out. */
async function issues(): Promise<Record<string, number>> {
  const { rows } = await office.owner.raw(`select a.number, d.issues from payment_document d join account a on a.id = d.account_id where a.number like 'П%' order by d.id`)
  return Object.fromEntries(rows.map(({ number, issues: count }: { number: string; issues: number }) => [number, count]))
}

describe('a batch as files', () => {
  const toFolder = { how: 'folder', per: 'house', sheets: 500 } as const
  beforeEach(async () => {
    senior = await office.desk('senior', { batchFolder: folder })
  })
  const files = () => readdirSync(folder).sort()
  const read = (name: string) => pagesOf(readFileSync(join(folder, name)))

  test('has a file for each house: a separator that says what follows, then the bills in order, each sheet with its number', async () => {
    await house(office.owner, '10', ['10', '2', '1'])
    await house(office.owner, '2', ['5'])
    const { batchId } = await create()
    const batch = await run(batchId, toFolder)
    expect(batch).toMatchObject({ state: 'done', counts: { documents: 4, printed: 4, waiting: 0, failed: 0, sheets: 6 }, inDoubt: null, failures: [] })
    const [first = '', second = ''] = files()
    expect(files()).toHaveLength(2)
    expect(first).toBe(`Квитанции ${period} ${batchId.slice(0, 8)} 000001-000002 Энская обл., г. Энск, ул. Пакетная, д. 2.pdf`)
    expect(read(first).map(({ account, sheet }) => [account, sheet])).toEqual([[null, 1], ['П2-5', 2]])
    const pages = read(second)
    expect(pages.map(({ account, sheet }) => [account, sheet])).toEqual([[null, 3], ['П10-1', 4], ['П10-2', 5], ['П10-10', 6]])
    const separator = pages[0]!.text.replace(/\s+/g, ' ')
    for (const words of ['ул. Пакетная, д. 10', '3 документа', 'Квартиры с 1 по 10', 'Листы с 4 по 6', 'октябрь 2026']) expect(separator).toContain(words)
    for (const { text } of pages) expect(text).not.toContain('ДУБЛИКАТ')
    expect(infoOf(readFileSync(join(folder, second)))['Title']).toMatch(/^Квитанции, часть 2, пакет [0-9a-f]{8}$/)
    expect(await issues()).toEqual({ 'П2-5': 1, 'П10-1': 1, 'П10-2': 1, 'П10-10': 1 })
    expect(await auditedActions(office.owner, 'documentBatches.issue')).toMatchObject([{ documents: 1, firstSheet: 1, sheets: 2 }, { documents: 3, firstSheet: 3, sheets: 4 }])
    expect(await failureOf(senior, 'documentBatches.run', { batchId, output: toFolder })).toMatchObject({ reason: 'batchDone' })
    expect(senior.events['documentBatches.progress']?.at(-1)).toMatchObject({ batchId, of: 4 })
  })

  test('has whole houses in a file while they fit into its sheets, a larger house in a file of its own, and no separators where none are wanted', async () => {
    for (const [number, count] of [['1', 4], ['2', 5], ['3', 2], ['4', 12], ['5', 1]] as const) await house(office.owner, number, flats(count))
    const { batchId } = await create({}, false)
    await run(batchId, { how: 'folder', per: 'sheets', sheets: 10 })
    expect(files().map((name) => /(\d{6})-(\d{6})\.pdf$/.exec(name)?.slice(1).map(Number))).toEqual([[1, 9], [10, 11], [12, 23], [24, 24]])
    expect(files().flatMap((name) => read(name).map(({ sheet }) => sheet))).toEqual(Array.from({ length: 24 }, (_, index) => index + 1))
  })

  test('leaves a house that does not fit with its separator to the next file, and forgets none', async () => {
    for (const [number, count] of [['1', 4], ['2', 5], ['3', 2], ['4', 12], ['5', 1]] as const) await house(office.owner, number, flats(count))
    const { batchId } = await create()
    expect(await run(batchId, { how: 'folder', per: 'sheets', sheets: 10 })).toMatchObject({ state: 'done', counts: { documents: 24, printed: 24, waiting: 0, sheets: 29 } })
    expect(files().map((name) => /(\d{6})-(\d{6})\.pdf$/.exec(name)?.slice(1).map(Number))).toEqual([[1, 5], [6, 14], [15, 27], [28, 29]])
    expect(new Set(files().flatMap((name) => read(name).flatMap(({ account }) => account ?? []))).size).toBe(24)
  })

  test('on two sides begins each bill on a sheet of its own', async () => {
    await house(office.owner, '1', flats(2))
    const { batchId } = await create()
    expect(await run(batchId, { ...toFolder, duplex: 'long' })).toMatchObject({ counts: { printed: 2, sheets: 3 } })
    expect(read(files()[0]!).map(({ account, sheet }) => [account, sheet])).toEqual([[null, 1], [null, null], ['П1-1', 2], [null, null], ['П1-2', 3], [null, null]])
  })

  test('marks a bill that somebody has got at a window, and counts what it gives', async () => {
    await house(office.owner, '1', flats(2))
    await office.owner.raw(`select payment_document_given(payment_document_made(a, ?)) from account a where a.number = 'П1-2'`, [`${period}-01`])
    const { batchId } = await create({ onlyUnprinted: false }, false)
    await run(batchId, toFolder)
    const [one, two] = read(files()[0]!)
    expect(one?.text).not.toContain('ДУБЛИКАТ')
    expect(two?.text).toContain('ДУБЛИКАТ № 1')
    expect(await issues()).toMatchObject({ 'П1-1': 1, 'П1-2': 2 })
  })

  test('is run by one at a time: begun twice at once, here or at another desk, each bill is counted once', async () => {
    for (const number of ['1', '2', '3', '4']) await house(office.owner, number, flats(3))
    const { batchId } = await create()
    const elsewhere = await office.desk('senior', { batchFolder: folder })
    const ends = await Promise.allSettled([run(batchId, toFolder), run(batchId, toFolder), elsewhere.api.documentBatches.run({ batchId, output: toFolder, lastGoodSheet: null })])
    expect(ends.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0)
    // Whoever had it taken away left nothing half done.
    if ((await senior.api.documentBatches.state({ batchId })).state !== 'done') await run(batchId, toFolder)
    expect(Object.values(await issues())).toEqual(Array.from({ length: 12 }, () => 1))
    expect(await senior.api.documentBatches.state({ batchId })).toMatchObject({ state: 'done', counts: { documents: 12, printed: 12, sheets: 16 } })
  })

  test('writes into its folder and nowhere else, whatever an address is called and however long it is', async () => {
    await house(office.owner, '../../../вне папки', flats(1))
    await house(office.owner, `2\\..\\${'Щ'.repeat(150)}`, flats(1))
    const { batchId } = await create()
    expect(await run(batchId, toFolder)).toMatchObject({ state: 'done', counts: { printed: 2 } })
    expect(files()).toHaveLength(2)
    for (const name of files()) {
      expect(name).not.toMatch(/[\\/]/)
      expect(Buffer.byteLength(name)).toBeLessThan(250)
    }
  })

  test('asks for the folder before anything happens', async () => {
    await house(office.owner, '1', flats(1))
    const { batchId } = await create()
    const nowhere = await office.desk('senior')
    expect(await failureOf(nowhere, 'documentBatches.run', { batchId, output: toFolder })).toMatchObject({ reason: 'saveCancelled' })
    expect(await senior.api.documentBatches.state({ batchId })).toMatchObject({ state: 'ready', chunks: [] })
  })

  test('leaves everything as it was where the folder can’t be written, and goes on later', async () => {
    await house(office.owner, '1', flats(1))
    const { batchId } = await create()
    const desk = await office.desk('senior', { batchFolder: join(folder, 'missing') })
    expect(await failureOf(desk, 'documentBatches.run', { batchId, output: toFolder })).toMatchObject({ reason: 'fileNotWritten' })
    expect(await senior.api.documentBatches.state({ batchId })).toMatchObject({ state: 'paused', pausedBecause: 'fileNotWritten', counts: { waiting: 1, sheets: 0 } })
    expect(await run(batchId, toFolder)).toMatchObject({ state: 'done', counts: { printed: 1 } })
    expect(await issues()).toEqual({ 'П1-1': 1 })
  })

  test('tells of a bill that can’t be drawn, gives the others, and tries it again when it is mended', async () => {
    await house(office.owner, '1', flats(3))
    const { batchId } = await create()
    await office.owner.raw(`select payment_document_given(payment_document_made(a, ?)) from account a where a.number = 'П1-2'`, [`${period}-01`])
    const { rows } = await office.owner.raw(`update payment_document set content = '{"rows": 1}' where account_id = (select id from account where number = 'П1-2') returning content`)
    expect(rows).toHaveLength(1)
    const batch = await run(batchId, toFolder)
    expect(batch).toMatchObject({ state: 'done', counts: { printed: 2, failed: 1 }, failures: [{ account: 'П1-2', reason: 'documentNotDrawn', delivery: 'paper' }] })
    expect(read(files()[0]!).map(({ account }) => account)).toEqual([null, 'П1-1', 'П1-3'])
    await office.owner.raw(`update payment_document d set content = f.content from (select content from payment_document where account_id = (select id from account where number = 'П1-1')) f where account_id = (select id from account where number = 'П1-2')`)
    expect(await senior.api.documentBatches.retry({ operationId: operation(), batchId, items: null })).toMatchObject({ state: 'paused', pausedBecause: 'retry', counts: { waiting: 1, failed: 0 } })
    expect(await run(batchId, toFolder)).toMatchObject({ state: 'done', counts: { printed: 3, failed: 0 } })
    expect(await issues()).toMatchObject({ 'П1-1': 1, 'П1-3': 1 })
    expect(await failureOf(senior, 'documentBatches.retry', { operationId: operation(), batchId, items: null })).toMatchObject({ reason: 'documentsNothingToRetry' })
  })

  test('sends letters to those who chose e-mail, once, and paper to whoever takes no letters any more', async () => {
    await house(office.owner, '1', flats(4), { email: ['1', '3'] })
    const { batchId } = await create()
    await office.owner.raw(`update account set bill_delivery = 'paper' where number = 'П1-3'`)
    const batch = await run(batchId, toFolder)
    expect(batch).toMatchObject({ state: 'done', counts: { documents: 4, byEmail: 1, mailed: 1, printed: 3 }, mail: { queued: 1, sent: 0, failed: 0 } })
    expect(read(files()[0]!).map(({ account }) => account)).toEqual([null, 'П1-2', 'П1-3', 'П1-4'])
    const again = await create({ onlyUnprinted: false, delivery: 'email' })
    await run(again.batchId, toFolder)
    const { rows } = await office.owner.raw(`select template, params - 'at' as params from outbox_message where template = 'bill'`)
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toMatch(/rows|tariff|Пакетов/)
    expect(files()).toHaveLength(1)
    // No second letter, so nothing was given out a second time.
    expect(await issues()).toMatchObject({ 'П1-1': 1 })
    expect(await senior.api.documentBatches.state({ batchId: again.batchId })).toMatchObject({ state: 'done', mail: { queued: 1 } })
  })
})

describe.skipIf(!cupsIsThere)('a batch on the printer', () => {
  let cups: Cups
  let printedBefore: Set<string>
  beforeAll(async () => {
    cups = await startCups({ OFFICE: 'capture', SECOND: 'capture', THROWS: 'cancel', JAMMED: 'fail', CLOSED: 'capture' })
    await cups.admin('cupsreject', '-r', 'нет бумаги', 'CLOSED')
  }, 60_000)
  afterAll(() => cups.stop())
  beforeEach(async () => {
    senior = await office.desk('senior', { printingEnv: { CUPS_SERVER: cups.socket } })
    printedBefore = new Set(outputs())
  })
  const outputs = () => readdirSync(join(dirname(cups.socket), 'out')).filter((name) => name.endsWith('.bin'))
  /** Pages that came out since the test began, in the order of the jobs. */
  const paper = () =>
    outputs()
      .filter((name) => !printedBefore.has(name))
      .sort((a, b) => Number(/\d+/.exec(a)?.[0]) - Number(/\d+/.exec(b)?.[0]))
      .flatMap((name) => pagesOf(readFileSync(join(dirname(cups.socket), 'out', name))))
  const toPrinter = (printer: string | null = null) => ({ how: 'print', printer }) as const
  const state = (batch: DocumentBatch) => [batch.state, batch.pausedBecause]

  test('gives everybody one bill, in jobs of whole houses that name nobody', async () => {
    await house(office.owner, '1', flats(13))
    await house(office.owner, '2', flats(13))
    await house(office.owner, '3', flats(3))
    const { batchId } = await create()
    const batch = await run(batchId, { ...toPrinter(), perJob: 25 })
    expect(batch).toMatchObject({ state: 'done', counts: { documents: 29, printed: 29, sheets: 32, spoiled: 0 }, runningHere: false })
    expect(batch.chunks.map(({ state: of, documents, firstSheet, sheets }) => [of, documents, firstSheet, sheets])).toEqual([['printed', 16, 15, 18], ['printed', 13, 1, 14]])
    const pages = paper()
    expect(pages.map(({ sheet }) => sheet)).toEqual(Array.from({ length: 32 }, (_, index) => index + 1))
    expect(new Set(pages.flatMap(({ account }) => account ?? [])).size).toBe(29)
    expect(Object.values(await issues())).toEqual(Array.from({ length: 29 }, () => 1))
    expect(cups.job(batch.chunks[1]!.job!)?.options).toContain(`title=Квитанции, часть 1, пакет ${batchId.slice(0, 8)}`)
    const told = senior.events['documentBatches.progress'] ?? []
    expect(told.at(-1)).toMatchObject({ done: 29, of: 29, sheet: 32 })
  })

  test('counts nothing when the printer takes nothing, and goes on later', async () => {
    await house(office.owner, '1', flats(2))
    const { batchId } = await create()
    expect(await failureOf(senior, 'documentBatches.run', { batchId, output: toPrinter('CLOSED') })).toMatchObject({ reason: 'printerRejectsJobs' })
    expect(await senior.api.documentBatches.state({ batchId })).toMatchObject({ state: 'paused', pausedBecause: 'printerRejectsJobs', counts: { waiting: 2, sheets: 0 }, chunks: [{ state: 'interrupted' }] })
    expect(Object.values(await issues())).toEqual([0, 0])
    expect(await run(batchId, toPrinter())).toMatchObject({ state: 'done', counts: { printed: 2, sheets: 3 } })
  })

  test('that was thrown out asks for the last good sheet and prints what came after it under the same numbers, as the same giving-out', async () => {
    await house(office.owner, '1', flats(3))
    await house(office.owner, '2', flats(2))
    const { batchId } = await create()
    const failed = await run(batchId, toPrinter('THROWS'))
    expect(state(failed)).toEqual(['paused', null])
    expect(failed).toMatchObject({ inDoubt: { from: 1, to: 7, state: 'failed', printer: 'THROWS' }, counts: { inDoubt: 5 } })
    // Whoever goes on without looking is asked.
    expect(await failureOf(senior, 'documentBatches.run', { batchId, output: toPrinter() })).toMatchObject({ reason: 'documentBatchAsksSheet', details: { from: 1, to: 7 } })
    expect(await failureOf(senior, 'documentBatches.run', { batchId, output: toPrinter(), lastGoodSheet: 8 })).toMatchObject({ reason: 'noSuchSheet', details: { last: 7 } })
    expect(paper()).toEqual([])
    // Sheets 1 to 3 came out: the separator of house 1 and two of its bills.
    const batch = await run(batchId, toPrinter(), 3)
    expect(batch).toMatchObject({ state: 'done', inDoubt: null, counts: { printed: 5, inDoubt: 0, spoiled: 3, sheets: 7 } })
    expect(paper().map(({ account, sheet }) => [account, sheet])).toEqual([['П1-3', 4], [null, 5], ['П2-1', 6], ['П2-2', 7]])
    for (const { text } of paper()) expect(text).not.toContain('ДУБЛИКАТ')
    expect(Object.values(await issues())).toEqual([1, 1, 1, 1, 1])
    expect(await auditedActions(office.owner, 'documentBatches.continueFrom')).toMatchObject([{ lastGoodSheet: 3, again: 3 }])
  })

  test('does not wait before a stopped printer when it is paused: the sheets are taken back, and the operator says which came out', async () => {
    await house(office.owner, '1', flats(3))
    const { batchId } = await create()
    const running = run(batchId, toPrinter('JAMMED'))
    await vi.waitFor(() => expect(senior.events['documentBatches.progress']?.at(-1)).toMatchObject({ doing: 'held' }), soon)
    expect(await senior.api.documentBatches.state({ batchId })).toMatchObject({ runningHere: true, state: 'running', counts: { handed: 3 } })
    expect(await failureOf(senior, 'documentBatches.run', { batchId, output: toPrinter() })).toMatchObject({ reason: 'batchRunning' })
    await senior.api.documentBatches.pause({ batchId })
    expect(await running).toMatchObject({ state: 'paused', pausedBecause: 'asked', inDoubt: { from: 1, to: 4, state: 'withdrawn' } })
    await cups.admin('cupsenable', 'JAMMED')
    expect(await run(batchId, toPrinter(), 0)).toMatchObject({ state: 'done', counts: { printed: 3, spoiled: 3, sheets: 4 } })
    expect(paper().map(({ sheet }) => sheet)).toEqual([1, 2, 3, 4])
    expect(Object.values(await issues())).toEqual([1, 1, 1])
  })

  test('that is done gives sheets that turn out to be spoiled once more', async () => {
    await house(office.owner, '1', flats(4))
    const { batchId } = await create()
    await run(batchId, toPrinter())
    expect(await run(batchId, toPrinter(), 3)).toMatchObject({ state: 'done', counts: { printed: 4, spoiled: 2, sheets: 5 } })
    expect(paper().map(({ account, sheet }) => [account, sheet])).toEqual([[null, 1], ['П1-1', 2], ['П1-2', 3], ['П1-3', 4], ['П1-4', 5], ['П1-3', 4], ['П1-4', 5]])
    expect(Object.values(await issues())).toEqual([1, 1, 1, 1])
  })

  test('makes the sheets anew when somebody gives out one of the bills at a window while they are drawn', async () => {
    await house(office.owner, '1', flats(2))
    const { batchId } = await create({}, false)
    // A window gives the bill out the moment it has been drawn.
    await office.owner.raw(
      `create function test_quicker() returns trigger language plpgsql as $$ begin
         if new.state = 'drawn' and new.n = 1 then
           perform payment_document_given(d) from payment_document d join account a on a.id = d.account_id where a.number = 'П1-1';
         end if;
         return new; end $$;
       create trigger test_quicker after update on print_batch_chunk for each row execute function test_quicker()`,
    )
    expect(await run(batchId, toPrinter())).toMatchObject({ state: 'done', counts: { printed: 2, sheets: 2 } })
    const pages = paper()
    expect(pages).toHaveLength(2)
    expect(pages[0]?.text).toContain('ДУБЛИКАТ № 1')
    expect(pages[1]?.text).not.toContain('ДУБЛИКАТ')
    expect(await issues()).toEqual({ 'П1-1': 2, 'П1-2': 1 })
  })

  test('that another desk takes over is refused from then on', async () => {
    await house(office.owner, '1', flats(2))
    const { batchId } = await create()
    const running = run(batchId, toPrinter('JAMMED')).catch((cause: unknown) => cause)
    await vi.waitFor(() => expect(senior.events['documentBatches.progress']?.at(-1)).toMatchObject({ doing: 'held' }), soon)
    const other = await office.desk('senior', { printingEnv: { CUPS_SERVER: cups.socket } })
    expect(await other.api.documentBatches.run({ batchId, output: toPrinter('OFFICE'), lastGoodSheet: 0 })).toMatchObject({ state: 'done', counts: { printed: 2, spoiled: 2 } })
    expect(await running).toMatchObject({ failure: { reason: 'batchTakenOver' } })
    await cups.admin('cupsenable', 'JAMMED')
    expect(paper().map(({ sheet }) => sheet)).toEqual([1, 2, 3])
  })
})
