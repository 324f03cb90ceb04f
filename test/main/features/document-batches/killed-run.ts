// A desk in a process of its own that prints a batch of payment documents and stops at one place of a chunk, to be killed there. Tells `stopped` when it has arrived.
import { createApp } from '../../../../src/main/app'
import { openDataFolder } from '../../../../src/main/data-folder'
import type { DatabaseAddress } from '../../../../src/main/db/connection'
import { assertSchemaIsCurrent } from '../../../../src/main/db/migrate'
import { silentLog } from '../../../../src/main/log'
import { runProgram, systemPrinter, type Printer } from '../../../../src/main/printing/printer'

export interface KilledRun {
  folder: string
  address: DatabaseAddress
  login: string
  password: string
  cups: string
  batchId: string
  perJob: number
  /** beforePrinting: counted in the open transaction; printed: the print system has the job, the transaction is open; following: it is committed. */
  at: 'beforePrinting' | 'printed' | 'following'
  /** Of which job, from 1. */
  job: number
}

async function main(): Promise<void> {
  const given = JSON.parse(process.argv[2] ?? '{}') as KilledRun
  const folder = await openDataFolder({ OKNO_DATA: given.folder })
  const system = systemPrinter({ run: runProgram({ CUPS_SERVER: given.cups }), privateFolder: folder.path })
  let job = 0
  const stop = (at: KilledRun['at']): Promise<never> | null => {
    if (at !== given.at || job !== given.job) return null
    process.stdout.write('stopped\n')
    return new Promise(() => undefined)
  }
  const printer: Printer = {
    ...system,
    async print(pdf, options) {
      job++
      await stop('beforePrinting')
      const printed = await system.print(pdf, options)
      await stop('printed')
      return printed
    },
    jobState: async (jobId) => (job === given.job ? (await stop('following')) ?? system.jobState(jobId) : system.jobState(jobId)),
  }
  const app = createApp({
    folder, printer, log: silentLog, appVersion: 'test', emit: () => undefined,
    chooseSavePath: () => Promise.resolve(null),
    registerFiles: { choose: () => Promise.resolve(null), open: (file) => file, reveal: () => undefined },
  })
  await app.useOffice({ address: () => given.address, recover: () => Promise.resolve(), checkSchema: assertSchemaIsCurrent, outboxLogin: null, reports: null, training: () => Promise.resolve(null), close: () => Promise.resolve() })
  app.tellDatabaseState({ state: 'ready' })
  const signedIn = await app.dispatch('session.signIn', { login: given.login, password: given.password })
  if (!signedIn.ok) throw new Error(JSON.stringify(signedIn.failure))
  const result = await app.dispatch('documentBatches.run', { batchId: given.batchId, output: { how: 'print', printer: null, perJob: given.perJob } })
  process.stdout.write(`${JSON.stringify(result)}\n`)
}

main().catch((cause: unknown) => {
  process.stderr.write(`${String(cause)}\n`)
  process.exit(1)
})
