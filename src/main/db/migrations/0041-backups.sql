-- Backups of the embedded database (src/main/backup). The files are made by main; here is what the office knows of them, and what a restored office has to do first.
set local role okno_owner;

-- One row. `origin` names the office in all its copies.
create table backup_state (
  one boolean primary key default true check (one),
  origin uuid not null default gen_random_uuid(),
  made_at timestamptz,
  failed_at timestamptz,
  failure text,
  due_by timestamptz,
  restored_at timestamptz,
  restored_from timestamptz
);
comment on column backup_state.due_by is 'When somebody has to be told that there is no newer copy; null: no schedule.';
insert into backup_state default values;

-- What became of a backup. p_outcome: made (its file is verified), failed. Called by the administrator''s session, or by the owner of the database when the schedule made it.
create function backup_told(p_outcome text, p_reason text, p_due_by timestamptz, p_details jsonb) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not (select rolsuper from pg_roles where rolname = session_user) then
    perform current_staff();
  end if;
  update backup_state set
    made_at = case when p_outcome = 'made' then now() else made_at end,
    failed_at = case when p_outcome = 'made' then null else now() end,
    failure = case when p_outcome = 'made' then null else left(p_reason, 80) end,
    due_by = p_due_by;
  perform audit_record(case when p_outcome = 'made' then 'backups.make' else 'backups.fail' end, null, null, p_details || jsonb_build_object('reason', left(p_reason, 80)));
end $$;

create function backup_state_get() returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  perform current_staff();
  return (select jsonb_build_object('madeAt', made_at, 'failedAt', failed_at, 'failure', failure, 'restoredAt', restored_at, 'restoredFrom', restored_from,
    'office', (select name from office order by id limit 1)) from backup_state);
end $$;

-- What has happened since a copy was made and would be lost with it: numbers only.
create function backup_loss(p_since timestamptz) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  perform current_staff();
  return jsonb_build_object('operations', (select count(*) from operation where at > p_since), 'visits', (select count(*) from visit where opened_at > p_since),
    'lastOperationAt', (select max(at) from operation), 'origin', (select origin from backup_state));
end $$;

-- Opening a copy, looking into it and keys of backups leave a trace.
create function backup_audit(p_action text, p_details jsonb) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform current_staff();
  if p_action not in ('backups.preview', 'backups.schedule', 'backups.makeKey', 'backups.verify') then
    perform refuse('OK400', 'shape');
  end if;
  perform audit_record(p_action, null, null, p_details);
end $$;
grant execute on function backup_told(text, text, timestamptz, jsonb), backup_state_get(), backup_loss(timestamptz), backup_audit(text, jsonb) to okno_admin;

-- First thing in an office that came out of a copy; the owner''s alone. Nothing leaves it a second time: what waited in the outbox may have gone out since, and is an administrator''s to decide.
-- p_transaction: the transactions of the cluster it was copied from.
create function backup_restored(p_made_at timestamptz, p_transaction bigint, p_by text, p_details jsonb) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update outbox_message set state = case when params ? 'sealed' then 'expired' else 'uncertain' end, params = case when params ? 'sealed' then null else params end,
    finished_at = now(), error = 'restored', claim = null, claimed_at = null, leaving_at = null where state in ('queued', 'sending');
  -- Memos printed after the copy keep their numbers to themselves.
  perform setval('memo_number', (select last_value + 1000 from memo_number));
  -- Beyond every cursor that a portal can hold.
  update portal_clock set base = base + p_transaction + 4294967296;
  update backup_state set restored_at = now(), restored_from = p_made_at, failed_at = null, failure = null;
  perform audit_record('backups.restore', null, null, p_details || jsonb_build_object('madeAt', p_made_at, 'by', p_by));
end $$;

-- First thing on the server that the office moved to: it goes on where it was, so nothing is held back. The owner''s alone.
create function backup_moved(p_details jsonb) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  -- The server counts its own transactions; portals go on above the cursors they hold.
  update portal_clock set base = base + 4294967296;
  perform audit_record('backups.move', null, null, p_details);
end $$;

reset role;
