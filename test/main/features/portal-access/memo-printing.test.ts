import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { verify } from '@node-rs/argon2'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { silentLog } from '../../../../src/main/log'
import { drawMemoSheet } from '../../../../src/main/printing/documents/memo-sheet'
import { runProgram, systemPrinter } from '../../../../src/main/printing/printer'
import { sheets } from '../../../../src/main/printing/sheets'
import { cast } from '../../../../src/main/training'
import { cupsIsThere, startCups, type Cups } from '../../../support/cups/cups'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'
import { memoSheet } from '../../printing/documents/examples'
import { auditedActions, credentialsOf, passwordOn } from './memo'

const soon = { timeout: 15_000, interval: 50 }

describe.skipIf(!cupsIsThere)('a memo on the printer of the desk', () => {
  let cups: Cups
  let office: TestOffice
  let desk: TestDesk
  let target: { visitId: number; accountId: number }

  beforeAll(async () => {
    cups = await startCups({ OFFICE: 'capture', MEMO: 'capture', JAMMED: 'fail', CLOSED: 'capture' })
    await cups.admin('cupsreject', '-r', 'нет бумаги', 'CLOSED')
  })
  afterAll(() => cups.stop())
  beforeEach(async () => {
    office = await openTestOffice()
    desk = await office.desk('first', { printingEnv: { CUPS_SERVER: cups.socket } })
    const { visit, account } = await openVisit(desk, cast.maria)
    target = { visitId: visit.id, accountId: account('enser').id }
  })
  afterEach(() => office.close())

  const reissue = (printer: string | null) => desk.api.portalAccess.reissuePassword({ operationId: operation(), ...target, output: { how: 'print', printer } })
  const jobOf = ({ delivered }: { delivered: { how: string; jobId?: string } }) => delivered.jobId ?? ''
  const arrives = (jobId: string) =>
    vi.waitFor(() => {
      const job = cups.job(jobId)
      if (!job) throw new Error('nothing has arrived')
      return job
    }, soon)
  const notes = () => readdirSync(join(desk.folder.path, 'run', 'print-jobs'))

  test('arrives with a password that opens the cabinet, and the print system forgets it', async () => {
    const issued = await reissue(null)
    expect(issued.delivered).toMatchObject({ how: 'printed', printer: 'OFFICE' })
    const { file, options } = await arrives(jobOf(issued))
    const [stored] = await credentialsOf(office.owner, target.accountId)
    expect(await verify(stored!.password_hash, passwordOn(readFileSync(file), 12))).toBe(true)
    // What everybody at the queue can see names nobody.
    expect(options).toContain(`title=Памятка № ${issued.memoNumber}`)
    expect(options).not.toMatch(/Соколова|012345/)

    await vi.waitFor(() => expect(cups.spooled(jobOf(issued))).toEqual([]), soon)
    await vi.waitFor(() => expect(notes()).toEqual([]), soon)
    // The desk that sent it can still tell its operator how it ended; the print system knows of no such job.
    expect(await desk.api.printing.job({ jobId: jobOf(issued) })).toMatchObject({ state: 'printed' })
    const other = await office.desk('first', { printingEnv: { CUPS_SERVER: cups.socket } })
    expect(await failureOf(other, 'printing.job', { jobId: jobOf(issued) })).toMatchObject({ code: 'notFound', reason: 'printJob' })
  })

  test('goes to the printer this desk has chosen for memos', async () => {
    await desk.api.printing.choose({ form: 'memo', printer: 'MEMO' })
    const issued = await reissue(null)
    expect(issued.delivered).toMatchObject({ printer: 'MEMO' })
    expect((await arrives(jobOf(issued))).options).toContain('printer=MEMO')
  })

  test.each([
    ['CLOSED', 'printerRejectsJobs'],
    ['NOWHERE', 'unknownPrinter'],
  ])('that cannot be printed (%s) leaves the old password in force, and nothing is written down as done', async (printer, reason) => {
    await reissue('OFFICE')
    const before = await credentialsOf(office.owner, target.accountId)
    const request = { operationId: operation(), ...target, output: { how: 'print', printer } }
    expect(await failureOf(desk, 'portalAccess.reissuePassword', request)).toMatchObject({ code: 'printerUnavailable', reason })
    expect(await credentialsOf(office.owner, target.accountId)).toEqual(before)
    expect(await auditedActions(office.owner, 'portalAccess.reissuePassword')).toHaveLength(1)

    // The form was not used up: with a working printer the same operation goes through.
    await desk.api.portalAccess.reissuePassword({ operationId: request.operationId, ...target, output: { how: 'print', printer: 'OFFICE' } })
    expect(await credentialsOf(office.owner, target.accountId)).toHaveLength(2)
  })

  test('is withdrawn from the queue when its password did not come into force after all', async () => {
    await cups.admin('cupsdisable', 'MEMO')
    try {
      await office.owner.raw(
        `create or replace function operation_delivered(p_operation_id uuid, p_delivery jsonb) returns void language plpgsql security definer as $$ begin perform refuse('OK409', 'operationEnded'); end $$`,
      )
      const before = spoolOf(cups)
      expect(await failureOf(desk, 'portalAccess.reissuePassword', { operationId: operation(), ...target, output: { how: 'print', printer: 'MEMO' } })).toMatchObject({ reason: 'operationEnded' })
      expect(spoolOf(cups)).toEqual(before)
      expect(await office.owner('portal_credential').select()).toEqual([])
    } finally {
      await cups.admin('cupsenable', 'MEMO')
    }
  })

  test('is waited for when the program ends at once', async () => {
    const issued = await reissue('OFFICE')
    await desk.close()
    expect(cups.job(jobOf(issued))).not.toBeNull()
    expect(cups.spooled(jobOf(issued))).toEqual([])
  })

  test('before a jammed printer is withdrawn when the program ends', async () => {
    const issued = await reissue('JAMMED')
    await vi.waitFor(async () => expect((await desk.api.printing.job({ jobId: jobOf(issued) })).state).toBe('held'), soon)
    expect(cups.spooled(jobOf(issued))).toHaveLength(1)
    await desk.close()
    expect(cups.spooled(jobOf(issued))).toEqual([])
    await cups.admin('cupsenable', 'JAMMED')
  })

  test('stays with the window that sent it when a command on the same computer ends meanwhile', async () => {
    const issued = await reissue('JAMMED')
    const jobId = jobOf(issued)
    await vi.waitFor(async () => expect((await desk.api.printing.job({ jobId })).state).toBe('held'), soon)
    const command = await office.desk('second', { printingEnv: { CUPS_SERVER: cups.socket }, folder: desk.folder })
    await vi.waitFor(async () => expect((await command.api.printing.jobs({})).map((job) => job.jobId)).toEqual([jobId]), soon)
    await command.close()
    expect(cups.spooled(jobId)).toHaveLength(1)
    expect(await desk.api.printing.job({ jobId })).toMatchObject({ state: 'held' })
    await cups.admin('cupsenable', 'JAMMED')
  })

  test('whose program was killed meanwhile is cleared by the next one', async () => {
    const printer = systemPrinter({ run: runProgram({ CUPS_SERVER: cups.socket }), privateFolder: desk.folder.path })
    const chooseFile = () => Promise.resolve(null)
    // A killed program asks about its jobs no more.
    const deaf = { ...printer, jobState: () => new Promise<never>(() => undefined) }
    const killed = sheets({ printer: deaf, folder: desk.folder, chooseFile, log: silentLog })
    const { jobId = '' } = await killed.print(await drawMemoSheet(memoSheet), { form: 'memo', queue: 'OFFICE', title: 'Памятка № 1', secret: true })
    await arrives(jobId)
    expect(cups.spooled(jobId)).toHaveLength(1)

    const next = sheets({ printer, folder: desk.folder, chooseFile, log: silentLog })
    await vi.waitFor(() => expect(cups.spooled(jobId)).toEqual([]), soon)
    await vi.waitFor(() => expect(notes()).toEqual([]), soon)
    await next.withdrawSecrets()
  })
})

/** Documents in the spool. */
function spoolOf(cups: Cups): string[] {
  return readdirSync(join(cups.socket, '..', 'spool')).filter((name) => name.startsWith('d')).sort()
}
