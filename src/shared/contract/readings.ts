import { z } from 'zod'
import { meteredService, providerProfile } from '../domain/provider-profile'
import { operators } from '../roles'
import { command, query } from './call'
import { accountStatus, id, localDate, meterValues, operationId, period, readingChannel, readingStatus } from './values'

export const sheetReading = z.object({
  id,
  takenOn: localDate,
  period,
  values: meterValues,
  channel: readingChannel,
  status: readingStatus,
  statusReason: z.string().nullable(),
  reasons: z.array(z.string()),
})

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
  initial: meterValues.nullable(),
  /** Of the last 25 months, newest first; cancelled ones too, with the reason. */
  history: z.array(sheetReading),
})
export type SheetMeter = z.infer<typeof sheetMeter>

export const sheet = z.object({
  accountId: id,
  accountNumber: z.string(),
  provider: z.string(),
  address: z.string(),
  status: accountStatus,
  /** The provider's part of reading-rules: window, decimals, caps (profile.readings). */
  policy: providerProfile.shape.readings,
  /** The last period billing has closed. */
  closedThrough: period.nullable(),
  today: localDate,
  meters: z.array(sheetMeter),
})
export type Sheet = z.infer<typeof sheet>

export const verdict = z.object({
  rule: z.string(),
  level: z.enum(['block', 'warn', 'inform']),
  zone: z.int().optional(),
  details: z.record(z.string(), z.union([z.string(), z.number()])),
})

export const savedReading = z.object({ meterId: id, readingId: id, consumption: z.array(z.int()).nullable(), period, warnings: z.array(z.string()) })

export const readingsContract = {
  sheet: query({ access: operators, input: z.object({ visitId: id, accountId: id }), output: sheet }),
  /** All or nothing. Blocked: invalidInput 'readingsRefused' with details.meters {meterId: verdicts}; a warning without a reason: 'reasonRequired', same details. */
  save: command({
    access: operators,
    input: z.object({
      operationId,
      visitId: id,
      accountId: id,
      takenOn: localDate,
      channel: z.enum(['desk', 'phone', 'paper']).default('desk'),
      entries: z.array(z.object({ meterId: id, values: meterValues, reasons: z.array(z.string().max(40)).max(8).default([]) })).min(1).max(40),
    }),
    output: z.object({ saved: z.array(savedReading) }),
  }),
}
