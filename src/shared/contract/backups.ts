import { z } from 'zod'
import { admins } from '../roles'
import { command, query } from './call'
import { instant, nothing } from './values'

/** What lies beside a backup and can be read without its key; nothing in it is personal. */
export const backupNote = z.object({
  id: z.uuid(),
  /** Of the office: the same in all its copies. */
  origin: z.uuid(),
  office: z.string(),
  isTraining: z.boolean(),
  madeAt: instant,
  appVersion: z.string(),
  schema: z.int(),
  postgres: z.string(),
  bytes: z.int(),
  rows: z.int(),
  /** The public keys it was made for; null: a passphrase. */
  recipients: z.array(z.string()).nullable(),
  /** When the whole file was restored and compared; null: it was not, or is another file since. */
  verifiedAt: instant.nullable(),
  /** Chains of the audit that did not agree in the office itself; null: they could not be recounted. */
  auditProblems: z.int().nullable(),
})
export type BackupNote = z.infer<typeof backupNote>

export const backupHolds = z.object({
  subscribers: z.int(), accounts: z.int(), meters: z.int(), readings: z.int(), payments: z.int(), documents: z.int(), staff: z.int(), operations: z.int(),
  lastOperationAt: instant.nullable(),
})

export const backupProgress = z.object({
  doing: z.enum(['make', 'verify', 'restore']),
  phase: z.enum(['counting', 'copying', 'building', 'checking', 'replacing']),
  /** Rows (indexes while building) done and to do; 0 of 0: it can't be told. */
  rows: z.int(),
  of: z.int(),
})
export type BackupProgress = z.infer<typeof backupProgress>

const listedBackup = z.object({ name: z.string(), bytes: z.int(), changedAt: instant, note: backupNote.nullable() })
export type ListedBackup = z.infer<typeof listedBackup>

export const backupsState = z.object({
  /** `server`: the office's database is a server's, and so are its backups. */
  place: z.enum(['embedded', 'server']),
  office: z.string(),
  folder: z.string(),
  freeBytes: z.int().nullable(),
  /** Why the folder can't be looked into. */
  folderProblem: z.string().nullable(),
  hour: z.int().nullable(),
  keep: z.int(),
  recipient: z.string().nullable(),
  madeAt: instant.nullable(),
  failedAt: instant.nullable(),
  failure: z.string().nullable(),
  restoredAt: instant.nullable(),
  restoredFrom: instant.nullable(),
  running: backupProgress.nullable(),
  backups: z.array(listedBackup),
})
export type BackupsState = z.infer<typeof backupsState>

/** A backup of the list by its name, or a file chosen in the system's dialog by its token. */
const from = z.union([z.object({ listed: z.string().max(120) }), z.object({ chosen: z.uuid() })])
export type BackupFrom = z.infer<typeof from>
/** What was typed (a passphrase, or the private key itself), or a key file that was chosen. */
const unlock = z.union([z.object({ typed: z.string().min(1).max(400) }), z.object({ key: z.uuid() })])
export type BackupUnlock = z.infer<typeof unlock>

export const backupPreview = z.object({
  name: z.string(),
  office: z.string(),
  isTraining: z.boolean(),
  madeAt: instant,
  appVersion: z.string(),
  schema: z.int(),
  postgres: z.string(),
  holds: backupHolds,
  /** What the office here has done since and would lose; null: there is none, or it is another office. */
  loss: z.object({ operations: z.int(), visits: z.int(), lastOperationAt: instant.nullable() }).nullable(),
  /** Name of the office that is here; null: there is none. */
  here: z.string().nullable(),
})
export type BackupPreview = z.infer<typeof backupPreview>

/**
 * Backups of an embedded database. Failures: invalidInput 'notEmbedded', 'backupLocked', 'backupDamaged', 'notABackup', 'backupKeyMissing', 'backupConfirmation'; notFound 'backupFile', 'backupFolder';
 * conflict 'backupRunning', 'backupCancelled', 'otherProgramsUseTheDatabase'; databaseUnavailable 'backupDiskFull', 'backupFolderNotWritable', 'diskFull'; schemaMismatch 'appIsOlder', 'migrationChanged'.
 * `choose`, `preview` and `restore` are open to a desk that has no office, or one that can't be opened; otherwise they are an administrator's.
 */
export const backupsContract = {
  state: query({ access: admins, input: nothing, output: backupsState }),
  /** The system's dialog; null: it was closed. */
  chooseFolder: command({ access: admins, input: nothing, output: z.object({ folder: z.string().nullable() }) }),
  schedule: command({ access: admins, input: z.object({ hour: z.int().min(0).max(23).nullable(), keep: z.int().min(1).max(365) }), output: nothing }),
  /** A pair of keys: the private one into a file chosen in the dialog, never to the page. Null: the dialog was closed. */
  makeKey: command({ access: admins, input: nothing, output: z.object({ recipient: z.string().nullable() }) }),
  /** For the public key of the settings, or a passphrase. Runs until it is verified. */
  make: command({ access: admins, input: z.object({ passphrase: z.string().min(12).max(200).optional() }), output: z.object({ name: z.string(), bytes: z.int(), seconds: z.number(), note: backupNote, removed: z.array(z.string()) }) }),
  verify: command({ access: admins, input: z.object({ from, unlock }), output: backupNote }),
  cancel: command({ access: 'everyone', input: nothing, output: nothing }),
  choose: command({ access: 'everyone', input: nothing, output: z.object({ file: z.object({ chosen: z.uuid(), name: z.string(), note: backupNote.nullable() }).nullable() }) }),
  chooseKey: command({ access: 'everyone', input: nothing, output: z.object({ file: z.object({ key: z.uuid(), name: z.string() }).nullable() }) }),
  preview: command({ access: 'everyone', input: z.object({ from, unlock }), output: backupPreview }),
  /** `confirm`: the name of the office in the backup, typed. Ends every session of this computer; afterwards everybody signs in anew. */
  restore: command({ access: 'everyone', input: z.object({ from, unlock, confirm: z.string().max(200) }), output: z.object({ office: z.string(), madeAt: instant, kept: z.string().nullable(), auditProblems: z.int().nullable() }) }),
}
