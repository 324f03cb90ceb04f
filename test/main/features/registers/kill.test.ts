import { spawn } from 'node:child_process'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'
import { resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { deskHost } from '../../../support/pooler'
import { type Office, registerOffice } from './register-office'

/** A process of its own that imports a register, and is killed by the system in the middle: no handler runs, no connection is closed politely. */
const program = (address: object, path: string, verdictPath: string) => `
import { connect } from '${resolve('src/main/db/connection').replaceAll('\\', '/')}'
import { createDatabase } from '${resolve('src/main/db/database').replaceAll('\\', '/')}'
import { importRegister } from '${resolve('src/main/features/registers/import-register').replaceAll('\\', '/')}'
const { login, ...address } = ${JSON.stringify(address)}
const phases = new Set()
importRegister(createDatabase(connect(address, login)), {
  kind: 'subscribers', path: ${JSON.stringify(path)}, verdictPath: ${JSON.stringify(verdictPath)},
  onProgress: ({ phase }) => { if (!phases.has(phase)) { phases.add(phase); process.stdout.write(phase + '\\n') } },
}).then(() => process.stdout.write('done\\n'), (cause) => { process.stderr.write(String(cause)); process.exit(1) })
`

let office: Office
beforeEach(async () => {
  office = await registerOffice(inject('postgres'))
})
afterEach(() => office.close())
const out = resolve('node_modules/.cache/okno-kill-test')
beforeAll(() => rmSync(out, { recursive: true, force: true }))
afterAll(() => rmSync(out, { recursive: true, force: true }))

const people = (count: number, name: string) => `subscriber_id;kind;last_name;first_name;phone\n${Array.from({ length: count }, (_, n) => `S${n};person;${name};Иван;912${String(n).padStart(7, '0')}\n`).join('')}`

async function compiled(path: string, verdictPath: string): Promise<string> {
  const { host, port } = deskHost()
  const entry = join(office.folder, 'import.ts')
  writeFileSync(entry, program({ host, port, database: office.database, login: { user: office.logins.admin, password: 'registers' } }, path, verdictPath))
  await build({
    configFile: false, logLevel: 'error', resolve: { alias: { '@shared': resolve('src/shared') } },
    build: { ssr: true, outDir: out, emptyOutDir: true, rolldownOptions: { input: { import: entry }, output: { format: 'cjs', entryFileNames: '[name].cjs' } } },
  })
  return join(out, 'import.cjs')
}

test('a process killed while it reads, merges or writes verdicts leaves the office as before, and the next import is as if nothing had been', async () => {
  await office.take('subscribers', people(50, 'Иванов'))
  const before = await office.contents()
  const path = office.write('more.csv', people(20_000, 'Петров'))
  const verdictPath = join(office.folder, 'killed.csv')
  const script = await compiled(path, verdictPath)
  for (const phase of ['reading', 'merging', 'writingVerdicts']) {
    expect(await killedAt(script, phase), phase).toBe('SIGKILL')
    await connectionsAreGone()
    expect(await office.contents(), phase).toEqual(before)
    // What stands there is at most a part of a file, under a name that says so.
    expect(existsSync(verdictPath)).toBe(false)
  }
  expect(await office.take('subscribers', '', { path })).toMatchObject({ accepted: 20_000, refused: 0 })
  expect(readdirSync(office.folder).filter((name) => name.startsWith('killed') && !name.endsWith('.part'))).toEqual([])
}, 120_000)

function killedAt(script: string, phase: string): Promise<NodeJS.Signals | number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
    child.stdout.on('data', (told: Buffer) => {
      if (told.toString().includes(phase)) child.kill('SIGKILL')
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(signal ?? code))
  })
}

/** The server notices a connection that broke off when it next writes to it. */
async function connectionsAreGone(): Promise<void> {
  await expect
    .poll(async () => (await office.owner.raw(`select count(*)::int as n from pg_stat_activity where usename = ? and datname = ? and state <> 'idle'`, [office.logins.admin, office.database])).rows[0].n, { timeout: 60_000 })
    .toBe(0)
}
