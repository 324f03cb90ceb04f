import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestOffice, type TestOffice } from '../../support/test-app'
import { failureOf } from '../../support/visit'
import { cabinets } from '../features/portal-users/cabinets'
import { connect, openPortal, type Credential, type EventPage, type Portal, type PortalUser } from './portal'

// What a portal can't do: see another provider's users, read a table, act as staff; and who can't act as a portal.

let office: TestOffice
let enser: Portal
let smorodina: Portal
/** A user of «Смородина» with an account. */
let stranger: { id: number; login: string; accountId: number }
beforeAll(async () => {
  office = await openTestOffice()
  enser = await openPortal(office, 'enser')
  smorodina = await openPortal(office, 'smorodina')
  stranger = await cabinets(office).one(
    `select jsonb_build_object('id', u.id, 'login', u.login, 'accountId', l.account_id) as value from portal_user u join provider p on p.id = u.provider_id
     join portal_account_link l on l.portal_user_id = u.id and l.unlinked_at is null where p.code = 'smorodina' limit 1`,
  )
})
afterAll(async () => {
  await enser.close()
  await smorodina.close()
  await office.close()
})

const noRight = { code: '42501' }

test('another provider’s users do not exist for a portal', async () => {
  expect(await smorodina.call<Credential>('lk_credential', stranger.login)).toMatchObject({ userId: stranger.id })
  expect(await enser.call('lk_credential', stranger.login)).toEqual({ userId: null, access: null, hash: null, expired: null, mustChange: null, lockedUntil: null })
  const calls: [string, ...unknown[]][] = [
    ['lk_user', stranger.id], ['lk_sign_in', stranger.id, 'password', 'entered'], ['lk_change_password', stranger.id, 'x'], ['lk_ask_pin', stranger.id], ['lk_check_pin', stranger.id, '123456'],
    ['lk_link_esia', stranger.id, stranger.accountId, 'x'], ['lk_link_account', stranger.id, '1', 'number', null], ['lk_unlink_account', stranger.id, stranger.accountId], ['lk_link_recipe', stranger.id, '1'],
    ['lk_choose_bill_delivery', stranger.id, stranger.accountId, 'paper'],
  ]
  for (const [name, ...args] of calls) await expect(enser.call(name, ...args), name).rejects.toMatchObject({ code: 'OK404', message: 'portalUser' })
})

test('a portal reads the rules its provider has set, and no others', async () => {
  const { rows } = await office.owner.raw(`select profile from provider where code = 'smorodina'`)
  const { min, max, requireLetter, requireDigit, oneTime, ttlHours, chosenBy } = rows[0].profile.password
  expect(await smorodina.call('lk_rules')).toMatchObject({ scheme: 'email', accountProofs: ['number'], pin: true, password: { min, max, requireLetter, requireDigit, oneTime, ttlHours, chosenBy }, accountNumber: rows[0].profile.accountNumber })
  expect(await enser.call('lk_rules')).toMatchObject({ scheme: 'account', accountProofs: ['surname', 'password'] })
})

test('a portal lists its own users page by page, and all of them', async () => {
  const all: PortalUser[] = []
  let after: number | null = 0
  while (after !== null) {
    const page: { users: PortalUser[]; after: number | null } = await smorodina.call('lk_users', after, 2)
    all.push(...page.users)
    after = page.after
  }
  const { rows } = await office.owner.raw(`select u.id::int as id from portal_user u join provider p on p.id = u.provider_id where p.code = 'smorodina' order by u.id`)
  expect(all.map(({ userId }) => userId)).toEqual(rows.map(({ id }: { id: number }) => id))
  expect(all.length).toBeGreaterThan(2)
  expect(JSON.stringify(all)).not.toContain('argon2')
})

test('events of another provider are not told', async () => {
  const { cursor } = await enser.call<EventPage>('lk_events', null, 2000)
  await office.owner.raw(`update portal_user set state = 'blocked' where id = ?`, [stranger.id])
  await office.owner.raw(`update portal_user set state = 'active' where id = ?`, [stranger.id])
  expect((await enser.call<EventPage>('lk_events', cursor)).events).toEqual([])
  expect((await smorodina.call<EventPage>('lk_events', null, 2000)).events.slice(-2).map(({ kind }) => kind)).toEqual(['blocked', 'unblocked'])
})

test('an account that is not in the cabinet can’t be given a link with Госуслуги', async () => {
  const { users } = await enser.call<{ users: PortalUser[] }>('lk_users')
  const foreign = users.find(({ accounts }) => accounts.length > 0)!.accounts[0]!.accountId
  const own = users.find(({ accounts }) => !accounts.some(({ accountId }) => accountId === foreign))!
  await expect(enser.call('lk_link_esia', own.userId, foreign, 'x')).rejects.toMatchObject({ code: 'OK404', message: 'account' })
  await expect(enser.call('lk_unlink_esia', 999_999)).rejects.toMatchObject({ code: 'OK404', message: 'esiaLink' })
})

test.each([
  'select * from portal_user', 'select password_hash from portal_credential', 'select * from subscriber', 'select * from subscriber_contact', 'select * from account', 'select * from staff', 'select * from audit_event',
  'select * from outbox_message', 'select * from portal_event', 'select * from portal_login', `insert into portal_sign_in (portal_user_id, channel, outcome) values (1, 'password', 'entered')`,
  `update portal_login set provider_id = 1`, 'select visit_mine()', `select desk_search_keys(p_accounts => '{04012345}')`, 'select portal_request_queue()', 'select staff_list()', `select portal_login_add('enser', 'mine', 'x')`,
  'select lk_provider()', 'select lk_own_user(1)', `select portal_contact_confirm('x')`, 'select portal_pin_ask(1)', 'select portal_esia_link_end(1)', `select credential_chosen(null::portal_user, 'x')`,
  'set role okno_owner', 'set role okno_operator', 'create table mine (x int)', 'select outbox_sender_keys()', `select session_start('x')`,
])('a portal can’t: %s', async (sql) => {
  await expect(enser.client.query(sql)).rejects.toMatchObject(noRight)
})

test('staff are no portal, not even an administrator', async () => {
  for (const person of ['first', 'senior', 'admin'] as const) {
    const psql = await office.psql(person)
    for (const sql of [`select lk_credential('x')`, 'select lk_users()', 'select lk_events()']) await expect(psql.query(sql), `${person} ${sql}`).rejects.toMatchObject(noRight)
  }
})

test('a login that only holds the role, bound to no provider, can do nothing', async () => {
  await office.owner.raw(`create role lk_unbound_of_tests login password 'unbound'`)
  try {
    await office.owner.raw('grant okno_portal to lk_unbound_of_tests')
    await office.owner.raw('grant connect on database ?? to lk_unbound_of_tests', [office.address.database])
    const client = await connect(office, 'lk_unbound_of_tests', 'unbound')
    for (const sql of [`select lk_credential('x')`, 'select lk_users()', 'select lk_events()', `select lk_confirm_contact('c.x')`, `select lk_register('x', 'x@example.org')`]) {
      await expect(client.query(sql), sql).rejects.toMatchObject({ code: 'OK403', message: 'notAPortal' })
    }
    await client.end()
  } finally {
    await office.owner.raw('revoke connect on database ?? from lk_unbound_of_tests', [office.address.database])
    await office.owner.raw('drop role lk_unbound_of_tests')
  }
})

test('hashes are given out so many times a minute and no more', async () => {
  await office.owner.raw('update portal_login set lookups_per_minute = 3, lookup_minute = null where role_name = ?', [enser.login])
  // The minute may turn in between: four in one of two rows of four are enough.
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => enser.call('lk_credential', 'nobody')))
  expect(tries.filter(({ status }) => status === 'rejected').length).toBeGreaterThanOrEqual(2)
  expect(tries.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'OK403', message: 'tooManyLookups' } })
  await office.owner.raw('update portal_login set lookups_per_minute = 600 where role_name = ?', [enser.login])
})

test('logins of portals are the administrator’s to add and to take away, which ends their connections', async () => {
  const admin = await office.desk('admin')
  const login = 'lk_short_lived_of_tests'
  await admin.api.settings.addPortalLogin({ provider: 'tctr', login, password: 'password-of-a-portal' })
  expect((await admin.api.settings.portalLogins({})).logins).toContainEqual({ login, provider: 'tctr', addedAt: expect.any(String) })
  const client = await connect(office, login, 'password-of-a-portal')
  await client.query('select lk_users()')
  expect(await failureOf(admin, 'settings.addPortalLogin', { provider: 'tctr', login, password: 'password-of-a-portal' })).toMatchObject({ reason: 'loginTaken' })
  expect(await failureOf(admin, 'settings.addPortalLogin', { provider: 'nobody', login: 'lk_other', password: 'password-of-a-portal' })).toMatchObject({ reason: 'provider' })
  expect(await failureOf(admin, 'settings.addPortalLogin', { provider: 'tctr', login: 'okno_owner', password: 'password-of-a-portal' })).toMatchObject({ reason: 'loginForm' })
  expect(await failureOf(await office.desk('senior'), 'settings.addPortalLogin', { provider: 'tctr', login: 'lk_other', password: 'password-of-a-portal' })).toMatchObject({ code: 'forbidden' })
  await admin.api.settings.removePortalLogin({ login })
  await expect(client.query('select lk_users()')).rejects.toThrow()
  await expect(connect(office, login, 'password-of-a-portal')).rejects.toBeInstanceOf(Error)
  const { rows } = await office.owner.raw(`select string_agg(details::text, ' ') as text from audit_event where action like 'portalLogins.%'`)
  expect(rows[0].text).toContain(login)
  expect(rows[0].text).not.toContain('password-of-a-portal')
})

test('no cursor passes an event of a transaction that ends later than those begun after it', async () => {
  const { cursor } = await smorodina.call<EventPage>('lk_events', null, 2000)
  const slow = new pg.Client({ ...office.address, ...office.ownerLogin })
  await slow.connect()
  try {
    await slow.query('begin')
    await slow.query(`update portal_user set state = 'blocked' where id = $1`, [stranger.id])
    const other = await cabinets(office).one<number>(`select min(u.id)::int as value from portal_user u join provider p on p.id = u.provider_id where p.code = 'smorodina' and u.id <> ?`, [stranger.id])
    await office.owner.raw(`update portal_user set state = 'blocked' where id = ?`, [other])
    const early = await smorodina.call<EventPage>('lk_events', cursor)
    expect(early).toEqual({ events: [], cursor })
    await slow.query('commit')
    const late = await smorodina.call<EventPage>('lk_events', early.cursor)
    expect(late.events.map(({ userId }) => userId).sort()).toEqual([other, stranger.id].sort())
    expect((await smorodina.call<EventPage>('lk_events', late.cursor)).events).toEqual([])
    await office.owner.raw(`update portal_user set state = 'active' where id in (?, ?)`, [other, stranger.id])
  } finally {
    await slow.end()
  }
})

test('a portal that was away too long is told so instead of missing something; one that was only quiet goes on', async () => {
  const { cursor: old } = await smorodina.call<EventPage>('lk_events', null, 1)
  await office.owner.raw(`update portal_user set state = 'blocked' where id = ?`, [stranger.id])
  const { cursor: upToDate } = await smorodina.call<EventPage>('lk_events', old, 2000)
  await office.owner.raw(`update portal_event set at = at - interval '31 days' where provider_id = (select id from provider where code = 'smorodina')`)
  await office.owner.raw(`update portal_user set state = 'active' where id = ?`, [stranger.id])
  expect((await smorodina.call<EventPage>('lk_events', upToDate)).events.map(({ kind }) => kind)).toEqual(['unblocked'])
  await expect(smorodina.call('lk_events', old)).rejects.toMatchObject({ code: 'OK409', message: 'cursorTooOld' })
  expect((await smorodina.call<EventPage>('lk_events', null)).events.map(({ kind }) => kind)).toEqual(['unblocked'])
  await expect(smorodina.call('lk_events', 'x')).rejects.toMatchObject({ code: 'OK400', message: 'cursor' })
})
