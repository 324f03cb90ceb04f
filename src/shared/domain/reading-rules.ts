import { type LocalDate, type Period, addMonths, daysBetween, periodOf } from './dates'
import { type DialPast, expectedReading, highestUsual, usualDifference } from './expected-reading'
import { type Meter, type PastReading, type ReadingPolicy, capacity, dialStep, differenceOnDial, mostPossible, readingsByDate } from './meter-dial'
import { mistypedReading } from './mistyped-reading'
import { isInReadingWindow, periodCounted } from './reading-period'
import type { ReadingLevel, ReadingRule, ReadingVerdict } from './reading-verdict'

export { expectedReading, type ExpectedReading } from './expected-reading'
export { capacity, type Meter, type PastReading, type ReadingPolicy } from './meter-dial'
export { looksSwapped } from './mistyped-reading'
export { periodCounted } from './reading-period'
export { readingReasons, reasonsFor, unanswered, type ReadingReason } from './reading-reasons'
export { readingRules, type ReadingLevel, type ReadingRule, type ReadingVerdict } from './reading-verdict'
export { parseReadingText, type ParsedReading, type ReadingTextProblem } from './reading-text'

// Rules of domain.md 3.5–3.6 with the levels of lessons.md 1: at the desk nobody is turned away by a threshold, the operator confirms with a reason.
// The same function judges at the sheet (instant hint), in main (the decision) and in an import.

export type ReadingChannel = 'desk' | 'phone' | 'portal' | 'paper' | 'act' | 'import'
export interface ReadingToJudge {
  meter: Meter
  /** One value per zone, thousandths. */
  values: readonly number[]
  takenOn: LocalDate
  /** The server's day, never the workstation's. */
  today: LocalDate
  channel: ReadingChannel
  /** Readings of this meter that are not cancelled, in any order, later than takenOn too; initial values of the meter included. */
  history: readonly PastReading[]
  policy: ReadingPolicy
  /** The last period whose charges are made; null in an import of the past. */
  closedThrough: Period | null
  sealBroken?: boolean
  /** Acts of no access in a row without a control reading since. */
  noAccessActs?: number
  /** By default a reading by an act is a control reading. */
  isControl?: boolean
}

export interface ReadingJudgement {
  /** The blocking ones first. */
  verdicts: ReadingVerdict[]
  /** Per zone since the previous reading by date, over the turn of the dial, times the ratio; null when it cannot be told. */
  consumption: number[] | null
  /** The period whose bill takes this reading. */
  countsFor: Period
}

const VERIFICATION_SOON_DAYS = 60
const ZERO_PERIODS_TO_ASK = 3
const SILENT_MONTHS = 3
const ACTS_UNTIL_CONTROL = 2

/** A reading against everything known about its meter. */
export function judgeReading(reading: ReadingToJudge): ReadingJudgement {
  const { meter, values, takenOn, policy, closedThrough } = reading
  const countsFor = periodCounted(takenOn, policy, closedThrough)
  const misshapen = judgeValues(meter, values)
  const circumstances = judgeCircumstances(reading, countsFor)
  if (misshapen.length > 0) return { verdicts: byLevel([...misshapen, ...circumstances]), consumption: null, countsFor }

  const readings = readingsByDate(meter, reading.history)
  const around = [...judgeRepetition(reading, readings, countsFor), ...judgeNext(reading, readings)]
  const previous = readings.filter((past) => past.takenOn < takenOn || (past.takenOn === takenOn && past.isControl && !isControl(reading))).at(-1)
  if (!previous) {
    return { verdicts: byLevel([...circumstances, ...around, { rule: 'firstReading', level: 'inform', details: {} }]), consumption: null, countsFor }
  }
  const steps = values.map((value, zone) => stepOnDial(reading, previous, value, zone))
  const dials = steps.flatMap((step) => judgeDial(reading, readings, previous, step))
  const consumption = steps.flatMap(({ used }) => (used === null ? [] : [used]))
  return {
    verdicts: byLevel([...circumstances, ...dials, ...judgeMeter(reading, readings, previous, steps), ...around]),
    consumption: consumption.length === steps.length ? consumption : null,
    countsFor,
  }
}

function judgeValues(meter: Meter, values: readonly number[]): ReadingVerdict[] {
  if (values.length !== meter.zones) return [{ rule: 'zonesMissing', level: 'block', details: { zones: meter.zones, given: values.length } }]
  return values.flatMap((value, zone): ReadingVerdict[] => {
    if (!Number.isSafeInteger(value) || value < 0) return [{ rule: 'invalidValue', level: 'block', zone, details: {} }]
    if (value >= capacity(meter)) return [{ rule: 'exceedsCapacity', level: 'block', zone, details: { digits: meter.digits } }]
    return value % dialStep(meter) === 0 ? [] : [{ rule: 'tooManyDecimals', level: 'block', zone, details: { decimals: meter.decimals } }]
  })
}

/** What does not depend on other readings. */
function judgeCircumstances(reading: ReadingToJudge, countsFor: Period): ReadingVerdict[] {
  const { meter, takenOn, today, channel, policy, closedThrough, sealBroken = false, noAccessActs = 0 } = reading
  const verdicts: ReadingVerdict[] = []
  const judge = (rule: ReadingRule, level: ReadingLevel, details: ReadingVerdict['details'] = {}) => verdicts.push({ rule, level, details })

  if (takenOn > today) judge('dateInFuture', 'block', { today })
  if (meter.installedOn && takenOn < meter.installedOn) judge('beforeInstallation', 'block', { installedOn: meter.installedOn })
  // The final reading is taken on the day of removal itself.
  if (meter.removedOn && takenOn > meter.removedOn) judge('meterRemoved', 'block', { removedOn: meter.removedOn })
  if (closedThrough && countsFor <= closedThrough) judge('periodClosed', 'block', { period: countsFor, closedThrough })
  if (!isControl(reading)) {
    // What an automatic meter sent comes in registers.
    if (meter.isAutomatic && channel !== 'import') judge('automaticMeter', 'block')
    if (sealBroken) judge('sealBroken', 'block')
    if (noAccessActs >= ACTS_UNTIL_CONTROL) judge('controlReadingRequired', 'block', { acts: noAccessActs })
  }
  if (meter.verifiedUntil) {
    const days = daysBetween(takenOn, meter.verifiedUntil)
    const { verifiedUntil } = meter
    if (days < 0) judge('verificationExpired', channel === 'portal' ? 'block' : policy.expiredVerification, { verifiedUntil })
    else if (days <= VERIFICATION_SOON_DAYS) judge('verificationEndsSoon', 'inform', { verifiedUntil, days })
  }
  if (!isInReadingWindow(takenOn, policy)) judge('outsideWindow', 'inform', { fromDay: policy.windowFromDay, toDay: policy.windowToDay, period: countsFor })
  return verdicts
}

interface DialStep {
  zone: number
  value: number
  before: number
  days: number
  /** Thousandths of consumption; null when the dial went back and did not turn over. */
  used: number | null
}

function stepOnDial({ meter, policy, takenOn }: ReadingToJudge, previous: PastReading, value: number, zone: number): DialStep {
  const before = previous.values[zone] ?? 0
  const days = daysBetween(previous.takenOn, takenOn)
  const difference = differenceOnDial(meter, policy, before, value, days)
  return { zone, value, before, days, used: difference === null ? null : Math.round(difference * meter.ratio) }
}

function judgeDial(reading: ReadingToJudge, readings: readonly PastReading[], previous: PastReading, step: DialStep): ReadingVerdict[] {
  const { meter, policy, takenOn, channel } = reading
  const { zone, value, before, days, used } = step
  const dial: DialPast = { meter, policy, readings, zone }
  const since = { previous: before, previousOn: previous.takenOn }
  if (used === null) {
    const control = lastControl(dial, takenOn)
    if (control && value < (control.values[zone] ?? 0) && !isControl(reading)) {
      return [{ rule: 'belowControl', level: 'block', zone, details: { control: control.values[zone] ?? 0, controlOn: control.takenOn } }]
    }
    return [{ rule: 'belowPrevious', level: confirmable(channel), zone, details: since }, ...judgeTyping(reading, step)]
  }
  const verdicts: ReadingVerdict[] = value < before ? [{ rule: 'rollover', level: 'warn', zone, details: { ...since, consumption: used } }] : []
  const usual = usualDifference(dial, previous.takenOn, takenOn)
  const highest = highestUsual(dial, previous.takenOn, takenOn)
  if (usual === null || highest === null) return verdicts
  const details = { ...since, consumption: used, usual: Math.round(usual * meter.ratio), days }
  if (used > highest) return [...verdicts, { rule: 'aboveUsual', level: 'warn', zone, details }, ...judgeTyping(reading, step)]
  return used > 0 && used * policy.averageFactor * 2 < details.usual ? [...verdicts, { rule: 'belowUsual', level: 'inform', zone, details }] : verdicts
}

/** Asked about values that are odd already: a number that fits needs no second look. */
function judgeTyping(reading: ReadingToJudge, { zone, value }: DialStep): ReadingVerdict[] {
  const expected = expectedReading(reading)[zone]
  const mistyped = expected ? mistypedReading(reading.meter, expected, value) : null
  return mistyped ? [{ rule: 'looksMistyped', level: 'warn', zone, details: { ...mistyped } }] : []
}

/** The absolute cap, no consumption and a long silence concern the meter, not one dial. */
function judgeMeter(reading: ReadingToJudge, readings: readonly PastReading[], previous: PastReading, steps: readonly DialStep[]): ReadingVerdict[] {
  const { meter, policy, takenOn, channel } = reading
  const verdicts: ReadingVerdict[] = []
  const days = daysBetween(previous.takenOn, takenOn)
  const since = { previousOn: previous.takenOn, days }
  const consumption = steps.reduce((sum, { used }) => sum + (used ?? 0), 0)
  const maximum = mostPossible(meter, policy, days)
  if (consumption > maximum) verdicts.push({ rule: 'aboveMaximum', level: confirmable(channel), details: { ...since, consumption, maximum } })
  if (addMonths(previous.takenOn, SILENT_MONTHS) < takenOn && !isControl(reading)) verdicts.push({ rule: 'longSilence', level: 'warn', details: since })

  const idle = steps.filter(({ used }) => used === 0)
  if (idle.length < steps.length) return [...verdicts, ...idle.map(({ zone }): ReadingVerdict => ({ rule: 'zeroConsumption', level: 'inform', zone, details: since }))]
  const periods = periodsWithoutConsumption(readings, previous) + 1
  // Nobody heats in summer: heat without consumption is never odd.
  const isAsked = periods >= ZERO_PERIODS_TO_ASK && meter.service !== 'heat'
  return [...verdicts, { rule: isAsked ? 'zeroConsumptionRepeated' : 'zeroConsumption', level: isAsked ? 'warn' : 'inform', details: { ...since, periods } }]
}

/** Another reading of the same bill, or of the same day, is there already. */
function judgeRepetition(reading: ReadingToJudge, readings: readonly PastReading[], countsFor: Period): ReadingVerdict[] {
  const { meter, values, takenOn, policy, closedThrough } = reading
  // Initial values of a meter are nobody's submission.
  const isSubmitted = (past: PastReading) => meter.installedOn === null || past.takenOn > meter.installedOn
  const other = readings.filter((past) => isSubmitted(past) && (past.takenOn === takenOn || periodCounted(past.takenOn, policy, closedThrough) === countsFor)).at(-1)
  if (!other || isControl(reading)) return []
  const isSame = values.every((value, zone) => value === other.values[zone])
  const details = { takenOn: other.takenOn, period: countsFor, value: other.values[0] ?? 0 }
  return [{ rule: isSame ? 'sameAsAccepted' : 'secondInPeriod', level: isSame ? 'inform' : 'warn', details }]
}

/** A backdated reading must also lie below the one after it. */
function judgeNext({ meter, policy, values, takenOn, channel }: ReadingToJudge, readings: readonly PastReading[]): ReadingVerdict[] {
  const next = readings.find((past) => past.takenOn > takenOn)
  if (!next) return []
  return values.flatMap((value, zone): ReadingVerdict[] => {
    const after = next.values[zone] ?? 0
    if (value <= after) return []
    const details = { next: after, nextOn: next.takenOn }
    const turned = differenceOnDial(meter, policy, value, after, daysBetween(takenOn, next.takenOn))
    return turned === null
      ? [{ rule: 'aboveNext', level: confirmable(channel), zone, details }]
      : [{ rule: 'rollover', level: 'warn', zone, details: { ...details, consumption: Math.round(turned * meter.ratio) } }]
  })
}

/** The latest control reading, when the dial has only gone forward since: below it is not a matter of opinion. */
function lastControl({ readings, zone }: DialPast, takenOn: LocalDate): PastReading | null {
  const before = readings.filter((past) => past.takenOn <= takenOn)
  const index = before.map((past) => past.isControl).lastIndexOf(true)
  const since = before.slice(index).map((past) => past.values[zone] ?? 0)
  return since.every((value, position) => position === 0 || value >= (since[position - 1] ?? 0)) ? (before[index] ?? null) : null
}

function periodsWithoutConsumption(readings: readonly PastReading[], previous: PastReading): number {
  const latestFirst = readings.filter((past) => past.takenOn <= previous.takenOn).reverse()
  const changed = latestFirst.findIndex((past) => past.values.some((value, zone) => value !== previous.values[zone]))
  const same = changed < 0 ? latestFirst : latestFirst.slice(0, changed)
  return new Set(same.map((past) => periodOf(past.takenOn))).size - 1
}

function isControl(reading: ReadingToJudge): boolean {
  return reading.isControl ?? reading.channel === 'act'
}

/** A portal has no operator who could confirm, so it refuses what the desk asks about. */
function confirmable(channel: ReadingChannel): ReadingLevel {
  return channel === 'portal' ? 'block' : 'warn'
}

function byLevel(verdicts: readonly ReadingVerdict[]): ReadingVerdict[] {
  const order: Record<ReadingLevel, number> = { block: 0, warn: 1, inform: 2 }
  return [...verdicts].sort((left, right) => order[left.level] - order[right.level])
}
