import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { contract } from '@shared/contract'
import { roles } from '@shared/roles'
import { cast } from '../../../src/main/training'
import { staff } from '../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../support/test-app'
import { identifiedVisitOf, visitOf } from '../features/visits/visit-of'
import { attackers, groupsOf, openAttackers, type Attacker } from './logins'

// Somebody takes a login of the office to psql. What any of them could reach is asked of the catalogues and tried, one login after the other: rights.test.ts and psql.test.ts hold what an operator tries.

let office: TestOffice
let as: Record<Attacker, pg.Client> & { close(): Promise<void> }
let desk: TestDesk
beforeAll(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
  as = await openAttackers(office)
  // CREATE DATABASE copies no rights of the database itself: as 0001 leaves them in an office (rights.test.ts looks at those).
  await office.owner.raw('revoke temporary on database ?? from public', [office.address.database])
})
afterAll(async () => {
  await as.close()
  await office.close()
})
beforeEach(async () => {
  for (const who of attackers) await as[who].query('reset all')
})

const one = async <T>(sql: string, values: unknown[] = []): Promise<T[]> => (await office.owner.raw(sql, values as never)).rows
const noRight = { code: '42501' }

describe.each(attackers)('the login of the %s', (who) => {
  test('reads and writes no table, view or sequence but what the catalogue of rights names', async () => {
    const { rows } = await as[who].query(
      `select c.relname as name, p.privilege from pg_class c cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) p(privilege)
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm', 'p', 'f') and has_table_privilege(c.oid, p.privilege)
       union all
       select c.relname, p.privilege from pg_class c cross join unnest(array['usage', 'select', 'update']) p(privilege) where c.relnamespace = 'public'::regnamespace and c.relkind = 'S' and has_sequence_privilege(c.oid, p.privilege)
       union all
       select c.relname || '.' || a.attname, 'select' from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'p') and c.relname <> 'schema_migration' and has_column_privilege(c.oid, a.attnum, 'select') order by 1, 2`,
    )
    const staging = who === 'administrator' ? ['accounts', 'charges', 'meters', 'payments', 'readings', 'subscribers'].map((kind) => ({ name: `register_stage_${kind}`, privilege: 'insert' })) : []
    expect(rows).toEqual([...staging, { name: 'schema_migration', privilege: 'select' }])
  })

  test('is refused every function of the office that its roles were not given', async () => {
    const functions = await one<{ call: string; signature: string; strict: boolean }>(
      `select p.oid::regprocedure::text as signature, p.proisstrict as strict, format('select %s(%s)', p.oid::regproc, (select string_agg(format('null::%s', format_type(t, null)), ', ' order by n) from unnest(p.proargtypes) with ordinality x(t, n))) as call
       from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype and p.prorettype <> 'event_trigger'::regtype
         and not exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a left join pg_roles g on g.oid = a.grantee
           where a.privilege_type = 'EXECUTE' and (a.grantee = 0 or g.rolname = any (?)))`,
      [groupsOf[who]],
    )
    expect(functions.length).toBeGreaterThan(200)
    const open: string[] = []
    for (const { call, signature, strict } of functions) {
      // A strict one with a null is answered by the planner without being called.
      if (strict) {
        const { rows } = await as[who].query<{ may: boolean }>(`select has_function_privilege($1::regprocedure, 'execute') as may`, [signature])
        if (rows[0]!.may) open.push(signature)
        continue
      }
      const answer = await as[who].query(call).then(() => 'answered', (cause: { code: string }) => cause.code)
      if (answer !== '42501') open.push(`${signature} ${answer}`)
    }
    expect(open).toEqual([])
  })

  test.each([
    ['becomes nobody else', ['set role okno_owner', 'set role okno_reports', 'set role pg_signal_backend', 'set role pg_read_all_data', 'set role postgres', 'set session authorization postgres', 'set session authorization okno_owner', 'reset role; set local role okno_owner']],
    ['makes itself no more than it is', ['alter role current_user superuser', 'alter role current_user bypassrls', 'alter role current_user createrole', 'alter role current_user connection limit -1', 'alter role current_user valid until $$infinity$$', 'create role mine login', 'grant okno_admin to current_user', 'grant pg_read_all_data to current_user', 'grant pg_read_server_files to current_user']],
    ['creates nothing', ['create table public.mine (x int)', 'create temporary table mine (x int)', 'create schema mine', 'create function public.fold(text) returns text language sql return $1', 'create function pg_temp.fold(text) returns text language sql return $1', 'create operator public.= (leftarg = text, rightarg = text, function = texteq)', 'create type public.mine as (x int)', 'create view public.mine as select 1', 'create extension dblink', 'create extension postgres_fdw', 'create extension file_fdw', 'create server mine foreign data wrapper postgres_fdw', 'create publication mine for all tables', 'create subscription mine connection $$host=127.0.0.1$$ publication x', 'create event trigger mine on ddl_command_end execute function fold()', 'create language plpython3u', 'create database mine', 'create tablespace mine location $$/tmp$$']],
    ['does not reach the server’s files or programs', ['select pg_read_file($$PG_VERSION$$)', 'select pg_read_binary_file($$PG_VERSION$$)', 'select pg_ls_dir($$.$$)', 'select pg_ls_logdir()', 'select pg_stat_file($$PG_VERSION$$)', 'select pg_file_write($$x$$, $$x$$, false)', 'copy (select 1) to program $$true$$', 'copy (select 1) to $$/tmp/out$$', 'copy schema_migration from $$/etc/passwd$$', 'select lo_import($$/etc/passwd$$)', 'select lo_export(1, $$/tmp/out$$)', 'load $$auto_explain$$']],
    ['keeps no store of its own in large objects', ['select lo_create(0)', 'select lo_creat(-1)', 'select lo_from_bytea(0, $$x$$)', 'select lo_put(1, 0, $$x$$)', 'select lo_get(1)', 'select lo_open(1, 131072)', 'select lo_unlink(1)']],
    ['holds nobody up by locks of the office’s own numbers', ['select pg_advisory_lock(1)', 'select pg_advisory_xact_lock(hashtext($$okno.guess$$), 1)', 'select pg_try_advisory_lock(1)', 'select pg_advisory_xact_lock_shared(1)', 'do $do$ begin lock table visit in access share mode; end $do$', 'do $do$ begin lock table audit_event; end $do$', 'select pg_export_snapshot() from visit']],
    ['changes nothing of how the server records and guards', ['alter system set log_statement = $$all$$', 'set log_statement = none', 'set session_replication_role = replica', 'alter database current set okno.operation = $$x$$', 'alter table audit_event disable trigger all', 'drop trigger audit_event_is_final on audit_event', 'drop table audit_event_rest', 'alter table audit_event detach partition audit_event_rest', 'truncate audit_chain', 'update audit_session set program = $$x$$', 'delete from audit_verified', 'insert into audit_seal values ($$s1$$, 9, $$$$, now())', 'update audit_retention_setting set months = 12', 'select setval($$audit_counter_1$$, 1)', 'select nextval($$audit_chain_number$$)', 'select currval($$audit_chain_number$$)', 'select last_value from audit_counter_1', 'comment on table visit is $$x$$', 'security label on table visit is $$x$$', 'reindex table visit', 'vacuum full visit', 'analyze visit', 'cluster visit', 'select pg_reload_conf()', 'select pg_switch_wal()', 'select pg_create_restore_point($$x$$)', 'select pg_stat_reset()', 'select pg_replication_origin_create($$x$$)', 'select pg_create_physical_replication_slot($$x$$)', 'select pg_logical_emit_message(false, $$x$$, $$y$$) from visit']],
  ])('%s', async (_what, statements) => {
    const went: string[] = []
    for (const sql of statements) {
      const answer = await as[who].query(sql).then(({ command }) => command, (cause: { code: string; message: string }) => cause)
      // VACUUM and ANALYZE skip what one may not touch, with a warning.
      if (typeof answer === 'string' && !/^(VACUUM|ANALYZE)$/.test(answer)) went.push(sql)
      // Not there at all (an extension, a function) is as good as forbidden; any other failure could be a near miss.
      else if (typeof answer !== 'string' && !['42501', '42883', '58P01', '0A000', '42704', '42601', '3D000', '22023', '55000'].includes(answer.code)) went.push(`${sql}: ${answer.code} ${answer.message}`)
    }
    expect(went).toEqual([])
  })

  test('ends no session and no statement of another', async () => {
    const [victim] = await one<{ pid: number }>(`select pid from pg_stat_activity where usename = ? and datname = current_database() limit 1`, [staff[who === 'operator' ? 'admin' : 'first'].login])
    for (const act of ['pg_terminate_backend', 'pg_cancel_backend']) await expect(as[who].query(`select ${act}($1)`, [victim!.pid])).rejects.toMatchObject(noRight)
  })
})

describe('a schema of one’s own', () => {
  /** As if somebody had got CREATE somewhere: the functions must not look there. */
  test('does not stand before the office’s, however the path is set', async () => {
    await one(`create schema trap; create function trap.fold(text) returns text language sql as $$ select 'trapped' $$; create function trap.sha256(bytea) returns bytea language sql as $$ select '\\x00'::bytea $$;
      create function trap.jsonb_strip_nulls(jsonb) returns jsonb language sql as $$ select '{}'::jsonb $$; create table trap.audit_event (x int); create table trap.staff (login text);
      create function trap.texteq_always(text, text) returns boolean language sql as $$ select true $$; create operator trap.= (leftarg = text, rightarg = text, function = trap.texteq_always);
      create function trap.session_user() returns name language sql as $$ select 'it.admin'::name $$; grant usage on schema trap to public; grant execute on all functions in schema trap to public`)
    try {
      const { id } = await visitOf(desk, cast.fyodor)
      await as.operator.query(`set search_path = trap, pg_temp, public, pg_catalog`)
      const { rows } = await as.operator.query<{ mine: { id: number }[] }>('select public.visit_mine() as mine')
      expect(rows[0]!.mine.map((visit) => visit.id)).toContain(id)
      await as.operator.query(`select public.desk_search_keys(p_accounts => array['04012345'])`)
      const senior = await office.desk('senior')
      const [event] = await senior.api.audit.events({ staffLogin: staff.first.login, limit: 1 })
      expect(event).toMatchObject({ action: 'desk.search', details: { hits: 1 } })
      expect((await senior.api.audit.verify({})).problems).toEqual([])
      // An operator that always agrees would open every visit.
      await expect(as.operator.query('select public.visit_close($1, $2)', [operation(), 999_999])).rejects.toMatchObject({ code: 'OK403' })
      await expect(as.operator.query('select public.audit_search()')).rejects.toMatchObject(noRight)
    } finally {
      await one('drop schema trap cascade')
    }
  })

  test('is nowhere: no schema but the system’s and the office’s, and nobody but its owner creates in it', async () => {
    const rows = await one<{ name: string }>(`select n.nspname as name from pg_namespace n where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and exists (select from pg_roles r where r.rolname = any (?) and has_schema_privilege(r.oid, n.oid, 'create'))`, [['okno_staff', 'okno_operator', 'okno_supervisor', 'okno_admin', 'okno_outbox', 'okno_portal', 'okno_reports']])
    expect(rows).toEqual([])
  })

  test('no function that runs with its owner’s rights trusts the caller’s path, and none builds a statement out of what the caller gave without quoting', async () => {
    const functions = await one<{ name: string; source: string }>(`select p.proname as name, p.prosrc as source from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef and p.prosrc ~* '\\mexecute\\M'`)
    expect(functions.length).toBeGreaterThan(5)
    // execute '…' || p_x is how it would begin; format() with %I, %L or a regproc is how it is done.
    expect(functions.filter(({ source }) => /execute\s+(?!format\b)[^;]*\|\|\s*p_\w+/i.test(source)).map(({ name }) => name).filter((name) => !/(guess|counter)/.test(name))).toEqual([])
  })
})

describe('settings of the session', () => {
  test('that mark a change as recorded, set by staff, hide nothing: every call still leaves its event', async () => {
    const { id } = await identifiedVisitOf(desk, cast.maria)
    const { rows } = await as.operator.query(`select name from pg_settings where name like 'okno.%'`)
    expect(rows).toEqual([])
    for (const [name, value] of [['okno.operation', 'hidden'], ['okno.batch', 'hidden'], ['okno.chain', '']]) await as.operator.query('select set_config($1, $2, false)', [name, value])
    const done = operation()
    await as.operator.query('select visit_close($1, $2)', [done, id])
    const events = await one<{ staff_login: string; action: string }>(`select staff_login, action from audit_event where details ->> 'operation' = ?`, [done])
    expect(events).toEqual([{ staff_login: staff.first.login, action: 'visits.close' }])
  })

  test('kept for every session of a login change no answer and hide no event', async () => {
    await expect(as.supervisor.query(`alter role current_user set okno.operation = 'hidden'`)).rejects.toMatchObject(noRight)
    await as.supervisor.query('alter role current_user set search_path = pg_temp')
    const again = await office.psql('senior')
    await again.query('select public.audit_search()')
    const [event] = await one<{ action: string }>(`select action from audit_event where staff_login = ? order by at desc limit 1`, [staff.senior.login])
    expect(event).toEqual({ action: 'audit.events' })
    await as.supervisor.query('alter role current_user reset all')
  })

  test('a transaction that may only read answers nothing that has to be recorded', async () => {
    for (const call of [`desk_search_keys(p_accounts => '{04012345}')`, 'desk_card(1)', 'desk_neighbours(null, 1)']) {
      await as.supervisor.query('begin transaction read only')
      await expect(as.supervisor.query(`select ${call}`), call).rejects.toMatchObject({ code: '25006' })
      await as.supervisor.query('rollback')
    }
  })
})

describe('others’ work', () => {
  test('is neither closed nor repeated under its id by another login', async () => {
    const theirs = await identifiedVisitOf(await office.desk('second'), cast.alyona)
    const id = operation()
    const other = await office.psql('second')
    await other.query('select desk_unmask($1, $2, $3, $4)', [id, theirs.id, theirs.subscriberId, 'verify'])
    await expect(as.operator.query('select desk_unmask($1, $2, $3, $4)', [id, theirs.id, theirs.subscriberId, 'verify'])).rejects.toMatchObject({ message: 'operationIdUsed' })
    for (const who of ['operator', 'supervisor', 'administrator'] as const) {
      await expect(as[who].query('select visit_close($1, $2)', [operation(), theirs.id]), who).rejects.toMatchObject({ code: who === 'operator' ? 'OK403' : '42501' })
    }
    // The same id at once from two sessions of the owner of the visit is one operation.
    const twice = operation()
    const twin = await office.psql('second')
    await Promise.all([other, twin].map((client) => client.query('select visit_close($1, $2)', [twice, theirs.id])))
    expect(await one(`select count(*)::int as n from audit_event where details ->> 'operation' = ?`, [twice])).toEqual([{ n: 1 }])
  })

  test('a forged message makes a desk look again, and nothing else', async () => {
    const listener = await office.desk('second', { followChanges: true })
    const { id, subscriberId } = await visitOf(listener, cast.fyodor)
    for (const payload of [JSON.stringify({ subscriberId, kind: 'visits.close', staffId: 1 }), '{', 'null', '[]', '"x"', JSON.stringify({ subscriberId: 'x', kind: 7 }), JSON.stringify({ office: 'x', kind: {} }), 'x'.repeat(7000)]) {
      await as.nobody.query('select pg_notify($1, $2)', ['okno_subscriber', payload])
    }
    expect((await listener.api.visits.mine({})).map((visit) => visit.id)).toContain(id)
    expect((await listener.api.desk.search({ text: '04012345' })).hits).toHaveLength(1)
  })
})

describe('rights follow the contract', () => {
  /** Functions each feature's services call, read from the source; a function is a right of those who may make a call of that feature. */
  const called = (): Map<string, Set<string>> => {
    const sources = resolve(import.meta.dirname, '../../../src/main/features')
    const found = new Map<string, Set<string>>()
    for (const folder of readdirSync(sources)) {
      const text = filesOf(join(sources, folder)).map((path) => readFileSync(path, 'utf8')).join('\n')
      // A folder may serve several features of the contract.
      const features = [folder.replace(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase()), ...[...text.matchAll(/Service<'(\w+)'>/g)].map(([, name]) => name!)]
      // A name may end in what is done: `register_merge_${kind}`.
      for (const [, name] of text.matchAll(/\b([a-z]+(?:_[a-z]+)+_?)(?=['"`(]|\$\{)/g)) for (const feature of features) found.set(name!, (found.get(name!) ?? new Set()).add(feature))
    }
    return found
  }
  /** Who may make any call of a feature. */
  const accessOf = (feature: string): Set<string> => {
    const calls = Object.values((contract as Record<string, Record<string, { access: unknown }>>)[feature] ?? {})
    return new Set(calls.flatMap(({ access }) => (Array.isArray(access) ? (access as string[]) : [...roles])))
  }

  test('no role of staff may execute a function that only calls of others make', async () => {
    const granted = await one<{ name: string; role: string }>(
      `select distinct p.proname as name, substr(g.rolname, 6) as role from pg_proc p cross join aclexplode(p.proacl) a join pg_roles g on g.oid = a.grantee
       where p.pronamespace = 'public'::regnamespace and g.rolname in ('okno_operator', 'okno_supervisor', 'okno_admin')`,
    )
    const found = called()
    const usedIn = { get: (name: string) => found.get(name) ?? [...found].find(([prefix]) => prefix.endsWith('_') && name.startsWith(prefix))?.[1], has: (name: string) => usedIn.get(name) !== undefined }
    // A service outside its feature's folder: sessions, sheets on their way, what several features share.
    const shared = granted.filter(({ name }) => !usedIn.has(name)).map(({ name }) => name)
    const core = ['src/main/session', 'src/main/printing', 'src/main/outbox', 'src/main/ipc', 'src/main/headless', 'src/main/backup', 'src/main/fleet', 'src/main/update']
      .flatMap((folder) => filesOf(resolve(import.meta.dirname, '../../..', folder))).map((path) => readFileSync(path, 'utf8')).join('\n')
    expect([...new Set(shared)].filter((name) => !core.includes(name))).toEqual([])
    const tooMany = granted.filter(({ name, role }) => {
      const features = usedIn.get(name)
      return features !== undefined && ![...features].some((feature) => accessOf(feature).has(role) || accessOf(feature).size === 0)
    })
    // Given besides and harmless: public keys of the senders; bringing up to date what reports are counted from.
    const known = ['outbox_sender_keys supervisor', 'report_fold admin']
    expect(tooMany.map(({ name, role }) => `${name} ${role}`).filter((one) => !known.includes(one) && !core.includes(one.split(' ')[0]!))).toEqual([])
  })

  function filesOf(folder: string): string[] {
    try {
      return readdirSync(folder).flatMap((name) => (statSync(join(folder, name)).isDirectory() ? filesOf(join(folder, name)) : [join(folder, name)]))
    } catch {
      return []
    }
  }
})
