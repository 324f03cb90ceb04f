-- What the portals of the providers (личные кабинеты) may do: the functions lk_*, and nothing else. docs/portal.md is the contract for their teams.
-- Each portal has a login of its own, bound to one provider: it sees that provider's users and no others, whatever it asks for.
set local role okno_owner;

create table portal_login (
  role_name text primary key check (role_name ~ '^[a-z][a-z0-9_]{2,40}$'),
  provider_id int not null references provider,
  added_at timestamptz not null default now(),
  added_by int references staff,
  lookups_per_minute int not null default 600 check (lookups_per_minute > 0),
  lookup_minute timestamptz,
  lookups int not null default 0
);
comment on column portal_login.lookups_per_minute is 'How many hashes a portal may ask for in a minute: a stolen login is not to carry off all of them in one.';

-- Adding and removing portals is the administrator's; the password is made into a SCRAM verifier by the application.
create function portal_login_add(p_provider_code text, p_login text, p_verifier text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v_provider_id int;
begin
  perform staff_require_verifier(p_verifier);
  select id into v_provider_id from provider where code = p_provider_code;
  if not found then
    perform refuse('OK404', 'provider');
  end if;
  if p_login !~ '^[a-z][a-z0-9_]{2,40}$' or p_login ~ '^(okno|pg)_' then
    perform refuse('OK400', 'loginForm', jsonb_build_object('login', left(p_login, 60)));
  end if;
  if exists (select from pg_roles where rolname = p_login) then
    perform refuse('OK409', 'loginTaken', jsonb_build_object('login', p_login));
  end if;
  execute format('create role %I login password %L connection limit 40', p_login, p_verifier);
  execute format('grant okno_portal to %I', p_login);
  execute format('grant connect on database %I to %I', current_database(), p_login);
  insert into portal_login (role_name, provider_id, added_by) values (p_login, v_provider_id, v_staff.id);
  perform audit_record('portalLogins.add', null, null, jsonb_build_object('login', p_login, 'provider', p_provider_code));
  return jsonb_build_object('login', p_login, 'provider', p_provider_code);
end $$;

create function portal_login_remove(p_login text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform current_staff();
  delete from portal_login where role_name = p_login;
  if not found then
    perform refuse('OK404', 'portalLogin');
  end if;
  execute format('alter role %I nologin', p_login);
  execute format('revoke okno_portal from %I', p_login);
  execute format('revoke connect on database %I from %I', current_database(), p_login);
  perform pg_terminate_backend(pid) from pg_stat_activity where usename = p_login and datname = current_database();
  execute format('drop role %I', p_login);
  perform audit_record('portalLogins.remove', null, null, jsonb_build_object('login', p_login));
  return jsonb_build_object('login', p_login);
end $$;

create function portal_login_list() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  perform current_staff();
  return (select coalesce(jsonb_agg(jsonb_build_object('login', l.role_name, 'provider', p.code, 'addedAt', l.added_at) order by l.role_name), '[]')
    from portal_login l join provider p on p.id = l.provider_id);
end $$;

-- The provider whose portal this connection is. The session's own login counts, whatever role it has set.
create function lk_provider() returns provider language plpgsql stable security definer set search_path = public, pg_temp as $$
declare p provider;
begin
  select x.* into p from portal_login l join provider x on x.id = l.provider_id where l.role_name = session_user;
  if not found then
    perform refuse('OK403', 'notAPortal');
  end if;
  return p;
end $$;

-- A user of this portal; another provider's is answered like one that does not exist.
create function lk_own_user(p_user_id bigint) returns portal_user language plpgsql security definer set search_path = public, pg_temp as $$
declare p provider := lk_provider(); u portal_user;
begin
  select * into u from portal_user where id = p_user_id and provider_id = p.id;
  if not found then
    perform refuse('OK404', 'portalUser');
  end if;
  return u;
end $$;

-- ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- What happened to the users of a provider, whoever did it: a portal that asks from its last cursor on misses nothing.

-- Transactions as portals count them. `base` grows when the office comes out of a backup into a cluster that counts from the beginning.
create table portal_clock (base bigint not null);
insert into portal_clock values (0);

-- The transaction of this connection; what is older than every one under way.
create function portal_clock_now() returns xid8 language sql volatile security definer set search_path = public, pg_temp
return (select (pg_current_xact_id()::text::bigint + base)::text::xid8 from portal_clock);
create function portal_clock_settled() returns xid8 language sql stable security definer set search_path = public, pg_temp
return (select (pg_snapshot_xmin(pg_current_snapshot())::text::bigint + base)::text::xid8 from portal_clock);

create table portal_event (
  id bigint generated always as identity,
  xid xid8 not null default portal_clock_now(),
  provider_id int not null references provider,
  portal_user_id bigint not null references portal_user on delete cascade,
  kind text not null,
  account_id bigint references account on delete cascade,
  at timestamptz not null default clock_timestamp(),
  primary key (provider_id, xid, id)
);
comment on column portal_event.xid is 'Transactions end in another order than they begin: only what is older than every one under way is told, so that no cursor passes a row still to come.';
create index portal_event_at on portal_event (at);

-- The latest event that is no longer kept: a cursor before it has missed something.
create table portal_event_floor (
  provider_id int primary key references provider,
  xid xid8 not null,
  id bigint not null
);

create function portal_event_add(p_portal_user_id bigint, p_kind text, p_account_id bigint default null) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v_provider_id int;
begin
  select provider_id into v_provider_id from portal_user where id = p_portal_user_id;
  insert into portal_event (provider_id, portal_user_id, kind, account_id) values (v_provider_id, p_portal_user_id, p_kind, p_account_id);
  -- A hint to ask, nothing more: whoever may connect hears it.
  perform pg_notify('okno_portal', v_provider_id::text);
end $$;

create function portal_event_of_user() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    perform portal_event_add(new.id, 'registered');
  elsif new.state <> old.state then
    perform portal_event_add(new.id, case new.state when 'blocked' then 'blocked' else 'unblocked' end);
  elsif new.login is distinct from old.login then
    perform portal_event_add(new.id, 'loginChanged');
  end if;
  return null;
end $$;
create trigger portal_event_of_user after insert or update of state, login on portal_user for each row execute function portal_event_of_user();

create function portal_event_of_credential() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    perform portal_event_add(new.portal_user_id, case new.chosen_by when 'subscriber' then 'passwordChosen' else 'passwordIssued' end);
  elsif old.revoked_at is null and new.revoked_at is not null then
    perform portal_event_add(new.portal_user_id, 'passwordEnded');
  end if;
  return null;
end $$;
create trigger portal_event_of_credential after insert or update of revoked_at on portal_credential for each row execute function portal_event_of_credential();

create function portal_event_of_link() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare v_is_new boolean := tg_op = 'INSERT' or old.unlinked_at is not null and new.unlinked_at is null; v_kind text := case tg_table_name when 'esia_link' then 'esia' else 'account' end;
begin
  if v_is_new and new.unlinked_at is null then
    perform portal_event_add(new.portal_user_id, v_kind || 'Linked', new.account_id);
  elsif tg_op = 'UPDATE' and old.unlinked_at is null and new.unlinked_at is not null then
    perform portal_event_add(new.portal_user_id, v_kind || 'Unlinked', new.account_id);
  end if;
  return null;
end $$;
create trigger portal_event_of_link after insert or update of unlinked_at on portal_account_link for each row execute function portal_event_of_link();
create trigger portal_event_of_link after insert or update of unlinked_at on esia_link for each row execute function portal_event_of_link();

create function portal_event_of_pin() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform portal_event_add(new.portal_user_id, case new.state when 'issued' then 'pinIssued' when 'refused' then 'pinRefused' when 'used' then 'pinUsed' else 'pinExpired' end);
  return null;
end $$;
create trigger portal_event_of_pin after update of state on portal_pin_request for each row when (new.state is distinct from old.state and new.state <> 'waiting') execute function portal_event_of_pin();

create function portal_event_of_account() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform portal_event_add(l.portal_user_id, 'accountStatus', new.id) from portal_account_link l where l.account_id = new.id and l.unlinked_at is null;
  return null;
end $$;
create trigger portal_event_of_account after update of status on account for each row when (new.status is distinct from old.status) execute function portal_event_of_account();

-- {events: [{kind, userId, accountId, at}], cursor}. p_after: the cursor of the answer before, null for what is still kept (30 days).
-- Fewer than p_limit events: nothing else is there yet. OK409 cursorTooOld: read lk_users() anew, then go on from null.
create function lk_events(p_after text default null, p_limit int default 500) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare p provider := lk_provider(); v_xid xid8 := '0'; v_id bigint := 0; v_events jsonb; v_last jsonb;
begin
  if p_after is not null then
    if p_after !~ '^\d{1,19}\.\d{1,18}$' then
      perform refuse('OK400', 'cursor');
    end if;
    v_xid := split_part(p_after, '.', 1)::xid8;
    v_id := split_part(p_after, '.', 2)::bigint;
  end if;
  with gone as (
    delete from portal_event where provider_id = p.id and at < now() - interval '30 days' and xid < portal_clock_settled() returning xid, id
  )
  insert into portal_event_floor (provider_id, xid, id) select p.id, g.xid, g.id from gone g order by g.xid desc, g.id desc limit 1
    on conflict (provider_id) do update set xid = excluded.xid, id = excluded.id where (excluded.xid, excluded.id) > (portal_event_floor.xid, portal_event_floor.id);
  if p_after is not null and exists (select from portal_event_floor f where f.provider_id = p.id and (f.xid, f.id) > (v_xid, v_id)) then
    perform refuse('OK409', 'cursorTooOld');
  end if;
  select coalesce(jsonb_agg(jsonb_build_object('kind', e.kind, 'userId', e.portal_user_id, 'accountId', e.account_id, 'at', e.at) order by e.xid, e.id), '[]'),
      (array_agg(jsonb_build_object('xid', e.xid::text, 'id', e.id) order by e.xid desc, e.id desc))[1]
    into v_events, v_last
  from (select * from portal_event where provider_id = p.id and (xid, id) > (v_xid, v_id) and xid < portal_clock_settled()
        order by xid, id limit greatest(1, least(p_limit, 2000))) e;
  return jsonb_build_object('events', v_events, 'cursor', coalesce(v_last ->> 'xid' || '.' || (v_last ->> 'id'), p_after, '0.0'));
end $$;

-- ── Users ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create function lk_user_json(u portal_user) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return jsonb_build_object('userId', u.id, 'login', u.login, 'access', portal_user_access(u), 'registeredAt', u.created_at, 'fullVersion', u.full_version_at is not null,
    'password', (select jsonb_build_object('issuedAt', c.issued_at, 'expiresAt', c.expires_at, 'mustChange', c.one_time, 'chosenBy', c.chosen_by)
      from portal_credential c where c.portal_user_id = u.id and c.revoked_at is null),
    'accounts', (select coalesce(jsonb_agg(jsonb_build_object('accountId', a.id, 'number', a.number, 'contract', a.contract, 'status', a.status, 'linkedAt', l.linked_at) order by l.linked_at, a.id), '[]')
      from portal_account_link l join account a on a.id = l.account_id where l.portal_user_id = u.id and l.unlinked_at is null),
    'esiaLinks', (select coalesce(jsonb_agg(jsonb_build_object('linkId', e.id, 'accountId', e.account_id, 'maskedName', e.masked_name, 'linkedAt', e.linked_at) order by e.id), '[]')
      from esia_link e where e.portal_user_id = u.id and e.unlinked_at is null),
    'pin', (select jsonb_build_object('state', pin_state(r), 'askedAt', r.asked_at, 'refusal', r.refusal) from portal_pin_request r where r.portal_user_id = u.id order by r.id desc limit 1));
end $$;

create function lk_user(p_user_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
begin
  return lk_user_json(lk_own_user(p_user_id));
end $$;

-- All of them by id, for a portal that begins or has lost its place: {users, after}; after is null on the last page.
create function lk_users(p_after bigint default 0, p_limit int default 500) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare p provider := lk_provider(); v_limit int := greatest(1, least(p_limit, 1000)); v jsonb; v_last bigint;
begin
  select coalesce(jsonb_agg(lk_user_json(u) order by u.id), '[]'), max(u.id) into v, v_last
    from (select x.* from portal_user x where x.provider_id = p.id and x.id > p_after order by x.id limit v_limit) u;
  return jsonb_build_object('users', v, 'after', case when jsonb_array_length(v) = v_limit then v_last end);
end $$;

-- The provider's rules that a portal shows and checks by: of passwords, of numbers, of what links an account.
create function lk_rules() returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare p provider := lk_provider();
begin
  return jsonb_build_object('portalName', p.profile #> '{portal,name}', 'scheme', p.profile #> '{portal,scheme}',
    'password', (p.profile -> 'password') - array['deliverBy', 'alphabet', 'length'], 'accountNumber', p.profile -> 'accountNumber',
    'accountProofs', coalesce(p.profile #> '{portal,accountProofs}', '["surname"]'), 'pin', coalesce(p.profile #> '{portal,pin}', 'false'), 'pinDigits', p.profile #> '{portal,pinDigits}');
end $$;

-- ── Signing in ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Until when nobody gets in by a password: ten wrong ones in a quarter of an hour shut the door for the rest of it.
create function portal_locked_until(p_portal_user_id bigint) returns timestamptz language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_wrong int; v_first timestamptz;
begin
  select count(*), min(s.at) into v_wrong, v_first from portal_sign_in s
    where s.portal_user_id = p_portal_user_id and s.outcome = 'wrongPassword' and s.at > clock_timestamp() - interval '15 minutes'
      and s.id > coalesce((select max(e.id) from portal_sign_in e where e.portal_user_id = p_portal_user_id and e.outcome = 'entered'), 0);
  return case when v_wrong >= 10 then v_first + interval '15 minutes' end;
end $$;

-- What a password is checked with: {userId, access: open | blocked | ended, hash, expired, mustChange, lockedUntil}; hash is null when there is nothing to check
-- (no password, locked, no access), everything is null for a login that does not exist.
create function lk_credential(p_login text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare p provider := lk_provider(); u portal_user; c portal_credential; v_access text; v_locked timestamptz; v_minute timestamptz := date_trunc('minute', clock_timestamp()); v_login portal_login;
begin
  update portal_login set lookups = case when lookup_minute = v_minute then lookups + 1 else 1 end, lookup_minute = v_minute where role_name = session_user returning * into v_login;
  if v_login.lookups > v_login.lookups_per_minute then
    perform refuse('OK403', 'tooManyLookups', jsonb_build_object('waitSeconds', ceil(extract(epoch from v_minute + interval '1 minute' - clock_timestamp()))));
  end if;
  select * into u from portal_user where provider_id = p.id and login_key = lower(btrim(p_login));
  if not found then
    return '{"userId": null, "access": null, "hash": null, "expired": null, "mustChange": null, "lockedUntil": null}';
  end if;
  select * into c from portal_credential where portal_user_id = u.id and revoked_at is null;
  v_access := portal_user_access(u);
  v_locked := portal_locked_until(u.id);
  return jsonb_build_object('userId', u.id, 'access', v_access, 'hash', case when v_access = 'open' and v_locked is null then c.password_hash end,
    'expired', coalesce(c.expires_at <= now(), false), 'mustChange', coalesce(c.one_time, false), 'lockedUntil', v_locked);
end $$;

-- How it went. A first use keeps a password that need not be changed: its term was for being used at all. Returns {access, lockedUntil}.
create function lk_sign_in(p_user_id bigint, p_channel text, p_outcome text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare u portal_user := lk_own_user(p_user_id); v_access text := portal_user_access(u);
begin
  if p_channel is null or p_channel not in ('password', 'esia') or p_outcome is null or p_outcome not in ('entered', 'wrongPassword', 'passwordExpired', 'blocked', 'ended') then
    perform refuse('OK400', 'shape');
  end if;
  if p_outcome = 'entered' and v_access <> 'open' then
    perform refuse('OK409', case v_access when 'blocked' then 'portalUserBlocked' else 'portalAccessEnded' end);
  end if;
  if p_outcome = 'entered' and p_channel = 'password' then
    -- A right guess among many made at once counts for nothing.
    if portal_locked_until(u.id) is not null then
      perform refuse('OK409', 'signInLocked');
    end if;
    if exists (select from portal_credential where portal_user_id = u.id and revoked_at is null and expires_at <= now()) then
      perform refuse('OK409', 'passwordExpired');
    end if;
  end if;
  perform set_config('okno.operation', 'portal.signIn', true);
  perform portal_sign_in_record(u.id, p_channel, p_outcome);
  if p_outcome = 'entered' and p_channel = 'password' then
    update portal_credential set expires_at = null where portal_user_id = u.id and revoked_at is null and not one_time and expires_at is not null;
  end if;
  return jsonb_build_object('access', v_access, 'lockedUntil', portal_locked_until(u.id));
end $$;

-- argon2id of version 19 in PHC form at a cost no lower than the office's: 19 MiB and two passes, 16 bytes of salt, 32 of output.
create function portal_hash_require(p_hash text) returns void language plpgsql immutable as $$
declare m text[];
begin
  m := regexp_match(p_hash, '^\$argon2id\$v=19\$m=(\d{4,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22,86})\$([A-Za-z0-9+/]{43,86})$');
  if m is null then
    perform refuse('OK400', 'hashMalformed');
  end if;
  if m[1]::int < 19456 or m[2]::int < 2 or m[3]::int < 1 then
    perform refuse('OK400', 'hashTooWeak');
  end if;
end $$;

-- The subscriber has chosen a password; the one before it ends at once.
create function lk_change_password(p_user_id bigint, p_hash text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare u portal_user := lk_own_user(p_user_id); c portal_credential; v_subscriber bigint;
begin
  perform portal_hash_require(p_hash);
  if portal_user_access(u) <> 'open' then
    perform refuse('OK409', case portal_user_access(u) when 'blocked' then 'portalUserBlocked' else 'portalAccessEnded' end);
  end if;
  perform set_config('okno.operation', 'portal.password', true);
  c := credential_chosen(u, p_hash);
  v_subscriber := portal_user_subscriber(u);
  perform audit_record('portal.password', null, v_subscriber, jsonb_build_object('portalUserId', u.id));
  perform subscriber_changed(v_subscriber, null, 'portalUsers.changedElsewhere');
  return jsonb_build_object('issuedAt', c.issued_at);
end $$;

-- ── Links from letters ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

create function lk_confirm_contact(p_token text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform lk_provider();
  return portal_contact_confirm(p_token);
end $$;

create function lk_revert_contact(p_token text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform lk_provider();
  return portal_contact_revert(p_token);
end $$;

create function lk_register(p_login text, p_email text, p_account_key text default null, p_hash text default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare p provider := lk_provider();
begin
  if p_hash is not null then
    perform portal_hash_require(p_hash);
  end if;
  return portal_registration_ask(p.id, p_login, p_email, p_account_key, p_hash);
end $$;

-- Of this provider's registrations only: another's token is unknown here.
create function lk_confirm_registration(p_token text, p_hash text default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare p provider := lk_provider();
begin
  if p_hash is not null then
    perform portal_hash_require(p_hash);
  end if;
  if not exists (select from portal_registration where token_hash = sha256(convert_to(left(p_token, 100), 'UTF8')) and provider_id = p.id) then
    return '{"result": "unknown", "portalUserId": null, "login": null}';
  end if;
  return portal_registration_confirm(left(p_token, 100), p_hash);
end $$;

-- ── PIN, Госуслуги ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create function lk_ask_pin(p_user_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
begin
  return portal_pin_ask((lk_own_user(p_user_id)).id);
end $$;

create function lk_check_pin(p_user_id bigint, p_pin text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
begin
  return portal_pin_check((lk_own_user(p_user_id)).id, left(p_pin, 20));
end $$;

create function lk_link_esia(p_user_id bigint, p_account_id bigint, p_masked_name text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare u portal_user := lk_own_user(p_user_id);
begin
  -- The account stands in the cabinet already: otherwise whoever has any id would have any account.
  if not exists (select from portal_account_link where portal_user_id = u.id and account_id = p_account_id and unlinked_at is null) then
    perform refuse('OK404', 'account');
  end if;
  perform set_config('okno.operation', 'portal.esia', true);
  return jsonb_build_object('linkId', portal_esia_link_add(u.id, p_account_id, p_masked_name));
end $$;

create function lk_unlink_esia(p_link_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare p provider := lk_provider();
begin
  if not exists (select from esia_link e join portal_user u on u.id = e.portal_user_id where e.id = p_link_id and u.provider_id = p.id) then
    perform refuse('OK404', 'esiaLink');
  end if;
  perform portal_esia_link_end(p_link_id);
  return '{}';
end $$;

-- ── Accounts of a cabinet ────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- A failure at the portal has no member of staff.
alter table portal_link_failure alter column staff_id drop not null;

-- How the password in force of that account's own cabinet was hashed (never the hash), for the proof «password»; null when it has none.
create function lk_link_recipe(p_user_id bigint, p_account_key text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare u portal_user := lk_own_user(p_user_id); t account;
begin
  if portal_link_attempts_left(u.id) = 0 then
    perform refuse('OK403', 'linkAttemptsExceeded');
  end if;
  t := portal_account_by_key(u.provider_id, p_account_key);
  return (select hash_recipe(c.password_hash) from portal_credential c where c.portal_user_id = (account_portal_user(t)).id and c.revoked_at is null);
end $$;

-- An account into the cabinet, by what the provider asks for (accountProofs): its number alone, the surname it is registered to, or the password of its own cabinet.
-- That nothing agrees is one answer, whatever was wrong: {linked, accountId, attemptsLeft}; five wrong ones a day.
create function lk_link_account(p_user_id bigint, p_account_key text, p_proof text, p_value text default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare p provider := lk_provider(); u portal_user := lk_own_user(p_user_id); t account; s subscriber; v_agrees boolean; v_operation uuid := gen_random_uuid(); v_owner bigint;
begin
  if portal_user_access(u) <> 'open' then
    perform refuse('OK409', case portal_user_access(u) when 'blocked' then 'portalUserBlocked' else 'portalAccessEnded' end);
  end if;
  if coalesce(p_proof, '') not in ('number', 'surname', 'password') or not coalesce(p.profile #> '{portal,accountProofs}', '["surname"]') ? p_proof then
    perform refuse('OK409', 'proofNotOffered');
  end if;
  perform pg_advisory_xact_lock(hashtext('okno.portalLink'), hashint8(u.id));
  if portal_link_attempts_left(u.id) = 0 then
    perform refuse('OK403', 'linkAttemptsExceeded');
  end if;
  t := portal_account_by_key(p.id, p_account_key);
  select * into s from subscriber where id = t.subscriber_id;
  v_agrees := t.id is not null and t.status <> 'closed' and case p_proof
    when 'number' then true
    when 'surname' then length(btrim(coalesce(p_value, ''))) > 1 and fold(btrim(p_value)) = coalesce(case when s.kind <> 'organisation' then s.last_name_n end, s.org_name_n)
    else exists (select from portal_credential c where c.portal_user_id = (account_portal_user(t)).id and c.revoked_at is null and (c.expires_at is null or c.expires_at > now())
                 and c.password_hash = p_value) end;
  if not coalesce(v_agrees, false) then
    insert into portal_link_failure (portal_user_id) values (u.id);
  elsif not exists (select from portal_account_link where portal_user_id = u.id and account_id = t.id and unlinked_at is null) then
    v_owner := portal_user_subscriber(u);
    perform set_config('okno.operation', 'portal.link', true);
    insert into portal_account_link (portal_user_id, account_id) values (u.id, t.id);
    perform portal_notice(v_operation, t.subscriber_id, p, 'accountLinked');
    perform audit_record('portal.accountLinked', null, t.subscriber_id, jsonb_build_object('portalUserId', u.id, 'accountId', t.id, 'by', p_proof));
    perform subscriber_changed(t.subscriber_id, null, 'portalUsers.changedElsewhere');
    if v_owner is distinct from t.subscriber_id and v_owner is not null then
      perform subscriber_changed(v_owner, null, 'portalUsers.changedElsewhere');
    end if;
  end if;
  return jsonb_build_object('linked', coalesce(v_agrees, false), 'accountId', case when v_agrees then t.id end, 'attemptsLeft', portal_link_attempts_left(u.id));
end $$;

create function lk_unlink_account(p_user_id bigint, p_account_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare u portal_user := lk_own_user(p_user_id); a account;
begin
  perform set_config('okno.operation', 'portal.link', true);
  update esia_link set unlinked_at = clock_timestamp() where portal_user_id = u.id and account_id = p_account_id and unlinked_at is null;
  update portal_account_link set unlinked_at = clock_timestamp() where portal_user_id = u.id and account_id = p_account_id and unlinked_at is null;
  if not found then
    perform refuse('OK404', 'account');
  end if;
  select * into a from account where id = p_account_id;
  perform audit_record('portal.accountUnlinked', null, a.subscriber_id, jsonb_build_object('portalUserId', u.id, 'accountId', a.id));
  perform subscriber_changed(a.subscriber_id, null, 'portalUsers.changedElsewhere');
  return '{}';
end $$;

-- Paper or e-mail, by whose cabinet and whose account it is. {delivery, fromPeriod}: the first period whose bill comes that way.
create function lk_choose_bill_delivery(p_user_id bigint, p_account_id bigint, p_delivery text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare u portal_user := lk_own_user(p_user_id); a account; b bill_delivery_choice;
begin
  select x.* into a from portal_account_link l join account x on x.id = l.account_id
    where l.portal_user_id = u.id and l.unlinked_at is null and x.id = p_account_id and x.subscriber_id = portal_user_subscriber(u);
  if not found or portal_user_access(u) <> 'open' then
    perform refuse('OK404', 'account');
  end if;
  if a.status = 'closed' then
    perform refuse('OK409', 'accountClosed');
  end if;
  if p_delivery is null or p_delivery not in ('paper', 'email') then
    perform refuse('OK400', 'shape');
  end if;
  if p_delivery = 'email' and (bills_contact(a.subscriber_id)).id is null then
    perform refuse('OK409', 'consentNeedsEmail');
  end if;
  perform set_config('okno.operation', 'portal.billDelivery', true);
  insert into bill_delivery_choice (account_id, delivery, from_period, before)
    values (a.id, p_delivery, coalesce(account_closed_through(a.id) + interval '1 month', date_trunc('month', office_today())), a.bill_delivery) returning * into b;
  update account set bill_delivery = p_delivery, version = version + 1 where id = a.id;
  perform audit_record('portal.billDelivery', null, a.subscriber_id, jsonb_build_object('portalUserId', u.id, 'accountId', a.id, 'from', a.bill_delivery, 'to', p_delivery));
  perform subscriber_changed(a.subscriber_id, null, 'portalUsers.changedElsewhere');
  return jsonb_build_object('delivery', b.delivery, 'fromPeriod', to_char(b.from_period, 'YYYY-MM'));
end $$;

grant usage on schema public to okno_portal;
grant execute on function lk_rules(), lk_events(text, int), lk_user(bigint), lk_users(bigint, int), lk_credential(text), lk_sign_in(bigint, text, text), lk_change_password(bigint, text),
  lk_confirm_contact(text), lk_revert_contact(text), lk_register(text, text, text, text), lk_confirm_registration(text, text), lk_ask_pin(bigint), lk_check_pin(bigint, text),
  lk_link_esia(bigint, bigint, text), lk_unlink_esia(bigint), lk_link_recipe(bigint, text), lk_link_account(bigint, text, text, text), lk_unlink_account(bigint, bigint),
  lk_choose_bill_delivery(bigint, bigint, text) to okno_portal;
grant execute on function portal_login_add(text, text, text), portal_login_remove(text), portal_login_list() to okno_admin;

reset role;
