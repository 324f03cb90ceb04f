import { api } from '@renderer/api'
import { useAction } from '@renderer/use-action'
import type { deskContract } from '@shared/contract/desk'
import type { OutputOf } from '@shared/contract/call'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

type Found = OutputOf<(typeof deskContract)['search']>

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
  const { busy, failure, run, reset } = useAction()
  let timer = 0

  const query = computed(() => text.value.trim())
  const selectedHit = computed(() => found.value?.hits[selected.value] ?? null)
  /** What is shown answers what stands in the box. */
  const isCurrent = computed(() => !busy.value && found.value !== null && searchedFor.value === query.value)

  /** What stands in the box has been asked and not answered yet. */
  const isAsking = computed(() => busy.value && askedFor.value === query.value)

  /** After a short pause in typing. */
  function searchSoon() {
    clearTimeout(timer)
    timer = window.setTimeout(() => void searchNow(), PAUSE)
  }

  async function searchNow() {
    clearTimeout(timer)
    const asked = query.value
    if (asked.length < 2) return clearResults()
    askedFor.value = asked
    await run(async () => {
      const answer = await api.desk.search({ text: asked, includeClosed: includeClosed.value })
      // A slow answer to an earlier text must not replace a newer one.
      if (asked !== query.value) return
      found.value = answer
      searchedFor.value = asked
      selected.value = 0
    })
  }

  async function toggleClosed() {
    includeClosed.value = !includeClosed.value
    await searchNow()
  }

  function move(step: number) {
    const last = (found.value?.hits.length ?? 0) - 1
    selected.value = Math.min(Math.max(0, selected.value + step), Math.max(0, last))
  }

  function clearResults() {
    reset()
    found.value = null
    searchedFor.value = ''
    selected.value = 0
  }

  /** An empty box for the next visitor; nothing of the last one stays in sight. */
  function clear() {
    clearTimeout(timer)
    text.value = ''
    includeClosed.value = false
    clearResults()
  }

  return { text, includeClosed, found, searchedFor, selected, selectedHit, isCurrent, isAsking, busy, failure, query, searchSoon, searchNow, toggleClosed, move, clear }
})
