-- What the supervisor counts: who may see which office, and the numbers kept so that a year is answered in a moment (docs/reports.md).
do $$ begin
  if not exists (select from pg_roles where rolname = 'okno_reports') then
    create role okno_reports nologin;
  end if;
end $$;
grant okno_reports to okno_owner with admin option;
grant usage on schema public to okno_reports;

set local role okno_owner;

------------------------------------------------------------------------------------------------------------------------ who sees what

alter table staff add column grants text[] not null default '{}',
  add constraint staff_grants_known check (grants <@ array['exportReports', 'allOffices']);
comment on column staff.grants is 'What an administrator lets a supervisor do besides: files of reports, the figures of every office.';

-- Kept with the row: a member of staff who moves takes nothing of what was done along. Of whoever asks, by default; null: nobody of an office did it.
-- Names are qualified instead of a search path of its own: it is in the way of every operation.
create function office_of_session() returns int language plpgsql stable as $$
begin
  return (select s.office_id from public.staff s where s.login = session_user);
end $$;
alter table visit add column office_id int;
alter table operation add column office_id int;
alter table meter_reading add column office_id int;
update visit v set office_id = s.office_id from staff s where s.id = coalesce(v.staff_id, v.handed_from);
update operation o set office_id = s.office_id from staff s where s.id = o.staff_id;
update meter_reading r set office_id = s.office_id from staff s where s.id = r.staff_id;
alter table visit alter column office_id set default office_of_session();
alter table operation alter column office_id set default office_of_session();
comment on column meter_reading.office_id is 'Of the member of staff who entered it; null: a register, the portal.';

-- The offices whose figures this connection may see; 0 stands for what nobody of an office did (registers, the portal, the subscriber). Nothing for anybody but a supervisor.
create function report_offices() returns int[] language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v staff;
begin
  select * into v from staff where login = session_user;
  if not found or v.must_change_password or not 'supervisor' = any(v.roles) or v.password_mark is distinct from password_mark(v.login) then
    return '{}';
  end if;
  return case when 'allOffices' = any(v.grants) then 0 || array(select id from office) else array[0, v.office_id] end;
end $$;

-- Report functions are those of okno_reports, which owns no table: whatever their statements forget, rows of another office are not there for them.
-- A row without an office is nobody's secret before a supervisor.
create function report_guard(p_table regclass, p_office text) returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', p_table);
  execute format('create policy own_office on %s for select to okno_reports using (coalesce(%s, 0) = any ((select report_offices())::int[]))', p_table, p_office);
end $$;
select report_guard('visit', 'office_id'), report_guard('operation', 'office_id'), report_guard('meter_reading', 'office_id'),
  -- Of what is logged the office is that of whose login it was.
  report_guard('audit_event', '(select s.office_id from staff s where s.login = staff_login)');

-- No names of subscribers, no documents, no contacts: what a report needs and no more.
grant select on visit, operation, meter_reading, audit_event, office, account, address, meter to okno_reports;
grant select (id, code, name) on provider to okno_reports;
grant select (id, login, full_name, roles, office_id, window_code) on staff to okno_reports;
grant execute on function refuse(text, text, jsonb), report_offices(), office_zone(), office_today(), is_lookup(text, jsonb), meter_type_of(boolean, int) to okno_reports;

------------------------------------------------------------------------------------------------------------------------ asking

-- What a report is asked for, read and checked once. since/until are the bounds of the days by the clock of the office that asks.
create type report_asked as (first_day date, last_day date, since timestamptz, until timestamptz, zone text, office_id int, provider_id int, staff_id int, window_code text, grain text, days int);

-- p_filters: {from, to: 'YYYY-MM-DD', both included; officeId, provider: code, staffId, window, grain, days}, a missing key asks for everything; other keys are the report's own.
-- OK400 reportPeriod (no days, or more than five years of them), filtersOfReport, OK404 provider.
create function report_asked_of(p_filters jsonb, p_period boolean default true) returns report_asked language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v report_asked;
begin
  if jsonb_typeof(p_filters) is distinct from 'object' or pg_column_size(p_filters) > 4000 or exists (select from jsonb_each(p_filters) e where jsonb_typeof(e.value) not in ('string', 'number')) then
    perform refuse('OK400', 'filtersOfReport');
  end if;
  v.zone := office_zone();
  begin
    v.first_day := (p_filters ->> 'from')::date;
    v.last_day := (p_filters ->> 'to')::date;
    v.office_id := (p_filters ->> 'officeId')::int;
    v.staff_id := (p_filters ->> 'staffId')::int;
    v.days := (p_filters ->> 'days')::int;
  exception when data_exception then
    perform refuse('OK400', 'filtersOfReport');
  end;
  if p_period and (coalesce(not (is_civil(v.first_day) and is_civil(v.last_day)), true) or v.last_day < v.first_day or v.last_day > v.first_day + 1830) then
    perform refuse('OK400', 'reportPeriod');
  end if;
  v.since := v.first_day::timestamp at time zone v.zone;
  v.until := (v.last_day + 1)::timestamp at time zone v.zone;
  v.window_code := p_filters ->> 'window';
  v.grain := p_filters ->> 'grain';
  if p_filters ? 'provider' then
    select id into v.provider_id from provider where code = p_filters ->> 'provider';
    if not found then
      perform refuse('OK404', 'provider');
    end if;
  end if;
  return v;
end $$;
grant execute on function report_asked_of(jsonb, boolean) to okno_reports;

-- Counts a report: {rows, totals, asOf}. The only way in: whoever asks is a supervisor and leaves a trace. A replica can't write, so there the trace has been left on the primary
-- (report_asked_for), and psql on a replica is IT's to grant.
create function report_run(p_report text, p_filters jsonb default '{}') returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v jsonb;
begin
  if not pg_is_in_recovery() then
    perform report_asked_for(p_report, p_filters);
  end if;
  perform report_require(p_report, p_filters);
  execute format('select %I($1)', 'report_' || p_report) into v using p_filters;
  return v || jsonb_build_object('asOf', now());
end $$;

-- The trace of a report: which and of what, never what came out. `position` is how far the log of the primary was right before: a replica that has got there lags by nothing.
create function report_asked_for(p_report text, p_filters jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_position pg_lsn := pg_current_wal_insert_lsn();
begin
  perform report_require(p_report, p_filters);
  perform audit_record('reports.run', null, null, jsonb_build_object('report', p_report, 'filters', p_filters));
  return jsonb_build_object('position', v_position);
end $$;

-- Asked on a replica: seconds it is behind a position of the primary, 0 once it has got there; else since the last transaction it has repeated.
create function report_lag(p_position pg_lsn) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return jsonb_build_object('isReplica', pg_is_in_recovery(), 'lagSeconds', case when not pg_is_in_recovery() or pg_last_wal_replay_lsn() >= p_position then 0
    else coalesce(round(extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::numeric, 1), 1e9) end);
end $$;

-- A supervisor, a report there is, filters of a sensible shape.
create function report_require(p_report text, p_filters jsonb) returns void language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not 'supervisor' = any((current_staff()).roles) then
    perform refuse('OK403', 'rightMissing');
  end if;
  if not exists (select from pg_proc p where p.pronamespace = 'public'::regnamespace and p.proowner = 'okno_reports'::regrole and p.proname = 'report_' || p_report
                 and oidvectortypes(p.proargtypes) = 'jsonb') then
    perform refuse('OK404', 'report');
  end if;
  perform report_asked_of(p_filters, false);
end $$;

-- What stands behind a row: `report_<code>_details(p_filters)`, the newest 500; audited with how many there were.
create function report_details(p_report text, p_filters jsonb default '{}') returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v jsonb;
begin
  perform report_require(p_report || '_details', p_filters);
  execute format('select %I($1)', 'report_' || p_report || '_details') into v using p_filters;
  perform audit_record('reports.details', null, null, jsonb_build_object('report', p_report, 'filters', p_filters, 'rows', jsonb_array_length(v -> 'rows')));
  return v;
end $$;

-- The course of a visit from a report: a look at the subscriber's timeline without a visit, and logged as one.
create function report_visit(p_visit_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit;
begin
  if not 'supervisor' = any((current_staff()).roles) then
    perform refuse('OK403', 'rightMissing');
  end if;
  select * into v from visit where id = p_visit_id and coalesce(office_id, 0) = any (report_offices());
  if not found then
    perform refuse('OK404', 'visit');
  end if;
  perform audit_record('desk.timeline', null, v.subscriber_id, jsonb_build_object('withoutVisit', true, 'visit', v.id));
  return jsonb_build_object(
    'visit', jsonb_build_object('id', v.id, 'subscriberId', v.subscriber_id, 'openedAt', v.opened_at, 'closedAt', v.closed_at, 'closedHow', v.closed_how,
      'staffName', (select full_name from staff where id = coalesce(v.staff_id, v.handed_from)), 'officeName', (select name from office where id = v.office_id), 'window', v.window_code,
      'identification', v.identification, 'seconds', round(extract(epoch from v.closed_at - v.opened_at))),
    'entries', (select coalesce(jsonb_agg(jsonb_build_object('operationId', o.id, 'visitId', o.visit_id, 'at', o.at, 'kind', o.kind, 'group', operation_group(o.kind), 'staffName', f.full_name,
        'details', o.details, 'undone', o.undone_by is not null, 'canUndo', false) order by o.at), '[]')
      from operation o left join staff f on f.id = o.staff_id where o.visit_id = v.id));
end $$;

-- What filters can be set to: of the offices one may see. Windows are those that served within a year.
create function report_choices() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_offices int[] := report_offices();
begin
  if not 'supervisor' = any((current_staff()).roles) then
    perform refuse('OK403', 'rightMissing');
  end if;
  return jsonb_build_object(
    'offices', (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name) order by name), '[]') from office where id = any (v_offices)),
    'providers', (select coalesce(jsonb_agg(jsonb_build_object('code', code, 'name', name) order by name), '[]') from provider),
    'staff', (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'fullName', full_name) order by full_name), '[]') from staff where office_id = any (v_offices)),
    'windows', (select coalesce(jsonb_agg(distinct w order by w), '[]') from (
      select window_code from staff where office_id = any (v_offices) and window_code is not null
      union select window_code from operation_day where office_id = any (v_offices) and day > office_today() - 366 and window_code <> '') x(w)));
end $$;
grant execute on function report_run(text, jsonb), report_asked_for(text, jsonb), report_lag(pg_lsn), report_details(text, jsonb), report_visit(bigint), report_choices() to okno_supervisor;

-- Gives a report function to okno_reports, so that row-level security holds in it: `select report_owned('report_debt_aging(jsonb)')` at the end of the migration that makes it.
create function report_owned(p_function regprocedure) returns void language plpgsql as $$
begin
  execute format('alter function %s security definer stable set search_path to public, pg_temp', p_function);
  execute format('grant execute on function %s to okno_owner', p_function);
  grant create on schema public to okno_reports;
  execute format('alter function %s owner to okno_reports', p_function);
  revoke create on schema public from okno_reports;
end $$;

------------------------------------------------------------------------------------------------------------------------ operations and looks by day

-- Days that are over are counted once and kept; today, and what could not be kept yet, is counted from the rows. A kept day in which a row changes after all (an import, a correction
-- by the owner, a deletion) is dirty and counted from the rows until it is kept anew. So what is kept never differs from the rows, and an operation that is recorded pays nothing.
create table report_kept (
  what text primary key check (what in ('operation', 'look')),
  through date not null
);
comment on column report_kept.through is 'Days up to and with this one are kept, but for the dirty ones. Days are those of the office of each row.';
insert into report_kept values ('operation', '-infinity'), ('look', '-infinity');
create table report_dirty_day (
  what text not null references report_kept,
  day date not null,
  primary key (what, day)
);

create table operation_day (
  day date not null,
  hour smallint not null,
  office_id int not null,
  window_code text not null,
  staff_id int not null,
  kind text not null,
  provider_id int not null,
  n int not null
);
comment on table operation_day is 'Operations by hour: 0 and an empty window stand for none.';
create index operation_day_day on operation_day (day);
create index operation_at on operation (at);

-- What the journal says of looks: few of its many rows, kept one by one because reports ask how many different people were looked at.
create table look (
  day date not null,
  hour smallint not null,
  at timestamptz not null,
  office_id int not null,
  staff_id int not null,
  action text not null,
  visit_id bigint,
  subscriber_id bigint,
  details jsonb not null
);
create index look_on_day on look (day);

create function office_first_zone() returns text language sql stable security definer set search_path = public, pg_temp
return coalesce((select time_zone from office order by id limit 1), 'Europe/Moscow');

-- The rows that are counted, by the clock of the office each belongs to. The bounds are a day wider than any clock.
create function operation_rows(p_from date, p_to date) returns table (day date, hour smallint, office_id int, window_code text, staff_id int, kind text, provider_id int) language sql stable as $$
  select l.at::date, extract(hour from l.at)::smallint, coalesce(o.office_id, 0), coalesce(v.window_code, ''), coalesce(o.staff_id, 0), o.kind, coalesce(a.provider_id, 0)
  from operation o left join visit v on v.id = o.visit_id left join account a on a.id = o.account_id left join office f on f.id = o.office_id
  cross join lateral (select o.at at time zone coalesce(f.time_zone, (select office_first_zone())) as at) l
  where o.at >= p_from::timestamp at time zone 'UTC' - interval '1 day' and o.at < p_to::timestamp at time zone 'UTC' + interval '2 days' and l.at::date between p_from and p_to
$$;

-- Looks: searches by document, shown documents and contacts, cards and what belongs to them without a visit.
create function is_look(p_action text, p_details jsonb) returns boolean language sql immutable parallel safe
return is_lookup(p_action, p_details) or p_details ? 'withoutVisit';

create function look_rows(p_from date, p_to date) returns table (day date, hour smallint, at timestamptz, office_id int, staff_id int, action text, visit_id bigint, subscriber_id bigint, details jsonb)
language sql stable as $$
  select l.at::date, extract(hour from l.at)::smallint, e.at, coalesce(s.office_id, 0), coalesce(s.id, 0), e.action, e.visit_id, e.subscriber_id, e.details
  from audit_event e left join staff s on s.login = e.staff_login left join office f on f.id = s.office_id
  cross join lateral (select e.at at time zone coalesce(f.time_zone, (select office_first_zone())) as at) l
  where e.at >= p_from::timestamp at time zone 'UTC' - interval '1 day' and e.at < p_to::timestamp at time zone 'UTC' + interval '2 days' and l.at::date between p_from and p_to
    and is_look(e.action, e.details)
$$;

-- How many operations, by day of the office and hour, today included. Conditions on its columns reach the tables: it becomes part of the statement that asks.
create function operation_counts(p_from date, p_to date) returns table (day date, hour smallint, office_id int, window_code text, staff_id int, kind text, provider_id int, n int) language sql stable as $$
  select c.day, c.hour, c.office_id, c.window_code, c.staff_id, c.kind, c.provider_id, c.n from operation_day c
  where c.day between p_from and p_to and c.day not in (select d.day from report_dirty_day d where d.what = 'operation')
  union all
  select r.day, r.hour, r.office_id, r.window_code, r.staff_id, r.kind, r.provider_id, 1
  from report_kept k cross join lateral operation_rows(greatest(p_from, k.through + 1), p_to) r where k.what = 'operation' and k.through < p_to
  union all
  select r.day, r.hour, r.office_id, r.window_code, r.staff_id, r.kind, r.provider_id, 1
  from report_dirty_day d cross join lateral operation_rows(d.day, d.day) r where d.what = 'operation' and d.day between p_from and p_to
$$;

-- The looks themselves, with details as in the journal, today included.
create function looks(p_from date, p_to date) returns table (day date, hour smallint, at timestamptz, office_id int, staff_id int, action text, visit_id bigint, subscriber_id bigint, details jsonb)
language sql stable as $$
  select c.* from look c where c.day between p_from and p_to and c.day not in (select d.day from report_dirty_day d where d.what = 'look')
  union all
  select r.* from report_kept k cross join lateral look_rows(greatest(p_from, k.through + 1), p_to) r where k.what = 'look' and k.through < p_to
  union all
  select r.* from report_dirty_day d cross join lateral look_rows(d.day, d.day) r where d.what = 'look' and d.day between p_from and p_to
$$;

-- Marks the day of an instant, and those beside it (which day it is, the clock of an office decides), when they are kept.
create function report_day_changed(p_what text, p_at timestamptz) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  -- Whoever keeps days meanwhile waits: this row is not there for them yet.
  perform pg_advisory_xact_lock_shared(hashtext('okno.reportDays'));
  insert into report_dirty_day (what, day)
  select p_what, d from generate_series((p_at at time zone 'UTC')::date - 1, (p_at at time zone 'UTC')::date + 1, interval '1 day') d
  where d <= (select through from report_kept where what = p_what) on conflict do nothing;
end $$;

create function operation_day_changed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op <> 'INSERT' then perform report_day_changed('operation', old.at); end if;
  if tg_op <> 'DELETE' then perform report_day_changed('operation', new.at); end if;
  return null;
end $$;
-- What is recorded as it happens is never older than its transaction.
create trigger operation_day_inserted after insert on operation for each row when (new.at < now()) execute function operation_day_changed();
create trigger operation_day_updated after update of at, kind, office_id, staff_id, visit_id, account_id on operation for each row
  when ((old.at, old.kind, old.office_id, old.staff_id, old.visit_id, old.account_id) is distinct from (new.at, new.kind, new.office_id, new.staff_id, new.visit_id, new.account_id))
  execute function operation_day_changed();
create trigger operation_day_deleted after delete on operation for each row execute function operation_day_changed();

-- A window is the visit's, wherever it ended.
create function operation_window_changed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform report_day_changed('operation', o.at) from operation o where o.visit_id = new.id;
  return null;
end $$;
create trigger operation_window_changed after update of window_code on visit for each row when (old.window_code is distinct from new.window_code) execute function operation_window_changed();

-- Keeps the days that are over. A day is over when the last clock of the offices says so and nobody is still writing a row of it.
create function report_keep_days() returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare k report_kept; v_yesterday date; v_end timestamptz;
begin
  select min((now() at time zone z)::date) - 1, min(((now() at time zone z)::date)::timestamp at time zone z) into v_yesterday, v_end
    from (select time_zone from office union select office_first_zone()) x(z);
  if not exists (select from report_kept where through < v_yesterday) and not exists (select from report_dirty_day) or not pg_try_advisory_xact_lock(hashtext('okno.reportDays')) then
    return;
  end if;
  if exists (select from pg_stat_activity a where a.datname = current_database() and a.backend_xid is not null and a.xact_start < v_end and a.pid <> pg_backend_pid())
      or exists (select from pg_prepared_xacts where database = current_database()) then
    return;
  end if;
  for k in select * from report_kept where through < v_yesterday loop
    if k.what = 'operation' then
      insert into operation_day select r.day, r.hour, r.office_id, r.window_code, r.staff_id, r.kind, r.provider_id, count(*)
        from operation_rows(greatest(k.through + 1, date '1900-01-01'), v_yesterday) r group by 1, 2, 3, 4, 5, 6, 7 order by 1, 5, 2;
    else
      insert into look select r.* from look_rows(greatest(k.through + 1, date '1900-01-01'), v_yesterday) r order by r.at;
    end if;
    update report_kept set through = v_yesterday where what = k.what;
  end loop;
  delete from operation_day where day in (select day from report_dirty_day where what = 'operation');
  insert into operation_day select r.day, r.hour, r.office_id, r.window_code, r.staff_id, r.kind, r.provider_id, count(*)
    from report_dirty_day d cross join lateral operation_rows(d.day, d.day) r where d.what = 'operation' group by 1, 2, 3, 4, 5, 6, 7 order by 1, 5, 2;
  delete from look where day in (select day from report_dirty_day where what = 'look');
  insert into look select r.* from report_dirty_day d cross join lateral look_rows(d.day, d.day) r where d.what = 'look' order by r.at;
  delete from report_dirty_day;
end $$;

------------------------------------------------------------------------------------------------------------------------ visits

-- Medians are counted from the visits themselves: half a million a year, read from this index alone.
create index visit_opened on visit (opened_at) include (office_id, staff_id, window_code, closed_at, closed_how);

------------------------------------------------------------------------------------------------------------------------ readings

-- Readings change after they were entered (accepted, cancelled, calculated) and come a million at once. What a statement adds and takes away is put down, one row a cell; cells and
-- changes together are always what the rows say, and changes are added to the cells when there is time.
create table reading_cell (
  day date not null,
  period date not null,
  channel text not null,
  status text not null,
  service text not null,
  meter_type text not null,
  provider_id int not null,
  staff_id int not null,
  office_id int not null,
  what text not null,
  code text not null,
  n int not null
);
comment on table reading_cell is 'Readings by the day they were entered, by the clock of the office that did or else of the first one.';
comment on column reading_cell.what is 'Empty: all of them. warned, overridden: those with a warning, with a reason in spite of it. warning, reason: those with that code (one reading may have several). waiting: with a warning nobody has reviewed. cancelled: by its reason.';
create index reading_cell_day on reading_cell (day);
create table reading_cell_change (like reading_cell);

-- What of readings that are alike decides about their cells besides what they have themselves. Of the service and type their meter has now (a meter that changes takes its readings along, below).
create function reading_facts_of(p_entered_at timestamptz, p_status text, p_status_reason text, p_is_reviewed boolean, p_staff_id int, p_office_id int)
returns table (day date, staff_id int, office_id int, why text, is_waiting boolean) language sql stable as $$
  select (p_entered_at at time zone coalesce(case when p_office_id is not null then (select f.time_zone from office f where f.id = p_office_id) end, (select office_first_zone())))::date,
    coalesce(p_staff_id, 0), coalesce(p_office_id, 0), case when p_status = 'cancelled' then split_part(coalesce(p_status_reason, ''), ':', 1) end,
    not p_is_reviewed and p_status in ('entered', 'accepted', 'calculated')
$$;

-- The cells of readings that are alike.
create function reading_cell_codes(p_why text, p_warnings text[], p_reasons text[], p_is_waiting boolean) returns table (what text, code text) language sql immutable parallel safe as $$
  select '', ''
  union all select 'warned', '' where p_warnings <> '{}'
  union all select 'overridden', '' where p_reasons <> '{}'
  union all select 'warning', w from unnest(p_warnings) w
  union all select 'waiting', w from unnest(p_warnings) w where p_is_waiting
  union all select 'reason', r from unnest(p_reasons) r
  union all select 'cancelled', p_why where p_why is not null
$$;

-- One row a cell for each statement. Rows that are alike are put together as they are, everything else is asked of few: a register's million in three seconds. v_sign is a variable so that it is
-- planned as a million (plan_cache_mode of the import): a statement without parameters is never planned anew.
create function reading_cells_inserted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare v_sign int := 1;
begin
  insert into reading_cell_change
  select f.day, g.period, g.channel, g.status, g.service, meter_type_of(g.is_automatic, g.zones), g.provider_id, f.staff_id, f.office_id, c.what, c.code, sum(g.n)
  from (
    select r.entered_at, r.period, r.channel, r.status, r.status_reason, r.warnings, r.reasons, r.review is not null as is_reviewed, r.staff_id, r.office_id, m.service, m.is_automatic, m.zones, a.provider_id, count(*) * v_sign as n
    from new_rows r join meter m on m.id = r.meter_id join account a on a.id = r.account_id group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
  ) g cross join lateral reading_facts_of(g.entered_at, g.status, g.status_reason, g.is_reviewed, g.staff_id, g.office_id) f
  cross join lateral reading_cell_codes(f.why, g.warnings, g.reasons, f.is_waiting) c group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11;
  return null;
end $$;
create trigger reading_cells_inserted after insert on meter_reading referencing new table as new_rows for each statement execute function reading_cells_inserted();

create function reading_cells_updated() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare v_sign int := 1;
begin
  insert into reading_cell_change
  select f.day, g.period, g.channel, g.status, g.service, meter_type_of(g.is_automatic, g.zones), g.provider_id, f.staff_id, f.office_id, c.what, c.code, sum(g.n)
  from (
    select r.entered_at, r.period, r.channel, r.status, r.status_reason, r.warnings, r.reasons, r.review is not null as is_reviewed, r.staff_id, r.office_id, m.service, m.is_automatic, m.zones, a.provider_id, sum(r.sign) as n
    from (select v_sign as sign, n.* from new_rows n union all select -v_sign, o.* from old_rows o) r join meter m on m.id = r.meter_id join account a on a.id = r.account_id group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 having sum(r.sign) <> 0
  ) g cross join lateral reading_facts_of(g.entered_at, g.status, g.status_reason, g.is_reviewed, g.staff_id, g.office_id) f
  cross join lateral reading_cell_codes(f.why, g.warnings, g.reasons, f.is_waiting) c group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 having sum(g.n) <> 0;
  return null;
end $$;
create trigger reading_cells_updated after update on meter_reading referencing old table as old_rows new table as new_rows for each statement execute function reading_cells_updated();

create function reading_cells_deleted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare v_sign int := -1;
begin
  insert into reading_cell_change
  select f.day, g.period, g.channel, g.status, g.service, meter_type_of(g.is_automatic, g.zones), g.provider_id, f.staff_id, f.office_id, c.what, c.code, sum(g.n)
  from (
    select r.entered_at, r.period, r.channel, r.status, r.status_reason, r.warnings, r.reasons, r.review is not null as is_reviewed, r.staff_id, r.office_id, m.service, m.is_automatic, m.zones, a.provider_id, count(*) * v_sign as n
    from old_rows r join meter m on m.id = r.meter_id join account a on a.id = r.account_id group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
  ) g cross join lateral reading_facts_of(g.entered_at, g.status, g.status_reason, g.is_reviewed, g.staff_id, g.office_id) f
  cross join lateral reading_cell_codes(f.why, g.warnings, g.reasons, f.is_waiting) c group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11;
  return null;
end $$;
create trigger reading_cells_deleted after delete on meter_reading referencing old table as old_rows for each statement execute function reading_cells_deleted();

-- A meter that becomes automatic: its readings are counted with what it is now. The provider of an account does not change (registers find accounts by it).
create function reading_cells_moved() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into reading_cell_change
  select f.day, r.period, r.channel, r.status, k.service, k.meter_type, a.provider_id, f.staff_id, f.office_id, c.what, c.code, count(*) * k.sign
  from meter_reading r join account a on a.id = r.account_id cross join lateral reading_facts_of(r.entered_at, r.status, r.status_reason, r.review is not null, r.staff_id, r.office_id) f
  cross join lateral reading_cell_codes(f.why, r.warnings, r.reasons, f.is_waiting) c
  cross join (values (old.service, meter_type_of(old.is_automatic, old.zones), -1), (new.service, meter_type_of(new.is_automatic, new.zones), 1)) k(service, meter_type, sign)
  where r.meter_id = new.id group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, k.sign;
  return null;
end $$;
create trigger reading_cells_moved after update of service, is_automatic, zones on meter for each row
  when ((old.service, meter_type_of(old.is_automatic, old.zones)) is distinct from (new.service, meter_type_of(new.is_automatic, new.zones))) execute function reading_cells_moved();
create function reading_cells_account_stays() returns trigger language plpgsql as $$
begin
  raise exception 'an account stays with its provider';
end $$;
create trigger account_provider_stays before update of provider_id on account for each row when (old.provider_id is distinct from new.provider_id) execute function reading_cells_account_stays();

-- Adds the changes to the cells. Days that were written to are made one row a cell again.
create function reading_cells_fold(p_at_least int default 500) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  -- A few changes are read as fast as they would be added.
  if (select count(*) from (select from reading_cell_change limit p_at_least) x) < p_at_least or not pg_try_advisory_xact_lock(hashtext('okno.readingCells')) then
    return;
  end if;
  with changed as materialized (
    delete from reading_cell_change returning *
  ), before as materialized (
    delete from reading_cell where day in (select day from changed) returning *
  )
  insert into reading_cell
  select x.day, x.period, x.channel, x.status, x.service, x.meter_type, x.provider_id, x.staff_id, x.office_id, x.what, x.code, sum(x.n) from (select * from changed union all select * from before) x
  group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 having sum(x.n) <> 0 order by 1, 2;
end $$;

-- Makes the cells anew from the rows: after rows were moved past the triggers (COPY of a migration, a partition that was dropped).
create function reading_cells_rebuild() returns void language plpgsql security definer set search_path = public, pg_temp set work_mem = '256MB' as $$
begin
  lock table meter_reading in share mode;
  perform pg_advisory_xact_lock(hashtext('okno.readingCells'));
  delete from reading_cell_change;
  delete from reading_cell;
  insert into reading_cell
  select x.day, x.period, x.channel, x.status, x.service, x.meter_type, x.provider_id, x.staff_id, x.office_id, c.what, c.code, sum(x.n)
  from (
    select f.day, r.period, r.channel, r.status, m.service, meter_type_of(m.is_automatic, m.zones) as meter_type, a.provider_id, f.staff_id, f.office_id, f.why, r.warnings, r.reasons, f.is_waiting, count(*) as n
    from meter_reading r join meter m on m.id = r.meter_id join account a on a.id = r.account_id
    cross join lateral reading_facts_of(r.entered_at, r.status, r.status_reason, r.review is not null, r.staff_id, r.office_id) f group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
  ) x cross join lateral reading_cell_codes(x.why, x.warnings, x.reasons, x.is_waiting) c group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 order by 1, 2;
end $$;
select reading_cells_rebuild();

-- Readings by the day they were entered, as they stand now. Conditions reach the tables.
create function reading_counts(p_from date, p_to date) returns setof reading_cell language sql stable as $$
  select * from reading_cell where day between p_from and p_to union all select * from reading_cell_change where day between p_from and p_to
$$;

------------------------------------------------------------------------------------------------------------------------ keeping

-- Days are those of the clock of an office: with another clock, or another first office, all of them are others.
create function report_clock_changed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtext('okno.reportDays'));
  delete from operation_day;
  delete from look;
  delete from report_dirty_day;
  update report_kept set through = '-infinity';
  perform reading_cells_rebuild();
  return null;
end $$;
create trigger report_clock_changed after update of time_zone on office for each row when (old.time_zone is distinct from new.time_zone) execute function report_clock_changed();

-- What is kept for reports, brought up to date when there is enough of it: when somebody asks for reports. Nobody waits for anybody else's; a report is right either way. The parts of it
-- (counts, debts with verification, portals; null: all) are transactions of their own, so that the first time of a large office, which takes minutes, is not lost when it is broken off.
create function report_fold(p_part text default null) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if coalesce(p_part, 'counts') = 'counts' then
    perform report_keep_days(), reading_cells_fold();
  end if;
  if pg_try_advisory_xact_lock(hashtext('okno.reportFold')) then
    if coalesce(p_part, 'debts') = 'debts' then
      perform report_fold_debt(), report_fold_due();
    end if;
    if coalesce(p_part, 'portals') = 'portals' then
      perform report_fold_portal();
    end if;
  end if;
end $$;
grant execute on function report_fold(text) to okno_supervisor, okno_admin;

select report_guard('operation_day', 'office_id'), report_guard('look', 'office_id'), report_guard('reading_cell', 'office_id'), report_guard('reading_cell_change', 'office_id');
grant select on operation_day, look, reading_cell, reading_cell_change, report_kept, report_dirty_day to okno_reports;
grant execute on function operation_counts(date, date), operation_rows(date, date), looks(date, date), look_rows(date, date), is_look(text, jsonb), office_first_zone(), reading_counts(date, date) to okno_reports;

------------------------------------------------------------------------------------------------------------------------ reports of visits and operations

-- The first day of the day, week or month an instant of a local clock is in; of hours and weekdays (Monday is 1) the day of 1970 with that number. One kind of key for every grain.
create function report_moment(p_local timestamp, p_grain text) returns date language sql immutable parallel safe as $$
  select case p_grain when 'hour' then date '1970-01-01' + extract(hour from p_local)::int when 'weekday' then date '1970-01-01' + extract(isodow from p_local)::int
    when 'week' then date_trunc('week', p_local)::date when 'month' then date_trunc('month', p_local)::date else p_local::date end
$$;
-- As the column type `moment` has it: hours and weekdays numbers, months 'YYYY-MM', else the day.
create function report_moment_json(p_key date, p_grain text) returns jsonb language sql immutable parallel safe as $$
  select case when p_grain in ('hour', 'weekday') then to_jsonb(p_key - date '1970-01-01') when p_grain = 'month' then to_jsonb(to_char(p_key, 'YYYY-MM')) else to_jsonb(p_key) end
$$;

-- The days a report asks for as instants, by the clock of each office; 0 is no office. Compared with these, half a million rows need no clock turned for each.
create function report_clocks(v report_asked) returns table (office_id int, zone text, since timestamptz, until timestamptz) language sql stable as $$
  select c.id, c.time_zone, (v).first_day::timestamp at time zone c.time_zone, ((v).last_day + 1)::timestamp at time zone c.time_zone
  from (select f.id, f.time_zone from office f union all select 0, office_first_zone()) c
$$;
grant execute on function report_clocks(report_asked) to okno_reports;

-- Visits a report asks for, by the day they began. `seconds`: of those that were served to the end; what went on another day, or was forgotten and ended at night, took no time that says anything.
create function report_visits(v report_asked) returns table (id bigint, staff_id int, opened_at timestamptz, local timestamp, closed_how text, seconds float8) language sql stable as $$
  select t.id, t.staff_id, t.opened_at, t.opened_at at time zone k.zone, t.closed_how,
    case when coalesce(t.closed_how, 'served') = 'served' then extract(epoch from t.closed_at - t.opened_at)::float8 end
  from visit t join report_clocks(v) k on k.office_id = coalesce(t.office_id, 0)
  -- A day wider than any clock, for the index.
  where t.opened_at >= (v).first_day::timestamp at time zone 'UTC' - interval '1 day' and t.opened_at < (v).last_day::timestamp at time zone 'UTC' + interval '2 days'
    and t.opened_at >= k.since and t.opened_at < k.until and ((v).office_id is null or t.office_id = (v).office_id) and ((v).staff_id is null or t.staff_id = (v).staff_id)
    and ((v).window_code is null or t.window_code = (v).window_code)
$$;

create function report_visits_by_staff(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan set work_mem = '64MB' as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb; v_totals jsonb;
begin
  with x as materialized (
    select t.staff_id, t.closed_how, t.seconds from report_visits(v) t
  ), o as (
    select c.staff_id, sum(c.n) as n from operation_counts(v.first_day, v.last_day) c
    where (v.office_id is null or c.office_id = v.office_id) and (v.staff_id is null or c.staff_id = v.staff_id) and (v.window_code is null or c.window_code = v.window_code) group by c.staff_id
  ), g as (
    select grouping(x.staff_id) = 1 as is_total, x.staff_id, count(*) as visits, count(*) filter (where x.closed_how = 'postponed') as postponed, count(*) filter (where x.closed_how = 'forgotten') as forgotten,
      round((percentile_cont(0.5) within group (order by x.seconds))::numeric, 1) as median, round((percentile_cont(0.9) within group (order by x.seconds))::numeric, 1) as p90,
      round(max(x.seconds)::numeric, 1) as longest
    from x group by grouping sets ((x.staff_id), ())
  )
  select jsonb_agg(jsonb_build_object('staffId', s.id, 'staffName', s.full_name, 'visits', coalesce(g.visits, 0), 'postponed', coalesce(g.postponed, 0), 'forgotten', coalesce(g.forgotten, 0),
        'operations', coalesce(o.n, 0), 'medianSeconds', g.median, 'p90Seconds', g.p90, 'longestSeconds', g.longest) order by coalesce(g.visits, 0) desc, s.full_name),
      (select jsonb_build_object('visits', t.visits, 'postponed', t.postponed, 'forgotten', t.forgotten, 'medianSeconds', t.median, 'p90Seconds', t.p90, 'longestSeconds', t.longest,
        'operations', (select coalesce(sum(o.n), 0) from o where o.staff_id <> 0)) from g t where t.is_total)
    into v_rows, v_totals
    from (select * from g where not g.is_total and g.staff_id is not null) g full join o on o.staff_id = g.staff_id join staff s on s.id = coalesce(g.staff_id, o.staff_id);
  return jsonb_build_object('rows', coalesce(v_rows, '[]'), 'totals', v_totals);
end $$;

create function report_visits_by_time(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan set work_mem = '64MB' as $$
declare v report_asked := report_asked_of(p_filters); v_grain text := coalesce(v.grain, 'day'); v_rows jsonb; v_totals jsonb;
begin
  with x as materialized (
    select report_moment(t.local, v_grain) as k, t.seconds from report_visits(v) t
  ), o as (
    select report_moment(c.day + make_interval(hours => c.hour), v_grain) as k, sum(c.n) as n from operation_counts(v.first_day, v.last_day) c
    where (v.office_id is null or c.office_id = v.office_id) and (v.staff_id is null or c.staff_id = v.staff_id) and (v.window_code is null or c.window_code = v.window_code) and c.staff_id <> 0 group by 1
  ), g as (
    select grouping(x.k) = 1 as is_total, x.k, count(*) as visits, round((percentile_cont(0.5) within group (order by x.seconds))::numeric, 1) as median,
      round((percentile_cont(0.9) within group (order by x.seconds))::numeric, 1) as p90
    from x group by grouping sets ((x.k), ())
  )
  select jsonb_agg(jsonb_build_object('moment', report_moment_json(coalesce(g.k, o.k), v_grain), 'visits', coalesce(g.visits, 0), 'operations', coalesce(o.n, 0), 'medianSeconds', g.median, 'p90Seconds', g.p90)
        order by coalesce(g.k, o.k)),
      (select jsonb_build_object('visits', t.visits, 'medianSeconds', t.median, 'p90Seconds', t.p90, 'operations', (select coalesce(sum(o.n), 0) from o)) from g t where t.is_total)
    into v_rows, v_totals
    from (select * from g where not g.is_total) g full join o on o.k = g.k;
  return jsonb_build_object('rows', coalesce(v_rows, '[]'), 'totals', v_totals);
end $$;

create function report_visits_heat(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb;
begin
  select jsonb_agg(jsonb_build_object('weekday', g.weekday, 'hour', g.hour, 'visits', g.visits) order by g.weekday, g.hour) into v_rows
    from (select extract(isodow from t.local)::int as weekday, extract(hour from t.local)::int as hour, count(*) as visits from report_visits(v) t group by 1, 2) g;
  return report_answer(v_rows, array['visits']);
end $$;

create function report_slow_visits(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb;
begin
  select jsonb_agg(jsonb_build_object('visitId', x.id, 'subscriberId', t.subscriber_id, 'openedAt', x.opened_at, 'staffId', s.id, 'staffName', s.full_name, 'window', t.window_code, 'seconds', round(x.seconds::numeric, 1),
      'identification', t.identification, 'operations', (select count(*) from operation o where o.visit_id = x.id)) order by x.seconds desc, x.id) into v_rows
    from (select r.id, r.opened_at, r.seconds from report_visits(v) r where r.seconds is not null order by r.seconds desc, r.id limit 100) x
    join visit t on t.id = x.id left join staff s on s.id = t.staff_id;
  return jsonb_build_object('rows', coalesce(v_rows, '[]'), 'totals', '{}'::jsonb);
end $$;

-- Visits behind a row, the newest first; `moment` and `grain` narrow to an hour, a weekday, a day, a week, a month, `weekday` and `hour` to a cell of the heat map.
create function visits_behind(p_filters jsonb) returns jsonb language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_lines jsonb;
begin
  select jsonb_agg(jsonb_build_object('at', x.opened_at, 'kind', 'visits.open', 'visitId', x.id, 'subscriberId', t.subscriber_id, 'accountNumber', null, 'staffName', s.full_name, 'officeName', f.name, 'window', t.window_code,
      'seconds', round(x.seconds::numeric, 1), 'note', null) order by x.opened_at desc, x.id desc) into v_lines
    from (select r.* from report_visits(v) r
          where (p_filters ->> 'moment' is null or report_moment_json(report_moment(r.local, v.grain), v.grain) #>> '{}' = p_filters ->> 'moment')
            and (p_filters ->> 'weekday' is null or extract(isodow from r.local) = (p_filters ->> 'weekday')::int) and (p_filters ->> 'hour' is null or extract(hour from r.local) = (p_filters ->> 'hour')::int)
          order by r.opened_at desc, r.id desc limit 501) x
    join visit t on t.id = x.id left join staff s on s.id = t.staff_id left join office f on f.id = t.office_id;
  return jsonb_build_object('rows', coalesce(v_lines - 500, '[]'), 'more', coalesce(jsonb_array_length(v_lines), 0) > 500);
end $$;
create function report_visits_by_staff_details(p_filters jsonb) returns jsonb language plpgsql as $$ begin return visits_behind(p_filters); end $$;
create function report_visits_by_time_details(p_filters jsonb) returns jsonb language plpgsql as $$ begin return visits_behind(p_filters); end $$;
create function report_visits_heat_details(p_filters jsonb) returns jsonb language plpgsql as $$ begin return visits_behind(p_filters); end $$;

create function report_operations_by_kind(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan set work_mem = '64MB' as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb;
begin
  select jsonb_agg(jsonb_build_object('kind', g.kind, 'operations', g.n, 'operationsShare', report_share(g.n, g.whole)) order by g.n desc, g.kind) into v_rows
    from (select c.kind, sum(c.n) as n, sum(sum(c.n)) over () as whole from operation_counts(v.first_day, v.last_day) c
          where (v.office_id is null or c.office_id = v.office_id) and (v.staff_id is null or c.staff_id = v.staff_id) and (v.window_code is null or c.window_code = v.window_code)
            and (v.provider_id is null or c.provider_id = v.provider_id) group by c.kind) g;
  return report_answer(v_rows, array['operations'], jsonb_build_object('operationsShare', case when v_rows is not null then 1 end));
end $$;

create function report_operations_by_staff(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan set work_mem = '64MB' as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb; v_days int; v_kind text := p_filters ->> 'kind';
begin
  with d as materialized (
    select c.staff_id, c.day, sum(c.n) as n from operation_counts(v.first_day, v.last_day) c
    where (v.office_id is null or c.office_id = v.office_id) and (v.staff_id is null or c.staff_id = v.staff_id) and (v.window_code is null or c.window_code = v.window_code)
      and (v.provider_id is null or c.provider_id = v.provider_id) and (v_kind is null or c.kind = v_kind) and c.staff_id <> 0
    group by c.staff_id, c.day
  )
  select jsonb_agg(jsonb_build_object('staffId', s.id, 'staffName', s.full_name, 'operations', g.n, 'operationsShare', report_share(g.n, g.whole), 'days', g.days, 'perDay', round(g.n / g.days, 1)) order by g.n desc, s.full_name),
      (select count(distinct d.day) from d) into v_rows, v_days
    from (select d.staff_id, sum(d.n) as n, count(*) as days, sum(sum(d.n)) over () as whole from d group by d.staff_id) g join staff s on s.id = g.staff_id;
  return report_answer(v_rows, array['operations'], jsonb_build_object('operationsShare', case when v_rows is not null then 1 end, 'days', v_days));
end $$;

create function report_operations_by_time(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan set work_mem = '64MB' as $$
declare v report_asked := report_asked_of(p_filters); v_grain text := coalesce(v.grain, 'day'); v_rows jsonb; v_kind text := p_filters ->> 'kind';
begin
  select jsonb_agg(jsonb_build_object('moment', report_moment_json(g.k, v_grain), 'operations', g.n) order by g.k) into v_rows
    from (select report_moment(d.day + make_interval(hours => d.hour), v_grain) as k, sum(d.n) as n
          from (select c.day, c.hour, sum(c.n) as n from operation_counts(v.first_day, v.last_day) c
                where (v.office_id is null or c.office_id = v.office_id) and (v.staff_id is null or c.staff_id = v.staff_id) and (v.window_code is null or c.window_code = v.window_code)
                  and (v.provider_id is null or c.provider_id = v.provider_id) and (v_kind is null or c.kind = v_kind) group by c.day, c.hour) d group by 1) g;
  return report_answer(v_rows, array['operations']);
end $$;

-- Operations behind a row, the newest first.
create function operations_behind(p_filters jsonb) returns jsonb language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_lines jsonb;
begin
  select jsonb_agg(jsonb_build_object('at', o.at, 'kind', o.kind, 'visitId', o.visit_id, 'subscriberId', o.subscriber_id, 'accountNumber', (select a.number from account a where a.id = o.account_id), 'staffName', s.full_name,
      'officeName', f.name, 'window', t.window_code, 'seconds', null, 'note', null) order by o.at desc) into v_lines
    from (select x.* from operation x join report_clocks(v) k on k.office_id = coalesce(x.office_id, 0) left join account b on b.id = x.account_id left join visit y on y.id = x.visit_id
          where x.at >= v.first_day::timestamp at time zone 'UTC' - interval '1 day' and x.at < v.last_day::timestamp at time zone 'UTC' + interval '2 days' and x.at >= k.since and x.at < k.until and (v.office_id is null or x.office_id = v.office_id) and (v.staff_id is null or x.staff_id = v.staff_id) and (p_filters ->> 'kind' is null or x.kind = p_filters ->> 'kind')
            and (v.provider_id is null or b.provider_id = v.provider_id) and (v.window_code is null or y.window_code = v.window_code)
            and (p_filters ->> 'moment' is null or report_moment_json(report_moment(x.at at time zone k.zone, v.grain), v.grain) #>> '{}' = p_filters ->> 'moment')
          order by x.at desc limit 501) o
    left join staff s on s.id = o.staff_id left join office f on f.id = o.office_id left join visit t on t.id = o.visit_id;
  return jsonb_build_object('rows', coalesce(v_lines - 500, '[]'), 'more', coalesce(jsonb_array_length(v_lines), 0) > 500);
end $$;
create function report_operations_by_staff_details(p_filters jsonb) returns jsonb language plpgsql as $$ begin return operations_behind(p_filters); end $$;
create function report_operations_by_time_details(p_filters jsonb) returns jsonb language plpgsql as $$ begin return operations_behind(p_filters); end $$;

------------------------------------------------------------------------------------------------------------------------ reports of readings

-- Cells a report asks for; `channel`, `service`, `meterType` narrow besides the filters.
create function report_reading_cells(v report_asked, p_filters jsonb) returns setof reading_cell language sql stable as $$
  select c.* from reading_counts((v).first_day, (v).last_day) c
  where ((v).office_id is null or c.office_id = (v).office_id) and ((v).staff_id is null or c.staff_id = (v).staff_id) and ((v).provider_id is null or c.provider_id = (v).provider_id)
    and (p_filters ->> 'channel' is null or c.channel = p_filters ->> 'channel') and (p_filters ->> 'service' is null or c.service = p_filters ->> 'service')
    and (p_filters ->> 'meterType' is null or c.meter_type = p_filters ->> 'meterType')
$$;
create function reading_in_force(p_status text) returns boolean language sql immutable parallel safe return p_status in ('entered', 'accepted', 'calculated');

create function report_readings_by_channel(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb; v_all jsonb;
begin
  with cells as (
    select c.channel, coalesce(sum(c.n) filter (where c.what = '' and reading_in_force(c.status)), 0) as n, coalesce(sum(c.n) filter (where c.what = 'warned' and reading_in_force(c.status)), 0) as warned,
      coalesce(sum(c.n) filter (where c.what = 'overridden' and reading_in_force(c.status)), 0) as overridden, coalesce(sum(c.n) filter (where c.what = '' and c.status = 'cancelled'), 0) as cancelled,
      coalesce(sum(c.n) filter (where c.what = '' and c.status = 'rejected'), 0) as rejected
    from report_reading_cells(v, p_filters) c where c.what in ('', 'warned', 'overridden') group by c.channel
  ), refused as (
    -- A reading that was never written: once for a visit and a meter, whatever rules kept it out (0044).
    select x.channel, count(distinct (x.visit_id, x.meter_id)) as n
    from reading_refusal x join report_clocks(v) k on k.office_id = coalesce(x.office_id, 0)
    where x.at >= v.first_day::timestamp at time zone 'UTC' - interval '1 day' and x.at < v.last_day::timestamp at time zone 'UTC' + interval '2 days' and x.at >= k.since and x.at < k.until
      and (v.office_id is null or x.office_id = v.office_id) and (v.staff_id is null or x.staff_id = v.staff_id)
      and (v.provider_id is null or exists (select from account a where a.id = x.account_id and a.provider_id = v.provider_id)) group by x.channel
  ), g as (
    select coalesce(c.channel, f.channel) as channel, coalesce(c.n, 0) as n, coalesce(c.warned, 0) as warned, coalesce(c.overridden, 0) as overridden, coalesce(c.cancelled, 0) as cancelled,
      coalesce(c.rejected, 0) + coalesce(f.n, 0) as refused
    from cells c full join refused f on f.channel = c.channel
  )
  select jsonb_agg(jsonb_build_object('channel', g.channel, 'readings', g.n, 'withWarning', g.warned, 'overridden', g.overridden, 'overriddenShare', report_share(g.overridden, g.n), 'cancelled', g.cancelled,
      'refused', g.refused) order by g.n desc, g.channel), jsonb_build_object('overriddenShare', report_share(sum(g.overridden), sum(g.n))) into v_rows, v_all from g;
  return report_answer(v_rows, array['readings', 'withWarning', 'overridden', 'cancelled', 'refused'], v_all);
end $$;

create function report_readings_by_time(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_grain text := coalesce(v.grain, 'day'); v_rows jsonb;
begin
  select jsonb_agg(jsonb_build_object('moment', report_moment_json(g.k, v_grain), 'atDesk', g.desk, 'byPhone', g.phone, 'byPortal', g.portal, 'byPaper', g.paper, 'byAct', g.act, 'byRegister', g.register, 'readings', g.n)
      order by g.k) into v_rows
    from (select report_moment(c.day::timestamp, v_grain) as k, sum(c.n) as n, coalesce(sum(c.n) filter (where c.channel = 'desk'), 0) as desk, coalesce(sum(c.n) filter (where c.channel = 'phone'), 0) as phone,
            coalesce(sum(c.n) filter (where c.channel = 'portal'), 0) as portal, coalesce(sum(c.n) filter (where c.channel = 'paper'), 0) as paper, coalesce(sum(c.n) filter (where c.channel = 'act'), 0) as act,
            coalesce(sum(c.n) filter (where c.channel = 'import'), 0) as register
          from report_reading_cells(v, p_filters) c where c.what = '' and reading_in_force(c.status) group by 1 having sum(c.n) <> 0) g;
  return report_answer(v_rows, array['atDesk', 'byPhone', 'byPortal', 'byPaper', 'byAct', 'byRegister', 'readings']);
end $$;

create function report_reading_overrides(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb;
begin
  select jsonb_agg(jsonb_build_object('reason', g.code, 'times', g.n, 'general', g.general, 'zones', g.zones, 'automatic', g.automatic) order by g.n desc, g.code) into v_rows
    from (select c.code, sum(c.n) as n, coalesce(sum(c.n) filter (where c.meter_type = 'general'), 0) as general, coalesce(sum(c.n) filter (where c.meter_type = 'zones'), 0) as zones,
            coalesce(sum(c.n) filter (where c.meter_type = 'automatic'), 0) as automatic
          from report_reading_cells(v, p_filters) c where c.what = 'reason' and reading_in_force(c.status) group by c.code having sum(c.n) <> 0) g;
  return report_answer(v_rows, array['times', 'general', 'zones', 'automatic']);
end $$;

create function report_reading_overrides_by_staff(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb; v_all jsonb; v_reason text := p_filters ->> 'reason';
begin
  with g as (
    select c.staff_id, coalesce(sum(c.n) filter (where c.what = ''), 0) as n, coalesce(sum(c.n) filter (where c.what = case when v_reason is null then 'overridden' else 'reason' end), 0) as overridden,
      coalesce(sum(c.n) filter (where c.what <> '' and c.meter_type = 'general'), 0) as general, coalesce(sum(c.n) filter (where c.what <> '' and c.meter_type = 'zones'), 0) as zones,
      coalesce(sum(c.n) filter (where c.what <> '' and c.meter_type = 'automatic'), 0) as automatic
    from report_reading_cells(v, p_filters) c
    where c.staff_id <> 0 and reading_in_force(c.status) and (c.what = '' or v_reason is null and c.what = 'overridden' or c.what = 'reason' and c.code = v_reason) group by c.staff_id
  )
  select jsonb_agg(jsonb_build_object('staffId', s.id, 'staffName', s.full_name, 'readings', g.n, 'overridden', g.overridden, 'overriddenShare', report_share(g.overridden, g.n), 'general', g.general, 'zones', g.zones,
      'automatic', g.automatic) order by g.overridden desc, s.full_name), jsonb_build_object('overriddenShare', report_share(sum(g.overridden), sum(g.n))) into v_rows, v_all
    from g join staff s on s.id = g.staff_id;
  return report_answer(v_rows, array['readings', 'overridden', 'general', 'zones', 'automatic'], v_all);
end $$;

create function report_reading_warnings(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb;
begin
  select jsonb_agg(jsonb_build_object('rule', g.code, 'readings', g.n, 'waiting', g.waiting, 'reviewed', g.n - g.waiting, 'cancelled', g.cancelled, 'general', g.general, 'zones', g.zones, 'automatic', g.automatic)
      order by g.n desc, g.code) into v_rows
    from (select c.code, coalesce(sum(c.n) filter (where c.what = 'warning' and reading_in_force(c.status)), 0) as n, coalesce(sum(c.n) filter (where c.what = 'waiting'), 0) as waiting,
            coalesce(sum(c.n) filter (where c.what = 'warning' and c.status = 'cancelled'), 0) as cancelled,
            coalesce(sum(c.n) filter (where c.what = 'warning' and reading_in_force(c.status) and c.meter_type = 'general'), 0) as general,
            coalesce(sum(c.n) filter (where c.what = 'warning' and reading_in_force(c.status) and c.meter_type = 'zones'), 0) as zones,
            coalesce(sum(c.n) filter (where c.what = 'warning' and reading_in_force(c.status) and c.meter_type = 'automatic'), 0) as automatic
          from report_reading_cells(v, p_filters) c where c.what in ('warning', 'waiting') group by c.code having sum(c.n) <> 0) g;
  return report_answer(v_rows, array['readings', 'waiting', 'reviewed', 'cancelled', 'general', 'zones', 'automatic']);
end $$;

create function report_reading_cancellations(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb;
begin
  select jsonb_agg(jsonb_build_object('cancelReason', nullif(g.code, ''), 'times', g.n, 'atDesk', g.desk, 'byRegister', g.register, 'otherWays', g.n - g.desk - g.register, 'general', g.general, 'zones', g.zones,
      'automatic', g.automatic) order by g.n desc, g.code) into v_rows
    from (select c.code, sum(c.n) as n, coalesce(sum(c.n) filter (where c.channel = 'desk'), 0) as desk, coalesce(sum(c.n) filter (where c.channel = 'import'), 0) as register,
            coalesce(sum(c.n) filter (where c.meter_type = 'general'), 0) as general, coalesce(sum(c.n) filter (where c.meter_type = 'zones'), 0) as zones, coalesce(sum(c.n) filter (where c.meter_type = 'automatic'), 0) as automatic
          from report_reading_cells(v, p_filters) c where c.what = 'cancelled' group by c.code having sum(c.n) <> 0) g;
  return report_answer(v_rows, array['times', 'atDesk', 'byRegister', 'otherWays', 'general', 'zones', 'automatic']);
end $$;

grant execute on function report_moment(timestamp, text), report_moment_json(date, text), report_visits(report_asked), visits_behind(jsonb), operations_behind(jsonb),
  report_reading_cells(report_asked, jsonb), reading_in_force(text) to okno_reports;

reset role;
