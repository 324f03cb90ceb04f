import { random } from '../../src/main/training/random'
import { compared, inTurns, timesTarget } from './harness'
import { operation } from './office'
import { baselineName, bareLookup, figuresNamed, visitOf } from './search.bench'
import type { Topic } from './topic'

/** The card through `dispatch`: each of another subscriber, in a visit of the operator, which is begun before the clock starts. */
export const card: Topic = async ({ office, options }) => {
  const desk = await office.desk(office.staff.operators[0]!)
  const owner = await office.owner()
  const r = random('cards', options.seed)
  const visits: number[] = []
  let subscriberId = 0
  const figures = await inTurns(
    [
      bareLookup(owner, office),
      {
        name: 'card',
        before: async () => {
          subscriberId = r.int(1, office.data.options.subscribers)
          visits.push(await visitOf(desk, subscriberId, operation()))
        },
        run: () => desk.call('desk.card', { subscriberId }),
      },
      { name: 'the same card again', run: () => desk.call('desk.card', { subscriberId }) },
    ],
    { rounds: options.rounds },
  )
  for (const visitId of visits) await desk.dispatch('visits.close', { operationId: operation(), visitId })
  await desk.close()
  const baseline = figuresNamed(figures, baselineName)
  return [
    { what: baselineName, times: baseline },
    ...['card', 'the same card again'].map((what) => {
      const times = figuresNamed(figures, what)
      return { what, times, baseline: compared(baselineName, baseline), target: timesTarget(times, baseline, { p50: 8 }) }
    }),
  ]
}
