import type { providerRecord } from '@shared/contract/providers'
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

  return { providers, loaded, busy, failure, load }
})
