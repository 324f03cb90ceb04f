import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addDays } from '@shared/domain/dates'
import { readingReasons } from '@shared/domain/reading-reasons'
import { cast } from '../../../../src/main/training'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { mainEmail } from '../../../support/visit'
import { identifiedVisitOf, numberOf, visitOf } from './visit-of'

let office: TestOffice
let desk: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
})
afterEach(() => office.close())

const failure = (code: string, reason: string) => ({ failure: { code, reason } })

describe('identification', () => {
  test('the number in the visitor’s hand agrees with the record, and what needs identification opens', async () => {
    const visit = await visitOf(desk, cast.maria)
    const change = { operationId: operation(), visitId: visit.id, ...mainEmail('new@example.org'), version: 1 }
    await expect(desk.api.contacts.change(change)).rejects.toMatchObject(failure('forbidden', 'notIdentified'))

    const wrong = await desk.api.visits.identify({ operationId: operation(), visitId: visit.id, documentType: 'passport_rf', number: `${cast.maria.document!.series} 000000` })
    expect(wrong).toMatchObject({ agrees: false, visit: { identification: 'none', identifiedAt: null, attemptsLeft: 4 } })
    const right = await desk.api.visits.identify({
      operationId: operation(), visitId: visit.id, documentType: 'passport_rf', number: `серия ${cast.maria.document!.series} № ${cast.maria.document!.number}`,
    })
    expect(right).toMatchObject({ agrees: true, visit: { identification: 'document', documentType: 'passport_rf' } })
    const card = await desk.api.desk.card({ subscriberId: visit.subscriberId })
    await expect(desk.api.contacts.change({ ...change, version: card.subscriber.version })).resolves.toMatchObject({ confirmation: { value: 'new@example.org' } })
  })

  test('the right number under another type of document does not agree', async () => {
    const visit = await visitOf(desk, cast.maria)
    const answer = await desk.api.visits.identify({ operationId: operation(), visitId: visit.id, documentType: 'other', number: numberOf(cast.maria) })
    expect(answer).toMatchObject({ agrees: false, visit: { identification: 'none' } })
  })

  test('another person’s passport does not agree', async () => {
    const visit = await visitOf(desk, cast.maria)
    const answer = await desk.api.visits.identify({ operationId: operation(), visitId: visit.id, documentType: 'passport_rf', number: numberOf(cast.alyona) })
    expect(answer.agrees).toBe(false)
  })

  test('after five wrong numbers the right one is refused as well', async () => {
    const visit = await visitOf(desk, cast.maria)
    for (let left = 4; left >= 0; left--) {
      const { visit: after } = await desk.api.visits.identify({ operationId: operation(), visitId: visit.id, documentType: 'passport_rf', number: `7404 00000${left}` })
      expect(after.attemptsLeft).toBe(left)
    }
    await expect(desk.api.visits.identify({ operationId: operation(), visitId: visit.id, documentType: 'passport_rf', number: numberOf(cast.maria) })).rejects.toMatchObject(
      failure('forbidden', 'identificationAttemptsExceeded'),
    )
  })

  test('a repeated answer of one question does not spend a second attempt', async () => {
    const visit = await visitOf(desk, cast.maria)
    const question = { operationId: operation(), visitId: visit.id, documentType: 'passport_rf' as const, number: '7404 000000' }
    await desk.api.visits.identify(question)
    expect((await desk.api.visits.identify(question)).visit.attemptsLeft).toBe(4)
    expect((await desk.api.visits.mine({}))[0]?.attemptsLeft).toBe(4)
  })

  describe('a representative', () => {
    const power = (visitId: number, powerDate: string, powerUntil: string | null) => ({
      operationId: operation(), visitId,
      representative: {
        by: 'power' as const, name: 'Доверенный Иван Петрович', documentType: 'passport_rf' as const, documentNumber: '7405 654321',
        form: 'notary' as const, powerNumber: '74 АА 1', powerDate, powerUntil, certifiedBy: 'Печатников О. Р.', registerNumber: '74/115-н/74-2026-1-1',
      },
    })
    let visitId: number
    let today: string
    beforeEach(async () => {
      const visit = await visitOf(desk, cast.maria)
      visitId = visit.id
      today = (await desk.api.desk.card({ subscriberId: visit.subscriberId })).today
    })

    test('acts by a power of attorney in force', async () => {
      const { visit } = await desk.api.visits.identifyRepresentative(power(visitId, addDays(today, -10), today))
      expect(visit).toMatchObject({ identification: 'representative', documentType: 'passport_rf' })
    })

    test('is refused with one that has ended, and told when it ended', async () => {
      await expect(desk.api.visits.identifyRepresentative(power(visitId, addDays(today, -10), addDays(today, -1)))).rejects.toMatchObject({
        failure: { code: 'invalidInput', reason: 'powerOfAttorneyExpired', details: { until: addDays(today, -1) } },
      })
    })

    test('is refused with one without a term after a year, and served within it', async () => {
      await expect(desk.api.visits.identifyRepresentative(power(visitId, addDays(today, -367), null))).rejects.toMatchObject(failure('invalidInput', 'powerOfAttorneyExpired'))
      await expect(desk.api.visits.identifyRepresentative(power(visitId, addDays(today, -360), null))).resolves.toMatchObject({ visit: { identification: 'representative' } })
    })

    test('is refused with one of tomorrow', async () => {
      await expect(desk.api.visits.identifyRepresentative(power(visitId, addDays(today, 1), null))).rejects.toMatchObject(failure('invalidInput', 'powerOfAttorneyNotYet'))
      expect((await desk.api.visits.mine({}))[0]?.identification).toBe('none')
    })
  })

  test('“readings only” takes an identification back', async () => {
    const visit = await identifiedVisitOf(desk, cast.maria)
    const { visit: after } = await desk.api.visits.readingsOnly({ operationId: operation(), visitId: visit.id })
    expect(after).toMatchObject({ identification: 'readingsOnly', identifiedAt: null, documentType: null })
    await expect(desk.api.contacts.check({ visitId: visit.id, kind: 'email', value: 'a@example.org' })).rejects.toMatchObject(failure('forbidden', 'notIdentified'))
  })
})

describe('one thing is done once', () => {
  test('a repeat of an operation id returns the first result', async () => {
    const visit = await visitOf(desk, cast.maria)
    const once = { operationId: operation(), visitId: visit.id }
    const first = await desk.api.visits.close(once)
    expect(await desk.api.visits.close(once)).toEqual(first)
  })

  test('an operation id used for something else is refused', async () => {
    const visit = await visitOf(desk, cast.maria)
    const operationId = operation()
    await desk.api.visits.readingsOnly({ operationId, visitId: visit.id })
    await expect(desk.api.visits.close({ operationId, visitId: visit.id })).rejects.toMatchObject(failure('conflict', 'operationIdUsed'))
  })

  test('an operation id of another operator is refused and its result not shown', async () => {
    const operationId = operation()
    const { subscriberId } = await visitOf(desk, cast.maria)
    await desk.api.visits.close({ operationId, visitId: (await desk.api.visits.mine({}))[0]!.id })
    const other = await office.desk('second')
    const visit = await other.api.visits.open({ operationId: operation(), subscriberId })
    await expect(other.api.visits.close({ operationId, visitId: visit.id })).rejects.toMatchObject(failure('conflict', 'operationIdUsed'))
  })

  test('two quick presses of Enter open one visit', async () => {
    const { subscriberId, id } = await visitOf(desk, cast.maria)
    await desk.api.visits.close({ operationId: operation(), visitId: id })
    const opened = await Promise.all([1, 2, 3, 4].map(() => desk.api.visits.open({ operationId: operation(), subscriberId })))
    expect(new Set(opened.map((visit) => visit.id)).size).toBe(1)
    expect(await desk.api.visits.mine({})).toHaveLength(1)
  })

  test('the same press sent twice at once closes the visit once', async () => {
    const visit = await visitOf(desk, cast.maria)
    const once = { operationId: operation(), visitId: visit.id }
    const [first, second] = await Promise.all([desk.api.visits.close(once), desk.api.visits.close(once)])
    expect(first).toEqual(second)
    const { rows } = await office.owner.raw(`select count(*)::int as n from operation where kind = 'visits.close'`)
    expect(rows[0].n).toBe(1)
  })
})

test('another operator’s visit is not served', async () => {
  const visit = await identifiedVisitOf(desk, cast.maria)
  const readOnly = await desk.api.visits.readingsOnly({ operationId: operation(), visitId: (await visitOf(desk, cast.alyona)).id })
  const target = operation()
  await desk.api.contacts.unmask({ operationId: target, visitId: visit.id, contactId: (await desk.api.desk.card({ subscriberId: visit.subscriberId })).contacts[0]!.id, reason: 'verify' })
  const other = await office.desk('second')
  const theirs = { operationId: operation(), visitId: visit.id }
  const refused = failure('forbidden', 'notYourVisit')
  await expect(other.api.visits.identify({ ...theirs, documentType: 'passport_rf', number: numberOf(cast.maria) })).rejects.toMatchObject(refused)
  await expect(other.api.visits.readingsOnly(theirs)).rejects.toMatchObject(refused)
  await expect(other.api.visits.close(theirs)).rejects.toMatchObject(refused)
  await expect(other.api.contacts.change({ ...theirs, ...mainEmail('thief@example.org'), version: 1 })).rejects.toMatchObject(refused)
  await expect(other.api.contacts.pending({ visitId: visit.id })).rejects.toMatchObject(refused)
  await expect(other.api.visits.undo({ operationId: operation(), target })).rejects.toMatchObject(failure('forbidden', 'notYourOperation'))
  // A visit that does not exist looks the same: nothing is learned by trying numbers.
  await expect(other.api.visits.close({ operationId: operation(), visitId: readOnly.visit.id + 1000 })).rejects.toMatchObject(refused)
  expect(await other.api.visits.mine({})).toEqual([])
})

test('an account of another subscriber is not reached through a visit', async () => {
  const alyona = await visitOf(desk, cast.alyona)
  const { accounts } = await desk.api.desk.card({ subscriberId: alyona.subscriberId })
  const maria = await identifiedVisitOf(desk, cast.maria)
  const refused = failure('forbidden', 'accountOfAnotherSubscriber')
  await expect(desk.api.readings.sheet({ visitId: maria.id, accountId: accounts[0]!.id })).rejects.toMatchObject(refused)
  await expect(desk.api.portalAccess.impact({ visitId: maria.id, accountId: accounts[0]!.id })).rejects.toMatchObject(refused)
  await expect(desk.api.paymentDocuments.periods({ visitId: maria.id, accountId: accounts[0]!.id })).rejects.toMatchObject(refused)
})

test('a visit survives the end of the program', async () => {
  const visit = await identifiedVisitOf(desk, cast.maria)
  await desk.close()
  const restarted = await office.desk('first')
  expect(await restarted.api.visits.mine({})).toEqual([visit])
  expect(await restarted.api.visits.open({ operationId: operation(), subscriberId: visit.subscriberId })).toEqual(visit)
})

test('the visits of one operator are listed newest first', async () => {
  const first = await visitOf(desk, cast.maria)
  const second = await visitOf(desk, cast.alyona)
  expect((await desk.api.visits.mine({})).map(({ id }) => id)).toEqual([second.id, first.id])
})

describe('closing', () => {
  test('tells what was done and lets nothing more be done', async () => {
    const visit = await identifiedVisitOf(desk, cast.maria)
    const card = await desk.api.desk.card({ subscriberId: visit.subscriberId })
    const unmask = operation()
    await desk.api.contacts.unmask({ operationId: unmask, visitId: visit.id, contactId: card.contacts[0]!.id, reason: 'dictate' })
    const { visit: closed, done } = await desk.api.visits.close({ operationId: operation(), visitId: visit.id })
    expect(closed).toMatchObject({ state: 'closed', identification: 'document' })
    expect(done.map(({ kind }) => kind)).toEqual(['visits.identify', 'contacts.unmask'])

    const over = failure('conflict', 'visitClosed')
    const theirs = () => ({ operationId: operation(), visitId: visit.id })
    await expect(desk.api.visits.close(theirs())).rejects.toMatchObject(over)
    await expect(desk.api.visits.identify({ ...theirs(), documentType: 'passport_rf', number: numberOf(cast.maria) })).rejects.toMatchObject(over)
    await expect(desk.api.visits.readingsOnly(theirs())).rejects.toMatchObject(over)
    await expect(desk.api.contacts.change({ ...theirs(), ...mainEmail('new@example.org'), version: card.subscriber.version })).rejects.toMatchObject(over)
    await expect(desk.api.contacts.unmask({ ...theirs(), contactId: card.contacts[0]!.id, reason: 'verify' })).rejects.toMatchObject(over)
    await expect(desk.api.readings.sheet({ visitId: visit.id, accountId: card.accounts[0]!.id })).rejects.toMatchObject(over)
    await expect(desk.api.paymentDocuments.periods({ visitId: visit.id, accountId: card.accounts[0]!.id })).rejects.toMatchObject(over)
    await expect(desk.api.portalAccess.impact({ visitId: visit.id, accountId: card.accounts[0]!.id })).rejects.toMatchObject(over)
    await expect(desk.api.visits.undo({ operationId: operation(), target: unmask })).rejects.toMatchObject(over)
    await expect(desk.api.desk.card({ subscriberId: visit.subscriberId })).rejects.toMatchObject(failure('forbidden', 'visitRequired'))
    expect(await desk.api.visits.mine({})).toEqual([])
  })

  test('accepts the readings entered in the visit, not the one taken back and not somebody else’s', async () => {
    const visit = await visitOf(desk, cast.maria)
    const { accounts } = await desk.api.desk.card({ subscriberId: visit.subscriberId })
    const accountId = accounts.find(({ meters }) => meters.length > 1)!.id
    const { meters, today } = await desk.api.readings.sheet({ visitId: visit.id, accountId })
    const [kept, undone] = meters
    const enter = async ({ id: meterId, history }: typeof meters[number]) => {
      const values = history.find(({ status }) => status !== 'cancelled')!.values.map((value) => value + 1000)
      const operationId = operation()
      await desk.api.readings.save({ operationId, visitId: visit.id, accountId, takenOn: today, entries: [{ meterId, values, reasons: Object.keys(readingReasons).slice(0, 8) }] })
      return operationId
    }
    await enter(kept!)
    await desk.api.visits.undo({ operationId: operation(), target: await enter(undone!) })
    await office.owner.raw(
      `insert into meter_reading (meter_id, account_id, taken_on, period, t1, channel, status) values (?, ?, ?::date - 1, date_trunc('month', ?::date), 1, 'phone', 'entered')`,
      [kept!.id, accountId, today, today],
    )
    const statuses = async () => {
      const { rows } = await office.owner.raw('select channel, status from meter_reading where visit_id = ? or import_batch_id is null order by id', [visit.id])
      return rows.map(({ channel, status }: { channel: string; status: string }) => `${channel} ${status}`)
    }
    expect(await statuses()).toEqual(['desk entered', 'desk cancelled', 'phone entered'])
    await desk.api.visits.close({ operationId: operation(), visitId: visit.id })
    expect(await statuses()).toEqual(['desk accepted', 'desk cancelled', 'phone entered'])
  })
})
