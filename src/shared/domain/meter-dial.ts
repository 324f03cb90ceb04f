import { type LocalDate, daysBetween } from './dates'
import type { MeteredService, ReadingPolicy } from './provider-profile'
import { meterTypeOf, ruleSettings } from './reading-rule-book'

// All values of dials are integer thousandths of the meter's unit: 5,533 м³ is 5533.

export interface Meter {
  service: MeteredService
  /** Digits before the point: the dial turns over at 10^digits. */
  digits: number
  /** Digits after the point on the dial, 0–3. */
  decimals: number
  /** 1–3 dials: T1, T2, T3. */
  zones: number
  /** Transformation ratio: consumption is the difference times this. */
  ratio: number
  installedOn: LocalDate | null
  removedOn: LocalDate | null
  verifiedUntil: LocalDate | null
  isAutomatic: boolean
  /** Absent means yes: a meter put in before its seal is not read. */
  isCommissioned?: boolean
  /** The day its seal was found broken; null or absent: it is whole. */
  sealBrokenOn?: LocalDate | null
}

export interface PastReading {
  takenOn: LocalDate
  /** One value per zone. */
  values: readonly number[]
  /** Taken by the provider with an act. */
  isControl: boolean
  /** A supervisor has ordered a control reading because of it. */
  isDisputed?: boolean
}

export type { ReadingPolicy } from './provider-profile'

/** The number at which a dial turns over, in thousandths. */
export function capacity(meter: Pick<Meter, 'digits'>): number {
  return 10 ** meter.digits * 1000
}

/** The least difference a dial can show, in thousandths. */
export function dialStep(meter: Pick<Meter, 'decimals'>): number {
  return 10 ** (3 - meter.decimals)
}

/** Settings of all rules for a meter under a policy. */
export function settingsOf(meter: Pick<Meter, 'service' | 'zones' | 'isAutomatic'>, policy: ReadingPolicy) {
  return ruleSettings(policy, meter.service, meterTypeOf(meter))
}

/** The provider's cap per 30 days, for the days that passed (at least a month), in thousandths of consumption. */
export function mostPossible(meter: Pick<Meter, 'service' | 'zones' | 'isAutomatic'>, policy: ReadingPolicy, days: number): number {
  return Math.floor(((settingsOf(meter, policy).aboveMaximum.thresholds['monthly'] ?? 0) * Math.max(30, days)) / 30 + 0.5)
}

/**
 * How far a dial went, before the ratio: forward, or over the turn (after + 10^digits − before: 9999 to 0 is 1)
 * when it stood in its last tenth and so much is possible at all. Null when it went back.
 */
export function differenceOnDial(meter: Meter, policy: ReadingPolicy, before: number, after: number, days: number): number | null {
  if (after >= before) return after - before
  const turned = after + capacity(meter) - before
  const from = settingsOf(meter, policy).rollover.thresholds['from'] ?? 0
  return before >= capacity(meter) * from && turned * meter.ratio <= mostPossible(meter, policy, days) ? turned : null
}

/** Readings of this meter by date, a control reading after the others of its day; those with another number of zones are left out. */
export function readingsByDate(meter: Pick<Meter, 'zones'>, history: readonly PastReading[]): PastReading[] {
  return history
    .filter((past) => past.values.length === meter.zones)
    .sort((left, right) => daysBetween(right.takenOn, left.takenOn) || Number(left.isControl) - Number(right.isControl))
}
