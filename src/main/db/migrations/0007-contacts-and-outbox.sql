-- Change of an e-mail with confirmation by a code, and the outbox every letter passes. The code is made here and goes only into the outbox,
-- which staff logins can't read: an operator learns it from the visitor or not at all.
set local role okno_owner;

create table outbox_message (
  id bigint generated always as identity primary key,
  operation_id uuid not null,
  channel text not null check (channel in ('email', 'sms')),
  recipient text not null,
  template text not null,
  provider_id int references provider,
  params jsonb,
  state text not null default 'queued' check (state in ('queued', 'sending', 'sent', 'failed', 'uncertain', 'expired', 'cancelled')),
  attempts int not null default 0,
  queued_at timestamptz not null default now(),
  next_attempt_at timestamptz not null default now(),
  expires_at timestamptz,
  claim uuid,
  claimed_at timestamptz,
  leaving_at timestamptz,
  finished_at timestamptz,
  error text,
  created_at timestamptz not null default now(),
  constraint outbox_message_once unique (operation_id, template, channel, recipient)
);
comment on table outbox_message is 'Every letter and SMS of the office (0025-outbox.sql). Rows come by outbox_put and in no other way.';
comment on column outbox_message.params is 'What the message is written from, codes included; wiped when it has left, and when it can''t be sent any more even by hand.';
comment on column outbox_message.leaving_at is 'The point of no return: from here on the message may have gone out. Before it a dead sender''s message goes back into the queue, after it it is uncertain and never sent again by itself.';
create index outbox_message_due on outbox_message (next_attempt_at) where state = 'queued';
create index outbox_message_recipient on outbox_message (recipient, id) where state in ('queued', 'sending');

create table contact_confirmation (
  id bigint generated always as identity primary key,
  contact_id bigint not null references subscriber_contact,
  visit_id bigint not null references visit,
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
create unique index contact_confirmation_waiting on contact_confirmation (contact_id) where state = 'waiting';
create index contact_confirmation_visit on contact_confirmation (visit_id);

create function confirmation_json(c contact_confirmation) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select jsonb_build_object('id', c.id, 'contactId', c.contact_id, 'value', k.value, 'expiresAt', c.expires_at, 'attemptsLeft', c.attempts_left,
    'resendAllowedAt', c.sent_at + interval '30 seconds',
    'delivery', case when m.state in ('uncertain', 'expired', 'failed') then 'failed' else m.state end, 'error', m.error)
  from subscriber_contact k, outbox_message m where k.id = c.contact_id and m.operation_id = c.outbox_operation_id and m.template = 'contactCode');

-- A new six-digit code into the outbox. 122 random bits of a UUID, of which 32 make the code.
create function confirmation_send(p_confirmation_id bigint, p_operation_id uuid) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_code text := lpad((('x' || left(replace(gen_random_uuid()::text, '-', ''), 8))::bit(32)::bigint % 1000000)::text, 6, '0');
  v_contact subscriber_contact;
begin
  update contact_confirmation set code_hash = sha256(convert_to(salt::text || v_code, 'UTF8')), sent_at = now(), expires_at = now() + interval '10 minutes',
    attempts_left = 5, outbox_operation_id = p_operation_id where id = p_confirmation_id;
  select k.* into v_contact from subscriber_contact k join contact_confirmation c on c.contact_id = k.id where c.id = p_confirmation_id;
  perform outbox_put(p_operation_id, 'email', v_contact.value, 'contactCode', jsonb_build_object('code', v_code, 'minutes', 10), null, now() + interval '10 minutes');
end $$;

create function contact_check_email(p_visit_id bigint, p_email text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id, true); v_used int;
begin
  select count(distinct subscriber_id) into v_used from subscriber_contact where key = lower(p_email) and is_current and subscriber_id <> v.subscriber_id;
  -- Asking for one address after another is a way to find out whose they are.
  perform audit_record('contacts.checkEmail', v.id, v.subscriber_id, jsonb_build_object('email', mask_email(p_email), 'usedByOthers', v_used));
  return jsonb_build_object('usedByOthers', v_used, 'isCurrent', exists (select from subscriber_contact where key = lower(p_email) and is_current and subscriber_id = v.subscriber_id));
end $$;

create function contact_change_email(p_operation_id uuid, p_visit_id bigint, p_email text, p_version int) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v visit; v_old subscriber_contact; v_new subscriber_contact; v_confirmation contact_confirmation;
  v_first jsonb := operation_repeat(p_operation_id, 'contacts.changeEmail');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id, true);
  -- No character that could make two recipients of one, or another recipient than the screen shows.
  if p_email !~ '^[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]+@([A-Za-z0-9-]+\.)+[A-Za-z0-9-]{2,}$' or length(p_email) > 254 then
    perform refuse('OK400', 'emailMalformed');
  end if;
  update subscriber set version = version + 1, updated_at = now() where id = v.subscriber_id and version = p_version;
  if not found then
    perform refuse('OK409', 'changedByAnotherDesk');
  end if;
  select * into v_old from subscriber_contact where subscriber_id = v.subscriber_id and kind = 'email' and is_current;
  if v_old.key = lower(p_email) and v_old.state = 'confirmed' then
    perform refuse('OK409', 'emailAlreadyConfirmed');
  end if;
  -- A change that was never confirmed gives way to this one.
  update contact_confirmation c set state = 'cancelled' from subscriber_contact k
    where k.id = c.contact_id and k.subscriber_id = v.subscriber_id and k.kind = 'email' and c.state = 'waiting';
  update subscriber_contact set state = 'cancelled', ended_at = now() where subscriber_id = v.subscriber_id and kind = 'email' and state = 'awaiting';
  insert into subscriber_contact (subscriber_id, kind, value, key, state, is_current, replaces_id)
    values (v.subscriber_id, 'email', p_email, lower(p_email), 'awaiting', false, v_old.id) returning * into v_new;
  insert into contact_confirmation (contact_id, visit_id, operation_id, outbox_operation_id, code_hash, expires_at)
    values (v_new.id, v.id, p_operation_id, p_operation_id, '', now()) returning * into v_confirmation;
  perform confirmation_send(v_confirmation.id, p_operation_id);
  select * into v_confirmation from contact_confirmation where id = v_confirmation.id;
  return operation_done(p_operation_id, 'contacts.changeEmail', v, confirmation_json(v_confirmation),
    jsonb_build_object('from', mask_email(v_old.value), 'to', mask_email(p_email)), null, jsonb_build_object('contactId', v_new.id, 'oldContactId', v_old.id));
end $$;

create function contact_pending(p_visit_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id, true); v_json jsonb;
begin
  select confirmation_json(c) into v_json from contact_confirmation c where c.visit_id = v.id and c.state = 'waiting' order by c.id desc limit 1;
  return jsonb_build_object('confirmation', v_json);
end $$;

create function confirmation_require(p_visit visit, p_confirmation_id bigint) returns contact_confirmation language plpgsql security definer set search_path = public, pg_temp as $$
declare c contact_confirmation;
begin
  select * into c from contact_confirmation where id = p_confirmation_id and visit_id = p_visit.id for update;
  if not found then
    perform refuse('OK404', 'confirmation');
  end if;
  if c.state <> 'waiting' then
    perform refuse('OK409', 'confirmationEnded');
  end if;
  return c;
end $$;

create function contact_resend_code(p_operation_id uuid, p_visit_id bigint, p_confirmation_id bigint) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; c contact_confirmation; v_first jsonb := operation_repeat(p_operation_id, 'contacts.resendCode');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id, true);
  c := confirmation_require(v, p_confirmation_id);
  if c.resends >= 4 then
    perform refuse('OK409', 'resendsExceeded');
  end if;
  if c.sent_at > now() - interval '30 seconds' then
    perform refuse('OK409', 'resendTooSoon', jsonb_build_object('waitSeconds', ceil(extract(epoch from c.sent_at + interval '30 seconds' - now()))));
  end if;
  update contact_confirmation set resends = resends + 1 where id = c.id;
  -- The earlier letter, if it has not left, would bring a code that no longer fits.
  update outbox_message set state = 'expired', params = null, finished_at = now(), error = 'superseded' where operation_id = c.outbox_operation_id and state = 'queued';
  perform confirmation_send(c.id, p_operation_id);
  select * into c from contact_confirmation where id = c.id;
  return operation_done(p_operation_id, 'contacts.resendCode', v, confirmation_json(c), jsonb_build_object('resend', c.resends));
end $$;

create function contact_confirm_email(p_operation_id uuid, p_visit_id bigint, p_confirmation_id bigint, p_code text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v visit; c contact_confirmation; v_new subscriber_contact; v_old subscriber_contact; v_agrees boolean;
  v_first jsonb := operation_repeat(p_operation_id, 'contacts.confirmEmail');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id, true);
  c := confirmation_require(v, p_confirmation_id);
  if c.expires_at <= now() then
    perform refuse('OK409', 'codeExpired');
  end if;
  if c.attempts_left = 0 then
    perform refuse('OK409', 'codeAttemptsExceeded');
  end if;
  v_agrees := c.code_hash = sha256(convert_to(c.salt::text || p_code, 'UTF8'));
  select * into v_new from subscriber_contact where id = c.contact_id;
  -- The one in force now: a register may have brought another since the code was sent.
  select * into v_old from subscriber_contact where subscriber_id = v.subscriber_id and kind = 'email' and is_current;
  if not v_agrees then
    update contact_confirmation set attempts_left = attempts_left - 1 where id = c.id returning * into c;
  else
    update contact_confirmation set state = 'confirmed' where id = c.id;
    update subscriber_contact set state = 'replaced', is_current = false, ended_at = now() where id = v_old.id;
    update subscriber_contact set state = 'confirmed', is_current = true, confirmed_at = now(), confirmed_how = 'codeAtDesk', replaces_id = v_old.id
      where id = v_new.id;
    update subscriber set version = version + 1, updated_at = now() where id = v.subscriber_id;
    -- The old address is told (C3): the first to notice a theft is its owner.
    if v_old.id is not null and v_old.key <> v_new.key then
      perform outbox_put(p_operation_id, 'email', v_old.value, 'contactChanged', jsonb_build_object('kind', 'email', 'to', mask_email(v_new.value), 'at', now()), null);
    end if;
  end if;
  return operation_done(p_operation_id, 'contacts.confirmEmail', v, jsonb_build_object('confirmed', v_agrees, 'attemptsLeft', c.attempts_left),
    jsonb_build_object('confirmed', v_agrees, 'from', mask_email(v_old.value), 'to', mask_email(v_new.value)), null,
    case when v_agrees then jsonb_build_object('contactId', v_new.id, 'oldContactId', v_old.id) end);
end $$;

create function contact_unmask(p_operation_id uuid, p_visit_id bigint, p_contact_id bigint, p_reason text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; k subscriber_contact; v_first jsonb := operation_repeat(p_operation_id, 'contacts.unmask');
begin
  if p_reason not in ('verify', 'dictate', 'other') then
    perform refuse('OK400', 'reason');
  end if;
  v := visit_require(p_visit_id, true);
  select * into k from subscriber_contact where id = p_contact_id and subscriber_id = v.subscriber_id;
  if not found then
    perform refuse('OK404', 'contact');
  end if;
  if v_first is null then
    -- The value is not kept in the operation: it would be a second copy of personal data.
    perform operation_done(p_operation_id, 'contacts.unmask', v, jsonb_build_object('contactId', k.id),
      jsonb_build_object('contact', mask_contact(k.kind, k.value), 'kind', k.kind, 'reason', p_reason));
  elsif (v_first ->> 'contactId')::bigint <> k.id then
    -- Otherwise one logged look would open all the others.
    perform refuse('OK409', 'operationIdUsed');
  end if;
  return jsonb_build_object('value', k.value);
end $$;

grant execute on function contact_check_email(bigint, text), contact_change_email(uuid, bigint, text, int), contact_pending(bigint),
  contact_resend_code(uuid, bigint, bigint), contact_confirm_email(uuid, bigint, bigint, text), contact_unmask(uuid, bigint, bigint, text) to okno_operator;

reset role;
