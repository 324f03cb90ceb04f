-- The outbox as an office runs it: what senders do, how letters and SMS leave, sealed secrets, and what an administrator sees and mends.
-- A message leaves at most once: before its text goes out the sender passes outbox_started, which only the holder of the latest claim can.
set local role okno_owner;

create function outbox_wake() returns trigger language plpgsql as $$
begin
  perform pg_notify('outbox', '');
  return null;
end $$;
create trigger outbox_wake after insert on outbox_message for each statement execute function outbox_wake();

-- The only way into the outbox, in the transaction of the operation it belongs to; the same message of one operation is queued once.
-- Every message can name the office, its phone, its clock and the provider (null: the office speaks for itself).
-- params.sealed: {key of a sender: base64}, a secret that only living senders can open; it waits an hour at most.
create function outbox_put(p_operation_id uuid, p_channel text, p_recipient text, p_template text, p_params jsonb, p_provider_id int,
  p_expires_at timestamptz default null) returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare o office; v_provider provider; v_id bigint;
begin
  select * into o from office where id = coalesce((select s.office_id from staff s where s.login = session_user), (select min(id) from office));
  select * into v_provider from provider where id = p_provider_id;
  insert into outbox_message (operation_id, channel, recipient, template, provider_id, params, expires_at)
  values (p_operation_id, p_channel, p_recipient, p_template, p_provider_id,
    jsonb_build_object('office', o.name, 'phone', coalesce(nullif(o.phone, ''), v_provider.phone, ''), 'timeZone', o.time_zone, 'provider', coalesce(v_provider.name, o.name))
      || coalesce(p_params, '{}'),
    case when p_params ? 'sealed' then least(p_expires_at, now() + interval '1 hour') else p_expires_at end)
  on conflict on constraint outbox_message_once do nothing returning id into v_id;
  return coalesce(v_id, (select m.id from outbox_message m
    where m.operation_id = p_operation_id and m.template = p_template and m.channel = p_channel and m.recipient = p_recipient));
end $$;

-- What became of an operation's messages, for cards: [{id, template, channel, recipient (masked), state, error, at}].
create function outbox_delivery(p_operation_id uuid) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'template', m.template, 'channel', m.channel,
      'recipient', mask_contact(case m.channel when 'email' then 'email' else 'phone' end, m.recipient), 'state', m.state, 'error', m.error,
      'at', coalesce(m.finished_at, m.created_at)) order by m.id), '[]')
    from outbox_message m where m.operation_id = p_operation_id);
end $$;

-- Public keys of the senders. A secret is sealed to those that are alive; the private key never leaves the sender's machine.
create table outbox_sender_key (
  public_key text not null check (public_key ~ '^[A-Za-z0-9+/]{43}=$'),
  id text primary key generated always as (left(encode(sha256(decode(public_key, 'base64')), 'hex'), 32)) stored,
  made_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);

-- A sender tells that it lives and can open what is sealed to this key. Keys that nobody has shown for a day are forgotten.
create function outbox_sender_seen(p_public_key text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into outbox_sender_key (public_key) values (p_public_key) on conflict (id) do update set seen_at = now();
  delete from outbox_sender_key where seen_at < now() - interval '1 day';
end $$;

-- [{id, publicKey}] of senders seen within two minutes, a few at most.
create function outbox_sender_keys() returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'publicKey', k.public_key) order by k.seen_at desc), '[]')
  from (select * from outbox_sender_key where seen_at > now() - interval '2 minutes' order by seen_at desc limit 8) k);

-- Whether a message may leave now or at its next attempt: a channel that is open, a key to open it with, nobody before it to the same recipient.
-- What is sealed and waits for its sender holds nobody back.
create function outbox_free(m outbox_message, p_channels text[], p_keys text[]) returns boolean language sql stable security definer set search_path = public, pg_temp
return m.state = 'queued' and m.channel = any(p_channels) and (not m.params ? 'sealed' or m.params -> 'sealed' ?| p_keys)
  and not exists (select from outbox_message e where e.recipient = m.recipient and e.id < m.id
                  and (e.state = 'sending' or e.state = 'queued' and not e.params ? 'sealed'));

-- Messages that are due, oldest first, one per recipient at a time; several desks share them without sending one twice.
create function outbox_claim(p_channels text[], p_keys text[], p_limit int default 1) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v jsonb;
begin
  -- Left over by a sender that died, or hangs: nothing had gone out yet, and it can't pass outbox_started any more.
  update outbox_message set state = 'queued', claim = null, next_attempt_at = now()
    where state = 'sending' and leaving_at is null and claimed_at < now() - interval '90 seconds';
  update outbox_message set state = 'uncertain', finished_at = now(), error = 'senderStopped'
    where state = 'sending' and leaving_at < now() - interval '3 minutes';
  update outbox_message set state = 'expired', params = null, finished_at = now(), error = coalesce(error, 'expired')
    where state = 'queued' and expires_at <= now();
  -- Kept so that an administrator may send it after all, and no longer than that.
  update outbox_message set params = null
    where state in ('failed', 'uncertain') and params is not null and (expires_at <= now() or finished_at < now() - interval '7 days');
  with due as (
    select m.id from outbox_message m
    where m.state = 'queued' and m.next_attempt_at <= now() and outbox_free(m, p_channels, p_keys)
    order by m.id limit p_limit for update skip locked
  ), claimed as (
    update outbox_message m set state = 'sending', claim = gen_random_uuid(), claimed_at = now(), leaving_at = null, attempts = attempts + 1
    from due where m.id = due.id returning m.*
  )
  select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'claim', c.claim, 'operationId', c.operation_id, 'channel', c.channel, 'recipient', c.recipient,
      'template', c.template, 'params', c.params, 'attempts', c.attempts,
      'provider', (select p.name from provider p where p.id = c.provider_id),
      'messages', (select p.profile -> 'messages' from provider p where p.id = c.provider_id)) order by c.id), '[]')
    into v from claimed c;
  return v;
end $$;

-- The point of no return. False when the claim has passed to another sender or the message was cancelled: then nothing may go out.
create function outbox_started(p_id bigint, p_claim uuid) returns boolean language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update outbox_message set leaving_at = now()
    where id = p_id and claim = p_claim and state = 'sending' and leaving_at is null and (expires_at is null or expires_at > now());
  return found;
end $$;

-- Taken by the other side. A sender so slow that it was given up may still tell. Whatever waited only because the way was shut goes now.
create function outbox_sent(p_id bigint, p_claim uuid) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v_channel text;
begin
  update outbox_message set state = 'sent', params = null, finished_at = now(), error = null
    where id = p_id and claim = p_claim and state in ('sending', 'uncertain') and leaving_at is not null returning channel into v_channel;
  perform outbox_way_is_open(v_channel);
end $$;

create function outbox_way_is_open(p_channel text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update outbox_message set next_attempt_at = now()
    where state = 'queued' and channel = p_channel and next_attempt_at > now()
      and error in ('unreachable', 'authentication', 'encryption', 'certificate', 'gatewayRedirects', 'gatewayMisconfigured');
  if found then
    perform pg_notify('outbox', '');
  end if;
end $$;

-- p_outcome: later (the other side asked to come again or could not be reached), refused (for good), uncertain (no answer after the text had gone out).
-- Back-off 5 s, 10 s, 20 s ... at most half an hour, or longer when the other side says so; given up after a day and at least 12 attempts.
create function outbox_failed(p_id bigint, p_claim uuid, p_error text, p_outcome text, p_wait_seconds int default null) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if p_outcome not in ('later', 'refused', 'uncertain') then
    perform refuse('OK400', 'outcome');
  end if;
  update outbox_message m set error = left(p_error, 80), state = s.state, leaving_at = case when s.state = 'uncertain' then m.leaving_at end, claim = case when s.state = 'uncertain' then m.claim end,
    finished_at = case when s.state <> 'queued' then now() end,
    next_attempt_at = now() + greatest(least(interval '5 seconds' * (2 ^ least(m.attempts - 1, 12)), interval '30 minutes'), make_interval(secs => case when p_wait_seconds is null then 0 else least(p_wait_seconds, 3600) end))
  from (select case when p_outcome = 'uncertain' then 'uncertain' when p_outcome = 'refused' or x.attempts >= 12 and x.queued_at < now() - interval '1 day' then 'failed' else 'queued' end as state
        from outbox_message x where x.id = p_id) s
  where m.id = p_id and m.claim = p_claim and m.state = 'sending';
end $$;

-- Seconds until this sender's next message is due, null when there is none.
create function outbox_next_in(p_channels text[], p_keys text[]) returns numeric language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select extract(epoch from min(m.next_attempt_at) - now()) from outbox_message m where m.state = 'queued' and outbox_free(m, p_channels, p_keys));
end $$;

-- How messages leave the office: one mail server, one SMS gateway. Secrets are the outbox role's to read and nobody else's.
create table mail_transport (
  id int primary key default 1 check (id = 1),
  host text not null,
  port int not null check (port between 1 and 65535),
  security text not null check (security in ('starttls', 'tls', 'none')),
  username text, password text,
  from_address text not null,
  from_name text not null,
  ca text
);
create table sms_gateway (
  id int primary key default 1 check (id = 1),
  -- As src/shared/contract/settings.ts has it; the secret apart.
  settings jsonb not null,
  secret text
);

create function is_loopback(p_host text) returns boolean language sql immutable
return lower(p_host) in ('localhost', '::1', '[::1]') or p_host ~ '^127(\.\d{1,3}){3}$';

create function mail_transport_save(p_transport jsonb) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v_before mail_transport;
begin
  select * into v_before from mail_transport for update;
  if p_transport ->> 'security' = 'none' and not is_loopback(p_transport ->> 'host') then
    perform refuse('OK400', 'encryptionRequired');
  end if;
  -- Otherwise whoever may name the server could have the stored password sent to one of their own.
  if v_before.password is not null and lower(v_before.host) <> lower(p_transport ->> 'host') and p_transport ->> 'password' is null and p_transport ->> 'username' is not null then
    perform refuse('OK400', 'secretOfAnotherHost');
  end if;
  insert into mail_transport (host, port, security, username, password, from_address, from_name, ca)
  values (p_transport ->> 'host', (p_transport ->> 'port')::int, p_transport ->> 'security', p_transport ->> 'username', p_transport ->> 'password',
    p_transport ->> 'fromAddress', p_transport ->> 'fromName', p_transport ->> 'ca')
  on conflict (id) do update set host = excluded.host, port = excluded.port, security = excluded.security, username = excluded.username,
    -- An empty password keeps the stored one: it is never shown, so it can't be typed back.
    password = case when excluded.username is null then null else coalesce(excluded.password, mail_transport.password) end,
    from_address = excluded.from_address, from_name = excluded.from_name, ca = excluded.ca;
  perform outbox_way_is_open('email');
  perform pg_notify('outbox', '');
  perform audit_record('settings.saveMailTransport', null, null, p_transport - 'password' - 'ca');
end $$;
create function mail_transport_json(p_with_password boolean) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select jsonb_strip_nulls(jsonb_build_object('host', host, 'port', port, 'security', security, 'username', username, 'fromAddress', from_address,
  'fromName', from_name, 'ca', ca, 'password', case when p_with_password then password end)) from mail_transport);
create function mail_transport_get() returns jsonb language sql stable security definer set search_path = public, pg_temp
return mail_transport_json(false);

create function sms_gateway_save(p_settings jsonb, p_secret text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v_before sms_gateway; v_host text := lower(substring(p_settings ->> 'url' from '^https?://([^/?#]+)'));
begin
  select * into v_before from sms_gateway for update;
  if v_host is null or v_host ~ '[@{}]' then
    perform refuse('OK400', 'gatewayUrl');
  end if;
  if p_settings ->> 'url' !~* '^https://' and not is_loopback(regexp_replace(v_host, ':\d+$', '')) and not coalesce((p_settings ->> 'allowPlain')::boolean, false) then
    perform refuse('OK400', 'encryptionRequired');
  end if;
  if v_before.secret is not null and p_secret is null
     and lower(substring(v_before.settings ->> 'url' from '^https?://[^/?#]+')) <> lower(substring(p_settings ->> 'url' from '^https?://[^/?#]+')) then
    perform refuse('OK400', 'secretOfAnotherHost');
  end if;
  insert into sms_gateway (settings, secret) values (p_settings, p_secret)
    on conflict (id) do update set settings = excluded.settings, secret = coalesce(excluded.secret, sms_gateway.secret);
  perform outbox_way_is_open('sms');
  perform pg_notify('outbox', '');
  perform audit_record('settings.saveSmsGateway', null, null, jsonb_build_object('host', v_host, 'secretChanged', nullif(p_secret is not null, false)));
end $$;
create function sms_gateway_remove() returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from sms_gateway;
  perform audit_record('settings.removeSmsGateway');
end $$;
create function sms_gateway_get() returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select jsonb_build_object('gateway', settings, 'hasSecret', secret is not null) from sms_gateway);

-- Whether messages of a channel can leave at all. A training office's go to its own mailbox, both kinds.
create function outbox_can(p_channel text) returns boolean language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return exists (select from office where is_training)
    or case p_channel when 'email' then exists (select from mail_transport) when 'sms' then exists (select from sms_gateway) end;
end $$;

-- {mail: transport with its password, sms: gateway with its secret}, null where none is set.
create function outbox_transports() returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('mail', mail_transport_json(true), 'sms', (select settings || jsonb_build_object('secret', coalesce(secret, '')) from sms_gateway));

-- A message to the administrator's own address or phone, by the way every other one goes.
create function outbox_test(p_operation_id uuid, p_channel text, p_recipient text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_id bigint;
begin
  perform current_staff();
  if (select count(*) from outbox_message where template = 'test' and created_at > now() - interval '1 minute') >= 5 then
    perform refuse('OK409', 'tooManyTests');
  end if;
  v_id := outbox_put(p_operation_id, p_channel, p_recipient, 'test', '{}', null, now() + interval '10 minutes');
  perform audit_record('settings.testMessage', null, null, jsonb_build_object('channel', p_channel,
    'to', mask_contact(case p_channel when 'email' then 'email' else 'phone' end, p_recipient), 'outboxId', v_id));
  return jsonb_build_object('id', v_id);
end $$;

-- What an administrator sees of a message: no text, no whole recipient. resend: no (nothing to write it from, or no reason to), plain,
-- mayRepeat (it may have arrived: somebody must decide that a second one is better than none).
create function outbox_message_json(m outbox_message) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return jsonb_build_object('id', m.id, 'channel', m.channel, 'template', m.template, 'recipient', mask_contact(case m.channel when 'email' then 'email' else 'phone' end, m.recipient),
    'provider', (select p.name from provider p where p.id = m.provider_id), 'state', m.state, 'error', m.error, 'attempts', m.attempts, 'createdAt', m.created_at,
    'nextAttemptAt', case when m.state = 'queued' then m.next_attempt_at end, 'finishedAt', m.finished_at, 'expiresAt', m.expires_at,
    'isSealed', coalesce(m.params ? 'sealed', false),
    'resend', case when m.state not in ('failed', 'uncertain') or m.params is null or m.expires_at <= now() then 'no' when m.state = 'uncertain' then 'mayRepeat' else 'plain' end);
end $$;

-- {counts: [{state, channel, template, count, oldestAt}] of the last 30 days and whatever waits, senders: how many are alive, mail, sms: set or not}.
create function outbox_overview() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  perform current_staff();
  return jsonb_build_object(
    'counts', (select coalesce(jsonb_agg(jsonb_build_object('state', c.state, 'channel', c.channel, 'template', c.template, 'count', c.n, 'oldestAt', c.oldest) order by c.template, c.channel, c.state), '[]')
      from (select state, channel, template, count(*) as n, min(created_at) as oldest from outbox_message
            where state in ('queued', 'sending') or created_at > now() - interval '30 days' group by state, channel, template) c),
    'senders', (select count(*) from outbox_sender_key where seen_at > now() - interval '2 minutes'),
    'mail', exists (select from mail_transport), 'sms', exists (select from sms_gateway));
end $$;

-- p_what: dead (failed, uncertain, expired of the last 30 days), waiting, sent (last 30 days), cancelled; newest first, before the given id.
create function outbox_list(p_what text, p_template text default null, p_before bigint default null, p_limit int default 50) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_states text[] := case p_what when 'dead' then array['failed', 'uncertain', 'expired'] when 'waiting' then array['queued', 'sending'] when 'sent' then array['sent'] when 'cancelled' then array['cancelled'] end;
begin
  perform current_staff();
  return (select coalesce(jsonb_agg(outbox_message_json(m) order by m.id desc), '[]')
    from (select * from outbox_message where state = any(v_states) and (p_template is null or template = p_template) and (p_before is null or id < p_before)
            and (state in ('queued', 'sending') or created_at > now() - interval '30 days')
          order by id desc limit least(p_limit, 200)) m);
end $$;

create function outbox_one(p_id bigint) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare m outbox_message;
begin
  perform current_staff();
  select * into m from outbox_message where id = p_id;
  if not found then
    perform refuse('OK404', 'outboxMessage');
  end if;
  return outbox_message_json(m);
end $$;

-- Sends dead messages after all. Those that may have arrived only when p_even_if_arrived says that a second one is wanted.
-- {resent: how many, left: ids that stayed as they were}.
create function outbox_resend(p_ids bigint[], p_even_if_arrived boolean) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare m outbox_message; v_resent int := 0; v_left bigint[] := '{}'; v_how text;
begin
  perform current_staff();
  for m in select * from outbox_message where id = any(p_ids) order by id for update loop
    v_how := outbox_message_json(m) ->> 'resend';
    if v_how = 'plain' or v_how = 'mayRepeat' and p_even_if_arrived then
      update outbox_message set state = 'queued', attempts = 0, queued_at = now(), next_attempt_at = now(), claim = null, claimed_at = null, leaving_at = null, finished_at = null, error = null
        where id = m.id;
      perform audit_record('outbox.resend', null, null, jsonb_build_object('outboxId', m.id, 'template', m.template, 'state', m.state,
        'to', mask_contact(case m.channel when 'email' then 'email' else 'phone' end, m.recipient), 'error', m.error));
      v_resent := v_resent + 1;
    else
      v_left := v_left || m.id;
    end if;
  end loop;
  if v_resent > 0 then
    perform pg_notify('outbox', '');
  end if;
  return jsonb_build_object('resent', v_resent, 'left', to_jsonb(v_left));
end $$;

-- Takes messages out of the queue, and dead ones off the list: none of them can be sent any more.
create function outbox_cancel(p_ids bigint[]) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare m outbox_message; v_cancelled int := 0; v_left bigint[] := '{}';
begin
  perform current_staff();
  for m in select * from outbox_message where id = any(p_ids) order by id for update loop
    -- A message on its way out is its sender's: whether it has arrived is told by the sender alone.
    if m.state in ('queued', 'failed', 'uncertain', 'expired') or m.state = 'sending' and m.leaving_at is null then
      update outbox_message set state = 'cancelled', params = null, claim = null, finished_at = now() where id = m.id;
      perform audit_record('outbox.cancel', null, null, jsonb_build_object('outboxId', m.id, 'template', m.template, 'state', m.state,
        'to', mask_contact(case m.channel when 'email' then 'email' else 'phone' end, m.recipient), 'error', m.error));
      v_cancelled := v_cancelled + 1;
    else
      v_left := v_left || m.id;
    end if;
  end loop;
  return jsonb_build_object('cancelled', v_cancelled, 'left', to_jsonb(v_left));
end $$;

grant usage on schema public to okno_outbox;
grant execute on function outbox_sender_seen(text), outbox_claim(text[], text[], int), outbox_started(bigint, uuid), outbox_sent(bigint, uuid),
  outbox_failed(bigint, uuid, text, text, int), outbox_next_in(text[], text[]), outbox_transports() to okno_outbox;
grant execute on function outbox_sender_keys() to okno_operator, okno_supervisor;
grant execute on function mail_transport_save(jsonb), mail_transport_get(), sms_gateway_save(jsonb, text), sms_gateway_remove(), sms_gateway_get(), outbox_test(uuid, text, text),
  outbox_overview(), outbox_list(text, text, bigint, int), outbox_one(bigint), outbox_resend(bigint[], boolean), outbox_cancel(bigint[]) to okno_admin;

reset role;
