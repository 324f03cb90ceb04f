-- Roles, office and staff. The database is the boundary: a member of staff is a PostgreSQL login, and what they may do is what their
-- group role may EXECUTE. No staff login reads or writes a table that holds personal data; all of it goes through functions owned by okno_owner.

-- Roles belong to the cluster, databases share them: hence "if not exists".
do $$
declare r text;
begin
  foreach r in array array['okno_owner', 'okno_staff', 'okno_operator', 'okno_supervisor', 'okno_admin', 'okno_outbox', 'okno_portal'] loop
    if not exists (select from pg_roles where rolname = r) then
      execute format('create role %I nologin', r);
    end if;
  end loop;
end $$;

alter role okno_owner createrole;
grant okno_staff, okno_operator, okno_supervisor, okno_admin, okno_portal to okno_owner with admin option;
grant pg_read_all_stats, pg_signal_backend to okno_owner;
grant select (rolname, rolpassword) on pg_authid to okno_owner;
grant usage, create on schema public to okno_owner;
do $$ begin
  execute format('alter database %I owner to okno_owner', current_database());
end $$;

set local role okno_owner;

do $$ begin
  execute format('revoke connect, temporary on database %I from public', current_database());
end $$;
-- Functions are PUBLIC's to execute unless said otherwise; here nothing is anybody's unless granted.
alter default privileges for role okno_owner revoke execute on functions from public;

-- Comparison form of names and texts: letter case and ё/е do not matter (domain: «ё/е: search treats them equal»).
create function fold(t text) returns text language sql immutable strict parallel safe
return translate(lower(normalize(t, NFC)), 'ё', 'е');

-- Failures that staff are told about. The reason is a code; words are the renderer's.
create function refuse(p_state text, p_reason text, p_details jsonb default '{}') returns void language plpgsql as $$
begin
  raise exception using errcode = p_state, message = p_reason, detail = p_details::text;
end $$;

create table office (
  id int generated always as identity primary key,
  code text not null unique,
  name text not null,
  address text not null default '',
  phone text not null default '',
  hours text not null default '',
  time_zone text not null default 'Europe/Moscow',
  is_training boolean not null default false
);

create table staff (
  id int generated always as identity primary key,
  login text not null unique,
  full_name text not null check (full_name <> ''),
  roles text[] not null default '{}',
  office_id int not null references office,
  window_code text,
  must_change_password boolean not null default true,
  password_mark bytea,
  last_sign_in_at timestamptz,
  created_at timestamptz not null default now(),
  version int not null default 1,
  -- Lower case only: PostgreSQL folds unquoted names, and nobody types capitals at a counter.
  constraint staff_login_form check (login ~ '^[a-z][a-z0-9._-]{1,31}$' and login !~ '^(pg_|okno_|postgres$|public$)'),
  constraint staff_roles_known check (roles <@ array['operator', 'supervisor', 'admin'])
);
comment on column staff.password_mark is 'SHA-256 of the verifier that Okno has set: PostgreSQL lets everybody change their own password past it, unrecorded.';
comment on column staff.roles is 'Removing all roles is the status «Удалён»; the row stays for the history.';

-- Today in the office's own time zone: the server's clock decides, not the workstation''s.
create function office_today() returns date language sql stable security definer set search_path = public, pg_temp
return (now() at time zone coalesce((select o.time_zone from staff s join office o on o.id = s.office_id where s.login = session_user),
                                    (select time_zone from office order by id limit 1), 'Europe/Moscow'))::date;

create function password_mark(p_login text) returns bytea language sql stable security definer set search_path = public, pg_temp
return (select sha256(convert_to(rolpassword, 'UTF8')) from pg_authid where rolname = p_login);

-- Remembers the password that has just been set by way of Okno.
create function staff_mark_password(p_login text) returns void language sql security definer set search_path = public, pg_temp
begin atomic
  update staff set password_mark = password_mark(p_login) where login = p_login;
end;

-- The member of staff behind this connection; refuses a login that is not active staff of this database.
create function current_staff() returns staff language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v staff;
begin
  select * into v from staff where login = session_user;
  if not found or v.roles = '{}' or v.must_change_password then
    perform refuse('OK403', case when v.must_change_password then 'passwordChangeRequired' else 'notActiveStaff' end);
  end if;
  if v.password_mark is distinct from password_mark(session_user) then
    perform refuse('OK403', 'passwordSetElsewhere');
  end if;
  return v;
end $$;

create function staff_json(v staff) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('id', v.id, 'login', v.login, 'fullName', v.full_name, 'roles', v.roles, 'window', v.window_code,
  'mustChangePassword', v.must_change_password, 'lastSignInAt', v.last_sign_in_at, 'version', v.version,
  'office', (select jsonb_build_object('id', o.id, 'name', o.name, 'isTraining', o.is_training, 'timeZone', o.time_zone) from office o where o.id = v.office_id));

-- Group roles follow staff.roles; a person who must still choose a password holds none of them.
create function staff_apply_roles(p_login text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff; r text;
begin
  select * into strict v from staff where login = p_login;
  foreach r in array array['operator', 'supervisor', 'admin'] loop
    if r = any(v.roles) and not v.must_change_password then
      execute format('grant %I to %I', 'okno_' || r, p_login);
    elsif pg_has_role(p_login, 'okno_' || r, 'member') then
      execute format('revoke %I from %I', 'okno_' || r, p_login);
    end if;
  end loop;
  execute format('alter role %I %s', p_login, case when v.roles = '{}' then 'nologin' else 'login' end);
end $$;

reset role;
