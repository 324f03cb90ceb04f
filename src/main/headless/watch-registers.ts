import { setTimeout as delay } from 'node:timers/promises'
import type { RegisterMapping, RegisterPreview, RegisterWatch, SavedMapping, WatchEntry } from '@shared/contract/registers'
import { AppError, type Result } from '@shared/errors'
import type { App } from '../app'

interface Passed {
  entries: WatchEntry[]
  problem: RegisterWatch['problem']
}

/**
 * `okno import watch`: the watched folder of this machine without a window, until it is told to stop (SIGINT, SIGTERM), or once. Each file is told as it comes in.
 * Answers the counts; exit 1 when a file failed or, at the end, something waits that could not be tried. AppError notFound watchNotSet.
 */
export async function watchRegisters(app: App, { once, tell }: { once: boolean; tell(line: string): void }): Promise<{ value: unknown; exitCode: number }> {
  const counts: Record<WatchEntry['outcome'], number> = { taken: 0, unchanged: 0, failed: 0 }
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  let problem: Passed['problem'] = null
  try {
    const { settings } = unwrap(await app.dispatch('registers.watch', {})) as RegisterWatch // As the contract says.
    if (!settings) throw new AppError('notFound', 'watchNotSet')
    do {
      const passed = await app.dispatch('registers.watchNow', {})
      if (passed.ok) {
        const { entries, problem: told } = passed.value as Passed // As the contract says.
        for (const { outcome, fileName, accepted, warned, unchanged, refused, reason } of entries) {
          counts[outcome] += 1
          tell(`${outcome} ${fileName}${reason === null ? `: accepted ${accepted}, with warnings ${warned}, unchanged ${unchanged}, refused ${refused}` : `: ${reason}`}`)
        }
        if (told && told.reason !== problem?.reason) tell(`waiting: ${told.reason}`)
        problem = told
      } else {
        // A server that is away comes back; whoever may not do this never may.
        const { code, reason, details } = passed.failure
        if (once || code !== 'databaseUnavailable') throw new AppError(code, reason, details)
        if (problem === null) tell(`waiting: ${reason ?? code}`)
        problem = { reason: reason ?? code }
      }
      if (!once) await delay(settings.everyMinutes * 60_000, undefined, { signal: stopping.signal }).catch(() => undefined)
    } while (!once && !stopping.signal.aborted)
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
  return { value: { ...counts, problem }, exitCode: counts.failed > 0 || problem ? 1 : 0 }
}

/** Columns as remembered for a provider (AppError notFound mapping), or, without one, for the header of the file. */
export async function rememberedMapping(app: App, { kind, file, provider }: { kind: string; file: string; provider: unknown }): Promise<RegisterMapping | null> {
  const saved = (unwrap(await app.dispatch('registers.mappings', {})) as SavedMapping[]).filter((one) => one.kind === kind) // As the contract says.
  const asked = saved.find((one) => one.provider === provider)
  if (typeof provider === 'string' && !asked) throw new AppError('notFound', 'mapping')
  if (saved.length === 0) return null
  const chosen = asked ?? (unwrap(await app.dispatch('registers.preview', { kind, file })) as RegisterPreview).mapping // As the contract says.
  return chosen && { columns: chosen.columns, fixed: chosen.fixed }
}

function unwrap(result: Result<unknown>): unknown {
  if (result.ok) return result.value
  throw new AppError(result.failure.code, result.failure.reason, result.failure.details)
}
