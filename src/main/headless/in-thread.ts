import { Worker } from 'node:worker_threads'

/**
 * The command of IT's that the installed program was given: what stands behind `--`, as `bin/okno` and `okno.cmd` write it. Null when there is none.
 * Chromium looks for its own switches only in front of it.
 */
export function commandIn(args: string[]): string[] | null {
  const at = args.indexOf('--')
  return at === -1 ? null : args.slice(at + 1)
}

/** What the thread tells: [0] it is over, [1] its exit code. */
export interface ThreadTold {
  told: Int32Array
}

/**
 * Runs a command in the installed program, which is an Electron: its fuses keep it from starting as plain Node, and without a display Chromium's own loop never begins. Both leave
 * threads, which are plain Node, so the command runs in one while this one waits; call before Electron is ready. Returns the exit code. `file` is the built okno.js.
 */
export function runInThread(file: string, args: string[]): number {
  const told = new Int32Array(new SharedArrayBuffer(8))
  const workerData: ThreadTold = { told }
  new Worker(file, { argv: args, workerData })
  Atomics.wait(told, 0, 0)
  // The thread has said its last word and is being taken down; the process ends behind it.
  Atomics.wait(told, 0, 1, 50)
  return Atomics.load(told, 1)
}
