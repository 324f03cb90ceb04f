import { random } from '../../src/main/training/random'
import { figuresOf, inTurns, timeOf, type Finding } from './harness'
import { operation } from './office'
import { lookupsForgotten, visitOf } from './search.bench'
import { ofRound, queriesOf } from './queries'
import type { Topic } from './topic'

const nothing = 'language sql security definer set search_path = public, pg_temp begin atomic select null::void; end'

/**
 * What auditing adds to a call: the same calls with `audit_record` as it is and doing nothing, in alternating blocks on the same server.
 * The function is put back whatever happens; a run that is killed meanwhile leaves a kept folder without an audit, which is a bench's folder.
 */
export const audit: Topic = async (context) => {
  const { office, options } = context
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
    {
      what: 'visit opened',
      before: async () => {
        subscriberId = r.int(1, office.data.options.subscribers)
        return Promise.resolve()
      },
      run: async () => visits.push(await visitOf(desk, subscriberId, operation())),
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
  const journal = await looks(context)
  const added = calls.map(({ what }): Finding => {
    const [audited, bare] = [figuresOf(times.get(what)?.with ?? []), figuresOf(times.get(what)?.without ?? [])]
    const added = audited.p50 / bare.p50 - 1
    return { what, times: audited, baseline: { name: 'the same without audit', p50: bare.p50, p99: bare.p99 }, figures: { 'audit adds %': added * 100 }, target: { text: 'adds ≤ 25 %', met: added <= 0.25 } }
  })
  return [...added, ...journal]
}

/** How the journal is found and proved, and what room it takes: the year that the bench's office has of it. */
async function looks({ office, options }: Parameters<Topic>[0]): Promise<Finding[]> {
  const owner = await office.owner()
  const senior = await office.desk(office.staff.supervisor)
  const { rows: room } = await owner.query<{ events: string; bytes: string }>(
    `select (select count(*) from audit_event) as events, (select sum(pg_total_relation_size(inhrelid)) from pg_inherits where inhparent = 'audit_event'::regclass) as bytes`,
  )
  const events = Number(room[0]?.events ?? 0)
  const r = random('journal', options.seed)
  const login = office.staff.operators[2]?.user ?? ''
  const page = (what: string, filter: (round: number) => object) => ({ name: what, run: (round: number) => senior.call('audit.search', filter(round)) })
  const times = await inTurns([
    page('journal: the newest', () => ({})),
    page('journal: of a subscriber', () => ({ subscriberId: r.int(1, office.data.options.subscribers) })),
    page('journal: of a member of staff', () => ({ staffLogin: login })),
    page('journal: prints of everybody', () => ({ group: 'prints' })),
    page('journal: a kind that is rare', () => ({ group: 'staff' })),
  ], { rounds: Math.min(options.rounds, 50), warmUp: 3 })
  let checked = 0
  // Chains that the bench wrote past the triggers have no head, and an incremental check leaves those alone.
  const took = await timeOf(async () => (checked = (await senior.call<{ events: number }>('audit.verify', { incremental: true })).events))
  await senior.close()
  const bytes = events > 0 ? Number(room[0]?.bytes ?? 0) / events : 0
  return [
    ...[...times].map(([what, figures]): Finding => ({ what, times: figures, figures: { 'events in the journal': events }, target: { text: 'p99 ≤ 300 ms', met: figures.p99 <= 300 } })),
    { what: 'journal: proved', times: null, figures: { events: checked, 'events a second': Math.round(checked / (took / 1000)) } },
    // 40 windows, 60 visits a day each, 250 days, six events a visit.
    { what: 'journal: room', times: null, figures: { 'bytes an event with its indexes': Math.round(bytes), 'GB a year of 40 windows': Math.round((bytes * 40 * 60 * 250 * 6) / 1e8) / 10 } },
  ]
}
