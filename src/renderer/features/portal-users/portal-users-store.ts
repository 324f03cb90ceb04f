import { announce } from '@renderer/announce'
import { api } from '@renderer/api'
import { t } from '@renderer/i18n'
import { operationIds } from '@renderer/operation-id'
import { perSubject } from '@renderer/subject'
import { useAction } from '@renderer/use-action'
import { useVisitStore } from '@renderer/visit-store'
import type { InputOf } from '@shared/contract/call'
import type { BlockReason, ListedPortalUser, PinRefusal, PortalRequest, PortalUserList, portalUsersContract, UnblockReason } from '@shared/contract/portal-users'
import { ref, shallowRef, watch } from 'vue'

export type LinkProofInput = InputOf<(typeof portalUsersContract)['linkAccount']>['proof']

/** What an operator can do here, each asked about once more in a dialog that repeats whose card it is. */
export type PortalAct =
  | { act: 'registerNow' | 'registerLink' }
  | { act: 'link' | 'block' | 'unblock' | 'askPin'; user: ListedPortalUser }
  | { act: 'unlink'; user: ListedPortalUser; link: ListedPortalUser['links'][number] }
  | { act: 'unlinkEsia'; user: ListedPortalUser; link: ListedPortalUser['esiaLinks'][number] }
  | { act: 'issuePin' | 'resendPin' | 'refusePin' | 'resendRegistration' | 'confirmRegistration'; request: PortalRequest }

/** What the dialog has asked for besides. */
export interface ActAnswer {
  reason?: BlockReason | UnblockReason | PinRefusal
  comment?: string
  number?: string
  proof?: LinkProofInput
}

/** Who signs in at the portal of the account's provider, and with what; everything that can be done about it. */
export const usePortalUsersStore = perSubject(() => {
  const visits = useVisitStore()
  const list = shallowRef<PortalUserList | null>(null)
  /** The proof did not agree: what is left of today's tries. */
  const attemptsLeft = ref<number | null>(null)
  const loading = useAction()
  const acting = useAction()
  const ids = operationIds()
  let about: { visitId: number; accountId: number } | null = null

  watch(
    () => visits.revision,
    () => void (about && list.value && !acting.busy.value && read()),
  )

  async function open(visitId: number, accountId: number) {
    leave()
    about = { visitId, accountId }
    await read()
  }

  async function read() {
    const own = about
    if (!own) return
    const answer = await loading.run(() => api.portalUsers.list(own))
    if (answer && own === about) list.value = answer
  }

  /** True when it is done; the list and the card are read again. */
  async function run(asked: PortalAct, answer: ActAnswer): Promise<boolean> {
    const own = about
    if (!own) return false
    attemptsLeft.value = null
    const done = await acting.submit(async () => {
      const result = await call(asked, answer, own)
      ids.done()
      return result
    })
    if (done === false) return false
    // A conflict as well: what is shown is not what there is.
    if (done || acting.failure.value?.code === 'conflict') await Promise.all([read(), visits.refresh()])
    if (done) announce(t(`portalUsers.done.${asked.act}`))
    return done === true
  }

  async function call(asked: PortalAct, { reason, comment, number = '', proof = { by: 'own' } }: ActAnswer, target: { visitId: number; accountId: number }): Promise<boolean> {
    const of = <T extends object>(input: T) => ({ operationId: ids.of({ act: asked.act, ...input }), ...input })
    switch (asked.act) {
      case 'registerNow':
      case 'registerLink':
        await api.portalUsers.register(of({ ...target, way: asked.act === 'registerNow' ? ('now' as const) : ('link' as const) }))
        return true
      case 'link': {
        const { linked, attemptsLeft: left } = await api.portalUsers.linkAccount(of({ ...target, portalUserId: asked.user.id, number, proof }))
        if (!linked) {
          attemptsLeft.value = left
          ids.done()
        }
        return linked
      }
      case 'unlink':
        await api.portalUsers.unlinkAccount(of({ ...target, portalUserId: asked.user.id, linkedAccountId: asked.link.accountId }))
        return true
      case 'unlinkEsia':
        await api.portalUsers.unlinkEsia(of({ ...target, esiaLinkId: asked.link.id }))
        return true
      case 'block':
        await api.portalUsers.block(of({ ...target, portalUserId: asked.user.id, reason: reason as BlockReason, comment: comment || null }))
        return true
      case 'unblock':
        await api.portalUsers.unblock(of({ ...target, portalUserId: asked.user.id, reason: reason as UnblockReason }))
        return true
      case 'askPin':
        await api.portalRequests.askPin(of({ ...target, portalUserId: asked.user.id }))
        return true
      case 'confirmRegistration':
        await api.portalRequests.confirmRegistration(of({ ...target, requestId: asked.request.id, version: asked.request.version }))
        return true
      default: {
        const request = { visitId: target.visitId, requestId: asked.request.id, version: asked.request.version }
        if (asked.act === 'refusePin') await api.portalRequests.refusePin(of({ ...request, reason: reason as PinRefusal, text: comment || null }))
        else await api.portalRequests[asked.act](of(request))
        return true
      }
    }
  }

  function forget() {
    acting.reset()
    attemptsLeft.value = null
  }

  function leave() {
    loading.reset()
    forget()
    about = null
    list.value = null
  }

  return { list, attemptsLeft, loading: loading.busy, loadFailure: loading.failure, busy: acting.busy, failure: acting.failure, open, read, run, forget, leave }
})
