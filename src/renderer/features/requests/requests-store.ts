import { api } from '@renderer/api'
import { operationIds } from '@renderer/operation-id'
import { printerFor, usePrintJob } from '@renderer/print-job'
import { perSubject } from '@renderer/subject'
import { useAction } from '@renderer/use-action'
import { useVisitStore } from '@renderer/visit-store'
import type { RequestDetails, RequestKind, RequestOffer, SubscriberRequest } from '@shared/contract/requests'
import { ref, shallowRef } from 'vue'

/** What the operator has typed for a new request; kept while other panels of the card are open. */
export interface RequestDraft {
  kind: RequestKind | ''
  from: string
  until: string
  tariff: string
  amount: string
  text: string
}
const emptyDraft = (): RequestDraft => ({ kind: '', from: '', until: '', tariff: '', amount: '', text: '' })

/** Requests of the subscriber at this window: what may be asked, the one being written, the one just made. */
export const useRequestsStore = perSubject(() => {
  const visits = useVisitStore()
  const draft = ref<RequestDraft>(emptyDraft())
  const offer = shallowRef<RequestOffer | null>(null)
  const made = shallowRef<SubscriberRequest | null>(null)
  const asking = useAction()
  const { busy, failure, submit, reset } = useAction()
  const paper = useAction()
  const saved = ref<string | null>(null)
  const { job, follow, forget } = usePrintJob()
  const ids = operationIds()
  const paperIds = operationIds()

  /** null: about the subscriber as such, not an account. */
  async function load(accountId: number | null) {
    const visitId = visits.visit?.id
    if (visitId) await asking.run(async () => (offer.value = await api.requests.offer({ visitId, accountId })))
  }

  async function create(accountId: number | null, kind: RequestKind, details: RequestDetails, despiteOpen: boolean) {
    const visitId = visits.visit?.id
    if (!visitId) return
    const input = { visitId, accountId, kind, text: draft.value.text.trim(), details, despiteOpen }
    const answer = await submit(() => api.requests.create({ operationId: ids.of(input), ...input }))
    if (!answer) return
    ids.done()
    forget()
    paper.reset()
    saved.value = null
    made.value = answer
    draft.value = emptyDraft()
    await Promise.all([visits.refresh(), load(accountId)])
  }

  async function printApplication(requestId: number) {
    const visitId = visits.visit?.id
    if (!visitId) return
    saved.value = null
    const given = await paper.submit(async () => {
      const printer = printerFor('application', await api.printing.printers({}))
      return api.requests.printApplication({ operationId: paperIds.of({ requestId, how: 'print' }), visitId, requestId, printer })
    })
    if (!given) return
    paperIds.done()
    follow(given.jobId)
  }

  async function saveApplication(requestId: number) {
    const visitId = visits.visit?.id
    if (!visitId) return
    const given = await paper.submit(() => api.requests.saveApplication({ operationId: paperIds.of({ requestId, how: 'save' }), visitId, requestId }))
    // Closing the dialog is a decision, not a failure.
    if (paper.failure.value?.reason === 'saveCancelled') paper.reset()
    if (!given) return
    paperIds.done()
    saved.value = given.fileName
  }

  /** Back to an empty form; what was made stays on the card. */
  function another() {
    made.value = null
    forget()
    paper.reset()
    saved.value = null
    reset()
  }

  return {
    draft, offer, made, loading: asking.busy, loadFailure: asking.failure, busy, failure, paperBusy: paper.busy, paperFailure: paper.failure, saved, job,
    load, create, printApplication, saveApplication, another, reset,
  }
})
