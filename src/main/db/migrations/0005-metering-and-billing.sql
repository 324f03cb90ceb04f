-- Meters, readings, charges, payments. Readings are whole thousandths of the unit (litres, 0,001 kWh) so that nothing is ever rounded;
-- money is whole kopecks. Keys hold the date, so that readings can be partitioned by month when they are many. import_batch_id has no foreign
-- key: it would be checked for each of the million rows that the batch itself writes.
set local role okno_owner;

-- The form factory numbers are compared in; the same as serialKey of src/shared/domain/meter-serial.ts (a test compares them).
create function serial_key(t text) returns text language sql immutable strict parallel safe
return translate(regexp_replace(upper(normalize(t, NFC)), E'[\\s\u00A0\u202F№.,_/\\\\\u2010\u2011\u2012\u2013\u2014\u2015\u2212-]', '', 'g'), 'ЁABCEHKMOPTXY', 'ЕАВСЕНКМОРТХУ');

create table meter (
  id bigint generated always as identity primary key,
  account_id bigint not null references account,
  serial text not null,
  serial_key text collate "C" generated always as (serial_key(serial)) stored,
  service text not null check (service in ('cold_water', 'hot_water', 'electricity', 'gas', 'heat')),
  digits int not null check (digits between 3 and 9),
  decimals int not null default 0 check (decimals between 0 and 3),
  zones int not null default 1 check (zones between 1 and 3),
  ratio numeric(12, 4) not null default 1 check (ratio >= 1),
  installed_on date, verified_until date, removed_on date,
  initial bigint[] check (initial is null or cardinality(initial) = zones),
  is_automatic boolean not null default false,
  version int not null default 1,
  constraint meter_key unique (account_id, serial, service)
);
create index meter_by_serial on meter (serial_key);

create table meter_reading (
  id bigint generated always as identity,
  meter_id bigint not null references meter,
  account_id bigint not null references account,
  taken_on date not null,
  period date not null check (extract(day from period) = 1),
  t1 bigint not null check (t1 >= 0), t2 bigint check (t2 >= 0), t3 bigint check (t3 >= 0),
  channel text not null check (channel in ('desk', 'phone', 'portal', 'paper', 'act', 'import')),
  status text not null check (status in ('entered', 'accepted', 'calculated', 'rejected', 'cancelled')),
  warnings text[] not null default '{}',
  reasons text[] not null default '{}',
  replaces_id bigint,
  staff_id int references staff,
  visit_id bigint,
  operation_id uuid,
  entered_at timestamptz not null default now(),
  status_reason text,
  import_batch_id uuid,
  primary key (id, taken_on)
);
comment on column meter_reading.account_id is 'The account the meter stood in when the reading was taken.';
comment on column meter_reading.period is 'The billing period the reading counts for.';
comment on column meter_reading.status is 'Введено, Принято, Рассчитано, Отклонено, Отменено.';
-- One reading in force per meter and day; a correction cancels the old row and adds a new one.
create unique index meter_reading_one_a_day on meter_reading (meter_id, taken_on) where status in ('entered', 'accepted', 'calculated');
create index meter_reading_meter on meter_reading (meter_id, taken_on desc);

create function reading_values(r meter_reading) returns jsonb language sql immutable
return to_jsonb(nullif(array_remove(array[r.t1, r.t2, r.t3], null), '{}'));

create table charge (
  account_id bigint not null references account,
  period date not null check (extract(day from period) = 1),
  service text not null,
  unit text,
  volume numeric(18, 6), volume_common numeric(18, 6), tariff numeric(18, 6),
  accrued bigint not null,
  accrued_common bigint not null default 0,
  recalculated bigint not null default 0, recalculation_reason text,
  benefit bigint not null default 0,
  penalty bigint not null default 0,
  opening bigint not null,
  paid bigint not null,
  closing bigint not null,
  -- What a payment document must tell besides (norms, figures of the house, increasing coefficient, instalments), as far as billing gives it; shape: chargeFacts
  -- of src/shared/domain/payment-document.ts, with gisNumber. Most rows have none of it.
  facts jsonb check (jsonb_typeof(facts) = 'object'),
  import_batch_id uuid,
  primary key (account_id, period, service)
);

create table payment (
  id bigint generated always as identity primary key,
  provider_id int not null references provider,
  payment_id text not null,
  account_id bigint not null references account,
  paid_on date not null,
  amount bigint not null check (amount <> 0),
  channel text, purpose text,
  import_batch_id uuid,
  constraint payment_key unique (provider_id, payment_id)
);
create index payment_account on payment (account_id, paid_on desc);

-- The last period billing has closed for an account: what is entered now counts for the next one.
create function account_closed_through(p_account_id bigint) returns date language sql stable security definer set search_path = public, pg_temp
return (select max(period) from charge where account_id = p_account_id);

reset role;
