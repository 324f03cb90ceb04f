-- Search and card. Both are audited; finding by document is limited per member of staff and returns matches, never documents.
set local role okno_owner;

create table document_lookup (
  staff_id int not null references staff,
  at timestamptz not null default now()
);
create index document_lookup_recent on document_lookup (staff_id, at);

-- One text was understood as several keys at once (src/shared/domain/search-query.ts); keys are in their comparison forms already.
-- p_names: [{last, first, middle}], folded prefixes. Returns at most p_limit hits, exact keys first.
create function desk_search(p_accounts text[] default '{}', p_contracts text[] default '{}', p_documents text[] default '{}', p_phones text[] default '{}',
  p_emails text[] default '{}', p_serials text[] default '{}', p_snils text[] default '{}', p_inns text[] default '{}', p_ogrns text[] default '{}',
  p_els text[] default '{}', p_zhku_ids text[] default '{}', p_names jsonb default '[]', p_organisations text[] default '{}',
  p_include_closed boolean default false, p_limit int default 20) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_result jsonb; v_wait int; c_end constant text := U&'\+10FFFF';
begin
  -- What one typed text can mean and no more: whoever asks with psql gets no list of subscribers, and one lookup is not a thousand.
  if greatest(cardinality(p_accounts), cardinality(p_contracts), cardinality(p_phones), cardinality(p_emails), cardinality(p_serials), cardinality(p_snils),
       cardinality(p_inns), cardinality(p_ogrns), cardinality(p_els), cardinality(p_zhku_ids), cardinality(p_organisations), jsonb_array_length(p_names)) > 16
     or cardinality(p_documents) > 4 or p_limit not between 1 and 50
     or exists (select from unnest(p_organisations) o where length(o) < 3)
     or exists (select from jsonb_to_recordset(p_names) as n(last text, first text)
                where coalesce(length(n.last), 0) < case when n.first is null then 3 else 2 end) then
    perform refuse('OK400', 'searchTooWide');
  end if;
  if cardinality(p_documents || p_snils) > 0 then
    -- One at a time, or several connections would each see the limit not reached.
    perform pg_advisory_xact_lock(hashtext('okno.documentLookup'), v_staff.id);
    select ceil(extract(epoch from min(at) + interval '1 minute' - now()))::int into v_wait
      from document_lookup where staff_id = v_staff.id and at > now() - interval '1 minute' having count(*) >= 20;
    if found then
      perform refuse('OK403', 'tooManyDocumentLookups', jsonb_build_object('waitSeconds', v_wait));
    end if;
    insert into document_lookup (staff_id) values (v_staff.id);
  end if;

  with found as (
    select a.subscriber_id, a.id as account_id, 1 as rank, 'account' as kind, a.number as text from account a where a.number_key = any(p_accounts)
    union all
    select a.subscriber_id, a.id, 2, 'contract', a.contract from account a where a.contract_key = any(p_contracts)
    union all
    select d.subscriber_id, null, 3, 'document', mask_document(d.key) from identity_document d where d.key = any(p_documents)
    union all
    select k.subscriber_id, null, 4, k.kind, mask_contact(k.kind, k.value) from subscriber_contact k where k.is_current and k.key = any(p_phones) and k.kind = 'phone'
    union all
    select k.subscriber_id, null, 4, k.kind, mask_contact(k.kind, k.value) from subscriber_contact k where k.is_current and k.key = any(p_emails) and k.kind = 'email'
    union all
    select a.subscriber_id, a.id, 5, 'serial', m.serial from meter m join account a on a.id = m.account_id where m.serial_key = any(p_serials)
    union all
    select s.id, null, 3, 'snils', mask_document(s.snils) from subscriber s where s.snils = any(p_snils)
    union all
    select s.id, null, 3, 'inn', s.inn from subscriber s where s.inn = any(p_inns)
    union all
    select s.id, null, 3, 'ogrn', s.ogrn from subscriber s where s.ogrn = any(p_ogrns)
    union all
    select a.subscriber_id, a.id, 1, 'els', a.els from account a where a.els = any(p_els)
    union all
    select a.subscriber_id, a.id, 1, 'zhkuId', a.zhku_id from account a where a.zhku_id = any(p_zhku_ids)
    union all
    select s.id, null, case when s.last_name_n = n.last collate "C" then 6 else 7 end, 'name', subscriber_name(s)
    from jsonb_to_recordset(p_names) as n(last text, first text, middle text)
    cross join lateral (
      select * from subscriber s
      where s.last_name_n >= n.last collate "C" and s.last_name_n < (n.last || c_end) collate "C"
        and s.first_name_n >= coalesce(n.first, '') collate "C" and s.first_name_n < (coalesce(n.first, '') || c_end) collate "C"
        and (n.middle is null or (s.middle_name_n >= n.middle collate "C" and s.middle_name_n < (n.middle || c_end) collate "C"))
      order by s.last_name_n, s.first_name_n, s.middle_name_n limit p_limit + 1) s
    union all
    select * from (select s.id, null::bigint, 8, 'organisation', s.org_name from subscriber s
      where s.org_name is not null and exists (select from unnest(p_organisations) o
        -- Word by word: a name has quotes, dashes and signs between its words, a key has none.
        where (select bool_and(position(w in s.org_name_n) > 0) from unnest(string_to_array(o, ' ')) w)) and cardinality(p_organisations) > 0 limit p_limit + 1) o
  ), best as (
    select distinct on (f.subscriber_id) f.subscriber_id, f.rank, f.kind, f.text, x.*
    from found f
    left join lateral (
      select a.id as account_id, a.number, a.contract, p.name as provider, a.status, address_text(d, a.flat_as_printed) as address
      from account a join provider p on p.id = a.provider_id join address d on d.id = a.address_id
      where a.subscriber_id = f.subscriber_id and (f.account_id is null or a.id = f.account_id)
      order by a.status = 'closed', a.id limit 1) x on true
    order by f.subscriber_id, f.rank, x.status = 'closed'
  ), shown as (
    select b.*, s.kind as subscriber_kind, subscriber_name(s) as name,
      (select count(*) from account a where a.subscriber_id = b.subscriber_id and (p_include_closed or a.status <> 'closed')) as accounts
    from best b join subscriber s on s.id = b.subscriber_id
    where p_include_closed or b.status is distinct from 'closed'
    order by b.rank, s.last_name_n, s.first_name_n, s.middle_name_n, s.id limit p_limit + 1
  )
  select jsonb_build_object(
    'hits', coalesce((select jsonb_agg(jsonb_build_object('subscriberId', subscriber_id, 'name', name, 'kind', subscriber_kind,
        'account', case when account_id is not null then jsonb_build_object('id', account_id, 'number', number, 'contract', contract, 'provider', provider,
          'status', status, 'address', address) end,
        'accountsCount', accounts, 'match', jsonb_build_object('kind', kind, 'text', text)) order by rank, name, subscriber_id)
      from (select * from shown limit p_limit) s), '[]'),
    'more', (select count(*) > p_limit from shown),
    'closedHidden', case when p_include_closed then 0 else (select count(*) from best where status = 'closed') end)
  into v_result;

  perform audit_record('desk.search', null, null, jsonb_build_object('hits', jsonb_array_length(v_result -> 'hits'),
    'subscribers', (select jsonb_agg(h -> 'subscriberId') from jsonb_array_elements(v_result -> 'hits') h),
    'by', to_jsonb(array_remove(array[case when cardinality(p_accounts) > 0 then 'account' end, case when cardinality(p_documents) > 0 then 'document' end,
      case when cardinality(p_phones) > 0 then 'phone' end, case when cardinality(p_emails) > 0 then 'email' end, case when cardinality(p_serials) > 0 then 'serial' end,
      case when cardinality(p_snils || p_inns || p_ogrns) > 0 then 'taxOrPension' end, case when jsonb_array_length(p_names) > 0 then 'name' end,
      case when cardinality(p_organisations) > 0 then 'organisation' end], null))));
  return v_result;
end $$;

create function card_account_json(a account) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select jsonb_build_object('id', a.id,
    'provider', jsonb_build_object('code', p.code, 'name', p.name, 'kind', p.profile -> 'paymentDocument' -> 'kind',
      'portalName', p.profile -> 'portal' -> 'name', 'portalScheme', p.profile -> 'portal' -> 'scheme'),
    'number', a.number, 'contract', a.contract, 'contractDate', a.contract_date, 'address', address_text(d, a.flat_as_printed), 'status', a.status,
    'openedOn', a.opened_on, 'closedOn', a.closed_on, 'areaM2', decimal_text(a.area_m2), 'residents', a.residents, 'els', a.els, 'zhkuId', a.zhku_id,
    'billDelivery', a.bill_delivery, 'tariff', a.tariff,
    'balance', (select jsonb_build_object('period', to_char(t.period, 'YYYY-MM'), 'closing', sum(c.closing),
        'services', jsonb_agg(jsonb_build_object('service', c.service, 'name', service_name(p.id, c.service), 'unit', c.unit, 'volume', decimal_text(c.volume),
          'tariff', decimal_text(c.tariff), 'opening', c.opening, 'accrued', c.accrued + c.accrued_common, 'recalculated', c.recalculated, 'benefit', c.benefit,
          'penalty', c.penalty, 'paid', c.paid, 'closing', c.closing) order by ps.position nulls last, c.service),
        'paidAfter', coalesce((select sum(y.amount) from payment y where y.account_id = a.id and y.paid_on >= t.period + interval '1 month'), 0))
      from (select account_closed_through(a.id) as period) t join charge c on c.account_id = a.id and c.period = t.period
      left join provider_service ps on ps.provider_id = p.id and ps.code = c.service group by t.period),
    'meters', (select coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'serial', m.serial, 'service', m.service, 'decimals', m.decimals, 'zones', m.zones,
        'verifiedUntil', m.verified_until, 'removedOn', m.removed_on,
        'lastReading', (select jsonb_build_object('takenOn', r.taken_on, 'values', reading_values(r), 'status', r.status, 'channel', r.channel)
          from meter_reading r where r.meter_id = m.id and r.status in ('entered', 'accepted', 'calculated') order by r.taken_on desc limit 1))
        order by m.removed_on is not null, array_position(array['cold_water', 'hot_water', 'electricity', 'gas', 'heat'], m.service), m.serial), '[]')
      from meter m where m.account_id = a.id),
    'portalUser', (select jsonb_build_object('id', u.id,
        -- A login that is an e-mail is masked like the e-mail.
        'login', case when u.login like '%@%' then mask_email(u.login) else u.login end, 'state', u.state, 'passwordIssuedAt', c.issued_at, 'passwordExpiresAt', c.expires_at,
        'mustChange', coalesce(c.one_time, false), 'lastSignInAt', u.last_sign_in_at,
        'linkedAccounts', (select count(*) from portal_account_link l where l.portal_user_id = u.id and l.unlinked_at is null),
        'esiaLinks', (select count(*) from esia_link e where e.portal_user_id = u.id and e.unlinked_at is null))
      from (select (account_portal_user(a)).*) u left join portal_credential c on c.portal_user_id = u.id and c.revoked_at is null where u.id is not null))
  from provider p, address d where p.id = a.provider_id and d.id = a.address_id);

-- Everything one visit needs, in one trip. An operator needs a visit of their own for it; a supervisor does not, and is audited alike.
create function desk_card(p_subscriber_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); s subscriber; v visit;
begin
  select * into s from subscriber where id = p_subscriber_id;
  if not found then
    perform refuse('OK404', 'subscriber');
  end if;
  select * into v from visit where staff_id = v_staff.id and subscriber_id = s.id and closed_at is null;
  if not found and not 'supervisor' = any(v_staff.roles) then
    perform refuse('OK403', 'visitRequired');
  end if;
  perform audit_record('desk.openCard', v.id, s.id, jsonb_build_object('withoutVisit', case when v.id is null then true end));
  return jsonb_build_object(
    'subscriber', jsonb_build_object('id', s.id, 'externalId', s.external_id, 'kind', s.kind, 'name', subscriber_name(s), 'birthDate', s.birth_date,
      'contactNote', s.contact_note, 'version', s.version),
    'documents', (select coalesce(jsonb_agg(jsonb_build_object('type', d.type, 'masked', mask_document(d.key), 'issuedOn', d.issued_on) order by d.id), '[]')
      from identity_document d where d.subscriber_id = s.id and d.is_current),
    'contacts', (select coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'kind', k.kind, 'masked', mask_contact(k.kind, k.value), 'state', k.state,
        'isCurrent', k.is_current, 'createdAt', k.created_at, 'confirmedAt', k.confirmed_at) order by k.is_current desc, k.id desc), '[]')
      from subscriber_contact k where k.subscriber_id = s.id),
    'accounts', (select coalesce(jsonb_agg(card_account_json(a) order by a.status = 'closed', a.id), '[]') from account a where a.subscriber_id = s.id),
    'timeline', (select coalesce(jsonb_agg(jsonb_build_object('operationId', o.id, 'visitId', o.visit_id, 'at', o.at, 'kind', o.kind, 'staffName', f.full_name,
        'details', o.details, 'undone', o.undone_by is not null,
        'canUndo', o.undo is not null and o.undone_by is null and o.staff_id = v_staff.id and o.visit_id = v.id) order by o.at desc), '[]')
      from (select * from operation where subscriber_id = s.id order by at desc limit 60) o join staff f on f.id = o.staff_id),
    'today', office_today());
end $$;

create function audit_events(p_visit_id bigint default null, p_subscriber_id bigint default null, p_staff_login text default null, p_limit int default 200)
returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v jsonb;
begin
  select coalesce(jsonb_agg(jsonb_build_object('chain', chain, 'seq', seq, 'at', at, 'staffLogin', staff_login, 'action', action, 'visitId', visit_id,
      'subscriberId', subscriber_id, 'details', details) order by at desc, seq desc), '[]') into v
  from (select * from audit_event
        where (p_visit_id is null or visit_id = p_visit_id) and (p_subscriber_id is null or subscriber_id = p_subscriber_id)
          and (p_staff_login is null or staff_login = p_staff_login)
        order by at desc, seq desc limit least(p_limit, 500)) e;
  perform audit_record('audit.events', p_visit_id, p_subscriber_id, jsonb_build_object('of', p_staff_login, 'rows', jsonb_array_length(v)));
  return v;
end $$;

grant execute on function desk_search(text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], jsonb, text[], boolean, int),
  desk_card(bigint) to okno_operator, okno_supervisor;
grant execute on function audit_events(bigint, bigint, text, int) to okno_supervisor, okno_admin;

reset role;
