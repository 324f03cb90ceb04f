-- Registers take turns. A look at a file (preview, check) tries its rows where an import puts its own, and takes them back after a moment: whoever comes
-- meanwhile, a second administrator or the watched folder, waits for that moment. An import lasts for minutes: behind one the answer is still `importRunning`.
set local role okno_owner;

create or replace function register_begin(p_batch_id uuid, p_kind text, p_file_name text, p_file_sha256 text, p_mapping jsonb default null) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_done import_batch; v_patience text := current_setting('lock_timeout');
begin
  -- The owner itself loads a training office before there is any staff.
  if not (select rolsuper from pg_roles where rolname = session_user) then
    perform current_staff();
  end if;
  -- Two merges at once would wait for each other's rows in opposite orders, and share the staging.
  perform set_config('lock_timeout', '3s', true);
  begin
    perform pg_advisory_xact_lock(hashtext('okno.registers'));
  exception when lock_not_available then
    perform refuse('OK409', 'importRunning');
  end;
  perform set_config('lock_timeout', v_patience, true);
  select * into v_done from import_batch where id = p_batch_id;
  if found then
    return jsonb_build_object('done', register_batch_json(v_done));
  end if;
  insert into import_batch (id, kind, file_name, file_sha256, mapping) values (p_batch_id, p_kind, left(p_file_name, 255), p_file_sha256, p_mapping);
  execute format('truncate register_verdict, %I', 'register_stage_' || p_kind);
  perform set_config('okno.batch', p_batch_id::text, true);
  return jsonb_build_object('done', null, 'processId', pg_backend_pid());
end $$;

reset role;
