import IdentificationPanel from '@renderer/features/visits/IdentificationPanel.vue'
import { useVisitStore } from '@renderer/visit-store'
import { useSessionStore } from '@renderer/session-store'
import { beforeEach, expect, test } from 'vitest'
import { FakeFailure, type FakeBridge } from '../../../support/fake-bridge'
import { flushPromises } from '@vue/test-utils'
import { card, identified, openVisit } from '../../../support/fake-office'
import { button, field, press, show, startBridge, submit, submitForm, text, type } from '../../../support/fake-page'

let bridge: FakeBridge
async function open(handlers: Parameters<typeof startBridge>[0] = {}) {
  bridge = startBridge(handlers)
  await useSessionStore().load()
  await useVisitStore().open(1)
  await show(IdentificationPanel)
}
beforeEach(() => open())

test('a number that agrees identifies the visitor', async () => {
  await type('Серия и номер', '7423 000317')
  await submit('Серия и номер')
  expect(text()).toContain('Документ совпал. Личность установлена.')
  expect(useVisitStore().isIdentified).toBe(true)
})

test('a number that differs costs an attempt and says how many are left', async () => {
  await type('Серия и номер', '7423 000318')
  await submit('Серия и номер')
  expect(text()).toContain('Номер не совпал с записью. Осталось 4 попытки.')
  expect(field('Серия и номер').value).toBe('')
  expect(useVisitStore().isIdentified).toBe(false)
})

test('a slip of the finger is told before it costs an attempt', async () => {
  await type('Серия и номер', '7423 00031')
  await submit('Серия и номер')
  expect(text()).toContain('Не похоже на номер документа «Паспорт гражданина РФ».')
  expect(bridge.inputsOf('visits.identify')).toEqual([])
})

test('the same wrong number twice is two attempts, not a repeat of the first', async () => {
  for (let attempt = 0; attempt < 2; attempt++) {
    await type('Серия и номер', '7423 000318')
    await submit('Серия и номер')
  }
  const ids = bridge.inputsOf('visits.identify').map(({ operationId }) => operationId)
  expect(new Set(ids).size).toBe(2)
})

test('after a lost answer the same number is sent under the same operation', async () => {
  bridge.handle('visits.identify', () => {
    throw new FakeFailure('databaseUnavailable')
  })
  await type('Серия и номер', '7423 000317')
  await submit('Серия и номер')
  expect(field('Серия и номер').value).toBe('7423 000317')
  await submit('Серия и номер')
  const ids = bridge.inputsOf('visits.identify').map(({ operationId }) => operationId)
  expect(ids).toHaveLength(2)
  expect(new Set(ids).size).toBe(1)
})

test('without attempts the button says why it does nothing', async () => {
  document.body.innerHTML = ''
  await open({ 'visits.open': () => ({ ...openVisit, attemptsLeft: 0 }) })
  await type('Серия и номер', '7423 000317')
  await submit('Серия и номер')
  const described = button('Сверить').getAttribute('aria-describedby')
  expect(document.getElementById(described ?? '')?.textContent).toBe('Попыток не осталось: пригласите старшего смены')
  expect(bridge.inputsOf('visits.identify')).toEqual([])
})

async function fillPower(date: string) {
  await press('Digit2', { altKey: true })
  await type('Фамилия, имя', 'Громов Пётр Ильич')
  await type('Серия и номер документа', '7410 123123')
  await type('Нотариус', 'Печатников О. Р.')
  await type('Номер в реестре', '74/115-н')
  await type('Номер доверенности', '74/115')
  await type('Дата доверенности', date)
}

test('an expired power of attorney is refused before anything is sent, with its date', async () => {
  await fillPower('05032025')
  expect(field('Дата доверенности').value).toBe('05.03.2025')
  await submit('Номер доверенности')
  expect(text()).toContain('Срок доверенности истёк 05.03.2026')
  expect(bridge.inputsOf('visits.identifyRepresentative')).toEqual([])
})

test('a representative with a valid power of attorney is recorded with the term as written', async () => {
  await fillPower('05.03.2026')
  await submit('Номер доверенности')
  expect(bridge.inputsOf('visits.identifyRepresentative')).toMatchObject([
    { representative: { by: 'power', form: 'notary', certifiedBy: 'Печатников О. Р.', registerNumber: '74/115-н', powerDate: '2026-03-05', powerUntil: null, documentType: 'passport_rf' } },
  ])
  expect(text()).toContain('Представитель записан.')
})

test('a plain power of attorney asks for no notary', async () => {
  await press('Digit2', { altKey: true })
  const form = field('Как удостоверена') as unknown as HTMLSelectElement
  form.value = 'plain'
  form.dispatchEvent(new Event('change', { bubbles: true }))
  await flushPromises()
  expect(text()).not.toContain('Номер в реестре нотариуса')
  expect(text()).toContain('подходит не для всех действий')
})

test('for a child a parent comes: no document of its own is asked for, another certificate costs an attempt', async () => {
  document.body.innerHTML = ''
  const child = { ...card, subscriber: { ...card.subscriber, birthDate: '2016-01-19' } }
  await open({ 'desk.card': () => child, 'visits.identifyRepresentative': () => ({ agrees: false, visit: { ...openVisit, attemptsLeft: 4 } }) })
  expect(text()).toContain('Абоненту нет 14 лет')
  await type('Фамилия, имя', 'Лебедев Илья Петрович')
  await type('Серия и номер документа', '7410 123123')
  await type('Серия и номер свидетельства', 'III-ДУ 740114')
  await submit('Серия и номер свидетельства')
  expect(bridge.inputsOf('visits.identifyRepresentative')).toMatchObject([{ representative: { by: 'parent', certificateType: 'birth_certificate' } }])
  expect(text()).toContain('Свидетельство не совпало с записью. Осталось 4 попытки.')
})

test('an organisation comes by its head; where its provider wants an application, that is asked for next', async () => {
  document.body.innerHTML = ''
  const organisation = { ...card, subscriber: { ...card.subscriber, kind: 'organisation' as const, birthDate: null } }
  const denied = { subscriber: { ...identified.allowed.subscriber, changeEmail: 'organisationApplicationNeeded' }, accounts: {} }
  const represented = { by: 'head' as const, name: 'Ромашкин', form: null, until: null }
  await open({
    'desk.card': () => organisation,
    'visits.identifyRepresentative': () => ({ agrees: true, visit: { ...identified, identification: 'representative', represented, allowed: denied } }),
    'visits.recordApplication': ({ number, date }: { number: string; date: string }) => ({ visit: { ...identified, identification: 'representative', represented, application: { number, date } } }),
  })
  await type('Фамилия, имя', 'Ромашкин Олег Петрович')
  await type('Серия и номер документа', '7410 123123')
  await type('Должность', 'директор')
  await type('Основание', 'устав')
  await submit('Должность')
  expect(text()).toContain('Заявление организации')
  await type('Номер или входящий', '12')
  await submit('Номер или входящий')
  expect(bridge.inputsOf('visits.recordApplication')).toMatchObject([{ number: '12', date: '2026-11-22' }])
  expect(text()).toContain('Заявление № 12 от 22.11.2026 принято.')
})

test('without a document the visit goes on with readings only', async () => {
  await press('Digit3', { altKey: true })
  await submitForm('Продолжить без документа')
  expect(useVisitStore().visit?.identification).toBe('readingsOnly')
  expect(useVisitStore().isIdentified).toBe(false)
})
