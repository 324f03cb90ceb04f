-- Contacts: several phones and e-mails with a purpose, three ways of confirming, taking a change back.
-- A code or the token of a link is made here and goes only into the outbox, which staff logins can't read; kept are their SHA-256. An operator learns a code from
-- the visitor or not at all.
-- Decided: the login of a cabinet that is an e-mail follows the confirmed main e-mail by an operation at the desk (or its link) only, in the same transaction, told in the
-- timeline; never by a register. It does not follow where somebody else's accounts hang on that login, and the change is refused while another cabinet has the new one.
set local role okno_owner;

create table contact_confirmation (
  id bigint generated always as identity primary key,
  contact_id bigint not null references subscriber_contact,
  visit_id bigint not null references visit,
  way text not null default 'emailCode' check (way in ('emailCode', 'smsCode', 'link')),
  operation_id uuid not null,
  outbox_operation_id uuid not null,
  salt uuid not null default gen_random_uuid(),
  code_hash bytea not null,
  sent_at timestamptz not null default now(),
  expires_at timestamptz not null,
  attempts_left int not null default 5 check (attempts_left >= 0),
  resends int not null default 0,
  state text not null default 'waiting' check (state in ('waiting', 'confirmed', 'cancelled'))
);
comment on column contact_confirmation.code_hash is 'SHA-256: of salt and code, or of the token of a link (256 bits).';
create unique index contact_confirmation_waiting on contact_confirmation (contact_id) where state = 'waiting';
create index contact_confirmation_visit on contact_confirmation (visit_id);
create index contact_confirmation_link on contact_confirmation (code_hash) where way = 'link' and state = 'waiting';
create index contact_confirmation_contact on contact_confirmation (contact_id);

-- What the notice of a change lets its reader do: bring back the contact that was theirs. Used once, within safety.revertHours.
create table contact_revert_link (
  token_hash bytea primary key,
  contact_id bigint not null references subscriber_contact,
  restore_id bigint references subscriber_contact,
  operation_id uuid not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
comment on column contact_revert_link.contact_id is 'The change told: when another one has come since, this link takes nothing back and that one''s notice has its own.';
comment on column contact_revert_link.restore_id is 'What comes back, over several changes if need be; null: there was none before.';
create index contact_revert_link_contact on contact_revert_link (contact_id);

-- ── Rules ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- What the providers of a subscriber's open accounts ask, all together: {ways (of any of them), codeMinutes (shortest), confirmUrl and linkMinutes
-- (of the first that has links), links (whether an address may be confirmed by one), revertHours (longest), notices, providerId (whose words are used)}.
create function contact_policy(p_subscriber_id bigint) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (
    with p as materialized (
      select p.id, min(a.id) as place, p.profile -> 'portal' as portal, p.profile -> 'safety' as safety, p.profile -> 'notices' as notices
      from account a join provider p on p.id = a.provider_id where a.subscriber_id = p_subscriber_id and a.status <> 'closed' group by p.id
    ), link as (
      select portal from p where portal ->> 'confirmUrl' like '%{token}%' order by coalesce(portal -> 'confirmations' ? 'link', false) desc, place limit 1
    )
    select jsonb_build_object(
      'providerId', (select id from p order by place limit 1),
      'ways', coalesce((select jsonb_agg(distinct w) from p, jsonb_array_elements_text(coalesce(p.portal -> 'confirmations', '["emailCode"]')) w), '["emailCode"]'),
      'codeMinutes', coalesce((select min((portal ->> 'codeMinutes')::int) from p), 10),
      'confirmUrl', (select portal ->> 'confirmUrl' from link), 'linkMinutes', coalesce((select (portal ->> 'linkMinutes')::int from link), 1440),
      'links', coalesce((select portal -> 'confirmations' ? 'link' from link), false),
      'revertHours', coalesce((select max((safety ->> 'revertHours')::int) from p), 24),
      'notices', coalesce((select jsonb_agg(distinct n) from p, jsonb_array_elements_text(coalesce(p.notices -> 'contactChanged', '["email"]')) n), '["email"]'))
  );
end $$;

-- Ways a contact may be confirmed by, in the order of the desk: the visitor stands there, so a code that is read out comes first (`portal.confirmations` has the portal's
-- own order); a link is for who can't open the letter here. What can't leave the office is not offered; where a profile has no way for an e-mail, a code is.
create function contact_ways(p_policy jsonb, p_kind text) returns text[] language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_ways text[];
begin
  if p_kind = 'phone' then
    return case when p_policy -> 'ways' ? 'smsCode' and outbox_can('sms') then array['smsCode'] else array[]::text[] end;
  end if;
  v_ways := array_remove(array[case when p_policy -> 'ways' ? 'emailCode' then 'emailCode' end, case when (p_policy ->> 'links')::boolean then 'link' end], null);
  return case when v_ways = '{}' then array['emailCode'] else v_ways end;
end $$;

-- Only a Russian mobile number gets an SMS.
create function phone_is_mobile(p_value text) returns boolean language sql immutable parallel safe
return p_value ~ '^\+79[0-9]{9}$';

create function contact_key(p_kind text, p_value text) returns text language sql immutable parallel safe
return case when p_kind = 'email' then lower(p_value) when p_value ~ '^\+7[3489][0-9]{9}$' then right(p_value, 10) else substr(p_value, 2) end;

-- «И*** П. С.»: enough for the visitor to say «that is my wife», too little to be told who it is.
create function mask_name(s subscriber) returns text language sql immutable
return case when s.kind = 'person' or s.org_name is null then concat_ws(' ', left(s.last_name, 1) || '***', left(s.first_name, 1) || '.', left(s.middle_name, 1) || '.')
  else left(ltrim(regexp_replace(s.org_name, '^(ООО|АО|ПАО|ЗАО|ТСЖ|ТСН|ЖСК|ИП)\s+', ''), ' «"„'), 1) || '***' end;

-- ── One subscriber at a time ─────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Changes of one subscriber's contacts take turns, whichever desk or portal makes them; always taken before a row of a contact.
create function contacts_lock(p_subscriber_id bigint) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform from subscriber where id = p_subscriber_id for no key update;
end $$;

-- A contact in force is named by its purpose too: another purpose is another version.
create function contact_mark(k subscriber_contact) returns text language sql immutable parallel safe
return k.id::text || case when k.is_current then k.purpose else 'w' end;

-- The version of a subscriber's contacts: which are in force and which wait. A note, a reading or another name by another desk is nothing to a form about a contact; a
-- register or the portal that brings an address is. Computed, so that loading a million addresses costs nothing for it.
create function contacts_version(p_subscriber_id bigint) returns int language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select hashtext(coalesce(string_agg(contact_mark(k), '/' order by k.id), ''))
    from subscriber_contact k where k.subscriber_id = p_subscriber_id and (k.is_current or k.state = 'awaiting'));
end $$;

-- Who changed the contacts since, and what this one is now (masked). An operation older than the newest contact did not bring that: a register or the portal did.
create function contact_conflict(p_subscriber_id bigint, p_kind text) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select jsonb_build_object('staffName', f.full_name, 'at', o.at, 'kind', o.kind, 'current',
      (select jsonb_build_object('value', max(mask_contact(k.kind, k.value)) filter (where k.is_current), 'state', max(k.state) filter (where k.is_current),
          'awaiting', max(mask_contact(k.kind, k.value)) filter (where k.state = 'awaiting'))
        from subscriber_contact k where k.subscriber_id = p_subscriber_id and k.kind = p_kind and k.purpose = 'main' and (k.is_current or k.state = 'awaiting')))
    from (select) one
    left join lateral (select x.at, x.kind, x.staff_id from operation x
      where x.subscriber_id = p_subscriber_id and (x.kind like 'contacts.%' and x.kind <> 'contacts.unmask' or x.kind = 'visits.undo' and x.details ->> 'undone' like 'contacts.%')
        and x.at >= (select max(k.created_at) from subscriber_contact k where k.subscriber_id = p_subscriber_id)
      order by x.at desc limit 1) o on true
    left join staff f on f.id = o.staff_id);
end $$;

-- Locks, and refuses who saw other contacts than there are.
create function contacts_as_seen(p_subscriber_id bigint, p_kind text, p_version int) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform contacts_lock(p_subscriber_id);
  if contacts_version(p_subscriber_id) is distinct from p_version then
    perform refuse('OK409', 'changedByAnotherDesk', contact_conflict(p_subscriber_id, p_kind));
  end if;
end $$;

-- 'contacts.changeEmail', 'contacts.changePhone': the matrix of a provider tells e-mails and phones apart.
create function contact_operation(p_verb text, p_kind text) returns text language sql immutable parallel safe
return 'contacts.' || p_verb || case p_kind when 'email' then 'Email' when 'phone' then 'Phone' end;

create function contact_action(p_kind text) returns text language plpgsql immutable security definer set search_path = public, pg_temp as $$
begin
  if p_kind is null or p_kind not in ('email', 'phone') then
    perform refuse('OK400', 'contactKind');
  end if;
  return case p_kind when 'email' then 'changeEmail' else 'changePhone' end;
end $$;

-- ── What depends on a contact ────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Cabinets whose login is this address and whose accounts are all this subscriber's: `taken` when another cabinet has the new login already.
create function contact_logins(p_subscriber_id bigint, p_key text, p_new_key text default null) returns table (portal_user_id bigint, portal_name text, taken boolean)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query select u.id, p.portal_name, p_new_key is not null and exists (select from portal_user o where o.provider_id = u.provider_id and o.login_key = p_new_key and o.id <> u.id)
    from account a join provider p on p.id = a.provider_id and p.portal_scheme = 'email'
    join portal_account_link l on l.account_id = a.id and l.unlinked_at is null join portal_user u on u.id = l.portal_user_id and u.provider_id = p.id and u.login_key = p_key
    where a.subscriber_id = p_subscriber_id
      and not exists (select from portal_account_link o join account x on x.id = o.account_id
                      where o.portal_user_id = u.id and o.unlinked_at is null and x.subscriber_id <> p_subscriber_id)
    group by u.id, p.portal_name;
end $$;

-- Accounts whose bills would have nowhere to go without this contact.
create function contact_bills(k subscriber_contact) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if (bills_contact(k.subscriber_id)).id is distinct from k.id or exists (select from subscriber_contact o where o.subscriber_id = k.subscriber_id and o.kind = 'email' and o.is_current
      and o.state = 'confirmed' and o.purpose in ('bills', 'main') and o.id <> k.id) then
    return '[]';
  end if;
  return (select coalesce(jsonb_agg(a.number order by a.number), '[]') from account a where a.subscriber_id = k.subscriber_id and a.bill_delivery = 'email' and a.status <> 'closed');
end $$;

-- {logins: [{portalName, taken}], consents: [{providerName, purpose, channel}], bills: [account number]} of the main contact of a kind.
create function contact_impact(p_subscriber_id bigint, p_kind text, p_new_key text default null) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare k subscriber_contact;
begin
  select * into k from subscriber_contact where subscriber_id = p_subscriber_id and kind = p_kind and purpose = 'main' and is_current;
  if k.id is null or k.key = p_new_key then
    return '{"logins": [], "consents": [], "bills": []}';
  end if;
  return jsonb_build_object(
    'logins', case when p_kind = 'email' then (select coalesce(jsonb_agg(jsonb_build_object('portalName', l.portal_name, 'taken', l.taken) order by l.portal_name), '[]')
      from contact_logins(p_subscriber_id, k.key, p_new_key) l) else '[]' end,
    'consents', (select coalesce(jsonb_agg(jsonb_build_object('providerName', p.name, 'purpose', c.purpose, 'channel', c.channel) order by p.name, c.purpose), '[]')
      from consent c join provider p on p.id = c.provider_id
      where c.subscriber_id = p_subscriber_id and c.withdrawn_at is null and c.channel = case p_kind when 'email' then 'email' else 'sms' end),
    'bills', contact_bills(k));
end $$;

create function contact_check(p_visit_id bigint, p_kind text, p_value text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id, true); v_key text := contact_key(p_kind, p_value); v_used int; v_hints jsonb;
begin
  perform visit_allow(v, contact_action(p_kind));
  select count(*), coalesce(jsonb_agg(x.name order by x.n) filter (where x.n <= 3), '[]') into v_used, v_hints
    from (select mask_name(s) as name, row_number() over (order by coalesce(s.last_name_n, s.org_name_n), s.id) as n from subscriber s
          where s.id <> v.subscriber_id and s.id in (select k.subscriber_id from subscriber_contact k where k.key = v_key and k.is_current and k.kind = p_kind)) x;
  -- Asking for one address after another is a way to find out whose they are.
  perform audit_record('contacts.check', v.id, v.subscriber_id, jsonb_build_object('kind', p_kind, 'contact', mask_contact(p_kind, p_value), 'usedByOthers', v_used));
  return jsonb_build_object('usedByOthers', v_used, 'hints', v_hints,
    'isCurrent', exists (select from subscriber_contact where key = v_key and is_current and subscriber_id = v.subscriber_id and kind = p_kind and purpose = 'main'),
    'impact', contact_impact(v.subscriber_id, p_kind, v_key));
end $$;

-- ── Sending a code or a link ─────────────────────────────────────────────────────────────────────────────────────────────────────────

-- As the desk sees it; in full only for the visit that has typed it.
create function confirmation_json(c contact_confirmation, p_visit_id bigint) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select jsonb_build_object('id', c.id, 'contactId', c.contact_id, 'kind', k.kind, 'purpose', k.purpose, 'way', c.way,
      'value', case when c.visit_id = p_visit_id and k.operation_id = c.operation_id then k.value else mask_contact(k.kind, k.value) end,
      'replaces', case when k.state = 'awaiting' then (select mask_contact(o.kind, o.value) from subscriber_contact o where o.id = k.replaces_id) end,
      'expiresAt', c.expires_at, 'attemptsLeft', case when c.way <> 'link' then c.attempts_left end,
      'resendAllowedAt', c.sent_at + interval '30 seconds', 'resendsLeft', greatest(0, 4 - c.resends),
      'delivery', case when m.state in ('uncertain', 'expired', 'failed', 'cancelled') then 'failed' else coalesce(m.state, 'queued') end, 'error', m.error)
    from subscriber_contact k left join outbox_message m on m.operation_id = c.outbox_operation_id and m.template = case c.way when 'link' then 'contactLink' else 'contactCode' end
      and m.recipient = k.value
    where k.id = c.contact_id);
end $$;

-- For the card: what waits at a contact, or null.
create function contact_awaiting(k subscriber_contact) returns json language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select json_build_object('confirmationId', c.id, 'way', c.way, 'expiresAt', c.expires_at, 'resendAllowedAt', c.sent_at + interval '30 seconds',
      'delivery', case when m.state in ('uncertain', 'expired', 'failed', 'cancelled') then 'failed' else coalesce(m.state, 'queued') end)
    from contact_confirmation c left join outbox_message m on m.operation_id = c.outbox_operation_id and m.template in ('contactCode', 'contactLink') and m.recipient = k.value
    where c.contact_id = k.id and c.state = 'waiting');
end $$;

-- 256 bits nobody can guess, as base64url: the digest of three UUIDs, each of 122 random bits.
create function secret_token() returns text language sql volatile
return rtrim(translate(encode(sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')), 'base64'), '+/', '-_'), '=');

create function token_hash(p_token text) returns bytea language sql immutable strict parallel safe
return sha256(convert_to(p_token, 'UTF8'));

-- What has not left yet and would bring something that no longer fits.
create function contact_letters_stop(p_operation_id uuid) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update outbox_message set state = 'cancelled', params = null, finished_at = now(), error = null
    where operation_id = p_operation_id and state = 'queued' and template in ('contactCode', 'contactLink');
end $$;

-- A new code or link into the outbox; the earlier one is good for nothing from now on. At most ten of them a day reach one subscriber's contacts of a kind: whoever
-- begins anew goes on counting.
create function confirmation_send(p_confirmation_id bigint, p_operation_id uuid, p_policy jsonb) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare
  c contact_confirmation; k subscriber_contact; v_secret text; v_minutes int;
begin
  select * into strict c from contact_confirmation where id = p_confirmation_id for update;
  select * into strict k from subscriber_contact where id = c.contact_id;
  if (select sum(o.resends + 1) from contact_confirmation o join subscriber_contact x on x.id = o.contact_id
      where x.subscriber_id = k.subscriber_id and x.kind = k.kind and o.sent_at > now() - interval '24 hours') > 10 then
    perform refuse('OK409', 'codesExceeded', jsonb_build_object('limit', 10));
  end if;
  perform contact_letters_stop(c.outbox_operation_id);
  if c.way = 'link' then
    v_minutes := (p_policy ->> 'linkMinutes')::int;
    v_secret := 'c.' || secret_token();
    perform outbox_put(p_operation_id, 'email', k.value, 'contactLink',
      jsonb_build_object('link', replace(p_policy ->> 'confirmUrl', '{token}', v_secret), 'hours', round(v_minutes / 60.0, 2)),
      (p_policy ->> 'providerId')::int, now() + make_interval(mins => v_minutes));
  else
    v_minutes := (p_policy ->> 'codeMinutes')::int;
    -- 122 random bits of a UUID, of which 32 make the code.
    v_secret := lpad((('x' || left(replace(gen_random_uuid()::text, '-', ''), 8))::bit(32)::bigint % 1000000)::text, 6, '0');
    perform outbox_put(p_operation_id, case c.way when 'smsCode' then 'sms' else 'email' end, k.value, 'contactCode',
      jsonb_build_object('code', v_secret, 'minutes', v_minutes), (p_policy ->> 'providerId')::int, now() + make_interval(mins => v_minutes));
  end if;
  update subscriber_contact set asked_at = now() where id = k.id;
  update contact_confirmation set code_hash = case c.way when 'link' then token_hash(v_secret) else sha256(convert_to(salt::text || v_secret, 'UTF8')) end,
    sent_at = now(), expires_at = now() + make_interval(mins => v_minutes), attempts_left = 5, outbox_operation_id = p_operation_id where id = c.id;
end $$;

-- A confirmation of this contact, sent. Half a minute must lie between two letters to one address, also when everything is begun anew.
create function confirmation_begin(k subscriber_contact, p_visit visit, p_way text, p_operation_id uuid, p_policy jsonb) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare c contact_confirmation; v_last timestamptz;
begin
  select max(o.sent_at) into v_last from contact_confirmation o join subscriber_contact x on x.id = o.contact_id
    where x.subscriber_id = k.subscriber_id and x.kind = k.kind and x.key = k.key;
  if v_last > now() - interval '30 seconds' then
    perform refuse('OK409', 'resendTooSoon', jsonb_build_object('waitSeconds', ceil(extract(epoch from v_last + interval '30 seconds' - now()))));
  end if;
  insert into contact_confirmation (contact_id, visit_id, way, operation_id, outbox_operation_id, code_hash, expires_at)
    values (k.id, p_visit.id, p_way, p_operation_id, p_operation_id, '', now()) returning * into c;
  perform confirmation_send(c.id, p_operation_id, p_policy);
  select * into c from contact_confirmation where id = c.id;
  return confirmation_json(c, p_visit.id);
end $$;

-- What waits for a code or a link gives way. The contacts must be locked.
create function contact_waiting_end(p_contact_id bigint) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform contact_letters_stop(c.outbox_operation_id) from contact_confirmation c where c.contact_id = p_contact_id and c.state = 'waiting';
  update contact_confirmation set state = 'cancelled' where contact_id = p_contact_id and state = 'waiting';
  update subscriber_contact set state = 'cancelled', ended_at = now() where id = p_contact_id and state = 'awaiting';
end $$;

-- The way asked for, when the rules let it be used for this contact.
create function contact_way_check(p_policy jsonb, p_kind text, p_value text, p_way text) returns void language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if p_way is null or p_way not in ('emailCode', 'smsCode', 'link', 'none') then
    perform refuse('OK400', 'confirmationWay');
  end if;
  if p_way <> 'none' and (not p_way = any(contact_ways(p_policy, p_kind)) or p_way = 'smsCode' and not phone_is_mobile(p_value)) then
    perform refuse('OK409', 'wayNotOffered', jsonb_build_object('way', p_way));
  end if;
end $$;

-- ── A contact comes into force ───────────────────────────────────────────────────────────────────────────────────────────────────────

-- Logins that follow the main e-mail: how many followed. p_new_value taken by another cabinet: refused, or, when a change is taken back, left as it is.
create function contact_logins_follow(p_subscriber_id bigint, p_key text, p_new_value text, p_refuse boolean) returns int language plpgsql security definer set search_path = public, pg_temp as $$
declare l record; v_n int := 0;
begin
  for l in select * from contact_logins(p_subscriber_id, p_key, lower(p_new_value)) loop
    if not l.taken then
      update portal_user set login = p_new_value, version = version + 1 where id = l.portal_user_id;
      v_n := v_n + 1;
    elsif p_refuse then
      perform refuse('OK409', 'emailIsAnotherLogin', jsonb_build_object('portalName', l.portal_name));
    end if;
  end loop;
  return v_n;
end $$;

-- Whoever could be a victim is told (C3): every main address and phone of the last hours a change may be taken back in, the one just past among them, and what is noted for
-- notices. Who changes the phone first and the e-mail a minute later still silences neither. Each reader of a letter to a main address gets a link that brings back what was theirs.
-- k: the contact it is about; p_to: what stands now, masked; p_new: the one in force now, which needs no notice (null: all are told).
create function contact_tell(k subscriber_contact, p_template text, p_to text, p_new subscriber_contact, p_operation_id uuid, p_policy jsonb) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare r record; v_token text; v_link text; v_hours int := (p_policy ->> 'revertHours')::int; v_from timestamptz := now() - make_interval(hours => v_hours); v_first bigint;
begin
  -- For a reader whose own contact this is not: what was in force before the first of the recent changes.
  select o.id into v_first from subscriber_contact o where o.subscriber_id = k.subscriber_id and o.kind = k.kind and o.purpose = 'main' and o.state = 'replaced'
    and o.ended_at > v_from and coalesce(o.in_force_at, '-infinity') <= v_from order by o.ended_at limit 1;
  for r in select distinct on (o.kind, o.key) o.* from subscriber_contact o
           where o.subscriber_id = k.subscriber_id
             and (o.purpose = 'main' and (o.is_current or o.state in ('replaced', 'removed', 'reverted') and o.ended_at > v_from) or o.purpose = 'notices' and o.state = 'confirmed')
             and (p_new.id is null or (o.kind, o.key) <> (p_new.kind, p_new.key))
             and case o.kind when 'email' then p_policy -> 'notices' ? 'email' else p_policy -> 'notices' ? 'sms' and phone_is_mobile(o.value) end
           order by o.kind, o.key, o.purpose, o.is_current desc, o.id desc loop
    v_link := '';
    -- Whose contact was taken back is told of the next change as well, but brings nothing back; neither does an address for notices, which anybody may have added.
    if p_template = 'contactChanged' and r.kind = 'email' and r.purpose = 'main' and r.state <> 'reverted' and p_policy ->> 'confirmUrl' is not null then
      v_token := 'r.' || secret_token();
      insert into contact_revert_link (token_hash, contact_id, restore_id, operation_id, expires_at)
        values (token_hash(v_token), k.id, case when r.kind = k.kind then nullif(r.id, k.id) else coalesce(v_first, k.replaces_id) end, p_operation_id, now() + make_interval(hours => v_hours));
      v_link := replace(p_policy ->> 'confirmUrl', '{token}', v_token);
    end if;
    perform outbox_put(p_operation_id, case r.kind when 'email' then 'email' else 'sms' end, r.value, p_template,
      jsonb_build_object('kind', k.kind, 'to', p_to, 'at', now()) || case when p_template = 'contactChanged' then jsonb_build_object('revertLink', v_link, 'hours', v_hours) else '{}' end,
      (p_policy ->> 'providerId')::int);
  end loop;
end $$;

-- Puts a contact in force, p_how null: unconfirmed. What it replaces is past, logins follow, the old one is told. Returns facts for the timeline.
create function contact_take_force(p_new subscriber_contact, p_how text, p_operation_id uuid, p_policy jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_old subscriber_contact; v_new subscriber_contact; v_logins int := 0; v_how text := p_how; v_confirmed_at timestamptz := case when p_how is not null then now() end;
begin
  if p_new.purpose = 'main' then
    -- The one in force now: a register may have brought another since this was asked for.
    select * into v_old from subscriber_contact where subscriber_id = p_new.subscriber_id and kind = p_new.kind and purpose = 'main' and is_current;
  else
    select * into v_old from subscriber_contact where id = p_new.replaces_id and is_current;
    if exists (select from subscriber_contact where subscriber_id = p_new.subscriber_id and kind = p_new.kind and key = p_new.key and is_current and id is distinct from v_old.id) then
      perform refuse('OK409', 'contactAlreadyThere');
    end if;
  end if;
  -- The same address for another purpose stays as well known as it was.
  if p_how is null and v_old.key = p_new.key then
    v_how := v_old.confirmed_how;
    v_confirmed_at := v_old.confirmed_at;
  end if;
  -- The same address noted for something else becomes this one.
  update subscriber_contact set state = 'replaced', is_current = false, ended_at = now(), replaced_by_id = p_new.id
    where subscriber_id = p_new.subscriber_id and kind = p_new.kind and is_current and (id = v_old.id or key = p_new.key);
  update subscriber_contact set state = case when v_confirmed_at is null then 'unconfirmed' else 'confirmed' end, is_current = true, in_force_at = now(),
    confirmed_at = v_confirmed_at, confirmed_how = v_how, replaces_id = v_old.id, revert_until = now() + make_interval(hours => (p_policy ->> 'revertHours')::int)
    where id = p_new.id returning * into v_new;
  update subscriber set version = version + 1, updated_at = now() where id = v_new.subscriber_id;
  if v_new.purpose = 'main' then
    if v_new.kind = 'email' and p_how is not null and v_old.key <> v_new.key then
      v_logins := contact_logins_follow(v_new.subscriber_id, v_old.key, v_new.value, true);
    end if;
    if v_old.key is distinct from v_new.key then
      perform contact_tell(v_new, 'contactChanged', mask_contact(v_new.kind, v_new.value), v_new, p_operation_id, p_policy);
    end if;
  end if;
  return jsonb_build_object('from', mask_contact(v_old.kind, v_old.value), 'logins', nullif(v_logins, 0),
    'mainChanged', case when v_new.purpose = 'main' and v_old.key is distinct from v_new.key then true end);
end $$;

-- C3: a reissue soon after a change of contacts is how an account is stolen at a counter. Asked of what was done, not of what is: a change that was taken back, or a main
-- contact that was removed, counts as well, so that nobody hides a theft by tidying up.
create function contact_changed_recently(p_subscriber_id bigint, p_hours int default 24) returns boolean language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return exists (select from operation where subscriber_id = p_subscriber_id and at > now() - make_interval(hours => p_hours) and kind like 'contacts.%' and details ? 'mainChanged');
end $$;

-- When a main contact was last changed, removed or taken back at the desk or by a link; null: never.
create function contact_changed_at(p_subscriber_id bigint) returns timestamptz language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select at from operation where subscriber_id = p_subscriber_id and kind like 'contacts.%' and details ? 'mainChanged' order by at desc limit 1);
end $$;

-- ── Changing ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create function contact_change(p_operation_id uuid, p_visit_id bigint, p_kind text, p_purpose text, p_contact_id bigint, p_value text, p_way text, p_version int) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v visit; v_old subscriber_contact; k subscriber_contact; v_policy jsonb; v_confirmation jsonb; v_facts jsonb := '{}'; v_key text := contact_key(p_kind, p_value); v_action text := contact_action(p_kind);
  v_operation text := contact_operation('change', p_kind); v_first jsonb := operation_repeat(p_operation_id, contact_operation('change', p_kind));
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id, true);
  perform visit_allow(v, v_action);
  -- No character that could make two recipients of one, or another recipient than the screen shows.
  if p_kind = 'email' and (p_value is null or p_value !~ '^[a-z0-9.!#$%&''*+/=?^_`{|}~-]+@([a-z0-9-]+\.)+[a-z0-9-]{2,}$' or length(p_value) > 254) then
    perform refuse('OK400', 'emailMalformed');
  elsif p_kind = 'phone' and (p_value is null or p_value !~ '^\+(7[0-9]{10}|[1-689][0-9]{7,14})$') then
    perform refuse('OK400', 'phoneMalformed');
  end if;
  if p_purpose is null or p_purpose not in ('main', 'notices', 'bills', 'extra') then
    perform refuse('OK400', 'contactPurpose');
  end if;
  -- The second of two desks waits here for the first.
  perform contacts_as_seen(v.subscriber_id, p_kind, p_version);
  v_policy := contact_policy(v.subscriber_id);
  perform contact_way_check(v_policy, p_kind, p_value, p_way);

  select * into v_old from subscriber_contact where subscriber_id = v.subscriber_id and kind = p_kind and is_current
    and case when p_contact_id is null then p_purpose = 'main' and purpose = 'main' else id = p_contact_id end;
  if v_old.id is null and p_contact_id is not null then
    perform refuse('OK404', 'contact');
  end if;
  -- The main one makes way for another main one only: there is none without it.
  if v_old.purpose = 'main' and p_purpose <> 'main' then
    perform refuse('OK409', 'mainContactStays');
  end if;
  if p_purpose = 'main' and v_old.purpose <> 'main' then
    select * into v_old from subscriber_contact where subscriber_id = v.subscriber_id and kind = p_kind and is_current and purpose = 'main';
  end if;

  if v_old.key = v_key and v_old.purpose = p_purpose then
    if v_old.state = 'confirmed' then
      perform refuse('OK409', case p_kind when 'email' then 'emailAlreadyConfirmed' else 'phoneAlreadyConfirmed' end);
    elsif p_way = 'none' then
      perform refuse('OK409', 'contactUnchanged');
    end if;
    -- The address itself stays, only its confirmation is asked for.
    perform contact_waiting_end(v_old.id);
    k := v_old;
  else
    if p_purpose <> 'main' and exists (select from subscriber_contact where subscriber_id = v.subscriber_id and kind = p_kind and key = v_key and is_current and id is distinct from v_old.id) then
      perform refuse('OK409', 'contactAlreadyThere');
    end if;
    if p_way = 'none' and p_purpose = 'main' and v_old.state = 'confirmed' and (p_kind = 'email' or contact_ways(v_policy, 'phone') <> '{}' and phone_is_mobile(p_value)) then
      perform refuse('OK409', 'confirmationNeeded');
    end if;
    if p_kind = 'email' and p_purpose = 'main' and p_way <> 'none' and v_old.id is not null and exists (select from contact_logins(v.subscriber_id, v_old.key, v_key) l where l.taken) then
      perform refuse('OK409', 'emailIsAnotherLogin', (select jsonb_build_object('portalName', min(l.portal_name)) from contact_logins(v.subscriber_id, v_old.key, v_key) l where l.taken));
    end if;
    -- A change that was never confirmed gives way to this one.
    perform contact_waiting_end(x.id) from subscriber_contact x where x.subscriber_id = v.subscriber_id and x.kind = p_kind and x.state = 'awaiting'
      and (x.purpose = 'main' and p_purpose = 'main' or x.replaces_id = v_old.id or x.key = v_key);
    if v_old.id is null and (select count(*) from subscriber_contact where subscriber_id = v.subscriber_id and kind = p_kind and (is_current or state = 'awaiting')) >= 5 then
      perform refuse('OK409', 'tooManyContacts', jsonb_build_object('limit', 5));
    end if;
    insert into subscriber_contact (subscriber_id, kind, value, key, purpose, state, is_current, replaces_id, operation_id)
      values (v.subscriber_id, p_kind, p_value, v_key, p_purpose, 'awaiting', false, v_old.id, p_operation_id) returning * into k;
  end if;
  if p_way = 'none' then
    v_facts := contact_take_force(k, null, p_operation_id, v_policy);
  else
    v_confirmation := confirmation_begin(k, v, p_way, p_operation_id, v_policy);
  end if;
  perform operation_done(p_operation_id, v_operation, v, jsonb_build_object('contactId', k.id, 'confirmation', v_confirmation),
    jsonb_build_object('contactId', k.id, 'purpose', p_purpose, 'way', p_way, 'from', mask_contact(v_old.kind, v_old.value), 'to', mask_contact(p_kind, p_value)) || v_facts,
    null, jsonb_build_object('contactId', k.id));
  return jsonb_build_object('contactId', k.id, 'confirmation', v_confirmation);
end $$;

-- Confirming a contact that is in force already, as a register brought it: the page knows only its mask.
create function contact_ask(p_operation_id uuid, p_visit_id bigint, p_contact_id bigint, p_way text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; k subscriber_contact; v_policy jsonb; v_confirmation jsonb; v_operation text; v_first jsonb;
begin
  v := visit_require(p_visit_id, true);
  perform contacts_lock(v.subscriber_id);
  select * into k from subscriber_contact where id = p_contact_id and subscriber_id = v.subscriber_id;
  if not found then
    perform refuse('OK404', 'contact');
  end if;
  v_operation := contact_operation('ask', k.kind);
  v_first := operation_repeat(p_operation_id, v_operation);
  if v_first is not null then return v_first; end if;
  perform visit_allow(v, contact_action(k.kind));
  if k.state <> 'unconfirmed' then
    perform refuse('OK409', case when k.state = 'confirmed' then case k.kind when 'email' then 'emailAlreadyConfirmed' else 'phoneAlreadyConfirmed' end else 'changedSince' end);
  end if;
  v_policy := contact_policy(v.subscriber_id);
  perform contact_way_check(v_policy, k.kind, k.value, coalesce(nullif(p_way, 'none'), ''));
  perform contact_waiting_end(k.id);
  v_confirmation := confirmation_begin(k, v, p_way, p_operation_id, v_policy);
  return operation_done(p_operation_id, v_operation, v, v_confirmation, jsonb_build_object('contactId', k.id, 'purpose', k.purpose, 'way', p_way, 'to', mask_contact(k.kind, k.value)));
end $$;

-- What the panel of a visit begins with: what waits (codes of this visit, links of any), and the rules.
create function contact_pending(p_visit_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id, true); v_policy jsonb := contact_policy(v.subscriber_id);
begin
  return jsonb_build_object(
    'confirmations', (select coalesce(jsonb_agg(confirmation_json(c, v.id) order by c.id desc), '[]') from subscriber_contact k
      join contact_confirmation c on c.contact_id = k.id and c.state = 'waiting' and (c.visit_id = v.id or c.way = 'link') where k.subscriber_id = v.subscriber_id),
    'ways', (select jsonb_object_agg(t.kind, to_jsonb(contact_ways(v_policy, t.kind)) || case when t.kind = 'phone' and contact_ways(v_policy, t.kind) = '{}'
        or not exists (select from subscriber_contact k where k.subscriber_id = v.subscriber_id and k.kind = t.kind and k.purpose = 'main' and k.state = 'confirmed') then '["none"]'::jsonb else '[]' end)
      from (values ('email'), ('phone')) t(kind)),
    'told', (select jsonb_object_agg(t.kind, v_policy -> 'notices') from (values ('email'), ('phone')) t(kind)),
    'codeMinutes', v_policy -> 'codeMinutes', 'linkMinutes', v_policy -> 'linkMinutes', 'revertHours', v_policy -> 'revertHours', 'maxContacts', 5);
end $$;

-- The confirmation of this subscriber that waits, with its contact; codes only in the visit they were asked for in.
create function confirmation_require(p_visit visit, p_confirmation_id bigint) returns contact_confirmation language plpgsql security definer set search_path = public, pg_temp as $$
declare c contact_confirmation;
begin
  perform contacts_lock(p_visit.subscriber_id);
  select c1.* into c from contact_confirmation c1 join subscriber_contact k on k.id = c1.contact_id
    where c1.id = p_confirmation_id and k.subscriber_id = p_visit.subscriber_id and (c1.visit_id = p_visit.id or c1.way = 'link') for update of c1;
  if not found then
    perform refuse('OK404', 'confirmation');
  end if;
  if c.state <> 'waiting' then
    perform refuse('OK409', 'confirmationEnded');
  end if;
  return c;
end $$;

create function confirmation_kind(p_confirmation_id bigint) returns text language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_kind text;
begin
  select k.kind into v_kind from contact_confirmation c join subscriber_contact k on k.id = c.contact_id where c.id = p_confirmation_id;
  if v_kind is null then
    perform refuse('OK404', 'confirmation');
  end if;
  return v_kind;
end $$;

create function contact_resend(p_operation_id uuid, p_visit_id bigint, p_confirmation_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; c contact_confirmation; k subscriber_contact; v_operation text := contact_operation('resend', confirmation_kind(p_confirmation_id)); v_first jsonb := operation_repeat(p_operation_id, v_operation);
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id, true);
  c := confirmation_require(v, p_confirmation_id);
  select * into k from subscriber_contact where id = c.contact_id;
  perform visit_allow(v, contact_action(k.kind));
  if c.resends >= 4 then
    perform refuse('OK409', 'resendsExceeded');
  end if;
  if c.sent_at > now() - interval '30 seconds' then
    perform refuse('OK409', 'resendTooSoon', jsonb_build_object('waitSeconds', ceil(extract(epoch from c.sent_at + interval '30 seconds' - now()))));
  end if;
  update contact_confirmation set resends = resends + 1 where id = c.id;
  perform confirmation_send(c.id, p_operation_id, contact_policy(v.subscriber_id));
  select * into c from contact_confirmation where id = c.id;
  return operation_done(p_operation_id, v_operation, v, confirmation_json(c, v.id),
    jsonb_build_object('contactId', k.id, 'to', mask_contact(k.kind, k.value), 'way', c.way, 'resend', c.resends));
end $$;

-- A contact whose owner has proved to read it. Returns facts for the timeline.
create function contact_confirmed(k subscriber_contact, p_how text, p_operation_id uuid, p_policy jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if k.state = 'awaiting' then
    return contact_take_force(k, p_how, p_operation_id, p_policy);
  end if;
  update subscriber_contact set state = 'confirmed', confirmed_at = now(), confirmed_how = p_how where id = k.id;
  return '{"inPlace": true}';
end $$;

create function contact_confirm(p_operation_id uuid, p_visit_id bigint, p_confirmation_id bigint, p_code text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v visit; c contact_confirmation; k subscriber_contact; v_agrees boolean; v_wait int; v_facts jsonb := '{}';
  v_operation text := contact_operation('confirm', confirmation_kind(p_confirmation_id)); v_first jsonb := operation_repeat(p_operation_id, v_operation);
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id, true);
  c := confirmation_require(v, p_confirmation_id);
  select * into k from subscriber_contact where id = c.contact_id;
  perform visit_allow(v, contact_action(k.kind));
  if c.way = 'link' then
    perform refuse('OK409', 'confirmedByLinkOnly');
  end if;
  if k.state not in ('awaiting', 'unconfirmed') then
    perform refuse('OK409', 'confirmationEnded');
  end if;
  if c.expires_at <= now() then
    perform refuse('OK409', 'codeExpired');
  end if;
  if c.attempts_left = 0 then
    perform refuse('OK409', 'codeAttemptsExceeded');
  end if;
  -- Counted past a transaction that is taken back: attempts_left is not.
  v_wait := guess_take(v.staff_id);
  if v_wait is not null then
    perform refuse('OK403', 'tooManyGuesses', jsonb_build_object('waitSeconds', v_wait));
  end if;
  v_agrees := coalesce(c.code_hash = sha256(convert_to(c.salt::text || p_code, 'UTF8')), false);
  if not v_agrees then
    update contact_confirmation set attempts_left = attempts_left - 1 where id = c.id returning * into c;
  else
    perform guess_right(v.staff_id);
    update contact_confirmation set state = 'confirmed' where id = c.id;
    v_facts := contact_confirmed(k, 'codeAtDesk', p_operation_id, contact_policy(v.subscriber_id));
  end if;
  return operation_done(p_operation_id, v_operation, v, jsonb_build_object('confirmed', v_agrees, 'attemptsLeft', c.attempts_left),
    jsonb_build_object('contactId', k.id, 'purpose', k.purpose, 'way', c.way, 'confirmed', v_agrees, 'to', mask_contact(k.kind, k.value),
      'from', (select mask_contact(o.kind, o.value) from subscriber_contact o where o.id = k.replaces_id and k.state = 'awaiting')) || jsonb_strip_nulls(v_facts), null,
    case when v_agrees and k.state = 'awaiting' then jsonb_build_object('contactId', k.id) end);
end $$;

create function contact_cancel(p_operation_id uuid, p_visit_id bigint, p_confirmation_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; c contact_confirmation; k subscriber_contact; v_operation text := contact_operation('cancel', confirmation_kind(p_confirmation_id)); v_first jsonb := operation_repeat(p_operation_id, v_operation);
begin
  if v_first is not null then return '{}'; end if;
  v := visit_require(p_visit_id, true);
  c := confirmation_require(v, p_confirmation_id);
  select * into k from subscriber_contact where id = c.contact_id;
  perform visit_allow(v, contact_action(k.kind));
  perform contact_waiting_end(k.id);
  return operation_done(p_operation_id, v_operation, v, '{}', jsonb_build_object('contactId', k.id, 'purpose', k.purpose, 'to', mask_contact(k.kind, k.value)));
end $$;

-- ── Taking a change back ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- What is done without staff (by the link of a letter) or besides an operation (a revoked password, an undone change) has its row in the timeline too.
create function contact_operation_add(p_operation_id uuid, p_kind text, p_visit visit, p_subscriber_id bigint, p_details jsonb) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into operation (id, kind, visit_id, subscriber_id, staff_id, details, result)
  values (p_operation_id, p_kind, p_visit.id, p_subscriber_id, p_visit.staff_id, jsonb_strip_nulls(p_details), '{}');
end $$;

-- Passwords of the subscriber's cabinets issued since are worth nothing any more: whoever held the contact in between may hold them. How many.
create function contact_revoke_passwords(p_subscriber_id bigint, p_since timestamptz, p_visit visit) returns int language plpgsql security definer set search_path = public, pg_temp as $$
declare c record; v_n int := 0;
begin
  for c in
    update portal_credential t set revoked_at = now() from portal_user u join provider p on p.id = u.provider_id
    where t.portal_user_id = u.id and t.revoked_at is null and t.issued_at >= p_since
      and u.id in (select l.portal_user_id from account a join portal_account_link l on l.account_id = a.id where a.subscriber_id = p_subscriber_id)
      -- A cabinet that others' accounts hang on is somebody else's: there only what was issued in a visit of this subscriber.
      and (exists (select from operation o where o.id = t.operation_id and o.subscriber_id = p_subscriber_id)
        or not exists (select from portal_account_link o join account x on x.id = o.account_id where o.portal_user_id = u.id and o.unlinked_at is null and x.subscriber_id <> p_subscriber_id))
    returning t.memo_number, p.portal_name
  loop
    perform contact_operation_add(gen_random_uuid(), 'contacts.revokePassword', p_visit, p_subscriber_id, jsonb_build_object('memoNumber', c.memo_number, 'portalName', c.portal_name));
    v_n := v_n + 1;
  end loop;
  return v_n;
end $$;

-- Takes back what brought this contact, or removed it; with p_restore_id over several changes, down to that one. Of the subscriber's safety: what was issued since the change
-- is revoked (passwords, PINs, registrations that wait), what is on its way to the address in between is stopped, logins go back, everybody is told. The subscriber is locked; p_visit null: by a link. Returns facts.
create function contact_take_back(k subscriber_contact, p_restore_id bigint, p_operation_id uuid, p_policy jsonb, p_visit visit) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_last subscriber_contact := k; v_next subscriber_contact; v_back subscriber_contact; v_since timestamptz := k.in_force_at; v_ids bigint[] := '{}'; v_passwords int := 0; v_logins int := 0; v_pins int := 0;
  v_registrations int := 0;
begin
  if k.state = 'removed' then
    if exists (select from subscriber_contact o where o.subscriber_id = k.subscriber_id and o.kind = k.kind and o.is_current and (o.key = k.key or k.purpose = 'main' and o.purpose = 'main')) then
      perform refuse('OK409', 'changedSince');
    end if;
    v_since := k.ended_at;
    update subscriber_contact set state = case when confirmed_at is null then 'unconfirmed' else 'confirmed' end, is_current = true, ended_at = null where id = k.id returning * into v_back;
  elsif k.is_current then
    loop
      update subscriber_contact set state = 'reverted', is_current = false, ended_at = now() where id = v_last.id;
      v_since := least(v_since, v_last.in_force_at);
      v_ids := v_ids || v_last.id;
      exit when p_restore_id is null or v_last.replaces_id = p_restore_id;
      select * into v_next from subscriber_contact where id = v_last.replaces_id and state = 'replaced' and in_force_at is not null;
      exit when not found;
      v_last := v_next;
    end loop;
    -- The old address may have been noted for something else meanwhile.
    update subscriber_contact o set state = 'replaced', is_current = false, ended_at = now() from subscriber_contact b
      where b.replaced_by_id = v_last.id and b.state = 'replaced' and o.subscriber_id = b.subscriber_id and o.kind = b.kind and o.key = b.key and o.is_current;
    update subscriber_contact set state = case when confirmed_at is null then 'unconfirmed' else 'confirmed' end, is_current = true, ended_at = null, replaced_by_id = null
      where replaced_by_id = v_last.id and state = 'replaced';
    select * into v_back from subscriber_contact where id = v_last.replaces_id and is_current;
  else
    perform refuse('OK409', 'changedSince');
  end if;
  update subscriber set version = version + 1, updated_at = now() where id = k.subscriber_id;
  perform contact_waiting_end(o.id) from subscriber_contact o where o.subscriber_id = k.subscriber_id and o.kind = k.kind and o.state = 'awaiting'
    and (o.purpose = 'main' and k.purpose = 'main' or o.replaces_id = k.id);
  if k.purpose = 'main' then
    if k.kind = 'email' and v_back.id is not null and v_back.key <> k.key then
      v_logins := contact_logins_follow(k.subscriber_id, k.key, v_back.value, false);
    end if;
    if k.state <> 'removed' then
      update outbox_message m set state = 'cancelled', params = null, finished_at = now()
        where m.state = 'queued' and m.recipient = k.value and exists (select from operation o where o.id = m.operation_id and o.subscriber_id = k.subscriber_id);
      perform portal_full_version_close(v_ids);
      update portal_pin_request set state = 'expired', salt = null, pin_hash = null, closed_at = clock_timestamp(), version = version + 1 where state = 'issued' and contact_id = any(v_ids);
      get diagnostics v_pins = row_count;
      update portal_registration set state = 'cancelled', token_hash = null, password_hash = null, closed_at = clock_timestamp(), version = version + 1
        where state = 'waiting' and subscriber_id = k.subscriber_id and lower(email) in (select o.key from subscriber_contact o where o.id = any(v_ids));
      get diagnostics v_registrations = row_count;
      v_passwords := contact_revoke_passwords(k.subscriber_id, v_since, p_visit);
    end if;
    perform contact_tell(k, 'contactReverted', coalesce(mask_contact(v_back.kind, v_back.value), 'ничего'), null, p_operation_id, p_policy);
  end if;
  return jsonb_build_object('contactId', k.id, 'purpose', k.purpose, 'from', case when k.state <> 'removed' then mask_contact(k.kind, k.value) end, 'to', mask_contact(v_back.kind, v_back.value),
    'passwords', nullif(v_passwords, 0), 'logins', nullif(v_logins, 0), 'pins', nullif(v_pins, 0), 'registrations', nullif(v_registrations, 0), 'mainChanged', case when k.purpose = 'main' then true end);
end $$;

create function contact_revert(p_operation_id uuid, p_visit_id bigint, p_contact_id bigint, p_version int) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id, true); k subscriber_contact; v_policy jsonb; v_facts jsonb; v_operation text; v_first jsonb;
begin
  select * into k from subscriber_contact where id = p_contact_id and subscriber_id = v.subscriber_id;
  if not found then
    perform refuse('OK404', 'contact');
  end if;
  v_operation := contact_operation('revert', k.kind);
  v_first := operation_repeat(p_operation_id, v_operation);
  if v_first is not null then return v_first - 'repeated'; end if;
  perform visit_allow(v, contact_action(k.kind));
  perform contacts_as_seen(v.subscriber_id, k.kind, p_version);
  select * into k from subscriber_contact where id = p_contact_id;
  if k.revert_until is null then
    perform refuse('OK409', 'nothingToRevert');
  elsif not k.is_current and k.state <> 'removed' then
    perform refuse('OK409', 'changedSince');
  elsif k.revert_until <= now() then
    perform refuse('OK409', 'revertTooLate');
  end if;
  v_policy := contact_policy(v.subscriber_id);
  v_facts := contact_take_back(k, null, p_operation_id, v_policy, v);
  return operation_done(p_operation_id, v_operation, v, jsonb_build_object('restored', v_facts -> 'to', 'passwordsRevoked', coalesce((v_facts ->> 'passwords')::int, 0), 'loginsChanged', coalesce((v_facts ->> 'logins')::int, 0)), v_facts);
end $$;

-- p_despite: the visitor has been told what depends on it. Where bills go by e-mail their way is chosen anew first.
create function contact_remove(p_operation_id uuid, p_visit_id bigint, p_contact_id bigint, p_version int, p_despite boolean default false) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id, true); k subscriber_contact; v_policy jsonb; v_impact jsonb; v_operation text; v_first jsonb;
begin
  select * into k from subscriber_contact where id = p_contact_id and subscriber_id = v.subscriber_id;
  if not found then
    perform refuse('OK404', 'contact');
  end if;
  v_operation := contact_operation('remove', k.kind);
  v_first := operation_repeat(p_operation_id, v_operation);
  if v_first is not null then return '{}'; end if;
  perform visit_allow(v, contact_action(k.kind));
  perform contacts_as_seen(v.subscriber_id, k.kind, p_version);
  select * into k from subscriber_contact where id = p_contact_id;
  if not k.is_current then
    perform refuse('OK409', 'changedSince');
  end if;
  v_impact := case when k.purpose = 'main' then contact_impact(v.subscriber_id, k.kind) else jsonb_build_object('logins', '[]'::jsonb, 'consents', '[]'::jsonb, 'bills', contact_bills(k)) end;
  if v_impact -> 'bills' <> '[]' then
    perform refuse('OK409', 'billsGoThere', v_impact);
  elsif not coalesce(p_despite, false) and (v_impact -> 'logins' <> '[]' or v_impact -> 'consents' <> '[]') then
    perform refuse('OK409', 'contactInUse', v_impact);
  end if;
  v_policy := contact_policy(v.subscriber_id);
  perform contact_waiting_end(k.id);
  perform contact_waiting_end(o.id) from subscriber_contact o where o.replaces_id = k.id and o.state = 'awaiting';
  update subscriber_contact set state = 'removed', is_current = false, ended_at = now(), revert_until = now() + make_interval(hours => (v_policy ->> 'revertHours')::int) where id = k.id;
  update subscriber set version = version + 1, updated_at = now() where id = v.subscriber_id;
  if k.purpose = 'main' then
    perform contact_tell(k, 'contactChanged', 'пустой (контакт удалён)', null, p_operation_id, v_policy);
  end if;
  return operation_done(p_operation_id, v_operation, v, '{}', jsonb_build_object('contactId', k.id, 'purpose', k.purpose, 'from', mask_contact(k.kind, k.value),
      'mainChanged', case when k.purpose = 'main' then true end), null, jsonb_build_object('contactId', k.id));
end $$;

-- Undoing an own action of this visit: the same inverse. A change that is in force is taken back in full, with a row of its own that says what came of it.
create function undo_contact(t operation, v visit) returns uuid[] language plpgsql security definer set search_path = public, pg_temp as $$
declare k subscriber_contact; v_operation uuid := gen_random_uuid();
begin
  perform contacts_lock(v.subscriber_id);
  select * into k from subscriber_contact where id = (t.undo ->> 'contactId')::bigint;
  if k.state = 'awaiting' then
    perform contact_waiting_end(k.id);
  elsif k.is_current and k.in_force_at is null then
    -- Nothing but a code was asked for.
    perform contact_waiting_end(k.id);
  elsif t.kind like 'contacts.remove%' and k.state = 'removed' or t.kind not like 'contacts.remove%' and k.is_current then
    perform contact_operation_add(v_operation, contact_operation('revert', k.kind), v, v.subscriber_id, contact_take_back(k, null, v_operation, contact_policy(v.subscriber_id), v));
  else
    perform refuse('OK409', 'changedSince');
  end if;
  -- A change and its confirmation are one change in two steps.
  return array(select id from operation where visit_id = v.id and undo ->> 'contactId' = k.id::text and (kind like 'contacts.remove%') = (t.kind like 'contacts.remove%'));
end $$;
create function undo_contacts_change_email(t operation, v visit) returns uuid[] language plpgsql security definer set search_path = public, pg_temp as $$ begin return undo_contact(t, v); end $$;
create function undo_contacts_change_phone(t operation, v visit) returns uuid[] language plpgsql security definer set search_path = public, pg_temp as $$ begin return undo_contact(t, v); end $$;
create function undo_contacts_confirm_email(t operation, v visit) returns uuid[] language plpgsql security definer set search_path = public, pg_temp as $$ begin return undo_contact(t, v); end $$;
create function undo_contacts_confirm_phone(t operation, v visit) returns uuid[] language plpgsql security definer set search_path = public, pg_temp as $$ begin return undo_contact(t, v); end $$;
create function undo_contacts_remove_email(t operation, v visit) returns uuid[] language plpgsql security definer set search_path = public, pg_temp as $$ begin return undo_contact(t, v); end $$;
create function undo_contacts_remove_phone(t operation, v visit) returns uuid[] language plpgsql security definer set search_path = public, pg_temp as $$ begin return undo_contact(t, v); end $$;

-- ── By the link of a letter ──────────────────────────────────────────────────────────────────────────────────────────────────────────
-- For the portals (granted in 0028). {result}: 'done'; 'notValid' whether the token was never given out, has been used or is past its time; and for whoever holds a good
-- one also 'changedSince' (another change has come), 'emailIsAnotherLogin', 'contactAlreadyThere'. `kind` only with a good one.

create function portal_contact_confirm(p_token text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare c contact_confirmation; k subscriber_contact; v_operation uuid := gen_random_uuid(); v_facts jsonb; v_hash bytea := token_hash(left(p_token, 100));
begin
  select k1.* into k from contact_confirmation c1 join subscriber_contact k1 on k1.id = c1.contact_id where c1.way = 'link' and c1.state = 'waiting' and c1.code_hash = v_hash;
  if found then
    perform contacts_lock(k.subscriber_id);
    -- As it is now that nobody else is at it.
    select * into c from contact_confirmation where contact_id = k.id and way = 'link' and state = 'waiting' and code_hash = v_hash and expires_at > now() for update;
    select * into k from subscriber_contact where id = c.contact_id and state in ('awaiting', 'unconfirmed');
  end if;
  if c.id is null or k.id is null then
    return '{"result": "notValid"}';
  end if;
  perform set_config('okno.operation', v_operation::text, true);
  begin
    v_facts := contact_confirmed(k, 'link', v_operation, contact_policy(k.subscriber_id));
  exception when sqlstate 'OK409' then
    return jsonb_build_object('result', sqlerrm, 'kind', k.kind);
  end;
  update contact_confirmation set state = 'confirmed' where id = c.id;
  perform contact_operation_add(v_operation, contact_operation('confirm', k.kind), null, k.subscriber_id,
    jsonb_build_object('contactId', k.id, 'purpose', k.purpose, 'way', 'link', 'confirmed', true, 'to', mask_contact(k.kind, k.value)) || v_facts);
  return jsonb_build_object('result', 'done', 'kind', k.kind);
end $$;

create function portal_contact_revert(p_token text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare l contact_revert_link; k subscriber_contact; v_operation uuid := gen_random_uuid(); v_facts jsonb; v_hash bytea := token_hash(left(p_token, 100));
begin
  select k1.* into k from contact_revert_link l1 join subscriber_contact k1 on k1.id = l1.contact_id where l1.token_hash = v_hash;
  if found then
    perform contacts_lock(k.subscriber_id);
    select * into l from contact_revert_link where token_hash = v_hash and used_at is null and expires_at > now() for update;
    select * into k from subscriber_contact where id = k.id;
  end if;
  if l.token_hash is null then
    return '{"result": "notValid"}';
  end if;
  perform set_config('okno.operation', v_operation::text, true);
  begin
    v_facts := contact_take_back(k, l.restore_id, v_operation, contact_policy(k.subscriber_id), null);
  exception when sqlstate 'OK409' then
    return jsonb_build_object('result', sqlerrm, 'kind', k.kind);
  end;
  -- All letters about this change have served.
  update contact_revert_link set used_at = now() where contact_id = k.id and used_at is null;
  perform contact_operation_add(v_operation, contact_operation('revert', k.kind), null, k.subscriber_id, v_facts || '{"way": "link"}');
  return jsonb_build_object('result', 'done', 'kind', k.kind);
end $$;

-- ── History ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Old and new, masked, newest first: what was done at the desk or by a link from the operations, what a register or the portal brought from the contacts.
create function contact_history(p_subscriber_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := card_visit(current_staff(), p_subscriber_id);
begin
  if v.id is null then
    perform audit_record('contacts.history', null, p_subscriber_id, jsonb_build_object('withoutVisit', true));
  end if;
  return jsonb_build_object('entries', (
    with done as (
      select o.at, lower(substring(o.kind from '(Email|Phone)$')) as kind, coalesce(o.details ->> 'purpose', 'main') as purpose,
        substring(o.kind from '^contacts\.([a-z]+)') as verb, o.details ->> 'from' as "from", o.details ->> 'to' as "to", o.details, o.staff_id, f.full_name
      from operation o left join staff f on f.id = o.staff_id where o.subscriber_id = p_subscriber_id and o.kind ~ '^contacts\.(change|confirm|remove|revert|cancel)(Email|Phone)$'
    ), told as (
      select at, kind, purpose, case verb when 'remove' then 'removed' when 'revert' then 'reverted' when 'cancel' then 'cancelled'
          else case when details ? 'inPlace' then 'confirmed' when "from" is null then 'added' else 'changed' end end as what,
        "from", "to", case when verb = 'confirm' and details ->> 'way' <> 'link' then 'codeAtDesk' when details ->> 'way' = 'link' and verb in ('confirm', 'revert') then 'link' else 'desk' end as how,
        full_name as staff_name
      from done where case verb when 'change' then details ->> 'way' = 'none' when 'confirm' then (details ->> 'confirmed')::boolean else true end
      union all
      select k.created_at, k.kind, k.purpose, case when k.replaces_id is null then 'added' else 'changed' end, (select mask_contact(o.kind, o.value) from subscriber_contact o where o.id = k.replaces_id),
        mask_contact(k.kind, k.value), 'register', null
      from subscriber_contact k where k.subscriber_id = p_subscriber_id and k.operation_id is null
      union all
      select k.confirmed_at, k.kind, k.purpose, 'confirmed', null, mask_contact(k.kind, k.value), 'portal', null
      from subscriber_contact k where k.subscriber_id = p_subscriber_id and k.operation_id is null and k.confirmed_how = 'portal' and k.confirmed_at is not null
      union all
      select k.ended_at, k.kind, k.purpose, 'removed', mask_contact(k.kind, k.value), null, 'register', null
      from subscriber_contact k where k.subscriber_id = p_subscriber_id and k.operation_id is null and k.state = 'cancelled' and k.ended_at is not null
    )
    select coalesce(jsonb_agg(jsonb_build_object('at', x.at, 'kind', x.kind, 'purpose', x.purpose, 'what', x.what, 'from', x."from", 'to', x."to", 'how', x.how, 'staffName', x.staff_name)
      order by x.at desc), '[]') from (select * from told order by at desc limit 200) x));
end $$;

grant execute on function contact_check(bigint, text, text), contact_change(uuid, bigint, text, text, bigint, text, text, int), contact_ask(uuid, bigint, bigint, text), contact_pending(bigint),
  contact_resend(uuid, bigint, bigint), contact_confirm(uuid, bigint, bigint, text), contact_cancel(uuid, bigint, bigint), contact_remove(uuid, bigint, bigint, int, boolean),
  contact_revert(uuid, bigint, bigint, int), contact_unmask(uuid, bigint, bigint, text) to okno_operator;
grant execute on function contact_history(bigint) to okno_operator, okno_supervisor;

reset role;
