import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '@shared/errors'
import { errorCode, writeNewFile, type DataFolder, type MachineSettings } from '../data-folder'
import type { DatabaseAddress, Login } from '../db/connection'
import { toAppError } from '../ipc/to-app-error'
import { newKeyPair, type Lock } from './age-file'
import { backupFolderError, removeOld } from './backup-file'
import { makeBackup, type MadeBackup, type Place } from './backup-jobs'
import { withOfficeClient } from './read-office'
import type { Doing } from './side-office'

export type BackupSettings = MachineSettings['backups']

/** A copy that is expected every day is missed when the second one has not come. */
const missedAfterMs = 48 * 3600_000

export const backupsFolder = (data: DataFolder, settings: BackupSettings): string => settings.folder ?? join(data.path, 'backups')

/** Where there is nothing yet, the data folder's own place is made; a folder that IT named is never made in its stead. */
async function readyFolder(data: DataFolder, settings: BackupSettings): Promise<string> {
  const folder = backupsFolder(data, settings)
  if (settings.folder === undefined) await mkdir(folder, { recursive: true, mode: 0o700 })
  return folder
}

/**
 * A backup as the settings of this machine say, verified; older ones beyond the number to keep go only after that. What became of it is written into the office: its page and «Внимание» tell.
 * `lock`: a passphrase or keys other than the settings' public key. AppError invalidInput 'backupKeyMissing', and as of makeBackup.
 */
export async function runBackup(place: Place, data: DataFolder, source: { address: DatabaseAddress; owner: Login }, { lock, tell = tellAs(source), ...doing }: Doing & { lock?: Lock | undefined; tell?: Tell | undefined } = {}): Promise<MadeBackup & { removed: string[] }> {
  const { backups: settings } = await data.readSettings()
  const dueBy = settings.hour === undefined ? null : new Date(Date.now() + missedAfterMs).toISOString()
  try {
    const chosen: Lock | null = lock ?? (settings.recipient === undefined ? null : { recipients: [settings.recipient] })
    if (chosen === null) throw new AppError('invalidInput', 'backupKeyMissing')
    const folder = await readyFolder(data, settings)
    const trainingStaff = await data.readSecret('training-staff')
    const made = await makeBackup(place, source, { folder, lock: chosen, trainingStaff }, doing)
    const removed = await removeOld(folder, made.note.origin, settings.keep)
    await tell('made', null, dueBy, { bytes: made.bytes, rows: made.note.rows, seconds: Math.round(made.seconds) })
    return { ...made, removed }
  } catch (cause) {
    const { code, reason } = toAppError(cause)
    // Somebody who stops a copy knows of it.
    if (!doing.signal?.aborted) await tell('failed', reason ?? code, dueBy, {}).catch((untold: unknown) => place.log.error('failed backup not told', { cause: untold }))
    throw cause
  }
}

export type Tell = (outcome: 'made' | 'failed', reason: string | null, dueBy: string | null, details: object) => Promise<unknown>

const tellAs = ({ address, owner }: { address: DatabaseAddress; owner: Login }): Tell => (outcome, reason, dueBy, details) =>
  withOfficeClient(address, owner, (client) => client.query('select backup_told($1, $2, $3, $4)', [outcome, reason, dueBy, JSON.stringify(details)]))

/**
 * A new pair of keys for the backups of this machine: the private one into a file that IT puts away (its only copy; nothing here keeps it), the public one into the settings.
 * AppError conflict 'backupKeyExists' {file}.
 */
export async function makeBackupKey(data: DataFolder, file: string): Promise<{ recipient: string }> {
  const { recipient, identity } = await newKeyPair()
  // As age-keygen writes it: the `age` tool takes the file as it is.
  const text = `# Okno, ключ резервных копий / key of backups\n# created: ${new Date().toISOString()}\n# public key: ${recipient}\n${identity}\n`
  try {
    await writeNewFile(file, text, 0o600)
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') throw new AppError('conflict', 'backupKeyExists')
    throw backupFolderError(cause, file)
  }
  try {
    await data.updateSettings((settings) => ({ ...settings, backups: { ...settings.backups, recipient } }))
  } catch (cause) {
    await rm(file, { force: true })
    throw cause
  }
  return { recipient }
}
