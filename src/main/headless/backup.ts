import { basename, join, resolve } from 'node:path'
import { AppError } from '@shared/errors'
import type { BackupStep } from '../backup/office-header'
import { unlockOf, type Lock, type Unlock } from '../backup/age-file'
import { listBackups } from '../backup/backup-file'
import { previewBackup, restoreBackup, secretFrom, verifyBackup } from '../backup/backup-jobs'
import { moveToServer, type ServerSettings } from '../backup/move-to-server'
import { backupsFolder, makeBackupKey, runBackup } from '../backup/run-backup'
import { machineSettings, type DataFolder } from '../data-folder'
import { clusterExists, clusterPaths } from '../db/postgres-cluster'
import { findPostgresBinaries } from '../db/postgres-binaries'
import { withProcessLock } from '../db/process-lock'
import type { Log } from '../log'
import { addressOf, officeExists, openOffice } from '../office'
import type { Command } from './commands'
import { askPassword } from './password'

interface Around {
  folder: DataFolder
  log: Log
  appVersion: string
  env: NodeJS.ProcessEnv
  tell(line: string): void
}
type Options = Record<string, string | boolean | undefined>

const unlocking = { key: { type: 'string' } } as const
const keyHelp = `  --key FILE   the private key, or a file with the passphrase; without it the passphrase is asked for (or comes from
               OKNO_BACKUP_PASSPHRASE_FILE or standard input)`

/** Longer names before shorter ones that they begin with. */
export const backupCommands: Command[] = [
  {
    name: 'backup key',
    positionals: [],
    options: { out: { type: 'string' } },
    about: 'make the key that opens backups (no login)',
    help: `okno backup key --out FILE
  Makes a pair of keys. The private one goes into FILE (0600, as age-keygen writes it) and nowhere else: print it, put it away; without it no
  backup made from now on can be opened. The public one goes into settings.json. An existing FILE is never overwritten. Prints {recipient, file}.`,
  },
  {
    name: 'backup list',
    positionals: [],
    options: { folder: { type: 'string' } },
    about: 'backups and whether they are verified (no login)',
    help: `okno backup list [--folder DIR]
  Prints {folder, backups: [{file, bytes, note}]}, newest first. Exit 1 when there is no verified one: good for a monitor.`,
  },
  {
    name: 'backup verify',
    positionals: ['FILE'],
    options: unlocking,
    about: 'restore a backup aside and compare it (no login)',
    help: `okno backup verify FILE [--key FILE]
  Restores the whole file into a database of its own, which is thrown away, counts and compares every table and recounts the chains of the audit.
${keyHelp}`,
  },
  {
    name: 'backup',
    positionals: [],
    options: { to: { type: 'string' }, recipient: { type: 'string' }, passphrase: { type: 'boolean' } },
    about: 'back up the embedded database while it works (no login)',
    help: `okno backup [--to DIR] [--recipient age1… | --passphrase]
  One file, encrypted, verified by restoring it before it gets its name. Folder, key and how many are kept: settings.json, "backups",
  as the page «Резервные копии» sets them.
  --passphrase   locked with a passphrase instead: asked for, or from OKNO_BACKUP_PASSPHRASE_FILE or standard input
  Prints {file, bytes, seconds, note, removed}.`,
  },
  {
    name: 'restore',
    positionals: ['FILE'],
    options: { ...unlocking, replace: { type: 'boolean' }, preview: { type: 'boolean' } },
    about: 'restore the embedded database from a backup (no login)',
    help: `okno restore FILE [--key FILE] [--preview | --replace]
  Makes the office of the backup the office of this data folder. It is built and compared beside the one that is there first.
  --preview   only prints what is inside
  --replace   also where there is an office: its database stays beside under another name, told as "kept"
${keyHelp}`,
  },
  {
    name: 'move-to-server',
    positionals: [],
    options: { host: { type: 'string' }, port: { type: 'string' }, database: { type: 'string' }, tls: { type: 'string' }, ca: { type: 'string' } },
    about: 'move the embedded database to a server (no login)',
    help: `okno move-to-server --host HOST [--port 5432] --database NAME [--tls verify-full|off] [--ca FILE.pem]
  Copies everything, logins with their passwords included, reads every table back and compares it, then switches settings.json of this machine.
  The database is made if it is not there, and must be empty. The old one stays in the data folder under another name, told as "kept".
  OKNO_OWNER_LOGIN  a superuser of the server; its password is in OKNO_OWNER_PASSWORD_FILE, asked for, or on standard input.`,
  },
]

export const isBackupCommand = (name: string): boolean => backupCommands.some((command) => command.name === name)

/** One of `backupCommands`. The login of these commands is the data folder itself: whoever may read it has the database anyway. */
export async function runBackupCommand(command: Command, positionals: string[], options: Options, around: Around): Promise<{ value: unknown; exitCode?: number }> {
  const { folder, log, appVersion, env, tell } = around
  const place = { folder: folder.path, log, appVersion }
  const file = resolve(positionals[0] ?? '')
  const step = stepTeller(tell)
  const text = (name: string): string => {
    const value = options[name]
    if (typeof value !== 'string' || value === '') throw new AppError('invalidInput', 'usage', { text: command.help })
    return value
  }
  switch (command.name) {
    case 'backup key': {
      const out = resolve(text('out'))
      return { value: { ...(await makeBackupKey(folder, out)), file: out } }
    }
    case 'backup list': {
      const { backups: settings } = await folder.readSettings()
      const at = typeof options['folder'] === 'string' ? resolve(options['folder']) : backupsFolder(folder, settings)
      // The data folder's own place is made by the first backup; one that IT named and that is away is told.
      const isOwn = options['folder'] === undefined && settings.folder === undefined
      const found = await listBackups(at).catch((cause: unknown) => {
        if (isOwn && cause instanceof AppError && cause.reason === 'backupFolder') return []
        throw cause
      })
      const backups = found.map(({ file: path, bytes, note }) => ({ file: basename(path), bytes, note }))
      return { value: { folder: at, backups }, exitCode: backups.some(({ note }) => note?.verifiedAt) ? 0 : 1 }
    }
    case 'backup verify':
      return { value: await verifyBackup(place, file, await unlockFrom(options, env), { step }) }
    case 'backup':
      return { value: await backup(around, options, command.help, step) }
    case 'restore': {
      const unlock = await unlockFrom(options, env)
      if (options['preview'] === true) {
        const { office, madeAt, appVersion: madeBy, migrations, postgres, holds } = await previewBackup(file, unlock)
        return { value: { office, madeAt, appVersion: madeBy, schema: migrations.at(-1)?.version, postgres, holds } }
      }
      return { value: await restore(around, file, unlock, options['replace'] === true, step) }
    }
    default:
      return { value: await move(around, options, text, step) }
  }
}

async function backup({ folder, log, appVersion, env, tell }: Around, options: Options, help: string, step: (step: BackupStep) => void): Promise<unknown> {
  const { recipient, passphrase, to } = options
  if (recipient !== undefined && passphrase) throw new AppError('invalidInput', 'usage', { text: help })
  const lock: Lock | undefined = passphrase
    ? { passphrase: await newPassphrase(env) }
    : typeof recipient === 'string' ? { recipients: [recipient] } : undefined
  const office = await openOffice({ folder, log, appVersion, onStep: tell })
  try {
    if (!office.owner) throw new AppError('invalidInput', 'notEmbedded')
    if (!(await officeExists(office.owner))) throw new AppError('notFound', 'noOffice')
    const target = typeof to === 'string' ? resolve(to) : undefined
    const data: DataFolder = target === undefined ? folder : { ...folder, readSettings: async () => withFolder(await folder.readSettings(), target) }
    const { file, bytes, seconds, note, removed } = await runBackup({ folder: folder.path, log, appVersion }, data, { address: office.owner.address, owner: office.owner.login }, { lock, step })
    return { file, bytes, seconds, note, removed }
  } finally {
    await office.close()
  }
}

const withFolder = (settings: Awaited<ReturnType<DataFolder['readSettings']>>, folder: string) => ({ ...settings, backups: { ...settings.backups, folder } })

async function newPassphrase(env: NodeJS.ProcessEnv): Promise<string> {
  const passphrase = await askPassword('Passphrase of the backup', env['OKNO_BACKUP_PASSPHRASE_FILE'])
  if (passphrase.length < 12) throw new AppError('invalidInput', 'backupPassphraseShort', { least: 12 })
  return passphrase
}

async function unlockFrom(options: Options, env: NodeJS.ProcessEnv): Promise<Unlock> {
  if (typeof options['key'] === 'string') return unlockOf(await secretFrom(resolve(options['key'])))
  return unlockOf(await askPassword('Passphrase of the backup', env['OKNO_BACKUP_PASSPHRASE_FILE']))
}

async function restore({ folder, log, appVersion }: Around, file: string, unlock: Unlock, replace: boolean, step: (step: BackupStep) => void): Promise<unknown> {
  if ((await folder.readSettings()).database.kind !== 'embedded') throw new AppError('invalidInput', 'notEmbedded')
  const place = { folder: folder.path, log, appVersion }
  if (!replace && (await hasOffice(folder, log, appVersion))) throw new AppError('conflict', 'officeExists')
  const { header, auditProblems, kept } = await withProcessLock(join(folder.path, 'run', 'opening-lock'), () => restoreBackup(place, file, unlock, 'okno restore', folder, { step }))
  return { office: header.office, madeAt: header.madeAt, holds: header.holds, auditProblems, kept }
}

/** A cluster that can't even be looked into counts as one. */
async function hasOffice(folder: DataFolder, log: Log, appVersion: string): Promise<boolean> {
  try {
    if (!(await clusterExists(clusterPaths(folder.path), findPostgresBinaries()))) return false
    const office = await openOffice({ folder, log, appVersion })
    try {
      return office.owner !== null && (await officeExists(office.owner))
    } finally {
      await office.close()
    }
  } catch {
    return true
  }
}

async function move({ folder, log, appVersion, env }: Around, options: Options, text: (name: string) => string, step: (step: BackupStep) => void): Promise<unknown> {
  const { port, tls, ca } = options
  const settings = machineSettings.shape.database.parse({
    kind: 'server',
    host: text('host'),
    database: text('database'),
    ...(typeof port === 'string' ? { port: Number(port) } : {}),
    ...(typeof tls === 'string' ? { tls } : {}),
    ...(typeof ca === 'string' ? { caFile: resolve(ca) } : {}),
  }) as ServerSettings
  const user = env['OKNO_OWNER_LOGIN']
  if (!user) throw new AppError('notSignedIn', 'ownerLoginMissing')
  const password = await askPassword(`Password of ${user}`, env['OKNO_OWNER_PASSWORD_FILE'])
  const address = await addressOf(settings, settings.database)
  return withProcessLock(join(folder.path, 'run', 'opening-lock'), () => moveToServer({ folder: folder.path, log, appVersion }, folder, settings, address, { user, password }, { step }))
}

/** A line for each tenth of a phase. */
function stepTeller(tell: (line: string) => void): (step: BackupStep) => void {
  let last = ''
  return ({ phase, rows, of }) => {
    const line = of > 0 ? `${phase} ${Math.floor((10 * rows) / of) * 10} %` : phase
    if (line === last) return
    last = line
    tell(line)
  }
}
