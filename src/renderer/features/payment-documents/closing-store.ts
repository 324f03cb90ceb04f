import type { PaymentPeriod } from '@shared/contract/payment-documents'
import { isPeriod, type Period } from '@shared/domain/dates'
import type { PaymentClosingProgress } from '@shared/events'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { api, onEvent } from '@renderer/api'
import { operationIds } from '@renderer/operation-id'
import { useAction } from '@renderer/use-action'

type Checked = Awaited<ReturnType<typeof api.paymentDocuments.checkPeriod>>

/** Closing of periods. A run goes on in main when this page is left; coming back shows where it is. */
export const useClosingStore = defineStore('payment-closing', () => {
  const providers = shallowRef<readonly { code: string; name: string }[]>([])
  const provider = ref('')
  const period = ref<Period>('')
  const checked = shallowRef<Checked | null>(null)
  const closed = shallowRef<readonly PaymentPeriod[] | null>(null)
  const progress = shallowRef<PaymentClosingProgress | null>(null)
  const done = shallowRef<PaymentPeriod | null>(null)
  const paused = ref(false)
  const loading = useAction()
  const checking = useAction()
  const running = useAction()
  const ids = operationIds()

  const target = computed(() => ({ provider: provider.value, period: period.value }))
  const isComplete = computed(() => provider.value !== '' && isPeriod(period.value))

  async function load() {
    await loading.run(async () => {
      const [known, list] = await Promise.all([api.providers.list({}), api.paymentDocuments.closings({})])
      providers.value = known.map(({ code, name }) => ({ code, name }))
      closed.value = list
      provider.value ||= providers.value[0]?.code ?? ''
    })
  }

  watch(target, () => {
    checked.value = null
    done.value = null
    paused.value = false
    checking.reset()
  })

  async function check() {
    if (!isComplete.value) return
    const asked = target.value
    const answer = await checking.run(() => api.paymentDocuments.checkPeriod(asked))
    if (answer && asked === target.value) checked.value = answer
  }

  async function close() {
    const what = target.value
    done.value = null
    paused.value = false
    const answer = await running.submit(() => api.paymentDocuments.closePeriod({ operationId: ids.of(what), ...what }))
    progress.value = null
    if (answer) {
      if (answer.state === 'closed') {
        ids.done()
        done.value = answer
        checked.value = null
      } else paused.value = true
    }
    await load()
  }

  const pause = () => api.paymentDocuments.pauseClosing(target.value)

  /** Hears how far a run has come, until the page is left. */
  function listen() {
    return onEvent('paymentDocuments.closing', (told) => {
      if (told.provider === provider.value && told.period === period.value) progress.value = told
    })
  }

  return {
    providers, provider, period, checked, closed, progress, done, paused, isComplete,
    loading: loading.busy, loadFailure: loading.failure,
    checking: checking.busy, checkFailure: checking.failure,
    running: running.busy, runFailure: running.failure,
    load, check, close, pause, listen,
  }
})
