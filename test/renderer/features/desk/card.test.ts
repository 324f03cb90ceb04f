import SubscriberCard from '@renderer/features/desk/SubscriberCard.vue'
import { useVisitStore } from '@renderer/visit-store'
import { expect, test } from 'vitest'
import { FakeFailure, type FakeBridge } from '../../../support/fake-bridge'
import { card, identified, internet, openVisit, supervisor, trainingPeople } from '../../../support/fake-office'
import { button, click, press, show, startBridge, text } from '../../../support/fake-page'

let bridge: FakeBridge
async function open(handlers: Parameters<typeof startBridge>[0] = {}) {
  bridge = startBridge(handlers)
  return show(SubscriberCard, { subscriberId: 1 }, '/desk/1')
}

test('whose card it is stands in the banner and in the window’s title', async () => {
  await open()
  expect(document.querySelector('h1')?.textContent).toBe(card.subscriber.name)
  expect(document.title).toContain(card.subscriber.name)
  expect(document.title).toContain('ул. Ленина')
})

test('what needs identification does nothing and says why, by key and by button', async () => {
  const { router } = await open()
  for (const name of ['Контакты', 'Пароль ЛК']) {
    const reason = document.getElementById(button(name).getAttribute('aria-describedby') ?? '')
    expect(reason?.textContent).toBe('Сначала установите личность (F4)')
  }
  await press('F5')
  await press('F6')
  await click('Контакты')
  expect(router.currentRoute.value.name).toBe('card')
})

test('once the visitor is identified, each step is one key', async () => {
  const { router } = await open({ 'visits.open': () => identified })
  for (const [key, name] of [['F4', 'identification'], ['F5', 'contacts'], ['F6', 'portal-access'], ['F7', 'readings'], ['F8', 'documents'], ['F9', 'close-visit']] as const) {
    await press(key)
    expect(router.currentRoute.value.name).toBe(name)
  }
  expect(text()).toContain('Личность установлена: паспорт гражданина РФ')
})

test('passwords, readings and bills are about the chosen account', async () => {
  const { router } = await open({ 'visits.open': () => identified })
  await press('ArrowDown', { altKey: true })
  expect(useVisitStore().account?.id).toBe(internet.id)
  await press('F8')
  expect(router.currentRoute.value.params['accountId']).toBe(String(internet.id))
})

test('an account without meters has no readings, and says so', async () => {
  const { router } = await open()
  await press('ArrowDown', { altKey: true })
  await press('F7')
  expect(router.currentRoute.value.name).toBe('card')
  expect(document.getElementById(button('Показания').getAttribute('aria-describedby') ?? '')?.textContent).toBe('На этом счёте нет приборов учёта')
})

test('a supervisor sees the card and none of the operator’s actions', async () => {
  await open({ 'session.status': () => ({ version: '0', database: { state: 'ready' }, staff: supervisor, locked: false, training: trainingPeople }) })
  expect(text()).toContain('Просмотр без обслуживания')
  expect(() => button('Пароль ЛК')).toThrow()
})

test('when the card can’t be read, that is told with a way to try again', async () => {
  await open({
    'desk.card': () => {
      throw new FakeFailure('databaseUnavailable')
    },
  })
  expect(text()).toContain('Нет связи с базой данных.')
  bridge.handle('desk.card', () => card)
  await click('Повторить')
  expect(document.querySelector('h1')?.textContent).toBe(card.subscriber.name)
})

test('debts and balances are told from the money that has come since', async () => {
  await open({ 'visits.open': () => openVisit })
  expect(text()).toContain('Долг 6 427,18 ₽, ЭнСер')
  expect(text()).toContain('аванс150,00 ₽')
})
