import type { DatabaseState } from './contract/session'

/** Main tells the page. Payloads are main's own, so they are typed and not validated. */
export interface Events {
  'session.ended': { reason: 'signedOut' | 'endedByAdministrator' | 'databaseLost' }
  'session.locked': Record<string, never>
  'database.state': DatabaseState
  /** `of` is an estimate by file size, null while unknown. */
  'registers.progress': { batchId: string; phase: 'reading' | 'merging' | 'writingVerdicts'; rows: number; of: number | null }
  /** A letter of the training office's own mailbox: there is no real mail server behind it. */
  'training.letter': { to: string; subject: string; text: string; at: string }
}
export type EventName = keyof Events
