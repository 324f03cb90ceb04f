import { announce } from '@renderer/announce'
import { api } from '@renderer/api'
import { t } from '@renderer/i18n'
import { operationIds } from '@renderer/operation-id'
import { useAction } from '@renderer/use-action'
import type { PinRefusal, PortalRequest } from '@shared/contract/portal-users'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { ActAnswer, PortalAct } from './portal-users-store'

type Queue = Awaited<ReturnType<typeof api.portalRequests.list>>
export type QueueState = 'waiting' | 'sent' | 'closed'
export type QueueAct = Extract<PortalAct, { request: PortalRequest }>['act']

/** Requests that came from the portals, for whoever has a minute. */
export const usePortalRequestsStore = defineStore('portal-requests', () => {
  const state = ref<QueueState>('waiting')
  const kind = ref<'' | PortalRequest['kind']>('')
  const queue = shallowRef<Queue | null>(null)
  const loading = useAction()
  const acting = useAction()
  const ids = operationIds()
  const requests = computed(() => queue.value?.requests ?? [])

  async function load() {
    const asked = { state: state.value, kind: kind.value || null }
    const found = await loading.run(() => api.portalRequests.list(asked))
    if (found && asked.state === state.value && asked.kind === (kind.value || null)) queue.value = found
  }

  async function run(act: QueueAct, request: PortalRequest, { reason, comment }: ActAnswer): Promise<boolean> {
    const input = { requestId: request.id, version: request.version, visitId: null }
    const done = await acting.submit(async () => {
      const operationId = ids.of({ act, ...input, reason, comment })
      if (act === 'refusePin') await api.portalRequests.refusePin({ operationId, ...input, reason: reason as PinRefusal, text: comment || null })
      else if (act === 'issuePin') await api.portalRequests.issuePin({ operationId, ...input })
      else if (act === 'resendPin') await api.portalRequests.resendPin({ operationId, ...input })
      else await api.portalRequests.resendRegistration({ operationId, ...input })
      ids.done()
      return true
    })
    if (done || acting.failure.value?.code === 'conflict') await load()
    if (done) announce(t(`portalUsers.done.${act}`))
    return done === true
  }

  return { state, kind, queue, requests, loading: loading.busy, loadFailure: loading.failure, busy: acting.busy, failure: acting.failure, forget: acting.reset, load, run }
})
