-- Issuing a password: delivery by the profile, approvals, checking a disputed sheet.
set local role okno_owner;

-- ── The hash in force ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

alter table portal_credential alter column memo_number drop not null, alter column operation_id drop not null,
  add column chosen_by text not null default 'office' check (chosen_by in ('office', 'subscriber')),
  add constraint portal_credential_from_office check (chosen_by = 'subscriber' or memo_number is not null and operation_id is not null);
comment on column portal_credential.chosen_by is 'office: generated, on a numbered memo or in a letter; subscriber: chosen at the portal, no memo.';
create index portal_credential_user on portal_credential (portal_user_id, id desc);

-- The one place that puts a generated password in force: the one before it ends at once, term and forced change are of the profile of now.
-- Whoever calls it has checked the visit and the identification, or whatever stands in their place.
create function credential_issue(p_user portal_user, p_hash text, p_operation_id uuid, p_profile jsonb) returns portal_credential
language plpgsql security definer set search_path = public, pg_temp as $$
declare c portal_credential; v_password jsonb := p_profile -> 'password';
begin
  update portal_credential set revoked_at = now() where portal_user_id = p_user.id and revoked_at is null;
  insert into portal_credential (portal_user_id, password_hash, expires_at, one_time, memo_number, operation_id)
    values (p_user.id, p_hash, now() + make_interval(hours => (v_password ->> 'ttlHours')::int), (v_password ->> 'oneTime')::boolean,
      to_char(office_today(), 'YYYY') || '-' || lpad(nextval('memo_number')::text, 6, '0'), p_operation_id) returning * into c;
  return c;
end $$;

-- The one place that puts a password in force that the subscriber has chosen at the portal: no memo, no term.
create function credential_chosen(p_user portal_user, p_hash text) returns portal_credential language plpgsql security definer set search_path = public, pg_temp as $$
declare c portal_credential;
begin
  update portal_credential set revoked_at = now() where portal_user_id = p_user.id and revoked_at is null;
  insert into portal_credential (portal_user_id, password_hash, one_time, chosen_by) values (p_user.id, p_hash, false, 'subscriber') returning * into c;
  return c;
end $$;

-- ── A new password at the desk ───────────────────────────────────────────────────────────────────────────────────────────────────────

create function portal_impact(p_visit_id bigint, p_account_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id, true); a account := visit_account(v, p_account_id); u portal_user := account_portal_user(a); p provider; v_login text;
begin
  perform visit_allow(v, 'portalPassword', a.id);
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
  perform visit_allow(v, 'portalPassword', a.id);
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

-- The portal user of an account, made and linked by the provider's scheme when there is none. Conflicts of portal_refusal, and 'loginOfAnotherSubscriber'.
create function portal_user_for(p_account account) returns portal_user language plpgsql security definer set search_path = public, pg_temp as $$
declare u portal_user := account_portal_user(p_account); v_login text := coalesce(u.login, account_portal_login(p_account)); v_refusal text := portal_refusal(p_account, u, v_login);
begin
  if v_refusal is not null then
    perform refuse('OK409', v_refusal);
  end if;
  if u.id is null then
    insert into portal_user (provider_id, login) values (p_account.provider_id, v_login) on conflict on constraint portal_user_login_key do nothing returning * into u;
    if u.id is null then
      -- The login stands for another account of this person (scheme e-mail), or for somebody else's.
      select * into u from portal_user where provider_id = p_account.provider_id and login_key = lower(v_login);
      if exists (select from portal_account_link l join account x on x.id = l.account_id
                 where l.portal_user_id = u.id and l.unlinked_at is null and x.subscriber_id <> p_account.subscriber_id) then
        perform refuse('OK409', 'loginOfAnotherSubscriber');
      end if;
      if u.state = 'blocked' then
        perform refuse('OK409', 'portalUserBlocked');
      end if;
    end if;
    insert into portal_account_link (portal_user_id, account_id) values (u.id, p_account.id);
  end if;
  return u;
end $$;

-- What a memo says, the secret excepted; under the name of whoever asks.
create function memo_content(p_credential portal_credential, p_account account) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff();
begin
  return (select jsonb_build_object('number', p_credential.memo_number, 'issuedAt', p_credential.issued_at, 'expiresAt', p_credential.expires_at, 'oneTime', p_credential.one_time,
      'login', u.login, 'provider', provider_json(p) - 'services', 'subscriberName', subscriber_name(s), 'account', p_account.number, 'contract', p_account.contract,
      'address', address_text(d, p_account.flat_as_printed), 'operatorName', v_staff.full_name, 'office', o.name, 'timeZone', o.time_zone)
    from portal_user u, provider p, subscriber s, address d, office o
    where u.id = p_credential.portal_user_id and p.id = p_account.provider_id and s.id = p_account.subscriber_id and d.id = p_account.address_id and o.id = v_staff.office_id);
end $$;

-- Puts the new hash in force and returns what the memo says, the secret excepted. Runs in one transaction with the printing:
-- when the sheet can't be printed, the old password stays.
create function portal_password_issue(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_password_hash text, p_delivered text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; p provider; c portal_credential; v_is_new boolean;
begin
  if p_delivered is null or p_delivered not in ('print', 'save') then
    perform refuse('OK400', 'medium');
  end if;
  if operation_repeat(p_operation_id, 'portalAccess.reissuePassword') is not null then
    perform refuse('OK409', 'memoAlreadyIssued');
  end if;
  v := visit_require(p_visit_id, true);
  a := visit_account(v, p_account_id);
  select * into p from provider where id = a.provider_id;
  v_is_new := (account_portal_user(a)).id is null;
  c := credential_issue(portal_user_for(a), p_password_hash, p_operation_id, p.profile);
  return operation_done(p_operation_id, 'portalAccess.reissuePassword', v, memo_content(c, a),
    jsonb_build_object('memoNumber', c.memo_number, 'provider', p.code, 'registered', nullif(v_is_new, false), 'delivered', p_delivered,
      'afterContactChange', nullif(contact_changed_recently(v.subscriber_id), false), 'identification', v.identification), a.id);
end $$;

grant execute on function portal_impact(bigint, bigint), portal_password_prepare(uuid, bigint, bigint), portal_password_issue(uuid, bigint, bigint, text, text) to okno_operator;

reset role;
