import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DeskJob } from '@shared/contract/printing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { openDataFolder } from '../../../../src/main/data-folder'
import { cast } from '../../../../src/main/training'
import { cupsIsThere, startCups, type Cups } from '../../../support/cups/cups'
import { textOf } from '../../../support/pdf/read-pdf'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'

const soon = { timeout: 15_000, interval: 50 }

describe.skipIf(!cupsIsThere)('a sheet that does not come out', () => {
  let cups: Cups
  let office: TestOffice
  let desk: TestDesk
  let visitId: number
  let subscriberId: number
  let accountId: number

  beforeAll(async () => {
    cups = await startCups({ OFFICE: 'capture', HALL: 'capture', BROKEN: 'fail', REFUSES: 'cancel', CLOSED: 'capture' })
    await cups.admin('cupsreject', 'CLOSED')
  })
  afterAll(() => cups.stop())
  beforeEach(async () => {
    office = await openTestOffice()
    desk = await office.desk('first', { printingEnv: { CUPS_SERVER: cups.socket } })
    const { visit, account } = await openVisit(desk, cast.maria)
    ;({ id: visitId, subscriberId } = visit)
    accountId = account('enser').id
  })
  afterEach(async () => {
    for (const queue of ['OFFICE', 'HALL']) cups.mend(queue)
    await office.close()
  })

  const slip = (printer: string | null, operationId = operation()) => desk.api.visits.slip({ operationId, visitId, output: { how: 'print', printer } })
  const jobs = (at = desk) => at.api.printing.jobs({})
  const becomes = (jobId: string | null, state: DeskJob['state'], at = desk) =>
    vi.waitFor(async () => {
      const job = (await jobs(at)).find((one) => one.jobId === jobId)
      if (job?.state !== state) throw new Error(`the job is ${job?.state} ${job?.reason}`)
      return job
    }, soon)
  const paper = (jobId: string | null) => textOf(readFileSync(cups.job(jobId ?? '')?.file ?? ''))
  const notes = () => readdirSync(join(desk.folder.path, 'run', 'print-jobs'))

  test('is seen where it waits and why, and comes out when the printer is helped', async () => {
    cups.jam('OFFICE', 'media-jam-error')
    const { jobId } = await slip('OFFICE')
    expect(await becomes(jobId, 'held')).toMatchObject({ form: 'visitSlip', printer: 'OFFICE', reason: 'mediaJam', mine: true, canRetry: true, secret: false, subscriberId })
    expect(desk.events['printing.changed']?.length).toBeGreaterThan(1)
    cups.mend('OFFICE')
    expect(await becomes(jobId, 'printed')).toMatchObject({ reason: null, canRetry: false })
    // Nothing is left to follow, so nothing is asked any more.
    await vi.waitFor(() => expect(notes()).toEqual([]), soon)
  })

  test('goes to another printer as the same sheet, once, and is counted once', async () => {
    cups.jam('OFFICE', 'media-empty-error')
    const { jobId } = await slip('OFFICE')
    await becomes(jobId, 'held')
    const before = await desk.api.visits.summary({ visitId })
    expect(before.waiting).toContainEqual({ kind: 'printWaits', what: 'OFFICE' })

    const retry = { operationId: operation(), jobId: jobId!, printer: 'HALL' }
    const moved = await desk.api.printing.retry(retry)
    expect(moved).toMatchObject({ printer: 'HALL' })
    await becomes(moved.jobId, 'printed')
    expect(await becomes(jobId, 'failed')).toMatchObject({ reason: 'moved', movedTo: moved.jobId, canRetry: false })
    expect(paper(moved.jobId)).toContain('Талон')

    cups.mend('OFFICE')
    // The next sheet of that printer comes out, the one that was moved never does.
    const next = await slip('OFFICE')
    await becomes(next.jobId, 'printed')
    expect(cups.job(jobId!)).toBeNull()

    // A second press is the first one, and the visit tells of no sheet that waits.
    expect(await desk.api.printing.retry(retry)).toMatchObject({ printer: 'HALL', jobId: moved.jobId })
    expect((await desk.api.visits.summary({ visitId })).waiting).toEqual([])
    const { rows } = await office.owner.raw(`select kind, details from operation where kind in ('visits.slip', 'printing.retry') order by at`)
    expect(rows.map(({ kind }: { kind: string }) => kind)).toEqual(['visits.slip', 'printing.retry', 'visits.slip'])
    expect(rows[1].details).toMatchObject({ form: 'visitSlip', from: 'OFFICE', to: 'HALL' })
  })

  test('comes out once, however many moves are asked for, one after another or at once', async () => {
    cups.jam('OFFICE', 'media-empty-error')
    const { jobId } = await slip('OFFICE')
    await becomes(jobId, 'held')
    const asked = () => desk.dispatch('printing.retry', { operationId: operation(), jobId, printer: 'HALL' })
    const answers = await Promise.all([asked(), asked(), asked()])
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    await becomes(jobId, 'failed')
    expect(await failureOf(desk, 'printing.retry', { operationId: operation(), jobId, printer: 'HALL' })).toMatchObject({ code: 'conflict', reason: 'sheetMoved' })
    expect((await jobs()).filter(({ printer }) => printer === 'HALL')).toHaveLength(1)
    expect(await office.owner('operation').where({ kind: 'printing.retry' }).count()).toEqual([{ count: 1 }])
  })

  test('survives a restart of Okno, and what it says comes from the database, not from a file', async () => {
    const path = mkdtempSync(join(tmpdir(), 'okno-computer-'))
    const computer = { printingEnv: { CUPS_SERVER: cups.socket }, folder: await openDataFolder({ OKNO_DATA: path }) }
    const before = await office.desk('first', computer)
    cups.jam('OFFICE', 'media-jam-error')
    const { jobId } = await before.api.visits.slip({ operationId: operation(), visitId, output: { how: 'print', printer: 'OFFICE' } })
    await becomes(jobId, 'held', before)
    const folder = join(path, 'run', 'print-jobs')
    const [note] = readdirSync(folder)
    const written = readFileSync(join(folder, note!), 'utf8')
    await before.close()
    expect(written).not.toMatch(/Соколова|Мария|012345/)
    expect(Object.keys(JSON.parse(written)).sort()).toEqual(['form', 'ofBatch', 'printer', 'secret', 'sentAt', 'sheetOf', 'staffId'])

    const again = await office.desk('first', computer)
    expect(await becomes(jobId, 'held', again)).toMatchObject({ form: 'visitSlip', canRetry: true, mine: true })
    const moved = await again.api.printing.retry({ operationId: operation(), jobId: jobId!, printer: 'HALL' })
    await becomes(moved.jobId, 'printed', again)
    expect(paper(moved.jobId)).toContain('Талон')
    await again.close()
    rmSync(path, { recursive: true })
  })

  test('stays withdrawn and can be tried again when the other printer refuses it', async () => {
    cups.jam('OFFICE', 'media-jam-error')
    const { jobId } = await slip('OFFICE')
    await becomes(jobId, 'held')
    expect(await failureOf(desk, 'printing.retry', { operationId: operation(), jobId, printer: 'CLOSED' })).toMatchObject({ reason: 'printerRejectsJobs' })
    expect(await becomes(jobId, 'held')).toMatchObject({ canRetry: true })
    expect(await failureOf(desk, 'printing.retry', { operationId: operation(), jobId, printer: 'NOPE' })).toMatchObject({ reason: 'unknownPrinter' })
    expect(await failureOf(desk, 'printing.retry', { operationId: operation(), jobId, printer: 'OFFICE' })).toMatchObject({ reason: 'samePrinter' })
    const moved = await desk.api.printing.retry({ operationId: operation(), jobId: jobId!, printer: 'HALL' })
    await becomes(moved.jobId, 'printed')
  })

  test('that the printer threw out is printed again, elsewhere or there', async () => {
    const { jobId } = await slip('REFUSES')
    expect(await becomes(jobId, 'failed')).toMatchObject({ reason: 'cancelled', message: 'The document cannot be printed.', canRetry: true })
    const moved = await desk.api.printing.retry({ operationId: operation(), jobId: jobId!, printer: 'HALL' })
    await becomes(moved.jobId, 'printed')
    // A sheet that moved twice is still the one sheet.
    const second = await slip('REFUSES')
    await becomes(second.jobId, 'failed')
    const there = await desk.api.printing.retry({ operationId: operation(), jobId: second.jobId!, printer: 'REFUSES' })
    await becomes(there.jobId, 'failed')
    const last = await desk.api.printing.retry({ operationId: operation(), jobId: there.jobId!, printer: 'HALL' })
    await becomes(last.jobId, 'printed')
    expect((await desk.api.visits.summary({ visitId })).waiting).toEqual([])
  })

  test('that has come out meanwhile is not printed a second time', async () => {
    const { jobId } = await slip('OFFICE')
    await becomes(jobId, 'printed')
    expect(await failureOf(desk, 'printing.retry', { operationId: operation(), jobId, printer: 'HALL' })).toMatchObject({ code: 'conflict', reason: 'jobAlreadyPrinted' })
    expect(await failureOf(desk, 'printing.cancel', { jobId })).toMatchObject({ code: 'conflict', reason: 'jobAlreadyPrinted' })
  })

  test('of another operator is theirs to print elsewhere', async () => {
    cups.jam('OFFICE', 'media-jam-error')
    const { jobId } = await slip('OFFICE')
    await becomes(jobId, 'held')
    await desk.api.session.signOut({})
    const second = await office.desk('second', { printingEnv: { CUPS_SERVER: cups.socket }, folder: desk.folder })
    expect(await becomes(jobId, 'held', second)).toMatchObject({ mine: false, canRetry: false, number: null, subscriberId: null })
    expect(await failureOf(second, 'printing.retry', { operationId: operation(), jobId, printer: 'HALL' })).toMatchObject({ code: 'forbidden', reason: 'sheetOfAnother' })
    expect(await becomes(jobId, 'held', second)).toMatchObject({ state: 'held' })
  })

  test('with a password is cancelled, never printed twice', async () => {
    cups.jam('OFFICE', 'media-jam-error')
    const { delivered } = await desk.api.portalAccess.reissuePassword({ operationId: operation(), visitId, accountId, output: { how: 'print', printer: 'OFFICE' } })
    const jobId = delivered.how === 'printed' ? delivered.jobId : ''
    expect(await becomes(jobId, 'held')).toMatchObject({ form: 'memo', secret: true, canRetry: false, subscriberId, accountId })
    expect(await failureOf(desk, 'printing.retry', { operationId: operation(), jobId, printer: 'HALL' })).toMatchObject({ code: 'conflict', reason: 'secretNotRepeated' })
    await desk.api.printing.cancel({ jobId })
    expect(await becomes(jobId, 'failed')).toMatchObject({ reason: 'withdrawn' })
    await vi.waitFor(() => expect(cups.spooled(jobId)).toEqual([]), soon)
    expect((await office.owner('operation_sheet').select()).length).toBe(0)
  })

  test('is cancelled by its operator: nothing comes out, and the audit says that a counted sheet did not', async () => {
    cups.jam('OFFICE', 'cover-open')
    const { jobId } = await slip('OFFICE')
    await becomes(jobId, 'held')
    await desk.api.printing.cancel({ jobId: jobId! })
    expect(await becomes(jobId, 'failed')).toMatchObject({ reason: 'withdrawn', canRetry: false })
    expect(await failureOf(desk, 'printing.retry', { operationId: operation(), jobId, printer: 'HALL' })).toMatchObject({ code: 'conflict', reason: 'sheetNotKept' })
    cups.mend('OFFICE')
    expect(cups.job(jobId!)).toBeNull()
    const { rows } = await office.owner.raw(`select details from audit_event where action = 'printing.cancel'`)
    expect(rows).toEqual([{ details: expect.objectContaining({ form: 'visitSlip', printer: 'OFFICE' }) }])
    await vi.waitFor(() => expect(notes()).toEqual([]), soon)
  })

  test('is told when the queue is stopped, removed, or cancelled at the printer', async () => {
    await cups.admin('cupsdisable', '-r', 'на складе', 'HALL')
    const stopped = await slip('HALL')
    expect(await becomes(stopped.jobId, 'held')).toMatchObject({ reason: 'printerStopped', message: 'на складе' })
    await cups.admin('cancel', stopped.jobId!)
    expect(await becomes(stopped.jobId, 'failed')).toMatchObject({ reason: 'cancelled', canRetry: true })
    await desk.api.printing.dismiss({ jobId: stopped.jobId! })
    expect(await jobs()).toEqual([])
    await cups.admin('cupsenable', 'HALL')

    await cups.admin('lpadmin', '-p', 'SPARE', '-E', '-v', 'capture:/nowhere?fail', '-P', join(import.meta.dirname, '../../../support/cups/test.ppd'))
    const { jobId } = await slip('SPARE')
    await becomes(jobId, 'held')
    expect(await failureOf(desk, 'printing.dismiss', { jobId })).toMatchObject({ reason: 'jobStillWaits' })
    await cups.admin('lpadmin', '-x', 'SPARE')
    expect(await becomes(jobId, 'failed')).toMatchObject({ reason: 'queueGone', canRetry: true })
    const moved = await desk.api.printing.retry({ operationId: operation(), jobId: jobId!, printer: 'OFFICE' })
    await becomes(moved.jobId, 'printed')
  })

  test('waits for a print system that is away, and goes on with it', async () => {
    cups.jam('OFFICE', 'media-empty-error')
    const { jobId } = await slip('OFFICE')
    await becomes(jobId, 'held')
    await cups.halt()
    try {
      await vi.waitFor(async () => expect((await jobs())[0]).toMatchObject({ state: 'held', reason: 'printSystemAway' }), soon)
      expect(await failureOf(desk, 'printing.retry', { operationId: operation(), jobId, printer: 'HALL' })).toMatchObject({ code: 'printerUnavailable', reason: 'printSystemStopped' })
      cups.mend('OFFICE')
    } finally {
      await cups.start()
    }
    await becomes(jobId, 'printed')
  })

  test('leaves nothing of what it says in the database when its day has passed', async () => {
    cups.jam('OFFICE', 'media-jam-error')
    const { jobId } = await slip('OFFICE')
    await becomes(jobId, 'held')
    await office.owner('operation_sheet').update({ kept_until: office.owner.raw(`now() - interval '1 minute'`) })
    expect((await jobs())[0]).toMatchObject({ canRetry: false })
    expect(await failureOf(desk, 'printing.retry', { operationId: operation(), jobId, printer: 'HALL' })).toMatchObject({ code: 'conflict', reason: 'sheetNotKept' })
    await slip('HALL')
    expect(await office.owner('operation_sheet').select()).toHaveLength(1)
  })

  test('is shown before it is printed, and that counts nothing', async () => {
    const shown = await desk.api.visits.slip({ operationId: operation(), visitId, output: { how: 'preview' } })
    expect(shown).toMatchObject({ printer: null, jobId: null, fileName: null })
    expect(textOf(Buffer.from(shown.pdf!))).toContain('Талон')
    const { rows } = await office.owner.raw(`select 1 from operation where kind = 'visits.slip'`)
    expect(rows).toEqual([])
    expect(await jobs()).toEqual([])
  })

  test('of the payment document bears the same mark on the other printer, and the next one is the first duplicate', async () => {
    const period = (await desk.api.paymentDocuments.periods({ visitId, accountId }))[0]!.period
    const bill = (printer: string) => desk.api.paymentDocuments.give({ operationId: operation(), visitId, accountId, period, output: { how: 'print', printer } })
    await bill('HALL')
    cups.jam('OFFICE', 'media-empty-error')
    const { jobId, number } = await bill('OFFICE')
    expect(await becomes(jobId, 'held')).toMatchObject({ form: 'paymentDocument', number, canRetry: true, accountId })
    const moved = await desk.api.printing.retry({ operationId: operation(), jobId: jobId!, printer: 'HALL' })
    await becomes(moved.jobId, 'printed')
    expect(paper(moved.jobId)).toContain('ДУБЛИКАТ № 1')
    expect((await desk.api.paymentDocuments.periods({ visitId, accountId }))[0]).toMatchObject({ period, issues: 2 })
    const next = await bill('HALL')
    await becomes(next.jobId, 'printed')
    expect(paper(next.jobId)).toContain('ДУБЛИКАТ № 2')
  })

  test('psql under an operator’s login keeps no sheet of another, nor of a password, and reads none', async () => {
    const { jobId } = await slip('OFFICE')
    const own = (await desk.api.desk.card({ subscriberId })).timeline.find(({ kind }) => kind === 'visits.slip')!.operationId
    await becomes(jobId, 'printed')
    const second = await office.psql('second')
    await expect(second.query('select sheet_keep($1, $2)', [own, '{}'])).rejects.toMatchObject({ code: 'OK409', message: 'operationEnded' })
    await expect(second.query('select printing_retry($1, $2, $3, $4)', [operation(), own, 'OFFICE', 'HALL'])).rejects.toMatchObject({ code: 'OK403', message: 'sheetOfAnother' })
    await expect(second.query('select sheet from operation_sheet')).rejects.toMatchObject({ code: '42501' })
    expect((await second.query('select printing_sheets($1) as sheets', [[own]])).rows).toEqual([{ sheets: [] }])
    const { accounts } = await desk.api.desk.card({ subscriberId })
    const secret = operation()
    await desk.api.portalAccess.reissuePassword({ operationId: secret, visitId, accountId: accounts[0]!.id, output: { how: 'save' } })
    const first = await office.psql('first')
    await expect(first.query('select sheet_keep($1, $2)', [secret, '{}'])).rejects.toMatchObject({ code: 'OK409', message: 'operationEnded' })
  })
})
