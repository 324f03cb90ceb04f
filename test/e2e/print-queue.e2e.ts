import { expect, test } from '@playwright/test'
import { textOf } from '../support/pdf/read-pdf'
import { openDesk } from './desk'
import { look } from './look'
import { cupsIsThere, printOffice } from './paper'
import { PaymentDocuments } from './screens/payment-documents'
import { Search } from './screens/search'

const prints = printOffice()
const desk = openDesk({ as: 'operator', env: prints.env })
test.afterAll(() => prints.stop())

test('a bill that jams is seen in the queue, goes to another printer by the keyboard, and is counted once', async () => {
  test.skip(!cupsIsThere, 'needs CUPS and root')
  const { page } = desk
  const documents = new PaymentDocuments(page)
  const queue = page.getByRole('dialog', { name: 'Очередь печати этого рабочего места' })
  const button = page.getByRole('button', { name: /^Очередь печати/ })
  await new Search(page).open('0701000102')
  await documents.open()
  await expect(documents.chosen).toContainText('не выдавался')

  prints.jam('media-jam-error')
  await page.keyboard.press('Control+KeyP')
  await expect(button).toHaveAccessibleName('Очередь печати: не вышел 1 лист')
  await page.keyboard.press('Control+Shift+KeyP')
  await expect(queue.getByText('Ждёт: в принтере OFFICE замялась бумага')).toBeVisible()
  await expect(queue.getByText('Достаньте замятый лист')).toBeVisible()
  await look(page, 'print-queue-jam')

  await page.keyboard.press('Alt+KeyR')
  await expect(queue.getByText('Лист отправлен на принтер HALL.')).toBeVisible()
  const sheet = await prints.sheet(2)
  expect(sheet.options).toContain('printer=HALL')
  expect(textOf(sheet.pdf)).toContain('Иванов Пётр Сергеевич')
  expect(textOf(sheet.pdf)).not.toContain('ДУБЛИКАТ')
  await expect(button).toHaveAccessibleName('Очередь печати')
  await look(page, 'print-queue-moved')
  await page.keyboard.press('Escape')
  await expect(queue).toBeHidden()
  await expect(documents.chosen).toContainText('1 раз')

  // The printer is helped: the sheet that was moved never comes out of it, the next one is the first duplicate.
  prints.mend()
  await page.keyboard.press('Control+KeyP')
  const duplicate = await prints.sheet(3)
  expect(duplicate.options).toContain('printer=OFFICE')
  expect(textOf(duplicate.pdf)).toContain('ДУБЛИКАТ № 1')
  await expect(documents.chosen).toContainText('2 раза')
})

test('a slip is looked at before it is printed, and its options are changed for this once', async () => {
  test.skip(!cupsIsThere, 'needs CUPS and root')
  const { page } = desk
  const before = prints.sheets()
  await page.keyboard.press('Escape')
  await page.keyboard.press('F9')
  await page.getByRole('button', { name: 'Посмотреть' }).press('Enter')
  const preview = page.getByRole('dialog', { name: 'Талон посетителя: как будет напечатано' })
  await expect(preview.getByRole('img', { name: /^Страница 1/ })).toBeVisible()
  await expect(preview.getByText('OFFICE, односторонняя, 1 экз.')).toBeVisible()
  await preview.getByRole('button', { name: 'Изменить' }).press('Enter')
  await page.keyboard.press('Tab')
  await preview.getByLabel('Экземпляров').fill('2')
  await preview.getByLabel('Стороны').selectOption('long')
  await expect(preview.getByText('OFFICE, двусторонняя, 2 экз.')).toBeVisible()
  await look(page, 'sheet-preview')
  // Looking counts nothing.
  expect(prints.sheets()).toBe(before)
  await page.keyboard.press('Control+KeyP')
  await expect(preview).toBeHidden()
  await expect(page.getByText(/Лист (отправлен на принтер|вышел из принтера) OFFICE\./)).toBeVisible()
  const { options, pdf } = await prints.sheet(4)
  expect(options).toContain('copies=2')
  expect(options).toContain('sides=two-sided-long-edge')
  expect(textOf(pdf)).toContain('Талон')
})

test('the printers of the desk are set for each form, and a test page is answered', async () => {
  test.skip(!cupsIsThere, 'needs CUPS and root')
  const { page } = desk
  await page.getByRole('link', { name: 'Настройки' }).click()
  await page.getByLabel('Принтер: Уведомление').selectOption('HALL')
  await page.getByLabel('Лоток: Уведомление').selectOption('tray-2')
  await expect(page.getByText('Сохранено: Уведомление — HALL, лоток 2, односторонняя, 1 экз.')).toBeVisible()
  await page.getByRole('button', { name: /^Пробная ?: Уведомление/ }).click()
  const { pdf, options } = await prints.sheet(5)
  expect(options).toMatch(/media=A4,tray-2 /)
  expect(textOf(pdf)).toContain('Форма: Уведомление')
  await look(page, 'settings-printers')
  await page.getByRole('button', { name: 'Да', exact: true }).click()
  await expect(page.getByText(/проба .*: правильно/)).toBeVisible()
})
