import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { dirname } from 'node:path'
import { audit } from './audit.bench'
import { backup } from './backup.bench'
import { card } from './card.bench'
import { documents } from './documents.bench'
import { growth } from './growth.bench'
import { fleet } from './fleet.bench'
import { liveDesk } from './live-desk.bench'
import { openBenchOffice } from './office'
import { readOptions, usage } from './options'
import { readings } from './readings.bench'
import { registers } from './registers.bench'
import { jsonOf, tableOf, type Report } from './report'
import { reports } from './reports.bench'
import { search } from './search.bench'
import { start } from './start.bench'
import type { Topic } from './topic'
import { window } from './window.bench'

/** Another measurement is a file `<topic>.bench.ts` and a line here. */
const topics: Record<string, Topic> = { search, card, audit, readings, registers, documents, reports, liveDesk, fleet, growth, backup, window, start }

const say = (text: string) => process.stderr.write(`[bench] ${text}\n`)

async function main(): Promise<number> {
  const args = process.argv.slice(2)
  if (args.includes('--help')) {
    process.stdout.write(`${usage}\n  topics: ${Object.keys(topics).join(', ')}\n`)
    return 0
  }
  const options = readOptions(args, Object.keys(topics))
  const { subscribers, accounts, meters, readings: taken, charges, payments, operations } = options
  const counts = { subscribers, accounts, meters, readings: taken, charges, payments, operations }
  const office = await openBenchOffice(options, counts, say)
  const report: Report = new Map()
  try {
    for (const [name, topic] of Object.entries(topics)) {
      if (options.only.length > 0 && !options.only.includes(name)) continue
      say(name)
      report.set(name, await topic({ office, options, say, another: (other) => openBenchOffice({ ...options, keep: null }, other, say) }))
    }
  } finally {
    await office.close()
  }
  process.stdout.write(`${tableOf(report)}\n`)
  if (options.json !== null) {
    mkdirSync(dirname(options.json), { recursive: true })
    const machine = { cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version }
    writeFileSync(options.json, jsonOf(report, { at: new Date().toISOString(), machine, seed: options.seed, rounds: options.rounds, counts, streets: office.data.streets }))
  }
  // A missed target is a figure, not a failure: only a bench that broke ends with an error.
  return 0
}

main().then(
  (code) => (process.exitCode = code),
  (cause: unknown) => {
    say(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause))
    process.exitCode = 1
  },
)
