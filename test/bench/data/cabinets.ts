import type { Client } from 'pg'
import { addMonths } from '@shared/domain/dates'
import type { BenchData } from './rows'

// A hash in the form the table wants; nobody signs in with it.
const hash = `$argon2id$v=19$m=65536,t=3,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`

/**
 * What reports count of cabinets, contacts and messages, after `fillYear`: two of five accounts have a portal user, half of the people a confirmed e-mail, the operations of the year the
 * contacts they changed, the passwords they issued, the requests they took and the letters they caused. Past all triggers, like the rest.
 */
export async function fillCabinets(client: Client, { options }: BenchData): Promise<void> {
  const { asOf } = options
  await client.query('set local session_replication_role = replica')
  await client.query(`update subscriber_contact set state = 'confirmed', confirmed_how = 'register', in_force_at = t.at, confirmed_at = t.at
    from (select id as of_id, $1::date - make_interval(days => (id % 700)::int) as at from subscriber_contact) t where t.of_id = id and kind = 'email' and subscriber_id % 2 = 0`, [asOf])
  await client.query(
    `insert into subscriber_contact (subscriber_id, kind, value, key, state, is_current, created_at, in_force_at, confirmed_at, confirmed_how, ended_at, operation_id)
     select subscriber_id, 'email', 'was-' || visit_id || '@example.org', 'was-' || visit_id || '@example.org', 'replaced', false, at, at, at, 'codeAtDesk', at + interval '30 days', id
     from operation where kind = 'contacts.changeEmail'`,
  )
  await client.query(
    `update operation o set details = jsonb_build_object('contactId', k.id, 'way', 'code', 'mainChanged', true) from subscriber_contact k where k.operation_id = o.id and o.kind = 'contacts.changeEmail'`,
  )
  await client.query(`insert into portal_user (provider_id, login, created_at) select provider_id, 'user' || id, $1::date - make_interval(days => (id % 900)::int) from account where id % 5 < 2`, [asOf])
  await client.query(`insert into portal_account_link (portal_user_id, account_id, linked_at) select u.id, substr(u.login, 5)::bigint, u.created_at from portal_user u where u.login ~ '^user[0-9]+$'`)
  await client.query(
    `insert into portal_activity select u.id, m::date, m + make_interval(days => (u.id % 28)::int) from portal_user u
     cross join generate_series($1::date, $2::date, interval '1 month') m where u.created_at < m and (u.id + extract(month from m)::int) % 4 = 0`,
    [addMonths(asOf, -15), addMonths(asOf, -1)],
  )
  await client.query(
    `insert into portal_credential (portal_user_id, password_hash, issued_at, revoked_at, one_time, memo_number, operation_id, signed_in_at)
     select 1 + o.visit_id % (select count(*) from portal_user), $1, o.at, o.at + interval '90 days', true, 'B-' || o.visit_id, o.id, case when o.visit_id % 3 > 0 then o.at + interval '2 hours' end
     from operation o where o.kind = 'portalAccess.reissuePassword'`,
    [hash],
  )
  await client.query(
    `insert into approval (visit_id, account_id, kind, deliver, asked_by, asked_at, expires_at, state, decided_by, decided_at, decided_how, used_by, office_id)
     select o.visit_id, o.account_id, 'portalAccess.reissuePassword', 'paper', o.staff_id, o.at - interval '1 minute', o.at + interval '14 minutes', 'granted', (select min(id) from staff where 'supervisor' = any (roles)), o.at, 'remote', o.id, o.office_id
     from operation o where o.kind = 'portalAccess.reissuePassword' and o.visit_id % 3 = 0`,
  )
  await client.query(
    `insert into request (number, kind, subscriber_id, account_id, text, status, due_on, created_by, created_at, closed_at, office_id)
     select 'B-' || o.visit_id, (select kind from request_kind where position = 1 + o.visit_id % 11), o.subscriber_id, o.account_id, '', case when o.visit_id % 7 = 0 then 'new' else 'done' end, o.at::date + 10, o.staff_id, o.at,
       case when o.visit_id % 7 > 0 then o.at + make_interval(days => (o.visit_id % 15)::int) end, o.office_id
     from operation o where o.kind = 'requests.create'`,
  )
  // A letter a visit: what was done, codes, receipts.
  await client.query(
    `insert into outbox_message (operation_id, channel, recipient, template, state, queued_at, finished_at, error, created_at, office_id)
     select o.id, case when o.visit_id % 3 = 0 then 'sms' else 'email' end, 'somebody', (array['contactChanged', 'confirmEmail', 'memoIssued', 'requestTaken'])[1 + o.visit_id % 4],
       case when o.visit_id % 50 = 0 then 'failed' when o.visit_id % 77 = 0 then 'expired' else 'sent' end, o.at, o.at + make_interval(secs => 2 + o.visit_id % 90),
       case when o.visit_id % 50 = 0 then 'refused' when o.visit_id % 77 = 0 then 'expired' end, o.at, o.office_id
     from operation o where o.kind = 'visits.close'`,
  )
}
