import { randomUUID } from 'node:crypto'
import { compared, inTurns, limitTarget, type Figures } from './harness'
import { bareLookup, baselineName, figuresNamed } from './search.bench'
import type { Topic } from './topic'

const windows = 100

/**
 * What the fleet costs the database: heartbeats of a hundred windows while a rollout runs (nothing new to write, and one that has something new), and the page over them. Told under one
 * operator's and the administrator's login; what is made is taken away again.
 */
export const fleet: Topic = async ({ office, options }) => {
  const owner = await office.owner()
  const page = await office.owner()
  const operator = await office.client(office.staff.operators[0]!)
  const ids = Array.from({ length: windows }, () => randomUUID())
  const sessions = ids.map(() => randomUUID())
  const told = (n: number, update: object) =>
    JSON.stringify({ windowId: ids[n], sessionId: sessions[n], desk: `bench-${n}`, version: '1.2.0', schema: 42, runtime: 'Electron 43.1.0', os: 'Windows 10', freeMb: 90_000, printerTest: null, lastError: null, update })
  const beat = (n: number, update: object) => operator.query({ name: 'fleet beat', text: 'select fleet_beat($1)', values: [told(n, update)] })
  let rollout = 0
  try {
    await owner.query(`select set_config('okno.operation', 'bench', false)`)
    await owner.query(
      `insert into fleet_window (window_id, office_id, staff_id, first_staff_id, desk, version, schema, runtime, os, first_seen_at)
       select w, s.office_id, s.id, s.id, 'bench-' || (n - 1), '1.2.0', 42, 'Electron 43.1.0', 'Windows 10', now() - interval '1 day' from unnest($1::uuid[]) with ordinality u (w, n), (select * from staff where login = $2) s`,
      [ids, office.staff.operators[0]!.user],
    )
    const { rows } = await owner.query<{ id: number }>(
      `insert into rollout (channel, version, is_return, state, percent, limit_percent, at_least, started_by) select 'main', '1.3.0', false, 'running', 50, 10, 3, id from staff limit 1 returning id`,
    )
    rollout = rows[0]?.id ?? 0
    await page.query('begin')
    await page.query(`set local session authorization "${office.staff.supervisor.user}"`)
    const found = await inTurns(
      [
        bareLookup(owner, office),
        { name: 'nothing new', run: (round) => beat(round % windows, { state: 'idle', version: null, reason: null }) },
        { name: 'another state', run: (round) => beat(0, { state: round % 2 ? 'downloading' : 'downloaded', version: '1.3.0', reason: null }) },
        { name: 'page', run: () => page.query({ name: 'fleet page', text: 'select fleet_state()' }) },
      ],
      { rounds: options.rounds, warmUp: windows },
    )
    const of = (name: string): Figures => figuresNamed(found, name)
    const baseline = of(baselineName)
    const line = (what: string, name: string, p50: number) => ({ what, times: of(name), baseline: compared(baselineName, baseline), target: limitTarget(of(name), { p50 }) })
    const milliseconds = 2 * windows * of('nothing new').p50
    return [
      { what: baselineName, times: baseline },
      line(`heartbeat of one of ${windows} windows, nothing new`, 'nothing new', 5),
      line('heartbeat with another state of the update', 'another state', 10),
      line(`the page over ${windows} windows and a rollout`, 'page', 100),
      { what: `a minute of ${windows} windows' heartbeats`, times: null, figures: { statements: 2 * windows, milliseconds: Math.round(milliseconds) }, target: { text: 'at most 1,000 ms of a minute', met: milliseconds <= 1_000 } },
    ]
  } finally {
    await page.query('rollback')
    await owner.query('delete from rollout_window where rollout_id = $1', [rollout])
    await owner.query('delete from rollout where id = $1', [rollout])
    await owner.query('delete from fleet_window where window_id = any($1)', [ids])
    await Promise.all([owner.end(), page.end(), operator.end()])
  }
}
