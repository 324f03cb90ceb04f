import { expect, test } from '@playwright/test'
import { openDesk } from './desk'
import { asHands } from './hands'
import { look } from './look'
import { Card } from './screens/card'
import { Search } from './screens/search'

const desk = openDesk({ as: 'operator' })
let search: Search

test.beforeEach(async () => {
  search = new Search(desk.page)
  // From wherever the test before has left the desk.
  await desk.page.getByRole('link', { name: 'Абоненты' }).click()
  await search.box.fill('')
})

for (const [what, typed] of [
  ['passport', '7404 123456'],
  ['passport written with spaces of its own', '74 04 123 456'],
  ['account', '04012345'],
  ['account with a letter in front', 'А-012345'],
  ['phone in any form', '+7 943 100-20-30'],
  ['surname with initials', 'Соколова М. И.'],
  ['surname with the first name in the wrong keyboard layout', 'Cjrjkjdf Vfhbz Bujhtdyf'],
  ['e-mail', 'Maria.Sokolova@example.org'],
  ['serial number of a meter', 'G4-00318845'],
] as const) {
  test(`a visitor is found by ${what}`, async () => {
    await search.type(typed)
    await search.expectAnswered()
    await expect(search.hits.filter({ hasText: 'Соколова Мария Игоревна' })).toHaveCount(1)
    await expect(search.hits.first()).toContainText('Соколова Мария Игоревна')
  })
}

test('a pause in typing searches by itself, arrows choose, Enter opens the chosen card', async () => {
  await search.box.click()
  await desk.page.keyboard.type('Иванов Пётр Сергеевич')
  await expect(search.hits.filter({ hasText: 'Иванов Пётр Сергеевич' })).toHaveCount(2)
  // Who is called nearly so comes behind them.
  for (const place of [0, 1]) await expect(search.hits.nth(place)).toContainText('Иванов Пётр Сергеевич')
  await expect(search.hits.first()).toHaveAttribute('aria-selected', 'true')
  await look(desk.page, 'search-two-of-one-name')
  await desk.page.keyboard.press('ArrowDown')
  await expect(search.hits.nth(1)).toHaveAttribute('aria-selected', 'true')
  await expect(search.hits.first()).toHaveAttribute('aria-selected', 'false')
  const address = /(пр-т Мира|ул\. Ленина)/.exec(await search.chosen.innerText())?.[0] ?? 'no address'
  await desk.page.keyboard.press('Enter')
  await expect(desk.page.getByRole('heading', { level: 1, name: 'Иванов Пётр Сергеевич' })).toBeVisible()
  await expect(desk.page.locator('header').filter({ has: desk.page.getByRole('heading', { level: 1 }) })).toContainText(address)
})

test('an operator who knows the way types ahead: number, Enter, F4, number', async () => {
  await search.box.focus()
  await asHands(desk.page, '7416 004109')
  await desk.page.keyboard.press('Enter')
  await new Card(desk.page).expectOpened()
  await new Card(desk.page).identify('7416 004109')
})

test('a closed account is hidden until asked for', async () => {
  await search.find('Гусева Лидия')
  await search.expectAnswered()
  await expect(desk.page.getByText('300012312')).toHaveCount(0)
  await desk.page.keyboard.press('Alt+KeyC')
  await expect(search.hits.filter({ hasText: 'Гусева Лидия Павловна' })).toContainText('закрыт')
  await desk.page.keyboard.press('Alt+KeyC')
  await expect(desk.page.getByText('300012312')).toHaveCount(0)
})

test('nothing found says what was looked for and what else to try', async () => {
  await search.find('7499 000000')
  await expect(search.nothing).toHaveText('Ничего не найдено: «7499 000000»')
  await expect(desk.page.getByText(/^Искали как: .*паспорт/)).toBeVisible()
  await expect(desk.page.getByRole('heading', { name: 'Что уточнить у посетителя' })).toBeVisible()
  await look(desk.page, 'search-nothing')
})

test('a single key tells what the keys of this screen are', async () => {
  await desk.page.keyboard.press('F1')
  const sheet = desk.page.getByRole('dialog')
  await expect(sheet).toContainText('Показать закрытые')
  await look(desk.page, 'keys')
  await desk.page.keyboard.press('Escape')
  await expect(sheet).toBeHidden()
})
