import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { runProgram, systemPrinter, type JobState, type Printer, type PrintOptions, type Run } from '../../../src/main/printing/printer'
import { drawPaymentDocument } from '../../../src/main/printing/documents/payment-document'
import { cupsIsThere, startCups, type Cups } from '../../support/cups/cups'
import { infoOf, textOf } from '../../support/pdf/read-pdf'
import { utilityDocument } from './documents/examples'

const privateFolder = mkdtempSync(join(tmpdir(), 'okno-private-'))
const plain: PrintOptions = { copies: 1, media: 'A4', duplex: 'none', title: 'Платёжный документ № 2026-10-001542' }
const soon = { timeout: 15_000, interval: 100 }
let pdf: Buffer

beforeAll(async () => {
  pdf = await drawPaymentDocument(utilityDocument, { duplicate: null, printedAt: '2026-11-22T14:05:00+05:00', operator: 'Смирнова О. А.' })
})
afterAll(() => rmSync(privateFolder, { recursive: true, force: true }))

const printerOf = (env: NodeJS.ProcessEnv) => systemPrinter({ run: runProgram(env), privateFolder })
const refusal = (reason: string) => expect.objectContaining({ name: 'AppError', code: 'printerUnavailable', reason })

test('a computer without a print system says so', async () => {
  const printer = printerOf({ PATH: privateFolder })
  await expect(printer.printers()).rejects.toEqual(refusal('printSystemMissing'))
  await expect(printer.print(pdf, plain)).rejects.toEqual(refusal('printSystemMissing'))
  await expect(printer.forget('OFFICE-1')).rejects.toEqual(refusal('printSystemMissing'))
})

describe.skipIf(!cupsIsThere)('with a real print server', () => {
  let cups: Cups
  let printer: Printer

  beforeAll(async () => {
    cups = await startCups({ OFFICE: 'capture', 'WINDOW-2': 'capture', BROKEN: 'fail', REFUSES: 'cancel', CLOSED: 'capture' })
    printer = printerOf({ CUPS_SERVER: cups.socket })
    await cups.admin('cupsreject', '-r', 'принтер на складе', 'CLOSED')
  })
  afterAll(() => cups.stop())

  const print = async (change: Partial<PrintOptions> = {}) => (await printer.print(pdf, { ...plain, ...change })).jobId
  const held = (job: JobState) => {
    if (job.state !== 'held' || !job.message) throw new Error(`the job is ${job.state}`)
    return job
  }
  const becomes = (jobId: string, state: string) =>
    vi.waitFor(async () => {
      const now = await printer.jobState(jobId)
      expect(now.state).toBe(state)
      return now
    }, soon)

  test('the queues are listed with the default one and the ones that take no jobs', async () => {
    const printers = await printer.printers()
    expect(printers.map(({ name }) => name).sort()).toEqual(['BROKEN', 'CLOSED', 'OFFICE', 'REFUSES', 'WINDOW-2'])
    expect(printers.filter(({ isDefault }) => isDefault).map(({ name }) => name)).toEqual(['OFFICE'])
    expect(printers.find(({ name }) => name === 'OFFICE')).toMatchObject({ state: 'ready' })
    expect(printers.find(({ name }) => name === 'CLOSED')).toMatchObject({ state: 'rejecting', message: 'принтер на складе' })
  })

  test('what comes out of the printer is the document, readable by people and by a bank app', async () => {
    const jobId = await print()
    expect(await becomes(jobId, 'printed')).toMatchObject({ reason: null })
    const arrived = cups.job(jobId)
    expect(arrived?.options).toContain('title=Платёжный документ № 2026-10-001542')
    expect(arrived?.options).toContain('printer=OFFICE')
    const paper = readFileSync(arrived?.file ?? '')
    expect(textOf(paper)).toContain('Срок оплаты: до 16 ноября 2026 г.')
    const picture = join(privateFolder, 'paper')
    execFileSync('pdftoppm', ['-r', '300', '-png', '-singlefile', '-f', '1', arrived?.file ?? '', picture])
    const read = execFileSync('zbarimg', ['-q', '--raw', `${picture}.png`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    expect(read).toMatch(/^ST00012\|Name=ООО "Тепловые сети Энска"\|.*Sum=501131\|Purpose=Оплата ЖКУ за октябрь 2026 г., л\/с 100200300\|/)
  })

  test('copies, paper and duplex reach the printer, and the queue is the chosen one', async () => {
    const jobId = await print({ printer: 'WINDOW-2', copies: 2, media: 'A5', duplex: 'long' })
    expect(jobId).toMatch(/^WINDOW-2-\d+$/)
    await becomes(jobId, 'printed')
    const arrived = cups.job(jobId)
    expect(arrived?.options).toContain('media=A5')
    expect(arrived?.options).toContain('sides=two-sided-long-edge')
    expect(arrived?.options).toContain('print-scaling=none')
    const pages = Number(infoOf(pdf)['Pages'])
    expect(Number(infoOf(readFileSync(arrived?.file ?? ''))['Pages'])).toBe(pages * 2)
  })

  test('a printer that breaks down holds the job and tells why', async () => {
    const jobId = await print({ printer: 'BROKEN' })
    expect(await becomes(jobId, 'held')).toMatchObject({ reason: 'printerStopped', message: 'The printer does not answer.' })
    expect(await printer.printers()).toContainEqual(expect.objectContaining({ name: 'BROKEN', state: 'stopped', message: 'The printer does not answer.' }))
  })

  test.each([
    ['media-empty-error', 'mediaEmpty'],
    ['media-jam-error', 'mediaJam'],
    ['cover-open', 'coverOpen'],
    ['toner-empty-error', 'tonerEmpty'],
    ['offline-report', 'offline'],
  ])('a printer that waits with %s holds the job until somebody helps it; then it comes out once', async (told, reason) => {
    cups.jam('WINDOW-2', told)
    const [jobId, behind] = [await print({ printer: 'WINDOW-2' }), await print({ printer: 'WINDOW-2' })]
    expect(await vi.waitFor(async () => held(await printer.jobState(jobId)), soon)).toMatchObject({ reason, message: 'The printer needs attention.' })
    expect(await printer.jobState(behind)).toMatchObject({ state: 'held', reason })
    expect(await printer.printers()).toContainEqual(expect.objectContaining({ name: 'WINDOW-2', state: 'printing', trouble: reason }))
    cups.mend('WINDOW-2')
    await becomes(jobId, 'printed')
    await becomes(behind, 'printed')
    expect(await printer.printers()).toContainEqual(expect.objectContaining({ name: 'WINDOW-2', state: 'ready', trouble: null }))
  })

  test('a warning (one of two trays is empty) stops nothing', async () => {
    cups.jam('WINDOW-2', 'media-empty-warning')
    const jobId = await print({ printer: 'WINDOW-2' })
    await vi.waitFor(async () => expect((await printer.jobState(jobId)).message).toBe('The printer needs attention.'), soon)
    expect((await printer.jobState(jobId)).state).toBe('printing')
    cups.mend('WINDOW-2')
    await becomes(jobId, 'printed')
  })

  test('a job that waits is cancelled; one that came out stays printed', async () => {
    cups.jam('WINDOW-2', 'media-jam-error')
    const jobId = await print({ printer: 'WINDOW-2' })
    await becomes(jobId, 'held')
    await printer.cancel(jobId)
    expect(await becomes(jobId, 'failed')).toMatchObject({ reason: 'cancelled' })
    cups.mend('WINDOW-2')
    expect(cups.job(jobId)).toBeNull()
    const printed = await print()
    await becomes(printed, 'printed')
    await printer.cancel(printed)
    expect((await printer.jobState(printed)).state).toBe('printed')
    await printer.cancel('OFFICE-999999')
  })

  test('a queue that is removed takes its jobs along, and that is told', async () => {
    await cups.admin('lpadmin', '-p', 'SPARE', '-E', '-v', 'capture:/nowhere?fail', '-P', join(import.meta.dirname, '../../support/cups/test.ppd'))
    const jobId = await print({ printer: 'SPARE' })
    await becomes(jobId, 'held')
    await cups.admin('lpadmin', '-x', 'SPARE')
    expect(await printer.jobState(jobId)).toEqual({ state: 'failed', reason: 'queueGone', message: null })
  })

  test('a job outlives the print system: while that is away its state is unknown, then it goes on', async () => {
    cups.jam('WINDOW-2', 'media-empty-error')
    const jobId = await print({ printer: 'WINDOW-2' })
    await becomes(jobId, 'held')
    await cups.halt()
    await expect(printer.jobState(jobId)).rejects.toEqual(refusal('jobStateUnknown'))
    await expect(printer.cancel(jobId)).rejects.toEqual(refusal('jobNotCancelled'))
    cups.mend('WINDOW-2')
    await cups.start()
    await becomes(jobId, 'printed')
    expect(cups.job(jobId)).not.toBeNull()
  })

  test('what a printer can is told: trays, two sides, paper', async () => {
    expect(await printer.printers()).toContainEqual(expect.objectContaining({ name: 'OFFICE', trays: ['auto', 'tray-1', 'tray-2', 'manual'], canDuplex: true, paper: ['A4', 'A5'] }))
  })

  test('a tray is a tray and no other option: nobody has forty copies printed by its name', async () => {
    for (const tray of ['tray-2 copies=40', 'tray-2,raw', 'x job-hold-until=indefinite']) await expect(print({ tray }), tray).rejects.toMatchObject({ code: 'printerUnavailable', reason: 'unknownTray' })
  })

  test('the tray reaches the printer, and sides turned over the short edge', async () => {
    const jobId = await print({ tray: 'tray-2', duplex: 'short' })
    await becomes(jobId, 'printed')
    expect(cups.job(jobId)?.options).toMatch(/media=A4,tray-2 /)
    expect(cups.job(jobId)?.options).toContain('sides=two-sided-short-edge')
  })

  test('a job that the printer throws out has failed, not printed', async () => {
    const jobId = await print({ printer: 'REFUSES' })
    expect(await becomes(jobId, 'failed')).toMatchObject({ message: 'The document cannot be printed.' })
    expect(cups.job(jobId)).toBeNull()
  })

  test('a job that somebody holds, and then cancels, is seen so', async () => {
    await cups.admin('cupsdisable', '-r', 'нет бумаги', 'WINDOW-2')
    const jobId = await print({ printer: 'WINDOW-2' })
    expect(await becomes(jobId, 'held')).toMatchObject({ reason: 'printerStopped', message: 'нет бумаги' })
    await cups.admin('lp', '-i', jobId, '-H', 'hold')
    expect(await printer.jobState(jobId)).toMatchObject({ state: 'held', reason: 'heldInQueue' })
    await cups.admin('cancel', jobId)
    expect(await becomes(jobId, 'failed')).toMatchObject({ reason: 'cancelled' })
    await cups.admin('cupsenable', 'WINDOW-2')
  })

  test('a sheet with a secret leaves no copy in the queue after it is forgotten', async () => {
    const jobId = await print()
    await becomes(jobId, 'printed')
    expect(cups.spooled(jobId)).toHaveLength(1)
    await printer.forget(jobId)
    await vi.waitFor(() => expect(cups.spooled(jobId)).toEqual([]), soon)
    await expect(printer.jobState(jobId)).rejects.toEqual(expect.objectContaining({ code: 'notFound', reason: 'printJob' }))
  })

  test('a sheet whose id was lost is found by its title, waiting or printed, until it is forgotten', async () => {
    const title = 'Памятки монтажникам, часть 2, список ab12cd34'
    const printed = await print({ title })
    const waiting = await print({ title, printer: 'BROKEN' })
    await print({ title: 'Памятки монтажникам, часть 2' })
    await becomes(printed, 'printed')
    expect((await printer.jobsTitled(title)).sort()).toEqual([printed, waiting].sort())
    for (const jobId of [printed, waiting]) await printer.forget(jobId)
    expect(await printer.jobsTitled(title)).toEqual([])
  })

  test('a document whose way was cut is sent once more; cut again, there was no room for it', async () => {
    let cuts = 1
    const run: Run = (program, args, input) => {
      if (program !== 'lp' || cuts-- <= 0) return runProgram({ CUPS_SERVER: cups.socket })(program, args, input)
      return Promise.reject(Object.assign(new Error('lp'), { stderr: 'lp: Error - unable to queue from stdin - Broken pipe.\n' }))
    }
    const shaky = systemPrinter({ run, privateFolder })
    const title = 'Квитанция, дошедшая со второго раза'
    const { jobId } = await shaky.print(pdf, { ...plain, title })
    expect(await printer.jobsTitled(title)).toEqual([jobId])
    cuts = 2
    await expect(shaky.print(pdf, { ...plain, title })).rejects.toEqual(refusal('printSpoolFull'))
  })

  test('a sheet that waits is withdrawn when it is forgotten', async () => {
    const jobId = await print({ printer: 'BROKEN' })
    await printer.forget(jobId)
    await vi.waitFor(() => expect(cups.spooled(jobId)).toEqual([]), soon)
  })

  test.each([
    ['an unknown queue', { printer: 'NOPE' }, 'unknownPrinter'],
    ['a queue named like an option', { printer: '-o' }, 'unknownPrinter'],
    ['a queue that takes no jobs', { printer: 'CLOSED' }, 'printerRejectsJobs'],
  ])('%s is refused before anything is sent', async (_, change, reason) => {
    await expect(print(change)).rejects.toEqual(refusal(reason))
  })

  test.each([0, -1, 1.5, 100])('%s copies are refused', async (copies) => {
    await expect(print({ copies })).rejects.toEqual(expect.objectContaining({ code: 'invalidInput', reason: 'copiesOutOfRange' }))
  })

  test('a title is text, whatever stands in it', async () => {
    const title = `Памятка № 1; touch ${privateFolder}/hacked $(id) "`
    const jobId = await print({ title })
    await becomes(jobId, 'printed')
    expect(cups.job(jobId)?.options).toContain(`title=${title}`)
  })

  test.each(['OFFICE-999999', 'nonsense', '', 'OFFICE-1; id'])('the job «%s» is unknown', async (jobId) => {
    await expect(printer.jobState(jobId)).rejects.toEqual(expect.objectContaining({ code: 'notFound', reason: 'printJob' }))
  })

  test('an answer that is not one of a print server is no state of a job', async () => {
    const noise = join(privateFolder, 'lpstat')
    writeFileSync(noise, '#!/bin/sh\necho /nowhere/cups.sock\n', { mode: 0o755 })
    await expect(printerOf({ PATH: privateFolder }).jobState('OFFICE-1')).rejects.toEqual(refusal('jobStateUnknown'))
    rmSync(noise)
  })
})

describe.skipIf(!cupsIsThere)('with a print server whose disk is full', () => {
  let cups: Cups
  beforeAll(async () => {
    cups = await startCups({ OFFICE: 'capture' }, { spoolLimit: 16_384 })
  })
  afterAll(() => cups.stop())

  test('a document that finds no room is refused as that, and no part of it comes out', async () => {
    const printer = printerOf({ CUPS_SERVER: cups.socket })
    expect(pdf.length).toBeGreaterThan(16_384)
    await expect(printer.print(pdf, plain)).rejects.toEqual(refusal('printSpoolFull'))
    for (const jobId of await printer.jobsTitled(plain.title)) expect(cups.spooled(jobId)).toEqual([])
    expect(cups.job('OFFICE-1')).toBeNull()
  })
})

describe.skipIf(!cupsIsThere)('with a print server that has no printers', () => {
  let cups: Cups
  beforeAll(async () => {
    cups = await startCups({})
  })
  afterAll(() => cups.stop())

  test('the list is empty and printing says that there is no default printer', async () => {
    const printer = printerOf({ CUPS_SERVER: cups.socket })
    expect(await printer.printers()).toEqual([])
    await expect(printer.print(pdf, plain)).rejects.toEqual(refusal('noDefaultPrinter'))
  })

  test('a server that does not run is named', async () => {
    const printer = printerOf({ CUPS_SERVER: join(privateFolder, 'nobody.sock') })
    await expect(printer.printers()).rejects.toEqual(refusal('printSystemStopped'))
    await expect(printer.print(pdf, plain)).rejects.toEqual(refusal('printSystemStopped'))
  })
})
