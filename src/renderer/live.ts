import type { Events } from '@shared/events'
import { readonly, ref, watch } from 'vue'
import { onEvent } from './api'
import { CallFailure } from './client'
import { useSessionStore } from './session-store'
import { useTabsStore } from './tabs-store'
import { useVisitStore } from './visit-store'

/** What is done here is mostly read again by whoever did it; if not within this time, it was done elsewhere under the same login. */
const OWN_READING_MS = 700

/** What makes a visit somebody else's, or one's own; `live.many`: more was told at once than main passes on. */
const movesVisits = new Set(['live.many', 'visits.handOver', 'visits.accept', 'visits.reassign', 'visits.close', 'visits.autoClose'])

const isListening = ref(false)
/** Whether changes by others are told as they happen; behind a pooler that shares connections they are not. */
export const changesAreTold = readonly(isListening)

/** Keeps the open cards fresh. Once for the whole page; returns the function that ends it. */
export function followChanges(): () => void {
  const session = useSessionStore()
  const tabs = useTabsStore()

  function heard({ subscriberId, by, kind }: Events['desk.changed']) {
    const concerned = tabs.tabs.filter((tab) => subscriberId === null || tab.subscriberId === subscriberId)
    for (const tab of concerned) {
      const visits = useVisitStore.of(tab.subscriberId)
      if (by === 'other') void visits.catchUp({ isNews: true })
      else {
        const begun = visits.readingsBegun()
        setTimeout(() => tabs.has(tab.subscriberId) && visits.readingsBegun() === begun && void visits.catchUp(), OWN_READING_MS)
      }
    }
    if (by === 'other' && movesVisits.has(kind) && (concerned.length > 0 || !kind.endsWith('lose'))) void restore()
  }

  /** Something may have changed while nobody told. */
  function lookAgain() {
    for (const { subscriberId } of tabs.tabs) void useVisitStore.of(subscriberId).catchUp()
  }

  function focused() {
    if (!isListening.value) lookAgain()
  }

  let restoring: Promise<void> | null = null
  let isRestored = true
  /** One reading at a time, and one more for whatever was told meanwhile. */
  function restore() {
    isRestored = false
    restoring ??= (async () => {
      while (!isRestored) {
        isRestored = true
        await readVisits()
      }
    })().finally(() => (restoring = null))
    return restoring
  }

  async function readVisits() {
    try {
      if (session.isReady && !session.locked) await tabs.restore()
    } catch (cause) {
      // The list of open visits on the search page tells the same, with a way to try again.
      if (!(cause instanceof CallFailure)) throw cause
    }
  }

  window.addEventListener('focus', focused)
  const ends = [
    onEvent('desk.changed', heard),
    onEvent('desk.live', ({ listening }) => {
      isListening.value = listening
      if (listening) lookAgain()
    }),
    () => window.removeEventListener('focus', focused),
    watch(
      () => session.isReady && session.staff?.login,
      (login) => login && void restore(),
      { immediate: true },
    ),
    watch(
      () => session.locked,
      (locked) => {
        const shown = tabs.shown
        if (!locked && shown && useVisitStore.of(shown.subscriberId).isStale) void useVisitStore.of(shown.subscriberId).catchUp()
      },
    ),
  ]
  return () => ends.forEach((end) => end())
}
