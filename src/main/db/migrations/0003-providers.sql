-- Providers (поставщики) and the services they bill. Everything a provider varies by is data: the profile is validated by the application
-- (src/shared/domain/provider-profile.ts) and read, never named, by code.
set local role okno_owner;

create table provider (
  id int generated always as identity primary key,
  code text not null unique check (code ~ '^[a-z0-9-]{2,30}$'),
  name text not null,
  legal_name text not null,
  inn text, kpp text, ogrn text,
  bank_name text, bic text, settlement_account text, correspondent_account text,
  address text, phone text, email text, site text,
  profile jsonb not null,
  version int not null default 1
);

-- Metered services carry the five codes of registers.md; each provider has any others besides.
create table provider_service (
  provider_id int not null references provider,
  code text not null check (code ~ '^[a-z0-9_]{2,40}$'),
  name text not null,
  unit text,
  position int not null,
  primary key (provider_id, code)
);

create function provider_json(p provider) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('id', p.id, 'code', p.code, 'name', p.name, 'legalName', p.legal_name, 'inn', p.inn, 'kpp', p.kpp, 'ogrn', p.ogrn,
  'bankName', p.bank_name, 'bic', p.bic, 'settlementAccount', p.settlement_account, 'correspondentAccount', p.correspondent_account,
  'address', p.address, 'phone', p.phone, 'email', p.email, 'site', p.site, 'profile', p.profile, 'version', p.version,
  'services', (select coalesce(jsonb_agg(jsonb_build_object('code', s.code, 'name', s.name, 'unit', s.unit) order by s.position), '[]')
               from provider_service s where s.provider_id = p.id));

create function provider_list() returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select coalesce(jsonb_agg(provider_json(p) order by p.name), '[]') from provider p);

-- Creates a provider or replaces its card; services once billed stay listed.
create function provider_save(p_card jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v provider; v_before provider;
begin
  select * into v_before from provider where code = p_card ->> 'code' for update;
  if found and (p_card ->> 'version') is not null and v_before.version <> (p_card ->> 'version')::int then
    perform refuse('OK409', 'changedByAnotherDesk');
  end if;
  insert into provider as t (code, name, legal_name, inn, kpp, ogrn, bank_name, bic, settlement_account, correspondent_account, address, phone, email, site, profile)
  values (p_card ->> 'code', p_card ->> 'name', p_card ->> 'legalName', p_card ->> 'inn', p_card ->> 'kpp', p_card ->> 'ogrn', p_card ->> 'bankName',
    p_card ->> 'bic', p_card ->> 'settlementAccount', p_card ->> 'correspondentAccount', p_card ->> 'address', p_card ->> 'phone', p_card ->> 'email',
    p_card ->> 'site', p_card -> 'profile')
  on conflict (code) do update set name = excluded.name, legal_name = excluded.legal_name, inn = excluded.inn, kpp = excluded.kpp, ogrn = excluded.ogrn,
    bank_name = excluded.bank_name, bic = excluded.bic, settlement_account = excluded.settlement_account, correspondent_account = excluded.correspondent_account,
    address = excluded.address, phone = excluded.phone, email = excluded.email, site = excluded.site, profile = excluded.profile, version = t.version + 1
  returning * into v;
  insert into provider_service (provider_id, code, name, unit, position)
  select v.id, s ->> 'code', s ->> 'name', s ->> 'unit', n from jsonb_array_elements(p_card -> 'services') with ordinality e(s, n)
  on conflict (provider_id, code) do update set name = excluded.name, unit = excluded.unit, position = excluded.position;
  perform audit_record('providers.save', null, null, jsonb_build_object('code', v.code, 'version', v.version));
  return provider_json(v);
end $$;

grant execute on function provider_list() to okno_operator, okno_supervisor, okno_admin;
grant execute on function provider_save(jsonb) to okno_admin;

reset role;
