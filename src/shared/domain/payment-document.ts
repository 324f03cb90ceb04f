import { z } from 'zod'
import { documentLayout } from './document-layout'

/**
 * What a payment document of one account and one period says, as it was when the document was made. Printed from nothing else, so that a reprint a year later
 * shows the same figures and requisites. It is stored in two parts: the issuer's, once for all documents of a provider, a period and a day
 * (`payment_document_issuer`), and the account's own (`payment_document`), where what is unknown or zero is left out: there are a million of them a month.
 * Money is in integer kopecks, volumes, norms and tariffs are decimal strings, readings are thousandths of the meter's unit.
 */

const date = z.iso.date()
const kopecks = z.int()
const decimal = z.string().regex(/^-?\d+(\.\d+)?$/)
const unknownDecimal = decimal.nullable().default(null)
const unknownText = z.string().nullable().default(null)
const unknownDate = date.nullable().default(null)

export const paymentDocumentProvider = z.object({
  code: z.string(),
  name: z.string(),
  legalName: z.string(),
  inn: z.string(),
  kpp: z.string().nullable(),
  ogrn: z.string().nullable(),
  bankName: z.string(),
  bic: z.string(),
  settlementAccount: z.string(),
  correspondentAccount: z.string(),
  address: z.string(),
  phone: z.string(),
  email: z.string().nullable(),
  site: z.string().nullable(),
  hours: z.string(),
  emergency: z.string().nullable(),
  fax: z.string().nullish(),
  vatNote: z.string().nullable(),
  qrEncoding: z.enum(['utf-8', 'windows-1251']),
  techCode: z.enum(['02', '09']),
  kind: z.enum(['utility', 'internet']),
  /** Section «Уведомление»; null also in the months the provider's layout leaves it out. */
  notice: z.string().nullable(),
  layout: documentLayout,
})

/** All that the documents of a provider, a period and a day have in common. `services`: names and units by the codes of the rows. */
export const paymentDocumentIssuer = z.object({
  period: z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/),
  madeOn: date,
  dueOn: date.nullable(),
  provider: paymentDocumentProvider,
  services: z.record(z.string(), z.object({ name: z.string(), unit: z.string().nullable() })),
})

export const paymentDocumentPayer = z.object({
  name: z.string(),
  lastName: unknownText,
  firstName: unknownText,
  middleName: unknownText,
  address: z.string(),
  account: z.string(),
  contract: unknownText,
  els: unknownText,
  zhkuId: unknownText,
  /** Total area of the premises and people living there (43/пр, section 1). */
  areaM2: unknownDecimal,
  residents: z.int().nullable().default(null),
})

/** What the law's list needs of a service besides the charge itself; `charge.facts`, columns of the register of charges. */
export const chargeFacts = z.object({
  /** Norms of consumption, per unit of the service (43/пр, section 4): own and for the common property. */
  norm: unknownDecimal,
  normCommon: unknownDecimal,
  /** Of the house (ПП 354 п. 69 «е»): reading of its meter (ОДПУ), volume in all premises, volume for the common property. */
  houseReading: unknownDecimal,
  houseVolume: unknownDecimal,
  houseVolumeCommon: unknownDecimal,
  /** Increasing coefficient and by how much it raised the payment, kopecks, a part of `accrued` (п. 69 «к(1)»). */
  coefficient: unknownDecimal,
  excess: kopecks.default(0),
  /** Instalments as billing reckons them (43/пр, section 6; п. 69 «к»): parts of this period's and of earlier payments that are due now, yearly interest in per cent, its sum. */
  instalmentCurrent: kopecks.default(0),
  instalmentPast: kopecks.default(0),
  instalmentPercent: unknownDecimal,
  instalmentInterest: kopecks.default(0),
  /** What is to be paid for the service now, interest included, instead of its whole balance; null: no instalments. */
  instalmentDue: kopecks.nullable().default(null),
})
export type ChargeFacts = z.infer<typeof chargeFacts>

/** One service. closing = opening + accrued + accruedCommon + recalculated − benefit + penalty − paid: a benefit is a positive number that lessens the sum. */
export const paymentDocumentRow = z.object({
  service: z.string(),
  /** Missing: the unit of the provider's list. */
  unit: unknownText,
  volume: unknownDecimal,
  volumeCommon: unknownDecimal,
  tariff: unknownDecimal,
  accrued: kopecks.default(0),
  accruedCommon: kopecks.default(0),
  recalculated: kopecks.default(0),
  recalculationReason: unknownText,
  benefit: kopecks.default(0),
  penalty: kopecks.default(0),
  opening: kopecks.default(0),
  paid: kopecks.default(0),
  closing: kopecks.default(0),
  ...chargeFacts.shape,
})

/** `previous` and `current` hold one number per zone of the meter, T1 first. */
export const paymentDocumentMeter = z.object({
  service: z.string(),
  serial: z.string(),
  zones: z.int().min(1).max(3).default(1),
  decimals: z.int().min(0).max(3).default(0),
  /** Transformer ratio: the volume is the difference of the readings times it. */
  ratio: unknownDecimal,
  previous: z.array(z.int()).nullable().default(null),
  previousOn: unknownDate,
  current: z.array(z.int()).nullable().default(null),
  currentOn: unknownDate,
  verifiedUntil: unknownDate,
})

/** The account's own part. */
export const paymentDocumentAccount = z.object({
  number: z.string(),
  /** «Идентификатор платёжного документа» of ГИС ЖКХ, when billing gives it. */
  gisNumber: unknownText,
  payer: paymentDocumentPayer,
  rows: z.array(paymentDocumentRow),
  meters: z.array(paymentDocumentMeter).default([]),
  lastPaidOn: unknownDate,
})

export interface PaymentDocumentRow extends z.infer<typeof paymentDocumentRow> {
  name: string
}
export interface PaymentDocumentMeter extends z.infer<typeof paymentDocumentMeter> {
  name: string
}
export type PaymentDocumentProvider = z.infer<typeof paymentDocumentProvider>
export type PaymentDocumentPayer = z.infer<typeof paymentDocumentPayer>
export type PaymentDocumentIssuer = z.infer<typeof paymentDocumentIssuer>

export interface PaymentDocumentTotals {
  opening: number
  accrued: number
  recalculated: number
  benefit: number
  penalty: number
  /** Fines and costs of the court, a part of `accrued`: shown apart from services (43/пр). */
  courtCosts: number
  paid: number
  /** The balance: what is owed (or, negative, paid in advance) on the last day of the period. */
  closing: number
  /** What is asked for now: the balance, with instalments instead of the whole where there are any. */
  due: number
  lastPaidOn: string | null
}

export interface PaymentDocumentContent {
  number: string
  gisNumber: string | null
  period: string
  madeOn: string
  dueOn: string | null
  provider: PaymentDocumentProvider
  payer: PaymentDocumentPayer
  rows: PaymentDocumentRow[]
  meters: PaymentDocumentMeter[]
  totals: PaymentDocumentTotals
}

/** The service code under which billing sends fines and costs of the court («неустойки и судебные расходы»). */
export const COURT_COSTS = 'court_costs'

/** Reads both stored parts, checked, and completes them: names of services, units, totals. Throws ZodError when something else is stored. */
export function paymentDocumentOf(issuer: unknown, own: unknown): PaymentDocumentContent {
  return joinPaymentDocument(paymentDocumentIssuer.parse(issuer), own)
}

/** The same for many documents of one issuer, which is read once. */
export function joinPaymentDocument({ services, ...issuer }: PaymentDocumentIssuer, own: unknown): PaymentDocumentContent {
  const { rows: storedRows, meters, lastPaidOn, ...document } = paymentDocumentAccount.parse(own)
  const rows = storedRows.map((row) => ({ ...row, name: services[row.service]?.name ?? row.service, unit: row.unit ?? services[row.service]?.unit ?? null }))
  return {
    ...issuer,
    ...document,
    rows,
    meters: meters.map((meter) => ({ ...meter, name: services[meter.service]?.name ?? meter.service })),
    totals: totalsOf(rows, lastPaidOn),
  }
}

/** What the rows add up to; nothing is rounded again. */
export function totalsOf(rows: readonly PaymentDocumentRow[], lastPaidOn: string | null): PaymentDocumentTotals {
  const sum = (value: (row: PaymentDocumentRow) => number) => rows.reduce((total, row) => total + value(row), 0)
  return {
    opening: sum(({ opening }) => opening),
    accrued: sum(({ accrued, accruedCommon }) => accrued + accruedCommon),
    recalculated: sum(({ recalculated }) => recalculated),
    benefit: sum(({ benefit }) => benefit),
    penalty: sum(({ penalty }) => penalty),
    courtCosts: sum(({ service, accrued }) => (service === COURT_COSTS ? accrued : 0)),
    paid: sum(({ paid }) => paid),
    closing: sum(({ closing }) => closing),
    due: sum(({ closing, instalmentDue }) => instalmentDue ?? closing),
    lastPaidOn,
  }
}
