import { Worker } from 'node:worker_threads'
import { AppError, type FailureCode, type FailureDetails } from '@shared/errors'
import type { Log } from '../log'
import type { BackupJobs } from './jobs'
import type { BackupStep } from './office-header'
import type { Tell } from './run-backup'
import type { Doing } from './side-office'

type JobName = keyof BackupJobs

/** To the thread: a job, its cancelling, the answer to what it asked. */
export type ToThread = { job: JobName; args: unknown[]; folder: string; appVersion: string } | { cancel: true } | { answer: number; failed: boolean }
/** From it: steps, things only the main thread can do, and the end. */
export type FromThread = { step: BackupStep } | { ask: number; what: 'stop' | 'tell'; args: unknown[] } | { value: unknown } | { failure: { code: FailureCode; reason?: string | undefined; details?: FailureDetails | undefined } } | { broke: string }

/** Each job in a thread of its own, which ends with it: stretching a passphrase, encrypting and comparing would keep the window waiting. `file` is the built backup-thread.js. */
export function backupThreads(file: string, { folder, appVersion, log }: { folder: string; appVersion: string; log: Log }): BackupJobs {
  function run<T>(job: JobName, args: unknown[], { step, signal, stop, tell }: Doing & { stop?: (() => Promise<void>) | undefined; tell?: Tell | undefined } = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(file)
      const send = (message: ToThread) => worker.postMessage(message)
      const cancel = () => send({ cancel: true })
      const end = (finish: () => void) => {
        signal?.removeEventListener('abort', cancel)
        finish()
      }
      worker.on('message', (message: FromThread) => {
        if ('step' in message) step?.(message.step)
        else if ('ask' in message) {
          const done: Promise<unknown> = message.what === 'stop' ? (stop?.() ?? Promise.resolve()) : (tell?.(...(message.args as Parameters<Tell>)) ?? Promise.resolve())
          void done.then(
            () => send({ answer: message.ask, failed: false }),
            (cause: unknown) => {
              log.error('backup thread was not answered', { what: message.what, cause })
              send({ answer: message.ask, failed: true })
            },
          )
        } else if ('value' in message) end(() => resolve(message.value as T))
        else if ('failure' in message) end(() => reject(signal?.aborted ? signal.reason : new AppError(message.failure.code, message.failure.reason, message.failure.details)))
        else {
          log.error('backup broke', { cause: message.broke })
          end(() => reject(new AppError('internal', 'backupBroke')))
        }
      })
      worker.on('error', (cause) => {
        log.error('backup thread died', { cause })
        end(() => reject(new AppError('internal', 'backupBroke')))
      })
      signal?.addEventListener('abort', cancel, { once: true })
      send({ job, args, folder, appVersion })
      if (signal?.aborted) cancel()
    })
  }

  return {
    make: (source, lock, { tell, ...doing }) => run('make', [source, lock, tell !== undefined], { ...doing, tell }),
    verify: (path, unlock, doing) => run('verify', [path, unlock], doing),
    preview: (path, unlock) => run('preview', [path, unlock]),
    restore: (path, unlock, by, doing) => run('restore', [path, unlock, by], doing),
  }
}
