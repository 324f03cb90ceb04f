import { expect, test } from '@playwright/test'
import { openDesk } from './desk'
import { asHands } from './hands'
import { look } from './look'
import { OfficePages } from './screens/office'

const desk = openDesk({ as: 'admin' })

test('an administrator makes a new provider from the blank one by keys, sees a password and the memo, and saves', async () => {
  const { page } = desk
  await new OfficePages(page).open('Поставщики')
  await expect(page.getByRole('button', { name: 'Создать поставщика' })).toBeVisible()
  await page.keyboard.press('Alt+KeyN')
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('С чего начать')
  await expect(dialog.getByRole('radio').first()).toBeChecked()
  await page.keyboard.press('Enter')

  // Nothing is wrong before somebody tries to save.
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Новый поставщик')
  await expect(page.getByLabel('Название', { exact: true })).toBeFocused()
  await expect(page.getByRole('alert')).toHaveCount(0)
  await page.keyboard.press('Control+KeyS')
  await expect(page.getByText('Заполните поле.').first()).toBeVisible()
  await expect(page.getByRole('status').filter({ hasText: 'Исправьте' })).toBeVisible()
  await look(page, 'provider-problems')

  const filled: [string, string][] = [
    ['Название', 'Энские сети'], ['Код', 'ensk-heat'], ['Юридическое название', 'ООО «Энские тепловые сети»'], ['ИНН', '7400000015'], ['Банк', 'ЧЕЛЯБИНСКОЕ ОТДЕЛЕНИЕ N8597 ПАО СБЕРБАНК'],
    ['БИК', '047501602'], ['Расчётный счёт', '40702810572000000018'], ['Корр. счёт', '30101810700000000602'], ['Адрес', 'г. Энск, ул. Тепловая, д. 1'], ['Часы работы', 'пн–пт 9:00–18:00'],
  ]
  for (const [name, text] of filled) await page.getByLabel(name, { exact: true }).fill(text)
  for (const phone of await page.getByLabel('Телефон', { exact: true }).all()) await phone.fill('8-800-000-00-00')
  await page.keyboard.press('Control+KeyS')
  // The check digit of the account; then the portal in the next section: saving goes where something is wrong.
  await expect(page.getByText('Ключ счёта не сходится с БИК.')).toBeVisible()
  await expect(page.getByLabel('Расчётный счёт')).toBeFocused()
  await page.keyboard.press('Control+KeyA')
  await asHands(page, '40702810572000000017')
  await page.keyboard.press('Control+KeyS')
  await expect(page.getByRole('heading', { level: 2, name: 'Личный кабинет' })).toBeVisible()
  await expect(page.getByLabel('Адрес кабинета')).toBeFocused()
  await page.getByLabel('Адрес кабинета').fill('https://lk.ensk-heat.example.org/')

  await page.keyboard.press('Alt+ArrowDown')
  const preview = page.getByRole('complementary', { name: 'Как это будет выглядеть' })
  await expect(preview.getByText('Стойкий: 55 бит')).toBeVisible()
  await page.getByLabel('Okno выдаёт, знаков').fill('9')
  await expect(preview.getByText('Стойкий: 41 бит')).toBeVisible()

  for (let i = 0; i < 3; i++) await page.keyboard.press('Alt+ArrowDown')
  await expect(page.getByRole('heading', { level: 2, name: 'Памятка' })).toBeVisible()
  const sheet = preview.getByRole('img', { name: /^Страница 1/ }).first()
  await expect(sheet).toBeVisible()
  await look(page, 'provider-memo')

  await page.keyboard.press('Control+KeyS')
  await expect(page.getByText('Энские сети: сохранена версия 1.')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('option', { name: /Энские сети/ })).toHaveAttribute('aria-selected', 'true')
  await expect(page.getByRole('article')).toContainText('9 знаков')
})
