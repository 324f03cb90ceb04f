import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { textOf } from '../support/pdf/read-pdf'
import { openDesk } from './desk'
import { look } from './look'
import { forgetFolder } from './office'
import { answerSaveDialog, folderForFiles } from './paper'
import { Search } from './screens/search'

const desk = openDesk({ as: 'operator' })

test('a visitor’s request gets a number and a term, its application is on paper, and it stands on the card and in the queue', async () => {
  const { page } = desk
  const card = await new Search(page).open('7404 123456')
  await card.identify('7404 123456')
  await page.keyboard.press('Alt+KeyQ')
  const kind = page.getByLabel('Вид заявки')
  await expect(kind).toBeFocused()
  await kind.selectOption({ label: 'Обращение' })
  await page.keyboard.press('Tab')
  // Without the visitor's words there is nothing to answer.
  await page.keyboard.press('Enter')
  await expect(page.getByText('Запишите, о чём просит абонент.')).toBeVisible()
  const words = page.getByLabel('Со слов абонента')
  await words.focus()
  await page.keyboard.type('Просит выдать справку о составе семьи')
  await look(page, 'request')
  await page.keyboard.press('Enter')
  const made = page.getByText(/^Заявка № \S+ принята, срок до \d\d\.\d\d\.\d{4}\. Назовите номер абоненту\.$/)
  await expect(made).toBeVisible()
  const number = /№ (\S+)/.exec(await made.innerText())?.[1] ?? ''

  const folder = folderForFiles()
  try {
    await answerSaveDialog(desk.app, folder)
    await page.keyboard.press('Control+KeyS')
    await expect.poll(() => readdirSync(folder)).toHaveLength(1)
    const application = textOf(readFileSync(join(folder, readdirSync(folder)[0] ?? '')))
    expect(application).toContain(number)
    expect(application).toContain('Просит выдать справку о составе семьи')
  } finally {
    forgetFolder(folder)
  }
  await look(page, 'request-made')
  await page.keyboard.press('Escape')
  await expect(card.root).toContainText(number)

  await page.getByRole('link', { name: 'Заявки' }).click()
  const row = page.getByRole('row', { name: new RegExp(number) })
  await expect(row).toContainText('Соколова Мария Игоревна')
  await row.getByRole('button', { name: number }).click()
  await page.getByRole('button', { name: 'Взять себе' }).click()
  await expect(row).toContainText('Ветрова Анна Павловна')
  await look(page, 'requests')
})
