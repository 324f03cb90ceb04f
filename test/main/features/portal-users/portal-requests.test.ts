import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { PortalRequest } from '@shared/contract/portal-users'
import { hashPassword } from '../../../../src/main/password-hash'
import { cast } from '../../../../src/main/training'
import { needsNotifications } from '../../../support/pooler'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'
import { cabinets, strangersEmail, type Cabinets } from './cabinets'

const marias = 'maria.sokolova@example.org'

let office: TestOffice
let desk: TestDesk
let portal: Cabinets
/** Maria's cabinet of Смородина, whose full version opens by a PIN. */
let maria: number

beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
  portal = cabinets(office)
  await portal.empty()
  await portal.confirmEmail(marias)
  maria = await portal.userOf('smorodina', marias)
})
afterEach(() => office.close())

const waiting = async (by = desk): Promise<PortalRequest[]> => (await by.api.portalRequests.list({})).requests
const only = async (by = desk): Promise<PortalRequest> => {
  const [request, ...others] = await waiting(by)
  if (!request || others.length) throw new Error('not exactly one request waits')
  return request
}
const of = ({ id, version }: PortalRequest) => ({ operationId: operation(), requestId: id, version, visitId: null })
const pinOf = async () => (await portal.letters('pin')).at(-1)?.params?.['pin'] ?? ''
const aMinuteAgo = () => office.owner.raw(`update portal_pin_request set sent_at = sent_at - interval '61 seconds'`)
const aMinuteAgoSent = () => office.owner.raw(`update portal_registration set sent_at = sent_at - interval '61 seconds'`)

describe('the queue', () => {
  test('has the oldest first, whose cabinet it is and where the PIN would go; whose requests were seen is audited', async () => {
    const zoya = await portal.userOf('smorodina', 'zoya.chernykh@example.com')
    await portal.confirmEmail('zoya.chernykh@example.com')
    await portal.askPin(zoya)
    await portal.askPin(maria)
    await office.owner.raw(`update portal_pin_request set asked_at = asked_at - interval '3 days' where portal_user_id = ?`, [maria])
    await portal.register('smorodina', strangersEmail(), strangersEmail(), null)
    const { requests, waiting: numbers } = await desk.api.portalRequests.list({})
    expect(requests.map(({ kind, subscriberName }) => [kind, subscriberName])).toEqual([['pin', cast.maria.name], ['pin', cast.zoya.name], ['registration', null]])
    expect(requests[0]).toMatchObject({ state: 'waiting', provider: 'Смородина', login: 'm***@example.org', accountNumber: '04012345', recipient: { channel: 'email', masked: 'm***@example.org' }, problem: null, loginDiffers: false })
    expect(numbers).toEqual({ pin: 2, registration: 1 })
    expect((await desk.api.portalRequests.list({ kind: 'registration' })).requests).toHaveLength(1)
    expect((await desk.api.portalRequests.list({ limit: 1 })).requests.map(({ subscriberName }) => subscriberName)).toEqual([cast.maria.name])
    const [seen] = await office.owner('audit_event').where({ action: 'portalRequests.list' }).orderBy('at').select('details')
    expect(seen.details).toMatchObject({ requests: 3, subscribers: [requests[0]!.subscriberId, requests[1]!.subscriberId, null] })
  })

  test('is the operators’ and the supervisors’, not the administrators’', async () => {
    await portal.askPin(maria)
    expect(await waiting(await office.desk('senior'))).toHaveLength(1)
    expect(await failureOf(await office.desk('admin'), 'portalRequests.list', {})).toMatchObject({ code: 'forbidden' })
  })

  test('is told of a new request while it is open', async (context) => {
    needsNotifications(context)
    const listening = await office.desk('second', { followChanges: true })
    await vi.waitFor(() => expect(listening.events['desk.live']).toEqual([{ listening: true }]), { timeout: 10_000 })
    await portal.askPin(maria)
    await vi.waitFor(() => expect(listening.events['desk.changed']).toContainEqual(expect.objectContaining({ kind: 'portalRequests.changed', by: 'other' })), { timeout: 10_000 })
  })
})

describe('a PIN', () => {
  test('leaves in a letter to the confirmed address and opens the full version; here it is a hash that goes with the request', async () => {
    await portal.askPin(maria)
    const issued = await desk.api.portalRequests.issuePin(of(await only()))
    expect(issued).toMatchObject({ state: 'issued', recipient: { masked: 'm***@example.org' }, attemptsLeft: 5, delivery: 'queued', staffName: staff.first.fullName })
    expect(new Date(issued.expiresAt!).getTime() - new Date(issued.sentAt!).getTime()).toBe(72 * 3_600_000)
    const [letter] = await portal.letters('pin')
    expect(letter).toMatchObject({ recipient: marias, channel: 'email', params: { hours: 72 } })
    const pin = await pinOf()
    expect(pin).toMatch(/^\d{6}$/)
    expect(JSON.stringify(issued)).not.toContain(pin)
    expect((await portal.everything()).split(/\D+/)).not.toContain(pin)
    expect(await waiting()).toEqual([])
    expect((await desk.api.portalRequests.list({ state: 'sent' })).requests).toMatchObject([{ id: issued.id, state: 'issued' }])

    const wrong = pin === '000000' ? '000001' : '000000'
    expect(await portal.checkPin(maria, wrong)).toEqual({ result: 'wrong', attemptsLeft: 4 })
    expect(await portal.checkPin(maria, pin)).toEqual({ result: 'agrees', attemptsLeft: 0 })
    expect(await portal.checkPin(maria, pin)).toMatchObject({ result: 'none' })
    expect((await desk.api.portalRequests.list({ state: 'closed' })).requests).toMatchObject([{ id: issued.id, state: 'used' }])
    expect(await portal.one('select pin_hash as value from portal_pin_request')).toBeNull()
    expect(await portal.askPin(maria)).toMatchObject({ state: 'notNeeded' })
    const { visit, account } = await openVisit(desk, cast.maria)
    const { users } = await desk.api.portalUsers.list({ visitId: visit.id, accountId: account('smorodina').id })
    expect(users[0]).toMatchObject({ fullVersionAt: expect.any(String), pinRequests: [{ state: 'used' }] })
  })

  test('has as many digits and hours as the provider says', async () => {
    await portal.profile('smorodina', '{portal,pinDigits}', 8)
    await portal.profile('smorodina', '{portal,pinHours}', 2)
    await portal.askPin(maria)
    const issued = await desk.api.portalRequests.issuePin(of(await only()))
    expect(await pinOf()).toMatch(/^\d{8}$/)
    expect(new Date(issued.expiresAt!).getTime() - new Date(issued.sentAt!).getTime()).toBe(2 * 3_600_000)
  })

  test('is worth nothing after five wrong ones, nor after its term; then another may be asked for', async () => {
    await portal.askPin(maria)
    await desk.api.portalRequests.issuePin(of(await only()))
    const pin = await pinOf()
    const wrong = pin === '000000' ? '000001' : '000000'
    for (let left = 4; left >= 0; left--) expect(await portal.checkPin(maria, wrong)).toEqual({ result: 'wrong', attemptsLeft: left })
    expect(await portal.checkPin(maria, pin)).toMatchObject({ result: 'none' })

    expect(await portal.askPin(maria)).toMatchObject({ state: 'waiting' })
    await desk.api.portalRequests.issuePin(of(await only()))
    await office.owner.raw(`update portal_pin_request set expires_at = now() - interval '1 second' where state = 'issued'`)
    expect((await desk.api.portalRequests.list({ state: 'sent' })).requests).toMatchObject([{ state: 'expired' }])
    expect(await portal.checkPin(maria, await pinOf())).toMatchObject({ result: 'expired' })
    expect(await portal.askPin(maria)).toMatchObject({ state: 'waiting' })
  })

  test('asked for in a stranger’s cabinet goes to whom the account belongs to, and the queue warns', async () => {
    // Смородина links by the number alone: whoever has found a bill can do that.
    const stranger = await portal.user('smorodina', strangersEmail(), ['04012345'])
    await portal.askPin(stranger)
    const request = await only()
    expect(request).toMatchObject({ subscriberName: cast.maria.name, recipient: { masked: 'm***@example.org' }, loginDiffers: true })
    await desk.api.portalRequests.issuePin(of(request))
    expect(await portal.letters('pin')).toMatchObject([{ recipient: marias }])
  })

  test('goes nowhere when the accounts are of several people, the address is not confirmed, the cabinet is blocked or ended', async () => {
    const failure = async () => failureOf(desk, 'portalRequests.issuePin', of(await only()))
    const mixed = await portal.user('smorodina', strangersEmail(), ['04012345', '04012309'])
    await portal.askPin(mixed)
    expect(await only()).toMatchObject({ subscriberId: null, subscriberName: null, problem: 'portalOwnerUnclear', recipient: null })
    expect(await failure()).toMatchObject({ code: 'conflict', reason: 'portalOwnerUnclear' })
    await desk.api.portalRequests.refusePin({ ...of(await only()), reason: 'comeWithDocument', text: null })

    await portal.askPin(maria)
    await portal.doubtEmail(marias)
    expect(await only()).toMatchObject({ problem: 'contactNotConfirmed' })
    expect(await failure()).toMatchObject({ reason: 'contactNotConfirmed' })
    await portal.confirmEmail(marias)
    await office.owner.raw(`update portal_user set state = 'blocked' where id = ?`, [maria])
    expect(await failure()).toMatchObject({ reason: 'portalUserBlocked' })
    await office.owner.raw(`update portal_user set state = 'active' where id = ?`, [maria])
    await portal.profile('smorodina', '{portal,accessAfterClosing}', 'ends')
    await office.owner.raw(`update account set status = 'closed' where number = '04012345'`)
    expect(await failure()).toMatchObject({ reason: 'portalAccessEnded' })
    expect(await portal.letters('pin')).toEqual([])
  })

  test('goes by SMS to a confirmed phone where there is no confirmed address and the provider sends SMS', async () => {
    await portal.doubtEmail(marias)
    await office.owner.raw(`update subscriber_contact set state = 'confirmed', confirmed_at = now() - interval '9 days', confirmed_how = 'portal' where key = '9431002030' and is_current`)
    await portal.askPin(maria)
    expect(await only()).toMatchObject({ problem: 'contactNotConfirmed' })
    await portal.profile('smorodina', '{portal,confirmations}', ['emailCode', 'smsCode'])
    expect(await only()).toMatchObject({ problem: null, recipient: { channel: 'sms' } })
    await desk.api.portalRequests.issuePin(of(await only()))
    expect(await portal.letters('pin')).toMatchObject([{ channel: 'sms', recipient: '+79431002030' }])
  })

  test('is issued by one of two desks at once; the other learns who was quicker', async () => {
    await portal.askPin(maria)
    const second = await office.desk('second')
    const request = await only()
    const answers = await Promise.all([desk.dispatch('portalRequests.issuePin', of(request)), second.dispatch('portalRequests.issuePin', of(request))])
    const refused = answers.filter(({ ok }) => !ok)
    expect(refused).toHaveLength(1)
    const winner = answers[0]!.ok ? staff.first : staff.second
    expect(refused[0]).toMatchObject({ failure: { code: 'conflict', reason: 'changedByAnotherDesk', details: { staffName: winner.fullName, kind: 'portalRequests.issuePin', current: { state: 'issued' } } } })
    expect(await portal.letters('pin')).toHaveLength(1)
  })

  test('under the same operation id is sent once', async () => {
    await portal.askPin(maria)
    const request = of(await only())
    const first = await desk.api.portalRequests.issuePin(request)
    expect(await desk.api.portalRequests.issuePin(request)).toEqual(first)
    expect(await portal.letters('pin')).toHaveLength(1)
  })

  test('sent again is another one: the first is worth nothing; a minute apart, three times at most', async () => {
    await portal.askPin(maria)
    let issued = await desk.api.portalRequests.issuePin(of(await only()))
    const first = await pinOf()
    expect(await failureOf(desk, 'portalRequests.resendPin', of(issued))).toMatchObject({ code: 'conflict', reason: 'resendTooSoon' })
    for (let left = 2; left >= 0; left--) {
      await aMinuteAgo()
      issued = await desk.api.portalRequests.resendPin(of(issued))
      expect(issued.resendsLeft).toBe(left)
    }
    await aMinuteAgo()
    expect(await failureOf(desk, 'portalRequests.resendPin', of(issued))).toMatchObject({ reason: 'resendsExceeded' })
    expect((await portal.letters('pin')).map(({ state }) => state)).toEqual(['expired', 'expired', 'expired', 'queued'])
    const last = await pinOf()
    if (first !== last) expect(await portal.checkPin(maria, first)).toMatchObject({ result: 'wrong' })
    expect(await portal.checkPin(maria, last)).toMatchObject({ result: 'agrees' })
  })

  test('is refused with a reason that reaches the subscriber; a PIN that was sent is taken back by it', async () => {
    await portal.askPin(maria)
    const issued = await desk.api.portalRequests.issuePin(of(await only()))
    const pin = await pinOf()
    const refuse = (request: PortalRequest, reason: string, text: string | null) => ({ ...of(request), reason, text })
    expect(await failureOf(desk, 'portalRequests.refusePin', refuse(issued, 'other', ' '))).toMatchObject({ code: 'invalidInput', reason: 'requestReasonMissing' })
    for (const text of ['Заполните https://lk.example.org/x', 'Зайдите на www.smorodina', 'Пишите на смородина.рф', 'Подробно: clck.ru/abc']) {
      expect(await failureOf(desk, 'portalRequests.refusePin', refuse(issued, 'other', text)), text).toMatchObject({ code: 'invalidInput', reason: 'reasonWithLink' })
    }
    const refused = await desk.api.portalRequests.refusePin({ ...of(issued), reason: 'other', text: 'Договор переоформляется. Приходите в пятницу.' })
    expect(refused).toMatchObject({ state: 'refused', refusal: { reason: 'other', text: 'Договор переоформляется. Приходите в пятницу.' } })
    expect(await portal.letters('pinRefused')).toMatchObject([{ recipient: marias, params: { reason: 'Договор переоформляется. Приходите в пятницу.' } }])
    expect(await portal.letters('pin')).toMatchObject([{ state: 'expired', params: null }])
    expect(await portal.checkPin(maria, pin)).toMatchObject({ result: 'none' })
    expect(await failureOf(desk, 'portalRequests.refusePin', refuse(refused, 'repeated', null))).toMatchObject({ reason: 'portalRequestClosed' })
  })

  test('soon after a change of contacts is flagged, and is a supervisor’s where the provider wants two people', async () => {
    await office.owner.raw(`create or replace function contact_changed_recently(p_subscriber_id bigint, p_hours int default 24) returns boolean language sql return p_hours = 24`)
    await portal.askPin(maria)
    await portal.profile('smorodina', '{safety,reissueAfterContactChange}', 'approve')
    expect(await only()).toMatchObject({ approvalNeeded: true })
    expect(await failureOf(desk, 'portalRequests.issuePin', of(await only()))).toMatchObject({ code: 'forbidden', reason: 'supervisorForRecentContacts' })
    const senior = await office.desk('senior')
    await senior.api.portalRequests.issuePin(of(await only(senior)))
    const [{ details }] = await office.owner('operation').where({ kind: 'portalRequests.issuePin' }).select('details')
    expect(details).toMatchObject({ afterContactChange: true, to: 'm***@example.org' })
  })

  test('that went to an address which was then taken back has opened nothing in the end', async () => {
    await portal.askPin(maria)
    await desk.api.portalRequests.issuePin(of(await only()))
    expect(await portal.checkPin(maria, await pinOf())).toMatchObject({ result: 'agrees' })
    const opened = () => portal.one('select full_version_at is not null as value from portal_user where id = ?', [maria])
    await office.owner.raw('select portal_full_version_close(array(select id from subscriber_contact where key <> ?))', [marias])
    expect(await opened()).toBe(true)
    await office.owner.raw('select portal_full_version_close(array(select id from subscriber_contact where key = ?))', [marias])
    expect(await opened()).toBe(false)
  })

  test('may be asked for at the desk by an identified visitor, once, and issued in the visit', async () => {
    const { visit, account } = await openVisit(desk, cast.maria)
    const asked = await desk.api.portalRequests.askPin({ operationId: operation(), visitId: visit.id, accountId: account('smorodina').id, portalUserId: maria })
    expect(asked).toMatchObject({ state: 'waiting', askedHow: 'desk' })
    const issued = await desk.api.portalRequests.issuePin({ ...of(asked), visitId: visit.id })
    expect(issued.state).toBe('issued')
    const { timeline } = await desk.api.desk.card({ subscriberId: visit.subscriberId })
    expect(timeline.filter(({ kind }) => kind.startsWith('portalRequests.')).map(({ kind, visitId, group }) => [kind, visitId, group])).toEqual([
      ['portalRequests.issuePin', visit.id, 'portal'],
      ['portalRequests.askPin', visit.id, 'portal'],
    ])
    // Of another person's request the visit says nothing.
    const zoya = await portal.userOf('smorodina', 'zoya.chernykh@example.com')
    await portal.askPin(zoya)
    expect(await failureOf(desk, 'portalRequests.issuePin', { ...of(await only()), visitId: visit.id })).toMatchObject({ code: 'forbidden', reason: 'portalUserOfAnother' })
    expect(await failureOf(desk, 'portalRequests.askPin', { operationId: operation(), visitId: visit.id, accountId: account('enser').id, portalUserId: await portal.userOf('enser', '012345') })).toMatchObject({ reason: 'pinNotNeeded' })
  })

  test('can’t be asked for without end', async () => {
    for (let index = 0; index < 5; index++) {
      expect(await portal.askPin(maria)).toMatchObject({ state: 'waiting' })
      await desk.api.portalRequests.refusePin({ ...of(await only()), reason: 'repeated', text: null })
    }
    expect(await portal.askPin(maria)).toEqual({ requestId: null, state: 'tooMany' })
  })

  test('in the queue leaves a line in the history and the audit of whose cabinet it is, without a visit', async () => {
    await portal.askPin(maria)
    const { subscriberId } = await desk.api.portalRequests.issuePin(of(await only()))
    const events = await office.owner('audit_event').where({ action: 'portalRequests.issuePin' }).select('subscriber_id', 'visit_id', 'staff_login')
    expect(events).toEqual([{ subscriber_id: subscriberId, visit_id: null, staff_login: staff.first.login }])
  })
})

describe('a registration', () => {
  const email = 'petr.ivanov@example.com'
  beforeEach(() => portal.forget(email))
  const linkOf = async () => (await portal.letters('registration')).at(-1)?.params?.['link'] ?? ''

  test('that got no answer is sent again with another link, a minute apart, five times at most; the old link is worth nothing', async () => {
    expect(await portal.register('eis24', email, email, '0701000103')).toMatchObject({ result: 'letterSent' })
    const first = await linkOf()
    let request = await only()
    expect(request).toMatchObject({ kind: 'registration', subscriberName: cast.pyotrYounger.name, accountNumber: '0701000103', login: 'p***@example.com' })
    expect(await failureOf(desk, 'portalRequests.resendRegistration', of(request))).toMatchObject({ reason: 'resendTooSoon' })
    for (let left = 4; left >= 0; left--) {
      await aMinuteAgoSent()
      request = await desk.api.portalRequests.resendRegistration(of(request))
      expect(request.resendsLeft).toBe(left)
    }
    await aMinuteAgoSent()
    expect(await failureOf(desk, 'portalRequests.resendRegistration', of(request))).toMatchObject({ reason: 'resendsExceeded' })
    expect(await portal.follow(first)).toMatchObject({ result: 'unknown' })
    expect(await portal.follow(await linkOf())).toMatchObject({ result: 'confirmed' })
    expect(await waiting()).toEqual([])
  })

  test('takes the password that was chosen along, and lets nobody in before the link is followed', async () => {
    const hash = await hashPassword('выбрал-сам-77')
    await portal.register('eis24', email, email, '0701000103', hash)
    expect(await portal.one<number>('select count(*)::int as value from portal_user where login = ?', [email])).toBe(0)
    const { portalUserId } = await portal.follow(await linkOf())
    expect(await portal.one('select password_hash as value from portal_credential where portal_user_id = ? and revoked_at is null', [portalUserId])).toBe(hash)
    expect(await portal.one('select password_hash as value from portal_registration')).toBeNull()
  })

  test('expires; a new letter brings it back', async () => {
    await portal.register('eis24', email, email, '0701000103')
    await office.owner.raw(`update portal_registration set expires_at = now() - interval '1 hour', sent_at = now() - interval '25 hours'`)
    expect(await portal.follow(await linkOf())).toMatchObject({ result: 'expired' })
    expect(await only()).toMatchObject({ state: 'expired' })
    await desk.api.portalRequests.resendRegistration(of(await only()))
    expect(await portal.follow(await linkOf())).toMatchObject({ result: 'confirmed' })
  })

  test('that nobody answers leaves the queue a week after its term, and the password that was chosen with it', async () => {
    await portal.register('eis24', email, email, '0701000103', await hashPassword('выбрал-сам-77'))
    await office.owner.raw(`update portal_registration set expires_at = now() - interval '8 days'`)
    expect(await waiting()).toEqual([])
    expect((await desk.api.portalRequests.list({ state: 'closed' })).requests).toMatchObject([{ kind: 'registration', state: 'cancelled' }])
    expect(await portal.one('select concat(password_hash, token_hash) as value from portal_registration')).toBe('')
  })

  test('under a login that is taken, for an unknown account, or the sixth of a day is none', async () => {
    expect(await portal.register('smorodina', marias, marias, null)).toMatchObject({ result: 'loginTaken' })
    expect(await portal.register('eis24', email, email, '0709999999')).toMatchObject({ result: 'accountUnknown' })
    for (let index = 0; index < 5; index++) expect(await portal.register('eis24', email, email, null)).toMatchObject({ result: 'letterSent' })
    expect(await portal.register('eis24', email, email, null)).toMatchObject({ result: 'tooMany' })
    // Each one has given way to the next.
    expect(await waiting()).toHaveLength(1)
  })

  test('is confirmed at the desk for an identified visitor, when the address that is the login is proved to be theirs', async () => {
    await portal.doubtEmail(email)
    await portal.register('eis24', email, email, null, await hashPassword('чужой-выбор-1'))
    const { visit, account } = await openVisit(desk, cast.pyotrYounger)
    const target = { visitId: visit.id, accountId: account('eis24').id }
    const { registrations } = await desk.api.portalUsers.list(target)
    expect(registrations).toHaveLength(1)
    const request = { operationId: operation(), ...target, requestId: registrations[0]!.id, version: registrations[0]!.version }
    expect(await failureOf(desk, 'portalRequests.confirmRegistration', request)).toMatchObject({ code: 'conflict', reason: 'emailNotConfirmed' })
    await portal.confirmEmail(email)
    const { portalUserId } = await desk.api.portalRequests.confirmRegistration({ ...request, operationId: operation() })
    // Whoever typed a password at the portal has proved nothing: the visitor gets one here.
    expect((await desk.api.portalUsers.list(target)).users).toMatchObject([{ id: portalUserId, isOwn: true, credential: null, links: [{ number: '0701000103' }] }])
    expect(await portal.follow(await linkOf())).toMatchObject({ result: 'unknown' })
    expect(await failureOf(desk, 'portalRequests.confirmRegistration', { ...request, operationId: operation() })).toMatchObject({ reason: 'changedByAnotherDesk', details: { kind: 'portalRequests.confirmRegistration', staffName: staff.first.fullName } })
  })

  test('of another person is not the visitor’s to confirm; under an account number only of that account', async () => {
    await portal.register('eis24', email, email, '0701000103')
    const { visit, account } = await openVisit(desk, cast.alyona)
    const [request] = await waiting()
    expect(await failureOf(desk, 'portalRequests.confirmRegistration', { operationId: operation(), visitId: visit.id, accountId: account('eis24').id, requestId: request!.id, version: request!.version })).toMatchObject({ code: 'forbidden', reason: 'portalUserOfAnother' })

    await portal.account('enser', '012305', '012399', '012399')
    await portal.register('enser', '012305', 'fedor@example.org', '012305')
    const fyodor = await openVisit(desk, cast.fyodor)
    const registration = (await waiting()).find(({ login }) => login === '012305')!
    const other = fyodor.card.accounts.find(({ number }) => number === '012399')!
    const confirm = (accountId: number) => ({ operationId: operation(), visitId: fyodor.visit.id, accountId, requestId: registration.id, version: registration.version })
    expect(await failureOf(desk, 'portalRequests.confirmRegistration', confirm(other.id))).toMatchObject({ reason: 'registrationOfAnotherAccount' })
    const own = fyodor.card.accounts.find(({ number }) => number === '012305')!
    await desk.api.portalRequests.confirmRegistration(confirm(own.id))
    expect(await portal.letters('registration')).toContainEqual(expect.objectContaining({ recipient: 'fedor@example.org', state: 'expired' }))
  })
})

test('an operator with psql learns no PIN and can’t make a request in a subscriber’s name', async () => {
  await portal.askPin(maria)
  const psql = await office.psql('first')
  const request = await only()
  const { rows } = await psql.query('select portal_pin_issue($1, $2, $3) as value', [operation(), request.id, request.version])
  const pin = await pinOf()
  expect(JSON.stringify(rows)).not.toContain(pin)
  await expect(psql.query('select params from outbox_message')).rejects.toMatchObject({ code: '42501' })
  await expect(psql.query('select portal_pin_ask($1)', [maria])).rejects.toMatchObject({ code: '42501' })
  await expect(psql.query('select portal_pin_issue($1, $2, $3, 1)', [operation(), request.id, request.version + 1])).rejects.toMatchObject({ message: 'notYourVisit' })
})
