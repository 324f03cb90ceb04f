-- The readings sheet and its saving. Which reading is odd is judged by src/shared/domain/reading-rules.ts before it comes here; what must never
-- get in, whatever program asks, is refused here as well.
set local role okno_owner;

create function meter_json(m meter) returns jsonb language sql stable security definer set search_path = public, pg_temp
return jsonb_build_object('id', m.id, 'serial', m.serial, 'service', m.service, 'digits', m.digits, 'decimals', m.decimals, 'zones', m.zones,
  'ratio', m.ratio::float, 'installedOn', m.installed_on, 'verifiedUntil', m.verified_until, 'removedOn', m.removed_on, 'isAutomatic', m.is_automatic,
  'initial', to_jsonb(m.initial));

create function reading_sheet(p_visit_id bigint, p_account_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit := visit_require(p_visit_id); a account := visit_account(v, p_account_id);
begin
  return (select jsonb_build_object('accountId', a.id, 'accountNumber', a.number, 'provider', p.name, 'address', address_text(d, a.flat_as_printed), 'status', a.status,
      'policy', p.profile -> 'readings', 'closedThrough', to_char(account_closed_through(a.id), 'YYYY-MM'), 'today', office_today(),
      'meters', (select coalesce(jsonb_agg(meter_json(m) || jsonb_build_object('history',
          (select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'takenOn', r.taken_on, 'period', to_char(r.period, 'YYYY-MM'), 'values', reading_values(r),
              'channel', r.channel, 'status', r.status, 'statusReason', r.status_reason, 'reasons', r.reasons) order by r.taken_on desc, r.id desc), '[]')
            from meter_reading r where r.meter_id = m.id and r.taken_on > office_today() - interval '25 months'))
          order by m.removed_on is not null, array_position(array['cold_water', 'hot_water', 'electricity', 'gas', 'heat'], m.service), m.serial), '[]')
        from meter m where m.account_id = a.id))
    from provider p, address d where p.id = a.provider_id and d.id = a.address_id);
end $$;

-- p_entries: [{meterId, values: [..], reasons: [..], warnings: [..], period: 'YYYY-MM'}]. All rows or none.
create function reading_save(p_operation_id uuid, p_visit_id bigint, p_account_id bigint, p_taken_on date, p_channel text, p_entries jsonb) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v visit; a account; m meter; e jsonb; v_values bigint[]; v_before meter_reading; v_same meter_reading; v_reading meter_reading; v_closed date;
  v_after meter_reading; v_explained boolean; v_saved jsonb := '[]'; v_rows bigint[] := '{}'; v_replaced jsonb := '[]'; v_staff staff := current_staff();
  v_first jsonb := operation_repeat(p_operation_id, 'readings.save');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id);
  a := visit_account(v, p_account_id);
  if a.status = 'closed' then
    perform refuse('OK409', 'accountClosed');
  end if;
  if p_taken_on > office_today() then
    perform refuse('OK400', 'readingInFuture');
  end if;
  -- An act is a control reading, and a register is billing's: neither is entered at a window.
  if p_channel not in ('desk', 'phone', 'paper') then
    perform refuse('OK400', 'readingChannel');
  end if;
  v_closed := account_closed_through(a.id);
  for e in select value from jsonb_array_elements(p_entries) loop
    -- The row is locked: two desks with one meter take turns.
    select * into m from meter where id = (e ->> 'meterId')::bigint and account_id = a.id for update;
    if not found then
      perform refuse('OK403', 'meterOfAnotherAccount');
    end if;
    select array_agg(x::bigint order by n) into v_values from jsonb_array_elements_text(e -> 'values') with ordinality t(x, n);
    if cardinality(v_values) is distinct from m.zones or array_position(v_values, null) is not null then
      perform refuse('OK400', 'zonesIncomplete', jsonb_build_object('meterId', m.id));
    end if;
    if exists (select from unnest(v_values) x where x < 0 or x >= 1000 * 10 ^ m.digits or x % (10 ^ (3 - m.decimals))::bigint <> 0) then
      perform refuse('OK400', 'digitsExceeded', jsonb_build_object('meterId', m.id));
    end if;
    if m.installed_on > p_taken_on or m.removed_on < p_taken_on then
      perform refuse('OK400', 'meterNotInService', jsonb_build_object('meterId', m.id));
    end if;
    if m.is_automatic then
      perform refuse('OK400', 'automaticMeter', jsonb_build_object('meterId', m.id));
    end if;
    v_explained := jsonb_array_length(coalesce(e -> 'reasons', '[]')) > 0;
    select * into v_before from meter_reading r where r.meter_id = m.id and r.taken_on < p_taken_on and r.status in ('entered', 'accepted', 'calculated')
      order by r.taken_on desc limit 1;
    select * into v_after from meter_reading r where r.meter_id = m.id and r.taken_on > p_taken_on and r.status in ('entered', 'accepted', 'calculated')
      order by r.taken_on limit 1;
    if not v_explained and (v_values[1] < v_before.t1 or v_values[2] < v_before.t2 or v_values[3] < v_before.t3
                            or v_values[1] > v_after.t1 or v_values[2] > v_after.t2 or v_values[3] > v_after.t3) then
      perform refuse('OK400', 'reasonRequired', jsonb_build_object('meterId', m.id));
    end if;
    select * into v_same from meter_reading r where r.meter_id = m.id and r.taken_on = p_taken_on and r.status in ('entered', 'accepted', 'calculated');
    if found then
      if v_same.status = 'calculated' then
        perform refuse('OK409', 'readingAlreadyCalculated', jsonb_build_object('meterId', m.id));
      end if;
      -- Without a reason the desk did not know of it: another desk was a moment quicker.
      if not v_explained and (v_same.t1, v_same.t2, v_same.t3) is distinct from (v_values[1], v_values[2], v_values[3]) then
        perform refuse('OK409', 'changedByAnotherDesk', jsonb_build_object('meterId', m.id));
      end if;
      -- A correction never overwrites: the old row is cancelled with its reason, the new one refers to it.
      update meter_reading set status = 'cancelled', status_reason = 'replaced' where id = v_same.id and taken_on = v_same.taken_on;
      v_replaced := v_replaced || jsonb_build_object('id', v_same.id, 'status', v_same.status);
    end if;
    insert into meter_reading (meter_id, account_id, taken_on, period, t1, t2, t3, channel, status, warnings, reasons, replaces_id, staff_id, visit_id, operation_id)
    values (m.id, a.id, p_taken_on,
      greatest(date_trunc('month', coalesce(((e ->> 'period') || '-01')::date, p_taken_on))::date, (v_closed + interval '1 month')::date),
      v_values[1], v_values[2], v_values[3], p_channel, 'entered',
      array(select jsonb_array_elements_text(coalesce(e -> 'warnings', '[]'))), array(select jsonb_array_elements_text(coalesce(e -> 'reasons', '[]'))),
      v_same.id, v_staff.id, v.id, p_operation_id)
    returning * into v_reading;
    v_rows := v_rows || v_reading.id;
    v_saved := v_saved || jsonb_build_object('meterId', m.id, 'readingId', v_reading.id, 'consumption', coalesce(e -> 'consumption', 'null'),
      'period', to_char(v_reading.period, 'YYYY-MM'), 'warnings', to_jsonb(v_reading.warnings));
  end loop;
  return operation_done(p_operation_id, 'readings.save', v, jsonb_build_object('saved', v_saved),
    jsonb_build_object('meters', jsonb_array_length(v_saved), 'takenOn', p_taken_on, 'channel', p_channel, 'account', a.number,
      'reasons', (select jsonb_agg(distinct r) from jsonb_array_elements(p_entries) x, jsonb_array_elements_text(coalesce(x -> 'reasons', '[]')) r)),
    a.id, jsonb_build_object('takenOn', p_taken_on, 'readings', to_jsonb(v_rows), 'replaced', v_replaced));
end $$;

-- Taking back an own action of an open visit by its exact inverse.
create function operation_undo(p_operation_id uuid, p_target uuid) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v visit; t operation; v_new subscriber_contact; v_first jsonb := operation_repeat(p_operation_id, 'visits.undo');
begin
  if v_first is not null then return v_first; end if;
  select * into t from operation where id = p_target;
  if not found or t.staff_id <> (current_staff()).id then
    perform refuse('OK403', 'notYourOperation');
  end if;
  v := visit_require(t.visit_id);
  select * into t from operation where id = p_target for update;
  if t.undone_by is not null then
    perform refuse('OK409', 'alreadyUndone');
  end if;
  if t.undo is null then
    perform refuse('OK409', 'cannotBeUndone');
  end if;
  case t.kind
  when 'readings.save' then
    -- The meters first, like saving does: another desk may be at one of them.
    perform from meter where id in (select r.meter_id from meter_reading r, jsonb_array_elements_text(t.undo -> 'readings') x
                                    where r.id = x::bigint and r.taken_on = (t.undo ->> 'takenOn')::date) order by id for update;
    if exists (select from meter_reading where id in (select x::bigint from jsonb_array_elements_text(t.undo -> 'readings') x)
               and taken_on = (t.undo ->> 'takenOn')::date and status not in ('entered', 'accepted')) then
      perform refuse('OK409', 'changedSince');
    end if;
    update meter_reading set status = 'cancelled', status_reason = 'undone'
      where id in (select x::bigint from jsonb_array_elements_text(t.undo -> 'readings') x) and taken_on = (t.undo ->> 'takenOn')::date;
    -- As it was: a reading of an earlier visit had been accepted.
    update meter_reading r set status = x.status, status_reason = null from jsonb_to_recordset(t.undo -> 'replaced') as x(id bigint, status text)
      where r.id = x.id and r.taken_on = (t.undo ->> 'takenOn')::date;
  when 'contacts.changeEmail', 'contacts.confirmEmail' then
    select * into v_new from subscriber_contact where id = (t.undo ->> 'contactId')::bigint for update;
    if v_new.state = 'awaiting' then
      update contact_confirmation set state = 'cancelled' where contact_id = v_new.id and state = 'waiting';
      update outbox_message set state = 'expired', params = null, finished_at = now(), error = 'undone'
        where state = 'queued' and operation_id in (select outbox_operation_id from contact_confirmation where contact_id = v_new.id);
    elsif v_new.state <> 'confirmed' or not v_new.is_current then
      perform refuse('OK409', 'changedSince');
    else
      -- The old owner need not be told of what has not happened, if it is not too late.
      update outbox_message set state = 'expired', params = null, finished_at = now(), error = 'undone'
        where state = 'queued' and template = 'emailChanged' and operation_id in (
          select id from operation where kind = 'contacts.confirmEmail' and visit_id = v.id and undo ->> 'contactId' = v_new.id::text);
    end if;
    update subscriber_contact set state = 'cancelled', is_current = false, ended_at = now() where id = v_new.id;
    update subscriber_contact set state = case when confirmed_at is null then 'unconfirmed' else 'confirmed' end, is_current = true, ended_at = null
      where id = v_new.replaces_id and state = 'replaced';
    update subscriber set version = version + 1, updated_at = now() where id = v.subscriber_id;
  else
    perform refuse('OK409', 'cannotBeUndone');
  end case;
  perform operation_done(p_operation_id, 'visits.undo', v, jsonb_build_object('undone', t.kind), jsonb_build_object('undone', t.kind, 'target', t.id), t.account_id);
  update operation set undone_by = p_operation_id
    where id = t.id or (t.kind like 'contacts.%' and visit_id = v.id and undo ->> 'contactId' = t.undo ->> 'contactId');
  return jsonb_build_object('undone', t.kind);
end $$;

-- Closing makes what was entered accepted: until then the operator may take it back («при необходимости показание можно удалить», ЭнСер).
create function visit_close(p_operation_id uuid, p_visit_id bigint) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare v visit; v_done jsonb; v_first jsonb := operation_repeat(p_operation_id, 'visits.close');
begin
  if v_first is not null then return v_first; end if;
  v := visit_require(p_visit_id);
  update meter_reading r set status = 'accepted' from operation o, jsonb_array_elements_text(o.undo -> 'readings') x
    where o.visit_id = v.id and o.kind = 'readings.save' and r.id = x::bigint and r.taken_on = (o.undo ->> 'takenOn')::date and r.status = 'entered';
  -- A code can be told only in its visit: what waits for one is over, and the address that was in force stays.
  update outbox_message set state = 'expired', params = null, finished_at = now(), error = 'visitClosed'
    where state = 'queued' and operation_id in (select outbox_operation_id from contact_confirmation where visit_id = v.id and state = 'waiting');
  update subscriber_contact set state = 'cancelled', ended_at = now()
    where state = 'awaiting' and id in (select contact_id from contact_confirmation where visit_id = v.id and state = 'waiting');
  update contact_confirmation set state = 'cancelled' where visit_id = v.id and state = 'waiting';
  update visit set closed_at = now() where id = v.id returning * into v;
  select coalesce(jsonb_agg(jsonb_build_object('kind', o.kind, 'at', o.at, 'details', o.details, 'undone', o.undone_by is not null) order by o.at), '[]') into v_done
    from operation o where o.visit_id = v.id and o.kind not in ('visits.open', 'visits.undo');
  return operation_done(p_operation_id, 'visits.close', v, jsonb_build_object('visit', visit_json(v), 'done', v_done),
    jsonb_build_object('operations', jsonb_array_length(v_done), 'seconds', round(extract(epoch from v.closed_at - v.opened_at)), 'identification', v.identification));
end $$;

grant execute on function reading_sheet(bigint, bigint), reading_save(uuid, bigint, bigint, date, text, jsonb), operation_undo(uuid, uuid), visit_close(uuid, bigint) to okno_operator;

reset role;
