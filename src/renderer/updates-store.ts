import type { UpdateStatus } from '@shared/contract/updates'
import type { DeskReason } from '@shared/domain/update'
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { api, onEvent } from './api'
import { CallFailure } from './client'
import { useReadingsQueue } from './readings-queue'
import { useSessionStore } from './session-store'
import { useTabsStore } from './tabs-store'

/** Where the update of this window stands. Main decides and tells; the page shows it and tells main what must be over before Okno may end. */
export const useUpdatesStore = defineStore('updates', () => {
  const status = shallowRef<UpdateStatus | null>(null)
  const tabs = useTabsStore()
  const queue = useReadingsQueue()
  const session = useSessionStore()

  /** What the page itself knows to be unfinished; what main does (a batch) it knows by itself. */
  const busy = computed<DeskReason[]>(() => {
    if (!session.staff) return []
    return [...(tabs.openVisits > 0 ? (['visit'] as const) : []), ...(tabs.hasDrafts || queue.isTyping ? (['draft'] as const) : []), ...(queue.unsaved > 0 ? (['unsent'] as const) : [])]
  })

  const know = (next: UpdateStatus) => void (status.value = next)
  async function load() {
    know(await api.updates.status({}))
  }
  const check = async () => know(await api.updates.check({}))
  const install = async () => void (await api.updates.install({}))
  const postpone = async (hours: number) => know(await api.updates.postpone({ hours }))
  const notesRead = async () => know(await api.updates.notesRead({}))
  const saveSource = async (source: string) => know(await api.updates.saveSource({ source }))

  /** Follows main and tells it of this desk. Returns the function that ends both. */
  function follow(): () => void {
    const ends = [
      onEvent('updates.changed', know),
      watch(
        () => JSON.stringify(busy.value),
        () => void quietly(() => api.updates.tellDesk({ busy: busy.value })),
        { immediate: true },
      ),
    ]
    void quietly(load)
    return () => ends.forEach((end) => end())
  }

  return { status, busy, know, load, check, install, postpone, notesRead, saveSource, follow }
})

/** Nobody at this desk has asked for it. */
async function quietly(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    if (!(cause instanceof CallFailure)) throw cause
  }
}
