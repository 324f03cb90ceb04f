import { api } from '@renderer/api'
import { operationIds } from '@renderer/operation-id'
import { printerFor, usePrintJob } from '@renderer/print-job'
import { perSubject } from '@renderer/subject'
import { useAction } from '@renderer/use-action'
import type { OutputOf } from '@shared/contract/call'
import type { Impact, MemoIssued } from '@shared/contract/portal-access'
import type { printingContract } from '@shared/contract/printing'
import { useVisitStore } from '@renderer/visit-store'
import { ref, shallowRef, watch } from 'vue'

type Printers = OutputOf<(typeof printingContract)['printers']>

/** Issuing a portal password: what it would change, the memo, how its printing goes. The secret never comes here. */
export const usePortalAccessStore = perSubject(() => {
  const subject = ref('')
  const impact = shallowRef<Impact | null>(null)
  const printers = shallowRef<Printers['printers']>([])
  const printer = ref<string | null>(null)
  const issued = shallowRef<MemoIssued | null>(null)
  const { job, follow, forget } = usePrintJob()
  const loading = useAction()
  const asking = useAction()
  const issuing = useAction()
  const ids = operationIds()

  const visits = useVisitStore()
  let shown: { visitId: number; accountId: number } | null = null
  // What a new password would change is told as it is now, also when another desk changed the e-mail meanwhile.
  watch(
    () => visits.revision,
    async () => {
      const about = shown
      if (!about || !impact.value || issued.value || issuing.busy.value) return
      const answer = await loading.run(() => api.portalAccess.impact(about))
      if (answer && about === shown) impact.value = answer
    },
  )

  async function open(visitId: number, accountId: number) {
    leave()
    const own = `${visitId}/${accountId}`
    subject.value = own
    shown = { visitId, accountId }
    await loading.run(async () => {
      // Without a print system a memo can still be saved, so its failure is kept apart.
      const [answer, found] = await Promise.all([api.portalAccess.impact({ visitId, accountId }), asking.run(() => api.printing.printers({}))])
      if (subject.value !== own) return
      impact.value = answer
      printers.value = found?.printers ?? []
      printer.value = found ? printerFor('memo', found) : null
    })
  }

  /** Remembered for this desk. */
  async function choosePrinter(name: string) {
    printer.value = name
    await issuing.run(() => api.printing.choose({ form: 'memo', printer: name }))
  }

  async function issue(visitId: number, accountId: number, how: 'print' | 'save') {
    const own = `${visitId}/${accountId}`
    const input = { visitId, accountId, output: how === 'print' ? { how, printer: printer.value } : { how } }
    await issuing.submit(async () => {
      const memo = await api.portalAccess.reissuePassword({ operationId: ids.of(input), ...input })
      ids.done()
      if (subject.value !== own) return
      issued.value = memo
      if (memo.delivered.how === 'printed') follow(memo.delivered.jobId)
    })
    // Closing the dialog is a decision, not a failure.
    if (issuing.failure.value?.reason === 'saveCancelled') issuing.reset()
  }

  function leave() {
    forget()
    loading.reset()
    asking.reset()
    issuing.reset()
    subject.value = ''
    shown = null
    impact.value = null
    issued.value = null
  }

  return { impact, printers, printer, issued, job, loading: loading.busy, loadFailure: loading.failure, printersFailure: asking.failure, busy: issuing.busy, failure: issuing.failure, open, choosePrinter, issue, leave }
})
