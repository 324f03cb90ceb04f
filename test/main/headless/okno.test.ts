import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { verify } from '@node-rs/argon2'
import knex from 'knex'
import pg from 'pg'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Card, Hit } from '@shared/contract/desk'
import type { Visit } from '@shared/contract/visits'
import { addMonthsToPeriod, periodOf } from '@shared/domain/dates'
import { startEmbeddedServer, type EmbeddedServer } from '../../../src/main/db/embedded-server'
import { collectMigrations, migrate, schemaVersion } from '../../../src/main/db/migrate'
import { commands } from '../../../src/main/headless/commands'
import { runHeadless } from '../../../src/main/headless/run'
import { silentLog } from '../../../src/main/log'
import { cast } from '../../../src/main/training'
import { startPostgres } from '../../support/postgres'
import { operation } from '../../support/test-app'
import { cupsIsThere, startCups } from '../../support/cups/cups'
import { passwordOn, savedPassword } from '../features/portal-access/memo'
import { textOf } from '../../support/pdf/read-pdf'

/*
 * The command as IT runs it: the built program in plain Node, a folder, a login, a password in a file; answers as JSON and exit codes.
 * One training office serves all tests; those that change it look at their own subscriber.
 */
const repository = resolve(import.meta.dirname, '../../..')
const programFolder = join(repository, 'node_modules', '.tmp', `okno-command-${process.pid}`)
const adminPassword = 'пароль администратора 1'

let base: string
let data: string
let initialised: Outcome
let stoppedAfterInit: boolean
let operatorFile: string
/** An open window of the office: with it commands join a running database, which is quick. Tests of their own start use the empty office. */
let window: EmbeddedServer

interface Outcome {
  code: number | null
  stdout: string
  stderr: string
  /** Standard output read as JSON, which it must be and nothing else. */
  json: Record<string, unknown>
}

function okno(args: string[], { env = {}, input, cwd = base }: { env?: Record<string, string>; input?: string; cwd?: string } = {}): Promise<Outcome> {
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, [join(programFolder, 'okno.cjs'), ...args], { cwd, env: { PATH, HOME: base, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input ?? '')
  return new Promise((done, failed) => {
    child.once('error', failed)
    child.once('close', (code) => {
      done({ code, stdout, stderr, json: readJson(stdout) })
    })
  })
}

function readJson(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return { notJson: text.slice(0, 300) }
  }
}

const file = (name: string, text: string): string => {
  const path = join(base, name)
  writeFileSync(path, text, { mode: 0o600 })
  return path
}
const asAdmin = () => ({ OKNO_DATA: data, OKNO_LOGIN: 'it.admin', OKNO_PASSWORD_FILE: join(base, 'admin-password') })
const asOperator = () => ({ OKNO_DATA: data, OKNO_LOGIN: 'operator', OKNO_PASSWORD_FILE: operatorFile })
const call = (name: string, input: object, env: Record<string, string> = asOperator(), ...more: string[]) => okno(['call', name, JSON.stringify(input), ...more], { env })
async function answer<T>(name: string, input: object, env: Record<string, string> = asOperator(), ...more: string[]): Promise<T> {
  const { code, json, stderr } = await call(name, input, env, ...more)
  expect([code, stderr, code === 0 ? null : json]).toEqual([0, expect.any(String), null])
  return json as T
}
const isStopped = (folder = data) => !existsSync(join(folder, 'postgres', 'postmaster.pid'))

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'okno-command-'))
  data = join(base, 'office of training')
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '@shared': join(repository, 'src/shared') } },
    build: {
      ssr: true, outDir: programFolder, emptyOutDir: true, target: 'node18.15',
      rollupOptions: {
        input: { okno: join(repository, 'src/main/okno.ts'), 'drawing-thread': join(repository, 'src/main/printing/worker/drawing-thread.ts') },
        output: { format: 'cjs', entryFileNames: ({ name }) => (name === 'okno' ? 'okno.cjs' : `${name}.js`) },
      },
    },
  })
  // As an editor on Windows writes it.
  file('admin-password', `\uFEFF${adminPassword}\r\n`)
  initialised = await okno(['init', '--training', '--subscribers', '25', '--admin', 'it.admin'], { env: { OKNO_DATA: data, OKNO_PASSWORD_FILE: join(base, 'admin-password') } })
  const staff: { login: string; password: string }[] = JSON.parse(readFileSync(join(data, 'secrets', 'training-staff'), 'utf8'))
  stoppedAfterInit = isStopped()
  window = await startEmbeddedServer({ folder: data, log: silentLog })
  operatorFile = file('operator-password', `${staff.find(({ login }) => login === 'operator')!.password}\n`)
}, 300_000)
afterAll(async () => {
  await window?.stop()
  rmSync(base, { recursive: true, force: true })
  rmSync(programFolder, { recursive: true, force: true })
})

describe('help', () => {
  /** The same without a process of its own, since starting one is most of the time. */
  async function inside(args: string[], env: Record<string, string> = { OKNO_DATA: join(base, 'untouched') }): Promise<Pick<Outcome, 'code' | 'stdout' | 'stderr'>> {
    const said = { stdout: '', stderr: '' }
    const code = await runHeadless(args, { appVersion: 'test', env, print: (text) => void (said.stdout += text), tell: (text) => void (said.stderr += text) })
    return { code, ...said }
  }
  afterEach(() => expect(existsSync(join(base, 'untouched', 'postgres'))).toBe(false))

  test.each([[[]], [['--help']], [['help']], [['-h']]])('is shown for %j', async (args) => {
    const { code, stdout } = await inside(args)
    expect(code).toBe(0)
    for (const { name } of commands) expect(stdout).toContain(name)
    for (const words of ['OKNO_LOGIN', 'OKNO_PASSWORD_FILE', 'OKNO_DATA', 'Exit: 0 done, 1 failed']) expect(stdout).toContain(words)
  })

  test.each(commands.map(({ name }) => name))('of «%s» tells its arguments', async (name) => {
    const { code, stdout } = await inside([...name.split(' '), '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain(`okno ${name}`)
  })

  test.each([
    [['open']],
    [['audit']],
    [['call']],
    [['import', 'charges']],
    [['init', '--training']],
    [['init', '--training', '--subscribers', 'many', '--admin', 'boss']],
    [['print', 'document', '--account', '1', '--period', '2026-01']],
    [['call', 'session.status', '{}', '--password', 'secret-of-mine']],
    [['migrate', 'now']],
  ])('wrong arguments %j: exit 2, the right ones on standard error, nothing on standard output', async (args) => {
    const { code, stdout, stderr } = await inside(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('okno ')
  })

  test('comes with the exit code of the process', async () => {
    expect(await okno(['--help'])).toMatchObject({ code: 0, stderr: '' })
    expect(await okno(['call', 'session.status', '{}', '--password', 'secret-of-mine'])).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('init', () => {
  test('makes the training office and says so in JSON; progress goes to standard error', async () => {
    expect([initialised.code, initialised.json]).toEqual([0, { office: 'training', admin: 'it.admin' }])
    for (const step of ['creatingDatabase', 'loadingTraining subscribers', 'loadingTraining payments']) expect(initialised.stderr).toContain(step)
    expect(initialised.stderr + initialised.stdout).not.toContain(adminPassword)
    expect(stoppedAfterInit).toBe(true)
    expect(statSync(join(data, 'secrets', 'training-staff')).mode & 0o777).toBe(0o600)
    const hits = await answer<{ hits: Hit[] }>('desk.search', { text: cast.maria.name })
    expect(hits.hits[0]).toMatchObject({ name: cast.maria.name })
  })

  test('of an office that is there is refused and changes nothing', async () => {
    const { code, json } = await okno(['init', '--admin', 'other.admin'], { env: asAdmin() })
    expect([code, json]).toEqual([1, { code: 'conflict', reason: 'officeExists' }])
  })

  test('makes an empty office with a name, whose administrator signs in', async () => {
    const folder = join(base, 'empty office')
    const env = { OKNO_DATA: folder, OKNO_LOGIN: 'boss' }
    const made = await okno(['init', '--admin', 'boss', '--admin-name', 'Главный Администратор', '--office', 'Офис № 7', '--time-zone', 'Asia/Vladivostok'], { env, input: 'long-enough-password\nsecond line\n' })
    expect([made.code, made.json]).toEqual([0, { office: 'empty', admin: 'boss' }])
    const staff = await okno(['call', 'staff.list'], { env, input: 'long-enough-password' })
    expect(staff.json).toMatchObject([{ login: 'boss', fullName: 'Главный Администратор', office: { name: 'Офис № 7', isTraining: false, timeZone: 'Asia/Vladivostok' } }])
    expect(isStopped(folder)).toBe(true)
  })

  test('a time zone nobody keeps is refused before anything is made', async () => {
    const env = { OKNO_DATA: join(base, 'zone of nowhere'), OKNO_LOGIN: 'boss' }
    const { code, json } = await okno(['init', '--admin', 'boss', '--time-zone', 'Mars/Olympus'], { env, input: 'long-enough-password' })
    expect([code, json]).toMatchObject([1, { code: 'invalidInput', reason: 'timeZone' }])
  })

  test.each([
    ['short', 'passwordTooShort'],
    ['', 'passwordMissing'],
  ])('does not begin with the password %j', async (input, reason) => {
    const folder = join(base, 'not begun')
    const { code, json } = await okno(['init', '--admin', 'boss'], { env: { OKNO_DATA: folder }, input })
    expect([code, json]).toEqual([1, expect.objectContaining({ code: 'invalidInput', reason })])
    expect(existsSync(join(folder, 'postgres'))).toBe(false)
  })

  test('two at the same moment make one office', async () => {
    const env = { OKNO_DATA: join(base, 'office of two') }
    const outcomes = await Promise.all(['first', 'second'].map((admin) => okno(['init', '--admin', admin], { env, input: 'long-enough-password' })))
    expect(outcomes.map(({ code }) => code).sort()).toEqual([0, 1])
    expect(outcomes.find(({ code }) => code === 1)!.json).toEqual({ code: 'conflict', reason: 'officeExists' })
  })
})

describe('call', () => {
  test('takes the password from standard input when no file is named', async () => {
    const { OKNO_DATA, OKNO_LOGIN } = asOperator()
    const { code, json } = await okno(['call', 'session.status'], { env: { OKNO_DATA, OKNO_LOGIN }, input: readFileSync(operatorFile, 'utf8') })
    expect(code).toBe(0)
    expect(json).toMatchObject({ staff: { login: 'operator', roles: ['operator'] }, database: { state: 'ready' }, version: JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')).version })
  })

  test.each<[string, string, string, () => Record<string, string>, object]>([
    ['a call outside one’s role', 'staff.list', '{}', asOperator, { code: 'forbidden', reason: 'roleMissing' }],
    ['a call that does not exist', 'staff.dismissEverybody', '{}', asOperator, { code: 'notFound', reason: 'unknownCall' }],
    ['input of the wrong shape', 'desk.search', '{"text":5}', asOperator, { code: 'invalidInput', reason: 'shape', details: { fields: [{ path: 'text', problem: 'invalid_type' }] } }],
    ['what is no JSON', 'desk.search', '{text:', asOperator, { code: 'invalidInput', reason: 'notJson' }],
    ['nobody’s login', 'desk.search', '{"text":"1"}', () => ({ OKNO_DATA: data }), { code: 'notSignedIn', reason: 'loginMissing' }],
    ['a wrong password', 'desk.search', '{"text":"1"}', () => ({ ...asOperator(), OKNO_PASSWORD_FILE: file('wrong', 'wrong-password') }), { code: 'forbidden', reason: 'wrongLoginOrPassword' }],
    ['a password file that is not there', 'desk.search', '{"text":"1"}', () => ({ ...asOperator(), OKNO_PASSWORD_FILE: '/nowhere/password' }), { code: 'invalidInput', reason: 'passwordFileUnreadable' }],
    ['a folder without an office', 'desk.search', '{"text":"1"}', () => ({ ...asOperator(), OKNO_DATA: join(base, 'no office') }), { code: 'notFound', reason: 'noOffice' }],
  ])('%s fails with its reason and exit code 1', async (_words, name, input, env, failure) => {
    const { code, json } = await okno(['call', name, input], { env: env() })
    expect(code).toBe(1)
    expect(json).toMatchObject(failure)
  })

  test('after call a whole visit is made, the memo lies in the file named, and nothing but JSON was said', async () => {
    const { hits } = await answer<{ hits: Hit[] }>('desk.search', { text: cast.zoya.accounts[0]!.account })
    const visit = await answer<Visit>('visits.open', { operationId: operation(), subscriberId: hits[0]!.subscriberId })
    const { series, number } = cast.zoya.document!
    expect(await answer('visits.identify', { operationId: operation(), visitId: visit.id, documentType: 'passport_rf', number: `${series} ${number}` })).toMatchObject({ agrees: true })
    const { accounts } = await answer<Card>('desk.card', { subscriberId: visit.subscriberId })
    const memo = join(base, 'memo.pdf')
    const request = { operationId: operation(), visitId: visit.id, accountId: accounts[0]!.id, output: { how: 'save' } }
    const { code, stdout, stderr, json } = await call('portalAccess.reissuePassword', request, asOperator(), '--out', memo)
    expect([code, json]).toEqual([0, expect.objectContaining({ login: 'zoya.chernykh@example.com', delivered: { how: 'saved', fileName: 'memo.pdf' } })])
    const password = savedPassword(memo, 10)
    expect(stdout + stderr).not.toContain(password)
    const hash = await asOwner(async (client) => (await client.query('select password_hash from portal_credential where memo_number = $1', [json['memoNumber']])).rows[0].password_hash)
    expect(await verify(hash, password)).toBe(true)

    // Without a place to save the password does not change.
    expect(await call('portalAccess.reissuePassword', { ...request, operationId: operation() })).toMatchObject({ code: 1, json: { code: 'invalidInput', reason: 'outMissing' } })
    await answer('visits.close', { operationId: operation(), visitId: visit.id })
  }, 60_000)

  test('an input with a secret is read from standard input, the password then from its file', async () => {
    const input = JSON.stringify({ login: 'from-stdin', fullName: 'Нова Зоя Яновна', roles: ['operator'], window: null, password: 'первый пароль 12' })
    const made = await okno(['call', 'staff.create', '-'], { env: asAdmin(), input })
    expect(made.json).toMatchObject({ login: 'from-stdin', mustChangePassword: true })
    expect((await okno(['call', 'staff.list', '-'], { env: { OKNO_DATA: data, OKNO_LOGIN: 'it.admin' }, input: adminPassword })).json).toMatchObject({ reason: 'passwordFileNeeded' })
  })

  test('two commands at the same moment share the database, and the last one stops it', async () => {
    const folder = join(base, 'empty office')
    const env = { OKNO_DATA: folder, OKNO_LOGIN: 'boss', OKNO_PASSWORD_FILE: file('boss', 'long-enough-password') }
    const outcomes = await Promise.all([1, 2, 3].map(() => okno(['call', 'staff.list'], { env })))
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(isStopped(folder)).toBe(true)
  })

  test('joins the database of an open window and leaves it running', async () => {
    expect(await call('desk.search', { text: 'Соколова М' })).toMatchObject({ code: 0 })
    const client = new pg.Client({ host: window.host, port: window.port, database: window.database, ...window.owner })
    await client.connect()
    await client.end()
  })
})

describe('import', () => {
  const register = 'Код абонента;Вид;Фамилия;Имя;Отчество;Дата рождения\r\nT-1;физлицо;Пробный;Иван;Иванович;01.02.1980\r\nT-2;физлицо;;;;\r\n'

  test('takes in a register and writes what became of each row', async () => {
    const path = file('abonents.csv', register)
    const verdict = join(base, 'verdict.csv')
    const first = await okno(['import', 'subscribers', 'abonents.csv', '--verdict', 'verdict.csv'], { env: asAdmin() })
    expect(first.code).toBe(0)
    expect(first.json).toMatchObject({ kind: 'subscribers', fileName: 'abonents.csv', refused: 1, verdictFile: verdict })
    expect(Number(first.json['accepted']) + Number(first.json['warned'])).toBe(1)
    const lines = readFileSync(verdict, 'utf8').trim().split(/\r?\n/)
    expect(lines).toHaveLength(3)
    expect(lines[1]).toContain('T-1')
    expect(lines[2]).toContain('T-2')
    expect((await answer<{ hits: Hit[] }>('desk.search', { text: 'Пробный Иван' })).hits).toHaveLength(1)

    const again = await okno(['import', 'subscribers', path], { env: asAdmin() })
    expect(again.json).toMatchObject({ unchanged: 1, refused: 1, accepted: 0 })
    expect(existsSync(String(again.json['verdictFile']))).toBe(true)

    const nowhere = await okno(['import', 'subscribers', path, '--verdict', join('no such folder', 'verdict.csv')], { env: asAdmin() })
    expect(nowhere).toMatchObject({ code: 1, json: { reason: 'verdictNotCopied', details: { error: 'ENOENT' } } })
    expect(readFileSync(String((nowhere.json['details'] as { file: string }).file), 'utf8')).toContain('T-1')
  })

  test('is the administrator’s; a file that is not there and a kind that is none are told', async () => {
    const path = file('mine.csv', register)
    expect(await okno(['import', 'subscribers', path], { env: asOperator() })).toMatchObject({ code: 1, json: { code: 'forbidden', reason: 'roleMissing' } })
    expect(await okno(['import', 'subscribers', join(base, 'nothing.csv')], { env: asAdmin() })).toMatchObject({ code: 1 })
    expect(await okno(['import', 'people', path], { env: asAdmin() })).toMatchObject({ code: 1, json: { code: 'invalidInput' } })
  })
})

describe('export readings', () => {
  /** Without a process of its own: starting one is most of the time. */
  async function inside(args: string[], env: Record<string, string> = asAdmin()): Promise<Outcome> {
    const said = { stdout: '', stderr: '' }
    const code = await runHeadless(['export', 'readings', ...args], { appVersion: 'test', env, print: (text) => void (said.stdout += text), tell: (text) => void (said.stderr += text) })
    return { code, ...said, json: readJson(said.stdout) }
  }

  test('writes what was taken at the desk into the file named, once; the batch is written again to the byte', async () => {
    await asOwner((client) => client.query(
      `with a as (select a.id from account a join provider p on p.id = a.provider_id where p.code = 'enser' and a.status <> 'closed' order by a.id limit 1),
       m as (insert into meter (account_id, serial, service, digits, decimals) select id, 'ВЫГР-1', 'cold_water', 5, 3 from a returning id, account_id)
       insert into meter_reading (meter_id, account_id, taken_on, period, t1, channel, status) select id, account_id, '2026-10-20', '2026-10-01', 12345, 'desk', 'accepted' from m`,
    ))
    const done = await okno(['export', 'readings', '--period', '2026-10', '--provider', 'enser', '--encoding', 'windows-1251', '--out', 'given.csv'], { env: asAdmin() })
    expect([done.code, done.json]).toEqual([0, { batchId: expect.any(String), rows: expect.any(Number), cancelled: 0, fileName: 'given.csv' }])
    const bytes = readFileSync(join(base, 'given.csv'))
    expect(statSync(join(base, 'given.csv')).mode & 0o777).toBe(0o600)
    const [header, ...lines] = new TextDecoder('windows-1251').decode(bytes).split('\r\n')
    expect(header).toMatch(/^provider;account;serial;/)
    expect(lines.filter((line) => line.includes(';ВЫГР-1;cold_water;20.10.2026;12,345;'))).toHaveLength(1)

    const again = await inside(['--again', String(done.json['batchId']), '--out', join(base, 'again.csv')])
    expect(again).toMatchObject({ code: 0, json: { batchId: done.json['batchId'] } })
    expect(readFileSync(join(base, 'again.csv')).equals(bytes)).toBe(true)
    // Given once: the next file of the month has none.
    expect(await inside(['--period', '2026-10', '--provider', 'enser', '--out', join(base, 'next.csv')])).toMatchObject({ code: 0, json: { rows: 0 } })
  }, 60_000)

  test('is the administrator’s; without a period, a file or a batch that is there it says so and writes nothing', async () => {
    const out = join(base, 'nobody.csv')
    expect(await inside(['--period', '2026-10', '--out', out], asOperator())).toMatchObject({ code: 1, json: { code: 'forbidden', reason: 'roleMissing' } })
    expect(await inside(['--out', out])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--period YYYY-MM') })
    expect(await inside(['--period', '2026-10'])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--out FILE.csv') })
    expect(await inside(['--again', operation(), '--out', out])).toMatchObject({ code: 1, json: { code: 'notFound', reason: 'exportBatch' } })
    expect(await inside(['--period', '2026-10', '--out', join(base, 'no such folder', 'x.csv')])).toMatchObject({ code: 1, json: { reason: 'exportNotWritten' } })
    expect(existsSync(out)).toBe(false)
  }, 60_000)
})

describe('print document', () => {
  const period = () => asOwner(async (client) => (await client.query(`select to_char(max(period), 'YYYY-MM') as period from charge`)).rows[0].period as string)

  test('gives the document out into a file; the second one is a duplicate', async () => {
    const args = ['print', 'document', '--account', '0701000106', '--provider', 'eis24', '--period', await period()]
    const first = await okno([...args, '--out', 'bill.pdf'], { env: asOperator() })
    expect([first.code, first.json]).toEqual([0, expect.objectContaining({ duplicate: null, fileName: 'bill.pdf' })])
    const text = textOf(readFileSync(join(base, 'bill.pdf')))
    expect(text).toContain(cast.nina.name)
    expect(text).not.toContain('ДУБЛИКАТ')
    const second = await okno([...args, '--out', join(base, 'again.pdf')], { env: asOperator() })
    expect(second.json).toMatchObject({ duplicate: 1, number: first.json['number'] })
    expect(textOf(readFileSync(join(base, 'again.pdf')))).toContain('ДУБЛИКАТ № 1')
    expect(await answer<Visit[]>('visits.mine', {})).toEqual([])
  })

  test('leaves the visit that is open at the window open', async () => {
    const { hits } = await answer<{ hits: Hit[] }>('desk.search', { text: '0701000102' })
    const visit = await answer<Visit>('visits.open', { operationId: operation(), subscriberId: hits[0]!.subscriberId })
    const printed = await okno(['print', 'document', '--account', '0701000102', '--period', await period(), '--out', 'elder.pdf'], { env: asOperator() })
    expect(printed.code).toBe(0)
    expect((await answer<Visit[]>('visits.mine', {})).map(({ id }) => id)).toEqual([visit.id])
    await answer('visits.close', { operationId: operation(), visitId: visit.id })
  })

  test('asks which provider is meant when two have the number, and tells an unknown one', async () => {
    await asOwner((client) =>
      client.query(`insert into account (provider_id, number, number_key, subscriber_id, address_id, status)
        select (select id from provider where code = 'smorodina'), number, number_key, subscriber_id, address_id, status from account where number = '0701000104'`),
    )
    const args = ['print', 'document', '--account', '0701000104', '--period', await period(), '--out', 'which.pdf']
    const { code, json } = await okno(args, { env: asOperator() })
    expect([code, json]).toEqual([1, { code: 'conflict', reason: 'accountAmbiguous' }])
    expect(existsSync(join(base, 'which.pdf'))).toBe(false)
    expect(await okno([...args, '--provider', 'eis24'], { env: asOperator() })).toMatchObject({ code: 0 })
    expect(await okno(['print', 'document', '--account', '99999999', '--period', '2026-01', '--out', 'none.pdf'], { env: asOperator() })).toMatchObject({ code: 1, json: { code: 'notFound', reason: 'account' } })
  })
})

describe.skipIf(!cupsIsThere)('print memos', { timeout: 90_000 }, () => {
  const contracts = ['0045612', '0045708', '0045709']
  const asSupervisor = (socket = '') => {
    const staff: { login: string; password: string }[] = JSON.parse(readFileSync(join(data, 'secrets', 'training-staff'), 'utf8'))
    return { OKNO_DATA: data, OKNO_LOGIN: 'supervisor', OKNO_PASSWORD_FILE: file('supervisor-password', staff.find(({ login }) => login === 'supervisor')!.password), CUPS_SERVER: socket }
  }

  test('prints them for a list in a file straight to the printer, tells the rows that got none, and goes on where it was broken off', async () => {
    const cups = await startCups({ OFFICE: 'capture', CLOSED: 'capture' })
    try {
      await cups.admin('cupsreject', '-r', 'нет бумаги', 'CLOSED')
      const list = file('new.csv', `Договор;Абонент\n${contracts.join(';\n')};\n9999999;\n`)
      const args = ['print', 'memos', '--list', list, '--provider', 'enicom', '--name', 'Бригада 2']
      const refused = await okno([...args, '--printer', 'CLOSED'], { env: asSupervisor(cups.socket) })
      expect(refused).toMatchObject({ code: 1, json: { code: 'printerUnavailable', reason: 'printerRejectsJobs' } })
      const [{ batchId }] = await answer<[{ batchId: string }]>('memoBatches.list', {}, asSupervisor(cups.socket))

      const done = await okno(['print', 'memos', '--resume', batchId], { env: asSupervisor(cups.socket) })
      expect(done).toMatchObject({ code: 1, json: { batchId, state: 'done', printed: 3, refused: 1, rows: [{ line: 5, typed: '9999999', state: 'refused', reason: 'unknown' }] } })
      expect(done.stderr).toContain('of 3')
      const pdf = readFileSync(cups.job('OFFICE-1')!.file)
      for (const contract of contracts) expect(textOf(pdf)).toContain(`Логин (номер договора) ${contract}`)
      expect(done.stdout + done.stderr).not.toContain(passwordOn(pdf, 12))

      const again = await okno(args, { env: asSupervisor(cups.socket) })
      expect(again).toMatchObject({ code: 1, json: { code: 'conflict', reason: 'memoListEmpty' } })
    } finally {
      await cups.stop()
    }
  })

  test('is a supervisor’s; without a list or a file that is there it says so', async () => {
    const list = file('one.csv', '0045612')
    expect(await okno(['print', 'memos', '--list', list, '--provider', 'enicom'], { env: asOperator() })).toMatchObject({ code: 1, json: { code: 'forbidden', reason: 'roleMissing' } })
    expect(await okno(['print', 'memos', '--provider', 'enicom'], { env: asSupervisor() })).toMatchObject({ code: 2 })
    expect(await okno(['print', 'memos', '--list', join(base, 'nothing.csv'), '--provider', 'enicom'], { env: asSupervisor() })).toMatchObject({ code: 1, json: { code: 'notFound', reason: 'memoListFile' } })
  })
})

describe('print documents', { timeout: 120_000 }, () => {
  const asSupervisor = () => {
    const staff: { login: string; password: string }[] = JSON.parse(readFileSync(join(data, 'secrets', 'training-staff'), 'utf8'))
    return { OKNO_DATA: data, OKNO_LOGIN: 'supervisor', OKNO_PASSWORD_FILE: file('supervisor-password', staff.find(({ login }) => login === 'supervisor')!.password) }
  }

  /** The last one billing has closed: the training office is of today. */
  const lastMonth = () => addMonthsToPeriod(periodOf(new Date().toISOString().slice(0, 10)), -1)

  test('counts, then draws a month in threads of its own into files, a house each, and tells of each step as JSON', async () => {
    const choice = ['--provider', 'smorodina', '--period', lastMonth()]
    const counted = await okno(['print', 'documents', ...choice, '--count'], { env: asSupervisor() })
    expect(counted.code).toBe(0)
    const { documents, byEmail, houses } = counted.json as { documents: number; byEmail: number; houses: number }
    expect(documents).toBeGreaterThan(0)
    const out = join(base, 'bills')
    const done = await okno(['print', 'documents', ...choice, '--to', 'folder', '--out', out, '--json'], { env: asSupervisor() })
    expect(done).toMatchObject({ code: 0, json: { state: 'done', counts: { documents, printed: documents - byEmail, mailed: byEmail, failed: 0 }, failures: [] } })
    expect(readdirSync(out).length).toBeLessThanOrEqual(houses)
    expect(textOf(readFileSync(join(out, readdirSync(out).sort()[0]!)))).toContain('лист 2')
    const told = done.stderr.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as { done: number })
    expect(told.length).toBeGreaterThan(0)
    const again = await okno(['print', 'documents', ...choice, '--to', 'folder', '--out', out], { env: asSupervisor() })
    expect(again).toMatchObject({ code: 1, json: { reason: 'documentBatchEmpty' } })
  })

  test('is a supervisor’s; without a choice or a place it says how it is used', async () => {
    expect(await okno(['print', 'documents', '--provider', 'enser', '--period', lastMonth(), '--to', 'folder', '--out', base], { env: asOperator() })).toMatchObject({ code: 1, json: { code: 'forbidden' } })
    expect(await okno(['print', 'documents', '--provider', 'enser', '--to', 'printer'], { env: asSupervisor() })).toMatchObject({ code: 2 })
    expect(await okno(['print', 'documents', '--provider', 'enser', '--period', lastMonth()], { env: asSupervisor() })).toMatchObject({ code: 2 })
  })
})

describe('audit verify', () => {
  test('finds nothing in an honest office and the changed row in another', async () => {
    const honest = await okno(['audit', 'verify'], { env: asAdmin() })
    expect([honest.code, honest.json['problems']]).toEqual([0, []])
    expect(Number(honest.json['events'])).toBeGreaterThan(5)
    expect(await okno(['audit', 'verify'], { env: asOperator() })).toMatchObject({ code: 1, json: { code: 'forbidden' } })

    const spoil = (login: string) =>
      asOwner((client) =>
        client.query(`alter table audit_event disable trigger user; update audit_event set staff_login = '${login}' where action = 'audit.verify' and staff_login <> '${login}';
          alter table audit_event enable trigger user`),
      )
    await spoil('somebody')
    const spoilt = await okno(['audit', 'verify'], { env: asAdmin() })
    expect(spoilt.code).toBe(1)
    expect(spoilt.json['problems']).toMatchObject([{ problem: 'changed' }])
    await spoil('it.admin')
  })
})

describe('outbox', () => {
  test('lists the dead for a monitor, puts them back into the queue, takes them out of it', async () => {
    const [failed, uncertain] = await asOwner(async (client) => {
      // The training office's month has dead ones of its own.
      await client.query(`update outbox_message set state = 'cancelled' where state in ('failed', 'uncertain', 'expired')`)
      const ids: number[] = []
      for (const [recipient, state] of [['refused@example.org', 'failed'], ['perhaps@example.org', 'uncertain']]) {
        const { rows } = await client.query(`select outbox_put(gen_random_uuid(), 'email', $1, 'test', '{}', null)::int as id`, [recipient])
        await client.query(`update outbox_message set state = $2, error = 'smtp550', finished_at = now() where id = $1`, [rows[0].id, state])
        ids.push(rows[0].id)
      }
      return ids
    })
    const dead = await okno(['outbox', 'list'], { env: asAdmin() })
    expect(dead).toMatchObject({ code: 1, json: { overview: { mail: false }, messages: [{ id: uncertain, recipient: 'p***@example.org', resend: 'mayRepeat' }, { id: failed, resend: 'plain' }] } })
    expect(await okno(['outbox', 'resend', `${failed},${uncertain}`], { env: asAdmin() })).toMatchObject({ code: 1, json: { resent: 1, left: [uncertain] } })
    expect(await okno(['outbox', 'resend', String(uncertain), '--even-if-arrived'], { env: asAdmin() })).toMatchObject({ code: 0, json: { resent: 1, left: [] } })
    expect(await okno(['outbox', 'list'], { env: asAdmin() })).toMatchObject({ code: 0, json: { messages: [] } })
    expect(await okno(['outbox', 'list', '--what', 'waiting'], { env: asAdmin() })).toMatchObject({ code: 0, json: { messages: expect.arrayContaining([expect.objectContaining({ id: uncertain }), expect.objectContaining({ id: failed })]) } })
    expect(await okno(['outbox', 'cancel', `${failed},${uncertain}`], { env: asAdmin() })).toMatchObject({ code: 0, json: { cancelled: 2, left: [] } })
    expect(await okno(['outbox', 'resend', 'all'], { env: asAdmin() })).toMatchObject({ code: 2 })
    expect(await okno(['outbox', 'list'], { env: asOperator() })).toMatchObject({ code: 1, json: { code: 'forbidden' } })
    // Eight programs one after another.
  }, 90_000)
})

describe('migrate', () => {
  const migrations = collectMigrations(import.meta.glob<string>('../../../src/main/db/migrations/*.sql', { eager: true, query: '?raw', import: 'default' }))

  test('of a current database does nothing', async () => {
    expect(await okno(['migrate'], { env: { OKNO_DATA: data } })).toMatchObject({ code: 0, json: { from: schemaVersion, to: schemaVersion } })
  })

  test('of an older one tells from where to where', async () => {
    const folder = join(base, 'older office')
    const server = await startEmbeddedServer({ folder, log: silentLog })
    const owner = knex({ client: 'pg', connection: { host: server.host, port: server.port, database: server.database, ...server.owner } })
    await migrate(owner, { appVersion: 'old', migrations: migrations.slice(0, -2) })
    await owner.destroy()
    await server.stop()
    expect(await okno(['migrate'], { env: { OKNO_DATA: folder } })).toMatchObject({ code: 0, json: { from: schemaVersion - 2, to: schemaVersion } })
    expect(readdirSync(join(folder, 'backups'))).toHaveLength(1)
  })

  test('of a shared server is the owner’s; a desk works with none but the current schema', async () => {
    const server = await startPostgres()
    try {
      const { host, port, user, password } = server
      const folder = join(base, 'desk of a shared office')
      const admin = new pg.Client({ host, port, user, password, database: 'postgres' })
      await admin.connect()
      await admin.query('create database shared_office')
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'settings.json'), JSON.stringify({ database: { kind: 'server', host, port, database: 'shared_office', tls: 'off' } }))
      const env = { OKNO_DATA: folder, OKNO_LOGIN: 'boss', OKNO_PASSWORD_FILE: file('boss-password', 'long-enough-password') }
      const owner = { ...env, OKNO_OWNER_LOGIN: user, OKNO_OWNER_PASSWORD_FILE: file('owner-password', password) }

      expect(await okno(['migrate'], { env })).toMatchObject({ code: 1, json: { code: 'notSignedIn', reason: 'ownerLoginMissing' } })
      const older = knex({ client: 'pg', connection: { host, port, user, password, database: 'shared_office' } })
      await migrate(older, { appVersion: 'old', migrations: migrations.slice(0, -1) })
      await older.raw(`create role desk_role login password 'long-enough-password'; grant connect on database shared_office to desk_role`)
      await older.destroy()
      const early = await okno(['call', 'session.status'], { env: { ...env, OKNO_LOGIN: 'desk_role' } })
      expect([early.code, early.json]).toEqual([1, { code: 'schemaMismatch', reason: 'databaseIsOlder', details: { database: schemaVersion - 1, app: schemaVersion } }])

      expect(await okno(['migrate'], { env: owner })).toMatchObject({ code: 0, json: { from: schemaVersion - 1, to: schemaVersion } })
      expect(await okno(['init', '--admin', 'boss', '--office', 'Общий офис'], { env: owner })).toMatchObject({ code: 0, json: { office: 'empty', admin: 'boss' } })
      expect(await okno(['call', 'session.status'], { env })).toMatchObject({ code: 0, json: { staff: { login: 'boss', office: { name: 'Общий офис' } } } })
      expect(await okno(['audit', 'verify'], { env })).toMatchObject({ code: 0 })

      await admin.query('alter database shared_office allow_connections false')
      expect(await okno(['call', 'session.status'], { env })).toMatchObject({ code: 1, json: { code: expect.stringMatching(/databaseUnavailable|internal/) } })
      await admin.end()
      await server.stop()
      expect(await okno(['call', 'session.status'], { env })).toMatchObject({ code: 1, json: { code: 'databaseUnavailable', reason: 'unreachable' } })
    } finally {
      await server.stop()
    }
  }, 60_000)
})

/** Looks into the office, or spoils it, as the owner of its database. */
async function asOwner<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ host: window.host, port: window.port, database: window.database, ...window.owner })
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end()
  }
}
