import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync, appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { openDataFolder } from '../../../../src/main/data-folder'
import { silentLog } from '../../../../src/main/log'
import { registerWatch, type RegisterWatching } from '../../../../src/main/features/registers/watch/register-watch'
import { fits, inOrder, ruleOf } from '../../../../src/main/features/registers/watch/watch-rules'
import type { WatchSettings } from '../../../../src/shared/contract/registers'
import { type Office, registerOffice } from './register-office'

let office: Office
let folder: string
let writing: () => void
let watching: RegisterWatching
let changes: number
beforeEach(async () => {
  office = await registerOffice(inject('postgres'))
  folder = join(office.folder, 'обмен')
  mkdirSync(folder)
  writing = () => undefined
  changes = 0
  watching = await another()
  await watching.save(settings())
})
afterEach(() => office.close())

/** As another start of the program on the same data folder. */
async function another(now = () => new Date()): Promise<RegisterWatching> {
  return registerWatch({
    now,
    folder: await openDataFolder({ OKNO_DATA: join(office.folder, 'data') }), administrator: () => null, changed: () => (changes += 1), progress: () => undefined, log: silentLog,
    // What a program that is still writing does between the two looks.
    settle: async () => writing(),
  })
}
const settings = (more: Partial<WatchSettings> = {}): WatchSettings => ({
  folder, isOn: true, everyMinutes: 5,
  rules: [{ pattern: 'абоненты*.csv', kind: 'subscribers', provider: null }, { pattern: 'accounts*', kind: 'accounts', provider: null }],
  ...more,
})
const drop = (name: string, text: string) => writeFileSync(join(folder, name), text)
const people = (...ids: string[]) => `subscriber_id;kind;last_name;first_name\n${ids.map((id) => `${id};person;Иванов;Иван\n`).join('')}`
const inside = (place: string) => (existsSync(join(folder, place)) ? readdirSync(join(folder, place)).map((name) => name.replace(/^\S+ /, '')).sort() : [])

test('finished files are taken in the order registers need, and lie in done with their verdicts; what is no register of a rule stays', async () => {
  drop('accounts-1.csv', 'provider;account;subscriber_id;house\neis24;0700012345;S1;5\n')
  drop('Абоненты_за_октябрь.CSV', people('S1', 'S2'))
  drop('readme.txt', 'не реестр')
  const { entries, problem } = await watching.pass(office.db)
  expect(problem).toBeNull()
  expect(entries).toMatchObject([
    { fileName: 'Абоненты_за_октябрь.CSV', kind: 'subscribers', outcome: 'taken', accepted: 2, refused: 0 },
    { fileName: 'accounts-1.csv', kind: 'accounts', outcome: 'taken', accepted: 1, refused: 0 },
  ])
  expect(inside('done')).toEqual(['accounts-1.csv', 'accounts-1.csv.verdict.csv', 'Абоненты_за_октябрь.CSV', 'Абоненты_за_октябрь.CSV.verdict.csv'].sort())
  expect(readdirSync(folder).sort()).toEqual(['done', 'failed', 'readme.txt', 'work'])
  expect(await office.count('subscriber')).toBe(2)
  // Told after a restart, too.
  expect((await (await another()).tell()).history.map(({ fileName }) => fileName)).toEqual(['accounts-1.csv', 'Абоненты_за_октябрь.CSV'])
  expect(changes).toBeGreaterThan(0)
})

test('a file that grows between two looks waits for the next pass', async () => {
  drop('абоненты.csv', people('S1'))
  writing = () => appendFileSync(join(folder, 'абоненты.csv'), 'S2;person;Петров;Пётр\n')
  expect(await watching.pass(office.db)).toEqual({ entries: [], problem: null })
  expect(await office.count('subscriber')).toBe(0)
  writing = () => undefined
  expect((await watching.pass(office.db)).entries).toMatchObject([{ accepted: 2 }])
})

test('the same bytes under another name are not taken a second time, unless something of them was refused', async () => {
  drop('абоненты.csv', people('S1'))
  await watching.pass(office.db)
  drop('абоненты-2.csv', people('S1'))
  expect((await watching.pass(office.db)).entries).toMatchObject([{ outcome: 'unchanged', unchanged: 1 }])
  expect(await office.count('import_batch')).toBe(1)
  const account = 'provider;account;subscriber_id;house\neis24;0700012345;S9;5\n'
  drop('accounts.csv', account)
  expect((await watching.pass(office.db)).entries).toMatchObject([{ outcome: 'taken', refused: 1 }])
  drop('абоненты-9.csv', people('S9'))
  drop('accounts.csv', account)
  expect((await watching.pass(office.db)).entries).toMatchObject([{ accepted: 1 }, { outcome: 'taken', accepted: 1, refused: 0 }])
})

test('a file that is no register goes to failed with words, and the others are taken', async () => {
  drop('абоненты-а.csv', 'фамилия;имя\nИванов;Иван\n')
  drop('абоненты-б.csv', people('S1'))
  const { entries, problem } = await watching.pass(office.db)
  expect(problem).toBeNull()
  expect(entries).toMatchObject([{ outcome: 'failed', reason: 'registerColumnsMissing' }, { outcome: 'taken', accepted: 1 }])
  const text = readdirSync(join(folder, 'failed')).find((name) => name.endsWith('.verdict.txt'))!
  expect(readFileSync(join(folder, 'failed', text), 'utf8')).toContain('Нет обязательных столбцов: код_абонента, вид')
})

test('links in the folder are not followed: they would read, move and write what whoever laid them may not', async () => {
  const secrets = join(office.folder, 'secrets')
  mkdirSync(secrets)
  writeFileSync(join(secrets, 'database-owner'), 'пароль')
  symlinkSync(join(secrets, 'database-owner'), join(folder, 'абоненты.csv'))
  expect(await watching.pass(office.db)).toEqual({ entries: [], problem: null })
  expect(inside('failed')).toEqual([])
  rmSync(join(folder, 'work'), { recursive: true })
  symlinkSync(secrets, join(folder, 'work'))
  expect(await watching.pass(office.db)).toEqual({ entries: [], problem: { reason: 'watchFolderLink', details: { folder } } })
  expect(readdirSync(secrets)).toEqual(['database-owner'])
})

test('what a killed program left half way is taken by the next one, once', async () => {
  drop('абоненты.csv', people('S1'))
  await watching.pass(office.db)
  // Killed after the import and before the move, and before the import.
  mkdirSync(join(folder, 'work'), { recursive: true })
  const [done] = readdirSync(join(folder, 'done')).filter((name) => name.endsWith('.csv') && !name.includes('verdict'))
  renameSync(join(folder, 'done', done!), join(folder, 'work', 'абоненты.csv'))
  writeFileSync(join(folder, 'work', 'абоненты-2.csv'), people('S2'))
  writeFileSync(join(folder, 'done', 'x абоненты-2.csv.verdict.csv.part'), 'начало')
  const next = await another()
  expect((await next.pass(office.db)).entries.map(({ outcome, accepted }) => [outcome, accepted]).sort()).toEqual([['taken', 1], ['unchanged', 0]])
  expect(await office.count('subscriber')).toBe(2)
  expect(readdirSync(join(folder, 'work'))).toEqual([])
  expect(readdirSync(join(folder, 'done')).filter((name) => name.endsWith('.part'))).toEqual([])
})

test('a share that is away is told and told to be back; another import or no server lets the file wait', async () => {
  renameSync(folder, `${folder}-away`)
  expect(await watching.pass(office.db)).toMatchObject({ entries: [], problem: { reason: 'watchFolderAway', details: { folder } } })
  expect((await watching.tell()).problem?.reason).toBe('watchFolderAway')
  renameSync(`${folder}-away`, folder)
  drop('абоненты.csv', people('S1'))
  const blocker = await office.owner.transaction()
  await blocker.raw(`select pg_advisory_xact_lock(hashtext('okno.registers'))`)
  expect(await watching.pass(office.db)).toMatchObject({ entries: [], problem: { reason: 'importRunning' } })
  await blocker.rollback()
  expect(await watching.pass(office.db)).toMatchObject({ entries: [{ accepted: 1 }], problem: null })
  expect((await watching.tell()).problem).toBeNull()
})

test('a file that cannot be read holds up no other, is named, and is taken once it can be; what took its place meanwhile is not followed', async () => {
  drop('абоненты-а.csv', people('S1'))
  drop('абоненты-б.csv', people('S2'))
  const work = join(folder, 'work')
  const claimed = join(work, 'абоненты-а.csv')
  const secret = join(office.folder, 'чужой.csv')
  writeFileSync(secret, people('S7'))
  // Between the look into the folder and the turn of the file, as somebody does who may write there.
  let swap = () => {
    renameSync(claimed, join(office.folder, 'kept.csv'))
    symlinkSync(secret, claimed)
    swap = () => undefined
  }
  const slow = await another(() => (existsSync(claimed) && swap(), new Date()))
  expect(await slow.pass(office.db)).toMatchObject({
    entries: [{ fileName: 'абоненты-б.csv', outcome: 'taken', accepted: 1 }],
    problem: { reason: 'watchFileUnreadable', details: { file: 'абоненты-а.csv' } },
  })
  expect((await office.rows('subscriber', 'id')).length).toBe(1)
  rmSync(claimed)
  renameSync(join(office.folder, 'kept.csv'), claimed)
  expect(await watching.pass(office.db)).toMatchObject({ entries: [{ fileName: 'абоненты-а.csv', outcome: 'taken', accepted: 1 }], problem: null })
})

test.skipIf(process.getuid?.() === 0)('a folder nobody may write to is told', async () => {
  chmodSync(folder, 0o500)
  expect((await watching.pass(office.db)).problem?.reason).toBe('watchFolderClosed')
  chmodSync(folder, 0o700)
})

test('columns remembered for the provider of a rule are used', async () => {
  await office.db.call('register_mapping_save', { kind: 'accounts', provider: 'eis24', columns: JSON.stringify([{ from: 'ЛС', to: 'account' }, { from: 'Код', to: 'subscriber_id' }, { from: 'Д.', to: 'house' }]), fixed: JSON.stringify([{ column: 'provider', value: 'eis24' }]) })
  await watching.save(settings({ rules: [{ pattern: 'ls*', kind: 'accounts', provider: 'eis24' }] }))
  await office.take('subscribers', people('S1'))
  drop('ls.csv', 'ЛС;Код;Д.\n0700012345;S1;5\n')
  expect((await watching.pass(office.db)).entries).toMatchObject([{ outcome: 'taken', accepted: 1 }])
  expect((await office.rows('import_batch', 'started_at')).at(-1)).toMatchObject({ mapping: { fixed: [{ column: 'provider', value: 'eis24' }] } })
})

test('patterns know the star and the question mark, letter case does not matter, unfinished names are nobody’s', () => {
  const rules = settings().rules
  expect(ruleOf('АБОНЕНТЫ.csv', rules)?.kind).toBe('subscribers')
  for (const name of ['.абоненты.csv', '~$абоненты.csv', 'accounts.csv.part', 'accounts.tmp']) expect(ruleOf(name, rules), name).toBeNull()
  expect([fits('a.csv', '*.csv'), fits('ab.csv', '?.csv'), fits('a', 'a*'), fits('', '*'), fits('abc', 'a?c'), fits('abc', 'a?')]).toEqual([true, false, true, true, true, false])
  // A pattern that costs a regular expression minutes.
  expect(fits('a'.repeat(5_000), `${'*a'.repeat(40)}b`)).toBe(false)
  const file = (kind: 'subscribers' | 'meters', changedAt: number, name: string) => ({ rule: { pattern: '*', kind, provider: null }, changedAt, name })
  expect(inOrder([file('meters', 1, 'м'), file('subscribers', 9, 'б'), file('subscribers', 9, 'а'), file('subscribers', 3, 'я')]).map(({ name }) => name)).toEqual(['я', 'а', 'б', 'м'])
})

test('nothing is watched before it is set', async () => {
  rmSync(join(office.folder, 'data', 'settings.json'))
  await expect((await another()).pass(office.db)).rejects.toMatchObject({ reason: 'watchNotSet' })
  expect((await watching.tell()).settings).toBeNull()
})
