import { expect, test } from '@playwright/test'
import { openDesk } from './desk'
import { look } from './look'
import { recipients, startMailServer, type MailServer } from './mail-server'
import { OfficePages } from './screens/office'

const account = { user: 'office', password: 'mail-password-of-tests' }
const desk = openDesk({ as: 'admin' })
let mail: MailServer
test.beforeAll(async () => {
  mail = await startMailServer(account)
})
test.afterAll(() => mail.stop())

test('a letter that was refused is seen by the administrator with the reason, and sent again when the mailbox is there', async () => {
  const { page } = desk
  const pages = new OfficePages(page)
  await pages.open('Настройки')
  const post = page.getByRole('region', { name: 'Почта' })
  await post.getByLabel('Сервер SMTP').fill('127.0.0.1')
  await post.getByLabel('Порт').fill(String(mail.port))
  await post.getByLabel('Защита соединения').selectOption('none')
  await post.getByLabel('Имя пользователя').fill(account.user)
  await post.getByLabel('Пароль', { exact: true }).fill(account.password)
  await post.getByLabel('Имя отправителя').fill('Центр обслуживания')
  await post.getByLabel('Адрес отправителя').fill('office@okno.example')
  await post.getByRole('button', { name: 'Сохранить' }).click()
  await expect(post.getByText('Настройки почты сохранены')).toBeVisible()
  await look(page, 'settings-mail-and-sms')

  mail.unknown.add('it@okno.example')
  await post.getByLabel('Проверочное письмо на адрес').fill('it@okno.example')
  await page.keyboard.press('Enter')
  await expect(post.getByText('такого ящика нет')).toBeVisible({ timeout: 30_000 })
  expect(mail.letters).toHaveLength(0)

  await pages.open('Исходящие')
  const row = page.getByRole('row').filter({ hasText: 'Проверка связи' })
  await expect(row).toContainText('i•••@okno.example')
  await expect(row).toContainText('такого ящика нет')
  await look(page, 'outbox-dead')

  mail.unknown.clear()
  await page.getByRole('heading', { name: 'Исходящие' }).click()
  await page.keyboard.press('Alt+KeyA')
  await page.keyboard.press('Alt+KeyR')
  await expect(page.getByText('В очередь возвращено 1 сообщение.')).toBeVisible()
  await expect.poll(() => mail.letters.map(recipients), { timeout: 30_000 }).toEqual(['it@okno.example'])
  await page.getByRole('radio', { name: /^Отправлены/ }).check({ force: true })
  await expect(page.getByRole('row').filter({ hasText: 'Проверка связи' })).toContainText('отправлено')
  await look(page, 'outbox-sent')
})

test('an SMS of the training office can be tried without a gateway: it ends on the screen', async () => {
  const { page } = desk
  await new OfficePages(page).open('Настройки')
  const sms = page.getByRole('region', { name: 'СМС' })
  await sms.getByLabel('Проверочное СМС на номер').fill('8 943 000-00-01')
  await page.keyboard.press('Enter')
  await expect(sms.getByText('Шлюз принял СМС')).toBeVisible({ timeout: 30_000 })
  await page.keyboard.press('Alt+KeyM')
  await expect(page.getByText('Проверка связи:').last()).toBeVisible()
})
