import type { Card, CardAccount, TimelineEntry } from '@shared/contract/desk'
import type { Visit } from '@shared/contract/visits'
import { computed, ref, shallowRef } from 'vue'
import { api } from './api'
import { newOperationId, operationIds } from './operation-id'
import { useSessionStore } from './session-store'
import { perSubject, useSubjects } from './subject'
import { useAction } from './use-action'

/** What another desk has done to the card that is looked at; `entry` is null when it was no operation, a register for one. */
export interface News {
  at: string
  entry: TimelineEntry | null
}

/** One subscriber at this window: card, visit and the account that is looked at. The panels of all features stand on it. */
export const useVisitStore = perSubject((subscriberId) => {
  const session = useSessionStore()
  const subjects = useSubjects()
  const card = shallowRef<Card | null>(null)
  const visit = shallowRef<Visit | null>(null)
  const accountId = ref<number | null>(null)
  const { busy, failure, run, reset } = useAction()
  const undoing = useAction()
  const undoIds = operationIds()
  const reverting = useAction()
  const revertIds = operationIds()
  /** Grows with every reading of the card that has begun. */
  let readings = 0
  /** Something has changed and the card was not read since: it is hidden, or the desk is locked. */
  const isStale = ref(false)
  /** Another desk has changed something here that was not looked at yet. */
  const hasNews = ref(false)
  /** Grows when another desk, a register or the portal has changed something: panels read their own part again. */
  const revision = ref(0)
  const news = shallowRef<News | null>(null)

  const isShown = computed(() => subjects.shownId === subscriberId)
  const isIdentified = computed(() => visit.value?.identification === 'document' || visit.value?.identification === 'representative')
  const account = computed<CardAccount | null>(() => card.value?.accounts.find(({ id }) => id === accountId.value) ?? card.value?.accounts[0] ?? null)
  /** Repeated by every question that can't be taken back. */
  const subject = computed(() => ({ name: card.value?.subscriber.name ?? visit.value?.subscriberName ?? '', address: account.value?.address ?? visit.value?.address ?? null }))

  /** Opens the card; for an operator that starts a visit, or goes on with the one that is open. Of another subscriber: in that one's own store. */
  async function open(id: number): Promise<void> {
    if (id !== subscriberId) {
      subjects.shownId = id
      return useVisitStore.of(id).open(id)
    }
    if (card.value && (visit.value?.state === 'open' || !session.has('operator'))) return refresh()
    const openingId = newOperationId()
    await run(async () => {
      if (session.has('operator')) visit.value = await api.visits.open({ operationId: openingId, subscriberId })
      await read()
    })
  }

  /** Reads the card again; what is shown stays until the answer is there. */
  async function refresh(): Promise<void> {
    if (subscriberId) await run(read)
  }

  async function read(): Promise<void> {
    const own = ++readings
    const loaded = await api.desk.card({ subscriberId })
    // An older reading must not replace a newer one.
    if (own !== readings) return
    show(loaded)
    isStale.value = false
    hasNews.value = false
  }

  function show(loaded: Card | Visit) {
    if ('subscriber' in loaded) {
      if (loaded.subscriber.id === subscriberId) card.value = loaded
    } else if (loaded.subscriberId === subscriberId) visit.value = loaded
  }

  let catching: Promise<void> | null = null
  let isCaughtUp = true

  /**
   * Something may have been changed elsewhere: reads the card again if it is looked at, else when it will be. Fields keep what is typed in them.
   * Many changes at once are read once or twice. `isNews`: another desk has said that it has changed something.
   */
  async function catchUp({ isNews = false } = {}): Promise<void> {
    // The card of a visit that has ended here is not to be read any more: the panel that ended it still stands there.
    if (!card.value || (visit.value && visit.value.state !== 'open')) return
    isStale.value = true
    hasNews.value ||= isNews
    if (!isShown.value || session.locked) return
    isCaughtUp = false
    catching ??= (async () => {
      while (!isCaughtUp) {
        isCaughtUp = true
        await compare()
      }
    })().finally(() => (catching = null))
    await catching
  }

  async function compare(): Promise<void> {
    const before = card.value
    await refresh()
    const now = card.value
    if (!before || !now || isStale.value || now === before) return
    revision.value++
    const known = new Set(before.timeline.map(({ operationId }) => operationId))
    const fresh = now.timeline.filter(({ operationId }) => !known.has(operationId))
    const isOwn = ({ visitId }: TimelineEntry) => visitId !== null && visitId === visit.value?.id
    const entry = fresh.find((one) => !isOwn(one) && !isQuiet(one.kind)) ?? null
    // Without an operation it was a register or the portal; what has just been done here is no news.
    if (entry || (factsOf(now) !== factsOf(before) && !fresh.some(isOwn))) news.value = { at: entry?.at ?? new Date().toISOString(), entry }
  }

  /** Number of card readings begun: tells whether one has begun since. */
  const readingsBegun = () => readings

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

  async function undo(target: string): Promise<boolean> {
    const done = await undoing.submit(async () => {
      await api.visits.undo({ operationId: undoIds.of(target), target })
      undoIds.done()
      return true
    })
    await refresh()
    return done === true
  }

  /** Takes a recent change of a contact back, an own one or a colleague's; `contactId` is the one in force now. What went with it; null when it is not done. */
  async function revertContact(contactId: number) {
    const visitId = visit.value?.id
    const version = card.value?.subscriber.version
    if (visitId === undefined || version === undefined) return null
    const input = { visitId, contactId, version }
    const done = await reverting.submit(async () => {
      const answer = await api.contacts.revert({ operationId: revertIds.of(input), ...input })
      revertIds.done()
      return answer
    })
    await refresh()
    return done ?? null
  }

  /** Nothing of this person stays in the page. */
  function leave() {
    reset()
    undoing.reset()
    reverting.reset()
    readings++
    card.value = null
    visit.value = null
    accountId.value = null
    news.value = null
    isStale.value = false
    hasNews.value = false
    subjects.forget(subscriberId)
  }

  return {
    subscriberId, card, visit, account, accountId, subject, isIdentified, isShown, isStale, hasNews, revision, news,
    busy, failure, undoBusy: undoing.busy, undoFailure: undoing.failure, revertBusy: reverting.busy, revertFailure: reverting.failure,
    open, refresh, catchUp, readingsBegun, show, choose, step, undo, revertContact, leave,
  }
})

/** What changes nothing on the card is no news. */
function isQuiet(kind: string): boolean {
  return kind.startsWith('visits.') || kind.startsWith('approvals.') || kind.endsWith('.unmask') || kind.startsWith('paymentDocuments.')
}

function factsOf({ subscriber, contacts, accounts }: Card): string {
  // How a letter fares on its way is followed where it was sent.
  return JSON.stringify([subscriber, contacts, accounts], (key, value: unknown) => (key === 'awaiting' || key === 'letter' ? undefined : value))
}
