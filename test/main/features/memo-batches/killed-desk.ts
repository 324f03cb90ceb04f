// A desk in a process of its own that prints a batch of memos and stops at one place of a chunk, to be killed there. Tells `stopped` when it has arrived.
import { createApp } from '../../../../src/main/app'
import { openDataFolder } from '../../../../src/main/data-folder'
import type { DatabaseAddress } from '../../../../src/main/db/connection'
import { assertSchemaIsCurrent } from '../../../../src/main/db/migrate'
import { silentLog } from '../../../../src/main/log'
import { runProgram, systemPrinter, type Printer } from '../../../../src/main/printing/printer'

export interface KilledDesk {
  folder: string
  address: DatabaseAddress
  login: string
  password: string
  cups: string
  batchId: string
  chunkSize: number
  /** beforePrinting: hashes are in the open transaction; printed: the print system has the job, the transaction is open; following: it is committed. */
  at: 'beforePrinting' | 'printed' | 'following'
  /** Of which chunk, from 1. */
  chunk: number
}

async function main(): Promise<void> {
  const given = JSON.parse(process.argv[2] ?? '{}') as KilledDesk
  const folder = await openDataFolder({ OKNO_DATA: given.folder })
  const system = systemPrinter({ run: runProgram({ CUPS_SERVER: given.cups }), privateFolder: folder.path })
  let chunk = 0
  const stop = (at: KilledDesk['at']): Promise<never> | null => {
    if (at !== given.at || chunk !== given.chunk) return null
    process.stdout.write('stopped\n')
    return new Promise(() => undefined)
  }
  const printer: Printer = {
    ...system,
    async print(pdf, options) {
      chunk++
      await stop('beforePrinting')
      const job = await system.print(pdf, options)
      await stop('printed')
      return job
    },
    // As a printer that is slow: the run is told of a sheet on its way, which it looks at when the transaction is over.
    jobState: (jobId) => (given.at === 'following' && chunk === given.chunk ? Promise.resolve({ state: 'printing', reason: null, message: null }) : system.jobState(jobId)),
  }
  const app = createApp({
    folder, printer, log: silentLog, appVersion: 'test',
    emit: (name, told) => {
      if (name === 'memoBatches.progress' && 'doing' in told && told.doing === 'printing') void stop('following')
    },
    chooseSavePath: () => Promise.resolve(null),
    registerFiles: { choose: () => Promise.resolve(null), open: (file) => file, reveal: () => undefined },
  })
  await app.useOffice({ address: () => given.address, reports: null, recover: () => Promise.resolve(), checkSchema: assertSchemaIsCurrent, outboxLogin: null, training: () => Promise.resolve(null), close: () => Promise.resolve() })
  app.tellDatabaseState({ state: 'ready' })
  const signedIn = await app.dispatch('session.signIn', { login: given.login, password: given.password })
  if (!signedIn.ok) throw new Error(JSON.stringify(signedIn.failure))
  const result = await app.dispatch('memoBatches.run', { batchId: given.batchId, printer: null, chunkSize: given.chunkSize })
  process.stdout.write(`${JSON.stringify(result)}\n`)
}

main().catch((cause: unknown) => {
  process.stderr.write(`${String(cause)}\n`)
  process.exit(1)
})
