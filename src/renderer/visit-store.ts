import type { Card, CardAccount } from '@shared/contract/desk'
import type { Visit } from '@shared/contract/visits'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { api } from './api'
import { newOperationId, operationIds } from './operation-id'
import { useSessionStore } from './session-store'
import { useAction } from './use-action'

/** The subscriber at this window: card, visit and the account that is looked at. The panels of all features stand on it. */
export const useVisitStore = defineStore('visit', () => {
  const session = useSessionStore()
  const subscriberId = ref(0)
  const card = shallowRef<Card | null>(null)
  const visit = shallowRef<Visit | null>(null)
  const accountId = ref<number | null>(null)
  const { busy, failure, run, reset } = useAction()
  const undoing = useAction()
  const undoIds = operationIds()

  const isIdentified = computed(() => visit.value?.identification === 'document' || visit.value?.identification === 'representative')
  const account = computed<CardAccount | null>(() => card.value?.accounts.find(({ id }) => id === accountId.value) ?? card.value?.accounts[0] ?? null)
  /** Repeated by every question that can't be taken back. */
  const subject = computed(() => ({ name: card.value?.subscriber.name ?? visit.value?.subscriberName ?? '', address: account.value?.address ?? visit.value?.address ?? null }))

  /** Opens the card; for an operator that starts a visit, or goes on with the one that is open. */
  async function open(id: number) {
    if (id === subscriberId.value && card.value && (visit.value?.state === 'open' || !session.has('operator'))) return refresh()
    leave()
    subscriberId.value = id
    const openingId = newOperationId()
    await run(async () => {
      if (session.has('operator')) {
        const opened = await api.visits.open({ operationId: openingId, subscriberId: id })
        if (isStill(id)) visit.value = opened
      }
      show(await api.desk.card({ subscriberId: id }))
    })
  }

  /** Reads the card again; what is shown stays until the answer is there. */
  async function refresh() {
    const id = subscriberId.value
    if (id) await run(async () => show(await api.desk.card({ subscriberId: id })))
  }

  // A slow answer about the previous subscriber must not replace the current card.
  function show(loaded: Card | Visit) {
    if ('subscriber' in loaded) {
      if (isStill(loaded.subscriber.id)) card.value = loaded
    } else if (isStill(loaded.subscriberId)) visit.value = loaded
  }

  function isStill(id: number) {
    return id === subscriberId.value
  }

  function choose(id: number) {
    accountId.value = id
  }

  /** The account before or after the chosen one, round and round. */
  function step(by: 1 | -1) {
    const accounts = card.value?.accounts ?? []
    const at = accounts.findIndex(({ id }) => id === account.value?.id)
    const next = accounts[(at + by + accounts.length) % accounts.length]
    if (next) choose(next.id)
  }

  async function undo(target: string) {
    const done = await undoing.submit(async () => {
      await api.visits.undo({ operationId: undoIds.of(target), target })
      undoIds.done()
      return true
    })
    await refresh()
    return done === true
  }

  /** Nothing of this person stays in the page. */
  function leave() {
    reset()
    undoing.reset()
    subscriberId.value = 0
    card.value = null
    visit.value = null
    accountId.value = null
  }

  return { subscriberId, card, visit, account, accountId, subject, isIdentified, busy, failure, undoBusy: undoing.busy, undoFailure: undoing.failure, open, refresh, show, choose, step, undo, leave }
})
