import { random } from '../../src/main/training/random'
import { figuresOf, timeOf, type Finding } from './harness'
import { operation } from './office'
import { lookupsForgotten, visitOf } from './search.bench'
import { ofRound, queriesOf } from './queries'
import type { Topic } from './topic'

const nothing = 'language sql security definer set search_path = public, pg_temp begin atomic select null::void; end'

/**
 * What auditing adds to a call: the same calls with `audit_record` as it is and doing nothing, in alternating blocks on the same server.
 * The function is put back whatever happens; a run that is killed meanwhile leaves a kept folder without an audit, which is a bench's folder.
 */
export const audit: Topic = async ({ office, options }) => {
  const owner = await office.owner()
  const desk = await office.desk(office.staff.operators[1]!)
  const forget = lookupsForgotten(owner)
  const { rows } = await owner.query<{ definition: string; arguments: string }>(
    `select pg_get_functiondef(oid) as definition, pg_get_function_arguments(oid) as arguments from pg_proc where proname = 'audit_record' and pronamespace = 'public'::regnamespace`,
  )
  const kept = rows[0]
  if (!kept) throw new Error('there is no audit_record')

  const r = random('audit', options.seed)
  const visits: number[] = []
  let subscriberId = 0
  const calls: { what: string; before(): Promise<unknown>; run(round: number): Promise<unknown> }[] = [
    ...['account', 'one typo', 'address'].map((kind) => {
      const queries = queriesOf(kind, office.data, 200)
      return { what: `search by ${kind}`, before: forget, run: (round: number) => desk.call('desk.search', { text: ofRound(queries, round).text }) }
    }),
    {
      what: 'card',
      before: async () => {
        subscriberId = r.int(1, office.data.options.subscribers)
        visits.push(await visitOf(desk, subscriberId, operation()))
      },
      run: () => desk.call('desk.card', { subscriberId }),
    },
  ]
  const times = new Map(calls.map(({ what }) => [what, { with: [] as number[], without: [] as number[] }]))
  const blocks = 8
  const ofBlock = Math.max(10, Math.ceil(options.rounds / blocks))
  try {
    for (let block = 0; block < 2 * blocks; block++) {
      const isAudited = block % 2 === 0
      await owner.query(isAudited ? kept.definition : `create or replace function audit_record(${kept.arguments}) returns void ${nothing}`)
      for (const { what, before, run } of calls) {
        for (let round = -5; round < ofBlock; round++) {
          await before()
          const time = await timeOf(() => run(Math.abs(round) + block * ofBlock))
          // Functions that call the changed one are planned anew: the first few calls of a block pay for it.
          if (round >= 0) times.get(what)?.[isAudited ? 'with' : 'without'].push(time)
        }
      }
    }
  } finally {
    await owner.query(kept.definition)
  }
  for (const visitId of visits) await desk.dispatch('visits.close', { operationId: operation(), visitId })
  await desk.close()
  return calls.map(({ what }): Finding => {
    const [audited, bare] = [figuresOf(times.get(what)?.with ?? []), figuresOf(times.get(what)?.without ?? [])]
    const added = audited.p50 / bare.p50 - 1
    return { what, times: audited, baseline: { name: 'the same without audit', p50: bare.p50, p99: bare.p99 }, figures: { 'audit adds %': added * 100 }, target: { text: 'adds ≤ 25 %', met: added <= 0.25 } }
  })
}
