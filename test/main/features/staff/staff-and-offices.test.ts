import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import type { Role } from '@shared/roles'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type DeskOptions, type TestDesk, type TestOffice } from '../../../support/test-app'

// Roles belong to the server that all tests share: whatever ends sessions or takes rights is done to logins of this file's own.
let office: TestOffice
let admin: TestDesk
beforeAll(async () => {
  office = await openTestOffice()
  admin = await office.desk('admin')
})
afterAll(() => office.close())

const failure = (code: string, reason: string, details?: object) => ({ failure: { code, reason, ...(details ? { details } : {}) } })
const password = 'chosen-by-myself'
const newCard = (code: string, more: object = {}) => ({
  code, name: `Офис ${code}`, address: 'г. Энск, ул. Мира, 5', phone: '8-800-000-00-01', hours: 'пн–пт 8:00–19:00, сб 9:00–15:00', timeZone: 'Asia/Omsk', windows: ['1', '2'],
  idleLockMinutes: 10, parallelSessions: false, blockIdleDays: null as number | null, factorRoles: [] as Role[], ...more,
})
const newOffice = (more: object = {}) => admin.api.offices.save(newCard(`o${operation().slice(0, 8)}`, more))

async function member(roles: Role[] = ['operator'], officeId?: number, options: DeskOptions = {}) {
  const login = `t${operation().slice(0, 8)}`
  await admin.api.staff.create({ login, fullName: 'Зимин Олег Петрович', roles, window: null, ...(officeId === undefined ? {} : { officeId }), password: 'first-password-1' })
  const desk = await office.desk(null, options)
  await desk.api.session.signIn({ login, password: 'first-password-1' })
  const { version } = await desk.api.session.changePassword({ current: 'first-password-1', next: password })
  return { login, desk, version }
}
const listed = async (login: string) => (await admin.api.staff.list({})).find((one) => one.login === login)!

describe('an administrator', () => {
  test('blocks a member at once and lets them in again with the same password; both stand in the history', async () => {
    const { login, desk, version } = await member()
    const blocked = await admin.api.staff.block({ login, version })
    expect(blocked).toMatchObject({ status: 'blocked', version: version + 1 })
    expect(await desk.dispatch('visits.mine', {})).toMatchObject({ ok: false, failure: { code: 'notSignedIn' } })
    expect(desk.events['session.ended']).toEqual([{ reason: 'endedByAdministrator' }])
    const again = await office.desk(null)
    expect(await again.dispatch('session.signIn', { login, password })).toMatchObject(failure('forbidden', 'wrongLoginOrPassword'))
    expect(await listed(login)).toMatchObject({ status: 'blocked', blocked: { why: 'administrator' } })
    await expect(admin.api.staff.unblock({ login, version })).rejects.toMatchObject(failure('conflict', 'changedByAnotherDesk', { staffName: staff.admin.fullName, kind: 'staff.block' }))
    expect(await admin.api.staff.unblock({ login, version: blocked.version })).toMatchObject({ status: 'active', version: version + 2 })
    await again.api.session.signIn({ login, password })
    const { changes, sessions } = await admin.api.staff.history({ login })
    // The attempt while the login was blocked is told as well, by whoever signs in next at that desk.
    expect(changes[0]).toMatchObject({ action: 'staff.signInsFailed', details: { times: 1 } })
    expect(changes.slice(1).map(({ action, staffName }) => [action, staffName])).toEqual([['staff.unblock', staff.admin.fullName], ['staff.block', staff.admin.fullName], ['staff.create', staff.admin.fullName]])
    expect(sessions[0]).toMatchObject({ endedAt: null, lives: true })
    expect(sessions.map(({ endedHow }) => endedHow)).toContain('administrator')
  })

  test('can’t block themselves, and psql says the same', async () => {
    const { version } = await listed(staff.admin.login)
    await expect(admin.api.staff.block({ login: staff.admin.login, version })).rejects.toMatchObject(failure('conflict', 'ownBlock'))
    const psql = await office.psql('admin')
    await expect(psql.query('select staff_block($1, $2)', [staff.admin.login, version])).rejects.toMatchObject({ message: 'ownBlock' })
    const operator = await office.psql('first')
    for (const sql of [`select staff_block('x', 1)`, `select staff_change('x', 'y', 1, null, 1)`, `select office_save('{}')`, `select office_list()`, `select staff_history('x')`, `select staff_reset_factor('x')`, 'select staff_stray_failures()'])
      await expect(operator.query(sql), sql).rejects.toMatchObject({ code: '42501' })
  })

  test('moves a member to another office and window under another name; the window is listed from then on', async () => {
    const { login, version } = await member()
    const { id } = await newOffice()
    const moved = await admin.api.staff.change({ login, fullName: 'Зимина Ольга Петровна', officeId: id, window: '7', version })
    expect(moved).toMatchObject({ fullName: 'Зимина Ольга Петровна', window: '7', office: { id, timeZone: 'Asia/Omsk', idleLockMinutes: 10 }, version: version + 1 })
    expect((await admin.api.offices.list({})).find((one) => one.id === id)!.windows).toEqual([{ code: '1', staff: [] }, { code: '2', staff: [] }, { code: '7', staff: ['Зимина Ольга Петровна'] }])
    expect((await admin.api.staff.history({ login })).changes[0]).toMatchObject({
      action: 'staff.change', details: { from: { fullName: 'Зимин Олег Петрович', window: '' }, to: { fullName: 'Зимина Ольга Петровна', office: id, window: '7' } },
    })
    await expect(admin.api.staff.change({ login, fullName: 'Зимина Ольга Петровна', officeId: id, window: null, version })).rejects.toMatchObject(failure('conflict', 'changedByAnotherDesk'))
  })

  test('sees who is in where, and what was tried under a login', async () => {
    const { login } = await member(['operator'], undefined, { desk: 'okno-window-5' })
    expect(await listed(login)).toMatchObject({ lastDesk: 'okno-window-5', now: { desk: 'okno-window-5' }, failures: { count: 0, desks: [] } })
  })
})

describe('an office', () => {
  test('has hours that can be read, a zone there is, windows named once, a code of its own, and keeps an occupied window', async () => {
    await expect(newOffice({ hours: 'когда придём' })).rejects.toMatchObject(failure('invalidInput', 'hoursUnreadable'))
    await expect(newOffice({ timeZone: 'Europe/Nowhere' })).rejects.toMatchObject(failure('invalidInput', 'timeZone'))
    await expect(newOffice({ windows: ['1', '1'] })).rejects.toMatchObject(failure('invalidInput', 'windowTwice'))
    const made = await newOffice()
    expect(made).toMatchObject({ version: 1, staff: 0, open: [480, 1140, 480, 1140, 480, 1140, 480, 1140, 480, 1140, 540, 900, null, null] })
    await expect(admin.api.offices.save(newCard(made.code))).rejects.toMatchObject(failure('conflict', 'officeCodeTaken'))
    const { login, version } = await member()
    await admin.api.staff.change({ login, fullName: 'Зимин Олег Петрович', officeId: made.id, window: '2', version })
    const without = { ...newCard(made.code), id: made.id, version: 1, windows: ['1'] }
    await expect(admin.api.offices.save(without)).rejects.toMatchObject(failure('conflict', 'windowOccupied', { window: '2', staffName: 'Зимин Олег Петрович' }))
    const saved = await admin.api.offices.save({ ...without, windows: ['2', '3'], idleLockMinutes: 3 })
    expect(saved).toMatchObject({ version: 2, idleLockMinutes: 3, windows: [{ code: '2' }, { code: '3' }] })
    await expect(admin.api.offices.save({ ...without, windows: ['2'] })).rejects.toMatchObject(failure('conflict', 'changedByAnotherDesk', { staffName: staff.admin.fullName }))
    const { rows } = await office.owner.raw(`select details from audit_event where action = 'offices.save' and details ->> 'office' = ? order by at`, [made.code])
    expect(rows.map(({ details }: { details: object }) => details)).toMatchObject([{ created: true }, { from: { idle_lock_minutes: 10, windows: ['1', '2'] }, to: { idle_lock_minutes: 3, windows: ['2', '3'] } }])
  })

  test('locks its desks after at most a quarter of an hour', async () => {
    expect(await admin.dispatch('offices.save', newCard('late', { idleLockMinutes: 16 }))).toMatchObject(failure('invalidInput', 'shape'))
  })

  test('of one session each: a second desk is told where the first is, and ends it only when asked to', async () => {
    const { id } = await newOffice()
    const { login, desk: first } = await member(['operator'], id, { desk: 'okno-1', followChanges: true })
    const second = await office.desk(null, { desk: 'okno-2', followChanges: true })
    await expect(second.api.session.signIn({ login, password })).rejects.toMatchObject(failure('conflict', 'signedInElsewhere', { desk: 'okno-1' }))
    await first.api.visits.mine({})
    const told = await second.api.session.signIn({ login, password, endOther: true })
    expect(told.signIn.previous).toMatchObject({ desk: 'okno-1' })
    await vi.waitFor(() => expect(first.events['session.ended']).toEqual([{ reason: 'takenOver' }]), { timeout: inject('pooler') ? 40_000 : 10_000 })
    expect(await first.dispatch('visits.mine', {})).toMatchObject({ ok: false, failure: { code: 'notSignedIn' } })
    await second.api.visits.mine({})
    expect((await admin.api.staff.history({ login })).sessions).toMatchObject([{ desk: 'okno-2', lives: true }, { desk: 'okno-1', endedHow: 'takenOver' }, { desk: 'okno-1', endedHow: 'renewed', lives: false }])
    await second.api.session.signOut({})
    // Nobody is there any more: nothing to ask.
    await (await office.desk(null, { desk: 'okno-1' })).api.session.signIn({ login, password })
  }, 60_000)

  test('that allows several sessions asks nothing', async () => {
    const { id } = await newOffice({ parallelSessions: true })
    const { login, desk } = await member(['operator'], id, { desk: 'okno-1' })
    const second = await office.desk(null, { desk: 'okno-2' })
    await second.api.session.signIn({ login, password })
    await desk.api.visits.mine({})
  })

  test('blocks whoever has not come for as long as it says, but never the last administrator', async () => {
    const { id } = await newOffice({ blockIdleDays: 30 })
    const [idle, early, waker] = [await member(['operator'], id), await member(['operator'], id), await member(['operator'], id)]
    await office.owner.raw(`update staff set created_at = now() - interval '99 days', last_sign_in_at = now() - interval '31 days' where login = ?`, [idle.login])
    await office.owner.raw(`update staff set created_at = now() - interval '99 days', last_sign_in_at = now() - interval '29 days' where login = ?`, [early.login])
    // The one who is late comes first: refused, and told why.
    const late = await office.desk(null)
    await expect(late.api.session.signIn({ login: idle.login, password })).rejects.toMatchObject(failure('forbidden', 'blockedIdle', { days: 30 }))
    await (await office.desk(null)).api.session.signIn({ login: waker.login, password })
    expect(await listed(idle.login)).toMatchObject({ status: 'blocked', blocked: { why: 'idle' } })
    expect(await listed(early.login)).toMatchObject({ status: 'active' })
    await expect(late.api.session.signIn({ login: idle.login, password })).rejects.toMatchObject(failure('forbidden', 'wrongLoginOrPassword'))
    await admin.api.staff.unblock({ login: idle.login, version: (await listed(idle.login)).version })
    await (await office.desk(null)).api.session.signIn({ login: idle.login, password })
  })
})

describe('wrong passwords', () => {
  test('are told by the desk where they were typed at the next sign-in there, to the person and to the administrator, without what was typed', async () => {
    const { login, desk: own } = await member()
    await own.api.session.signOut({})
    let now = Date.now()
    const desk = await office.desk(null, { desk: 'okno-hall', now: () => now })
    for (let times = 0; times < 3; times++) {
      await desk.dispatch('session.signIn', { login, password: 'guessed-wrong-1' })
      now += 10_000
    }
    await desk.dispatch('session.signIn', { login: 'my-secret-password', password: 'x' })
    // Kept over a restart of the program, as a hash.
    const kept = readFileSync(join(desk.folder.path, 'run', 'sign-in-attempts.json'), 'utf8')
    expect(kept).not.toContain(login)
    expect(kept).not.toContain('my-secret-password')
    // Anybody's sign-in at that desk tells them.
    now += 60_000
    await desk.api.session.signIn({ login: staff.first.login, password: staff.first.password })
    expect(await listed(login)).toMatchObject({ failures: { count: 3, desks: ['okno-hall'] } })
    expect((await admin.api.staff.history({ login })).changes[0]).toMatchObject({ action: 'staff.signInsFailed', details: { times: 3, desk: 'okno-hall' } })
    expect(await admin.api.staff.strayFailures({})).toMatchObject([{ desk: 'okno-hall', count: 1 }])
    const { rows } = await office.owner.raw(`select string_agg(details::text, ' ') as text from audit_event where action = 'staff.signInsFailed'`)
    expect(rows[0].text).not.toContain('my-secret')
    const told = await (await office.desk(null)).api.session.signIn({ login, password })
    expect(told.signIn.failures).toMatchObject([{ desk: 'okno-hall', kind: 'password' }, { kind: 'password' }, { kind: 'password' }])
    // Told once.
    const after = await (await office.desk(null)).api.session.signIn({ login, password })
    expect(after.signIn).toMatchObject({ failures: [] })
  })

  test('lock the login at that desk for a quarter of an hour, also after a restart, and nowhere else', async () => {
    const { login, desk: own } = await member()
    await own.api.session.signOut({})
    let now = Date.now()
    const desk = await office.desk(null, { now: () => now })
    for (const seconds of [0, 1, 2, 4, 900]) {
      expect(await desk.dispatch('session.signIn', { login, password: 'guessed-wrong-1' })).toMatchObject({ failure: { details: { waitSeconds: seconds } } })
      if (seconds < 900) now += seconds * 1000
    }
    const restarted = await office.desk(null, { now: () => now + 60_000, folder: desk.folder })
    await expect(restarted.api.session.signIn({ login, password })).rejects.toMatchObject(failure('forbidden', 'signInDelayed', { waitSeconds: 840 }))
    await (await office.desk(null)).api.session.signIn({ login, password })
  })
})
