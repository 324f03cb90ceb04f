import { computed, ref, watch } from 'vue'
import { api } from './api'
import { CallFailure } from './client'
import { useReadingsQueue } from './readings-queue'
import { useSessionStore } from './session-store'
import { useTabsStore } from './tabs-store'

/** Nobody has touched the desk for so long: away. Shorter than the time after which it locks itself. */
const AWAY_AFTER_MS = 2 * 60_000
const LOOK_EVERY_MS = 10_000

/**
 * Tells main what the supervisor's page shows of this desk: the card in front, since when nobody has touched it, what is not written yet. Only when one of them changes: main keeps it
 * for the next heartbeat. Once for the whole page; returns the function that ends it.
 */
export function reportDesk(): () => void {
  const session = useSessionStore()
  const tabs = useTabsStore()
  const queue = useReadingsQueue()
  const awayAt = ref<string | null>(null)
  let lastSign = Date.now()

  const signs = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const
  const seen = () => {
    lastSign = Date.now()
    if (awayAt.value) awayAt.value = null
  }
  const timer = window.setInterval(() => {
    if (Date.now() - lastSign >= AWAY_AFTER_MS) awayAt.value ??= new Date(lastSign).toISOString()
  }, LOOK_EVERY_MS)
  for (const sign of signs) window.addEventListener(sign, seen, { capture: true, passive: true })

  const told = computed(() => ({ shownSubscriberId: tabs.shown?.subscriberId ?? null, awayAt: awayAt.value, unsent: queue.unsaved }))
  const end = watch(
    () => (session.isReady && !session.locked ? JSON.stringify(told.value) : null),
    (now) => now && void tell(),
    { immediate: true },
  )

  async function tell() {
    try {
      await api.liveDesk.tell(told.value)
    } catch (cause) {
      // Nobody at this desk has asked for it; the session that has ended is told of elsewhere.
      if (!(cause instanceof CallFailure)) throw cause
    }
  }

  return () => {
    end()
    clearInterval(timer)
    for (const sign of signs) window.removeEventListener(sign, seen, { capture: true })
  }
}
