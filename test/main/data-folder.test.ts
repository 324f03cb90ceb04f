import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { plainOptions } from '@shared/contract/printing'
import { dataFolderPath, openDataFolder } from '../../src/main/data-folder'

let base: string
let path: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'okno-data-'))
  path = join(base, 'Окно')
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const open = () => openDataFolder({ OKNO_DATA: path })

test.each([
  ['linux', { HOME: '/home/desk' }, '/home/desk/.local/share/okno'],
  ['linux', { HOME: '/home/desk', XDG_DATA_HOME: '/data' }, '/data/okno'],
  ['linux', { HOME: '/home/desk', XDG_DATA_HOME: 'data' }, '/home/desk/.local/share/okno'],
  ['darwin', { HOME: '/Users/desk' }, '/Users/desk/Library/Application Support/Okno'],
  ['win32', { LOCALAPPDATA: '/local' }, '/local/Okno'],
  ['linux', { HOME: '/home/desk', OKNO_DATA: '/srv/okno' }, '/srv/okno'],
] as const)('on %s with %o the data lies in %s', (platform, env, expected) => {
  expect(dataFolderPath(env, platform)).toBe(expected)
})

test('the first start makes a private folder and works with an embedded database', async () => {
  const folder = await open()
  for (const name of ['', 'logs', 'secrets']) expect(statSync(join(path, name)).mode & 0o777).toBe(0o700)
  expect(await folder.readSettings()).toEqual({ database: { kind: 'embedded' }, printing: { forms: {}, tests: {} }, language: 'ru', theme: 'system', backups: { keep: 7 } })
  expect(existsSync(folder.settingsFile)).toBe(false)
})

test('a folder that was open to others has closed rooms', async () => {
  mkdirSync(join(path, 'secrets'), { recursive: true, mode: 0o755 })
  await open()
  expect(statSync(join(path, 'secrets')).mode & 0o777).toBe(0o700)
})

test('a setting is kept for the next start, with keys of a newer version, and leaves no temporary file', async () => {
  const folder = await open()
  writeFileSync(folder.settingsFile, '\uFEFF{ "theme": "dark", "ofNewerVersion": [1] }')
  await folder.updateSettings((settings) => ({ ...settings, printing: { ...settings.printing, forms: { 'memo-sheet': { ...plainOptions, printer: 'Касса 1' } } } }))
  expect(await (await open()).readSettings()).toMatchObject({ theme: 'dark', printing: { forms: { 'memo-sheet': { printer: 'Касса 1' } } } })
  expect(JSON.parse(readFileSync(folder.settingsFile, 'utf8'))).toMatchObject({ ofNewerVersion: [1] })
  expect(statSync(folder.settingsFile).mode & 0o777).toBe(0o600)
  expect(readdirSync(path).filter((name) => name.includes('.tmp'))).toEqual([])
})

test('changes of two processes at the same moment are both kept', async () => {
  const [one, two] = [await open(), await open()]
  await Promise.all(
    Array.from({ length: 8 }, (_, form) =>
      (form % 2 ? one : two).updateSettings((settings) => ({ ...settings, printing: { ...settings.printing, forms: { ...settings.printing.forms, [`form-${form}`]: plainOptions } } })),
    ),
  )
  expect(Object.keys((await one.readSettings()).printing.forms)).toHaveLength(8)
})

test('printers chosen by an earlier version stay, also for sheets that are a form of their own now', async () => {
  const folder = await open()
  writeFileSync(folder.settingsFile, JSON.stringify({ printing: { printers: { memo: 'Касса', paymentDocument: 'Зал' } } }))
  const forms = { memo: { ...plainOptions, printer: 'Касса' }, paymentDocument: { ...plainOptions, printer: 'Зал' }, invoice: { ...plainOptions, printer: 'Зал' }, statement: { ...plainOptions, printer: 'Зал' } }
  expect((await folder.readSettings()).printing).toEqual({ forms, tests: {} })
  await folder.updateSettings((settings) => ({ ...settings, theme: 'dark' }))
  expect(JSON.parse(readFileSync(folder.settingsFile, 'utf8'))).toMatchObject({ printing: { forms } })
  expect((await folder.readSettings()).printing).toEqual({ forms, tests: {} })
})

test('a server needs its name, and its certificate is checked unless somebody said otherwise', async () => {
  const folder = await open()
  writeFileSync(folder.settingsFile, '{ "database": { "kind": "server", "host": "db.example.org", "database": "okno" } }')
  expect((await folder.readSettings()).database).toEqual({ kind: 'server', host: 'db.example.org', port: 5432, others: [], database: 'okno', tls: 'verify-full' })
})

test.each([
  ['cut off', '{ "theme": "da'],
  ['empty', ''],
  ['not an object', '[]'],
  ['of a wrong shape', '{ "database": { "kind": "server", "host": "секретный-узел" } }'],
])('settings that are %s are named, kept as they are, and not quoted', async (_how, text) => {
  const folder = await open()
  writeFileSync(folder.settingsFile, text)
  const failure: unknown = await folder.readSettings().catch((cause: unknown) => cause)
  expect(failure).toMatchObject({ code: 'invalidInput', reason: 'settingsDamaged', details: { file: folder.settingsFile } })
  expect(JSON.stringify(failure)).not.toContain('секретный-узел')
  await expect(folder.updateSettings((settings) => settings)).rejects.toMatchObject({ reason: 'settingsDamaged' })
  expect(readFileSync(folder.settingsFile, 'utf8')).toBe(text)
})

test('a wrong change is refused and changes nothing', async () => {
  const folder = await open()
  await folder.updateSettings((settings) => ({ ...settings, theme: 'dark' }))
  await expect(folder.updateSettings((settings) => ({ ...settings, database: { kind: 'embedded', port: 700_000 } }))).rejects.toMatchObject({ reason: 'settingsDamaged' })
  expect((await folder.readSettings()).theme).toBe('dark')
})

test('a secret is readable by its owner alone, also after somebody opened it', async () => {
  const folder = await open()
  expect(await folder.readSecret('outbox')).toBeNull()
  await folder.writeSecret('outbox', 'тайна')
  const file = join(folder.secrets, 'outbox')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  chmodSync(file, 0o666)
  expect(await folder.readSecret('outbox')).toBe('тайна')
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('a place where nothing can be written is named', async () => {
  writeFileSync(path, 'a file where the folder should be')
  await expect(open()).rejects.toMatchObject({ code: 'databaseUnavailable', reason: 'dataFolderNotWritable' })
})

test.skipIf(process.getuid?.() === 0)('a folder without the right to write is named', async () => {
  mkdirSync(path, { mode: 0o500 })
  await expect(open()).rejects.toMatchObject({ code: 'databaseUnavailable', reason: 'dataFolderNotWritable' })
})

test.skipIf(process.getuid?.() !== 0 || process.platform !== 'linux')('settings on a full disk keep what they were', async () => {
  const folder = await open()
  await folder.updateSettings((settings) => ({ ...settings, theme: 'dark' }))
  const text = readFileSync(folder.settingsFile, 'utf8')
  const small = join(base, 'small')
  mkdirSync(small)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small], { stdio: 'ignore' })
  } catch {
    return // A container without the right to mount.
  }
  try {
    const full = await openDataFolder({ OKNO_DATA: small })
    writeFileSync(full.settingsFile, text)
    execFileSync('sh', ['-c', 'cat /dev/zero > "$0/filler" 2>/dev/null || true', small])
    await expect(full.updateSettings((settings) => ({ ...settings, language: 'en' }))).rejects.toMatchObject({ reason: 'diskFull' })
    expect(readFileSync(full.settingsFile, 'utf8')).toBe(text)
  } finally {
    execFileSync('umount', [small])
  }
})
