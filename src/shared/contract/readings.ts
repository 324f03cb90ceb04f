import { z } from 'zod'
import { meteredService, readingPolicy, readingRuleOverride, type ReadingRuleOverride } from '../domain/provider-profile'
import { meterTypes } from '../domain/reading-rule-book'
import { readingRules } from '../domain/reading-verdict'
import { deskAndSupervisors, operators, supervisors, supervisorsAndAdmins } from '../roles'
import { command, query } from './call'
import { sheetGiven, sheetOutput } from './printing'
import { accountStatus, id, instant, localDate, meterValues, operationId, pdf, period, readingChannel, readingStatus } from './values'

/** A reading is named by its meter and day too: readings are kept by month. */
export const readingRef = z.object({ meterId: id, takenOn: localDate, readingId: id })
export type ReadingRef = z.infer<typeof readingRef>

/** Who read the dial; the channel says how it came to us. */
export const reader = z.enum(['subscriber', 'controller'])
export const readingReview = z.enum(['accepted', 'controlOrdered'])
export const cancelReasons = ['wrongValue', 'wrongMeter', 'wrongDate', 'duplicate', 'subscriberAsked', 'other'] as const
export const removalCauses = ['verification', 'broken', 'resident', 'other'] as const
export const largestAttachment = 10 * 1024 * 1024

export const sheetReading = z.object({
  id,
  /** Another meter's where a replacement continues the history of the one before. */
  meterId: id,
  takenOn: localDate,
  enteredAt: instant,
  period,
  values: meterValues,
  channel: readingChannel,
  reader,
  status: readingStatus,
  statusReason: z.string().nullable(),
  reasons: z.array(z.string()),
  warnings: z.array(z.string()),
  isControl: z.boolean(),
  actNumber: z.string().nullable(),
  attachmentId: id.nullable(),
  review: readingReview.nullable(),
  replacesId: id.nullable(),
  staffName: z.string().nullable(),
  canCancel: z.boolean(),
})

const expectedOnDial = z.object({ low: z.int(), expected: z.int(), high: z.int(), previous: z.int(), previousOn: localDate })

export const sheetMeter = z.object({
  id,
  serial: z.string(),
  service: meteredService,
  digits: z.int(),
  decimals: z.int(),
  zones: z.int(),
  ratio: z.number(),
  installedOn: localDate.nullable(),
  verifiedUntil: localDate.nullable(),
  removedOn: localDate.nullable(),
  isAutomatic: z.boolean(),
  isCommissioned: z.boolean(),
  sealNumber: z.string().nullable(),
  sealBrokenOn: localDate.nullable(),
  initial: meterValues.nullable(),
  replacesId: id.nullable(),
  replacedById: id.nullable(),
  /** Acts of no access since the last control reading. */
  noAccessActs: z.int(),
  /** Per zone for today, before anything is typed; null where nothing is known. */
  expected: z.array(expectedOnDial.nullable()),
  window: z.object({ fromDay: z.int(), toDay: z.int(), graceDays: z.int(), isOpen: z.boolean(), countsFor: period }),
  verification: z.object({ state: z.enum(['unknown', 'valid', 'endsSoon', 'expired']), days: z.int().nullable() }),
  /** Of the last 24 months, newest first, and the last one before if it is longer silent; cancelled ones too, with the reason. */
  history: z.array(sheetReading),
})
export type SheetMeter = z.infer<typeof sheetMeter>

export const sheet = z.object({
  accountId: id,
  accountNumber: z.string(),
  provider: z.string(),
  address: z.string(),
  status: accountStatus,
  /** The provider's part of reading-rules: windows, decimals, caps, rules (profile.readings). */
  policy: readingPolicy,
  /** The last period billing has closed. */
  closedThrough: period.nullable(),
  today: localDate,
  /** People living there; null: unknown. */
  residents: z.int().nullable(),
  meters: z.array(sheetMeter),
})
export type Sheet = z.infer<typeof sheet>

export const verdict = z.object({
  rule: z.string(),
  level: z.enum(['block', 'warn', 'inform']),
  zone: z.int().optional(),
  details: z.record(z.string(), z.union([z.string(), z.number()])),
})

export const savedReading = z.object({ meterId: id, readingId: id, takenOn: localDate, consumption: z.array(z.int()).nullable(), period, warnings: z.array(z.string()) })

const reasons = z.array(z.string().max(40)).max(8).default([])
const act = z.object({ number: z.string().trim().min(1).max(40), date: localDate })
/** Null for a supervisor without a visit. */
const visitId = id.nullable()
const account = { visitId, accountId: id }
const lastReading = z.object({ takenOn: localDate, values: meterValues, reasons })
const done = z.object({ readingId: id, consumption: z.array(z.int()).nullable(), period })

export const meterAct = z.object({
  id, meterId: id, serial: z.string(), kind: z.enum(['removal', 'installation', 'sealing', 'sealBroken', 'noAccess', 'control']), number: z.string(), date: localDate,
  note: z.string().nullable(), staffName: z.string(), at: instant, cancelled: z.boolean(),
})

export const portalAnswer = z.object({
  accepted: z.boolean(),
  meters: z.array(z.object({ meterId: id, accepted: z.boolean(), verdicts: z.array(verdict), texts: z.array(z.string()) })),
})

export const ruleName = z.enum(readingRules)
export const meterType = z.enum(meterTypes)
export { readingRuleOverride, type ReadingRuleOverride }

export const exceptionState = z.enum(['open', 'accepted', 'controlOrdered', 'cancelled', 'all'])
const countsBy = z.record(z.string(), z.int())

export const readingException = z.object({
  reading: readingRef, accountId: id, accountNumber: z.string(), provider: z.string(), address: z.string(), subscriberId: id, serial: z.string(), service: meteredService, meterType,
  decimals: z.int(), values: meterValues, consumption: z.array(z.int()).nullable(), takenOn: localDate, period, enteredAt: instant, channel: readingChannel, status: readingStatus,
  warnings: z.array(z.string()), reasons: z.array(z.string()), staffId: id.nullable(), staffName: z.string().nullable(), review: readingReview.nullable(), attachmentId: id.nullable(),
})
export type ReadingException = z.infer<typeof readingException>

export const readingsContract = {
  sheet: query({ access: deskAndSupervisors, input: z.object(account), output: sheet }),
  /**
   * All or nothing. Blocked: invalidInput 'readingsRefused' with details.meters {meterId: verdicts}; a warning without a reason: 'reasonRequired', same details;
   * another desk's reading of the day: conflict 'changedByAnotherDesk' {meterId, staffName, at, current}.
   */
  save: command({
    access: operators,
    input: z.object({
      operationId,
      visitId: id,
      accountId: id,
      takenOn: localDate,
      channel: z.enum(['desk', 'phone', 'paper']).default('desk'),
      reader: reader.default('subscriber'),
      entries: z.array(z.object({ meterId: id, values: meterValues, reasons, attachmentId: id.nullable().optional() })).min(1).max(40),
    }),
    output: z.object({ saved: z.array(savedReading) }),
  }),
  /** What the rules kept out when "save" was pressed, for the supervisor's count: a meter and a rule once in a visit. `save` tells of its own refusals by itself. */
  tellRefused: command({
    access: operators,
    input: z.object({
      visitId: id, accountId: id, channel: z.enum(['desk', 'phone', 'paper']),
      meters: z.array(z.object({ meterId: id, rules: z.array(z.enum(readingRules)).min(1).max(10) })).min(1).max(40),
    }),
    output: z.object({}),
  }),
  /** JPEG, PNG or PDF by its bytes, at most 10 MB: invalidInput attachmentTooLarge {max}, attachmentType. */
  attach: command({
    access: deskAndSupervisors,
    input: z.object({ operationId, ...account, fileName: z.string().trim().min(1).max(200), bytes: z.instanceof(Uint8Array), reading: readingRef.nullable().default(null) }),
    output: z.object({ attachmentId: id, sha256: z.string(), mediaType: z.string(), size: z.int() }),
  }),
  /** Whoever looks is audited. */
  attachment: query({
    access: deskAndSupervisors,
    input: z.object({ visitId, attachmentId: id }),
    output: z.object({ fileName: z.string(), mediaType: z.string(), sha256: z.string(), size: z.int(), bytes: z.instanceof(Uint8Array) }),
  }),
  /** What is calculated only a supervisor cancels: forbidden supervisorNeeded. */
  cancel: command({
    access: deskAndSupervisors,
    input: z.object({ operationId, visitId, reading: readingRef, reason: z.enum(cancelReasons), comment: z.string().trim().max(300).nullable().default(null) }),
    output: z.object({ readingId: id, status: z.literal('cancelled') }),
  }),
  /** Cancel with a reason and a new row that refers to the old one, judged without it. */
  correct: command({
    access: deskAndSupervisors,
    input: z.object({ operationId, visitId, reading: readingRef, reason: z.enum(cancelReasons), takenOn: localDate, values: meterValues, reasons }),
    output: z.object({ saved: savedReading }),
  }),
  /** The old meter down and the new one up in one transaction. conflict meterAlreadyRemoved, readingsAfterRemoval, serialTaken; invalidInput installedBeforeRemoval, initialUnfit, actInFuture. */
  replaceMeter: command({
    access: deskAndSupervisors,
    input: z.object({
      operationId, ...account, meterId: id, act, removal: lastReading, cause: z.enum(removalCauses),
      installed: z.object({
        serial: z.string().trim().min(1).max(40), digits: z.int().min(3).max(9), decimals: z.int().min(0).max(3), zones: z.int().min(1).max(3), ratio: z.number().min(1).max(99_999_999).default(1),
        installedOn: localDate, initial: meterValues, verifiedUntil: localDate.nullable(), sealNumber: z.string().trim().min(1).max(40).nullable(),
      }),
    }),
    output: z.object({ meterId: id, removalReadingId: id, consumption: z.array(z.int()).nullable(), period }),
  }),
  removeMeter: command({ access: deskAndSupervisors, input: z.object({ operationId, ...account, meterId: id, act, removal: lastReading, cause: z.enum(removalCauses) }), output: done }),
  /** Puts a meter into service, mends a broken seal, writes down a new verification. */
  sealMeter: command({
    access: deskAndSupervisors,
    input: z.object({ operationId, ...account, meterId: id, act, sealNumber: z.string().trim().min(1).max(40), verifiedUntil: localDate.nullable().default(null) }),
    output: z.object({ meterId: id }),
  }),
  breakSeal: command({ access: deskAndSupervisors, input: z.object({ operationId, ...account, meterId: id, act }), output: z.object({ meterId: id }) }),
  /** «Акт о недопуске» of one meter or of all of the account: conflict actExists. */
  noAccess: command({
    access: deskAndSupervisors,
    input: z.object({ operationId, ...account, meterId: id.nullable(), act, note: z.string().trim().max(300).nullable().default(null) }),
    output: z.object({ acts: z.array(z.object({ meterId: id, noAccessActs: z.int() })) }),
  }),
  /** A reading taken by the provider with an act; nothing below it is believed later. */
  control: command({
    access: deskAndSupervisors,
    input: z.object({
      operationId, ...account, takenOn: localDate, act, controller: z.string().trim().max(100),
      entries: z.array(z.object({ meterId: id, values: meterValues, reasons, attachmentId: id.nullable().optional() })).min(1).max(40),
    }),
    output: z.object({ saved: z.array(savedReading) }),
  }),
  acts: query({ access: deskAndSupervisors, input: z.object(account), output: z.array(meterAct) }),
  /** «Портал принял бы?»: the same rules at the portal's levels, in the words the portal would say. */
  portalVerdict: query({
    access: deskAndSupervisors,
    input: z.object({ ...account, takenOn: localDate, entries: z.array(z.object({ meterId: id, values: meterValues })).min(1).max(40) }),
    output: portalAnswer,
  }),
  /** Meters of the account whose verification has ended or ends soon, on paper. conflict nothingToNotice. */
  verificationNotice: query({
    access: deskAndSupervisors,
    input: z.object(account),
    output: z.object({ pdf, meters: z.array(z.object({ meterId: id, serial: z.string(), service: meteredService, verifiedUntil: localDate, state: z.enum(['expired', 'endsSoon']) })) }),
  }),
  printVerificationNotice: command({
    access: deskAndSupervisors,
    input: z.object({ operationId, ...account, output: sheetOutput }),
    output: sheetGiven,
  }),

  /** Readings taken in spite of a warning, newest first; `counts` are of all that is found, not of the page. */
  exceptions: query({
    access: supervisors,
    input: z.object({
      from: localDate, to: localDate, state: exceptionState, provider: z.string().max(40).nullable().default(null), rule: ruleName.nullable().default(null),
      reason: z.string().max(40).nullable().default(null), service: meteredService.nullable().default(null), meterType: meterType.nullable().default(null),
      staffId: id.nullable().default(null), after: z.string().regex(/^\d{4}-\d{2}-\d{2}\|\d{1,18}$/).nullable().default(null), limit: z.int().min(1).max(200).default(50),
    }),
    output: z.object({
      total: z.int(),
      counts: z.object({ rule: countsBy, reason: countsBy, meterType: countsBy, service: countsBy, provider: countsBy, staff: z.array(z.object({ staffId: id, staffName: z.string(), n: z.int() })) }),
      /** Where the next page begins; null at the end. */
      next: z.string().nullable(),
      rows: z.array(readingException),
    }),
  }),
  /** Of up to 500 readings what can be done is done, the rest is told one by one. */
  review: command({
    access: supervisors,
    input: z.object({ operationId, readings: z.array(readingRef).min(1).max(500), decision: z.enum(['accept', 'orderControl', 'cancel']), comment: z.string().trim().max(300).nullable().default(null) }),
    output: z.object({ done: z.int(), skipped: z.array(z.object({ readingId: id, reason: z.enum(['notFound', 'alreadyCancelled', 'alreadyReviewed', 'notInForce']) })) }),
  }),
  /** What other limits would have flagged in a month: readings by rule under the present rules and under these (at most 20,000 readings are looked at). */
  previewRules: query({
    access: supervisorsAndAdmins,
    input: z.object({ provider: z.string().max(40), rules: z.array(readingRuleOverride).max(200), period }),
    output: z.object({
      readings: z.int(), before: countsBy, after: countsBy,
      changed: z.array(z.object({ reading: readingRef, accountNumber: z.string(), serial: z.string(), before: z.array(z.string()), after: z.array(z.string()) })),
    }),
  }),
  /** conflict changedByAnotherDesk {current: {version, rules}}. */
  tuneRules: command({
    access: supervisors,
    input: z.object({ operationId, provider: z.string().max(40), rules: z.array(readingRuleOverride).max(200), version: z.int() }),
    output: z.object({ version: z.int() }),
  }),
}
