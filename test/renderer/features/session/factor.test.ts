import FactorPage from '@renderer/features/session/FactorPage.vue'
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { FakeFailure } from '../../../support/fake-bridge'
import { operator } from '../../../support/fake-office'
import { mountPage } from '../mount-page'

const codes = Array.from({ length: 10 }, (_, index) => `abcdefghjkmnpq${index}`)
const page = (state: 'none' | 'on' | 'due', handlers: Record<string, (input: never) => unknown> = {}) =>
  mountPage(FactorPage, {
    staff: { ...operator, factor: state },
    handlers: {
      'session.factor': () => ({ state, isRequired: state === 'due', since: state === 'on' ? operator.lastSignInAt : null, recoveryLeft: state === 'on' ? 4 : 0 }),
      'session.beginFactor': () => ({ key: 'ABCD EFGH', uri: 'otpauth://totp/x', qr: { size: 30, path: 'M4 4h1v1h-1z' } }),
      'session.enrolFactor': () => ({ staff: { ...operator, factor: 'on' }, recoveryCodes: codes }),
      ...handlers,
    },
  })

async function typeCode(code: string) {
  const label = [...document.querySelectorAll('label')].find((one) => one.textContent?.trim() === 'Код из приложения')
  const field = document.getElementById(label?.htmlFor ?? '') as HTMLInputElement
  field.value = code
  field.dispatchEvent(new Event('input', { bubbles: true }))
  await flushPromises()
}

test('a key is shown as a square and in letters, and turned on by a first code; the recovery codes are shown once', async () => {
  const { bridge, click, text } = await page('none')
  await click('Настроить')
  expect(document.querySelector('svg.qr path')?.getAttribute('d')).toBe('M4 4h1v1h-1z')
  expect(text()).toContain('ABCD EFGH')
  await typeCode('123456')
  await click('Проверить и включить')
  await flushPromises()
  expect(bridge.inputsOf('session.enrolFactor')).toEqual([{ code: '123456' }])
  expect(document.querySelectorAll('.codes li')).toHaveLength(10)
  expect(text()).toContain('abcde-fghjk-mnpq0')
  await click('Переписано, закрыть')
  expect(text()).not.toContain('abcde-fghjk-mnpq0')
})

test('a wrong code says so and keeps the key on the screen', async () => {
  const { click, text } = await page('none', {
    'session.enrolFactor': () => {
      throw new FakeFailure('invalidInput', 'wrongCode')
    },
  })
  await click('Настроить')
  await typeCode('000000')
  await click('Проверить и включить')
  await flushPromises()
  expect(text()).toContain('Код не подходит.')
  expect(text()).toContain('ABCD EFGH')
})

test('where the office asks for it, it can be renewed and not turned off', async () => {
  const { text } = await page('on', { 'session.factor': () => ({ state: 'on', isRequired: true, since: operator.lastSignInAt, recoveryLeft: 4 }) })
  await flushPromises()
  expect(text()).toContain('Запасных кодов осталось: 4.')
  expect([...document.querySelectorAll('button')].map((button) => button.textContent)).not.toContainEqual(expect.stringContaining('Отключить'))
})
