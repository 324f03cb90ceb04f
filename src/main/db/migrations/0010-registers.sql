-- Import of registers (registers.md). A file is copied into an unlogged staging table, merged by set-based statements and given a verdict per row,
-- all in one transaction: cancelled or killed, it leaves the database as before. Administrators may put rows into staging and start a merge;
-- what is staged or stored they read nowhere, only the verdicts of their own batch. Columns are read into types by the application
-- (src/main/features/registers); null is "unknown, keep what is stored", a name in `cleared` is "clear it".
--
-- A reason is 'code|detail|detail'; its Russian text is in src/main/features/registers/verdict-texts.ts.
set local role okno_owner;

create unlogged table register_stage_subscribers (
  batch_id uuid not null default current_setting('okno.batch')::uuid, line int not null,
  external_id text, kind text, last_name text, first_name text, middle_name text, birth_date date, org_name text,
  inn text, kpp text, ogrn text, snils text,
  doc_type text, doc_series text, doc_number text, doc_key text, doc_issued_by text, doc_issued_on date, doc_issuer_code text,
  phone text, phone_key text, email text, email_key text, contact_note text,
  cleared text[] not null default '{}', warnings text[] not null default '{}', refused text[] not null default '{}'
);
create unlogged table register_stage_accounts (
  batch_id uuid not null default current_setting('okno.batch')::uuid, line int not null,
  provider_id int, number text, number_key text, contract text, contract_key text, contract_date date, external_id text,
  region text, locality text, street text, house text, building text, flat text, flat_as_printed text,
  area_m2 numeric, rooms int, residents int, els text, zhku_id text, status text, opened_on date, closed_on date, bill_delivery text, tariff text,
  cleared text[] not null default '{}', warnings text[] not null default '{}', refused text[] not null default '{}'
);
create unlogged table register_stage_meters (
  batch_id uuid not null default current_setting('okno.batch')::uuid, line int not null,
  provider_id int, number text, number_key text, serial text, service text, digits int, decimals int, zones int, ratio numeric,
  installed_on date, verified_until date, removed_on date, initial_t1 bigint, initial_t2 bigint, initial_t3 bigint,
  cleared text[] not null default '{}', warnings text[] not null default '{}', refused text[] not null default '{}'
);
create unlogged table register_stage_readings (
  batch_id uuid not null default current_setting('okno.batch')::uuid, line int not null,
  provider_id int, number text, number_key text, serial text, service text, taken_on date, t1 bigint, t2 bigint, t3 bigint, channel text,
  cleared text[] not null default '{}', warnings text[] not null default '{}', refused text[] not null default '{}'
);
create unlogged table register_stage_charges (
  batch_id uuid not null default current_setting('okno.batch')::uuid, line int not null,
  provider_id int, number text, number_key text, period date, service text, unit text, volume numeric, volume_common numeric, tariff numeric,
  accrued bigint, accrued_common bigint, recalculated bigint, recalculation_reason text, benefit bigint, penalty bigint,
  opening bigint, paid bigint, closing bigint, facts jsonb,
  cleared text[] not null default '{}', warnings text[] not null default '{}', refused text[] not null default '{}'
);
create unlogged table register_stage_payments (
  batch_id uuid not null default current_setting('okno.batch')::uuid, line int not null,
  provider_id int, number text, number_key text, payment_id text, paid_on date, amount bigint, channel text, purpose text,
  cleared text[] not null default '{}', warnings text[] not null default '{}', refused text[] not null default '{}'
);

-- What becomes of each row. One import runs at a time, so a line number is enough of a key.
create unlogged table register_verdict (
  line int primary key,
  key text collate "C",
  -- subscriber, account or meter the row is about; null until a new one is made.
  target_id bigint,
  other_id bigint,
  -- The row repeats an earlier one of the file or says what is stored.
  is_same boolean not null default false,
  changed boolean not null default false,
  -- The office knows better and kept its value: worth telling although nothing changed.
  kept boolean not null default false,
  refused text[] not null,
  warnings text[] not null
-- A merge changes most rows once or twice: there is room for that on their own page.
) with (fillfactor = 60);

create function register_value(p_new anycompatible, p_old anycompatible, p_clear boolean) returns anycompatible language sql immutable parallel safe as
$$ select case when p_clear then null else coalesce(p_new, p_old) end $$;

-- The same for the values of a charge that hardly any row has; a name in `cleared` is a key here too.
create function register_facts(p_new jsonb, p_old jsonb, p_cleared text[]) returns jsonb language sql immutable parallel safe as
$$ select case when p_new is null and p_old is null then null else nullif((coalesce(p_old, '{}') || coalesce(p_new, '{}')) - p_cleared, '{}') end $$;

create function register_batch_json(b import_batch) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('batchId', b.id, 'kind', b.kind, 'fileName', b.file_name, 'startedBy', b.started_by, 'startedAt', b.started_at, 'finishedAt', b.finished_at,
  'accepted', b.accepted, 'warned', b.warned, 'unchanged', b.unchanged, 'refused', b.refused);

-- Opens a batch in the transaction of the caller; {done: batch} when this operation was finished before.
create function register_begin(p_batch_id uuid, p_kind text, p_file_name text, p_file_sha256 text, p_mapping jsonb default null) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_done import_batch;
begin
  -- The owner itself loads a training office before there is any staff.
  if not (select rolsuper from pg_roles where rolname = session_user) then
    perform current_staff();
  end if;
  -- Two merges at once would wait for each other's rows in opposite orders, and share the staging.
  if not pg_try_advisory_xact_lock(hashtext('okno.registers')) then
    perform refuse('OK409', 'importRunning');
  end if;
  select * into v_done from import_batch where id = p_batch_id;
  if found then
    return jsonb_build_object('done', register_batch_json(v_done));
  end if;
  insert into import_batch (id, kind, file_name, file_sha256, mapping) values (p_batch_id, p_kind, left(p_file_name, 255), p_file_sha256, p_mapping);
  execute format('truncate register_verdict, %I', 'register_stage_' || p_kind);
  perform set_config('okno.batch', p_batch_id::text, true);
  return jsonb_build_object('done', null, 'processId', pg_backend_pid());
end $$;

create function register_open(p_batch_id uuid, p_kind text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not exists (select from import_batch where id = p_batch_id and kind = p_kind and finished_at is null and started_by = session_user) then
    perform refuse('OK404', 'importBatch');
  end if;
  perform set_config('okno.operation', p_batch_id::text, true);
end $$;

-- The same key twice in a file: an identical row is unchanged, a different one is refused with the line of the first.
create function register_mark_repeats(p_kind text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  execute format($sql$
    with repeated as (
      select key, min(line) as first_line from register_verdict where refused = '{}' and key is not null group by key having count(*) > 1
    ), pair as (
      select v.line, r.first_line, a.content = b.content as same
      from repeated r
      join register_verdict v on v.key = r.key and v.line > r.first_line and v.refused = '{}'
      cross join lateral (select to_jsonb(s) - '{line,warnings}'::text[] as content from %1$I s where s.line = v.line) a
      cross join lateral (select to_jsonb(s) - '{line,warnings}'::text[] as content from %1$I s where s.line = r.first_line) b
    )
    update register_verdict v set is_same = pair.same, changed = false, refused = case when pair.same then v.refused else v.refused || ('repeatedKey|' || pair.first_line) end
    from pair where pair.line = v.line $sql$, 'register_stage_' || p_kind);
end $$;

create function register_verdict_of(v register_verdict) returns text language sql immutable
return case when v.refused <> '{}' then 'refused' when not v.changed and not v.kept then 'unchanged' when v.warnings <> '{}' then 'warned' else 'accepted' end;

create function register_finish(p_batch_id uuid, p_analyze text[]) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare b import_batch; v_table text;
begin
  update import_batch i set finished_at = clock_timestamp(), accepted = n.accepted, warned = n.warned, unchanged = n.unchanged, refused = n.refused
  from (select count(*) filter (where verdict = 'accepted') as accepted, count(*) filter (where verdict = 'warned') as warned,
          count(*) filter (where verdict = 'unchanged') as unchanged, count(*) filter (where verdict = 'refused') as refused
        from (select register_verdict_of(v) as verdict from register_verdict v) r) n
  where i.id = p_batch_id returning i.* into b;
  -- A first import fills empty tables: searches right after it must not be planned for empty ones.
  if b.accepted + b.warned >= 1000 then
    foreach v_table in array p_analyze loop
      execute format('analyze %I', v_table);
    end loop;
  end if;
  perform audit_record('registers.import', null, null, jsonb_build_object('batchId', b.id, 'kind', b.kind, 'fileName', b.file_name, 'sha256', b.file_sha256, 'mapping', b.mapping,
    'accepted', b.accepted, 'warned', b.warned, 'unchanged', b.unchanged, 'refused', b.refused));
  return register_batch_json(b);
end $$;

-- Verdicts of the lines from p_from on, in order. Only of the batch this transaction has merged.
create function register_verdicts(p_batch_id uuid, p_from int, p_limit int) returns table (line int, verdict text, reasons text[])
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if current_setting('okno.batch', true) is distinct from p_batch_id::text
     or not exists (select from import_batch where id = p_batch_id and started_by = session_user) then
    perform refuse('OK404', 'importBatch');
  end if;
  return query select v.line, register_verdict_of(v), case when v.refused <> '{}' then v.refused else v.warnings end
    from register_verdict v where v.line >= p_from order by v.line limit p_limit;
end $$;

create function register_clean(p_batch_id uuid) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v_kind text;
begin
  select kind into v_kind from import_batch where id = p_batch_id and started_by = session_user;
  if not found or current_setting('okno.batch', true) is distinct from p_batch_id::text then
    perform refuse('OK404', 'importBatch');
  end if;
  execute format('truncate register_verdict, %I', 'register_stage_' || v_kind);
end $$;

-- Stops a merge that is running under the same login; the transaction of the import then takes everything back.
create function register_cancel(p_process_id int) returns boolean language sql security definer set search_path = public, pg_temp
return coalesce((select pg_cancel_backend(a.pid) from pg_stat_activity a
  where a.pid = p_process_id and a.usename = session_user and a.datname = current_database() and a.state = 'active' and a.query like '%register_merge_%'), false);

create function register_history() returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select coalesce(jsonb_agg(register_batch_json(b) order by b.started_at desc), '[]')
        from (select * from import_batch where finished_at is not null order by started_at desc limit 200) b);

---------------------------------------------------------------------------------------------------------------------------- subscribers

create view register_next_subscribers as
select v.line, v.target_id, s.kind, s.external_id,
  register_value(s.last_name, t.last_name, 'last_name' = any(s.cleared)) as last_name,
  register_value(s.first_name, t.first_name, 'first_name' = any(s.cleared)) as first_name,
  register_value(s.middle_name, t.middle_name, 'middle_name' = any(s.cleared)) as middle_name,
  register_value(s.birth_date, t.birth_date, 'birth_date' = any(s.cleared)) as birth_date,
  register_value(s.org_name, t.org_name, 'org_name' = any(s.cleared)) as org_name,
  register_value(s.inn, t.inn, 'inn' = any(s.cleared)) as inn,
  register_value(s.kpp, t.kpp, 'kpp' = any(s.cleared)) as kpp,
  register_value(s.ogrn, t.ogrn, 'ogrn' = any(s.cleared)) as ogrn,
  register_value(s.snils, t.snils, 'snils' = any(s.cleared)) as snils,
  coalesce(s.contact_note, t.contact_note) as contact_note
from register_stage_subscribers s join register_verdict v on v.line = s.line left join subscriber t on t.id = v.target_id
where v.refused = '{}' and not v.is_same and s.batch_id = nullif(current_setting('okno.batch', true), '')::uuid;

create function register_merge_subscribers(p_batch_id uuid) returns jsonb
language plpgsql security definer set search_path = public, pg_temp set work_mem = '64MB' as $$
begin
  perform register_open(p_batch_id, 'subscribers');
  analyze register_stage_subscribers;

  insert into register_verdict (line, key, target_id, changed, refused, warnings)
  select s.line, s.external_id, t.id, t.id is null,
    case when s.refused <> '{}' then s.refused else array_remove(array[
      case when s.kind = 'person' and register_value(s.last_name, t.last_name, 'last_name' = any(s.cleared)) is null then 'valueMissing|last_name' end,
      case when s.kind = 'person' and register_value(s.first_name, t.first_name, 'first_name' = any(s.cleared)) is null then 'valueMissing|first_name' end,
      case when s.kind = 'organisation' and register_value(s.org_name, t.org_name, 'org_name' = any(s.cleared)) is null then 'valueMissing|org_name' end,
      case when s.kind = 'entrepreneur' and coalesce(register_value(s.last_name, t.last_name, 'last_name' = any(s.cleared)),
        register_value(s.org_name, t.org_name, 'org_name' = any(s.cleared))) is null then 'valueMissing|last_name' end], null) end,
    s.warnings
  from register_stage_subscribers s left join subscriber t on t.external_id = s.external_id
  where s.batch_id = p_batch_id;
  perform register_mark_repeats('subscribers');
  analyze register_verdict;

  with changed as (
    update subscriber t set kind = n.kind, last_name = n.last_name, first_name = n.first_name, middle_name = n.middle_name, birth_date = n.birth_date,
      org_name = n.org_name, inn = n.inn, kpp = n.kpp, ogrn = n.ogrn, snils = n.snils, contact_note = n.contact_note, version = t.version + 1, updated_at = now()
    from register_next_subscribers n
    where t.id = n.target_id
      and (t.kind, t.last_name, t.first_name, t.middle_name, t.birth_date, t.org_name, t.inn, t.kpp, t.ogrn, t.snils, t.contact_note)
        is distinct from (n.kind, n.last_name, n.first_name, n.middle_name, n.birth_date, n.org_name, n.inn, n.kpp, n.ogrn, n.snils, n.contact_note)
    returning n.line
  )
  update register_verdict v set changed = true from changed c where c.line = v.line;

  with added as (
    insert into subscriber (external_id, kind, last_name, first_name, middle_name, birth_date, org_name, inn, kpp, ogrn, snils, contact_note)
    select n.external_id, n.kind, n.last_name, n.first_name, n.middle_name, n.birth_date, n.org_name, n.inn, n.kpp, n.ogrn, n.snils, n.contact_note
    from register_next_subscribers n where n.target_id is null order by n.line
    returning id, external_id
  )
  -- other_id: it is a new one, so nothing of it has to be looked for.
  update register_verdict v set target_id = a.id, other_id = a.id from added a where a.external_id = v.key and v.refused = '{}' and not v.is_same;

  -- Documents. A new one makes the older of its type past.
  with given as (
    select v.target_id, s.* from register_stage_subscribers s join register_verdict v on v.line = s.line
    where v.refused = '{}' and not v.is_same and s.batch_id = p_batch_id and (s.doc_key is not null or 'doc_number' = any(s.cleared))
  ), past as (
    update identity_document d set is_current = false from given g
    where d.subscriber_id = g.target_id and d.is_current
      and case when g.doc_key is null then g.doc_type is null or d.type = g.doc_type else d.type = g.doc_type and d.key <> g.doc_key end
    returning g.line
  ), known as (
    update identity_document d set series = g.doc_series, number = g.doc_number, is_current = true,
      issued_by = register_value(g.doc_issued_by, d.issued_by, 'doc_issued_by' = any(g.cleared)),
      issued_on = register_value(g.doc_issued_on, d.issued_on, 'doc_issued_on' = any(g.cleared)),
      issuer_code = register_value(g.doc_issuer_code, d.issuer_code, 'doc_issuer_code' = any(g.cleared))
    from given g
    where d.subscriber_id = g.target_id and d.type = g.doc_type and d.key = g.doc_key
      and (d.series, d.number, d.is_current, d.issued_by, d.issued_on, d.issuer_code) is distinct from (g.doc_series, g.doc_number, true,
        register_value(g.doc_issued_by, d.issued_by, 'doc_issued_by' = any(g.cleared)), register_value(g.doc_issued_on, d.issued_on, 'doc_issued_on' = any(g.cleared)),
        register_value(g.doc_issuer_code, d.issuer_code, 'doc_issuer_code' = any(g.cleared)))
    returning g.line
  ), added as (
    insert into identity_document (subscriber_id, type, series, number, key, issued_by, issued_on, issuer_code)
    select g.target_id, g.doc_type, g.doc_series, g.doc_number, g.doc_key, g.doc_issued_by, g.doc_issued_on, g.doc_issuer_code
    from given g where g.doc_key is not null
    on conflict (subscriber_id, type, key) do nothing
    returning subscriber_id
  )
  update register_verdict v set changed = true
  from (select line from past union select line from known union
        select w.line from added a join register_verdict w on w.target_id = a.subscriber_id and w.refused = '{}' and not w.is_same and not w.changed) c
  where c.line = v.line and not v.changed;

  -- A link that nobody has followed in time is no change under way.
  with late as (
    update contact_confirmation set state = 'cancelled' where state = 'waiting' and way = 'link' and expires_at <= now() returning contact_id
  )
  update subscriber_contact k set state = 'cancelled', ended_at = now() from late where k.id = late.contact_id and k.state = 'awaiting';

  -- Contacts. What was confirmed at the desk, or is being changed there now, is better than the register. A register knows the main ones only.
  with given as (
    select v.line, v.target_id, c.kind, c.key, c.value
    from register_stage_subscribers s join register_verdict v on v.line = s.line
    cross join lateral (values ('phone', s.phone_key, s.phone), ('email', s.email_key, s.email)) c(kind, key, value)
    where v.refused = '{}' and not v.is_same and s.batch_id = p_batch_id and (c.key is not null or c.kind = any(s.cleared))
  ), differing as (
    select g.*, k.id, k.state from given g join subscriber_contact k on k.subscriber_id = g.target_id and k.kind = g.kind and k.purpose = 'main'
      and (k.is_current or k.state = 'awaiting') and k.key is distinct from g.key
  ), kept as (
    select line, array_agg('contactKept|' || kind order by kind desc) as warnings from (select distinct line, kind from differing where state <> 'unconfirmed') d group by line
  ), ended as (
    update subscriber_contact k set state = case when d.key is null then 'cancelled' else 'replaced' end, is_current = false, ended_at = now()
    from differing d where k.id = d.id and d.state = 'unconfirmed'
      and not exists (select from differing o where o.line = d.line and o.kind = d.kind and o.state <> 'unconfirmed')
    returning d.line
  )
  update register_verdict v set warnings = v.warnings || coalesce(kept.warnings, '{}'), kept = kept.line is not null, changed = v.changed or ended.line is not null
  from kept full join (select distinct line from ended) ended on ended.line = kept.line
  where v.line = coalesce(kept.line, ended.line);

  with added as (
    insert into subscriber_contact (subscriber_id, kind, value, key, state, is_current, replaces_id)
    select v.target_id, c.kind, c.value, c.key, 'unconfirmed', true,
      case when v.other_id is null then
        (select k.id from subscriber_contact k where k.subscriber_id = v.target_id and k.kind = c.kind and k.purpose = 'main' and k.state = 'replaced' and k.ended_at = now() order by k.id desc limit 1) end
    from register_stage_subscribers s join register_verdict v on v.line = s.line
    cross join lateral (values ('phone', s.phone_key, s.phone), ('email', s.email_key, s.email)) c(kind, key, value)
    where v.refused = '{}' and not v.is_same and s.batch_id = p_batch_id and c.key is not null
      and (v.other_id is not null
        or not exists (select from subscriber_contact k where k.subscriber_id = v.target_id and k.kind = c.kind and k.purpose = 'main' and (k.is_current or k.state = 'awaiting')))
    order by v.line, c.kind desc
    returning subscriber_id
  )
  update register_verdict v set changed = true from added a where a.subscriber_id = v.target_id and v.refused = '{}' and not v.is_same and not v.changed;

  -- What a visitor had noted for another purpose and is the main one now stands once.
  -- From the few that are for something else, and not from a million main ones.
  with others as materialized (select id, subscriber_id, kind, key from subscriber_contact where is_current and purpose <> 'main')
  update subscriber_contact e set state = 'replaced', is_current = false, ended_at = now(), replaced_by_id = m.id from others o, subscriber_contact m
    where e.id = o.id and m.subscriber_id = o.subscriber_id and m.kind = o.kind and m.key = o.key and m.is_current and m.purpose = 'main';

  return register_finish(p_batch_id, array['subscriber', 'identity_document', 'subscriber_contact']);
end $$;

---------------------------------------------------------------------------------------------------------------------------- accounts

create view register_next_accounts as
select v.line, v.target_id, v.other_id as subscriber_id, s.provider_id, s.number, s.number_key,
  register_value(s.contract, t.contract, 'contract' = any(s.cleared)) as contract,
  register_value(s.contract_key, t.contract_key, 'contract' = any(s.cleared)) as contract_key,
  register_value(s.contract_date, t.contract_date, 'contract_date' = any(s.cleared)) as contract_date,
  coalesce(register_value(s.region, a.region, 'region' = any(s.cleared)), '') as region,
  coalesce(register_value(s.locality, a.locality, 'locality' = any(s.cleared)), '') as locality,
  coalesce(register_value(s.street, a.street, 'street' = any(s.cleared)), '') as street,
  coalesce(s.house, a.house) as house,
  coalesce(register_value(s.building, a.building, 'building' = any(s.cleared)), '') as building,
  coalesce(register_value(s.flat, a.flat, 'flat' = any(s.cleared)), '') as flat,
  register_value(s.flat_as_printed, t.flat_as_printed, 'flat_as_printed' = any(s.cleared)) as flat_as_printed,
  register_value(s.area_m2, t.area_m2, 'area_m2' = any(s.cleared)) as area_m2,
  register_value(s.rooms, t.rooms, 'rooms' = any(s.cleared)) as rooms,
  register_value(s.residents, t.residents, 'residents' = any(s.cleared)) as residents,
  register_value(s.els, t.els, 'els' = any(s.cleared)) as els,
  register_value(s.zhku_id, t.zhku_id, 'zhku_id' = any(s.cleared)) as zhku_id,
  coalesce(s.status, t.status, 'active') as status,
  register_value(s.opened_on, t.opened_on, 'opened_on' = any(s.cleared)) as opened_on,
  register_value(s.closed_on, t.closed_on, 'closed_on' = any(s.cleared)) as closed_on,
  register_value(s.bill_delivery, t.bill_delivery, 'bill_delivery' = any(s.cleared)) as bill_delivery,
  register_value(s.tariff, t.tariff, 'tariff' = any(s.cleared)) as tariff
from register_stage_accounts s join register_verdict v on v.line = s.line
left join account t on t.id = v.target_id left join address a on a.id = t.address_id
where v.refused = '{}' and not v.is_same and s.batch_id = nullif(current_setting('okno.batch', true), '')::uuid;

create function register_merge_accounts(p_batch_id uuid) returns jsonb
language plpgsql security definer set search_path = public, pg_temp set work_mem = '64MB' as $$
begin
  perform register_open(p_batch_id, 'accounts');
  analyze register_stage_accounts;

  insert into register_verdict (line, key, target_id, other_id, changed, refused, warnings)
  select s.line, s.provider_id || '|' || s.number, t.id, o.id, t.id is null,
    case when s.refused <> '{}' then s.refused else array_remove(array[
      case when o.id is null then 'unknownSubscriber|' || s.external_id end,
      case when t.subscriber_id <> o.id then 'accountOfAnotherSubscriber' end,
      case when t.id is null and s.house is null then 'valueMissing|house' end], null) end,
    s.warnings
  from register_stage_accounts s
  left join account t on t.provider_id = s.provider_id and t.number = s.number
  left join subscriber o on o.external_id = s.external_id
  where s.batch_id = p_batch_id;
  perform register_mark_repeats('accounts');
  analyze register_verdict;

  insert into address (region, locality, street, house, building, flat)
  select distinct n.region, n.locality, n.street, n.house, n.building, n.flat from register_next_accounts n
  where not exists (select from address a where (a.region, a.locality, a.street, a.house, a.building, a.flat) = (n.region, n.locality, n.street, n.house, n.building, n.flat))
  on conflict do nothing;

  with changed as (
    update account t set contract = n.contract, contract_key = n.contract_key, contract_date = n.contract_date, address_id = a.id, number_key = n.number_key,
      flat_as_printed = n.flat_as_printed, area_m2 = n.area_m2, rooms = n.rooms, residents = n.residents, els = n.els, zhku_id = n.zhku_id,
      status = n.status, opened_on = n.opened_on, closed_on = n.closed_on, bill_delivery = n.bill_delivery, tariff = n.tariff, version = t.version + 1
    from register_next_accounts n
    join address a on (a.region, a.locality, a.street, a.house, a.building, a.flat) = (n.region, n.locality, n.street, n.house, n.building, n.flat)
    where t.id = n.target_id
      and (t.contract, t.contract_key, t.contract_date, t.address_id, t.number_key, t.flat_as_printed, t.area_m2, t.rooms, t.residents, t.els, t.zhku_id, t.status,
          t.opened_on, t.closed_on, t.bill_delivery, t.tariff)
        is distinct from (n.contract, n.contract_key, n.contract_date, a.id, n.number_key, n.flat_as_printed, n.area_m2, n.rooms, n.residents, n.els, n.zhku_id, n.status,
          n.opened_on, n.closed_on, n.bill_delivery, n.tariff)
    returning n.line
  )
  update register_verdict v set changed = true from changed c where c.line = v.line;

  insert into account (provider_id, number, number_key, contract, contract_key, contract_date, subscriber_id, address_id, flat_as_printed, area_m2, rooms, residents,
    els, zhku_id, status, opened_on, closed_on, bill_delivery, tariff)
  select n.provider_id, n.number, n.number_key, n.contract, n.contract_key, n.contract_date, n.subscriber_id, a.id, n.flat_as_printed, n.area_m2, n.rooms, n.residents,
    n.els, n.zhku_id, n.status, n.opened_on, n.closed_on, n.bill_delivery, n.tariff
  from register_next_accounts n
  join address a on (a.region, a.locality, a.street, a.house, a.building, a.flat) = (n.region, n.locality, n.street, n.house, n.building, n.flat)
  where n.target_id is null order by n.line;

  return register_finish(p_batch_id, array['address', 'account']);
end $$;

---------------------------------------------------------------------------------------------------------------------------- meters

-- The account a row names: by its number as registered, else by the comparison form when that is one account's only.
create function register_account_by_key(p_provider_id int, p_number_key text) returns bigint language sql stable
return (select min(id) from account where provider_id = p_provider_id and number_key = p_number_key having count(*) = 1);

create view register_next_meters as
select n.*,
  case when n.clear_initial then null
       when n.fits then case n.zones when 1 then array[n.initial_t1] when 2 then array[n.initial_t1, n.initial_t2] else array[n.initial_t1, n.initial_t2, n.initial_t3] end
       when cardinality(n.old_initial) = n.zones then n.old_initial end as initial
from (
  select v.line, v.target_id, v.other_id as account_id, s.serial, s.service, s.digits, coalesce(s.decimals, t.decimals, 0) as decimals,
    coalesce(s.zones, t.zones, 1) as zones, coalesce(s.ratio, t.ratio, 1) as ratio,
    register_value(s.installed_on, t.installed_on, 'installed_on' = any(s.cleared)) as installed_on,
    register_value(s.verified_until, t.verified_until, 'verified_until' = any(s.cleared)) as verified_until,
    register_value(s.removed_on, t.removed_on, 'removed_on' = any(s.cleared)) as removed_on,
    'initial_t1' = any(s.cleared) as clear_initial, t.initial as old_initial, s.initial_t1, s.initial_t2, s.initial_t3,
    coalesce(num_nonnulls(s.initial_t1, s.initial_t2, s.initial_t3) = coalesce(s.zones, t.zones, 1)
      and (coalesce(s.zones, t.zones, 1) < 2 or s.initial_t2 is not null) and s.initial_t1 is not null
      and greatest(s.initial_t1, s.initial_t2, s.initial_t3) < 1000 * (10 ^ s.digits)::bigint, false) as fits
  from register_stage_meters s join register_verdict v on v.line = s.line left join meter t on t.id = v.target_id
  where v.refused = '{}' and not v.is_same and s.batch_id = nullif(current_setting('okno.batch', true), '')::uuid
) n;

create function register_merge_meters(p_batch_id uuid) returns jsonb
language plpgsql security definer set search_path = public, pg_temp set work_mem = '64MB' as $$
begin
  perform register_open(p_batch_id, 'meters');
  analyze register_stage_meters;

  insert into register_verdict (line, key, target_id, other_id, changed, refused, warnings)
  select s.line, s.account_id || '|' || s.service || '|' || s.serial, t.id, s.account_id, t.id is null,
    case when s.refused <> '{}' then s.refused else array_remove(array[
      case when s.account_id is null then 'unknownAccount|' || s.number end,
      -- Readings already taken have one value per zone and as many digits as they have; a meter that shows otherwise is another meter.
      -- A new meter has no readings; without its first word the look into all their months would be taken for each of them, because null and false is false.
      case when t.id is not null and coalesce(s.zones, t.zones) <> t.zones and exists (select from meter_reading r where r.meter_id = t.id) then 'zonesOfMeterWithReadings|' || t.zones end,
      case when t.id is not null and s.digits < t.digits and exists (select from meter_reading r where r.meter_id = t.id and r.status in ('entered', 'accepted', 'calculated')
        and greatest(r.t1, r.t2, r.t3) >= 1000 * (10 ^ s.digits)::bigint) then 'digitsOfMeterWithReadings|' || t.digits end], null) end,
    s.warnings || case when s.refused = '{}' and s.removed_on < coalesce(s.installed_on, t.installed_on) then array['removedBeforeInstalled'] else '{}' end
  from (
    select s.*, coalesce(a.id, case when a.id is null then register_account_by_key(s.provider_id, s.number_key) end) as account_id
    from register_stage_meters s left join account a on a.provider_id = s.provider_id and a.number = s.number
    where s.batch_id = p_batch_id
  ) s
  left join meter t on t.account_id = s.account_id and t.serial = s.serial and t.service = s.service;
  perform register_mark_repeats('meters');
  analyze register_verdict;

  update register_verdict v set warnings = v.warnings || 'initialUnfit'::text from register_next_meters n
  where n.line = v.line and num_nonnulls(n.initial_t1, n.initial_t2, n.initial_t3) > 0 and not n.fits;

  with changed as (
    update meter t set digits = n.digits, decimals = n.decimals, zones = n.zones, ratio = n.ratio, installed_on = n.installed_on, verified_until = n.verified_until,
      removed_on = n.removed_on, initial = n.initial, version = t.version + 1
    from register_next_meters n
    where t.id = n.target_id and (t.digits, t.decimals, t.zones, t.ratio, t.installed_on, t.verified_until, t.removed_on, t.initial)
      is distinct from (n.digits, n.decimals, n.zones, n.ratio, n.installed_on, n.verified_until, n.removed_on, n.initial)
    returning n.line
  )
  update register_verdict v set changed = true from changed c where c.line = v.line;

  insert into meter (account_id, serial, service, digits, decimals, zones, ratio, installed_on, verified_until, removed_on, initial)
  select n.account_id, n.serial, n.service, n.digits, n.decimals, n.zones, n.ratio, n.installed_on, n.verified_until, n.removed_on, n.initial
  from register_next_meters n where n.target_id is null order by n.line;

  return register_finish(p_batch_id, array['meter']);
end $$;

---------------------------------------------------------------------------------------------------------------------------- readings

-- Levels for a register: what the meter can't show or could not have shown that day is refused; what is only odd is taken with a warning (lessons §1).
create function register_merge_readings(p_batch_id uuid) returns jsonb
language plpgsql security definer set search_path = public, pg_temp set work_mem = '64MB' as $$
begin
  perform register_open(p_batch_id, 'readings');
  analyze register_stage_readings;

  -- Profiles are wide: what is needed of them is taken out once, not once a row.
  with policy as materialized (select id, coalesce(profile -> 'readings' ->> 'expiredVerification', 'warn') as verification from provider)
  insert into register_verdict (line, key, target_id, other_id, is_same, changed, refused, warnings)
  select x.line, x.meter_id || '|' || x.taken_on, x.meter_id,
    case when x.same is false then x.reading_id end, coalesce(x.same, false), not coalesce(x.same, false),
    case when x.refused <> '{}' then x.refused else array_remove(array[
      case when x.account_id is null then 'unknownAccount|' || x.number
           when coalesce(x.meters, 0) = 0 then 'unknownMeter|' || x.serial
           when x.meter_id is null then 'serviceNeeded' end,
      case when num_nonnulls(x.t1, x.t2, x.t3) < x.zones or (x.zones > 1 and x.t2 is null) then 'zonesMissing|' || x.zones end,
      case when num_nonnulls(x.t1, x.t2, x.t3) > x.zones then 'zonesExtra|' || x.zones end,
      case when greatest(x.t1, x.t2, x.t3) >= x.capacity then 'digitsExceeded|' || x.digits end,
      case when x.t1 % x.step + coalesce(x.t2 % x.step, 0) + coalesce(x.t3 % x.step, 0) > 0 then 'decimalsExceeded|' || x.decimals end,
      case when x.taken_on > office_today() then 'dateInFuture' end,
      case when x.taken_on < x.installed_on then 'beforeInstalled|' || x.installed_on end,
      case when x.taken_on > x.removed_on then 'afterRemoved|' || x.removed_on end,
      -- A correction never overwrites what was calculated or what a person entered here (lessons §1 rules 13, 17).
      case when x.same is false and x.reading_status = 'calculated' then 'readingCalculated|' || x.reading_t1
           when x.same is false and not x.from_register then 'readingOfDesk|' || x.reading_t1 end], null) end,
    x.warnings || case when x.refused = '{}' and x.same is false then array['readingReplaced|' || x.reading_t1] else '{}' end
      || case when x.refused = '{}' and x.same is null and x.verified_until < x.taken_on and x.verification <> 'inform' then array['verificationExpired|' || x.verified_until] else '{}' end
  from (
    select s.*, m.found as meters, t.id as meter_id, t.zones, t.digits, t.decimals, t.installed_on, t.removed_on, t.verified_until,
      1000 * (10 ^ t.digits)::bigint as capacity, (10 ^ (3 - t.decimals))::bigint as step,
      r.id as reading_id, r.status as reading_status, r.t1 as reading_t1, r.import_batch_id is not null as from_register,
      case when r.id is not null then (r.t1, r.t2, r.t3) is not distinct from (s.t1, s.t2, s.t3) end as same,
      p.verification
    from (
      select s.*, coalesce(a.id, case when a.id is null then register_account_by_key(s.provider_id, s.number_key) end) as account_id
      from register_stage_readings s left join account a on a.provider_id = s.provider_id and a.number = s.number
      where s.batch_id = p_batch_id
    ) s
    left join lateral (
      select count(*) as found, count(*) filter (where m.serial = s.serial) as exact, min(m.id) filter (where m.serial = s.serial) as exact_id, min(m.id) as any_id
      from meter m where m.account_id = s.account_id and m.serial_key = serial_key(s.serial) and (s.service is null or m.service = s.service)
    ) m on true
    left join meter t on t.id = case when m.exact = 1 then m.exact_id when m.found = 1 then m.any_id end
    left join meter_reading r on r.meter_id = t.id and r.taken_on = s.taken_on and r.status in ('entered', 'accepted', 'calculated')
    left join policy p on p.id = s.provider_id
  ) x;
  perform register_mark_repeats('readings');
  analyze register_verdict;

  -- Neighbours by date, of the file and of the database. A rollover is plausible from 90 % of the capacity on and within the provider's cap.
  with policy as materialized (
    select p.id as provider_id, c.key as service, c.value::numeric as cap from provider p, jsonb_each_text(p.profile -> 'readings' -> 'maxMonthly') c
  ), taken as (
    select v.line, v.target_id as meter_id, s.taken_on, array_remove(array[s.t1, s.t2, s.t3], null) as t
    from register_stage_readings s join register_verdict v on v.line = s.line
    where v.refused = '{}' and not v.is_same and s.batch_id = p_batch_id
  ), in_file as (
    select *, lag(taken_on) over w as file_prev_on, lag(t) over w as file_prev, lead(taken_on) over w as file_next_on, lead(t) over w as file_next
    from taken window w as (partition by meter_id order by taken_on)
  ), placed as (
    select f.line, f.taken_on, f.t, m.ratio, 1000 * (10 ^ m.digits)::bigint as capacity,
      p.cap,
      case when f.file_prev is not null and f.file_prev_on >= coalesce(b.taken_on, f.file_prev_on) then f.file_prev when b.id is not null then array_remove(array[b.t1, b.t2, b.t3], null) else m.initial end as prev,
      case when f.file_prev is null and b.id is null then m.installed_on else greatest(f.file_prev_on, b.taken_on) end as prev_on,
      case when f.file_next is not null and f.file_next_on <= coalesce(n.taken_on, f.file_next_on) then f.file_next else array_remove(array[n.t1, n.t2, n.t3], null) end as next,
      least(f.file_next_on, n.taken_on) as next_on
    from in_file f
    join meter m on m.id = f.meter_id join account a on a.id = m.account_id left join policy p on p.provider_id = a.provider_id and p.service = m.service
    left join lateral (select * from meter_reading r where r.meter_id = f.meter_id and r.taken_on < f.taken_on and r.status in ('entered', 'accepted', 'calculated')
      order by r.taken_on desc limit 1) b on true
    left join lateral (select * from meter_reading r where r.meter_id = f.meter_id and r.taken_on > f.taken_on and r.status in ('entered', 'accepted', 'calculated')
      order by r.taken_on limit 1) n on true
  ), judged as (
    select p.*, z.*, case when p.prev_on is not null then p.cap * greatest(p.taken_on - p.prev_on, 1) / 30 end as most
    from placed p cross join lateral (
      select bool_or(new < old) as below, min(old) filter (where new < old) as below_of, bool_or(new > later) as above, min(later) filter (where new > later) as above_of,
        sum(case when new >= old then new - old else new + p.capacity - old end) * p.ratio as used,
        coalesce(bool_and(old >= 0.9 * p.capacity) filter (where new < old), false) as near_end,
        coalesce(bool_and(new >= 0.9 * p.capacity and later + p.capacity - new <= 0.1 * p.capacity) filter (where new > later), false) as near_turn
      from unnest(p.t, p.prev, p.next) as z(new, old, later)
    ) z
  ), odd as (
    select line, array_remove(array[
      case when below and near_end and used <= coalesce(most, capacity * 0.1) then 'rollover|' || round(used)
           when below then 'belowPrevious|' || below_of || '|' || coalesce(prev_on::text, '')
           when used > most then 'aboveMaximum|' || round(used) end,
      -- A reading near the end of the dial is above the next one when the dial turned; the next one says so.
      case when above and not coalesce(below, false) and not near_turn then 'aboveNext|' || above_of || '|' || next_on end], null) as warnings
    from judged where prev is not null or next is not null
  )
  update register_verdict v set warnings = v.warnings || odd.warnings from odd where odd.line = v.line and odd.warnings <> '{}';

  update meter_reading r set status = 'cancelled', status_reason = 'replacedByRegister'
  from register_verdict v join register_stage_readings s on s.line = v.line
  where v.refused = '{}' and not v.is_same and v.other_id is not null and r.id = v.other_id and r.taken_on = s.taken_on;

  insert into meter_reading (meter_id, account_id, taken_on, period, t1, t2, t3, channel, status, warnings, replaces_id, import_batch_id)
  select m.id, m.account_id, s.taken_on, date_trunc('month', s.taken_on), s.t1, s.t2, s.t3, coalesce(s.channel, 'import'),
    case when date_trunc('month', s.taken_on) <= c.closed then 'calculated' else 'accepted' end,
    array(select split_part(w, '|', 1) from unnest(v.warnings) w where w not like 'unreadable|%' and w not like 'readingReplaced|%'), v.other_id, p_batch_id
  from register_stage_readings s join register_verdict v on v.line = s.line join meter m on m.id = v.target_id
  left join (select account_id, max(period) as closed from charge where account_id in (select m.account_id from register_verdict v join meter m on m.id = v.target_id)
             group by account_id) c on c.account_id = m.account_id
  where v.refused = '{}' and not v.is_same and s.batch_id = p_batch_id order by s.line;

  return register_finish(p_batch_id, array['meter_reading']);
end $$;

---------------------------------------------------------------------------------------------------------------------------- charges

create function register_merge_charges(p_batch_id uuid) returns jsonb
language plpgsql security definer set search_path = public, pg_temp set work_mem = '64MB' as $$
begin
  perform register_open(p_batch_id, 'charges');
  analyze register_stage_charges;

  insert into register_verdict (line, key, target_id, is_same, changed, refused, warnings)
  select s.line, s.account_id || '|' || s.period || '|' || s.service, s.account_id, n.same, not n.same,
    case when s.refused <> '{}' then s.refused else array_remove(array[
      case when s.account_id is null then 'unknownAccount|' || s.number end,
      case when s.accrued + n.common < t.accrued + t.accrued_common then 'lowersClosedTotal|accrued|' || t.accrued + t.accrued_common
           when s.closing < t.closing then 'lowersClosedTotal|closing|' || t.closing end,
      -- Its payment documents are made: what billing has to correct comes as a recalculation of the next period.
      case when not n.same and exists (select from payment_period z where z.provider_id = s.provider_id and z.period = s.period) then 'periodFinal|' || to_char(s.period, 'YYYY-MM') end], null) end,
    s.warnings || case when s.closing <> n.sum then array['closingMismatch|' || n.sum] else '{}' end
  from (
    select s.*, coalesce(a.id, case when a.id is null then register_account_by_key(s.provider_id, s.number_key) end) as account_id
    from register_stage_charges s left join account a on a.provider_id = s.provider_id and a.number = s.number
    where s.batch_id = p_batch_id
  ) s
  left join charge t on t.account_id = s.account_id and t.period = s.period and t.service = s.service
  cross join lateral (select coalesce(register_value(s.accrued_common, t.accrued_common, 'accrued_common' = any(s.cleared)), 0) as common,
    coalesce(register_value(s.recalculated, t.recalculated, 'recalculated' = any(s.cleared)), 0) as recalculated,
    coalesce(register_value(s.benefit, t.benefit, 'benefit' = any(s.cleared)), 0) as benefit,
    coalesce(register_value(s.penalty, t.penalty, 'penalty' = any(s.cleared)), 0) as penalty) g
  cross join lateral (select g.*, s.opening + s.accrued + g.common + g.recalculated - g.benefit + g.penalty - s.paid as sum,
    t.account_id is not null and (t.unit, t.volume, t.volume_common, t.tariff, t.accrued, t.accrued_common, t.recalculated, t.recalculation_reason, t.benefit, t.penalty,
        t.opening, t.paid, t.closing, t.facts)
      is not distinct from (register_value(s.unit, t.unit, 'unit' = any(s.cleared)), register_value(s.volume, t.volume, 'volume' = any(s.cleared)),
        register_value(s.volume_common, t.volume_common, 'volume_common' = any(s.cleared)), register_value(s.tariff, t.tariff, 'tariff' = any(s.cleared)),
        s.accrued, g.common, g.recalculated, register_value(s.recalculation_reason, t.recalculation_reason, 'recalculation_reason' = any(s.cleared)),
        g.benefit, g.penalty, s.opening, s.paid, s.closing, register_facts(s.facts, t.facts, s.cleared)) as same) n;
  perform register_mark_repeats('charges');
  analyze register_verdict;

  insert into charge as t (account_id, period, service, unit, volume, volume_common, tariff, accrued, accrued_common, recalculated, recalculation_reason, benefit, penalty,
    opening, paid, closing, facts, import_batch_id)
  select v.target_id, s.period, s.service, register_value(s.unit, o.unit, 'unit' = any(s.cleared)), register_value(s.volume, o.volume, 'volume' = any(s.cleared)),
    register_value(s.volume_common, o.volume_common, 'volume_common' = any(s.cleared)), register_value(s.tariff, o.tariff, 'tariff' = any(s.cleared)), s.accrued,
    coalesce(register_value(s.accrued_common, o.accrued_common, 'accrued_common' = any(s.cleared)), 0),
    coalesce(register_value(s.recalculated, o.recalculated, 'recalculated' = any(s.cleared)), 0),
    register_value(s.recalculation_reason, o.recalculation_reason, 'recalculation_reason' = any(s.cleared)),
    coalesce(register_value(s.benefit, o.benefit, 'benefit' = any(s.cleared)), 0), coalesce(register_value(s.penalty, o.penalty, 'penalty' = any(s.cleared)), 0),
    s.opening, s.paid, s.closing, register_facts(s.facts, o.facts, s.cleared), p_batch_id
  from register_stage_charges s join register_verdict v on v.line = s.line
  left join charge o on o.account_id = v.target_id and o.period = s.period and o.service = s.service
  where v.refused = '{}' and not v.is_same and s.batch_id = p_batch_id order by s.line
  on conflict (account_id, period, service) do update set unit = excluded.unit, volume = excluded.volume, volume_common = excluded.volume_common, tariff = excluded.tariff,
    accrued = excluded.accrued, accrued_common = excluded.accrued_common, recalculated = excluded.recalculated, recalculation_reason = excluded.recalculation_reason,
    benefit = excluded.benefit, penalty = excluded.penalty, opening = excluded.opening, paid = excluded.paid, closing = excluded.closing, facts = excluded.facts,
    import_batch_id = excluded.import_batch_id;

  -- Billing has used the readings of the periods it charged: from here on only a supervisor corrects them. The order of the registers does not matter.
  update meter_reading r set status = 'calculated'
  from (select v.target_id as account_id, max(s.period) as closed from register_stage_charges s join register_verdict v on v.line = s.line where v.changed and v.refused = '{}' group by v.target_id) c
  join meter m on m.account_id = c.account_id
  where r.meter_id = m.id and r.account_id = c.account_id and r.period <= c.closed and r.status in ('entered', 'accepted');

  return register_finish(p_batch_id, array['charge']);
end $$;

---------------------------------------------------------------------------------------------------------------------------- payments

create function register_merge_payments(p_batch_id uuid) returns jsonb
language plpgsql security definer set search_path = public, pg_temp set work_mem = '64MB' as $$
begin
  perform register_open(p_batch_id, 'payments');
  analyze register_stage_payments;

  insert into register_verdict (line, key, target_id, other_id, is_same, changed, refused, warnings)
  select s.line, s.provider_id || '|' || s.payment_id, s.account_id, t.id, n.same, not n.same,
    case when s.refused <> '{}' then s.refused else array_remove(array[
      case when s.account_id is null then 'unknownAccount|' || s.number end,
      case when t.account_id <> s.account_id then 'paymentOfAnotherAccount' end,
      -- Money is corrected by a reversal, a row of its own.
      case when t.account_id = s.account_id and t.amount <> s.amount then 'paymentAmountDiffers|' || t.amount end], null) end,
    s.warnings || case when s.refused = '{}' and s.paid_on > office_today() then array['dateInFuture'] else '{}' end
  from (
    select s.*, coalesce(a.id, case when a.id is null then register_account_by_key(s.provider_id, s.number_key) end) as account_id
    from register_stage_payments s left join account a on a.provider_id = s.provider_id and a.number = s.number
    where s.batch_id = p_batch_id
  ) s
  left join payment t on t.provider_id = s.provider_id and t.payment_id = s.payment_id
  cross join lateral (select t.id is not null and t.amount = s.amount and (t.paid_on, t.channel, t.purpose) is not distinct from
    (s.paid_on, register_value(s.channel, t.channel, 'channel' = any(s.cleared)), register_value(s.purpose, t.purpose, 'purpose' = any(s.cleared))) as same) n;
  perform register_mark_repeats('payments');
  analyze register_verdict;

  update payment t set paid_on = s.paid_on, channel = register_value(s.channel, t.channel, 'channel' = any(s.cleared)),
    purpose = register_value(s.purpose, t.purpose, 'purpose' = any(s.cleared)), import_batch_id = p_batch_id
  from register_stage_payments s join register_verdict v on v.line = s.line
  where v.refused = '{}' and not v.is_same and s.batch_id = p_batch_id and t.id = v.other_id;

  insert into payment (provider_id, payment_id, account_id, paid_on, amount, channel, purpose, import_batch_id)
  select s.provider_id, s.payment_id, v.target_id, s.paid_on, s.amount, s.channel, s.purpose, p_batch_id
  from register_stage_payments s join register_verdict v on v.line = s.line
  where v.refused = '{}' and not v.is_same and s.batch_id = p_batch_id and v.other_id is null order by s.line;

  return register_finish(p_batch_id, array['payment']);
end $$;

grant insert on register_stage_subscribers, register_stage_accounts, register_stage_meters, register_stage_readings, register_stage_charges, register_stage_payments to okno_admin;
grant execute on function register_begin(uuid, text, text, text, jsonb), register_verdicts(uuid, int, int), register_clean(uuid), register_cancel(int), register_history(),
  register_merge_subscribers(uuid), register_merge_accounts(uuid), register_merge_meters(uuid), register_merge_readings(uuid), register_merge_charges(uuid),
  register_merge_payments(uuid) to okno_admin;

reset role;
