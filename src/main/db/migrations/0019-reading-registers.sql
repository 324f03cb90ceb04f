-- Registers of readings: judged by the same statement as a sheet, a million rows at once; and given to billing with marks.
set local role okno_owner;

-- What is known of the meters of the register that is being merged, and what the rules say of its rows; both live as long as the merge.
create unlogged table register_past (meter_id bigint primary key, rows int, fewest int, most int, past reading_past);
create unlogged table register_judged (line int, account_id bigint, taken_on date, counts_for date, blocks text[], warns text[], water reading_judgement);
comment on column register_past.fewest is 'Numbers of zones its readings have: other than the meter has, they are left out.';

-- Both by day; a day is in one of them.
create function reading_past_merged(a reading_past, b reading_past) returns reading_past language sql immutable parallel safe as $$
  select row(array_agg(u.d order by u.d), array_agg(u.t1 order by u.d), array_agg(u.t2 order by u.d), array_agg(u.t3 order by u.d), array_agg(u.c order by u.d), array_agg(u.x order by u.d))::reading_past
  from unnest(a.days || b.days, a.t1 || b.t1, a.t2 || b.t2, a.t3 || b.t3, a.controls || b.controls, a.disputes || b.disputes) u(d, t1, t2, t3, c, x)
$$;

-- Judges all rows at once. A month is read in the order of its index, all months side by side, never meter by meter; the rules are then asked row by row, by both processors where there are two.
create function register_judge_readings(p_first date) returns void language plpgsql as $$
declare v_since constant date := p_first::timestamp - interval '15 months'; v_until constant date := office_today() + 31; v_has_older boolean;
begin
  truncate register_past;
  insert into register_past
  with told as (
    -- Rows of one meter in the same file are each other's past.
    select v.target_id as meter_id, count(*) as rows, min(num_nonnulls(s.t1, s.t2, s.t3)) as fewest, max(num_nonnulls(s.t1, s.t2, s.t3)) as most,
      case when count(*) > 1 then row(array_agg(s.taken_on order by s.taken_on), array_agg(s.t1 order by s.taken_on), array_agg(s.t2 order by s.taken_on), array_agg(s.t3 order by s.taken_on),
        array_agg(coalesce(s.channel = 'act', false) order by s.taken_on), array_agg(false order by s.taken_on))::reading_past end as past
    from register_verdict v join register_stage_readings s on s.line = v.line where v.refused = '{}' and not v.is_same group by v.target_id
  ), known as (
    select r.meter_id, min(num_nonnulls(r.t1, r.t2, r.t3)) as fewest, max(num_nonnulls(r.t1, r.t2, r.t3)) as most,
      row(array_agg(r.taken_on order by r.taken_on), array_agg(r.t1 order by r.taken_on), array_agg(r.t2 order by r.taken_on), array_agg(r.t3 order by r.taken_on),
        array_agg(r.is_control order by r.taken_on), array_agg(r.review is not distinct from 'controlOrdered' order by r.taken_on))::reading_past as past
    from meter_reading r where r.taken_on >= v_since and r.taken_on <= v_until and r.status in ('entered', 'accepted', 'calculated')
      and r.meter_id in (select v.target_id from register_verdict v where v.refused = '{}' and not v.is_same) group by r.meter_id
  )
  select t.meter_id, t.rows, case when t.rows > 1 then least(t.fewest, k.fewest) else k.fewest end, case when t.rows > 1 then greatest(t.most, k.most) else k.most end,
    case when t.rows = 1 or t.past is null then k.past when k.meter_id is null then t.past else reading_past_merged(t.past, k.past) end
  from told t left join known k on k.meter_id = t.meter_id;
  analyze register_past;
  select exists (select from meter_reading r where r.taken_on < v_since) into v_has_older;

  drop table register_judged;
  -- Made by one statement: only so does it run on several processors.
  execute $q$
    create unlogged table register_judged as
    select x.line, x.account_id, x.taken_on, (x.j).counts_for, (x.j).blocks, (x.j).warns, case when (x.j).water is not null then x.j end as water
    from (
      select s.line, m.account_id, s.taken_on, reading_judge(m, t,
          case when p.fewest <> m.zones or p.most <> m.zones or m.installed_on >= $q$ || quote_literal(v_since) || $q$
              or coalesce((p.past).days[1] >= s.taken_on, true) and ($q$ || v_has_older || $q$ or m.initial is not null)
            then reading_past_whole(m, p.past, $q$ || quote_literal(v_since) || $q$, s.taken_on, coalesce(p.fewest = m.zones and p.most = m.zones, true), $q$ || v_has_older || $q$) else p.past end,
          a.residents, coalesce(k.acts, 0), case when s.t2 is null and s.t3 is not null then array[s.t1] else array_remove(array[s.t1, s.t2, s.t3], null) end, s.taken_on,
          coalesce(s.channel = 'act', false), 'register', null, $q$ || quote_literal(office_today()) || $q$, p.rows > 1) as j
      from register_verdict v join register_stage_readings s on s.line = v.line join register_past p on p.meter_id = v.target_id
      join meter m on m.id = v.target_id join account a on a.id = m.account_id join reading_setting t on t.provider_id = a.provider_id and t.service = m.service
        and t.meter_type = meter_type_of(m.is_automatic, m.zones)
      left join meter_no_access k on k.meter_id = m.id
      where v.refused = '{}' and not v.is_same offset 0) x$q$;

  update register_judged j set blocks = case (j.water).swapped_level when 'block' then j.blocks || 'looksSwapped|'::text else j.blocks end,
      warns = case (j.water).swapped_level when 'warn' then j.warns || 'looksSwapped|'::text else j.warns end
    from (select c.line as cold, h.line as hot from register_judged c join register_judged h on h.account_id = c.account_id and h.taken_on = c.taken_on
          where c.water is not null and h.water is not null and reading_swapped(c.water, h.water)) w where j.line in (w.cold, w.hot);
  analyze register_judged;
end $$;

-- Levels for a register are the third of the book: what the meter can't show or could not have shown that day is refused; what is only odd is taken with a warning.
create or replace function register_merge_readings(p_batch_id uuid) returns jsonb
language plpgsql security definer set search_path = public, pg_temp set work_mem = '256MB' set hash_mem_multiplier = 2
  -- Planned for the register at hand: a plan kept from one of ten rows is no plan for a million.
  set plan_cache_mode = force_custom_plan set enable_nestloop = on as $$
declare v_first date; v_last date;
begin
  perform register_open(p_batch_id, 'readings');
  analyze register_stage_readings;
  select min(taken_on), max(taken_on) into v_first, v_last from register_stage_readings where refused = '{}';
  perform reading_partitions_make(v_first, least(v_last, office_today()));
  perform reading_partitions_ahead();

  insert into register_verdict (line, key, target_id, other_id, is_same, changed, refused, warnings)
  select x.line, x.meter_id || '|' || x.taken_on, x.meter_id, case when x.same is false then x.reading_id end, coalesce(x.same, false), not coalesce(x.same, false),
    case when x.refused <> '{}' then x.refused else array_remove(array[
      case when x.account_id is null then 'unknownAccount|' || x.number
           when coalesce(x.meters, 0) = 0 then 'unknownMeter|' || x.serial
           when x.meter_id is null then 'serviceNeeded' end,
      -- A correction never overwrites what was calculated or what a person entered here (lessons §1 rules 13, 17).
      case when x.same is false and x.reading_status = 'calculated' then 'readingCalculated|' || x.reading_t1
           when x.same is false and not x.from_register then 'readingOfDesk|' || x.reading_t1 end], null) end,
    x.warnings || case when x.refused = '{}' and x.same is false then array['readingReplaced|' || x.reading_t1] else '{}' end
  from (
    select s.*, m.found as meters, m.meter_id, r.id as reading_id, r.status as reading_status, r.t1 as reading_t1, r.import_batch_id is not null as from_register,
      case when r.id is not null then (r.t1, r.t2, r.t3) is not distinct from (s.t1, s.t2, s.t3) end as same
    from (
      select s.*, coalesce(a.id, case when a.id is null then register_account_by_key(s.provider_id, s.number_key) end) as account_id
      from register_stage_readings s left join account a on a.provider_id = s.provider_id and a.number = s.number
      where s.batch_id = p_batch_id
    ) s
    left join lateral (
      -- A meter that was away for its verification has two rows of one number: that of the day counts.
      select count(*) as found,
        case when min(m.service) filter (where m.serial = s.serial) = max(m.service) filter (where m.serial = s.serial) then (max(array[w.that_day, m.id]) filter (where m.serial = s.serial))[2]
             when min(m.service || m.serial) = max(m.service || m.serial) then (max(array[w.that_day, m.id]))[2] end as meter_id
      from meter m cross join lateral (select (s.taken_on between coalesce(m.installed_on, '-infinity') and coalesce(m.removed_on, 'infinity'))::int::bigint as that_day) w where m.account_id = s.account_id and m.serial_key = serial_key(s.serial) and (s.service is null or m.service = s.service)
    ) m on true
    left join meter_reading r on r.meter_id = m.meter_id and r.taken_on = s.taken_on and r.status in ('entered', 'accepted', 'calculated') and r.taken_on between v_first and v_last
  ) x;
  perform register_mark_repeats('readings');
  analyze register_verdict;

  -- What is replaced is no past of anything.
  update meter_reading r set status = 'cancelled', status_reason = 'replacedByRegister'
  from register_verdict v join register_stage_readings s on s.line = v.line
  where v.refused = '{}' and not v.is_same and v.other_id is not null and r.meter_id = v.target_id and r.taken_on = s.taken_on and r.id = v.other_id;

  perform register_judge_readings(v_first);
  update register_verdict v set refused = v.refused || j.blocks, warnings = case when j.blocks = '{}' then v.warnings || j.warns else v.warnings end
    from register_judged j where j.line = v.line and (j.blocks <> '{}' or j.warns <> '{}');
  -- Refused now, so what stood there stands again.
  update meter_reading r set status = 'accepted', status_reason = null
  from register_verdict v join register_judged j on j.line = v.line join register_stage_readings s on s.line = v.line
  where j.blocks <> '{}' and v.other_id is not null and r.meter_id = v.target_id and r.taken_on = s.taken_on and r.id = v.other_id and r.status_reason = 'replacedByRegister';

  insert into meter_reading (meter_id, account_id, taken_on, period, t1, t2, t3, channel, is_control, reader, status, warnings, replaces_id, import_batch_id)
  select m.id, m.account_id, s.taken_on, j.counts_for, s.t1, s.t2, s.t3, coalesce(s.channel, 'import'), coalesce(s.channel = 'act', false),
    case when s.channel = 'act' then 'controller' else 'subscriber' end, case when j.counts_for <= c.closed then 'calculated' else 'accepted' end,
    case when j.warns = '{}' then '{}' else array(select distinct split_part(w, '|', 1) from unnest(j.warns) w) end, v.other_id, p_batch_id
  from register_stage_readings s join register_verdict v on v.line = s.line join register_judged j on j.line = s.line join meter m on m.id = v.target_id
  left join (select account_id, max(period) as closed from charge group by account_id) c on c.account_id = m.account_id
  where v.refused = '{}' and not v.is_same and s.batch_id = p_batch_id order by s.taken_on, m.id;
  truncate register_judged, register_past;

  -- Of the months that were written to: the others are as they were.
  return register_finish(p_batch_id, array(select 'meter_reading_' || to_char(d, 'YYYY_MM') from generate_series(date_trunc('month', v_first::timestamp), v_last::timestamp, interval '1 month') d
    where to_regclass('meter_reading_' || to_char(d, 'YYYY_MM')) is not null and d <= office_today()));
end $$;

-- A row of meters is about the one in service; of a meter with two rows of one number the other is history.
do $do$
declare v_text text := pg_get_functiondef('register_merge_meters(uuid)'::regprocedure); v_join text := 'left join meter t on t.account_id = s.account_id and t.serial = s.serial and t.service = s.service;';
begin
  if position(v_join in v_text) = 0 then
    raise exception 'register_merge_meters is another';
  end if;
  execute replace(v_text, v_join, $t$left join meter t on t.id = (select x.id from meter x where x.account_id = s.account_id and x.serial = s.serial and x.service = s.service
      order by x.removed_on is not null, x.id desc limit 1);$t$);
end $do$;

------------------------------------------------------------------------------------------------------------------------ to billing

-- A batch given to billing. What stands in its file stays word for word, whatever becomes of the readings: asked again, it is the same to the byte.
create table reading_export (
  id uuid primary key,
  period date not null check (extract(day from period) = 1),
  provider_id int references provider,
  encoding text not null check (encoding in ('utf-8', 'windows-1251')),
  rows int not null,
  cancelled int not null,
  staff_id int not null references staff,
  at timestamptz not null default now(),
  given_to int not null references staff,
  given_at timestamptz not null
);
comment on column reading_export.provider_id is 'Null: of all providers.';
comment on column reading_export.cancelled is 'Of the rows: told before, cancelled since.';
comment on column reading_export.given_at is 'When its file was asked for last; who asks may fetch it for an hour.';
create table reading_export_part (export_id uuid not null references reading_export, n int not null, content bytea not null, primary key (export_id, n));
alter table meter_reading add column cancel_export_id uuid;
comment on column meter_reading.export_id is 'The batch that told billing of the reading.';
comment on column meter_reading.cancel_export_id is 'The batch that told billing that it is cancelled.';

-- One cell of a file for people and for programs, as `cell` of src/main/features/registers/verdict-file.ts writes it: quoted where needed, nothing a spreadsheet would run.
create function register_cell(p_value text) returns text language sql immutable parallel safe as $$
  select case when safe ~ '[";\r\n]' then '"' || replace(safe, '"', '""') || '"' else safe end
  from (select case when p_value ~ '^''*[=+@\t\r-]' and p_value !~ '^[+-]?[\d\s.,]*$' then '''' || p_value else coalesce(p_value, '') end as safe) x
$$;

create function reading_export_value(p_thousandths bigint) returns text language sql immutable parallel safe as
$$ select coalesce(replace(trim_scale(p_thousandths / 1000.0)::text, '.', ','), '') $$;

create function reading_export_json(e reading_export) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('batchId', e.id, 'period', to_char(e.period, 'YYYY-MM'), 'provider', (select p.code from provider p where p.id = e.provider_id), 'encoding', e.encoding, 'rows', e.rows,
  'cancelled', e.cancelled, 'at', e.at, 'staffName', (select s.full_name from staff s where s.id = e.staff_id));

-- Readings taken in Okno that count for the period and were not told yet; with them what was told and cancelled since, and what stands in its place. What came by a
-- register came from billing and does not go back. Returns the batch and the number of its parts; the parts are fetched one by one, in transactions of their own,
-- so that who takes the file stands in the log before the first byte is out.
create function reading_export(p_operation_id uuid, p_period date, p_provider text default null, p_encoding text default 'utf-8', p_again uuid default null) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  e reading_export; v_staff staff := current_staff(); v_provider int; v_code name := case p_encoding when 'utf-8' then 'UTF8' when 'windows-1251' then 'WIN1251' end;
begin
  -- Two batches at once would both tell of the same reading.
  perform pg_advisory_xact_lock(hashtext('okno.readingExport'));
  update reading_export set given_to = v_staff.id, given_at = clock_timestamp() where id = coalesce(p_again, p_operation_id) returning * into e;
  if e.id is null and p_again is not null then
    perform refuse('OK404', 'exportBatch');
  end if;
  if e.id is null then
    if v_code is null or p_period is null or extract(day from p_period) <> 1 then
      perform refuse('OK400', 'period');
    end if;
    if p_provider is not null then
      select id into v_provider from provider where code = p_provider;
      if not found then
        perform refuse('OK404', 'provider');
      end if;
    end if;
    insert into reading_export (id, period, provider_id, encoding, rows, cancelled, staff_id, given_to, given_at)
      values (p_operation_id, p_period, v_provider, p_encoding, 0, 0, v_staff.id, v_staff.id, clock_timestamp());
    insert into reading_export_part values (p_operation_id, 0, convert_to(case p_encoding when 'utf-8' then U&'\FEFF' else '' end
      || E'provider;account;serial;service;taken_on;t1;t2;t3;channel;operator;visit;status;reason;period\r\n', v_code));
    begin
      with gone as (
        select r.meter_id, r.taken_on, r.id from meter_reading r join account a on a.id = r.account_id
        where r.status = 'cancelled' and r.export_id is not null and r.cancel_export_id is null and (v_provider is null or a.provider_id = v_provider)
      ), fresh as (
        select r.meter_id, r.taken_on, r.id from meter_reading r join account a on a.id = r.account_id
        where r.import_batch_id is null and r.status in ('entered', 'accepted', 'calculated') and (v_provider is null or a.provider_id = v_provider)
          and (r.export_id is null and r.period = p_period
            -- A cancellation that was told and then taken back.
            or r.cancel_export_id is not null
            or r.export_id is null and r.period < p_period and r.replaces_id is not null and r.meter_id in (select g.meter_id from gone g))
      ), marked as (
        update meter_reading r set export_id = case when r.status = 'cancelled' then r.export_id else p_operation_id end, cancel_export_id = case when r.status = 'cancelled' then p_operation_id end
        from (select * from gone union all select * from fresh) c where r.meter_id = c.meter_id and r.taken_on = c.taken_on and r.id = c.id
        returning r.*
      ), line as (
        -- What is cancelled goes before what stands in its place.
        select row_number() over (order by p.code, a.number, m.serial, m.service, r.taken_on, r.status <> 'cancelled', r.id) as n,
          concat_ws(';', register_cell(p.code), register_cell(a.number), register_cell(m.serial), m.service, to_char(r.taken_on, 'DD.MM.YYYY'), reading_export_value(r.t1), reading_export_value(r.t2),
            reading_export_value(r.t3), r.channel, register_cell(coalesce(s.full_name, '')), coalesce(r.visit_id::text, ''), r.status,
            register_cell(case r.status when 'cancelled' then coalesce(r.status_reason, '') else array_to_string(r.reasons, ',') end), to_char(r.period, 'MM.YYYY')) || E'\r\n' as written
        from marked r join account a on a.id = r.account_id join provider p on p.id = a.provider_id join meter m on m.id = r.meter_id left join staff s on s.id = r.staff_id
      ), kept as (
        insert into reading_export_part select p_operation_id, ((n - 1) / 20000 + 1)::int, convert_to(string_agg(written, '' order by n), v_code) from line group by 2
      )
      update reading_export x set rows = t.rows, cancelled = t.cancelled
      from (select count(*)::int as rows, (count(*) filter (where status = 'cancelled'))::int as cancelled from marked) t where x.id = p_operation_id;
    exception when untranslatable_character then
      perform refuse('OK400', 'exportEncoding');
    end;
    select * into e from reading_export where id = p_operation_id;
  end if;
  perform audit_record('registers.exportReadings', null, null, jsonb_build_object('batchId', e.id, 'period', to_char(e.period, 'YYYY-MM'),
    'provider', (select p.code from provider p where p.id = e.provider_id), 'encoding', e.encoding, 'rows', e.rows, 'cancelled', e.cancelled, 'again', e.at < now()));
  return reading_export_json(e) || jsonb_build_object('parts', (select count(*) from reading_export_part t where t.export_id = e.id));
end $$;

-- Base64 of a part, 0 the header. Only for who asked for the batch within the hour, and said so in an earlier transaction.
create function reading_export_bytes(p_batch_id uuid, p_n int) returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare v_content bytea;
begin
  select t.content into v_content from reading_export_part t join reading_export e on e.id = t.export_id
    where t.export_id = p_batch_id and t.n = p_n and e.given_to = (current_staff()).id and e.given_at < now() and e.given_at > now() - interval '1 hour';
  if not found then
    perform refuse('OK404', 'exportBatch');
  end if;
  return encode(v_content, 'base64');
end $$;

create function reading_exports() returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select coalesce(jsonb_agg(reading_export_json(e) order by e.at desc, e.id), '[]') from (select * from reading_export order by at desc limit 200) e);

grant execute on function reading_export(uuid, date, text, text, uuid), reading_export_bytes(uuid, int), reading_exports() to okno_admin;

reset role;
