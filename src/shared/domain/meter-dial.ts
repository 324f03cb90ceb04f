import { type LocalDate, daysBetween } from './dates'
import type { MeteredService, ProviderProfile } from './provider-profile'

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
}

export interface PastReading {
  takenOn: LocalDate
  /** One value per zone. */
  values: readonly number[]
  /** Taken by the provider with an act. */
  isControl: boolean
}

export type ReadingPolicy = ProviderProfile['readings']

/** A dial must have stood in its last tenth before a lower value may mean a turn. */
const ROLLOVER_FROM = 0.9

/** The number at which a dial turns over, in thousandths. */
export function capacity(meter: Pick<Meter, 'digits'>): number {
  return 10 ** meter.digits * 1000
}

/** The least difference a dial can show, in thousandths. */
export function dialStep(meter: Pick<Meter, 'decimals'>): number {
  return 10 ** (3 - meter.decimals)
}

/** The provider's cap per 30 days, for the days that passed (at least a month), in thousandths of consumption. */
export function mostPossible(meter: Pick<Meter, 'service'>, policy: Pick<ReadingPolicy, 'maxMonthly'>, days: number): number {
  return Math.round((policy.maxMonthly[meter.service] * Math.max(30, days)) / 30)
}

/**
 * How far a dial went, before the ratio: forward, or over the turn (after + 10^digits − before: 9999 to 0 is 1)
 * when it stood in its last tenth and so much is possible at all. Null when it went back.
 */
export function differenceOnDial(meter: Meter, policy: Pick<ReadingPolicy, 'maxMonthly'>, before: number, after: number, days: number): number | null {
  if (after >= before) return after - before
  const turned = after + capacity(meter) - before
  return before >= capacity(meter) * ROLLOVER_FROM && turned * meter.ratio <= mostPossible(meter, policy, days) ? turned : null
}

/** Readings of this meter by date, a control reading after the others of its day; those with another number of zones are left out. */
export function readingsByDate(meter: Pick<Meter, 'zones'>, history: readonly PastReading[]): PastReading[] {
  return history
    .filter((past) => past.values.length === meter.zones)
    .sort((left, right) => daysBetween(right.takenOn, left.takenOn) || Number(left.isControl) - Number(right.isControl))
}
