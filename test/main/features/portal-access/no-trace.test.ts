import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import knex, { type Knex } from 'knex'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Card, Hit } from '@shared/contract/desk'
import type { MemoIssued } from '@shared/contract/portal-access'
import type { Visit } from '@shared/contract/visits'
import { groups, spellRussian } from '@shared/domain/password-policy'
import { createApp, type App } from '../../../../src/main/app'
import { openDataFolder } from '../../../../src/main/data-folder'
import { openLog } from '../../../../src/main/log'
import { createTrainingOffice, openOffice } from '../../../../src/main/office'
import { openSenderKeys } from '../../../../src/main/outbox/sealed'
import { startSender, type Sender } from '../../../../src/main/outbox/sender'
import { drawHere } from '../../../../src/main/printing/worker/drawing'
import { runProgram, systemPrinter } from '../../../../src/main/printing/printer'
import { scramVerifier } from '../../../../src/main/session/scram'
import { cast } from '../../../../src/main/training'
import { cupsIsThere, startCups, type Cups } from '../../../support/cups/cups'
import { textOf } from '../../../support/pdf/read-pdf'
import { operation } from '../../../support/test-app'
import { startMailServer, type MailServer } from '../../outbox/mail-office'
import { passwordOn } from './memo'

/*
 * A whole office in one folder, as on a real desk: its own PostgreSQL with its log and WAL, settings, logs, the sender of letters. After memos were printed, saved and
 * sent, a sheet was checked and a supervisor has typed their own password at this window, everything that is left anywhere is searched for the passwords.
 */
describe.skipIf(!cupsIsThere)('a password that was handed out', () => {
  let base: string
  let cups: Cups
  let office: Awaited<ReturnType<typeof openOffice>>
  let app: App
  let owner: Knex
  const systemTemporary = process.env['TMPDIR']
  /** All that the page was told: results and events. */
  const told: unknown[] = []
  const saved = () => join(base, 'flash', 'memo.pdf')
  const data = () => join(base, 'data')
  const passwords: string[] = []
  const memoNumbers: string[] = []
  let mail: MailServer
  let sender: Sender
  const supervisor = { login: 'trace.senior', password: 'trace-senior-Kd94-password' }

  async function call<T>(name: string, input: object): Promise<T> {
    const result = await app.dispatch(name, input)
    told.push(result)
    if (!result.ok) throw new Error(JSON.stringify(result.failure))
    return result.value as T
  }

  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'okno-trace-'))
    cups = await startCups({ OFFICE: 'capture' })
    mail = await startMailServer()
    for (const name of ['data', 'flash', 'temporary']) mkdirSync(join(base, name))
    process.env['TMPDIR'] = join(base, 'temporary')

    const folder = await openDataFolder({ OKNO_DATA: data() })
    const log = openLog(folder.logs)
    office = await openOffice({ folder, log, appVersion: 'test' })
    await createTrainingOffice(office.owner!, { folder }, { login: 'trace.admin', password: 'trace-admin-password' }, 20)
    app = createApp({
      folder, log, appVersion: 'test',
      printer: systemPrinter({ run: runProgram({ CUPS_SERVER: cups.socket }), privateFolder: join(folder.path, 'run') }),
      chooseSavePath: () => Promise.resolve(saved()),
      registerFiles: { choose: () => Promise.resolve(null), open: (file) => file, reveal: () => undefined },
      emit: (name, payload) => void told.push({ name, payload }),
    })
    await app.useOffice(office)
    const { address, login } = office.owner!
    owner = knex({ client: 'pg', connection: { ...address, ...login }, pool: { min: 0, max: 1 } })
    // Long values would lie compressed in the files, where a search passes them by.
    const { rows } = await owner.raw(
      `select format('alter table %s alter %I set storage external', attrelid::regclass, attname) as plain from pg_attribute
       where attstorage = 'x' and attnum > 0 and attrelid in (select oid from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace)`,
    )
    await owner.raw(rows.map(({ plain }: { plain: string }) => plain).join('; '))

    const operator = (await office.training())!.find(({ roles }) => roles.includes('operator'))!
    await call('session.signIn', { login: operator.login, password: operator.password })
    const { hits } = await call<{ hits: Hit[] }>('desk.search', { text: cast.maria.accounts[0]!.account })
    const visit = await call<Visit>('visits.open', { operationId: operation(), subscriberId: hits[0]!.subscriberId })
    const { series, number } = cast.maria.document!
    await call('visits.identify', { operationId: operation(), visitId: visit.id, documentType: 'passport_rf', number: `${series}${number}` })
    const { accounts } = await call<Card>('desk.card', { subscriberId: visit.subscriberId })
    const issue = (code: string, output: object) =>
      call<MemoIssued>('portalAccess.reissuePassword', { operationId: operation(), visitId: visit.id, accountId: accounts.find(({ provider }) => provider.code === code)!.id, output })

    const onPaper = await issue('enser', { how: 'print', printer: null })
    const jobId = onPaper.delivered.how === 'printed' ? onPaper.delivered.jobId : ''
    passwords.push(passwordOn(await vi.waitFor(() => readFileSync(cups.job(jobId)!.file), { timeout: 15_000 }), 12))
    const inFile = await issue('smorodina', { how: 'save' })
    passwords.push(passwordOn(readFileSync(saved()), 10))
    memoNumbers.push(onPaper.memoNumber, inFile.memoNumber)
    await vi.waitFor(() => expect(cups.spooled(jobId)).toEqual([]), { timeout: 15_000 })

    // A letter, approved by a supervisor at this window after a change of the address it goes to.
    const mailSettings = { host: '127.0.0.1', port: mail.port, security: 'none', fromAddress: 'office@okno.example', fromName: 'Okno' }
    await owner.raw('select mail_transport_save(?)', [JSON.stringify(mailSettings)])
    await owner.raw(`select staff_create(?, 'Трассина Инна Олеговна', array['supervisor'], ?, false)`, [supervisor.login, await scramVerifier(supervisor.password)])
    sender = startSender({ address: office.address, login: office.outboxLogin!, fallback: { mail: null, sms: null }, keys: await openSenderKeys(folder), drawBill: drawHere().bill, log })
    await vi.waitFor(async () => expect((await owner.raw('select outbox_sender_keys() as keys')).rows[0].keys).toHaveLength(1), { timeout: 15_000 })
    const { subscriber } = await call<Card>('desk.card', { subscriberId: visit.subscriberId })
    const newEmail = 'maria.trace@example.org'
    const { confirmation } = await call<{ confirmation: { id: number } }>('contacts.change', {
      operationId: operation(), visitId: visit.id, kind: 'email', purpose: 'main', contactId: null, value: newEmail, way: 'emailCode', version: subscriber.version,
    })
    const code = await vi.waitFor(() => /\d{6}/.exec(mail.lettersTo(newEmail)[0]!.subject)![0], { timeout: 15_000 })
    await call('contacts.confirm', { operationId: operation(), visitId: visit.id, confirmationId: confirmation.id, code })
    const accountId = accounts.find(({ provider }) => provider.code === 'enser')!.id
    const { id: approvalId } = await call<{ id: number }>('approvals.ask', { operationId: operation(), visitId: visit.id, accountId, kind: 'portalAccess.reissuePassword', deliver: 'email' })
    await call('approvals.decideHere', { operationId: operation(), approvalId, ...supervisor })
    const sent = await issue('enser', { how: 'email' })
    const letter = await vi.waitFor(() => mail.lettersTo(newEmail).find(({ text }) => text.includes('012345'))!.text, { timeout: 15_000 })
    passwords.push(/Пароль:?\s+(\S{12})/i.exec(letter)![1]!)
    memoNumbers.push(sent.memoNumber)
    await vi.waitFor(async () => expect(await call('portalAccess.letter', { visitId: visit.id, accountId })).toMatchObject({ letter: { state: 'sent' } }), { timeout: 15_000 })
    expect(await call('portalAccess.checkSheet', { operationId: operation(), visitId: visit.id, accountId, password: passwords[2] })).toMatchObject({ matches: 'current', memoNumber: sent.memoNumber })
    await call('desk.card', { subscriberId: visit.subscriberId })
    await call('visits.close', { operationId: operation(), visitId: visit.id })
  }, 180_000)

  afterAll(async () => {
    await sender?.stop()
    await mail?.close()
    await app?.close()
    await owner?.destroy()
    await office?.close()
    await cups?.stop()
    if (systemTemporary === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = systemTemporary
    rmSync(base, { recursive: true, force: true })
  })

  /** The ways a password could be written down. */
  const formsOf = (password: string): string[] => [
    password,
    ...[' ', '\u2009', '\u00a0', '-'].map((space) => groups(password).join(space)),
    Buffer.from(password).toString('base64'),
    Buffer.from(password).toString('hex'),
    ...groups(password).map((group) => spellRussian(group).join(', ')),
  ]
  const secrets = () => [...passwords, supervisor.password].flatMap(formsOf)

  test('is in no table', async () => {
    const { rows: tables } = await owner.raw(`select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`)
    let numbers = 0
    for (const { name } of tables as { name: string }[]) {
      const { rows } = await owner.raw(`select t::text as line from ${name} t`)
      const text = (rows as { line: string }[]).map(({ line }) => line).join('\n')
      for (const secret of secrets()) expect(text.includes(secret), `${name} holds a password`).toBe(false)
      // A sheet kept as a PDF would hold it compressed.
      expect(text.includes('\\x25504446'), `${name} holds a PDF`).toBe(false)
      numbers += memoNumbers.filter((number) => text.includes(number)).length
    }
    expect(tables.length).toBeGreaterThan(25)
    // The search finds what is there.
    expect(numbers).toBeGreaterThanOrEqual(memoNumbers.length)
  })

  test('was told to no page, in no result and no event', () => {
    const text = JSON.stringify(told, (_key, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value))
    expect(memoNumbers.every((number) => text.includes(number))).toBe(true)
    for (const secret of secrets()) expect(text.includes(secret)).toBe(false)
  })

  test('is in no file: not of the database with its log and WAL, not of ours, not temporary, not in the spool', async () => {
    await owner.raw('checkpoint')
    const places = [data(), join(base, 'temporary'), ...readdirSync(dirname(cups.socket)).filter((name) => name !== 'out' && name !== 'bin').map((name) => join(dirname(cups.socket), name))]
    const files = places.flatMap(filesBelow)
    const withNumber: string[] = []
    for (const file of files) {
      const bytes = readFileSync(file)
      for (const secret of secrets()) expect(bytes.includes(secret), `${file} holds a password`).toBe(false)
      if (bytes.subarray(0, 5).toString('latin1') === '%PDF-') for (const secret of passwords.map((password) => groups(password).join(' '))) expect(textOf(bytes)).not.toContain(secret)
      if (memoNumbers.some((number) => bytes.includes(number))) withNumber.push(file)
    }
    expect(files.some((file) => file.includes('pg_wal'))).toBe(true)
    expect(files.some((file) => file.endsWith('.log'))).toBe(true)
    expect(withNumber.some((file) => file.includes('pg_wal')) && withNumber.some((file) => file.includes('/base/'))).toBe(true)
    expect(filesBelow(join(base, 'temporary'))).toEqual([])
  })

  test('is in the saved file alone, and a search like this one would find it', () => {
    expect(readdirSync(join(base, 'flash'))).toEqual(['memo.pdf'])
    expect(textOf(readFileSync(saved()))).toContain(groups(passwords[1]!).join(' '))
    const found = execFileSync('pdftotext', ['-raw', saved(), '-'])
    expect(formsOf(passwords[1]!).some((form) => found.includes(form))).toBe(true)
  })

  test('is in the log of no server that runs on: the one of the database tells of no memo at all', () => {
    const logs = filesBelow(join(data(), 'logs')).map((file) => readFileSync(file, 'utf8')).join('\n')
    expect(logs).toContain('portalAccess.reissuePassword')
    for (const words of [...secrets(), ...memoNumbers, 'argon2id', 'Соколова']) expect(logs.includes(words), words).toBe(false)
  })
})

function filesBelow(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return []
  if (!found.isDirectory()) return found.isFile() ? [path] : []
  return readdirSync(path).flatMap((name) => filesBelow(join(path, name)))
}
