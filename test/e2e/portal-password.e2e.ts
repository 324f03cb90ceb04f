import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { passwordOn } from '../main/features/portal-access/memo'
import { textOf } from '../support/pdf/read-pdf'
import { openDesk } from './desk'
import { look } from './look'
import { forgetFolder } from './office'
import { answerSaveDialog, cupsIsThere, folderForFiles, printOffice } from './paper'
import { PortalPassword } from './screens/portal-password'
import { Search } from './screens/search'

const prints = printOffice()
const desk = openDesk({ as: 'operator', env: prints.env })
test.afterAll(() => prints.stop())

/** Everything the page holds: what is seen, attributes, values of fields and what its stores keep in memory of text. */
async function everythingOn(page: Page): Promise<string> {
  return page.evaluate(() => {
    const values = [...document.querySelectorAll('input, textarea, select')].map((field) => (field as HTMLInputElement).value)
    return [document.documentElement.outerHTML, document.title, location.href, ...values, JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })].join('\n')
  })
}

test('a new password is printed once: what it changes is said before, and nothing of it is on the page afterwards', async () => {
  test.skip(!cupsIsThere, 'needs CUPS and root')
  const { page } = desk
  const password = new PortalPassword(page)
  const card = await new Search(page).open('7404 123456')
  await card.identify('7404 123456')
  await password.open()
  await expect(password.impact).toContainText('Новый пароль действует 3 дня.')
  await expect(password.impact).toContainText('Пароль одноразовый')
  await expect(page.getByLabel('Принтер')).toHaveValue('OFFICE')
  await expect(password.print).toBeFocused()
  await look(page, 'portal-password')

  await page.keyboard.press('Enter')
  await expect(password.question).toContainText('Соколова Мария Игоревна')
  await expect(password.question).toContainText('Напечатать его ещё раз нельзя')
  await look(page, 'portal-password-question')
  await page.keyboard.press('Escape')
  await expect(password.question).toBeHidden()
  expect(prints.sheets()).toBe(0)

  await page.keyboard.press('Enter')
  await expect(password.question).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(password.done).toBeVisible()
  const number = await password.number()
  const { pdf, options } = await prints.sheet(1)
  const secret = passwordOn(pdf, 12)
  expect(textOf(pdf)).toContain('Соколова Мария Игоревна')
  expect(textOf(pdf)).toContain(`№ ${number}`)
  // Everybody who sees the queue sees the title of a job.
  expect(options).not.toMatch(/Соколова|012345/)
  await expect(page.getByText('напечатано', { exact: true })).toBeVisible()
  await look(page, 'portal-password-printed')
  const page_ = await everythingOn(page)
  expect(page_).not.toContain(secret)
  expect(page_).not.toContain((secret.match(/.{1,4}/g) ?? []).join(' '))

  // No way leads to the sheet again: not its panel, not the timeline of the card.
  await expect(page.getByRole('button', { name: /печатать|Показать пароль/i })).toHaveCount(0)
  await page.keyboard.press('Escape')
  await expect(page.getByText(`Выдана памятка № ${number}`)).toBeVisible()
  await expect(page.getByRole('button', { name: /Выдана памятка/ })).toHaveCount(0)
  expect(prints.sheets()).toBe(1)
})

test('a memo can be saved instead; «Отмена» of the dialog changes nothing, and a second password replaces the first', async () => {
  const { page } = desk
  const folder = folderForFiles()
  const password = new PortalPassword(page)
  try {
    const card = await new Search(page).open('7413 004111')
    await card.identify('7413 004111')
    await password.open()
    await page.getByRole('radio', { name: 'Сохранить в PDF' }).check()
    await answerSaveDialog(desk.app, null)
    await password.save.click()
    await expect(password.question).toBeVisible()
    await page.keyboard.press('Enter')
    await expect(password.question).toBeHidden()
    await expect(password.done).toBeHidden()
    await expect(password.save).toBeVisible()
    expect(readdirSync(folder)).toEqual([])

    await answerSaveDialog(desk.app, folder)
    await password.save.click()
    await expect(password.question).toBeVisible()
    await page.keyboard.press('Enter')
    await expect(password.done).toBeVisible()
    const first = readdirSync(folder)
    expect(first).toHaveLength(1)
    const firstSecret = passwordOn(readFileSync(join(folder, first[0]!)), 12)
    await expect(page.getByText(`Памятка сохранена: ${first[0]}`)).toBeVisible()
    expect(await everythingOn(page)).not.toContain(firstSecret)

    await page.getByRole('button', { name: 'Выпустить ещё раз' }).click()
    await expect(password.impact).toContainText('перестанет работать сразу')
    await page.getByRole('radio', { name: 'Сохранить в PDF' }).check()
    await password.save.click()
    await expect(password.question).toBeVisible()
    await page.keyboard.press('Enter')
    await expect(password.done).toBeVisible()
    // No sheet is proposed the name of another one.
    const [second = ''] = readdirSync(folder).filter((name) => name !== first[0])
    const secondSecret = passwordOn(readFileSync(join(folder, second)), 12)
    expect(secondSecret).not.toBe(firstSecret)
    expect(await everythingOn(page)).not.toContain(secondSecret)
  } finally {
    forgetFolder(folder)
  }
})
