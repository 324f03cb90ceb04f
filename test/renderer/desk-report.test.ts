import { reportDesk } from '@renderer/desk-report'
import { useReadingsQueue } from '@renderer/readings-queue'
import { useSessionStore } from '@renderer/session-store'
import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fakeBridge, type FakeBridge } from '../support/fake-bridge'

let bridge: FakeBridge
let end: () => void
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'], now: Date.parse('2026-11-22T10:00:00Z') })
  bridge = fakeBridge({ 'liveDesk.tell': () => ({}) })
  window.bridge = bridge
  setActivePinia(createPinia())
  await useSessionStore().load()
  end = reportDesk()
  await flushPromises()
})
afterEach(() => {
  end()
  vi.useRealTimers()
})
const told = () => bridge.inputsOf('liveDesk.tell')
const pass = async (ms: number) => {
  vi.advanceTimersByTime(ms)
  await flushPromises()
}

test('what the supervisor sees of this desk is told once, and again only when it changes', async () => {
  expect(told()).toEqual([{ shownSubscriberId: null, awayAt: null, unsent: 0 }])
  await pass(100_000)
  expect(told()).toHaveLength(1)
})

test('nobody touching the desk for two minutes is told with since when, and the first touch ends it', async () => {
  await pass(130_000)
  expect(told().at(-1)).toEqual({ shownSubscriberId: null, awayAt: '2026-11-22T10:00:00.000Z', unsent: 0 })
  await pass(60_000)
  expect(told()).toHaveLength(2)
  window.dispatchEvent(new Event('keydown'))
  await flushPromises()
  expect(told().at(-1)).toMatchObject({ awayAt: null })
})

test('readings of visitors who have gone that are not written yet are counted', async () => {
  bridge.handle('readings.save', () => new Promise(() => undefined))
  useReadingsQueue().add({
    subscriberId: 1, subscriberName: 'Абонент', accountNumber: '1', told: '', save: { visitId: 1, accountId: 1, takenOn: '2026-11-22', channel: 'desk', entries: [] } as never, visitId: 1, endsVisit: true, typed: null,
  } as never)
  await flushPromises()
  expect(told().at(-1)).toMatchObject({ unsent: 1 })
})

test('a locked desk tells nothing more: main has told that it is locked', async () => {
  await useSessionStore().lock()
  const before = told().length
  await pass(300_000)
  expect(told()).toHaveLength(before)
})
