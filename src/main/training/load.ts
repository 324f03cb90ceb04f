import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Knex } from 'knex'
import { createDatabase } from '../db/database'
import { importRegister } from '../features/registers/import-register'
import { cast } from './cast'
import type { TrainingOffice } from './office'
import { writeRegisters } from './write-registers'

/** Loads a training office the way a real one comes: register files through the import, then what no register holds. May be repeated. */
export async function loadTrainingOffice(owner: Knex, folder: string, onStep: (step: string) => void, office: TrainingOffice): Promise<void> {
  const db = createDatabase(owner)
  const registers = await mkdtemp(join(folder, 'training-'))
  try {
    const paths = await writeRegisters(registers, office)
    for (const [kind, path] of Object.entries(paths)) {
      onStep(`loadingTraining ${kind}`)
      await importRegister(db, { kind: kind as keyof typeof paths, path })
    }
  } finally {
    await rm(registers, { recursive: true, force: true })
  }
  await addPortalUsers(owner, office)
  await addPortalLife(owner)
  await addContactsAndConsents(owner)
}

/** The portals' side of it: who has a login, what it is linked to, which addresses were confirmed there. */
async function addPortalUsers(owner: Knex, office: TrainingOffice): Promise<void> {
  const users = JSON.stringify(office.portalUsers)
  await owner.transaction(async (trx) => {
    // One recorded operation, not hundreds of changes nobody can explain.
    await trx.raw("select set_config('okno.operation', 'training', true)")
    await trx.raw(
      `with given as (
         select g.*, p.id as provider_id from jsonb_to_recordset(?::jsonb)
           as g(provider text, login text, accounts text[], "lastSignInAt" timestamptz, esia jsonb) join provider p on p.code = g.provider
       ), users as (
         insert into portal_user (provider_id, login, last_sign_in_at) select provider_id, login, "lastSignInAt" from given
         on conflict on constraint portal_user_login_key do nothing returning id, provider_id, login
       ), linked as (
         insert into portal_account_link (portal_user_id, account_id)
         select u.id, a.id from users u join given g using (provider_id, login) join account a on a.provider_id = g.provider_id and a.number = any(g.accounts)
         returning portal_user_id, account_id
       )
       insert into esia_link (portal_user_id, account_id, masked_name, linked_at)
       select l.portal_user_id, l.account_id, g.esia ->> 'holder', (g.esia ->> 'linkedAt')::timestamptz
       from linked l join users u on u.id = l.portal_user_id join given g on g.provider_id = u.provider_id and g.login = u.login
       where jsonb_typeof(g.esia) = 'object'`,
      [users],
    )
    await trx.raw(
      `update subscriber_contact k set state = 'confirmed', confirmed_at = now() - interval '200 days', confirmed_how = 'portal'
       from jsonb_to_recordset(?::jsonb) as g(provider text, accounts text[], email text, "emailConfirmed" boolean)
       join provider p on p.code = g.provider join account a on a.provider_id = p.id and a.number = any(g.accounts)
       where g."emailConfirmed" and k.subscriber_id = a.subscriber_id and k.kind = 'email' and k.is_current and k.key = lower(g.email)`,
      [users],
    )
    await trx.raw("select audit_record('training.portalUsers', null, null, jsonb_build_object('users', ?::int))", [office.portalUsers.length])
  })
  await owner.raw('analyze')
}

/** What has happened at the portals lately, so that every state of a cabinet and of a request can be seen: sign-ins, PINs asked for, registrations, a block, a stranger's cabinet. */
async function addPortalLife(owner: Knex): Promise<void> {
  await owner.transaction(async (trx) => {
    const [{ before }] = (await trx.raw<{ rows: [{ before: boolean }] }>('select exists (select from portal_sign_in) as before')).rows
    if (before) return
    await trx.raw("select set_config('okno.operation', 'training', true)")
    await trx.raw(
      `insert into portal_sign_in (portal_user_id, at, channel, outcome)
       select u.id, u.last_sign_in_at - n * (5 + u.id % 9) * interval '1 day' - (case when n = 1 and u.id % 4 = 0 then 2 else n * 37 end) * interval '1 minute',
         case when e.is_linked and n % 2 = 0 then 'esia' else 'password' end, case when n = 1 and u.id % 4 = 0 then 'wrongPassword' else 'entered' end
       from portal_user u, lateral (select exists (select from esia_link l where l.portal_user_id = u.id) as is_linked) e, generate_series(0, 3) n
       where u.last_sign_in_at is not null order by u.id, n desc`,
    )
    // Whoever knows a number can link it at a portal that asks for no more: the desk sees the cabinet in the card of the account's owner.
    await trx.raw(
      `with stranger as (insert into portal_user (provider_id, login, last_sign_in_at) select id, 'sosed.po.dache@example.org', now() - interval '2 days' from provider where code = 'smorodina'
         on conflict on constraint portal_user_login_key do nothing returning id)
       insert into portal_account_link (portal_user_id, account_id, linked_at)
       select s.id, a.id, now() - interval '2 days' from stranger s, account a join provider p on p.id = a.provider_id where p.code = 'smorodina' and a.number = '04012309'`,
    )
    await trx.raw(
      `with user_of as (
         select u.id, row_number() over (order by u.login = 'sosed.po.dache@example.org' desc, u.id) as n from portal_user u join provider p on p.id = u.provider_id
         where (p.profile #>> '{portal,pin}')::boolean and u.login <> 'maria.sokolova@example.org'
       ), plan (n, state, hours) as (values (1, 'waiting', 52), (2, 'waiting', 27), (3, 'waiting', 3), (4, 'issued', 30), (5, 'issued', 90), (6, 'refused', 50), (7, 'used', 70), (8, 'waiting', 1))
       insert into portal_pin_request (portal_user_id, asked_at, state, contact_id, salt, pin_hash, sent_at, expires_at, refusal, closed_at, version)
       select u.id, now() - x.hours * interval '1 hour', x.state,
         case when x.state in ('issued', 'used') then (select k.id from subscriber_contact k join account a on a.subscriber_id = k.subscriber_id join portal_account_link l on l.account_id = a.id
           where l.portal_user_id = u.id and k.kind = 'email' and k.purpose = 'main' and k.is_current limit 1) end,
         case when x.state = 'issued' then gen_random_uuid() end, case when x.state = 'issued' then sha256(gen_random_uuid()::text::bytea) end,
         case when x.state in ('issued', 'used') then now() - (x.hours - 1) * interval '1 hour' end, case when x.state in ('issued', 'used') then now() + (71 - x.hours) * interval '1 hour' end,
         case when x.state = 'refused' then 'comeWithDocument' end, case when x.state in ('refused', 'used') then now() - (x.hours - 2) * interval '1 hour' end, 1
       from user_of u join plan x on x.n = u.n`,
    )
    await trx.raw(`update portal_user u set full_version_at = r.closed_at from portal_pin_request r where r.portal_user_id = u.id and r.state = 'used'`)
    await trx.raw(
      `insert into portal_registration (provider_id, login, email, account_id, subscriber_id, asked_how, asked_at, token_hash, sent_at, expires_at, outbox_operation_id)
       select p.id, x.email, x.email, a.id, a.subscriber_id, 'portal', now() - x.hours * interval '1 hour', sha256(gen_random_uuid()::text::bytea), now() - x.hours * interval '1 hour',
         now() + (24 - x.hours) * interval '1 hour', gen_random_uuid()
       from (values ('eis24', 'kotova.nina@example.org', '0701000106', 5), ('eis24', 'p.ivanov.1957@example.net', '0701000102', 31), ('smorodina', 'novosel-7@example.com', null, 2)) as x(provider, email, number, hours)
       join provider p on p.code = x.provider left join account a on a.provider_id = p.id and a.number = x.number`,
    )
    await trx.raw(
      `with one as (
         select min(u.id) as id from portal_user u join provider p on p.id = u.provider_id where p.code = 'enser' and u.login not in ('012345', '012305', '012310')
       ), blocked as (update portal_user u set state = 'blocked' from one where u.id = one.id returning u.id)
       insert into portal_user_block (portal_user_id, reason, comment, blocked_at) select id, 'compromised', 'Входили с чужого адреса, абонент не узнаёт входы', now() - interval '6 days' from blocked`,
    )
  })
}

/** Somebody with more contacts than the main ones, and consents that came by the portal and a register: a person of the cast, so that guides can name them. */
async function addContactsAndConsents(owner: Knex): Promise<void> {
  const of = [cast.artyom.subscriberId]
  await owner.transaction(async (trx) => {
    await trx.raw("select set_config('okno.operation', 'training', true)")
    await trx.raw(
      `insert into subscriber_contact (subscriber_id, kind, value, key, purpose, state, is_current, created_at, confirmed_at, confirmed_how)
       select s.id, x.kind, x.value, contact_key(x.kind, x.value), x.purpose, x.state, true, now() - interval '90 days', case x.state when 'confirmed' then now() - interval '90 days' end, x.how
       from subscriber s, (values ('email', 'buh@zhuravlev.example', 'bills', 'confirmed', 'link'), ('phone', '+73432000014', 'notices', 'unconfirmed', null)) as x(kind, value, purpose, state, how)
       where s.external_id = ? and not exists (select from subscriber_contact k where k.subscriber_id = s.id and k.purpose <> 'main')`,
      of,
    )
    await trx.raw(
      `insert into consent (subscriber_id, provider_id, purpose, channel, text_version, contact_id, basis, given_at, withdrawn_at)
       select s.id, a.provider_id, x.purpose, x.channel, '2026-1', k.id, x.basis, now() - x.days * interval '1 day', case when x.withdrawn then now() - interval '10 days' end
       from subscriber s join account a on a.subscriber_id = s.id
       cross join (values ('service', 'email', 'portal', 60, false), ('advertising', 'sms', 'register', 120, true)) as x(purpose, channel, basis, days, withdrawn)
       join subscriber_contact k on k.subscriber_id = s.id and k.kind = case x.channel when 'sms' then 'phone' else 'email' end and k.purpose = 'main' and k.is_current
       where s.external_id = ? and not exists (select from consent c where c.subscriber_id = s.id)`,
      of,
    )
  })
}
