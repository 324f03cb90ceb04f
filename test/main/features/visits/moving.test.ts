import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseVisitCode } from '@shared/domain/visit-code'
import { cast } from '../../../../src/main/training'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf } from '../../../support/visit'
import { textOf } from '../../../support/pdf/read-pdf'
import { readFileSync } from 'node:fs'
import { identifiedVisitOf, visitOf } from './visit-of'

let office: TestOffice
let desk: TestDesk
let other: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
  other = await office.desk('second')
})
afterEach(() => office.close())

const staffId = async (login: string): Promise<number> => (await office.owner.raw('select id from staff where login = ?', [login])).rows[0].id
const handOver = (at: TestDesk, visitId: number, to: number | null = null, note: string | null = null) => at.api.visits.handOver({ operationId: operation(), visitId, to, action: 'changeEmail', accountId: null, note })
const accept = (at: TestDesk, visitId: number) => at.api.visits.accept({ operationId: operation(), visitId })
const postpone = (at: TestDesk, visitId: number, rest: object = {}) =>
  at.api.visits.postpone({ operationId: operation(), visitId, items: ['notarialPower', 'mailAccess'], freeLine: null, action: 'changeEmail', accountId: null, email: 'new@example.org', note: 'просил перезвонить', ...rest })
const reopen = (at: TestDesk, code: string) => at.api.visits.reopen({ operationId: operation(), code })

describe('a visit handed to another window', () => {
  test('leaves this one at once and goes on there, identified and with its waiting code', async () => {
    const visit = await identifiedVisitOf(desk, cast.maria)
    const to = await staffId('window.two')
    expect(await desk.api.visits.colleagues({})).toContainEqual({ id: to, fullName: 'Лугова Мария Игоревна', window: null, openVisits: 0 })
    expect(await handOver(desk, visit.id, to, 'сменить почту')).toMatchObject({ visit: { state: 'waiting' } })

    expect(await desk.api.visits.mine({})).toEqual([])
    expect(await failureOf(desk, 'visits.close', { operationId: operation(), visitId: visit.id })).toMatchObject({ code: 'conflict', reason: 'visitHandedOver' })
    expect(await failureOf(desk, 'contacts.check', { visitId: visit.id, kind: 'email', value: 'a@example.org' })).toMatchObject({ reason: 'visitHandedOver' })
    expect(await failureOf(desk, 'desk.card', { subscriberId: visit.subscriberId })).toMatchObject({ reason: 'visitRequired' })
    expect(await failureOf(other, 'visits.close', { operationId: operation(), visitId: visit.id })).toMatchObject({ code: 'forbidden', reason: 'notYourVisit' })

    expect(await desk.api.visits.waiting({})).toMatchObject([{ waitsFor: 'colleague', toName: 'Лугова Мария Игоревна' }])
    expect(await other.api.visits.waiting({})).toMatchObject([{ waitsFor: 'me', fromName: 'Ветрова Анна Павловна', visit: { id: visit.id, draft: { action: 'changeEmail', note: 'сменить почту' } } }])
    expect(await accept(other, visit.id)).toMatchObject({ id: visit.id, state: 'open', identification: 'document', draft: { note: 'сменить почту' } })
    expect(await other.api.visits.waiting({})).toEqual([])
    await expect(other.api.contacts.check({ visitId: visit.id, kind: 'email', value: 'a@example.org' })).resolves.toBeTruthy()
    expect(await failureOf(desk, 'visits.close', { operationId: operation(), visitId: visit.id })).toMatchObject({ code: 'forbidden', reason: 'notYourVisit' })

    const { timeline } = await other.api.desk.card({ subscriberId: visit.subscriberId })
    expect(timeline.map(({ kind, staffName }) => [kind, staffName])).toEqual(expect.arrayContaining([['visits.handOver', 'Ветрова Анна Павловна'], ['visits.accept', 'Лугова Мария Игоревна']]))
  })

  test('with an e-mail that waits for its code: the colleague types the code', async () => {
    const visit = await identifiedVisitOf(desk, cast.maria)
    await office.owner.raw(`insert into contact_confirmation (contact_id, visit_id, operation_id, outbox_operation_id, code_hash, expires_at)
      select id, ?, gen_random_uuid(), gen_random_uuid(), '', now() + interval '5 minutes' from subscriber_contact where subscriber_id = ? limit 1`, [visit.id, visit.subscriberId])
    await handOver(desk, visit.id)
    await accept(other, visit.id)
    const { rows } = await office.owner.raw('select state from contact_confirmation where visit_id = ?', [visit.id])
    expect(rows).toEqual([{ state: 'waiting' }])
  })

  test('to whoever is free is taken by one of two, and may be taken back by who gave it', async () => {
    const visit = await visitOf(desk, cast.maria)
    await handOver(desk, visit.id)
    const [first, second] = await Promise.all([other.dispatch('visits.accept', { operationId: operation(), visitId: visit.id }), desk.dispatch('visits.accept', { operationId: operation(), visitId: visit.id })])
    expect([first.ok, second.ok].sort()).toEqual([false, true])
    const loser = first.ok ? second : first
    expect(loser).toMatchObject({ failure: { code: 'conflict', reason: 'visitNotWaiting' } })
  })

  test('is not taken by somebody it does not wait for, also not with psql', async () => {
    const visit = await visitOf(desk, cast.maria)
    const admin = await office.desk('admin')
    await admin.api.staff.create({ login: 'window.three', fullName: 'Ручьёва Вера Павловна', roles: ['operator'], window: '3', password: 'first-of-tests-77' })
    await handOver(desk, visit.id, await staffId('window.three'))
    expect(await failureOf(other, 'visits.accept', { operationId: operation(), visitId: visit.id })).toMatchObject({ reason: 'visitNotWaiting' })
    expect(await other.api.visits.waiting({})).toEqual([])
    const psql = await office.psql('second')
    await expect(psql.query('select visit_accept($1, $2)', [operation(), visit.id])).rejects.toMatchObject({ message: 'visitNotWaiting' })
    await expect(psql.query('select visit_hand_over($1, $2)', [operation(), visit.id])).rejects.toMatchObject({ message: 'notYourVisit' })
    await expect(psql.query('select visit_reassign($1, $2, $3)', [operation(), visit.id, 'сам'])).rejects.toMatchObject({ code: '42501' })
    await expect(psql.query(`update visit set staff_id = 3`)).rejects.toMatchObject({ code: '42501' })
  })

  test('is given only to an operator of this office, and not to oneself', async () => {
    const visit = await visitOf(desk, cast.maria)
    for (const login of ['senior', 'window.one']) {
      expect(await failureOf(desk, 'visits.handOver', { operationId: operation(), visitId: visit.id, to: await staffId(login), action: null, accountId: null, note: null })).toMatchObject({ code: 'notFound', reason: 'colleague' })
    }
    expect(await desk.api.visits.mine({})).toHaveLength(1)
  })

  test('whose subscriber the colleague serves already waits until that visit has ended', async () => {
    const theirs = await visitOf(other, cast.maria)
    const visit = await visitOf(desk, cast.maria)
    await handOver(desk, visit.id)
    expect(await failureOf(other, 'visits.accept', { operationId: operation(), visitId: visit.id })).toMatchObject({ reason: 'subscriberServedAlready' })
    await other.api.visits.close({ operationId: operation(), visitId: theirs.id })
    expect(await accept(other, visit.id)).toMatchObject({ id: visit.id, state: 'open' })
  })

  test('is continued by opening the card of the person', async () => {
    const visit = await identifiedVisitOf(desk, cast.maria)
    await handOver(desk, visit.id, await staffId('window.two'))
    expect(await visitOf(other, cast.maria)).toMatchObject({ id: visit.id, identification: 'document' })
  })

  test('of an operator who has left is moved by the supervisor, who says why', async () => {
    const visit = await identifiedVisitOf(desk, cast.maria)
    const senior = await office.desk('senior')
    const { windows } = await senior.api.liveDesk.state({})
    expect(windows.find(({ login }) => login === 'window.one')).toMatchObject({ staffName: 'Ветрова Анна Павловна', visits: [{ visitId: visit.id }] })
    await senior.api.visits.reassign({ operationId: operation(), visitId: visit.id, to: await staffId('window.two'), reason: 'ушла на обед' })
    expect(await desk.api.visits.mine({})).toEqual([])
    expect(await accept(other, visit.id)).toMatchObject({ id: visit.id, identification: 'document' })
    const { rows } = await office.owner.raw(`select staff_login, details from audit_event where action = 'visits.reassign'`)
    expect(rows).toEqual([{ staff_login: 'senior', details: expect.objectContaining({ from: 'Ветрова Анна Павловна', to: 'Лугова Мария Игоревна', reason: 'ушла на обед' }) }])
    expect(await failureOf(desk, 'visits.reassign', { operationId: operation(), visitId: visit.id, to: null, reason: 'вернуть' })).toMatchObject({ reason: 'roleMissing' })
  })
})

describe('a visit that goes on another day', () => {
  test('ends with a code that opens its draft at another window, once, for a visitor who is identified anew', async () => {
    const visit = await identifiedVisitOf(desk, cast.maria)
    const { code, expiresOn, visit: closed } = await postpone(desk, visit.id)
    expect(parseVisitCode(code)).toBe(code)
    const { rows } = await office.owner.raw('select (office_today() + 30)::text as day')
    expect([expiresOn, closed.state]).toEqual([rows[0].day, 'closed'])

    const { visit: again, problem } = await reopen(other, code.replace(/^V(\d{3})/, 'м$1 '))
    expect(problem).toBeNull()
    expect(again).toMatchObject({ subscriberId: visit.subscriberId, identification: 'none', draft: { code, action: 'changeEmail', email: null, note: 'просил перезвонить', items: ['notarialPower', 'mailAccess'] } })
    expect(again!.id).not.toBe(visit.id)
    // The address that was dictated is shown to whom it may be changed for.
    const known = await identifiedVisitOf(other, cast.maria)
    expect(known.draft).toMatchObject({ email: 'new@example.org' })
    expect(await reopen(desk, code)).toEqual({ visit: null, problem: 'used' })
    const used = await office.owner.raw('select used_visit_id::int as visit from visit_draft where code = ?', [code])
    expect(used.rows).toEqual([{ visit: again!.id }])
  })

  test('is found by the search box, and not after it was used', async () => {
    const { code } = await postpone(desk, (await visitOf(desk, cast.maria)).id)
    const { hits } = await other.api.desk.search({ text: code })
    expect(hits).toMatchObject([{ name: cast.maria.name, match: { kind: 'visitCode' } }])
    await reopen(other, code)
    expect((await other.api.desk.search({ text: code })).hits).toEqual([])
  })

  test('a code of yesterday’s date opens nothing', async () => {
    const { code } = await postpone(desk, (await visitOf(desk, cast.maria)).id)
    await office.owner.raw('update visit_draft set expires_on = office_today() - 1')
    expect(await reopen(other, code)).toEqual({ visit: null, problem: 'expired' })
    await office.owner.raw('update visit_draft set expires_on = office_today()')
    expect(await reopen(other, code)).toMatchObject({ problem: null })
  })

  test('is drafted only with something to bring, and only of the visit’s own account', async () => {
    const visit = await visitOf(desk, cast.maria)
    expect(await failureOf(desk, 'visits.postpone', { operationId: operation(), visitId: visit.id, items: [], freeLine: ' ', action: null, accountId: null, email: null, note: null })).toMatchObject({ reason: 'nothingToBring' })
    const { accounts } = await (async () => {
      const theirs = await visitOf(other, cast.alyona)
      return other.api.desk.card({ subscriberId: theirs.subscriberId })
    })()
    expect(await failureOf(desk, 'visits.postpone', { operationId: operation(), visitId: visit.id, items: ['phone'], freeLine: null, action: null, accountId: accounts[0]!.id, email: null, note: null })).toMatchObject({ reason: 'accountOfAnotherSubscriber' })
    expect(await desk.api.visits.mine({})).toHaveLength(1)
  })

  test('a repeat of the press gives the same code and closes once', async () => {
    const visit = await visitOf(desk, cast.maria)
    const once = { operationId: operation(), visitId: visit.id, items: ['phone' as const], freeLine: null, action: null, accountId: null, email: null, note: null }
    const [first, second] = await Promise.all([desk.api.visits.postpone(once), desk.api.visits.postpone(once)])
    expect(second.code).toBe(first.code)
  })

  test('codes can’t be tried one after another, in the program or in psql', async () => {
    const psql: pg.Client = await office.psql('first')
    const guess = (number: number) => psql.query('select visit_reopen($1, $2) as answer', [operation(), `V${String(number).padStart(9, '0')}`])
    for (let number = 0; number < 20; number++) expect((await guess(number)).rows[0].answer).toEqual({ visit: null, problem: 'unknown' })
    await expect(guess(20)).rejects.toMatchObject({ code: 'OK403', message: 'tooManyDocumentLookups' })
    await expect(psql.query('select visit_code_subscriber($1)', ['V000000000'])).rejects.toMatchObject({ code: '42501' })
    await expect(psql.query('select code from visit_draft')).rejects.toMatchObject({ code: '42501' })
    const { rows } = await office.owner.raw(`select count(*)::int as n from audit_event where action = 'visits.reopen'`)
    expect(rows[0].n).toBe(20)
  })

  test('codes tell nothing of each other, and each has its check digit', async () => {
    const codes: string[] = []
    for (let time = 0; time < 8; time++) codes.push((await postpone(desk, (await visitOf(desk, cast.maria)).id)).code)
    expect(new Set(codes).size).toBe(8)
    expect(codes.every((code) => parseVisitCode(code) === code)).toBe(true)
    const numbers = codes.map((code) => Number(code.slice(1, 9)))
    expect(numbers.slice(1).some((number, index) => Math.abs(number - numbers[index]!) > 1000)).toBe(true)
  })

  test('its slip is saved for the desk that made it, with the code on it; another desk gets none', async () => {
    const visit = await visitOf(desk, cast.maria)
    const { code } = await postpone(desk, visit.id)
    const input = { operationId: operation(), visitId: visit.id, output: { how: 'save' as const } }
    const given = await desk.api.visits.nextSlip(input)
    expect(given.fileName).toMatch(/\.pdf$/)
    expect(textOf(readFileSync(desk.saveTo.path!)).replace(/ /g, '')).toContain(code)
    expect(await desk.api.visits.nextSlip(input)).toEqual(given)
    expect(await failureOf(other, 'visits.nextSlip', { ...input, operationId: operation() })).toMatchObject({ reason: 'notYourVisit' })
    await reopen(other, code)
    expect(await failureOf(desk, 'visits.nextSlip', { ...input, operationId: operation() })).toMatchObject({ reason: 'visitNotPostponed' })
  })
})

describe('the end of a visit', () => {
  test('is told before: what was done, and what stays unfinished', async () => {
    const visit = await identifiedVisitOf(desk, cast.maria)
    const card = await desk.api.desk.card({ subscriberId: visit.subscriberId })
    await desk.api.contacts.unmask({ operationId: operation(), visitId: visit.id, contactId: card.contacts[0]!.id, reason: 'verify' })
    await office.owner.raw(`insert into contact_confirmation (contact_id, visit_id, operation_id, outbox_operation_id, code_hash, expires_at)
      select id, ?, gen_random_uuid(), gen_random_uuid(), '', now() + interval '5 minutes' from subscriber_contact where subscriber_id = ? and kind = 'email' limit 1`, [visit.id, visit.subscriberId])
    const summary = await desk.api.visits.summary({ visitId: visit.id })
    expect(summary.done.map(({ kind }) => kind)).toEqual(['visits.identify', 'contacts.unmask'])
    expect(summary.waiting).toEqual([{ kind: 'emailCode', what: 'm***@example.org' }])
  })

  test('its slip is saved and says what was done, also just after it has ended, and to nobody else', async () => {
    const visit = await identifiedVisitOf(desk, cast.maria)
    await desk.api.visits.close({ operationId: operation(), visitId: visit.id })
    const input = { operationId: operation(), visitId: visit.id, output: { how: 'save' as const } }
    await desk.api.visits.slip(input)
    expect(textOf(readFileSync(desk.saveTo.path!))).toContain('Талон посетителя')
    expect(await failureOf(other, 'visits.slip', { ...input, operationId: operation() })).toMatchObject({ reason: 'notYourVisit' })
    await office.owner.raw(`update visit set closed_at = closed_at - interval '2 hours'`)
    expect(await failureOf(desk, 'visits.slip', { ...input, operationId: operation() })).toMatchObject({ code: 'conflict', reason: 'visitClosed' })
  })

  test('comes by itself for a visit of an earlier day, is recorded, and keeps what was entered', async () => {
    const forgotten = await identifiedVisitOf(desk, cast.maria)
    const waiting = await visitOf(desk, cast.alyona)
    await handOver(desk, waiting.id)
    const ofToday = await visitOf(desk, cast.fyodor)
    await office.owner.raw(`update visit set opened_at = opened_at - interval '1 day' where id = any(?)`, [[forgotten.id, waiting.id]])
    expect((await desk.api.visits.mine({})).map(({ id }) => id)).toEqual([ofToday.id])
    expect(await other.api.visits.waiting({})).toEqual([])
    const { rows } = await office.owner.raw(`select v.id::int as visit, v.closed_how as how, e.action from visit v join audit_event e on e.visit_id = v.id and e.action = 'visits.autoClose' order by v.id`)
    expect(rows).toEqual([forgotten.id, waiting.id].map((visit) => ({ visit, how: 'forgotten', action: 'visits.autoClose' })))
    expect(await failureOf(desk, 'contacts.check', { visitId: forgotten.id, kind: 'email', value: 'a@example.org' })).toMatchObject({ reason: 'visitClosed' })
  })

  test('comes with the next sign-in as well', async () => {
    const forgotten = await visitOf(desk, cast.maria)
    await office.owner.raw(`update visit set opened_at = opened_at - interval '1 day'`)
    await office.desk('second')
    const how = async () => (await office.owner.raw('select closed_how as how from visit where id = ?', [forgotten.id])).rows[0].how
    expect(await how()).toBeNull()
    await office.desk('first')
    expect(await how()).toBe('forgotten')
  })
})
