import { parentPort } from 'node:worker_threads'
import { AppError } from '@shared/errors'
import { openDataFolder } from '../data-folder'
import { toAppError } from '../ipc/to-app-error'
import { openLog } from '../log'
import type { Lock, Unlock } from './age-file'
import { backupJobsHere, type Source } from './jobs'
import type { FromThread, ToThread } from './backup-threads'

/** One job, then the thread ends. */
const cancelling = new AbortController()
const waiting = new Map<number, { resolve(): void; reject(cause: unknown): void }>()
let asked = 0

const tellMain = (message: FromThread) => parentPort?.postMessage(message)

/** What only the main thread can do: close the office, write under somebody's login. */
function ask(what: 'stop' | 'tell', args: unknown[]): Promise<void> {
  const number = ++asked
  return new Promise((resolve, reject) => {
    waiting.set(number, { resolve, reject })
    tellMain({ ask: number, what, args })
  })
}

parentPort?.on('message', (message: ToThread) => {
  if ('cancel' in message) cancelling.abort(new AppError('conflict', 'backupCancelled'))
  else if ('answer' in message) {
    const one = waiting.get(message.answer)
    if (message.failed) one?.reject(new AppError('internal', 'backupBroke'))
    else one?.resolve()
  } else {
    void work(message)
      .then((value) => tellMain({ value }))
      .catch((cause: unknown) => {
        const { code, reason, details } = toAppError(cancelling.signal.aborted ? cancelling.signal.reason : cause)
        if (code === 'internal') tellMain({ broke: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) })
        else tellMain({ failure: { code, reason, details } })
      })
      .finally(() => parentPort?.close())
  }
})

async function work({ job, args, folder, appVersion }: Extract<ToThread, { job: string }>): Promise<unknown> {
  const data = await openDataFolder({ OKNO_DATA: folder })
  const jobs = backupJobsHere({ folder: data.path, log: openLog(data.logs), appVersion }, data)
  let told = 0
  const doing = {
    signal: cancelling.signal,
    step: (step: Parameters<NonNullable<Parameters<typeof jobs.verify>[2]['step']>>[0]) => {
      // A page needs no more than ten a second.
      const now = Date.now()
      if (now - told < 100 && step.rows < step.of) return
      told = now
      tellMain({ step })
    },
  }
  switch (job) {
    case 'make': {
      const [source, lock, tells] = args as [Source, Lock | undefined, boolean]
      return jobs.make(source, lock, { ...doing, ...(tells ? { tell: (...told) => ask('tell', told) } : {}) })
    }
    case 'verify':
      return jobs.verify(...(args as [string, Unlock]), doing)
    case 'preview':
      return jobs.preview(...(args as [string, Unlock]))
    case 'restore':
      return jobs.restore(...(args as [string, Unlock, string]), { ...doing, stop: () => ask('stop', []) })
  }
}
