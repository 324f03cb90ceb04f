-- A change is told to the desks that show it, and to the desk that comes second: who, when, what.
set local role okno_owner;

-- ── Who is told ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Ids only, no personal data: every login of this database may listen. A message is a hint to read the card again, never a fact: whoever can
-- connect can send one.
-- p_subscriber_id null: many at once, a register. p_staff_id null: nobody of the office.
create function subscriber_changed(p_subscriber_id bigint, p_staff_id int, p_kind text) returns void language sql security definer set search_path = public, pg_temp
begin atomic
  select pg_notify('okno_subscriber', jsonb_build_object('subscriberId', p_subscriber_id, 'staffId', p_staff_id, 'kind', left(p_kind, 60))::text);
end;

create function operation_told() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform subscriber_changed(new.subscriber_id, new.staff_id, new.kind);
  return null;
end $$;
create trigger operation_told after insert on operation for each row when (new.subscriber_id is not null) execute function operation_told();

-- What changes a card outside of any operation: a confirmation by way of the portal, a correction by the owner of the database.
-- Operations and registers set okno.operation, and are told as a whole.
create function contact_told() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform subscriber_changed(new.subscriber_id, null, 'contacts.changedElsewhere');
  return null;
end $$;
create trigger contact_told after insert or update on subscriber_contact for each row
  when (coalesce(current_setting('okno.operation', true), '') = '') execute function contact_told();

create function portal_user_told() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform subscriber_changed(a.subscriber_id, null, 'portalAccess.changedElsewhere')
    from portal_account_link l join account a on a.id = l.account_id where l.portal_user_id = new.id and l.unlinked_at is null;
  return null;
end $$;
create trigger portal_user_told after update on portal_user for each row
  when (coalesce(current_setting('okno.operation', true), '') = '') execute function portal_user_told();

create function import_told() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform subscriber_changed(null, null, 'registers.import');
  return null;
end $$;
create trigger import_told after update of finished_at on import_batch for each row
  when (new.finished_at is not null and new.accepted + new.warned > 0) execute function import_told();

-- Sent by one connection of a desk to see whether another one hears: behind a pooler that shares connections it does not.
create function live_probe(p_token uuid) returns void language sql security definer set search_path = public, pg_temp
begin atomic
  select pg_notify('okno_subscriber', jsonb_build_object('probe', p_token)::text);
end;
grant execute on function live_probe(uuid) to okno_staff;

-- ── E-mail ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Who changed the e-mail since, and what it is now (masked). An operation older than the newest address did not bring that: a register or the portal did.
create function email_conflict(p_subscriber_id bigint) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select jsonb_build_object('staffName', f.full_name, 'at', o.at, 'kind', o.kind, 'current',
    (select jsonb_build_object('email', max(mask_email(k.value)) filter (where k.is_current), 'state', max(k.state) filter (where k.is_current),
        'awaiting', max(mask_email(k.value)) filter (where k.state = 'awaiting'))
      from subscriber_contact k where k.subscriber_id = p_subscriber_id and k.kind = 'email' and (k.is_current or k.state = 'awaiting')))
  from (select) one
  left join lateral (select x.at, x.kind, x.staff_id from operation x
    where x.subscriber_id = p_subscriber_id and (x.kind in ('contacts.changeEmail', 'contacts.confirmEmail') or x.kind = 'visits.undo' and x.details ->> 'undone' like 'contacts.%')
      and x.at >= (select max(k.created_at) from subscriber_contact k where k.subscriber_id = p_subscriber_id and k.kind = 'email')
    order by x.at desc limit 1) o on true
  left join staff f on f.id = o.staff_id);

-- The version of a subscriber's e-mail: which address is in force and which one waits. A note, a reading or another name by another desk is nothing to a
-- form about the e-mail; a register or the portal that brings an address is. Computed, so that loading a million addresses costs nothing for it.
create function email_version(p_subscriber_id bigint) returns int language sql stable security definer set search_path = public, pg_temp
return (select hashtext(concat_ws('/', max(k.id) filter (where k.is_current), 'w', max(k.id) filter (where k.state = 'awaiting')))
        from subscriber_contact k where k.subscriber_id = p_subscriber_id and k.kind = 'email' and (k.is_current or k.state = 'awaiting'));

create or replace function contact_change_email(p_operation_id uuid, p_visit_id bigint, p_email text, p_version int) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v visit; v_old subscriber_contact; v_new subscriber_contact; v_confirmation contact_confirmation;
  v_first jsonb := operation_repeat(p_operation_id, 'contacts.changeEmail');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id, true);
  -- No character that could make two recipients of one, or another recipient than the screen shows.
  if p_email !~ '^[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]+@([A-Za-z0-9-]+\.)+[A-Za-z0-9-]{2,}$' or length(p_email) > 254 then
    perform refuse('OK400', 'emailMalformed');
  end if;
  -- The second of two desks waits here for the first.
  update subscriber set version = version + 1, updated_at = now() where id = v.subscriber_id;
  select * into v_old from subscriber_contact where subscriber_id = v.subscriber_id and kind = 'email' and is_current;
  if email_version(v.subscriber_id) is distinct from p_version then
    perform refuse('OK409', 'changedByAnotherDesk', email_conflict(v.subscriber_id));
  end if;
  if v_old.key = lower(p_email) and v_old.state = 'confirmed' then
    perform refuse('OK409', 'emailAlreadyConfirmed');
  end if;
  -- A change that was never confirmed gives way to this one.
  update contact_confirmation c set state = 'cancelled' from subscriber_contact k
    where k.id = c.contact_id and k.subscriber_id = v.subscriber_id and k.kind = 'email' and c.state = 'waiting';
  update subscriber_contact set state = 'cancelled', ended_at = now() where subscriber_id = v.subscriber_id and kind = 'email' and state = 'awaiting';
  insert into subscriber_contact (subscriber_id, kind, value, key, state, is_current, replaces_id)
    values (v.subscriber_id, 'email', p_email, lower(p_email), 'awaiting', false, v_old.id) returning * into v_new;
  insert into contact_confirmation (contact_id, visit_id, operation_id, outbox_operation_id, code_hash, expires_at)
    values (v_new.id, v.id, p_operation_id, p_operation_id, '', now()) returning * into v_confirmation;
  perform confirmation_send(v_confirmation.id, p_operation_id);
  select * into v_confirmation from contact_confirmation where id = v_confirmation.id;
  return operation_done(p_operation_id, 'contacts.changeEmail', v, confirmation_json(v_confirmation),
    jsonb_build_object('from', mask_email(v_old.value), 'to', mask_email(p_email)), null, jsonb_build_object('contactId', v_new.id, 'oldContactId', v_old.id));
end $$;

-- ── Staff and providers ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- The version of a record is that of what a form about it edits; whose change it was is kept beside it.
alter table staff add column changed_by text, add column changed_at timestamptz, add column changed_how text;
alter table provider add column changed_by text, add column changed_at timestamptz, add column changed_how text;

create function staff_versioned() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  -- A password or a sign-in is no change of what an administrator decides about.
  if (new.full_name, new.roles, new.office_id, new.window_code) is distinct from (old.full_name, old.roles, old.office_id, old.window_code) then
    new.version := old.version + 1;
    new.changed_by := session_user;
    new.changed_at := clock_timestamp();
    new.changed_how := coalesce(nullif(current_setting('okno.operation', true), ''), 'direct.update');
  else
    new.version := old.version;
  end if;
  return new;
end $$;
create trigger staff_versioned before update on staff for each row execute function staff_versioned();

create function provider_signed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  new.changed_by := session_user;
  new.changed_at := clock_timestamp();
  new.changed_how := coalesce(nullif(current_setting('okno.operation', true), ''), 'direct.update');
  return new;
end $$;
create trigger provider_signed before insert or update on provider for each row execute function provider_signed();

create function record_conflict(p_by text, p_at timestamptz, p_how text, p_current jsonb) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('staffName', (select s.full_name from staff s where s.login = p_by), 'at', p_at, 'kind', p_how, 'current', p_current);

create or replace function staff_set_roles(p_login text, p_roles text[], p_version int) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff; v_before text[];
begin
  perform set_config('okno.operation', 'staff.setRoles', true);
  select * into v from staff where login = p_login for update;
  if not found then
    perform refuse('OK404', 'staff');
  end if;
  v_before := v.roles;
  -- An office without an administrator can't be mended from inside.
  if p_login = session_user and not 'admin' = any(p_roles) then
    perform refuse('OK409', 'ownAdminRole');
  end if;
  if v.version <> p_version then
    perform refuse('OK409', 'changedByAnotherDesk', record_conflict(v.changed_by, v.changed_at, v.changed_how, staff_json(v)));
  end if;
  update staff set roles = p_roles where login = p_login returning * into v;
  perform staff_apply_roles(p_login);
  perform audit_record('staff.setRoles', null, null, jsonb_build_object('login', p_login, 'from', v_before, 'to', p_roles));
  -- Rights already open in a session are lost at once with the session. Not one's own: a session that ends itself would take this change back.
  if not (v_before <@ p_roles) and p_login <> session_user then
    perform pg_terminate_backend(pid) from pg_stat_activity where usename = p_login and datname = current_database();
  end if;
  return staff_json(v);
end $$;

-- Creates a provider, or replaces the card of the one with this code when the version says that it is known; services once billed stay listed.
create or replace function provider_save(p_card jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v provider; v_before provider;
begin
  perform set_config('okno.operation', 'providers.save', true);
  -- Two at once make one provider, and the second learns of the first.
  perform pg_advisory_xact_lock(hashtext('okno.provider'), hashtext(p_card ->> 'code'));
  select * into v_before from provider where code = p_card ->> 'code' for update;
  if found and v_before.version is distinct from (p_card ->> 'version')::int then
    perform refuse('OK409', case when p_card ->> 'version' is null then 'providerExists' else 'changedByAnotherDesk' end,
      record_conflict(v_before.changed_by, v_before.changed_at, v_before.changed_how, jsonb_build_object('name', v_before.name, 'version', v_before.version)));
  end if;
  insert into provider as t (code, name, legal_name, inn, kpp, ogrn, bank_name, bic, settlement_account, correspondent_account, address, phone, email, site, profile)
  values (p_card ->> 'code', p_card ->> 'name', p_card ->> 'legalName', p_card ->> 'inn', p_card ->> 'kpp', p_card ->> 'ogrn', p_card ->> 'bankName',
    p_card ->> 'bic', p_card ->> 'settlementAccount', p_card ->> 'correspondentAccount', p_card ->> 'address', p_card ->> 'phone', p_card ->> 'email',
    p_card ->> 'site', p_card -> 'profile')
  on conflict (code) do update set name = excluded.name, legal_name = excluded.legal_name, inn = excluded.inn, kpp = excluded.kpp, ogrn = excluded.ogrn,
    bank_name = excluded.bank_name, bic = excluded.bic, settlement_account = excluded.settlement_account, correspondent_account = excluded.correspondent_account,
    address = excluded.address, phone = excluded.phone, email = excluded.email, site = excluded.site, profile = excluded.profile, version = t.version + 1
  returning * into v;
  insert into provider_service (provider_id, code, name, unit, position)
  select v.id, s ->> 'code', s ->> 'name', s ->> 'unit', n from jsonb_array_elements(p_card -> 'services') with ordinality e(s, n)
  on conflict (provider_id, code) do update set name = excluded.name, unit = excluded.unit, position = excluded.position;
  perform audit_record('providers.save', null, null, jsonb_build_object('code', v.code, 'version', v.version));
  return provider_json(v);
end $$;

reset role;
