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

-- Every state of a provider's card that was in force, to see what changed and to return to it. Taken at the end of the transaction, because a card is
-- saved together with its services.
create table provider_version (
  provider_id int not null references provider,
  version int not null,
  card jsonb not null,
  changed_by text not null,
  changed_at timestamptz not null,
  changed_how text not null,
  primary key (provider_id, version)
);

create function provider_remembered() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare v_how text := new.changed_how;
begin
  -- What belongs to an operation is signed by its id.
  if v_how ~ '^[0-9a-f]{8}-' then
    v_how := coalesce((select kind from operation where id = new.changed_how::uuid), v_how);
  end if;
  insert into provider_version (provider_id, version, card, changed_by, changed_at, changed_how)
  values (new.id, new.version, provider_json(new) - 'id' - 'version', new.changed_by, new.changed_at, v_how)
  on conflict (provider_id, version) do update set card = excluded.card, changed_by = excluded.changed_by, changed_at = excluded.changed_at, changed_how = excluded.changed_how;
  return null;
end $$;
create constraint trigger provider_remembered after insert or update on provider deferrable initially deferred for each row execute function provider_remembered();

-- The newest p_limit states, newest first; what changed between them is compared outside.
create function provider_history(p_code text, p_limit int default 30) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_provider int := (select id from provider where code = p_code);
begin
  if v_provider is null then
    perform refuse('OK404', 'provider');
  end if;
  return (select coalesce(jsonb_agg(jsonb_build_object('version', v.version, 'at', v.changed_at, 'staffName', (select s.full_name from staff s where s.login = v.changed_by),
      'how', v.changed_how, 'card', v.card) order by v.version desc), '[]')
    from (select * from provider_version where provider_id = v_provider order by version desc limit least(greatest(p_limit, 1), 200)) v);
end $$;

create function provider_version_card(p_code text, p_version int) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_card jsonb := (select v.card from provider_version v join provider p on p.id = v.provider_id where p.code = p_code and v.version = p_version);
begin
  if v_card is null then
    perform refuse('OK404', 'providerVersion');
  end if;
  return v_card;
end $$;

grant execute on function provider_history(text, int), provider_version_card(text, int) to okno_admin;

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

-- A card as it should be, whoever decides it; services once billed stay listed.
create function provider_write(p_card jsonb) returns provider language plpgsql security definer set search_path = public, pg_temp as $$
declare v provider;
begin
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
  return v;
end $$;

-- Creates a provider, or replaces the card of the one with this code when the version says that it is known.
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
  v := provider_write(p_card);
  perform audit_record('providers.save', null, null, jsonb_build_object('code', v.code, 'version', v.version));
  return provider_json(v);
end $$;

reset role;
