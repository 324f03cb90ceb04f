import OfficesPage from '@renderer/features/offices/OfficesPage.vue'
import type { OfficeOfStaff } from '@shared/contract/offices'
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { FakeFailure } from '../../../support/fake-bridge'
import { admin, operator } from '../../../support/fake-office'
import { mountPage } from '../mount-page'

const office: OfficeOfStaff = {
  id: 1, version: 4, code: 'main', name: 'Энский центр обслуживания', address: 'ул. Ленина, 1', phone: '', hours: 'пн–пт 8:00–19:00', open: [480, 1140, 480, 1140, 480, 1140, 480, 1140, 480, 1140, null, null, null, null],
  timeZone: 'Asia/Omsk', isTraining: false, windows: [{ code: '1', staff: [operator.fullName] }, { code: '2', staff: [] }], idleLockMinutes: 5, parallelSessions: false, blockIdleDays: 90, factorRoles: [],
  staff: 3, withoutFactor: { operator: 2, supervisor: 1, admin: 1 },
}
const open = (handlers: Record<string, (input: never) => unknown> = {}) => mountPage(OfficesPage, { staff: admin, handlers: { 'offices.list': () => [office], 'offices.save': (card: object) => ({ ...office, ...card, windows: office.windows, id: 2 }), ...handlers } })

async function fill(label: string, value: string) {
  const id = [...document.querySelectorAll('label')].find((one) => one.textContent?.trim().startsWith(label))?.htmlFor
  const field = document.getElementById(id ?? '') as HTMLInputElement
  field.value = value
  field.dispatchEvent(new Event('input', { bubbles: true }))
  await flushPromises()
}

test('the hours are shown as they were understood, and who works at which window', async () => {
  const { text } = await open()
  expect(text()).toContain('пн 8:00–19:00')
  expect(text()).toContain('вс выходной')
  expect(text()).toContain(`1: ${operator.fullName}`)
})

test('a role that must have a code says how many are held up before it is saved', async () => {
  const { bridge, click, text } = await open()
  const box = [...document.querySelectorAll('label')].find((one) => one.textContent?.includes('Оператор'))?.querySelector('input')
  box?.click()
  await flushPromises()
  expect(text()).toContain('2 сотрудника без кода')
  await click('Сохранить')
  expect(bridge.inputsOf('offices.save')).toMatchObject([{ id: 1, version: 4, factorRoles: ['operator'], windows: ['1', '2'], idleLockMinutes: 5, blockIdleDays: 90 }])
})

test('a new office is made with its windows; what is wrong is told at its field and not sent', async () => {
  const { bridge, press, click, text } = await open()
  await press('n', { altKey: true })
  await fill('Название', 'Офис на Мира')
  await fill('Код', 'Мира')
  await fill('Блокировать рабочее место', '20')
  await click('Создать офис')
  expect(text()).toContain('От 1 до 15 минут.')
  expect(text()).toContain('Код: латинские строчные буквы')
  expect(bridge.inputsOf('offices.save')).toEqual([])
  await fill('Код', 'mira')
  await fill('Блокировать рабочее место', '3')
  await fill('Окна', '1\n\n 2 ')
  await click('Создать офис')
  expect(bridge.inputsOf('offices.save')).toMatchObject([{ code: 'mira', name: 'Офис на Мира', windows: ['1', '2'], idleLockMinutes: 3 }])
  expect(bridge.inputsOf('offices.save')[0]).not.toHaveProperty('id')
})

test('whoever was quicker is named, and what was typed stays', async () => {
  const { click, text } = await open({
    'offices.save': () => {
      throw new FakeFailure('conflict', 'changedByAnotherDesk', { staffName: admin.fullName, at: '2026-11-22T12:31:00+05:00', kind: 'offices.save', current: null })
    },
  })
  await fill('Телефон', '8-800')
  await click('Сохранить')
  await flushPromises()
  expect(text()).toContain('Громова')
  expect([...document.querySelectorAll('input')].map((one) => one.value)).toContain('8-800')
})
