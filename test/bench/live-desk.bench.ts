import { randomUUID } from 'node:crypto'
import { compared, inTurns, limitTarget, type Figures } from './harness'
import { bareLookup, baselineName, figuresNamed } from './search.bench'
import type { Topic } from './topic'

const desks = 100
const visitsOfADay = 6_000
/** A desk tells of itself every half a minute; a page that is told of changes all the time reads every three seconds, totals and counts once a minute. */
const aMinute = { beats: 2 * desks, states: 20, totals: 1, counts: 1 }

/**
 * What the live desk costs the database: heartbeats of a hundred desks, and the reads of one supervisor's page over them with six thousand visits of the day. The desks and visits stand
 * in a transaction that is taken back: a kept folder stays as it was.
 */
export const liveDesk: Topic = async ({ office, options }) => {
  const owner = await office.owner()
  const supervisor = await office.owner()
  const operator = await office.client(office.staff.operators[0]!)
  const sessions = Array.from({ length: desks }, () => randomUUID())
  try {
    await supervisor.query('begin')
    await supervisor.query(`select set_config('okno.operation', 'bench', true)`)
    await supervisor.query(
      `insert into staff (login, full_name, roles, office_id, window_code, must_change_password)
       select 'bench.live' || n, 'Оператор Живой ' || n, '{operator}', (select min(id) from office), 100 + n, false from generate_series(1, $1::int) n`,
      [desks],
    )
    await supervisor.query(
      `with person as (select id, row_number() over (order by id) as n from staff where login like 'bench.live%')
       insert into visit (subscriber_id, staff_id, office_id, window_code, opened_at, closed_at, closed_how)
       select 1 + k % $2::int, p.id, (select min(id) from office), (100 + p.n)::text, now() - least(now() - office_day_start(), interval '8 hours') * k / $1::int, case when k > $3::int then now() end, case when k > $3::int then 'served' end
       from generate_series(1, $1::int) k join person p on p.n = 1 + k % $3::int`,
      [visitsOfADay, office.data.options.subscribers, desks],
    )
    await supervisor.query(
      `insert into desk_session (id, staff_id, office_id, desk, app_version, seen_at) select gen_random_uuid(), id, office_id, login, 'bench', now() from staff where login like 'bench.live%'`,
    )
    await supervisor.query('analyze visit; analyze staff')
    await supervisor.query(`set local session authorization "${office.staff.supervisor.user}"`)
    const ask = (name: string) => () => supervisor.query({ name, text: `select ${name}()` })
    const found = await inTurns(
      [
        bareLookup(owner, office),
        { name: 'heartbeat', run: (round) => operator.query({ name: 'beat', text: 'select desk_beat($1, $2, $3)', values: [sessions[round % desks], `desk-${round % desks}`, 'bench'] }) },
        { name: 'windows', run: ask('live_desk_state') },
        { name: 'totals of the day', run: ask('live_desk_totals') },
        { name: 'what waits', run: ask('attention_counts') },
      ],
      { rounds: options.rounds, warmUp: desks },
    )
    const of = (name: string): Figures => figuresNamed(found, name)
    const baseline = of(baselineName)
    const told = (what: string, name: string, p50: number) => ({ what, times: of(name), baseline: compared(baselineName, baseline), target: limitTarget(of(name), { p50 }) })
    const milliseconds = aMinute.beats * of('heartbeat').p50 + aMinute.states * of('windows').p50 + aMinute.totals * of('totals of the day').p50 + aMinute.counts * of('what waits').p50
    return [
      { what: baselineName, times: baseline },
      told(`heartbeat of one of ${desks} desks`, 'heartbeat', 5),
      told(`windows of ${desks} desks`, 'windows', 50),
      told(`totals of ${visitsOfADay.toLocaleString('en')} visits of a day`, 'totals of the day', 50),
      told('what waits for a supervisor', 'what waits', 20),
      {
        what: `a minute of ${desks} desks and one supervisor`,
        times: null,
        figures: { statements: Object.values(aMinute).reduce((sum, n) => sum + n, 0), milliseconds: Math.round(milliseconds) },
        target: { text: 'at most 2,000 ms of a minute', met: milliseconds <= 2_000 },
      },
    ]
  } finally {
    await supervisor.query('rollback')
    await owner.query('delete from desk_session where id = any($1)', [sessions])
    await Promise.all([owner.end(), supervisor.end(), operator.end()])
  }
}
