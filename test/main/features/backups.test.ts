import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { BackupPreview, BackupsState } from '../../../src/shared/contract/backups'
import { isBackupDue } from '../../../src/shared/domain/backup-due'
import { createApp, type App } from '../../../src/main/app'
import { backupJobsHere } from '../../../src/main/backup/jobs'
import { openOffice } from '../../../src/main/office'
import { openTestOffice, type TestOffice } from '../../support/test-app'
import { systemPrinter } from '../../../src/main/printing/printer'
import { adminPassword, embeddedOffice, emptyFolder, type EmbeddedOffice } from '../../support/embedded-office'

/** The window's program without Electron: the application on an embedded office, with files instead of dialogs. */
async function program(office: EmbeddedOffice) {
  let opened: Awaited<ReturnType<typeof openOffice>> | null = null
  const dialogs = { file: null as string | null, folder: null as string | null, key: null as string | null }
  const events: unknown[] = []
  const app: App = createApp({
    folder: office.folder,
    log: office.log,
    appVersion: 'test',
    printer: systemPrinter({ privateFolder: join(office.place.folder, 'run') }),
    chooseSavePath: () => Promise.resolve(null),
    registerFiles: { choose: () => Promise.resolve(null), open: (file) => file, reveal: () => undefined },
    emit: (name, payload) => void (name === 'backups.progress' && events.push(payload)),
    backups: {
      data: office.folder,
      log: office.log,
      jobs: backupJobsHere(office.place, office.folder),
      source: () => (opened?.owner ? { address: opened.owner.address, owner: opened.owner.login } : null),
      isWithoutOffice: () => opened === null,
      async closeOffice() {
        await app.leaveOffice()
        await opened?.close()
        opened = null
      },
      openOffice: open,
      chooseFile: () => Promise.resolve(dialogs.file),
      chooseFolder: () => Promise.resolve(dialogs.folder),
      chooseKeyPath: () => Promise.resolve(dialogs.key),
    },
  })
  async function open() {
    opened = await openOffice({ folder: office.folder, log: office.log, appVersion: 'test' })
    await app.useOffice(opened)
    app.tellDatabaseState({ state: 'ready' })
  }
  return {
    app,
    dialogs,
    events,
    open,
    async call<T>(name: string, input: object = {}): Promise<T> {
      const result = await app.dispatch(name, input)
      if (!result.ok) throw Object.assign(new Error(`${result.failure.code} ${result.failure.reason}`), { reason: result.failure.reason })
      return result.value as T
    },
    async close() {
      await app.close()
      await opened?.close()
    },
  }
}
type Program = Awaited<ReturnType<typeof program>>

let office: EmbeddedOffice
let desk: Program
let server: TestOffice
const copies = mkdtempSync(join(tmpdir(), 'okno-copies-'))
const keyFile = join(copies, 'key.txt')
const reasonOf = (work: Promise<unknown>) => work.then(() => 'done', (cause: { reason?: string }) => cause.reason)

beforeAll(async () => {
  office = await embeddedOffice()
  server = await openTestOffice()
  desk = await program(office)
  await desk.open()
  await desk.call('session.signIn', { login: 'admin', password: adminPassword })
}, 240_000)
afterAll(async () => {
  await desk.close()
  await server.close()
  office.remove()
  rmSync(copies, { recursive: true, force: true })
})

it('an administrator makes a key, chooses a folder and an hour; the private key is in its file and nowhere else', async () => {
  expect(await reasonOf(desk.call('backups.make'))).toBe('backupKeyMissing')
  expect(await reasonOf(desk.call('backups.schedule', { hour: 3, keep: 2 }))).toBe('backupKeyMissing')
  desk.dialogs.key = keyFile
  const { recipient } = await desk.call<{ recipient: string }>('backups.makeKey')
  expect(statSync(keyFile).mode & 0o777).toBe(0o600)
  expect(readFileSync(keyFile, 'utf8')).toMatch(/^AGE-SECRET-KEY-1/m)
  expect(readFileSync(office.folder.settingsFile, 'utf8')).not.toContain('AGE-SECRET-KEY')
  expect(await reasonOf(desk.call('backups.makeKey'))).toBe('backupKeyExists')
  desk.dialogs.folder = copies
  await desk.call('backups.chooseFolder')
  await desk.call('backups.schedule', { hour: 3, keep: 2 })
  expect(await desk.call<BackupsState>('backups.state')).toMatchObject({ place: 'embedded', recipient, folder: copies, hour: 3, keep: 2, madeAt: null, backups: [], failure: 'backupKeyMissing' })
})

it('a copy is made with progress, listed as verified, and recorded under the name of who made it; one at a time', async () => {
  const first = desk.call<{ name: string }>('backups.make')
  expect(await reasonOf(desk.call('backups.make'))).toBe('backupRunning')
  const { name } = await first
  expect(desk.events.at(-1)).toEqual({ progress: null })
  expect(desk.events).toContainEqual({ progress: expect.objectContaining({ doing: 'make', phase: 'checking' }) })
  const state = await desk.call<BackupsState>('backups.state')
  expect(state).toMatchObject({ failedAt: null, madeAt: expect.any(String), backups: [{ name, note: { verifiedAt: expect.any(String) } }] })
}, 120_000)

it('the preview tells what would be lost, and the office comes back only when its name is typed; everybody is signed out and can sign in again', async () => {
  const [copy] = (await desk.call<BackupsState>('backups.state')).backups
  const from = { listed: copy!.name }
  desk.dialogs.file = keyFile
  const { file } = await desk.call<{ file: { key: string } }>('backups.chooseKey')
  const unlock = { key: file.key }
  await desk.call('offices.list').catch(() => undefined)
  const preview = await desk.call<BackupPreview>('backups.preview', { from, unlock })
  expect(preview).toMatchObject({ office: 'Учебный центр обслуживания', here: 'Учебный центр обслуживания', loss: { operations: expect.any(Number) } })
  expect(await reasonOf(desk.call('backups.restore', { from, unlock, confirm: 'да' }))).toBe('backupConfirmation')
  expect(await reasonOf(desk.call('backups.preview', { from, unlock: { typed: 'не тот пароль' } }))).toBe('backupLocked')
  expect(await reasonOf(desk.call('backups.preview', { from: { listed: '../settings.json' }, unlock }))).toBe('backupFile')

  const done = await desk.call<{ kept: string }>('backups.restore', { from, unlock, confirm: preview.office })
  expect(readdirSync(done.kept)).toContain('PG_VERSION')
  expect(await reasonOf(desk.call('backups.state'))).toBeUndefined()
  await desk.call('session.signIn', { login: 'admin', password: adminPassword })
  expect(await desk.call<BackupsState>('backups.state')).toMatchObject({ restoredAt: expect.any(String), restoredFrom: expect.any(String) })
}, 240_000)

it('nobody without the role opens, makes or restores a copy, and on a server there are none', async () => {
  const operator = await server.desk('first')
  for (const name of ['state', 'make', 'choose', 'chooseKey', 'makeKey', 'cancel']) expect(await operator.dispatch(`backups.${name}`, {})).toMatchObject({ ok: false })
  const admin = await server.desk('admin')
  expect(await admin.dispatch('backups.state', {})).toMatchObject({ ok: true, value: { place: 'server' } })
  expect(await admin.dispatch('backups.make', {})).toMatchObject({ ok: false, failure: { reason: 'notEmbedded' } })
  const nobody = await program(office)
  await nobody.open()
  expect(await reasonOf(nobody.call('backups.choose'))).toBeUndefined()
  await nobody.close()
})

it('a computer without an office gets it from a copy before anybody can sign in', async () => {
  const bare = await emptyFolder()
  const fresh = await program(bare)
  const [name] = readdirSync(copies).filter((file) => file.endsWith('.age'))
  fresh.dialogs.file = join(copies, name!)
  const { file } = await fresh.call<{ file: { chosen: string } }>('backups.choose')
  const unlock = { typed: readFileSync(keyFile, 'utf8').split('\n').find((line) => line.startsWith('AGE'))! }
  const from = { chosen: file.chosen }
  expect(await fresh.call<BackupPreview>('backups.preview', { from, unlock })).toMatchObject({ here: null, loss: null })
  await fresh.call('backups.restore', { from, unlock, confirm: 'Учебный центр обслуживания' })
  await fresh.call('session.signIn', { login: 'admin', password: adminPassword })
  // The office is there now: what was open to everybody is so no more.
  await fresh.call('session.signOut')
  expect(await reasonOf(fresh.call('backups.choose'))).toBeUndefined()
  await fresh.close()
  bare.remove()
}, 240_000)

it('the daily copy is due once its hour has come, also when the computer was off then, and an hour after a failure', () => {
  const at = (day: number, hour: number, minute = 0) => new Date(2026, 10, day, hour, minute).getTime()
  const due = (madeAt: number | null, now: number, failedAt: number | null = null) => isBackupDue({ hour: 3, madeAt, failedAt, now })
  expect(due(at(21, 3, 5), at(22, 2, 59))).toBe(false)
  expect(due(at(21, 3, 5), at(22, 3, 0))).toBe(true)
  expect(due(at(21, 3, 5), at(24, 9))).toBe(true)
  expect(due(at(22, 3, 1), at(22, 23))).toBe(false)
  expect(due(null, at(22, 9))).toBe(true)
  expect(due(at(21, 3, 5), at(22, 3, 30), at(22, 3, 1))).toBe(false)
  expect(due(at(21, 3, 5), at(22, 4, 2), at(22, 3, 1))).toBe(true)
})
