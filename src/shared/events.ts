import type { BackupProgress } from './contract/backups'
import type { Found, SearchStage } from './contract/desk'
import type { DocumentBatchProgress } from './contract/document-batches'
import type { MemoBatchProgress } from './contract/memo-batches'
import type { RegisterProgress } from './contract/registers'
import type { DatabaseState } from './contract/session'
import type { UpdateStatus } from './contract/updates'
import type { MessageChannel } from './domain/message-templates'

/** A period that is being closed: documents there are, of how many accounts, and how fast they are made. */
export interface PaymentClosingProgress {
  provider: string
  period: string
  made: number
  accounts: number
  perSecond: number | null
}

/** Main tells the page. Payloads are main's own, so they are typed and not validated. */
export interface Events {
  /** `takenOver`: the same person has signed in at another desk and ended this session. */
  'session.ended': { reason: 'signedOut' | 'endedByAdministrator' | 'takenOver' }
  'database.state': DatabaseState
  /** Somebody has changed this subscriber (null: many at once, a register). A hint to read the card again, nothing more. `self`: the one signed in here. */
  'desk.changed': { subscriberId: number | null; by: 'self' | 'other'; kind: string }
  /** Whether changes by others are told as they happen; while they are not, the page looks again when its window gets the focus. */
  'desk.live': { listening: boolean }
  /** Something about the windows or the flags of this office: a hint to look again. */
  'liveDesk.changed': { kind: string }
  'registers.progress': RegisterProgress
  /** The update of this window stands elsewhere. */
  'updates.changed': UpdateStatus
  /** The watched folder has brought something, or can't be reached: a hint to read `registers.watch` and the history again. */
  'registers.watched': Record<string, never>
  'memoBatches.progress': MemoBatchProgress
  'documentBatches.progress': DocumentBatchProgress
  'paymentDocuments.closing': PaymentClosingProgress
  /** How much of the journal has been recounted. */
  'audit.checking': { events: number; of: number }
  /** A sheet of this desk has come out, waits, failed, or is new: a hint to read `printing.jobs` again. */
  'printing.changed': Record<string, never>
  /** How far a report is; `usualMs`: what counting it took the last time, null the first time. */
  'reports.progress': { runId: string; step: 'preparing' | 'counting'; usualMs: number | null }
  /** All that a search has found up to and with this stage; hits keep their places, new ones come behind. */
  'desk.found': { searchId: string; stage: SearchStage; found: Found }
  /** How far a backup or its restoring is; null: it has ended. */
  'backups.progress': { progress: BackupProgress | null }
  /** A letter or an SMS (subject '') of the training office's own mailbox: there is no real mail server or gateway behind it. */
  'training.letter': { channel: MessageChannel; to: string; subject: string; text: string; at: string }
}
export type EventName = keyof Events
