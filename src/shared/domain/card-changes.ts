/** One value of a record that differs; a list is one value. */
export interface CardChange {
  /** «profile.password.length» */
  path: string
  /** undefined: there was none. */
  before: unknown
  after: unknown
}

/**
 * What differs between two states of a record of plain JSON, leaf by leaf, in the order of the newer one. Lists are compared whole: a step
 * that was put between two others is one change, not a change of every step behind it.
 */
export function cardChanges(before: unknown, after: unknown, path = ''): CardChange[] {
  if (!isRecord(before) || !isRecord(after)) return isSame(before, after) ? [] : [{ path, before, after }]
  const keys = [...new Set([...Object.keys(after), ...Object.keys(before)])]
  return keys.flatMap((key) => cardChanges(before[key], after[key], path ? `${path}.${key}` : key))
}

/** The newer state of somebody else with one's own changes on top: what both changed is as here, and named. */
export function mergedCard<Card extends object>(base: Card, mine: Card, theirs: Card): { card: Card; both: string[] } {
  const own = cardChanges(base, mine)
  const other = new Map(cardChanges(base, theirs).map(({ path, after }) => [path, after]))
  const card = JSON.parse(JSON.stringify(theirs)) as Card
  for (const { path, after } of own) setAt(card, path, after)
  return { card, both: own.filter(({ path, after }) => other.has(path) && !isSame(other.get(path), after)).map(({ path }) => path) }
}

/** The value at a path of keys and indexes; undefined where there is none. */
export function valueAt(record: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined), record)
}

/** Puts a value at a path of keys and indexes; what is missing on the way is made, undefined takes the key away. */
export function setAt(record: object, path: string, value: unknown): void {
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  let at = record as Record<string, unknown>
  for (const key of keys) {
    if (typeof at[key] !== 'object' || at[key] === null) at[key] = {}
    at = at[key] as Record<string, unknown>
  }
  if (value === undefined) delete at[last]
  else at[last] = value
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Equal as JSON whatever the order of keys: jsonb keeps its own. */
function isSame(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) return left.length === right.length && left.every((one, index) => isSame(one, right[index]))
  if (isRecord(left) && isRecord(right)) {
    const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])]
    return keys.every((key) => isSame(left[key], right[key]))
  }
  return left === right
}
