import type { Visit } from '@shared/contract/visits'
import { namesLegalForm, shortNameOf, shortOrganisationName } from '@shared/domain/person-name'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { api } from './api'
import { useSessionStore } from './session-store'
import { useSubjects } from './subject'
import { useVisitStore } from './visit-store'

/** As many as have a digit on the keyboard. */
export const MOST_TABS = 9

/**
 * What tells one open card from the others at a glance, and never by colour alone: a letter, and one of six colours that stay apart for
 * colour-blind eyes (after Okabe and Ito). Nine letters, so that no two open cards share one.
 */
export interface Mark {
  letter: string
  /** 1 to 6: `--subject-1` and so on in tokens.css. */
  colour: number
}

const LETTERS = 'АБВГДЕЖИК'
const COLOURS = 6

interface Tab {
  subscriberId: number
  mark: number
}

/** Who is being served at this desk. Each tab is an open visit, or a card a supervisor looks at. */
export const useTabsStore = defineStore('tabs', () => {
  const subjects = useSubjects()
  const session = useSessionStore()
  const open = shallowRef<readonly Tab[]>([])
  /** Somebody tried to open one too many. */
  const refused = ref(false)
  const paths = new Map<number, string>()

  const tabs = computed(() =>
    open.value.map(({ subscriberId, mark }) => {
      const { visit, subject, hasNews } = useVisitStore.of(subscriberId)
      const { letter, colour } = markOf(mark)
      return {
        subscriberId, letter, colour, name: subject.name, shortName: shortened(subject.name), visit,
        isShown: subjects.shownId === subscriberId, isChanged: hasNews, hasDraft: subjects.hasDraft(subscriberId),
      }
    }),
  )
  const shown = computed(() => tabs.value.find(({ isShown }) => isShown) ?? null)
  /** Visits that stay open when the person signs out. */
  const openVisits = computed(() => tabs.value.filter(({ visit }) => visit?.state === 'open').length)

  const hasDrafts = computed(() => tabs.value.some(({ hasDraft }) => hasDraft))

  const has = (subscriberId: number) => open.value.some((tab) => tab.subscriberId === subscriberId)
  const isFull = computed(() => open.value.length >= MOST_TABS)

  function add(subscriberId: number) {
    if (!has(subscriberId)) open.value = [...open.value, { subscriberId, mark: freeMark(subscriberId) }]
  }

  /** The same person tends to get the same mark; six colours are used before one is used twice. */
  function freeMark(subscriberId: number): number {
    const order = [...Array.from({ length: COLOURS }, (_, step) => (subscriberId + step) % COLOURS), 6, 7, 8]
    return order.find((mark) => !open.value.some((tab) => tab.mark === mark)) ?? subscriberId % COLOURS
  }

  /** The card of this subscriber is in front. */
  function show(subscriberId: number) {
    add(subscriberId)
    subjects.shownId = subscriberId
    const visit = useVisitStore.of(subscriberId)
    if (visit.isStale) void visit.catchUp()
  }

  function hide(subscriberId: number) {
    if (subjects.shownId === subscriberId) subjects.shownId = 0
    // Read once, it is no news any more.
    useVisitStore.of(subscriberId).news = null
  }

  /** Where in this card the operator is, to come back to. */
  function remember(subscriberId: number, path: string) {
    paths.set(subscriberId, path)
  }

  const pathOf = (subscriberId: number) => paths.get(subscriberId) ?? null

  function close(subscriberId: number) {
    open.value = open.value.filter((tab) => tab.subscriberId !== subscriberId)
    paths.delete(subscriberId)
    useVisitStore.of(subscriberId).leave()
  }

  /** The tab so many places from the shown one, round and round; from a page without a card the first or the last. */
  function beside(by: 1 | -1): number | null {
    const at = open.value.findIndex(({ subscriberId }) => subscriberId === subjects.shownId)
    const to = at < 0 ? (by > 0 ? 0 : -1) : at + by
    return open.value.at(to % Math.max(1, open.value.length))?.subscriberId ?? null
  }

  /** Own open visits as the database has them: after a restart, and after a visit was handed over. */
  async function restore() {
    if (!session.has('operator')) return
    const mine = await api.visits.mine({})
    for (const visit of mine.toReversed()) {
      add(visit.subscriberId)
      useVisitStore.of(visit.subscriberId).show(visit)
    }
    for (const { visit, subscriberId } of tabs.value) {
      if (visit?.state === 'open' && !mine.some(({ id }) => id === visit.id)) useVisitStore.of(subscriberId).show(over(visit))
    }
  }

  function forgetAll() {
    open.value = []
    paths.clear()
    refused.value = false
    subjects.forgetAll()
  }

  // A visit that is over keeps its card only while that is looked at.
  watch(
    () => tabs.value.filter(({ visit, isShown }) => visit && visit.state !== 'open' && !isShown).map(({ subscriberId }) => subscriberId),
    (ended) => ended.forEach(close),
  )
  watch(
    () => session.staff?.login,
    (_now, before) => before !== undefined && forgetAll(),
    { flush: 'sync' },
  )

  return { tabs, shown, openVisits, hasDrafts, isFull, refused, has, add, show, hide, remember, pathOf, close, beside, restore, forgetAll }
})

function over(visit: Visit): Visit {
  return { ...visit, state: 'closed' }
}

function markOf(mark: number): Mark {
  return { letter: LETTERS.charAt(mark), colour: (mark % COLOURS) + 1 }
}

/** «Иванов П. С.», «ИП Иванова А. М.», «ООО «Ромашка»» */
function shortened(name: string): string {
  if (!namesLegalForm(name)) return shortNameOf(name)
  const short = shortOrganisationName(name)
  return short.startsWith('ИП ') ? `ИП ${shortNameOf(short.slice(3))}` : short
}
