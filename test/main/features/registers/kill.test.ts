import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { registerKinds, type RegisterKind } from '../../../../src/shared/contract/registers'
import { registerRow, writeRegisterFile } from '../../../bench/register-files'
import { type Office, registerOffice } from './register-office'

/*
 * An import in a process of its own, killed by the system: no handler runs, no connection is closed politely. Each kind changes rows that are there and brings new ones,
 * so that a merge that left something behind, a replaced reading or a status of one, would show.
 */
const program = `
import { connect } from '${resolve('src/main/db/connection').replaceAll('\\', '/')}'
import { createDatabase } from '${resolve('src/main/db/database').replaceAll('\\', '/')}'
import { importRegister } from '${resolve('src/main/features/registers/import-register').replaceAll('\\', '/')}'
const { address, login, kind, path, verdictPath } = JSON.parse(process.argv[2])
const phases = new Set()
importRegister(createDatabase(connect(address, login)), {
  kind, path, verdictPath,
  onProgress: ({ phase }) => { if (!phases.has(phase)) { phases.add(phase); process.stdout.write(phase + '\\n') } },
}).then(() => process.stdout.write('done\\n'), (cause) => { process.stderr.write(String(cause)); process.exit(1) })
`
const phases = ['reading', 'merging', 'writingVerdicts'] as const

let office: Office
let before: unknown
let today: string
const files = {} as Record<RegisterKind, string>
const children: ChildProcess[] = []
const out = resolve('node_modules/.cache', `okno-kill-test-${process.pid}`)
const provider = 'smorodina'

/** What an earlier register had said of some of the rows: the same keys, other values. */
const earlier: Record<RegisterKind, (cells: string[]) => string[]> = {
  subscribers: (cells) => cells.with(2, 'Прежний'),
  accounts: (cells) => cells.with(8, '1'),
  meters: (cells) => cells.with(8, '01.01.2030'),
  readings: (cells) => cells.with(5, '41,5'),
  charges: (cells) => cells,
  payments: (cells) => cells.with(5, 'банк'),
}

beforeAll(async () => {
  office = await registerOffice(inject('postgres'))
  today = (await office.owner.raw('select office_today()::text as today')).rows[0].today
  for (const kind of registerKinds) {
    files[kind] = join(office.folder, `${kind}-second.csv`)
    // Enough that each phase is met before it is over, and few enough to compare every row.
    await writeRegisterFile(files[kind], kind, { rows: 2000, today, provider })
    const header = readFileSync(files[kind], 'utf8').split('\r\n', 1)
    const rows = Array.from({ length: 300 }, (_, n) => n).filter((n) => n % 100 !== 7).map((n) => earlier[kind](registerRow(kind, n, { rows: 300, today, provider })).join(';'))
    expect(await office.take(kind, [...header, ...rows, ''].join('\r\n')), kind).toMatchObject({ refused: 0 })
  }
  before = await office.contents()
  const entry = join(office.folder, 'import.ts')
  writeFileSync(entry, program)
  await build({
    configFile: false, logLevel: 'error', resolve: { alias: { '@shared': resolve('src/shared') } },
    build: { ssr: true, outDir: out, emptyOutDir: true, rolldownOptions: { input: { import: entry }, output: { format: 'cjs', entryFileNames: '[name].cjs' } } },
  })
}, 120_000)
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await office.close()
  rmSync(out, { recursive: true, force: true })
})

describe.each(registerKinds)('a process that takes in %s', (kind) => {
  test.each(phases)('and is killed while %s leaves the office as before and no verdict file', async (phase) => {
    const verdictPath = join(office.folder, `${kind}-${phase}.csv`)
    expect(await killedAt(phase, kind, verdictPath)).toBe('SIGKILL')
    await connectionsAreGone()
    expect(await office.contents()).toEqual(before)
    // What stands there is at most a part of a file, under a name that says so.
    expect(existsSync(verdictPath)).toBe(false)
    expect(readdirSync(office.folder).filter((name) => name.startsWith(`${kind}-${phase}.csv`) && !name.endsWith('.part'))).toEqual([])
  }, 60_000)
})

test('and the next import of each kind is as if nothing had been', async () => {
  for (const kind of registerKinds) {
    const done = await office.take(kind, '', { path: files[kind] })
    expect({ kind, rows: done.accepted + done.warned + done.unchanged + done.refused }).toEqual({ kind, rows: 2000 })
    expect(done.accepted + done.warned, kind).toBeGreaterThan(1600)
    expect(done.refused, kind).toBe(20)
  }
  expect(await office.contents()).not.toEqual(before)
}, 120_000)

async function killedAt(phase: string, kind: RegisterKind, verdictPath: string): Promise<NodeJS.Signals | number | null> {
  const { host, port } = inject('postgres')
  const order = { address: { host, port, database: office.database }, login: { user: office.logins.admin, password: 'registers' }, kind, path: files[kind], verdictPath }
  const child = spawn(process.execPath, [join(out, 'import.cjs'), JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  child.stdout.on('data', (told: Buffer) => {
    if (told.toString().split('\n').includes(phase)) child.kill('SIGKILL')
  })
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return signal ?? code
}

/** The server notices a connection that broke off when it next writes to it. */
async function connectionsAreGone(): Promise<void> {
  await expect
    .poll(async () => (await office.owner.raw(`select count(*)::int as n from pg_stat_activity where usename = ? and datname = ? and state <> 'idle'`, [office.logins.admin, office.database])).rows[0].n, { timeout: 60_000 })
    .toBe(0)
}
