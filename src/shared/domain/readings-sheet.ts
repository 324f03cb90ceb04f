import type { LocalDate } from './dates'
import {
  type Meter, type PastReading, type ReadingChannel, type ReadingJudgement, type ReadingPolicy, type ReadingToJudge, type ReadingVerdict, fitsDial, judgeReading, levelled, looksSwapped,
} from './reading-rules'

/** A meter of the sheet as both sides know it (contract readings.sheet). */
export interface MeterOnSheet extends Meter {
  id: number
  initial: readonly number[] | null
  /** Of a replaced meter it may go on with the rows of the one before, which say nothing about this dial. */
  history: readonly {
    takenOn: LocalDate; values: readonly number[]; channel: ReadingChannel; status: string; meterId?: number; isControl?: boolean; review?: string | null
  }[]
  noAccessActs?: number
}

const inForce = new Set(['entered', 'accepted', 'calculated'])

/** Readings a new one is compared with: those in force of this very meter, and what it showed when it was installed. */
export function pastReadings({ id, history, initial, installedOn }: Pick<MeterOnSheet, 'history' | 'initial' | 'installedOn'> & { id?: number }): PastReading[] {
  const past = history
    .filter(({ status, meterId }) => inForce.has(status) && (meterId === undefined || id === undefined || meterId === id))
    .map(({ takenOn, values, channel, isControl = channel === 'act', review }) => ({ takenOn, values, isControl, ...(review === 'controlOrdered' ? { isDisputed: true } : {}) }))
  const isKnown = initial && installedOn && !past.some(({ takenOn }) => takenOn === installedOn)
  return isKnown ? [...past, { takenOn: installedOn, values: initial, isControl: false }] : past
}

/** What reading-rules need to judge a value typed on the sheet. */
export function readingOnSheet(
  sheet: { policy: ReadingPolicy; closedThrough: string | null; today: LocalDate; residents?: number | null },
  meter: MeterOnSheet,
  entry: { values: readonly number[]; takenOn: LocalDate; channel: ReadingChannel },
): ReadingToJudge {
  return {
    meter, ...entry, today: sheet.today, history: pastReadings(meter), policy: sheet.policy, closedThrough: sheet.closedThrough,
    noAccessActs: meter.noAccessActs ?? 0, residents: sheet.residents ?? null,
  }
}

/** The readings of one account together: each by its own rules, and cold and hot water against each other. */
export function judgeSheet(readings: ReadonlyMap<number, ReadingToJudge>): Map<number, ReadingJudgement> {
  const swapped = swappedMeters(readings)
  return new Map([...readings].map(([id, reading]) => {
    const judgement = judgeReading(reading)
    const swap = swapped.get(id)
    const verdicts = swap ? levelled(reading, [...judgement.verdicts, swap]) : judgement.verdicts
    return [id, { ...judgement, verdicts }]
  }))
}

/** Cold and hot water written into each other's place: each fits the other meter. Verdicts by meter id, to be added to the meters' own. */
export function swappedMeters(readings: ReadonlyMap<number, ReadingToJudge>): Map<number, ReadingVerdict> {
  const found = new Map<number, ReadingVerdict>()
  const entries = [...readings].filter(([, { meter, values }]) => fitsDial(meter, values))
  for (const [coldId, cold] of entries) {
    if (cold.meter.service !== 'cold_water') continue
    for (const [hotId, hot] of entries) {
      if (hot.meter.service !== 'hot_water' || !looksSwapped(cold, hot)) continue
      for (const [id, reading] of [[coldId, cold], [hotId, hot]] as const) {
        const [verdict] = levelled(reading, [{ rule: 'looksSwapped', details: {} }])
        if (verdict) found.set(id, verdict)
      }
    }
  }
  return found
}
