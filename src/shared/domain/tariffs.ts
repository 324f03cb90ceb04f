import type { LocalDate } from './dates'
import type { Tariff } from './provider-profile'

/** Prices of one service, plan and zone on a day. One of the two at least is there. */
export interface PriceOnDay {
  now: Tariff | null
  /** Decided already, not in force yet. */
  next: Tariff | null
}

/** What each service, plan and zone costs on a day, in the order of the list; what a later price has replaced is left out. */
export function tariffsOn(tariffs: readonly Tariff[], day: LocalDate): PriceOnDay[] {
  const groups = new Map<string, Tariff[]>()
  for (const one of tariffs) {
    const key = JSON.stringify([one.service, one.name, one.zone])
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return [...groups.values()].map((group) => {
    const sorted = [...group].sort((left, right) => (left.since < right.since ? -1 : 1))
    return { now: sorted.findLast(({ since }) => since <= day) ?? null, next: sorted.find(({ since }) => since > day) ?? null }
  })
}
