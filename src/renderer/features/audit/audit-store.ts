import type { auditContract, auditEvent, LookupDay } from '@shared/contract/audit'
import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { z } from 'zod'
import { api } from '@renderer/api'
import { useAction } from '@renderer/use-action'

export type AuditEvent = z.infer<typeof auditEvent>
export type Verification = z.infer<typeof auditContract.verify.output>
export interface AuditFilter {
  visitId?: number
  subscriberId?: number
  staffLogin?: string
  /** One day in the office's zone. */
  day?: string
  /** Only what the look-ups count. */
  lookups?: boolean
  limit: number
}

export const useAuditStore = defineStore('audit', () => {
  const events = ref<AuditEvent[]>([])
  const loaded = ref(false)
  /** What the shown events were asked by. */
  const shown = ref<AuditFilter>({ limit: 100 })
  const verification = ref<(Verification & { at: Date }) | null>(null)
  const lookups = ref<LookupDay[]>([])
  /** What the shown look-ups were asked by. */
  const lookupsOf = ref<{ from: string; to: string } | null>(null)
  const loading = useAction()
  const loadingLookups = useAction()
  const verifying = useAction()

  let wanted: AuditFilter | undefined

  async function load(filter: AuditFilter) {
    wanted = filter
    const list = await loading.run(() => api.audit.events(filter))
    // A slow answer to an earlier question must not replace this one's.
    if (!list || wanted !== filter) return
    events.value = list
    shown.value = filter
    loaded.value = true
  }

  let wantedLookups: { from: string; to: string } | undefined

  async function loadLookups(range: { from: string; to: string }) {
    wantedLookups = range
    const list = await loadingLookups.run(() => api.audit.lookups(range))
    if (!list || wantedLookups !== range) return
    lookups.value = list
    lookupsOf.value = range
  }

  async function verify() {
    const result = await verifying.submit(() => api.audit.verify({}))
    if (result) verification.value = { ...result, at: new Date() }
  }

  return {
    events, loaded, shown, verification, loading: loading.busy, loadFailure: loading.failure, verifying: verifying.busy, verifyFailure: verifying.failure, load, verify,
    lookups, lookupsOf, loadingLookups: loadingLookups.busy, lookupsFailure: loadingLookups.failure, loadLookups,
  }
})
