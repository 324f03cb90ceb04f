-- The card, its audit, and what limits finding by document per member of staff (the search itself: 0013).
set local role okno_owner;

create table document_lookup (
  staff_id int not null references staff,
  at timestamptz not null default now()
);
create index document_lookup_recent on document_lookup (staff_id, at);

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

grant execute on function desk_card(bigint) to okno_operator, okno_supervisor;

reset role;
