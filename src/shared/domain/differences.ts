import { z } from 'zod'

/**
 * One thing that differs between two states of a record, small enough to be read aloud: a value, a line of a text, a row of a list.
 * changed: `before` and `after`; added and removed: a line or a whole row; moved: the same lines or rows in another order, and nothing else is known of it.
 */
export const difference = z.object({
  kind: z.enum(['changed', 'added', 'removed', 'moved']),
  /** Without the row: «profile.readings.windows.fromDay». */
  path: z.string(),
  /** The row of a list it is in, as it is now, or was when it is removed; null: in no list. */
  row: z.record(z.string(), z.unknown()).nullable(),
  /** Left out where there is none. */
  before: z.unknown().optional(),
  after: z.unknown().optional(),
})
export type Difference = z.infer<typeof difference>
type Row = Record<string, unknown>

/** What a row of a list is known by, whatever stands where: a service by its code, a window by its service. */
const rowKeys: Record<string, readonly string[]> = {
  services: ['code'],
  phones: ['label'],
  windows: ['service'],
  rules: ['rule', 'service', 'meterType'],
  penaltyRates: ['since'],
  tariffs: ['service', 'name', 'zone', 'since'],
}

/** Lines compared one with another; longer texts and lists are one change. */
const MOST_LINES = 300

/**
 * What differs between two states of plain JSON, in the order of the newer one. Lists of rows are compared row by row, lists of words and texts of several lines line by
 * line: a step put between two others is one difference. What says nothing (null, a missing key, an object of such) is the same as nothing: nobody sees them differ.
 */
export function differencesOf(before: unknown, after: unknown, path = '', row: Row | null = null): Difference[] {
  if (isSame(before, after)) return []
  if (isRow(before) && isRow(after)) return [...new Set([...Object.keys(after), ...Object.keys(before)])].flatMap((key) => differencesOf(own(before, key), own(after, key), path ? `${path}.${key}` : key, row))
  // A list that was not there has had no rows; one that is there and empty says more than none.
  const was = before == null && Array.isArray(after) && after.length > 0 ? [] : before
  const is = after == null && Array.isArray(before) && before.length > 0 ? [] : after
  if (Array.isArray(was) && Array.isArray(is)) {
    const key = rowKeys[path.slice(path.lastIndexOf('.') + 1)]
    if (key && [...was, ...is].every(isRow)) return rowDifferences(was as Row[], is as Row[], path, key)
    if ([...was, ...is].every((one) => typeof one === 'string') && was.length + is.length <= MOST_LINES) return lineDifferences(was as string[], is as string[], path, row)
  }
  if (typeof was === 'string' && typeof is === 'string' && /\n/.test(was + is)) {
    const [old, now] = [was.split('\n'), is.split('\n')]
    if (old.length + now.length <= MOST_LINES) return lineDifferences(old, now, path, row)
  }
  // What was made or taken away whole is told value by value.
  if (isRow(before) && after == null) return differencesOf(before, {}, path, row)
  if (isRow(after) && before == null) return differencesOf({}, after, path, row)
  return [{ kind: 'changed', path, row, ...(before == null ? {} : { before }), ...(after == null ? {} : { after }) }]
}

function rowDifferences(before: Row[], after: Row[], path: string, key: readonly string[]): Difference[] {
  const olds = named(before, key)
  const news = named(after, key)
  const inside = [...news].flatMap(([name, row]): Difference[] => {
    const old = olds.get(name)
    return old ? differencesOf(old, row, path, row) : [{ kind: 'added', path, row, after: row }]
  })
  const removed = [...olds].flatMap(([name, row]): Difference[] => (news.has(name) ? [] : [{ kind: 'removed', path, row, before: row }]))
  const order = (rows: Map<string, Row>, others: Map<string, Row>) => [...rows.keys()].filter((name) => others.has(name)).join('\n')
  return [...inside, ...removed, ...(order(olds, news) === order(news, olds) ? [] : [{ kind: 'moved' as const, path, row: null }])]
}

/** Rows by what they are known by; of those that are known by the same, the second is another row. */
function named(rows: Row[], key: readonly string[]): Map<string, Row> {
  const found = new Map<string, Row>()
  for (const row of rows) {
    const name = JSON.stringify(key.map((part) => row[part] ?? null))
    let again = 0
    while (found.has(`${name} ${again}`)) again++
    found.set(`${name} ${again}`, row)
  }
  return found
}

function lineDifferences(before: string[], after: string[], path: string, row: Row | null): Difference[] {
  const kept = commonLines(before, after)
  const removed = before.filter((_, index) => !kept.before.has(index))
  const added = after.filter((_, index) => !kept.after.has(index))
  if (removed.length === added.length && [...removed].sort().join('\n') === [...added].sort().join('\n')) return [{ kind: 'moved', path, row }]
  return [
    ...removed.map((line): Difference => ({ kind: 'removed', path, row, before: line })),
    ...added.map((line): Difference => ({ kind: 'added', path, row, after: line })),
  ]
}

/** Indexes of the longest common sequence of lines. */
function commonLines(before: string[], after: string[]): { before: Set<number>; after: Set<number> } {
  const lengths = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0))
  const at = (i: number, j: number) => lengths[i]?.[j] ?? 0
  for (let i = before.length - 1; i >= 0; i--) {
    const line = lengths[i]
    if (!line) continue
    for (let j = after.length - 1; j >= 0; j--) line[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  }
  const kept = { before: new Set<number>(), after: new Set<number>() }
  for (let i = 0, j = 0; i < before.length && j < after.length; ) {
    if (before[i] === after[j]) {
      kept.before.add(i++)
      kept.after.add(j++)
    } else if (at(i + 1, j) >= at(i, j + 1)) i++
    else j++
  }
  return kept
}

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)
const own = (row: Row, key: string): unknown => (Object.hasOwn(row, key) ? row[key] : undefined)

/** Equal as JSON whatever the order of keys; what says nothing is the same as nothing. An empty list says that there is none. */
export function isSame(left: unknown, right: unknown): boolean {
  if (saysNothing(left) || saysNothing(right)) return saysNothing(left) && saysNothing(right)
  if (Array.isArray(left) && Array.isArray(right)) return left.length === right.length && left.every((one, index) => isSame(one, right[index]))
  if (isRow(left) && isRow(right)) return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => isSame(own(left, key), own(right, key)))
  return left === right
}

const saysNothing = (value: unknown): boolean => value == null || (isRow(value) && Object.values(value).every(saysNothing))
