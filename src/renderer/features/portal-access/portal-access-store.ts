import { api } from '@renderer/api'
import { CallFailure } from '@renderer/client'
import { operationIds } from '@renderer/operation-id'
import { useAction } from '@renderer/use-action'
import type { OutputOf } from '@shared/contract/call'
import type { Impact, MemoIssued } from '@shared/contract/portal-access'
import type { printingContract } from '@shared/contract/printing'
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

type Printers = OutputOf<(typeof printingContract)['printers']>
type JobState = OutputOf<(typeof printingContract)['job']>['state']

const FOLLOW_EVERY = 1000

/** Issuing a portal password: what it would change, the memo, how its printing goes. The secret never comes here. */
export const usePortalAccessStore = defineStore('portal-access', () => {
  const subject = ref('')
  const impact = shallowRef<Impact | null>(null)
  const printers = shallowRef<Printers['printers']>([])
  const printer = ref<string | null>(null)
  const issued = shallowRef<MemoIssued | null>(null)
  const job = ref<JobState | null>(null)
  const loading = useAction()
  const asking = useAction()
  const issuing = useAction()
  const ids = operationIds()
  let timer = 0

  async function open(visitId: number, accountId: number) {
    leave()
    const own = `${visitId}/${accountId}`
    subject.value = own
    await loading.run(async () => {
      // Without a print system a memo can still be saved, so its failure is kept apart.
      const [answer, found] = await Promise.all([api.portalAccess.impact({ visitId, accountId }), asking.run(() => api.printing.printers({}))])
      if (subject.value !== own) return
      impact.value = answer
      printers.value = found?.printers ?? []
      printer.value = found ? chosenOf(found) : null
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
      if (memo.delivered.how === 'printed') follow(memo.delivered.jobId, own)
    })
  }

  /** Looks how the printing goes until it has ended; a look that fails ends the following, the sheet itself tells the rest. */
  function follow(jobId: string, own: string) {
    timer = window.setTimeout(async () => {
      try {
        const { state } = await api.printing.job({ jobId })
        if (subject.value !== own) return
        job.value = state
        if (state !== 'printed' && state !== 'failed') follow(jobId, own)
      } catch (cause) {
        if (!(cause instanceof CallFailure)) throw cause
      }
    }, FOLLOW_EVERY)
  }

  function leave() {
    clearTimeout(timer)
    loading.reset()
    asking.reset()
    issuing.reset()
    subject.value = ''
    impact.value = null
    issued.value = null
    job.value = null
  }

  return { impact, printers, printer, issued, job, loading: loading.busy, loadFailure: loading.failure, printersFailure: asking.failure, busy: issuing.busy, failure: issuing.failure, open, choosePrinter, issue, leave }
})

/** The desk's own choice while that printer exists, else the system's, else the first. */
function chosenOf({ printers, chosen }: Printers): string | null {
  const own = printers.find(({ name }) => name === chosen.memo)
  return (own ?? printers.find(({ isDefault }) => isDefault) ?? printers[0])?.name ?? null
}
