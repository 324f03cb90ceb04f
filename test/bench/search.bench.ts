import type { OutputOf } from '@shared/contract/call'
import type { deskContract } from '@shared/contract/desk'
import type { Client } from 'pg'
import { random } from '../../src/main/training/random'
import { bothTargets, compared, inTurns, limitTarget, timesTarget, type Figures, type Finding, type Subject, type Target } from './harness'
import type { BenchDesk, BenchOffice } from './office'
import { ofRound, queriesOf, queryKinds, type Query } from './queries'
import type { Topic } from './topic'

type Found = OutputOf<(typeof deskContract)['search']>

export const baselineName = 'primary key, pg'
const exact = ['passport', 'other document', 'account', 'contract', 'housing code', 'phone', 'e-mail', 'serial', 'СНИЛС', 'ИНН', 'QR', 'nothing: a number']
/** In the first five and the first twenty hits, at least. */
const recalls: Record<string, [number, number]> = { 'one typo': [0.97, 0.99], 'one typo, no patronymic': [0.97, 0.99], address: [0.97, 0.99], 'address, one typo': [0.97, 0.99], 'two typos': [0, 0.9] }

/** Each kind of search through `dispatch`, rights and audit on, in turns with the bare named lookup by primary key on the same server. */
export const search: Topic = async ({ office, options }) => {
  const desk = await office.desk(office.staff.operators[0]!)
  const owner = await office.owner()
  const kinds = Object.keys(queryKinds).map((kind) => ({ kind, queries: queriesOf(kind, office.data, Math.min(options.rounds, 300)), places: new Map<Query, number>() }))
  const forget = lookupsForgotten(owner)
  const figures = await inTurns(
    [
      bareLookup(owner, office),
      ...kinds.map(({ kind, queries, places }): Subject => ({
        name: kind,
        before: forget,
        run: async (round) => {
          const query = ofRound(queries, round)
          const { hits } = await desk.call<Found>('desk.search', { text: query.text })
          places.set(query, hits.findIndex((hit) => query.isRight(hit)))
        },
      })),
    ],
    { rounds: options.rounds },
  )
  await desk.close()
  const baseline = figuresNamed(figures, baselineName)
  return [
    { what: baselineName, times: baseline },
    ...kinds.map(({ kind, places }): Finding => {
      const times = figuresNamed(figures, kind)
      const isOfNothing = kind.startsWith('nothing')
      const within = (count: number) => [...places.values()].filter((place) => place >= 0 && place < count).length / places.size
      const [inFive, inTwenty] = [within(5), within(20)]
      const speed = exact.includes(kind) ? timesTarget(times, baseline, { p50: 3, p99: 8 }) : limitTarget(times, { p50: 3, p99: 10 })
      const least = recalls[kind] ?? [0, 1]
      const recall: Target = { text: `first 5 ≥ ${least[0]}, first 20 ≥ ${least[1]}`, met: inFive >= least[0] && inTwenty >= least[1] }
      return {
        what: kind,
        times,
        baseline: compared(baselineName, baseline),
        ...(isOfNothing ? { target: speed } : { figures: { 'in 5': inFive, 'in 20': inTwenty }, target: bothTargets(speed, recall) }),
      }
    }),
  ]
}

/** The least a lookup can cost: a prepared statement by primary key through `pg`. */
export function bareLookup(owner: Client, { data }: BenchOffice, name = baselineName): Subject {
  const r = random('bare', data.options.seed)
  return { name, run: () => owner.query({ name: 'bare', text: 'select * from subscriber where id = $1', values: [r.int(1, data.options.subscribers)] }) }
}

/** A member of staff may look up twenty documents a minute; a bench wants more. Not timed. */
export function lookupsForgotten(owner: Client): () => Promise<unknown> {
  let calls = 0
  return async () => {
    if (calls++ % 15 !== 0) return
    await owner.query('delete from document_lookup')
    // Wrong tries have a limit of their own (0014), and most of the numbers a bench asks for are nobody's passport.
    await owner.query('select setval(guess_sequence(id)::regclass, 1) from staff where to_regclass(guess_sequence(id)) is not null')
  }
}

export function figuresNamed(figures: Map<string, Figures>, name: string): Figures {
  const found = figures.get(name)
  if (!found) throw new Error(`nothing was timed as ${name}`)
  return found
}

/** Opens the visit of a subscriber, whose card may then be opened. */
export async function visitOf(desk: BenchDesk, subscriberId: number, operationId: string): Promise<number> {
  return (await desk.call<{ id: number }>('visits.open', { operationId, subscriberId })).id
}
