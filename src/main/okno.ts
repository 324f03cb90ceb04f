import { isMainThread, workerData } from 'node:worker_threads'
import { version } from '../../package.json'
import type { ThreadTold } from './headless/in-thread'
import { runHeadless } from './headless/run'
import { write } from './headless/streams'

// The application without a window: plain Node, or a thread of the installed program. Nothing here may reach Electron.
if (!isMainThread) {
  const { told } = workerData as ThreadTold // What runInThread gives.
  process.on('uncaughtException', (cause) => {
    write(2, `${cause.stack ?? cause.message}\n`)
    process.exit(1)
  })
  process.on('exit', (exitCode) => {
    Atomics.store(told, 1, exitCode)
    Atomics.store(told, 0, 1)
    Atomics.notify(told, 0)
  })
}

void runHeadless(process.argv.slice(2), {
  appVersion: version,
  env: process.env,
  print: (text) => write(1, `${text}\n`),
  tell: (line) => write(2, `${line}\n`),
}).then((exitCode) => {
  process.exitCode = exitCode
  // A standard input that was opened for a password keeps a thread alive.
  if (!isMainThread) process.exit(exitCode)
})
