import { api } from '@renderer/api'
import { CallFailure } from '@renderer/client'
import { operationIds } from '@renderer/operation-id'
import { perSubject } from '@renderer/subject'
import { useAction } from '@renderer/use-action'
import type { PendingConfirmation } from '@shared/contract/contacts'
import { onScopeDispose, ref, shallowRef } from 'vue'

const FOLLOW_EVERY = 1000

/** The change of an e-mail in one visit: the new address, its code, how the letter fares. */
export const useContactsStore = perSubject(() => {
  const visitId = ref(0)
  const pending = shallowRef<PendingConfirmation | null>(null)
  /** The address that has just been confirmed. */
  const confirmed = ref<string | null>(null)
  /** The last code was wrong. */
  const wrongCode = ref(false)
  const loaded = ref(false)
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
    await run(async () => show(id, (await api.contacts.pending({ visitId: id })).confirmation))
    if (visitId.value === id) loaded.value = true
  }

  async function change(email: string, version: number) {
    const input = { visitId: visitId.value, email, version }
    await submit(async () => {
      show(input.visitId, await api.contacts.changeEmail({ operationId: changeIds.of(input), ...input }))
      changeIds.done()
      confirmed.value = null
    })
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

  /** The change is taken back or the panel is left. */
  function leave() {
    stop()
    reset()
    visitId.value = 0
    pending.value = null
    confirmed.value = null
    wrongCode.value = false
  }

  return { pending, confirmed, wrongCode, loaded, busy, failure, open, change, resend, confirm, leave }
})
