-- Visits and operations. A visit is one subscriber at one window; every change, print and unmasking belongs to one. An operation is one
-- thing done, under the id the screen made when the form opened: asking again with the same id returns the first result.
set local role okno_owner;

create table visit (
  id bigint generated always as identity primary key,
  subscriber_id bigint not null references subscriber,
  staff_id int not null references staff,
  window_code text,
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  identification text not null default 'none' check (identification in ('none', 'document', 'representative', 'readingsOnly')),
  identified_at timestamptz,
  identity_document_id bigint references identity_document,
  attempts_left int not null default 5 check (attempts_left >= 0),
  representative jsonb
);
comment on column visit.representative is 'Name, document (type and mask), power of attorney: number, date, term.';
create index visit_staff_open on visit (staff_id) where closed_at is null;
create index visit_subscriber on visit (subscriber_id, opened_at desc);

create table operation (
  id uuid primary key,
  kind text not null,
  visit_id bigint references visit,
  subscriber_id bigint references subscriber,
  account_id bigint references account,
  staff_id int references staff,
  at timestamptz not null default clock_timestamp(),
  details jsonb not null default '{}',
  result jsonb not null,
  undo jsonb,
  undone_by uuid references operation
);
comment on column operation.staff_id is 'null: the subscriber, by the link of a letter.';
comment on column operation.details is 'Masked facts for the timeline and the audit: no full e-mail, phone, document number, no secret.';
comment on column operation.undo is 'What the exact inverse needs; null when there is none.';
create index operation_subscriber on operation (subscriber_id, at desc);
create index operation_visit on operation (visit_id, at);

-- The audit row of an operation is the trigger's, so no function can forget it.
create function operation_audited() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform audit_record(new.kind, new.visit_id, new.subscriber_id, new.details || jsonb_build_object('operation', new.id, 'accountId', new.account_id));
  return null;
end $$;
create trigger operation_audited after insert on operation for each row execute function operation_audited();

-- The first result of an operation id, or null when it is new. Two at once: the second waits for the first.
create function operation_repeat(p_operation_id uuid, p_kind text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v operation;
begin
  perform pg_advisory_xact_lock(hashtextextended(p_operation_id::text, 0));
  select * into v from operation where id = p_operation_id;
  if not found then
    perform set_config('okno.operation', p_operation_id::text, true);
    return null;
  end if;
  if v.kind <> p_kind or v.staff_id <> (current_staff()).id then
    perform refuse('OK409', 'operationIdUsed');
  end if;
  return v.result || '{"repeated": true}';
end $$;

create function operation_done(p_operation_id uuid, p_kind text, p_visit visit, p_result jsonb, p_details jsonb default '{}', p_account_id bigint default null, p_undo jsonb default null)
returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into operation (id, kind, visit_id, subscriber_id, account_id, staff_id, details, result, undo)
  values (p_operation_id, p_kind, p_visit.id, p_visit.subscriber_id, p_account_id, (current_staff()).id, jsonb_strip_nulls(p_details), p_result, p_undo);
  return p_result;
end $$;

-- The visit, locked, when it is open and this member of staff's own; with p_identified also when the visitor has been identified.
create function visit_require(p_visit_id bigint, p_identified boolean default false) returns visit language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_staff staff := current_staff();
begin
  select * into v from visit where id = p_visit_id for update;
  if not found or v.staff_id <> v_staff.id then
    perform refuse('OK403', 'notYourVisit');
  end if;
  if v.closed_at is not null then
    perform refuse('OK409', 'visitClosed');
  end if;
  if p_identified and v.identification not in ('document', 'representative') then
    perform refuse('OK403', 'notIdentified');
  end if;
  return v;
end $$;

-- An account of the visit's own subscriber: a visit never reaches another person's account.
create function visit_account(p_visit visit, p_account_id bigint) returns account language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v account;
begin
  select * into v from account where id = p_account_id;
  if not found or v.subscriber_id <> p_visit.subscriber_id then
    perform refuse('OK403', 'accountOfAnotherSubscriber');
  end if;
  return v;
end $$;

create function visit_json(v visit) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('id', v.id, 'subscriberId', v.subscriber_id,
  'subscriberName', (select subscriber_name(s) from subscriber s where s.id = v.subscriber_id),
  'address', (select address_text(d, a.flat_as_printed) from account a join address d on d.id = a.address_id
              where a.subscriber_id = v.subscriber_id order by a.status = 'closed', a.id limit 1),
  'state', case when v.closed_at is null then 'open' else 'closed' end, 'openedAt', v.opened_at, 'closedAt', v.closed_at,
  'identification', v.identification, 'identifiedAt', v.identified_at,
  'documentType', coalesce((select d.type from identity_document d where d.id = v.identity_document_id), v.representative ->> 'documentType'),
  'attemptsLeft', v.attempts_left);

create function visit_open(p_operation_id uuid, p_subscriber_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_staff staff := current_staff(); v_first jsonb := operation_repeat(p_operation_id, 'visits.open');
begin
  if v_first is not null then return v_first; end if;
  if not exists (select from subscriber where id = p_subscriber_id) then
    perform refuse('OK404', 'subscriber');
  end if;
  -- One visit per operator and subscriber, also for two quick presses of Enter.
  perform pg_advisory_xact_lock(v_staff.id, hashint8(p_subscriber_id));
  select * into v from visit where staff_id = v_staff.id and subscriber_id = p_subscriber_id and closed_at is null;
  if found then
    return visit_json(v);
  end if;
  insert into visit (subscriber_id, staff_id, window_code) values (p_subscriber_id, v_staff.id, v_staff.window_code) returning * into v;
  return operation_done(p_operation_id, 'visits.open', v, visit_json(v), jsonb_build_object('window', v.window_code));
end $$;

create function visit_mine() returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select coalesce(jsonb_agg(visit_json(v) order by v.opened_at desc), '[]') from visit v where v.staff_id = (current_staff()).id and v.closed_at is null);

-- The operator types the number of the document in hand; only agree or not comes back, and only five times.
create function visit_identify(p_operation_id uuid, p_visit_id bigint, p_document_type text, p_document_key text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_document identity_document; v_first jsonb := operation_repeat(p_operation_id, 'visits.identify');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id);
  if v.attempts_left = 0 then
    perform refuse('OK403', 'identificationAttemptsExceeded');
  end if;
  select * into v_document from identity_document
    where subscriber_id = v.subscriber_id and type = p_document_type and key = p_document_key and is_current;
  if found then
    update visit set identification = 'document', identified_at = now(), identity_document_id = v_document.id, representative = null
      where id = v.id returning * into v;
  else
    update visit set attempts_left = attempts_left - 1 where id = v.id returning * into v;
  end if;
  return operation_done(p_operation_id, 'visits.identify', v, jsonb_build_object('agrees', v_document.id is not null, 'visit', visit_json(v)),
    jsonb_build_object('agrees', v_document.id is not null, 'documentType', p_document_type, 'document', mask_document(p_document_key)));
end $$;

create function visit_identify_representative(p_operation_id uuid, p_visit_id bigint, p_name text, p_document_type text, p_document_key text,
  p_power_number text, p_power_date date, p_power_until date) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_until date; v_first jsonb := operation_repeat(p_operation_id, 'visits.identifyRepresentative');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id);
  -- ГК РФ ст. 186: without a date it is void, without a term it is valid for one year.
  v_until := coalesce(p_power_until, (p_power_date + interval '1 year')::date);
  if p_power_date > office_today() then
    perform refuse('OK400', 'powerOfAttorneyNotYet');
  end if;
  if v_until < office_today() then
    perform refuse('OK400', 'powerOfAttorneyExpired', jsonb_build_object('until', v_until));
  end if;
  update visit set identification = 'representative', identified_at = now(), identity_document_id = null,
    representative = jsonb_build_object('name', p_name, 'documentType', p_document_type, 'document', mask_document(p_document_key),
      'powerNumber', p_power_number, 'powerDate', p_power_date, 'powerUntil', v_until)
    where id = v.id returning * into v;
  return operation_done(p_operation_id, 'visits.identifyRepresentative', v, jsonb_build_object('visit', visit_json(v)),
    v.representative - 'name');
end $$;

create function visit_readings_only(p_operation_id uuid, p_visit_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_first jsonb := operation_repeat(p_operation_id, 'visits.readingsOnly');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id);
  update visit set identification = 'readingsOnly', identified_at = null, identity_document_id = null, representative = null where id = v.id returning * into v;
  return operation_done(p_operation_id, 'visits.readingsOnly', v, jsonb_build_object('visit', visit_json(v)));
end $$;

grant execute on function visit_open(uuid, bigint), visit_mine(), visit_identify(uuid, bigint, text, text),
  visit_identify_representative(uuid, bigint, text, text, text, text, date, date), visit_readings_only(uuid, bigint) to okno_operator;

reset role;
