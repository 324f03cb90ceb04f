import type { DatabaseAddress, Login } from '../db/connection'
import type { DataFolder } from '../data-folder'
import type { Lock, Unlock } from './age-file'
import type { BackupNote } from './backup-file'
import { previewBackup, restoreBackup, verifyBackup, type MadeBackup, type Place, type RestoredOffice } from './backup-jobs'
import type { OfficeHeader } from './office-header'
import { runBackup, type Tell } from './run-backup'
import type { Doing } from './side-office'

export interface Source {
  address: DatabaseAddress
  owner: Login
}

/** The long work of backups: in this thread (commands, tests) or in one of its own (the window, backup-threads.ts). */
export interface BackupJobs {
  make(source: Source, lock: Lock | undefined, doing: Doing & { tell?: Tell | undefined }): Promise<MadeBackup & { removed: string[] }>
  verify(file: string, unlock: Unlock, doing: Doing): Promise<BackupNote>
  preview(file: string, unlock: Unlock): Promise<OfficeHeader>
  restore(file: string, unlock: Unlock, by: string, doing: Doing & { stop?: (() => Promise<void>) | undefined }): Promise<RestoredOffice>
}

export function backupJobsHere(place: Place, data: DataFolder): BackupJobs {
  return {
    make: (source, lock, doing) => runBackup(place, data, source, { lock, ...doing }),
    verify: (file, unlock, doing) => verifyBackup(place, file, unlock, doing),
    preview: previewBackup,
    restore: (file, unlock, by, doing) => restoreBackup(place, file, unlock, by, data, doing),
  }
}
