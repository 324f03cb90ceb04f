import { type LocalDate, addDays, addMonths, daysBetween } from './dates'
import { type Meter, type PastReading, type ReadingPolicy, capacity, dialStep, differenceOnDial, mostPossible, readingsByDate } from './meter-dial'

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

/** More than this share of the absolute cap above the usual is odd even for those who use next to nothing. */
const SHARE_OF_CAP = 0.02
/** A few days say little: somebody may have washed everything on Sunday. */
const FEWEST_DAYS = 15
const DAYS_OF_AVERAGE = 366
const EPOCH: LocalDate = '1970-01-01'

/**
 * What each dial probably shows on a day, to be seen before typing: from half to twice the usual consumption since the previous reading.
 * Null for a dial without two readings to compare.
 */
export function expectedReading(
  { meter, takenOn, history, policy }: { meter: Meter; takenOn: LocalDate; history: readonly PastReading[]; policy: ReadingPolicy },
): (ExpectedReading | null)[] {
  const readings = readingsByDate(meter, history)
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
  const days = Math.max(1, daysBetween(from, to))
  const forDays = Math.max(usual, lastYearDifference(dial, from, to) ?? 0) * Math.max(1, FEWEST_DAYS / days)
  const base = forDays * meter.ratio
  return Math.max(base * policy.averageFactor, base + mostPossible(meter, policy, days) * SHARE_OF_CAP)
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
  const path = pathOf(dial)
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
