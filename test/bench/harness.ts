/** Milliseconds of one kind of call, sorted out: `first` is the very first call, cold; the others are of the warm ones. */
export interface Figures {
  count: number
  first: number
  p50: number
  p95: number
  p99: number
}

/** The value that `part` (0 to 1) of the values do not exceed: nearest rank. NaN of no values. */
export function percentile(sorted: ArrayLike<number>, part: number): number {
  const rank = Math.ceil(part * sorted.length)
  return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1] ?? NaN
}

export function figuresOf(times: readonly number[], first = NaN): Figures {
  const sorted = Float64Array.from(times).sort()
  return { count: sorted.length, first, p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95), p99: percentile(sorted, 0.99) }
}

/** Something that is timed: `run` once a round, `before` is not timed. */
export interface Subject {
  name: string
  run(round: number): Promise<unknown>
  before?(round: number): Promise<unknown>
}

/** Milliseconds of one call. */
export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/**
 * Runs the subjects in turns, so that whatever else the machine does meets all of them alike. The order changes from round to round: none profits from standing
 * after a certain other one. The first `warmUp` rounds are not counted; the very first call of each is told as `first`.
 */
export async function inTurns(subjects: readonly Subject[], { rounds, warmUp = 10 }: { rounds: number; warmUp?: number }): Promise<Map<string, Figures>> {
  const times = new Map(subjects.map(({ name }) => [name, [] as number[]]))
  const firsts = new Map<string, number>()
  for (let round = 0; round < warmUp + rounds; round++) {
    for (const index of subjects.keys()) {
      const subject = subjects[(index + round) % subjects.length]
      if (!subject) continue
      await subject.before?.(round)
      const time = await timeOf(() => subject.run(round))
      if (!firsts.has(subject.name)) firsts.set(subject.name, time)
      if (round >= warmUp) times.get(subject.name)?.push(time)
    }
  }
  return new Map([...times].map(([name, list]) => [name, figuresOf(list, firsts.get(name))]))
}

/** What a topic found out about one thing. */
export interface Finding {
  what: string
  /** Of the time in milliseconds; null for figures that are none. */
  times: Figures | null
  /** Other figures by name: recall in parts of 1, rows a second. */
  figures?: Record<string, number>
  /** The same-run baseline and how many times as long this took. */
  baseline?: { name: string; p50: number; p99: number }
  target?: Target
}

/** `met` decides by the figures of this very run. */
export interface Target {
  text: string
  met: boolean
}

/** `p50 ≤ 3 ×, p99 ≤ 8 ×` of a baseline of the same run. */
export function timesTarget(times: Figures, baseline: Figures, { p50, p99 }: { p50: number; p99?: number }): Target {
  const met = times.p50 <= p50 * baseline.p50 && (p99 === undefined || times.p99 <= p99 * baseline.p99)
  return { text: `p50 ≤ ${p50} ×${p99 === undefined ? '' : `, p99 ≤ ${p99} ×`}`, met }
}

/** Absolute limits in milliseconds. */
export function limitTarget(times: Figures, { p50, p99 }: { p50: number; p99?: number }): Target {
  const met = times.p50 <= p50 && (p99 === undefined || times.p99 <= p99)
  return { text: `p50 ≤ ${p50} ms${p99 === undefined ? '' : `, p99 ≤ ${p99} ms`}`, met }
}

export function compared(name: string, { p50, p99 }: Figures): NonNullable<Finding['baseline']> {
  return { name, p50, p99 }
}

/** Both targets must be met. */
export function bothTargets(one: Target, other: Target): Target {
  return { text: `${one.text}; ${other.text}`, met: one.met && other.met }
}
