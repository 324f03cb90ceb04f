import { verify } from '@node-rs/argon2'
import { existsSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cast } from '../../../../src/main/training'
import { textOf } from '../../../support/pdf/read-pdf'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'
import { openMailOffice, type MailOffice } from '../../outbox/mail-office'
import { gatewaySettings, startGateway } from '../../outbox/gateway'
import { auditedActions, credentialsOf, savedPassword } from './memo'

// A portal password in a letter or an SMS instead of on paper (product P1): sealed on its way, in force at once.

let office: TestOffice
let post: MailOffice
let desk: TestDesk
let target: { visitId: number; accountId: number }
let subscriberId: number
const address = 'maria.sokolova@example.org'

beforeEach(async () => {
  office = await openTestOffice()
  post = await openMailOffice(office)
  desk = await office.desk('first')
  const { visit, account } = await openVisit(desk, cast.maria)
  target = { visitId: visit.id, accountId: account('enser').id }
  subscriberId = visit.subscriberId
})
afterEach(async () => {
  await post.close()
  await office.close()
})

/** A sender of the office lives: it has shown the key that secrets are sealed to. */
const aSenderLives = async () => office.owner.raw('select outbox_sender_seen(?)', [(await post.keys.current()).publicKey])
const issue = (how: 'email' | 'sms' | 'save', operationId = operation()) => desk.api.portalAccess.reissuePassword({ operationId, ...target, output: { how } })
const refusal = (how: 'email' | 'sms') => failureOf(desk, 'portalAccess.reissuePassword', { operationId: operation(), ...target, output: { how } })
const letters = async () => (await office.owner('outbox_message').select().where('template', 'portalPassword').orderBy('id')) as { params: { sealed: object } | null; state: string; recipient: string; expires_at: Date }[]
const notices = async () => (await office.owner('outbox_message').select('channel', 'recipient').where('template', 'passwordIssued').orderBy('id')) as { channel: string; recipient: string }[]
const phoneIsConfirmed = () => office.owner.raw(`update subscriber_contact set state = 'confirmed', confirmed_at = now() - interval '1 year' where subscriber_id = ? and kind = 'phone' and is_current`, [subscriberId])

/** The password as the letter says it. */
const passwordIn = (text: string): string => /Пароль:?\s+(\S+)/i.exec(text)?.[1] ?? ''

describe('a password by e-mail', () => {
  test('opens the cabinet with what the letter says, and only a sender of the office could read it on its way', async () => {
    await aSenderLives()
    const issued = await issue('email')
    expect(issued).toMatchObject({ login: '012345', delivered: { how: 'sent', channel: 'email', to: 'm***@example.org' } })
    const [waiting] = await letters()
    expect(waiting).toMatchObject({ state: 'queued', recipient: address })
    expect(Object.keys(waiting!.params!.sealed)).toEqual([(await post.keys.current()).id])
    expect((waiting!.expires_at.getTime() - Date.now()) / 60_000).toBeCloseTo(60, 0)
    expect(await desk.api.portalAccess.letter(target)).toEqual({ letter: { channel: 'email', to: 'm***@example.org', state: 'queued', error: null } })

    await post.drain()
    const [letter] = post.mail.lettersTo(address)
    const password = passwordIn(letter!.text)
    expect(password).toHaveLength(12)
    const [stored] = await credentialsOf(office.owner, target.accountId)
    expect(await verify(stored!.password_hash, password)).toBe(true)
    expect(stored).toMatchObject({ memo_number: issued.memoNumber, one_time: true, revoked_at: null })
    expect(JSON.stringify(waiting)).not.toContain(password)
    // Nothing is left to be opened, not even by the sender.
    expect((await letters())[0]).toMatchObject({ state: 'sent', params: null })
    expect(await desk.api.portalAccess.impact(target)).toMatchObject({ letter: { state: 'sent', channel: 'email' } })
    expect(await auditedActions(office.owner, 'portalAccess.reissuePassword')).toMatchObject([{ delivered: 'email', to: 'm***@example.org' }])
    expect(existsSync(desk.saveTo.path!)).toBe(false)
  })

  test('is refused in words while no desk sends letters, and the old password works on', async () => {
    expect(await refusal('email')).toMatchObject({ code: 'conflict', reason: 'noSenderOfSecrets' })
    await aSenderLives()
    await office.owner.raw(`update outbox_sender_key set seen_at = now() - interval '5 minutes'`)
    expect(await refusal('email')).toMatchObject({ code: 'conflict', reason: 'noSenderOfSecrets' })
    expect(await credentialsOf(office.owner, target.accountId)).toEqual([])
    expect(await letters()).toEqual([])
  })

  test('goes to a confirmed main address and nowhere else', async () => {
    await aSenderLives()
    await office.owner.raw(`update subscriber_contact set state = 'unconfirmed' where subscriber_id = ? and kind = 'email' and is_current`, [subscriberId])
    expect(await desk.api.portalAccess.impact(target)).toMatchObject({ emailMasked: null })
    expect(await refusal('email')).toMatchObject({ code: 'conflict', reason: 'emailNotConfirmedForPassword' })
    expect(await refusal('sms')).toMatchObject({ reason: 'phoneNotConfirmedForPassword' })
    expect(await credentialsOf(office.owner, target.accountId)).toEqual([])
  })

  test('is not to be had where the provider hands passwords over on paper only', async () => {
    await aSenderLives()
    const { account } = await openVisit(desk, cast.maria)
    target = { ...target, accountId: account('smorodina').id }
    expect(await desk.api.portalAccess.impact(target)).toMatchObject({ deliverBy: ['paper'] })
    expect(await refusal('email')).toMatchObject({ code: 'conflict', reason: 'deliveryNotAllowed' })
  })

  test('is not to be had where the office has no mail server', async () => {
    await aSenderLives()
    await office.owner.raw('delete from mail_transport')
    await office.owner.raw('update office set is_training = false')
    expect(await desk.api.portalAccess.impact(target)).toMatchObject({ canSend: { email: false, sms: false } })
    expect(await refusal('email')).toMatchObject({ code: 'conflict', reason: 'deliveryNotSetUp' })
  })

  test('that could not be delivered is told on the card, and another one is issued', async () => {
    await aSenderLives()
    await issue('email')
    post.mail.rules.recipient = () => 550
    await post.drain()
    const card = await desk.api.desk.card({ subscriberId })
    expect(card.accounts.find(({ id }) => id === target.accountId)?.portalUser?.letter).toMatchObject({ state: 'failed', channel: 'email', to: 'm***@example.org' })
    expect(await desk.api.portalAccess.impact(target)).toMatchObject({ letter: { state: 'failed' } })

    await issue('save')
    expect(await desk.api.portalAccess.impact(target)).toMatchObject({ letter: null })
    const [first, second] = await credentialsOf(office.owner, target.accountId)
    expect(first!.revoked_at).not.toBeNull()
    expect(await verify(second!.password_hash, savedPassword(desk.saveTo.path!, 12))).toBe(true)
  })

  test('that waited for an hour leaves no more', async () => {
    await aSenderLives()
    await issue('email')
    await office.owner.raw(`update outbox_message set expires_at = now() - interval '1 second' where template = 'portalPassword'`)
    await post.drain()
    expect(post.mail.letters).toEqual([])
    expect((await letters())[0]).toMatchObject({ state: 'expired', params: null })
    expect(await desk.api.portalAccess.letter(target)).toMatchObject({ letter: { state: 'failed' } })
  })

  test('that has not left when another password is issued does not leave any more', async () => {
    await aSenderLives()
    await issue('email')
    await issue('save')
    await post.drain()
    expect(post.mail.lettersTo(address).map(({ text }) => passwordIn(text)).filter((found) => found.length === 12)).toEqual([])
    expect((await letters())[0]).toMatchObject({ state: 'cancelled', params: null })
  })

  test.each(['queued', 'sending', 'sent', 'failed', 'uncertain', 'expired', 'cancelled'])('is told on the card whatever has become of it (%s)', async (state) => {
    await aSenderLives()
    await issue('email')
    await office.owner.raw(`update outbox_message set state = ?, claim = case when ? = 'sending' then gen_random_uuid() end where template = 'portalPassword'`, [state, state])
    const told = ['queued', 'sending'].includes(state) ? 'queued' : state === 'sent' ? 'sent' : 'failed'
    expect((await desk.api.desk.card({ subscriberId })).accounts.find(({ id }) => id === target.accountId)?.portalUser?.letter?.state).toBe(told)
    expect(await desk.api.portalAccess.impact(target)).toMatchObject({ letter: { state: told } })
  })

  test('is made once by two presses', async () => {
    await aSenderLives()
    const operationId = operation()
    const results = await Promise.all([1, 2].map(() => desk.dispatch('portalAccess.reissuePassword', { operationId, ...target, output: { how: 'email' } })))
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await letters()).toHaveLength(1)
    expect(await credentialsOf(office.owner, target.accountId)).toHaveLength(1)
  })
})

test('a password by SMS goes to the confirmed phone and fits it', async () => {
  const gateway = await startGateway()
  try {
    const admin = await office.desk('admin')
    await admin.api.settings.saveSms({ gateway: gatewaySettings(gateway.port, {}), secret: 'gate-secret-1' })
    await aSenderLives()
    await phoneIsConfirmed()
    expect(await issue('sms')).toMatchObject({ delivered: { how: 'sent', channel: 'sms' } })
    await post.drain()
    const { to, text } = JSON.parse(gateway.requests[0]!.body) as { to: string; text: string }
    expect(to).toBe('+79431002030')
    const [stored] = await credentialsOf(office.owner, target.accountId)
    const words = text.split(/[\s,;:]+/).map((word) => word.replace(/[.]$/, ''))
    const fits = await Promise.all(words.filter((word) => word.length === 12).map((word) => verify(stored!.password_hash, word)))
    expect(fits).toContain(true)
  } finally {
    await gateway.close()
  }
})

describe('that a password was issued is told', () => {
  test('by e-mail and SMS when it went on paper', async () => {
    await phoneIsConfirmed()
    await issue('save')
    expect(await notices()).toEqual([{ channel: 'email', recipient: address }, { channel: 'sms', recipient: '+79431002030' }])
  })
  test('by another way than the password itself went, and to nobody who has not confirmed', async () => {
    await aSenderLives()
    await issue('email')
    expect(await notices()).toEqual([])
    await phoneIsConfirmed()
    await issue('email')
    expect(await notices()).toEqual([{ channel: 'sms', recipient: '+79431002030' }])
  })
})

test('the office’s receipt names the sheet, who came and where it went, without the password, and may be printed again', async () => {
  await aSenderLives()
  expect(await failureOf(desk, 'portalAccess.receipt', { operationId: operation(), ...target, output: { how: 'save' } })).toMatchObject({ code: 'conflict', reason: 'noMemoInVisit' })
  const { memoNumber } = await issue('email')
  await post.drain()
  const password = passwordIn(post.mail.letters[0]!.text)
  for (let time = 0; time < 2; time++) {
    expect(await desk.api.portalAccess.receipt({ operationId: operation(), ...target, output: { how: 'save' } })).toMatchObject({ fileName: 'saved.pdf' })
    const text = textOf(readFileSync(desk.saveTo.path!))
    expect(text).toContain(memoNumber)
    expect(text).toContain('Соколова Мария Игоревна')
    expect(text).toContain('m***@example.org')
    expect(text.replace(/\s/g, '')).not.toContain(password)
  }
})

describe('with psql an operator', () => {
  test('gets no password sent to an address of their own, and none without a seal', async () => {
    await aSenderLives()
    const psql = await office.psql('first')
    const hash = '$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$DzXHYN+zMg6rVA23MORry/q2HLHOizVSgDq5E6TwiTs'
    const call = (delivered: string, sealed: string | null) => psql.query('select portal_password_issue($1, $2, $3, $4, $5, $6)', [operation(), target.visitId, target.accountId, hash, delivered, sealed])
    await expect(call('email', null)).rejects.toMatchObject({ code: 'OK400', message: 'sealedPassword' })
    await expect(call('email', '{}')).rejects.toMatchObject({ code: 'OK400', message: 'sealedPassword' })
    await expect(call('save', '{"x": "y"}')).rejects.toMatchObject({ code: 'OK400', message: 'sealedPassword' })
    await expect(psql.query(`select outbox_put(gen_random_uuid(), 'email', 'thief@example.org', 'portalPassword', '{}', null)`)).rejects.toMatchObject({ code: '42501' })
    await expect(psql.query('select credential_issue(null, $1, null, null)', [hash])).rejects.toMatchObject({ code: '42501' })
    await expect(psql.query('select confirmed_contact(1, $1)', ['email'])).rejects.toMatchObject({ code: '42501' })
    expect(await credentialsOf(office.owner, target.accountId)).toEqual([])
  })
})
