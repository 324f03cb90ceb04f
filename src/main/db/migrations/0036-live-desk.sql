-- What a supervisor sees of the day: the windows as they are now, and flags, what a day has that somebody should explain.
set local role okno_owner;

-- ── Desks tell of themselves ─────────────────────────────────────────────────────────────────────────────────────────────────────────
-- One row for each sign-in of a window. Lost with a crash of the server, and written again within half a minute: hence unlogged. No indexed column changes by a
-- heartbeat, so a row stays on its page.
create unlogged table desk_session (
  id uuid primary key,
  staff_id int not null references staff,
  office_id int not null references office,
  desk text not null,
  app_version text not null,
  signed_in_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null,
  locked_at timestamptz,
  away_at timestamptz,
  shown_visit_id bigint,
  unsent int not null default 0,
  printers jsonb not null default '[]',
  ended_at timestamptz
) with (fillfactor = 50);
comment on column desk_session.id is 'Made by the desk at sign-in.';
comment on column desk_session.away_at is 'Since when nobody has touched the keyboard or the mouse; null while somebody works.';
comment on column desk_session.shown_visit_id is 'The card in front.';
comment on column desk_session.unsent is 'Readings of visitors who have gone that are not written yet.';
comment on column desk_session.printers is '[{printer, trouble, held}]: printers of this desk that have trouble or hold jobs.';
create index desk_session_staff on desk_session (staff_id);

-- Told to whoever listens (0017): something about the desks of an office, and what kind. A hint to look, nothing more.
create function office_told(p_office_id int, p_kind text) returns void language sql security definer set search_path = public, pg_temp
begin atomic
  select pg_notify('okno_subscriber', jsonb_build_object('office', p_office_id, 'kind', left(p_kind, 60))::text);
end;

-- What a desk tells every half a minute, and nothing else is written for it. Whose row it is says the connection.
create function desk_beat(p_session_id uuid, p_desk text, p_app_version text, p_locked_at timestamptz default null, p_away_at timestamptz default null, p_shown_subscriber_id bigint default null,
  p_unsent int default 0, p_printers jsonb default '[]') returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_is_new boolean; v_visit bigint; v_printers jsonb;
begin
  if p_session_id is null or coalesce(length(p_desk), 0) not between 1 and 80 or coalesce(length(p_app_version), 0) not between 1 and 40 or coalesce(p_unsent, -1) not between 0 and 100000
     or jsonb_typeof(p_printers) is distinct from 'array' or length(p_printers::text) > 8000 then
    perform refuse('OK400', 'shape');
  end if;
  select coalesce(jsonb_agg(jsonb_build_object('printer', left(e ->> 'printer', 100), 'trouble', left(e ->> 'trouble', 60), 'held', least(greatest((e ->> 'held')::int, 0), 9999))), '[]')
    into v_printers from jsonb_array_elements(p_printers) e where e ->> 'printer' is not null and e ->> 'held' ~ '^\d{1,6}$';
  -- A clock that is wrong, or says what no clock does, is not shown as it is: the page of all windows would not open for one of them.
  p_locked_at := case when p_locked_at is not null then greatest(least(p_locked_at, now()), now() - interval '7 days') end;
  p_away_at := case when p_away_at is not null then greatest(least(p_away_at, now()), now() - interval '7 days') end;
  if p_shown_subscriber_id is not null then
    select id into v_visit from visit where staff_id = v_staff.id and closed_at is null and subscriber_id = p_shown_subscriber_id;
  end if;
  insert into desk_session as d (id, staff_id, office_id, desk, app_version, seen_at, locked_at, away_at, shown_visit_id, unsent, printers)
    values (p_session_id, v_staff.id, v_staff.office_id, p_desk, p_app_version, clock_timestamp(), p_locked_at, p_away_at, v_visit, p_unsent, v_printers)
    on conflict (id) do update set seen_at = excluded.seen_at, locked_at = excluded.locked_at, away_at = excluded.away_at, shown_visit_id = excluded.shown_visit_id, unsent = excluded.unsent,
      printers = excluded.printers, ended_at = null where d.staff_id = excluded.staff_id
    returning xmax = 0 into v_is_new;
  if v_is_new is null then
    perform refuse('OK403', 'deskOfAnother');
  end if;
  if v_is_new then
    -- A window that was switched off and on again is one window; one that still tells of itself takes its row back by that.
    update desk_session set ended_at = clock_timestamp() where id <> p_session_id and ended_at is null and office_id = v_staff.office_id and desk = p_desk
      and (staff_id = v_staff.id or seen_at < now() - interval '1 minute');
    delete from desk_session where seen_at < now() - interval '3 days';
    perform office_told(v_staff.office_id, 'desk.signedIn');
  end if;
  -- Another desk has ended this session (0037).
  return jsonb_strip_nulls(jsonb_build_object('ended', session_ended(p_session_id)));
end $$;

create function desk_left(p_session_id uuid) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_office_id int;
begin
  update desk_session set ended_at = clock_timestamp() where id = p_session_id and staff_id = (select id from staff where login = session_user) returning office_id into v_office_id;
  if found then
    perform office_told(v_office_id, 'desk.signedOut');
  end if;
  return '{}';
end $$;

-- A desk is locked (p_idle: by itself, nobody touched it) or unlocked: at once, and in the audit.
create function desk_locked(p_session_id uuid, p_locked boolean, p_idle boolean default false, p_desk text default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_office_id int;
begin
  perform audit_record(case when p_locked then 'session.lock' else 'session.unlock' end, null, null, jsonb_build_object('idle', nullif(p_locked and p_idle, false), 'desk', left(p_desk, 80)));
  update desk_session set locked_at = case when p_locked then clock_timestamp() end, away_at = null, seen_at = clock_timestamp()
    where id = p_session_id and ended_at is null and staff_id = (select id from staff where login = session_user) returning office_id into v_office_id;
  if found then
    perform office_told(v_office_id, 'desk.locked');
  end if;
  return '{}';
end $$;

grant execute on function desk_beat(uuid, text, text, timestamptz, timestamptz, bigint, int, jsonb), desk_left(uuid), desk_locked(uuid, boolean, boolean, text) to okno_staff;

-- ── The live desk ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

alter table office add column live_limits jsonb not null default '{"longMinutes": 10, "tooLongMinutes": 20}', add column live_limits_version int not null default 1;
comment on column office.live_limits is 'From how many minutes on a visit is shown as long, and as too long.';

-- Of a visit what a supervisor needs to see of it; whose it is is a question of its own (live_desk_name).
create function live_visit_json(v visit, p_shown bigint) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare o operation; v_account bigint;
begin
  select * into o from operation where visit_id = v.id order by at desc limit 1;
  v_account := coalesce(o.account_id, (v.draft ->> 'accountId')::bigint, (select id from account where subscriber_id = v.subscriber_id order by status = 'closed', id limit 1));
  return (select jsonb_build_object('visitId', v.id, 'subscriberId', v.subscriber_id, 'account', a.number, 'provider', p.name, 'openedAt', v.opened_at, 'identification', v.identification,
      'lastActionAt', o.at, 'lastKind', o.kind, 'isShown', v.id is not distinct from p_shown)
    from (select v_account as id) x left join account a on a.id = x.id left join provider p on p.id = a.provider_id);
end $$;

-- The windows of the supervisor's office as they are now, the visits that wait, drafts. A desk that has not told of itself for two minutes is lost.
create function live_desk_state() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_day timestamptz := office_day_start(); o office;
begin
  select * into o from office where id = v_staff.office_id;
  return (
    with person as materialized (
      select s.id, s.full_name, s.login, s.window_code from staff s where s.office_id = o.id and 'operator' = any(s.roles)
    ), desk as materialized (
      select d.*, least(d.seen_at, now()) as seen, d.seen_at < now() - interval '2 minutes' as is_lost from desk_session d
      where d.office_id = o.id and d.ended_at is null and d.seen_at >= v_day and d.staff_id in (select id from person)
    ), open_visit as materialized (
      -- As live_visit_json, for all of them at once.
      select v.staff_id, v.opened_at, row_number() over (partition by v.staff_id order by v.id = d.shown_visit_id desc nulls last, v.opened_at desc) as n,
        jsonb_build_object('visitId', v.id, 'subscriberId', v.subscriber_id, 'account', a.number, 'provider', p.name, 'openedAt', v.opened_at, 'identification', v.identification,
          'lastActionAt', l.at, 'lastKind', l.kind, 'isShown', v.id is not distinct from d.shown_visit_id) as j
      from visit v left join (select distinct on (staff_id) staff_id, shown_visit_id from desk order by staff_id, seen_at desc) d on d.staff_id = v.staff_id
      left join lateral (select t.kind, t.at, t.account_id from operation t where t.visit_id = v.id order by t.at desc limit 1) l on true
      left join lateral (select coalesce(l.account_id, (v.draft ->> 'accountId')::bigint, (select b.id from account b where b.subscriber_id = v.subscriber_id order by b.status = 'closed', b.id limit 1)) as id) x on true
      left join account a on a.id = x.id left join provider p on p.id = a.provider_id
      where v.closed_at is null and v.opened_at >= v_day and v.staff_id in (select id from person)
    ), served as materialized (
      select staff_id, jsonb_agg(j order by n) as visits, (array_agg(opened_at order by n))[1] as since from open_visit group by staff_id
    ), asked as materialized (
      select n.asked_by, count(*) as n, min(n.asked_at) as first_at from approval n where n.state = 'waiting' and n.expires_at > now() group by n.asked_by
    ), shown as (
      select p.id as staff_id, d.id as session_id from person p left join desk d on d.staff_id = p.id where d.id is not null or p.id in (select staff_id from served)
    ), last_at as materialized (
      select distinct on (x.staff_id) x.staff_id, x.ended_at from desk_session x where x.office_id = o.id and x.ended_at is not null order by x.staff_id, x.ended_at desc
    ), empty as (
      -- A window nobody is signed in at: with whom it was last.
      select distinct on (p.window_code) p.id as staff_id, null::uuid as session_id from person p left join last_at l on l.staff_id = p.id
      where p.window_code is not null and p.window_code not in (select q.window_code from shown x join person q on q.id = x.staff_id where q.window_code is not null)
      order by p.window_code, l.ended_at desc nulls last, p.id
    ), row_of as (
      select x.staff_id, x.session_id, p.full_name, p.login, p.window_code, d.desk, d.app_version, d.signed_in_at, d.seen, d.is_lost, d.locked_at, d.away_at, d.unsent, d.printers,
        coalesce(v.visits, '[]') as visits, v.since as serving_since, a.n as asked, a.first_at as asked_at, l.ended_at
      from (select * from shown union all select * from empty) x join person p on p.id = x.staff_id left join desk d on d.id = x.session_id left join served v on v.staff_id = x.staff_id
      left join asked a on a.asked_by = x.staff_id left join last_at l on l.staff_id = x.staff_id
    )
    select jsonb_build_object('asOf', clock_timestamp(), 'limits', o.live_limits || jsonb_build_object('version', o.live_limits_version),
      'windows', (select coalesce(jsonb_agg(jsonb_build_object('sessionId', r.session_id, 'staffId', r.staff_id, 'staffName', r.full_name, 'login', r.login, 'window', r.window_code, 'desk', r.desk,
          'version', r.app_version, 'signedInAt', r.signed_in_at, 'seenAt', r.seen,
          'state', case when r.session_id is null then 'signedOut' when r.is_lost then 'lost' when r.locked_at is not null then 'locked' when r.visits <> '[]' then 'serving' when r.away_at is not null then 'away' else 'free' end,
          'since', case when r.session_id is null then r.ended_at when r.is_lost then r.seen when r.locked_at is not null then r.locked_at when r.visits <> '[]' then r.serving_since else r.away_at end,
          'awayAt', case when r.locked_at is null then r.away_at end, 'visits', r.visits, 'approvals', coalesce(r.asked, 0), 'approvalAskedAt', r.asked_at, 'unsent', coalesce(r.unsent, 0),
          'printers', coalesce(r.printers, '[]'))
          order by length(r.window_code) nulls last, r.window_code, r.full_name, r.session_id), '[]') from row_of r),
      'handOvers', (select coalesce(jsonb_agg(live_visit_json(v, null) || jsonb_build_object('fromName', f.full_name, 'fromWindow', f.window_code, 'toName', t.full_name, 'handedAt', v.handed_at) order by v.handed_at), '[]')
        from visit v join staff f on f.id = v.handed_from left join staff t on t.id = v.handed_to
        where v.staff_id is null and v.closed_at is null and v.opened_at >= v_day and f.office_id = o.id),
      'drafts', (select jsonb_build_object('total', count(*), 'rows', coalesce(jsonb_agg(x.j order by x.made_at) filter (where x.n <= 30), '[]')) from (
        select d.made_at, row_number() over (order by d.made_at) as n, jsonb_build_object('visitId', d.visit_id, 'subscriberId', d.subscriber_id, 'madeAt', d.made_at, 'expiresOn', d.expires_on,
          'action', d.content ->> 'action', 'staffName', s.full_name, 'account', (select number from account a where a.id = coalesce((d.content ->> 'accountId')::bigint,
            (select id from account b where b.subscriber_id = d.subscriber_id order by b.status = 'closed', b.id limit 1)))) as j
        from visit_draft d join visit v on v.id = d.visit_id join staff s on s.id = v.staff_id where d.used_at is null and d.expires_on >= office_today() and s.office_id = o.id) x)));
end $$;

-- Today so far: of the office and of each operator. Visits nobody has ended (ended by the next day) are not somebody's minutes.
create function live_desk_totals() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_day timestamptz := office_day_start();
begin
  return (
    with done as materialized (
      select v.id, v.staff_id, v.subscriber_id, v.opened_at, v.closed_at, extract(epoch from v.closed_at - v.opened_at)::float8 as seconds
      from visit v join staff s on s.id = v.staff_id where v.opened_at >= v_day and v.closed_at is not null and v.closed_how <> 'forgotten' and s.office_id = v_staff.office_id
    )
    select jsonb_build_object('visits', count(*), 'medianSeconds', round(percentile_cont(0.5) within group (order by seconds)), 'lastHour', count(*) filter (where closed_at > now() - interval '1 hour'),
        'perHour', round(count(*) / greatest(extract(epoch from now() - min(opened_at)) / 3600, 1), 1),
        'longest', (select jsonb_build_object('visitId', d.id, 'subscriberId', d.subscriber_id, 'seconds', round(d.seconds), 'staffName', s.full_name, 'closedAt', d.closed_at,
            'account', (select a.number from account a where a.subscriber_id = d.subscriber_id order by a.status = 'closed', a.id limit 1))
          from done d join staff s on s.id = d.staff_id order by d.seconds desc, d.id limit 1),
        'staff', (select coalesce(jsonb_agg(jsonb_build_object('staffId', x.staff_id, 'visits', x.n, 'medianSeconds', x.median, 'lastClosedAt', x.last_at) order by x.staff_id), '[]')
          from (select staff_id, count(*) as n, round(percentile_cont(0.5) within group (order by seconds)) as median, max(closed_at) as last_at from done group by staff_id) x))
    from done);
end $$;

-- Whose visit it is: a deliberate act, with its trace.
create function live_desk_name(p_visit_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v visit;
begin
  select x.* into v from visit x join staff s on s.id = coalesce(x.staff_id, x.handed_from) where x.id = p_visit_id and s.office_id = v_staff.office_id;
  if v.id is null then
    perform refuse('OK404', 'visit');
  end if;
  perform audit_record('liveDesk.name', v.id, v.subscriber_id);
  return (select jsonb_build_object('name', subscriber_name(s)) from subscriber s where s.id = v.subscriber_id);
end $$;

-- A day of one operator, visit by visit, those that go on included.
create function live_desk_day(p_staff_id int, p_day date) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); s staff; v_from timestamptz; v_to timestamptz; v_visits jsonb;
begin
  select * into s from staff where id = p_staff_id and office_id = v_staff.office_id;
  if s.id is null then
    perform refuse('OK404', 'staff');
  end if;
  if p_day is null or not is_civil(p_day) then
    perform refuse('OK400', 'shape');
  end if;
  v_from := p_day::timestamp at time zone office_time_zone();
  v_to := (p_day + 1)::timestamp at time zone office_time_zone();
  select coalesce(jsonb_agg(live_visit_json(v, null) || jsonb_build_object('closedAt', v.closed_at, 'how', v.closed_how,
      'seconds', extract(epoch from coalesce(v.closed_at, now()) - v.opened_at)::int,
      'kinds', (select coalesce(jsonb_agg(x.kind order by x.at), '[]') from (select kind, min(at) as at from operation where visit_id = v.id and kind not in ('visits.open', 'visits.close') group by kind) x))
      order by v.opened_at desc), '[]') into v_visits
    from visit v where v.staff_id = s.id and v.opened_at >= v_from and v.opened_at < v_to;
  perform audit_record('liveDesk.day', null, null, jsonb_build_object('of', s.login, 'day', p_day, 'rows', jsonb_array_length(v_visits)));
  return jsonb_build_object('staffName', s.full_name, 'login', s.login, 'window', s.window_code, 'visits', v_visits);
end $$;

create function live_desk_limits(p_operation_id uuid, p_long_minutes int, p_too_long_minutes int, p_version int) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_none visit; o office; v_limits jsonb; v_first jsonb := operation_repeat(p_operation_id, 'liveDesk.limits');
begin
  if v_first is not null then return v_first; end if;
  if coalesce(p_long_minutes, 0) not between 1 and 240 or coalesce(p_too_long_minutes, 0) not between p_long_minutes + 1 and 480 then
    perform refuse('OK400', 'shape');
  end if;
  select * into o from office where id = v_staff.office_id for update;
  if o.live_limits_version is distinct from p_version then
    perform refuse('OK409', 'limitsChanged');
  end if;
  v_limits := jsonb_build_object('longMinutes', p_long_minutes, 'tooLongMinutes', p_too_long_minutes);
  update office set live_limits = v_limits, live_limits_version = live_limits_version + 1 where id = o.id returning * into o;
  return operation_done(p_operation_id, 'liveDesk.limits', v_none, v_limits || jsonb_build_object('version', o.live_limits_version), v_limits);
end $$;

grant execute on function live_desk_state(), live_desk_totals(), live_desk_name(bigint), live_desk_day(int, date), live_desk_limits(uuid, int, int, int) to okno_supervisor;

-- ── Flags ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- What the office looks for. Thresholds are the office's own over these; the words and why a threshold is what it is stand in the renderer (flags.rules).
create table flag_rule (
  rule text primary key,
  position int not null unique,
  params jsonb not null
);
comment on column flag_rule.params is 'Thresholds by name, whole numbers; which names there are says this row.';
insert into flag_rule (position, rule, params) values
  (1, 'contactThenPassword', '{"hours": 24}'),
  (2, 'reissueWithoutSignIn', '{"days": 7, "count": 3}'),
  (3, 'ownAccount', '{}'),
  (4, 'massLookups', '{"count": 120}'),
  (5, 'lookupsRefused', '{"count": 1}'),
  (6, 'lookupsNothing', '{"count": 5, "share": 50}'),
  (7, 'lookupsNotOpened', '{"count": 5, "share": 50}'),
  (8, 'cardsWithoutVisit', '{"count": 20}'),
  (9, 'unmasking', '{"count": 30, "times": 3}'),
  (10, 'offHours', '{"fromHour": 7, "toHour": 21, "count": 5}'),
  (11, 'overrides', '{"count": 15}'),
  (12, 'duplicates', '{"count": 20}');

create table flag_setting (
  office_id int not null references office,
  rule text not null references flag_rule,
  is_on boolean not null,
  params jsonb not null,
  version int not null,
  changed_by int not null references staff,
  changed_at timestamptz not null default clock_timestamp(),
  primary key (office_id, rule)
);

create table flag (
  id bigint generated always as identity primary key,
  office_id int not null references office,
  rule text not null references flag_rule,
  subject text not null,
  day date not null,
  staff_id int not null references staff,
  subscriber_id bigint references subscriber,
  account_id bigint references account,
  visit_id bigint references visit,
  n int not null,
  facts jsonb not null default '{}',
  state text not null default 'new' check (state in ('new', 'looked', 'explained')),
  settled_n int,
  version int not null default 1,
  raised_at timestamptz not null default clock_timestamp(),
  changed_at timestamptz not null default clock_timestamp(),
  unique (office_id, rule, subject, day)
);
comment on column flag.subject is 'What it is about, once a day: a member of staff, an operation, a visit.';
comment on column flag.n is 'What was counted; `facts` has the thresholds of that moment and what else was known.';
comment on column flag.settled_n is 'What was counted when somebody looked or explained: twice as much is news.';
create index flag_open on flag (office_id, day) where state <> 'explained';
create index flag_subscriber on flag (subscriber_id) where subscriber_id is not null;
create trigger flag_direct_change after insert or update or delete on flag for each row
  when (coalesce(current_setting('okno.operation', true), '') = '') execute function audit_direct_change();

create table flag_event (
  id bigint generated always as identity primary key,
  flag_id bigint not null references flag,
  at timestamptz not null default clock_timestamp(),
  staff_id int references staff,
  kind text not null check (kind in ('raised', 'grew', 'looked', 'explained', 'reopened')),
  n int,
  comment text check (length(comment) <= 500)
);
comment on column flag_event.staff_id is 'null: the rule itself.';
create index flag_event_flag on flag_event (flag_id, id);

-- How often somebody does what a rule counts, day by day: what is usual for them.
create table flag_measure (
  staff_id int not null references staff,
  rule text not null references flag_rule,
  day date not null,
  n int not null,
  primary key (staff_id, rule, day)
);

create table flag_watch (
  office_id int primary key references office,
  checked_through date not null,
  checked_at timestamptz not null
);

create function flag_rules_of(p_office_id int) returns table (rule text, "position" int, is_on boolean, params jsonb, defaults jsonb, version int, changed_by int, changed_at timestamptz)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query select r.rule, r.position, coalesce(s.is_on, true), r.params || coalesce(s.params, '{}'), r.params, coalesce(s.version, 0), s.changed_by, s.changed_at
    from flag_rule r left join flag_setting s on s.rule = r.rule and s.office_id = p_office_id;
end $$;

-- Whose flags somebody sees: their own office's, all with the administrator's grant.
create function flag_offices(p_staff staff) returns int[] language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return case when coalesce(to_jsonb(p_staff) -> 'grants' ? 'allOffices', false) then array(select id from office) else array[p_staff.office_id] end;
end $$;

-- Everything the rules count on one day of one office: a row for each member of staff (or operation, or visit) with at least one. What is above the threshold decides flag_check.
create function flag_find(p_office office, p_day date) returns table (rule text, subject text, staff_id int, subscriber_id bigint, account_id bigint, visit_id bigint, n int, facts jsonb)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_zone text := p_office.time_zone; v_from timestamptz := p_day::timestamp at time zone v_zone; v_to timestamptz := (p_day + 1)::timestamp at time zone v_zone; v jsonb;
begin
  select jsonb_object_agg(r.rule, r.params) into v from flag_rules_of(p_office.id) r where r.is_on;

  -- A password soon after the main contacts were changed: how a cabinet is stolen at a counter. One a supervisor has approved was looked at already.
  if v ? 'contactThenPassword' then
    return query
    select 'contactThenPassword', 'operation:' || (e.details ->> 'operation'), s.id, e.subscriber_id, (e.details ->> 'accountId')::bigint, e.visit_id, 1,
      jsonb_build_object('change', c.kind, 'minutes', floor(extract(epoch from e.at - c.at) / 60)::int, 'sameVisit', c.visit_id = e.visit_id, 'sameStaff', c.staff_id = s.id)
    from audit_event e join staff s on s.login = e.staff_login left join provider p on p.code = e.details ->> 'provider'
    cross join lateral (select o.at, o.kind, o.visit_id, o.staff_id from operation o where o.subscriber_id = e.subscriber_id and o.kind like 'contacts.%' and o.details ? 'mainChanged' and o.undone_by is null
      and o.at <= e.at and o.at > e.at - make_interval(hours => greatest((v -> 'contactThenPassword' ->> 'hours')::int, coalesce((p.profile -> 'safety' ->> 'recentHours')::int, 0))) order by o.at desc limit 1) c
    where e.at >= v_from and e.at < v_to and e.action = 'portalAccess.reissuePassword' and not e.details ? 'approvedBy' and s.office_id = p_office.id;
  end if;

  -- Passwords of so many days ago with which nobody has signed in since. Of portals that tell of sign-ins at all.
  if v ? 'reissueWithoutSignIn' then
    return query
    select 'reissueWithoutSignIn', 'staff:' || s.id, s.id, null::bigint, null::bigint, null::bigint, count(*)::int, jsonb_build_object('issuedOn', p_day - (v -> 'reissueWithoutSignIn' ->> 'days')::int)
    from audit_event e join staff s on s.login = e.staff_login
    where e.at >= v_from - make_interval(days => (v -> 'reissueWithoutSignIn' ->> 'days')::int) and e.at < v_to - make_interval(days => (v -> 'reissueWithoutSignIn' ->> 'days')::int)
      and e.action = 'portalAccess.reissuePassword' and s.office_id = p_office.id
      and exists (select from portal_user u join provider p on p.id = u.provider_id where p.code = e.details ->> 'provider' and u.last_sign_in_at is not null)
      and not exists (select from portal_account_link l join portal_user u on u.id = l.portal_user_id where l.account_id = (e.details ->> 'accountId')::bigint and l.unlinked_at is null and u.last_sign_in_at > e.at)
    group by s.id;
  end if;

  -- Nobody knows whose account a member of staff has; the same full name is a reason to ask.
  if v ? 'ownAccount' then
    return query
    select 'ownAccount', 'visit:' || e.visit_id, s.id, e.subscriber_id, null::bigint, e.visit_id, 1, '{}'::jsonb
    from audit_event e join staff s on s.login = e.staff_login join subscriber x on x.id = e.subscriber_id
    where e.at >= v_from and e.at < v_to and e.action in ('visits.open', 'visits.accept') and s.office_id = p_office.id and x.kind = 'person'
      and fold(concat_ws(' ', x.last_name, x.first_name, x.middle_name)) = fold(s.full_name);
  end if;

  return query
  select m.rule, 'staff:' || s.id, s.id, null::bigint, null::bigint, null::bigint, m.n, m.facts
  from lookup_counts(p_day, p_day, v_zone) k join staff s on s.login = k.staff_login
  cross join lateral (values
    ('massLookups', k.searches, '{}'::jsonb),
    ('lookupsRefused', k.refused, '{}'),
    ('lookupsNothing', k.nothing, jsonb_build_object('of', k.searches)),
    ('lookupsNotOpened', k.searches - k.nothing - k.opened, jsonb_build_object('of', k.searches - k.nothing)),
    ('cardsWithoutVisit', k.without_visit, '{}'),
    ('unmasking', k.unmasked, '{}')) m(rule, n, facts)
  where s.office_id = p_office.id and m.n > 0 and v ? m.rule;

  -- Somebody's data touched while the office is closed.
  if v ? 'offHours' then
    return query
    select 'offHours', 'staff:' || s.id, s.id, null::bigint, null::bigint, null::bigint, count(*)::int,
      jsonb_build_object('first', to_char(min(e.at) at time zone v_zone, 'HH24:MI'), 'last', to_char(max(e.at) at time zone v_zone, 'HH24:MI'))
    from audit_event e join staff s on s.login = e.staff_login
    where e.at >= v_from and e.at < v_to and e.subscriber_id is not null and e.action <> 'visits.autoClose' and s.office_id = p_office.id
      and not extract(hour from e.at at time zone v_zone) between (v -> 'offHours' ->> 'fromHour')::int and (v -> 'offHours' ->> 'toHour')::int - 1
    group by s.id;
  end if;

  if v ? 'overrides' then
    return query
    select 'overrides', 'staff:' || s.id, s.id, null::bigint, null::bigint, null::bigint, count(*)::int, '{}'::jsonb
    from meter_reading r join staff s on s.id = r.staff_id
    where r.warnings <> '{}' and r.taken_on between p_day - 40 and p_day and r.entered_at >= v_from and r.entered_at < v_to and r.channel in ('desk', 'phone', 'paper') and s.office_id = p_office.id
    group by s.id;
  end if;

  if v ? 'duplicates' then
    return query
    select 'duplicates', 'staff:' || s.id, s.id, null::bigint, null::bigint, null::bigint, count(*)::int, '{}'::jsonb
    from audit_event e join staff s on s.login = e.staff_login
    where e.at >= v_from and e.at < v_to and e.action in ('paymentDocuments.print', 'paymentDocuments.save') and e.details ? 'duplicate' and s.office_id = p_office.id
    group by s.id;
  end if;
end $$;

-- Whether what was counted is worth a flag. p_usual: what is usual for this person, of at least five days; null when nobody knows.
create function flag_is_due(p_rule text, p_params jsonb, p_n int, p_facts jsonb, p_usual numeric) returns boolean language sql immutable
return case
  when p_rule in ('contactThenPassword', 'ownAccount') then true
  when p_rule in ('lookupsNothing', 'lookupsNotOpened') then p_n >= (p_params ->> 'count')::int and p_n * 100 >= (p_params ->> 'share')::int * (p_facts ->> 'of')::int
  when p_rule = 'unmasking' then p_n >= (p_params ->> 'count')::int or coalesce(p_n >= 10 and p_n >= (p_params ->> 'times')::int * p_usual, false)
  else p_n >= (p_params ->> 'count')::int end;

-- Raises what is due of one day; said again, nothing changes. What was settled and has doubled since is news again.
create function flag_raise_day(p_office office, p_day date) returns int language plpgsql security definer set search_path = public, pg_temp as $$
declare x record; f flag; v_usual numeric; v_raised int := 0; v_rules jsonb;
begin
  select jsonb_object_agg(r.rule, r.params) into v_rules from flag_rules_of(p_office.id) r;
  for x in select * from flag_find(p_office, p_day) loop
    v_usual := null;
    if x.subject like 'staff:%' then
      insert into flag_measure (staff_id, rule, day, n) values (x.staff_id, x.rule, p_day, x.n) on conflict (staff_id, rule, day) do update set n = excluded.n where flag_measure.n <> excluded.n;
      select case when count(*) >= 5 then round(avg(m.n), 1) end into v_usual from flag_measure m where m.staff_id = x.staff_id and m.rule = x.rule and m.day between p_day - 30 and p_day - 1;
    end if;
    continue when not flag_is_due(x.rule, v_rules -> x.rule, x.n, x.facts, v_usual);
    select * into f from flag where office_id = p_office.id and rule = x.rule and subject = x.subject and day = p_day for update;
    if f.id is null then
      insert into flag (office_id, rule, subject, day, staff_id, subscriber_id, account_id, visit_id, n, facts)
        values (p_office.id, x.rule, x.subject, p_day, x.staff_id, x.subscriber_id, x.account_id, x.visit_id, x.n, jsonb_strip_nulls(x.facts || (v_rules -> x.rule) || jsonb_build_object('usual', v_usual)))
        returning * into f;
      insert into flag_event (flag_id, kind, n) values (f.id, 'raised', x.n);
      v_raised := v_raised + 1;
    elsif x.n > f.n then
      update flag set n = x.n, facts = facts || jsonb_strip_nulls(x.facts), changed_at = clock_timestamp() where id = f.id;
      if f.state <> 'new' and x.n >= 2 * f.settled_n then
        update flag set state = 'new', version = version + 1 where id = f.id;
        insert into flag_event (flag_id, kind, n) values (f.id, 'grew', x.n);
      end if;
    end if;
  end loop;
  return v_raised;
end $$;

-- Looks for what is due since the last time, at most every five minutes whoever asks, one at a time. The day before the last is looked at once more: it was not over then.
create function flag_check(p_now boolean default false) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); o office; w flag_watch; v_today date; v_day date; v_raised int := 0; v_before text := coalesce(current_setting('okno.operation', true), '');
begin
  for o in select x.* from office x where x.id = any (flag_offices(v_staff)) order by x.id loop
    continue when not pg_try_advisory_xact_lock(hashtext('okno.flags'), o.id);
    select * into w from flag_watch where office_id = o.id;
    continue when w.checked_at > clock_timestamp() - interval '5 minutes' and not p_now;
    perform set_config('okno.operation', 'flags.check', true);
    v_today := (now() at time zone o.time_zone)::date;
    v_day := greatest(coalesce(w.checked_through, v_today - 30), v_today - 30);
    while v_day <= v_today loop
      v_raised := v_raised + flag_raise_day(o, v_day);
      v_day := v_day + 1;
    end loop;
    insert into flag_watch values (o.id, v_today, clock_timestamp()) on conflict (office_id) do update set checked_through = excluded.checked_through, checked_at = excluded.checked_at;
    if v_raised > 0 then
      perform office_told(o.id, 'flags.raised');
    end if;
  end loop;
  perform set_config('okno.operation', v_before, true);
  return jsonb_build_object('raised', v_raised);
end $$;

create function flag_json(f flag, p_staff staff) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select jsonb_build_object('id', f.id, 'rule', f.rule, 'day', f.day, 'state', f.state, 'version', f.version, 'n', f.n, 'facts', f.facts, 'raisedAt', f.raised_at,
      'staff', jsonb_build_object('id', s.id, 'fullName', s.full_name, 'login', s.login, 'window', s.window_code), 'office', o.name, 'subscriberId', f.subscriber_id, 'visitId', f.visit_id,
      'account', a.number, 'provider', p.name, 'isOwn', f.staff_id = p_staff.id,
      'history', (select jsonb_agg(jsonb_build_object('at', e.at, 'kind', e.kind, 'n', e.n, 'comment', e.comment, 'staffName', (select full_name from staff t where t.id = e.staff_id)) order by e.id)
        from flag_event e where e.flag_id = f.id))
    from staff s join office o on o.id = f.office_id left join account a on a.id = coalesce(f.account_id, (select b.id from account b where b.subscriber_id = f.subscriber_id order by b.status = 'closed', b.id limit 1))
    left join provider p on p.id = a.provider_id where s.id = f.staff_id);
end $$;

-- Newest days first. p_state: open (new and looked), new, looked, explained, all.
create function flag_list(p_state text default 'open', p_rule text default null, p_staff_id int default null, p_from date default null, p_to date default null, p_limit int default 100) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_offices int[] := flag_offices(v_staff); v jsonb;
begin
  if coalesce(p_state, '') not in ('open', 'new', 'looked', 'explained', 'all') or coalesce(p_limit, 0) not between 1 and 500 then
    perform refuse('OK400', 'shape');
  end if;
  with found as materialized (
    select f.id, f.rule, f.staff_id, f.day, f.state from flag f where f.office_id = any (v_offices)
      and case p_state when 'open' then f.state <> 'explained' when 'all' then true else f.state = p_state end
      and f.day between coalesce(p_from, '-infinity') and coalesce(p_to, 'infinity')
  ), narrowed as materialized (
    select * from found where (p_rule is null or rule = p_rule) and (p_staff_id is null or staff_id = p_staff_id)
  )
  select jsonb_build_object('total', (select count(*) from narrowed),
    'rules', (select coalesce(jsonb_object_agg(rule, n), '{}') from (select rule, count(*) as n from found where p_staff_id is null or staff_id = p_staff_id group by rule) x),
    'staff', (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'fullName', s.full_name, 'n', x.n) order by x.n desc, s.full_name), '[]')
      from (select staff_id, count(*) as n from found where p_rule is null or rule = p_rule group by staff_id) x join staff s on s.id = x.staff_id),
    'flags', (select coalesce(jsonb_agg(flag_json(f, v_staff) order by x.day desc, f.state = 'new' desc, f.id desc), '[]')
      from (select * from narrowed order by day desc, state = 'new' desc, id desc limit p_limit) x join flag f on f.id = x.id)) into v;
  perform audit_record('flags.list', null, null, jsonb_build_object('state', p_state, 'rule', p_rule, 'rows', jsonb_array_length(v -> 'flags')));
  return v;
end $$;

-- Looked at, explained (with words) or new again (with words): by another person than the one it is about.
create function flag_decide(p_operation_id uuid, p_flag_id bigint, p_version int, p_decision text, p_comment text default null) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_none visit; f flag; v_last flag_event; v_comment text := nullif(trim(p_comment), ''); v_kind text; v_first jsonb;
begin
  v_kind := case p_decision when 'looked' then 'flags.look' when 'explained' then 'flags.explain' when 'reopened' then 'flags.reopen' end;
  if v_kind is null or length(v_comment) > 500 then
    perform refuse('OK400', 'shape');
  end if;
  v_first := operation_repeat(p_operation_id, v_kind);
  if v_first is not null then
    return flag_json((select x from flag x where x.id = (v_first ->> 'id')::bigint), v_staff);
  end if;
  select * into f from flag where id = p_flag_id and office_id = any (flag_offices(v_staff)) for update;
  if f.id is null then
    perform refuse('OK404', 'flag');
  elsif f.staff_id = v_staff.id then
    perform refuse('OK403', 'flagAboutYourself');
  elsif f.version is distinct from p_version then
    select * into v_last from flag_event where flag_id = f.id order by id desc limit 1;
    perform refuse('OK409', 'flagChanged', jsonb_strip_nulls(jsonb_build_object('staffName', (select full_name from staff where id = v_last.staff_id), 'at', v_last.at, 'kind', v_last.kind)));
  elsif f.state = (case p_decision when 'reopened' then 'new' else p_decision end) or (p_decision = 'looked' and f.state = 'explained') then
    perform refuse('OK409', 'flagStateAlready');
  elsif p_decision <> 'looked' and coalesce(length(v_comment), 0) < 5 then
    perform refuse('OK400', 'flagCommentMissing');
  end if;
  update flag set state = case p_decision when 'reopened' then 'new' else p_decision end, settled_n = n, version = version + 1, changed_at = clock_timestamp() where id = f.id returning * into f;
  insert into flag_event (flag_id, staff_id, kind, n, comment) values (f.id, v_staff.id, p_decision, f.n, v_comment);
  perform operation_done(p_operation_id, v_kind, v_none, jsonb_build_object('id', f.id),
    jsonb_build_object('flag', f.id, 'rule', f.rule, 'day', f.day, 'of', (select login from staff where id = f.staff_id), 'comment', v_comment));
  perform office_told(f.office_id, 'flags.decided');
  return flag_json(f, v_staff);
end $$;

create function flag_rules() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff();
begin
  return (select jsonb_agg(jsonb_build_object('rule', r.rule, 'isOn', r.is_on, 'params', r.params, 'defaults', r.defaults, 'version', r.version,
      'changedBy', (select full_name from staff s where s.id = r.changed_by), 'changedAt', r.changed_at) order by r.position) from flag_rules_of(v_staff.office_id) r);
end $$;

create function flag_rule_require(r flag_rule, p_is_on boolean, p_params jsonb) returns void language plpgsql immutable as $$
begin
  if p_is_on is null or jsonb_typeof(p_params) is distinct from 'object' or exists (select from jsonb_each(p_params) e where not r.params ? e.key or jsonb_typeof(e.value) <> 'number' or e.value::text !~ '^\d{1,5}$')
     or not coalesce((p_params ->> 'hours')::int between 1 and 720, true) or not coalesce((p_params ->> 'days')::int between 1 and 60, true) or not coalesce((p_params ->> 'count')::int between 1 and 10000, true)
     or not coalesce((p_params ->> 'share')::int between 1 and 100, true) or not coalesce((p_params ->> 'times')::int between 2 and 100, true)
     or not coalesce((p_params ->> 'fromHour')::int between 0 and 23, true) or not coalesce((p_params ->> 'toHour')::int between 1 and 24, true)
     or not coalesce((p_params ->> 'fromHour')::int < (p_params ->> 'toHour')::int, true) then
    perform refuse('OK400', 'shape');
  end if;
end $$;

-- Other thresholds of the own office for one rule. From the next check on; what was raised stays.
create function flag_rule_save(p_operation_id uuid, p_rule text, p_is_on boolean, p_params jsonb, p_version int) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_none visit; r flag_rule; v_setting flag_setting; v_first jsonb := operation_repeat(p_operation_id, 'flags.tune');
begin
  if v_first is not null then return flag_rules(); end if;
  select * into r from flag_rule where rule = p_rule;
  if r.rule is null then
    perform refuse('OK404', 'flagRule');
  end if;
  perform flag_rule_require(r, p_is_on, p_params);
  perform pg_advisory_xact_lock(hashtext('okno.flagRule'), v_staff.office_id);
  select * into v_setting from flag_setting where office_id = v_staff.office_id and rule = p_rule;
  if coalesce(v_setting.version, 0) is distinct from p_version then
    perform refuse('OK409', 'flagRuleChanged', jsonb_strip_nulls(jsonb_build_object('staffName', (select full_name from staff where id = v_setting.changed_by), 'at', v_setting.changed_at)));
  end if;
  insert into flag_setting (office_id, rule, is_on, params, version, changed_by) values (v_staff.office_id, p_rule, p_is_on, p_params, 1, v_staff.id)
    on conflict (office_id, rule) do update set is_on = excluded.is_on, params = excluded.params, version = flag_setting.version + 1, changed_by = excluded.changed_by, changed_at = clock_timestamp();
  perform operation_done(p_operation_id, 'flags.tune', v_none, '{}', jsonb_build_object('rule', p_rule, 'isOn', p_is_on,
    'from', r.params || coalesce(v_setting.params, '{}'), 'to', r.params || p_params));
  return flag_rules();
end $$;

-- ── What waits for a supervisor ──────────────────────────────────────────────────────────────────────────────────────────────────────
-- Counts only, up to a thousand each: the badge of the menu and the first lines of «Внимание». An administrator has flags and dead letters.
create function attention_counts() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_is_supervisor boolean := 'supervisor' = any (v_staff.roles); v_flags jsonb; v_today date := office_today();
begin
  select jsonb_build_object('new', count(*) filter (where state = 'new'), 'looked', count(*) filter (where state = 'looked')) into v_flags
    from (select state from flag where office_id = any (flag_offices(v_staff)) and state <> 'explained' limit 1000) x;
  return jsonb_build_object('flags', v_flags,
    'approvals', case when v_is_supervisor then (select count(*) from approval n join visit v on v.id = n.visit_id
      where n.state = 'waiting' and n.expires_at > now() and n.asked_by <> v_staff.id and v.closed_at is null and v.staff_id = n.asked_by) end,
    'readings', case when v_is_supervisor then (select count(*) from (select from meter_reading r where r.warnings <> '{}' and r.review is null and r.status in ('entered', 'accepted', 'calculated')
      and r.taken_on between (date_trunc('month', v_today) - interval '1 month')::date and v_today limit 1000) x) end,
    'requestsOverdue', case when v_is_supervisor then (select count(*) from (select from request where closed_at is null and due_on < v_today limit 1000) x) end,
    'deadLetters', (select count(*) from (select from outbox_message where state in ('failed', 'uncertain') limit 1000) x),
    -- A copy that failed, or the daily one that does not come; null: all is well, or nobody expects one.
    'backups', (select case when failed_at is not null or due_by < now() then 1 end from backup_state));
end $$;

grant execute on function flag_check(boolean), flag_list(text, text, int, date, date, int), flag_decide(uuid, bigint, int, text, text), flag_rules(), flag_rule_save(uuid, text, boolean, jsonb, int),
  attention_counts() to okno_supervisor, okno_admin;

reset role;
