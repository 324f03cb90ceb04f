import { z } from 'zod'
import { meteredService } from '../domain/provider-profile'
import { deskAndSupervisors, operators } from '../roles'
import { command, query } from './call'
import { cardConsent } from './consents'
import { confirmationWay, contactKind, contactPurpose, delivery } from './contacts'
import { passwordLetter } from './portal-access'
import { request } from './requests'
import { accountStatus, decimal, id, instant, kopecks, localDate, meterValues, operationId, period, readingChannel, readingStatus } from './values'
import { identification } from './visits'

export const matchKinds = ['account', 'contract', 'document', 'phone', 'email', 'serial', 'snils', 'inn', 'ogrn', 'els', 'zhkuId', 'visitCode', 'name', 'organisation', 'address'] as const

export const hit = z.object({
  subscriberId: id,
  name: z.string(),
  kind: z.enum(['person', 'organisation', 'entrepreneur']),
  /** Only where another one of the same name is listed too. */
  birthDate: localDate.nullable(),
  /** The account that matched, or the subscriber's first one. */
  account: z.object({ id, number: z.string(), contract: z.string().nullable(), provider: z.string(), status: accountStatus, address: z.string() }).nullable(),
  accountsCount: z.int(),
  /** Why this one is here: the kind of key and the matched value (masked for documents, e-mail and phone). Similar: not as typed, one or two slips away. */
  match: z.object({ kind: z.enum(matchKinds), text: z.string(), isSimilar: z.boolean().optional() }),
})
export type Hit = z.infer<typeof hit>

export const found = z.object({
  /** What the text was understood as; shown when nothing is found. */
  understood: z.array(z.enum(matchKinds)),
  hits: z.array(hit),
  more: z.boolean(),
  /** Subscribers left out because all that matched of theirs is closed. */
  closedHidden: z.int(),
  /** Seconds until documents are looked up again; the other meanings of the text have been answered. */
  documentsWaitSeconds: z.int().nullable(),
})
export type Found = z.infer<typeof found>

/** In the order they look: exact keys, beginnings, one slip and addresses, two slips. */
export const searchStages = ['keys', 'names', 'similar', 'far'] as const
export type SearchStage = (typeof searchStages)[number]

export const contact = z.object({
  id,
  kind: contactKind,
  purpose: contactPurpose,
  masked: z.string(),
  state: z.enum(['unconfirmed', 'awaiting', 'confirmed', 'replaced', 'cancelled', 'removed', 'reverted']),
  isCurrent: z.boolean(),
  /** A mobile phone: only that gets an SMS. */
  canSms: z.boolean(),
  createdAt: instant,
  confirmedAt: instant.nullable(),
  /** null also of an address confirmed before that was noted. */
  confirmedHow: z.enum(['codeAtDesk', 'link', 'portal', 'register']).nullable(),
  /** Until when the change that brought it, or removed it, may be taken back (`contacts.revert`); null: it may not. */
  revertUntil: instant.nullable(),
  /** A code or a link is out; past `expiresAt` it is good for nothing and another may be sent. */
  awaiting: z.object({ confirmationId: id, way: confirmationWay, expiresAt: instant, resendAllowedAt: instant, delivery }).nullable(),
})
export type Contact = z.infer<typeof contact>

export const lastReading = z.object({ takenOn: localDate, values: meterValues, status: readingStatus, channel: readingChannel })
export const cardMeter = z.object({
  id,
  serial: z.string(),
  service: meteredService,
  decimals: z.int(),
  zones: z.int(),
  verifiedUntil: localDate.nullable(),
  removedOn: localDate.nullable(),
  lastReading: lastReading.nullable(),
})
export type CardMeter = z.infer<typeof cardMeter>

export const portalUser = z.object({
  id,
  login: z.string(),
  state: z.enum(['active', 'blocked']),
  /** null = no password in force. */
  passwordIssuedAt: instant.nullable(),
  passwordExpiresAt: instant.nullable(),
  mustChange: z.boolean(),
  /** How the password in force was sent; null: on paper. */
  letter: passwordLetter.nullable(),
  lastSignInAt: instant.nullable(),
  linkedAccounts: z.int(),
  esiaLinks: z.int(),
})

/** One service of one period. closing = opening + accrued + recalculated − benefit + penalty − paid (registers.md); accrued holds the common needs too. */
export const serviceBalance = z.object({
  service: z.string(),
  name: z.string(),
  unit: z.string().nullable(),
  volume: decimal.nullable(),
  tariff: decimal.nullable(),
  opening: kopecks,
  accrued: kopecks,
  recalculated: kopecks,
  benefit: kopecks,
  penalty: kopecks,
  paid: kopecks,
  closing: kopecks,
})
export type ServiceBalance = z.infer<typeof serviceBalance>

/** All services of one closed period together: closing = opening + accrued + recalculated + penalty − paid, benefits are off the accrued sum already. */
export const periodBalance = z.object({ period, opening: kopecks, accrued: kopecks, recalculated: kopecks, penalty: kopecks, paid: kopecks, closing: kopecks })
export type PeriodBalance = z.infer<typeof periodBalance>

export const cardAccount = z.object({
  id,
  provider: z.object({ code: z.string(), name: z.string(), kind: z.enum(['utility', 'internet']), portalName: z.string(), portalScheme: z.enum(['email', 'account', 'contract']) }),
  number: z.string(),
  contract: z.string().nullable(),
  contractDate: localDate.nullable(),
  address: z.string(),
  status: accountStatus,
  openedOn: localDate.nullable(),
  closedOn: localDate.nullable(),
  areaM2: decimal.nullable(),
  residents: z.int().nullable(),
  els: z.string().nullable(),
  zhkuId: z.string().nullable(),
  billDelivery: z.enum(['paper', 'email']).nullable(),
  tariff: z.string().nullable(),
  /** Debt is positive. Services are those of the last closed period, `periods` the last twelve, newest first; null when billing has sent none. */
  balance: z.object({ period, closing: kopecks, services: z.array(serviceBalance), paidAfter: kopecks, periods: z.array(periodBalance) }).nullable(),
  meters: z.array(cardMeter),
  portalUser: portalUser.nullable(),
})
export type CardAccount = z.infer<typeof cardAccount>

export const timelineGroups = ['visits', 'contacts', 'portal', 'readings', 'documents', 'notes'] as const
export type TimelineGroup = (typeof timelineGroups)[number]

export const timelineEntry = z.object({
  operationId: z.uuid(),
  visitId: id.nullable(),
  at: instant,
  kind: z.string(),
  group: z.enum(timelineGroups),
  /** null: the subscriber, by the link of a letter. */
  staffName: z.string().nullable(),
  /** Masked facts for a sentence on the screen. */
  details: z.record(z.string(), z.unknown()),
  undone: z.boolean(),
  /** This member of staff may take it back now. */
  canUndo: z.boolean(),
})
export type TimelineEntry = z.infer<typeof timelineEntry>

/** A pinned note: what a colleague must know. Gone the day after `expiresOn`. */
export const note = z.object({
  id,
  text: z.string(),
  /** Who wrote the text as it stands. */
  staffName: z.string(),
  createdAt: instant,
  updatedAt: instant,
  expiresOn: localDate.nullable(),
  isOwn: z.boolean(),
  version: z.int(),
})
export type Note = z.infer<typeof note>
export const noteText = z.string().trim().min(1).max(300)

export const cardVisit = z.object({
  id,
  openedAt: instant,
  closedAt: instant.nullable(),
  staffName: z.string(),
  window: z.string().nullable(),
  identification,
})
export type CardVisit = z.infer<typeof cardVisit>

export const card = z.object({
  subscriber: z.object({
    id,
    externalId: z.string(),
    kind: z.enum(['person', 'organisation', 'entrepreneur']),
    name: z.string(),
    birthDate: localDate.nullable(),
    /** A phone or e-mail of the register that could not be read; a person's is masked. */
    contactNote: z.string().nullable(),
    /** Of organisations and entrepreneurs, where they are public. A person's documents, СНИЛС and ИНН are never on the card, not even whether they are on record: `unmask` gives them. */
    requisites: z.object({ inn: z.string().nullable(), kpp: z.string().nullable(), ogrn: z.string().nullable() }).nullable(),
    version: z.int(),
  }),
  contacts: z.array(contact),
  accounts: z.array(cardAccount),
  /** Pinned notes in force, newest first. */
  notes: z.array(note),
  /** Those in force. */
  consents: z.array(cardConsent),
  /** The open ones first, then those closed within three months. */
  requests: z.array(request),
  /** The last twenty, newest first. */
  visits: z.array(cardVisit),
  /** The latest sixty operations; earlier ones by `timeline`. */
  timeline: z.array(timelineEntry),
  /** The office's date, for «истекает через N дней». */
  today: localDate,
})
export type Card = z.infer<typeof card>

/** What `unmask` shows: everything of a person that the card never holds. */
export const personalData = z.object({
  documents: z.array(z.object({ type: z.string(), series: z.string().nullable(), number: z.string(), issuedBy: z.string().nullable(), issuedOn: localDate.nullable() })),
  snils: z.string().nullable(),
  inn: z.string().nullable(),
  birthDate: localDate.nullable(),
  /** The phone or e-mail of the register that nobody could read. */
  contactNote: z.string().nullable(),
})
export type PersonalData = z.infer<typeof personalData>

const dialReading = z.object({ takenOn: localDate.nullable(), values: meterValues })
/**
 * Billing's figures of one service in one period, or of the whole account (`service` null), with what they were made from.
 * closing = opening + accrued + accruedCommon + recalculated − benefit + penalty − paid; billing's own figure stands also where it is not.
 */
export const amountFacts = z.object({
  period,
  kind: z.enum(['utility', 'internet']),
  service: z.string().nullable(),
  /** Of the service; of the provider when `service` is null. */
  name: z.string(),
  unit: z.string().nullable(),
  volume: decimal.nullable(),
  volumeCommon: decimal.nullable(),
  tariff: decimal.nullable(),
  opening: kopecks,
  accrued: kopecks,
  accruedCommon: kopecks,
  recalculated: kopecks,
  recalculationReason: z.string().nullable(),
  benefit: kopecks,
  penalty: kopecks,
  paid: kopecks,
  closing: kopecks,
  /** Meters of the service with the last reading before the period (or the one at installation) and the one of the period. */
  meters: z.array(z.object({ serial: z.string(), decimals: z.int(), ratio: decimal, previous: dialReading.nullable(), current: dialReading.nullable() })),
  /** Payments of the account in the period: billing spreads them over the services. */
  payments: z.array(z.object({ paidOn: localDate, amount: kopecks, channel: z.string().nullable() })),
  /** Only when `service` is null: what the account's sum consists of. */
  services: z.array(serviceBalance),
})
export type AmountFacts = z.infer<typeof amountFacts>

const notes = z.object({ notes: z.array(note) })

export const deskContract = {
  /**
   * Answers when all stages have looked. With a `searchId` each stage is told by the event `desk.found` as it comes, and a newer search of the same session
   * stops this one on the server: it then fails with conflict `searchSuperseded`.
   */
  search: query({
    access: deskAndSupervisors,
    // The longest payment QR has under two thousand characters.
    input: z.object({
      text: z.string().trim().min(1).max(2000),
      includeClosed: z.boolean().default(false),
      searchId: z.uuid().optional(),
      /** The text goes on: numbers that are no whole document yet take none of the look-ups by document. */
      whileTyping: z.boolean().default(false),
    }),
    output: found,
  }),
  /** Each opening of a card is audited, once in a visit; a supervisor without a visit each time. */
  card: query({ access: deskAndSupervisors, input: z.object({ subscriberId: id }), output: card }),
  /** Shows documents and numbers in full. An operator needs a visit identified by document or representative, a supervisor (visitId null) does not. Who and why is logged, the values never. */
  unmask: command({
    access: deskAndSupervisors,
    input: z.object({ operationId, visitId: id.nullable(), subscriberId: id, reason: z.enum(['verify', 'dictate', 'other']) }),
    output: personalData,
  }),
  /** Services of an earlier period. Within an own visit of the subscriber; a supervisor also without. */
  charges: query({ access: deskAndSupervisors, input: z.object({ accountId: id, period }), output: z.object({ services: z.array(serviceBalance) }) }),
  /** «Откуда эта сумма?»: facts for `explainAmount` (src/shared/domain/explain-amount.ts). */
  explain: query({ access: deskAndSupervisors, input: z.object({ accountId: id, period, service: z.string().max(40).nullable() }), output: amountFacts }),
  /** Who else is billed in this flat, and the nearest flats of the house, closed accounts left out there. Audited. */
  neighbours: query({
    access: deskAndSupervisors,
    input: z.object({ visitId: id.nullable(), accountId: id }),
    output: z.object({
      sameFlat: z.array(z.object({ subscriberId: id, name: z.string(), accountNumber: z.string(), provider: z.string(), status: accountStatus })),
      /** At most sixty accounts in the order of the flats; names as «Иванов П. С.». */
      house: z.array(z.object({ flat: z.string(), subscriberId: id, name: z.string(), accountNumber: z.string(), provider: z.string() })),
    }),
  }),
  /** Sixty operations before an instant, newest first. */
  timeline: query({
    access: deskAndSupervisors,
    input: z.object({ subscriberId: id, before: instant, group: z.enum(timelineGroups).optional() }),
    output: z.object({ entries: z.array(timelineEntry), more: z.boolean() }),
  }),
  /**
   * Pinned notes; each answer holds all that are in force. Taken back by `visits.undo`. A stale version is the conflict `changedByAnotherDesk` with
   * details {staffName, at, kind, current: {text, expiresOn, version} | null}.
   */
  addNote: command({ access: operators, input: z.object({ operationId, visitId: id, text: noteText, expiresOn: localDate.nullable() }), output: notes }),
  editNote: command({ access: operators, input: z.object({ operationId, visitId: id, noteId: id, text: noteText, expiresOn: localDate.nullable(), version: z.int() }), output: notes }),
  removeNote: command({ access: operators, input: z.object({ operationId, visitId: id, noteId: id, version: z.int() }), output: notes }),
}
