import { api } from '@renderer/api'
import { operationIds } from '@renderer/operation-id'
import { useSheet } from '@renderer/sheet'
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
  const application = useSheet<{ visitId: number; requestId: number }>('application', (input) => api.requests.application(input))
  const ids = operationIds()

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
    application.clear()
    made.value = answer
    draft.value = emptyDraft()
    await Promise.all([visits.refresh(), load(accountId)])
  }

  /** Back to an empty form; what was made stays on the card. */
  function another() {
    made.value = null
    application.clear()
    reset()
  }

  return { draft, offer, made, loading: asking.busy, loadFailure: asking.failure, busy, failure, application, load, create, another, reset }
})
