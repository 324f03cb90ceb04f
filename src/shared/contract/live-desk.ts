import { z } from 'zod'
import { anyStaff, supervisors } from '../roles'
import { command, query } from './call'
import { id, instant, localDate, nothing, operationId } from './values'
import { identification } from './visits'

/** lost: the desk has not told of itself for two minutes (switched off, no network). away: nobody is served and nobody touches the keyboard. */
export const deskState = z.enum(['serving', 'free', 'away', 'locked', 'lost', 'signedOut'])
export type DeskState = z.infer<typeof deskState>

/** An open visit as a supervisor sees it: an account, never a name. The last kind is that of its latest operation. */
export const liveVisit = z.object({
  visitId: id,
  subscriberId: id,
  account: z.string().nullable(),
  provider: z.string().nullable(),
  openedAt: instant,
  identification,
  lastActionAt: instant.nullable(),
  lastKind: z.string().nullable(),
  /** The card in front. */
  isShown: z.boolean(),
})
export type LiveVisit = z.infer<typeof liveVisit>

export const deskPrinter = z.object({
  printer: z.string(),
  /** Code of the printing feature; null: only jobs are held. */
  trouble: z.string().nullable(),
  held: z.int().nonnegative(),
})

export const liveWindow = z.object({
  /** Null: nobody is signed in at this window; the person is who was last. */
  sessionId: z.uuid().nullable(),
  staffId: id,
  staffName: z.string(),
  login: z.string(),
  window: z.string().nullable(),
  /** Name of the computer. */
  desk: z.string().nullable(),
  version: z.string().nullable(),
  signedInAt: instant.nullable(),
  seenAt: instant.nullable(),
  state: deskState,
  /** Since when it is in this state; null: since the last visit or the sign-in. */
  since: instant.nullable(),
  /** Since when nobody has touched the desk, also while somebody is served. */
  awayAt: instant.nullable(),
  /** Open ones of this operator, the one in front first. */
  visits: z.array(liveVisit),
  /** Approvals this operator waits for. */
  approvals: z.int(),
  approvalAskedAt: instant.nullable(),
  /** Readings of visitors who have gone that this desk has not written yet. */
  unsent: z.int(),
  printers: z.array(deskPrinter),
})
export type LiveWindow = z.infer<typeof liveWindow>

const limits = z.object({ longMinutes: z.int(), tooLongMinutes: z.int(), version: z.int() })

export const liveDeskState = z.object({
  asOf: instant,
  limits,
  /** By window number. */
  windows: z.array(liveWindow),
  /** Visits that wait for a colleague, oldest first. */
  handOvers: z.array(liveVisit.extend({ fromName: z.string(), fromWindow: z.string().nullable(), toName: z.string().nullable(), handedAt: instant })),
  /** Visits to go on another day, oldest first, at most 30 of them. */
  drafts: z.object({
    total: z.int(),
    rows: z.array(z.object({ visitId: id, subscriberId: id, account: z.string().nullable(), madeAt: instant, expiresOn: localDate, action: z.string().nullable(), staffName: z.string() })),
  }),
})
export type LiveDeskState = z.infer<typeof liveDeskState>

/** Visits ended today. Seconds. */
export const liveDeskTotals = z.object({
  visits: z.int(),
  medianSeconds: z.number().nullable(),
  lastHour: z.int(),
  /** Since the first visit of the day; null without one. */
  perHour: z.number().nullable(),
  longest: z.object({ visitId: id, subscriberId: id, account: z.string().nullable(), seconds: z.int(), staffName: z.string(), closedAt: instant }).nullable(),
  staff: z.array(z.object({ staffId: id, visits: z.int(), medianSeconds: z.number(), lastClosedAt: instant })),
})
export type LiveDeskTotals = z.infer<typeof liveDeskTotals>

export const operatorDay = z.object({
  staffName: z.string(),
  login: z.string(),
  window: z.string().nullable(),
  /** Latest first; `kinds` are the kinds of its operations in order, without opening and closing. */
  visits: z.array(liveVisit.extend({ closedAt: instant.nullable(), how: z.enum(['served', 'postponed', 'forgotten']).nullable(), seconds: z.int(), kinds: z.array(z.string()) })),
})
export type OperatorDay = z.infer<typeof operatorDay>

export const liveDeskContract = {
  /** The windows of the own office now. Read when something is told, else every half a minute: nothing is counted here that takes long. */
  state: query({ access: supervisors, input: nothing, output: liveDeskState }),
  totals: query({ access: supervisors, input: nothing, output: liveDeskTotals }),
  /** Whose visit it is; recorded. */
  name: query({ access: supervisors, input: z.object({ visitId: id }), output: z.object({ name: z.string() }) }),
  /** Visits an operator began on one day of the office; recorded. */
  day: query({ access: supervisors, input: z.object({ staffId: id, day: localDate }), output: operatorDay }),
  /** From how many minutes on a visit is long and too long. Conflict 'limitsChanged'. */
  limits: command({
    access: supervisors,
    input: z.object({ operationId, longMinutes: z.int().min(1).max(240), tooLongMinutes: z.int().min(2).max(480), version: z.int() }).refine(({ longMinutes, tooLongMinutes }) => longMinutes < tooLongMinutes),
    output: limits,
  }),
  /** The page tells main what this desk does; main tells the database with its next heartbeat. Changes nothing by itself. */
  tell: command({ access: anyStaff, input: z.object({ shownSubscriberId: id.nullable(), awayAt: instant.nullable(), unsent: z.int().nonnegative() }), output: nothing }),
}
