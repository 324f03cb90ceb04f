import { expect, test } from '@playwright/test'
import { openDesk } from './desk'
import { asHands } from './hands'
import { look } from './look'
import { TrainingMail } from './screens/email'
import { Search } from './screens/search'

const desk = openDesk({ as: 'operator' })

test('a PIN is sent from the queue to the subscriber’s address, the next request has its place, one is refused with a reason', async () => {
  const { page } = desk
  await page.getByRole('link', { name: 'Портал' }).click()
  const grid = page.getByRole('grid', { name: 'Заявки с портала' })
  const chosen = grid.getByRole('row', { selected: true })
  await expect(chosen).toBeFocused()
  await expect(page.getByRole('status').filter({ hasText: 'ПИН-кодов ждут 4' })).toBeVisible()
  // The stranger has linked the number from somebody's bill: the PIN goes to whose account it is.
  await expect(chosen).toContainText('Черных Зоя Львовна')
  await expect(chosen).toContainText('Логин кабинета не совпадает')
  await page.keyboard.press('Enter')
  await expect(grid).toContainText('Просили')
  await look(page, 'portal-requests')

  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await expect(chosen).toContainText('z•••@example.com')
  await page.keyboard.press('Alt+KeyI')
  const question = page.getByRole('alertdialog')
  await expect(question).toContainText('Черных Зоя Львовна')
  await expect(question).toContainText('уйдёт на z•••@example.com')
  await page.keyboard.press('Enter')
  await expect(question).toBeHidden()
  await expect(page.getByText('ПИН-код отправляется')).toBeVisible()
  await expect(page.getByRole('status').filter({ hasText: 'ПИН-кодов ждут 3' })).toBeVisible()
  await expect(chosen).toBeFocused()

  const mail = new TrainingMail(page)
  await mail.toggle()
  const letter = mail.letters.filter({ hasText: 'Кому: zoya.chernykh@example.com' })
  await expect(letter).toContainText(/пин-код[^:]*: \d{6}/i)
  await mail.toggle()

  await page.keyboard.press('Home')
  await page.keyboard.press('Alt+KeyX')
  await question.getByLabel('Причина', { exact: true }).selectOption({ label: 'Счёт оформлен на другого человека' })
  await look(page, 'portal-requests-refuse')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('status').filter({ hasText: 'ПИН-кодов ждут 2' })).toBeVisible()

  await page.getByText('Отправленные ПИН-коды').click()
  await expect(grid.getByRole('row').filter({ hasText: 'z•••@example.com' })).toContainText('отправлен, ещё не введён')
  await page.getByText('Решённые за 30 дней').click()
  await expect(grid.getByRole('row').filter({ hasText: 'отказано' }).first()).toContainText('Черных Зоя Львовна')
})

test('of an identified visitor a second contract is linked to the cabinet, and Госуслуги are unlinked for good', async () => {
  const { page } = desk
  const card = await new Search(page).open('7408 004108')
  await page.keyboard.press('Alt+KeyU')
  await expect(page.getByRole('heading', { name: 'Доступ к порталу' })).toBeVisible()
  await card.identify('7408 004108')
  await page.keyboard.press('Alt+KeyU')
  const cabinet = page.getByRole('article', { name: '0045708' })
  await expect(cabinet).toContainText('номер служит логином')
  await look(page, 'portal-users')

  await cabinet.getByRole('button', { name: 'Привязать счёт' }).focus()
  await page.keyboard.press('Enter')
  const question = page.getByRole('alertdialog')
  await expect(question).toContainText('Алиев Самир Рашид оглы')
  await look(page, 'portal-users-link')
  await page.keyboard.press('Enter')
  await expect(cabinet.getByRole('button', { name: /^Отвязать.+0045709$/ })).toBeVisible()

  // Another person's contract wants the password of its cabinet at this portal.
  await cabinet.getByRole('button', { name: 'Привязать счёт' }).focus()
  await page.keyboard.press('Enter')
  await asHands(page, '0045612')
  await question.getByLabel('Пароль от кабинета этого счёта').focus()
  await asHands(page, 'наугад-1')
  await page.keyboard.press('Enter')
  await expect(question).toContainText('Сведения не совпали')
  await expect(question).toContainText('Сегодня осталось 4 попытки')
  await page.keyboard.press('Escape')
  await expect(question).toBeHidden()

  await cabinet.getByRole('button', { name: /^Отвязать.+С\. Р\.$/ }).focus()
  await page.keyboard.press('Enter')
  await expect(question).toContainText('Привязать снова сможет только сам абонент')
  await page.keyboard.press('Enter')
  await expect(cabinet).toContainText('Связи с Госуслугами нет')

  await cabinet.getByRole('button', { name: 'Заблокировать вход' }).focus()
  await page.keyboard.press('Enter')
  await question.getByLabel('Причина', { exact: true }).selectOption({ label: 'Входит кто-то чужой' })
  await page.keyboard.press('Enter')
  await expect(cabinet).toContainText('вход заблокирован')
  await look(page, 'portal-users-blocked')
})

test('where there is no cabinet one is registered, where somebody else has linked the account it is taken out', async () => {
  const { page } = desk
  const card = await new Search(page).open('7401 004105')
  await card.identify('7401 004105')
  await page.keyboard.press('Alt+KeyU')
  await expect(page.getByText('Логин будет 012305')).toBeVisible()
  await look(page, 'portal-users-none')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alertdialog')).toContainText('Ёлкин Фёдор Ильич')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('article', { name: '012305' })).toContainText('не выдан')

  const zoya = await new Search(page).open('7416 004109')
  await zoya.identify('7416 004109')
  await page.keyboard.press('Alt+KeyU')
  const stranger = page.getByRole('article', { name: 's•••@example.org' })
  await expect(stranger).toContainText('чужой кабинет')
  await look(page, 'portal-users-stranger')
  await stranger.getByRole('button', { name: /^Отвязать.+04012309$/ }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alertdialog')).toContainText('Черных Зоя Львовна')
  await page.keyboard.press('Enter')
  await expect(stranger).toBeHidden()
})
