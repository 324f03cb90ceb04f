const longestSeconds = 60

/**
 * The growing delay after wrong passwords: free, 1, 2, 4 … 60 seconds. Counted per login, whether it exists or not, so that the answer tells nothing.
 * Forgotten when the program ends; the database's own audit keeps the sign-ins.
 */
export function signInDelay(now: () => number) {
  const failures = new Map<string, { count: number; until: number }>()
  return {
    /** Seconds to wait before this login may be tried again; 0 = now. */
    waitSeconds(login: string): number {
      const until = failures.get(login)?.until ?? 0
      return Math.max(0, Math.ceil((until - now()) / 1000))
    },
    failed(login: string): number {
      const count = (failures.get(login)?.count ?? 0) + 1
      const seconds = count < 2 ? 0 : Math.min(longestSeconds, 2 ** (count - 2))
      failures.set(login, { count, until: now() + seconds * 1000 })
      return seconds
    },
    succeeded(login: string): void {
      failures.delete(login)
    },
  }
}
