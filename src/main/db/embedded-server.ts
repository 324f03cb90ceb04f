import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { mkdir, open, readdir, readFile, realpath, rm, stat, truncate } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { AppError } from '@shared/errors'
import { errorCode, folderError, isDiskFull, readSecret, replaceFile, writeSecret } from '../data-folder'
import type { Log } from '../log'
import { findPostgresBinaries, spawnPostgres, type PostgresBinaries } from './postgres-binaries'
import { clusterExists, clusterPaths, complaintsSince, configureCluster, copyCluster, createCluster, damaged, exitOf, explainExit, isDamage, logMarks, ownerName } from './postgres-cluster'
import { finishReplacing } from './replace-cluster'
import type { ClusterPaths, Exit } from './postgres-cluster'
import { isProcess, livingProcess, thisProcess, withProcessLock } from './process-lock'

export type StartStep = 'creatingDatabase' | 'startingDatabase' | 'recoveringDatabase' | 'copyingDatabase'

export interface EmbeddedServerOptions {
  /** The data folder (`data-folder.ts`). */
  folder: string
  preferredPort?: number | undefined
  log: Log
  onProgress?: ((step: StartStep) => void) | undefined
  /** Programs of another major version, for the cluster of an earlier Okno. */
  binaries?: PostgresBinaries | undefined
  /** Nothing is flushed to disk: for a cluster that is thrown away, or flushed when it is complete. */
  careless?: boolean | undefined
  /** Refused while another process uses the server: AppError conflict 'otherProgramsUseTheDatabase'. */
  alone?: boolean | undefined
}

/** A server this process uses together with every other Okno process of the same data folder. */
export interface EmbeddedServer {
  host: '127.0.0.1'
  /** May change when `ensureRunning` had to start the server again and the port was taken meanwhile. */
  readonly port: number
  /** The office's database; it exists, and is empty after the first start. */
  database: string
  /** Superuser. For migrations and administration commands only, never for the work of staff. */
  owner: { user: string; password: string }
  /** Starts the server again after it was killed, or ended because its log found no room. Nothing happens while it answers. Throws as `startEmbeddedServer` does. */
  ensureRunning(): Promise<void>
  /**
   * Copy of the stopped cluster in `backups/` (two newest stay): the server is stopped, copied and started again, so pools must be closed before.
   * To restore: leave Okno, move `postgres` away, copy the backup to its place as `postgres`.
   * AppError conflict `otherProgramsUseTheDatabase` while another process uses the server.
   */
  backup(label: string): Promise<string>
  /** Leaves the server; whoever leaves last stops it and waits for that. Repeatable. */
  stop(): Promise<void>
}

const databaseName = 'okno'
const secretName = 'database-owner'
const answerLimitMs = 60_000
// Replaying the log after a power cut may take minutes on a slow disk; meanwhile the server says that it is starting.
const recoveryLimitMs = 15 * 60_000
const stopLimitMs = 60_000

/**
 * Joins the PostgreSQL of a data folder or starts it, creating the cluster on the first start.
 *
 * Who uses the server is written in `run/clients/`, one file a process; files of processes that ended are ignored. Start, join, leave and backup
 * happen under the lock `run/server-lock`. A killed process leaves at most a file, a lock that the next one takes over, and a server that the next one joins.
 *
 * Throws AppError databaseUnavailable with the reasons noEmbeddedServer, setprivMissing, dataFolderNotWritable, dataFolderNotOurs, dataFolderDamaged, clusterVersion,
 * diskFull, notEnoughMemory, anotherServerRunning, secretNotOurs, ownerPasswordMissing, ownerPasswordRefused, serverDidNotStart, startTimeout, selfCheckFailed.
 */
export async function startEmbeddedServer({ folder, preferredPort, log, onProgress = () => undefined, binaries = findPostgresBinaries(), careless = false, alone = false }: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const paths = await openPaths(folder)
  const context: Context = { binaries, paths, preferredPort, log, onProgress, careless, password: '' }
  let port = 0

  const client = join(paths.clients, `${process.pid}-${randomBytes(4).toString('hex')}`)
  await withProcessLock(paths.lock, async () => {
    await finishReplacing(paths)
    if (alone && (await clientsOf(paths)).length > 0) throw new AppError('conflict', 'otherProgramsUseTheDatabase')
    await replaceFile(client, JSON.stringify(thisProcess(paths.folder)))
    try {
      context.password = await ownerPassword(context)
      port = await joinOrStart(context)
      await checkServer(context, port)
    } catch (cause) {
      await rm(client, { force: true })
      if ((await clientsOf(paths)).length === 0) await stopServer(context).catch(() => undefined)
      throw cause
    }
  }).catch((cause: unknown) => {
    throw folderError(cause, paths.folder)
  })

  // For a process that ends without stop(): it cannot wait for the server, but it can ask it to stop.
  const leaveAbruptly = (): void => {
    rmSync(client, { force: true })
    if (aliveClients(paths, readdirSync(paths.clients)).length === 0) requestStopNow(context)
  }
  process.on('exit', leaveAbruptly)

  async function leave(): Promise<void> {
    await rm(client, { force: true })
    if ((await clientsOf(paths)).length === 0) await stopServer(context)
  }

  let stopping: Promise<void> | undefined
  return {
    host: '127.0.0.1',
    get port() {
      return port
    },
    database: databaseName,
    owner: { user: ownerName, password: context.password },
    ensureRunning: () =>
      withProcessLock(paths.lock, async () => {
        port = await joinOrStart(context)
        await checkServer(context, port)
      }).catch((cause: unknown) => {
        throw folderError(cause, paths.folder)
      }),
    backup: (label) =>
      withProcessLock(paths.lock, async () => {
        if ((await clientsOf(paths)).length > 1) throw new AppError('conflict', 'otherProgramsUseTheDatabase')
        onProgress('copyingDatabase')
        await stopServer(context)
        try {
          return await copyCluster(paths, label)
        } catch (cause) {
          throw folderError(cause, paths.backups)
        } finally {
          port = await joinOrStart(context)
        }
      }),
    stop: () => {
      // Without room for a lock nobody else gets one either: left as by a process that ends at once, but waited for.
      stopping ??= withProcessLock(paths.lock, leave).catch((cause: unknown) => (isDiskFull(cause) ? leave() : Promise.reject(cause))).finally(() => process.off('exit', leaveAbruptly))
      return stopping
    },
  }
}

/** Whether a living process uses the cluster; a server that everybody who used it left behind is stopped. Under the lock of the folder's server. */
export async function isClusterUsed(paths: ClusterPaths, log: Log): Promise<boolean> {
  if ((await clientsOf(paths)).length > 0) return true
  const password = (await readSecret(paths.folder, secretName)) ?? ''
  await stopServer({ binaries: findPostgresBinaries(), paths, preferredPort: undefined, log, onProgress: () => undefined, careless: false, password })
  return false
}

interface Context {
  binaries: PostgresBinaries
  paths: ClusterPaths
  preferredPort: number | undefined
  log: Log
  onProgress: (step: StartStep) => void
  careless: boolean
  password: string
}

async function openPaths(folder: string): Promise<ClusterPaths> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    // One folder, one name: the server is recognised by the path it runs with.
    const paths = clusterPaths(await realpath(folder))
    for (const path of [paths.run, paths.clients, paths.logs]) await mkdir(path, { recursive: true, mode: 0o700 })
    return paths
  } catch (cause) {
    throw folderError(cause, folder)
  }
}

/** The password is kept before initdb needs it, so a cluster never exists without it. */
async function ownerPassword({ paths, binaries }: Context): Promise<string> {
  const kept = await readSecret(paths.folder, secretName)
  if (kept) return kept
  if (await clusterExists(paths, binaries)) {
    throw new AppError('databaseUnavailable', 'ownerPasswordMissing', { file: join(paths.folder, 'secrets', secretName), backups: paths.backups })
  }
  const password = randomBytes(33).toString('base64url')
  await writeSecret(paths.folder, secretName, password)
  return password
}

async function joinOrStart(context: Context): Promise<number> {
  const { paths, binaries, log, onProgress } = context
  const giveUpAt = Date.now() + answerLimitMs
  for (;;) {
    const running = await findPostmaster(context)
    if (running) {
      const answer = await waitForAnswer(context, running.port, () => isProcess(running.pid))
      if (answer === 'ready') return running.port
      if (answer === 'stranger') throw new AppError('databaseUnavailable', 'ownerPasswordRefused', { file: join(paths.folder, 'secrets', secretName) })
      continue // It was stopping and is gone now.
    }
    if (!(await clusterExists(paths, binaries))) {
      onProgress('creatingDatabase')
      await createCluster(paths, binaries, context.password, log)
      log.info('database cluster created', { major: binaries.major })
    }
    onProgress('startingDatabase')
    const port = await choosePort(context)
    const failure = await launch(context, port)
    if (failure === null) {
      await replaceFile(paths.port, String(port))
      log.info('database server started', { port })
      return port
    }
    // Somebody took the port between our look and the server's, or processes of a killed server still hold its memory: both pass.
    const passes = failure.reason === 'anotherServerRunning' || !(await isPortFree(port))
    if (!passes || Date.now() > giveUpAt) throw failure
    await delay(200)
  }
}

/** The running server of this very cluster. A pid file that speaks of anything else is removed: the machine went down or the number was given to another process. */
async function findPostmaster({ paths, log, password }: Context): Promise<{ pid: number; port: number } | null> {
  const found = await readPidFile(paths)
  if (found === null) return null
  if (found !== 'garbled' && (await isPostmaster(paths, found.pid))) {
    // A copy of a data folder carries the pid file of the original, whose server may well be running.
    const isCopy = process.platform !== 'linux' && (await probe(paths, found.port, password)) === 'stranger'
    if (!isCopy) return found
  }
  log.info('stale pid file of the database server removed')
  await rm(paths.pidFile, { force: true })
  return null
}

async function readPidFile(paths: ClusterPaths): Promise<{ pid: number; port: number } | 'garbled' | null> {
  const text = await readFile(paths.pidFile, 'latin1').catch((cause: unknown) => {
    if (errorCode(cause) === 'ENOENT' || errorCode(cause) === 'ENOTDIR') return null
    throw cause
  })
  if (text === null) return null
  // Lines: pid, data folder, start time, port, … (PostgreSQL's pidfile.h). A server that has just begun has not written all of them.
  const [pid, , , port] = text.split('\n').map(Number)
  return pid && Number.isInteger(pid) ? { pid, port: port || 0 } : 'garbled'
}

async function isPostmaster({ cluster }: ClusterPaths, pid: number): Promise<boolean> {
  if (!isProcess(pid)) return false
  if (process.platform === 'linux') {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return commandLine.split('\0').includes(cluster)
  }
  const [program, ...args] = process.platform === 'win32' ? ['tasklist', '/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH'] : ['ps', '-o', 'command=', '-p', String(pid)]
  const { stdout } = await promisify(execFile)(program as string, args, { windowsHide: true }).catch(() => ({ stdout: '' }))
  return process.platform === 'win32' ? stdout.includes('postgres.exe') : stdout.includes(cluster)
}

type Answer = 'ready' | 'starting' | 'silent' | 'stranger'

/** Asks whatever listens on the port whether it is the server of this cluster. */
async function probe(paths: ClusterPaths, port: number, password: string): Promise<Answer> {
  if (port === 0) return 'silent'
  try {
    const folder = await ask(port, password, 'postgres', async (query) => (await query("select current_setting('data_directory') as folder"))['folder'])
    return samePath(String(folder), paths.cluster) ? 'ready' : 'stranger'
  } catch (cause) {
    const code = errorCode(cause) ?? ''
    if (code === '57P03') return 'starting'
    // Password refused, no such role, refused by pg_hba.conf.
    if (code === '28P01' || code === '28000') return 'stranger'
    if (isDamage(code)) throw damaged(paths, undefined, [code])
    return 'silent'
  }
}

function samePath(one: string, other: string): boolean {
  const [left, right] = [resolve(one), resolve(other)]
  return process.platform === 'linux' ? left === right : left.toLowerCase() === right.toLowerCase()
}

type Query = (sql: string, values?: unknown[]) => Promise<Record<string, unknown>>

async function ask<T>(port: number, password: string, database: string, work: (query: Query) => Promise<T>): Promise<T> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: ownerName, password, database, application_name: 'okno start', connectionTimeoutMillis: 10_000 })
  // A server that goes away later says so on the idle connection; without a listener that would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await work(async (sql, values) => (await client.query<Record<string, unknown>>(sql, values)).rows[0] ?? {})
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function waitForAnswer(context: Context, port: number, isRunning: () => boolean): Promise<'ready' | 'stranger' | 'gone'> {
  const startedAt = Date.now()
  let toldRecovery = false
  for (;;) {
    const current = port || currentPort(context.paths)
    const answer = await probe(context.paths, current, context.password)
    if (answer === 'ready' || answer === 'stranger') return answer
    if (!isRunning()) return 'gone'
    const waited = Date.now() - startedAt
    if (answer === 'starting' && waited > 2000 && !toldRecovery) {
      toldRecovery = true
      context.onProgress('recoveringDatabase')
    }
    if (waited > (answer === 'starting' ? recoveryLimitMs : answerLimitMs)) {
      const sqlStates = (await complaintsSince(context.paths, new Map())).slice(-5).map(({ sqlState }) => sqlState)
      throw new AppError('databaseUnavailable', 'startTimeout', { seconds: Math.round(waited / 1000), sqlStates })
    }
    await delay(30)
  }
}

function currentPort(paths: ClusterPaths): number {
  try {
    return Number(readFileSync(paths.pidFile, 'latin1').split('\n')[3]) || 0
  } catch {
    return 0
  }
}

/** The wished port, the one used last, or any free one. */
async function choosePort({ preferredPort, paths }: Context): Promise<number> {
  const last = Number(await readFile(paths.port, 'latin1').catch(() => ''))
  for (const port of [preferredPort ?? 0, last]) if (port > 0 && port < 65536 && (await isPortFree(port))) return port
  return bind(0)
}

const isPortFree = (port: number): Promise<boolean> => bind(port).then(() => true, () => false)

function bind(port: number): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer()
    server.once('error', failed)
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const { port: bound } = server.address() as AddressInfo
      server.close(() => done(bound))
    })
  })
}

/** Starts the server process and waits until it answers. Null, or why it ended. */
async function launch(context: Context, port: number): Promise<AppError | null> {
  const { paths, binaries } = context
  await configureCluster(paths, port, context.careless)
  await removeOldLogs(paths)
  // What the server says before its own log is open. On a full disk it does without.
  await truncate(paths.startLog, 0).catch(() => undefined)
  const marks = await logMarks(paths)
  const startLog = await open(paths.startLog, 'a', 0o600)
  let exit: Exit | undefined
  try {
    // Windows: pg_ctl drops administrator's rights, which the server refuses. Elsewhere it would only put a shell between, which misreads odd paths.
    const [program, args] =
      process.platform === 'win32' ? [binaries.pgCtl, ['start', '-s', '-W', '-D', paths.cluster, '-l', paths.startLog]] : [binaries.postgres, ['-D', paths.cluster]]
    const output = process.platform === 'win32' ? 'ignore' : startLog.fd
    // Detached: it has to survive this process as long as another one uses it, and Ctrl+C in the terminal of this one.
    const child = spawnPostgres(program, args, { cwd: paths.run, detached: true, stdio: ['ignore', output, output] })
    void exitOf(child).then((end) => {
      if (process.platform !== 'win32' || end.code !== 0) exit = end
    })
    child.unref()
  } finally {
    await startLog.close()
  }
  const answer = await waitForAnswer(context, port, () => exit === undefined)
  if (answer === 'ready') return null
  const end: Exit = exit ?? { code: null, signal: null }
  const complaints = await complaintsSince(paths, marks)
  context.log.error('database server did not start', { ...end, sqlStates: complaints.map(({ sqlState }) => sqlState) })
  return explainExit(paths, end, complaints, () => controlFileIsSound(context))
}

/** Printing a setting computed from the control file reads that file and touches neither memory nor ports. */
async function controlFileIsSound({ binaries, paths }: Context): Promise<boolean> {
  const child = spawnPostgres(binaries.postgres, ['-D', paths.cluster, '-C', 'data_checksums'], { cwd: paths.run, detached: false, stdio: ['ignore', 'ignore', 'ignore'] })
  return (await exitOf(child)).code === 0
}

// The server empties a log of the same weekday only when it is running at midnight; a desk is not.
async function removeOldLogs({ logs }: ClusterPaths): Promise<void> {
  const sixDaysAgo = Date.now() - 6 * 24 * 3600_000
  for (const name of await readdir(logs)) {
    const file = join(logs, name)
    if ((await stat(file)).mtimeMs < sixDaysAgo) await rm(file, { force: true })
  }
}

/** The database exists and knows Cyrillic. Damage that shows only when tables are read shows here. */
async function checkServer({ password, paths }: Context, port: number): Promise<void> {
  try {
    const look = () =>
      ask(port, password, databaseName, (query) =>
        query(`select 'ИВАНОВ' ilike 'иванов' and lower('Ё') = 'ё' and upper('ъ') = 'Ъ' and 'щ' ~ '^\\w$' as "knowsCyrillic",
               current_setting('server_encoding') = 'UTF8' as "isUtf8", current_setting('server_version_num')::int >= 150000 as "isNewEnough"`),
      )
    let isNew = false
    const facts = await look().catch(async (cause: unknown) => {
      if (errorCode(cause) !== '3D000') throw cause // There is no such database yet.
      isNew = true
      await ask(port, password, 'postgres', (query) => query(`create database ${databaseName}`))
      return look()
    })
    const failed = Object.keys(facts).filter((fact) => facts[fact] !== true)
    if (failed.length > 0) throw new AppError('databaseUnavailable', 'selfCheckFailed', { failed, isNew })
  } catch (cause) {
    const code = errorCode(cause) ?? ''
    if (code === '53100') throw await explainExit(paths, { code: null, signal: null }, [{ pid: 0, sqlState: code, severity: 'FATAL' }])
    if (isDamage(code)) throw damaged(paths, undefined, [code])
    throw cause
  }
}

async function clientsOf(paths: ClusterPaths): Promise<string[]> {
  const names = await readdir(paths.clients).catch((cause: unknown) => {
    if (errorCode(cause) === 'ENOENT') return []
    throw cause
  })
  return aliveClients(paths, names)
}

/** Names of registrations whose process lives; the others are removed. */
function aliveClients(paths: ClusterPaths, names: string[]): string[] {
  return names.filter((name) => {
    const file = join(paths.clients, name)
    if (livingProcess(readText(file), paths.folder)) return true
    // Still being written, by a process that takes its place a moment later.
    if (name.endsWith('.tmp') && isProcess(Number(name.split('-')[0]))) return true
    rmSync(file, { force: true })
    return false
  })
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Fast shutdown: sessions are ended, everything is written, the next start needs no recovery. */
async function stopServer(context: Context): Promise<void> {
  const { paths, log } = context
  const running = await findPostmaster(context)
  if (!running) return
  requestStop(context, running.pid)
  const startedAt = Date.now()
  let isHurried = false
  while (isProcess(running.pid)) {
    if (!isHurried && Date.now() - startedAt > stopLimitMs) {
      // Ends at once; the next start replays the log. Nothing that was confirmed is lost.
      isHurried = true
      log.error('database server did not stop in time', { seconds: stopLimitMs / 1000 })
      if (process.platform !== 'win32') process.kill(running.pid, 'SIGQUIT')
    }
    if (Date.now() - startedAt > 2 * stopLimitMs) throw new AppError('databaseUnavailable', 'serverDidNotStop', { folder: paths.cluster })
    await delay(20)
  }
  log.info('database server stopped')
}

function requestStop({ binaries, paths }: Context, pid: number): void {
  if (process.platform === 'win32') {
    spawnPostgres(binaries.pgCtl, ['stop', '-s', '-W', '-m', 'fast', '-D', paths.cluster], { cwd: paths.run, detached: true, stdio: ['ignore', 'ignore', 'ignore'] }).unref()
    return
  }
  try {
    process.kill(pid, 'SIGINT')
  } catch (cause) {
    if (errorCode(cause) !== 'ESRCH') throw cause
  }
}

function requestStopNow(context: Context): void {
  const pid = Number(readText(context.paths.pidFile).split('\n')[0])
  if (!pid || !isProcess(pid)) return
  if (process.platform === 'linux' && !readText(`/proc/${pid}/cmdline`).split('\0').includes(context.paths.cluster)) return
  requestStop(context, pid)
}
