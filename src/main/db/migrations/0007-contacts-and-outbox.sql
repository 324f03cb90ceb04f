-- The outbox every letter and SMS passes (0024-outbox.sql); staff logins can't read it: codes are learnt from the visitor or not at all.
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
comment on table outbox_message is 'Every letter and SMS of the office (0024-outbox.sql). Rows come by outbox_put and in no other way.';
comment on column outbox_message.params is 'What the message is written from, codes included; wiped when it has left, and when it can''t be sent any more even by hand.';
comment on column outbox_message.leaving_at is 'The point of no return: from here on the message may have gone out. Before it a dead sender''s message goes back into the queue, after it it is uncertain and never sent again by itself.';
create index outbox_message_due on outbox_message (next_attempt_at) where state = 'queued';
create index outbox_message_recipient on outbox_message (recipient, id) where state in ('queued', 'sending');
create index outbox_message_kept on outbox_message (finished_at) where params is not null and state in ('failed', 'uncertain');
create index outbox_message_state on outbox_message (state, id);
create index outbox_message_created on outbox_message (created_at);

reset role;
