import { z } from 'zod'
import { meteredService } from '../domain/provider-profile'
import { deskAndSupervisors } from '../roles'
import { query } from './call'
import { accountStatus, decimal, id, instant, kopecks, localDate, meterValues, period, readingChannel, readingStatus } from './values'

export const matchKinds = ['account', 'contract', 'document', 'phone', 'email', 'serial', 'snils', 'inn', 'ogrn', 'els', 'zhkuId', 'name', 'organisation', 'address'] as const

export const hit = z.object({
  subscriberId: id,
  name: z.string(),
  kind: z.enum(['person', 'organisation', 'entrepreneur']),
  /** The account that matched, or the subscriber's first one. */
  account: z.object({ id, number: z.string(), contract: z.string().nullable(), provider: z.string(), status: accountStatus, address: z.string() }).nullable(),
  accountsCount: z.int(),
  /** Why this one is here: the kind of key and the matched value (masked for documents, e-mail and phone). Similar: not as typed, one or two slips away. */
  match: z.object({ kind: z.enum(matchKinds), text: z.string(), isSimilar: z.boolean().optional() }),
})
export type Hit = z.infer<typeof hit>

export const contact = z.object({
  id,
  kind: z.enum(['email', 'phone']),
  masked: z.string(),
  state: z.enum(['unconfirmed', 'awaiting', 'confirmed', 'replaced', 'cancelled']),
  isCurrent: z.boolean(),
  createdAt: instant,
  confirmedAt: instant.nullable(),
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
  lastSignInAt: instant.nullable(),
  linkedAccounts: z.int(),
  esiaLinks: z.int(),
})

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
  /** Debt is positive. Of the last closed period; null when billing has sent none. */
  balance: z.object({ period, closing: kopecks, services: z.array(serviceBalance), paidAfter: kopecks }).nullable(),
  meters: z.array(cardMeter),
  portalUser: portalUser.nullable(),
})
export type CardAccount = z.infer<typeof cardAccount>

export const timelineEntry = z.object({
  operationId: z.uuid(),
  visitId: id.nullable(),
  at: instant,
  kind: z.string(),
  staffName: z.string(),
  /** Masked facts for a sentence on the screen. */
  details: z.record(z.string(), z.unknown()),
  undone: z.boolean(),
  /** This member of staff may take it back now. */
  canUndo: z.boolean(),
})
export type TimelineEntry = z.infer<typeof timelineEntry>

export const card = z.object({
  subscriber: z.object({
    id,
    externalId: z.string(),
    kind: z.enum(['person', 'organisation', 'entrepreneur']),
    name: z.string(),
    birthDate: localDate.nullable(),
    contactNote: z.string().nullable(),
    version: z.int(),
  }),
  /** Present like absent: only that something is on record, its type and last three characters. */
  documents: z.array(z.object({ type: z.string(), masked: z.string(), issuedOn: localDate.nullable() })),
  contacts: z.array(contact),
  accounts: z.array(cardAccount),
  timeline: z.array(timelineEntry),
  /** The office's date, for «истекает через N дней». */
  today: localDate,
})
export type Card = z.infer<typeof card>

export const deskContract = {
  search: query({
    access: deskAndSupervisors,
    input: z.object({ text: z.string().trim().min(1).max(500), includeClosed: z.boolean().default(false) }),
    output: z.object({
      /** What the text was understood as; shown when nothing is found. */
      understood: z.array(z.enum(matchKinds)),
      hits: z.array(hit),
      more: z.boolean(),
      closedHidden: z.int(),
    }),
  }),
  /** Each opening of a card is audited. */
  card: query({ access: deskAndSupervisors, input: z.object({ subscriberId: id }), output: card }),
}
