import { expect, test } from '@playwright/test'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openDesk } from './desk'
import { look } from './look'
import { admin, call } from './office'
import { answerSaveDialog, folderForFiles } from './paper'
import { Reports } from './screens/reports'
import { OfficePages } from './screens/office'
import { PersonMenu, SignIn } from './screens/sign-in'

const desk = openDesk({ as: 'supervisor' })
const first = 'first-of-window-seven'
const operator = { login: 'window.seven', password: 'own-of-window-seven-1' }
const id = () => crypto.randomUUID()

/** At another window: another phone that gets no SMS, so that it is in force at once. */
async function changesThePhone(passport: string, phone: string): Promise<void> {
  const { hits } = await call<{ hits: { subscriberId: number }[] }>(desk.data, 'desk.search', { text: passport }, operator)
  const visit = await call<{ id: number }>(desk.data, 'visits.open', { operationId: id(), subscriberId: hits[0]!.subscriberId }, operator)
  await call(desk.data, 'visits.identify', { operationId: id(), visitId: visit.id, documentType: 'passport_rf', number: passport }, operator)
  const card = await call<{ subscriber: { version: number } }>(desk.data, 'desk.card', { subscriberId: hits[0]!.subscriberId }, operator)
  const change = { operationId: id(), visitId: visit.id, kind: 'phone', purpose: 'main', contactId: null, value: phone, way: 'none', version: card.subscriber.version }
  await call(desk.data, 'contacts.change', change, operator)
  await call(desk.data, 'visits.close', { operationId: id(), visitId: visit.id }, operator)
}

test('a supervisor finds a report, narrows it, goes down to the course of a visit, saves what was asked, and takes it out', async () => {
  test.slow()
  const { page, data, app } = desk
  await call(data, 'staff.create', { login: operator.login, fullName: 'Константинопольская-Преображенская Александра Владиславовна', roles: ['operator'], window: '7', password: first }, admin)
  await call(data, 'session.changePassword', { current: first, next: operator.password }, { login: operator.login, password: first })
  await changesThePhone('7404 123456', '+7 943 555 00 11')

  const reports = new Reports(page)
  await new OfficePages(page).open('Отчёты')
  await look(page, 'reports-list')
  await reports.open('Смена почты и телефона')
  await page.getByLabel('Период', { exact: true }).selectOption('today')
  const row = reports.row('Константинопольская-Преображенская')
  await expect(row).toBeVisible()
  await expect(reports.totals).toBeVisible()
  await look(page, 'reports-table')
  await page.getByLabel('Сравнить с прежним периодом').check()
  await expect(reports.table.getByRole('row', { name: /^Изменение/ })).toBeVisible()

  // Down: what is behind the row, then the visit; back by Esc.
  await page.keyboard.press('Alt+KeyT')
  await expect(row.getByRole('button')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(reports.heading).toHaveText('Что за этим стоит')
  await look(page, 'reports-details')
  await page.getByRole('group', { name: 'Что за этим стоит' }).getByRole('button').first().press('Enter')
  await expect(reports.heading).toHaveText(/^Обслуживание № \d+$/)
  await expect(page.getByRole('region', { name: 'Что сделано' })).toContainText('Начато обслуживание')
  await look(page, 'reports-visit')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await expect(reports.heading).toHaveText('Смена почты и телефона')
  await expect(row).toBeVisible()

  await page.keyboard.press('Alt+KeyS')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Название').fill('Контакты за сегодня')
  await dialog.getByLabel('Показывать всем старшим смены офиса').check()
  await dialog.getByLabel('Открывать первой при входе').check()
  await look(page, 'reports-save')
  await page.keyboard.press('Enter')
  await expect(reports.saved.getByRole('button', { name: /^Контакты за сегодня/ })).toBeVisible()

  // Without the right only as PDF; the administrator gives it, and the next session has it and opens with what was saved.
  await page.keyboard.press('Control+KeyS')
  await expect(dialog.getByRole('radio', { name: /^CSV/ })).toBeDisabled()
  await look(page, 'reports-export')
  await page.keyboard.press('Escape')
  const supervisor = (await call<{ login: string; version: number; roles: string[] }[]>(data, 'staff.list', {}, admin)).find(({ roles }) => roles.includes('supervisor'))!
  await call(data, 'staff.setGrants', { login: supervisor.login, grants: ['exportReports'], version: supervisor.version }, admin)
  await new PersonMenu(page).signOut()
  await new SignIn(page).as('supervisor')
  await expect(reports.heading).toHaveText('Смена почты и телефона')
  await expect(row).toBeVisible()

  const folder = folderForFiles()
  await answerSaveDialog(app, folder)
  await page.keyboard.press('Control+KeyS')
  await dialog.getByRole('radio', { name: /^CSV/ }).check()
  await page.keyboard.press('Enter')
  await expect(page.getByText(/Смена почты и телефона .*\.csv/)).toBeVisible()
  const [name = ''] = readdirSync(folder)
  const csv = readFileSync(join(folder, name), 'utf8')
  rmSync(folder, { recursive: true })
  expect(csv).toContain('Константинопольская-Преображенская Александра Владиславовна;')
  expect(csv).toMatch(/Выгрузил\(а\): .*№ [0-9A-F]{8}/)
})

test('charts of debts and of time are there for eyes, hands and ears, in light and dark', async () => {
  test.slow()
  const { page } = desk
  const reports = new Reports(page)
  await new OfficePages(page).open('Отчёты')
  await reports.open('Долги по срокам')
  const chart = page.getByRole('img', { name: /Долги по срокам: диаграмма/ })
  await expect(chart).toHaveAccessibleName(/ЭнСер: /)
  await expect(chart.locator('svg path').first()).toBeAttached()
  await chart.focus()
  await expect(chart).toBeFocused()
  await look(page, 'reports-debts')
  await reports.open('Долги по улицам')
  await expect(chart).toHaveCount(0)
  await expect(reports.totals).toBeVisible()
  await look(page, 'reports-streets')
  await reports.open('Личные кабинеты по месяцам')
  await page.getByLabel('Период', { exact: true }).selectOption('year')
  await expect(reports.totals).toBeVisible()
  await look(page, 'reports-adoption')
})
