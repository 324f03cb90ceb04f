import { connect as connectSocket, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import type { Role } from '@shared/roles'
import { createApp } from '../../../../src/main/app'
import { openDataFolder } from '../../../../src/main/data-folder'
import type { DatabaseAddress } from '../../../../src/main/db/connection'
import { assertSchemaIsCurrent } from '../../../../src/main/db/migrate'
import { silentLog } from '../../../../src/main/log'
import { systemPrinter } from '../../../../src/main/printing/printer'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type TestOffice } from '../../../support/test-app'

let office: TestOffice
beforeEach(async () => {
  office = await openTestOffice()
})
afterEach(() => office.close())

const failure = (code: string, reason?: string) => ({ ok: false, failure: { code, ...(reason ? { reason } : {}) } })
const { login, password } = staff.first

/** Roles belong to the server that all tests share, so what is done to a login is done to one of its own. */
async function newMember(roles: Role[] = ['operator'], firstPassword = 'first-password-1') {
  const admin = await office.desk('admin')
  const member = await admin.api.staff.create({ login: `t${operation().slice(0, 8)}`, fullName: 'Новый Сотрудник', roles, window: null, password: firstPassword })
  return { admin, member, login: member.login, password: firstPassword }
}

/** A member who has chosen a password. */
async function settledMember(roles: Role[] = ['operator']) {
  const { admin, login, password: first } = await newMember(roles)
  const desk = await office.desk(null)
  await desk.api.session.signIn({ login, password: first })
  const member = await desk.api.session.changePassword({ current: first, next: 'chosen-by-myself' })
  return { admin, member, desk, login, password: 'chosen-by-myself' }
}

describe('signing in', () => {
  test('tells who came, where they work and when they came last', async () => {
    const desk = await office.desk(null)
    expect(await desk.api.session.status({})).toMatchObject({ staff: null, locked: false, database: { state: 'ready' } })
    const first = await desk.api.session.signIn({ login: ` ${login.toUpperCase()} `, password })
    expect(first).toMatchObject({ login, fullName: staff.first.fullName, roles: ['operator'], lastSignInAt: null, office: { isTraining: true } })
    await desk.api.session.signOut({})
    const second = await desk.api.session.signIn({ login, password })
    expect(Date.now() - Date.parse(second.lastSignInAt!)).toBeLessThan(60_000)
    expect(await desk.api.session.status({})).toMatchObject({ staff: { login } })
  })

  test('many wrong passwords at once are looked at one after the other, so the delay holds for them, too', async () => {
    const desk = await office.desk(null)
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => desk.dispatch('session.signIn', { login, password: `not-the-password-${n}` })))
    const reasons = answers.map((answer) => (answer.ok ? 'ok' : answer.failure.reason))
    expect(reasons.filter((reason) => reason === 'wrongLoginOrPassword')).toHaveLength(2)
    expect(reasons.filter((reason) => reason === 'signInDelayed')).toHaveLength(18)
  })

  test('a wrong password, an unknown login, the owner of the database and somebody removed get the same answer', async () => {
    const removed = await settledMember()
    await removed.admin.api.staff.setRoles({ login: removed.login, roles: [], version: removed.member.version })
    const desk = await office.desk(null)
    const answers = []
    for (const attempt of [
      { login, password: 'not-the-password' },
      { login: 'nobody.here', password: 'not-the-password' },
      { login: 'okno_owner', password: 'x' },
      { login: office.ownerLogin.user, password: office.ownerLogin.password },
      { login: removed.login, password: removed.password },
      { login: removed.login, password: 'not-the-password' },
    ]) answers.push(await desk.dispatch('session.signIn', attempt))
    expect(answers[0]).toEqual({ ok: false, failure: { code: 'forbidden', reason: 'wrongLoginOrPassword', details: { waitSeconds: 0 } } })
    for (const answer of answers.slice(1, 5)) expect(answer).toEqual(answers[0])
    expect(desk.events['session.ended']).toBeUndefined()
  })

  test('is delayed longer after each wrong password and from the fifth on for a quarter and half an hour, for one login and for unknown ones alike, and success forgets it', async () => {
    let now = 1_000_000
    const desk = await office.desk(null, { now: () => now })
    for (const name of [login, 'nobody.here']) {
      const attempt = () => desk.dispatch('session.signIn', { login: name, password: 'not-the-password' })
      for (const waitSeconds of [0, 1, 2, 4, 900, 1800, 1800]) {
        expect(await attempt()).toMatchObject({ failure: { reason: 'wrongLoginOrPassword', details: { waitSeconds } } })
        if (waitSeconds === 0) continue
        now += waitSeconds * 1000 - 1
        // A second early: not even the right password is tried.
        expect(await desk.dispatch('session.signIn', { login: name, password })).toMatchObject({ failure: { reason: 'signInDelayed', details: { waitSeconds: 1 } } })
        now += 1
      }
    }
    await desk.api.session.signIn({ login, password })
    await desk.api.session.signOut({})
    expect(await desk.dispatch('session.signIn', { login, password: 'not-the-password' })).toMatchObject({ failure: { details: { waitSeconds: 0 } } })
    // The other login still waits.
    expect(await desk.dispatch('session.signIn', { login: 'nobody.here', password: 'not-the-password' })).toMatchObject({ failure: { details: { waitSeconds: 1800 } } })
  })

  test('a login can’t smuggle settings of the connection', async () => {
    const desk = await office.desk(null)
    expect(await desk.dispatch('session.signIn', { login: `${login}\0options\0-c role=okno_owner`, password })).toEqual({
      ok: false, failure: { code: 'invalidInput', reason: 'shape', details: { fields: [{ path: 'login', problem: 'nul' }] } },
    })
  })

  test('й typed in one character or two is one password', async () => {
    const { login: name, password: first } = await newMember()
    const desk = await office.desk(null)
    await desk.api.session.signIn({ login: name, password: first })
    const composed = 'пароль-мой-длинный'.normalize('NFC')
    await desk.api.session.changePassword({ current: first, next: composed })
    await desk.api.session.signOut({})
    await expect(desk.api.session.signIn({ login: name, password: composed.normalize('NFD') })).resolves.toMatchObject({ login: name })
  })

  test('somebody else’s signing in at the same desk takes it over', async () => {
    const desk = await office.desk('first')
    await desk.api.session.signIn({ login: staff.senior.login, password: staff.senior.password })
    expect(await desk.api.session.status({})).toMatchObject({ staff: { login: staff.senior.login } })
    expect(await desk.dispatch('visits.mine', {})).toMatchObject(failure('forbidden', 'roleMissing'))
  })

  test('a wrong password does not sign out who is at the desk', async () => {
    const desk = await office.desk('first')
    await desk.dispatch('session.signIn', { login: staff.senior.login, password: 'not-the-password' })
    expect(await desk.dispatch('visits.mine', {})).toEqual({ ok: true, value: [] })
  })
})

describe('a first sign-in', () => {
  test('lets nothing be done but choosing a password, and then everything of the role', async () => {
    const { login: name, password: first } = await newMember(['operator', 'supervisor'])
    const desk = await office.desk(null)
    expect(await desk.api.session.signIn({ login: name, password: first })).toMatchObject({ mustChangePassword: true })
    for (const call of ['visits.mine', 'audit.verify', 'printing.printers', 'settings.saveLook']) {
      expect(await desk.dispatch(call, {}), call).toMatchObject(failure('forbidden', 'passwordChangeRequired'))
    }
    expect(await desk.api.session.changePassword({ current: first, next: 'chosen-by-myself' })).toMatchObject({ mustChangePassword: false })
    expect(await desk.dispatch('visits.mine', {})).toMatchObject({ ok: true })
    await desk.api.session.signOut({})
    expect(await desk.dispatch('session.signIn', { login: name, password: first })).toMatchObject(failure('forbidden', 'wrongLoginOrPassword'))
    await expect(desk.api.session.signIn({ login: name, password: 'chosen-by-myself' })).resolves.toMatchObject({ mustChangePassword: false })
  })

  test('a new password is long, new and not the login; the present one is asked for', async () => {
    const { login: name, password: first } = await newMember()
    const desk = await office.desk(null)
    await desk.api.session.signIn({ login: name, password: first })
    const change = (current: string, next: string) => desk.dispatch('session.changePassword', { current, next })
    expect(await change(first, 'nine-char')).toMatchObject({ failure: { code: 'invalidInput', reason: 'shape', details: { fields: [{ path: 'next' }] } } })
    expect(await change(first, first)).toMatchObject(failure('invalidInput', 'passwordNotNew'))
    expect(await change(first, `my-${name.toUpperCase()}-2`)).toMatchObject(failure('invalidInput', 'passwordHoldsLogin'))
    expect(await change('not-the-password', 'chosen-by-myself')).toMatchObject(failure('forbidden', 'wrongCurrentPassword'))
    expect(await desk.api.session.status({})).toMatchObject({ staff: { login: name, mustChangePassword: true } })
  })
})

describe('signing out', () => {
  test('ends everything, and says so', async () => {
    const desk = await office.desk('first')
    await desk.api.session.signOut({})
    expect(await desk.dispatch('visits.mine', {})).toMatchObject(failure('notSignedIn'))
    expect(await desk.api.session.status({})).toMatchObject({ staff: null })
    expect(desk.events['session.ended']).toEqual([{ reason: 'signedOut' }])
    const { rows } = await office.owner.raw(`select action from audit_event where staff_login = ? order by at`, [login])
    expect(rows.map(({ action }: { action: string }) => action)).toEqual(['session.signIn', 'session.signOut'])
  })

  test('twice is refused as nobody is signed in', async () => {
    const desk = await office.desk('first')
    await desk.api.session.signOut({})
    expect(await desk.dispatch('session.signOut', {})).toMatchObject(failure('notSignedIn'))
  })
})

describe('a locked desk', () => {
  test('refuses every call until the password is typed, keeps who is signed in, and lets out', async () => {
    const desk = await office.desk('first')
    await desk.api.session.lock({})
    expect(await desk.api.session.status({})).toMatchObject({ locked: true, staff: { login } })
    for (const call of ['visits.mine', 'desk.search', 'printing.printers', 'session.changePassword', 'session.lock']) {
      expect(await desk.dispatch(call, {}), call).toMatchObject(failure('notSignedIn', 'locked'))
    }
    await desk.api.session.unlock({ password })
    expect(await desk.dispatch('visits.mine', {})).toMatchObject({ ok: true })
    await desk.api.session.lock({})
    await desk.api.session.signOut({})
    expect(await desk.api.session.status({})).toMatchObject({ locked: false, staff: null })
  })

  test('is not opened by a wrong password, and delays the next as at sign-in', async () => {
    let now = 5_000_000
    const desk = await office.desk('first', { now: () => now })
    await desk.api.session.lock({})
    const attempt = (typed: string) => desk.dispatch('session.unlock', { password: typed })
    expect(await attempt(staff.second.password)).toMatchObject(failure('forbidden', 'wrongPassword'))
    expect(await attempt('not-the-password')).toMatchObject({ failure: { details: { waitSeconds: 1 } } })
    expect(await attempt(password)).toMatchObject(failure('forbidden', 'signInDelayed'))
    expect(await desk.dispatch('visits.mine', {})).toMatchObject(failure('notSignedIn', 'locked'))
    now += 1000
    expect(await attempt(password)).toEqual({ ok: true, value: {} })
  })

  test('belongs to nobody when nobody is signed in', async () => {
    const desk = await office.desk(null)
    expect(await desk.dispatch('session.lock', {})).toMatchObject(failure('notSignedIn'))
    expect(await desk.dispatch('session.unlock', { password })).toMatchObject(failure('notSignedIn'))
  })
})

describe('an administrator', () => {
  test('who takes all roles away ends the open session at once, and there is no way back in', async () => {
    const { admin, member, desk, login: name, password: own } = await settledMember()
    expect(await desk.dispatch('visits.mine', {})).toMatchObject({ ok: true })
    const open = async () => (await office.owner.raw('select count(*)::int as n from pg_stat_activity where usename = ?', [name])).rows[0].n as number
    expect(await open()).toBeGreaterThan(0)
    const removed = await admin.api.staff.setRoles({ login: name, roles: [], version: member.version })
    expect(removed).toMatchObject({ roles: [] })
    // The server ends a connection in its own time, which is moments.
    await expect.poll(open).toBe(0)
    expect(await desk.dispatch('visits.mine', {})).toMatchObject(failure('notSignedIn'))
    expect(desk.events['session.ended']).toEqual([{ reason: 'endedByAdministrator' }])
    expect(await desk.api.session.status({})).toMatchObject({ staff: null })
    expect(await desk.dispatch('session.signIn', { login: name, password: own })).toMatchObject(failure('forbidden', 'wrongLoginOrPassword'))
    expect((await admin.api.staff.list({})).find((person) => person.login === name)).toMatchObject({ roles: [] })
  })

  test('who takes one role away takes its rights at once', async () => {
    const { admin, member, login: name, password: own } = await settledMember(['operator', 'supervisor'])
    const { Client } = (await import('pg')).default
    await admin.api.staff.setRoles({ login: name, roles: ['operator'], version: member.version })
    const client = new Client({ ...office.address, user: name, password: own })
    await client.connect()
    try {
      await expect(client.query('select audit_check_begin()')).rejects.toMatchObject({ code: '42501' })
      await expect(client.query('select visit_mine()')).resolves.toBeTruthy()
    } finally {
      await client.end()
    }
  })

  test('who gives roles back opens the door again', async () => {
    const { admin, member, login: name, password: own } = await settledMember()
    const removed = await admin.api.staff.setRoles({ login: name, roles: [], version: member.version })
    await admin.api.staff.setRoles({ login: name, roles: ['operator'], version: removed.version })
    const desk = await office.desk(null)
    await desk.api.session.signIn({ login: name, password: own })
    expect(await desk.dispatch('visits.mine', {})).toMatchObject({ ok: true })
  })

  test('who sets a new password ends the open session, and the person must choose one anew', async () => {
    const { admin, desk, login: name, password: own } = await settledMember()
    await admin.api.staff.resetPassword({ login: name, password: 'told-by-admin-1' })
    await expect.poll(() => desk.dispatch('visits.mine', {})).toMatchObject(failure('notSignedIn'))
    expect(desk.events['session.ended']).toEqual([{ reason: 'endedByAdministrator' }])
    expect(await desk.dispatch('session.signIn', { login: name, password: own })).toMatchObject(failure('forbidden', 'wrongLoginOrPassword'))
    await expect(desk.api.session.signIn({ login: name, password: 'told-by-admin-1' })).resolves.toMatchObject({ mustChangePassword: true })
  })
})

describe('the database', () => {
  /** A desk whose database is behind a door of the test, which may be shut. */
  async function deskBehind(address: () => DatabaseAddress) {
    const path = mkdtempSync(join(tmpdir(), 'okno-desk-'))
    const events: string[] = []
    const app = createApp({
      folder: await openDataFolder({ OKNO_DATA: path }),
      printer: systemPrinter({ privateFolder: join(path, 'run') }),
      chooseSavePath: () => Promise.resolve(null),
      registerFiles: { choose: () => Promise.resolve(null), open: (file) => file, reveal: () => undefined },
      emit: (name) => events.push(name),
      log: silentLog,
      appVersion: 'test',
    })
    const none = () => Promise.resolve(null)
    const nothing = () => Promise.resolve()
    return {
      app,
      events,
      connect: () => app.useOffice({ address, reports: null, recover: nothing, checkSchema: assertSchemaIsCurrent, outboxLogin: null, training: none, close: nothing }),
      close: async () => {
        await app.close()
        rmSync(path, { recursive: true, force: true })
      },
    }
  }

  /** A TCP door before the server. */
  async function openDoor() {
    const passing = new Set<Socket>()
    let door: Server
    const open = (port: number) =>
      new Promise<number>((resolve) => {
        door = createServer((inside) => {
          const outside = connectSocket(office.deskAddress.port, office.deskAddress.host)
          for (const socket of [inside, outside]) {
            passing.add(socket)
            socket.on('error', () => undefined).on('close', () => socket === inside ? outside.destroy() : inside.destroy())
          }
          inside.pipe(outside).pipe(inside)
        })
        door.listen(port, '127.0.0.1', () => resolve((door.address() as AddressInfo).port))
      })
    const port = await open(0)
    const shut = () => new Promise<void>((resolve) => {
      for (const socket of passing) socket.destroy()
      passing.clear()
      door.close(() => resolve())
    })
    return { address: () => ({ ...office.deskAddress, port }), shut, reopen: () => open(port) }
  }

  test('that is not there yet is told as such, and not as a wrong password', async () => {
    const { app, close } = await deskBehind(() => office.deskAddress)
    expect(await app.dispatch('session.signIn', { login, password })).toMatchObject(failure('databaseUnavailable', 'starting'))
    await close()
  })

  test('that can’t be reached is told as such and costs no delay; when it is back, work goes on without a new sign-in', async () => {
    const door = await openDoor()
    const { app, connect, close, events } = await deskBehind(door.address)
    await connect()
    await door.shut()
    for (let attempt = 0; attempt < 3; attempt++) expect(await app.dispatch('session.signIn', { login, password })).toMatchObject(failure('databaseUnavailable', 'unreachable'))
    await door.reopen()
    expect(await app.dispatch('session.signIn', { login, password })).toMatchObject({ ok: true })
    await door.shut()
    expect(await app.dispatch('visits.mine', {})).toMatchObject(failure('databaseUnavailable', 'unreachable'))
    expect(await app.dispatch('visits.open', { operationId: operation(), subscriberId: 1 })).toMatchObject(failure('databaseUnavailable', 'unreachable'))
    expect(await app.dispatch('session.status', {})).toMatchObject({ value: { staff: { login } } })
    await door.reopen()
    expect(await app.dispatch('visits.mine', {})).toMatchObject({ ok: true })
    expect(events).toEqual([])
    await door.shut()
    // A lost database keeps nobody signed in.
    expect(await app.dispatch('session.signOut', {})).toMatchObject({ ok: true })
    expect(events).toEqual(['session.ended'])
    await close()
  })

  test.each([
    ['newer than the program', `insert into schema_migration (version, name, checksum, app_version) values (9999, 'of-tomorrow', 'x', 'x')`, 'appIsOlder'],
    ['older than the program', 'delete from schema_migration where version = (select max(version) from schema_migration)', 'databaseIsOlder'],
    ['made by other migrations', `update schema_migration set checksum = 'x' where version = 1`, 'migrationChanged'],
  ])('%s lets nobody in', async (_what, sql, reason) => {
    await office.owner.raw(sql)
    const desk = await office.desk(null)
    expect(await desk.dispatch('session.signIn', { login, password })).toMatchObject(failure('schemaMismatch', reason))
    expect(await desk.api.session.status({})).toMatchObject({ staff: null })
  })
})

test('a desk that is closed leaves no connection behind', async () => {
  const { desk, login: name } = await settledMember()
  await desk.dispatch('visits.mine', {})
  await desk.close()
  // The pooler keeps the server's end for as long as it was told to: five seconds here.
  const timeout = inject('pooler') ? 15_000 : 1_000
  await expect.poll(async () => (await office.owner.raw('select count(*)::int as n from pg_stat_activity where usename = ?', [name])).rows[0].n, { timeout }).toBe(0)
})
