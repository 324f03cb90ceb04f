-- Readings in full: partitions by month, meters that are replaced and sealed, acts, attachments, rules as data, and the judge: the same rules as
-- src/shared/domain/reading-rules.ts (test/main/features/readings/judge.test.ts compares the two on thousands of random readings).
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
  -- No foreign keys: of a register they would be two thirds of its rows' way in. A meter that was read is kept by meter_read_stays, its account and the staff by the
  -- keys of the meter and of the operation.
  id bigint not null default nextval('reading_id'),
  meter_id bigint not null,
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
  reviewed_by int,
  replaces_id bigint,
  attachment_id bigint,
  act_number text,
  staff_id int,
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
-- With what the judge compares: the year before a reading is read from the index alone.
create unique index meter_reading_one_a_day on meter_reading (meter_id, taken_on) include (t1, t2, t3, is_control, review) where status in ('entered', 'accepted', 'calculated');
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
create function meter_read_stays() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if exists (select from meter_reading where meter_id = old.id) then
    raise foreign_key_violation using message = 'the meter has readings';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger meter_read_stays before delete or update of id on meter for each row execute function meter_read_stays();
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
-- Asked for by each reading; unpacking would cost more than looking it up.
alter table reading_setting alter column desk_levels set storage plain, alter column portal_levels set storage plain, alter column register_levels set storage plain;

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

-- What is known of a meter's dial, by day; a day has one reading in force.
create type reading_past as (days date[], t1 bigint[], t2 bigint[], t3 bigint[], controls boolean[], disputes boolean[]);

-- What the rules say of one reading. `water` to `cap` only of a single dial of water that does not show what was expected: whether cold and hot were swapped is a matter of two of them.
-- `is_there`: the meter has another reading of this day.
create type reading_judgement as (vals bigint[], is_there boolean, consumption bigint[], counts_for date, blocks text[], warns text[], informs text[],
  water text, swapped_level text, value bigint, before bigint, low bigint, high bigint, cap bigint);

create function reading_in_window(p_on date, p_from int, p_to int) returns boolean language sql immutable parallel safe
return case when p_from <= p_to then date_part('day', p_on) >= p_from and p_on <= reading_last_day(date_trunc('month', p_on::timestamp)::date, 1, p_to, 0)
  else date_part('day', p_on) >= p_from or date_part('day', p_on) <= p_to end;

-- How far a dial went between two of its readings, over the turn where that is possible; steps back add nothing.
create function reading_path(p_dial bigint[], p_days date[], p_from int, p_to int, p_cap bigint, p_turn float8, p_ratio float8, p_monthly float8) returns bigint
language plpgsql immutable parallel safe as $$
declare v_sum bigint := 0; v bigint; v_before bigint := p_dial[p_from];
begin
  for g in p_from + 1 .. p_to loop
    v := p_dial[g];
    if v >= v_before then
      v_sum := v_sum + (v - v_before);
    elsif v_before >= p_turn and (v + p_cap - v_before) * p_ratio <= floor(p_monthly * greatest(30, p_days[g] - p_days[g - 1]) / 30 + 0.5) then
      v_sum := v_sum + (v + p_cap - v_before);
    end if;
    v_before := v;
  end loop;
  return v_sum;
end $$;

-- What a dial had counted on a day, even consumption between two readings; null outside the known days.
create function reading_total_on(p_dial bigint[], p_days date[], p_from int, p_to int, p_on date, p_cap bigint, p_turn float8, p_ratio float8, p_monthly float8) returns float8
language plpgsql immutable parallel safe as $$
declare j int := greatest(p_from, width_bucket(p_on - 1, p_days) + 1); v_after bigint; v_before bigint;
begin
  if j > p_to or p_days[j] > p_on and j = p_from then
    return null;
  end if;
  v_after := reading_path(p_dial, p_days, p_from, j, p_cap, p_turn, p_ratio, p_monthly);
  if p_days[j] = p_on then
    return v_after;
  end if;
  v_before := reading_path(p_dial, p_days, p_from, j - 1, p_cap, p_turn, p_ratio, p_monthly);
  return v_before + ((v_after - v_before)::float8 * (p_on - p_days[j - 1])) / (p_days[j] - p_days[j - 1]);
end $$;

-- The rules of reading-rules.ts over one reading. p_past: the readings of the meter in force by day, those of the 15 months before at least, and one before them when there is none in them;
-- p_own: it holds this reading itself.
-- Statement by statement: as one query it took longer to set up than all else a save does. An expression is set up once a transaction, which costs more than to evaluate it:
-- what is seldom true is asked for at once, and told apart only then.
create function reading_judge(m meter, s reading_setting, p_past reading_past, p_residents int, p_acts int, p_values bigint[], p_on date, p_is_control boolean, p_audience text, p_closed date,
  p_today date, p_own boolean) returns reading_judgement language plpgsql stable parallel safe as $$
declare
  o reading_judgement; v_days constant date[] := p_past.days; v_zones constant int := m.zones; v_cap constant bigint := 1000 * (10 ^ m.digits)::bigint; v_step constant bigint := (10 ^ (3 - m.decimals))::bigint;
  v_ratio constant float8 := m.ratio; v_turn constant float8 := v_cap * s.rollover_from; v_day constant int := date_part('day', p_on);
  v_month date := p_on - (v_day - 1); v_natural date; v_counted_from date; v_is_outside boolean; v_counts_for date; v_horizon constant date := p_on::timestamp - interval '15 months'; i constant int := coalesce(width_bucket(p_on - 1, v_days), 0);
  nx constant int := coalesce(width_bucket(p_on, v_days), 0) + 1; v_fits boolean; v_said text[]; v_previous date; v_gap int; v_most float8; lo int; f int; c int; v_dial bigint[]; v bigint;
  v_before bigint; v_used bigint; v_usual float8; v_year float8; v_base float8; v_low bigint; v_expected bigint; v_high bigint; v_is_above boolean; v_control bigint; v_control_day date; v_next bigint;
  v_consumption bigint[]; v_total bigint; v_idle int; v_is_partial boolean; v_is_unknown boolean; v_idle_said text[]; v_periods int; v_levels jsonb; v_level text; v_text text;
  v_blocks text[]; v_warns text[]; v_informs text[];
begin
  ---- the values themselves
  v_fits := cardinality(p_values) = v_zones and 0 <= all (p_values) and v_cap > all (p_values) and p_values[1] % v_step = 0
    and (v_zones < 2 or p_values[2] % v_step = 0 and (v_zones < 3 or p_values[3] % v_step = 0));
  if v_fits is not true then
    v_fits := false;
    if cardinality(p_values) <> v_zones then
      v_said := v_said || concat_ws('|', 'zonesMissing', '', v_zones, cardinality(p_values));
    else
      for z in 1 .. v_zones loop
        v := p_values[z];
        if v is null or v < 0 then
          v_said := v_said || ('invalidValue|' || z - 1);
        elsif v >= v_cap then
          v_said := v_said || concat_ws('|', 'exceedsCapacity', z - 1, m.digits);
        elsif v % v_step <> 0 then
          v_said := v_said || concat_ws('|', 'tooManyDecimals', z - 1, m.decimals);
        end if;
      end loop;
    end if;
  end if;

  ---- its period
  if s.from_day <= s.to_day and s.to_day + s.grace_days < 29 then
    -- A window within a month, as nearly all are.
    v_counted_from := case when v_day <= s.to_day + s.grace_days then v_month - interval '1 month' else v_month end + (s.to_day + s.grace_days) * interval '1 day';
    v_natural := case when v_day <= s.to_day + s.grace_days then v_month else v_month + interval '1 month' end;
    v_is_outside := v_day < s.from_day or v_day > s.to_day;
  else
    v_natural := reading_natural_period(p_on, s.from_day, s.to_day, s.grace_days);
    v_counted_from := reading_last_day((v_natural::timestamp - interval '1 month')::date, s.from_day, s.to_day, s.grace_days) + 1;
    v_is_outside := not reading_in_window(p_on, s.from_day, s.to_day);
  end if;
  v_counts_for := v_natural;

  ---- what does not depend on other readings
  if p_on > p_today or p_on < m.installed_on or p_on > m.removed_on or v_natural <= p_closed or m.verified_until - p_on <= s.soon_days or v_is_outside
     or not p_is_control and (not m.is_commissioned or m.is_automatic or p_on >= m.seal_broken_on or p_acts >= s.acts_needed) then
    if p_on > p_today then
      v_said := v_said || ('dateInFuture||' || p_today);
    end if;
    if p_on < m.installed_on then
      v_said := v_said || ('beforeInstallation||' || m.installed_on);
    end if;
    if p_on > m.removed_on then
      v_said := v_said || ('meterRemoved||' || m.removed_on);
    end if;
    if v_natural <= p_closed then
      v_counts_for := p_closed::timestamp + interval '1 month';
      v_said := v_said || concat_ws('|', 'periodClosed', '', to_char(v_natural, 'YYYY-MM'), to_char(p_closed, 'YYYY-MM'), to_char(v_counts_for, 'YYYY-MM'));
    end if;
    if not p_is_control then
      if not m.is_commissioned then
        v_said := v_said || 'notCommissioned|'::text;
      end if;
      if m.is_automatic then
        v_said := v_said || 'automaticMeter|'::text;
      end if;
      if p_on >= m.seal_broken_on then
        v_said := v_said || ('sealBroken||' || m.seal_broken_on);
      end if;
      if p_acts >= s.acts_needed then
        v_said := v_said || ('controlReadingRequired||' || p_acts);
      end if;
    end if;
    if m.verified_until < p_on then
      v_said := v_said || ('verificationExpired||' || m.verified_until);
    elsif m.verified_until - p_on <= s.soon_days then
      v_said := v_said || concat_ws('|', 'verificationEndsSoon', '', m.verified_until, m.verified_until - p_on);
    end if;
    if v_is_outside then
      v_said := v_said || concat_ws('|', 'outsideWindow', '', s.from_day, s.to_day, to_char(v_counts_for, 'YYYY-MM'));
    end if;
  end if;

  if v_fits then
    if i > 0 then
      v_previous := v_days[i];
      v_gap := least(p_on - v_previous, 100000);
      v_most := floor(s.monthly * greatest(30, v_gap) / 30 + 0.5);
      -- Of a meter silent for more than 15 months only what the dial showed last is known.
      f := width_bucket(greatest(v_horizon, v_previous - 366) - 1, v_days) + 1;
      v_total := 0;
      v_idle := 0;
    end if;

    ---- each dial beside what it showed before and after
    for z in 1 .. v_zones loop
      v := p_values[z];
      v_dial := case z when 1 then p_past.t1 when 2 then p_past.t2 else p_past.t3 end;
      if i > 0 then
        v_before := v_dial[i];
        v_used := case when v >= v_before then floor((v - v_before) * v_ratio + 0.5)
          when v_before >= v_turn and (v + v_cap - v_before) * v_ratio <= v_most then floor((v + v_cap - v_before) * v_ratio + 0.5) end;
        v_usual := null;
        v_is_above := false;
        if f < i then
          v_usual := reading_path(v_dial, v_days, f, i, v_cap, v_turn, v_ratio, s.monthly)::float8 / (v_days[i] - v_days[f]) * greatest(1, v_gap);
        end if;
        if m.service = 'heat' and v_previous >= v_horizon then
          lo := width_bucket(v_horizon - 1, v_days) + 1;
          v_year := reading_total_on(v_dial, v_days, lo, i, (p_on::timestamp - interval '12 months')::date, v_cap, v_turn, v_ratio, s.monthly)
            - reading_total_on(v_dial, v_days, lo, i, (v_previous::timestamp - interval '12 months')::date, v_cap, v_turn, v_ratio, s.monthly);
          v_usual := coalesce(v_year, v_usual);
        end if;
        if v_usual is not null then
          v_base := v_usual * greatest(1, s.fewest_days / greatest(1, v_gap)) * v_ratio;
          v_is_above := v_used > greatest(v_base * s.factor, v_base + v_most * s.share_of_cap);
          if v_is_above then
            -- The same days of last year may have been as hungry.
            lo := width_bucket(v_horizon - 1, v_days) + 1;
            v_year := reading_total_on(v_dial, v_days, lo, i, (p_on::timestamp - interval '12 months')::date, v_cap, v_turn, v_ratio, s.monthly)
              - reading_total_on(v_dial, v_days, lo, i, (v_previous::timestamp - interval '12 months')::date, v_cap, v_turn, v_ratio, s.monthly);
            if v_year > v_usual then
              v_base := v_year * greatest(1, s.fewest_days / greatest(1, v_gap)) * v_ratio;
              v_is_above := v_used > greatest(v_base * s.factor, v_base + v_most * s.share_of_cap);
            end if;
          end if;
          if v_used is null or v_is_above or v_zones = 1 and (m.service = 'cold_water' or m.service = 'hot_water') then
            v_low := (floor((v_before + v_usual / 2) / v_step) * v_step)::bigint % v_cap;
            v_high := (ceil((v_before + v_usual * 2) / v_step) * v_step)::bigint % v_cap;
            if v_zones = 1 and (m.service = 'cold_water' or m.service = 'hot_water')
               and not (v - v_before + v_cap) % v_cap between (v_low - v_before + v_cap) % v_cap and (v_high - v_before + v_cap) % v_cap then
              o.water := m.service; o.value := v; o.before := v_before; o.low := v_low; o.high := v_high; o.cap := v_cap;
            end if;
          end if;
        end if;
        if z = 1 then
          v_is_unknown := v_usual is null;
        end if;

        if v_used is null or v_used = 0 or v < v_before or v_is_above or v_used * s.below_factor < floor(v_usual * v_ratio + 0.5) then
          v_control := null;
          if v_used is null then
            if not p_is_control then
              -- Below the latest control reading is no matter of opinion when the dial has only gone forward since.
              lo := width_bucket(v_horizon - 1, v_days) + 1;
              c := i;
              while c > 0 and c >= least(lo, i) loop
                if p_past.controls[c] then
                  v_control := v_dial[c];
                  v_control_day := v_days[c];
                  exit;
                end if;
                exit when c = 1 or v_dial[c] < v_dial[c - 1];
                c := c - 1;
              end loop;
            end if;
            if v < v_control then
              v_said := v_said || concat_ws('|', 'belowControl', z - 1, v_control, v_control_day);
            else
              v_said := v_said || concat_ws('|', 'belowPrevious', z - 1, v_before, v_previous);
            end if;
          elsif v < v_before then
            v_said := v_said || concat_ws('|', 'rollover', z - 1, v_used);
          end if;
          if v_is_above then
            v_said := v_said || concat_ws('|', 'aboveUsual', z - 1, v_before, v_previous, v_used, floor(v_usual * v_ratio + 0.5)::bigint, v_gap);
          elsif v_used > 0 and v_used * s.below_factor < floor(v_usual * v_ratio + 0.5) then
            v_said := v_said || concat_ws('|', 'belowUsual', z - 1, v_before, v_previous, v_used, floor(v_usual * v_ratio + 0.5)::bigint, v_gap);
          end if;
          if v_usual is not null and (v_is_above or v_used is null and coalesce(v >= v_control, true)) then
            v_expected := (floor((v_before + v_usual) / v_step + 0.5) * v_step)::bigint % v_cap;
            v_text := reading_mistyped(v_step, v_cap, v_low, v_expected, v_high, v_before, v);
            if v_text is not null then
              v_said := v_said || concat_ws('|', 'looksMistyped', z - 1, v_text);
            end if;
          end if;
          if v_used is null then
            v_is_partial := true;
          elsif v_used = 0 then
            v_idle := v_idle + 1;
            v_idle_said := v_idle_said || concat_ws('|', 'zeroConsumption', z - 1, v_previous, v_gap);
          end if;
        end if;
        v_consumption := v_consumption || v_used;
        v_total := v_total + coalesce(v_used, 0);
      end if;
      -- A backdated reading lies below the one after it.
      if v_dial[nx] < v then
        v_next := v_dial[nx];
        if v >= v_turn and (v_next + v_cap - v) * v_ratio <= floor(s.monthly * greatest(30, v_days[nx] - p_on) / 30 + 0.5) then
          v_said := v_said || concat_ws('|', 'rollover', z - 1, floor((v_next + v_cap - v) * v_ratio + 0.5)::bigint);
        else
          v_said := v_said || concat_ws('|', 'aboveNext', z - 1, v_next, v_days[nx]);
        end if;
      end if;
    end loop;

    ---- the caps, no consumption, a long silence and a doubted past concern the meter, not one dial
    if i = 0 then
      v_said := v_said || 'firstReading|'::text;
    elsif v_total > v_most or v_is_unknown or p_past.disputes[i] or v_idle > 0 or v_gap > s.silence_months * 28 then
      if v_total > v_most then
        v_said := v_said || concat_ws('|', 'aboveMaximum', '', v_total, v_most::bigint, v_gap);
      end if;
      if v_is_unknown and s.norm > 0 and p_residents > 0 and v_total > floor(s.norm * p_residents * greatest(30, v_gap) / 30 + 0.5) * s.norm_factor then
        v_said := v_said || concat_ws('|', 'aboveNorm', '', v_total, floor(s.norm * p_residents * greatest(30, v_gap) / 30 + 0.5)::bigint);
      end if;
      if p_past.disputes[i] then
        v_said := v_said || ('previousDisputed||' || v_previous);
      end if;
      if not p_is_control and (v_previous + s.silence_months * interval '1 month')::date < p_on then
        v_said := v_said || concat_ws('|', 'longSilence', '', v_previous, v_gap);
      end if;
      if v_idle < v_zones then
        v_said := v_said || v_idle_said;
      else
        v_periods := 1;
        v_month := date_trunc('month', v_previous::timestamp);
        lo := width_bucket(v_horizon - 1, v_days) + 1;
        c := i - 1;
        while c >= lo loop
          exit when p_past.t1[c] <> p_past.t1[i] or p_past.t2[c] <> p_past.t2[i] or p_past.t3[c] <> p_past.t3[i];
          if v_days[c] < v_month then
            v_periods := v_periods + 1;
            v_month := date_trunc('month', v_days[c]::timestamp);
          end if;
          c := c - 1;
        end loop;
        if v_periods >= s.zero_periods and s.desk_levels ->> 'zeroConsumptionRepeated' <> 'off' then
          v_said := v_said || concat_ws('|', 'zeroConsumptionRepeated', '', v_previous, v_gap, v_periods);
        else
          v_said := v_said || concat_ws('|', 'zeroConsumption', '', v_previous, v_gap);
        end if;
      end if;
    end if;

    ---- another reading of the same day, or of the same bill
    if not p_is_control and v_days[cardinality(v_days)] >= v_counted_from then
      c := nx - 1;
      if not p_own and v_days[c] = p_on and p_past.controls[c]
         and (p_values[1] <> p_past.t1[c] or v_zones > 1 and p_values[2] <> p_past.t2[c] or v_zones > 2 and p_values[3] <> p_past.t3[c]) then
        v_said := v_said || ('controlSameDay||' || p_past.t1[c]);
      else
        c := width_bucket(reading_last_day(v_natural, s.from_day, s.to_day, s.grace_days), v_days);
        if p_own and v_days[c] = p_on then
          c := c - 1;
        end if;
        if v_days[c] >= v_counted_from and coalesce(v_days[c] > m.installed_on, true) then
          v_said := v_said || concat_ws('|', case when p_values[1] <> p_past.t1[c] or v_zones > 1 and p_values[2] <> p_past.t2[c] or v_zones > 2 and p_values[3] <> p_past.t3[c]
            then 'secondInPeriod' else 'sameAsAccepted' end, '', v_days[c], to_char(v_natural, 'YYYY-MM'), p_past.t1[c]);
        end if;
      end if;
    end if;
  end if;

  ---- how much each matters to who asks
  if v_said is not null then
    v_levels := case p_audience when 'portal' then s.portal_levels when 'register' then s.register_levels else s.desk_levels end;
    foreach v_text in array v_said loop
      v_level := v_levels ->> split_part(v_text, '|', 1);
      if v_level = 'warn' then
        v_warns := v_warns || v_text;
      elsif v_level = 'block' then
        v_blocks := v_blocks || v_text;
      elsif v_level = 'inform' then
        v_informs := v_informs || v_text;
      end if;
    end loop;
  end if;
  if o.water is not null then
    o.swapped_level := case p_audience when 'portal' then s.portal_levels when 'register' then s.register_levels else s.desk_levels end ->> 'looksSwapped';
  end if;
  return row(p_values, v_days[nx - 1] = p_on, case when v_is_partial then null else v_consumption end, v_counts_for, coalesce(v_blocks, '{}'), coalesce(v_warns, '{}'), coalesce(v_informs, '{}'),
    o.water, o.swapped_level, o.value, o.before, o.low, o.high, o.cap);
end $$;

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
create function reading_long_ago(p_meter_id bigint, p_before date, p_zones int) returns setof meter_reading language plpgsql stable parallel safe rows 1 as $$
begin
  return query select r.* from meter_reading r where r.meter_id = p_meter_id and r.taken_on < p_before and r.status in ('entered', 'accepted', 'calculated')
    and num_nonnulls(r.t1, r.t2, r.t3) = p_zones order by r.taken_on desc limit 1;
end $$;

-- Without readings of another number of zones: they say nothing of these dials.
create function reading_past_fitting(h reading_past, p_zones int) returns reading_past language sql immutable parallel safe as $$
  select row(array_agg(u.d order by u.d), array_agg(u.t1 order by u.d), array_agg(u.t2 order by u.d), array_agg(u.t3 order by u.d), array_agg(u.c order by u.d), array_agg(u.x order by u.d))::reading_past
  from unnest(h.days, h.t1, h.t2, h.t3, h.controls, h.disputes) u(d, t1, t2, t3, c, x) where num_nonnulls(u.t1, u.t2, u.t3) = p_zones
$$;

-- The rest of a meter's past beside the readings from p_since on: what the dial showed when it was put in, and the last one before when nothing is known before p_first, the first day judged.
-- p_fits: all of them have as many zones as the meter. p_has_older: anybody has readings before p_since; looking for one costs a millisecond, a register has a million meters.
create function reading_past_whole(m meter, h reading_past, p_since date, p_first date, p_fits boolean, p_has_older boolean default true) returns reading_past language plpgsql stable parallel safe as $$
declare v_at int; r meter_reading; v_day date; v constant bigint[] := m.initial;
begin
  if not p_fits then
    h := reading_past_fitting(h, m.zones);
  end if;
  if v is not null and cardinality(v) = m.zones and m.installed_on >= p_since and coalesce(m.installed_on <> all (h.days), true) then
    v_at := coalesce(width_bucket(m.installed_on, h.days), 0);
    h.days := h.days[:v_at] || m.installed_on || h.days[v_at + 1:];
    h.t1 := h.t1[:v_at] || v[1] || h.t1[v_at + 1:];
    h.t2 := h.t2[:v_at] || v[2] || h.t2[v_at + 1:];
    h.t3 := h.t3[:v_at] || v[3] || h.t3[v_at + 1:];
    h.controls := h.controls[:v_at] || false || h.controls[v_at + 1:];
    h.disputes := h.disputes[:v_at] || false || h.disputes[v_at + 1:];
  end if;
  if coalesce(h.days[1] >= p_first, true) then
    if p_has_older then
      select x.* into r from reading_long_ago(m.id, p_since, m.zones) x;
    end if;
    if r.taken_on is not null and coalesce(r.taken_on >= m.installed_on or m.installed_on >= p_since or v is null or cardinality(v) <> m.zones, true) then
      h := row(r.taken_on || h.days, r.t1 || h.t1, r.t2 || h.t2, r.t3 || h.t3, r.is_control || h.controls, (r.review is not distinct from 'controlOrdered') || h.disputes);
    elsif v is not null and cardinality(v) = m.zones and m.installed_on < p_since then
      h := row(m.installed_on || h.days, v[1] || h.t1, v[2] || h.t2, v[3] || h.t3, false || h.controls, false || h.disputes);
    end if;
  end if;
  return h;
end $$;

-- Cold and hot water written into each other's place: each fits the other meter.
create function reading_swapped(cold reading_judgement, hot reading_judgement) returns boolean language sql immutable parallel safe
return coalesce(cold.water = 'cold_water' and hot.water = 'hot_water'
  and (hot.value - cold.before + cold.cap) % cold.cap between (cold.low - cold.before + cold.cap) % cold.cap and (cold.high - cold.before + cold.cap) % cold.cap
  and (cold.value - hot.before + hot.cap) % hot.cap between (hot.low - hot.before + hot.cap) % hot.cap and (hot.high - hot.before + hot.cap) % hot.cap, false);

create function reading_told_swapped(j reading_judgement) returns reading_judgement language plpgsql immutable parallel safe as $$
begin
  case j.swapped_level
    when 'block' then j.blocks := j.blocks || 'looksSwapped|'::text;
    when 'warn' then j.warns := j.warns || 'looksSwapped|'::text;
    when 'inform' then j.informs := j.informs || 'looksSwapped|'::text;
    else null;
  end case;
  return j;
end $$;

-- The readings of one account and day, each judged beside the others, in their order. p_entries: [{meterId, values}].
create function reading_judge_entries(p_entries jsonb, p_taken_on date, p_audience text, p_closed date, p_is_control boolean, p_today date) returns reading_judgement[] language plpgsql stable
  -- A month that was empty when the plan was made would be read whole ever after.
  set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  e record; h reading_past; v_all reading_judgement[]; v_until constant date := p_today + 31; v_since constant date := p_taken_on::timestamp - interval '15 months'; v_typed bigint[]; v_water int := 0;
  v_is_there boolean;
begin
  for e in
    select x.e -> 'values' as typed, m, s, a.residents, coalesce(k.acts, 0) as acts, p.past, p.fits
    from jsonb_array_elements(p_entries) with ordinality x(e, n) join meter m on m.id = (x.e ->> 'meterId')::bigint join account a on a.id = m.account_id
    join reading_setting s on s.provider_id = a.provider_id and s.service = m.service and s.meter_type = meter_type_of(m.is_automatic, m.zones)
    left join lateral (select y.acts from meter_no_access y where y.meter_id = m.id) k on true
    cross join lateral (
      -- Nothing is read in the future: the months made ahead are not opened.
      select row(array_agg(r.taken_on order by r.taken_on), array_agg(r.t1 order by r.taken_on), array_agg(r.t2 order by r.taken_on), array_agg(r.t3 order by r.taken_on),
          array_agg(r.is_control order by r.taken_on), array_agg(r.review is not distinct from 'controlOrdered' order by r.taken_on))::reading_past as past,
        bool_and(num_nonnulls(r.t1, r.t2, r.t3) = m.zones) as fits
      from meter_reading r where r.meter_id = m.id and r.taken_on >= v_since and r.taken_on <= v_until and r.status in ('entered', 'accepted', 'calculated')) p
    order by x.n
  loop
    h := e.past;
    v_is_there := null;
    if not e.fits or (e.m).installed_on >= v_since or coalesce(h.days[1] >= p_taken_on, true) then
      v_is_there := p_taken_on = any (h.days);
      h := reading_past_whole(e.m, h, v_since, p_taken_on, coalesce(e.fits, true));
    end if;
    v_typed := translate(e.typed::text, '[]" ', '{}')::bigint[];
    v_all := v_all || reading_judge(e.m, e.s, h, e.residents, e.acts, v_typed, p_taken_on, p_is_control, p_audience, p_closed, p_today, false);
    if v_is_there then
      v_all[cardinality(v_all)].is_there := true;
    end if;
    if (v_all[cardinality(v_all)]).water is not null then
      v_water := v_water + 1;
    end if;
  end loop;
  if v_water > 1 then
    v_all := array(select case when exists (select from unnest(v_all) b where reading_swapped(a, b) or reading_swapped(b, a)) then reading_told_swapped(a) else a end
      from unnest(v_all) with ordinality x, lateral (select row(x.vals, x.is_there, x.consumption, x.counts_for, x.blocks, x.warns, x.informs, x.water, x.swapped_level, x.value, x.before, x.low, x.high, x.cap)::reading_judgement as a) y
      order by x.ordinality);
  end if;
  return v_all;
end $$;

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
              union all select l.* from reading_long_ago(m.id, v_since, m.zones) l) r))
          order by m.removed_on is not null, array_position(array['cold_water', 'hot_water', 'electricity', 'gas', 'heat'], m.service), m.serial), '[]')
        from meter m where m.account_id = a.id))
    from account a, provider p, address d where a.id = p_account_id and p.id = a.provider_id and d.id = a.address_id);
end $$;

------------------------------------------------------------------------------------------------------------------------ saving

-- Judges and stores readings of one account and day, all or none: {saved, rows, replaced}. The meters are locked, so two desks take turns.
create function reading_take(v visit, a account, p_operation_id uuid, p_taken_on date, p_channel text, p_reader text, p_entries jsonb, p_is_control boolean default false,
  p_act text default null, p_replaces bigint default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp
  -- Planned for the day at hand, the partitions would make each plan look worth making anew: 0.1 s a save.
  set plan_cache_mode = force_generic_plan as $$
declare
  v_staff_id int; v_today constant date := office_today(); j reading_judgement; e jsonb; r meter_reading; v_same meter_reading; v_refused jsonb; v_asked jsonb; v_left text[]; v_judged reading_judgement[];
  v_reasons text[]; v_warnings text[]; v_saved jsonb := '[]'; v_rows jsonb := '[]'; v_replaced jsonb := '[]'; v_attachment bigint; v_found int; v_is_same boolean;
  v_meters bigint[] := '{}'; v_new meter_reading[] := '{}'; v_consumption jsonb := '{}'; v_count constant int := jsonb_array_length(p_entries);
begin
  if a.status = 'closed' then
    perform refuse('OK409', 'accountClosed');
  end if;
  -- A visit is its operator's own (visit_require); without one it is a supervisor.
  v_staff_id := coalesce(v.staff_id, (current_staff()).id);
  for i in 0 .. v_count - 1 loop
    v_meters := v_meters || (p_entries -> i ->> 'meterId')::bigint;
  end loop;
  if to_regclass('meter_reading_' || to_char(p_taken_on + 31, 'YYYY_MM')) is null and p_taken_on >= v_today - 31 then
    perform reading_partitions_ahead();
  end if;
  perform from meter m where m.account_id = a.id and m.id = any (v_meters) order by m.id for update;
  get diagnostics v_found = row_count;
  if v_found < v_count then
    if (select count(distinct x) from unnest(v_meters) x) < v_count then
      perform refuse('OK400', 'meterRepeated');
    end if;
    perform refuse('OK403', 'meterOfAnotherAccount');
  end if;

  v_judged := reading_judge_entries(p_entries, p_taken_on, case p_channel when 'portal' then 'portal' else 'desk' end, account_closed_through(a.id), p_is_control, v_today);
  for n in 1 .. v_count loop
    j := v_judged[n];
    e := p_entries -> n - 1;
    v_reasons := '{}';
    if coalesce(jsonb_array_length(e -> 'reasons'), 0) > 0 then
      v_reasons := array(select jsonb_array_elements_text(e -> 'reasons'));
      if exists (select from unnest(v_reasons) x where not reading_reasons() ? x) then
        perform refuse('OK400', 'unknownReason');
      end if;
    end if;
    v_warnings := '{}';
    if j.warns <> '{}' then
      v_warnings := array(select distinct split_part(w, '|', 1) from unnest(j.warns) w);
    end if;
    if j.blocks <> '{}' then
      v_refused := coalesce(v_refused, '{}') || jsonb_build_object(v_meters[n], to_jsonb(j.blocks));
    elsif j.warns <> '{}' then
      v_left := reading_unanswered(v_warnings, v_reasons);
      if v_left <> '{}' then
        v_asked := coalesce(v_asked, '{}') || jsonb_build_object(v_meters[n], (select jsonb_agg(w) from unnest(j.warns) w where split_part(w, '|', 1) = any (v_left)));
      end if;
    end if;
    v_same := null;
    if j.is_there then
      select m.* into v_same from meter_reading m where m.meter_id = v_meters[n] and m.taken_on = p_taken_on and m.status in ('entered', 'accepted', 'calculated');
      v_is_same := (v_same.t1, v_same.t2, v_same.t3) is not distinct from (j.vals[1], j.vals[2], j.vals[3]);
      -- Without a reason this desk did not know of it: another desk was quicker.
      if not v_is_same and v_reasons = '{}' and v_same.staff_id <> v_staff_id and v_same.entered_at > v.opened_at then
        perform refuse('OK409', 'changedByAnotherDesk', jsonb_build_object('meterId', v_same.meter_id, 'staffName', (select full_name from staff where id = v_same.staff_id),
          'at', v_same.entered_at, 'kind', 'readings.save', 'current', jsonb_build_object('values', reading_values(v_same), 'takenOn', v_same.taken_on, 'readingId', v_same.id)));
      end if;
    end if;
    continue when v_refused is not null or v_asked is not null;
    if v_same.id is not null then
      if v_same.status = 'calculated' and not v_is_same then
        perform refuse('OK409', 'readingAlreadyCalculated', jsonb_build_object('meterId', v_same.meter_id));
      end if;
      if v_is_same and not p_is_control then
        -- The same number of the same day is the same entry.
        v_saved := v_saved || jsonb_build_object('meterId', v_same.meter_id, 'readingId', v_same.id, 'takenOn', p_taken_on, 'consumption', to_jsonb(j.consumption),
          'period', to_char(v_same.period, 'YYYY-MM'), 'warnings', to_jsonb(v_same.warnings));
        continue;
      end if;
    end if;
    v_attachment := (e ->> 'attachmentId')::bigint;
    if v_attachment is not null and not exists (select from reading_attachment t where t.id = v_attachment and t.account_id = a.id) then
      perform refuse('OK404', 'attachment');
    end if;
    if v_same.id is not null then
      -- A correction never overwrites: the old row is cancelled with its reason, the new one refers to it.
      update meter_reading m set status = 'cancelled', status_reason = 'replaced' where m.meter_id = v_same.meter_id and m.taken_on = v_same.taken_on and m.id = v_same.id;
      v_replaced := v_replaced || jsonb_build_object('id', v_same.id, 'meterId', v_same.meter_id, 'takenOn', v_same.taken_on, 'status', v_same.status);
    end if;
    r := null;
    r.meter_id := v_meters[n]; r.period := j.counts_for; r.t1 := j.vals[1]; r.t2 := j.vals[2]; r.t3 := j.vals[3]; r.warnings := v_warnings; r.reasons := v_reasons;
    r.replaces_id := coalesce(v_same.id, p_replaces); r.attachment_id := v_attachment;
    v_new := v_new || r;
    v_consumption := v_consumption || jsonb_build_object(r.meter_id, to_jsonb(j.consumption));
  end loop;
  if v_refused is not null then
    perform refuse('OK400', 'readingsRefused', jsonb_build_object('meters', v_refused, 'level', 'block'));
  end if;
  if v_asked is not null then
    perform refuse('OK400', 'reasonRequired', jsonb_build_object('meters', v_asked, 'level', 'warn'));
  end if;
  -- One statement for all of them: to set one up costs as much as a row.
  with put as (
    insert into meter_reading (meter_id, account_id, taken_on, period, t1, t2, t3, channel, reader, is_control, act_number, status, warnings, reasons, replaces_id, attachment_id, staff_id,
      visit_id, operation_id, office_id)
    select x.meter_id, a.id, p_taken_on, x.period, x.t1, x.t2, x.t3, p_channel, p_reader, p_is_control, p_act,
      -- Without a visit nobody takes it back by closing it.
      case when v.id is null then 'accepted' else 'entered' end, x.warnings, x.reasons, x.replaces_id, x.attachment_id, v_staff_id, v.id, p_operation_id, coalesce(v.office_id, office_of_session())
    from unnest(v_new) x returning id, meter_id, period, warnings
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
  return jsonb_build_object('meters', jsonb_array_length(p_taken -> 'saved'), 'takenOn', p_taken_on, 'channel', p_channel, 'account', a.number)
    || case when jsonb_path_exists(p_entries, '$[*].reasons[*]') or jsonb_path_exists(p_taken, '$.saved[*].warnings[*]') then jsonb_build_object(
      'reasons', (select jsonb_agg(distinct r) from jsonb_array_elements(p_entries) x, jsonb_array_elements_text(coalesce(x -> 'reasons', '[]')) r),
      'warnings', (select jsonb_agg(distinct w) from jsonb_array_elements(p_taken -> 'saved') x, jsonb_array_elements_text(x -> 'warnings') w)) else '{}' end;
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
    jsonb_build_object('takenOn', p_taken_on, 'rows', v_taken -> 'rows', 'replaced', v_taken -> 'replaced'));
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
  v_taken := reading_take(v, a, p_operation_id, p_new_taken_on, r.channel, r.reader, v_entries, r.is_control, r.act_number, r.id);
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
  return (select jsonb_build_object('meters', jsonb_agg(jsonb_build_object('meterId', p_entries -> (g.n - 1)::int -> 'meterId', 'block', to_jsonb(g.blocks), 'warn', to_jsonb(g.warns), 'inform', to_jsonb(g.informs))
      order by g.n))
    from unnest(reading_judge_entries(p_entries, p_taken_on, 'portal', account_closed_through(p_account_id), false, office_today())) with ordinality
      g(vals, is_there, consumption, counts_for, blocks, warns, informs, water, swapped_level, value, before, low, high, cap, n));
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

-- What limits flag: readings of a provider taken in a month (at most 20,000 of them), judged again by a policy.
create function reading_judge_month(p_provider_id int, p_from date, p_policy jsonb) returns table (meter_id bigint, taken_on date, id bigint, rules text[]) language sql stable as $$
  with setting as materialized (
    select t.service, t.meter_type, row(p_provider_id, t.*)::reading_setting as s from reading_settings_of(p_policy) t
  ), chosen as materialized (
    select r.meter_id, r.taken_on, r.id, array_remove(array[r.t1, r.t2, r.t3], null) as vals, r.is_control
    from meter_reading r join meter m on m.id = r.meter_id join account a on a.id = m.account_id
    where r.taken_on >= p_from and r.taken_on < (p_from::timestamp + interval '1 month')::date and r.status in ('entered', 'accepted', 'calculated') and a.provider_id = p_provider_id
    order by r.taken_on, r.id limit 20000
  ), day as materialized (
    select (p_from::timestamp - interval '15 months')::date as since, office_today() as today
  ), judged as materialized (
    select c.meter_id, c.taken_on, c.id, m.account_id, reading_judge(m, t.s, case when coalesce((p.past).days[1] >= c.taken_on, true) or m.installed_on >= d.since
        then reading_past_whole(m, p.past, d.since, c.taken_on, true) else p.past end, a.residents, coalesce(x.acts, 0), c.vals, c.taken_on, c.is_control, 'desk', null, d.today, true) as j
    from chosen c cross join day d join meter m on m.id = c.meter_id join account a on a.id = m.account_id
    join setting t on t.service = m.service and t.meter_type = meter_type_of(m.is_automatic, m.zones) left join meter_no_access x on x.meter_id = m.id
    cross join lateral (
      select row(array_agg(r.taken_on order by r.taken_on), array_agg(r.t1 order by r.taken_on), array_agg(r.t2 order by r.taken_on), array_agg(r.t3 order by r.taken_on),
        array_agg(r.is_control order by r.taken_on), array_agg(r.review is not distinct from 'controlOrdered' order by r.taken_on))::reading_past as past
      from meter_reading r where r.meter_id = m.id and r.taken_on >= d.since and r.taken_on <= d.today + 31 and r.status in ('entered', 'accepted', 'calculated')
        and num_nonnulls(r.t1, r.t2, r.t3) = m.zones offset 0) p
    offset 0
  )
  select b.meter_id, b.taken_on, b.id, array(select distinct split_part(w, '|', 1) from unnest((b.j).blocks || (b.j).warns) w
    union select 'looksSwapped' from judged o where (b.j).swapped_level in ('block', 'warn') and o.account_id = b.account_id and o.taken_on = b.taken_on and (reading_swapped(b.j, o.j) or reading_swapped(o.j, b.j))
    order by 1)
  from judged b
$$;

create function reading_preview_rules(p_provider text, p_rules jsonb, p_period date) returns jsonb language plpgsql security definer set search_path = public, pg_temp
  set plan_cache_mode = force_custom_plan set work_mem = '64MB' as $$
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
      select * from reading_judge_month(p.id, p_period, p.profile -> 'readings')
    ), tried as materialized (
      select * from reading_judge_month(p.id, p_period, jsonb_set(p.profile -> 'readings', '{rules}', p_rules))
    ), differs as materialized (
      select b.meter_id, b.taken_on, b.id, b.rules as before, t.rules as after from present b join tried t on t.meter_id = b.meter_id and t.taken_on = b.taken_on and t.id = b.id where b.rules <> t.rules
      order by b.id limit 50
    )
    select jsonb_build_object('readings', (select count(*) from present),
      'before', (select coalesce(jsonb_object_agg(k, c), '{}') from (select k, count(*) as c from present, unnest(rules) k group by k) x),
      'after', (select coalesce(jsonb_object_agg(k, c), '{}') from (select k, count(*) as c from tried, unnest(rules) k group by k) x),
      'changed', (select coalesce(jsonb_agg(jsonb_build_object('reading', jsonb_build_object('meterId', m.id, 'takenOn', x.taken_on, 'readingId', x.id), 'accountNumber', a.number, 'serial', m.serial,
          'before', x.before, 'after', x.after) order by x.id), '[]')
        from differs x join meter m on m.id = x.meter_id join account a on a.id = m.account_id)));
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
