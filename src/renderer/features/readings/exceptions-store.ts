import type { ReadingException } from '@shared/contract/readings'
import type { LocalDate } from '@shared/domain/dates'
import { defineStore } from 'pinia'
import { computed, reactive, ref, shallowRef } from 'vue'
import { api } from '@renderer/api'
import { operationIds } from '@renderer/operation-id'
import { useAction } from '@renderer/use-action'

type Question = Parameters<typeof api.readings.exceptions>[0]
type Answer = Awaited<ReturnType<typeof api.readings.exceptions>>
export type Decision = Parameters<typeof api.readings.review>[0]['decision']
export type Reviewed = Awaited<ReturnType<typeof api.readings.review>>
/** What the queue is narrowed to; '' is everything. */
export interface Filter {
  from: LocalDate
  to: LocalDate
  state: Question['state']
  provider: string
  rule: string
  reason: string
  service: string
  meterType: string
  staffId: string
}
export const facets = ['rule', 'reason', 'meterType', 'service', 'provider', 'staffId'] as const
export type Facet = (typeof facets)[number]

/** Readings taken in spite of a warning, and what a supervisor decides about them. */
export const useExceptionsStore = defineStore('reading-exceptions', () => {
  const filter = reactive<Filter>({ from: '', to: '', state: 'open', provider: '', rule: '', reason: '', service: '', meterType: '', staffId: '' })
  const rows = shallowRef<readonly ReadingException[]>([])
  const answer = shallowRef<Answer | null>(null)
  const next = ref<string | null>(null)
  /** Names of providers by their codes. */
  const providers = shallowRef<ReadonlyMap<string, string>>(new Map())
  const chosen = shallowRef<ReadonlySet<number>>(new Set())
  const reviewed = shallowRef<(Reviewed & { decision: Decision }) | null>(null)
  const loading = useAction()
  const deciding = useAction()
  const ids = operationIds()

  const chosenRows = computed(() => rows.value.filter(({ reading }) => chosen.value.has(reading.readingId)))

  function question(after: string | null): Question {
    const { from, to, state, staffId } = filter
    const orNull = <T extends string>(text: string) => (text === '' ? null : (text as T))
    return {
      from, to, state, after, limit: 100, provider: orNull(filter.provider), rule: orNull(filter.rule), reason: orNull(filter.reason),
      service: orNull(filter.service), meterType: orNull(filter.meterType), staffId: staffId === '' ? null : Number(staffId),
    }
  }

  async function load() {
    const found = await loading.run(async () => {
      if (providers.value.size === 0) providers.value = new Map((await api.providers.list({})).map(({ code, name }) => [code, name]))
      return api.readings.exceptions(question(null))
    })
    if (!found) return
    answer.value = found
    rows.value = found.rows
    next.value = found.next
    chosen.value = new Set([...chosen.value].filter((id) => found.rows.some(({ reading }) => reading.readingId === id)))
  }

  async function more() {
    const after = next.value
    if (!after) return
    const found = await loading.run(() => api.readings.exceptions(question(after)))
    if (!found) return
    rows.value = [...rows.value, ...found.rows]
    next.value = found.next
  }

  /** The same once more takes it off. */
  async function narrow(facet: Facet, value: string) {
    filter[facet] = filter[facet] === value ? '' : value
    await load()
  }

  function choose(ids: Iterable<number>) {
    chosen.value = new Set(ids)
  }

  function toggle(id: number) {
    const now = new Set(chosen.value)
    if (!now.delete(id)) now.add(id)
    chosen.value = now
  }

  async function decide(decision: Decision, comment: string): Promise<boolean> {
    const input = { readings: chosenRows.value.map(({ reading }) => reading), decision, comment: comment.trim() || null }
    if (input.readings.length === 0) return false
    const done = await deciding.submit(() => api.readings.review({ operationId: ids.of(input), ...input }))
    if (!done) return false
    ids.done()
    reviewed.value = { ...done, decision }
    chosen.value = new Set()
    await load()
    return true
  }

  return {
    filter, providers, rows, answer, next, chosen, chosenRows, reviewed,
    loading: loading.busy, loadFailure: loading.failure, deciding: deciding.busy, decideFailure: deciding.failure, forgetFailure: deciding.reset,
    load, more, narrow, choose, toggle, decide,
  }
})
