import type { Form, FormOptions, PrinterInfo, SheetGiven, SheetOutput } from '@shared/contract/printing'
import { computed, ref, shallowRef, type MaybeRef } from 'vue'
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
  const { busy: showing, failure: showFailure, run: show, reset: resetShowing } = useAction()
  const { job, follow, forget } = usePrintJob()
  const ids = operationIds()
  const given = shallowRef<SheetGiven | null>(null)
  const printers = shallowRef<PrinterInfo[]>([])
  /** As this desk prints the form, on a printer there is. */
  const usual = shallowRef<FormOptions | null>(null)
  /** What somebody wants otherwise, this once. */
  const otherwise = shallowRef<FormOptions | null>(null)
  const options = computed(() => otherwise.value ?? usual.value)
  /** The sheet as it would be given out now, and what it is of. */
  const shown = shallowRef<{ which: Which; pdf: Uint8Array } | null>(null)
  const isOpen = ref(false)

  async function loadPrinters() {
    const known = await api.printing.printers({})
    printers.value = known.printers
    const own = known.options[form]
    const printer = printerFor(form, known)
    usual.value = { ...own, printer, tray: printer === own.printer ? own.tray : null }
  }

  const choose = (change: FormOptions) => {
    otherwise.value = change
  }

  async function print(which: Which) {
    given.value = null
    const answer = await submit(async () => {
      if (!otherwise.value) await loadPrinters()
      // What is not said is as this desk prints the form.
      const output: SheetOutput = otherwise.value ? { how: 'print', ...otherwise.value } : { how: 'print', printer: usual.value?.printer ?? null }
      return give({ ...which, operationId: ids.of({ which, output }), output })
    })
    if (!answer) return
    ids.done()
    given.value = answer
    otherwise.value = null
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

  /** Shows the sheet as it would be given out now; nothing is recorded but the look. */
  async function preview(which: Which) {
    isOpen.value = true
    shown.value = null
    // Without a print system a sheet can still be looked at and saved.
    void loadPrinters().catch(() => (printers.value = []))
    const answer = await show(() => give({ ...which, operationId: crypto.randomUUID(), output: { how: 'preview' } }))
    if (answer?.pdf && isOpen.value) shown.value = { which, pdf: answer.pdf }
  }

  function closePreview() {
    isOpen.value = false
    shown.value = null
    resetShowing()
  }

  /** Nothing of this sheet is told any more: the next one is another. */
  function clear() {
    forget()
    reset()
    closePreview()
    given.value = null
    otherwise.value = null
  }

  return { form, busy, failure, given, job, printers, options, choose, loadPrinters, print, save, isOpen, shown, showing, showFailure, preview, closePreview, clear }
}

type Made = ReturnType<typeof useSheet<object>>
/** A sheet as components take it; inside a store its parts are no refs any more. */
export type Sheet = { [Name in 'failure' | 'given' | 'job' | 'busy' | 'printers' | 'options' | 'isOpen' | 'shown' | 'showing' | 'showFailure']: MaybeRef<Made[Name]['value']> } & Pick<
  Made, 'form' | 'choose' | 'closePreview'
> & { print: (which: never) => Promise<void>; save: (which: never) => Promise<void>; preview: (which: never) => Promise<void> }
