-- Registers of readings: judged by the same statement as a sheet, a million rows at once; and given to billing with marks.
set local role okno_owner;

-- The rows of the register that is being merged. Rows of the file are part of each other's past.
do $do$
begin
  execute format($f$
    create function reading_judge_register(p_since date)
    returns table (n int, consumption bigint[], counts_for date, blocks text[], warns text[], informs text[]) language sql stable as $b$ %s $b$ $f$,
    reading_judge_text(
      $s$select v.line as n, v.target_id as meter_id, case when s.t2 is null and s.t3 is not null then array[s.t1] else array_remove(array[s.t1, s.t2, s.t3], null) end as vals, s.taken_on,
        coalesce(s.channel = 'act', false) as is_control, 'register'::text as audience, null::date as closed, office_today() as today, true as own,
        null::bigint[] as without
        from register_stage_readings s join register_verdict v on v.line = s.line where v.refused = '{}' and not v.is_same$s$,
      $s$select v.target_id, s.taken_on - date '1970-01-01', s.t1, s.t2, s.t3, coalesce(s.channel = 'act', false), false, false
        from register_stage_readings s join register_verdict v on v.line = s.line join mm on mm.meter_id = v.target_id
        where v.refused = '{}' and not v.is_same and num_nonnulls(s.t1, s.t2, s.t3) = mm.zones and (mm.zones = 1 or s.t2 is not null)$s$,
      'reading_setting', 'p_since'));
end $do$;

create unlogged table register_judged (line int, counts_for date, blocks text[], warns text[]);

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
      select count(*) as found, case when count(*) filter (where m.serial = s.serial) = 1 then min(m.id) filter (where m.serial = s.serial) when count(*) = 1 then min(m.id) end as meter_id
      from meter m where m.account_id = s.account_id and m.serial_key = serial_key(s.serial) and (s.service is null or m.service = s.service)
    ) m on true
    left join meter_reading r on r.meter_id = m.meter_id and r.taken_on = s.taken_on and r.status in ('entered', 'accepted', 'calculated') and r.taken_on between v_first and v_last
  ) x;
  perform register_mark_repeats('readings');
  analyze register_verdict;
  -- How many rows the steps of the judge have nobody can estimate, and one guess of a few rows makes it look each meter up month by month, 2 ms a row. Many are joined with the
  -- months as a whole; the setting ends with this function.
  if (select count(*) from register_verdict where refused = '{}' and not is_same) > 5000 then
    set local enable_nestloop = off;
  end if;

  -- What is replaced is no past of anything.
  update meter_reading r set status = 'cancelled', status_reason = 'replacedByRegister'
  from register_verdict v join register_stage_readings s on s.line = v.line
  where v.refused = '{}' and not v.is_same and v.other_id is not null and r.meter_id = v.target_id and r.taken_on = s.taken_on and r.id = v.other_id;

  truncate register_judged;
  insert into register_judged select j.n, j.counts_for, j.blocks, j.warns from reading_judge_register((v_first::timestamp - interval '15 months')::date) j;
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
  truncate register_judged;

  return register_finish(p_batch_id, array['meter_reading']);
end $$;

reset role;
