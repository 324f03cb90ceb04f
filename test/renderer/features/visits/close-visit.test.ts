import CloseVisitPanel from '@renderer/features/visits/CloseVisitPanel.vue'
import { useSessionStore } from '@renderer/session-store'
import { useVisitStore } from '@renderer/visit-store'
import { expect, test } from 'vitest'
import { FakeFailure, type FakeBridge } from '../../../support/fake-bridge'
import { card, identified, openVisit } from '../../../support/fake-office'
import { press, show, startBridge, submitForm, text } from '../../../support/fake-page'

let bridge: FakeBridge
async function open(handlers: Parameters<typeof startBridge>[0] = {}) {
  bridge = startBridge({ 'visits.open': () => identified, ...handlers })
  await useSessionStore().load()
  await useVisitStore().open(1)
  return show(CloseVisitPanel, {}, '/desk/1')
}
const summary = (done: object[], waiting: object[] = []) => ({ 'visits.summary': () => ({ done, waiting }) })
const done = (kind: string, details: Record<string, unknown>, undone = false) => ({ kind, details, undone, at: card.timeline[0]!.at })

test('what was done in this visit is told once more, what was taken back is marked', async () => {
  await open(summary([done('contacts.confirmEmail', { confirmed: true, to: 'l***@gmail.com' }), done('readings.save', { account: '740015023' }, true)]))
  expect(text()).toContain('Почта l•••@gmail.com подтверждена')
  expect(text()).toContain('Внесены показания, счёт 740015023, отменено')
})

test('the slip goes to its printer under one operation, and a failed one keeps the visit', async () => {
  await open()
  await press('KeyP', { ctrlKey: true })
  expect(bridge.inputsOf('visits.slip')).toMatchObject([{ visitId: identified.id, output: { how: 'print', printer: 'HP_LaserJet_окно_3' } }])
  expect(text()).toContain('Лист отправлен на принтер HP_LaserJet_окно_3.')
  bridge.handle('visits.slip', () => {
    throw new FakeFailure('printerUnavailable', 'printFailed')
  })
  await press('KeyP', { ctrlKey: true })
  expect(text()).toContain('Принтер не принял документ.')
  expect(bridge.inputsOf('visits.close')).toEqual([])
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

test('what would be left unfinished is told before', async () => {
  await open(summary([], [{ kind: 'emailCode', what: 'l***@gmail.com' }, { kind: 'printFailed', what: 'HP_LaserJet_окно_3' }]))
  expect(text()).toContain('Код для новой почты l•••@gmail.com не введён')
  expect(text()).toContain('Лист не напечатан, принтер HP_LaserJet_окно_3.')
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
