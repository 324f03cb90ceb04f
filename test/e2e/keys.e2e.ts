import { expect, test } from '@playwright/test'
import { openDesk } from './desk'
import { look } from './look'
import { Search } from './screens/search'

const desk = openDesk({ as: 'operator' })

test('the sheet of keys tells in groups what works here, and is searched in any layout', async () => {
  const { page } = desk
  await new Search(page).open('7404 123456')
  await page.keyboard.press('F1')
  const sheet = page.getByRole('dialog')
  await expect(sheet.getByRole('region', { name: 'Обслуживание' })).toContainText('Квитанция')
  await expect(sheet.getByRole('region', { name: 'Везде' })).toContainText('Заблокировать')
  await look(page, 'keys-card')
  await page.keyboard.type('rdbnfywbz')
  await expect(sheet.getByRole('definition')).toHaveText([/Квитанция/])
  await page.keyboard.press('Escape')
  await expect(sheet).toBeHidden()
})

test('the palette runs an action by its name, says why one can’t be done, and gives the focus back', async () => {
  const { page } = desk
  const palette = page.getByRole('dialog', { name: 'Что сделать' })
  const chosen = palette.getByRole('option', { selected: true })
  await page.keyboard.press('F2')
  await page.keyboard.press('Control+KeyK')
  await expect(palette.getByRole('combobox')).toBeFocused()
  await look(page, 'palette')
  await page.keyboard.type('gjxnf')
  await expect(chosen).toContainText('Контакты: почта, телефон')
  await expect(chosen).toHaveAttribute('aria-disabled', 'true')
  await page.keyboard.press('Enter')
  await expect(palette).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(palette).toBeHidden()
  await expect(new Search(page).box).toBeFocused()

  await page.keyboard.press('F3')
  await page.keyboard.type('квитнация')
  await expect(chosen).toContainText('Квитанция')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('listbox', { name: 'Периоды' })).toBeFocused()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+KeyK')
  await expect(chosen).toContainText('Квитанция')
  await expect(chosen).toContainText('недавнее')
  await page.keyboard.type('0701 000104')
  await expect(chosen).toHaveText('Найти абонента: 0701 000104')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'Римская-Залесская Алёна Юрьевна' })).toBeVisible()
})
