-- Payment documents (платёжные документы) of closed periods: ПП 354 п. 69 and Приказ Минстроя 43/пр; shape: src/shared/domain/payment-document.ts.
-- Put together from billing's figures once and stored: a reprint in a year shows what was true then. What they are made of: 0029.
set local role okno_owner;

-- What all documents of a provider, a period and a day have in common, its logo and layout included: a million documents share one row of this.
create table payment_document_issuer (
  id bigint generated always as identity primary key,
  provider_id int not null references provider,
  period date not null check (extract(day from period) = 1),
  content jsonb not null,
  sha256 bytea not null,
  constraint payment_document_issuer_content unique (provider_id, period, sha256)
);

create table payment_document (
  id bigint generated always as identity primary key,
  account_id bigint not null references account,
  issuer_id bigint not null references payment_document_issuer,
  period date not null check (extract(day from period) = 1),
  rendering smallint not null default 1,
  issues int not null default 0 check (issues >= 0),
  made_at timestamptz not null default now(),
  due bigint not null,
  number text not null,
  content jsonb not null,
  content_sha256 bytea not null,
  constraint payment_document_period unique (account_id, period)
);
comment on column payment_document.issues is 'Times given out. The first is the original, the next is «ДУБЛИКАТ № 1».';
comment on column payment_document.rendering is 'The layout it was made for: a changed layout is a new number, the old one stays drawable.';
comment on column payment_document.content is 'The account''s own part, unknown and zero values left out.';
comment on column payment_document.content_sha256 is 'Of the checksum of the issuer''s part followed by the own part.';
comment on column payment_document.due is 'Kopecks asked for: the balance, with instalments instead of the whole where there are any.';

-- A period of a provider that is closed or being closed: its charges are final.
create table payment_period (
  provider_id int not null references provider,
  period date not null check (extract(day from period) = 1),
  state text not null default 'closing' check (state in ('closing', 'closed')),
  issuer_id bigint not null references payment_document_issuer,
  accounts int not null,
  made int not null default 0,
  kept int not null default 0,
  differing int not null default 0,
  last_account_id bigint not null default 0,
  started_at timestamptz not null default now(),
  started_by int not null references staff,
  closed_at timestamptz,
  closed_by int references staff,
  primary key (provider_id, period)
);
comment on column payment_period.accounts is 'Accounts with charges when the closing began.';
comment on column payment_period.kept is 'Documents that had been given out before, and stay as they were.';
comment on column payment_period.differing is 'Those of them whose charges have changed since: the difference goes into the next period as a recalculation.';

-- ЖК РФ ст. 155 ч. 1 (since March 2026, 177-ФЗ): by the 15th of the next month, before by the 10th; ГК РФ ст. 193: moved to the next working day.
create function payment_due_on(p_period date) returns date language sql immutable
return (select d + case extract(isodow from d) when 6 then 2 when 7 then 1 else 0 end
        from (select (p_period + interval '1 month' + case when p_period >= date '2026-03-01' then interval '14 days' else interval '9 days' end)::date as d) x);

create function service_name(p_provider_id int, p_code text) returns text language sql stable security definer set search_path = public, pg_temp
return coalesce((select name from provider_service where provider_id = p_provider_id and code = p_code),
  case p_code when 'cold_water' then 'Холодное водоснабжение' when 'hot_water' then 'Горячее водоснабжение' when 'electricity' then 'Электроснабжение'
    when 'gas' then 'Газоснабжение' when 'heat' then 'Отопление' else p_code end);

create function decimal_text(n numeric) returns text language sql immutable
return trim_scale(n)::text;

reset role;
