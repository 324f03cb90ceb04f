import { dayOf } from '@renderer/text-of'
import type { CardVisit, TimelineEntry } from '@shared/contract/desk'

/** Entries of one visit, or of one day for what was done without one. */
export interface TimelineVisit {
  key: string
  visitId: number | null
  /** Null for a visit older than those on the card, and for what was done without one. */
  visit: CardVisit | null
  /** The office's day of the newest entry. */
  day: string
  entries: TimelineEntry[]
}

/** Newest first, as the entries are. A visit of which others' actions lie in between stays one. */
export function groupByVisit(entries: readonly TimelineEntry[], visits: readonly CardVisit[], timeZone?: string): TimelineVisit[] {
  const groups = new Map<string, TimelineVisit>()
  for (const entry of entries) {
    const day = dayOf(entry.at, timeZone)
    const key = entry.visitId === null ? `day ${day}` : `visit ${entry.visitId}`
    const group = groups.get(key)
    if (group) group.entries.push(entry)
    else groups.set(key, { key, visitId: entry.visitId, visit: visits.find(({ id }) => id === entry.visitId) ?? null, day, entries: [entry] })
  }
  return [...groups.values()]
}

/** The card's own entries with earlier ones that were asked for: each once, as the card knows it now, newest first. */
export function mergedEntries(card: readonly TimelineEntry[], earlier: readonly TimelineEntry[]): TimelineEntry[] {
  const known = new Set(card.map(({ operationId }) => operationId))
  return [...card, ...earlier.filter(({ operationId }) => !known.has(operationId))].sort((left, right) => Date.parse(right.at) - Date.parse(left.at))
}

/** Whole minutes a visit took, at least one; null while it goes on. */
export function minutesOf({ openedAt, closedAt }: CardVisit): number | null {
  return closedAt === null ? null : Math.max(1, Math.round((Date.parse(closedAt) - Date.parse(openedAt)) / 60_000))
}
