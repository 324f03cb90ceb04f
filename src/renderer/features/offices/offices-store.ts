import type { OfficeCard, OfficeOfStaff } from '@shared/contract/offices'
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { api } from '@renderer/api'
import { useAction } from '@renderer/use-action'

export const useOfficesStore = defineStore('offices', () => {
  const offices = ref<OfficeOfStaff[]>([])
  const loaded = ref(false)
  const loading = useAction()
  const saving = useAction()

  async function load() {
    const list = await loading.run(() => api.offices.list({}))
    if (!list) return
    offices.value = list
    loaded.value = true
  }

  /** The office as it is now; null: `saveFailure` says why. After somebody else's change the list shows theirs, the form keeps what was typed. */
  async function save(card: OfficeCard, of: OfficeOfStaff | null): Promise<OfficeOfStaff | null> {
    const saved = await saving.submit(() => api.offices.save({ ...card, ...(of ? { id: of.id, version: of.version } : {}) }))
    if (saving.failure.value?.reason === 'changedByAnotherDesk') await load()
    if (!saved) return null
    offices.value = [...offices.value.filter(({ id }) => id !== saved.id), saved].sort((left, right) => left.name.localeCompare(right.name, 'ru'))
    return saved
  }

  return { offices, loaded, loading: loading.busy, loadFailure: loading.failure, saving: saving.busy, saveFailure: saving.failure, forget: saving.reset, load, save }
})
