import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { cupsIsThere, startCups, type Cups } from '../../../support/cups/cups'
import { textOf } from '../../../support/pdf/read-pdf'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'

describe.skipIf(!cupsIsThere)('a report on paper', { timeout: 60_000 }, () => {
  let office: TestOffice
  let senior: TestDesk
  let cups: Cups
  beforeAll(async () => {
    cups = await startCups({ OFFICE: 'capture' })
    office = await openTestOffice()
    senior = await office.desk('senior', { printingEnv: { CUPS_SERVER: cups.socket } })
  }, 60_000)
  afterAll(async () => {
    await office.close()
    await cups.stop()
  })

  const give = (how: 'print' | 'preview', operationId = operation()) =>
    senior.api.reports.export({ operationId, report: 'debtAging', filters: {}, sort: null, format: 'pdf', output: how === 'print' ? { how, printer: null } : { how } })
  const recorded = async () => (await office.owner.raw(`select count(*)::int as n from operation where kind = 'reports.export'`)).rows[0].n

  test('looked at first, it is what would be printed now, and nothing is recorded', async () => {
    const { pdf, jobId } = await give('preview')
    expect(jobId).toBeNull()
    expect(textOf(pdf!)).toContain('Долги по срокам')
    expect(await recorded()).toBe(0)
  })

  test('goes to the printer of reports, with the figures of the screen, who printed it and when', async () => {
    const { rows, totals } = await senior.api.reports.run({ runId: operation(), report: 'debtAging', filters: {} })
    const { printer, jobId } = await give('print')
    expect(printer).toBe('OFFICE')
    const job = await vi.waitUntil(() => cups.job(jobId!), { timeout: 30_000, interval: 100 })
    const text = textOf(readFileSync(job.file))
    expect(rows.length).toBeGreaterThan(1)
    for (const { provider } of rows) expect(text).toContain(String(provider))
    const roubles = new Intl.NumberFormat('ru-RU', { minimumFractionDigits: 2 }).format(Number(totals['debt']) / 100).replace(/\s/g, ' ')
    expect(text).toContain(`Итого ${totals['debtors']} ${roubles}`)
    expect(text).toContain(`Выгрузил(а): ${staff.senior.fullName}`)
    expect(await recorded()).toBe(1)
  })
})
