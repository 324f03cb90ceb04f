import { announce, announcement } from '@renderer/announce'
import LockScreen from '@renderer/layout/LockScreen.vue'
import { useSessionStore } from '@renderer/session-store'
import { useIdleLock } from '@renderer/use-idle-lock'
import { afterEach, expect, test, vi } from 'vitest'
import { effectScope } from 'vue'
import { FakeFailure } from '../../../support/fake-bridge'
import { field, press, show, startBridge, submit, text, type } from '../../../support/fake-page'

afterEach(() => {
  vi.useRealTimers()
})

test('only the person who locked the desk is asked for a password, and a wrong one keeps it locked', async () => {
  startBridge({
    'session.unlock': ({ password }: { password: string }) => {
      if (password !== 'верный пароль') throw new FakeFailure('forbidden', 'wrongPassword', { waitSeconds: 0 })
      return {}
    },
  })
  const session = useSessionStore()
  await show(LockScreen)
  await session.lock()
  await type('Пароль: Соколова Анна Викторовна', 'чужой пароль')
  await submit('Пароль')
  expect(text()).toContain('Пароль не подходит.')
  expect(session.locked).toBe(true)
  expect(field('Пароль').value).toBe('')
  await type('Пароль', 'верный пароль')
  await submit('Пароль')
  expect(session.locked).toBe(false)
})

test('the desk is dark at once, before main has answered', async () => {
  startBridge({ 'session.lock': () => new Promise(() => {}) })
  const session = useSessionStore()
  await session.load()
  void session.lock()
  expect(session.locked).toBe(true)
})

test.each(['lock', 'signOut'] as const)('what was announced is not shown to the next person after %s', async (way) => {
  startBridge({ 'session.lock': () => ({}), 'session.signOut': () => ({}) })
  const session = useSessionStore()
  await session.load()
  announce('Прежний адрес возвращён')
  await session[way]()
  expect(announcement.value).toBeNull()
})

test('Escape does not open a locked desk', async () => {
  startBridge()
  await show(LockScreen)
  await press('Escape')
  expect(document.querySelector('dialog')?.open).toBe(true)
})

test('after five minutes without a key or the mouse the desk locks, and not before', () => {
  vi.useFakeTimers()
  const lock = vi.fn()
  const scope = effectScope()
  scope.run(() => useIdleLock(300_000, lock))
  vi.advanceTimersByTime(290_000)
  window.dispatchEvent(new KeyboardEvent('keydown'))
  vi.advanceTimersByTime(290_000)
  expect(lock).not.toHaveBeenCalled()
  vi.advanceTimersByTime(11_000)
  expect(lock).toHaveBeenCalledOnce()
  scope.stop()
})
