import SignInPage from '@renderer/features/session/SignInPage.vue'
import { useSessionStore } from '@renderer/session-store'
import { flushPromises } from '@vue/test-utils'
import { afterEach, expect, test, vi } from 'vitest'
import { FakeFailure } from '../../../support/fake-bridge'
import { trainingPeople } from '../../../support/fake-office'
import { button, click, field, press, show, startBridge, submit, text, type } from '../../../support/fake-page'

const nobody = (training: unknown = null) => ({ 'session.status': () => ({ version: '0.1.0', database: { state: 'ready' }, staff: null, locked: false, training }) })
const refuse = (reason: string, details?: Record<string, unknown>) => () => {
  throw new FakeFailure('forbidden', reason, details)
}

afterEach(() => {
  vi.useRealTimers()
})

test('a wrong password is answered by one message, the login stays and the password is empty', async () => {
  startBridge({ ...nobody(), 'session.signIn': refuse('wrongLoginOrPassword', { waitSeconds: 0 }) })
  await show(SignInPage)
  await type('Логин', 'operator')
  await type('Пароль', 'не тот пароль')
  await submit('Пароль')
  expect(text()).toContain('Логин или пароль не подходит.')
  expect(field('Логин').value).toBe('operator')
  expect(field('Пароль').value).toBe('')
  expect(document.activeElement).toBe(field('Пароль'))
})

test('after several failures a countdown stands in the way, and ends', async () => {
  const bridge = startBridge({ ...nobody(), 'session.signIn': refuse('signInDelayed', { waitSeconds: 8 }) })
  await show(SignInPage)
  vi.useFakeTimers()
  await type('Логин', 'operator')
  await type('Пароль', 'x')
  await submit('Пароль')
  expect(button('Войти').getAttribute('aria-disabled')).toBe('true')
  expect(text()).toContain('Можно повторить через 8 с')
  await type('Пароль', 'x')
  await submit('Пароль')
  expect(bridge.inputsOf('session.signIn')).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(8_300)
  expect(button('Войти').getAttribute('aria-disabled')).toBeNull()
})

test('the Russian layout and Caps Lock are told at the password, where dots hide them', async () => {
  startBridge(nobody())
  await show(SignInPage)
  field('Пароль').dispatchEvent(new KeyboardEvent('keydown', { key: 'ы', code: 'KeyS', bubbles: true, modifierCapsLock: true }))
  await flushPromises()
  expect(text()).toContain('Включена русская раскладка')
})

test('a login typed in the Russian layout can be corrected by one key', async () => {
  startBridge(nobody())
  await show(SignInPage)
  await type('Логин', 'щзукфещк')
  expect(text()).toContain('Вы имели в виду «operator»?')
  await press('KeyL', { altKey: true })
  expect(field('Логин').value).toBe('operator')
})

test('the browser is asked to remember and to correct nothing', async () => {
  startBridge(nobody())
  await show(SignInPage)
  expect([field('Логин'), field('Пароль')].map((input) => input.autocomplete)).toEqual(['off', 'new-password'])
})

test('in a training office one key signs in as one of its people', async () => {
  const bridge = startBridge(nobody(trainingPeople))
  await show(SignInPage)
  expect(text()).toContain('Учебный офис')
  await press('Digit2', { altKey: true })
  expect(bridge.inputsOf('session.signIn')).toEqual([{ login: 'supervisor', password: trainingPeople[1]!.password, endOther: false }])
})

test('a real office shows nobody’s login and no password', async () => {
  startBridge(nobody())
  await show(SignInPage)
  expect(text()).not.toContain('Учебный офис')
  for (const { login, password } of trainingPeople) {
    expect(text()).not.toContain(login)
    expect(text()).not.toContain(password)
  }
})

test('who was signed out by the administrator is told so', async () => {
  const bridge = startBridge(nobody())
  const session = useSessionStore()
  const end = session.follow()
  bridge.emit('session.ended', { reason: 'endedByAdministrator' })
  await show(SignInPage)
  expect(text()).toContain('Администратор завершил ваш сеанс')
  end()
})

test('a second press while signing in sends nothing', async () => {
  const bridge = startBridge({ ...nobody(), 'session.signIn': () => new Promise(() => {}) })
  await show(SignInPage)
  await type('Логин', 'operator')
  await type('Пароль', 'длинный пароль')
  await submit('Пароль')
  await submit('Пароль')
  await click('Войти')
  expect(bridge.inputsOf('session.signIn')).toHaveLength(1)
})

test('a member with the second factor is asked for the code when the password was right, and a wrong code keeps the password', async () => {
  let answer = 'codeNeeded'
  const bridge = startBridge({ ...nobody(), 'session.signIn': () => refuse(answer)() })
  await show(SignInPage)
  await type('Логин', 'operator')
  await type('Пароль', 'мой пароль')
  await submit('Пароль')
  expect(document.activeElement).toBe(field('Код подтверждения'))
  expect(text()).not.toContain('Пароль верный')
  answer = 'wrongCode'
  await type('Код подтверждения', '123 456')
  await submit('Код подтверждения')
  expect(bridge.inputsOf('session.signIn').at(-1)).toEqual({ login: 'operator', password: 'мой пароль', code: '123 456', endOther: false })
  expect(text()).toContain('Код не подходит.')
  expect(field('Код подтверждения').value).toBe('')
  expect(field('Пароль').value).toBe('мой пароль')
})

test('who is signed in elsewhere is told where, and ends that session only by asking for it', async () => {
  const bridge = startBridge({
    ...nobody(),
    'session.signIn': () => {
      throw new FakeFailure('conflict', 'signedInElsewhere', { desk: 'okno-7', since: '2026-11-22T09:15:00+05:00' })
    },
  })
  await show(SignInPage)
  await type('Логин', 'operator')
  await type('Пароль', 'мой пароль')
  await submit('Пароль')
  expect(text()).toContain('Вы вошли на рабочем месте «okno-7»')
  await click('Завершить там и войти здесь')
  expect(bridge.inputsOf('session.signIn')).toEqual([
    { login: 'operator', password: 'мой пароль', endOther: false },
    { login: 'operator', password: 'мой пароль', endOther: true },
  ])
})

test('without a database nothing is lost: the password may be sent again as it is, and the way to the server is opened, in view and under the hands', { timeout: 30_000 }, async () => {
  const seen = vi.fn()
  window.HTMLElement.prototype.scrollIntoView = seen
  const bridge = startBridge({
    ...nobody(),
    'session.signIn': () => {
      throw new FakeFailure('databaseUnavailable', 'unreachable')
    },
    'connection.settings': () => ({ kind: 'server', server: { hosts: [{ host: 'db.office.example', port: 5432 }], database: 'okno', tls: 'verify-full', certificates: null }, mayChange: true }),
    'connection.check': () => [{ host: 'db.office.example', port: 5432, steps: [{ step: 'port', outcome: 'bad', reason: 'portClosed', details: { port: 5432 } }] }],
  })
  await show(SignInPage)
  await type('Логин', 'operator')
  await type('Пароль', 'тот самый пароль')
  await submit('Пароль')
  expect(field('Пароль').value).toBe('тот самый пароль')
  await submit('Пароль')
  expect(bridge.inputsOf('session.signIn')).toMatchObject([{ password: 'тот самый пароль' }, { password: 'тот самый пароль' }])
  await click('Подключение к базе данных')
  // The panel is fetched when it is asked for.
  await vi.waitFor(() => expect(document.activeElement).toBe(field('Серверы')), { timeout: 20_000 })
  expect(seen).toHaveBeenCalledTimes(1)
  await click('Проверить')
  expect(seen).toHaveBeenCalledTimes(2)
})
