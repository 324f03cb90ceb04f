import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { importRegister } from '../../../../src/main/features/registers/import-register'
import { previewRegister } from '../../../../src/main/features/registers/preview-register'
import { registersService } from '../../../../src/main/features/registers/registers-service'
import type { StaffMember } from '../../../../src/shared/contract/session'
import type { RegisterProgress } from '../../../../src/shared/contract/registers'
import { openDataFolder } from '../../../../src/main/data-folder'
import { silentLog } from '../../../../src/main/log'
import { registerWatch } from '../../../../src/main/features/registers/watch/register-watch'
import { createDatabase } from '../../../../src/main/db/database'
import { canMount, smallDisk } from '../../../support/small-disk'
import { type Office, registerOffice } from './register-office'

let office: Office
beforeEach(async () => {
  office = await registerOffice(inject('postgres'))
})
afterEach(() => office.close())

const header = 'subscriber_id;kind;last_name;first_name;phone\n'
const people = (count: number, name = 'Иванов') => header + Array.from({ length: count }, (_, i) => `S${i};person;${name};Иван;912${String(i).padStart(7, '0')}\n`).join('')
const verdictPath = () => join(office.folder, 'verdict.csv')

test.each(['reading', 'merging', 'writingVerdicts'] as const)('an import cancelled while %s leaves the office as before and no verdict file', async (phase) => {
  await office.take('subscribers', people(50))
  const before = await office.contents()
  const controller = new AbortController()
  const path = office.write('more.csv', people(20_000, 'Петров'))
  const cancelled = importRegister(office.db, {
    kind: 'subscribers', path, verdictPath: verdictPath(), signal: controller.signal,
    onProgress: (event) => {
      if (event.phase === phase) controller.abort()
    },
  })
  await expect(cancelled).rejects.toMatchObject({ code: 'conflict', reason: 'importCancelled' })
  expect(await office.contents()).toEqual(before)
  expect(readdirSync(office.folder).filter((name) => name.startsWith('verdict'))).toEqual([])
  // The connection is as good as before.
  expect(await office.take('subscribers', people(50))).toMatchObject({ unchanged: 50 })
})

test.each(['reading', 'merging', 'writingVerdicts'] as const)('an import whose connection is killed while %s leaves the office as before', async (phase) => {
  await office.take('subscribers', people(50))
  const before = await office.contents()
  const path = office.write('more.csv', people(20_000, 'Петров'))
  let killed: Promise<unknown> | undefined
  const broken = importRegister(office.db, {
    kind: 'subscribers', path, verdictPath: verdictPath(),
    onProgress: (event) => {
      if (event.phase === phase) killed ??= Promise.resolve(office.owner.raw(`select pg_terminate_backend(pid) from pg_stat_activity where usename = ? and state <> 'idle'`, [office.logins.admin]))
    },
  })
  await expect(broken).rejects.toThrow()
  await killed
  expect(await office.contents()).toEqual(before)
  expect(existsSync(verdictPath())).toBe(false)
})

test('a file that cannot be read to its end changes nothing', async () => {
  const before = await office.contents()
  await expect(office.take('subscribers', 'subscriber_id;фамилия\nS1;Иванов\n')).rejects.toMatchObject({ reason: 'registerColumnsMissing', details: { columns: ['kind'] } })
  await expect(office.take('subscribers', '')).rejects.toMatchObject({ reason: 'registerEmpty' })
  await expect(importRegister(office.db, { kind: 'subscribers', path: join(office.folder, 'absent.csv') })).rejects.toMatchObject({ reason: 'registerUnreadable', details: { error: 'ENOENT' } })
  expect(await office.contents()).toEqual(before)
})

test('a verdict file that cannot be written takes the import back', async () => {
  const path = office.write('people.csv', people(3))
  await expect(importRegister(office.db, { kind: 'subscribers', path, verdictPath: join(office.folder, 'no', 'such', 'folder.csv') })).rejects.toMatchObject({ reason: 'verdictNotWritten', details: { error: 'ENOENT' } })
  expect(await office.count('subscriber')).toBe(0)
})

test.skipIf(!canMount)('a disk that ends while verdicts are written takes the import back, and leaves no half of them', async () => {
  await office.take('subscribers', people(50))
  const before = await office.contents()
  const path = office.write('more.csv', people(3000, 'Петров'))
  const disk = smallDisk(2 ** 20)
  try {
    const onDisk = { kind: 'subscribers' as const, path, verdictPath: join(disk.folder, 'verdict.csv') }
    // Room for a part of them, and none at all.
    for (const room of [32 * 1024, 0]) {
      disk.fill(room)
      await expect(importRegister(office.db, onDisk), `${room} bytes`).rejects.toMatchObject({ code: 'printerUnavailable', reason: 'verdictNotWritten', details: { error: 'ENOSPC' } })
      expect(await office.contents()).toEqual(before)
      expect(readdirSync(disk.folder)).toEqual(['filler'])
    }
    disk.makeRoom()
    expect(await importRegister(office.db, onDisk)).toMatchObject({ accepted: 3000, verdictFile: onDisk.verdictPath })
    expect(readFileSync(onDisk.verdictPath, 'utf8').trim().split('\r\n')).toHaveLength(3001)
  } finally {
    disk.unmount()
  }
})

test('a verdict that cannot get its name when the rows are in is told by the one it has', async () => {
  // A folder stands where the file should be.
  mkdirSync(join(verdictPath(), 'in the way'), { recursive: true })
  const { verdictFile, accepted } = await importRegister(office.db, { kind: 'subscribers', path: office.write('people.csv', people(3)), verdictPath: verdictPath() })
  expect({ accepted, verdictFile, subscribers: await office.count('subscriber') }).toEqual({ accepted: 3, verdictFile: `${verdictPath()}.part`, subscribers: 3 })
  expect(readFileSync(`${verdictPath()}.part`, 'utf8').trim().split('\r\n')).toHaveLength(4)
})

test('an operator imports nothing, in any way', async () => {
  const path = office.write('people.csv', people(3))
  await expect(importRegister(office.operatorDb, { kind: 'subscribers', path })).rejects.toMatchObject({ code: '42501' })
  await expect(previewRegister(office.operatorDb, { path })).rejects.toMatchObject({ code: '42501' })
  const operator = office.connectAs(office.logins.operator)
  for (const statement of [
    `insert into register_stage_subscribers (batch_id, line) values (gen_random_uuid(), 1)`,
    `select register_merge_subscribers(gen_random_uuid())`,
    `select * from register_verdicts(gen_random_uuid(), 0, 10)`,
    `select register_history()`,
  ]) {
    await expect(operator.raw(statement), statement).rejects.toMatchObject({ code: '42501' })
  }
  await operator.destroy()
})

test('an administrator reads neither staging nor the office through an import, and verdicts of no other batch', async () => {
  const { batchId } = await office.take('subscribers', people(3))
  const admin = office.connectAs(office.logins.admin)
  for (const statement of [
    'select * from register_stage_subscribers',
    'select * from register_verdict',
    'select * from register_next_subscribers',
    'select * from subscriber',
    `update register_stage_subscribers set line = 1`,
    `copy register_stage_subscribers to stdout`,
    `select register_finish('${batchId}', '{}')`,
  ]) {
    await expect(admin.raw(statement), statement).rejects.toMatchObject({ code: '42501' })
  }
  await expect(admin.raw(`select * from register_verdicts('${batchId}', 0, 10)`)).rejects.toMatchObject({ code: 'OK404' })
  await expect(admin.raw(`select register_merge_subscribers('${batchId}')`)).rejects.toMatchObject({ code: 'OK404' })
  await admin.destroy()
})

test('nothing of a file stays in staging', async () => {
  await office.take('subscribers', people(3))
  expect(await office.count('register_stage_subscribers')).toBe(0)
  expect(await office.count('register_verdict')).toBe(0)
})

test('two imports do not run at once: the second is told so and nothing is lost', async () => {
  const running = await office.owner.transaction()
  await running.raw(`select pg_advisory_xact_lock(hashtext('okno.registers'))`)
  const path = office.write('people.csv', people(5))
  await expect(importRegister(office.db, { kind: 'subscribers', path })).rejects.toMatchObject({ code: 'OK409', message: expect.stringContaining('importRunning') })
  await running.rollback()
  expect(await importRegister(office.db, { kind: 'subscribers', path })).toMatchObject({ accepted: 5 })
})

test('administrators who look at files at once wait for each other for a moment, and each sees the verdicts', async () => {
  const path = office.write('people.csv', people(30))
  const other = office.connectAs(office.logins.admin)
  const shown = await Promise.all([office.db, createDatabase(other), office.db, createDatabase(other)].map((db) => previewRegister(db, { path })))
  for (const { rows } of shown) expect(rows.map(({ verdict }) => verdict)).toEqual(Array(20).fill('accepted'))
  await other.destroy()
})

test('a preview shows kind, columns and true verdicts of the first rows, and writes nothing', async () => {
  await office.take('subscribers', people(1))
  const before = await office.contents()
  const path = office.write('preview.csv', 'Код_абонента,вид,фамилия,имя,цвет\nS0,person,Иванов,Иван,красный\nS1,person,,Иван,\nS2,физлицо,Петров,"Пётр', 'windows-1251')
  expect(await previewRegister(office.db, { path })).toMatchObject({
    fileName: 'preview.csv',
    encoding: 'windows-1251',
    separator: ',',
    kind: 'subscribers',
    columns: [{ name: 'Код_абонента', column: 'subscriber_id' }, { column: 'kind' }, { column: 'last_name' }, { column: 'first_name' }, { name: 'цвет', column: null }],
    missing: [],
    rowEstimate: 3,
    rows: [
      { line: 2, verdict: 'unchanged', reasons: [] },
      { line: 3, verdict: 'refused', reasons: [{ code: 'valueMissing', details: ['last_name'], text: 'не заполнено «фамилия»' }] },
      { line: 4, verdict: 'refused', reasons: [{ code: 'brokenQuote' }] },
    ],
  })
  expect(await office.contents()).toEqual(before)
})

test('a preview of a file of no known register says which columns are missing once the kind is chosen', async () => {
  const path = office.write('unknown.csv', 'номер;цвет\n1;красный\n')
  expect(await previewRegister(office.db, { path })).toMatchObject({ kind: null, columns: [{ name: 'номер', column: null }, { column: null }], rows: [{ cells: ['1', 'красный'] }] })
  expect((await previewRegister(office.db, { path, kind: 'payments' })).missing.map(({ column }) => column)).toEqual(['provider', 'account', 'payment_id', 'paid_on', 'amount'])
})

test('the service imports a chosen file once per operation, tells progress, keeps the verdict file and the history', async () => {
  const path = office.write('people.csv', people(3))
  const events: RegisterProgress[] = []
  const revealed: string[] = []
  const service = registersService({
    files: { choose: async () => ({ file: 'token', fileName: 'people.csv' }), open: (token) => (token === 'token' ? path : 'nowhere'), reveal: (shown) => revealed.push(shown) },
    chooseSavePath: async () => null,
    folders: { verdicts: join(office.folder, 'verdicts') },
    chooseFolder: async () => null,
    watching: registerWatch({ folder: await openDataFolder({ OKNO_DATA: join(office.folder, 'data') }), administrator: () => null, changed: () => undefined, progress: () => undefined, log: silentLog }),
    progress: (event) => events.push(event),
  })
  // The service asks the actor nothing: rights are the database's.
  const context = { actor: {} as StaffMember, db: office.db }
  const operationId = '6f1c54a2-6d0e-4b7e-9f0a-3d8f6a0d5f12'
  const result = await service.run({ operationId, file: 'token', kind: 'subscribers', mapping: null }, context)
  expect(result).toMatchObject({ batchId: operationId, accepted: 3 })
  expect(readFileSync(result.verdictFile ?? '', 'utf8').split('\r\n')).toHaveLength(5)
  expect(await service.run({ operationId, file: 'token', kind: 'subscribers', mapping: null }, context)).toMatchObject({ accepted: 3, verdictFile: null })
  expect([...new Set(events.map(({ phase }) => phase))]).toEqual(['reading', 'merging', 'writingVerdicts'])
  expect(await service.history({}, context)).toMatchObject([{ batchId: operationId, kind: 'subscribers', fileName: 'people.csv', accepted: 3, startedBy: office.logins.admin }])
  expect(await service.showVerdict({ batchId: operationId }, context)).toEqual({ shown: true })
  expect(revealed).toEqual([result.verdictFile])
  expect(await service.cancel({ batchId: operationId }, context)).toEqual({ cancelled: false })
})

test('a merge is stopped on the server, by its own administrator and by nobody else', async () => {
  const before = await office.contents()
  const path = office.write('people.csv', people(30_000))
  const controller = new AbortController()
  const other = office.connectAs(office.logins.operator)
  await office.owner.raw(`grant okno_admin to ${office.logins.operator}`)
  let attempt: Promise<unknown> | undefined
  const stopped = importRegister(office.db, {
    kind: 'subscribers', path, signal: controller.signal,
    onProgress: ({ phase }) => {
      if (phase === 'merging') attempt ??= whileMerging()
    },
  })
  await expect(stopped).rejects.toMatchObject({ reason: 'importCancelled' })
  expect(await attempt).toBe(false)
  expect(await office.contents()).toEqual(before)
  await office.owner.raw(`revoke okno_admin from ${office.logins.operator}`)
  await other.destroy()

  async function whileMerging(): Promise<unknown> {
    const merging = () => office.owner.raw(`select pid from pg_stat_activity where usename = ? and state = 'active' and query like '%register_merge_%'`, [office.logins.admin])
    let found = await merging()
    while (found.rows.length === 0) found = await merging()
    const answer = await createDatabase(other).call('register_cancel', { processId: found.rows[0].pid })
    controller.abort()
    return answer
  }
})
