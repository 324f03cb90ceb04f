import type { Sheet, SheetMeter } from '@shared/contract/readings'
import type { LocalDate, Period } from '@shared/domain/dates'
import {
  expectedReading, judgeReading, parseReadingText, reasonsFor, type ExpectedReading, type ParsedReading, type PastReading, type ReadingChannel, type ReadingReason, type ReadingVerdict,
} from '@shared/domain/reading-rules'
import { isInReadingWindow, periodCounted, windowOf } from '@shared/domain/reading-period'
import { pastReadings, readingOnSheet, swappedMeters } from '@shared/domain/readings-sheet'
import type { Attached } from './attachment'

export type DeskChannel = 'desk' | 'phone' | 'paper'
export const deskChannels: readonly DeskChannel[] = ['desk', 'phone', 'paper']

/** What is typed for one meter: a text per zone, T1 first, and why it is right in spite of a warning. */
export interface Draft {
  texts: string[]
  reason: ReadingReason | null
  /** What main said of exactly these texts; forgotten with the next key. */
  refused: ReadingVerdict[]
  /** A photo of the dial or an act. */
  attachment: Attached | null
  /** The operator has seen another desk's reading of this day and puts this one over it. */
  replaces: boolean
}

export type Reader = 'subscriber' | 'controller'
export const readers: readonly Reader[] = ['subscriber', 'controller']

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
  /** Rules ask differently of a portal's reading, and of one by an act. */
  channel: ReadingChannel
}

export const emptyDraft = (meter: SheetMeter): Draft => ({ texts: Array.from({ length: meter.zones }, () => ''), reason: null, refused: [], attachment: null, replaces: false })

/** What main is told of why: putting a reading over another desk's is a reason of its own. */
export function reasonsOf({ reason, replaces }: Draft): ReadingReason[] {
  return reason ? [reason] : replaces ? ['previousEntryWrong'] : []
}

/** Services that are taken in the same days of the month, and the bill their readings of a day go to. */
export interface SheetWindow {
  services: Sheet['meters'][number]['service'][]
  fromDay: number
  toDay: number
  isOpen: boolean
  countsFor: Period
}

/** The windows of a sheet, each once, in the order of its meters. */
export function windowsOf(sheet: Sheet, takenOn: LocalDate): SheetWindow[] {
  const found = new Map<string, SheetWindow>()
  for (const { service } of sheet.meters) {
    const window = windowOf(sheet.policy, service)
    const { windowFromDay: fromDay, windowToDay: toDay, graceDays } = window
    const key = `${fromDay} ${toDay} ${graceDays}`
    const own = found.get(key) ?? { services: [], fromDay, toDay, isOpen: isInReadingWindow(takenOn, window), countsFor: periodCounted(takenOn, window, sheet.closedThrough) }
    if (!own.services.includes(service)) own.services.push(service)
    found.set(key, own)
  }
  return [...found.values()]
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

/** The sheet as it would be judged if it were saved now: by the same functions that main decides by. */
export function judgeSheet(sheet: Sheet, drafts: ReadonlyMap<number, Draft>, circumstances: SheetCircumstances): JudgedMeter[] {
  const judged = sheet.meters.map((meter) => judgeMeter(sheet, meter, drafts.get(meter.id) ?? emptyDraft(meter), circumstances))
  const typed = judged.flatMap(({ meter, values }) => (values ? [[meter.id, readingOnSheet(sheet, meter, { values, ...circumstances })] as const] : []))
  const swapped = swappedMeters(new Map(typed))
  return judged.map((one) => {
    const swap = swapped.get(one.meter.id)
    return swap ? { ...one, ...weighed(one.draft, [...one.verdicts, swap]) } : one
  })
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
  const { verdicts, consumption, countsFor } = judgeReading(readingOnSheet(sheet, meter, { values, ...circumstances }))
  const added = draft.refused.filter(({ rule, zone }) => !verdicts.some((own) => own.rule === rule && own.zone === zone))
  return { ...base, consumption, countsFor, ...weighed(draft, [...verdicts, ...added]) }
}

/** What verdicts ask of the operator; the blocking ones come first. */
function weighed(draft: Draft, verdicts: ReadingVerdict[]): Pick<JudgedMeter, 'verdicts' | 'reasons' | 'isBlocked' | 'needsReason'> {
  const order = ['block', 'warn', 'inform']
  const sorted = [...verdicts].sort((left, right) => order.indexOf(left.level) - order.indexOf(right.level))
  const reasons = verdicts.some(({ level }) => level === 'warn') ? reasonsFor(verdicts).slice(0, 9) : []
  return { verdicts: sorted, isBlocked: sorted[0]?.level === 'block', reasons, needsReason: reasons.length > 0 && !(draft.reason && reasons.includes(draft.reason)) }
}
