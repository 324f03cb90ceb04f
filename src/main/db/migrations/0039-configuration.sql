-- The configuration of an office as a whole: everything an administrator decides, item by item. It is read as one, carried to another office in a file, taken in in one
-- operation, and every state of an item can be returned to. No staff, no secret, nothing of subscribers: there is no part for them.
set local role okno_owner;

-- What a form is known by in every office it was carried to.
alter table sheet_template add column key uuid not null default gen_random_uuid() unique;
-- By what a version came to be: an operation's id, or the kind of one that has none.
alter table sheet_template_version add column changed_how text not null default coalesce(nullif(current_setting('okno.operation', true), ''), 'sheetTemplates.save');

-- ── States of what has no history of its own ─────────────────────────────────────────────────────────────────────────────────────────────
create table configuration_version (
  id bigint generated always as identity primary key,
  office_id int references office,
  part text not null check (part in ('office', 'flagRules', 'liveLimits', 'consentTexts')),
  key text not null,
  version int not null,
  value jsonb,
  changed_by text not null,
  changed_at timestamptz not null default clock_timestamp(),
  changed_how text not null,
  unique nulls not distinct (office_id, part, key, version)
);
comment on column configuration_version.office_id is 'null: of all offices.';
comment on column configuration_version.value is 'null: taken away, the usual is in force again.';

create function configuration_remember(p_office_id int, p_part text, p_key text, p_value jsonb) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v configuration_version;
begin
  perform pg_advisory_xact_lock(hashtext('okno.configuration'), hashtext(concat_ws('/', p_office_id, p_part, p_key)));
  select * into v from configuration_version where office_id is not distinct from p_office_id and part = p_part and key = p_key order by version desc limit 1;
  if v.id is not null and v.value is not distinct from p_value then
    return;
  end if;
  insert into configuration_version (office_id, part, key, version, value, changed_by, changed_how)
  values (p_office_id, p_part, p_key, coalesce(v.version, 0) + 1, p_value, session_user, coalesce(nullif(current_setting('okno.operation', true), ''), 'direct.update'));
end $$;

create function configuration_office_json(o office) returns jsonb language sql immutable
return jsonb_build_object('name', o.name, 'address', o.address, 'phone', o.phone, 'hours', o.hours, 'timeZone', o.time_zone);

create function configuration_office_kept() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform configuration_remember(new.id, 'office', 'office', configuration_office_json(new));
  perform configuration_remember(new.id, 'liveLimits', 'limits', new.live_limits);
  return null;
end $$;
create trigger configuration_office_kept after insert or update on office for each row execute function configuration_office_kept();

create function configuration_flag_kept() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    perform configuration_remember(old.office_id, 'flagRules', old.rule, null);
  else
    perform configuration_remember(new.office_id, 'flagRules', new.rule, jsonb_build_object('isOn', new.is_on, 'params', (select r.params from flag_rule r where r.rule = new.rule) || new.params));
  end if;
  return null;
end $$;
create trigger configuration_flag_kept after insert or update or delete on flag_setting for each row execute function configuration_flag_kept();

create function configuration_consent_json(t consent_text) returns jsonb language sql immutable
return jsonb_build_object('purpose', t.purpose, 'channel', t.channel, 'version', t.version, 'text', t.text, 'validFrom', to_char(t.valid_from, 'YYYY-MM-DD'), 'oldConsents', t.old_consents);

create function configuration_consent_kept() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    perform configuration_remember(null, 'consentTexts', concat_ws('/', old.purpose, old.channel, old.version), null);
  else
    perform configuration_remember(null, 'consentTexts', concat_ws('/', new.purpose, new.channel, new.version), configuration_consent_json(new));
  end if;
  return null;
end $$;
create trigger configuration_consent_kept after insert or update or delete on consent_text for each row execute function configuration_consent_kept();

-- What was there before states were kept.
select configuration_remember(null, 'consentTexts', concat_ws('/', t.purpose, t.channel, t.version), configuration_consent_json(t)) from consent_text t;
select configuration_remember(o.id, 'office', 'office', configuration_office_json(o)), configuration_remember(o.id, 'liveLimits', 'limits', o.live_limits) from office o;
select configuration_remember(s.office_id, 'flagRules', s.rule, jsonb_build_object('isOn', s.is_on, 'params', r.params || s.params)) from flag_setting s join flag_rule r on r.rule = s.rule;

-- ── The configuration as it is ───────────────────────────────────────────────────────────────────────────────────────────────────────────
-- A card as its own history keeps it.
create function configuration_card(p provider) returns jsonb language sql stable security definer set search_path = public, pg_temp
return provider_json(p) - 'id' - 'version';

create function configuration_template_json(p_template jsonb) returns jsonb language sql immutable
return p_template - 'id' - 'version' - 'changedAt' - 'changedBy';

-- Every item of one office. `place` is the order they are taken in: a form needs its provider. Numbers of the office's own rows (another office, a person) are left out of saved reports.
create function configuration_items(p_office_id int) returns table (part text, place int, key text, name text, version int, value jsonb) language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query
  select 'office', 1, 'office', o.name, coalesce((select max(v.version) from configuration_version v where v.office_id = o.id and v.part = 'office'), 0), configuration_office_json(o) from office o where o.id = p_office_id
  union all
  select 'providers', 2, p.code, p.name, p.version, configuration_card(p) from provider p
  union all
  select 'sheetTemplates', 3, t.key::text, t.title, t.version, configuration_template_json(sheet_template_json(t)) from sheet_template t
  union all
  select 'consentTexts', 4, concat_ws('/', t.purpose, t.channel, t.version), t.version, coalesce((select max(v.version) from configuration_version v where v.part = 'consentTexts' and v.key = concat_ws('/', t.purpose, t.channel, t.version)), 0),
    configuration_consent_json(t) from consent_text t
  union all
  select 'flagRules', 5, s.rule, s.rule, coalesce((select max(v.version) from configuration_version v where v.office_id = s.office_id and v.part = 'flagRules' and v.key = s.rule), 0),
    jsonb_build_object('isOn', s.is_on, 'params', r.params || s.params) from flag_setting s join flag_rule r on r.rule = s.rule where s.office_id = p_office_id
  union all
  select 'liveLimits', 6, 'limits', '', coalesce((select max(v.version) from configuration_version v where v.office_id = o.id and v.part = 'liveLimits'), 0), o.live_limits from office o where o.id = p_office_id
  union all
  select * from (select distinct on (s.report, fold(s.name)) 'reportSettings', 7, s.report || '/' || fold(s.name), s.name, s.version,
      jsonb_build_object('name', s.name, 'report', s.report, 'filters', s.filters || '{"officeId": null, "staffId": null, "window": null}', 'sort', s.sort)
    from report_setting s where s.is_shared and s.office_id = p_office_id order by s.report, fold(s.name), s.id) shared
  union all
  select 'registerMappings', 8, concat_ws('/', m.kind, p.code), concat_ws('/', m.kind, p.code), m.version, jsonb_build_object('kind', m.kind, 'provider', p.code, 'columns', m.columns, 'fixed', m.fixed)
    from register_mapping m left join provider p on p.id = m.provider_id;
end $$;

-- Changes with every value of it: what was shown to somebody is compared with what is there when they decide.
create function configuration_hash(p_office_id int) returns text language sql stable security definer set search_path = public, pg_temp
return (select encode(sha256(convert_to(coalesce(jsonb_agg(jsonb_build_array(i.part, i.key, i.value) order by i.place, i.key), '[]')::text, 'UTF8')), 'hex') from configuration_items(p_office_id) i);

create function configuration_state() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff();
begin
  return jsonb_build_object('state', configuration_hash(v_staff.office_id), 'office', (select o.name from office o where o.id = v_staff.office_id),
    'items', (select coalesce(jsonb_agg(jsonb_build_object('part', i.part, 'key', i.key, 'name', i.name, 'version', i.version, 'value', i.value) order by i.place, i.key), '[]') from configuration_items(v_staff.office_id) i));
end $$;

-- It leaves the office in a file: that is noted.
create function configuration_export(p_operation_id uuid) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v jsonb; v_none visit;
begin
  perform operation_repeat(p_operation_id, 'configuration.export');
  v := configuration_state();
  if not exists (select from operation where id = p_operation_id) then
    perform operation_done(p_operation_id, 'configuration.export', v_none, '{}', jsonb_build_object('items', jsonb_array_length(v -> 'items')));
  end if;
  return v;
end $$;

-- ── One item put as it should be ─────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Services that a card no longer names go when nothing was ever billed or metered by them.
create function configuration_trim_services(p_provider_id int, p_card jsonb) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v_code text;
begin
  for v_code in select s.code from provider_service s where s.provider_id = p_provider_id and not exists (select from jsonb_array_elements(p_card -> 'services') c where c ->> 'code' = s.code) loop
    if not exists (select from account a join meter m on m.account_id = a.id where a.provider_id = p_provider_id and m.service = v_code)
      and not exists (select from charge c join account a on a.id = c.account_id where a.provider_id = p_provider_id and c.service = v_code) then
      delete from provider_service where provider_id = p_provider_id and code = v_code;
    end if;
  end loop;
end $$;

create function configuration_put(p_part text, p_key text, p_value jsonb, p_staff staff) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare p provider; t sheet_template; c consent_text; s report_setting; v jsonb;
begin
  case p_part
  when 'office' then
    if not exists (select from pg_timezone_names where name = p_value ->> 'timeZone') then
      perform refuse('OK400', 'timeZone', jsonb_build_object('timeZone', p_value ->> 'timeZone'));
    end if;
    update office set name = p_value ->> 'name', address = p_value ->> 'address', phone = p_value ->> 'phone', hours = p_value ->> 'hours', time_zone = p_value ->> 'timeZone' where id = p_staff.office_id;
  when 'providers' then
    p := provider_write(p_value);
    -- The order of services is the card's; one that was billed stays, behind them.
    perform configuration_trim_services(p.id, p_value);
  when 'sheetTemplates' then
    if p_value ->> 'provider' is not null and not exists (select from provider where code = p_value ->> 'provider') then
      perform refuse('OK409', 'configurationNeedsProvider', jsonb_build_object('provider', p_value ->> 'provider', 'title', p_value ->> 'title'));
    end if;
    select * into t from sheet_template where key = p_key::uuid;
    v := sheet_template_save(t.id, t.version, p_value);
    update sheet_template set key = p_key::uuid where id = (v ->> 'id')::int and key <> p_key::uuid;
  when 'consentTexts' then
    select * into c from consent_text where purpose = p_value ->> 'purpose' and channel = p_value ->> 'channel' and version = p_value ->> 'version' for update;
    if not found then
      insert into consent_text (purpose, channel, version, text, valid_from, old_consents)
        values (p_value ->> 'purpose', p_value ->> 'channel', p_value ->> 'version', p_value ->> 'text', (p_value ->> 'validFrom')::date, coalesce(p_value ->> 'oldConsents', 'keep'));
    elsif (c.text, c.valid_from, c.old_consents) is distinct from (p_value ->> 'text', (p_value ->> 'validFrom')::date, coalesce(p_value ->> 'oldConsents', 'keep')) then
      -- What somebody has agreed to is never written anew.
      if exists (select from consent n where n.purpose = c.purpose and n.channel = c.channel and n.text_version = c.version) then
        perform refuse('OK409', 'consentTextGiven', jsonb_build_object('version', c.version));
      end if;
      update consent_text set text = p_value ->> 'text', valid_from = (p_value ->> 'validFrom')::date, old_consents = coalesce(p_value ->> 'oldConsents', 'keep') where (purpose, channel, version) = (c.purpose, c.channel, c.version);
    end if;
  when 'flagRules' then
    if not exists (select from flag_rule r where r.rule = p_key) then
      perform refuse('OK404', 'flagRule');
    end if;
    perform flag_rule_require((select r from flag_rule r where r.rule = p_key), (p_value ->> 'isOn')::boolean, p_value -> 'params');
    insert into flag_setting (office_id, rule, is_on, params, version, changed_by) values (p_staff.office_id, p_key, (p_value ->> 'isOn')::boolean, p_value -> 'params', 1, p_staff.id)
      on conflict (office_id, rule) do update set is_on = excluded.is_on, params = excluded.params, version = flag_setting.version + 1, changed_by = excluded.changed_by, changed_at = clock_timestamp();
  when 'liveLimits' then
    update office set live_limits = p_value, live_limits_version = live_limits_version + 1 where id = p_staff.office_id;
  when 'reportSettings' then
    select * into s from report_setting x where x.is_shared and x.office_id = p_staff.office_id and x.report || '/' || fold(x.name) = p_key order by x.id limit 1;
    if found then
      -- Whose office and window it narrows to stays this office's own.
      update report_setting x set name = p_value ->> 'name', sort = nullif(p_value -> 'sort', 'null'), version = x.version + 1, changed_at = now(),
        filters = (p_value -> 'filters') || jsonb_strip_nulls(jsonb_build_object('officeId', x.filters -> 'officeId', 'staffId', x.filters -> 'staffId', 'window', x.filters -> 'window')) where x.id = s.id;
    else
      if exists (select from report_setting x where x.staff_id = p_staff.id and fold(x.name) = fold(p_value ->> 'name')) then
        perform refuse('OK409', 'reportSettingNameTaken');
      end if;
      insert into report_setting (staff_id, office_id, name, report, filters, sort, is_shared)
        values (p_staff.id, p_staff.office_id, p_value ->> 'name', p_value ->> 'report', p_value -> 'filters', nullif(p_value -> 'sort', 'null'), true);
    end if;
  when 'registerMappings' then
    select * into p from provider where code = p_value ->> 'provider';
    if p_value ->> 'provider' is not null and p.id is null then
      perform refuse('OK409', 'configurationNeedsProvider', jsonb_build_object('provider', p_value ->> 'provider', 'title', p_key));
    end if;
    update register_mapping set columns = p_value -> 'columns', fixed = p_value -> 'fixed', version = version + 1, saved_by = session_user, saved_at = clock_timestamp()
      where kind = p_value ->> 'kind' and provider_id is not distinct from p.id;
    if not found then
      insert into register_mapping (kind, provider_id, columns, fixed) values (p_value ->> 'kind', p.id, p_value -> 'columns', p_value -> 'fixed');
    end if;
  else
    perform refuse('OK400', 'shape');
  end case;
end $$;

-- What an import had made goes again, when nothing has come to depend on it.
create function configuration_remove(p_part text, p_key text, p_staff staff) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v_id int;
begin
  case p_part
  when 'providers' then
    select id into v_id from provider where code = p_key for update;
    delete from provider_version where provider_id = v_id;
    delete from reading_setting where provider_id = v_id;
    delete from provider_service where provider_id = v_id;
    delete from provider where id = v_id;
  when 'sheetTemplates' then
    select id into v_id from sheet_template where key = p_key::uuid for update;
    delete from sheet_template_version where template_id = v_id;
    delete from sheet_template where id = v_id;
  when 'consentTexts' then
    delete from consent_text where concat_ws('/', purpose, channel, version) = p_key;
  when 'flagRules' then
    delete from flag_setting where office_id = p_staff.office_id and rule = p_key;
  when 'registerMappings' then
    delete from register_mapping m where concat_ws('/', m.kind, (select code from provider where id = m.provider_id)) = p_key;
  when 'reportSettings' then
    delete from report_setting x where x.is_shared and x.office_id = p_staff.office_id and x.report || '/' || fold(x.name) = p_key;
  else
    perform refuse('OK400', 'shape');
  end case;
exception when foreign_key_violation then
  perform refuse('OK409', 'configurationInUse', jsonb_build_object('part', p_part, 'key', p_key));
end $$;

-- ── A file taken in ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
create table configuration_import (
  id uuid primary key,
  office_id int not null references office,
  at timestamptz not null default clock_timestamp(),
  staff_id int not null references staff,
  file_name text not null check (length(file_name) between 1 and 255),
  items jsonb not null,
  reverted_at timestamptz,
  reverted_by int references staff
);
comment on column configuration_import.items is '[{part, key, name, before, after}] as they were and became; before null: made by this import.';
create index configuration_import_office on configuration_import (office_id, at desc);

create function configuration_import_json(i configuration_import) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('id', i.id, 'at', i.at, 'staffName', (select full_name from staff where id = i.staff_id), 'fileName', i.file_name, 'items', i.items,
  'revertedAt', i.reverted_at, 'revertedBy', (select full_name from staff where id = i.reverted_by));

-- Values by part and key, to be looked up many times.
create function configuration_values(p_office_id int) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select jsonb_object_agg(i.part || ' ' || i.key, jsonb_build_object('name', i.name, 'value', i.value)) from configuration_items(p_office_id) i);

-- While forms change places none of them may hold the kind of request that another one is to get.
create function configuration_free_requests(p_items jsonb) returns void language sql security definer set search_path = public, pg_temp
begin atomic
  update sheet_template set request_kind = null where key::text in (select e ->> 'key' from jsonb_array_elements(p_items) e where e ->> 'part' = 'sheetTemplates');
end;

-- p_state: what configuration_state said when the differences were shown. p_items: [{part, key, value}], all or none of them.
create function configuration_import(p_operation_id uuid, p_state text, p_file_name text, p_items jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_none visit; i configuration_import; v_item jsonb; v_done jsonb; v_before jsonb; v_after jsonb; v_first jsonb := operation_repeat(p_operation_id, 'configuration.import');
begin
  if v_first is not null then return v_first; end if;
  if jsonb_typeof(p_items) is distinct from 'array' or jsonb_array_length(p_items) not between 1 and 2000 then
    perform refuse('OK400', 'shape');
  end if;
  perform pg_advisory_xact_lock(hashtext('okno.configuration'), 0);
  lock table provider, sheet_template, flag_setting, consent_text, report_setting, register_mapping in share row exclusive mode;
  if configuration_hash(v_staff.office_id) is distinct from p_state then
    perform refuse('OK409', 'configurationChanged');
  end if;
  v_before := configuration_values(v_staff.office_id);
  perform configuration_free_requests(p_items);
  for v_item in select e from jsonb_array_elements(p_items) e
      order by array_position(array['office', 'providers', 'sheetTemplates', 'consentTexts', 'flagRules', 'liveLimits', 'reportSettings', 'registerMappings'], e ->> 'part'), e ->> 'key' loop
    perform configuration_put(v_item ->> 'part', v_item ->> 'key', v_item -> 'value', v_staff);
  end loop;
  v_after := configuration_values(v_staff.office_id);
  select jsonb_agg(jsonb_build_object('part', e ->> 'part', 'key', e ->> 'key', 'name', v_after -> k ->> 'name', 'before', v_before -> k -> 'value', 'after', v_after -> k -> 'value') order by n) into v_done
    from jsonb_array_elements(p_items) with ordinality x(e, n), lateral (select e ->> 'part' || ' ' || (e ->> 'key') as k) y;
  insert into configuration_import (id, office_id, staff_id, file_name, items) values (p_operation_id, v_staff.office_id, v_staff.id, left(p_file_name, 255), v_done) returning * into i;
  return operation_done(p_operation_id, 'configuration.import', v_none, jsonb_build_object('importId', i.id, 'items', jsonb_array_length(v_done)),
    jsonb_build_object('items', jsonb_array_length(v_done), 'made', (select count(*) from jsonb_array_elements(v_done) d where d -> 'before' = 'null'),
      'of', (select jsonb_agg(d ->> 'part' || ' ' || (d ->> 'key')) from jsonb_array_elements(v_done) d)));
end $$;

-- Newest first, at most 50.
create function configuration_imports() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff();
begin
  return (select coalesce(jsonb_agg(configuration_import_json(i) order by i.at desc), '[]') from (select * from configuration_import where office_id = v_staff.office_id order by at desc limit 50) i);
end $$;

-- What is there now of the items of an import, for the differences of its undoing.
create function configuration_import_now(p_import_id uuid) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); i configuration_import;
begin
  select * into i from configuration_import where id = p_import_id and office_id = v_staff.office_id;
  if not found then
    perform refuse('OK404', 'configurationImport');
  end if;
  return configuration_import_json(i) || jsonb_build_object('now', (select coalesce(jsonb_agg(jsonb_build_object('part', n.part, 'key', n.key, 'value', n.value)), '[]')
    from configuration_items(v_staff.office_id) n join jsonb_array_elements(i.items) e on e ->> 'part' = n.part and e ->> 'key' = n.key));
end $$;

-- The whole import back, as it was before it; not when somebody has changed one of its items since.
create function configuration_revert(p_operation_id uuid, p_import_id uuid) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_none visit; i configuration_import; v_item jsonb; v_changed jsonb; v_now jsonb; v_first jsonb := operation_repeat(p_operation_id, 'configuration.revert');
begin
  if v_first is not null then return v_first; end if;
  perform pg_advisory_xact_lock(hashtext('okno.configuration'), 0);
  lock table provider, sheet_template, flag_setting, consent_text, report_setting, register_mapping in share row exclusive mode;
  select * into i from configuration_import where id = p_import_id and office_id = v_staff.office_id for update;
  if not found then
    perform refuse('OK404', 'configurationImport');
  end if;
  if i.reverted_at is not null then
    perform refuse('OK409', 'configurationReverted', jsonb_build_object('staffName', (select full_name from staff where id = i.reverted_by), 'at', i.reverted_at));
  end if;
  v_now := configuration_values(v_staff.office_id);
  select jsonb_agg(coalesce(nullif(e ->> 'name', ''), e ->> 'key')) into v_changed from jsonb_array_elements(i.items) e
    where v_now -> (e ->> 'part' || ' ' || (e ->> 'key')) -> 'value' is distinct from nullif(e -> 'after', 'null');
  if v_changed is not null then
    perform refuse('OK409', 'configurationChangedSince', jsonb_build_object('names', (select string_agg(x, '; ') from jsonb_array_elements_text(v_changed) x)));
  end if;
  perform configuration_free_requests(i.items);
  -- What was made goes before what it needs, in the end.
  for v_item in select e from jsonb_array_elements(i.items) e order by e -> 'before' = 'null',
      array_position(array['office', 'providers', 'sheetTemplates', 'consentTexts', 'flagRules', 'liveLimits', 'reportSettings', 'registerMappings'], e ->> 'part') * case when e -> 'before' = 'null' then -1 else 1 end loop
    if v_item -> 'before' = 'null' then
      perform configuration_remove(v_item ->> 'part', v_item ->> 'key', v_staff);
    else
      perform configuration_put(v_item ->> 'part', v_item ->> 'key', v_item -> 'before', v_staff);
    end if;
  end loop;
  update configuration_import set reverted_at = clock_timestamp(), reverted_by = v_staff.id where id = i.id returning * into i;
  return operation_done(p_operation_id, 'configuration.revert', v_none, jsonb_build_object('importId', i.id, 'items', jsonb_array_length(i.items)),
    jsonb_build_object('import', i.id, 'items', jsonb_array_length(i.items)));
end $$;

-- ── History ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Every state of everything, with the one before it; of the own office and of what all offices share.
create function configuration_states(p_office_id int, p_part text, p_key text) returns table (part text, key text, name text, version int, at timestamptz, by_login text, by_name text, how text, value jsonb)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query
  select 'providers', p.code, v.card ->> 'name', v.version, v.changed_at, v.changed_by, null::text, v.changed_how, v.card from provider_version v join provider p on p.id = v.provider_id
    where coalesce(p_part, 'providers') = 'providers' and (p_key is null or p.code = p_key)
  union all
  select 'sheetTemplates', t.key::text, v.template ->> 'title', v.version, (v.template ->> 'changedAt')::timestamptz, null, v.template ->> 'changedBy', v.changed_how, configuration_template_json(v.template)
    from sheet_template_version v join sheet_template t on t.id = v.template_id where coalesce(p_part, 'sheetTemplates') = 'sheetTemplates' and (p_key is null or t.key::text = p_key)
  union all
  select v.part, v.key, coalesce(v.value ->> 'name', v.value ->> 'version', v.key), v.version, v.changed_at, v.changed_by, null, v.changed_how, v.value from configuration_version v
    where (v.office_id is null or v.office_id = p_office_id) and (p_part is null or v.part = p_part) and (p_key is null or v.key = p_key);
end $$;

-- Newest first. `before`: the state it took the place of; of a rule that had none, the usual thresholds. A supervisor sees what supervisors decide.
create function configuration_history(p_part text default null, p_key text default null, p_limit int default 50) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff();
begin
  if not 'admin' = any (v_staff.roles) and (p_part is null or p_part not in ('flagRules', 'liveLimits')) then
    perform refuse('OK403', 'adminsOnly');
  end if;
  return (
    with states as materialized (
      select s.*, lag(s.value) over item as before, lead(s.version) over item is null as is_last from configuration_states(v_staff.office_id, p_part, p_key) s window item as (partition by s.part, s.key order by s.version)
    ), newest as (
      select * from states order by at desc, part, key, version desc limit least(greatest(p_limit, 1), 300)
    )
    select coalesce(jsonb_agg(jsonb_build_object('part', n.part, 'key', n.key, 'name', n.name, 'version', n.version, 'at', n.at,
        'staffName', coalesce(n.by_name, (select full_name from staff where login = n.by_login)),
        'how', case when n.how ~ '^[0-9a-f]{8}-' then coalesce((select o.kind from operation o where o.id = n.how::uuid), n.how) else n.how end,
        'isInForce', n.is_last, 'value', n.value,
        'before', coalesce(n.before, case when n.part = 'flagRules' then (select jsonb_build_object('isOn', true, 'params', r.params) from flag_rule r where r.rule = n.key) end)) order by n.at desc, n.part, n.key, n.version desc), '[]')
    from newest n);
end $$;

-- An earlier state in force again. p_current: the version that was in force when it was chosen.
create function configuration_restore(p_operation_id uuid, p_part text, p_key text, p_version int, p_current int) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_none visit; v record; v_last record; v_first jsonb := operation_repeat(p_operation_id, 'configuration.restore');
begin
  if v_first is not null then return v_first; end if;
  perform pg_advisory_xact_lock(hashtext('okno.configuration'), 0);
  lock table provider, sheet_template, flag_setting, consent_text in share row exclusive mode;
  select * into v from configuration_states(v_staff.office_id, p_part, p_key) s where s.version = p_version;
  if v.part is null then
    perform refuse('OK404', 'configurationVersion');
  end if;
  select * into v_last from configuration_states(v_staff.office_id, p_part, p_key) s order by s.version desc limit 1;
  if v_last.version is distinct from p_current then
    perform refuse('OK409', 'changedByAnotherDesk', record_conflict(v_last.by_login, v_last.at, case when v_last.how ~ '^[0-9a-f]{8}-' then (select o.kind from operation o where o.id = v_last.how::uuid) else v_last.how end, null));
  end if;
  if v.value is null then
    perform configuration_remove(p_part, p_key, v_staff);
  else
    perform configuration_put(p_part, p_key, v.value, v_staff);
  end if;
  return operation_done(p_operation_id, 'configuration.restore', v_none, '{}', jsonb_build_object('part', p_part, 'key', p_key, 'version', p_version, 'from', p_current));
end $$;

grant execute on function configuration_state(), configuration_export(uuid), configuration_import(uuid, text, text, jsonb), configuration_imports(), configuration_import_now(uuid), configuration_revert(uuid, uuid),
  configuration_restore(uuid, text, text, int, int) to okno_admin;
grant execute on function configuration_history(text, text, int) to okno_admin, okno_supervisor;
-- Who writes rules sees what they would have done before they are in force.
grant execute on function reading_preview_rules(text, jsonb, date) to okno_admin;

reset role;
