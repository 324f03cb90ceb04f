import { plainOptions, type Form, type printingContract } from '@shared/contract/printing'
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { z } from 'zod'
import { api } from '@renderer/api'
import { useAction } from '@renderer/use-action'

type Answer = z.infer<typeof printingContract.printers.output>
export type Printer = Answer['printers'][number]

export const usePrintingStore = defineStore('printing', () => {
  const printers = ref<Printer[]>([])
  const options = ref<Partial<Answer['options']>>({})
  const loaded = ref(false)
  const loading = useAction()
  const choosing = useAction()
  const systemDefault = computed(() => printers.value.find(({ isDefault }) => isDefault)?.name ?? null)

  async function load() {
    const answer = await loading.run(() => api.printing.printers({}))
    if (!answer) return
    printers.value = answer.printers
    options.value = answer.options
    loaded.value = true
  }

  async function choose(form: Form, printer: string): Promise<boolean> {
    const done = await choosing.submit(() => api.printing.choose({ form, printer }))
    if (done) options.value = { ...options.value, [form]: { ...(options.value[form] ?? plainOptions), printer, tray: null } }
    return Boolean(done)
  }

  return { printers, options, loaded, systemDefault, loading: loading.busy, loadFailure: loading.failure, choosing: choosing.busy, chooseFailure: choosing.failure, load, choose }
})
