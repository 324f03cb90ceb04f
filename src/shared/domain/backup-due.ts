const hourMs = 3_600_000

/**
 * Whether the daily copy is due: its hour (of this computer's clock) has come since the last good one. After a failure it is tried again an hour later.
 * Instants in epoch milliseconds; `hour` 0–23.
 */
export function isBackupDue({ hour, madeAt, failedAt, now }: { hour: number; madeAt: number | null; failedAt: number | null; now: number }): boolean {
  const at = new Date(now)
  at.setHours(hour, 0, 0, 0)
  if (at.getTime() > now) at.setDate(at.getDate() - 1)
  if (madeAt !== null && madeAt >= at.getTime()) return false
  return failedAt === null || now - failedAt >= hourMs
}
