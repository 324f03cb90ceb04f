-- The card: one statement, nothing on it of what a visitor has not been identified for; pinned notes; the story of an amount; neighbours; the timeline;
-- look-ups in mass. And the inverse of each operation as a function of its own.
set local role okno_owner;

-- ── Taking back ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- 'readings.save' is taken back by undo_readings_save(operation, visit): the exact inverse, or refused with changedSince. It returns the ids of other operations
-- that are thereby undone too, or null. A kind without such a function can't be taken back.

create function undo_function(p_kind text) returns regprocedure language sql stable
return to_regprocedure(format('public.%I(operation, visit)', 'undo_' || lower(regexp_replace(replace(p_kind, '.', '_'), '([A-Z])', '_\1', 'g'))));

-- Taking back an own action of an open visit by its exact inverse.
create or replace function operation_undo(p_operation_id uuid, p_target uuid) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; t operation; v_function regprocedure; v_also uuid[]; v_first jsonb := operation_repeat(p_operation_id, 'visits.undo');
begin
  if v_first is not null then return v_first; end if;
  select * into t from operation where id = p_target;
  if not found or t.staff_id <> (current_staff()).id then
    perform refuse('OK403', 'notYourOperation');
  end if;
  v := visit_require(t.visit_id);
  select * into t from operation where id = p_target for update;
  if t.undone_by is not null then
    perform refuse('OK409', 'alreadyUndone');
  end if;
  v_function := undo_function(t.kind);
  if t.undo is null or v_function is null then
    perform refuse('OK409', 'cannotBeUndone');
  end if;
  execute format('select %s($1, $2)', v_function::regproc) into v_also using t, v;
  perform operation_done(p_operation_id, 'visits.undo', v, jsonb_build_object('undone', t.kind), jsonb_build_object('undone', t.kind, 'target', t.id), t.account_id);
  update operation set undone_by = p_operation_id where id = t.id or id = any(v_also);
  return jsonb_build_object('undone', t.kind);
end $$;

create function undo_readings_save(t operation, v visit) returns uuid[] language plpgsql security definer set search_path = public, pg_temp as $$
begin
  -- The meters first, like saving does: another desk may be at one of them.
  perform from meter where id in (select r.meter_id from meter_reading r, jsonb_array_elements_text(t.undo -> 'readings') x
                                  where r.id = x::bigint and r.taken_on = (t.undo ->> 'takenOn')::date) order by id for update;
  if exists (select from meter_reading where id in (select x::bigint from jsonb_array_elements_text(t.undo -> 'readings') x)
             and taken_on = (t.undo ->> 'takenOn')::date and status not in ('entered', 'accepted')) then
    perform refuse('OK409', 'changedSince');
  end if;
  update meter_reading set status = 'cancelled', status_reason = 'undone'
    where id in (select x::bigint from jsonb_array_elements_text(t.undo -> 'readings') x) and taken_on = (t.undo ->> 'takenOn')::date;
  -- As it was: a reading of an earlier visit had been accepted.
  update meter_reading r set status = x.status, status_reason = null from jsonb_to_recordset(t.undo -> 'replaced') as x(id bigint, status text)
    where r.id = x.id and r.taken_on = (t.undo ->> 'takenOn')::date;
  return null;
end $$;

-- ── Who was quicker ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- For `changedByAnotherDesk`: {staffName, at, kind, current} of the last operation of these kinds on the subscriber, all but `current` null when it was none of them (a register).
create function conflict_details(p_subscriber_id bigint, p_kinds text[], p_current jsonb default null) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select jsonb_build_object('staffName', f.full_name, 'at', o.at, 'kind', o.kind, 'current', p_current)
  from (select) one
  left join lateral (select x.at, x.kind, x.staff_id from operation x where x.subscriber_id = p_subscriber_id and x.kind = any(p_kinds) and x.undone_by is null
                     order by x.at desc limit 1) o on true
  left join staff f on f.id = o.staff_id);

-- ── Pinned notes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
create table subscriber_note (
  id bigint generated always as identity primary key,
  subscriber_id bigint not null references subscriber,
  text text not null check (length(text) between 1 and 300 and text = btrim(text)),
  expires_on date,
  written_by int not null references staff,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  removed_at timestamptz,
  last_operation uuid not null,
  version int not null default 1
);
comment on column subscriber_note.written_by is 'Whose words the text is now: a colleague who edits a note signs it.';
comment on column subscriber_note.last_operation is 'The operation that made the note what it is: only that one can be taken back.';
create index subscriber_note_in_force on subscriber_note (subscriber_id) where removed_at is null;

create function notes_json(p_subscriber_id bigint, p_staff_id int) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select coalesce(jsonb_agg(jsonb_build_object('id', n.id, 'text', n.text, 'staffName', f.full_name, 'createdAt', n.created_at, 'updatedAt', n.updated_at,
    'expiresOn', n.expires_on, 'isOwn', n.written_by = p_staff_id, 'version', n.version) order by n.created_at desc, n.id desc), '[]')
    from subscriber_note n join staff f on f.id = n.written_by
    where n.subscriber_id = p_subscriber_id and n.removed_at is null and (n.expires_on is null or n.expires_on >= office_today()));
end $$;

create function note_check(p_text text, p_expires_on date) returns text language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v text := btrim(p_text, E' \t\r\n\u00a0');
begin
  if coalesce(length(v), 0) not between 1 and 300 then
    perform refuse('OK400', 'noteText');
  end if;
  if p_expires_on < office_today() or not is_civil(p_expires_on) then
    perform refuse('OK400', 'noteExpired');
  end if;
  return v;
end $$;

-- The note, locked, as the desk has seen it.
create function note_require(p_visit visit, p_note_id bigint, p_version int) returns subscriber_note language plpgsql security definer set search_path = public, pg_temp as $$
declare n subscriber_note; v_by operation;
begin
  select * into n from subscriber_note where id = p_note_id and subscriber_id = p_visit.subscriber_id for update;
  if not found then
    perform refuse('OK404', 'note');
  end if;
  if n.version is distinct from p_version or n.removed_at is not null then
    select * into v_by from operation where id = n.last_operation;
    perform refuse('OK409', 'changedByAnotherDesk', jsonb_build_object('staffName', (select full_name from staff where id = v_by.staff_id), 'at', n.updated_at, 'kind', v_by.kind,
      'current', case when n.removed_at is null then jsonb_build_object('text', n.text, 'expiresOn', n.expires_on, 'version', n.version) end));
  end if;
  return n;
end $$;

-- Neither the operation nor the audit holds the text: it would be a second copy of what may be personal.
create function note_add(p_operation_id uuid, p_visit_id bigint, p_text text, p_expires_on date) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; n subscriber_note; v_staff staff := current_staff(); v_text text := note_check(p_text, p_expires_on); v_first jsonb := operation_repeat(p_operation_id, 'desk.addNote');
begin
  v := visit_require(p_visit_id);
  if v_first is null then
    perform pg_advisory_xact_lock(hashtextextended('okno.notes', v.subscriber_id));
    if (select count(*) from subscriber_note where subscriber_id = v.subscriber_id and removed_at is null and (expires_on is null or expires_on >= office_today())) >= 20 then
      perform refuse('OK409', 'tooManyNotes');
    end if;
    insert into subscriber_note (subscriber_id, text, expires_on, written_by, last_operation) values (v.subscriber_id, v_text, p_expires_on, v_staff.id, p_operation_id) returning * into n;
    perform operation_done(p_operation_id, 'desk.addNote', v, jsonb_build_object('noteId', n.id), jsonb_build_object('noteId', n.id, 'expiresOn', n.expires_on), null,
      jsonb_build_object('noteId', n.id));
  end if;
  return jsonb_build_object('notes', notes_json(v.subscriber_id, v_staff.id));
end $$;

create function note_edit(p_operation_id uuid, p_visit_id bigint, p_note_id bigint, p_text text, p_expires_on date, p_version int) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; n subscriber_note; v_staff staff := current_staff(); v_text text := note_check(p_text, p_expires_on); v_first jsonb := operation_repeat(p_operation_id, 'desk.editNote');
begin
  v := visit_require(p_visit_id);
  if v_first is null then
    n := note_require(v, p_note_id, p_version);
    update subscriber_note set text = v_text, expires_on = p_expires_on, written_by = v_staff.id, updated_at = clock_timestamp(), last_operation = p_operation_id, version = version + 1
      where id = n.id;
    perform operation_done(p_operation_id, 'desk.editNote', v, jsonb_build_object('noteId', n.id), jsonb_build_object('noteId', n.id, 'expiresOn', p_expires_on), null,
      jsonb_build_object('noteId', n.id, 'before', to_jsonb(n)));
  end if;
  return jsonb_build_object('notes', notes_json(v.subscriber_id, v_staff.id));
end $$;

create function note_remove(p_operation_id uuid, p_visit_id bigint, p_note_id bigint, p_version int) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; n subscriber_note; v_staff staff := current_staff(); v_first jsonb := operation_repeat(p_operation_id, 'desk.removeNote');
begin
  v := visit_require(p_visit_id);
  if v_first is null then
    n := note_require(v, p_note_id, p_version);
    update subscriber_note set removed_at = clock_timestamp(), updated_at = clock_timestamp(), last_operation = p_operation_id, version = version + 1 where id = n.id;
    perform operation_done(p_operation_id, 'desk.removeNote', v, jsonb_build_object('noteId', n.id), jsonb_build_object('noteId', n.id), null,
      jsonb_build_object('noteId', n.id, 'before', to_jsonb(n)));
  end if;
  return jsonb_build_object('notes', notes_json(v.subscriber_id, v_staff.id));
end $$;

-- The version only grows: a desk that has seen the note in between is told.
create function note_undo(t operation, p_removed_at timestamptz) returns uuid[] language plpgsql security definer set search_path = public, pg_temp as $$
declare n subscriber_note; b subscriber_note := jsonb_populate_record(null::subscriber_note, t.undo -> 'before');
begin
  select * into n from subscriber_note where id = (t.undo ->> 'noteId')::bigint for update;
  if n.last_operation is distinct from t.id then
    perform refuse('OK409', 'changedSince');
  end if;
  update subscriber_note set text = coalesce(b.text, n.text), expires_on = case when b.id is null then n.expires_on else b.expires_on end, written_by = coalesce(b.written_by, n.written_by),
    removed_at = p_removed_at, last_operation = coalesce(b.last_operation, t.id), updated_at = clock_timestamp(), version = n.version + 1 where id = n.id;
  return null;
end $$;
create function undo_desk_add_note(t operation, v visit) returns uuid[] language sql security definer set search_path = public, pg_temp return note_undo(t, clock_timestamp());
create function undo_desk_edit_note(t operation, v visit) returns uuid[] language sql security definer set search_path = public, pg_temp return note_undo(t, null);
create function undo_desk_remove_note(t operation, v visit) returns uuid[] language sql security definer set search_path = public, pg_temp return note_undo(t, null);

-- ── What the card is made of, without planning it anew ───────────────────────────────────────────────────────────────────────────────
-- A function in SQL that can't be inlined is planned once in every statement that calls it, for longer than it runs; one in PL/pgSQL once in a session. Inlined is
-- what promises no more than its body: concat_ws and to_jsonb are stable, so «immutable» kept these three from it.
alter function subscriber_name(subscriber) stable;
alter function address_text(address, text) stable;
alter function reading_values(meter_reading) stable;

create or replace function office_today() returns date language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (now() at time zone coalesce((select o.time_zone from staff s join office o on o.id = s.office_id where s.login = session_user),
                                      (select time_zone from office order by id limit 1), 'Europe/Moscow'))::date;
end $$;

-- A profile is kilobytes, compressed: three words of it are wanted for each account of a card.
alter table provider
  add column portal_name text generated always as (profile #>> '{portal,name}') stored,
  add column portal_scheme text generated always as (profile #>> '{portal,scheme}') stored,
  add column document_kind text generated always as (profile #>> '{paymentDocument,kind}') stored;

create or replace function account_portal_login(p_account account) returns text language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select case p.portal_scheme
      when 'account' then p_account.number_key
      when 'contract' then coalesce(p_account.contract_key, p_account.number_key)
      else (select k.value from subscriber_contact k where k.subscriber_id = p_account.subscriber_id and k.kind = 'email' and k.purpose = 'main' and k.is_current and k.state = 'confirmed') end
    from provider p where p.id = p_account.provider_id);
end $$;

-- Whether somebody can be behind this login: a number says nothing, an e-mail is one they have or had. Some portals link an account by its number alone: a cabinet under a
-- stranger's address is the stranger's, and a password for it would be the stranger's too, by «Забыли пароль?».
create function portal_login_can_be_of(p_login_key text, p_subscriber_id bigint) returns boolean language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return p_login_key not like '%@%' or exists (select from subscriber_contact k where k.subscriber_id = p_subscriber_id and k.kind = 'email' and k.key = p_login_key
    and k.state not in ('awaiting', 'cancelled', 'reverted'));
end $$;

create or replace function account_portal_user(p_account account) returns portal_user language plpgsql stable security definer set search_path = public, pg_temp as $$
declare u portal_user; v_login text;
begin
  -- Most accounts have no cabinet: then nothing is asked about whose it is.
  if not exists (select from portal_account_link l where l.account_id = p_account.id and l.unlinked_at is null) then
    return null;
  end if;
  v_login := lower(account_portal_login(p_account));
  select p.* into u from portal_user p join portal_account_link l on l.portal_user_id = p.id
    where l.account_id = p_account.id and l.unlinked_at is null and p.provider_id = p_account.provider_id
      and (p.login_key = v_login
        or portal_login_can_be_of(p.login_key, p_account.subscriber_id) and not exists (select from portal_account_link o join account x on x.id = o.account_id
                       where o.portal_user_id = p.id and o.unlinked_at is null and x.subscriber_id <> p_account.subscriber_id))
    order by coalesce(p.login_key = v_login, false) desc, l.linked_at limit 1;
  return u;
end $$;

-- ── The card ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Own open visit of the subscriber; a supervisor needs none, then every field of it is null.
create function card_visit(p_staff staff, p_subscriber_id bigint) returns visit language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v visit;
begin
  select * into v from visit where staff_id = p_staff.id and subscriber_id = p_subscriber_id and closed_at is null;
  if not found and not 'supervisor' = any(p_staff.roles) then
    perform refuse('OK403', 'visitRequired');
  end if;
  -- Opened in this very transaction: whoever takes it back has seen a card and left no trace of it.
  if v.opened_at >= now() then
    perform refuse('OK409', 'tryAgain');
  end if;
  return v;
end $$;

-- The part of the timeline an operation belongs to. What an office's later feature adds belongs to visits until it is named here.
create function operation_group(p_kind text) returns text language sql immutable parallel safe
return case split_part(p_kind, '.', 1) when 'contacts' then 'contacts' when 'portalAccess' then 'portal' when 'approvals' then 'portal' when 'portalUsers' then 'portal' when 'portalRequests' then 'portal' when 'readings' then 'readings' when 'meters' then 'readings'
  when 'paymentDocuments' then 'documents' when 'desk' then case when p_kind like '%Note' then 'notes' else 'contacts' end else 'visits' end;

create function service_default_name(p_code text) returns text language sql immutable parallel safe
return case p_code when 'cold_water' then 'Холодное водоснабжение' when 'hot_water' then 'Горячее водоснабжение' when 'electricity' then 'Электроснабжение'
  when 'gas' then 'Газоснабжение' when 'heat' then 'Отопление' else p_code end;

create function service_balances(p_account_id bigint, p_provider_id int, p_period date) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select coalesce(jsonb_agg(jsonb_build_object('service', c.service, 'name', coalesce(ps.name, service_default_name(c.service)), 'unit', coalesce(c.unit, ps.unit),
    'volume', trim_scale(c.volume)::text, 'tariff', trim_scale(c.tariff)::text, 'opening', c.opening, 'accrued', c.accrued + c.accrued_common, 'recalculated', c.recalculated,
    'benefit', c.benefit, 'penalty', c.penalty, 'paid', c.paid, 'closing', c.closing) order by ps.position nulls last, c.service), '[]')
  from charge c left join provider_service ps on ps.provider_id = p_provider_id and ps.code = c.service where c.account_id = p_account_id and c.period = p_period);

-- What the register had for a phone or an e-mail and nobody could read is somebody's contact all the same.
create function mask_contact_note(p_note text) returns text language sql immutable parallel safe
return case when p_note is not null then '***' || case when length(p_note) > 4 then right(p_note, 2) else '' end end;

-- Everything one visit needs, in one trip and one statement: functions that act with their owner's rights are never inlined, so what belongs to each account stands here.
-- json and not jsonb: it is written once and read by nobody here, and building jsonb inside jsonb copies each level again (twice the time).
drop function desk_card(bigint);
create function desk_card(p_subscriber_id bigint) returns json language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
declare v_staff staff := current_staff(); v visit := card_visit(v_staff, p_subscriber_id); v_today date := office_today(); v_card json;
begin
  select json_build_object(
    'subscriber', json_build_object('id', s.id, 'externalId', s.external_id, 'kind', s.kind, 'name', subscriber_name(s), 'birthDate', s.birth_date, 'contactNote', case when s.kind = 'organisation' then s.contact_note else mask_contact_note(s.contact_note) end,
      'requisites', case when s.kind <> 'person' then json_build_object('inn', s.inn, 'kpp', s.kpp, 'ogrn', s.ogrn) end, 'version', c.version),
    'contacts', c.contacts,
    'accounts', (select coalesce(json_agg(json_build_object('id', a.id,
        'provider', json_build_object('code', p.code, 'name', p.name, 'kind', p.document_kind, 'portalName', p.portal_name, 'portalScheme', p.portal_scheme),
        'number', a.number, 'contract', a.contract, 'contractDate', a.contract_date, 'address', address_text(d, a.flat_as_printed), 'status', a.status,
        'openedOn', a.opened_on, 'closedOn', a.closed_on, 'areaM2', trim_scale(a.area_m2)::text, 'residents', a.residents, 'els', a.els, 'zhkuId', a.zhku_id,
        'billDelivery', a.bill_delivery, 'tariff', a.tariff,
        'balance', case when b.last is not null then json_build_object('period', to_char(b.last, 'YYYY-MM'), 'closing', b.closing, 'periods', b.periods,
          'paidAfter', coalesce((select sum(y.amount) from payment y where y.account_id = a.id and y.paid_on >= b.last + interval '1 month'), 0),
          'services', (select json_agg(json_build_object('service', c.service, 'name', coalesce(ps.name, service_default_name(c.service)), 'unit', coalesce(c.unit, ps.unit),
              'volume', trim_scale(c.volume)::text, 'tariff', trim_scale(c.tariff)::text, 'opening', c.opening, 'accrued', c.accrued + c.accrued_common,
              'recalculated', c.recalculated, 'benefit', c.benefit, 'penalty', c.penalty, 'paid', c.paid, 'closing', c.closing) order by ps.position nulls last, c.service)
            from charge c left join provider_service ps on ps.provider_id = a.provider_id and ps.code = c.service where c.account_id = a.id and c.period = b.last)) end,
        'meters', (select coalesce(json_agg(json_build_object('id', m.id, 'serial', m.serial, 'service', m.service, 'decimals', m.decimals, 'zones', m.zones,
            'verifiedUntil', m.verified_until, 'removedOn', m.removed_on,
            'lastReading', (select json_build_object('takenOn', r.taken_on, 'values', array_remove(array[r.t1, r.t2, r.t3], null), 'status', r.status, 'channel', r.channel)
              from reading_last(m.id, v_today) r where r.id is not null))
            order by m.removed_on is not null, array_position(array['cold_water', 'hot_water', 'electricity', 'gas', 'heat'], m.service), m.serial), '[]')
          from meter m where m.account_id = a.id),
        'portalUser', u.portal_user) order by a.status = 'closed', a.id), '[]')
      from account a join provider p on p.id = a.provider_id join address d on d.id = a.address_id
      cross join lateral (
        select max(t.period) as last, (array_agg(t.closing order by t.period desc))[1] as closing,
          json_agg(json_build_object('period', to_char(t.period, 'YYYY-MM'), 'opening', t.opening, 'accrued', t.accrued, 'recalculated', t.recalculated, 'penalty', t.penalty,
            'paid', t.paid, 'closing', t.closing) order by t.period desc) as periods
        from (select c.period, sum(c.opening) as opening, sum(c.accrued + c.accrued_common - c.benefit) as accrued, sum(c.recalculated) as recalculated, sum(c.penalty) as penalty,
                sum(c.paid) as paid, sum(c.closing) as closing
              from charge c where c.account_id = a.id group by c.period order by c.period desc limit 12) t) b
      left join lateral (
        select json_build_object('id', u.id,
          -- A login that is an e-mail is masked like the e-mail.
          'login', case when u.login like '%@%' then mask_email(u.login) else u.login end, 'state', u.state, 'passwordIssuedAt', c.issued_at, 'passwordExpiresAt', c.expires_at,
          'mustChange', coalesce(c.one_time, false), 'letter', password_letter(c.operation_id), 'lastSignInAt', u.last_sign_in_at,
          'linkedAccounts', (select count(*) from portal_account_link l where l.portal_user_id = u.id and l.unlinked_at is null),
          'esiaLinks', (select count(*) from esia_link e where e.portal_user_id = u.id and e.unlinked_at is null)) as portal_user
        from portal_account_link k join portal_user u on u.id = k.portal_user_id left join portal_credential c on c.portal_user_id = u.id and c.revoked_at is null
        -- Whose it is, is asked of the few accounts that have a cabinet.
        where k.account_id = a.id and k.unlinked_at is null and u.provider_id = a.provider_id and u.id = (select w.id from account_portal_user(a) w)) u on true
      where a.subscriber_id = s.id),
    'notes', notes_json(s.id, v_staff.id), 'requests', card_requests(s.id), 'consents', card_consents(s.id),
    'visits', (select coalesce(json_agg(json_build_object('id', x.id, 'openedAt', x.opened_at, 'closedAt', x.closed_at, 'staffName', f.full_name, 'window', x.window_code,
        'identification', x.identification) order by x.opened_at desc), '[]')
      from (select * from visit where subscriber_id = s.id order by opened_at desc limit 20) x join staff f on f.id = x.staff_id),
    'timeline', (select coalesce(json_agg(json_build_object('operationId', o.id, 'visitId', o.visit_id, 'at', o.at, 'kind', o.kind, 'group', operation_group(o.kind),
        'staffName', f.full_name, 'details', o.details, 'undone', o.undone_by is not null,
        'canUndo', o.undo is not null and o.undone_by is null and o.staff_id = v_staff.id and coalesce(o.visit_id = v.id, false)) order by o.at desc), '[]')
      from (select * from operation where subscriber_id = s.id order by at desc limit 60) o left join staff f on f.id = o.staff_id),
    'today', v_today)
  into v_card from subscriber s
  -- One look at the contacts gives them and their version (contacts_version).
  cross join lateral (select hashtext(coalesce(string_agg(contact_mark(k), '/' order by k.id) filter (where k.is_current or k.state = 'awaiting'), '')) as version,
      coalesce(json_agg(json_build_object('id', k.id, 'kind', k.kind, 'purpose', k.purpose, 'masked', mask_contact(k.kind, k.value), 'state', k.state,
          'isCurrent', k.is_current, 'canSms', k.value like '+79%' and k.kind = 'phone', 'createdAt', k.created_at, 'confirmedAt', k.confirmed_at, 'confirmedHow', k.confirmed_how,
          'revertUntil', case when k.revert_until > now() and (k.is_current or k.state = 'removed') then k.revert_until end,
          'awaiting', case when k.asked_at is not null and k.state in ('awaiting', 'unconfirmed') then contact_awaiting(k) end)
          order by k.is_current desc, k.purpose <> 'main', k.id desc), '[]') as contacts
    from subscriber_contact k where k.subscriber_id = s.id) c
  where s.id = p_subscriber_id;
  if v_card is null then
    perform refuse('OK404', 'subscriber');
  end if;
  -- Refreshing the card of a visit is not another opening of it.
  if v.id is null or not exists (select from audit_event where visit_id = v.id and at >= v.opened_at and action = 'desk.openCard' and staff_login = session_user) then
    -- Nothing was changed, so nobody waits for the disk: a power cut could lose the trace of the last half second of looking.
    perform set_config('synchronous_commit', 'off', true);
    perform audit_record('desk.openCard', v.id, p_subscriber_id, jsonb_build_object('withoutVisit', case when v.id is null then true end));
  end if;
  return v_card;
end $$;
drop function card_account_json(account);

-- ── What is shown in full ────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- The first call records the look, a second one, in a transaction of its own, gets what is looked at: null, then the data. Given in one, it could be read by somebody
-- with psql who takes the transaction back, and its trace with it.
create function operation_is_recorded(p_operation_id uuid) returns boolean language sql stable security definer set search_path = public, pg_temp
return (select at < now() from operation where id = p_operation_id);

create or replace function contact_unmask(p_operation_id uuid, p_visit_id bigint, p_contact_id bigint, p_reason text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; k subscriber_contact; v_first jsonb := operation_repeat(p_operation_id, 'contacts.unmask');
begin
  if p_reason is null or p_reason not in ('verify', 'dictate', 'other') then
    perform refuse('OK400', 'reason');
  end if;
  v := visit_require(p_visit_id, true);
  perform visit_allow(v, 'unmask');
  select * into k from subscriber_contact where id = p_contact_id and subscriber_id = v.subscriber_id;
  if not found then
    perform refuse('OK404', 'contact');
  end if;
  if v_first is null then
    -- The value is not kept in the operation: it would be a second copy of personal data.
    perform operation_done(p_operation_id, 'contacts.unmask', v, jsonb_build_object('contactId', k.id),
      jsonb_build_object('contact', mask_contact(k.kind, k.value), 'kind', k.kind, 'reason', p_reason));
    return null;
  elsif (v_first ->> 'contactId')::bigint <> k.id or not operation_is_recorded(p_operation_id) then
    -- Otherwise one logged look would open all the others.
    perform refuse('OK409', 'operationIdUsed');
  end if;
  return jsonb_build_object('value', k.value);
end $$;

create function desk_unmask(p_operation_id uuid, p_visit_id bigint, p_subscriber_id bigint, p_reason text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v visit; v_first jsonb := operation_repeat(p_operation_id, 'desk.unmask'); v_alone boolean := 'supervisor' = any(v_staff.roles);
begin
  if p_reason is null or p_reason not in ('verify', 'dictate', 'other') then
    perform refuse('OK400', 'reason');
  end if;
  if p_visit_id is not null then
    v := visit_require(p_visit_id, not v_alone);
    if v.subscriber_id is distinct from p_subscriber_id then
      perform refuse('OK403', 'subscriberOfAnotherVisit');
    end if;
  elsif v_alone then
    v.subscriber_id := p_subscriber_id;
  else
    perform refuse('OK403', 'visitRequired');
  end if;
  if not exists (select from subscriber where id = p_subscriber_id) then
    perform refuse('OK404', 'subscriber');
  end if;
  if v.id is not null then
    perform visit_allow(v, 'unmask');
  end if;
  if v_first is null then
    perform operation_done(p_operation_id, 'desk.unmask', v, jsonb_build_object('subscriberId', p_subscriber_id),
      jsonb_build_object('reason', p_reason, 'withoutVisit', case when v.id is null then true end));
    return null;
  elsif (v_first ->> 'subscriberId')::bigint <> p_subscriber_id or not operation_is_recorded(p_operation_id)
     -- A look of last week is another one.
     or not exists (select from operation where id = p_operation_id and at > now() - interval '10 minutes') then
    -- Otherwise one logged look would open all the others.
    perform refuse('OK409', 'operationIdUsed');
  end if;
  return (select jsonb_build_object('snils', s.snils, 'inn', s.inn, 'birthDate', s.birth_date, 'contactNote', s.contact_note,
      'documents', (select coalesce(jsonb_agg(jsonb_build_object('type', d.type, 'series', d.series, 'number', d.number, 'issuedBy', d.issued_by, 'issuedOn', d.issued_on) order by d.id), '[]')
        from identity_document d where d.subscriber_id = s.id and d.is_current))
    from subscriber s where s.id = p_subscriber_id);
end $$;

-- ── Amounts ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- The account of a card that is open to this member of staff. Without a visit the look is audited: no card has been.
create function card_account(p_account_id bigint, p_action text) returns account language plpgsql security definer set search_path = public, pg_temp as $$
declare a account; v visit;
begin
  select * into a from account where id = p_account_id;
  if not found then
    perform refuse('OK404', 'account');
  end if;
  v := card_visit(current_staff(), a.subscriber_id);
  if v.id is null then
    perform audit_record(p_action, null, a.subscriber_id, jsonb_build_object('accountId', a.id, 'withoutVisit', true));
  end if;
  return a;
end $$;

create function period_of(p_period text) returns date language plpgsql immutable as $$
begin
  if coalesce(p_period, '') !~ '^[0-9]{4}-(0[1-9]|1[0-2])$' then
    perform refuse('OK400', 'period');
  end if;
  return (p_period || '-01')::date;
end $$;

create function desk_charges(p_account_id bigint, p_period text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_period date := period_of(p_period); a account := card_account(p_account_id, 'desk.charges');
begin
  return jsonb_build_object('services', service_balances(a.id, a.provider_id, v_period));
end $$;

-- Facts for explainAmount (src/shared/domain/explain-amount.ts). Services of a meter's zones are named after it: electricity_t1.
create function desk_explain(p_account_id bigint, p_period text, p_service text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_period date := period_of(p_period); a account := card_account(p_account_id, 'desk.explain'); v jsonb; v_metered text := regexp_replace(p_service, '_t[1-3]$', '');
begin
  select jsonb_build_object('period', p_period, 'kind', p.document_kind, 'service', p_service,
    'name', case when p_service is null then p.name else coalesce(max(ps.name), service_default_name(p_service)) end,
    'unit', case when p_service is not null then coalesce(max(c.unit), max(ps.unit)) end,
    'volume', case when p_service is not null then trim_scale(max(c.volume))::text end, 'volumeCommon', case when p_service is not null then trim_scale(max(c.volume_common))::text end,
    'tariff', case when p_service is not null then trim_scale(max(c.tariff))::text end,
    'opening', sum(c.opening), 'accrued', sum(c.accrued), 'accruedCommon', sum(c.accrued_common), 'recalculated', sum(c.recalculated),
    'recalculationReason', case when p_service is not null then max(c.recalculation_reason) end, 'benefit', sum(c.benefit), 'penalty', sum(c.penalty), 'paid', sum(c.paid),
    'closing', sum(c.closing),
    'services', case when p_service is null then service_balances(a.id, a.provider_id, v_period) else '[]' end,
    'payments', (select coalesce(jsonb_agg(jsonb_build_object('paidOn', y.paid_on, 'amount', y.amount, 'channel', y.channel) order by y.paid_on, y.id), '[]')
      from payment y where y.account_id = a.id and y.paid_on >= v_period and y.paid_on < v_period + interval '1 month'),
    'meters', (select coalesce(jsonb_agg(jsonb_build_object('serial', m.serial, 'decimals', m.decimals, 'ratio', trim_scale(m.ratio)::text,
        'previous', case when b.taken_on is not null then jsonb_build_object('takenOn', b.taken_on, 'values', reading_values(b))
          when m.initial is not null then jsonb_build_object('takenOn', m.installed_on, 'values', to_jsonb(m.initial)) end,
        'current', case when n.taken_on is not null then jsonb_build_object('takenOn', n.taken_on, 'values', reading_values(n)) end) order by m.serial), '[]')
      from meter m
      left join lateral (select r.* from meter_reading r where r.meter_id = m.id and r.status in ('entered', 'accepted', 'calculated') and r.period = v_period
        order by r.taken_on desc limit 1) n on true
      left join lateral (select r.* from meter_reading r where r.meter_id = m.id and r.status in ('entered', 'accepted', 'calculated') and r.period < v_period
        order by r.taken_on desc limit 1) b on true
      where m.account_id = a.id and m.service = v_metered and coalesce(m.removed_on, 'infinity') >= v_period and coalesce(m.installed_on, '-infinity') < v_period + interval '1 month'))
  into v
  from charge c join provider p on p.id = a.provider_id left join provider_service ps on ps.provider_id = a.provider_id and ps.code = c.service
  where c.account_id = a.id and c.period = v_period and (p_service is null or c.service = p_service)
  group by p.id;
  if v is null then
    perform refuse('OK404', 'noChargesInPeriod', jsonb_build_object('period', p_period));
  end if;
  return v;
end $$;

-- ── Neighbours ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
create function subscriber_short_name(s subscriber) returns text language sql immutable
return case when s.kind = 'person' or s.org_name is null
  then concat_ws(' ', s.last_name, nullif(concat(left(s.first_name, 1) || '.', ' ' || left(s.middle_name, 1) || '.'), '')) else s.org_name end;

-- Flat 2 stands before flat 10; what is no number («оф. 3», «А») after those that are.
create function flat_number(p_flat text) returns bigint language sql immutable parallel safe
return coalesce(substring(p_flat from '^[^0-9]{0,8}([0-9]{1,9})')::bigint, 10000000000);

create function desk_neighbours(p_visit_id bigint, p_account_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; d address; v_result jsonb; v_flat text;
begin
  if p_visit_id is not null then
    v := visit_require(p_visit_id);
    a := visit_account(v, p_account_id);
  elsif 'supervisor' = any((current_staff()).roles) then
    select * into a from account where id = p_account_id;
    if not found then
      perform refuse('OK404', 'account');
    end if;
  else
    perform refuse('OK403', 'visitRequired');
  end if;
  select * into d from address where id = a.address_id;
  v_flat := coalesce(nullif(a.flat_as_printed, ''), d.flat);
  with house as (
    select n.id, n.subscriber_id, n.number, n.provider_id, coalesce(nullif(n.flat_as_printed, ''), h.flat) as flat
    from address h join account n on n.address_id = h.id
    where h.region = d.region and h.locality = d.locality and h.street = d.street and h.house = d.house and h.building = d.building and h.id <> d.id
      and n.status <> 'closed' and n.subscriber_id <> a.subscriber_id
  ), placed as (
    select h.*, row_number() over (order by flat_number(h.flat), h.flat collate "C", h.id) as place from house h
  ), nearest as (
    select p.* from placed p
    order by abs(p.place - 0.5 - (select count(*) from house o where (flat_number(o.flat), o.flat collate "C") < (flat_number(v_flat), v_flat collate "C"))), p.place limit 60
  )
  select jsonb_build_object(
    'sameFlat', (select coalesce(jsonb_agg(jsonb_build_object('subscriberId', s.id, 'name', subscriber_name(s), 'accountNumber', n.number, 'provider', p.name, 'status', n.status)
        order by n.status = 'closed', s.last_name_n, s.first_name_n, n.number), '[]')
      from account n join subscriber s on s.id = n.subscriber_id join provider p on p.id = n.provider_id where n.address_id = d.id and n.subscriber_id <> a.subscriber_id),
    'house', (select coalesce(jsonb_agg(jsonb_build_object('flat', n.flat, 'subscriberId', s.id, 'name', subscriber_short_name(s), 'accountNumber', n.number, 'provider', p.name) order by n.place), '[]')
      from nearest n join subscriber s on s.id = n.subscriber_id join provider p on p.id = n.provider_id))
  into v_result;
  perform audit_record('desk.neighbours', v.id, a.subscriber_id, jsonb_build_object('accountId', a.id, 'withoutVisit', case when v.id is null then true end,
    'subscribers', (select jsonb_agg(distinct n -> 'subscriberId') from jsonb_array_elements((v_result -> 'sameFlat') || (v_result -> 'house')) n)));
  return v_result;
end $$;

-- ── The timeline ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
create function desk_timeline(p_subscriber_id bigint, p_before timestamptz, p_group text default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v visit := card_visit(v_staff, p_subscriber_id); v_entries jsonb; v_last timestamptz;
begin
  if p_before is null then
    perform refuse('OK400', 'before');
  end if;
  if v.id is null then
    perform audit_record('desk.timeline', null, p_subscriber_id, jsonb_build_object('withoutVisit', true));
  end if;
  -- With ties: two operations of one instant are never torn apart, for the next page begins before it.
  select coalesce(jsonb_agg(jsonb_build_object('operationId', o.id, 'visitId', o.visit_id, 'at', o.at, 'kind', o.kind, 'group', operation_group(o.kind), 'staffName', f.full_name,
      'details', o.details, 'undone', o.undone_by is not null,
      'canUndo', o.undo is not null and o.undone_by is null and o.staff_id = v_staff.id and coalesce(o.visit_id = v.id, false)) order by o.at desc), '[]'), min(o.at)
    into v_entries, v_last
    from (select * from operation where subscriber_id = p_subscriber_id and at < p_before and (p_group is null or operation_group(kind) = p_group)
          order by at desc fetch first 60 rows with ties) o left join staff f on f.id = o.staff_id;
  return jsonb_build_object('entries', v_entries,
    'more', exists (select from operation where subscriber_id = p_subscriber_id and at < v_last and (p_group is null or operation_group(kind) = p_group)));
end $$;

-- ── Look-ups in mass ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Events that tell a supervisor who looks for what: few of the many, hence an index of their own.
create function is_lookup(p_action text, p_details jsonb) returns boolean language sql immutable parallel safe
return case p_action when 'desk.search' then p_details -> 'by' ?| array['document', 'snils', 'taxOrPension'] when 'desk.searchRefused' then true when 'desk.unmask' then true when 'contacts.unmask' then true
  when 'desk.openCard' then p_details ? 'withoutVisit' else false end;
-- No index by it: its predicate is planned anew in every transaction that writes an event, an eighth of what the event costs, and the index by time serves the reports.

create function office_zone() returns text language sql stable security definer set search_path = public, pg_temp
return coalesce((select o.time_zone from staff s join office o on o.id = s.office_id where s.login = session_user), (select time_zone from office order by id limit 1), 'Europe/Moscow');

-- Per member of staff and day of that zone. opened: searches after which a card of the found ones was opened within ten minutes. The supervisor's look-ups, the flags and
-- the reports count by it.
create function lookup_counts(p_from date, p_to date, p_zone text) returns table (staff_login text, day date, searches int, nothing int, refused int, opened int, unmasked int, without_visit int)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query
  with e as materialized (
    select a.staff_login as login, a.at, a.action, a.details, (a.at at time zone p_zone)::date as on_day, coalesce((a.details ->> 'hits')::int, 0) as hits from audit_event a
    where is_lookup(a.action, a.details) and a.at >= p_from::timestamp at time zone p_zone and a.at < (p_to + 1)::timestamp at time zone p_zone
  )
  select e.login, e.on_day,
    count(*) filter (where e.action = 'desk.search')::int,
    count(*) filter (where e.action = 'desk.search' and e.hits = 0)::int,
    count(*) filter (where e.action = 'desk.searchRefused')::int,
    count(*) filter (where e.action = 'desk.search' and e.hits > 0 and exists (
      select from jsonb_array_elements_text(e.details -> 'subscribers') f join audit_event o
        on o.subscriber_id = f::bigint and o.at between e.at and e.at + interval '10 minutes' and o.staff_login = e.login and o.action in ('visits.open', 'desk.openCard')))::int,
    count(*) filter (where e.action in ('desk.unmask', 'contacts.unmask'))::int,
    count(*) filter (where e.action = 'desk.openCard')::int
  from e group by 1, 2;
end $$;

create function audit_lookups(p_from date, p_to date) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v jsonb;
begin
  if p_from is null or p_to is null or p_to < p_from or p_to > p_from + 366 then
    perform refuse('OK400', 'periodOfReport');
  end if;
  select coalesce(jsonb_agg(jsonb_build_object('staffLogin', r.staff_login, 'staffName', s.full_name, 'day', r.day, 'searches', r.searches, 'foundNothing', r.nothing, 'refused', r.refused,
      'openedAfter', r.opened, 'unmasked', r.unmasked, 'openedWithoutVisit', r.without_visit) order by r.day desc, r.searches desc, r.staff_login), '[]') into v
    from lookup_counts(p_from, p_to, office_zone()) r left join staff s on s.login = r.staff_login;
  perform audit_record('audit.lookups', null, null, jsonb_build_object('from', p_from, 'to', p_to, 'rows', jsonb_array_length(v)));
  return v;
end $$;

grant execute on function note_add(uuid, bigint, text, date), note_edit(uuid, bigint, bigint, text, date, int), note_remove(uuid, bigint, bigint, int) to okno_operator;
grant execute on function desk_card(bigint), desk_unmask(uuid, bigint, bigint, text), desk_charges(bigint, text), desk_explain(bigint, text, text), desk_neighbours(bigint, bigint),
  desk_timeline(bigint, timestamptz, text) to okno_operator, okno_supervisor;
grant execute on function audit_lookups(date, date) to okno_supervisor;

reset role;
