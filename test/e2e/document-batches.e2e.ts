import { expect, test } from '@playwright/test'
import { textOf } from '../support/pdf/read-pdf'
import { openDesk } from './desk'
import { look } from './look'
import { cupsIsThere, printOffice, queue } from './paper'

const prints = printOffice()
const desk = openDesk({ as: 'supervisor', env: prints.env })
test.afterAll(() => prints.stop())

test('a supervisor prints the bills of a month from the keyboard, the printer jams, and printing goes on after the last good sheet', async () => {
  test.skip(!cupsIsThere, 'needs CUPS and root')
  test.slow()
  const { page } = desk
  await page.getByRole('link', { name: 'Квитанции', exact: true }).click()
  await page.getByLabel('Поставщик').selectOption({ label: 'Эником' })
  await page.getByLabel('Дом', { exact: true }).fill('нет такого')
  await page.keyboard.press('Control+Enter')
  const found = page.getByRole('region', { name: 'Что будет выдано' })
  await expect(found.getByRole('status')).toHaveText('По этим условиям квитанций нет.')
  await page.getByLabel('Дом', { exact: true }).fill('')
  await page.keyboard.press('Control+Enter')
  await expect(found.getByRole('status')).toContainText(/\d+ квитанц.*на бумаге.*лист/)
  await look(page, 'document-batches-found')
  expect(prints.sheets()).toBe(0)

  prints.jam('media-jam-error')
  await page.keyboard.press('Control+KeyP')
  await expect(page.getByText('Принтер остановлен. Проверьте бумагу и крышку')).toBeVisible()
  await page.keyboard.press('Alt+KeyP')
  await expect(page.getByText(`Листы, которые ждали принтера ${queue}, отозваны.`)).toBeVisible()
  prints.mend()

  // Nothing came out: all of it again, under the same numbers and not as duplicates.
  await page.keyboard.press('Control+Enter')
  const dialog = page.getByRole('dialog', { name: 'Последний хороший лист' })
  await expect(dialog.getByLabel('Номер листа')).toBeFocused()
  await page.keyboard.type('0')
  await expect(dialog.getByText('Печать начнётся с листа 1.')).toBeVisible()
  await look(page, 'document-batches-last-sheet')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Все квитанции выданы.')).toBeVisible()
  await look(page, 'document-batches-done')
  // The first job never came out.
  const text = textOf((await prints.sheet(2)).pdf)
  expect(text).toContain('лист 1')
  expect(text).not.toContain('ДУБЛИКАТ')

  await page.keyboard.press('Alt+KeyB')
  await expect(page.getByRole('region', { name: 'Прежние пакеты' }).getByRole('row')).toHaveCount(2)
})
