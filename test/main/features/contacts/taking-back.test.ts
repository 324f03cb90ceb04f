import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cast } from '../../../../src/main/training'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf } from '../../../support/visit'
import { contactsAtDesk, followLink, timePasses } from './contacts-at-desk'

let office: TestOffice
let desk: TestDesk
let maria: Awaited<ReturnType<typeof contactsAtDesk>>

beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
  maria = await contactsAtDesk(office, desk, cast.maria)
})
afterEach(() => office.close())

const failure = (code: string, reason: string, details?: object) => ({ failure: { code, reason, ...(details && { details }) } })
const thief = 'thief@post.example'
const loginsOfMaria = async () => {
  const { rows } = await office.owner.raw(`select u.login from portal_user u join portal_account_link l on l.portal_user_id = u.id join account a on a.id = l.account_id
    where a.subscriber_id = ? and u.login like '%@%'`, [maria.visit.subscriberId])
  return rows.map(({ login }: { login: string }) => login)
}
/** A password on paper for her internet contract, whose provider asks for no approval. */
async function newPassword() {
  const account = (await maria.card()).accounts.find(({ provider }) => provider.code === 'enicom')!
  return desk.api.portalAccess.reissuePassword({ operationId: operation(), visitId: maria.visit.id, accountId: account.id, output: { how: 'save' } })
}
const passwordsInForce = async () => {
  const { rows } = await office.owner.raw(`select c.memo_number as memo from portal_credential c join operation o on o.id = c.operation_id where o.subscriber_id = ? and c.revoked_at is null`, [maria.visit.subscriberId])
  return rows.map(({ memo }: { memo: string }) => memo)
}

describe('a confirmed change', () => {
  test('is told with a link to the old address and to the phone, and the login of the cabinet follows', async () => {
    expect(await loginsOfMaria()).toEqual([cast.maria.email])
    await maria.changed({ value: thief })
    expect(await loginsOfMaria()).toEqual([thief])
    const [letter, sms, ...more] = await maria.messages('contactChanged')
    expect(more).toEqual([])
    expect(letter).toMatchObject({ channel: 'email', recipient: cast.maria.email, params: { kind: 'email', to: 't***@post.example', hours: 24, revertLink: expect.stringMatching(/^https:\/\/rm-enser\.ru\/confirm#r\.[A-Za-z0-9_-]{43}$/) } })
    // A link has no place in an SMS of seventy letters; it says whom to call.
    expect(sms).toMatchObject({ channel: 'sms', recipient: '+79431002030', params: { revertLink: '' } })
    const [confirmed] = (await maria.card()).timeline
    expect(confirmed).toMatchObject({ kind: 'contacts.confirmEmail', details: { from: 'm***@example.org', to: 't***@post.example', logins: 1 } })
  })

  test('does not take the login of a cabinet that others’ accounts hang on, and is refused while another cabinet has the new one', async () => {
    await office.owner.raw(`insert into portal_account_link (portal_user_id, account_id)
      select u.id, a.id from portal_user u, account a where u.login = ? and a.number = '04012309'`, [cast.maria.email])
    await maria.changed({ value: 'shared@home.example' })
    expect(await loginsOfMaria()).toEqual([cast.maria.email])

    const pyotr = await contactsAtDesk(office, desk, cast.pyotrYounger)
    await expect(pyotr.change({ value: cast.alyona.email })).rejects.toMatchObject(failure('conflict', 'emailIsAnotherLogin', { portalName: expect.any(String) }))
  })

  test('is refused at the code as well, when the login was taken while it was on its way', async () => {
    const { confirmation } = await maria.change({ value: thief })
    const code = await maria.code()
    await office.owner.raw(`insert into portal_user (provider_id, login) select id, ? from provider where code = 'smorodina'`, [thief])
    await expect(maria.confirm(confirmation!.id, code)).rejects.toMatchObject(failure('conflict', 'emailIsAnotherLogin'))
    expect(await maria.list()).toEqual(['m***@example.org main confirmed', 't***@post.example main awaiting'])
  })

  test('by a register leaves the login as it is', async () => {
    await office.owner.raw(`update subscriber_contact set state = 'replaced', is_current = false where subscriber_id = ? and kind = 'email'`, [maria.visit.subscriberId])
    await office.owner.raw(`insert into subscriber_contact (subscriber_id, kind, value, key, state, is_current) values (?, 'email', 'r@new.example', 'r@new.example', 'unconfirmed', true)`, [maria.visit.subscriberId])
    expect(await loginsOfMaria()).toEqual([cast.maria.email])
  })
})

describe('taken back from the card', () => {
  test('within a day, also what a colleague did: the old address is in force, the login is back, passwords issued since are worth nothing, everybody is told', async () => {
    const { contactId } = await maria.changed({ value: thief })
    const { memoNumber } = await newPassword()
    expect(await passwordsInForce()).toEqual([memoNumber])

    const other = await office.desk('second')
    const theirs = await contactsAtDesk(office, other, cast.maria)
    const now = (await theirs.main())!
    expect(now).toMatchObject({ id: contactId, revertUntil: expect.any(String) })
    expect(await theirs.revert(now.id)).toEqual({ restored: 'm***@example.org', passwordsRevoked: 1, loginsChanged: 1 })
    expect(await theirs.list()).toEqual(['m***@example.org main confirmed'])
    expect(await loginsOfMaria()).toEqual([cast.maria.email])
    expect(await passwordsInForce()).toEqual([])
    expect((await maria.messages('contactReverted')).map(({ channel, recipient, params }) => [channel, recipient, params['to']])).toEqual([
      ['email', cast.maria.email, 'm***@example.org'], ['email', thief, 'm***@example.org'], ['sms', '+79431002030', 'm***@example.org'],
    ])
    const [reverted, revoked] = (await theirs.card()).timeline.filter(({ group }) => group === 'contacts')
    expect(reverted).toMatchObject({ kind: 'contacts.revertEmail', staffName: staff.second.fullName, details: { from: 't***@post.example', to: 'm***@example.org', passwords: 1, logins: 1 } })
    expect(revoked).toMatchObject({ kind: 'contacts.revokePassword', staffName: staff.second.fullName, details: { memoNumber } })
    // It counts as a change of contacts itself.
    expect(await desk.api.portalAccess.impact({ visitId: maria.visit.id, accountId: (await maria.card()).accounts[0]!.id })).toMatchObject({ recentContactChange: true })
  })

  test('stops the PIN and the letters that went to the address in between', async () => {
    const { contactId } = await maria.changed({ value: thief })
    const account = (await maria.card()).accounts.find(({ provider }) => provider.code === 'smorodina')!
    const asked = await desk.api.portalRequests.askPin({ operationId: operation(), visitId: maria.visit.id, accountId: account.id, portalUserId: account.portalUser!.id })
    const senior = await office.desk('senior')
    await senior.api.portalRequests.issuePin({ operationId: operation(), requestId: asked.id, version: asked.version, visitId: null })
    expect((await maria.messages('pin')).map(({ recipient }) => recipient)).toEqual([thief])
    await maria.revert(contactId)
    const { rows } = await office.owner.raw('select state, pin_hash from portal_pin_request where id = ?', [asked.id])
    expect(rows).toEqual([{ state: 'expired', pin_hash: null }])
    expect(await maria.messages('pin')).toEqual([])
    expect((await maria.card()).timeline.find(({ kind }) => kind === 'contacts.revertEmail')).toMatchObject({ details: { pins: 1 } })
  })

  test('leaves the password alone that was issued before the change', async () => {
    const { memoNumber } = await newPassword()
    const { contactId } = await maria.changed({ value: thief })
    expect(await maria.revert(contactId)).toMatchObject({ passwordsRevoked: 0 })
    expect(await passwordsInForce()).toEqual([memoNumber])
  })

  test('is too late after the hours of the strictest provider, for the program and for psql', async () => {
    const { contactId } = await maria.changed({ value: thief })
    await timePasses(office, '24 hours')
    await expect(maria.revert(contactId)).rejects.toMatchObject(failure('conflict', 'revertTooLate'))
    expect((await maria.main())!.revertUntil).toBeNull()
    const psql = await office.psql('first')
    await expect(psql.query('select contact_revert($1, $2, $3, $4)', [operation(), maria.visit.id, contactId, await maria.version()])).rejects.toMatchObject({ message: 'revertTooLate' })
    await expect(psql.query(`select contact_take_back(null, null, gen_random_uuid(), '{}', null)`)).rejects.toMatchObject({ code: '42501' })
  })

  test('the hours are the longest of the providers', async () => {
    await office.owner.raw(`update provider set profile = jsonb_set(profile, '{safety,revertHours}', '72') where code = 'enicom'`)
    const { contactId } = await maria.changed({ value: thief })
    await timePasses(office, '71 hours')
    await expect(maria.revert(contactId)).resolves.toMatchObject({ restored: 'm***@example.org' })
  })

  test('is refused after a further change, which is taken back first', async () => {
    const first = await maria.changed({ value: 'first@post.example' })
    const second = await maria.changed({ value: 'second@post.example' })
    await expect(maria.revert(first.contactId)).rejects.toMatchObject(failure('conflict', 'changedSince'))
    await maria.revert(second.contactId)
    await expect(maria.revert(second.contactId)).rejects.toMatchObject(failure('conflict', 'changedSince'))
    await maria.revert(first.contactId)
    expect(await maria.list()).toEqual(['m***@example.org main confirmed'])
    expect(await loginsOfMaria()).toEqual([cast.maria.email])
  })

  test('is refused for what no change has brought, without an identified visitor, and of a card that is older', async () => {
    await expect(maria.revert((await maria.main())!.id)).rejects.toMatchObject(failure('conflict', 'nothingToRevert'))
    const seen = await maria.version()
    const { contactId } = await maria.changed({ value: thief })
    expect(await failureOf(desk, 'contacts.revert', { operationId: operation(), visitId: maria.visit.id, contactId, version: seen })).toMatchObject({ reason: 'changedByAnotherDesk' })
    const other = await office.desk('second')
    const { hits } = await other.api.desk.search({ text: cast.maria.accounts[0]!.account })
    const { id } = await other.api.visits.open({ operationId: operation(), subscriberId: hits[0]!.subscriberId })
    expect(await failureOf(other, 'contacts.revert', { operationId: operation(), visitId: id, contactId, version: await maria.version() })).toMatchObject({ reason: 'notIdentified' })
  })

  test('sent twice it is done once', async () => {
    const { contactId } = await maria.changed({ value: thief })
    const form = { operationId: operation(), visitId: maria.visit.id, contactId, version: await maria.version() }
    const [first, second] = await Promise.all([desk.api.contacts.revert(form), desk.api.contacts.revert(form)])
    expect(second).toEqual(first)
    expect(await maria.messages('contactReverted')).toHaveLength(3)
  })
})

describe('by the link of the notice', () => {
  test('the owner of the old address takes the change back without anybody at the desk', async () => {
    await maria.changed({ value: thief })
    const { memoNumber } = await newPassword()
    const token = await maria.token('contactChanged')
    expect(await followLink(office, 'revert', token)).toEqual({ result: 'done', kind: 'email' })
    expect(await maria.list()).toEqual(['m***@example.org main confirmed'])
    expect(await loginsOfMaria()).toEqual([cast.maria.email])
    expect(await passwordsInForce()).toEqual([])
    const told = (await maria.card()).timeline.filter(({ group }) => group === 'contacts').slice(0, 2)
    expect(told).toMatchObject([{ kind: 'contacts.revertEmail', staffName: null, visitId: null, details: { passwords: 1, way: 'link' } }, { kind: 'contacts.revokePassword', staffName: null, details: { memoNumber } }])
    expect((await desk.api.contacts.history({ subscriberId: maria.visit.subscriberId })).entries[0]).toMatchObject({ what: 'reverted', how: 'link', staffName: null })
    // One use; and the answer is that of a token nobody has ever given out.
    const unknown = await followLink(office, 'revert', 'r.nobody-has-ever-given-this-out')
    expect(unknown).toEqual({ result: 'notValid' })
    expect(await followLink(office, 'revert', token)).toEqual(unknown)
    expect(await followLink(office, 'confirm', token)).toEqual(unknown)
  })

  test('is not good after its time', async () => {
    await maria.changed({ value: thief })
    const token = await maria.token('contactChanged')
    await timePasses(office, '24 hours')
    expect(await followLink(office, 'revert', token)).toEqual({ result: 'notValid' })
    expect(await maria.list()).toEqual(['t***@post.example main confirmed'])
  })

  test('a second change does not shake the owner off: its notice comes to the first address too, with a link that brings that one back', async () => {
    await maria.changed({ value: 'first@post.example' })
    const early = await maria.token('contactChanged')
    await maria.changed({ value: 'second@post.example' })
    const told = (await maria.messages('contactChanged')).filter(({ params }) => params['to'] === 's***@post.example')
    expect(told.map(({ recipient }) => recipient)).toEqual(['first@post.example', cast.maria.email, '+79431002030'])
    expect(await followLink(office, 'revert', early)).toEqual({ result: 'changedSince', kind: 'email' })
    const token = String(told.find(({ recipient }) => recipient === cast.maria.email)!.params['revertLink']).split('#')[1]!
    expect(await followLink(office, 'revert', token)).toEqual({ result: 'done', kind: 'email' })
    expect(await maria.list()).toEqual(['m***@example.org main confirmed'])
    expect(await loginsOfMaria()).toEqual([cast.maria.email])
  })

  test('who changes the phone first and the e-mail a minute later silences neither', async () => {
    await maria.changed({ kind: 'phone', value: '+79990000001' })
    await maria.changed({ value: thief })
    const told = (await maria.messages('contactChanged')).filter(({ params }) => params['kind'] === 'email')
    expect(told.map(({ recipient }) => recipient).sort()).toEqual(['+79431002030', '+79990000001', cast.maria.email].sort())
  })

  test('an address for notices is told as well, but its letter takes nothing back: anybody may have added it', async () => {
    await maria.changed({ value: 'family@home.example', purpose: 'notices' })
    await maria.change({ value: 'unconfirmed@home.example', purpose: 'notices', way: 'none' })
    await maria.changed({ value: thief })
    const told = await maria.messages('contactChanged')
    expect(told.map(({ recipient, params }) => [recipient, params['revertLink'] !== ''])).toEqual([['family@home.example', false], [cast.maria.email, true], ['+79431002030', false]])
  })

  test('a change of the phone is told to the e-mail with a link that takes that back', async () => {
    await maria.changed({ kind: 'phone', value: '+79990000001' })
    expect(await followLink(office, 'revert', await maria.token('contactChanged'))).toEqual({ result: 'done', kind: 'phone' })
    expect(await maria.list('phone')).toEqual(['+7 *** ***-**-30 main unconfirmed'])
  })

  test('two readers of two letters at the same moment: one takes it back, the other is told that it is done', async () => {
    await maria.changed({ kind: 'phone', value: '+79990000001' })
    const token = await maria.token('contactChanged')
    const answers = await Promise.all([followLink(office, 'revert', token), followLink(office, 'revert', token)])
    expect(answers.map(({ result }) => result).sort()).toEqual(['done', 'notValid'])
  })
})

describe('confirmed by a link', () => {
  const byLink = (value: string) => maria.change({ value, way: 'link' })

  test('also after the visit, by whoever reads the letter; the card waits and tells until when', async () => {
    const { confirmation } = await byLink('new@home.example')
    expect(confirmation).toMatchObject({ way: 'link', attemptsLeft: null })
    expect(Date.parse(confirmation!.expiresAt) - Date.now()).toBeGreaterThan(23 * 3_600_000)
    const token = await maria.token()
    expect(token).toMatch(/^c\.[A-Za-z0-9_-]{43}$/)
    await desk.api.visits.close({ operationId: operation(), visitId: maria.visit.id })

    const other = await office.desk('second')
    const later = await contactsAtDesk(office, other, cast.maria)
    expect(await later.list()).toEqual(['m***@example.org main confirmed', 'n***@home.example main awaiting'])
    expect((await later.card()).contacts.find(({ state }) => state === 'awaiting')!.awaiting).toMatchObject({ way: 'link', delivery: 'queued' })
    // Whoever has not typed it sees the mask, and no code is taken for it.
    const [seen] = (await other.api.contacts.pending({ visitId: later.visit.id })).confirmations
    expect(seen).toMatchObject({ id: confirmation!.id, value: 'n***@home.example' })
    await expect(later.confirm(seen!.id, '000000')).rejects.toMatchObject(failure('conflict', 'confirmedByLinkOnly'))

    expect(await followLink(office, 'confirm', token)).toEqual({ result: 'done', kind: 'email' })
    expect(await later.main()).toMatchObject({ masked: 'n***@home.example', state: 'confirmed', confirmedHow: 'link' })
    expect(await loginsOfMaria()).toEqual(['new@home.example'])
    expect((await later.messages('contactChanged')).map(({ recipient }) => recipient)).toContain(cast.maria.email)
    expect((await later.card()).timeline[0]).toMatchObject({ kind: 'contacts.confirmEmail', staffName: null, details: { way: 'link', confirmed: true } })
    expect(await followLink(office, 'confirm', token)).toEqual({ result: 'notValid' })
  })

  test('is sent again from the card after its time; then only the new one is good', async () => {
    await byLink('new@home.example')
    const early = await maria.token()
    await timePasses(office, '25 hours')
    expect(await followLink(office, 'confirm', early)).toEqual({ result: 'notValid' })
    const { awaiting } = (await maria.card()).contacts.find(({ state }) => state === 'awaiting')!
    expect(Date.parse(awaiting!.expiresAt)).toBeLessThan(Date.now())
    await desk.api.contacts.resend({ operationId: operation(), visitId: maria.visit.id, confirmationId: awaiting!.confirmationId })
    const fresh = await maria.token()
    expect(fresh).not.toBe(early)
    expect(await followLink(office, 'confirm', early)).toEqual({ result: 'notValid' })
    expect(await followLink(office, 'confirm', fresh)).toEqual({ result: 'done', kind: 'email' })
  })

  test('gives way to a code asked for at the desk', async () => {
    await byLink('new@home.example')
    const token = await maria.token()
    await timePasses(office, '31 seconds')
    await maria.changed({ value: 'new@home.example' })
    expect(await followLink(office, 'confirm', token)).toEqual({ result: 'notValid' })
    expect(await maria.list()).toEqual(['n***@home.example main confirmed'])
  })

  test('tells its reader when the address has become the login of another cabinet', async () => {
    await byLink(thief)
    await office.owner.raw(`insert into portal_user (provider_id, login) select id, ? from provider where code = 'smorodina'`, [thief])
    expect(await followLink(office, 'confirm', await maria.token())).toEqual({ result: 'emailIsAnotherLogin', kind: 'email' })
    expect(await maria.list()).toEqual(['m***@example.org main confirmed', 't***@post.example main awaiting'])
  })

  test('is the way of the provider with links and its minutes; where none has them it is not offered', async () => {
    const hai = await contactsAtDesk(office, desk, cast.samir)
    expect((await desk.api.contacts.pending({ visitId: hai.visit.id })).ways.email).toEqual(['emailCode'])
    await expect(hai.change({ value: 'samir@home.example', way: 'link' })).rejects.toMatchObject(failure('conflict', 'wayNotOffered', { way: 'link' }))
    const zhanna = await contactsAtDesk(office, desk, cast.zhanna)
    const { confirmation } = await zhanna.change({ value: 'zhanna@home.example', way: 'link' })
    expect(Math.round((Date.parse(confirmation!.expiresAt) - Date.now()) / 60_000)).toBe(30)
    expect((await zhanna.messages('contactLink'))[0]!.params).toMatchObject({ hours: 0.5, link: expect.stringMatching(/^https:\/\/cabinet\.tctr\.ru\/confirm#c\./) })
  })
})
