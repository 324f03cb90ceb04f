import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { startEmbeddedServer, type EmbeddedServer } from '../../../src/main/db/embedded-server'
import { silentLog } from '../../../src/main/log'

const isRoot = process.getuid?.() === 0
const canMount = isRoot && process.platform === 'linux' && tries(() => execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' }))
const repository = resolve(import.meta.dirname, '../../..')
const programFolder = join(repository, 'node_modules', '.tmp', `desk-process-${process.pid}`)

let base: string
// A stopped cluster of a first start; most tests work on a copy, since initdb is the slow part.
let template: string
let owner: EmbeddedServer['owner']
const opened: EmbeddedServer[] = []
const processes: ChildProcess[] = []

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'okno-embedded-'))
  // The name has what breaks shells and configuration files, and only this user may enter the folder.
  template = join(base, "Окно's $HOME `id` данные")
  mkdirSync(template, { mode: 0o700 })
  const building = build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '@shared': join(repository, 'src/shared') } },
    build: {
      ssr: join(import.meta.dirname, 'desk-process.ts'),
      outDir: programFolder,
      emptyOutDir: true,
      rollupOptions: { output: { format: 'cjs', entryFileNames: 'desk-process.cjs' } },
    },
  })
  const steps: string[] = []
  const server = await startEmbeddedServer({ folder: template, log: silentLog, onProgress: (step) => steps.push(step) })
  owner = server.owner
  await ask(server, "create table note (words text unique); insert into note values ('первая запись')")
  await server.stop()
  expect(steps).toEqual(['creatingDatabase', 'startingDatabase'])
  await building
}, 120_000)

afterEach(async () => {
  for (const child of processes.splice(0)) {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  for (const server of opened.splice(0)) await server.stop()
})

afterAll(() => {
  rmSync(base, { recursive: true, force: true })
  rmSync(programFolder, { recursive: true, force: true })
})

let copies = 0
function officeFolder(): string {
  const folder = join(base, `office-${++copies}`)
  cpSync(template, folder, { recursive: true })
  for (const name of ['.', 'postgres', 'secrets']) chmodSync(join(folder, name), 0o700)
  return folder
}

async function open(folder: string, preferredPort?: number): Promise<EmbeddedServer> {
  const server = await startEmbeddedServer({ folder, preferredPort, log: silentLog })
  opened.push(server)
  return server
}

async function openElsewhere(folder: string): Promise<{ child: ChildProcess; port: number; leave(word: 'stop' | 'exit'): Promise<void> }> {
  const child = spawn(process.execPath, [join(programFolder, 'desk-process.cjs'), folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  processes.push(child)
  const stdout = child.stdout as NodeJS.ReadableStream
  const [line] = (await once(createInterface(stdout), 'line')) as [string]
  const { port } = JSON.parse(line) as { port: number }
  return {
    child,
    port,
    leave: async (word) => {
      const left = once(child, 'exit')
      child.stdin?.write(`${word}\n`)
      await left
    },
  }
}

async function ask(server: { port: number }, sql: string, values?: unknown[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ host: '127.0.0.1', port: server.port, database: 'okno', ...owner })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql, values)).rows
  } finally {
    await client.end()
  }
}

const notes = async (server: { port: number }) => (await ask(server, 'select words from note order by words')).map(({ words }) => words)
const serverProcess = (folder: string) => Number(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'latin1').split('\n')[0])
const isStopped = (folder: string) => !readdirSync(join(folder, 'postgres')).includes('postmaster.pid')
const logsOf = (folder: string) => {
  const logs = join(folder, 'logs', 'postgres')
  return readdirSync(logs).map((name) => readFileSync(join(logs, name), 'utf8')).join('\n')
}
const refusal = (folder: string) =>
  startEmbeddedServer({ folder, log: silentLog }).then(
    async (server) => {
      await server.stop()
      return 'it started'
    },
    (failure: unknown) => failure,
  )

function tries(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}

describe('an ordinary day', () => {
  test('the database knows Cyrillic, listens on loopback only, hashes passwords with SCRAM and checks its pages', async () => {
    const server = await open(officeFolder())
    const [facts] = await ask(
      server,
      `select 'ИВАНОВ' ilike 'иванов' as ilike, lower('ЁЖ') as lower, current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets,
         current_setting('data_checksums') as checksums, current_setting('fsync') as fsync, current_setting('timezone') as zone,
         (select rolpassword like 'SCRAM-SHA-256$%' from pg_authid where rolname = 'okno_root') as scram`,
    )
    expect(facts).toEqual({ ilike: true, lower: 'ёж', addresses: '127.0.0.1', sockets: '', checksums: 'on', fsync: 'on', zone: 'UTC', scram: true })
    expect(owner.password.length).toBeGreaterThanOrEqual(32)
    await expect(new pg.Client({ host: '127.0.0.1', port: server.port, database: 'okno', user: 'okno_root', password: 'guess' }).connect()).rejects.toMatchObject({ code: '28P01' })
  })

  test('the port of yesterday is used again', async () => {
    const folder = officeFolder()
    const first = await open(folder)
    await first.stop()
    expect((await open(folder)).port).toBe(first.port)
  })

  test('a port that another program holds is left to it, and the new one is remembered', async () => {
    const stranger = createServer().listen(0, '127.0.0.1')
    await once(stranger, 'listening')
    const taken = (stranger.address() as AddressInfo).port
    const folder = officeFolder()
    const server = await open(folder, taken)
    expect(server.port).not.toBe(taken)
    expect(await notes(server)).toEqual(['первая запись'])
    stranger.close()
    await server.stop()
    expect((await open(folder)).port).toBe(server.port)
  })

  test('neither the log nor the list of processes tells the owner password or what people typed', async () => {
    const folder = officeFolder()
    const server = await open(folder)
    await expect(ask(server, 'insert into note values ($1)', ['первая запись'])).rejects.toMatchObject({ code: '23505' })
    await expect(ask(server, "select 'Секретов Пётр'::int")).rejects.toMatchObject({ code: '22P02' })
    await expect(ask(server, 'select $1::date', ['паспорт 4509 123456'])).rejects.toMatchObject({ code: '22007' })
    await ask(server, "do $$ begin raise warning 'Секретов'; end $$")
    const commandLine = readFileSync(`/proc/${serverProcess(folder)}/cmdline`, 'utf8')
    await server.stop()
    const logs = logsOf(folder)
    expect(logs).toContain('shut down') // The log was written and read.
    for (const trace of [owner.password, 'Секретов', '4509', 'первая запись', 'note_words_key']) expect(logs + commandLine).not.toContain(trace)
  })
})

describe('several processes of one data folder', () => {
  test('the second joins the server of the first, and who leaves last stops it', async () => {
    const folder = officeFolder()
    const server = await open(folder)
    const other = await openElsewhere(folder)
    expect(other.port).toBe(server.port)
    await server.stop()
    expect(await notes(other)).toEqual(['первая запись'])
    await other.leave('stop')
    expect(isStopped(folder)).toBe(true)
    expect(logsOf(folder)).not.toContain('interrupted')
  })

  test('the server outlives the process that started it while another one uses it', async () => {
    const folder = officeFolder()
    const starter = await openElsewhere(folder)
    const server = await open(folder)
    starter.child.kill('SIGKILL')
    await once(starter.child, 'exit')
    expect(await notes(server)).toEqual(['первая запись'])
    await server.stop()
    expect(isStopped(folder)).toBe(true)
  })

  test('processes that start at the same moment share one server', async () => {
    const folder = officeFolder()
    const [one, two, three] = await Promise.all([openElsewhere(folder), open(folder), openElsewhere(folder)])
    expect(new Set([one.port, two.port, three.port]).size).toBe(1)
    await Promise.all([one.leave('stop'), two.stop(), three.leave('stop')])
    expect(isStopped(folder)).toBe(true)
  })

  test('a process that ends without leaving still stops the server when it is the last', async () => {
    const folder = officeFolder()
    const last = await openElsewhere(folder)
    await last.leave('exit')
    await vi.waitFor(() => expect(isStopped(folder)).toBe(true), { timeout: 10_000 })
  })

  test('a server whose users were all killed is used by the next start and stopped after it', async () => {
    const folder = officeFolder()
    const killed = await openElsewhere(folder)
    killed.child.kill('SIGKILL')
    await once(killed.child, 'exit')
    const server = await open(folder)
    expect(server.port).toBe(killed.port)
    await server.stop()
    expect(isStopped(folder)).toBe(true)
  })

  test('a copy of the data folder runs a server of its own beside the original', async () => {
    const folder = officeFolder()
    const original = await open(folder)
    const copy = join(base, `copy-${++copies}`)
    cpSync(folder, copy, { recursive: true })
    const server = await open(copy)
    expect(server.port).not.toBe(original.port)
    await server.stop()
    expect(isStopped(copy)).toBe(true)
    expect(await notes(original)).toEqual(['первая запись'])
  })
})

describe('after a disaster', () => {
  test('what was confirmed is there after the server was killed, for the process that goes on and for the next', async () => {
    const folder = officeFolder()
    const server = await open(folder)
    await ask(server, "insert into note values ('вторая запись')")
    process.kill(serverProcess(folder), 'SIGKILL')
    await server.ensureRunning()
    expect(await notes(server)).toEqual(['вторая запись', 'первая запись'])
    process.kill(serverProcess(folder), 'SIGKILL')
    const next = await open(folder)
    expect(await notes(next)).toEqual(['вторая запись', 'первая запись'])
  })

  test('a pid file left by a power cut does not stop the start, even when its number belongs to somebody else now', async () => {
    const folder = officeFolder()
    writeFileSync(join(folder, 'postgres', 'postmaster.pid'), `${process.pid}\n${folder}/postgres\n1700000000\n5432\n\n127.0.0.1\n        1         1\nready   \n`)
    expect(await notes(await open(folder))).toEqual(['первая запись'])
  })

  test.each([
    ['a garbled control file', (cluster: string) => writeFileSync(join(cluster, 'global/pg_control'), Buffer.alloc(8192, 7)), 'dataFolderDamaged'],
    ['a missing control file', (cluster: string) => rmSync(join(cluster, 'global/pg_control')), 'dataFolderDamaged'],
    ['a missing version file', (cluster: string) => rmSync(join(cluster, 'PG_VERSION')), 'dataFolderDamaged'],
    ['a lost write-ahead log', (cluster: string) => { for (const name of readdirSync(join(cluster, 'pg_wal'))) rmSync(join(cluster, 'pg_wal', name), { recursive: true }) }, 'dataFolderDamaged'],
    ['lost tables', (cluster: string) => { for (const name of readdirSync(join(cluster, 'base'))) for (const file of readdirSync(join(cluster, 'base', name))) rmSync(join(cluster, 'base', name, file)) }, 'dataFolderDamaged'],
    ['a cluster of an older PostgreSQL', (cluster: string) => writeFileSync(join(cluster, 'PG_VERSION'), '15\n'), 'clusterVersion'],
  ])('%s is named and nothing is overwritten', async (_what, harm, reason) => {
    const folder = officeFolder()
    harm(join(folder, 'postgres'))
    const before = readdirSync(folder).sort()
    expect(await refusal(folder)).toMatchObject({ code: 'databaseUnavailable', reason })
    expect(readdirSync(folder).sort()).toEqual(before)
    expect(readdirSync(join(folder, 'run', 'clients'))).toEqual([])
    expect(isStopped(folder)).toBe(true)
  })

  test('a damaged configuration is written anew', async () => {
    const folder = officeFolder()
    writeFileSync(join(folder, 'postgres', 'postgresql.conf'), '\0\0\0')
    writeFileSync(join(folder, 'postgres', 'pg_hba.conf'), 'host all all 0.0.0.0/0 trust\n')
    const server = await open(folder)
    await expect(new pg.Client({ host: '127.0.0.1', port: server.port, database: 'okno', user: 'okno_root', password: 'guess' }).connect()).rejects.toMatchObject({ code: '28P01' })
  })

  test.skipIf(!canMount)('a full disk is named before the first start and for a database that exists', async () => {
    const folder = join(base, 'small-disk')
    mkdirSync(folder)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=100m', 'tmpfs', folder])
    try {
      expect(await refusal(folder)).toMatchObject({ code: 'databaseUnavailable', reason: 'diskFull' })
      cpSync(template, folder, { recursive: true })
      execFileSync('sh', ['-c', 'cat /dev/zero > "$0/filler" 2>/dev/null || true', folder])
      expect(await refusal(folder)).toMatchObject({ code: 'databaseUnavailable', reason: 'diskFull' })
      rmSync(join(folder, 'filler'))
      const server = await startEmbeddedServer({ folder, log: silentLog })
      expect(await notes(server)).toEqual(['первая запись'])
      await server.stop()
    } finally {
      execFileSync('umount', [folder])
    }
  })
})

describe('the owner password', () => {
  test('a file that others may read is closed again', async () => {
    const folder = officeFolder()
    const file = join(folder, 'secrets', 'database-owner')
    chmodSync(file, 0o644)
    await open(folder)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test.skipIf(!isRoot)('a file of another user is refused', async () => {
    const folder = officeFolder()
    chownSync(join(folder, 'secrets', 'database-owner'), 1000, 1000)
    expect(await refusal(folder)).toMatchObject({ reason: 'secretNotOurs' })
  })

  test('a lost or changed one is named, and no new one is made for the old database', async () => {
    const folder = officeFolder()
    const file = join(folder, 'secrets', 'database-owner')
    rmSync(file)
    expect(await refusal(folder)).toMatchObject({ reason: 'ownerPasswordMissing' })
    writeFileSync(file, 'not the password', { mode: 0o600 })
    expect(await refusal(folder)).toMatchObject({ reason: 'ownerPasswordRefused' })
    expect(isStopped(folder)).toBe(true)
  })
})

describe('backup', () => {
  test('holds the state before, two are kept, and put in place it starts', async () => {
    const folder = officeFolder()
    const server = await open(folder)
    for (const label of ['schema-1', 'schema-2', 'schema-3']) {
      await server.backup(label)
      await ask(server, 'insert into note values ($1)', [label])
    }
    const kept = readdirSync(join(folder, 'backups')).sort()
    expect(kept.map((name) => name.replace(/^.*Z-/, ''))).toEqual(['schema-2', 'schema-3'])
    await server.stop()
    rmSync(join(folder, 'postgres'), { recursive: true })
    cpSync(join(folder, 'backups', kept[1] ?? ''), join(folder, 'postgres'), { recursive: true })
    expect(await notes(await open(folder))).toEqual(['schema-1', 'schema-2', 'первая запись'])
  })

  test('is refused while another process works with the database', async () => {
    const folder = officeFolder()
    const server = await open(folder)
    const other = await openElsewhere(folder)
    await expect(server.backup('now')).rejects.toMatchObject({ code: 'conflict', reason: 'otherProgramsUseTheDatabase' })
    expect(await notes(other)).toEqual(['первая запись'])
  })
})
