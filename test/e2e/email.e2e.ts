import { expect, test } from '@playwright/test'
import { openDesk } from './desk'
import { look } from './look'
import { type MailServer, recipients, startMailServer } from './mail-server'
import { EmailChange, TrainingMail, wrong } from './screens/email'
import { Search } from './screens/search'
import { PersonMenu, SignIn } from './screens/sign-in'

const desk = openDesk({ as: 'operator' })

test('an e-mail is changed: the slip is seen, the code comes by mail, the old address is told, and the change is taken back', async () => {
  const { page } = desk
  const change = new EmailChange(page)
  const mail = new TrainingMail(page)
  const card = await new Search(page).open('7404 123456')
  await card.identify('7404 123456')
  await change.open()

  await page.keyboard.type('maria.new@gmial.com')
  await expect(page.getByText('Возможно, maria.new@gmail.com')).toBeVisible()
  await expect(page.getByText('опечатка в названии почты')).toBeVisible()
  await look(page, 'email')
  await page.keyboard.press('Alt+Digit1')
  await expect(change.address).toHaveValue('maria.new@gmail.com')
  await expect(change.address).toBeFocused()

  await page.keyboard.press('Enter')
  await expect(change.question).toContainText('Соколова Мария Игоревна')
  await look(page, 'email-question')
  // Esc sends nothing and keeps what was typed.
  await page.keyboard.press('Escape')
  await expect(change.question).toBeHidden()
  await expect(change.address).toHaveValue('maria.new@gmail.com')
  await page.keyboard.press('Enter')
  await expect(change.question).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(change.code).toBeFocused()
  await expect(change.delivery('письмо ушло')).toBeVisible()
  await expect(card.contacts).toContainText('ждёт кода')

  await mail.toggle()
  const code = await mail.code('maria.new@gmail.com')
  await look(page, 'email-code')
  await mail.toggle()
  await change.enter(wrong(code))
  await expect(page.getByText('Код не подошёл. Осталось 4 попытки.')).toBeVisible()
  await change.enter(code)
  await expect(change.done).toBeVisible()
  await expect(card.contacts).toContainText('m•••@gmail.com')
  await expect(card.contacts).toContainText('Почта: подтверждена кодом в офисе')
  await look(page, 'email-done')

  await mail.toggle()
  const notice = mail.letters.filter({ hasText: 'Кому: maria.sokolova@example.org' })
  await expect(notice).toContainText('Изменены данные для связи с вами')
  // The notice warns the old address and tells it nothing whole.
  await expect(notice).not.toContainText('maria.new@gmail.com')
  await mail.toggle()

  await page.getByRole('button', { name: 'Вернуть прежний адрес' }).click()
  await expect(page.getByText('Прежний адрес возвращён')).toBeVisible()
  await expect(card.contacts).toContainText('m•••@example.org')
  await expect(card.contacts).toContainText('Прежние: 1')
  await expect(change.address).toBeFocused()
})

test('what is no address is not sent, and an address of somebody else is pointed out', async () => {
  const { page } = desk
  const change = new EmailChange(page)
  const card = await new Search(page).open('7411 201991')
  await card.identify('7411 201991')
  await change.open()
  await page.keyboard.type('петр.иванов')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText('Это не похоже на адрес')
  await expect(change.question).toBeHidden()
  await change.address.fill('zoya.chernykh@example.com')
  await expect(page.getByText('Этот адрес записан ещё у 1 абонента: Ч••• З. Л.')).toBeVisible()
})

test.describe('with a mail server of the office', () => {
  const account = { user: 'okno', password: 'mail-secret-of-the-office-7' }
  let server: MailServer
  test.beforeAll(async () => {
    server = await startMailServer(account)
  })
  test.afterAll(() => server.stop())

  test('the administrator names the server once, and codes and notices go through it', async () => {
    const { page } = desk
    await new PersonMenu(page).signOut()
    await new SignIn(page).as('admin')
    await page.getByRole('link', { name: 'Настройки' }).click()
    const mail = page.getByRole('region', { name: 'Почта', exact: true })
    await mail.getByLabel('Сервер SMTP').fill('127.0.0.1')
    await mail.getByLabel('Порт').fill(String(server.port))
    await mail.getByLabel('Защита соединения').selectOption({ label: 'Без шифрования (только на этом же компьютере)' })
    await mail.getByLabel('Имя пользователя').fill(account.user)
    await mail.getByLabel('Пароль').fill(account.password)
    await mail.getByLabel('Имя отправителя').fill('Центр обслуживания')
    await mail.getByLabel('Адрес отправителя').fill('office@centre.example')
    await mail.getByRole('button', { name: 'Сохранить' }).click()
    await expect(mail.getByText('Настройки почты сохранены.')).toBeVisible()
    // The password goes in and never comes out.
    await page.getByRole('link', { name: 'Сотрудники' }).click()
    await page.getByRole('link', { name: 'Настройки' }).click()
    await expect(mail.getByLabel('Сервер SMTP')).toHaveValue('127.0.0.1')
    await expect(mail.getByLabel('Пароль')).toHaveValue('')
    await look(page, 'settings-mail')

    await new PersonMenu(page).signOut()
    await new SignIn(page).as('operator')
    const change = new EmailChange(page)
    const card = await new Search(page).open('7408 004108')
    await card.identify('7408 004108')
    await change.open()
    await change.send('samir.new@mail.example')
    await expect(change.delivery('письмо ушло')).toBeVisible()
    await expect.poll(() => server.letters.map(recipients)).toEqual(['samir.new@mail.example'])
    const letter = server.letters[0]!
    expect(letter.from?.text).toContain('office@centre.example')
    const code = /(\d{6})/.exec(letter.subject ?? '')?.[1] ?? ''
    expect(letter.text).toContain(code)
    await change.enter(code)
    await expect(change.done).toBeVisible()
    await expect.poll(() => server.letters.map(recipients)).toEqual(['samir.new@mail.example', 'samir.aliev@mail.example'])
    expect(server.letters[1]!.text).not.toContain('samir.new@mail.example')
  })
})
