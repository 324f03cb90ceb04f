import { flushPromises } from '@vue/test-utils'
import { describe, expect, test } from 'vitest'
import type { UpdateStatus } from '@shared/contract/updates'
import { deskReasons, offReasons, updateFailures, type Release, type UpdateState } from '@shared/domain/update'
import { feedRefusals } from '@shared/domain/signed-feed'
import { installRefusals } from '@shared/domain/update-policy'
import { hasText, setLocale } from '@renderer/i18n'
import UpdateStrip from '@renderer/layout/UpdateStrip.vue'
import { useUpdatesStore } from '@renderer/updates-store'
import { FakeFailure } from '../../support/fake-bridge'
import { show, startBridge } from '../../support/fake-page'

const release: Release = { version: '1.4.0', channel: 'main', sequence: 7, schema: { from: 1, to: 42 }, isReturn: false, notes: 'Поиск понимает «ё»', size: 1 }
const status = (state: UpdateState, over: Partial<UpdateStatus> = {}): UpdateStatus => ({ version: '1.3.0', state, channel: 'main', source: null, checkedAt: null, installAt: 'quit', required: null, postponedUntil: null, notes: null, ...over })

async function strip(told: UpdateStatus, handlers: Parameters<typeof startBridge>[0] = {}) {
  const bridge = startBridge({ 'updates.status': () => told, 'updates.tellDesk': () => ({}), ...handlers })
  const wrapper = await show(UpdateStrip)
  const updates = useUpdatesStore()
  updates.follow()
  await flushPromises()
  const button = (words: string) => wrapper.findAll('button').find((one) => one.text() === words)!
  return { bridge, wrapper, updates, button, text: () => wrapper.text() }
}

describe('the line about the update', () => {
  test.each<[UpdateState]>([[{ state: 'idle' }], [{ state: 'none' }], [{ state: 'checking' }], [{ state: 'off', reason: 'noSource' }], [{ state: 'refused', reason: 'feedSignature', release: null }], [{ state: 'failed', reason: 'feedAway', release: null }], [{ state: 'downloading', release, percent: 3 }]])('says nothing while there is nothing to do for the operator: %j', async (state) => {
    expect((await strip(status(state))).wrapper.find('section').exists()).toBe(false)
  })

  test('says that a version is ready and when it goes in, and hides when asked to, until another one comes', async () => {
    const { text, button, updates, wrapper } = await strip(status({ state: 'downloaded', release }))
    expect(text()).toContain('Новая версия 1.4.0 готова, установится при закрытии окна.')
    await button('Скрыть').trigger('click')
    expect(wrapper.find('section').exists()).toBe(false)
    updates.know(status({ state: 'downloaded', release: { ...release, version: '1.4.1' } }))
    await flushPromises()
    expect(text()).toContain('1.4.1')
  })

  test('installs by the button, and says why it can not', async () => {
    const { button, bridge, text } = await strip(status({ state: 'downloaded', release }), { 'updates.install': () => { throw new FakeFailure('conflict', 'updateBusy', { why: ['batch'] }) } })
    await button('Установить сейчас').trigger('click')
    await flushPromises()
    expect(bridge.calls.filter(({ name }) => name === 'updates.install')).toHaveLength(1)
    expect(text()).toContain('Сейчас обновлять нельзя')
  })

  test('puts off what a lock or an hour would install', async () => {
    const { button, bridge, text } = await strip(status({ state: 'downloaded', release }, { installAt: { hour: 3 } }), { 'updates.postpone': () => status({ state: 'downloaded', release }) })
    expect(text()).toContain('установится в 3:00')
    await button('Отложить на 8 часов').trigger('click')
    await flushPromises()
    expect(bridge.calls.find(({ name }) => name === 'updates.postpone')?.input).toEqual({ hours: 8 })
  })

  test('of a version that may not work any more says what comes next, and can not be hidden', async () => {
    const { text, button, updates } = await strip(status({ state: 'downloading', release, percent: 40 }, { required: 'olderThanDatabase' }))
    expect(text()).toContain('База офиса новее этой программы')
    expect(text()).toContain('Загружается версия 1.4.0: 40 %')
    expect(button('Скрыть')).toBeUndefined()
    updates.know(status({ state: 'waitingRollout', release, reason: 'rolloutStopped' }, { required: 'tooOld' }))
    await flushPromises()
    expect(text()).toContain('Распространение новой версии остановлено администратором. Позовите администратора')
    expect(button('Проверить сейчас').exists()).toBe(true)
  })

  test('tells what is new once', async () => {
    const told = status({ state: 'none' }, { version: '1.4.0', notes: { version: '1.4.0', text: 'Поиск понимает «ё»', isReturn: false } })
    const { text, button, wrapper } = await strip(told, { 'updates.notesRead': () => ({ ...told, notes: null }) })
    expect(text()).toContain('Okno обновлено до версии 1.4.0.')
    expect(wrapper.find('details').text()).toContain('Поиск понимает «ё»')
    await button('Понятно').trigger('click')
    await flushPromises()
    expect(wrapper.find('section').exists()).toBe(false)
  })
})

test.each(['ru', 'en'] as const)('every reason of every state has words in %s', async (locale) => {
  await setLocale(locale)
  const refusals = [...feedRefusals, 'noPackage', 'feedOversized', 'redirected', 'packageDamaged', 'packagePublisher']
  const keys = [...offReasons.map((reason) => `off.${reason}`), ...updateFailures.map((reason) => `failed.${reason}`), ...refusals.map((reason) => `refused.${reason}`), ...[...installRefusals, 'policyUnknown'].map((reason) => `waitingRollout.${reason}`)]
  expect(keys.filter((key) => !hasText(`updates.reasons.${key}`))).toEqual([])
  expect(deskReasons.filter((reason) => !hasText(`updates.why.${reason}`))).toEqual([])
})
