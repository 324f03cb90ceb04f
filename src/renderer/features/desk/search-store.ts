import { announce } from '@renderer/announce'
import { api, onEvent } from '@renderer/api'
import { CallFailure } from '@renderer/client'
import { reopenVisit } from '@renderer/reopen-visit'
import { useSessionStore } from '@renderer/session-store'
import { useAction } from '@renderer/use-action'
import { useVisitStore } from '@renderer/visit-store'
import type { Found, Hit } from '@shared/contract/desk'
import { toEnglishLayout, toRussianLayout } from '@shared/domain/layout'
import { isWholeDocument, understand } from '@shared/domain/search-query'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

/** Numbers that name one account of a subscriber, and not only the subscriber. */
const ofAccount: readonly Hit['match']['kind'][] = ['account', 'contract', 'serial', 'els', 'zhkuId']

/** After so long without a key the text is meant as it stands. */
const PAUSE = 250

/** The one search box of the page and what it found. A search never inherits anything from another screen. */
export const useSearchStore = defineStore('search', () => {
  const text = ref('')
  const includeClosed = ref(false)
  const found = shallowRef<Found | null>(null)
  /** The text that `found` answers. */
  const searchedFor = ref('')
  const askedFor = ref('')
  const selected = ref(0)
  /** The operator has moved to a hit: Enter means this one, whatever else is still being looked for. */
  const hasChosen = ref(false)
  /** The hands have paused or pressed Enter: what is found answers a text that is meant. */
  const isSettled = ref(false)
  const { busy, failure, run, reset } = useAction()
  let timer = 0
  let newest = ''
  let askedClosed = false

  const query = computed(() => text.value.trim())
  const selectedHit = computed(() => found.value?.hits[selected.value] ?? null)
  const onlyHit = computed(() => {
    const [only, another] = found.value?.hits ?? []
    return only && !another ? only : null
  })
  /** What is shown is all there is for what stands in the box. */
  const isCurrent = computed(() => !busy.value && isSettled.value && found.value !== null && searchedFor.value === query.value)
  /** What stands in the box has been asked for in earnest and not answered yet. */
  const isAsking = computed(() => busy.value && isSettled.value && askedFor.value === query.value)

  onEvent('desk.found', ({ searchId, found: soFar }) => {
    if (searchId === newest && soFar.hits.length > 0) showAnswer(askedFor.value, soFar)
  })

  /** At every key: what is found so far stands there at once, and counts as an answer after a short pause. */
  function searchSoon() {
    clearTimeout(timer)
    timer = window.setTimeout(() => void searchNow(), PAUSE)
    isSettled.value = false
    hasChosen.value = false
    if (query.value.length < 3) clearResults()
    else void ask(true)
  }

  /** The text as it stands. What was found while it was being typed is not asked for again, unless it may be a document. */
  async function searchNow() {
    clearTimeout(timer)
    if (query.value.length < 2) return clearResults()
    const isAsked = newest !== '' && askedFor.value === query.value && failure.value === null
    isSettled.value = true
    if (!isAsked || leavesOut(query.value) || askedClosed !== includeClosed.value) await ask(false)
  }

  async function ask(whileTyping: boolean) {
    const asked = query.value
    const searchId = crypto.randomUUID()
    newest = searchId
    askedFor.value = asked
    askedClosed = includeClosed.value
    await run(async () => {
      try {
        const answer = await api.desk.search({ text: asked, includeClosed: includeClosed.value, searchId, whileTyping })
        // A slow answer to an earlier text must not replace a newer one.
        if (searchId === newest) showAnswer(asked, answer)
      } catch (cause) {
        // A newer text has taken its place.
        if (!(cause instanceof CallFailure && cause.reason === 'searchSuperseded')) throw cause
      }
    })
  }

  /** Later stages come behind what is there: what is chosen stays under the hands. */
  function showAnswer(asked: string, answer: Found) {
    if (asked !== query.value) return
    const chosen = hasChosen.value ? selectedHit.value?.subscriberId : undefined
    const place = answer.hits.findIndex(({ subscriberId }) => subscriberId === chosen)
    found.value = answer
    searchedFor.value = asked
    selected.value = Math.max(0, place)
  }

  async function toggleClosed() {
    includeClosed.value = !includeClosed.value
    isSettled.value = true
    await ask(false)
  }

  /** The same keys under the other layout. */
  async function searchOtherLayout() {
    text.value = /\p{sc=Cyrillic}/u.test(text.value) ? toEnglishLayout(text.value) : toRussianLayout(text.value)
    await searchNow()
  }

  function move(step: number) {
    const last = (found.value?.hits.length ?? 0) - 1
    choose(Math.min(Math.max(0, selected.value + step), Math.max(0, last)))
  }

  function choose(place: number) {
    selected.value = place
    hasChosen.value = true
  }

  /**
   * Before the card of a hit opens: the account that was asked for is the chosen one there, and the code of a postponed visit opens its draft, in a
   * visit of this desk. False: that went wrong, and the screen says why.
   */
  async function prepare({ subscriberId, account, match }: Hit): Promise<boolean> {
    if (account && ofAccount.includes(match.kind)) useVisitStore.of(subscriberId).choose(account.id)
    if (match.kind !== 'visitCode' || !useSessionStore().has('operator')) return true
    const answer = await run(() => reopenVisit(match.text))
    if (answer?.problem) announce(answer.problem)
    return answer?.problem === null
  }

  function clearResults() {
    newest = ''
    reset()
    found.value = null
    searchedFor.value = ''
    selected.value = 0
    hasChosen.value = false
  }

  /** An empty box for the next visitor; nothing of the last one stays in sight. */
  function clear() {
    clearTimeout(timer)
    text.value = ''
    includeClosed.value = false
    isSettled.value = false
    clearResults()
  }

  return {
    text, includeClosed, found, searchedFor, selected, selectedHit, onlyHit, hasChosen, isSettled, isCurrent, isAsking, busy, failure, query,
    searchSoon, searchNow, prepare, searchOtherLayout, toggleClosed, move, choose, clear,
  }
})

/** Numbers of documents that may still grow are looked up only when they are meant. */
function leavesOut(text: string): boolean {
  return understand(text).some((lookup) => lookup.kind === 'document' && !isWholeDocument(lookup.key))
}
