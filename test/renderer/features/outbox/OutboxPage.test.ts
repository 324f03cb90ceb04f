import OutboxPage from '@renderer/features/outbox/OutboxPage.vue'
import type { OutboxMessage, OutboxOverview } from '@shared/contract/outbox'
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { admin } from '../../../support/fake-office'
import { FakeFailure } from '../../../support/fake-bridge'
import { mountPage } from '../mount-page'

const message = (id: number, own: Partial<OutboxMessage> = {}): OutboxMessage => ({
  id, channel: 'email', template: 'contactCode', recipient: 'a***@example.org', provider: 'Эником', state: 'failed', error: 'smtp550', attempts: 1,
  createdAt: '2026-11-22T09:00:00Z', nextAttemptAt: null, finishedAt: '2026-11-22T09:00:05Z', expiresAt: null, isSealed: false, resend: 'plain', ...own,
})
const dead = [
  message(3, { state: 'uncertain', error: 'brokenOff', resend: 'mayRepeat', recipient: 'u***@example.org' }),
  message(2, { channel: 'sms', recipient: '+7 *** ***-**-01', error: 'gatewayRefused' }),
  message(1, { template: 'pin', state: 'expired', error: 'expired', resend: 'no' }),
]
const overview: OutboxOverview = {
  counts: [{ state: 'failed', channel: 'email', template: 'contactCode', count: 2, oldestAt: '2026-11-22T09:00:00Z' }, { state: 'queued', channel: 'sms', template: 'pin', count: 4, oldestAt: '2026-11-22T09:00:00Z' }],
  senders: 1, mail: true, sms: true,
}
const open = (handlers: Record<string, (input: never) => unknown> = {}) =>
  mountPage(OutboxPage, {
    staff: { ...admin, office: { ...admin.office, isTraining: false } },
    handlers: {
      'outbox.overview': () => overview,
      'outbox.list': () => ({ messages: dead }),
      'outbox.resend': ({ ids }: { ids: number[] }) => ({ resent: ids.length, left: [] }),
      'outbox.cancel': ({ ids }: { ids: number[] }) => ({ cancelled: ids.length, left: [] }),
      ...handlers,
    },
  })
const row = (wrapper: Awaited<ReturnType<typeof open>>['wrapper'], id: number) => wrapper.find(`[data-message="${id}"]`)
const inRow = (wrapper: Awaited<ReturnType<typeof open>>['wrapper'], id: number, label: string) => row(wrapper, id).findAll('button').find((one) => one.text() === label)

test('each dead message says in words why, and whether it can be sent again', async () => {
  const { wrapper, text } = await open()
  expect(row(wrapper, 2).text()).toContain('Шлюз ответил, что сообщение не принято')
  expect(row(wrapper, 2).text()).toContain('СМС · Эником')
  expect(row(wrapper, 2).text()).toContain('+7 ••• •••-••-01')
  expect(row(wrapper, 1).text()).toContain('Текст уже стёрт')
  expect(inRow(wrapper, 1, 'Отправить ещё раз')).toBeUndefined()
  expect(text()).toContain('Не отправлены (2)')
  expect(text()).toContain('Ждут (4)')
})

test('what surely has not arrived is sent again at once', async () => {
  const { bridge, wrapper, text } = await open()
  await inRow(wrapper, 2, 'Отправить ещё раз')!.trigger('click')
  await flushPromises()
  expect(bridge.inputsOf('outbox.resend')).toEqual([{ ids: [2], evenIfArrived: false }])
  expect(text()).toContain('В очередь возвращено 1 сообщение.')
})

test('what may have arrived is sent again only after the warning and a tick', async () => {
  const { bridge, wrapper, click, text } = await open()
  await inRow(wrapper, 3, 'Отправить ещё раз')!.trigger('click')
  expect(text()).toContain('Сообщение может прийти дважды')
  await click('Отправить ещё разEnter')
  expect(bridge.inputsOf('outbox.resend')).toEqual([])
  expect(text()).toContain('Отметьте, что второе сообщение допустимо')
  document.querySelector<HTMLInputElement>('[role=alertdialog] input[type=checkbox]')!.click()
  await flushPromises()
  await click('Отправить ещё разEnter')
  expect(bridge.inputsOf('outbox.resend')).toEqual([{ ids: [3], evenIfArrived: true }])
  expect(document.querySelector('[role=alertdialog]')).toBeNull()
})

test('all are chosen, sent and cancelled from the keyboard; of several only the sure ones may go', async () => {
  const { bridge, press, click } = await open()
  await press('a', { altKey: true })
  await press('r', { altKey: true })
  await click('Только 1, которое точно не дошло')
  expect(bridge.inputsOf('outbox.resend')).toEqual([{ ids: [3, 2], evenIfArrived: false }])
  await press('x', { altKey: true })
  expect(bridge.inputsOf('outbox.cancel')).toEqual([{ ids: [3, 2, 1] }])
})

test('a failure keeps the dialog and says what to do', async () => {
  const { wrapper, click, text } = await open({ 'outbox.resend': () => { throw new FakeFailure('databaseUnavailable') } })
  await inRow(wrapper, 3, 'Отправить ещё раз')!.trigger('click')
  document.querySelector<HTMLInputElement>('[role=alertdialog] input[type=checkbox]')!.click()
  await flushPromises()
  await click('Отправить ещё разEnter')
  expect(text()).toContain('Нет связи с базой данных')
  expect(document.querySelector('[role=alertdialog]')).not.toBeNull()
})

test('nobody who sends, no mail server and no gateway are told, with the way to the settings', async () => {
  const { text } = await open({ 'outbox.overview': () => ({ counts: [], senders: 0, mail: false, sms: false }), 'outbox.list': () => ({ messages: [] }) })
  expect(text()).toContain('Ни один компьютер офиса сейчас не отправляет сообщения')
  expect(text()).toContain('Почтовый сервер не указан')
  expect(text()).toContain('Шлюз СМС не указан')
  expect(text()).toContain('Неотправленных сообщений нет')
})

test('an answer of a server without words of its own is told by its number', async () => {
  const { wrapper } = await open({ 'outbox.list': () => ({ messages: [message(1, { error: 'smtp571' }), message(2, { error: 'gateway418' }), message(3, { error: 'newReason' })] }) })
  expect(row(wrapper, 1).text()).toContain('Почтовый сервер отказал (571).')
  expect(row(wrapper, 2).text()).toContain('Шлюз не принял сообщение (418).')
  expect(row(wrapper, 3).text()).toContain('Причина: newReason.')
})
