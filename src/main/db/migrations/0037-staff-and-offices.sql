-- Staff from an administrator's side: who may come in, from where, with what; offices and their rules; the second factor. All of it by functions, and no administrator is a superuser.
--
-- The second factor (TOTP, RFC 6238) is held by PostgreSQL's own authentication. A member with a factor has two logins: the one everything is done and recorded under, and a door,
-- okno_door_<login>. The password that the person types opens the door only, and behind the door there is one function: door_open(code). It answers a right code with a random
-- session secret, which is the password of the real login until the session ends. So whoever knows the password and not the code may execute nothing else, psql or not; who has no
-- factor pays nothing; and no call of the desk knows of any of this.
do $$ begin
  if not exists (select from pg_roles where rolname = 'okno_door') then
    create role okno_door nologin;
  end if;
end $$;
grant okno_door to okno_owner with admin option;
grant usage on schema public to okno_door;

set local role okno_owner;

-- HMAC-SHA-1 for the codes: every authenticator knows that one. Out of everybody's reach: nobody has the schema.
create schema okno_crypto;
create extension pgcrypto schema okno_crypto;

-- ── Offices ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
alter table office
  add column windows text[] not null default '{}',
  add column idle_lock_minutes int not null default 5 constraint office_idle_lock check (idle_lock_minutes between 1 and 15),
  add column parallel_sessions boolean not null default false,
  add column block_idle_days int default 90 constraint office_block_idle check (block_idle_days between 7 and 366),
  add column factor_roles text[] not null default '{}' constraint office_factor_roles check (factor_roles <@ array['operator', 'supervisor', 'admin']),
  add column version int not null default 1,
  add column changed_by text, add column changed_at timestamptz, add column changed_how text;
comment on column office.idle_lock_minutes is 'ФСТЭК 21, УПД.10: 15 at most.';
comment on column office.parallel_sessions is 'УПД.9: whether one member of staff may work at two desks at once.';
comment on column office.block_idle_days is 'ИАФ.3: after how many days without a sign-in a login is blocked; null: never.';
comment on column office.factor_roles is 'Whoever has one of these roles works only with the second factor.';
update office o set windows = array(select distinct window_code from staff s where s.office_id = o.id and window_code is not null order by 1);

-- ── Statuses ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
alter table staff
  add column blocked_at timestamptz,
  add column blocked_why text constraint staff_blocked_why check (blocked_why in ('administrator', 'idle')),
  add column enabled_at timestamptz,
  add column factor_due boolean not null default false,
  add constraint staff_blocked check ((blocked_at is null) = (blocked_why is null));
comment on column staff.factor_due is 'The office asks for the second factor and this member has none: until then nothing but setting it up is allowed.';

create table staff_factor (
  staff_id int primary key references staff,
  secret bytea not null,
  begun_at timestamptz not null default now(),
  enrolled_at timestamptz,
  door_mark bytea,
  last_step bigint not null default 0,
  session_secret text,
  session_until timestamptz
);
comment on table staff_factor is 'The owner''s alone: no function gives a secret out but to whoever sets it up.';
comment on column staff_factor.last_step is 'The last 30 seconds whose code was used: a code is good once.';
comment on column staff_factor.session_secret is 'Password of the login while a session lives; a second desk that may be signed in besides gets the same.';

create table staff_recovery_code (
  staff_id int not null references staff,
  hash bytea not null,
  used_at timestamptz,
  primary key (staff_id, hash)
);

-- One row for each sign-in.
create table staff_session (
  id uuid primary key,
  staff_id int not null references staff,
  office_id int not null references office,
  desk text,
  app_version text,
  started_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  ended_how text constraint staff_session_ended_how check (ended_how in ('signedOut', 'takenOver', 'administrator', 'renewed')),
  pid int not null,
  backend_start timestamptz not null
);
create index staff_session_member on staff_session (staff_id, started_at desc);

-- What went wrong before anybody was signed in. PostgreSQL refuses a wrong password before any of our code runs, so the desk where it was typed tells of it at the next sign-in there.
create table sign_in_failure (
  id bigint generated always as identity primary key,
  staff_id int references staff,
  kind text not null check (kind in ('password', 'code')),
  at timestamptz not null,
  desk text,
  told_at timestamptz not null default clock_timestamp(),
  told_by text not null default session_user
);
comment on column sign_in_failure.staff_id is 'null: a login nobody has; which one is not kept, it may have been a password in the wrong field.';
create index sign_in_failure_member on sign_in_failure (staff_id, at);

-- waiting: has never come in; active; blocked; removed.
create function staff_status(v staff) returns text language sql stable security definer set search_path = public, pg_temp
return case when v.roles = '{}' then 'removed' when v.blocked_at is not null then 'blocked' when v.last_sign_in_at is null then 'waiting' else 'active' end;

create or replace function staff_json(v staff) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('id', v.id, 'login', v.login, 'fullName', v.full_name, 'roles', v.roles, 'grants', v.grants, 'window', v.window_code,
  'mustChangePassword', v.must_change_password, 'lastSignInAt', v.last_sign_in_at, 'version', v.version, 'status', staff_status(v),
  'factor', case when v.factor_due then 'due' when exists (select from staff_factor f where f.staff_id = v.id and f.enrolled_at is not null) then 'on' else 'none' end,
  'office', (select jsonb_build_object('id', o.id, 'name', o.name, 'isTraining', o.is_training, 'timeZone', o.time_zone, 'idleLockMinutes', o.idle_lock_minutes) from office o where o.id = v.office_id));

-- What an administrator decides about has a version; a password or a sign-in is no change of it.
create or replace function staff_versioned() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if (new.full_name, new.roles, new.grants, new.office_id, new.window_code, new.blocked_at) is distinct from (old.full_name, old.roles, old.grants, old.office_id, old.window_code, old.blocked_at) then
    new.version := old.version + 1;
    new.changed_by := session_user;
    new.changed_at := clock_timestamp();
    new.changed_how := coalesce(nullif(current_setting('okno.operation', true), ''), 'direct.update');
  else
    new.version := old.version;
  end if;
  return new;
end $$;

create function door_of(p_login text) returns text language sql immutable parallel safe return 'okno_door_' || p_login;

create function has_door(p_login text) returns boolean language sql stable security definer set search_path = public, pg_temp
return exists (select from staff s join staff_factor f on f.staff_id = s.id where s.login = p_login and f.enrolled_at is not null);

-- Group roles follow staff.roles. Whoever is blocked, must still choose a password or set up the second factor holds none of them.
create or replace function staff_apply_roles(p_login text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff; r text; v_door boolean := has_door(p_login); v_comes_in text;
begin
  select * into strict v from staff where login = p_login;
  foreach r in array array['operator', 'supervisor', 'admin'] loop
    if r = any(v.roles) and not v.must_change_password and not v.factor_due and v.blocked_at is null then
      execute format('grant %I to %I', 'okno_' || r, p_login);
    elsif pg_has_role(p_login, 'okno_' || r, 'member') then
      execute format('revoke %I from %I', 'okno_' || r, p_login);
    end if;
  end loop;
  v_comes_in := case when v.roles = '{}' or v.blocked_at is not null then 'nologin' else 'login' end;
  execute format('alter role %I %s', p_login, v_comes_in);
  if v_door then
    execute format('alter role %I %s', door_of(p_login), v_comes_in);
  end if;
end $$;

-- Rights already open in a session are lost at once with the session. Not one's own: a session that ends itself would take this change back.
create function staff_end_sessions(p_login text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if p_login = session_user then
    return;
  end if;
  update staff_session set ended_at = clock_timestamp(), ended_how = 'administrator' where ended_at is null and staff_id = (select id from staff where login = p_login);
  if has_door(p_login) then
    perform factor_forget_session(p_login);
  end if;
  perform pg_terminate_backend(pid) from pg_stat_activity where usename in (p_login, door_of(p_login)) and datname = current_database();
end $$;

-- ── Sessions ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- A window tells of itself every half a minute; a command without a window has the connection it began with.
create function staff_session_lives(s staff_session) returns boolean language sql stable security definer set search_path = public, pg_temp
return s.ended_at is null and (exists (select from desk_session d where d.id = s.id and d.ended_at is null and d.seen_at > clock_timestamp() - interval '2 minutes')
  or exists (select from pg_stat_activity a where a.pid = s.pid and a.backend_start = s.backend_start and a.datname = current_database()));

-- Blocks whoever of the office has not come for as long as it says (ИАФ.3); looked at when somebody comes. The last administrator stays, or nobody could let the others in again.
create function staff_block_idle(p_office_id int) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff; v_days int := (select block_idle_days from office where id = p_office_id);
begin
  if v_days is null then
    return;
  end if;
  for v in select * from staff where office_id = p_office_id and roles <> '{}' and blocked_at is null and login <> session_user
      and greatest(last_sign_in_at, created_at, enabled_at) < now() - make_interval(days => v_days) order by id for update skip locked loop
    continue when 'admin' = any(v.roles) and not exists (select from staff s where s.id <> v.id and 'admin' = any(s.roles) and s.blocked_at is null);
    perform set_config('okno.operation', 'staff.block', true);
    update staff set blocked_at = clock_timestamp(), blocked_why = 'idle' where id = v.id;
    perform staff_apply_roles(v.login);
    perform staff_end_sessions(v.login);
    perform audit_record('staff.block', null, null, jsonb_build_object('login', v.login, 'why', 'idle', 'days', v_days));
  end loop;
end $$;

-- p_failures: [{key, at}], wrong passwords at this desk since it was last told; key is the SHA-256 of the login that was typed, so that a password typed into the wrong field goes nowhere.
create function sign_in_failures_told(p_failures jsonb, p_desk text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare r record;
begin
  if jsonb_typeof(p_failures) is distinct from 'array' or jsonb_array_length(p_failures) > 200 then
    perform refuse('OK400', 'shape');
  end if;
  insert into sign_in_failure (staff_id, kind, at, desk)
  select s.id, 'password', least(greatest((e ->> 'at')::timestamptz, now() - interval '30 days'), now()), left(p_desk, 80)
  from jsonb_array_elements(p_failures) e left join staff s on encode(sha256(convert_to(s.login, 'UTF8')), 'hex') = e ->> 'key';
  for r in select s.login, count(*) as times, min((e ->> 'at')::timestamptz) as since from jsonb_array_elements(p_failures) e
      left join staff s on encode(sha256(convert_to(s.login, 'UTF8')), 'hex') = e ->> 'key' group by 1 loop
    perform audit_record('staff.signInsFailed', null, null, jsonb_build_object('login', r.login, 'times', r.times, 'since', r.since, 'desk', left(p_desk, 80)));
  end loop;
  delete from sign_in_failure where told_at < now() - interval '180 days';
end $$;

drop function session_start(text, text);
-- p_session_id: made by the program for this sign-in. Refuses 'signedInElsewhere' {desk, since} where the office allows one session at a time, unless p_end_other says to end that one.
-- p_replaces: the session of this desk that goes on as this one, after a new password or another second factor.
-- The member as staff_json, and signIn: {previous: {at, desk}|null, failures: [{at, desk, kind}]}: when they came last, and what went wrong under their login since.
create function session_start(p_app_version text, p_desk text default null, p_session_id uuid default null, p_end_other boolean default false, p_failures jsonb default '[]', p_replaces uuid default null)
returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff; o office; v_other staff_session; v_previous staff_session; v_failures jsonb; v_desk text := left(p_desk, 80);
begin
  select * into v from staff where login = session_user;
  if not found or v.roles = '{}' or v.blocked_at is not null then
    perform refuse('OK403', 'notActiveStaff');
  end if;
  if v.password_mark is distinct from password_mark(session_user) then
    perform refuse('OK403', 'passwordSetElsewhere');
  end if;
  select * into o from office where id = v.office_id;
  if greatest(v.last_sign_in_at, v.created_at, v.enabled_at) < now() - make_interval(days => o.block_idle_days)
     and (not 'admin' = any(v.roles) or exists (select from staff s where s.id <> v.id and 'admin' = any(s.roles) and s.blocked_at is null)) then
    perform refuse('OK403', 'blockedIdle', jsonb_build_object('days', o.block_idle_days));
  end if;
  update staff_session set ended_at = clock_timestamp(), ended_how = 'renewed' where id = p_replaces and staff_id = v.id and ended_at is null;
  if p_session_id is not null and not o.parallel_sessions then
    -- Two sign-ins of one person at the same moment wait for each other here.
    perform pg_advisory_xact_lock(hashtext('okno.session'), v.id);
    select s.* into v_other from staff_session s where s.staff_id = v.id and s.desk is distinct from v_desk and staff_session_lives(s) order by s.started_at desc limit 1;
    if found and not p_end_other then
      perform refuse('OK409', 'signedInElsewhere', jsonb_build_object('desk', v_other.desk, 'since', v_other.started_at));
    end if;
    if v_other.id is not null then
      update staff_session s set ended_at = clock_timestamp(), ended_how = 'takenOver' where s.staff_id = v.id and s.ended_at is null and s.desk is distinct from v_desk;
      update desk_session d set ended_at = clock_timestamp() where d.staff_id = v.id and d.ended_at is null and d.desk is distinct from v_desk;
      perform office_told(v.office_id, 'desk.takenOver');
    end if;
  end if;
  if p_failures <> '[]' then
    perform sign_in_failures_told(p_failures, p_desk);
  end if;
  select * into v_previous from staff_session s where s.staff_id = v.id order by s.started_at desc limit 1;
  select coalesce(jsonb_agg(jsonb_build_object('at', f.at, 'desk', f.desk, 'kind', f.kind) order by f.at desc), '[]') into v_failures
    from (select * from sign_in_failure where staff_id = v.id and told_at > coalesce(v.last_sign_in_at, '-infinity') order by at desc limit 20) f;
  if p_session_id is not null then
    insert into staff_session (id, staff_id, office_id, desk, app_version, pid, backend_start)
    select p_session_id, v.id, v.office_id, v_desk, left(p_app_version, 40), a.pid, a.backend_start from pg_stat_get_activity(pg_backend_pid()) a;
    delete from staff_session where staff_id = v.id and started_at < now() - interval '400 days';
  end if;
  perform fleet_let_in(v, p_app_version);
  perform audit_record('session.signIn', null, null, jsonb_build_object('appVersion', left(p_app_version, 40), 'desk', v_desk, 'endedDesk', v_other.desk));
  perform visit_close_forgotten(v);
  perform set_config('okno.operation', 'session.signIn', true);
  update staff set last_sign_in_at = now() where id = v.id;
  perform staff_block_idle(v.office_id);
  return staff_json(v) || jsonb_build_object('signIn', jsonb_build_object('failures', v_failures,
    'previous', case when v.last_sign_in_at is not null then jsonb_build_object('at', v.last_sign_in_at, 'desk', v_previous.desk) end));
end $$;

drop function session_end();
create function session_end(p_session_id uuid default null) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v_id int := (select id from staff where login = session_user);
begin
  perform audit_record('session.signOut');
  update staff_session set ended_at = clock_timestamp(), ended_how = 'signedOut' where id = p_session_id and staff_id = v_id and ended_at is null;
  if p_session_id is not null and has_door(session_user) and not exists (select from staff_session s where s.staff_id = v_id and staff_session_lives(s)) then
    perform factor_forget_session(session_user);
  end if;
end $$;

-- Whether this session has been ended from another desk; the desk asks with its heartbeat.
create function session_ended(p_session_id uuid) returns text language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select ended_how from staff_session where id = p_session_id and ended_how in ('takenOver', 'administrator'));
end $$;

create or replace function staff_change_own_password(p_verifier text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff;
begin
  perform staff_require_verifier(p_verifier);
  perform set_config('okno.operation', 'session.changePassword', true);
  update staff set must_change_password = false where login = session_user and roles <> '{}' and blocked_at is null returning * into v;
  if not found then
    perform refuse('OK403', 'notActiveStaff');
  end if;
  perform staff_set_password(session_user, p_verifier);
  perform staff_apply_roles(session_user);
  perform audit_record('session.changePassword');
  return staff_json(v);
end $$;

-- The password that the person types is the door's where there is one.
create function staff_set_password(p_login text, p_verifier text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if has_door(p_login) then
    execute format('alter role %I password %L', door_of(p_login), p_verifier);
    update staff_factor set door_mark = password_mark(door_of(p_login)) where staff_id = (select id from staff where login = p_login);
  else
    execute format('alter role %I password %L', p_login, p_verifier);
    perform staff_mark_password(p_login);
  end if;
end $$;

-- ── The second factor ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Six digits of the 30 seconds numbered p_step (RFC 6238, RFC 4226).
create function totp_code(p_secret bytea, p_step bigint) returns text language plpgsql immutable strict as $$
declare h bytea := okno_crypto.hmac(int8send(p_step), p_secret, 'sha1'); o int := get_byte(h, 19) & 15;
begin
  return lpad(((((get_byte(h, o) & 127) << 24) | (get_byte(h, o + 1) << 16) | (get_byte(h, o + 2) << 8) | get_byte(h, o + 3)) % 1000000)::text, 6, '0');
end $$;

-- The step whose code this is, of now and its neighbours (a phone's clock is half a minute wrong at most); null: of none.
create function totp_step(p_secret bytea, p_code text) returns bigint language plpgsql stable as $$
declare v_now bigint := floor(extract(epoch from clock_timestamp()) / 30)::bigint;
begin
  return (select s from unnest(array[v_now, v_now - 1, v_now + 1]) s where totp_code(p_secret, s) = p_code limit 1);
end $$;

create function recovery_hash(p_staff_id int, p_code text) returns bytea language sql immutable parallel safe
return sha256(convert_to(p_staff_id || ':' || p_code, 'UTF8'));

-- Spaces and hyphens are the eye's.
create function factor_code(p_code text) returns text language sql immutable parallel safe
return lower(regexp_replace(coalesce(p_code, ''), '[\s-]', '', 'g'));

-- Wrong codes of a member since the last right one, kept in a sequence: whoever asks at the door with psql and takes the transaction back takes all else back with it, but not this (as
-- guess_sequence, 0014). Packed: the second of the epoch until which no code is looked at, times ten, and how many were wrong.
create function factor_tries(p_staff_id int) returns text language sql immutable parallel safe
return format('public.factor_tries_of_%s', p_staff_id);

-- {ok, reason: wrongCode | codeUsed | codeDelayed, waitSeconds, recoveryLeft}. Counts what was wrong, so it answers instead of refusing: a refusal would take the count back. Five wrong ones: a quarter
-- of an hour (УПД.6).
create function factor_check(p_staff staff, p_code text, p_desk text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  f staff_factor; v_code text := factor_code(p_code); v_step bigint; v_used bytea;
  v_now bigint := floor(extract(epoch from clock_timestamp())); v_tries text := factor_tries(p_staff.id); v_last bigint; v_locks boolean;
begin
  select * into f from staff_factor where staff_id = p_staff.id and enrolled_at is not null for update;
  if not found then
    return jsonb_build_object('ok', false, 'reason', 'wrongCode');
  end if;
  execute format('select last_value from %s', v_tries) into v_last;
  if v_last / 10 > v_now then
    return jsonb_build_object('ok', false, 'reason', 'codeDelayed', 'waitSeconds', v_last / 10 - v_now);
  end if;
  -- Counted before it is looked at: what is broken off in the middle was a try, too.
  v_locks := v_last % 10 >= 4;
  perform setval(v_tries::regclass, case when v_locks then (v_now + 900) * 10 else v_last % 10 + 1 end);
  if v_code ~ '^\d{6}$' then
    v_step := totp_step(f.secret, v_code);
    if v_step > f.last_step then
      update staff_factor set last_step = v_step where staff_id = f.staff_id;
      perform setval(v_tries::regclass, 0);
      return jsonb_build_object('ok', true);
    end if;
  elsif v_code <> '' then
    update staff_recovery_code set used_at = clock_timestamp() where staff_id = f.staff_id and used_at is null and hash = recovery_hash(f.staff_id, v_code) returning hash into v_used;
    if v_used is not null then
      perform setval(v_tries::regclass, 0);
      perform audit_record('staff.recoveryCode', null, null, jsonb_build_object('login', p_staff.login, 'desk', left(p_desk, 80)));
      return jsonb_build_object('ok', true, 'recoveryLeft', (select count(*) from staff_recovery_code where staff_id = f.staff_id and used_at is null));
    end if;
  end if;
  insert into sign_in_failure (staff_id, kind, at, desk) values (p_staff.id, 'code', clock_timestamp(), left(p_desk, 80));
  perform audit_record('staff.wrongCode', null, null, jsonb_build_object('login', p_staff.login, 'desk', left(p_desk, 80), 'locked', nullif(v_locks, false)));
  return jsonb_build_object('ok', false, 'reason', case when v_step is not null then 'codeUsed' else 'wrongCode' end, 'waitSeconds', case when v_locks then 900 else 0 end);
end $$;

-- A SCRAM-SHA-256 verifier (RFC 5803) of a secret of 256 random bits. One round: rounds slow down guessing, and this can't be guessed. Here and not in the program, so that the secret is
-- in no statement.
create function scram_verifier_of(p_secret text) returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare v_salt bytea := okno_crypto.gen_random_bytes(16); v_salted bytea;
begin
  v_salted := okno_crypto.hmac(v_salt || '\x00000001'::bytea, convert_to(p_secret, 'UTF8'), 'sha256');
  return 'SCRAM-SHA-256$1:' || encode(v_salt, 'base64') || '$' || encode(sha256(okno_crypto.hmac('Client Key'::bytea, v_salted, 'sha256')), 'base64')
    || ':' || encode(okno_crypto.hmac('Server Key'::bytea, v_salted, 'sha256'), 'base64');
end $$;

-- The password of the real login for this session, sixteen hours at most.
create function factor_session(p_login text) returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare f staff_factor; v_id int := (select id from staff where login = p_login); v_until timestamptz := clock_timestamp() + interval '16 hours';
begin
  select * into f from staff_factor where staff_id = v_id for update;
  if f.session_secret is null or f.session_until < clock_timestamp() or not exists (select from staff_session s where s.staff_id = v_id and staff_session_lives(s)) then
    f.session_secret := encode(okno_crypto.gen_random_bytes(32), 'hex');
    execute format('alter role %I password %L', p_login, scram_verifier_of(f.session_secret));
    perform set_config('okno.operation', 'session.signIn', true);
    perform staff_mark_password(p_login);
  end if;
  execute format('alter role %I valid until %L', p_login, v_until);
  update staff_factor set session_secret = f.session_secret, session_until = v_until where staff_id = v_id;
  return f.session_secret;
end $$;

create function factor_forget_session(p_login text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update staff_factor set session_secret = null, session_until = null where staff_id = (select id from staff where login = p_login);
  execute format('alter role %I password null', p_login);
end $$;

-- The only function of a door. Without a code: {codeNeeded: true}; with the right one {secret, recoveryLeft}; else {reason, waitSeconds}.
create function door_open(p_code text default null, p_desk text default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff; f staff_factor; v_checked jsonb;
begin
  select * into v from staff where door_of(login) = session_user;
  select * into f from staff_factor where staff_id = v.id and enrolled_at is not null;
  if not found or v.roles = '{}' or v.blocked_at is not null then
    perform refuse('OK403', 'notActiveStaff');
  end if;
  if f.door_mark is distinct from password_mark(session_user) then
    perform refuse('OK403', 'passwordSetElsewhere');
  end if;
  if p_code is null then
    return '{"codeNeeded": true}';
  end if;
  v_checked := factor_check(v, p_code, p_desk);
  if (v_checked ->> 'ok')::boolean then
    return jsonb_build_object('secret', factor_session(v.login), 'recoveryLeft', v_checked -> 'recoveryLeft');
  end if;
  return v_checked - 'ok';
end $$;
grant execute on function door_open(text, text) to okno_door;

-- The member behind this connection, who may be one that must still set up a factor.
create function factor_owner() returns staff language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v staff;
begin
  select * into v from staff where login = session_user;
  if not found or v.roles = '{}' or v.must_change_password or v.blocked_at is not null then
    perform refuse('OK403', case when v.must_change_password then 'passwordChangeRequired' else 'notActiveStaff' end);
  end if;
  if v.password_mark is distinct from password_mark(session_user) then
    perform refuse('OK403', 'passwordSetElsewhere');
  end if;
  return v;
end $$;

-- A new secret, shown to its owner and to nobody again: {secret} in hex. Begun anew, the one before is void.
create function factor_begin() returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff := factor_owner(); f staff_factor;
begin
  insert into staff_factor (staff_id, secret) values (v.id, okno_crypto.gen_random_bytes(20))
    on conflict (staff_id) do update set secret = excluded.secret, begun_at = now() where staff_factor.enrolled_at is null returning * into f;
  if f.staff_id is null then
    perform refuse('OK409', 'factorExists');
  end if;
  return jsonb_build_object('secret', encode(f.secret, 'hex'));
end $$;

create function factor_new_recovery_codes(p_staff_id int) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_codes jsonb;
begin
  delete from staff_recovery_code where staff_id = p_staff_id;
  -- Letters and digits that are not taken for one another; 75 bits.
  select jsonb_agg(c) into v_codes from (
    select string_agg(substr('abcdefghjkmnpqrstuvwxyz23456789k', (get_byte(b, i) & 31) + 1, 1), '' order by i) as c
    from (select n, okno_crypto.gen_random_bytes(15) as b from generate_series(1, 10) n) r, generate_series(0, 14) i group by n) x;
  insert into staff_recovery_code (staff_id, hash) select p_staff_id, recovery_hash(p_staff_id, c) from jsonb_array_elements_text(v_codes) c on conflict do nothing;
  return v_codes;
end $$;

-- Proves with a first code that the authenticator has the secret; from then on the password opens the door only. {secret, recoveryCodes}: the session's own password, and the codes, once.
create function factor_enrol(p_code text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff := factor_owner(); f staff_factor; v_step bigint; v_door text := door_of(v.login);
begin
  select * into f from staff_factor where staff_id = v.id for update;
  if f.enrolled_at is not null then
    perform refuse('OK409', 'factorExists');
  end if;
  if f.staff_id is null or f.begun_at < now() - interval '1 hour' then
    perform refuse('OK409', 'factorNotBegun');
  end if;
  v_step := totp_step(f.secret, factor_code(p_code));
  if v_step is null then
    perform refuse('OK400', 'wrongCode');
  end if;
  execute format('create role %I login password %L connection limit 4', v_door, (select rolpassword from pg_authid where rolname = v.login));
  execute format('grant okno_door to %I', v_door);
  execute format('grant connect on database %I to %I', current_database(), v_door);
  execute format('create sequence %s minvalue 0 start 0', factor_tries(v.id));
  perform set_config('okno.operation', 'staff.factorOn', true);
  update staff_factor set enrolled_at = clock_timestamp(), last_step = v_step, door_mark = password_mark(v_door), session_secret = null where staff_id = v.id;
  update staff set factor_due = false where id = v.id;
  perform staff_apply_roles(v.login);
  perform audit_record('staff.factorOn', null, null, jsonb_build_object('login', v.login));
  return jsonb_build_object('secret', factor_session(v.login), 'recoveryCodes', factor_new_recovery_codes(v.id));
end $$;

-- The password of the person is the login's own again.
create function factor_undo(p_staff staff) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v_door text := door_of(p_staff.login);
begin
  execute format('alter role %I password %L valid until %L', p_staff.login, (select rolpassword from pg_authid where rolname = v_door), 'infinity');
  delete from staff_recovery_code where staff_id = p_staff.id;
  delete from staff_factor where staff_id = p_staff.id;
  execute format('drop sequence %s', factor_tries(p_staff.id));
  perform pg_terminate_backend(pid) from pg_stat_activity where usename = v_door;
  execute format('revoke connect on database %I from %I', current_database(), v_door);
  execute format('drop role %I', v_door);
  perform staff_mark_password(p_staff.login);
end $$;

create function factor_required(v staff) returns boolean language sql stable security definer set search_path = public, pg_temp
return exists (select from office o where o.id = v.office_id and o.factor_roles && v.roles);

-- One's own, where the office does not ask for it: {ok} or {reason, waitSeconds}.
create function factor_remove(p_code text, p_desk text default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff := current_staff(); v_checked jsonb;
begin
  if factor_required(v) then
    perform refuse('OK409', 'factorRequired');
  end if;
  v_checked := factor_check(v, p_code, p_desk);
  if (v_checked ->> 'ok')::boolean then
    perform set_config('okno.operation', 'staff.factorOff', true);
    perform factor_undo(v);
    perform audit_record('staff.factorOff', null, null, jsonb_build_object('login', v.login));
  end if;
  return v_checked;
end $$;

-- Ten new ones; the old are void. {recoveryCodes} or {reason, waitSeconds}.
create function factor_renew_codes(p_code text, p_desk text default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff := current_staff(); v_checked jsonb := factor_check(v, p_code, p_desk);
begin
  if not (v_checked ->> 'ok')::boolean then
    return v_checked;
  end if;
  perform audit_record('staff.recoveryCodes', null, null, jsonb_build_object('login', v.login));
  return jsonb_build_object('recoveryCodes', factor_new_recovery_codes(v.id));
end $$;

-- What one sees of one's own factor.
create function factor_state() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v staff := factor_owner();
begin
  return jsonb_build_object('state', staff_json(v) -> 'factor', 'isRequired', factor_required(v),
    'since', (select enrolled_at from staff_factor where staff_id = v.id), 'recoveryLeft', (select count(*) from staff_recovery_code where staff_id = v.id and used_at is null));
end $$;

grant execute on function session_start(text, text, uuid, boolean, jsonb, uuid), session_end(uuid), factor_begin(), factor_enrol(text), factor_remove(text, text), factor_renew_codes(text, text), factor_state() to okno_staff;

-- Whether the office's rule now holds this member up, or no longer does. Those it holds up lose their sessions: they come in again and set up the factor first.
create function factor_apply_rule(p_staff_id int) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff; v_due boolean;
begin
  select * into v from staff where id = p_staff_id;
  v_due := v.roles <> '{}' and factor_required(v) and not has_door(v.login);
  if v_due is distinct from v.factor_due then
    update staff set factor_due = v_due where id = v.id;
    perform staff_apply_roles(v.login);
    if v_due then
      perform staff_end_sessions(v.login);
    end if;
  end if;
end $$;

-- ── Members ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- A window that the office does not list yet is listed from now on.
create function office_has_window(p_office_id int, p_window text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if p_window is not null then
    update office set windows = windows || p_window where id = p_office_id and not p_window = any(windows);
  end if;
end $$;

-- The member to be changed, locked; refuses one that is not there or has been changed meanwhile.
create function staff_for_change(p_login text, p_version int, p_how text) returns staff language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff;
begin
  perform current_staff();
  perform set_config('okno.operation', p_how, true);
  select * into v from staff where login = p_login for update;
  if not found then
    perform refuse('OK404', 'staff');
  end if;
  if v.version <> p_version then
    perform refuse('OK409', 'changedByAnotherDesk', record_conflict(v.changed_by, v.changed_at, v.changed_how, staff_json(v)));
  end if;
  return v;
end $$;

drop function staff_create(text, text, text[], text, boolean, text);
create function staff_create(p_login text, p_full_name text, p_roles text[], p_verifier text, p_must_change_password boolean default true, p_window text default null, p_office_id int default null)
returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff; v_office int := coalesce(p_office_id, office_of_session(), (select id from office order by id limit 1));
begin
  perform staff_require_verifier(p_verifier);
  perform set_config('okno.operation', 'staff.create', true);
  if exists (select from pg_roles where rolname in (p_login, door_of(p_login))) or exists (select from staff where login = p_login) then
    perform refuse('OK409', 'loginTaken');
  end if;
  if not exists (select from office where id = v_office) then
    perform refuse('OK404', 'office');
  end if;
  insert into staff (login, full_name, roles, office_id, window_code, must_change_password)
  values (p_login, p_full_name, p_roles, v_office, p_window, p_must_change_password) returning * into v;
  perform office_has_window(v_office, p_window);
  execute format('create role %I login password %L connection limit 12', p_login, p_verifier);
  perform staff_mark_password(p_login);
  execute format('grant okno_staff to %I', p_login);
  execute format('grant connect on database %I to %I', current_database(), p_login);
  update staff set factor_due = factor_required(v) where id = v.id and factor_required(v);
  perform staff_apply_roles(p_login);
  perform audit_record('staff.create', null, null, jsonb_build_object('login', p_login, 'roles', p_roles, 'office', p_office_id));
  select * into v from staff where id = v.id;
  return staff_json(v);
end $$;

-- Name, office and window.
create function staff_change(p_login text, p_full_name text, p_office_id int, p_window text, p_version int) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_before staff := staff_for_change(p_login, p_version, 'staff.change'); v staff;
begin
  if not exists (select from office where id = p_office_id) then
    perform refuse('OK404', 'office');
  end if;
  update staff set full_name = p_full_name, office_id = p_office_id, window_code = p_window where login = p_login returning * into v;
  perform office_has_window(p_office_id, p_window);
  perform factor_apply_rule(v.id);
  perform audit_record('staff.change', null, null, jsonb_build_object('login', p_login,
    'from', jsonb_strip_nulls(jsonb_build_object('fullName', nullif(v_before.full_name, v.full_name), 'office', nullif(v_before.office_id, v.office_id),
      'window', case when v_before.window_code is distinct from v.window_code then coalesce(v_before.window_code, '') end)),
    'to', jsonb_strip_nulls(jsonb_build_object('fullName', nullif(v.full_name, v_before.full_name), 'office', nullif(v.office_id, v_before.office_id),
      'window', case when v_before.window_code is distinct from v.window_code then coalesce(v.window_code, '') end))));
  select * into v from staff where id = v.id;
  return staff_json(v);
end $$;

create or replace function staff_set_roles(p_login text, p_roles text[], p_version int) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff; v_before text[];
begin
  v := staff_for_change(p_login, p_version, 'staff.setRoles');
  v_before := v.roles;
  -- An office without an administrator can't be mended from inside.
  if p_login = session_user and not 'admin' = any(p_roles) then
    perform refuse('OK409', 'ownAdminRole');
  end if;
  update staff set roles = p_roles, grants = case when p_roles = '{}' then '{}' else grants end, enabled_at = case when v_before = '{}' then clock_timestamp() else enabled_at end where login = p_login returning * into v;
  perform staff_apply_roles(p_login);
  perform audit_record('staff.setRoles', null, null, jsonb_build_object('login', p_login, 'from', v_before, 'to', p_roles));
  if not (v_before <@ p_roles) then
    perform staff_end_sessions(p_login);
  end if;
  perform factor_apply_rule(v.id);
  select * into v from staff where id = v.id;
  return staff_json(v);
end $$;

-- «Заблокирован»: nothing of the member is changed, and nobody comes in under the login until it is let in again.
create function staff_block(p_login text, p_version int) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff;
begin
  if p_login = session_user then
    perform refuse('OK409', 'ownBlock');
  end if;
  v := staff_for_change(p_login, p_version, 'staff.block');
  if v.roles = '{}' or v.blocked_at is not null then
    perform refuse('OK409', 'notActive');
  end if;
  update staff set blocked_at = clock_timestamp(), blocked_why = 'administrator' where id = v.id returning * into v;
  perform staff_apply_roles(p_login);
  perform audit_record('staff.block', null, null, jsonb_build_object('login', p_login, 'why', 'administrator'));
  perform staff_end_sessions(p_login);
  return staff_json(v);
end $$;

create function staff_unblock(p_login text, p_version int) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff := staff_for_change(p_login, p_version, 'staff.unblock');
begin
  if v.blocked_at is null then
    perform refuse('OK409', 'notBlocked');
  end if;
  update staff set blocked_at = null, blocked_why = null, enabled_at = clock_timestamp() where id = v.id returning * into v;
  perform staff_apply_roles(p_login);
  perform audit_record('staff.unblock', null, null, jsonb_build_object('login', p_login));
  return staff_json(v);
end $$;

create or replace function staff_reset_password(p_login text, p_verifier text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff;
begin
  perform staff_require_verifier(p_verifier);
  perform current_staff();
  -- One's own is changed by staff_change_own_password, after the present one was asked for.
  if p_login = session_user then
    perform refuse('OK409', 'ownPassword');
  end if;
  perform set_config('okno.operation', 'staff.resetPassword', true);
  update staff set must_change_password = true where login = p_login and roles <> '{}' returning * into v;
  if not found then
    perform refuse('OK404', 'staff');
  end if;
  perform staff_set_password(p_login, p_verifier);
  perform staff_apply_roles(p_login);
  perform audit_record('staff.resetPassword', null, null, jsonb_build_object('login', p_login));
  perform staff_end_sessions(p_login);
  return staff_json(v);
end $$;

-- For whoever has lost the telephone and the recovery codes. The password stays; where the office asks for a factor, a new one is set up at the next sign-in.
create function staff_reset_factor(p_login text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff;
begin
  perform current_staff();
  -- One's own takes a code: a desk left open must not be enough.
  if p_login = session_user then
    perform refuse('OK409', 'ownFactor');
  end if;
  perform set_config('okno.operation', 'staff.resetFactor', true);
  select * into v from staff where login = p_login for update;
  if not found or not has_door(p_login) then
    perform refuse('OK404', 'factor');
  end if;
  perform staff_end_sessions(p_login);
  perform factor_undo(v);
  perform factor_apply_rule(v.id);
  perform staff_apply_roles(p_login);
  perform audit_record('staff.resetFactor', null, null, jsonb_build_object('login', p_login));
  select * into v from staff where id = v.id;
  return staff_json(v);
end $$;

create or replace function staff_list() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select coalesce(jsonb_agg(staff_json(s) || jsonb_build_object('createdAt', s.created_at,
      'blocked', case when s.blocked_at is not null then jsonb_build_object('at', s.blocked_at, 'why', s.blocked_why) end,
      'lastDesk', (select l.desk from staff_session l where l.staff_id = s.id order by l.started_at desc limit 1),
      'now', (select jsonb_build_object('desk', l.desk, 'since', l.started_at) from staff_session l
        where l.staff_id = s.id and l.started_at > now() - interval '7 days' and staff_session_lives(l) order by l.started_at desc limit 1),
      'failures', (select jsonb_build_object('count', count(*), 'lastAt', max(f.at), 'desks', coalesce(jsonb_agg(distinct f.desk) filter (where f.desk is not null), '[]'))
        from sign_in_failure f where f.staff_id = s.id and f.at > now() - interval '30 days')) order by s.login), '[]') from staff s);
end $$;

-- What was done to a member and where they worked: {changes: [{at, action, staffName, details}], sessions: [{desk, startedAt, endedAt, endedHow, lives}], failures: [{at, desk, kind}]}, newest first.
create function staff_history(p_login text) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_id int;
begin
  perform current_staff();
  select id into v_id from staff where login = p_login;
  if v_id is null then
    perform refuse('OK404', 'staff');
  end if;
  return jsonb_build_object(
    'changes', (select coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'action', e.action, 'staffName', (select s.full_name from staff s where s.login = e.staff_login), 'details', e.details - 'login') order by e.at desc), '[]')
      from (select * from audit_event a where a.details ->> 'login' = p_login and a.action = any(array['staff.create', 'staff.change', 'staff.setRoles', 'staff.setGrants', 'staff.block', 'staff.unblock', 'staff.resetPassword', 'staff.resetFactor',
          'staff.factorOn', 'staff.factorOff', 'staff.recoveryCode', 'staff.recoveryCodes', 'staff.wrongCode', 'staff.signInsFailed']) order by a.at desc limit 200) e),
    'sessions', (select coalesce(jsonb_agg(jsonb_build_object('desk', x.desk, 'startedAt', x.started_at, 'endedAt', x.ended_at, 'endedHow', x.ended_how, 'lives', x.lives) order by x.started_at desc), '[]')
      from (select s.*, staff_session_lives(s) as lives from staff_session s where s.staff_id = v_id order by s.started_at desc limit 30) x),
    'failures', (select coalesce(jsonb_agg(jsonb_build_object('at', f.at, 'desk', f.desk, 'kind', f.kind) order by f.at desc), '[]')
      from (select * from sign_in_failure where staff_id = v_id order by at desc limit 50) f));
end $$;

-- Wrong passwords for logins nobody has, by desk, of the last 30 days.
create function staff_stray_failures() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  perform current_staff();
  return (select coalesce(jsonb_agg(jsonb_build_object('desk', desk, 'count', n, 'lastAt', last_at) order by last_at desc), '[]')
    from (select desk, count(*) as n, max(at) as last_at from sign_in_failure where staff_id is null and at > now() - interval '30 days' group by desk) x);
end $$;

grant execute on function staff_create(text, text, text[], text, boolean, text, int), staff_change(text, text, int, text, int), staff_block(text, int), staff_unblock(text, int), staff_reset_factor(text),
  staff_history(text), staff_stray_failures() to okno_admin;

-- ── Offices from an administrator's side ─────────────────────────────────────────────────────────────────────────────────────────────────
create function office_json(o office) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('id', o.id, 'code', o.code, 'name', o.name, 'address', o.address, 'phone', o.phone, 'hours', o.hours, 'open', office_open(o.hours), 'timeZone', o.time_zone,
  'isTraining', o.is_training, 'idleLockMinutes', o.idle_lock_minutes, 'parallelSessions', o.parallel_sessions, 'blockIdleDays', o.block_idle_days, 'factorRoles', o.factor_roles, 'version', o.version,
  'windows', (select coalesce(jsonb_agg(jsonb_build_object('code', w.code, 'staff', (select coalesce(jsonb_agg(s.full_name order by s.full_name), '[]') from staff s
      where s.office_id = o.id and s.window_code = w.code and s.roles <> '{}')) order by w.n), '[]') from unnest(o.windows) with ordinality w(code, n)),
  'staff', (select count(*) from staff s where s.office_id = o.id and s.roles <> '{}'),
  -- Of each role, how many would have to set up a factor.
  'withoutFactor', (select jsonb_object_agg(r, (select count(*) from staff s where s.office_id = o.id and r = any(s.roles) and not exists (select from staff_factor f where f.staff_id = s.id and f.enrolled_at is not null)))
    from unnest(array['operator', 'supervisor', 'admin']) r));

create function office_list() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  perform current_staff();
  return (select coalesce(jsonb_agg(office_json(o) order by o.name, o.id), '[]') from office o);
end $$;

-- p_office: {id?, version?, code, name, address, phone, hours, timeZone, windows, idleLockMinutes, parallelSessions, blockIdleDays, factorRoles}; without an id a new one.
create function office_save(p_office jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_staff staff := current_staff(); v_before office; v office; v_person staff;
  v_windows text[] := array(select jsonb_array_elements_text(p_office -> 'windows'));
  v_roles text[] := array(select jsonb_array_elements_text(p_office -> 'factorRoles'));
begin
  perform set_config('okno.operation', 'offices.save', true);
  if p_office ->> 'hours' <> '' and office_open(p_office ->> 'hours') is null then
    perform refuse('OK400', 'hoursUnreadable');
  end if;
  begin
    perform now() at time zone (p_office ->> 'timeZone');
  exception when invalid_parameter_value then
    perform refuse('OK400', 'timeZone');
  end;
  if cardinality(v_windows) <> (select count(distinct w) from unnest(v_windows) w) or '' = any(v_windows) then
    perform refuse('OK400', 'windowTwice');
  end if;
  if exists (select from office where code = p_office ->> 'code' and id is distinct from (p_office ->> 'id')::int) then
    perform refuse('OK409', 'officeCodeTaken');
  end if;
  if p_office ->> 'id' is null then
    insert into office (code, name, is_training, changed_by, changed_at, changed_how)
    values (p_office ->> 'code', p_office ->> 'name', (select o.is_training from office o where o.id = v_staff.office_id), session_user, clock_timestamp(), 'offices.save') returning * into v_before;
  else
    select * into v_before from office where id = (p_office ->> 'id')::int for update;
    if not found then
      perform refuse('OK404', 'office');
    end if;
    if v_before.version is distinct from (p_office ->> 'version')::int then
      perform refuse('OK409', 'changedByAnotherDesk', record_conflict(v_before.changed_by, v_before.changed_at, v_before.changed_how, office_json(v_before)));
    end if;
  end if;
  select * into v_person from staff where office_id = v_before.id and roles <> '{}' and window_code is not null and not window_code = any(v_windows) order by full_name limit 1;
  if found then
    perform refuse('OK409', 'windowOccupied', jsonb_build_object('window', v_person.window_code, 'staffName', v_person.full_name));
  end if;
  -- Whoever asks others for a code has one: otherwise this would be the last thing they could do.
  if v_before.id = v_staff.office_id and v_roles && v_staff.roles and not has_door(v_staff.login) then
    perform refuse('OK409', 'factorFirst');
  end if;
  update office set code = p_office ->> 'code', name = p_office ->> 'name', address = p_office ->> 'address', phone = p_office ->> 'phone', hours = p_office ->> 'hours', time_zone = p_office ->> 'timeZone',
    windows = v_windows, idle_lock_minutes = (p_office ->> 'idleLockMinutes')::int, parallel_sessions = (p_office ->> 'parallelSessions')::boolean, block_idle_days = (p_office ->> 'blockIdleDays')::int,
    factor_roles = v_roles, version = v_before.version + case when p_office ->> 'id' is null then 0 else 1 end, changed_by = session_user, changed_at = clock_timestamp(), changed_how = 'offices.save'
    where id = v_before.id returning * into v;
  perform audit_record('offices.save', null, null, jsonb_build_object('office', v.code, 'created', nullif(p_office ->> 'id' is null, false),
    'from', case when p_office ->> 'id' is not null then office_changes(v_before, v) end, 'to', office_changes(v, case when p_office ->> 'id' is not null then v_before end)));
  for v_person in select * from staff where office_id = v.id loop
    perform factor_apply_rule(v_person.id);
  end loop;
  return office_json(v);
end $$;

-- Fields of the one that the other has differently.
create function office_changes(a office, b office) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select coalesce(jsonb_object_agg(x.key, x.value), '{}') from jsonb_each(to_jsonb(a) - '{version,changed_by,changed_at,changed_how,id}'::text[]) x
  where x.value is distinct from to_jsonb(b) -> x.key);

grant execute on function office_list(), office_save(jsonb) to okno_admin;

reset role;
