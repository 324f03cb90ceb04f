import { api, onEvent } from '@renderer/api'
import { changesAreTold } from '@renderer/live'
import { operationIds } from '@renderer/operation-id'
import { useSessionStore } from '@renderer/session-store'
import { useAction } from '@renderer/use-action'
import type { DeskState, LiveDeskState, LiveDeskTotals, LiveVisit } from '@shared/contract/live-desk'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

/** Told of changes, the page reads again at most this often; the heartbeats of the desks tell nothing and are read every half a minute. */
const AT_MOST_EVERY_MS = 3_000
const READ_EVERY_MS = 30_000
/** Where the database tells nothing. */
const POLL_EVERY_MS = 15_000
const TOTALS_EVERY_MS = 60_000

type Exhausted = Awaited<ReturnType<typeof api.visits.exhausted>>[number]
type Colleague = Awaited<ReturnType<typeof api.visits.colleagues>>[number]

/** The office now. Read only while its page is open, in view and not locked. */
export const useLiveDeskStore = defineStore('live-desk', () => {
  const session = useSessionStore()
  const state = shallowRef<LiveDeskState | null>(null)
  const totals = shallowRef<LiveDeskTotals | null>(null)
  const exhausted = shallowRef<readonly Exhausted[]>([])
  const colleagues = shallowRef<readonly Colleague[]>([])
  const filter = ref<DeskState | 'all'>('all')
  /** The window in detail, by session or member of staff. */
  const chosenKey = ref<string | null>(null)
  const loading = useAction()
  const acting = useAction()
  const ids = operationIds()
  let readAt = 0
  let totalsAt = 0
  let soon = 0

  const keyOf = ({ sessionId, staffId }: { sessionId: string | null; staffId: number }) => sessionId ?? `staff ${staffId}`
  const windows = computed(() => (state.value?.windows ?? []).filter((one) => filter.value === 'all' || one.state === filter.value))
  const chosen = computed(() => state.value?.windows.find((one) => keyOf(one) === chosenKey.value) ?? null)
  const counts = computed(() => {
    const all = new Map<DeskState, number>()
    for (const one of state.value?.windows ?? []) all.set(one.state, (all.get(one.state) ?? 0) + 1)
    return all
  })

  async function load(withTotals = false) {
    readAt = Date.now()
    const wantsTotals = withTotals || readAt - totalsAt >= TOTALS_EVERY_MS
    if (wantsTotals) totalsAt = readAt
    await loading.run(async () => {
      const [now, today, used] = await Promise.all([api.liveDesk.state({}), wantsTotals ? api.liveDesk.totals({}) : totals.value, wantsTotals ? api.visits.exhausted({}) : exhausted.value])
      state.value = now
      totals.value = today
      exhausted.value = used
    })
  }

  const mayLook = () => !session.locked && document.visibilityState === 'visible'

  function loadSoon() {
    if (soon) return
    soon = window.setTimeout(() => {
      soon = 0
      if (mayLook()) void load()
    }, Math.max(0, readAt + AT_MOST_EVERY_MS - Date.now()))
  }

  /** While the page is open; returns the function that ends it. */
  function follow(): () => void {
    const timer = window.setInterval(() => {
      if (mayLook() && Date.now() - readAt >= (changesAreTold.value ? READ_EVERY_MS : POLL_EVERY_MS)) void load()
    }, 5_000)
    const seen = () => mayLook() && loadSoon()
    document.addEventListener('visibilitychange', seen)
    const ends = [onEvent('desk.changed', loadSoon), onEvent('liveDesk.changed', loadSoon)]
    void load(true)
    return () => {
      clearInterval(timer)
      clearTimeout(soon)
      soon = 0
      document.removeEventListener('visibilitychange', seen)
      ends.forEach((end) => end())
    }
  }

  async function loadColleagues() {
    const found = await acting.run(() => api.visits.colleagues({}))
    if (found) colleagues.value = found
  }

  async function act(work: () => Promise<unknown>): Promise<boolean> {
    const done = await acting.submit(async () => {
      await work()
      ids.done()
      return true
    })
    if (done) await load()
    return done === true
  }

  const move = ({ visitId }: LiveVisit, to: number | null, reason: string) => act(() => api.visits.reassign({ operationId: ids.of({ visitId, to, reason }), visitId, to, reason }))
  const release = (subscriberId: number, reason: string) =>
    act(async () => {
      await api.visits.releaseAttempts({ operationId: ids.of({ subscriberId, reason }), subscriberId, reason })
      exhausted.value = await api.visits.exhausted({})
    })
  const saveLimits = (longMinutes: number, tooLongMinutes: number, version: number) =>
    act(() => api.liveDesk.limits({ operationId: ids.of({ longMinutes, tooLongMinutes, version }), longMinutes, tooLongMinutes, version }))
  const nameOf = (visitId: number) => acting.run(() => api.liveDesk.name({ visitId }))

  return {
    state, totals, exhausted, colleagues, filter, windows, chosen, chosenKey, counts, isTold: changesAreTold, keyOf,
    loading: loading.busy, loadFailure: loading.failure, acting: acting.busy, actFailure: acting.failure, forgetFailure: acting.reset,
    load, follow, loadColleagues, move, release, saveLimits, nameOf,
  }
})
