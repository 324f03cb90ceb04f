import { firstPassword } from '@renderer/features/staff/first-password'
import StaffPage from '@renderer/features/staff/StaffPage.vue'
import type { StaffMember } from '@shared/contract/session'
import type { ListedMember } from '@shared/contract/staff'
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { admin, operator, supervisor } from '../../../support/fake-office'
import { FakeFailure } from '../../../support/fake-bridge'
import { mountPage } from '../mount-page'

const former: StaffMember = { ...operator, id: 9, login: 'former', fullName: 'Бывшая Тамара Львовна', roles: [], status: 'removed' }
const listed = (member: StaffMember, more: Partial<ListedMember> = {}): ListedMember => ({ ...member, createdAt: operator.lastSignInAt!, blocked: null, lastDesk: 'okno-3', now: null, failures: { count: 0, lastAt: null, desks: [] }, ...more })
const list = [admin, operator, supervisor, former].map((member) => listed(member))
const office = { ...operator.office, code: 'main', address: '', phone: '', hours: '', open: null, windows: [{ code: '3', staff: [operator.fullName] }, { code: '4', staff: [] }], parallelSessions: false, blockIdleDays: 90, factorRoles: [], version: 1, staff: 3, withoutFactor: { operator: 1, supervisor: 1, admin: 1 } }
const history = { changes: [{ at: operator.lastSignInAt!, action: 'staff.setRoles', staffName: admin.fullName, details: { from: ['operator'], to: ['operator', 'supervisor'] } }], sessions: [], failures: [{ at: operator.lastSignInAt!, desk: 'okno-9', kind: 'password' }] }
type NewMember = Pick<StaffMember, 'login' | 'fullName' | 'roles' | 'window'> & { password: string }

const open = (handlers: Record<string, (input: never) => unknown> = {}, staff = admin) =>
  mountPage(StaffPage, {
    staff,
    handlers: {
      'staff.list': () => list,
      'offices.list': () => [office],
      'staff.strayFailures': () => [],
      'staff.history': () => history,
      'staff.create': ({ login, fullName, roles, window }: NewMember) => ({ ...operator, id: 20, login, fullName, roles, window, mustChangePassword: true, lastSignInAt: null }),
      'staff.setRoles': ({ login, roles }: Pick<StaffMember, 'login' | 'roles'>) => ({ ...list.find((one) => one.login === login), roles }),
      'staff.resetPassword': ({ login }: { login: string }) => ({ ...list.find((one) => one.login === login), mustChangePassword: true }),
      ...handlers,
    },
  })

async function fill(label: string, value: string) {
  const id = [...document.querySelectorAll('label')].find((one) => one.textContent?.trim() === label)?.htmlFor
  const field = document.getElementById(id ?? '') as HTMLInputElement
  field.value = value
  field.dispatchEvent(new Event('input', { bubbles: true }))
  await flushPromises()
}

const box = (role: string) => [...document.querySelectorAll('[role=dialog] label')].find((one) => one.textContent?.includes(role))?.querySelector('input') as HTMLInputElement
async function tick(role: string) {
  box(role).click()
  await flushPromises()
}

test('those who left are hidden until asked for, and bear the status «Удалён»', async () => {
  const { wrapper, text } = await open()
  expect(text()).not.toContain('Бывшая Тамара')
  await wrapper.find('.check input').setValue(true)
  expect(wrapper.find('[data-login=former]').text()).toContain('Удалён')
})

test('a supervisor reads the list and changes nothing', async () => {
  const { button, text } = await open({}, supervisor)
  expect(text()).toContain('менять сотрудников может администратор')
  expect(button('Добавить сотрудника')).toBeUndefined()
  expect(button('Роли:')).toBeUndefined()
})

test('the first password of a new member is shown once, for dictation, and is gone with the dialog', async () => {
  const { bridge, press, click, text } = await open()
  await press('n', { altKey: true })
  await fill('Фамилия, имя, отчество', 'Новикова Мария')
  await fill('Логин', 'Novikova')
  await click('ДобавитьEnter')
  const [sent] = bridge.inputsOf('staff.create')
  expect(sent).toMatchObject({ login: 'novikova', fullName: 'Новикова Мария', roles: ['operator'], window: null })
  const password = String(sent?.['password'])
  expect(text().replace(/\s/g, '')).toContain(password)
  expect(text()).toContain('По буквам')
  await press('Escape')
  expect(document.querySelector('[role=dialog]')).not.toBeNull()
  await click('Продиктовано')
  await flushPromises()
  expect(text().replace(/\s/g, '')).not.toContain(password)
})

test('a form with holes is not sent and says where they are', async () => {
  const { bridge, press, click, text } = await open()
  await press('n', { altKey: true })
  await tick('Оператор')
  await fill('Первый пароль', 'короткий')
  await click('ДобавитьEnter')
  expect(bridge.inputsOf('staff.create')).toHaveLength(0)
  for (const words of ['Впишите имя', 'Логин: от 2 до 32 знаков', 'Выберите хотя бы одну роль.', 'Пароль короче 10 знаков.']) expect(text()).toContain(words)
})

test('a login that is taken is told at its field, the rest stays typed', async () => {
  const { press, click, text } = await open({
    'staff.create': () => {
      throw new FakeFailure('conflict', 'loginTaken')
    },
  })
  await press('n', { altKey: true })
  await fill('Фамилия, имя, отчество', 'Новикова Мария')
  await fill('Логин', 'operator')
  await click('ДобавитьEnter')
  expect(text()).toContain('Этот логин занят.')
  expect(document.querySelector('.failure')).toBeNull()
  await fill('Логин', 'novikova')
  expect(text()).not.toContain('Этот логин занят.')
  await fill('Логин', 'operator')
  expect(text()).not.toContain('Этот логин занят.')
})

test('taking the last role away is called a removal before it is done', async () => {
  const { bridge, click, text } = await open()
  await click(`Роли: ${operator.fullName}`)
  await tick('Оператор')
  expect(text()).toContain('получит статус «Удалён»')
  await click('Удалить сотрудника')
  expect(bridge.inputsOf('staff.setRoles')).toEqual([{ login: 'operator', roles: [], version: 1 }])
  expect(text()).toContain(`${operator.fullName}: статус «Удалён».`)
})

test('an administrator cannot take the own administrator role away', async () => {
  const { bridge, click, text } = await open()
  await click(`Роли: ${admin.fullName}`)
  await tick('Администратор')
  expect(text()).toContain('Роль администратора нельзя снять с самого себя')
  await click('Удалить сотрудника')
  expect(bridge.inputsOf('staff.setRoles')).toHaveLength(0)
})

test('after another administrator changed a member, saving again is a decision about the new version', async () => {
  let isOld = true
  const { bridge, click, text } = await open({
    'staff.list': () => (isOld ? list : list.map((one) => ({ ...one, version: 2 }))),
    'staff.setRoles': ({ version, roles }: { version: number; roles: StaffMember['roles'] }) => {
      isOld = false
      if (version === 1) throw new FakeFailure('conflict', 'changedByAnotherDesk', { staffName: admin.fullName, at: '2026-11-22T12:31:00+05:00', kind: 'staff.setRoles', current: null })
      return { ...operator, roles, version: 3 }
    },
  })
  await click(`Роли: ${operator.fullName}`)
  await tick('Старший смены')
  await click('Сохранить роли')
  expect(text().replace(/\s/g, ' ')).toMatch(/изменил другой сотрудник: Громова И\. С\., .*12:31\. ?Теперь: Оператор/)
  await click('Сохранить роли')
  expect(bridge.inputsOf('staff.setRoles').map(({ version }) => version)).toEqual([1, 2])
})

test('a new password warns that open sessions end, and is shown once', async () => {
  const { bridge, click, text } = await open()
  await click(`Новый пароль: ${operator.fullName}`)
  expect(text()).toContain('открытые сеансы этого сотрудника закроются')
  await click('Задать пароль')
  expect(text().replace(/\s/g, '')).toContain(String(bridge.inputsOf('staff.resetPassword')[0]?.['password']))
})

test('first passwords can be told by voice: twelve characters, no look-alikes, no two the same', () => {
  const made = Array.from({ length: 200 }, firstPassword)
  for (const password of made) expect(password).toMatch(/^[dfghjkmnqrstuvwz2-9]{12}$/)
  expect(new Set(made).size).toBe(200)
})

test('an administrator grants a supervisor the export of reports; an operator has no such rights', async () => {
  const { bridge, click, text, button } = await open({ 'staff.setGrants': ({ login, grants }: Pick<StaffMember, 'login' | 'grants'>) => ({ ...list.find((one) => one.login === login), grants }) })
  expect(button(`Права: ${operator.fullName}`)).toBeUndefined()
  await click(`Права: ${supervisor.fullName}`)
  await tick('Выгрузка отчётов')
  await click('Сохранить права')
  expect(bridge.inputsOf('staff.setGrants')).toEqual([{ login: supervisor.login, grants: ['exportReports'], version: supervisor.version }])
  expect(text()).toContain(`Права сохранены: ${supervisor.fullName}.`)
})

test('the card of a member tells what was done, where sign-ins failed, and blocks only when asked twice', async () => {
  const { bridge, click, text } = await open({ 'staff.block': () => ({ ...operator, status: 'blocked', version: 2 }) })
  await click(`Карточка: ${operator.fullName}`)
  await flushPromises()
  expect(text()).toContain('Роли: Оператор → Оператор, Старший смены')
  expect(text()).toContain('неверный пароль, okno-9')
  await click('Заблокировать')
  expect(text()).toContain('Открытые сеансы этого сотрудника закроются сразу')
  expect(bridge.inputsOf('staff.block')).toEqual([])
  await click('Заблокировать')
  expect(bridge.inputsOf('staff.block')).toEqual([{ login: 'operator', version: 1 }])
  expect(text()).toContain(`${operator.fullName}: заблокирован, сеансы закрыты.`)
  expect(document.querySelector('[data-login=operator]')?.textContent).toContain('Заблокирован')
})

test('name, office and window are changed in the card; a window that is taken is told', async () => {
  const { bridge, click, text } = await open({ 'staff.change': (card: object) => ({ ...supervisor, ...card, version: 2 }) })
  await click(`Карточка: ${supervisor.fullName}`)
  await fill('Номер окна', '3')
  expect(text()).toContain(`За этим окном уже: ${operator.fullName}`)
  await fill('Номер окна', '4')
  await click('Сохранить')
  expect(bridge.inputsOf('staff.change')).toEqual([{ login: 'supervisor', version: 1, fullName: supervisor.fullName, officeId: 1, window: '4' }])
})

test('one’s own card offers neither blocking nor taking the code off', async () => {
  const { bridge, click, text } = await open({ 'staff.list': () => [listed({ ...admin, factor: 'on' })] })
  await click(`Карточка: ${admin.fullName}`)
  await click('Заблокировать')
  expect(text()).toContain('Заблокировать самого себя нельзя')
  await click('Снять код')
  expect(bridge.inputsOf('staff.block')).toEqual([])
  expect(bridge.inputsOf('staff.resetFactor')).toEqual([])
})

test('the list tells who works where now, and where sign-ins failed', async () => {
  const { wrapper } = await open({ 'staff.list': () => [listed(operator, { now: { desk: 'okno-5', since: operator.lastSignInAt! }, failures: { count: 3, lastAt: operator.lastSignInAt, desks: ['okno-9'] } }), listed(admin)] })
  expect(wrapper.find('[data-login=operator]').text()).toMatch(/сейчас работает\s*okno-5\s*3 неудачных входа за 30 дней: okno-9/)
})
