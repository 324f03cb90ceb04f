import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ListedPortalUser, PortalUserList } from '@shared/contract/portal-users'
import { cast } from '../../../../src/main/training'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit, type OpenVisit } from '../../../support/visit'
import { cabinets, strangersEmail, type Cabinets } from './cabinets'

let office: TestOffice
let desk: TestDesk
let portal: Cabinets
let maria: OpenVisit

beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
  portal = cabinets(office)
  await portal.empty()
  maria = await openVisit(desk, cast.maria)
})
afterEach(() => office.close())

const target = (provider: string, visit = maria) => ({ visitId: visit.visit.id, accountId: visit.account(provider).id })
const command = (provider: string, visit = maria) => ({ operationId: operation(), ...target(provider, visit) })
const list = (provider: string, visit = maria): Promise<PortalUserList> => desk.api.portalUsers.list(target(provider, visit))
const ownUser = async (provider: string, visit = maria): Promise<ListedPortalUser> => {
  const own = (await list(provider, visit)).users.find(({ isOwn }) => isOwn)
  if (!own) throw new Error('no own cabinet')
  return own
}
const numbersOf = ({ links }: ListedPortalUser) => links.map(({ number }) => number)

describe('what is shown', () => {
  test('the visitor’s cabinet with its accounts, Госуслуги, password without its secret, and the last ten sign-ins, latest first', async () => {
    const { id } = await ownUser('enicom')
    await portal.password(id, 'own-choice-77')
    for (let index = 0; index < 35; index++) await office.owner.raw(`select portal_sign_in_record(?, ?, ?)`, [id, index % 2 ? 'esia' : 'password', index === 34 ? 'wrongPassword' : 'entered'])
    const user = await ownUser('enicom')
    expect(user).toMatchObject({ login: '0045612', access: 'open', credential: { mustChange: false, memoNumber: null, expiresAt: null }, esiaLinks: [{ number: '0045612', maskedName: 'С***а М. И.' }] })
    expect(user.links).toMatchObject([{ number: '0045612', isOwn: true, isLogin: true }])
    expect(user.signIns).toHaveLength(10)
    expect(user.signIns[0]).toMatchObject({ channel: 'password', outcome: 'wrongPassword' })
    expect(JSON.stringify(user)).not.toContain('argon2')
    // The portals have logs of their own.
    expect(await portal.one<number>('select count(*)::int as value from portal_sign_in where portal_user_id = ?', [id])).toBe(30)
    expect(new Date(user.lastSignInAt!).getTime()).toBeGreaterThan(Date.now() - 60_000)
  })

  test('of a stranger’s cabinet that holds the visitor’s account: that account and nothing else', async () => {
    const stranger = await portal.user('smorodina', strangersEmail(), ['04012345', '04012309'])
    await portal.askPin(stranger)
    const shown = (await list('smorodina')).users.find(({ id }) => id === stranger)
    expect(shown).toMatchObject({ isOwn: false, signIns: [], pinRequests: [], credential: null, block: null, lastSignInAt: null })
    expect(numbersOf(shown!)).toEqual(['04012345'])
    expect(shown!.login).toMatch(/^s\*\*\*@/)
  })

  test('a cabinet under an address the subscriber never had is a stranger’s, though it holds nothing but the visitor’s account; no password is issued for it', async () => {
    await office.owner.raw('delete from portal_account_link where portal_user_id = ?', [await portal.userOf('smorodina', 'maria.sokolova@example.org')])
    const email = strangersEmail()
    const stranger = await portal.user('smorodina', email, ['04012345'])
    expect((await list('smorodina')).users.find(({ id }) => id === stranger)).toMatchObject({ isOwn: false })
    expect((await desk.api.portalAccess.impact(target('smorodina'))).portalUserId).not.toBe(stranger)
    expect(await failureOf(desk, 'portalUsers.block', { ...command('smorodina'), portalUserId: stranger, reason: 'asked', comment: null })).toMatchObject({ reason: 'portalUserOfAnother' })
    const done = command('smorodina')
    await desk.api.portalUsers.unlinkAccount({ ...done, portalUserId: stranger, linkedAccountId: maria.account('smorodina').id })
    expect((await list('smorodina')).users.map(({ id }) => id)).not.toContain(stranger)
    await desk.api.visits.undo({ operationId: operation(), target: done.operationId })
    // An address they had before is theirs: a portal keeps the login when the office's e-mail changes.
    await office.owner.raw(`insert into subscriber_contact (subscriber_id, kind, value, key, state, is_current) values (?, 'email', ?, ?, 'replaced', false)`, [maria.card.subscriber.id, email, email])
    expect((await list('smorodina')).users.find(({ id }) => id === stranger)).toMatchObject({ isOwn: true })
    expect((await desk.api.portalAccess.impact(target('smorodina'))).portalUserId).toBe(stranger)
  })

  test('a cabinet whose last account was unlinked is still the visitor’s', async () => {
    const { id } = await ownUser('smorodina')
    await desk.api.portalUsers.unlinkAccount({ ...command('smorodina'), portalUserId: id, linkedAccountId: maria.account('smorodina').id })
    expect(await ownUser('smorodina')).toMatchObject({ id, links: [] })
    await desk.api.portalUsers.linkAccount({ ...command('smorodina'), portalUserId: id, number: '04012345', proof: { by: 'own' } })
    expect(numbersOf(await ownUser('smorodina'))).toEqual(['04012345'])
  })

  test('nothing to a visitor who has not shown a document, nor in another window’s visit; each look is audited', async () => {
    await list('enser')
    const audited = await office.owner('audit_event').where({ action: 'portalUsers.list' }).select('visit_id')
    expect(audited).toEqual([{ visit_id: maria.visit.id }])
    const second = await office.desk('second')
    expect(await failureOf(second, 'portalUsers.list', target('enser'))).toMatchObject({ code: 'forbidden', reason: 'notYourVisit' })
    const fyodor = await openVisit(desk, cast.fyodor, 'readingsOnly')
    expect(await failureOf(desk, 'portalUsers.list', target('enser', fyodor))).toMatchObject({ code: 'forbidden', reason: 'notIdentified' })
    expect(await failureOf(desk, 'portalUsers.list', { visitId: maria.visit.id, accountId: fyodor.account('enser').id })).toMatchObject({ reason: 'accountOfAnotherSubscriber' })
  })
})

describe('linking an account', () => {
  const linkedBy = (number: string, proof: object, provider = 'enser', portalUserId?: number) =>
    (async () => desk.api.portalUsers.linkAccount({ ...command(provider), portalUserId: portalUserId ?? (await ownUser(provider)).id, number, proof: proof as { by: 'own' } }))()
  const failure = async (number: string, proof: object, provider = 'enser') => failureOf(desk, 'portalUsers.linkAccount', { ...command(provider), portalUserId: (await ownUser(provider)).id, number, proof })

  test('of one’s own needs no proof, whatever way the number is written', async () => {
    await portal.account('enser', 'А-012345', 'А-770001', '770001')
    expect(await linkedBy('а 770 001', { by: 'own' })).toEqual({ linked: true, attemptsLeft: 5 })
    expect(numbersOf(await ownUser('enser'))).toEqual(['А-012345', 'А-770001'])
    expect(await failure('770001', { by: 'own' })).toMatchObject({ code: 'conflict', reason: 'alreadyLinked' })
    expect(await failure('012305', { by: 'own' })).toMatchObject({ code: 'forbidden', reason: 'accountOfAnotherSubscriber' })
  })

  test('of another person by the surname it is registered to; both are told, and the owner’s card shows the cabinet', async () => {
    await office.owner.raw(`insert into subscriber_contact (subscriber_id, kind, value, key, state, is_current) select subscriber_id, 'email', 'f@example.org', 'f@example.org', 'unconfirmed', true from account where number = '012305'`)
    expect(await linkedBy('012305', { by: 'surname', surname: ' елкин ' })).toEqual({ linked: true, attemptsLeft: 5 })
    expect((await portal.letters('accessChanged')).map(({ recipient, params }) => [recipient, params?.['what']]).filter(([to]) => to?.includes('@'))).toEqual([
      ['maria.sokolova@example.org', 'accountLinked'],
      ['f@example.org', 'accountLinked'],
    ])
    const fyodor = await openVisit(desk, cast.fyodor)
    const [shown] = (await list('enser', fyodor)).users
    expect(shown).toMatchObject({ isOwn: false, links: [{ number: '012305', isOwn: true }] })
    await desk.api.portalUsers.unlinkAccount({ ...command('enser', fyodor), portalUserId: shown!.id, linkedAccountId: fyodor.account('enser').id })
    expect((await list('enser', fyodor)).users).toEqual([])
    expect(numbersOf(await ownUser('enser'))).toEqual(['А-012345'])
  })

  test('says the same whatever was wrong, and five wrong answers are all there are in a day', async () => {
    const wrong = [['012305', 'Волков'], ['999999', 'Ёлкин'], ['012305', 'Ё'.repeat(2)], ['012305', 'Ёлки'], ['012305', 'Соколова']] as const
    const left: number[] = []
    for (const [number, surname] of wrong) {
      const answer = await linkedBy(number, { by: 'surname', surname })
      expect(answer.linked).toBe(false)
      left.push(answer.attemptsLeft)
    }
    expect(left).toEqual([4, 3, 2, 1, 0])
    expect(await failure('012305', { by: 'surname', surname: 'Ёлкин' })).toMatchObject({ code: 'forbidden', reason: 'linkAttemptsExceeded' })
    // Neither the number nor the surname that were tried stay anywhere.
    const kept = await portal.everything()
    expect(kept).not.toMatch(/Волков|999999/)
  })

  test('by the password of that account’s own cabinet, compared where the hash is', async () => {
    const theirs = await portal.user('enser', '012305', ['012305'])
    await portal.password(theirs, 'знает-только-фёдор')
    expect(await linkedBy('012305', { by: 'password', password: 'не-тот-пароль' })).toEqual({ linked: false, attemptsLeft: 4 })
    expect(await linkedBy('012305', { by: 'password', password: 'знает-только-фёдор' })).toEqual({ linked: true, attemptsLeft: 4 })
    expect(await portal.everything()).not.toMatch(/знает-только-фёдор|не-тот-пароль/)
    // The hash of a password that was tried is as good as the password to whoever may call the function again.
    expect(await portal.one<number>(`select count(*)::int as value from operation where concat(details::text, result::text) like '%argon2%'`)).toBe(0)
  })

  test('by a password that has ended, or of an account without a cabinet, does not agree', async () => {
    expect(await linkedBy('012305', { by: 'password', password: 'какой-нибудь' })).toEqual({ linked: false, attemptsLeft: 4 })
    const theirs = await portal.user('enser', '012305', ['012305'])
    await portal.password(theirs, 'знает-только-фёдор')
    await office.owner.raw(`update portal_credential set expires_at = now() - interval '1 minute' where portal_user_id = ?`, [theirs])
    expect(await linkedBy('012305', { by: 'password', password: 'знает-только-фёдор' })).toEqual({ linked: false, attemptsLeft: 3 })
  })

  test('takes only the proofs of that provider’s portal: Смородина the number alone, ЭнСер never', async () => {
    expect(await failure('04012309', { by: 'surname', surname: 'Черных' }, 'smorodina')).toMatchObject({ code: 'conflict', reason: 'proofNotOffered' })
    expect(await failure('012305', { by: 'number' })).toMatchObject({ code: 'conflict', reason: 'proofNotOffered' })
    expect(await linkedBy('04012309', { by: 'number' }, 'smorodina')).toMatchObject({ linked: true })
    expect((await portal.letters('accessChanged')).map(({ recipient }) => recipient)).toContain('zoya.chernykh@example.com')
  })

  test('never to a stranger’s cabinet, to one of another provider, to a blocked one; never of a closed account', async () => {
    const stranger = await portal.user('smorodina', strangersEmail(), ['04012345', '04012309'])
    const into = (portalUserId: number, provider: string, number: string) => failureOf(desk, 'portalUsers.linkAccount', { ...command(provider), portalUserId, number, proof: { by: 'own' } })
    expect(await into(stranger, 'smorodina', '04012345')).toMatchObject({ code: 'forbidden', reason: 'portalUserOfAnother' })
    expect(await into((await ownUser('enicom')).id, 'smorodina', '04012345')).toMatchObject({ code: 'notFound', reason: 'portalUser' })
    const closed = await portal.account('enser', 'А-012345', 'А-770002', '770002')
    await office.owner.raw(`update account set status = 'closed' where id = ?`, [closed])
    expect(await failure('770002', { by: 'own' })).toMatchObject({ reason: 'accountClosed' })
    await desk.api.portalUsers.block({ ...command('enser'), portalUserId: (await ownUser('enser')).id, reason: 'asked', comment: null })
    expect(await failure('770002', { by: 'own' })).toMatchObject({ reason: 'portalUserBlocked' })
  })

  test('is taken back by its inverse; what has not gone out yet is not told any more', async () => {
    const done = command('smorodina')
    await desk.api.portalUsers.linkAccount({ ...done, portalUserId: (await ownUser('smorodina')).id, number: '04012309', proof: { by: 'number' } })
    await desk.api.visits.undo({ operationId: operation(), target: done.operationId })
    expect(numbersOf(await ownUser('smorodina'))).toEqual(['04012345'])
    expect(new Set((await portal.letters('accessChanged')).map(({ state }) => state))).toEqual(new Set(['expired']))
    expect(await failureOf(desk, 'visits.undo', { operationId: operation(), target: done.operationId })).toMatchObject({ reason: 'alreadyUndone' })
  })

  test('under the same operation id happens once', async () => {
    await portal.account('enser', 'А-012345', 'А-770003', '770003')
    const request = { ...command('enser'), portalUserId: (await ownUser('enser')).id, number: '770003', proof: { by: 'own' as const } }
    expect(await desk.api.portalUsers.linkAccount(request)).toEqual(await desk.api.portalUsers.linkAccount(request))
    expect(await portal.one<number>(`select count(*)::int as value from portal_account_link l join account a on a.id = l.account_id where a.number = 'А-770003'`)).toBe(1)
  })
})

describe('unlinking', () => {
  test('an account whose number is the login stays: the cabinet is its own', async () => {
    const { id } = await ownUser('enser')
    expect(await failureOf(desk, 'portalUsers.unlinkAccount', { ...command('enser'), portalUserId: id, linkedAccountId: maria.account('enser').id })).toMatchObject({ code: 'conflict', reason: 'ownAccountLink' })
  })

  test('takes the visitor’s account out of a stranger’s cabinet, but not the stranger’s own', async () => {
    const stranger = await portal.user('smorodina', strangersEmail(), ['04012345', '04012309'])
    const theirs = await portal.accountId('smorodina', '04012309')
    expect(await failureOf(desk, 'portalUsers.unlinkAccount', { ...command('smorodina'), portalUserId: stranger, linkedAccountId: theirs })).toMatchObject({ code: 'forbidden', reason: 'portalUserOfAnother' })
    const done = command('smorodina')
    await desk.api.portalUsers.unlinkAccount({ ...done, portalUserId: stranger, linkedAccountId: maria.account('smorodina').id })
    expect((await list('smorodina')).users.map(({ id }) => id)).not.toContain(stranger)
    await desk.api.visits.undo({ operationId: operation(), target: done.operationId })
    expect((await list('smorodina')).users.map(({ id }) => id)).toContain(stranger)
  })

  test('a link with Госуслуги ends for good: the subscriber is told, nobody can take it back, the second desk learns who was quicker', async () => {
    const { esiaLinks } = await ownUser('enicom')
    const done = command('enicom')
    await desk.api.portalUsers.unlinkEsia({ ...done, esiaLinkId: esiaLinks[0]!.id })
    expect((await ownUser('enicom')).esiaLinks).toEqual([])
    expect(await portal.letters('accessChanged')).toMatchObject([{ recipient: 'maria.sokolova@example.org', params: { what: 'esiaUnlinked' } }])
    expect(await failureOf(desk, 'visits.undo', { operationId: operation(), target: done.operationId })).toMatchObject({ reason: 'cannotBeUndone' })
    const second = await office.desk('second')
    const there = await openVisit(second, cast.maria)
    expect(await failureOf(second, 'portalUsers.unlinkEsia', { ...command('enicom', there), esiaLinkId: esiaLinks[0]!.id })).toMatchObject({ code: 'conflict', reason: 'changedByAnotherDesk', details: { kind: 'portalUsers.unlinkEsia' } })
    const { timeline } = await desk.api.desk.card({ subscriberId: maria.card.subscriber.id })
    expect(timeline.find(({ kind }) => kind === 'portalUsers.unlinkEsia')).toMatchObject({ group: 'portal', canUndo: false, details: { account: '0045612', name: 'С***а М. И.' } })
  })

  test('another person’s link with Госуслуги is nobody’s business here', async () => {
    const samir = await portal.one<number>(`select e.id::int as value from esia_link e join account a on a.id = e.account_id where a.number = '0045708'`)
    expect(await failureOf(desk, 'portalUsers.unlinkEsia', { ...command('enicom'), esiaLinkId: samir })).toMatchObject({ code: 'forbidden', reason: 'portalUserOfAnother' })
  })
})

describe('blocking', () => {
  test('closes the portal and keeps the password; lifting the block opens it with the same one', async () => {
    const { id } = await ownUser('enser')
    await portal.password(id, 'own-choice-77')
    await desk.api.portalUsers.block({ ...command('enser'), portalUserId: id, reason: 'compromised', comment: 'Звонили мошенники' })
    expect(await portal.access(id)).toBe('blocked')
    expect(await ownUser('enser')).toMatchObject({ access: 'blocked', credential: { memoNumber: null }, block: { reason: 'compromised', comment: 'Звонили мошенники' } })
    expect(await desk.api.portalAccess.impact(target('enser'))).toMatchObject({ refusal: 'portalUserBlocked' })
    await desk.api.portalUsers.unblock({ ...command('enser'), portalUserId: id, reason: 'restored' })
    expect(await portal.access(id)).toBe('open')
    expect(await ownUser('enser')).toMatchObject({ access: 'open', block: null, credential: { memoNumber: null } })
    expect((await portal.letters('accessChanged')).filter(({ channel }) => channel === 'email').map(({ params }) => params?.['what'])).toEqual(['blocked', 'unblocked'])
  })

  test('wants a reason, «other» in words; a comment is not in the history, it may be personal', async () => {
    const { id } = await ownUser('enser')
    expect(await failureOf(desk, 'portalUsers.block', { ...command('enser'), portalUserId: id, reason: 'other', comment: '  ' })).toMatchObject({ code: 'invalidInput', reason: 'blockReason' })
    const done = command('enser')
    await desk.api.portalUsers.block({ ...done, portalUserId: id, reason: 'other', comment: 'Со слов сестры' })
    expect(await portal.everything()).not.toContain('Со слов сестры')
    await desk.api.visits.undo({ operationId: operation(), target: done.operationId })
    expect(await portal.access(id)).toBe('open')
  })

  test('twice is a conflict that names the first; of a stranger’s cabinet it is refused', async () => {
    const { id } = await ownUser('enser')
    await desk.api.portalUsers.block({ ...command('enser'), portalUserId: id, reason: 'asked', comment: null })
    expect(await failureOf(desk, 'portalUsers.block', { ...command('enser'), portalUserId: id, reason: 'asked', comment: null })).toMatchObject({ reason: 'changedByAnotherDesk', details: { kind: 'portalUsers.block' } })
    const stranger = await portal.user('smorodina', strangersEmail(), ['04012345', '04012309'])
    expect(await failureOf(desk, 'portalUsers.block', { ...command('smorodina'), portalUserId: stranger, reason: 'asked', comment: null })).toMatchObject({ reason: 'portalUserOfAnother' })
  })

  test('lifted soon after the contacts were changed, where the provider wants two people, leaves no password in force: a new one needs the approval', async () => {
    const { id } = await ownUser('enser')
    await portal.password(id, 'own-choice-77')
    await desk.api.portalUsers.block({ ...command('enser'), portalUserId: id, reason: 'asked', comment: null })
    await office.owner.raw(`create or replace function contact_changed_recently(p_subscriber_id bigint, p_hours int default 24) returns boolean language sql return p_hours = 24`)
    const inForce = async () => (await office.owner('portal_credential').where({ portal_user_id: id, revoked_at: null })).length
    expect(await inForce()).toBe(1)
    await desk.api.portalUsers.unblock({ ...command('enser'), portalUserId: id, reason: 'restored' })
    expect(await portal.access(id)).toBe('open')
    expect(await inForce()).toBe(0)
  })
})

test('access ends with the last contract where the provider says so, and stays for debtors and where it does not', async () => {
  const ends = await portal.userOf('is-telecom', '10012314')
  const stays = await portal.userOf('tctr', '14003511')
  expect([await portal.access(ends), await portal.access(stays)]).toEqual(['open', 'open'])
  const status = (number: string, value: string) => office.owner.raw('update account set status = ? where number = ?', [value, number])
  await status('300012314', 'suspended')
  expect(await portal.access(ends)).toBe('open')
  await status('300012314', 'closed')
  await status('14003511', 'closed')
  expect([await portal.access(ends), await portal.access(stays)]).toEqual(['ended', 'open'])
})

describe('registering', () => {
  test('by the account number: at once, the password is issued next', async () => {
    const fyodor = await openVisit(desk, cast.fyodor)
    expect(await list('enser', fyodor)).toMatchObject({ users: [], registration: { login: '012305', ways: ['now'], refusal: null } })
    const { portalUserId } = await desk.api.portalUsers.register({ ...command('enser', fyodor), way: 'now' })
    expect(await ownUser('enser', fyodor)).toMatchObject({ id: portalUserId, login: '012305', credential: null, links: [{ number: '012305', isLogin: true }] })
    expect(await desk.api.portalAccess.impact(target('enser', fyodor))).toMatchObject({ portalUserId, refusal: null })
    expect(await failureOf(desk, 'portalUsers.register', { ...command('enser', fyodor), way: 'now' })).toMatchObject({ reason: 'portalUserExists' })
  })

  async function pyotr(state: 'confirmed' | 'unconfirmed') {
    await portal.forget('petr.ivanov@example.com')
    await (state === 'confirmed' ? portal.confirmEmail('petr.ivanov@example.com') : portal.doubtEmail('petr.ivanov@example.com'))
    return openVisit(desk, cast.pyotrYounger)
  }

  test('by a confirmed e-mail: at once', async () => {
    const visit = await pyotr('confirmed')
    await desk.api.portalUsers.register({ ...command('eis24', visit), way: 'now' })
    expect(await ownUser('eis24', visit)).toMatchObject({ login: 'p***@example.com', isOwn: true })
  })

  test('by an e-mail nobody has confirmed: a letter with a link, and the link makes the cabinet and proves the address', async () => {
    const visit = await pyotr('unconfirmed')
    expect((await list('eis24', visit)).registration).toEqual({ login: 'p***@example.com', ways: ['link'], refusal: null })
    expect(await failureOf(desk, 'portalUsers.register', { ...command('eis24', visit), way: 'now' })).toMatchObject({ reason: 'emailNotConfirmed' })
    await desk.api.portalUsers.register({ ...command('eis24', visit), way: 'link' })
    expect(await list('eis24', visit)).toMatchObject({ users: [], registrations: [{ kind: 'registration', state: 'waiting', recipient: { masked: 'p***@example.com' }, delivery: 'queued' }] })
    const [letter] = await portal.letters('registration')
    expect(letter).toMatchObject({ recipient: 'petr.ivanov@example.com', params: { login: 'petr.ivanov@example.com' } })
    const link = letter!.params!['link']!
    expect(link).toMatch(/^https:\/\/.+#g\.[A-Za-z0-9_-]{43}$/)
    expect(await portal.everything()).not.toContain(link.split('#')[1])

    expect(await portal.follow(link)).toMatchObject({ result: 'confirmed' })
    expect(await ownUser('eis24', visit)).toMatchObject({ login: 'p***@example.com' })
    expect(await portal.one(`select state as value from subscriber_contact where key = 'petr.ivanov@example.com' and is_current`)).toBe('confirmed')
    expect(await portal.follow(link)).toMatchObject({ result: 'unknown' })
  })

  test('under a login that is somebody’s is refused', async () => {
    const visit = await pyotr('unconfirmed')
    await portal.user('eis24', 'petr.ivanov@example.com', ['0701000104'])
    expect(await failureOf(desk, 'portalUsers.register', { ...command('eis24', visit), way: 'link' })).toMatchObject({ code: 'conflict', reason: 'portalLoginTaken' })
  })

  test('of a closed account, or by a link where the portal sends none, is refused', async () => {
    const lidia = await openVisit(desk, cast.lidia)
    expect(await failureOf(desk, 'portalUsers.register', { ...command('is-telecom', lidia), way: 'now' })).toMatchObject({ reason: 'accountClosed' })
    const semyon = await openVisit(desk, cast.semyon)
    await portal.profile('enser', '{portal,confirmUrl}', null)
    expect(await failureOf(desk, 'portalUsers.register', { ...command('enser', semyon), way: 'link' })).toMatchObject({ reason: 'linkNotOffered' })
  })
})

describe('an operator with psql', () => {
  test('can call nothing that belongs to the portals or to other functions', async () => {
    const psql = await office.psql('first')
    const { id } = await ownUser('enser')
    for (const call of [
      `portal_user_access(null)`, `portal_sign_in_record(${id}, 'password', 'entered')`, `portal_pin_ask(${id})`, `portal_pin_check(${id}, '000000')`, `portal_registration_ask(1, 'x', 'x@example.org')`,
      `portal_registration_confirm('r.x')`, `portal_esia_link_add(${id}, 1, 'x')`, `portal_notice(gen_random_uuid(), 1, null, 'blocked')`, `portal_account_by_key(1, '012305')`, `portal_user_json(null, 1)`,
      `pin_request_json(null)`, `portal_user_subscriber(null)`, `undo_portal_users_block(null, null)`, `outbox_put(gen_random_uuid(), 'email', 'x@example.org', 'pin', '{}', 1)`,
    ]) {
      await expect(psql.query(`select ${call}`), call).rejects.toMatchObject({ code: '42501' })
    }
  })

  test('who takes a wrong guess back has used it up all the same', async () => {
    const psql = await office.psql('first')
    const { id } = await ownUser('enser')
    const guess = async () => {
      await psql.query('begin')
      try {
        return await psql.query('select portal_account_link_add($1, $2, $3, $4, $5, $6, $7)', [operation(), maria.visit.id, maria.account('enser').id, id, '012305', 'surname', 'Волков'])
      } finally {
        await psql.query('rollback')
      }
    }
    for (let index = 0; index < 30; index++) await guess()
    await expect(guess()).rejects.toMatchObject({ message: 'tooManyDocumentLookups' })
  })

  test('gets the recipe of a hash and never the hash', async () => {
    const theirs = await portal.user('enser', '012305', ['012305'])
    await portal.password(theirs, 'знает-только-фёдор')
    const psql = await office.psql('first')
    const { rows } = await psql.query('select portal_link_recipe($1, $2, $3, $4) as value', [maria.visit.id, maria.account('enser').id, (await ownUser('enser')).id, '012305'])
    const hash = await portal.one<string>('select password_hash as value from portal_credential where portal_user_id = ?', [theirs])
    expect(rows[0].value).toMatchObject({ recipe: { memory: 19_456, iterations: 2, parallelism: 1 } })
    expect(JSON.stringify(rows[0].value)).not.toContain(hash.split('$').at(-1))
  })
})
