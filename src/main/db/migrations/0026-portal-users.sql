-- Portal users: whose cabinet it is, registering, linking accounts, Госуслуги, blocking, sign-ins; requests for a PIN and registrations that wait.
set local role okno_owner;

-- ── Whose cabinet it is ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- The subscriber whose account gives the login, else the one whose accounts are all there is in the cabinet (when it holds none now: all there ever was); null: nobody's for certain.
create function portal_user_subscriber(p_user portal_user) returns bigint language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v bigint;
begin
  select a.subscriber_id into v from portal_account_link l join account a on a.id = l.account_id
    where l.portal_user_id = p_user.id and l.unlinked_at is null and lower(account_portal_login(a)) = p_user.login_key order by l.linked_at limit 1;
  if found then
    return v;
  end if;
  return (select case when min(a.subscriber_id) = max(a.subscriber_id) then min(a.subscriber_id) end
    from portal_account_link l join account a on a.id = l.account_id
    where l.portal_user_id = p_user.id
      and (l.unlinked_at is null or not exists (select from portal_account_link n where n.portal_user_id = p_user.id and n.unlinked_at is null)));
end $$;

-- The visitor's own cabinet, as account_portal_user means it. One of somebody else that an account is linked to is shown, and can be got rid of, and no more.
create function portal_user_is_of(p_user portal_user, p_subscriber_id bigint) returns boolean language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return coalesce(portal_user_subscriber(p_user) = p_subscriber_id and portal_login_can_be_of(p_user.login_key, p_subscriber_id), false)
    -- A family with one e-mail has one cabinet, and each of them has it.
    or exists (select from portal_account_link l join account a on a.id = l.account_id
               where l.portal_user_id = p_user.id and l.unlinked_at is null and a.subscriber_id = p_subscriber_id and lower(account_portal_login(a)) = p_user.login_key);
end $$;

-- Whether the portal may let this user in: open, blocked, or ended where the provider's access ends with the last contract. A suspended account keeps it.
create function portal_user_access(p_user portal_user) returns text language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if p_user.state = 'blocked' then
    return 'blocked';
  end if;
  if (select p.profile #>> '{portal,accessAfterClosing}' from provider p where p.id = p_user.provider_id) = 'ends'
     and exists (select from portal_account_link l where l.portal_user_id = p_user.id and l.unlinked_at is null)
     and not exists (select from portal_account_link l join account a on a.id = l.account_id where l.portal_user_id = p_user.id and l.unlinked_at is null and a.status <> 'closed') then
    return 'ended';
  end if;
  return 'open';
end $$;

create function mask_login(p_login text) returns text language sql immutable
return case when p_login like '%@%' then mask_email(p_login) else p_login end;

-- ── What there is to know of a portal user ───────────────────────────────────────────────────────────────────────────────────────────

-- Written by the portals. The latest thirty of each user are kept: the portals have logs of their own.
create table portal_sign_in (
  id bigint generated always as identity primary key,
  portal_user_id bigint not null references portal_user on delete cascade,
  at timestamptz not null default clock_timestamp(),
  channel text not null check (channel in ('password', 'esia')),
  outcome text not null check (outcome in ('entered', 'wrongPassword', 'passwordExpired', 'blocked', 'ended'))
);
create index portal_sign_in_user on portal_sign_in (portal_user_id, id desc);

create function portal_sign_in_record(p_portal_user_id bigint, p_channel text, p_outcome text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into portal_sign_in (portal_user_id, channel, outcome) values (p_portal_user_id, p_channel, p_outcome);
  delete from portal_sign_in where portal_user_id = p_portal_user_id
    and id <= (select id from portal_sign_in where portal_user_id = p_portal_user_id order by id desc offset 30 limit 1);
  if p_outcome = 'entered' then
    perform set_config('okno.operation', 'portal.signIn', true);
    update portal_user set last_sign_in_at = clock_timestamp() where id = p_portal_user_id;
  end if;
end $$;

create table portal_user_block (
  id bigint generated always as identity primary key,
  portal_user_id bigint not null references portal_user,
  reason text not null check (reason in ('compromised', 'asked', 'deceased', 'dispute', 'other')),
  comment text check (length(comment) between 1 and 300),
  blocked_at timestamptz not null default clock_timestamp(),
  blocked_by int references staff,
  unblocked_at timestamptz,
  unblocked_by int references staff,
  unblock_reason text check (unblock_reason in ('restored', 'mistake', 'other')),
  constraint portal_user_block_ended check ((unblocked_at is null) = (unblocked_by is null) and (unblocked_at is null) = (unblock_reason is null))
);
comment on column portal_user_block.blocked_by is 'null: the portal.';
create unique index portal_user_block_in_force on portal_user_block (portal_user_id) where unblocked_at is null;

alter table portal_user add column full_version_at timestamptz;
comment on column portal_user.full_version_at is 'When the PIN was typed at the portal that opens its full version; null: not yet, or this portal has none.';

create index esia_link_account on esia_link (account_id) where unlinked_at is null;

-- ── Requests that wait ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- A request for the PIN of the full version. The PIN is made here and goes only into the outbox; what stays is a salted hash, wiped when the request ends.
-- issued and past its term is «expired» to whoever looks.
alter table portal_pin_request
  drop constraint portal_pin_request_state_check,
  add constraint portal_pin_request_state_check check (state in ('waiting', 'issued', 'used', 'refused', 'expired')),
  add column asked_how text not null default 'portal' check (asked_how in ('portal', 'desk')),
  add column contact_id bigint references subscriber_contact,
  add column salt uuid,
  add column pin_hash bytea,
  add column sent_at timestamptz,
  add column expires_at timestamptz,
  add column attempts_left int not null default 5 check (attempts_left >= 0),
  add column resends int not null default 0,
  add column outbox_operation_id uuid,
  add column refusal text check (refusal in ('notSubscriber', 'contactNotConfirmed', 'comeWithDocument', 'repeated', 'other')),
  add column refusal_text text check (length(refusal_text) between 1 and 200),
  add column handled_by int references staff,
  add column handled_at timestamptz,
  add column closed_at timestamptz,
  add column version int not null default 1,
  add constraint portal_pin_request_secret check ((pin_hash is not null) = (state = 'issued'));
comment on column portal_pin_request.contact_id is 'Where the PIN went: always a confirmed main contact of whose cabinet it is.';
create unique index portal_pin_request_open on portal_pin_request (portal_user_id) where state in ('waiting', 'issued');
create index portal_pin_request_waiting on portal_pin_request (asked_at) where state = 'waiting';
create index portal_pin_request_issued on portal_pin_request (sent_at) where state = 'issued';
create index portal_pin_request_closed on portal_pin_request (closed_at) where closed_at is not null;
create index portal_pin_request_user on portal_pin_request (portal_user_id, id desc);

-- A registration that waits for its letter to be answered, or for its person at a desk. Only then there is a portal user.
create table portal_registration (
  id bigint generated always as identity primary key,
  provider_id int not null references provider,
  login text not null,
  login_key text collate "C" generated always as (lower(login)) stored,
  email text not null,
  account_id bigint references account,
  subscriber_id bigint references subscriber,
  password_hash text check (password_hash ~ '^\$argon2id\$v=19\$'),
  asked_how text not null check (asked_how in ('portal', 'desk')),
  asked_at timestamptz not null default clock_timestamp(),
  token_hash bytea,
  sent_at timestamptz not null,
  expires_at timestamptz not null,
  resends int not null default 0,
  outbox_operation_id uuid not null,
  state text not null default 'waiting' check (state in ('waiting', 'confirmed', 'cancelled')),
  confirmed_how text check (confirmed_how in ('link', 'desk')),
  portal_user_id bigint references portal_user,
  handled_by int references staff,
  handled_at timestamptz,
  closed_at timestamptz,
  version int not null default 1,
  constraint portal_registration_secret check (state = 'waiting' or token_hash is null and password_hash is null)
);
comment on column portal_registration.password_hash is 'What the subscriber has chosen at the portal; moves to portal_credential when the registration is confirmed.';
comment on column portal_registration.subscriber_id is 'Whose account was named; null where the portal registers first and links afterwards.';
create unique index portal_registration_one on portal_registration (provider_id, login_key) where state = 'waiting';
create unique index portal_registration_token on portal_registration (token_hash) where token_hash is not null;
create index portal_registration_waiting on portal_registration (asked_at) where state = 'waiting';
create index portal_registration_closed on portal_registration (closed_at) where closed_at is not null;
create index portal_registration_subscriber on portal_registration (subscriber_id) where subscriber_id is not null;
create index portal_registration_email on portal_registration (lower(email) collate "C") where state = 'waiting';

-- Told to the queue and to the card; a request of nobody for certain to the queue alone, by the way of a register.
create function portal_request_told(p_subscriber_id bigint) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform subscriber_changed(p_subscriber_id, null, 'portalRequests.changed');
end $$;

-- The main contact of a kind that is in force.
create function portal_contact(p_subscriber_id bigint, p_kind text, p_only_confirmed boolean) returns subscriber_contact language plpgsql stable security definer set search_path = public, pg_temp as $$
declare k subscriber_contact;
begin
  select * into k from subscriber_contact
    where subscriber_id = p_subscriber_id and kind = p_kind and purpose = 'main' and is_current and (state = 'confirmed' or not p_only_confirmed);
  return k;
end $$;

-- Where a PIN may go: the confirmed e-mail, else the confirmed phone of a provider that confirms by SMS. Never where nobody has proved that they read it.
create function portal_pin_contact(p_subscriber_id bigint, p_profile jsonb) returns subscriber_contact language plpgsql stable security definer set search_path = public, pg_temp as $$
declare k subscriber_contact := portal_contact(p_subscriber_id, 'email', true);
begin
  if k.id is null and p_profile #> '{portal,confirmations}' ? 'smsCode' then
    k := portal_contact(p_subscriber_id, 'phone', true);
  end if;
  return k;
end $$;

-- Tells the owner of a cabinet, or of an account, by the channels of the provider. To a contact nobody has confirmed as well: it says nothing but that.
create function portal_notice(p_operation_id uuid, p_subscriber_id bigint, p_provider provider, p_what text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare k subscriber_contact; v_channel text;
begin
  foreach v_channel in array array['email', 'sms'] loop
    if p_provider.profile #> '{notices,accessChanged}' ? v_channel then
      k := portal_contact(p_subscriber_id, case v_channel when 'email' then 'email' else 'phone' end, false);
      if k.id is not null then
        perform outbox_put(p_operation_id, v_channel, k.value, 'accessChanged',
          jsonb_build_object('what', p_what, 'at', now(), 'portalName', p_provider.portal_name), p_provider.id, now() + interval '3 days');
      end if;
    end if;
  end loop;
end $$;

-- What an undone change needs not tell any more; what has gone out already can't be called back, so the opposite is told.
create function portal_notice_undone(t operation, p_subscriber_id bigint, p_provider provider, p_what text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if exists (select from outbox_message where operation_id = t.id and template = 'accessChanged' and state <> 'queued') then
    perform portal_notice(gen_random_uuid(), p_subscriber_id, p_provider, p_what);
  end if;
  update outbox_message set state = 'expired', params = null, finished_at = now(), error = 'undone' where operation_id = t.id and template = 'accessChanged' and state = 'queued';
end $$;

-- ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create function portal_letter_state(p_operation_id uuid, p_template text) returns text language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select case when m.state in ('uncertain', 'expired', 'failed', 'cancelled') then 'failed' else m.state end
    from outbox_message m where m.operation_id = p_operation_id and m.template = p_template order by m.id desc limit 1);
end $$;

create function pin_state(r portal_pin_request) returns text language sql stable
return case when r.state = 'issued' and r.expires_at <= now() then 'expired' else r.state end;

-- Why a PIN can't be issued now; null: it can.
create function pin_problem(p_user portal_user, p_subscriber_id bigint, p_provider provider) returns text language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_access text := portal_user_access(p_user);
begin
  return case when v_access = 'blocked' then 'portalUserBlocked' when v_access = 'ended' then 'portalAccessEnded' when p_subscriber_id is null then 'portalOwnerUnclear'
    when (portal_pin_contact(p_subscriber_id, p_provider.profile)).id is null then 'contactNotConfirmed' end;
end $$;

create function pin_request_json(r portal_pin_request) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare u portal_user; p provider; v_owner bigint; k subscriber_contact; a account; v_state text := pin_state(r);
begin
  select * into u from portal_user where id = r.portal_user_id;
  select * into p from provider where id = u.provider_id;
  v_owner := portal_user_subscriber(u);
  if r.contact_id is not null then
    select * into k from subscriber_contact where id = r.contact_id;
  else
    k := portal_pin_contact(v_owner, p.profile);
  end if;
  select x.* into a from portal_account_link l join account x on x.id = l.account_id
    where l.portal_user_id = u.id and l.unlinked_at is null and x.subscriber_id = v_owner order by x.status = 'closed', l.linked_at limit 1;
  return jsonb_build_object('kind', 'pin', 'id', r.id, 'version', r.version, 'state', v_state, 'isOpen', r.state in ('waiting', 'issued'), 'askedAt', r.asked_at, 'askedHow', r.asked_how,
    'provider', p.name, 'login', mask_login(u.login), 'portalUserId', u.id,
    'subscriberId', v_owner, 'subscriberName', (select subscriber_name(s) from subscriber s where s.id = v_owner),
    'accountNumber', a.number, 'address', (select address_text(d, a.flat_as_printed) from address d where d.id = a.address_id),
    'recipient', case when k.id is not null then jsonb_build_object('channel', case k.kind when 'email' then 'email' else 'sms' end, 'masked', mask_contact(k.kind, k.value)) end,
    'problem', case when v_state in ('waiting', 'issued', 'expired') then pin_problem(u, v_owner, p) end,
    -- Somebody may have linked another's account by its number alone: the PIN goes to the owner of the account, and the owner will wonder.
    'loginDiffers', coalesce(p.portal_scheme = 'email' and k.kind = 'email' and lower(k.value) <> u.login_key, false),
    'approvalNeeded', v_owner is not null and v_state in ('waiting', 'issued', 'expired') and approval_required(v_owner, p.profile),
    'sentAt', r.sent_at, 'expiresAt', r.expires_at, 'resendAllowedAt', r.sent_at + interval '60 seconds', 'resendsLeft', greatest(0, 3 - r.resends),
    'attemptsLeft', case when v_state = 'issued' then r.attempts_left end,
    'delivery', case when r.outbox_operation_id is not null then portal_letter_state(r.outbox_operation_id, 'pin') end,
    'refusal', case when r.refusal is not null then jsonb_build_object('reason', r.refusal, 'text', r.refusal_text) end,
    'staffName', (select s.full_name from staff s where s.id = r.handled_by), 'handledAt', coalesce(r.handled_at, r.closed_at));
end $$;

create function registration_json(r portal_registration) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare p provider; a account;
begin
  select * into p from provider where id = r.provider_id;
  select * into a from account where id = r.account_id;
  return jsonb_build_object('kind', 'registration', 'id', r.id, 'version', r.version, 'state', case when r.state = 'waiting' and r.expires_at <= now() then 'expired' else r.state end,
    'isOpen', r.state = 'waiting', 'askedAt', r.asked_at, 'askedHow', r.asked_how, 'provider', p.name, 'login', mask_login(r.login), 'portalUserId', r.portal_user_id,
    'subscriberId', r.subscriber_id, 'subscriberName', (select subscriber_name(s) from subscriber s where s.id = r.subscriber_id),
    'accountNumber', a.number, 'address', (select address_text(d, a.flat_as_printed) from address d where d.id = a.address_id),
    'recipient', jsonb_build_object('channel', 'email', 'masked', mask_email(r.email)), 'problem', null, 'loginDiffers', false, 'approvalNeeded', false,
    'sentAt', r.sent_at, 'expiresAt', r.expires_at, 'resendAllowedAt', r.sent_at + interval '60 seconds', 'resendsLeft', greatest(0, 5 - r.resends), 'attemptsLeft', null,
    'delivery', portal_letter_state(r.outbox_operation_id, 'registration'), 'refusal', null,
    'staffName', (select s.full_name from staff s where s.id = r.handled_by), 'handledAt', coalesce(r.handled_at, r.closed_at));
end $$;

-- To somebody whose account stands in another's cabinet: that it does, since when, and nothing else of the other.
create function portal_user_json(u portal_user, p_subscriber_id bigint) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_is_own boolean := portal_user_is_of(u, p_subscriber_id);
begin
  return jsonb_build_object('id', u.id, 'login', mask_login(u.login), 'isOwn', v_is_own, 'access', portal_user_access(u), 'registeredAt', u.created_at,
    'fullVersionAt', case when v_is_own then u.full_version_at end, 'lastSignInAt', case when v_is_own then u.last_sign_in_at end,
    'block', (select jsonb_build_object('reason', b.reason, 'comment', b.comment, 'at', b.blocked_at, 'staffName', s.full_name)
      from portal_user_block b left join staff s on s.id = b.blocked_by where b.portal_user_id = u.id and b.unblocked_at is null and v_is_own),
    'credential', (select jsonb_build_object('issuedAt', c.issued_at, 'expiresAt', c.expires_at, 'mustChange', c.one_time, 'memoNumber', c.memo_number)
      from portal_credential c where c.portal_user_id = u.id and c.revoked_at is null and v_is_own),
    'signIns', (select coalesce(jsonb_agg(jsonb_build_object('at', x.at, 'channel', x.channel, 'outcome', x.outcome) order by x.id desc), '[]')
      from (select * from portal_sign_in where portal_user_id = u.id and v_is_own order by id desc limit 10) x),
    'links', (select coalesce(jsonb_agg(jsonb_build_object('accountId', a.id, 'number', a.number, 'address', address_text(d, a.flat_as_printed), 'status', a.status, 'linkedAt', l.linked_at,
        'isOwn', a.subscriber_id = p_subscriber_id,
        -- Where the number is the login, the cabinet is the account's own: there is nothing to take it from.
        'isLogin', u.login_key not like '%@%' and lower(account_portal_login(a)) = u.login_key) order by l.linked_at, a.id), '[]')
      from portal_account_link l join account a on a.id = l.account_id join address d on d.id = a.address_id
      where l.portal_user_id = u.id and l.unlinked_at is null and (v_is_own or a.subscriber_id = p_subscriber_id)),
    'esiaLinks', (select coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'number', a.number, 'linkedAt', e.linked_at, 'maskedName', e.masked_name) order by e.linked_at, e.id), '[]')
      from esia_link e join account a on a.id = e.account_id where e.portal_user_id = u.id and e.unlinked_at is null and (v_is_own or a.subscriber_id = p_subscriber_id)),
    'pinRequests', (select coalesce(jsonb_agg(pin_request_json(r) order by r.id desc), '[]')
      from (select * from portal_pin_request where portal_user_id = u.id and v_is_own order by id desc limit 5) r));
end $$;

-- Registrations of a subscriber with a provider that wait: those about their accounts, and those under an e-mail of theirs.
create function portal_registrations_of(p_subscriber_id bigint, p_provider_id int) returns setof portal_registration language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query select r.* from portal_registration r where r.provider_id = p_provider_id and r.state = 'waiting'
    and (r.subscriber_id = p_subscriber_id
      or r.subscriber_id is null and lower(r.email) in (select k.key from subscriber_contact k where k.subscriber_id = p_subscriber_id and k.kind = 'email' and k.is_current));
end $$;

-- Users of the account's provider that hold accounts of this subscriber (or held them as their only ones), registrations that wait, and how one could be registered.
create function portal_user_list(p_visit_id bigint, p_account_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id, true); a account := visit_account(v, p_account_id); p provider; v_result jsonb; v_login text; v_email subscriber_contact; v_has_own boolean;
begin
  perform visit_allow(v, 'portalLinks', a.id);
  select * into p from provider where id = a.provider_id;
  v_login := account_portal_login(a);
  v_email := portal_contact(v.subscriber_id, 'email', false);
  v_has_own := (account_portal_user(a)).id is not null;
  v_result := jsonb_build_object('provider', p.name, 'portalName', p.portal_name, 'scheme', p.portal_scheme,
    'hasPin', coalesce((p.profile #>> '{portal,pin}')::boolean, false), 'hasEsia', coalesce((p.profile #>> '{portal,esia}')::boolean, false),
    'proofs', coalesce(p.profile #> '{portal,accountProofs}', '["surname"]'),
    'users', (select coalesce(jsonb_agg(portal_user_json(u, v.subscriber_id) order by portal_user_is_of(u, v.subscriber_id) desc, u.id), '[]')
      from (select l.portal_user_id, bool_or(l.unlinked_at is null) as holds from account n join portal_account_link l on l.account_id = n.id
            where n.subscriber_id = v.subscriber_id and n.provider_id = p.id group by 1) x
      join portal_user u on u.id = x.portal_user_id where x.holds or portal_user_is_of(u, v.subscriber_id)),
    'registrations', (select coalesce(jsonb_agg(registration_json(r) order by r.asked_at), '[]') from portal_registrations_of(v.subscriber_id, p.id) r),
    'registration', case when not v_has_own then jsonb_build_object(
      'login', mask_login(coalesce(v_login, v_email.value)),
      'ways', to_jsonb(array_remove(array[case when v_login is not null then 'now' end,
        case when portal_links_are_sent(p.profile) and v_email.id is not null then 'link' end], null)),
      'refusal', case when a.status = 'closed' then 'accountClosed' when v_login is null and v_email.id is null then 'emailMissing'
        when v_login is null and not portal_links_are_sent(p.profile) then 'emailNotConfirmed' end) end);
  perform audit_record('portalUsers.list', v.id, v.subscriber_id, jsonb_build_object('accountId', a.id, 'users', jsonb_array_length(v_result -> 'users')));
  return v_result;
end $$;

-- ── What an operator does with a portal user, in a visit ─────────────────────────────────────────────────────────────────────────────

create function portal_links_are_sent(p_profile jsonb) returns boolean language sql immutable
return coalesce(p_profile #> '{portal,confirmations}' ? 'link' and p_profile #>> '{portal,confirmUrl}' like '%{token}%', false);

-- The user, locked, when it is of the provider of the visit's own account, and the visitor's own cabinet (p_own), or at least one that holds an account of theirs.
create function portal_user_require(p_visit visit, p_account account, p_portal_user_id bigint, p_own boolean) returns portal_user
language plpgsql security definer set search_path = public, pg_temp as $$
declare u portal_user; v_is_own boolean;
begin
  select * into u from portal_user where id = p_portal_user_id and provider_id = p_account.provider_id for update;
  if not found then
    perform refuse('OK404', 'portalUser');
  end if;
  v_is_own := portal_user_is_of(u, p_visit.subscriber_id);
  if not v_is_own and (p_own or not exists (select from portal_account_link l join account n on n.id = l.account_id
      where l.portal_user_id = u.id and l.unlinked_at is null and n.subscriber_id = p_visit.subscriber_id)) then
    perform refuse('OK403', 'portalUserOfAnother');
  end if;
  return u;
end $$;

-- By the provider's scheme: at once ('now', the password is issued next), or by a letter with a link, behind which the subscriber chooses the password ('link').
create function portal_user_register(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_way text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; p provider; u portal_user; r portal_registration; k subscriber_contact; v_login text; v_first jsonb := operation_repeat(p_operation_id, 'portalUsers.register');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id, true);
  a := visit_account(v, p_account_id);
  select * into p from provider where id = a.provider_id;
  perform visit_allow(v, 'portalPassword', a.id);
  if a.status = 'closed' then
    perform refuse('OK409', 'accountClosed');
  end if;
  -- Two desks, or a desk and the portal: the second finds the first's.
  perform pg_advisory_xact_lock(hashtext('okno.portalRegistration'), a.id::int);
  if (account_portal_user(a)).id is not null then
    perform refuse('OK409', 'portalUserExists');
  end if;
  if p_way = 'now' then
    u := portal_user_for(a);
    update portal_registration set state = 'cancelled', token_hash = null, password_hash = null, closed_at = now(), handled_by = v.staff_id, handled_at = now(), version = version + 1
      where provider_id = p.id and login_key = u.login_key and state = 'waiting';
    perform portal_notice(p_operation_id, v.subscriber_id, p, 'registered');
  elsif p_way = 'link' then
    if not portal_links_are_sent(p.profile) then
      perform refuse('OK409', 'linkNotOffered');
    end if;
    k := portal_contact(v.subscriber_id, 'email', false);
    if k.id is null then
      perform refuse('OK409', 'emailMissing');
    end if;
    v_login := case p.portal_scheme when 'email' then k.value else account_portal_login(a) end;
    if exists (select from portal_user where provider_id = p.id and login_key = lower(v_login)) then
      perform refuse('OK409', 'portalLoginTaken');
    end if;
    r := portal_registration_make(p, v_login, k.value, a, 'desk', p_operation_id, null);
  else
    perform refuse('OK400', 'shape');
  end if;
  return operation_done(p_operation_id, 'portalUsers.register', v, jsonb_build_object('portalUserId', u.id, 'registrationId', r.id),
    jsonb_build_object('provider', p.code, 'account', a.number, 'login', mask_login(coalesce(u.login, r.login)), 'way', p_way), a.id);
end $$;

-- What main needs to hash a password with before it can be compared: how the one in force of that account's own cabinet was hashed, never the hash. No change.
create function portal_link_recipe(p_visit_id bigint, p_account_id bigint, p_portal_user_id bigint, p_number_key text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id, true); a account := visit_account(v, p_account_id); t account;
begin
  perform visit_allow(v, 'portalLinks', a.id);
  perform portal_user_require(v, a, p_portal_user_id, true);
  t := portal_account_by_key(a.provider_id, p_number_key);
  return jsonb_build_object('recipe', (select hash_recipe(c.password_hash) from portal_credential c where c.portal_user_id = (account_portal_user(t)).id and c.revoked_at is null));
end $$;

-- How numbers of the account's provider are written: what main reads a typed one by.
create function portal_number_format(p_visit_id bigint, p_account_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare a account := visit_account(visit_require(p_visit_id, true), p_account_id);
begin
  return (select p.profile -> 'accountNumber' from provider p where p.id = a.provider_id);
end $$;

-- The one account of a provider with this number in its comparison form; none when several are alike.
create function portal_account_by_key(p_provider_id int, p_number_key text) returns account language plpgsql stable security definer set search_path = public, pg_temp as $$
declare a account;
begin
  if (select count(*) from account where provider_id = p_provider_id and number_key = p_number_key) = 1 then
    select * into a from account where provider_id = p_provider_id and number_key = p_number_key;
  end if;
  return a;
end $$;

create function portal_link_attempts_left(p_portal_user_id bigint) returns int language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return greatest(0, 5 - (select count(*) from portal_link_failure where portal_user_id = p_portal_user_id and at >= office_day_start()))::int;
end $$;

-- Wrong proofs are counted for the cabinet and the day, whatever the desk.
create table portal_link_failure (
  id bigint generated always as identity primary key,
  portal_user_id bigint not null references portal_user,
  staff_id int not null references staff,
  at timestamptz not null default now()
);
create index portal_link_failure_user on portal_link_failure (portal_user_id, at);

-- An account of the visitor's own freely; another person's by what the provider asks for (accountProofs): its number alone, the surname it is registered to, or the
-- password in force of its own cabinet, hashed by main. That nothing agrees is an outcome, and the same one whatever was wrong; tries are limited.
create function portal_account_link_add(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_portal_user_id bigint, p_number_key text, p_by text,
  p_surname text default null, p_password_hash text default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v visit; a account; t account; s subscriber; p provider; u portal_user; v_agrees boolean; v_wait int;
  v_first jsonb := operation_repeat(p_operation_id, 'portalUsers.linkAccount');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id, true);
  a := visit_account(v, p_account_id);
  perform visit_allow(v, 'portalLinks', a.id);
  u := portal_user_require(v, a, p_portal_user_id, true);
  select * into p from provider where id = a.provider_id;
  if u.state = 'blocked' then
    perform refuse('OK409', 'portalUserBlocked');
  end if;
  t := portal_account_by_key(p.id, p_number_key);
  if p_by = 'own' then
    if t.subscriber_id is distinct from v.subscriber_id then
      perform refuse('OK403', 'accountOfAnotherSubscriber');
    end if;
    v_agrees := true;
  else
    if coalesce(p_by, '') not in ('number', 'surname', 'password') or not coalesce(p.profile #> '{portal,accountProofs}', '["surname"]') ? p_by then
      perform refuse('OK409', 'proofNotOffered');
    end if;
    perform pg_advisory_xact_lock(hashtext('okno.portalLink'), hashint8(u.id));
    if portal_link_attempts_left(u.id) = 0 then
      perform refuse('OK403', 'linkAttemptsExceeded');
    end if;
    v_wait := guess_take(v.staff_id);
    if v_wait is not null then
      perform refuse('OK403', 'tooManyDocumentLookups', jsonb_build_object('waitSeconds', v_wait));
    end if;
    select * into s from subscriber where id = t.subscriber_id;
    v_agrees := t.id is not null and case p_by
      when 'number' then true
      when 'surname' then length(btrim(coalesce(p_surname, ''))) > 1 and fold(btrim(p_surname)) = coalesce(case when s.kind <> 'organisation' then s.last_name_n end, s.org_name_n)
      else exists (select from portal_credential c where c.portal_user_id = (account_portal_user(t)).id and c.revoked_at is null and (c.expires_at is null or c.expires_at > now())
                   and c.password_hash = p_password_hash) end;
    if not v_agrees then
      insert into portal_link_failure (portal_user_id, staff_id) values (u.id, v.staff_id);
    elsif p_by <> 'number' then
      -- A number alone is no knowledge: each one costs a try.
      perform guess_right(v.staff_id);
    end if;
  end if;
  if v_agrees then
    if t.status = 'closed' then
      perform refuse('OK409', 'accountClosed');
    end if;
    if exists (select from portal_account_link where portal_user_id = u.id and account_id = t.id and unlinked_at is null) then
      perform refuse('OK409', 'alreadyLinked');
    end if;
    insert into portal_account_link (portal_user_id, account_id) values (u.id, t.id);
    perform portal_notice(p_operation_id, v.subscriber_id, p, 'accountLinked');
    if t.subscriber_id <> v.subscriber_id then
      perform portal_notice(p_operation_id, t.subscriber_id, p, 'accountLinked');
      perform audit_record('portalUsers.linkedElsewhere', v.id, t.subscriber_id, jsonb_build_object('accountId', t.id, 'portalUserId', u.id, 'by', p_by, 'operation', p_operation_id));
      perform subscriber_changed(t.subscriber_id, v.staff_id, 'portalUsers.linkAccount');
    end if;
  end if;
  return operation_done(p_operation_id, 'portalUsers.linkAccount', v, jsonb_build_object('linked', v_agrees, 'attemptsLeft', portal_link_attempts_left(u.id)),
    jsonb_build_object('provider', p.code, 'portalUserId', u.id, 'account', case when v_agrees then t.number end, 'by', p_by, 'agrees', v_agrees), a.id,
    case when v_agrees then jsonb_build_object('portalUserId', u.id, 'accountId', t.id) end);
end $$;

-- From the visitor's own cabinet any account; from somebody else's the visitor's own account.
create function portal_account_unlink(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_portal_user_id bigint, p_linked_account_id bigint) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; t account; p provider; u portal_user; v_owner bigint; v_first jsonb := operation_repeat(p_operation_id, 'portalUsers.unlinkAccount');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id, true);
  a := visit_account(v, p_account_id);
  perform visit_allow(v, 'portalLinks', a.id);
  select * into t from account where id = p_linked_account_id and provider_id = a.provider_id;
  u := portal_user_require(v, a, p_portal_user_id, t.subscriber_id is distinct from v.subscriber_id);
  select * into p from provider where id = a.provider_id;
  if u.login_key not like '%@%' and lower(account_portal_login(t)) = u.login_key then
    perform refuse('OK409', 'ownAccountLink');
  end if;
  -- Whose cabinet it is may change with its last account.
  v_owner := portal_user_subscriber(u);
  update portal_account_link set unlinked_at = clock_timestamp() where portal_user_id = u.id and account_id = t.id and unlinked_at is null;
  if not found then
    perform refuse('OK409', 'changedByAnotherDesk', conflict_details(v.subscriber_id, array['portalUsers.unlinkAccount']));
  end if;
  perform portal_notice(p_operation_id, v.subscriber_id, p, 'accountUnlinked');
  if v_owner <> v.subscriber_id then
    perform portal_notice(p_operation_id, v_owner, p, 'accountUnlinked');
    perform subscriber_changed(v_owner, v.staff_id, 'portalUsers.unlinkAccount');
  end if;
  return operation_done(p_operation_id, 'portalUsers.unlinkAccount', v, '{}',
    jsonb_build_object('provider', p.code, 'portalUserId', u.id, 'account', t.number, 'elsewhere', nullif(v_owner is distinct from v.subscriber_id, false)), a.id,
    jsonb_build_object('portalUserId', u.id, 'accountId', t.id));
end $$;

-- A link with Госуслуги is made by its owner at the portal and nowhere else; here it can only be ended, for good.
create function portal_esia_unlink(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_esia_link_id bigint) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; t account; p provider; u portal_user; e esia_link; v_first jsonb := operation_repeat(p_operation_id, 'portalUsers.unlinkEsia');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id, true);
  a := visit_account(v, p_account_id);
  perform visit_allow(v, 'portalLinks', a.id);
  select * into e from esia_link where id = p_esia_link_id for update;
  if not found then
    perform refuse('OK404', 'esiaLink');
  end if;
  select * into t from account where id = e.account_id;
  u := portal_user_require(v, a, e.portal_user_id, t.subscriber_id is distinct from v.subscriber_id);
  select * into p from provider where id = a.provider_id;
  if e.unlinked_at is not null then
    perform refuse('OK409', 'changedByAnotherDesk', conflict_details(v.subscriber_id, array['portalUsers.unlinkEsia']));
  end if;
  update esia_link set unlinked_at = now() where id = e.id;
  perform portal_notice(p_operation_id, v.subscriber_id, p, 'esiaUnlinked');
  return operation_done(p_operation_id, 'portalUsers.unlinkEsia', v, '{}', jsonb_build_object('provider', p.code, 'portalUserId', u.id, 'account', t.number, 'name', e.masked_name), a.id);
end $$;

-- Nobody signs in any more, by password or through Госуслуги; the password stays as it is and counts again when the block is lifted.
create function portal_user_set_blocked(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_portal_user_id bigint, p_reason text, p_comment text default null) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; p provider; u portal_user; b portal_user_block; v_first jsonb := operation_repeat(p_operation_id, 'portalUsers.block');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id, true);
  a := visit_account(v, p_account_id);
  perform visit_allow(v, 'portalPassword', a.id);
  u := portal_user_require(v, a, p_portal_user_id, true);
  select * into p from provider where id = a.provider_id;
  if u.state = 'blocked' then
    perform refuse('OK409', 'changedByAnotherDesk', conflict_details(v.subscriber_id, array['portalUsers.block']));
  end if;
  if p_reason is null or p_reason not in ('compromised', 'asked', 'deceased', 'dispute', 'other') or (p_reason = 'other' and coalesce(btrim(p_comment), '') = '') then
    perform refuse('OK400', 'blockReason');
  end if;
  update portal_user set state = 'blocked', version = version + 1 where id = u.id;
  insert into portal_user_block (portal_user_id, reason, comment, blocked_by) values (u.id, p_reason, nullif(btrim(p_comment), ''), v.staff_id) returning * into b;
  perform portal_notice(p_operation_id, v.subscriber_id, p, 'blocked');
  return operation_done(p_operation_id, 'portalUsers.block', v, '{}', jsonb_build_object('provider', p.code, 'portalUserId', u.id, 'reason', p_reason), a.id,
    jsonb_build_object('portalUserId', u.id, 'blockId', b.id));
end $$;

create function portal_user_set_unblocked(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_portal_user_id bigint, p_reason text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; p provider; u portal_user; v_block bigint; v_two boolean; v_first jsonb := operation_repeat(p_operation_id, 'portalUsers.unblock');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id, true);
  a := visit_account(v, p_account_id);
  perform visit_allow(v, 'portalPassword', a.id);
  u := portal_user_require(v, a, p_portal_user_id, true);
  select * into p from provider where id = a.provider_id;
  if u.state <> 'blocked' then
    perform refuse('OK409', 'changedByAnotherDesk', conflict_details(v.subscriber_id, array['portalUsers.unblock']));
  end if;
  if p_reason is null or p_reason not in ('restored', 'mistake', 'other') then
    perform refuse('OK400', 'blockReason');
  end if;
  v_two := approval_required(v.subscriber_id, p.profile);
  -- Where two people are wanted soon after a change of contacts, the door opens and the password before does not: a new one needs the approval.
  if v_two then
    perform credential_revoke(u);
  end if;
  update portal_user set state = 'active', version = version + 1 where id = u.id;
  -- Blocked by the portal or before there were reasons: then there is no row to end.
  update portal_user_block set unblocked_at = clock_timestamp(), unblocked_by = v.staff_id, unblock_reason = p_reason where portal_user_id = u.id and unblocked_at is null returning id into v_block;
  perform portal_notice(p_operation_id, v.subscriber_id, p, 'unblocked');
  return operation_done(p_operation_id, 'portalUsers.unblock', v, '{}', jsonb_strip_nulls(jsonb_build_object('provider', p.code, 'portalUserId', u.id, 'reason', p_reason, 'passwordEnded', nullif(v_two, false))), a.id,
    jsonb_build_object('portalUserId', u.id, 'blockId', v_block));
end $$;

-- ── Taking back ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create function undo_portal_users_link_account(t operation, v visit) returns uuid[] language plpgsql security definer set search_path = public, pg_temp as $$
declare p provider; v_of bigint;
begin
  perform from portal_user where id = (t.undo ->> 'portalUserId')::bigint for update;
  update portal_account_link set unlinked_at = clock_timestamp() where portal_user_id = (t.undo ->> 'portalUserId')::bigint and account_id = (t.undo ->> 'accountId')::bigint and unlinked_at is null;
  if not found then
    perform refuse('OK409', 'changedSince');
  end if;
  select * into p from provider where id = (select provider_id from account where id = t.account_id);
  select subscriber_id into v_of from account where id = (t.undo ->> 'accountId')::bigint;
  perform portal_notice_undone(t, v_of, p, 'accountUnlinked');
  if v_of <> v.subscriber_id then
    perform subscriber_changed(v_of, v.staff_id, 'portalUsers.unlinkAccount');
  end if;
  return null;
end $$;

create function undo_portal_users_unlink_account(t operation, v visit) returns uuid[] language plpgsql security definer set search_path = public, pg_temp as $$
declare p provider; v_user bigint := (t.undo ->> 'portalUserId')::bigint; v_account bigint := (t.undo ->> 'accountId')::bigint;
begin
  perform from portal_user where id = v_user for update;
  if exists (select from portal_account_link where portal_user_id = v_user and account_id = v_account and unlinked_at is null) then
    perform refuse('OK409', 'changedSince');
  end if;
  insert into portal_account_link (portal_user_id, account_id, linked_at) values (v_user, v_account, clock_timestamp());
  select * into p from provider where id = (select provider_id from account where id = t.account_id);
  perform portal_notice_undone(t, v.subscriber_id, p, 'accountLinked');
  return null;
end $$;

create function undo_portal_users_block(t operation, v visit) returns uuid[] language plpgsql security definer set search_path = public, pg_temp as $$
declare p provider; b portal_user_block;
begin
  update portal_user_block set unblocked_at = clock_timestamp(), unblocked_by = v.staff_id, unblock_reason = 'mistake'
    where id = (t.undo ->> 'blockId')::bigint and unblocked_at is null returning * into b;
  if not found then
    perform refuse('OK409', 'changedSince');
  end if;
  update portal_user set state = 'active', version = version + 1 where id = b.portal_user_id;
  select * into p from provider where id = (select provider_id from account where id = t.account_id);
  perform portal_notice_undone(t, v.subscriber_id, p, 'unblocked');
  return null;
end $$;

create function undo_portal_users_unblock(t operation, v visit) returns uuid[] language plpgsql security definer set search_path = public, pg_temp as $$
declare p provider; u portal_user;
begin
  update portal_user set state = 'blocked', version = version + 1 where id = (t.undo ->> 'portalUserId')::bigint and state = 'active' returning * into u;
  if not found then
    perform refuse('OK409', 'changedSince');
  end if;
  update portal_user_block set unblocked_at = null, unblocked_by = null, unblock_reason = null where id = (t.undo ->> 'blockId')::bigint;
  select * into p from provider where id = u.provider_id;
  perform portal_notice_undone(t, v.subscriber_id, p, 'blocked');
  return null;
end $$;

-- ── PIN ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- The request, locked, as the desk has seen it.
create function pin_request_require(p_request_id bigint, p_version int) returns portal_pin_request language plpgsql security definer set search_path = public, pg_temp as $$
declare r portal_pin_request;
begin
  select * into r from portal_pin_request where id = p_request_id for update;
  if not found then
    perform refuse('OK404', 'portalRequest');
  end if;
  if r.version is distinct from p_version then
    perform refuse('OK409', 'changedByAnotherDesk', jsonb_build_object('staffName', (select full_name from staff where id = r.handled_by), 'at', coalesce(r.handled_at, r.closed_at, r.asked_at),
      'kind', case r.state when 'refused' then 'portalRequests.refusePin' when 'issued' then 'portalRequests.issuePin' end, 'current', pin_request_json(r)));
  end if;
  return r;
end $$;

-- Makes the digits, sends them and keeps a hash. 48 of the 122 random bits of a UUID: even eight digits come out alike to one part in two million.
create function pin_send(r portal_pin_request, p_user portal_user, p_provider provider, p_contact subscriber_contact, p_operation_id uuid) returns portal_pin_request
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_digits int := coalesce((p_provider.profile #>> '{portal,pinDigits}')::int, 6); v_hours int := coalesce((p_provider.profile #>> '{portal,pinHours}')::int, 72);
  v_salt uuid := gen_random_uuid(); v_pin text := lpad((('x' || left(replace(gen_random_uuid()::text, '-', ''), 12))::bit(48)::bigint % (10 ^ v_digits)::bigint)::text, v_digits, '0');
begin
  update outbox_message set state = 'expired', params = null, finished_at = now(), error = 'replaced' where operation_id = r.outbox_operation_id and template = 'pin' and state = 'queued';
  update portal_pin_request set state = 'issued', contact_id = p_contact.id, salt = v_salt, pin_hash = sha256(convert_to(v_salt::text || v_pin, 'UTF8')), sent_at = clock_timestamp(),
    expires_at = clock_timestamp() + make_interval(hours => v_hours), attempts_left = 5, outbox_operation_id = p_operation_id, handled_by = (current_staff()).id,
    handled_at = clock_timestamp(), version = version + 1 where id = r.id returning * into r;
  perform outbox_put(p_operation_id, case p_contact.kind when 'email' then 'email' else 'sms' end, p_contact.value, 'pin',
    jsonb_build_object('pin', v_pin, 'hours', v_hours, 'portalName', p_provider.portal_name), p_provider.id, r.expires_at);
  return r;
end $$;

-- The visit an operation on a request belongs to: none for the queue (the one who asks had signed in), only its subscriber; an own one when it is done at the desk.
create function portal_request_visit(p_visit_id bigint, p_subscriber_id bigint) returns visit language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit;
begin
  if p_visit_id is null then
    v.subscriber_id := p_subscriber_id;
    return v;
  end if;
  v := visit_require(p_visit_id, true);
  if v.subscriber_id is distinct from p_subscriber_id then
    perform refuse('OK403', 'portalUserOfAnother');
  end if;
  return v;
end $$;

-- Issues the PIN of a waiting request, or another one in place of the one sent (p_again). It goes to the confirmed contact of whose cabinet it is, whoever asked.
create function portal_pin_issue(p_operation_id uuid, p_request_id bigint, p_version int, p_visit_id bigint default null, p_again boolean default false) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  r portal_pin_request; u portal_user; p provider; k subscriber_contact; v visit; v_owner bigint; v_problem text; v_wait numeric; v_recent boolean;
  v_kind text := case when p_again then 'portalRequests.resendPin' else 'portalRequests.issuePin' end; v_staff staff := current_staff(); v_first jsonb := operation_repeat(p_operation_id, v_kind);
begin
  if v_first is not null then return v_first; end if;
  r := pin_request_require(p_request_id, p_version);
  select * into u from portal_user where id = r.portal_user_id for update;
  select * into p from provider where id = u.provider_id;
  v_owner := portal_user_subscriber(u);
  v := portal_request_visit(p_visit_id, v_owner);
  if r.state <> (case when p_again then 'issued' else 'waiting' end) then
    perform refuse('OK409', 'portalRequestClosed', jsonb_build_object('state', pin_state(r)));
  end if;
  v_problem := pin_problem(u, v_owner, p);
  if v_problem is not null then
    perform refuse('OK409', v_problem);
  end if;
  v_recent := contact_changed_lately(v_owner, p.profile);
  if approval_required(v_owner, p.profile) and not 'supervisor' = any(v_staff.roles) then
    perform refuse('OK403', 'supervisorForRecentContacts');
  end if;
  if p_again then
    if r.resends >= 3 then
      perform refuse('OK409', 'resendsExceeded');
    end if;
    v_wait := ceil(extract(epoch from r.sent_at + interval '60 seconds' - clock_timestamp()));
    if v_wait > 0 then
      perform refuse('OK409', 'resendTooSoon', jsonb_build_object('waitSeconds', v_wait));
    end if;
    update portal_pin_request set resends = resends + 1 where id = r.id returning * into r;
  end if;
  k := portal_pin_contact(v_owner, p.profile);
  r := pin_send(r, u, p, k, p_operation_id);
  return operation_done(p_operation_id, v_kind, v, pin_request_json(r),
    jsonb_build_object('provider', p.code, 'portalUserId', u.id, 'request', r.id, 'to', mask_contact(k.kind, k.value), 'askedHow', r.asked_how, 'resend', nullif(r.resends, 0),
      'afterContactChange', nullif(v_recent, false)));
end $$;

create function pin_refusal_words(p_reason text, p_text text) returns text language sql immutable
return case p_reason when 'notSubscriber' then 'Лицевой счёт оформлен на другого человека.' when 'contactNotConfirmed' then 'Адрес электронной почты не подтверждён.'
  when 'comeWithDocument' then 'Нужно прийти в центр обслуживания с документом.' when 'repeated' then 'По этой учётной записи ПИН-код уже выдан.' else p_text end;

-- Refuses a waiting request, or takes back a PIN that was sent and not used yet; the reason goes to the subscriber.
create function portal_pin_refuse(p_operation_id uuid, p_request_id bigint, p_version int, p_reason text, p_text text default null, p_visit_id bigint default null) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare r portal_pin_request; u portal_user; p provider; k subscriber_contact; v visit; v_owner bigint; v_first jsonb := operation_repeat(p_operation_id, 'portalRequests.refusePin');
begin
  if v_first is not null then return v_first; end if;
  if p_reason is null or p_reason not in ('notSubscriber', 'contactNotConfirmed', 'comeWithDocument', 'repeated', 'other') or (p_reason = 'other' and coalesce(btrim(p_text), '') = '') then
    perform refuse('OK400', 'requestReasonMissing');
  end if;
  -- A letter of the office is no place for anybody's links.
  if p_reason = 'other' and p_text ~* '(://|www[.]|[a-zа-я0-9-]+[.](ru|рф|com|net|org|su|info|online)([^a-zа-я]|$))' then
    perform refuse('OK400', 'reasonWithLink');
  end if;
  r := pin_request_require(p_request_id, p_version);
  select * into u from portal_user where id = r.portal_user_id for update;
  select * into p from provider where id = u.provider_id;
  v_owner := portal_user_subscriber(u);
  v := portal_request_visit(p_visit_id, v_owner);
  if r.state not in ('waiting', 'issued') then
    perform refuse('OK409', 'portalRequestClosed', jsonb_build_object('state', r.state));
  end if;
  update outbox_message set state = 'expired', params = null, finished_at = now(), error = 'refused' where operation_id = r.outbox_operation_id and template = 'pin' and state = 'queued';
  update portal_pin_request set state = 'refused', refusal = p_reason, refusal_text = case when p_reason = 'other' then btrim(p_text) end, salt = null, pin_hash = null, closed_at = clock_timestamp(),
    handled_by = (current_staff()).id, handled_at = clock_timestamp(), version = version + 1 where id = r.id returning * into r;
  k := portal_contact(v_owner, 'email', true);
  if k.id is not null then
    perform outbox_put(p_operation_id, 'email', k.value, 'pinRefused', jsonb_build_object('reason', pin_refusal_words(r.refusal, r.refusal_text), 'portalName', p.portal_name), p.id, now() + interval '3 days');
  end if;
  if v_owner is null then
    perform portal_request_told(null);
  end if;
  return operation_done(p_operation_id, 'portalRequests.refusePin', v, pin_request_json(r), jsonb_build_object('provider', p.code, 'portalUserId', u.id, 'request', r.id, 'reason', r.refusal));
end $$;

-- A user asks at the portal; asking again gives the request that is open. At most five in a day.
create function portal_pin_ask(p_portal_user_id bigint, p_how text default 'portal') returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare u portal_user; r portal_pin_request;
begin
  select * into u from portal_user where id = p_portal_user_id for update;
  if not found or portal_user_access(u) <> 'open' then
    return jsonb_build_object('requestId', null, 'state', 'denied');
  end if;
  if u.full_version_at is not null or not coalesce((select (profile #>> '{portal,pin}')::boolean from provider where id = u.provider_id), false) then
    return jsonb_build_object('requestId', null, 'state', 'notNeeded');
  end if;
  update portal_pin_request set state = 'expired', salt = null, pin_hash = null, closed_at = expires_at, version = version + 1
    where portal_user_id = u.id and state = 'issued' and expires_at <= now();
  select * into r from portal_pin_request where portal_user_id = u.id and state in ('waiting', 'issued');
  if not found then
    if (select count(*) from portal_pin_request where portal_user_id = u.id and asked_at > now() - interval '1 day') >= 5 then
      return jsonb_build_object('requestId', null, 'state', 'tooMany');
    end if;
    insert into portal_pin_request (portal_user_id, asked_at, asked_how) values (u.id, clock_timestamp(), p_how) returning * into r;
    if p_how = 'portal' then
      perform portal_request_told(portal_user_subscriber(u));
    end if;
  end if;
  return jsonb_build_object('requestId', r.id, 'state', r.state);
end $$;

-- The same for a visitor who has been identified.
create function portal_pin_ask_at_desk(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_portal_user_id bigint) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; u portal_user; v_asked jsonb; r portal_pin_request; v_first jsonb := operation_repeat(p_operation_id, 'portalRequests.askPin');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id, true);
  a := visit_account(v, p_account_id);
  perform visit_allow(v, 'portalPassword', a.id);
  u := portal_user_require(v, a, p_portal_user_id, true);
  v_asked := portal_pin_ask(u.id, 'desk');
  if v_asked ->> 'requestId' is null then
    perform refuse('OK409', case v_asked ->> 'state' when 'notNeeded' then 'pinNotNeeded' when 'tooMany' then 'tooManyPinRequests'
      else case portal_user_access(u) when 'blocked' then 'portalUserBlocked' else 'portalAccessEnded' end end);
  end if;
  select * into r from portal_pin_request where id = (v_asked ->> 'requestId')::bigint;
  return operation_done(p_operation_id, 'portalRequests.askPin', v, pin_request_json(r), jsonb_build_object('portalUserId', u.id, 'request', r.id), a.id);
end $$;

-- The user types the PIN at the portal: agrees | wrong | expired | none. After five wrong ones it is worth nothing.
create function portal_pin_check(p_portal_user_id bigint, p_pin text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare r portal_pin_request; u portal_user; v_agrees boolean;
begin
  select * into u from portal_user where id = p_portal_user_id;
  select * into r from portal_pin_request where portal_user_id = p_portal_user_id and state = 'issued' for update;
  if r.id is null or portal_user_access(u) <> 'open' then
    return jsonb_build_object('result', 'none', 'attemptsLeft', 0);
  end if;
  v_agrees := r.expires_at > now() and r.attempts_left > 0 and r.pin_hash = sha256(convert_to(r.salt::text || p_pin, 'UTF8'));
  if v_agrees then
    update portal_pin_request set state = 'used', salt = null, pin_hash = null, closed_at = clock_timestamp(), version = version + 1 where id = r.id;
    perform set_config('okno.operation', 'portal.pin', true);
    update portal_user set full_version_at = clock_timestamp() where id = p_portal_user_id;
  elsif r.expires_at <= now() or r.attempts_left <= 1 then
    update portal_pin_request set state = 'expired', salt = null, pin_hash = null, attempts_left = 0, closed_at = clock_timestamp(), version = version + 1 where id = r.id;
  else
    update portal_pin_request set attempts_left = attempts_left - 1, version = version + 1 where id = r.id;
    return jsonb_build_object('result', 'wrong', 'attemptsLeft', r.attempts_left - 1);
  end if;
  perform portal_request_told(portal_user_subscriber(u));
  return jsonb_build_object('result', case when v_agrees then 'agrees' when r.expires_at <= now() then 'expired' else 'wrong' end, 'attemptsLeft', 0);
end $$;

-- ── Registrations ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- A new token into a letter; what stays is its hash. Two UUIDs: 244 random bits.
create function portal_registration_send(r portal_registration, p_provider provider, p_operation_id uuid) returns portal_registration
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_minutes int := coalesce((p_provider.profile #>> '{portal,linkMinutes}')::int, 1440);
  v_token text := 'g.' || rtrim(translate(encode(sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')), 'base64'), '+/', '-_'), '=');
begin
  update outbox_message set state = 'expired', params = null, finished_at = now(), error = 'replaced'
    where operation_id = r.outbox_operation_id and template = 'registration' and state = 'queued' and operation_id <> p_operation_id;
  update portal_registration set token_hash = sha256(convert_to(v_token, 'UTF8')), sent_at = clock_timestamp(), expires_at = clock_timestamp() + make_interval(mins => v_minutes),
    outbox_operation_id = p_operation_id where id = r.id returning * into r;
  perform outbox_put(p_operation_id, 'email', r.email, 'registration', jsonb_build_object('link', replace(p_provider.profile #>> '{portal,confirmUrl}', '{token}', v_token), 'login', r.login,
    'portalName', p_provider.portal_name, 'hours', round(v_minutes / 60.0, 2)), p_provider.id, r.expires_at);
  return r;
end $$;

-- p_account null: the portal registers first and links afterwards. An earlier one under the same login gives way.
create function portal_registration_make(p_provider provider, p_login text, p_email text, p_account account, p_how text, p_operation_id uuid, p_password_hash text) returns portal_registration
language plpgsql security definer set search_path = public, pg_temp as $$
declare r portal_registration;
begin
  update portal_registration set state = 'cancelled', token_hash = null, password_hash = null, closed_at = now(), version = version + 1
    where provider_id = p_provider.id and login_key = lower(p_login) and state = 'waiting';
  insert into portal_registration (provider_id, login, email, account_id, subscriber_id, password_hash, asked_how, sent_at, expires_at, outbox_operation_id)
    values (p_provider.id, p_login, p_email, p_account.id, p_account.subscriber_id, p_password_hash, p_how, now(), now(), p_operation_id) returning * into r;
  return portal_registration_send(r, p_provider, p_operation_id);
end $$;

-- The registration is answered: the user is made, with the account that was named and the password that was chosen. Null when the login is somebody's by now.
create function portal_registration_finish(r portal_registration, p_how text, p_staff_id int, p_account account, p_password_hash text default null) returns portal_user
language plpgsql security definer set search_path = public, pg_temp as $$
declare u portal_user; v_hash text := coalesce(p_password_hash, r.password_hash);
begin
  insert into portal_user (provider_id, login) values (r.provider_id, r.login) on conflict on constraint portal_user_login_key do nothing returning * into u;
  if u.id is null then
    return null;
  end if;
  if p_account.id is not null then
    insert into portal_account_link (portal_user_id, account_id) values (u.id, p_account.id);
  end if;
  if v_hash is not null then
    perform credential_chosen(u, v_hash);
  end if;
  update portal_registration set state = 'confirmed', confirmed_how = p_how, token_hash = null, password_hash = null, portal_user_id = u.id, closed_at = clock_timestamp(),
    handled_by = p_staff_id, handled_at = case when p_staff_id is not null then clock_timestamp() end, version = version + 1 where id = r.id;
  return u;
end $$;

-- At the portal: {registrationId, result: letterSent | loginTaken | accountUnknown | tooMany}. The portal has checked whatever it asks for besides.
create function portal_registration_ask(p_provider_id int, p_login text, p_email text, p_account_number_key text default null, p_password_hash text default null) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare p provider; a account; r portal_registration;
begin
  select * into strict p from provider where id = p_provider_id;
  if p_email !~ '^[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]+@([A-Za-z0-9-]+[.])+[A-Za-z0-9-]{2,}$' or length(p_email) > 254 or coalesce(length(p_login), 0) not between 1 and 254 or not portal_links_are_sent(p.profile) then
    perform refuse('OK400', 'emailMalformed');
  end if;
  perform pg_advisory_xact_lock(hashtext('okno.portalRegistrationLogin'), hashtext(lower(p_login)));
  if exists (select from portal_user where provider_id = p.id and login_key = lower(p_login)) then
    return jsonb_build_object('registrationId', null, 'result', 'loginTaken');
  end if;
  if p_account_number_key is not null then
    a := portal_account_by_key(p.id, p_account_number_key);
    if a.id is null or a.status = 'closed' then
      return jsonb_build_object('registrationId', null, 'result', 'accountUnknown');
    end if;
  end if;
  if (select count(*) from portal_registration where provider_id = p.id and lower(email) = lower(p_email) and asked_at > now() - interval '1 day') >= 5 then
    return jsonb_build_object('registrationId', null, 'result', 'tooMany');
  end if;
  r := portal_registration_make(p, p_login, p_email, a, 'portal', gen_random_uuid(), p_password_hash);
  perform portal_request_told(r.subscriber_id);
  return jsonb_build_object('registrationId', r.id, 'result', 'letterSent');
end $$;

-- The link is followed: {result: confirmed | unknown | used | expired, portalUserId, login}. The e-mail is thereby proved as well, if it is the one on record.
create function portal_registration_confirm(p_token text, p_password_hash text default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare r portal_registration; u portal_user; a account;
begin
  perform set_config('okno.operation', 'portal.registration', true);
  select * into r from portal_registration where token_hash = sha256(convert_to(p_token, 'UTF8')) for update;
  if not found then
    return jsonb_build_object('result', 'unknown', 'portalUserId', null, 'login', null);
  end if;
  if r.expires_at <= now() then
    return jsonb_build_object('result', 'expired', 'portalUserId', null, 'login', null);
  end if;
  select * into a from account where id = r.account_id;
  u := portal_registration_finish(r, 'link', null, a, p_password_hash);
  if u.id is null then
    return jsonb_build_object('result', 'used', 'portalUserId', null, 'login', null);
  end if;
  if r.subscriber_id is not null then
    perform contacts_lock(r.subscriber_id);
  end if;
  update subscriber_contact set state = 'confirmed', confirmed_at = now(), confirmed_how = 'link'
    where subscriber_id = r.subscriber_id and kind = 'email' and purpose = 'main' and is_current and state = 'unconfirmed' and key = lower(r.email);
  perform audit_record('portal.registration', null, r.subscriber_id, jsonb_build_object('portalUserId', u.id, 'login', mask_login(u.login)));
  perform portal_request_told(r.subscriber_id);
  return jsonb_build_object('result', 'confirmed', 'portalUserId', u.id, 'login', u.login);
end $$;

create function registration_require(p_registration_id bigint, p_version int) returns portal_registration language plpgsql security definer set search_path = public, pg_temp as $$
declare r portal_registration;
begin
  select * into r from portal_registration where id = p_registration_id for update;
  if not found then
    perform refuse('OK404', 'portalRequest');
  end if;
  if r.version is distinct from p_version then
    perform refuse('OK409', 'changedByAnotherDesk', jsonb_build_object('staffName', (select full_name from staff where id = r.handled_by), 'at', coalesce(r.handled_at, r.closed_at, r.asked_at),
      'kind', case r.state when 'confirmed' then 'portalRequests.confirmRegistration' else 'portalRequests.resendRegistration' end, 'current', registration_json(r)));
  end if;
  if r.state <> 'waiting' then
    perform refuse('OK409', 'portalRequestClosed', jsonb_build_object('state', r.state));
  end if;
  return r;
end $$;

-- Another letter to the same address with a new link; the old link is worth nothing. An expired registration comes alive by it.
create function portal_registration_resend(p_operation_id uuid, p_registration_id bigint, p_version int, p_visit_id bigint default null) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare r portal_registration; p provider; v visit; v_wait numeric; v_first jsonb := operation_repeat(p_operation_id, 'portalRequests.resendRegistration');
begin
  if v_first is not null then return v_first; end if;
  r := registration_require(p_registration_id, p_version);
  select * into p from provider where id = r.provider_id;
  if p_visit_id is not null then
    v := visit_require(p_visit_id, true);
    if not exists (select from portal_registrations_of(v.subscriber_id, r.provider_id) o where o.id = r.id) then
      perform refuse('OK403', 'portalUserOfAnother');
    end if;
  else
    v.subscriber_id := r.subscriber_id;
  end if;
  if not portal_links_are_sent(p.profile) then
    perform refuse('OK409', 'linkNotOffered');
  end if;
  if r.resends >= 5 then
    perform refuse('OK409', 'resendsExceeded');
  end if;
  v_wait := ceil(extract(epoch from r.sent_at + interval '60 seconds' - clock_timestamp()));
  if v_wait > 0 then
    perform refuse('OK409', 'resendTooSoon', jsonb_build_object('waitSeconds', v_wait));
  end if;
  update portal_registration set resends = resends + 1, handled_by = (current_staff()).id, handled_at = clock_timestamp(), version = version + 1 where id = r.id returning * into r;
  r := portal_registration_send(r, p, p_operation_id);
  if v.subscriber_id is null then
    perform portal_request_told(null);
  end if;
  return operation_done(p_operation_id, 'portalRequests.resendRegistration', v, registration_json(r), jsonb_build_object('provider', p.code, 'registration', r.id, 'to', mask_email(r.email), 'resend', r.resends));
end $$;

-- At the desk, for an identified visitor to whom no letter comes. Where the e-mail is the login it must be one they have proved to read: otherwise a slip of the pen would
-- give the cabinet to whoever has that address.
create function portal_registration_confirm_at_desk(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_registration_id bigint, p_version int) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; r portal_registration; p provider; u portal_user; v_first jsonb := operation_repeat(p_operation_id, 'portalRequests.confirmRegistration');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id, true);
  a := visit_account(v, p_account_id);
  perform visit_allow(v, 'portalPassword', a.id);
  r := registration_require(p_registration_id, p_version);
  if not exists (select from portal_registrations_of(v.subscriber_id, a.provider_id) o where o.id = r.id) then
    perform refuse('OK403', 'portalUserOfAnother');
  end if;
  select * into p from provider where id = r.provider_id;
  if a.status = 'closed' then
    perform refuse('OK409', 'accountClosed');
  end if;
  if p.portal_scheme = 'email' and r.login_key is distinct from (portal_contact(v.subscriber_id, 'email', true)).key then
    perform refuse('OK409', 'emailNotConfirmed');
  elsif p.portal_scheme <> 'email' and r.login_key is distinct from lower(account_portal_login(a)) then
    perform refuse('OK409', 'registrationOfAnotherAccount');
  end if;
  -- What was typed at the portal by nobody knows whom is not put in force at the desk: the password is issued to the visitor.
  update portal_registration set password_hash = null where id = r.id returning * into r;
  u := portal_registration_finish(r, 'desk', v.staff_id, a);
  if u.id is null then
    perform refuse('OK409', 'portalLoginTaken');
  end if;
  update outbox_message set state = 'expired', params = null, finished_at = now(), error = 'confirmed' where operation_id = r.outbox_operation_id and template = 'registration' and state = 'queued';
  perform portal_notice(p_operation_id, v.subscriber_id, p, 'registered');
  return operation_done(p_operation_id, 'portalRequests.confirmRegistration', v, jsonb_build_object('portalUserId', u.id),
    jsonb_build_object('provider', p.code, 'portalUserId', u.id, 'login', mask_login(u.login), 'account', a.number), a.id);
end $$;

-- ── When a change of contacts is taken back ──────────────────────────────────────────────────────────────────────────────────────────

-- What a PIN has opened that went to a contact which was then taken back, is closed again: it may have been typed by strange hands.
create function portal_full_version_close(p_contact_ids bigint[]) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update portal_user u set full_version_at = null from portal_pin_request r
    where r.contact_id = any(p_contact_ids) and r.state = 'used' and r.portal_user_id = u.id and u.full_version_at >= r.sent_at;
end $$;
create index portal_pin_request_contact on portal_pin_request (contact_id) where contact_id is not null;

-- ── Links made at the portal ─────────────────────────────────────────────────────────────────────────────────────────────────────────

-- The user has signed in through Госуслуги and proved the account by the portal's own question. p_masked_name: all the desk will see of the name.
create function portal_esia_link_add(p_portal_user_id bigint, p_account_id bigint, p_masked_name text) returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare v_id bigint; a account; u portal_user;
begin
  select * into u from portal_user where id = p_portal_user_id for update;
  select * into a from account where id = p_account_id;
  if u.id is null or a.provider_id is distinct from u.provider_id then
    perform refuse('OK404', 'portalUser');
  end if;
  select id into v_id from esia_link where portal_user_id = u.id and account_id = a.id and unlinked_at is null;
  if found then
    return v_id;
  end if;
  if not exists (select from portal_account_link where portal_user_id = u.id and account_id = a.id and unlinked_at is null) then
    insert into portal_account_link (portal_user_id, account_id) values (u.id, a.id);
  end if;
  insert into esia_link (portal_user_id, account_id, masked_name, linked_at) values (u.id, a.id, left(p_masked_name, 60), clock_timestamp()) returning id into v_id;
  perform audit_record('portal.esiaLinked', null, a.subscriber_id, jsonb_build_object('portalUserId', u.id, 'accountId', a.id));
  perform subscriber_changed(a.subscriber_id, null, 'portalUsers.changedElsewhere');
  return v_id;
end $$;

create function portal_esia_link_end(p_esia_link_id bigint) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare e esia_link; a account;
begin
  update esia_link set unlinked_at = clock_timestamp() where id = p_esia_link_id and unlinked_at is null returning * into e;
  if found then
    select * into a from account where id = e.account_id;
    perform audit_record('portal.esiaUnlinked', null, a.subscriber_id, jsonb_build_object('portalUserId', e.portal_user_id, 'accountId', a.id));
    perform subscriber_changed(a.subscriber_id, null, 'portalUsers.changedElsewhere');
  end if;
end $$;

-- ── The queue ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- waiting: PINs nobody has decided on and registrations nobody has answered within a week after their term, oldest first; sent: PINs on their way or not typed yet; closed: of the last thirty days, latest first.
create function portal_request_queue(p_state text default 'waiting', p_kind text default null, p_limit int default 100) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_pins bigint[]; v_registrations bigint[]; v jsonb;
begin
  if coalesce(p_state, '') not in ('waiting', 'sent', 'closed') or coalesce(p_limit, 0) not between 1 and 500 or coalesce(p_kind, 'pin') not in ('pin', 'registration') then
    perform refuse('OK400', 'shape');
  end if;
  -- Nobody answers any more: what was chosen or sent is forgotten, the request is closed.
  update portal_registration set state = 'cancelled', token_hash = null, password_hash = null, closed_at = expires_at, version = version + 1 where state = 'waiting' and expires_at < now() - interval '7 days';
  update portal_pin_request set state = 'expired', salt = null, pin_hash = null, closed_at = expires_at, version = version + 1 where state = 'issued' and expires_at < now() - interval '7 days';
  if coalesce(p_kind, 'pin') = 'pin' then
    if p_state = 'waiting' then
      v_pins := array(select id from portal_pin_request where state = 'waiting' order by asked_at limit p_limit);
    elsif p_state = 'sent' then
      v_pins := array(select id from portal_pin_request where state = 'issued' order by sent_at limit p_limit);
    else
      v_pins := array(select id from portal_pin_request where closed_at > now() - interval '30 days' order by closed_at desc limit p_limit);
    end if;
  end if;
  if coalesce(p_kind, 'registration') = 'registration' then
    if p_state = 'waiting' then
      v_registrations := array(select id from portal_registration where state = 'waiting' order by asked_at limit p_limit);
    elsif p_state = 'closed' then
      v_registrations := array(select id from portal_registration where closed_at > now() - interval '30 days' order by closed_at desc limit p_limit);
    end if;
  end if;
  select coalesce(jsonb_agg(x.item order by case when p_state = 'closed' then x.at end desc, x.at), '[]') into v from (
    select y.at, case y.kind when 'pin' then (select pin_request_json(r) from portal_pin_request r where r.id = y.id) else (select registration_json(r) from portal_registration r where r.id = y.id) end as item
    from (select z.* from (
            select 'pin' as kind, r.id, case p_state when 'waiting' then r.asked_at when 'sent' then r.sent_at else r.closed_at end as at from portal_pin_request r where r.id = any(v_pins)
            union all
            select 'registration', r.id, case p_state when 'closed' then r.closed_at else r.asked_at end from portal_registration r where r.id = any(v_registrations)) z
          order by case when p_state = 'closed' then z.at end desc, z.at limit p_limit) y) x;
  perform audit_record('portalRequests.list', null, null, jsonb_build_object('state', p_state, 'requests', jsonb_array_length(v), 'subscribers', jsonb_path_query_array(v, '$[*].subscriberId')));
  return jsonb_build_object('requests', v,
    'waiting', jsonb_build_object('pin', (select count(*) from portal_pin_request where state = 'waiting'), 'registration', (select count(*) from portal_registration where state = 'waiting')),
    'now', now());
end $$;

grant execute on function portal_user_list(bigint, bigint), portal_number_format(bigint, bigint), portal_user_register(uuid, bigint, bigint, text), portal_link_recipe(bigint, bigint, bigint, text),
  portal_account_link_add(uuid, bigint, bigint, bigint, text, text, text, text), portal_account_unlink(uuid, bigint, bigint, bigint, bigint), portal_esia_unlink(uuid, bigint, bigint, bigint),
  portal_user_set_blocked(uuid, bigint, bigint, bigint, text, text), portal_user_set_unblocked(uuid, bigint, bigint, bigint, text), portal_pin_ask_at_desk(uuid, bigint, bigint, bigint),
  portal_registration_confirm_at_desk(uuid, bigint, bigint, bigint, int) to okno_operator;
grant execute on function portal_request_queue(text, text, int), portal_pin_issue(uuid, bigint, int, bigint, boolean), portal_pin_refuse(uuid, bigint, int, text, text, bigint),
  portal_registration_resend(uuid, bigint, int, bigint) to okno_operator, okno_supervisor;

reset role;
