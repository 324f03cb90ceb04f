-- The journal in full: found by whom it is about, who did it, where, what and when; proved chunk by chunk; given to a regulator; kept as long as it must be and archived after that.

-- What PostgreSQL lets everybody do and nobody at a counter needs: locks by number, by which one login holds up the functions of all others, and large objects, which would be a store past every
-- record. Whoever migrates is the server's superuser (0001); were it not so, the office works all the same.
do $$
declare f regprocedure;
begin
  for f in select oid from pg_proc where pronamespace = 'pg_catalog'::regnamespace and proname ~ '^(pg_(try_)?advisory_|lo_|lo(read|write)$)' loop
    execute format('revoke execute on function %s from public', f);
    if f::text ~ 'advisory' then
      execute format('grant execute on function %s to okno_owner, okno_reports', f);
    end if;
  end loop;
exception when insufficient_privilege then
  raise notice 'locks and large objects stay open to every login: %', sqlerrm;
end $$;

set local role okno_owner;

-- ── Search ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- One page, newest first, of what the filter leaves. Which index leads is decided by what is asked: every one of them gives the newest rows without reading the rest, whatever the size.
-- p_logins, p_actions: any of them; p_shown: also where the subscriber was only one of those a search, a list or the neighbours showed.
create function audit_page(p_from timestamptz, p_to timestamptz, p_visit_id bigint, p_subscriber_id bigint, p_shown boolean, p_logins text[], p_office_id int, p_window text, p_actions text[],
  p_lookups boolean, p_before_at timestamptz, p_before_chain text, p_before_seq int, p_limit int) returns setof audit_event language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  v_logins text[] := p_logins; v_before text := '(e.at, e.chain, e.seq) < ($11, $12, $13) and e.at <= $11'; v_where text; v_from text; v_ordered text := ' order by e.at desc, e.chain desc, e.seq desc limit $14';
begin
  if p_office_id is not null or p_window is not null then
    v_logins := array(select distinct c.staff_login from audit_session s join audit_chain c on c.chain = s.chain
      where (p_office_id is null or s.office_id = p_office_id) and (p_window is null or s.window_code = p_window) and (p_logins is null or c.staff_login = any (p_logins)));
  end if;
  v_where := concat_ws(' and ', 'e.at >= $1 and e.at < $2', case when p_before_at is not null then v_before end, case when p_visit_id is not null then 'e.visit_id = $3' end,
    case when p_subscriber_id is not null and not p_shown then 'e.subscriber_id = $4' end, case when v_logins is not null then 'e.staff_login = any ($6)' end,
    case when p_office_id is not null or p_window is not null then
      'exists (select from audit_session s where s.chain = e.chain and ($7 is null or s.office_id = $7) and ($8 is null or s.window_code = $8))' end,
    case when p_actions is not null then 'e.action = any ($9)' end, case when p_lookups then 'is_lookup(e.action, e.details)' end);
  if p_subscriber_id is not null and p_shown then
    v_from := format('((select e.* from audit_event e where e.subscriber_id = $4 and %1$s %2$s) union all (select e.* from unnest(audit_showing()) a cross join lateral
      (select e.* from audit_event e where e.action = a and e.subscriber_id is distinct from $4 and e.details -> ''subscribers'' @> to_jsonb($4) and %1$s %2$s) e))', v_where, v_ordered);
  elsif p_visit_id is not null or p_subscriber_id is not null then
    v_from := format('(select e.* from audit_event e where %s %s)', v_where, v_ordered);
  elsif v_logins is not null then
    v_from := format('(select e.* from unnest($6) l cross join lateral (select e.* from audit_event e where e.staff_login = l and %s %s) e)', v_where, v_ordered);
  elsif p_actions is not null then
    v_from := format('(select e.* from unnest($9) a cross join lateral (select e.* from audit_event e where e.action = a and %s %s) e)', v_where, v_ordered);
  else
    v_from := format('(select e.* from audit_event e where %s %s)', v_where, v_ordered);
  end if;
  return query execute 'select e.* from ' || v_from || ' e' || v_ordered
    using p_from, p_to, p_visit_id, p_subscriber_id, p_shown, v_logins, p_office_id, p_window, p_actions, p_lookups, p_before_at, p_before_chain, p_before_seq, p_limit;
end $$;

-- What shows several people at once and says so in details.subscribers.
create function audit_showing() returns text[] language sql immutable parallel safe
return array['desk.search', 'desk.neighbours', 'requests.queue', 'portalRequests.list'];

create function audit_event_json(e audit_event) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare s audit_session;
begin
  select * into s from audit_session where chain = e.chain;
  return jsonb_build_object('chain', e.chain, 'seq', e.seq, 'at', e.at, 'staffLogin', e.staff_login, 'staffName', (select full_name from staff where login = e.staff_login),
    'roles', coalesce(s.roles, '{}'), 'office', (select name from office where id = s.office_id), 'window', s.window_code, 'address', host(s.address), 'program', nullif(s.program, ''),
    'action', e.action, 'visitId', e.visit_id, 'subscriberId', e.subscriber_id, 'details', e.details);
end $$;

-- Bounds of days of the office; null days: without bound.
create function audit_from(p_day date) returns timestamptz language sql stable security definer set search_path = public, pg_temp
return coalesce(p_day::timestamp at time zone office_zone(), '-infinity');
create function audit_to(p_day date) returns timestamptz language sql stable security definer set search_path = public, pg_temp
return coalesce((p_day + 1)::timestamp at time zone office_zone(), 'infinity');

-- {events, more}. The next page is asked for by the at, chain and seq of the last event. Each page leaves its own event: what was asked, never what was answered.
create function audit_search(p_from date default null, p_to date default null, p_visit_id bigint default null, p_subscriber_id bigint default null, p_shown boolean default false,
  p_staff_login text default null, p_office_id int default null, p_window text default null, p_actions text[] default null, p_lookups boolean default false,
  p_before_at timestamptz default null, p_before_chain text default null, p_before_seq int default null, p_limit int default 100) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v jsonb; v_limit int := greatest(least(coalesce(p_limit, 100), 500), 1);
begin
  perform current_staff();
  if p_to < p_from or (p_before_at is null) <> (p_before_chain is null) or (p_before_at is null) <> (p_before_seq is null) or cardinality(p_actions) > 400 then
    perform refuse('OK400', 'periodOfReport');
  end if;
  select coalesce(jsonb_agg(audit_event_json(e) order by e.at desc, e.chain desc, e.seq desc), '[]') into v
  from audit_page(audit_from(p_from), audit_to(p_to), p_visit_id, p_subscriber_id, coalesce(p_shown, false), case when p_staff_login is not null then array[p_staff_login] end, p_office_id, p_window, p_actions,
    coalesce(p_lookups, false), p_before_at, p_before_chain, p_before_seq, v_limit + 1) e;
  perform audit_record('audit.events', p_visit_id, p_subscriber_id, jsonb_build_object('of', p_staff_login, 'from', p_from, 'to', p_to, 'officeId', p_office_id, 'window', p_window, 'actions', cardinality(p_actions),
    'shown', nullif(p_shown, false), 'next', case when p_before_at is not null then true end, 'rows', least(jsonb_array_length(v), v_limit)));
  return jsonb_build_object('events', case when jsonb_array_length(v) > v_limit then v - -1 else v end, 'more', jsonb_array_length(v) > v_limit);
end $$;

-- Who can be asked for: offices, staff ever seen, windows of their sessions.
create function audit_choices() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  perform current_staff();
  return jsonb_build_object(
    'offices', (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name) order by name), '[]') from office),
    'staff', (select coalesce(jsonb_agg(jsonb_build_object('login', login, 'name', full_name) order by full_name, login), '[]') from staff),
    'windows', (select coalesce(jsonb_agg(w order by length(w), w), '[]') from (select window_code as w from staff where window_code is not null union select window_code from audit_session where window_code is not null) x));
end $$;

-- ── Proof ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- What an archived month leaves of each chain: the last event that went. The first one that stays follows it.
create table audit_seal (
  chain text primary key,
  seq int not null,
  hash bytea not null,
  month date not null
);
create table audit_archive (
  month date primary key,
  events bigint not null,
  chains bigint not null,
  digest bytea not null,
  marks jsonb not null,
  file_name text not null,
  file_sha256 text not null,
  archived_at timestamptz not null default clock_timestamp(),
  archived_by text not null default session_user
);
comment on column audit_archive.digest is 'SHA-256 of the hashes of all its events in the order of chain and seq.';
comment on column audit_archive.marks is '{login: the last number drawn}.';

create table audit_check (
  id int generated always as identity primary key,
  started_by text not null default session_user,
  started_at timestamptz not null default clock_timestamp(),
  is_incremental boolean not null,
  ended_at timestamptz,
  -- Where it is: chains first, in the order of their names, then the numbers day by day.
  chain text not null default '',
  numbers_from timestamptz,
  numbers_to timestamptz,
  of_events bigint not null,
  of_chains int not null,
  events bigint not null default 0,
  problems jsonb not null default '[]',
  taken_back jsonb not null default '[]',
  marks jsonb not null default '{}'
);
-- Up to where each chain was found whole; only an incremental check believes it.
create table audit_verified (
  chain text primary key,
  seq int not null,
  hash bytea not null
);

-- Begins a check; {id, of}: how many events it will read. p_incremental: only what was written since each chain was found whole.
create function audit_check_begin(p_incremental boolean default false) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare c audit_check; l audit_check;
begin
  -- The owner of the database checks a copy that has just been restored; nobody has signed in there.
  if not (select rolsuper from pg_roles where rolname = session_user) then
    perform current_staff();
  end if;
  if p_incremental then
    select * into l from audit_check where ended_at is not null order by id desc limit 1;
  end if;
  insert into audit_check (is_incremental, of_events, of_chains, numbers_from, marks)
  select coalesce(p_incremental, false), coalesce(sum(greatest(h.last_seq - greatest(s.seq, v.seq, 0), 0)), 0), count(*),
    coalesce(l.numbers_to, (select (max(month) + interval '1 month') at time zone 'UTC' from audit_archive)), coalesce(l.marks, (select marks from audit_archive order by month desc limit 1), '{}')
  from audit_chain h left join audit_seal s on s.chain = h.chain left join audit_verified v on p_incremental and v.chain = h.chain
  returning * into c;
  return jsonb_build_object('id', c.id, 'of', c.of_events);
end $$;

-- The next chunk of about p_limit events of an own check: {events, of, result}. result is null until the end, then {events, chains, incremental, problems: [{chain, seq, problem}],
-- takenBack: [{staffLogin, from, to, events, previews}], missingSessions, archived: {months, events}}.
-- takenBack: so many numbers of a login were drawn and are in no event: its transaction was taken back (a call that was refused late, a preview, somebody with psql who looks and rolls
-- back) or the event was removed with its whole chain. missingSessions: chains that were begun and are not there, for the same reasons.
create function audit_check_next(p_id int, p_limit int default 50000) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare c audit_check; v_last text; v_problems jsonb; v_events bigint; v_day timestamptz; v_counts jsonb; v_found jsonb; v_result jsonb;
begin
  select * into c from audit_check where id = p_id for update;
  if not found or c.started_by <> session_user then
    perform refuse('OK404', 'auditCheck');
  end if;
  if c.ended_at is not null then
    perform refuse('OK409', 'auditCheckEnded');
  end if;

  if c.chain is distinct from 'done' then
    -- As many chains as hold about so many events, one at least; null: all that are left.
    select case when count(*) filter (where not fits) > 0 or count(*) >= 20000 then max(h.chain) filter (where fits) end into v_last
    from (select x.chain, sum(x.n) over (order by x.chain) - x.n < greatest(least(coalesce(p_limit, 50000), 500000), 1) as fits
      from (select h.chain, h.last_seq - greatest(s.seq, v.seq, 0) as n
        from audit_chain h left join audit_seal s on s.chain = h.chain left join audit_verified v on c.is_incremental and v.chain = h.chain
        where h.chain > c.chain order by h.chain limit 20000) x) h;
    with head as materialized (
      select h.chain, h.last_seq, h.last_hash, coalesce(v.seq, s.seq, 0) as base, coalesce(v.hash, s.hash, audit_seed(h.chain)) as base_hash
      from audit_chain h left join audit_seal s on s.chain = h.chain left join audit_verified v on c.is_incremental and v.chain = h.chain
      where h.chain > c.chain and (v_last is null or h.chain <= v_last)
    ), e as materialized (
      select a.chain, a.seq, a.hash, a.prev_hash, a.hash = audit_hash(a) as is_own, lag(a.hash) over w as hash_before, lag(a.seq) over w as seq_before
      from audit_event a
      where not c.is_incremental and a.chain > c.chain and (v_last is null or a.chain <= v_last)
      window w as (partition by a.chain order by a.seq)
    ), i as materialized (
      select a.chain, a.seq, a.hash, a.prev_hash, a.hash = audit_hash(a) as is_own, lag(a.hash) over w as hash_before, lag(a.seq) over w as seq_before
      from head h join lateral (select * from audit_event a where a.chain = h.chain and a.seq > h.base) a on true
      where c.is_incremental and h.last_seq > h.base
      window w as (partition by a.chain order by a.seq)
    ), r as (select * from e union all select * from i), last as (
      select distinct on (chain) chain, seq, hash from r order by chain, seq desc
    ), problem as (
      select r.chain, r.seq, 'changed' as problem from r where not is_own
      union all
      select r.chain, r.seq, 'gap' from r left join head h on h.chain = r.chain
        where (r.seq_before is not null or h.chain is not null) and (r.seq <> coalesce(r.seq_before, h.base) + 1 or r.prev_hash is distinct from coalesce(r.hash_before, h.base_hash))
      union all
      select l.chain, l.seq, 'unknownChain' from last l where not exists (select from head h where h.chain = l.chain)
      union all
      select h.chain, h.last_seq, 'truncated' from head h left join last l on l.chain = h.chain
        where h.last_seq <> coalesce(l.seq, h.base) or (h.last_seq > 0 and h.last_hash is distinct from coalesce(l.hash, h.base_hash))
    ), whole as (
      insert into audit_verified select h.chain, h.last_seq, h.last_hash from head h join last l on l.chain = h.chain where h.chain not in (select chain from problem)
      on conflict (chain) do update set seq = excluded.seq, hash = excluded.hash
    ), distrusted as (
      delete from audit_verified v where v.chain in (select chain from problem)
    )
    select (select count(*) from r), (select coalesce(jsonb_agg(jsonb_build_object('chain', p.chain, 'seq', p.seq, 'problem', p.problem) order by p.chain, p.seq), '[]') from problem p) into v_events, v_problems;
    update audit_check k set chain = coalesce(v_last, 'done'), events = k.events + v_events,
      problems = case when jsonb_array_length(k.problems) < 1000 then k.problems || v_problems else k.problems end,
      numbers_from = coalesce(k.numbers_from, (select date_trunc('day', min(at)) from audit_event)),
      -- What a transaction under way will still write is not missing; nobody holds the check up longer than an hour.
      numbers_to = coalesce(greatest((select min(a.xact_start) from pg_stat_activity a where a.datname = current_database() and a.pid <> pg_backend_pid() and a.backend_type = 'client backend'),
        clock_timestamp() - interval '1 hour'), clock_timestamp())
      where id = c.id;
    return jsonb_build_object('events', c.events + v_events, 'of', greatest(c.of_events, c.events + v_events), 'result', null);
  end if;

  -- Numbers, a day at a time; a login that is no staff shares one counter with the others.
  if c.numbers_from < c.numbers_to then
    v_day := least(c.numbers_from + interval '1 day', c.numbers_to);
    select coalesce(jsonb_object_agg(x.login, jsonb_build_object('last', x.last, 'n', x.n, 'previews', x.previews)), '{}') into v_counts
    from (select coalesce(s.login, '') as login, max(a.number) as last, count(a.number) as n, count(*) filter (where a.action = 'printing.preview') as previews
      from audit_event a left join staff s on s.login = a.staff_login where a.at >= c.numbers_from and a.at < v_day and a.number is not null group by 1) x;
    select coalesce(jsonb_agg(jsonb_build_object('staffLogin', nullif(k.login, ''), 'from', c.numbers_from, 'to', v_day, 'events', k.lost, 'previews', k.previews) order by k.login), '[]') into v_found
    from (select key as login, (value ->> 'last')::bigint - coalesce((c.marks ->> key)::bigint, 0) - (value ->> 'n')::bigint as lost, (value ->> 'previews')::int as previews from jsonb_each(v_counts)) k
    where k.lost > 0;
    update audit_check k set numbers_from = v_day, taken_back = case when jsonb_array_length(k.taken_back) < 1000 then k.taken_back || v_found else k.taken_back end,
      marks = k.marks || (select coalesce(jsonb_object_agg(key, value -> 'last'), '{}') from jsonb_each(v_counts)) where id = c.id;
    return jsonb_build_object('events', c.events, 'of', greatest(c.of_events, c.events), 'result', null);
  end if;

  -- What was drawn after a login's last event.
  select coalesce(jsonb_agg(jsonb_build_object('staffLogin', s.login, 'from', c.numbers_to, 'to', c.numbers_to, 'events', s.lost, 'previews', 0) order by s.login), '[]') into v_found
  from (select login, coalesce(pg_sequence_last_value(to_regclass(audit_counter(id))), 0) - coalesce((c.marks ->> login)::bigint, 0)
      - (select count(*) from audit_event a where a.staff_login = login and a.at >= c.numbers_to and a.number is not null) as lost from staff) s where s.lost > 0
    -- Somebody at work draws now.
    and not exists (select from pg_stat_activity a where a.usename = s.login and a.datname = current_database() and a.xact_start is not null and a.pid <> pg_backend_pid());
  update audit_check set ended_at = clock_timestamp(), taken_back = taken_back || v_found where id = c.id returning * into c;
  v_result := jsonb_build_object('events', c.events, 'chains', c.of_chains, 'incremental', c.is_incremental, 'problems', c.problems, 'takenBack', c.taken_back,
    'missingSessions', (select coalesce(pg_sequence_last_value('audit_chain_number'), 0) - count(*) from audit_chain where chain ~ '^s\d+$'),
    'archived', jsonb_build_object('months', (select count(*) from audit_archive), 'events', (select coalesce(sum(events), 0) from audit_archive)));
  perform audit_record('audit.verify', null, null, jsonb_build_object('events', c.events, 'problems', jsonb_array_length(c.problems), 'takenBack', (select sum((t ->> 'events')::int) from jsonb_array_elements(c.taken_back) t),
    'incremental', nullif(c.is_incremental, false)));
  return jsonb_build_object('events', c.events, 'of', greatest(c.of_events, c.events), 'result', v_result);
end $$;

-- ── An anchor outside ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Heads of the chains behind a name, in their order: [[chain, seq, hash]]. Kept somewhere else they tell when all of the journal is made anew, which nothing inside could.
create function audit_heads(p_after text default '', p_limit int default 5000) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform current_staff();
  if coalesce(p_after, '') = '' then
    perform audit_record('audit.anchor');
  end if;
  return (select coalesce(jsonb_agg(jsonb_build_array(h.chain, h.last_seq, encode(h.last_hash, 'hex')) order by h.chain), '[]')
    from (select * from audit_chain where chain > coalesce(p_after, '') and last_seq > 0 order by chain limit greatest(least(coalesce(p_limit, 5000), 20000), 1)) h);
end $$;

-- Compares heads of an anchor with the journal: {same, archived, problems: [{chain, seq, problem: removed | changed}]}. archived: their event went with its month and a later one of the
-- chain is sealed, so only the file of the archive can tell.
create function audit_compare(p_heads jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v jsonb;
begin
  perform current_staff();
  if jsonb_typeof(p_heads) is distinct from 'array' or jsonb_array_length(p_heads) > 5000 then
    perform refuse('OK400', 'shape');
  end if;
  select jsonb_build_object('same', count(*) filter (where x.verdict = 'same'), 'archived', count(*) filter (where x.verdict = 'archived'),
    'problems', coalesce(jsonb_agg(jsonb_build_object('chain', x.chain, 'seq', x.seq, 'problem', x.verdict) order by x.chain) filter (where x.verdict in ('removed', 'changed')), '[]')) into v
  from (select h.chain, h.seq, case
      when e.hash is not null then case when encode(e.hash, 'hex') = h.hash and e.hash = audit_hash(e) then 'same' else 'changed' end
      when s.seq = h.seq then case when encode(s.hash, 'hex') = h.hash then 'same' else 'changed' end
      when s.seq > h.seq then 'archived' else 'removed' end as verdict
    from (select e ->> 0 as chain, (e ->> 1)::int as seq, e ->> 2 as hash from jsonb_array_elements(p_heads) e) h
    left join audit_event e on e.chain = h.chain and e.seq = h.seq left join audit_seal s on s.chain = h.chain) x;
  perform audit_record('audit.compare', null, null, jsonb_build_object('events', jsonb_array_length(p_heads), 'problems', jsonb_array_length(v -> 'problems')));
  return v;
end $$;

-- ── Given out ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Records that somebody takes a part of the journal out of the program, and why, before the first row: {from, to, ...} as audit_search takes them. 152-ФЗ ст. 21 ч. 3.1 gives 24 hours.
create function audit_export(p_operation_id uuid, p_filter jsonb, p_basis text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_first jsonb := operation_repeat(p_operation_id, 'audit.export'); v_basis text := btrim(p_basis);
begin
  if v_first is not null then
    return v_first;
  end if;
  if coalesce(length(v_basis), 0) not between 3 and 300 or jsonb_typeof(p_filter) is distinct from 'object' or (p_filter ->> 'from') is null or (p_filter ->> 'to') is null
     or (p_filter ->> 'to')::date < (p_filter ->> 'from')::date then
    perform refuse('OK400', 'auditExportIncomplete');
  end if;
  return operation_done(p_operation_id, 'audit.export', null::visit, jsonb_build_object('staffName', v_staff.full_name, 'office', (select name from office where id = v_staff.office_id), 'timeZone', office_zone(),
      'madeAt', now(), 'number', upper(left(p_operation_id::text, 8)), 'staff', (select full_name from staff where login = p_filter ->> 'staffLogin'), 'ofOffice', (select name from office where id = (p_filter ->> 'officeId')::int)),
    jsonb_build_object('basis', v_basis, 'from', p_filter -> 'from', 'to', p_filter -> 'to', 'about', p_filter -> 'subscriberId', 'of', p_filter -> 'staffLogin', 'officeId', p_filter -> 'officeId', 'window', p_filter -> 'window',
      'visit', p_filter -> 'visitId', 'actions', nullif(jsonb_array_length(coalesce(nullif(p_filter -> 'actions', 'null'), '[]')), 0)));
end $$;

-- The rows of an own export of the last two hours, in pages like audit_search, with when and by whom; what it may read stands in what was recorded.
create function audit_export_rows(p_operation_id uuid, p_filter jsonb, p_before_at timestamptz default null, p_before_chain text default null, p_before_seq int default null, p_limit int default 2000) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare o operation; v_actions text[] := case when jsonb_typeof(p_filter -> 'actions') = 'array' then array(select jsonb_array_elements_text(p_filter -> 'actions')) end;
begin
  select * into o from operation where id = p_operation_id;
  if not found or o.kind <> 'audit.export' or o.staff_id <> (current_staff()).id or o.at < now() - interval '2 hours'
     or (o.details -> 'from', o.details -> 'to') is distinct from (p_filter -> 'from', p_filter -> 'to')
     or (o.details -> 'about', o.details -> 'of', o.details -> 'officeId', o.details -> 'window', o.details -> 'visit')
        is distinct from (nullif(p_filter -> 'subscriberId', 'null'), nullif(p_filter -> 'staffLogin', 'null'), nullif(p_filter -> 'officeId', 'null'), nullif(p_filter -> 'window', 'null'), nullif(p_filter -> 'visitId', 'null')) then
    perform refuse('OK404', 'auditExport');
  end if;
  return (select coalesce(jsonb_agg(audit_event_json(e) order by e.at desc, e.chain desc, e.seq desc), '[]')
    from audit_page(audit_from((p_filter ->> 'from')::date), least(audit_to((p_filter ->> 'to')::date), o.at), (p_filter ->> 'visitId')::bigint, (p_filter ->> 'subscriberId')::bigint, true,
      case when p_filter ->> 'staffLogin' is not null then array[p_filter ->> 'staffLogin'] end, (p_filter ->> 'officeId')::int, p_filter ->> 'window', v_actions, false,
      p_before_at, p_before_chain, p_before_seq, greatest(least(coalesce(p_limit, 2000), 5000), 1)) e);
end $$;

-- What left: how many rows and the SHA-256 of the file, so that a copy can be told from the original later.
create function audit_exported(p_operation_id uuid, p_rows int, p_sha256 text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if p_sha256 !~ '^[0-9a-f]{64}$' or p_rows is null or not exists (select from operation where id = p_operation_id and kind = 'audit.export' and staff_id = (current_staff()).id) then
    perform refuse('OK404', 'auditExport');
  end if;
  perform audit_record('audit.exported', null, null, jsonb_build_object('operation', p_operation_id, 'rows', p_rows, 'sha256', p_sha256));
  return '{}';
end $$;

-- ── Kept and archived ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- How long events stay. Never below a year (ФСТЭК 21, РСБ.3; 152-ФЗ knows no shorter need), three by default (the act of destroyed data and the extract are kept three years: РКН 179).
-- A shorter term is in force after thirty days only: until then it is seen here and taken back.
create table audit_retention_setting (
  id int primary key default 1 check (id = 1),
  months int not null default 36 check (months between 12 and 240),
  next_months int check (next_months between 12 and 240),
  next_on date,
  version int not null default 1
);
insert into audit_retention_setting default values;
create trigger audit_retention_direct_change after insert or update or delete on audit_retention_setting for each row
  when (coalesce(current_setting('okno.operation', true), '') = '') execute function audit_direct_change();

create function audit_keep_months() returns int language sql stable security definer set search_path = public, pg_temp
return (select case when next_on <= office_today() then next_months else months end from audit_retention_setting);

create function audit_retention() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  perform current_staff();
  return (select jsonb_build_object('months', audit_keep_months(), 'nextMonths', case when r.next_on > office_today() then r.next_months end, 'nextOn', case when r.next_on > office_today() then r.next_on end,
      'version', r.version, 'parts', (
        select coalesce(jsonb_agg(jsonb_build_object('month', to_char(p.month, 'YYYY-MM'), 'events', p.events, 'bytes', p.bytes, 'state', p.state, 'fileName', p.file_name, 'sha256', p.file_sha256,
          'archivedAt', p.archived_at, 'archivedBy', p.archived_by) order by p.month desc), '[]')
        from (
          select to_date(right(t.relname, 7), 'YYYY_MM') as month, greatest(t.reltuples, pg_stat_get_live_tuples(t.oid))::bigint as events, pg_total_relation_size(t.oid) as bytes,
            case when to_date(right(t.relname, 7), 'YYYY_MM') + interval '1 month' <= office_today() - make_interval(months => audit_keep_months()) then 'mayGo' else 'kept' end as state,
            null as file_name, null as file_sha256, null::timestamptz as archived_at, null as archived_by
          from pg_inherits i join pg_class t on t.oid = i.inhrelid where i.inhparent = 'audit_event'::regclass and t.relname ~ '_\d{4}_\d{2}$' and to_date(right(t.relname, 7), 'YYYY_MM') <= office_today()
          union all
          select month, events, 0, 'archived', file_name, file_sha256, archived_at, archived_by from audit_archive) p))
    from audit_retention_setting r);
end $$;

create function audit_retention_save(p_operation_id uuid, p_months int, p_version int) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare r audit_retention_setting; v_now int := audit_keep_months(); v_first jsonb := operation_repeat(p_operation_id, 'audit.saveRetention');
begin
  if v_first is not null then
    return audit_retention();
  end if;
  if p_months is null or p_months not between 12 and 240 then
    perform refuse('OK400', 'auditRetentionLimits', jsonb_build_object('least', 12, 'most', 240));
  end if;
  select * into r from audit_retention_setting for update;
  if r.version is distinct from p_version then
    perform refuse('OK409', 'changedByAnotherDesk');
  end if;
  update audit_retention_setting set months = case when p_months >= v_now then p_months else v_now end, next_months = case when p_months < v_now then p_months end,
    next_on = case when p_months < v_now then office_today() + 30 end, version = version + 1;
  perform operation_done(p_operation_id, 'audit.saveRetention', null::visit, '{}', jsonb_build_object('from', v_now, 'to', p_months, 'on', case when p_months < v_now then office_today() + 30 end));
  return audit_retention();
end $$;

-- The month that may go: the oldest of the journal, all of it older than the term.
create function audit_month_to_go(p_month date) returns text language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_first date; v_name text := 'audit_event_' || to_char(p_month, 'YYYY_MM');
begin
  perform current_staff();
  select min(to_date(right(t.relname, 7), 'YYYY_MM')) into v_first from pg_inherits i join pg_class t on t.oid = i.inhrelid where i.inhparent = 'audit_event'::regclass and t.relname ~ '_\d{4}_\d{2}$';
  if p_month is null or to_regclass('public.' || v_name) is null or not exists (select from pg_inherits where inhparent = 'audit_event'::regclass and inhrelid = to_regclass('public.' || v_name)) then
    perform refuse('OK404', 'auditMonth');
  end if;
  if p_month + interval '1 month' > office_today() - make_interval(months => audit_keep_months()) then
    perform refuse('OK409', 'auditMonthKept', jsonb_build_object('months', audit_keep_months()));
  end if;
  if p_month <> v_first or exists (select from audit_event_rest where at < (p_month + interval '1 month') at time zone 'UTC') then
    perform refuse('OK409', 'auditOldestFirst', jsonb_build_object('month', to_char(v_first, 'YYYY-MM')));
  end if;
  return v_name;
end $$;

-- Rows of such a month in the order of chain and seq, all they hold, as a file keeps them; the first page is recorded.
create function audit_archive_rows(p_month date, p_after_chain text default null, p_after_seq int default null, p_limit int default 5000) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v jsonb; v_name text := audit_month_to_go(p_month);
begin
  if p_after_chain is null then
    perform audit_record('audit.archiveBegun', null, null, jsonb_build_object('period', to_char(p_month, 'YYYY-MM')));
  end if;
  execute format($q$select coalesce(jsonb_agg(jsonb_build_array(e.chain, e.seq, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), e.staff_login, e.action, e.visit_id, e.subscriber_id, e.details::text,
      e.number, encode(e.prev_hash, 'hex'), encode(e.hash, 'hex')) order by e.chain, e.seq), '[]')
    from (select * from %I where $1 is null or (chain, seq) > ($1, $2) order by chain, seq limit $3) e$q$, v_name) into v using p_after_chain, p_after_seq, greatest(least(coalesce(p_limit, 5000), 20000), 1);
  return v;
end $$;

-- Ends an archive: only when the file holds every hash of the month in order (p_digest) and the month is whole. The month is sealed, then goes.
create function audit_archive_end(p_operation_id uuid, p_month date, p_digest text, p_file_name text, p_file_sha256 text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_name text; v_events bigint; v_chains bigint; v_digest bytea; v_broken bigint; v_marks jsonb; v_first jsonb := operation_repeat(p_operation_id, 'audit.archive');
begin
  if v_first is not null then
    return v_first;
  end if;
  v_name := audit_month_to_go(p_month);
  if p_file_sha256 !~ '^[0-9a-f]{64}$' or coalesce(length(p_file_name), 0) not between 1 and 200 then
    perform refuse('OK400', 'shape');
  end if;
  -- A desk that reads would otherwise wait behind us for as long as the longest report.
  perform set_config('lock_timeout', '5s', true);
  execute format('lock table %I in share mode', v_name);
  execute format($q$
    with e as (select a.*, audit_hash(a) as expected, lag(a.hash) over w as hash_before, lag(a.seq) over w as seq_before from %I a window w as (partition by chain order by seq))
    select count(*), count(distinct e.chain), sha256(coalesce(string_agg(e.hash, ''::bytea order by e.chain, e.seq), '')),
      count(*) filter (where e.hash <> e.expected or e.seq <> coalesce(e.seq_before, s.seq, 0) + 1 or e.prev_hash is distinct from coalesce(e.hash_before, s.hash, audit_seed(e.chain)))
    from e left join audit_seal s on s.chain = e.chain$q$, v_name) into v_events, v_chains, v_digest, v_broken;
  if v_broken > 0 then
    perform refuse('OK409', 'auditMonthBroken', jsonb_build_object('rows', v_broken));
  end if;
  if encode(v_digest, 'hex') is distinct from p_digest then
    perform refuse('OK409', 'auditArchiveDiffers');
  end if;
  execute format('insert into audit_seal select distinct on (chain) chain, seq, hash, $1 from %I order by chain, seq desc on conflict (chain) do update set seq = excluded.seq, hash = excluded.hash, month = excluded.month', v_name) using p_month;
  execute format($q$select coalesce((select marks from audit_archive order by month desc limit 1), '{}') || coalesce(jsonb_object_agg(login, last), '{}')
    from (select coalesce(s.login, '') as login, max(e.number) as last from %I e left join staff s on s.login = e.staff_login where e.number is not null group by 1) x$q$, v_name) into v_marks;
  insert into audit_archive (month, events, chains, digest, marks, file_name, file_sha256) values (p_month, v_events, v_chains, v_digest, v_marks, p_file_name, p_file_sha256);
  execute format('alter table audit_event detach partition %I', v_name);
  execute format('drop table %I', v_name);
  return operation_done(p_operation_id, 'audit.archive', null::visit, jsonb_build_object('month', to_char(p_month, 'YYYY-MM'), 'events', v_events, 'digest', p_digest, 'sha256', p_file_sha256),
    jsonb_build_object('period', to_char(p_month, 'YYYY-MM'), 'events', v_events, 'sha256', p_file_sha256));
end $$;

-- Months ahead are always there; asked at sign-in. `stray`: events of no month, to be looked into.
create function audit_partitions_ahead() returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_made int := 0;
begin
  if to_regclass('public.audit_event_' || to_char(current_date + interval '3 months', 'YYYY_MM')) is null then
    v_made := audit_partitions_make(current_date, (current_date + interval '12 months')::date);
  end if;
  return jsonb_build_object('made', v_made, 'stray', (select count(*) from (select from audit_event_rest where at > now() - interval '1 month' limit 1000) r));
end $$;

grant execute on function audit_search(date, date, bigint, bigint, boolean, text, int, text, text[], boolean, timestamptz, text, int, int), audit_choices(), audit_check_begin(boolean), audit_check_next(int, int),
  audit_heads(text, int), audit_compare(jsonb), audit_export(uuid, jsonb, text), audit_export_rows(uuid, jsonb, timestamptz, text, int, int), audit_exported(uuid, int, text), audit_retention() to okno_supervisor, okno_admin;
grant execute on function audit_retention_save(uuid, int, int), audit_archive_rows(date, text, int, int), audit_archive_end(uuid, date, text, text, text) to okno_admin;
grant execute on function audit_partitions_ahead() to okno_staff;

reset role;
