-- Visits in full: how a visitor may be identified, what each provider needs for what, moving a visit, drafts that another desk opens by their code.
set local role okno_owner;

-- A visit that waits for a colleague is nobody's: staff_id is null, so no function that asks for its owner finds one.
alter table visit alter column staff_id drop not null,
  add column handed_from int references staff,
  add column handed_to int references staff,
  add column handed_at timestamptz,
  add column draft jsonb,
  add column application jsonb,
  add column closed_how text check (closed_how in ('served', 'postponed', 'forgotten')),
  add constraint visit_somebodys check ((staff_id is null) = (handed_at is not null));
comment on column visit.representative is 'Who acts for the subscriber: by (power, parent, guardian, head, proxy), name, own document (type and mask), papers.';
comment on column visit.handed_to is 'Whom a waiting visit waits for; null: whoever is free.';
comment on column visit.draft is 'What the visitor came for and what was written down for it: {code, action, accountId, email, note, items, freeLine}.';
comment on column visit.application is 'The signed application an organisation has handed in: {number, date}.';
create index visit_waiting on visit (handed_at) where staff_id is null and closed_at is null;

-- Wrong numbers are counted for the subscriber and the day, whatever visit and desk they were typed at.
create table identification_failure (
  id bigint generated always as identity primary key,
  subscriber_id bigint not null references subscriber,
  visit_id bigint not null references visit,
  staff_id int not null references staff,
  at timestamptz not null default now(),
  released_by int references staff
);
create index identification_failure_subscriber on identification_failure (subscriber_id, at);

-- A visit that goes on another day. The code is on the visitor's slip; without it the draft is not reached.
create table visit_draft (
  code text primary key check (code ~ '^V[0-9]{9}$'),
  visit_id bigint not null unique references visit,
  subscriber_id bigint not null references subscriber,
  made_at timestamptz not null default now(),
  expires_on date not null,
  content jsonb not null,
  used_at timestamptz,
  used_visit_id bigint references visit
);
comment on column visit_draft.content is '{action, accountId, email, note, items, freeLine}: what was intended and what is missing; nothing secret.';
create index visit_draft_subscriber on visit_draft (subscriber_id);

create function office_time_zone() returns text language sql stable security definer set search_path = public, pg_temp
return coalesce((select o.time_zone from staff s join office o on o.id = s.office_id where s.login = session_user), (select time_zone from office order by id limit 1), 'Europe/Moscow');

create function office_day_start() returns timestamptz language sql stable security definer set search_path = public, pg_temp
return office_today()::timestamp at time zone office_time_zone();

-- A day that a calendar of this office can hold: «infinity» and the year 20000 are dates to PostgreSQL and to nobody else.
create function is_civil(p_day date) returns boolean language sql immutable parallel safe
return p_day between date '1900-01-01' and date '2199-12-31';

-- ── Guesses ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Wrong tries at a number that only one person has, per member of staff. Kept in a sequence: whoever asks with psql and takes the transaction back takes
-- the rows of document_lookup and identification_failure back with it, but not this. Packed: day of the epoch, wrong tries of the day (4 digits), minute of the day (4),
-- wrong tries of the minute (2).
create function guess_sequence(p_staff_id int) returns text language sql immutable parallel safe
return 'public.guesses_of_' || p_staff_id;

create function guess_sequence_made() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  execute 'create sequence ' || guess_sequence(new.id);
  return null;
end $$;
create trigger guess_sequence_made after insert on staff for each row execute function guess_sequence_made();
do $$ declare v_id int; begin
  for v_id in select id from staff loop
    execute 'create sequence ' || guess_sequence(v_id);
  end loop;
end $$;

-- Takes one of the 30 wrong tries of this minute and the 500 of this day (UTC); the seconds to wait when there are none, else null. One that was right is given back by guess_right.
create function guess_take(p_staff_id int) returns int language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_last bigint; v_seconds bigint := floor(extract(epoch from clock_timestamp())); v_day bigint := v_seconds / 86400; v_minute bigint := v_seconds % 86400 / 60;
  v_of_day bigint := 0; v_of_minute bigint := 0;
begin
  -- One at a time, or several connections would each see the limit not reached.
  perform pg_advisory_xact_lock(hashtext('okno.guess'), p_staff_id);
  execute 'select last_value from ' || guess_sequence(p_staff_id) into v_last;
  if v_last / 10000000000 = v_day then
    v_of_day := v_last / 1000000 % 10000;
    v_of_minute := case when v_last / 100 % 10000 = v_minute then v_last % 100 else 0 end;
  end if;
  if v_of_day >= 500 then
    return 86400 - v_seconds % 86400;
  elsif v_of_minute >= 30 then
    return 60 - v_seconds % 60;
  end if;
  perform setval(guess_sequence(p_staff_id)::regclass, ((v_day * 10000 + v_of_day + 1) * 10000 + v_minute) * 100 + v_of_minute + 1);
  return null;
end $$;

create function guess_right(p_staff_id int) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v_last bigint;
begin
  execute 'select last_value from ' || guess_sequence(p_staff_id) into v_last;
  if v_last % 100 > 0 then
    perform setval(guess_sequence(p_staff_id)::regclass, v_last - 1000001);
  end if;
end $$;

-- ── What needs what ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create function visit_actions() returns text[] language sql immutable parallel safe
return array['changeEmail', 'changePhone', 'portalPassword', 'portalLinks', 'unmask', 'readings', 'paymentDocument', 'statement', 'requests', 'notes', 'consents'];

-- Where a provider says nothing; the same as defaultIdentification in src/shared/domain/identification.ts.
create function identification_default() returns jsonb language sql immutable parallel safe
return (select jsonb_build_object('sufficient', jsonb_object_agg(a, case
    when a in ('readings', 'paymentDocument', 'notes') then '["document", "notarialPower", "simplePower", "parent", "guardian", "head", "proxy", "notIdentified"]'::jsonb
    when a in ('unmask', 'statement', 'requests') then '["document", "notarialPower", "simplePower", "parent", "guardian", "head", "proxy"]'
    else '["document", "notarialPower", "parent", "guardian", "head", "proxy"]' end), 'organisationApplication', '[]'::jsonb) from unnest(visit_actions()) a);

-- How the visitor is known, in the words of the matrix.
create function visit_kind(v visit) returns text language sql immutable
return case v.identification when 'document' then 'document'
  when 'representative' then case when v.representative ->> 'by' <> 'power' then v.representative ->> 'by'
    when v.representative ->> 'form' in ('notary', 'equalToNotary') then 'notarialPower' else 'simplePower' end
  else 'notIdentified' end;

-- Why these rules don't let this visitor do it, or null.
create function identification_denial(p_rules jsonb, p_action text, p_kind text, p_is_organisation boolean, p_has_application boolean) returns text language sql immutable
return (select case
    when not kinds ? p_kind then case when p_kind = 'notIdentified' then 'notIdentified' when p_kind = 'simplePower' and kinds ? 'notarialPower' then 'notarialPowerNeeded'
      when p_kind = 'proxy' and kinds ? 'head' then 'headNeeded' when not p_is_organisation and kinds ? 'document' then 'ownDocumentNeeded' else 'identificationNotEnough' end
    when p_is_organisation and not p_has_application and p_rules -> 'organisationApplication' ? p_action then 'organisationApplicationNeeded' end
  from (select coalesce(p_rules -> 'sufficient' -> p_action, identification_default() -> 'sufficient' -> p_action, '[]') as kinds) x);

-- For every action: null or the reason why not. Of the subscriber as a whole the strictest of the providers counts whose accounts are not closed;
-- `accounts` tells where an account's own provider says something else.
create function visit_allowed(v visit) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (
  with provider_rules as materialized (
    select p.id as provider_id, bool_or(a.status <> 'closed') as is_active, p.profile -> 'identification' as rules
    from account a join provider p on p.id = a.provider_id where a.subscriber_id = v.subscriber_id group by p.id
  ), denial as materialized (
    select r.provider_id, r.is_active, t.action, identification_denial(r.rules, t.action, visit_kind(v), s.kind = 'organisation', v.application is not null) as reason
    from subscriber s, (select * from provider_rules union all select null, true, null where not exists (select from provider_rules where is_active)) r, unnest(visit_actions()) as t(action)
    where s.id = v.subscriber_id
  ), whole as materialized (
    select action, (array_agg(reason order by reason = 'notIdentified' desc, reason) filter (where reason is not null))[1] as reason from denial where is_active group by action
  )
  select jsonb_build_object('subscriber', (select jsonb_object_agg(action, reason) from whole),
    'accounts', coalesce((select jsonb_object_agg(a.id, d.reasons) from account a
      join (select n.provider_id, jsonb_object_agg(n.action, n.reason) as reasons from denial n join whole w on w.action = n.action
            where n.reason is distinct from w.reason and n.provider_id is not null group by n.provider_id) d on d.provider_id = a.provider_id
      where a.subscriber_id = v.subscriber_id), '{}')));

-- The same question for one action: what visit_allow refuses by. Of an account its own provider is asked, and only that one: it is in the way of every operation.
create function visit_denial(v visit, p_action text, p_account_id bigint default null) returns text language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_rules jsonb; v_is_organisation boolean;
begin
  if not p_action = any(visit_actions()) then
    raise exception 'no such action: %', p_action;
  end if;
  if p_account_id is not null then
    select p.profile -> 'identification', s.kind = 'organisation' into v_rules, v_is_organisation
      from account a join provider p on p.id = a.provider_id join subscriber s on s.id = a.subscriber_id where a.id = p_account_id and a.subscriber_id = v.subscriber_id;
    if found then
      return identification_denial(v_rules, p_action, visit_kind(v), v_is_organisation, v.application is not null);
    end if;
  end if;
  return visit_allowed(v) -> 'subscriber' ->> p_action;
end $$;

-- The gate of everything a provider asks a paper for. p_account_id null: a thing of the subscriber's, as the e-mail is.
create function visit_allow(p_visit visit, p_action text, p_account_id bigint default null) returns void language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_reason text := visit_denial(p_visit, p_action, p_account_id);
begin
  if v_reason is not null then
    perform refuse('OK403', v_reason, jsonb_build_object('action', p_action));
  end if;
end $$;

-- The action a recorded operation is; null: needs no paper.
create function operation_action(p_kind text) returns text language sql immutable parallel safe
return case
  when p_kind like 'contacts.%Email' then 'changeEmail'
  when p_kind like 'contacts.%Phone' then 'changePhone'
  when p_kind in ('contacts.unmask', 'desk.unmask') then 'unmask'
  when p_kind in ('portalUsers.linkAccount', 'portalUsers.unlinkAccount', 'portalUsers.unlinkEsia') then 'portalLinks'
  when p_kind like 'portalAccess.%' or p_kind like 'portalUsers.%' or p_kind like 'portalRequests.%' then 'portalPassword'
  when p_kind like 'readings.%' then 'readings'
  when p_kind like 'paymentDocuments.%' then 'paymentDocument'
  when p_kind like 'statements.%' then 'statement'
  when p_kind like 'requests.%' then 'requests'
  -- An application and an act are asked for like a request; a certificate tells as much as a statement.
  when p_kind in ('sheetTemplates.application', 'sheetTemplates.act') then 'requests'
  when p_kind = 'sheetTemplates.certificate' then 'statement'
  when p_kind like 'consents.%' then 'consents'
  when p_kind in ('desk.addNote', 'desk.editNote', 'desk.removeNote') then 'notes' end;

-- Like its audit, the gate of an operation is a trigger's: no function can forget it.
create function operation_allowed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_action text := operation_action(new.kind);
begin
  if v_action is not null then
    select * into strict v from visit where id = new.visit_id;
    perform visit_allow(v, v_action, new.account_id);
  end if;
  return new;
end $$;
create trigger operation_allowed before insert on operation for each row when (new.visit_id is not null) execute function operation_allowed();

-- ── The visit itself ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create function identification_attempts_left(p_subscriber_id bigint) returns int language sql stable security definer set search_path = public, pg_temp
return greatest(0, 5 - (select count(*) from identification_failure where subscriber_id = p_subscriber_id and at >= office_day_start() and released_by is null))::int;

create or replace function visit_json(v visit) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('id', v.id, 'subscriberId', v.subscriber_id,
  'subscriberName', (select subscriber_name(s) from subscriber s where s.id = v.subscriber_id),
  'address', (select address_text(d, a.flat_as_printed) from account a join address d on d.id = a.address_id
              where a.subscriber_id = v.subscriber_id order by a.status = 'closed', a.id limit 1),
  'state', case when v.closed_at is not null then 'closed' when v.staff_id is null then 'waiting' else 'open' end, 'openedAt', v.opened_at, 'closedAt', v.closed_at,
  'identification', v.identification, 'identifiedAt', v.identified_at,
  'documentType', coalesce((select d.type from identity_document d where d.id = v.identity_document_id), v.representative ->> 'documentType'),
  'represented', case when v.representative is not null then jsonb_build_object('by', v.representative -> 'by', 'name', v.representative -> 'name', 'form', v.representative -> 'form',
    'until', v.representative -> 'powerUntil') end,
  'application', v.application,
  'attemptsLeft', identification_attempts_left(v.subscriber_id),
  'allowed', visit_allowed(v),
  -- An e-mail that somebody dictated earlier is shown to whom it may be changed for, not to whoever brings the slip.
  'draft', case when v.draft is not null then '{"code": null, "action": null, "accountId": null, "email": null, "note": null, "items": [], "freeLine": null}'::jsonb
    || case when visit_denial(v, 'changeEmail') is null then v.draft else v.draft - 'email' end end);

alter table visit drop column attempts_left;

create or replace function visit_require(p_visit_id bigint, p_identified boolean default false) returns visit language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_staff staff := current_staff();
begin
  select * into v from visit where id = p_visit_id for update;
  if found and v.closed_at is null and v.staff_id is null and v.handed_from = v_staff.id then
    perform refuse('OK409', 'visitHandedOver');
  end if;
  if not found or v.staff_id is distinct from v_staff.id then
    perform refuse('OK403', 'notYourVisit');
  end if;
  -- Of an earlier day and not ended yet: only visits.mine ends it, and nobody is served in yesterday's identification until then.
  if v.closed_at is not null or v.opened_at < office_day_start() then
    perform refuse('OK409', 'visitClosed');
  end if;
  if p_identified and v.identification not in ('document', 'representative') then
    perform refuse('OK403', 'notIdentified');
  end if;
  return v;
end $$;

-- What the end of a visit does, however it ends. Readings that were entered become accepted: until then the operator may take them back
-- («при необходимости показание можно удалить», ЭнСер). A code can be told only in its visit: what waits for one is over. A link goes on.
create function visit_finish(p_visit visit, p_how text) returns visit language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit;
begin
  perform readings_accept(p_visit);
  update outbox_message set state = 'expired', params = null, finished_at = now(), error = 'visitClosed'
    where state = 'queued' and operation_id in (select outbox_operation_id from contact_confirmation where visit_id = p_visit.id and state = 'waiting' and way <> 'link');
  update subscriber_contact set state = 'cancelled', ended_at = now()
    where state = 'awaiting' and id in (select contact_id from contact_confirmation where visit_id = p_visit.id and state = 'waiting' and way <> 'link');
  update contact_confirmation set state = 'cancelled' where visit_id = p_visit.id and state = 'waiting' and way <> 'link';
  -- A waiting visit that was forgotten ends as that of whoever handed it over.
  update visit set closed_at = now(), closed_how = p_how, staff_id = coalesce(staff_id, handed_from), handed_from = null, handed_to = null, handed_at = null
    where id = p_visit.id returning * into v;
  return v;
end $$;

-- What was done in a visit, in order; what the visitor does not come for (opening, moving, slips) left out.
create function visit_done(p_visit_id bigint) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select coalesce(jsonb_agg(jsonb_build_object('kind', o.kind, 'at', o.at, 'details', o.details, 'undone', o.undone_by is not null) order by o.at), '[]')
  from operation o where o.visit_id = p_visit_id and o.kind not like 'approvals.%' and o.kind <> 'portalAccess.receipt'
    and o.kind not in ('visits.open', 'visits.undo', 'visits.close', 'visits.postpone', 'visits.autoClose', 'visits.slip', 'visits.nextSlip', 'visits.accept', 'visits.handOver', 'visits.reassign'));

create or replace function visit_close(p_operation_id uuid, p_visit_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_done jsonb; v_first jsonb := operation_repeat(p_operation_id, 'visits.close');
begin
  if v_first is not null then return v_first; end if;
  v := visit_finish(visit_require(p_visit_id), 'served');
  v_done := visit_done(v.id);
  return operation_done(p_operation_id, 'visits.close', v, jsonb_build_object('visit', visit_json(v), 'done', v_done),
    jsonb_build_object('operations', jsonb_array_length(v_done), 'seconds', round(extract(epoch from v.closed_at - v.opened_at)), 'identification', v.identification));
end $$;

-- Before the end: what was done, what still waits. `jobs` are sheets whose fate only the print system knows.
create function visit_summary(p_visit_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id);
begin
  return jsonb_build_object('done', visit_done(v.id),
    'waiting', (select coalesce(jsonb_agg(w order by w ->> 'kind'), '[]') from (
      select jsonb_build_object('kind', c.way, 'what', mask_contact(k.kind, k.value)) as w
      from contact_confirmation c join subscriber_contact k on k.id = c.contact_id where c.visit_id = v.id and c.state = 'waiting' and c.way <> 'link'
      union all
      select jsonb_build_object('kind', case when m.state in ('failed', 'uncertain') then 'letterFailed' else 'letter' end, 'what', mask_email(m.recipient))
      from operation o join outbox_message m on m.operation_id = o.id where o.visit_id = v.id and m.channel = 'email' and m.state in ('queued', 'sending', 'failed', 'uncertain')
        and not exists (select from contact_confirmation c where c.visit_id = v.id and m.template = 'contactCode' and c.outbox_operation_id <> m.operation_id)) x),
    'jobs', (select coalesce(jsonb_agg(jsonb_build_object('kind', o.kind, 'jobId', o.result -> 'jobId', 'printer', o.result -> 'printer') order by o.at), '[]')
      from operation o where o.visit_id = v.id and o.result ? 'jobId' and not o.result ? 'movedBy'));
end $$;

-- Visits of earlier days that nobody has ended are ended now, and that is recorded: what was entered counts, and nobody goes on serving in
-- yesterday's identification.
create function visit_close_forgotten(p_staff staff) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_operation uuid; v_before text := coalesce(current_setting('okno.operation', true), '');
begin
  for v in select * from visit where closed_at is null and opened_at < office_day_start()
      and (staff_id = p_staff.id or (staff_id is null and handed_from in (select id from staff where office_id = p_staff.office_id)))
      order by id for update skip locked loop
    v_operation := gen_random_uuid();
    perform set_config('okno.operation', v_operation::text, true);
    v := visit_finish(v, 'forgotten');
    insert into operation (id, kind, visit_id, subscriber_id, staff_id, details, result)
    values (v_operation, 'visits.autoClose', v.id, v.subscriber_id, p_staff.id, jsonb_build_object('openedOn', (v.opened_at at time zone office_time_zone())::date), '{}');
  end loop;
  perform set_config('okno.operation', v_before, true);
end $$;

create or replace function visit_mine() returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff();
begin
  perform visit_close_forgotten(v_staff);
  return (select coalesce(jsonb_agg(visit_json(v) order by v.opened_at desc), '[]') from visit v where v.staff_id = v_staff.id and v.closed_at is null);
end $$;

create or replace function session_start(p_app_version text, p_desk text default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff;
begin
  select * into v from staff where login = session_user;
  if not found or v.roles = '{}' then
    perform refuse('OK403', 'notActiveStaff');
  end if;
  if v.password_mark is distinct from password_mark(session_user) then
    perform refuse('OK403', 'passwordSetElsewhere');
  end if;
  perform audit_record('session.signIn', null, null, jsonb_build_object('appVersion', left(p_app_version, 40), 'desk', left(p_desk, 80)));
  perform visit_close_forgotten(v);
  perform set_config('okno.operation', 'session.signIn', true);
  update staff set last_sign_in_at = now() where id = v.id;
  return staff_json(v);
end $$;

-- ── Who the visitor is ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Whole years lived by today; born on 29 February, a year is full on 1 March.
create function full_years(p_born date) returns int language sql stable security definer set search_path = public, pg_temp
return (extract(year from office_today()) - extract(year from p_born))::int - (to_char(office_today(), 'MMDD') < to_char(p_born, 'MMDD'))::int;

-- The visit, when numbers may still be tried; attempts of all desks at one subscriber take turns.
create function visit_require_attempts(p_visit_id bigint) returns visit language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id);
begin
  perform pg_advisory_xact_lock(hashtext('okno.identification'), hashint8(v.subscriber_id));
  if identification_attempts_left(v.subscriber_id) = 0 then
    perform refuse('OK403', 'identificationAttemptsExceeded');
  end if;
  return v;
end $$;

create or replace function visit_identify(p_operation_id uuid, p_visit_id bigint, p_document_type text, p_document_key text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_document identity_document; v_born date; v_wait int; v_first jsonb := operation_repeat(p_operation_id, 'visits.identify');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require_attempts(p_visit_id);
  select birth_date into v_born from subscriber where id = v.subscriber_id;
  -- ГК РФ ст. 28: younger than 14 nobody acts for themselves.
  if full_years(v_born) < 14 then
    perform refuse('OK400', 'childUnder14');
  end if;
  v_wait := guess_take(v.staff_id);
  if v_wait is not null then
    perform refuse('OK403', 'tooManyDocumentLookups', jsonb_build_object('waitSeconds', v_wait));
  end if;
  select * into v_document from identity_document
    where subscriber_id = v.subscriber_id and type = p_document_type and key = p_document_key and is_current;
  if found then
    perform guess_right(v.staff_id);
    update visit set identification = 'document', identified_at = now(), identity_document_id = v_document.id, representative = null
      where id = v.id returning * into v;
  else
    insert into identification_failure (subscriber_id, visit_id, staff_id) values (v.subscriber_id, v.id, v.staff_id);
  end if;
  return operation_done(p_operation_id, 'visits.identify', v, jsonb_build_object('agrees', v_document.id is not null, 'visit', visit_json(v)),
    jsonb_build_object('agrees', v_document.id is not null, 'documentType', p_document_type, 'document', mask_document(p_document_key)));
end $$;

-- Somebody who acts for the subscriber. p_facts by p_by, always {name, documentType, documentKey} and
-- power: {form, powerNumber, powerDate, powerUntil, certifiedBy, registerNumber}; proxy: {powerNumber, powerDate, powerUntil, signedBy};
-- parent: {certificateType, certificateKey}; guardian: {actNumber, actDate, actIssuer}; head: {post, basis}.
-- A birth certificate that is on record is compared like a document: a difference is an outcome and costs an attempt.
create function visit_identify_representative(p_operation_id uuid, p_visit_id bigint, p_by text, p_facts jsonb) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v visit; s subscriber; v_date date; v_until date; v_wait int; v_agrees boolean := true; v_compared boolean; v_papers jsonb;
  v_first jsonb := operation_repeat(p_operation_id, 'visits.identifyRepresentative');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id);
  select * into s from subscriber where id = v.subscriber_id;
  if coalesce(length(trim(p_facts ->> 'name')), 0) < 3 or coalesce(length(p_facts ->> 'documentKey'), 0) < 3 or coalesce(p_facts ->> 'documentType', '') !~ '^[a-z0-9_]{3,40}$'
     or exists (select from jsonb_each(p_facts) f where jsonb_typeof(f.value) not in ('string', 'null') or length(f.value #>> '{}') > 120) then
    perform refuse('OK400', 'representativeIncomplete');
  end if;
  if p_by in ('head', 'proxy') and s.kind <> 'organisation' then
    perform refuse('OK400', 'onlyForOrganisations');
  elsif p_by in ('power', 'parent', 'guardian') and s.kind = 'organisation' then
    perform refuse('OK400', 'organisationNeedsHead');
  end if;

  if p_by in ('power', 'proxy') then
    v_date := (p_facts ->> 'powerDate')::date;
    v_until := (p_facts ->> 'powerUntil')::date;
    if v_date is null or not is_civil(v_date) or not is_civil(coalesce(v_until, v_date)) or coalesce(p_facts ->> 'powerNumber', '') = ''
       or (p_by = 'power' and coalesce(p_facts ->> 'form', '') not in ('notary', 'equalToNotary', 'organisation', 'plain'))
       or (p_by = 'power' and p_facts ->> 'form' <> 'plain' and coalesce(p_facts ->> 'certifiedBy', '') = '')
       or (p_by = 'power' and p_facts ->> 'form' = 'notary' and coalesce(p_facts ->> 'registerNumber', '') = '')
       or (p_by = 'proxy' and coalesce(p_facts ->> 'signedBy', '') = '') then
      perform refuse('OK400', 'representativeIncomplete');
    end if;
    if v_date > office_today() then
      perform refuse('OK400', 'powerOfAttorneyNotYet');
    end if;
    if v_until < v_date then
      perform refuse('OK400', 'powerOfAttorneyTermBeforeDate');
    end if;
    -- ГК РФ ст. 186: without a date it is void, without a term it is valid for one year.
    v_until := coalesce(v_until, (v_date + interval '1 year')::date);
    if v_until < office_today() then
      perform refuse('OK400', 'powerOfAttorneyExpired', jsonb_build_object('until', v_until));
    end if;
    v_papers := jsonb_build_object('form', case when p_by = 'power' then p_facts -> 'form' end, 'powerNumber', p_facts ->> 'powerNumber', 'powerDate', v_date, 'powerUntil', v_until,
      'certifiedBy', p_facts -> 'certifiedBy', 'registerNumber', p_facts -> 'registerNumber', 'signedBy', p_facts -> 'signedBy');
  elsif p_by = 'parent' then
    if coalesce(length(p_facts ->> 'certificateKey'), 0) < 3 then
      perform refuse('OK400', 'representativeIncomplete');
    end if;
    if s.birth_date is null then
      perform refuse('OK400', 'birthDateUnknown');
    end if;
    if full_years(s.birth_date) >= 18 then
      perform refuse('OK400', 'subscriberOfAge');
    end if;
    v := visit_require_attempts(v.id);
    v_wait := guess_take(v.staff_id);
    if v_wait is not null then
      perform refuse('OK403', 'tooManyDocumentLookups', jsonb_build_object('waitSeconds', v_wait));
    end if;
    v_compared := exists (select from identity_document where subscriber_id = s.id and type in ('birth_certificate', 'birth_certificate_foreign') and is_current);
    v_agrees := not v_compared or exists (select from identity_document where subscriber_id = s.id and is_current
      and type = p_facts ->> 'certificateType' and key = p_facts ->> 'certificateKey');
    if v_agrees then
      perform guess_right(v.staff_id);
    end if;
    v_papers := jsonb_build_object('certificate', mask_document(p_facts ->> 'certificateKey'), 'compared', v_compared);
  elsif p_by = 'guardian' then
    v_date := (p_facts ->> 'actDate')::date;
    if v_date is null or not is_civil(v_date) or coalesce(p_facts ->> 'actNumber', '') = '' or coalesce(p_facts ->> 'actIssuer', '') = '' then
      perform refuse('OK400', 'representativeIncomplete');
    end if;
    if v_date > office_today() then
      perform refuse('OK400', 'guardianshipNotYet');
    end if;
    v_papers := jsonb_build_object('actNumber', p_facts ->> 'actNumber', 'actDate', v_date, 'actIssuer', p_facts ->> 'actIssuer');
  elsif p_by = 'head' then
    if coalesce(p_facts ->> 'post', '') = '' or coalesce(p_facts ->> 'basis', '') = '' then
      perform refuse('OK400', 'representativeIncomplete');
    end if;
    v_papers := jsonb_build_object('post', p_facts ->> 'post', 'basis', p_facts ->> 'basis');
  else
    perform refuse('OK400', 'representativeIncomplete');
  end if;

  if v_agrees then
    update visit set identification = 'representative', identified_at = now(), identity_document_id = null,
      representative = jsonb_strip_nulls(jsonb_build_object('by', p_by, 'name', p_facts ->> 'name', 'documentType', p_facts ->> 'documentType', 'document', mask_document(p_facts ->> 'documentKey')) || v_papers)
      where id = v.id returning * into v;
  else
    insert into identification_failure (subscriber_id, visit_id, staff_id) values (s.id, v.id, v.staff_id);
  end if;
  -- Names of the visitor and of who certified stay in the visit: the audit tells which paper it was, masked.
  return operation_done(p_operation_id, 'visits.identifyRepresentative', v, jsonb_build_object('agrees', v_agrees, 'visit', visit_json(v)),
    jsonb_build_object('by', p_by, 'agrees', v_agrees, 'documentType', p_facts ->> 'documentType', 'document', mask_document(p_facts ->> 'documentKey'))
      || (v_papers - 'certifiedBy' - 'signedBy'));
end $$;
drop function visit_identify_representative(uuid, bigint, text, text, text, text, date, date);

-- «Только по личному заявлению, заверенному руководителем» (ТЦТР): the paper that an organisation's changes need besides its head or proxy.
create function visit_record_application(p_operation_id uuid, p_visit_id bigint, p_number text, p_date date) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_first jsonb := operation_repeat(p_operation_id, 'visits.recordApplication');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id, true);
  if not exists (select from subscriber where id = v.subscriber_id and kind = 'organisation') then
    perform refuse('OK400', 'onlyForOrganisations');
  end if;
  if coalesce(length(trim(p_number)), 0) not between 1 and 60 or not coalesce(is_civil(p_date), false) then
    perform refuse('OK400', 'representativeIncomplete');
  end if;
  if p_date > office_today() then
    perform refuse('OK400', 'applicationNotYet');
  end if;
  update visit set application = jsonb_build_object('number', p_number, 'date', p_date) where id = v.id returning * into v;
  return operation_done(p_operation_id, 'visits.recordApplication', v, jsonb_build_object('visit', visit_json(v)), v.application);
end $$;

create or replace function visit_readings_only(p_operation_id uuid, p_visit_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_first jsonb := operation_repeat(p_operation_id, 'visits.readingsOnly');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id);
  update visit set identification = 'readingsOnly', identified_at = null, identity_document_id = null, representative = null, application = null where id = v.id returning * into v;
  return operation_done(p_operation_id, 'visits.readingsOnly', v, jsonb_build_object('visit', visit_json(v)));
end $$;

-- Subscribers whose document can't be tried any more today.
create function visit_exhausted() returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select coalesce(jsonb_agg(jsonb_build_object('subscriberId', f.subscriber_id, 'subscriberName', subscriber_name(s), 'lastAt', f.last_at, 'staffNames', f.names) order by f.last_at desc), '[]')
  from (select i.subscriber_id, max(i.at) as last_at, to_jsonb(array_agg(distinct t.full_name)) as names from identification_failure i join staff t on t.id = i.staff_id
        where (current_staff()).id is not null and i.at >= office_day_start() and i.released_by is null group by 1 having count(*) >= 5) f join subscriber s on s.id = f.subscriber_id);

create function visit_release_attempts(p_operation_id uuid, p_subscriber_id bigint, p_reason text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_count int; v_staff staff := current_staff(); v_first jsonb := operation_repeat(p_operation_id, 'visits.releaseAttempts');
begin
  if v_first is not null then return v_first; end if;
  perform pg_advisory_xact_lock(hashtext('okno.identification'), hashint8(p_subscriber_id));
  update identification_failure set released_by = v_staff.id where subscriber_id = p_subscriber_id and at >= office_day_start() and released_by is null;
  get diagnostics v_count = row_count;
  if v_count = 0 then
    perform refuse('OK409', 'nothingToRelease');
  end if;
  v.subscriber_id := p_subscriber_id;
  return operation_done(p_operation_id, 'visits.releaseAttempts', v, jsonb_build_object('released', v_count), jsonb_build_object('released', v_count, 'reason', left(p_reason, 200)));
end $$;

-- ── A visit goes on at another window ──────────────────────────────────────────────────────────────────────────────────────────────────

create function visit_colleagues() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff();
begin
  return (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'fullName', s.full_name, 'window', s.window_code,
      'openVisits', (select count(*) from visit v where v.staff_id = s.id and v.closed_at is null and v.opened_at >= office_day_start())) order by s.window_code nulls last, s.full_name), '[]')
    from staff s where s.office_id = v_staff.office_id and 'operator' = any(s.roles) and s.id <> v_staff.id);
end $$;

create function visit_recipient(p_to int, p_office_id int) returns staff language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v staff;
begin
  select * into v from staff where id = p_to and office_id = p_office_id and 'operator' = any(roles);
  if p_to is not null and not found then
    perform refuse('OK404', 'colleague');
  end if;
  return v;
end $$;

-- p_to null: whoever is free. From this moment the visit is not this window's any more; identification and what waits for a code go along.
create function visit_hand_over(p_operation_id uuid, p_visit_id bigint, p_to int default null, p_action text default null, p_account_id bigint default null, p_note text default null) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_staff staff := current_staff(); v_to staff; v_first jsonb := operation_repeat(p_operation_id, 'visits.handOver');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id);
  v_to := visit_recipient(p_to, v_staff.office_id);
  if p_to = v_staff.id then
    perform refuse('OK404', 'colleague');
  end if;
  if p_account_id is not null then
    perform visit_account(v, p_account_id);
  end if;
  if p_action is not null and not p_action = any(visit_actions()) then
    perform refuse('OK400', 'visitAction');
  end if;
  update visit set staff_id = null, handed_from = v_staff.id, handed_to = p_to, handed_at = now(),
    draft = nullif(coalesce(draft, '{}') || jsonb_strip_nulls(jsonb_build_object('action', p_action, 'accountId', p_account_id, 'note', left(p_note, 300))), '{}')
    where id = v.id returning * into v;
  return operation_done(p_operation_id, 'visits.handOver', v, jsonb_build_object('visit', visit_json(v)),
    jsonb_build_object('to', v_to.full_name, 'window', v_to.window_code, 'anybody', case when p_to is null then true end));
end $$;

-- Visits that wait for this member of staff or for whoever is free, and those they gave away and nobody has taken yet.
create function visit_waiting() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff();
begin
  return (select coalesce(jsonb_agg(jsonb_build_object('visit', visit_json(v), 'fromName', f.full_name, 'fromWindow', f.window_code, 'toName', t.full_name, 'handedAt', v.handed_at,
      'waitsFor', case when v.handed_from = v_staff.id and v.handed_to is distinct from v_staff.id then 'colleague' when v.handed_to is null then 'anybody' else 'me' end)
      order by v.handed_at), '[]')
    from visit v join staff f on f.id = v.handed_from left join staff t on t.id = v.handed_to
    where v.staff_id is null and v.closed_at is null and v.opened_at >= office_day_start() and f.office_id = v_staff.office_id
      and (v.handed_to is null or v_staff.id in (v.handed_to, v.handed_from)));
end $$;

-- Takes a waiting visit: who it waits for, anybody when it waits for nobody in particular, and who gave it, back.
create function visit_accept(p_operation_id uuid, p_visit_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_from staff; v_staff staff := current_staff(); v_first jsonb := operation_repeat(p_operation_id, 'visits.accept');
begin
  if v_first is not null then return v_first; end if;
  select * into v from visit where id = p_visit_id for update;
  select * into v_from from staff where id = v.handed_from;
  if v.id is not null and v.staff_id = v_staff.id and v.closed_at is null then
    return visit_json(v);
  end if;
  if v.id is null or v.staff_id is not null or v.closed_at is not null or v.opened_at < office_day_start() or v_from.office_id is distinct from v_staff.office_id or v_staff.id not in (coalesce(v.handed_to, v_staff.id), v.handed_from) then
    perform refuse('OK409', 'visitNotWaiting');
  end if;
  perform pg_advisory_xact_lock(v_staff.id, hashint8(v.subscriber_id));
  if exists (select from visit where staff_id = v_staff.id and subscriber_id = v.subscriber_id and closed_at is null) then
    perform refuse('OK409', 'subscriberServedAlready');
  end if;
  update visit set staff_id = v_staff.id, window_code = v_staff.window_code, handed_from = null, handed_to = null, handed_at = null where id = v.id returning * into v;
  return operation_done(p_operation_id, 'visits.accept', v, visit_json(v), jsonb_build_object('from', v_from.full_name, 'window', v.window_code));
end $$;

-- A supervisor moves the visit of somebody who has left their window.
create function visit_reassign(p_operation_id uuid, p_visit_id bigint, p_reason text, p_to int default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_from staff; v_to staff; v_staff staff := current_staff(); v_first jsonb := operation_repeat(p_operation_id, 'visits.reassign');
begin
  if v_first is not null then return v_first; end if;
  select * into v from visit where id = p_visit_id for update;
  select * into v_from from staff where id = coalesce(v.staff_id, v.handed_from);
  if v.id is null or v_from.office_id is distinct from v_staff.office_id then
    perform refuse('OK404', 'visit');
  end if;
  if v.closed_at is not null then
    perform refuse('OK409', 'visitClosed');
  end if;
  v_to := visit_recipient(p_to, v_staff.office_id);
  if v_to.id = v.staff_id then
    perform refuse('OK409', 'visitNotMoved');
  end if;
  update visit set staff_id = null, handed_from = v_from.id, handed_to = p_to, handed_at = now() where id = v.id returning * into v;
  return operation_done(p_operation_id, 'visits.reassign', v, jsonb_build_object('visitId', v.id),
    jsonb_build_object('from', v_from.full_name, 'to', v_to.full_name, 'anybody', case when p_to is null then true end, 'reason', left(p_reason, 200)));
end $$;

-- ── A visit goes on another day ────────────────────────────────────────────────────────────────────────────────────────────────────────

-- The digit behind these by Luhn (ISO/IEC 7812-1), as src/shared/domain/visit-code.ts counts it.
create function luhn_digit(p_digits text) returns int language sql immutable strict parallel safe
return (select (10 - sum(case when d * w > 9 then d * w - 9 else d * w end) % 10) % 10
  from (select substr(reverse(p_digits), n, 1)::int as d, case when n % 2 = 1 then 2 else 1 end as w from generate_series(1, length(p_digits)) n) x)::int;

-- Tries of somebody to find a person by a number that only that person has: documents and codes of visits together, 20 a minute.
create function document_lookup_count() returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_wait int;
begin
  -- One at a time, or several connections would each see the limit not reached.
  perform pg_advisory_xact_lock(hashtext('okno.documentLookup'), v_staff.id);
  select ceil(extract(epoch from min(at) + interval '1 minute' - now()))::int into v_wait
    from document_lookup where staff_id = v_staff.id and at > now() - interval '1 minute' having count(*) >= 20;
  if found then
    perform refuse('OK403', 'tooManyDocumentLookups', jsonb_build_object('waitSeconds', v_wait));
  end if;
  v_wait := guess_take(v_staff.id);
  if v_wait is not null then
    perform refuse('OK403', 'tooManyDocumentLookups', jsonb_build_object('waitSeconds', v_wait));
  end if;
  insert into document_lookup (staff_id) values (v_staff.id);
end $$;

-- Ends the visit with a draft that its code opens at any desk. Result: {visit, code, expiresOn, done}.
create function visit_postpone(p_operation_id uuid, p_visit_id bigint, p_items text[], p_free_line text default null, p_action text default null, p_account_id bigint default null,
  p_email text default null, p_note text default null) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_code text; v_expires date := office_today() + 30; v_first jsonb := operation_repeat(p_operation_id, 'visits.postpone');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id);
  if (coalesce(cardinality(p_items), 0) = 0 and coalesce(trim(p_free_line), '') = '') or cardinality(p_items) > 20 or exists (select from unnest(p_items) i where i !~ '^[a-zA-Z]{2,40}$') then
    perform refuse('OK400', 'nothingToBring');
  end if;
  if p_action is not null and not p_action = any(visit_actions()) then
    perform refuse('OK400', 'visitAction');
  end if;
  if p_account_id is not null then
    perform visit_account(v, p_account_id);
  end if;
  -- 48 random bits of a UUID make the eight digits: nobody who holds a slip can tell another's code from it.
  loop
    v_code := lpad((('x' || left(replace(gen_random_uuid()::text, '-', ''), 12))::bit(48)::bigint % 100000000)::text, 8, '0');
    v_code := 'V' || v_code || luhn_digit(v_code);
    insert into visit_draft (code, visit_id, subscriber_id, expires_on, content)
    values (v_code, v.id, v.subscriber_id, v_expires, jsonb_strip_nulls(jsonb_build_object('action', p_action, 'accountId', p_account_id, 'email', left(p_email, 254),
      'note', left(p_note, 300), 'items', to_jsonb(p_items), 'freeLine', nullif(left(trim(p_free_line), 200), ''))))
    on conflict (code) do nothing;
    exit when found;
  end loop;
  v := visit_finish(v, 'postponed');
  return operation_done(p_operation_id, 'visits.postpone', v, jsonb_build_object('visit', visit_json(v), 'code', v_code, 'expiresOn', v_expires, 'done', visit_done(v.id)),
    jsonb_build_object('code', mask_document(v_code), 'until', v_expires, 'action', p_action, 'items', to_jsonb(p_items)));
end $$;

-- Whose draft this code opens, for the search box, which counts the try; null when it opens none.
create function visit_code_subscriber(p_code text) returns bigint language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select subscriber_id from visit_draft where code = p_code and used_at is null and expires_on >= office_today());
end $$;

-- Opens the draft in a visit of this desk: {visit, problem}. What is wrong with a code is an outcome, not an error: an error would take the count of
-- tries back with it.
create function visit_reopen(p_operation_id uuid, p_code text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare d visit_draft; v visit; v_problem text; v_staff staff := current_staff(); v_first jsonb := operation_repeat(p_operation_id, 'visits.reopen');
begin
  if v_first is not null then return v_first; end if;
  perform document_lookup_count();
  select * into d from visit_draft where code = p_code for update;
  v_problem := case when d.code is null then 'unknown' when d.used_at is not null then 'used' when d.expires_on < office_today() then 'expired' end;
  if v_problem is not null then
    perform audit_record('visits.reopen', null, d.subscriber_id, jsonb_build_object('code', mask_document(left(p_code, 20)), 'problem', v_problem));
    return jsonb_build_object('visit', null, 'problem', v_problem);
  end if;
  perform guess_right(v_staff.id);
  perform visit_open(gen_random_uuid(), d.subscriber_id);
  perform set_config('okno.operation', p_operation_id::text, true);
  update visit set draft = d.content || jsonb_build_object('code', d.code)
    where staff_id = v_staff.id and subscriber_id = d.subscriber_id and closed_at is null returning * into v;
  update visit_draft set used_at = now(), used_visit_id = v.id where code = d.code;
  return operation_done(p_operation_id, 'visits.reopen', v, jsonb_build_object('visit', visit_json(v), 'problem', null),
    jsonb_build_object('code', mask_document(d.code), 'action', d.content ->> 'action'));
end $$;

-- Opening a card starts a visit, goes on with the open one, or takes the one that waits for this member of staff.
create or replace function visit_open(p_operation_id uuid, p_subscriber_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_staff staff := current_staff(); v_first jsonb := operation_repeat(p_operation_id, 'visits.open');
begin
  if v_first is not null then return v_first; end if;
  if not exists (select from subscriber where id = p_subscriber_id) then
    perform refuse('OK404', 'subscriber');
  end if;
  -- One visit per operator and subscriber, also for two quick presses of Enter.
  perform pg_advisory_xact_lock(v_staff.id, hashint8(p_subscriber_id));
  select * into v from visit where staff_id = v_staff.id and subscriber_id = p_subscriber_id and closed_at is null;
  if found then
    return visit_json(v);
  end if;
  select * into v from visit where staff_id is null and subscriber_id = p_subscriber_id and closed_at is null and handed_to = v_staff.id and opened_at >= office_day_start() limit 1;
  if found then
    return visit_accept(gen_random_uuid(), v.id);
  end if;
  insert into visit (subscriber_id, staff_id, window_code) values (p_subscriber_id, v_staff.id, v_staff.window_code) returning * into v;
  return operation_done(p_operation_id, 'visits.open', v, visit_json(v), jsonb_build_object('window', v.window_code));
end $$;

-- ── Slips ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create function slip_head(v visit) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select jsonb_build_object('visitId', v.id, 'office', jsonb_build_object('name', o.name, 'address', o.address, 'phone', o.phone, 'hours', o.hours), 'timeZone', o.time_zone,
    'operatorName', f.full_name, 'window', v.window_code, 'issuedAt', now(), 'openedAt', v.opened_at,
    'visitor', jsonb_build_object('isOrganisation', s.kind <> 'person' and s.org_name is not null, 'name', subscriber_name(s), 'lastName', s.last_name, 'firstName', s.first_name, 'middleName', s.middle_name))
  from staff f join office o on o.id = f.office_id, subscriber s where f.id = v.staff_id and s.id = v.subscriber_id);

-- A visit of this member of staff that is open, or has ended within the hour: the sheet may be asked for at the door.
create function visit_require_recent(p_visit_id bigint) returns visit language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v visit; v_staff staff := current_staff();
begin
  select * into v from visit where id = p_visit_id;
  if not found or v.staff_id is distinct from v_staff.id then
    perform refuse('OK403', 'notYourVisit');
  end if;
  if v.closed_at < now() - interval '1 hour' then
    perform refuse('OK409', 'visitClosed');
  end if;
  return v;
end $$;

create function visit_slip(p_operation_id uuid, p_visit_id bigint, p_medium text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_first jsonb := operation_repeat(p_operation_id, 'visits.slip');
begin
  if p_medium is null or p_medium not in ('print', 'save') then
    perform refuse('OK400', 'medium');
  end if;
  if v_first is not null then return v_first; end if;
  v := visit_require_recent(p_visit_id);
  perform operation_done(p_operation_id, 'visits.slip', v, '{}', jsonb_build_object('delivered', p_medium));
  return jsonb_build_object('content', slip_head(v) || jsonb_build_object('done', visit_done(v.id)));
end $$;

create function visit_next_slip(p_operation_id uuid, p_visit_id bigint, p_medium text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; d visit_draft; v_first jsonb := operation_repeat(p_operation_id, 'visits.nextSlip');
begin
  if p_medium is null or p_medium not in ('print', 'save') then
    perform refuse('OK400', 'medium');
  end if;
  if v_first is not null then return v_first; end if;
  v := visit_require_recent(p_visit_id);
  select * into d from visit_draft where visit_id = v.id and used_at is null;
  if not found then
    perform refuse('OK409', 'visitNotPostponed');
  end if;
  perform operation_done(p_operation_id, 'visits.nextSlip', v, '{}', jsonb_build_object('delivered', p_medium));
  return jsonb_build_object('content', slip_head(v) || jsonb_build_object('code', d.code, 'expiresOn', d.expires_on, 'action', d.content -> 'action',
    'items', coalesce(d.content -> 'items', '[]'), 'freeLine', d.content -> 'freeLine'));
end $$;

-- Operations that give out a sheet: their result gets where it went.
create table delivering_operation (kind text primary key);
insert into delivering_operation values ('portalAccess.reissuePassword'), ('paymentDocuments.print'), ('paymentDocuments.save'), ('visits.slip'), ('visits.nextSlip');

-- Where a sheet went (printer and job, or file name), added once to the operation that made it, in the same transaction. Nothing else can be added,
-- to no other operation: a result is what a repeat is answered with.
create function operation_delivered(p_operation_id uuid, p_delivery jsonb) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update operation set result = result || (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(p_delivery) where key in ('jobId', 'printer', 'fileName'))
    where id = p_operation_id and staff_id = (current_staff()).id and at > now() - interval '10 minutes' and not result ?| array['jobId', 'fileName']
      and kind in (select d.kind from delivering_operation d);
  if not found then
    perform refuse('OK409', 'operationEnded');
  end if;
end $$;

grant execute on function visit_identify_representative(uuid, bigint, text, jsonb), visit_record_application(uuid, bigint, text, date), visit_summary(bigint), visit_colleagues(),
  visit_hand_over(uuid, bigint, int, text, bigint, text), visit_waiting(), visit_accept(uuid, bigint), visit_postpone(uuid, bigint, text[], text, text, bigint, text, text),
  visit_reopen(uuid, text), visit_slip(uuid, bigint, text), visit_next_slip(uuid, bigint, text), operation_delivered(uuid, jsonb) to okno_operator;
grant execute on function visit_reassign(uuid, bigint, text, int), visit_exhausted(), visit_release_attempts(uuid, bigint, text), visit_colleagues() to okno_supervisor;

reset role;
