import { type LocalDate, type Period, addMonths, daysBetween, periodOf } from './dates'
import { type DialPast, expectedReading, highestUsual, readingsLookedAt, usualDifference } from './expected-reading'
import { type Meter, type PastReading, type ReadingPolicy, capacity, dialStep, differenceOnDial, mostPossible, settingsOf } from './meter-dial'
import { mistypedReading } from './mistyped-reading'
import { daysCounted, isInReadingWindow, naturalPeriod, periodCounted, windowOf } from './reading-period'
import type { RuleAudience } from './reading-rule-book'
import type { ReadingLevel, ReadingRule, ReadingVerdict } from './reading-verdict'

export { expectedReading, type ExpectedReading } from './expected-reading'
export { capacity, type Meter, type PastReading, type ReadingPolicy } from './meter-dial'
export { looksSwapped } from './mistyped-reading'
export { periodCounted, windowOf } from './reading-period'
export { readingReasons, reasonsFor, unanswered, type ReadingReason } from './reading-reasons'
export { readingRules, type ReadingLevel, type ReadingRule, type ReadingVerdict } from './reading-verdict'
export { parseReadingText, type ParsedReading, type ReadingTextProblem } from './reading-text'

// Rules of domain.md 3.5–3.6 with the levels of lessons.md 1: at the desk nobody is turned away by a threshold, the operator confirms with a reason.
// The same function gives the sheet its hints and a portal its answer; reading_judge of 0018-readings.sql decides by the same rules, and a test on thousands of
// random readings proves that both say the same. Levels, limits and words are data (reading-rule-book.ts).

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
  /** Found broken at a time that is not known; `meter.sealBrokenOn` tells the day. */
  sealBroken?: boolean
  /** Acts of no access in a row without a control reading since. */
  noAccessActs?: number
  /** By default a reading by an act is a control reading. */
  isControl?: boolean
  /** People living at the account; null or absent: unknown. */
  residents?: number | null
}

export interface ReadingJudgement {
  /** The blocking ones first. */
  verdicts: ReadingVerdict[]
  /** Per zone since the previous reading by date, over the turn of the dial, times the ratio; null when it cannot be told. */
  consumption: number[] | null
  /** The period whose bill takes this reading. */
  countsFor: Period
}

/** What a rule found, before its level is looked up. */
type Finding = Omit<ReadingVerdict, 'level'>

/** A reading against everything known about its meter. */
export function judgeReading(reading: ReadingToJudge): ReadingJudgement {
  const { meter, values, takenOn, policy, closedThrough } = reading
  const countsFor = periodCounted(takenOn, windowOf(policy, meter.service), closedThrough)
  const misshapen = judgeValues(meter, values)
  const circumstances = judgeCircumstances(reading, countsFor)
  if (misshapen.length > 0) return { verdicts: levelled(reading, [...misshapen, ...circumstances]), consumption: null, countsFor }

  const readings = readingsLookedAt(meter, reading.history, takenOn)
  const around = [...judgeRepetition(reading, readings), ...judgeNext(reading, readings)]
  const previous = readings.filter((past) => past.takenOn < takenOn).at(-1)
  if (!previous) {
    return { verdicts: levelled(reading, [...circumstances, ...around, { rule: 'firstReading', details: {} }]), consumption: null, countsFor }
  }
  const steps = values.map((value, zone) => stepOnDial(reading, previous, value, zone))
  const dials = steps.flatMap((step) => judgeDial(reading, readings, previous, step))
  const consumption = steps.flatMap(({ used }) => (used === null ? [] : [used]))
  return {
    verdicts: levelled(reading, [...circumstances, ...dials, ...judgeMeter(reading, readings, previous, steps), ...around]),
    consumption: consumption.length === steps.length ? consumption : null,
    countsFor,
  }
}

/** Gives findings their levels for who is asking; rules that are off say nothing. */
export function levelled({ meter, policy, channel }: Pick<ReadingToJudge, 'meter' | 'policy' | 'channel'>, findings: readonly Finding[]): ReadingVerdict[] {
  const settings = settingsOf(meter, policy)
  const audience: RuleAudience = channel === 'portal' ? 'portal' : channel === 'import' ? 'register' : 'desk'
  const verdicts = findings.flatMap((finding): ReadingVerdict[] => {
    const level = settings[finding.rule][audience]
    return level === 'off' ? [] : [{ rule: finding.rule, level, ...(finding.zone === undefined ? {} : { zone: finding.zone }), details: finding.details }]
  })
  const order: Record<ReadingLevel, number> = { block: 0, warn: 1, inform: 2 }
  return verdicts.sort((left, right) => order[left.level] - order[right.level])
}

/** Whether the dial can show these values at all. */
export function fitsDial(meter: Meter, values: readonly number[]): boolean {
  return judgeValues(meter, values).length === 0
}

function judgeValues(meter: Meter, values: readonly number[]): Finding[] {
  if (values.length !== meter.zones) return [{ rule: 'zonesMissing', details: { zones: meter.zones, given: values.length } }]
  return values.flatMap((value, zone): Finding[] => {
    if (!Number.isSafeInteger(value) || value < 0) return [{ rule: 'invalidValue', zone, details: {} }]
    if (value >= capacity(meter)) return [{ rule: 'exceedsCapacity', zone, details: { digits: meter.digits } }]
    return value % dialStep(meter) === 0 ? [] : [{ rule: 'tooManyDecimals', zone, details: { decimals: meter.decimals } }]
  })
}

/** What does not depend on other readings. */
function judgeCircumstances(reading: ReadingToJudge, countsFor: Period): Finding[] {
  const { meter, takenOn, today, policy, closedThrough, noAccessActs = 0 } = reading
  const settings = settingsOf(meter, policy)
  const window = windowOf(policy, meter.service)
  const findings: Finding[] = []
  const found = (rule: ReadingRule, details: ReadingVerdict['details'] = {}) => findings.push({ rule, details })

  if (takenOn > today) found('dateInFuture', { today })
  if (meter.installedOn && takenOn < meter.installedOn) found('beforeInstallation', { installedOn: meter.installedOn })
  // The final reading is taken on the day of removal itself.
  if (meter.removedOn && takenOn > meter.removedOn) found('meterRemoved', { removedOn: meter.removedOn })
  const natural = naturalPeriod(takenOn, window)
  if (closedThrough && natural <= closedThrough) found('periodClosed', { period: natural, closedThrough, countsFor })
  if (!isControl(reading)) {
    const broken = meter.sealBrokenOn ?? (reading.sealBroken ? takenOn : null)
    if (meter.isCommissioned === false) found('notCommissioned')
    if (meter.isAutomatic) found('automaticMeter')
    if (broken && takenOn >= broken) found('sealBroken', { sealBrokenOn: broken })
    if (noAccessActs >= limit(settings.controlReadingRequired, 'acts')) found('controlReadingRequired', { acts: noAccessActs })
  }
  if (meter.verifiedUntil) {
    const days = daysBetween(takenOn, meter.verifiedUntil)
    const { verifiedUntil } = meter
    if (days < 0) found('verificationExpired', { verifiedUntil })
    else if (days <= limit(settings.verificationEndsSoon, 'days')) found('verificationEndsSoon', { verifiedUntil, days })
  }
  if (!isInReadingWindow(takenOn, window)) found('outsideWindow', { fromDay: window.windowFromDay, toDay: window.windowToDay, period: countsFor })
  return findings
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

function judgeDial(reading: ReadingToJudge, readings: readonly PastReading[], previous: PastReading, step: DialStep): Finding[] {
  const { meter, policy, takenOn } = reading
  const { zone, value, before, days, used } = step
  const dial: DialPast = { meter, policy, readings, zone }
  const since = { previous: before, previousOn: previous.takenOn }
  if (used === null) {
    const control = lastControl(dial, takenOn)
    if (control && value < (control.values[zone] ?? 0) && !isControl(reading)) {
      return [{ rule: 'belowControl', zone, details: { control: control.values[zone] ?? 0, controlOn: control.takenOn } }]
    }
    return [{ rule: 'belowPrevious', zone, details: since }, ...judgeTyping(reading, step)]
  }
  const turned: Finding[] = value < before ? [{ rule: 'rollover', zone, details: { ...since, consumption: used } }] : []
  const usual = usualDifference(dial, previous.takenOn, takenOn)
  const highest = highestUsual(dial, previous.takenOn, takenOn)
  if (usual === null || highest === null) return turned
  const details = { ...since, consumption: used, usual: Math.round(usual * meter.ratio), days }
  if (used > highest) return [...turned, { rule: 'aboveUsual', zone, details }, ...judgeTyping(reading, step)]
  const factor = limit(settingsOf(meter, policy).belowUsual, 'factor')
  return used > 0 && used * factor < details.usual ? [...turned, { rule: 'belowUsual', zone, details }] : turned
}

/** Asked about values that are odd already: a number that fits needs no second look. */
function judgeTyping(reading: ReadingToJudge, { zone, value }: DialStep): Finding[] {
  const expected = expectedReading(reading)[zone]
  const mistyped = expected ? mistypedReading(reading.meter, expected, value) : null
  return mistyped ? [{ rule: 'looksMistyped', zone, details: { ...mistyped } }] : []
}

/** The caps, no consumption, a long silence and a doubted past concern the meter, not one dial. */
function judgeMeter(reading: ReadingToJudge, readings: readonly PastReading[], previous: PastReading, steps: readonly DialStep[]): Finding[] {
  const { meter, policy, takenOn, residents = null } = reading
  const settings = settingsOf(meter, policy)
  const findings: Finding[] = []
  const days = daysBetween(previous.takenOn, takenOn)
  const since = { previousOn: previous.takenOn, days }
  const consumption = steps.reduce((sum, { used }) => sum + (used ?? 0), 0)
  const maximum = mostPossible(meter, policy, days)
  if (consumption > maximum) findings.push({ rule: 'aboveMaximum', details: { ...since, consumption, maximum } })
  // A new meter, or one long silent, has no usual consumption of its own, and that of a dead meter is not its own.
  const isUnknown = usualDifference({ meter, policy, readings, zone: 0 }, previous.takenOn, takenOn) === null
  const perPerson = policy.normMonthly?.[meter.service] ?? 0
  if (isUnknown && perPerson > 0 && residents !== null && residents > 0) {
    const norm = Math.round((perPerson * residents * Math.max(30, days)) / 30)
    if (consumption > norm * limit(settings.aboveNorm, 'factor')) findings.push({ rule: 'aboveNorm', details: { ...since, consumption, norm } })
  }
  if (previous.isDisputed) findings.push({ rule: 'previousDisputed', details: since })
  if (addMonths(previous.takenOn, limit(settings.longSilence, 'months')) < takenOn && !isControl(reading)) findings.push({ rule: 'longSilence', details: since })

  const idle = steps.filter(({ used }) => used === 0)
  if (idle.length < steps.length) return [...findings, ...idle.map(({ zone }): Finding => ({ rule: 'zeroConsumption', zone, details: since }))]
  const periods = periodsWithoutConsumption(readings, previous) + 1
  // Nobody heats in summer: of heat it is only told (`except` of the book).
  const isAsked = periods >= limit(settings.zeroConsumptionRepeated, 'periods') && settings.zeroConsumptionRepeated.desk !== 'off'
  return [...findings, { rule: isAsked ? 'zeroConsumptionRepeated' : 'zeroConsumption', details: { ...since, periods } }]
}

/** Another reading of the same bill, or of the same day, is there already. */
function judgeRepetition(reading: ReadingToJudge, readings: readonly PastReading[]): Finding[] {
  const { meter, values, takenOn, policy } = reading
  if (isControl(reading)) return []
  const window = windowOf(policy, meter.service)
  const period = naturalPeriod(takenOn, window)
  const { from, to } = daysCounted(period, window)
  // Initial values of a meter are nobody's submission.
  const other = readings.filter((past) => past.takenOn >= from && past.takenOn <= to && (meter.installedOn === null || past.takenOn > meter.installedOn)).at(-1)
  const control = readings.find((past) => past.takenOn === takenOn && past.isControl)
  const isSame = (past: PastReading) => values.every((value, zone) => value === past.values[zone])
  if (control && !isSame(control)) return [{ rule: 'controlSameDay', details: { value: control.values[0] ?? 0 } }]
  if (!other) return []
  return [{ rule: isSame(other) ? 'sameAsAccepted' : 'secondInPeriod', details: { takenOn: other.takenOn, period, value: other.values[0] ?? 0 } }]
}

/** A backdated reading must also lie below the one after it. */
function judgeNext({ meter, policy, values, takenOn }: ReadingToJudge, readings: readonly PastReading[]): Finding[] {
  const next = readings.find((past) => past.takenOn > takenOn)
  if (!next) return []
  return values.flatMap((value, zone): Finding[] => {
    const after = next.values[zone] ?? 0
    if (value <= after) return []
    const details = { next: after, nextOn: next.takenOn }
    const turned = differenceOnDial(meter, policy, value, after, daysBetween(takenOn, next.takenOn))
    return turned === null
      ? [{ rule: 'aboveNext', zone, details }]
      : [{ rule: 'rollover', zone, details: { ...details, consumption: Math.round(turned * meter.ratio) } }]
  })
}

/** The latest control reading, when the dial has only gone forward since: below it is not a matter of opinion. */
function lastControl({ readings, zone }: DialPast, takenOn: LocalDate): PastReading | null {
  const before = readings.filter((past) => past.takenOn < takenOn)
  const index = before.map((past) => past.isControl).lastIndexOf(true)
  if (index < 0) return null
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

function limit(setting: { thresholds: Record<string, number> }, name: string): number {
  return setting.thresholds[name] ?? 0
}
