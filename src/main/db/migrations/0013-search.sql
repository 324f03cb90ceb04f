-- The one box: people with typos, organisations by any word, addresses in free form, fast with a million subscribers.
-- People have few distinct surnames and towns few streets: similar spellings are looked for among words, people are then read by the indexes of their names.
-- A word is kept with the hashes of itself and of all its spellings with one letter left out (k1) or up to two (k2); two words that share one are at most one (two)
-- slips apart: a letter missing, extra, wrong, or neighbours swapped. No extension is needed.
set local role okno_owner;

-- Loops and not a query: planned for a thousand rows each, a query costs milliseconds a word, and a first import has tens of thousands.
create function deletion_keys(p_word text, p_letters int) returns int[] language plpgsql immutable strict parallel safe as $$
declare v int[] := array[hashtext(p_word)]; w text;
begin
  for i in 1 .. length(p_word) loop
    w := left(p_word, i - 1) || substr(p_word, i + 1);
    v := v || hashtext(w);
    if p_letters > 1 then
      for j in i .. length(w) loop
        v := v || hashtext(left(w, j - 1) || substr(w, j + 1));
      end loop;
    end if;
  end loop;
  return v;
end $$;

-- «римский-залесский» is found by each of its halves too. Shorter words have too many neighbours to be told apart.
create function surname_keys(p_surname text, p_letters int) returns int[] language plpgsql immutable strict parallel safe as $$
declare v int[] := '{}'; w text; v_least int := case when p_letters > 1 then 6 else 4 end;
begin
  foreach w in array case when position('-' in p_surname) > 0 then string_to_array(p_surname, '-') || p_surname else array[p_surname] end loop
    if length(w) between v_least and 40 then
      v := v || deletion_keys(w, p_letters);
    end if;
  end loop;
  return v;
end $$;

-- Steps between two words: letters missing, extra, wrong, neighbours swapped (optimal string alignment).
create function slips_between(a text, b text) returns int language plpgsql immutable strict parallel safe as $$
declare x text[] := string_to_array(a, null); y text[] := string_to_array(b, null); n int := length(b);
  before int[]; previous int[]; row int[]; cost int;
begin
  previous := array(select generate_series(0, n));
  for i in 1 .. length(a) loop
    row := array[i];
    for j in 1 .. n loop
      cost := least(previous[j + 1] + 1, row[j] + 1, previous[j] + case when x[i] = y[j] then 0 else 1 end);
      if i > 1 and j > 1 and x[i] = y[j - 1] and x[i - 1] = y[j] then
        cost := least(cost, before[j - 1] + 1);
      end if;
      row := row || cost;
    end loop;
    before := previous;
    previous := row;
  end loop;
  return previous[n + 1];
end $$;

create table surname_word (
  word text collate "C" primary key,
  k1 int[] not null,
  k2 int[] not null
);
comment on table surname_word is 'Distinct surnames in comparison form with the keys of similar spellings.';
-- Apart from the keys: every import changes many counts, and a new version of a row of keys is a hundred entries of their indexes.
create table surname_count (
  word text collate "C" primary key,
  n int not null
) with (fillfactor = 50);
comment on table surname_count is 'How many people bear a surname: the commoner one is the likelier.';
create table organisation_word (
  word text collate "C" not null,
  subscriber_id bigint not null references subscriber on delete cascade,
  primary key (word, subscriber_id)
);
create index organisation_word_subscriber on organisation_word (subscriber_id);
create table place_word (
  word text collate "C" not null,
  is_town boolean not null,
  -- address.street_n or address.locality_n as the register writes it: «ул. ленина» and «ленина ул» are two.
  name text collate "C" not null,
  k1 int[] not null,
  primary key (word, is_town, name)
);
comment on table place_word is 'Words of the distinct streets and towns.';

-- Letters by their codes: under the collation "C" of the columns a class of letters holds no Cyrillic.
create function words_of(p_text text) returns setof text language sql immutable strict parallel safe as $$
  select distinct w from unnest(regexp_split_to_array(p_text, '[^0-9a-z\u0400-\u04ff]+')) w where w <> ''
$$;

create function add_surname_words(p_words text[], p_counts int[]) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into surname_count as w (word, n) select c.word, c.n from unnest(p_words, p_counts) c(word, n)
  on conflict (word) do update set n = w.n + excluded.n;
  insert into surname_word (word, k1, k2)
  select c.word, surname_keys(c.word, 1), surname_keys(c.word, 2) from unnest(p_words, p_counts) c(word, n)
  where c.n > 0 and not exists (select from surname_word w where w.word = c.word collate "C")
  on conflict do nothing;
  if exists (select from unnest(p_counts) n where n < 0) then
    delete from surname_word w using surname_count c where c.word = w.word and c.word = any(p_words) and c.n <= 0;
    delete from surname_count c where c.word = any(p_words) and c.n <= 0;
  end if;
end $$;

-- Once a statement and not once a row: a register of a hundred thousand rows is one statement.
create function subscriber_words() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare v_words text[]; v_counts int[];
begin
  if tg_op = 'INSERT' then
    select array_agg(word), array_agg(n) into v_words, v_counts
      from (select last_name_n as word, count(*)::int as n from new_rows where last_name_n is not null group by 1) c;
    insert into organisation_word select w, r.id from new_rows r cross join lateral words_of(r.org_name_n) w where r.org_name_n is not null on conflict do nothing;
  elsif tg_op = 'DELETE' then
    select array_agg(word), array_agg(n) into v_words, v_counts
      from (select last_name_n as word, -count(*)::int as n from old_rows where last_name_n is not null group by 1) c;
  else
    -- Most updates of a subscriber are of something else.
    select array_agg(word), array_agg(n) into v_words, v_counts from (
      select word, sum(n)::int as n from (
        select n.last_name_n as word, 1 as n from new_rows n join old_rows o using (id) where n.last_name_n is distinct from o.last_name_n
        union all
        select o.last_name_n, -1 from new_rows n join old_rows o using (id) where n.last_name_n is distinct from o.last_name_n) c
      where word is not null group by word) c where n <> 0;
    delete from organisation_word w using new_rows n join old_rows o using (id) where n.org_name_n is distinct from o.org_name_n and w.subscriber_id = n.id;
    insert into organisation_word select w, n.id from new_rows n join old_rows o using (id) cross join lateral words_of(n.org_name_n) w
      where n.org_name_n is distinct from o.org_name_n and n.org_name_n is not null on conflict do nothing;
  end if;
  if v_words is not null then
    perform add_surname_words(v_words, v_counts);
  end if;
  return null;
end $$;
create trigger subscriber_words_inserted after insert on subscriber referencing new table as new_rows for each statement execute function subscriber_words();
create trigger subscriber_words_updated after update on subscriber referencing new table as new_rows old table as old_rows for each statement execute function subscriber_words();
create trigger subscriber_words_deleted after delete on subscriber referencing old table as old_rows for each statement execute function subscriber_words();

-- Words of streets that are gone do no harm: no address answers.
create function place_words() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into place_word (word, is_town, name, k1)
  select w, p.is_town, p.name, case when length(w) between 4 and 40 then deletion_keys(w, 1) else '{}' end
  from (select distinct false as is_town, street_n as name from new_rows union all select distinct true, locality_n from new_rows) p
  cross join lateral words_of(p.name) w
  where not exists (select from place_word k where k.word = w collate "C" and k.is_town = p.is_town and k.name = p.name)
  on conflict do nothing;
  return null;
end $$;
create trigger place_words_inserted after insert on address referencing new table as new_rows for each statement execute function place_words();
create trigger place_words_updated after update on address referencing new table as new_rows for each statement execute function place_words();

-- What was imported before this migration.
select add_surname_words(array_agg(word), array_agg(n)) from (select last_name_n as word, count(*)::int as n from subscriber where last_name_n is not null group by 1) c having count(*) > 0;
insert into organisation_word select w, s.id from subscriber s cross join lateral words_of(s.org_name_n) w where s.org_name_n is not null;
insert into place_word (word, is_town, name, k1)
select w, p.is_town, p.name, case when length(w) between 4 and 40 then deletion_keys(w, 1) else '{}' end
from (select distinct false as is_town, street_n as name from address union all select distinct true, locality_n from address) p cross join lateral words_of(p.name) w;

create index surname_word_k1 on surname_word using gin (k1) with (fastupdate = off);
create index surname_word_k2 on surname_word using gin (k2) with (fastupdate = off);
create index place_word_k1 on place_word using gin (k1) with (fastupdate = off);
analyze surname_word, surname_count, organisation_word, place_word;

-- rank: 1 to 4 exact keys, 5 surname at an address, 6 exact, 7 beginnings, 9 and more: similar.
create type search_found as (subscriber_id bigint, account_id bigint, rank real, kind text, text text, is_similar boolean);

-- The planner takes a hundred keys for half of the words and reads all of them; each has one or two: hence no sequential scans.
--
-- People of similar surnames. p_names: [{last, first, middle, others, firsts, middles}]; `others` are whole surnames to try (the other gender, another alphabet),
-- `firsts` and `middles` whole first names and patronymics that a mistyped or differently spelled one may stand for.
create function search_similar_names(p_names jsonb, p_letters int, p_limit int) returns search_found[]
language plpgsql stable security definer set search_path = public, pg_temp set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare c_end constant text := U&'\+10FFFF'; v search_found[] := '{}'; v_more search_found[]; v_letters int; v_first text; q record;
  v_keys int[]; v_like text[]; v_swapped text[];
begin
  for q in select * from jsonb_to_recordset(p_names) as n(last text, first text, middle text, others text[], firsts text[], middles text[]) loop
    v_letters := length(q.last);
    v_first := coalesce(q.first, '');
    v_keys := case when v_letters between case when p_letters > 1 then 6 else 4 end and 40 then deletion_keys(q.last, p_letters) else '{}' end;
    -- Of words of one length that share a key most differ in one letter; the others have one letter elsewhere, two slips.
    v_like := array(select left(q.last, i - 1) || '_' || substr(q.last, i + 1) from generate_series(1, v_letters) i);
    v_swapped := array(select left(q.last, i - 1) || substr(q.last, i + 1, 1) || substr(q.last, i, 1) || substr(q.last, i + 2) from generate_series(1, v_letters - 1) i);
    with word as materialized (
      select w.word, w.n, case
          when w.word = q.last collate "C" or w.word = any(coalesce(q.others, '{}')) then 0
          when p_letters > 1 then null
          when length(w.word) <> v_letters or w.word like any(v_like) or w.word = any(v_swapped) then 1 else 2 end as slips
      from (select word from surname_word where k1 && v_keys and p_letters = 1
            union select word from surname_word where word = any(coalesce(q.others, '{}'::text[]) || q.last)
            union select word from surname_word where k2 && v_keys and p_letters = 2) k join surname_count w using (word)
      order by slips nulls last, left(w.word, 1) = left(q.last, 1) desc, abs(length(w.word) - v_letters), w.n desc limit case when p_letters > 1 then 250 else 60 end
    ), person as (
      -- A whole first name that is meant, or one that begins as typed.
      select s.*, w.word, w.slips, w.n from word w cross join lateral (
        (select p.id, p.first_name_n, p.middle_name_n, 0 as other from subscriber p
          where p.last_name_n = w.word and p.first_name_n >= v_first collate "C" and p.first_name_n < (v_first || c_end) collate "C"
            and (q.middle is null or (p.middle_name_n >= q.middle collate "C" and p.middle_name_n < (q.middle || c_end) collate "C") or p.middle_name_n = any(q.middles))
          order by p.first_name_n, p.middle_name_n limit case when v_first = '' then 4 else p_limit end)
        union all
        (select p.id, p.first_name_n, p.middle_name_n, 1 from subscriber p
          where p.last_name_n = w.word and p.first_name_n = any(q.firsts)
            and (q.middle is null or (p.middle_name_n >= q.middle collate "C" and p.middle_name_n < (q.middle || c_end) collate "C") or p.middle_name_n = any(q.middles))
          limit p_limit)) s
      limit 600
    ), near as materialized (
      select w.word, (select min(slips_between(part, q.last))
        from (select w.word as part union all select h from unnest(string_to_array(w.word, '-')) h where position('-' in w.word) > 0) h) as slips
      from (select distinct word from person where slips is null) w
    )
    select array_agg((p.id, null, 9 + coalesce(p.slips, x.slips) + p.other * 0.5 - least(p.n, 100000) / 1000000.0, 'name', subscriber_name(s), true)::search_found)
      into v_more
      from person p join subscriber s on s.id = p.id left join near x on x.word = p.word where p.slips is not null or x.slips <= 3;
    v := v || coalesce(v_more, '{}');
  end loop;
  return v;
end $$;

-- Subscribers at addresses. p_addresses: [{words, places: [{house, building, flat}], name}] of src/shared/domain/address-query.ts, words folded. Every word belongs to the street
-- or to the town, at least one to the street; `name` are beginnings of the parts of a name, or a surname one slip away.
create function search_addresses(p_addresses jsonb, p_limit int) returns search_found[]
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
          from unnest(q.words) with ordinality w(word, place) join place_word p on length(w.word) >= 4 and p.k1 && deletion_keys(w.word, 1)) k
      group by 1, 2, 3
    ), place as materialized (
      select is_town, name, bit_or(bit) as mask, sum(slips) as slips from word group by 1, 2
    ), street as materialized (
      (select name, mask, slips from place where not is_town order by bit_count(mask::bit(16)) desc, slips limit 100)
      union all
      -- Villages without streets.
      select '', 0, 0 where exists (select from place where is_town and mask = v_all)
    ), home as materialized (
      select a.id, s.slips + coalesce(t.slips, 0) as slips, h.rank
      from street s
      cross join (select h.house, h.building, h.flat, row_number() over () as rank from jsonb_to_recordset(q.places) as h(house text, building text, flat text)) h
      cross join lateral (
        select a.id, a.locality_n from address a
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

-- One text was understood as several keys at once (src/shared/domain/search-query.ts); keys are in their comparison forms already. Staged: exact keys and beginnings of names;
-- names one slip away when there is room for them; two slips only when nothing was found. Returns at most p_limit hits, exact keys first.
-- p_names: [{last, first, middle, similar, others, firsts, middles}], folded beginnings; `similar`: look for similar surnames too (search_similar_names).
-- p_addresses: see search_addresses. Planned once a connection: planning fifteen branches takes longer than running them.
create function desk_search(p_accounts text[] default '{}', p_contracts text[] default '{}', p_documents text[] default '{}', p_phones text[] default '{}',
  p_emails text[] default '{}', p_serials text[] default '{}', p_snils text[] default '{}', p_inns text[] default '{}', p_ogrns text[] default '{}',
  p_els text[] default '{}', p_zhku_ids text[] default '{}', p_names jsonb default '[]', p_organisations text[] default '{}', p_addresses jsonb default '[]',
  p_include_closed boolean default false, p_limit int default 20) returns jsonb
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
declare v_staff staff := current_staff(); v_result jsonb; v_wait int; c_end constant text := U&'\+10FFFF'; v_found search_found[]; v_similar jsonb;
begin
  -- What one typed text can mean and no more: whoever asks with psql gets no list of subscribers, and one lookup is not a thousand.
  if greatest(cardinality(p_accounts), cardinality(p_contracts), cardinality(p_phones), cardinality(p_emails), cardinality(p_serials), cardinality(p_snils),
       cardinality(p_inns), cardinality(p_ogrns), cardinality(p_els), cardinality(p_zhku_ids), cardinality(p_organisations), jsonb_array_length(p_names),
       jsonb_array_length(p_addresses)) > 16
     or cardinality(p_documents) > 4 or p_limit not between 1 and 50
     or exists (select from unnest(p_organisations) o where length(o) < 3)
     or exists (select from jsonb_to_recordset(p_names) as n(last text, first text, others text[], firsts text[], middles text[])
                where coalesce(length(n.last), 0) < case when n.first is null then 3 else 2 end or length(n.last) > 80
                  or greatest(cardinality(n.others), cardinality(n.firsts), cardinality(n.middles)) > 16)
     or exists (select from jsonb_to_recordset(p_addresses) as n(words text[], places jsonb, name text[])
                where coalesce(cardinality(n.words), 0) not between 1 and 7 or not exists (select from unnest(n.words) w where w ~ '[a-z\u0400-\u04ff]{2}')
                  or cardinality(n.name) > 3 or coalesce(jsonb_array_length(n.places), 0) not between 1 and 8
                  or exists (select from jsonb_to_recordset(n.places) as h(house text) where coalesce(h.house, '') !~ '^[0-9]')) then
    perform refuse('OK400', 'searchTooWide');
  end if;
  if cardinality(p_documents || p_snils) > 0 then
    -- One at a time, or several connections would each see the limit not reached.
    perform pg_advisory_xact_lock(hashtext('okno.documentLookup'), v_staff.id);
    select ceil(extract(epoch from min(at) + interval '1 minute' - now()))::int into v_wait
      from document_lookup where staff_id = v_staff.id and at > now() - interval '1 minute' having count(*) >= 20;
    if found then
      perform refuse('OK403', 'tooManyDocumentLookups', jsonb_build_object('waitSeconds', v_wait));
    end if;
    insert into document_lookup (staff_id) values (v_staff.id);
  end if;

  select coalesce(array_agg((f.subscriber_id, f.account_id, f.rank, f.kind, f.text, false)::search_found), '{}') into v_found from (
    select a.subscriber_id, a.id as account_id, 1 as rank, 'account' as kind, a.number as text from account a where a.number_key = any(p_accounts)
    union all
    select a.subscriber_id, a.id, 2, 'contract', a.contract from account a where a.contract_key = any(p_contracts)
    union all
    select d.subscriber_id, null, 3, 'document', mask_document(d.key) from identity_document d where d.key = any(p_documents)
    union all
    select k.subscriber_id, null, 4, k.kind, mask_contact(k.kind, k.value) from subscriber_contact k where k.is_current and k.key = any(p_phones) and k.kind = 'phone'
    union all
    select k.subscriber_id, null, 4, k.kind, mask_contact(k.kind, k.value) from subscriber_contact k where k.is_current and k.key = any(p_emails) and k.kind = 'email'
    union all
    select a.subscriber_id, a.id, 5, 'serial', m.serial from meter m join account a on a.id = m.account_id where m.serial_key = any(p_serials)
    union all
    select s.id, null, 3, 'snils', mask_document(s.snils) from subscriber s where s.snils = any(p_snils)
    union all
    select s.id, null, 3, 'inn', s.inn from subscriber s where s.inn = any(p_inns)
    union all
    select s.id, null, 3, 'ogrn', s.ogrn from subscriber s where s.ogrn = any(p_ogrns)
    union all
    select a.subscriber_id, a.id, 1, 'els', a.els from account a where a.els = any(p_els)
    union all
    select a.subscriber_id, a.id, 1, 'zhkuId', a.zhku_id from account a where a.zhku_id = any(p_zhku_ids)
    union all
    select s.id, null, case when s.last_name_n = n.last collate "C" then 6 else 7 end, 'name', subscriber_name(s)
    from jsonb_to_recordset(p_names) as n(last text, first text, middle text)
    cross join lateral (
      select * from subscriber s
      where s.last_name_n >= n.last collate "C" and s.last_name_n < (n.last || c_end) collate "C"
        and s.first_name_n >= coalesce(n.first, '') collate "C" and s.first_name_n < (coalesce(n.first, '') || c_end) collate "C"
        and (n.middle is null or (s.middle_name_n >= n.middle collate "C" and s.middle_name_n < (n.middle || c_end) collate "C"))
      order by s.last_name_n, s.first_name_n, s.middle_name_n limit p_limit + 1) s
    union all
    -- The longest word finds, the others must be there too.
    select s.id, null, 8, 'organisation', s.org_name
    from unnest(p_organisations) o
    cross join lateral (select w.word from unnest(string_to_array(o, ' ')) w(word) order by length(w.word) desc limit 1) l
    cross join lateral (
      select s.id, s.org_name from organisation_word k join subscriber s on s.id = k.subscriber_id
      where k.word >= l.word collate "C" and k.word < (l.word || c_end) collate "C"
        and (select bool_and(position(w in s.org_name_n) > 0) from unnest(string_to_array(o, ' ')) w) limit p_limit + 1) s) f;

  if jsonb_array_length(p_addresses) > 0 then
    v_found := v_found || search_addresses(p_addresses, p_limit);
  end if;
  v_similar := jsonb_path_query_array(p_names, '$[*] ? (@.similar == true)');
  if jsonb_array_length(v_similar) > 0 and cardinality(v_found) < p_limit then
    v_found := v_found || search_similar_names(v_similar, 1, p_limit);
    if cardinality(v_found) = 0 then
      v_found := search_similar_names(v_similar, 2, p_limit);
    end if;
  end if;

  with best as (
    select distinct on (f.subscriber_id) f.subscriber_id, f.rank, f.kind, f.text, f.is_similar, x.*
    from unnest(v_found) f
    left join lateral (
      select a.id as account_id, a.number, a.contract, p.name as provider, a.status, address_text(d, a.flat_as_printed) as address
      from account a join provider p on p.id = a.provider_id join address d on d.id = a.address_id
      where a.subscriber_id = f.subscriber_id and (f.account_id is null or a.id = f.account_id)
      order by a.status = 'closed', a.id limit 1) x on true
    order by f.subscriber_id, f.rank, x.status = 'closed'
  ), shown as (
    select b.*, s.kind as subscriber_kind, subscriber_name(s) as name,
      row_number() over (order by b.rank, s.last_name_n, s.first_name_n, s.middle_name_n, s.id) as place
    from best b join subscriber s on s.id = b.subscriber_id
    where p_include_closed or b.status is distinct from 'closed'
    order by place limit p_limit + 1
  )
  select jsonb_build_object(
    'hits', coalesce((select jsonb_agg(jsonb_build_object('subscriberId', subscriber_id, 'name', name, 'kind', subscriber_kind,
        'account', case when account_id is not null then jsonb_build_object('id', account_id, 'number', number, 'contract', contract, 'provider', provider,
          'status', status, 'address', address) end,
        'accountsCount', (select count(*) from account a where a.subscriber_id = s.subscriber_id and (p_include_closed or a.status <> 'closed')),
        'match', jsonb_build_object('kind', kind, 'text', text, 'isSimilar', is_similar)) order by place)
      from (select * from shown limit p_limit) s), '[]'),
    'more', (select count(*) > p_limit from shown),
    'closedHidden', case when p_include_closed then 0 else (select count(*) from best where status = 'closed' and not is_similar) end)
  into v_result;

  perform audit_record('desk.search', null, null, jsonb_build_object('hits', jsonb_array_length(v_result -> 'hits'),
    'subscribers', (select jsonb_agg(h -> 'subscriberId') from jsonb_array_elements(v_result -> 'hits') h),
    'by', to_jsonb(array_remove(array[case when cardinality(p_accounts) > 0 then 'account' end, case when cardinality(p_documents) > 0 then 'document' end,
      case when cardinality(p_phones) > 0 then 'phone' end, case when cardinality(p_emails) > 0 then 'email' end, case when cardinality(p_serials) > 0 then 'serial' end,
      case when cardinality(p_snils || p_inns || p_ogrns) > 0 then 'taxOrPension' end, case when jsonb_array_length(p_names) > 0 then 'name' end,
      case when cardinality(p_organisations) > 0 then 'organisation' end, case when jsonb_array_length(p_addresses) > 0 then 'address' end], null))));
  return v_result;
end $$;

grant execute on function desk_search(text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], jsonb, text[], jsonb, boolean, int)
  to okno_operator, okno_supervisor;

reset role;
