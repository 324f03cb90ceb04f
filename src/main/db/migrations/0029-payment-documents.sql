-- Payment documents: what they are made of, how a period is closed, invoices (счёт) for the debt or another sum, statements of settlements (выписка).
set local role okno_owner;

---------------------------------------------------------------------------------------------------------------------------- the issuer's part

create function payment_document_requisites(p provider, p_notice boolean) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('code', p.code, 'name', p.name, 'legalName', p.legal_name, 'inn', p.inn, 'kpp', p.kpp, 'ogrn', p.ogrn, 'bankName', p.bank_name, 'bic', p.bic,
  'settlementAccount', p.settlement_account, 'correspondentAccount', p.correspondent_account, 'address', p.address, 'phone', p.phone, 'email', p.email, 'site', p.site,
  'hours', p.profile -> 'hours', 'emergency', p.profile -> 'emergency', 'fax', p.profile -> 'fax')
  || jsonb_build_object('notice', null, 'vatNote', null)
  || (p.profile -> 'paymentDocument') - '{penaltyRates,notice}'::text[]
  || jsonb_build_object('layout', coalesce(p.profile -> 'paymentDocument' -> 'layout', '{}'), 'notice', case when p_notice then p.profile -> 'paymentDocument' -> 'notice' end);

create function payment_document_services(p_provider_id int) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select jsonb_object_agg(code, jsonb_build_object('name', name, 'unit', unit))
  from (select code, service_default_name(code) as name, null as unit from unnest(array['cold_water', 'hot_water', 'electricity', 'gas', 'heat']) code
        where not exists (select from provider_service s where s.provider_id = p_provider_id and s.code = code)
        union all select code, name, unit from provider_service where provider_id = p_provider_id) x);

-- Months that carry the notice: `layout.noticeMonths`, none means all. The deadline is the law's for housing and utilities only.
create function payment_document_issuer_content(p provider, p_period date) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('period', to_char(p_period, 'YYYY-MM'), 'madeOn', office_today(),
  'dueOn', case when p.profile -> 'paymentDocument' ->> 'kind' = 'utility' then payment_due_on(p_period) end,
  'provider', payment_document_requisites(p, (select coalesce(jsonb_array_length(m) = 0 or m @> to_jsonb(extract(month from p_period)::int), true)
    from (select p.profile -> 'paymentDocument' -> 'layout' -> 'noticeMonths' as m) x)),
  'services', payment_document_services(p.id));

create function payment_document_issuer_of(p provider, p_period date) returns payment_document_issuer language plpgsql security definer set search_path = public, pg_temp as $$
declare v payment_document_issuer; v_content jsonb := payment_document_issuer_content(p, p_period); v_sha bytea := sha256(convert_to(v_content::text, 'UTF8'));
begin
  insert into payment_document_issuer (provider_id, period, content, sha256) values (p.id, p_period, v_content, v_sha) on conflict do nothing;
  select * into v from payment_document_issuer where provider_id = p.id and period = p_period and sha256 = v_sha;
  return v;
end $$;

---------------------------------------------------------------------------------------------------------------------------- the account's part

-- Names and addresses as its parts are written elsewhere; plpgsql, because it is called a million times in one go and an SQL function starts an executor for each.
create function payment_document_payer(a account, s subscriber, d address) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return jsonb_build_object('name', subscriber_name(s), 'lastName', s.last_name, 'firstName', s.first_name, 'middleName', s.middle_name,
  'address', address_text(d, a.flat_as_printed), 'account', a.number, 'contract', a.contract, 'els', a.els, 'zhkuId', a.zhku_id, 'areaM2', trim_scale(a.area_m2)::text, 'residents', a.residents);
end $$;

-- Own parts for accounts of one provider; accounts without charges in the period have none. Null and zero values are left out, as the shape says. One statement for
-- all of them, planned for this very period: a statement an account would open every month of the readings each time. A meter that was silent for two months costs a
-- look of its own.
create function payment_document_parts(p_provider_id int, p_period date, p_accounts bigint[]) returns table (account_id bigint, number text, content jsonb, due bigint)
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare v_next date := (p_period + interval '1 month')::date; v_suffix text := '-' || to_char(p_period, 'MMYYYY');
begin
  return query
  with dial as materialized (
    select m.* from meter m where m.account_id = any(p_accounts) and coalesce(m.removed_on, 'infinity') >= p_period and coalesce(m.installed_on, '-infinity') < v_next
  ), reading as (
    select r.meter_id, (array_agg(r order by r.taken_on desc) filter (where r.period = p_period))[1] as now, (array_agg(r order by r.taken_on desc) filter (where r.period < p_period))[1] as before
    from dial m join meter_reading r on r.meter_id = m.id
    where r.taken_on between p_period - 62 and p_period + 62 and r.status in ('entered', 'accepted', 'calculated') group by r.meter_id
  ), known as (
    -- A scalar subquery inside the case is asked only where it is needed; a lateral join would call the function for each meter.
    select m.*, n.now, case when (n.before).id is not null then n.before else (select x from reading_long_ago(m.id, p_period - 62, m.zones) x) end as before
    from dial m left join reading n on n.meter_id = m.id
  ), metered as (
    select m.account_id, jsonb_agg(jsonb_build_object('service', m.service, 'serial', m.serial, 'zones', nullif(m.zones, 1), 'decimals', nullif(m.decimals, 0),
      'ratio', nullif(trim_scale(m.ratio), 1)::text, 'verifiedUntil', m.verified_until, 'previous', coalesce(reading_values(m.before), to_jsonb(m.initial)),
      'previousOn', coalesce((m.before).taken_on, m.installed_on), 'current', reading_values(m.now), 'currentOn', (m.now).taken_on)
      order by array_position(array['cold_water', 'hot_water', 'electricity', 'gas', 'heat'], m.service), m.serial) as list
    from known m group by m.account_id
  )
  select a.id, a.number || v_suffix, jsonb_strip_nulls(jsonb_build_object('number', a.number || v_suffix, 'gisNumber', c.gis, 'payer', payment_document_payer(a, s, d), 'rows', c.list,
      'meters', m.list, 'lastPaidOn', (select y.paid_on from payment y where y.account_id = a.id and y.paid_on < v_next order by y.paid_on desc limit 1))), c.due
  from unnest(p_accounts) u(id) join account a on a.id = u.id join subscriber s on s.id = a.subscriber_id join address d on d.id = a.address_id
  cross join lateral (
    select jsonb_agg(jsonb_build_object('service', c.service, 'unit', case when c.unit is distinct from ps.unit then c.unit end, 'volume', trim_scale(c.volume)::text,
        'volumeCommon', trim_scale(c.volume_common)::text, 'tariff', trim_scale(c.tariff)::text, 'accrued', nullif(c.accrued, 0), 'accruedCommon', nullif(c.accrued_common, 0),
        'recalculated', nullif(c.recalculated, 0), 'recalculationReason', c.recalculation_reason, 'benefit', nullif(c.benefit, 0), 'penalty', nullif(c.penalty, 0),
        'opening', nullif(c.opening, 0), 'paid', nullif(c.paid, 0), 'closing', nullif(c.closing, 0)) || coalesce(c.facts - 'gisNumber', '{}') order by ps.position nulls last, c.service) as list,
      sum(coalesce((c.facts ->> 'instalmentDue')::bigint, c.closing))::bigint as due, max(c.facts ->> 'gisNumber') as gis
    from charge c left join provider_service ps on ps.provider_id = p_provider_id and ps.code = c.service where c.account_id = a.id and c.period = p_period) c
  left join metered m on m.account_id = a.id
  where c.list is not null;
end $$;

create function payment_document_sha(p_issuer payment_document_issuer, p_content jsonb) returns bytea language sql immutable
return sha256(p_issuer.sha256 || convert_to(p_content::text, 'UTF8'));

-- Both parts of a stored document; they are joined where they are drawn, so that a million documents do not carry one logo a million times.
create function payment_document_content(d payment_document) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('issuer', (select i.content from payment_document_issuer i where i.id = d.issuer_id), 'own', d.content);

-- What a document made now would be, stored nowhere.
create function payment_document_fresh(a account, p_period date) returns payment_document language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v payment_document;
begin
  select p.number, p.content, p.due into v.number, v.content, v.due from payment_document_parts(a.provider_id, p_period, array[a.id]) p;
  if not found then
    perform refuse('OK404', 'noChargesInPeriod', jsonb_build_object('period', to_char(p_period, 'YYYY-MM')));
  end if;
  v.account_id := a.id;
  v.period := p_period;
  v.issues := 0;
  v.rendering := 1;
  return v;
end $$;

-- Whether a stored document stays as it is: it was given out, or its period was closed when it was made.
create function payment_document_is_final(d payment_document, a account) returns boolean language sql stable security definer set search_path = public, pg_temp
return d.id is not null and (d.issues > 0 or exists (select from payment_period p where p.provider_id = a.provider_id and p.period = d.period and p.started_at <= d.made_at));

-- The document of a period to be given out now, locked. One that nobody has got and whose period is open is made again from what billing says now.
create function payment_document_made(a account, p_period date) returns payment_document language plpgsql security definer set search_path = public, pg_temp as $$
declare v payment_document; f payment_document; p provider; i payment_document_issuer;
begin
  select * into v from payment_document where account_id = a.id and period = p_period for update;
  if payment_document_is_final(v, a) then
    return v;
  end if;
  f := payment_document_fresh(a, p_period);
  select * into p from provider where id = a.provider_id;
  i := payment_document_issuer_of(p, p_period);
  insert into payment_document as t (account_id, issuer_id, period, due, number, content, content_sha256)
    values (a.id, i.id, p_period, f.due, f.number, f.content, payment_document_sha(i, f.content))
    on conflict on constraint payment_document_period do update set issuer_id = excluded.issuer_id, due = excluded.due, content = excluded.content,
      content_sha256 = excluded.content_sha256, made_at = excluded.made_at where t.issues = 0 and t.id is not distinct from v.id
    returning * into v;
  -- Another desk was quicker: its document is the one.
  if not found then
    select * into v from payment_document where account_id = a.id and period = p_period for update;
  end if;
  return v;
end $$;

-- Counts one giving-out. The number of the duplicate, null for the original. Belongs into the transaction that hands the sheet over.
create function payment_document_given(d payment_document) returns int language plpgsql security definer set search_path = public, pg_temp as $$
declare v_issues int;
begin
  update payment_document set issues = issues + 1 where id = d.id returning issues into v_issues;
  return nullif(v_issues - 1, 0);
end $$;

---------------------------------------------------------------------------------------------------------------------------- at the window

create function payment_document_periods(p_visit_id bigint, p_account_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id); a account := visit_account(v, p_account_id);
begin
  perform visit_allow(v, 'paymentDocument', a.id);
  return (select coalesce(jsonb_agg(jsonb_build_object('period', to_char(c.period, 'YYYY-MM'), 'accrued', c.accrued, 'closing', c.closing, 'penalty', c.penalty,
      'number', d.number, 'issues', coalesce(d.issues, 0), 'closed', z.state is not null) order by c.period desc), '[]')
    from (select period, sum(accrued + accrued_common) as accrued, sum(closing) as closing, sum(penalty) as penalty from charge where account_id = a.id group by period order by period desc limit 60) c
    left join payment_document d on d.account_id = a.id and d.period = c.period and d.issues > 0
    left join payment_period z on z.provider_id = a.provider_id and z.period = c.period);
end $$;

-- As it would be printed now. Of an open period nothing is stored: what somebody only looked at binds nobody.
create function payment_document_preview(p_visit_id bigint, p_account_id bigint, p_period text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id); a account := visit_account(v, p_account_id); d payment_document; v_content jsonb; v_period date := period_of(p_period); p provider;
begin
  perform visit_allow(v, 'paymentDocument', a.id);
  select * into d from payment_document where account_id = a.id and period = v_period;
  if payment_document_is_final(d, a) then
    v_content := payment_document_content(d);
  else
    d := payment_document_fresh(a, v_period);
    select * into p from provider where id = a.provider_id;
    v_content := jsonb_build_object('issuer', payment_document_issuer_content(p, v_period), 'own', d.content);
  end if;
  perform audit_record('paymentDocuments.preview', v.id, v.subscriber_id, jsonb_build_object('accountId', a.id, 'period', p_period));
  return v_content || jsonb_build_object('number', d.number, 'duplicate', nullif(d.issues, 0), 'rendering', d.rendering, 'issuedAt', now(), 'operatorName', (current_staff()).full_name);
end $$;

-- Counts one giving-out. Runs in one transaction with the printing, so what the printer refused is not counted. The content comes with the first
-- result only: a repeat of the operation prints nothing.
create function payment_document_issue(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_period text, p_medium text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; d payment_document; v_duplicate int; v_result jsonb; v_first jsonb := operation_repeat(p_operation_id, 'paymentDocuments.' || p_medium);
begin
  if p_medium is null or p_medium not in ('print', 'save') then
    perform refuse('OK400', 'medium');
  end if;
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id);
  a := visit_account(v, p_account_id);
  perform visit_allow(v, 'paymentDocument', a.id);
  d := payment_document_made(a, period_of(p_period));
  v_duplicate := payment_document_given(d);
  v_result := operation_done(p_operation_id, 'paymentDocuments.' || p_medium, v,
    jsonb_build_object('number', d.number, 'duplicate', v_duplicate, 'issuedAt', now()),
    jsonb_build_object('number', d.number, 'period', p_period, 'duplicate', v_duplicate, 'account', a.number), a.id);
  return v_result || jsonb_build_object('content', payment_document_content(d), 'rendering', d.rendering, 'operatorName', (current_staff()).full_name);
end $$;

---------------------------------------------------------------------------------------------------------------------------- closing a period
-- An act of a supervisor or an administrator, after the register of charges. From its first moment the charges of the period are final; the documents are then made
-- in chunks, each a transaction of its own. Broken off, it goes on where it stopped; repeated, it changes nothing.

create function payment_period_json(z payment_period) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select jsonb_build_object('provider', p.code, 'providerName', p.name, 'period', to_char(z.period, 'YYYY-MM'), 'state', z.state, 'accounts', z.accounts, 'made', z.made, 'kept', z.kept,
    'differing', z.differing, 'startedAt', z.started_at, 'startedBy', f.full_name, 'closedAt', z.closed_at)
  from provider p, staff f where p.id = z.provider_id and f.id = z.started_by);

create function payment_periods() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  perform current_staff();
  return (select coalesce(jsonb_agg(payment_period_json(z) order by z.period desc, z.provider_id), '[]') from (select * from payment_period order by period desc, provider_id limit 200) z);
end $$;

create function payment_period_provider(p_provider text) returns provider language plpgsql stable security definer set search_path = public, pg_temp as $$
declare p provider;
begin
  perform current_staff();
  select * into p from provider where code = p_provider;
  if not found then
    perform refuse('OK404', 'provider');
  end if;
  return p;
end $$;

create function payment_period_accounts(p_provider_id int, p_period date) returns int language sql stable security definer set search_path = public, pg_temp
return (select count(*) from account a where a.provider_id = p_provider_id and exists (select from charge c where c.account_id = a.id and c.period = p_period));

-- What closing would do: how many accounts have charges, how many documents were given out already, whether it may be done at all (`refusal`).
create function payment_period_check(p_provider text, p_period text) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare p provider := payment_period_provider(p_provider); v_period date := period_of(p_period); z payment_period; v_accounts int; v_refusal text;
begin
  select * into z from payment_period where provider_id = p.id and period = v_period;
  v_accounts := coalesce(z.accounts, payment_period_accounts(p.id, v_period));
  v_refusal := case when z.state = 'closed' then 'periodClosed' when v_accounts = 0 then 'noChargesInPeriod' else payment_period_early(p, v_period) end;
  return jsonb_build_object('accounts', v_accounts, 'state', coalesce(z.state, 'open'), 'refusal', v_refusal,
    'given', (select count(*) from payment_document d join account a on a.id = d.account_id where a.provider_id = p.id and d.period = v_period and d.issues > 0));
end $$;

-- A month that goes on has no final charges; services that are paid in advance (internet) are billed from its first day.
create function payment_period_early(p provider, p_period date) returns text language sql stable security definer set search_path = public, pg_temp
return case when p_period > case p.profile -> 'paymentDocument' ->> 'kind' when 'internet' then office_today() else office_today() - interval '1 month' end then 'periodNotOver' end;

create function payment_period_close(p_operation_id uuid, p_provider text, p_period text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare p provider := payment_period_provider(p_provider); v_period date := period_of(p_period); z payment_period; v_accounts int; v_early text;
  v_first jsonb := operation_repeat(p_operation_id, 'paymentDocuments.closePeriod');
begin
  select * into z from payment_period where provider_id = p.id and period = v_period for update;
  if not found then
    -- A repeat begins nothing: a period is never closed without the operation that says who did.
    if v_first is not null then
      perform refuse('OK409', 'operationIdUsed');
    end if;
    -- A register that is being merged must not change what is being read here; one that comes later finds the period closed.
    if not pg_try_advisory_xact_lock(hashtext('okno.registers')) then
      perform refuse('OK409', 'importRunning');
    end if;
    v_early := payment_period_early(p, v_period);
    if v_early is not null then
      perform refuse('OK409', v_early);
    end if;
    v_accounts := payment_period_accounts(p.id, v_period);
    if v_accounts = 0 then
      perform refuse('OK404', 'noChargesInPeriod', jsonb_build_object('period', p_period));
    end if;
    insert into payment_period (provider_id, period, issuer_id, accounts, started_by)
      values (p.id, v_period, (payment_document_issuer_of(p, v_period)).id, v_accounts, (current_staff()).id) returning * into z;
  end if;
  if v_first is null then
    perform operation_done(p_operation_id, 'paymentDocuments.closePeriod', null::visit, '{}', jsonb_build_object('provider', p.code, 'period', p_period, 'accounts', z.accounts));
  end if;
  return payment_period_json(z);
end $$;

-- Makes the documents of the next p_size accounts. A document that had been given out stays as it was.
create function payment_period_close_next(p_provider text, p_period text, p_size int) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare p provider := payment_period_provider(p_provider); z payment_period; i payment_document_issuer; v_accounts bigint[]; v_kept int; v_differing int; v_made int;
begin
  select * into z from payment_period where provider_id = p.id and period = period_of(p_period) for update;
  if not found then
    perform refuse('OK404', 'periodNotClosing');
  end if;
  if z.state = 'closed' then
    return payment_period_json(z);
  end if;
  select * into i from payment_document_issuer where id = z.issuer_id;
  select array_agg(id) into v_accounts from (select id from account where provider_id = z.provider_id and id > z.last_account_id order by id limit least(greatest(p_size, 1), 5000)) x;
  if v_accounts is null then
    update payment_period set state = 'closed', closed_at = now(), closed_by = (current_staff()).id where provider_id = z.provider_id and period = z.period returning * into z;
    perform audit_record('paymentDocuments.periodClosed', null, null, jsonb_build_object('provider', p.code, 'period', p_period, 'made', z.made, 'kept', z.kept, 'differing', z.differing));
    return payment_period_json(z);
  end if;
  with part as materialized (
    select * from payment_document_parts(z.provider_id, z.period, v_accounts)
  ), given as (
    select d.account_id, d.content - 'lastPaidOn' is distinct from part.content - 'lastPaidOn' as differs
    from part join payment_document d on d.account_id = part.account_id and d.period = z.period where d.issues > 0
  ), made as (
    insert into payment_document as t (account_id, issuer_id, period, due, number, content, content_sha256)
    select part.account_id, i.id, z.period, part.due, part.number, part.content, payment_document_sha(i, part.content) from part
    on conflict on constraint payment_document_period do update set issuer_id = excluded.issuer_id, due = excluded.due, content = excluded.content,
      content_sha256 = excluded.content_sha256, made_at = excluded.made_at where t.issues = 0 and t.made_at < z.started_at
    returning 1
  )
  select (select count(*) from made), (select count(*) from given), (select count(*) from given where differs) into v_made, v_kept, v_differing;
  update payment_period set made = made + v_made, kept = kept + v_kept, differing = differing + v_differing, last_account_id = v_accounts[cardinality(v_accounts)]
    where provider_id = z.provider_id and period = z.period returning * into z;
  return payment_period_json(z);
end $$;

---------------------------------------------------------------------------------------------------------------------------- invoices and statements

create table payment_invoice (
  id bigint generated always as identity primary key,
  operation_id uuid not null unique,
  account_id bigint not null references account,
  amount bigint not null check (amount > 0),
  content jsonb not null,
  made_at timestamptz not null default now()
);
create index payment_invoice_account on payment_invoice (account_id);
comment on table payment_invoice is 'Счета на оплату: what was asked for at a window outside the documents of periods, as it was printed.';

-- Where an account stands now: the balance of the last period billing has charged, less what was paid since. Services with what each of them owes.
create function payment_invoice_debt(a account) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_last date := account_closed_through(a.id); v jsonb;
begin
  select jsonb_build_object('period', to_char(v_last, 'YYYY-MM'), 'closing', coalesce(sum(c.closing), 0), 'services', coalesce(jsonb_agg(jsonb_build_object('service', c.service,
      'name', service_name(a.provider_id, c.service), 'closing', c.closing) order by ps.position nulls last, c.service), '[]'))
    into v from charge c left join provider_service ps on ps.provider_id = a.provider_id and ps.code = c.service where c.account_id = a.id and c.period = v_last;
  return v || jsonb_build_object('paidSince', (select coalesce(sum(y.amount), 0) from payment y where y.account_id = a.id and y.paid_on >= coalesce((v_last + interval '1 month')::date, '-infinity')));
end $$;

-- What was read in this visit, for the sheet and the payment code.
create function payment_invoice_readings(v visit, a account) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select coalesce(jsonb_agg(jsonb_build_object('service', m.service, 'name', service_name(a.provider_id, m.service), 'serial', m.serial, 'decimals', m.decimals, 'values', reading_values(r),
    'takenOn', r.taken_on) order by m.service, m.serial), '[]')
  from meter_reading r join meter m on m.id = r.meter_id
  where r.visit_id = v.id and m.account_id = a.id and r.taken_on between office_today() - 62 and office_today() + 31 and r.status in ('entered', 'accepted', 'calculated'));

create function payment_invoice_draft(p_visit_id bigint, p_account_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id); a account := visit_account(v, p_account_id);
begin
  perform visit_allow(v, 'paymentDocument', a.id);
  return payment_invoice_debt(a) || jsonb_build_object('readings', payment_invoice_readings(v, a));
end $$;

-- p_amount null: the whole debt. p_parts: [{service, amount}], «в том числе»; they make up the sum.
create function payment_invoice_content(v visit, a account, p_amount bigint, p_parts jsonb, p_readings boolean, p_number text) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_debt jsonb := payment_invoice_debt(a); v_amount bigint; v_parts jsonb := case when jsonb_typeof(p_parts) = 'array' then p_parts else '[]' end; p provider; s subscriber; d address;
begin
  v_amount := coalesce(p_amount, (v_debt ->> 'closing')::bigint - (v_debt ->> 'paidSince')::bigint);
  if v_amount <= 0 then
    perform refuse('OK409', case when p_amount is null then 'nothingOwed' else 'amountNotPositive' end);
  end if;
  -- A slip of the fingers costs the visitor a bank transfer to be sent back.
  if v_amount > 100000000 then
    perform refuse('OK400', 'amountTooLarge');
  end if;
  if jsonb_array_length(v_parts) > 0 and (select sum((x ->> 'amount')::bigint) from jsonb_array_elements(v_parts) x) is distinct from v_amount then
    perform refuse('OK400', 'partsDiffer');
  end if;
  if exists (select from jsonb_array_elements(v_parts) x where (x ->> 'amount')::bigint <= 0
             or not exists (select from charge c where c.account_id = a.id and c.service = x ->> 'service')) then
    perform refuse('OK400', 'partsUnknown');
  end if;
  select * into p from provider where id = a.provider_id;
  select * into s from subscriber where id = a.subscriber_id;
  select * into d from address where id = a.address_id;
  return jsonb_build_object('number', p_number, 'madeOn', office_today(), 'provider', payment_document_requisites(p, false), 'payer', payment_document_payer(a, s, d),
    'purpose', case when p_amount is null then 'debt' else 'sum' end, 'amount', v_amount, 'period', v_debt -> 'period', 'closing', v_debt -> 'closing', 'paidSince', v_debt -> 'paidSince',
    'parts', (select coalesce(jsonb_agg(jsonb_build_object('name', service_name(p.id, x ->> 'service'), 'amount', x -> 'amount') order by o), '[]') from jsonb_array_elements(v_parts) with ordinality e(x, o)),
    'readings', case when p_readings then payment_invoice_readings(v, a) else '[]' end);
end $$;

create function payment_invoice_preview(p_visit_id bigint, p_account_id bigint, p_amount bigint, p_parts jsonb, p_readings boolean) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id); a account := visit_account(v, p_account_id);
begin
  perform visit_allow(v, 'paymentDocument', a.id);
  perform audit_record('paymentDocuments.preview', v.id, v.subscriber_id, jsonb_build_object('accountId', a.id, 'what', 'invoice'));
  return jsonb_build_object('content', payment_invoice_content(v, a, p_amount, p_parts, p_readings, null), 'issuedAt', now(), 'operatorName', (current_staff()).full_name);
end $$;

insert into delivering_operation values ('paymentDocuments.invoice'), ('statements.give');

create function payment_invoice_issue(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_amount bigint, p_parts jsonb, p_readings boolean, p_medium text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; i payment_invoice; v_number text; v_result jsonb; v_first jsonb := operation_repeat(p_operation_id, 'paymentDocuments.invoice');
begin
  if p_medium is null or p_medium not in ('print', 'save') then
    perform refuse('OK400', 'medium');
  end if;
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id);
  a := visit_account(v, p_account_id);
  perform visit_allow(v, 'paymentDocument', a.id);
  v_number := 'СЧ-' || lpad(nextval(pg_get_serial_sequence('payment_invoice', 'id'))::text, 6, '0');
  insert into payment_invoice (id, operation_id, account_id, amount, content) overriding system value
    select currval(pg_get_serial_sequence('payment_invoice', 'id')), p_operation_id, a.id, (c ->> 'amount')::bigint, c from payment_invoice_content(v, a, p_amount, p_parts, p_readings, v_number) c
    returning * into i;
  v_result := operation_done(p_operation_id, 'paymentDocuments.invoice', v, jsonb_build_object('number', v_number, 'amount', i.amount, 'issuedAt', now()),
    jsonb_build_object('number', v_number, 'amount', i.amount, 'account', a.number, 'delivered', p_medium), a.id);
  return v_result || jsonb_build_object('content', i.content, 'operatorName', (current_staff()).full_name);
end $$;

-- Charges of an account by month and service and its payments, from one month to another, and what пени are reckoned from: everything since the first month known.
create function statement_facts(a account, p_from date, p_to date, p_with_past boolean) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare p provider; s subscriber; d address; v_until date := (p_to + interval '1 month')::date; v_since date; v_last date := account_closed_through(a.id);
begin
  select * into p from provider where id = a.provider_id;
  select * into s from subscriber where id = a.subscriber_id;
  select * into d from address where id = a.address_id;
  v_since := case when p_with_past then coalesce((select min(period) from charge where account_id = a.id), p_from) else p_from end;
  return jsonb_build_object('madeOn', office_today(), 'withPenalty', p_with_past, 'from', to_char(p_from, 'YYYY-MM'), 'to', to_char(p_to, 'YYYY-MM'), 'chargedThrough', to_char(v_last, 'YYYY-MM'),
    'provider', payment_document_requisites(p, false), 'payer', payment_document_payer(a, s, d), 'payerKind', s.kind,
    'penaltyRates', coalesce(p.profile -> 'paymentDocument' -> 'penaltyRates', '[]'),
    'rows', (select coalesce(jsonb_agg(jsonb_build_object('period', to_char(c.period, 'YYYY-MM'), 'service', c.service, 'name', service_name(p.id, c.service), 'opening', c.opening,
        'accrued', c.accrued + c.accrued_common, 'recalculated', c.recalculated, 'benefit', c.benefit, 'penalty', c.penalty, 'paid', c.paid, 'closing', c.closing)
        order by c.period, ps.position nulls last, c.service), '[]')
      from charge c left join provider_service ps on ps.provider_id = p.id and ps.code = c.service where c.account_id = a.id and c.period between v_since and p_to),
    'payments', (select coalesce(jsonb_agg(jsonb_build_object('paidOn', y.paid_on, 'amount', y.amount, 'channel', y.channel) order by y.paid_on, y.id), '[]')
      from payment y where y.account_id = a.id and y.paid_on >= v_since and y.paid_on < v_until));
end $$;

create function statement_months(p_from text, p_to text) returns void language plpgsql stable as $$
begin
  if period_of(p_to) < period_of(p_from) then
    perform refuse('OK400', 'statementMonthsOrder');
  end if;
  if period_of(p_to) >= period_of(p_from) + interval '36 months' then
    perform refuse('OK400', 'statementTooLong');
  end if;
end $$;

create function statement_preview(p_visit_id bigint, p_account_id bigint, p_from text, p_to text, p_penalty boolean) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id); a account := visit_account(v, p_account_id);
begin
  perform statement_months(p_from, p_to);
  perform visit_allow(v, 'statement', a.id);
  perform audit_record('statements.preview', v.id, v.subscriber_id, jsonb_build_object('accountId', a.id, 'from', p_from, 'to', p_to));
  return jsonb_build_object('content', statement_facts(a, period_of(p_from), period_of(p_to), p_penalty), 'issuedAt', now(), 'operatorName', (current_staff()).full_name);
end $$;

create function statement_issue(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_from text, p_to text, p_penalty boolean, p_medium text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; v_result jsonb; v_first jsonb := operation_repeat(p_operation_id, 'statements.give');
begin
  if p_medium is null or p_medium not in ('print', 'save') then
    perform refuse('OK400', 'medium');
  end if;
  if v_first is not null then return v_first; end if;
  perform statement_months(p_from, p_to);
  v := visit_require(p_visit_id);
  a := visit_account(v, p_account_id);
  v_result := operation_done(p_operation_id, 'statements.give', v, jsonb_build_object('issuedAt', now()),
    jsonb_build_object('from', p_from, 'to', p_to, 'account', a.number, 'delivered', p_medium), a.id);
  return v_result || jsonb_build_object('content', statement_facts(a, period_of(p_from), period_of(p_to), p_penalty), 'operatorName', (current_staff()).full_name);
end $$;

-- Facts for penaltyAccount (src/shared/domain/penalty-account.ts): how the пени of a period come about.
create function payment_document_penalty(p_visit_id bigint, p_account_id bigint, p_period text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id); a account := visit_account(v, p_account_id);
begin
  perform visit_allow(v, 'paymentDocument', a.id);
  perform audit_record('paymentDocuments.penalty', v.id, v.subscriber_id, jsonb_build_object('accountId', a.id, 'period', p_period));
  return statement_facts(a, period_of(p_period), period_of(p_period), true);
end $$;

grant execute on function payment_document_periods(bigint, bigint), payment_document_preview(bigint, bigint, text), payment_document_issue(uuid, bigint, bigint, text, text),
  payment_invoice_draft(bigint, bigint), payment_invoice_preview(bigint, bigint, bigint, jsonb, boolean), payment_invoice_issue(uuid, bigint, bigint, bigint, jsonb, boolean, text),
  statement_preview(bigint, bigint, text, text, boolean), statement_issue(uuid, bigint, bigint, text, text, boolean, text), payment_document_penalty(bigint, bigint, text) to okno_operator;
grant execute on function payment_periods(), payment_period_check(text, text), payment_period_close(uuid, text, text), payment_period_close_next(text, text, int) to okno_supervisor, okno_admin;

reset role;
