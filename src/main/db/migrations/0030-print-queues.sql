-- Sheets on their way to a printer. What a sheet says is kept for a day, so that one which never came out is printed elsewhere as the same sheet with the same mark,
-- and is not counted again. Sheets with a secret are never kept.
set local role okno_owner;

create table operation_sheet (
  operation_id uuid primary key references operation,
  sheet jsonb not null,
  kept_until timestamptz not null default now() + interval '1 day'
);
comment on column operation_sheet.sheet is '{form, drawing, title, media, copies, duplex, content, issued}: all that draws it again; shape: src/main/printing/print-elsewhere.ts.';
create index operation_sheet_end on operation_sheet (kept_until);

-- Keeps what the sheet of an own operation says, in the transaction that gives it out. Of a password, whatever the program says, nothing is kept.
create function sheet_keep(p_operation_id uuid, p_sheet jsonb) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not exists (select from operation where id = p_operation_id and staff_id = (current_staff()).id and at > now() - interval '10 minutes'
      and kind in (select d.kind from delivering_operation d) and kind <> 'portalAccess.reissuePassword') then
    perform refuse('OK409', 'operationEnded');
  end if;
  if octet_length(p_sheet::text) > 1048576 then
    perform refuse('OK400', 'sheetTooLarge');
  end if;
  delete from operation_sheet where operation_id in (select operation_id from operation_sheet where kept_until < now() limit 100);
  insert into operation_sheet (operation_id, sheet) values (p_operation_id, p_sheet) on conflict do nothing;
end $$;

-- The sheet of an own operation goes to another printer: recorded as an operation of its own, nothing is given out anew. A sheet that moved twice has one origin.
create function printing_retry(p_operation_id uuid, p_sheet_of uuid, p_from_printer text, p_to_printer text) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare o operation; v visit; v_sheet jsonb; v_first jsonb := operation_repeat(p_operation_id, 'printing.retry');
begin
  if v_first is not null then return v_first; end if;
  select * into o from operation where id = p_sheet_of for update;
  if not found or o.staff_id is distinct from (current_staff()).id then
    perform refuse('OK403', 'sheetOfAnother');
  end if;
  select sheet into v_sheet from operation_sheet where operation_id = o.id and kept_until > now();
  if not found then
    perform refuse('OK409', 'sheetNotKept');
  end if;
  select * into v from visit where id = o.visit_id;
  -- Where it went before says nothing any more.
  update operation set result = result || jsonb_build_object('movedBy', p_operation_id)
    where id = o.id or (kind = 'printing.retry' and staff_id = o.staff_id and visit_id is not distinct from o.visit_id and at > o.at and result ->> 'sheetOf' = o.id::text);
  perform operation_done(p_operation_id, 'printing.retry', v, jsonb_build_object('sheetOf', o.id),
    jsonb_build_object('form', v_sheet -> 'form', 'number', coalesce(o.details -> 'number', o.details -> 'memoNumber'), 'from', left(p_from_printer, 200), 'to', left(p_to_printer, 200)), o.account_id);
  return jsonb_build_object('sheet', v_sheet);
end $$;
insert into delivering_operation values ('printing.retry');

-- Own sheets by the operations that gave them out: number, whose they are, whether what they say is still kept.
create function printing_sheets(p_operations uuid[]) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select coalesce(jsonb_agg(jsonb_build_object('operationId', o.id, 'number', coalesce(o.details ->> 'number', o.details ->> 'memoNumber'),
      'subscriberId', o.subscriber_id, 'accountId', o.account_id, 'kept', exists (select from operation_sheet s where s.operation_id = o.id and s.kept_until > now()))), '[]')
    from operation o where o.id = any (p_operations) and o.staff_id = (current_staff()).id);
end $$;

-- A sheet that had been counted as given out was taken off its printer: whoever looks at the counts later sees why.
create function printing_cancelled(p_sheet_of uuid, p_form text, p_printer text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare o operation;
begin
  select * into o from operation where id = p_sheet_of;
  perform audit_record('printing.cancel', o.visit_id, o.subscriber_id,
    jsonb_strip_nulls(jsonb_build_object('form', left(p_form, 40), 'printer', left(p_printer, 200), 'sheetOf', o.id, 'number', coalesce(o.details -> 'number', o.details -> 'memoNumber'))));
end $$;

-- Of an own operation that is about to be taken back, because its sheet was only to be looked at: what was looked at. See sheet_looked.
create function sheet_look(p_operation_id uuid) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare o operation;
begin
  select * into o from operation where id = p_operation_id and staff_id = (current_staff()).id and kind in (select d.kind from delivering_operation d);
  if not found then
    perform refuse('OK409', 'operationIdUsed');
  end if;
  return jsonb_build_object('kind', o.kind, 'visitId', o.visit_id, 'accountId', o.account_id);
end $$;

-- A sheet was looked at and not given out. Its operation is gone with its transaction; that somebody has read the record stays.
create function sheet_looked(p_kind text, p_visit_id bigint, p_account_id bigint) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_staff staff := current_staff();
begin
  if not exists (select from delivering_operation where kind = p_kind) then
    perform refuse('OK400', 'shape');
  end if;
  select * into v from visit where id = p_visit_id;
  if p_visit_id is not null and v.staff_id is distinct from v_staff.id then
    perform refuse('OK403', 'notYourVisit');
  end if;
  perform audit_record('printing.preview', v.id, v.subscriber_id, jsonb_build_object('kind', p_kind, 'accountId', p_account_id));
end $$;

grant execute on function sheet_look(uuid), sheet_looked(text, bigint, bigint), printing_retry(uuid, uuid, text, text), printing_sheets(uuid[]), printing_cancelled(uuid, text, text) to okno_operator, okno_supervisor, okno_admin;
grant execute on function sheet_keep(uuid, jsonb) to okno_operator, okno_supervisor;

reset role;
