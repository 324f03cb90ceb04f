-- Forms (бланки) an administrator writes: applications, acts, certificates, with placeholders (src/shared/domain/sheet-template.ts).
-- Filled from the record in a visit; the filled sheet is given to the visitor and not kept.
set local role okno_owner;

create table sheet_template (
  id int generated always as identity primary key,
  kind text not null check (kind in ('application', 'act', 'certificate')),
  provider_id int references provider,
  request_kind text references request_kind,
  title text not null check (length(title) between 3 and 120),
  text text not null check (length(text) between 1 and 12000),
  is_active boolean not null,
  version int not null default 1,
  changed_by int references staff,
  changed_at timestamptz not null default now(),
  constraint sheet_template_of_request check (request_kind is null or kind = 'application')
);
comment on column sheet_template.provider_id is 'null: for all providers.';
comment on column sheet_template.request_kind is 'The application of this kind of request is printed by this form.';
create unique index sheet_template_request on sheet_template (request_kind, coalesce(provider_id, 0)) where is_active and request_kind is not null;

-- Every version there was, the present one too.
create table sheet_template_version (
  template_id int not null references sheet_template,
  version int not null,
  template jsonb not null,
  primary key (template_id, version)
);

create function sheet_template_json(t sheet_template) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('id', t.id, 'kind', t.kind, 'provider', (select code from provider where id = t.provider_id), 'requestKind', t.request_kind, 'title', t.title, 'text', t.text,
  'isActive', t.is_active, 'version', t.version, 'changedAt', t.changed_at, 'changedBy', (select full_name from staff where id = t.changed_by));

create function sheet_template_list() returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select coalesce(jsonb_agg(sheet_template_json(t) order by t.is_active desc, t.kind, t.title, t.id), '[]') from sheet_template t);

create function sheet_template_history(p_id int) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select coalesce(jsonb_agg(h.template - 'id' order by h.version desc), '[]') from sheet_template_version h where h.template_id = p_id);

create function sheet_template_save(p_id int, p_version int, p_template jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare t sheet_template; v_staff staff := current_staff(); v_provider int; v_request text := p_template ->> 'requestKind';
begin
  if p_template ->> 'provider' is not null then
    select id into v_provider from provider where code = p_template ->> 'provider';
    if not found then
      perform refuse('OK404', 'provider');
    end if;
  end if;
  -- Two forms for one kind of request are told before the index stops them, also when both are saved at once.
  perform pg_advisory_xact_lock(hashtextextended('sheet_template', 0));
  if v_request is not null and (p_template ->> 'isActive')::boolean and exists (select from sheet_template o
      where o.is_active and o.request_kind = v_request and o.provider_id is not distinct from v_provider and o.id is distinct from p_id) then
    perform refuse('OK409', 'requestKindTaken');
  end if;
  if p_id is null then
    insert into sheet_template (kind, provider_id, request_kind, title, text, is_active, changed_by)
      values (p_template ->> 'kind', v_provider, v_request, p_template ->> 'title', p_template ->> 'text', (p_template ->> 'isActive')::boolean, v_staff.id) returning * into t;
  else
    select * into t from sheet_template where id = p_id for update;
    if not found then
      perform refuse('OK404', 'sheetTemplate');
    end if;
    if t.version is distinct from p_version then
      perform refuse('OK409', 'changedByAnotherDesk');
    end if;
    update sheet_template set kind = p_template ->> 'kind', provider_id = v_provider, request_kind = v_request, title = p_template ->> 'title', text = p_template ->> 'text',
      is_active = (p_template ->> 'isActive')::boolean, version = version + 1, changed_by = v_staff.id, changed_at = now() where id = p_id returning * into t;
  end if;
  insert into sheet_template_version values (t.id, t.version, sheet_template_json(t));
  perform audit_record('sheetTemplates.save', null, null, jsonb_build_object('template', t.id, 'title', t.title, 'version', t.version));
  return sheet_template_json(t);
end $$;

create function sheet_template_offer(p_visit_id bigint, p_account_id bigint default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id); a account;
begin
  if p_account_id is not null then
    a := visit_account(v, p_account_id);
  end if;
  return (select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'kind', t.kind, 'title', t.title, 'text', t.text) order by t.kind, t.title, t.id), '[]')
    from sheet_template t where t.is_active and (t.provider_id is null or t.provider_id = a.provider_id));
end $$;

-- What a form may say of a visitor and one account.
create function sheet_facts(v visit, a account) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select jsonb_build_object('printedAt', now(), 'today', office_today(), 'operatorName', f.full_name,
    'office', jsonb_build_object('name', o.name, 'address', o.address, 'phone', o.phone),
    'subscriber', jsonb_build_object('name', subscriber_name(s), 'kind', s.kind), 'representative', v.representative ->> 'name',
    'account', (select jsonb_build_object('number', a.number, 'contract', a.contract, 'contractDate', a.contract_date, 'tariff', a.tariff, 'areaM2', trim_scale(a.area_m2)::text, 'residents', a.residents,
        'address', address_text(d, a.flat_as_printed), 'provider', p.legal_name, 'providerInn', p.inn, 'providerAddress', p.address, 'providerPhone', p.phone,
        'period', to_char(c.period, 'YYYY-MM'), 'closing', c.closing,
        'balances', coalesce((select jsonb_agg(jsonb_build_object('name', b ->> 'name', 'closing', (b -> 'closing')::bigint)) from jsonb_array_elements(service_balances(a.id, a.provider_id, c.period)) b), '[]'),
        'meters', (select coalesce(jsonb_agg(jsonb_build_object('name', service_name(p.id, m.service), 'serial', m.serial, 'decimals', m.decimals, 'verifiedUntil', m.verified_until,
            'values', reading_values(r), 'takenOn', r.taken_on) order by m.service, m.serial), '[]')
          from meter m left join lateral (select * from reading_last(m.id, office_today())) r on true where m.account_id = a.id and m.removed_on is null))
      from address d, provider p, (select max(period) as period, (select sum(closing)::bigint from charge x where x.account_id = a.id and x.period = max(y.period)) as closing from charge y where y.account_id = a.id) c
      where d.id = a.address_id and p.id = a.provider_id))
  from subscriber s, staff f join office o on o.id = f.office_id where s.id = v.subscriber_id and f.id = (current_staff()).id);

-- What is owed is told to whom a statement is, whatever the paper is called.
create function sheet_template_allow(v visit, p_text text, p_account_id bigint) returns void language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if p_text ~ '\{(debt|debtWords|debtPeriod|overpaid|balances)\}' then
    perform visit_allow(v, 'statement', p_account_id);
  end if;
end $$;

-- Whether the identification suffices is the gate's (operation_action): an application and an act are requests, a certificate tells as much as a statement.
create function sheet_template_give(p_operation_id uuid, p_visit_id bigint, p_template_id int, p_medium text, p_account_id bigint default null) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; t sheet_template; v_kind text; v_first jsonb;
begin
  if p_medium is null or p_medium not in ('print', 'save') then
    perform refuse('OK400', 'medium');
  end if;
  select * into t from sheet_template where id = p_template_id;
  v_kind := 'sheetTemplates.' || coalesce(t.kind, '');
  v_first := operation_repeat(p_operation_id, v_kind);
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id);
  if p_account_id is not null then
    a := visit_account(v, p_account_id);
  end if;
  if not coalesce(t.is_active and (t.provider_id is null or t.provider_id = a.provider_id), false) then
    perform refuse('OK404', 'sheetTemplate');
  end if;
  perform sheet_template_allow(v, t.text, a.id);
  return operation_done(p_operation_id, v_kind, v, '{}', jsonb_build_object('title', t.title, 'template', t.id, 'version', t.version, 'account', a.number, 'delivered', p_medium), a.id)
    || jsonb_build_object('content', jsonb_build_object('title', t.title, 'kind', t.kind, 'text', t.text, 'facts', sheet_facts(v, a)));
end $$;

insert into delivering_operation values ('sheetTemplates.application'), ('sheetTemplates.act'), ('sheetTemplates.certificate');

-- The form the application of a request is printed by, filled from this visit: the provider's own before that of all, or null.
create function sheet_template_of_request(v visit, r request) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare t sheet_template; a account;
begin
  select * into a from account where id = r.account_id;
  select x.* into t from sheet_template x where x.is_active and x.request_kind = r.kind and (x.provider_id is null or x.provider_id = a.provider_id) order by x.provider_id nulls last limit 1;
  if not found then
    return null;
  end if;
  perform sheet_template_allow(v, t.text, a.id);
  return jsonb_build_object('title', t.title, 'text', t.text, 'facts', sheet_facts(v, a));
end $$;

grant execute on function sheet_template_list(), sheet_template_history(int), sheet_template_save(int, int, jsonb) to okno_admin;
grant execute on function sheet_template_offer(bigint, bigint), sheet_template_give(uuid, bigint, int, text, bigint) to okno_operator;

reset role;
