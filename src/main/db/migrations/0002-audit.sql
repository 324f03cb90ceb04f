-- The log of everything done with personal data (152-ФЗ ст. 19 ч. 2 п. 8; ФСТЭК 21, РСБ.1–3, РСБ.7). Append-only. Each database session
-- writes its own chain: a row holds the SHA-256 of the row before it, and audit_chain holds the head, so that a row changed, inserted or
-- removed (also the last one) is found (audit_check_next, 0038). Nobody but a superuser can write here otherwise. A month is a partition (0038 makes them
-- ahead): old ones are archived and detached whole.
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
  number bigint,
  primary key (chain, seq, at)
) partition by range (at);
comment on column audit_event.number is 'Of the login, drawn from a sequence: a transaction that is taken back leaves a hole. Of everybody who is no staff together.';
create index audit_event_at on audit_event (at);
create index audit_event_visit on audit_event (visit_id) where visit_id is not null;
create index audit_event_subscriber on audit_event (subscriber_id, at) where subscriber_id is not null;
-- The journal is asked by who and by what, newest first.
create index audit_event_staff on audit_event (staff_login, at);
create index audit_event_action on audit_event (action, at);

create function audit_event_is_final() returns trigger language plpgsql as $$
begin
  perform refuse('OK403', 'auditIsAppendOnly');
  return null;
end $$;
create trigger audit_event_is_final before update or delete or truncate on audit_event for each statement execute function audit_event_is_final();

-- What no month was made for; to stay empty. An event is never refused for want of a month.
create table audit_event_rest partition of audit_event default;
create trigger audit_event_is_final before update or delete or truncate on audit_event_rest for each statement execute function audit_event_is_final();

-- Makes the partitions of the months (UTC) from one day to another that are not there; how many. Rows that went to the default one before stay there, and keep their month from being made.
create function audit_partitions_make(p_from date, p_to date) returns int language plpgsql security definer set search_path = public, pg_temp as $$
declare v_month date; v_name text; v_made int := 0;
begin
  perform pg_advisory_xact_lock(hashtext('okno.auditPartitions'));
  for v_month in select d::date from generate_series(date_trunc('month', p_from), p_to, interval '1 month') d loop
    v_name := 'audit_event_' || to_char(v_month, 'YYYY_MM');
    if to_regclass('public.' || v_name) is null and not exists (select from audit_event_rest where at >= v_month::timestamp at time zone 'UTC' and at < (v_month + interval '1 month') at time zone 'UTC') then
      execute format('create table %I partition of audit_event for values from (%L) to (%L)', v_name, v_month::timestamp at time zone 'UTC', (v_month + interval '1 month') at time zone 'UTC');
      -- A trigger for each statement is not handed down.
      execute format('create trigger audit_event_is_final before update or delete or truncate on %I for each statement execute function audit_event_is_final()', v_name);
      v_made := v_made + 1;
    end if;
  end loop;
  return v_made;
end $$;
select audit_partitions_make(current_date, (current_date + interval '12 months')::date);

-- Numbers the events of one login. A sequence, because a transaction that is taken back takes its rows back with it, but not what it drew: whoever looks at somebody with psql and rolls
-- back leaves a hole that the check tells of. 0: everybody who is no staff.
create function audit_counter(p_staff_id int) returns text language sql immutable parallel safe
return 'public.audit_counter_' || p_staff_id;
create sequence audit_counter_0;
create function audit_counter_made() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  execute 'create sequence ' || audit_counter(new.id);
  return null;
end $$;
create trigger audit_counter_made after insert on staff for each row execute function audit_counter_made();

-- The heads of a few dozen sessions share a page, and each event writes one anew: with room on the page it stays there.
create table audit_chain (
  chain text primary key,
  staff_login text not null,
  started_at timestamptz not null,
  last_seq int not null,
  last_hash bytea not null,
  counter regclass not null default 'audit_counter_0'
) with (fillfactor = 25);
-- Numbers the chains, one a database session. currval() is the session's own and staff have no right to the sequence; the setting beside it only tells whether there is one yet.
-- Whoever meddles with the setting begins another chain, or gets an error.
create sequence audit_chain_number;

-- From where and as what somebody wrote a chain: the same for all its events, so no event repeats it. Part of the hash of the first one.
create table audit_session (
  chain text primary key,
  staff_id int,
  office_id int,
  window_code text,
  roles text[] not null default '{}',
  address inet,
  program text not null default ''
);
comment on column audit_session.address is 'As the server sees it; null: the socket of its own machine.';
comment on column audit_session.program is 'What the program calls itself: Okno names its computer. Whoever uses psql says what they like.';
create index audit_session_office on audit_session (office_id, window_code);

-- What the first event of a chain follows.
create function audit_seed(p_chain text) returns bytea language sql stable security definer set search_path = public, pg_temp
return (select sha256(convert_to(concat_ws(E'\x1f', c.chain, c.staff_login, to_char(c.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), coalesce(s.staff_id::text, ''),
    coalesce(s.office_id::text, ''), coalesce(s.window_code, ''), array_to_string(s.roles, ','), coalesce(host(s.address), ''), s.program), 'UTF8'))
  from audit_chain c join audit_session s on s.chain = c.chain where c.chain = p_chain);

create function audit_hash(e audit_event) returns bytea language sql immutable parallel safe
return sha256(convert_to(concat_ws(E'\x1f', encode(e.prev_hash, 'hex'), e.chain, e.seq, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
  e.staff_login, e.action, coalesce(e.visit_id::text, ''), coalesce(e.subscriber_id::text, ''), e.details::text, coalesce(e.number::text, '')), 'UTF8'));

-- The head of a new chain: nothing stands in it yet.
create function audit_chain_begin(p_chain text, p_at timestamptz, p_login text, p_address inet, p_program text) returns void language plpgsql as $$
declare v public.staff;
begin
  select * into v from public.staff where login = p_login;
  insert into public.audit_chain values (p_chain, p_login, p_at, 0, '', public.audit_counter(coalesce(v.id, 0))::regclass);
  insert into public.audit_session values (p_chain, v.id, v.office_id, v.window_code, coalesce(v.roles, '{}'), p_address, left(p_program, 80));
  update public.audit_chain set last_hash = public.audit_seed(p_chain) where chain = p_chain;
end $$;

-- Who, when and the chain come from the server, whatever the statement said. Few expressions: each is set up again in every transaction, and a call is a transaction. No rights and no
-- search path of its own for the same reason: names are qualified, and who may insert at all is the owner or audit_record(). The hash is that of audit_hash(), by which it is checked.
create function audit_event_before_insert() returns trigger language plpgsql as $$
begin
  -- An instant of this very moment stays: taken anew it could fall into the next month, whose partition is another.
  select 's' || case when current_setting('okno.chain', true) = 'begun' then currval('public.audit_chain_number') else nextval('public.audit_chain_number') end,
      case when new.at between clock_timestamp() - interval '1 second' and clock_timestamp() then new.at else clock_timestamp() end, session_user::text, coalesce(new.details, '{}')
    into new.chain, new.at, new.staff_login, new.details;
  select last_seq + 1, last_hash, nextval(counter) into new.seq, new.prev_hash, new.number from public.audit_chain where chain = new.chain;
  if new.seq is null then
    perform set_config('okno.chain', 'begun', false);
    perform public.audit_chain_begin(new.chain, new.at, session_user, inet_client_addr(), current_setting('application_name'));
    select 1, last_hash, nextval(counter) into new.seq, new.prev_hash, new.number from public.audit_chain where chain = new.chain;
  end if;
  new.hash := sha256(convert_to(concat_ws(E'\x1f', encode(new.prev_hash, 'hex'), new.chain, new.seq, to_char(new.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
    new.staff_login, new.action, coalesce(new.visit_id::text, ''), coalesce(new.subscriber_id::text, ''), new.details::text, new.number), 'UTF8'));
  update public.audit_chain set last_seq = new.seq, last_hash = new.hash where chain = new.chain;
  return new;
end $$;
create trigger audit_event_before_insert before insert on audit_event for each row execute function audit_event_before_insert();

create function audit_record(p_action text, p_visit_id bigint default null, p_subscriber_id bigint default null, p_details jsonb default '{}')
returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into audit_event (chain, seq, at, staff_login, action, visit_id, subscriber_id, details, prev_hash, hash)
  values ('', 0, clock_timestamp(), '', p_action, p_visit_id, p_subscriber_id, jsonb_strip_nulls(p_details), '', '');
end $$;

-- A change of a sensitive row outside any recorded operation (somebody with the owner's rights and psql) still leaves a trace.
create function audit_direct_change() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform audit_record('direct.' || lower(tg_op), null, null,
    jsonb_build_object('table', tg_table_name, 'id', case when tg_op = 'DELETE' then to_jsonb(old) -> 'id' else to_jsonb(new) -> 'id' end));
  return null;
end $$;
create trigger staff_direct_change after insert or update or delete on staff for each row
  when (coalesce(current_setting('okno.operation', true), '') = '') execute function audit_direct_change();

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
