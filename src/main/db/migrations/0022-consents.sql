-- Consents (согласия) and the way bills are delivered (product C4). A consent is a document of its own for one purpose and one channel (152-ФЗ ст. 9 as of 156-ФЗ,
-- domain §5.1, §5.5); service messages and advertising are asked apart (38-ФЗ ст. 18). What was agreed to can be read for ever: texts are never changed, a new one is a new version.
set local role okno_owner;

create table consent_text (
  purpose text not null check (purpose in ('service', 'advertising')),
  channel text not null check (channel in ('sms', 'email')),
  version text not null,
  text text not null,
  valid_from date not null,
  old_consents text not null default 'keep' check (old_consents in ('keep', 'askAgain')),
  primary key (purpose, channel, version)
);
comment on column consent_text.old_consents is 'What becomes of consents given by earlier texts: they stay as they are, or the desk asks for them anew; until then they hold for what they said.';
comment on column consent_text.text is 'With {provider}, {contact}: the legal name and the masked number or address.';

insert into consent_text (purpose, channel, version, valid_from, text) values
  ('service', 'sms', '2026-1', '2026-01-01', 'Я согласен(на) получать от {provider} справочные сообщения на номер телефона {contact}: о размере задолженности, установке и поверке приборов учёта, изменении тарифов, адресов и графиков работы офисов.'),
  ('service', 'email', '2026-1', '2026-01-01', 'Я согласен(на) получать от {provider} справочные сообщения на адрес электронной почты {contact}: о размере задолженности, установке и поверке приборов учёта, изменении тарифов, адресов и графиков работы офисов.'),
  ('advertising', 'sms', '2026-1', '2026-01-01', 'Я согласен(на) получать от {provider} рекламные сообщения на номер телефона {contact}.'),
  ('advertising', 'email', '2026-1', '2026-01-01', 'Я согласен(на) получать от {provider} рекламные сообщения на адрес электронной почты {contact}.');

create table consent (
  id bigint generated always as identity primary key,
  subscriber_id bigint not null references subscriber,
  provider_id int not null references provider,
  purpose text not null,
  channel text not null,
  text_version text not null,
  -- Which phone or e-mail the text named; null of what came without one.
  contact_id bigint references subscriber_contact,
  basis text not null default 'desk' check (basis in ('desk', 'portal', 'register')),
  given_at timestamptz not null default now(),
  given_by int references staff,
  withdrawn_at timestamptz,
  withdrawn_by int references staff,
  -- The consent by a newer text that took its place.
  replaced_by bigint references consent,
  foreign key (purpose, channel, text_version) references consent_text
);
create unique index consent_in_force on consent (subscriber_id, provider_id, purpose, channel) where withdrawn_at is null;
create trigger consent_direct_change after insert or update or delete on consent for each row
  when (coalesce(current_setting('okno.operation', true), '') = '') execute function audit_direct_change();

-- From which bill on a way of delivery holds: the first period billing has not closed.
create table bill_delivery_choice (
  id bigint generated always as identity primary key,
  account_id bigint not null references account,
  delivery text not null check (delivery in ('paper', 'email')),
  from_period date not null check (extract(day from from_period) = 1),
  before text,
  chosen_at timestamptz not null default now(),
  chosen_by int references staff,
  undone boolean not null default false
);
create index bill_delivery_choice_account on bill_delivery_choice (account_id, id desc);

create function consent_json(c consent) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('id', c.id, 'provider', (select code from provider where id = c.provider_id), 'providerName', (select name from provider where id = c.provider_id),
  'purpose', c.purpose, 'channel', c.channel, 'textVersion', c.text_version, 'contact', (select mask_contact(k.kind, k.value) from subscriber_contact k where k.id = c.contact_id),
  'basis', c.basis, 'givenAt', c.given_at,
  'givenBy', (select full_name from staff where id = c.given_by), 'isReplaced', c.replaced_by is not null, 'withdrawnAt', c.withdrawn_at, 'withdrawnBy', (select full_name from staff where id = c.withdrawn_by));

create function card_consents(p_subscriber_id bigint) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select coalesce(jsonb_agg(jsonb_build_object('provider', p.name, 'purpose', c.purpose, 'channel', c.channel, 'givenAt', c.given_at) order by p.name, c.purpose desc, c.channel), '[]')
    from consent c join provider p on p.id = c.provider_id where c.subscriber_id = p_subscriber_id and c.withdrawn_at is null);
end $$;

-- The contact a consent is about: a phone as it stands, an e-mail that has been confirmed (nobody's letters go to another's address).
create function consent_contact(p_subscriber_id bigint, p_channel text) returns subscriber_contact language sql stable security definer set search_path = public, pg_temp
return (select k from subscriber_contact k where k.subscriber_id = p_subscriber_id and k.purpose = 'main' and k.is_current and k.kind = case p_channel when 'sms' then 'phone' else 'email' end
        and (p_channel = 'sms' or k.state = 'confirmed'));

-- Where a bill by e-mail goes: to the address named for bills, else to the main one; confirmed, or it would be somebody's secrets in another's post.
create function bills_contact(p_subscriber_id bigint) returns subscriber_contact language plpgsql stable security definer set search_path = public, pg_temp as $$
declare k subscriber_contact;
begin
  select * into k from subscriber_contact where subscriber_id = p_subscriber_id and kind = 'email' and is_current and state = 'confirmed' and purpose in ('bills', 'main') order by purpose limit 1;
  return k;
end $$;

create function consent_words(p_provider_id int, t consent_text, k subscriber_contact) returns text language sql stable security definer set search_path = public, pg_temp
return replace(replace(t.text, '{provider}', (select legal_name from provider where id = p_provider_id)), '{contact}', coalesce(mask_contact(k.kind, k.value), '—'));

-- The text that is read out today.
create function consent_text_now(p_purpose text, p_channel text) returns consent_text language sql stable security definer set search_path = public, pg_temp
return (select t from consent_text t where t.purpose = p_purpose and t.channel = p_channel and t.valid_from <= office_today() order by t.valid_from desc, t.version desc limit 1);

-- Whether a newer text in force wants this consent to be asked for anew.
create function consent_is_outdated(c consent) returns boolean language sql stable security definer set search_path = public, pg_temp
return exists (select from consent_text n join consent_text o on (o.purpose, o.channel, o.version) = (c.purpose, c.channel, c.text_version)
  where (n.purpose, n.channel) = (c.purpose, c.channel) and n.old_consents = 'askAgain' and n.valid_from > o.valid_from and n.valid_from <= office_today());

create function consent_list(p_visit_id bigint, p_account_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id); a account := visit_account(v, p_account_id);
begin
  perform visit_allow(v, 'consents', a.id);
  return jsonb_build_object(
    'offers', (select jsonb_agg(jsonb_build_object('purpose', x.purpose, 'channel', x.channel, 'textVersion', t.version, 'text', consent_words(a.provider_id, t, k),
        'hasContact', k.id is not null,
        'inForce', (select consent_json(c) || jsonb_build_object('isOfContactNow', c.contact_id is null or c.contact_id is not distinct from k.id, 'isOutdated', consent_is_outdated(c)) from consent c where c.subscriber_id = v.subscriber_id and c.provider_id = a.provider_id and c.purpose = x.purpose and c.channel = x.channel
                    and c.withdrawn_at is null)) order by x.n)
      from (values (1, 'service', 'sms'), (2, 'service', 'email'), (3, 'advertising', 'sms'), (4, 'advertising', 'email')) x(n, purpose, channel)
      cross join lateral consent_text_now(x.purpose, x.channel) t left join lateral consent_contact(v.subscriber_id, x.channel) k on k.id is not null),
    'history', (select coalesce(jsonb_agg(consent_json(c) order by c.id desc), '[]') from consent c where c.subscriber_id = v.subscriber_id and c.provider_id = a.provider_id and c.withdrawn_at is not null),
    'delivery', (select jsonb_build_object('now', a.bill_delivery, 'canEmail', (bills_contact(v.subscriber_id)).id is not null,
      'nextPeriod', to_char(coalesce(account_closed_through(a.id) + interval '1 month', date_trunc('month', office_today())), 'YYYY-MM'),
      'chosen', (select jsonb_build_object('delivery', b.delivery, 'fromPeriod', to_char(b.from_period, 'YYYY-MM'), 'before', b.before, 'chosenAt', b.chosen_at,
                   'chosenBy', (select full_name from staff where id = b.chosen_by)) from bill_delivery_choice b
                 where b.account_id = a.id and not b.undone order by b.id desc limit 1))));
end $$;

create function consent_give(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_purpose text, p_channel text, p_text_version text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; c consent; v_old consent; k subscriber_contact; v_staff staff := current_staff(); v_first jsonb := operation_repeat(p_operation_id, 'consents.give');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id);
  a := visit_account(v, p_account_id);
  -- What was read out must be what is signed.
  if (consent_text_now(p_purpose, p_channel)).version is distinct from p_text_version then
    perform refuse('OK409', 'consentTextChanged');
  end if;
  k := consent_contact(v.subscriber_id, p_channel);
  if k.id is null then
    perform refuse('OK409', case p_channel when 'sms' then 'consentNeedsPhone' else 'consentNeedsEmail' end);
  end if;
  -- One by an earlier text gives way to the one by the new text.
  select * into v_old from consent o where o.subscriber_id = v.subscriber_id and o.provider_id = a.provider_id and o.purpose = p_purpose and o.channel = p_channel and o.withdrawn_at is null for update;
  if v_old.id is not null and consent_is_outdated(v_old) then
    update consent set withdrawn_at = now(), withdrawn_by = v_staff.id where id = v_old.id;
  else
    v_old := null;
  end if;
  insert into consent (subscriber_id, provider_id, purpose, channel, text_version, contact_id, given_by)
    values (v.subscriber_id, a.provider_id, p_purpose, p_channel, p_text_version, k.id, v_staff.id)
    on conflict (subscriber_id, provider_id, purpose, channel) where withdrawn_at is null do nothing returning * into c;
  if not found then
    perform refuse('OK409', 'consentAlreadyGiven');
  end if;
  update consent set replaced_by = c.id where id = v_old.id;
  return operation_done(p_operation_id, 'consents.give', v, consent_json(c),
    jsonb_build_object('purpose', p_purpose, 'channel', p_channel, 'textVersion', p_text_version, 'provider', (select name from provider where id = a.provider_id)), a.id,
    jsonb_build_object('consentId', c.id));
end $$;

create function consent_withdraw(p_operation_id uuid, p_visit_id bigint, p_consent_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; c consent; v_account_id bigint; v_staff staff := current_staff(); v_first jsonb := operation_repeat(p_operation_id, 'consents.withdraw');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id);
  select * into c from consent where id = p_consent_id and subscriber_id = v.subscriber_id for update;
  if not found then
    perform refuse('OK404', 'consent');
  end if;
  if c.withdrawn_at is not null then
    perform refuse('OK409', 'consentWithdrawn');
  end if;
  -- The provider's matrix is asked for one of the subscriber's accounts with it.
  select id into v_account_id from account where subscriber_id = v.subscriber_id and provider_id = c.provider_id order by status = 'closed', id limit 1;
  update consent set withdrawn_at = now(), withdrawn_by = v_staff.id where id = c.id returning * into c;
  return operation_done(p_operation_id, 'consents.withdraw', v, consent_json(c),
    jsonb_build_object('purpose', c.purpose, 'channel', c.channel, 'provider', (select name from provider where id = c.provider_id)), v_account_id, jsonb_build_object('consentId', c.id));
end $$;

create function undo_consents_give(t operation, v visit) returns uuid[] language plpgsql security definer set search_path = public, pg_temp as $$
begin
  -- Nobody has agreed: the row goes to the history as withdrawn at once, it is never deleted.
  update consent set withdrawn_at = now(), withdrawn_by = v.staff_id where id = (t.undo ->> 'consentId')::bigint and withdrawn_at is null;
  if not found then
    perform refuse('OK409', 'changedSince');
  end if;
  update consent set withdrawn_at = null, withdrawn_by = null, replaced_by = null where replaced_by = (t.undo ->> 'consentId')::bigint;
  return null;
end $$;

create function undo_consents_withdraw(t operation, v visit) returns uuid[] language plpgsql security definer set search_path = public, pg_temp as $$
declare c consent;
begin
  select * into c from consent where id = (t.undo ->> 'consentId')::bigint for update;
  if exists (select from consent o where o.subscriber_id = c.subscriber_id and o.provider_id = c.provider_id and o.purpose = c.purpose and o.channel = c.channel and o.withdrawn_at is null) then
    perform refuse('OK409', 'changedSince');
  end if;
  update consent set withdrawn_at = null, withdrawn_by = null where id = c.id;
  return null;
end $$;

create function bill_delivery_choose(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_delivery text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; b bill_delivery_choice; v_staff staff := current_staff(); v_first jsonb := operation_repeat(p_operation_id, 'consents.chooseDelivery');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id);
  a := visit_account(v, p_account_id);
  if a.status = 'closed' then
    perform refuse('OK409', 'accountClosed');
  end if;
  if p_delivery is null or p_delivery not in ('paper', 'email') then
    perform refuse('OK400', 'shape');
  end if;
  if p_delivery = 'email' and (bills_contact(v.subscriber_id)).id is null then
    perform refuse('OK409', 'consentNeedsEmail');
  end if;
  insert into bill_delivery_choice (account_id, delivery, from_period, before, chosen_by)
    values (a.id, p_delivery, coalesce(account_closed_through(a.id) + interval '1 month', date_trunc('month', office_today())), a.bill_delivery, v_staff.id) returning * into b;
  update account set bill_delivery = p_delivery, version = version + 1 where id = a.id;
  return operation_done(p_operation_id, 'consents.chooseDelivery', v, jsonb_build_object('delivery', b.delivery, 'fromPeriod', to_char(b.from_period, 'YYYY-MM')),
    jsonb_build_object('delivery', b.delivery, 'from', a.bill_delivery, 'fromPeriod', to_char(b.from_period, 'YYYY-MM'), 'account', a.number), a.id, jsonb_build_object('choiceId', b.id));
end $$;

create function undo_consents_choose_delivery(t operation, v visit) returns uuid[] language plpgsql security definer set search_path = public, pg_temp as $$
declare b bill_delivery_choice;
begin
  select * into b from bill_delivery_choice where id = (t.undo ->> 'choiceId')::bigint for update;
  if exists (select from bill_delivery_choice n where n.account_id = b.account_id and n.id > b.id and not n.undone) then
    perform refuse('OK409', 'changedSince');
  end if;
  update bill_delivery_choice set undone = true where id = b.id;
  update account set bill_delivery = b.before, version = version + 1 where id = b.account_id;
  return null;
end $$;

-- What the printed consent says, a paper to sign: one in force says what was agreed to then, else today's text is printed.
create function consent_form(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_purpose text, p_channel text, p_medium text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; t consent_text; c consent; k subscriber_contact; p provider; v_staff staff := current_staff(); v_first jsonb := operation_repeat(p_operation_id, 'consents.form');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id);
  a := visit_account(v, p_account_id);
  select * into c from consent o where o.subscriber_id = v.subscriber_id and o.provider_id = a.provider_id and o.purpose = p_purpose and o.channel = p_channel and o.withdrawn_at is null;
  if found then
    select * into t from consent_text o where o.purpose = p_purpose and o.channel = p_channel and o.version = c.text_version;
    select * into k from subscriber_contact where id = c.contact_id;
  else
    t := consent_text_now(p_purpose, p_channel);
    k := consent_contact(v.subscriber_id, p_channel);
  end if;
  if t.version is null then
    perform refuse('OK404', 'consent');
  end if;
  if p_medium is null or p_medium not in ('print', 'save') then
    perform refuse('OK400', 'medium');
  end if;
  if k.id is null and c.id is null then
    perform refuse('OK409', case p_channel when 'sms' then 'consentNeedsPhone' else 'consentNeedsEmail' end);
  end if;
  select * into p from provider where id = a.provider_id;
  return operation_done(p_operation_id, 'consents.form', v, jsonb_build_object('issuedAt', now()),
      jsonb_build_object('purpose', p_purpose, 'channel', p_channel, 'textVersion', t.version, 'medium', p_medium), a.id)
    || jsonb_build_object('content', jsonb_build_object('purpose', t.purpose, 'channel', t.channel, 'version', t.version, -- The paper names the number or address in full: nobody signs for one that can't be read.
      'text', replace(t.text, '{provider}', p.legal_name), 'contact', k.value, 'givenAt', c.given_at,
      'subscriberName', (select subscriber_name(s) from subscriber s where s.id = v.subscriber_id), 'representative', v.representative ->> 'name',
      'address', (select address_text(d, a.flat_as_printed) from address d where d.id = a.address_id), 'accountNumber', a.number, 'legalName', p.legal_name, 'providerAddress', p.address,
      'operatorName', v_staff.full_name, 'issuedAt', now()));
end $$;

-- ── Texts, an administrator's ────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- `given`: consents in force by this text. `isNow`: the one that is read out today.
create function consent_text_json(t consent_text) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('purpose', t.purpose, 'channel', t.channel, 'version', t.version, 'text', t.text, 'validFrom', t.valid_from, 'oldConsents', t.old_consents,
  'isNow', t.version is not distinct from (consent_text_now(t.purpose, t.channel)).version);

create function consent_text_list() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return jsonb_build_object('today', office_today(), 'texts', (select jsonb_agg(consent_text_json(t) || jsonb_build_object('given', coalesce(g.n, 0)) order by t.valid_from desc, t.version desc)
    from consent_text t left join (select purpose, channel, text_version, count(*) as n from consent where withdrawn_at is null group by 1, 2, 3) g
      on (g.purpose, g.channel, g.text_version) = (t.purpose, t.channel, t.version)));
end $$;

-- A new version from a day on, which is today or later and nobody else's of the same purpose and channel; its number is «2026-2», the second of its year. The same text of the same day again
-- is the first answer.
create function consent_text_add(p_purpose text, p_channel text, p_text text, p_valid_from date, p_old_consents text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare t consent_text; v_year text := to_char(p_valid_from, 'YYYY');
begin
  if p_purpose is null or p_purpose not in ('service', 'advertising') or p_channel is null or p_channel not in ('sms', 'email') or p_valid_from is null
      or p_old_consents is null or p_old_consents not in ('keep', 'askAgain') or coalesce(length(p_text), 0) not between 20 and 1500 or position('{provider}' in p_text) = 0 then
    perform refuse('OK400', 'shape');
  end if;
  perform pg_advisory_xact_lock(hashtextextended('consent_text', 0));
  select * into t from consent_text o where o.purpose = p_purpose and o.channel = p_channel and o.valid_from = p_valid_from limit 1;
  if found and (t.text, t.old_consents) = (p_text, p_old_consents) then
    return consent_text_json(t);
  elsif found then
    perform refuse('OK409', 'consentTextDayTaken', jsonb_build_object('version', t.version));
  elsif p_valid_from < office_today() then
    perform refuse('OK409', 'consentTextDayPast');
  end if;
  perform set_config('okno.operation', 'consents.addText', true);
  insert into consent_text (purpose, channel, version, text, valid_from, old_consents)
    select p_purpose, p_channel, v_year || '-' || coalesce(max(substr(o.version, 6)::int), 0) + 1, p_text, p_valid_from, p_old_consents
    from consent_text o where o.purpose = p_purpose and o.channel = p_channel and o.version ~ ('^' || v_year || '-\d{1,6}$') returning * into t;
  perform audit_record('consents.addText', null, null, jsonb_build_object('purpose', t.purpose, 'channel', t.channel, 'textVersion', t.version, 'validFrom', t.valid_from, 'oldConsents', t.old_consents));
  return consent_text_json(t);
end $$;

-- Takes back a text whose day has not come: nobody can have agreed to it.
create function consent_text_drop(p_purpose text, p_channel text, p_version text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare t consent_text;
begin
  select * into t from consent_text o where o.purpose = p_purpose and o.channel = p_channel and o.version = p_version for update;
  if not found then
    perform refuse('OK404', 'consentText');
  elsif t.valid_from <= office_today() then
    perform refuse('OK409', 'consentTextInForce');
  end if;
  perform set_config('okno.operation', 'consents.dropText', true);
  delete from consent_text o where o.purpose = p_purpose and o.channel = p_channel and o.version = p_version;
  perform audit_record('consents.dropText', null, null, jsonb_build_object('purpose', t.purpose, 'channel', t.channel, 'textVersion', t.version, 'validFrom', t.valid_from));
end $$;

grant execute on function consent_text_list(), consent_text_add(text, text, text, date, text), consent_text_drop(text, text, text) to okno_admin;

insert into delivering_operation values ('consents.form');

grant execute on function consent_list(bigint, bigint), consent_give(uuid, bigint, bigint, text, text, text), consent_withdraw(uuid, bigint, bigint),
  bill_delivery_choose(uuid, bigint, bigint, text), consent_form(uuid, bigint, bigint, text, text, text) to okno_operator;

reset role;
