import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, chmod, lstat, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { z } from 'zod'
import { formOptions, plainOptions, printerTest } from '@shared/contract/printing'
import { watchSettings } from '@shared/contract/registers'
import { AppError } from '@shared/errors'
import { withProcessLock } from './db/process-lock'

/** What a hand left out is plain. */
const storedOptions = z.preprocess((stored) => (typeof stored === 'object' ? { ...plainOptions, ...stored } : stored), formOptions)

/** Form -> how this desk prints it; printer -> what came of its last test page. Forms this version does not know are kept. */
const printing = z.preprocess(withFormsOf, z.object({ forms: z.record(z.string(), storedOptions).default({}), tests: z.record(z.string(), printerTest).default({}) }))

/** Earlier settings knew a printer for each form and no more, and fewer forms: a sheet that was printed as another form keeps that form's printer. */
const formBefore: Record<string, string> = { invoice: 'paymentDocument', statement: 'paymentDocument', notice: 'application', act: 'application' }

function withFormsOf(stored: unknown): unknown {
  const old = z.object({ printers: z.record(z.string(), z.string()), forms: z.undefined().optional() }).safeParse(stored)
  if (!old.success) return stored
  const { printers } = old.data
  const all = [...Object.keys(printers), ...Object.keys(formBefore)].map((form) => [form, printers[form] ?? printers[formBefore[form] ?? '']] as const)
  return { forms: Object.fromEntries(all.filter(([, printer]) => printer).map(([form, printer]) => [form, { ...plainOptions, printer }])) }
}

const port = z.int().min(1).max(65535)

/** A server that repeats the office's own (streaming replication) and answers reports as long as it is no further behind. */
const reportServer = z.object({
  host: z.string().min(1),
  port: port.default(5432),
  tls: z.enum(['verify-full', 'off']).default('verify-full'),
  caFile: z.string().min(1).optional(),
  maxLagSeconds: z.number().min(0).max(86_400).default(60),
})

/** IT's word, in the file only: another server is named by a signed-in administrator, also while no database answers. */
const locked = z.boolean().optional()

/** What belongs to this machine and not to the office: where the database is, which printer takes which form, looks of the window. */
export const machineSettings = z.object({
  database: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('embedded'), port: port.optional(), locked, reports: reportServer.optional() }),
      z.object({
        kind: z.literal('server'),
        host: z.string().min(1),
        port: port.default(5432),
        /** Servers that take over when this one is gone; whichever takes changes is used. */
        others: z.array(z.object({ host: z.string().min(1), port: port.default(5432) })).max(4).default([]),
        database: z.string().min(1),
        tls: z.enum(['verify-full', 'off']).default('verify-full'),
        caFile: z.string().min(1).optional(),
        locked,
        reports: reportServer.optional(),
      }),
    ])
    .default({ kind: 'embedded' }),
  printing: printing.default({ forms: {}, tests: {} }),
  language: z.enum(['ru', 'en']).default('ru'),
  theme: z.enum(['light', 'dark', 'system']).default('system'),
  /** A folder whose files are taken in as registers by themselves. */
  registers: z.object({ watch: watchSettings.optional() }).optional(),
  /** The service login that sends the outbox; its password lies in a file of the data folder or of IT. */
  outbox: z.object({ login: z.string().min(1), passwordFile: z.string().min(1) }).optional(),
  /** Where updates of this computer come from: https or a folder (docs/rollout.md); without it the address the build was made with. */
  updates: z.object({ source: z.string().min(1) }).optional(),
  /** Backups of the embedded database (src/main/backup): where they lie (the data folder's `backups` unless told), at which hour of this computer, how many stay, for whose key (`age1…`). */
  backups: z
    .object({ folder: z.string().min(1).optional(), hour: z.int().min(0).max(23).optional(), keep: z.int().min(1).max(365).default(7), recipient: z.string().regex(/^age1[0-9a-z]{20,}$/).optional() })
    .default({ keep: 7 }),
  /** This window among the others of the office (fleet); made by itself, and anew where the folder was copied from another computer. */
  windowId: z.uuid().optional(),
})
export type MachineSettings = z.infer<typeof machineSettings>

export interface DataFolder {
  path: string
  settingsFile: string
  logs: string
  secrets: string
  /** Defaults when there is no file yet. Throws AppError invalidInput `settingsDamaged` {file, problems}; the file stays as it is. */
  readSettings(): Promise<MachineSettings>
  /** Read, change, check, replace: whole or not at all, one process at a time. Keys this version does not know are kept. */
  updateSettings(change: (settings: MachineSettings) => MachineSettings): Promise<MachineSettings>
  readSecret(name: string): Promise<string | null>
  writeSecret(name: string, value: string): Promise<void>
  /** Null removes it. */
  setSecret(name: string, value: string | null): Promise<void>
}

type Environment = Record<string, string | undefined>

/** `OKNO_DATA`, or the place the system has for data of this user. */
export function dataFolderPath(env: Environment = process.env, platform: NodeJS.Platform = process.platform): string {
  if (env['OKNO_DATA']) return resolve(env['OKNO_DATA'])
  const home = env['HOME'] ?? env['USERPROFILE'] ?? homedir()
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'Okno')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Okno')
  const dataHome = env['XDG_DATA_HOME']
  // The XDG specification says that a relative path is invalid and to be ignored.
  return join(dataHome && isAbsolute(dataHome) ? dataHome : join(home, '.local', 'share'), 'okno')
}

/**
 * Opens, and on the first start makes, the data folder:
 * `settings.json`, `postgres/` (cluster), `backups/`, `logs/`, `secrets/` (files 0600), `run/` (who uses the server now).
 * Throws AppError databaseUnavailable: `dataFolderNotWritable`, `diskFull` {folder}.
 */
export async function openDataFolder(env: Environment = process.env): Promise<DataFolder> {
  const path = dataFolderPath(env)
  const settingsFile = join(path, 'settings.json')
  const logs = join(path, 'logs')
  const secrets = join(path, 'secrets')
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await access(path, constants.W_OK | constants.X_OK)
    for (const folder of [logs, secrets]) await makePrivateFolder(folder)
  } catch (cause) {
    throw folderError(cause, path)
  }

  async function readRaw(): Promise<Record<string, unknown>> {
    let text: string
    try {
      text = await readFile(settingsFile, 'utf8')
    } catch (cause) {
      if (errorCode(cause) === 'ENOENT') return {}
      throw folderError(cause, settingsFile)
    }
    try {
      // Notepad puts a byte order mark in front of what it saves.
      return z.record(z.string(), z.unknown()).parse(JSON.parse(text.replace(/^\uFEFF/, '')))
    } catch {
      throw new AppError('invalidInput', 'settingsDamaged', { file: settingsFile, problems: ['notJson'] })
    }
  }

  return {
    path,
    settingsFile,
    logs,
    secrets,
    readSettings: async () => checkedSettings(await readRaw(), settingsFile),
    updateSettings: (change) =>
      withProcessLock(join(path, 'run', 'settings-lock'), async () => {
        const raw = await readRaw()
        const changed = checkedSettings(change(checkedSettings(raw, settingsFile)), settingsFile)
        const unknown = Object.fromEntries(Object.entries(raw).filter(([key]) => !(key in machineSettings.shape)))
        await replaceFile(settingsFile, `${JSON.stringify({ ...unknown, ...changed }, null, 2)}\n`)
        return changed
      }).catch((cause: unknown) => {
        throw folderError(cause, path)
      }),
    readSecret: (name) => readSecret(path, name),
    writeSecret: (name, value) => writeSecret(path, name, value),
    setSecret: (name, value) => (value === null ? rm(join(path, 'secrets', name), { force: true }) : writeSecret(path, name, value)),
  }
}

function checkedSettings(raw: unknown, file: string): MachineSettings {
  const parsed = machineSettings.safeParse(raw)
  if (parsed.success) return parsed.data
  // Where it is wrong, not what stands there: the value could be a password put into the wrong place.
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.code}`)
  throw new AppError('invalidInput', 'settingsDamaged', { file, problems })
}

/**
 * The secret, or null when there is none. One that others may read is closed to them again (0600);
 * one that belongs to another user is refused: AppError databaseUnavailable `secretNotOurs` {file}.
 */
export async function readSecret(folder: string, name: string): Promise<string | null> {
  const file = join(folder, 'secrets', name)
  try {
    const found = await lstat(file)
    if (process.getuid) {
      if (!found.isFile() || found.uid !== process.getuid()) throw new AppError('databaseUnavailable', 'secretNotOurs', { file })
      if (found.mode & 0o077) await chmod(file, 0o600)
    }
    return (await readFile(file, 'utf8')).trimEnd()
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return null
    throw folderError(cause, file)
  }
}

export async function writeSecret(folder: string, name: string, value: string): Promise<void> {
  await makePrivateFolder(join(folder, 'secrets'))
  await replaceFile(join(folder, 'secrets', name), value)
}

async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
}

/** Puts a file (0600) in place whole: after a power cut there is the old text or the new one. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
    if (process.platform !== 'win32') await syncFolder(dirname(file))
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw folderError(cause, file)
  }
}

/** A file that must not exist yet, with exactly this mode: whole and on the disk, or not there. What the system says passes as it is, EEXIST for one. */
export async function writeNewFile(file: string, text: string, mode: number): Promise<void> {
  const handle = await open(file, 'wx', mode)
  try {
    await handle.chmod(mode)
    await handle.writeFile(text)
    await handle.sync()
  } catch (cause) {
    await rm(file, { force: true }).catch(() => undefined)
    throw cause
  } finally {
    await handle.close()
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** No room on the disk, or none left of what this user may take of it. */
export const isDiskFull = (cause: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(errorCode(cause) ?? '')

/** An error of the file system in the words of the application; anything else as it was. */
export function folderError(cause: unknown, folder: string): unknown {
  switch (errorCode(cause)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new AppError('databaseUnavailable', 'diskFull', { folder })
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
    case 'EEXIST':
      return new AppError('databaseUnavailable', 'dataFolderNotWritable', { folder, systemCode: errorCode(cause) })
    default:
      return cause
  }
}

export function errorCode(cause: unknown): string | undefined {
  const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined
  return typeof code === 'string' ? code : undefined
}
