import RequestSteps from '@renderer/features/requests/RequestSteps.vue'
import RequestsPage from '@renderer/features/requests/RequestsPage.vue'
import RequestsPanel from '@renderer/features/requests/RequestsPanel.vue'
import { useSessionStore } from '@renderer/session-store'
import { useVisitStore } from '@renderer/visit-store'
import type { RequestOffer, RequestStory, SubscriberRequest } from '@shared/contract/requests'
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { FakeFailure, type FakeBridge } from '../../../support/fake-bridge'
import { at, identified, operator, today } from '../../../support/fake-office'
import { click, field, press, show, startBridge, submitForm, text, type } from '../../../support/fake-page'

const made: SubscriberRequest = {
  id: 5, number: 'З-2026-000005', kind: 'promisedPayment', status: 'new', text: '', details: { until: '2026-11-25', amount: 50_000 }, checklist: [], dueOn: today, isOverdue: false,
  createdAt: at('09:50'), createdBy: operator.fullName, closedAt: null, assignee: null, subscriberId: 1, accountId: 2, accountNumber: '0045612', provider: 'Эником', version: 1,
}
const kind = (name: RequestOffer['kinds'][number]['kind'], more: Partial<RequestOffer['kinds'][number]> = {}) => ({ kind: name, dueDays: 3, documents: [], fields: [], maxDays: null, open: null, ...more })
const offer: RequestOffer = {
  kinds: [kind('letter'), kind('promisedPayment', { fields: ['until', 'amount'], maxDays: 5 }), kind('complaint', { open: { number: 'З-2026-000001', createdAt: at('08:00'), status: 'inProgress' } })],
  tariff: 'Домашний 100', today,
}
const story = (change: Partial<RequestStory> = {}): RequestStory => ({
  ...made, subscriberName: 'Иванов Пётр', address: null, history: [{ at: at('09:50'), staffName: operator.fullName, kind: 'created', status: 'new', text: null }], ...change,
})

const mine = { login: operator.login, fullName: operator.fullName }

let bridge: FakeBridge
async function openPanel(handlers: Parameters<typeof startBridge>[0] = {}) {
  bridge = startBridge({ 'visits.open': () => identified, 'requests.offer': () => offer, 'requests.create': () => made, 'requests.application': () => ({ printer: 'HP', jobId: '1', fileName: null }), ...handlers })
  await useSessionStore().load()
  await useVisitStore().open(1)
  return show(RequestsPanel, {}, '/desk/1')
}
async function choose(value: string) {
  const select = field('Вид заявки') as unknown as HTMLSelectElement
  select.value = value
  select.dispatchEvent(new Event('change', { bubbles: true }))
  await new Promise((resolve) => queueMicrotask(() => resolve(undefined)))
}

test('a promised payment is taken by its date and sum, then its number is told and the application can be printed', async () => {
  await openPanel()
  await choose('promisedPayment')
  await type('По какой день', '25.11.2026')
  await type('Сумма', '500')
  await submitForm('Принять заявку')
  expect(bridge.inputsOf('requests.create')).toMatchObject([{ kind: 'promisedPayment', details: { until: '2026-11-25', amount: 50_000 }, despiteOpen: false }])
  expect(text()).toContain('Заявка № З-2026-000005 принята')
  await press('KeyP', { ctrlKey: true })
  expect(bridge.inputsOf('requests.application')).toMatchObject([{ requestId: 5, visitId: identified.id, output: { how: 'print' } }])
  expect(text()).toContain('Лист отправлен на принтер')
})

test('a date too far, a past one and a missing sum are told at their fields before anything is sent', async () => {
  await openPanel()
  await choose('promisedPayment')
  await type('По какой день', '01.12.2026')
  await submitForm('Принять заявку')
  expect(text()).toContain('Не позже 27.11.2026.')
  expect(text()).toContain('Введите сумму больше нуля.')
  await type('По какой день', '01.11.2026')
  expect(text()).toContain('Этот день уже прошёл.')
  expect(bridge.inputsOf('requests.create')).toEqual([])
})

test('a letter without words is not a request', async () => {
  await openPanel()
  await choose('letter')
  await submitForm('Принять заявку')
  expect(text()).toContain('Запишите, о чём просит абонент.')
  expect(bridge.inputsOf('requests.create')).toEqual([])
})

test('that the same is open is said before the operator types it all again, and one more is made only on purpose', async () => {
  let asked = 0
  await openPanel({
    'requests.create': (input: unknown) => {
      asked++
      if (!(input as { despiteOpen: boolean }).despiteOpen) throw new FakeFailure('conflict', 'requestOpen', { number: 'З-2026-000001', createdAt: at('08:00'), status: 'inProgress' })
      return { ...made, kind: 'complaint' }
    },
  })
  await choose('complaint')
  expect(text()).toContain('Такая заявка уже открыта: № З-2026-000001 от 22.11.2026, в работе.')
  await type('Со слов абонента', 'Шум')
  await submitForm('Принять заявку')
  expect(text()).toContain('Такая же заявка уже открыта: № З-2026-000001')
  await click('Всё равно создать ещё одну')
  expect(asked).toBe(2)
  expect(text()).toContain('принята')
})

test('what was typed stays when the database is away', async () => {
  await openPanel({
    'requests.create': () => {
      throw new FakeFailure('databaseUnavailable', 'unreachable')
    },
  })
  await choose('letter')
  await type('Со слов абонента', 'Прошу справку')
  await submitForm('Принять заявку')
  expect(field('Со слов абонента').value).toBe('Прошу справку')
})

test('a termination shows what is not done yet, and is closed only after that', async () => {
  const steps = [{ item: 'debt', doneBy: 'Ветрова А. П.', doneAt: at('09:51') }, { item: 'equipment', doneBy: null, doneAt: null }]
  bridge = startBridge({ 'requests.open': () => story({ kind: 'termination', checklist: steps, assignee: mine }), 'requests.change': () => made })
  await show(RequestSteps, { requestId: 5 })
  const box = (step: string) => [...document.querySelectorAll('label')].find((label) => label.textContent?.includes(step))!.querySelector('input')!
  expect([box('долг погашен').checked, box('оборудование возвращено').checked]).toEqual([true, false])
  await click('Выполнена')
  expect(bridge.inputsOf('requests.change')).toEqual([])
  // What is marked already is not marked again.
  box('долг погашен').click()
  box('оборудование возвращено').click()
  await flushPromises()
  expect(bridge.inputsOf('requests.change')).toMatchObject([{ requestId: 5, version: 1, checklistItem: 'equipment' }])
})

test('a refusal needs a reason; after another desk was quicker, what stands now is shown', async () => {
  let version = 1
  bridge = startBridge({
    'requests.open': () => story({ version, status: version === 1 ? 'new' : 'inProgress', assignee: mine }),
    'requests.change': () => {
      version = 2
      throw new FakeFailure('conflict', 'changedByAnotherDesk', { staffName: 'Другая', at: at('09:55'), kind: 'requests.change' })
    },
  })
  await show(RequestSteps, { requestId: 5 })
  await click('Отказать')
  expect(bridge.inputsOf('requests.change')).toEqual([])
  await type('Комментарий или причина', 'Нет технической возможности')
  await click('Отказать')
  expect(bridge.inputsOf('requests.change')).toMatchObject([{ status: 'refused', comment: 'Нет технической возможности', version: 1 }])
  expect(field('Комментарий или причина').value).toBe('Нет технической возможности')
  await click('Отказать')
  expect(bridge.inputsOf('requests.change').at(-1)).toMatchObject({ version: 2 })
})

test('the queue shows the overdue in words, opens one by a key, and asks again after each step', async () => {
  bridge = startBridge({
    'requests.queue': () => ({ requests: [{ ...made, subscriberName: 'Иванов Пётр', isOverdue: true }], total: 1, overdue: 1 }),
    'requests.open': () => story(), 'requests.change': () => ({ ...made, version: 2 }),
  })
  await show(RequestsPage)
  expect(text()).toContain('1 заявка, просрочена 1')
  await click('З-2026-000005')
  // Nobody's yet: nothing is done with it before it is taken.
  expect(text()).not.toContain('Выполнена')
  await click('Взять себе')
  expect(bridge.inputsOf('requests.change')).toMatchObject([{ assignee: operator.login }])
  expect(bridge.inputsOf('requests.queue')).toHaveLength(2)
})
