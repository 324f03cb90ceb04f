import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { plainOptions, type SheetOutput } from '@shared/contract/printing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { cast } from '../../../../src/main/training'
import { textOf } from '../../../support/pdf/read-pdf'
import { cupsIsThere, startCups, type Cups } from '../../../support/cups/cups'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'

const soon = { timeout: 15_000, interval: 50 }
let office: TestOffice
beforeAll(async () => {
  office = await openTestOffice()
})
afterAll(() => office.close())

describe.skipIf(!cupsIsThere)('the printers of a desk', () => {
  let cups: Cups
  let desk: TestDesk
  beforeAll(async () => {
    cups = await startCups({ OFFICE: 'capture', HALL: 'capture' })
  })
  afterAll(() => cups.stop())
  beforeEach(async () => {
    desk = await office.desk('first', { printingEnv: { CUPS_SERVER: cups.socket } })
  })

  test('are those of the system, and each form has the one chosen for it on this desk', async () => {
    expect(await desk.api.printing.printers({})).toEqual({
      printers: expect.arrayContaining([expect.objectContaining({ name: 'OFFICE', isDefault: true, state: 'ready' }), expect.objectContaining({ name: 'HALL', isDefault: false })]),
      options: expect.objectContaining({ memo: plainOptions, statement: plainOptions }),
      tests: {},
    })
    await desk.api.printing.choose({ form: 'memo', printer: 'HALL' })
    await desk.api.printing.choose({ form: 'paymentDocument', printer: 'OFFICE' })
    expect((await desk.api.printing.printers({})).options).toMatchObject({ memo: { printer: 'HALL' }, paymentDocument: { printer: 'OFFICE' }, visitSlip: plainOptions })
    expect(JSON.parse(readFileSync(desk.folder.settingsFile, 'utf8'))).toMatchObject({ printing: { forms: { memo: { printer: 'HALL' }, paymentDocument: { printer: 'OFFICE' } } } })
    const neighbour = await office.desk('second', { printingEnv: { CUPS_SERVER: cups.socket } })
    expect((await neighbour.api.printing.printers({})).options.memo).toEqual(plainOptions)
  })

  test('have no tray whose name is an option of the print system, on Windows neither', async () => {
    for (const tray of ['tray-2,40x', 'tray copies=40', 'a"b', 'a\nb', '']) expect(await failureOf(desk, 'printing.choose', { form: 'memo', tray }), tray).toMatchObject({ code: 'invalidInput' })
    await desk.api.printing.choose({ form: 'memo', printer: 'HALL', tray: 'Кассета 1 (А4)' })
  })

  test('print a form from its tray, on both sides, in so many copies; another printer has trays of its own', async () => {
    await desk.api.printing.choose({ form: 'visitSlip', printer: 'HALL', tray: 'tray-2', duplex: 'long', copies: 2 })
    const { visit } = await openVisit(desk, cast.maria)
    const slip = async (output: SheetOutput) => {
      const { jobId } = await desk.api.visits.slip({ operationId: operation(), visitId: visit.id, output })
      return vi.waitFor(() => {
        const job = cups.job(jobId ?? '')
        if (!job) throw new Error('nothing has arrived')
        return job.options
      }, soon)
    }
    const asChosen = await slip({ how: 'print', printer: null })
    expect(asChosen).toMatch(/printer=HALL/)
    expect(asChosen).toMatch(/media=A4,tray-2 /)
    expect(asChosen).toMatch(/sides=two-sided-long-edge/)
    expect(asChosen).toMatch(/copies=2/)
    expect(await slip({ how: 'print', printer: 'OFFICE' })).toMatch(/media=A4 /)
    expect(await slip({ how: 'print', printer: null, tray: null, duplex: 'none', copies: 1 })).toMatch(/media=A4 .*sides=one-sided/)
    await desk.api.printing.choose({ form: 'visitSlip', printer: 'OFFICE' })
    expect((await desk.api.printing.printers({})).options.visitSlip).toEqual({ printer: 'OFFICE', tray: null, duplex: 'long', copies: 2 })
    await desk.api.printing.choose({ form: 'visitSlip', printer: null })
    expect((await desk.api.printing.printers({})).options.visitSlip.printer).toBeNull()
  })

  test('give a test page with the form, the printer and the computer, and keep what was said of it', async () => {
    const { jobId } = await desk.api.printing.testPage({ form: 'paymentDocument', printer: 'HALL' })
    const { file } = await vi.waitFor(() => {
      const job = cups.job(jobId ?? '')
      if (!job) throw new Error('nothing has arrived')
      return job
    }, soon)
    const words = textOf(readFileSync(file))
    expect(words).toContain('Пробная страница')
    expect(words).toContain('Форма: Платёжный документ')
    expect(words).toContain('Принтер: HALL')
    expect(words).toContain(`Компьютер: ${hostname()}`)
    await desk.api.printing.testOutcome({ printer: 'HALL', outcome: 'wrong' })
    await desk.api.printing.choose({ form: 'memo', printer: 'HALL' })
    expect((await desk.api.printing.printers({})).tests).toEqual({ HALL: { at: expect.any(String), outcome: 'wrong' } })
  })

  test('tell of no job that there never was', async () => {
    expect(await failureOf(desk, 'printing.job', { jobId: 'OFFICE-4711' })).toMatchObject({ code: 'notFound', reason: 'printJob' })
    expect(await failureOf(desk, 'printing.job', { jobId: '; rm -rf /' })).toMatchObject({ code: 'notFound', reason: 'printJob' })
  })
})

describe('without a print system', () => {
  let desk: TestDesk
  beforeEach(async () => {
    desk = await office.desk('first', { printingEnv: { PATH: '/nowhere' } })
  })
  afterEach(() => desk.close())

  test('the desk says so', async () => {
    expect(await failureOf(desk, 'printing.printers', {})).toMatchObject({ code: 'printerUnavailable', reason: 'printSystemMissing' })
    expect(await failureOf(desk, 'printing.job', { jobId: 'OFFICE-1' })).toMatchObject({ code: 'printerUnavailable', reason: 'printSystemMissing' })
  })

  test('a form that no form is cannot be given a printer', async () => {
    expect(await failureOf(desk, 'printing.choose', { form: '__proto__', printer: 'OFFICE' })).toMatchObject({ code: 'invalidInput', reason: 'shape' })
  })
})
