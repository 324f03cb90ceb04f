import { userInfo } from 'node:os'
import { AppError } from '@shared/errors'
import { cancelJob, jobAttributes, jobsOf, printerNamed, printersOf, purgeJob, type IppPrinter } from './ipp'
import type { JobState, Printer, PrinterInfo, PrinterTrouble, PrintOptions, Run } from './printer'

/**
 * Printing through CUPS: `lp` takes the document on its standard input, so a sheet with a secret is never a file of ours.
 * Queues and jobs are asked for over IPP, since `lpstat` shows a printed, a cancelled and an aborted job alike, and no trays.
 */
export function cupsPrinter({ run }: { run: Run }): Printer {
  const user = userInfo().username

  /** Asks a program of CUPS; those that list end with 1 when there is nothing to list. */
  const list = (...args: string[]) =>
    run('lpstat', args).catch((cause: unknown) => {
      if (isMissing(cause)) throw new AppError('printerUnavailable', 'printSystemMissing')
      return ''
    })

  /** Where CUPS is, by its own settings: a socket path or host:port. They do not change while a program runs, but who knows before it first answers. */
  let place: string | null = null
  async function server(): Promise<string> {
    const found = place ?? (await list('-H')).trim()
    if (!found) throw new AppError('printerUnavailable', 'printSystemStopped')
    place = found
    return found
  }

  /** A question to the server; one that is not answered means `reason`. */
  async function told<T>(reason: string, question: (server: string) => Promise<T>): Promise<T> {
    const where = await server()
    try {
      return await question(where)
    } catch {
      place = null
      throw new AppError('printerUnavailable', reason)
    }
  }

  async function printers(): Promise<PrinterInfo[]> {
    const known = await told('printSystemStopped', printersOf)
    const [names, main] = await Promise.all([list('-e'), list('-d')])
    const isDefault = /: *(\S+)$/m.exec(main)?.[1]
    // CUPS lists what is found in the network too: such a queue is made when it is first used, and nothing is known of it before.
    const all = new Set([...names.split('\n').map((line) => line.trim()), ...known.map(({ name }) => name)].filter(Boolean))
    return [...all].map((name) => {
      const queue = known.find((one) => one.name === name)
      const tells: Omit<PrinterInfo, 'name' | 'isDefault'> = queue ? infoOf(queue) : { state: 'ready', trouble: null, message: null, trays: null, canDuplex: null, paper: null }
      return { name, isDefault: name === isDefault, ...tells }
    })
  }

  async function print(pdf: Uint8Array, options: PrintOptions): Promise<{ jobId: string }> {
    const printer = chosen(await printers(), options.printer)
    if (printer.state === 'rejecting') throw new AppError('printerUnavailable', 'printerRejectsJobs', { printer: printer.name, message: printer.message })
    const send = () => run('lp', lpArguments(printer.name, options), pdf)
    const wasCut = (cause: unknown) => connectionCut.test(saidBy(cause))
    // A cupsd that reads its settings anew cuts connections: that sheet goes through when it is sent again. `lp` withdraws a job whose document did not arrive whole.
    const answer = await send().catch((cause: unknown) => (wasCut(cause) ? send() : Promise.reject(cause as Error))).catch(async (cause: unknown) => {
      // Cut twice by a server that lives: it would not take the document, and closed before `lp` had read why.
      if (wasCut(cause)) await told('printSystemStopped', printersOf)
      const message = saidBy(cause)
      const reason = isMissing(cause) ? 'printSystemMissing' : wasCut(cause) || spoolIsFull.test(message) ? 'printSpoolFull' : 'printFailed'
      throw new AppError('printerUnavailable', reason, { printer: printer.name, message })
    })
    const jobId = /request id is (\S+)/.exec(answer)?.[1]
    if (!jobId) throw new AppError('printerUnavailable', 'printFailed', { printer: printer.name, message: answer.trim() })
    return { jobId }
  }

  return {
    printers,
    print,

    async jobState(jobId) {
      const number = jobNumber(jobId)
      const [job, printer] = await told('jobStateUnknown', (at) => Promise.all([jobAttributes(at, number, user), printerNamed(at, queueName(jobId))]))
      // With a queue CUPS removes its jobs.
      if (job === 'unknownJob' && !printer) return { state: 'failed', reason: 'queueGone', message: null }
      if (job === 'unknownJob') throw new AppError('notFound', 'printJob')
      const state = meaning(job.state, job.reasons)
      const message = job.message || null
      if (state.state === 'failed' || state.state === 'printed' || state.reason === 'heldInQueue' || !printer) return { ...state, message }
      const { trouble, state: queueState, message: said } = infoOf(printer)
      // Out of paper, a job goes on being «processing»: the printer tells it and the job does not. One sent to a queue that is already stopped shows no sign of it either.
      if (trouble) return { state: 'held', reason: trouble, message: said ?? message }
      return queueState === 'stopped' || state.state === 'held' ? { state: 'held', reason: 'printerStopped', message: said ?? message } : { ...state, message }
    },

    async jobsTitled(title) {
      const jobs = await told('jobStateUnknown', (at) => jobsOf(at, user))
      return jobs.filter((job) => job.title === title).map(({ number, queue }) => `${queue}-${number}`)
    },

    async cancel(jobId) {
      const number = jobNumber(jobId)
      await told('jobNotCancelled', (at) => cancelJob(at, number, user))
    },

    async forget(jobId) {
      const number = jobNumber(jobId)
      // Not `cancel -x`: it refuses a printed job, whose document CUPS keeps for a day.
      await told('spoolNotCleared', (at) => purgeJob(at, number, user))
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
  // A keyword of PWG 5101.1; `lp` reads what follows a space as an option of its own.
  if (tray && !/^[\w.-]+$/.test(tray)) throw new AppError('printerUnavailable', 'unknownTray', { tray })
  return [
    ...['-d', printer, '-n', String(copies), '-t', title],
    ...['-o', `media=${tray ? `${media},${tray}` : media}`, '-o', `sides=${sides[duplex]}`],
    // 100 %: a bill scaled to fit has QR modules that are no whole dots.
    ...['-o', 'print-scaling=none'],
  ]
}

const infoOf = ({ state, reasons, message, accepting, trays, sides, media }: IppPrinter): Omit<PrinterInfo, 'name' | 'isDefault'> => {
  const stopped = state === 5
  return {
    state: !accepting ? 'rejecting' : stopped ? 'stopped' : state === 4 ? 'printing' : 'ready',
    trouble: troubleIn(reasons, stopped),
    message: message || null,
    trays,
    canDuplex: sides && sides.some((name) => name.startsWith('two-sided')),
    paper: media && (['A4', 'A5'] as const).filter((size) => media.some((name) => name.startsWith(`iso_${size.toLowerCase()}_`))),
  }
}

const troubles: [RegExp, PrinterTrouble][] = [
  [/^media-jam/, 'mediaJam'],
  [/^(?:cover|door|interlock)-open/, 'coverOpen'],
  [/^media-(?:empty|needed)/, 'mediaEmpty'],
  [/^(?:toner|marker-supply)-empty/, 'tonerEmpty'],
  [/^input-tray-missing/, 'trayMissing'],
  [/^output-area-full/, 'outputFull'],
  [/^offline/, 'offline'],
]

/** RFC 8011 5.4.12: a reason without a suffix is an error. A warning or a report (one tray of three is empty) stops nothing, unless the printer has stopped. */
function troubleIn(reasons: string[], stopped: boolean): PrinterTrouble | null {
  const grave = reasons.filter((reason) => stopped || reason.startsWith('offline') || !/-(?:warning|report)$/.test(reason))
  return troubles.find(([sign]) => grave.some((reason) => sign.test(reason)))?.[1] ?? null
}

/** What cupsd answers when it can't write a document down: the disk of its spool is full, or the document is larger than it may be. */
const spoolIsFull = /Request Entity Too Large|No space left|Insufficient Storage|File too large/i

/** What `lp` says when the server closes the connection while it still writes the document. */
const connectionCut = /Broken pipe|Connection reset/i

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

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
}

function saidBy(cause: unknown): string {
  const words: unknown = cause instanceof Error && 'stderr' in cause ? cause.stderr : ''
  return typeof words === 'string' ? words.trim() : ''
}
