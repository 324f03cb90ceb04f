import type { documentPeriod, PenaltyAccount } from '@shared/contract/payment-documents'
import type { printingContract } from '@shared/contract/printing'
import type { Period } from '@shared/domain/dates'
import { computed, ref, shallowRef, watch } from 'vue'
import type { z } from 'zod'
import { api } from '@renderer/api'
import { operationIds } from '@renderer/operation-id'
import { printerFor, usePrintJob, type PrintJob } from '@renderer/print-job'
import { perSubject } from '@renderer/subject'
import { useAction } from '@renderer/use-action'
import { useVisitStore } from '@renderer/visit-store'

export type DocumentPeriod = z.infer<typeof documentPeriod>
type Printer = z.infer<typeof printingContract.printers.output>['printers'][number]

interface Sent {
  printer: string
  number: string
  copies: number
}
/** The sheet that was sent last, and what became of it. */
export type Job = Sent & PrintJob

export const usePaymentDocumentsStore = perSubject(() => {
  const visitId = ref(0)
  const accountId = ref(0)
  const periods = shallowRef<DocumentPeriod[]>([])
  const loaded = ref(false)
  const chosen = ref<Period | null>(null)
  const preview = shallowRef<{ period: Period; number: string; duplicate: number | null; pdf: Uint8Array } | null>(null)
  const printers = shallowRef<Printer[]>([])
  const printer = ref<string | null>(null)
  const copies = ref(1)
  const sent = shallowRef<Sent | null>(null)
  const { job: printing, follow, forget } = usePrintJob()
  const job = computed<Job | null>(() => (sent.value && printing.value ? { ...sent.value, ...printing.value } : null))
  const savedAs = ref<string | null>(null)
  const loading = useAction()
  const asking = useAction()
  const showing = useAction()
  const issuing = useAction()
  const penalty = shallowRef<PenaltyAccount | null>(null)
  const explaining = useAction()
  const ids = operationIds()

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
    penalty.value = null
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
    printer.value = printerFor('paymentDocument', answer)
  }

  // A sheet given out at another window makes the next one a duplicate.
  const visits = useVisitStore()
  watch(
    () => visits.revision,
    () => {
      if (loaded.value) void loadPeriods()
    },
  )

  function choose(period: Period) {
    if (chosen.value === period) return
    chosen.value = period
    preview.value = null
    savedAs.value = null
    penalty.value = null
    showing.reset()
    issuing.reset()
    explaining.reset()
  }

  /** How пени of the chosen period come about. */
  async function explainPenalty() {
    const period = chosen.value
    if (!period) return
    const answer = await explaining.run(() => api.paymentDocuments.penalty({ visitId: visitId.value, accountId: accountId.value, period }))
    if (answer && chosen.value === period) penalty.value = answer
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
    const what = { visitId: visitId.value, accountId: accountId.value, period, output: { how: 'print' as const, printer: printer.value, copies: copies.value } }
    const answer = await issuing.submit(() => api.paymentDocuments.give({ operationId: ids.of(what), ...what }))
    if (!answer) return
    ids.done()
    savedAs.value = null
    sent.value = { printer: answer.printer ?? '', number: answer.number, copies: copies.value }
    if (answer.jobId !== null) follow(answer.jobId)
    await given(period)
  }

  async function save() {
    const period = chosen.value
    if (!period) return
    const what = { visitId: visitId.value, accountId: accountId.value, period, output: { how: 'save' as const } }
    const answer = await issuing.submit(() => api.paymentDocuments.give({ operationId: ids.of(what), ...what }))
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

  return {
    periods, loaded, chosen, chosenPeriod, nextDuplicate, preview, printers, printer, copies, job, savedAs, penalty,
    loading: loading.busy, loadFailure: loading.failure,
    showing: showing.busy, showFailure: showing.failure,
    issuing: issuing.busy, issueFailure: issuing.failure,
    explaining: explaining.busy, explainFailure: explaining.failure,
    open, loadPeriods, loadPrinters, choose, show, print, save, explainPenalty, dismissJob: forget,
  }
})
