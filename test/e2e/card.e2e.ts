import { expect, test } from '@playwright/test'
import { openDesk } from './desk'
import { look } from './look'
import { Search } from './screens/search'

const desk = openDesk({ as: 'operator' })

/** The page itself never scrolls: what is long scrolls inside its own panel. */
async function expectOneScreen(): Promise<void> {
  const [content, window] = await desk.page.evaluate(() => [document.documentElement.scrollHeight, innerHeight])
  expect(content).toBeLessThanOrEqual(window ?? 0)
}

const dialog = () => desk.page.getByRole('dialog')
/** What a program beside Okno would paste. */
const clipboard = () => desk.app.evaluate(({ clipboard: system }) => system.readText())

test('the account number gets to the clipboard of the system by Alt+C and 1, though the page has no permission for it', async () => {
  await new Search(desk.page).open('7404 123456')
  await expectOneScreen()
  await desk.page.keyboard.press('Alt+KeyC')
  await expect(dialog()).toContainText('лицевой счёт')
  await desk.page.keyboard.press('Digit1')
  await expect(desk.page.getByText('Скопировано: лицевой счёт')).toBeVisible()
  const number = await desk.page.getByRole('radio', { checked: true }).evaluate((one) => /№ (\S+)/.exec(one.querySelector('.number-of')?.textContent ?? '')?.[1])
  expect(number).toBeTruthy()
  expect(await clipboard()).toBe(number)
})

test('the sum to pay is explained in sentences that end with that sum', async () => {
  const card = await new Search(desk.page).open('7404 123456')
  await desk.page.keyboard.press('Alt+KeyE')
  await expect(dialog()).toContainText('Все услуги')
  await expect(dialog()).toContainText('Итого на ')
  const sum = await dialog().locator('.amount strong').textContent()
  await expect(dialog().locator('.words p').last()).toContainText(sum ?? '?')
  await look(desk.page, 'card-explained')
  await desk.page.keyboard.press('ArrowUp')
  await expect(dialog()).not.toContainText('Все услуги')
  await desk.page.keyboard.press('Escape')
  await expect(dialog()).toHaveCount(0)
  await expect(card.root.locator('table[role=grid] [tabindex="0"]')).toBeFocused()
})

test('earlier periods come by one key each, and all of them together', async () => {
  const card = await new Search(desk.page).open('7404 123456')
  const settlements = card.root.getByRole('heading', { name: /^Расчёты/ })
  const latest = await settlements.textContent()
  await desk.page.keyboard.press('Alt+ArrowLeft')
  await expect(settlements).not.toHaveText(latest ?? '')
  await expect(card.root.locator('table[role=grid] tbody tr')).not.toHaveCount(1)
  await desk.page.keyboard.press('Alt+KeyP')
  await expect(card.root.locator('table[role=grid] tbody tr')).toHaveCount(12)
  await look(desk.page, 'card-periods')
  await expectOneScreen()
  await desk.page.keyboard.press('Alt+KeyP')
})

test('documents are shown in full for an identified visitor and hidden by the same key', async () => {
  const card = await new Search(desk.page).open('7404 123456')
  await card.identify('7404 123456')
  await desk.page.keyboard.press('Escape')
  await expect(card.root).not.toContainText('123456')
  await desk.page.keyboard.press('Alt+KeyD')
  await expect(dialog()).toContainText('Это записывается')
  await look(desk.page, 'card-unmask-reason')
  await desk.page.keyboard.press('Digit1')
  await expect(card.root).toContainText('7404 123456')
  await look(desk.page, 'card-unmasked')
  await desk.page.keyboard.press('Alt+KeyD')
  await expect(card.root).not.toContainText('123456')
  await expect(card.root.getByText('Личные данные показаны полностью').first()).toBeVisible()
})

test('a note is pinned, found by the next look at the card, and taken off again from the history', async () => {
  const card = await new Search(desk.page).open('7404 123456')
  await desk.page.keyboard.press('Alt+KeyN')
  await expect(dialog().getByRole('textbox')).toBeFocused()
  await desk.page.keyboard.type('Ключ от подъезда у соседки из 16-й')
  await look(desk.page, 'card-note')
  await desk.page.keyboard.press('Enter')
  const pinned = card.root.getByRole('button', { name: /Ключ от подъезда/ })
  await expect(pinned).toBeVisible()
  await expectOneScreen()
  await card.root.getByRole('button', { name: /^Отменить.*Записана заметка/ }).click()
  await desk.page.keyboard.press('Enter')
  await expect(pinned).toHaveCount(0)
})

test('who lives at the address is one key away', async () => {
  await new Search(desk.page).open('7404 123456')
  await desk.page.keyboard.press('Alt+KeyH')
  await expect(dialog()).toContainText('Ближайшие квартиры дома')
  await look(desk.page, 'card-neighbours')
  await desk.page.keyboard.press('Escape')
  await expect(dialog()).toHaveCount(0)
})
