import { api } from '@renderer/api'
import { CallFailure } from '@renderer/client'
import { operationIds } from '@renderer/operation-id'
import { perSubject } from '@renderer/subject'
import { useAction } from '@renderer/use-action'
import { useVisitStore } from '@renderer/visit-store'
import type { PendingConfirmation } from '@shared/contract/contacts'
import type { Contact } from '@shared/contract/desk'
import type { ConfirmationWay, ContactKind, ContactPurpose } from '@shared/domain/contact'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'

const FOLLOW_EVERY = 1000

type Opened = Awaited<ReturnType<typeof api.contacts.pending>>

/** What is to be recorded: `contactId` is the one it replaces, null the main one or a further contact. */
export interface Change {
  kind: ContactKind
  purpose: ContactPurpose
  contactId: number | null
  value: string
  way: ConfirmationWay | 'none'
}

/** What has just been done: the panel says it until the next thing. */
export interface Outcome {
  kind: ContactKind
  what: 'confirmed' | 'recorded'
  value: string
  /** Another contact gave way to this one and is told of it. */
  replaced: boolean
}

/** Changes of the contacts of one subscriber in one visit: what is recorded, what waits for a code or a link, how the messages fare. */
export const useContactsStore = perSubject(() => {
  const visits = useVisitStore()
  const visitId = ref(0)
  /** Ways and rules of the providers, and what waits. */
  const opened = shallowRef<Opened | null>(null)
  const outcome = shallowRef<Outcome | null>(null)
  /** The last code was wrong. */
  const wrongCode = ref(false)
  /** Another desk began a change while the code of this one was awaited. */
  const superseded = ref(false)
  const { busy, failure, run, submit, reset } = useAction()
  /** A look of our own must keep nobody from pressing Enter. */
  const looking = useAction()
  const changeIds = operationIds()
  const askIds = operationIds()
  const codeIds = operationIds()
  const resendIds = operationIds()
  const cancelIds = operationIds()
  const removeIds = operationIds()
  let timer = 0
  onScopeDispose(stop)

  /** How a main contact may be confirmed; the first is for a visitor who stands here. */
  const ways = computed(() => opened.value?.ways ?? { email: [], phone: [] })
  /** The newest last. */
  const waiting = computed(() => [...(opened.value?.confirmations ?? [])].sort((left, right) => left.id - right.id))
  /** The code that is heard now: the newest one. */
  const code = computed(() => waiting.value.findLast(({ way }) => way !== 'link') ?? null)
  const links = computed(() => waiting.value.filter(({ way }) => way === 'link'))

  /** A change begun earlier in this visit goes on where it was. */
  async function open(id: number) {
    stop()
    reset()
    visitId.value = id
    opened.value = null
    outcome.value = null
    wrongCode.value = false
    superseded.value = false
    await run(async () => show(id, await api.contacts.pending({ visitId: id })))
  }

  /** Whether it is recorded. What waits for a code or a link afterwards is in `waiting`. */
  async function change(wanted: Change, version: number): Promise<boolean> {
    const input = { visitId: visitId.value, ...wanted, version }
    const replaced = visits.card?.contacts.some(({ kind, purpose, isCurrent }) => isCurrent && kind === wanted.kind && purpose === 'main' && wanted.purpose === 'main') ?? false
    const answer = await submit(() => api.contacts.change({ operationId: changeIds.of(input), ...input }))
    // Who was quicker is told by the failure; the card says what it is now, and going on is a decision about that.
    if (!answer) {
      if (failure.value?.reason === 'changedByAnotherDesk') await visits.refresh()
      return false
    }
    changeIds.done()
    superseded.value = false
    wrongCode.value = false
    outcome.value = answer.confirmation ? null : { kind: wanted.kind, what: 'recorded', value: wanted.value, replaced: replaced || wanted.contactId !== null }
    put(input.visitId, answer.confirmation)
    void visits.refresh()
    return true
  }

  /** A code or a link for a contact that is recorded already. */
  async function ask(contact: Contact, way: ConfirmationWay) {
    const input = { visitId: visitId.value, contactId: contact.id, way }
    const asked = await submit(() => api.contacts.ask({ operationId: askIds.of(input), ...input }))
    if (!asked) return
    askIds.done()
    outcome.value = null
    wrongCode.value = false
    put(input.visitId, asked)
    void visits.refresh()
  }

  async function resend({ id }: PendingConfirmation) {
    const input = { visitId: visitId.value, confirmationId: id }
    const sent = await submit(() => api.contacts.resend({ operationId: resendIds.of(input), ...input }))
    if (!sent) return
    resendIds.done()
    wrongCode.value = false
    put(input.visitId, sent)
  }

  /** A wrong code is an outcome: what is left is told. Whether there was an answer. */
  async function confirm(digits: string): Promise<boolean> {
    const current = code.value
    if (!current) return false
    const input = { visitId: visitId.value, confirmationId: current.id, code: digits }
    const answer = await submit(() => api.contacts.confirm({ operationId: codeIds.of(input), ...input }))
    if (!answer) return false
    codeIds.done()
    if (visitId.value !== input.visitId) return true
    wrongCode.value = !answer.confirmed
    if (answer.confirmed) {
      outcome.value = { kind: current.kind, what: 'confirmed', value: current.value, replaced: current.replaces !== null }
      drop(current)
      void visits.refresh()
    } else put(input.visitId, { ...current, attemptsLeft: answer.attemptsLeft })
    return true
  }

  /** The contact before it stays in force. Whether it is cancelled. */
  async function cancel(confirmation: PendingConfirmation): Promise<boolean> {
    const input = { visitId: visitId.value, confirmationId: confirmation.id }
    const done = await submit(() => api.contacts.cancel({ operationId: cancelIds.of(input), ...input }))
    if (!done) return false
    cancelIds.done()
    wrongCode.value = false
    drop(confirmation)
    void visits.refresh()
    return true
  }

  /** `despite`: although something hangs on it, as the refusal `contactInUse` has told. Whether it is removed. */
  async function remove(contact: Contact, version: number, despite: boolean): Promise<boolean> {
    const input = { visitId: visitId.value, contactId: contact.id, version, despite }
    const done = await submit(() => api.contacts.remove({ operationId: removeIds.of(input), ...input }))
    if (!done) {
      if (failure.value?.reason === 'changedByAnotherDesk') await visits.refresh()
      return false
    }
    removeIds.done()
    outcome.value = null
    for (const one of waiting.value.filter(({ contactId }) => contactId === contact.id)) drop(one)
    void visits.refresh()
    return true
  }

  // What is answered about an earlier visit must not appear in this one.
  function show(id: number, answer: Opened) {
    if (id !== visitId.value) return
    opened.value = answer
    if (answer.confirmations.some(({ delivery }) => delivery === 'queued' || delivery === 'sending')) follow()
    else stop()
  }

  /** The newest one last; a change of a main contact that waited gives way to the next one. */
  function put(id: number, confirmation: PendingConfirmation | null) {
    if (id !== visitId.value || !opened.value || !confirmation) return
    const gaveWay = (one: PendingConfirmation) => one.contactId === confirmation.contactId || (one.kind === confirmation.kind && one.purpose === 'main' && confirmation.purpose === 'main')
    const place = waiting.value.findIndex((one) => one.id === confirmation.id)
    const others = waiting.value.filter((one) => one.id !== confirmation.id && !gaveWay(one))
    show(id, { ...opened.value, confirmations: place < 0 ? [...others, confirmation] : waiting.value.map((one) => (one.id === confirmation.id ? confirmation : one)) })
  }

  function drop({ id }: PendingConfirmation) {
    if (opened.value) show(visitId.value, { ...opened.value, confirmations: waiting.value.filter((one) => one.id !== id) })
  }

  /** Looks every second how the messages fare; a look that fails is followed by another. */
  function follow() {
    stop()
    timer = window.setTimeout(async () => {
      const id = visitId.value
      try {
        const answer = await api.contacts.pending({ visitId: id })
        if (waiting.value.length) show(id, { ...answer, confirmations: answer.confirmations.map(knownAttempts) })
      } catch (cause) {
        if (!(cause instanceof CallFailure)) throw cause
        if (id === visitId.value && waiting.value.length) follow()
      }
    }, FOLLOW_EVERY)
  }

  /** A look that began before the last attempt must not give attempts back. */
  function knownAttempts(confirmation: PendingConfirmation): PendingConfirmation {
    const known = waiting.value.find(({ id }) => id === confirmation.id)
    return known && known.expiresAt === confirmation.expiresAt && known.attemptsLeft !== null && confirmation.attemptsLeft !== null
      ? { ...confirmation, attemptsLeft: Math.min(known.attemptsLeft, confirmation.attemptsLeft) }
      : confirmation
  }

  function stop() {
    clearTimeout(timer)
  }

  watch(
    () => visits.revision,
    async () => {
      const before = code.value
      if (!opened.value || busy.value) return
      const id = visitId.value
      const answer = await looking.run(() => api.contacts.pending({ visitId: id }))
      if (!answer || id !== visitId.value) return
      superseded.value = before !== null && !answer.confirmations.some((one) => one.id === before.id)
      show(id, answer)
    },
  )

  /** The panel is left, or what was done here is taken back. */
  function leave() {
    stop()
    reset()
    visitId.value = 0
    opened.value = null
    outcome.value = null
    wrongCode.value = false
  }

  return { opened, ways, waiting, code, links, outcome, wrongCode, superseded, busy, failure, reset, open, change, ask, resend, confirm, cancel, remove, leave }
})
