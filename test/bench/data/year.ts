import type { Client } from 'pg'
import { addDays, addMonths } from '@shared/domain/dates'
import type { BenchData } from './rows'

/** Staff of a region's offices: what one of the eight windows of the bench does in a year would be no year of an office. */
const colleagues = 22
const otherOffices = ['north', 'south']

/**
 * A year of an office up to `asOf`: visits on working days from eight to seven, four operations each, the journal of both, and looks besides. Written by statements, in the order of
 * time, past all triggers: the chain of the journal isn't kept up (nobody verifies it here).
 */
export async function fillYear(client: Client, { options }: BenchData): Promise<void> {
  const { operations, subscribers, accounts, asOf } = options
  const visits = Math.max(1, Math.floor(operations / 4))
  const from = addMonths(asOf, -12)
  await client.query('set local session_replication_role = replica')
  for (const code of otherOffices) await client.query(`insert into office (code, name) values ($1, $2) on conflict do nothing`, [code, `Офис ${code}`])
  await client.query(
    `insert into staff (login, full_name, roles, office_id, window_code, must_change_password)
     select 'bench.past' || i, 'Сотрудник Прошлых Лет ' || i, '{operator}', o.id, (10 + i)::text, true from generate_series(1, $1::int) i
     join office o on o.code = (array['main', 'north', 'south'])[1 + i % 3] on conflict do nothing`,
    [colleagues],
  )
  await client.query(
    `create temporary table bench_staff on commit drop as
     select row_number() over (order by id) - 1 as n, id, login, office_id, coalesce(window_code, id::text) as window_code from staff where roles = '{operator}'`,
  )
  await client.query(
    `create temporary table bench_day on commit drop as
     select row_number() over (order by d) - 1 as n, d::date as day from generate_series($1::date, $2::date, interval '1 day') d where extract(isodow from d) < 7`,
    [from, addDays(asOf, -1)],
  )
  await client.query(
    `insert into visit (id, subscriber_id, staff_id, window_code, office_id, opened_at, closed_at, identification, closed_how) overriding system value
     select i, 1 + i * 7919 % $2::bigint, s.id, s.window_code, s.office_id, t.at, t.at + make_interval(secs => case when i % 200 = 0 then 40000 else 45 + 900 * power(u.share, 4) end),
       case when i % 5 = 0 then 'readingsOnly' else 'document' end, case when i % 200 = 0 then 'forgotten' when i % 60 = 0 then 'postponed' else 'served' end
     from generate_series(1, $1::bigint) i
     cross join lateral (select (i - 1) * (select count(*) from bench_day)::numeric / $1::numeric as p) p
     join bench_day d on d.n = floor(p.p)
     cross join lateral (select (d.day + time '08:00' + (p.p - floor(p.p)) * interval '11 hours') at time zone 'Europe/Moscow' as at) t
     cross join lateral (select (i * 48271 % 2147483647) / 2147483647.0 as share) u
     join bench_staff s on s.n = i * 31 % (select count(*) from bench_staff)`,
    [visits, subscribers],
  )
  await client.query(`select setval(pg_get_serial_sequence('visit', 'id'), (select max(id) from visit))`)
  await client.query('analyze visit')
  await client.query(
    `insert into operation (id, kind, visit_id, subscriber_id, account_id, staff_id, office_id, at, details, result)
     select overlay(overlay(md5('bench' || v.id || '-' || k.n) placing '4' from 13) placing '8' from 17)::uuid, k.kind, v.id, v.subscriber_id, case when k.n = 3 then least(v.subscriber_id, $1::bigint) end, v.staff_id, v.office_id,
       v.opened_at + make_interval(secs => 10 * k.n), '{}', '{}'
     from visit v cross join lateral (values (1, 'visits.open'), (2, case when v.identification = 'document' then 'visits.identify' else 'visits.readingsOnly' end),
       (3, (array['readings.save', 'readings.save', 'paymentDocuments.print', 'contacts.changeEmail', 'contacts.confirmEmail', 'portalAccess.reissuePassword', 'requests.create', 'desk.addNote', 'consents.give', 'desk.unmask'])[1 + v.id % 10]),
       (4, 'visits.close')) k(n, kind) order by v.id, k.n`,
    [accounts],
  )
  await client.query('select audit_partitions_make($1::date, $2::date)', [from, asOf])
  await client.query(
    `insert into audit_event (chain, seq, at, staff_login, action, visit_id, subscriber_id, details, prev_hash, hash)
     select 'bench', row_number() over (order by o.at), o.at, s.login, o.kind, o.visit_id, o.subscriber_id, jsonb_build_object('operation', o.id), '\\x00', '\\x00' from operation o join staff s on s.id = o.staff_id order by o.at`,
  )
  await client.query(
    `insert into audit_event (chain, seq, at, staff_login, action, visit_id, subscriber_id, details, prev_hash, hash)
     select 'looks', row_number() over (order by v.id), v.opened_at + interval '3 seconds', s.login, case when v.id % 3 = 0 then 'desk.openCard' else 'desk.search' end, null,
       case when v.id % 3 = 0 then v.subscriber_id end,
       case when v.id % 3 = 0 then '{"withoutVisit": true}'::jsonb else jsonb_build_object('by', array['document'], 'hits', v.id / 10 % 2, 'subscribers', case when v.id / 10 % 2 = 1 then array[v.subscriber_id] else '{}' end) end, '\\x00', '\\x00'
     from visit v join staff s on s.id = v.staff_id where v.id % 10 = 0 order by v.id`,
  )
}
