import { userInfo } from 'node:os'
import { AppError } from '@shared/errors'
import { jobAttributes, jobsOf, purgeJob } from './ipp'
import type { JobState, Printer, PrinterInfo, PrintOptions, Run } from './printer'

/**
 * Printing through CUPS: `lp` takes the document on its standard input, so a sheet with a secret is never a file of ours.
 * Jobs are followed over IPP, since `lpstat` shows a printed, a cancelled and an aborted job alike.
 */
export function cupsPrinter({ run }: { run: Run }): Printer {
  async function ask(program: string, args: string[]): Promise<string> {
    try {
      return await run(program, args)
    } catch (cause) {
      if (isMissing(cause)) throw new AppError('printerUnavailable', 'printSystemMissing')
      throw cause
    }
  }
  /** lpstat ends with 1 when there is nothing to list. */
  const askOrNothing = (args: string[]) =>
    ask('lpstat', args).catch((cause: unknown) => {
      if (cause instanceof AppError) throw cause
      return ''
    })

  async function printers(): Promise<PrinterInfo[]> {
    const scheduler = await askOrNothing(['-r'])
    if (!/ is running/.test(scheduler)) throw new AppError('printerUnavailable', 'printSystemStopped')
    const [names, main, states, accepting] = await Promise.all([
      askOrNothing(['-e']),
      askOrNothing(['-d']),
      askOrNothing(['-p']),
      askOrNothing(['-a']),
    ])
    const isDefault = /: *(\S+)$/m.exec(main)?.[1]
    const known = new Set([...lines(names), ...Array.from(states.matchAll(/^printer (\S+) /gm), (match) => match[1] ?? '')])
    return [...known].filter(Boolean).map((name) => ({ name, isDefault: name === isDefault, ...stateOf(name, states, accepting) }))
  }

  /** Where CUPS is, by its own settings: a socket path or host:port. */
  async function server(): Promise<string> {
    const place = await ask('lpstat', ['-H']).catch((cause: unknown) => {
      throw cause instanceof AppError ? cause : new AppError('printerUnavailable', 'printSystemStopped')
    })
    return place.trim()
  }

  async function print(pdf: Uint8Array, options: PrintOptions): Promise<{ jobId: string }> {
    const printer = chosen(await printers(), options.printer)
    if (printer.state === 'rejecting') throw new AppError('printerUnavailable', 'printerRejectsJobs', { printer: printer.name, message: printer.message })
    const answer = await run('lp', lpArguments(printer.name, options), pdf).catch((cause: unknown) => {
      throw new AppError('printerUnavailable', isMissing(cause) ? 'printSystemMissing' : 'printFailed', { printer: printer.name, message: saidBy(cause) })
    })
    const jobId = /request id is (\S+)/.exec(answer)?.[1]
    if (!jobId) throw new AppError('printerUnavailable', 'printFailed', { printer: printer.name, message: answer.trim() })
    return { jobId }
  }

  return {
    printers,
    print,

    async jobState(jobId) {
      const job = await jobAttributes(await server(), jobNumber(jobId), userInfo().username).catch((cause: unknown) => {
        throw cause instanceof AppError ? cause : new AppError('printerUnavailable', 'jobStateUnknown')
      })
      if (job === 'unknownJob') throw new AppError('notFound', 'printJob')
      const state = meaning(job.state, job.reasons)
      if (state.state !== 'queued') return { ...state, message: job.message || null }
      // A job sent to a queue that is already stopped carries no sign of it.
      const queue = stateOf(queueName(jobId), await askOrNothing(['-p', queueName(jobId)]), '')
      return queue.state === 'stopped' ? { state: 'held', reason: 'printerStopped', message: queue.message } : { ...state, message: job.message || null }
    },

    async jobsTitled(title) {
      const jobs = await jobsOf(await server(), userInfo().username).catch((cause: unknown) => {
        throw cause instanceof AppError ? cause : new AppError('printerUnavailable', 'jobStateUnknown')
      })
      return jobs.filter((job) => job.title === title).map(({ number, queue }) => `${queue}-${number}`)
    },

    async forget(jobId) {
      // Not `cancel -x`: it refuses a printed job, whose document CUPS keeps for a day.
      await purgeJob(await server(), jobNumber(jobId), userInfo().username).catch((cause: unknown) => {
        throw cause instanceof AppError ? cause : new AppError('printerUnavailable', 'spoolNotCleared')
      })
    },
  }
}

function chosen(all: PrinterInfo[], name: string | undefined): PrinterInfo {
  const found = all.find((printer) => (name === undefined ? printer.isDefault : printer.name === name))
  if (found) return found
  throw name === undefined ? new AppError('printerUnavailable', 'noDefaultPrinter') : new AppError('printerUnavailable', 'unknownPrinter', { printer: name })
}

const sides = { none: 'one-sided', long: 'two-sided-long-edge', short: 'two-sided-short-edge' } as const

function lpArguments(printer: string, { copies, media, duplex, tray, title }: PrintOptions): string[] {
  if (!Number.isInteger(copies) || copies < 1 || copies > 99) throw new AppError('invalidInput', 'copiesOutOfRange')
  return [
    ...['-d', printer, '-n', String(copies), '-t', title],
    ...['-o', `media=${tray ? `${media},${tray}` : media}`, '-o', `sides=${sides[duplex]}`],
    // 100 %: a bill scaled to fit has QR modules that are no whole dots.
    ...['-o', 'print-scaling=none'],
  ]
}

function stateOf(name: string, states: string, accepting: string): Pick<PrinterInfo, 'state' | 'message'> {
  const about = entry(states, `printer ${name} `)
  const takes = entry(accepting, `${name} `)
  if (takes?.head.includes(' not accepting ')) return { state: 'rejecting', message: takes.words }
  const head = about?.head ?? ''
  const state = /^printer \S+ disabled /.test(head) ? 'stopped' : / now printing /.test(head) ? 'printing' : 'ready'
  return { state, message: about?.words ?? null }
}

/** An entry of lpstat: a line, then indented lines with the printer's words. */
function entry(listing: string, start: string): { head: string; words: string | null } | null {
  const all = listing.split('\n')
  const at = all.findIndex((line) => line.startsWith(start))
  const head = all[at]
  if (head === undefined) return null
  const words: string[] = []
  for (let next = at + 1; all[next]?.startsWith('\t'); next++) words.push((all[next] ?? '').trim())
  return { head, words: words.filter(Boolean).join(' ') || null }
}

/** job-state of RFC 8011. A waiting job behind a stopped printer prints when somebody helps the printer: that is held, not queued. */
function meaning(state: number, reasons: string[]): Pick<JobState, 'state' | 'reason'> {
  const stopped = reasons.includes('printer-stopped')
  switch (state) {
    case 3:
      return stopped ? { state: 'held', reason: 'printerStopped' } : { state: 'queued', reason: null }
    case 4:
      return { state: 'held', reason: 'heldInQueue' }
    case 5:
      return { state: 'printing', reason: null }
    case 6:
      return { state: 'held', reason: 'printerStopped' }
    case 7:
      return { state: 'failed', reason: 'cancelled' }
    case 9:
      return { state: 'printed', reason: null }
    default:
      return { state: 'failed', reason: 'aborted' }
  }
}

/** 'OFFICE-2nd-17' is job 17 of the queue OFFICE-2nd. */
function jobNumber(jobId: string): number {
  const number = Number(/^\S+-(\d+)$/.exec(jobId)?.[1])
  if (!Number.isSafeInteger(number)) throw new AppError('notFound', 'printJob')
  return number
}

function queueName(jobId: string): string {
  return jobId.slice(0, jobId.lastIndexOf('-'))
}

function lines(listing: string): string[] {
  return listing.split('\n').map((line) => line.trim())
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
}

function saidBy(cause: unknown): string {
  const words: unknown = cause instanceof Error && 'stderr' in cause ? cause.stderr : ''
  return typeof words === 'string' ? words.trim() : ''
}
