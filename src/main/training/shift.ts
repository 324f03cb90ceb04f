import { randomBytes } from 'node:crypto'
import type { PoolClient } from 'pg'
import type { Database } from '../db/database'
import { scramVerifier } from '../session/scram'

/**
 * Colleagues at the other windows of the training office, so that a supervisor has a shift to look at. They sign in nowhere: their passwords are made and forgotten.
 * `seen`: minutes since their desk told of itself; ahead of now they are there as long as somebody trains.
 */
const colleagues = [
  { login: 'zaytseva', fullName: 'Зайцева Ирина Олеговна', window: '3', desk: 'okno-3', version: '0.1.0', open: [24], done: 11, seen: -720, locked: null, printers: [] },
  { login: 'belkin', fullName: 'Белкин Роман Юрьевич', window: '4', desk: 'okno-4', version: '0.0.9', open: [6, 41], done: 14, seen: -720, locked: null, printers: [{ printer: 'Kyocera_окно_4', trouble: 'mediaEmpty', held: 2 }] },
  { login: 'voskresenskaya', fullName: 'Воскресенская-Голубева Александра Константиновна', window: '5', desk: 'okno-5', version: '0.1.0', open: [], done: 8, seen: -720, locked: 7, printers: [] },
  { login: 'kim', fullName: 'Ким Олег Викторович', window: '6', desk: 'okno-6', version: '0.1.0', open: [], done: 12, seen: -720, locked: null, printers: [] },
  { login: 'sorokina', fullName: 'Сорокина Дарья Андреевна', window: '7', desk: 'okno-7', version: '0.1.0', open: [13], done: 5, seen: 14, locked: null, printers: [] },
] as const

/** Their logins, once; to be called before `workShift`. */
export async function addColleagues(db: Database): Promise<void> {
  for (const { login, fullName, window } of colleagues) {
    await db.call('staff_create', { login, fullName, roles: ['operator'], window, verifier: await scramVerifier(randomBytes(24).toString('base64url')), mustChangePassword: false })
  }
}

/**
 * Their day: visits ended since the morning, some that go on, desks that tell of themselves. Asked at every start of a training office: what is open is of the last minutes, whenever
 * somebody looks; an office without these colleagues stays as it is.
 */
export async function workShift(client: PoolClient): Promise<void> {
  await client.query(`select set_config('okno.operation', 'training', true)`)
  const { rows } = await client.query<{ due: boolean }>(
    `select exists (select from office where is_training) and exists (select from staff where login = $1 and roles <> '{}')
       and not exists (select from desk_session where desk = $2 and signed_in_at > now() - interval '20 minutes') as due`,
    [colleagues[0].login, colleagues[0].desk],
  )
  if (!rows[0]?.due) return
  const plan = JSON.stringify(colleagues)
  // Yesterday's are over.
  await client.query(
    `update visit v set closed_at = v.opened_at + interval '6 minutes', closed_how = 'served' from staff s
     where s.id = v.staff_id and v.closed_at is null and s.login = any($1) and v.opened_at < office_day_start()`,
    [colleagues.map(({ login }) => login)],
  )
  // People of nobody's guide: the last ones of the registers.
  await client.query(
    `with plan as (select * from jsonb_to_recordset($1::jsonb) as p(login text, "window" text, open int[], done int)),
       missing as (select s.id as staff_id, s.office_id, p.* from plan p join staff s on s.login = p.login where not exists (select from visit v where v.staff_id = s.id and v.opened_at >= office_day_start())),
       person as (select id, row_number() over (order by id desc) as n from (select s.id from subscriber s join account a on a.subscriber_id = s.id and a.status = 'active' group by s.id order by s.id desc limit 80) x),
       length as (select least(extract(epoch from now() - office_day_start()) * 0.9, 8 * 3600) as seconds),
       done as (
         insert into visit (subscriber_id, staff_id, office_id, window_code, opened_at, closed_at, closed_how, identification)
         select (select id from person where n = 1 + (m.staff_id * 7 + k) % (select count(*) from person)), m.staff_id, m.office_id, m."window", now() - l.seconds * k / (m.done + 1) * interval '1 second',
           now() - l.seconds * k / (m.done + 1) * interval '1 second' + least(l.seconds / (m.done + 1) * 0.9, 140 + (m.staff_id * 53 + k * 97) % 420) * interval '1 second', 'served', 'readingsOnly'
         from missing m, generate_series(1, m.done) k, length l)
     insert into visit (subscriber_id, staff_id, office_id, window_code, opened_at, identification)
     select (select id from person where n = 1 + (m.staff_id * 7 + 40 + k) % (select count(*) from person)), m.staff_id, m.office_id, m."window", now(), 'readingsOnly' from missing m, generate_series(1, cardinality(m.open)) k`,
    [plan],
  )
  await client.query(
    `with plan as (select * from jsonb_to_recordset($1::jsonb) as p(login text, open int[])),
       own as (select v.id, p.open, row_number() over (partition by v.staff_id order by v.id) as n from visit v join staff s on s.id = v.staff_id join plan p on p.login = s.login where v.closed_at is null)
     update visit v set opened_at = now() - o.open[o.n] * interval '1 minute' from own o where o.id = v.id and o.n <= cardinality(o.open)`,
    [plan],
  )
  await client.query(
    `insert into operation (id, kind, visit_id, subscriber_id, staff_id, office_id, at, details, result)
     select gen_random_uuid(), k.kind, v.id, v.subscriber_id, v.staff_id, v.office_id, v.opened_at + k.after * (now() - v.opened_at), '{}', '{}'
     from visit v join staff s on s.id = v.staff_id, (values ('visits.open', 0), ('visits.readingsOnly', 0.3)) k(kind, after)
     where v.closed_at is null and s.login = any($1) and not exists (select from operation o where o.visit_id = v.id and o.kind = k.kind)`,
    [colleagues.map(({ login }) => login)],
  )
  await client.query(`delete from desk_session where staff_id in (select id from staff where login = any($1))`, [colleagues.map(({ login }) => login)])
  await client.query(
    `insert into desk_session (id, staff_id, office_id, desk, app_version, signed_in_at, seen_at, locked_at, shown_visit_id, printers)
     select gen_random_uuid(), s.id, s.office_id, p.desk, p.version, now(), now() - p.seen * interval '1 minute', now() - p.locked * interval '1 minute', (select min(v.id) from visit v where v.staff_id = s.id and v.closed_at is null), p.printers
     from jsonb_to_recordset($1::jsonb) as p(login text, desk text, version text, seen int, locked int, printers jsonb) join staff s on s.login = p.login`,
    [plan],
  )
}

/** Flags of the last days in each of their states, one of them about the supervisor. Once. */
export async function addFlags(client: PoolClient): Promise<void> {
  await client.query(`select set_config('okno.operation', 'training', true)`)
  await client.query(
    `with plan as (
       select * from (values
         ('contactThenPassword', 'belkin', 1, 1, '{"hours": 24, "minutes": 18, "change": "contacts.changeEmail", "sameVisit": true, "sameStaff": true}'::jsonb, 'new', null),
         ('massLookups', 'zaytseva', 1, 143, '{"count": 120, "usual": 58.4}', 'new', null),
         ('offHours', 'supervisor', 2, 7, '{"count": 5, "fromHour": 7, "toHour": 21, "first": "21:42", "last": "22:15"}', 'new', null),
         ('cardsWithoutVisit', 'voskresenskaya', 3, 26, '{"count": 20}', 'looked', null),
         ('overrides', 'kim', 8, 19, '{"count": 15, "usual": 6.2}', 'explained', 'Дом на Лесной, 4: приборы заменили по акту 12 ноября, показания сверены с управляющей компанией.'),
         ('duplicates', 'belkin', 12, 31, '{"count": 20, "usual": 9.1}', 'explained', 'Субсидии за полугодие: соцзащита просила квитанции за шесть месяцев, список заявлений у старшего.')
       ) as p(rule, login, days, n, facts, state, comment)
     ), made as (
       insert into flag (office_id, rule, subject, day, staff_id, subscriber_id, account_id, n, facts, state, settled_n, raised_at, changed_at)
       select s.office_id, p.rule, case when p.rule = 'contactThenPassword' then 'operation:training' else 'staff:' || s.id end, office_today() - p.days, s.id,
         case when p.rule = 'contactThenPassword' then a.subscriber_id end, case when p.rule = 'contactThenPassword' then a.id end, p.n, p.facts, p.state, case when p.state <> 'new' then p.n end,
         now() - p.days * interval '1 day', now() - p.days * interval '1 day'
       from plan p join staff s on s.login = p.login cross join lateral (select max(a.id) as id, (array_agg(a.subscriber_id order by a.id desc))[1] as subscriber_id from account a where a.status = 'active') a
       on conflict (office_id, rule, subject, day) do nothing returning *
     )
     insert into flag_event (flag_id, at, staff_id, kind, n, comment)
     select m.id, m.raised_at + e.hours * interval '1 hour', case when e.kind <> 'raised' then (select id from staff where 'supervisor' = any(roles) order by id limit 1) end, e.kind, m.n, case when e.kind = 'explained' then p.comment end
     from made m join plan p on p.rule = m.rule cross join (values ('raised', 0), ('looked', 3), ('explained', 5)) e(kind, hours)
     where e.kind = 'raised' or e.kind = 'looked' and p.state <> 'new' or e.kind = p.state order by m.id, e.hours`,
  )
  // Made, not found: the rules begin with today.
  await client.query(`insert into flag_watch (office_id, checked_through, checked_at) select id, office_today(), now() - interval '1 hour' from office on conflict do nothing`)
}
