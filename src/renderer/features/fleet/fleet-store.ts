import { api, onEvent } from '@renderer/api'
import { operationIds } from '@renderer/operation-id'
import { useSessionStore } from '@renderer/session-store'
import { useAction } from '@renderer/use-action'
import type { FleetHistory, FleetState, FleetWindow, Rollout, ShutOut } from '@shared/contract/fleet'
import type { FeedChannel } from '@shared/domain/signed-feed'
import type { InstallMoment } from '@shared/domain/update-policy'
import { defineStore } from 'pinia'
import { computed, reactive, ref, shallowRef } from 'vue'
import { fitsFilter, inOrder, type FleetFilter, type SortKey } from './fleet-order'

/** Windows tell of themselves every half a minute; while a rollout runs somebody watches it. */
const READ_EVERY_MS = 15_000
const AT_MOST_EVERY_MS = 3_000

const noFilter: FleetFilter = { quick: 'all', text: '', version: '', place: '', office: '', channel: '' }

/** The windows of the offices and their rollouts. Read while the page is open, in view and not locked. */
export const useFleetStore = defineStore('fleet', () => {
  const session = useSessionStore()
  const state = shallowRef<FleetState | null>(null)
  const history = shallowRef<readonly Rollout[]>([])
  const details = shallowRef<{ id: number; history: FleetHistory } | null>(null)
  const filter = reactive<FleetFilter>({ ...noFilter })
  const sort = ref<{ key: SortKey; isDown: boolean }>({ key: 'desk', isDown: false })
  const chosen = shallowRef<ReadonlySet<number>>(new Set())
  const cursorId = ref<number | null>(null)
  const loading = useAction()
  const acting = useAction()
  const looking = useAction()
  const ids = operationIds()
  let readAt = 0
  let soon = 0

  const windows = computed(() => inOrder((state.value?.windows ?? []).filter((window) => fitsFilter(window, filter)), sort.value.key, sort.value.isDown))
  const isNarrowed = computed(() => Object.entries(noFilter).some(([key, value]) => filter[key as keyof FleetFilter] !== value))
  const cursor = computed(() => windows.value.find(({ id }) => id === cursorId.value) ?? windows.value[0] ?? null)
  const rolloutOf = (channel: FeedChannel) => state.value?.rollouts.find((one) => one.channel === channel) ?? null

  async function load() {
    readAt = Date.now()
    await loading.run(async () => {
      const now = await api.fleet.state({})
      state.value = now
      const there = new Set(now.windows.map(({ id }) => id))
      chosen.value = new Set([...chosen.value].filter((id) => there.has(id)))
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
      if (mayLook() && Date.now() - readAt >= READ_EVERY_MS) void load()
    }, 5_000)
    const seen = () => mayLook() && loadSoon()
    document.addEventListener('visibilitychange', seen)
    const end = onEvent('liveDesk.changed', ({ kind }) => kind.startsWith('fleet.') && loadSoon())
    void load()
    return () => {
      clearInterval(timer)
      clearTimeout(soon)
      soon = 0
      document.removeEventListener('visibilitychange', seen)
      end()
    }
  }

  async function act<T>(work: () => Promise<T>): Promise<T | null> {
    const done = await acting.submit(async () => {
      const answer = await work()
      ids.done()
      return { answer }
    })
    if (done) await load()
    return done ? done.answer : null
  }
  const idOf = <T extends object>(input: T) => ({ operationId: ids.of(input), ...input })

  const start = (input: { channel: FeedChannel; version: string; percent: number; limitPercent: number; comment: string | null }) =>
    act(() => api.fleet.start(idOf({ ...input, replaces: rolloutOf(input.channel)?.id ?? null })))
  const hold = ({ id }: Rollout, comment: string | null) => act(() => api.fleet.hold(idOf({ rolloutId: id, comment })))
  const resume = ({ id, revision }: Rollout, comment: string | null) => act(() => api.fleet.resume(idOf({ rolloutId: id, revision, comment })))
  const stop = ({ id }: Rollout, comment: string | null) => act(() => api.fleet.stop(idOf({ rolloutId: id, comment })))
  /** One after the other: each is a decision of its own in the history. */
  const share = ({ id, revision, percent: before, limitPercent: limitBefore }: Rollout, percent: number, limitPercent: number) =>
    act(async () => {
      let known = revision
      if (percent !== before) known = (await api.fleet.percent(idOf({ rolloutId: id, revision: known, percent }))).revision
      if (limitPercent !== limitBefore) await api.fleet.limit(idOf({ rolloutId: id, revision: known, limitPercent }))
    })
  const setMinimum = (version: string | null, shutOut: number, revision: number) => act(() => api.fleet.minimum(idOf({ version, shutOut, revision })))
  const setMoment = (installAt: InstallMoment, revision: number) => act(() => api.fleet.installAt(idOf({ installAt, revision })))
  const assign = (windowIds: number[], channel: FeedChannel) => act(() => api.fleet.channel(idOf({ ids: windowIds, channel })))
  const forget = (windowIds: number[]) => act(() => api.fleet.forget(idOf({ ids: windowIds })))
  const shutOut = (version: string): Promise<ShutOut | undefined> => looking.run(() => api.fleet.shutOut({ version }))

  async function open({ id }: FleetWindow) {
    details.value = null
    const found = await looking.run(() => api.fleet.history({ id }))
    if (found) details.value = { id, history: found }
  }
  async function loadHistory() {
    const found = await looking.run(() => api.fleet.rollouts({}))
    if (found) history.value = found
  }
  function toggle(id: number) {
    const next = new Set(chosen.value)
    if (!next.delete(id)) next.add(id)
    chosen.value = next
  }
  const clearFilter = () => Object.assign(filter, noFilter)

  return {
    state, history, details, filter, sort, chosen, cursorId, windows, isNarrowed, cursor, rolloutOf,
    loading: loading.busy, loadFailure: loading.failure, acting: acting.busy, actFailure: acting.failure, forgetFailure: acting.reset, looking: looking.busy, lookFailure: looking.failure,
    load, follow, start, hold, resume, stop, share, setMinimum, setMoment, assign, forget, shutOut, open, loadHistory, toggle, clearFilter,
  }
})
