import type { OutputOf } from '@shared/contract/call'
import type { DeskJob, Form, printingContract } from '@shared/contract/printing'
import { computed, ref, shallowRef, watch } from 'vue'
import { usePrintQueue } from './print-queue'

type Printers = OutputOf<(typeof printingContract)['printers']>

/** What became of a sheet sent to a printer. `lost`: the print system does not tell, or tells no more; the sheet in the tray is the truth then. */
export interface PrintJob extends Pick<DeskJob, 'jobId' | 'state' | 'reason' | 'message'> {
  /** Where it is now, once the queue tells: it may have been moved. */
  printer?: string
}

/** Follows one sheet at a time from the queue to its end, as the queue of this desk tells it. */
export function usePrintJob() {
  const queue = usePrintQueue()
  const followed = ref<string | null>(null)
  /** The queue tells of sheets that came out for a while only. */
  const last = shallowRef<PrintJob | null>(null)
  watch(
    () => (followed.value === null ? null : queue.of(followed.value)),
    (found) => {
      if (found) last.value = found
      // The same sheet, on another printer.
      if (found?.movedTo) follow(found.movedTo)
    },
    { flush: 'sync' },
  )
  const job = computed(() => last.value)

  function follow(jobId: string) {
    followed.value = jobId
    last.value = queue.of(jobId) ?? { jobId, state: 'queued', reason: null, message: null }
    void queue.load()
  }

  function forget() {
    followed.value = null
    last.value = null
  }

  return { job, follow, forget }
}

export const isOver = ({ state }: Pick<PrintJob, 'state'>) => state === 'printed' || state === 'failed' || state === 'lost'

/** The desk's own choice for a form while that printer exists, else the system's, else the first. */
export function printerFor(form: Form, { printers, options }: Printers): string | null {
  const own = printers.find(({ name }) => name === options[form].printer)
  return (own ?? printers.find(({ isDefault }) => isDefault) ?? printers[0])?.name ?? null
}
