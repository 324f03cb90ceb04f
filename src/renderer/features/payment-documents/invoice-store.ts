import type { InvoiceDraft } from '@shared/contract/payment-documents'
import { parseMoney } from '@shared/domain/money'
import { computed, ref, shallowRef, watch } from 'vue'
import { api } from '@renderer/api'
import { useSheet } from '@renderer/sheet'
import { perSubject } from '@renderer/subject'
import { useAction } from '@renderer/use-action'
import { useVisitStore } from '@renderer/visit-store'

type Which = Parameters<typeof api.paymentDocuments.invoicePreview>[0]

/** An invoice that is being made out: the debt of today or another sum, with «в том числе» where the visitor wants it. */
export const useInvoiceStore = perSubject(() => {
  const visitId = ref(0)
  const accountId = ref(0)
  const draft = shallowRef<InvoiceDraft | null>(null)
  const what = ref<'debt' | 'sum'>('debt')
  /** As typed, roubles. */
  const sum = ref('')
  const divided = ref(false)
  /** Roubles by service, as typed. */
  const parts = ref<Record<string, string>>({})
  const readings = ref(true)
  const pdf = shallowRef<Uint8Array | null>(null)
  const loading = useAction()
  const showing = useAction()
  const sheet = useSheet<Which>('invoice', (which) => api.paymentDocuments.invoice(which))

  const debt = computed(() => (draft.value ? draft.value.closing - draft.value.paidSince : 0))
  const typed = computed(() => (sum.value.trim() === '' ? null : parseMoney(sum.value)))
  const amount = computed(() => (what.value === 'debt' ? debt.value : (typed.value ?? 0)))
  const named = computed(() => Object.entries(parts.value).flatMap(([service, text]) => (text.trim() === '' ? [] : [{ service, amount: parseMoney(text) }])))
  const partsSum = computed(() => named.value.reduce((total, part) => total + (part.amount ?? 0), 0))
  /** Why the invoice can't be made yet; the name of a text. */
  const problem = computed(() => {
    if (what.value === 'debt' && debt.value <= 0) return 'nothingOwed'
    if (what.value === 'sum' && sum.value.trim() === '') return 'sumMissing'
    if (what.value === 'sum' && typed.value === null) return 'sumUnreadable'
    if (amount.value <= 0) return 'sumMissing'
    if (amount.value > 100_000_000) return 'sumTooLarge'
    if (!divided.value || named.value.length === 0) return null
    if (named.value.some((part) => part.amount === null || part.amount <= 0)) return 'partUnreadable'
    return partsSum.value === amount.value ? null : 'partsDiffer'
  })
  const input = computed<Which>(() => ({
    visitId: visitId.value,
    accountId: accountId.value,
    amount: what.value === 'debt' ? null : amount.value,
    parts: divided.value ? named.value.map(({ service, amount: part }) => ({ service, amount: part ?? 0 })) : [],
    readings: readings.value && (draft.value?.readings.length ?? 0) > 0,
  }))

  function open(visit: number, account: number) {
    visitId.value = visit
    accountId.value = account
    draft.value = null
    what.value = 'debt'
    sum.value = ''
    divided.value = false
    parts.value = {}
    readings.value = true
    pdf.value = null
    loading.reset()
    showing.reset()
    sheet.clear()
  }

  async function load() {
    const asked = accountId.value
    const answer = await loading.run(() => api.paymentDocuments.invoiceDraft({ visitId: visitId.value, accountId: asked }))
    if (!answer || asked !== accountId.value) return
    draft.value = answer
    if (debt.value <= 0 && sum.value === '') what.value = 'sum'
  }

  /** Another desk took a payment or a reading, or this one did: what is owed may be another sum. */
  const visits = useVisitStore()
  watch(
    () => visits.revision,
    () => void (draft.value && load()),
  )
  // What is in the preview is what would be printed, or nothing is. Compared by what is said: the preview's own trace in the log reads the draft anew.
  const said = computed(() => JSON.stringify(input.value))
  watch(said, () => (pdf.value = null))

  async function show() {
    if (problem.value !== null) return
    const asked = said.value
    const answer = await showing.run(() => api.paymentDocuments.invoicePreview(input.value))
    if (answer && asked === said.value) pdf.value = answer.pdf
  }
  const print = async () => {
    if (problem.value === null) await sheet.print(input.value)
  }
  const save = async () => {
    if (problem.value === null) await sheet.save(input.value)
  }

  return {
    draft, what, sum, divided, parts, readings, pdf, debt, amount, partsSum, problem,
    loading: loading.busy, loadFailure: loading.failure,
    showing: showing.busy, showFailure: showing.failure,
    sheet,
    open, load, show, print, save,
  }
})
