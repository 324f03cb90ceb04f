import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addMonthsToPeriod } from '@shared/domain/dates'
import { cast } from '../../../../src/main/training'
import { textOf } from '../../../support/pdf/read-pdf'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'

let office: TestOffice
let desk: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
})
afterEach(() => office.close())

async function visitor(identification: 'document' | 'none' = 'document') {
  const opened = await openVisit(desk, cast.maria, identification)
  const account = opened.account('enser')
  return { visitId: opened.visit.id, accountId: account.id, subscriberId: opened.visit.subscriberId, account }
}
const offerOf = async (which: { visitId: number; accountId: number }, purpose: string, channel: string) =>
  (await desk.api.consents.list(which)).offers.find((offer) => offer.purpose === purpose && offer.channel === channel)!
async function give(which: { visitId: number; accountId: number }, purpose: 'service' | 'advertising' = 'service', channel: 'sms' | 'email' = 'sms', operationId = operation()) {
  const { textVersion } = await offerOf(which, purpose, channel)
  return desk.api.consents.give({ operationId, ...which, purpose, channel, textVersion })
}

test('a consent is read out with the provider’s name and the masked number, given, and stands on the card and in the timeline', async () => {
  const { subscriberId, ...which } = await visitor()
  const offer = await offerOf(which, 'service', 'sms')
  expect(offer).toMatchObject({ hasContact: true, inForce: null })
  expect(offer.text).toContain('АО «ЭнСер»')
  expect(offer.text).not.toContain('9431002030')
  const given = await give(which)
  expect(given).toMatchObject({ purpose: 'service', channel: 'sms', textVersion: offer.textVersion, basis: 'desk', withdrawnAt: null })
  const card = await desk.api.desk.card({ subscriberId })
  expect(card.consents).toMatchObject([{ purpose: 'service', channel: 'sms', provider: given.providerName }])
  expect(card.timeline[0]).toMatchObject({ kind: 'consents.give', details: { purpose: 'service', channel: 'sms' }, canUndo: true })
})

test('service messages and advertising are asked apart: one does not bring the other', async () => {
  const which = await visitor()
  await give(which, 'service', 'sms')
  expect((await offerOf(which, 'advertising', 'sms')).inForce).toBeNull()
})

test('withdrawing is one press as well, and stays in the history', async () => {
  const { subscriberId, ...which } = await visitor()
  const given = await give(which, 'advertising', 'sms')
  await desk.api.consents.withdraw({ operationId: operation(), visitId: which.visitId, consentId: given.id })
  expect((await desk.api.consents.list(which)).history).toMatchObject([{ id: given.id, withdrawnAt: expect.any(String), withdrawnBy: expect.any(String) }])
  expect((await desk.api.desk.card({ subscriberId })).consents).toEqual([])
  expect(await failureOf(desk, 'consents.withdraw', { operationId: operation(), visitId: which.visitId, consentId: given.id })).toMatchObject({ code: 'conflict', reason: 'consentWithdrawn' })
})

test('undone, a consent was never in force, and a withdrawal has not happened', async () => {
  const which = await visitor()
  const first = operation()
  await give(which, 'service', 'sms', first)
  await desk.api.visits.undo({ operationId: operation(), target: first })
  expect((await offerOf(which, 'service', 'sms')).inForce).toBeNull()
  const again = await give(which)
  const withdrawal = operation()
  await desk.api.consents.withdraw({ operationId: withdrawal, visitId: which.visitId, consentId: again.id })
  await desk.api.visits.undo({ operationId: operation(), target: withdrawal })
  expect((await offerOf(which, 'service', 'sms')).inForce?.id).toBe(again.id)
})

describe('nobody agrees', () => {
  test('to a text that has been replaced meanwhile', async () => {
    const which = await visitor()
    const { textVersion } = await offerOf(which, 'service', 'sms')
    await office.owner.raw(`insert into consent_text values ('service', 'sms', '2026-2', 'Новый текст {provider} {contact}', '2026-02-01')`)
    expect(await failureOf(desk, 'consents.give', { operationId: operation(), ...which, purpose: 'service', channel: 'sms', textVersion })).toMatchObject({ code: 'conflict', reason: 'consentTextChanged' })
  })

  test('twice to the same', async () => {
    const which = await visitor()
    const { textVersion } = await give(which)
    expect(await failureOf(desk, 'consents.give', { operationId: operation(), ...which, purpose: 'service', channel: 'sms', textVersion })).toMatchObject({ code: 'conflict', reason: 'consentAlreadyGiven' })
  })

  test('without being identified', async () => {
    const which = await visitor('none')
    expect(await failureOf(desk, 'consents.list', { visitId: which.visitId, accountId: which.accountId })).toMatchObject({ code: 'forbidden' })
  })

  test('to letters to an address that nobody has confirmed', async () => {
    const which = await visitor()
    await office.owner.raw(`update subscriber_contact set state = 'unconfirmed' where kind = 'email' and is_current and subscriber_id = ?`, [which.subscriberId])
    const { hasContact, textVersion } = await offerOf(which, 'service', 'email')
    expect(hasContact).toBe(false)
    expect(await failureOf(desk, 'consents.give', { operationId: operation(), ...which, purpose: 'service', channel: 'email', textVersion })).toMatchObject({ reason: 'consentNeedsEmail' })
    expect(await failureOf(desk, 'consents.chooseDelivery', { operationId: operation(), ...which, delivery: 'email' })).toMatchObject({ reason: 'consentNeedsEmail' })
  })
})

test('bills come by e-mail from the first one that is not made yet, and an undone choice leaves the old way', async () => {
  const which = await visitor()
  const { now, nextPeriod } = (await desk.api.consents.list(which)).delivery
  expect(nextPeriod).toBe(addMonthsToPeriod(which.account.balance!.period, 1))
  const target = operation()
  const chosen = await desk.api.consents.chooseDelivery({ operationId: target, visitId: which.visitId, accountId: which.accountId, delivery: 'email' })
  expect(chosen).toEqual({ delivery: 'email', fromPeriod: nextPeriod })
  expect((await desk.api.consents.list(which)).delivery).toMatchObject({ now: 'email', chosen: { fromPeriod: nextPeriod } })
  await desk.api.visits.undo({ operationId: operation(), target })
  expect((await desk.api.consents.list(which)).delivery).toMatchObject({ now, chosen: null })
})

test('the form is a document of its own: who, to whom, for what, how to withdraw', async () => {
  const which = await visitor()
  const given = await desk.api.consents.form({ operationId: operation(), visitId: which.visitId, accountId: which.accountId, purpose: 'advertising', channel: 'sms', output: { how: 'save' } })
  expect(given.fileName).toBe('saved.pdf')
  const text = textOf(readFileSync(desk.saveTo.path!)).replace(/[\s\u00a0\u202f]+/g, ' ')
  for (const part of ['Согласие на получение рекламы', cast.maria.name, 'рекламные сообщения', 'Согласие действует до отзыва', 'редакция 2026-1']) expect(text).toContain(part)
  // Nobody signs for a number that can't be read; the screen masks it.
  expect(text).toContain('на номер телефона +7 (943) 100-20-30')
})

test('a consent in force is printed as it was agreed to, whatever the text and the contact are now', async () => {
  const { subscriberId, ...which } = await visitor()
  const given = await give(which, 'advertising', 'sms')
  expect(given.contact).toMatch(/30$/)
  expect((await offerOf(which, 'advertising', 'sms')).inForce).toMatchObject({ isOfContactNow: true })
  await office.owner.raw(`insert into consent_text values ('advertising', 'sms', '2026-2', 'Новый текст {provider} {contact}', '2026-02-01')`)
  await office.owner.raw(`update subscriber_contact set is_current = false, state = 'replaced' where kind = 'phone' and is_current and subscriber_id = ?`, [subscriberId])
  expect((await offerOf(which, 'advertising', 'sms')).inForce).toMatchObject({ isOfContactNow: false })
  await desk.api.consents.form({ operationId: operation(), ...which, purpose: 'advertising', channel: 'sms', output: { how: 'save' } })
  const text = textOf(readFileSync(desk.saveTo.path!)).replace(/[\s\u00a0\u202f]+/g, ' ')
  expect(text).toContain('редакция 2026-1')
  expect(text).toContain('рекламные сообщения на номер телефона')
  expect(text).not.toContain('Новый текст')
})

test('a choice of delivery keeps who chose it and what was before', async () => {
  const which = await visitor()
  const before = (await desk.api.consents.list(which)).delivery.now
  await desk.api.consents.chooseDelivery({ operationId: operation(), visitId: which.visitId, accountId: which.accountId, delivery: 'email' })
  expect((await desk.api.consents.list(which)).delivery.chosen).toMatchObject({ before, chosenBy: expect.any(String) })
})
