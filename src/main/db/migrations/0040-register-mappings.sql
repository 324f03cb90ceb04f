-- How the columns of a billing system with names of its own are taken: remembered for a provider and a kind of register, and applied again to a file with the same
-- header (src/main/features/registers/register-mapping.ts). And what changed of contacts, given to billing.
set local role okno_owner;

create table register_mapping (
  id int generated always as identity primary key,
  kind text not null check (kind in ('subscribers', 'accounts', 'meters', 'readings', 'charges', 'payments')),
  provider_id int references provider,
  columns jsonb not null check (jsonb_typeof(columns) = 'array' and jsonb_array_length(columns) <= 100),
  fixed jsonb not null check (jsonb_typeof(fixed) = 'array' and jsonb_array_length(fixed) <= 40),
  version int not null default 1,
  saved_by text not null default session_user,
  saved_at timestamptz not null default now()
);
comment on column register_mapping.provider_id is 'Null: of files that name the provider themselves, or need none (subscribers).';
comment on column register_mapping.columns is '[{from: name in the file, to: ours or null: not taken}]';
comment on column register_mapping.fixed is '[{column: ours, value}]: of columns the file does not have.';
create unique index register_mapping_one on register_mapping (kind, coalesce(provider_id, 0));

create function register_mapping_json(m register_mapping) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('kind', m.kind, 'provider', (select p.code from provider p where p.id = m.provider_id), 'columns', m.columns, 'fixed', m.fixed,
  'version', m.version, 'savedBy', m.saved_by, 'savedAt', m.saved_at);

create function register_mappings() returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select coalesce(jsonb_agg(register_mapping_json(m) order by m.kind, m.provider_id nulls first), '[]') from register_mapping m);

-- Puts one in the place of that of its provider and kind. p_base_version: the one that was looked at, 0 where there was none; another is told (OK409 mappingChanged).
-- What a column or a value may be is the application's: it reads the files.
create function register_mapping_save(p_kind text, p_provider text, p_columns jsonb, p_fixed jsonb, p_base_version int default null) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare m register_mapping; v_provider int;
begin
  perform current_staff();
  if p_kind is null or p_kind not in ('subscribers', 'accounts', 'meters', 'readings', 'charges', 'payments')
      or jsonb_typeof(p_columns) is distinct from 'array' or jsonb_typeof(p_fixed) is distinct from 'array'
      or jsonb_array_length(p_columns) > 100 or jsonb_array_length(p_fixed) > 40
      or exists (select from jsonb_array_elements(p_columns) c where jsonb_typeof(c -> 'from') is distinct from 'string' or length(c ->> 'from') > 200 or coalesce(jsonb_typeof(c -> 'to'), 'null') not in ('string', 'null'))
      or exists (select from jsonb_array_elements(p_fixed) c where jsonb_typeof(c -> 'column') is distinct from 'string' or jsonb_typeof(c -> 'value') is distinct from 'string' or length(c ->> 'value') > 300) then
    perform refuse('OK400', 'mappingInvalid');
  end if;
  if p_provider is not null then
    select id into v_provider from provider where code = p_provider;
    if not found then
      perform refuse('OK404', 'provider');
    end if;
  end if;
  perform pg_advisory_xact_lock(hashtext('okno.registerMapping'));
  select * into m from register_mapping where kind = p_kind and coalesce(provider_id, 0) = coalesce(v_provider, 0) for update;
  if p_base_version is not null and coalesce(m.version, 0) <> p_base_version then
    perform refuse('OK409', 'mappingChanged', jsonb_build_object('by', m.saved_by, 'at', m.saved_at));
  end if;
  if m.id is null then
    insert into register_mapping (kind, provider_id, columns, fixed) values (p_kind, v_provider, p_columns, p_fixed) returning * into m;
  elsif (m.columns, m.fixed) is distinct from (p_columns, p_fixed) then
    update register_mapping set columns = p_columns, fixed = p_fixed, version = m.version + 1, saved_by = session_user, saved_at = now() where id = m.id returning * into m;
  else
    return register_mapping_json(m);
  end if;
  perform audit_record('registers.saveMapping', null, null, jsonb_build_object('kind', m.kind, 'provider', p_provider, 'columns', m.columns, 'fixed', m.fixed, 'version', m.version));
  return register_mapping_json(m);
end $$;

-- Removes one; false where there is none any more.
create function register_mapping_remove(p_kind text, p_provider text) returns boolean language plpgsql security definer set search_path = public, pg_temp as $$
declare m register_mapping;
begin
  perform current_staff();
  delete from register_mapping r where r.kind = p_kind and r.provider_id is not distinct from (select p.id from provider p where p.code = p_provider)
    and (p_provider is null or exists (select from provider p where p.code = p_provider)) returning * into m;
  if m.id is null then
    return false;
  end if;
  perform audit_record('registers.removeMapping', null, null, jsonb_build_object('kind', m.kind, 'provider', p_provider, 'columns', m.columns, 'fixed', m.fixed));
  return true;
end $$;

-- The last batch of these very bytes, taken in the same way, that refused nothing: a watched folder takes such a file no second time.
create function register_taken(p_kind text, p_file_sha256 text, p_mapping jsonb default null) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  perform current_staff();
  return (select register_batch_json(b) from import_batch b where b.kind = p_kind and b.file_sha256 = p_file_sha256 and b.mapping is not distinct from p_mapping
    and b.finished_at is not null and b.refused = 0 order by b.finished_at desc limit 1);
end $$;
create index import_batch_file on import_batch (file_sha256);

grant execute on function register_mappings(), register_mapping_save(text, text, jsonb, jsonb, int), register_mapping_remove(text, text), register_taken(text, text, jsonb) to okno_admin;

reset role;
