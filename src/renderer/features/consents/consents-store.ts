import { api } from '@renderer/api'
import { operationIds } from '@renderer/operation-id'
import { useSheet } from '@renderer/sheet'
import { perSubject } from '@renderer/subject'
import { useAction } from '@renderer/use-action'
import { useVisitStore } from '@renderer/visit-store'
import type { Consent, ConsentOffer } from '@shared/contract/consents'
import { shallowRef } from 'vue'

type Listed = Awaited<ReturnType<typeof api.consents.list>>
type FormOf = Pick<ConsentOffer, 'purpose' | 'channel'> & { visitId: number; accountId: number }

/** What the visitor has agreed to with the provider of one account, and how its bills come. */
export const useConsentsStore = perSubject(() => {
  const visits = useVisitStore()
  const listed = shallowRef<Listed | null>(null)
  const loading = useAction()
  const { busy, failure, submit, reset } = useAction()
  const paper = useSheet<FormOf>('consent', (input) => api.consents.form(input))
  const ids = operationIds()

  async function load(accountId: number) {
    const visitId = visits.visit?.id
    if (visitId) await loading.run(async () => (listed.value = await api.consents.list({ visitId, accountId })))
  }

  /** True when it was done; what stands now is shown in either case. */
  async function change(accountId: number, input: object, call: (operationId: string, visitId: number) => Promise<unknown>): Promise<boolean> {
    const visitId = visits.visit?.id
    if (!visitId) return false
    const done = await submit(async () => {
      await call(ids.of({ accountId, ...input }), visitId)
      ids.done()
      return true
    })
    await Promise.all([load(accountId), visits.refresh()])
    return done === true
  }

  const give = (accountId: number, { purpose, channel, textVersion }: ConsentOffer) =>
    change(accountId, { purpose, channel, textVersion }, (operationId, visitId) => api.consents.give({ operationId, visitId, accountId, purpose, channel, textVersion }))
  const withdraw = (accountId: number, { id }: Consent) => change(accountId, { id }, (operationId, visitId) => api.consents.withdraw({ operationId, visitId, consentId: id }))
  const chooseDelivery = (accountId: number, delivery: 'paper' | 'email') =>
    change(accountId, { delivery }, (operationId, visitId) => api.consents.chooseDelivery({ operationId, visitId, accountId, delivery }))

  return { listed, loading: loading.busy, loadFailure: loading.failure, busy, failure, paper, load, give, withdraw, chooseDelivery, reset }
})
