import type { providerRecord, savedProvider } from '@shared/contract/providers'
import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { z } from 'zod'
import { api } from '@renderer/api'
import { useAction } from '@renderer/use-action'

export type ProviderRecord = z.infer<typeof providerRecord>

export const useProvidersStore = defineStore('providers', () => {
  const providers = ref<ProviderRecord[]>([])
  const loaded = ref(false)
  const { busy, failure, run } = useAction()

  async function load() {
    const list = await run(() => api.providers.list({}))
    if (!list) return
    providers.value = list
    loaded.value = true
  }

  const { busy: saving, failure: saveFailure, submit, reset: forgetSaving } = useAction()

  /** The saved card; what another administrator has saved meanwhile is never lost: that is a conflict. */
  async function save(card: z.input<typeof savedProvider>): Promise<ProviderRecord | undefined> {
    const saved = await submit(() => api.providers.save(card))
    if (saved) providers.value = [...providers.value.filter(({ code }) => code !== saved.code), saved]
    return saved
  }

  return { providers, loaded, busy, failure, saving, saveFailure, load, save, forgetSaving }
})
