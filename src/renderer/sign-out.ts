import { readonly, ref } from 'vue'
import { useReadingsQueue } from './readings-queue'
import { useSessionStore } from './session-store'
import { useTabsStore } from './tabs-store'

const asking = ref(false)

/** Whether the question of `SignOutDialog` is open. */
export const askingToSignOut = readonly(asking)

/** Signs out; while visits are open or something is typed and not sent, asks first. */
export async function askToSignOut(): Promise<void> {
  const tabs = useTabsStore()
  const queue = useReadingsQueue()
  if (tabs.openVisits > 0 || tabs.hasDrafts || queue.hasUnsaved || queue.isTyping) asking.value = true
  else await useSessionStore().signOut()
}

export async function signOutNow(): Promise<void> {
  asking.value = false
  await useSessionStore().signOut()
}

export function staySignedIn(): void {
  asking.value = false
}
