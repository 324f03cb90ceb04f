import ConsentsPanel from '@renderer/features/consents/ConsentsPanel.vue'
import { useSessionStore } from '@renderer/session-store'
import { useVisitStore } from '@renderer/visit-store'
import type { Consent, ConsentOffer } from '@shared/contract/consents'
import { expect, test } from 'vitest'
import { FakeFailure, type FakeBridge } from '../../../support/fake-bridge'
import { at, card, identified, openVisit } from '../../../support/fake-office'
import { click, show, startBridge, text } from '../../../support/fake-page'

const given: Consent = { id: 7, provider: 'enser', providerName: 'ЭнСер', purpose: 'service', channel: 'email', textVersion: '2026-1', contact: 'e***@mail.ru', basis: 'desk', givenAt: at('10:00', '2026-03-12'), givenBy: 'Ветрова А. П.', withdrawnAt: null, withdrawnBy: null, isReplaced: false }
const offer = (purpose: ConsentOffer['purpose'], channel: ConsentOffer['channel'], more: Partial<ConsentOffer> = {}): ConsentOffer => ({
  purpose, channel, textVersion: '2026-1', text: 'Я согласен(на) получать сообщения на номер +7 •••', hasContact: true, inForce: null, ...more,
})
const listed = {
  offers: [offer('service', 'sms'), offer('service', 'email', { inForce: { ...given, isOfContactNow: true, isOutdated: false } }), offer('advertising', 'sms'), offer('advertising', 'email', { hasContact: false })],
  history: [], delivery: { now: 'paper' as const, canEmail: true, nextPeriod: '2026-11', chosen: null },
}

let bridge: FakeBridge
async function open(handlers: Parameters<typeof startBridge>[0] = {}) {
  bridge = startBridge({ 'visits.open': () => identified, 'consents.list': () => listed, 'consents.give': () => given, 'consents.withdraw': () => given, 'consents.chooseDelivery': () => ({ delivery: 'email', fromPeriod: '2026-11' }), ...handlers })
  await useSessionStore().load()
  await useVisitStore().open(1)
  return show(ConsentsPanel, {}, '/desk/1')
}

test('what is given and what is not stands side by side; without a contact the reason is said', async () => {
  await open()
  expect(text()).toContain('Справочные письма')
  expect(text()).toContain('12.03.2026, в офисе, Ветрова А. П.; e•••@mail.ru; текст 2026-1')
  expect(text()).toContain('Сначала подтвердите почту')
})

test('a consent is read out before it is given, with the name of who agrees', async () => {
  await open()
  await click('Дать согласие: Справочные СМС')
  expect(text()).toContain('Прочитайте абоненту вслух')
  expect(text()).toContain('Я согласен(на) получать сообщения')
  expect(text()).toContain(card.subscriber.name)
  expect(bridge.inputsOf('consents.give')).toEqual([])
  await click('Дать согласиеEnter')
  expect(bridge.inputsOf('consents.give')).toMatchObject([{ purpose: 'service', channel: 'sms', textVersion: '2026-1', visitId: identified.id }])
})

test('withdrawing asks once and is done', async () => {
  await open()
  await click('Отозвать: Справочные письма')
  expect(text()).toContain('Сообщения прекратятся сразу')
  await click('ОтозватьEnter')
  expect(bridge.inputsOf('consents.withdraw')).toMatchObject([{ consentId: 7 }])
})

test('a new way of delivery says from which bill it holds', async () => {
  await open()
  expect(text()).toContain('Выбор действует со счёта за ноябрь 2026')
  await click('Присылать по почте')
  expect(bridge.inputsOf('consents.chooseDelivery')).toMatchObject([{ delivery: 'email' }])
})

test('a text that was replaced meanwhile is said, and the new one is shown', async () => {
  await open({
    'consents.give': () => {
      throw new FakeFailure('conflict', 'consentTextChanged')
    },
  })
  await click('Дать согласие: Справочные СМС')
  await click('Дать согласиеEnter')
  expect(text()).toContain('Текст согласия обновился.')
  expect(bridge.inputsOf('consents.list')).toHaveLength(2)
})

test('a consent about an e-mail that has changed since says so', async () => {
  await open({ 'consents.list': () => ({ ...listed, offers: [offer('service', 'email', { inForce: { ...given, isOfContactNow: false, isOutdated: false } })] }) })
  expect(text()).toContain('С тех пор почта сменилась.')
})

test('what was withdrawn stays with who gave it and who took it back; a choice of delivery names the way before', async () => {
  const chosen = { delivery: 'email' as const, fromPeriod: '2026-11', before: 'paper' as const, chosenAt: at('10:05', '2026-10-28'), chosenBy: 'Лугова Мария Игоревна' }
  await open({
    'consents.list': () => ({ ...listed, history: [{ ...given, withdrawnAt: at('10:00', '2026-05-01'), withdrawnBy: 'Лугова Мария Игоревна' }], delivery: { ...listed.delivery, now: 'email' as const, chosen } }),
  })
  expect(text()).toContain('дано 12.03.2026, в офисе, Ветрова А. П.; отозвано 01.05.2026, Лугова М. И.')
  expect(text()).toMatch(/По электронной почте, со счёта за ноябрь 2026 г\. ?28.10.2026, Лугова М. И.; раньше: на бумаге/)
})

test('a visitor nobody has identified is asked for a document first', async () => {
  await open({ 'visits.open': () => openVisit })
  expect(text()).toContain('Сначала установите личность')
  expect(bridge.inputsOf('consents.list')).toEqual([])
})

test('a consent by an earlier text is asked for anew with the new words, and may still be withdrawn', async () => {
  await open({ 'consents.list': () => ({ ...listed, offers: [offer('service', 'email', { textVersion: '2026-2', inForce: { ...given, isOfContactNow: true, isOutdated: true } })] }) })
  expect(text()).toContain('Текст согласия с тех пор другой.')
  expect(text()).toContain('Отозвать')
  await click('Дать по новому тексту: Справочные письма')
  expect(text()).toContain('Прочитайте абоненту вслух')
  await click('Дать согласиеEnter')
  expect(bridge.inputsOf('consents.give')).toMatchObject([{ purpose: 'service', channel: 'email', textVersion: '2026-2' }])
})
