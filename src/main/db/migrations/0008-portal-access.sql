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
    else (select k.value from subscriber_contact k where k.subscriber_id = p_account.subscriber_id and k.kind = 'email' and k.purpose = 'main' and k.is_current and k.state = 'confirmed') end
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

reset role;
