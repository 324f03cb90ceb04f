import type { LocalDate } from './dates'
import { looksSwapped, type PastReading, type ReadingChannel, type ReadingPolicy, type ReadingToJudge, type Meter, type ReadingVerdict } from './reading-rules'

/** A meter of the sheet as both sides know it (contract readings.sheet). */
export interface MeterOnSheet extends Meter {
  id: number
  initial: readonly number[] | null
  history: readonly { takenOn: LocalDate; values: readonly number[]; channel: ReadingChannel; status: string }[]
}

const inForce = new Set(['entered', 'accepted', 'calculated'])

/** Readings a new one is compared with: those in force, and what the meter showed when it was installed. */
export function pastReadings({ history, initial, installedOn }: Pick<MeterOnSheet, 'history' | 'initial' | 'installedOn'>): PastReading[] {
  const past = history.filter(({ status }) => inForce.has(status)).map(({ takenOn, values, channel }) => ({ takenOn, values, isControl: channel === 'act' }))
  return initial && installedOn ? [...past, { takenOn: installedOn, values: initial, isControl: false }] : past
}

/** What reading-rules need to judge a value typed on the sheet. */
export function readingOnSheet(
  sheet: { policy: ReadingPolicy; closedThrough: string | null; today: LocalDate },
  meter: MeterOnSheet,
  entry: { values: readonly number[]; takenOn: LocalDate; channel: ReadingChannel },
): ReadingToJudge {
  return { meter, ...entry, today: sheet.today, history: pastReadings(meter), policy: sheet.policy, closedThrough: sheet.closedThrough }
}

/** Cold and hot water written into each other's place: each fits the other meter. Verdicts by meter id, to be added to the meters' own. */
export function swappedMeters(readings: ReadonlyMap<number, ReadingToJudge>): Map<number, ReadingVerdict> {
  const found = new Map<number, ReadingVerdict>()
  const entries = [...readings]
  for (const [coldId, cold] of entries) {
    if (cold.meter.service !== 'cold_water') continue
    for (const [hotId, hot] of entries) {
      if (hot.meter.service !== 'hot_water' || !looksSwapped(cold, hot)) continue
      for (const id of [coldId, hotId]) found.set(id, { rule: 'looksSwapped', level: 'warn', details: {} })
    }
  }
  return found
}
