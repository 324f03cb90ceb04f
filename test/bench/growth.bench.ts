import { random } from '../../src/main/training/random'
import { inTurns, type Finding, type Subject } from './harness'
import { operation, type BenchOffice } from './office'
import { figuresNamed, lookupsForgotten, visitOf } from './search.bench'
import { ofRound, queriesOf } from './queries'
import type { Topic } from './topic'

const kinds = ['passport', 'account', 'exact name', 'one typo', 'address', 'surname and address', 'nothing: a name']

/** The same calls on a tenth of the rows, in turns on two servers. */
export const growth: Topic = async ({ office, options, another }) => {
  const tenth = (count: number) => Math.max(1, Math.round(count / 10))
  const { subscribers, accounts, meters, readings, charges, payments, operations } = office.data.options
  const small = await another({ subscribers: tenth(subscribers), accounts: tenth(accounts), meters: tenth(meters), readings: tenth(readings), charges: tenth(charges), payments: tenth(payments), operations: tenth(operations) })
  try {
    const figures = await inTurns([...(await subjectsOf(small, 'small')), ...(await subjectsOf(office, 'whole'))], { rounds: options.rounds })
    return [...kinds, 'card'].map((kind): Finding => {
      const [few, many] = [figuresNamed(figures, `small ${kind}`), figuresNamed(figures, `whole ${kind}`)]
      return { what: kind, times: many, baseline: { name: 'a tenth of the rows', p50: few.p50, p99: few.p99 }, target: { text: 'p50 ≤ 1.5 ×', met: many.p50 <= 1.5 * few.p50 } }
    })
  } finally {
    await small.close()
  }
}

async function subjectsOf(office: BenchOffice, size: string): Promise<Subject[]> {
  const desk = await office.desk(office.staff.operators[2]!)
  const forget = lookupsForgotten(await office.owner())
  const r = random('growth', size)
  let subscriberId = 0
  return [
    ...kinds.map((kind): Subject => {
      const queries = queriesOf(kind, office.data, 100)
      return { name: `${size} ${kind}`, before: forget, run: (round) => desk.call('desk.search', { text: ofRound(queries, round).text }) }
    }),
    {
      name: `${size} card`,
      before: async () => visitOf(desk, (subscriberId = r.int(1, office.data.options.subscribers)), operation()),
      run: () => desk.call('desk.card', { subscriberId }),
    },
  ]
}
