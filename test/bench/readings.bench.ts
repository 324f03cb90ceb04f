import type { Sheet } from '@shared/contract/readings'
import type { Client } from 'pg'
import { at, random } from '../../src/main/training/random'
import { compared, inTurns, type Finding } from './harness'
import { operation, type BenchDesk, type BenchOffice } from './office'
import { figuresNamed, visitOf } from './search.bench'
import type { BenchOptions } from './options'
import type { Topic } from './topic'

const insertName = 'one row, committed to disk'
const sheetName = 'the sheet opened'

/** A sheet that waits to be accepted: of a visit that has begun, with plausible values. */
interface Prepared {
  operationId: string
  visitId: number
  accountId: number
  takenOn: string
  entries: { meterId: number; values: number[] }[]
}

/** Opening and accepting a sheet of readings through `dispatch` beside a single insert that waits for the disk, then by eight desks at once. */
export const readings: Topic = async ({ office, options }) => {
  const owner = await office.owner()
  const desks = await Promise.all(office.staff.operators.map((login) => office.desk(login)))
  // A run that was interrupted may have left something.
  await leaveNoTrace(owner)
  try {
    await owner.query('create table bench_row (id bigint generated always as identity primary key, meter_id bigint, taken_on date, t1 bigint, at timestamptz default now())')
    return await measure(office, owner, desks, options)
  } finally {
    await leaveNoTrace(owner)
    for (const desk of desks) await desk.close()
  }
}

async function measure(office: BenchOffice, owner: Client, desks: BenchDesk[], { rounds, seed }: BenchOptions): Promise<Finding[]> {
  const [first] = desks
  if (!first) throw new Error('there is no desk')
  const subscribers = subscribersOnce(office, seed)
  let prepared: Prepared | undefined
  let opened = { visitId: 0, accountId: 0 }
  let accepted = 0
  let sheetsTaken = 0
  const figures = await inTurns(
    [
      { name: insertName, run: () => owner.query({ name: 'one row', text: 'insert into bench_row (meter_id, taken_on, t1) values ($1, $2, $3)', values: [1, '2026-01-01', 1000] }) },
      {
        name: sheetName,
        before: async () => {
          const index = subscribers()
          opened = { visitId: await visitOf(first, index + 1, operation()), accountId: index + 1 }
        },
        run: () => first.call('readings.sheet', opened),
      },
      {
        name: 'a sheet',
        before: async () => (prepared = await prepare(first, office, subscribers)),
        run: async () => {
          if (!prepared) throw new Error('no sheet was prepared')
          await first.call('readings.save', prepared)
          accepted += prepared.entries.length
          sheetsTaken += 1
        },
      },
    ],
    { rounds },
  )
  const single = figuresNamed(figures, insertName)
  const sheet = figuresNamed(figures, 'a sheet')
  const perSheet = accepted / sheetsTaken
  const perReading = { ...sheet, p50: sheet.p50 / perSheet, p95: sheet.p95 / perSheet, p99: sheet.p99 / perSheet, first: sheet.first / perSheet }

  const sheets = await Promise.all(desks.map(async (desk) => {
    const list: Prepared[] = []
    for (let count = 0; count < Math.min(rounds, 200); count++) list.push(await prepare(desk, office, subscribers))
    return list
  }))
  const startedAt = performance.now()
  const cpuBefore = process.cpuUsage()
  await Promise.all(desks.map(async (desk, index) => {
    for (const input of sheets[index] ?? []) await desk.call('readings.save', input)
  }))
  const taken = sheets.flat().reduce((sum, { entries }) => sum + entries.length, 0)
  const together = taken / ((performance.now() - startedAt) / 1000)
  const { user, system } = process.cpuUsage(cpuBefore)

  return [
    { what: insertName, times: single },
    { what: sheetName, times: figuresNamed(figures, sheetName), baseline: compared(insertName, single) },
    { what: `a sheet (${perSheet.toFixed(1)} readings)`, times: sheet, baseline: compared(insertName, single) },
    { what: 'a reading of it', times: perReading, baseline: compared(insertName, single), target: { text: 'p50 ≤ 4 ×', met: perReading.p50 <= 4 * single.p50 } },
    { what: 'eight desks together', times: null, figures: { 'readings/s': together, 'client CPU ms a reading': (user + system) / 1000 / taken }, target: { text: '≥ 1500/s', met: together >= 1500 } },
  ]
}

/** Each subscriber once, in an order of the seed. */
function subscribersOnce({ data }: BenchOffice, seed: number): () => number {
  const count = data.options.subscribers
  const r = random('sheets', seed)
  const seen = new Set<number>()
  return () => {
    for (;;) {
      const index = r.int(0, count - 1)
      if (seen.has(index) || data.account(index).closed) continue
      seen.add(index)
      return index
    }
  }
}

async function prepare(desk: BenchDesk, { data }: BenchOffice, next: () => number): Promise<Prepared> {
  for (;;) {
    const index = next()
    const visitId = await visitOf(desk, index + 1, operation())
    const sheet = await desk.call<Sheet>('readings.sheet', { visitId, accountId: index + 1 })
    const meters = sheet.meters.filter(({ removedOn, history }) => removedOn === null && history.length > 0)
    if (meters.length === 0) continue
    const entries = meters.map(({ id, history }) => {
      const { monthly, zones } = data.meter(id - 1)
      const before = at(history, 0).values
      return { meterId: id, values: Array.from({ length: zones }, (_, zone) => at(before, zone) + Math.max(1000, Math.floor(monthly / (zone + 1) / 1000) * 1000)) }
    })
    return { operationId: operation(), visitId, accountId: index + 1, takenOn: sheet.today, entries }
  }
}

/** The office as it was, so that the next run may enter the same. */
async function leaveNoTrace(owner: Client): Promise<void> {
  await owner.query('begin')
  await owner.query('set local session_replication_role = replica')
  await owner.query('delete from meter_reading where operation_id is not null')
  await owner.query('update visit set closed_at = now() where closed_at is null')
  await owner.query('commit')
  await owner.query('drop table if exists bench_row')
}
