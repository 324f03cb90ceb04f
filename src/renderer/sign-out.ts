import { readonly, ref } from 'vue'
import { useSessionStore } from './session-store'
import { useTabsStore } from './tabs-store'

const asking = ref(false)

/** Whether the question of `SignOutDialog` is open. */
export const askingToSignOut = readonly(asking)

/** Signs out; while visits are open or something is typed and not sent, asks first. */
export async function askToSignOut(): Promise<void> {
  const tabs = useTabsStore()
  if (tabs.openVisits > 0 || tabs.hasDrafts) asking.value = true
  else await useSessionStore().signOut()
}

export async function signOutNow(): Promise<void> {
  asking.value = false
  await useSessionStore().signOut()
}

export function staySignedIn(): void {
  asking.value = false
}
