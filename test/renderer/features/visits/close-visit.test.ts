import CloseVisitPanel from '@renderer/features/visits/CloseVisitPanel.vue'
import { useSessionStore } from '@renderer/session-store'
import { useVisitStore } from '@renderer/visit-store'
import { expect, test } from 'vitest'
import { FakeFailure, type FakeBridge } from '../../../support/fake-bridge'
import { card, identified, openVisit } from '../../../support/fake-office'
import { show, startBridge, submitForm, text } from '../../../support/fake-page'

let bridge: FakeBridge
async function open(handlers: Parameters<typeof startBridge>[0] = {}) {
  bridge = startBridge({ 'visits.open': () => identified, ...handlers })
  await useSessionStore().load()
  await useVisitStore().open(1)
  return show(CloseVisitPanel, {}, '/desk/1')
}
const done = (kind: string, details: Record<string, unknown>, visitId = identified.id) => ({ ...card.timeline[0]!, operationId: crypto.randomUUID(), kind, details, visitId })

test('what was done in this visit is told once more, and nothing of earlier ones', async () => {
  await open({ 'desk.card': () => ({ ...card, timeline: [done('contacts.confirmEmail', { confirmed: true, to: 'l***@gmail.com' }), done('readings.save', { account: '740015023' }, 811)] }) })
  expect(text()).toContain('Почта l•••@gmail.com подтверждена')
  expect(text()).not.toContain('Внесены показания')
})

test('Enter closes the visit and leads to an empty search box', async () => {
  const { router } = await open()
  await submitForm('Завершить и вернуться к поиску')
  expect(bridge.inputsOf('visits.close')).toMatchObject([{ visitId: identified.id }])
  expect(router.currentRoute.value).toMatchObject({ name: 'search', query: { next: 'visitor' } })
})

test('a visit without a word about who was there says so before it is closed', async () => {
  await open({ 'visits.open': () => openVisit })
  expect(text()).toContain('Личность посетителя не отмечена.')
})

test('an address that waits for its code is not forgotten', async () => {
  await open({ 'desk.card': () => ({ ...card, contacts: [{ ...card.contacts[0]!, id: 80, state: 'awaiting', isCurrent: false }, ...card.contacts] }) })
  expect(text()).toContain('Новая почта ещё не подтверждена кодом')
})

test('when closing fails, the visit stays and the words say what to do', async () => {
  const { router } = await open({
    'visits.close': () => {
      throw new FakeFailure('databaseUnavailable', 'unreachable')
    },
  })
  await submitForm('Завершить и вернуться к поиску')
  expect(router.currentRoute.value.name).toBe('card')
  expect(text()).toContain('дважды действие не выполнится')
})
