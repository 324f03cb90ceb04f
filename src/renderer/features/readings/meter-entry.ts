import type { Sheet, SheetMeter } from '@shared/contract/readings'
import type { LocalDate } from '@shared/domain/dates'
import {
  expectedReading, judgeReading, looksSwapped, parseReadingText, reasonsFor, type ExpectedReading, type ParsedReading, type PastReading, type ReadingReason, type ReadingToJudge, type ReadingVerdict,
} from '@shared/domain/reading-rules'

export type DeskChannel = 'desk' | 'phone' | 'paper'
export const deskChannels: readonly DeskChannel[] = ['desk', 'phone', 'paper']

/** What is typed for one meter: a text per zone, T1 first, and why it is right in spite of a warning. */
export interface Draft {
  texts: string[]
  reason: ReadingReason | null
  /** What main said of exactly these texts; forgotten with the next key. */
  refused: ReadingVerdict[]
}

export interface JudgedMeter {
  meter: SheetMeter
  draft: Draft
  parsed: ParsedReading[]
  isEmpty: boolean
  /** Every zone is filled and none has a slip of the keyboard: these values would be saved. */
  values: number[] | null
  verdicts: ReadingVerdict[]
  consumption: number[] | null
  countsFor: string
  /** Ways to answer the warnings; the digit keys 1–9 follow this order. */
  reasons: ReadingReason[]
  isBlocked: boolean
  needsReason: boolean
}

export interface SheetCircumstances {
  takenOn: LocalDate
  channel: DeskChannel
}

export const emptyDraft = (meter: SheetMeter): Draft => ({ texts: Array.from({ length: meter.zones }, () => ''), reason: null, refused: [] })

const counted = ['entered', 'accepted', 'calculated']

/** What rules compare with: readings that hold, and the dial on the day of installation. */
export function pastReadings(meter: SheetMeter): PastReading[] {
  const taken = meter.history.filter(({ status }) => counted.includes(status)).map(({ takenOn, values, channel }) => ({ takenOn, values, isControl: channel === 'act' }))
  return meter.initial && meter.installedOn ? [...taken, { takenOn: meter.installedOn, values: meter.initial, isControl: false }] : taken
}

/** The last reading on or before a day. */
export function lastReading(meter: SheetMeter, on: LocalDate): PastReading | null {
  const before = pastReadings(meter).filter(({ takenOn }) => takenOn <= on)
  return before.sort((left, right) => (left.takenOn < right.takenOn ? 1 : -1))[0] ?? null
}

export function expectedOf(sheet: Sheet, meter: SheetMeter, takenOn: LocalDate): (ExpectedReading | null)[] {
  return expectedReading({ meter, takenOn, history: pastReadings(meter), policy: sheet.policy })
}

/** Why nothing can be typed for this meter at the desk, if so. */
export function closedFor(meter: SheetMeter, takenOn: LocalDate): 'removed' | 'automatic' | 'notInstalled' | null {
  if (meter.removedOn && takenOn > meter.removedOn) return 'removed'
  if (meter.installedOn && takenOn < meter.installedOn) return 'notInstalled'
  return meter.isAutomatic ? 'automatic' : null
}

/** The sheet as it would be judged if it were saved now: the same function that main decides by. */
export function judgeSheet(sheet: Sheet, drafts: ReadonlyMap<number, Draft>, circumstances: SheetCircumstances): JudgedMeter[] {
  const judged = sheet.meters.map((meter) => judgeMeter(sheet, meter, drafts.get(meter.id) ?? emptyDraft(meter), circumstances))
  for (const [cold, hot] of waterPairs(judged)) {
    if (!looksSwapped(question(sheet, cold, circumstances), question(sheet, hot, circumstances))) continue
    for (const one of [cold, hot]) Object.assign(one, weighed(one, [...one.verdicts, { rule: 'looksSwapped', level: 'warn', details: {} }]))
  }
  return judged
}

function judgeMeter(sheet: Sheet, meter: SheetMeter, draft: Draft, circumstances: SheetCircumstances): JudgedMeter {
  const parsed = Array.from({ length: meter.zones }, (_, zone) => parseReadingText(draft.texts[zone] ?? '', meter, sheet.policy.acceptDecimals))
  const isEmpty = parsed.every((one) => 'problem' in one && one.problem === 'empty')
  const values = parsed.every((one) => 'value' in one) ? parsed.map((one) => ('value' in one ? one.value : 0)) : null
  const base = { meter, draft, parsed, isEmpty, values, reasons: [], verdicts: [], consumption: null, isBlocked: false, needsReason: false }
  if (!values) {
    // One zone typed and another not: it cannot be saved, but while the operator is still typing nothing is wrong.
    return { ...base, countsFor: '', isBlocked: !isEmpty }
  }
  const { verdicts, consumption, countsFor } = judgeReading(question(sheet, base, circumstances))
  const all = [...verdicts, ...draft.refused.filter(({ rule, zone }) => !verdicts.some((own) => own.rule === rule && own.zone === zone))]
  const judged = { ...base, consumption, countsFor }
  return { ...judged, ...weighed(judged, all) }
}

function weighed({ draft }: Pick<JudgedMeter, 'draft'>, verdicts: ReadingVerdict[]): Pick<JudgedMeter, 'verdicts' | 'reasons' | 'isBlocked' | 'needsReason'> {
  const isBlocked = verdicts.some(({ level }) => level === 'block')
  const reasons = verdicts.some(({ level }) => level === 'warn') ? reasonsFor(verdicts).slice(0, 9) : []
  return { verdicts, isBlocked, reasons, needsReason: reasons.length > 0 && !(draft.reason && reasons.includes(draft.reason)) }
}

function question(sheet: Sheet, { meter, values }: Pick<JudgedMeter, 'meter' | 'values'>, { takenOn, channel }: SheetCircumstances): ReadingToJudge {
  return { meter, values: values ?? [], takenOn, today: sheet.today, channel, history: pastReadings(meter), policy: sheet.policy, closedThrough: sheet.closedThrough }
}

function waterPairs(judged: JudgedMeter[]): [JudgedMeter, JudgedMeter][] {
  const filled = judged.filter(({ values, isBlocked }) => values && !isBlocked)
  const cold = filled.filter(({ meter }) => meter.service === 'cold_water')
  const hot = filled.filter(({ meter }) => meter.service === 'hot_water')
  return cold.flatMap((one) => hot.map((other): [JudgedMeter, JudgedMeter] => [one, other]))
}
