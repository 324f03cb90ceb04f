import type { OutputOf } from '@shared/contract/call'
import type { Form, printingContract } from '@shared/contract/printing'
import { onScopeDispose, shallowRef } from 'vue'
import { api } from './api'
import { CallFailure } from './client'

type Printers = OutputOf<(typeof printingContract)['printers']>
type Answer = OutputOf<(typeof printingContract)['job']>

/** What became of a sheet sent to a printer. `lost`: the print system does not tell, or tells no more; the sheet in the tray is the truth then. */
export interface PrintJob extends Pick<Answer, 'reason' | 'message'> {
  state: Answer['state'] | 'lost'
  polls: number
}

const POLL_EVERY_MS = 1_000
/** A minute of asking; then the queue is asked less often, so that a printer without paper costs nothing. */
const EAGER_POLLS = 60
const PATIENT_EVERY_MS = 10_000

/*
 * queued ──> printing ──> printed
 *    │           └──────> failed
 *    └──> held ──> (operator mends the printer) ──> printing
 */
/** Follows one sheet at a time from the queue to its end. */
export function usePrintJob() {
  const job = shallowRef<PrintJob | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  let followed = ''
  onScopeDispose(forget)

  function follow(jobId: string) {
    forget()
    followed = jobId
    job.value = { state: 'queued', reason: null, message: null, polls: 0 }
    ask(jobId, 0)
  }

  function ask(jobId: string, wait: number) {
    timer = setTimeout(async () => {
      const answer = await look(jobId)
      // Another sheet may have been sent, or this one dismissed, while the system was thinking.
      if (followed !== jobId) return
      const polls = (job.value?.polls ?? 0) + 1
      job.value = { ...answer, polls }
      if (!isOver(answer)) ask(jobId, polls < EAGER_POLLS ? POLL_EVERY_MS : PATIENT_EVERY_MS)
    }, wait)
  }

  function forget() {
    clearTimeout(timer)
    followed = ''
    job.value = null
  }

  return { job, follow, forget }
}

export const isOver = ({ state }: Pick<PrintJob, 'state'>) => state === 'printed' || state === 'failed' || state === 'lost'

async function look(jobId: string): Promise<Omit<PrintJob, 'polls'>> {
  try {
    const { state, reason, message } = await api.printing.job({ jobId })
    // Windows takes the sheet and tells nothing more: asking on would never end.
    return { state: reason === 'notFollowed' ? 'lost' : state, reason, message }
  } catch (cause) {
    if (!(cause instanceof CallFailure)) throw cause
    // The queue forgets finished jobs and a print service may stop.
    return { state: 'lost', reason: null, message: null }
  }
}

/** The desk's own choice for a form while that printer exists, else the system's, else the first. */
export function printerFor(form: Form, { printers, options }: Printers): string | null {
  const own = printers.find(({ name }) => name === options[form].printer)
  return (own ?? printers.find(({ isDefault }) => isDefault) ?? printers[0])?.name ?? null
}
