-- Payment documents (платёжные документы) of closed periods. The content is put together here from billing's figures, once, and stored: a reprint
-- in a year shows what was true then. Content: ПП 354 п. 69 and Приказ Минстроя 43/пр; shape: src/shared/domain/payment-document.ts.
set local role okno_owner;

create table payment_document (
  id bigint generated always as identity primary key,
  account_id bigint not null references account,
  period date not null check (extract(day from period) = 1),
  number text not null,
  content jsonb not null,
  content_sha256 bytea not null,
  made_at timestamptz not null default now(),
  issues int not null default 0 check (issues >= 0),
  constraint payment_document_period unique (account_id, period)
);
comment on column payment_document.issues is 'Times given out. The first is the original, the next is «ДУБЛИКАТ № 1».';

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

create function payment_document_content(a account, p_period date, p_number text) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select jsonb_build_object('number', p_number, 'period', to_char(p_period, 'YYYY-MM'), 'madeOn', office_today(),
    'dueOn', case when p.profile -> 'paymentDocument' ->> 'kind' = 'utility' then payment_due_on(p_period) end,
    'provider', jsonb_build_object('code', p.code, 'name', p.name, 'legalName', p.legal_name, 'inn', p.inn, 'kpp', p.kpp, 'ogrn', p.ogrn, 'bankName', p.bank_name, 'bic', p.bic,
      'settlementAccount', p.settlement_account, 'correspondentAccount', p.correspondent_account, 'address', p.address, 'phone', p.phone, 'email', p.email, 'site', p.site,
      'hours', p.profile -> 'hours', 'emergency', p.profile -> 'emergency', 'vatNote', p.profile -> 'paymentDocument' -> 'vatNote',
      'qrEncoding', p.profile -> 'paymentDocument' -> 'qrEncoding', 'techCode', p.profile -> 'paymentDocument' -> 'techCode',
      'kind', p.profile -> 'paymentDocument' -> 'kind', 'notice', p.profile -> 'paymentDocument' -> 'notice'),
    'payer', jsonb_build_object('name', subscriber_name(s), 'lastName', s.last_name, 'firstName', s.first_name, 'middleName', s.middle_name,
      'address', address_text(d, a.flat_as_printed), 'account', a.number, 'contract', a.contract, 'els', a.els, 'zhkuId', a.zhku_id,
      'areaM2', decimal_text(a.area_m2), 'residents', a.residents),
    'rows', (select jsonb_agg(jsonb_build_object('service', c.service, 'name', service_name(p.id, c.service), 'unit', coalesce(c.unit, ps.unit),
        'volume', decimal_text(c.volume), 'volumeCommon', decimal_text(c.volume_common), 'tariff', decimal_text(c.tariff),
        'accrued', c.accrued, 'accruedCommon', c.accrued_common, 'recalculated', c.recalculated, 'recalculationReason', c.recalculation_reason,
        'benefit', c.benefit, 'penalty', c.penalty, 'opening', c.opening, 'paid', c.paid, 'closing', c.closing) order by ps.position nulls last, c.service)
      from charge c left join provider_service ps on ps.provider_id = p.id and ps.code = c.service where c.account_id = a.id and c.period = p_period),
    'meters', (select coalesce(jsonb_agg(jsonb_build_object('service', m.service, 'name', service_name(p.id, m.service), 'serial', m.serial, 'zones', m.zones,
        'decimals', m.decimals, 'verifiedUntil', m.verified_until,
        'previous', coalesce(reading_values(before), to_jsonb(m.initial)), 'previousOn', coalesce(before.taken_on, m.installed_on),
        'current', reading_values(latest), 'currentOn', latest.taken_on) order by m.service, m.serial), '[]')
      from meter m
      left join lateral (select r.* from meter_reading r where r.meter_id = m.id and r.status in ('entered', 'accepted', 'calculated')
        and r.taken_on >= p_period and r.taken_on < p_period + interval '1 month' order by r.taken_on desc limit 1) latest on true
      left join lateral (select r.* from meter_reading r where r.meter_id = m.id and r.status in ('entered', 'accepted', 'calculated')
        and r.taken_on < p_period order by r.taken_on desc limit 1) before on true
      where m.account_id = a.id and coalesce(m.removed_on, 'infinity') >= p_period and coalesce(m.installed_on, '-infinity') < p_period + interval '1 month'),
    'totals', (select jsonb_build_object('opening', sum(opening), 'accrued', sum(accrued + accrued_common), 'recalculated', sum(recalculated), 'benefit', sum(benefit),
        'penalty', sum(penalty), 'paid', sum(paid), 'closing', sum(closing),
        'lastPaidOn', (select max(paid_on) from payment y where y.account_id = a.id and y.paid_on < p_period + interval '1 month'))
      from charge c where c.account_id = a.id and c.period = p_period))
  from provider p, subscriber s, address d where p.id = a.provider_id and s.id = a.subscriber_id and d.id = a.address_id);

-- The stored document of a period, made now when nobody has made it.
create function payment_document_made(a account, p_period date) returns payment_document language plpgsql security definer set search_path = public, pg_temp as $$
declare v payment_document; v_number text; v_content jsonb;
begin
  select * into v from payment_document where account_id = a.id and period = p_period for update;
  if found then
    return v;
  end if;
  if not exists (select from charge where account_id = a.id and period = p_period) then
    perform refuse('OK404', 'noChargesInPeriod', jsonb_build_object('period', to_char(p_period, 'YYYY-MM')));
  end if;
  v_number := a.number || '-' || to_char(p_period, 'MMYYYY');
  v_content := payment_document_content(a, p_period, v_number);
  insert into payment_document (account_id, period, number, content, content_sha256)
    values (a.id, p_period, v_number, v_content, sha256(convert_to(v_content::text, 'UTF8')))
    on conflict on constraint payment_document_period do nothing;
  select * into v from payment_document where account_id = a.id and period = p_period for update;
  return v;
end $$;

create function payment_document_periods(p_visit_id bigint, p_account_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id); a account := visit_account(v, p_account_id);
begin
  return (select coalesce(jsonb_agg(jsonb_build_object('period', to_char(c.period, 'YYYY-MM'), 'accrued', c.accrued, 'closing', c.closing,
      'number', d.number, 'issues', coalesce(d.issues, 0)) order by c.period desc), '[]')
    from (select period, sum(accrued + accrued_common) as accrued, sum(closing) as closing from charge where account_id = a.id group by period order by period desc limit 60) c
    left join payment_document d on d.account_id = a.id and d.period = c.period);
end $$;

create function payment_document_preview(p_visit_id bigint, p_account_id bigint, p_period text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id); a account := visit_account(v, p_account_id); d payment_document := payment_document_made(a, (p_period || '-01')::date);
begin
  perform audit_record('paymentDocuments.preview', v.id, v.subscriber_id, jsonb_build_object('accountId', a.id, 'period', p_period));
  return jsonb_build_object('content', d.content, 'number', d.number, 'duplicate', nullif(d.issues, 0), 'issuedAt', now(), 'operatorName', (current_staff()).full_name);
end $$;

-- Counts one giving-out. Runs in one transaction with the printing, so what the printer refused is not counted. The content comes with the first
-- result only: a repeat of the operation prints nothing.
create function payment_document_issue(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_period text, p_medium text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; d payment_document; v_result jsonb; v_first jsonb := operation_repeat(p_operation_id, 'paymentDocuments.' || p_medium);
begin
  if p_medium not in ('print', 'save') then
    perform refuse('OK400', 'medium');
  end if;
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id);
  a := visit_account(v, p_account_id);
  d := payment_document_made(a, (p_period || '-01')::date);
  update payment_document set issues = issues + 1 where id = d.id;
  v_result := operation_done(p_operation_id, 'paymentDocuments.' || p_medium, v,
    jsonb_build_object('number', d.number, 'duplicate', nullif(d.issues, 0), 'issuedAt', now()),
    jsonb_build_object('number', d.number, 'period', p_period, 'duplicate', nullif(d.issues, 0), 'account', a.number), a.id);
  return v_result || jsonb_build_object('content', d.content, 'operatorName', (current_staff()).full_name);
end $$;

-- Where a sheet went (printer and job, or file name), added once to the operation that made it, in the same transaction. Nothing else can be added,
-- to no other operation: a result is what a repeat is answered with.
create function operation_delivered(p_operation_id uuid, p_delivery jsonb) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update operation set result = result || (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(p_delivery) where key in ('jobId', 'printer', 'fileName'))
    where id = p_operation_id and staff_id = (current_staff()).id and at > now() - interval '10 minutes' and not result ?| array['jobId', 'fileName']
      and kind in ('portalAccess.reissuePassword', 'paymentDocuments.print', 'paymentDocuments.save');
  if not found then
    perform refuse('OK409', 'operationEnded');
  end if;
end $$;

grant execute on function payment_document_periods(bigint, bigint), payment_document_preview(bigint, bigint, text),
  payment_document_issue(uuid, bigint, bigint, text, text), operation_delivered(uuid, jsonb) to okno_operator;

reset role;
