import type { look } from '@shared/contract/settings'
import type { z } from 'zod'
import { computed, readonly, ref } from 'vue'
import { api } from './api'
import { setLocale } from './i18n'

export type Look = z.infer<typeof look>

const systemDark = ref(false)
const chosen = ref<Look>({ language: 'ru', theme: 'system' })

/** How this desk looks: theme (the system's unless chosen) and language. */
export function useLook() {
  return {
    look: readonly(chosen),
    isDark: computed(() => (chosen.value.theme === 'system' ? systemDark.value : chosen.value.theme === 'dark')),
    /** Shown at once, and kept for the next start. */
    async choose(change: Partial<Look>) {
      await show({ ...chosen.value, ...change })
      await show(await api.settings.saveLook(change))
    },
  }
}

/** Reads what was chosen and follows the system's theme from now on. Called once, at the start. */
export async function startLook(): Promise<void> {
  const dark = globalThis.matchMedia?.('(prefers-color-scheme: dark)')
  if (dark) {
    systemDark.value = dark.matches
    dark.addEventListener('change', (event) => (systemDark.value = event.matches))
  }
  await show(await api.settings.look({}))
}

async function show(look: Look): Promise<void> {
  chosen.value = look
  await setLocale(look.language)
}
