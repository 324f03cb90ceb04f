import { parseArgs } from 'node:util'
import type { Counts } from './data/rows'

export interface BenchOptions extends Counts {
  seed: number
  /** Names of topics (run.ts); all of them unless some are given. */
  only: string[]
  /** Calls of each kind that are timed. */
  rounds: number
  /** Where the figures go as JSON. */
  json: string | null
  /** A data folder that stays: a second run with the same rows and migrations finds them loaded. */
  keep: string | null
  /** Whether a kept folder with other rows or migrations may be emptied and loaded anew. */
  reload: boolean
}

const whole: Counts = { subscribers: 1_000_000, accounts: 1_200_000, meters: 2_000_000, readings: 12_000_000, charges: 6_000_000, payments: 2_000_000, operations: 2_000_000 }
/** Enough to see that everything works. */
const quick: Counts = { subscribers: 20_000, accounts: 24_000, meters: 40_000, readings: 240_000, charges: 120_000, payments: 40_000, operations: 40_000 }

export const usage = `npm run bench -- [options]
  --subscribers N --accounts N --meters N --readings N --charges N --payments N --operations N
                 rows of each table (${Object.entries(whole).map(([name, count]) => `${name} ${count}`).join(', ')})
  --quick        a fiftieth of that, and fewer rounds
  --rounds N     timed calls of each kind (300)
  --seed N       the same seed gives the same rows (1)
  --only A,B     topics to measure
  --keep DIR     a data folder to load once and use again
  --reload       load the kept folder anew when its rows or migrations are others
  --json FILE    the figures as JSON`

/** Throws Error with words about what is wrong with an option. */
export function readOptions(args: string[], topics: readonly string[]): BenchOptions {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args,
    options: {
      subscribers: text, accounts: text, meters: text, readings: text, charges: text, payments: text, operations: text, rounds: text, seed: text, only: text, keep: text, json: text,
      quick: { type: 'boolean', default: false }, reload: { type: 'boolean', default: false },
    },
  })
  const number = (name: string, given: string | undefined, otherwise: number): number => {
    if (given === undefined) return otherwise
    const value = Number(given.replaceAll('_', ''))
    if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} wants a whole number from 1: ${given}`)
    return value
  }
  const base = values.quick ? quick : whole
  const subscribers = number('subscribers', values.subscribers, base.subscribers)
  // Fewer people have fewer of everything else.
  const scaled = (count: number) => Math.max(1, Math.round((count * subscribers) / base.subscribers))
  const only = values.only?.split(',').map((name) => name.trim()) ?? []
  const unknown = only.find((name) => !topics.includes(name))
  if (unknown !== undefined) throw new Error(`--only knows no ${unknown}; there are: ${topics.join(', ')}`)
  return {
    subscribers,
    accounts: number('accounts', values.accounts, scaled(base.accounts)),
    meters: number('meters', values.meters, scaled(base.meters)),
    readings: number('readings', values.readings, scaled(base.readings)),
    charges: number('charges', values.charges, scaled(base.charges)),
    payments: number('payments', values.payments, scaled(base.payments)),
    operations: number('operations', values.operations, scaled(base.operations)),
    seed: number('seed', values.seed, 1),
    rounds: number('rounds', values.rounds, values.quick ? 60 : 300),
    only,
    json: values.json ?? null,
    keep: values.keep ?? null,
    reload: values.reload,
  }
}
