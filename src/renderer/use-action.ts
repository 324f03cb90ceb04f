import { ref, shallowRef } from 'vue'
import { CallFailure } from './client'

/**
 * What a form or a page knows of its calls: `busy`, and the `failure` of the newest one.
 * A failure that is not a `CallFailure` is a defect and goes on to the global handler.
 */
export function useAction() {
  const busy = ref(false)
  const failure = shallowRef<CallFailure | null>(null)
  let newest = 0

  /** The newest call wins: what an older one says about busy or failure is dropped. For questions: search, open, reload. */
  async function run<T>(work: () => Promise<T>): Promise<T | undefined> {
    const own = ++newest
    busy.value = true
    failure.value = null
    try {
      return await work()
    } catch (cause) {
      if (!(cause instanceof CallFailure)) throw cause
      if (own === newest) failure.value = cause
      return undefined
    } finally {
      if (own === newest) busy.value = false
    }
  }

  /** A second press while the first is under way does nothing. For whatever changes data. */
  async function submit<T>(work: () => Promise<T>): Promise<T | undefined> {
    return busy.value ? undefined : run(work)
  }

  /** Forgets the failure, and whatever is still under way. */
  function reset() {
    newest++
    busy.value = false
    failure.value = null
  }

  return { busy, failure, run, submit, reset }
}
