import { type LocalDate, addDays, addMonths, daysBetween } from './dates'
import { type Meter, type PastReading, type ReadingPolicy, capacity, dialStep, differenceOnDial, mostPossible, readingsByDate, settingsOf } from './meter-dial'

export interface ExpectedReading {
  /** Values of a dial in thousandths; a range over the turn of the dial has low above high. */
  low: number
  expected: number
  high: number
  previous: number
  previousOn: LocalDate
}

/** One dial with its past, oldest first. */
export interface DialPast {
  meter: Meter
  policy: ReadingPolicy
  readings: readonly PastReading[]
  zone: number
}

const DAYS_OF_AVERAGE = 366
/** A year, a quarter and a little: what the rules look at. Older readings only say what the dial showed last. */
const MONTHS_LOOKED_AT = 15
const EPOCH: LocalDate = '1970-01-01'

/**
 * What each dial probably shows on a day, to be seen before typing: from half to twice the usual consumption since the previous reading.
 * Null for a dial without two readings to compare.
 */
export function expectedReading(
  { meter, takenOn, history, policy }: { meter: Meter; takenOn: LocalDate; history: readonly PastReading[]; policy: ReadingPolicy },
): (ExpectedReading | null)[] {
  const readings = readingsLookedAt(meter, history, takenOn)
  const previous = readings.filter((past) => past.takenOn < takenOn).at(-1)
  return Array.from({ length: meter.zones }, (_, zone) => {
    const before = previous?.values[zone]
    if (!previous || before === undefined) return null
    const usual = usualDifference({ meter, policy, readings, zone }, previous.takenOn, takenOn)
    if (usual === null) return null
    const shown = (difference: number, round: (value: number) => number) => (round((before + difference) / dialStep(meter)) * dialStep(meter)) % capacity(meter)
    return {
      low: shown(usual / 2, Math.floor), expected: shown(usual, Math.round), high: shown(usual * 2, Math.ceil), previous: before, previousOn: previous.takenOn,
    }
  })
}

/** Readings by date the rules look at on a day: those of the last 15 months, or the latest one before when there is none of them. */
export function readingsLookedAt(meter: Pick<Meter, 'zones'>, history: readonly PastReading[], takenOn: LocalDate): PastReading[] {
  const readings = readingsByDate(meter, history)
  const since = addMonths(takenOn, -MONTHS_LOOKED_AT)
  const recent = readings.filter((past) => past.takenOn >= since)
  if (recent.some((past) => past.takenOn < takenOn)) return recent
  return [...readings.filter((past) => past.takenOn < since).slice(-1), ...recent]
}

/** Whether a value lies in the range, also over the turn of the dial. */
export function isExpected(meter: Meter, { previous, low, high }: ExpectedReading, value: number): boolean {
  const forward = (dial: number) => (dial - previous + capacity(meter)) % capacity(meter)
  return forward(value) >= forward(low) && forward(value) <= forward(high)
}

/**
 * The usual difference on a dial between two days: own consumption per day of the year before. Heat is seasonal,
 * so it looks at the same days of last year first. Null when the past tells nothing.
 */
export function usualDifference(dial: DialPast, from: LocalDate, to: LocalDate): number | null {
  const average = averageDifference(dial, from, to)
  return dial.meter.service === 'heat' ? (lastYearDifference(dial, from, to) ?? average) : average
}

/** The consumption above which an operator is asked: the usual, or that of the same days last year if more, times the provider's factor. */
export function highestUsual(dial: DialPast, from: LocalDate, to: LocalDate): number | null {
  const usual = usualDifference(dial, from, to)
  if (usual === null) return null
  const { meter, policy } = dial
  const { factor = 1, shareOfCap = 0, fewestDays = 1 } = settingsOf(meter, policy).aboveUsual.thresholds
  const days = Math.max(1, daysBetween(from, to))
  // A few days say little: somebody may have washed everything on Sunday.
  const forDays = Math.max(usual, lastYearDifference(dial, from, to) ?? 0) * Math.max(1, fewestDays / days)
  const base = forDays * meter.ratio
  // A small share of the cap is never odd: those who use next to nothing must not be asked about a single cubic metre.
  return Math.max(base * factor, base + mostPossible(meter, policy, days) * shareOfCap)
}

function averageDifference(dial: DialPast, from: LocalDate, to: LocalDate): number | null {
  const since = addDays(from, -DAYS_OF_AVERAGE)
  const path = pathOf({ ...dial, readings: dial.readings.filter((past) => past.takenOn >= since && past.takenOn <= from) })
  const first = path[0]
  const last = path.at(-1)
  if (!first || !last || first.day === last.day) return null
  return ((last.total - first.total) / (last.day - first.day)) * Math.max(1, daysBetween(from, to))
}

function lastYearDifference(dial: DialPast, from: LocalDate, to: LocalDate): number | null {
  const path = pathOf({ ...dial, readings: dial.readings.filter((past) => past.takenOn <= from) })
  const start = totalOn(path, addMonths(from, -12))
  const end = totalOn(path, addMonths(to, -12))
  return start === null || end === null ? null : end - start
}

interface PathPoint {
  day: number
  /** Sum of differences since the first reading; steps back (a replaced dial, a wrong entry) add nothing. */
  total: number
}

function pathOf({ meter, policy, readings, zone }: DialPast): PathPoint[] {
  let total = 0
  return readings.map((past, index) => {
    const before = readings[index - 1]
    if (before) total += differenceOnDial(meter, policy, before.values[zone] ?? 0, past.values[zone] ?? 0, daysBetween(before.takenOn, past.takenOn)) ?? 0
    return { day: daysBetween(EPOCH, past.takenOn), total }
  })
}

/** Between two readings consumption is taken as even. Null outside the known days. */
function totalOn(path: readonly PathPoint[], date: LocalDate): number | null {
  const day = daysBetween(EPOCH, date)
  const index = path.findIndex((point) => point.day >= day)
  const after = path[index]
  if (!after) return null
  if (after.day === day) return after.total
  const before = path[index - 1]
  return before ? before.total + ((after.total - before.total) * (day - before.day)) / (after.day - before.day) : null
}
