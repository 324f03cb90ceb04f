import { execFile } from 'node:child_process'
import type { Duplex } from '@shared/contract/printing'
import { cupsPrinter } from './cups-printer'
import { windowsPrinter } from './windows-printer'

/** What keeps a printer from printing, where it tells: names of RFC 8011 `printer-state-reasons`, several of a kind under one. */
export type PrinterTrouble = 'mediaEmpty' | 'mediaJam' | 'coverOpen' | 'tonerEmpty' | 'trayMissing' | 'outputFull' | 'offline'

export interface PrinterInfo {
  name: string
  isDefault: boolean
  /** `stopped` keeps jobs and prints none, `rejecting` takes none. */
  state: 'ready' | 'printing' | 'stopped' | 'rejecting'
  trouble: PrinterTrouble | null
  /** The print system's own words about the state, if it has any. */
  message: string | null
  /** Names that `PrintOptions.tray` takes: `tray-1`, `manual`… (PWG 5101.1). Null: the system does not tell (Windows). */
  trays: string[] | null
  canDuplex: boolean | null
  /** Of the sizes Okno prints on. */
  paper: ('A4' | 'A5')[] | null
}

export interface PrintOptions {
  /** Queue name; without it the default queue. */
  printer?: string | undefined
  /** 1 to 99. */
  copies: number
  media: 'A4' | 'A5'
  duplex: Duplex
  /** A tray by the print system's name; without it the printer decides. */
  tray?: string | null
  /** Shown to everybody who sees the queue: a kind of sheet and its number, never a name, an account or a login. */
  title: string
}

/**
 * queued ─→ printing ─→ printed
 *   │          └──────→ failed   (cancelled, aborted)
 *   └─→ held ─→ queued           (heldInQueue: somebody's hold; printerStopped: the queue was stopped; a trouble: the printer waits for help)
 */
export interface JobState {
  state: 'queued' | 'printing' | 'printed' | 'held' | 'failed'
  /** cancelled, aborted, queueGone: failed; notFollowed: a system that does not tell; the others: held. */
  reason: PrinterTrouble | 'heldInQueue' | 'printerStopped' | 'cancelled' | 'aborted' | 'queueGone' | 'notFollowed' | null
  /** The printer's own words, if it has any. */
  message: string | null
}

/**
 * The print queues of this computer. All failures are `AppError('printerUnavailable', reason)` with reason
 * printSystemMissing, printSystemStopped, unknownPrinter, noDefaultPrinter, printerRejectsJobs, printSpoolFull, printFailed, jobStateUnknown, spoolNotCleared;
 * an unknown job is `AppError('notFound', 'printJob')`.
 */
export interface Printer {
  printers(): Promise<PrinterInfo[]>
  /** Hands a PDF to the print system and returns its job id. Resolved means taken, not printed: follow `jobState`. */
  print(pdf: Uint8Array, options: PrintOptions): Promise<{ jobId: string }>
  jobState(jobId: string): Promise<JobState>
  /** Stops a job that has not ended; what became of it says `jobState`: it may have been printed meanwhile. */
  cancel(jobId: string): Promise<void>
  /** Jobs of ours with exactly this title that the print system still knows, ended ones included; none where it does not tell (Windows). */
  jobsTitled(title: string): Promise<string[]>
  /**
   * Removes a job and the copy of its document that the print system keeps after printing (CUPS: a day, by default).
   * To be called for every sheet with a secret as soon as its job has ended, and to withdraw one that has not.
   */
  forget(jobId: string): Promise<void>
}

/** Runs a program with arguments (never a shell) and gives what it wrote; rejects on a non-zero exit. */
export type Run = (program: string, args: string[], input?: Uint8Array) => Promise<string>

/**
 * The printers of the operating system: CUPS on Linux and macOS, the Windows queues through pdf-to-printer.
 * `privateFolder` is a folder of the application that only this user can read; Windows needs a file for the moment of printing.
 */
export function systemPrinter({ run = runProgram(), privateFolder }: { run?: Run; privateFolder: string }): Printer {
  return process.platform === 'win32' ? windowsPrinter({ privateFolder }) : cupsPrinter({ run })
}

const patience = 30_000

/** `env` replaces variables of this process, for a print server other than the system's. */
export function runProgram(env: NodeJS.ProcessEnv = {}): Run {
  // The answers of lpstat are read by a program, so they are asked for in the language it knows; UTF-8 for titles in Russian.
  const language = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'
  const options = { env: { ...process.env, LC_ALL: language, ...env }, timeout: patience, maxBuffer: 16 * 1024 * 1024, encoding: 'utf8' as const }
  return (program, args, input) =>
    new Promise((resolve, reject) => {
      const child = execFile(program, args, options, (error, stdout, stderr) => {
        if (error) reject(Object.assign(error, { stderr }))
        else resolve(stdout)
      })
      // A program that refuses early closes its input; its exit code tells the story.
      child.stdin?.on('error', () => undefined)
      child.stdin?.end(input)
    })
}
