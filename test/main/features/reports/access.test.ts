import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cast } from '../../../../src/main/training'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { contactsAtDesk, followLink } from '../contacts/contacts-at-desk'
import { byHand, movedTo, officeDay, reportsOf } from './asked'

// Contacts and passwords as two operators have really changed and issued them, recounted from the journal.

let office: TestOffice
let first: TestDesk
let second: TestDesk
let senior: ReturnType<typeof reportsOf>
let near: { from: string; to: string }
let maria: Awaited<ReturnType<typeof contactsAtDesk>>
let zoya: Awaited<ReturnType<typeof contactsAtDesk>>
/** Operations of passwords, by whose they are. */
const password = { maria: operation(), samir: operation() }

async function issued(desk: TestDesk, at: Awaited<ReturnType<typeof contactsAtDesk>>, provider: string, operationId: string) {
  const account = (await at.card()).accounts.find((one) => one.provider.code === provider)!
  await desk.api.portalAccess.reissuePassword({ operationId, visitId: at.visit.id, accountId: account.id, output: { how: 'save' } })
}

beforeAll(async () => {
  office = await openTestOffice()
  await office.owner.raw(`update staff set window_code = case login when ? then '1' else '2' end where login in (?, ?)`, [staff.first.login, staff.first.login, staff.second.login])
  first = await office.desk('first')
  second = await office.desk('second')
  senior = reportsOf(await office.desk('senior'))
  near = { from: await officeDay(office, -1), to: await officeDay(office, 1) }

  // At the first window: an e-mail by its code, then a password of another provider; a phone that waits; one that is undone.
  maria = await contactsAtDesk(office, first, cast.maria)
  await maria.changed({ value: 'maria.new@example.org' })
  await issued(first, maria, 'enicom', password.maria)
  await maria.change({ kind: 'phone', value: '+79431112233' })
  const alyona = await contactsAtDesk(office, first, cast.alyona)
  const slip = await alyona.change({ value: 'slip@example.org' })
  await alyona.undo(slip.operationId)
  await alyona.remove((await alyona.main('phone'))!.id, true)

  // At the second: by the link, without confirmation, one taken back at the desk.
  const pyotr = await contactsAtDesk(office, second, cast.pyotrYounger)
  await pyotr.change({ value: 'petr.link@example.org', way: 'link' })
  expect(await followLink(office, 'confirm', await pyotr.token())).toMatchObject({ result: 'done' })
  const fyodor = await contactsAtDesk(office, second, cast.fyodor)
  await fyodor.change({ kind: 'phone', value: '+79434445566', way: 'none' })
  zoya = await contactsAtDesk(office, second, cast.zoya)
  const back = await zoya.changed({ value: 'zoya.back@example.org' })
  await zoya.revert(back.contactId)
  const samir = await contactsAtDesk(office, second, cast.samir)
  await issued(second, samir, 'enicom', password.samir)
})
afterAll(() => office.close())

describe('changes of contacts', () => {
  test('are told by who made them, the contact and how they ended', async () => {
    const { rows, totals } = await senior.run('contactChanges', near)
    const none = { asked: 0, byCode: 0, byLink: 0, unconfirmed: 0, waiting: 0, cancelled: 0, removed: 0, reverted: 0 }
    const expected = [
      { staffName: staff.first.fullName, contactKind: 'email', ...none, asked: 2, byCode: 1, cancelled: 1 },
      { staffName: staff.first.fullName, contactKind: 'phone', ...none, asked: 1, waiting: 1, removed: 1 },
      { staffName: staff.second.fullName, contactKind: 'email', ...none, asked: 2, byCode: 1, byLink: 1, reverted: 1 },
      { staffName: staff.second.fullName, contactKind: 'phone', ...none, asked: 1, unconfirmed: 1 },
    ]
    expect(rows).toEqual(expected.map((row) => expect.objectContaining(row)))
    expect(totals).toEqual({ asked: 6, byCode: 2, byLink: 1, unconfirmed: 1, waiting: 1, cancelled: 1, removed: 1, reverted: 1 })
  })

  test('are as many as the journal has', async () => {
    const journal = await byHand<{ login: string; contactKind: string; asked: number; removed: number }>(
      office,
      `select e.staff_login as login, case when e.action like '%Email' then 'email' else 'phone' end as "contactKind", count(*) filter (where e.action like 'contacts.change%')::int as asked,
         count(*) filter (where e.action like 'contacts.remove%')::int as removed
       from audit_event e where e.action in ('contacts.changeEmail', 'contacts.changePhone', 'contacts.removeEmail', 'contacts.removePhone') group by 1, 2 order by 1, 2`,
    )
    const rows = await senior.rows('contactChanges', near)
    const login = new Map([[staff.first.fullName, staff.first.login], [staff.second.fullName, staff.second.login]])
    expect(rows.map((row) => ({ login: login.get(String(row['staffName'])), contactKind: row['contactKind'], asked: row['asked'], removed: row['removed'] }))).toEqual(journal)
    expect(journal).toHaveLength(4)
  })

  test('lead to the operations behind a row, newest first, and to nobody else’s', async () => {
    const row = (await senior.rows('contactChanges', near)).find(({ contactKind, staffName }) => contactKind === 'email' && staffName === staff.second.fullName)!
    const lines = await senior.details('contactChanges', { ...near, staffId: Number(row['staffId']), contactKind: 'email' })
    expect(lines.map(({ kind, staffName, window }) => [kind, staffName, window])).toEqual([
      ['contacts.revertEmail', staff.second.fullName, '2'],
      ['contacts.changeEmail', staff.second.fullName, '2'],
      ['contacts.changeEmail', staff.second.fullName, '2'],
    ])
    expect(lines[0]).toMatchObject({ visitId: zoya.visit.id, subscriberId: zoya.visit.subscriberId, note: null })
  })

  test('taken back by the link of a letter are told of whoever made them', async () => {
    const asked = { ...near, window: '1' }
    expect(await senior.totals('contactChanges', asked)).toMatchObject({ reverted: 0 })
    await maria.changed({ value: 'maria.thief@example.org' })
    await followLink(office, 'revert', await maria.token('contactChanged'))
    expect(await senior.totals('contactChanges', asked)).toMatchObject({ asked: 4, byCode: 2, reverted: 1 })
    const [{ staffName } = {}] = (await senior.rows('contactChanges', asked)).filter(({ reverted }) => Number(reverted) > 0)
    expect(staffName).toBe(staff.first.fullName)
  })
})

describe('passwords', () => {
  test('are told by who issued them, how, and whether contacts were changed shortly before', async () => {
    const { rows, totals } = await senior.run('passwordIssues', near)
    expect(rows).toMatchObject([
      { staffName: staff.first.fullName, provider: 'Эником', passwords: 1, firstIssues: 0, reissues: 1, toFile: 1, onPaper: 0, afterContactChange: 1, approved: 0, inBatches: 0 },
      { staffName: staff.second.fullName, provider: 'Эником', passwords: 1, firstIssues: 0, reissues: 1, toFile: 1, onPaper: 0, afterContactChange: 0 },
    ])
    const [journal] = await byHand<{ n: number; soon: number }>(office, `select count(*)::int as n, count(*) filter (where details \\? 'afterContactChange')::int as soon from audit_event where action = 'portalAccess.reissuePassword'`)
    expect(totals).toMatchObject({ passwords: journal!.n, afterContactChange: journal!.soon })
    expect(await senior.rows('passwordIssues', { ...near, provider: 'smorodina' })).toEqual([])
    expect(await senior.totals('passwordIssues', { ...near, window: '2' })).toMatchObject({ passwords: 1 })
  })

  test('within a day of a change are listed with it, and not those that came first', async () => {
    const rows = await senior.rows('reissueAfterChange', near)
    expect(rows).toMatchObject([{ staffName: staff.first.fullName, changedBy: staff.first.fullName, samePerson: 'yes', contactKind: 'email', provider: 'Эником', accountNumber: '0045612', delivery: 'save', subscriberId: maria.visit.subscriberId, visitId: maria.visit.id }])
    expect(rows[0]!['between']).toSatisfy((seconds: number) => seconds >= 0 && seconds < 3600)
    expect((await senior.rows('accessByTime', near)).reduce((sum, row) => sum + Number(row['within24Hours']), 0)).toBe(1)
  })

  test('a day and a second after it are not', async () => {
    const at = (await byHand<{ at: Date }>(office, `select min(in_force_at) as at from subscriber_contact where subscriber_id = ? and kind = 'email' and in_force_at is not null`, [maria.visit.subscriberId]))[0]!.at
    const shifted = (seconds: number) =>
      office.owner.raw(`select set_config('okno.operation', 'test', false); update subscriber_contact set in_force_at = (select at from operation where id = '${password.maria}') - interval '${seconds} seconds' where subscriber_id = ${maria.visit.subscriberId} and in_force_at is not null`)
    await shifted(86_400)
    expect(await senior.rows('reissueAfterChange', near)).toEqual([])
    await shifted(86_399)
    expect(await senior.rows('reissueAfterChange', near)).toMatchObject([{ between: 86_399 }])
    await office.owner.raw(`update subscriber_contact set in_force_at = ? where subscriber_id = ? and in_force_at is not null`, [at, maria.visit.subscriberId])
  })

  test('that nobody signed in with are counted once they are old enough', async () => {
    const period = { from: await officeDay(office, -30), to: await officeDay(office, 1) }
    expect(await senior.rows('reissueWithoutSignIn', { ...period, days: 7 })).toEqual([])
    await movedTo(office, password.maria, `${await officeDay(office, -8)} 00:00:00`)
    await movedTo(office, password.samir, `${await officeDay(office, -9)} 00:00:00`)
    expect(await senior.totals('reissueWithoutSignIn', { ...period, days: 7 })).toEqual({ passwords: 2, signedIn: 0, withoutSignIn: 2, withoutSignInShare: 1 })
    const user = async (operationId: string) => (await byHand<{ id: number }>(office, `select portal_user_id as id from portal_credential where operation_id = ?`, [operationId]))[0]!.id
    await office.owner.raw(`select portal_sign_in_record(?, 'password', 'wrongPassword')`, [await user(password.samir)])
    // Her password was revoked with the change that was taken back: whoever signs in now does it with another one.
    await office.owner.raw(`select portal_sign_in_record(?, 'esia', 'entered')`, [await user(password.maria)])
    expect(await senior.totals('reissueWithoutSignIn', { ...period, days: 7 })).toMatchObject({ signedIn: 0 })
    await office.owner.raw(`select portal_sign_in_record(?, 'password', 'entered')`, [await user(password.samir)])
    const { rows, totals } = await senior.run('reissueWithoutSignIn', { ...period, days: 7 })
    expect(totals).toEqual({ passwords: 2, signedIn: 1, withoutSignIn: 1, withoutSignInShare: 0.5 })
    expect(rows).toMatchObject([{ staffName: staff.first.fullName, withoutSignIn: 1, withoutSignInShare: 1 }, { staffName: staff.second.fullName, withoutSignIn: 0, withoutSignInShare: 0 }])
    expect(await senior.details('reissueWithoutSignIn', { ...period, days: 7 })).toMatchObject([{ staffName: staff.first.fullName, accountNumber: '0045612', note: expect.stringMatching(/^\d{4}-\d{6}$/) }])
    expect(await senior.totals('reissueWithoutSignIn', { ...period, days: 9 })).toMatchObject({ passwords: 1, signedIn: 1 })
  })
})

describe('a day and a month', () => {
  test('end at midnight by the clock of the office', async () => {
    await movedTo(office, password.maria, '2026-03-31 23:59:59.999')
    await movedTo(office, password.samir, '2026-04-01 00:00:00')
    const march = { from: '2026-03-01', to: '2026-03-31' }
    const april = { from: '2026-04-01', to: '2026-04-30' }
    expect(await senior.totals('passwordIssues', march)).toMatchObject({ passwords: 1, afterContactChange: 1 })
    expect(await senior.totals('passwordIssues', april)).toMatchObject({ passwords: 1, afterContactChange: 0 })
    expect((await senior.rows('accessByTime', { ...march, to: april.to, grain: 'month' })).map(({ moment, passwords }) => [moment, passwords])).toEqual([['2026-03', 1], ['2026-04', 1]])
    expect((await senior.rows('accessByTime', { ...march, to: april.to, grain: 'week' })).map(({ moment, passwords }) => [moment, passwords])).toEqual([['2026-03-30', 2]])
    const [hand] = await byHand<{ n: number }>(office, `select count(*)::int as n from operation where kind = 'portalAccess.reissuePassword' and at >= '2026-03-31 21:00Z' and at < '2026-04-01 21:00Z'`)
    expect(hand).toEqual({ n: 1 })
    expect(await senior.totals('passwordIssues', { from: '2026-04-01', to: '2026-04-01' })).toMatchObject({ passwords: 1 })
  })
})

describe('offices', () => {
  test('what was done stays with the office where it was done, whoever has moved since', async () => {
    const spring = { from: '2026-03-01', to: '2026-04-30' }
    const before = await senior.totals('passwordIssues', spring)
    await office.owner.raw(`insert into office (code, name, time_zone) values ('far', 'Дальний офис', 'Asia/Vladivostok')`)
    await office.owner.raw(`update staff set office_id = (select id from office where code = 'far') where login = ?`, [staff.second.login])
    expect(await senior.totals('passwordIssues', spring)).toEqual(before)

    // What is done there from now on is that office's.
    const mine = operation()
    await issued(second, await contactsAtDesk(office, second, cast.samir), 'enicom', mine)
    expect(await senior.totals('passwordIssues', near)).toMatchObject({ passwords: 0 })
    const [hidden] = await byHand<{ n: number }>(office, `select count(*)::int as n from operation where id = ?`, [mine])
    expect(hidden).toEqual({ n: 1 })

    await office.owner.raw(`update staff set grants = array['allOffices'] where login = ?`, [staff.senior.login])
    expect(await senior.rows('passwordIssues', near)).toMatchObject([{ staffName: staff.second.fullName, provider: 'Эником', passwords: 1, reissues: 1 }])
    const [far] = await byHand<{ id: number }>(office, `select id from office where code = 'far'`)
    expect(await senior.totals('passwordIssues', { ...spring, officeId: far!.id })).toMatchObject({ passwords: 0 })
  })

  test('whoever was removed keeps the name in what they did', async () => {
    await office.owner.raw(`update staff set roles = '{}' where login = ?`, [staff.second.login])
    expect((await senior.rows('passwordIssues', { from: '2026-04-01', to: '2026-04-01' })).map(({ staffName }) => staffName)).toEqual([staff.second.fullName])
  })
})
