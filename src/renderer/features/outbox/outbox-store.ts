import type { OutboxList, OutboxMessage, OutboxOverview } from '@shared/contract/outbox'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { api } from '@renderer/api'
import { useAction } from '@renderer/use-action'

const pageSize = 50

/** Which of the four lists a state is in. */
const listOf = { queued: 'waiting', sending: 'waiting', sent: 'sent', failed: 'dead', uncertain: 'dead', expired: 'dead', cancelled: 'cancelled' } as const

export const useOutboxStore = defineStore('outbox', () => {
  const what = ref<OutboxList>('dead')
  const template = ref('')
  const overview = shallowRef<OutboxOverview | null>(null)
  const messages = shallowRef<OutboxMessage[]>([])
  const hasMore = ref(false)
  const chosen = ref(new Set<number>())
  const loading = useAction()
  const changing = useAction()

  const totals = computed(() => {
    const sums: Record<OutboxList, number> = { dead: 0, waiting: 0, sent: 0, cancelled: 0 }
    for (const { state, count } of overview.value?.counts ?? []) sums[listOf[state]] += count
    return sums
  })

  /** Shows the list as it is now; what was chosen and is still there stays chosen. */
  async function load() {
    const asked = { what: what.value, template: template.value }
    const answer = await loading.run(async () => {
      const [counts, list] = await Promise.all([api.outbox.overview({}), api.outbox.list({ what: asked.what, ...(asked.template && { template: asked.template }), limit: pageSize })])
      return { counts, list: list.messages }
    })
    if (!answer || asked.what !== what.value || asked.template !== template.value) return
    overview.value = answer.counts
    messages.value = answer.list
    hasMore.value = answer.list.length === pageSize
    const there = new Set(answer.list.map(({ id }) => id))
    chosen.value = new Set([...chosen.value].filter((id) => there.has(id)))
  }

  async function more() {
    const last = messages.value.at(-1)
    if (!last) return
    const answer = await loading.run(() => api.outbox.list({ what: what.value, ...(template.value && { template: template.value }), before: last.id, limit: pageSize }))
    if (!answer) return
    messages.value = [...messages.value, ...answer.messages]
    hasMore.value = answer.messages.length === pageSize
  }

  async function show(list: OutboxList, only: string) {
    what.value = list
    template.value = only
    chosen.value = new Set()
    messages.value = []
    await load()
  }

  async function resend(ids: number[], evenIfArrived: boolean): Promise<{ resent: number; left: number[] } | undefined> {
    const answer = await changing.submit(() => api.outbox.resend({ ids, evenIfArrived }))
    if (answer) await load()
    return answer
  }

  async function cancel(ids: number[]): Promise<{ cancelled: number; left: number[] } | undefined> {
    const answer = await changing.submit(() => api.outbox.cancel({ ids }))
    if (answer) await load()
    return answer
  }

  return {
    what, template, overview, messages, hasMore, chosen, totals,
    loading: loading.busy, loadFailure: loading.failure, changing: changing.busy, changeFailure: changing.failure, forget: changing.reset,
    load, more, show, resend, cancel,
  }
})
