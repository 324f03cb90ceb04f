import PortalUsersPanel from '@renderer/features/portal-users/PortalUsersPanel.vue'
import { useSessionStore } from '@renderer/session-store'
import { useVisitStore } from '@renderer/visit-store'
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { FakeFailure, type FakeBridge } from '../../../support/fake-bridge'
import { allowedTo, card, energy, identified, openVisit } from '../../../support/fake-office'
import { button, click, field, show, startBridge, text, type } from '../../../support/fake-page'
import { list, request, user } from './examples'

let bridge: FakeBridge
async function open(handlers: Parameters<typeof startBridge>[0] = {}, visit = identified) {
  bridge = startBridge({ 'visits.open': () => visit, 'portalUsers.list': () => list(), ...handlers })
  await useSessionStore().load()
  await useVisitStore().open(1)
  return show(PortalUsersPanel, { subscriberId: 1, accountId: energy.id }, '/desk/1')
}
async function choose(label: string, value: string) {
  const select = field(label) as unknown as HTMLSelectElement
  select.value = value
  select.dispatchEvent(new Event('change', { bubbles: true }))
  await flushPromises()
}
/** Enter in the question that stands open. */
async function confirm() {
  document.querySelector('dialog[open] form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await flushPromises()
}
const radio = async (name: string) => {
  const found = [...document.querySelectorAll('label')].find((one) => one.textContent?.trim() === name)
  found?.querySelector('input')?.click()
  await flushPromises()
}

test('shows the cabinet: password, accounts, Госуслуги, the last sign-ins with what failed', async () => {
  await open()
  expect(text()).toContain('памятка № 2025-000017')
  expect(text()).toContain('сменит при первом входе')
  expect(text()).toContain('номер служит логином')
  expect(text()).toContain('счёт другого абонента')
  expect(text()).toContain('В•••а Е. А.')
  expect(text()).toContain('неверный пароль')
  expect(document.querySelectorAll('.sign-in')).toHaveLength(3)
  await click('Показать все: 5')
  expect(document.querySelectorAll('.sign-in')).toHaveLength(5)
})

test('asks before Госуслуги are unlinked, repeats whose card it is, and reads the list again', async () => {
  await open({ 'portalUsers.unlinkEsia': () => ({}) })
  const unlink = [...document.querySelectorAll('button')].find((one) => one.textContent?.includes('В•••а'))
  unlink?.click()
  await flushPromises()
  const dialog = document.querySelector('dialog[role=alertdialog]')
  expect(dialog?.textContent).toContain(card.subscriber.name)
  expect(dialog?.textContent).toContain(energy.address)
  expect(dialog?.textContent).toContain('Привязать снова сможет только сам абонент')
  expect(bridge.inputsOf('portalUsers.unlinkEsia')).toEqual([])
  await confirm()
  expect(bridge.inputsOf('portalUsers.unlinkEsia')).toMatchObject([{ visitId: identified.id, accountId: energy.id, esiaLinkId: 31 }])
  expect(bridge.inputsOf('portalUsers.list')).toHaveLength(2)
})

test('links another person’s account by the surname; what did not agree is said with the tries that are left, and the password is gone from its field', async () => {
  const answers = [{ linked: false, attemptsLeft: 4 }, { linked: false, attemptsLeft: 3 }, { linked: true, attemptsLeft: 3 }]
  await open({ 'portalUsers.linkAccount': () => answers.shift() })
  await click('Привязать счёт')
  await radio('Счёт другого абонента')
  await type('Номер счёта', '740 099 777')
  await confirm()
  expect(bridge.inputsOf('portalUsers.linkAccount')).toEqual([])
  expect(text()).toContain('Напишите фамилию')
  await type('Фамилия владельца', 'Петров')
  await confirm()
  expect(bridge.inputsOf('portalUsers.linkAccount')).toMatchObject([{ portalUserId: 501, number: '740 099 777', proof: { by: 'surname', surname: 'Петров' } }])
  expect(text()).toContain('Сведения не совпали, счёт не привязан.')
  expect(text()).toContain('Сегодня осталось 4 попытки')

  await choose('Чем подтверждают', 'password')
  await type('Пароль от кабинета', 'чужой-пароль')
  await confirm()
  expect(field('Пароль от кабинета').value).toBe('')
  await type('Пароль от кабинета', 'верный-пароль')
  await confirm()
  expect(document.querySelector('dialog')?.hasAttribute('open')).toBe(false)
  // Each try is an operation of its own.
  expect(new Set(bridge.inputsOf('portalUsers.linkAccount').map(({ operationId }) => operationId)).size).toBe(3)
})

test('blocks with a reason; «other» waits for words', async () => {
  await open({ 'portalUsers.block': () => ({}) })
  await click('Заблокировать вход')
  await confirm()
  expect(text()).toContain('Выберите причину')
  await choose('Причина', 'other')
  await confirm()
  expect(bridge.inputsOf('portalUsers.block')).toEqual([])
  expect(text()).toContain('Напишите пояснение')
  await type('Пояснение', 'Пропал телефон')
  await confirm()
  expect(bridge.inputsOf('portalUsers.block')).toMatchObject([{ portalUserId: 501, reason: 'other', comment: 'Пропал телефон' }])
})

test('of somebody else’s cabinet only the visitor’s account can be taken out', async () => {
  await open({ 'portalUsers.list': () => list({ users: [user({ isOwn: false, login: 's***@example.org', links: [{ ...user().links[0]!, isLogin: false }], signIns: [], esiaLinks: [], credential: null, lastSignInAt: null })] }) })
  expect(text()).toContain('чужой кабинет')
  expect(button('Отвязать')).toBeTruthy()
  expect(() => button('Заблокировать вход')).toThrow()
  expect(() => button('Привязать счёт')).toThrow()
})

test('offers what the provider’s scheme allows when there is no cabinet, or says why not', async () => {
  await open({ 'portalUsers.list': () => list({ users: [], registration: { login: '740015023', ways: ['now', 'link'], refusal: null } }), 'portalUsers.register': () => ({ portalUserId: 9, registrationId: null }) })
  expect(text()).toContain('Логин будет 740015023')
  await click('Зарегистрировать кабинет')
  await confirm()
  expect(bridge.inputsOf('portalUsers.register')).toMatchObject([{ way: 'now' }])
  document.body.innerHTML = ''
  await open({ 'portalUsers.list': () => list({ users: [], registration: { login: null, ways: [], refusal: 'emailMissing' } }) })
  expect(text()).toContain('Электронная почта абонента не записана')
})

test('a PIN is asked for and sent in the visit; a registration is confirmed there', async () => {
  const registration = request({ kind: 'registration', id: 8, state: 'expired', sentAt: '2026-11-20T09:00:00Z', resendAllowedAt: '2026-11-20T09:01:00Z' })
  await open({ 'portalUsers.list': () => list({ hasPin: true, users: [user({ pinRequests: [request()] })], registrations: [registration] }), 'portalRequests.issuePin': () => request({ state: 'issued' }), 'portalRequests.confirmRegistration': () => ({ portalUserId: 9 }) })
  await click('Отправить ПИН-код')
  expect(document.querySelector('dialog')?.textContent).toContain('уйдёт на e•••@mail.ru')
  await confirm()
  expect(bridge.inputsOf('portalRequests.issuePin')).toMatchObject([{ requestId: 7, version: 1, visitId: identified.id }])
  await click('Подтвердить здесь')
  await confirm()
  expect(bridge.inputsOf('portalRequests.confirmRegistration')).toMatchObject([{ requestId: 8, accountId: energy.id }])
})

test('says why nothing is shown to whoever has not been identified, and what went wrong with a way to try again', async () => {
  await open({}, { ...openVisit, allowed: allowedTo('notIdentified') })
  expect(bridge.inputsOf('portalUsers.list')).toEqual([])
  expect(document.querySelectorAll('.notice')).toHaveLength(1)
  document.body.innerHTML = ''
  await open({ 'portalUsers.list': () => { throw new FakeFailure('databaseUnavailable') } })
  expect(text()).toContain('Нет связи с базой данных')
  bridge.handle('portalUsers.list', () => list())
  await click('Повторить')
  expect(text()).toContain('740015023')
})
