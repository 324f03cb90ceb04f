import type { Approval, approvedKind } from '@shared/contract/approvals'
import type { z } from 'zod'
import { computed, onScopeDispose, shallowRef } from 'vue'
import { api } from './api'
import { CallFailure } from './client'
import { operationIds } from './operation-id'
import { useAction } from './use-action'

export interface Question {
  visitId: number
  accountId: number
  deliver: Approval['deliver']
}

/** Whoever is told by the database looks at once; this is for where nothing is told. */
const ASK_EVERY_MS = 5_000

/** The consent of a supervisor to one operation: asked for, waited for, or given by one who comes to this window. */
export function useApproval(kind: z.infer<typeof approvedKind>) {
  const current = shallowRef<Approval | null>(null)
  const asking = useAction()
  const deciding = useAction()
  const askIds = operationIds()
  const decideIds = operationIds()
  const withdrawIds = operationIds()
  let about: Question | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  onScopeDispose(forget)

  const isWaiting = computed(() => current.value?.state === 'waiting')

  /** One that still waits for the same goes on; else a new question to all supervisors. */
  async function ask(question: Question) {
    const same = about && about.visitId === question.visitId && about.accountId === question.accountId
    about = question
    if (same && isWaiting.value && current.value?.deliver === question.deliver) return follow(question)
    await asking.submit(async () => {
      const made = await api.approvals.ask({ operationId: askIds.of(question), ...question, kind })
      askIds.done()
      show(question, made)
    })
    follow(question)
  }

  /** What was asked in this visit before, also at another time of it. */
  async function find(question: Question) {
    about = question
    current.value = null
    await asking.run(async () => show(question, (await api.approvals.state({ visitId: question.visitId, accountId: question.accountId, kind })).approval))
    if (isWaiting.value) follow(question)
  }

  function follow(question: Question) {
    clearTimeout(timer)
    if (about !== question || !isWaiting.value) return
    timer = setTimeout(async () => {
      await look(question)
      follow(question)
    }, ASK_EVERY_MS)
  }

  async function look(question: Question) {
    try {
      const { approval: now } = await api.approvals.state({ visitId: question.visitId, accountId: question.accountId, kind })
      show(question, now)
    } catch (cause) {
      // The next question asks the same; what went wrong with the connection is told by its own banner.
      if (!(cause instanceof CallFailure)) throw cause
    }
  }

  /** A supervisor at this window. The password is gone from here when the call has ended. */
  async function decideHere(login: string, password: string, code: string | undefined) {
    const [question, waiting] = [about, current.value]
    if (!question || !waiting) return
    await deciding.submit(async () => {
      const granted = await api.approvals.decideHere({ operationId: decideIds.of({ id: waiting.id, login }), approvalId: waiting.id, login, password, ...(code ? { code } : {}) })
      decideIds.done()
      show(question, granted)
    })
    // Decided remotely meanwhile, or too late: what it is now is shown.
    if (deciding.failure.value?.code === 'conflict') await look(question)
  }

  async function withdraw() {
    const [question, waiting] = [about, current.value]
    if (!question || !waiting) return
    await asking.submit(async () => {
      const input = { visitId: question.visitId, approvalId: waiting.id }
      show(question, await api.approvals.withdraw({ operationId: withdrawIds.of(input), ...input }))
      withdrawIds.done()
    })
    if (asking.failure.value?.code === 'conflict') await look(question)
  }

  /** The database has told of a change. */
  async function lookAgain() {
    if (about) await look(about)
  }

  function show(question: Question, now: Approval | null) {
    if (about === question) current.value = now
  }

  function forget() {
    clearTimeout(timer)
    about = null
    current.value = null
    asking.reset()
    deciding.reset()
  }

  return {
    current, isWaiting, askBusy: asking.busy, askFailure: asking.failure, decideBusy: deciding.busy, decideFailure: deciding.failure,
    ask, find, lookAgain, decideHere, withdraw, forget,
  }
}
