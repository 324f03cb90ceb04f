import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Card } from '@shared/contract/desk'
import type { Visit } from '@shared/contract/visits'
import { scramVerifier } from '../../../src/main/session/scram'
import { cast } from '../../../src/main/training'
import { staff, template } from '../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../support/test-app'
import { identifiedVisitOf, visitOf } from '../features/visits/visit-of'

// What somebody can do who takes an operator's login to psql: no more than the operator in the program.

let office: TestOffice
/** The login of the first window, in psql. */
let psql: pg.Client
let desk: TestDesk
let other: TestDesk
let theirVisit: Visit
let theirCard: Card
let ownVisit: Visit

beforeAll(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
  other = await office.desk('second')
  theirVisit = await identifiedVisitOf(other, cast.maria)
  theirCard = await other.api.desk.card({ subscriberId: theirVisit.subscriberId })
  ownVisit = await identifiedVisitOf(desk, cast.alyona)
  psql = await office.psql('first')
  // A session that could be ended; a pooler gives up those of desks after a while.
  await office.psql('second', { straight: true })
})
afterAll(() => office.close())
beforeEach(async () => {
  await psql.query('reset all')
})

const noRight = { code: '42501' }
const refused = (message: string, code = 'OK403') => ({ code, message })
const ask = (sql: string, values: unknown[] = []) => psql.query(sql, values)

describe('an operator with psql can’t read', () => {
  test.each([
    ['hashes of portal passwords', 'select password_hash from portal_credential'],
    ['numbers of documents', 'select series, number from identity_document'],
    ['contacts', 'select value from subscriber_contact'],
    ['subscribers', 'select last_name from subscriber'],
    ['accounts', 'select number from account'],
    ['addresses', 'select * from address'],
    ['pinned notes', 'select text from subscriber_note'],
    ['requests', 'select text from request'],
    ['consents', 'select purpose from consent'],
    ['readings', 'select * from meter_reading'],
    ['charges', 'select * from charge'],
    ['payments', 'select * from payment'],
    ['payment documents', 'select content from payment_document'],
    ['invoices', 'select content from payment_invoice'],
    ['portal users', 'select login from portal_user'],
    ['hashes of PINs', 'select pin_hash from portal_pin_request'],
    ['registrations at portals', 'select email, token_hash from portal_registration'],
    ['sign-ins at portals', 'select at from portal_sign_in'],
    ['visits of others', 'select * from visit'],
    ['results of operations', 'select result from operation'],
    ['codes in the outbox', 'select params from outbox_message'],
    ['hashes of codes', 'select code_hash from contact_confirmation'],
    ['the password of the mail server', 'select password from mail_transport'],
    ['the secret of the SMS gateway', 'select secret from sms_gateway'],
    ['the audit', 'select * from audit_event'],
    ['the list of staff', 'select * from staff'],
    ['passwords of logins', 'select rolpassword from pg_authid'],
    ['what has been staged of a register', 'select * from register_stage_subscribers'],
    ['views over registers', 'select * from register_next_subscribers'],
    ['statistics of columns', 'select * from pg_statistic'],
    ['files of the server', `select pg_read_file('PG_VERSION')`],
    ['settings of the server that name files', 'select * from pg_hba_file_rules'],
  ])('%s', async (_what, sql) => {
    await expect(ask(sql)).rejects.toMatchObject(noRight)
  })

  test('samples of values through the statistics of the planner', async () => {
    await office.owner.raw('analyze')
    const { rows } = await ask(`select tablename from pg_stats where schemaname = 'public' and tablename <> 'schema_migration'`)
    expect(rows).toEqual([])
  })

  test('a list of subscribers through the search', async () => {
    const wide = refused('searchTooWide', 'OK400')
    await expect(ask(`select desk_search_names(p_names => '[{"last": ""}]')`)).rejects.toMatchObject(wide)
    await expect(ask(`select desk_search_names(p_names => '[{"last": "и"}]')`)).rejects.toMatchObject(wide)
    await expect(ask(`select desk_search_names(p_names => '[{"first": ""}]')`)).rejects.toMatchObject(wide)
    await expect(ask(`select desk_search_names(p_organisations => '{""}')`)).rejects.toMatchObject(wide)
    await expect(ask(`select desk_search_similar(p_addresses => '[{"words": ["ленина"], "places": [{"house": ""}]}]')`)).rejects.toMatchObject(wide)
    await expect(ask(`select desk_search_similar(p_addresses => '[{"words": ["1"], "places": [{"house": "1"}]}]')`)).rejects.toMatchObject(wide)
    await expect(ask(`select desk_search_similar(p_addresses => '[{"words": ["ленина"], "places": []}]')`)).rejects.toMatchObject(wide)
    await expect(ask(`select search_similar_names('[{"last": "соколова"}]', 1, 50)`)).rejects.toMatchObject(noRight)
    await expect(ask(`select desk_search_names(p_names => '[{"last": "иванов"}]', p_limit => 1000000)`)).rejects.toMatchObject(wide)
    await expect(ask(`select desk_search_keys(p_accounts => (select array_agg(n::text) from generate_series(1, 100000) n))`)).rejects.toMatchObject(wide)
    // Otherwise one lookup of the twenty a minute could ask for every number there is.
    await expect(ask(`select desk_search_keys(p_documents => (select array_agg(n::text) from generate_series(7404000000, 7404001000) n))`)).rejects.toMatchObject(wide)
  })

  test('what the server does for others', async () => {
    const { rows } = await ask('select distinct query from pg_stat_activity where usename <> current_user and datname = current_database()')
    expect(rows.every(({ query }) => query === '<insufficient privilege>')).toBe(true)
  })
})

describe('an operator with psql can’t change', () => {
  test.each([
    'update audit_event set details = $${}$$', 'delete from audit_event', 'truncate audit_event', 'alter table audit_event disable trigger all', 'drop trigger audit_event_is_final on audit_event',
    `insert into audit_event (chain, seq, at, staff_login, action, prev_hash, hash) values ('x', 1, now(), '${staff.second.login}', 'visits.close', '', '')`,
    'update audit_chain set last_seq = 0', 'delete from audit_chain',
    'update subscriber_contact set value = value', 'insert into portal_credential default values', 'delete from meter_reading', 'truncate visit cascade', 'update staff set roles = $${admin}$$',
    'do $do$ begin lock table visit; end $do$', 'create table mine (x int)', 'create schema mine', 'create function public.fold(text) returns text language sql return $1', 'drop function visit_mine()',
    `comment on table visit is 'x'`, 'create extension dblink', 'set session_replication_role = replica', 'set session authorization okno_owner',
    `copy (select 1) to program 'true'`, `copy (select 1) to '/tmp/out'`, 'alter system set log_statement = $$all$$', 'set log_statement = none',
  ])('%s', async (sql) => {
    await expect(ask(sql)).rejects.toMatchObject(noRight)
  })

  test.each([
    ['becoming the owner', 'set role okno_owner'],
    ['becoming the administrator', 'set role okno_admin'],
    ['taking a group role', 'grant okno_admin to current_user'],
    ['giving a group role', `grant okno_operator to "${staff.second.login}"`],
    ['another’s password', `alter role "${staff.second.login}" password 'taken-over-1'`],
    ['another’s login', `alter role "${staff.second.login}" nologin`],
    ['own powers', 'alter role current_user createrole'],
    ['own number of connections', 'alter role current_user connection limit -1'],
    ['a role of its own', 'create role mine login'],
    ['another’s session', `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${staff.second.login}'`],
  ])('%s', async (_what, sql) => {
    await expect(ask(sql)).rejects.toMatchObject(noRight)
  })

  test('the work of another window', async () => {
    const notYours = refused('notYourVisit')
    const { id } = theirVisit
    const account = theirCard.accounts[0]!.id
    const contact = theirCard.contacts[0]!.id
    const done = theirCard.timeline.find(({ kind }) => kind === 'visits.identify')!.operationId
    await expect(ask('select visit_identify($1, $2, $3, $4)', [operation(), id, 'passport_rf', '7404123456'])).rejects.toMatchObject(notYours)
    await expect(ask('select visit_readings_only($1, $2)', [operation(), id])).rejects.toMatchObject(notYours)
    await expect(ask('select visit_close($1, $2)', [operation(), id])).rejects.toMatchObject(notYours)
    await expect(ask('select contact_change($1, $2, $$email$$, $$main$$, null, $3, $$emailCode$$, 1)', [operation(), id, 'thief@example.org'])).rejects.toMatchObject(notYours)
    await expect(ask('select contact_check($1, $$email$$, $2)', [id, 'thief@example.org'])).rejects.toMatchObject(notYours)
    await expect(ask('select contact_unmask($1, $2, $3, $4)', [operation(), id, contact, 'verify'])).rejects.toMatchObject(notYours)
    await expect(ask('select reading_sheet($1, $2)', [id, account])).rejects.toMatchObject(notYours)
    await expect(ask('select reading_save($1, $2, $3, current_date, $4, $5)', [operation(), id, account, 'desk', '[]'])).rejects.toMatchObject(notYours)
    await expect(ask('select portal_impact($1, $2)', [id, account])).rejects.toMatchObject(notYours)
    await expect(ask('select portal_password_prepare($1, $2, $3, $4)', [operation(), id, account, 'save'])).rejects.toMatchObject(notYours)
    await expect(ask('select portal_password_issue($1, $2, $3, $4, $5)', [operation(), id, account, 'x', 'save'])).rejects.toMatchObject(notYours)
    await expect(ask('select payment_document_periods($1, $2)', [id, account])).rejects.toMatchObject(notYours)
    await expect(ask('select payment_document_preview($1, $2, $3)', [id, account, '2026-01'])).rejects.toMatchObject(notYours)
    await expect(ask('select payment_document_issue($1, $2, $3, $4, $5)', [operation(), id, account, '2026-01', 'print'])).rejects.toMatchObject(notYours)
    await expect(ask('select operation_undo($1, $2)', [operation(), done])).rejects.toMatchObject(refused('notYourOperation'))
    await expect(ask('select operation_delivered($1, $2)', [done, '{"jobId": "x"}'])).rejects.toMatchObject({ code: 'OK409' })
    await expect(ask('select desk_card($1)', [theirVisit.subscriberId])).rejects.toMatchObject(refused('visitRequired'))
    const { rows } = await ask('select visit_mine() as mine')
    expect(rows[0].mine.map((visit: Visit) => visit.id)).toEqual([ownVisit.id])
  })

  test('put anything but a delivery into the result of an own operation, or into one that delivers nothing', async () => {
    const done = operation()
    const { accounts, contacts } = await desk.api.desk.card({ subscriberId: ownVisit.subscriberId })
    const account = accounts.find(({ balance }) => balance !== null)!
    await ask('select contact_unmask($1, $2, $3, $4)', [done, ownVisit.id, contacts[0]!.id, 'verify'])
    await expect(ask('select operation_delivered($1, $2)', [done, '{"jobId": "x"}'])).rejects.toMatchObject(refused('operationEnded', 'OK409'))
    const given = operation()
    await ask('select payment_document_issue($1, $2, $3, $4, $5)', [given, ownVisit.id, account.id, account.balance!.period, 'save'])
    await ask('select operation_delivered($1, $2)', [given, '{"fileName": "x.pdf", "number": "forged"}'])
    const { rows } = await ask('select payment_document_issue($1, $2, $3, $4, $5) as result', [given, ownVisit.id, account.id, account.balance!.period, 'save'])
    expect(rows[0].result).toMatchObject({ fileName: 'x.pdf', repeated: true })
    expect(rows[0].result.number).not.toBe('forged')
    await expect(ask('select portal_password_issue($1, $2, $3, $4, $5)', [operation(), ownVisit.id, account.id, 'x', 'anything'])).rejects.toMatchObject(refused('medium', 'OK400'))
  })

  test('through an own visit what belongs to another subscriber', async () => {
    const account = theirCard.accounts[0]!.id
    const another = refused('accountOfAnotherSubscriber')
    await expect(ask('select reading_sheet($1, $2)', [ownVisit.id, account])).rejects.toMatchObject(another)
    await expect(ask('select portal_password_prepare($1, $2, $3, $4)', [operation(), ownVisit.id, account, 'save'])).rejects.toMatchObject(another)
    await expect(ask('select portal_password_issue($1, $2, $3, $4, $5)', [operation(), ownVisit.id, account, 'x', 'save'])).rejects.toMatchObject(another)
    await expect(ask('select payment_document_issue($1, $2, $3, $4, $5)', [operation(), ownVisit.id, account, '2026-01', 'print'])).rejects.toMatchObject(another)
    await expect(ask('select contact_unmask($1, $2, $3, $4)', [operation(), ownVisit.id, theirCard.contacts[0]!.id, 'verify'])).rejects.toMatchObject(refused('contact', 'OK404'))
  })
})

describe('functions', () => {
  test.each([
    `staff_create('mine', 'Мой', '{admin}', 'x')`, `staff_set_roles('${staff.first.login}', '{admin}', 1)`, `staff_reset_password('${staff.second.login}', 'x')`, 'staff_list()',
    'audit_check_begin()', 'audit_check_next(1)', 'audit_search()', 'audit_heads()', `audit_compare('[]')`, `audit_export(gen_random_uuid(), '{}', 'просто так')`, 'audit_retention()', 'mail_transport_get()', `mail_transport_save('{}')`, `provider_save('{}')`, `provider_history('x')`, `provider_version_card('x', 1)`, 'register_history()', `register_merge_subscribers(gen_random_uuid())`,
  ])('%s is the supervisor’s or the administrator’s', async (call) => {
    await expect(ask(`select ${call}`)).rejects.toMatchObject(noRight)
  })

  test.each([
    `audit_record('visits.close')`, `operation_repeat(gen_random_uuid(), 'visits.close')`, `operation_done(gen_random_uuid(), 'x', null::visit, '{}')`, 'visit_require(1)', 'visit_account(null::visit, 1)',
    'visit_json(null::visit)', 'current_staff()', `staff_apply_roles('${staff.first.login}')`, `confirmation_send(1, gen_random_uuid(), '{}')`, `portal_contact_confirm('x')`, `portal_contact_revert('x')`, `outbox_claim('{email}', '{}', 10)`, 'outbox_transports()', `outbox_put(gen_random_uuid(), 'email', 'x', 'test', '{}', null)`, 'outbox_delivery(gen_random_uuid())', `outbox_sender_seen('x')`, 'mail_transport_json(true)',
    'card_account(1, $$x$$)', 'undo_readings_save(null::operation, null::visit)', 'provider_json(null::provider)', `fold('x')`, `refuse('OK403', 'x')`, 'payment_document_content(null::payment_document)', 'payment_document_made(null::account, current_date)', 'payment_document_given(null::payment_document)', 'payment_document_parts(1, current_date, array[1::bigint])', 'statement_facts(null::account, current_date, current_date, true)',
  ])('%s is for other functions only', async (call) => {
    await expect(ask(`select ${call}`)).rejects.toMatchObject(noRight)
  })

  test('can’t be made to use somebody’s own tables and functions in place of the office’s', async () => {
    // In the office's database nobody may make temporary objects; this copy lets everybody, so that the second wall is tried too.
    for (const table of ['visit', 'staff', 'operation', 'subscriber', 'audit_event', 'subscriber_contact']) {
      await ask(`create temp table ${table} (id bigint, login text, roles text[], must_change_password boolean, subscriber_id bigint, staff_id int, closed_at timestamptz)`)
    }
    await ask(`create function pg_temp.current_staff() returns int language sql return 1`)
    await ask(`create function pg_temp.refuse(text, text, jsonb) returns void language sql return null`)
    await ask(`create function pg_temp.visit_require(bigint, boolean) returns int language sql return 1`)
    await ask(`create function pg_temp.audit_record(text, bigint, bigint, jsonb) returns void language sql return null`)
    await ask(`insert into pg_temp.visit (id, subscriber_id, staff_id) values ($1, $2, 1)`, [theirVisit.id, theirVisit.subscriberId])
    await ask('set search_path = pg_temp, public')
    await expect(ask('select public.visit_close($1, $2)', [operation(), theirVisit.id])).rejects.toMatchObject(refused('notYourVisit'))
    await expect(ask('select public.desk_card($1)', [theirVisit.subscriberId])).rejects.toMatchObject(refused('visitRequired'))
    const before = await office.owner.raw('select count(*)::int as n from public.audit_event where staff_login = ?', [staff.first.login])
    const { rows } = await ask('select public.visit_mine() as mine')
    expect(rows[0].mine.map((visit: Visit) => visit.id)).toEqual([ownVisit.id])
    await ask(`select public.contact_check($1, 'email', 'anna@example.org')`, [ownVisit.id])
    const after = await office.owner.raw('select count(*)::int as n from public.audit_event where staff_login = ?', [staff.first.login])
    expect(after.rows[0].n).toBe(before.rows[0].n + 1)
    await ask('discard temp')
  })

  test('write the name of the connection into the audit, whatever it calls itself', async () => {
    await ask(`set application_name = '${staff.second.login}'`)
    await ask(`set okno.operation = 'x'`)
    await ask(`set "okno.login" = '${staff.second.login}'`)
    await ask(`select contact_check($1, 'email', 'anna@example.org')`, [ownVisit.id])
    const { rows } = await office.owner.raw('select staff_login, action from audit_event order by at desc limit 1')
    expect(rows).toEqual([{ staff_login: staff.first.login, action: 'contacts.check' }])
  })
})

test('in the office’s own database nobody but staff and its owner connects, and nobody makes temporary tables', async () => {
  const { rows } = await office.owner.raw(
    `select coalesce(g.rolname, 'public') as grantee, a.privilege_type as privilege from pg_database d cross join aclexplode(d.datacl) a left join pg_roles g on g.oid = a.grantee
     where d.datname = ? and a.grantee <> d.datdba`,
    [template],
  )
  expect(rows.length).toBeGreaterThan(0)
  expect(rows.filter(({ grantee, privilege }: { grantee: string; privilege: string }) => grantee === 'public' || privilege !== 'CONNECT')).toEqual([])
})

test('a login that must still choose its password is in no group role and can do nothing', async () => {
  const admin = await office.psql('admin')
  const login = `new.${operation().slice(0, 8)}`
  await admin.query('select staff_create($1, $2, $3, $4)', [login, 'Новый Сотрудник', ['operator', 'admin'], await scramVerifier('first-password')])
  const groups = async () => {
    const { rows } = await office.owner.raw('select g.rolname as name from pg_auth_members m join pg_roles g on g.oid = m.roleid join pg_roles r on r.oid = m.member where r.rolname = ? order by 1', [login])
    return rows.map(({ name }: { name: string }) => name)
  }
  expect(await groups()).toEqual(['okno_staff'])
  const { Client } = (await import('pg')).default
  const fresh = new Client({ ...office.address, user: login, password: 'first-password' })
  await fresh.connect()
  try {
    await expect(fresh.query('select visit_mine()')).rejects.toMatchObject(noRight)
    await expect(fresh.query('select staff_list()')).rejects.toMatchObject(noRight)
    // Changing the password past the office's own function gives no rights.
    await fresh.query(`alter role current_user password 'second-password'`)
    expect(await groups()).toEqual(['okno_staff'])
    await fresh.query('select staff_change_own_password($1)', [await scramVerifier('third-password')])
    expect(await groups()).toEqual(['okno_admin', 'okno_operator', 'okno_staff'])
    await expect(fresh.query('select visit_mine()')).resolves.toBeTruthy()
  } finally {
    await fresh.end()
  }
})

test('a password set past Okno opens nothing until an administrator has given a new one', async () => {
  const admin = await office.desk('admin')
  await admin.api.staff.create({ login: 'past.okno', fullName: 'Ручьёва Вера Павловна', roles: ['operator'], window: null, password: 'first-of-tests-77' })
  const stranger = await office.desk(null)
  await stranger.api.session.signIn({ login: 'past.okno', password: 'first-of-tests-77' })
  await stranger.api.session.changePassword({ current: 'first-of-tests-77', next: 'own-of-tests-771' })
  await stranger.api.visits.mine({})

  const login = new pg.Client({ ...office.address, user: 'past.okno', password: 'own-of-tests-771' })
  await login.connect()
  try {
    await login.query(`alter role "past.okno" password 'quietly-set-1'`)
    await expect(login.query('select visit_mine()')).rejects.toMatchObject(refused('passwordSetElsewhere'))
  } finally {
    await login.end()
  }
  expect(await stranger.dispatch('visits.mine', {})).toMatchObject({ ok: false, failure: { reason: 'passwordSetElsewhere' } })
  expect(await stranger.dispatch('session.signIn', { login: 'past.okno', password: 'quietly-set-1' })).toMatchObject({ ok: false, failure: { reason: 'passwordSetElsewhere' } })

  await admin.api.staff.resetPassword({ login: 'past.okno', password: 'second-of-tests-7' })
  expect(await stranger.api.session.signIn({ login: 'past.okno', password: 'second-of-tests-7' })).toMatchObject({ mustChangePassword: true })
})

test('a card is opened by an operator in an own visit only, by a supervisor without one, and both are logged', async () => {
  const { subscriberId } = await visitOf(other, cast.fyodor)
  await expect(desk.api.desk.card({ subscriberId })).rejects.toMatchObject({ failure: { code: 'forbidden', reason: 'visitRequired' } })
  const senior = await office.desk('senior')
  await expect(senior.api.desk.card({ subscriberId })).resolves.toMatchObject({ subscriber: { name: cast.fyodor.name } })
  const { rows } = await office.owner.raw(`select staff_login, details from audit_event where action = 'desk.openCard' and subscriber_id = ?`, [subscriberId])
  expect(rows).toEqual([{ staff_login: staff.senior.login, details: { withoutVisit: true } }])
})

describe('by the catalogues of the database', () => {
  const roles = ['okno_staff', 'okno_operator', 'okno_supervisor', 'okno_admin', 'okno_outbox', 'okno_portal']

  test('no relation is anybody’s but for putting rows of a register into staging', async () => {
    const { rows } = await office.owner.raw(
      `select c.relname as name, coalesce(g.rolname, 'public') as grantee, a.privilege_type as privilege
       from pg_class c cross join aclexplode(c.relacl) a left join pg_roles g on g.oid = a.grantee
       where c.relnamespace = 'public'::regnamespace and a.grantee <> c.relowner
       union all
       select c.relname || '.' || t.attname, coalesce(g.rolname, 'public'), a.privilege_type
       from pg_attribute t join pg_class c on c.oid = t.attrelid cross join aclexplode(t.attacl) a left join pg_roles g on g.oid = a.grantee
       where c.relnamespace = 'public'::regnamespace order by 1`,
    )
    const kinds = ['accounts', 'charges', 'meters', 'payments', 'readings', 'subscribers']
    const ofReports = rows.filter(({ grantee }: { grantee: string }) => grantee === 'okno_reports')
    expect(rows.filter((row: object) => !ofReports.includes(row))).toEqual([
      ...kinds.map((kind) => ({ name: `register_stage_${kind}`, grantee: 'okno_admin', privilege: 'INSERT' })),
      { name: 'schema_migration', grantee: 'public', privilege: 'SELECT' },
    ])
    expect(ofReports.filter(({ privilege }: { privilege: string }) => privilege !== 'SELECT')).toEqual([])
    // What reports are made of holds nothing that finds or names a person.
    const personal = ['subscriber', 'subscriber_contact', 'identity_document', 'contact_confirmation', 'reading_attachment', 'subscriber_note']
    expect(ofReports.filter(({ name }: { name: string }) => personal.includes(name) || /password|hash|recipient|params/.test(name))).toEqual([])
  })

  test('nobody signs in as the role of the reports, and it is in no other role', async () => {
    const { rows } = await office.owner.raw(
      `select rolcanlogin, rolsuper, rolcreaterole, rolbypassrls, exists (select from pg_auth_members m where m.member = r.oid) as in_another from pg_roles r where rolname = 'okno_reports'`,
    )
    expect(rows).toEqual([{ rolcanlogin: false, rolsuper: false, rolcreaterole: false, rolbypassrls: false, in_another: false }])
  })

  test('every table and function of the office is its owner’s, but for the reports: those are of a role that owns no table', async () => {
    const { rows } = await office.owner.raw(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'S') and relowner <> 'okno_owner'::regrole
       union all select proname from pg_proc where pronamespace = 'public'::regnamespace and proowner <> 'okno_owner'::regrole
         and not (proowner = 'okno_reports'::regrole and proname like 'report\\_%')`,
    )
    expect(rows).toEqual([{ name: 'schema_migration' }])
  })

  test('each function is given to those who need it and to nobody else', async () => {
    const { rows } = await office.owner.raw(
      `select coalesce(g.rolname, 'public') as grantee, string_agg(distinct p.proname, ' ' order by p.proname) as functions
       from pg_proc p cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a left join pg_roles g on g.oid = a.grantee
       where p.pronamespace = 'public'::regnamespace and a.grantee <> p.proowner and a.grantee not in ('okno_owner'::regrole, 'okno_reports'::regrole) group by 1`,
    )
    const settlements = 'payment_document_issue payment_document_penalty payment_document_periods payment_document_preview payment_invoice_draft payment_invoice_issue payment_invoice_preview statement_issue statement_preview'.split(' ')
    const closing = 'payment_period_check payment_period_close payment_period_close_next payment_periods'.split(' ')
    const registers = 'contact_export contact_export_bytes contact_exports register_begin register_cancel register_clean register_history register_mapping_remove register_mapping_save register_mappings register_merge_accounts register_merge_charges register_merge_meters register_merge_payments register_merge_readings register_merge_subscribers register_taken register_verdicts'
    const portal = 'portal_account_link_add portal_account_unlink portal_esia_unlink portal_link_recipe portal_number_format portal_pin_ask_at_desk portal_registration_confirm_at_desk portal_user_list portal_user_register portal_user_set_blocked portal_user_set_unblocked'.split(' ')
    const passwords = 'approval_ask approval_login_failed approval_of approval_withdraw portal_impact portal_letter portal_password_issue portal_password_prepare portal_receipt portal_sheet_check portal_sheet_salts'.split(' ')
    const journal = 'audit_check_begin audit_check_next audit_choices audit_compare audit_export audit_export_rows audit_exported audit_heads audit_retention audit_search'.split(' ')
    const reportSettings = 'report_export report_export_allowed report_setting_home report_setting_remove report_setting_save report_settings'.split(' ')
    const documentBatches = 'continue_from create drawn found handed issue list mail next pause preview put_back retry run state stop told'.split(' ').map((name) => `document_batch_${name}`)
    const configuration = 'export history import import_now imports restore revert state'.split(' ').map((name) => `configuration_${name}`)
    const printQueue = ['printing_cancelled', 'printing_retry', 'printing_sheets', 'sheet_look', 'sheet_looked']
    const fleet = ['fleet_history', 'fleet_state', 'rollout_list']
    const rollouts = ['fleet_channel', 'fleet_forget', 'fleet_install_at', 'fleet_minimum', 'fleet_shut_out', 'rollout_change', 'rollout_start']
    const flags = 'attention_counts flag_check flag_decide flag_list flag_rule_save flag_rules'.split(' ')
    const memoBatches = 'check chunk_ended covering_list create handed issue list next pause retry run settle state stop'.split(' ').map((name) => `memo_batch_${name}`)
    const portalQueue = 'portal_pin_issue portal_pin_refuse portal_registration_resend portal_request_queue'.split(' ')
    const readings = 'meter_break_seal meter_no_access_act meter_remove meter_replace meter_seal reading_acts reading_attach reading_attachment_open reading_cancel reading_control reading_correct reading_notice_issue reading_portal_verdict reading_sheet reading_verification_facts'.split(' ')
    expect(Object.fromEntries(rows.map(({ grantee, functions }: { grantee: string; functions: string }) => [grantee, functions.split(' ')]))).toEqual({
      okno_staff: ['audit_partitions_ahead', 'desk_beat', 'desk_left', 'desk_locked', 'factor_begin', 'factor_enrol', 'factor_remove', 'factor_renew_codes', 'factor_state', 'fleet_beat', 'fleet_event_tell', 'live_probe', 'reading_partitions_ahead', 'session_end', 'session_start', 'staff_change_own_password'],
      okno_door: ['door_open'],
      okno_operator: [
        'bill_delivery_choose', 'consent_form', 'consent_give', 'consent_list', 'consent_withdraw', 'contact_ask', 'contact_cancel', 'contact_change', 'contact_check', 'contact_confirm', 'contact_history', 'contact_pending', 'contact_remove', 'contact_resend', 'contact_revert', 'contact_unmask', 'desk_card', 'desk_charges', 'desk_explain', 'desk_neighbours', 'desk_search_far', 'desk_search_keys', 'desk_search_names', 'desk_search_similar', 'desk_timeline', 'desk_unmask',
        'note_add', 'note_edit', 'note_remove', 'operation_delivered',
        'outbox_sender_keys', 'operation_undo', ...printQueue, 'sheet_keep', ...settlements, 'provider_list',
        ...portal, ...passwords, ...portalQueue, 'reading_refusal_tell', 'reading_save', ...readings, 'request_application', 'request_change', 'request_create', 'request_offer', 'request_open', 'request_queue', 'sheet_template_give', 'sheet_template_offer', 'visit_accept', 'visit_close', 'visit_colleagues', 'visit_hand_over', 'visit_identify', 'visit_identify_representative', 'visit_mine', 'visit_next_slip', 'visit_open',
        'visit_postpone', 'visit_readings_only', 'visit_record_application', 'visit_reopen', 'visit_slip', 'visit_summary', 'visit_waiting',
      ].sort(),
      okno_supervisor: [...documentBatches, ...printQueue, 'sheet_keep', ...closing, ...reportSettings, ...flags, ...fleet, 'configuration_history', 'live_desk_day', 'live_desk_limits', 'live_desk_name', 'live_desk_state', 'live_desk_totals', ...memoBatches, 'approval_decide', 'approval_waiting', 'operation_delivered', ...journal, 'audit_lookups', 'contact_history', 'desk_card', 'desk_charges', 'desk_explain', 'desk_neighbours', 'desk_search_far', 'desk_search_keys', 'desk_search_names', 'desk_search_similar', 'desk_timeline', 'desk_unmask', 'outbox_sender_keys', 'provider_list', 'request_change', 'request_open', 'request_queue', 'staff_list', 'visit_colleagues', 'visit_exhausted', 'visit_reassign', 'visit_release_attempts', 'reading_exceptions', 'reading_preview_rules', 'reading_review', 'reading_tune_rules', 'report_asked_for', 'report_choices', 'report_details', 'report_fold', 'report_lag', 'report_run', 'report_visit', ...portalQueue, ...readings].sort(),
      okno_admin: [
        ...closing, ...flags, ...fleet, ...rollouts, ...printQueue, ...journal, 'audit_archive_end', 'audit_archive_rows', 'audit_retention_save', 'backup_audit', 'backup_loss', 'backup_state_get', 'backup_told', ...configuration, 'reading_preview_rules', 'mail_transport_get', 'mail_transport_save', 'outbox_cancel', 'outbox_list', 'outbox_one', 'outbox_overview', 'outbox_resend', 'outbox_test', 'portal_login_add', 'portal_login_list', 'portal_login_remove', 'sms_gateway_get', 'sms_gateway_remove', 'sms_gateway_save', 'provider_history', 'provider_list', 'provider_save', 'provider_version_card', 'reading_export', 'reading_export_bytes', 'reading_exports', 'report_fold', ...registers.split(' '), 'sheet_template_history', 'sheet_template_list', 'sheet_template_save', 'consent_text_add', 'consent_text_drop', 'consent_text_list', 'office_list', 'office_save', 'staff_block', 'staff_change', 'staff_create', 'staff_history', 'staff_list', 'staff_reset_factor', 'staff_reset_password', 'staff_set_grants', 'staff_set_roles', 'staff_stray_failures', 'staff_unblock',
      ].sort(),
      okno_portal: [
        'lk_ask_pin', 'lk_change_password', 'lk_check_pin', 'lk_choose_bill_delivery', 'lk_confirm_contact', 'lk_confirm_registration', 'lk_credential', 'lk_events', 'lk_link_account', 'lk_link_esia', 'lk_link_recipe',
        'lk_register', 'lk_revert_contact', 'lk_rules', 'lk_sign_in', 'lk_unlink_account', 'lk_unlink_esia', 'lk_user', 'lk_users',
      ],
      okno_outbox: ['outbox_bill', 'outbox_claim', 'outbox_failed', 'outbox_next_in', 'outbox_sender_seen', 'outbox_sent', 'outbox_started', 'outbox_transports'],
    })
  })

  test('every function that acts with its owner’s rights looks for names in the office’s schema first', async () => {
    const { rows } = await office.owner.raw(
      `select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef and not coalesce(proconfig, '{}') @> array['search_path=public, pg_temp']`,
    )
    expect(rows).toEqual([])
  })

  test('a function that is given to anybody acts with its owner’s rights', async () => {
    const { rows } = await office.owner.raw(
      `select distinct p.proname from pg_proc p cross join aclexplode(p.proacl) a where p.pronamespace = 'public'::regnamespace and a.grantee <> p.proowner and a.grantee <> 'okno_reports'::regrole and not p.prosecdef`,
    )
    expect(rows).toEqual([])
  })

  test('group roles have no powers over the server and are in no other role', async () => {
    const { rows } = await office.owner.raw(
      `select r.rolname from pg_roles r where r.rolname = any(?) and (r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls or r.rolcanlogin
         or exists (select from pg_auth_members m where m.member = r.oid))`,
      [roles],
    )
    expect(rows).toEqual([])
  })

  test('nobody but the owner creates anything in the office’s schema', async () => {
    const { rows } = await office.owner.raw(`select rolname from pg_roles where not rolsuper and rolname not like 'pg\\_%' and has_schema_privilege(oid, 'public', 'create')`)
    expect(rows).toEqual([{ rolname: 'okno_owner' }])
  })
})
