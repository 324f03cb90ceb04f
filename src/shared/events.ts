import type { Found, SearchStage } from './contract/desk'
import type { RegisterProgress } from './contract/registers'
import type { DatabaseState } from './contract/session'

/** Main tells the page. Payloads are main's own, so they are typed and not validated. */
export interface Events {
  'session.ended': { reason: 'signedOut' | 'endedByAdministrator' }
  'database.state': DatabaseState
  'registers.progress': RegisterProgress
  /** All that a search has found up to and with this stage; hits keep their places, new ones come behind. */
  'desk.found': { searchId: string; stage: SearchStage; found: Found }
  /** A letter of the training office's own mailbox: there is no real mail server behind it. */
  'training.letter': { to: string; subject: string; text: string; at: string }
}
export type EventName = keyof Events
