import { expect, type Page, test } from '@playwright/test'
import { openDesk } from './desk'
import { look } from './look'
import { admin, call } from './office'
import { EmailChange } from './screens/email'
import { Search } from './screens/search'
import { PersonMenu, SignIn } from './screens/sign-in'

const desk = openDesk({ as: 'operator' })
const colleague = { login: 'window.colleague', password: 'colleague-of-the-desk-tests-1' }

// Each thing the colleague does is a program that starts, signs in and ends.
test.setTimeout(180_000)
test.beforeAll(async () => {
  const first = 'first-of-the-desk-tests-1'
  await call(desk.data, 'staff.create', { login: colleague.login, fullName: 'Лугова Мария Игоревна', roles: ['operator'], window: '7', password: first }, admin)
  await call(desk.data, 'session.changePassword', { current: first, next: colleague.password }, { login: colleague.login, password: first })
})

const strip = (page: Page) => page.getByRole('navigation', { name: 'Открытые карточки' })
const tab = (page: Page, name: string) => strip(page).getByRole('button', { name })

/** What a colleague does at another window, on the same database: by the commands of IT, under a login of their own. */
async function atAnotherWindow<T>(name: string, input: object): Promise<T> {
  return call<T>(desk.data, name, input, colleague)
}

test('two visitors at once: each keeps what was typed, and a colleague’s change is told in the open card', async () => {
  const { page } = desk
  const change = new EmailChange(page)
  const first = await new Search(page).open('7404 123456')
  await expect(strip(page)).toBeHidden()
  await first.identify('7404 123456')
  await change.open()
  await page.keyboard.type('maria.half@')

  const second = await new Search(page).open('7411 201991')
  await expect(second.name).not.toHaveText('Соколова Мария Игоревна')
  await second.identify('7411 201991')
  await change.open()
  await expect(change.address).toHaveValue('')
  await look(page, 'two-cards')

  await page.keyboard.press('Control+Digit1')
  await expect(first.name).toHaveText('Соколова Мария Игоревна')
  await expect(change.address).toHaveValue('maria.half@')
  await expect(change.address).toBeFocused()
  expect(await page.title()).toContain('Соколова Мария Игоревна')
  await page.keyboard.press('Control+Tab')
  await expect(change.address).toHaveValue('')
  expect(await page.title()).not.toContain('Соколова')
  await page.keyboard.press('Control+Tab')

  // The colleague opens the same person, identifies the visitor and changes the e-mail.
  const subscriberId = Number(/desk\/(\d+)/.exec(page.url())?.[1])
  const id = () => crypto.randomUUID()
  const visit = await atAnotherWindow<{ id: number }>('visits.open', { operationId: id(), subscriberId })
  await atAnotherWindow('visits.identify', { operationId: id(), visitId: visit.id, documentType: 'passport_rf', number: '7404 123456' })
  const card = await atAnotherWindow<{ subscriber: { version: number } }>('desk.card', { subscriberId })
  await atAnotherWindow('contacts.change', { operationId: id(), visitId: visit.id, kind: 'email', purpose: 'main', contactId: null, value: 'quicker@new.example', way: 'emailCode', version: card.subscriber.version })

  await expect(page.getByText(/Изменено: Новая почта q•••@new\.example: ждём подтверждения, Лугова\sМ\.\sИ\., \d\d:\d\d/)).toBeVisible()
  await expect(first.contacts).toContainText('q•••@new.example')
  await expect(change.address).toHaveValue('maria.half@')
  await look(page, 'changed-elsewhere')
})

test('nine cards and long names fit into one strip; a tenth is refused with words', async () => {
  const { page } = desk
  const tabs = strip(page).getByRole('button', { name: ', личность ' })
  const { hits } = await call<{ hits: { subscriberId: number; name: string }[] }>(desk.data, 'desk.search', { text: 'иван', includeClosed: true }, colleague)
  // The visitor of the test before has a card already.
  const ids = [...new Set(hits.filter(({ name }) => name !== 'Иванов Пётр Сергеевич').map(({ subscriberId }) => subscriberId))]
  const open = async (subscriberId: number) => {
    await page.evaluate((to) => (window.location.hash = `#/desk/${to}`), subscriberId)
  }
  for (let n = await tabs.count(); n < 9; n++) {
    const subscriberId = ids.shift()!
    await open(subscriberId)
    await expect(page).toHaveURL(new RegExp(`desk/${subscriberId}$`))
    await expect(page.getByRole('navigation', { name: 'Действия' })).toBeVisible()
    // A single card in front has no strip.
    if (n > 0) await expect(tabs).toHaveCount(n + 1)
  }
  await look(page, 'nine-cards')
  const strips = await strip(page).boundingBox()
  expect(strips!.height).toBeLessThanOrEqual(34)
  await open(ids.shift()!)
  await expect(page.getByRole('alertdialog', { name: /Открыто карточек: 9/ })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(tabs).toHaveCount(9)
})

test('signing out names the visits that stay open, and after it they are there again', async () => {
  const { page } = desk
  await new Search(page).open('7404 123456')
  await page.getByRole('button', { name: /^Сотрудник:/ }).click()
  await page.getByText('Выйти', { exact: true }).click()
  await expect(page.getByRole('alertdialog', { name: 'Выйти?' })).toContainText('Соколова Мария Игоревна')
  await look(page, 'sign-out-question')
  await page.keyboard.press('Escape')
  await new PersonMenu(page).signOut()
  await new SignIn(page).as('operator')
  await expect(tab(page, 'Соколова')).toBeVisible()
})
