import { expect, test } from '@playwright/test'
import { openDesk } from './desk'
import { asHands } from './hands'
import { look } from './look'
import { admin, call } from './office'
import { EmailChange, TrainingMail, wrong } from './screens/email'
import { Search } from './screens/search'

const desk = openDesk({ as: 'operator' })
const colleague = { login: 'quicker', password: 'colleague-of-the-desk-tests-1' }
const id = () => crypto.randomUUID()

/** What a colleague did at another window some time ago: another phone that gets no SMS, so that it is in force at once. */
async function colleagueChangesThePhone(subscriberId: number, passport: string, phone: string): Promise<void> {
  const first = 'first-of-the-colleague-1'
  await call(desk.data, 'staff.create', { login: colleague.login, fullName: 'Лугова Мария Игоревна', roles: ['operator'], window: '7', password: first }, admin)
  await call(desk.data, 'session.changePassword', { current: first, next: colleague.password }, { login: colleague.login, password: first })
  const visit = await call<{ id: number }>(desk.data, 'visits.open', { operationId: id(), subscriberId }, colleague)
  await call(desk.data, 'visits.identify', { operationId: id(), visitId: visit.id, documentType: 'passport_rf', number: passport }, colleague)
  const card = await call<{ subscriber: { version: number } }>(desk.data, 'desk.card', { subscriberId }, colleague)
  const change = { operationId: id(), visitId: visit.id, kind: 'phone', purpose: 'main', contactId: null, value: phone, way: 'none', version: card.subscriber.version }
  await call(desk.data, 'contacts.change', change, colleague)
  await call(desk.data, 'visits.close', { operationId: id(), visitId: visit.id }, colleague)
}

test('a phone is changed with a code by SMS, by as many keys as an e-mail', async () => {
  const { page } = desk
  const contacts = new EmailChange(page)
  const mail = new TrainingMail(page)
  const card = await new Search(page).open('7404 123456')
  await card.identify('7404 123456')
  await contacts.open()
  await look(page, 'contacts')

  // A digit forgotten is counted, not taken for a landline.
  await asHands(page, '8 912 000-11-2')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText('в нём 10 цифр')
  await asHands(page, '2')
  await page.keyboard.press('Enter')
  await expect(contacts.question).toContainText('+7 (912) 000-11-22')
  await expect(contacts.question).toContainText('О замене придёт сообщение')
  await look(page, 'contacts-question')
  await page.keyboard.press('Enter')
  await expect(contacts.code).toBeFocused()
  await expect(contacts.delivery('СМС ушло')).toBeVisible()
  await expect(card.contacts).toContainText('ждёт кода из СМС')

  await mail.toggle()
  const code = await mail.codeInSms('+7 (912) 000-11-22')
  await look(page, 'contacts-sms')
  await mail.toggle()
  await contacts.enter(wrong(code))
  await expect(page.getByText('Код не подошёл. Осталось 4 попытки.')).toBeVisible()
  await contacts.enter(code)
  await expect(contacts.done).toBeVisible()
  await expect(card.contacts).toContainText('Телефон: подтверждён кодом в офисе')
  await page.getByText('История контактов').click()
  await expect(page.getByText('заменено, кодом в офисе, Ветрова')).toBeVisible()
  await look(page, 'contacts-done')
})

test('a colleague’s fresh change is taken back from the card, after a look at whose it is', async () => {
  const { page } = desk
  const card = await new Search(page).open('7408 004108')
  const subscriberId = Number(/desk\/(\d+)/.exec(page.url())?.[1])
  const before = await card.contacts.innerText()
  await colleagueChangesThePhone(subscriberId, '7408 004108', '+73432009988')
  await expect(card.contacts).toContainText('-88')
  await expect(card.root.getByText(/Телефон сменён/)).toBeVisible()

  // Whoever stands here must be known first.
  await expect(card.contacts.getByRole('button', { name: 'Вернуть прежний' })).toHaveAttribute('aria-disabled', 'true')
  await card.identify('7408 004108')
  await page.keyboard.press('Escape')
  const change = page.getByRole('listitem').filter({ hasText: 'Телефон записан без подтверждения' })
  await expect(change.getByRole('button', { name: /^Вернуть прежний, ещё 2\d ч$/ })).toBeVisible()
  await look(page, 'contacts-of-a-colleague')

  await card.contacts.getByRole('button', { name: 'Вернуть прежний' }).click()
  const question = page.getByRole('alertdialog', { name: 'Вернуть прежний телефон?' })
  await expect(question).toContainText('Алиев Самир')
  await look(page, 'contacts-revert')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Прежний телефон возвращён')).toBeVisible()
  await expect(card.contacts).toContainText('Прежние: 1')
  expect(/\+7[^\n]*/.exec(await card.contacts.innerText())?.[0]).toBe(/\+7[^\n]*/.exec(before)?.[0])
  await expect(card.root.getByText(/Телефон сменён/)).toBeHidden()
})

test('an address that the visitor confirms at home waits for its link, and the next contact can be recorded at once', async () => {
  const { page } = desk
  const contacts = new EmailChange(page)
  const card = await new Search(page).open('7423 004104')
  await card.identify('7423 004104')
  await contacts.open()
  await page.keyboard.type('warehouse.of-a-very-long-department-name@rimskaya-zalesskaya.example')
  await page.getByLabel('Назначение').selectOption('notices')
  await page.getByLabel('Подтверждение').selectOption('link')
  await contacts.address.focus()
  await page.keyboard.press('Enter')
  await expect(contacts.question).toContainText('для уведомлений')
  await page.keyboard.press('Enter')
  const waits = page.getByRole('region', { name: 'Ждёт подтверждения по ссылке' })
  await expect(waits).toContainText('Посетитель может идти')
  await expect(waits).toContainText('письмо ушло')
  await expect(card.contacts).toContainText('Почта, для уведомлений: ждёт подтверждения по ссылке до')
  // The next contact begins as the first one did.
  await expect(contacts.address).toBeFocused()
  await expect(page.getByLabel('Назначение')).toHaveValue('main')
  await look(page, 'contacts-link')
})

test.describe('a visitor with two e-mails', () => {
  test.describe.configure({ mode: 'serial' })

  test('has each with its purpose; the accountant’s one is removed and can be brought back', async () => {
    const { page } = desk
    const card = await new Search(page).open('7405 004114')
    await card.identify('7405 004114')
    await new EmailChange(page).open()
    const rows = page.getByRole('region', { name: 'Сейчас в карточке' })
    await expect(rows.getByRole('listitem')).toHaveCount(4)
    await expect(rows).toContainText('Почта, для счетов: подтверждена по ссылке')
    await look(page, 'contacts-two-emails')

    await rows.getByRole('button', { name: /^Убрать\s?: Почта, для счетов/ }).click()
    await expect(page.getByRole('alertdialog', { name: 'Убрать почту?' })).toContainText('Журавлёв')
    await page.keyboard.press('Enter')
    await expect(page.getByText('Почта убрана')).toBeVisible()
    await expect(rows).toContainText('Почта, для счетов: убрана')
    await expect(rows.getByRole('button', { name: /^Вернуть, ещё 2\d ч$/ })).toBeVisible()
    await look(page, 'contacts-removed')
  })

  test('what a provider may send stands with who took it and by which text; withdrawing takes as many keys as giving', async () => {
    const { page } = desk
    const card = await new Search(page).open('7405 004114')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Alt+KeyO')
    const panel = card.root.getByRole('heading', { name: 'Согласия и доставка счетов' })
    await expect(panel).toBeVisible()
    await expect(card.root).toContainText(/\d\d\.\d\d\.\d{4}, в личном кабинете; o•••@zhuravlev\.example; текст 2026-1/)
    await look(page, 'consents')
    await page.getByRole('button', { name: /^Дать согласие\s?: Справочные СМС/ }).click()
    await expect(page.getByRole('alertdialog')).toContainText('Прочитайте абоненту вслух')
    await look(page, 'consents-question')
    await page.keyboard.press('Enter')
    await expect(page.getByText('Согласие дано: Справочные СМС')).toBeVisible()
    await page.getByRole('button', { name: /^Отозвать\s?: Справочные СМС/ }).click()
    await page.keyboard.press('Enter')
    await expect(page.getByText('Согласие отозвано: Справочные СМС')).toBeVisible()
    await expect(card.root).toContainText(/дано .*, в офисе, Ветрова\sА\.\sП\.; отозвано .*, Ветрова\sА\.\sП\./)
  })
})
