-- Requests of subscribers (заявки): connection, termination, a change of tariff, a promised payment … What a kind needs is data: request_kind, and the
-- provider's own `profile.requests` over it. A request is never deleted; each step of it is a row of its history.
set local role okno_owner;

create table request_kind (
  kind text primary key,
  position int not null,
  needs_account boolean not null default true,
  provider_kind text check (provider_kind in ('utility', 'internet')),
  due_days int not null check (due_days between 0 and 365),
  documents text[] not null default '{}',
  checklist text[] not null default '{}',
  fields text[] not null default '{}',
  max_days int,
  pause_days int
);
comment on table request_kind is 'Defaults of the office; a provider''s profile.requests.<kind> {isOffered, dueDays, documents, maxDays, pauseDays} goes before.';
comment on column request_kind.provider_kind is 'Offered by providers of this kind unless the profile says otherwise; null: by all.';
comment on column request_kind.fields is 'What is asked beside the text: from, until (dates), tariff, amount (kopecks).';
comment on column request_kind.max_days is 'Longest term from today (promised payment) or from `from` (suspension).';
comment on column request_kind.pause_days is 'Not again so soon after the last one of the account.';

insert into request_kind (position, kind, needs_account, provider_kind, due_days, documents, checklist, fields, max_days, pause_days) values
  (1, 'connection', false, null, 10, array['passport', 'ownership'], '{}', '{}', null, null),
  (2, 'termination', true, null, 10, array['passport', 'application'], array['debt', 'equipment', 'portalAccess', 'document'], array['from'], null, null),
  (3, 'tariffChange', true, 'internet', 3, '{}', '{}', array['from', 'tariff'], null, null),
  (4, 'serviceChange', true, null, 5, '{}', '{}', array['from'], null, null),
  (5, 'promisedPayment', true, 'internet', 0, '{}', '{}', array['until', 'amount'], 5, 30),
  (6, 'suspension', true, 'internet', 1, '{}', '{}', array['from', 'until'], 180, null),
  (7, 'specialist', true, null, 3, '{}', '{}', array['from'], null, null),
  (8, 'recalculation', true, 'utility', 10, array['evidence'], '{}', '{}', null, null),
  (9, 'correction', false, null, 7, array['passport', 'evidence'], '{}', '{}', null, null),
  (10, 'letter', false, null, 30, '{}', '{}', '{}', null, null),
  (11, 'complaint', false, null, 30, '{}', '{}', '{}', null, null);

create table request (
  id bigint generated always as identity primary key,
  number text not null unique,
  kind text not null references request_kind,
  subscriber_id bigint not null references subscriber,
  account_id bigint references account,
  text text not null check (length(text) <= 1000),
  details jsonb not null default '{}',
  status text not null default 'new' check (status in ('new', 'inProgress', 'waiting', 'done', 'refused', 'withdrawn')),
  checklist jsonb not null default '[]',
  due_on date not null,
  assignee_id int references staff,
  created_by int not null references staff,
  created_at timestamptz not null default now(),
  closed_at timestamptz,
  version int not null default 1,
  constraint request_closed check ((closed_at is null) = (status in ('new', 'inProgress', 'waiting')))
);
comment on column request.checklist is '[{item, doneBy, doneAt}] in the order of the kind; a request is not done before its checklist.';
create index request_subscriber on request (subscriber_id, created_at desc);
create index request_account on request (account_id, kind) where account_id is not null;
create index request_open on request (due_on) where closed_at is null;

create table request_event (
  id bigint generated always as identity primary key,
  request_id bigint not null references request,
  at timestamptz not null default clock_timestamp(),
  staff_id int not null references staff,
  kind text not null check (kind in ('created', 'status', 'assigned', 'comment', 'checklist')),
  status text,
  text text check (length(text) <= 1000)
);
create index request_event_request on request_event (request_id, id);

create table request_counter (year int primary key, last int not null);

create function request_number() returns text language sql security definer set search_path = public, pg_temp
begin atomic
  insert into request_counter values (extract(year from office_today())::int, 1) on conflict (year) do update set last = request_counter.last + 1
    returning 'З-' || year || '-' || lpad(last::text, 6, '0');
end;

-- What a kind needs with this provider.
create function request_rule(p_kind text, p_account account) returns request_kind language plpgsql stable security definer set search_path = public, pg_temp as $$
declare k request_kind; v_profile jsonb; v jsonb;
begin
  select * into k from request_kind where kind = p_kind;
  if not found then
    perform refuse('OK400', 'requestKind');
  end if;
  select profile into v_profile from provider where id = p_account.provider_id;
  v := v_profile -> 'requests' -> p_kind;
  if p_account.id is null and k.needs_account then
    perform refuse('OK400', 'requestNeedsAccount');
  end if;
  if v_profile is not null and (v -> 'isOffered' = 'false' or (v -> 'isOffered' is null and k.provider_kind <> v_profile -> 'paymentDocument' ->> 'kind')) then
    perform refuse('OK409', 'requestNotOffered');
  end if;
  k.due_days := coalesce((v ->> 'dueDays')::int, k.due_days);
  k.max_days := coalesce((v ->> 'maxDays')::int, k.max_days);
  k.pause_days := coalesce((v ->> 'pauseDays')::int, k.pause_days);
  if v -> 'documents' is not null then
    k.documents := array(select jsonb_array_elements_text(v -> 'documents'));
  end if;
  return k;
end $$;

create function request_json(r request) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select jsonb_build_object('id', r.id, 'number', r.number, 'kind', r.kind, 'status', r.status, 'text', r.text, 'details', r.details, 'checklist', r.checklist,
    'dueOn', r.due_on, 'isOverdue', r.closed_at is null and r.due_on < office_today(), 'createdAt', r.created_at, 'closedAt', r.closed_at, 'version', r.version,
    'createdBy', (select full_name from staff where id = r.created_by),
    'assignee', (select jsonb_build_object('login', login, 'fullName', full_name) from staff where id = r.assignee_id),
    'accountId', r.account_id, 'accountNumber', (select number from account where id = r.account_id),
    'provider', (select p.name from account a join provider p on p.id = a.provider_id where a.id = r.account_id),
    'subscriberId', r.subscriber_id));

-- On the card: the open ones, and those closed within the last three months.
create function card_requests(p_subscriber_id bigint) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select coalesce(jsonb_agg(request_json(r) order by r.closed_at is not null, r.created_at desc), '[]')
    from (select * from request where subscriber_id = p_subscriber_id and (closed_at is null or closed_at > now() - interval '3 months') order by created_at desc limit 20) r);
end $$;

-- What may be asked for an account now (null: for the subscriber), with the open one of the same kind if there is one.
create function request_offer(p_visit_id bigint, p_account_id bigint default null) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v visit; a account; k request_kind; v_offer jsonb := '[]'; v_name text;
begin
  select * into v from visit where id = p_visit_id and staff_id = (current_staff()).id and closed_at is null;
  if not found then
    perform refuse('OK403', 'notYourVisit');
  end if;
  if p_account_id is not null then
    a := visit_account(v, p_account_id);
  end if;
  for v_name in select kind from request_kind order by position loop
    begin
      k := request_rule(v_name, a);
    exception when sqlstate 'OK400' or sqlstate 'OK409' then
      continue;
    end;
    v_offer := v_offer || jsonb_build_object('kind', k.kind, 'dueDays', k.due_days, 'documents', k.documents, 'fields', k.fields, 'maxDays', k.max_days,
      'open', (select jsonb_build_object('number', r.number, 'createdAt', r.created_at, 'status', r.status) from request r
               where r.subscriber_id = v.subscriber_id and r.account_id is not distinct from a.id and r.kind = k.kind and r.closed_at is null order by r.id desc limit 1));
  end loop;
  return jsonb_build_object('kinds', v_offer, 'tariff', a.tariff, 'today', office_today());
end $$;

-- p_details: {from, until: dates, tariff, amount: kopecks}, those the kind asks for. The same request still open: refused once with its number, taken with p_despite_open.
create function request_create(p_operation_id uuid, p_visit_id bigint, p_kind text, p_text text, p_account_id bigint default null, p_details jsonb default '{}',
  p_despite_open boolean default false) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v visit; a account; k request_kind; r request; v_open request; v_today date := office_today(); v_from date; v_until date; v_missing text;
  v_staff staff := current_staff(); v_first jsonb := operation_repeat(p_operation_id, 'requests.create');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id);
  if p_account_id is not null then
    a := visit_account(v, p_account_id);
  end if;
  k := request_rule(p_kind, a);
  if a.status = 'closed' and p_kind not in ('recalculation', 'correction', 'letter', 'complaint') then
    perform refuse('OK409', 'accountClosed');
  end if;
  select f into v_missing from unnest(k.fields) f where coalesce(p_details ->> f, '') = '' limit 1;
  if v_missing is not null then
    perform refuse('OK400', 'requestFieldMissing', jsonb_build_object('field', v_missing));
  end if;
  v_from := (p_details ->> 'from')::date;
  v_until := (p_details ->> 'until')::date;
  -- What is stored is shown to every desk: «tomorrow», infinity and an amount in words are no answer any of them could read.
  if exists (select from jsonb_each_text(p_details) d where (d.key in ('from', 'until') and (d.value !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' or not is_civil(d.value::date)))
      or (d.key = 'amount' and (d.value !~ '^[0-9]{1,15}$' or jsonb_typeof(p_details -> 'amount') <> 'number' or d.value::bigint = 0))
      or (d.key = 'tariff' and (length(d.value) > 120 or jsonb_typeof(p_details -> 'tariff') <> 'string'))) then
    perform refuse('OK400', 'shape');
  end if;
  if v_from < v_today then
    perform refuse('OK400', 'requestDatePast', jsonb_build_object('field', 'from'));
  end if;
  if v_until < coalesce(v_from, v_today) then
    perform refuse('OK400', 'requestDatePast', jsonb_build_object('field', 'until'));
  end if;
  if v_until > coalesce(v_from, v_today) + k.max_days then
    perform refuse('OK400', 'requestTermTooLong', jsonb_build_object('maxDays', k.max_days));
  end if;
  -- Two desks with one request take turns.
  perform pg_advisory_xact_lock(hashtext('okno.request'), hashint8(v.subscriber_id));
  select * into v_open from request where subscriber_id = v.subscriber_id and account_id is not distinct from a.id and kind = p_kind and closed_at is null order by id desc limit 1;
  if found and not coalesce(p_despite_open, false) then
    perform refuse('OK409', 'requestOpen', jsonb_build_object('number', v_open.number, 'createdAt', v_open.created_at, 'status', v_open.status));
  end if;
  select * into v_open from request where account_id = a.id and kind = p_kind and status <> 'withdrawn' and created_at > now() - make_interval(days => k.pause_days) order by id desc limit 1;
  if found then
    perform refuse('OK409', 'requestTooSoon', jsonb_build_object('number', v_open.number, 'createdAt', v_open.created_at, 'pauseDays', k.pause_days));
  end if;
  insert into request (number, kind, subscriber_id, account_id, text, details, checklist, due_on, created_by)
    values (request_number(), p_kind, v.subscriber_id, a.id, btrim(p_text),
      (select coalesce(jsonb_object_agg(f, p_details -> f), '{}') from unnest(k.fields) f),
      (select coalesce(jsonb_agg(jsonb_build_object('item', i, 'doneBy', null, 'doneAt', null) order by n), '[]') from unnest(k.checklist) with ordinality c(i, n)),
      v_today + k.due_days, v_staff.id) returning * into r;
  insert into request_event (request_id, staff_id, kind, status) values (r.id, v_staff.id, 'created', 'new');
  return operation_done(p_operation_id, 'requests.create', v, request_json(r) - 'isOverdue' || jsonb_build_object('isOverdue', false),
    jsonb_build_object('request', r.number, 'requestKind', r.kind, 'dueOn', r.due_on, 'account', a.number), a.id, jsonb_build_object('requestId', r.id));
end $$;

create function undo_requests_create(t operation, v visit) returns uuid[] language plpgsql security definer set search_path = public, pg_temp as $$
declare r request;
begin
  select * into r from request where id = (t.undo ->> 'requestId')::bigint for update;
  if r.version <> 1 then
    perform refuse('OK409', 'changedSince');
  end if;
  update request set status = 'withdrawn', closed_at = now(), version = version + 1 where id = r.id;
  insert into request_event (request_id, staff_id, kind, status, text) values (r.id, v.staff_id, 'status', 'withdrawn', null);
  return null;
end $$;

-- One step of a request: a status, an assignee, a line of the checklist, a comment. In a visit of the subscriber by its operator (p_visit_id), else by a supervisor or the assignee.
create function request_change(p_operation_id uuid, p_request_id bigint, p_version int, p_visit_id bigint default null, p_status text default null, p_assignee text default null,
  p_checklist_item text default null, p_comment text default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; r request; v_staff staff := current_staff(); v_assignee staff; v_first jsonb := operation_repeat(p_operation_id, 'requests.change');
begin
  if v_first is not null then return v_first; end if;
  select * into r from request where id = p_request_id for update;
  if not found then
    perform refuse('OK404', 'request');
  end if;
  if p_visit_id is not null then
    v := visit_require(p_visit_id);
    if v.subscriber_id <> r.subscriber_id then
      perform refuse('OK403', 'accountOfAnotherSubscriber');
    end if;
  else
    -- What nobody has taken stands in everybody's queue, and is taken before anything is done with it.
    if not 'supervisor' = any(v_staff.roles) and r.assignee_id is distinct from v_staff.id
      and not (r.assignee_id is null and p_assignee is not distinct from v_staff.login and p_status is null and p_checklist_item is null) then
      perform refuse('OK403', 'requestOfAnother');
    end if;
    v.subscriber_id := r.subscriber_id;
  end if;
  if r.version is distinct from p_version then
    perform refuse('OK409', 'changedByAnotherDesk', (select jsonb_build_object('staffName', s.full_name, 'at', e.at, 'kind', 'requests.change', 'current', request_json(r))
      from request_event e join staff s on s.id = e.staff_id where e.request_id = r.id order by e.id desc limit 1));
  end if;
  if r.closed_at is not null then
    perform refuse('OK409', 'requestClosed', jsonb_build_object('status', r.status));
  end if;
  if p_checklist_item is not null then
    if not r.checklist @> jsonb_build_array(jsonb_build_object('item', p_checklist_item)) then
      perform refuse('OK400', 'requestChecklistItem');
    end if;
    r.checklist := (select jsonb_agg(case when c ->> 'item' = p_checklist_item and c ->> 'doneAt' is null
        then c || jsonb_build_object('doneBy', v_staff.full_name, 'doneAt', now()) else c end order by n) from jsonb_array_elements(r.checklist) with ordinality x(c, n));
    insert into request_event (request_id, staff_id, kind, text) values (r.id, v_staff.id, 'checklist', p_checklist_item);
  end if;
  if p_assignee is not null then
    -- Taking a request oneself is anybody's; giving it to another is a supervisor's.
    select * into v_assignee from staff where login = p_assignee and roles <> '{}';
    if not found then
      perform refuse('OK404', 'staff');
    end if;
    if v_assignee.id <> v_staff.id and not 'supervisor' = any(v_staff.roles) then
      perform refuse('OK403', 'requestOfAnother');
    end if;
    r.assignee_id := v_assignee.id;
    insert into request_event (request_id, staff_id, kind, text) values (r.id, v_staff.id, 'assigned', v_assignee.full_name);
  end if;
  if p_status is not null then
    if p_status not in ('inProgress', 'waiting', 'done', 'refused', 'withdrawn') then
      perform refuse('OK400', 'requestStatus');
    end if;
    if p_status in ('refused', 'withdrawn') and coalesce(btrim(p_comment), '') = '' then
      perform refuse('OK400', 'requestReasonMissing');
    end if;
    if p_status = 'done' and jsonb_path_exists(r.checklist, '$[*] ? (@.doneAt == null)') then
      perform refuse('OK409', 'requestChecklistOpen', jsonb_build_object('items', jsonb_path_query_array(r.checklist, '$[*] ? (@.doneAt == null).item')));
    end if;
    r.status := p_status;
    r.closed_at := case when p_status in ('done', 'refused', 'withdrawn') then now() end;
    insert into request_event (request_id, staff_id, kind, status, text) values (r.id, v_staff.id, 'status', p_status, nullif(btrim(p_comment), ''));
  elsif coalesce(btrim(p_comment), '') <> '' then
    insert into request_event (request_id, staff_id, kind, text) values (r.id, v_staff.id, 'comment', btrim(p_comment));
  end if;
  update request set status = r.status, closed_at = r.closed_at, checklist = r.checklist, assignee_id = r.assignee_id, version = version + 1 where id = r.id returning * into r;
  return operation_done(p_operation_id, 'requests.change', v, request_json(r),
    jsonb_build_object('request', r.number, 'requestKind', r.kind, 'status', p_status, 'assignee', v_assignee.full_name, 'checklistItem', p_checklist_item), r.account_id);
end $$;

-- One request with its history: in a visit of its subscriber, to a supervisor, or to the assignee. Looking is recorded.
create function request_open(p_request_id bigint, p_visit_id bigint default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare r request; v_visit bigint; v_staff staff := current_staff();
begin
  select * into r from request where id = p_request_id;
  if not found then
    perform refuse('OK404', 'request');
  end if;
  v_visit := (select id from visit where id = p_visit_id and staff_id = v_staff.id and closed_at is null and subscriber_id = r.subscriber_id);
  if not 'supervisor' = any(v_staff.roles) and r.assignee_id is distinct from v_staff.id and v_visit is null and (r.assignee_id is not null or r.closed_at is not null) then
    perform refuse('OK403', 'requestOfAnother');
  end if;
  -- Any number may be called a visit.
  if v_visit is null then
    perform audit_record('requests.open', null, r.subscriber_id, jsonb_build_object('request', r.number));
  end if;
  return request_json(r) || jsonb_build_object(
    'subscriberName', (select subscriber_name(s) from subscriber s where s.id = r.subscriber_id),
    'address', (select address_text(d, a.flat_as_printed) from account a join address d on d.id = a.address_id where a.id = r.account_id),
    'history', (select jsonb_agg(jsonb_build_object('at', e.at, 'staffName', s.full_name, 'kind', e.kind, 'status', e.status, 'text', e.text) order by e.id)
      from request_event e join staff s on s.id = e.staff_id where e.request_id = r.id));
end $$;

-- The queue. An operator sees what is assigned to them and what is open and nobody has taken; a supervisor everything. Soonest due first.
create function request_queue(p_state text default 'open', p_kind text default null, p_assignee text default null, p_only_overdue boolean default false, p_limit int default 100)
returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v_staff staff := current_staff(); v jsonb;
begin
  if coalesce(p_state, '') not in ('open', 'closed') or coalesce(p_limit, 0) not between 1 and 500 then
    perform refuse('OK400', 'shape');
  end if;
  with mine as (
    select r.* from request r
    where (r.closed_at is null) = (p_state = 'open')
      and ('supervisor' = any(v_staff.roles) or r.assignee_id = v_staff.id or (r.assignee_id is null and r.closed_at is null))
      and (p_kind is null or r.kind = p_kind)
      and (p_assignee is null or r.assignee_id = (select id from staff where login = p_assignee))
      and (not p_only_overdue or (r.closed_at is null and r.due_on < office_today()))
  )
  select jsonb_build_object(
    'requests', coalesce((select jsonb_agg(request_json(m) || jsonb_build_object('subscriberName', (select subscriber_name(s) from subscriber s where s.id = m.subscriber_id))
        order by m.closed_at desc nulls first, m.due_on, m.id)
      from (select * from mine order by closed_at desc nulls first, due_on, id limit p_limit) m), '[]'),
    'total', (select count(*) from mine),
    'overdue', (select count(*) from mine where closed_at is null and due_on < office_today()))
  into v;
  perform audit_record('requests.queue', null, null, jsonb_build_object('requests', jsonb_array_length(v -> 'requests'), 'subscribers', jsonb_path_query_array(v, '$.requests[*].subscriberId')));
  return v;
end $$;

-- What the printed application says; printing it is an operation of the visit.
create function request_application(p_operation_id uuid, p_visit_id bigint, p_request_id bigint, p_medium text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; r request; v_staff staff := current_staff(); v_first jsonb := operation_repeat(p_operation_id, 'requests.application');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id);
  select * into r from request where id = p_request_id and subscriber_id = v.subscriber_id;
  if not found then
    perform refuse('OK404', 'request');
  end if;
  if p_medium is null or p_medium not in ('print', 'save') then
    perform refuse('OK400', 'medium');
  end if;
  return operation_done(p_operation_id, 'requests.application', v, '{}',
      jsonb_build_object('request', r.number, 'requestKind', r.kind, 'medium', p_medium), r.account_id)
    || jsonb_build_object('content', request_json(r) || jsonb_build_object(
      'subscriberName', (select subscriber_name(s) from subscriber s where s.id = r.subscriber_id), 'subscriberKind', (select kind from subscriber where id = r.subscriber_id),
      'representative', v.representative ->> 'name', 'operatorName', v_staff.full_name, 'printedAt', now(), 'form', sheet_template_of_request(v, r),
      'office', (select jsonb_build_object('name', name, 'address', address, 'phone', phone) from office where id = v_staff.office_id),
      'account', (select jsonb_build_object('number', a.number, 'contract', a.contract, 'contractDate', a.contract_date, 'tariff', a.tariff,
          'address', address_text(d, a.flat_as_printed), 'provider', p.name, 'legalName', p.legal_name)
        from account a join address d on d.id = a.address_id join provider p on p.id = a.provider_id where a.id = r.account_id)));
end $$;

insert into delivering_operation values ('requests.application');

grant execute on function request_offer(bigint, bigint), request_create(uuid, bigint, text, text, bigint, jsonb, boolean), request_application(uuid, bigint, bigint, text) to okno_operator;
grant execute on function request_change(uuid, bigint, int, bigint, text, text, text, text), request_open(bigint, bigint),
  request_queue(text, text, text, boolean, int) to okno_operator, okno_supervisor;

reset role;
