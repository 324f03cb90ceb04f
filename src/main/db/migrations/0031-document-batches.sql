-- Payment documents of a period in one go (product I3): chosen by address, delivery and debt, ordered for the postman, by e-mail to those who chose it and on paper
-- to the others. A batch is split into packs (пачки): the bills of one house, five hundred at most. A chunk is one or more whole packs in one print job or file:
--
--   chunk:  begun ──> drawn ──> handed ──> printed
--             │         │          └─────> failed, withdrawn, unsure ── a person tells the last good sheet ──> printed, interrupted
--             └─────────┴── interrupted (nothing of it was counted)
--
-- What is on each sheet is written down before the print system gets it (drawn); the giving-out is counted in the transaction that hands it over (handed). Sheets
-- are numbered through the batch and bear their numbers: after a jam the operator types the last good one, and everything after it is printed again under the same
-- numbers; such a copy is the same giving-out, not another one.
set local role okno_owner;

-- House and flat numbers as people count: 2, 2А, 10. Letters as in Russian.
create collation if not exists counted (provider = icu, locale = 'ru-u-kn-true');

create index payment_document_by_period on payment_document (period, account_id) include (due);

create table document_batch (
  id uuid primary key references print_batch,
  period date not null check (extract(day from period) = 1),
  filter jsonb not null,
  separators boolean not null,
  next_sheet int not null default 1
);
comment on column document_batch.filter is 'As it was asked for (src/shared/contract/document-batches.ts).';
comment on column document_batch.next_sheet is 'The number the next sheet handed to the print system gets.';

create table document_batch_pack (
  batch_id uuid not null references document_batch,
  n int not null,
  address text not null,
  part int not null,
  parts int not null,
  first_item int not null,
  last_item int not null,
  chunk int,
  separator_sheet int,
  primary key (batch_id, n)
);
comment on table document_batch_pack is 'The bills of one house (or of a part of a large one), next to each other in the batch.';
comment on column document_batch_pack.chunk is 'Being drawn, or handed over, in this chunk; null: something of it may wait.';

create table document_batch_item (
  batch_id uuid not null references document_batch,
  n int not null,
  account_id bigint not null references account,
  delivery text not null check (delivery in ('paper', 'email')),
  state text not null default 'waiting' check (state in ('waiting', 'given', 'mailed', 'failed')),
  reason text,
  document_id bigint references payment_document,
  duplicate int,
  is_counted boolean not null default false,
  chunk int,
  sheet int,
  sheets int,
  spoiled int not null default 0,
  outbox_id bigint,
  primary key (batch_id, n)
);
comment on column document_batch_item.duplicate is 'The mark it was first given with in this batch; its copies after a jam bear the same.';
comment on column document_batch_item.is_counted is 'This batch has counted it as given out: once, however often a sheet was spoiled.';
comment on column document_batch_item.sheet is 'Number of its first sheet in the batch.';
create index document_batch_item_waiting on document_batch_item (batch_id, delivery, n) where state = 'waiting';
create index document_batch_item_chunk on document_batch_item (batch_id, chunk) where chunk is not null;
create index document_batch_item_failed on document_batch_item (batch_id, n) where state = 'failed';
create index document_batch_item_account on document_batch_item (account_id);
create index document_batch_item_outbox on document_batch_item (outbox_id) where outbox_id is not null;

create table document_batch_chunk (
  batch_id uuid not null references document_batch,
  n int not null,
  target text not null check (target in ('printer', 'folder')),
  first_sheet int,
  sheets int,
  documents int,
  drawn jsonb,
  primary key (batch_id, n),
  foreign key (batch_id, n) references print_batch_chunk
);
comment on column document_batch_chunk.drawn is 'Which sheets hold what: {items: [{n, sheet, sheets, duplicate}], separators: [{pack, sheet}]}; null once it is written into the items.';

-- ── Who gets it how ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Whether the bill of a period goes by e-mail: chosen now, chosen for that period already, and there is a confirmed address. Inlined into the queries below.
create function bill_by_email(p_account_id bigint, p_subscriber_id bigint, p_delivery text, p_period date) returns boolean language sql stable
return p_delivery = 'email'
  and exists (select from subscriber_contact k where k.subscriber_id = p_subscriber_id and k.kind = 'email' and k.is_current and k.state = 'confirmed' and k.purpose in ('bills', 'main'))
  and not exists (select from bill_delivery_choice c where c.account_id = p_account_id and not c.undone and c.delivery = 'email' and c.from_period > p_period and c.before is distinct from 'email'
    and not exists (select from bill_delivery_choice later where later.account_id = c.account_id and not later.undone and later.id > c.id));

-- ── What is chosen ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create type document_batch_asked as (
  provider_id int, period date, towns text[], streets text[], house text, building text, delivery text, debt_from bigint, debt_to bigint, only_unprinted boolean
);

-- Names of streets (or towns) that hold all words of the text: «Ленина» is «ул. Ленина» and «пр. Ленина», «ул. Ленина» is one of them. Null: any.
create function places_named(p_text text, p_is_town boolean) returns text[] language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_words text[] := array(select words_of(fold(p_text)));
begin
  if cardinality(v_words) = 0 then
    return null;
  end if;
  return array(select name from place_word where is_town = p_is_town and word = any(v_words) group by name having count(distinct word) = cardinality(v_words));
end $$;

create function document_batch_asked_of(p_filter jsonb) returns document_batch_asked language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v document_batch_asked; v_house text := fold(p_filter ->> 'house');
begin
  select id into v.provider_id from provider where code = p_filter ->> 'provider';
  if not found then
    perform refuse('OK404', 'provider');
  end if;
  v.period := ((p_filter ->> 'period') || '-01')::date;
  v.towns := places_named(p_filter ->> 'town', true);
  v.streets := places_named(p_filter ->> 'street', false);
  -- «10», «10 А», «10 корп. 2», «10к2».
  v.house := nullif(replace(regexp_replace(v_house, '\s*(?:корп\.?|корпус|к\.?)\s*\S+$', ''), ' ', ''), '');
  v.building := (regexp_match(v_house, '(?:корп\.?|корпус|к\.?)\s*(\S+)$'))[1];
  v.delivery := p_filter ->> 'delivery';
  v.debt_from := (p_filter ->> 'debtFrom')::bigint;
  v.debt_to := (p_filter ->> 'debtTo')::bigint;
  if coalesce((p_filter ->> 'onlyDebtors')::boolean, false) then
    v.debt_from := greatest(coalesce(v.debt_from, 1), 1);
  end if;
  v.only_unprinted := coalesce((p_filter ->> 'onlyUnprinted')::boolean, false);
  return v;
end $$;

-- Accounts with a bill of the period. Debt is what was left unpaid of the months before: opening balance less what was paid in the period.
create function document_batch_chosen(v document_batch_asked) returns table (account_id bigint, address_id bigint, by_email boolean, document_id bigint)
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare v_is_closed boolean := exists (select from payment_period x where x.provider_id = v.provider_id and x.period = v.period and x.state = 'closed');
begin
  return query
  select a.id, a.address_id, coalesce(bill_by_email(a.id, a.subscriber_id, a.bill_delivery, v.period), false), pd.id
  from account a
  join address d on d.id = a.address_id
  left join payment_document pd on pd.period = v.period and pd.account_id = a.id
  where a.provider_id = v.provider_id
    and (v.streets is null or d.street_n = any(v.streets))
    and (v.towns is null or d.locality_n = any(v.towns))
    and (v.house is null or replace(d.house_n, ' ', '') = v.house)
    and (v.building is null or d.building_n = v.building)
    and (pd.id is not null or not v_is_closed and exists (select from charge c where c.account_id = a.id and c.period = v.period))
    and (not v.only_unprinted or coalesce(pd.issues, 0) = 0)
    and (v.delivery is null or coalesce(bill_by_email(a.id, a.subscriber_id, a.bill_delivery, v.period), false) = (v.delivery = 'email'))
    and (v.debt_from is null and v.debt_to is null
      or (select sum(c.opening) - sum(c.paid) from charge c where c.account_id = a.id and c.period = v.period) between coalesce(v.debt_from, -9e15) and coalesce(v.debt_to, 9e15));
end $$;

-- Documents of a few accounts to count pages of, stored nowhere; in the shape of a chunk (document_batch_next). Null: there are none.
create function document_batch_sample(v document_batch_asked, p_accounts bigint[]) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select jsonb_build_object('issuers', jsonb_build_object('0', payment_document_issuer_content(p, v.period)), 'packs', jsonb_build_array(jsonb_build_object('n', 1, 'address', '', 'part', 1, 'parts', 1,
      'flatFrom', null, 'flatTo', null, 'documents', x.n, 'separator', false, 'items', x.items)))
    from provider p, (select count(*) as n, jsonb_agg(jsonb_build_object('n', d.account_id, 'issuer', '0', 'rendering', 1, 'own', d.content, 'duplicate', null)) as items
      from payment_document_parts(v.provider_id, v.period, p_accounts) d) x
    where p.id = v.provider_id and x.n > 0);
end $$;

-- What would be printed: counts, the houses in the postman's order (the first p_limit), and a few documents to measure pages by. Changes nothing; it is a mass
-- look-up, so it leaves a trace with its size: nobody reads bills here without one.
create function document_batch_preview(p_filter jsonb, p_limit int default 1000) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v document_batch_asked := document_batch_asked_of(p_filter); v_staff staff := current_staff(); v_result jsonb;
begin
  with chosen as materialized (select * from document_batch_chosen(v)), houses as materialized (
    select d.region, d.locality, d.street, d.house, d.building, count(*)::int as documents, (count(*) filter (where c.by_email))::int as by_email
    from chosen c join address d on d.id = c.address_id group by 1, 2, 3, 4, 5
  )
  select jsonb_build_object('documents', coalesce(sum(documents), 0), 'byEmail', coalesce(sum(by_email), 0), 'houses', count(*),
      'packs', coalesce(sum(ceil((documents - by_email) / 500.0)::int), 0),
      'list', coalesce((select jsonb_agg(jsonb_build_object('town', h.locality, 'street', h.street, 'house', h.house, 'building', h.building, 'documents', h.documents, 'byEmail', h.by_email)
          order by h.region collate counted, h.locality collate counted, h.street collate counted, h.house collate counted, h.building collate counted)
        from (select * from houses order by region collate counted, locality collate counted, street collate counted, house collate counted, building collate counted limit p_limit) h), '[]'),
      'sample', document_batch_sample(v, array(select c.account_id from chosen c where not c.by_email order by hashint8(c.account_id) limit 24)))
    into v_result from houses;
  perform audit_record('documentBatches.preview', null, null, jsonb_build_object('provider', p_filter ->> 'provider', 'period', p_filter ->> 'period', 'documents', v_result -> 'documents'));
  return v_result;
end $$;

-- ── A batch ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create function document_batch_counts(p_batch_id uuid) returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select jsonb_build_object('documents', count(*), 'byEmail', count(*) filter (where i.delivery = 'email'), 'mailed', count(*) filter (where i.state = 'mailed'),
    'waiting', count(*) filter (where i.state = 'waiting'), 'failed', count(*) filter (where i.state = 'failed'),
    'handed', count(*) filter (where i.state = 'given' and c.state = 'handed'), 'printed', count(*) filter (where i.state = 'given' and c.state = 'printed'),
    'inDoubt', count(*) filter (where i.state = 'given' and c.state not in ('handed', 'printed')), 'spoiled', coalesce(sum(i.spoiled), 0),
    'sheets', (select next_sheet - 1 from document_batch where id = p_batch_id))
  from document_batch_item i left join print_batch_chunk c on c.batch_id = i.batch_id and c.n = i.chunk where i.batch_id = p_batch_id);

create function document_batch_json(b print_batch) returns jsonb language sql stable security definer set search_path = public, pg_temp
return print_batch_json(b) || (select jsonb_build_object('period', to_char(x.period, 'YYYY-MM'), 'filter', x.filter, 'separators', x.separators, 'counts', document_batch_counts(b.id))
  from document_batch x where x.id = b.id);

create function document_batch_list() returns jsonb language sql stable security definer set search_path = public, pg_temp
return (select coalesce(jsonb_agg(document_batch_json(b) order by b.created_at desc), '[]')
  from (select * from print_batch x where kind = 'documentBatches' and print_batch_is_ours(x) order by created_at desc limit 30) b);

-- With what needs a person: chunks nobody knows the end of, documents that could not be given (the first 200).
create function document_batch_state(p_batch_id uuid) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare b print_batch := print_batch_of('documentBatches', p_batch_id);
begin
  return document_batch_json(b) || jsonb_build_object(
    'inDoubt', (select jsonb_build_object('from', min(x.first_sheet), 'to', max(x.first_sheet + x.sheets - 1), 'printer', (array_agg(c.printer order by c.n))[1], 'state', (array_agg(c.state order by c.n))[1])
      from print_batch_chunk c join document_batch_chunk x on x.batch_id = c.batch_id and x.n = c.n where c.batch_id = b.id and c.state in ('failed', 'withdrawn', 'unsure') having count(*) > 0),
    'failures', (select coalesce(jsonb_agg(jsonb_build_object('n', f.n, 'account', a.number, 'address', address_text(d, a.flat_as_printed), 'delivery', f.delivery, 'reason', f.reason) order by f.n), '[]')
      from (select i.n, i.account_id, i.delivery, i.reason from document_batch_item i where i.batch_id = b.id and i.state = 'failed'
            union all
            select i.n, i.account_id, i.delivery, coalesce(m.error, m.state) from document_batch_item i join outbox_message m on m.id = i.outbox_id
              where i.batch_id = b.id and i.state = 'mailed' and m.state in ('failed', 'uncertain', 'expired', 'cancelled')
            order by n limit 200) f join account a on a.id = f.account_id join address d on d.id = a.address_id),
    'mail', (select jsonb_build_object('queued', count(*) filter (where m.state in ('queued', 'sending')), 'sent', count(*) filter (where m.state = 'sent'),
        'failed', count(*) filter (where m.state in ('failed', 'uncertain', 'expired', 'cancelled')))
      from document_batch_item i join outbox_message m on m.id = i.outbox_id where i.batch_id = b.id and i.state = 'mailed'),
    'chunks', (select coalesce(jsonb_agg(jsonb_build_object('n', c.n, 'state', c.state, 'target', x.target, 'printer', c.printer, 'job', c.job_id, 'firstSheet', x.first_sheet, 'sheets', x.sheets,
        'documents', x.documents, 'handedAt', c.handed_at) order by c.n desc), '[]')
      from (select * from print_batch_chunk where batch_id = b.id order by n desc limit 50) c join document_batch_chunk x on x.batch_id = c.batch_id and x.n = c.n));
end $$;

create function document_batch_create(p_operation_id uuid, p_filter jsonb, p_name text, p_separators boolean) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v document_batch_asked; v_staff staff := current_staff(); v_documents int; v_first jsonb := operation_repeat(p_operation_id, 'documentBatches.create');
begin
  if v_first is not null then
    return document_batch_state(p_operation_id);
  end if;
  v := document_batch_asked_of(p_filter);
  insert into print_batch (id, kind, provider_id, name, created_by) values (p_operation_id, 'documentBatches', v.provider_id, p_name, v_staff.id);
  insert into document_batch (id, period, filter, separators) values (p_operation_id, v.period, p_filter, p_separators);
  -- Street, house, flat as a postman walks; of one flat, the accounts in order.
  insert into document_batch_item (batch_id, n, account_id, delivery, document_id)
    select p_operation_id, row_number() over (order by d.region collate counted, d.locality collate counted, d.street collate counted, d.house collate counted, d.building collate counted,
        coalesce(nullif(d.flat, ''), a.flat_as_printed) collate counted, a.number),
      c.account_id, case when c.by_email then 'email' else 'paper' end, c.document_id
    from document_batch_chosen(v) c join account a on a.id = c.account_id join address d on d.id = a.address_id;
  get diagnostics v_documents = row_count;
  if v_documents = 0 then
    perform refuse('OK409', 'documentBatchEmpty');
  end if;
  insert into document_batch_pack (batch_id, n, address, part, parts, first_item, last_item)
    with placed as (
      select i.n, d.region, d.locality, d.street, d.house, d.building, (row_number() over (partition by d.region, d.locality, d.street, d.house, d.building order by i.n) - 1) / 500 + 1 as part
      from document_batch_item i join account a on a.id = i.account_id join address d on d.id = a.address_id where i.batch_id = p_operation_id
    ), packs as (
      select min(p.n) as first_item, max(p.n) as last_item, p.region, p.locality, p.street, p.house, p.building, p.part from placed p group by p.region, p.locality, p.street, p.house, p.building, p.part
    )
    select p_operation_id, row_number() over (order by first_item), concat_ws(', ', nullif(region, ''), nullif(locality, ''), nullif(street, ''), 'д. ' || house, 'корп. ' || nullif(building, '')),
      part, count(*) over (partition by region, locality, street, house, building), first_item, last_item from packs;
  perform operation_done(p_operation_id, 'documentBatches.create', null::visit, '{}',
    jsonb_build_object('provider', p_filter ->> 'provider', 'period', p_filter ->> 'period', 'documents', v_documents));
  return document_batch_state(p_operation_id);
end $$;

-- ── A run ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- A chunk that will not be handed over: its packs wait again.
create function document_batch_release(b print_batch, p_chunks int[]) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update print_batch_chunk set state = 'interrupted', ended_at = now() where batch_id = b.id and n = any(p_chunks) and state in ('begun', 'drawn');
  update document_batch_chunk set drawn = null, first_sheet = null, sheets = null where batch_id = b.id and n = any(p_chunks);
  update document_batch_pack set chunk = null where batch_id = b.id and chunk = any(p_chunks);
end $$;

-- Counts what a drawn chunk holds as given out, each document once in the batch, and writes down its sheets.
create function document_batch_count_chunk(b print_batch, p_chunk int, p_only_if_marks_hold boolean) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare x document_batch_chunk; i record; v_duplicate int;
begin
  select * into x from document_batch_chunk where batch_id = b.id and n = p_chunk and drawn is not null for update;
  if not found then
    perform refuse('OK409', 'batchChunkEnded');
  end if;
  for i in select t.n, t.is_counted, t.duplicate, d as document, (e ->> 'duplicate')::int as drawn_as, (e ->> 'sheet')::int as sheet, (e ->> 'sheets')::int as sheets
           from jsonb_array_elements(x.drawn -> 'items') e join document_batch_item t on t.batch_id = b.id and t.n = (e ->> 'n')::int
           join payment_document d on d.id = t.document_id order by t.document_id loop
    if not i.is_counted then
      v_duplicate := payment_document_given(i.document);
      -- Somebody gave it out at a window after it was drawn: two originals.
      if p_only_if_marks_hold and v_duplicate is distinct from i.drawn_as then
        perform refuse('OK409', 'documentMarksChanged');
      end if;
    end if;
    update document_batch_item set state = 'given', reason = null, chunk = p_chunk, sheet = i.sheet, sheets = i.sheets, is_counted = true, duplicate = case when i.is_counted then i.duplicate else i.drawn_as end
      where batch_id = b.id and n = i.n;
  end loop;
  update document_batch_pack p set separator_sheet = (e ->> 'sheet')::int from jsonb_array_elements(x.drawn -> 'separators') e where p.batch_id = b.id and p.n = (e ->> 'pack')::int;
  update document_batch set next_sheet = greatest(next_sheet, x.first_sheet + x.sheets) where id = b.id;
  update document_batch_chunk set drawn = null where batch_id = b.id and n = p_chunk;
  perform audit_record('documentBatches.issue', null, null, jsonb_build_object('batch', b.id, 'chunk', p_chunk, 'documents', x.documents, 'firstSheet', x.first_sheet, 'sheets', x.sheets));
end $$;

-- Takes the batch for this run. Returns where it stands: nextSheet, handed: [{n, jobId}] to be followed, drawn: chunks of this computer that may have reached its
-- print system without our knowing it. Those of another computer nobody can ask about any more: they are in doubt.
create function document_batch_run(p_batch_id uuid, p_run_id uuid, p_desk text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch := print_batch_locked('documentBatches', p_batch_id); c record;
begin
  perform document_batch_release(b, array(select k.n from print_batch_chunk k left join document_batch_chunk x on x.batch_id = k.batch_id and x.n = k.n
    where k.batch_id = b.id and (k.state = 'begun' or k.state = 'drawn' and x.target = 'folder')));
  for c in select n from print_batch_chunk where batch_id = b.id and state = 'drawn' and desk is distinct from left(p_desk, 80) order by n loop
    perform document_batch_count_chunk(b, c.n, false);
    update print_batch_chunk set state = 'unsure', ended_at = now() where batch_id = b.id and n = c.n;
  end loop;
  perform print_batch_taken(b, p_run_id, p_desk);
  return jsonb_build_object('nextSheet', (select next_sheet from document_batch where id = b.id), 'at', now(), 'operatorName', (current_staff()).full_name, 'period', (select to_char(period, 'YYYY-MM') from document_batch where id = b.id),
    'counts', document_batch_counts(b.id), 'handed', print_batch_handed(b),
    'drawn', (select coalesce(jsonb_agg(n order by n), '[]') from print_batch_chunk where batch_id = b.id and state = 'drawn'));
end $$;

-- A drawn chunk of a killed run: the print system has its job after all (p_job_id), has none ('' = it never got it), or does not tell (null).
-- Returns the number of the next sheet.
create function document_batch_found(p_batch_id uuid, p_run_id uuid, p_chunk int, p_job_id text, p_printer text) returns int language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch := print_batch_locked('documentBatches', p_batch_id, p_run_id);
begin
  if p_job_id = '' then
    perform document_batch_release(b, array[p_chunk]);
  else
    perform document_batch_count_chunk(b, p_chunk, false);
    perform print_batch_chunk_handed(b, p_chunk, coalesce(p_job_id, '?'), p_printer);
    if p_job_id is null then
      perform print_batch_chunk_told(b, p_chunk, 'unsure');
    end if;
  end if;
  return (select next_sheet from document_batch where id = b.id);
end $$;

-- Somebody has to say what came out before anything more is printed.
create function document_batch_settled(b print_batch) returns void language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v_from int; v_to int;
begin
  select min(x.first_sheet), max(x.first_sheet + x.sheets - 1) into v_from, v_to
    from print_batch_chunk c join document_batch_chunk x on x.batch_id = c.batch_id and x.n = c.n where c.batch_id = b.id and c.state in ('failed', 'withdrawn', 'unsure');
  if v_from is not null then
    perform refuse('OK409', 'documentBatchAsksSheet', jsonb_build_object('from', v_from, 'to', v_to));
  end if;
end $$;

-- Bills by e-mail, at most p_limit of them: each goes into the outbox once per document and address. Whoever takes no letters any more gets paper.
-- {mailed, toPaper, left}.
create function document_batch_mail(p_batch_id uuid, p_run_id uuid, p_limit int) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch := print_batch_locked('documentBatches', p_batch_id, p_run_id); i document_batch_item; a account; d payment_document; k subscriber_contact;
  v_period date := (select period from document_batch where id = p_batch_id); v_duplicate int; v_outbox bigint; v_is_first boolean; v_mailed int := 0; v_to_paper int := 0;
begin
  if b.state <> 'running' then
    return jsonb_build_object('mailed', 0, 'toPaper', 0, 'left', false);
  end if;
  for i in select * from document_batch_item where batch_id = b.id and delivery = 'email' and state = 'waiting' order by n limit least(p_limit, 1000) for update loop
    select * into a from account where id = i.account_id;
    k := case when bill_by_email(a.id, a.subscriber_id, a.bill_delivery, v_period) then bills_contact(a.subscriber_id) end;
    if k.id is null then
      update document_batch_item set delivery = 'paper' where batch_id = b.id and n = i.n;
      v_to_paper := v_to_paper + 1;
      continue;
    end if;
    begin
      d := payment_document_made(a, v_period);
    exception when sqlstate 'OK404' or sqlstate 'OK409' or sqlstate 'OK400' then
      update document_batch_item set state = 'failed', reason = sqlerrm where batch_id = b.id and n = i.n;
      continue;
    end;
    -- The operation of a letter is its document: the same bill goes to the same address once, whatever batch asks for it, and is counted with that one letter.
    select m.id into v_outbox from outbox_message m where m.operation_id = md5('bill ' || d.id)::uuid and m.template = 'bill' and m.channel = 'email' and m.recipient = k.value;
    v_is_first := not found;
    if v_is_first then
      v_duplicate := case when i.is_counted then i.duplicate else payment_document_given(d) end;
      v_outbox := outbox_put(md5('bill ' || d.id)::uuid, 'email', k.value, 'bill', jsonb_build_object('documentId', d.id, 'accountId', a.id, 'duplicate', v_duplicate, 'at', now(), 'operatorName', (current_staff()).full_name), a.provider_id, now() + interval '14 days');
    end if;
    update document_batch_item set state = 'mailed', document_id = d.id, duplicate = case when v_is_first then v_duplicate else duplicate end, is_counted = is_counted or v_is_first, outbox_id = v_outbox, reason = null
      where batch_id = b.id and n = i.n;
    v_mailed := v_mailed + 1;
  end loop;
  if v_to_paper > 0 then
    update document_batch_pack p set chunk = null where p.batch_id = b.id and p.chunk is not null
      and exists (select from document_batch_item t where t.batch_id = b.id and t.n between p.first_item and p.last_item and t.state = 'waiting' and t.delivery = 'paper');
  end if;
  if v_mailed > 0 then
    perform audit_record('documentBatches.mail', null, null, jsonb_build_object('batch', b.id, 'documents', v_mailed));
  end if;
  return jsonb_build_object('mailed', v_mailed, 'toPaper', v_to_paper, 'left', exists (select from document_batch_item where batch_id = b.id and delivery = 'email' and state = 'waiting'));
end $$;

-- The next chunk: whole packs while they have at most p_documents bills together, one pack at least (p_one_pack: exactly one). Null: nothing waits, or somebody
-- paused the batch. Text and not jsonb: megabytes that main hands to the drawing thread without reading.
-- Its number and the address of its first pack stand at the front.
--   {n, first, issuers: {id: content}, packs: [{n, address, part, parts, flatFrom, flatTo, documents, separator, items: [{n, issuer, rendering, own, duplicate}]}]}
create function document_batch_next(p_batch_id uuid, p_run_id uuid, p_documents int, p_one_pack boolean, p_target text) returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch := print_batch_locked('documentBatches', p_batch_id, p_run_id); x document_batch; p document_batch_pack; i record; a account; d payment_document; v_chunk int; v_waiting int; v_documents int := 0; v_packs int[] := '{}'; v_is_closed boolean;
begin
  if b.state <> 'running' then
    return null;
  end if;
  perform document_batch_settled(b);
  select * into x from document_batch where id = b.id;
  v_is_closed := exists (select from payment_period z where z.provider_id = b.provider_id and z.period = x.period and z.state = 'closed');
  for p in select * from document_batch_pack k where k.batch_id = b.id and k.chunk is null
             and exists (select from document_batch_item t where t.batch_id = b.id and t.state = 'waiting' and t.delivery = 'paper' and t.n between k.first_item and k.last_item)
           order by k.n loop
    -- Before its period is closed a document is made of what billing says at the moment it is given out.
    for i in select t.n, t.account_id from document_batch_item t where t.batch_id = b.id and t.n between p.first_item and p.last_item and t.state = 'waiting' and t.delivery = 'paper'
               and (t.document_id is null or not v_is_closed and not t.is_counted) loop
      select * into a from account where id = i.account_id;
      begin
        d := payment_document_made(a, x.period);
        update document_batch_item set document_id = d.id where batch_id = b.id and n = i.n;
      exception when sqlstate 'OK404' or sqlstate 'OK409' or sqlstate 'OK400' then
        update document_batch_item set state = 'failed', reason = sqlerrm where batch_id = b.id and n = i.n;
      end;
    end loop;
    select count(*) into v_waiting from document_batch_item t where t.batch_id = b.id and t.n between p.first_item and p.last_item and t.state = 'waiting' and t.delivery = 'paper';
    continue when v_waiting = 0;
    exit when v_documents > 0 and v_documents + v_waiting > p_documents;
    v_packs := v_packs || p.n;
    v_documents := v_documents + v_waiting;
    exit when p_one_pack or v_documents >= p_documents;
  end loop;
  if v_documents = 0 then
    return null;
  end if;
  v_chunk := print_batch_chunk_begun(b);
  insert into document_batch_chunk (batch_id, n, target, documents) values (b.id, v_chunk, p_target, v_documents);
  update document_batch_pack set chunk = v_chunk where batch_id = b.id and n = any(v_packs);
  return (
    with items as materialized (
      select k.n as pack, t.n, q.issuer_id, q.rendering, q.content, case when t.is_counted then t.duplicate else nullif(q.issues, 0) end as duplicate,
        coalesce(nullif(h.flat, ''), nullif(y.flat_as_printed, '')) as flat
      from document_batch_pack k join document_batch_item t on t.batch_id = b.id and t.n between k.first_item and k.last_item and t.state = 'waiting' and t.delivery = 'paper'
      join payment_document q on q.id = t.document_id join account y on y.id = t.account_id join address h on h.id = y.address_id
      where k.batch_id = b.id and k.n = any(v_packs)
    )
    select jsonb_build_object('n', v_chunk, 'first', (select address from document_batch_pack where batch_id = b.id and n = v_packs[1]),
      'issuers', (select jsonb_object_agg(s.id::text, s.content) from payment_document_issuer s where s.id in (select issuer_id from items)),
      'packs', (select jsonb_agg(jsonb_build_object('n', k.n, 'address', k.address, 'part', k.part, 'parts', k.parts, 'separator', x.separators and k.separator_sheet is null)
          || (select jsonb_build_object('documents', count(*), 'flatFrom', (array_agg(m.flat order by m.n))[1], 'flatTo', (array_agg(m.flat order by m.n desc))[1],
              'items', jsonb_agg(jsonb_build_object('n', m.n, 'issuer', m.issuer_id::text, 'rendering', m.rendering, 'own', m.content, 'duplicate', m.duplicate) order by m.n))
            from items m where m.pack = k.n) order by k.n)
        from document_batch_pack k where k.batch_id = b.id and k.n = any(v_packs)))::text);
end $$;

-- What was drawn, before anybody gets it: items [{n, sheet, sheets, duplicate}], separators [{pack, sheet}], failed [{n, reason}], left: packs that were not drawn
-- (they wait for the next chunk). False when nothing is left to hand over.
create function document_batch_drawn(p_batch_id uuid, p_run_id uuid, p_chunk int, p_first_sheet int, p_sheets int, p_items jsonb, p_separators jsonb, p_failed jsonb, p_left int[]) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch := print_batch_locked('documentBatches', p_batch_id, p_run_id); v_documents int := jsonb_array_length(p_items);
begin
  update document_batch_item t set state = 'failed', reason = left(f ->> 'reason', 80) from jsonb_array_elements(p_failed) f where t.batch_id = b.id and t.n = (f ->> 'n')::int and t.state = 'waiting';
  update document_batch_pack set chunk = null where batch_id = b.id and n = any(p_left) and chunk = p_chunk;
  if v_documents = 0 then
    perform document_batch_release(b, array[p_chunk]);
    return false;
  end if;
  -- Whatever program says what it has drawn: bills of this chunk that wait, each once, on the sheets that come next.
  if p_first_sheet is distinct from (select next_sheet from document_batch where id = b.id) or (
      select count(distinct t.n) from jsonb_array_elements(p_items) e join document_batch_item t on t.batch_id = b.id and t.n = (e ->> 'n')::int and t.state = 'waiting' and t.document_id is not null
      join document_batch_pack k on k.batch_id = b.id and k.chunk = p_chunk and t.n between k.first_item and k.last_item
      where (e ->> 'sheet')::int >= p_first_sheet and (e ->> 'sheets')::int > 0 and (e ->> 'sheet')::int + (e ->> 'sheets')::int <= p_first_sheet + p_sheets) <> v_documents then
    perform refuse('OK409', 'batchChunkEnded');
  end if;
  update print_batch_chunk set state = 'drawn' where batch_id = b.id and n = p_chunk and state = 'begun';
  if not found then
    perform refuse('OK409', 'batchChunkEnded');
  end if;
  update document_batch_chunk set first_sheet = p_first_sheet, sheets = p_sheets, documents = v_documents, drawn = jsonb_build_object('items', p_items, 'separators', p_separators) where batch_id = b.id and n = p_chunk;
  return true;
end $$;

-- The transaction of the printing: without document_batch_handed in it nothing of this stays.
create function document_batch_issue(p_batch_id uuid, p_run_id uuid, p_chunk int) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch := print_batch_locked('documentBatches', p_batch_id, p_run_id);
begin
  perform document_batch_count_chunk(b, p_chunk, true);
end $$;

-- p_job_id: of the print job, or the name of the file; a file is whole when it is there.
create function document_batch_handed(p_batch_id uuid, p_run_id uuid, p_chunk int, p_job_id text, p_printer text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch := print_batch_locked('documentBatches', p_batch_id, p_run_id);
begin
  perform print_batch_chunk_handed(b, p_chunk, p_job_id, p_printer);
  if (select target from document_batch_chunk where batch_id = b.id and n = p_chunk) = 'folder' then
    perform print_batch_chunk_told(b, p_chunk, 'printed');
  end if;
end $$;

-- A giving-out that is not handed over counts nothing, whatever program calls these functions.
create function document_chunk_handed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if exists (select from print_batch_chunk c where c.batch_id = new.batch_id and c.n = new.n and c.state in ('begun', 'drawn')) then
    perform refuse('OK409', 'documentsNotHanded');
  end if;
  return null;
end $$;
create constraint trigger document_chunk_handed after update on document_batch_chunk deferrable initially deferred for each row
  when (old.drawn is not null and new.drawn is null) execute function document_chunk_handed();

-- Not handed over after all, to be drawn again: the marks have changed meanwhile, or the printer took nothing. p_packs: only these of it, which did not
-- fit into its file and begin the next one.
create function document_batch_put_back(p_batch_id uuid, p_run_id uuid, p_chunk int, p_packs int[] default null) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch := print_batch_locked('documentBatches', p_batch_id, p_run_id);
begin
  if p_packs is null then
    perform document_batch_release(b, array[p_chunk]);
  else
    update document_batch_pack set chunk = null where batch_id = b.id and n = any(p_packs) and chunk = p_chunk;
  end if;
end $$;

create function document_batch_told(p_batch_id uuid, p_run_id uuid, p_chunk int, p_outcome text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform print_batch_chunk_told(print_batch_locked('documentBatches', p_batch_id, p_run_id), p_chunk, p_outcome);
end $$;

create function document_batch_is_left(p_batch_id uuid) returns boolean language sql stable security definer set search_path = public, pg_temp
return exists (select from document_batch_item where batch_id = p_batch_id and state = 'waiting')
  or exists (select from print_batch_chunk where batch_id = p_batch_id and state in ('drawn', 'handed', 'failed', 'withdrawn', 'unsure'));

create function document_batch_stop(p_batch_id uuid, p_run_id uuid, p_reason text default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch := print_batch_locked('documentBatches', p_batch_id, p_run_id);
begin
  -- A chunk that is drawn stays: whether the print system has it is looked up by the next run.
  perform document_batch_release(b, array(select n from print_batch_chunk where batch_id = b.id and state = 'begun'));
  perform print_batch_stopped(b, document_batch_is_left(b.id), p_reason);
  return document_batch_state(b.id);
end $$;

create function document_batch_pause(p_batch_id uuid) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform print_batch_asked_to_pause(print_batch_locked('documentBatches', p_batch_id));
  return document_batch_state(p_batch_id);
end $$;

-- The last good sheet by a person who has looked: whatever is on a later one is printed again, under the same numbers and the same marks. Between runs, or at the
-- beginning of one (p_run_id). Jobs on their way have been followed to their end or withdrawn before.
create function document_batch_continue_from(p_operation_id uuid, p_batch_id uuid, p_last_good_sheet int, p_run_id uuid default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch; v_next int; v_spoiled int; v_first jsonb := operation_repeat(p_operation_id, 'documentBatches.continueFrom');
begin
  if v_first is not null then
    return document_batch_state(p_batch_id);
  end if;
  b := case when p_run_id is null then print_batch_resting('documentBatches', p_batch_id) else print_batch_locked('documentBatches', p_batch_id, p_run_id) end;
  if exists (select from print_batch_chunk where batch_id = b.id and state in ('drawn', 'handed')) then
    perform refuse('OK409', 'batchChunksOpen');
  end if;
  if p_last_good_sheet is null or p_last_good_sheet not between 0 and (select next_sheet - 1 from document_batch where id = b.id) then
    perform refuse('OK400', 'noSuchSheet', jsonb_build_object('last', (select next_sheet - 1 from document_batch where id = b.id)));
  end if;
  select least(min(i.sheet), (select min(p.separator_sheet) from document_batch_pack p where p.batch_id = b.id and p.separator_sheet > p_last_good_sheet)), count(*) into v_next, v_spoiled
    from document_batch_item i where i.batch_id = b.id and i.state = 'given' and i.sheet + i.sheets - 1 > p_last_good_sheet;
  update document_batch_item set state = 'waiting', chunk = null, sheet = null, sheets = null, spoiled = spoiled + 1 where batch_id = b.id and state = 'given' and sheet + sheets - 1 > p_last_good_sheet;
  update document_batch_pack set separator_sheet = null where batch_id = b.id and separator_sheet > p_last_good_sheet;
  update document_batch_pack p set chunk = null where p.batch_id = b.id and p.chunk is not null
    and exists (select from document_batch_item i where i.batch_id = b.id and i.n between p.first_item and p.last_item and i.state = 'waiting' and i.delivery = 'paper');
  update document_batch set next_sheet = coalesce(v_next, next_sheet) where id = b.id;
  update print_batch_chunk c set state = case when exists (select from document_batch_item i where i.batch_id = b.id and i.chunk = c.n) then 'printed' else 'interrupted' end
    where c.batch_id = b.id and c.state in ('printed', 'failed', 'withdrawn', 'unsure');
  if v_spoiled > 0 then
    perform print_batch_reopened(b, 'spoiled');
  elsif p_run_id is null and not document_batch_is_left(b.id) then
    perform print_batch_stopped(b, false, null);
  end if;
  perform operation_done(p_operation_id, 'documentBatches.continueFrom', null::visit, '{}', jsonb_build_object('batch', b.id, 'lastGoodSheet', p_last_good_sheet, 'again', v_spoiled));
  return document_batch_state(b.id);
end $$;

-- Documents that could not be given are tried again; a letter that did not arrive becomes paper.
create function document_batch_retry(p_operation_id uuid, p_batch_id uuid, p_items int[] default null) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare b print_batch; v_again int[]; v_first jsonb := operation_repeat(p_operation_id, 'documentBatches.retry');
begin
  if v_first is not null then
    return document_batch_state(p_batch_id);
  end if;
  b := print_batch_resting('documentBatches', p_batch_id);
  -- What becomes paper is no letter any more, whoever would send it again.
  update outbox_message m set state = 'cancelled', params = null, claim = null, finished_at = now() from document_batch_item i
    where i.batch_id = b.id and i.state = 'mailed' and i.outbox_id = m.id and (p_items is null or i.n = any(p_items)) and m.state in ('failed', 'uncertain', 'expired');
  with again as (
    update document_batch_item i set state = 'waiting', reason = null, delivery = case when i.state = 'mailed' then 'paper' else i.delivery end, outbox_id = null
    where i.batch_id = b.id and (p_items is null or i.n = any(p_items)) and (i.state = 'failed'
      or i.state = 'mailed' and exists (select from outbox_message m where m.id = i.outbox_id and m.state in ('failed', 'uncertain', 'expired', 'cancelled')))
    returning i.n
  )
  select coalesce(array_agg(n), '{}') into v_again from again;
  if cardinality(v_again) = 0 then
    perform refuse('OK409', 'documentsNothingToRetry');
  end if;
  update document_batch_pack p set chunk = null where p.batch_id = b.id and exists (select from unnest(v_again) g(n) where g.n between p.first_item and p.last_item);
  perform print_batch_reopened(b, 'retry');
  perform operation_done(p_operation_id, 'documentBatches.retry', null::visit, '{}', jsonb_build_object('batch', b.id, 'documents', cardinality(v_again)));
  return document_batch_state(b.id);
end $$;

-- ── A bill by e-mail leaves ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- For the sender that holds the message, right before it writes it: {issuer, own, rendering, duplicate, at, timeZone} as text. Null when the subscriber takes no bills at that
-- address any more: the letter is cancelled and the bill waits for paper in its batch.
create function outbox_bill(p_id bigint, p_claim uuid) returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare m outbox_message; d payment_document; a account; b print_batch;
begin
  select * into m from outbox_message where id = p_id and claim = p_claim and state = 'sending' and template = 'bill' for update;
  if not found then
    return null;
  end if;
  select * into d from payment_document where id = (m.params ->> 'documentId')::bigint;
  select * into a from account where id = d.account_id;
  if not coalesce(bill_by_email(a.id, a.subscriber_id, a.bill_delivery, d.period) and (bills_contact(a.subscriber_id)).value = m.recipient, false) then
    update outbox_message set state = 'cancelled', params = null, claim = null, finished_at = now(), error = 'billOnPaper' where id = m.id;
    for b in select distinct x.* from document_batch_item i join print_batch x on x.id = i.batch_id where i.outbox_id = m.id and i.state = 'mailed' loop
      update document_batch_item set state = 'waiting', delivery = 'paper', reason = 'noBillByEmail', outbox_id = null where batch_id = b.id and outbox_id = m.id;
      update document_batch_pack p set chunk = null from document_batch_item i where i.batch_id = b.id and i.account_id = a.id and p.batch_id = b.id and i.n between p.first_item and p.last_item and i.state = 'waiting';
      perform print_batch_reopened(b, 'toPaper');
    end loop;
    return null;
  end if;
  return (select jsonb_build_object('issuer', s.content, 'own', d.content, 'rendering', d.rendering, 'duplicate', m.params -> 'duplicate', 'at', m.params -> 'at', 'operatorName', m.params -> 'operatorName', 'timeZone', m.params -> 'timeZone')::text
    from payment_document_issuer s where s.id = d.issuer_id);
end $$;

grant execute on function document_batch_preview(jsonb, int), document_batch_list(), document_batch_state(uuid), document_batch_create(uuid, jsonb, text, boolean),
  document_batch_run(uuid, uuid, text), document_batch_found(uuid, uuid, int, text, text), document_batch_mail(uuid, uuid, int), document_batch_next(uuid, uuid, int, boolean, text),
  document_batch_drawn(uuid, uuid, int, int, int, jsonb, jsonb, jsonb, int[]), document_batch_issue(uuid, uuid, int), document_batch_handed(uuid, uuid, int, text, text),
  document_batch_put_back(uuid, uuid, int, int[]), document_batch_told(uuid, uuid, int, text), document_batch_stop(uuid, uuid, text), document_batch_pause(uuid),
  document_batch_continue_from(uuid, uuid, int, uuid), document_batch_retry(uuid, uuid, int[]) to okno_supervisor;
grant execute on function outbox_bill(bigint, uuid) to okno_outbox;

reset role;
