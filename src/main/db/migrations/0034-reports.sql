-- Reports of contacts, passwords, looks, documents, debts, verification and messages (shared/domain/report-catalogue.ts; how each figure is counted: docs/reports.md). Their
-- functions are those of okno_reports (0033): rows of an office that somebody may not see are not there for them. Debts, verification, portal accounts and registers are no office's.
set local role okno_owner;

-- ── What reports read ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Kept with the row, like that of a visit: whoever moves to another office takes nothing of it along. null: nobody of an office did it.
alter table request add column office_id int;
alter table approval add column office_id int;
alter table outbox_message add column office_id int;
alter table print_batch add column office_id int;
update request r set office_id = s.office_id from staff s where s.id = r.created_by;
update approval n set office_id = s.office_id from staff s where s.id = n.asked_by;
update outbox_message m set office_id = o.office_id from operation o where o.id = m.operation_id;
update print_batch b set office_id = s.office_id from staff s where s.id = b.created_by;
alter table request alter column office_id set default office_of_session();
alter table approval alter column office_id set default office_of_session();
alter table outbox_message alter column office_id set default office_of_session();
alter table print_batch alter column office_id set default office_of_session();
select report_guard('request', 'office_id'), report_guard('approval', 'office_id'), report_guard('outbox_message', 'office_id'), report_guard('print_batch', 'office_id');

create index request_created on request (created_at);
create index approval_asked on approval (asked_at);
-- Reports ask for few of the kinds.
create index operation_kind on operation (kind, at);
create index portal_credential_operation on portal_credential (operation_id) where operation_id is not null;

-- No texts of requests, no values of contacts, no recipients, no hashes.
grant select (id, number, kind, subscriber_id, account_id, status, due_on, assignee_id, created_by, created_at, closed_at, office_id) on request to okno_reports;
grant select (id, visit_id, account_id, kind, deliver, asked_by, asked_at, expires_at, state, decided_by, decided_at, decided_how, used_by, office_id) on approval to okno_reports;
grant select (id, operation_id, channel, template, provider_id, state, created_at, queued_at, expires_at, finished_at, error, office_id) on outbox_message to okno_reports;
grant select (id, kind, provider_id, name, created_by, created_at, state, ended_at, office_id) on print_batch to okno_reports;
grant select (batch_id, state) on memo_batch_item to okno_reports;
grant select (batch_id, n, state) on document_batch_item to okno_reports;
grant select (id, kind, file_name, started_by, started_at, finished_at, accepted, warned, unchanged, refused) on import_batch to okno_reports;
grant select (id, subscriber_id, kind, purpose, state, is_current, in_force_at, confirmed_at, confirmed_how, ended_at, operation_id) on subscriber_contact to okno_reports;
grant select (id, provider_id) on portal_user to okno_reports;
grant select on portal_account_link to okno_reports;
grant select on charge, payment to okno_reports;

-- ── Parts of a report ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- {rows, totals}: sums of the named keys over the rows, and totals that are no sums beside them.
create function report_answer(p_rows jsonb, p_sums text[], p_given jsonb default '{}') returns jsonb language plpgsql immutable as $$
begin
  return jsonb_build_object('rows', coalesce(p_rows, '[]'), 'totals', p_given || (
    select coalesce(jsonb_object_agg(k, coalesce(t.n, 0)), '{}')
    from unnest(p_sums) k left join (
      select e.key, sum(e.value::numeric) as n from jsonb_array_elements(coalesce(p_rows, '[]')) r, jsonb_each_text(r) e where e.key = any (p_sums) group by e.key) t on t.key = k));
end $$;

-- Parts of a whole, 0…1 with four digits; null of nothing.
create function report_share(p_part numeric, p_whole numeric) returns numeric language plpgsql immutable parallel safe as $$
begin
  return case when p_whole > 0 then round(p_part / p_whole, 4) end;
end $$;

-- Operations of some kinds that a report asks for, of days by the clock of the office of each (as in 0033). Plain SQL without settings of its own, so that it becomes a part of the statement
-- that calls it. The bounds of the instants are a day wider than any clock.
create function report_operations(v report_asked, p_kinds text[]) returns setof operation language sql stable as $$
  select o.* from operation o left join office f on f.id = o.office_id
  where o.kind = any (p_kinds) and o.at >= (v).first_day::timestamp at time zone 'UTC' - interval '1 day' and o.at < (v).last_day::timestamp at time zone 'UTC' + interval '2 days'
    and (o.at at time zone coalesce(f.time_zone, (select office_first_zone())))::date between (v).first_day and (v).last_day
    and ((v).staff_id is null or o.staff_id = (v).staff_id) and ((v).office_id is null or o.office_id = (v).office_id)
    and ((v).window_code is null or exists (select from visit w where w.id = o.visit_id and w.window_code = (v).window_code))
    and ((v).provider_id is null or exists (select from account a where a.id = o.account_id and a.provider_id = (v).provider_id))
$$;

-- A line of a drill-down.
create function report_line(o operation, p_note text default null, p_seconds numeric default null) returns jsonb language plpgsql stable as $$
begin
  return jsonb_build_object('at', o.at, 'kind', o.kind, 'visitId', o.visit_id, 'subscriberId', o.subscriber_id, 'staffName', (select full_name from staff where id = o.staff_id),
    'officeName', (select name from office where id = o.office_id), 'window', (select window_code from visit where id = o.visit_id), 'seconds', round(p_seconds), 'note', p_note,
    'accountNumber', (select number from account where id = o.account_id));
end $$;

-- The newest 500 of lines, given newest first and one more.
create function drill_down(p_lines jsonb) returns jsonb language plpgsql immutable as $$
begin
  return jsonb_build_object('rows', coalesce(p_lines - 500, '[]'), 'more', coalesce(jsonb_array_length(p_lines) > 500, false));
end $$;
grant execute on function report_answer(jsonb, text[], jsonb), report_share(numeric, numeric), report_operations(report_asked, text[]), report_line(operation, text, numeric), drill_down(jsonb) to okno_reports;

-- ── Requests, approvals ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create function report_requests_asked(v report_asked, p_kind text default null) returns table (id bigint, number text, kind text, subscriber_id bigint, account_id bigint, status text, due_on date,
  assignee_id int, created_by int, created_at timestamptz, closed_at timestamptz, zone text) language sql stable as $$
  select r.id, r.number, r.kind, r.subscriber_id, r.account_id, r.status, r.due_on, r.assignee_id, r.created_by, r.created_at, r.closed_at, k.zone
  from request r join report_clocks(v) k on k.office_id = coalesce(r.office_id, 0)
  where r.created_at >= (v).first_day::timestamp at time zone 'UTC' - interval '1 day' and r.created_at < (v).last_day::timestamp at time zone 'UTC' + interval '2 days'
    and r.created_at >= k.since and r.created_at < k.until and ((v).staff_id is null or r.created_by = (v).staff_id) and ((v).office_id is null or r.office_id = (v).office_id)
    and ((v).provider_id is null or exists (select from account a where a.id = r.account_id and a.provider_id = (v).provider_id)) and (p_kind is null or r.kind = p_kind)
$$;
grant execute on function report_requests_asked(report_asked, text) to okno_reports;
grant select (kind, position) on request_kind to okno_reports;

create function report_requests(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_today date := office_today(); v_rows jsonb; v_all jsonb;
begin
  with r as (
    select x.kind, x.status, x.closed_at is not null as is_closed,
      coalesce(case when x.closed_at is null then x.due_on < v_today else (x.closed_at at time zone x.zone)::date > x.due_on end, false) as is_late,
      case when x.status in ('done', 'refused') then extract(epoch from x.closed_at - x.created_at) end as took
    from report_requests_asked(v) x
  ), counted as (
    select r.kind, jsonb_build_object('requestKind', r.kind, 'created', count(*), 'done', count(*) filter (where r.status = 'done'), 'refused', count(*) filter (where r.status = 'refused'),
      'withdrawn', count(*) filter (where r.status = 'withdrawn'), 'open', count(*) filter (where not r.is_closed), 'overdue', count(*) filter (where r.is_late),
      'onTimeShare', report_share(count(*) filter (where r.is_closed and not r.is_late), count(*) filter (where r.is_closed)),
      'medianTime', round(percentile_cont(0.5) within group (order by r.took))) as line
    from r group by grouping sets ((r.kind), ())
  )
  select jsonb_agg(c.line order by k.position) filter (where c.kind is not null), (array_agg(c.line - 'requestKind') filter (where c.kind is null))[1]
    into v_rows, v_all from counted c left join request_kind k on k.kind = c.kind;
  return jsonb_build_object('rows', coalesce(v_rows, '[]'), 'totals', v_all);
end $$;

create function report_request_list(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_today date := office_today(); v_rows jsonb; v_overdue int;
begin
  with r as materialized (
    select x.*, coalesce(case when x.closed_at is null then x.due_on < v_today else (x.closed_at at time zone x.zone)::date > x.due_on end, false) as is_late
    from report_requests_asked(v, p_filters ->> 'requestKind') x
  ), newest as (select * from r order by created_at desc, id desc limit 500)
  select (select jsonb_agg(jsonb_build_object('requestNumber', n.number, 'requestKind', n.kind, 'requestStatus', n.status, 'createdAt', n.created_at, 'dueOn', n.due_on, 'closedAt', n.closed_at,
        'staffName', s.full_name, 'assignee', e.full_name, 'provider', p.name, 'accountNumber', a.number, 'overdue', n.is_late::int, 'subscriberId', n.subscriber_id) order by n.created_at desc, n.id desc)
      from newest n join staff s on s.id = n.created_by left join staff e on e.id = n.assignee_id left join account a on a.id = n.account_id left join provider p on p.id = a.provider_id),
    (select count(*) filter (where is_late) from r) into v_rows, v_overdue;
  return report_answer(v_rows, '{}', jsonb_build_object('overdue', v_overdue));
end $$;

-- A question nobody answered within its fifteen minutes has no state of its own.
create function report_approvals(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb; v_all jsonb;
begin
  with n as (
    select x.asked_by, x.state, x.used_by, x.state = 'waiting' and x.expires_at <= now() as is_late, extract(epoch from x.decided_at - x.asked_at) as took
    from approval x join report_clocks(v) k on k.office_id = coalesce(x.office_id, 0)
    where x.asked_at >= v.first_day::timestamp at time zone 'UTC' - interval '1 day' and x.asked_at < v.last_day::timestamp at time zone 'UTC' + interval '2 days'
      and x.asked_at >= k.since and x.asked_at < k.until and (v.staff_id is null or x.asked_by = v.staff_id) and (v.office_id is null or x.office_id = v.office_id)
      and (v.window_code is null or exists (select from visit w where w.id = x.visit_id and w.window_code = v.window_code))
      and (v.provider_id is null or exists (select from account a where a.id = x.account_id and a.provider_id = v.provider_id))
  ), counted as (
    select n.asked_by, jsonb_build_object('questions', count(*), 'granted', count(*) filter (where n.state = 'granted'), 'refused', count(*) filter (where n.state = 'refused'),
      'unanswered', count(*) filter (where n.is_late), 'withdrawn', count(*) filter (where n.state = 'withdrawn'), 'used', count(n.used_by),
      'refusedShare', report_share(count(*) filter (where n.state = 'refused'), count(*) filter (where n.state in ('granted', 'refused'))),
      'medianDecision', round(percentile_cont(0.5) within group (order by n.took))) as line
    from n group by grouping sets ((n.asked_by), ())
  )
  select jsonb_agg(c.line || jsonb_build_object('staffId', s.id, 'staffName', s.full_name) order by s.full_name) filter (where c.asked_by is not null), (array_agg(c.line) filter (where c.asked_by is null))[1]
    into v_rows, v_all from counted c left join staff s on s.id = c.asked_by;
  return jsonb_build_object('rows', coalesce(v_rows, '[]'), 'totals', v_all);
end $$;

create function report_approvals_details(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_staff int := v.staff_id; v_lines jsonb;
begin
  -- Whoever is asked for has asked; the answers are another's.
  v.staff_id := null;
  select jsonb_agg(report_line(o) order by o.at desc) into v_lines from (
    select o.* from report_operations(v, array['approvals.ask', 'approvals.grant', 'approvals.refuse', 'approvals.withdraw']) o join approval n on n.id = (o.result ->> 'id')::bigint
    where v_staff is null or n.asked_by = v_staff order by o.at desc limit 501) o;
  return drill_down(v_lines);
end $$;

-- ── Contacts, passwords ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- A main contact that came into force or was removed says so in its operation (0023); taking back is told apart.
create function report_main_changes() returns text[] language sql immutable parallel safe
return array['contacts.changeEmail', 'contacts.changePhone', 'contacts.confirmEmail', 'contacts.confirmPhone', 'contacts.removeEmail', 'contacts.removePhone'];

-- The last change of a main contact of the same person within the day before a password was issued: when, of which kind. Asked of the contacts: what another office did counts, too.
-- Plain SQL: it becomes a part of the statement that asks, once for each password.
create function report_change_before(p_subscriber_id bigint, p_at timestamptz) returns table (at timestamptz, kind text) language sql stable as $$
  select t.at, k.kind from subscriber_contact k
  -- A contact that was in force and has been removed changed twice.
  cross join lateral (values (case when k.state = 'removed' then k.ended_at else k.in_force_at end), (case when k.state = 'removed' then k.in_force_at end)) t(at)
  where k.subscriber_id = p_subscriber_id and k.purpose = 'main' and t.at <= p_at and t.at > p_at - interval '24 hours' order by t.at desc limit 1
$$;
grant execute on function report_main_changes(), report_change_before(bigint, timestamptz) to okno_reports;

create function report_access_by_time(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb;
begin
  if coalesce(v.grain, 'day') not in ('day', 'week', 'month') then
    perform refuse('OK400', 'filtersOfReport');
  end if;
  select jsonb_agg(c.line order by c.moment) into v_rows from (
    select x.moment, jsonb_build_object('moment', case v.grain when 'month' then to_char(x.moment, 'YYYY-MM') else x.moment::text end,
      'emailChanges', count(*) filter (where x.kind like 'contacts.%Email'), 'phoneChanges', count(*) filter (where x.kind like 'contacts.%Phone'),
      'passwords', count(*) filter (where x.is_password), 'within24Hours', count(*) filter (where x.is_after)) as line
    from (
      select date_trunc(coalesce(v.grain, 'day'), o.at at time zone coalesce(f.time_zone, (select office_first_zone())))::date as moment, o.kind, o.kind in ('portalAccess.reissuePassword', 'memoBatches.issue') as is_password,
        o.kind = 'portalAccess.reissuePassword' and exists (select from report_change_before(o.subscriber_id, o.at)) as is_after
      from report_operations(v, report_main_changes() || array['portalAccess.reissuePassword', 'memoBatches.issue']) o left join office f on f.id = o.office_id
      where o.kind not like 'contacts.%' or o.details ? 'mainChanged') x
    group by x.moment) c;
  return report_answer(v_rows, array['emailChanges', 'phoneChanges', 'passwords', 'within24Hours']);
end $$;

create function report_contact_changes(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb;
begin
  with happened as (
    -- Only an operation that made a contact has changed one; asking to confirm the one in force has not.
    select o.staff_id, k.kind, case when o.details ->> 'way' = 'none' and k.confirmed_how is distinct from 'codeAtDesk' then 'unconfirmed' when k.confirmed_how = 'codeAtDesk' then 'byCode'
        when k.confirmed_how is not null then 'byLink' when k.state = 'awaiting' then 'waiting' else 'cancelled' end as how
    from report_operations(v, array['contacts.changeEmail', 'contacts.changePhone']) o join subscriber_contact k on k.id = (o.details ->> 'contactId')::bigint and k.operation_id = o.id
    union all
    select o.staff_id, case when o.kind like '%Email' then 'email' else 'phone' end, 'removed' from report_operations(v, array['contacts.removeEmail', 'contacts.removePhone']) o
    union all
    select o.staff_id, case when o.kind like '%Email' then 'email' else 'phone' end, 'reverted' from report_operations(v, array['contacts.revertEmail', 'contacts.revertPhone']) o where o.staff_id is not null
    union all
    -- By the link of a letter nobody of the office takes back: it is told of whoever made the change.
    select m.staff_id, case when o.kind like '%Email' then 'email' else 'phone' end, 'reverted'
    from operation o join subscriber_contact k on k.id = (o.details ->> 'contactId')::bigint join operation m on m.id = k.operation_id left join visit w on w.id = m.visit_id join office f on f.id = m.office_id
    where o.kind in ('contacts.revertEmail', 'contacts.revertPhone') and o.staff_id is null and o.at >= v.since - interval '1 day' and o.at < v.until + interval '1 day'
      and (o.at at time zone f.time_zone)::date between v.first_day and v.last_day
      and (v.staff_id is null or m.staff_id = v.staff_id) and (v.office_id is null or m.office_id = v.office_id) and (v.window_code is null or w.window_code = v.window_code)
  )
  select jsonb_agg(c.line || jsonb_build_object('staffId', s.id, 'staffName', s.full_name) order by s.full_name, c.kind) into v_rows from (
    select h.staff_id, h.kind, jsonb_build_object('contactKind', h.kind, 'asked', count(*) filter (where h.how not in ('removed', 'reverted')), 'byCode', count(*) filter (where h.how = 'byCode'),
      'byLink', count(*) filter (where h.how = 'byLink'), 'unconfirmed', count(*) filter (where h.how = 'unconfirmed'), 'waiting', count(*) filter (where h.how = 'waiting'),
      'cancelled', count(*) filter (where h.how = 'cancelled'), 'removed', count(*) filter (where h.how = 'removed'), 'reverted', count(*) filter (where h.how = 'reverted')) as line
    from happened h group by h.staff_id, h.kind) c left join staff s on s.id = c.staff_id;
  return report_answer(v_rows, array['asked', 'byCode', 'byLink', 'unconfirmed', 'waiting', 'cancelled', 'removed', 'reverted']);
end $$;

create function report_contact_changes_details(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_kinds text[]; v_lines jsonb;
begin
  select array_agg('contacts.' || w || k) into v_kinds from unnest(array['change', 'remove', 'revert']) w, unnest(array['Email', 'Phone']) k where p_filters ->> 'contactKind' is null or lower(k) = p_filters ->> 'contactKind';
  select jsonb_agg(report_line(o) order by o.at desc) into v_lines from (
    select o.* from report_operations(v, v_kinds) o where o.kind not like 'contacts.change%'
      or exists (select from subscriber_contact k where k.id = (o.details ->> 'contactId')::bigint and k.operation_id = o.id) order by o.at desc limit 501) o;
  return drill_down(v_lines);
end $$;

create function report_password_issues(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb;
begin
  select jsonb_agg(c.line || jsonb_build_object('staffId', s.id, 'staffName', s.full_name, 'provider', p.name, 'providerCode', p.code) order by s.full_name, p.name) into v_rows from (
    select o.staff_id, a.provider_id, jsonb_build_object('passwords', count(*), 'firstIssues', count(*) filter (where o.kind <> 'memoBatches.issue' and o.details ? 'registered'),
      'reissues', count(*) filter (where o.kind <> 'memoBatches.issue' and not o.details ? 'registered'), 'onPaper', count(*) filter (where o.details ->> 'delivered' = 'print' or o.kind = 'memoBatches.issue'),
      'toFile', count(*) filter (where o.details ->> 'delivered' = 'save'), 'byEmail', count(*) filter (where o.details ->> 'delivered' = 'email'), 'bySms', count(*) filter (where o.details ->> 'delivered' = 'sms'),
      'inBatches', count(*) filter (where o.kind = 'memoBatches.issue'), 'afterContactChange', count(*) filter (where o.details ? 'afterContactChange'), 'approved', count(*) filter (where o.details ? 'approvedBy')) as line
    from report_operations(v, array['portalAccess.reissuePassword', 'memoBatches.issue']) o join account a on a.id = o.account_id group by o.staff_id, a.provider_id) c
    join staff s on s.id = c.staff_id join provider p on p.id = c.provider_id;
  return report_answer(v_rows, array['passwords', 'firstIssues', 'reissues', 'onPaper', 'toFile', 'byEmail', 'bySms', 'inBatches', 'afterContactChange', 'approved']);
end $$;

create function report_password_issues_details(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_lines jsonb;
begin
  select jsonb_agg(report_line(o, o.details ->> 'memoNumber') order by o.at desc) into v_lines
    from (select * from report_operations(v, array['portalAccess.reissuePassword', 'memoBatches.issue']) order by at desc limit 501) o;
  return drill_down(v_lines);
end $$;

create function report_reissue_after_change(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb;
begin
  select jsonb_agg(jsonb_build_object('changedAt', x.changed_at, 'changedBy', m.full_name, 'contactKind', x.changed_kind, 'issuedAt', x.at, 'staffName', s.full_name,
      'samePerson', case when m.staff_id is not null then case when m.staff_id = x.staff_id then 'yes' else 'no' end end, 'between', round(extract(epoch from x.at - x.changed_at)), 'provider', p.name,
      'accountNumber', a.number, 'delivery', x.details ->> 'delivered', 'approvedBy', x.details ->> 'approvedBy', 'subscriberId', x.subscriber_id, 'visitId', x.visit_id) order by x.at desc) into v_rows
  from (
    select o.*, b.at as changed_at, b.kind as changed_kind from report_operations(v, array['portalAccess.reissuePassword']) o cross join lateral report_change_before(o.subscriber_id, o.at) b
    order by o.at desc limit 500) x
    join staff s on s.id = x.staff_id join account a on a.id = x.account_id join provider p on p.id = a.provider_id
    -- Nobody is named when another office made the change, or a link of a letter.
    left join lateral (select c.staff_id, f.full_name from operation c join staff f on f.id = c.staff_id where c.subscriber_id = x.subscriber_id and c.at > x.changed_at - interval '5 minutes' and c.at <= x.at
                       and c.kind = any (report_main_changes()) and c.details ? 'mainChanged' order by c.at desc limit 1) m on true;
  return report_answer(v_rows, '{}');
end $$;

-- The first sign-in with a credential in force: portals' own rows of it are kept for the latest thirty only (0026).
alter table portal_credential add column signed_in_at timestamptz;
comment on column portal_credential.signed_in_at is 'When somebody first got into the portal while it was in force, by whatever way; null: never.';
grant select (id, portal_user_id, issued_at, revoked_at, operation_id, signed_in_at) on portal_credential to okno_reports;

create function report_reissue_without_sign_in(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb; v_share numeric;
begin
  select jsonb_agg(c.line || jsonb_build_object('staffId', s.id, 'staffName', s.full_name, 'provider', p.name, 'providerCode', p.code) order by s.full_name, p.name), report_share(sum(c.never), sum(c.n)) into v_rows, v_share
  from (
    select o.staff_id, a.provider_id, count(*) as n, count(*) filter (where c.signed_in_at is null) as never,
      jsonb_build_object('passwords', count(*), 'signedIn', count(c.signed_in_at), 'withoutSignIn', count(*) filter (where c.signed_in_at is null),
        'withoutSignInShare', report_share(count(*) filter (where c.signed_in_at is null), count(*))) as line
    from report_operations(v, array['portalAccess.reissuePassword']) o join portal_credential c on c.operation_id = o.id join account a on a.id = o.account_id
    where o.at <= now() - make_interval(days => least(greatest(coalesce(v.days, 7), 1), 90)) group by o.staff_id, a.provider_id) c
    join staff s on s.id = c.staff_id join provider p on p.id = c.provider_id;
  return report_answer(v_rows, array['passwords', 'signedIn', 'withoutSignIn'], jsonb_build_object('withoutSignInShare', v_share));
end $$;

create function report_reissue_without_sign_in_details(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_lines jsonb;
begin
  select jsonb_agg(report_line(o, o.details ->> 'memoNumber') order by o.at desc) into v_lines from (
    select o.* from report_operations(v, array['portalAccess.reissuePassword']) o join portal_credential c on c.operation_id = o.id
    where c.signed_in_at is null and o.at <= now() - make_interval(days => least(greatest(coalesce(v.days, 7), 1), 90)) order by o.at desc limit 501) o;
  return drill_down(v_lines);
end $$;

-- ── Looks ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Looks asked for (0033 keeps them of days that are over); an action is told by its row of the log. Whoever is no staff of ours has looked at nothing.
create function report_looks(v report_asked) returns table (day date, at timestamptz, office_id int, staff_id int, action text, visit_id bigint, subscriber_id bigint, details jsonb) language sql stable as $$
  select l.day, l.at, l.office_id, l.staff_id, l.action, l.visit_id, l.subscriber_id, l.details from looks((v).first_day, (v).last_day) l
  where l.staff_id <> 0 and l.office_id = any ((select report_offices())::int[]) and ((v).staff_id is null or l.staff_id = (v).staff_id) and ((v).office_id is null or l.office_id = (v).office_id)
    and ((v).window_code is null or exists (select from visit w where w.id = l.visit_id and w.window_code = (v).window_code))
$$;
grant execute on function report_looks(report_asked) to okno_reports;

create function report_look_line(p_at timestamptz, p_action text, p_visit_id bigint, p_subscriber_id bigint, p_staff_id int, p_office_id int, p_details jsonb) returns jsonb language plpgsql stable as $$
begin
  return jsonb_build_object('at', p_at, 'kind', p_action, 'visitId', p_visit_id, 'subscriberId', p_subscriber_id, 'staffName', (select full_name from staff where id = p_staff_id),
    'officeName', (select name from office where id = p_office_id), 'window', (select window_code from visit where id = p_visit_id), 'seconds', null, 'note', null,
    'accountNumber', (select number from account where id = (p_details ->> 'accountId')::bigint));
end $$;
grant execute on function report_look_line(timestamptz, text, bigint, bigint, int, int, jsonb) to okno_reports;

create function report_cards_without_visit(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb; v_all jsonb;
begin
  with l as materialized (select x.staff_id, x.day, x.subscriber_id, x.action = 'desk.openCard' as is_card from report_looks(v) x where x.details ? 'withoutVisit'),
  days as (select l.staff_id, l.day, count(*) filter (where l.is_card) as cards from l group by l.staff_id, l.day),
  most as (select d.staff_id, max(d.cards) as cards from days d group by grouping sets ((d.staff_id), ())),
  counted as (
    select l.staff_id, count(*) filter (where l.is_card) as cards, jsonb_build_object('cards', count(*) filter (where l.is_card), 'subscribers', count(distinct l.subscriber_id) filter (where l.is_card),
      'otherLooks', count(*) filter (where not l.is_card), 'days', count(distinct l.day)) as line
    from l group by grouping sets ((l.staff_id), ())
  )
  select jsonb_agg(c.line || jsonb_build_object('mostInADay', coalesce(m.cards, 0), 'staffId', s.id, 'staffName', s.full_name) order by c.cards desc, s.full_name) filter (where c.staff_id is not null),
    (array_agg(c.line || jsonb_build_object('mostInADay', coalesce(m.cards, 0))) filter (where c.staff_id is null))[1] into v_rows, v_all
    from counted c join most m on m.staff_id is not distinct from c.staff_id left join staff s on s.id = c.staff_id;
  return jsonb_build_object('rows', coalesce(v_rows, '[]'), 'totals', v_all);
end $$;

create function report_cards_without_visit_details(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_lines jsonb;
begin
  select jsonb_agg(report_look_line(x.at, x.action, x.visit_id, x.subscriber_id, x.staff_id, x.office_id, x.details) order by x.at desc) into v_lines
    from (select * from report_looks(v) l where l.details ? 'withoutVisit' order by l.at desc limit 501) x;
  return drill_down(v_lines);
end $$;

-- What makes a day of look-ups worth a question; thresholds and signs are those of shared/domain/lookup-signs.ts (a test compares them).
create function lookup_signs(p_searches bigint, p_nothing bigint, p_opened bigint, p_refused bigint, p_unmasked bigint, p_without_visit bigint) returns text[] language sql immutable parallel safe
return array_remove(array[case when p_refused > 0 then 'refused' end, case when p_searches >= 120 then 'many' end, case when p_nothing >= 5 and p_nothing * 2 >= p_searches then 'mostlyNothing' end,
  case when p_searches - p_nothing - p_opened >= 5 and (p_searches - p_nothing - p_opened) * 2 >= p_searches - p_nothing then 'notOpened' end,
  case when p_unmasked >= 30 then 'manyUnmasked' end, case when p_without_visit >= 20 then 'withoutVisit' end], null);
grant execute on function lookup_signs(bigint, bigint, bigint, bigint, bigint, bigint) to okno_reports;

-- As lookup_counts (0016), of looks that are kept.
create function report_document_lookups(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb;
begin
  with l as materialized (
    select x.day, x.staff_id, x.action, x.at, x.details, coalesce((x.details ->> 'hits')::int, 0) as hits from report_looks(v) x where is_lookup(x.action, x.details)
  ), counted as (
    select l.day, l.staff_id, count(*) filter (where l.action = 'desk.search') as searches, count(*) filter (where l.action = 'desk.search' and l.hits = 0) as nothing,
      count(*) filter (where l.action = 'desk.searchRefused') as refused,
      count(*) filter (where l.action = 'desk.search' and l.hits > 0 and exists (
        select from jsonb_array_elements_text(l.details -> 'subscribers') f join audit_event o on o.subscriber_id = f::bigint and o.at between l.at and l.at + interval '10 minutes'
          and o.staff_login = t.login and o.action in ('visits.open', 'desk.openCard'))) as opened,
      count(*) filter (where l.action in ('desk.unmask', 'contacts.unmask')) as unmasked, count(*) filter (where l.action = 'desk.openCard') as cards
    from l join staff t on t.id = l.staff_id group by l.day, l.staff_id
  )
  select jsonb_agg(jsonb_build_object('day', c.day, 'staffId', s.id, 'staffName', s.full_name, 'searches', c.searches, 'foundNothing', c.nothing, 'openedAfter', c.opened, 'stopped', c.refused, 'unmasked', c.unmasked,
      'cards', c.cards, 'signs', nullif(array_to_string(lookup_signs(c.searches, c.nothing, c.opened, c.refused, c.unmasked, c.cards), ' '), '')) order by c.day desc, c.searches desc, s.full_name) into v_rows
    from counted c join staff s on s.id = c.staff_id;
  return report_answer(v_rows, array['searches', 'foundNothing', 'openedAfter', 'stopped', 'unmasked', 'cards']);
end $$;

create function report_document_lookups_details(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_lines jsonb;
begin
  select jsonb_agg(report_look_line(x.at, x.action, x.visit_id, x.subscriber_id, x.staff_id, x.office_id, x.details) order by x.at desc) into v_lines
    from (select * from report_looks(v) l where is_lookup(l.action, l.details) order by l.at desc limit 501) x;
  return drill_down(v_lines);
end $$;

create function report_unmasking(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb; v_people int;
begin
  with o as materialized (
    select x.staff_id, case x.action when 'desk.unmask' then 'identity' else 'contact' end as what, x.details ->> 'reason' as reason, x.subscriber_id, x.details ? 'withoutVisit' as is_alone
    from report_looks(v) x where x.action in ('desk.unmask', 'contacts.unmask')
  ), counted as (
    select o.staff_id, o.what, o.reason, count(*) as n, count(distinct o.subscriber_id) as people, count(*) filter (where o.is_alone) as alone from o group by 1, 2, 3
  )
  select jsonb_agg(jsonb_build_object('staffId', s.id, 'staffName', s.full_name, 'what', c.what, 'unmaskReason', c.reason, 'times', c.n, 'subscribers', c.people, 'withoutVisit', c.alone) order by s.full_name, c.what, c.reason),
    (select count(distinct subscriber_id) from o) into v_rows, v_people
    from counted c join staff s on s.id = c.staff_id;
  return report_answer(v_rows, array['times', 'withoutVisit'], jsonb_build_object('subscribers', v_people));
end $$;

create function report_unmasking_details(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_lines jsonb;
begin
  select jsonb_agg(report_look_line(x.at, x.action, x.visit_id, x.subscriber_id, x.staff_id, x.office_id, x.details) order by x.at desc) into v_lines from (
    select * from report_looks(v) l where l.action = any (case p_filters ->> 'what' when 'identity' then array['desk.unmask'] when 'contact' then array['contacts.unmask'] else array['desk.unmask', 'contacts.unmask'] end)
      and (p_filters ->> 'unmaskReason' is null or l.details ->> 'reason' = p_filters ->> 'unmaskReason') order by l.at desc limit 501) x;
  return drill_down(v_lines);
end $$;

-- Hours of an office as its card has them, «пн–пт 8:00–19:00, сб 9:00–15:00», as [opens, closes] of Monday to Sunday in minutes, null on a day off; null when they can't be read. «ежедневно»,
-- «круглосуточно», «вс выходной» and a time without minutes are understood.
create function office_open(p_hours text) returns int[] language plpgsql immutable parallel safe as $$
declare
  v_part text; m text[]; v_open int[] := array_fill(null::int, array[14]); v_days int[] := '{}'; v_first int; v_last int; v_any boolean := false;
  c_days constant text := '(пн|вт|ср|чт|пт|сб|вс)';
begin
  foreach v_part in array regexp_split_to_array(translate(lower(coalesce(p_hours, '')), '—−-', '–––'), '\s*[,;]\s*') loop
    if v_part = 'круглосуточно' then
      return array[0, 1440, 0, 1440, 0, 1440, 0, 1440, 0, 1440, 0, 1440, 0, 1440];
    end if;
    m := regexp_match(v_part, '^(?:' || c_days || '(?:\s*–\s*' || c_days || ')?|ежедневно)(?:\s*:?\s+(?:(выходной)|(?:с\s+)?(\d{1,2})(?:[:.](\d{2}))?\s*(?:–|до)\s*(\d{1,2})(?:[:.](\d{2}))?))?$');
    if m is null then
      return null;
    end if;
    v_first := coalesce(array_position(array['пн', 'вт', 'ср', 'чт', 'пт', 'сб', 'вс'], m[1]), 1);
    v_last := coalesce(array_position(array['пн', 'вт', 'ср', 'чт', 'пт', 'сб', 'вс'], m[2]), case when m[1] is null then 7 else v_first end);
    if v_last < v_first then
      return null;
    end if;
    v_days := v_days || array(select generate_series(v_first, v_last));
    if m[4] is not null then
      if m[4]::int > 23 or m[6]::int > 24 or m[4]::int * 60 + coalesce(m[5], '0')::int >= m[6]::int * 60 + coalesce(m[7], '0')::int then
        return null;
      end if;
      foreach v_first in array v_days loop
        v_open[v_first * 2 - 1] := m[4]::int * 60 + coalesce(m[5], '0')::int;
        v_open[v_first * 2] := m[6]::int * 60 + coalesce(m[7], '0')::int;
      end loop;
      v_any := true;
    end if;
    if m[3] is not null or m[4] is not null then
      v_days := '{}';
    end if;
  end loop;
  return case when v_any and v_days = '{}' then v_open end;
end $$;

-- Whether an hour of a day is one the office is shut in: all of it is more than 15 minutes before it opens or more than 30 after it closes. null: nobody knows its hours.
create function is_off_hour(p_open int[], p_day date, p_hour int) returns boolean language sql immutable parallel safe
return case when p_open is null then null else coalesce(p_hour * 60 + 59 < p_open[extract(isodow from p_day)::int * 2 - 1] - 15 or p_hour * 60 >= p_open[extract(isodow from p_day)::int * 2] + 30, true) end;
grant execute on function office_open(text), is_off_hour(int[], date, int) to okno_reports;

create function minute_text(p_minute numeric) returns text language sql immutable parallel safe
return case when p_minute is not null then lpad((p_minute::int / 60)::text, 2, '0') || ':' || lpad((p_minute::int % 60)::text, 2, '0') end;
grant execute on function minute_text(numeric) to okno_reports;

-- The hours somebody usually works: those that hold the 5th and the 95th percentile of what they did within 90 days, by the clock of the office; nothing of fewer than 50 actions.
create function report_usual_hours(p_last date, p_staff_id int default null) returns table (staff_id int, first_hour int, last_hour int) language sql stable as $$
  with by_hour as (
    select c.staff_id, c.hour::int as hour, sum(c.n) as n from operation_counts(p_last - 89, p_last) c where c.staff_id <> 0 and (p_staff_id is null or c.staff_id = p_staff_id) group by 1, 2
  ), running as (
    select h.staff_id, h.hour, sum(h.n) over (partition by h.staff_id order by h.hour) as through, sum(h.n) over (partition by h.staff_id) as whole from by_hour h
  )
  select r.staff_id, min(r.hour) filter (where r.through >= 0.05 * r.whole), min(r.hour) filter (where r.through >= 0.95 * r.whole) from running r where r.whole >= 50 group by r.staff_id
$$;
grant execute on function report_usual_hours(date, int) to okno_reports;

-- From what is kept by hour (0033): a year of every operation with its minute takes ten times as long.
create function report_working_hours(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan set work_mem = '64MB' as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb; v_all jsonb;
begin
  with hours as materialized (select f.id, office_open(f.hours) as open from office f),
  usual as materialized (select * from report_usual_hours(least(v.last_day, office_today()), v.staff_id)),
  done as materialized (
    select c.staff_id, c.office_id, c.day, c.hour, sum(c.n) as n from operation_counts(v.first_day, v.last_day) c
    where c.staff_id <> 0 and (v.staff_id is null or c.staff_id = v.staff_id) and (v.office_id is null or c.office_id = v.office_id) group by 1, 2, 3, 4
  ), judged as (
    select d.staff_id, d.day, d.n, is_off_hour(h.open, d.day, d.hour) as is_off, d.hour not between u.first_hour - 1 and u.last_hour + 1 as is_unusual
    from done d left join hours h on h.id = d.office_id left join usual u on u.staff_id = d.staff_id
  ), counted as (
    select j.staff_id, jsonb_build_object('actions', coalesce(sum(j.n), 0), 'days', count(distinct j.day), 'outsideUsual', coalesce(sum(j.n) filter (where j.is_unusual), 0),
      'outsideOffice', case when count(*) = 0 or bool_or(j.is_off is not null) then coalesce(sum(j.n) filter (where j.is_off), 0) end,
      'outsideOfficeShare', report_share(sum(j.n) filter (where j.is_off), sum(j.n) filter (where j.is_off is not null))) as line
    from judged j group by grouping sets ((j.staff_id), ())
  )
  select jsonb_agg(c.line || jsonb_build_object('staffId', s.id, 'staffName', s.full_name, 'usualFrom', minute_text(u.first_hour * 60), 'usualTo', minute_text(u.last_hour * 60 + 60)) order by s.full_name) filter (where c.staff_id is not null),
    (array_agg(c.line) filter (where c.staff_id is null))[1] into v_rows, v_all
    from counted c left join staff s on s.id = c.staff_id left join usual u on u.staff_id = c.staff_id;
  return jsonb_build_object('rows', coalesce(v_rows, '[]'), 'totals', v_all);
end $$;

-- What was done in hours the office is shut in, or outside those usual for whoever did it.
create function report_working_hours_details(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_lines jsonb;
begin
  with hours as materialized (select f.id, f.time_zone, office_open(f.hours) as open from office f),
  usual as materialized (select * from report_usual_hours(least(v.last_day, office_today()), v.staff_id))
  select jsonb_agg(report_line(x.o) order by (x.o).at desc) into v_lines from (
    select o from operation o join hours h on h.id = o.office_id cross join lateral (select o.at at time zone h.time_zone as at) l left join usual u on u.staff_id = o.staff_id
    where o.at >= v.since - interval '1 day' and o.at < v.until + interval '1 day' and l.at::date between v.first_day and v.last_day and o.staff_id is not null
      and (v.staff_id is null or o.staff_id = v.staff_id) and (v.office_id is null or o.office_id = v.office_id)
      and (is_off_hour(h.open, l.at::date, extract(hour from l.at)::int) or extract(hour from l.at) not between u.first_hour - 1 and u.last_hour + 1)
    order by o.at desc limit 501) x;
  return drill_down(v_lines);
end $$;

-- ── Documents ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create function report_duplicates(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb; v_share numeric;
begin
  select jsonb_agg(c.line || jsonb_build_object('staffId', s.id, 'staffName', s.full_name, 'provider', p.name, 'providerCode', p.code) order by s.full_name, p.name), report_share(sum(c.again), sum(c.n)) into v_rows, v_share
  from (
    select o.staff_id, a.provider_id, count(*) as n, count(*) filter (where o.details ? 'duplicate') as again,
      jsonb_build_object('issues', count(*), 'originals', count(*) filter (where not o.details ? 'duplicate'), 'duplicates', count(*) filter (where o.details ? 'duplicate'),
        'duplicatesShare', report_share(count(*) filter (where o.details ? 'duplicate'), count(*)), 'toFile', count(*) filter (where o.kind = 'paymentDocuments.save')) as line
    from report_operations(v, array['paymentDocuments.print', 'paymentDocuments.save']) o join account a on a.id = o.account_id group by o.staff_id, a.provider_id) c
    join staff s on s.id = c.staff_id join provider p on p.id = c.provider_id;
  return report_answer(v_rows, array['issues', 'originals', 'duplicates', 'toFile'], jsonb_build_object('duplicatesShare', v_share));
end $$;

create function report_duplicates_details(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_lines jsonb;
begin
  select jsonb_agg(report_line(o, o.details ->> 'number') order by o.at desc) into v_lines
    from (select * from report_operations(v, array['paymentDocuments.print', 'paymentDocuments.save']) x where x.details ? 'duplicate' order by x.at desc limit 501) o;
  return drill_down(v_lines);
end $$;

-- Of memos every row has its state; of the many bills of a batch only those that wait or failed are counted, by their index (0031).
create function report_batches(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb;
begin
  select jsonb_agg(jsonb_build_object('createdAt', b.created_at, 'batchKind', b.kind, 'name', b.name, 'provider', p.name, 'staffName', s.full_name, 'batchState', b.state, 'rows', coalesce(n.rows, 0),
      'printed', coalesce(n.rows - n.failed - n.refused - n.waiting, 0), 'failed', coalesce(n.failed, 0), 'notTaken', coalesce(n.refused, 0), 'left', coalesce(n.waiting, 0)) order by b.created_at desc) into v_rows
  from (select x.id, x.kind, x.name, x.provider_id, x.created_by, x.created_at, x.state from print_batch x join report_clocks(v) k on k.office_id = coalesce(x.office_id, 0)
        where x.created_at >= k.since and x.created_at < k.until and (v.staff_id is null or x.created_by = v.staff_id) and (v.office_id is null or x.office_id = v.office_id)
          and (v.provider_id is null or x.provider_id = v.provider_id) order by x.created_at desc limit 500) b
    join provider p on p.id = b.provider_id join staff s on s.id = b.created_by
    left join lateral (
      select count(*) as rows, count(*) filter (where i.state = 'failed') as failed, count(*) filter (where i.state = 'refused') as refused, count(*) filter (where i.state in ('waiting', 'begun')) as waiting
      from memo_batch_item i where b.kind = 'memoBatches' and i.batch_id = b.id having b.kind = 'memoBatches'
      union all
      select (select coalesce(max(i.n), 0) from document_batch_item i where i.batch_id = b.id), (select count(*) from document_batch_item i where i.batch_id = b.id and i.state = 'failed'), 0,
        (select count(*) from document_batch_item i where i.batch_id = b.id and i.state = 'waiting')
      where b.kind = 'documentBatches') n on true;
  return report_answer(v_rows, array['rows', 'printed', 'failed', 'notTaken', 'left']);
end $$;

-- ── Debts ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- A debt is the closing balance of the last period billing has closed, less what was paid since: what the card says. Money settles the oldest charges first (ГК РФ ст. 319.1 п. 3), so what is
-- owed consists of the newest ones; what is older than the history of charges stands with its first period.

-- A line for each period that an account owes something of; p_accounts null: of everybody. Without settings of its own, so that it becomes a part of the statement that asks and is planned for
-- the accounts it asks for.
create function account_debts(p_accounts bigint[] default null) returns table (account_id bigint, debt bigint, period date, amount bigint) language sql stable as $$
  with latest as materialized (
    select l.account_id, l.last, sum(c.closing)::bigint as closing
    from (select c.account_id, max(c.period) as last from charge c where p_accounts is null or c.account_id = any (p_accounts) group by c.account_id) l
    join charge c on c.account_id = l.account_id and c.period = l.last group by l.account_id, l.last
  ), owing as materialized (
    select l.account_id, (l.closing - coalesce(y.paid, 0))::bigint as debt from latest l
      left join (select y.account_id, sum(y.amount) as paid from payment y join latest t on t.account_id = y.account_id where y.paid_on >= (t.last + interval '1 month')::date group by y.account_id) y
        on y.account_id = l.account_id
    where l.closing - coalesce(y.paid, 0) > 0
  ), sums as (
    select c.account_id, o.debt, c.period, greatest(sum(c.accrued + c.accrued_common + c.recalculated - c.benefit + c.penalty), 0)::bigint as net
    from owing o join charge c on c.account_id = o.account_id group by c.account_id, o.debt, c.period
  ), laid as (
    select s.account_id, s.debt, s.period, s.net, lead(s.period) over w is null as is_first,
      coalesce(sum(s.net) over (w rows between unbounded preceding and 1 preceding), 0)::bigint as newer
    from sums s window w as (partition by s.account_id order by s.period desc)
  )
  select l.account_id, l.debt, l.period, case when l.is_first then l.debt - l.newer else least(l.net, l.debt - l.newer) end from laid l where l.debt > l.newer and (l.is_first or l.net > 0)
$$;

-- Kept, because a million accounts take seconds. Accounts whose charges or payments have changed since are put down and counted by each report for itself, so that it is always right, until
-- report_fold_debt counts them anew. What is kept refers to nothing by keys: they would cost more than the counting.
create table report_debt (
  account_id bigint primary key,
  provider_id int not null,
  address_id bigint not null,
  debt bigint not null check (debt > 0),
  periods date[] not null,
  amounts bigint[] not null
);
comment on column report_debt.periods is 'Periods something is owed of, the newest first; amounts of each, kopecks, add up to the debt.';
create index report_debt_largest on report_debt (debt desc);
create table report_debt_street (
  provider_id int not null,
  locality text not null,
  street text not null,
  period date not null,
  debtors int not null,
  amount bigint not null,
  primary key (provider_id, locality, street, period)
);
comment on column report_debt_street.debtors is 'Accounts whose debt begins in this period: each stands once.';
create table report_changed_account (what text not null check (what in ('debt', 'verification')), account_id bigint);
comment on column report_changed_account.account_id is 'null: too many to be named, all of them.';
insert into report_changed_account values ('debt', null), ('verification', null);
grant select on report_debt, report_debt_street, report_changed_account to okno_reports;

create function report_debts_counted(p_accounts bigint[] default null) returns setof report_debt language sql stable as $$
  select d.account_id, a.provider_id, a.address_id, d.debt, d.periods, d.amounts
  from (select x.account_id, x.debt, array_agg(x.period order by x.period desc) as periods, array_agg(x.amount order by x.period desc) as amounts from account_debts(p_accounts) x group by x.account_id, x.debt) d
  join account a on a.id = d.account_id
$$;

-- The accounts to be counted anew: null stands for all of them.
create function report_changed(p_what text) returns bigint[] language plpgsql stable as $$
begin
  return (select case when count(*) = count(c.account_id) and count(*) <= 100000 then coalesce(array_agg(distinct c.account_id), '{}') end from report_changed_account c where c.what = p_what);
end $$;

-- Debts by street as they are now: what is kept, less what it says of accounts that have changed, and these as they are: lines to be
-- added up.
create function report_debt_streets(p_changed bigint[]) returns table (provider_id int, locality text, street text, period date, debtors bigint, amount bigint) language sql stable as $$
  select s.provider_id, s.locality, s.street, s.period, s.debtors::bigint, s.amount from report_debt_street s where p_changed is not null
  union all
  select d.provider_id, h.locality, h.street, u.period, coalesce(sum(d.sign) filter (where u.period = d.periods[cardinality(d.periods)]), 0), sum(d.sign * u.amount)::bigint
  from (
    select 1 as sign, x.* from report_debts_counted(p_changed) x union all select -1, k.* from report_debt k where k.account_id = any (p_changed)
  ) d join address h on h.id = d.address_id cross join lateral unnest(d.periods, d.amounts) u(period, amount) group by d.provider_id, h.locality, h.street, u.period
$$;
grant execute on function account_debts(bigint[]), report_debts_counted(bigint[]), report_changed(text), report_debt_streets(bigint[]) to okno_reports;

-- Puts down the accounts a statement has changed; those of a register are all of them. Nobody waits for anybody: rows are only added.
create function report_changes() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare v_what constant text := tg_argv[0]; v_many constant int := 20000;
begin
  if tg_op = 'TRUNCATE' then
    insert into report_changed_account values (v_what, null);
  elsif tg_op = 'INSERT' then
    with n as materialized (select count(*) > v_many as many from (select from new_rows limit v_many + 1) x)
    insert into report_changed_account select v_what, null from n where n.many union all select distinct v_what, r.account_id from new_rows r where not (select n.many from n);
  elsif tg_op = 'DELETE' then
    with n as materialized (select count(*) > v_many as many from (select from old_rows limit v_many + 1) x)
    insert into report_changed_account select v_what, null from n where n.many union all select distinct v_what, r.account_id from old_rows r where not (select n.many from n);
  else
    with n as materialized (select count(*) > v_many as many from (select from new_rows limit v_many + 1) x)
    insert into report_changed_account select v_what, null from n where n.many union all select distinct v_what, r.account_id from (select account_id from new_rows union all select account_id from old_rows) r where not (select n.many from n);
  end if;
  return null;
end $$;
create trigger report_inserted after insert on charge referencing new table as new_rows for each statement execute function report_changes('debt');
create trigger report_updated after update on charge referencing old table as old_rows new table as new_rows for each statement execute function report_changes('debt');
create trigger report_deleted after delete on charge referencing old table as old_rows for each statement execute function report_changes('debt');
create trigger report_truncated after truncate on charge for each statement execute function report_changes('debt');
create trigger report_inserted after insert on payment referencing new table as new_rows for each statement execute function report_changes('debt');
create trigger report_updated after update on payment referencing old table as old_rows new table as new_rows for each statement execute function report_changes('debt');
create trigger report_deleted after delete on payment referencing old table as old_rows for each statement execute function report_changes('debt');
create trigger report_truncated after truncate on payment for each statement execute function report_changes('debt');
create trigger report_inserted after insert on meter referencing new table as new_rows for each statement execute function report_changes('verification');
create trigger report_updated after update on meter referencing old table as old_rows new table as new_rows for each statement execute function report_changes('verification');
create trigger report_deleted after delete on meter referencing old table as old_rows for each statement execute function report_changes('verification');
create trigger report_truncated after truncate on meter for each statement execute function report_changes('verification');

-- An account at another address takes its debt and its meters to another house, a closed one has no meters; a house with another name takes all of them along.
create function report_moved() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into report_changed_account select w, case when tg_table_name = 'account' then new.id end from unnest(array['debt', 'verification']) w;
  return null;
end $$;
create trigger report_moved after update of address_id, status on account for each row when ((old.address_id, old.status) is distinct from (new.address_id, new.status)) execute function report_moved();
create trigger report_moved after update of locality, street, house, building on address for each row
  when ((old.locality, old.street, old.house, old.building) is distinct from (new.locality, new.street, new.house, new.building)) execute function report_moved();

-- Counts anew what has changed. What somebody is writing meanwhile is not there for it yet, and stays to be counted.
create function report_fold_debt() returns void language plpgsql security definer set search_path = public, pg_temp set work_mem = '256MB' set plan_cache_mode = force_custom_plan as $$
declare v_changed bigint[]; v_counted report_debt[];
begin
  with counted as (delete from report_changed_account where what = 'debt' returning account_id)
  select case when count(*) = count(c.account_id) and count(*) <= 100000 then coalesce(array_agg(distinct c.account_id), '{}') end into v_changed from counted c;
  if v_changed is null then
    delete from report_debt;
    insert into report_debt select * from report_debts_counted();
    delete from report_debt_street;
    insert into report_debt_street
      select d.provider_id, h.locality, h.street, u.period, count(*) filter (where u.period = d.periods[cardinality(d.periods)]), sum(u.amount)
      from report_debt d join address h on h.id = d.address_id cross join lateral unnest(d.periods, d.amounts) u(period, amount) group by d.provider_id, h.locality, h.street, u.period;
  elsif v_changed <> '{}' then
    -- Counted once: accounts and streets say the same, whatever is paid in between.
    select coalesce(array_agg(x::report_debt), '{}') into v_counted from report_debts_counted(v_changed) x;
    insert into report_debt_street as s
      select d.provider_id, h.locality, h.street, u.period, coalesce(sum(d.sign) filter (where u.period = d.periods[cardinality(d.periods)]), 0), sum(d.sign * u.amount)
      from (select 1 as sign, x.* from unnest(v_counted) x union all select -1, k.* from report_debt k where k.account_id = any (v_changed)) d
      join address h on h.id = d.address_id cross join lateral unnest(d.periods, d.amounts) u(period, amount) group by d.provider_id, h.locality, h.street, u.period
      on conflict (provider_id, locality, street, period) do update set debtors = s.debtors + excluded.debtors, amount = s.amount + excluded.amount;
    delete from report_debt_street where amount = 0;
    delete from report_debt where account_id = any (v_changed);
    insert into report_debt select * from unnest(v_counted);
  end if;
end $$;

-- Days a charge is overdue today; not due yet is nothing or less. Utilities: ЖК РФ ст. 155 ч. 1; telecom bills are due by the end of their month.
create function report_overdue_days(p_provider_id int, p_period date) returns int language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return office_today() - (select case when p.profile -> 'paymentDocument' ->> 'kind' = 'utility' then payment_due_on(p_period) else (p_period + interval '1 month')::date - 1 end from provider p where p.id = p_provider_id);
end $$;
grant execute on function report_overdue_days(int, date) to okno_reports;

-- The sums of ages, from amounts and the days each is overdue.
create function report_ages(p_amounts bigint[], p_days int[]) returns jsonb language sql immutable parallel safe
return (select jsonb_build_object('to30', coalesce(sum(a) filter (where d <= 30), 0), 'to60', coalesce(sum(a) filter (where d between 31 and 60), 0), 'to90', coalesce(sum(a) filter (where d between 61 and 90), 0),
  'to180', coalesce(sum(a) filter (where d between 91 and 180), 0), 'to365', coalesce(sum(a) filter (where d between 181 and 365), 0), 'over365', coalesce(sum(a) filter (where d > 365), 0)) from unnest(p_amounts, p_days) u(a, d));
grant execute on function report_ages(bigint[], int[]) to okno_reports;

create function report_debt_aging(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan set work_mem = '256MB' as $$
declare v report_asked := report_asked_of(p_filters, false); v_changed bigint[] := report_changed('debt'); v_rows jsonb;
begin
  with d as (select * from report_debt_streets(v_changed)), periods as (
    select d.provider_id, d.period, sum(d.debtors) as debtors, sum(d.amount)::bigint as amount from d where v.provider_id is null or d.provider_id = v.provider_id group by d.provider_id, d.period
  )
  select jsonb_agg(c.line || jsonb_build_object('provider', p.name, 'providerCode', p.code) order by c.debt desc, p.name) into v_rows from (
    select x.provider_id, sum(x.amount) as debt, jsonb_build_object('debtors', sum(x.debtors), 'debt', sum(x.amount)) || report_ages(array_agg(x.amount), array_agg(report_overdue_days(x.provider_id, x.period))) as line
    from periods x group by x.provider_id having sum(x.amount) > 0) c join provider p on p.id = c.provider_id;
  return report_answer(v_rows, array['debtors', 'debt', 'to30', 'to60', 'to90', 'to180', 'to365', 'over365']);
end $$;

create function report_debt_by_street(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan set work_mem = '256MB' as $$
declare v report_asked := report_asked_of(p_filters, false); v_changed bigint[] := report_changed('debt'); v_rows jsonb; v_all jsonb;
begin
  with d as materialized (
    select x.* from report_debt_streets(v_changed) x where v.provider_id is null or x.provider_id = v.provider_id
  ), due as materialized (
    select k.provider_id, k.period, report_overdue_days(k.provider_id, k.period) as days from (select distinct d.provider_id, d.period from d) k
  ), streets as (
    select d.provider_id, d.locality, d.street, sum(d.debtors) as debtors, sum(d.amount) as debt, array_agg(d.amount) as amounts, array_agg(e.days) as days
    from d join due e on e.provider_id = d.provider_id and e.period = d.period group by d.provider_id, d.locality, d.street having sum(d.amount) > 0
  ), largest as (select * from streets s order by s.debt desc, s.locality, s.street, s.provider_id limit 500)
  select (select jsonb_agg(jsonb_build_object('street', concat_ws(', ', nullif(l.locality, ''), nullif(l.street, '')), 'provider', p.name, 'providerCode', p.code, 'locality', l.locality, 'streetName', l.street,
        'debtors', l.debtors, 'debt', l.debt) || report_ages(l.amounts, l.days) order by l.debt desc, l.locality, l.street) from largest l join provider p on p.id = l.provider_id),
    (select jsonb_build_object('debtors', coalesce(sum(d.debtors), 0), 'debt', coalesce(sum(d.amount), 0)) || report_ages(coalesce(array_agg(d.amount), '{}'), coalesce(array_agg(e.days), '{}'))
      from d join due e on e.provider_id = d.provider_id and e.period = d.period) into v_rows, v_all;
  return jsonb_build_object('rows', coalesce(v_rows, '[]'), 'totals', v_all);
end $$;

create function report_top_debtors(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan set work_mem = '256MB' as $$
declare v report_asked := report_asked_of(p_filters, false); v_changed bigint[] := report_changed('debt'); v_locality text := p_filters ->> 'locality'; v_street text := p_filters ->> 'streetName'; v_rows jsonb;
begin
  with d as (
    select k.* from report_debt k where v_changed is not null and k.account_id <> all (v_changed) union all select * from report_debts_counted(v_changed)
  ), largest as materialized (
    select d.* from d where (v.provider_id is null or d.provider_id = v.provider_id)
      and ((v_locality is null and v_street is null) or exists (select from address h where h.id = d.address_id and h.locality = coalesce(v_locality, h.locality) and h.street = coalesce(v_street, h.street)))
    order by d.debt desc, d.account_id limit 100
  ), due as materialized (
    select k.provider_id, k.period, report_overdue_days(k.provider_id, k.period) as days from (select distinct l.provider_id, u.period from largest l cross join lateral unnest(l.periods) u(period)) k
  ), aged as (
    select l.account_id, max(e.days) as days, report_ages(array_agg(u.amount), array_agg(e.days)) as ages
    from largest l cross join lateral unnest(l.periods, l.amounts) u(period, amount) join due e on e.provider_id = l.provider_id and e.period = u.period group by l.account_id
  )
  select jsonb_agg(jsonb_build_object('accountNumber', a.number, 'provider', p.name, 'address', address_text(h, a.flat_as_printed), 'debt', l.debt, 'oldestMonth', to_char(l.periods[cardinality(l.periods)], 'YYYY-MM'),
      'debtDays', greatest(g.days, 0), 'subscriberId', a.subscriber_id) || g.ages order by l.debt desc, l.account_id) into v_rows
    from largest l join aged g on g.account_id = l.account_id join account a on a.id = l.account_id join address h on h.id = l.address_id join provider p on p.id = l.provider_id;
  return report_answer(v_rows, array['debt', 'to30', 'to60', 'to90', 'to180', 'to365', 'over365']);
end $$;
grant execute on function address_text(address, text) to okno_reports;

-- ── Verification ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create index meter_verification on meter (verified_until, service, account_id) where removed_on is null;
-- What reports ask of a third of all accounts at once, without their rows.
create index account_report on account (id) include (provider_id, status, address_id);

-- Meters in service of open accounts, with their house; p_accounts null: of everybody.
create function report_due_counted(p_accounts bigint[] default null) returns table (account_id bigint, verified_until date, service text, provider_id int, locality text, street text, house text, building text) language sql stable as $$
  select m.account_id, m.verified_until, m.service, a.provider_id, h.locality, h.street, h.house, h.building from meter m join account a on a.id = m.account_id join address h on h.id = a.address_id
  where m.removed_on is null and m.verified_until is not null and a.status <> 'closed' and (p_accounts is null or m.account_id = any (p_accounts))
$$;

-- Kept like the debts: a year of a million accounts joined with their houses takes seconds. Houses are told by numbers, because words would take most of the time.
create table report_house (
  id int generated always as identity primary key,
  locality text not null, street text not null, house text not null, building text not null,
  unique (locality, street, house, building)
);
create table report_due (
  account_id bigint not null,
  verified_until date not null,
  service text not null,
  provider_id int not null,
  house_id int not null
);
create index report_due_until on report_due (verified_until) include (service, provider_id, house_id, account_id);
create index report_due_account on report_due (account_id);
grant select on report_house, report_due to okno_reports;

create function report_fold_due() returns void language plpgsql security definer set search_path = public, pg_temp set work_mem = '256MB' set plan_cache_mode = force_custom_plan as $$
declare v_changed bigint[];
begin
  with counted as (delete from report_changed_account where what = 'verification' returning account_id)
  select case when count(*) = count(c.account_id) and count(*) <= 100000 then coalesce(array_agg(distinct c.account_id), '{}') end into v_changed from counted c;
  if v_changed = '{}' then
    return;
  end if;
  delete from report_due where v_changed is null or account_id = any (v_changed);
  insert into report_house (locality, street, house, building) select distinct d.locality, d.street, d.house, d.building from report_due_counted(v_changed) d on conflict do nothing;
  -- A meter that came in between to a house that is not there yet is put down as changed.
  insert into report_due select d.account_id, d.verified_until, d.service, d.provider_id, h.id from report_due_counted(v_changed) d
    join report_house h on h.locality = d.locality and h.street = d.street and h.house = d.house and h.building = d.building order by d.verified_until;
end $$;

-- Meters whose verification ends within the days asked, `month` 'YYYY-MM' narrows them: a number of a house, or for accounts that have changed its name.
create function report_verification(v report_asked, p_filters jsonb, p_changed bigint[]) returns table (verified_until date, service text, house_id int, locality text, street text, house text, building text) language sql stable as $$
  select x.verified_until, x.service, x.house_id, x.locality, x.street, x.house, x.building from (
    select k.verified_until, k.service, k.provider_id, k.house_id, null::text as locality, null::text as street, null::text as house, null::text as building
    from report_due k where p_changed is not null and k.account_id <> all (p_changed)
    union all
    select d.verified_until, d.service, d.provider_id, null, d.locality, d.street, d.house, d.building from report_due_counted(p_changed) d) x
  where ((v).provider_id is null or x.provider_id = (v).provider_id) and (p_filters ->> 'service' is null or x.service = p_filters ->> 'service')
    and x.verified_until >= greatest((v).first_day, (p_filters ->> 'month' || '-01')::date) and x.verified_until <= least((v).last_day, ((p_filters ->> 'month' || '-01')::date + interval '1 month')::date - 1)
$$;
grant execute on function report_due_counted(bigint[]), report_verification(report_asked, jsonb, bigint[]) to okno_reports;

create function report_verification_due(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan set work_mem = '64MB' as $$
declare v report_asked := report_asked_of(p_filters); v_changed bigint[] := report_changed('verification'); v_today date := office_today(); v_rows jsonb;
begin
  select jsonb_agg(jsonb_build_object('month', to_char(c.month, 'YYYY-MM'), 'service', c.service, 'meters', c.n, 'overdue', c.over) order by c.month, c.service) into v_rows from (
    -- By day first: months are few, and days are what the index has.
    select date_trunc('month', d.verified_until)::date as month, d.service, sum(d.n) as n, coalesce(sum(d.n) filter (where d.verified_until < v_today), 0) as over
    from (select x.verified_until, x.service, count(*) as n from report_verification(v, p_filters, v_changed) x group by x.verified_until, x.service) d group by 1, 2) c;
  return report_answer(v_rows, array['meters', 'overdue']);
end $$;

create function report_verification_by_house(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan set work_mem = '64MB' as $$
declare v report_asked := report_asked_of(p_filters); v_changed bigint[] := report_changed('verification'); v_today date := office_today(); v_rows jsonb; v_all jsonb;
begin
  with counted as materialized (
    select x.house_id, x.locality, x.street, x.house, x.building, x.service, count(*) as n, count(*) filter (where x.verified_until < v_today) as over
    from report_verification(v, p_filters, v_changed) x group by x.house_id, x.locality, x.street, x.house, x.building, x.service
  ), most as (
    select coalesce(c.locality, h.locality) as locality, coalesce(c.street, h.street) as street, coalesce(c.house, h.house) as house, coalesce(c.building, h.building) as building, c.service, sum(c.n) as n, sum(c.over) as over
    from counted c left join report_house h on h.id = c.house_id group by 1, 2, 3, 4, 5 order by sum(c.n) desc, 1, 2, 3, 4, 5 limit 500
  ), named as (select m.*, m.house || case when m.building <> '' then ', корп. ' || m.building else '' end as name from most m)
  select (select jsonb_agg(jsonb_build_object('house', concat_ws(', ', nullif(x.locality, ''), nullif(x.street, ''), 'д. ' || x.name), 'locality', x.locality, 'streetName', x.street, 'houseName', x.name, 'service', x.service,
        'meters', x.n, 'overdue', x.over) order by x.n desc, x.locality, x.street, x.name, x.service) from named x),
    (select jsonb_build_object('meters', coalesce(sum(n), 0), 'overdue', coalesce(sum(over), 0)) from counted) into v_rows, v_all;
  return jsonb_build_object('rows', coalesce(v_rows, '[]'), 'totals', v_all);
end $$;

create function report_verification_meters(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb;
begin
  select jsonb_agg(x.line order by x.verified_until, x.id) into v_rows from (
    select m.verified_until, m.id, jsonb_build_object('verifiedUntil', m.verified_until, 'service', m.service, 'serial', m.serial, 'accountNumber', a.number, 'provider', p.name, 'address', address_text(h, a.flat_as_printed),
      'subscriberId', a.subscriber_id) as line
    from meter m join account a on a.id = m.account_id join address h on h.id = a.address_id join provider p on p.id = a.provider_id
    where m.removed_on is null and a.status <> 'closed' and m.verified_until between v.first_day and v.last_day and (v.provider_id is null or a.provider_id = v.provider_id)
      and (p_filters ->> 'service' is null or m.service = p_filters ->> 'service') and (p_filters ->> 'month' is null or to_char(m.verified_until, 'YYYY-MM') = p_filters ->> 'month')
      and (p_filters ->> 'locality' is null or h.locality = p_filters ->> 'locality') and (p_filters ->> 'streetName' is null or h.street = p_filters ->> 'streetName')
      and (p_filters ->> 'houseName' is null or h.house || case when h.building <> '' then ', корп. ' || h.building else '' end = p_filters ->> 'houseName')
    order by m.verified_until, m.service, m.account_id, m.id limit 500) x;
  return report_answer(v_rows, '{}');
end $$;

-- ── Portal accounts ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- The last sign-in of each month: portals' own rows are kept for the latest thirty only.
create table portal_activity (
  portal_user_id bigint not null references portal_user on delete cascade,
  month date not null,
  last_at timestamptz not null,
  primary key (portal_user_id, month)
);
grant select on portal_activity to okno_reports;

-- Portals belong to no office: their months end by the clock of the first one.
create function portal_sign_in_noted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into portal_activity values (new.portal_user_id, date_trunc('month', new.at at time zone office_first_zone()), new.at)
    on conflict (portal_user_id, month) do update set last_at = greatest(portal_activity.last_at, excluded.last_at);
  update portal_credential set signed_in_at = new.at where portal_user_id = new.portal_user_id and signed_in_at is null and issued_at <= new.at and (revoked_at is null or revoked_at > new.at);
  return null;
end $$;
create trigger portal_sign_in_noted after insert on portal_sign_in for each row when (new.outcome = 'entered') execute function portal_sign_in_noted();
do $$ begin
  perform set_config('okno.operation', 'reports.portalActivity', true);
  insert into portal_activity select portal_user_id, date_trunc('month', at at time zone office_first_zone())::date, max(at) from portal_sign_in where outcome = 'entered' group by 1, 2;
  update portal_credential c set signed_in_at = s.at from (select c1.id, min(x.at) as at from portal_credential c1 join portal_sign_in x on x.portal_user_id = c1.portal_user_id and x.outcome = 'entered' and x.at >= c1.issued_at
    and (c1.revoked_at is null or x.at < c1.revoked_at) group by c1.id) s where s.id = c.id;
end $$;

-- What was so at some instants, the earliest first, of what is known now. Everything that lasts is a range of the numbers of these instants, so that many of them cost no more than one:
-- width_bucket() says how many are not later. An account is open before the day of an instant; whoever signed in is told for 90 days.
create function portal_states(p_ats timestamptz[]) returns table (at timestamptz, provider_id int, accounts bigint, with_email bigint, with_user bigint, active90 bigint) language sql stable set work_mem = '128MB' as $$
  with days as materialized (select cardinality(p_ats) as n, array_agg((x at time zone office_first_zone())::date order by i) as days from unnest(p_ats) with ordinality u(x, i)),
  open as materialized (
    select a.id, a.provider_id, a.subscriber_id, int4range(a.first, a.last, '[]') as r from (
      select x.id, x.provider_id, x.subscriber_id, coalesce(width_bucket(x.opened_on, d.days), 0) + 1 as first, case when x.status <> 'closed' then d.n else coalesce(width_bucket(x.closed_on, d.days), 0) end as last
      from account x cross join days d) a where a.first <= a.last
  ), mail as (
    -- A contact that came back lasts through the one in between: ranges of one person are put together.
    select k.subscriber_id, range_agg(int4range(k.first, k.last, '[]')) as r from (
      select x.subscriber_id, width_bucket(greatest(x.confirmed_at, x.in_force_at), p_ats) + 1 as first, coalesce(width_bucket(x.ended_at, p_ats), cardinality(p_ats)) as last
      from subscriber_contact x where x.kind = 'email' and x.purpose = 'main' and x.confirmed_at is not null and x.state <> 'awaiting') k where k.first <= k.last group by k.subscriber_id
  ), link as materialized (
    select l.account_id, l.portal_user_id, int4range(l.first, l.last, '[]') as r from (
      select x.account_id, x.portal_user_id, width_bucket(x.linked_at, p_ats) + 1 as first, coalesce(width_bucket(x.unlinked_at, p_ats), cardinality(p_ats)) as last from portal_account_link x) l where l.first <= l.last
  ), active as (
    select t.portal_user_id, range_agg(int4range(t.first, t.last, '[]')) as r from (
      select x.portal_user_id, width_bucket(x.last_at, p_ats) + 1 as first, width_bucket(x.last_at + interval '2160 hours', p_ats) as last from portal_activity x) t where t.first <= t.last group by t.portal_user_id
  ), ranges as (
    select o.provider_id, 'account' as what, o.r from open o
    union all
    select o.provider_id, 'email', x from open o join mail m on m.subscriber_id = o.subscriber_id cross join lateral unnest(m.r * int4multirange(o.r)) x
    union all
    select o.provider_id, 'user', x from open o join (select l.account_id, range_agg(l.r) as r from link l group by l.account_id) u on u.account_id = o.id cross join lateral unnest(u.r * int4multirange(o.r)) x
    union all
    select o.provider_id, 'active', x from open o join (
        select l.account_id, range_agg(y) as r from link l join active t on t.portal_user_id = l.portal_user_id cross join lateral unnest(t.r * int4multirange(l.r)) y group by l.account_id) u on u.account_id = o.id
      cross join lateral unnest(u.r * int4multirange(o.r)) x
  ), alike as (select g.provider_id, g.what, g.r, count(*) as n from ranges g group by g.provider_id, g.what, g.r)
  select p_ats[i], a.provider_id, coalesce(sum(a.n) filter (where a.what = 'account'), 0)::bigint, coalesce(sum(a.n) filter (where a.what = 'email'), 0)::bigint,
    coalesce(sum(a.n) filter (where a.what = 'user'), 0)::bigint, coalesce(sum(a.n) filter (where a.what = 'active'), 0)::bigint
  from alike a cross join lateral generate_series(lower(a.r), upper(a.r) - 1) i group by i, a.provider_id
$$;
grant execute on function portal_states(timestamptz[]) to okno_reports;

create table report_portal_month (
  at timestamptz not null,
  provider_id int not null references provider,
  accounts bigint not null, with_email bigint not null, with_user bigint not null, active90 bigint not null,
  primary key (at, provider_id)
);
grant select on report_portal_month to okno_reports;

-- The ends of the months between two days, and for the month that is not over the beginning of today.
create function report_portal_instants(p_from date, p_to date) returns table (month date, at timestamptz) language plpgsql stable as $$
begin
  return query select m::date, least((m + interval '1 month') at time zone office_first_zone(), (now() at time zone office_first_zone())::date::timestamp at time zone office_first_zone())
    from generate_series(date_trunc('month', p_from::timestamp), least(p_to::timestamp, date_trunc('month', now() at time zone office_first_zone())), interval '1 month') m;
end $$;
grant execute on function report_portal_instants(date, date) to okno_reports;

-- Of the last thirteen months, those not counted yet; yesterday's count of this month makes way.
create function report_fold_portal() returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare v_missing timestamptz[];
begin
  if not pg_try_advisory_xact_lock(hashtext('okno.portalFold')) then
    return;
  end if;
  delete from report_portal_month p where p.at > now() - interval '40 days' and p.at not in (select x.at from report_portal_instants((now() - interval '2 months')::date, now()::date) x);
  select array_agg(distinct x.at) into v_missing from report_portal_instants((now() - interval '12 months')::date, now()::date) x where not exists (select from report_portal_month p where p.at = x.at);
  if v_missing is not null then
    insert into report_portal_month select s.* from portal_states(v_missing) s;
  end if;
end $$;

create function report_portal_adoption(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb; v_all jsonb;
begin
  with asked as materialized (select i.month, i.at, exists (select from report_portal_month k where k.at = i.at) as is_kept from report_portal_instants(v.first_day, v.last_day) i),
  counted as materialized (
    select a.month, k.provider_id, k.accounts, k.with_email, k.with_user, k.active90 from asked a join report_portal_month k on k.at = a.at
    union all
    select a.month, s.provider_id, s.accounts, s.with_email, s.with_user, s.active90 from (select array_agg(distinct x.at) as ats from asked x where not x.is_kept having count(*) > 0) m
      cross join lateral portal_states(m.ats) s join asked a on a.at = s.at and not a.is_kept
  ), lines as (
    select c.month, c.provider_id, jsonb_build_object('accounts', sum(c.accounts), 'withEmail', sum(c.with_email), 'withEmailShare', report_share(sum(c.with_email), sum(c.accounts)),
      'withUser', sum(c.with_user), 'withUserShare', report_share(sum(c.with_user), sum(c.accounts)), 'active90', sum(c.active90), 'active90Share', report_share(sum(c.active90), sum(c.accounts))) as line
    from counted c where v.provider_id is null or c.provider_id = v.provider_id group by grouping sets ((c.month, c.provider_id), (c.month))
  )
  select jsonb_agg(l.line || jsonb_build_object('month', to_char(l.month, 'YYYY-MM'), 'provider', p.name, 'providerCode', p.code) order by l.month desc, p.name) filter (where l.provider_id is not null),
    (array_agg(l.line order by l.month desc) filter (where l.provider_id is null))[1] into v_rows, v_all
    from lines l left join provider p on p.id = l.provider_id;
  return jsonb_build_object('rows', coalesce(v_rows, '[]'), 'totals', coalesce(v_all, '{"accounts": 0, "withEmail": 0, "withEmailShare": null, "withUser": 0, "withUserShare": null, "active90": 0, "active90Share": null}'));
end $$;

-- ── Messages, registers ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create function report_messages(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb; v_all jsonb;
begin
  with counted as (
    select m.channel, m.template, jsonb_build_object('messages', count(*), 'sent', count(*) filter (where m.state = 'sent'), 'failed', count(*) filter (where m.state = 'failed'),
      'uncertain', count(*) filter (where m.state = 'uncertain'), 'expired', count(*) filter (where m.state = 'expired'), 'cancelled', count(*) filter (where m.state = 'cancelled'),
      'queued', count(*) filter (where m.state in ('queued', 'sending')),
      'failedShare', report_share(count(*) filter (where m.state in ('failed', 'uncertain', 'expired')), count(*) filter (where m.state in ('sent', 'failed', 'uncertain', 'expired'))),
      'medianTime', round(percentile_cont(0.5) within group (order by case when m.state = 'sent' then extract(epoch from m.finished_at - m.created_at) end))) as line
    from outbox_message m join report_clocks(v) k on k.office_id = coalesce(m.office_id, 0)
    where m.created_at >= v.first_day::timestamp at time zone 'UTC' - interval '1 day' and m.created_at < v.last_day::timestamp at time zone 'UTC' + interval '2 days'
      and m.created_at >= k.since and m.created_at < k.until and (v.office_id is null or m.office_id = v.office_id) and (v.provider_id is null or m.provider_id = v.provider_id)
    group by grouping sets ((m.channel, m.template), ())
  )
  select jsonb_agg(c.line || jsonb_build_object('messageChannel', c.channel, 'messageTemplate', c.template) order by c.channel, (c.line ->> 'messages')::int desc, c.template) filter (where c.channel is not null),
    (array_agg(c.line) filter (where c.channel is null))[1] into v_rows, v_all from counted c;
  return jsonb_build_object('rows', coalesce(v_rows, '[]'), 'totals', v_all);
end $$;

create function report_message_failures(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb;
begin
  select jsonb_agg(jsonb_build_object('day', c.day, 'messageChannel', c.channel, 'messageTemplate', c.template, 'messageError', c.error, 'failed', c.failed, 'uncertain', c.uncertain, 'expired', c.expired, 'times', c.n)
      order by c.day desc, c.n desc, c.channel, c.template, c.error) into v_rows
  from (
    select (m.finished_at at time zone k.zone)::date as day, m.channel, m.template, coalesce(m.error, 'unknown') as error, count(*) filter (where m.state = 'failed') as failed,
      count(*) filter (where m.state = 'uncertain') as uncertain, count(*) filter (where m.state = 'expired') as expired, count(*) as n
    from outbox_message m join report_clocks(v) k on k.office_id = coalesce(m.office_id, 0)
    where m.state in ('failed', 'uncertain', 'expired') and m.finished_at >= v.first_day::timestamp at time zone 'UTC' - interval '1 day' and m.finished_at < v.last_day::timestamp at time zone 'UTC' + interval '2 days'
      and m.finished_at >= k.since and m.finished_at < k.until and (v.office_id is null or m.office_id = v.office_id)
      and (v.provider_id is null or m.provider_id = v.provider_id) and (p_filters ->> 'messageChannel' is null or m.channel = p_filters ->> 'messageChannel')
      and (p_filters ->> 'messageTemplate' is null or m.template = p_filters ->> 'messageTemplate')
    group by 1, 2, 3, 4) c;
  return report_answer(v_rows, array['failed', 'uncertain', 'expired', 'times']);
end $$;

create function report_imports(p_filters jsonb) returns jsonb language plpgsql set plan_cache_mode = force_custom_plan as $$
declare v report_asked := report_asked_of(p_filters); v_rows jsonb; v_took numeric;
begin
  select jsonb_agg(jsonb_build_object('startedAt', b.started_at, 'registerKind', b.kind, 'fileName', b.file_name, 'staffName', s.full_name, 'accepted', b.accepted, 'warned', b.warned, 'unchanged', b.unchanged,
      'notTaken', b.refused, 'took', round(extract(epoch from b.finished_at - b.started_at))) order by b.started_at desc), round(percentile_cont(0.5) within group (order by extract(epoch from b.finished_at - b.started_at)))
    into v_rows, v_took
  from (select x.started_at, x.finished_at, x.kind, x.file_name, x.started_by, x.accepted, x.warned, x.unchanged, x.refused from import_batch x where x.started_at >= v.since and x.started_at < v.until and (v.staff_id is null or x.started_by = (select login from staff where id = v.staff_id)) order by x.started_at desc limit 500) b
    left join staff s on s.login = b.started_by;
  return report_answer(v_rows, array['accepted', 'warned', 'unchanged', 'notTaken'], jsonb_build_object('took', v_took));
end $$;

-- ── Whose they are ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

do $$
declare f regprocedure;
begin
  for f in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'public'::regnamespace and p.proowner = 'okno_owner'::regrole and p.proname like 'report\_%' and p.prorettype = 'jsonb'::regtype
      and oidvectortypes(p.proargtypes) = 'jsonb' loop
    perform report_owned(f);
  end loop;
end $$;

reset role;
