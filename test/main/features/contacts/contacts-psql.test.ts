import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cast } from '../../../../src/main/training'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { identifiedVisitOf, visitOf } from '../visits/visit-of'
import { contactsAtDesk, timePasses } from './contacts-at-desk'

// What an operator who wants somebody's e-mail can do with psql and patience.

let office: TestOffice
let desk: TestDesk
let psql: pg.Client
let maria: Awaited<ReturnType<typeof contactsAtDesk>>

beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
  maria = await contactsAtDesk(office, desk, cast.maria)
  psql = await office.psql('first')
})
afterEach(() => office.close())

const thief = 'thief@post.example'
const noRight = { code: '42501' }
const ask = async (sql: string, values: unknown[] = []) => (await psql.query(sql, values)).rows[0]
const change = async (value: string, way = 'emailCode') =>
  (await ask('select contact_change($1, $2, $$email$$, $$main$$, null, $3, $4, $5) as answer', [operation(), maria.visit.id, value, way, await maria.version()])).answer

test.each([
  'select code_hash from contact_confirmation', 'select params from outbox_message', 'select token_hash from contact_revert_link', 'select contact_policy(1)', `select secret_token()`,
  `select portal_contact_confirm('c.x')`, `select portal_contact_revert('r.x')`, `select contact_take_force(null, 'codeAtDesk', gen_random_uuid(), '{}')`, `select contact_confirmed(null, 'link', gen_random_uuid(), '{}')`,
  `update contact_confirmation set expires_at = now() + interval '1 year', attempts_left = 1000000`, `update subscriber_contact set revert_until = 'infinity'`, `update contact_revert_link set used_at = null`,
  `select contact_operation_add(gen_random_uuid(), 'contacts.confirmEmail', null, 1, '{}')`, 'select contact_revoke_passwords(1, now(), null)', `select confirmation_begin(null, null, 'emailCode', gen_random_uuid(), '{}')`,
])('%s is not for an operator', async (sql) => {
  await expect(ask(sql)).rejects.toMatchObject(noRight)
})

describe('a code', () => {
  test('can’t be guessed by taking each wrong try back: tries are counted past the transaction', async () => {
    // One that agrees takes none of them away.
    await maria.changed({ value: 'new@home.example' })
    const { confirmation } = await change(thief)
    let told: string | undefined
    let tries = 0
    for (; tries < 61 && !told; tries++) {
      await psql.query('begin')
      const answer = await ask('select contact_confirm($1, $2, $3, $4) as answer', [operation(), maria.visit.id, confirmation.id, String(tries).padStart(6, '0')]).catch(({ message }: Error) => ({ answer: message }))
      await psql.query('rollback')
      if (typeof answer.answer === 'string') told = answer.answer
    }
    expect(told).toBe('tooManyGuesses')
    // Thirty of a minute; two minutes may have been touched.
    expect(tries).toBeGreaterThan(30)
    expect(tries).toBeLessThanOrEqual(61)
    expect(await maria.list()).toEqual(['n***@home.example main confirmed', 't***@post.example main awaiting'])
  })

  test('sent again and again in transactions that are taken back reaches nobody', async () => {
    const { confirmation } = await change(thief)
    const before = (await maria.messages()).length
    for (let n = 0; n < 3; n++) {
      await psql.query('begin')
      await expect(ask('select contact_resend($1, $2, $3)', [operation(), maria.visit.id, confirmation.id])).rejects.toMatchObject({ message: 'resendTooSoon' })
      await psql.query('rollback')
    }
    await timePasses(office, '31 seconds')
    await psql.query('begin')
    await ask('select contact_resend($1, $2, $3)', [operation(), maria.visit.id, confirmation.id])
    await psql.query('rollback')
    expect(await maria.messages()).toHaveLength(before)
  })

  test('begun anew is no way round the half minute and the number of letters', async () => {
    await change(thief)
    const { rows } = await psql.query('select contact_pending($1) as pending', [maria.visit.id])
    await ask('select contact_cancel($1, $2, $3)', [operation(), maria.visit.id, rows[0].pending.confirmations[0].id])
    await expect(change(thief)).rejects.toMatchObject({ message: 'resendTooSoon' })
    for (let n = 2; n <= 10; n++) {
      await timePasses(office, '31 seconds')
      await change(n % 2 ? thief : `${n}${thief}`)
    }
    await timePasses(office, '31 seconds')
    await expect(change(thief)).rejects.toMatchObject({ message: 'codesExceeded' })
    expect(await maria.messages('contactCode')).toHaveLength(1)
    await timePasses(office, '25 hours')
    await expect(change(thief)).resolves.toMatchObject({ confirmation: { way: 'emailCode' } })
  })

  test('of another visit, of another desk or of none confirms nothing', async () => {
    const { confirmation } = await maria.change({ value: 'new@home.example' })
    const code = await maria.code()
    const confirm = (visitId: number) => ask('select contact_confirm($1, $2, $3, $4) as answer', [operation(), visitId, confirmation!.id, code])
    const alyona = await identifiedVisitOf(desk, cast.alyona)
    await expect(confirm(alyona.id)).rejects.toMatchObject({ message: 'confirmation' })
    const other = await office.desk('second')
    const theirs = await identifiedVisitOf(other, cast.maria)
    await expect(confirm(theirs.id)).rejects.toMatchObject({ message: 'notYourVisit' })
    const strange = await office.psql('second')
    await expect(strange.query('select contact_confirm($1, $2, $3, $4)', [operation(), theirs.id, confirmation!.id, code])).rejects.toMatchObject({ message: 'confirmation' })
    await expect(ask('select contact_confirm($1, $2, $3, null) as answer', [operation(), maria.visit.id, confirmation!.id])).resolves.toMatchObject({ answer: { confirmed: false } })
  })
})

test('a visitor who has not been identified has nothing changed, asked, removed or taken back, whatever the function', async () => {
  const visit = await visitOf(desk, cast.zoya)
  const { contacts, subscriber } = await desk.api.desk.card({ subscriberId: visit.subscriberId })
  const contactId = contacts[0]!.id
  for (const [call, ...values] of [
    ['contact_check($1, $2, $3)', visit.id, 'email', thief], ['contact_pending($1)', visit.id], ['contact_change($1, $2, $$email$$, $$main$$, null, $3, $$emailCode$$, $4)', operation(), visit.id, thief, subscriber.version],
    ['contact_ask($1, $2, $3, $$emailCode$$)', operation(), visit.id, contactId], ['contact_remove($1, $2, $3, $4, true)', operation(), visit.id, contactId, subscriber.version],
    ['contact_revert($1, $2, $3, $4)', operation(), visit.id, contactId, subscriber.version],
  ] as [string, ...unknown[]][]) await expect(ask(`select ${call}`, values), call).rejects.toMatchObject({ message: 'notIdentified' })
})

test('whoever changes an address, has a password made and changes it back leaves every step with its owner, in the timeline and in the log', async () => {
  const { contactId } = await maria.changed({ value: thief })
  const account = (await maria.card()).accounts.find(({ provider }) => provider.code === 'enicom')!
  await desk.api.portalAccess.reissuePassword({ operationId: operation(), visitId: maria.visit.id, accountId: account.id, output: { how: 'save' } })
  const confirmed = (await maria.card()).timeline.find(({ kind }) => kind === 'contacts.confirmEmail')!
  await maria.undo(confirmed.operationId)
  expect((await maria.messages()).filter(({ recipient }) => recipient === cast.maria.email).map(({ template }) => template)).toEqual(expect.arrayContaining(['contactChanged', 'contactReverted']))
  expect((await maria.card()).timeline.slice(0, 4).map(({ kind }) => kind)).toEqual(['visits.undo', 'contacts.revertEmail', 'contacts.revokePassword', 'portalAccess.reissuePassword'])
  const { rows } = await office.owner.raw(`select details from audit_event where action = 'portalAccess.reissuePassword'`)
  expect(rows).toMatchObject([{ details: { afterContactChange: true } }])
  expect(await desk.api.portalAccess.impact({ visitId: maria.visit.id, accountId: account.id })).toMatchObject({ recentContactChange: true })
  await expect(maria.revert(contactId)).rejects.toMatchObject({ failure: { reason: 'changedSince' } })
})

describe('two desks at one card', () => {
  test('one changes the e-mail, the other the phone from the same card: the second is told who was quicker and what is now', async () => {
    const other = await office.desk('second')
    const theirs = await contactsAtDesk(office, other, cast.maria)
    const version = await maria.version()
    const both = await Promise.allSettled([
      desk.api.contacts.change({ operationId: operation(), visitId: maria.visit.id, kind: 'email', purpose: 'main', contactId: null, value: thief, way: 'emailCode', version }),
      other.api.contacts.change({ operationId: operation(), visitId: theirs.visit.id, kind: 'phone', purpose: 'main', contactId: null, value: '+79990000001', way: 'smsCode', version }),
    ])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const late = both.find((one) => one.status === 'rejected')
    expect(late?.reason).toMatchObject({ failure: { reason: 'changedByAnotherDesk', details: { staffName: expect.any(String), kind: expect.stringMatching(/^contacts\.change(Email|Phone)$/) } } })
  })

  test('two codes of two desks: the later change ended the earlier one, whose code is good for nothing', async () => {
    const other = await office.desk('second')
    const theirs = await contactsAtDesk(office, other, cast.maria)
    const mine = await maria.change({ value: 'mine@home.example' })
    const code = await maria.code()
    const their = await theirs.change({ value: 'theirs@home.example' })
    const theirCode = await theirs.code()
    const answers = await Promise.allSettled([maria.confirm(mine.confirmation!.id, code), theirs.confirm(their.confirmation!.id, theirCode)])
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    expect(await maria.list()).toEqual(['t***@home.example main confirmed'])
  })

  test('one takes the change back while the other replaces it: one of them is told', async () => {
    const other = await office.desk('second')
    const theirs = await contactsAtDesk(office, other, cast.maria)
    const { contactId } = await maria.changed({ value: thief })
    const version = await maria.version()
    const both = await Promise.allSettled([
      desk.api.contacts.revert({ operationId: operation(), visitId: maria.visit.id, contactId, version }),
      other.api.contacts.remove({ operationId: operation(), visitId: theirs.visit.id, contactId, version, despite: true }),
    ])
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect((await maria.list()).length).toBe(1)
  })
})
