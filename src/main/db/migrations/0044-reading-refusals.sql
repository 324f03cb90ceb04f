-- Readings a rule kept out: at the window nothing is written then, and a supervisor would never learn which rule turns people away, whose visitors and which meters.
set local role okno_owner;

create table reading_refusal (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  visit_id bigint not null references visit,
  account_id bigint not null references account,
  meter_id bigint not null references meter on delete cascade,
  rule text not null,
  channel text not null check (channel in ('desk', 'phone', 'paper')),
  staff_id int not null references staff,
  office_id int default office_of_session(),
  constraint reading_refusal_once unique (visit_id, meter_id, rule)
);
create index reading_refusal_at on reading_refusal (at);
create index reading_refusal_meter on reading_refusal (meter_id);
comment on table reading_refusal is 'Отказы в приёме показаний: one row for a visit, a meter and a rule, however often it was tried. No value: what was typed is no reading.';
select report_guard('reading_refusal', 'office_id');
grant select on reading_refusal to okno_reports;

-- Puts down what was refused: p_meters {meterId: [rule]}. Told by whoever was refused, in a transaction of its own: the one that was refused has left nothing.
create function reading_refusal_tell(p_visit_id bigint, p_account_id bigint, p_channel text, p_meters jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id); a account := visit_account(v, p_account_id);
begin
  if p_channel is null or p_channel not in ('desk', 'phone', 'paper') then
    perform refuse('OK400', 'readingChannel');
  end if;
  if jsonb_typeof(p_meters) is distinct from 'object' or pg_column_size(p_meters) > 8000 or exists (select from jsonb_each(p_meters) e where jsonb_typeof(e.value) <> 'array') then
    perform refuse('OK400', 'shape');
  end if;
  insert into reading_refusal (visit_id, account_id, meter_id, rule, channel, staff_id, office_id)
    select v.id, a.id, m.id, r.rule, p_channel, v.staff_id, v.office_id
    from jsonb_each(p_meters) e join meter m on m.id::text = e.key and m.account_id = a.id cross join lateral (select distinct x as rule from jsonb_array_elements_text(e.value) x) r
    where reading_rule_book() ? r.rule order by m.id, r.rule
    on conflict on constraint reading_refusal_once do nothing;
  return '{}';
end $$;
grant execute on function reading_refusal_tell(bigint, bigint, text, jsonb) to okno_operator;

-- Refusals a report asks for; `rule` narrows besides the filters.
create function report_refusals_asked(v report_asked, p_filters jsonb) returns table (rule text, staff_id int, meter_type text) language sql stable as $$
  select x.rule, x.staff_id, meter_type_of(m.is_automatic, m.zones)
  from reading_refusal x join report_clocks(v) k on k.office_id = coalesce(x.office_id, 0) join meter m on m.id = x.meter_id
  where x.at >= (v).first_day::timestamp at time zone 'UTC' - interval '1 day' and x.at < (v).last_day::timestamp at time zone 'UTC' + interval '2 days' and x.at >= k.since and x.at < k.until
    and ((v).office_id is null or x.office_id = (v).office_id) and ((v).staff_id is null or x.staff_id = (v).staff_id)
    and ((v).provider_id is null or exists (select from account a where a.id = x.account_id and a.provider_id = (v).provider_id))
    and ((v).window_code is null or exists (select from visit w where w.id = x.visit_id and w.window_code = (v).window_code))
    and (p_filters ->> 'rule' is null or x.rule = p_filters ->> 'rule')
$$;
grant execute on function report_refusals_asked(report_asked, jsonb) to okno_reports;

create function report_reading_refusals(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb;
begin
  select jsonb_agg(jsonb_build_object('rule', g.rule, 'refusedRule', g.rule, 'times', g.n, 'general', g.general, 'zones', g.zones, 'automatic', g.automatic) order by g.n desc, g.rule) into v_rows
    from (select x.rule, count(*) as n, count(*) filter (where x.meter_type = 'general') as general, count(*) filter (where x.meter_type = 'zones') as zones,
            count(*) filter (where x.meter_type = 'automatic') as automatic
          from report_refusals_asked(v, p_filters) x group by x.rule) g;
  return report_answer(v_rows, array['times', 'general', 'zones', 'automatic']);
end $$;

create function report_reading_refusals_by_staff(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb;
begin
  select jsonb_agg(jsonb_build_object('staffId', s.id, 'staffName', s.full_name, 'times', g.n, 'general', g.general, 'zones', g.zones, 'automatic', g.automatic) order by g.n desc, s.full_name) into v_rows
    from (select x.staff_id, count(*) as n, count(*) filter (where x.meter_type = 'general') as general, count(*) filter (where x.meter_type = 'zones') as zones,
            count(*) filter (where x.meter_type = 'automatic') as automatic
          from report_refusals_asked(v, p_filters) x group by x.staff_id) g join staff s on s.id = g.staff_id;
  return report_answer(v_rows, array['times', 'general', 'zones', 'automatic']);
end $$;

select report_owned('report_reading_refusals(jsonb)'), report_owned('report_reading_refusals_by_staff(jsonb)');

reset role;
