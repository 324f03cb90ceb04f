import type { BackupJobs, Source } from '../../backup/jobs'
import type { DataFolder } from '../../data-folder'
import type { Log } from '../../log'

/** What backups need of the program around them. A desk of a server, and a test, has none of it. */
export interface BackupsHost {
  data: DataFolder
  log: Log
  jobs: BackupJobs
  /** The embedded database with its owner; null: not open, or not embedded. */
  source(): Source | null
  /** No office, or one that can't be opened though its settings say it is embedded: whoever sits here may restore one. */
  isWithoutOffice(): boolean
  /** Ends the session and the office's server, and tells the page. */
  closeOffice(): Promise<void>
  /** Opens whatever is there now. */
  openOffice(): Promise<void>
  /** The system's dialogs; null: closed. */
  chooseFile(what: 'backup' | 'key'): Promise<string | null>
  chooseFolder(): Promise<string | null>
  chooseKeyPath(suggestedName: string): Promise<string | null>
}
