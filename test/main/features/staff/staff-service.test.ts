import { afterAll, beforeAll, expect, test } from 'vitest'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'

let office: TestOffice
let admin: TestDesk
beforeAll(async () => {
  office = await openTestOffice()
  admin = await office.desk('admin')
})
afterAll(() => office.close())

const failure = (code: string, reason: string) => ({ failure: { code, reason } })
// Logins belong to the server that all tests share.
const newLogin = () => `t${operation().slice(0, 8)}`
const create = (login: string, roles: ('operator' | 'supervisor' | 'admin')[] = ['operator']) =>
  admin.api.staff.create({ login, fullName: 'Зимин Олег Петрович', roles, window: '7', password: 'first-password-1' })

test('a new member is listed with window and roles, and must choose a password', async () => {
  const login = newLogin()
  const created = await create(login, ['operator', 'supervisor'])
  expect(created).toMatchObject({ login, fullName: 'Зимин Олег Петрович', window: '7', roles: ['operator', 'supervisor'], mustChangePassword: true, lastSignInAt: null })
  const list = await admin.api.staff.list({})
  expect(list).toContainEqual(expect.objectContaining(created))
  expect(list.map((member) => member.login)).toEqual(expect.arrayContaining([staff.first.login, staff.admin.login]))
})

test('a login is given once, also one of somebody removed or of the server itself', async () => {
  const login = newLogin()
  const { version } = await create(login)
  await admin.api.staff.setRoles({ login, roles: [], version })
  await expect(create(login)).rejects.toMatchObject(failure('conflict', 'loginTaken'))
  await expect(create('postgres')).rejects.toMatchObject(failure('conflict', 'loginTaken'))
  // Taken in another office of the same server.
  const elsewhere = newLogin()
  await office.owner.raw(`create role ${elsewhere}`)
  await expect(create(elsewhere)).rejects.toMatchObject(failure('conflict', 'loginTaken'))
})

test('a login that PostgreSQL would take for its own is refused', async () => {
  for (const login of ['public', 'pg_reader', 'okno_helper']) await expect(create(login), login).rejects.toMatchObject({ failure: { code: 'invalidInput' } })
  for (const login of ['Capital', '1st', 'a b', 'a"b', "a'b", 'я']) {
    await expect(create(login), login).rejects.toMatchObject({ failure: { code: 'invalidInput', details: { fields: [{ path: 'login' }] } } })
  }
})

test('a password is neither in the log of actions nor in any statement the server keeps', async () => {
  const login = newLogin()
  await create(login)
  await admin.api.staff.resetPassword({ login, password: 'a-second-secret-2' })
  const { rows } = await office.owner.raw(`select string_agg(details::text, '') as text from audit_event`)
  const { rows: statements } = await office.owner.raw(`select coalesce(string_agg(query, ''), '') as text from pg_stat_activity where usename = ?`, [staff.admin.login])
  for (const text of [rows[0].text, statements[0].text]) {
    expect(text).not.toContain('a-second-secret')
    expect(text).not.toContain('SCRAM-SHA-256$')
  }
  const { rows: kept } = await office.owner.raw('select rolpassword from pg_authid where rolname = ?', [login])
  expect(kept[0].rolpassword).toMatch(/^SCRAM-SHA-256\$/)
})

test('of two administrators who change one member, the later is told', async () => {
  const login = newLogin()
  const { version } = await create(login)
  const changes = await Promise.allSettled([
    admin.api.staff.setRoles({ login, roles: ['supervisor'], version }),
    admin.api.staff.setRoles({ login, roles: ['operator', 'supervisor'], version }),
  ])
  const refused = changes.filter(({ status }) => status === 'rejected')
  expect(refused).toMatchObject([{ reason: failure('conflict', 'changedByAnotherDesk') }])
  const now = (await admin.api.staff.list({})).find((member) => member.login === login)!
  expect(refused).toMatchObject([{ reason: { failure: { details: { staffName: staff.admin.fullName, kind: 'staff.setRoles', current: { login, roles: now.roles, version: now.version } } } } }])
})

test('a new password and a sign-in meanwhile are no conflict with a change of roles', async () => {
  const login = newLogin()
  const { version } = await create(login)
  const own = await office.desk(null)
  await own.api.session.signIn({ login, password: 'first-password-1' })
  await own.api.session.changePassword({ current: 'first-password-1', next: 'chosen-by-myself' })
  await admin.api.staff.resetPassword({ login, password: 'a-new-password-1' })
  expect(await admin.api.staff.setRoles({ login, roles: ['supervisor'], version })).toMatchObject({ roles: ['supervisor'], version: version + 1 })
})

test('nobody takes the administrator’s role from himself, and dropping another of one’s own roles goes through', async () => {
  const login = newLogin()
  await create(login, ['admin', 'supervisor'])
  const own = await office.desk(null)
  await own.api.session.signIn({ login, password: 'first-password-1' })
  const { version } = await own.api.session.changePassword({ current: 'first-password-1', next: 'chosen-by-myself' })
  await expect(own.api.staff.setRoles({ login, roles: ['supervisor'], version })).rejects.toMatchObject(failure('conflict', 'ownAdminRole'))
  expect(await own.api.staff.setRoles({ login, roles: ['admin'], version })).toMatchObject({ roles: ['admin'] })
  expect((await admin.api.staff.list({})).find((member) => member.login === login)).toMatchObject({ roles: ['admin'] })
})

test('an own password is changed by its owner, not set anew', async () => {
  await expect(admin.api.staff.resetPassword({ login: staff.admin.login, password: 'a-new-password-1' })).rejects.toMatchObject(failure('conflict', 'ownPassword'))
})

test('somebody who is not there, or removed, gets no roles of an old list and no password', async () => {
  await expect(admin.api.staff.setRoles({ login: 'nobody.here', roles: ['operator'], version: 1 })).rejects.toMatchObject(failure('notFound', 'staff'))
  await expect(admin.api.staff.resetPassword({ login: 'nobody.here', password: 'a-new-password-1' })).rejects.toMatchObject(failure('notFound', 'staff'))
  const login = newLogin()
  const { version } = await create(login)
  await admin.api.staff.setRoles({ login, roles: [], version })
  await expect(admin.api.staff.resetPassword({ login, password: 'a-new-password-1' })).rejects.toMatchObject(failure('notFound', 'staff'))
})

test('a supervisor sees who is there and changes nobody; an operator sees nothing', async () => {
  const senior = await office.desk('senior')
  await expect(senior.api.staff.list({})).resolves.not.toEqual([])
  await expect(senior.api.staff.setRoles({ login: staff.first.login, roles: [], version: 1 })).rejects.toMatchObject(failure('forbidden', 'roleMissing'))
  const desk = await office.desk('first')
  await expect(desk.api.staff.list({})).rejects.toMatchObject(failure('forbidden', 'roleMissing'))
})

test('what was done with staff is in the log of actions: who, to whom, from what to what', async () => {
  const login = newLogin()
  const { version } = await create(login)
  await admin.api.staff.setRoles({ login, roles: ['operator', 'supervisor'], version })
  await admin.api.staff.resetPassword({ login, password: 'a-new-password-1' })
  const events = await admin.api.audit.events({ staffLogin: staff.admin.login, limit: 3 })
  expect(events.map(({ action, details }) => ({ action, ...details })).reverse()).toEqual([
    { action: 'staff.create', login, roles: ['operator'] },
    { action: 'staff.setRoles', login, from: ['operator'], to: ['operator', 'supervisor'] },
    { action: 'staff.resetPassword', login },
  ])
})
