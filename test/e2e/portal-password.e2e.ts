import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { passwordOn } from '../main/features/portal-access/memo'
import { textOf } from '../support/pdf/read-pdf'
import { openDesk } from './desk'
import { asHands } from './hands'
import { look } from './look'
import { call, forgetFolder } from './office'
import { answerSaveDialog, cupsIsThere, folderForFiles, printOffice } from './paper'
import { EmailChange, TrainingMail } from './screens/email'
import { PortalPassword } from './screens/portal-password'
import { Search } from './screens/search'
import { PersonMenu, SignIn } from './screens/sign-in'

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
  test.setTimeout(120_000)
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

test('a password goes in a letter to the confirmed address, and a sheet that is disputed is told by its memo', async () => {
  test.setTimeout(120_000)
  const { page } = desk
  const password = new PortalPassword(page)
  const card = await new Search(page).open('7404 123456')
  if (await page.getByText('Личность не установлена', { exact: true }).isVisible()) await card.identify('7404 123456')
  await password.open()
  await page.keyboard.press('Alt+Digit3')
  await expect(page.getByRole('radio', { name: 'Письмом на m•••@example.org' })).toBeChecked()
  await look(page, 'portal-password-letter')
  await password.send.focus()
  await page.keyboard.press('Enter')
  await expect(password.question).toContainText('На экране и на бумаге его не будет')
  await page.keyboard.press('Enter')
  await expect(password.sent).toBeVisible()
  await expect(page.getByText('отправлено', { exact: true })).toBeVisible()
  await look(page, 'portal-password-sent')

  // In the visitor's telephone.
  const mail = new TrainingMail(page)
  const onPage = await everythingOn(page)
  await mail.toggle()
  const letter = await mail.letters.filter({ hasText: '012345' }).first().innerText()
  const secret = /Пароль:?\s+(\S{12})/i.exec(letter)?.[1] ?? ''
  expect(secret).toHaveLength(12)
  expect(onPage).not.toContain(secret)
  await mail.toggle()

  await page.getByRole('button', { name: 'Выпустить ещё раз' }).click()
  await expect(password.impact).toBeVisible()
  await page.keyboard.press('Alt+KeyS')
  const field = password.sheetCheck.getByLabel('Пароль с листа')
  await expect(field).toBeFocused()
  await expect(field).toHaveAttribute('type', 'password')
  await field.fill('ывлдф123')
  await expect(password.sheetCheck).toContainText('Набраны русские буквы')
  await look(page, 'portal-password-sheet')
  await page.keyboard.press('Alt+KeyL')
  await expect(field).toHaveValue('sdkla123')
  await field.fill('zzzz zzzz zzz2')
  await page.keyboard.press('Enter')
  await expect(password.sheetCheck).toContainText('не подходит ни к одной из пяти последних памяток')
  await field.fill(secret)
  await page.keyboard.press('Enter')
  await expect(password.sheetCheck).toContainText('Это действующий пароль')
  await look(page, 'portal-password-sheet-current')
  await page.keyboard.press('Escape')
  await expect(password.sheetCheck).toBeHidden()
  expect(await everythingOn(page)).not.toContain(secret)
})

test('after a change of the e-mail a supervisor is asked: refused from afar, approved at their own desk, and the operator goes on', async () => {
  test.setTimeout(180_000)
  const { page } = desk
  const password = new PortalPassword(page)
  const menu = new PersonMenu(page)
  const signIn = new SignIn(page)
  await menu.signOut()
  const supervisor = await signIn.read('supervisor')
  await signIn.as('operator')
  const card = await new Search(page).open('7404 123456')
  if (await page.getByText('Личность не установлена', { exact: true }).isVisible()) await card.identify('7404 123456')
  const email = new EmailChange(page)
  await email.open()
  await email.send('maria.approved@mail.example')
  const mail = new TrainingMail(page)
  await mail.toggle()
  const code = await mail.code('maria.approved@mail.example')
  await mail.toggle()
  await email.enter(code)
  await expect(email.done).toBeVisible()

  await password.open()
  await expect(password.askApproval).toBeFocused()
  await look(page, 'portal-password-approval-needed')
  await page.keyboard.press('Enter')
  await expect(password.approval).toContainText('Запрос виден старшим смены')
  const login = page.getByLabel('Логин старшего')
  await expect(login).toBeFocused()
  await look(page, 'approval-dialog')
  await asHands(page, supervisor.login)
  await page.keyboard.press('Enter')
  await asHands(page, 'not-the-password')
  await page.keyboard.press('Enter')
  await expect(password.approval).toContainText('Логин или пароль не подходит')

  // The answer of a supervisor elsewhere comes by itself.
  const { approvals } = await call<{ approvals: { id: number }[] }>(desk.data, 'approvals.waiting', {}, supervisor)
  await call(desk.data, 'approvals.decide', { operationId: crypto.randomUUID(), approvalId: approvals[0]!.id, granted: false, comment: 'Пусть посетитель назовёт прежний адрес' }, supervisor)
  await expect(password.approval).toContainText('Пусть посетитель назовёт прежний адрес', { timeout: 20_000 })
  await look(page, 'approval-refused')
  await password.approval.getByRole('button', { name: 'Запросить ещё раз' }).click()
  await expect(password.approval).toContainText('Запрос виден старшим смены')
  await page.keyboard.press('Escape')
  await expect(password.approval).toBeHidden()

  await menu.signOut()
  await signIn.as('supervisor')
  const strip = page.getByRole('region', { name: 'Запросы одобрения' })
  await expect(strip).toContainText('просит одобрить новый пароль: Соколова Мария Игоревна')
  await look(page, 'approval-strip')
  await page.keyboard.press('Alt+KeyZ')
  const question = page.getByRole('article', { name: 'Соколова Мария Игоревна' })
  await expect(question).toContainText('m•••@mail.example')
  await expect(question).not.toContainText('maria.approved')
  await look(page, 'approvals')
  await page.keyboard.press('Alt+KeyA')
  const sure = page.getByRole('alertdialog', { name: 'Одобрить новый пароль?' })
  await expect(sure).toContainText('Соколова Мария Игоревна')
  await look(page, 'approvals-question')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Запросов нет')).toBeVisible()
  await look(page, 'approvals-empty')

  await menu.signOut()
  await signIn.as('operator')
  await new Search(page).open('7404 123456')
  await password.open()
  await expect(page.getByText(`Одобрено: ${supervisor.name}`)).toBeVisible()
  await expect(page.getByRole('button', { name: /^Выпустить пароль/ })).toBeFocused()
  await look(page, 'portal-password-approved')
})
