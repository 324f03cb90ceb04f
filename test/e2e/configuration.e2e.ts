import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { openDesk } from './desk'
import { look } from './look'
import { forgetFolder } from './office'
import { answerOpenDialog, answerSaveDialog, folderForFiles } from './paper'
import { OfficePages } from './screens/office'

const desk = openDesk({ as: 'admin' })

test('an administrator changes a tariff and a rule with their preview, exports, undoes, and takes the differences in again', async () => {
  const { page } = desk
  const folder = folderForFiles()
  const pages = new OfficePages(page)
  try {
    await pages.open('Поставщики')
    await page.getByRole('listbox', { name: 'Список поставщиков' }).getByRole('option', { name: /ЭнСер/ }).click()
    await page.keyboard.press('Alt+KeyE')
    await page.getByRole('button', { name: /^Тарифы/ }).click()
    await page.getByRole('button', { name: 'Добавить строку' }).click()
    await page.getByLabel('Цена, ₽').fill('2418,06')
    await page.getByLabel('Действует с').fill('01.10.2026')
    const preview = page.getByRole('complementary', { name: 'Как это будет выглядеть' })
    await expect(preview).toContainText('2418,06')
    await look(page, 'provider-tariffs')
    await page.getByRole('button', { name: /^Заявки/ }).click()
    await expect(preview).toContainText('Расторжение договора')
    await look(page, 'provider-requests')
    await page.getByRole('button', { name: /^Приём показаний/ }).click()
    await page.getByLabel('Больше обычного, раз').fill('5')
    await preview.getByRole('button', { name: /^Проверить правила/ }).click()
    await expect(preview.getByText(/^Просмотрен/)).toBeVisible()
    await look(page, 'provider-rules')
    await page.keyboard.press('Control+KeyS')
    await expect(page.getByText(/ЭнСер: сохранена версия 2\./)).toBeAttached()
    await page.keyboard.press('Escape')

    await pages.open('Конфигурация')
    await answerSaveDialog(desk.app, folder)
    await page.keyboard.press('Alt+KeyE')
    await expect(page.getByText(/Конфигурация выгружена: Конфигурация .+\.json\./).first()).toBeVisible()
    const [name = ''] = readdirSync(folder)
    const file = join(folder, name)
    expect(readFileSync(file, 'utf8')).toContain('2418.06')

    const history = page.getByRole('region', { name: 'История настроек' })
    await history.getByRole('button', { name: /^Вернуть ?: ЭнСер, версия 1/ }).click()
    const dialog = page.getByRole('dialog')
    await expect(dialog).toContainText('Тарифы')
    await expect(dialog).toContainText('Больше обычного, раз')
    await look(page, 'configuration-restore')
    await page.keyboard.press('Enter')
    await expect(dialog).toBeHidden()
    await expect(history.getByRole('listitem').filter({ hasText: 'ЭнСер, версия 3' })).toContainText('возврат версии')

    await answerOpenDialog(desk.app, file)
    await page.keyboard.press('Alt+KeyI')
    const compare = page.getByRole('region', { name: /^Отличия файла/ })
    await expect(compare.getByRole('checkbox', { name: /ЭнСер/ })).toBeChecked()
    await expect(compare).toContainText('2418,06')
    await look(page, 'configuration-compare')
    await page.keyboard.press('Control+KeyS')
    await expect(page.getByText('Принято из файла: 1.').first()).toBeVisible()
    await page.getByRole('button', { name: /^Отменить приём ?: Конфигурация/ }).click()
    await expect(dialog).toContainText('ЭнСер')
    await page.keyboard.press('Enter')
    await expect(dialog).toBeHidden()
    await expect(page.getByText(/отменено/).first()).toBeVisible()
    await look(page, 'configuration')
  } finally {
    forgetFolder(folder)
  }
})
