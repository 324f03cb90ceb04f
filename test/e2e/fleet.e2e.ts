import { expect, test } from '@playwright/test'
import { openDesk } from './desk'
import { look } from './look'
import { admin, okno } from './office'
import { OfficePages } from './screens/office'

const desk = openDesk({ as: 'admin' })

test('an administrator starts a rollout, watches it, holds it and stops it, all from the keyboard', async () => {
  const { page } = desk
  const pages = new OfficePages(page)
  await pages.open('Парк окон')
  // This very window tells of itself.
  const windows = page.getByRole('grid', { name: 'Парк окон' })
  await expect(windows.getByRole('row').nth(1)).toContainText('на связи')
  await look(page, 'fleet')

  await page.keyboard.press('Alt+KeyN')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Версия', { exact: true }).selectOption({ label: 'другая…' })
  await dialog.getByLabel('Номер версии').fill('99.1')
  await dialog.getByLabel('Какой доле окон, %').fill('25')
  await page.keyboard.press('Enter')
  await expect(dialog.getByRole('alert')).toContainText('Три числа через точку')
  await dialog.getByLabel('Номер версии').fill('99.1.0')
  await look(page, 'fleet-start')
  await page.keyboard.press('Enter')
  await expect(dialog).toBeHidden()

  const card = page.getByRole('article', { name: 'Версия 99.1.0, Основной канал' })
  await expect(card).toContainText('идёт')
  await expect(card).toContainText('очередь: 25 % окон')
  await expect(card.getByRole('progressbar')).toHaveAttribute('aria-valuetext', 'Обновлено 0 из 1, неудач 0')

  await page.keyboard.press('Alt+KeyG')
  await dialog.getByLabel('Доля окон, %').fill('100')
  await page.keyboard.press('Enter')
  await expect(card).toContainText('очередь: 100 % окон')
  await expect(windows.getByRole('row').nth(1)).toContainText('на очереди')

  await page.keyboard.press('Alt+KeyH')
  const question = page.getByRole('alertdialog', { name: 'Приостановить обновление?' })
  await expect(question.getByRole('textbox')).toBeFocused()
  await page.keyboard.type('жалобы из второго офиса')
  await page.keyboard.press('Enter')
  await expect(question).toBeHidden()
  await expect(card).toContainText('приостановлено')

  // What a script of IT's sees is the same.
  const status = await okno(desk.data, ['rollout', 'status'], admin)
  expect(status.exitCode).toBe(0)
  expect(JSON.parse(status.stdout)).toMatchObject({ rollouts: [{ version: '99.1.0', state: 'held', heldByFailures: false, percent: 100, history: [{ comment: 'жалобы из второго офиса' }, {}, {}] }] })

  await page.keyboard.press('Alt+KeyC')
  await expect(page.getByRole('alertdialog', { name: 'Продолжить обновление?' })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(card).toContainText('идёт')
  await page.keyboard.press('Alt+KeyX')
  await expect(page.getByRole('alertdialog', { name: 'Остановить обновление совсем?' })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(card).toContainText('остановлено')

  await page.keyboard.press('Alt+KeyI')
  await expect(dialog.getByRole('listitem')).toHaveCount(5)
  await expect(dialog).toContainText('«жалобы из второго офиса»')
  await page.keyboard.press('Escape')

  await windows.getByRole('row').nth(1).focus()
  await page.keyboard.press('Enter')
  await expect(dialog).toContainText('Окно ещё ничего не сообщало об обновлениях.')
  await page.keyboard.press('Escape')
})

test('whoever sets a minimum version is told first whom it shuts out', async () => {
  const { page } = desk
  await new OfficePages(page).open('Парк окон')
  await page.keyboard.press('Alt+KeyT')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Минимальная версия').fill('99.1.0')
  await page.keyboard.press('Enter')
  await expect(dialog).toContainText('Не смогут войти: 1 окно.')
  await look(page, 'fleet-minimum')
  await page.keyboard.press('Escape')
  await expect(page.getByText('Минимальная версия: любая.')).toBeVisible()
})
