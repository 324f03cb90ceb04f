import ChangePasswordPage from '@renderer/features/session/ChangePasswordPage.vue'
import { beforeEach, expect, test } from 'vitest'
import type { FakeBridge } from '../../../support/fake-bridge'
import { operator } from '../../../support/fake-office'
import { button, show, startBridge, submit, text, type } from '../../../support/fake-page'

let bridge: FakeBridge
beforeEach(async () => {
  bridge = startBridge({ 'session.status': () => ({ version: '0', database: { state: 'ready' }, staff: { ...operator, mustChangePassword: true }, locked: false, training: null }) })
  await show(ChangePasswordPage)
})

async function fill(current: string, next: string, repeat: string) {
  await type('Текущий пароль', current)
  await type('Новый пароль', next)
  await type('Новый пароль ещё раз', repeat)
}

test.each([
  ['a short one', ['первый-пароль', 'короткий', 'короткий']],
  ['the old one', ['первый-пароль', 'первый-пароль', 'первый-пароль']],
  ['one typed differently the second time', ['первый-пароль', 'четыре случайных слова', 'четыре случайных слоva']],
] as const)('%s is not sent', async (_, [current, next, repeat]) => {
  await fill(current, next, repeat)
  await submit('Новый пароль')
  expect(button('Сохранить пароль').getAttribute('aria-disabled')).toBe('true')
  expect(bridge.inputsOf('session.changePassword')).toEqual([])
})

test('a password that meets the rules is sent once', async () => {
  await fill('первый-пароль', 'четыре случайных слова', 'четыре случайных слова')
  await submit('Новый пароль')
  expect(bridge.inputsOf('session.changePassword')).toEqual([{ current: 'первый-пароль', next: 'четыре случайных слова' }])
})

test('at the first sign-in there is no way around, only out', () => {
  expect(text()).toContain('Пароль от администратора действует один раз.')
  expect(text()).toContain('Выйти')
  expect(text()).not.toContain('Отмена')
})
