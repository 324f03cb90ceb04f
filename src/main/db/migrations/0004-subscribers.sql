-- Subscribers, their documents and contacts, addresses and accounts. Normalised forms are generated columns or are written beside the original
-- by the one importer; btree order is "C" so that one index serves equality, prefix and order.
set local role okno_owner;

-- One file taken in. Its rows refer to it, so that "where does this come from" has an answer.
create table import_batch (
  id uuid primary key,
  kind text not null check (kind in ('subscribers', 'accounts', 'meters', 'readings', 'charges', 'payments')),
  file_name text not null,
  file_sha256 text not null,
  started_by text not null default session_user,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  accepted int not null default 0,
  warned int not null default 0,
  unchanged int not null default 0,
  refused int not null default 0,
  mapping jsonb
);
comment on column import_batch.mapping is 'How columns with other names were taken, {columns: [{from, to}], fixed: [{column, value}]} (0040); null: they bore our names.';

create table subscriber (
  id bigint generated always as identity primary key,
  external_id text not null unique,
  kind text not null check (kind in ('person', 'organisation', 'entrepreneur')),
  last_name text, first_name text, middle_name text,
  birth_date date,
  org_name text,
  inn text, kpp text, ogrn text, snils text,
  contact_note text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version int not null default 1,
  last_name_n text collate "C" generated always as (fold(last_name)) stored,
  first_name_n text collate "C" generated always as (fold(first_name)) stored,
  middle_name_n text collate "C" generated always as (fold(middle_name)) stored,
  org_name_n text collate "C" generated always as (fold(org_name)) stored,
  constraint subscriber_name_given check (case when kind = 'organisation' then org_name is not null else coalesce(last_name, org_name) is not null end)
);
comment on column subscriber.external_id is 'The billing system''s own code (registers.md: subscriber_id).';
comment on column subscriber.contact_note is 'A phone or e-mail of the register that could not be read, kept as it came.';
create index subscriber_name on subscriber (last_name_n, first_name_n, middle_name_n);
create index subscriber_org_name on subscriber (org_name_n) where org_name is not null;
create index subscriber_inn on subscriber (inn collate "C") where inn is not null;
create index subscriber_snils on subscriber (snils collate "C") where snils is not null;
create index subscriber_ogrn on subscriber (ogrn collate "C") where ogrn is not null;

create function subscriber_name(s subscriber) returns text language sql immutable
return case when s.kind = 'person' or s.org_name is null then concat_ws(' ', s.last_name, s.first_name, s.middle_name) else s.org_name end;

create table identity_document (
  id bigint generated always as identity primary key,
  subscriber_id bigint not null references subscriber,
  type text not null,
  series text, number text not null,
  key text collate "C" not null,
  issued_by text, issued_on date, issuer_code text,
  is_current boolean not null default true,
  constraint identity_document_key unique (subscriber_id, type, key)
);
comment on column identity_document.key is 'Series and number in the comparison form of src/shared/domain/identity-document.ts.';
create index identity_document_by_key on identity_document (key);

-- What may be shown of a document: its last three characters (domain §1.1: never the full number).
create function mask_document(p_key text) returns text language sql immutable
return case when p_key is null then null when length(p_key) < 8 then repeat('*', greatest(length(p_key) - 2, 2)) || right(p_key, least(2, length(p_key) / 2))
  else repeat('*', length(p_key) - 3) || right(p_key, 3) end;
create function mask_email(p_email text) returns text language sql immutable
return case when p_email is null then null else left(p_email, 1) || '***' || substring(p_email from '@.*$') end;
create function mask_phone(p_phone text) returns text language sql immutable
return case when p_phone is null then null else left(p_phone, 2) || ' *** ***-**-' || right(p_phone, 2) end;
create function mask_contact(p_kind text, p_value text) returns text language sql immutable
return case p_kind when 'email' then mask_email(p_value) else mask_phone(p_value) end;

-- An e-mail address or phone. Old ones stay: the history of an account is what a theft is found by.
create table subscriber_contact (
  id bigint generated always as identity primary key,
  subscriber_id bigint not null references subscriber,
  kind text not null check (kind in ('email', 'phone')),
  value text not null,
  key text collate "C" not null,
  purpose text not null default 'main' check (purpose in ('main', 'notices', 'bills', 'extra')),
  state text not null check (state in ('unconfirmed', 'awaiting', 'confirmed', 'replaced', 'cancelled', 'removed', 'reverted')),
  is_current boolean not null,
  replaces_id bigint references subscriber_contact,
  replaced_by_id bigint references subscriber_contact,
  created_at timestamptz not null default now(),
  in_force_at timestamptz,
  confirmed_at timestamptz,
  confirmed_how text check (confirmed_how in ('codeAtDesk', 'link', 'portal', 'register')),
  ended_at timestamptz,
  revert_until timestamptz,
  asked_at timestamptz,
  operation_id uuid,
  constraint subscriber_contact_current check (is_current = (state in ('unconfirmed', 'confirmed')))
);
comment on column subscriber_contact.key is 'e-mail in lower case; the last ten digits of a Russian phone, all digits of a foreign one.';
comment on column subscriber_contact.purpose is 'main: logins, passwords and notices; there is one of each kind. The others are for what their names say.';
comment on column subscriber_contact.replaced_by_id is 'What made it past; taking that one back brings this one into force again.';
comment on column subscriber_contact.in_force_at is 'Since when letters go there by a change at the desk; null: a register or the portal brought it.';
comment on column subscriber_contact.revert_until is 'Until when the change that brought it, or removed it, may be taken back (C3).';
comment on column subscriber_contact.asked_at is 'When a code or a link was last sent to it; a card looks for one that waits only then.';
comment on column subscriber_contact.operation_id is 'The operation that asked for it; null: a register or the portal.';
create index subscriber_contact_by_key on subscriber_contact (key) where is_current;
create index subscriber_contact_subscriber on subscriber_contact (subscriber_id);
create unique index subscriber_contact_one_current on subscriber_contact (subscriber_id, kind) where is_current and purpose = 'main';
create unique index subscriber_contact_one_awaiting on subscriber_contact (subscriber_id, kind) where state = 'awaiting' and purpose = 'main';
create index subscriber_contact_others on subscriber_contact (subscriber_id) where is_current and purpose <> 'main';
create trigger subscriber_contact_direct_change after insert or update or delete on subscriber_contact for each row
  when (coalesce(current_setting('okno.operation', true), '') = '') execute function audit_direct_change();
create trigger identity_document_direct_change after insert or update or delete on identity_document for each row
  when (coalesce(current_setting('okno.operation', true), '') = '') execute function audit_direct_change();

create table address (
  id bigint generated always as identity primary key,
  region text not null default '', locality text not null default '', street text not null default '',
  house text not null, building text not null default '', flat text not null default '',
  locality_n text collate "C" generated always as (fold(locality)) stored,
  street_n text collate "C" generated always as (fold(street)) stored,
  house_n text collate "C" generated always as (fold(house)) stored,
  building_n text collate "C" generated always as (fold(building)) stored,
  flat_n text collate "C" generated always as (fold(flat)) stored,
  constraint address_key unique (region, locality, street, house, building, flat)
);
create index address_street on address (street_n, house_n, building_n, flat_n);

-- «г. Миасс, ул. Ленина, д. 10, корп. 2, кв. 15» (domain §7); kinds of place and street already written in the register stay as they are.
create function address_text(a address, p_flat_as_printed text default null) returns text language sql immutable
return concat_ws(', ', nullif(a.region, ''), nullif(a.locality, ''), nullif(a.street, ''), 'д. ' || a.house, 'корп. ' || nullif(a.building, ''),
  case when coalesce(p_flat_as_printed, '') <> '' then case when p_flat_as_printed ~ '^[0-9]' then 'кв. ' || p_flat_as_printed else p_flat_as_printed end
       when a.flat <> '' then case when a.flat ~ '^[0-9]' then 'кв. ' || a.flat else a.flat end end);

create table account (
  id bigint generated always as identity primary key,
  provider_id int not null references provider,
  number text not null,
  number_key text collate "C" not null,
  contract text, contract_key text collate "C", contract_date date,
  subscriber_id bigint not null references subscriber,
  address_id bigint not null references address,
  flat_as_printed text,
  area_m2 numeric(10, 2), rooms int, residents int,
  els text collate "C", zhku_id text collate "C",
  status text not null default 'active' check (status in ('active', 'suspended', 'closed')),
  opened_on date, closed_on date,
  bill_delivery text check (bill_delivery in ('paper', 'email')),
  tariff text,
  version int not null default 1,
  constraint account_number_key unique (provider_id, number)
);
comment on column account.number_key is 'Comparison form by the provider''s number rule (profile.accountNumber); the number itself is shown as registered.';
create index account_by_number on account (number_key);
create index account_by_contract on account (contract_key) where contract_key is not null;
create index account_by_els on account (els) where els is not null;
create index account_by_zhku on account (zhku_id) where zhku_id is not null;
create index account_subscriber on account (subscriber_id);
create index account_address on account (address_id);

reset role;
