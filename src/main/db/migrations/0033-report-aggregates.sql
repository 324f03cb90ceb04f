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
-- OK400 periodOfReport (no days, or more than five years of them), filtersOfReport, OK404 provider.
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
    perform refuse('OK400', 'periodOfReport');
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

-- The trace of a report: which and of what, never what came out.
create function report_asked_for(p_report text, p_filters jsonb) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform report_require(p_report, p_filters);
  perform audit_record('reports.run', null, null, jsonb_build_object('report', p_report, 'filters', p_filters));
end $$;

-- A supervisor, a report there is, filters of a sensible shape.
create function report_require(p_report text, p_filters jsonb) returns void language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not 'supervisor' = any((current_staff()).roles) then
    perform refuse('OK403', 'rightMissing');
  end if;
  if not exists (select from pg_proc p where p.pronamespace = 'public'::regnamespace and p.proowner = 'okno_reports'::regrole and p.proname = 'report_' || p_report
                 and p.proargtypes::oid[] = array['jsonb'::regtype::oid]) then
    perform refuse('OK404', 'report');
  end if;
  perform report_asked_of(p_filters, false);
end $$;
grant execute on function report_run(text, jsonb), report_asked_for(text, jsonb) to okno_supervisor;

-- Gives a report function to okno_reports, so that row-level security holds in it: `select report_owned('report_debt_aging(jsonb)')` at the end of the migration that makes it.
create function report_owned(p_function regprocedure) returns void language plpgsql as $$
begin
  execute format('alter function %s security definer stable set search_path to public, pg_temp', p_function);
  execute format('grant execute on function %s to okno_owner', p_function);
  grant create on schema public to okno_reports;
  execute format('alter function %s owner to okno_reports', p_function);
  revoke create on schema public from okno_reports;
end $$;

reset role;
