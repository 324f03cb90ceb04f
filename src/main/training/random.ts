/** A reproducible source of chance: the same key gives the same sequence on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Whole number, both bounds included. */
  int(min: number, max: number): number
  between(min: number, max: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  /** Picks by weights, which need not add up to anything. */
  weighted<T>(options: readonly (readonly [T, number])[]): T
}

/** FNV-1a over the parts: gives each person and account its own sequence, so that adding one does not reshuffle the others. */
export function seedOf(...parts: (string | number)[]): number {
  let hash = 0x811c9dc5
  for (const character of parts.join('\u0001')) {
    hash ^= character.codePointAt(0) ?? 0
    hash = Math.imul(hash, 0x01000193)
  }
  return hash >>> 0
}

/** mulberry32. Never for secrets: whoever knows the seed knows every value. */
export function random(...parts: (string | number)[]): Random {
  let state = seedOf(...parts)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  return {
    next,
    int,
    between: (min, max) => min + next() * (max - min),
    chance: (probability) => next() < probability,
    pick: (list) => at(list, int(0, list.length - 1)),
    weighted(options) {
      let rest = next() * options.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [option, weight] of options) {
        rest -= weight
        if (rest < 0) return option
      }
      return at(options, options.length - 1)[0]
    },
  }
}

/** The element at an index that is known to exist. */
export function at<T>(list: readonly T[], index: number): T {
  const value = list[index]
  if (value === undefined) throw new RangeError(`no element ${index} of ${list.length}`)
  return value
}

/** Numbers of `digits` digits that never repeat: i → (a·i + b) mod a prime just below 10^digits. */
export function numbering(digits: 5 | 6 | 7 | 8, salt: number): (index: number) => string {
  const prime = { 5: 99_991, 6: 999_983, 7: 9_999_991, 8: 99_999_989 }[digits]
  // Within 2^53 for every index below the prime.
  const step = Math.floor(prime * 0.618) - (salt % 97)
  return (index) => String((step * (index + 1) + salt) % prime).padStart(digits, '0')
}
