import { LONGEST_STATEMENT } from '@shared/contract/payment-documents'
import { addMonthsToPeriod, type Period } from '@shared/domain/dates'
import { usualStatement } from '@shared/domain/settlements'
import { computed, ref, shallowRef, watch } from 'vue'
import { api } from '@renderer/api'
import { useSheet } from '@renderer/sheet'
import { perSubject } from '@renderer/subject'
import { useAction } from '@renderer/use-action'

type Which = Parameters<typeof api.paymentDocuments.statementPreview>[0]

/** A statement of settlements of whole months. */
export const useStatementStore = perSubject(() => {
  const visitId = ref(0)
  const accountId = ref(0)
  const from = ref<Period>('')
  const to = ref<Period>('')
  const penalty = ref(false)
  const pdf = shallowRef<Uint8Array | null>(null)
  const showing = useAction()
  const sheet = useSheet<Which>('statement', (which) => api.paymentDocuments.statement(which))

  /** Why the statement can't be made; the name of a text. */
  const problem = computed(() => {
    if (from.value === '' || to.value === '') return 'monthMissing'
    if (to.value < from.value) return 'monthsOrder'
    return to.value >= addMonthsToPeriod(from.value, LONGEST_STATEMENT) ? 'tooLong' : null
  })
  const input = computed<Which>(() => ({ visitId: visitId.value, accountId: accountId.value, from: from.value, to: to.value, penalty: penalty.value }))

  function open(visit: number, account: number) {
    visitId.value = visit
    accountId.value = account
    from.value = ''
    to.value = ''
    penalty.value = false
    pdf.value = null
    showing.reset()
    sheet.clear()
  }

  /** The months proposed: the last twelve that are charged. */
  function propose(periods: readonly Period[]) {
    const usual = usualStatement(periods)
    if (from.value !== '' || !usual) return
    from.value = usual.from
    to.value = usual.to
  }

  watch(input, () => (pdf.value = null))

  async function show() {
    if (problem.value !== null) return
    const asked = input.value
    const answer = await showing.run(() => api.paymentDocuments.statementPreview(asked))
    if (answer && asked === input.value) pdf.value = answer.pdf
  }
  const print = async () => {
    if (problem.value === null) await sheet.print(input.value)
  }
  const save = async () => {
    if (problem.value === null) await sheet.save(input.value)
  }

  return {
    from, to, penalty, pdf, problem,
    showing: showing.busy, showFailure: showing.failure,
    sheet,
    open, propose, show, print, save,
  }
})
