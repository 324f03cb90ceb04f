import { api } from '@renderer/api'
import { CallFailure } from '@renderer/client'
import { operationIds } from '@renderer/operation-id'
import { perSubject } from '@renderer/subject'
import { useAction } from '@renderer/use-action'
import type { PendingConfirmation } from '@shared/contract/contacts'
import { useVisitStore } from '@renderer/visit-store'
import { onScopeDispose, ref, shallowRef, watch } from 'vue'

const FOLLOW_EVERY = 1000

/** The change of an e-mail in one visit: the new address, its code, how the letter fares. */
export const useContactsStore = perSubject(() => {
  const visits = useVisitStore()
  const visitId = ref(0)
  const pending = shallowRef<PendingConfirmation | null>(null)
  /** The address that has just been confirmed. */
  const confirmed = ref<string | null>(null)
  /** The last code was wrong. */
  const wrongCode = ref(false)
  const loaded = ref(false)
  /** Another desk began a change while the code of this one was awaited. */
  const superseded = ref(false)
  const { busy, failure, run, submit, reset } = useAction()
  const changeIds = operationIds()
  const codeIds = operationIds()
  const resendIds = operationIds()
  let timer = 0
  onScopeDispose(stop)

  /** A change begun earlier in this visit goes on where it was. */
  async function open(id: number) {
    stop()
    reset()
    visitId.value = id
    pending.value = null
    confirmed.value = null
    wrongCode.value = false
    loaded.value = false
    superseded.value = false
    await run(async () => show(id, (await api.contacts.pending({ visitId: id })).confirmation))
    if (visitId.value === id) loaded.value = true
  }

  async function change(email: string, version: number) {
    const input = { visitId: visitId.value, email, version }
    await submit(async () => {
      show(input.visitId, await api.contacts.changeEmail({ operationId: changeIds.of(input), ...input }))
      changeIds.done()
      confirmed.value = null
      superseded.value = false
    })
    // Who was quicker is told by the failure; the card says what it is now, and going on is a decision about that.
    if (failure.value?.reason === 'changedByAnotherDesk') await visits.refresh()
  }

  async function resend() {
    const current = pending.value
    if (!current) return
    const input = { visitId: visitId.value, confirmationId: current.id }
    await submit(async () => {
      show(input.visitId, await api.contacts.resendCode({ operationId: resendIds.of(input), ...input }))
      resendIds.done()
      wrongCode.value = false
    })
  }

  /** A wrong code is an outcome: what is left is told. */
  async function confirm(code: string) {
    const current = pending.value
    if (!current) return
    const input = { visitId: visitId.value, confirmationId: current.id, code }
    await submit(async () => {
      const answer = await api.contacts.confirmEmail({ operationId: codeIds.of(input), ...input })
      codeIds.done()
      if (visitId.value !== input.visitId) return
      wrongCode.value = !answer.confirmed
      if (answer.confirmed) {
        confirmed.value = current.value
        show(input.visitId, null)
      } else show(input.visitId, { ...current, attemptsLeft: answer.attemptsLeft })
    })
  }

  // What is answered about an earlier visit must not appear in this one.
  function show(id: number, confirmation: PendingConfirmation | null) {
    if (id !== visitId.value) return
    pending.value = confirmation
    if (confirmation && (confirmation.delivery === 'queued' || confirmation.delivery === 'sending')) follow()
    else stop()
  }

  /** Looks every second how the letter fares; a look that fails is followed by another. */
  function follow() {
    stop()
    timer = window.setTimeout(async () => {
      const id = visitId.value
      try {
        const { confirmation } = await api.contacts.pending({ visitId: id })
        if (pending.value && confirmation) show(id, { ...confirmation, attemptsLeft: Math.min(confirmation.attemptsLeft, pending.value.attemptsLeft) })
      } catch (cause) {
        if (!(cause instanceof CallFailure)) throw cause
        if (id === visitId.value && pending.value) follow()
      }
    }, FOLLOW_EVERY)
  }

  function stop() {
    clearTimeout(timer)
  }

  watch(
    () => visits.revision,
    async () => {
      const waiting = pending.value
      if (!waiting || busy.value) return
      const answer = await run(() => api.contacts.pending({ visitId: visitId.value }))
      if (!answer || pending.value?.id !== waiting.id || answer.confirmation?.id === waiting.id) return
      superseded.value = true
      show(visitId.value, answer.confirmation)
    },
  )

  /** The change is taken back or the panel is left. */
  function leave() {
    stop()
    reset()
    visitId.value = 0
    pending.value = null
    confirmed.value = null
    wrongCode.value = false
  }

  return { pending, confirmed, wrongCode, loaded, superseded, busy, failure, drop: reset, open, change, resend, confirm, leave }
})
