import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { api, onEvent } from './api'
import { CallFailure } from './client'
import { useSessionStore } from './session-store'

type Counts = Awaited<ReturnType<typeof api.flags.attention>>

/** Whatever happens, the counts are read this often; a decision or a new flag is told at once where the database tells at all. */
const READ_EVERY_MS = 60_000
/** The rules are asked to look this often by whoever is signed in; the database lets one of them do it. */
const CHECK_EVERY_MS = 10 * 60_000

/** How much waits for a supervisor or an administrator: the number in the menu. */
export const useAttentionStore = defineStore('attention', () => {
  const session = useSessionStore()
  const counts = shallowRef<Counts | null>(null)
  let timer = 0
  let checkedAt = 0

  const mayLook = () => session.isReady && !session.locked && session.has('supervisor', 'admin')
  /** What nobody has looked at yet. */
  const fresh = computed(() => (counts.value ? counts.value.flags.new + (counts.value.approvals ?? 0) : 0))

  async function load() {
    if (!mayLook()) return
    try {
      if (Date.now() - checkedAt >= CHECK_EVERY_MS) {
        checkedAt = Date.now()
        await api.flags.check({})
      }
      counts.value = await api.flags.attention({})
    } catch (cause) {
      // The number of a minute ago stays; the page itself tells what went wrong.
      if (!(cause instanceof CallFailure)) throw cause
    }
  }

  function follow() {
    clearTimeout(timer)
    timer = window.setTimeout(follow, READ_EVERY_MS)
    void load()
  }

  onEvent('liveDesk.changed', ({ kind }) => void (kind.startsWith('flags.') && load()))
  onEvent('desk.changed', ({ kind }) => void (kind.startsWith('approvals.') && load()))
  watch(
    () => session.isReady && session.has('supervisor', 'admin') && session.staff?.login,
    (login) => {
      clearTimeout(timer)
      counts.value = null
      checkedAt = 0
      if (login) follow()
    },
    { immediate: true },
  )

  return { counts, fresh, load }
})
