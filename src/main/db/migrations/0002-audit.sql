-- The log of everything done with personal data (152-ФЗ ст. 19 ч. 2 п. 8; ФСТЭК 21, РСБ.1–3, РСБ.7). Append-only. Each database session
-- writes its own chain: a row holds the SHA-256 of the row before it, and audit_chain holds the head, so that a row changed, inserted or
-- removed (also the last one) is found by audit_verify(). Nobody but a superuser can write here otherwise.
set local role okno_owner;

create table audit_event (
  chain text not null,
  seq int not null,
  at timestamptz not null,
  staff_login text not null,
  action text not null,
  visit_id bigint,
  subscriber_id bigint,
  details jsonb not null default '{}',
  prev_hash bytea not null,
  hash bytea not null,
  primary key (chain, seq)
);
create index audit_event_at on audit_event (at);
create index audit_event_visit on audit_event (visit_id) where visit_id is not null;
create index audit_event_subscriber on audit_event (subscriber_id, at) where subscriber_id is not null;

create table audit_chain (
  chain text primary key,
  staff_login text not null,
  started_at timestamptz not null,
  last_seq int not null,
  last_hash bytea not null
);

create function audit_hash(e audit_event) returns bytea language sql immutable parallel safe
return sha256(convert_to(concat_ws(E'\x1f', encode(e.prev_hash, 'hex'), e.chain, e.seq, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
  e.staff_login, e.action, coalesce(e.visit_id::text, ''), coalesce(e.subscriber_id::text, ''), e.details::text), 'UTF8'));

-- Who, when and the chain come from the server, whatever the statement said.
create function audit_event_before_insert() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare v_head audit_chain;
begin
  select to_char(a.backend_start at time zone 'UTC', 'YYYYMMDD"T"HH24MISSUS') || '-' || a.pid into new.chain from pg_stat_get_activity(pg_backend_pid()) a;
  new.at := clock_timestamp();
  new.staff_login := session_user;
  new.details := coalesce(new.details, '{}');
  select * into v_head from audit_chain where chain = new.chain;
  new.seq := coalesce(v_head.last_seq, 0) + 1;
  new.prev_hash := coalesce(v_head.last_hash, sha256(convert_to(new.chain, 'UTF8')));
  new.hash := audit_hash(new);
  insert into audit_chain values (new.chain, session_user, new.at, new.seq, new.hash)
    on conflict (chain) do update set last_seq = excluded.last_seq, last_hash = excluded.last_hash;
  return new;
end $$;
create trigger audit_event_before_insert before insert on audit_event for each row execute function audit_event_before_insert();

create function audit_event_is_final() returns trigger language plpgsql as $$
begin
  perform refuse('OK403', 'auditIsAppendOnly');
  return null;
end $$;
create trigger audit_event_is_final before update or delete or truncate on audit_event for each statement execute function audit_event_is_final();

create function audit_record(p_action text, p_visit_id bigint default null, p_subscriber_id bigint default null, p_details jsonb default '{}')
returns void language sql security definer set search_path = public, pg_temp
begin atomic
  insert into audit_event (chain, seq, at, staff_login, action, visit_id, subscriber_id, details, prev_hash, hash)
  values ('', 0, now(), '', p_action, p_visit_id, p_subscriber_id, jsonb_strip_nulls(p_details), '', '');
end;

-- A change of a sensitive row outside any recorded operation (somebody with the owner's rights and psql) still leaves a trace.
create function audit_direct_change() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform audit_record('direct.' || lower(tg_op), null, null,
    jsonb_build_object('table', tg_table_name, 'id', case when tg_op = 'DELETE' then to_jsonb(old) -> 'id' else to_jsonb(new) -> 'id' end));
  return null;
end $$;
create trigger staff_direct_change after insert or update or delete on staff for each row
  when (coalesce(current_setting('okno.operation', true), '') = '') execute function audit_direct_change();

-- {chains, events, problems: [{chain, seq, problem: changed | gap | truncated | unknownChain}]}
create function audit_verify() returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v jsonb;
begin
  with e as (
    select a.chain, a.seq, a.hash, a.prev_hash, audit_hash(a) as expected,
      lag(a.hash) over w as hash_before, coalesce(lag(a.seq) over w, 0) as seq_before
    from audit_event a window w as (partition by a.chain order by a.seq)
  ), heads as (
    select coalesce(c.chain, l.chain) as chain, c.last_seq, c.last_hash, l.seq, l.hash
    from audit_chain c full join (select distinct on (chain) chain, seq, hash from e order by chain, seq desc) l on l.chain = c.chain
  ), problems as (
    select chain, seq, 'changed' as problem from e where hash <> expected
    union all
    select chain, seq, 'gap' from e where seq <> seq_before + 1 or prev_hash <> coalesce(hash_before, sha256(convert_to(chain, 'UTF8')))
    union all
    select chain, seq, 'unknownChain' from heads where last_seq is null
    union all
    select chain, last_seq, 'truncated' from heads where last_seq is not null and (seq is null or seq <> last_seq or hash <> last_hash)
  )
  select jsonb_build_object('chains', (select count(*) from heads), 'events', (select count(*) from e),
    'problems', coalesce((select jsonb_agg(jsonb_build_object('chain', chain, 'seq', seq, 'problem', problem) order by chain, seq) from problems), '[]'))
  into v;
  perform audit_record('audit.verify', null, null, jsonb_build_object('events', v -> 'events', 'problems', jsonb_array_length(v -> 'problems')));
  return v;
end $$;
grant execute on function audit_verify() to okno_supervisor, okno_admin;

-- Sign-in, sign-out and own password. Granted to okno_staff, which every login holds, also before its first password is changed.
create function session_start(p_app_version text, p_desk text default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
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
  perform set_config('okno.operation', 'session.signIn', true);
  update staff set last_sign_in_at = now() where id = v.id;
  return staff_json(v);
end $$;

create function session_end() returns void language sql security definer set search_path = public, pg_temp
begin atomic
  select audit_record('session.signOut');
end;

-- The database never sees the password itself, only its SCRAM verifier, which the application makes.
create function staff_require_verifier(p_verifier text) returns void language plpgsql as $$
begin
  if p_verifier !~ '^SCRAM-SHA-256\$\d{4,7}:[A-Za-z0-9+/=]{20,44}\$[A-Za-z0-9+/=]{44}:[A-Za-z0-9+/=]{44}$' then
    perform refuse('OK400', 'passwordVerifierMalformed');
  end if;
end $$;

create function staff_change_own_password(p_verifier text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff;
begin
  perform staff_require_verifier(p_verifier);
  perform set_config('okno.operation', 'session.changePassword', true);
  update staff set must_change_password = false, version = version + 1 where login = session_user and roles <> '{}' returning * into v;
  if not found then
    perform refuse('OK403', 'notActiveStaff');
  end if;
  execute format('alter role %I password %L', session_user, p_verifier);
  perform staff_mark_password(session_user);
  perform staff_apply_roles(session_user);
  perform audit_record('session.changePassword');
  return staff_json(v);
end $$;
grant execute on function session_start(text, text), session_end(), staff_change_own_password(text) to okno_staff;

-- Staff management: the administrator's, and no superuser is needed for it.
create function staff_create(p_login text, p_full_name text, p_roles text[], p_verifier text, p_must_change_password boolean default true, p_window text default null)
returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff;
begin
  perform staff_require_verifier(p_verifier);
  perform set_config('okno.operation', 'staff.create', true);
  if exists (select from pg_roles where rolname = p_login) or exists (select from staff where login = p_login) then
    perform refuse('OK409', 'loginTaken');
  end if;
  insert into staff (login, full_name, roles, office_id, window_code, must_change_password)
  values (p_login, p_full_name, p_roles, (select id from office order by id limit 1), p_window, p_must_change_password) returning * into v;
  execute format('create role %I login password %L connection limit 12', p_login, p_verifier);
  perform staff_mark_password(p_login);
  execute format('grant okno_staff to %I', p_login);
  execute format('grant connect on database %I to %I', current_database(), p_login);
  perform staff_apply_roles(p_login);
  perform audit_record('staff.create', null, null, jsonb_build_object('login', p_login, 'roles', p_roles));
  return staff_json(v);
end $$;

create function staff_set_roles(p_login text, p_roles text[], p_version int) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff; v_before text[];
begin
  perform set_config('okno.operation', 'staff.setRoles', true);
  select roles into v_before from staff where login = p_login for update;
  if not found then
    perform refuse('OK404', 'staff');
  end if;
  -- An office without an administrator can't be mended from inside.
  if p_login = session_user and not 'admin' = any(p_roles) then
    perform refuse('OK409', 'ownAdminRole');
  end if;
  update staff set roles = p_roles, version = version + 1 where login = p_login and version = p_version returning * into v;
  if not found then
    perform refuse('OK409', 'changedByAnotherDesk');
  end if;
  perform staff_apply_roles(p_login);
  perform audit_record('staff.setRoles', null, null, jsonb_build_object('login', p_login, 'from', v_before, 'to', p_roles));
  -- Rights already open in a session are lost at once with the session. Not one's own: a session that ends itself would take this change back.
  if not (v_before <@ p_roles) and p_login <> session_user then
    perform pg_terminate_backend(pid) from pg_stat_activity where usename = p_login and datname = current_database();
  end if;
  return staff_json(v);
end $$;

create function staff_reset_password(p_login text, p_verifier text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff;
begin
  perform staff_require_verifier(p_verifier);
  -- One's own is changed by staff_change_own_password, after the present one was asked for.
  if p_login = session_user then
    perform refuse('OK409', 'ownPassword');
  end if;
  perform set_config('okno.operation', 'staff.resetPassword', true);
  update staff set must_change_password = true, version = version + 1 where login = p_login and roles <> '{}' returning * into v;
  if not found then
    perform refuse('OK404', 'staff');
  end if;
  execute format('alter role %I password %L', p_login, p_verifier);
  perform staff_mark_password(p_login);
  perform staff_apply_roles(p_login);
  perform audit_record('staff.resetPassword', null, null, jsonb_build_object('login', p_login));
  perform pg_terminate_backend(pid) from pg_stat_activity where usename = p_login and datname = current_database();
  return staff_json(v);
end $$;

create function staff_list() returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select coalesce(jsonb_agg(staff_json(s) order by s.login), '[]') from staff s);
grant execute on function staff_create(text, text, text[], text, boolean, text), staff_set_roles(text, text[], int), staff_reset_password(text, text) to okno_admin;
grant execute on function staff_list() to okno_admin, okno_supervisor;

reset role;
