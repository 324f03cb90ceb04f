import SmsSection from '@renderer/features/settings/SmsSection.vue'
import { flushPromises } from '@vue/test-utils'
import { expect, test, vi } from 'vitest'
import { admin } from '../../../support/fake-office'
import { mountPage } from '../mount-page'

const stored = {
  url: 'https://sms.example.org/send', method: 'POST', headers: [{ name: 'Authorization', value: 'Bearer {secret}' }], contentType: 'json', body: '{"to": "{phone}", "text": "{text}"}', login: '', sender: 'OKNO',
  statuses: [200, 201], check: { kind: 'jsonPath', path: 'status', values: ['ok'] }, laterPattern: 'balance', knowsRepeats: true, timeoutSeconds: 20, allowPlain: false,
}
const sent = { id: 5, channel: 'sms', template: 'test', recipient: '+7 *** ***-**-01', provider: null, state: 'queued', error: null, attempts: 0, createdAt: '2026-11-22T09:00:00Z', nextAttemptAt: null, finishedAt: null, expiresAt: null, isSealed: false, resend: 'no' }
const open = (gateway: object | null, handlers: Record<string, (input: never) => unknown> = {}) =>
  mountPage(SmsSection, {
    staff: { ...admin, office: { ...admin.office, isTraining: false } },
    handlers: { 'settings.sms': () => ({ gateway, hasSecret: gateway !== null }), 'settings.saveSms': () => ({}), 'settings.removeSms': () => ({}), 'settings.testMessage': () => ({ id: 5 }), 'outbox.message': () => sent, ...handlers },
  })
const field = (wrapper: Awaited<ReturnType<typeof open>>['wrapper'], label: string) => {
  const found = wrapper.findAll('label').find((one) => one.text() === label)
  return wrapper.find(`[id="${found?.attributes('for')}"]`)
}
const valueOf = (wrapper: Awaited<ReturnType<typeof open>>['wrapper'], label: string) => (field(wrapper, label).element as HTMLInputElement).value

test('a stored gateway is shown and saved as it was, without its secret', async () => {
  const { bridge, wrapper, text } = await open(stored)
  expect(valueOf(wrapper, 'Адрес')).toBe(stored.url)
  expect(valueOf(wrapper, 'Ключ или пароль')).toBe('')
  expect(text()).toContain('Сохранённый ключ не показывается')
  await wrapper.find('form').trigger('submit')
  await flushPromises()
  expect(bridge.inputsOf('settings.saveSms')).toEqual([{ gateway: stored }])
  expect(text()).toContain('Настройки СМС сохранены')
})

test('mistakes are named where they are and nothing is sent', async () => {
  const { bridge, wrapper, text } = await open(null)
  await field(wrapper, 'Адрес').setValue('http://sms.example.org/send')
  await field(wrapper, 'Тело запроса').setValue('{"to": "{phone}", "txt": {text}}')
  await wrapper.find('form').trigger('submit')
  await flushPromises()
  expect(bridge.inputsOf('settings.saveSms')).toEqual([])
  expect(text()).toContain('Без шифрования можно обращаться только к этому же компьютеру.')
  expect(text()).toContain('После подстановки получается не JSON.')
})

test('an example fills the form; the request it would make is shown with the secret hidden; a secret goes in once', async () => {
  const { bridge, wrapper, click, text } = await open(null)
  await click('Подставить пример')
  await field(wrapper, 'Ключ или пароль').setValue('gate-secret-1')
  expect(wrapper.find('pre').text()).toContain('Authorization: Bearer ********')
  expect(wrapper.find('pre').text()).toContain('79430000001')
  await wrapper.find('form').trigger('submit')
  await flushPromises()
  expect(bridge.inputsOf('settings.saveSms')).toMatchObject([{ secret: 'gate-secret-1', gateway: { method: 'POST', headers: [{ name: 'Authorization', value: 'Bearer {secret}' }] } }])
  expect(valueOf(wrapper, 'Ключ или пароль')).toBe('')
  expect(text()).not.toContain('gate-secret-1')
})

test('a test message is followed until it is known what became of it', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  try {
    let state: object = sent
    const { bridge, wrapper, text } = await open(stored, { 'outbox.message': () => state })
    await field(wrapper, 'Проверочное СМС на номер').setValue('+7 943 000-00-01')
    await wrapper.findAll('form')[1]!.trigger('submit')
    await flushPromises()
    expect(bridge.inputsOf('settings.testMessage')).toMatchObject([{ channel: 'sms', recipient: '+7 943 000-00-01' }])
    expect(text()).toContain('Отправляется…')
    state = { ...sent, error: 'unreachable' }
    await vi.advanceTimersByTimeAsync(1000)
    await flushPromises()
    expect(text()).toContain('Пока не ушло. Сервер не отвечает.')
    state = { ...sent, state: 'failed', error: 'gatewayRefused' }
    await vi.advanceTimersByTimeAsync(1000)
    await flushPromises()
    expect(text()).toContain('Не ушло. Шлюз ответил, что сообщение не принято.')
  } finally {
    vi.useRealTimers()
  }
})

test('before there is a gateway nothing can be tried', async () => {
  const { bridge, wrapper, text } = await open(null)
  expect(text()).toContain('Сначала сохраните настройки.')
  await field(wrapper, 'Проверочное СМС на номер').setValue('+79430000001')
  await wrapper.findAll('form')[1]!.trigger('submit')
  await flushPromises()
  expect(bridge.inputsOf('settings.testMessage')).toEqual([])
})
