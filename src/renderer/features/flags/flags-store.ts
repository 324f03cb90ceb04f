import { api, onEvent } from '@renderer/api'
import { useAttentionStore } from '@renderer/attention-store'
import { operationIds } from '@renderer/operation-id'
import { useAction } from '@renderer/use-action'
import type { Flag, FlagRule, FlagRuleSetting } from '@shared/contract/flags'
import { defineStore } from 'pinia'
import { reactive, shallowRef } from 'vue'

type List = Awaited<ReturnType<typeof api.flags.list>>
export type Decision = Parameters<typeof api.flags.decide>[0]['decision']
export interface FlagFilter {
  state: 'open' | 'explained' | 'all'
  /** '' is any. */
  rule: FlagRule | ''
  staffId: string
}

/** Flags as they are narrowed, what is decided about them, and the thresholds of the rules. */
export const useFlagsStore = defineStore('flags', () => {
  const attention = useAttentionStore()
  const filter = reactive<FlagFilter>({ state: 'open', rule: '', staffId: '' })
  const list = shallowRef<List | null>(null)
  const rules = shallowRef<readonly FlagRuleSetting[] | null>(null)
  const loading = useAction()
  const deciding = useAction()
  const tuning = useAction()
  const ids = operationIds()

  async function load() {
    const { state, rule, staffId } = filter
    const found = await loading.run(() => api.flags.list({ state, rule: rule || null, staffId: staffId === '' ? null : Number(staffId), limit: 200 }))
    if (found) list.value = found
  }

  /** Lets the rules look now; how many flags they raised, or undefined when it failed. */
  async function check() {
    const found = await loading.run(() => api.flags.check({ now: true }))
    if (!found) return undefined
    await Promise.all([load(), attention.load()])
    return found.raised
  }

  async function decide(flag: Flag, decision: Decision, comment: string): Promise<Flag | null> {
    const input = { flagId: flag.id, version: flag.version, decision, comment: comment.trim() || null }
    const done = await deciding.submit(() => api.flags.decide({ operationId: ids.of(input), ...input }))
    if (!done) return null
    ids.done()
    await Promise.all([load(), attention.load()])
    return done
  }

  async function loadRules() {
    const found = await tuning.run(() => api.flags.rules({}))
    if (found) rules.value = found
  }

  async function tune({ rule, version }: FlagRuleSetting, isOn: boolean, params: Record<string, number>): Promise<boolean> {
    const input = { rule, isOn, params, version }
    const done = await tuning.submit(() => api.flags.tune({ operationId: ids.of(input), ...input }))
    if (!done) return false
    ids.done()
    rules.value = done
    return true
  }

  /** While the page is open: a flag that somebody else raised or decided is told, and read again. */
  const follow = () => onEvent('liveDesk.changed', ({ kind }) => void (kind.startsWith('flags.') && !deciding.busy.value && load()))

  return {
    filter, list, rules, loading: loading.busy, loadFailure: loading.failure, deciding: deciding.busy, decideFailure: deciding.failure, forgetFailure: deciding.reset,
    tuning: tuning.busy, tuneFailure: tuning.failure, load, check, decide, loadRules, tune, follow,
  }
})
