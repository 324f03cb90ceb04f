import { readFileSync } from 'node:fs'
import { plainOptions } from '@shared/contract/printing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cupsIsThere, startCups, type Cups } from '../../../support/cups/cups'
import { openTestOffice, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf } from '../../../support/visit'

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
    })
    await desk.api.printing.choose({ form: 'memo', printer: 'HALL' })
    await desk.api.printing.choose({ form: 'paymentDocument', printer: 'OFFICE' })
    expect((await desk.api.printing.printers({})).options).toMatchObject({ memo: { printer: 'HALL' }, paymentDocument: { printer: 'OFFICE' }, visitSlip: plainOptions })
    expect(JSON.parse(readFileSync(desk.folder.settingsFile, 'utf8'))).toMatchObject({ printing: { forms: { memo: { printer: 'HALL' }, paymentDocument: { printer: 'OFFICE' } } } })
    const neighbour = await office.desk('second', { printingEnv: { CUPS_SERVER: cups.socket } })
    expect((await neighbour.api.printing.printers({})).options.memo).toEqual(plainOptions)
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
