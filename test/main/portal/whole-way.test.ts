import { verify } from '@node-rs/argon2'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hashLike, hashPassword, type HashRecipe } from '../../../src/main/password-hash'
import { cast } from '../../../src/main/training'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../support/test-app'
import { openVisit } from '../../support/visit'
import { savedPassword } from '../features/portal-access/memo'
import { cabinets } from '../features/portal-users/cabinets'
import { openMailOffice, type MailOffice } from '../outbox/mail-office'
import { openPortal, type Credential, type EventPage, type Portal, type PortalUser } from './portal'

// The other side: a portal that knows nothing but docs/portal.md, and a subscriber who goes from the desk to it and back.

let office: TestOffice
let post: MailOffice
let desk: TestDesk
let portal: Portal
beforeEach(async () => {
  office = await openTestOffice()
  post = await openMailOffice(office)
  desk = await office.desk('first')
})
afterEach(async () => {
  await portal.close()
  await post.close()
  await office.close()
})

const marias = 'maria.sokolova@example.org'
const credential = (login: string) => portal.call<Credential>('lk_credential', login)
const kindsSince = async (cursor: string | null) => (await portal.call<EventPage>('lk_events', cursor)).events.map(({ kind }) => kind)
const refused = (message: string, code = 'OK409') => ({ code, message })
/** The token behind «#» of the link in the last letter to this address. */
function tokenTo(address: string): string {
  const letter = post.mail.lettersTo(address).at(-1)
  const token = /https:\/\/\S+#(\S+)/.exec(letter?.text ?? '')?.[1]
  if (!token) throw new Error(`no link in the last letter to ${address}`)
  return token
}

/** A memo printed at the desk; what stands on it. */
async function issued(provider: string, length: number): Promise<string> {
  const { visit, account } = await openVisit(desk, cast.maria)
  await desk.api.portalAccess.reissuePassword({ operationId: operation(), visitId: visit.id, accountId: account(provider).id, output: { how: 'save' } })
  return savedPassword(desk.saveTo.path!, length)
}

describe('a password', () => {
  test('issued at the desk lets its subscriber in, is changed there, and the memo then opens nothing', async () => {
    portal = await openPortal(office, 'enser')
    const { cursor } = await portal.call<EventPage>('lk_events', null, 2000)
    const password = await issued('enser', 12)
    const found = await credential('012345')
    expect(found).toMatchObject({ access: 'open', expired: false, mustChange: true, lockedUntil: null })
    expect(await verify(found.hash!, password.normalize('NFC'))).toBe(true)
    expect(await verify(found.hash!, 'something-else')).toBe(false)
    await portal.call('lk_sign_in', found.userId, 'password', 'entered')
    const chosen = await hashPassword('мой новый пароль')
    await portal.call('lk_change_password', found.userId, chosen)

    expect(await credential('012345')).toMatchObject({ hash: chosen, mustChange: false })
    expect(await portal.call<PortalUser>('lk_user', found.userId)).toMatchObject({ login: '012345', password: { chosenBy: 'subscriber', mustChange: false, expiresAt: null } })
    expect(await kindsSince(cursor)).toEqual(['passwordIssued', 'passwordEnded', 'passwordChosen'])
  })

  test('that has expired or was issued anew no longer does', async () => {
    portal = await openPortal(office, 'enser')
    const first = await issued('enser', 12)
    const { userId } = await credential('012345')
    await office.owner.raw(`update portal_credential set expires_at = now() - interval '1 second' where portal_user_id = ?`, [userId!])
    expect(await credential('012345')).toMatchObject({ expired: true })
    await expect(portal.call('lk_sign_in', userId, 'password', 'entered')).rejects.toMatchObject(refused('passwordExpired'))
    const [visit] = await desk.api.visits.mine({})
    const { accounts } = await portal.call<PortalUser>('lk_user', userId)
    await desk.api.portalAccess.reissuePassword({ operationId: operation(), visitId: visit!.id, accountId: accounts[0]!.accountId, output: { how: 'save' } })
    const now = await credential('012345')
    expect(now).toMatchObject({ expired: false })
    expect(await verify(now.hash!, first)).toBe(false)
  })

  test('that need not be changed loses its term at its first use', async () => {
    portal = await openPortal(office, 'enser')
    await issued('enser', 12)
    const { userId } = await credential('012345')
    await office.owner.raw('update portal_credential set one_time = false where portal_user_id = ?', [userId!])
    await portal.call('lk_sign_in', userId, 'password', 'entered')
    expect((await portal.call<PortalUser>('lk_user', userId)).password).toMatchObject({ expiresAt: null, mustChange: false })
  })

  test('guessed ten times shuts the door for a quarter of an hour, also for the right one; the desk sees the tries', async () => {
    portal = await openPortal(office, 'enser')
    await issued('enser', 12)
    const { userId } = await credential('012345')
    for (let n = 0; n < 9; n++) await portal.call('lk_sign_in', userId, 'password', 'wrongPassword')
    expect((await credential('012345')).hash).not.toBeNull()
    await portal.call('lk_sign_in', userId, 'password', 'wrongPassword')
    expect(await credential('012345')).toMatchObject({ hash: null, lockedUntil: expect.any(String) })
    await expect(portal.call('lk_sign_in', userId, 'password', 'entered')).rejects.toMatchObject(refused('signInLocked'))
    await portal.call('lk_sign_in', userId, 'esia', 'entered')
    expect((await credential('012345')).hash).not.toBeNull()
    const visit = (await desk.api.visits.mine({}))[0]!
    const card = await desk.api.desk.card({ subscriberId: visit.subscriberId })
    const { users } = await desk.api.portalUsers.list({ visitId: visit.id, accountId: card.accounts.find(({ provider }) => provider.code === 'enser')!.id })
    expect(users[0]!.signIns.slice(0, 2)).toMatchObject([{ channel: 'esia', outcome: 'entered' }, { channel: 'password', outcome: 'wrongPassword' }])
  })

  test('comes only as argon2id at the office’s cost or above', async () => {
    portal = await openPortal(office, 'enser')
    await issued('enser', 12)
    const { userId, hash } = await credential('012345')
    for (const [bad, reason] of [
      ['plain-text', 'hashMalformed'], [hash!.replace('argon2id', 'argon2i'), 'hashMalformed'], [hash!.replace('m=19456', 'm=4096'), 'hashTooWeak'], [hash!.replace('t=2', 't=1'), 'hashTooWeak'], [hash!.slice(0, -8), 'hashMalformed'],
    ] as const) {
      await expect(portal.call('lk_change_password', userId, bad), bad).rejects.toMatchObject(refused(reason, 'OK400'))
    }
    expect((await credential('012345')).hash).toBe(hash)
  })
})

test('a link from a real letter confirms the new address, the old one’s link takes it back', async () => {
  portal = await openPortal(office, 'smorodina')
  await cabinets(office).confirmEmail(marias)
  const { visit, card } = await openVisit(desk, cast.maria)
  await desk.api.contacts.change({ operationId: operation(), visitId: visit.id, kind: 'email', purpose: 'main', contactId: null, value: 'maria.new@example.org', way: 'link', version: card.subscriber.version })
  await post.drain()
  const token = tokenTo('maria.new@example.org')
  expect(await portal.call('lk_confirm_contact', 'c.guessed')).toEqual({ result: 'notValid' })
  expect(await portal.call('lk_confirm_contact', token)).toMatchObject({ result: 'done', kind: 'email' })
  expect(await portal.call('lk_confirm_contact', token)).toEqual({ result: 'notValid' })
  const main = async () => (await desk.api.desk.card({ subscriberId: visit.subscriberId })).contacts.find((contact) => contact.kind === 'email' && contact.purpose === 'main' && contact.isCurrent)
  expect(await main()).toMatchObject({ masked: 'm***@example.org', state: 'confirmed', confirmedHow: 'link' })
  const confirmed = (await main())!.id

  await post.drain()
  expect(await portal.call('lk_revert_contact', tokenTo(marias))).toMatchObject({ result: 'done', kind: 'email' })
  expect((await main())!.id).not.toBe(confirmed)
})

describe('a PIN', () => {
  test('asked for at the portal, issued at the desk, comes by letter and opens the full version', async () => {
    portal = await openPortal(office, 'smorodina')
    const arranged = cabinets(office)
    await arranged.empty()
    await arranged.confirmEmail(marias)
    const userId = await arranged.userOf('smorodina', marias)
    const { cursor } = await portal.call<EventPage>('lk_events', null, 2000)
    expect(await portal.call('lk_ask_pin', userId)).toMatchObject({ state: 'waiting' })

    const [request] = (await desk.api.portalRequests.list({})).requests
    await desk.api.portalRequests.issuePin({ operationId: operation(), requestId: request!.id, version: request!.version, visitId: null })
    await post.drain()
    const pin = /\b\d{6}\b/.exec(post.mail.lettersTo(marias).at(-1)!.text)![0]

    const wrong = pin.replace(/\d/, (digit) => String((Number(digit) + 1) % 10))
    expect(await portal.call('lk_check_pin', userId, wrong)).toEqual({ result: 'wrong', attemptsLeft: 4 })
    expect(await portal.call('lk_check_pin', userId, pin)).toMatchObject({ result: 'agrees' })
    expect(await portal.call('lk_check_pin', userId, pin)).toMatchObject({ result: 'none' })
    expect(await portal.call<PortalUser>('lk_user', userId)).toMatchObject({ fullVersion: true, pin: { state: 'used' } })
    expect(await portal.call('lk_ask_pin', userId)).toMatchObject({ state: 'notNeeded' })
    expect(await kindsSince(cursor)).toEqual(['pinIssued', 'pinUsed'])
  })
})

describe('a registration', () => {
  test('by the link of its letter makes the user, with the password chosen there', async () => {
    portal = await openPortal(office, 'smorodina')
    const { cursor } = await portal.call<EventPage>('lk_events', null, 2000)
    expect(await portal.call('lk_register', 'new.person@example.org', 'new.person@example.org')).toMatchObject({ result: 'letterSent' })
    expect(await credential('new.person@example.org')).toMatchObject({ userId: null, hash: null })
    await post.drain()
    const token = tokenTo('new.person@example.org')
    const hash = await hashPassword('свой пароль 1')
    const made = await portal.call<{ result: string; portalUserId: number }>('lk_confirm_registration', token, hash)
    expect(made).toMatchObject({ result: 'confirmed', login: 'new.person@example.org' })
    expect(await credential('new.person@example.org')).toMatchObject({ userId: made.portalUserId, hash, mustChange: false })
    expect(await kindsSince(cursor)).toContain('registered')
    expect(await portal.call('lk_register', 'new.person@example.org', 'new.person@example.org')).toMatchObject({ result: 'loginTaken' })
  })
})

describe('an account', () => {
  test('of somebody else is linked by the surname where the provider says so; five wrong ones are a day’s', async () => {
    portal = await openPortal(office, 'enser')
    await issued('enser', 12)
    const { userId } = await credential('012345')
    const arranged = cabinets(office)
    const other = await arranged.one<{ key: string; surname: string; id: number }>(
      `select jsonb_build_object('key', a.number_key, 'surname', s.last_name, 'id', a.id) as value from account a join provider p on p.id = a.provider_id join subscriber s on s.id = a.subscriber_id
       where p.code = 'enser' and s.kind <> 'organisation' and a.status = 'active' and a.number_key <> '012345' limit 1`,
    )
    expect(await portal.call('lk_link_account', userId, other.key, 'surname', 'Неверный')).toMatchObject({ linked: false, accountId: null, attemptsLeft: 4 })
    await expect(portal.call('lk_link_account', userId, other.key, 'number')).rejects.toMatchObject(refused('proofNotOffered'))
    expect(await portal.call('lk_link_account', userId, other.key, 'surname', ` ${other.surname.toUpperCase()} `)).toMatchObject({ linked: true, accountId: other.id })
    expect((await portal.call<PortalUser>('lk_user', userId)).accounts.map(({ accountId }) => accountId)).toContain(other.id)
    await portal.call('lk_unlink_account', userId, other.id)
    expect((await portal.call<PortalUser>('lk_user', userId)).accounts.map(({ accountId }) => accountId)).not.toContain(other.id)
    for (let n = 0; n < 4; n++) await portal.call('lk_link_account', userId, '000', 'surname', 'Кто-то')
    await expect(portal.call('lk_link_account', userId, other.key, 'surname', other.surname)).rejects.toMatchObject(refused('linkAttemptsExceeded', 'OK403'))
  })

  test('or by the password of its own cabinet, compared in the database', async () => {
    portal = await openPortal(office, 'enser')
    const password = await issued('enser', 12)
    const arranged = cabinets(office)
    const userId = await arranged.user('enser', '999001', [])
    const recipe = await portal.call<HashRecipe>('lk_link_recipe', userId, '012345')
    expect(Object.keys(recipe).sort()).toEqual(['iterations', 'memory', 'parallelism', 'salt'])
    expect(await portal.call('lk_link_account', userId, '012345', 'password', await hashLike('not-this-one', recipe))).toMatchObject({ linked: false })
    expect(await portal.call('lk_link_account', userId, '012345', 'password', await hashLike(password, recipe))).toMatchObject({ linked: true })
  })

  test('has its bills by e-mail from the next open period on, where there is a confirmed one', async () => {
    portal = await openPortal(office, 'enser')
    await issued('enser', 12)
    const { userId } = await credential('012345')
    const { accounts } = await portal.call<PortalUser>('lk_user', userId)
    const accountId = accounts[0]!.accountId
    await cabinets(office).doubtEmail(marias)
    await expect(portal.call('lk_choose_bill_delivery', userId, accountId, 'email')).rejects.toMatchObject(refused('consentNeedsEmail'))
    await cabinets(office).confirmEmail(marias)
    expect(await portal.call('lk_choose_bill_delivery', userId, accountId, 'email')).toMatchObject({ delivery: 'email', fromPeriod: expect.stringMatching(/^\d{4}-\d{2}$/) })
    expect((await office.owner('account').where({ id: accountId }).select('bill_delivery'))[0]).toEqual({ bill_delivery: 'email' })
  })
})

test('Госуслуги are linked to an account of the cabinet, seen at the desk, and undone there: the portal hears of it', async () => {
  portal = await openPortal(office, 'enser')
  await issued('enser', 12)
  const { userId } = await credential('012345')
  const { accounts } = await portal.call<PortalUser>('lk_user', userId)
  const { linkId } = await portal.call<{ linkId: number }>('lk_link_esia', userId, accounts[0]!.accountId, 'М***а С. И.')
  const { cursor } = await portal.call<EventPage>('lk_events', null, 2000)
  const visit = (await desk.api.visits.mine({}))[0]!
  await desk.api.portalUsers.unlinkEsia({ operationId: operation(), visitId: visit.id, accountId: accounts[0]!.accountId, esiaLinkId: linkId })
  expect((await portal.call<PortalUser>('lk_user', userId)).esiaLinks).toEqual([])
  expect((await portal.call<EventPage>('lk_events', cursor)).events).toMatchObject([{ kind: 'esiaUnlinked', userId, accountId: accounts[0]!.accountId }])
})

test('whoever is blocked at the desk is out at once, and the portal hears of it', async () => {
  portal = await openPortal(office, 'enser')
  await issued('enser', 12)
  const { userId } = await credential('012345')
  const { accounts } = await portal.call<PortalUser>('lk_user', userId)
  const { cursor } = await portal.call<EventPage>('lk_events', null, 2000)
  await portal.client.query('listen okno_portal')
  const heard = new Promise<string | undefined>((resolve) => portal.client.once('notification', ({ payload }) => resolve(payload)))
  const visit = (await desk.api.visits.mine({}))[0]!
  await desk.api.portalUsers.block({ operationId: operation(), visitId: visit.id, accountId: accounts[0]!.accountId, portalUserId: userId!, reason: 'compromised', comment: null })
  expect(await heard).toMatch(/^\d+$/)
  expect(await kindsSince(cursor)).toEqual(['blocked'])
  expect(await credential('012345')).toMatchObject({ access: 'blocked', hash: null })
  await expect(portal.call('lk_sign_in', userId, 'esia', 'entered')).rejects.toMatchObject(refused('portalUserBlocked'))
})
