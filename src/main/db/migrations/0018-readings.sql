-- Readings in full: partitions by month, meters that are replaced and sealed, acts, attachments, rules as data, and the judge: the same rules as
-- src/shared/domain/reading-rules.ts in sets (test/main/features/readings/judge.test.ts compares the two on thousands of random readings).
-- docs/readings-storage.md tells how 100 million rows are kept.
set local role okno_owner;

------------------------------------------------------------------------------------------------------------------------ partitions

-- The table becomes a partitioned one under its old name. What depends on the old table is bound to it, not to its name, so functions and
-- triggers, whoever wrote them, are read before and made again after.
create table reading_dependents as
with dependent as (
  select p.oid, exists (select from unnest(p.proargtypes::oid[] || p.prorettype) t where t in (select oid from pg_type where typrelid = 'meter_reading'::regclass
      union all select typarray from pg_type where typrelid = 'meter_reading'::regclass)) as in_signature
  from pg_proc p where p.pronamespace = 'public'::regnamespace
), signature as (
  select oid from dependent where in_signature
)
select 1 as step, p.oid, pg_get_functiondef(p.oid) as definition, p.oid::regprocedure::text as name from pg_proc p where p.oid in (select oid from signature)
union all
select 2, p.oid, pg_get_functiondef(p.oid), p.oid::regprocedure::text from pg_proc p
where p.oid not in (select oid from signature) and p.oid in (
  select d.objid from pg_depend d where d.classid = 'pg_proc'::regclass and (
    d.refclassid = 'pg_class'::regclass and d.refobjid = 'meter_reading'::regclass
    or d.refclassid = 'pg_proc'::regclass and d.refobjid in (select oid from signature)))
union all
select 3, t.oid, pg_get_triggerdef(t.oid), t.tgname from pg_trigger t where t.tgrelid = 'meter_reading'::regclass and not t.tgisinternal;

alter table meter_reading rename to meter_reading_unpartitioned;
alter table meter_reading_unpartitioned drop constraint meter_reading_pkey;
drop index meter_reading_one_a_day, meter_reading_meter;
create sequence reading_id as bigint;

create table meter_reading (
  id bigint not null default nextval('reading_id'),
  meter_id bigint not null references meter,
  -- No foreign key: it is copied from the meter, and would be checked for each of a million rows.
  account_id bigint not null,
  taken_on date not null,
  period date not null check (extract(day from period) = 1),
  t1 bigint not null check (t1 >= 0), t2 bigint check (t2 >= 0), t3 bigint check (t3 >= 0),
  channel text not null check (channel in ('desk', 'phone', 'portal', 'paper', 'act', 'import')),
  reader text not null default 'subscriber' check (reader in ('subscriber', 'controller')),
  is_control boolean not null default false,
  status text not null check (status in ('entered', 'accepted', 'calculated', 'rejected', 'cancelled')),
  status_reason text,
  warnings text[] not null default '{}',
  reasons text[] not null default '{}',
  review text check (review in ('accepted', 'controlOrdered')),
  reviewed_by int references staff,
  replaces_id bigint,
  attachment_id bigint,
  act_number text,
  staff_id int references staff,
  visit_id bigint,
  operation_id uuid,
  entered_at timestamptz not null default now(),
  import_batch_id uuid,
  export_id uuid,
  primary key (meter_id, taken_on, id)
) partition by range (taken_on);
comment on column meter_reading.account_id is 'The account the meter stood in when the reading was taken.';
comment on column meter_reading.period is 'The billing period the reading counts for.';
comment on column meter_reading.status is 'Введено, Принято, Рассчитано, Отклонено, Отменено.';
comment on column meter_reading.reader is 'Who read the dial; the channel says how it came.';
comment on column meter_reading.review is 'What a supervisor said of a reading taken in spite of a warning.';
-- One reading in force per meter and day; a correction cancels the old row and adds a new one.
create unique index meter_reading_one_a_day on meter_reading (meter_id, taken_on) where status in ('entered', 'accepted', 'calculated');
create index meter_reading_exceptions on meter_reading (taken_on) where warnings <> '{}';

-- What is older than the first month, and what no partition was made for: the second is to stay empty (reading_partitions_ahead tells).
create table meter_reading_rest partition of meter_reading default;

-- Makes the partitions of the months from one day to another; rows that went to the default one before are taken over. Returns how many were made.
create function reading_partitions_make(p_from date, p_to date) returns int language plpgsql security definer set search_path = public, pg_temp as $$
declare v_month date; v_name text; v_made int := 0; v_first date;
begin
  select min(to_date(right(c.relname, 7), 'YYYY_MM')) into v_first from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'meter_reading'::regclass and c.relname ~ '_\d{4}_\d{2}$';
  v_month := date_trunc('month', greatest(p_from, v_first))::date;
  while v_month <= p_to loop
    v_name := 'meter_reading_' || to_char(v_month, 'YYYY_MM');
    if to_regclass(v_name) is null then
      -- Two desks at the first moment of a month: the second finds it made.
      perform pg_advisory_xact_lock(hashtext('okno.readingPartitions'));
    end if;
    if to_regclass(v_name) is null then
      execute format('create table %I (like meter_reading including defaults including constraints)', v_name);
      execute format('with moved as (delete from meter_reading_rest where taken_on >= %L and taken_on < %L returning *) insert into %I select * from moved',
        v_month, v_month + interval '1 month', v_name);
      execute format('alter table meter_reading attach partition %I for values from (%L) to (%L)', v_name, v_month, (v_month + interval '1 month')::date);
      v_made := v_made + 1;
    end if;
    v_month := v_month + interval '1 month';
  end loop;
  return v_made;
end $$;

-- Months ahead of today are always there: asked at sign-in, at an import and at a migration. `stray`: rows of no partition, to be looked into.
create function reading_partitions_ahead() returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_made int := 0;
begin
  if to_regclass('meter_reading_' || to_char(office_today() + interval '3 months', 'YYYY_MM')) is null then
    v_made := reading_partitions_make(office_today(), (office_today() + interval '12 months')::date);
  end if;
  return jsonb_build_object('made', v_made, 'stray', (select count(*) from (select from meter_reading_rest limit 1000) r));
end $$;

do $do$
declare v record; v_first date; v_today date := office_today();
begin
  v_first := date_trunc('month', least((select min(taken_on) from meter_reading_unpartitioned), v_today - interval '24 months'))::date;
  -- Nobody looks at readings of decades ago; one partition holds them.
  v_first := greatest(v_first, date_trunc('month', v_today - interval '120 months')::date);
  execute format('create table meter_reading_before partition of meter_reading for values from (minvalue) to (%L)', v_first);
  perform reading_partitions_make(v_first, (v_today + interval '12 months')::date);

  insert into meter_reading (id, meter_id, account_id, taken_on, period, t1, t2, t3, channel, is_control, status, status_reason, warnings, reasons, replaces_id, staff_id, visit_id,
    operation_id, entered_at, import_batch_id)
  select id, meter_id, account_id, taken_on, period, t1, t2, t3, channel, channel = 'act', status, status_reason, warnings, reasons, replaces_id, staff_id, visit_id, operation_id,
    entered_at, import_batch_id from meter_reading_unpartitioned order by taken_on, meter_id;
  perform setval('reading_id', greatest((select max(id) from meter_reading), 1));

  for v in select * from reading_dependents where step = 1 loop
    execute v.definition;
  end loop;
  for v in select * from reading_dependents where step > 1 order by step loop
    -- A whole row of a subquery is read back as a list of the old columns, which is no row of the new table.
    execute regexp_replace(v.definition, 'reading_values\(ROW\((\w+)\.id,[^)]*\)\)', 'to_jsonb(nullif(array_remove(array[\1.t1, \1.t2, \1.t3], null), ''{}''))', 'g');
  end loop;
  for v in select * from reading_dependents where step = 1 loop
    execute format('drop function %s', v.oid::regprocedure);
  end loop;
  drop table meter_reading_unpartitioned, reading_dependents;
end $do$;

------------------------------------------------------------------------------------------------------------------------ meters, acts, attachments

alter table meter
  add column replaces_id bigint references meter,
  add column is_commissioned boolean not null default true,
  add column seal_number text,
  add column seal_broken_on date;
comment on column meter.replaces_id is 'The meter that stood here before: history follows, averages do not.';
comment on column meter.is_commissioned is 'Введён в эксплуатацию: a meter without its seal is not read.';
create index meter_by_account on meter (account_id);
create unique index meter_replaced_once on meter (replaces_id) where replaces_id is not null;
-- A meter that was away for its verification comes back under its own number: one number is in service once, whatever stood here before.
alter table meter drop constraint meter_key;
create unique index meter_in_service on meter (account_id, serial, service) where removed_on is null;

create table meter_act (
  id bigint generated always as identity primary key,
  meter_id bigint not null references meter,
  account_id bigint not null references account,
  kind text not null check (kind in ('removal', 'installation', 'sealing', 'sealBroken', 'noAccess', 'control')),
  number text not null,
  act_on date not null,
  note text,
  staff_id int not null references staff,
  visit_id bigint,
  operation_id uuid not null,
  at timestamptz not null default now(),
  cancelled_at timestamptz
);
create index meter_act_meter on meter_act (meter_id, act_on desc);
create index meter_act_account on meter_act (account_id, act_on desc);

-- Acts of no access since the last control reading (ПП 354 п. 60(3)).
create view meter_no_access as
select a.meter_id, count(*)::int as acts from meter_act a
where a.kind = 'noAccess' and a.cancelled_at is null
  and not exists (select from meter_act c where c.meter_id = a.meter_id and c.kind = 'control' and c.cancelled_at is null and c.act_on >= a.act_on)
group by a.meter_id;

create table reading_attachment (
  id bigint generated always as identity primary key,
  account_id bigint not null references account,
  file_name text not null check (length(file_name) between 1 and 200),
  media_type text not null check (media_type in ('image/jpeg', 'image/png', 'application/pdf')),
  size int not null check (size between 1 and 10485760),
  sha256 bytea not null check (length(sha256) = 32),
  content bytea not null,
  staff_id int not null references staff,
  visit_id bigint,
  operation_id uuid not null,
  at timestamptz not null default now()
);
-- A photo does not shrink a second time.
alter table reading_attachment alter column content set storage external;
create index reading_attachment_account on reading_attachment (account_id);

------------------------------------------------------------------------------------------------------------------------ rules as data

-- The levels [desk, portal, register] and limits of src/shared/domain/reading-rule-book.ts; a test compares the two.
create function reading_rule_book() returns jsonb language sql immutable parallel safe as $$ select '{
  "zonesMissing": {"levels":["block","block","block"],"fixed":true},
  "invalidValue": {"levels":["block","block","block"],"fixed":true},
  "exceedsCapacity": {"levels":["block","block","block"],"fixed":true},
  "tooManyDecimals": {"levels":["block","block","block"],"fixed":true},
  "dateInFuture": {"levels":["block","block","block"],"fixed":true},
  "beforeInstallation": {"levels":["block","block","block"],"fixed":true},
  "meterRemoved": {"levels":["block","block","block"],"fixed":true},
  "notCommissioned": {"levels":["block","block","warn"]},
  "automaticMeter": {"levels":["block","block","off"]},
  "sealBroken": {"levels":["block","block","warn"]},
  "controlReadingRequired": {"levels":["block","block","warn"],"thresholds":{"acts":2}},
  "controlSameDay": {"levels":["block","block","block"]},
  "verificationExpired": {"levels":["warn","block","warn"]},
  "belowControl": {"levels":["block","block","block"]},
  "belowPrevious": {"levels":["warn","block","warn"]},
  "rollover": {"levels":["warn","warn","warn"],"thresholds":{"from":0.9}},
  "aboveNext": {"levels":["warn","block","warn"]},
  "aboveUsual": {"levels":["warn","warn","warn"],"thresholds":{"factor":3,"shareOfCap":0.02,"fewestDays":15}},
  "aboveMaximum": {"levels":["warn","block","warn"],"thresholds":{"monthly":0}},
  "aboveNorm": {"levels":["warn","warn","warn"],"thresholds":{"factor":3}},
  "looksMistyped": {"levels":["warn","warn","warn"]},
  "looksSwapped": {"levels":["warn","warn","warn"]},
  "previousDisputed": {"levels":["warn","inform","warn"]},
  "zeroConsumptionRepeated": {"levels":["warn","warn","inform"],"thresholds":{"periods":3},"except":["heat"]},
  "secondInPeriod": {"levels":["warn","warn","inform"]},
  "longSilence": {"levels":["warn","warn","inform"],"thresholds":{"months":3}},
  "zeroConsumption": {"levels":["inform","inform","inform"]},
  "belowUsual": {"levels":["inform","inform","inform"],"thresholds":{"factor":6}},
  "sameAsAccepted": {"levels":["inform","inform","inform"]},
  "periodClosed": {"levels":["inform","inform","off"]},
  "outsideWindow": {"levels":["inform","inform","off"]},
  "verificationEndsSoon": {"levels":["inform","inform","off"],"thresholds":{"days":60}},
  "firstReading": {"levels":["inform","inform","off"]}
}'::jsonb $$;

-- Which warnings a reason answers (src/shared/domain/reading-reasons.ts; a test compares the two).
create function reading_reasons() returns jsonb language sql immutable parallel safe as $$ select '{
  "rollover": ["rollover","belowPrevious","aboveNext","longSilence"],
  "meterReplaced": ["belowPrevious","aboveNext","aboveUsual","aboveMaximum","aboveNorm","looksMistyped","longSilence","previousDisputed"],
  "previousEntryWrong": ["belowPrevious","aboveNext","aboveUsual","aboveMaximum","looksMistyped","secondInPeriod","zeroConsumptionRepeated","longSilence","previousDisputed"],
  "adjustment": ["belowPrevious","aboveNext","aboveUsual","aboveMaximum","looksMistyped","secondInPeriod","longSilence"],
  "reversedMeter": ["belowPrevious","aboveNext","looksMistyped","longSilence"],
  "confirmedByVisitor": ["rollover","aboveUsual","aboveMaximum","aboveNorm","looksMistyped","zeroConsumptionRepeated","secondInPeriod","longSilence","looksSwapped","verificationExpired","previousDisputed"],
  "controllerChecked": ["rollover","belowPrevious","aboveNext","aboveUsual","aboveMaximum","aboveNorm","looksMistyped","zeroConsumptionRepeated","secondInPeriod","longSilence","looksSwapped","verificationExpired","previousDisputed"],
  "nobodyLivesThere": ["zeroConsumptionRepeated","longSilence"],
  "verificationInProgress": ["verificationExpired","longSilence"]
}'::jsonb $$;

-- What of these warnings none of these reasons answers.
create function reading_unanswered(p_warnings text[], p_reasons text[]) returns text[] language sql immutable as $$
  select coalesce(array_agg(w), '{}') from unnest(p_warnings) w
  where not exists (select from unnest(p_reasons) r where reading_reasons() -> r ? w)
    -- A rule that only tells may be made one that asks: then those who looked at the dial answer for it.
    and (not p_reasons && array['confirmedByVisitor', 'controllerChecked'] or exists (select from jsonb_each(reading_reasons()) e where e.value ? w))
$$;

-- Settings of every kind of meter under a policy (profile -> 'readings'): the book with the provider's changes, the most specific and the latest last.
create function reading_settings_of(p_policy jsonb) returns table (
  service text, meter_type text, from_day int, to_day int, grace_days int, monthly float8, factor float8, share_of_cap float8, fewest_days float8, below_factor float8,
  norm float8, norm_factor float8, zero_periods float8, silence_months int, acts_needed float8, soon_days float8, rollover_from float8,
  desk_levels jsonb, portal_levels jsonb, register_levels jsonb) language sql stable as $$
with kind as (
  select s.service, t.meter_type, w.own from unnest(array['cold_water', 'hot_water', 'electricity', 'gas', 'heat']) s(service)
  cross join unnest(array['general', 'zones', 'automatic']) t(meter_type)
  left join lateral (select e as own from jsonb_array_elements(coalesce(p_policy -> 'windows', '[]')) with ordinality x(e, n) where e ->> 'service' = s.service order by n limit 1) w on true
), change as (
  select e ->> 'rule' as rule, e ->> 'service' as service, e ->> 'meterType' as meter_type, e as said,
    (case when e ->> 'service' is null then 0 else 1 end + case when e ->> 'meterType' is null then 0 else 2 end) as weight, n
  from jsonb_array_elements(coalesce(p_policy -> 'rules', '[]')) with ordinality x(e, n)
), rule as (
  select k.service, k.meter_type, b.key as rule, coalesce(b.value -> 'except' ? k.service, false) as excepted, b.value as book
  from kind k cross join jsonb_each(reading_rule_book()) b
), settled as (
  select r.service, r.meter_type, r.rule,
    coalesce(c.desk, case when r.excepted then 'off' when r.rule = 'verificationExpired' then p_policy ->> 'expiredVerification' else r.book -> 'levels' ->> 0 end) as desk,
    coalesce(c.portal, case when r.excepted then 'off' else r.book -> 'levels' ->> 1 end) as portal,
    coalesce(c.register, case when r.excepted then 'off' when r.rule = 'verificationExpired' then case when p_policy ->> 'expiredVerification' = 'inform' then 'inform' else 'warn' end
      else r.book -> 'levels' ->> 2 end) as register,
    coalesce(r.book -> 'thresholds', '{}') || case r.rule
        when 'aboveUsual' then jsonb_build_object('factor', p_policy -> 'averageFactor')
        when 'belowUsual' then jsonb_build_object('factor', (p_policy ->> 'averageFactor')::float8 * 2)
        when 'aboveMaximum' then jsonb_build_object('monthly', p_policy -> 'maxMonthly' -> r.service) else '{}' end
      || coalesce(c.thresholds, '{}') as thresholds
  from rule r left join lateral (
    select
      case when r.book ? 'fixed' then null else (array_agg(c.said ->> 'desk' order by c.weight desc, c.n desc) filter (where c.said ->> 'desk' is not null))[1] end as desk,
      case when r.book ? 'fixed' then null else (array_agg(c.said ->> 'portal' order by c.weight desc, c.n desc) filter (where c.said ->> 'portal' is not null))[1] end as portal,
      case when r.book ? 'fixed' then null else (array_agg(c.said ->> 'register' order by c.weight desc, c.n desc) filter (where c.said ->> 'register' is not null))[1] end as register,
      (select jsonb_object_agg(t.key, t.value order by f.weight, f.n) from change f cross join lateral jsonb_each(coalesce(f.said -> 'thresholds', '{}')) t
        where f.rule = r.rule and coalesce(f.service, r.service) = r.service and coalesce(f.meter_type, r.meter_type) = r.meter_type and r.book -> 'thresholds' ? t.key) as thresholds
    from change c where c.rule = r.rule and coalesce(c.service, r.service) = r.service and coalesce(c.meter_type, r.meter_type) = r.meter_type
  ) c on true
), gathered as (
  select service, meter_type, jsonb_object_agg(rule, desk) as desk_levels, jsonb_object_agg(rule, portal) as portal_levels, jsonb_object_agg(rule, register) as register_levels,
    jsonb_object_agg(rule, thresholds) as t
  from settled group by service, meter_type
)
select g.service, g.meter_type,
  coalesce((k.own ->> 'fromDay')::int, (p_policy ->> 'windowFromDay')::int), coalesce((k.own ->> 'toDay')::int, (p_policy ->> 'windowToDay')::int),
  case when k.own is null then coalesce((p_policy ->> 'graceDays')::int, 0) else coalesce((k.own ->> 'graceDays')::int, 0) end,
  coalesce((g.t -> 'aboveMaximum' ->> 'monthly')::float8, 0), (g.t -> 'aboveUsual' ->> 'factor')::float8, (g.t -> 'aboveUsual' ->> 'shareOfCap')::float8,
  (g.t -> 'aboveUsual' ->> 'fewestDays')::float8, (g.t -> 'belowUsual' ->> 'factor')::float8,
  coalesce((p_policy -> 'normMonthly' ->> g.service)::float8, 0), (g.t -> 'aboveNorm' ->> 'factor')::float8, (g.t -> 'zeroConsumptionRepeated' ->> 'periods')::float8,
  (g.t -> 'longSilence' ->> 'months')::float8::int, (g.t -> 'controlReadingRequired' ->> 'acts')::float8, (g.t -> 'verificationEndsSoon' ->> 'days')::float8,
  (g.t -> 'rollover' ->> 'from')::float8, g.desk_levels, g.portal_levels, g.register_levels
from gathered g join kind k using (service, meter_type)
$$;

-- Worked out once when a profile is saved, not once a reading.
create table reading_setting (
  provider_id int not null references provider,
  service text not null, meter_type text not null,
  from_day int not null, to_day int not null, grace_days int not null,
  monthly float8 not null, factor float8 not null, share_of_cap float8 not null, fewest_days float8 not null, below_factor float8 not null,
  norm float8 not null, norm_factor float8 not null, zero_periods float8 not null, silence_months int not null, acts_needed float8 not null, soon_days float8 not null,
  rollover_from float8 not null,
  desk_levels jsonb not null, portal_levels jsonb not null, register_levels jsonb not null,
  primary key (provider_id, service, meter_type)
);

create function reading_setting_keep() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from reading_setting where provider_id = new.id;
  insert into reading_setting select new.id, s.* from reading_settings_of(new.profile -> 'readings') s;
  return null;
end $$;
create trigger reading_setting_keep after insert or update of profile on provider for each row execute function reading_setting_keep();
insert into reading_setting select p.id, s.* from provider p, reading_settings_of(p.profile -> 'readings') s;

create function meter_type_of(p_is_automatic boolean, p_zones int) returns text language sql immutable parallel safe
return case when p_is_automatic then 'automatic' when p_zones > 1 then 'zones' else 'general' end;

-- The last day a reading is counted to a period (its first day), grace included; reading-period.ts.
create function reading_last_day(p_period date, p_from int, p_to int, p_grace int) returns date language sql immutable parallel safe
return case when p_from <= p_to then least(p_period + p_to - 1, (p_period::timestamp + interval '1 month')::date - 1)
  else least((p_period::timestamp + interval '1 month')::date + p_to - 1, (p_period::timestamp + interval '2 months')::date - 1) end + p_grace;

-- The earliest period that still takes a reading of this day, whatever is closed.
create function reading_natural_period(p_on date, p_from int, p_to int, p_grace int) returns date language sql immutable parallel safe
return (date_trunc('month', p_on::timestamp) + case
  when p_on <= reading_last_day((date_trunc('month', p_on::timestamp) - interval '2 months')::date, p_from, p_to, p_grace) then interval '-2 months'
  when p_on <= reading_last_day((date_trunc('month', p_on::timestamp) - interval '1 month')::date, p_from, p_to, p_grace) then interval '-1 month'
  when p_on <= reading_last_day(date_trunc('month', p_on::timestamp)::date, p_from, p_to, p_grace) then interval '0' else interval '1 month' end)::date;

-- One slip of the fingers between the typed value and the expected range, 'kind|suggestion'; mistyped-reading.ts.
create function reading_mistyped(p_step bigint, p_cap bigint, p_low bigint, p_expected bigint, p_high bigint, p_previous bigint, p_value bigint) returns text
language sql immutable parallel safe as $$
with typed as (select (p_value / p_step)::text as t), candidate as (
  select 1 as kind, at * 10 as place, left(t, at) || substr(t, at + 2, 1) || substr(t, at + 1, 1) || substr(t, at + 3) as written from typed, generate_series(0, length(t) - 1) at
  union all select 2, at * 10, left(t, at) || substr(t, at + 2) from typed, generate_series(0, length(t) - 1) at
  union all select 3, at * 10 + digit, left(t, at) || digit || substr(t, at + 1) from typed, generate_series(0, length(t)) at, generate_series(0, 9) digit
  union all select 4, 0, t || '000' from typed
  union all select 4, 1, left(t, -3) from typed
), meant as (
  select kind, place, written::numeric * p_step as value from candidate, typed where written <> '' and written <> t
)
select (array['transposed', 'extraDigit', 'missingDigit', 'shiftedPoint'])[kind] || '|' || value from meant
where value < p_cap and (value - p_previous + p_cap) % p_cap between (p_low - p_previous + p_cap) % p_cap and (p_high - p_previous + p_cap) % p_cap
order by kind, abs(value - p_expected), place limit 1
$$;

------------------------------------------------------------------------------------------------------------------------ the judge

-- The rules of reading-rules.ts as one statement over any number of readings. The text is made once and put into a function per source, because a
-- sheet, a register and a trial of other limits differ in where readings come from, not in how they are judged.
-- p_source: n, meter_id, vals bigint[], taken_on, is_control, audience ('desk' | 'portal' | 'register'), closed (date or null), today, own (the timeline
--   holds this reading itself), without (ids of readings that don't count any more); p_history: further rows of the timeline (meter_id, day, t1, t2, t3, is_control, disputed);
-- p_settings: rows as reading_setting; p_since: the first day of readings fetched, at least 15 months before the first candidate;
-- Every step ends with `offset 0`: put together into one, their expressions are repeated in each other thousands of times, and only to set them up took 8 ms a call.
-- p_long_ago: where the last reading before the horizon (of p) comes from, the table itself unless said otherwise; p_until: today, asked once for each partition.
create function reading_judge_text(p_source text, p_history text, p_settings text, p_since text, p_long_ago text default null, p_until text default null) returns text language sql immutable as $judge$
select format($query$
with c as materialized (
  select q.n, q.meter_id, q.vals, q.taken_on, q.is_control, q.audience, q.closed, q.today, q.own, q.without, m.account_id,
    q.taken_on - date '1970-01-01' as d, (q.taken_on::timestamp - interval '15 months')::date - date '1970-01-01' as horizon,
    m.service, m.zones, m.digits, m.decimals, 1000 * (10 ^ m.digits)::bigint as cap, (10 ^ (3 - m.decimals))::bigint as step, m.ratio::float8 as ratio, m.installed_on,
    m.removed_on, m.verified_until, m.is_automatic, m.is_commissioned, m.seal_broken_on, m.initial, a.residents, coalesce(x.acts, 0) as acts,
    s.from_day, s.to_day, s.grace_days, s.monthly, s.factor, s.share_of_cap, s.fewest_days, s.below_factor, s.norm, s.norm_factor, s.zero_periods, s.silence_months,
    s.acts_needed, s.soon_days, s.rollover_from, case q.audience when 'portal' then s.portal_levels when 'register' then s.register_levels else s.desk_levels end as levels,
    s.desk_levels ->> 'zeroConsumptionRepeated' <> 'off' as zero_asks
  from (%1$s) q join meter m on m.id = q.meter_id join account a on a.id = m.account_id
  join %3$s s on s.provider_id = a.provider_id and s.service = m.service and s.meter_type = meter_type_of(m.is_automatic, m.zones)
  left join meter_no_access x on x.meter_id = m.id
), mm as materialized (
  select meter_id, min(zones) as zones, min(cap) as cap, min(ratio) as ratio, min(monthly) as monthly, min(rollover_from) as rollover_from, min(installed_on) as installed_on,
    min(initial) as initial, min(without) as without
  from c group by meter_id
), timeline as (
  select r.meter_id, r.taken_on - date '1970-01-01' as day, r.t1, r.t2, r.t3, r.is_control, r.review is not distinct from 'controlOrdered' as disputed, false as is_initial
  -- Nothing is read in the future: the months made ahead are not opened.
  from mm cross join lateral (select * from meter_reading r where r.meter_id = mm.meter_id and r.taken_on >= %4$s and r.taken_on <= %6$s + 31
    and r.status in ('entered', 'accepted', 'calculated') %7$s) r
  where num_nonnulls(r.t1, r.t2, r.t3) = mm.zones and (mm.without is null or r.id <> all (mm.without))
  union all
  %2$s
  union all
  -- What the dial showed when the meter was put in; nobody has submitted it.
  select meter_id, installed_on - date '1970-01-01', initial[1], initial[2], initial[3], false, false, true from mm
  where initial is not null and installed_on >= %4$s and cardinality(initial) = zones
), stepped as (
  select *, lag(day) over w as day0, lag(t1) over w as p1, lag(t2) over w as p2, lag(t3) over w as p3 from (
    select *, is_initial and coalesce(lead(day) over (partition by meter_id order by day, is_initial desc) = day, false) as is_covered from timeline
  ) t where not is_covered window w as (partition by meter_id order by day, is_initial desc) offset 0
), moved as (
  select t.*,
    case when t.p1 is null then 0 when t.t1 >= t.p1 then t.t1 - t.p1
      when t.p1 >= mm.cap * mm.rollover_from and (t.t1 + mm.cap - t.p1) * mm.ratio <= z.most then t.t1 + mm.cap - t.p1 else 0 end as d1,
    case when t.p2 is null or t.t2 is null then 0 when t.t2 >= t.p2 then t.t2 - t.p2
      when t.p2 >= mm.cap * mm.rollover_from and (t.t2 + mm.cap - t.p2) * mm.ratio <= z.most then t.t2 + mm.cap - t.p2 else 0 end as d2,
    case when t.p3 is null or t.t3 is null then 0 when t.t3 >= t.p3 then t.t3 - t.p3
      when t.p3 >= mm.cap * mm.rollover_from and (t.t3 + mm.cap - t.p3) * mm.ratio <= z.most then t.t3 + mm.cap - t.p3 else 0 end as d3
  from stepped t join mm on mm.meter_id = t.meter_id cross join lateral (select floor(mm.monthly * greatest(30, t.day - t.day0) / 30 + 0.5) as most offset 0) z
  offset 0
), h as (
  select meter_id, array_agg(day order by day, is_initial desc) as days, array_agg(t1 order by day, is_initial desc) as v1, array_agg(t2 order by day, is_initial desc) as v2,
    array_agg(t3 order by day, is_initial desc) as v3, array_agg(is_control order by day, is_initial desc) as controls, array_agg(disputed order by day, is_initial desc) as disputes,
    array_agg(s1 order by day, is_initial desc) as c1, array_agg(s2 order by day, is_initial desc) as c2, array_agg(s3 order by day, is_initial desc) as c3
  from (select *, sum(d1) over w::bigint as s1, sum(d2) over w::bigint as s2, sum(d3) over w::bigint as s3 from moved window w as (partition by meter_id order by day, is_initial desc)) t
  group by meter_id
), placed as (
  select c.*, h.days, h.v1, h.v2, h.v3, h.controls, h.disputes, h.c1, h.c2, h.c3, coalesce(width_bucket(c.d - 1, h.days), 0) as i,
    coalesce(width_bucket(c.horizon - 1, h.days), 0) + 1 as lo, coalesce(width_bucket(c.d, h.days), 0) + 1 as nx,
    cardinality(c.vals) <> c.zones or exists (select from unnest(c.vals) v where v >= c.cap or v < 0 or v %% c.step <> 0 or v is null) as is_misshapen,
    reading_natural_period(c.taken_on, c.from_day, c.to_day, c.grace_days) as natural_period
  from c left join h on h.meter_id = c.meter_id offset 0
), past as (
  select p.*, p.i >= p.lo as has_recent, coalesce(case when p.i >= p.lo then p.days[p.i] end, o.day) as prev_day,
    case when p.i >= p.lo then array[p.v1[p.i], p.v2[p.i], p.v3[p.i]] else o.vals end as prev_vals,
    case when p.i >= p.lo then p.disputes[p.i] else o.disputed end as prev_disputed,
    case when p.closed is not null and p.natural_period <= p.closed then (p.closed::timestamp + interval '1 month')::date else p.natural_period end as counts_for,
    o.is_control as old_control, least(greatest(p.d - case when p.i >= p.lo then p.days[p.i] else o.day end, 0), 100000) as gap
  from placed p left join lateral (
    -- Silent for more than 15 months: only what the dial showed last is known.
    select x.* from (
      (select r.taken_on - date '1970-01-01' as day, array[r.t1, r.t2, r.t3] as vals, r.review is not distinct from 'controlOrdered' as disputed, r.is_control, 1 as preferred
       from %5$s r where p.i < p.lo and r.meter_id = p.meter_id and r.taken_on < date '1970-01-01' + p.horizon and r.status in ('entered', 'accepted', 'calculated')
         and num_nonnulls(r.t1, r.t2, r.t3) = p.zones and (p.without is null or r.id <> all (p.without)) order by r.taken_on desc limit 1)
      union all
      (select p.installed_on - date '1970-01-01', array[p.initial[1], p.initial[2], p.initial[3]], false, false, 0
       where p.i < p.lo and p.initial is not null and cardinality(p.initial) = p.zones and p.installed_on < date '1970-01-01' + p.horizon)
    ) x order by x.day desc, x.preferred desc limit 1
  ) o on true
  offset 0
), zoned as (
  select p.n, p.zones, p.service, p.account_id, p.taken_on, z.zone, z.value, p.prev_vals[z.zone] as before, p.gap, p.cap, p.step, p.ratio, p.prev_day, p.has_recent, p.i, p.lo,
    p.days, p.is_control, p.controls, p.old_control, p.factor, p.share_of_cap, p.fewest_days, p.below_factor, p.monthly, p.rollover_from, p.levels, p.d,
    case z.zone when 1 then p.c1 when 2 then p.c2 else p.c3 end as path, case z.zone when 1 then p.v1 when 2 then p.v2 else p.v3 end as dial,
    case when p.nx <= cardinality(p.days) then p.days[p.nx] end as next_day,
    case when p.nx <= cardinality(p.days) then case z.zone when 1 then p.v1[p.nx] when 2 then p.v2[p.nx] else p.v3[p.nx] end end as next_value
  from past p cross join lateral (select ordinality::int as zone, value from unnest(p.vals) with ordinality u(value, ordinality)) z
  where not p.is_misshapen offset 0
), moving as (
  select z.*, floor(z.monthly * greatest(30, z.gap) / 30 + 0.5) as most,
    case when z.before is null then null when z.value >= z.before then z.value - z.before
      when z.before >= z.cap * z.rollover_from and (z.value + z.cap - z.before) * z.ratio <= floor(z.monthly * greatest(30, z.gap) / 30 + 0.5) then z.value + z.cap - z.before end as difference,
    greatest(z.lo, coalesce(width_bucket(z.prev_day - 367, z.days), 0) + 1) as f,
    case when z.has_recent then (date '1970-01-01' + z.prev_day - interval '12 months')::date - date '1970-01-01' end as year_from,
    case when z.has_recent then (z.taken_on::timestamp - interval '12 months')::date - date '1970-01-01' end as year_to,
    case when z.next_value < z.value then case when z.value >= z.cap * z.rollover_from and (z.next_value + z.cap - z.value) * z.ratio
        <= floor(z.monthly * greatest(30, z.next_day - z.d) / 30 + 0.5) then z.next_value + z.cap - z.value end end as next_turn
  from zoned z offset 0
), compared as (
  select m.*, floor(m.difference * m.ratio + 0.5)::bigint as used,
    case when m.has_recent and m.f < m.i then (m.path[m.i] - m.path[m.f])::float8 / (m.days[m.i] - m.days[m.f]) * greatest(1, m.gap) end as average,
    case when m.has_recent then y1.total - y0.total end as last_year
  from moving m
  cross join lateral (select greatest(m.lo, coalesce(width_bucket(m.year_from - 1, m.days), 0) + 1) as j offset 0) j0
  cross join lateral (select greatest(m.lo, coalesce(width_bucket(m.year_to - 1, m.days), 0) + 1) as j offset 0) j1
  cross join lateral (select case when j0.j > m.i then null when m.days[j0.j] = m.year_from then m.path[j0.j]::float8 when j0.j - 1 < m.lo then null
    else m.path[j0.j - 1] + ((m.path[j0.j] - m.path[j0.j - 1])::float8 * (m.year_from - m.days[j0.j - 1])) / (m.days[j0.j] - m.days[j0.j - 1]) end as total offset 0) y0
  cross join lateral (select case when j1.j > m.i then null when m.days[j1.j] = m.year_to then m.path[j1.j]::float8 when j1.j - 1 < m.lo then null
    else m.path[j1.j - 1] + ((m.path[j1.j] - m.path[j1.j - 1])::float8 * (m.year_to - m.days[j1.j - 1])) / (m.days[j1.j] - m.days[j1.j - 1]) end as total offset 0) y1
  offset 0
), usual as (
  select c.*, case when c.service = 'heat' then coalesce(c.last_year, c.average) else c.average end as usual from compared c offset 0
), ranged as (
  select u.*, greatest(b.base * u.factor, b.base + b.most1 * u.share_of_cap) as highest,
    case when u.usual is not null then (floor((u.before + u.usual / 2) / u.step) * u.step)::bigint %% u.cap end as low,
    case when u.usual is not null then (floor((u.before + u.usual) / u.step + 0.5) * u.step)::bigint %% u.cap end as expected,
    case when u.usual is not null then (ceil((u.before + u.usual * 2) / u.step) * u.step)::bigint %% u.cap end as high
  from usual u cross join lateral (select greatest(u.usual, coalesce(u.last_year, 0)) * greatest(1, u.fewest_days / greatest(1, u.gap)) * u.ratio as base,
    floor(u.monthly * greatest(30, greatest(1, u.gap)) / 30 + 0.5) as most1 offset 0) b
  offset 0
), judged as (
  select r.*, r.value < r.before and r.used is null as is_below, r.usual is not null and r.used > r.highest as is_above,
    (r.value - r.before + r.cap) %% r.cap between (r.low - r.before + r.cap) %% r.cap and (r.high - r.before + r.cap) %% r.cap as fits
  from ranged r
), swapped as (
  select distinct x.n from judged a join judged b on a.account_id = b.account_id and a.taken_on = b.taken_on and a.service = 'cold_water' and b.service = 'hot_water'
    and a.zones = 1 and b.zones = 1 and not a.fits and not b.fits
    and (b.value - a.before + a.cap) %% a.cap between (a.low - a.before + a.cap) %% a.cap and (a.high - a.before + a.cap) %% a.cap
    and (a.value - b.before + b.cap) %% b.cap between (b.low - b.before + b.cap) %% b.cap and (b.high - b.before + b.cap) %% b.cap
  cross join lateral (values (a.n), (b.n)) x(n)
), spoken as (
  select j.n, j.zone, j.used, j.usual, case when j.used = 0 then concat_ws('|', 'zeroConsumption', j.zone - 1, date '1970-01-01' + j.prev_day, j.gap) end as idle_said,
    concat_ws(E'\x1f',
      case when j.is_below then case when k.control is not null and j.value < k.control then concat_ws('|', 'belowControl', j.zone - 1, k.control, date '1970-01-01' + k.control_day)
        else concat_ws('|', 'belowPrevious', j.zone - 1, j.before, date '1970-01-01' + j.prev_day) end end,
      case when j.value < j.before and j.used is not null then concat_ws('|', 'rollover', j.zone - 1, j.used) end,
      case when j.is_above then concat_ws('|', 'aboveUsual', j.zone - 1, j.before, date '1970-01-01' + j.prev_day, j.used, floor(j.usual * j.ratio + 0.5)::bigint, j.gap)
           when j.used > 0 and j.usual is not null and j.used * j.below_factor < floor(j.usual * j.ratio + 0.5)
             then concat_ws('|', 'belowUsual', j.zone - 1, j.before, date '1970-01-01' + j.prev_day, j.used, floor(j.usual * j.ratio + 0.5)::bigint, j.gap) end,
      case when j.usual is not null and (j.is_above or j.is_below and not coalesce(j.value < k.control, false))
        then 'looksMistyped|' || (j.zone - 1) || '|' || reading_mistyped(j.step, j.cap, j.low, j.expected, j.high, j.before, j.value) end,
      case when j.next_value < j.value then case when j.next_turn is null then concat_ws('|', 'aboveNext', j.zone - 1, j.next_value, date '1970-01-01' + j.next_day)
        else concat_ws('|', 'rollover', j.zone - 1, floor(j.next_turn * j.ratio + 0.5)::bigint) end end) as said
  from judged j left join lateral (
    -- The latest control reading, when the dial has only gone forward since.
    select case when j.has_recent then j.dial[g.c] else j.before end as control, case when j.has_recent then j.days[g.c] else j.prev_day end as control_day
    from (select max(g) as c from generate_series(j.lo, j.i) g where j.has_recent and j.controls[g]) g
    where j.is_below and not j.is_control and (g.c is not null or not j.has_recent and j.old_control)
      and not exists (select from generate_series(g.c + 1, j.i) s where j.has_recent and j.dial[s] < j.dial[s - 1])
  ) k on true
  offset 0
), summed as (
  select n, array_agg(used order by zone) as used, coalesce(sum(used), 0)::bigint as total, count(*) filter (where used = 0) as idle, bool_or(zone = 1 and usual is null) as is_unknown,
    coalesce(bool_or(used is null), false) as is_partial, string_agg(said, E'\x1f' order by zone) filter (where said <> '') as said,
    string_agg(idle_said, E'\x1f' order by zone) as idle_said
  from spoken group by n
), told as (
  select p.n, p.levels, p.counts_for, case when s.is_partial or p.prev_day is null then null else s.used end as consumption,
    concat_ws(E'\x1f',
      case when cardinality(p.vals) <> p.zones then concat_ws('|', 'zonesMissing', '', p.zones, cardinality(p.vals))
        when p.is_misshapen then (select string_agg(case when v is null or v < 0 then 'invalidValue|' || (z - 1) when v >= p.cap then concat_ws('|', 'exceedsCapacity', z - 1, p.digits)
            when v %% p.step <> 0 then concat_ws('|', 'tooManyDecimals', z - 1, p.decimals) end, E'\x1f' order by z) from unnest(p.vals) with ordinality u(v, z)) end,
      case when p.taken_on > p.today then concat_ws('|', 'dateInFuture', '', p.today) end,
      case when p.taken_on < p.installed_on then concat_ws('|', 'beforeInstallation', '', p.installed_on) end,
      case when p.taken_on > p.removed_on then concat_ws('|', 'meterRemoved', '', p.removed_on) end,
      case when p.natural_period <= p.closed then concat_ws('|', 'periodClosed', '', to_char(p.natural_period, 'YYYY-MM'), to_char(p.closed, 'YYYY-MM'), to_char(p.counts_for, 'YYYY-MM')) end,
      case when not p.is_control then concat_ws(E'\x1f',
        case when not p.is_commissioned then 'notCommissioned|' end,
        case when p.is_automatic then 'automaticMeter|' end,
        case when p.taken_on >= p.seal_broken_on then concat_ws('|', 'sealBroken', '', p.seal_broken_on) end,
        case when p.acts >= p.acts_needed then concat_ws('|', 'controlReadingRequired', '', p.acts) end) end,
      case when p.verified_until < p.taken_on then concat_ws('|', 'verificationExpired', '', p.verified_until)
        when p.verified_until - p.taken_on <= p.soon_days then concat_ws('|', 'verificationEndsSoon', '', p.verified_until, p.verified_until - p.taken_on) end,
      case when not (case when p.from_day <= p.to_day then extract(day from p.taken_on) >= p.from_day and p.taken_on <= reading_last_day(date_trunc('month', p.taken_on::timestamp)::date, 1, p.to_day, 0)
          else extract(day from p.taken_on) >= p.from_day or extract(day from p.taken_on) <= p.to_day end)
        then concat_ws('|', 'outsideWindow', '', p.from_day, p.to_day, to_char(p.counts_for, 'YYYY-MM')) end,
      case when not p.is_misshapen then concat_ws(E'\x1f',
        s.said,
        case when w.n is not null then 'looksSwapped|' end,
        case when p.prev_day is null then 'firstReading|' else concat_ws(E'\x1f',
          case when s.total > floor(p.monthly * greatest(30, p.gap) / 30 + 0.5)
            then concat_ws('|', 'aboveMaximum', '', s.total, floor(p.monthly * greatest(30, p.gap) / 30 + 0.5)::bigint, p.gap) end,
          case when s.is_unknown and p.norm > 0 and p.residents > 0 and s.total > floor(p.norm * p.residents * greatest(30, p.gap) / 30 + 0.5) * p.norm_factor
            then concat_ws('|', 'aboveNorm', '', s.total, floor(p.norm * p.residents * greatest(30, p.gap) / 30 + 0.5)::bigint) end,
          case when p.prev_disputed then concat_ws('|', 'previousDisputed', '', date '1970-01-01' + p.prev_day) end,
          case when not p.is_control and (date '1970-01-01' + p.prev_day + p.silence_months * interval '1 month')::date < p.taken_on
            then concat_ws('|', 'longSilence', '', date '1970-01-01' + p.prev_day, p.gap) end,
          case when s.idle = p.zones then case when p.zero_asks and z.periods >= p.zero_periods then concat_ws('|', 'zeroConsumptionRepeated', '', date '1970-01-01' + p.prev_day, p.gap, z.periods)
              else concat_ws('|', 'zeroConsumption', '', date '1970-01-01' + p.prev_day, p.gap) end
            else s.idle_said end) end,
        case when p.is_control then null
          when k.same_day_control and not k.is_same_day then concat_ws('|', 'controlSameDay', '', k.same_day_value)
          when o.other_day is not null then concat_ws('|', case when o.is_same then 'sameAsAccepted' else 'secondInPeriod' end, '', date '1970-01-01' + o.other_day,
            to_char(p.natural_period, 'YYYY-MM'), o.other_value) end) end) as said
  from past p left join summed s on s.n = p.n left join swapped w on w.n = p.n
  left join lateral (
    select count(distinct date_trunc('month', (date '1970-01-01' + p.days[g])::timestamp)) as periods from generate_series(p.lo, p.i) g
    where s.idle = p.zones and p.has_recent and g > coalesce((select max(x) from generate_series(p.lo, p.i) x where (p.v1[x], p.v2[x], p.v3[x]) is distinct from (p.v1[p.i], p.v2[p.i], p.v3[p.i])), 0)
    having s.idle = p.zones and p.has_recent
    union all select 1 where s.idle = p.zones and not p.has_recent
  ) z on true
  cross join lateral (
    select coalesce(p.controls[t.x], false) as same_day_control, p.v1[t.x] as same_day_value, array_remove(array[p.v1[t.x], p.v2[t.x], p.v3[t.x]], null) = p.vals as is_same_day
    from (select case when not p.own and p.days[p.nx - 1] = p.d then p.nx - 1 end as x offset 0) t
  ) k
  cross join lateral (
    select p.days[t.x] as other_day, p.v1[t.x] as other_value, array_remove(array[p.v1[t.x], p.v2[t.x], p.v3[t.x]], null) = p.vals as is_same
    from (select case when x >= 1 and x >= p.lo and p.days[x] >= reading_last_day((p.natural_period::timestamp - interval '1 month')::date, p.from_day, p.to_day, p.grace_days) + 1 - date '1970-01-01'
        and (p.installed_on is null or date '1970-01-01' + p.days[x] > p.installed_on) then x end as x
      from (select case when p.own and p.days[x] = p.d then x - 1 else x end as x
        from (select coalesce(width_bucket(reading_last_day(p.natural_period, p.from_day, p.to_day, p.grace_days) - date '1970-01-01', p.days), 0) as x offset 0) a offset 0) b offset 0) t
  ) o
  offset 0
)
select t.n::int as n, t.consumption, t.counts_for, coalesce(l.blocks, '{}') as blocks, coalesce(l.warns, '{}') as warns, coalesce(l.informs, '{}') as informs
from told t left join lateral (
  select array_agg(v order by o) filter (where level = 'block') as blocks, array_agg(v order by o) filter (where level = 'warn') as warns,
    array_agg(v order by o) filter (where level = 'inform') as informs
  from (select v, o, t.levels ->> split_part(v, '|', 1) as level from unnest(string_to_array(t.said, E'\x1f')) with ordinality u(v, o) where v <> '') x
) l on t.said <> ''
$query$, p_source, p_history, p_settings, p_since, coalesce(p_long_ago, 'meter_reading'), coalesce(p_until, 'office_today()'),
  -- A few meters are looked up one by one: a month that was empty when the plan was made would be read whole otherwise. Many are joined.
  case when p_long_ago is null then '' else 'offset 0' end)
$judge$;

-- The last reading in force of a meter, all nulls when there is none. Nearly always it is of these two months, and then no other month is opened: a card shows it for each meter.
create function reading_last(p_meter_id bigint, p_today date) returns meter_reading language plpgsql stable security definer set search_path = public, pg_temp as $$
declare r meter_reading;
begin
  select m.* into r from meter_reading m where m.meter_id = p_meter_id and m.taken_on between p_today - 62 and p_today + 31 and m.status in ('entered', 'accepted', 'calculated')
    order by m.taken_on desc limit 1;
  if not found then
    select m.* into r from meter_reading m where m.meter_id = p_meter_id and m.status in ('entered', 'accepted', 'calculated') order by m.taken_on desc limit 1;
  end if;
  return r;
end $$;

-- The last reading of a meter before a day. A function, because the statement that holds it would open all months each time, and hardly any meter needs it.
create function reading_long_ago(p_meter_id bigint, p_before date, p_zones int, p_without bigint[]) returns setof meter_reading language plpgsql stable rows 1 as $$
begin
  return query select r.* from meter_reading r where r.meter_id = p_meter_id and r.taken_on < p_before and r.status in ('entered', 'accepted', 'calculated')
    and num_nonnulls(r.t1, r.t2, r.t3) = p_zones and (p_without is null or r.id <> all (p_without)) order by r.taken_on desc limit 1;
end $$;

-- The readings of one account and day. p_entries: [{meterId, values}]; p_without: ids of readings that are being replaced.
do $do$
begin
  execute format($f$
    create function reading_judge_entries(p_entries jsonb, p_taken_on date, p_audience text, p_closed date, p_is_control boolean default false, p_without bigint[] default null,
      p_today date default null) returns table (n int, consumption bigint[], counts_for date, blocks text[], warns text[], informs text[]) language sql stable as $b$ %s $b$ $f$,
    reading_judge_text(
      $s$select e.n::int as n, (e.x ->> 'meterId')::bigint as meter_id, array(select v::bigint from jsonb_array_elements_text(e.x -> 'values') with ordinality u(v, o) order by o) as vals,
        p_taken_on as taken_on, p_is_control as is_control, p_audience as audience, p_closed as closed, coalesce(p_today, office_today()) as today, false as own, p_without as without
        from jsonb_array_elements(p_entries) with ordinality e(x, n)$s$,
      'select null::bigint, null::int, null::bigint, null::bigint, null::bigint, null::boolean, null::boolean, false where false',
      'reading_setting', $s$(p_taken_on::timestamp - interval '15 months')::date$s$,
      $s$reading_long_ago(p.meter_id, date '1970-01-01' + p.horizon, p.zones, p.without)$s$, 'coalesce(p_today, office_today())'));
end $do$;

------------------------------------------------------------------------------------------------------------------------ the sheet

-- A visit of one's own, or none for a supervisor; the account's subscriber is the visit's.
create function reading_visit(p_visit_id bigint, p_account_id bigint) returns visit language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account;
begin
  if p_visit_id is not null then
    v := visit_require(p_visit_id);
    a := visit_account(v, p_account_id);
    return v;
  end if;
  if not 'supervisor' = any((current_staff()).roles) then
    perform refuse('OK403', 'visitRequired');
  end if;
  select subscriber_id into v.subscriber_id from account where id = p_account_id;
  if not found then
    perform refuse('OK404', 'account');
  end if;
  return v;
end $$;

create function reading_json(r meter_reading) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('id', r.id, 'meterId', r.meter_id, 'takenOn', r.taken_on, 'enteredAt', r.entered_at, 'period', to_char(r.period, 'YYYY-MM'), 'values', reading_values(r),
  'channel', r.channel, 'reader', r.reader, 'status', r.status, 'statusReason', r.status_reason, 'reasons', r.reasons, 'warnings', r.warnings, 'isControl', r.is_control,
  'actNumber', r.act_number, 'attachmentId', r.attachment_id, 'review', r.review, 'replacesId', r.replaces_id,
  'staffName', (select s.full_name from staff s where s.id = r.staff_id));

create or replace function reading_sheet(p_visit_id bigint, p_account_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp
  set plan_cache_mode = force_generic_plan as $$
declare
  v visit := reading_visit(p_visit_id, p_account_id); v_today date := office_today(); v_supervisor boolean := 'supervisor' = any((current_staff()).roles);
  v_since date := greatest((v_today - interval '24 months')::date, date '0001-01-01'); v_until date := v_today + 31;
begin
  return (select jsonb_build_object('accountId', a.id, 'accountNumber', a.number, 'provider', p.name, 'address', address_text(d, a.flat_as_printed), 'status', a.status,
      'policy', p.profile -> 'readings', 'closedThrough', to_char(account_closed_through(a.id), 'YYYY-MM'), 'today', v_today, 'residents', a.residents,
      'meters', (select coalesce(jsonb_agg(meter_json(m) || jsonb_build_object('isCommissioned', m.is_commissioned, 'sealNumber', m.seal_number, 'sealBrokenOn', m.seal_broken_on,
          'replacesId', m.replaces_id, 'replacedById', (select n.id from meter n where n.replaces_id = m.id),
          'noAccessActs', coalesce((select x.acts from meter_no_access x where x.meter_id = m.id), 0),
          'history', (select coalesce(jsonb_agg(reading_json(r) || jsonb_build_object('canCancel', r.status in ('entered', 'accepted') or r.status = 'calculated' and v_supervisor)
              order by r.taken_on desc, r.id desc), '[]')
            from (select h.* from meter_reading h where h.meter_id in (m.id, m.replaces_id) and h.taken_on >= v_since and h.taken_on <= v_until
              -- Silent for two years: what the dial showed last is still what the next reading is compared with.
              union all select l.* from reading_long_ago(m.id, v_since, m.zones, null) l) r))
          order by m.removed_on is not null, array_position(array['cold_water', 'hot_water', 'electricity', 'gas', 'heat'], m.service), m.serial), '[]')
        from meter m where m.account_id = a.id))
    from account a, provider p, address d where a.id = p_account_id and p.id = a.provider_id and d.id = a.address_id);
end $$;

------------------------------------------------------------------------------------------------------------------------ saving

-- Judges and stores readings of one account and day, all or none: {saved, rows, replaced}. The meters are locked, so two desks take turns.
create function reading_take(v visit, a account, p_operation_id uuid, p_taken_on date, p_channel text, p_reader text, p_entries jsonb, p_is_control boolean default false,
  p_act text default null, p_without bigint[] default null, p_replaces bigint default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp
  -- Planned for the day at hand, the partitions would make each plan look worth making anew: 0.1 s a save.
  set plan_cache_mode = force_generic_plan as $$
declare
  v_staff staff := current_staff(); v_closed date := account_closed_through(a.id); j record; r meter_reading; v_same meter_reading; v_refused jsonb := '{}'; v_asked jsonb := '{}';
  v_today date := office_today(); v_values bigint[]; v_reasons text[]; v_saved jsonb := '[]'; v_rows jsonb := '[]'; v_replaced jsonb := '[]'; v_attachment bigint; v_found int; v_warnings text[];
  v_meters bigint[]; v_there meter_reading[]; v_new meter_reading[] := '{}'; v_consumption jsonb := '{}';
begin
  if a.status = 'closed' then
    perform refuse('OK409', 'accountClosed');
  end if;
  if exists (select from jsonb_array_elements(p_entries) e, jsonb_array_elements_text(coalesce(e -> 'reasons', '[]')) x where not reading_reasons() ? x) then
    perform refuse('OK400', 'unknownReason');
  end if;
  if to_regclass('meter_reading_' || to_char(p_taken_on + 31, 'YYYY_MM')) is null and p_taken_on >= v_today - 31 then
    perform reading_partitions_ahead();
  end if;
  perform from meter m where m.account_id = a.id and m.id in (select (e ->> 'meterId')::bigint from jsonb_array_elements(p_entries) e) order by m.id for update;
  get diagnostics v_found = row_count;
  if v_found < jsonb_array_length(p_entries) then
    if (select count(distinct e ->> 'meterId') from jsonb_array_elements(p_entries) e) < jsonb_array_length(p_entries) then
      perform refuse('OK400', 'meterRepeated');
    end if;
    perform refuse('OK403', 'meterOfAnotherAccount');
  end if;

  v_meters := array(select (e ->> 'meterId')::bigint from jsonb_array_elements(p_entries) e);
  v_there := array(select m from meter_reading m where m.meter_id = any (v_meters) and m.taken_on = p_taken_on
    and m.status in ('entered', 'accepted', 'calculated') and (p_without is null or m.id <> all (p_without)));

  for j in select e.x, e.n, g.* from jsonb_array_elements(p_entries) with ordinality e(x, n)
      join reading_judge_entries(p_entries, p_taken_on, case p_channel when 'portal' then 'portal' else 'desk' end, v_closed, p_is_control, p_without, v_today) g on g.n = e.n
      order by (e.x ->> 'meterId')::bigint loop
    v_reasons := array(select jsonb_array_elements_text(coalesce(j.x -> 'reasons', '[]')));
    v_warnings := array(select distinct split_part(w, '|', 1) from unnest(j.warns) w);
    if j.blocks <> '{}' then
      v_refused := v_refused || jsonb_build_object(j.x ->> 'meterId', to_jsonb(j.blocks));
    elsif reading_unanswered(v_warnings, v_reasons) <> '{}' then
      v_asked := v_asked || jsonb_build_object(j.x ->> 'meterId',
        (select jsonb_agg(w) from unnest(j.warns) w where split_part(w, '|', 1) = any (reading_unanswered(v_warnings, v_reasons))));
    end if;
    v_values := array(select x::bigint from jsonb_array_elements_text(j.x -> 'values') with ordinality t(x, n) order by n);
    v_same := null;
    foreach r in array v_there loop
      if r.meter_id = (j.x ->> 'meterId')::bigint then
        v_same := r;
      end if;
    end loop;
    if v_same.id is not null and (v_same.t1, v_same.t2, v_same.t3) is distinct from (v_values[1], v_values[2], v_values[3]) then
      -- Without a reason this desk did not know of it: another desk was quicker.
      if v_reasons = '{}' and v_same.staff_id <> v_staff.id and v_same.entered_at > v.opened_at then
        perform refuse('OK409', 'changedByAnotherDesk', jsonb_build_object('meterId', v_same.meter_id, 'staffName', (select full_name from staff where id = v_same.staff_id),
          'at', v_same.entered_at, 'kind', 'readings.save', 'current', jsonb_build_object('values', reading_values(v_same), 'takenOn', v_same.taken_on, 'readingId', v_same.id)));
      end if;
    end if;
    continue when v_refused <> '{}' or v_asked <> '{}';
    if v_same.status = 'calculated' and (v_same.t1, v_same.t2, v_same.t3) is distinct from (v_values[1], v_values[2], v_values[3]) then
      perform refuse('OK409', 'readingAlreadyCalculated', jsonb_build_object('meterId', v_same.meter_id));
    end if;

    if v_same.id is not null and (v_same.t1, v_same.t2, v_same.t3) is not distinct from (v_values[1], v_values[2], v_values[3]) and not p_is_control then
      -- The same number of the same day is the same entry.
      v_saved := v_saved || jsonb_build_object('meterId', v_same.meter_id, 'readingId', v_same.id, 'takenOn', p_taken_on, 'consumption', to_jsonb(j.consumption),
        'period', to_char(v_same.period, 'YYYY-MM'), 'warnings', to_jsonb(v_same.warnings));
      continue;
    end if;
    v_attachment := (j.x ->> 'attachmentId')::bigint;
    if v_attachment is not null and not exists (select from reading_attachment t where t.id = v_attachment and t.account_id = a.id) then
      perform refuse('OK404', 'attachment');
    end if;
    if v_same.id is not null then
      -- A correction never overwrites: the old row is cancelled with its reason, the new one refers to it.
      update meter_reading m set status = 'cancelled', status_reason = 'replaced' where m.meter_id = v_same.meter_id and m.taken_on = v_same.taken_on and m.id = v_same.id;
      v_replaced := v_replaced || jsonb_build_object('id', v_same.id, 'meterId', v_same.meter_id, 'takenOn', v_same.taken_on, 'status', v_same.status);
    end if;
    r := null;
    r.meter_id := (j.x ->> 'meterId')::bigint; r.period := j.counts_for; r.t1 := v_values[1]; r.t2 := v_values[2]; r.t3 := v_values[3]; r.warnings := v_warnings; r.reasons := v_reasons;
    r.replaces_id := coalesce(v_same.id, p_replaces); r.attachment_id := v_attachment;
    v_new := v_new || r;
    v_consumption := v_consumption || jsonb_build_object(r.meter_id, to_jsonb(j.consumption));
  end loop;
  if v_refused <> '{}' then
    perform refuse('OK400', 'readingsRefused', jsonb_build_object('meters', v_refused, 'level', 'block'));
  end if;
  if v_asked <> '{}' then
    perform refuse('OK400', 'reasonRequired', jsonb_build_object('meters', v_asked, 'level', 'warn'));
  end if;
  -- One statement for all of them: to set one up costs as much as a row.
  with put as (
    insert into meter_reading (meter_id, account_id, taken_on, period, t1, t2, t3, channel, reader, is_control, act_number, status, warnings, reasons, replaces_id, attachment_id, staff_id,
      visit_id, operation_id)
    select n.meter_id, a.id, p_taken_on, n.period, n.t1, n.t2, n.t3, p_channel, p_reader, p_is_control, p_act,
      -- Without a visit nobody takes it back by closing it.
      case when v.id is null then 'accepted' else 'entered' end, n.warnings, n.reasons, n.replaces_id, n.attachment_id, v_staff.id, v.id, p_operation_id
    from unnest(v_new) n returning id, meter_id, period, warnings
  )
  select coalesce(jsonb_agg(jsonb_build_object('id', id, 'meterId', meter_id, 'takenOn', p_taken_on) order by meter_id), '[]'),
      v_saved || coalesce(jsonb_agg(jsonb_build_object('meterId', meter_id, 'readingId', id, 'takenOn', p_taken_on, 'consumption', v_consumption -> meter_id::text,
        'period', to_char(period, 'YYYY-MM'), 'warnings', warnings) order by meter_id), '[]')
    into v_rows, v_saved from put;
  return jsonb_build_object('saved', v_saved, 'rows', v_rows, 'replaced', v_replaced);
end $$;

-- What the log says of readings taken: how many, of which day, why in spite of what.
create function reading_details(a account, p_taken_on date, p_channel text, p_entries jsonb, p_taken jsonb) returns jsonb language plpgsql stable as $$
begin
  return jsonb_build_object('meters', jsonb_array_length(p_taken -> 'saved'), 'takenOn', p_taken_on, 'channel', p_channel, 'account', a.number,
    'reasons', (select jsonb_agg(distinct r) from jsonb_array_elements(p_entries) x, jsonb_array_elements_text(coalesce(x -> 'reasons', '[]')) r),
    'warnings', (select jsonb_agg(distinct w) from jsonb_array_elements(p_taken -> 'saved') x, jsonb_array_elements_text(x -> 'warnings') w));
end $$;

-- p_entries: [{meterId, values, reasons, attachmentId}]. One statement of the desk is the whole of it.
drop function reading_save(uuid, bigint, bigint, date, text, jsonb);
create function reading_save(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_taken_on date, p_channel text, p_entries jsonb, p_reader text default 'subscriber') returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; v_taken jsonb; v_first jsonb := operation_repeat(p_operation_id, 'readings.save');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id);
  a := visit_account(v, p_account_id);
  -- An act is a control reading, and a register is billing's: neither is entered at a window.
  if p_channel is null or p_channel not in ('desk', 'phone', 'paper') then
    perform refuse('OK400', 'readingChannel');
  end if;
  if p_reader not in ('subscriber', 'controller') or coalesce(jsonb_array_length(p_entries), 0) not between 1 and 40 then
    perform refuse('OK400', 'shape');
  end if;
  v_taken := reading_take(v, a, p_operation_id, p_taken_on, p_channel, p_reader, p_entries);
  return operation_done(p_operation_id, 'readings.save', v, jsonb_build_object('saved', v_taken -> 'saved'), reading_details(a, p_taken_on, p_channel, p_entries, v_taken), a.id,
    jsonb_build_object('takenOn', p_taken_on, 'rows', v_taken -> 'rows', 'replaced', v_taken -> 'replaced',
      'readings', (select coalesce(jsonb_agg(x -> 'id'), '[]') from jsonb_array_elements(v_taken -> 'rows') x)));
end $$;

-- A control reading by an act: from a visit, or by a supervisor without one. It clears acts of no access, and nothing below it is believed.
create function reading_control(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_taken_on date, p_act_number text, p_act_date date, p_controller text, p_entries jsonb) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; v_taken jsonb; v_first jsonb := operation_repeat(p_operation_id, 'readings.control');
begin
  if v_first is not null then return v_first; end if;
  v := reading_visit(p_visit_id, p_account_id);
  select * into a from account where id = p_account_id;
  perform reading_act_require(p_act_number, p_act_date);
  if coalesce(jsonb_array_length(p_entries), 0) not between 1 and 40 or length(p_controller) > 100 then
    perform refuse('OK400', 'shape');
  end if;
  v_taken := reading_take(v, a, p_operation_id, p_taken_on, 'act', 'controller', p_entries, true, p_act_number);
  insert into meter_act (meter_id, account_id, kind, number, act_on, note, staff_id, visit_id, operation_id)
  select (e ->> 'meterId')::bigint, a.id, 'control', p_act_number, p_act_date, nullif(p_controller, ''), (current_staff()).id, v.id, p_operation_id from jsonb_array_elements(p_entries) e;
  return operation_done(p_operation_id, 'readings.control', v, jsonb_build_object('saved', v_taken -> 'saved'),
    reading_details(a, p_taken_on, 'act', p_entries, v_taken) || jsonb_build_object('act', p_act_number), a.id,
    jsonb_build_object('takenOn', p_taken_on, 'rows', v_taken -> 'rows', 'replaced', v_taken -> 'replaced'));
end $$;

create function reading_act_require(p_number text, p_date date) returns void language plpgsql as $$
begin
  if coalesce(trim(p_number), '') = '' or length(p_number) > 40 or not coalesce(is_civil(p_date), false) then
    perform refuse('OK400', 'actIncomplete');
  end if;
  if p_date > office_today() then
    perform refuse('OK400', 'actInFuture');
  end if;
end $$;

-- The reading that is to be cancelled or corrected, its meter locked. What is calculated only a supervisor touches.
create function reading_to_change(p_meter_id bigint, p_taken_on date, p_reading_id bigint, p_visit_id bigint) returns meter_reading
language plpgsql security definer set search_path = public, pg_temp as $$
declare r meter_reading; v visit;
begin
  perform from meter where id = p_meter_id for update;
  select * into r from meter_reading where meter_id = p_meter_id and taken_on = p_taken_on and id = p_reading_id;
  if not found then
    perform refuse('OK404', 'reading');
  end if;
  v := reading_visit(p_visit_id, r.account_id);
  if r.status not in ('entered', 'accepted', 'calculated') then
    perform refuse('OK409', 'readingNotInForce');
  end if;
  if r.status = 'calculated' and not 'supervisor' = any((current_staff()).roles) then
    perform refuse('OK403', 'supervisorNeeded');
  end if;
  return r;
end $$;

create function reading_cancel(p_operation_id uuid, p_visit_id bigint, p_meter_id bigint, p_taken_on date, p_reading_id bigint, p_reason text, p_comment text default null) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; r meter_reading; v_first jsonb := operation_repeat(p_operation_id, 'readings.cancel');
begin
  if v_first is not null then return v_first; end if;
  r := reading_to_change(p_meter_id, p_taken_on, p_reading_id, p_visit_id);
  v := reading_visit(p_visit_id, r.account_id);
  if p_reason is null or p_reason not in ('wrongValue', 'wrongMeter', 'wrongDate', 'duplicate', 'subscriberAsked', 'other') or length(p_comment) > 300 then
    perform refuse('OK400', 'unknownReason');
  end if;
  update meter_reading set status = 'cancelled', status_reason = p_reason || coalesce(': ' || nullif(trim(p_comment), ''), '')
    where meter_id = r.meter_id and taken_on = r.taken_on and id = r.id;
  return operation_done(p_operation_id, 'readings.cancel', v, jsonb_build_object('readingId', r.id, 'status', 'cancelled'),
    jsonb_build_object('account', (select number from account where id = r.account_id), 'takenOn', r.taken_on, 'reason', p_reason, 'was', r.status), r.account_id,
    jsonb_build_object('rows', '[]'::jsonb, 'replaced', jsonb_build_array(jsonb_build_object('id', r.id, 'meterId', r.meter_id, 'takenOn', r.taken_on, 'status', r.status))));
end $$;

-- Cancel with a reason and a new row that refers to the old one; judged as if the old one had never been.
create function reading_correct(p_operation_id uuid, p_visit_id bigint, p_meter_id bigint, p_taken_on date, p_reading_id bigint, p_reason text, p_new_taken_on date, p_values bigint[],
  p_reasons text[]) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v visit; a account; r meter_reading; v_taken jsonb; v_first jsonb := operation_repeat(p_operation_id, 'readings.correct');
  v_entries jsonb := jsonb_build_array(jsonb_build_object('meterId', p_meter_id, 'values', to_jsonb(p_values), 'reasons', to_jsonb(p_reasons)));
begin
  if v_first is not null then return v_first; end if;
  r := reading_to_change(p_meter_id, p_taken_on, p_reading_id, p_visit_id);
  v := reading_visit(p_visit_id, r.account_id);
  select * into a from account where id = r.account_id;
  if p_reason is null or p_reason not in ('wrongValue', 'wrongMeter', 'wrongDate', 'duplicate', 'subscriberAsked', 'other') then
    perform refuse('OK400', 'unknownReason');
  end if;
  update meter_reading set status = 'cancelled', status_reason = p_reason where meter_id = r.meter_id and taken_on = r.taken_on and id = r.id;
  v_taken := reading_take(v, a, p_operation_id, p_new_taken_on, r.channel, r.reader, v_entries, r.is_control, r.act_number, array[r.id], r.id);
  return operation_done(p_operation_id, 'readings.correct', v, jsonb_build_object('saved', v_taken -> 'saved' -> 0),
    reading_details(a, p_new_taken_on, r.channel, v_entries, v_taken) || jsonb_build_object('reason', p_reason, 'was', r.status), a.id,
    jsonb_build_object('rows', v_taken -> 'rows',
      'replaced', (v_taken -> 'replaced') || jsonb_build_object('id', r.id, 'meterId', r.meter_id, 'takenOn', r.taken_on, 'status', r.status)));
end $$;

-- What a visit has entered becomes accepted when it is closed: until then the operator may take it back («при необходимости показание можно удалить», ЭнСер).
create function readings_accept(v visit) returns void language sql security definer set search_path = public, pg_temp
begin atomic
  update meter_reading r set status = 'accepted'
  from operation o, jsonb_to_recordset(coalesce(o.undo -> 'rows', '[]')) x(id bigint, "meterId" bigint, "takenOn" date)
  where o.visit_id = v.id and o.kind like 'readings.%' and r.meter_id = x."meterId" and r.taken_on = x."takenOn" and r.id = x.id and r.status = 'entered';
end;

------------------------------------------------------------------------------------------------------------------------ meters

-- The last reading of a meter on the day it comes down; it must always be enterable. Returns what reading_take does.
create function meter_take_down(v visit, a account, m meter, p_operation_id uuid, p_removed_on date, p_values bigint[], p_reasons text[], p_act text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_taken jsonb;
begin
  if m.removed_on is not null then
    perform refuse('OK409', 'meterAlreadyRemoved', jsonb_build_object('removedOn', m.removed_on));
  end if;
  if exists (select from meter_reading r where r.meter_id = m.id and r.taken_on > p_removed_on and r.status in ('entered', 'accepted', 'calculated')) then
    perform refuse('OK409', 'readingsAfterRemoval');
  end if;
  -- By an act and before the controller's eyes: a broken seal or two acts of no access don't keep a meter on the wall.
  v_taken := reading_take(v, a, p_operation_id, p_removed_on, 'act', 'controller',
    jsonb_build_array(jsonb_build_object('meterId', m.id, 'values', to_jsonb(p_values), 'reasons', to_jsonb(p_reasons))), true, p_act);
  update meter set removed_on = p_removed_on, version = version + 1 where id = m.id;
  return v_taken;
end $$;

create function meter_to_change(p_account_id bigint, p_meter_id bigint) returns meter language plpgsql security definer set search_path = public, pg_temp as $$
declare m meter;
begin
  select * into m from meter where id = p_meter_id and account_id = p_account_id for update;
  if not found then
    perform refuse('OK403', 'meterOfAnotherAccount');
  end if;
  return m;
end $$;

create function meter_act_write(v visit, a account, p_operation_id uuid, p_meter_id bigint, p_kind text, p_number text, p_date date, p_note text default null) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into meter_act (meter_id, account_id, kind, number, act_on, note, staff_id, visit_id, operation_id)
  values (p_meter_id, a.id, p_kind, p_number, p_date, left(nullif(trim(p_note), ''), 300), (current_staff()).id, v.id, p_operation_id)
$$;

create function meter_before(m meter) returns jsonb language sql immutable as $$
  select jsonb_build_object('id', m.id, 'removedOn', m.removed_on, 'isCommissioned', m.is_commissioned, 'sealNumber', m.seal_number, 'sealBrokenOn', m.seal_broken_on, 'verifiedUntil', m.verified_until)
$$;

create function meter_remove(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_meter_id bigint, p_act_number text, p_act_date date, p_removed_on date, p_values bigint[],
  p_reasons text[], p_cause text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; m meter; v_taken jsonb; v_first jsonb := operation_repeat(p_operation_id, 'readings.removeMeter');
begin
  if v_first is not null then return v_first; end if;
  v := reading_visit(p_visit_id, p_account_id);
  select * into a from account where id = p_account_id;
  perform reading_act_require(p_act_number, p_act_date);
  m := meter_to_change(a.id, p_meter_id);
  v_taken := meter_take_down(v, a, m, p_operation_id, p_removed_on, p_values, p_reasons, p_act_number);
  perform meter_act_write(v, a, p_operation_id, m.id, 'removal', p_act_number, p_act_date, p_cause);
  return operation_done(p_operation_id, 'readings.removeMeter', v, jsonb_build_object('readingId', v_taken -> 'saved' -> 0 -> 'readingId',
      'consumption', v_taken -> 'saved' -> 0 -> 'consumption', 'period', v_taken -> 'saved' -> 0 -> 'period'),
    jsonb_build_object('account', a.number, 'serial', m.serial, 'act', p_act_number, 'cause', left(p_cause, 40)), a.id,
    jsonb_build_object('rows', v_taken -> 'rows', 'replaced', v_taken -> 'replaced', 'meter', meter_before(m)));
end $$;

-- One meter down, the next one up, in one transaction: the final and the first values never meet, so no rule compares them.
create function meter_replace(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_meter_id bigint, p_act_number text, p_act_date date, p_removed_on date, p_values bigint[],
  p_reasons text[], p_cause text, p_installed jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v visit; a account; m meter; n meter; v_taken jsonb; v_first jsonb := operation_repeat(p_operation_id, 'readings.replaceMeter');
  v_initial bigint[] := array(select x::bigint from jsonb_array_elements_text(p_installed -> 'initial') with ordinality t(x, o) order by o);
  v_digits int := (p_installed ->> 'digits')::int; v_decimals int := (p_installed ->> 'decimals')::int; v_zones int := (p_installed ->> 'zones')::int; v_on date := (p_installed ->> 'installedOn')::date;
begin
  if v_first is not null then return v_first; end if;
  v := reading_visit(p_visit_id, p_account_id);
  select * into a from account where id = p_account_id;
  perform reading_act_require(p_act_number, p_act_date);
  m := meter_to_change(a.id, p_meter_id);
  if v_on is null or v_on < p_removed_on then
    perform refuse('OK400', 'installedBeforeRemoval');
  end if;
  if v_on > office_today() then
    perform refuse('OK400', 'readingInFuture');
  end if;
  if coalesce(trim(p_installed ->> 'serial'), '') = '' or length(p_installed ->> 'serial') > 40 or length(p_installed ->> 'sealNumber') > 40
     -- NaN is a number greater than any other to PostgreSQL, and infinity a day: a card with either opens for nobody.
     or not coalesce((p_installed ->> 'ratio')::numeric, 1) between 0.001 and 99999999 or not is_civil(coalesce((p_installed ->> 'verifiedUntil')::date, v_on)) or not is_civil(v_on) or coalesce(v_digits not between 3 and 9 or v_decimals not between 0 and 3 or v_zones not between 1 and 3, true) then
    perform refuse('OK400', 'meterIncomplete');
  end if;
  if cardinality(v_initial) <> v_zones or exists (select from unnest(v_initial) x where x < 0 or x >= 1000 * (10 ^ v_digits)::bigint or x % (10 ^ (3 - v_decimals))::bigint <> 0) then
    perform refuse('OK400', 'initialUnfit');
  end if;
  if exists (select from meter x where x.account_id = a.id and x.service = m.service and x.serial_key = serial_key(p_installed ->> 'serial') and x.removed_on is null and x.id <> m.id) then
    perform refuse('OK409', 'serialTaken');
  end if;
  v_taken := meter_take_down(v, a, m, p_operation_id, p_removed_on, p_values, p_reasons, p_act_number);
  insert into meter (account_id, serial, service, digits, decimals, zones, ratio, installed_on, verified_until, initial, is_automatic, replaces_id, is_commissioned, seal_number)
  values (a.id, trim(p_installed ->> 'serial'), m.service, v_digits, v_decimals, v_zones, coalesce((p_installed ->> 'ratio')::numeric, 1), v_on, (p_installed ->> 'verifiedUntil')::date, v_initial,
    m.is_automatic, m.id, nullif(trim(p_installed ->> 'sealNumber'), '') is not null, nullif(trim(p_installed ->> 'sealNumber'), ''))
  returning * into n;
  perform meter_act_write(v, a, p_operation_id, m.id, 'removal', p_act_number, p_act_date, p_cause);
  perform meter_act_write(v, a, p_operation_id, n.id, 'installation', p_act_number, p_act_date);
  return operation_done(p_operation_id, 'readings.replaceMeter', v, jsonb_build_object('meterId', n.id, 'removalReadingId', v_taken -> 'saved' -> 0 -> 'readingId',
      'consumption', v_taken -> 'saved' -> 0 -> 'consumption', 'period', v_taken -> 'saved' -> 0 -> 'period'),
    jsonb_build_object('account', a.number, 'serial', m.serial, 'newSerial', n.serial, 'act', p_act_number, 'cause', left(p_cause, 40)), a.id,
    jsonb_build_object('rows', v_taken -> 'rows', 'replaced', v_taken -> 'replaced', 'meter', meter_before(m), 'newMeter', n.id));
end $$;

-- A seal puts a meter into service, and mends a broken one; a new verification comes with it.
create function meter_seal(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_meter_id bigint, p_act_number text, p_act_date date, p_seal_number text, p_verified_until date default null)
returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; m meter; v_first jsonb := operation_repeat(p_operation_id, 'readings.sealMeter');
begin
  if v_first is not null then return v_first; end if;
  v := reading_visit(p_visit_id, p_account_id);
  select * into a from account where id = p_account_id;
  perform reading_act_require(p_act_number, p_act_date);
  m := meter_to_change(a.id, p_meter_id);
  if m.removed_on is not null then
    perform refuse('OK409', 'meterAlreadyRemoved', jsonb_build_object('removedOn', m.removed_on));
  end if;
  if coalesce(trim(p_seal_number), '') = '' or length(p_seal_number) > 40 or not coalesce(is_civil(p_verified_until), true) then
    perform refuse('OK400', 'actIncomplete');
  end if;
  update meter set is_commissioned = true, seal_number = trim(p_seal_number), seal_broken_on = null, verified_until = coalesce(p_verified_until, verified_until), version = version + 1 where id = m.id;
  perform meter_act_write(v, a, p_operation_id, m.id, 'sealing', p_act_number, p_act_date, p_seal_number);
  return operation_done(p_operation_id, 'readings.sealMeter', v, jsonb_build_object('meterId', m.id),
    jsonb_build_object('account', a.number, 'serial', m.serial, 'act', p_act_number, 'verifiedUntil', p_verified_until), a.id, jsonb_build_object('rows', '[]'::jsonb, 'replaced', '[]'::jsonb, 'meter', meter_before(m)));
end $$;

create function meter_break_seal(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_meter_id bigint, p_act_number text, p_act_date date) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; m meter; v_first jsonb := operation_repeat(p_operation_id, 'readings.breakSeal');
begin
  if v_first is not null then return v_first; end if;
  v := reading_visit(p_visit_id, p_account_id);
  select * into a from account where id = p_account_id;
  perform reading_act_require(p_act_number, p_act_date);
  m := meter_to_change(a.id, p_meter_id);
  update meter set seal_broken_on = p_act_date, version = version + 1 where id = m.id;
  perform meter_act_write(v, a, p_operation_id, m.id, 'sealBroken', p_act_number, p_act_date);
  return operation_done(p_operation_id, 'readings.breakSeal', v, jsonb_build_object('meterId', m.id), jsonb_build_object('account', a.number, 'serial', m.serial, 'act', p_act_number), a.id,
    jsonb_build_object('rows', '[]'::jsonb, 'replaced', '[]'::jsonb, 'meter', meter_before(m)));
end $$;

-- «Акт о недопуске»: of one meter or of all that are read at the account.
create function meter_no_access_act(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_meter_id bigint, p_act_number text, p_act_date date, p_note text default null) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; v_acts jsonb; v_first jsonb := operation_repeat(p_operation_id, 'readings.noAccess');
begin
  if v_first is not null then return v_first; end if;
  v := reading_visit(p_visit_id, p_account_id);
  select * into a from account where id = p_account_id;
  perform reading_act_require(p_act_number, p_act_date);
  if p_meter_id is not null then
    perform meter_to_change(a.id, p_meter_id);
  end if;
  if exists (select from meter_act x where x.account_id = a.id and x.kind = 'noAccess' and x.number = p_act_number and x.act_on = p_act_date and x.cancelled_at is null
             and (p_meter_id is null or x.meter_id = p_meter_id)) then
    perform refuse('OK409', 'actExists');
  end if;
  insert into meter_act (meter_id, account_id, kind, number, act_on, note, staff_id, visit_id, operation_id)
  select m.id, a.id, 'noAccess', p_act_number, p_act_date, nullif(trim(p_note), ''), (current_staff()).id, v.id, p_operation_id
  from meter m where m.account_id = a.id and m.removed_on is null and (p_meter_id is null or m.id = p_meter_id);
  if not found then
    perform refuse('OK404', 'meter');
  end if;
  select coalesce(jsonb_agg(jsonb_build_object('meterId', x.meter_id, 'noAccessActs', coalesce(n.acts, 0)) order by x.meter_id), '[]') into v_acts
    from meter_act x left join meter_no_access n on n.meter_id = x.meter_id where x.operation_id = p_operation_id;
  return operation_done(p_operation_id, 'readings.noAccess', v, jsonb_build_object('acts', v_acts), jsonb_build_object('account', a.number, 'act', p_act_number, 'meters', jsonb_array_length(v_acts)), a.id,
    jsonb_build_object('rows', '[]'::jsonb, 'replaced', '[]'::jsonb));
end $$;

create function reading_acts(p_visit_id bigint, p_account_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := reading_visit(p_visit_id, p_account_id);
begin
  return (select coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'meterId', x.meter_id, 'serial', m.serial, 'kind', x.kind, 'number', x.number, 'date', x.act_on, 'note', x.note,
      'staffName', s.full_name, 'at', x.at, 'cancelled', x.cancelled_at is not null) order by x.act_on desc, x.id desc), '[]')
    from meter_act x join meter m on m.id = x.meter_id join staff s on s.id = x.staff_id where x.account_id = p_account_id);
end $$;

------------------------------------------------------------------------------------------------------------------------ undo

-- The exact inverse of anything done with readings and meters, until it is calculated: rows are cancelled, what they replaced is in force again, acts are
-- cancelled, the meter is as it was; a meter that has not been read yet goes.
create function reading_undo(t operation, v visit) returns uuid[] language plpgsql security definer set search_path = public, pg_temp as $$
declare v_new bigint := (t.undo ->> 'newMeter')::bigint; b jsonb := t.undo -> 'meter';
begin
  -- The meters first, like saving does: another desk may be at one of them.
  perform from meter where id in (select (x ->> 'meterId')::bigint from jsonb_array_elements(coalesce(t.undo -> 'rows', '[]') || coalesce(t.undo -> 'replaced', '[]')) x
    union select v_new union select (b ->> 'id')::bigint) order by id for update;
  if exists (select from jsonb_to_recordset(coalesce(t.undo -> 'rows', '[]')) x(id bigint, "meterId" bigint, "takenOn" date)
             left join meter_reading r on r.meter_id = x."meterId" and r.taken_on = x."takenOn" and r.id = x.id
             where r.status is null or r.status not in ('entered', 'accepted'))
     or exists (select from meter_reading r where r.meter_id = v_new)
     -- It stands here again by now, as another row.
     or exists (select from meter x join meter o on o.id = (b ->> 'id')::bigint and x.account_id = o.account_id and x.service = o.service and x.serial = o.serial
                where x.id <> o.id and x.id is distinct from v_new and x.removed_on is null and b ->> 'removedOn' is null and o.removed_on is not null)
     -- Somebody entered another reading of that day since.
     or exists (select from jsonb_to_recordset(coalesce(t.undo -> 'replaced', '[]')) x(id bigint, "meterId" bigint, "takenOn" date)
                join meter_reading r on r.meter_id = x."meterId" and r.taken_on = x."takenOn" and r.status in ('entered', 'accepted', 'calculated')
                where r.operation_id is distinct from t.id) then
    perform refuse('OK409', 'changedSince');
  end if;
  update meter_reading r set status = 'cancelled', status_reason = 'undone' from jsonb_to_recordset(coalesce(t.undo -> 'rows', '[]')) x(id bigint, "meterId" bigint, "takenOn" date)
    where r.meter_id = x."meterId" and r.taken_on = x."takenOn" and r.id = x.id;
  -- As it was: a reading of an earlier visit had been accepted.
  update meter_reading r set status = x.status, status_reason = null from jsonb_to_recordset(coalesce(t.undo -> 'replaced', '[]')) x(id bigint, "meterId" bigint, "takenOn" date, status text)
    where r.meter_id = x."meterId" and r.taken_on = x."takenOn" and r.id = x.id;
  if v_new is not null then
    delete from meter_act where meter_id = v_new;
    delete from meter where id = v_new;
  end if;
  if b is not null then
    update meter set removed_on = (b ->> 'removedOn')::date, is_commissioned = (b ->> 'isCommissioned')::boolean, seal_number = b ->> 'sealNumber', seal_broken_on = (b ->> 'sealBrokenOn')::date,
      verified_until = (b ->> 'verifiedUntil')::date, version = version + 1 where id = (b ->> 'id')::bigint;
  end if;
  update meter_act set cancelled_at = now() where operation_id = t.id and cancelled_at is null;
  return null;
end $$;

create or replace function undo_readings_save(t operation, v visit) returns uuid[] language sql security definer set search_path = public, pg_temp as $$ select reading_undo(t, v) $$;
do $do$
declare v_kind text;
begin
  foreach v_kind in array array['cancel', 'correct', 'control', 'replace_meter', 'remove_meter', 'seal_meter', 'break_seal', 'no_access'] loop
    execute format('create function undo_readings_%s(t operation, v visit) returns uuid[] language sql security definer set search_path = public, pg_temp as $f$ select reading_undo(t, v) $f$', v_kind);
  end loop;
end $do$;

------------------------------------------------------------------------------------------------------------------------ photos and acts on paper

create function reading_attach(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_file_name text, p_content bytea, p_meter_id bigint default null, p_taken_on date default null,
  p_reading_id bigint default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; t reading_attachment; v_type text; v_first jsonb := operation_repeat(p_operation_id, 'readings.attach');
begin
  if v_first is not null then return v_first; end if;
  v := reading_visit(p_visit_id, p_account_id);
  if length(p_content) > 10485760 then
    perform refuse('OK400', 'attachmentTooLarge', jsonb_build_object('max', 10485760));
  end if;
  -- By what the bytes are, whatever the name says.
  v_type := case when substr(p_content, 1, 3) = '\xffd8ff' then 'image/jpeg' when substr(p_content, 1, 8) = '\x89504e470d0a1a0a' then 'image/png'
    when substr(p_content, 1, 5) = '\x255044462d' then 'application/pdf' end;
  if v_type is null then
    perform refuse('OK400', 'attachmentType');
  end if;
  insert into reading_attachment (account_id, file_name, media_type, size, sha256, content, staff_id, visit_id, operation_id)
  values (p_account_id, left(p_file_name, 200), v_type, length(p_content), sha256(p_content), p_content, (current_staff()).id, v.id, p_operation_id) returning * into t;
  if p_reading_id is not null then
    update meter_reading set attachment_id = t.id where meter_id = p_meter_id and taken_on = p_taken_on and id = p_reading_id and account_id = p_account_id;
    if not found then
      perform refuse('OK404', 'reading');
    end if;
  end if;
  return operation_done(p_operation_id, 'readings.attach', v, jsonb_build_object('attachmentId', t.id, 'sha256', encode(t.sha256, 'hex'), 'mediaType', t.media_type, 'size', t.size),
    jsonb_build_object('account', (select number from account where id = p_account_id), 'mediaType', t.media_type, 'size', t.size), p_account_id);
end $$;

-- The bytes go out as base64 inside the answer; who looked is audited.
create function reading_attachment_open(p_visit_id bigint, p_attachment_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare t reading_attachment; v visit;
begin
  select * into t from reading_attachment where id = p_attachment_id;
  if not found then
    perform refuse('OK404', 'attachment');
  end if;
  v := reading_visit(p_visit_id, t.account_id);
  perform audit_record('readings.attachment', v.id, v.subscriber_id, jsonb_build_object('attachmentId', t.id, 'accountId', t.account_id));
  return jsonb_build_object('fileName', t.file_name, 'mediaType', t.media_type, 'sha256', encode(t.sha256, 'hex'), 'size', t.size, 'content', encode(t.content, 'base64'));
end $$;

------------------------------------------------------------------------------------------------------------------------ what a portal would say

create function reading_portal_verdict(p_visit_id bigint, p_account_id bigint, p_taken_on date, p_entries jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := reading_visit(p_visit_id, p_account_id);
begin
  if coalesce(jsonb_array_length(p_entries), 0) not between 1 and 40 then
    perform refuse('OK400', 'shape');
  end if;
  if exists (select from jsonb_array_elements(p_entries) e where not exists (select from meter m where m.id = (e ->> 'meterId')::bigint and m.account_id = p_account_id)) then
    perform refuse('OK403', 'meterOfAnotherAccount');
  end if;
  return (select jsonb_build_object('meters', jsonb_agg(jsonb_build_object('meterId', (e.x ->> 'meterId')::bigint, 'block', to_jsonb(g.blocks), 'warn', to_jsonb(g.warns), 'inform', to_jsonb(g.informs)) order by e.n))
    from jsonb_array_elements(p_entries) with ordinality e(x, n)
    join reading_judge_entries(p_entries, p_taken_on, 'portal', account_closed_through(p_account_id)) g on g.n = e.n);
end $$;

grant execute on function reading_save(uuid, bigint, bigint, date, text, jsonb, text) to okno_operator;
grant execute on function reading_sheet(bigint, bigint), reading_portal_verdict(bigint, bigint, date, jsonb), reading_acts(bigint, bigint), reading_attachment_open(bigint, bigint),
  reading_attach(uuid, bigint, bigint, text, bytea, bigint, date, bigint), reading_cancel(uuid, bigint, bigint, date, bigint, text, text),
  reading_correct(uuid, bigint, bigint, date, bigint, text, date, bigint[], text[]), reading_control(uuid, bigint, bigint, date, text, date, text, jsonb),
  meter_remove(uuid, bigint, bigint, bigint, text, date, date, bigint[], text[], text), meter_replace(uuid, bigint, bigint, bigint, text, date, date, bigint[], text[], text, jsonb),
  meter_seal(uuid, bigint, bigint, bigint, text, date, text, date), meter_break_seal(uuid, bigint, bigint, bigint, text, date),
  meter_no_access_act(uuid, bigint, bigint, bigint, text, date, text) to okno_operator, okno_supervisor;
grant execute on function reading_partitions_ahead() to okno_staff;


------------------------------------------------------------------------------------------------------------------------ what was taken in spite of a warning

create function reading_exceptions(p_from date, p_to date, p_state text, p_provider text default null, p_rule text default null, p_reason text default null, p_service text default null,
  p_meter_type text default null, p_staff_id int default null, p_after text default null, p_limit int default 50) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_after_on date := split_part(p_after, '|', 1)::date; v_after_id bigint := nullif(split_part(p_after, '|', 2), '')::bigint; v jsonb;
begin
  perform current_staff();
  if p_to < p_from or p_to - p_from > 370 or p_limit not between 1 and 200 then
    perform refuse('OK400', 'shape');
  end if;
  perform audit_record('readings.exceptions', null, null, jsonb_build_object('from', p_from, 'to', p_to, 'state', p_state));
  with found as materialized (
    select r.meter_id, r.taken_on, r.id, r.warnings, r.reasons, r.staff_id, m.service, meter_type_of(m.is_automatic, m.zones) as meter_type, p.code as provider
    from meter_reading r join meter m on m.id = r.meter_id join account a on a.id = r.account_id join provider p on p.id = a.provider_id
    where r.warnings <> '{}' and r.taken_on between p_from and p_to
      and case p_state when 'open' then r.review is null and r.status in ('entered', 'accepted', 'calculated') when 'cancelled' then r.status = 'cancelled'
        when 'all' then true else r.review = p_state and r.status <> 'cancelled' end
      and (p_provider is null or p.code = p_provider) and (p_rule is null or p_rule = any (r.warnings)) and (p_reason is null or p_reason = any (r.reasons))
      and (p_service is null or m.service = p_service) and (p_meter_type is null or meter_type_of(m.is_automatic, m.zones) = p_meter_type)
      and (p_staff_id is null or r.staff_id = p_staff_id)
  ), page as (
    select * from found where p_after is null or (taken_on, id) < (v_after_on, v_after_id) order by taken_on desc, id desc limit p_limit
  )
  select jsonb_build_object('total', (select count(*) from found),
    'counts', jsonb_build_object(
      'rule', (select coalesce(jsonb_object_agg(k, n), '{}') from (select k, count(*) as n from found, unnest(warnings) k group by k) x),
      'reason', (select coalesce(jsonb_object_agg(k, n), '{}') from (select k, count(*) as n from found, unnest(reasons) k group by k) x),
      'meterType', (select coalesce(jsonb_object_agg(k, n), '{}') from (select meter_type as k, count(*) as n from found group by 1) x),
      'service', (select coalesce(jsonb_object_agg(k, n), '{}') from (select service as k, count(*) as n from found group by 1) x),
      'provider', (select coalesce(jsonb_object_agg(k, n), '{}') from (select provider as k, count(*) as n from found group by 1) x),
      'staff', (select coalesce(jsonb_agg(jsonb_build_object('staffId', x.staff_id, 'staffName', s.full_name, 'n', x.n) order by x.n desc), '[]')
        from (select staff_id, count(*) as n from found where staff_id is not null group by 1) x join staff s on s.id = x.staff_id)),
    'next', (select taken_on || '|' || id from page order by taken_on, id limit 1),
    'rows', (select coalesce(jsonb_agg(jsonb_build_object('reading', jsonb_build_object('meterId', r.meter_id, 'takenOn', r.taken_on, 'readingId', r.id), 'accountId', a.id, 'accountNumber', a.number,
        'provider', pr.name, 'address', address_text(d, a.flat_as_printed), 'subscriberId', a.subscriber_id, 'serial', m.serial, 'service', m.service, 'meterType', g.meter_type,
        'decimals', m.decimals, 'values', reading_values(r), 'consumption', c.consumption, 'takenOn', r.taken_on, 'period', to_char(r.period, 'YYYY-MM'), 'enteredAt', r.entered_at,
        'channel', r.channel, 'status', r.status, 'warnings', r.warnings, 'reasons', r.reasons, 'staffId', r.staff_id, 'staffName', (select full_name from staff s where s.id = r.staff_id),
        'review', r.review, 'attachmentId', r.attachment_id) order by r.taken_on desc, r.id desc), '[]')
      from page g join meter_reading r on r.meter_id = g.meter_id and r.taken_on = g.taken_on and r.id = g.id join meter m on m.id = r.meter_id join account a on a.id = r.account_id
      join provider pr on pr.id = a.provider_id join address d on d.id = a.address_id
      left join lateral (
        select case when bool_and(now.v >= was.v) then jsonb_agg(round((now.v - was.v) * m.ratio) order by now.o) end as consumption
        from (select array_remove(array[b.t1, b.t2, b.t3], null) as t from meter_reading b where b.meter_id = r.meter_id and b.taken_on < r.taken_on
                and b.status in ('entered', 'accepted', 'calculated') order by b.taken_on desc limit 1) b,
          unnest(array_remove(array[r.t1, r.t2, r.t3], null)) with ordinality now(v, o) join unnest(b.t) with ordinality was(v, o) on was.o = now.o) c on true)) into v;
  if jsonb_array_length(v -> 'rows') < p_limit then
    v := v || '{"next": null}';
  end if;
  return v;
end $$;

-- p_readings: [{meterId, takenOn, readingId}]. What can't be done is told row by row; the others are done.
create function reading_review(p_operation_id uuid, p_readings jsonb, p_decision text, p_comment text default null) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_none visit; x record; r meter_reading; v_done int := 0; v_skipped jsonb := '[]'; v_first jsonb := operation_repeat(p_operation_id, 'readings.review');
begin
  if v_first is not null then return v_first; end if;
  if p_decision not in ('accept', 'orderControl', 'cancel') or jsonb_array_length(p_readings) not between 1 and 500 or length(p_comment) > 300 then
    perform refuse('OK400', 'shape');
  end if;
  perform from meter where id in (select (e ->> 'meterId')::bigint from jsonb_array_elements(p_readings) e) order by id for update;
  for x in select * from jsonb_to_recordset(p_readings) e("meterId" bigint, "takenOn" date, "readingId" bigint) loop
    select * into r from meter_reading m where m.meter_id = x."meterId" and m.taken_on = x."takenOn" and m.id = x."readingId";
    if not found or r.status not in ('entered', 'accepted', 'calculated') or r.review = 'accepted' and p_decision = 'accept' then
      v_skipped := v_skipped || jsonb_build_object('readingId', x."readingId", 'reason',
        case when r.id is null then 'notFound' when r.status = 'cancelled' then 'alreadyCancelled' when r.status not in ('entered', 'accepted', 'calculated') then 'notInForce' else 'alreadyReviewed' end);
      continue;
    end if;
    update meter_reading m set
      review = case p_decision when 'accept' then 'accepted' when 'orderControl' then 'controlOrdered' else review end, reviewed_by = v_staff.id,
      status = case when p_decision = 'cancel' then 'cancelled' else status end,
      status_reason = case when p_decision = 'cancel' then 'review' || coalesce(': ' || nullif(trim(p_comment), ''), '') else status_reason end
      where m.meter_id = r.meter_id and m.taken_on = r.taken_on and m.id = r.id;
    v_done := v_done + 1;
  end loop;
  return operation_done(p_operation_id, 'readings.review', v_none, jsonb_build_object('done', v_done, 'skipped', v_skipped),
    jsonb_build_object('decision', p_decision, 'done', v_done, 'skipped', jsonb_array_length(v_skipped), 'comment', nullif(trim(p_comment), '')));
end $$;

-- Changes of rules that make sense: known rules, levels and meters. The shape is the contract's; this is for whoever asks past it.
create function reading_rules_require(p_rules jsonb) returns void language plpgsql as $$
begin
  if jsonb_typeof(p_rules) <> 'array' or jsonb_array_length(p_rules) > 200 or exists (
    select from jsonb_array_elements(p_rules) e where not coalesce(reading_rule_book() ? (e ->> 'rule'), false)
      or coalesce(e ->> 'service' not in ('cold_water', 'hot_water', 'electricity', 'gas', 'heat'), false) or coalesce(e ->> 'meterType' not in ('general', 'zones', 'automatic'), false)
      or exists (select from jsonb_each_text(e) f where f.key in ('desk', 'portal', 'register') and f.value not in ('block', 'warn', 'inform', 'off'))
      or exists (select from jsonb_each(coalesce(e -> 'thresholds', '{}')) t where jsonb_typeof(t.value) <> 'number' or (t.value)::numeric not between 0 and 1e12)
      or length(e ->> 'text') > 300) then
    perform refuse('OK400', 'ruleUnknown');
  end if;
end $$;

-- What other limits would have flagged: readings of a provider taken in a month (at most 20,000 of them), judged again by the present rules and by the tried ones.
do $do$
declare
  v_source text := $s$select row_number() over (order by r.id)::int as n, r.meter_id, array_remove(array[r.t1, r.t2, r.t3], null) as vals, r.taken_on, r.is_control, 'desk'::text as audience,
      null::date as closed, office_today() as today, true as own, null::bigint[] as without
    from (select r.* from meter_reading r join meter m on m.id = r.meter_id join account a on a.id = m.account_id
          where r.taken_on >= p_from and r.taken_on < (p_from::timestamp + interval '1 month')::date and r.status in ('entered', 'accepted', 'calculated') and a.provider_id = p_provider_id
          order by r.taken_on, r.id limit 20000) r$s$;
begin
  execute format($f$
    create function reading_judge_month(p_provider_id int, p_from date, p_policy jsonb)
    returns table (n int, consumption bigint[], counts_for date, blocks text[], warns text[], informs text[]) language sql stable as $b$ %s $b$ $f$,
    reading_judge_text(v_source, 'select null::bigint, null::int, null::bigint, null::bigint, null::bigint, null::boolean, null::boolean, false where false',
      '(select p_provider_id as provider_id, x.* from reading_settings_of(p_policy) x)', $s$(p_from::timestamp - interval '15 months')::date$s$));
  execute format($f$
    create function reading_month_rows(p_provider_id int, p_from date) returns table (n int, meter_id bigint, taken_on date, id bigint) language sql stable as $b$
      select row_number() over (order by r.id)::int, r.meter_id, r.taken_on, r.id from (%s) r $b$ $f$,
    $s$select r.* from meter_reading r join meter m on m.id = r.meter_id join account a on a.id = m.account_id
          where r.taken_on >= p_from and r.taken_on < (p_from::timestamp + interval '1 month')::date and r.status in ('entered', 'accepted', 'calculated') and a.provider_id = p_provider_id
          order by r.taken_on, r.id limit 20000$s$);
end $do$;

-- A whole month at once: joined with the months, not looked up in them meter by meter (see register_merge_readings).
create function reading_preview_rules(p_provider text, p_rules jsonb, p_period date) returns jsonb language plpgsql security definer set search_path = public, pg_temp
  set plan_cache_mode = force_custom_plan set enable_nestloop = off set work_mem = '64MB' as $$
declare p provider;
begin
  perform current_staff();
  select * into p from provider where code = p_provider;
  if not found then
    perform refuse('OK404', 'provider');
  end if;
  perform reading_rules_require(p_rules);
  return (
    with present as materialized (
      select n, array(select distinct split_part(w, '|', 1) from unnest(blocks || warns) w order by 1) as rules from reading_judge_month(p.id, p_period, p.profile -> 'readings')
    ), tried as materialized (
      select n, array(select distinct split_part(w, '|', 1) from unnest(blocks || warns) w order by 1) as rules
      from reading_judge_month(p.id, p_period, jsonb_set(p.profile -> 'readings', '{rules}', p_rules))
    )
    select jsonb_build_object('readings', (select count(*) from present),
      'before', (select coalesce(jsonb_object_agg(k, c), '{}') from (select k, count(*) as c from present, unnest(rules) k group by k) x),
      'after', (select coalesce(jsonb_object_agg(k, c), '{}') from (select k, count(*) as c from tried, unnest(rules) k group by k) x),
      'changed', (select coalesce(jsonb_agg(jsonb_build_object('reading', jsonb_build_object('meterId', m.id, 'takenOn', x.taken_on, 'readingId', x.id), 'accountNumber', a.number, 'serial', m.serial,
          'before', b.rules, 'after', t.rules) order by b.n), '[]')
        from (select b.n, b.rules from present b join tried t on t.n = b.n where b.rules <> t.rules order by b.n limit 50) b join tried t on t.n = b.n
        join reading_month_rows(p.id, p_period) x on x.n = b.n join meter m on m.id = x.meter_id join account a on a.id = m.account_id)));
end $$;

create function reading_tune_rules(p_operation_id uuid, p_provider text, p_rules jsonb, p_version int) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare p provider; v_none visit; v_first jsonb := operation_repeat(p_operation_id, 'readings.tuneRules');
begin
  if v_first is not null then return v_first; end if;
  select * into p from provider where code = p_provider for update;
  if not found then
    perform refuse('OK404', 'provider');
  end if;
  perform reading_rules_require(p_rules);
  if p.version <> p_version then
    perform refuse('OK409', 'changedByAnotherDesk', jsonb_build_object('current', jsonb_build_object('version', p.version, 'rules', coalesce(p.profile -> 'readings' -> 'rules', '[]'))));
  end if;
  update provider set profile = jsonb_set(profile, '{readings,rules}', p_rules), version = version + 1 where id = p.id;
  return operation_done(p_operation_id, 'readings.tuneRules', v_none, jsonb_build_object('version', p.version + 1),
    jsonb_build_object('provider', p.code, 'from', coalesce(p.profile -> 'readings' -> 'rules', '[]'), 'to', p_rules));
end $$;

-- Facts of the notice about verification: the meters of an account whose term has ended or ends soon.
create function reading_verification_facts(p_visit_id bigint, p_account_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := reading_visit(p_visit_id, p_account_id); v_facts jsonb;
begin
  select jsonb_build_object('today', office_today(), 'issuedAt', now(), 'accountNumber', a.number, 'address', address_text(d, a.flat_as_printed), 'subscriberName', subscriber_name(s),
      'operatorName', (current_staff()).full_name, 'office', (select name from office order by id limit 1),
      'provider', jsonb_build_object('name', p.name, 'legalName', p.legal_name, 'address', p.address, 'phone', p.phone, 'site', p.site),
      'policy', p.profile -> 'readings',
      'meters', (select coalesce(jsonb_agg(jsonb_build_object('meterId', m.id, 'serial', m.serial, 'service', m.service, 'verifiedUntil', m.verified_until,
          'state', case when m.verified_until < office_today() then 'expired' else 'endsSoon' end) order by m.verified_until, m.id), '[]')
        from meter m join reading_setting t on t.provider_id = p.id and t.service = m.service and t.meter_type = meter_type_of(m.is_automatic, m.zones)
        where m.account_id = a.id and m.removed_on is null and m.verified_until <= office_today() + t.soon_days::int)) into v_facts
    from account a, provider p, address d, subscriber s where a.id = p_account_id and p.id = a.provider_id and d.id = a.address_id and s.id = a.subscriber_id;
  if jsonb_array_length(v_facts -> 'meters') = 0 then
    perform refuse('OK409', 'nothingToNotice');
  end if;
  return v_facts;
end $$;

create function reading_notice_issue(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_medium text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_facts jsonb; v_first jsonb := operation_repeat(p_operation_id, 'readings.printVerificationNotice');
begin
  if v_first is not null then return v_first; end if;
  v := reading_visit(p_visit_id, p_account_id);
  v_facts := reading_verification_facts(p_visit_id, p_account_id);
  if p_medium is null or p_medium not in ('print', 'save') then
    perform refuse('OK400', 'medium');
  end if;
  return operation_done(p_operation_id, 'readings.printVerificationNotice', v, jsonb_build_object('account', v_facts -> 'accountNumber'),
      jsonb_build_object('account', v_facts -> 'accountNumber', 'meters', jsonb_array_length(v_facts -> 'meters'), 'medium', p_medium), p_account_id)
    || jsonb_build_object('content', v_facts);
end $$;

insert into delivering_operation values ('readings.printVerificationNotice');

grant execute on function reading_exceptions(date, date, text, text, text, text, text, text, int, text, int), reading_review(uuid, jsonb, text, text),
  reading_preview_rules(text, jsonb, date), reading_tune_rules(uuid, text, jsonb, int) to okno_supervisor;
grant execute on function reading_verification_facts(bigint, bigint), reading_notice_issue(uuid, bigint, bigint, text) to okno_operator, okno_supervisor;

reset role;
