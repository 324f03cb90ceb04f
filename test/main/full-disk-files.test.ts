import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { makeBackupKey } from '../../src/main/backup/run-backup'
import { makeBackup } from '../../src/main/backup/backup-jobs'
import { listBackups, publish, type BackupNote, writeBackup } from '../../src/main/backup/backup-file'
import { readOffice } from '../../src/main/backup/read-office'
import { makeFeedKey } from '../../src/main/headless/feed'
import { silentLog } from '../../src/main/log'
import { cast } from '../../src/main/training'
import { canMount, smallDisk, type SmallDisk } from '../support/small-disk'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../support/test-app'
import { failureOf, openVisit } from '../support/visit'
import { staff } from '../support/staff'
import { filter, flats, house } from './features/document-batches/houses'

/** What is written for people onto a disk of 2 MB that really ends. The database lies elsewhere. */
describe.skipIf(!canMount)('on a full disk', () => {
  let disk: SmallDisk
  let office: TestOffice
  let admin: TestDesk
  let senior: TestDesk
  beforeAll(async () => {
    disk = smallDisk(2 * 2 ** 20)
    office = await openTestOffice()
    admin = await office.desk('admin')
    senior = await office.desk('senior', { batchFolder: disk.folder })
    const { version } = (await admin.api.staff.list({})).find((one) => one.login === staff.senior.login)!
    await admin.api.staff.setGrants({ login: staff.senior.login, grants: ['exportReports'], version })
  })
  afterAll(async () => {
    await office.close()
    disk.unmount()
  })
  afterEach(() => disk.makeRoom())

  const left = () => readdirSync(disk.folder).filter((name) => name !== 'filler')
  const operations = async () => Number((await office.owner.raw('select count(*)::int as n from operation')).rows[0].n)
  const today = async () => (await office.owner.raw('select office_today()::text as day')).rows[0].day as string

  /** A call that saves a file: refused without room, with what stood there before as it was, and done by the same call when there is room. */
  async function isWholeOrNotAtAll(desk: TestDesk, name: string, call: string, input: object, leave = 0): Promise<void> {
    const path = join(disk.folder, name)
    writeFileSync(path, 'прежний файл')
    const before = left()
    desk.saveTo.path = path
    disk.fill(leave)
    expect(await failureOf(desk, call, input)).toMatchObject({ code: 'printerUnavailable', reason: 'fileNotWritten', details: { error: 'ENOSPC' } })
    expect(left()).toEqual(before)
    expect(readFileSync(path, 'utf8')).toBe('прежний файл')
    disk.makeRoom()
    expect(await desk.dispatch(call, input)).toMatchObject({ ok: true })
    expect(readFileSync(path).length).toBeGreaterThan(100)
    expect(left().filter((file) => file.startsWith('.'))).toEqual([])
  }

  test('a bill is not saved by half and not counted as given', async () => {
    const desk = await office.desk('first')
    const { visit, account } = await openVisit(desk, cast.maria, 'readingsOnly')
    const target = { visitId: visit.id, accountId: account('enser').id }
    const [{ period } = { period: '' }] = await desk.api.paymentDocuments.periods(target)
    const before = await operations()
    disk.fill()
    desk.saveTo.path = join(disk.folder, 'another.pdf')
    await failureOf(desk, 'paymentDocuments.give', { operationId: operation(), ...target, period, output: { how: 'save' } })
    expect(await operations()).toBe(before)
    disk.makeRoom()
    await isWholeOrNotAtAll(desk, 'bill.pdf', 'paymentDocuments.give', { operationId: operation(), ...target, period, output: { how: 'save' } })
  })

  test.each(['pdf', 'xlsx', 'csv'] as const)('a report as %s is whole or not there', async (format) => {
    const day = await today()
    await isWholeOrNotAtAll(senior, `report.${format}`, 'reports.export', { operationId: operation(), report: 'cardsWithoutVisit', filters: { from: day, to: day }, sort: null, format, output: { how: 'save' } })
  })

  test('an extract of the journal is there with its note or not at all', async () => {
    const day = await today()
    const ask = { operationId: operation(), from: day, to: day, basis: 'Запрос РКН № 17' }
    // Without a page of room, and with room for the rows but not for the note about them.
    await isWholeOrNotAtAll(senior, 'extract.csv', 'audit.export', ask)
    await isWholeOrNotAtAll(senior, 'second.csv', 'audit.export', { ...ask, operationId: operation(), staffLogin: staff.admin.login }, 8 * 1024)
    expect(left()).toContain('extract.pdf')
  })

  test('a control point of the journal is whole or not there', () => isWholeOrNotAtAll(senior, 'anchor.json', 'audit.anchor', {}))

  test('the configuration is whole or not there, and is noted as taken out only when it was', async () => {
    const noted = async () => Number((await office.owner.raw(`select count(*)::int as n from audit_event where action = 'configuration.export'`)).rows[0].n)
    const before = await noted()
    await isWholeOrNotAtAll(admin, 'configuration.json', 'configuration.export', { operationId: operation() })
    expect(await noted()).toBe(before + 1)
  })

  test.each(['registers.exportContacts', 'registers.exportReadings'])('what %s took out stays in the list, and its file is written when there is room', async (call) => {
    const period = (await today()).slice(0, 7)
    const input = { operationId: operation(), provider: null, encoding: 'utf-8', again: null, ...(call === 'registers.exportReadings' && { period }) }
    admin.saveTo.path = join(disk.folder, 'billing.csv')
    const before = left()
    disk.fill()
    expect(await failureOf(admin, call, input)).toMatchObject({ code: 'printerUnavailable', reason: 'exportNotWritten', details: { error: 'ENOSPC' } })
    expect(left()).toEqual(before)
    disk.makeRoom()
    const batches = call === 'registers.exportReadings' ? await admin.api.registers.exports({}) : await admin.api.registers.contactExports({})
    expect(await admin.dispatch(call, { ...input, operationId: operation(), again: batches[0]?.batchId })).toMatchObject({ ok: true })
    expect(readFileSync(admin.saveTo.path).length).toBeGreaterThan(50)
  })

  test('a batch of bills pauses, counts nothing that was not written, and goes on', async () => {
    await house(office.owner, '1', flats(3))
    const { batchId } = await senior.api.documentBatches.create({ operationId: operation(), name: 'Пакетная', filter: filter(), separators: true })
    const output = { how: 'folder', per: 'house', sheets: 500 } as const
    const before = left()
    disk.fill()
    expect(await failureOf(senior, 'documentBatches.run', { batchId, output, lastGoodSheet: null })).toMatchObject({ reason: 'fileNotWritten' })
    expect(left()).toEqual(before)
    expect(await senior.api.documentBatches.state({ batchId })).toMatchObject({ state: 'paused', pausedBecause: 'fileNotWritten', counts: { printed: 0, waiting: 3 } })
    disk.makeRoom()
    expect(await senior.api.documentBatches.run({ batchId, output, lastGoodSheet: null })).toMatchObject({ state: 'done', counts: { printed: 3, waiting: 0 } })
    expect(left().length).toBe(before.length + 1)
  })

  test('a backup leaves nothing of itself, and says how much room it needs', async () => {
    const source = { address: office.address, owner: office.ownerLogin }
    const before = left()
    disk.fill(64 * 1024)
    const writing = readOffice(source.address, source.owner, { appVersion: 'test' }, (stream) => writeBackup(join(disk.folder, 'okno-x.age.part'), stream, { passphrase: 'долгая фраза копии' }))
    await expect(writing).rejects.toMatchObject({ code: 'databaseUnavailable', reason: 'backupDiskFull' })
    await expect(makeBackup({ folder: senior.folder.path, log: silentLog, appVersion: 'test' }, source, { folder: disk.folder, lock: { passphrase: 'долгая фраза копии' } }))
      .rejects.toMatchObject({ reason: 'backupDiskFull', details: { freeBytes: expect.any(Number), neededBytes: expect.any(Number) } })
    expect(left()).toEqual(before)
  })

  test('a backup that is verified has its name and its note, or neither', async () => {
    const part = join(disk.folder, 'okno-2026-11-23T00-00-00Z-00000000.age.000000.part')
    const file = join(disk.folder, 'okno-2026-11-23T00-00-00Z-00000000.age')
    writeFileSync(part, Buffer.alloc(5000))
    const note: BackupNote = {
      id: randomUUID(), origin: randomUUID(), office: 'Офис', isTraining: true, madeAt: '2026-11-23T00:00:00.000Z', appVersion: '0.1.0', schema: 43, postgres: '18.4', bytes: 5000, rows: 1, recipients: null,
      verifiedAt: '2026-11-23T00:01:00.000Z', auditProblems: 0,
    }
    disk.fill()
    await expect(publish(part, file, note)).rejects.toMatchObject({ reason: 'backupDiskFull' })
    expect(await listBackups(disk.folder)).toEqual([])
    disk.makeRoom()
    await publish(part, file, note)
    expect(await listBackups(disk.folder)).toMatchObject([{ file, note }])
  })

  test('no half of a key is left, in the way of the next one', async () => {
    const keyFile = join(disk.folder, 'backup-key.txt')
    const before = left()
    disk.fill()
    await expect(makeBackupKey(admin.folder, keyFile)).rejects.toMatchObject({ reason: 'backupDiskFull' })
    await expect(makeFeedKey({ out: disk.folder }, {}, '')).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(left()).toEqual(before)
    disk.makeRoom()
    expect(await makeBackupKey(admin.folder, keyFile)).toMatchObject({ recipient: expect.stringMatching(/^age1/) })
    await makeFeedKey({ out: disk.folder }, {}, '')
    expect(left()).toEqual(expect.arrayContaining(['backup-key.txt', 'update-key.pem', 'update-key.pub']))
  })
})
