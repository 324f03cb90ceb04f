import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { verify } from '@node-rs/argon2'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { MemoBatch, MemoRow } from '@shared/contract/memo-batches'
import { openDataFolder } from '../../../../src/main/data-folder'
import { silentLog } from '../../../../src/main/log'
import { runProgram, systemPrinter } from '../../../../src/main/printing/printer'
import { sheets as openSheets } from '../../../../src/main/printing/sheets'
import { cast } from '../../../../src/main/training'
import { cupsIsThere, startCups, type Cups } from '../../../support/cups/cups'
import { infoOf, textOf } from '../../../support/pdf/read-pdf'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'
import { auditedActions } from '../portal-access/memo'
import type { KilledDesk } from './killed-desk'

const repository = resolve(import.meta.dirname, '../../../..')
const programFolder = join(repository, 'node_modules', '.tmp', `killed-desk-${process.pid}`)
const soon = { timeout: 20_000, interval: 50 }
const provider = 'enser'

let office: TestOffice
let senior: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
})
afterEach(() => office.close())

/** Numbers of accounts of the provider without a password, in order. */
async function newAccounts(count: number): Promise<string[]> {
  const { rows } = await office.owner.raw(
    `select a.number from account a join provider p on p.id = a.provider_id where p.code = ? and a.status = 'active' and a.number not in (?) order by a.number limit ?`,
    [provider, cast.maria.accounts[0]!.account, count],
  )
  expect(rows).toHaveLength(count)
  return rows.map(({ number }: { number: string }) => number)
}

interface InForce {
  number: string
  password_hash: string
  memo_number: string
}
/** Passwords that open the cabinet now, with their accounts' numbers. */
async function inForce(): Promise<InForce[]> {
  const { rows } = await office.owner.raw(
    `select a.number, c.password_hash, c.memo_number from portal_credential c join portal_account_link l on l.portal_user_id = c.portal_user_id and l.unlinked_at is null
     join account a on a.id = l.account_id where c.revoked_at is null order by a.number`,
  )
  return rows
}

/** What stands on sheets that came out: a memo's number and its password of 12 characters. */
function sheetsOn(pdf: Uint8Array): { memoNumber: string; password: string }[] {
  return [...textOf(pdf).matchAll(/№ (\d{4}-\d{6}) от (?:(?!№ \d{4}-).)*?Пароль ((?:[!-~]{4} ){3})/g)].map(([, memoNumber = '', groups = '']) => ({ memoNumber, password: groups.replaceAll(' ', '') }))
}

const list = (numbers: string[], more: object = {}) => ({ provider, text: numbers.join('\n'), large: false, ...more })
const create = (desk: TestDesk, numbers: string[]) => desk.api.memoBatches.create({ operationId: operation(), name: 'Дома по Тепличной', ...list(numbers) })

describe('a list for the installers', () => {
  beforeEach(async () => {
    senior = await office.desk('senior')
  })
  const checked = async (text: string, code = provider): Promise<Record<string, MemoRow['verdict']>> => {
    const { rows } = await senior.api.memoBatches.check({ provider: code, text, large: false })
    return Object.fromEntries(rows.map(({ typed, verdict }) => [typed, verdict]))
  }

  test('is told row by row before anything happens: who the memo is for, and on how many sheets', async () => {
    const [first = '', second = ''] = await newAccounts(2)
    const before = await office.owner('portal_user').select()
    const { rows, pages, media } = await senior.api.memoBatches.check(list([first, second, '999999']))
    expect(rows.map(({ verdict }) => verdict)).toEqual(['ready', 'ready', 'unknown'])
    expect(rows[0]).toMatchObject({ line: 1, account: first, sameAs: null })
    expect(rows[0]?.subscriberName).toMatch(/\S/)
    expect(rows[2]).toMatchObject({ account: null, subscriberName: null, address: null })
    expect(media).toBe('A4')
    expect([2, 4]).toContain(pages)
    expect(await office.owner('portal_user').select()).toEqual(before)
    expect(await auditedActions(office.owner, 'memoBatches.check')).toMatchObject([{ provider, rows: 3 }])
  })

  test('shows a contract that stands twice, the second with the line of the first', async () => {
    const [number = ''] = await newAccounts(1)
    const { rows } = await senior.api.memoBatches.check({ provider, text: `${number}\n\nА-${number}`, large: false })
    expect(rows).toMatchObject([{ verdict: 'ready', line: 1 }, { verdict: 'repeated', line: 3, sameAs: 1 }])
  })

  test('shows a closed contract, one whose login needs a confirmed e-mail, one that has a password, one whose cabinet is blocked', async () => {
    expect(await checked('300012312', 'is-telecom')).toEqual({ 300012312: 'accountClosed' })
    const { rows } = await office.owner.raw(
      `select a.number from account a join provider p on p.id = a.provider_id where p.profile -> 'portal' ->> 'scheme' = 'email' and p.code = 'eis24' and a.status = 'active'
         and not exists (select from subscriber_contact k where k.subscriber_id = a.subscriber_id and k.kind = 'email' and k.state = 'confirmed') limit 1`,
    )
    expect(await checked(rows[0].number, 'eis24')).toEqual({ [rows[0].number]: 'emailNotConfirmed' })

    const desk = await office.desk('first')
    const { visit, account } = await openVisit(desk, cast.maria)
    const { id, number } = account(provider)
    await desk.api.portalAccess.reissuePassword({ operationId: operation(), visitId: visit.id, accountId: id, output: { how: 'save' } })
    expect(await checked(number)).toEqual({ [number]: 'passwordInForce' })
    await office.owner.raw(`update portal_user set state = 'blocked'`)
    expect(await checked(number)).toEqual({ [number]: 'portalUserBlocked' })
  })

  test('shows two accounts of one person with one login: a second sheet would make the first one worthless', async () => {
    const { rows } = await office.owner.raw(
      `select a.number, a.subscriber_id from account a join provider p on p.id = a.provider_id where p.code = 'eis24' and a.status = 'active' order by a.number limit 2`,
    )
    await office.owner('portal_account_link').delete().whereIn('account_id', office.owner('account').select('id').whereIn('number', rows.map(({ number }: { number: string }) => number)))
    const [one, other] = rows as { number: string; subscriber_id: number }[]
    await office.owner.raw(`update account set subscriber_id = ? where number = ?`, [one!.subscriber_id, other!.number])
    await office.owner.raw(`update subscriber_contact set is_current = false where subscriber_id = ? and kind = 'email'`, [one!.subscriber_id])
    await office.owner.raw(
      `insert into subscriber_contact (subscriber_id, kind, value, key, state, is_current, confirmed_at) values (?, 'email', 'one@example.org', 'one@example.org', 'confirmed', true, now())`,
      [one!.subscriber_id],
    )
    expect(await checked(`${one!.number}\n${other!.number}`, 'eis24')).toEqual({ [one!.number]: 'ready', [other!.number]: 'repeated' })
  })

  test('is taken as a list of 500 numbers at most, and not at all when none of it is ready', async () => {
    const many = Array.from({ length: 501 }, (_, index) => String(200_000 + index))
    expect(await failureOf(senior, 'memoBatches.check', list(many))).toMatchObject({ reason: 'memoListLength' })
    expect(await failureOf(senior, 'memoBatches.create', { operationId: operation(), name: 'Список', ...list(['999998', '999999']) })).toMatchObject({ reason: 'memoListEmpty' })
    expect(await senior.api.memoBatches.list({})).toEqual([])
  })

  test('is made once, however often the form is sent', async () => {
    const numbers = await newAccounts(2)
    const input = { operationId: operation(), name: 'Список', ...list(numbers) }
    const [first, again] = [await senior.api.memoBatches.create(input), await senior.api.memoBatches.create(input)]
    expect(again).toEqual(first)
    expect(await senior.api.memoBatches.list({})).toMatchObject([{ batchId: input.operationId, counts: { rows: 2, waiting: 2 } }])
  })

  test('is no business of an operator’s', async () => {
    const desk = await office.desk('first')
    expect(await failureOf(desk, 'memoBatches.check', list(['1']))).toMatchObject({ code: 'forbidden' })
    const psql = await office.psql('first')
    await expect(psql.query(`select memo_batch_list()`)).rejects.toMatchObject({ code: '42501' })
  })

  test('puts no password in force for a supervisor with psql who prints no sheet', async () => {
    const [number = ''] = await newAccounts(1)
    const { batchId } = await create(senior, [number])
    const psql = await office.psql('senior')
    const run = operation()
    await psql.query('select memo_batch_run($1, $2, $3)', [batchId, run, 'psql'])
    await psql.query('select memo_batch_next($1, $2, 10)', [batchId, run])
    const hash = `$argon2id$v=19$m=19456,t=2,p=1$${'a'.repeat(22)}$${'b'.repeat(43)}`
    await expect(psql.query('select memo_batch_issue($1, $2, 1, $3)', [batchId, run, JSON.stringify([{ n: 1, hash }])])).rejects.toMatchObject({ message: 'memoNotHanded' })
    expect(await inForce()).toEqual([])
  })
})

describe.skipIf(!cupsIsThere)('a batch of memos on the printer', () => {
  let cups: Cups
  beforeAll(async () => {
    cups = await startCups({ OFFICE: 'capture', SECOND: 'capture', THROWS: 'cancel', JAMMED: 'fail', CLOSED: 'capture' })
    await cups.admin('cupsreject', '-r', 'нет бумаги', 'CLOSED')
    await build({
      configFile: false, logLevel: 'error', resolve: { alias: { '@shared': join(repository, 'src/shared') } },
      build: { ssr: join(import.meta.dirname, 'killed-desk.ts'), outDir: programFolder, emptyOutDir: true, rollupOptions: { output: { format: 'cjs', entryFileNames: 'killed-desk.cjs' } } },
    })
  }, 120_000)
  afterAll(async () => {
    await cups.stop()
    rmSync(programFolder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    senior = await office.desk('senior', { printingEnv: { CUPS_SERVER: cups.socket } })
    printedBefore = new Set(outputs())
  })

  let printedBefore: Set<string>
  const outputs = () => readdirSync(join(dirname(cups.socket), 'out')).filter((name) => name.endsWith('.bin'))
  /** Sheets that came out since the test began. */
  const sheets = () => outputs().filter((name) => !printedBefore.has(name)).flatMap((name) => sheetsOn(readFileSync(join(dirname(cups.socket), 'out', name))))
  const spool = () => readdirSync(join(dirname(cups.socket), 'spool')).filter((name) => name.startsWith('d'))
  const run = (batchId: string, more: { printer?: string; chunkSize?: number } = {}) => senior.api.memoBatches.run({ batchId, printer: null, chunkSize: 2, ...more })
  const states = (batch: MemoBatch) => batch.items.map(({ state }) => state)

  /** Everything that must hold whatever happened: nobody has two valid sheets, each password in force is on one sheet, no sheet says what another says. */
  async function expectHonestSheets(): Promise<void> {
    const out = sheets()
    expect(new Set(out.map(({ password }) => password)).size).toBe(out.length)
    for (const { number, password_hash, memo_number } of await inForce()) {
      const own = out.filter(({ memoNumber }) => memoNumber === memo_number)
      expect(own, `sheets of ${number}`).toHaveLength(1)
      const opening = await Promise.all(out.map(({ password }) => verify(password_hash, password)))
      expect(opening.filter(Boolean), `sheets that open the cabinet of ${number}`).toHaveLength(1)
    }
  }

  test('gives every contract one sheet that opens its cabinet, in protected jobs that name nobody, and the print system forgets them', async () => {
    const numbers = await newAccounts(5)
    const { batchId } = await create(senior, [...numbers, '999999'])
    const batch = await run(batchId)
    expect(batch).toMatchObject({ state: 'done', counts: { rows: 6, refused: 1, printed: 5, waiting: 0, failed: 0 }, runningHere: false })
    expect(batch.chunks.map(({ state, sheets: count }) => [state, count])).toEqual([['printed', 2], ['printed', 2], ['printed', 1]])
    expect((await inForce()).map(({ number }) => number)).toEqual(numbers)
    expect(sheets()).toHaveLength(5)
    await expectHonestSheets()
    const job = cups.job(batch.chunks[0]!.jobId!)!
    expect(job.options).toContain('title=Памятки монтажникам, часть 1, список ')
    expect(infoOf(readFileSync(job.file))['Title']).toMatch(/^Памятки монтажникам, часть 1, список [0-9a-f]{8}$/)
    for (const { jobId } of batch.chunks) await vi.waitFor(() => expect(cups.spooled(jobId!)).toEqual([]), soon)
    // Each contract has its own line in the audit and on its card.
    expect((await auditedActions(office.owner, 'memoBatches.issue')).map(({ memoNumber }) => memoNumber)).toEqual(batch.items.slice(0, 5).map(({ memoNumber }) => memoNumber))
    expect(senior.events['memoBatches.progress']?.at(-1)).toMatchObject({ batchId, counts: { rows: 6 } })
    expect(await failureOf(senior, 'memoBatches.run', { batchId, printer: null })).toMatchObject({ reason: 'batchDone' })
  })

  test('is written down nowhere: no table and no event holds a password', async () => {
    const { batchId } = await create(senior, await newAccounts(2))
    const batch = await run(batchId)
    const { rows: tables } = await office.owner.raw(`select tablename from pg_tables where schemaname = 'public'`)
    const passwords = sheets().map(({ password }) => password)
    expect(passwords).toHaveLength(2)
    for (const { tablename } of tables as { tablename: string }[]) {
      const { rows } = await office.owner.raw('select t::text as line from ?? t', [tablename])
      for (const { line } of rows as { line: string }[]) for (const password of passwords) expect(line.includes(password), tablename).toBe(false)
    }
    const told = JSON.stringify([batch, senior.events, await senior.api.memoBatches.state({ batchId })])
    for (const password of passwords) expect(told).not.toContain(password)
  })

  test('leaves everything as it was when the printer takes nothing, and goes on later', async () => {
    const { batchId } = await create(senior, await newAccounts(2))
    expect(await failureOf(senior, 'memoBatches.run', { batchId, printer: 'CLOSED' })).toMatchObject({ code: 'printerUnavailable', reason: 'printerRejectsJobs' })
    expect(await inForce()).toEqual([])
    expect(await senior.api.memoBatches.state({ batchId })).toMatchObject({ state: 'paused', pausedBecause: 'printerRejectsJobs', counts: { waiting: 2 }, chunks: [{ state: 'interrupted' }] })
    expect(await run(batchId)).toMatchObject({ state: 'done', counts: { printed: 2 } })
    await expectHonestSheets()
  })

  test('takes the passwords of a job back that the print system threw out; the rows can be tried again', async () => {
    const { batchId } = await create(senior, await newAccounts(2))
    const failed = await run(batchId, { printer: 'THROWS' })
    expect(failed).toMatchObject({ state: 'done', counts: { failed: 2 }, chunks: [{ state: 'failed' }] })
    expect(failed.items.map(({ reason }) => reason)).toEqual(['printFailed', 'printFailed'])
    expect(await inForce()).toEqual([])
    expect(await auditedActions(office.owner, 'memoBatches.takeBack')).toHaveLength(2)
    expect(await senior.api.memoBatches.retry({ operationId: operation(), batchId, items: [1, 2] })).toMatchObject({ state: 'paused', pausedBecause: 'retry', counts: { waiting: 2 } })
    expect(await run(batchId)).toMatchObject({ state: 'done', counts: { printed: 2, failed: 0 } })
    await expectHonestSheets()
  })

  test('does not wait before a stopped printer when it is paused: the sheets are taken back, and so are their passwords', async () => {
    const { batchId } = await create(senior, await newAccounts(3))
    const running = run(batchId, { printer: 'JAMMED' })
    await vi.waitFor(() => expect(senior.events['memoBatches.progress']?.at(-1)).toMatchObject({ doing: 'held', heldBecause: 'printerStopped' }), soon)
    expect(await senior.api.memoBatches.state({ batchId })).toMatchObject({ runningHere: true, state: 'running', counts: { issued: 2, waiting: 1 } })
    expect(await failureOf(senior, 'memoBatches.run', { batchId, printer: null })).toMatchObject({ reason: 'batchRunning' })
    await senior.api.memoBatches.pause({ batchId })
    expect(await running).toMatchObject({ state: 'paused', pausedBecause: 'asked', counts: { waiting: 3, issued: 0, printed: 0 } })
    expect(await inForce()).toEqual([])
    await cups.admin('cupsenable', 'JAMMED')
    expect(await run(batchId)).toMatchObject({ state: 'done', counts: { printed: 3 } })
    await expectHonestSheets()
    expect(sheets()).toHaveLength(3)
  })

  test('makes a new sheet for one that came out spoiled, and the old one opens nothing', async () => {
    const [first = '', second = ''] = await newAccounts(2)
    const { batchId } = await create(senior, [first, second])
    await run(batchId)
    const before = await inForce()
    await senior.api.memoBatches.retry({ operationId: operation(), batchId, items: [2] })
    expect((await inForce()).map(({ number }) => number)).toEqual([first])
    expect(states(await run(batchId))).toEqual(['printed', 'printed'])
    const after = await inForce()
    expect(after[0]).toEqual(before[0])
    expect(after[1]?.memo_number).not.toBe(before[1]?.memo_number)
    expect(sheets()).toHaveLength(3)
    await expectHonestSheets()
  })

  test('leaves a contract alone that got its password at a window meanwhile', async () => {
    const { batchId } = await create(senior, [cast.maria.accounts.find((account) => account.provider === provider)!.account, ...(await newAccounts(1))])
    const desk = await office.desk('first')
    const { visit, account } = await openVisit(desk, cast.maria)
    const issued = await desk.api.portalAccess.reissuePassword({ operationId: operation(), visitId: visit.id, accountId: account(provider).id, output: { how: 'save' } })
    const batch = await run(batchId)
    expect(batch.items).toMatchObject([{ state: 'failed', reason: 'passwordInForce' }, { state: 'printed' }])
    expect((await inForce()).find(({ number }) => number === account(provider).number)?.memo_number).toBe(issued.memoNumber)
  })

  test('has a covering list with the numbers of the sheets in force and no secret', async () => {
    const numbers = await newAccounts(3)
    const { batchId } = await create(senior, numbers)
    const nothing = { operationId: operation(), batchId, output: { how: 'save' } }
    expect(await failureOf(senior, 'memoBatches.coveringList', nothing)).toMatchObject({ reason: 'memoNothingPrinted' })
    const batch = await run(batchId)
    senior.saveTo.path = join(senior.folder.path, 'list.pdf')
    await senior.api.memoBatches.coveringList({ operationId: operation(), batchId, output: { how: 'save' } })
    const text = textOf(readFileSync(senior.saveTo.path))
    for (const { memoNumber, account, subscriberName } of batch.items) for (const words of [memoNumber, account, subscriberName]) expect(text).toContain(words)
    expect(text).toContain('монтажник (фамилия, инициалы)')
    for (const { password } of sheets()) expect(text.replaceAll(' ', '')).not.toContain(password)
  })

  describe('whose program was killed', { timeout: 60_000 }, () => {
    /** Kills a desk in the middle of a chunk; the database has noticed when this resolves. */
    async function kill(batchId: string, at: KilledDesk['at'], chunk: number): Promise<string> {
      const folder = mkdtempSync(join(tmpdir(), 'okno-killed-'))
      const { login, password } = staff.senior
      const given: KilledDesk = { folder, address: office.deskAddress, login, password, cups: cups.socket, batchId, chunkSize: 2, at, chunk }
      const child = spawn(process.execPath, [join(programFolder, 'killed-desk.cjs'), JSON.stringify(given)], { stdio: ['ignore', 'pipe', 'inherit'] })
      const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
      expect(line).toBe('stopped')
      child.kill('SIGKILL')
      await once(child, 'exit')
      await vi.waitFor(async () => {
        const { rows } = await office.owner.raw(`select count(*)::int as n from pg_stat_activity where datname = ? and usename = ? and state <> 'idle'`, [office.address.database, login])
        expect(rows[0].n).toBe(0)
      }, soon)
      return folder
    }

    test.each([
      ['before its job went to the printer', 'beforePrinting'],
      ['between the printer and the database', 'printed'],
      ['after both', 'following'],
    ] as const)('%s leaves nobody two valid sheets and no password without one', async (_when, at) => {
      const numbers = await newAccounts(5)
      const { batchId } = await create(senior, numbers)
      const folder = await kill(batchId, at, 2)
      try {
        const left = await senior.api.memoBatches.state({ batchId })
        expect(left).toMatchObject({ state: 'running', runningHere: false })
        // The first chunk is out; the second is in force only when its job was handed over.
        expect((await inForce()).length).toBe(at === 'following' ? 4 : 2)
        if (at !== 'beforePrinting') await vi.waitFor(() => expect(sheets()).toHaveLength(4), soon)
        await expectHonestSheets()

        const batch = await run(batchId)
        expect(batch).toMatchObject({ state: 'done', counts: { printed: 5 } })
        expect(batch.chunks.map(({ state }) => state)).toEqual(at === 'following' ? ['printed', 'printed', 'printed'] : ['printed', 'interrupted', 'printed', 'printed'])
        expect((await inForce()).map(({ number }) => number)).toEqual(numbers)
        // Sheets that came out and never came into force have numbers that stand on no covering list.
        expect(sheets()).toHaveLength(at === 'printed' ? 7 : 5)
        await expectHonestSheets()
        // The print system keeps no copy, of the dead ones either: those of ended jobs are cleared when the killed desk starts again.
        const again = await startedAgain(folder)
        await vi.waitFor(() => expect(spool()).toEqual([]), soon)
        await again.withdrawSecrets()
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })

    test('and whose print system has forgotten the job asks a person who looks at the printer', async () => {
      const { batchId } = await create(senior, await newAccounts(3))
      const folder = await kill(batchId, 'following', 1)
      try {
        const [chunk] = (await senior.api.memoBatches.state({ batchId })).chunks
        await vi.waitFor(() => expect(cups.job(chunk!.jobId!)).not.toBeNull(), soon)
        await forget(chunk!.jobId!)
        const batch = await run(batchId)
        expect(batch).toMatchObject({ state: 'paused', counts: { issued: 2, printed: 1 }, chunks: [{ state: 'unsure' }, { state: 'printed' }] })
        const settled = await senior.api.memoBatches.settle({ operationId: operation(), batchId, chunk: 1, printed: false })
        expect(settled).toMatchObject({ counts: { waiting: 2, issued: 0 } })
        expect(await inForce()).toHaveLength(1)
        expect(await run(batchId)).toMatchObject({ state: 'done', counts: { printed: 3 } })
        await expectHonestSheets()
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })

    test('and that is taken over by another desk is refused from then on', async () => {
      const { batchId } = await create(senior, await newAccounts(3))
      const running = run(batchId, { printer: 'JAMMED', chunkSize: 1 }).catch((cause: unknown) => cause)
      await vi.waitFor(() => expect(senior.events['memoBatches.progress']?.at(-1)).toMatchObject({ doing: 'held' }), soon)
      const other = await office.desk('senior', { printingEnv: { CUPS_SERVER: cups.socket } })
      const taken = other.api.memoBatches.run({ batchId, printer: 'OFFICE', chunkSize: 1 })
      await vi.waitFor(() => expect(other.events['memoBatches.progress']?.length).toBeGreaterThan(0), soon)
      const [chunk] = (await senior.api.memoBatches.state({ batchId })).chunks
      await cups.admin('cancel', chunk!.jobId!)
      const batch = await taken
      expect(batch).toMatchObject({ counts: { printed: 2 } })
      expect(await running).toMatchObject({ failure: { reason: 'batchTakenOver' } })
      // Whose question reached the print system first decides whether it is known to have failed or has to be looked at.
      if (batch.chunks[0]?.state === 'unsure') await senior.api.memoBatches.settle({ operationId: operation(), batchId, chunk: 1, printed: false })
      else expect(batch.chunks[0]?.state).toBe('failed')
      await cups.admin('cupsenable', 'JAMMED')
      await expectHonestSheets()
      expect(sheets()).toHaveLength(2)
    })

    test('before a stopped printer: the sheets that wait there and never came into force do not come out any more', async () => {
      const { batchId } = await create(senior, await newAccounts(2))
      await cups.admin('cupsdisable', 'OFFICE')
      const folder = await kill(batchId, 'printed', 1)
      try {
        const waiting = spool()
        expect(waiting.length).toBeGreaterThan(0)
        expect(await run(batchId, { printer: 'SECOND' })).toMatchObject({ state: 'done', counts: { printed: 2 } })
        await cups.admin('cupsenable', 'OFFICE')
        await vi.waitFor(() => expect(spool().filter((name) => waiting.includes(name))).toEqual([]), soon)
        expect(sheets()).toHaveLength(2)
        await expectHonestSheets()
      } finally {
        await cups.admin('cupsenable', 'OFFICE')
        rmSync(folder, { recursive: true, force: true })
      }
    })

    const printer = () => systemPrinter({ run: runProgram({ CUPS_SERVER: cups.socket }), privateFolder: tmpdir() })
    /** As the print system does by itself after a day. */
    const forget = (jobId: string) => printer().forget(jobId)
    const startedAgain = async (folder: string) =>
      openSheets({ printer: printer(), folder: await openDataFolder({ OKNO_DATA: folder }), chooseFile: () => Promise.resolve(null), log: silentLog })
  })
})
