import { expect, test } from '@playwright/test'
import { openDesk } from './desk'
import { look } from './look'
import { cupsIsThere, printOffice } from './paper'
import { OfficePages } from './screens/office'
import { PersonMenu, SignIn } from './screens/sign-in'

const prints = printOffice()
const desk = openDesk({ as: 'admin', env: prints.env })
test.afterAll(() => prints.stop())

let pages: OfficePages
test.beforeEach(() => {
  pages = new OfficePages(desk.page)
})

test('an administrator takes somebody on, tells the first password once, and takes roles away again', async () => {
  const { page } = desk
  await pages.open('Сотрудники')
  await expect(page.getByRole('row').filter({ hasText: 'Ветрова Анна Павловна' })).toContainText('Оператор')
  await look(page, 'staff')
  await page.keyboard.press('Alt+KeyN')
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByLabel('Фамилия, имя, отчество')).toBeFocused()
  await page.keyboard.type('Лугова Мария Игоревна')
  await dialog.getByLabel('Логин').fill('operator')
  await page.keyboard.press('Enter')
  await expect(dialog.getByRole('alert').first()).toContainText('Этот логин занят.')
  await dialog.getByLabel('Логин').fill('Window.Two')
  await expect(dialog.getByLabel('Логин')).toHaveValue('window.two')
  await look(page, 'staff-new')
  const password = await dialog.getByLabel('Первый пароль').inputValue()
  await page.keyboard.press('Enter')
  await expect(dialog).toContainText('Продиктуйте ему первый пароль')
  const told = (await dialog.locator('dd').nth(1).innerText()).replace(/\s/g, '')
  expect(told).toBe(password.replace(/\s/g, ''))
  await look(page, 'staff-told')
  await page.keyboard.press('Enter')
  await expect(dialog).toBeHidden()
  expect(await page.content()).not.toContain(password)
  const row = page.getByRole('row').filter({ hasText: 'window.two' })
  await expect(row).toContainText('ждёт смены пароля')

  await row.getByRole('button', { name: 'Роли: Лугова Мария Игоревна' }).click()
  await dialog.getByRole('checkbox', { name: /^Оператор/ }).uncheck()
  await dialog.getByRole('button', { name: 'Удалить сотрудника' }).click()
  await expect(page.getByText('Лугова Мария Игоревна: статус «Удалён».')).toBeVisible()
  await expect(row).toHaveCount(0)
  await new PersonMenu(page).signOut()
  const signIn = new SignIn(page)
  await signIn.with('window.two', password)
  await expect(signIn.failure).toContainText('Логин или пароль не подходит.')
  await signIn.as('admin')
})

test('the rules of every provider can be read', async () => {
  const { page } = desk
  await pages.open('Поставщики')
  const list = page.getByRole('listbox', { name: 'Список поставщиков' })
  await expect(list.getByRole('option')).toHaveCount(6)
  await list.focus()
  const first = await list.getByRole('option', { selected: true }).innerText()
  await page.keyboard.press('ArrowDown')
  await expect(list.getByRole('option', { selected: true })).not.toHaveText(first)
  await expect(page.getByText('Пример, не пароль')).toBeVisible()
  await look(page, 'providers')
})

test('the audit tells what was done, and that nobody has changed it', async () => {
  const { page } = desk
  await pages.open('Журнал')
  const rows = page.getByRole('group', { name: 'Журнал действий' }).getByRole('row')
  await expect(rows.filter({ hasText: 'Новый сотрудник' }).first()).toContainText('admin')
  await look(page, 'audit')
  await page.getByRole('button', { name: 'Проверить журнал' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'Журнал цел' })).toContainText('Ни одна запись не изменена')
  await look(page, 'audit-whole')
  await page.getByLabel('Что делали').selectOption('visits')
  await page.getByRole('button', { name: 'Показать', exact: true }).click()
  await expect(rows.filter({ hasText: 'Новый сотрудник' })).toHaveCount(0)
})

test('a desk keeps its printers and its looks', async () => {
  const { page } = desk
  await pages.open('Настройки')
  if (cupsIsThere) {
    await expect(page.getByRole('table', { name: /принтер/ }).getByRole('row').filter({ hasText: 'OFFICE' })).toContainText('готов')
    await page.getByLabel('Принтер: Памятка абонента').selectOption('OFFICE')
    await expect(page.getByText(/Сохранено: Памятка абонента — OFFICE, односторонняя, 1 экз/)).toBeVisible()
  }
  await look(page, 'settings')
  // The control itself is hidden behind its words.
  const choose = (name: string) => page.getByRole('radio', { name }).check({ force: true })
  await choose('English')
  await expect(page.getByRole('navigation', { name: 'Sections' })).toBeVisible()
  await look(page, 'settings-english')
  await choose('Dark')
  await page.reload()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await page.getByRole('link', { name: 'Settings' }).click()
  await choose('Русский')
  await choose('Как в системе')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Настройки')
})

test('everybody sees the sections of their work and no others', async () => {
  const { page } = desk
  const signIn = new SignIn(page)
  expect(await pages.sections()).toEqual(['Внимание', 'Реестры', 'Поставщики', 'Бланки', 'Конфигурация', 'Сотрудники', 'Офисы', 'Парк окон', 'Исходящие', 'Копии', 'Журнал', 'Настройки'])
  await new PersonMenu(page).signOut()
  await signIn.as('supervisor')
  expect(await pages.sections()).toEqual(['Абоненты', 'Заявки', 'Портал', 'Окна', 'Внимание', 'Отчёты', 'Квитанции', 'Памятки', 'Поставщики', 'Сотрудники', 'Парк окон', 'Журнал', 'Настройки'])
  await pages.open('Сотрудники')
  await expect(page.getByText('Список открыт для просмотра')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Добавить сотрудника' })).toHaveCount(0)
  await new PersonMenu(page).signOut()
  await signIn.as('operator')
  expect(await pages.sections()).toEqual(['Абоненты', 'Заявки', 'Портал', 'Настройки'])
})
