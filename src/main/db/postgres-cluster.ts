import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, copyFile, constants, lchown, lstat, mkdir, readdir, readFile, rename, rm, rmdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '@shared/errors'
import { errorCode, replaceFile } from '../data-folder'
import type { Log } from '../log'
import { isRoot, rootlessId, spawnPostgres, type PostgresBinaries } from './postgres-binaries'

export const ownerName = 'okno_root'

/** Where things of the embedded server lie in the data folder. */
export function clusterPaths(folder: string) {
  const run = join(folder, 'run')
  return {
    folder,
    cluster: join(folder, 'postgres'),
    logs: join(folder, 'logs', 'postgres'),
    startLog: join(folder, 'logs', 'postgres', 'start.log'),
    backups: join(folder, 'backups'),
    run,
    clients: join(run, 'clients'),
    lock: join(run, 'server-lock'),
    port: join(run, 'port'),
    initialPassword: join(run, 'initial-password'),
    pidFile: join(folder, 'postgres', 'postmaster.pid'),
  }
}
export type ClusterPaths = ReturnType<typeof clusterPaths>

const spaceForNewCluster = 128 * 1024 * 1024
const spaceToRun = 8 * 1024 * 1024

/** True when there is a cluster; false when there is nothing. Anything between is damage: it is reported and never overwritten. */
export async function clusterExists(paths: ClusterPaths, binaries: PostgresBinaries): Promise<boolean> {
  const entries = await readdir(paths.cluster).catch((cause: unknown) => {
    if (errorCode(cause) === 'ENOENT') return []
    throw errorCode(cause) === 'EACCES' ? notOurs(paths) : damaged(paths, 'postgres')
  })
  if (entries.length === 0) return false
  for (const name of ['PG_VERSION', 'global/pg_control', 'base', 'pg_wal', 'pg_xact']) {
    if (!(await stat(join(paths.cluster, name)).catch(() => null))) throw damaged(paths, name)
  }
  const version = (await readFile(join(paths.cluster, 'PG_VERSION'), 'latin1')).trim()
  if (!/^\d+$/.test(version)) throw damaged(paths, 'PG_VERSION')
  if (Number(version) !== binaries.major) {
    throw new AppError('databaseUnavailable', 'clusterVersion', { cluster: Number(version), server: binaries.major, folder: paths.cluster })
  }
  await makeOwned(paths)
  return true
}

/** PostgreSQL wants the cluster to belong to the user it runs as, and to nobody else's eyes. */
async function makeOwned(paths: ClusterPaths): Promise<void> {
  if (!process.getuid) return
  const { uid, mode } = await stat(paths.cluster)
  const expected = isRoot() ? rootlessId : process.getuid()
  // A backup that root copied back belongs to root as a whole.
  if (isRoot() && uid === 0) await forEachFile(paths.cluster, (file) => lchown(file, rootlessId, rootlessId))
  else if (uid !== expected) throw notOurs(paths)
  if (mode & 0o077) await chmod(paths.cluster, 0o700)
}

/** initdb beside the final place and a rename at the end: a cluster that is there is complete, whenever the machine went down. */
export async function createCluster(paths: ClusterPaths, binaries: PostgresBinaries, password: string, log: Log): Promise<void> {
  const free = await freeSpace(paths.folder)
  if (free < spaceForNewCluster) throw diskFull(paths, free, spaceForNewCluster)
  for (const name of await readdir(paths.folder)) {
    if (name.startsWith('postgres.new-')) await rm(join(paths.folder, name), { recursive: true, force: true })
  }
  const fresh = join(paths.folder, `postgres.new-${randomBytes(4).toString('hex')}`)
  await mkdir(fresh, { mode: 0o700 })
  if (isRoot()) await chown(fresh, rootlessId, rootlessId)
  await replaceFile(paths.initialPassword, `${password}\n`)
  try {
    const initdb = spawnPostgres(
      binaries.initdb,
      [
        ['-D', fresh, '-U', ownerName, `--pwfile=${paths.initialPassword}`, '--auth=scram-sha-256', '--data-checksums', '--no-instructions'],
        // Without these initdb makes SQL_ASCII, and lower() and pg_trgm know no Cyrillic.
        ['--encoding=UTF8', '--locale=C', `--lc-ctype=${wideLocale()}`, ...(binaries.major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [])],
      ].flat(),
      { cwd: paths.run, detached: false, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    let complaints = ''
    initdb.stderr?.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
    const end = await exitOf(initdb)
    if (end.code !== 0) {
      // There is nothing personal in a cluster that does not exist yet.
      log.error('initdb failed', { ...end, output: complaints.slice(-2000) })
      throw await explainExit(paths, end, [])
    }
    // Renaming onto an empty folder works on POSIX only.
    await rmdir(paths.cluster).catch(() => undefined)
    await rename(fresh, paths.cluster)
  } finally {
    await rm(paths.initialPassword, { force: true })
    await rm(fresh, { recursive: true, force: true })
  }
}

// A libc locale whose ctype knows Cyrillic; what it is called depends on the system. Sorting and lower() are the builtin provider's everywhere.
function wideLocale(): string {
  if (process.platform === 'win32') return 'ru-RU'
  return process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'
}

/** The configuration is written whole at every start: it follows the version of Okno and heals a damaged file. What IT tunes with ALTER SYSTEM stays. */
export async function configureCluster(paths: ClusterPaths, port: number, careless = false): Promise<void> {
  const settings: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 60,
    password_encryption: 'scram-sha-256',
    authentication_timeout: '20s',
    timezone: 'UTC',
    lc_messages: 'C',
    datestyle: 'ISO, DMY',
    // A desk: a few windows, one database, the rest of the memory belongs to other programs.
    shared_buffers: '128MB',
    effective_cache_size: '1GB',
    work_mem: '16MB',
    maintenance_work_mem: '128MB',
    random_page_cost: 1.1,
    jit: 'off',
    // Full durability. Nothing replicates from here, so bulk loads into new tables may skip the log.
    fsync: careless ? 'off' : 'on',
    synchronous_commit: careless ? 'off' : 'on',
    full_page_writes: careless ? 'off' : 'on',
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_wal_size: '1GB',
    // The log never holds a statement, a parameter or a value of a row: no ERROR lines, no details, no statements.
    logging_collector: 'on',
    log_destination: 'stderr',
    log_directory: paths.logs.replaceAll('\\', '/'),
    log_filename: 'postgresql-%a.log',
    log_file_mode: '0600',
    log_rotation_age: '1d',
    log_rotation_size: 0,
    log_truncate_on_rotation: 'on',
    log_line_prefix: '%m [%p] %e ',
    log_timezone: 'UTC',
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_statement: 'none',
    log_min_duration_statement: -1,
    log_parameter_max_length: 0,
    log_parameter_max_length_on_error: 0,
    log_checkpoints: 'off',
    log_autovacuum_min_duration: -1,
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'`)
  const note = '# Written by Okno at every start. Own settings: ALTER SYSTEM (postgresql.auto.conf).'
  await replaceClusterFile(paths, 'postgresql.conf', [note, ...lines, ''].join('\n'))
  await replaceClusterFile(paths, 'pg_hba.conf', [note, 'host all all 127.0.0.1/32 scram-sha-256', ''].join('\n'))
}

async function replaceClusterFile(paths: ClusterPaths, name: string, text: string): Promise<void> {
  const file = join(paths.cluster, name)
  await replaceFile(file, text)
  if (isRoot()) await chown(file, rootlessId, rootlessId)
}

export interface Exit {
  code: number | null
  signal: string | null
  /** ENOENT and the like when the program could not be started at all. */
  spawnError?: string
}

export function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (cause) => resolve({ code: null, signal: null, spawnError: errorCode(cause) ?? 'unknown' }))
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
}

/** A FATAL or PANIC line of the server's log without its text. */
export interface Complaint {
  pid: number
  sqlState: string
  severity: 'FATAL' | 'PANIC'
}

/** How long each log is now, to tell later what was added. */
export async function logMarks(paths: ClusterPaths): Promise<Map<string, number>> {
  const marks = new Map<string, number>()
  for (const name of await readdir(paths.logs).catch(() => [])) {
    const found = await stat(join(paths.logs, name)).catch(() => null)
    if (found) marks.set(name, found.size)
  }
  return marks
}

export async function complaintsSince(paths: ClusterPaths, marks: Map<string, number>): Promise<Complaint[]> {
  const complaints: Complaint[] = []
  for (const name of await readdir(paths.logs).catch(() => [])) {
    const bytes = await readFile(join(paths.logs, name)).catch(() => Buffer.alloc(0))
    const mark = marks.get(name) ?? 0
    const added = bytes.subarray(bytes.length < mark ? 0 : mark).toString('latin1')
    for (const [, pid, sqlState, severity] of added.matchAll(/^\S+ \S+ \S+ \[(\d+)\] ([0-9A-Z]{5}) (FATAL|PANIC): /gm)) {
      complaints.push({ pid: Number(pid), sqlState: String(sqlState), severity: severity === 'PANIC' ? 'PANIC' : 'FATAL' })
    }
  }
  return complaints
}

const damageStates = new Set(['XX001', 'XX002', '58P01', '58P02', '58030'])
const memoryStates = new Set(['53200', '53000', '53300'])

// A garbled control file, or something harmless like shared memory that the system refused.
const doubtfulStates = new Set(['XX000', '22023', '55000'])

/** Why a server (or initdb) ended, by its exit state and SQLSTATEs. `controlFileIsSound` decides where a state stands for damage and other things alike. */
export async function explainExit(paths: ClusterPaths, exit: Exit, complaints: Complaint[], controlFileIsSound?: () => Promise<boolean>): Promise<AppError> {
  const states = [...new Set(complaints.map(({ sqlState }) => sqlState))]
  const free = await freeSpace(paths.folder)
  if (states.includes('53100') || free < spaceToRun) return diskFull(paths, free, spaceToRun)
  if (states.includes('42501')) return notOurs(paths)
  if (states.some((state) => memoryStates.has(state))) return new AppError('databaseUnavailable', 'notEnoughMemory')
  if (states.some((state) => damageStates.has(state))) return damaged(paths, undefined, states)
  if (states.includes('F0001')) return new AppError('databaseUnavailable', 'anotherServerRunning', { folder: paths.cluster })
  // The configuration itself was written a moment ago; what ALTER SYSTEM left is the other file the server reads.
  if (states.includes('F0000')) return damaged(paths, 'postgresql.auto.conf', states)
  if (complaints.some(({ severity }) => severity === 'PANIC')) return damaged(paths, undefined, states)
  if (states.some((state) => doubtfulStates.has(state)) && controlFileIsSound && !(await controlFileIsSound())) return damaged(paths, 'global/pg_control', states)
  // 126 and 127: the system found no program or not its libraries.
  if (exit.spawnError || exit.code === 126 || exit.code === 127) {
    const reason = isRoot() && exit.spawnError === 'ENOENT' ? 'setprivMissing' : 'noEmbeddedServer'
    return new AppError('databaseUnavailable', reason, { platform: `${process.platform}-${process.arch}`, exitCode: exit.code, systemCode: exit.spawnError })
  }
  return new AppError('databaseUnavailable', 'serverDidNotStart', { exitCode: exit.code, signal: exit.signal, sqlStates: states })
}

/** A session that breaks over files of the database: missing (58P01, 22023 for the folder of a database), unreadable, garbled. */
export function isDamage(sqlState: string): boolean {
  return damageStates.has(sqlState) || sqlState === 'XX000' || sqlState === '22023'
}

export function damaged(paths: ClusterPaths, part?: string, sqlStates: string[] = []): AppError {
  return new AppError('databaseUnavailable', 'dataFolderDamaged', { folder: paths.cluster, part, sqlStates, backups: paths.backups })
}

function notOurs(paths: ClusterPaths): AppError {
  return new AppError('databaseUnavailable', 'dataFolderNotOurs', { folder: paths.cluster })
}

function diskFull(paths: ClusterPaths, freeBytes: number, neededBytes: number): AppError {
  return new AppError('databaseUnavailable', 'diskFull', { folder: paths.folder, freeBytes, neededBytes })
}

async function freeSpace(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

const backupsKept = 2

/** Copies the cluster of a stopped server to `backups/<time>-<label>`; the two newest stay. Returns the folder of the copy. */
export async function copyCluster(paths: ClusterPaths, label: string): Promise<string> {
  await mkdir(paths.backups, { recursive: true, mode: 0o700 })
  for (const name of await readdir(paths.backups)) {
    if (name.startsWith('partial-')) await rm(join(paths.backups, name), { recursive: true, force: true })
  }
  const target = join(paths.backups, `${new Date().toISOString().replaceAll(':', '-')}-${label}`)
  const partial = join(paths.backups, `partial-${randomBytes(4).toString('hex')}`)
  try {
    let size = 0
    await forEachFile(paths.cluster, async (file) => {
      size += (await lstat(file)).size
    })
    const free = await freeSpace(paths.folder)
    if (free < size + spaceToRun) throw diskFull(paths, free, size + spaceToRun)
    await copyFolder(paths.cluster, partial)
    await rename(partial, target)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
  const all = (await readdir(paths.backups)).filter((name) => /^\d{4}-/.test(name)).sort()
  for (const name of all.slice(0, -backupsKept)) await rm(join(paths.backups, name), { recursive: true, force: true })
  return target
}

async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o700 })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copyFolder(source, target)
    // Where the file system can, the copy shares its blocks with the original.
    else if (entry.isFile()) await copyFile(source, target, constants.COPYFILE_FICLONE)
  }
}

async function forEachFile(folder: string, work: (file: string) => Promise<void>): Promise<void> {
  await work(folder)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await forEachFile(path, work)
    else await work(path)
  }
}
