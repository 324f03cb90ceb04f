import type { DeskJob } from '@shared/contract/printing'
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { api, onEvent } from './api'
import { operationIds } from './operation-id'
import { useSessionStore } from './session-store'
import { useAction } from './use-action'

/** The sheet is not out and somebody has to do something. A queue of Windows tells nothing: that is no trouble. */
export const isTrouble = ({ state, reason }: Pick<DeskJob, 'state' | 'reason'>): boolean =>
  state === 'held' || (state === 'failed' && reason !== 'withdrawn' && reason !== 'moved') || (state === 'lost' && reason !== 'notFollowed')

export const isOnItsWay = ({ state }: Pick<DeskJob, 'state'>): boolean => state === 'queued' || state === 'printing' || state === 'held'

/** What this desk has on its printers. Main tells when it is another; nothing is asked in between. */
export const usePrintQueue = defineStore('printQueue', () => {
  const jobs = shallowRef<DeskJob[]>([])
  const loaded = shallowRef(false)
  const session = useSessionStore()
  const loading = useAction()
  const acting = useAction()
  const ids = operationIds()
  let isAsking = false
  let isNews = false

  const troubles = computed(() => jobs.value.filter(isTrouble))
  const waiting = computed(() => jobs.value.filter(isOnItsWay))

  /** One question at a time; whatever happened meanwhile is asked for right after. */
  async function load(): Promise<void> {
    isNews = true
    if (isAsking) return
    isAsking = true
    try {
      while (isNews && canAsk()) {
        isNews = false
        const answer = await loading.run(() => api.printing.jobs({}))
        if (answer) {
          jobs.value = answer
          loaded.value = true
        }
      }
    } finally {
      isAsking = false
    }
  }

  const canAsk = () => session.isReady && !session.locked && session.staff !== null && !session.staff.mustChangePassword

  onEvent('printing.changed', () => void load())
  // Whose sheets these are depends on who is signed in.
  watch(
    () => [session.staff?.login, session.isReady, session.locked],
    () => {
      if (!session.staff) jobs.value = []
      if (canAsk()) void load()
    },
    { immediate: true },
  )

  const of = (jobId: string): DeskJob | null => jobs.value.find((job) => job.jobId === jobId) ?? null

  /** True when it was done. The list follows by itself. */
  const act = async (work: () => Promise<unknown>): Promise<boolean> => {
    const done = await acting.submit(async () => {
      await work()
      return true
    })
    await load()
    return done === true
  }
  const cancel = (jobId: string) => act(() => api.printing.cancel({ jobId }))
  const dismiss = (jobId: string) => act(() => api.printing.dismiss({ jobId }))
  const retry = (jobId: string, printer: string) =>
    act(async () => {
      await api.printing.retry({ operationId: ids.of({ jobId, printer }), jobId, printer })
      ids.done()
    })

  return { jobs, loaded, troubles, waiting, loadFailure: loading.failure, acting: acting.busy, failure: acting.failure, resetFailure: acting.reset, load, of, cancel, dismiss, retry }
})
