import type { documentPeriod } from '@shared/contract/payment-documents'
import type { printingContract } from '@shared/contract/printing'
import type { Period } from '@shared/domain/dates'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { z } from 'zod'
import { api } from '@renderer/api'
import { CallFailure } from '@renderer/client'
import { operationIds } from '@renderer/operation-id'
import { useAction } from '@renderer/use-action'

export type DocumentPeriod = z.infer<typeof documentPeriod>
type Printer = z.infer<typeof printingContract.printers.output>['printers'][number]
type JobAnswer = z.infer<typeof printingContract.job.output>

/** What became of a sheet sent to a printer. `lost`: the system no longer tells. */
export interface Job {
  id: string
  printer: string
  number: string
  period: Period
  copies: number
  state: JobAnswer['state'] | 'lost'
  reason: string | null
  message: string | null
  polls: number
}

const POLL_EVERY_MS = 1_000
/** A minute of asking; then the queue is asked less often, so that a printer without paper costs nothing. */
const EAGER_POLLS = 60
const PATIENT_EVERY_MS = 10_000

/*
 * job: queued ──> printing ──> printed
 *        │            └──────> failed
 *        └──> held ──> (operator mends the printer) ──> printing
 */
export const usePaymentDocumentsStore = defineStore('paymentDocuments', () => {
  const visitId = ref(0)
  const accountId = ref(0)
  const periods = shallowRef<DocumentPeriod[]>([])
  const loaded = ref(false)
  const chosen = ref<Period | null>(null)
  const preview = shallowRef<{ period: Period; number: string; duplicate: number | null; pdf: Uint8Array } | null>(null)
  const printers = shallowRef<Printer[]>([])
  const printer = ref<string | null>(null)
  const copies = ref(1)
  const job = shallowRef<Job | null>(null)
  const savedAs = ref<string | null>(null)
  const loading = useAction()
  const asking = useAction()
  const showing = useAction()
  const issuing = useAction()
  const ids = operationIds()
  let timer: ReturnType<typeof setTimeout> | undefined

  const chosenPeriod = computed(() => periods.value.find(({ period }) => period === chosen.value) ?? null)
  /** The number of the mark the next sheet of the chosen period bears; null: it is the original. */
  const nextDuplicate = computed(() => (chosenPeriod.value && chosenPeriod.value.issues > 0 ? chosenPeriod.value.issues : null))

  async function open(visit: number, account: number) {
    visitId.value = visit
    accountId.value = account
    periods.value = []
    loaded.value = false
    chosen.value = null
    preview.value = null
    savedAs.value = null
    copies.value = 1
    showing.reset()
    issuing.reset()
    await Promise.all([loadPeriods(), loadPrinters()])
  }

  async function loadPeriods() {
    const asked = accountId.value
    const list = await loading.run(() => api.paymentDocuments.periods({ visitId: visitId.value, accountId: asked }))
    // A slow answer about the previous account must not replace the current one's.
    if (!list || asked !== accountId.value) return
    periods.value = [...list].sort((left, right) => (left.period < right.period ? 1 : -1))
    loaded.value = true
    chosen.value ??= periods.value[0]?.period ?? null
  }

  async function loadPrinters() {
    const answer = await asking.run(() => api.printing.printers({}))
    if (!answer) return
    printers.value = answer.printers
    const wanted = answer.chosen.paymentDocument
    const found = answer.printers.find(({ name }) => name === wanted) ?? answer.printers.find(({ isDefault }) => isDefault) ?? answer.printers[0]
    printer.value = found?.name ?? null
  }

  function choose(period: Period) {
    if (chosen.value === period) return
    chosen.value = period
    preview.value = null
    savedAs.value = null
    showing.reset()
    issuing.reset()
  }

  async function show() {
    const period = chosen.value
    if (!period) return
    const answer = await showing.run(() => api.paymentDocuments.preview({ visitId: visitId.value, accountId: accountId.value, period }))
    if (answer && chosen.value === period) preview.value = { period, ...answer }
  }

  async function print() {
    const period = chosen.value
    if (!period) return
    const what = { visitId: visitId.value, accountId: accountId.value, period, printer: printer.value, copies: copies.value }
    const answer = await issuing.submit(() => api.paymentDocuments.print({ operationId: ids.of({ print: what }), ...what }))
    if (!answer) return
    ids.done()
    savedAs.value = null
    follow({ id: answer.jobId, printer: answer.printer, number: answer.number, period, copies: what.copies, state: 'queued', reason: null, message: null, polls: 0 })
    await given(period)
  }

  async function save() {
    const period = chosen.value
    if (!period) return
    const what = { visitId: visitId.value, accountId: accountId.value, period }
    const answer = await issuing.submit(() => api.paymentDocuments.save({ operationId: ids.of({ save: what }), ...what }))
    // Closing the dialog is a decision, not a failure.
    if (issuing.failure.value?.reason === 'saveCancelled') issuing.reset()
    if (!answer) return
    ids.done()
    savedAs.value = answer.fileName
    await given(period)
  }

  /** The sheet has been given out: the next one is a duplicate, and an open preview shows that. */
  async function given(period: Period) {
    await loadPeriods()
    if (preview.value?.period === period) await show()
  }

  function follow(sent: Job) {
    clearTimeout(timer)
    job.value = sent
    ask(sent, 0)
  }

  function ask(sent: Job, wait: number) {
    timer = setTimeout(async () => {
      const polls = (job.value?.polls ?? 0) + 1
      let now: Pick<Job, 'state' | 'reason' | 'message'>
      try {
        now = await api.printing.job({ jobId: sent.id })
        // Windows takes the sheet and tells nothing more: asking on would never end.
        if (now.reason === 'notFollowed') now = { ...now, state: 'lost' }
      } catch (cause) {
        if (!(cause instanceof CallFailure)) throw cause
        // The queue forgets finished jobs and a print service may stop: the sheet in the tray is the truth then.
        now = { state: 'lost', reason: null, message: null }
      }
      if (job.value?.id !== sent.id) return
      job.value = { ...sent, ...now, polls }
      if (now.state === 'printed' || now.state === 'failed' || now.state === 'lost') return
      ask(sent, polls < EAGER_POLLS ? POLL_EVERY_MS : PATIENT_EVERY_MS)
    }, wait)
  }

  function dismissJob() {
    clearTimeout(timer)
    job.value = null
  }

  return {
    periods, loaded, chosen, chosenPeriod, nextDuplicate, preview, printers, printer, copies, job, savedAs,
    loading: loading.busy, loadFailure: loading.failure,
    showing: showing.busy, showFailure: showing.failure,
    issuing: issuing.busy, issueFailure: issuing.failure,
    open, loadPeriods, loadPrinters, choose, show, print, save, dismissJob,
  }
})
