import { Secret, TOTP } from 'otpauth'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Role } from '@shared/roles'
import { cast } from '../../../../src/main/training'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { identifiedVisitOf } from '../visits/visit-of'

// Roles belong to the server that all tests share, so everything is done to logins of this file's own, in an office of their own.
let office: TestOffice
let admin: TestDesk
let officeId: number
beforeAll(async () => {
  office = await openTestOffice()
  admin = await office.desk('admin')
  officeId = (await admin.api.offices.save({ ...card, code: 'factor' })).id
})
afterAll(() => office.close())

const card = {
  name: 'Офис со вторым фактором', address: '', phone: '', hours: '', timeZone: 'Europe/Moscow', windows: [], idleLockMinutes: 5, parallelSessions: false, blockIdleDays: null, factorRoles: [] as Role[],
}
const failure = (code: string, reason: string) => ({ ok: false, failure: { code, reason } })
const password = 'chosen-by-myself'

/** A code of the authenticator, `steps` half minutes from now. */
const codeOf = (key: string, steps = 0) => new TOTP({ secret: Secret.fromBase32(key.replaceAll(' ', '')), algorithm: 'SHA1', digits: 6, period: 30 }).generate({ timestamp: Date.now() + steps * 30_000 })
const wrongOf = (key: string) => {
  const near = [-2, -1, 0, 1, 2].map((steps) => codeOf(key, steps))
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !near.includes(code))!
}

/** A member with an own password, signed in at a desk of theirs. */
async function member(roles: Role[] = ['operator'], at = officeId) {
  const login = `t${operation().slice(0, 8)}`
  await admin.api.staff.create({ login, fullName: 'Зимин Олег Петрович', roles, window: null, officeId: at, password: 'first-password-1' })
  const desk = await office.desk(null)
  await desk.api.session.signIn({ login, password: 'first-password-1' })
  await desk.api.session.changePassword({ current: 'first-password-1', next: password })
  return { login, desk }
}

/** One with the second factor. Enrolling takes the code of the half minute before, so the present one is still good. */
async function memberWithFactor(roles: Role[] = ['operator'], at = officeId) {
  const { login, desk } = await member(roles, at)
  const { key } = await desk.api.session.beginFactor({})
  const { recoveryCodes } = await desk.api.session.enrolFactor({ code: codeOf(key, -1) })
  return { login, desk, key, recoveryCodes }
}

async function psql(user: string, secret: string) {
  const client = new pg.Client({ ...office.address, user, password: secret })
  await client.connect()
  return client
}

describe('a member with the second factor', () => {
  test('scans a key that authenticators know, proves it with a code, and works on at once', async () => {
    const { desk, login } = await member()
    const { key, uri, qr } = await desk.api.session.beginFactor({})
    expect(uri).toMatch(/^otpauth:\/\/totp\/.*secret=[A-Z2-7]{32}.*period=30/)
    expect(uri).toContain(login)
    expect(key.replaceAll(' ', '')).toHaveLength(32)
    expect(qr.path.length).toBeGreaterThan(1000)
    expect(await desk.dispatch('session.enrolFactor', { code: wrongOf(key) })).toMatchObject(failure('invalidInput', 'wrongCode'))
    const { staff, recoveryCodes } = await desk.api.session.enrolFactor({ code: codeOf(key) })
    expect(staff).toMatchObject({ login, factor: 'on' })
    expect(new Set(recoveryCodes).size).toBe(10)
    // Many at once: new connections of the pool come in with the session's own password.
    await Promise.all(Array.from({ length: 8 }, () => desk.api.visits.mine({})))
    expect(await desk.api.session.factor({})).toMatchObject({ state: 'on', isRequired: false, recoveryLeft: 10 })
    expect(await desk.dispatch('session.beginFactor', {})).toMatchObject(failure('conflict', 'factorExists'))
  })

  test('signs in with password and code, and neither alone lets in', async () => {
    const { login, key, desk: before } = await memberWithFactor()
    await before.api.session.signOut({})
    const desk = await office.desk(null)
    const attempt = (input: object) => desk.dispatch('session.signIn', { login, password, ...input })
    expect(await attempt({})).toMatchObject(failure('forbidden', 'codeNeeded'))
    expect(await attempt({ code: wrongOf(key) })).toMatchObject({ failure: { code: 'forbidden', reason: 'wrongCode', details: { waitSeconds: 0 } } })
    expect(await attempt({ code: codeOf(key), password: 'not-the-password' })).toMatchObject(failure('forbidden', 'wrongLoginOrPassword'))
    const code = codeOf(key)
    const signedIn = await attempt({ code })
    expect(signedIn).toMatchObject({ ok: true, value: { login, factor: 'on', signIn: { failures: [{ kind: 'password' }, { kind: 'code' }] } } })
    await identifiedVisitOf(desk, cast.maria)
    const another = await office.desk(null)
    // Seen over a shoulder, the same code is worth nothing.
    expect(await another.dispatch('session.signIn', { login, password, code })).toMatchObject(failure('forbidden', 'codeUsed'))
  })

  test('in psql can do nothing with the password but ask for the door, and a password of the session ends with it', async () => {
    const { login, key, desk } = await memberWithFactor(['operator', 'supervisor', 'admin'])
    await expect(psql(login, password)).rejects.toMatchObject({ code: '28P01' })
    const door = await psql(`okno_door_${login}`, password)
    try {
      const { rows } = await office.owner.raw(
        `select p.oid::regprocedure::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public' and has_function_privilege(?, p.oid, 'execute')`, [`okno_door_${login}`])
      expect(rows).toEqual([{ name: 'door_open(text,text)' }])
      for (const sql of ['select visit_mine()', `select session_start('x')`, 'select factor_begin()', 'select secret from staff_factor', 'select * from staff', `set role "${login}"`, 'set role okno_operator',
        `alter role "${login}" password 'taken-over-1'`, `select okno_crypto.hmac('a', 'b', 'sha1')`, `select totp_code('\\x00', 1)`])
        await expect(door.query(sql), sql).rejects.toMatchObject({ code: '42501' })
      expect((await door.query('select door_open() as answer')).rows[0].answer).toEqual({ codeNeeded: true })
      const { secret } = (await door.query('select door_open($1) as answer', [codeOf(key, 1)])).rows[0].answer
      const behind = await psql(login, secret)
      expect((await behind.query('select visit_mine() as mine')).rows[0].mine).toEqual([])
      // One's own password may be set past Okno in PostgreSQL; it opens nothing here.
      await behind.query(`alter role "${login}" password 'quietly-set-1'`)
      await expect(behind.query('select visit_mine()')).rejects.toMatchObject({ message: 'passwordSetElsewhere' })
      await behind.end()
      await door.query(`alter role current_user password 'quietly-set-2'`)
      await expect(door.query('select door_open()')).rejects.toMatchObject({ message: 'passwordSetElsewhere' })
    } finally {
      await door.end()
    }
    await desk.api.session.signOut({})
    const { rows: kept } = await office.owner.raw('select a.rolpassword, f.session_secret from pg_authid a join staff s on s.login = a.rolname join staff_factor f on f.staff_id = s.id where a.rolname = ?', [login])
    expect(kept).toEqual([{ rolpassword: null, session_secret: null }])
  })

  test('waits a quarter of an hour after five wrong codes, whoever typed them and wherever', async () => {
    const { login, key, desk: own } = await memberWithFactor()
    await own.api.session.signOut({})
    for (let times = 1; times <= 5; times++) {
      const desk = await office.desk(null)
      expect(await desk.dispatch('session.signIn', { login, password, code: wrongOf(key) })).toMatchObject({ failure: { reason: 'wrongCode', details: { waitSeconds: times < 5 ? 0 : 900 } } })
    }
    const desk = await office.desk(null)
    const refused = await desk.dispatch('session.signIn', { login, password, code: codeOf(key) })
    expect(refused).toMatchObject(failure('forbidden', 'codeDelayed'))
    expect(refused.ok ? 0 : refused.failure.details?.['waitSeconds']).toBeGreaterThan(890)
    await office.owner.raw(`select setval(factor_tries(id)::regclass, floor(extract(epoch from now()))::bigint * 10) from staff where login = ?`, [login])
    expect(await desk.dispatch('session.signIn', { login, password, code: codeOf(key) })).toMatchObject({ ok: true })
    const history = await admin.api.staff.history({ login })
    expect(history.changes.filter(({ action }) => action === 'staff.wrongCode')).toHaveLength(5)
    expect(history.changes[0]).toMatchObject({ action: 'staff.wrongCode', details: { locked: true } })
  })

  test('is not guessed in psql: tries that are taken back with their transaction stay counted', async () => {
    const { login, key, desk } = await memberWithFactor()
    await desk.api.session.signOut({})
    const door = await psql(`okno_door_${login}`, password)
    const reasons: string[] = []
    for (let times = 1; times <= 6; times++) {
      await door.query('begin')
      reasons.push((await door.query('select door_open($1) as answer', [wrongOf(key)])).rows[0].answer.reason)
      await door.query('rollback')
    }
    await door.end()
    expect(reasons).toEqual([...Array<string>(5).fill('wrongCode'), 'codeDelayed'])
    expect(await (await office.desk(null)).dispatch('session.signIn', { login, password, code: codeOf(key) })).toMatchObject(failure('forbidden', 'codeDelayed'))
  })

  test('comes in with a recovery code once when the telephone is gone, and can have new ones', async () => {
    const { login, key, recoveryCodes, desk: own } = await memberWithFactor()
    await own.api.session.signOut({})
    const desk = await office.desk(null)
    const typed = recoveryCodes[3]!.replace(/(.{5})(?=.)/g, '$1-').toUpperCase()
    expect(await desk.api.session.signIn({ login, password, code: typed })).toMatchObject({ signIn: { recoveryLeft: 9 } })
    expect(await (await office.desk(null)).dispatch('session.signIn', { login, password, code: typed })).toMatchObject(failure('forbidden', 'wrongCode'))
    const renewed = await desk.api.session.renewRecoveryCodes({ code: codeOf(key) })
    expect(renewed.recoveryCodes).toHaveLength(10)
    await desk.api.session.signOut({})
    expect(await desk.dispatch('session.signIn', { login, password, code: recoveryCodes[4] })).toMatchObject(failure('forbidden', 'wrongCode'))
    expect(await desk.dispatch('session.signIn', { login, password, code: renewed.recoveryCodes[0] })).toMatchObject({ ok: true })
  })

  test('unlocks with the password, changes the password, and takes the factor off with password and code', async () => {
    const { login, key, desk } = await memberWithFactor()
    await desk.api.session.lock({})
    expect(await desk.dispatch('session.unlock', { password: 'not-the-password' })).toMatchObject(failure('forbidden', 'wrongPassword'))
    await desk.api.session.unlock({ password })
    await desk.api.session.changePassword({ current: password, next: 'another-of-mine' })
    await desk.api.visits.mine({})
    expect(await desk.dispatch('session.removeFactor', { password: 'another-of-mine', code: wrongOf(key) })).toMatchObject(failure('forbidden', 'wrongCode'))
    expect(await desk.api.session.removeFactor({ password: 'another-of-mine', code: codeOf(key) })).toMatchObject({ factor: 'none' })
    await desk.api.visits.mine({})
    const { rows } = await office.owner.raw('select from pg_roles where rolname = ?', [`okno_door_${login}`])
    expect(rows).toEqual([])
    expect(await (await office.desk(null)).dispatch('session.signIn', { login, password: 'another-of-mine' })).toMatchObject({ ok: true, value: { factor: 'none' } })
  })

  test('who lost everything gets it taken off by an administrator: sessions end, the password stays, it is recorded', async () => {
    const { login, desk } = await memberWithFactor()
    expect(await admin.api.staff.resetFactor({ login })).toMatchObject({ factor: 'none' })
    expect(await desk.dispatch('visits.mine', {})).toMatchObject({ ok: false })
    expect(await (await office.desk(null)).dispatch('session.signIn', { login, password })).toMatchObject({ ok: true })
    expect((await admin.api.staff.history({ login })).changes.map(({ action }) => action)).toEqual(['staff.resetFactor', 'staff.factorOn', 'staff.create'])
    await expect(admin.api.staff.resetFactor({ login })).rejects.toMatchObject(failureOfApi('notFound', 'factor'))
    const own = await memberWithFactor(['admin'])
    await expect(own.desk.api.staff.resetFactor({ login: own.login })).rejects.toMatchObject(failureOfApi('conflict', 'ownFactor'))
  })

  test('the owner of the database lets in an only administrator who lost everything, and that stands in the audit', async () => {
    const { login, desk } = await memberWithFactor(['admin'])
    await desk.api.session.signOut({})
    await office.owner.transaction(async (trx) => {
      await trx.raw('set local role okno_owner')
      await trx.raw('select factor_undo(s) from staff s where login = ?', [login])
      await trx.raw('select factor_apply_rule(id) from staff where login = ?', [login])
    })
    expect(await (await office.desk(null)).dispatch('session.signIn', { login, password })).toMatchObject({ ok: true, value: { factor: 'none', roles: ['admin'] } })
    const { rows } = await office.owner.raw(`select count(*)::int as n from audit_event where action = 'direct.update' and (details ->> 'id')::int = (select id from staff where login = ?)`, [login])
    expect(rows[0].n).toBeGreaterThan(0)
  })

  test('a new password from an administrator opens the door, and the code is asked for as before', async () => {
    const { login, key, desk } = await memberWithFactor()
    await admin.api.staff.resetPassword({ login, password: 'told-by-voice-1' })
    expect(await desk.dispatch('visits.mine', {})).toMatchObject({ ok: false })
    const again = await office.desk(null)
    expect(await again.dispatch('session.signIn', { login, password })).toMatchObject(failure('forbidden', 'wrongLoginOrPassword'))
    expect(await again.api.session.signIn({ login, password: 'told-by-voice-1', code: codeOf(key) })).toMatchObject({ mustChangePassword: true })
    expect(await again.dispatch('visits.mine', {})).toMatchObject(failure('forbidden', 'passwordChangeRequired'))
    expect(await again.api.session.changePassword({ current: 'told-by-voice-1', next: 'my-own-once-more' })).toMatchObject({ mustChangePassword: false, factor: 'on' })
    await again.api.visits.mine({})
  })

  test('approves at another’s desk with a code, and their own desk works on', async () => {
    const { login, key, desk } = await memberWithFactor(['supervisor'])
    const operator = await member()
    const visit = await identifiedVisitOf(operator.desk, cast.maria)
    const { accounts } = await operator.desk.api.desk.card({ subscriberId: visit.subscriberId })
    const input = { operationId: operation(), approvalId: 987_654, login, password }
    expect(accounts.length).toBeGreaterThan(0)
    expect(await operator.desk.dispatch('approvals.decideHere', input)).toMatchObject(failure('forbidden', 'codeNeeded'))
    // The code is right: it gets as far as the approval, which is not there.
    expect(await operator.desk.dispatch('approvals.decideHere', { ...input, code: codeOf(key) })).toMatchObject({ failure: { code: 'notFound' } })
    await Promise.all(Array.from({ length: 6 }, () => desk.api.approvals.waiting({})))
  })
})

describe('an office that asks for the second factor', () => {
  test('lets nobody of those roles work until it is set up, psql or not, and lets everybody else', async () => {
    const own = await admin.api.offices.save({ ...card, code: 'strict' })
    const supervisor = await member(['supervisor'], own.id)
    const operator = await member(['operator'], own.id)
    await admin.api.offices.save({ ...card, code: 'strict', id: own.id, version: own.version, factorRoles: ['supervisor'] })
    expect(await supervisor.desk.dispatch('requests.list', {})).toMatchObject({ ok: false })
    await operator.desk.api.visits.mine({})
    const client = await psql(supervisor.login, password)
    await expect(client.query('select staff_list()')).rejects.toMatchObject({ code: '42501' })
    await client.end()
    const desk = await office.desk(null)
    expect(await desk.api.session.signIn({ login: supervisor.login, password })).toMatchObject({ factor: 'due' })
    expect(await desk.dispatch('staff.list', {})).toMatchObject(failure('forbidden', 'factorRequired'))
    const { key } = await desk.api.session.beginFactor({})
    expect(await desk.api.session.enrolFactor({ code: codeOf(key, -1) })).toMatchObject({ staff: { factor: 'on' } })
    await desk.api.staff.list({})
    expect(await desk.dispatch('session.removeFactor', { password, code: codeOf(key) })).toMatchObject(failure('conflict', 'factorRequired'))
    // Reset by an administrator it is due again.
    expect(await admin.api.staff.resetFactor({ login: supervisor.login })).toMatchObject({ factor: 'due' })
    // The rule taken back, the password is enough again.
    const now = (await admin.api.offices.list({})).find(({ id }) => id === own.id)!
    await admin.api.offices.save({ ...card, code: 'strict', id: own.id, version: now.version })
    const again = await office.desk(null)
    expect(await again.api.session.signIn({ login: supervisor.login, password })).toMatchObject({ factor: 'none' })
    await again.api.staff.list({})
  })

  test('is not made so by an administrator who has none: it would be the last thing they do', async () => {
    const own = await admin.api.offices.save({ ...card, code: 'careful' })
    const { desk, login } = await member(['admin'], own.id)
    const strict = { ...card, code: 'careful', id: own.id, version: own.version, factorRoles: ['admin'] as Role[] }
    await expect(desk.api.offices.save(strict)).rejects.toMatchObject(failureOfApi('conflict', 'factorFirst'))
    const { key } = await desk.api.session.beginFactor({})
    await desk.api.session.enrolFactor({ code: codeOf(key, -1) })
    expect(await desk.api.offices.save(strict)).toMatchObject({ factorRoles: ['admin'] })
    expect((await desk.api.staff.list({})).find((one) => one.login === login)).toMatchObject({ factor: 'on' })
  })
})

const failureOfApi = (code: string, reason: string) => ({ failure: { code, reason } })
