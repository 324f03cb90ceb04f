import PortalAccessPanel from '@renderer/features/portal-access/PortalAccessPanel.vue'
import { useSessionStore } from '@renderer/session-store'
import { useVisitStore } from '@renderer/visit-store'
import { flushPromises } from '@vue/test-utils'
import { afterEach, expect, test, vi } from 'vitest'
import { FakeFailure, type FakeBridge } from '../../../support/fake-bridge'
import { card, deskJob, energy, identified, impact, openVisit, printingOptions } from '../../../support/fake-office'
import { click, show, startBridge, submitForm, text } from '../../../support/fake-page'

let bridge: FakeBridge
afterEach(() => void vi.useRealTimers())
async function open(handlers: Parameters<typeof startBridge>[0] = {}) {
  bridge = startBridge({ 'visits.open': () => identified, ...handlers })
  await useSessionStore().load()
  await useVisitStore().open(1)
  await show(PortalAccessPanel, { subscriberId: 1, accountId: energy.id })
}

async function issue() {
  await submitForm('Выпустить пароль')
  document.querySelector('dialog form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await flushPromises()
}

test('before anything happens, it is told who else signs in with this login and what stays', async () => {
  await open()
  for (const words of ['Прежний пароль (выдан 11.02.2025, 10:14) перестанет работать сразу.', 'Этим логином входят в 2 счёта', '740015888', 'Привязка к Госуслугам сохранится: 1', 'Новый пароль действует 3 дня. Пароль одноразовый', 'Контакты недавно меняли. Выпуск пароля увидит старший смены.'])
    expect(text()).toContain(words)
  expect(bridge.inputsOf('portalAccess.reissuePassword')).toEqual([])
})

test('without identification nothing is asked and nothing can be issued', async () => {
  await open({ 'visits.open': () => openVisit })
  expect(text()).toContain('Сначала установите личность (F4)')
  expect(bridge.inputsOf('portalAccess.impact')).toEqual([])
})

test('the last question repeats name and address, and Enter prints on the printer of this desk', async () => {
  await open()
  await submitForm('Выпустить пароль')
  const dialog = document.querySelector('dialog')
  expect(dialog?.textContent).toContain(card.subscriber.name)
  expect(dialog?.textContent).toContain(energy.address)
  await issue()
  expect(bridge.inputsOf('portalAccess.reissuePassword')).toMatchObject([{ visitId: identified.id, accountId: energy.id, output: { how: 'print', printer: 'HP_LaserJet_окно_3' } }])
  expect(text()).toContain('Памятка № 2026-000148')
  expect(text()).toContain('Пароль действует до 25.11.2026, 09:45')
})

test('when the printer refuses, it is told that the old password is still in force', async () => {
  await open({
    'portalAccess.reissuePassword': () => {
      throw new FakeFailure('printerUnavailable', 'printFailed')
    },
  })
  await issue()
  expect(text()).toContain('Принтер не принял документ.')
  expect(text()).toContain('Пароль не изменён, действует прежний.')
})

test('a repeat after a lost answer is the same operation: no second password is made', async () => {
  await open({
    'portalAccess.reissuePassword': () => {
      throw new FakeFailure('databaseUnavailable', 'unreachable')
    },
  })
  await issue()
  await issue()
  const ids = bridge.inputsOf('portalAccess.reissuePassword').map(({ operationId }) => operationId)
  expect(ids).toHaveLength(2)
  expect(new Set(ids).size).toBe(1)
})

test.each([
  ['emailNotConfirmed', 'Сначала подтвердите адрес.'],
  ['portalUserBlocked', 'Направьте посетителя к поставщику.'],
  ['accountClosed', 'Лицевой счёт закрыт.'],
])('when access can’t be given (%s), the reason stands there instead of a button', async (refusal, words) => {
  await open({ 'portalAccess.impact': () => ({ ...impact, refusal }) })
  expect(text()).toContain(words)
  expect(document.querySelector('form')).toBeNull()
})

test('a system that does not tell about jobs is not asked for ever, and the operator looks for the sheet', async () => {
  await open({ 'printing.jobs': () => [deskJob({ jobId: '77', form: 'memo', secret: true, state: 'lost', reason: 'notFollowed' })] })
  vi.useFakeTimers()
  await issue()
  const asked = bridge.inputsOf('printing.jobs').length
  await vi.advanceTimersByTimeAsync(120_000)
  expect(bridge.inputsOf('printing.jobs')).toHaveLength(asked)
  expect(text()).toContain('Посмотрите, вышел ли он')
})

test('without printers the memo can be saved', async () => {
  await open({ 'printing.printers': () => ({ printers: [], options: printingOptions(), tests: {} }) })
  expect(text()).toContain('Принтеров в системе нет.')
  await issue()
  expect(bridge.inputsOf('portalAccess.reissuePassword')).toMatchObject([{ output: { how: 'save' } }])
  expect(text()).toContain('Памятка сохранена: Памятка 2026-000148.pdf')
})

test('closing the save dialog is no failure', async () => {
  await open({
    'printing.printers': () => ({ printers: [], options: printingOptions(), tests: {} }),
    'portalAccess.reissuePassword': () => {
      throw new FakeFailure('conflict', 'saveCancelled')
    },
  })
  await issue()
  expect(bridge.inputsOf('portalAccess.reissuePassword')).toHaveLength(1)
  expect(document.querySelector('[role=alert]')).toBeNull()
  expect(text()).not.toContain('Памятка № ')
})

test('when the print system is away, that is told and the memo can be saved', async () => {
  await open({
    'printing.printers': () => {
      throw new FakeFailure('printerUnavailable', 'printSystemStopped')
    },
  })
  expect(text()).toContain('Система печати остановлена.')
  await issue()
  expect(bridge.inputsOf('portalAccess.reissuePassword')).toMatchObject([{ output: { how: 'save' } }])
})

test('issuing again after the memo is a new operation', async () => {
  await open()
  await issue()
  await click('Выпустить ещё раз')
  await issue()
  const ids = bridge.inputsOf('portalAccess.reissuePassword').map(({ operationId }) => operationId)
  expect(new Set(ids).size).toBe(2)
})
