import { z } from 'zod'

/**
 * What a payment document of one account and one period says, as it was when the document was made.
 * Stored as jsonb and printed from nothing else, so that a reprint a year later shows the same figures and requisites.
 * Money is in integer kopecks, volumes and tariffs are decimal strings, readings are thousandths of the meter's unit.
 */

const date = z.iso.date()
const kopecks = z.int()
const decimal = z.string().regex(/^-?\d+(\.\d+)?$/)

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
  vatNote: z.string().nullable(),
  qrEncoding: z.enum(['utf-8', 'windows-1251']),
  techCode: z.enum(['02', '09']),
  kind: z.enum(['utility', 'internet']),
  notice: z.string().nullable(),
})

export const paymentDocumentPayer = z.object({
  name: z.string(),
  lastName: z.string().nullable(),
  firstName: z.string().nullable(),
  middleName: z.string().nullable(),
  address: z.string(),
  account: z.string(),
  contract: z.string().nullable(),
  els: z.string().nullable(),
  zhkuId: z.string().nullable(),
  areaM2: decimal.nullable(),
  residents: z.int().nullable(),
})

/** One service. closing = opening + accrued + accruedCommon + recalculated − benefit + penalty − paid: a benefit is a positive number that lessens the sum. */
export const paymentDocumentRow = z.object({
  service: z.string(),
  name: z.string(),
  unit: z.string().nullable(),
  volume: decimal.nullable(),
  volumeCommon: decimal.nullable(),
  tariff: decimal.nullable(),
  accrued: kopecks,
  accruedCommon: kopecks,
  recalculated: kopecks,
  recalculationReason: z.string().nullable(),
  benefit: kopecks,
  penalty: kopecks,
  opening: kopecks,
  paid: kopecks,
  closing: kopecks,
})

/** `previous` and `current` hold one number per zone of the meter, T1 first. */
export const paymentDocumentMeter = z.object({
  service: z.string(),
  name: z.string(),
  serial: z.string(),
  zones: z.int().min(1).max(3),
  previous: z.array(z.int()).nullable(),
  previousOn: date.nullable(),
  current: z.array(z.int()).nullable(),
  currentOn: date.nullable(),
  verifiedUntil: date.nullable(),
  decimals: z.int().min(0).max(3),
})

export const paymentDocumentContent = z.object({
  number: z.string(),
  period: z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/),
  madeOn: date,
  dueOn: date.nullable(),
  provider: paymentDocumentProvider,
  payer: paymentDocumentPayer,
  rows: z.array(paymentDocumentRow),
  meters: z.array(paymentDocumentMeter),
  totals: z.object({
    opening: kopecks,
    accrued: kopecks,
    recalculated: kopecks,
    benefit: kopecks,
    penalty: kopecks,
    paid: kopecks,
    closing: kopecks,
    lastPaidOn: date.nullable(),
  }),
})

export type PaymentDocumentRow = z.infer<typeof paymentDocumentRow>
export type PaymentDocumentMeter = z.infer<typeof paymentDocumentMeter>
export type PaymentDocumentContent = z.infer<typeof paymentDocumentContent>
