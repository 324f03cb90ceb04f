import { z } from 'zod'
import { largestAttachment, type Sheet, type SheetMeter } from '@shared/contract/readings'
import { daysBetween, firstDay } from '@shared/domain/dates'
import { settingsOf } from '@shared/domain/meter-dial'
import { isInReadingWindow } from '@shared/domain/reading-period'
import { meterTypeOf, ruleBook, ruleSetting, unitOf, verdictText } from '@shared/domain/reading-rule-book'
import { expectedReading, periodCounted, windowOf, type ReadingPolicy, type ReadingVerdict } from '@shared/domain/reading-rules'
import { pastReadings } from '@shared/domain/readings-sheet'
import { readingRules, type ReadingLevel } from '@shared/domain/reading-verdict'
import { AppError } from '@shared/errors'
import type { Service } from '../../ipc/context'
import type { VerificationNotice } from '../../printing/documents/verification-notice'
import { drawVerificationNotice } from '../../printing/draw'
import { giveSheet } from '../../printing/give-sheet'
import type { Sheets } from '../../printing/sheets'
import { toAppError } from '../../ipc/to-app-error'

type StoredMeter = Omit<SheetMeter, 'expected' | 'window' | 'verification'>
type StoredSheet = Omit<Sheet, 'meters'> & { meters: StoredMeter[] }
type StoredAnswer = { meters: ({ meterId: number } & Record<ReadingLevel, string[]>)[] }

/** Readings are judged in the database, by the rules the page hints by; here only words and shapes are added. */
export function readingsService({ sheets, timeZone }: { sheets: Sheets; timeZone(): string }): Service<'readings'> {
  const drawNotice = sheets.drawing('verificationNotice', (notice: VerificationNotice) => drawVerificationNotice(notice, { timeZone: timeZone() }))

  return {
    async sheet(input, { db }) {
      const sheet = await db.call<StoredSheet>('reading_sheet', input)
      return { ...sheet, meters: sheet.meters.map((meter) => ({ ...meter, ...knownBefore(sheet, meter) })) }
    },

    async save({ reader, ...input }, { db }) {
      try {
        return await inWords(() => db.call('reading_save', { ...input, reader }))
      } catch (cause) {
        if (cause instanceof AppError && cause.reason === 'readingsRefused') {
          const { visitId, accountId, channel } = input
          // The refusal stands whether it can be counted or not.
          await db.call('reading_refusal_tell', { visitId, accountId, channel, meters: JSON.stringify(rulesOf(cause)) }).catch(() => undefined)
        }
        throw cause
      }
    },

    tellRefused: ({ meters, ...input }, { db }) =>
      db.call('reading_refusal_tell', { ...input, meters: JSON.stringify(Object.fromEntries(meters.map(({ meterId, rules }) => [meterId, rules]))) }),

    async attach({ bytes, reading, ...input }, { db }) {
      if (bytes.byteLength > largestAttachment) throw new AppError('invalidInput', 'attachmentTooLarge', { max: largestAttachment })
      return db.call('reading_attach', { ...input, content: Buffer.from(bytes), ...(reading ?? {}) })
    },

    async attachment({ visitId, attachmentId }, { db }) {
      const { content, ...file } = await db.call<{ fileName: string; mediaType: string; sha256: string; size: number; content: string }>('reading_attachment_open', { visitId, attachmentId })
      return { ...file, bytes: new Uint8Array(Buffer.from(content, 'base64')) }
    },

    cancel: ({ reading, ...input }, { db }) => db.call('reading_cancel', { ...input, ...reading }),

    correct: ({ reading, takenOn: newTakenOn, ...input }, { db }) => inWords(() => db.call('reading_correct', { ...input, ...reading, newTakenOn })),

    replaceMeter: ({ act, removal, installed, ...input }, { db }) =>
      inWords(() => db.call('meter_replace', { ...input, actNumber: act.number, actDate: act.date, removedOn: removal.takenOn, values: removal.values, reasons: removal.reasons, installed })),

    removeMeter: ({ act, removal, ...input }, { db }) =>
      inWords(() => db.call('meter_remove', { ...input, actNumber: act.number, actDate: act.date, removedOn: removal.takenOn, values: removal.values, reasons: removal.reasons })),

    sealMeter: ({ act, ...input }, { db }) => db.call('meter_seal', { ...input, actNumber: act.number, actDate: act.date }),

    breakSeal: ({ act, ...input }, { db }) => db.call('meter_break_seal', { ...input, actNumber: act.number, actDate: act.date }),

    noAccess: ({ act, ...input }, { db }) => db.call('meter_no_access_act', { ...input, actNumber: act.number, actDate: act.date }),

    control: ({ act, ...input }, { db }) => inWords(() => db.call('reading_control', { ...input, actNumber: act.number, actDate: act.date })),

    acts: (input, { db }) => db.call('reading_acts', input),

    async portalVerdict({ visitId, accountId, takenOn, entries }, { db }) {
      const { meters: answers } = await db.call<StoredAnswer>('reading_portal_verdict', { visitId, accountId, takenOn, entries })
      const { policy, meters: known } = await db.call<StoredSheet>('reading_sheet', { visitId, accountId })
      const meters = answers.map(({ meterId, ...said }) => {
        const meter = known.find(({ id }) => id === meterId)
        if (!meter) throw new AppError('internal')
        const verdicts = (['block', 'warn', 'inform'] as const).flatMap((level) => said[level].map((text) => verdictOf(level, text)))
        return { meterId, accepted: said.block.length === 0, verdicts, texts: verdicts.map((verdict) => wordsOf(policy, meter, verdict)) }
      })
      return { accepted: meters.every(({ accepted }) => accepted), meters }
    },

    async verificationNotice(input, { db }) {
      const facts = await db.call<VerificationNotice>('reading_verification_facts', input)
      return { pdf: new Uint8Array(await drawVerificationNotice(facts, { timeZone: timeZone() })), meters: facts.meters }
    },

    printVerificationNotice: ({ output, ...target }, { db }) =>
      giveSheet<VerificationNotice>(sheets, db, {
        operationId: target.operationId,
        output,
        form: 'notice',
        name: 'Уведомление о поверке',
        issue: (transaction, medium) => transaction.call('reading_notice_issue', { ...target, medium }),
        draw: drawNotice,
      }),

    exceptions: (input, { db }) => db.call('reading_exceptions', input),
    review: (input, { db }) => db.call('reading_review', input),
    previewRules: ({ period, ...input }, { db }) => db.call('reading_preview_rules', { ...input, period: firstDay(period), rules: JSON.stringify(input.rules) }),
    tuneRules: (input, { db }) => db.call('reading_tune_rules', { ...input, rules: JSON.stringify(input.rules) }),
  }
}

/** What can be said of a meter today before anybody has typed. */
function knownBefore(sheet: StoredSheet, meter: StoredMeter): Pick<SheetMeter, 'expected' | 'window' | 'verification'> {
  const { policy, today, closedThrough } = sheet
  const window = windowOf(policy, meter.service)
  const days = meter.verifiedUntil === null ? null : daysBetween(today, meter.verifiedUntil)
  const soon = settingsOf(meter, policy).verificationEndsSoon.thresholds['days'] ?? 0
  return {
    expected: expectedReading({ meter, takenOn: today, history: pastReadings(meter), policy }),
    window: {
      fromDay: window.windowFromDay, toDay: window.windowToDay, graceDays: window.graceDays, isOpen: isInReadingWindow(today, window), countsFor: periodCounted(today, window, closedThrough),
    },
    verification: { state: days === null ? 'unknown' : days < 0 ? 'expired' : days <= soon ? 'endsSoon' : 'valid', days },
  }
}

const refusal = z.object({ meters: z.record(z.string(), z.array(z.string())), level: z.enum(['block', 'warn']) })

/** The database refuses by codes with figures, `rule|zone|detail|…`; the page gets verdicts. */
async function inWords<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    throw refusedByRules(cause) ?? cause
  }
}

function refusedByRules(cause: unknown): AppError | null {
  const { reason, details } = toAppError(cause)
  if (reason !== 'readingsRefused' && reason !== 'reasonRequired') return null
  const { meters, level } = refusal.parse(details)
  return new AppError('invalidInput', reason, { meters: Object.fromEntries(Object.entries(meters).map(([id, said]) => [id, said.map((text) => verdictOf(level, text))])) })
}

/** Rules of a refusal by the meter they kept out. */
function rulesOf({ details }: AppError): Record<string, string[]> {
  const meters = z.record(z.string(), z.array(z.object({ rule: z.string() }))).parse(details?.['meters'])
  return Object.fromEntries(Object.entries(meters).map(([id, verdicts]) => [id, verdicts.map(({ rule }) => rule)]))
}

/** `rule|zone|details` as SQL writes it, in the order of the rule book. */
export function verdictOf(level: ReadingLevel, text: string): ReadingVerdict {
  const [code = '', zone = '', ...values] = text.split('|')
  const rule = readingRules.find((known) => known === code)
  if (!rule) throw new AppError('internal')
  const details = Object.fromEntries(ruleBook[rule].details.flatMap((name, index) => {
    const value = values[index]
    return value === undefined ? [] : [[name, /^-?\d+$/.test(value) ? Number(value) : value]]
  }))
  return { rule, level, ...(zone === '' ? {} : { zone: Number(zone) }), details }
}

function wordsOf(policy: ReadingPolicy, meter: StoredMeter, verdict: ReadingVerdict): string {
  const { text } = ruleSetting(policy, verdict.rule, meter.service, meterTypeOf(meter))
  return verdictText(meter.zones > 1 ? verdict : { rule: verdict.rule, details: verdict.details }, { unit: unitOf(meter.service), text })
}
