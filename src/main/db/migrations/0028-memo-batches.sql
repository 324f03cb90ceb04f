-- Batches of sheets and the memos for a list of new contracts (installers). A batch goes to the printer in chunks. A chunk is claimed first (begun), then what its
-- sheets say comes into force in the transaction that handed its job to the print queue (handed); how the job ended is told afterwards (printed, failed). One run
-- at a time holds a batch; another takes it over whole, and the earlier one is refused from then on. Memos: a chunk that was begun and not handed is interrupted,
-- whatever came out of the printer opens nothing, and its contracts get new passwords. Payment documents: 0031-document-batches.sql.
--
--   memo item:  refused            ready ── begun ──> issued ──> printed
--                                   ^ ^                  └─────> failed ──retry──┐
--                                   └─┴───────── interrupted, taken back ────────┘
set local role okno_owner;

-- ── What all batches of sheets share ─────────────────────────────────────────────────────────────────────────────────────────────────────

create table print_batch (
  id uuid primary key,
  -- The feature it belongs to; its audit is called after it.
  kind text not null check (kind in ('memoBatches', 'documentBatches')),
  provider_id int not null references provider,
  name text not null check (length(name) between 1 and 120),
  created_by int not null references staff,
  created_at timestamptz not null default now(),
  state text not null default 'ready' check (state in ('ready', 'running', 'paused', 'done')),
  paused_because text,
  run_id uuid,
  run_by int references staff,
  run_desk text,
  ended_at timestamptz
);
create index print_batch_created on print_batch (kind, created_at desc);

create table print_batch_chunk (
  batch_id uuid not null references print_batch,
  n int not null,
  state text not null default 'begun' check (state in ('begun', 'drawn', 'handed', 'printed', 'failed', 'withdrawn', 'unsure', 'interrupted')),
  desk text,
  printer text,
  job_id text,
  begun_at timestamptz not null default now(),
  handed_at timestamptz,
  ended_at timestamptz,
  primary key (batch_id, n)
);
comment on column print_batch_chunk.desk is 'The computer whose run began it.';

-- A batch is of the office whose supervisor made it; others see and touch it with the grant for all offices only (0033, 0034).
create function print_batch_is_ours(b print_batch) returns boolean language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  perform current_staff();
  return coalesce(b.office_id, 0) = any (report_offices());
end $$;

create function print_batch_of(p_kind text, p_batch_id uuid) returns print_batch language plpgsql stable security definer set search_path = public, pg_temp as $$
declare b print_batch;
begin
  select * into b from print_batch where id = p_batch_id and kind = p_kind;
  if not found or not print_batch_is_ours(b) then
    perform refuse('OK404', 'printBatch');
  end if;
  return b;
end $$;

-- For a change. p_run_id: only the run that holds the batch may make it.
create function print_batch_locked(p_kind text, p_batch_id uuid, p_run_id uuid default null) returns print_batch language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch;
begin
  select * into b from print_batch where id = p_batch_id and kind = p_kind for update;
  if not found or not print_batch_is_ours(b) then
    perform refuse('OK404', 'printBatch');
  end if;
  if p_run_id is not null and b.run_id is distinct from p_run_id then
    perform refuse('OK409', 'batchTakenOver', jsonb_build_object('desk', b.run_desk));
  end if;
  return b;
end $$;

-- What a person does to a batch between runs.
create function print_batch_resting(p_kind text, p_batch_id uuid) returns print_batch language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch := print_batch_locked(p_kind, p_batch_id);
begin
  if b.state = 'running' then
    perform refuse('OK409', 'batchRunning');
  end if;
  return b;
end $$;

-- Takes the batch for this run, from an earlier one too.
create function print_batch_taken(b print_batch, p_run_id uuid, p_desk text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if b.state = 'done' then
    perform refuse('OK409', 'batchDone');
  end if;
  update print_batch set state = 'running', paused_because = null, run_id = p_run_id, run_by = (current_staff()).id, run_desk = left(p_desk, 80) where id = b.id;
  perform audit_record(b.kind || '.run', null, null, jsonb_build_object('batch', b.id, 'takenOver', nullif(b.state = 'running', false)));
end $$;

-- The run is over: done when nothing is left, else paused. p_reason: what stopped it.
create function print_batch_stopped(b print_batch, p_left boolean, p_reason text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update print_batch set state = case when p_left then 'paused' else 'done' end, paused_because = case when p_left then left(coalesce(p_reason, paused_because), 80) end, run_id = null,
    ended_at = case when p_left then null else now() end where id = b.id;
end $$;

-- Heard by the run before its next chunk.
create function print_batch_asked_to_pause(b print_batch) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if b.state = 'running' then
    update print_batch set state = 'paused', paused_because = 'asked' where id = b.id;
    perform audit_record(b.kind || '.pause', null, null, jsonb_build_object('batch', b.id));
  end if;
end $$;

-- There is something to print again.
create function print_batch_reopened(b print_batch, p_because text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update print_batch set state = 'paused', paused_because = p_because, ended_at = null where id = b.id and state <> 'running';
end $$;

create function print_batch_json(b print_batch) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select jsonb_build_object('batchId', b.id, 'name', b.name, 'provider', p.code, 'providerName', p.name, 'createdAt', b.created_at, 'createdBy', f.full_name,
    'state', b.state, 'pausedBecause', b.paused_because, 'runDesk', b.run_desk, 'endedAt', b.ended_at)
  from provider p, staff f where p.id = b.provider_id and f.id = b.created_by);

create function print_batch_chunk_begun(b print_batch) returns int language plpgsql security definer set search_path = public, pg_temp as $$
declare v_n int := 1 + coalesce((select max(n) from print_batch_chunk where batch_id = b.id), 0);
begin
  insert into print_batch_chunk (batch_id, n, desk) values (b.id, v_n, b.run_desk);
  return v_n;
end $$;

-- The print system has taken the job of a chunk; of the transaction that counts it.
create function print_batch_chunk_handed(b print_batch, p_chunk int, p_job_id text, p_printer text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update print_batch_chunk set state = 'handed', handed_at = now(), job_id = left(p_job_id, 200), printer = left(p_printer, 200)
    where batch_id = b.id and n = p_chunk and state in ('begun', 'drawn') and p_job_id <> '';
  if not found then
    perform refuse('OK409', 'batchChunkEnded');
  end if;
end $$;

-- How its job ended: printed; failed (thrown out by the print system); withdrawn (taken back by us before it came out); unsure: the print system no longer knows.
create function print_batch_chunk_told(b print_batch, p_chunk int, p_outcome text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if p_outcome is null or p_outcome not in ('printed', 'failed', 'withdrawn', 'unsure') then
    perform refuse('OK400', 'shape');
  end if;
  update print_batch_chunk set state = p_outcome, ended_at = now() where batch_id = b.id and n = p_chunk and state = 'handed';
  if not found then
    perform refuse('OK409', 'batchChunkEnded');
  end if;
end $$;

-- [{n, jobId}] of chunks whose end nobody has told yet.
create function print_batch_handed(b print_batch) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select coalesce(jsonb_agg(jsonb_build_object('n', n, 'jobId', job_id) order by n), '[]') from print_batch_chunk where batch_id = b.id and state = 'handed');

-- ── Memos ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create table memo_batch (
  id uuid primary key references print_batch,
  is_large boolean not null
);

create table memo_batch_item (
  batch_id uuid not null references memo_batch,
  n int not null,
  line int not null,
  typed text not null check (length(typed) <= 60),
  account_id bigint references account,
  -- 'ready', or why the row is not printed.
  verdict text not null,
  same_as int,
  state text not null check (state in ('refused', 'waiting', 'begun', 'issued', 'printed', 'failed')),
  reason text,
  operation_id uuid unique,
  credential_id bigint references portal_credential,
  chunk int,
  primary key (batch_id, n)
);
create index memo_batch_item_account on memo_batch_item (account_id);

-- A password that no sheet went to the printer with is in force for nobody, whatever program calls these functions.
create function memo_chunk_handed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if exists (select from print_batch_chunk c where c.batch_id = new.batch_id and c.n = new.chunk and c.state = 'begun') then
    perform refuse('OK409', 'memoNotHanded');
  end if;
  return null;
end $$;
create constraint trigger memo_item_handed after update on memo_batch_item deferrable initially deferred for each row when (new.state = 'issued') execute function memo_chunk_handed();

-- Whether a contract can get a memo without its subscriber at the desk: a new one only. A password in force is reissued at a window, to an identified visitor.
create function memo_verdict(p_account account) returns text language plpgsql stable security definer set search_path = public, pg_temp as $$
declare u portal_user := account_portal_user(p_account); v_login text := coalesce(u.login, account_portal_login(p_account)); v_refusal text := portal_refusal(p_account, u, v_login);
begin
  if v_refusal is not null then
    return v_refusal;
  end if;
  if u.id is null then
    select * into u from portal_user where provider_id = p_account.provider_id and login_key = lower(v_login);
    if u.state = 'blocked' then
      return 'portalUserBlocked';
    end if;
    if exists (select from portal_account_link l join account x on x.id = l.account_id
               where l.portal_user_id = u.id and l.unlinked_at is null and x.subscriber_id <> p_account.subscriber_id) then
      return 'loginOfAnotherSubscriber';
    end if;
  end if;
  return case when exists (select from portal_credential c where c.portal_user_id = u.id and c.revoked_at is null and (c.expires_at is null or c.expires_at > now()))
    then 'passwordInForce' else 'ready' end;
end $$;

-- Rows of a list, [{line, typed, key, contractKey}], with what each of them is and may get. `same_as` is the line that said the same first: one login, one sheet.
create function memo_batch_rows(p_provider_id int, p_rows jsonb) returns table (n int, line int, typed text, account_id bigint, verdict text, same_as int)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query
  with given as (
    select r.position::int as position, (r.value ->> 'line')::int as line, left(r.value ->> 'typed', 60) as typed, r.value ->> 'key' as key, r.value ->> 'contractKey' as contract_key
    from jsonb_array_elements(p_rows) with ordinality r(value, position)
  ), found as (
    select g.*, count(a.id) as hits, min(a.id) as account_id
    from given g left join lateral (select x.id from account x where x.provider_id = p_provider_id and (x.number_key = g.key and g.key <> '' or x.contract_key = g.contract_key and g.contract_key <> '')) a on true
    group by g.position, g.line, g.typed, g.key, g.contract_key
  ), judged as (
    select f.*, case when f.hits = 0 then 'unknown' when f.hits > 1 then 'ambiguous' else memo_verdict(a) end as verdict,
      case when f.hits = 1 then coalesce(lower(coalesce((account_portal_user(a)).login, account_portal_login(a))), 'account ' || a.id) end as login
    from found f left join account a on a.id = f.account_id and f.hits = 1
  ), ranked as (
    select j.*, first_value(j.line) over (partition by j.login order by j.position) as first_line, row_number() over (partition by j.login order by j.position) as turn from judged j
  )
  select f.position, f.line, f.typed, case when f.hits = 1 then f.account_id end, case when f.login is not null and f.turn > 1 then 'repeated' else f.verdict end,
    case when f.login is not null and f.turn > 1 then f.first_line end
  from ranked f order by f.position;
end $$;

create function memo_batch_provider(p_provider text, p_rows jsonb) returns provider language plpgsql stable security definer set search_path = public, pg_temp as $$
declare p provider;
begin
  select * into p from provider where code = p_provider;
  if not found then
    perform refuse('OK404', 'provider');
  end if;
  if jsonb_typeof(p_rows) is distinct from 'array' or jsonb_array_length(p_rows) not between 1 and 500 then
    perform refuse('OK400', 'memoListLength');
  end if;
  return p;
end $$;

create function memo_row_json(p_n int, p_line int, p_typed text, p_account_id bigint, p_verdict text, p_same_as int) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('n', p_n, 'line', p_line, 'typed', p_typed, 'verdict', p_verdict, 'sameAs', p_same_as)
  || coalesce((select jsonb_build_object('account', a.number, 'contract', a.contract, 'subscriberName', subscriber_name(s), 'address', address_text(d, a.flat_as_printed))
    from account a join subscriber s on s.id = a.subscriber_id join address d on d.id = a.address_id where a.id = p_account_id),
    '{"account": null, "contract": null, "subscriberName": null, "address": null}');

-- Changes nothing; it is a mass look-up, so it leaves a trace with its size.
create function memo_batch_check(p_provider text, p_rows jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare p provider := memo_batch_provider(p_provider, p_rows); v_rows jsonb; v_staff staff := current_staff();
begin
  select jsonb_agg(memo_row_json(r.n, r.line, r.typed, r.account_id, r.verdict, r.same_as) order by r.n) into v_rows from memo_batch_rows(p.id, p_rows) r;
  perform audit_record('memoBatches.check', null, null, jsonb_build_object('provider', p.code, 'rows', jsonb_array_length(v_rows), 'office', v_staff.office_id));
  return jsonb_build_object('rows', v_rows);
end $$;

create function memo_batch_counts(p_batch_id uuid) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select jsonb_build_object('rows', count(*), 'refused', count(*) filter (where state = 'refused'), 'waiting', count(*) filter (where state in ('waiting', 'begun')),
  'issued', count(*) filter (where state = 'issued'), 'printed', count(*) filter (where state = 'printed'), 'failed', count(*) filter (where state = 'failed'))
  from memo_batch_item where batch_id = p_batch_id);

create function memo_batch_json(b print_batch) returns jsonb language sql stable security definer set search_path = public, pg_temp
return print_batch_json(b) || jsonb_build_object('large', (select m.is_large from memo_batch m where m.id = b.id), 'counts', memo_batch_counts(b.id));

create function memo_batch_list() returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select coalesce(jsonb_agg(memo_batch_json(b) order by b.created_at desc), '[]') from (select * from print_batch x where kind = 'memoBatches' and print_batch_is_ours(x) order by created_at desc limit 50) b);

create function memo_batch_state(p_batch_id uuid) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare b print_batch := print_batch_of('memoBatches', p_batch_id);
begin
  return memo_batch_json(b) || jsonb_build_object(
    'items', (select coalesce(jsonb_agg(memo_row_json(i.n, i.line, i.typed, i.account_id, i.verdict, i.same_as)
        || jsonb_build_object('state', case i.state when 'begun' then 'waiting' else i.state end, 'reason', i.reason, 'chunk', i.chunk, 'memoNumber', c.memo_number) order by i.n), '[]')
      from memo_batch_item i left join portal_credential c on c.id = i.credential_id where i.batch_id = b.id),
    'chunks', (select coalesce(jsonb_agg(jsonb_build_object('n', c.n, 'state', case c.state when 'withdrawn' then 'interrupted' else c.state end, 'printer', c.printer, 'jobId', c.job_id, 'handedAt', c.handed_at,
        'sheets', (select count(*) from memo_batch_item i where i.batch_id = b.id and i.chunk = c.n)) order by c.n), '[]') from print_batch_chunk c where c.batch_id = b.id));
end $$;

create function memo_batch_create(p_operation_id uuid, p_provider text, p_name text, p_large boolean, p_rows jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare p provider := memo_batch_provider(p_provider, p_rows); v_staff staff := current_staff(); v_ready int; v_first jsonb := operation_repeat(p_operation_id, 'memoBatches.create');
begin
  if v_first is null then
    insert into print_batch (id, kind, provider_id, name, created_by) values (p_operation_id, 'memoBatches', p.id, p_name, v_staff.id);
    insert into memo_batch (id, is_large) values (p_operation_id, p_large);
    insert into memo_batch_item (batch_id, n, line, typed, account_id, verdict, same_as, state)
      select p_operation_id, r.n, r.line, r.typed, r.account_id, r.verdict, r.same_as, case when r.verdict = 'ready' then 'waiting' else 'refused' end from memo_batch_rows(p.id, p_rows) r;
    select count(*) into v_ready from memo_batch_item where batch_id = p_operation_id and state = 'waiting';
    if v_ready = 0 then
      perform refuse('OK409', 'memoListEmpty');
    end if;
    perform operation_done(p_operation_id, 'memoBatches.create', null::visit, '{}', jsonb_build_object('provider', p.code, 'rows', jsonb_array_length(p_rows), 'ready', v_ready));
  end if;
  return memo_batch_state(p_operation_id);
end $$;

-- ── A run ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Chunks that were claimed and never handed over: no password of theirs came into force.
create function memo_batch_interrupt(p_batch_id uuid) returns int[] language plpgsql security definer set search_path = public, pg_temp as $$
declare v_chunks int[];
begin
  update memo_batch_item set state = 'waiting', chunk = null, operation_id = null where batch_id = p_batch_id and state = 'begun';
  with stopped as (update print_batch_chunk set state = 'interrupted', ended_at = now() where batch_id = p_batch_id and state = 'begun' returning n)
  select coalesce(array_agg(n), '{}') into v_chunks from stopped;
  return v_chunks;
end $$;

-- Takes the batch for this run. Returns chunks whose end nobody has told yet, handed: [{n, jobId}], and those that were begun and are interrupted now: their
-- jobs, if there are any, are to be withdrawn.
create function memo_batch_run(p_batch_id uuid, p_run_id uuid, p_desk text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch := print_batch_locked('memoBatches', p_batch_id); v_interrupted int[] := memo_batch_interrupt(b.id);
begin
  perform print_batch_taken(b, p_run_id, p_desk);
  return jsonb_build_object('interrupted', v_interrupted, 'handed', print_batch_handed(b));
end $$;

-- The next chunk of at most p_size contracts, with what main needs to make their passwords; null: nothing waits, or somebody paused the batch.
create function memo_batch_next(p_batch_id uuid, p_run_id uuid, p_size int) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch := print_batch_locked('memoBatches', p_batch_id, p_run_id); i memo_batch_item; a account; v_verdict text; v_chunk int; v_items jsonb := '[]'; v_operation uuid;
begin
  if b.state <> 'running' or p_size not between 1 and 50 then
    return null;
  end if;
  for i in select * from memo_batch_item where batch_id = b.id and state = 'waiting' order by n for update loop
    select * into a from account where id = i.account_id;
    v_verdict := memo_verdict(a);
    if v_verdict <> 'ready' then
      update memo_batch_item set state = 'failed', reason = v_verdict where batch_id = b.id and n = i.n;
      continue;
    end if;
    if v_chunk is null then
      v_chunk := print_batch_chunk_begun(b);
    end if;
    v_operation := gen_random_uuid();
    update memo_batch_item set state = 'begun', reason = null, chunk = v_chunk, operation_id = v_operation, credential_id = null where batch_id = b.id and n = i.n;
    v_items := v_items || (select jsonb_build_object('n', i.n, 'login', coalesce((account_portal_user(a)).login, account_portal_login(a)), 'account', a.number, 'lastName', s.last_name,
        'phone', (select k.value from subscriber_contact k where k.subscriber_id = s.id and k.kind = 'phone' and k.purpose = 'main' and k.is_current), 'policy', p.profile -> 'password')
      from subscriber s, provider p where s.id = a.subscriber_id and p.id = a.provider_id);
    exit when jsonb_array_length(v_items) = p_size;
  end loop;
  return case when v_chunk is not null then jsonb_build_object('n', v_chunk, 'large', (select is_large from memo_batch where id = b.id), 'items', v_items) end;
end $$;

-- Puts the hashes of a chunk, [{n, hash}], in force and returns what their memos say, the secrets excepted. The transaction of the printing; without
-- memo_batch_handed in it nothing of this stays.
create function memo_batch_issue(p_batch_id uuid, p_run_id uuid, p_chunk int, p_hashes jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch := print_batch_locked('memoBatches', p_batch_id, p_run_id); i memo_batch_item; a account; p provider; c portal_credential; u portal_user; k subscriber_contact; v_channel text; v_hash text; v_verdict text; v_memos jsonb := '[]';
begin
  perform from print_batch_chunk where batch_id = b.id and n = p_chunk and state = 'begun' for update;
  if not found then
    perform refuse('OK409', 'batchChunkEnded');
  end if;
  select * into p from provider where id = b.provider_id;
  for i in select * from memo_batch_item where batch_id = b.id and chunk = p_chunk and state = 'begun' order by n loop
    select * into a from account where id = i.account_id for no key update;
    select h ->> 'hash' into v_hash from jsonb_array_elements(p_hashes) h where (h ->> 'n')::int = i.n;
    v_verdict := case when v_hash is null then 'memoNotMade' else memo_verdict(a) end;
    if v_verdict <> 'ready' then
      -- Somebody was quicker at a window.
      update memo_batch_item set state = 'failed', reason = v_verdict, chunk = null, operation_id = null where batch_id = b.id and n = i.n;
      continue;
    end if;
    perform set_config('okno.operation', i.operation_id::text, true);
    u := portal_user_for(a);
    c := credential_issue(u, v_hash, i.operation_id, p.profile);
    insert into operation (id, kind, subscriber_id, account_id, staff_id, details, result)
      values (i.operation_id, 'memoBatches.issue', a.subscriber_id, a.id, (current_staff()).id,
        jsonb_build_object('memoNumber', c.memo_number, 'provider', p.code, 'batch', b.id, 'chunk', p_chunk), '{}');
    update memo_batch_item set state = 'issued', credential_id = c.id where batch_id = b.id and n = i.n;
    -- Somebody who never asked for a cabinet learns that one was opened.
    for v_channel in select jsonb_array_elements_text(coalesce(p.profile -> 'notices' -> 'passwordIssued', '[]')) loop
      k := confirmed_contact(a.subscriber_id, case v_channel when 'email' then 'email' else 'phone' end);
      if k.id is not null then
        perform outbox_put(i.operation_id, v_channel, k.value, 'passwordIssued', jsonb_build_object('at', c.issued_at, 'memoNumber', c.memo_number), p.id);
      end if;
    end loop;
    v_memos := v_memos || (memo_content(c, a) || jsonb_build_object('n', i.n));
  end loop;
  if v_memos = '[]' then
    update print_batch_chunk set state = 'interrupted', ended_at = now() where batch_id = b.id and n = p_chunk;
  end if;
  return v_memos;
end $$;

create function memo_batch_handed(p_batch_id uuid, p_run_id uuid, p_chunk int, p_job_id text, p_printer text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch := print_batch_locked('memoBatches', p_batch_id, p_run_id);
begin
  perform print_batch_chunk_handed(b, p_chunk, p_job_id, p_printer);
end $$;

-- The passwords of sheets that did not come out open nothing; their contracts wait for new ones (p_state 'waiting') or for a decision ('failed').
create function memo_batch_take_back(p_batch_id uuid, p_items int[], p_state text, p_reason text) returns int language plpgsql security definer set search_path = public, pg_temp as $$
declare i memo_batch_item; a account; v_number text; v_operation uuid; v_done int := 0;
begin
  for i in select * from memo_batch_item where batch_id = p_batch_id and n = any(p_items) and state in ('issued', 'printed', 'failed') order by n for update loop
    v_number := null;
    if i.credential_id is not null then
      v_operation := gen_random_uuid();
      perform set_config('okno.operation', v_operation::text, true);
      update portal_credential set revoked_at = now() where id = i.credential_id and revoked_at is null returning memo_number into v_number;
      if v_number is not null then
        select * into a from account where id = i.account_id;
        insert into operation (id, kind, subscriber_id, account_id, staff_id, details, result)
          values (v_operation, 'memoBatches.takeBack', a.subscriber_id, a.id, (current_staff()).id, jsonb_strip_nulls(jsonb_build_object('memoNumber', v_number, 'batch', p_batch_id, 'why', p_reason)), '{}');
      end if;
    end if;
    update memo_batch_item set state = p_state, reason = case when p_state = 'failed' then p_reason end, chunk = null, operation_id = null, credential_id = null where batch_id = p_batch_id and n = i.n;
    v_done := v_done + 1;
  end loop;
  return v_done;
end $$;

create function memo_batch_chunk_items(p_batch_id uuid, p_chunk int) returns int[] language sql stable security definer set search_path = public, pg_temp
return (select array_agg(n) from memo_batch_item where batch_id = p_batch_id and chunk = p_chunk);

-- How the job of a chunk ended: printed; failed (thrown out by the print system) and withdrawn (taken back by us before it came out) take its passwords back;
-- unsure: the print system no longer knows, a person has to look.
create function memo_batch_chunk_ended(p_batch_id uuid, p_run_id uuid, p_chunk int, p_outcome text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch := print_batch_locked('memoBatches', p_batch_id, p_run_id);
begin
  perform print_batch_chunk_told(b, p_chunk, p_outcome);
  if p_outcome = 'printed' then
    update memo_batch_item set state = 'printed' where batch_id = b.id and chunk = p_chunk and state = 'issued';
  elsif p_outcome = 'failed' then
    perform memo_batch_take_back(b.id, memo_batch_chunk_items(b.id, p_chunk), 'failed', 'printFailed');
  elsif p_outcome = 'withdrawn' then
    perform memo_batch_take_back(b.id, memo_batch_chunk_items(b.id, p_chunk), 'waiting', 'withdrawn');
  end if;
end $$;

-- The run is over: done when nothing waits and every sheet is known to be out.
create function memo_batch_stop(p_batch_id uuid, p_run_id uuid, p_reason text default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch := print_batch_locked('memoBatches', p_batch_id, p_run_id);
begin
  perform memo_batch_interrupt(b.id);
  perform print_batch_stopped(b, exists (select from memo_batch_item where batch_id = b.id and state in ('waiting', 'issued')), p_reason);
  return memo_batch_state(b.id);
end $$;

create function memo_batch_pause(p_batch_id uuid) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform print_batch_asked_to_pause(print_batch_locked('memoBatches', p_batch_id));
  return memo_batch_state(p_batch_id);
end $$;

-- Rows that failed, and sheets that came out spoiled: what was on them opens nothing any more, the next run makes new ones.
create function memo_batch_retry(p_operation_id uuid, p_batch_id uuid, p_items int[]) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch; v_done int; v_first jsonb := operation_repeat(p_operation_id, 'memoBatches.retry');
begin
  if v_first is null then
    b := print_batch_resting('memoBatches', p_batch_id);
    v_done := memo_batch_take_back(b.id, (select array_agg(n) from memo_batch_item where batch_id = b.id and n = any(p_items) and state in ('printed', 'failed')), 'waiting', 'retry');
    if v_done = 0 then
      perform refuse('OK409', 'memoNothingToRetry');
    end if;
    perform print_batch_reopened(b, 'retry');
    perform set_config('okno.operation', p_operation_id::text, true);
    perform operation_done(p_operation_id, 'memoBatches.retry', null::visit, '{}', jsonb_build_object('batch', b.id, 'rows', v_done));
  end if;
  return memo_batch_state(p_batch_id);
end $$;

-- A person has looked at the printer: the sheets of a chunk came out, or they did not.
create function memo_batch_settle(p_operation_id uuid, p_batch_id uuid, p_chunk int, p_printed boolean) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch; v_items int[] := memo_batch_chunk_items(p_batch_id, p_chunk); v_first jsonb := operation_repeat(p_operation_id, 'memoBatches.settle');
begin
  if v_first is null then
    b := print_batch_resting('memoBatches', p_batch_id);
    update print_batch_chunk set state = case when p_printed then 'printed' else 'failed' end, ended_at = now() where batch_id = b.id and n = p_chunk and state = 'unsure';
    if not found then
      perform refuse('OK409', 'batchChunkEnded');
    end if;
    if p_printed then
      update memo_batch_item set state = 'printed' where batch_id = b.id and n = any(v_items) and state = 'issued';
    else
      perform memo_batch_take_back(b.id, v_items, 'waiting', 'notPrinted');
    end if;
    if not exists (select from memo_batch_item where batch_id = b.id and state in ('waiting', 'issued')) then
      perform print_batch_stopped(b, false, null);
    end if;
    perform set_config('okno.operation', p_operation_id::text, true);
    perform operation_done(p_operation_id, 'memoBatches.settle', null::visit, '{}', jsonb_build_object('batch', b.id, 'chunk', p_chunk, 'printed', p_printed));
  end if;
  return memo_batch_state(p_batch_id);
end $$;

-- Which sheets are in force, for the installer's signature: a sheet whose number is not here opens nothing. No login, no password.
insert into delivering_operation values ('memoBatches.coveringList');
create function memo_batch_covering_list(p_operation_id uuid, p_batch_id uuid, p_medium text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch := print_batch_of('memoBatches', p_batch_id); v_staff staff := current_staff(); v_content jsonb; v_first jsonb := operation_repeat(p_operation_id, 'memoBatches.coveringList');
begin
  if v_first is not null then
    return v_first;
  end if;
  if p_medium is null or p_medium not in ('print', 'save') then
    perform refuse('OK400', 'medium');
  end if;
  select jsonb_build_object('name', b.name, 'provider', p.legal_name, 'office', o.name, 'timeZone', o.time_zone, 'operatorName', v_staff.full_name, 'madeAt', now(),
      'rows', (select coalesce(jsonb_agg(jsonb_build_object('account', a.number, 'contract', a.contract, 'subscriberName', subscriber_name(s), 'address', address_text(d, a.flat_as_printed),
          'memoNumber', c.memo_number) order by i.n), '[]')
        from memo_batch_item i join portal_credential c on c.id = i.credential_id join account a on a.id = i.account_id join subscriber s on s.id = a.subscriber_id join address d on d.id = a.address_id
        where i.batch_id = b.id and i.state in ('issued', 'printed')))
    into v_content from provider p, office o where p.id = b.provider_id and o.id = v_staff.office_id;
  if v_content -> 'rows' = '[]' then
    perform refuse('OK409', 'memoNothingPrinted');
  end if;
  perform operation_done(p_operation_id, 'memoBatches.coveringList', null::visit, '{}', jsonb_build_object('batch', b.id, 'rows', jsonb_array_length(v_content -> 'rows'), 'delivered', p_medium));
  return jsonb_build_object('content', v_content);
end $$;

grant execute on function memo_batch_check(text, jsonb), memo_batch_list(), memo_batch_state(uuid), memo_batch_create(uuid, text, text, boolean, jsonb), memo_batch_run(uuid, uuid, text),
  memo_batch_next(uuid, uuid, int), memo_batch_issue(uuid, uuid, int, jsonb), memo_batch_handed(uuid, uuid, int, text, text), memo_batch_chunk_ended(uuid, uuid, int, text),
  memo_batch_stop(uuid, uuid, text), memo_batch_pause(uuid), memo_batch_retry(uuid, uuid, int[]), memo_batch_settle(uuid, uuid, int, boolean), memo_batch_covering_list(uuid, uuid, text) to okno_supervisor;
grant execute on function operation_delivered(uuid, jsonb) to okno_supervisor;

reset role;
