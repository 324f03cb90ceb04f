import { api, onEvent } from '@renderer/api'
import { operationIds } from '@renderer/operation-id'
import { useSessionStore } from '@renderer/session-store'
import { useAction } from '@renderer/use-action'
import type { WaitingApproval } from '@shared/contract/approvals'
import { defineStore } from 'pinia'
import { shallowRef, watch } from 'vue'

/** Where nothing is told by the database, a question is seen this late at most. */
const ASK_EVERY_MS = 10_000

/** Questions of operators that wait for a supervisor. Looked at while one is signed in, whatever page is open. */
export const useApprovalsStore = defineStore('approvals', () => {
  const session = useSessionStore()
  const loading = useAction()
  const deciding = useAction()
  const ids = operationIds()
  const waiting = shallowRef<readonly WaitingApproval[] | null>(null)
  let timer = 0

  const mayDecide = () => session.isReady && session.has('supervisor')

  async function load() {
    if (!mayDecide() || session.locked) return
    const answer = await loading.run(() => api.approvals.waiting({}))
    if (answer) waiting.value = answer.approvals
  }

  async function decide(approvalId: number, granted: boolean, comment: string): Promise<boolean> {
    const input = { approvalId, granted, comment: comment.trim() || null }
    const done = await deciding.submit(async () => {
      await api.approvals.decide({ operationId: ids.of(input), ...input })
      ids.done()
      return true
    })
    // Decided by somebody else, or too late: the list tells.
    await load()
    return done === true
  }

  function follow() {
    clearTimeout(timer)
    timer = window.setTimeout(follow, ASK_EVERY_MS)
    void load()
  }

  onEvent('desk.changed', ({ kind }) => void (kind.startsWith('approvals.') && load()))
  watch(
    () => mayDecide() && session.staff?.login,
    (login) => {
      clearTimeout(timer)
      waiting.value = null
      if (login) follow()
    },
    { immediate: true },
  )

  return { waiting, loading: loading.busy, loadFailure: loading.failure, busy: deciding.busy, failure: deciding.failure, load, decide, reset: deciding.reset }
})
