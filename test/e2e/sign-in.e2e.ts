import { spawn } from 'node:child_process'
import electron from 'electron'
import { expect, test } from '@playwright/test'
import { launchArguments, launchEnvironment } from '../support/launch'
import { openDesk } from './desk'
import { look } from './look'
import { admin, call } from './office'
import { Identification } from './screens/identification'
import { Search } from './screens/search'
import { PersonMenu, SignIn } from './screens/sign-in'

const desk = openDesk()

test('the people of a training office stand on its sign-in screen and one key is enough', async () => {
  const signIn = new SignIn(desk.page)
  await signIn.expectReady()
  await expect(signIn.login).toBeFocused()
  await look(desk.page, 'sign-in')
  const { name } = await signIn.read('operator')
  await signIn.as('operator')
  await expect(desk.page.getByRole('button', { name: `Сотрудник: ${name}` })).toBeVisible()
  await expect(new Search(desk.page).box).toBeFocused()
  await new PersonMenu(desk.page).signOut()
})

test('a wrong password is answered by one message, and each further one by a longer wait', async () => {
  const signIn = new SignIn(desk.page)
  const waits: number[] = []
  for (let attempt = 0; attempt < 4; attempt++) {
    await signIn.with('supervisor', 'not-the-password')
    await expect(signIn.failure).toHaveCount(1)
    await expect(signIn.failure).toContainText('Логин или пароль не подходит.')
    await expect(signIn.password).toHaveValue('')
    await expect(signIn.password).toBeFocused()
    const reason = await signIn.submit.getAttribute('aria-disabled')
    waits.push(reason ? Number(/(\d+)/.exec(await desk.page.getByText(/^Можно повторить через/).innerText())?.[1]) : 0)
    if (attempt === 3) await look(desk.page, 'sign-in-refused')
    await expect(signIn.submit).not.toHaveAttribute('aria-disabled', 'true')
  }
  expect(waits[0]).toBe(0)
  expect(waits[3]).toBeGreaterThan(waits[1] ?? 0)
  // An unknown login is answered in the same words.
  await signIn.with('nobody.here', 'not-the-password')
  await expect(signIn.failure).toContainText('Логин или пароль не подходит.')
})

test('a login typed in the Russian layout is offered in the right one', async () => {
  const signIn = new SignIn(desk.page)
  await signIn.login.fill('щзукфещк')
  await expect(desk.page.getByText('Вы имели в виду «operator»?')).toBeVisible()
  await desk.page.keyboard.press('Alt+KeyL')
  await expect(signIn.login).toHaveValue('operator')
  await expect(signIn.password).toBeFocused()
})

test('the first sign-in of somebody new asks for a password of their own', async () => {
  const signIn = new SignIn(desk.page)
  const person = { login: 'new.operator', fullName: 'Рябинина Ольга Сергеевна', roles: ['operator'], window: '7', password: 'first-password-1' }
  await call(desk.data, 'staff.create', { operationId: crypto.randomUUID(), ...person }, admin)

  await signIn.with(person.login, person.password)
  await expect(desk.page.getByRole('heading', { name: 'Новый пароль' })).toBeVisible()
  await expect(desk.page.getByLabel('Текущий пароль')).toBeFocused()
  const save = desk.page.getByRole('button', { name: 'Сохранить пароль' })
  await expect(save).toHaveAttribute('aria-disabled', 'true')
  await desk.page.keyboard.type(person.password)
  await desk.page.keyboard.press('Tab')
  await desk.page.keyboard.type('четыре случайных слова тут')
  await desk.page.keyboard.press('Tab')
  await desk.page.keyboard.type('четыре случайных слова тут')
  await expect(save).not.toHaveAttribute('aria-disabled', 'true')
  await look(desk.page, 'first-password')
  await desk.page.keyboard.press('Enter')
  await expect(new Search(desk.page).box).toBeFocused()

  await new PersonMenu(desk.page).signOut()
  await signIn.with(person.login, person.password)
  await expect(signIn.failure).toContainText('Логин или пароль не подходит.')
  await signIn.with(person.login, 'четыре случайных слова тут')
  await expect(new Search(desk.page).box).toBeFocused()
  await new PersonMenu(desk.page).signOut()
})

test('a locked desk shows nothing of the visit and gives the draft back to the same person', async () => {
  const signIn = new SignIn(desk.page)
  const { password } = await signIn.read('operator')
  await signIn.as('operator')
  const card = await new Search(desk.page).open('7416 004109')
  const identification = new Identification(desk.page)
  await identification.open()
  await identification.way('representative')
  const representative = identification.representativeName
  await representative.fill('Черных Егор Львович')

  await desk.page.keyboard.press('Control+KeyL')
  await expect(desk.page.getByRole('heading', { name: 'Рабочее место заблокировано' })).toBeVisible()
  await expect(card.name).toBeHidden()
  await expect(desk.page).toHaveTitle('Okno: заблокировано')
  await expect(desk.page.getByLabel(/^Пароль/)).toBeFocused()
  await look(desk.page, 'locked')
  // Keys of the card do nothing behind the lock.
  await desk.page.keyboard.press('F9')
  await desk.page.keyboard.type('not-the-password')
  await desk.page.keyboard.press('Enter')
  await expect(desk.page.getByRole('alert')).toContainText('Пароль не подходит.')
  await desk.page.keyboard.type(password)
  await desk.page.keyboard.press('Enter')

  await expect(card.name).toHaveText('Черных Зоя Львовна')
  await expect(representative).toHaveValue('Черных Егор Львович')
  await new PersonMenu(desk.page).signOut()
})

test('a second start of the program brings the first one to the front', async () => {
  await desk.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize())
  const program = process.env['ELECTRON_EXEC_PATH'] ?? (electron as unknown as string)
  const second = spawn(program, ['--no-sandbox', ...launchArguments(desk.settings)], { env: launchEnvironment(desk.data), stdio: 'ignore' })
  const code = await new Promise((resolve) => second.once('exit', resolve))
  expect(code).toBe(0)
  await expect.poll(() => desk.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.isMinimized()))).toEqual([false])
  expect(desk.app.windows()).toHaveLength(1)
})
