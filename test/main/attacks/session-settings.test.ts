import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { cast } from '../../../src/main/training'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../support/test-app'
import { openAttackers, type Attacker } from './logins'
import { identifiedVisitOf } from '../features/visits/visit-of'

// Whatever anybody may set for a session of their own: how dates, numbers and bytes are written, which zone it is in, how the server plans, what it prints of what it does.

let office: TestOffice
let as: Record<Attacker, pg.Client> & { close(): Promise<void> }
let desk: TestDesk
let senior: TestDesk
beforeAll(async () => {
  office = await openTestOffice()
  as = await openAttackers(office)
  desk = await office.desk('first')
  senior = await office.desk('senior')
})
beforeEach(() => as.operator.query('reset all'))
afterAll(async () => {
  await as.close()
  await office.close()
})

const odd = [
  `datestyle = 'German, DMY'`, `datestyle = 'SQL, MDY'`, `timezone = 'Pacific/Kiritimati'`, `timezone = 'Etc/GMT+12'`, `intervalstyle = 'sql_standard'`, `bytea_output = 'escape'`, 'extra_float_digits = -15',
  'array_nulls = off', 'transform_null_equals = on', 'gin_fuzzy_search_limit = 1', 'standard_conforming_strings = off', 'quote_all_identifiers = on', `default_transaction_isolation = 'serializable'`,
  'synchronous_commit = off', `plan_cache_mode = 'force_generic_plan'`, 'row_security = off', `xmlbinary = 'hex'`, `lc_monetary = 'C'`, `client_encoding = 'SQL_ASCII'`, 'lock_timeout = 1', 'check_function_bodies = off',
]

test.each(odd)('a call under «%s» leaves an event that the check takes for what it is', async (setting) => {
  const { id, subscriberId } = await identifiedVisitOf(desk, cast.fyodor)
  const client = as.operator
  await client.query(`set ${setting}`)
  await client.query(`select desk_search_keys(p_accounts => '{04012345}')`)
  await client.query('select desk_card($1)', [subscriberId])
  await client.query('select visit_close($1, $2)', [operation(), id])
  const { problems, events } = await senior.api.audit.verify({})
  expect(events).toBeGreaterThan(3)
  expect(problems).toEqual([])
})

test('a month of the log made in a session of another zone begins and ends where the others do', async () => {
  const bounds = async () => {
    const { rows } = await office.owner.raw(`select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound from pg_class c join pg_inherits i on i.inhrelid = c.oid where i.inhparent = 'audit_event'::regclass order by 1`)
    return rows as { name: string; bound: string }[]
  }
  const before = await bounds()
  const last = before.filter(({ bound }) => bound !== 'DEFAULT').at(-1)!
  await office.owner.raw(`drop table if exists ??`, [last.name])
  await office.owner.transaction(async (trx) => {
    await trx.raw(`set local timezone = 'Pacific/Kiritimati'`)
    await trx.raw(`set local datestyle = 'German, DMY'`)
    await trx.raw(`select audit_partitions_make(current_date, (current_date + interval '13 months')::date)`)
  })
  expect((await bounds()).find(({ name }) => name === last.name)).toEqual(last)
})

test('what the server prints of its plans shows nobody anything of a person', async () => {
  const { subscriberId } = await identifiedVisitOf(desk, cast.alyona)
  const client = as.operator
  const printed: string[] = []
  client.on('notice', (notice) => printed.push([notice.message, notice.detail, notice.hint, notice.where].filter(Boolean).join('\n')))
  for (const setting of ['client_min_messages = debug5', 'debug_print_parse = on', 'debug_print_rewritten = on', 'debug_print_plan = on', 'log_min_messages = debug5', 'log_statement_stats = on']) await client.query(`set ${setting}`).catch(() => undefined)
  await client.query('select desk_card($1)', [subscriberId])
  const { document, email } = cast.alyona
  for (const secret of [document?.number, email, cast.alyona.name.split(' ')[0]]) if (secret) expect(printed.join('\n')).not.toContain(secret)
})

test.each<Attacker>(['operator', 'supervisor', 'administrator', 'portal', 'sender', 'nobody'])('%s sees of others that they are connected, and nothing of what they ask or of what the tables hold', async (who) => {
  // An operator's own sessions are the desk's; of that one the supervisor's is the other.
  const victim = who === 'operator' ? as.supervisor : as.operator
  await victim.query(`select desk_search_keys(p_accounts => '{04012345}') /* secret question */`)
  const { rows } = await as[who].query<{ query: string | null; client_addr: string | null }>(`select query, client_addr from pg_stat_activity where usename <> current_user`)
  expect(rows.length).toBeGreaterThan(0)
  expect(rows.filter(({ query, client_addr }) => client_addr !== null || (query !== null && query !== '<insufficient privilege>'))).toEqual([])
  expect((await as[who].query(`select tablename from pg_stats where schemaname = 'public' and tablename <> 'schema_migration' and tablename !~ '^register_stage_'`)).rows).toEqual([])
  for (const sql of ['select * from pg_statistic', 'select * from pg_stats_ext_exprs s, pg_statistic_ext_data d', 'select * from pg_authid', 'select * from pg_hba_file_rules', 'select * from pg_largeobject', 'select * from pg_user_mapping', 'select pg_get_backend_memory_contexts()', 'select pg_log_backend_memory_contexts(1)']) {
    await expect(as[who].query(sql), sql).rejects.toMatchObject({ code: expect.stringMatching(/^42/) })
  }
  await as[who].query('begin')
  await expect(as[who].query(`prepare transaction 'forgotten'`)).rejects.toMatchObject({ code: '55000' })
  await as[who].query('rollback')
})
