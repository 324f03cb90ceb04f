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

------------------------------------------------------------------------------------------------------------------------ contacts to billing

-- A batch given to billing; what stands in its file stays word for word, as with readings (0019).
create table contact_export (
  id uuid primary key,
  provider_id int references provider,
  encoding text not null check (encoding in ('utf-8', 'windows-1251')),
  rows int not null,
  staff_id int not null references staff,
  at timestamptz not null default now(),
  given_to int not null references staff,
  given_at timestamptz not null
);
comment on column contact_export.provider_id is 'Null: of all providers.';
create table contact_export_part (export_id uuid not null references contact_export, n int not null, content bytea not null, primary key (export_id, n));

-- The last that billing was told of an account's main contact. Null key: that there is none.
create table contact_given (
  account_id bigint not null references account,
  kind text not null check (kind in ('email', 'phone')),
  key text collate "C",
  value text,
  confirmed_how text,
  at timestamptz not null default now(),
  export_id uuid not null references contact_export,
  primary key (account_id, kind)
);

create function contact_export_json(e contact_export) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('batchId', e.id, 'provider', (select p.code from provider p where p.id = e.provider_id), 'encoding', e.encoding, 'rows', e.rows,
  'at', e.at, 'staffName', (select s.full_name from staff s where s.id = e.staff_id));

-- Main contacts whose value or confirmation is another than billing knows: what it was told last, or what its own register said since. Only where somebody here or a
-- portal has had a hand in it; what a register brought is not told back. Parts are fetched one by one, in later transactions.
create function contact_export(p_operation_id uuid, p_provider text default null, p_encoding text default 'utf-8', p_again uuid default null) returns jsonb
language plpgsql security definer set search_path = public, pg_temp set work_mem = '64MB' set plan_cache_mode = force_custom_plan as $$
declare
  e contact_export; v_staff staff := current_staff(); v_provider int; v_zone text;
  v_code name := case p_encoding when 'utf-8' then 'UTF8' when 'windows-1251' then 'WIN1251' end;
begin
  -- Two batches at once would both tell of the same change.
  perform pg_advisory_xact_lock(hashtext('okno.contactExport'));
  update contact_export set given_to = v_staff.id, given_at = clock_timestamp() where id = coalesce(p_again, p_operation_id) returning * into e;
  if e.id is null and p_again is not null then
    perform refuse('OK404', 'exportBatch');
  end if;
  if e.id is null then
    if v_code is null then
      perform refuse('OK400', 'exportEncoding');
    end if;
    if p_provider is not null then
      select id into v_provider from provider where code = p_provider;
      if not found then
        perform refuse('OK404', 'provider');
      end if;
    end if;
    select o.time_zone into v_zone from office o where o.id = v_staff.office_id;
    insert into contact_export (id, provider_id, encoding, rows, staff_id, given_to, given_at) values (p_operation_id, v_provider, p_encoding, 0, v_staff.id, v_staff.id, clock_timestamp());
    insert into contact_export_part values (p_operation_id, 0, convert_to(case p_encoding when 'utf-8' then U&'\FEFF' else '' end
      || E'provider;account;contact;old;new;confirmed;confirmed_at;changed_at\r\n', v_code));
    begin
      with touched as materialized (
        select distinct k.subscriber_id, k.kind from subscriber_contact k
        where k.purpose = 'main' and (k.operation_id is not null and k.in_force_at is not null or k.confirmed_how in ('codeAtDesk', 'link', 'portal'))
      ), present as (
        select t.subscriber_id, t.kind, k.id, k.key, k.value, nullif(k.confirmed_how, 'register') as how, k.confirmed_at,
          k.id is not null and k.operation_id is null and coalesce(k.confirmed_how, 'register') = 'register' as by_register,
          coalesce(k.in_force_at, k.confirmed_at, k.created_at,
            (select max(x.ended_at) from subscriber_contact x where x.subscriber_id = t.subscriber_id and x.kind = t.kind and x.purpose = 'main')) as changed_at
        from touched t left join subscriber_contact k on k.subscriber_id = t.subscriber_id and k.kind = t.kind and k.purpose = 'main' and k.is_current
      ), base as (
        select distinct on (k.subscriber_id, k.kind) k.subscriber_id, k.kind, k.key, k.value, k.created_at from touched t
        join subscriber_contact k on k.subscriber_id = t.subscriber_id and k.kind = t.kind
        where k.purpose = 'main' and k.operation_id is null and k.confirmed_how is distinct from 'portal' order by k.subscriber_id, k.kind, k.id desc
      ), known as (
        select a.id as account_id, a.provider_id, a.number, p.kind, p.key, p.value, p.how, p.confirmed_at, p.changed_at, p.by_register,
          case when g.account_id is not null and (b.created_at is null or g.at > b.created_at) then g.key else b.key end as old_key,
          case when g.account_id is not null and (b.created_at is null or g.at > b.created_at) then g.value else b.value end as old_value,
          case when g.account_id is not null and (b.created_at is null or g.at > b.created_at) then g.confirmed_how end as old_how
        from present p join account a on a.subscriber_id = p.subscriber_id and a.status <> 'closed' and (v_provider is null or a.provider_id = v_provider)
        left join base b on b.subscriber_id = p.subscriber_id and b.kind = p.kind left join contact_given g on g.account_id = a.id and g.kind = p.kind
      ), fresh as materialized (
        select * from known k where not k.by_register and (k.key, k.how) is distinct from (k.old_key, k.old_how)
      ), marked as (
        insert into contact_given (account_id, kind, key, value, confirmed_how, export_id) select f.account_id, f.kind, f.key, f.value, f.how, p_operation_id from fresh f
        on conflict (account_id, kind) do update set key = excluded.key, value = excluded.value, confirmed_how = excluded.confirmed_how, at = now(), export_id = excluded.export_id
      ), line as (
        select row_number() over (order by p.code, f.number, f.kind) as n,
          concat_ws(';', register_cell(p.code), register_cell(f.number), f.kind, register_cell(coalesce(f.old_value, '')), register_cell(coalesce(f.value, '')), coalesce(f.how, ''),
            coalesce(to_char(f.confirmed_at at time zone v_zone, 'DD.MM.YYYY HH24:MI'), ''), coalesce(to_char(f.changed_at at time zone v_zone, 'DD.MM.YYYY HH24:MI'), '')) || E'\r\n' as written
        from fresh f join provider p on p.id = f.provider_id
      ), kept as (
        insert into contact_export_part select p_operation_id, ((n - 1) / 20000 + 1)::int, convert_to(string_agg(written, '' order by n), v_code) from line group by 2
      )
      update contact_export x set rows = (select count(*) from fresh) where x.id = p_operation_id;
    exception when untranslatable_character then
      perform refuse('OK400', 'exportEncoding');
    end;
    select * into e from contact_export where id = p_operation_id;
  end if;
  perform audit_record('registers.exportContacts', null, null, jsonb_build_object('batchId', e.id, 'provider', (select p.code from provider p where p.id = e.provider_id),
    'encoding', e.encoding, 'rows', e.rows, 'again', e.at < now()));
  return contact_export_json(e) || jsonb_build_object('parts', (select count(*) from contact_export_part t where t.export_id = e.id));
end $$;

-- Base64 of a part, 0 the header. Only for who asked for the batch within the hour, and said so in an earlier transaction.
create function contact_export_bytes(p_batch_id uuid, p_n int) returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare v_content bytea;
begin
  select t.content into v_content from contact_export_part t join contact_export e on e.id = t.export_id
    where t.export_id = p_batch_id and t.n = p_n and e.given_to = (current_staff()).id and e.given_at < now() and e.given_at > now() - interval '1 hour';
  if not found then
    perform refuse('OK404', 'exportBatch');
  end if;
  return encode(v_content, 'base64');
end $$;

create function contact_exports() returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select coalesce(jsonb_agg(contact_export_json(e) order by e.at desc, e.id), '[]') from (select * from contact_export order by at desc limit 200) e);

grant execute on function contact_export(uuid, text, text, uuid), contact_export_bytes(uuid, int), contact_exports() to okno_admin;

reset role;
