import { expect, test } from '@playwright/test'
import { openDesk } from './desk'
import { look } from './look'

const desk = openDesk({ as: 'admin' })

test('a period is checked, closed and listed; its layout is edited beside a live sample', async () => {
  const { page } = desk
  await page.getByRole('link', { name: 'Поставщики' }).click()
  await expect(page.getByRole('heading', { name: 'Поставщики' })).toBeVisible()
  await page.keyboard.press('Alt+KeyP')
  await expect(page.getByRole('heading', { name: 'Закрытие периодов' })).toBeVisible()
  await page.getByLabel('Поставщик').selectOption({ label: 'Смородина' })
  await page.getByLabel('Период', { exact: true }).fill('10.2026')
  await page.keyboard.press('Control+Enter')
  await expect(page.getByRole('status').filter({ hasText: 'Лицевых счетов с начислениями' })).toBeVisible()
  await look(page, 'period-checked')
  await page.getByRole('button', { name: 'Закрыть период' }).press('Enter')
  await expect(page.getByRole('alertdialog')).toContainText('Открыть период снова нельзя.')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('status').filter({ hasText: 'Период закрыт' })).toBeVisible()
  await expect(page.getByRole('row', { name: /октябрь 2026.*закрыт/ })).toBeVisible()
  await look(page, 'period-closed')

  await page.getByRole('link', { name: 'Поставщики' }).click()
  await page.getByRole('option', { name: /ЭнСер/ }).click()
  await page.keyboard.press('Alt+KeyE')
  await page.getByRole('button', { name: /Платёжный документ/ }).click()
  await expect(page.getByRole('complementary').getByRole('img', { name: 'Страница 1 из 2' })).toBeVisible()
  await page.getByLabel('Строка под заголовком').fill('Офис переехал на улицу Мира')
  await look(page, 'document-layout')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Уйти без сохранения' }).click()
})
