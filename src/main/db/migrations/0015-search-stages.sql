-- Search in stages: keys, beginnings of names, similar names and addresses, names two slips away. Each is a call of its own, so that the first answers stand on the screen
-- while the next stage looks, and so that the next text can stop it; a key never pays for the search of similar words.
set local role okno_owner;

drop function desk_search(text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], jsonb, text[], jsonb, boolean, int);

-- Organisations by words with a slip and by the initials of their words: «СШ 5» is «Средняя школа № 5».
create table organisation_term (
  word text collate "C" primary key,
  k1 int[] not null
);
comment on table organisation_term is 'Distinct words of organisations'' names with the keys of similar spellings.';

-- Initials of two to six neighbouring words: «мбоу», «сош», «сш» of a school's full name.
create function initials_of(p_text text) returns setof text language sql immutable strict parallel safe as $$
  with w as (select array_agg(left(m[1], 1) order by n) as letters from regexp_matches(p_text, '([0-9a-z\u0400-\u04ff]+)', 'g') with ordinality m(m, n) where m[1] ~ '^[a-z\u0400-\u04ff]')
  select distinct array_to_string(letters[i : i + k - 1], '') from w, generate_series(1, cardinality(letters)) i, generate_series(2, 6) k where i + k - 1 <= cardinality(letters)
$$;

create function organisation_terms() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into organisation_term (word, k1)
  select w.word, case when length(w.word) between 4 and 40 then deletion_keys(w.word, 1) else '{}' end from (select distinct word from new_rows) w
  where not exists (select from organisation_term t where t.word = w.word) on conflict do nothing;
  return null;
end $$;

create function organisation_initials() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into organisation_word select i, n.id from new_rows n cross join lateral initials_of(n.org_name_n) i where n.org_name_n is not null on conflict do nothing;
  return null;
end $$;
create trigger organisation_terms_inserted after insert on organisation_word referencing new table as new_rows for each statement execute function organisation_terms();
-- After subscriber_words: triggers of one event go by the alphabet, and its update leaves only what it has written itself.
create trigger subscriber_words_with_initials_inserted after insert on subscriber referencing new table as new_rows for each statement execute function organisation_initials();
create trigger subscriber_words_with_initials_updated after update on subscriber referencing new table as new_rows old table as old_rows for each statement execute function organisation_initials();

insert into organisation_term (word, k1) select word, case when length(word) between 4 and 40 then deletion_keys(word, 1) else '{}' end from (select distinct word from organisation_word) w;
insert into organisation_word select i, s.id from subscriber s cross join lateral initials_of(s.org_name_n) i where s.org_name_n is not null on conflict do nothing;
create index organisation_term_k1 on organisation_term using gin (k1) with (fastupdate = off);

-- As in 0013, but a word of three letters may be a street of four («мра», Мира).
create or replace function search_addresses(p_addresses jsonb, p_limit int) returns search_found[]
language plpgsql stable security definer set search_path = public, pg_temp set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare c_end constant text := U&'\+10FFFF'; v search_found[] := '{}'; v_more search_found[]; q record; v_all int; v_surnames text[];
begin
  for q in select * from jsonb_to_recordset(p_addresses) as n(words text[], places jsonb, name text[]) loop
    v_all := (1 << cardinality(q.words)) - 1;
    v_surnames := array(select s.word from unnest(q.name) w join surname_word s on s.k1 && deletion_keys(w, 1) where length(w) >= 4);
    with word as materialized (
      select k.is_town, k.name, k.bit, min(k.slips) as slips from (
        select p.is_town, p.name, 1 << (w.place - 1)::int as bit, case when p.word = w.word then 0 else 0.5 end as slips
          from unnest(q.words) with ordinality w(word, place)
          join place_word p on p.word >= w.word collate "C" and p.word < (w.word || c_end) collate "C" and (p.word = w.word or w.word !~ '^[0-9]')
        union all
        select p.is_town, p.name, 1 << (w.place - 1)::int, case when length(p.word) <> length(w.word) then 2 else 2.5 end
          from unnest(q.words) with ordinality w(word, place) join place_word p on length(w.word) >= 3 and p.k1 && deletion_keys(w.word, 1)) k
      group by 1, 2, 3
    ), place as materialized (
      select is_town, name, bit_or(bit) as mask, sum(slips) as slips from word group by 1, 2
    ), street as materialized (
      -- Of «Школьная» and «3-я Школьная» the shorter one is meant when nothing more is said.
      (select name, mask, slips + length(name) / 200.0 as slips from place where not is_town order by bit_count(mask::bit(16)) desc, 3 limit 100)
      union all
      -- Villages without streets.
      select '', 0, 0 where exists (select from place where is_town and mask = v_all)
    ), home as materialized (
      -- «школьная 25» is the house itself before its building 2.
      select a.id, s.slips + coalesce(t.slips, 0) + case when h.building is null and a.building_n <> '' then 0.2 else 0 end as slips, h.rank
      from street s
      cross join (select h.house, h.building, h.flat, row_number() over () as rank from jsonb_to_recordset(q.places) as h(house text, building text, flat text)) h
      cross join lateral (
        select a.id, a.locality_n, a.building_n from address a
        where a.street_n = s.name and a.house_n = h.house collate "C"
          and a.building_n >= coalesce(h.building, '') collate "C" and a.building_n <= coalesce(h.building, c_end) collate "C"
          and a.flat_n >= coalesce(h.flat, '') collate "C" and a.flat_n <= coalesce(h.flat, c_end) collate "C"
        order by a.street_n, a.house_n, a.building_n, a.flat_n limit 3000) a
      left join place t on t.is_town and t.name = a.locality_n
      where (s.mask | coalesce(t.mask, 0)) = v_all
      -- A street whose own words say it all needs no town's words to be nearer.
      order by s.slips, h.rank limit case when q.name is null then 300 else 3000 end
    ), resident as materialized (
      select a.subscriber_id, a.id as account_id, a.flat_as_printed, a.address_id, h.rank, min(h.slips) as slips
      from home h join account a on a.address_id = h.id group by 1, 2, 3, 4, 5
    ), person as (
      select r.*, n.is_similar from resident r join subscriber s on s.id = r.subscriber_id
      cross join lateral (
        select coalesce(bool_and(k.is_part or k.is_similar), true) and (q.name is null or bool_or(k.is_surname or k.is_similar)) as fits,
          coalesce(bool_or(k.is_similar and not k.is_part), false) as is_similar
        from (select coalesce(starts_with(s.last_name_n, w) or starts_with(s.first_name_n, w) or starts_with(s.middle_name_n, w), false) as is_part,
            coalesce(starts_with(s.last_name_n, w), false) as is_surname, coalesce(s.last_name_n = any(v_surnames), false) as is_similar
          from unnest(q.name) w) k) n
      where n.fits
      order by r.slips, r.rank, length(coalesce(r.flat_as_printed, '')), r.flat_as_printed limit p_limit * 3
    )
    select array_agg((p.subscriber_id, p.account_id,
        case when p.slips >= 2 or p.is_similar then 9 when q.name is not null then 5 else 6 end + p.slips * 0.1 + p.rank * 0.05, 'address',
        address_text(d, p.flat_as_printed), p.slips >= 2 or p.is_similar)::search_found)
      into v_more from person p join address d on d.id = p.address_id;
    v := v || coalesce(v_more, '{}');
  end loop;
  return v;
end $$;

-- Organisations that have a word beginning like each of the given ones (a number is whole); with p_slips a word may be one slip away instead.
-- p_organisations: folded words without the legal form.
create function search_organisations(p_organisations text[], p_slips boolean, p_limit int) returns search_found[]
language plpgsql stable security definer set search_path = public, pg_temp set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare c_end constant text := U&'\+10FFFF'; c_most constant int := 500; v search_found[] := '{}'; v_ids bigint[]; v_few bigint[]; v_near text[]; v_spelled text[]; v_words text[];
  o text; w text; v_till text;
begin
  foreach o in array p_organisations loop
    -- The rarest word finds, the others must be there too: there are thousands of «аптека», and one «аптека 777».
    v_few := null;
    v_spelled := '{}';
    v_words := string_to_array(o, ' ');
    foreach w in array v_words loop
      v_till := case when w ~ '^[0-9]+$' then w else w || c_end end;
      v_ids := array(select k.subscriber_id from organisation_word k where k.word >= w collate "C" and k.word <= v_till collate "C" limit c_most);
      if p_slips and length(w) >= 4 then
        -- Two statements: joined, the planner takes the keys for half of the words and reads all organisations.
        v_near := array(select t.word from organisation_term t where t.k1 && deletion_keys(w, 1) and slips_between(t.word, w) <= 1);
        v_spelled := v_spelled || array(select w || ' ' || n from unnest(v_near) n);
        v_ids := v_ids || array(select k.subscriber_id from organisation_word k where k.word = any(v_near) limit c_most);
      end if;
      if v_few is null then
        v_few := v_ids;
      elsif cardinality(v_ids) < c_most and cardinality(v_few) < c_most then
        v_few := array(select unnest(v_few) intersect select unnest(v_ids));
      elsif cardinality(v_ids) < cardinality(v_few) then
        v_few := v_ids;
      end if;
      exit when v_few = '{}';
    end loop;
    if v_few <> '{}' then
      if cardinality(v_words) > 1 then
        v_few := array(select k.subscriber_id from (select distinct f.id from unnest(v_few) f(id)) f join organisation_word k on k.subscriber_id = f.id join unnest(v_words) q(word)
            on case when q.word ~ '^[0-9]+$' then k.word = q.word else starts_with(k.word, q.word) end or (p_slips and q.word || ' ' || k.word = any(v_spelled))
          group by 1 having count(distinct q.word) = (select count(distinct word) from unnest(v_words) word));
      end if;
      v := v || array(select (s.id, null, case when p_slips then 9.5 else 8 end + least(length(s.org_name), 100) / 1000.0, 'organisation', s.org_name, p_slips)::search_found
        from subscriber s where s.id = any(v_few) order by length(s.org_name), s.org_name limit p_limit + 1);
    end if;
  end loop;
  return v;
end $$;

-- What the page gets of one stage, and its trace in the audit: {hits, more, closed}; closed: subscribers left out because all that matched of theirs is closed.
-- The birth date tells namesakes apart and is told of nobody else. p_wait: seconds until documents are looked up again, when they were not.
-- json and not jsonb: it is written once and read by nobody here. Rights, search path and plan mode are those of the stage that asks: set again, they would cost as much as a key.
create function search_answer(p_found search_found[], p_stage text, p_by text[], p_include_closed boolean, p_limit int, p_except bigint[], p_wait int default null) returns json
language plpgsql as $$
declare v_hits json := '[]'; v_more boolean := false; v_closed json := '[]'; v_ids bigint[] := '{}'; v_status text; v_one search_found;
begin
  if cardinality(p_found) = 1 and p_except = '{}' then
    -- A key is somebody's alone, mostly: nothing to sort, nobody to tell apart.
    v_one := p_found[1];
    select x.status, json_build_object('subscriberId', s.id, 'name', subscriber_name(s), 'kind', s.kind, 'birthDate', null,
        'account', x.account, 'accountsCount', (select count(*) from account a where a.subscriber_id = s.id and (p_include_closed or a.status <> 'closed')),
        'match', json_build_object('kind', v_one.kind, 'text', v_one.text, 'isSimilar', v_one.is_similar))
      into v_status, v_hits
      from subscriber s left join lateral (
        select a.status, json_build_object('id', a.id, 'number', a.number, 'contract', a.contract, 'provider', p.name, 'status', a.status, 'address', address_text(d, a.flat_as_printed)) as account
        from account a join provider p on p.id = a.provider_id join address d on d.id = a.address_id
        where a.subscriber_id = v_one.subscriber_id and (v_one.account_id is null or a.id = v_one.account_id)
        order by a.status = 'closed', a.id limit 1) x on true
      where s.id = v_one.subscriber_id;
    if v_hits is null or (v_status = 'closed' and not p_include_closed) then
      v_closed := case when v_hits is null or v_one.is_similar then '[]' else json_build_array(v_one.subscriber_id) end;
      v_hits := '[]';
    else
      v_hits := json_build_array(v_hits);
      v_ids := array[v_one.subscriber_id];
    end if;
  elsif p_found <> '{}' then
    with best as materialized (
      select distinct on (f.subscriber_id) f.subscriber_id, f.rank, f.kind, f.text, f.is_similar, x.*
      from unnest(p_found) f
      left join lateral (
        select a.id as account_id, a.status from account a
        where a.subscriber_id = f.subscriber_id and (f.account_id is null or a.id = f.account_id)
        order by a.status = 'closed', a.id limit 1) x on true
      where not f.subscriber_id = any(p_except)
      order by f.subscriber_id, x.status = 'closed', f.rank
    ), shown as materialized (
      select b.*, s.kind as subscriber_kind, subscriber_name(s) as name, s.birth_date, s.last_name_n, s.first_name_n, s.middle_name_n
      from best b join subscriber s on s.id = b.subscriber_id
      where p_include_closed or b.status is distinct from 'closed'
      order by b.rank, s.last_name_n, s.first_name_n, s.middle_name_n, s.id limit p_limit + 1
    ), told as (
      select s.subscriber_id, s.rank, s.last_name_n, s.first_name_n, s.middle_name_n, json_build_object('subscriberId', s.subscriber_id, 'name', s.name, 'kind', s.subscriber_kind,
          'birthDate', case when exists (select from shown o where o.name = s.name and o.subscriber_id <> s.subscriber_id) then s.birth_date end,
          'account', case when s.account_id is not null then (
            select json_build_object('id', a.id, 'number', a.number, 'contract', a.contract, 'provider', p.name, 'status', a.status, 'address', address_text(d, a.flat_as_printed))
            from account a join provider p on p.id = a.provider_id join address d on d.id = a.address_id where a.id = s.account_id) end,
          'accountsCount', (select count(*) from account a where a.subscriber_id = s.subscriber_id and (p_include_closed or a.status <> 'closed')),
          'match', json_build_object('kind', s.kind, 'text', s.text, 'isSimilar', s.is_similar)) as hit
      from (select * from shown limit p_limit) s
    )
    select coalesce(json_agg(t.hit order by t.rank, t.last_name_n, t.first_name_n, t.middle_name_n, t.subscriber_id), '[]'),
        coalesce(array_agg(t.subscriber_id order by t.rank, t.last_name_n, t.first_name_n, t.middle_name_n, t.subscriber_id), '{}'),
        (select count(*) > p_limit from shown),
        case when p_include_closed then '[]' else (select coalesce(json_agg(subscriber_id), '[]') from best where status = 'closed' and not is_similar) end
      into v_hits, v_ids, v_more, v_closed from told t;
  end if;
  -- A look-up waits for no disk: its trace is lost only together with the server, when it crashes within the next second, and nobody can make it crash from a desk.
  perform set_config('synchronous_commit', 'off', true), audit_record('desk.search', null, null,
    jsonb_build_object('stage', p_stage, 'hits', cardinality(v_ids), 'subscribers', v_ids, 'by', p_by));
  return case when p_wait is null then json_build_object('hits', v_hits, 'more', v_more, 'closed', v_closed)
    else json_build_object('hits', v_hits, 'more', v_more, 'closed', v_closed, 'refused', 'tooManyDocumentLookups', 'waitSeconds', p_wait) end;
end $$;

-- Takes one look-up by document of this minute; returns the seconds to wait when all twenty are taken.
create function take_document_lookup(p_staff_id int) returns int language plpgsql security definer set search_path = public, pg_temp as $$
declare v_wait int;
begin
  -- One at a time, or several connections would each see the limit not reached.
  perform pg_advisory_xact_lock(hashtext('okno.documentLookup'), p_staff_id);
  select ceil(extract(epoch from min(at) + interval '1 minute' - now()))::int into v_wait
    from document_lookup where staff_id = p_staff_id and at > now() - interval '1 minute' having count(*) >= 20;
  if found then
    perform audit_record('desk.searchRefused', null, null, jsonb_build_object('waitSeconds', v_wait));
    return greatest(v_wait, 1);
  end if;
  -- The wall behind it, which a transaction that is taken back does not take down (0014).
  v_wait := guess_take(p_staff_id);
  if v_wait is not null then
    perform audit_record('desk.searchRefused', null, null, jsonb_build_object('waitSeconds', v_wait));
    return v_wait;
  end if;
  insert into document_lookup (staff_id) values (p_staff_id);
  return null;
end $$;

-- The first stage: exact keys in their comparison forms (src/shared/domain/search-query.ts). Each kind of key is a statement of its own, planned once a connection: what was not
-- asked for costs nothing. p_similar_accounts: the same numbers with more or fewer zeros in front. p_other_numbers: documents whose numbers look like anybody's account,
-- asked for only when nothing else was found. Returns {hits, more, closed} and, when the limit of look-ups by document is reached, {refused, waitSeconds}: the other keys are answered.
create function desk_search_keys(p_accounts text[] default '{}', p_similar_accounts text[] default '{}', p_contracts text[] default '{}', p_documents text[] default '{}',
  p_other_numbers text[] default '{}', p_phones text[] default '{}', p_emails text[] default '{}', p_serials text[] default '{}', p_snils text[] default '{}',
  p_inns text[] default '{}', p_ogrns text[] default '{}', p_els text[] default '{}', p_zhku_ids text[] default '{}', p_visit_code text default null,
  p_include_closed boolean default false, p_limit int default 20) returns json
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
declare v_staff staff := current_staff(); v search_found[] := '{}'; v_by text[] := '{}'; v_wait int; v_id bigint; v_before int;
begin
  -- What one typed text can mean and no more: whoever asks with psql gets no list of subscribers, and one lookup is not a thousand.
  if greatest(cardinality(p_accounts), cardinality(p_similar_accounts), cardinality(p_contracts), cardinality(p_phones), cardinality(p_emails), cardinality(p_serials), cardinality(p_snils),
       cardinality(p_inns), cardinality(p_ogrns), cardinality(p_els), cardinality(p_zhku_ids)) > 16
     or cardinality(p_documents) > 4 or cardinality(p_other_numbers) > 2 or coalesce(p_limit, 0) not between 1 and 50 then
    perform refuse('OK400', 'searchTooWide');
  end if;
  if cardinality(p_accounts) > 0 then
    v_by := v_by || 'account'::text;
    v := v || array(select (a.subscriber_id, a.id, 1, 'account', a.number, false)::search_found from account a where a.number_key = any(p_accounts));
    v := v || array(select (a.subscriber_id, a.id, 4.5, 'account', a.number, true)::search_found from account a where a.number_key = any(p_similar_accounts));
  end if;
  if cardinality(p_contracts) > 0 then
    v_by := v_by || 'contract'::text;
    v := v || array(select (a.subscriber_id, a.id, 2, 'contract', a.contract, false)::search_found from account a where a.contract_key = any(p_contracts));
  end if;
  if cardinality(p_phones) > 0 then
    v_by := v_by || 'phone'::text;
    v := v || array(select (k.subscriber_id, null, 4, 'phone', mask_phone(k.value), false)::search_found
      from subscriber_contact k where k.is_current and k.key = any(p_phones) and k.kind = 'phone');
  end if;
  if cardinality(p_emails) > 0 then
    v_by := v_by || 'email'::text;
    v := v || array(select (k.subscriber_id, null, 4, 'email', mask_email(k.value), false)::search_found
      from subscriber_contact k where k.is_current and k.key = any(p_emails) and k.kind = 'email');
  end if;
  if cardinality(p_serials) > 0 then
    v_by := v_by || 'serial'::text;
    v := v || array(select (a.subscriber_id, a.id, 5, 'serial', m.serial, false)::search_found
      from meter m join account a on a.id = m.account_id where m.serial_key = any(p_serials));
  end if;
  if cardinality(p_inns || p_ogrns) > 0 then
    v_by := v_by || 'taxOrPension'::text;
    v := v || array(select (s.id, null, 3, 'inn', s.inn, false)::search_found from subscriber s where s.inn = any(p_inns));
    v := v || array(select (s.id, null, 3, 'ogrn', s.ogrn, false)::search_found from subscriber s where s.ogrn = any(p_ogrns));
  end if;
  if cardinality(p_els || p_zhku_ids) > 0 then
    v_by := v_by || 'housingCode'::text;
    v := v || array(select (a.subscriber_id, a.id, 1, 'els', a.els, false)::search_found from account a where a.els = any(p_els));
    v := v || array(select (a.subscriber_id, a.id, 1, 'zhkuId', a.zhku_id, false)::search_found from account a where a.zhku_id = any(p_zhku_ids));
  end if;
  if p_visit_code is not null then
    v_by := v_by || 'visitCode'::text;
    v_wait := take_document_lookup(v_staff.id);
    v_id := case when v_wait is null then visit_code_subscriber(p_visit_code) end;
    if v_id is not null then
      perform guess_right(v_staff.id);
      v := v || (v_id, null, 0, 'visitCode', p_visit_code, false)::search_found;
    end if;
  end if;
  if cardinality(p_documents || p_snils) > 0 or (v = '{}' and cardinality(p_other_numbers) > 0) then
    v_by := v_by || case when cardinality(p_snils) > 0 and cardinality(p_documents) = 0 then 'snils' else 'document' end;
    v_wait := coalesce(v_wait, take_document_lookup(v_staff.id));
    if v_wait is null then
      v_before := cardinality(v);
      v := v || array(select (d.subscriber_id, null, 3, 'document', mask_document(d.key), false)::search_found from identity_document d where d.key = any(p_documents));
      if cardinality(p_snils) > 0 then
        v := v || array(select (s.id, null, 3, 'snils', mask_document(s.snils), false)::search_found from subscriber s where s.snils = any(p_snils));
      end if;
      if v = '{}' and cardinality(p_other_numbers) > 0 then
        v := array(select (d.subscriber_id, null, 3, 'document', mask_document(d.key), false)::search_found from identity_document d where d.key = any(p_other_numbers));
      end if;
      if cardinality(v) > v_before then
        perform guess_right(v_staff.id);
      end if;
    end if;
  end if;
  return search_answer(v, 'keys', v_by, p_include_closed, p_limit, '{}', v_wait);
end $$;

-- Refuses names, organisations and addresses so short that they would list half of the office.
create function search_require_narrow(p_names jsonb, p_organisations text[], p_addresses jsonb, p_limit int) returns void
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
declare v_wide boolean;
begin
  v_wide := greatest(cardinality(p_organisations), jsonb_array_length(p_names), jsonb_array_length(p_addresses)) > 16 or coalesce(p_limit, 0) not between 1 and 50;
  if not v_wide and p_organisations <> '{}' then
    v_wide := exists (select from unnest(p_organisations) o where coalesce(length(o), 0) < 3);
  end if;
  if not v_wide and p_names <> '[]' then
    v_wide := exists (select from jsonb_to_recordset(p_names) as n(last text, first text, others text[], firsts text[], middles text[])
                where coalesce(length(n.last), 0) < case when n.first is null then 3 else 2 end or length(n.last) > 80
                  or greatest(cardinality(n.others), cardinality(n.firsts), cardinality(n.middles)) > 16);
  end if;
  if not v_wide and p_addresses <> '[]' then
    v_wide := exists (select from jsonb_to_recordset(p_addresses) as n(words text[], places jsonb, name text[])
                where coalesce(cardinality(n.words), 0) not between 1 and 7 or not exists (select from unnest(n.words) w where w ~ '[a-z\u0400-\u04ff]{2}')
                  or cardinality(n.name) > 3 or coalesce(jsonb_array_length(n.places), 0) not between 1 and 8
                  or exists (select from jsonb_to_recordset(n.places) as h(house text) where coalesce(h.house, '') !~ '^[0-9]'));
  end if;
  if v_wide is not false then
    perform refuse('OK400', 'searchTooWide');
  end if;
end $$;

-- The second stage: beginnings. p_names: [{last, first, middle}], folded; p_organisations: see search_organisations; p_except: whom an earlier stage has found.
create function desk_search_names(p_names jsonb default '[]', p_organisations text[] default '{}', p_include_closed boolean default false, p_limit int default 20,
  p_except bigint[] default '{}') returns json
language plpgsql security definer set search_path = public, pg_temp set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare v_staff staff := current_staff(); v search_found[] := '{}'; v_more search_found[]; v_words text[]; v_later real := 0; q record; c_end constant text := U&'\+10FFFF';
begin
  perform search_require_narrow(p_names, p_organisations, '[]', p_limit);
  -- The likelier reading comes first and stands first.
  for q in select n.last, coalesce(n.first, '') as first, coalesce(n.middle, '') as middle from jsonb_to_recordset(p_names) as n(last text, first text, middle text) loop
    v_more := array(select (s.id, null, 6 + v_later, 'name', subscriber_name(s), false)::search_found from subscriber s
      where s.last_name_n = q.last collate "C" and s.first_name_n >= q.first collate "C" and s.first_name_n < (q.first || c_end) collate "C"
        and (q.middle = '' or (s.middle_name_n >= q.middle collate "C" and s.middle_name_n < (q.middle || c_end) collate "C"))
      order by s.first_name_n, s.middle_name_n limit p_limit + 1);
    if cardinality(v) + cardinality(v_more) <= p_limit then
      -- By the words and not by the people: «иван» begins the surnames of fifty thousand.
      v_words := array(select w.word from surname_word w where w.word > q.last collate "C" and w.word < (q.last || c_end) collate "C" order by w.word limit 400);
      if v_words <> '{}' then
        v_more := v_more || array(select (s.id, null, 7 + v_later, 'name', s.name, false)::search_found
          from unnest(v_words) w(word)
          cross join lateral (select s.id, subscriber_name(s) as name from subscriber s
            where s.last_name_n = w.word collate "C" and s.first_name_n >= q.first collate "C" and s.first_name_n < (q.first || c_end) collate "C"
              and (q.middle = '' or (s.middle_name_n >= q.middle collate "C" and s.middle_name_n < (q.middle || c_end) collate "C"))
            order by s.first_name_n, s.middle_name_n limit p_limit + 1) s
          limit p_limit + 1);
      end if;
    end if;
    v := v || v_more;
    v_later := v_later + 0.05;
  end loop;
  -- They would stand below.
  if cardinality(p_organisations) > 0 and cardinality(v) <= p_limit then
    v := v || search_organisations(p_organisations, false, p_limit);
  end if;
  return search_answer(v, 'names', array_remove(array[case when p_names <> '[]' then 'name' end, case when cardinality(p_organisations) > 0 then 'organisation' end], null),
    p_include_closed, p_limit, p_except);
end $$;

-- The third stage: addresses (search_addresses), names and organisations one slip away (search_similar_names, search_organisations).
create function desk_search_similar(p_names jsonb default '[]', p_organisations text[] default '{}', p_addresses jsonb default '[]', p_include_closed boolean default false,
  p_limit int default 20, p_except bigint[] default '{}') returns json
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
declare v_staff staff := current_staff(); v search_found[] := '{}';
begin
  perform search_require_narrow(p_names, p_organisations, p_addresses, p_limit);
  if p_addresses <> '[]' then
    v := v || search_addresses(p_addresses, p_limit);
  end if;
  if p_names <> '[]' then
    v := v || search_similar_names(p_names, 1, p_limit);
  end if;
  if cardinality(p_organisations) > 0 then
    v := v || search_organisations(p_organisations, true, p_limit);
  end if;
  return search_answer(v, 'similar', array_remove(array[case when p_addresses <> '[]' then 'address' end, case when p_names <> '[]' then 'name' end,
    case when cardinality(p_organisations) > 0 then 'organisation' end], null), p_include_closed, p_limit, p_except);
end $$;

-- The last stage, when nobody was found: names two slips away.
create function desk_search_far(p_names jsonb, p_include_closed boolean default false, p_limit int default 20, p_except bigint[] default '{}') returns json
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
declare v_staff staff := current_staff();
begin
  perform search_require_narrow(p_names, '{}', '[]', p_limit);
  return search_answer(search_similar_names(p_names, 2, p_limit), 'far', array['name'], p_include_closed, p_limit, p_except);
end $$;

grant execute on function desk_search_keys(text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text, boolean, int),
  desk_search_names(jsonb, text[], boolean, int, bigint[]), desk_search_similar(jsonb, text[], jsonb, boolean, int, bigint[]), desk_search_far(jsonb, boolean, int, bigint[])
  to okno_operator, okno_supervisor;

reset role;
