import type { Form, SheetGiven, SheetOutput } from '@shared/contract/printing'
import { ref, shallowRef, type MaybeRef } from 'vue'
import { api } from './api'
import { operationIds } from './operation-id'
import { printerFor, usePrintJob } from './print-job'
import { useAction } from './use-action'

/**
 * A sheet on its way to paper or to a file: one at a time, a second press is the same sheet until the first is out.
 * `give` is the call; `which` says what the sheet is of.
 */
export function useSheet<Which extends object>(form: Form, give: (input: Which & { operationId: string; output: SheetOutput }) => Promise<SheetGiven>) {
  const { busy, failure, submit, reset } = useAction()
  const { job, follow, forget } = usePrintJob()
  const ids = operationIds()
  const given = shallowRef<SheetGiven | null>(null)
  const printer = ref<string | null>(null)

  async function print(which: Which) {
    given.value = null
    const answer = await submit(async () => {
      printer.value = printerFor(form, await api.printing.printers({}))
      return give({ ...which, operationId: ids.of({ which, how: 'print' }), output: { how: 'print', printer: printer.value } })
    })
    if (!answer) return
    ids.done()
    given.value = answer
    if (answer.jobId) follow(answer.jobId)
  }

  async function save(which: Which) {
    given.value = null
    const answer = await submit(() => give({ ...which, operationId: ids.of({ which, how: 'save' }), output: { how: 'save' } }))
    // Closing the dialog is a decision, not a failure.
    if (failure.value?.reason === 'saveCancelled') reset()
    if (!answer) return
    ids.done()
    given.value = answer
  }

  /** Nothing of this sheet is told any more: the next one is another. */
  function clear() {
    forget()
    reset()
    given.value = null
  }

  return { busy, failure, given, job, print, save, clear }
}

type Made = ReturnType<typeof useSheet>
/** What is told of a sheet; inside a store its parts are no refs any more. */
export type Sheet = { [Name in 'failure' | 'given' | 'job']: MaybeRef<Made[Name]['value']> }
