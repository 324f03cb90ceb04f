import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import type { Approval } from '@shared/contract/approvals'
import { cast } from '../../../../src/main/training'
import { scramVerifier } from '../../../../src/main/session/scram'
import { needsNotifications } from '../../../support/pooler'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'
import { changeEmail } from '../portal-access/change-email'
import { auditedActions, credentialsOf } from '../portal-access/memo'

// A reissue soon after the contacts were changed is how a cabinet is stolen at a counter: ЭнСер wants a second person to look (product C3).

let office: TestOffice
let desk: TestDesk
let senior: TestDesk
let visit: { id: number; subscriberId: number }
let target: { visitId: number; accountId: number }
const kind = 'portalAccess.reissuePassword' as const

beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
  senior = await office.desk('senior')
  const opened = await openVisit(desk, cast.maria)
  visit = opened.visit
  target = { visitId: visit.id, accountId: opened.account('enser').id }
  await changeEmail(office, desk, visit, 'maria.new@example.org')
})
afterEach(() => office.close())

const ask = (deliver: Approval['deliver'] = 'paper') => desk.api.approvals.ask({ operationId: operation(), ...target, kind, deliver })
const state = async () => (await desk.api.approvals.state({ ...target, kind })).approval
const decide = (approvalId: number, granted = true, comment: string | null = granted ? null : 'Посетитель не знает прежний адрес') => senior.api.approvals.decide({ operationId: operation(), approvalId, granted, comment })
const here = (approvalId: number, login = staff.senior.login, password = staff.senior.password) => ({ operationId: operation(), approvalId, login, password })
const reissue = () => desk.api.portalAccess.reissuePassword({ operationId: operation(), ...target, output: { how: 'save' } })
const refusedReissue = (how: 'save' | 'email' = 'save') => failureOf(desk, 'portalAccess.reissuePassword', { operationId: operation(), ...target, output: { how } })
const passwords = () => credentialsOf(office.owner, target.accountId)
const needed = { code: 'forbidden', reason: 'approvalNeeded' }

describe('after a change of the e-mail', () => {
  test('no password is issued without a supervisor, and the operator sees that before', async () => {
    expect(await desk.api.portalAccess.impact(target)).toMatchObject({ recentContactChange: true, approval: 'needed' })
    expect(await refusedReissue()).toMatchObject(needed)
    expect(await passwords()).toEqual([])
  })

  test('a supervisor who approves at their own desk lets one password be issued, and both names are written down', async () => {
    const { id } = await ask()
    expect(await desk.api.portalAccess.impact(target)).toMatchObject({ approval: 'waiting' })
    expect(await refusedReissue()).toMatchObject(needed)
    expect(await decide(id)).toMatchObject({ state: 'granted', decidedBy: staff.senior.fullName, how: 'remote' })
    await reissue()
    expect(await passwords()).toHaveLength(1)
    expect(await auditedActions(office.owner, 'approvals.grant')).toMatchObject([{ askedBy: staff.first.fullName, decidedBy: staff.senior.fullName, how: 'remote', for: kind }])
    expect(await auditedActions(office.owner, kind)).toMatchObject([{ approvedBy: staff.senior.fullName, afterContactChange: true }])

    expect(await state()).toMatchObject({ state: 'used' })
    expect(await refusedReissue()).toMatchObject(needed)
    expect(await passwords()).toHaveLength(1)
  })

  test('a supervisor sees what the operator sees, and no contact in full', async () => {
    await ask()
    const { approvals } = await senior.api.approvals.waiting({})
    expect(approvals).toMatchObject([{
      askedBy: staff.first.fullName, subscriberName: 'Соколова Мария Игоревна', account: 'А-012345', provider: 'ЭнСер', identification: 'document', documentType: 'passport_rf', represented: null,
      deliver: 'paper', sendTo: null, login: '012345', changes: [{ kind: 'email', from: 'm***@example.org', to: 'm***@example.org' }],
    }])
    expect(JSON.stringify(approvals)).not.toContain('maria.new')
  })

  test('a refusal tells the operator why, and a second question is a new one', async () => {
    const { id } = await ask()
    expect(await failureOf(senior, 'approvals.decide', { operationId: operation(), approvalId: id, granted: false, comment: null })).toMatchObject({ code: 'invalidInput', reason: 'approvalCommentMissing' })
    await decide(id, false)
    expect(await state()).toMatchObject({ state: 'refused', decidedBy: staff.senior.fullName, comment: 'Посетитель не знает прежний адрес' })
    expect(await refusedReissue()).toMatchObject(needed)
    // The reason may name the visitor: it is for the operator, not for the log.
    expect(JSON.stringify(await auditedActions(office.owner, 'approvals.refuse'))).not.toContain('прежний адрес')
    const again = await ask()
    expect(again.id).not.toBe(id)
    await decide(again.id)
    await reissue()
  })

  test('a decision that was made is not made again by another one', async () => {
    const { id } = await ask()
    await decide(id, false)
    expect(await failureOf(senior, 'approvals.decide', { operationId: operation(), approvalId: id, granted: true, comment: null })).toMatchObject({ code: 'conflict', reason: 'approvalEnded' })
    const { id: withdrawn } = await ask()
    await desk.api.approvals.withdraw({ operationId: operation(), visitId: visit.id, approvalId: withdrawn })
    expect(await failureOf(senior, 'approvals.decide', { operationId: operation(), approvalId: withdrawn, granted: true, comment: null })).toMatchObject({ reason: 'approvalEnded' })
    expect((await senior.api.approvals.waiting({})).approvals).toEqual([])
  })

  test('the operator’s desk and the supervisor’s are told as it happens', async (context) => {
    needsNotifications(context)
    const listening = await office.desk('senior', { followChanges: true })
    await vi.waitFor(() => expect(listening.events['desk.live']).toContainEqual({ listening: true }), { timeout: 10_000 })
    await ask()
    await vi.waitFor(() => expect(listening.events['desk.changed']).toContainEqual({ subscriberId: visit.subscriberId, by: 'other', kind: 'approvals.ask' }), { timeout: 10_000 })
  })
})

describe('an approval is for one thing', () => {
  test('not for another visit of the same subscriber', async () => {
    const { id } = await ask()
    await decide(id)
    await desk.api.visits.close({ operationId: operation(), visitId: visit.id })
    const next = await openVisit(desk, cast.maria)
    target = { visitId: next.visit.id, accountId: target.accountId }
    expect(await refusedReissue()).toMatchObject(needed)
  })

  test('not for another way of delivery: what was approved for paper goes in no letter', async () => {
    await office.owner.raw(`select outbox_sender_seen(encode(decode(repeat('ab', 32), 'hex'), 'base64'))`)
    const { id } = await ask()
    await decide(id)
    expect(await refusedReissue('email')).toMatchObject({ code: 'forbidden', reason: 'approvalForOtherDelivery' })
    await reissue()
  })

  test('not after a contact has changed once more', async () => {
    const { id } = await ask()
    await decide(id)
    await changeEmail(office, desk, visit, 'maria.another@example.org')
    expect(await state()).toMatchObject({ state: 'outdated' })
    expect(await refusedReissue()).toMatchObject(needed)
  })

  test('not later than fifteen minutes, asked or granted', async () => {
    const { id } = await ask()
    const minutesPass = () => office.owner.raw(`update approval set expires_at = expires_at - interval '15 minutes'`)
    await minutesPass()
    expect(await failureOf(senior, 'approvals.decide', { operationId: operation(), approvalId: id, granted: true, comment: null })).toMatchObject({ code: 'conflict', reason: 'approvalExpired' })
    const { id: second } = await ask()
    await decide(second)
    expect(await state()).toMatchObject({ state: 'granted' })
    await minutesPass()
    expect(await state()).toMatchObject({ state: 'expired' })
    expect(await refusedReissue()).toMatchObject(needed)
  })

  test('not used up by a sheet that could not be had', async () => {
    const { id } = await ask()
    await decide(id)
    const good = desk.saveTo.path
    desk.saveTo.path = '/'
    expect(await refusedReissue()).toMatchObject({ code: 'printerUnavailable' })
    desk.saveTo.path = good
    await reissue()
  })

  test('not asked for where the policy only flags', async () => {
    const { account } = await openVisit(desk, cast.maria)
    const other = { ...target, accountId: account('smorodina').id }
    expect(await desk.api.portalAccess.impact(other)).toMatchObject({ recentContactChange: true, approval: 'none' })
    expect(await failureOf(desk, 'approvals.ask', { operationId: operation(), ...other, kind, deliver: 'paper' })).toMatchObject({ code: 'conflict', reason: 'approvalNotNeeded' })
  })
})

describe('a supervisor who comes to the window', () => {
  test('approves with their own login, and the operator stays signed in', async () => {
    const { id } = await ask()
    expect(await desk.api.approvals.decideHere(here(id))).toMatchObject({ state: 'granted', decidedBy: staff.senior.fullName, how: 'here' })
    expect((await desk.api.session.status({})).staff?.login).toBe(staff.first.login)
    await reissue()
    const { rows } = await office.owner.raw(`select staff_login from audit_event where action = 'approvals.grant'`)
    expect(rows).toEqual([{ staff_login: staff.senior.login }])
    // The connection ended with the call; only the supervisor's own desk is left. A pooler keeps the server's end for as long as it was told to: five seconds here.
    const deciding = async () => (await office.owner.raw(`select count(*)::int as n from pg_stat_activity where usename = ? and datname = current_database() and application_name like 'okno%' and query like '%approval_decide%'`, [staff.senior.login])).rows[0].n
    await expect.poll(deciding, { timeout: inject('pooler') ? 12_000 : 1_000 }).toBe(0)
  })

  test('waits longer after each wrong password, as at sign-in, and every one is in the log without what was typed', async () => {
    let now = 1_000_000
    desk = await office.desk('first', { now: () => now })
    const { id } = await ask()
    const wrong = () => failureOf(desk, 'approvals.decideHere', here(id, staff.senior.login, 'wrong-password-9'))
    expect(await wrong()).toMatchObject({ code: 'forbidden', reason: 'wrongLoginOrPassword', details: { waitSeconds: 0 } })
    expect(await wrong()).toMatchObject({ reason: 'wrongLoginOrPassword', details: { waitSeconds: 1 } })
    expect(await failureOf(desk, 'approvals.decideHere', here(id))).toMatchObject({ reason: 'signInDelayed', details: { waitSeconds: 1 } })
    now += 1000
    expect(await desk.api.approvals.decideHere(here(id))).toMatchObject({ state: 'granted' })
    const logged = await auditedActions(office.owner, 'approvals.wrongLogin')
    expect(logged).toHaveLength(2)
    expect(JSON.stringify(logged)).not.toMatch(/wrong-password|senior/)
  })

  test('is another person than the operator, and a supervisor', async () => {
    const { id } = await ask()
    expect(await failureOf(desk, 'approvals.decideHere', here(id, staff.first.login, staff.first.password))).toMatchObject({ code: 'forbidden', reason: 'approvalOwn' })
    expect(await failureOf(desk, 'approvals.decideHere', here(id, staff.second.login, staff.second.password))).toMatchObject({ code: 'forbidden', reason: 'notSupervisor' })
    expect(await failureOf(desk, 'approvals.decideHere', here(id, 'nobody.here', 'wrong-password-9'))).toMatchObject({ reason: 'wrongLoginOrPassword' })
    expect((await desk.api.session.status({})).staff?.login).toBe(staff.first.login)
    expect(await state()).toMatchObject({ state: 'waiting' })
  })
})

describe('with psql', () => {
  test('an operator can’t decide, nor write an approval, nor use one of another visit', async () => {
    const { id } = await ask()
    const psql = await office.psql('first')
    const noRight = { code: '42501' }
    await expect(psql.query('select approval_decide($1, $2, true, null, $3)', [operation(), id, 'here'])).rejects.toMatchObject(noRight)
    await expect(psql.query(`update approval set state = 'granted'`)).rejects.toMatchObject(noRight)
    await expect(psql.query('insert into approval (visit_id) values (1)')).rejects.toMatchObject(noRight)
    await expect(psql.query('select * from approval')).rejects.toMatchObject(noRight)
    await expect(psql.query('select approval_use(null, 1, $1, $2, null)', [kind, 'paper'])).rejects.toMatchObject(noRight)
    await expect(psql.query('select approval_waiting()')).rejects.toMatchObject(noRight)
    const other = await office.psql('second')
    await expect(other.query('select approval_ask($1, $2, $3, $4, $5)', [operation(), target.visitId, target.accountId, kind, 'paper'])).rejects.toMatchObject({ message: 'notYourVisit' })
    await expect(other.query('select approval_of($1, $2, $3)', [target.visitId, target.accountId, kind])).rejects.toMatchObject({ message: 'notYourVisit' })
    const hash = '$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$DzXHYN+zMg6rVA23MORry/q2HLHOizVSgDq5E6TwiTs'
    await expect(psql.query('select portal_password_issue($1, $2, $3, $4, $5)', [operation(), target.visitId, target.accountId, hash, 'save'])).rejects.toMatchObject({ code: 'OK403', message: 'approvalNeeded' })
    expect(await passwords()).toEqual([])
  })

  test('a supervisor who also serves at a window can’t approve what they asked for themselves', async () => {
    const admin = await office.desk('admin')
    const both = { login: 'both.roles', password: 'both-roles-of-tests-1' }
    await office.owner.raw(`select staff_create(?, 'Двойнова Ольга Юрьевна', array['operator', 'supervisor'], ?, false)`, [both.login, await scramVerifier(both.password)])
    await admin.close()
    const own = await office.desk(null)
    await own.api.session.signIn(both)
    const opened = await openVisit(own, cast.maria)
    const asked = await own.api.approvals.ask({ operationId: operation(), visitId: opened.visit.id, accountId: opened.account('enser').id, kind, deliver: 'paper' })
    expect((await own.api.approvals.waiting({})).approvals).toEqual([])
    expect(await failureOf(own, 'approvals.decide', { operationId: operation(), approvalId: asked.id, granted: true, comment: null })).toMatchObject({ code: 'forbidden', reason: 'approvalOwn' })
    expect(await failureOf(own, 'approvals.decideHere', here(asked.id, both.login, both.password))).toMatchObject({ reason: 'approvalOwn' })
    // Roles belong to the server.
    await own.close()
    await office.owner.raw(`drop owned by "both.roles"; drop role "both.roles"`)
  })

  test('an approval granted for one operator is of no use to another who takes the visit over', async () => {
    const { id } = await ask()
    await decide(id)
    await office.owner.raw('update visit set staff_id = (select id from staff where login = ?) where id = ?', [staff.second.login, visit.id])
    const other = await office.desk('second')
    expect(await failureOf(other, 'portalAccess.reissuePassword', { operationId: operation(), ...target, output: { how: 'save' } })).toMatchObject(needed)
    expect(await passwords()).toEqual([])
  })
})
