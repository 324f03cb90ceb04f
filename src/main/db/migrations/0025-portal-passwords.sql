-- Issuing a password: delivery by the profile, approvals, checking a disputed sheet.
set local role okno_owner;

-- ── The hash in force ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

alter table portal_credential alter column memo_number drop not null, alter column operation_id drop not null,
  add column chosen_by text not null default 'office' check (chosen_by in ('office', 'subscriber')),
  add constraint portal_credential_from_office check (chosen_by = 'subscriber' or memo_number is not null and operation_id is not null);
comment on column portal_credential.chosen_by is 'office: generated, on a numbered memo or in a letter; subscriber: chosen at the portal, no memo.';
create index portal_credential_user on portal_credential (portal_user_id, id desc);

-- Ends the password in force, and a letter with it that has not left: it would bring what opens nothing any more.
create function credential_revoke(p_user portal_user) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v_operation_id uuid;
begin
  update portal_credential set revoked_at = now() where portal_user_id = p_user.id and revoked_at is null returning operation_id into v_operation_id;
  update outbox_message set state = 'cancelled', params = null, finished_at = now(), error = 'superseded'
    where operation_id = v_operation_id and template = 'portalPassword' and state = 'queued';
end $$;

-- The one place that puts a generated password in force: the one before it ends at once, term and forced change are of the profile of now.
-- Whoever calls it has checked the visit and the identification, or whatever stands in their place.
create function credential_issue(p_user portal_user, p_hash text, p_operation_id uuid, p_profile jsonb) returns portal_credential
language plpgsql security definer set search_path = public, pg_temp as $$
declare c portal_credential; v_password jsonb := p_profile -> 'password';
begin
  perform credential_revoke(p_user);
  insert into portal_credential (portal_user_id, password_hash, expires_at, one_time, memo_number, operation_id)
    values (p_user.id, p_hash, now() + make_interval(hours => (v_password ->> 'ttlHours')::int), (v_password ->> 'oneTime')::boolean,
      to_char(office_today(), 'YYYY') || '-' || lpad(nextval('memo_number')::text, 6, '0'), p_operation_id) returning * into c;
  return c;
end $$;

-- The one place that puts a password in force that the subscriber has chosen at the portal: no memo, no term.
create function credential_chosen(p_user portal_user, p_hash text) returns portal_credential language plpgsql security definer set search_path = public, pg_temp as $$
declare c portal_credential;
begin
  perform credential_revoke(p_user);
  insert into portal_credential (portal_user_id, password_hash, one_time, chosen_by) values (p_user.id, p_hash, false, 'subscriber') returning * into c;
  return c;
end $$;

-- What main needs to hash a typed password as this one was: salt (base64 without padding) and cost, never the hash.
create function hash_recipe(p_hash text) returns jsonb language sql immutable strict parallel safe
return (select jsonb_build_object('salt', m[4], 'memory', m[1]::int, 'iterations', m[2]::int, 'parallelism', m[3]::int)
        from regexp_match(p_hash, '^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$') m);

-- ── Where a password may go ──────────────────────────────────────────────────────────────────────────────────────────────────────────

create function password_ways(p_profile jsonb) returns jsonb language sql immutable parallel safe
return coalesce(p_profile -> 'password' -> 'deliverBy', '["paper"]');

-- The confirmed address or phone that stands for the person; anything else could be a stranger's.
create function confirmed_contact(p_subscriber_id bigint, p_kind text) returns subscriber_contact language plpgsql stable security definer set search_path = public, pg_temp as $$
declare k subscriber_contact;
begin
  select * into k from subscriber_contact where subscriber_id = p_subscriber_id and kind = p_kind and purpose = 'main' and is_current and state = 'confirmed';
  return k;
end $$;

-- Whether anything leaves by this channel: set up by an administrator, or of the training office, which has its own mailbox.
create function password_channel_open(p_channel text) returns boolean language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return case p_channel when 'email' then exists (select from mail_transport) else exists (select from sms_gateway) end or exists (select from office where is_training);
end $$;

-- How the letter with a password fares: {channel, to (masked), state, error}; null when it went on paper. A letter that may or may not have gone out counts
-- as not delivered: another one costs a minute.
create function password_letter(p_operation_id uuid) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select jsonb_build_object('channel', m.channel, 'to', mask_contact(case m.channel when 'email' then 'email' else 'phone' end, m.recipient),
      'state', case when m.state in ('queued', 'sending') then 'queued' when m.state = 'sent' then 'sent' else 'failed' end, 'error', case when m.state <> 'sent' then m.error end)
    from outbox_message m where m.operation_id = p_operation_id and m.template = 'portalPassword' limit 1);
end $$;

-- ── Approvals ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- What a provider lets only two people do together: the operator asks for one account in one visit, another person who is a supervisor decides.
create table approval (
  id bigint generated always as identity primary key,
  visit_id bigint not null references visit,
  account_id bigint not null references account,
  kind text not null,
  deliver text not null check (deliver in ('paper', 'email', 'sms')),
  asked_by int not null references staff,
  asked_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  state text not null default 'waiting' check (state in ('waiting', 'granted', 'refused', 'withdrawn')),
  decided_by int references staff,
  decided_at timestamptz,
  decided_how text check (decided_how in ('here', 'remote')),
  comment text,
  used_by uuid references operation deferrable initially deferred,
  constraint approval_by_another check (decided_by <> asked_by),
  constraint approval_decided check (decided_by is not null or state in ('waiting', 'withdrawn')),
  constraint approval_used check (used_by is null or state = 'granted')
);
comment on column approval.kind is 'The operation it is for, once.';
comment on column approval.expires_at is 'Fifteen minutes from the question for the decision, and again fifteen from the decision for its use.';
create unique index approval_one on approval (visit_id, account_id, kind) where state in ('waiting', 'granted') and used_by is null;
create index approval_waiting on approval (expires_at) where state = 'waiting';
create trigger approval_direct_change after insert or update or delete on approval for each row
  when (coalesce(current_setting('okno.operation', true), '') = '') execute function audit_direct_change();

-- Whether a reissue needs the consent of a supervisor: by the provider's policy, after a recent change of the contacts.
create function approval_required(p_subscriber_id bigint, p_profile jsonb) returns boolean language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return p_profile -> 'safety' ->> 'reissueAfterContactChange' = 'approve' and contact_changed_lately(p_subscriber_id, p_profile);
end $$;

create function contact_changed_lately(p_subscriber_id bigint, p_profile jsonb) returns boolean language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return contact_changed_recently(p_subscriber_id, coalesce((p_profile -> 'safety' ->> 'recentHours')::int, 24));
end $$;

-- A contact that was changed after the question was asked is not what the supervisor has seen.
create function approval_outdated(a approval) returns boolean language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return coalesce(contact_changed_at((select v.subscriber_id from visit v where v.id = a.visit_id)) > a.asked_at, false);
end $$;

create function approval_state(a approval) returns text language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return case when a.used_by is not null then 'used' when a.state in ('refused', 'withdrawn') then a.state
    when a.expires_at <= now() then 'expired' when approval_outdated(a) then 'outdated' else a.state end;
end $$;

create function approval_json(a approval) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return jsonb_build_object('id', a.id, 'state', approval_state(a), 'deliver', a.deliver, 'askedAt', a.asked_at, 'expiresAt', a.expires_at,
    'decidedBy', (select full_name from staff where id = a.decided_by), 'decidedAt', a.decided_at, 'how', a.decided_how, 'comment', a.comment);
end $$;

-- The latest one of this visit for the account; null when none was asked for.
create function approval_last(p_visit_id bigint, p_account_id bigint, p_kind text) returns approval language plpgsql stable security definer set search_path = public, pg_temp as $$
declare a approval;
begin
  select * into a from approval where visit_id = p_visit_id and account_id = p_account_id and kind = p_kind order by id desc limit 1;
  return a;
end $$;

create function approval_ask(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_kind text, p_deliver text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; p provider; n approval; v_first jsonb := operation_repeat(p_operation_id, 'approvals.ask');
begin
  if v_first is not null then return approval_json((select x from approval x where x.id = (v_first ->> 'id')::bigint)); end if;
  if p_kind is distinct from 'portalAccess.reissuePassword' then
    perform refuse('OK400', 'shape');
  end if;
  v := visit_require(p_visit_id, true);
  a := visit_account(v, p_account_id);
  perform visit_allow(v, operation_action(p_kind), a.id);
  select * into p from provider where id = a.provider_id;
  if not approval_required(v.subscriber_id, p.profile) then
    perform refuse('OK409', 'approvalNotNeeded');
  end if;
  if p_deliver is null or not password_ways(p.profile) ? p_deliver then
    perform refuse('OK400', 'medium');
  end if;
  -- An earlier question gives way to this one, answered or not.
  update approval set state = 'withdrawn' where visit_id = v.id and account_id = a.id and kind = p_kind and state in ('waiting', 'granted') and used_by is null;
  insert into approval (visit_id, account_id, kind, deliver, asked_by, expires_at)
    values (v.id, a.id, p_kind, p_deliver, (current_staff()).id, now() + interval '15 minutes') returning * into n;
  perform operation_done(p_operation_id, 'approvals.ask', v, jsonb_build_object('id', n.id), jsonb_build_object('provider', p.code, 'deliver', p_deliver, 'for', p_kind), a.id);
  return approval_json(n);
end $$;

create function approval_of(p_visit_id bigint, p_account_id bigint, p_kind text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id); a account := visit_account(v, p_account_id); n approval := approval_last(v.id, a.id, p_kind);
begin
  return jsonb_build_object('approval', case when n.id is not null then approval_json(n) end);
end $$;

create function approval_withdraw(p_operation_id uuid, p_visit_id bigint, p_approval_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; n approval; v_first jsonb := operation_repeat(p_operation_id, 'approvals.withdraw');
begin
  if v_first is null then
    v := visit_require(p_visit_id);
    update approval set state = 'withdrawn' where id = p_approval_id and visit_id = v.id and state = 'waiting' and asked_by = (current_staff()).id returning * into n;
    if n.id is null then
      perform refuse('OK409', 'approvalEnded');
    end if;
    perform operation_done(p_operation_id, 'approvals.withdraw', v, jsonb_build_object('id', n.id), '{}', n.account_id);
  end if;
  return approval_json((select x from approval x where x.id = coalesce(n.id, (v_first ->> 'id')::bigint)));
end $$;

-- What waits for a supervisor, oldest first, with what the operator sees: contacts masked, nothing secret. One's own questions are left out: they are another's to answer.
create function approval_waiting() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff();
begin
  return (select coalesce(jsonb_agg(approval_json(n) || jsonb_build_object('askedBy', f.full_name, 'window', v.window_code, 'subscriberId', v.subscriber_id, 'subscriberName', subscriber_name(s),
      'account', c.number, 'provider', p.name, 'identification', v.identification, 'documentType', coalesce((select d.type from identity_document d where d.id = v.identity_document_id), v.representative ->> 'documentType'),
      'represented', case when v.representative is not null then jsonb_build_object('by', v.representative -> 'by', 'name', v.representative -> 'name') end,
      'sendTo', case n.deliver when 'email' then mask_email((confirmed_contact(s.id, 'email')).value) when 'sms' then mask_phone((confirmed_contact(s.id, 'phone')).value) end,
      'login', case when u.login like '%@%' then mask_email(u.login) else u.login end,
      'linkedAccounts', (select count(*) from portal_account_link l where l.portal_user_id = u.id and l.unlinked_at is null),
      'esiaLinks', (select count(*) from esia_link e where e.portal_user_id = u.id and e.unlinked_at is null),
      'lastSignInAt', u.last_sign_in_at,
      'passwordIssuedAt', (select k.issued_at from portal_credential k where k.portal_user_id = u.id and k.revoked_at is null),
      'changes', (select coalesce(jsonb_agg(x.change order by x.at desc), '[]') from (
        select k.in_force_at as at, jsonb_build_object('kind', k.kind, 'from', mask_contact(o.kind, o.value), 'to', mask_contact(k.kind, k.value), 'at', k.in_force_at) as change
        from subscriber_contact k left join subscriber_contact o on o.id = k.replaces_id where k.subscriber_id = s.id and k.purpose = 'main' and k.is_current
        union all
        select k.ended_at, jsonb_build_object('kind', k.kind, 'from', mask_contact(k.kind, k.value), 'to', null, 'at', k.ended_at)
        from subscriber_contact k where k.subscriber_id = s.id and k.purpose = 'main' and k.state in ('removed', 'reverted')) x
        where x.at > now() - make_interval(hours => coalesce((p.profile -> 'safety' ->> 'recentHours')::int, 24)))) order by n.id), '[]')
    from approval n join visit v on v.id = n.visit_id join account c on c.id = n.account_id join provider p on p.id = c.provider_id join subscriber s on s.id = v.subscriber_id
    join staff f on f.id = n.asked_by left join lateral (select (account_portal_user(c)).*) u on true
    where n.state = 'waiting' and n.expires_at > now() and n.asked_by <> v_staff.id and v.closed_at is null and v.staff_id = n.asked_by);
end $$;

-- The decision of a supervisor, under their own login: at their desk, or typed at the operator's window for this one call.
create function approval_decide(p_operation_id uuid, p_approval_id bigint, p_granted boolean, p_comment text, p_how text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  n approval; v visit; v_staff staff := current_staff(); v_kind text := case when p_granted then 'approvals.grant' else 'approvals.refuse' end;
  v_comment text := nullif(trim(p_comment), ''); v_first jsonb := operation_repeat(p_operation_id, v_kind);
begin
  if v_first is null then
    if p_granted is null or p_how is null or p_how not in ('here', 'remote') or length(v_comment) > 300 then
      perform refuse('OK400', 'shape');
    end if;
    if not 'supervisor' = any(v_staff.roles) then
      perform refuse('OK403', 'notSupervisor');
    end if;
    select x.* into v from visit x join approval y on y.visit_id = x.id where y.id = p_approval_id for update of x;
    select * into n from approval where id = p_approval_id for update;
    if n.id is null then
      perform refuse('OK404', 'approval');
    elsif n.asked_by = v_staff.id then
      perform refuse('OK403', 'approvalOwn');
    elsif n.state <> 'waiting' then
      perform refuse('OK409', 'approvalEnded');
    elsif v.closed_at is not null or v.staff_id is distinct from n.asked_by then
      perform refuse('OK409', 'approvalVisitEnded');
    elsif approval_state(n) <> 'waiting' then
      perform refuse('OK409', 'approvalExpired');
    elsif not p_granted and v_comment is null then
      perform refuse('OK400', 'approvalCommentMissing');
    end if;
    update approval set state = case when p_granted then 'granted' else 'refused' end, decided_by = v_staff.id, decided_at = clock_timestamp(), decided_how = p_how, comment = v_comment,
      expires_at = now() + interval '15 minutes' where id = n.id returning * into n;
    perform operation_done(p_operation_id, v_kind, v, jsonb_build_object('id', n.id),
      jsonb_build_object('askedBy', (select full_name from staff where id = n.asked_by), 'decidedBy', v_staff.full_name, 'how', p_how, 'for', n.kind, 'deliver', n.deliver), n.account_id);
  end if;
  return approval_json((select x from approval x where x.id = coalesce(n.id, (v_first ->> 'id')::bigint)));
end $$;

-- A wrong login or password of a supervisor typed at an operator's window. What was typed is nobody's business.
create function approval_login_failed(p_approval_id bigint) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_staff staff := current_staff();
begin
  select x.* into v from visit x join approval n on n.visit_id = x.id where n.id = p_approval_id and n.asked_by = v_staff.id;
  perform audit_record('approvals.wrongLogin', v.id, v.subscriber_id, jsonb_build_object('approval', p_approval_id));
end $$;

-- Uses the approval of this visit up for one operation and gives it back; refuses without one, or with one that is not for this.
create function approval_use(p_visit visit, p_account_id bigint, p_kind text, p_deliver text, p_operation_id uuid) returns approval
language plpgsql security definer set search_path = public, pg_temp as $$
declare n approval; v_state text;
begin
  select * into n from approval where visit_id = p_visit.id and account_id = p_account_id and kind = p_kind order by id desc limit 1 for update;
  v_state := approval_state(n);
  if n.id is null or v_state <> 'granted' or n.asked_by <> (current_staff()).id then
    perform refuse('OK403', 'approvalNeeded', jsonb_strip_nulls(jsonb_build_object('state', v_state)));
  end if;
  if n.deliver <> p_deliver then
    perform refuse('OK403', 'approvalForOtherDelivery');
  end if;
  update approval set used_by = p_operation_id where id = n.id returning * into n;
  return n;
end $$;

grant execute on function approval_ask(uuid, bigint, bigint, text, text), approval_of(bigint, bigint, text), approval_withdraw(uuid, bigint, bigint), approval_login_failed(bigint) to okno_operator;
grant execute on function approval_waiting(), approval_decide(uuid, bigint, boolean, text, text) to okno_supervisor;

-- ── A new password at the desk ───────────────────────────────────────────────────────────────────────────────────────────────────────

create function portal_impact(p_visit_id bigint, p_account_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id, true); a account := visit_account(v, p_account_id); u portal_user := account_portal_user(a); p provider; v_login text;
  c portal_credential; v_approval approval := approval_last(v.id, a.id, 'portalAccess.reissuePassword');
begin
  perform visit_allow(v, 'portalPassword', a.id);
  select * into p from provider where id = a.provider_id;
  select * into c from portal_credential where portal_user_id = u.id and revoked_at is null;
  v_login := coalesce(u.login, account_portal_login(a));
  return jsonb_build_object('provider', p.name, 'portalName', p.profile -> 'portal' ->> 'name', 'portalUserId', u.id, 'login', v_login,
    'refusal', portal_refusal(a, u, v_login),
    'linkedAccounts', (select coalesce(jsonb_agg(jsonb_build_object('number', n.number, 'address', address_text(d, n.flat_as_printed)) order by n.number), '[]')
      from portal_account_link l join account n on n.id = l.account_id join address d on d.id = n.address_id where l.portal_user_id = u.id and l.unlinked_at is null),
    'esiaLinks', (select coalesce(jsonb_agg(jsonb_build_object('number', n.number, 'linkedAt', e.linked_at, 'maskedName', e.masked_name) order by e.linked_at), '[]')
      from esia_link e join account n on n.id = e.account_id where e.portal_user_id = u.id and e.unlinked_at is null),
    'pinRequests', (select count(*) from portal_pin_request r where r.portal_user_id = u.id and r.state = 'waiting'),
    'lastSignInAt', u.last_sign_in_at,
    'passwordIssuedAt', c.issued_at, 'passwordChosenBy', c.chosen_by, 'passwordExpiresAt', c.expires_at, 'letter', password_letter(c.operation_id),
    'blocked', coalesce(u.state = 'blocked', false),
    'recentContactChange', contact_changed_lately(v.subscriber_id, p.profile),
    'approval', case when not approval_required(v.subscriber_id, p.profile) then 'none' else coalesce(approval_state(v_approval), 'needed') end,
    'deliverBy', password_ways(p.profile), 'emailMasked', mask_email((confirmed_contact(v.subscriber_id, 'email')).value), 'phoneMasked', mask_phone((confirmed_contact(v.subscriber_id, 'phone')).value),
    'canSend', jsonb_build_object('email', password_channel_open('email'), 'sms', password_channel_open('sms')),
    'policy', jsonb_build_object('length', p.profile -> 'password' -> 'length', 'oneTime', p.profile -> 'password' -> 'oneTime', 'ttlHours', p.profile -> 'password' -> 'ttlHours',
      'alphabet', p.profile -> 'password' -> 'alphabet'));
end $$;

-- The confirmed contact a password goes to; a null row for paper. 400 'medium'; 409 'deliveryNotAllowed', 'deliveryNotSetUp', 'emailNotConfirmedForPassword',
-- 'phoneNotConfirmedForPassword'.
create function password_recipient(p_account account, p_provider provider, p_delivered text) returns subscriber_contact language plpgsql stable security definer set search_path = public, pg_temp as $$
declare k subscriber_contact;
begin
  if p_delivered is null or p_delivered not in ('print', 'save', 'email', 'sms') then
    perform refuse('OK400', 'medium');
  end if;
  if p_delivered in ('email', 'sms') then
    if not password_ways(p_provider.profile) ? p_delivered then
      perform refuse('OK409', 'deliveryNotAllowed');
    elsif not password_channel_open(p_delivered) then
      perform refuse('OK409', 'deliveryNotSetUp');
    end if;
    k := confirmed_contact(p_account.subscriber_id, case p_delivered when 'email' then 'email' else 'phone' end);
    if k.id is null then
      perform refuse('OK409', case p_delivered when 'email' then 'emailNotConfirmedForPassword' else 'phoneNotConfirmedForPassword' end);
    end if;
  end if;
  return k;
end $$;

-- What main needs before it makes a password: the policy, and what a password must not contain. No change.
create function portal_password_prepare(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_delivered text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; u portal_user; p provider; v_login text; v_refusal text;
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
  select * into p from provider where id = a.provider_id;
  perform password_recipient(a, p, p_delivered);
  if approval_required(v.subscriber_id, p.profile) and coalesce(approval_state(approval_last(v.id, a.id, 'portalAccess.reissuePassword')), 'needed') <> 'granted' then
    perform refuse('OK403', 'approvalNeeded');
  end if;
  return (select jsonb_build_object('login', v_login, 'account', a.number, 'lastName', s.last_name, 'policy', p.profile -> 'password',
      'phone', (select k.value from subscriber_contact k where k.subscriber_id = s.id and k.kind = 'phone' and k.purpose = 'main' and k.is_current))
    from subscriber s where s.id = a.subscriber_id);
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
      'login', u.login, 'provider', provider_json(p) - 'services', 'subscriberName', subscriber_name(s), 'account', p_account.number, 'contract', p_account.contract, 'tariff', p_account.tariff,
      'address', address_text(d, p_account.flat_as_printed), 'operatorName', v_staff.full_name, 'office', o.name, 'timeZone', o.time_zone)
    from portal_user u, provider p, subscriber s, address d, office o
    where u.id = p_credential.portal_user_id and p.id = p_account.provider_id and s.id = p_account.subscriber_id and d.id = p_account.address_id and o.id = v_staff.office_id);
end $$;

-- Puts the new hash in force and returns what the memo says, the secret excepted. On paper it runs in one transaction with the printing: when the sheet can't
-- be printed, the old password stays. By e-mail and SMS the letter is put into the outbox here; p_sealed is the password, sealed to the senders' keys.
create function portal_password_issue(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_password_hash text, p_delivered text, p_sealed jsonb default null) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v visit; a account; p provider; u portal_user; k subscriber_contact; c portal_credential; n approval; v_is_new boolean; v_content jsonb; v_channel text;
  v_deliver text := case when p_delivered in ('email', 'sms') then p_delivered else 'paper' end;
begin
  if operation_repeat(p_operation_id, 'portalAccess.reissuePassword') is not null then
    perform refuse('OK409', 'memoAlreadyIssued');
  end if;
  v := visit_require(p_visit_id, true);
  a := visit_account(v, p_account_id);
  select * into p from provider where id = a.provider_id;
  k := password_recipient(a, p, p_delivered);
  if (k.id is not null) <> (p_sealed is not null) or p_sealed = '{}' then
    perform refuse('OK400', 'sealedPassword');
  end if;
  if approval_required(v.subscriber_id, p.profile) then
    n := approval_use(v, a.id, 'portalAccess.reissuePassword', v_deliver, p_operation_id);
  end if;
  v_is_new := (account_portal_user(a)).id is null;
  u := portal_user_for(a);
  c := credential_issue(u, p_password_hash, p_operation_id, p.profile);
  v_content := memo_content(c, a) || jsonb_build_object(
    'receiver', jsonb_build_object('name', v.representative -> 'name', 'documentType', coalesce((select d.type from identity_document d where d.id = v.identity_document_id), v.representative ->> 'documentType')),
    'sentTo', case when k.id is not null then mask_contact(k.kind, k.value) end);
  if k.id is not null then
    perform outbox_put(p_operation_id, p_delivered, k.value, 'portalPassword', jsonb_build_object('login', u.login, 'sealed', p_sealed, 'portalName', p.profile -> 'portal' -> 'name',
      'url', p.profile -> 'portal' -> 'url', 'expires', c.expires_at), p.id, now() + interval '1 hour');
  end if;
  -- Told by another way than the password itself goes: whoever took one of them has not got both.
  for v_channel in select jsonb_array_elements_text(coalesce(p.profile -> 'notices' -> 'passwordIssued', '[]')) loop
    k := confirmed_contact(a.subscriber_id, case v_channel when 'email' then 'email' else 'phone' end);
    if k.id is not null and v_channel <> p_delivered then
      perform outbox_put(p_operation_id, v_channel, k.value, 'passwordIssued', jsonb_build_object('at', c.issued_at, 'memoNumber', c.memo_number), p.id);
    end if;
  end loop;
  return operation_done(p_operation_id, 'portalAccess.reissuePassword', v, v_content,
    jsonb_build_object('memoNumber', c.memo_number, 'provider', p.code, 'registered', nullif(v_is_new, false), 'delivered', p_delivered, 'to', v_content -> 'sentTo',
      'afterContactChange', nullif(contact_changed_lately(v.subscriber_id, p.profile), false), 'approvedBy', (select full_name from staff where id = n.decided_by),
      'identification', v.identification), a.id);
end $$;

-- How the letter with the password in force fares.
create function portal_letter(p_visit_id bigint, p_account_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id, true); a account := visit_account(v, p_account_id);
begin
  return jsonb_build_object('letter', (select password_letter(c.operation_id) from portal_credential c
    where c.portal_user_id = (account_portal_user(a)).id and c.revoked_at is null and c.operation_id is not null));
end $$;

-- The office's receipt of the password this visit has brought: number, who, when and where it went; no secret, so it may be printed again.
create function portal_receipt(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_medium text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; o operation; v_first jsonb := operation_repeat(p_operation_id, 'portalAccess.receipt');
begin
  if p_medium is null or p_medium not in ('print', 'save') then
    perform refuse('OK400', 'medium');
  end if;
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id, true);
  a := visit_account(v, p_account_id);
  select * into o from operation where visit_id = v.id and account_id = a.id and kind = 'portalAccess.reissuePassword' order by at desc limit 1;
  if not found then
    perform refuse('OK409', 'noMemoInVisit');
  end if;
  perform operation_done(p_operation_id, 'portalAccess.receipt', v, '{}', jsonb_build_object('memoNumber', o.details -> 'memoNumber', 'delivered', p_medium), a.id);
  return jsonb_build_object('content', o.result - array['jobId', 'printer', 'fileName']);
end $$;
insert into delivering_operation values ('portalAccess.receipt');

-- ── A disputed sheet ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- «Мне дали не тот пароль»: what stands on the sheet is typed, and the database says which memo it was of. Only passwords the office has made are looked
-- at: one the subscriber has chosen is nobody's to guess.

create function sheet_credentials(p_account account) returns setof portal_credential language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query select c.* from portal_credential c where c.portal_user_id = (account_portal_user(p_account)).id and c.chosen_by = 'office' order by c.id desc limit 5;
end $$;

-- Wrong sheets that may still be typed for this subscriber today.
create function sheet_tries_left(p_subscriber_id bigint) returns int language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return greatest(0, 5 - (select count(*) from operation where subscriber_id = p_subscriber_id and kind = 'portalAccess.checkSheet' and at >= office_day_start() and details ->> 'matches' = 'none'))::int;
end $$;

create function portal_sheet_salts(p_visit_id bigint, p_account_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id, true); a account := visit_account(v, p_account_id);
begin
  perform visit_allow(v, 'portalPassword', a.id);
  return (select coalesce(jsonb_agg(hash_recipe(c.password_hash) || jsonb_build_object('id', c.id) order by c.id desc), '[]') from sheet_credentials(a) c);
end $$;

-- p_hashes: [{id, hash}] by the recipes above. One question is one guess, right or wrong; past a rollback it stays counted for the member of staff (guess_take), and for the
-- subscriber by the operations of the day.
create function portal_sheet_check(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_hashes jsonb) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; a account; c portal_credential; v_staff staff := current_staff(); v_wait int; v_matches text; v_first jsonb := operation_repeat(p_operation_id, 'portalAccess.checkSheet');
begin
  if v_first is not null then return v_first - 'repeated'; end if;
  v := visit_require(p_visit_id, true);
  a := visit_account(v, p_account_id);
  perform visit_allow(v, 'portalPassword', a.id);
  perform pg_advisory_xact_lock(hashtext('okno.sheet'), hashint8(v.subscriber_id));
  if sheet_tries_left(v.subscriber_id) = 0 then
    perform refuse('OK403', 'sheetTriesExceeded');
  end if;
  if jsonb_typeof(p_hashes) <> 'array' or jsonb_array_length(p_hashes) > 5 then
    perform refuse('OK400', 'shape');
  end if;
  v_wait := guess_take(v_staff.id);
  if v_wait is not null then
    perform refuse('OK403', 'sheetGuessesTooMany', jsonb_build_object('waitSeconds', v_wait));
  end if;
  select x.* into c from sheet_credentials(a) x join jsonb_array_elements(p_hashes) h on (h ->> 'id')::bigint = x.id and h ->> 'hash' = x.password_hash limit 1;
  v_matches := case when c.id is null then 'none' when c.revoked_at is null then 'current' else 'replaced' end;
  if c.id is not null then
    perform guess_right(v_staff.id);
  end if;
  return operation_done(p_operation_id, 'portalAccess.checkSheet', v,
    jsonb_build_object('matches', v_matches, 'memoNumber', c.memo_number, 'issuedAt', c.issued_at, 'expired', coalesce(c.expires_at <= now(), false),
      'replacedAt', c.revoked_at,
      'replacedBy', (select x.chosen_by from portal_credential x where v_matches = 'replaced' and x.portal_user_id = c.portal_user_id and x.id > c.id order by x.id limit 1),
      'triesLeft', sheet_tries_left(v.subscriber_id) - (v_matches = 'none')::int),
    jsonb_build_object('matches', v_matches, 'memoNumber', c.memo_number), a.id);
end $$;

grant execute on function portal_impact(bigint, bigint), portal_password_prepare(uuid, bigint, bigint, text), portal_password_issue(uuid, bigint, bigint, text, text, jsonb),
  portal_letter(bigint, bigint), portal_receipt(uuid, bigint, bigint, text), portal_sheet_salts(bigint, bigint), portal_sheet_check(uuid, bigint, bigint, jsonb) to okno_operator;

reset role;
