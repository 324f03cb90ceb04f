import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addDays, type LocalDate } from '@shared/domain/dates'
import { cast } from '../../../../src/main/training'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'

let office: TestOffice
let desk: TestDesk
let admin: TestDesk
let today: LocalDate
beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
  admin = await office.desk('admin')
  today = (await admin.api.consents.texts({})).today
})
afterEach(() => office.close())

const newText = (over: object = {}) => ({
  purpose: 'service' as const, channel: 'sms' as const, validFrom: today, oldConsents: 'keep' as const,
  text: 'Я согласен(на) получать от {provider} сообщения о задолженности и отключениях на номер {contact}.', ...over,
})
async function visitor() {
  const opened = await openVisit(desk, cast.maria, 'document')
  return { visitId: opened.visit.id, accountId: opened.account('enser').id }
}
const offerOf = async (which: { visitId: number; accountId: number }) => (await desk.api.consents.list(which)).offers.find(({ purpose, channel }) => purpose === 'service' && channel === 'sms')!
async function give(which: { visitId: number; accountId: number }, operationId = operation()) {
  const { textVersion } = await offerOf(which)
  return desk.api.consents.give({ operationId, ...which, purpose: 'service', channel: 'sms', textVersion })
}

describe('a new text of a consent', () => {
  test('is read out from its day on, numbered by its year, and stands in the journal and in the history of settings', async () => {
    const made = await admin.api.consents.addText(newText())
    expect(made).toMatchObject({ version: `${today.slice(0, 4)}-2`, isNow: true, validFrom: today })
    const offer = await offerOf(await visitor())
    expect(offer.textVersion).toBe(made.version)
    expect(offer.text).toContain('о задолженности и отключениях')
    const { events } = await admin.api.audit.search({ limit: 20 })
    expect(events.find(({ action }) => action === 'consents.addText')?.details).toEqual({ purpose: 'service', channel: 'sms', textVersion: made.version, validFrom: today, oldConsents: 'keep' })
    const [state] = await admin.api.configuration.history({ part: 'consentTexts', key: `service/sms/${made.version}`, limit: 1 })
    expect(state).toMatchObject({ how: 'consents.addText', value: { text: made.text } })
  })

  test('of a later day waits for it, and is taken back while nobody can have agreed to it', async () => {
    const made = await admin.api.consents.addText(newText({ validFrom: addDays(today, 30) }))
    expect(made.isNow).toBe(false)
    const which = await visitor()
    expect((await offerOf(which)).textVersion).not.toBe(made.version)
    await admin.api.consents.dropText({ purpose: 'service', channel: 'sms', version: made.version })
    expect((await admin.api.consents.texts({})).texts.map(({ version }) => version)).not.toContain(made.version)
    const inForce = (await offerOf(which)).textVersion
    expect(await failureOf(admin, 'consents.dropText', { purpose: 'service', channel: 'sms', version: inForce })).toMatchObject({ code: 'conflict', reason: 'consentTextInForce' })
  })

  test('sent twice is made once; another one for the same day and one for a day that is past are refused', async () => {
    const made = await admin.api.consents.addText(newText())
    expect(await admin.api.consents.addText(newText())).toEqual(made)
    expect(await failureOf(admin, 'consents.addText', newText({ text: `${newText().text} И о поверке.` }))).toMatchObject({ reason: 'consentTextDayTaken', details: { version: made.version } })
    expect(await failureOf(admin, 'consents.addText', newText({ validFrom: addDays(today, -1) }))).toMatchObject({ reason: 'consentTextDayPast' })
    expect((await admin.api.consents.texts({})).texts.filter(({ purpose, channel }) => purpose === 'service' && channel === 'sms')).toHaveLength(2)
  })

  test('names the provider, whoever asks: the database holds it as well', async () => {
    expect(await failureOf(admin, 'consents.addText', newText({ text: 'Я согласен(на) на всё, что угодно.' }))).toMatchObject({ code: 'invalidInput' })
    const psql = await office.psql('admin')
    await expect(psql.query(`select consent_text_add('service', 'sms', 'Я согласен(на) на всё, что угодно.', current_date, 'keep')`)).rejects.toMatchObject({ code: 'OK400' })
  })

  test('is an administrator’s: an operator neither writes nor lists them', async () => {
    expect(await failureOf(desk, 'consents.addText', newText())).toMatchObject({ code: 'forbidden' })
    const psql = await office.psql('first')
    await expect(psql.query('select consent_text_list()')).rejects.toMatchObject({ code: '42501' })
  })
})

describe('consents given by the text before', () => {
  test('stay as they are, with the words they were given by', async () => {
    const which = await visitor()
    const given = await give(which)
    await admin.api.consents.addText(newText())
    expect((await offerOf(which)).inForce).toMatchObject({ id: given.id, textVersion: given.textVersion, isOutdated: false })
    const { texts } = await admin.api.consents.texts({})
    expect(texts.filter(({ purpose, channel }) => purpose === 'service' && channel === 'sms').map(({ isNow, given: n }) => [isNow, n > 0])).toEqual([[true, false], [false, true]])
    expect(await failureOf(desk, 'consents.give', { operationId: operation(), ...which, purpose: 'service', channel: 'sms', textVersion: (await offerOf(which)).textVersion })).toMatchObject({ reason: 'consentAlreadyGiven' })
  })

  test('or are asked for anew: the new one takes the old one’s place, and undone the old one holds again', async () => {
    const which = await visitor()
    const given = await give(which)
    const made = await admin.api.consents.addText(newText({ oldConsents: 'askAgain' }))
    expect((await offerOf(which)).inForce).toMatchObject({ id: given.id, isOutdated: true })
    const operationId = operation()
    const anew = await give(which, operationId)
    expect(anew).toMatchObject({ textVersion: made.version })
    const listed = await desk.api.consents.list(which)
    expect(listed.history).toMatchObject([{ id: given.id, isReplaced: true }])
    expect((await offerOf(which)).inForce).toMatchObject({ id: anew.id, isOutdated: false })
    await desk.api.visits.undo({ operationId: operation(), target: operationId })
    expect((await offerOf(which)).inForce).toMatchObject({ id: given.id, isOutdated: true, withdrawnAt: null, isReplaced: false })
  })

  test('are not asked for anew before the day of the text has come', async () => {
    const which = await visitor()
    await give(which)
    await admin.api.consents.addText(newText({ oldConsents: 'askAgain', validFrom: addDays(today, 1) }))
    expect((await offerOf(which)).inForce).toMatchObject({ isOutdated: false })
  })
})
