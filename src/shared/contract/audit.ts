import { z } from 'zod'
import { auditGroups } from '../domain/audit-groups'
import { admins, supervisors, supervisorsAndAdmins } from '../roles'
import { command, query } from './call'
import { id, instant, localDate, nothing, operationId } from './values'

/** What was done; who, as what, where and from which computer stand in it as the server saw them. Details hold masks only. */
export const auditEvent = z.object({
  chain: z.string(),
  seq: z.int(),
  at: instant,
  staffLogin: z.string(),
  /** Null: no login of staff (the owner, a portal, the sender of letters). */
  staffName: z.string().nullable(),
  /** Of the session: what the member of staff was when it began. */
  roles: z.array(z.string()),
  office: z.string().nullable(),
  window: z.string().nullable(),
  /** Address of the computer; null: the server's own. */
  address: z.string().nullable(),
  /** What the program called itself: Okno names its computer, psql says what it likes. */
  program: z.string().nullable(),
  action: z.string(),
  visitId: id.nullable(),
  subscriberId: id.nullable(),
  details: z.record(z.string(), z.unknown()),
})
export type AuditEvent = z.infer<typeof auditEvent>

/** What the journal is asked by; days are the office's. `shown`: also events that only showed the subscriber among others (searches, neighbours, queues). */
export const auditFilter = z.object({
  from: localDate.optional(),
  to: localDate.optional(),
  visitId: id.optional(),
  subscriberId: id.optional(),
  shown: z.boolean().optional(),
  staffLogin: z.string().min(1).max(63).optional(),
  officeId: id.optional(),
  window: z.string().min(1).max(20).optional(),
  group: z.enum(auditGroups).optional(),
  /** Only what the look-ups count. */
  lookups: z.boolean().optional(),
})
export type AuditFilter = z.infer<typeof auditFilter>

/** What a member of staff looked up on one day of the office. Searches are those by document or СНИЛС. */
export const lookupDay = z.object({
  staffLogin: z.string(),
  /** Null when the login is in the audit but not in the list of staff. */
  staffName: z.string().nullable(),
  day: localDate,
  searches: z.int(),
  foundNothing: z.int(),
  refused: z.int(),
  /** Searches after which a card that was found was opened within ten minutes. */
  openedAfter: z.int(),
  unmasked: z.int(),
  openedWithoutVisit: z.int(),
})
export type LookupDay = z.infer<typeof lookupDay>

export const auditVerdict = z.object({
  chains: z.int(),
  events: z.int(),
  incremental: z.boolean(),
  problems: z.array(z.object({ chain: z.string(), seq: z.int().nullable(), problem: z.enum(['changed', 'gap', 'truncated', 'unknownChain']) })),
  /**
   * Numbers that a login drew between two instants and that are in no event. A call refused late and a preview leave one; so does somebody who looks with psql and rolls back, and a chain that
   * was removed together with its head. `staffLogin` null: logins that are no staff.
   */
  takenBack: z.array(z.object({ staffLogin: z.string().nullable(), from: instant, to: instant, events: z.int(), previews: z.int() })),
  /** Database sessions that began a chain which is not there: their first call was taken back, or all of it was removed. */
  missingSessions: z.int(),
  archived: z.object({ months: z.int(), events: z.int() }),
})
export type AuditVerdict = z.infer<typeof auditVerdict>

const month = z.string().regex(/^20\d{2}-(0[1-9]|1[0-2])$/)
/** [chain, number of its last event, SHA-256 of it in hex] */
export const chainHead = z.tuple([z.string().max(40), z.int(), z.string().regex(/^[0-9a-f]{64}$/)])
export type ChainHead = z.infer<typeof chainHead>

export const auditRetention = z.object({
  /** How long events stay, in months; 12 at least. */
  months: z.int(),
  /** A shorter term that was asked for and is in force from that day. */
  nextMonths: z.int().nullable(),
  nextOn: localDate.nullable(),
  version: z.int(),
  parts: z.array(z.object({
    month,
    /** As the server estimates; exact once archived. */
    events: z.int(),
    bytes: z.int(),
    state: z.enum(['kept', 'mayGo', 'archived']),
    fileName: z.string().nullable(),
    sha256: z.string().nullable(),
    archivedAt: instant.nullable(),
    archivedBy: z.string().nullable(),
  })),
})
export type AuditRetention = z.infer<typeof auditRetention>

export const auditContract = {
  /**
   * Recounts every chain and the numbers of every login; `problems` is empty when nobody has touched the log. `incremental`: only what was written since the last check. How far it is comes as
   * `audit.checking`. Fails with conflict `verifyStopped`.
   */
  verify: query({ access: supervisorsAndAdmins, input: z.object({ incremental: z.boolean().optional() }), output: auditVerdict }),
  /** Stops the check of this session; false: none is under way. */
  stopVerify: command({ access: supervisorsAndAdmins, input: nothing, output: z.object({ stopped: z.boolean() }) }),
  /** «Поиск по документам и просмотры»: who looks for whom, at most a year, the latest day first. */
  lookups: query({ access: supervisors, input: z.object({ from: localDate, to: localDate }), output: z.array(lookupDay) }),
  /** One page, the newest first. `before`: the last event of the page before. Recorded: what was asked. invalidInput `periodOfReport`. */
  search: query({
    access: supervisorsAndAdmins,
    input: auditFilter.extend({ before: z.object({ at: instant, chain: z.string().max(40), seq: z.int() }).optional(), limit: z.int().min(1).max(500).default(100) }),
    output: z.object({ events: z.array(auditEvent), more: z.boolean() }),
  }),
  /** The first page of `search` by the story of a visit or a day (in the office's zone), as scripts ask for it. */
  events: query({
    access: supervisorsAndAdmins,
    input: z.object({ visitId: id.optional(), subscriberId: id.optional(), staffLogin: z.string().max(63).optional(), day: localDate.optional(), lookups: z.boolean().optional(), limit: z.int().min(1).max(500).default(200) }),
    output: z.array(auditEvent),
  }),
  choices: query({ access: supervisorsAndAdmins, input: nothing, output: z.object({ offices: z.array(z.object({ id, name: z.string() })), staff: z.array(z.object({ login: z.string(), name: z.string() })), windows: z.array(z.string()) }) }),
  /**
   * Takes a part of the journal out of the program: a CSV file, and beside it a note as PDF that says who took what, when and on what ground, how many events, people and subscribers it tells of, and
   * the SHA-256 of the file. What showed the subscriber among others is part of it. 152-ФЗ ст. 21 ч. 3.1: the regulator is told of a leak within 24 hours. Recorded before the first row.
   * invalidInput `auditExportIncomplete`; conflict `saveCancelled`; printerUnavailable `fileNotWritten` {error}.
   */
  export: command({
    access: supervisorsAndAdmins,
    input: auditFilter.omit({ shown: true, lookups: true }).extend({ operationId, from: localDate, to: localDate, basis: z.string().trim().min(3).max(300) }),
    output: z.object({ fileName: z.string(), noteName: z.string(), rows: z.int(), subscribers: z.int(), staff: z.int(), sha256: z.string() }),
  }),
  /** Writes the heads of all chains into a file to be kept elsewhere; `sha256` of them can be written down on paper. conflict `saveCancelled`. */
  anchor: command({ access: supervisorsAndAdmins, input: nothing, output: z.object({ fileName: z.string(), chains: z.int(), sha256: z.string(), at: instant }) }),
  /** Compares heads of such a file with the journal. `archived`: their month has gone and only its file can tell. */
  compare: query({
    access: supervisorsAndAdmins,
    input: z.object({ heads: z.array(chainHead).max(5000) }),
    output: z.object({ same: z.int(), archived: z.int(), problems: z.array(z.object({ chain: z.string(), seq: z.int(), problem: z.enum(['removed', 'changed']) })) }),
  }),
  retention: query({ access: supervisorsAndAdmins, input: nothing, output: auditRetention }),
  /** A longer term is in force at once, a shorter one in thirty days. invalidInput `auditRetentionLimits` {least, most}; conflict `changedByAnotherDesk`. */
  saveRetention: command({ access: admins, input: z.object({ operationId, months: z.int(), version: z.int() }), output: auditRetention }),
  /**
   * Writes the oldest month into a file and, when the file holds all of it and it is whole, seals and removes it. Broken off, nothing has gone.
   * notFound `auditMonth`; conflict `auditMonthKept` {months}, `auditOldestFirst` {month}, `auditMonthBroken` {rows}, `auditArchiveDiffers`, `saveCancelled`.
   */
  archive: command({ access: admins, input: z.object({ operationId, month }), output: z.object({ month, events: z.int(), fileName: z.string(), sha256: z.string() }) }),
}
