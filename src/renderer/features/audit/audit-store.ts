import type { auditContract, auditEvent } from '@shared/contract/audit'
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
  limit: number
}

export const useAuditStore = defineStore('audit', () => {
  const events = ref<AuditEvent[]>([])
  const loaded = ref(false)
  /** What the shown events were asked by. */
  const shown = ref<AuditFilter>({ limit: 100 })
  const verification = ref<(Verification & { at: Date }) | null>(null)
  const loading = useAction()
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

  async function verify() {
    const result = await verifying.submit(() => api.audit.verify({}))
    if (result) verification.value = { ...result, at: new Date() }
  }

  return { events, loaded, shown, verification, loading: loading.busy, loadFailure: loading.failure, verifying: verifying.busy, verifyFailure: verifying.failure, load, verify }
})
