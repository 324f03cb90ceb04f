-- Reports in a supervisor's hands: what is asked again and again has a name; whoever takes figures out of the office has the right to it and leaves a trace; what an
-- administrator allows a member of staff beyond the roles.
set local role okno_owner;

-- ── Rights beyond the roles ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- exportReports: reports as files that other programs count with. allOffices: reports of every office, not only one's own.
create or replace function staff_json(v staff) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('id', v.id, 'login', v.login, 'fullName', v.full_name, 'roles', v.roles, 'grants', v.grants, 'window', v.window_code,
  'mustChangePassword', v.must_change_password, 'lastSignInAt', v.last_sign_in_at, 'version', v.version,
  'office', (select jsonb_build_object('id', o.id, 'name', o.name, 'isTraining', o.is_training, 'timeZone', o.time_zone) from office o where o.id = v.office_id));

create function staff_set_grants(p_login text, p_grants text[], p_version int) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v staff; v_before text[]; v_grants text[] := (select coalesce(array_agg(distinct g order by g), '{}') from unnest(p_grants) g);
begin
  perform current_staff();
  if p_grants is null or not v_grants <@ array['exportReports', 'allOffices'] then
    perform refuse('OK400', 'grantUnknown');
  end if;
  perform set_config('okno.operation', 'staff.setGrants', true);
  select grants into v_before from staff where login = p_login for update;
  if not found then
    perform refuse('OK404', 'staff');
  end if;
  update staff set grants = v_grants, version = version + 1 where login = p_login and version = p_version and roles <> '{}' returning * into v;
  if not found then
    perform refuse('OK409', 'changedByAnotherDesk');
  end if;
  perform audit_record('staff.setGrants', null, null, jsonb_build_object('login', p_login, 'from', v_before, 'to', v_grants));
  return staff_json(v);
end $$;
grant execute on function staff_set_grants(text, text[], int) to okno_admin;

-- ── Saved settings of reports ────────────────────────────────────────────────────────────────────────────────────────────────────────────
create table report_setting (
  id bigint generated always as identity primary key,
  staff_id int not null references staff,
  office_id int not null references office,
  name text not null constraint report_setting_name check (char_length(name) between 1 and 80 and name = btrim(name)),
  report text not null check (report ~ '^[a-z][A-Za-z0-9]{0,59}$'),
  filters jsonb not null check (jsonb_typeof(filters) = 'object' and octet_length(filters::text) <= 4000),
  sort jsonb,
  is_shared boolean not null default false,
  version int not null default 1,
  changed_at timestamptz not null default now()
);
comment on column report_setting.filters is 'As the page asks: a preset of the period stays one, so that «неделя» is the present one. No personal data: ids and codes.';
create unique index report_setting_name_once on report_setting (staff_id, fold(name));
create index report_setting_shared on report_setting (office_id) where is_shared;

-- What a supervisor's program opens with.
create table report_home (
  staff_id int primary key references staff,
  setting_id bigint not null references report_setting on delete cascade
);

create function report_setting_json(s report_setting, v_staff staff) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('id', s.id, 'name', s.name, 'report', s.report, 'filters', s.filters, 'sort', s.sort, 'isShared', s.is_shared, 'isOwn', s.staff_id = v_staff.id,
  'staffName', (select full_name from staff f where f.id = s.staff_id), 'isHome', exists (select from report_home h where h.staff_id = v_staff.id and h.setting_id = s.id), 'version', s.version);

-- One's own and those shared with one's office.
create function report_settings() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff();
begin
  return (select coalesce(jsonb_agg(report_setting_json(s, v_staff) order by s.staff_id <> v_staff.id, fold(s.name)), '[]') from report_setting s
    where s.staff_id = v_staff.id or s.is_shared and s.office_id = v_staff.office_id);
end $$;

-- A new one (p_id null) or a change of one's own.
create function report_setting_save(p_operation_id uuid, p_id bigint, p_name text, p_report text, p_filters jsonb, p_sort jsonb, p_is_shared boolean, p_version int) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare s report_setting; v_staff staff := current_staff(); v_first jsonb := operation_repeat(p_operation_id, 'reports.saveSetting');
begin
  if v_first is not null then
    return v_first;
  end if;
  if exists (select from report_setting o where o.staff_id = v_staff.id and fold(o.name) = fold(btrim(p_name)) and o.id is distinct from p_id) then
    perform refuse('OK409', 'reportSettingNameTaken');
  end if;
  if p_id is null then
    if (select count(*) from report_setting where staff_id = v_staff.id) >= 100 then
      perform refuse('OK409', 'reportSettingsTooMany', jsonb_build_object('most', 100));
    end if;
    insert into report_setting (staff_id, office_id, name, report, filters, sort, is_shared)
      values (v_staff.id, v_staff.office_id, btrim(p_name), p_report, p_filters, nullif(p_sort, 'null'), p_is_shared) returning * into s;
  else
    perform from report_setting where id = p_id and staff_id = v_staff.id;
    if not found then
      perform refuse('OK404', 'reportSetting');
    end if;
    update report_setting set name = btrim(p_name), report = p_report, filters = p_filters, sort = nullif(p_sort, 'null'), is_shared = p_is_shared, version = version + 1, changed_at = now()
      where id = p_id and version = p_version returning * into s;
    if not found then
      perform refuse('OK409', 'changedByAnotherDesk');
    end if;
  end if;
  return operation_done(p_operation_id, 'reports.saveSetting', null::visit, report_setting_json(s, v_staff), jsonb_build_object('report', s.report, 'setting', s.id, 'shared', nullif(s.is_shared, false)));
end $$;

create function report_setting_remove(p_operation_id uuid, p_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare s report_setting; v_staff staff := current_staff(); v_first jsonb := operation_repeat(p_operation_id, 'reports.removeSetting');
begin
  if v_first is not null then
    return v_first;
  end if;
  delete from report_setting where id = p_id and staff_id = v_staff.id returning * into s;
  if not found then
    perform refuse('OK404', 'reportSetting');
  end if;
  return operation_done(p_operation_id, 'reports.removeSetting', null::visit, '{}', jsonb_build_object('report', s.report, 'setting', s.id, 'shared', nullif(s.is_shared, false)));
end $$;

-- The page a supervisor starts with; null: the search, as everybody.
create function report_setting_home(p_operation_id uuid, p_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_first jsonb := operation_repeat(p_operation_id, 'reports.chooseHome');
begin
  if v_first is not null then
    return v_first;
  end if;
  if p_id is null then
    delete from report_home where staff_id = v_staff.id;
  else
    perform from report_setting s where s.id = p_id and (s.staff_id = v_staff.id or s.is_shared and s.office_id = v_staff.office_id);
    if not found then
      perform refuse('OK404', 'reportSetting');
    end if;
    insert into report_home values (v_staff.id, p_id) on conflict (staff_id) do update set setting_id = excluded.setting_id;
  end if;
  return operation_done(p_operation_id, 'reports.chooseHome', null::visit, '{}', jsonb_build_object('setting', p_id));
end $$;

-- ── A report leaves the screen ───────────────────────────────────────────────────────────────────────────────────────────────────────────
-- A file another program counts with needs a right of its own; paper, and the PDF that is paper, do not.
create function report_export_allowed(p_format text) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if p_format is null or p_format not in ('xlsx', 'csv', 'pdf') then
    perform refuse('OK400', 'shape');
  end if;
  if p_format <> 'pdf' and not 'exportReports' = any((current_staff()).grants) then
    perform refuse('OK403', 'exportNotGranted');
  end if;
  return '{}';
end $$;

insert into delivering_operation values ('reports.export');
-- Notes who takes which figures where, and says what stands on every sheet of them: who, when, and the number by which the journal finds it.
create function report_export(p_operation_id uuid, p_report text, p_filters jsonb, p_format text, p_rows int, p_medium text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_first jsonb := operation_repeat(p_operation_id, 'reports.export');
begin
  if v_first is not null then
    return v_first;
  end if;
  perform report_export_allowed(p_format);
  if p_medium is null or p_medium not in ('print', 'save') or p_rows is null or p_rows < 0 or p_report !~ '^[a-z][A-Za-z0-9]{0,59}$' or jsonb_typeof(p_filters) is distinct from 'object' then
    perform refuse('OK400', 'shape');
  end if;
  perform operation_done(p_operation_id, 'reports.export', null::visit, '{}',
    jsonb_build_object('report', p_report, 'filters', p_filters, 'rows', p_rows, 'format', p_format, 'delivered', p_medium));
  return jsonb_build_object('content', (select jsonb_build_object('staffName', v_staff.full_name, 'office', o.name, 'timeZone', o.time_zone, 'madeAt', now(),
      'number', upper(left(p_operation_id::text, 8)),
      'names', jsonb_strip_nulls(jsonb_build_object(
        'officeId', (select f.name from office f where f.id = (p_filters ->> 'officeId')::int and f.id = any (report_offices())),
        'provider', (select p.name from provider p where p.code = p_filters ->> 'provider'),
        'staffId', (select f.full_name from staff f where f.id = (p_filters ->> 'staffId')::int and f.office_id = any (report_offices())))))
    from office o where o.id = v_staff.office_id));
end $$;

grant execute on function report_settings(), report_setting_save(uuid, bigint, text, text, jsonb, jsonb, boolean, int), report_setting_remove(uuid, bigint), report_setting_home(uuid, bigint),
  report_export_allowed(text), report_export(uuid, text, jsonb, text, int, text) to okno_supervisor;

reset role;
