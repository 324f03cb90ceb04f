import { plainOptions, type Form, type FormOptions, type PrinterInfo, type PrinterTest, type testOutcome } from '@shared/contract/printing'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { z } from 'zod'
import { api } from '@renderer/api'
import { useAction } from '@renderer/use-action'

export type Printer = PrinterInfo
export type Outcome = z.infer<typeof testOutcome>

/** Printers of this desk: which form goes where and how, and what came of their test pages. */
export const usePrintingStore = defineStore('printing', () => {
  const printers = ref<Printer[]>([])
  const options = ref<Partial<Record<Form, FormOptions>>>({})
  const tests = ref<Record<string, PrinterTest>>({})
  /** The test page that was sent last and waits for somebody to look at it. */
  const tried = shallowRef<{ form: Form; printer: string } | null>(null)
  const loaded = ref(false)
  const loading = useAction()
  const choosing = useAction()
  const testing = useAction()
  const systemDefault = computed(() => printers.value.find(({ isDefault }) => isDefault)?.name ?? null)
  const optionsOf = (form: Form): FormOptions => options.value[form] ?? plainOptions
  /** Where the form goes now: the chosen printer, else the system's. */
  const printerOf = (form: Form): string | null => optionsOf(form).printer ?? systemDefault.value

  async function load() {
    const answer = await loading.run(() => api.printing.printers({}))
    if (!answer) return
    printers.value = answer.printers
    options.value = answer.options
    tests.value = answer.tests
    loaded.value = true
  }

  async function choose(form: Form, change: Partial<FormOptions>): Promise<boolean> {
    const before = optionsOf(form)
    const isMoved = change.printer !== undefined && change.printer !== before.printer
    const done = await choosing.submit(() => api.printing.choose({ form, ...change }))
    if (done) options.value = { ...options.value, [form]: { ...before, ...(isMoved ? { tray: null } : {}), ...change } }
    return Boolean(done)
  }

  async function testPage(form: Form) {
    const printer = printerOf(form)
    if (printer === null) return
    tried.value = null
    const done = await testing.submit(() => api.printing.testPage({ form, printer }))
    if (done) tried.value = { form, printer }
  }

  async function say(outcome: Outcome) {
    const about = tried.value
    if (!about) return
    const done = await testing.submit(() => api.printing.testOutcome({ printer: about.printer, outcome }))
    if (!done) return
    tests.value = { ...tests.value, [about.printer]: { at: new Date().toISOString(), outcome } }
    if (outcome === 'good') tried.value = null
  }

  return {
    printers, options, tests, tried, loaded, systemDefault, optionsOf, printerOf,
    loading: loading.busy, loadFailure: loading.failure, choosing: choosing.busy, chooseFailure: choosing.failure, testing: testing.busy, testFailure: testing.failure,
    load, choose, testPage, say,
  }
})
