import { operationIds } from '@renderer/operation-id'
import { printerFor, usePrintJob } from '@renderer/print-job'
import { api } from '@renderer/api'
import { useAction } from '@renderer/use-action'
import { ref, shallowRef } from 'vue'

type Given = Awaited<ReturnType<typeof api.visits.slip>>
type Give = typeof api.visits.slip

/** A slip on its way to paper or to a file: one at a time, a second press is the same sheet until the first is out. */
export function useVisitSheet(give: Give) {
  const { busy, failure, submit, reset } = useAction()
  const { job, follow } = usePrintJob()
  const ids = operationIds()
  const given = shallowRef<Given | null>(null)
  const printer = ref<string | null>(null)

  async function print(visitId: number) {
    given.value = null
    const answer = await submit(async () => {
      printer.value = printerFor('visitSlip', await api.printing.printers({}))
      return give({ operationId: ids.of({ visitId, how: 'print' }), visitId, output: { how: 'print', printer: printer.value } })
    })
    if (!answer) return
    ids.done()
    given.value = answer
    if (answer.jobId) follow(answer.jobId)
  }

  async function save(visitId: number) {
    given.value = null
    const answer = await submit(() => give({ operationId: ids.of({ visitId, how: 'save' }), visitId, output: { how: 'save' } }))
    // Closing the dialog is a decision, not a failure.
    if (failure.value?.reason === 'saveCancelled') reset()
    if (!answer) return
    ids.done()
    given.value = answer
  }

  return { busy, failure, given, job, print, save }
}
