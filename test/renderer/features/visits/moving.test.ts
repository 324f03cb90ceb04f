import HandOverPanel from '@renderer/features/visits/HandOverPanel.vue'
import PostponePanel from '@renderer/features/visits/PostponePanel.vue'
import WaitingStrip from '@renderer/features/visits/WaitingStrip.vue'
import { useSessionStore } from '@renderer/session-store'
import { useVisitStore } from '@renderer/visit-store'
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import type { Component } from 'vue'
import { FakeFailure, type FakeBridge } from '../../../support/fake-bridge'
import { at, identified, openVisit } from '../../../support/fake-office'
import { button, click, field, press, show, startBridge, submitForm, text, type } from '../../../support/fake-page'

let bridge: FakeBridge
async function open(panel: Component, handlers: Parameters<typeof startBridge>[0] = {}) {
  bridge = startBridge({ 'visits.open': () => identified, ...handlers })
  await useSessionStore().load()
  await useVisitStore().open(1)
  return show(panel, {}, '/desk/1')
}
const input = (value: unknown) => [...document.querySelectorAll<HTMLInputElement>('input')].find((one) => one.value === String(value))!
async function choose(label: string, value: string) {
  const list = field(label) as unknown as HTMLSelectElement
  list.value = value
  list.dispatchEvent(new Event('change', { bubbles: true }))
  await flushPromises()
}

test('handing over goes to whoever is free unless a colleague is chosen, with what is left to do', async () => {
  const { router } = await open(HandOverPanel)
  expect(document.activeElement).toBe(document.querySelector('input:checked'))
  input(6).click()
  await type('Что осталось сделать', 'сменить почту')
  await submitForm('Передать')
  expect(bridge.inputsOf('visits.handOver')).toMatchObject([{ visitId: identified.id, to: 6, note: 'сменить почту' }])
  expect(router.currentRoute.value.name).toBe('search')
})

test('without colleagues the button says why it does nothing', async () => {
  await open(HandOverPanel, { 'visits.colleagues': () => [] })
  await submitForm('Передать')
  expect(text()).toContain('Других операторов в этом офисе нет.')
  expect(bridge.inputsOf('visits.handOver')).toEqual([])
})

test('postponing needs something to bring, and gives the code and its slip', async () => {
  await open(PostponePanel)
  await submitForm('Завершить и выдать код')
  expect(bridge.inputsOf('visits.postpone')).toEqual([])
  await choose('Зачем приходил', 'changeEmail')
  await type('Новая почта', 'lisa@gmail.com')
  input('notarialPower').click()
  await flushPromises()
  await submitForm('Завершить и выдать код')
  expect(bridge.inputsOf('visits.postpone')).toMatchObject([{ items: ['notarialPower'], action: 'changeEmail', email: 'lisa@gmail.com', freeLine: null }])
  expect(text()).toContain('V123 456 782')
  expect(text()).toContain('Код действует до 22.12.2026')
  expect(document.activeElement).toBe(button('Напечатать талон'))
  await press('KeyP', { ctrlKey: true })
  expect(bridge.inputsOf('visits.nextSlip')).toMatchObject([{ visitId: identified.id, output: { how: 'print' } }])
  expect(useVisitStore().visit?.state).toBe('closed')
})

test('what the provider lacks is marked for the operator at once', async () => {
  const allowed = { ...identified.allowed, subscriber: { ...identified.allowed.subscriber, portalPassword: 'notarialPowerNeeded' } }
  await open(PostponePanel, { 'visits.open': () => ({ ...identified, allowed }) })
  await choose('Зачем приходил', 'portalPassword')
  expect(input('notarialPower').checked).toBe(true)
  expect(input('representativeDocument').checked).toBe(true)
})

test('a malformed address is told and not sent', async () => {
  await open(PostponePanel)
  await choose('Зачем приходил', 'changeEmail')
  input('ownDocument').click()
  await type('Новая почта', 'lisa@')
  await submitForm('Завершить и выдать код')
  expect(text()).toContain('Это не похоже на адрес почты')
  expect(bridge.inputsOf('visits.postpone')).toEqual([])
})

const waiting = (waitsFor: string, rest: object = {}) => ({ visit: { ...openVisit, state: 'waiting' }, fromName: 'Петренко Илья Ильич', fromWindow: '4', toName: null, handedAt: at('09:50'), waitsFor, ...rest })

test('a visit handed to this window is taken by one key and its card opens', async () => {
  const { router } = await open(WaitingStrip, { 'visits.waiting': () => [waiting('colleague'), waiting('me')] })
  expect(text()).toContain('Вам передали: Воронцова-Дашкова Елизавета Андреевна')
  expect(text()).toContain('из окна 4, Петренко Илья Ильич')
  await press('KeyJ', { altKey: true })
  expect(bridge.inputsOf('visits.accept')).toMatchObject([{ visitId: openVisit.id }])
  expect(router.currentRoute.value).toMatchObject({ name: 'card', params: { subscriberId: '1' } })
})

test('one that somebody else was quicker to take is told in words', async () => {
  const { router } = await open(WaitingStrip, {
    'visits.waiting': () => [waiting('anybody')],
    'visits.accept': () => {
      throw new FakeFailure('conflict', 'visitNotWaiting')
    },
  })
  await router.push('/')
  await click('Принять')
  expect(text()).toContain('Это обслуживание уже принял другой оператор.')
  expect(router.currentRoute.value.name).toBe('home')
})
