import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { parseGostQr } from '../../src/shared/domain/gost-qr'
import { qrOf, textOf } from '../support/pdf/read-pdf'
import { openDesk } from './desk'
import { look } from './look'
import { forgetFolder } from './office'
import { answerSaveDialog, folderForFiles } from './paper'
import { PaymentDocuments } from './screens/payment-documents'
import { Search } from './screens/search'

const desk = openDesk({ as: 'operator' })

/** The only file somebody has saved. */
function saved(folder: string): Buffer {
  const [name = ''] = readdirSync(folder)
  return readFileSync(join(folder, name))
}

test('an invoice for a sum the visitor names is looked at and saved by the keys alone', async () => {
  const { page } = desk
  const documents = new PaymentDocuments(page)
  const folder = folderForFiles()
  try {
    await new Search(page).open('0701000102')
    await documents.open()
    await page.keyboard.press('Alt+KeyI')
    await expect(page.getByRole('form', { name: 'Счёт на оплату' })).toContainText('Сейчас к оплате')
    await page.getByRole('radio', { name: 'Другая сумма' }).focus()
    await page.keyboard.press('Space')
    await page.keyboard.press('Tab')
    await page.keyboard.type('1500,5')
    await page.keyboard.press('Control+Enter')
    await expect(page.getByRole('region', { name: 'Просмотр счёта' }).getByRole('img', { name: 'Страница 1 из 1' })).toBeVisible()
    await look(page, 'invoice')
    await answerSaveDialog(desk.app, folder)
    await page.keyboard.press('Control+KeyS')
    await expect(page.getByRole('status').filter({ hasText: 'Лист сохранён' })).toBeVisible()
    const pdf = saved(folder)
    expect(textOf(pdf)).toContain('Одна тысяча пятьсот рублей 50 копеек')
    expect(parseGostQr(new TextDecoder().decode(qrOf(pdf)?.bytes))).toMatchObject({ sum: 150050 })
  } finally {
    forgetFolder(folder)
  }
})

test('a statement of settlements is given to an identified visitor', async () => {
  const { page } = desk
  const documents = new PaymentDocuments(page)
  const folder = folderForFiles()
  try {
    const card = await new Search(page).open('7404 123456')
    await card.identify('7404 123456')
    await documents.open()
    await page.keyboard.press('Alt+KeyY')
    await expect(page.getByLabel('С месяца')).toBeFocused()
    await page.keyboard.press('Control+Enter')
    await expect(page.getByRole('region', { name: 'Просмотр выписки' }).getByRole('img').first()).toBeVisible()
    await look(page, 'statement')
    await answerSaveDialog(desk.app, folder)
    await page.keyboard.press('Control+KeyS')
    await expect(page.getByRole('status').filter({ hasText: 'Лист сохранён' })).toBeVisible()
    expect(textOf(saved(folder))).toContain('Выписка о расчётах')
  } finally {
    forgetFolder(folder)
  }
})
