-- Portal users (учётные записи ЛК), their links and credentials. A password exists here only as an argon2id hash in PHC form, in a table that no
-- staff login can read. okno_portal, the role of the providers' portals, gets its rights with the portal contract; until then it has none.
set local role okno_owner;

create table portal_user (
  id bigint generated always as identity primary key,
  provider_id int not null references provider,
  login text not null,
  login_key text collate "C" generated always as (lower(login)) stored,
  state text not null default 'active' check (state in ('active', 'blocked')),
  last_sign_in_at timestamptz,
  created_at timestamptz not null default now(),
  version int not null default 1,
  constraint portal_user_login_key unique (provider_id, login_key)
);
create trigger portal_user_direct_change after insert or update or delete on portal_user for each row
  when (coalesce(current_setting('okno.operation', true), '') = '') execute function audit_direct_change();

create table portal_account_link (
  portal_user_id bigint not null references portal_user,
  account_id bigint not null references account,
  linked_at timestamptz not null default now(),
  unlinked_at timestamptz,
  primary key (portal_user_id, account_id, linked_at)
);
create unique index portal_account_link_current on portal_account_link (account_id, portal_user_id) where unlinked_at is null;

create table portal_credential (
  id bigint generated always as identity primary key,
  portal_user_id bigint not null references portal_user,
  password_hash text not null check (password_hash ~ '^\$argon2id\$v=19\$m=\d{4,7},t=\d{1,2},p=\d{1,2}\$[A-Za-z0-9+/]{22,}\$[A-Za-z0-9+/]{43,}$'),
  issued_at timestamptz not null default now(),
  expires_at timestamptz,
  one_time boolean not null,
  revoked_at timestamptz,
  memo_number text not null unique,
  operation_id uuid not null
);
create unique index portal_credential_current on portal_credential (portal_user_id) where revoked_at is null;
create trigger portal_credential_direct_change after insert or update or delete on portal_credential for each row
  when (coalesce(current_setting('okno.operation', true), '') = '') execute function audit_direct_change();
create sequence memo_number;

create table esia_link (
  id bigint generated always as identity primary key,
  portal_user_id bigint not null references portal_user,
  account_id bigint not null references account,
  masked_name text not null,
  linked_at timestamptz not null,
  unlinked_at timestamptz
);
create index esia_link_user on esia_link (portal_user_id) where unlinked_at is null;

create table portal_pin_request (
  id bigint generated always as identity primary key,
  portal_user_id bigint not null references portal_user,
  asked_at timestamptz not null default now(),
  state text not null default 'waiting' check (state in ('waiting', 'issued', 'refused'))
);

-- What the login would be by the provider's scheme; null when the scheme is e-mail and no e-mail is confirmed.
create function account_portal_login(p_account account) returns text language sql stable security definer set search_path = public, pg_temp
return (select case p.profile -> 'portal' ->> 'scheme'
    when 'account' then p_account.number_key
    when 'contract' then coalesce(p_account.contract_key, p_account.number_key)
    else (select k.value from subscriber_contact k where k.subscriber_id = p_account.subscriber_id and k.kind = 'email' and k.is_current and k.state = 'confirmed') end
  from provider p where p.id = p_account.provider_id);

-- The portal user of an account: the one with the account's own login, else one that holds this subscriber's accounts only. A cabinet of somebody
-- else that this account is linked to is not the visitor's, and its password is not theirs to have.
create function account_portal_user(p_account account) returns portal_user language sql stable security definer set search_path = public, pg_temp
return (select u from portal_user u join portal_account_link l on l.portal_user_id = u.id
        where l.account_id = p_account.id and l.unlinked_at is null and u.provider_id = p_account.provider_id
          and (u.login_key = lower(account_portal_login(p_account))
            or not exists (select from portal_account_link o join account x on x.id = o.account_id
                           where o.portal_user_id = u.id and o.unlinked_at is null and x.subscriber_id <> p_account.subscriber_id))
        order by coalesce(u.login_key = lower(account_portal_login(p_account)), false) desc, l.linked_at limit 1);

create function portal_refusal(p_account account, p_user portal_user, p_login text) returns text language sql immutable
return case when p_account.status = 'closed' then 'accountClosed' when p_user.state = 'blocked' then 'portalUserBlocked'
  when p_user.id is null and p_login is null then 'emailNotConfirmed' end;

create function portal_impact(p_visit_id bigint, p_account_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id, true); a account := visit_account(v, p_account_id); u portal_user := account_portal_user(a); p provider; v_login text;
begin
  select * into p from provider where id = a.provider_id;
  v_login := coalesce(u.login, account_portal_login(a));
  return jsonb_build_object('provider', p.name, 'portalName', p.profile -> 'portal' ->> 'name', 'portalUserId', u.id, 'login', v_login,
    'refusal', portal_refusal(a, u, v_login),
    'linkedAccounts', (select coalesce(jsonb_agg(jsonb_build_object('number', n.number, 'address', address_text(d, n.flat_as_printed)) order by n.number), '[]')
      from portal_account_link l join account n on n.id = l.account_id join address d on d.id = n.address_id where l.portal_user_id = u.id and l.unlinked_at is null),
    'esiaLinks', (select coalesce(jsonb_agg(jsonb_build_object('number', n.number, 'linkedAt', e.linked_at, 'maskedName', e.masked_name) order by e.linked_at), '[]')
      from esia_link e join account n on n.id = e.account_id where e.portal_user_id = u.id and e.unlinked_at is null),
    'pinRequests', (select count(*) from portal_pin_request r where r.portal_user_id = u.id and r.state = 'waiting'),
    'lastSignInAt', u.last_sign_in_at,
    'passwordIssuedAt', (select c.issued_at from portal_credential c where c.portal_user_id = u.id and c.revoked_at is null),
    'recentContactChange', contact_changed_recently(v.subscriber_id),
    'policy', jsonb_build_object('length', p.profile -> 'password' -> 'length', 'oneTime', p.profile -> 'password' -> 'oneTime', 'ttlHours', p.profile -> 'password' -> 'ttlHours'));
end $$;

-- C3: a reissue soon after a change of contacts is how an account is stolen at a counter.
create function contact_changed_recently(p_subscriber_id bigint) returns boolean language sql stable security definer set search_path = public, pg_temp
return exists (select from subscriber_contact where subscriber_id = p_subscriber_id and confirmed_how = 'codeAtDesk' and confirmed_at > now() - interval '24 hours' and is_current);

-- What main needs before it makes a password: the policy, and what a password must not contain. No change.
create function portal_password_prepare(p_operation_id uuid, p_visit_id bigint, p_account_id bigint) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; u portal_user; v_login text; v_refusal text;
begin
  if exists (select from operation where id = p_operation_id) then
    perform refuse('OK409', 'memoAlreadyIssued');
  end if;
  v := visit_require(p_visit_id, true);
  a := visit_account(v, p_account_id);
  u := account_portal_user(a);
  v_login := coalesce(u.login, account_portal_login(a));
  v_refusal := portal_refusal(a, u, v_login);
  if v_refusal is not null then
    perform refuse('OK409', v_refusal);
  end if;
  return (select jsonb_build_object('login', v_login, 'account', a.number, 'lastName', s.last_name, 'policy', p.profile -> 'password',
      'phone', (select k.value from subscriber_contact k where k.subscriber_id = s.id and k.kind = 'phone' and k.is_current))
    from provider p, subscriber s where p.id = a.provider_id and s.id = a.subscriber_id);
end $$;

-- Puts the new hash in force and returns what the memo says, the secret excepted. Runs in one transaction with the printing:
-- when the sheet can't be printed, the old password stays.
create function portal_password_issue(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_password_hash text, p_delivered text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v visit; a account; u portal_user; p provider; s subscriber; o office; d address; v_staff staff := current_staff(); v_login text; c portal_credential;
  v_refusal text; v_ttl int; v_registered boolean := false; v_recent boolean; v_number text;
begin
  if p_delivered is null or p_delivered not in ('print', 'save') then
    perform refuse('OK400', 'medium');
  end if;
  if operation_repeat(p_operation_id, 'portalAccess.reissuePassword') is not null then
    perform refuse('OK409', 'memoAlreadyIssued');
  end if;
  v := visit_require(p_visit_id, true);
  a := visit_account(v, p_account_id);
  u := account_portal_user(a);
  v_login := coalesce(u.login, account_portal_login(a));
  v_refusal := portal_refusal(a, u, v_login);
  if v_refusal is not null then
    perform refuse('OK409', v_refusal);
  end if;
  select * into p from provider where id = a.provider_id;
  select * into s from subscriber where id = a.subscriber_id;
  select * into d from address where id = a.address_id;
  select * into o from office where id = v_staff.office_id;
  v_recent := contact_changed_recently(s.id);
  if u.id is null then
    insert into portal_user (provider_id, login) values (p.id, v_login) on conflict on constraint portal_user_login_key do nothing returning * into u;
    if u.id is null then
      -- The login stands for another account of this person (scheme e-mail), or for somebody else's.
      select * into u from portal_user where provider_id = p.id and login_key = lower(v_login);
      if exists (select from portal_account_link l join account x on x.id = l.account_id
                 where l.portal_user_id = u.id and l.unlinked_at is null and x.subscriber_id <> s.id) then
        perform refuse('OK409', 'loginOfAnotherSubscriber');
      end if;
      if u.state = 'blocked' then
        perform refuse('OK409', 'portalUserBlocked');
      end if;
    end if;
    insert into portal_account_link (portal_user_id, account_id) values (u.id, a.id);
    v_registered := true;
  end if;
  update portal_credential set revoked_at = now() where portal_user_id = u.id and revoked_at is null;
  v_ttl := (p.profile -> 'password' ->> 'ttlHours')::int;
  v_number := to_char(office_today(), 'YYYY') || '-' || lpad(nextval('memo_number')::text, 6, '0');
  insert into portal_credential (portal_user_id, password_hash, expires_at, one_time, memo_number, operation_id)
    values (u.id, p_password_hash, now() + make_interval(hours => v_ttl), (p.profile -> 'password' ->> 'oneTime')::boolean, v_number, p_operation_id) returning * into c;
  return operation_done(p_operation_id, 'portalAccess.reissuePassword', v,
    jsonb_build_object('number', v_number, 'issuedAt', c.issued_at, 'expiresAt', c.expires_at, 'oneTime', c.one_time, 'login', u.login,
      'provider', provider_json(p) - 'services', 'subscriberName', subscriber_name(s), 'account', a.number, 'contract', a.contract,
      'address', address_text(d, a.flat_as_printed), 'operatorName', v_staff.full_name, 'office', o.name, 'timeZone', o.time_zone),
    jsonb_build_object('memoNumber', v_number, 'provider', p.code, 'registered', nullif(v_registered, false), 'delivered', p_delivered,
      'afterContactChange', nullif(v_recent, false), 'identification', v.identification), a.id);
end $$;

grant execute on function portal_impact(bigint, bigint), portal_password_prepare(uuid, bigint, bigint), portal_password_issue(uuid, bigint, bigint, text, text) to okno_operator;

reset role;
