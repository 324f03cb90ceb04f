import type { AuditEvent, AuditFilter, AuditRetention, AuditVerdict, LookupDay } from '@shared/contract/audit'
import type { auditContract } from '@shared/contract/audit'
import type { Hit } from '@shared/contract/desk'
import type { OutputOf } from '@shared/contract/call'
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { api, onEvent } from '@renderer/api'
import { useAction } from '@renderer/use-action'

export type { AuditEvent, AuditFilter } from '@shared/contract/audit'
export type AuditExtract = OutputOf<(typeof auditContract)['export']>
type Choices = OutputOf<(typeof auditContract)['choices']>

const pageOf = 100

export const useAuditStore = defineStore('audit', () => {
  const events = ref<AuditEvent[]>([])
  const more = ref(false)
  const loaded = ref(false)
  /** What the shown events were asked by. */
  const shown = ref<AuditFilter>({})
  const choices = ref<Choices>({ offices: [], staff: [], windows: [] })
  const verification = ref<(AuditVerdict & { at: Date }) | null>(null)
  /** How far the check under way is. */
  const checked = ref<{ events: number; of: number } | null>(null)
  const lookups = ref<LookupDay[]>([])
  /** What the shown look-ups were asked by. */
  const lookupsOf = ref<{ from: string; to: string } | null>(null)
  const retention = ref<AuditRetention | null>(null)
  const anchored = ref<OutputOf<(typeof auditContract)['anchor']> | null>(null)
  const archived = ref<OutputOf<(typeof auditContract)['archive']> | null>(null)
  const loading = useAction()
  const loadingMore = useAction()
  const loadingLookups = useAction()
  const verifying = useAction()
  const finding = useAction()
  const exporting = useAction()
  const keeping = useAction()

  onEvent('audit.checking', (told) => (checked.value = told))

  let wanted: AuditFilter | undefined

  async function load(filter: AuditFilter) {
    wanted = filter
    const page = await loading.run(() => api.audit.search({ ...filter, limit: pageOf }))
    // A slow answer to an earlier question must not replace this one's.
    if (!page || wanted !== filter) return
    events.value = page.events
    more.value = page.more
    shown.value = filter
    loaded.value = true
  }

  async function loadMore() {
    const last = events.value.at(-1)
    const filter = shown.value
    if (!last) return
    const page = await loadingMore.submit(() => api.audit.search({ ...filter, limit: pageOf, before: { at: last.at, chain: last.chain, seq: last.seq } }))
    if (!page || shown.value !== filter) return
    events.value = [...events.value, ...page.events]
    more.value = page.more
  }

  async function loadChoices() {
    // Without them the fields for logins and windows are empty lists; the events tell of a failure themselves.
    choices.value = await api.audit.choices({}).catch(() => choices.value)
  }

  let wantedLookups: { from: string; to: string } | undefined

  async function loadLookups(range: { from: string; to: string }) {
    wantedLookups = range
    const list = await loadingLookups.run(() => api.audit.lookups(range))
    if (!list || wantedLookups !== range) return
    lookups.value = list
    lookupsOf.value = range
  }

  async function verify(incremental = false) {
    checked.value = null
    const result = await verifying.submit(() => api.audit.verify({ incremental }))
    checked.value = null
    if (result) verification.value = { ...result, at: new Date() }
  }

  /** Who a text may mean: recorded like any other search. */
  const find = (text: string): Promise<Hit[] | undefined> => finding.run(async () => (await api.desk.search({ text })).hits)

  async function loadRetention() {
    retention.value = (await keeping.run(() => api.audit.retention({}))) ?? retention.value
  }

  async function saveRetention(months: number) {
    const version = retention.value?.version ?? 0
    const saved = await keeping.submit(() => api.audit.saveRetention({ operationId: crypto.randomUUID(), months, version }))
    if (saved) retention.value = saved
    return saved !== undefined
  }

  async function archive(month: string) {
    const done = await keeping.submit(() => api.audit.archive({ operationId: crypto.randomUUID(), month }))
    if (!done) return
    archived.value = done
    await loadRetention()
  }

  return {
    events, more, loaded, shown, choices, verification, checked, loading: loading.busy, loadFailure: loading.failure, loadingMore: loadingMore.busy, moreFailure: loadingMore.failure,
    verifying: verifying.busy, verifyFailure: verifying.failure, load, loadMore, loadChoices, verify, stopVerify: () => api.audit.stopVerify({}),
    lookups, lookupsOf, loadingLookups: loadingLookups.busy, lookupsFailure: loadingLookups.failure, loadLookups,
    find, finding: finding.busy, findFailure: finding.failure,
    exporting: exporting.busy, exportFailure: exporting.failure, forgetExport: exporting.reset,
    extract: (filter: AuditFilter & { from: string; to: string }, basis: string): Promise<AuditExtract | undefined> => {
      const { shown: _shown, lookups: _lookups, ...asked } = filter
      return exporting.submit(() => api.audit.export({ operationId: crypto.randomUUID(), ...asked, basis }))
    },
    retention, anchored, archived, keeping: keeping.busy, keepFailure: keeping.failure, loadRetention, saveRetention, archive,
    anchor: async () => (anchored.value = (await keeping.submit(() => api.audit.anchor({}))) ?? anchored.value),
  }
})
