-- The windows of all offices as programs on computers: which version runs where, what the office has decided about updates, and how a new version gets to the windows.
-- Only staff logins reach the database, so a window tells of itself under the login of whoever is signed in; what that login could lie about is said where it matters.
set local role okno_owner;

create table fleet_window (
  id int generated always as identity primary key,
  window_id uuid not null unique,
  office_id int not null references office,
  staff_id int not null references staff,
  first_staff_id int not null references staff,
  session_id uuid,
  desk text not null,
  version text not null,
  channel text not null default 'main' check (channel in ('main', 'pilot')),
  schema int not null,
  runtime text not null,
  os text not null,
  free_mb int,
  printer_test jsonb,
  last_error jsonb,
  update_state jsonb not null default '{"state": "idle", "version": null, "reason": null}',
  first_seen_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp()
) with (fillfactor = 70);
comment on table fleet_window is 'A program on a computer (a data folder), not a place in the hall: staff.window_code is that.';
comment on column fleet_window.window_id is 'Made by the window, known to it and to nobody else: whoever tells of it is believed to sit at it. Never given out.';
comment on column fleet_window.staff_id is 'Who told of it last; office_id is of the last operator, so that an administrator who visits a branch does not take its windows along.';
comment on column fleet_window.session_id is 'desk_session of who is signed in; what version somebody works with is here, desk_session.app_version is what that sign-in began with.';
comment on column fleet_window.seen_at is 'Written every two minutes at most: between, desk_session knows better.';

create table fleet_setting (
  id boolean primary key default true check (id),
  minimum_version text,
  install_at jsonb not null default '"quit"',
  revision int not null default 1,
  changed_by int references staff,
  changed_at timestamptz
);
comment on column fleet_setting.install_at is '"quit", "lock" or {"hour": 0–23}: when a downloaded version goes in.';
insert into fleet_setting default values;
create trigger fleet_setting_direct_change after insert or update or delete on fleet_setting for each row
  when (coalesce(current_setting('okno.operation', true), '') = '') execute function audit_direct_change();

create table rollout (
  id int generated always as identity primary key,
  channel text not null check (channel in ('main', 'pilot')),
  version text not null,
  is_return boolean not null,
  state text not null check (state in ('running', 'held', 'stopped', 'replaced')),
  percent int not null check (percent between 1 and 100),
  limit_percent int not null check (limit_percent between 1 and 100),
  at_least int not null check (at_least between 1 and 1000),
  held_by_failures boolean not null default false,
  counted_from timestamptz not null default clock_timestamp(),
  revision int not null default 1,
  started_by int not null references staff,
  started_at timestamptz not null default clock_timestamp()
);
comment on column rollout.is_return is 'Lower than the rollout before it, or than every window of the channel as it began: a way back. Windows take it only from a feed that is signed as one.';
comment on column rollout.state is 'stopped is for good; replaced: another one was started for the channel.';
comment on column rollout.counted_from is 'Failures and successes since then count for the hold: whoever resumes a held rollout has seen those before.';
create unique index rollout_going_on on rollout (channel) where state in ('running', 'held');
create index rollout_latest on rollout (channel, id desc);
create trigger rollout_direct_change after insert or update or delete on rollout for each row
  when (coalesce(current_setting('okno.operation', true), '') = '') execute function audit_direct_change();

create table rollout_event (
  id int generated always as identity primary key,
  rollout_id int not null references rollout,
  at timestamptz not null default clock_timestamp(),
  staff_id int references staff,
  kind text not null check (kind in ('started', 'percent', 'limit', 'held', 'heldByFailures', 'resumed', 'stopped', 'replaced')),
  facts jsonb not null default '{}',
  comment text check (length(comment) <= 500)
);
comment on column rollout_event.staff_id is 'null: the rollout itself, by its limit.';
create index rollout_event_rollout on rollout_event (rollout_id, id);

-- How far a window is in a rollout; no row: it has done nothing yet.
create table rollout_window (
  rollout_id int not null references rollout,
  window_id int not null references fleet_window on delete cascade,
  state text not null check (state in ('downloaded', 'installing', 'updated', 'failing')),
  reason text,
  staff_id int references staff,
  at timestamptz not null default clock_timestamp(),
  primary key (rollout_id, window_id)
);
create index rollout_window_installing on rollout_window (rollout_id, at) where state = 'installing';
create index rollout_window_window on rollout_window (window_id);

create table fleet_event (
  id uuid primary key,
  window_id int not null references fleet_window on delete cascade,
  staff_id int not null references staff,
  at timestamptz not null,
  told_at timestamptz not null default clock_timestamp(),
  version text not null,
  kind text not null,
  reason text
);
comment on column fleet_event.id is 'Made by the window: told twice, it counts once.';
comment on column fleet_event.staff_id is 'Who was signed in as it was told, not as it happened.';
create index fleet_event_window on fleet_event (window_id, at);
create index fleet_event_told on fleet_event (told_at);

-- ── Versions and shares, as src/shared/domain/{signed-feed,update-policy}.ts count them ──────────────────────────────────────────────
-- Compared as arrays in collation C they are in the order of semver; null for what is no version.
create function version_key(p_version text) returns text[] language plpgsql immutable parallel safe as $$
declare v text[];
begin
  if length(p_version) > 60 then return null; end if;
  v := regexp_match(p_version, '^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$');
  if v is null then return null; end if;
  return array[lpad(v[1], 9, '0'), lpad(v[2], 9, '0'), lpad(v[3], 9, '0')] || case when v[4] is null then array['~'] else
    (select array_agg(case when x ~ '^\d+$' then '0' || lpad(x, 60, '0') else '1' || x end order by n) from unnest(string_to_array(v[4], '.')) with ordinality u (x, n)) end;
end $$;

create function version_is_less(p_version text, p_than text) returns boolean language plpgsql immutable parallel safe as $$
begin
  return coalesce(version_key(p_version) collate "C" < version_key(p_than) collate "C", false);
end $$;

-- `shareOf`: 0 ≤ x < 100, FNV-1a of 32 bits.
create function fleet_share(p_window_id uuid, p_version text) returns numeric language plpgsql immutable parallel safe as $$
declare v_bytes bytea := convert_to(p_version || ' ' || p_window_id, 'UTF8'); v_hash bigint := 2166136261;
begin
  for i in 0 .. length(v_bytes) - 1 loop
    v_hash := ((v_hash # get_byte(v_bytes, i)) * 16777619) & 4294967295;
  end loop;
  return (v_hash % 10000) / 100.0;
end $$;

-- ── What a window is told ────────────────────────────────────────────────────────────────────────────────────────────────────────────
create function rollout_of(p_channel text) returns rollout language plpgsql stable security definer set search_path = public, pg_temp as $$
declare r rollout;
begin
  select * into r from rollout where channel = p_channel order by id desc limit 1;
  return r;
end $$;

-- `UpdatePolicy.rollout`.
create function rollout_told(r rollout) returns jsonb language plpgsql immutable as $$
begin
  return case when r.id is not null then jsonb_build_object('version', r.version, 'state', r.state, 'percent', r.percent) end;
end $$;

-- Called by session_start: a version below the minimum is not let in, but for an administrator, who can lower it. A program can lie about its version; this keeps honest old ones from a
-- database that has become another. The refusal carries what the window needs to update itself without anybody signed in.
create function fleet_let_in(p_staff staff, p_app_version text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v_setting fleet_setting;
begin
  select * into v_setting from fleet_setting;
  if v_setting.minimum_version is not null and not 'admin' = any (p_staff.roles) and version_is_less(p_app_version, v_setting.minimum_version) then
    perform refuse('OK403', 'versionTooOld', jsonb_build_object('version', left(p_app_version, 60), 'minimum', v_setting.minimum_version, 'installAt', v_setting.install_at,
      'schema', (select max(version) from schema_migration), 'rollouts', jsonb_build_object('main', rollout_told(rollout_of('main')), 'pilot', rollout_told(rollout_of('pilot')))));
  end if;
end $$;

-- ── What a window tells ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- An instant from outside: null for what is none, or of no time a computer of ours has seen.
create function fleet_instant(p_text text) returns timestamptz language plpgsql stable as $$
declare v timestamptz;
begin
  if p_text !~ '^20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-][01]\d:[0-5]\d)$' then return null; end if;
  v := p_text::timestamptz;
  return least(v, clock_timestamp());
exception when datetime_field_overflow or invalid_datetime_format then
  return null;
end $$;

-- Counts what has come of a rollout, and holds it when too much has failed. Counted are windows that were known before it began, since it was last resumed; of one login's failures two at
-- most, unless it is an administrator's: one operator alone holds up nobody. Silent ones (see fleet_silent) fail here.
create function rollout_evaluate(p_rollout_id int) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare r rollout; v_failing int; v_updated int; v_before text := coalesce(current_setting('okno.operation', true), '');
begin
  -- No key update: heartbeats that come at once hold the key of this row by their own rows, and would wait for each other.
  select * into r from rollout where id = p_rollout_id for no key update;
  if r.state <> 'running' then return; end if;
  update rollout_window x set state = 'failing', reason = 'silent', at = clock_timestamp() where x.rollout_id = r.id
    and x.window_id in (select s.window_id from rollout_window s where s.rollout_id = r.id and s.state = 'installing' and s.window_id in (select fleet_silent(r.id)) for update skip locked);
  select count(*) filter (where state = 'failing' and (n <= 2 or is_admin)), count(*) filter (where state = 'updated') into v_failing, v_updated from (
    select x.state, coalesce('admin' = any (s.roles), false) as is_admin, row_number() over (partition by x.state, x.staff_id order by x.at, x.window_id) as n
    from rollout_window x join fleet_window w on w.id = x.window_id left join staff s on s.id = x.staff_id
    where x.rollout_id = r.id and x.at > r.counted_from and w.first_seen_at < r.started_at) c;
  if v_failing < r.at_least or v_failing * 100 <= r.limit_percent * (v_failing + v_updated) then return; end if;
  perform set_config('okno.operation', 'fleet.heldByItself', true);
  update rollout set state = 'held', held_by_failures = true, revision = revision + 1 where id = r.id;
  insert into rollout_event (rollout_id, kind, facts) values (r.id, 'heldByFailures', jsonb_build_object('failing', v_failing, 'updated', v_updated, 'limit', r.limit_percent));
  perform audit_record('fleet.heldByItself', null, null, jsonb_build_object('rollout', r.id, 'channel', r.channel, 'version', r.version, 'failing', v_failing, 'updated', v_updated, 'limit', r.limit_percent));
  perform office_told(o.id, 'fleet.held') from office o;
  perform set_config('okno.operation', v_before, true);
end $$;

-- Windows that began to install fifteen minutes ago and have not been heard of since, while their office works: at least half of its other windows tell of themselves. At night, or on the
-- way home after «install as Okno is closed», nobody signs in and silence says nothing; after three days it does anyway.
create function fleet_silent(p_rollout_id int) returns setof int language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query with waiting as (
    select x.window_id as id, w.office_id, x.at from rollout_window x join fleet_window w on w.id = x.window_id
    where x.rollout_id = p_rollout_id and x.state = 'installing' and x.at < now() - interval '15 minutes' and w.seen_at < now() - interval '15 minutes'
  ), at_work as (
    select w.office_id, count(*) filter (where w.seen_at > now() - interval '3 minutes') as here, count(*) as known from fleet_window w
    where w.office_id in (select office_id from waiting) and w.seen_at > now() - interval '7 days'
      and not exists (select from rollout_window x where x.rollout_id = p_rollout_id and x.window_id = w.id and (x.state = 'installing' or x.reason = 'silent'))
    group by w.office_id
  )
  select q.id from waiting q left join at_work a on a.office_id = q.office_id where (a.here > 0 and a.here * 2 >= a.known) or q.at < now() - interval '3 days';
end $$;

-- The place of a window in a rollout becomes another; whether it did. What has updated fails no more by what is told late.
create function rollout_window_put(p_rollout rollout, p_window fleet_window, p_state text, p_reason text, p_at timestamptz) returns boolean language plpgsql security definer set search_path = public, pg_temp as $$
declare x rollout_window;
begin
  select * into x from rollout_window where rollout_id = p_rollout.id and window_id = p_window.id;
  if x.state = p_state and x.reason is not distinct from p_reason then return false; end if;
  if x.state = 'updated' and (p_state <> 'failing' or p_at <= x.at) then return false; end if;
  if p_state = 'downloaded' and x.state is not null then return false; end if;
  insert into rollout_window as y (rollout_id, window_id, state, reason, staff_id, at) values (p_rollout.id, p_window.id, p_state, p_reason, p_window.staff_id, clock_timestamp())
    on conflict (rollout_id, window_id) do update set state = excluded.state, reason = excluded.reason, staff_id = excluded.staff_id, at = excluded.at;
  return true;
end $$;

-- With a heartbeat, every half a minute, and when the update has come to another state; answers `UpdatePolicy`. p_told: {windowId, sessionId, desk, version, schema, runtime, os, freeMb, printerTest,
-- lastError, update}. Writes when something has changed, else every two minutes. A login may bring five new windows a day (an administrator any number): a fleet is not made up in an evening,
-- and what appears after a rollout began does not count for it.
create function fleet_beat(p_told jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); w fleet_window; n fleet_window; r rollout; v_setting fleet_setting; v_is_other boolean := false;
begin
  if coalesce(p_told ->> 'windowId', '') !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' or coalesce(p_told ->> 'sessionId', '') !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
     or coalesce(length(p_told ->> 'desk'), 0) not between 1 and 80 or coalesce(length(p_told ->> 'version'), 0) not between 1 and 60 or coalesce(p_told ->> 'schema', '') !~ '^\d{1,5}$'
     or coalesce(length(p_told ->> 'runtime'), 0) not between 1 and 80 or coalesce(length(p_told ->> 'os'), 0) not between 1 and 80 or coalesce(p_told ->> 'freeMb', '0') !~ '^\d{1,9}$'
     or coalesce(p_told -> 'update' ->> 'state', '') !~ '^[a-zA-Z]{1,30}$' or length(p_told::text) > 4000 then
    perform refuse('OK400', 'shape');
  end if;
  n.window_id := (p_told ->> 'windowId')::uuid;
  n.session_id := (p_told ->> 'sessionId')::uuid;
  n.desk := p_told ->> 'desk';
  n.version := p_told ->> 'version';
  n.schema := (p_told ->> 'schema')::int;
  n.runtime := p_told ->> 'runtime';
  n.os := p_told ->> 'os';
  n.free_mb := (p_told ->> 'freeMb')::int;
  n.printer_test := case when p_told -> 'printerTest' ->> 'printer' is not null and p_told -> 'printerTest' ->> 'outcome' in ('good', 'wrong', 'missing') and fleet_instant(p_told -> 'printerTest' ->> 'at') is not null then
    jsonb_build_object('printer', left(p_told -> 'printerTest' ->> 'printer', 100), 'outcome', p_told -> 'printerTest' ->> 'outcome', 'at', fleet_instant(p_told -> 'printerTest' ->> 'at')) end;
  n.last_error := case when p_told -> 'lastError' ->> 'code' is not null and fleet_instant(p_told -> 'lastError' ->> 'at') is not null then
    jsonb_build_object('code', left(p_told -> 'lastError' ->> 'code', 120), 'at', fleet_instant(p_told -> 'lastError' ->> 'at')) end;
  n.update_state := jsonb_build_object('state', p_told -> 'update' ->> 'state', 'version', left(p_told -> 'update' ->> 'version', 60), 'reason', left(p_told -> 'update' ->> 'reason', 60));

  select * into w from fleet_window where window_id = n.window_id;
  if w.id is null then
    perform pg_advisory_xact_lock(hashtext('okno.fleetWindow'), v_staff.id);
    if not 'admin' = any (v_staff.roles) and (select count(*) from fleet_window where first_staff_id = v_staff.id and first_seen_at > now() - interval '1 day') >= 5 then
      perform refuse('OK403', 'windowsTooMany');
    end if;
    insert into fleet_window (window_id, office_id, staff_id, first_staff_id, session_id, desk, version, schema, runtime, os, free_mb, printer_test, last_error, update_state)
      values (n.window_id, v_staff.office_id, v_staff.id, v_staff.id, n.session_id, n.desk, n.version, n.schema, n.runtime, n.os, n.free_mb, n.printer_test, n.last_error, n.update_state)
      on conflict (window_id) do nothing returning * into w;
    if w.id is null then
      select * into w from fleet_window where window_id = n.window_id;
    end if;
    v_is_other := true;
  else
    -- A data folder that was copied to another computer: that one gets an id of its own.
    if w.desk <> n.desk and w.session_id <> n.session_id and w.seen_at > now() - interval '3 minutes'
       and exists (select from desk_session d where d.id = w.session_id and d.ended_at is null and d.seen_at > now() - interval '2 minutes') then
      perform refuse('OK409', 'windowIdTwice');
    end if;
    n.office_id := case when 'operator' = any (v_staff.roles) then v_staff.office_id else w.office_id end;
    if w.seen_at < now() - interval '2 minutes' or (w.session_id, w.staff_id, w.office_id, w.desk, w.version, w.schema, w.runtime, w.os, w.free_mb, w.printer_test, w.last_error, w.update_state)
        is distinct from (n.session_id, v_staff.id, n.office_id, n.desk, n.version, n.schema, n.runtime, n.os, n.free_mb, n.printer_test, n.last_error, n.update_state) then
      v_is_other := w.version <> n.version or w.update_state <> n.update_state;
      update fleet_window set session_id = n.session_id, staff_id = v_staff.id, office_id = n.office_id, desk = n.desk, version = n.version, schema = n.schema, runtime = n.runtime, os = n.os,
        free_mb = n.free_mb, printer_test = n.printer_test, last_error = n.last_error, update_state = n.update_state, seen_at = clock_timestamp() where id = w.id returning * into w;
    end if;
  end if;

  r := rollout_of(w.channel);
  if r.id is not null then
    if w.version = r.version then
      v_is_other := rollout_window_put(r, w, 'updated', null, now());
    elsif w.update_state ->> 'state' = 'installing' and w.update_state ->> 'version' = r.version then
      v_is_other := rollout_window_put(r, w, 'installing', null, now());
    else
      v_is_other := false;
    end if;
    if r.state = 'running' and (v_is_other or exists (select from rollout_window x where x.rollout_id = r.id and x.state = 'installing' and x.at < now() - interval '15 minutes')) then
      perform rollout_evaluate(r.id);
      r := rollout_of(w.channel);
    end if;
  end if;
  select * into v_setting from fleet_setting;
  return jsonb_build_object('channel', w.channel, 'minimumVersion', v_setting.minimum_version, 'installAt', v_setting.install_at, 'rollout', rollout_told(r), 'schema', (select max(version) from schema_migration));
end $$;

-- What happened on a window, oldest first, also while nobody was signed in. p_told: {windowId, events: [{id, at, version, kind, reason}]}, fifty at most. An event is taken once; of two hundred a day
-- for one window the rest are thrown away, so that its queue empties.
create function fleet_event_tell(p_told jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); w fleet_window; r rollout; e jsonb; v_at timestamptz; v_day int; v_taken int := 0; v_is_other boolean := false;
begin
  if coalesce(p_told ->> 'windowId', '') !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' or jsonb_typeof(p_told -> 'events') is distinct from 'array' or jsonb_array_length(p_told -> 'events') > 50 then
    perform refuse('OK400', 'shape');
  end if;
  select * into w from fleet_window where window_id = (p_told ->> 'windowId')::uuid;
  if w.id is null then
    perform refuse('OK404', 'fleetWindow');
  end if;
  w.staff_id := v_staff.id;
  r := rollout_of(w.channel);
  select count(*) into v_day from fleet_event where window_id = w.id and told_at > now() - interval '1 day';
  for e in select x from jsonb_array_elements(p_told -> 'events') x order by x ->> 'at' loop
    if coalesce(e ->> 'id', '') !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' or length(e ->> 'version') is null or length(e ->> 'version') > 60 or length(e ->> 'reason') > 60
       or coalesce(e ->> 'kind', '') not in ('offered', 'downloaded', 'refused', 'failed', 'installed', 'started', 'returned') then
      perform refuse('OK400', 'shape');
    end if;
    continue when v_day >= 200;
    v_at := greatest(coalesce(fleet_instant(e ->> 'at'), now()), now() - interval '1 year');
    insert into fleet_event (id, window_id, staff_id, at, version, kind, reason) values ((e ->> 'id')::uuid, w.id, v_staff.id, v_at, e ->> 'version', e ->> 'kind', e ->> 'reason') on conflict (id) do nothing;
    continue when not found;
    v_day := v_day + 1;
    v_taken := v_taken + 1;
    if r.version = e ->> 'version' and v_at >= r.started_at then
      v_is_other := case e ->> 'kind'
        when 'downloaded' then rollout_window_put(r, w, 'downloaded', null, v_at)
        when 'failed' then rollout_window_put(r, w, 'failing', coalesce(e ->> 'reason', 'unknown'), v_at)
        when 'returned' then rollout_window_put(r, w, 'failing', 'returned', v_at)
        when 'installed' then rollout_window_put(r, w, 'updated', null, v_at)
        when 'started' then rollout_window_put(r, w, 'updated', null, v_at)
        else false end or v_is_other;
    end if;
  end loop;
  if v_is_other and r.state = 'running' then
    perform rollout_evaluate(r.id);
  end if;
  return jsonb_build_object('taken', v_taken);
end $$;

grant execute on function fleet_beat(jsonb), fleet_event_tell(jsonb) to okno_staff;

-- ── What administrators see (supervisors: the windows of their office) ───────────────────────────────────────────────────────────────
-- Where each window of the rollout's channel is in it. Windows nobody has seen for a month do not count. later: outside the share as it is.
create function rollout_states(r rollout) returns table (window_id int, state text, reason text, at timestamptz) language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query select w.id, case
      when w.version = r.version then 'updated'
      when x.state in ('failing', 'installing') then x.state
      when not r.is_return and version_is_less(r.version, w.version) then 'newer'
      when x.state = 'downloaded' then 'downloaded'
      when fleet_share(w.window_id, r.version) < r.percent then 'waiting' else 'later' end, case when w.version <> r.version then x.reason end, x.at
    from fleet_window w left join rollout_window x on x.rollout_id = r.id and x.window_id = w.id
    where w.channel = r.channel and w.seen_at > now() - interval '30 days';
end $$;

create function rollout_json(r rollout) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return jsonb_build_object('id', r.id, 'channel', r.channel, 'version', r.version, 'isReturn', r.is_return, 'state', r.state, 'heldByFailures', r.held_by_failures, 'percent', r.percent,
    'limitPercent', r.limit_percent, 'atLeast', r.at_least, 'revision', r.revision, 'startedAt', r.started_at, 'startedBy', (select full_name from staff where id = r.started_by),
    'progress', (select jsonb_build_object('windows', count(*), 'updated', count(*) filter (where s.state = 'updated'), 'failing', count(*) filter (where s.state = 'failing'),
        'failingNew', count(*) filter (where s.state = 'failing' and s.at > r.counted_from), 'installing', count(*) filter (where s.state = 'installing'), 'downloaded', count(*) filter (where s.state = 'downloaded'),
        'waiting', count(*) filter (where s.state = 'waiting'), 'later', count(*) filter (where s.state = 'later'), 'newer', count(*) filter (where s.state = 'newer')) from rollout_states(r) s),
    'history', (select coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'kind', e.kind, 'staffName', (select full_name from staff t where t.id = e.staff_id), 'facts', e.facts, 'comment', e.comment) order by e.id desc), '[]')
      from rollout_event e where e.rollout_id = r.id));
end $$;

-- Everything of the page in one reading: the windows, the settings, the latest rollout of each channel, which versions there are.
create function fleet_state() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_is_admin boolean := 'admin' = any (v_staff.roles); v_setting fleet_setting; v_main rollout := rollout_of('main'); v_pilot rollout := rollout_of('pilot'); v_windows jsonb;
begin
  select * into v_setting from fleet_setting;
  with place as materialized (
    select * from rollout_states(v_main) where v_main.id is not null union all select * from rollout_states(v_pilot) where v_pilot.id is not null
  ), shown as (
    select w.*, o.name as office, s.full_name, s.window_code, greatest(w.seen_at, d.seen_at) as seen, d.ended_at, d.id is not null as has_session, p.state as rollout_state, p.reason as rollout_reason
    from fleet_window w join office o on o.id = w.office_id join staff s on s.id = w.staff_id left join desk_session d on d.id = w.session_id left join place p on p.window_id = w.id
    where v_is_admin or w.office_id = v_staff.office_id
  )
  select coalesce(jsonb_agg(jsonb_build_object('id', w.id, 'desk', w.desk, 'officeId', w.office_id, 'office', w.office, 'staffName', w.full_name, 'window', w.window_code, 'version', w.version,
      'isTooOld', version_is_less(w.version, v_setting.minimum_version), 'channel', w.channel, 'schema', w.schema, 'runtime', w.runtime, 'os', w.os, 'freeMb', w.free_mb, 'printerTest', w.printer_test,
      'lastError', w.last_error, 'update', w.update_state, 'firstSeenAt', w.first_seen_at, 'seenAt', least(w.seen, now()),
      'presence', case when w.seen > now() - interval '3 minutes' and w.ended_at is null then 'on' when w.seen < now() - interval '14 days' then 'gone' when w.has_session and w.ended_at is null then 'lost' else 'off' end,
      'rollout', case when w.rollout_state is not null then jsonb_build_object('state', w.rollout_state, 'reason', w.rollout_reason) end) order by w.office, w.desk, w.id), '[]') into v_windows from shown w;
  return jsonb_build_object('asOf', clock_timestamp(), 'schema', (select max(version) from schema_migration), 'isWhole', v_is_admin, 'windows', v_windows,
    'settings', jsonb_build_object('minimumVersion', v_setting.minimum_version, 'installAt', v_setting.install_at, 'revision', v_setting.revision,
      'changedBy', (select full_name from staff where id = v_setting.changed_by), 'changedAt', v_setting.changed_at),
    'rollouts', (select coalesce(jsonb_agg(rollout_json(x) order by x.channel), '[]') from unnest(array[v_main, v_pilot]) x where x.id is not null),
    -- What windows run, and what a feed has offered them in the last months: what can be rolled out without typing it.
    'versions', (select coalesce(jsonb_agg(jsonb_build_object('version', x.version, 'windows', x.n, 'offered', x.offered) order by version_key(x.version) collate "C" desc), '[]') from (
      select y.version, sum(y.n)::int as n, max(y.offered) as offered from (
        select version, count(*) as n, null::text as offered from fleet_window where seen_at > now() - interval '30 days' group by version
        union all select e.version, 0, string_agg(distinct f.channel, ',') from fleet_event e join fleet_window f on f.id = e.window_id where e.kind in ('offered', 'downloaded') and e.at > now() - interval '90 days' group by e.version) y
      where version_key(y.version) is not null group by y.version) x));
end $$;

-- One window: its rollouts and what it told, newest first, two hundred at most.
create function fleet_history(p_id int) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); w fleet_window;
begin
  select * into w from fleet_window where id = p_id and ('admin' = any (v_staff.roles) or office_id = v_staff.office_id);
  if w.id is null then
    perform refuse('OK404', 'fleetWindow');
  end if;
  return jsonb_build_object('events', (select coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'toldAt', e.told_at, 'kind', e.kind, 'version', e.version, 'reason', e.reason, 'staffName', s.full_name) order by e.at desc, e.told_at desc), '[]')
      from (select * from fleet_event where window_id = w.id order by at desc limit 200) e join staff s on s.id = e.staff_id),
    'rollouts', (select coalesce(jsonb_agg(jsonb_build_object('version', r.version, 'channel', r.channel, 'state', x.state, 'reason', x.reason, 'at', x.at, 'startedAt', r.started_at) order by r.id desc), '[]')
      from rollout_window x join rollout r on r.id = x.rollout_id where x.window_id = w.id));
end $$;

create function rollout_list() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  perform current_staff();
  return (select coalesce(jsonb_agg(rollout_json(r) order by r.id desc), '[]') from (select * from rollout order by id desc limit 30) r);
end $$;

-- Windows a minimum version would keep from signing in: {windows, first: [{desk, office, version}]}, twenty by name.
create function fleet_shut_out(p_version text) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  perform current_staff();
  return (select jsonb_build_object('windows', count(*), 'first', coalesce(jsonb_agg(jsonb_build_object('desk', x.desk, 'office', x.name, 'version', x.version) order by x.n) filter (where x.n <= 20), '[]'))
    from (select w.desk, o.name, w.version, row_number() over (order by w.seen_at desc, w.id) as n from fleet_window w join office o on o.id = w.office_id
      where w.seen_at > now() - interval '30 days' and version_is_less(w.version, p_version)) x);
end $$;

grant execute on function fleet_state(), fleet_history(int), rollout_list() to okno_supervisor, okno_admin;
grant execute on function fleet_shut_out(text) to okno_admin;

-- ── What administrators decide ───────────────────────────────────────────────────────────────────────────────────────────────────────
-- p_replaces: the rollout of the channel whoever decides has seen as the latest (null: none): one that somebody started meanwhile is not ended unseen.
create function rollout_start(p_operation_id uuid, p_channel text, p_version text, p_percent int, p_replaces int default null, p_limit_percent int default 10, p_at_least int default 3, p_comment text default null)
returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_none visit; r rollout; v_first jsonb := operation_repeat(p_operation_id, 'fleet.start'); v_comment text := nullif(trim(p_comment), '');
begin
  if v_first is not null then
    return rollout_json((select x from rollout x where x.id = (v_first ->> 'id')::int));
  end if;
  if p_channel is null or p_channel not in ('main', 'pilot') or p_percent is null or p_percent not between 1 and 100 or p_limit_percent is null or p_limit_percent not between 1 and 100
     or p_at_least is null or p_at_least not between 1 and 1000 or length(v_comment) > 500 then
    perform refuse('OK400', 'shape');
  elsif version_key(p_version) is null then
    perform refuse('OK400', 'versionForm');
  elsif version_is_less(p_version, (select minimum_version from fleet_setting)) then
    perform refuse('OK409', 'rolloutBelowMinimum', jsonb_build_object('minimum', (select minimum_version from fleet_setting)));
  end if;
  perform pg_advisory_xact_lock(hashtext('okno.rollout'));
  r := rollout_of(p_channel);
  if r.id is distinct from p_replaces then
    perform refuse('OK409', 'rolloutChanged');
  end if;
  if r.state in ('running', 'held') then
    update rollout set state = 'replaced', revision = revision + 1 where id = r.id;
    insert into rollout_event (rollout_id, staff_id, kind, facts) values (r.id, v_staff.id, 'replaced', jsonb_build_object('by', p_version));
  end if;
  insert into rollout (channel, version, is_return, state, percent, limit_percent, at_least, started_by) values (p_channel, p_version,
      version_is_less(p_version, r.version) or (exists (select from fleet_window where channel = p_channel and version_is_less(p_version, version) and seen_at > now() - interval '30 days')
        and not exists (select from fleet_window where channel = p_channel and version_is_less(version, p_version) and seen_at > now() - interval '30 days')),
      'running', p_percent, p_limit_percent, p_at_least, v_staff.id) returning * into r;
  insert into rollout_event (rollout_id, staff_id, kind, facts, comment) values (r.id, v_staff.id, 'started', jsonb_build_object('percent', p_percent, 'limit', p_limit_percent), v_comment);
  delete from fleet_event where told_at < now() - interval '2 years';
  perform operation_done(p_operation_id, 'fleet.start', v_none, jsonb_build_object('id', r.id),
    jsonb_build_object('rollout', r.id, 'channel', p_channel, 'version', p_version, 'percent', p_percent, 'limit', p_limit_percent, 'comment', v_comment));
  perform office_told(o.id, 'fleet.rollout') from office o;
  return rollout_json(r);
end $$;

-- p_action: hold, resume, stop (for good), percent, limit (p_value). Holding and stopping need no revision: in a hurry nobody is told that something has changed meanwhile.
create function rollout_change(p_operation_id uuid, p_rollout_id int, p_action text, p_revision int default null, p_value int default null, p_comment text default null) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_none visit; r rollout; v_before rollout; v_kind text; v_first jsonb; v_comment text := nullif(trim(p_comment), '');
begin
  v_kind := case p_action when 'hold' then 'fleet.hold' when 'resume' then 'fleet.resume' when 'stop' then 'fleet.stop' when 'percent' then 'fleet.percent' when 'limit' then 'fleet.limit' end;
  if v_kind is null or length(v_comment) > 500 or (p_action in ('percent', 'limit') and coalesce(p_value, 0) not between 1 and 100) then
    perform refuse('OK400', 'shape');
  end if;
  v_first := operation_repeat(p_operation_id, v_kind);
  if v_first is not null then
    return rollout_json((select x from rollout x where x.id = (v_first ->> 'id')::int));
  end if;
  select * into r from rollout where id = p_rollout_id for no key update;
  if r.id is null then
    perform refuse('OK404', 'rollout');
  elsif r.state in ('stopped', 'replaced') then
    perform refuse('OK409', 'rolloutEnded', jsonb_build_object('state', r.state));
  elsif p_action not in ('hold', 'stop') and r.revision is distinct from p_revision then
    perform refuse('OK409', 'rolloutChanged');
  elsif (p_action = 'hold' and r.state = 'held') or (p_action = 'resume' and r.state = 'running') then
    perform refuse('OK409', 'rolloutStateAlready');
  end if;
  v_before := r;
  update rollout set state = case p_action when 'hold' then 'held' when 'resume' then 'running' when 'stop' then 'stopped' else state end,
      held_by_failures = held_by_failures and p_action in ('percent', 'limit'), counted_from = case when p_action = 'resume' then clock_timestamp() else counted_from end,
      percent = case when p_action = 'percent' then p_value else percent end, limit_percent = case when p_action = 'limit' then p_value else limit_percent end, revision = revision + 1
    where id = r.id returning * into r;
  insert into rollout_event (rollout_id, staff_id, kind, facts, comment) values (r.id, v_staff.id,
    case p_action when 'hold' then 'held' when 'resume' then 'resumed' when 'stop' then 'stopped' else p_action end,
    case p_action when 'percent' then jsonb_build_object('from', v_before.percent, 'to', r.percent) when 'limit' then jsonb_build_object('from', v_before.limit_percent, 'to', r.limit_percent) else '{}' end, v_comment);
  perform operation_done(p_operation_id, v_kind, v_none, jsonb_build_object('id', r.id), jsonb_build_object('rollout', r.id, 'channel', r.channel, 'version', r.version,
    'from', case p_action when 'percent' then v_before.percent when 'limit' then v_before.limit_percent end, 'to', case when p_action in ('percent', 'limit') then p_value end, 'comment', v_comment));
  perform office_told(o.id, 'fleet.rollout') from office o;
  return rollout_json(r);
end $$;

create function fleet_settings_json() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select jsonb_build_object('minimumVersion', f.minimum_version, 'installAt', f.install_at, 'revision', f.revision, 'changedBy', (select full_name from staff where id = f.changed_by), 'changedAt', f.changed_at)
    from fleet_setting f);
end $$;

-- p_shut_out: how many windows whoever decides was told will be kept from signing in; more than that and nothing is changed. null as version: any version may work.
create function fleet_minimum(p_operation_id uuid, p_version text, p_shut_out int, p_revision int) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_none visit; f fleet_setting; v_windows int; v_first jsonb := operation_repeat(p_operation_id, 'fleet.minimum');
begin
  if v_first is not null then return fleet_settings_json(); end if;
  if p_version is not null and version_key(p_version) is null then
    perform refuse('OK400', 'versionForm');
  end if;
  select * into f from fleet_setting for update;
  if f.revision is distinct from p_revision then
    perform refuse('OK409', 'fleetSettingChanged');
  end if;
  v_windows := case when p_version is null then 0 else (fleet_shut_out(p_version) ->> 'windows')::int end;
  if v_windows > coalesce(p_shut_out, 0) then
    perform refuse('OK409', 'minimumShutsOut', jsonb_build_object('windows', v_windows));
  end if;
  update fleet_setting set minimum_version = p_version, revision = revision + 1, changed_by = v_staff.id, changed_at = clock_timestamp();
  perform operation_done(p_operation_id, 'fleet.minimum', v_none, '{}', jsonb_build_object('from', f.minimum_version, 'to', p_version, 'windows', v_windows));
  perform office_told(o.id, 'fleet.settings') from office o;
  return fleet_settings_json();
end $$;

create function fleet_install_at(p_operation_id uuid, p_install_at jsonb, p_revision int) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_none visit; f fleet_setting; v_first jsonb := operation_repeat(p_operation_id, 'fleet.installAt');
begin
  if v_first is not null then return fleet_settings_json(); end if;
  if p_install_at is null or not (p_install_at in ('"quit"', '"lock"') or (jsonb_typeof(p_install_at) = 'object' and p_install_at - 'hour' = '{}' and coalesce(p_install_at ->> 'hour', '') ~ '^(1?\d|2[0-3])$')) then
    perform refuse('OK400', 'shape');
  end if;
  select * into f from fleet_setting for update;
  if f.revision is distinct from p_revision then
    perform refuse('OK409', 'fleetSettingChanged');
  end if;
  if jsonb_typeof(p_install_at) = 'object' then
    p_install_at := jsonb_build_object('hour', (p_install_at ->> 'hour')::int);
  end if;
  update fleet_setting set install_at = p_install_at, revision = revision + 1, changed_by = v_staff.id, changed_at = clock_timestamp();
  perform operation_done(p_operation_id, 'fleet.installAt', v_none, '{}', jsonb_build_object('from', f.install_at, 'to', p_install_at));
  perform office_told(o.id, 'fleet.settings') from office o;
  return fleet_settings_json();
end $$;

-- Which feed these windows read; {changed}.
create function fleet_channel(p_operation_id uuid, p_ids int[], p_channel text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_none visit; v_changed int; v_desks text; v_first jsonb := operation_repeat(p_operation_id, 'fleet.channel');
begin
  if v_first is not null then return v_first; end if;
  if p_channel is null or p_channel not in ('main', 'pilot') or coalesce(cardinality(p_ids), 0) not between 1 and 1000 then
    perform refuse('OK400', 'shape');
  end if;
  with changed as (update fleet_window set channel = p_channel where id = any (p_ids) and channel <> p_channel returning desk)
  select count(*), string_agg(desk, ', ' order by desk) into v_changed, v_desks from changed;
  perform office_told(o.id, 'fleet.windows') from office o;
  return operation_done(p_operation_id, 'fleet.channel', v_none, jsonb_build_object('changed', v_changed), jsonb_build_object('channel', p_channel, 'windows', v_changed, 'desks', left(v_desks, 400)));
end $$;

-- Computers that are no more; {forgotten}. Not one that was heard of within a day: it would come back with its next word, in the main channel.
create function fleet_forget(p_operation_id uuid, p_ids int[]) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_none visit; v_desks text; v_forgotten int; v_first jsonb := operation_repeat(p_operation_id, 'fleet.forget');
begin
  if v_first is not null then return v_first; end if;
  if coalesce(cardinality(p_ids), 0) not between 1 and 1000 then
    perform refuse('OK400', 'shape');
  elsif exists (select from fleet_window where id = any (p_ids) and seen_at > now() - interval '1 day') then
    perform refuse('OK409', 'windowInUse');
  end if;
  with gone as (delete from fleet_window where id = any (p_ids) returning desk) select count(*), string_agg(desk, ', ' order by desk) into v_forgotten, v_desks from gone;
  perform office_told(o.id, 'fleet.windows') from office o;
  return operation_done(p_operation_id, 'fleet.forget', v_none, jsonb_build_object('forgotten', v_forgotten), jsonb_build_object('windows', v_forgotten, 'desks', left(v_desks, 400)));
end $$;

grant execute on function rollout_start(uuid, text, text, int, int, int, int, text), rollout_change(uuid, int, text, int, int, text), fleet_minimum(uuid, text, int, int), fleet_install_at(uuid, jsonb, int),
  fleet_channel(uuid, int[], text), fleet_forget(uuid, int[]) to okno_admin;

reset role;
