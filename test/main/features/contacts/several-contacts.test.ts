import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cast } from '../../../../src/main/training'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf } from '../../../support/visit'
import { contactsAtDesk, timePasses } from './contacts-at-desk'

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
const mobile = '+79121112233'

describe('a phone', () => {
  test('is changed by a code that goes there as an SMS, and the old phone and the e-mail are told', async () => {
    const { confirmation } = await maria.change({ kind: 'phone', value: '8 (912) 111-22-33' })
    expect(confirmation).toMatchObject({ kind: 'phone', way: 'smsCode', value: mobile, replaces: '+7 *** ***-**-30', attemptsLeft: 5, resendsLeft: 4 })
    expect(await maria.messages('contactCode')).toMatchObject([{ channel: 'sms', recipient: mobile, params: { code: expect.stringMatching(/^\d{6}$/), minutes: 10 } }])
    expect(await maria.list('phone')).toEqual(['+7 *** ***-**-30 main unconfirmed', '+7 *** ***-**-33 main awaiting'])
    expect(await maria.confirm(confirmation!.id, await maria.code())).toEqual({ confirmed: true, attemptsLeft: 5 })
    expect(await maria.list('phone')).toEqual(['+7 *** ***-**-33 main confirmed'])
    expect((await maria.messages('contactChanged')).map(({ channel, recipient, params }) => [channel, recipient, params['kind'], params['to']])).toEqual([
      ['email', cast.maria.email, 'phone', '+7 *** ***-**-33'],
      ['sms', '+79431002030', 'phone', '+7 *** ***-**-33'],
    ])
  })

  test('that takes no SMS is noted without a code; a mobile one that replaces a confirmed one is not', async () => {
    await expect(maria.change({ kind: 'phone', value: '+73512555724' })).rejects.toMatchObject(failure('conflict', 'wayNotOffered', { way: 'smsCode' }))
    await maria.change({ kind: 'phone', value: '8 351 2 555 724', way: 'none' })
    expect(await maria.list('phone')).toEqual(['+7 *** ***-**-24 main unconfirmed'])
    await maria.changed({ kind: 'phone', value: mobile })
    await expect(maria.change({ kind: 'phone', value: '+79121112244', way: 'none' })).rejects.toMatchObject(failure('conflict', 'confirmationNeeded'))
    expect(await maria.list('phone')).toEqual(['+7 *** ***-**-33 main confirmed'])
  })

  test('is confirmed where it stands, without being typed again', async () => {
    const phone = (await maria.main('phone'))!
    expect(phone).toMatchObject({ state: 'unconfirmed', awaiting: null, canSms: true })
    const pending = await desk.api.contacts.ask({ operationId: operation(), visitId: maria.visit.id, contactId: phone.id, way: 'smsCode' })
    // The page knows the mask only, and so does the answer.
    expect(pending).toMatchObject({ contactId: phone.id, value: '+7 *** ***-**-30', replaces: null })
    expect((await maria.main('phone'))!.awaiting).toMatchObject({ confirmationId: pending.id, way: 'smsCode', delivery: 'queued' })
    await maria.confirm(pending.id, await maria.code())
    expect(await maria.main('phone')).toMatchObject({ id: phone.id, state: 'confirmed', confirmedHow: 'codeAtDesk', revertUntil: null, awaiting: null })
    // Nothing has changed that somebody would have to be told of, or that could be taken back.
    expect(await maria.messages('contactChanged')).toEqual([])
    await expect(desk.api.contacts.ask({ operationId: operation(), visitId: maria.visit.id, contactId: phone.id, way: 'smsCode' })).rejects.toMatchObject(failure('conflict', 'phoneAlreadyConfirmed'))
  })

  test('is no phone: neither the program nor psql takes it', async () => {
    for (const value of ['12345', '+7 912 111 22', '112', 'maria@example.org', '+79121112233,+79121112244']) {
      expect(await desk.dispatch('contacts.change', { operationId: operation(), visitId: maria.visit.id, kind: 'phone', purpose: 'main', contactId: null, value, way: 'none', version: await maria.version() })).toMatchObject({ ok: false, failure: { code: 'invalidInput' } })
      const psql = await office.psql('first')
      await expect(psql.query('select contact_change($1, $2, $$phone$$, $$main$$, null, $3, $$none$$, $4)', [operation(), maria.visit.id, value, await maria.version()])).rejects.toMatchObject({ message: 'phoneMalformed' })
    }
  })
})

describe('several contacts', () => {
  test('stand side by side, each with its purpose; codes and notices go to the main one', async () => {
    await maria.change({ value: 'bills@home.example', purpose: 'bills', way: 'none' })
    await maria.changed({ value: 'work@firm.example', purpose: 'notices' })
    expect(await maria.list()).toEqual(['m***@example.org main confirmed', 'w***@firm.example notices confirmed', 'b***@home.example bills unconfirmed'])
    // Nothing happened to the main one.
    expect(await maria.messages('contactChanged')).toEqual([])
    expect(await desk.api.portalAccess.impact({ visitId: maria.visit.id, accountId: (await maria.card()).accounts[0]!.id })).toMatchObject({ recentContactChange: false })
  })

  test('are five of a kind at most, those that wait included', async () => {
    for (const n of [1, 2, 3]) await maria.change({ value: `extra${n}@home.example`, purpose: 'extra', way: 'none' })
    await maria.change({ value: 'extra4@home.example', purpose: 'extra' })
    await expect(maria.change({ value: 'extra5@home.example', purpose: 'extra', way: 'none' })).rejects.toMatchObject(failure('conflict', 'tooManyContacts', { limit: 5 }))
    // Phones are counted for themselves.
    await maria.change({ kind: 'phone', value: mobile, purpose: 'extra', way: 'none' })
    expect(await maria.list()).toHaveLength(5)
  })

  test('are not the same one twice, and one more place for a known one is only another purpose', async () => {
    const { contactId } = await maria.changed({ value: 'work@firm.example', purpose: 'extra' })
    await expect(maria.change({ value: 'Work@firm.example', purpose: 'bills', way: 'none' })).rejects.toMatchObject(failure('conflict', 'contactAlreadyThere'))
    await expect(maria.change({ value: cast.maria.email, purpose: 'bills', way: 'none' })).rejects.toMatchObject(failure('conflict', 'contactAlreadyThere'))
    // As well known as it was: no second code for another purpose.
    await maria.change({ value: 'work@firm.example', purpose: 'bills', contactId, way: 'none' })
    expect(await maria.list()).toEqual(['m***@example.org main confirmed', 'w***@firm.example bills confirmed'])
  })

  test('one of them becomes the main one, by a code, and comes back to its place when that is taken back', async () => {
    await maria.changed({ value: 'work@firm.example', purpose: 'extra' })
    await timePasses(office, '1 minute')
    const { contactId } = await maria.changed({ value: 'work@firm.example' })
    expect(await maria.list()).toEqual(['w***@firm.example main confirmed'])
    await maria.revert(contactId)
    expect(await maria.list()).toEqual(['m***@example.org main confirmed', 'w***@firm.example extra confirmed'])
  })

  test('the main one can’t become anything else, and nobody else’s contact is reached', async () => {
    const { id } = (await maria.main())!
    await expect(maria.change({ value: 'other@home.example', purpose: 'extra', contactId: id })).rejects.toMatchObject(failure('conflict', 'mainContactStays'))
    const alyona = await contactsAtDesk(office, desk, cast.alyona)
    await expect(alyona.change({ value: 'other@home.example', contactId: id })).rejects.toMatchObject(failure('notFound', 'contact'))
    await expect(alyona.remove(id)).rejects.toMatchObject(failure('notFound', 'contact'))
    await expect(alyona.revert(id)).rejects.toMatchObject(failure('notFound', 'contact'))
  })

  test('the panel of a visit tells what waits and the rules of the subscriber’s providers together', async () => {
    const { confirmation } = await maria.change({ value: 'new@home.example' })
    const phone = await maria.change({ kind: 'phone', value: mobile })
    const opened = await desk.api.contacts.pending({ visitId: maria.visit.id })
    expect(opened.confirmations.map(({ id }) => id)).toEqual([phone.confirmation!.id, confirmation!.id])
    // ЭнСер, Смородина and Эником: the visitor stands here, so a code comes before a link. Her e-mail is confirmed, so another one must be; her phone is not.
    expect(opened).toMatchObject({
      ways: { email: ['emailCode', 'link'], phone: ['smsCode', 'none'] }, told: { email: ['email', 'sms'], phone: ['email', 'sms'] }, codeMinutes: 10, linkMinutes: 1440, revertHours: 24, maxContacts: 5,
    })
  })

  test('where no SMS can leave the office, none is offered', async () => {
    await office.owner.raw('update office set is_training = false')
    expect((await desk.api.contacts.pending({ visitId: maria.visit.id })).ways).toEqual({ email: ['emailCode', 'link'], phone: ['none'] })
    await expect(maria.change({ kind: 'phone', value: mobile })).rejects.toMatchObject(failure('conflict', 'wayNotOffered'))
  })
})

describe('an address or a number that others have', () => {
  test('is told with masked names, three at most, and who asked is on record', async () => {
    for (const person of [cast.alyona, cast.zoya, cast.fyodor, cast.samir]) {
      const theirs = await contactsAtDesk(office, desk, person)
      await theirs.change({ value: 'family@home.example', purpose: 'extra', way: 'none' })
    }
    const answer = await desk.api.contacts.check({ visitId: maria.visit.id, kind: 'email', value: 'Family@home.example' })
    expect(answer).toMatchObject({ usedByOthers: 4, hints: ['А*** С. Р.', 'Ё*** Ф. И.', 'Р*** А. Ю.'], isCurrent: false })
    const { rows } = await office.owner.raw(`select details from audit_event where action = 'contacts.check'`)
    expect(rows).toEqual([{ details: { kind: 'email', contact: 'f***@home.example', usedByOthers: 4 } }])
  })

  test('is found in whatever way a phone was written', async () => {
    const alyona = await contactsAtDesk(office, desk, cast.alyona)
    for (const value of ['+79431002030', '8 943 100-20-30', '9431002030']) {
      expect(await desk.api.contacts.check({ visitId: alyona.visit.id, kind: 'phone', value })).toMatchObject({ usedByOthers: 1, hints: ['С*** М. И.'] })
    }
  })

  test('what hangs on the main one is told before it is changed', async () => {
    expect(await desk.api.contacts.check({ visitId: maria.visit.id, kind: 'email', value: 'new@home.example' })).toMatchObject({
      impact: { logins: [{ portalName: expect.stringContaining('Смородина'), taken: false }], bills: ['04012345'] },
    })
    expect(await desk.api.contacts.check({ visitId: maria.visit.id, kind: 'email', value: cast.zoya.email })).toMatchObject({ impact: { logins: [{ taken: true }] } })
    expect(await desk.api.contacts.check({ visitId: maria.visit.id, kind: 'email', value: cast.maria.email })).toMatchObject({ isCurrent: true, impact: { logins: [], bills: [] } })
  })
})

describe('removing a contact', () => {
  test('that nothing depends on leaves the others, and is taken back by its entry', async () => {
    const { contactId } = await maria.change({ value: 'work@firm.example', purpose: 'extra', way: 'none' })
    const operationId = operation()
    await desk.api.contacts.remove({ operationId, visitId: maria.visit.id, contactId, version: await maria.version() })
    expect(await maria.list()).toEqual(['m***@example.org main confirmed'])
    await maria.undo(operationId)
    expect(await maria.list()).toEqual(['m***@example.org main confirmed', 'w***@firm.example extra unconfirmed'])
  })

  test('that bills go to waits until their way is chosen anew', async () => {
    const { id } = (await maria.main())!
    const refused = await failureOf(desk, 'contacts.remove', { operationId: operation(), visitId: maria.visit.id, contactId: id, version: await maria.version(), despite: true })
    expect(refused).toMatchObject({ reason: 'billsGoThere', details: { bills: ['04012345'] } })
  })

  test('that bills go to may go when another address is confirmed for bills, which then holds them', async () => {
    const { id } = (await maria.main())!
    const bills = await maria.changed({ value: 'bills@home.example', purpose: 'bills' })
    expect((await desk.api.contacts.check({ visitId: maria.visit.id, kind: 'email', value: 'new@home.example' })).impact.bills).toEqual([])
    await maria.remove(id, true)
    await expect(maria.remove(bills.contactId, true)).rejects.toMatchObject(failure('conflict', 'billsGoThere'))
    const smorodina = (await maria.card()).accounts.find(({ provider }) => provider.code === 'smorodina')!
    expect((await desk.api.consents.list({ visitId: maria.visit.id, accountId: smorodina.id })).delivery).toMatchObject({ now: 'email', canEmail: true })
  })

  test('that is a login or has consents is refused until the visitor knows; then everybody is told', async () => {
    const smorodina = (await maria.card()).accounts.find(({ provider }) => provider.code === 'smorodina')!
    await desk.api.consents.chooseDelivery({ operationId: operation(), visitId: maria.visit.id, accountId: smorodina.id, delivery: 'paper' })
    const { id } = (await maria.main())!
    const refused = await failureOf(desk, 'contacts.remove', { operationId: operation(), visitId: maria.visit.id, contactId: id, version: await maria.version() })
    expect(refused).toMatchObject({ code: 'conflict', reason: 'contactInUse', details: { logins: [{ taken: false }], bills: [] } })
    expect(JSON.stringify(refused)).not.toContain('sokolova')
    await maria.remove(id, true)
    expect(await maria.list()).toEqual([])
    expect((await maria.messages('contactChanged')).map(({ recipient }) => recipient)).toEqual([cast.maria.email, '+79431002030'])
    expect(await desk.api.portalAccess.impact({ visitId: maria.visit.id, accountId: smorodina.id })).toMatchObject({ recentContactChange: true })
    // Back from the card, within the time, confirmed as it was.
    const removed = (await maria.card()).contacts.find((contact) => contact.id === id)!
    expect(removed).toMatchObject({ state: 'removed', revertUntil: expect.any(String) })
    await maria.revert(id)
    expect(await maria.list()).toEqual(['m***@example.org main confirmed'])
  })
})

test('a visitor whose paper suffices for e-mails only can’t have a phone changed', async () => {
  await office.owner.raw(`update provider set profile = jsonb_set(profile, '{identification,sufficient,changePhone}', '["head"]')`)
  await expect(maria.change({ kind: 'phone', value: mobile })).rejects.toMatchObject(failure('forbidden', 'identificationNotEnough'))
  await expect(maria.change({ value: 'new@home.example' })).resolves.toBeTruthy()
})

test('a contact that is asked for, confirmed, sent again and cancelled is told in the timeline and the history by whom and how', async () => {
  const { confirmation } = await maria.change({ kind: 'phone', value: mobile })
  await timePasses(office, '31 seconds')
  await desk.api.contacts.resend({ operationId: operation(), visitId: maria.visit.id, confirmationId: confirmation!.id })
  await desk.api.contacts.cancel({ operationId: operation(), visitId: maria.visit.id, confirmationId: confirmation!.id })
  await expect(maria.confirm(confirmation!.id, '000000')).rejects.toMatchObject(failure('conflict', 'confirmationEnded'))
  expect(await maria.list('phone')).toEqual(['+7 *** ***-**-30 main unconfirmed'])
  await maria.change({ kind: 'phone', value: '+79125556677', way: 'none' })
  const { contactId } = await maria.changed({ value: 'new@home.example' })
  await maria.revert(contactId)
  const { entries } = await desk.api.contacts.history({ subscriberId: maria.visit.subscriberId })
  const told = entries.map(({ kind, what, from, to, how, staffName }) => [kind, what, from, to, how, staffName !== null])
  expect(told.slice(0, 4)).toEqual([
    ['email', 'reverted', 'n***@home.example', 'm***@example.org', 'desk', true],
    ['email', 'changed', 'm***@example.org', 'n***@home.example', 'codeAtDesk', true],
    ['phone', 'changed', '+7 *** ***-**-30', '+7 *** ***-**-77', 'desk', true],
    ['phone', 'cancelled', null, '+7 *** ***-**-33', 'desk', true],
  ])
  expect(told.slice(4)).toEqual(expect.arrayContaining([
    ['email', 'added', null, 'm***@example.org', 'register', false],
    ['email', 'confirmed', null, 'm***@example.org', 'portal', false],
    ['phone', 'added', null, '+7 *** ***-**-30', 'register', false],
  ]))
  const { timeline } = await maria.card()
  expect(timeline.filter(({ group }) => group === 'contacts').map(({ kind }) => kind)).toEqual([
    'contacts.revertEmail', 'contacts.confirmEmail', 'contacts.changeEmail', 'contacts.changePhone', 'contacts.cancelPhone', 'contacts.resendPhone', 'contacts.changePhone',
  ])
  // A colleague without a visit does not see it, a supervisor does, on record.
  const other = await office.desk('second')
  expect(await failureOf(other, 'contacts.history', { subscriberId: maria.visit.subscriberId })).toMatchObject({ reason: 'visitRequired' })
  const senior = await office.desk('senior')
  expect((await senior.api.contacts.history({ subscriberId: maria.visit.subscriberId })).entries).toEqual(entries)
  const { rows } = await office.owner.raw(`select details from audit_event where action = 'contacts.history'`)
  expect(rows).toEqual([{ details: { withoutVisit: true } }])
})
