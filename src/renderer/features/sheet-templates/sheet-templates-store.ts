import { api } from '@renderer/api'
import { useAction } from '@renderer/use-action'
import type { SheetDraft, SheetTemplate } from '@shared/contract/sheet-templates'
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

/** The office's own forms, those Okno brings along, and the history of one. */
export const useSheetTemplatesStore = defineStore('sheet-templates', () => {
  const templates = ref<SheetTemplate[]>([])
  const ready = ref<SheetDraft[]>([])
  const providers = ref<{ code: string; name: string }[]>([])
  const loaded = ref(false)
  const history = shallowRef<Omit<SheetTemplate, 'id'>[]>([])
  const loading = useAction()
  const { busy: saving, failure: saveFailure, submit, reset: forgetSaving } = useAction()

  async function load() {
    await loading.run(async () => {
      const [found, known] = await Promise.all([api.sheetTemplates.list({}), api.providers.list({})])
      templates.value = found.templates
      ready.value = found.ready
      providers.value = known.map(({ code, name }) => ({ code, name }))
      loaded.value = true
    })
  }

  /** The saved form; what another administrator has saved meanwhile is a conflict. */
  async function save(draft: SheetDraft, of: SheetTemplate | null): Promise<SheetTemplate | undefined> {
    const saved = await submit(() => api.sheetTemplates.save({ ...draft, id: of?.id ?? null, version: of?.version ?? null }))
    if (saved) templates.value = [...templates.value.filter(({ id }) => id !== saved.id), saved]
    return saved
  }

  async function loadHistory(id: number) {
    history.value = []
    const found = await loading.run(() => api.sheetTemplates.history({ id }))
    if (found) history.value = found
  }

  return { templates, ready, providers, loaded, history, busy: loading.busy, failure: loading.failure, saving, saveFailure, load, save, loadHistory, forgetSaving }
})
