import PortalRequestsPage from '@renderer/features/portal-users/PortalRequestsPage.vue'
import { ageText, whyNotResend } from '@renderer/features/portal-users/request-text'
import type { PortalRequest } from '@shared/contract/portal-users'
import { flushPromises } from '@vue/test-utils'
import { describe, expect, test } from 'vitest'
import { FakeFailure, type FakeBridge } from '../../../support/fake-bridge'
import { at, energy } from '../../../support/fake-office'
import { press, show, startBridge, text } from '../../../support/fake-page'
import { request } from './examples'

const second = request({ id: 8, subscriberId: 2, subscriberName: 'Черных Зоя Львовна', loginDiffers: true, askedAt: at('09:00') })
const third = request({ kind: 'registration', id: 9, subscriberId: null, subscriberName: null, accountNumber: null, address: null, sentAt: at('09:10'), resendAllowedAt: at('09:11'), resendsLeft: 5 })
const queue = (requests: PortalRequest[]) => ({ requests, waiting: { pin: requests.filter(({ kind }) => kind === 'pin').length, registration: 1 }, now: at('09:40') })

let bridge: FakeBridge
const open = (requests: PortalRequest[] = [request(), second, third], handlers: Parameters<typeof startBridge>[0] = {}) => {
  bridge = startBridge({ 'portalRequests.list': () => queue(requests), ...handlers })
  return show(PortalRequestsPage, {}, '/')
}
const rows = () => [...document.querySelectorAll<HTMLElement>('[data-row]')]
const dialog = () => document.querySelector('dialog[open]')
const confirm = async () => {
  document.querySelector('dialog[open] form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await flushPromises()
}

test('has the longest waiting first, with what speaks against it', async () => {
  await open()
  expect(rows().map((row) => row.textContent?.includes('1 час') || row.textContent?.includes('40 минут'))).toEqual([true, true, true])
  expect(rows()[1]?.textContent).toContain('Логин кабинета не совпадает')
  expect(rows()[2]?.textContent).toContain('Абонент не назван')
  expect(text()).toContain('ПИН-кодов ждут 2, регистраций 1')
})

test('is worked through by keys: next, send, confirm with whose request it is, and the next one has its place', async () => {
  let left = [request(), second]
  await open(left, { 'portalRequests.list': () => queue(left), 'portalRequests.issuePin': () => { left = [request()]; return request({ id: 8, state: 'issued' }) } })
  rows()[0]?.focus()
  await press('ArrowDown')
  expect(document.activeElement).toBe(rows()[1])
  await press('KeyI', { altKey: true })
  expect(dialog()?.textContent).toContain('Черных Зоя Львовна')
  expect(dialog()?.textContent).toContain(energy.address)
  expect(dialog()?.textContent).toContain('ПИН-код получит владелец счёта')
  expect(bridge.inputsOf('portalRequests.issuePin')).toEqual([])
  await confirm()
  expect(bridge.inputsOf('portalRequests.issuePin')).toMatchObject([{ requestId: 8, version: 1, visitId: null }])
  expect(dialog()).toBeNull()
  expect(document.activeElement).toBe(rows()[0])
})

test('refuses with a reason; one in own words waits for them', async () => {
  await open([request()], { 'portalRequests.refusePin': () => request({ state: 'refused', isOpen: false }) })
  rows()[0]?.focus()
  await press('KeyX', { altKey: true })
  const select = document.querySelector<HTMLSelectElement>('dialog select')!
  select.value = 'other'
  select.dispatchEvent(new Event('change', { bubbles: true }))
  await flushPromises()
  await confirm()
  expect(bridge.inputsOf('portalRequests.refusePin')).toEqual([])
  select.value = 'comeWithDocument'
  select.dispatchEvent(new Event('change', { bubbles: true }))
  await flushPromises()
  await confirm()
  expect(bridge.inputsOf('portalRequests.refusePin')).toMatchObject([{ requestId: 7, reason: 'comeWithDocument', text: null }])
})

test('sends the letter of a registration again, and says why a PIN can’t be sent for one', async () => {
  await open([third], { 'portalRequests.resendRegistration': () => third })
  rows()[0]?.focus()
  await press('KeyI', { altKey: true })
  expect(dialog()).toBeNull()
  await press('KeyR', { altKey: true })
  await confirm()
  expect(bridge.inputsOf('portalRequests.resendRegistration')).toMatchObject([{ requestId: 9 }])
})

test('tells who was quicker and reads the queue again', async () => {
  await open([request()], { 'portalRequests.issuePin': () => { throw new FakeFailure('conflict', 'changedByAnotherDesk', { staffName: 'Петренко Илья Ильич', at: at('09:39'), kind: 'portalRequests.issuePin', current: null }) } })
  rows()[0]?.focus()
  await press('KeyI', { altKey: true })
  await confirm()
  expect(dialog()).toBeNull()
  expect(text()).toContain('Петренко')
  expect(bridge.inputsOf('portalRequests.list')).toHaveLength(2)
})

test('reads again when the portal or another desk has done something, and not for a note', async () => {
  await open()
  bridge.emit('desk.changed', { subscriberId: 1, by: 'other', kind: 'desk.addNote' })
  await flushPromises()
  expect(bridge.inputsOf('portalRequests.list')).toHaveLength(1)
  bridge.emit('desk.changed', { subscriberId: null, by: 'other', kind: 'portalRequests.changed' })
  await flushPromises()
  expect(bridge.inputsOf('portalRequests.list')).toHaveLength(2)
})

test('says that nobody waits, and what went wrong', async () => {
  await open([])
  expect(text()).toContain('Никто не ждёт')
  document.body.innerHTML = ''
  await open([], { 'portalRequests.list': () => { throw new FakeFailure('databaseUnavailable') } })
  expect(text()).toContain('Нет связи с базой данных')
})

describe('words', () => {
  test.each([['2026-11-22T09:40:30Z', 'меньше минуты'], ['2026-11-22T09:39:00Z', '2 минуты'], ['2026-11-22T08:41:00Z', '1 час'], ['2026-11-20T09:42:00Z', '47 часов'], ['2026-11-17T09:41:00Z', '5 дней']])('since %s is %s', (since, words) => {
    startBridge()
    expect(ageText(since, '2026-11-22T09:41:00Z').replace(/\s/g, ' ')).toBe(words)
  })

  test('another PIN waits a minute after the last one, and there are no more than three', () => {
    startBridge()
    const issued = request({ state: 'issued', sentAt: at('09:40'), resendAllowedAt: at('09:41') })
    expect(whyNotResend(issued, at('09:40'))).toContain('минуту')
    expect(whyNotResend(issued, at('09:41'))).toBeNull()
    expect(whyNotResend({ ...issued, resendsLeft: 0 }, at('09:45'))).toContain('нельзя')
    expect(whyNotResend({ ...issued, isOpen: false, state: 'expired' }, at('09:45'))).toContain('решили')
  })
})
